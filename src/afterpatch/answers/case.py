"""What is known of one server before any question is answered."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from afterpatch import knowledge
from afterpatch.answers.exposure import ExposureAnswer
from afterpatch.detections.rule import Partner, Rule
from afterpatch.model import FileReport, Finding, Sighting, Tally
from afterpatch.times import seconds

__all__ = ["Case", "build_at", "in_time", "make_case", "proves", "with_partners"]


class Case(Struct, frozen=True):
    """One server: its files' reports, and its findings in order of time.

    `window` is the first and the last time in its logs, `rules` are the detections by name.
    `foreign` are the findings of rules from elsewhere: they are shown, and no answer rests on them.
    """

    name: str
    rules: dict[str, Rule]
    reports: tuple[FileReport, ...]
    findings: tuple[Finding, ...]
    tallies: tuple[Tally, ...]
    sightings: tuple[Sighting, ...]
    window: tuple[str | None, str | None]
    foreign: tuple[Finding, ...] = ()


def make_case(name: str, reports: Sequence[FileReport], rules: Iterable[Rule]) -> Case:
    """Gather one server's reports; findings that need a partner and have none are left out."""
    findings = sorted({f.id: f for r in reports for f in r.findings}.values(), key=in_time)
    firsts = [r.first for r in reports if r.first is not None]
    lasts = [r.last for r in reports if r.last is not None]
    by_name = {rule.name: rule for rule in rules}
    kept = with_partners(findings, by_name)
    told = {f.rule for f in kept}
    return Case(
        name=name,
        rules=by_name,
        reports=tuple(reports),
        findings=tuple(f for f in kept if f.standing != "foreign"),
        tallies=tuple(t for r in reports for t in r.tallies if t.rule in told),
        sightings=tuple(dict.fromkeys(s for r in reports for s in r.sightings)),
        window=(min(firsts, default=None), max(lasts, default=None)),
        foreign=tuple(f for f in kept if f.standing == "foreign"),
    )


def in_time(finding: Finding) -> tuple[str, str]:
    """Sort key of findings: by time, those without one last."""
    return finding.when or "~", finding.id


def with_partners(findings: Sequence[Finding], rules: dict[str, Rule]) -> tuple[Finding, ...]:
    """The findings, without those whose rule counts only near another's finding that is missing.

    A finding that is left out is no partner of another, so they are looked through until all that
    are left stand.
    """
    partners: dict[str, list[Partner]] = {}
    for partner in dict.fromkeys(r.only_with for r in rules.values() if r.only_with is not None):
        for name in partner.rules:
            partners.setdefault(name, []).append(partner)
    left = tuple(findings)
    while True:
        times: dict[tuple[str | None, ...], list[float]] = {}
        for f in left:
            for partner in partners.get(f.rule, ()):
                if f.outcome in partner.outcomes and f.when is not None:
                    times.setdefault(_meeting(partner, f), []).append(seconds(f.when))
        for found in times.values():
            found.sort()
        kept = tuple(f for f in left if _stands(f, rules.get(f.rule), times))
        if len(kept) == len(left):
            return kept
        left = kept


def proves(finding: Finding) -> bool:
    """Whether it is proof by itself: success, by a rule of ours on facts that were read, without an
    innocent reading."""
    return (
        finding.outcome == "success" and finding.look_alike is None and finding.standing == "proof"
    )


def _meeting(partner: Partner, finding: Finding) -> tuple[str | None, ...]:
    parts = {**msgspec.structs.asdict(finding.actor), **msgspec.structs.asdict(finding.object)}
    if account := parts["account"]:
        parts["account"] = knowledge.bare_account(account)
    return (repr(partner), *(v and v.lower() for v in (parts[name] for name in partner.same)))


def _stands(
    finding: Finding, rule: Rule | None, times: dict[tuple[str | None, ...], list[float]]
) -> bool:
    if rule is None or rule.only_with is None:
        return True
    meeting = _meeting(rule.only_with, finding)
    if finding.when is None or None in meeting:
        return False
    when, reach = seconds(finding.when), rule.only_with.minutes * 60
    near = times.get(meeting, [])
    at = bisect_left(near, when - reach)
    return at < len(near) and near[at] <= when + reach


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
