"""How the frames of one sentence stand to each other: which are claims of their own,
which are part of what another one tells, and which only pass it on."""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.frames.attribution import SPOKEN, Attribution, is_clause, is_finite
from afterpatch.claims.grammar.syntax import Span, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import THREATS, word_set
from afterpatch.claims.who.mentions import Entity

__all__ = [
    "belongs_to_other",
    "clause_ahead",
    "is_stated",
    "only_said",
    "passes_on",
    "relay",
    "stands_beside",
    "statements",
]

_PRONOUNS = word_set("it he she they we i you this that")
# Whose content may hold another frame.
_HOLDS = ("say", "tell", "believe", "announce")


def passes_on(
    outer: Attribution, inner: Attribution, sentence: Sentence, entities: Sequence[Entity]
) -> bool:
    """Whether a frame only passes on what another speaker says: `X said C, Reuters reported`.

    So it is where the outer one is a newsroom, or stands behind what it tells, as a source does.
    """
    words = sentence.tokens
    if outer is inner or outer.content is None or outer.source is None or inner.source is None:
        return False
    if inner.passive or outer.kind not in ("say", "tell") or inner.kind not in SPOKEN:
        return False
    first, end = outer.content
    if not (first <= min(inner.source[0], inner.cue[0]) and inner.cue[1] <= end):
        return False
    reach = inner.content or (inner.cue[1], end)
    if inner.lemma == "believe" and words[inner.cue[1] - 1].tag != "V":
        reach = (inner.source[0], reach[1])  # X is certain that C, according to its note
    if 2 * (min(reach[1], end) - max(reach[0], first)) < end - first:
        return False
    named = words[inner.source[0] : inner.source[1]]
    if named[0].low in _PRONOUNS or any(t.low in THREATS for t in named):
        return False
    behind = outer.by == "phrase" or outer.source[0] >= end
    return behind or any(
        e.kind == "house" and e.type == "media" and _within(e.span, outer.source) for e in entities
    )


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] < outer[1]


def relay(
    sentence: Sentence,
    frame: Attribution,
    own: Sequence[Attribution],
    entities: Sequence[Entity],
) -> Span | None:
    """Who passes on what somebody says: `told the BBC`, `said C, Reuters reported`."""
    for other in own:
        if passes_on(other, frame, sentence, entities):
            return other.source
    if frame.kind != "tell":
        return None
    end = frame.cue[1]
    told = (e for e in entities if e.kind == "house" and e.type == "media")
    return next((e.span for e in told if end <= e.span[0] <= end + 2), None)


def belongs_to_other(
    sentence: Sentence, frame: Attribution, own: Sequence[Attribution], entities: Sequence[Entity]
) -> bool:
    """Whether another frame's content holds this whole frame: then it is the other's."""
    return any(
        other is not frame
        and other.by != "measure"
        and other.content is not None
        and not passes_on(other, frame, sentence, entities)
        and (
            _is_told_of(frame, other, other.content)
            or _is_told_by(sentence, frame, other, other.content)
        )
        for other in own
    )


def _is_told_of(frame: Attribution, other: Attribution, content: Span) -> bool:
    """`A is said to have demanded C`, `A is believed to be linked to B`, `X said the attack was
    attributed to A`."""
    if not (content[0] <= frame.cue[0] and frame.cue[1] <= content[1]):
        return False
    if other.evidential and (frame.passive or other.object == frame.source):
        return True
    said = other.source is not None and other.kind in _HOLDS
    return said and frame.passive and frame.source is None


def _is_told_by(sentence: Sentence, frame: Attribution, other: Attribution, content: Span) -> bool:
    """`X reported having found C`, `X said that Y accuses A`, `X urges him to say C`."""
    if frame.source is None:
        return False
    if other.kind == "demand":
        he = sentence.tokens[frame.source[0]].tag == "PRON"
        if not he or frame.source[0] != content[0]:
            return False
    elif other.kind not in _HOLDS:
        return False
    first, end = content
    at = frame.cue[0]
    if other.source == frame.source and 0 <= at - other.cue[1] <= 2 and first <= at < end:
        return True
    if frame.source[0] < first or frame.cue[1] > end:
        return False
    return frame.lemma == "identify" or (frame.content is not None and frame.content[1] <= end)


def only_said(sentence: Sentence, frame: Attribution) -> bool:
    """Whether a sentence is hardly more than what somebody says, so that the report says none
    of it."""
    if frame.kind not in SPOKEN or frame.content is None or frame.passive:
        return False
    return 2 * (frame.content[1] - frame.content[0]) >= len(sentence.tokens)


def is_stated(sentence: Sentence, frame: Attribution) -> bool:
    """Whether a frame of a question or condition is stated all the same: `If …, X said`."""
    comma = next((t.i for t in sentence.tokens if t.text == ","), None)
    saying = frame.kind in ("say", "tell", "believe", "deny", "announce")
    first = frame.source[0] if frame.source is not None else 0
    if first and sentence.tokens[first - 1].low == "as":
        return False  # if C, as X reported, it is so
    return saying and comma is not None and frame.cue[0] > comma and not frame.passive


def stands_beside(sentence: Sentence, frame: Attribution, refusal: Span) -> bool:
    """Whether a frame says something all the same: `said X, who declined to be named`."""
    first, end = refusal
    words = sentence.tokens
    if end < len(words) and words[end].tag in ("WH", "SUB", "ADV"):
        while end < len(words) and words[end].text not in (",", ";") and words[end].low != "but":
            end += 1  # have not said who they think did it
    if first - 1 <= frame.cue[0] <= end:
        return False
    own = frame.content if frame.kind in SPOKEN else None
    whole = own is not None and not any(t.text == "," for t in words[own[0] : first])
    if own is not None and whole and own[0] <= first < own[1] <= end + 1:
        return False  # who came never said, according to X
    return own is None or not (own[0] <= first <= own[0] + 4)


def statements(tokens: Sequence[Token], content: Span) -> list[Span]:
    """The parts of `that A, and that B`, each a claim of its own."""
    first, end = content
    joints = [
        at
        for at in range(first + 3, end - 3)
        if tokens[at].tag == "CC"
        and tokens[at + 1].low == "that"
        and is_clause(tokens, (at + 2, end))
    ]
    starts = [first, *(at + 2 for at in joints)]
    return [without_edges(tokens, part) for part in zip(starts, [*joints, end], strict=True)]


def clause_ahead(tokens: Sequence[Token], own: Sequence[Attribution]) -> Span | None:
    """`The network was down for a week` in `..., and X blamed A`: a clause of the report's own."""
    first = min(min(f.cue[0], (f.source or f.cue)[0], (f.content or f.cue)[0]) for f in own)
    joint = first - 1
    if joint < 6 or tokens[joint].low not in ("and", "but") or tokens[first].low in _THEY:
        return None
    lead = tokens[: joint - 1]
    if tokens[joint - 1].text not in (",", ";") or not any(is_finite(t) for t in lead):
        return None
    if lead[0].tag in ("SUB", "ADP") or any(t.quote for t in lead) or _keeps_silent(lead):
        return None
    return 0, joint - 1


_THEY = ("they", "he", "she")


def _keeps_silent(lead: Sequence[Token]) -> bool:
    """`X stopped short of naming A`, `X did not name the firm`, `X will not follow`."""
    lows = {t.low for t in lead}
    unsaid = any(t.tag == "NEG" for t in lead) and not lows.isdisjoint(_SAYING)
    return unsaid or "short" in lows or "will" in lows


_SAYING = word_set(
    "name named say said confirm confirmed comment commented explain explained identify identified "
    "disclose disclosed respond responded specify specified blame blamed attribute attributed"
)
