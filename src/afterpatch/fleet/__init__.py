"""Front door of the fleet: many packages of evidence in, a dossier for each of their servers out.

`packages` says which there are and what their bytes are, `worker` works on one of them in a worker
process, `results` keeps the dossiers, `records` is what is written besides them. Only the process
that calls `fleet` publishes dossiers and writes what is about all of them.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import structs

from afterpatch import __version__
from afterpatch.assess import gravest_code, load_rules
from afterpatch.claims.bearing import read_ledger
from afterpatch.detections.rule import RuleSet
from afterpatch.detections.yara_pack import YaraSet, load_yara
from afterpatch.engines.engine import ENGINES, Engine, open_engine
from afterpatch.errors import AfterpatchError, UsageError
from afterpatch.fleet.packages import Content, Package, assigned, gone, packages_of, size_on_disk
from afterpatch.fleet.records import Asked, UnitRecord
from afterpatch.fleet.results import Results, results_in
from afterpatch.fleet.worker import WORKER, Job, NoRoom, Refused, Setup
from afterpatch.guard import Ceilings, ChildDied
from afterpatch.limits import (
    CHILD_RESIDENT_BYTES,
    UNIT_ATTEMPTS,
    UNIT_MEMORY_BYTES,
    UNIT_SECONDS,
)
from afterpatch.outputs.fleet_json import FLEET_SCHEMA, SERVERS, Fleet, Unit
from afterpatch.storage import place

__all__ = ["ENGINES", "Fleet", "Progress", "Unit", "encoded", "fleet"]


class Progress(NamedTuple):
    """How far it is: packages and bytes, and the servers met so far by grade."""

    doing: str
    done: int
    total: int
    bytes_done: int
    bytes_total: int
    grades: Counter[str]


def fleet(
    given: Sequence[str],
    out: str,
    *,
    engine: str = "local",
    address: str | None = None,
    workers: int | None = None,
    rules: Sequence[Path] = (),
    yara: Sequence[Path] = (),
    since: str | None = None,
    until: str | None = None,
    claims: Path | None = None,
    seconds: float = UNIT_SECONDS,
    memory: int = UNIT_MEMORY_BYTES,
    command_line: Sequence[str] = (),
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> tuple[Fleet, int]:
    """Assess each package (a path or a URL), and return what became of them and an exit code.

    What `out`, a folder or a URL, holds already of the same bytes, version, rules and questions is
    not worked again. `seconds` and `memory` (bytes) are what one package may take. The exit code is
    that of the gravest server; a package that failed counts as one of which nothing can be said.
    Raises UsageError where the input can't be worked on as given, and AfterpatchError where results
    can't be written: what is finished stays.
    """
    packages = packages_of(given)
    if not packages:
        raise UsageError("No package is given: name packages, or a file of them with --list")
    where = place(out)
    around = {where.resolve(), *where.resolve().parents}
    for package in packages:
        if place(package.source).resolve() in around:
            raise UsageError(
                f"{out} lies in the evidence {package.name}, which is never changed: "
                "choose a folder elsewhere with -o"
            )
    ledger = read_ledger(claims) if claims else None
    ledger_hash = hashlib.sha256(msgspec.json.encode(ledger)).hexdigest() if ledger else ""
    results = results_in(where)
    # Of a package's memory the process that parses has its own ceiling, see guard.
    ceilings = Ceilings(seconds, max(memory - CHILD_RESIDENT_BYTES, CHILD_RESIDENT_BYTES))
    with results.lock(), open_engine(engine, WORKER, workers, ceilings, address) as crew:
        # Read and compiled while the workers come up.
        ruleset, packs = load_rules(rules), load_yara(yara) if yara else None
        asked = Asked(__version__, _rules_hash(ruleset, packs), since, until, ledger_hash)
        setup = Setup(ruleset, packs, ledger, asked, tuple(command_line), results)
        run = _Run(packages, results, setup, crew, on_progress)
        run.write_fleet()
        run.know_contents()
        run.assess()
        found = run.write_fleet()
        _write_tables(found, results)
    return found, run.exit_code()


def _write_tables(found: Fleet, results: Results) -> None:
    servers = {name.removeprefix(f"{SERVERS}/") for unit in found.units for name in unit.grades}
    try:
        unread = results.write_tables(sorted(servers))
    except OSError as error:
        raise AfterpatchError(
            f"The tables can't be written ({error.strerror or error}); all dossiers are: make room "
            "and run the same command again"
        ) from error
    if unread:
        raise AfterpatchError(
            f"The tables lack {len(unread)} of the dossiers, the first being {unread[0].what}: "
            f"{unread[0].why}. Run the same command again"
        )


def encoded(found: Fleet) -> bytes:
    """The content of fleet.json."""
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"


def _rules_hash(ruleset: RuleSet, packs: YaraSet | None) -> str:
    if packs is None:
        return ruleset.digest
    return hashlib.sha256(f"{ruleset.digest} {packs.digest}".encode()).hexdigest()


class _Run:
    """One run over the packages, which are numbered in their order."""

    def __init__(
        self,
        packages: Sequence[Package],
        results: Results,
        setup: Setup,
        engine: Engine[Job],
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._results = results
        self._records = results.finished()
        self._earlier = earlier.units if (earlier := results.fleet()) else ()
        self._before = {record.source: folder for folder, record in self._records.items()}
        # A package keeps the name by which it was given first.
        names = {record.source: record.package for record in self._records.values()}
        names |= {unit.source: unit.package for unit in self._earlier}
        self._packages = sorted(Package(names.get(p.key, p.name), p.source) for p in packages)
        self._setup = setup
        self._engine = engine
        self._on_progress = on_progress
        self._contents: dict[int, Content] = {}
        self._failed: dict[int, str] = {}
        self._duplicates: dict[int, int] = {}
        self._folders: dict[int, str] = {}  # of those that are finished
        self._grades: Counter[str] = Counter()
        self._done = 0
        self._told = 0  # of those done, when fleet.json was written last

    # ------------------------------------------------------------ what is in them

    def know_contents(self) -> None:
        """Hash the packages, those that are not known from an earlier run."""
        known = self._results.contents()
        jobs = [
            Job(i, p, known.get(p.key), size_on_disk(p.source))
            for i, p in enumerate(self._packages)
        ]
        for job, said in self._work(jobs, "hashing"):
            if isinstance(said, Content):
                self._contents[job.index] = said
                if said != job.known:
                    self._results.note_content(job.package.key, said)

    # ------------------------------------------------------------ the work on them

    def assess(self) -> None:
        """Work on what is neither finished nor the same as another package."""
        self._done = 0
        jobs = sorted(self._jobs(), key=lambda job: (-job.size, job.index))
        self._done = len(self._packages) - len(jobs)
        for job, said in self._work(jobs, "assessing"):
            if isinstance(said, UnitRecord):
                try:
                    self._results.publish(job.folder)
                except OSError as error:
                    raise self._no_room(error.strerror or str(error)) from error
                self._finished(job.index, job.folder, said)
            # Now and then: whoever finds a killed run sees how far it came.
            if self._done - self._told > len(self._packages) // 100:
                self.write_fleet()
        self._remove_replaced()

    def _jobs(self) -> list[Job]:
        """The jobs that are left to do; notes what is finished and which are the same.

        A package keeps its folder. One that has none takes that of the same bytes which an earlier
        run was given under another name.
        """
        records, asked = self._records, self._setup.asked
        given = {package.key for package in self._packages}
        own = {record.source: f for f, record in records.items() if record.source in given}
        moved: dict[str, str] = {}
        for folder, record in records.items():
            if record.source not in given and (
                record.asked == asked or record.evidence_sha256 not in moved
            ):
                moved[record.evidence_sha256] = folder
        same: dict[str, list[int]] = {}
        for index, content in sorted(self._contents.items()):
            same.setdefault(content.sha256, []).append(index)
        held = {record.source or folder: folder for folder, record in records.items()}
        left = []
        for sha256, indices in same.items():
            owned = {i: own[key] for i in indices if (key := self._packages[i].key) in own}
            folders = [*owned.values(), *([moved[sha256]] if sha256 in moved else [])]
            finished = [
                f
                for f in folders
                if records[f].evidence_sha256 == sha256 and records[f].asked == asked
            ]
            folder = next(iter(finished or folders), "")
            first = next((i for i, f in owned.items() if f == folder), indices[0])
            self._duplicates |= {index: first for index in indices if index != first}
            if finished:
                self._finished(first, folder, records[folder])
                continue
            left.append(first)
            if folder:
                held[self._packages[first].key] = folder
        names = assigned([self._packages[i] for i in left], held)
        return [
            Job(i, self._packages[i], self._contents[i], self._contents[i].size, folder)
            for i, folder in zip(left, names, strict=True)
        ]

    def _remove_replaced(self) -> None:
        """Leave one folder for each package, and for the same bytes."""
        keys: dict[str, str] = {}
        for index, package in enumerate(self._packages):
            folder = self._folders.get(self._duplicates.get(index, index))
            if folder is not None:
                keys[package.key] = keys[self._contents[index].sha256] = folder
        kept = {*self._folders.values()}
        for folder, record in [*self._records.items()]:
            if folder not in kept and (record.source in keys or record.evidence_sha256 in keys):
                try:
                    self._results.remove(folder)
                except OSError as error:
                    raise self._no_room(error.strerror or str(error)) from error
                del self._records[folder]

    def _finished(self, index: int, folder: str, record: UnitRecord) -> None:
        """Note a package whose dossiers are in their place, now or since an earlier run.

        The one place where what is about all dossiers is told of one, in this process alone.
        """
        self._folders[index] = folder
        self._records[folder] = record
        self._grades.update(server.grade for server in record.servers)

    def _work(self, jobs: Sequence[Job], doing: str) -> Iterable[tuple[Job, Any]]:
        """What the workers say of the jobs; one that fails UNIT_ATTEMPTS times is noted."""
        attempts: Counter[int] = Counter()
        total = sum(job.size for job in jobs)
        self._progress(doing, 0, total)

        def on_death(job: Job, died: ChildDied) -> Job | None:
            attempts[job.index] += 1
            if attempts[job.index] < UNIT_ATTEMPTS:
                return job
            self._failed[job.index] = died.why
            self._done += 1
            return None

        def on_progress(done: int) -> None:
            self._results.check()
            self._progress(doing, done, total)

        told = self._engine.run(
            jobs,
            self._setup,
            on_death=on_death,
            on_progress=on_progress,
            size_of=lambda job: job.size,
        )
        for job, kind, said in told:
            if kind == "done":
                self._done += 1
            elif isinstance(said, NoRoom):
                raise self._no_room(said.why)
            elif isinstance(said, Refused):
                self._failed[job.index] = said.why
            else:
                yield job, said

    def _no_room(self, why: str) -> AfterpatchError:
        return AfterpatchError(
            f"The results can't be written ({why}). {len(self._folders)} of "
            f"{len(self._packages)} packages are finished and stay: make room, or see that "
            "the store is reached with keys that hold, and run the same command again"
        )

    def _progress(self, doing: str, done: int, total: int) -> None:
        counts = self._done, len(self._packages)
        self._on_progress(Progress(doing, *counts, done, total, self._grades))

    # ------------------------------------------------------------ what became of them

    def write_fleet(self) -> Fleet:
        """Write fleet.json as things stand, and return its content."""
        found = self._summary()
        try:
            self._results.write_fleet(encoded(found))
        except OSError as error:
            raise self._no_room(error.strerror or str(error)) from error
        self._told = self._done
        return found

    def _summary(self) -> Fleet:
        """Every package of this run and of earlier ones, by name."""
        units = [self._unit(index) for index in range(len(self._packages))]
        told = {unit.source for unit in units}
        # What an earlier run made of other bytes of theirs no longer speaks for them.
        failed = {unit.source for unit in units if unit.state == "failed"}
        by_folder = {unit.folder: unit.package for unit in units if unit.state == "done"}
        for unit in self._earlier:
            if unit.source in told:
                continue
            if unit.state == "done" and unit.folder not in by_folder:
                if _name(unit.folder) in self._records:
                    units.append(unit)
                    by_folder[unit.folder] = unit.package
            elif unit.source and not gone(unit.source):
                units.append(_repeats(unit, by_folder) if unit.state == "done" else unit)
        units += [
            _done(record.package, record.source, folder, record)
            for folder, record in self._records.items()
            if f"{SERVERS}/{folder}" not in by_folder and record.source not in failed
        ]
        asked = self._setup.asked
        in_order = tuple(sorted(units, key=lambda unit: (unit.package, unit.folder, unit.source)))
        return Fleet(FLEET_SCHEMA, asked.version, asked.rules, in_order)

    def _unit(self, index: int) -> Unit:
        package = self._packages[index]
        ended = index in self._failed or index in self._duplicates
        # Until it has a new dossier it has that of an earlier run.
        folder = self._folders.get(index, "" if ended else self._before.get(package.key, ""))
        if folder:
            return _done(package.name, package.key, folder, self._records[folder])
        content = self._contents.get(index)
        sha256, size = (content.sha256, content.size) if content else ("", 0)
        state: Literal["duplicate", "failed", "pending"] = "failed" if ended else "pending"
        where = other = ""
        why = self._failed.get(index, "" if ended else _PENDING)
        if index in self._duplicates:
            first = self._duplicates[index]
            state, why, other = "duplicate", _SAME, self._packages[first].name
            where = f"{SERVERS}/{self._folders[first]}" if first in self._folders else ""
        return Unit(package.name, where, sha256, size, state, why, other, {}, package.key)

    def exit_code(self) -> int:
        """The gravest; a package that failed counts as a server that can't be assessed."""
        servers = [
            (server.grade, server.coverage)
            for folder in self._folders.values()
            for server in self._records[folder].servers
        ]
        return gravest_code([*servers, *(("not assessed", "") for _ in self._failed)])


_PENDING = "was not reached yet: run the same command again if it is not at work"
_SAME = "holds the same bytes"


def _done(name: str, source: str, folder: str, record: UnitRecord) -> Unit:
    grades = {
        f"{SERVERS}/{folder}/{server.folder}".rstrip("/"): server.grade for server in record.servers
    }
    where, sha256, size = f"{SERVERS}/{folder}", record.evidence_sha256, record.size
    return Unit(name, where, sha256, size, "done", "", "", grades, source)


def _repeats(unit: Unit, by_folder: Mapping[str, str]) -> Unit:
    """A package of an earlier run, of whose bytes this one has been given under another name."""
    return structs.replace(
        unit, state="duplicate", why=_SAME, duplicate_of=by_folder[unit.folder], grades={}
    )


def _name(folder: str) -> str:
    return folder.partition("/")[2]
