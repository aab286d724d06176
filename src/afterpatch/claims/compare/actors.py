"""How actors are named and tied to states: differently, by others, against each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from afterpatch.claims.compare.fact import fact, state_name
from afterpatch.claims.compare.statements import beyond_names, by_document
from afterpatch.claims.compare.synonyms import content_words
from afterpatch.claims.grammar.text import tokens
from afterpatch.claims.grammar.words import OFFICES, PEOPLE, THREATS, word_set
from afterpatch.claims.schema import BLAMING, NOBODY, Claim, Fact
from afterpatch.claims.who.names import entities_in

__all__ = ["aliases", "groups", "ties"]

COMPARED = 60  # claims on one culprit that are held against those on another
SHARED = 2  # content words that two tellings of one deed share at least


def ties(claims: Sequence[Claim]) -> Iterator[Fact]:
    """How closely an actor is tied to a state, said differently."""
    by_state: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        actor = claim.actor
        tied = actor and actor.state and actor.nexus != "unspecified"
        if tied and actor and actor.state and claim.stance in BLAMING:
            by_state[actor.state].append(claim)
    for state, same in sorted(by_state.items()):
        said: dict[str, list[Claim]] = defaultdict(list)
        for claim in same:  # a state that is accused outright is no tie to it
            charged = claim.stance == "accuses" and claim.speaker.type in NOBODY
            if claim.actor and claim.actor.nexus != "state" and not charged:
                said[claim.actor.nexus].append(claim)
        if len(said) > 1:
            kinds = sorted(said)
            told = "; ".join(
                f"{kind}: {', '.join(sorted({c.speaker.norm for c in said[kind]}))}"
                for kind in kinds
            )
            members = [c.id for kind in kinds for c in said[kind]]
            what = f"ties to {state_name(state)}: {told}"
            yield fact("strength-divergence", members, what, "nexus", kinds)
        yield from _tensions(state, same)


def _tensions(state: str, same: Sequence[Claim]) -> Iterator[Fact]:
    """A report whose speaker accuses the state here and names less there, or whose title says more
    than its text does."""
    voices: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in same:
        title = claim.salience == "headline"
        if claim.speaker.type not in NOBODY:
            voices[claim.doc_key, claim.speaker.government or claim.speaker.norm].append(claim)
        if title or claim.stance == "attributes":
            voices[claim.doc_key, ""].append(claim)
    for (doc, speaker), told in sorted(voices.items()):
        titles = [c for c in told if c.salience == "headline"]
        text = [c for c in told if c not in titles]
        strong = _strongest(told if speaker else titles)
        weak = [c for c in text if _strength(c) <= _NEXUS.index("linked-to-state-organ")]
        if strong is None or not weak or (not speaker and len(weak) < len(text)):
            continue
        least = "state-organ" if speaker else "state-sponsored"
        if _strength(strong) < _NEXUS.index(least):
            continue
        values = [c.actor.nexus for c in (strong, weak[0]) if c.actor]
        who = state_name(speaker) if speaker else "the title"
        yield fact(
            "internal-tension", [strong.id, weak[0].id],
            f"{doc}: {who} names {values[0]} of {state_name(state)} in one place and only "
            f"{values[1]} in another", "nexus", values,
        )  # fmt: skip


# How closely an actor is tied to a state, from the loosest.
_NEXUS = (
    "unspecified", "territory", "linked", "linked-to-state-organ", "state-sponsored",
    "state-backed", "paid-by-state", "state-controlled", "state-organ", "state",
)  # fmt: skip


def _strength(claim: Claim) -> int:
    return _NEXUS.index(claim.actor.nexus) if claim.actor else 0


def _strongest(claims: Sequence[Claim]) -> Claim | None:
    return max(claims, key=_strength, default=None)


def _own_name(claim: Claim) -> str | None:
    """The name that a text gives to a group, where it gives one: `the LockBit gang` is LockBit."""
    actor = claim.actor
    if actor is None or claim.salience == "headline":
        return None
    words = actor.norm.removeprefix("the ").removeprefix("The ").split()
    name = " ".join(w for w in words if w.lower() not in THREATS)
    told = set(name.lower().split()) & (OFFICES | PEOPLE | _POWERS)
    return name if _NAME.fullmatch(name) and not told else None


def _named(claims: Sequence[Claim]) -> dict[str, list[Claim]]:
    """Claims by the group that they are about: its id in ATT&CK, or a name of its own. A name that
    one report gives to a group of ATT&CK is that group's in the others too."""
    known = {
        name: claim.actor.attack_group.id
        for claim in claims
        if claim.actor and claim.actor.attack_group and (name := _own_name(claim))
    }
    found: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.actor is None or claim.stance == "denies":
            continue
        group, name = claim.actor.attack_group, _own_name(claim)
        if group is not None:
            if not group.others:
                found[group.id].append(claim)
        elif name is not None:
            found[known.get(name, name)].append(claim)
    return found


_POWERS = word_set(
    "government state regime ministry nation military army forces intelligence police spies "
    "service services office bureau agency embassy"
)
_NAME = re.compile(r"[A-Z][\w-]*(?: (?:[A-Z][\w-]*|\d+|of|the)){0,3}")
# What one firm calls a group that another may call otherwise: UNC5221, Storm-0558, DEV-0537.
_TRACKED = re.compile(r"(?!G\d{4}\b)[A-Za-z]+-?\d{2,}")


def groups(claims: Sequence[Claim]) -> Iterator[Fact]:
    """Named groups: the same in several reports, and others for the same deed."""
    named = {
        group: by_document(sorted(told, key=lambda c: c.salience == "headline"))
        for group, told in _named(claims).items()
    }
    states: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.actor and claim.actor.state and claim.stance in BLAMING and _strength(claim):
            states[claim.actor.state].append(claim)
    for group, by_doc in sorted(named.items()):
        if len(by_doc) < 2:
            continue
        members = [by_doc[d][0].id for d in sorted(by_doc)]
        names = {c.actor.text for told in by_doc.values() for c in told[:1] if c.actor}
        called = f"{' = '.join(sorted(names))} ({group})" if names != {group} else group
        yield fact(
            "agreement-on-actor", members, f"{called} named in {', '.join(sorted(by_doc))}",
            "actor.attack_group", [group] * len(members),
        )  # fmt: skip
        said = [
            next((c for c in by_doc[d] if c.speaker.type not in NOBODY), None)
            for d in sorted(by_doc)
        ]
        speakers = [c.speaker.norm for c in said if c]
        if len(set(speakers)) > 1:
            yield fact(
                "speaker-divergence", [c.id for c in said if c],
                f"{called}: {', '.join(dict.fromkeys(speakers))}", "speaker", speakers,
            )  # fmt: skip
    told = {group: own for group, own in named.items() if not _TRACKED.fullmatch(group)}
    yield from _instead(told, "different groups, no alias in common", "actor.attack_group")
    yield from _instead(
        {state: by_document(own) for state, own in states.items()},
        "different states",
        "actor.state",
    )


# What stands between two names that a report takes for one group's.
_ALSO = re.compile(
    r"\s*(?:,\s*)?(?:\(?\s*(?:which\s+\w+(?:\s+\w+)?\s+|(?:is|are|was)\s+)?(?:also\s+|better\s+|"
    r"sometimes\s+)?(?:known|called|tracked|dubbed|named|tracks?|calls?)(?:\s+(?:as|by\s+\w+\s+as))?|"
    r"\(?\s*a\.?k\.?a\.?|\(?\s*alias|\(|,\s*or)\s*[“\"]?",
    re.IGNORECASE,
)


def aliases(claims: Sequence[Claim]) -> Iterator[Fact]:
    """Two names that a sentence takes for one group's, and ATT&CK gives to two groups."""
    sentences = {(c.doc_key, c.span.start): c for c in reversed(claims) if c.actor}
    for _, claim in sorted(sentences.items()):
        for names, ids in _taken_for_one(claim.span.text):
            told = " and ".join(f"{name} ({group})" for name, group in zip(names, ids, strict=True))
            yield fact(
                "alias-conflict", [claim.id],
                f"{claim.doc_key} takes {told} for one group: in ATT&CK they are two",
                "actor.attack_group", ids,
            )  # fmt: skip


def _taken_for_one(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """The names, and the groups they stand for, of `APT28, also known as Cozy Bear`."""
    words = tokens(text)
    named = [e for e in entities_in(words, text, 0) if e.group and not e.group.others]
    for pair in pairwise(named):
        spans = [(words[e.span[0]].start, words[e.span[1] - 1].end) for e in pair]
        ids = [e.group.id for e in pair if e.group]
        if ids[0] != ids[1] and _ALSO.fullmatch(text[spans[0][1] : spans[1][0]]):
            yield [text[a:b] for a, b in spans], ids


def _instead(named: dict[str, dict[str, list[Claim]]], what: str, field: str) -> Iterator[Fact]:
    """One culprit in one report where another names another, and none names both."""
    blamed = {
        name: {doc: [c for c in told if c.stance in BLAMING] for doc, told in by_doc.items()}
        for name, by_doc in named.items()
    }
    for one, other in combinations(sorted(named), 2):
        a = {d: own for d, own in blamed[one].items() if own}
        b = {d: own for d, own in blamed[other].items() if own}
        if not a or not b or set(named[one]) & set(named[other]) or not _one_deed(a, b):
            continue
        chosen = [(a.get(d) or b[d])[0] for d in sorted({*a, *b})]
        names = "; ".join(f"{c.doc_key} names {c.actor.text}" for c in chosen if c.actor)
        yield fact(
            "contradiction", [c.id for c in chosen],
            f"{names} ({state_name(one)}, {state_name(other)}): {what}", field, [one, other],
        )  # fmt: skip


def _one_deed(a: dict[str, list[Claim]], b: dict[str, list[Claim]]) -> bool:
    """Whether a claim of one culprit and one of another tell of the same deed in like words, or
    their names differ in a digit: likely a slip in one report."""
    one, other = ([c for own in side.values() for c in own][:COMPARED] for side in (a, b))
    return any(_of_one_deed(x, y) or _look_alike(x, y) for x in one for y in other)


def _of_one_deed(x: Claim, y: Claim) -> bool:
    # "X blamed Y" names no deed of its own: it is that of which the reports tell
    bare = not _deed(x) or not _deed(y)
    return bare or len(_deed(x) & _deed(y)) >= SHARED


# What is said of any culprit.
_OF_ANY = content_words(
    "group hackers known believed suspected linked called named blamed two country state government"
)


def _deed(claim: Claim) -> frozenset[str]:
    """What a claim says was done, without the names of who did it and who says so."""
    words = beyond_names(claim.span.text, claim) - _OF_ANY
    return frozenset(word for word in words if not word[0].isdigit())


def _look_alike(one: Claim, other: Claim) -> bool:
    """Numbered names of one series that differ in one digit."""
    names = [c.actor.norm if c.actor else "" for c in (one, other)]
    a, b = (re.fullmatch(r"([A-Za-z-]+)[ -]?(\d+)", name) for name in names)
    if a is None or b is None or a[1].lower() != b[1].lower() or len(a[2]) != len(b[2]):
        return False
    changed = [digit for digit in zip(a[2], b[2], strict=True) if digit[0] != digit[1]]
    return len(changed) == 1
