"""Who says the same in several reports, and what some of them leave out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations

from afterpatch.claims.compare.fact import fact, in_short, state_name
from afterpatch.claims.compare.joined import joined
from afterpatch.claims.compare.statements import UNNAMED, Pair, beyond_names, culprit
from afterpatch.claims.compare.synonyms import content_words
from afterpatch.claims.grammar.text import tokens
from afterpatch.claims.schema import BLAMING, Claim, Fact
from afterpatch.claims.who.names import entities_in

__all__ = ["agreements", "silence"]

_NO_STEP = re.compile(
    r"\bno (?:\w+ ){0,4}?(?:sanctions|measures|retaliation|penalt(?:y|ies)|consequences)\b",
    re.IGNORECASE,
)
_TYING = ("attributes", "accuses", "assesses")
QUOTED = 4  # content words from which the same words in quotation marks are one quotation


def _about(claim: Claim) -> str:
    """Whom a claim is about: a group, a state, or nobody."""
    return culprit(claim) or (claim.actor.norm.lower() if claim.actor else "")


def _key(claim: Claim) -> tuple[str, str, str] | None:
    """The statement that a claim makes as far as its fields tell: speaker, stance, whom it is
    about. None where they don't: then its words must."""
    text = claim.said.text
    speaker = claim.speaker
    if _NO_STEP.search(text):  # no sanctions against China, whoever says so
        against = _state_in(text, speaker.government)
        return ("", "no step", against) if against else None
    if speaker.type in UNNAMED:
        return None
    if claim.stance == "denies":
        # for a state speak its ministries, embassies and spokespeople, whether they name it or not
        about = _about(claim)
        return (
            speaker.government or speaker.norm,
            "denies",
            "" if about == speaker.government else about,
        )
    if claim.stance == "accuses" and claim.actor is not None:
        return speaker.norm, "accuses", _about(claim)
    return None


@lru_cache(maxsize=10_000)
def _state_in(text: str, but: str | None) -> str:
    """The first state that a text names, other than the speaker's own."""
    words = tokens(text)
    named = (e.state for e in entities_in(words, text, 0) if e.kind in ("state", "demonym"))
    return next((state for state in named if state and state != but), "")


def agreements(
    claims: Sequence[Claim], pairs: Sequence[Pair], source: dict[str, int]
) -> Iterator[Fact]:
    """The same speaker with the same statement in several reports: one claim of each."""
    groups: dict[tuple[str, str, str], list[Claim]] = defaultdict(list)
    others: list[Claim] = []  # whose fields do not tell it
    for claim in claims:
        key = _key(claim)
        if key is None:
            others.append(claim)
        else:
            groups[key].append(claim)
    for (speaker, stance, about), told in sorted(groups.items()):
        for same in _of_one_matter(told) if stance != "no step" else [told]:
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
    quotations = _quotations(claims)
    yield from _in_like_words(others, quotations, pairs, source)
    yield from _other_mouths(quotations)


def _of_one_matter(told: Sequence[Claim]) -> list[list[Claim]]:
    """Accusations or denials of one speaker by what they are of: two that both name a matter, and
    share no word of it, are of two."""
    matter = [beyond_names(c.said.text, c) - _OF_ANY for c in told]
    pairs = [
        (a, b) for a, b in combinations(range(min(len(told), COMPARED)), 2)
        if min(len(matter[a]), len(matter[b])) < 2 or matter[a] & matter[b]
    ]  # fmt: skip
    return [[told[n] for n in sorted(group)] for group in joined(pairs)]


COMPARED = 300  # accusations of one speaker against one state that are held against each other
# What any accusation or denial says.
_OF_ANY = content_words(
    "accuse blame accusation charge deny rejected claim allegation statement government minister "
    "country attack involvement responsible carrying monday tuesday wednesday thursday friday "
    "saturday sunday week month year"
)


def _in_like_words(
    claims: Sequence[Claim],
    quotations: Sequence[Sequence[Claim]],
    pairs: Sequence[Pair],
    source: dict[str, int],
) -> Iterator[Fact]:
    """The same speaker who ties an actor to the deed in like sentences, or who says the same words
    in sentences that are not alike: what the fields alone do not tell."""
    by_id = {c.id: c for told in (claims, *quotations) for c in told}
    own = {c.id for c in claims}
    same: list[tuple[str, str]] = []
    for pair in (p for p in pairs if not p.apart and not p.opposed):
        same += [
            (a.id, b.id) for a in pair.one.claims for b in pair.other.claims
            if a.id in own and b.id in own and _ties_alike(a, b)
        ]  # fmt: skip
    alike = {frozenset({pair.one.place, pair.other.place}) for pair in pairs}
    for told in _said_alike(claims):
        first = told[0]
        for claim in told[1:]:
            places = frozenset({(c.doc_key, c.span.start) for c in (first, claim)})
            if places not in alike and first.doc_key != claim.doc_key:
                same.append((first.id, claim.id))
    for quoting in quotations:
        first = quoting[0]
        one_person = [c for c in quoting if _one_person(first, c)]
        copied = len({c.span.text for c in one_person}) == 1  # that is told as a copy
        if not copied:
            same += [(first.id, c.id) for c in one_person if c.doc_key != first.doc_key]
    for group in joined(same):
        firsts = _first_of_each([by_id[i] for i in group])
        docs, first = [c.doc_key for c in firsts], firsts[0]
        yield fact(
            "agreement", [c.id for c in firsts],
            f"{', '.join(docs)}: {first.speaker.norm} {first.stance} "
            f"{in_short(first.said.text)}; {_independently(docs, source)}",
        )  # fmt: skip


def _ties_alike(a: Claim, b: Claim) -> bool:
    """Whether one speaker ties the same actor to the deed; how surely and how closely that is told
    is another matter."""
    if a.actor is None or b.actor is None or a.speaker.type in UNNAMED:
        return False
    return (
        a.speaker.norm == b.speaker.norm
        and a.stance == b.stance in _TYING
        and _about(a) == _about(b)
    )


def _said_alike(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Claims of one speaker in the same words of content."""
    said: dict[tuple[str, frozenset[str]], list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.content is not None and claim.speaker.type not in UNNAMED:
            words = content_words(claim.content.text)
            if len(words) > 2:
                said[claim.speaker.norm, words].append(claim)
    return list(said.values())


def _quotations(claims: Sequence[Claim]) -> list[list[Claim]]:
    """Claims by the same words in quotation marks, of speakers with a name."""
    quoted: dict[frozenset[str], list[Claim]] = defaultdict(list)
    for claim in claims:
        for piece in claim.quoted:
            words = content_words(piece.text)
            if len(words) >= QUOTED and claim.speaker.type not in UNNAMED:
                quoted[words].append(claim)
    return list(quoted.values())


def _other_mouths(quotations: Sequence[Sequence[Claim]]) -> Iterator[Fact]:
    """One quotation that two reports put into the mouths of different speakers."""
    for told in quotations:
        firsts = _first_of_each(told)
        others = [c for c in firsts if not _one_person(firsts[0], c)]
        if others:
            speakers = [c.speaker.norm for c in firsts]
            who = "; ".join(f"{c.doc_key}: {c.speaker.norm}" for c in firsts)
            piece = min(firsts[0].quoted, key=lambda q: -len(q.text))
            yield fact(
                "speaker-divergence", [c.id for c in firsts],
                f"{in_short(piece.text)} is said by {who}", "speaker", speakers,
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


_STATES = ("government", "intergovernmental")


def silence(claims: Sequence[Claim]) -> Iterator[Fact]:
    """Denials of the accused that some reports leave out, and accusers that only one names."""
    accusing: dict[str, dict[str, list[Claim]]] = defaultdict(lambda: defaultdict(list))
    for claim in claims:
        if claim.actor and claim.actor.state and claim.stance in BLAMING:
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
                if claim.stance == "accuses" and claim.speaker.type in _STATES:
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
