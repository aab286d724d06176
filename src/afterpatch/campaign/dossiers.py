"""Finds dossiers, and reads of each what a view needs: whole ones don't fit into memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from afterpatch.errors import UsageError
from afterpatch.model import Host, Verdict

__all__ = ["Fleet", "Found", "Slim", "Without", "find", "read"]

ASSESSMENT = "assessment.json"
FLEET = "fleet.json"
_FLEET_SCHEMA = "afterpatch/fleet/1"
DEPTH = 6  # folders below one that is given


class Unit(Struct, frozen=True):
    """One package, as `fleet.json` tells of it."""

    package: str
    folder: str = ""
    state: Literal["done", "failed", "duplicate"] = "done"
    why: str | None = None
    duplicate_of: str | None = None


class Fleet(Struct, frozen=True):
    """A `fleet.json`."""

    schema: str
    units: tuple[Unit, ...]


class Found(Struct, frozen=True, order=True):
    """A dossier: what it is called in the view and below the folder `root`, where it is, and the
    package it is made of, empty where nothing says."""

    server: str
    path: Path
    folder: str
    package: str
    root: Path
    name: str


class Without(Struct, frozen=True, order=True):
    """A package of the fleet in `root` that has no dossier of its own."""

    package: str
    root: Path
    state: Literal["failed", "duplicate"]
    why: str
    duplicate_of: str


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


_slim = msgspec.json.Decoder(Slim)
_fleet = msgspec.json.Decoder(Fleet)


def read(path: Path) -> Slim:
    """The dossier in a folder. Raises OSError, msgspec.MsgspecError or UnicodeDecodeError."""
    return _slim.decode((path / ASSESSMENT).read_bytes())


def find(folders: Sequence[Path]) -> tuple[list[Found], list[Without]]:
    """The dossiers below some folders, in order of their names, and the packages without one.

    A server is called by its folder below `servers/`, or below the folder that was given; the same
    dossier below two of them counts once. Raises UsageError where there is none at all.
    """
    found: dict[Path, Found] = {}
    without: list[Without] = []
    names: set[str] = set()
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder: give one that holds dossiers")
        fleet = _read_fleet(folder / FLEET)
        without += [
            Without(unit.package, folder, unit.state, unit.why or "", unit.duplicate_of or "")
            for unit in (fleet.units if fleet else ())
            if unit.state != "done"
        ]
        units = [unit for unit in (fleet.units if fleet else ()) if unit.folder]
        package = {unit.folder.rstrip("/"): unit.package for unit in units if unit.state == "done"}
        # What an earlier run left of a package that has failed since. A duplicate names the folder
        # of the package that it repeats.
        lost = {unit.folder.rstrip("/") for unit in units} - package.keys()
        for place in _dossiers(folder, 0):
            below = place.relative_to(folder).as_posix()
            above = below.rpartition("/")[0]
            if below in lost or above in lost:
                continue
            name = below.removeprefix("servers/")
            name = folder.resolve().name if name == "." else name
            real = place.resolve()
            if real in found:
                continue
            server = name
            if name in names:
                server = f"{folder.resolve().name}/{name}"
            names.add(server)
            of = package.get(below) or package.get(above, "")
            found[real] = Found(server, place, below, of, folder, name)
    if not found and not without:
        given = ", ".join(map(str, folders))
        raise UsageError(
            f"{given} holds no dossier: give the folder that `fleet` or `assess` wrote"
        )
    return sorted(found.values()), sorted(without)


def _dossiers(folder: Path, depth: int) -> Iterator[Path]:
    """Folders with an assessment, none below another one. Links are not followed."""
    below = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name == ASSESSMENT and entry.is_file():
                yield folder
                return
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                below.append(entry.name)
    if depth < DEPTH:
        for name in sorted(below):
            yield from _dossiers(folder / name, depth + 1)


def _read_fleet(path: Path) -> Fleet | None:
    try:
        fleet = _fleet.decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read ({error}): run `fleet` again") from error
    if fleet.schema != _FLEET_SCHEMA:
        raise UsageError(f"{path} is of another version ({fleet.schema}): run `fleet` again")
    return fleet
