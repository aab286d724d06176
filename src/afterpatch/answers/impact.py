"""What followed: every proved effect, kept whatever the logs of the entry say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from afterpatch.answers.case import Case, proves
from afterpatch.limits import TALLIES_PER_FILE
from afterpatch.model import Amount, AmountUnit, Finding, Impact, Operator, Provenance

__all__ = ["impact"]

_NAMED = 3  # objects of one entry that are named
_NAME_CHARACTERS = 200  # of each
_SEVERITIES = ("informational", "low", "medium", "high", "critical")
_DIGITS = 15  # of an amount; a longer one is no amount


def impact(case: Case, hands: Sequence[Operator]) -> tuple[Impact, ...]:
    """One entry for each kind of effect, technique and detection, in order of its first record.

    What several detections say of one record is told once, by the gravest. Only findings that prove
    something count: success, by a rule of ours on facts that were read, without an innocent
    reading. An entry's operators are those that share a finding with it, or an address from which
    nobody else comes.
    """
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    told: set[tuple[str, str, Provenance]] = set()
    grave = sorted(case.findings, key=lambda f: (-_SEVERITIES.index(f.severity), f.rule))
    for finding in sorted(grave, key=lambda f: f.when or "~"):
        rule = case.rules.get(finding.rule)
        if rule is not None and rule.impact is not None and proves(finding):
            technique = finding.technique[0] if finding.technique else ""
            once = rule.impact.kind, technique, finding.provenance
            if once not in told:
                told.add(once)
                key = rule.impact.kind, technique, finding.title
                groups.setdefault(key, []).append(finding)
    cut = _cut(case)
    entries = (
        Impact(
            kind=kind,
            technique=technique,
            when=findings[0].when,
            what=_words(title, findings),
            amount=_amount(case, findings, cut),
            operators=_operators(findings, hands),
            findings=tuple(f.id for f in findings),
        )
        for (kind, technique, title), findings in groups.items()
    )
    return tuple(sorted(entries, key=lambda e: (e.when or "~", e.kind, e.technique, e.what)))


def _object(finding: Finding) -> str:
    thing = finding.object
    return (finding.facts.get("thing") or thing.path or thing.url or thing.command or "").strip()


def _objects(findings: Sequence[Finding]) -> list[str]:
    """What the findings speak of, each once in any letter case, in order: the same command stands
    in several logs."""
    seen: dict[str, str] = {}
    for finding in findings:
        if text := _object(finding):
            seen.setdefault(text.lower(), text)
    return list(seen.values())


def _words(title: str, findings: Sequence[Finding]) -> str:
    objects = _objects(findings)
    if not objects:
        return title
    named = "; ".join(_shortened(text) for text in objects[:_NAMED])
    more = f" and {len(objects) - _NAMED} more" if len(objects) > _NAMED else ""
    return f"{title}: {named}{more}"


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _NAME_CHARACTERS else f"{line[:_NAME_CHARACTERS]}…"


def _amount(case: Case, findings: Sequence[Finding], cut: frozenset[str]) -> Amount | None:
    """How much, where the rules count it: the sum of what the records say, else for other units
    than bytes the number of objects. A record that says nothing, or one that was only tallied,
    makes it a lower bound."""
    units: set[AmountUnit] = set()
    for name in {f.rule for f in findings}:
        effect = case.rules[name].impact
        if effect is not None and effect.unit is not None:
            units.add(effect.unit)
    if len(units) != 1:
        return None
    unit = units.pop()
    said = [f.facts.get("amount", "") for f in findings]
    counted = [int(text) for text in said if text.isdecimal() and len(text) <= _DIGITS]
    whole = not cut.intersection(f.rule for f in findings)
    if counted:
        whole = whole and len(counted) == len(said)
        return Amount(sum(counted), unit, "exact" if whole else "at least")
    objects = _objects(findings)
    if unit == "bytes" or not objects:
        return None
    return Amount(len(objects), unit, "exact" if whole else "at least")


def _cut(case: Case) -> frozenset[str]:
    """The rules of which more records matched than there are findings."""
    kept = Counter(f.rule for f in case.findings)
    matched: Counter[str] = Counter()
    for tally in case.tallies:
        matched[tally.rule] += tally.count
    full = any(len(report.tallies) >= TALLIES_PER_FILE for report in case.reports)
    return frozenset(rule for rule in kept if full or matched[rule] > kept[rule])


def _operators(findings: Sequence[Finding], hands: Sequence[Operator]) -> tuple[str, ...]:
    ids = {f.id for f in findings}
    addresses = {f.actor.address for f in findings if f.actor.address}
    return tuple(
        hand.id
        for hand in hands
        if ids.intersection(hand.findings)
        or addresses.intersection(set(hand.addresses) - set(hand.shared_addresses))
    )
