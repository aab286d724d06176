"""Which reports go back to one source, so that their agreement is repetition."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from afterpatch.claims.compare.fact import fact
from afterpatch.claims.compare.joined import joined
from afterpatch.claims.compare.statements import Pair
from afterpatch.claims.compare.synonyms import words_of
from afterpatch.claims.schema import Document, Fact

__all__ = ["clusters_of", "independence"]

RUN = 8  # words in a row that two reports share only when one wrote them first
RUNS = 8  # such runs that two reports share: a line or two of copied text
AGAIN = 3  # statements told again in the same order, at least
SHARE = 0.4  # and of all of the shorter report: independent ones share the few public statements
CLOSE, CLOSELY = 0.9, 2  # likeness of sentences that were hardly written twice; so many will do
# What stands in quotation marks is its speaker's: two reports may have it from the same statement.
_QUOTED = re.compile(r"“[^”]{0,2000}”|\"[^\"]{0,2000}\"|«[^»]{0,2000}»|„[^“”]{0,2000}[“”]")


def _runs(document: Document) -> set[tuple[str, ...]]:
    found = set()
    for piece in document.body:
        for own in _QUOTED.split(piece.text):
            words = words_of(own)
            found |= {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}
    return found


def _in_order(places: Sequence[tuple[int, int]]) -> int:
    """How many of these pairs of places stand in the same order in both reports, at the most."""
    ends: list[int] = []  # the least place in the other report where a run of so many ends
    for _, place in sorted(set(places), key=lambda pair: (pair[0], -pair[1])):
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
    return len(ends)


def clusters_of(
    documents: Sequence[Document],
    pairs: Sequence[Pair],
    told: Mapping[str, int],
    event: Mapping[str, int],
) -> tuple[tuple[str, ...], ...]:
    """Groups of keys of reports that go back to one source: by shared runs of words outside of
    quotations, by the agency they credit, by statements told again closely, or many of them in the
    same order. `told` is how many statements each report has, `event` of which event it tells: an
    agency's credit on two events is no common source."""
    index: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for document in documents:
        for run in _runs(document):
            index[run].append(document.key)
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for keys in index.values():
        for a, b in combinations(keys, 2):
            shared[a, b] += 1
    again: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    closely: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in (p for p in pairs if not p.apart):
        one, other = sorted((pair.one.doc, pair.other.doc))
        if pair.likeness >= CLOSE and not _public(pair):
            closely[one, other].append(pair)
        again[pair.one.doc, pair.other.doc].append((pair.one.start, pair.other.start))
    wires = {d.key: d.wire_credit.norm for d in documents if d.wire_credit}
    one_source: list[tuple[str, str]] = [(d.key, d.key) for d in documents]
    for a, b in combinations([d.key for d in documents], 2):
        one_wire = a in wires and wires[a] == wires.get(b) and event[a] == event[b]
        retold = _in_order(again[a, b] + [(y, x) for x, y in again[b, a]])
        again_told = retold >= max(AGAIN, SHARE * min(told.get(a, 0), told.get(b, 0)))
        close = _sentences(closely[min(a, b), max(a, b)]) >= CLOSELY
        if shared[a, b] >= RUNS or close or again_told or one_wire:
            one_source.append((a, b))
    return tuple(sorted(tuple(sorted(keys)) for keys in joined(one_source)))


def _sentences(pairs: Sequence[Pair]) -> int:
    """How many sentences of either report stand in these pairs: one may be like several."""
    places = [[s.place for s in (p.one, p.other)] for p in pairs]
    by_doc: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for place in (place for both in places for place in both):
        by_doc[place[0]].add(place)
    return min((len(own) for own in by_doc.values()), default=0)


def _public(pair: Pair) -> bool:
    """Whether two sentences give the words of a speaker, which whoever was there has."""
    return all(any(c.quoted for c in s.claims) for s in (pair.one, pair.other))


def independence(
    documents: Sequence[Document], clusters: Sequence[tuple[str, ...]]
) -> Iterator[Fact]:
    """What each group of reports of one source says of its agreement."""
    for cluster in clusters:
        if len(cluster) < 2:
            continue
        wires = {d.wire_credit.norm or "" for d in documents if d.key in cluster and d.wire_credit}
        credit = f"; credited: {', '.join(sorted(wires))}" if wires else ""
        yield fact(
            "independence", cluster,
            f"{', '.join(cluster)} share runs of words or tell the same statements in one order"
            f"{credit}: one source, so agreement among them is repetition",
            "independent_sources", ["1"],
        )  # fmt: skip
