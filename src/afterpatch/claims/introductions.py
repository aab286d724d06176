"""Whom a sentence introduces: people by name and office, bodies by their full name.

Who is introduced need not speak: `spokesperson Anna Example was asked`. A later `she`, `Example` or
`the commission` means them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from afterpatch.claims.names import Entity
from afterpatch.claims.person_names import BODIES, FIRMS, could_be_name, is_address
from afterpatch.claims.schema import Speaker
from afterpatch.claims.text import Token
from afterpatch.claims.words import OFFICES

__all__ = ["introduced"]

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
