"""Who says what: the verbs, nouns and phrases of a sentence that carry somebody's claim, and where
one leaves off and the next takes over."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from afterpatch.claims.frames.attribution import (
    SPOKEN,
    Attribution,
    is_finite,
    quotations,
    sentence_end,
)
from afterpatch.claims.frames.headlines import read_headline
from afterpatch.claims.frames.measures import measures
from afterpatch.claims.frames.phrase_frames import of_phrase
from afterpatch.claims.frames.series import same_speaker
from afterpatch.claims.frames.set_phrases import of_set_phrase, shared_views
from afterpatch.claims.frames.stands import of_stand
from afterpatch.claims.frames.unknown_verbs import before_colon, before_that, beside_quotation
from afterpatch.claims.frames.verb_frames import of_verb
from afterpatch.claims.grammar.syntax import Span, Syntax, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import (
    ATTACK,
    DOCUMENTS,
    OFFICES,
    PEOPLE,
    THREATS,
    VERBS,
    word_set,
)

__all__ = ["attributions"]


def attributions(sentence: Sentence, syntax: Syntax) -> list[Attribution]:
    """The frames of a sentence in the order of their cues, none of them inside a quotation."""
    tokens = sentence.tokens
    quoted = quotations(sentence)
    found: list[Attribution] = []
    if sentence.headline:
        read_headline(sentence)
        titled = _titled(tokens) or _titled_behind(tokens)
        found += [titled] if titled is not None else []
    elif (frame := _introduced(tokens)) is not None:
        return [frame]
    for token in tokens:
        if any(a < token.i < b - 1 and b - a > 4 for a, b in quoted):
            continue
        frame = _opened_by(sentence, syntax, token, quoted)
        if frame is not None and not _is_lack_again(frame, found):
            found.append(frame)
    if not found:
        unknown = before_colon(sentence, syntax) or beside_quotation(sentence, syntax, quoted)
        found += [unknown] if unknown is not None else []
    led = [f for f in found if f.lemma == "according" and f.content and f.content[0] >= f.cue[1]]
    found = [
        f for f in found if not any(a.cue[1] <= f.cue[0] < (a.content or a.cue)[0] for a in led)
    ]  # according to X, which first reported it, C
    found += shared_views(tokens, found)
    found += measures(sentence, syntax, found)
    found = [f for f in found if not _describes_sought(tokens, f, found)]
    same_speaker(tokens, found)
    found = _told_once(tokens, found)
    _limited(tokens, found)
    return _settled(tokens, found)


def _opened_by(
    sentence: Sentence, syntax: Syntax, word: Token, quoted: Sequence[Span]
) -> Attribution | None:
    """The frame that a word opens."""
    if word.tag == "V" and word.lemma in VERBS:
        frame = of_verb(sentence, syntax, word, quoted)
        return frame or of_stand(sentence, syntax, word)
    unknown = before_that(sentence, syntax, word) if word.tag == "V" else None
    return (
        unknown
        or of_phrase(sentence, syntax, word)
        or of_set_phrase(sentence, syntax, word)
        or of_stand(sentence, syntax, word)
    )


def _is_lack_again(frame: Attribution, found: Sequence[Attribution]) -> bool:
    """`X has seen no sign of C`, where the verb has told it already."""
    return frame.lemma == "have" and any(f.cue[0] == frame.cue[0] for f in found)


# What stands before a colon as the name of what follows it, not as a speaker.
_LABELS = word_set(
    "source sources photo photos photograph photographs picture pictures image images video audio "
    "credit credits graphic map chart tags topics watch listen read update updated editor "
    "correction live exclusive breaking explained explainer analysis opinion comment interview "
    "timeline factbox profile briefing feature podcast review q&a editorial column letter letters "
    "advisory statement report recap roundup round-up fact check news special insight background "
    "context focus alert release"
)


# What follows the colon of a title that tells nothing.
_INVITES = word_set(
    "see read watch here what how why who where when which notes lessons questions answers"
)
_VOICES = word_set(
    "court ministry government firm company agency watchdog police regulator lawyer prosecutors "
    "bank "
    "council university committee union embassy intelligence think-tank"
)


def _describes_sought(
    tokens: Sequence[Token], frame: Attribution, found: Sequence[Attribution]
) -> bool:
    """In `X offered rewards for three men it says work for A` only the reward is news."""
    source = frame.source
    if source is None or source[1] - source[0] > 1 or tokens[source[0]].tag != "PRON":
        return False
    behind_noun = source[0] > 0 and tokens[source[0] - 1].tag in ("N", "P")
    return behind_noun and any(
        f.by == "measure" and f.content and f.content[0] < source[0] < f.content[1] for f in found
    )


def _told_once(tokens: Sequence[Token], found: Sequence[Attribution]) -> list[Attribution]:
    """Of two frames that tell one claim the one that says more."""
    dropped: set[int] = set()
    for inner, other in itertools.permutations(found, 2):
        if _says_it_holds(tokens, inner, other):
            inner.source = other.source
            dropped.add(id(other))
        if any(doubled(tokens, inner, other) for doubled in _DOUBLED):
            dropped.add(id(inner))
    return [frame for frame in found if id(frame) not in dropped]


_HELD = ("believe", "suspect", "accuse", "blame", "attribute", "charge")


def _says_it_holds(tokens: Sequence[Token], inner: Attribution, other: Attribution) -> bool:
    """In `X said (that) it suspected A`, what X suspects says more."""
    source, content = inner.source, other.content
    if source is None or content is None or other.source is None or other.source == source:
        return False
    if inner.kind not in _HELD or other.kind not in ("say", "tell"):
        return False
    if inner.negated or inner.modal or inner.cue[0] != source[1]:
        return False
    pronoun = source[1] - source[0] == 1 and tokens[source[0]].low in ("it", "they", "he", "she")
    that = any(t.low == "that" for t in tokens[other.cue[1] : other.cue[1] + 1])
    return pronoun and content[0] == source[0] == other.cue[1] + that


def _is_confession(_tokens: Sequence[Token], inner: Attribution, other: Attribution) -> bool:
    """In `X claimed responsibility` the confession says more."""
    return other.by == "confession" and inner.cue[0] == other.cue[0]


def _is_of_charge(_tokens: Sequence[Token], inner: Attribution, other: Attribution) -> bool:
    """In `X charged two men accused of C` the charge says more."""
    if inner.object is None or other.object is None:
        return False
    agentless = inner.passive and inner.source is None
    active = other.kind in ("accuse", "charge", "blame") and not other.passive
    return (
        agentless
        and active
        and other.object[0] <= inner.object[0]
        and inner.cue[0] <= other.object[1]
    )


def _is_denied(tokens: Sequence[Token], inner: Attribution, other: Attribution) -> bool:
    """In `X denied it, calling it C` and `X denied what it called C` the denial says more."""
    if inner.kind != "describe" or other.kind != "deny":
        return False
    if other.cue[1] <= inner.cue[0] <= other.cue[1] + 4 and tokens[other.cue[1]].low == "what":
        return True
    calling = tokens[inner.cue[1] - 1].form == "ing" and inner.source == other.source
    return calling and other.cue[1] < inner.cue[0]


def _is_wording(tokens: Sequence[Token], inner: Attribution, other: Attribution) -> bool:
    """In `X asked A to end what it called C` the wording is part of what X asks."""
    if inner.kind != "describe" or inner.source is None or other.by == "measure":
        return False
    what = inner.source[0] - 1
    pronoun = tokens[inner.source[0]].tag == "PRON"
    return pronoun and tokens[what].low == "what" and other.cue[1] <= what < other.cue[1] + 8


def _is_restated(tokens: Sequence[Token], inner: Attribution, other: Attribution) -> bool:
    """In `X repeats what she said in May: that C` the first verb says it."""
    if inner.source is None or other.content is None or other.source == inner.source:
        return False
    between = other.cue[1] < inner.source[0] and inner.cue[1] < other.content[0]
    return between and other.by == "verb" and tokens[other.cue[1]].low == "what"


_DOUBLED = (_is_confession, _is_of_charge, _is_denied, _is_wording, _is_restated)


def _introduced(tokens: Sequence[Token]) -> Attribution | None:
    """`Minister A B: “C”`: a quotation behind the bare name of who says it."""
    colon = next((t.i for t in tokens[:14] if t.text == ":"), None)
    if colon is None or colon < 1 or colon + 3 > len(tokens) or not tokens[colon + 1].quote:
        return None
    lead = tokens[:colon]
    if any(is_finite(t) or t.tag in ("SUB", "WH", "PRON") or t.low in ATTACK for t in lead):
        return None
    if not any(t.tag == "P" for t in lead) or lead[0].tag == "ADP":
        return None
    return Attribution(
        "say", ":", (colon, colon + 1), (0, colon), (colon + 1, len(tokens)), by="phrase"
    )


def _titled(tokens: Sequence[Token]) -> Attribution | None:
    """`Microsoft: hackers read mail`: a title with its speaker before a colon."""
    colon = next((t.i for t in tokens[:8] if t.text == ":"), None)
    if (
        colon is None
        or colon + 3 > len(tokens)
        or not any(t.tag == "P" or t.upper for t in tokens[:colon])
        or tokens[0].tag in ("ADP", "WH")
        or tokens[colon - 1].quote
        or tokens[colon - 1].text in "'’"
    ):
        return None
    if any(
        t.tag in ("V", "AUX", "SUB") or t.low in ATTACK or t.low in THREATS for t in tokens[:colon]
    ):
        return None
    last = tokens[colon - 1]
    speaks = last.low in PEOPLE | OFFICES | DOCUMENTS | _VOICES
    if last.low in _LABELS or (last.tag == "N" and not last.upper and not speaks):
        return None  # Orion fallout: fund swaps software
    if tokens[colon + 1].low in _INVITES:
        return None
    content = without_edges(tokens, (colon + 1, sentence_end(tokens)))
    run = tokens[slice(*content)]
    named = run and run[0].tag == "DET" and not any(is_finite(t) for t in run)
    if named or (run and run[0].form == "ing"):
        return None  # a name with what it is: LampOil: a backdoor for mail servers
    if not any(t.tag in ("V", "AUX", "N") for t in run) or any(
        t.tag == "TO" for t in tokens[content[1] - 2 : content[1]]
    ):
        return None  # five things to know
    return Attribution("say", ":", (colon, colon + 1), (0, colon), content, by="phrase")


def _titled_behind(tokens: Sequence[Token]) -> Attribution | None:
    """`A behind hack of university: report`: a title with its speaker behind a colon."""
    end = sentence_end(tokens)
    colon = next((t.i for t in reversed(tokens[:end]) if t.text in (":", "–", "—")), 0)
    run = tokens[colon + 1 : end]
    if colon < 4 or not 0 < len(run) < 4 or any(t.quote for t in run):
        return None
    if run[-1].low not in PEOPLE | OFFICES | DOCUMENTS | _VOICES or run[-1].low in _NO_VOICES:
        return None
    content = without_edges(tokens, (0, colon))
    return Attribution("say", ":", (colon, colon + 1), (colon + 1, end), content, by="phrase")


_NO_VOICES = word_set("analysis review video videos photos pictures map chart transcript editorial")


def _settled(tokens: Sequence[Token], found: list[Attribution]) -> list[Attribution]:
    """Contents end where another speaker's frame begins a clause of its own."""
    for frame in found:
        if frame.content is None or frame.content[0] < frame.cue[1] - 1:
            continue
        for other in found:
            if other is not frame:
                frame.content = _until_going_on(tokens, frame, other, frame.content)
        if frame.content[0] == frame.content[1]:
            if frame.kind == "deny":
                frame.content = None  # rejected that, saying C
            continue  # has written to B, demanding that C
        for other in found:
            if other is not frame:
                frame.content = _until_other(tokens, frame, other, frame.content)
    return [f for f in found if f.content is None or f.content[0] < f.content[1]]


def _until_going_on(
    tokens: Sequence[Token], frame: Attribution, other: Attribution, content: Span
) -> Span:
    """`X said C, adding that D`: to where the same speaker goes on."""
    first, end = content
    if other.source is None or other.source != frame.source or other.cue[0] <= frame.cue[0]:
        return content
    if not first <= other.cue[0] < end:
        return content
    end = other.cue[0]
    while end > first and (tokens[end - 1].tag in ("ADV", "CC") or tokens[end - 1].text == ","):
        end -= 1
    return first, end


_CONTRASTS = ("while", "although", "though", "whereas")


def _until_other(
    tokens: Sequence[Token], frame: Attribution, other: Attribution, content: Span
) -> Span:
    """To where another speaker's clause begins."""
    if other.source is None or other.content is None:
        return content
    first, end = content
    begins = min(other.source[0], other.cue[0])
    if not first < begins < end:
        return content
    link = begins - 1
    comma = tokens[link].text == ","
    if tokens[link].text == ";" and other.source[0] == begins:
        return first, link  # X says C; Y says D
    ahead = other.content[0] > begins
    leans = frame.source is not None and frame.source[0] > 0 and (
        tokens[frame.source[0] - 1].low in _CONTRASTS
    )  # fmt: skip
    if leans and comma and ahead:
        return first, link  # While X says C, Y says D
    said_before = other.content[1] <= begins and other.kind in SPOKEN and frame.kind in SPOKEN
    if said_before and (comma or tokens[link].quote):
        return first, link  # C, somebody else said
    if ahead and tokens[link].low in (*_CONTRASTS, "but", "and"):
        return first, link - 1 if tokens[link - 1].text == "," else link
    return content


def _limited(tokens: Sequence[Token], found: Sequence[Attribution]) -> None:
    """A frame that takes an accused reaches to where another frame is joined on: `, and says …`."""
    for frame in found:
        for other in found:
            if other.cue[0] < frame.cue[1] or other.by != "verb":
                continue
            begins = other.cue[0]
            if other.source is not None and frame.cue[1] <= other.source[0] < begins:
                begins = other.source[0]
            if begins <= frame.cue[1]:
                continue
            if not _is_joined(tokens, begins, frame, other):
                continue
            while begins > frame.cue[1] and _is_link(tokens[begins - 1]):
                begins -= 1
            if begins > frame.cue[1] and (frame.limit is None or begins < frame.limit):
                frame.limit = begins


def _is_joined(
    tokens: Sequence[Token], begins: int, frame: Attribution, other: Attribution
) -> bool:
    """Whether a clause begins there: `, and says …`, `while X …`, `the hack saying …`."""
    link = tokens[begins - 1]
    if link.tag in ("CC", "WH") or link.text in (",", ";", "—", "–"):
        return True
    if link.low in (*_CONTRASTS, "but", "however"):
        return True
    going_on = tokens[other.cue[1] - 1].form == "ing" and other.source == frame.source
    return going_on and link.tag in ("N", "P", "ADV")


def _is_link(token: Token) -> bool:
    joins = token.tag in ("CC", "WH", "ADV", "SUB") and not token.upper
    return joins or token.text in (",", ";", "—", "–")
