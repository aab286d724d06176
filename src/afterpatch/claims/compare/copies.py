"""Sentences that reports share: word for word, with changes, in other words."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterator, Sequence

from afterpatch.claims.compare.fact import fact, in_short
from afterpatch.claims.compare.hedges import sure
from afterpatch.claims.compare.joined import joined
from afterpatch.claims.compare.statements import UNNAMED, Pair, Statement, same_voice
from afterpatch.claims.compare.synonyms import content_words
from afterpatch.claims.schema import Fact

__all__ = ["copied", "opposed", "paraphrased"]

ON_ONE_THING = 2  # content words that a denial shares with what it denies
_STANDS = ("accuses", "attributes", "denies")


Place = tuple[str, int]


def copied(pairs: Sequence[Pair]) -> Iterator[Fact]:
    """Sentences that reports have in the same words, each once, or in two but for a few."""
    same: dict[tuple[str, ...], dict[Place, Statement]] = defaultdict(dict)
    for pair in pairs:
        if pair.one.words == pair.other.words:
            same[pair.one.words] |= {s.place: s for s in (pair.one, pair.other)}
    for told in same.values():
        ordered = [told[place] for place in sorted(told)]
        docs = ", ".join(dict.fromkeys(s.doc for s in ordered))
        short = in_short(ordered[0].text)
        yield fact("copied", [s.claims[0].id for s in ordered], f"{docs}: word for word {short}")
    yield from _nearly(pairs)


def _nearly(pairs: Sequence[Pair]) -> Iterator[Fact]:
    """Sentences that are one but for a few words, all versions together."""
    near = [p for p in pairs if p.near and p.one.words != p.other.words]
    at = {s.place: s for pair in near for s in (pair.one, pair.other)}
    first = {p.one.place: p for p in reversed(near)}
    for group in joined((p.one.place, p.other.place) for p in near):
        pair = first[group[0]]
        changed, ordered = _changed(pair.one.words, pair.other.words), sorted(group)
        docs = ", ".join(dict.fromkeys(doc for doc, _ in ordered))
        yield fact(
            "near-copy", [at[place].claims[0].id for place in ordered],
            f"{docs}: but for {changed} the same: {in_short(pair.one.text)}",
        )  # fmt: skip


def paraphrased(pairs: Sequence[Pair], told: set[frozenset[Place]]) -> Iterator[Fact]:
    """Sentences that say the same in other words, each with its copies.

    `told` are groups of places that another fact already sets side by side.
    """
    twins: dict[Place, set[Place]] = defaultdict(set)
    at: dict[Place, Statement] = {}
    for pair in pairs:
        a, b = pair.one.place, pair.other.place
        at[a], at[b] = pair.one, pair.other
        if pair.near:
            twins[a].add(b)
            twins[b].add(a)
    told_by: dict[Place, set[int]] = defaultdict(set)
    for n, places in enumerate(told):
        for place in places:
            told_by[place].add(n)
    done: set[frozenset[Place]] = set()
    for pair in pairs:
        a, b = pair.one.place, pair.other.place
        group = frozenset({a, b, *twins[a], *twins[b]})
        if pair.near or pair.apart or group in done or told_by[a] & told_by[b]:
            continue
        if _other_voices(pair):
            continue
        done.add(group)
        if not pair.opposed and not _denied(pair):
            yield _paraphrase(pair, [at[place] for place in sorted(group)])


def opposed(pairs: Sequence[Pair]) -> Iterator[Fact]:
    """Statements of which one says that something is, the other that it is not, with all copies of
    either."""
    against = [p for p in pairs if not p.apart and (_said_not(p) or _denied(p))]
    at = {s.place: s for pair in against for s in (pair.one, pair.other)}
    for group in joined((p.one.place, p.other.place) for p in against):
        told = [at[place] for place in sorted(group)]
        texts = "; ".join(f"{s.doc}: {in_short(s.text)}" for s in told[:2])
        yield fact(
            "contradiction", [s.claims[0].id for s in told],
            f"one report says what another says is not so: {texts}",
        )  # fmt: skip


def _said_not(pair: Pair) -> bool:
    """Whether one of two flat statements says that what the other says is not so."""
    told = (*pair.one.claims, *pair.other.claims)
    flat = all(sure(c) for c in told)
    stands = any(c.stance in ("accuses", "denies", "demands") for c in told)
    return pair.opposed and flat and not stands


def _denied(pair: Pair) -> bool:
    """Whether a speaker denies in one report what the same one says in another."""
    for one, other in ((pair.one, pair.other), (pair.other, pair.one)):
        for a in (c for c in one.claims if c.stance == "denies"):
            for b in (c for c in other.claims if c.stance not in ("denies", "demands", "accuses")):
                same = a.speaker.norm == b.speaker.norm and a.speaker.type not in UNNAMED
                words = [content_words(c.said.text) for c in (a, b)]
                if same and not other.negated and len(words[0] & words[1]) >= ON_ONE_THING:
                    return True
    return False


def _other_voices(pair: Pair) -> bool:
    """Whether two states say like things, or two speakers take a like stand: each for himself,
    neither is paraphrased."""
    told = (*pair.one.claims, *pair.other.claims)
    if any(same_voice(a, b) for a in pair.one.claims for b in pair.other.claims):
        return False
    states = [{c.speaker.government for c in s.claims} for s in (pair.one, pair.other)]
    apart = all(None not in own for own in states) and not states[0] & states[1]
    return apart or all(c.stance in _STANDS for c in told)


def _paraphrase(pair: Pair, ordered: Sequence[Statement]) -> Fact:
    kind, lost = "paraphrase", ""
    if pair.requoted:
        kind, lost = "paraphrase-of-quote", "; a quotation turned into indirect speech"
    elif bool(pair.one.claims[0].quoted) != bool(pair.other.claims[0].quoted):
        lost = "; quotation marks lost or added"
    docs = ", ".join(dict.fromkeys(s.doc for s in ordered))
    members = [s.claims[0].id for s in ordered]
    return fact(kind, members, f"{docs}: in other words {in_short(pair.one.text)}{lost}")


def _changed(one: Sequence[str], other: Sequence[str]) -> str:
    parts = []
    for op, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if op != "equal":
            parts.append(f"“{' '.join(one[a:b])}” / “{' '.join(other[c:d])}”")
    return ", ".join(parts[:4])
