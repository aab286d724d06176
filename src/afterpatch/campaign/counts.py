"""How many: by grade and by owner, by day against the calendar, and from entry to patch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import get_args

from afterpatch import knowledge
from afterpatch.campaign.standing import TAKEN, Events
from afterpatch.model import Grade
from afterpatch.outputs.campaign_view import Calendar, Day, Patching, Row, ServerView, Span, Split

__all__ = ["calendar", "days", "patching", "reached", "row", "splits"]

GRADES = get_args(Grade)
UNKNOWN = "not known"
DAYS = 1_500  # of one chart; evidence of more years is counted from its busiest stretch
_SPANS = ((0, "same day"), (3, "1 to 3 days"), (7, "4 to 7 days"), (14, "8 to 14 days"),
          (30, "15 to 30 days"), (90, "31 to 90 days"))  # fmt: skip
_LONGER = "more than 90 days"
_NEVER = "no patch seen when the evidence ends"


def row(value: str, servers: Iterable[ServerView]) -> Row:
    """Servers of one kind, counted."""
    servers = list(servers)
    grades = Counter(one.grade for one in servers)
    return Row(
        value=value,
        servers=len(servers),
        grades={grade: grades[grade] for grade in GRADES},
        untold=sum(not one.told for one in servers),
        partly=sum(
            one.told and one.grade not in TAKEN and one.coverage != "sufficient" for one in servers
        ),
        taken=sum(one.grade in TAKEN for one in servers),
    )


def reached(servers: Sequence[ServerView]) -> dict[str, int]:
    """How many servers reached each rung, whatever else they reached."""
    counts = Counter(rung for one in servers for rung in set(one.reached))
    return {grade: counts[grade] for grade in GRADES[2:]}


def splits(servers: Sequence[ServerView]) -> tuple[Split, ...]:
    """The servers by product, build and what the register says of their owners."""
    properties: tuple[tuple[str, Callable[[ServerView], str]], ...] = (
        ("product", lambda one: one.product),
        ("build", lambda one: f"{one.product} {one.build}".strip()),
        ("sector", lambda one: one.owner.sector),
        ("country", lambda one: one.owner.country),
        ("size", lambda one: one.owner.size),
    )
    found = []
    for name, of in properties:
        by_value: dict[str, list[ServerView]] = defaultdict(list)
        for one in servers:
            by_value[of(one) or UNKNOWN].append(one)
        if set(by_value) == {UNKNOWN} and name in ("sector", "country", "size"):
            continue  # without a register
        rows = sorted(
            (row(value, of_value) for value, of_value in by_value.items()),
            key=lambda r: (r.value == UNKNOWN, -r.servers, r.value),
        )
        found.append(Split(name, tuple(rows)))
    return tuple(found)


def days(servers: Sequence[ServerView], events: Mapping[str, Events]) -> tuple[Day, ...]:
    """What began on each day, from the first to the last day on which anything did."""
    entered = Counter(one.entry[:10] for one in servers if one.entry)
    planted = Counter(day for of in events.values() for day in of.planted)
    visited = Counter(of.visited for of in events.values() if of.visited)
    impacted = Counter(of.impacted for of in events.values() if of.impacted)
    known = sorted({*entered, *planted, *visited, *impacted})
    if not known:
        return ()
    phases = {one.entry[:10]: one.phase for one in servers if one.entry}
    first, last = date.fromisoformat(known[0]), date.fromisoformat(known[-1])
    every = (
        [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
        if (last - first).days < DAYS
        else known
    )
    return tuple(
        Day(
            day=day,
            entered=entered[day],
            planted=planted[day],
            visited=visited[day],
            impacted=impacted[day],
            phase=phases.get(day, ""),
        )
        for day in every
    )


def calendar(servers: Sequence[ServerView]) -> tuple[Calendar, ...]:
    """The phases of the chains that servers were entered by, with the entries in each."""
    counts = Counter(one.phase for one in servers if one.phase)
    chains = {phase.partition(": ")[0] for phase in counts}
    return tuple(
        Calendar(
            chain=phase.chain,
            name=phase.name,
            from_=phase.from_,
            to=phase.to,
            entered=counts[f"{phase.chain}: {phase.name}"],
        )
        for phase in knowledge.phases()
        if phase.chain in chains
    )


def patching(servers: Sequence[ServerView]) -> Patching:
    """From first entry to patch, over the servers that were taken."""
    taken = [one for one in servers if one.grade in TAKEN]
    entered = [one for one in taken if one.entry]
    known = sorted(one.days_to_patch for one in entered if one.days_to_patch is not None)
    never = len(entered) - len(known)
    counts: Counter[str] = Counter()
    for count in known:
        counts[next((name for limit, name in _SPANS if count <= limit), _LONGER)] += 1
    counts[_NEVER] = never
    middle = (len(entered) - 1) // 2
    return Patching(
        servers=len(taken),
        spans=tuple(
            Span(name, counts[name]) for name in (*(n for _, n in _SPANS), _LONGER, _NEVER)
        ),
        median=known[middle] if entered and middle < len(known) else None,
        not_patched=never,
        no_entry=len(taken) - len(entered),
        bounds=sum(one.entry_is_bound for one in entered),
    )
