"""Figures against each other: the same one, another unit or bound, two that cannot both hold."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from msgspec import Struct

from afterpatch.claims.compare.fact import fact, in_figures
from afterpatch.claims.compare.synonyms import content_words, stem
from afterpatch.claims.schema import Claim, Fact, Quantity

__all__ = ["figures"]

TELLING = 100  # a figure from which the number itself tells what is counted
NEAR_BY = 400  # characters between two figures that are told together
REPEATED = 3  # tellings of one figure in one report that are looked at
NEXT = 3  # figures after a figure that are told with it
LEAST = 10  # smaller ones are seldom taken for one another
AFTER = 12  # characters behind a figure that tell of which money it is
MEASURED = 3  # words that two sums, shares or amounts of data of one thing share
BOTH = 20  # pairs of figures on one event that are told as no contradiction
VALUES = 200  # figures of one kind that are held against each other
# Units that readers take for one another.
_KINDS = {
    "business": "organization", "organisation": "organization", "victim": "organization",
    "server": "system", "facility": "facility", "mailbox": "account",
}  # fmt: skip


class Counted(Struct, frozen=True):
    """A figure with its claim, and the content words around it."""

    claim: Claim
    figure: Quantity
    around: frozenset[str]
    after: str


def _counted(claim: Claim, figure: Quantity) -> Counted:
    text = claim.span.text
    at = figure.start - claim.span.start
    words = content_words(text[:at] + " " + text[at + len(figure.text) :])
    own = content_words(re.sub(r"^[^a-z]*", "", figure.text.lower()))
    around = frozenset(w for w in words | own if not w[0].isdigit()) - _PLAIN
    return Counted(claim, figure, around, text[at + len(figure.text) :][:AFTER].lower())


# Words that stand around every figure.
_PLAIN = content_words(
    "attack hacker group system server organization people user customer account number total "
    "affected compromised steal likely week million billion thousand hundred dollars euros pounds"
)


def figures(claims: Sequence[Claim]) -> Iterator[Fact]:
    """What the figures of reports on one event show."""
    counted: dict[tuple[str, int], Counted] = {}
    for claim in claims:
        for figure in claim.quantity:
            counted.setdefault((claim.doc_key, figure.start), _counted(claim, figure))
    rows = _first_ones([counted[place] for place in sorted(counted)])
    yield from _same(rows)
    yield from _both_hold(rows)
    yield from _diverging(rows)


def _first_ones(rows: Sequence[Counted]) -> list[Counted]:
    """The first figures of a report with one value and unit: it may tell it over and over."""
    seen: Counter[tuple[str, float, str]] = Counter()
    kept = []
    for row in rows:
        key = (row.claim.doc_key, row.figure.value, row.figure.unit)
        seen[key] += 1
        if seen[key] <= REPEATED:
            kept.append(row)
    return kept


def _one_thing(a: Counted, b: Counted) -> bool:
    """Whether two equal figures count the same: a large one in reports of one event does."""
    kinds = {a.figure.unit, b.figure.unit}
    if len(kinds) > 1 and kinds & {"money", "percent"}:
        return False
    shared = len(a.around & b.around)
    alike = a.figure.predicate is not None and a.figure.predicate == b.figure.predicate
    if a.figure.value >= TELLING and not kinds & {"money", "percent"}:
        return len(kinds) == 1 or alike or shared > 0
    if len(kinds) > 1:
        return a.figure.value >= LEAST and shared >= 2
    return shared >= (1 if a.figure.value >= LEAST else 2)


def _of_one(a: Counted, b: Counted) -> bool:
    """Whether two equal figures of one report count the same."""
    alike = a.figure.predicate is not None and a.figure.predicate == b.figure.predicate
    return a.figure.value >= TELLING and alike and len(a.around & b.around) > 0


def _unit(row: Counted) -> str:
    """What is counted, as the text has it where a unit stands for several: whose they are, which
    money."""
    unit = row.figure.unit
    if unit == "money":
        sign = _CURRENCY.search(row.figure.text.lower()) or _CURRENCY.search(row.after)
        return _CURRENCIES.get(sign[0], sign[0].rstrip("s")) if sign else unit
    if unit == "person":
        last = stem(row.figure.text.lower().split()[-1])
        return unit if last in _ANYBODY else last
    return unit


_CURRENCY = re.compile(r"[$€£]|dollars?|euros?|pounds?")
_CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound"}
_ANYBODY = content_words("people persons individuals holders men women citizens members")


def _same(rows: Sequence[Counted]) -> Iterator[Fact]:
    by_value: dict[float, list[Counted]] = defaultdict(list)
    for row in rows:
        by_value[row.figure.value].append(row)
    for value, same in sorted(by_value.items()):
        group = [
            r for r in same
            if any(o.claim.doc_key != r.claim.doc_key and _one_thing(r, o) for o in same)
        ]  # fmt: skip
        docs = sorted({r.claim.doc_key for r in group})
        if len(docs) > 1:
            yield fact(
                "same-figure", [r.claim.id for r in group],
                f"{in_figures(value)} in {', '.join(docs)}",
                "quantity.value", [in_figures(value).replace(",", "")],
            )  # fmt: skip
        if not group:  # one report may tell it of two units
            group = [r for r in same if any(o is not r and _of_one(r, o) for o in same)]
        units = [_unit(r) for r in group]
        if len(set(units)) > 1:
            told = ", ".join(
                f"{unit} ({r.claim.doc_key})" for unit, r in zip(units, group, strict=True)
            )
            yield fact(
                "unit-divergence", [r.claim.id for r in group], f"{in_figures(value)} are {told}",
                "quantity.unit", units,
            )  # fmt: skip
        bounds = [r.figure.bound for r in group]
        if len(set(bounds)) > 1:
            said = ", ".join(b.replace("_", " ") for b in bounds)
            yield fact(
                "bound-drift", [r.claim.id for r in group], f"{in_figures(value)}: {said}",
                "quantity.bound", bounds,
            )  # fmt: skip


def _comparable(a: Counted, b: Counted) -> bool:
    """Whether two figures count things of one kind, so that a reader may take one for the other."""
    one, other = (_KINDS.get(r.figure.unit, r.figure.unit) for r in (a, b))
    return one == other and one not in ("money", "percent", "data")


def _both_hold(rows: Sequence[Counted]) -> Iterator[Fact]:
    """Two figures of one kind that a report itself tells together: it means different things."""
    values: dict[tuple[str, float, float], None] = {}
    told_in: dict[float, set[str]] = defaultdict(set)
    for row in rows:
        told_in[row.figure.value].add(row.claim.doc_key)
    reports = len({r.claim.doc_key for r in rows})
    for n, a in enumerate(rows):
        for b in rows[n + 1 : n + 1 + NEXT]:
            together = a.claim.doc_key == b.claim.doc_key and _apart(a, b) < NEAR_BY
            large = min(a.figure.value, b.figure.value) >= LEAST
            if together and large and a.figure.value != b.figure.value and _comparable(a, b):
                low, high = sorted((a.figure.value, b.figure.value))
                values[_KINDS.get(a.figure.unit, a.figure.unit), low, high] = None
    by_value: dict[tuple[str, float], list[Counted]] = defaultdict(list)
    for row in rows:
        by_value[_KINDS.get(row.figure.unit, row.figure.unit), row.figure.value].append(row)
    for kind, low, high in sorted(values)[:BOTH]:
        told = sorted(
            by_value[kind, low] + by_value[kind, high],
            key=lambda r: (r.claim.doc_key, r.figure.start),
        )
        if len(told_in[low] | told_in[high]) < 2 <= reports:
            continue  # only where another report may tempt to hold one against the other
        said = dict.fromkeys(r.figure.text for r in told)
        yield fact(
            "not-a-contradiction", [r.claim.id for r in told],
            f"one report tells them together, so they can both hold: {'; '.join(said)}",
            "quantity.predicate", [r.figure.predicate or "" for r in told],
        )  # fmt: skip


def _apart(a: Counted, b: Counted) -> int:
    return abs(a.claim.span.start - b.claim.span.start)


def _diverging(rows: Sequence[Counted]) -> Iterator[Fact]:
    """Two figures of one thing, in different reports, that cannot both hold."""
    by_kind: dict[str, dict[float, list[Counted]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        by_kind[row.figure.unit][row.figure.value].append(row)
    for kind, by_value in sorted(by_kind.items()):
        least = MEASURED if kind in ("money", "percent", "data") else 1
        for low, high in combinations(sorted(by_value)[:VALUES], 2):
            few, many = by_value[low], by_value[high]
            in_one = {r.claim.doc_key for r in few} & {r.claim.doc_key for r in many}
            against = [(a, b) for a in few for b in many if _of_one_thing(a, b, least)]
            if low < 3 or in_one or not against:
                continue
            members = {r.claim.id: r for pair in against for r in pair}
            told = sorted(members.values(), key=lambda r: (r.claim.doc_key, r.figure.start))
            yield fact(
                "figure-divergence", [r.claim.id for r in told],
                "; ".join(f"{r.claim.doc_key}: {r.figure.text}" for r in told), "quantity.value",
                [in_figures(r.figure.value).replace(",", "") for r in told],
            )  # fmt: skip


def _of_one_thing(a: Counted, b: Counted, least: int) -> bool:
    """Whether the smaller figure and the greater speak of one thing and exclude each other."""
    x, y = a.figure, b.figure
    if x.bound == "at_least" or y.bound == "up_to":
        return False
    if "approx" in (x.bound, y.bound) and y.value < 1.1 * x.value:
        return False
    if x.predicate and y.predicate and x.predicate != y.predicate:
        return False
    shared = len(a.around & b.around)
    return shared >= max(least, 1 if x.predicate or y.predicate else 2)
