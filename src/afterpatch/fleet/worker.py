"""The work on one package, in a worker process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import Struct

from afterpatch.assess import Assessor, with_claims
from afterpatch.claims.schema import Ledger
from afterpatch.detections.rule import RuleSet
from afterpatch.detections.yara_pack import YaraSet
from afterpatch.errors import UsageError
from afterpatch.fleet.packages import Content, Package, content_of
from afterpatch.fleet.records import Asked, Server, UnitRecord
from afterpatch.fleet.results import Results, WriteError
from afterpatch.guard import Beat
from afterpatch.outputs.dossier import Run, folder_names, write
from afterpatch.outputs.fleet_json import UNIT
from afterpatch.storage import place

__all__ = ["WORKER", "Job", "NoRoom", "Refused", "Setup", "Worker", "make_worker"]

WORKER = "afterpatch.fleet.worker:make_worker"  # what a worker process runs, see guard.Child


class Setup(Struct, frozen=True):
    """What all jobs share."""

    ruleset: RuleSet
    packs: YaraSet | None
    ledger: Ledger | None
    asked: Asked
    command_line: tuple[str, ...]
    results: Results


class Job(Struct, frozen=True):
    """A package to hash, by what is known of it; or to assess, once its content is known."""

    index: int
    package: Package
    known: Content | None
    size: int
    folder: str = ""


class Refused(Struct, frozen=True):
    """The package can't be assessed as it is, by whomever."""

    why: str


class NoRoom(Struct, frozen=True):
    """The results can't be written: nobody else could."""

    why: str


class Worker:
    """Works on packages one after another."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    @cached_property
    def _assessor(self) -> Assessor:
        asked = self._setup.asked
        return Assessor(self._setup.ruleset, self._setup.packs, asked.since, asked.until)

    def __call__(self, job: Job, beat: Beat) -> Iterator[Content | UnitRecord | Refused | NoRoom]:
        """Its content, or the record of its dossiers, which are then written; or why not."""
        last = 0

        def progress(done: int) -> None:
            nonlocal last
            beat.advance(max(0, done - last))
            last = max(done, last)

        try:
            if job.folder and job.known:
                yield self._assessed(job, job.known, progress)
            else:
                yield content_of(job.package.source, job.known, progress)
        except UsageError as error:
            yield Refused(str(error))
        except WriteError as error:
            yield NoRoom(str(error))

    def _assessed(self, job: Job, content: Content, progress: Callable[[int], None]) -> UnitRecord:
        started = _now()
        dossiers = self._assessor.assess(place(job.package.source), progress)
        if self._setup.ledger is not None:
            dossiers = with_claims(dossiers, self._setup.ledger)
        alone = len(dossiers) == 1
        names = [""] if alone else folder_names([d.assessment.host.name for d in dossiers])
        verdicts = [dossier.assessment.verdict for dossier in dossiers]
        record = UnitRecord(
            package=job.package.name,
            evidence_sha256=content.sha256,
            size=content.size,
            asked=self._setup.asked,
            servers=tuple(
                Server(name, found.grade, found.coverage)
                for name, found in zip(names, verdicts, strict=True)
            ),
            source=job.package.key,
        )
        run = Run(self._setup.command_line, started, _now(), self._setup.asked.version)

        def fill(folder: Path) -> None:
            for dossier, name in zip(dossiers, names, strict=True):
                write(dossier, folder / name, run)
            encoded = msgspec.json.format(msgspec.json.encode(record), indent=2)
            (folder / UNIT).write_bytes(encoded + b"\n")

        self._setup.results.save(job.folder, fill)
        return record


def make_worker(setup: Setup) -> Worker:
    """Entry point of a worker process, see guard.Child."""
    return Worker(setup)


def _now() -> str:
    now = datetime.now(UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 1000:03d}Z"
