"""Names in a sentence that the tables know: states, their organs, newsrooms, companies, ATT&CK
groups. Longest name first, case as written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

import msgspec
from msgspec import Struct

from afterpatch import knowledge
from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Token, tokens
from afterpatch.claims.grammar.words import THREATS, word_set
from afterpatch.claims.schema import AttackGroup

__all__ = ["Entity", "entities_in", "group_of", "has_form_of_group"]

Kind = Literal["state", "demonym", "organ", "house", "group"]


class Entity(Struct, frozen=True):
    """A name from the tables, or one of the shape that analysts give to groups."""

    kind: Kind
    span: Span
    norm: str
    state: str | None
    type: str = ""
    group: AttackGroup | None = None


@cache
def _names() -> dict[str, list[tuple[tuple[str, ...], Entity]]]:
    """First word of a name in lower case → (its words as written, what it is), longest first."""
    found: dict[str, dict[tuple[str, ...], Entity]] = {}

    def add(name: str, entity: Entity) -> None:
        words = tuple(t.text.replace("’", "'") for t in tokens(name))
        found.setdefault(words[0].lower(), {}).setdefault(words, entity)

    none = (0, 0)
    for state in knowledge.governments():
        for name in (state.name, *state.aliases, *state.metonyms):
            add(name, Entity("state", none, state.name, state.code, state.kind))
        for name in state.demonyms:
            add(name, Entity("demonym", none, state.name, state.code, state.kind))
            if name.endswith(("n", "i")):  # the Russians did it
                add(f"{name}s", Entity("demonym", none, state.name, state.code, state.kind))
    for organ in knowledge.organs():
        for name in (organ.name, *organ.aliases):
            add(name, Entity("organ", none, organ.name, organ.government, organ.kind))
    for house in knowledge.houses():
        for name in (house.name, *house.aliases):
            add(name, Entity("house", none, house.name, None, house.kind))
    for group in knowledge.groups():
        for name in (group.name, *group.aliases):
            if name.lower() in _COMMON:
                continue
            add(name, Entity("group", none, name, None, group=group_of(name)))
            # reports leave out the last word: Lazarus, Sandworm
            short = name.removesuffix(" Group").removesuffix(" Team")
            if short != name and len(short) > 4 and short.lower() not in _COMMON:
                add(short, Entity("group", none, name, None, group=group_of(name)))
    return {
        first: sorted(by_words.items(), key=lambda item: (-len(item[0]), item[0]))
        for first, by_words in found.items()
    }


# Names of groups that are words of every day or names of other things: they count only before
# group, gang, hackers.
_COMMON = word_set(
    "play silence snake mantis mirage machete reaper tick cicada chimera strider bitter mercury "
    "nickel zinc silicon krypton monsoon buckeye cleaver axiom carbon gold elfin rancor"
)
# How analysts number and name clusters: APT31, UNC2452, DEV-0322, Storm-0558, TA505, FIN7, UTA0178.
_NUMBERED = re.compile(
    r"\b(?:APT|UNC|UTA|DEV|Storm|TA|TEMP|FIN|UAC|TAG|CL-STA|CL-CRI|REF|TG)[ -]?(?:[CQ]-)?\d{1,5}\b"
    r"|\bUnit \d{4,6}\b"
    r"|\bAdvanced Persistent Threat \d{1,3}\b(?! ?\()"  # else its number follows
)
_FAMILIES = re.compile(
    r"\b[A-Z][a-z]+ (?:Typhoon|Blizzard|Sandstorm|Sleet|Tempest|Tsunami|Hail|Rain|Dust|Flood|"
    r"Cyclone"
    r"|Panda|Bear|Kitten|Chollima|Spider|Jackal|Leopard|Crane|Buffalo|Tiger|Wolf|Lynx|Taurus|Ursa"
    r"|Libra|Pisces|Serpens)\b"
)


def group_of(name: str) -> AttackGroup | None:
    """The ATT&CK group that carries a name; the first by id, with the others, when several do."""
    found = knowledge.groups_named(name)
    if not found:
        return None
    (group, alias), *others = sorted(found, key=lambda pair: pair[0].id)
    return AttackGroup(group.id, group.name, alias, tuple(g.id for g, _ in others))


def has_form_of_group(name: str) -> bool:
    """Whether analysts name groups so: APT31, Storm-0558, Example Typhoon."""
    return bool(_NUMBERED.fullmatch(name) or _FAMILIES.fullmatch(name))


def entities_in(words: Sequence[Token], text: str, start: int) -> list[Entity]:
    """All names in a sentence, longest first, none inside another; `text` begins at `start`."""
    found: list[Entity] = []
    shaped = [*_NUMBERED.finditer(text), *_FAMILIES.finditer(text)]
    taken: set[int] = set()
    for match in sorted(shaped, key=lambda m: m.start()):
        inside = [t.i for t in words if match.start() <= t.start - start < match.end()]
        if inside and not taken & set(inside):
            taken.update(inside)
            name = match[0].replace("Advanced Persistent Threat ", "APT")
            group = group_of(name)
            norm = group.matched_alias if group else name
            found.append(Entity("group", (inside[0], inside[-1] + 1), norm, None, group=group))
    at = 0
    while at < len(words):
        entity = None if at in taken else _longest(words, at)
        if entity is not None and entity.kind == "organ" and _of_another(words, found, entity):
            entity = None
        if entity is None or taken & set(range(*entity.span)):
            at += 1
            continue
        found.append(entity)
        at = entity.span[1]
    return sorted(found, key=lambda e: e.span)


def _of_another(words: Sequence[Token], found: Sequence[Entity], entity: Entity) -> bool:
    """Whether a word before makes it another body: the Hainan State Security Department, the Dutch
    Foreign Office."""
    first, end = entity.span
    if end - first < 2:
        return False
    owner = next((e for e in found if e.span[1] == first), None)
    if owner is not None:
        return owner.kind == "demonym" and owner.state not in (entity.state, "WEST", "EU")
    if first < 2 or not words[first - 1].upper or not words[first].upper:
        return False
    before = words[first - 1]
    return before.tag == "P" and not before.text.isupper()


def _longest(words: Sequence[Token], at: int) -> Entity | None:
    for name, entity in _names().get(words[at].low, ()):
        end = at + len(name)
        if end <= len(words) and _same(words[at:end], name, entity):
            return msgspec.structs.replace(entity, span=(at, end))
    follows = words[at + 1].low if at + 1 < len(words) else ""
    hostile = follows in THREATS or follows == "ransomware"
    if words[at].low in _COMMON and words[at].upper and hostile:
        name_ = words[at].text
        return Entity("group", (at, at + 1), name_, None, group=group_of(name_))
    return None


def _same(run: Sequence[Token], name: tuple[str, ...], entity: Entity) -> bool:
    for token, word in zip(run, name, strict=True):
        written = token.text.replace("’", "'")
        if written == word:
            continue
        short = len(name) == 1 and word.isupper() and len(word) <= 5
        if short and entity.kind != "group":
            return False
        if written.lower() != word.lower():
            return False
        if not written[0].isupper() and word[0].isupper() and entity.kind != "organ":
            return False
        if entity.kind == "organ" and len(name) == 1 and not written[0].isupper():
            return False
    return run[0].upper or (len(name) > 1 and run[0].low == "the")
