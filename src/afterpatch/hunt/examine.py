"""Jobs done by worker processes, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from afterpatch.engines.local import LocalEngine
from afterpatch.errors import EvidenceError
from afterpatch.guard import ChildDied
from afterpatch.hunt.examiner import Job, container_report
from afterpatch.hunt.program import Program
from afterpatch.limits import DEATHS_PER_FILE, KILLS_SPARED
from afterpatch.model import FileReport, Problem

__all__ = ["Told", "examined", "in_order"]


class Told(NamedTuple):
    """Reports by unit: of its files in order, and of what broke off; and the job as it ended, with
    the frames that can't be read."""

    files: dict[int, list[FileReport]]
    broken: dict[int, list[FileReport]]
    jobs: dict[int, Job]

    def reports(self) -> list[FileReport]:
        """All reports, in the order of the units."""
        return [
            report
            for index in sorted({*self.files, *self.broken})
            for report in (*self.broken.get(index, []), *self.files.get(index, []))
        ]


def in_order(jobs: Sequence[Job], engine: LocalEngine[Job]) -> list[Job]:
    """The jobs in the order in which they are best done."""
    if engine.workers == 1:  # as they lie: an archive in a store is read from one end to the other
        return sorted(jobs, key=lambda job: job.unit)
    # The largest first, so that the last worker is not left alone with one of them.
    return sorted(jobs, key=lambda job: (-job.unit.size, job.unit))


def examined(
    program: Program,
    jobs: Sequence[Job],
    engine: LocalEngine[Job],
    on_progress: Callable[[int], None] = lambda _done: None,
    on_report: Callable[[dict[int, list[FileReport]], FileReport], None] = lambda _all, _new: None,
) -> Told:
    """Do the jobs in worker processes; what kills one is left out and named in the reports.

    `on_report` is given all reports so far, by job, and the newest; it may replace some of them.
    """
    told = Told({}, {}, {job.index: job for job in jobs})
    deaths: dict[int, list[tuple[int, int]]] = {}
    notes: dict[tuple[int, int], list[Problem]] = {}
    spared: Counter[tuple[int, int, int]] = Counter()

    def on_death(job: Job, died: ChildDied) -> Job | None:
        fresh = told.files.pop(job.index, [])
        place = job.index, died.file, died.offset
        if died.killed and spared[place] < KILLS_SPARED:
            spared[place] += 1
            return job
        seen = deaths.setdefault(job.index, [])
        seen.append((died.file, died.offset))
        if not died.parsing:
            broken = container_report(job.unit, EvidenceError(died.why, died.offset))
            told.broken.setdefault(job.index, []).extend([*fresh, broken])
            return None
        problem = Problem("", f"{died.why}: skipped", died.offset, "parse")
        notes.setdefault((job.index, died.file), []).append(problem)
        of_file = sum(1 for file, _ in seen if file == died.file)
        if of_file >= DEATHS_PER_FILE:
            again = msgspec.structs.replace(job, hash_only=job.hash_only | {died.file})
        else:
            again = msgspec.structs.replace(job, skip=job.skip | {(died.file, died.offset)})
        told.jobs[job.index] = again
        return again

    for job, kind, value in engine.run(
        jobs,
        program,
        on_death=on_death,
        on_progress=on_progress,
        size_of=lambda job: job.unit.size,
    ):
        if kind == "result":
            told.files.setdefault(job.index, []).append(value)
            on_report(told.files, value)
        elif kind == "error":
            broken = container_report(job.unit, EvidenceError(value))
            told.files.setdefault(job.index, []).append(broken)
    for (index, file), problems in notes.items():
        files = told.files.get(index, [])
        if file < len(files):
            of = files[file]
            named = (msgspec.structs.replace(p, what=of.evidence.path) for p in problems)
            files[file] = msgspec.structs.replace(of, problems=(*of.problems, *named))
    return told
