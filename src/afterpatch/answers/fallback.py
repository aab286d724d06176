"""What still tells of a time that the fast logs of Exchange do not reach back to, and what of the
answer rests on that alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from afterpatch import knowledge
from afterpatch.answers.case import Case
from afterpatch.knowledge import Fallback
from afterpatch.model import (
    Backdoor,
    Chain,
    Coverage,
    Impact,
    Question,
    RestsOn,
)

__all__ = ["Covered", "called", "rests_on", "still_covered"]

_CALLED = {
    "iis": "IIS logs of the web site",
    "iis-backend": "IIS logs of the back end",
    "httpproxy": "HttpProxy logs",
    "ecp": "ECP logs",
    "ews": "EWS logs",
    "cmdletinfra": "cmdlet logs",
    "oabgenerator": "OAB generator logs",
    "cosmosqueue": "administrator audit logs (CosmosQueue)",
    "windows-events": "Windows event logs",
    "web-files": "web files",
    "iis-config": "IIS configuration files",
    "transport-agents": "lists of transport agents",
    "scheduled-tasks": "scheduled tasks",
    "registry": "registry exports",
}
_DUMP = "exchange-vdir-dump-with-markup"
_COMPILED = "\\temporary asp.net files\\"


class Covered(NamedTuple):
    """Slower sources in words: `by` those that cover the time, `collect` where others would be."""

    by: tuple[str, ...]
    collect: tuple[str, ...]


def called(family: str) -> str:
    """What people call a family of logs."""
    return _CALLED.get(family, f"{family} files")


def still_covered(case: Case, question: Question, rows: Sequence[Coverage]) -> Covered:
    """What stands in for the fast logs that a question needs, where they begin too late."""
    by_family = {row.artifact: row for row in rows}
    by, collect = [], []
    for source in knowledge.fallbacks(question):
        times = [_needed(rows, family) for family in source.instead_of]
        needed = min((t for t in times if t is not None), default=None)
        if needed is None:
            continue
        begins = _begins(case, source, by_family.get(source.family))
        if begins is None or begins > needed:
            collect.append(source.collect)
        else:
            since = f", from {begins[:10]}" if begins else ""
            by.append(f"{source.name}{since}: {source.tells}")
    return Covered(tuple(by), tuple(collect))


def _needed(rows: Sequence[Coverage], family: str) -> str | None:
    """When a fast log should begin, where it does not reach back so far."""
    row = next((r for r in rows if r.artifact == family), None)
    if row is None or row.needed_from is None or (row.from_ and row.from_ <= row.needed_from):
        return None
    return row.needed_from


def _begins(case: Case, source: Fallback, row: Coverage | None) -> str | None:
    """When a slower source begins: empty where it has no time of its own, None where there is
    none."""
    if row is None or row.state in ("not present", "failed"):
        return None
    if source.part == "compiled":
        compiled = (r for r in case.reports if _COMPILED in r.evidence.path.lower())
        return "" if any(compiled) else None
    if source.part == "dump":
        return "" if any(f.rule == _DUMP for f in case.findings) else None
    if source.part:
        return next((p.from_ for p in row.parts if p.name == source.part), None)
    return row.from_ or ("" if row.files and row.artifact == "registry" else None)


# ---------------------------------------------------------------- what rests on them alone


def rests_on(
    case: Case,
    rows: Sequence[Coverage],
    chains: Sequence[Chain],
    doors: Sequence[Backdoor],
    impact: Sequence[Impact],
) -> tuple[RestsOn, ...]:
    """What is claimed of times that the fast logs do not reach back to, and on which sources.

    A claim that a fast log bears out rests on it; one of a time that they cover is no matter of
    what has expired.
    """
    families = {(r.evidence.evidence, r.evidence.path): r.family for r in case.reports}
    # What was only tried bears out nothing.
    lies_in = {
        f.id: families.get((f.provenance.evidence, f.provenance.member)) or f.artifact
        for f in case.findings
        if f.outcome != "attempt" and f.look_alike is None
    }
    claims: list[tuple[Question, str, str | None, Iterable[str]]] = []
    for chain in chains:
        if chain.outcome in ("reached", "exploited"):
            said = f"{chain.name}: {chain.outcome}"
            claims.append(("exploited", said, chain.first, chain.findings))
    for door in doors:
        said = f"{door.kind} {door.name or door.url or door.path or door.id}"
        when = min(filter(None, (door.planted, door.visits.first)), default=None)
        claims.append(("backdoored", said, when, door.findings))
    claims += [("impacted", f"{h.kind}: {h.what}", h.when, h.findings) for h in impact]
    found = []
    for question, said, when, findings in claims:
        sources = tuple(sorted({lies_in[id_] for id_ in findings if id_ in lies_in}))
        note = _expired(rows, question, when, sources) if sources else None
        if note is not None:
            found.append(RestsOn(question, said, sources, note))
    return tuple(found)


def _expired(
    rows: Sequence[Coverage], question: Question, when: str | None, sources: Sequence[str]
) -> str | None:
    """Where the fast logs begin, if none bears out the claim or reaches back to its time."""
    fast = dict.fromkeys(f for s in knowledge.fallbacks(question) for f in s.instead_of)
    begin = {row.artifact: row.from_ for row in rows if row.artifact in fast}
    reach = [start for start in begin.values() if start is not None]
    if set(sources) & set(fast) or (when is not None and any(start <= when for start in reach)):
        return None
    # Without a time of its own it may be older than anything that is there.
    if when is None and not any(_needed(rows, family) for family in fast):
        return None
    return "; ".join(
        f"{called(family)} begin {start[:10]}" if start else f"{called(family)} are not there"
        for family, start in begin.items()
    )
