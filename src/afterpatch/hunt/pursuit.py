"""The pivot: sweep again for what was learnt, until a sweep teaches nothing new.

It ends: a lead is followed once, and `limits` bounds the sweeps and the leads. Nothing in the
result depends on the number of workers: leads are taken in an order of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import msgspec

from afterpatch.engines.local import LocalEngine
from afterpatch.hunt.examine import Told, examined, in_order
from afterpatch.hunt.examiner import Job
from afterpatch.hunt.leads import NOT_SWEPT, compile_leads, traces_of
from afterpatch.hunt.program import Program
from afterpatch.limits import LEAD_RECORDS, LEADS, LEADS_OF_KIND, SWEEPS
from afterpatch.model import FileReport, Followed, Lead, Problem, Pursuit

__all__ = ["pursue"]


def pursue(
    told: Told,
    engine: LocalEngine[Job],
    files: Iterable[FileReport],
    learn: Callable[[Pursuit], Sequence[Lead]],
    since: str | None = None,
    until: str | None = None,
    on_start: Callable[[int], None] = lambda _total: None,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> Pursuit:
    """Follow what `learn` makes of the pursuit so far, in these files of what was `told`.

    `learn` names leads in order of weight, old ones among them; it is asked after every sweep.
    """
    files = [f for f in files if f.evidence.artifact and f.evidence.artifact not in NOT_SWEPT]
    jobs = in_order(_jobs(told, files), engine)
    artifacts = {report.evidence.artifact for report in files}
    pursuit = Pursuit()
    taken: Counter[str] = Counter()
    known: set[tuple[str, str, str | None]] = set()
    for sweep in range(2, SWEEPS + 1):
        fresh = []
        for lead in learn(pursuit):
            key = lead.kind, lead.value.lower(), lead.agent
            if key in known or not lead.value:
                continue
            known.add(key)
            taken[lead.kind] += 1
            if taken[lead.kind] <= LEADS_OF_KIND and taken.total() <= LEADS:
                fresh.append(lead)
        if not fresh:
            break
        fresh.sort(key=lambda lead: (lead.kind, lead.value, lead.agent or ""))
        program = compile_leads(fresh, artifacts, since, until)
        on_start(sum(job.unit.size for job in jobs))
        pursuit = _swept(pursuit, fresh, program, sweep, jobs, engine, on_progress)
    left = sum(max(0, count - LEADS_OF_KIND) for count in taken.values())
    if left:
        why = f"{left} further things learnt of the intruders were not followed: the limit is met"
        pursuit = msgspec.structs.replace(
            pursuit, problems=(*pursuit.problems, Problem("pursuit", why, None, "detect"))
        )
    return pursuit


def _jobs(told: Told, files: Iterable[FileReport]) -> list[Job]:
    """A job for each unit that holds some of the files."""
    wanted = {report.evidence.locator for report in files}
    jobs = []
    for index, reports in sorted(told.files.items()):
        known = {
            number: report.evidence.sha256
            for number, report in enumerate(reports)
            if report.evidence.locator in wanted and report.evidence.sha256
        }
        if known:
            jobs.append(msgspec.structs.replace(told.jobs[index], known=known))
    return jobs


def _swept(
    pursuit: Pursuit,
    leads: Sequence[Lead],
    program: Program,
    sweep: int,
    jobs: Sequence[Job],
    engine: LocalEngine[Job],
    on_progress: Callable[[int], None],
) -> Pursuit:
    every = frozenset(range(len(leads)))
    more = examined(
        program,
        [msgspec.structs.replace(j, later=dict.fromkeys(j.known, every)) for j in jobs],
        engine,
        on_progress,
        _Budget(),
    )
    traces = {trace.id: trace for trace in pursuit.traces}
    names = {(lead.kind, lead.value): str(number) for number, lead in enumerate(leads)}
    counts: Counter[str] = Counter()
    common: set[str] = set()
    cut: set[str] = set()
    problems: list[Problem] = []
    for index, number in _in_rank(more.files):
        report = more.files[index][number]
        problems += report.problems
        for tally in report.tallies:
            counts[tally.rule] += tally.count
        for name, passed in report.passed_over.items():
            counts[name] += passed
            cut.add(name)
        common.update(report.common)
        for trace in traces_of(report.evidence, report.findings, leads):
            before = traces.get(trace.id)
            if before is not None:
                both = tuple(sorted({*before.leads, *trace.leads}))
                traces[trace.id] = msgspec.structs.replace(before, leads=both)
            elif len(traces) < LEAD_RECORDS:
                traces[trace.id] = trace
            else:
                cut.update(names[found] for found in trace.leads)
    found = (
        Followed(
            lead=lead,
            sweep=sweep,
            records=counts[str(number)],
            common=str(number) in common,
            kept=str(number) not in cut,
        )
        for number, lead in enumerate(leads)
    )
    return Pursuit(
        traces=tuple(sorted(traces.values(), key=lambda t: (t.when or "~", t.id))),
        followed=(*pursuit.followed, *found),
        problems=tuple(dict.fromkeys((*pursuit.problems, *problems))),
    )


class _Budget:
    """Keeps the records of a sweep within LEAD_RECORDS: those of the web site's log first, then
    those of other logs, in the order of the files, whichever worker is done first."""

    def __init__(self) -> None:
        self._held = 0

    def __call__(self, files: dict[int, list[FileReport]], new: FileReport) -> None:
        self._held += len(new.findings)
        if self._held <= 2 * LEAD_RECORDS:
            return
        self._held = 0
        for index, number in _in_rank(files):
            report = files[index][number]
            if self._held <= LEAD_RECORDS:
                self._held += len(report.findings)
            elif report.findings:
                files[index][number] = _emptied(report)


_RANK = {"iis": 0, "windows-events": 1, "ecp": 2, "iis-backend": 3}


def _in_rank(files: dict[int, list[FileReport]]) -> list[tuple[int, int]]:
    """The reports' places, by what their logs are worth, else in the order of the files."""
    order = (
        (_RANK.get(report.family or "", len(_RANK)), index, number)
        for index, reports in files.items()
        for number, report in enumerate(reports)
    )
    return [(index, number) for _, index, number in sorted(order)]


def _emptied(report: FileReport) -> FileReport:
    """The report with its counts alone."""
    names = {finding.rule for finding in report.findings}
    passed = {**dict.fromkeys(names, 0), **report.passed_over}
    return msgspec.structs.replace(report, findings=(), passed_over=passed)
