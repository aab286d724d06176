"""Lists of speakers: `the FBI, CISA and the NSA` is three, `state and local officials` is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from afterpatch.claims.grammar.syntax import Span, without_edges
from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.words import (
    CLAIM_NOUNS,
    DOCUMENTS,
    OFFICES,
    PEOPLE,
    TIMES,
    TOGETHER,
    word_set,
)
from afterpatch.claims.who.names import Entity

__all__ = ["items", "signers"]


def items(words: Sequence[Token], span: Span, entities: Sequence[Entity]) -> list[Span]:
    """The names in a source, one span each; the whole source where it is no list."""
    whole = _listed_on(words, span, entities)
    span = _plain(words, whole)
    if span[0] >= span[1]:  # "That will not bring your data back, so here is what you can do."
        return [whole]
    if any(e.span[0] <= span[0] + 1 and e.span[1] >= span[1] for e in entities):
        return [span]
    parts, joined = _parts(words, span, entities)
    named = all(any(e.span == part for e in entities) for part in parts)  # US, UK
    if len(parts) < 2 or not (joined or named):
        return [span]
    if _shares_noun(words, parts) or _shares_head(words, parts, entities):
        return [span]
    if not all(_nameable(words, part, entities) for part in parts):
        return [span]
    # "the prime minister of Norway and the king": each stands for itself
    return parts


_ISSUED = word_set(
    "signed issued published released written prepared endorsed compiled produced drafted authored"
)


def signers(words: Sequence[Token], span: Span, entities: Sequence[Entity]) -> Span:
    """Who stands for a document, where the source says so: `a joint warning signed by A and B`."""
    first, end = span
    for at in range(first + 1, end - 2):
        if words[at].low in _ISSUED and words[at + 1].low == "by":
            told = any(t.low in DOCUMENTS or t.low in CLAIM_NOUNS for t in words[first:at])
            known = any(at < e.span[0] <= at + 3 for e in entities if e.kind != "group")
            whole = _listed_on(words, (at + 2, end), entities)
            several = whole[1] > end or any(t.low == "and" for t in words[at + 2 : end])
            return whole if told and known and several else span
    return span


def _listed_on(words: Sequence[Token], span: Span, entities: Sequence[Entity]) -> Span:
    """The source with the rest of a list that was cut at a comma or at a name in brackets: `the
    Example Centre (EC), the FBI and the Japanese police`."""
    first, end = span
    at, closed = end, False
    while at < len(words) and not closed:
        if words[at].text == ",":
            at += 1
        closed = at < len(words) and words[at].low in ("and", "&")
        at += closed
        stop = _name_end(words, at, entities)
        if stop == at or (at == end and not closed):
            return span
        at = stop
    if not closed or at == end:
        return span
    # `according to Norway, Sweden and Denmark were hit`: what has a verb of its own is no list
    led = first > 0 and words[first - 1].tag in ("ADP", "TO", "V")
    verb = at < len(words) and words[at].tag in ("V", "AUX", "ADV", "NEG")
    return (first, at) if verb != led else span


def _name_end(words: Sequence[Token], at: int, entities: Sequence[Entity]) -> int:
    """Where a name of the tables ends, brackets with it; `at` where none begins here."""
    start = at
    if at < len(words) and words[at].tag in ("DET", "NUM"):
        at += 1
        if words[at - 1].tag == "NUM":  # seven other nations
            while at < len(words) and words[at].tag in ("ADJ", "N"):
                at += 1
            return at if words[at - 1].low.endswith("s") else start
    named = at
    inside = {i for e in entities for i in range(*e.span)}
    reached = False
    while at < len(words) and (
        at in inside
        or (words[at].upper and words[at].tag in ("P", "N", "ADJ"))
        or (at > named and words[at].low in ("for", "of") and _upper_at(words, at + 1))
    ):
        reached = reached or at in inside
        at += 1
    if not reached:
        return start
    if at + 2 < len(words) and words[at].text == "(" and words[at + 2].text == ")":
        at += 3
    return at


def _upper_at(words: Sequence[Token], at: int) -> bool:
    return at < len(words) and words[at].upper


def _parts(
    words: Sequence[Token], span: Span, entities: Sequence[Entity]
) -> tuple[list[Span], bool]:
    """What stands between commas and joining words; and whether a joining word is among them."""
    inside = {i for e in entities for i in range(*e.span)}
    found: list[Span] = []
    first, depth = span[0], 0
    joined = False
    for at in range(*span):
        depth += (words[at].text in "([") - (words[at].text in ")]")
        if depth or at in inside or _is_name_part(words, at, inside):
            continue
        if _parts_here(words, at, span):
            joined = joined or words[at].text != ","
            if at > first:
                found.append((first, at))
            first = at + 1
    if span[1] > first:
        found.append((first, span[1]))
    return [part for part in (_plain(words, p) for p in found) if part[0] < part[1]], joined


_JOINING = word_set("and or nor neither along together alongside joined joins")


def _is_name_part(words: Sequence[Token], at: int, inside: set[int]) -> bool:
    """`AT&T`, `Marks & Spencer`."""
    beside = words[at - 1 : at + 2 : 2]
    return words[at].text == "&" and at - 1 not in inside and all(t.tag == "P" for t in beside)


def _parts_here(words: Sequence[Token], at: int, span: Span) -> bool:
    """Whether a word divides a list: `A, B`, `A and B`, `A as well as B`, `not only A but also`."""
    low = words[at].low
    before = words[at - 1].low if at > span[0] else ""
    after = words[at + 1].low if at + 1 < span[1] else ""
    if low == "as":
        return at + 2 < span[1] and after == "well"
    return (
        low in (",", "&")
        or low in _JOINING
        or (low == "by" and words[at - 1].low == "joined")
        or (low == "but" and after == "also")
        or (low == "also" and before == "but")
    )


def _shares_noun(words: Sequence[Token], parts: Sequence[Span]) -> bool:
    """Whether what is joined are only the adjectives of one noun: `state and local officials`."""
    last = words[parts[-1][1] - 1]
    opens = words[parts[-1][0]]
    if not (last.low.endswith("s") and last.tag == "N") or last.upper:
        return False
    if opens.tag == "DET" or opens.upper:
        return False
    return not any(_is_noun(words[end - 1]) for _, end in parts[:-1])


def _is_noun(token: Token) -> bool:
    """Whether a word names somebody by itself, as an adjective does not."""
    named = (token.upper and token.i > 0) or token.tag == "PRON"
    return named or token.low.endswith("s") or token.low in PEOPLE or token.low in OFFICES


def _shares_head(words: Sequence[Token], parts: Sequence[Span], entities: Sequence[Entity]) -> bool:
    """Whether one noun stands before a list of states: `ministers from A, B and C`."""
    first, end = parts[0]
    states = {e.span: e for e in entities if e.kind == "state"}
    headed = any(
        words[at].low in ("from", "of", "in") and words[at - 1].low.endswith("s")
        for at in range(first + 1, end)
    )
    bare = all(any(s[0] <= a + 1 and s[1] == b for s in states) for a, b in parts[1:])
    return headed and bare and any(s[1] == end for s in states)


def _nameable(words: Sequence[Token], part: Span, entities: Sequence[Entity]) -> bool:
    run = words[part[0] : part[1]]
    if any(part[0] <= e.span[0] <= part[0] + 2 for e in entities if e.span[1] <= part[1]):
        return True
    if run[0].tag in ("DET", "NUM") or any(t.low in OFFICES or t.low in PEOPLE for t in run):
        return True
    return run[0].upper and all(
        t.upper or t.tag in ("ADP", "DET", "PUNCT") or t.text == "&" for t in run
    )


# ---------------------------------------------------------------- what belongs to no name

_Cut = Callable[[Sequence[Token], Span], Span]


def _plain(words: Sequence[Token], span: Span) -> Span:
    """Without edges, leading conjunctions and what only tells more of the name before it."""
    span = without_edges(words, span)
    for cut in _CUTS:
        span = cut(words, span)
    return without_edges(words, span)


_LEADING = word_set("and or but both as even also for have all that")
_TRAILING = word_set("have all both each also itself themselves himself herself too")
_LATER = word_set("later earlier afterwards ago before")


def _without_leading(words: Sequence[Token], span: Span) -> Span:
    """`and together with A`."""
    first, end = span
    while first < end and (
        words[first].low in _LEADING or words[first].low in TOGETHER or words[first].tag == "QUOTE"
    ):
        first += 1
    return first, end


def _without_time(words: Sequence[Token], span: Span) -> Span:
    """`five days later A`."""
    first, end = span
    late = next((t.i for t in words[first : first + 4] if t.low in _LATER), None)
    if late is not None and first < late < end - 1 and words[late - 1].low in TIMES:
        return late + 1, end
    return span


def _without_apposed(words: Sequence[Token], span: Span) -> Span:
    """`C, a foothold prosecutors say`: who speaks are the prosecutors."""
    first, end = span
    last = words[end - 1] if end > first else None
    if last is None or words[first].low not in ("a", "an") or last.low not in _SEVERAL:
        return span
    run = words[first + 1 : end - 1]
    if any(t.tag in ("ADP", "V", "PUNCT") or t.low in _AMOUNTS for t in run):
        return span
    noun = next((t for t in run if t.tag == "N" and not t.low.endswith("s")), None)
    return (noun.i + 1, end) if noun is not None else span


_SEVERAL = frozenset(word for word in (*PEOPLE, *OFFICES) if word.endswith("s"))
_AMOUNTS = word_set("few dozen hundred thousand score couple pair handful number group team")


def _without_office(words: Sequence[Token], span: Span) -> Span:
    """`Qin An, head of an institute`; `Police in Turku, a city in Finland`."""
    first, end = span
    comma = next((k for k in range(first + 1, end - 1) if words[k].text == ","), None)
    if comma is None or words[comma + 1].upper or words[comma + 1].tag not in ("DET", "N", "ADJ"):
        return span
    named = all(t.upper or t.text == "-" or t.tag == "ADP" for t in words[first:comma])
    listed = any(t.low in ("and", "&") for t in words[comma:end])
    return (first, comma) if named and not listed else span


def _without_aside(words: Sequence[Token], span: Span) -> Span:
    """`A and B, in a joint advisory`."""
    first, end = span
    for at in range(first + 1, end - 1):
        if words[at].text == "," and _opens_aside(words, first, at):
            return first, at
    return span


def _opens_aside(words: Sequence[Token], first: int, comma: int) -> bool:
    """Whether what follows a comma tells more of the names before it."""
    after = words[comma + 1]
    if after.low in ("including", "among"):
        return True
    if after.tag == "DET":  # the A and the B, the two agencies of C
        so_far = {t.low for t in words[first:comma]}
        return not so_far.isdisjoint(("and", "&")) and so_far.isdisjoint(TOGETHER)
    if after.low in TOGETHER:
        return False
    if after.tag == "V":  # A, backed by B and C
        return after.form in ("past", "ing") and after.low != "joined"
    return after.tag == "ADP"


def _without_clause(words: Sequence[Token], span: Span) -> Span:
    """`A, which sits in B`."""
    first, end = span
    for at in range(first + 1, end):
        if words[at].tag == "WH" and words[at - 1].text == ",":
            return first, at - 1
    return span


def _without_trailing(words: Sequence[Token], span: Span) -> Span:
    """`A and B both`, `A itself`, `A in 2020`."""
    first, end = span
    while end > first + 1 and words[end - 1].low in _TRAILING:
        end -= 1
    if end - first > 2 and words[end - 2].low == "in" and words[end - 1].tag == "NUM":
        end -= 2
    return first, end


_CUTS: tuple[_Cut, ...] = (
    _without_leading, _without_time, _without_apposed, _without_office, _without_aside,
    _without_clause, _without_trailing,
)  # fmt: skip
