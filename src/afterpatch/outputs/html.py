"""`report.html`: the assessment for people, as one page that opens from disk.

Every expression of the template passes `_shown`, then jinja2's escaping. Attributes hold nothing
that came from evidence: findings, backdoors and operators are linked by their position.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape
from msgspec import Struct

from afterpatch import __version__
from afterpatch.model import Finding, Grade, Outcome, Tally
from afterpatch.outputs.format import Dossier, by_standing, gravest, gravity
from afterpatch.outputs.text import apart, counted, dwelt, seen_of, size, utc, visible

FINDINGS_SHOWN = 10_000
TALLIES_SHOWN = 25  # for each rule
LINKS_SHOWN = 6
PROBLEMS_SHOWN = 500
COMPARED_SHOWN = 200
PIVOTS_SHOWN = 300  # followed, and as many refused
RAW_SHOWN = 2_000  # characters
VALUE_SHOWN = 4_000  # characters of any other text
OPEN_BELOW = 15  # a report with fewer findings shows them unfolded

_LADDER = get_args(Grade)[2:]
_GRAVE = {"exposed": "warn", "attempted": "warn", "no evidence": "plain", "not assessed": "plain"}
_STATES = ("exposed", "unknown", "mitigated")


class Row(Struct, frozen=True):
    """One finding and the number of its anchor."""

    number: int
    finding: Finding


class Group(Struct, frozen=True):
    """What one rule found; `seen` is exact, `rows` and `tallies` are what the page has room for."""

    foreign: bool
    rule: str
    title: str
    severity: str
    outcomes: str
    look_alikes: tuple[str, ...]
    explain: str
    seen: int
    first: str | None
    last: str | None
    rows: tuple[Row, ...]
    tallies: tuple[Tally, ...]
    tallies_left: int


def render(dossier: Dossier) -> Iterator[bytes]:
    """Yields the page in pieces of UTF-8."""
    assessment = dossier.assessment
    groups = _groups(dossier)
    numbers = {row.finding.id: row.number for group in groups for row in group.rows}
    reached = set(assessment.verdict.reached)
    upcoming = assessment.verdict.next_rung
    stream = _template().stream(
        a=assessment,
        tone=_GRAVE.get(assessment.verdict.grade, "grave"),
        ladder=[
            (rung, rung in reached, upcoming is not None and rung == upcoming.grade)
            for rung in _LADDER
        ],
        open_holes=sorted(
            (hole for hole in assessment.exposure if hole.state != "fixed"),
            key=lambda hole: _STATES.index(hole.state),
        ),
        fixed_holes=[hole for hole in assessment.exposure if hole.state == "fixed"],
        groups=groups,
        foreign_groups=sum(group.foreign for group in groups),
        foreign=len(by_standing(dossier.findings)[1]),
        unfolded=len(dossier.findings) < OPEN_BELOW,
        findings=len(dossier.findings),
        shown=sum(len(group.rows) for group in groups),
        numbers=numbers,
        backdoors={door.id: number for number, door in enumerate(assessment.backdoors, 1)},
        operators={who.id: number for number, who in enumerate(assessment.operators, 1)},
        told=[who for who in assessment.operators if who.class_ != "scanner"],
        scanners=[who for who in assessment.operators if who.class_ == "scanner"],
        compared=sorted(assessment.comparisons, key=lambda c: not c.merged)[:COMPARED_SHOWN],
        refused=[p for p in assessment.pivots if p.state == "refused"][:PIVOTS_SHOWN],
        followed=[p for p in assessment.pivots if p.state == "followed"][:PIVOTS_SHOWN],
        problems=assessment.problems[:PROBLEMS_SHOWN],
        dossier=dossier,
        bytes_read=sum(file.size for file in dossier.evidence),
        sources=sorted({file.evidence for file in dossier.evidence}),
        version=__version__,
        links_shown=LINKS_SHOWN,
    )
    stream.enable_buffering(500)
    for piece in stream:
        yield piece.encode()


def _groups(dossier: Dossier) -> list[Group]:
    ours, foreign = by_standing(dossier.findings)
    first = gravest(ours, FINDINGS_SHOWN)
    shown = {id(f) for f in (*first, *gravest(foreign, FINDINGS_SHOWN - len(first)))}
    elsewhere = {finding.rule for finding in foreign}
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in dossier.findings:
        found[finding.rule].append(finding)
    tallied: dict[str, list[Tally]] = defaultdict(list)
    for tally in dossier.tallies:
        tallied[tally.rule].append(tally)
    groups = []
    number = 0
    for rule in sorted(found, key=lambda rule: (rule in elsewhere, min(map(gravity, found[rule])))):
        findings, tallies = found[rule], sorted(tallied[rule], key=_most)
        rows = []
        for finding in findings:
            if id(finding) in shown:
                number += 1
                rows.append(Row(number, finding))
        worst = min(findings, key=gravity)
        times = [time for f in findings if (time := f.when)]
        times += [time for t in tallies for time in (t.first, t.last) if time]
        counts = Counter(finding.outcome for finding in findings)
        if tallies:
            counts = Counter()
            for tally in tallies:
                counts[tally.outcome] += tally.count
        groups.append(
            Group(
                foreign=rule in elsewhere,
                rule=rule,
                title=worst.title,
                severity=worst.severity,
                outcomes=", ".join(
                    f"{counts[outcome]:,} × {outcome}"
                    for outcome in get_args(Outcome)[::-1]
                    if counts[outcome]
                ),
                look_alikes=tuple(sorted({f.look_alike for f in findings if f.look_alike})),
                explain=worst.explain,
                seen=max(counts.total(), len(findings)),
                first=min(times, default=None),
                last=max(times, default=None),
                rows=tuple(rows),
                tallies=tuple(tallies[:TALLIES_SHOWN]),
                tallies_left=max(0, len(tallies) - TALLIES_SHOWN),
            )
        )
    return groups


def _most(tally: Tally) -> tuple[int, str, str, str]:
    return (-tally.count, tally.first or "", tally.address or "", tally.url or "")


def _minute(when: str | None) -> str:
    """Shows a time in a column that is headed UTC."""
    return utc(when).removesuffix(" UTC")[:16]


def _shown(value: Any) -> Any:
    """Makes any value of the template one harmless line; what a macro wrote is left alone."""
    if value is None:
        return "–"
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value, VALUE_SHOWN)
    return value


def _raw(text: str) -> Markup:
    """Shows a record; its line ends stay marked, and break the line for the eye too."""
    return escape(visible(text, RAW_SHOWN).replace("\\x0a", "\\x0a\n"))


def environment() -> Environment:
    """An environment in which every expression is defused and escaped."""
    environment = Environment(
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        apart=apart,
        counted=counted,
        dwelt=dwelt,
        minute=_minute,
        raw=_raw,
        seen_of=seen_of,
        size=size,
        utc=utc,
    )
    return environment


@cache
def _template() -> Template:
    source = files("afterpatch.outputs").joinpath("templates", "report.html.j2")
    return environment().from_string(source.read_text("utf-8"))
