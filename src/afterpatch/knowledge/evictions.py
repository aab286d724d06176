"""How the doors that an intruder leaves are removed, and what shows that they are gone."""

from __future__ import annotations

from functools import cache

from msgspec import Struct

from afterpatch.knowledge.tables import Confidence, confidence, rows


class Eviction(Struct, frozen=True):
    """For a kind of backdoor: what an administrator does to it, and how to check that it worked."""

    kind: str
    remove: str
    check: str
    source: tuple[str, ...]
    confidence: Confidence


@cache
def evictions() -> dict[str, Eviction]:
    """The table by the kind of backdoor."""
    return {
        row["kind"]: Eviction(
            row["kind"],
            row["remove"],
            row["check"],
            tuple(row["source"].split()),
            confidence(row),
        )
        for row in rows("evictions")
    }
