"""The register: a CSV that says whose each package is."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from afterpatch.errors import UsageError
from afterpatch.limits import REGISTER_BYTES
from afterpatch.outputs.campaign_view import Owner

__all__ = ["owner_of", "read_register"]

_COLUMNS = {
    "organization": ("organization", "organisation", "org", "owner", "customer"),
    "sector": ("sector", "industry"),
    "country": ("country",),
    "size": ("size", "employees"),
    "contact": ("contact", "email", "e-mail", "mail"),
}
_PACKAGE = ("package", "server", "file", "evidence")
_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst", ".7z")


def read_register(path: Path) -> dict[str, Owner]:
    """The owners by package. Columns: `package`, `organization`, `sector`, `country`, `size` and
    `contact`, in any order; all but the first may be missing. Commas or semicolons, UTF-8.

    Raises UsageError for a file that is no such table, and for a package that is named twice with
    different owners.
    """
    try:
        if path.stat().st_size > REGISTER_BYTES:
            raise UsageError(f"{path} is too large for a register")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}): give a CSV") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no text in UTF-8: save the register as CSV UTF-8") from error
    lines = text.splitlines()
    head = lines[0] if lines else ""
    reader = csv.reader(lines, delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        package = next((names.index(name) for name in _PACKAGE if name in names), None)
        if package is None:
            raise UsageError(
                f"{path} has no column `package`: its first line must name the columns, such as "
                "package,organization,sector,country,size,contact"
            )
        places = {
            kind: next((names.index(name) for name in known if name in names), None)
            for kind, known in _COLUMNS.items()
        }
        owners: dict[str, Owner] = {}
        short: dict[str, set[Owner]] = {}
        for number, row in enumerate(reader, 2):
            if not any(cell.strip() for cell in row):
                continue
            cells = {
                kind: row[place].strip() if place is not None and place < len(row) else ""
                for kind, place in places.items()
            }
            key = _key(row[package]) if package < len(row) else ""
            if not key:
                raise UsageError(f"{path}, line {number}: no package is named")
            owner = Owner(**cells)
            if owners.setdefault(key, owner) != owner:
                raise UsageError(f"{path}, line {number}: {key} is named before, with other words")
            short.setdefault(_last(key), set()).add(owner)
    except csv.Error as error:
        raise UsageError(f"{path} is no CSV: {error}") from error
    # Packages may be named without their folders, where no two are called alike.
    alone = {name: of.pop() for name, of in short.items() if len(of) == 1}
    return alone | owners


def owner_of(register: Mapping[str, Owner], server: str, package: str = "") -> Owner:
    """The owner of a server: of its package, or of its own name or that of the folder above it."""
    key = _key(package)
    names = (key, _last(key)) if key else (server, server.partition("/")[0])
    return next((register[name] for name in names if name in register), Owner())


def _last(key: str) -> str:
    return key.rpartition("/")[2]


def _key(package: str) -> str:
    """A package's name without the ending of an archive."""
    name = package.strip().replace("\\", "/").rstrip("/").removeprefix("./")
    for ending in sorted(_ENDINGS, key=len, reverse=True):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name
