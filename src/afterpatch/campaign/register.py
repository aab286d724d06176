"""The register: a CSV that says whose each package is."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from afterpatch.errors import UsageError
from afterpatch.limits import REGISTER_BYTES
from afterpatch.outputs.campaign_view import Owner

__all__ = ["Register", "read_register"]

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
    """The owners by package, as it is written. Commas or semicolons, UTF-8.

    Columns: `package`, `organization`, `sector`, `country`, `size` and `contact`, in any order; all
    but the first may be missing.

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
        for number, row in enumerate(reader, 2):
            if not any(cell.strip() for cell in row):
                continue
            cells = {
                kind: row[place].strip() if place is not None and place < len(row) else ""
                for kind, place in places.items()
            }
            name = _written(row[package]) if package < len(row) else ""
            if not name:
                raise UsageError(f"{path}, line {number}: no package is named")
            owner = Owner(**cells)
            if owners.setdefault(name, owner) != owner:
                raise UsageError(f"{path}, line {number}: {name} is named before, with other words")
    except csv.Error as error:
        raise UsageError(f"{path} is no CSV: {error}") from error
    return owners


class Register:
    """Whose each package is: no owner rather than a wrong one.

    `rows` are the owners by package as the register writes it, `packages` all that the view is made
    of, each once. A row without the ending of an archive, or with another, is for the one package
    called so; a row without a folder too. A row with a folder is for no package elsewhere.
    """

    def __init__(self, rows: Mapping[str, Owner], packages: Iterable[str]) -> None:
        self._rows = rows
        self._stems: defaultdict[str, set[Owner]] = defaultdict(set)
        for name, owner in rows.items():
            self._stems[_stem(name)].add(owner)
        self._written: Counter[str] = Counter()
        self._called: Counter[str] = Counter()
        self._short: Counter[str] = Counter()
        for package in packages:
            self._written[_written(package)] += 1
            self._called[_stem(package)] += 1
            self._short[_last(_stem(package))] += 1

    def owner_of(self, *packages: str) -> Owner:
        """The owner of a package, by the first of its names that the register has."""
        return next(
            (owner for name in packages if (owner := self._owner(name)) != Owner()), Owner()
        )

    def _owner(self, package: str) -> Owner:
        written, stem = _written(package), _stem(package)
        if not stem:
            return Owner()
        if written in self._rows and self._written[written] <= 1:
            return self._rows[written]
        for name, called in ((stem, self._called), (_last(stem), self._short)):
            owners = self._stems.get(name, set())
            if len(owners) == 1 and called[name] <= 1:
                return next(iter(owners))
        return Owner()


def _last(stem: str) -> str:
    return stem.rpartition("/")[2]


def _written(package: str) -> str:
    return package.strip().replace("\\", "/").rstrip("/").removeprefix("./")


def _stem(package: str) -> str:
    """A package's name without the ending of an archive."""
    name = _written(package)
    for ending in sorted(_ENDINGS, key=len, reverse=True):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return name
