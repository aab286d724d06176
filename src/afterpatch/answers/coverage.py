"""What could be seen, worked out before any verdict: spans, silences, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from afterpatch import knowledge
from afterpatch.answers.case import Case, fixed_at
from afterpatch.answers.exposure import ExposureAnswer
from afterpatch.detections.rule import Rule
from afterpatch.limits import GAP_SECONDS
from afterpatch.model import Coverage, FileReport, Gap, NotAnswered, Phase, Problem, Question
from afterpatch.times import plus, seconds

__all__ = ["CoverageAnswer", "coverage", "phases"]

State = Literal["assessed", "partial", "not present", "failed"]

# How long a family may be silent without that being a gap, in seconds. Exchange's own probes write
# to the web logs every few minutes; the others write only when somebody does something.
_QUIET: dict[str, int | None] = {
    "iis": GAP_SECONDS,
    "iis-backend": GAP_SECONDS,
    "httpproxy": GAP_SECONDS,
    "ews": 3 * GAP_SECONDS,
    "ecp": 24 * GAP_SECONDS,
    "cmdletinfra": 24 * GAP_SECONDS,
    "oabgenerator": 3 * 24 * GAP_SECONDS,
}
# Families in the order they are shown; those after them come in order of name.
_SHOWN = (
    "iis", "iis-backend", "httpproxy", "ecp", "oabgenerator", "cmdletinfra", "ews", "cosmosqueue",
    "windows-events", "web-files", "iis-config",
)  # fmt: skip
_WITHOUT_TIME = ("web-files", "iis-config", "transport-agents", "scheduled-tasks", "registry")
# What answers which question; the first that are present make the answer sufficient.
_ESSENTIAL = ("iis", "httpproxy")
# A server that was set up, or its logs begin, so long after a chain's first use need not show it.
_REACH_DAYS = 180


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
    rows = tuple(_row(family, by_family.get(family, []), needed_from) for family in order)
    blind = _not_looked_for(case, exposure, rules)
    whole = _whole(rows, by_family)
    unread = any(p.stage != "detect" for p in problems)
    if whole == "sufficient" and ("exploited" in blind or unread):
        whole = "partial"
    return CoverageAnswer(rows, whole, _not_answered(rows, blind))


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
        if start > last or seconds(first) - seconds(start) > _REACH_DAYS * 86_400:
            continue
        cves = knowledge.chain_cves(chain) or (chain,)
        if cves and all(fixed_at(exposure, cve, start) for cve in cves):
            continue
        days.append(start)
    return min(days, default=None)


def _row(family: str, reports: Sequence[FileReport], needed_from: str | None) -> Coverage:
    needed = None if family in _WITHOUT_TIME else needed_from
    spans = sorted((r.first, r.last) for r in reports if r.first and r.last)
    first = min((s[0] for s in spans), default=None)
    last = max((s[1] for s in spans), default=None)
    gaps = _gaps(family, reports)
    failed = [r for r in reports if any(p.stage != "detect" for p in r.problems)]
    undated = first is None and family not in _WITHOUT_TIME
    state: State
    if not reports:
        state = "not present"
    elif len(failed) == len(reports) and not any(r.records for r in reports):
        state = "failed"
    elif gaps or failed or undated or (needed is not None and first is not None and first > needed):
        state = "partial"
    else:
        state = "assessed"
    return Coverage(
        artifact=family,
        from_=first,
        to=last,
        needed_from=needed,
        gaps=gaps,
        files=len(reports),
        bytes=sum(r.evidence.size for r in reports),
        records=sum(r.records for r in reports),
        unparsed=sum(r.unparsed for r in reports),
        state=state,
        note=_note(state, first, needed, len(failed), undated=undated and bool(reports)),
    )


def _note(
    state: State, first: str | None, needed: str | None, failed: int, *, undated: bool
) -> str:
    said = []
    if state == "not present":
        said.append("no such file in the evidence")
    if needed is not None and first is not None and first > needed:
        said.append(f"begins after {needed[:10]}, when the first hole in question was in use")
    if undated:
        said.append("holds no record with a time")
    if failed:
        said.append(f"{failed} file{'s' if failed > 1 else ''} could not be read in full")
    return "; ".join(said)


def _gaps(family: str, reports: Sequence[FileReport]) -> tuple[Gap, ...]:
    """Silences longer than the family's own quiet, over all its files together."""
    quiet = _QUIET.get(family)
    if quiet is None:
        return ()
    pieces: list[tuple[str, str]] = []
    for report in reports:
        if report.first is None or report.last is None:
            continue
        start = report.first
        for gap in sorted(report.gaps, key=lambda g: g.from_):
            if start <= gap.from_:
                pieces.append((start, gap.from_))
                start = max(start, gap.to)
        pieces.append((start, max(start, report.last)))
    found: list[Gap] = []
    end: str | None = None
    for start, stop in sorted(pieces):
        if end is not None and start > end and seconds(start) - seconds(end) > quiet:
            found.append(Gap(end, start, "missing"))
        end = stop if end is None else max(end, stop)
    return tuple(found)


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


def _not_answered(rows: Sequence[Coverage], blind: dict[Question, str]) -> tuple[NotAnswered, ...]:
    by_family = {row.artifact: row for row in rows}
    found = []
    for question, text in _QUESTIONS.items():
        because, collect = [], []
        if question in blind:
            because.append(blind[question])
        for family in knowledge.log_families(question):
            row = by_family.get(family.family)
            if not family.needed:
                continue
            if row is None or row.state in ("not present", "failed"):
                because.append(f"no {family.family} evidence ({family.why})")
                collect.append(family.collect)
                continue
            if row.needed_from and row.from_ and row.from_ > row.needed_from:
                needed = row.needed_from[:10]
                because.append(f"{row.artifact} begins {row.from_[:10]}, needed from {needed}")
                collect.append(f"older {row.artifact} logs from a backup: {family.collect}")
            if row.gaps:
                because.append(f"{row.artifact} has {len(row.gaps)} gaps")
        if because:
            found.append(
                NotAnswered(text, "; ".join(because), "; ".join(dict.fromkeys(collect)) or "-")
            )
    return tuple(found)


def phases(case: Case, rows: Sequence[Coverage]) -> tuple[Phase, ...]:
    """The calendar of every chain that touches the evidence, with what was found in each phase.

    A phase is visible when a web log of the server reaches into it.
    """
    spans = [
        (row.from_, row.to)
        for row in rows
        if row.artifact in ("iis", "iis-backend", "httpproxy", "ecp", "windows-events")
        and row.from_ is not None
        and row.to is not None
    ]
    first, last = case.window
    if first is None or last is None:
        return ()
    touched = {f.chain for f in case.findings if f.chain}
    found = []
    for phase in knowledge.phases():
        start = f"{phase.from_}T00:00:00.000Z"
        end = f"{phase.to}T00:00:00.000Z" if phase.to else None
        near = start <= last and (end is None or end >= plus(first, -_REACH_DAYS * 1440))
        if phase.chain not in touched and not (near and _recent(phase.chain, first)):
            continue
        found.append(
            Phase(
                name=f"{phase.chain}: {phase.name}",
                from_=start,
                to=end,
                activity=sum(
                    1
                    for f in case.findings
                    if f.chain == phase.chain
                    and f.when is not None
                    and f.when >= start
                    and (end is None or f.when < end)
                ),
                visible=any(a < (end or "~") and b >= start for a, b in spans),
            )
        )
    return tuple(found)


def _recent(chain: str, first: str) -> bool:
    began = knowledge.phases(chain)[0].from_
    return seconds(first) - seconds(f"{began}T00:00:00.000Z") <= _REACH_DAYS * 86_400
