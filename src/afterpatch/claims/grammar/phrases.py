"""Sentences read without a model: spans from word classes and commas."""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.grammar.clauses import clause_end, clause_start, phrase_end
from afterpatch.claims.grammar.syntax import Span, verb_group, without_edges
from afterpatch.claims.grammar.tagging import NOMINAL, tag_words
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import (
    COPULA,
    MONTHS,
    TIMES,
    VERBS,
    word_set,
)

__all__ = ["Phrases", "before_apposition", "inverted"]


_SPEAKING_DASH = ("—", "–", "--", ";", ":")

_WHEN = TIMES | frozenset(MONTHS)


class Phrases:
    """The engine without a model."""

    name = "word classes and commas (no parser)"

    def read(self, sentences: Sequence[Sentence]) -> None:
        """Tags the tokens."""
        for sentence in sentences:
            tag_words(sentence.tokens, headline=sentence.headline)

    def subject(self, sentence: Sentence, verb: int) -> Span | None:
        """The noun phrase before the verb group, or the one after a verb that is turned round."""
        tokens = sentence.tokens
        front = verb_group(tokens, verb)
        if tokens[verb].form == "ing" and front == verb:
            beside = _with_subject(tokens, verb)
            if beside is not None:
                return beside
            shared = _finite_before(tokens, verb)
            if shared is not None:
                return self.subject(sentence, shared)
        if inverted(tokens, front, verb):
            first = _behind_time(tokens, verb + 1)
            end = phrase_end(tokens, first, lists=True)
            return without_edges(tokens, (first, end)) if end > first else None
        if tokens[front].tag == "TO" and front and tokens[front - 1].tag == "V":
            return self.subject(sentence, front - 1)  # continue to urge
        found = _before(tokens, front)
        if found is not None and sentence.headline:
            found = _with_names_before(tokens, found)
        joined = front > 0 and (
            tokens[front - 1].tag == "CC"
            or (sentence.headline and tokens[front - 1].text == ",")
            or _goes_on(tokens, front)
        )
        if found is None and joined:
            shared = _finite_before(tokens, front)  # X insisted on it and said
            return self.subject(sentence, shared) if shared is not None else None
        return found

    def object(self, sentence: Sentence, verb: int) -> Span | None:
        """The noun phrase right after the verb."""
        tokens = sentence.tokens
        first = verb + 1
        while first < len(tokens) and tokens[first].tag in ("ADV", "NEG"):
            first += 1
        end = phrase_end(tokens, first, lists=True)
        return without_edges(tokens, (first, end)) if end > first else None

    def complement(self, sentence: Sentence, verb: int) -> Span | None:
        """From the clause's first word after the verb to the end of the sentence's part."""
        tokens = sentence.tokens
        first = clause_start(tokens, verb)
        if first is None:
            return None
        end = clause_end(tokens, first)
        span = without_edges(tokens, (first, end))
        return span if span[1] - span[0] >= 2 else None


def _goes_on(tokens: Sequence[Token], front: int) -> bool:
    """Whether a series of verbs goes on: `X called for calm, said C and did D`."""
    if front < 3 or tokens[front - 1].text != ",":
        return False
    series = any(t.low == "and" for t in tokens[front + 1 :])
    return series and any(t.tag == "V" and t.form == "past" for t in tokens[1 : front - 1])


def _finite_before(tokens: Sequence[Token], verb: int) -> int | None:
    """The finite verb before a participle, whose subject it shares: `X denied it, saying`."""
    at = verb
    if verb and tokens[verb - 1].quote:
        return None
    while at > 0:
        at -= 1
        if tokens[at].quote:  # past a quotation, not out of one
            at = next((t.i for t in reversed(tokens[:at]) if t.quote), -1)
            continue
        relative = at > 1 and tokens[at - 1].tag == "PRON" and tokens[at - 2].tag in ("N", "P")
        finite = tokens[at].form in ("past", "third") or (
            tokens[at].form == "base" and at and tokens[at - 1].tag in ("N", "P", "PRON")
        )
        if tokens[at].tag == "V" and finite and not relative:
            return at
    be = next((t.i for t in tokens[:verb] if t.low in COPULA), None)
    return be if be is not None and not any(t.tag == "SUB" for t in tokens[:be]) else None


def _with_subject(tokens: Sequence[Token], verb: int) -> Span | None:
    """Who does it in `…, with X calling it C`."""
    at = verb
    while at and tokens[at - 1].tag in ("N", "P", "DET", "ADJ", "NUM", "POSS"):
        at -= 1
    return (at, verb) if 0 < at < verb and tokens[at - 1].low == "with" else None


def _behind_time(tokens: Sequence[Token], at: int) -> int:
    """Where a phrase begins behind the time that translated wording puts before it: `said on Monday
    the minister`."""
    first = at + (at < len(tokens) and tokens[at].low in ("on", "late", "early", "last"))
    timed = first < len(tokens) and tokens[first].low in TIMES
    if timed and first + 1 < len(tokens) and tokens[first + 1].tag in ("DET", "P", "N"):
        return first + 1
    return at


def inverted(tokens: Sequence[Token], front: int, verb: int) -> bool:
    """Whether the speaker follows the verb: `"…," said the minister`."""
    if tokens[verb].form not in ("past", "third", "base") or (VERBS.get(tokens[verb].lemma) not in (
        "say", "announce", "believe",
    ) and tokens[verb].lemma != "inform"):  # fmt: skip
        return False
    opening = (
        _opening_comma(tokens, front - 1) if front > 2 and tokens[front - 1].text == "," else None
    )
    if opening is not None and tokens[opening + 1].tag == "WH":
        return False  # X, which did B, believes the C
    aside = opening is not None and tokens[opening + 1].form == "ing"
    if aside and not any(t.tag in ("V", "AUX") or t.quote for t in tokens[:opening]):
        return False  # X, speaking at B, said the C
    if front == 0 or (tokens[verb].form == "base" and tokens[verb].lemma not in _TURNED):
        return False  # if it hits you, report the incident
    before = tokens[front - 1]
    if tokens[verb - 1].low == "so" and verb > 1:
        front = verb
        before = tokens[verb - 2]  # C, so said the minister
    if front != verb or not (before.quote or before.text in (",", "—", "–", "-", "?", "!")):
        return False
    nothing_said = not any(t.tag in ("V", "AUX") or t.quote for t in tokens[:front])
    if before.text == "," and nothing_said and tokens[verb].lemma in ("find", "show", "discover"):
        return False  # X, a group at Y, found C
    first = _behind_time(tokens, verb + 1)
    if first >= len(tokens) or [t.low for t in tokens[first : first + 2]] == ["out", "that"]:
        return False
    after = tokens[first]
    if after.tag not in ("DET", "P", "N", "PRON", "ADJ", "NUM") or after.low in TIMES:
        return False
    end = phrase_end(tokens, first, lists=True)
    if end >= len(tokens):
        return True
    closing = tokens[end]
    if closing.tag == "V":
        after_it = tokens[end + 1].low if end + 1 < len(tokens) else ""
        return closing.form == "ing" or after_it in ("by", "on", "in", "with", "to")
    if closing.tag == "CC" and end + 1 < len(tokens) and tokens[end + 1].tag in ("V", "AUX"):
        return False  # X, declared an emergency and said
    if closing.tag == "ADP" and any(
        t.tag == "AUX" or (t.tag == "V" and t.form in ("past", "third")) for t in tokens[end:]
    ):
        return False  # said the talks with X had ended
    return closing.tag in ("PUNCT", "ADP", "SUB", "WH", "QUOTE", "ADV", "CC", "TO")


_TURNED = word_set("say warn argue believe claim insist write add think fear reckon")


def _before(tokens: Sequence[Token], front: int) -> Span | None:
    """The noun phrase that ends where the verb group begins."""
    while front and tokens[front - 1].tag == "ADV":
        front -= 1
    at = front - 1
    if at < 0:
        return None
    if tokens[at].low in _PERSONAL and (not at or tokens[at - 1].tag in ("N", "P")):
        return at, front  # attacks it blames on A
    stop, reach = 0, front
    while at >= 0:
        token = tokens[at]
        if at == front - 1 and (opening := _opening_dash(tokens, at)) is not None:
            at = opening - 1  # X – a part of Y – says
            continue
        if token.quote or token.text in _SPEAKING_DASH:
            stop = at + 1
            break
        if token.text == ",":
            if at == front - 1 or _only_when(tokens[at + 1 : front]):
                opening = _opening_comma(tokens, at)
                if opening is None:
                    return None
                at, reach = opening - 1, opening
                continue
            if _listed(tokens, at, reach):
                at -= 1
                continue
            stop = at + 1
            break
        if token.low == "whole" and [t.low for t in tokens[max(0, at - 2) : at]] == ["as", "a"]:
            at -= 3  # the alliance as a whole
            continue
        if token.tag == "SUB" or token.low in ("but", "while"):
            stop = at + 1
            break
        if token.tag == "WH":
            if token.low in ("who", "which", "that", "whose", "whom") and at + 1 == front:
                return _antecedent(tokens, at)
            if token.low == "whose":
                stop = at + 1
                break
            at -= 1
            continue
        if token.text == "&" and tokens[at - 1].end == token.start:
            at -= 1  # AT&T
            continue
        if (
            token.tag == "CC"
            and any(t.tag in ("V", "AUX") and t.form != "ing" for t in tokens[:at])
            and not _relative_before(tokens, at)
            and not _joins_subjects(tokens, at)
        ):
            stop = at + 1
            break
        if token.low in ("neither", "nor") and at + 1 < front:
            if token.low == "neither":
                stop = at + 1
                break
            at -= 1  # neither the police nor the bank
            continue
        if token.tag in ("V", "AUX", "NEG"):
            if _modifies(tokens, at, front):
                at -= 1
                continue
            if _relative_before(tokens, at):
                at = _relative_before(tokens, at) - 1
                continue
            stop = at + 1
            break
        at -= 1
    return _noun_part(tokens, stop, front)


def _with_names_before(tokens: Sequence[Token], found: Span) -> Span:
    """All names of a list in a headline, which does without `and`: `US, UK blame Iran`."""
    first = found[0]
    if first < 2 or tokens[first - 1].text != ",":
        return found
    named = all(t.upper or t.text == "," for t in tokens[:first])
    return (0, found[1]) if named and tokens[first].upper else found


_PERSONAL = word_set("he she it they we")


def _joins_subjects(tokens: Sequence[Token], cc: int) -> bool:
    """Whether `and` joins two noun phrases of which the first opens a clause: as A and B said."""
    at = cc - 1
    while at >= 0 and (
        tokens[at].tag in NOMINAL
        or (tokens[at].low in ("of", "for") and at and tokens[at - 1].tag in ("N", "P"))
    ):
        at -= 1
    if tokens[cc].low != "and" or at == cc - 1 or cc + 1 >= len(tokens):
        return False
    opens = at < 0 or tokens[at].tag in ("SUB", "WH") or tokens[at].low in ("while", "but")
    opens = opens or (at > 0 and tokens[at].low in ("on", "in") and tokens[at - 1].text == ",")
    return opens and tokens[cc + 1].tag in ("DET", "N", "P", "ADJ")


def _only_when(run: Sequence[Token]) -> bool:
    """Whether nothing but a time stands there: `X, joined by Y, on Monday accused`."""
    return any(t.low in TIMES for t in run) and all(
        t.low in TIMES or t.tag in ("ADV", "ADP", "DET", "NUM") for t in run
    )


def _antecedent(tokens: Sequence[Token], wh: int) -> Span | None:
    end = wh - 1 if wh and tokens[wh - 1].text == "," else wh
    if end <= 0:
        return None
    found = _before(tokens, end)
    if found is not None:
        found = before_apposition(tokens, found)
    if found is not None and tokens[found[0]].tag == "P":
        first = found[0]
        while (
            first > 1 and tokens[first - 1].low == "and" and tokens[first - 2].tag in ("P", "NUM")
        ):
            first -= 2  # APT 40 and APT 31, which
            while first > 0 and tokens[first - 1].tag in ("P", "NUM"):
                first -= 1
        found = (first, found[1])
    return found


def before_apposition(tokens: Sequence[Token], span: Span) -> Span:
    """The name that an apposition only explains: `Anna Example, a former member of A, who`."""
    first = span[0]
    while first and (
        tokens[first - 1].tag in NOMINAL or tokens[first - 1].low in ("of", "at", "for")
    ):
        first -= 1
    if first < 3 or tokens[first - 1].text != "," or tokens[first].low not in ("a", "an", "the"):
        return span
    at = first - 1
    while at and tokens[at - 1].tag == "P":
        at -= 1
    return (at, first - 1) if first - 1 - at > 1 else span


def _opening_comma(tokens: Sequence[Token], closing: int) -> int | None:
    """The comma that opens what this one closes: an apposition or a relative clause."""
    for at in range(closing - 1, 0, -1):
        if tokens[at].text == "," and tokens[at + 1].low in ("joined", "along", "together"):
            return at  # X, joined by A, B and C,
        inner = tokens[at + 1]
        led = inner.tag == "V" and inner.form == "past" and at + 2 < closing
        if tokens[at].text == "," and led and tokens[at + 2].tag in ("ADP", "SUB"):
            return at  # X, signed by A, B and C,
    for at in range(closing - 1, 0, -1):
        if tokens[at].quote:
            return None
        if tokens[at].text == ",":
            inner = tokens[at + 1]
            nominal = (
                inner.tag in ("DET", "WH", "NUM", "N", "P", "ADJ", "ADV")
                or (inner.tag == "V" and inner.form in ("ing", "past"))
                or inner.tag in ("ADP", "TO")
            )
            doing = inner.tag == "V" and inner.form == "ing"  # quoting a letter it had seen
            if (
                inner.tag == "WH"
                or doing
                or (nominal and not _has_clause(tokens[at + 1 : closing]))
            ):
                return at
    return None


def _opening_dash(tokens: Sequence[Token], closing: int) -> int | None:
    """The dash that opens what this one closes, with neither a list nor a clause between them."""
    if tokens[closing].text not in ("—", "–", "--"):
        return None
    for at in range(closing - 2, 0, -1):
        if tokens[at].quote or tokens[at].tag == "AUX":
            return None
        if tokens[at].text == tokens[closing].text:
            inner = tokens[at + 1]
            return (
                at if inner.tag in ("DET", "WH") or (inner.tag == "N" and not inner.upper) else None
            )
    return None


def _has_clause(tokens: Sequence[Token]) -> bool:
    relative = tokens[0].tag in ("WH", "ADP") or any(t.tag == "WH" for t in tokens[1:4])
    return any(t.tag == "AUX" for t in tokens) and not relative


def _listed(tokens: Sequence[Token], comma: int, front: int) -> bool:
    """Whether the comma stands in a list of names before the verb."""
    right = tokens[comma + 1 : front]
    joined = any(t.tag == "CC" and t.low in ("and", "&") for t in right)
    if not joined or any(t.tag in ("V", "AUX", "SUB") for t in right):
        return False
    left: list[Token] = []
    for at in range(comma - 1, -1, -1):
        if tokens[at].text == "," or tokens[at].tag in ("SUB", "V", "AUX") or tokens[at].quote:
            break
        left.insert(0, tokens[at])
    if not left or len(left) > 9:
        return False
    return left[0].tag not in ("ADP", "ADV") and left[-1].tag in ("N", "P", "NUM", "PUNCT")


def _relative_before(tokens: Sequence[Token], verb: int) -> int:
    """Where the relative clause that holds this verb begins, or 0."""
    for at in range(verb - 1, max(0, verb - 12), -1):
        token = tokens[at]
        if (
            token.tag == "WH"
            and at
            and (tokens[at - 1].tag in ("N", "P") or tokens[at - 1].text == ",")
        ):
            return at
        if token.tag in ("SUB", "V") or token.quote:
            return 0
    return 0


def _modifies(tokens: Sequence[Token], verb: int, front: int) -> bool:
    """Whether a participle only describes the noun before it: `lawyers interviewed by …`."""
    token = tokens[verb]
    if token.tag != "V" or token.form not in ("past", "ing") or verb + 1 >= front or not verb:
        return False
    after = tokens[verb + 1]
    preposition = after.tag in ("ADP", "TO") or (token.form == "ing" and after.tag != "PUNCT")
    return preposition and tokens[verb - 1].tag in ("N", "P", "PRON")


def _noun_part(tokens: Sequence[Token], first: int, end: int) -> Span | None:
    """The noun phrase at the end of a stretch of tokens, without what opens the clause."""
    while first < end and (
        tokens[first].tag in ("CC", "ADV", "SUB", "PUNCT", "QUOTE", "NEG", "WH")
        and tokens[first].text not in ("(", "[")
    ):
        first += 1
    for at in range(first + 1, end):
        if tokens[at].tag == "DET" and tokens[at - 1].low in ("time", "day", "moment", "reason"):
            first = at  # the first time the alliance did so
    if first < end and (tokens[first].tag in ("ADP", "TO") or tokens[first].low in TIMES):
        named = False
        for at in range(first + 1, end):
            token = tokens[at]
            led = tokens[at - 1].tag in ("ADP", "TO")  # on a visit to the hospital X
            if named and token.tag in ("DET", "PRON") and not led:
                first = at
                break
            named = named or token.tag in ("N", "P", "NUM")
        else:
            time = tokens[first + 1].low if first + 1 < end else ""
            if time in TIMES and first + 2 < end:
                first += 2
            else:
                return None
    while (
        end - 2 > first
        and tokens[end - 1].low in _WHEN
        and (tokens[end - 2].tag == "ADP" or tokens[end - 2].low in TIMES)
    ):
        end -= 2  # the administration on Monday
    while (
        end > first
        and tokens[end - 1].tag in ("ADV", "PUNCT", "CC")
        and tokens[end - 1].text != ")"
    ):
        end -= 1
    if first >= end or not any(
        t.tag in ("N", "P", "PRON", "NUM", "DET", "ADJ") for t in tokens[first:end]
    ):
        return None
    for at in range(end - 1, first + 1, -1):
        if tokens[at].low in ("the", "its", "their") and tokens[at - 1].tag == "N":
            first = at  # malware the agency tied to A
            break
    if all(t.low in TIMES or t.tag in ("DET", "ADP", "NUM") for t in tokens[first:end]):
        last = tokens[end - 1].low
        if last in TIMES:
            return None
    return first, end
