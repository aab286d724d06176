"""Who says the same in several reports, and what some of them leave out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from afterpatch.claims.compare.fact import fact, in_short, state_name
from afterpatch.claims.compare.statements import Pair
from afterpatch.claims.compare.synonyms import content_words
from afterpatch.claims.schema import Claim, Fact

__all__ = ["agreements", "same_voice", "silence"]

_NO_STEP = re.compile(
    r"\bno (?:\w+ ){0,4}?(?:sanctions|measures|retaliation|penalt(?:y|ies)|consequences)\b",
    re.IGNORECASE,
)
_UNNAMED = ("unspecified", "narrator", "anonymous")
_TYING = ("attributes", "accuses", "assesses")
_STATES = ("government", "intergovernmental", "government-group", "government-agency")


def same_voice(a: Claim, b: Claim) -> bool:
    """Whether two claims have one speaker; of those without a name, the same kind of speaker."""
    if a.speaker.norm == b.speaker.norm:
        return True
    return a.speaker.type == b.speaker.type and a.speaker.type in _UNNAMED


def _about(claim: Claim) -> str:
    """Whom a claim is about: a group, a state, or nobody."""
    actor = claim.actor
    if actor is None:
        return ""
    return actor.attack_group.id if actor.attack_group else actor.state or actor.norm.lower()


def _key(claim: Claim) -> tuple[str, str, str] | None:
    """The statement that a claim makes as far as its fields tell: speaker, stance, whom it is
    about. None where they don't: then its words must."""
    kind = claim.speaker.type
    if _NO_STEP.search((claim.content or claim.span).text):
        return "", "no step", ""
    if kind in _UNNAMED:
        return None
    if claim.stance == "denies":
        # for a state speak its ministries, embassies and spokespeople, whether they name it or not
        own, about = claim.speaker.government, _about(claim)
        return own or claim.speaker.norm, "denies", about if about != own else ""
    if claim.stance == "accuses" and claim.actor is not None:
        return claim.speaker.norm, "accuses", _about(claim)
    return None


def agreements(
    claims: Sequence[Claim], pairs: Sequence[Pair], source: dict[str, int]
) -> Iterator[Fact]:
    """The same speaker with the same statement in several reports: one claim of each."""
    groups: dict[tuple[str, str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        key = _key(claim)
        if key is not None:
            groups[key].append(claim)
    for (speaker, stance, about), same in sorted(groups.items()):
        firsts = _first_of_each(same)
        if len(firsts) < 2:
            continue
        docs = [c.doc_key for c in firsts]
        what = "no sanctions or other step"
        if stance != "no step":
            what = f"{state_name(speaker)} {stance} {state_name(about)}".rstrip()
        field = {"no step": "speaker", "denies": "scope"}.get(stance)
        summary = f"{', '.join(docs)}: {what}; {_independently(docs, source)}"
        yield fact("agreement", [c.id for c in firsts], summary, field)
    yield from _in_like_words(claims, pairs, source)


def _in_like_words(
    claims: Sequence[Claim], pairs: Sequence[Pair], source: dict[str, int]
) -> Iterator[Fact]:
    """The same speaker who ties an actor to the deed in like sentences, or who says the same words
    in sentences that are not alike: what the fields alone do not tell."""
    joined: dict[str, set[str]] = defaultdict(set)
    alike: set[frozenset[tuple[str, int]]] = set()

    def join(a: Claim, b: Claim) -> None:
        joined[a.id].add(b.id)
        joined[b.id].add(a.id)

    for pair in pairs:
        alike.add(frozenset({(s.doc, s.start) for s in (pair.one, pair.other)}))
        for a in pair.one.claims:
            for b in pair.other.claims:
                ties = a.actor and a.stance == b.stance in _TYING and _about(a) == _about(b)
                named = a.speaker.type not in _UNNAMED and a.speaker.norm == b.speaker.norm
                if named and ties and not _key(a) and not _key(b):
                    join(a, b)
    said: dict[tuple[str, frozenset[str]], list[Claim]] = defaultdict(list)
    quoted: dict[frozenset[str], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.content is not None and claim.speaker.type not in _UNNAMED and not _key(claim):
            words = content_words(claim.content.text)
            if len(words) > 2:
                said[claim.speaker.norm, words].append(claim)
        for piece in claim.quoted:
            words = content_words(piece.text)
            if len(words) > 3:
                quoted[words].append(claim)
    for same in said.values():
        for b in same[1:]:
            places = frozenset({(c.doc_key, c.span.start) for c in (same[0], b)})
            if places not in alike and same[0].doc_key != b.doc_key:
                join(same[0], b)
    for same in quoted.values():
        for b in same[1:]:
            one_text = same[0].span.text == b.span.text  # a copy is told as one
            if same[0].doc_key != b.doc_key and not one_text and _one_person(same[0], b):
                join(same[0], b)
    by_id = {c.id: c for c in claims}
    done: set[str] = set()
    for claim in claims:
        if claim.id not in joined or claim.id in done:
            continue
        group, open_ = {claim.id}, [claim.id]
        while open_:
            new = joined[open_.pop()] - group
            group |= new
            open_ += new
        done |= group
        told = sorted((by_id[i] for i in group), key=lambda c: (c.doc_key, c.span.start))
        firsts = _first_of_each(told)
        docs = [c.doc_key for c in firsts]
        yield fact(
            "agreement", [c.id for c in firsts],
            f"{', '.join(docs)}: {claim.speaker.norm} {claim.stance} "
            f"{in_short((claim.content or claim.span).text)}; {_independently(docs, source)}",
        )  # fmt: skip


def _one_person(a: Claim, b: Claim) -> bool:
    """Whether two claims have one speaker, by the whole name or the last part of it."""
    one, other = a.speaker.norm, b.speaker.norm
    return one == other or one.split()[-1:] == other.split()[-1:]


def _first_of_each(same: Sequence[Claim]) -> list[Claim]:
    """The first claim of each report, but a sentence of the text before a headline."""
    first: dict[str, Claim] = {}
    for claim in same:
        held = first.setdefault(claim.doc_key, claim)
        if held.salience == "headline" and claim.salience != "headline":
            first[claim.doc_key] = claim
    return [first[key] for key in sorted(first)]


def _independently(docs: Sequence[str], source: dict[str, int]) -> str:
    count = len({source[d] for d in docs})
    return "one source, so this is repetition" if count == 1 else f"{count} independent sources"


def silence(claims: Sequence[Claim]) -> Iterator[Fact]:
    """Denials of the accused that some reports leave out, and accusers that only one names."""
    accusing: dict[str, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in claims:
        if claim.actor and claim.actor.state and claim.stance in ("accuses", "attributes"):
            accusing[claim.actor.state][claim.doc_key].append(claim)
    for state, by_doc in sorted(accusing.items()):
        denials = [
            c for c in claims
            if c.stance == "denies" and state in (c.speaker.government, c.actor and c.actor.state)
        ]  # fmt: skip
        silent = sorted(set(by_doc) - {c.doc_key for c in denials})
        if denials and silent:
            yield fact(
                "omission", [c.id for c in denials],
                f"no denial by {state_name(state)} in {', '.join(silent)}", "missing_in", silent,
            )  # fmt: skip
        named: dict[str, dict[str, str]] = defaultdict(dict)
        for told in by_doc.values():
            for claim in told:
                if claim.stance == "accuses" and claim.speaker.type in _STATES[:2]:
                    named[claim.speaker.norm].setdefault(claim.doc_key, claim.id)
        only: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, places in named.items():
            if len(places) == 1:
                ((key, claim_id),) = places.items()
                only[key].append((name, claim_id))
        for key, rows in sorted(only.items()):
            if len(by_doc) > 1:
                yield fact(
                    "addition", [i for _, i in rows],
                    f"only {key} names {', '.join(n for n, _ in rows)} as accusing "
                    f"{state_name(state)}",
                )  # fmt: skip
