"""The corridor: sweep → parse → match → pivot. The only place where the rooms below meet.

`program` compiles what is looked for, `examiner` runs it over a unit of evidence, `one_file` is the
pass over one file, `pursuit` sweeps again for what was learnt, as `leads` put it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

import msgspec

from afterpatch.engines.local import LocalEngine
from afterpatch.hunt.examine import Told, examined, in_order
from afterpatch.hunt.examiner import Examiner, Job, run_samples
from afterpatch.hunt.program import Program, compile_program, literals_of
from afterpatch.hunt.pursuit import pursue
from afterpatch.limits import GAP_SECONDS
from afterpatch.model import FileReport, Unit
from afterpatch.times import seconds

__all__ = [
    "EXAMINER",
    "Examiner",
    "Job",
    "Program",
    "Told",
    "compile_program",
    "hunt",
    "literals_of",
    "pursue",
    "run_samples",
]

EXAMINER = "afterpatch.hunt.examiner:make_examiner"  # what a worker process runs, see guard.Child


def hunt(
    program: Program,
    units: Sequence[Unit],
    engine: LocalEngine[Job],
    on_progress: Callable[[int], None] = lambda _done: None,
) -> Told:
    """Examine every unit in worker processes; `reports()` of what is told has the files' reports.

    Rules of `program.later` are looked for as soon as there is a finding they could stand by, in
    the files of its time, until no further one turns up. Nothing in the result depends on the
    number of workers. The engine runs EXAMINER.
    """
    jobs = [Job(index, unit) for index, unit in enumerate(units)]
    told = examined(program, in_order(jobs, engine), engine, on_progress)
    done: dict[tuple[int, int], set[int]] = {}
    while jobs := _follow_up(program, told, done):
        more = examined(program, jobs, engine)
        for job in jobs:
            files = told.files[job.index]
            for file, found in enumerate(more.files.get(job.index, [])[: len(files)]):
                files[file] = _together(files[file], found)
    return told


def _follow_up(program: Program, told: Told, done: dict[tuple[int, int], set[int]]) -> list[Job]:
    """Jobs for the rules of `later` that have a finding to stand by; notes them in `done`.

    A file is looked through for a rule once. A log whose rows are in order of time is left out
    where its time does not come near.
    """
    times: dict[tuple[str, str], list[float]] = {}
    for reports in told.files.values():
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
        for index, reports in told.files.items() if near else ():
            for file, report in enumerate(reports):
                looked = done.setdefault((index, file), set())
                if report.evidence.artifact not in rooms or number in looked:
                    continue
                if report.family == "windows-events" or _is_near(report, near, partner.minutes):
                    looked.add(number)
                    wanted.setdefault(index, {}).setdefault(file, set()).add(number)
    return [
        msgspec.structs.replace(
            told.jobs[index],
            later={file: frozenset(rules) for file, rules in of_unit.items()},
            known={file: told.files[index][file].evidence.sha256 for file in of_unit},
        )
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
