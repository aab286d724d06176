"""What is known of one server before any question is answered."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from msgspec import Struct

from afterpatch import knowledge
from afterpatch.answers.exposure import ExposureAnswer
from afterpatch.detections.rule import Rule
from afterpatch.model import FileReport, Finding, Sighting, Tally
from afterpatch.times import seconds

__all__ = ["Case", "build_at", "make_case", "with_partners"]


class Case(Struct, frozen=True):
    """One server: its files' reports, and its findings in order of time.

    `window` is the first and the last time in its logs.
    """

    name: str
    reports: tuple[FileReport, ...]
    findings: tuple[Finding, ...]
    tallies: tuple[Tally, ...]
    sightings: tuple[Sighting, ...]
    window: tuple[str | None, str | None]


def make_case(name: str, reports: Sequence[FileReport], rules: Iterable[Rule]) -> Case:
    """Gather one server's reports; findings that need a partner and have none are left out."""
    findings = sorted(
        {f.id: f for r in reports for f in r.findings}.values(), key=lambda f: (f.when or "~", f.id)
    )
    firsts = [r.first for r in reports if r.first is not None]
    lasts = [r.last for r in reports if r.last is not None]
    needed = {rule.name: rule for rule in rules if rule.only_with is not None}
    kept = with_partners(findings, needed)
    told = {f.rule for f in kept}
    return Case(
        name=name,
        reports=tuple(reports),
        findings=kept,
        tallies=tuple(t for r in reports for t in r.tallies if t.rule in told),
        sightings=tuple(dict.fromkeys(s for r in reports for s in r.sightings)),
        window=(min(firsts, default=None), max(lasts, default=None)),
    )


def with_partners(findings: Sequence[Finding], needed: dict[str, Rule]) -> tuple[Finding, ...]:
    """The findings, without those whose rule counts only near another's finding that is missing."""

    partners = {
        name: sorted(
            seconds(f.when)
            for f in findings
            if rule.only_with and f.rule in rule.only_with.rules and f.when is not None
        )
        for name, rule in needed.items()
    }

    def stands(finding: Finding) -> bool:
        rule = needed.get(finding.rule)
        if rule is None or rule.only_with is None:
            return True
        if finding.when is None:
            return False
        when, reach = seconds(finding.when), rule.only_with.minutes * 60
        times = partners[finding.rule]
        at = bisect_left(times, when - reach)
        return at < len(times) and times[at] <= when + reach

    return tuple(f for f in findings if stands(f))


def build_at(answer: ExposureAnswer, when: str | None) -> str | None:
    """The build the server ran at that time, None when the evidence does not tell.

    A build first seen later says nothing of the time before; without a time it is the only build.
    """
    spans = answer.build_history
    if when is not None:
        for span in spans:
            if span.from_ is not None and span.to is not None and span.from_ <= when <= span.to:
                return span.build
        earlier = [s for s in spans if s.to is not None and s.to < when]
        later = [s for s in spans if s.from_ is not None and s.from_ > when]
        if earlier and later and earlier[-1].build != later[0].build:
            return None  # patched some time between the two
        return earlier[-1].build if earlier else None
    return spans[0].build if len({s.build for s in spans}) == 1 else None


def fixed_at(answer: ExposureAnswer, cve: str, when: str | None) -> bool:
    """Whether the build of that time is known to hold the fix."""
    build = build_at(answer, when)
    return build is not None and knowledge.fix_state(cve, build).state == "fixed"
