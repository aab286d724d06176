"""Whom a sentence introduces: people by name and office, bodies by their full name.

Who is introduced need not speak: `spokesperson Anna Example was asked`. A later `she`, `Example` or
`the commission` means them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import OFFICES
from afterpatch.claims.schema import Speaker
from afterpatch.claims.who.names import Entity
from afterpatch.claims.who.person_names import (
    BODIES,
    FIRM_NOUNS,
    FIRMS,
    could_be_name,
    is_address,
)

__all__ = ["as_spelled_out", "firms_in", "introduced"]

_REACH = 10  # words of an office before or behind a name
_IN_OFFICE = ("ADJ", "N", "P", "POSS", "DET")
_SMALL = ("of", "for", "the", "and")


def introduced(words: Sequence[Token], entities: Sequence[Entity]) -> Iterator[Speaker]:
    """People with an office or a title, and bodies that no table knows, in order."""
    taken = {i for e in entities for i in range(*e.span)}
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and end not in taken and could_be_name(words[end]):
            end += 1
        if 2 <= end - at <= 3 and (found := _person(words, at, end, entities)) is not None:
            yield found
        at = max(end, at + 1)
    yield from _bodies(words, taken)
    for entity in entities:
        if entity.kind in ("state", "demonym") and entity.state is not None:
            yield from _body_of(words, entity, entity.state)


def firms_in(words: Sequence[Token]) -> Iterator[str]:
    """Names that the sentence calls a firm: `the insurer Example`, `Example, a maker of C`."""
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and words[end].upper and words[end].tag in ("P", "N"):
            end += 1
        if end > at:
            led = at > 0 and words[at - 1].low in FIRM_NOUNS
            behind = words[end : end + _REACH]
            if led or (behind and behind[0].text == "," and _tells_firm(behind[1:])):
                yield " ".join(t.text for t in words[at:end])
        at = max(end, at + 1)


def _tells_firm(words: Sequence[Token]) -> bool:
    """Whether an apposition says `a firm`: the noun before any preposition, verb or stop."""
    run = list(itertools.takewhile(lambda t: t.tag in ("DET", *_IN_OFFICE) or t.text == "-", words))
    return len(run) > 1 and run[0].tag == "DET" and run[-1].low in FIRM_NOUNS


def _person(
    words: Sequence[Token], first: int, end: int, entities: Sequence[Entity]
) -> Speaker | None:
    """`Foreign Ministry spokesperson Anna Example`, `Anna Example, the Finnish minister`."""
    name = " ".join(t.text for t in words[first:end])
    if first and words[first - 1].low in OFFICES:
        left = first - 1
        while left > max(0, first - _REACH) and (
            words[left - 1].tag in _IN_OFFICE or words[left - 1].low in _SMALL
        ):
            left -= 1
        return _official(words, left, first, name, entities)
    if first and is_address(words[first - 1]):
        return Speaker(name, "person", "in-span")
    if end + 1 < len(words) and words[end].text == ",":
        right = end + 1
        while right < min(len(words), end + _REACH) and (
            words[right].tag in _IN_OFFICE or words[right].low in _SMALL
        ):
            right += 1
        if any(t.low in OFFICES for t in words[end + 1 : right]) and words[end + 1].low != "and":
            return _official(words, end + 1, right, name, entities)
    return None


def _official(
    words: Sequence[Token], first: int, end: int, name: str, entities: Sequence[Entity]
) -> Speaker | None:
    """A person by an office; of a state only where the office's own words name one."""
    states = [e.state for e in entities if first <= e.span[0] and e.span[1] <= end and e.state]
    office = " ".join(t.text for t in words[first:end] if t.tag not in ("DET", "POSS"))
    return Speaker(
        name, "official", "in-span", role=office, government=states[0] if states else None
    )


def _bodies(words: Sequence[Token], taken: set[int]) -> Iterator[Speaker]:
    """`the Electoral Commission`, `Example Polytechnical University`."""
    for at in range(1, len(words)):
        last, before = words[at], words[at - 1]
        if not (last.upper and before.upper) or at in taken or at - 1 in taken or last.i == 1:
            continue
        if last.low not in BODIES | FIRMS or before.tag in ("DET", "PUNCT", "V"):
            continue
        first = at - 1
        while first and first - 1 not in taken and words[first - 1].upper and (
            words[first - 1].tag in ("P", "N", "ADJ")
        ):  # fmt: skip
            first -= 1
        if last.text.isupper() or (at + 1 < len(words) and words[at + 1].upper):
            continue
        public = last.low in BODIES
        name = " ".join(t.text for t in words[first : at + 1])
        yield Speaker(name, "government-agency" if public else "organization", "in-span")


def _body_of(words: Sequence[Token], entity: Entity, code: str) -> Iterator[Speaker]:
    """`the Finnish foreign ministry`, `Finland's embassy`, `the Government of Finland`."""
    first, end = entity.span
    before = [t.low for t in words[max(0, first - 3) : first] if t.tag != "DET"]
    ruling = Speaker(entity.norm, "government", "in-span", role="government", government=code)
    if before[-2:] == ["government", "of"]:
        yield ruling
        return
    if end < len(words) and words[end].tag == "POSS":
        end += 1
    elif entity.kind == "state":
        return
    opens, body = end, None
    while end < len(words) and end < opens + 4 and words[end].tag in ("ADJ", "N", "P"):
        end += 1
        role = words[end - 1].low
        if role == "government":
            yield ruling
            return
        if role in BODIES:
            name = f"{' '.join(t.text for t in words[opens:end])} ({code})"
            body = Speaker(name, "government-agency", "in-span", role=role, government=code)
    if body is not None:
        yield body


def as_spelled_out(
    sentences: Sequence[Sentence], entities: Sequence[list[Entity]]
) -> list[list[Entity]]:
    """The names of a page, an abbreviation as the body whose name the page writes out: AFP is the
    Australian Federal Police where they are named, else the news agency."""
    short = {
        sentence.tokens[e.span[0]].text
        for sentence, names in zip(sentences, entities, strict=True)
        for e in names
        if e.kind == "house" and _is_short(sentence.tokens[slice(*e.span)])
    }
    meant: dict[str, Entity] = {}
    for sentence, names in zip(sentences, entities, strict=True):
        for size in {len(text) for text in short}:
            for at in range(len(sentence.tokens) - size + 1):
                run = sentence.tokens[at : at + size]
                text = "".join(t.text[0] for t in run)
                if text in short and run[-1].low in BODIES and all(t.upper for t in run):
                    state = next((e.state for e in names if at <= e.span[0] < at + size), None)
                    norm = " ".join(t.text for t in run)
                    body = Entity("organ", (at, at + size), norm, state, run[-1].low)
                    meant.setdefault(text, body)
    return [
        [_meant(sentence.tokens, entity, meant) for entity in names]
        for sentence, names in zip(sentences, entities, strict=True)
    ]


def _is_short(words: Sequence[Token]) -> bool:
    return len(words) == 1 and words[0].text.isupper() and len(words[0].text) > 2


def _meant(words: Sequence[Token], entity: Entity, meant: Mapping[str, Entity]) -> Entity:
    text = words[entity.span[0]].text
    if entity.kind != "house" or text not in meant or entity.span[1] - entity.span[0] > 1:
        return entity
    return msgspec.structs.replace(meant[text], span=entity.span)
