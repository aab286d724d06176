"""Sentences that reports share: word for word, with changes, in other words."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from afterpatch.claims.compare.agreement import same_voice
from afterpatch.claims.compare.fact import fact, in_short
from afterpatch.claims.compare.statements import Pair, Statement
from afterpatch.claims.compare.synonyms import content_words, words_of
from afterpatch.claims.schema import Fact

__all__ = ["copied", "opposed", "paraphrased"]

# What is said not to be: the first word of content behind it.
_NOT = re.compile(
    r"(?:\b(?:no(?! (?:more|less|fewer|longer)\b)|not(?! only\b)|cannot|never|without)|n['’]t)"
    r"\s+(.*)",
    re.IGNORECASE,
)
_STANDS = ("accuses", "attributes", "denies")


Place = tuple[str, int]


def _place(statement: Statement) -> Place:
    return statement.doc, statement.start


def copied(pairs: Sequence[Pair]) -> Iterator[Fact]:
    """Sentences that reports have in the same words, each once, or in two but for a few."""
    same: dict[tuple[str, ...], dict[Place, Statement]] = defaultdict(dict)
    for pair in pairs:
        if pair.one.words == pair.other.words:
            same[pair.one.words] |= {_place(s): s for s in (pair.one, pair.other)}
    for told in same.values():
        ordered = [told[place] for place in sorted(told)]
        docs = ", ".join(dict.fromkeys(s.doc for s in ordered))
        short = in_short(ordered[0].text)
        yield fact("copied", [s.claims[0].id for s in ordered], f"{docs}: word for word {short}")
    for pair in pairs:
        one, other = pair.one, pair.other
        if pair.near and one.words != other.words:
            changed, short = _changed(one.words, other.words), in_short(one.text)
            yield fact(
                "near-copy", (one.claims[0].id, other.claims[0].id),
                f"{one.doc}, {other.doc}: but for {changed} the same: {short}",
            )  # fmt: skip


def paraphrased(pairs: Sequence[Pair], told: set[frozenset[Place]]) -> Iterator[Fact]:
    """Sentences that say the same in other words, each with its copies.

    `told` are groups of places that another fact already sets side by side.
    """
    twins: dict[Place, set[Place]] = defaultdict(set)
    at: dict[Place, Statement] = {}
    for pair in pairs:
        a, b = _place(pair.one), _place(pair.other)
        at[a], at[b] = pair.one, pair.other
        if pair.near:
            twins[a].add(b)
            twins[b].add(a)
    done: set[frozenset[Place]] = set()
    for pair in pairs:
        a, b = _place(pair.one), _place(pair.other)
        group = frozenset({a, b, *twins[a], *twins[b]})
        if pair.near or pair.apart or group in done or any({a, b} <= g for g in told):
            continue
        if _others_stand(pair):
            continue
        done.add(group)
        if not _opposed(pair):
            yield _paraphrase(pair, [at[place] for place in sorted(group)])


def opposed(pairs: Sequence[Pair]) -> Iterator[Fact]:
    """Statements of which one says that something is, the other that it is not."""
    for pair in pairs:
        if not pair.apart and _opposed(pair):
            texts = "; ".join(f"{s.doc}: {in_short(s.text)}" for s in (pair.one, pair.other))
            yield fact(
                "contradiction", [s.claims[0].id for s in (pair.one, pair.other)],
                f"one report says what another says is not so: {texts}",
            )  # fmt: skip


def _opposed(pair: Pair) -> bool:
    one, other = pair.one, pair.other
    told = (*one.claims, *other.claims)
    if any(
        c.stance in ("accuses", "denies", "demands") or c.confidence != "asserted" for c in told
    ):
        return False
    return bool(_negated(one) & other.content) != bool(_negated(other) & one.content)


def _negated(statement: Statement) -> frozenset[str]:
    """What a sentence says not to be: the first content word behind each `not` or `no`."""
    found: set[str] = set()
    for match in _NOT.finditer(statement.text):
        first = next((w for w in words_of(match[1]) if content_words(w)), "")
        found |= content_words(first)
    return frozenset(found)


def _others_stand(pair: Pair) -> bool:
    """Whether two speakers blame or deny in like words: each for himself, neither paraphrased."""
    told = (*pair.one.claims, *pair.other.claims)
    same = any(same_voice(a, b) for a in pair.one.claims for b in pair.other.claims)
    return not same and all(c.stance in _STANDS for c in told)


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
