"""How actors are named and tied to states: differently, by others, against each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from afterpatch.claims.compare.fact import fact
from afterpatch.claims.grammar.words import OFFICES, PEOPLE, THREATS
from afterpatch.claims.schema import Claim, Fact

__all__ = ["groups", "ties"]

_OF_ACTORS = ("attributes", "accuses")
_NOBODY = ("narrator", "unspecified")


def ties(claims: Sequence[Claim]) -> Iterator[Fact]:
    """How closely an actor is tied to a state, said differently."""
    by_state: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        actor = claim.actor
        tied = actor and actor.state and actor.nexus != "unspecified"
        if tied and actor and actor.state and claim.stance in _OF_ACTORS:
            by_state[actor.state].append(claim)
    for state, same in sorted(by_state.items()):
        said: dict[str, list[Claim]] = defaultdict(list)
        for claim in same:  # a state that is accused outright is no tie to it
            if claim.actor and claim.actor.nexus != "state" and claim.stance == "attributes":
                said[claim.actor.nexus].append(claim)
        if len(said) > 1:
            kinds = sorted(said)
            told = "; ".join(
                f"{kind}: {', '.join(sorted({c.speaker.norm for c in said[kind]}))}"
                for kind in kinds
            )
            members = [c.id for kind in kinds for c in said[kind]]
            yield fact("strength-divergence", members, f"ties to {state}: {told}", "nexus", kinds)
        own: dict[tuple[str, str], dict[str, Claim]] = defaultdict(dict)
        for claim in same:
            if claim.actor and claim.speaker.type not in ("unspecified", "narrator"):
                own[claim.doc_key, claim.speaker.norm].setdefault(claim.actor.nexus, claim)
        for (doc, speaker), by_nexus in sorted(own.items()):
            weaker = next((n for n in ("territory", "linked") if n in by_nexus), None)
            if "state" in by_nexus and weaker is not None:
                yield fact(
                    "internal-tension", [by_nexus["state"].id, by_nexus[weaker].id],
                    f"{doc}: {speaker} accuses the state in one place and names only {weaker} in "
                    "another", "nexus", ["state", weaker],
                )  # fmt: skip


def _name(claim: Claim) -> str | None:
    """The group that a claim is about: its id in ATT&CK, or a name of its own."""
    actor = claim.actor
    if actor is None:
        return None
    if actor.attack_group:
        return None if actor.attack_group.others else actor.attack_group.id
    told = set(actor.norm.lower().split()) & (THREATS | OFFICES | PEOPLE | _POWERS)
    own = _NAME.fullmatch(actor.norm) and not told and claim.salience != "headline"
    return actor.norm if own and actor.nexus in ("unspecified", "linked") else None


_POWERS = frozenset({"government", "state", "regime", "ministry", "nation"})
_NAME = re.compile(r"[A-Z][\w-]*(?: (?:[A-Z][\w-]*|\d+|of|the)){0,3}")


def groups(claims: Sequence[Claim]) -> Iterator[Fact]:
    """Named groups: the same in several reports, and others for the same deed."""
    named: dict[str, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    states: dict[str, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in claims:
        name = _name(claim)
        if name is not None and claim.stance != "denies":
            named[name][claim.doc_key].append(claim)
        state = claim.actor.state if claim.actor else None
        if state and claim.stance in _OF_ACTORS:
            states[state][claim.doc_key].append(claim)
    for group, by_doc in sorted(named.items()):
        if len(by_doc) < 2:
            continue
        members = [by_doc[d][0].id for d in sorted(by_doc)]
        yield fact(
            "agreement-on-actor", members, f"{group} named in {', '.join(sorted(by_doc))}",
            "actor.attack_group", [group] * len(members),
        )  # fmt: skip
        said = [
            next((c for c in by_doc[d] if c.speaker.type not in _NOBODY), None)
            for d in sorted(by_doc)
        ]
        speakers = [c.speaker.norm for c in said if c]
        if len(set(speakers)) > 1:
            yield fact(
                "speaker-divergence", [c.id for c in said if c],
                f"{group}: {', '.join(dict.fromkeys(speakers))}", "speaker", speakers,
            )  # fmt: skip
    yield from _instead(named, "different groups, no alias in common", "actor.attack_group")
    yield from _instead(states, "different states", "actor.state")


def _instead(named: dict[str, dict[str, list[Claim]]], what: str, field: str) -> Iterator[Fact]:
    """One culprit in one report where another names another, and none names both."""
    blamed = {
        name: {doc: [c for c in told if c.stance in _OF_ACTORS] for doc, told in by_doc.items()}
        for name, by_doc in named.items()
    }
    for one, other in combinations(sorted(named), 2):
        a = {d: own for d, own in blamed[one].items() if own}
        b = {d: own for d, own in blamed[other].items() if own}
        if not a or not b or set(named[one]) & set(named[other]):
            continue
        chosen = [a[d][0] for d in sorted(a)] + [b[d][0] for d in sorted(b)]
        names = "; ".join(f"{c.doc_key} names {c.actor.text}" for c in chosen if c.actor)
        yield fact(
            "contradiction", [c.id for c in chosen], f"{names} ({one}, {other}): {what}", field,
            [one, other],
        )  # fmt: skip
