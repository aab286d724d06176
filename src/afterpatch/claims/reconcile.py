"""The claims of several reports held against each other.

Sentences are compared by their words; a report's whole text is too coarse to show copied lines.
Figures, ties, names and doubts are compared only among reports on one event.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct

from afterpatch.claims.compare.actors import aliases, groups, ties
from afterpatch.claims.compare.agreement import agreements, silence
from afterpatch.claims.compare.copies import copied, opposed, paraphrased
from afterpatch.claims.compare.dates import date_traps
from afterpatch.claims.compare.events import events_of
from afterpatch.claims.compare.figures import figures
from afterpatch.claims.compare.hedges import drifts
from afterpatch.claims.compare.sources import clusters_of, independence
from afterpatch.claims.compare.statements import Pair, alike, by_document, statements
from afterpatch.claims.compare.wording import deeds, holes, verbs
from afterpatch.claims.schema import Claim, Document, Fact
from afterpatch.limits import FACTS

__all__ = ["Comparison", "reconciled"]

# The kinds of facts from those that tell the most: of very many the last are left out.
_ORDER = (
    "independence", "contradiction", "alias-conflict", "internal-tension", "figure-divergence",
    "hedge-dropped", "hedge-drift", "strength-divergence", "unit-divergence", "bound-drift",
    "omission", "addition", "verb-strength", "speaker-divergence", "number-divergence",
    "actor-object-divergence", "date-trap", "agreement", "agreement-on-actor", "same-figure",
    "not-a-contradiction", "paraphrase-of-quote", "paraphrase", "near-copy", "copied",
)  # fmt: skip


class Comparison(Struct, frozen=True):
    """What comparing reports shows: the facts, those that tell the most first, and how many beyond
    the limit are left out; the keys of reports that are one source, and of those on one event."""

    facts: tuple[Fact, ...]
    left_out: int
    clusters: tuple[tuple[str, ...], ...]
    events: tuple[tuple[str, ...], ...]


def reconciled(documents: Sequence[Document], claims: Sequence[Claim]) -> Comparison:
    """The claims of these documents held against each other."""
    by_key, by_doc = {d.key: d for d in documents}, by_document(claims)
    told = statements(claims)
    pairs = list(alike(told))
    events = events_of(documents, pairs)
    event = {key: n for n, keys in enumerate(events) for key in keys}
    pairs = [p for p in pairs if event[p.one.doc] == event[p.other.doc]]
    within: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        within[event[pair.one.doc]].append(pair)
    clusters = clusters_of(documents, pairs, Counter(s.doc for s in told), event)
    source = {key: n for n, cluster in enumerate(clusters) for key in cluster}
    facts: list[Fact] = []
    for n, keys in enumerate(events):
        own = [claim for key in keys for claim in by_doc[key]]
        facts += _of_one_event(own, within[n], source)
        facts += date_traps([by_key[key] for key in keys], own, source)
    facts += independence(documents, clusters)
    facts += copied(pairs)
    unique: dict[str, Fact] = {}
    for fact in facts:
        unique.setdefault(fact.id, fact)
    ordered = sorted(unique.values(), key=lambda fact: _ORDER.index(fact.kind))
    return Comparison(
        tuple(ordered[:FACTS]), max(len(ordered) - FACTS, 0), clusters,
        tuple(tuple(keys) for keys in events),
    )  # fmt: skip


def _of_one_event(
    claims: Sequence[Claim], pairs: Sequence[Pair], source: dict[str, int]
) -> Iterator[Fact]:
    place = {c.id: (c.doc_key, c.span.start) for c in claims}
    set_out = [
        *agreements(claims, pairs, source), *verbs(claims), *drifts(pairs, claims),
        *figures(claims),
    ]  # fmt: skip
    yield from opposed(pairs)
    yield from set_out
    yield from aliases(claims)
    yield from ties(claims)
    yield from groups(claims)
    yield from silence(claims)
    yield from deeds(pairs, claims)
    yield from holes(claims)
    # A statement that drifts is told as that; one with the same figure may be told again besides.
    drifted = [f for f in set_out if f.kind != "same-figure"]
    yield from paraphrased(pairs, {frozenset(place[m] for m in f.members) for f in drifted})
