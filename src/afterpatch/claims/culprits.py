"""Who did it, where a content tells it of somebody whom no table of names knows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec

from afterpatch.claims.agents import as_actor
from afterpatch.claims.mentions import Entity, Mention, actors_in
from afterpatch.claims.syntax import Span
from afterpatch.claims.text import Token
from afterpatch.claims.wording import wording
from afterpatch.claims.words import COPULA, THREATS, word_set

__all__ = ["crew_of_nation", "member_of_crew", "unknown_culprit", "who_they_were"]


_PERSONS = word_set(
    "civilians students student teenager teenagers insiders insider employee employees staff "
    "soldiers "
    "officers officer nationals citizens volunteers amateurs professionals patriots activists "
    "contractors"
)


def who_they_were(words: Sequence[Token], content: Span) -> list[Mention]:
    """Who the attackers were, where the content tells: `those who attacked the sites were X`."""
    start = words[content[0]].start
    text = "".join(
        t.text + " " * (n.start - t.end)
        for t, n in itertools.pairwise(words[content[0] : content[1] + 1])
    )
    match = wording("who_they_were").match(text)
    if match is None:
        return []
    first = next(
        (t.i for t in words[slice(*content)] if t.start >= start + match.end()), content[1]
    )
    end = first
    while end < content[1] and words[end].tag in ("DET", "ADJ", "N", "P", "NUM", "POSS"):
        end += 1
    told = {t.low for t in words[first:end]}
    return as_actor(words, (first, end)) if told & (_PERSONS | THREATS) else []


def crew_of_nation(
    words: Sequence[Token], content: Span, entities: Sequence[Entity]
) -> Mention | None:
    """The crew of `the hackers were likely Russian`, with that state; not of what they speak."""
    for crew in actors_in(words, entities, content):
        if crew.kind not in ("group", "threat"):
            continue
        at = crew.span[1]
        after = next((t.i for t in words[at : content[1]] if t.low in COPULA), content[1])
        for entity in entities:
            end = entity.span[1]
            near = after < entity.span[0] <= after + 4 and entity.kind == "demonym"
            last = end >= content[1] or words[end].low == "in" or words[end].tag == "PUNCT"
            negated = any(t.tag == "NEG" for t in words[after : entity.span[0]])
            if near and last and not negated and not (end < len(words) and words[end].text == "-"):
                return msgspec.structs.replace(crew, state=entity.state)
        return None
    return None


def _bearing_marks(words: Sequence[Token], content: Span) -> list[Mention]:
    """Whose hallmarks an attack bears, or whose work it is, where no table knows the name."""
    for at in range(content[0] + 1, content[1] - 1):
        denied = any(t.tag == "NEG" for t in words[max(content[0], at - 5) : at])
        if words[at].low == "of" and words[at - 1].low in _MARKS and not denied:
            end = at + 1
            while end < content[1] and (
                words[end].tag in ("DET", "ADJ", "N", "P", "NUM") or words[end].low in ("of", "-")
            ):
                end += 1
            run = words[at + 1 : end]
            if any(t.tag == "P" or t.low in THREATS for t in run):
                return as_actor(words, (at + 1, end))
    return []


_MARKS = word_set("marks hallmarks fingerprints signature stamp work handiwork")


def _some_power(words: Sequence[Token], content: Span) -> list[Mention]:
    """A perpetrator of whom only the kind is told: `the work of a foreign government`."""
    for at in range(*content):
        if words[at].low in _POWERS and words[at].tag in ("N", "P"):
            first = at
            while first > content[0] and (
                words[first - 1].tag in ("ADJ", "N", "NUM") or words[first - 1].text == "-"
            ):
                first -= 1
            end = at + 1
            while end < content[1] and (
                words[end].text == "-"
                or words[end - 1].text == "-"
                or (words[end].tag == "N" and words[end].low in _POWERS | THREATS)
            ):
                end += 1  # a nation-state, a state-linked actor
            done = first > content[0] + 1 and words[first - 2].low in _DONE_BY
            if done and words[first - 1].low in ("a", "an", "another", "some"):
                return as_actor(words, (first - 1, end))
    return []


_DONE_BY = word_set("by of from to on was is be been were") | {"“", '"'}


_POWERS = word_set(
    "nation state country government power adversary nation-state insider employee teenager "
    "amateur intelligence service actor"
)


_KINDS = word_set("ransomware malware affiliate affiliates")


def _unknown_name(
    words: Sequence[Token], content: Span, entities: Sequence[Entity]
) -> list[Mention]:
    """A name that no table knows, where the content says that its holder was behind it."""
    first = content[0] + (words[content[0]].tag == "DET")
    end = first
    while end < content[1] and words[end].upper and words[end].tag in ("P", "N"):
        end += 1
    span = (first, end)
    if first < end < content[1] and words[end].low in (*THREATS, *_KINDS):
        end += 1
    known = any(span[0] <= e.span[0] < span[1] for e in entities)
    if known or not 0 < end - first <= 3 or end >= content[1] or words[end].tag != "AUX":
        return []
    return as_actor(words, span)


def member_of_crew(words: Sequence[Token], content: Span, text: str) -> list[Mention]:
    """Who is said to be of a crew that did it: `A is part of the team that …`."""
    member = wording("member_of_crew").search(text)
    if member is None:
        return []
    end = next(t.i for t in words if t.start >= words[content[0]].start + member.start())
    named = [t.i for t in words[content[0] : end] if t.tag == "P"]
    return as_actor(words, (named[0], named[-1] + 1)) if named else []


def unknown_culprit(
    words: Sequence[Token], content: Span, entities: Sequence[Entity]
) -> list[Mention]:
    """Who did it by a name or a kind that no table has, where the content says that they did."""
    return (
        _unknown_name(words, content, entities)
        or _some_power(words, content)
        or _bearing_marks(words, content)
    )
