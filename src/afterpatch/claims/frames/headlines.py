"""The verbs of a title that the word classes take for nouns, and the nouns they take for verbs."""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import word_set

__all__ = ["read_headline"]

_NOMINAL = ("P", "N", "ADJ", "DET", "NUM")


def read_headline(sentence: Sentence) -> None:
    """Tags the measure of a title as its verb: `EU sanctions spies`, `Albania cuts ties with A`."""
    tokens = sentence.tokens
    for token in tokens[1:-1]:
        if token.low in _STEPS and _stands_as_verb(tokens, token):
            token.tag, token.form, token.lemma = "V", "third", token.low.removesuffix("s")
            for thing in tokens[token.i + 1 : token.i + 5]:
                if thing.low in _THINGS and thing.tag == "V":
                    thing.tag, thing.form = "N", ""
            return


def _stands_as_verb(tokens: Sequence[Token], token: Token) -> bool:
    """Whether a name stands before the word, and behind it what a measure is taken with."""
    before, after = tokens[token.i - 1], tokens[token.i + 1]
    lead = tokens[: token.i]
    if not before.upper or any(t.tag in ("V", "AUX") for t in lead) or lead[0].tag == "ADP":
        return False
    if token.low == "sanctions":
        return after.tag in _NOMINAL
    if token.low in _ISSUES:
        return after.low in _PAPERS or tokens[min(token.i + 2, len(tokens) - 1)].low in _PAPERS
    return any(t.low in _THINGS for t in tokens[token.i + 1 : token.i + 7])


# What a state does with what.
_STEPS = word_set(
    "sanctions severs cuts breaks suspends expels recalls summons freezes imposes places puts "
    "slaps bans downgrades halts closes shuts hits ends "
    "release releases publish publishes issue issues calls call throws throw kicks kick hauls "
    "boots"
)
_ISSUES = word_set("release releases publish publishes issue issues")
_PAPERS = word_set("advisory advisories guidance directive alert")
_THINGS = word_set(
    "ties relations diplomat diplomats ambassador ambassadors envoy envoys embassy sanctions "
    "assets visas restrictions attaché attachés consulate"
)
