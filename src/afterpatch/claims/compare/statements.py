"""What reports state, as words that can be compared: sentences of claims, and which are alike."""

from __future__ import annotations

import difflib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from msgspec import Struct

from afterpatch.claims.compare.synonyms import content_words, words_of
from afterpatch.claims.schema import NOBODY, Claim

__all__ = [
    "UNNAMED", "Pair", "Statement", "alike", "beyond_names", "by_document", "culprit",
    "same_voice", "statements",
]  # fmt: skip

NEAR = 0.85  # ratio of equal words in order, from which two sentences are one with changes
ALIKE = 0.36  # shared content and half the ratio of equal words, from which statements are alike
IN_ORDER = 0.5  # how much the order of the words counts in that
LEAST, PART = 3, 0.1  # content words that alike statements share at least, and the part of all
ELSEWHERE = 40  # stands for the statements of other reports: a word of all at hand is not in all
COMMON = 150  # different sentences that may share a word which still tells something
EACH = 12  # copies of a sentence that each other one is paired with


UNNAMED = (*NOBODY, "anonymous")  # kinds of speakers without a name


def same_voice(a: Claim, b: Claim) -> bool:
    """Whether two claims have one speaker; of those without a name, the same kind of speaker."""
    if a.speaker.norm == b.speaker.norm:
        return True
    return a.speaker.type == b.speaker.type and a.speaker.type in UNNAMED


def culprit(claim: Claim) -> str | None:
    """The group in ATT&CK that a claim is about, else the state."""
    if claim.actor is None:
        return None
    return claim.actor.attack_group.id if claim.actor.attack_group else claim.actor.state


def by_document(claims: Iterable[Claim]) -> dict[str, list[Claim]]:
    """Claims by the key of their report, in their order."""
    found: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        found[claim.doc_key].append(claim)
    return found


def beyond_names(text: str, claim: Claim) -> frozenset[str]:
    """What a text of a claim is about, but for whom it names as actor and speaker."""
    names = f"{claim.actor.text if claim.actor else ''} {claim.speaker.text or ''}"
    return content_words(text) - content_words(names)


class Statement(Struct, frozen=True):
    """A sentence of one report with the claims that are made in it: its words, what it is about
    without who says it, its figures, its culprits, and what it says is not so."""

    doc: str
    start: int
    text: str
    words: tuple[str, ...]
    content: frozenset[str]
    figures: frozenset[str]
    culprits: frozenset[str]
    negated: frozenset[str]
    claims: tuple[Claim, ...]

    @property
    def place(self) -> tuple[str, int]:
        """Where the sentence stands: the key of its report, and the character."""
        return self.doc, self.start

    @property
    def title(self) -> bool:
        """Whether it is the headline of its report."""
        return self.claims[0].salience == "headline"


class Pair(Struct, frozen=True):
    """Two statements in like words: the ratio of equal words in order, and the share of content
    words that both have among those that either has, each weighed by how seldom it is."""

    one: Statement
    other: Statement
    ratio: float
    overlap: float

    @property
    def near(self) -> bool:
        """Whether it is one sentence, at most with a few words changed."""
        return self.ratio >= NEAR

    @property
    def likeness(self) -> float:
        """How alike the two are in content and its order: `ALIKE` to 1.5."""
        return self.overlap + IN_ORDER * self.ratio

    @property
    def requoted(self) -> bool:
        """Whether one has as a quotation what the other tells in its own words."""
        one, other = ({c.quote_type for c in s.claims} for s in (self.one, self.other))
        return "direct" in one ^ other

    @property
    def apart(self) -> bool:
        """Whether the two name other figures or other culprits: then they are of other things."""
        a, b = self.one, self.other
        return any(
            x and y and not x & y for x, y in ((a.figures, b.figures), (a.culprits, b.culprits))
        )

    @property
    def opposed(self) -> bool:
        """Whether one says that something is, the other that it is not."""
        a, b = self.one, self.other
        return bool(a.negated & b.content) != bool(b.negated & a.content)


_FIGURE = re.compile(
    r"(?<![\w-])(?!(?:19|20)\d\d\b)\d[\d,.]*(?<=\d)|\b(?:two|three|four|five|six|seven|eight|nine|"
    r"ten|twenty|thirty|dozens?|hundreds?|thousands?)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"(?:\b(?:no(?! (?:more|less|fewer|longer|doubt)\b)|not(?! only\b)|cannot|never|without|none|"
    r"neither|nobody)|n['’]t)\s+(.{0,200})",
    re.IGNORECASE,
)


def _negated(text: str) -> frozenset[str]:
    """What a sentence says not to be: the first content word behind each `not` or `no`."""
    found: set[str] = set()
    for match in _NOT.finditer(text):
        found |= content_words(next((w for w in words_of(match[1]) if content_words(w)), ""))
    return frozenset(found)


def statements(claims: Sequence[Claim]) -> list[Statement]:
    """The sentences of these claims, each once, in their order."""
    spans: dict[tuple[str, int], list[Claim]] = defaultdict(list)
    for claim in claims:
        spans[claim.doc_key, claim.span.start].append(claim)
    return [_statement(tuple(own)) for own in spans.values()]


def _statement(own: tuple[Claim, ...]) -> Statement:
    text = own[0].span.text
    return Statement(
        own[0].doc_key, own[0].span.start, text, tuple(words_of(text)),
        content_words(_without_speakers(own)),
        frozenset(figure.lower() for figure in _FIGURE.findall(text)),
        frozenset(filter(None, map(culprit, own))), _negated(text), own,
    )  # fmt: skip


def _without_speakers(claims: Sequence[Claim]) -> str:
    text, start = claims[0].span.text, claims[0].span.start
    for claim in claims:
        if claim.speaker.start is None or claim.speaker.end is None:
            continue
        a, b = claim.speaker.start - start, claim.speaker.end - start
        if 0 <= a < b <= len(text):
            text = text[:a] + " " * (b - a) + text[b:]
    return text


def alike(told: Sequence[Statement]) -> Iterator[Pair]:
    """Pairs of sentences of different reports that may say the same: with nearly the same words in
    order, or with enough of the same content in like order. Titles are like everything below them
    and are compared word for word alone.

    Sentences with the same words are compared with others once; of very many, the first stand for
    all.
    """
    same: dict[tuple[str, ...], list[Statement]] = defaultdict(list)
    for statement in told:
        same[statement.words].append(statement)
    groups = list(same.values())
    for group in groups:
        yield from _across(group, group, 1.0, 1.0)
    index: dict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        for word in group[0].content:
            index[word].append(number)
    total = len(groups) + ELSEWHERE
    weight = {word: math.log(total / (len(own) + 0.5)) for word, own in index.items()}
    heavy = [sum(weight[word] for word in sorted(group[0].content)) for group in groups]
    shared: dict[tuple[int, int], float] = defaultdict(float)
    for word, numbers in sorted(index.items()):
        if len(numbers) > COMMON:
            continue
        for a, b in combinations(numbers, 2):
            shared[a, b] += weight[word]
    for (a, b), both in sorted(shared.items()):
        one, other = groups[a][0], groups[b][0]
        overlap = both / max(heavy[a] + heavy[b] - both, 1e-9)
        if overlap < PART or len(one.content & other.content) < LEAST:
            continue
        if len({s.doc for s in (*groups[a][:2], *groups[b][:2])}) < 2:
            continue
        ratio = difflib.SequenceMatcher(None, one.words, other.words, autojunk=False).ratio()
        like = overlap + IN_ORDER * ratio >= ALIKE and not one.title and not other.title
        if ratio >= NEAR or like:
            yield from _across(groups[a], groups[b], ratio, overlap)


def _across(
    one: Sequence[Statement], other: Sequence[Statement], ratio: float, overlap: float
) -> Iterator[Pair]:
    """The pairs of two groups, or of one, that are of different reports."""
    inside = one is other
    # Each is paired with the first ones, so that all hang together however many there are.
    for n, a in enumerate(one):
        for m, b in enumerate(other):
            if a.doc != b.doc and min(n, m) < EACH and (not inside or m < n):
                yield Pair(b, a, ratio, overlap) if inside else Pair(a, b, ratio, overlap)
            elif n >= EACH and m >= EACH:
                break
