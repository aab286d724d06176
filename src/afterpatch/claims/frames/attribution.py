"""A frame is what stands in the sentence, before it is asked who is meant and how it is meant; and
what its verbs and its phrases are both asked for."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from afterpatch.claims.grammar.syntax import Span, Syntax
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import DOCUMENTS, Frame, word_set

__all__ = [
    "SPOKEN",
    "Attribution",
    "agent_of",
    "can_speak",
    "is_clause",
    "is_finite",
    "quotations",
    "sentence_end",
    "until_comma",
]


class Attribution(Struct):
    """One frame in one sentence; spans in tokens.

    `source` is None in a passive without an agent. `object` is what stands where the verb takes the
    one accused. `cue` is the verb, noun or phrase. `limit` is where the next frame of the sentence
    takes over.
    """

    kind: Frame
    lemma: str
    cue: Span
    source: Span | None
    content: Span | None
    object: Span | None = None
    passive: bool = False
    negated: bool = False
    evidential: bool = False
    by: str = "verb"
    modal: bool = False
    limit: int | None = None


def quotations(sentence: Sentence) -> list[Span]:
    """Stretches between double quotation marks, marks included; one left open runs to the end."""
    found: list[Span] = []
    opened = 0 if sentence.inside else None
    for token in sentence.tokens:
        if not token.quote:
            continue
        if opened is None and token.side != "close":
            opened = token.i
        elif opened is not None and token.side != "open":
            found.append((opened, token.i + 1))
            opened = None
    if opened is not None:
        found.append((opened, len(sentence.tokens)))
    return found


SPOKEN = frozenset(("say", "tell", "believe", "estimate", "announce"))
_FIRST = word_set("i we you me us")
_SOMEBODY = word_set("another others some many several both few one")


def can_speak(tokens: Sequence[Token], span: Span) -> bool:
    """Whether a noun phrase may be a speaker at all."""
    if tokens[span[0]].tag == "AUX":
        return False
    words = tokens[span[0] : span[1]]
    if span[0] and tokens[span[0] - 1].low == "no":
        return False
    if any(t.low in ("nobody", "none") for t in words) or (words and words[0].low == "no"):
        return False
    if any(t.low in _FIRST and t.text != "US" for t in words) and len(words) <= 2:
        return False  # somebody in a quotation whose marks are missing
    if (
        any(t.low in ("it", "this", "that", "which", "what", "there") for t in words)
        and len(words) == 1
    ):
        return words[0].low == "it"
    if words and words[0].low in ("few", "not", "please"):
        return False
    return any(t.tag in ("N", "P", "PRON") or t.low in _SOMEBODY | DOCUMENTS for t in words)


def is_clause(tokens: Sequence[Token], span: Span) -> bool:
    words = tokens[span[0] : span[1]]
    if any(t.quote for t in words[:2]):
        return True
    if (
        words
        and words[0].tag in ("SUB", "ADP")
        and words[0].low in ("as", "after", "while", "in", "on", "at")
    ):
        comma = next((k for k, t in enumerate(words) if t.text == ","), None)
        return comma is not None and is_clause(words, (comma + 1, len(words)))
    return any(is_finite(t) for t in words)


def is_finite(token: Token) -> bool:
    return token.tag == "AUX" or (token.tag == "V" and token.form in ("past", "third", "base"))


def sentence_end(tokens: Sequence[Token]) -> int:
    end = len(tokens)
    while end and tokens[end - 1].text in (".", "!", "?"):
        end -= 1
    return end


def agent_of(sentence: Sentence, syntax: Syntax, verb: int) -> Span | None:
    """Who did it, after a passive: `by X`, where X can speak."""
    tokens = sentence.tokens
    for at in range(verb + 1, min(verb + 14, len(tokens) - 1)):
        if tokens[at].low == "by" and tokens[at + 1].form != "ing":
            span = syntax.object(sentence, at)
            if span is not None and can_speak(tokens, span):
                return span
        if tokens[at].tag in ("V", "AUX", "SUB") and tokens[at].form != "ing":
            break
    return None


def until_comma(tokens: Sequence[Token], first: int) -> int:
    for at in range(first, len(tokens)):
        token = tokens[at]
        if token.text in (",", ";", ":", "—", "–", ".") and not (
            token.text == "." and at + 1 < len(tokens)
        ):
            return at
        if token.tag == "SUB" and at > first:
            return at
        if token.quote and at > first:
            return at
    return len(tokens)
