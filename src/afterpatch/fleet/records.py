"""What is written of a fleet besides its dossiers."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = ["FLEET", "UNIT", "Asked", "Fleet", "Server", "Unit", "UnitRecord"]

FLEET = "fleet.json"
UNIT = "unit.json"


class Asked(Struct, frozen=True):
    """What a dossier was made by: another version, rule or question makes another dossier.

    `rules` is the hash of the rule set; `claims` the SHA-256 of the ledger, empty where none was
    given.
    """

    version: str
    rules: str
    since: str | None = None
    until: str | None = None
    claims: str = ""


class Server(Struct, frozen=True):
    """One server of a package: its folder in that of the package, empty where it is that folder."""

    folder: str
    grade: str
    coverage: str


class UnitRecord(Struct, frozen=True):
    """`unit.json`: says that the dossiers beside it are whole, of which bytes, and made by what.

    `package` is its name as first given, `source` the path or URL that it is known by.
    """

    package: str
    evidence_sha256: str
    size: int
    asked: Asked
    servers: tuple[Server, ...]
    schema: str = "afterpatch/unit/1"
    source: str = ""


class Unit(Struct, frozen=True, order=True):
    """A package and what became of it; `size` in bytes. `grades` has the grade of each dossier by
    its folder."""

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
