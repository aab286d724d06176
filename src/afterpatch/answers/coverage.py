"""What could be seen, worked out before any verdict: spans, silences, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from afterpatch import knowledge
from afterpatch.answers.case import Case, fixed_at
from afterpatch.answers.clocks import shift_of
from afterpatch.answers.exposure import ExposureAnswer
from afterpatch.answers.fallback import called, still_covered
from afterpatch.answers.gaps import (
    EVENTS,
    Lack,
    end_of_logs,
    event_lacks,
    log_lacks,
    silent_by_itself,
)
from afterpatch.answers.lognames import HOUR, folder_of, listed, shown_name
from afterpatch.detections.rule import Rule
from afterpatch.knowledge import LogFamily
from afterpatch.model import Coverage, FileReport, NotAnswered, Part, Problem, Question, Shift
from afterpatch.times import seconds

__all__ = ["REACH_DAYS", "CoverageAnswer", "coverage"]

State = Literal["assessed", "partial", "not present", "failed"]

# Families in the order they are shown; those after them come in order of name.
_SHOWN = (
    "iis", "iis-backend", "httpproxy", "ecp", "oabgenerator", "cmdletinfra", "ews", "cosmosqueue",
    EVENTS, "web-files", "iis-config",
)  # fmt: skip
_WITHOUT_TIME = ("web-files", "iis-config", "transport-agents", "scheduled-tasks", "registry")
# What answers which question; the first that are present make the answer sufficient.
_ESSENTIAL = ("iis", "httpproxy")
# A server that was set up, or its logs begin, so long after a chain's first use need not show it.
REACH_DAYS = 180
_TWINS = {"iis": "iis-backend", "iis-backend": "iis"}  # written and kept alike
_LACKS_TOLD = 3  # of one family, in the answer to one question


class CoverageAnswer(Struct, frozen=True):
    """The table, the state of the whole, and the questions that stay open."""

    rows: tuple[Coverage, ...]
    whole: Literal["sufficient", "partial", "insufficient"]
    not_answered: tuple[NotAnswered, ...]


def coverage(
    case: Case, exposure: ExposureAnswer, rules: Sequence[Rule], problems: Sequence[Problem]
) -> CoverageAnswer:
    """One row a family of artifacts that is present or would be needed.

    What no rule looks for is said to be open, whatever logs there are; what could not be read may
    have held the attack. Neither leaves the whole sufficient.
    """
    needed_from = _needed_from(case, exposure)
    by_family: dict[str, list[FileReport]] = {}
    for report in case.reports:
        if report.family is not None:
            by_family.setdefault(report.family, []).append(report)
    order = [*_SHOWN, *sorted(set(by_family) - set(_SHOWN))]
    unknown = [r for r in case.reports if r.family is None]
    lacks = {family: _lacks(case, family, by_family, unknown, needed_from) for family in order}
    rows = tuple(
        _row(family, by_family.get(family, []), needed_from, lacks[family]) for family in order
    )
    blind = _not_looked_for(case, exposure, rules)
    whole = _whole(rows, by_family)
    unread = any(p.stage != "detect" for p in problems)
    if whole == "sufficient" and ("exploited" in blind or unread):
        whole = "partial"
    return CoverageAnswer(rows, whole, _not_answered(case, rows, lacks, blind))


def _not_looked_for(
    case: Case, exposure: ExposureAnswer, rules: Sequence[Rule]
) -> dict[Question, str]:
    """Questions that the loaded rules can't answer in full, and why."""
    blind: dict[Question, str] = {}
    asked = {rule.question for rule in rules}
    if "impacted" not in asked:
        blind["impacted"] = "no detection is loaded for what intruders do after commands were run"
    known = {rule.chain for rule in rules}
    last = case.window[1] or ""
    open_chains = {e.chain for e in exposure.exposure if e.state != "fixed" and e.chain}
    missing = sorted(
        {p.chain for p in knowledge.phases() if p.from_ <= last[:10]} - known
        if exposure.build is None
        else open_chains - known
    )
    if missing:
        blind["exploited"] = f"no detection is loaded for {', '.join(str(m) for m in missing)}"
    return blind


def _needed_from(case: Case, exposure: ExposureAnswer) -> str | None:
    """The earliest day from which one of the named chains could have been used on this server.

    Chains count that were known before the end of the evidence, against which the server is not
    shown to have been fixed at that time, and that lie within reach of the evidence.
    """
    first, last = case.window
    if first is None or last is None:
        return None
    days = []
    for chain in sorted({p.chain for p in knowledge.phases()}):
        began = knowledge.phases(chain)[0].from_
        start = f"{began}T00:00:00.000Z"
        if start > last or seconds(first) - seconds(start) > REACH_DAYS * 86_400:
            continue
        cves = knowledge.chain_cves(chain) or (chain,)
        if cves and all(fixed_at(exposure, cve, start) for cve in cves):
            continue
        days.append(start)
    return min(days, default=None)


def _lacks(
    case: Case,
    family: str,
    by_family: dict[str, list[FileReport]],
    unknown: Sequence[FileReport],
    needed: str | None,
) -> tuple[Lack, ...]:
    reports = by_family.get(family, [])
    if family in _WITHOUT_TIME or not reports:
        return ()
    if family == EVENTS:
        return event_lacks(case, reports, needed)
    beside = by_family.get(_TWINS.get(family, ""), [])
    twin = min((r.first for r in beside if r.first), default=None)
    return log_lacks(family, reports, unknown, needed, end_of_logs(case), twin)


def _row(
    family: str, reports: Sequence[FileReport], needed_from: str | None, lacks: Sequence[Lack]
) -> Coverage:
    needed = None if family in _WITHOUT_TIME else needed_from
    first = min((r.first for r in reports if r.first), default=None)
    last = max((r.last for r in reports if r.last), default=None)
    failed = [r for r in reports if any(p.stage != "detect" for p in r.problems)]
    undated = first is None and family not in _WITHOUT_TIME
    late = needed is not None and first is not None and first > needed
    shift = shift_of(reports) if family not in _WITHOUT_TIME else None
    state: State
    if not reports:
        state = "not present"
    elif len(failed) == len(reports) and not any(r.records for r in reports):
        state = "failed"
    elif lacks or failed or undated or late:
        state = "partial"
    else:
        state = "assessed"
    said = []
    if not reports:
        said.append("no such file in the evidence")
    if late and needed:
        said.append(f"begins after {needed[:10]}, when the first hole in question was in use")
    if undated and reports:
        said.append("holds no record with a time")
    if failed:
        count = f"{len(failed)} file{'s' if len(failed) > 1 else ''}"
        said.append(f"{count} could not be read in full: {listed(_names(failed))}")
    if silent := silent_by_itself(family, reports):
        said.append(
            f"written only when something is done, silent for up to {silent / HOUR:.0f} hours: a "
            "file that was deleted need not show"
        )
    if shift:
        said.append(_clock(shift))
    return Coverage(
        artifact=family,
        from_=first,
        to=last,
        needed_from=needed,
        gaps=tuple(lack.gap for lack in lacks),
        files=len(reports),
        bytes=sum(r.evidence.size for r in reports),
        records=sum(r.records for r in reports),
        unparsed=sum(r.unparsed for r in reports),
        state=state,
        note="; ".join(said),
        parts=_parts(family, reports),
        shift=shift,
    )


def _names(reports: Iterable[FileReport]) -> list[str]:
    return sorted({shown_name(report) for report in reports})


def _clock(shift: Shift) -> str:
    """The shift in words."""
    told = " and ".join(
        f"{abs(m)} minutes {'ahead of' if m > 0 else 'behind'} UTC" if m else "in step with UTC"
        for m in shift.minutes
    )
    if shift.what == "file names":
        return f"files are named by local time, {told} ({shift.basis})"
    return f"times run {told}, by {shift.basis}: nothing here was moved"


def _parts(family: str, reports: Sequence[FileReport]) -> tuple[Part, ...]:
    """Channels of the event log; sites and folders of the text logs, where there are several."""
    of_part: dict[str, list[tuple[str | None, str | None, int]]] = {}
    if family == EVENTS:
        for span in (span for r in reports for span in r.channels):
            entry = (span.first, span.last, span.records)
            of_part.setdefault(span.channel or "not named", []).append(entry)
    elif family not in _WITHOUT_TIME:
        for r in reports:
            folder = folder_of(r).rpartition("\\")[2]
            of_part.setdefault(folder, []).append((r.first, r.last, r.records))
    if family != EVENTS and len(of_part) < 2:
        return ()
    return tuple(
        Part(
            name=name,
            from_=min((first for first, _, _ in held if first), default=None),
            to=max((last for _, last, _ in held if last), default=None),
            files=len(held),
            records=sum(records for _, _, records in held),
        )
        for name, held in sorted(of_part.items())
    )


def _whole(
    rows: Sequence[Coverage], by_family: dict[str, list[FileReport]]
) -> Literal["sufficient", "partial", "insufficient"]:
    states = {row.artifact: row.state for row in rows}
    if all(states[family] == "assessed" for family in _ESSENTIAL):
        return "sufficient"
    logs: tuple[str, ...] = ("iis", "iis-backend", "httpproxy", "ecp", "ews")
    seen = [f for f in logs if f in by_family]
    # What Exchange itself was told to do stands in the event log too.
    if any(
        s.kind == "host" and s.basis.startswith("MSExchange")
        for r in by_family.get("windows-events", ())
        for s in r.sightings
    ):
        seen.append("windows-events")
    dated = {row.artifact for row in rows if row.from_ is not None}
    if any(states[family] in ("assessed", "partial") and family in dated for family in seen):
        return "partial"
    return "insufficient"


_QUESTIONS: dict[Question, str] = {
    "exposed": "Was it exposed?",
    "exploited": "Was it exploited?",
    "backdoored": "Which backdoors are there?",
    "used": "Who came through them?",
    "impacted": "What followed?",
}


def _not_answered(
    case: Case,
    rows: Sequence[Coverage],
    lacks: dict[str, tuple[Lack, ...]],
    blind: dict[Question, str],
) -> tuple[NotAnswered, ...]:
    """By question, what is missing, what to collect, and what still covers it meanwhile."""
    by_family = {row.artifact: row for row in rows}
    root = _install_root(case) or "<Exchange>"
    found = []
    for question, text in _QUESTIONS.items():
        because, collect = [], []
        if question in blind:
            because.append(blind[question])
        families = knowledge.log_families(question)
        fast = any(family.needed and family.retention_days for family in families)
        for family in families:
            row = by_family.get(family.family)
            # What only helps counts where it has expired and nothing else was as good.
            if family.needed or (not fast and family.retention_days and _begins_late(row)):
                told, paths = _missing(family, row, lacks.get(family.family, ()))
                because += told
                collect += paths
        if because:
            covered = still_covered(case, question, rows)
            # What is told of already need not be told again.
            collect += [more for more in covered.collect if not any(more in p for p in collect)]
            paths = [path.replace("<Exchange>", root) for path in collect]
            found.append(
                NotAnswered(
                    text,
                    "; ".join(dict.fromkeys(because)),
                    "; ".join(dict.fromkeys(paths)) or "-",
                    covered.by,
                )
            )
    return tuple(found)


def _begins_late(row: Coverage | None) -> bool:
    return bool(row and row.needed_from and row.from_ and row.from_ > row.needed_from)


def _missing(
    family: LogFamily, row: Coverage | None, lacks: Sequence[Lack]
) -> tuple[list[str], list[str]]:
    """What one family that a question needs does not tell, and where it would be found."""
    name = called(family.family)
    if row is None or row.state in ("not present", "failed"):
        why = "could not be read" if row and row.state == "failed" else "are not in the evidence"
        return [f"{name} {why}; they tell {family.why}"], [family.collect]
    because, collect = [], []
    parts = {part.name for part in row.parts}
    if family.parts and parts and not parts & {*family.parts, "not named"}:
        wanted = " and no ".join(family.parts)
        because.append(f"the event logs hold no {wanted}; it would tell {family.why}")
        collect.append(family.collect)
    needed = f"needed from {(row.needed_from or '')[:10]}"
    for lack in lacks:
        if lack.early and lack.gap.where in family.parts:
            because.append(f"{lack.gap.where} begins {lack.gap.to[:10]}, {needed}")
            collect.append(lack.collect)
    if _begins_late(row) and not family.parts:
        because.append(f"{name} begin {(row.from_ or '')[:10]}, {needed}")
        collect.append(f"backups of {family.collect}")
    here = [
        lack
        for lack in lacks
        if not lack.early and (not family.parts or lack.gap.where in family.parts)
    ]
    because += [f"{name} lack {_told(lack)}" for lack in here[:_LACKS_TOLD]]
    collect += [lack.collect for lack in here[:_LACKS_TOLD] if lack.collect]
    if more := max(0, len(here) - _LACKS_TOLD):
        because.append(f"{name} have {more} more gap{'s' if more > 1 else ''}")
    if not row.records:
        because.append(f"{name} hold no record")
    return because, collect


def _told(lack: Lack) -> str:
    gap = lack.gap
    from_, to = gap.from_[:16].replace("T", " "), gap.to[:16].replace("T", " ")
    where = f" in {gap.where}" if gap.where else ""
    note = f": {gap.note}" if gap.note else ""
    return f"{from_} to {to} UTC{where} ({gap.why}{note})"


def _install_root(case: Case) -> str | None:
    """The folder that Exchange is installed in, as the paths of its logs show it."""
    for report in case.reports:
        path = report.evidence.path
        at = path.lower().find("\\logging\\")
        if at > 0 and path[1:2] == ":" and report.family in _EXCHANGE_LOGS:
            return path[:at]
    return None


_EXCHANGE_LOGS = ("httpproxy", "ecp", "cmdletinfra", "ews", "cosmosqueue", "oabgenerator")
