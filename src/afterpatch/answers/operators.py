"""Who came: the fewest hands that the evidence supports, and what holds each together.

Clients become one hand when enough speaks for it: what only one hand can know or have (a secret of
a request, a session, an account it made or stole, a file it left under a name of its own) weighs
four, a program nobody else uses three, lesser signs one or two; what speaks against it is taken
off. From three on they are one. A name or a tool that many know is no sign: web shells were used by
groups that had not planted them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import msgspec
from msgspec import Struct

from afterpatch.answers.acts import Act
from afterpatch.answers.case import proves
from afterpatch.answers.implants import PAGE, REMOVED
from afterpatch.answers.joins import Ties
from afterpatch.answers.scene import Class, Client, ClientKey, Scene, counts, door_of
from afterpatch.answers.signs import rare_agents, signs
from afterpatch.model import Backdoor, Comparison, Finding, Hands, Operator, Visitor
from afterpatch.times import seconds

__all__ = ["Answer", "operators"]

_ENOUGH = 3
_SHARED_BY = 12  # clients that have a sign in common before it is too common to be one
# What only one hand knows or has is its own from however many addresses it comes.
_ITS_OWN = ("agent", "secret", "session")
_PEOPLE = 3  # clients of whom nothing else is known, who fetch a file because a page names it
_COMPARED = 200  # pairs of clients that the assessment tells of
_AT_ONCE = 30.0  # seconds between two clients' requests that are made at the same time
_PLANTING_SECONDS = 3600
_SKEW_SECONDS = 60
_DAY = 86_400
# Rules whose record is of the moment in which the door was made.
_MADE_BY = ("exchange-web-file-written", "exchange-export-page-written", "exchange-page-compiled")


class Answer(Struct, frozen=True):
    """The hands, the doors with who came through them, and which record is whose.

    `used` are the doors to which an intruder sent work that was answered.
    """

    operators: tuple[Operator, ...]
    backdoors: tuple[Backdoor, ...]
    comparisons: tuple[Comparison, ...]
    hands: Hands
    used: frozenset[str]
    operator_of: dict[str, str]
    backdoors_of: dict[str, tuple[str, ...]]


def operators(doors: Sequence[Backdoor], scene: Scene, ties: Ties) -> Answer:
    """The operators in order of their first deed, everybody listed who did what others don't.

    Nobody is listed for what only supports, or for what everybody does.
    """
    listed = [c for c in scene.clients.values() if _is_listed(c)]
    tied = _tied(scene, ties)
    groups, comparisons = _groups(listed, scene, tied)
    ordered = sorted(groups, key=lambda g: (min(_first(c) for c in g), g[0].key))
    sent = _planting(ordered, tied)
    planters = {
        door.id: planter.key
        for door in doors
        if (planter := _planter(door, ordered, tied, sent, ties)) is not None
    }
    visitors = {door.id: _visitors(door, ordered, scene) for door in doors}
    names = {c.key: f"op-{n}" for n, group in enumerate(ordered, 1) for c in group}
    operator_of: dict[str, str] = {}
    hands = []
    for number, group in enumerate(ordered, 1):
        name = f"op-{number}"
        done = _acts(group, tied)
        for act in done:
            for record in act.records:
                operator_of[record] = name
        planted = tuple(door for door, planter in planters.items() if names[planter] == name)
        came = [v for of_door in visitors.values() for v in of_door if v.operator == name]
        hands.append(_operator(name, group, done, planted, came, comparisons, scene))
    found = tuple(
        msgspec.structs.replace(
            door,
            planted_by=(names[planters[door.id]],) if door.id in planters else (),
            visitors=visitors[door.id],
        )
        for door in doors
    )
    return Answer(
        operators=tuple(hands),
        backdoors=found,
        comparisons=tuple(comparisons[:_COMPARED]),
        hands=_hands(hands, scene, listed, got_in=bool(doors) or _got_in(scene)),
        used=frozenset(
            door
            for client in listed
            if client.class_ == "intruder"
            for door, visits in client.visits.items()
            if any(act.is_answered and act.is_work for act in visits)
        ),
        operator_of=operator_of,
        backdoors_of=_backdoors_of(scene, doors),
    )


def _is_listed(client: Client) -> bool:
    return client.class_ == "intruder" or any(
        counts(finding) for act in client.acts for finding in act.findings
    )


def _first(client: Client) -> str:
    return min((a.when for a in client.deeds or client.acts if a.when), default="~")


def _tied(scene: Scene, ties: Ties) -> dict[ClientKey, list[Act]]:
    """The acts that name nobody, by the client that did them."""
    found: dict[ClientKey, list[Act]] = {}
    for act in scene.loose:
        if act.id in ties.client_of:
            found.setdefault(ties.client_of[act.id], []).append(act)
    return found


def _acts(group: Iterable[Client], tied: Mapping[ClientKey, Sequence[Act]]) -> list[Act]:
    done = (act for client in group for act in (*client.acts, *tied.get(client.key, ())))
    return sorted(done, key=lambda act: (act.when or "~", act.id))


# ---------------------------------------------------------------- one hand or two


def _groups(
    listed: Sequence[Client], scene: Scene, tied: Mapping[ClientKey, Sequence[Act]]
) -> tuple[list[list[Client]], list[Comparison]]:
    """The listed clients by hand, with those others that a sign ties to an intruder; and what was
    compared, in order."""
    rare = rare_agents(scene)
    intruders = {c.key for c in listed if c.class_ == "intruder"}
    known = {c.key for c in listed}
    # Scanners look alike, and what a responder does is told apart already.
    may = [
        c
        for c in scene.clients.values()
        if c.class_ == "intruder"
        or (c.class_ == "unknown" and not (c.accounts and rare.isdisjoint(c.agents)))
    ]
    signs_of = {c.key: signs(c, tied.get(c.key, ()), scene, rare) for c in may}
    having: dict[tuple[str, str], list[ClientKey]] = {}
    for key, found in signs_of.items():
        for sign in found:
            having.setdefault((sign.kind, sign.value), []).append(key)
    tell = {
        s
        for found in signs_of.values()
        for s in found
        if len(having[s.kind, s.value]) <= _SHARED_BY
        or (s.kind in _ITS_OWN and s.weight >= _ENOUGH)
    }
    fetched_by_people = {
        s
        for s in tell
        if s.kind == "staged" and len(set(having[s.kind, s.value]) - known) >= _PEOPLE
    }
    pairs = {
        tuple(sorted(pair))
        for s in tell
        for pair in _compared(having[s.kind, s.value], intruders)
        if not intruders.isdisjoint(pair)
    }
    hand_of = {key: key for key in signs_of}

    def hand(key: ClientKey) -> ClientKey:
        while hand_of[key] != key:
            key = hand_of[key]
        return key

    compared = []
    for one, other in sorted(pairs):
        in_common = sorted(
            s
            for s in signs_of[one] & signs_of[other] & tell
            # Of who did nothing of note it says nothing to have what others have too.
            if (s.weight > 1 and s not in fetched_by_people) or known.issuperset((one, other))
        )
        against = _against(scene.clients[one], scene.clients[other])
        weights = {
            kind: max(s.weight for s in in_common if s.kind == kind)
            for kind in {s.kind for s in in_common}
        }
        # Of whom nothing else is known it takes a sign that is one hand's alone.
        alone = max(weights.values(), default=0) >= _ENOUGH or intruders.issuperset((one, other))
        merged = alone and sum(weights.values()) - len(against) >= _ENOUGH
        if merged:
            first, second = sorted((hand(one), hand(other)))
            hand_of[second] = first
        compared.append(
            Comparison(
                (_called(one), _called(other)),
                merged,
                tuple(dict.fromkeys(s.words for s in in_common)),
                tuple(against),
            )
        )
    groups: dict[ClientKey, list[Client]] = {}
    for key in sorted(signs_of):
        groups.setdefault(hand(key), []).append(scene.clients[key])
    told = [g for g in groups.values() if any(c.key in known for c in g)]
    told += [[c] for c in listed if c.key not in signs_of]
    return told, compared


def _compared(
    keys: Sequence[ClientKey], intruders: set[ClientKey]
) -> Iterable[tuple[ClientKey, ClientKey]]:
    """Each with each, and where they are too many for that, each with one intruder among them."""
    if len(keys) <= _SHARED_BY:
        return combinations(keys, 2)
    one = next((key for key in keys if key in intruders), keys[0])
    return ((one, key) for key in keys if key != one)


def _called(key: ClientKey) -> str:
    return f"{key[0]} with {key[1]}" if key[1] else key[0]


def _against(one: Client, other: Client) -> list[str]:
    """What speaks against two clients being one hand."""
    said: list[str] = []
    if one.address == other.address:
        return said
    times = sorted(a.at for a in other.deeds if a.at is not None)
    at_once = 0
    for act in one.deeds:
        if act.at is None:
            continue
        at = bisect_left(times, act.at - _AT_ONCE)
        at_once += at < len(times) and times[at] <= act.at + _AT_ONCE
    if at_once > 1 and not one.agents.keys() & other.agents.keys():
        said.append(f"at work at the same time {at_once} times, with different agents")
    return said


# ---------------------------------------------------------------- one operator


def _operator(
    name: str,
    group: Sequence[Client],
    done: Sequence[Act],
    planted: tuple[str, ...],
    came: Sequence[Visitor],
    comparisons: Sequence[Comparison],
    scene: Scene,
) -> Operator:
    findings = [f for act in done for f in act.findings]
    times = sorted(
        {t for v in came for t in (v.first, v.last) if t} | {a.when for a in done if a.when}
    )
    called = {_called(c.key) for c in group}
    merged = [c for c in comparisons if c.merged and called.issuperset(c.clients)]
    joined = dict.fromkeys(words for c in merged for words in c.evidence_for)
    agents = {a.actor.user_agent for a in done if a.actor.user_agent and a.side != "back"}
    return Operator(
        id=name,
        addresses=tuple(sorted({c.address for c in group})),
        user_agents=tuple(sorted(agents)),
        planted=planted,
        visited=tuple(sorted({d for c in group for d, v in c.visits.items() if _answered(v)})),
        first=times[0] if times else None,
        last=times[-1] if times else None,
        actions=tuple(sorted({f.title for f in findings})),
        class_=_class(group),
        joined_by=(
            "same address and user agent" if any(c.key[1] for c in group) else "same address",
            *joined,
        ),
        findings=tuple(dict.fromkeys(f.id for f in findings)),
        shared_addresses=tuple(sorted({c.address for c in group} & scene.shared.keys())),
        accounts=tuple(sorted({a for c in group for a in c.accounts})),
        commands=tuple(dict.fromkeys(a.object.command for a in done if a.object.command)),
        records=len(done),
    )


def _class(group: Sequence[Client]) -> Class:
    order: tuple[Class, ...] = ("intruder", "unknown", "responder", "scanner")
    return min((c.class_ for c in group), key=order.index)


def _answered(visits: Sequence[Act]) -> int:
    return sum(1 for act in _once(visits) if act.is_answered)


def _once(visits: Sequence[Act]) -> list[Act]:
    """Requests told once: as the web server got them, else as the front end passed them on."""
    got = [act for act in visits if act.side == "front"]
    return got or [act for act in visits if act.side == "proxy"]


# ---------------------------------------------------------------- doors


def _planter(
    door: Backdoor,
    groups: Sequence[Sequence[Client]],
    tied: Mapping[ClientKey, Sequence[Act]],
    sent: Sequence[tuple[Act, Client]],
    ties: Ties,
) -> Client | None:
    """Who left the door, None when the evidence does not tell.

    Who did what wrote or made it; else who sent the last planting request before it was there; else
    the only hand that sent any (`sent`, in order of time) in the day before the first answer it
    gave.
    """
    clients = [c for group in groups for c in group]
    proofs = set(door.findings)
    made = [
        (act.when or "~", client.key, client)
        for client in clients
        for act in (*client.acts, *tied.get(client.key, ()))
        if not act.is_request and any(f.id in proofs and _makes(f, door) for f in act.findings)
    ]
    if made:
        return min(made, key=lambda m: m[:2])[2]
    if door.planted:
        end = seconds(door.planted) + _SKEW_SECONDS
        before = [c for act, c in sent if end - _PLANTING_SECONDS <= (ties.at(act) or 0.0) <= end]
        if before:
            return before[-1]
    if door.visits.first:
        end = seconds(door.visits.first) + _SKEW_SECONDS
        before = [c for act, c in sent if end - _DAY <= (act.at or 0.0) <= end]
        if before and any({c.key for c in before} <= {c.key for c in group} for group in groups):
            return before[-1]
    return None


def _makes(finding: Finding, door: Backdoor) -> bool:
    """Whether it tells of the moment in which the door was made."""
    if door.kind == PAGE:
        return finding.rule in _MADE_BY
    return finding.outcome != "attempt" and not finding.rule.endswith(REMOVED)


def _planting(
    groups: Sequence[Sequence[Client]], tied: Mapping[ClientKey, Sequence[Act]]
) -> list[tuple[Act, Client]]:
    """The requests that may leave something, with who sent them, in order of time."""
    return sorted(
        (
            (act, client)
            for group in groups
            for client in group
            for act in (*client.acts, *tied.get(client.key, ()))
            if act.at is not None and any(_plants(f) for f in act.findings)
        ),
        key=lambda pair: (pair[0].at, pair[1].key),
    )


def _plants(finding: Finding) -> bool:
    """Whether it tells of a request that may leave something: one of a chain, answered."""
    return (
        finding.question == "exploited"
        and finding.chain is not None
        and finding.outcome != "attempt"
        and finding.look_alike is None
    )


def _visitors(
    door: Backdoor, groups: Sequence[Sequence[Client]], scene: Scene
) -> tuple[Visitor, ...]:
    found = []
    for number, group in enumerate(groups, 1):
        visits = _once([a for c in group for a in c.visits.get(door.id, ())])
        if not visits:
            continue
        times = {a.when for a in visits if a.when}
        count, answered = len(visits), _answered(visits)
        for address in {c.address for c in group} - scene.shared.keys():
            # Of a flood some records are kept, and all are counted.
            if (all_of := scene.counted.get((address, door.id))) is not None:
                kept = [a for a in visits if a.actor.address == address]
                count += max(0, all_of.count - len(kept))
                answered += max(0, all_of.answered - _answered(kept))
                times.update(t for t in (all_of.first, all_of.last) if t)
        first, last = min(times, default=None), max(times, default=None)
        found.append(Visitor(f"op-{number}", first, last, count, answered))
    return tuple(sorted(found, key=lambda v: (v.first or "~", v.operator)))


def _backdoors_of(scene: Scene, doors: Sequence[Backdoor]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for door in doors:
        for record in door.findings:
            found.setdefault(record, set()).add(door.id)
    for act in scene.acts:
        if (name := door_of(act, scene.doors)) is not None:
            for record in act.records:
                found.setdefault(record, set()).add(name)
    return {record: tuple(sorted(names)) for record, names in sorted(found.items())}


# ---------------------------------------------------------------- how many


def _got_in(scene: Scene) -> bool:
    return any(
        proves(f) and f.question in ("exploited", "used", "impacted")
        for act in scene.acts
        for f in act.findings
    )


def _hands(
    hands: Sequence[Operator], scene: Scene, listed: Sequence[Client], *, got_in: bool
) -> Hands:
    intruders = [h for h in hands if h.class_ == "intruder"]
    through = {c.address for c in listed if c.class_ == "intruder"}
    tell = not through or not through <= scene.shared.keys()
    if not intruders:
        note = "no log names who got in" if got_in else "nobody is seen to have got in"
    elif tell:
        note = f"at least {len(intruders)}: those that the evidence can tell apart"
    else:
        shown = ", ".join(sorted(through)[:3])
        note = (
            f"addresses can't tell hands apart: every request came through {shown} "
            f"({scene.shared[min(through)]}); told by agents, parameters, sessions and rhythm, "
            f"at least {len(intruders)}"
        )
    return Hands(max(len(intruders), int(got_in)), tell, note)
