"""Finds dossiers, and reads of each what a view needs: whole ones don't fit into memory."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec
from msgspec import Struct

from afterpatch.errors import UsageError
from afterpatch.limits import ASSESSMENT_BYTES
from afterpatch.model import Host, Verdict
from afterpatch.outputs.fleet_json import FLEET, FLEET_SCHEMA, SERVERS, UNIT, Fleet
from afterpatch.storage import Place, Stored, below, read_each
from afterpatch.times import believed, is_time

__all__ = ["Found", "Slim", "Unread", "Without", "contents", "find", "known_time", "read"]

ASSESSMENT = "assessment.json"
DEPTH = 6  # folders below one that is given
# Where the system has them; a pipe is not waited for.
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Found(Struct, frozen=True):
    """A dossier: what it is called in the view and below the folder `root`, where it is, and the
    package it is made of, empty where nothing says. `folder` is its path from the folder that was
    given; `size` that of its assessment in bytes, where the store has said."""

    server: str
    path: Place
    folder: str
    package: str
    root: Place
    name: str
    size: int = 0


class Without(Struct, frozen=True):
    """A package of the fleet in `root` that has no dossier of its own; where it is the same as
    another, that is in the fleet in `other`."""

    package: str
    root: Place
    state: Literal["failed", "duplicate"]
    why: str
    duplicate_of: str
    other: Place


# What the view reads of an assessment. Everything else in the file is skipped.


class Dwell(Struct, frozen=True):
    entry: str
    last_deed: str
    ended: str
    patched: str | None


class Chain(Struct, frozen=True):
    name: str
    cves: tuple[str, ...]
    outcome: str
    first: str | None
    sources: tuple[str, ...] = ()


class Visitor(Struct, frozen=True):
    operator: str
    first: str | None


class Door(Struct, frozen=True):
    id: str
    kind: str
    url: str | None
    path: str | None
    planted: str | None
    planted_by: tuple[str, ...]
    still_stands: str = "unknown"
    visitors: tuple[Visitor, ...] = ()


class Operator(Struct, frozen=True, rename={"class_": "class"}):
    id: str
    addresses: tuple[str, ...]
    user_agents: tuple[str, ...]
    class_: str
    planted: tuple[str, ...]
    visited: tuple[str, ...]
    first: str | None
    last: str | None
    findings: tuple[str, ...]
    shared_addresses: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


class Pivot(Struct, frozen=True):
    kind: str
    value: str
    taught_by: tuple[str, ...]
    state: str
    why: str = ""


class Impact(Struct, frozen=True):
    kind: str
    technique: str
    when: str | None
    operators: tuple[str, ...]


class Coverage(Struct, frozen=True, rename={"from_": "from"}):
    artifact: str
    from_: str | None
    to: str | None
    needed_from: str | None


class Phase(Struct, frozen=True):
    name: str
    visible: bool


class Open(Struct, frozen=True):
    collect: str


class Slim(Struct, frozen=True):
    """The parts of an assessment that the view is made of."""

    schema: str
    host: Host
    verdict: Verdict
    chains: tuple[Chain, ...]
    backdoors: tuple[Door, ...]
    operators: tuple[Operator, ...]
    impact: tuple[Impact, ...]
    coverage: tuple[Coverage, ...]
    next_steps: tuple[str, ...]
    phases: tuple[Phase, ...] = ()
    pivots: tuple[Pivot, ...] = ()
    dwell: Dwell | None = None
    not_answered: tuple[Open, ...] = ()


_slim = msgspec.json.Decoder(Slim)
_fleet = msgspec.json.Decoder(Fleet)


Unread = OSError | ValueError  # why an assessment can't be had


def contents(found: Sequence[Found]) -> Iterator[tuple[Found, bytes | Unread]]:
    """The assessments of dossiers, in order; those in a store are read side by side.

    Raises UsageError where a store is reached no more.
    """
    for stored, of in groupby(found, lambda one: isinstance(one.path, Stored)):
        if not stored:
            yield from ((one, _content(one.path)) for one in of)
            continue
        dossiers = [*of]
        small = [one for one in dossiers if one.size <= ASSESSMENT_BYTES]
        read = read_each((one.path / ASSESSMENT, one.size) for one in small)
        for one in dossiers:
            content = next(read) if one.size <= ASSESSMENT_BYTES else _too_large()
            if isinstance(content, OSError) and not isinstance(content, FileNotFoundError):
                # It is the store that fails, and no dossier of somebody's.
                raise UsageError(_not_reached(one.path, content))
            yield one, content


def _content(folder: Place) -> bytes | Unread:
    """The assessment in a folder. A link is not followed."""
    try:
        handle = os.open(str(folder / ASSESSMENT), os.O_RDONLY | _NO_LINKS)
        with os.fdopen(handle, "rb") as stream:
            facts = os.fstat(handle)
            if not stat.S_ISREG(facts.st_mode):
                return ValueError("its assessment is no file")
            if facts.st_size > ASSESSMENT_BYTES:
                return _too_large()
            return stream.read(ASSESSMENT_BYTES)
    except OSError as error:
        return error


def _not_reached(place: Place, error: OSError) -> str:
    why = error.strerror or error
    return f"{place} can't be read ({why}): check the address and the keys, and try again"


def _too_large() -> ValueError:
    return ValueError(f"its assessment is larger than {ASSESSMENT_BYTES:,} bytes")


def read(content: bytes | Unread) -> Slim:
    """What the view needs of an assessment.

    Raises OSError or ValueError where it could not be had, msgspec.MsgspecError, UnicodeDecodeError
    or RecursionError where it is none.
    """
    if isinstance(content, bytes):
        return _slim.decode(content)
    raise content


def known_time(when: str | None) -> str | None:
    """A time in our form that can be believed; None for what a record claims and no calendar has,
    or no server of ours lived through."""
    return believed(when) if when is not None and is_time(when) else None


def find(folders: Sequence[Place]) -> tuple[list[Found], list[Without], list[str]]:
    """The dossiers below some folders, in order of their names, the packages without one, and what
    could not be looked into.

    Of a fleet those count that its `fleet.json` names, and no other below its `servers/`: an
    earlier run may have left them. A server is called by its folder below `servers/`, or below the
    folder that was given, and by as many of the folders above as it takes that no two are called
    alike; the same dossier below two of them counts once. Raises UsageError where there is none.
    """
    search = _Search()
    # The innermost first, whatever the order they are given in: it may be a fleet's.
    for folder in sorted({*folders}, key=lambda f: (-len(f.resolve().parts), f.resolve().parts)):
        if isinstance(folder, Stored):
            search.look_into(folder)
        elif folder.is_dir():
            search.look(folder, folder, 0)
        else:
            raise UsageError(f"{folder} is no folder: give one that holds dossiers")
    if not search.found and not search.without and not search.problems:
        given = ", ".join(map(str, folders))
        raise UsageError(
            f"{given} holds no dossier: give the folder that `fleet` or `assess` wrote"
        )
    return (
        sorted(_named([*search.found.values()]), key=lambda one: one.server),
        sorted(search.without, key=lambda w: (w.package, str(w.root), w.state, w.why)),
        search.problems,
    )


class _Search:
    """What is found below the folders that are given. Links are not followed."""

    def __init__(self) -> None:
        self.found: dict[Place, Found] = {}
        self.without: list[Without] = []
        self.problems: list[str] = []
        self._fleets: set[Place] = set()
        self._sizes: dict[Place, int] = {}  # of the assessments in stores, by their folders
        self._units: set[Place] = set()  # folders in stores that are whole
        self._bytes: dict[str, tuple[Place, str]] = {}  # fleet and package, by their SHA-256

    def look(self, given: Path, folder: Path, depth: int) -> None:
        """Take the dossier in a folder, or those below it: none lies below another one."""
        try:
            with os.scandir(folder) as entries:
                held = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
        except OSError as error:
            name = folder.relative_to(given).as_posix()
            self.problems.append(f"{name}: can't be looked into ({error.strerror or error})")
            return
        if held.get(ASSESSMENT) is False:
            self._take(given, given, folder, "")
            return
        below = [name for name, is_dir in held.items() if is_dir and not name.startswith(".")]
        if held.get(FLEET) is False:
            self._fleet(given, folder)
            below = [name for name in below if name != SERVERS]
        if depth < DEPTH:
            for name in sorted(below):
                self.look(given, folder / name, depth + 1)

    def look_into(self, given: Stored) -> None:
        """As `look`, by the one list that a store gives of all objects."""
        try:
            sizes = {name: status.st_size for name, status in given.files()}
        except OSError as error:
            raise UsageError(_not_reached(given, error)) from error
        places: dict[tuple[str, ...], str] = {}  # dossiers and fleets, by their folders
        for name, size in sizes.items():
            *above, last = name.split("/")
            if last not in (ASSESSMENT, FLEET, UNIT):
                continue
            if {"", ".", ".."} & {*above}:
                self.problems.append(f"{name}: lies in a folder without a name, and is passed over")
                continue
            place = given / "/".join(above)
            if last == UNIT:
                self._units.add(place)
                continue
            if last == ASSESSMENT:
                self._sizes[place] = size
            if len(above) <= DEPTH and not any(part.startswith(".") for part in above):
                # A dossier is taken before a fleet in the same folder: the names come in order.
                places.setdefault(tuple(above), last)
        closed: set[tuple[str, ...]] = set()  # below which nothing is looked for
        for folder in sorted(places, key=lambda parts: (len(parts), parts)):
            if any(folder[:length] in closed for length in range(len(folder) + 1)):
                continue
            place = given / "/".join(folder)
            if places[folder] == FLEET:
                closed.add((*folder, SERVERS))
                self._fleet(given, place)
            else:
                closed.add(folder)
                self._take(given, given, place, "")

    def _fleet(self, given: Place, folder: Place) -> None:
        if folder.resolve() in self._fleets:
            return
        self._fleets.add(folder.resolve())
        for unit in _read_fleet(folder / FLEET).units:
            if unit.state != "done":
                why, same = unit.why, unit.duplicate_of
                state: Literal["failed", "duplicate"] = (
                    "duplicate" if unit.state == "duplicate" else "failed"
                )
                self.without.append(Without(unit.package, folder, state, why, same, folder))
                continue
            first = (folder, unit.package)
            other, same = self._bytes.setdefault(unit.evidence_sha256 or str(first), first)
            if other != folder:
                why = "holds the same bytes as a package of another fleet"
                self.without.append(Without(unit.package, folder, "duplicate", why, same, other))
                continue
            for name in unit.grades:
                self._take_of_fleet(given, folder, name, unit.package)

    def _take_of_fleet(self, given: Place, folder: Place, name: str, package: str) -> None:
        parts = PurePosixPath(name).parts
        if parts[:1] != (SERVERS,) or len(parts) < 2 or ".." in parts:
            self.problems.append(f"{name}: {FLEET} names a dossier that is none of its own")
        elif isinstance(folder, Stored) and folder / "/".join(parts[:2]) not in self._units:
            self.problems.append(f"{name}: is not whole in the store: run `fleet` again")
        else:
            self._take(given, folder, folder / "/".join(parts), package)

    def _take(self, given: Place, root: Place, place: Place, package: str) -> None:
        real = place.resolve()
        if real in self.found:
            return
        folder, name = below(place, given), below(place, root)
        name = name.removeprefix(f"{SERVERS}/")
        name = root.resolve().name if name == "." else name
        size = self._sizes.get(place, 0)
        self.found[real] = Found("", place, folder, package, root, name, size)


def _named(found: Sequence[Found]) -> list[Found]:
    """The dossiers, those of one name called by the folders above too, until no two are alike."""
    above = [one.root.resolve().parts for one in found]
    lengths = [0] * len(found)

    def called(at: int) -> str:
        if lengths[at] > len(above[at]):
            place = found[at].path.resolve()
            return place.as_posix() if isinstance(place, Path) else str(place)
        parts = above[at][len(above[at]) - lengths[at] :]
        return "/".join((*parts, found[at].name))

    while True:
        names = [called(at) for at in range(len(found))]
        count = Counter(names)
        alike = [at for at, name in enumerate(names) if count[name] > 1]
        if not alike:
            return [
                msgspec.structs.replace(one, server=name)
                for one, name in zip(found, names, strict=True)
            ]
        for at in alike:
            lengths[at] += 1


def _read_fleet(path: Place) -> Fleet:
    try:
        fleet = _fleet.decode(path.read_bytes())
    except OSError as error:
        raise UsageError(_not_reached(path, error)) from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} can't be read ({error}): run `fleet` again") from error
    if fleet.schema != FLEET_SCHEMA:
        raise UsageError(f"{path} is of another version ({fleet.schema}): run `fleet` again")
    return fleet
