"""Who came: one entry for each address that did more than ordinary clients do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from afterpatch.answers.case import Case, proves
from afterpatch.model import Backdoor, Finding, Operator
from afterpatch.times import seconds

Class = Literal["intruder", "scanner", "responder", "unknown"]

__all__ = ["operators", "with_planters"]

_PLANTING = (
    "exchange-proxylogon-reset",
    "exchange-proxylogon-ssrf",
    "exchange-proxylogon-cookie",
    "exchange-vdir-url-markup",
    "exchange-proxyshell-request",
    "exchange-proxyshell-proxied",
    "exchange-proxynotshell-request",
    "exchange-proxynotshell-proxied",
    "exchange-owassrf-request",
    "exchange-owassrf-proxied",
)
_PLANTING_SECONDS = 3600


def operators(case: Case, doors: Sequence[Backdoor]) -> tuple[Operator, ...]:
    """Addresses with their deeds, numbered in order of their first deed.

    An address is an intruder when anything it sent was answered as an attacker wants it, a scanner
    when all it sent has a harmless look-alike, a responder when that is a responder's. An address
    that only asked for one foreign page that nobody proved to be a backdoor is unknown. Nobody is
    listed for what only supports, or for what everybody does.
    """
    by_address: dict[str, list[Finding]] = {}
    for finding in case.findings:
        if finding.actor.address:
            by_address.setdefault(finding.actor.address, []).append(finding)
    counted = [(a, found) for a, found in by_address.items() if any(map(_counts, found))]
    ordered = sorted(counted, key=lambda i: (min(f.when or "~" for f in i[1]), i[0]))
    visited = {d.id: set(d.findings) for d in doors}
    return tuple(
        _operator(f"op-{number}", address, findings, visited)
        for number, (address, findings) in enumerate(ordered, start=1)
    )


def _counts(finding: Finding) -> bool:
    """Whether it speaks against anybody: an attack, or a strong sign with no innocent reading."""
    if finding.standing != "proof":
        return False
    attack = finding.question in ("exploited", "used")
    return attack or (finding.outcome != "attempt" and finding.look_alike is None)


def _operator(
    name: str, address: str, findings: list[Finding], doors: dict[str, set[str]]
) -> Operator:
    times = sorted(f.when for f in findings if f.when)
    answered = {f.id for f in findings if f.outcome != "attempt"}
    visits = tuple(sorted(d for d, ids in doors.items() if answered & ids))
    return Operator(
        id=name,
        addresses=(address,),
        user_agents=tuple(sorted({f.actor.user_agent for f in findings if f.actor.user_agent})),
        planted=(),
        visited=visits,
        first=times[0] if times else None,
        last=times[-1] if times else None,
        actions=tuple(sorted({f.title for f in findings})),
        class_=_class(findings, visits),
        joined_by=("same address",),
        findings=tuple(f.id for f in findings),
    )


def _class(findings: Sequence[Finding], visits: Sequence[str]) -> Class:
    if all((f.look_alike or "").startswith("responder: ") for f in findings):
        return "responder"
    if visits or any(_deed(f) for f in findings):
        return "intruder"
    if all(f.look_alike is not None for f in findings):
        return "scanner"
    return "unknown"


def _deed(finding: Finding) -> bool:
    """An answered forged request that is more than a look-alike's first question, or a proved
    theft."""
    if finding.standing != "proof":
        return False
    if finding.question == "impacted":
        return proves(finding)
    return finding.question == "exploited" and (
        finding.outcome == "success"
        or (finding.outcome == "reached" and finding.look_alike is None)
    )


def with_planters(
    doors: Sequence[Backdoor], hands: Sequence[Operator], case: Case
) -> tuple[tuple[Backdoor, ...], tuple[Operator, ...]]:
    """Doors and operators tied by time: who sent the planting requests right before the page."""
    planters: dict[str, set[str]] = {}
    for door in doors:
        if door.planted is None:
            continue
        for finding in case.findings:
            if (
                finding.rule in _PLANTING
                and finding.outcome != "attempt"
                and finding.actor.address
                and finding.when
                and 0 <= seconds(door.planted) - seconds(finding.when) + 60 <= _PLANTING_SECONDS
            ):
                planters.setdefault(door.id, set()).add(finding.actor.address)
    return (
        tuple(
            msgspec.structs.replace(
                door,
                planted_by=tuple(
                    o.id for o in hands if planters.get(door.id, set()) & set(o.addresses)
                ),
            )
            for door in doors
        ),
        tuple(
            msgspec.structs.replace(
                hand,
                planted=tuple(
                    d.id for d in doors if planters.get(d.id, set()) & set(hand.addresses)
                ),
            )
            for hand in hands
        ),
    )
