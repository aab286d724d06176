"""Doubt that gets lost on the way: the same statement told more surely by whoever passes it on."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from afterpatch.claims.compare.fact import fact, in_short
from afterpatch.claims.compare.joined import joined
from afterpatch.claims.compare.statements import Pair, same_voice
from afterpatch.claims.compare.synonyms import content_words
from afterpatch.claims.schema import BLAMING, NOBODY, Claim, Fact

__all__ = ["drifts", "sure"]

COMMON = 60  # flat statements that may share a word which still tells something
BEFORE = 4  # characters before a hedge that may show it to be another word
# From the least to the most sure; a statement is as sure as the first of these that it has. Small
# letters where a capital makes another word: May.
_DEGREES = tuple(
    (name, re.compile(rf"\b(?:{words})\b"))
    for name, words in (
        ("reported", r"(?i:reportedly|allegedly|alleged|rumou?red|(?:is|are) said to|"
                     r"purported\w*)"),
        ("possible", r"(?i:possibl[ey]|perhaps|conceivabl[ey]|plausibl[ey]|unlikely|low confidence|"
                     r"(?:not|cannot|can['’]t) (?:be )?rul(?:e|ed) out)|may|might|"
                     r"(?<!so )(?<!so they )(?<!so it )(?<!that they )could"
                     r"(?! (?:not|no longer)\b)"),
        ("believed", r"(?i:believ\w+|thought|think|appear\w*|seem\w*|understood|"
                     r"moderate confidence)|(?<![Tt]he )(?<!a )(?<!his )suspect(?:s|ed)?"),
        ("highly likely", r"(?i:(?:highly|very|most|extremely) (?:likely|probabl[ey])|"
                          r"high confidence|confident(?:ly)?)"),
        ("almost certain", r"(?i:almost certain(?:ly)?|nearly certain|near-certain)"),
        ("likely", r"(?i:likely|probabl[ey]|presumabl[ey])"),
    )
)  # fmt: skip
_ORDER = (
    "reported", "possible", "believed", "likely", "highly likely", "almost certain", "asserted",
)  # fmt: skip


def _degree(claim: Claim) -> int:
    """How surely a claim is made: the more, the surer; the last place is said flatly."""
    text = claim.span.text
    if claim.content is not None:
        text = claim.content.text
        whole, start = claim.span.text, claim.span.start
        # with what stands before it: "the suspect" is no doubt
        text += " " + " ".join(
            whole[max(0, h.start - start - BEFORE) : h.end - start] for h in claim.hedge
        )
    if claim.confidence == "asserted" and claim.stance not in ("asserts", "attributes", "assesses"):
        return _ORDER.index("asserted")
    found = next((name for name, pattern in _DEGREES if pattern.search(text)), "asserted")
    return _ORDER.index(found)


def sure(claim: Claim) -> bool:
    """Whether a claim is made flatly."""
    return claim.confidence == "asserted" and _ORDER[_degree(claim)] == "asserted"


def drifts(pairs: Sequence[Pair], claims: Sequence[Claim]) -> Iterator[Fact]:
    """The same statement told more surely in one report than in another, or by a report itself
    after somebody else said it with doubt: what doubts first, what is surer last."""
    degrees = {c.id: _degree(c) for c in claims}
    by_id = {c.id: c for c in claims}
    found: list[tuple[str, str]] = []
    for pair in pairs:
        # "We believe" goes with the quotation marks; what is said not to be so is no surer telling
        if pair.requoted or pair.opposed:
            continue
        for a in pair.one.claims:
            for b in pair.other.claims:
                own = any(c.speaker.resolved_by in ("narrator", "context") for c in (a, b))
                if (same_voice(a, b) or own) and _on_one_thing(a, b):
                    found.append((a.id, b.id))
    found += [(doubted.id, flat.id) for doubted, flat in _told_as_fact(claims)]
    for group in joined((a, b) for a, b in found if degrees[a] != degrees[b]):
        yield from _drift([by_id[i] for i in group], degrees)


def _drift(told: Sequence[Claim], degrees: dict[str, int]) -> Iterator[Fact]:
    """What a statement's tellings show: doubts that differ, doubt that is lost."""
    place: dict[tuple[str, int], Claim] = {}
    for claim in sorted(told, key=lambda c: (degrees[c.id], c.doc_key, c.span.start, c.id)):
        place.setdefault((claim.doc_key, claim.span.start), claim)
    ordered = list(place.values())
    doubting = [c for c in ordered if _ORDER[degrees[c.id]] != "asserted"]
    sure = [c for c in ordered if _ORDER[degrees[c.id]] == "asserted"]
    for kind, members in (("hedge-drift", doubting), ("hedge-dropped", [*doubting, *sure])):
        said = [_ORDER[degrees[c.id]] for c in members]
        if len(set(said)) > 1 and (kind == "hedge-drift" or (sure and doubting)):
            summary = "; ".join(f"{c.doc_key}: {d}" for c, d in zip(members, said, strict=True))
            summary = summary.replace("asserted", "stated flatly")
            last = members[-1].said
            yield fact(
                kind, [c.id for c in members], f"{in_short(last.text)}: {summary}", "confidence",
                said,
            )  # fmt: skip


def _told_as_fact(claims: Sequence[Claim]) -> Iterator[tuple[Claim, Claim]]:
    """What somebody believes, and the same told by a report without the doubt."""
    index: dict[str, list[Claim]] = defaultdict(list)
    blamed: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.speaker.type == "narrator" and claim.confidence == "asserted":
            for word in content_words(claim.said.text):
                index[word].append(claim)
            if claim.actor and claim.actor.attack_group and claim.stance in BLAMING:
                blamed[claim.actor.attack_group.id].append(claim)
    for doubted in claims:
        if doubted.confidence == "asserted" or doubted.speaker.type in NOBODY:
            continue
        words = content_words(doubted.said.text)
        shared: dict[str, int] = defaultdict(int)
        flat: dict[str, Claim] = {}
        for word in words:
            for claim in index.get(word, ())[:COMMON]:
                shared[claim.id] += 1
                flat[claim.id] = claim
        for claim_id in sorted(shared):
            own = content_words(flat[claim_id].said.text)
            if shared[claim_id] >= 4 and 2 * shared[claim_id] >= min(len(words), len(own)):
                yield doubted, flat[claim_id]
        group = doubted.actor and doubted.actor.attack_group
        if group and doubted.stance in BLAMING:
            for claim in blamed.get(group.id, ())[:COMMON]:
                yield doubted, claim


def _on_one_thing(a: Claim, b: Claim) -> bool:
    """Whether two claims of like sentences tell the same, not one the other half of it."""
    one, other = (content_words(c.said.text) for c in (a, b))
    return 3 * len(one & other) >= min(len(one), len(other))
