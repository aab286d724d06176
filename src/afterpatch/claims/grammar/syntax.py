"""What the grammar asks of a sentence: one contract, two ways to answer it.

`phrases.py` answers from word classes and commas alone, `dependency.py` from a parse. Spans are
(first, end) in tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from afterpatch.claims.grammar.text import Sentence, Token

__all__ = ["Span", "Syntax", "verb_group", "without_edges"]

Span = tuple[int, int]


class Syntax(Protocol):
    """How one engine reads sentences."""

    name: str

    def read(self, sentences: Sequence[Sentence]) -> None:
        """Fill in tag and form of every token, and its head where there is a parse."""

    def subject(self, sentence: Sentence, verb: int) -> Span | None:
        """Who does what the verb says, with all that belongs to the name."""

    def object(self, sentence: Sentence, verb: int) -> Span | None:
        """Whom or what the verb reaches first, without a preposition."""

    def complement(self, sentence: Sentence, verb: int) -> Span | None:
        """The clause that the verb reports, when it follows the verb."""


def verb_group(tokens: Sequence[Token], verb: int) -> int:
    """Where the auxiliaries, adverbs and negations before a verb begin."""
    at = verb
    while at > 0 and (
        tokens[at - 1].tag in ("AUX", "ADV", "NEG")
        or (
            tokens[at - 1].low in ("all", "both", "each") and at > 1 and tokens[at - 2].tag == "AUX"
        )
        or (tokens[at - 1].low in ("able", "unable") and tokens[at].tag == "TO")
        or (tokens[at - 1].tag == "TO" and at > 1 and tokens[at - 2].tag in ("AUX", "V", "ADJ"))
        or (tokens[at - 1].tag == "TO" and at > 1 and tokens[at - 2].low == "yet")
    ):
        at -= 1
    while at < verb and tokens[at].tag == "ADV" and tokens[at].low not in ("also", "first"):
        at += 1  # an adverb at the very front belongs to the clause, not to the verb
    return at


def without_edges(tokens: Sequence[Token], span: Span) -> Span:
    """The span without commas, dashes, brackets of one side and blanks at its edges."""
    first, end = span
    while first < end and tokens[first].tag == "PUNCT" and tokens[first].text not in "([$€£":
        first += 1
    while end > first and tokens[end - 1].tag == "PUNCT" and tokens[end - 1].text not in ")]%":
        end -= 1
    return first, end
