"""`fleet.json`: what became of each package. The fleet writes it, the campaign reads it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = ["FLEET", "FLEET_SCHEMA", "SERVERS", "UNIT", "Fleet", "Unit"]

FLEET = "fleet.json"
FLEET_SCHEMA = "afterpatch/fleet/1"
SERVERS = "servers"  # the folder beside it that holds the dossiers
UNIT = "unit.json"  # beside the dossiers of a package; the last thing written of them


class Unit(Struct, frozen=True, order=True):
    """A package and what became of it; `size` in bytes. `grades` has the grade of each dossier by
    its folder, `source` is the path or URL that the package is known by. `pending`: the run was not
    there yet, or was ended before."""

    package: str
    folder: str
    evidence_sha256: str
    size: int
    state: Literal["done", "failed", "duplicate", "pending"]
    why: str
    duplicate_of: str
    grades: dict[str, str]
    source: str = ""


class Fleet(Struct, frozen=True):
    """`fleet.json`: every package that was ever given, by name."""

    schema: str
    version: str
    rules: str
    units: tuple[Unit, ...]
