"""What is written beside the dossiers of one package."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Asked", "Server", "UnitRecord"]


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
