"""How far a noun phrase and a reported clause reach, by word classes and commas."""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.grammar.tagging import NOMINAL
from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.words import MONTHS, TIMES, VERBS, word_set

__all__ = ["clause_end", "clause_start", "phrase_end"]


def phrase_end(tokens: Sequence[Token], first: int, *, lists: bool) -> int:
    """Where a noun phrase that begins at `first` ends; with its of-phrases, and lists of names."""
    at = first
    named = False
    while at < len(tokens):
        token = tokens[at]
        if token.tag in ("N", "P", "NUM"):
            named = True
            at += 1
        elif token.tag in ("DET", "ADJ", "PRON"):
            if named and token.tag in ("DET", "PRON"):
                break
            named = named or token.tag == "PRON"
            at += 1
        elif (token.tag == "POSS" and named) or (
            token.tag == "ADV" and not named and at + 1 < len(tokens)
        ):
            at += 1
        elif (
            token.text in ("-", "/", ".", "$", "€", "£")
            and at + 1 < len(tokens)
            and (tokens[at + 1].start == token.end or token.text in "$€£")
        ):
            at += 1
            named = False
        elif token.tag == "V" and named is False and at > first:
            at += 1  # state-backed
        elif token.text == "(" and named:
            close = next(
                (k for k in range(at, min(at + 9, len(tokens))) if tokens[k].text == ")"), 0
            )
            if not close:
                break
            at = close + 1
        elif named and token.low in ("of", "at", "for", "from", "in") and _noun_follows(tokens, at):
            if token.low in ("in", "at", "from", "for") and tokens[at + 1].low in (*TIMES, *MONTHS):
                break
            if (
                token.low in ("in", "for", "from")
                and not tokens[at + 1].upper
                and (
                    tokens[at + 1].tag != "DET" or at + 2 >= len(tokens) or not tokens[at + 2].upper
                )
            ):
                break
            at += 1
            named = False
        elif lists and named and (end := _list_goes_on(tokens, at)):
            at = end
            named = False
        else:
            break
    while (
        at > first
        and tokens[at - 1].tag in ("ADP", "CC", "DET", "PUNCT")
        and tokens[at - 1].text not in ")]"
    ):
        at -= 1
    return at


def _noun_follows(tokens: Sequence[Token], at: int) -> bool:
    return at + 1 < len(tokens) and tokens[at + 1].tag in ("N", "P", "DET", "ADJ", "NUM")


def _list_goes_on(tokens: Sequence[Token], at: int) -> int:
    """After `and`, `,` or `, and` with another name or a determined noun: where that one begins."""
    token = tokens[at]
    after = at + 1
    if token.text == ",":
        if after < len(tokens) and tokens[after].tag == "CC":
            after += 1
        elif not _ends_in_list(tokens, after):
            return 0
    elif token.tag != "CC" or token.low in ("but", "yet", "nor"):
        return 0
    if after >= len(tokens):
        return 0
    first = tokens[after]
    if first.tag == "P" or (
        first.tag in ("DET", "N", "ADJ") and first.low not in ("that", "this") and token.tag == "CC"
    ):
        # not a clause of its own: no finite verb right behind the next noun
        end = phrase_end(tokens, after, lists=False)
        if end < len(tokens) and tokens[end].tag in ("V", "AUX") and tokens[end].form != "ing":
            return 0
        return after if end > after else 0
    if first.tag == "DET" and token.text == ",":
        return after
    return 0


def _ends_in_list(tokens: Sequence[Token], at: int) -> bool:
    """Whether a series of short noun phrases with `and` before the last begins here."""
    for k in range(at, min(at + 24, len(tokens))):
        token = tokens[k]
        if token.tag == "CC" and token.low in ("and", "&", "or"):
            return True
        if (
            token.text != ","
            and token.tag not in NOMINAL
            and token.low not in ("of", "-", "(", ")")
        ):
            return False
    return False


# What these report, begins right behind them.
_PLAINLY = word_set("say add claim argue state note believe think find discover")


def clause_start(tokens: Sequence[Token], verb: int) -> int | None:
    """Where what is reported begins: after `that`, a colon, a quotation, who is told, a day."""
    at = verb + 1
    if at >= len(tokens):
        return None
    told = VERBS.get(tokens[verb].lemma) in ("tell", "demand") or tokens[at].tag == "TO"
    if tokens[at].tag == "TO" and VERBS.get(tokens[verb].lemma) not in (
        "demand",
        "announce",
        "believe",
    ):
        at += 1
    elif tokens[at].tag == "TO":
        return at
    if told and VERBS.get(tokens[verb].lemma) != "demand":
        end = phrase_end(tokens, at, lists=False)
        if end > at and not (end < len(tokens) and tokens[end].tag in ("V", "AUX")):
            at = end
        elif end > at + 1:
            at += 1
    # adverbials: on Monday, in a statement, last week
    for _ in range(4):
        if at >= len(tokens):
            return None
        token = tokens[at]
        if (
            token.tag == "ADV"
            and token.low
            not in (
                "at",
                "more",
                "most",
                "only",
                "almost",
                "nearly",
            )
        ) or (token.text == "," and at + 1 < len(tokens)):
            at += 1
        elif token.low in TIMES and token.low not in ("week", "month", "year"):
            at += 1
            while at < len(tokens) and tokens[at].low in TIMES:
                at += 1
        elif _opens_number(tokens, at):
            break
        elif token.low in (
            "in",
            "on",
            "at",
            "during",
            "to",
            "with",
            "after",
            "of",
            "by",
            "from",
            "before",
            "over",
            "via",
            "about",
        ):
            end = phrase_end(tokens, at + 1, lists=False)
            if end <= at + 1:
                break
            following = tokens[end] if end < len(tokens) else None
            if following is None:
                return None
            if following.tag in ("V", "AUX") and following.form != "ing":
                break
            at = end
        else:
            break
    plain = (
        tokens[verb].lemma in _PLAINLY
        and tokens[at : at + 1]
        and (tokens[at].tag in ("DET", "N", "P") and tokens[at].low not in (*TIMES, "that"))
    )
    for k in range(at, min(at + 10, len(tokens))):
        token = tokens[k]
        if plain and k > at and token.low == "that":
            break  # said the tool resembles one that A used
        if token.low == "that" and token.tag in ("SUB", "WH", "DET") and k > verb:
            return k + 1 if k + 1 < len(tokens) else None
        if token.text == ":" or (token.quote and (k == at or tokens[k - 1].text == ",")):
            return k if token.quote else k + 1
        if token.tag in ("V", "AUX", "PRON") or token.text == ",":
            break
    if at >= len(tokens) or tokens[at].text in (".", "?", "!", ";"):
        return None
    return at


def _opens_number(tokens: Sequence[Token], at: int) -> bool:
    """`at least 90 ministries`, `about 900 servers`, `over 30`: no place, no topic."""
    near = tokens[at + 1 : at + 3]
    if tokens[at].low == "at":
        return bool(near) and near[0].low in ("least", "most")
    counted = bool(near) and (near[0].tag == "NUM" or near[0].low in _ROUND)
    return tokens[at].low in ("about", "over") and counted


_ROUND = word_set("half two three four five six seven eight nine ten dozens hundreds thousands")


def clause_end(tokens: Sequence[Token], first: int) -> int:
    """To the end of the sentence, or to a comma after which somebody else speaks."""
    end = len(tokens)
    quoted = False
    for token in tokens[first:]:
        quoted ^= token.quote
        if token.text == ";" and not quoted:
            end = token.i
            break
    while end > first and tokens[end - 1].text in (".", "!", "?", ",", ";"):
        end -= 1
    return end
