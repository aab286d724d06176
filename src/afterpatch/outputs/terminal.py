"""What `assess` prints: short enough to be read to the end, and plain text in a pipe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from afterpatch.model import (
    Assessment,
    Backdoor,
    Coverage,
    Finding,
    Host,
    Impact,
)
from afterpatch.outputs.format import Dossier, by_standing, gravest
from afterpatch.outputs.sentences import apart, dwelt, seen_of
from afterpatch.outputs.text import counted, size, utc, visible

FINDINGS_SHOWN = 7
FOREIGN_SHOWN = 10  # rules
PROBLEMS_SHOWN = 3
_LIMIT = 400  # characters of one value
_LINE = 2_000  # characters of one line

_STYLES = {
    "exposed": "bold yellow",
    "attempted": "bold yellow",
    "exploited": "bold red",
    "backdoored": "bold red",
    "used": "bold red",
    "impacted": "bold red",
}


def print_assessment(
    dossiers: Sequence[Dossier], out_paths: Sequence[Path], console: Console
) -> None:
    """Prints each server in turn, then the files that were written, by folder."""
    page = _Page(console)
    for dossier in dossiers:
        _print_server(dossier, page)
    folders: dict[Path, list[str]] = {}
    for path in out_paths:
        folders.setdefault(path.parent, []).append(path.name)
    if folders:
        page.heading("Files written")
    for folder, names in folders.items():
        page.line(f"{folder}: {', '.join(names)}", indent=2)


def print_inventory(dossiers: Sequence[Dossier], console: Console) -> None:
    """Prints what each server's evidence holds, what is missing and what can't be answered."""
    page = _Page(console)
    for dossier in dossiers:
        _print_evidence(dossier, page)
        _print_open_questions(dossier.assessment, page)
        _print_problems(dossier.assessment, page)


class _Page:
    """Writes lines of text in which nothing is mark-up, whatever the evidence says."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def line(self, text: str, style: str = "", indent: int = 0) -> None:
        """Writes one line that no wrapping cuts, so that paths can be copied."""
        self._console.print(Text(" " * indent + self._fit(text), style), soft_wrap=True)

    def prose(self, text: str, style: str = "", indent: int = 0) -> None:
        """Writes sentences: wrapped at words on a terminal, one line elsewhere."""
        if self._console.is_terminal:
            self._console.print(Padding.indent(Text(self._fit(text), style), indent))
        else:
            self.line(text, style, indent)

    def heading(self, text: str) -> None:
        self._console.print()
        self.line(text, "bold")

    def _fit(self, text: str) -> str:
        """Escapes what would act on the terminal, and what its encoding doesn't hold."""
        encoding = self._console.encoding
        return visible(text, _LINE).encode(encoding, "backslashreplace").decode(encoding)


def _print_server(dossier: Dossier, page: _Page) -> None:
    assessment = dossier.assessment
    _print_evidence(dossier, page)
    _print_verdict(assessment, page)
    _print_backdoors(assessment.backdoors, page)
    _print_hands(assessment, page)
    _print_impact(assessment.impact, page)
    _print_time(assessment, page)
    ours, foreign = by_standing(dossier.findings)
    _print_findings(ours, page)
    _print_foreign(foreign, page)
    _print_open_questions(assessment, page)
    if assessment.next_steps:
        page.heading("Next steps")
        for number, step in enumerate(assessment.next_steps, 1):
            page.prose(f"{number}. {step}", indent=2)
    _print_problems(assessment, page)


def _print_evidence(dossier: Dossier, page: _Page) -> None:
    assessment = dossier.assessment
    page.heading(_server(assessment.host))
    sources = sorted({file.evidence for file in dossier.evidence})
    total = sum(file.size for file in dossier.evidence)
    page.line(f"Read {counted(len(dossier.evidence), 'file')}, {size(total)}.", indent=2)
    for source in sources[:5]:
        page.line(f"from {visible(source, _LIMIT)}", indent=2)
    if len(sources) > 5:
        page.line(f"and from {counted(len(sources) - 5, 'other source')}", indent=2)
    _print_coverage(assessment.coverage, page)


def _print_open_questions(assessment: Assessment, page: _Page) -> None:
    if assessment.not_answered:
        page.heading("What could not be seen")
        for gap in assessment.not_answered:
            page.prose(f"- {gap.question}", indent=2)
            page.prose(gap.because, indent=4)
            if gap.instead:
                page.prose(f"Still covered, by less: {'; '.join(gap.instead)}", indent=4)
            if gap.collect:
                page.prose(f"Collect: {gap.collect}", indent=4)
    if assessment.rests_on:
        page.heading("What rests on slower logs alone")
        for claim in assessment.rests_on[:FINDINGS_SHOWN]:
            sources = ", ".join(claim.sources)
            said = visible(claim.answer, _LIMIT)
            page.prose(f"- {said}: known from {sources}, since {claim.note}", indent=2)
        if len(assessment.rests_on) > FINDINGS_SHOWN:
            page.line("The others are in report.html and assessment.json.", indent=2)


def _print_problems(assessment: Assessment, page: _Page) -> None:
    if assessment.problems:
        page.heading(f"{counted(len(assessment.problems), 'problem')} while reading")
        for problem in assessment.problems[:PROBLEMS_SHOWN]:
            page.line(f"{visible(problem.what, _LIMIT)}: {visible(problem.why, _LIMIT)}", indent=2)
        if len(assessment.problems) > PROBLEMS_SHOWN:
            page.line("The others are in report.html and assessment.json.", indent=2)
    if assessment.notes:
        page.heading("Notes")
        for note in assessment.notes:
            page.prose(note, indent=2)


def _server(host: Host) -> str:
    name = visible(host.name, _LIMIT) or "Server without a name"
    build = f"build {host.build} (from {host.build_source or 'evidence'})" if host.build else None
    return ", ".join(part for part in (name, host.product, build) if part)


def _print_coverage(rows: Sequence[Coverage], page: _Page) -> None:
    present = [row for row in rows if row.state != "not present"]
    missing = [row.artifact for row in rows if row.state == "not present"]
    page.heading("Coverage")
    if present:
        table = [("artifact", "state", "from", "to", "files", "size", "records", "unparsed", "")]
        table += [
            (
                visible(row.artifact, 40),
                row.state,
                _minute(row.from_),
                _minute(row.to),
                f"{row.files:,}",
                size(row.bytes),
                f"{row.records:,}",
                f"{row.unparsed:,}",
                counted(len(row.gaps), "gap") if row.gaps else "",
            )
            for row in present
        ]
        widths = [max(cell_len(cell) for cell in column) for column in zip(*table, strict=True)]
        for number, cells in enumerate(table):
            line = "  ".join(
                cell + " " * (width - cell_len(cell))
                for cell, width in zip(cells, widths, strict=True)
            )
            page.line(line.rstrip(), "" if number else "dim", indent=2)
    else:
        page.line("No log or file of Exchange was read.", indent=2)
    if missing:
        page.prose(f"Missing: {', '.join(missing)}", indent=2)


def _minute(when: str | None) -> str:
    return "unknown" if when is None else utc(when)[:16]


def _print_verdict(assessment: Assessment, page: _Page) -> None:
    verdict = assessment.verdict
    page.heading("Verdict")
    page.prose(
        f"{verdict.grade.upper()}: {verdict.sentence}", _STYLES.get(verdict.grade, "bold"), 2
    )
    page.prose(f"Coverage: {verdict.coverage}.", indent=2)
    if verdict.reached:
        page.prose(f"Proved so far: {', '.join(verdict.reached)}.", indent=2)
    if verdict.next_rung:
        page.prose(f"Not proved: {verdict.next_rung.grade}. {verdict.next_rung.why_not}", indent=2)


def _print_foreign(findings: Sequence[Finding], page: _Page) -> None:
    """Counts by rule only: no answer rests on these."""
    if not findings:
        return
    counts = Counter((f.rule, f.title, f.severity) for f in findings)
    page.heading(
        f"Matches of foreign rules ({len(findings):,} by {counted(len(counts), 'rule')}; "
        "no answer rests on them)"
    )
    for (rule, title, severity), count in counts.most_common(FOREIGN_SHOWN):
        text = f"{count:,} × {severity}  {visible(title, _LIMIT)} ({visible(rule, _LIMIT)})"
        page.line(text, indent=2)
    if len(counts) > FOREIGN_SHOWN:
        page.line("The others are in report.html and findings.jsonl.", indent=2)


_ADDRESSES = 3  # of one operator shown
_STANDS = {"yes": "still there", "no": "gone", "unknown": "not known whether still there"}


def _print_backdoors(doors: Sequence[Backdoor], page: _Page) -> None:
    if not doors:
        return
    page.heading(counted(len(doors), "backdoor"))
    for door in doors[:FINDINGS_SHOWN]:
        called = visible(door.name or door.url or door.path or door.id, _LIMIT)
        page.line(f"{door.kind}  {called}", indent=2)
        where = visible(door.path, _LIMIT) if door.path and door.path != called else None
        known = f"known from: {door.evidence_state}"
        stands = _STANDS.get(door.still_stands)
        page.line(", ".join(filter(None, (where, known, stands))), indent=6)
    if len(doors) > FINDINGS_SHOWN:
        page.line("The others are in report.html and assessment.json.", indent=2)


def _print_hands(assessment: Assessment, page: _Page) -> None:
    """Who came through the doors, and what tells them apart; scanners are only counted."""
    hands, count = assessment.hands, Counter(who.class_ for who in assessment.operators)
    if hands is None or not (assessment.operators or hands.at_least):
        return
    page.heading("Who came")
    page.prose(f"{hands.note[:1].upper()}{hands.note[1:]}.", indent=2)
    told = [who for who in assessment.operators if who.class_ in ("intruder", "responder")]
    for who in told[:FINDINGS_SHOWN]:
        addresses = ", ".join(visible(a, _LIMIT) for a in who.addresses[:_ADDRESSES])
        if len(who.addresses) > _ADDRESSES:
            addresses += f" and {len(who.addresses) - _ADDRESSES} more"
        page.line(f"{who.id}  {who.class_}  {addresses}", indent=2)
        did = [f"{_minute(who.first)} to {_minute(who.last)}"]
        did += [f"planted {', '.join(who.planted)}"] if who.planted else []
        came = [(d.id, v) for d in assessment.backdoors for v in d.visitors if v.operator == who.id]
        did += [f"{counted(v.count, 'request')} to {door}" for door, v in came[:_ADDRESSES]]
        did += [f"ran {counted(len(who.commands), 'command')}"] if who.commands else []
        did += [f"signed in as {counted(len(who.accounts), 'account')}"] if who.accounts else []
        page.line("; ".join(did), indent=6)
    rest = [counted(count["scanner"], "scanner")] if count["scanner"] else []
    rest += [f"{count['unknown']:,} of whom too little is known"] if count["unknown"] else []
    if len(told) > FINDINGS_SHOWN or rest:
        more = len(told) - FINDINGS_SHOWN
        others = f"{more:,} more of these" if more > 0 else ""
        page.line(f"Besides: {', '.join(filter(None, (others, *rest)))}.", indent=2)
    for join in assessment.joins:
        if join.skew:
            page.prose(f"Clocks: {apart(join)}.", indent=2)


def _print_impact(impact: Sequence[Impact], page: _Page) -> None:
    if not impact:
        return
    page.heading("What followed")
    for harm in impact[:FINDINGS_SHOWN]:
        when = utc(harm.when) if harm.when else "time unknown"
        page.line(f"{when}  {harm.kind}", indent=2)
        much = harm.amount
        bound = "at least " if much and much.bound == "at least" else ""
        amount = f" ({bound}{much.value:,} {much.unit})" if much else ""
        page.line(f"{visible(harm.what, _LIMIT)}{amount}", indent=6)
    if len(impact) > FINDINGS_SHOWN:
        page.line("The others are in report.html and assessment.json.", indent=2)


def _print_time(assessment: Assessment, page: _Page) -> None:
    """How long somebody was in, and the calendar of the chains that were met."""
    met = tuple(f"{chain.name}: " for chain in assessment.chains if chain.outcome != "probed")
    phases = [phase for phase in assessment.phases if met and phase.name.startswith(met)]
    if assessment.dwell is None and not phases:
        return
    page.heading("When")
    if assessment.dwell is not None:
        page.prose(dwelt(assessment.dwell), indent=2)
    for phase in phases:
        span = f"from {(phase.from_ or 'unknown')[:10]}"
        span += f" to {phase.to[:10]}" if phase.to else " on"
        found = counted(phase.activity, "record") if phase.visible or phase.activity else "nothing"
        page.line(f"{visible(phase.name, _LIMIT)} ({span}): {found}, {seen_of(phase)}", indent=2)


def _print_findings(findings: Sequence[Finding], page: _Page) -> None:
    if not findings:
        return
    shown = gravest(findings, FINDINGS_SHOWN)
    number = f"{len(shown)} of {len(findings):,}, gravest first" if len(findings) > 1 else "1"
    page.heading(f"Findings ({number})")
    for finding in shown:
        place, seen = finding.provenance, finding.object
        when = utc(finding.when) if finding.when else "time unknown"
        page.line(f"{when}  {finding.severity}, {finding.outcome}  {finding.title}", indent=2)
        met = " ".join(
            visible(part, _LIMIT)
            for part in (finding.actor.address, seen.url or seen.path or seen.command)
            if part
        )
        if met:
            page.line(met, indent=6)
        if finding.look_alike:
            page.line(f"may also be: {visible(finding.look_alike, _LIMIT)}", indent=6)
        line = f", line {place.line}" if place.line is not None else f", offset {place.offset}"
        page.line(
            f"{visible(place.member, _LIMIT)}{line}  ({visible(place.evidence, _LIMIT)})", indent=6
        )
