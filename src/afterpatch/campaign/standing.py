"""What one server is in the view, and what each cluster is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache

import msgspec
from msgspec import Struct

from afterpatch import knowledge
from afterpatch.campaign.clusters import Joined, names_of
from afterpatch.campaign.dossiers import Slim, known_time
from afterpatch.campaign.signs import Hand, is_inside
from afterpatch.outputs.campaign_view import Cluster, Member, Owner, ServerView, holder

__all__ = ["TAKEN", "Events", "clusters_of", "disclosed", "events_of", "phase_of", "server_of"]

TAKEN = ("exploited", "backdoored", "used", "impacted")
_THIN = ("no evidence", "exposed", "attempted")
_SHOW_ENTRY = ("iis", "httpproxy")  # logs that would show an earlier entry
_AFTER = frozenset(("after the patch", "after publication of the method"))
_PROVED = ("exploited", "reached")
_COLLECTED = 100  # things to collect of one server


class Events(Struct, frozen=True):
    """Days of one server: when doors were planted, when others first came through, what followed.

    `deeds` says of each operator what it did there, `impacts` what followed by its hand.
    """

    planted: tuple[str, ...]
    visited: str
    impacted: str
    deeds: dict[str, tuple[str, ...]]
    impacts: dict[str, tuple[str, ...]]


def server_of(server: str, folder: str, owner: Owner, found: Slim, intruders: int) -> ServerView:
    """One server, without its clusters."""
    verdict, dwell = found.verdict, found.dwell
    entry = known_time(dwell.entry) if dwell else None
    patched = known_time(dwell.patched) if dwell else None
    chain = _chain_of_entry(found)
    public = disclosed(chain)
    return ServerView(
        server=server,
        folder=folder,
        owner=owner,
        host=found.host.name,
        product=found.host.product or "",
        build=found.host.build or "",
        grade=verdict.grade,
        reached=verdict.reached,
        coverage=verdict.coverage,
        told=not (
            verdict.grade == "not assessed"
            or (
                verdict.grade in _THIN
                and (verdict.coverage == "insufficient" or _begins_after(found))
            )
        ),
        sentence=verdict.sentence,
        entry=entry,
        entry_is_bound=entry is not None and _begins_late(found),
        last_deed=known_time(dwell.last_deed) if dwell else None,
        patched=patched,
        ended=dwell.ended if dwell else "",
        days_to_patch=_days(entry, patched) if entry and patched else None,
        phase=phase_of(chain, entry) if entry else "",
        before_disclosure=bool(entry and public and entry[:10] < public),
        evidence_to=max((to for c in found.coverage if (to := known_time(c.to))), default=None),
        backdoors=len(found.backdoors),
        standing_doors=sum(door.still_stands == "yes" for door in found.backdoors),
        intruders=intruders,
        impact=tuple(sorted({impact.kind for impact in found.impact})),
        chains=tuple(sorted({c.name for c in found.chains if c.outcome in _PROVED})),
        next_steps=found.next_steps,
        addresses=tuple(
            sorted(
                address
                for who in found.operators
                if who.class_ == "intruder"
                for address in {*who.addresses} - {*who.shared_addresses}
                if not is_inside(address)
            )
        ),
        collect=_to_collect(found),
    )


def _to_collect(found: Slim) -> tuple[str, ...]:
    """What the open questions ask for, each thing once."""
    things = dict.fromkeys(t for one in found.not_answered for t in one.collect.split("; "))
    told = [thing for thing in things if thing not in ("", "-")]
    more = len(told) - _COLLECTED
    return (
        *told[:_COLLECTED],
        *([f"and {more:,} more, which the dossier names"] if more > 0 else ()),
    )


def _chain_of_entry(found: Slim) -> str:
    proved = [c for c in found.chains if c.outcome in _PROVED]
    exploited = [c for c in proved if c.outcome == "exploited"] or proved
    return (
        min(exploited, key=lambda c: (known_time(c.first) or "~", c.name)).name if exploited else ""
    )


def _begins_after(found: Slim) -> bool:
    """Whether no log reaches into the time before the patch of any chain that was tried, or of any
    at all where none was: then nothing says that nobody was in."""
    tried = {chain.name for chain in found.chains}
    early: dict[str, bool] = {}
    for phase in found.phases:
        chain, _, name = phase.name.partition(": ")
        if name not in _AFTER:
            early[chain] = early.get(chain, False) or phase.visible
    seen = [visible for chain, visible in early.items() if chain in tried] or [*early.values()]
    return bool(seen) and not any(seen)


def _begins_late(found: Slim) -> bool:
    """Whether none of the logs that would show an earlier entry reaches back far enough."""
    rows = [
        (known_time(c.from_), known_time(c.needed_from))
        for c in found.coverage
        if c.artifact in _SHOW_ENTRY
    ]
    return all(begins[:10] > needed[:10] for begins, needed in rows if begins and needed)


@cache
def disclosed(chain: str) -> str:
    """The day on which the hole that a chain begins with was public; empty when not known."""
    cves = knowledge.cves()
    names = [chain] if chain in cves else [c for c in cves if chain in cves[c].chains]
    return min((day for name in names if (day := cves[name].disclosed)), default="")


def phase_of(chain: str, when: str) -> str:
    """The phase of a chain's public life that a time falls into; empty when there is none."""
    day = when[:10]
    for phase in knowledge.phases():
        if phase.chain == chain and phase.from_ <= day and (phase.to is None or day < phase.to):
            return f"{chain}: {phase.name}"
    return ""


def events_of(found: Slim) -> Events:
    """The days of one server, and what each of its intruders did."""
    deeds: dict[str, set[str]] = defaultdict(set)
    for who in found.operators:
        if who.class_ != "intruder":
            continue
        if who.planted:
            deeds[who.id].add("planted")
        if set(who.visited) - set(who.planted):
            deeds[who.id].add("came through another's door")
        elif who.visited:
            deeds[who.id].add("came back through its door")
        if who.commands:
            deeds[who.id].add("ran commands")
    impacts: dict[str, set[str]] = defaultdict(set)
    for impact in found.impact:
        for operator in impact.operators:
            impacts[operator].add(impact.kind)
    return Events(
        planted=tuple(sorted(_day(d.planted) for d in found.backdoors if _day(d.planted))),
        visited=min(
            (
                day
                for door in found.backdoors
                for visitor in door.visitors
                if visitor.operator not in door.planted_by and (day := _day(visitor.first))
            ),
            default="",
        ),
        impacted=min((d for i in found.impact if (d := _day(i.when))), default=""),
        deeds={who: tuple(sorted(of)) for who, of in sorted(deeds.items())},
        impacts={who: tuple(sorted(of)) for who, of in sorted(impacts.items())},
    )


def clusters_of(
    servers: Sequence[ServerView],
    hands: Sequence[Hand],
    joined: Joined,
    events: Mapping[str, Events],
) -> tuple[tuple[ServerView, ...], tuple[Cluster, ...]]:
    """The servers with their standing in each cluster, and the clusters, the largest first."""
    by_name = {one.server: one for one in servers}
    standing: dict[str, list[Member]] = defaultdict(list)
    clusters = []
    refused = {(one.kind, one.value) for one in joined.refused}
    members = [[(hands[p].server, hands[p].operator) for p in group] for group in joined.groups]
    names = names_of(members, joined.links)
    for name, group, links, tied in zip(
        names, joined.groups, joined.links, joined.tied, strict=True
    ):
        of_server: dict[str, list[Hand]] = defaultdict(list)
        for place in group:
            of_server[hands[place].server].append(hands[place])
        by: dict[str, set[str]] = defaultdict(set)
        for link, places in zip(links, tied, strict=True):
            for place in places:
                by[hands[place].server].add(f"{link.kind}: {link.value}")
        order = sorted(of_server, key=lambda s: (_first(of_server[s]) or "~", s))
        early = planted = 0
        impact: set[str] = set()
        for place_of, server in enumerate(order, 1):
            mine = of_server[server]
            at = events[server]
            done = {d for hand in mine for d in at.deeds.get(hand.operator, ())}
            followed = {k for hand in mine for k in at.impacts.get(hand.operator, ())}
            first = _first(mine)
            public = [day for chain in by_name[server].chains if (day := disclosed(chain))]
            early += bool(first and public and first[:10] < min(public))
            planted += "planted" in done
            impact |= followed
            standing[server].append(
                Member(
                    cluster=name,
                    operators=tuple(sorted(hand.operator for hand in mine)),
                    first=first,
                    last=max((hand.last for hand in mine if hand.last), default=None),
                    place=place_of,
                    deeds=(*sorted(done), *sorted(followed)),
                    by=tuple(sorted(by[server])),
                )
            )
        clusters.append(
            Cluster(
                id=name,
                servers=len(order),
                organizations=len(
                    {holder(m.owner, m.server) for m in map(by_name.__getitem__, order)}
                ),
                before_disclosure=early,
                first=_first(hands[place] for place in group),
                last=max((hands[p].last or "" for p in group), default="") or None,
                planted=planted,
                impact=tuple(sorted(impact)),
                addresses=tuple(
                    value
                    for value in _values(hands, group, "address")
                    if ("address", value) not in refused
                ),
                page_names=_values(hands, group, "page name"),
                links=links,
                members=tuple(sorted((hands[p].server, hands[p].operator) for p in group)),
            )
        )
    told = tuple(
        msgspec.structs.replace(one, clusters=tuple(standing[one.server])) for one in servers
    )
    return told, tuple(clusters)


def _values(hands: Sequence[Hand], group: Sequence[int], kind: str) -> tuple[str, ...]:
    return tuple(sorted({s.value for p in group for s in hands[p].signs if s.kind == kind}))


def _first(hands: Iterable[Hand]) -> str | None:
    return min((hand.first for hand in hands if hand.first), default=None)


def _day(when: str | None) -> str:
    return (known_time(when) or "")[:10]


def _days(first: str, second: str) -> int:
    return (date.fromisoformat(second[:10]) - date.fromisoformat(first[:10])).days
