"""Front door of the content scan: files in, one judgment for each web file out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from afterpatch.artifacts.webfile import ARTIFACTS, SERVER_EXTENSIONS
from afterpatch.detections.webshell import scan
from afterpatch.engines.local import LocalEngine, default_workers
from afterpatch.errors import EvidenceError
from afterpatch.evidence.source import Reader, discover, open_unit
from afterpatch.guard import Beat, ChildDied
from afterpatch.limits import HEAD_BYTES, WEB_FILE_BYTES, WINDOW_BYTES
from afterpatch.model import Problem, Unit

__all__ = ["Scanned", "make_scanner", "webshells"]

_SCANNER = "afterpatch.webshells:make_scanner"  # what a worker process runs, see guard.Child
# What IIS runs or obeys besides pages: configuration, server-side includes, trusted style sheets.
_EXTENSIONS = SERVER_EXTENSIONS | {
    ".cdx", ".config", ".shtm", ".shtml", ".stm", ".xsl", ".xslt",
}  # fmt: skip
_BETWEEN = " ! "


class Scanned(Struct, frozen=True):
    """One web file and what its content says, see detections.webshell.Scan.

    `path` leads to the file as it lies: a path, and ` ! ` before what is within an archive.
    """

    path: str
    sha256: str
    flagged: bool
    score: int
    reasons: tuple[str, ...]
    family: str | None


class _Job(Struct, frozen=True):
    """One unit to scan. `skip`: the files (by index) that killed a child before."""

    index: int
    unit: Unit
    skip: frozenset[int] = frozenset()


def webshells(
    paths: Sequence[Path],
    *,
    workers: int | None = None,
    on_start: Callable[[int], None] = lambda _total: None,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> tuple[list[Scanned], int, list[Problem]]:
    """Scan the web files among these files, folders and archives.

    A path that is a file itself is scanned whatever it holds. Returns the web files in order of
    their paths, the number of all files looked at, and what could not be read. Raises UsageError
    for a path that can't be opened.
    """
    empty = [path for path in paths if path.is_file() and not path.stat().st_size]
    given = [path for path in paths if path not in empty]
    units, problems = discover(given) if given or not empty else ([], [])
    on_start(sum(unit.size for unit in units))
    found: dict[int, list[Scanned | None]] = {}

    def on_death(job: _Job, died: ChildDied) -> _Job | None:
        found.pop(job.index, None)
        problems.append(Problem(_place(job.unit), f"{died.why}: skipped", died.offset, "parse"))
        if not died.parsing or died.file in job.skip:
            return None
        return msgspec.structs.replace(job, skip=job.skip | {died.file})

    if units:
        with LocalEngine[_Job](_SCANNER, min(workers or default_workers(), len(units))) as engine:
            told = engine.run(
                [_Job(index, unit) for index, unit in enumerate(units)],
                None,
                on_death=on_death,
                on_progress=on_progress,
                size_of=lambda job: job.unit.size,
            )
            for job, kind, value in told:
                if kind == "result" and isinstance(value, Problem):
                    problems.append(value)
                elif kind == "result":
                    found.setdefault(job.index, []).append(value)
                elif kind == "error":
                    problems.append(Problem(_place(job.unit), value, stage="read"))
    nothing = hashlib.sha256().hexdigest()
    scanned = [Scanned(str(path), nothing, False, 0, (), None) for path in empty]
    scanned += [one for of_unit in found.values() for one in of_unit if one is not None]
    files = len(empty) + sum(map(len, found.values()))
    problems.sort(key=lambda problem: (problem.what, problem.why))
    return sorted(scanned, key=lambda one: (one.path, one.sha256)), files, problems


def make_scanner(_setup: object) -> Callable[[_Job, Beat], Iterator[Scanned | Problem | None]]:
    """Entry point of a worker process, see guard.Child."""
    return _scan_unit


def _scan_unit(job: _Job, beat: Beat) -> Iterator[Scanned | Problem | None]:
    """The judgment of each web file of the unit, None for each other file."""
    unit = job.unit
    given = unit.container == "file" and not unit.locator.member
    try:
        for index, (evidence, reader) in enumerate(open_unit(unit)):
            beat.file(index)
            if index in job.skip:
                continue
            path = evidence.path
            try:
                head = _upto(reader, HEAD_BYTES, beat)
                if given or _is_web_file(path, head):
                    yield _scanned(_place(unit, evidence.locator.member), path, head, reader, beat)
                else:
                    yield None
            except EvidenceError as error:
                yield Problem(path, str(error), error.offset, "read")
    except EvidenceError as error:
        yield Problem(_place(unit), str(error), error.offset, "open")


def _is_web_file(path: str, head: bytes) -> bool:
    low = path.lower().rstrip(". ")
    return low.endswith(tuple(_EXTENSIONS)) or any(a.recognize(low, head) for a in ARTIFACTS)


def _scanned(place: str, path: str, head: bytes, reader: Reader, beat: Beat) -> Scanned:
    data = head + _upto(reader, WEB_FILE_BYTES - len(head), beat)
    digest = hashlib.sha256(data)
    while more := reader.read(WINDOW_BYTES):
        beat.reading(len(data))
        digest.update(more)
    beat.parsing(0)
    said = scan(data, path)
    beat.reading(len(data))
    return Scanned(place, digest.hexdigest(), said.flagged, said.score, said.reasons, said.family)


def _upto(reader: Reader, size: int, beat: Beat) -> bytes:
    parts = []
    while size > 0 and (data := reader.read(min(WINDOW_BYTES, size))):
        beat.reading(0)
        beat.advance(len(data))
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def _place(unit: Unit, member: str | None = None) -> str:
    """Where a file of the unit lies: a path, and what it is called within the archive there."""
    name = unit.locator.member if member is None else member
    if unit.container == "file":
        return str(Path(unit.locator.source, name))
    if unit.within and name.startswith(unit.within):
        inner = name.removeprefix(unit.within).removeprefix(_BETWEEN)
        archive = str(Path(unit.locator.source, unit.within))
        return f"{archive}{_BETWEEN}{inner}" if inner else archive
    return f"{unit.locator.source}{_BETWEEN}{name}" if name else unit.locator.source
