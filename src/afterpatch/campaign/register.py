"""The register: a CSV that says whose each package is."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from afterpatch.errors import UsageError
from afterpatch.evidence.magic import bare_name
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
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
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
        for row in reader:
            number = reader.line_num
            if any("\n" in cell or "\r" in cell for cell in row):
                # Else one stray quote would make the owners that follow a part of this one's name.
                raise UsageError(
                    f"{path}, line {number}: a cell has several lines: is a quote lost?"
                )
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
    called so, whatever the case; a row that leaves out the first folders too. A row with a folder
    is for no package elsewhere.
    """

    def __init__(self, rows: Mapping[str, Owner], packages: Iterable[str]) -> None:
        self._rows = rows
        self._called: defaultdict[str, list[str]] = defaultdict(list)  # rows by stem
        for name in rows:
            self._called[_stem(name)].append(name)
        self._written: Counter[str] = Counter()
        self._tails: Counter[str] = Counter()
        for package in packages:
            self._written[_written(package)] += 1
            self._tails.update(_tails(_stem(package)))
        self._used: set[str] = set()

    def owner_of(self, *packages: str) -> Owner:
        """The owner of a package, by the first of its names that the register has."""
        return next(
            (owner for name in packages if (owner := self._owner(name)) != Owner()), Owner()
        )

    def unused(self) -> list[str]:
        """The rows by which no owner was told so far, as the register writes them; none that says
        in other letters what another has told."""
        told = {(_stem(name), self._rows[name]) for name in self._used}
        return [name for name, owner in self._rows.items() if (_stem(name), owner) not in told]

    def _owner(self, package: str) -> Owner:
        written = _written(package)
        if written in self._rows and self._written[written] <= 1:
            self._used.add(written)
            return self._rows[written]
        # By the longest that the register has: where that leaves it open, a shorter one is a guess.
        tail = next((tail for tail in _tails(_stem(package)) if tail in self._called), "")
        owners = {self._rows[name] for name in self._called.get(tail, ())}
        if len(owners) != 1 or self._tails[tail] > 1:
            return Owner()
        self._used.update(self._called[tail])
        return next(iter(owners))


def _written(package: str) -> str:
    plain = unicodedata.normalize("NFC", package)
    return plain.strip().replace("\\", "/").rstrip("/").removeprefix("./")


def _stem(package: str) -> str:
    """A package's name without the endings of archives, of one case."""
    return bare_name(_written(package)).casefold()


def _tails(stem: str) -> Iterator[str]:
    """The name, and what is left of it without its first folder, without two, and so on."""
    while stem:
        yield stem
        stem = stem.partition("/")[2]
