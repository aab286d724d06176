"""What reports state, as words that can be compared: sentences of claims, and which are alike."""

from __future__ import annotations

import difflib
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

from msgspec import Struct

from afterpatch.claims.compare.synonyms import content_words, words_of
from afterpatch.claims.schema import Claim

__all__ = ["Pair", "Statement", "alike", "culprit", "statements"]

NEAR = 0.85  # ratio of equal words in order, from which two sentences are one with changes
ALIKE = 0.36  # shared content and half the ratio of equal words, from which statements are alike
IN_ORDER = 0.5  # how much the order of the words counts in that
LEAST, PART = 3, 0.1  # content words that alike statements share at least, and the part of all
ELSEWHERE = 40  # stands for the statements of other reports: a word of all at hand is not in all
COMMON = 60  # sentences that may share a word which still tells something


def culprit(claim: Claim) -> str | None:
    """The group in ATT&CK that a claim is about, else the state."""
    if claim.actor is None:
        return None
    return claim.actor.attack_group.id if claim.actor.attack_group else claim.actor.state


class Statement(Struct, frozen=True):
    """A sentence of one report with the claims that are made in it."""

    doc: str
    start: int
    text: str
    words: tuple[str, ...]
    content: frozenset[str]
    claims: tuple[Claim, ...]

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
        for a, b in (
            (_numbers(self.one.text), _numbers(self.other.text)),
            tuple(set(filter(None, map(culprit, s.claims))) for s in (self.one, self.other)),
        ):
            if a and b and not a & b:
                return True
        return False


_FIGURE = re.compile(
    r"(?<![\w-])(?!(?:19|20)\d\d\b)\d[\d,.]*(?<=\d)|\b(?:two|three|four|five|six|seven|eight|nine|"
    r"ten|twenty|thirty|dozens?|hundreds?|thousands?)\b",
    re.IGNORECASE,
)


def _numbers(text: str) -> set[str]:
    """The figures of a sentence as written, without years."""
    return {figure.lower() for figure in _FIGURE.findall(text)}


def statements(claims: Sequence[Claim]) -> list[Statement]:
    """The sentences of these claims, each once, in their order. Who says it is no content."""
    spans: dict[tuple[str, int], list[Claim]] = defaultdict(list)
    for claim in claims:
        spans[claim.doc_key, claim.span.start].append(claim)
    return [
        Statement(
            doc, start, own[0].span.text, tuple(words_of(own[0].span.text)),
            content_words(_without_speakers(own)), tuple(own),
        )
        for (doc, start), own in spans.items()
    ]  # fmt: skip


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
    and are compared word for word alone."""
    index: dict[str, list[int]] = defaultdict(list)
    for number, statement in enumerate(told):
        for word in statement.content:
            index[word].append(number)
    total = len(told) + ELSEWHERE
    weight = {word: math.log(total / (len(own) + 0.5)) for word, own in index.items()}
    heavy = [sum(weight[word] for word in sorted(s.content)) for s in told]
    shared: dict[tuple[int, int], float] = defaultdict(float)
    for word, numbers in sorted(index.items()):
        if len(numbers) > COMMON:
            continue
        for a, b in combinations(numbers, 2):
            shared[a, b] += weight[word]
    for (a, b), both in sorted(shared.items()):
        one, other = told[a], told[b]
        overlap = both / max(heavy[a] + heavy[b] - both, 1e-9)
        common = len(one.content & other.content)
        if one.doc == other.doc or overlap < PART or common < LEAST:
            continue
        ratio = difflib.SequenceMatcher(None, one.words, other.words, autojunk=False).ratio()
        like = overlap + IN_ORDER * ratio >= ALIKE and not one.title and not other.title
        if ratio >= NEAR or like:
            yield Pair(one, other, ratio, overlap)
