"""Set phrases that carry a claim: `poured scorn on the accusations`, `X's answer was a denial`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from afterpatch.claims.frames.attribution import Attribution, can_speak, is_finite, sentence_end
from afterpatch.claims.frames.opening import MODALS
from afterpatch.claims.grammar.syntax import Span, Syntax, verb_group, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import ATTACK, COPULA, word_set

__all__ = ["of_set_phrase", "shared_views"]

_LAID = word_set(
    "accusation accusations allegation allegations claim claims charge charges suggestion "
    "suggestions attribution report reports idea"
)


def _of_scorn(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """`X poured scorn on the accusations`, `X has pooh-poohed claims of C`: X denies them."""
    tokens, end = sentence.tokens, sentence_end(sentence.tokens)
    if not any(t.low in _LAID for t in tokens[word.i + 1 : word.i + 7]):
        return None
    before = tokens[max(0, word.i - 3) : word.i]
    verb = next((t for t in before if t.low in _POUR), None) if word.low == "scorn" else word
    source = syntax.subject(sentence, verb.i) if verb is not None else None
    if verb is None or source is None or source[0] > verb.i or not can_speak(tokens, source):
        return None
    front = verb_group(tokens, verb.i)
    content = without_edges(tokens, (front, end))
    return Attribution("deny", "scorn", (front, word.i + 1), source, content, by="support")


_POUR = word_set("poured pours pour pouring heaped heaps heap")


def _of_solidarity(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """`X expressed solidarity with A`, `X voiced its support for A`."""
    tokens = sentence.tokens
    before = tokens[max(0, word.i - 4) : word.i]
    verb = next((t for t in before if t.low in _EXPRESS), None)
    if verb is None or tokens[verb.i - 1].tag in ("TO", "ADP", "DET", "CC"):
        return None
    if any(t.tag == "POSS" for t in tokens[verb.i : word.i]):
        return None  # expressed somebody else's
    source = syntax.subject(sentence, verb.i)
    if source is None or source[0] > verb.i or not can_speak(tokens, source):
        return None
    content = without_edges(tokens, (verb.i, sentence_end(tokens)))
    return Attribution("say", "express", (verb.i, word.i + 1), source, content)


_EXPRESS = word_set(
    "express expresses expressed voice voices voiced convey conveys conveyed reiterated declared "
    "declares"
)
_SENTIMENTS = word_set(
    "solidarity support backing sympathy condolences regret sorrow dismay anger frustration "
    "disappointment unease indignation gratitude confidence relief displeasure disquiet "
    "skepticism scepticism doubts reservations misgivings"
)


def _of_belittling(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """`X played down the matter`: X says that it is small."""
    tokens = sentence.tokens
    verb = tokens[word.i - 1] if word.i else word
    if verb.low not in ("played", "plays", "play") or word.i + 2 >= len(tokens):
        return None
    if not any(t.low in ATTACK | _MATTERS for t in tokens[word.i + 1 : word.i + 5]):
        return None  # played down the street
    source = syntax.subject(sentence, verb.i)
    if source is None or source[0] > verb.i or not can_speak(tokens, source):
        return None
    front = verb_group(tokens, verb.i)
    if any(t.tag in ("NEG", "TO") for t in tokens[front : verb.i]):
        return None
    content = without_edges(tokens, (front, sentence_end(tokens)))
    return Attribution("say", "play", (front, word.i + 1), source, content)


_MATTERS = word_set(
    "matter issue issues impact scale threat threats risk risks significance claim claims report "
    "reports fears concerns role extent affair damage"
)


def _of_count(sentence: Sentence, _syntax: Syntax, word: Token) -> Attribution | None:
    """`C, by X's count`, `X's count stands at 300 servers`."""
    tokens, end = sentence.tokens, sentence_end(sentence.tokens)
    if word.i and tokens[word.i - 1].low == "our":
        return _of_our_count(tokens, word)
    if word.i < 2 or tokens[word.i - 1].tag != "POSS":
        return None
    first = word.i - 2
    while first and tokens[first - 1].tag in ("P", "N", "ADJ", "DET"):
        first -= 1
    source = (first, word.i - 1)
    by = first - 1
    if first and tokens[by].low in ("by", "on"):
        before, after = (0, by), (word.i + 1, end)
        content = without_edges(tokens, before if by > 1 else after)
    elif [t.low for t in tokens[word.i + 1 : word.i + 3]] in (["stands", "at"], ["stood", "at"]):
        content = (word.i + 1, end)
    else:
        return None
    counted = any(t.tag == "NUM" for t in tokens[slice(*content)])
    if not counted or not can_speak(tokens, source):
        return None
    return Attribution("estimate", "count", (word.i - 1, word.i + 1), source, content, by="phrase")


def _of_our_count(tokens: Sequence[Token], word: Token) -> Attribution | None:
    """`By our count, C`: whoever publishes the page counts."""
    by = word.i - 2
    if by < 0 or tokens[by].low not in ("by", "on"):
        return None
    end = sentence_end(tokens)
    content = without_edges(tokens, (0, by) if by > 1 else (word.i + 1, end))
    if not any(t.tag == "NUM" for t in tokens[slice(*content)]):
        return None
    cue, our = (by, word.i + 1), (word.i - 1, word.i)
    return Attribution("estimate", "count", cue, our, content, by="we")


def _of_riposte(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """`X hit back at the accusations`, `X lashed out at the report`: X denies them."""
    tokens = sentence.tokens
    verb = tokens[word.i - 1] if word.i else word
    at = tokens[word.i + 1 : word.i + 2]
    if verb.low not in ("hit", "hits", "lashed", "lashes", "hitting") or not at:
        return None
    if at[0].low != "at" or not any(t.low in _LAID for t in tokens[word.i + 2 : word.i + 6]):
        return None
    source = syntax.subject(sentence, verb.i)
    if source is None or source[0] > verb.i or not can_speak(tokens, source):
        return None
    content = without_edges(tokens, (verb.i, sentence_end(tokens)))
    return Attribution("deny", "hit", (verb.i, word.i + 1), source, content, by="support")


def _of_advice(sentence: Sentence, _syntax: Syntax, word: Token) -> Attribution | None:
    """`X's advice is to C`, `X's advice to owners is clear: C`."""
    tokens, end = sentence.tokens, sentence_end(sentence.tokens)
    if word.i < 2 or tokens[word.i - 1].tag != "POSS":
        return None
    be = next((t.i for t in tokens[word.i + 1 : word.i + 6] if t.low in ("is", "was")), None)
    if be is None or be + 3 > end:
        return None
    colon = next((t.i for t in tokens[be + 1 : be + 5] if t.text == ":"), None)
    aims = tokens[be + 1].tag == "TO" and tokens[be + 2].tag == "V"
    if colon is None and not aims:
        return None
    first = word.i - 2
    while first and tokens[first - 1].tag in ("P", "N", "ADJ", "DET"):
        first -= 1
    source = (first, word.i - 1)
    if not can_speak(tokens, source):
        return None
    content = without_edges(tokens, (be + 1 if colon is None else colon, end))
    return Attribution("demand", "advise", (word.i - 1, be + 1), source, content)


def _of_plea(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """`X pleaded not guilty`: X denies it."""
    tokens = sentence.tokens
    before = tokens[max(0, word.i - 3) : word.i]
    verb = next((t for t in before if t.low in ("pleaded", "pleads", "pled")), None)
    if verb is None or tokens[word.i - 1].low != "not":
        return None
    source = syntax.subject(sentence, verb.i)
    if source is None or source[0] > verb.i or not can_speak(tokens, source):
        return None
    front = verb_group(tokens, verb.i)
    content = without_edges(tokens, (front, sentence_end(tokens)))
    return Attribution("deny", "plead", (front, word.i + 1), source, content, by="support")


def _of_sign(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """`C, which X reads as a sign of D`: X weighs what the clause before tells."""
    tokens = sentence.tokens
    as_ = next((t.i for t in reversed(tokens[max(0, word.i - 3) : word.i]) if t.low == "as"), 0)
    verb = next((t for t in reversed(tokens[max(0, as_ - 3) : as_]) if t.low in _READ), None)
    if not as_ or verb is None:
        return None
    front = verb_group(tokens, verb.i)
    if any(t.low in MODALS or t.low in COPULA or t.tag == "TO" for t in tokens[front : verb.i]):
        return None
    source = syntax.subject(sentence, verb.i)
    which = next((t.i for t in reversed(tokens[:front]) if t.tag == "WH"), 0)
    if which > 1 and which + 1 < front and (source is None or source[0] < which):
        source = (which + 1, front)
    if source is None or source[1] > verb.i or not can_speak(tokens, source):
        return None
    content = without_edges(tokens, (verb.i + 1, sentence_end(tokens)))
    return Attribution("believe", "regard", (front, verb.i + 1), source, content)


_READ = word_set(
    "read reads see sees saw take takes took view views viewed interpret interprets interpreted"
)


def _of_answer(sentence: Sentence, _syntax: Syntax, word: Token) -> Attribution | None:
    """`X's answer was a flat denial`, `the reaction from X was a curt denial`: X denies it."""
    tokens = sentence.tokens
    be = next((t.i for t in reversed(tokens[max(0, word.i - 5) : word.i]) if t.low in COPULA), None)
    if be is None or any(t.tag == "NEG" for t in tokens[be : word.i]):
        return None
    answer = next((t.i for t in reversed(tokens[:be]) if t.low in _ANSWERS), None)
    if answer is None:
        return None
    source: Span = (answer + 2, be)
    if answer + 1 == be and tokens[answer - 1].tag == "POSS":
        first = answer - 1
        while first and tokens[first - 1].tag in ("P", "N", "DET", "ADJ", "NUM"):
            first -= 1
        source = (first, answer - 1)
    elif tokens[answer + 1].low not in ("from", "of"):
        return None
    if source[0] >= source[1] or not can_speak(tokens, source):
        return None
    content = without_edges(tokens, (be, sentence_end(tokens)))
    return Attribution("deny", "answer", (be, word.i + 1), source, content, by="support")


_ANSWERS = word_set("answer response reply reaction retort verdict")

_READERS: dict[str, Callable[[Sentence, Syntax, Token], Attribution | None]] = {
    **dict.fromkeys(("scorn", "pooh"), _of_scorn),
    **dict.fromkeys(_SENTIMENTS, _of_solidarity),
    **dict.fromkeys(("sign", "signs", "proof", "evidence", "signal", "confirmation"), _of_sign),
    "down": _of_belittling,
    "guilty": _of_plea,
    **dict.fromkeys(("advice", "recommendation", "message"), _of_advice),
    **dict.fromkeys(("back", "out"), _of_riposte),
    **dict.fromkeys(("count", "estimate", "tally", "reckoning"), _of_count),
    **dict.fromkeys(("denial", "rejection"), _of_answer),
}


def of_set_phrase(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """The frame of a set phrase, at the word that marks it."""
    read = _READERS.get(word.low)
    return read(sentence, syntax, word) if read is not None else None


_VIEWS = word_set("view assessment conclusion opinion belief suspicion")
_SHARE = word_set(
    "share shares shared endorse endorses endorsed support supports backs echo echoes"
)


def shared_views(tokens: Sequence[Token], found: Sequence[Attribution]) -> list[Attribution]:
    """`X said C, a view that A, B and C share`: they say C too."""
    end = sentence_end(tokens)
    noun = next((t.i for t in tokens[2:end] if t.low in _VIEWS and _is_set_off(tokens, t.i)), None)
    verb = next((t.i for t in reversed(tokens[:end]) if t.low in _SHARE), None)
    if noun is None or verb is None or verb <= noun + 1 or verb < end - 1:
        return []
    holder = next((f for f in found if f.content and f.content[0] < noun <= f.content[1]), None)
    first = noun + 1 + (tokens[noun + 1].low in ("that", "which"))
    source = without_edges(tokens, (first, verb))
    if holder is None or holder.content is None or source[0] >= source[1]:
        return []
    if any(is_finite(t) and t.tag == "V" for t in tokens[slice(*source)]):
        return []
    if not can_speak(tokens, source):
        return []
    content = without_edges(tokens, (holder.content[0], noun - 2))
    holder.content = content
    return [Attribution(holder.kind, "share", (verb, verb + 1), source, content)]


def _is_set_off(tokens: Sequence[Token], noun: int) -> bool:
    return tokens[noun - 1].low in ("a", "an") and tokens[noun - 2].text == ","
