"""Names in public reporting: states and their organs, houses that publish, ATT&CK groups.

A name here says what a text means by it; it says nothing of who did what.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, cast

from msgspec import Struct

from afterpatch.knowledge.tables import rows

__all__ = [
    "Government",
    "Group",
    "House",
    "Organ",
    "governments",
    "group_key",
    "groups",
    "groups_named",
    "houses",
    "organs",
    "technique_names",
]


class Government(Struct, frozen=True):
    """A state or a union of states. `metonyms` are capitals and seats that stand for it."""

    code: str
    name: str
    kind: Literal["government", "intergovernmental", "government-group"]
    aliases: tuple[str, ...]
    demonyms: tuple[str, ...]
    metonyms: tuple[str, ...]


class Organ(Struct, frozen=True):
    """A body of a state: a service, a ministry. `government` is the code of its state."""

    name: str
    government: str
    kind: str
    aliases: tuple[str, ...]


class House(Struct, frozen=True):
    """Who publishes about intrusions: a newsroom, a company, a foundation."""

    name: str
    kind: Literal["media", "company", "organization"]
    aliases: tuple[str, ...]


class Group(Struct, frozen=True):
    """A group of MITRE ATT&CK with all its names and the techniques recorded for it."""

    id: str
    name: str
    aliases: tuple[str, ...]
    techniques: tuple[str, ...]


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


@cache
def governments() -> tuple[Government, ...]:
    """States by their ISO 3166-1 code, and unions of states."""
    return tuple(
        Government(
            row["code"],
            row["name"],
            cast("Literal['government', 'intergovernmental', 'government-group']", row["kind"]),
            _split(row["aliases"]),
            _split(row["demonyms"]),
            _split(row["metonyms"]),
        )
        for row in rows("governments")
    )


@cache
def organs() -> tuple[Organ, ...]:
    """Bodies of states that accuse or are accused."""
    return tuple(
        Organ(row["name"], row["government"], row["kind"], _split(row["aliases"]))
        for row in rows("organs")
    )


@cache
def houses() -> tuple[House, ...]:
    """Newsrooms, companies and foundations."""
    return tuple(
        House(
            row["name"],
            cast("Literal['media', 'company', 'organization']", row["kind"]),
            _split(row["aliases"]),
        )
        for row in rows("reporting_houses")
    )


@cache
def groups() -> tuple[Group, ...]:
    """The groups of ATT&CK, by id."""
    return tuple(
        Group(row["id"], row["name"], _split(row["aliases"]), tuple(row["techniques"].split()))
        for row in rows("attack_groups")
    )


def group_key(name: str) -> str:
    """A group's name without what reports vary: case, blanks, hyphens, dots, no-break spaces."""
    return re.sub(r"[\W_]+", "", name).lower()


@cache
def _keys() -> dict[str, tuple[tuple[Group, str], ...]]:
    found: dict[str, dict[str, tuple[Group, str]]] = {}
    for group in groups():
        for name in (group.name, *group.aliases):
            found.setdefault(group_key(name), {}).setdefault(group.id, (group, name))
    return {key: tuple(by_id.values()) for key, by_id in found.items()}


def groups_named(name: str) -> tuple[tuple[Group, str], ...]:
    """The groups that carry this name, each with the alias that matched; several when ambiguous."""
    return _keys().get(group_key(name), ())


@cache
def technique_names() -> dict[str, str]:
    """Technique id → name."""
    return {row["id"]: row["name"] for row in rows("attack_techniques")}
