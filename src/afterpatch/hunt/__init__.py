"""The corridor: sweep → parse → match. The only place where the rooms below meet.

`program` compiles what is looked for, `examiner` runs it over a unit of evidence, `one_file` is the
pass over one file.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from afterpatch.engines.local import LocalEngine
from afterpatch.errors import EvidenceError
from afterpatch.guard import ChildDied
from afterpatch.hunt.examiner import Examiner, Job, container_report, run_samples
from afterpatch.hunt.program import Program, compile_program, literals_of
from afterpatch.limits import DEATHS_PER_FILE, GAP_SECONDS
from afterpatch.model import FileReport, Problem, Unit
from afterpatch.times import seconds

__all__ = [
    "EXAMINER",
    "Examiner",
    "Job",
    "Program",
    "compile_program",
    "hunt",
    "literals_of",
    "run_samples",
]

EXAMINER = "afterpatch.hunt.examiner:make_examiner"  # what a worker process runs, see guard.Child


def hunt(
    program: Program,
    units: Sequence[Unit],
    engine: LocalEngine[Job],
    on_progress: Callable[[int], None] = lambda _done: None,
) -> list[FileReport]:
    """Examine every unit in worker processes: the files' reports in the order of the units.

    Rules of `program.later` are looked for as soon as there is a finding they could stand by, in
    the files of its time, until no further one turns up. Nothing in the result depends on the
    number of workers. The engine runs EXAMINER.
    """
    # The largest first, so that the last worker is not left alone with one of them.
    order = sorted(range(len(units)), key=lambda i: (-units[i].size, units[i]))
    told = _examined(program, [Job(i, units[i]) for i in order], engine, on_progress)
    done: dict[tuple[int, int], set[int]] = {}
    while jobs := _follow_up(program, units, told.files, done):
        more = _examined(program, jobs, engine, lambda _done: None)
        for job in jobs:
            files = told.files[job.index]
            for file, found in enumerate(more.files.get(job.index, [])[: len(files)]):
                files[file] = _together(files[file], found)
    return [
        report
        for index in range(len(units))
        for report in (*told.broken.get(index, []), *told.files.get(index, []))
    ]


class _Told(NamedTuple):
    """Reports by unit: of its files in order, and of what broke off."""

    files: dict[int, list[FileReport]]
    broken: dict[int, list[FileReport]]


def _examined(
    program: Program,
    jobs: Sequence[Job],
    engine: LocalEngine[Job],
    on_progress: Callable[[int], None],
) -> _Told:
    told = _Told({}, {})
    deaths: dict[int, list[tuple[int, int]]] = {}
    notes: dict[tuple[int, int], list[Problem]] = {}

    def on_death(job: Job, died: ChildDied) -> Job | None:
        fresh = told.files.pop(job.index, [])
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
            return msgspec.structs.replace(job, hash_only=job.hash_only | {died.file})
        return msgspec.structs.replace(job, skip=job.skip | {(died.file, died.offset)})

    for job, kind, value in engine.run(
        jobs,
        program,
        on_death=on_death,
        on_progress=on_progress,
        size_of=lambda job: job.unit.size,
    ):
        if kind == "result":
            told.files.setdefault(job.index, []).append(value)
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


def _follow_up(
    program: Program,
    units: Sequence[Unit],
    files: dict[int, list[FileReport]],
    done: dict[tuple[int, int], set[int]],
) -> list[Job]:
    """Jobs for the rules of `later` that have a finding to stand by; notes them in `done`.

    A file is looked through for a rule once. A log whose rows are in order of time is left out
    where its time does not come near.
    """
    times: dict[tuple[str, str], list[float]] = {}
    for reports in files.values():
        for finding in (f for report in reports for f in report.findings if f.when):
            times.setdefault((finding.rule, finding.outcome), []).append(
                seconds(finding.when or "")
            )
    wanted: dict[int, dict[int, set[int]]] = {}
    for number in sorted(set().union(*(sweep.all_rules() for sweep in program.later.values()))):
        rule = program.rules[number]
        partner = rule.only_with
        if partner is None:
            continue
        near = sorted(
            t for name in partner.rules for o in partner.outcomes for t in times.get((name, o), ())
        )
        rooms = {source.artifact for source in rule.sources}
        for index, reports in files.items() if near else ():
            for file, report in enumerate(reports):
                looked = done.setdefault((index, file), set())
                if report.evidence.artifact not in rooms or number in looked:
                    continue
                if report.family == "windows-events" or _is_near(report, near, partner.minutes):
                    looked.add(number)
                    wanted.setdefault(index, {}).setdefault(file, set()).add(number)
    return [
        Job(index, units[index], later={f: frozenset(rules) for f, rules in of_unit.items()})
        for index, of_unit in sorted(wanted.items())
    ]


def _is_near(report: FileReport, times: Sequence[float], minutes: int) -> bool:
    """Whether the file's span comes within so many minutes of one of these times, which ascend."""
    if report.first is None or report.last is None:
        return False
    reach = minutes * 60 + GAP_SECONDS  # rows are in order of their end, give or take
    at = bisect_left(times, seconds(report.first) - reach)
    return at < len(times) and times[at] <= seconds(report.last) + reach


def _together(report: FileReport, found: FileReport) -> FileReport:
    """The report with what a later pass over the file found."""
    return msgspec.structs.replace(
        report,
        unparsed=max(report.unparsed, found.unparsed),
        findings=(*report.findings, *found.findings),
        tallies=(*report.tallies, *found.tallies),
        problems=tuple(dict.fromkeys((*report.problems, *found.problems))),
    )
