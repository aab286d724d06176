"""Which reports tell of one event: figures, ties and names are compared only among these.

Two reports are on one event when they share enough of what is distinct for it, names above all.
The great powers, agencies, offices and the words of every report on an attack tell nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import combinations

from afterpatch import knowledge
from afterpatch.claims.compare.statements import Pair
from afterpatch.claims.compare.synonyms import COMMONPLACE, stem
from afterpatch.claims.grammar.words import OFFICES, PEOPLE
from afterpatch.claims.schema import Document

__all__ = ["events_of"]

# Cosine of the weighted words of two reports on one event. Reports of 200 words on one event have
# mostly 0.1 to 0.6, on two events up to 0.1.
ALIKE = 0.1
ON_AVERAGE = 0.06  # the same over all reports of two groups that are joined
# Stands for the reports that are not here: with three reports at hand a word of all three is no
# word of all reports.
ELSEWHERE = 40
NAMED = 6  # how much more a name tells than another word
_WORD = re.compile(r"[^\W_](?:[\w’'-]*[^\W_])?")


@cache
def _telling_nothing() -> frozenset[str]:
    organs = {
        word for organ in knowledge.organs() for name in (organ.name, *organ.aliases)
        for word in _WORD.findall(name.lower())
    }  # fmt: skip
    return COMMONPLACE | {stem(word) for word in organs | OFFICES | PEOPLE}


@cache
def _of_many() -> frozenset[str]:
    """The names that stand in reports on many events: states, since the same ones accuse after
    every attack, and newsrooms."""
    names = [
        name for state in knowledge.governments()
        for name in (state.name, *state.aliases, *state.metonyms, *state.demonyms)
    ] + [name for house in knowledge.houses() if house.kind == "media"
        for name in (house.name, *house.aliases)
    ]  # fmt: skip
    return frozenset(stem(word) for name in names for word in _WORD.findall(name.lower()))


def _terms(document: Document) -> Counter[str]:
    """The words of a report's title and text, names the more; not who prints or credits it."""
    found: Counter[str] = Counter()
    small: Counter[str] = Counter()
    great: Counter[str] = Counter()
    parts = [piece.text for piece in document.body]
    if document.title is not None:
        parts.append(document.title.text)
    printed = (document.publisher, document.byline, document.wire_credit)
    left_out = _telling_nothing() | {
        stem(word) for by in printed if by for word in _WORD.findall(f"{by.text} {by.norm}".lower())
    }
    for part in parts:
        for match in _WORD.finditer(part):
            word, plain = match[0], stem(match[0].lower())
            if len(word) > 2 and plain not in left_out:
                found[plain] += 1
                small[plain] += word[0].islower()
                great[plain] += word[0].isupper() and match.start() > 0
    names = {w for w in found if great[w] > small[w]} - _of_many()
    return Counter({w: n * (NAMED if w in names else 1) for w, n in found.items()})


_CVE = re.compile(r"\bCVE-\d{4}-\d{4,7}\b")
OTHER = 0.5  # what is left of the likeness of two reports that name other vulnerabilities


def events_of(documents: Sequence[Document], pairs: Sequence[Pair]) -> list[list[str]]:
    """Groups of keys of reports on one event, in the order of the reports. Reports that share a
    statement word for word or nearly so are on one event whatever else they tell."""
    terms = {d.key: _terms(d) for d in documents}
    told = Counter(term for counts in terms.values() for term in counts)
    total = len(documents) + ELSEWHERE
    weights = {
        key: {
            term: (1 + math.log(n)) * math.log(total / (told[term] + 0.5))
            for term, n in counts.items()
        }
        for key, counts in terms.items()
    }
    length = {k: math.sqrt(sum(w * w for w in row.values())) for k, row in weights.items()}
    holders: dict[str, list[str]] = defaultdict(list)
    for key, row in weights.items():
        for term in row:
            holders[term].append(key)
    dot: dict[tuple[str, str], float] = defaultdict(float)
    for term, keys in sorted(holders.items()):
        for a, b in combinations(keys, 2):
            dot[a, b] += weights[a][term] * weights[b][term]
    near = {pair: product / (length[pair[0]] * length[pair[1]]) for pair, product in dot.items()}
    _tell_apart(near, documents)
    copies = [(p.one.doc, p.other.doc) for p in pairs if p.near]
    return _joined([d.key for d in documents], near, copies)


def _tell_apart(near: dict[tuple[str, str], float], documents: Sequence[Document]) -> None:
    """Lessens the likeness of reports that name ids of vulnerabilities, and none in common."""
    told = {
        d.key: {cve for piece in d.body for cve in _CVE.findall(piece.text.upper())}
        for d in documents
    }
    for a, b in near:
        if told[a] and told[b] and not told[a] & told[b]:
            near[a, b] *= OTHER


def _joined(
    keys: Sequence[str], near: dict[tuple[str, str], float], copies: Sequence[tuple[str, str]]
) -> list[list[str]]:
    """Groups of keys, the most alike first joined: two groups are joined by a copy, or where two of
    their reports are alike and all of them on the average nearly so."""
    group = {key: [key] for key in keys}
    order = {key: n for n, key in enumerate(keys)}

    def between(one: Sequence[str], other: Sequence[str]) -> float:
        both = sum(near.get((a, b), 0) + near.get((b, a), 0) for a in one for b in other)
        return both / (len(one) * len(other))

    copied = set(copies)
    refused: set[tuple[str, int, str, int]] = set()
    alike = sorted((-value, pair) for pair, value in near.items() if value >= ALIKE)
    for pair in [*copies, *(pair for _, pair in alike)]:
        one, other = group[pair[0]], group[pair[1]]
        asked = (one[0], len(one), other[0], len(other))
        if one is other or asked in refused:
            continue
        if pair not in copied and between(one, other) < ON_AVERAGE:
            refused.add(asked)
            continue
        one.extend(other)
        for key in other:
            group[key] = one
    found = {id(members): sorted(members, key=order.__getitem__) for members in group.values()}
    return sorted(found.values(), key=lambda members: order[members[0]])
