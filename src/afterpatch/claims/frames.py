"""Who says what: the verbs, nouns and phrases of a sentence that carry somebody's claim.

A frame is what stands in the sentence, before it is asked who is meant and how it is meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from afterpatch.claims.syntax import Span, Syntax, verb_group, without_edges
from afterpatch.claims.text import Sentence, Token
from afterpatch.claims.words import (
    ATTACK,
    CLAIM_NOUNS,
    COPULA,
    DOCUMENTS,
    THREATS,
    TIMES,
    VERBS,
    Frame,
    word_set,
)

__all__ = ["Attribution", "attributions", "quotations"]


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


def attributions(sentence: Sentence, syntax: Syntax) -> list[Attribution]:
    """The frames of a sentence in the order of their cues, none of them inside a quotation."""
    tokens = sentence.tokens
    quoted = quotations(sentence)
    found: list[Attribution] = []
    if sentence.headline and (frame := _titled(tokens)) is not None:
        found.append(frame)
    for token in tokens:
        inside = any(a < token.i < b - 1 and b - a > 4 for a, b in quoted)
        if inside:
            continue
        if token.tag == "V" and token.lemma in VERBS:
            if (frame := _of_verb(sentence, syntax, token, quoted)) is not None:
                found.append(frame)
        elif token.low in ("according", "per", "words") and token.i + 2 < len(tokens):
            if (frame := _according(sentence, token.i)) is not None:
                found.append(frame)
        elif token.low in _CONVINCED and (frame := _of_belief(sentence, syntax, token)) is not None:
            found.append(frame)
        elif token.low in ("concern", "concerns", "alarm", "outrage") and token.tag == "N":
            if (frame := _of_concern(sentence, syntax, token)) is not None:
                found.append(frame)
        elif token.low in ("blame", "fault", "responsibility") and token.tag == "N":
            if (frame := _of_blame(sentence, syntax, token)) is not None:
                found.append(frame)
        elif (
            token.low in CLAIM_NOUNS
            and token.tag == "N"
            and (frame := _of_noun(sentence, token)) is not None
        ):
            found.append(frame)
    _same_speaker(tokens, found)
    _limited(tokens, found)
    return _settled(tokens, found)


# What stands before a colon as the name of what follows it, not as a speaker.
_LABELS = word_set(
    "source sources photo photos photograph photographs picture pictures image images video audio "
    "credit credits graphic map chart tags topics watch listen read update updated editor "
    "correction"
)


def _same_speaker(tokens: Sequence[Token], found: Sequence[Attribution]) -> None:
    """In `X said it was B and called on A`, whoever said so also calls on A."""
    for frame in found:
        source = frame.source
        if source is None or source[1] - source[0] > 1 or tokens[source[0]].tag != "PRON":
            continue
        for other in found:
            opens = other.content is not None and other.content[0] == source[0]
            if opens and other.kind in _SPOKEN and tokens[frame.cue[0] - 1].tag == "CC":
                frame.source = other.source


def _titled(tokens: Sequence[Token]) -> Attribution | None:
    """`Microsoft: hackers read mail`: a title with its speaker before a colon."""
    colon = next((t.i for t in tokens[:8] if t.text == ":"), None)
    if (
        colon is None
        or colon + 3 > len(tokens)
        or not any(t.tag == "P" or t.upper for t in tokens[:colon])
    ):
        return None
    if any(
        t.tag in ("V", "AUX", "SUB") or t.low in ATTACK or t.low in THREATS for t in tokens[:colon]
    ):
        return None
    if len(tokens[:colon]) == 1 and tokens[0].low in _LABELS:
        return None
    if tokens[colon + 1].low in (
        "see",
        "read",
        "watch",
        "here",
        "what",
        "how",
        "why",
        "who",
        "where",
        "when",
        "which",
    ):
        return None
    content = without_edges(tokens, (colon + 1, _sentence_end(tokens)))
    if not any(t.tag in ("V", "AUX", "N") for t in tokens[slice(*content)]) or any(
        t.tag == "TO" for t in tokens[content[1] - 2 : content[1]]
    ):
        return None  # five things to know
    return Attribution("say", ":", (colon, colon + 1), (0, colon), content, by="phrase")


# ---------------------------------------------------------------- verbs

_SPOKEN = frozenset(("say", "tell", "believe", "estimate", "announce"))
_WEAK = word_set(
    "show read find offer point put count continue hold pin want ask call consider feel "
    "project quote brief cite hint observe answer post agree discover detail document outline "
    "highlight signal imply trace connect brand label link tie determine demonstrate "
    "order count think feel expect doubt anticipate fear worry judge recall promise vow "
    "detect flag pledge point speculate report prove know establish identify"
)
_FIRST = word_set("i we you me us")
# Verbs that also take a plain object: then they report only what befell or a number.
_WITH_CLAUSE = word_set(
    "report argue complain write explain respond reply comment claim boast reveal disclose "
    "acknowledge detail outline recall"
)
_MODALS = word_set("will would can could may might must shall should 'll 'd ca wo do let")


def _of_verb(
    sentence: Sentence, syntax: Syntax, verb: Token, quoted: Sequence[Span]
) -> Attribution | None:
    tokens = sentence.tokens
    kind = VERBS[verb.lemma]
    if (
        verb.low == "think"
        and verb.i + 1 < len(tokens)
        and tokens[verb.i + 1].low in ("tank", "tanks")
    ):
        return None
    after = tokens[verb.i + 1] if verb.i + 1 < len(tokens) else None
    if verb.lemma == "point" and sentence.headline and after is not None and after.low == "at":
        kind = "accuse"
    if verb.lemma == "point":
        near = [t.low for t in tokens[verb.i + 1 : verb.i + 5]]
        if "finger" in near or "fingers" in near:
            kind = "accuse"
    front = verb_group(tokens, verb.i)
    group = tokens[front : verb.i]
    follows = after.low if after is not None else ""
    told = any(t.low == "that" for t in tokens[verb.i + 1 : verb.i + 2])
    if told and (verb.lemma in ("hold", "suspect")):
        kind = "believe"  # has long held that C
    if verb.lemma == "see" and not any(t.low == "behind" for t in tokens[verb.i + 2 : verb.i + 9]):
        return None  # sees A behind it
    if verb.lemma == "speak" and follows != "of":
        return None
    if verb.form == "ing" and verb.i == 0 and kind in ("accuse", "blame", "attribute"):
        return None  # blaming A is too easy
    if verb.low == "blame" and any(t.low in COPULA for t in group):
        return None  # was to blame
    asked = verb.i == 0 or tokens[verb.i - 1].text == ","
    if verb.low == "asked" and asked and follows in ("whether", "if", "about", "by", "who", "what"):
        return None  # Asked whether C, X said
    if verb.lemma == "tell" and follows == "to":
        return None  # firms told to patch
    if verb.lemma == "tell" and _told_to(tokens, verb.i + 1):
        kind = "demand"
    before = tokens[verb.i - 1] if verb.i else None
    adjective = (
        verb.form == "past"
        and front == verb.i
        and before is not None
        and (before.tag in ("DET", "POSS") and after is not None and after.tag in ("N", "P", "ADJ"))
    )
    if adjective:
        return None  # its alleged role
    if verb.form == "past" and front == verb.i > 0 and kind in _SPOKEN and follows in ("by", "as"):
        return None  # sums reported by X, a man identified as Y
    negated = any(t.tag == "NEG" for t in group)
    if group and tokens[front - 1].low in ("able", "unable"):
        return None
    passive = _is_passive(tokens, front, verb)
    bare = verb.form == "past" and front == verb.i and kind == "attribute" and follows in (
        "to", "with",
    )  # fmt: skip
    if bare and (sentence.headline or verb.lemma in ("attribute", "ascribe")):
        passive = True  # an intrusion attributed to X
    elif bare:
        return None  # hackers linked to X: a tie, told with their name
    if (
        verb.form == "past" and front == verb.i > 0 and after is not None and after.low == "of"
        and verb.lemma in ("accuse", "suspect") and tokens[verb.i - 1].tag in ("N", "P")
    ):  # fmt: skip
        passive = True  # a man suspected of
    if passive:
        return _passive(sentence, syntax, verb, kind, front, negated)
    source = syntax.subject(sentence, verb.i)
    if verb.form == "base" and verb.i and tokens[verb.i - 1].tag == "TO" and front >= verb.i - 1:
        source = _latest(sentence, syntax, verb) if kind not in _SPOKEN else None
        if source is None and group[:1] != [tokens[verb.i - 1]]:
            return None
        source = source or syntax.subject(sentence, verb.i)
    if source is not None and source[1] - source[0] > 2 and tokens[source[0] + 2].tag == "P":
        claim = tokens[source[0] + 1].low in CLAIM_NOUNS and tokens[source[0]].tag == "DET"
        source = (source[0] + 2 * claim, source[1])  # a claim Moscow dismissed
    source = _joined_by(tokens, source, front) or source
    source = _not_only(tokens, source, front) or _between_dashes(tokens, front) or source
    quoting: Span | None = None
    if verb.form == "ing" and verb.i > 1 and kind in _SPOKEN:
        as_ = verb.i - 1 if tokens[verb.i - 1].low == "as" else verb.i
        quoting = _quoted_as(sentence, syntax, as_)
        source = quoting or source
    if source is not None:
        source = _listed_behind(tokens, verb, source) or source
    elif kind in ("accuse", "blame") and verb.form == "ing":
        source = _listed_behind(tokens, verb, (max(verb.i - 1, 0), verb.i))
    ours = source is not None and [t.low for t in tokens[source[0] : source[1]]] == ["we"]
    if source is None or not (ours or _can_speak(tokens, source)):
        return None
    neither = {t.low for t in tokens[max(0, source[0] - 1) : source[1]]} & {"neither", "nor"}
    negated = negated or bool(neither) or any(t.low == "unable" for t in group)
    modal = any(t.low in _MODALS or t.low == "unable" for t in group)
    if modal and any(t.low in ("later", "subsequently", "eventually") for t in group):
        modal = False  # the court would later hear
    if modal and not negated and kind in (*_SPOKEN, "deny"):
        return None  # what somebody would say, nobody has said
    aside = _as_aside(tokens, source, verb) if kind in _SPOKEN else None
    if aside is not None:
        return Attribution("say", verb.lemma, (front, verb.i + 1), source, aside)
    if kind == "describe" and follows == "how":
        kind = "say"  # described how C
    content = _content(sentence, syntax, verb, front, source, quoted)
    if verb.lemma == "speak":
        content = without_edges(tokens, (verb.i + 2, _sentence_end(tokens)))
        content = content if content[0] < content[1] else None
    if content is None and quoting is not None:  # “C,” A quoted X as saying
        quoter = syntax.subject(sentence, quoting[0] - 1)
        content = _preposed(tokens, quoter[0], quoted, turned=True) if quoter else None
    if kind in _SPOKEN and content is not None and _only_object(tokens, verb, content):
        return None
    if kind in _SPOKEN and content is None:
        if tokens[-1].text == ":" and kind in (
            "say",
            "tell",
        ):  # the quotation is the next paragraph
            return Attribution(kind, verb.lemma, (front, verb.i + 1), source, None)
        return None
    if verb.lemma in ("quote", "cite") and any(
        t.form == "ing" and VERBS.get(t.lemma) in _SPOKEN for t in tokens[verb.i + 1 : verb.i + 14]
    ):
        return None  # the one quoted speaks
    if kind in _SPOKEN and content is not None and source[0] < front:
        introduced = tokens[source[0] - 1].low if source[0] else ""
        if introduced in ("when", "before", "after", "until", "once", "if", "unless"):
            return None  # a circumstance, not what the sentence tells
    if (
        verb.lemma in _WITH_CLAUSE
        and content is not None
        and content[0] > verb.i
        and not _is_clause(tokens, content)
        and not any(t.tag == "NUM" for t in tokens[content[0] : content[0] + 4])
        and not (
            verb.lemma in ("claim", "reveal", "disclose", "acknowledge", "confirm", "detail")
            and any(t.low in ATTACK for t in tokens[content[0] : content[1]])
        )
    ):
        return None
    if kind in _SPOKEN and content is not None and _no_report(tokens, verb, front, source, content):
        return None
    if (
        kind == "believe"
        and content is not None
        and content[0] > verb.i
        and not _is_clause(tokens, content)
        and tokens[content[0]].tag not in ("TO", "WH")
        and not any(t.tag in ("TO", "NUM") or t.low == "as" for t in tokens[slice(*content)])
    ):
        return None  # assesses a report, understands the frustration
    if (
        (verb.lemma == "warn" or kind == "tell")
        and content is not None
        and not (content[0] < verb.i or _is_clause(tokens, content))
    ):
        return None
    if (
        content is not None
        and kind in _SPOKEN
        and front
        and (tokens[front - 1].tag == "WH" or tokens[front - 1].low in ("that", "who", "which"))
    ):
        # the firm that reported the holes: a clause within a name reports only with `that`
        opener = tokens[content[0] - 1] if content[0] else None
        if not (opener is not None and opener.low == "that") and not tokens[content[0]].quote:
            return None
    if (
        verb.lemma in _WEAK
        and kind in _SPOKEN
        and not _firm(tokens, verb, source, content, quoted, negated)
    ):
        return None
    return Attribution(
        kind, verb.lemma, (front, verb.i + 1), source, content,
        object=syntax.object(sentence, verb.i), negated=negated,
        modal=modal, by="we" if ours else "verb",
    )  # fmt: skip


def _latest(sentence: Sentence, syntax: Syntax, verb: Token) -> Span | None:
    """Who accuses in `X became the latest country to accuse A`: X."""
    tokens = sentence.tokens
    before = tokens[max(0, verb.i - 7) : verb.i]
    mark = next((t for t in before if t.low in ("latest", "first", "only", "last", "second")), None)
    if mark is None:
        return None
    main = next((t for t in reversed(tokens[: mark.i]) if t.tag in ("V", "AUX")), None)
    return syntax.subject(sentence, main.i) if main is not None else None


def _not_only(tokens: Sequence[Token], source: Span | None, front: int) -> Span | None:
    """Both speakers in `not only X but also Y`."""
    if source is None or source[0] > front:
        return None
    for at in range(front - 3):
        if tokens[at].low == "not" and tokens[at + 1].low == "only":
            between = tokens[at + 2 : front]
            if any(t.low == "but" for t in between) and not any(_finite(t) for t in between):
                return at + 2, front
    return None


def _joined_by(tokens: Sequence[Token], source: Span | None, front: int) -> Span | None:
    """All speakers in `X, joined by A, B and C, accused D`."""
    if source is None or source[1] + 2 >= front or tokens[source[1]].text != ",":
        return None
    if [t.low for t in tokens[source[1] + 1 : source[1] + 3]] not in (
        ["joined", "by"], ["together", "with"], ["along", "with"],
    ):  # fmt: skip
        return None
    last = max(t.i for t in tokens[source[1] : front] if t.text == ",")
    return (source[0], last) if last > source[1] + 2 else None


def _between_dashes(tokens: Sequence[Token], front: int) -> Span | None:
    """The names in `seven states — A, B and C — accused D`: they speak."""
    if front < 6 or tokens[front - 1].text not in ("—", "–", "--"):
        return None
    for at in range(front - 3, 0, -1):
        if tokens[at].text in ("—", "–", "--"):
            run = tokens[at + 1 : front - 1]
            names = sum(t.tag == "P" for t in run)
            listed = names > 1 and any(t.low in ("and", "&") for t in run)
            if not listed or tokens[at - 1].tag != "N" or any(_finite(t) for t in run):
                return None
            first = at + 1 + next(k for k, t in enumerate(run) if t.upper or t.low == "the")
            return first, front - 1
    return None


def _told_to(tokens: Sequence[Token], first: int) -> bool:
    """Whether `tell` is followed by whom, and by `to` with a verb."""
    at = first
    while at < min(len(tokens), first + 7) and tokens[at].tag in (
        "DET",
        "ADJ",
        "N",
        "P",
        "PRON",
        "NUM",
    ):
        at += 1
    return first < at < len(tokens) - 1 and tokens[at].low == "to" and tokens[at + 1].tag == "V"


def _no_report(
    tokens: Sequence[Token], verb: Token, front: int, source: Span, content: Span
) -> bool:
    """Whether a verb of saying stands where it reports nothing: as a gerund, an aim, or in a clause
    that only describes a noun."""
    opener = tokens[content[0] - 1].low if content[0] else ""
    if (
        content[0] > verb.i
        and opener != "that"
        and (
            tokens[content[0]].low in ("and", "or", "but")
            or tokens[content[0]].low in ("by", "of")
            or (tokens[content[0]].low in ("which", "who") and content[0] > verb.i + 1)
        )
    ):
        return True  # responded in kind, which …
    marked = opener == "that" or any(t.quote for t in tokens[content[0] : content[0] + 1])
    before = tokens[front - 1] if front else None
    group = [t.low for t in tokens[front : verb.i]]
    if group[-1:] == ["to"] and len(group) > 1 and group[-2] in COPULA:
        return True  # the idea is to understand C
    if verb.form == "ing" and not marked:
        if before is not None and (before.tag in ("V", "ADP") or before.low == "as"):
            return True  # started writing, as effective as saying
        if content[0] < verb.i and any(low in COPULA for low in group):
            return True  # is revealing
    link = tokens[source[0] - 1] if source[0] else None
    if link is not None and source[1] <= front and (link.tag == "WH" or link.low == "which"):
        after = tokens[verb.i + 1] if verb.i + 1 < len(tokens) else None
        if after is None or not (_finite(after) or after.tag in ("ADV", "PRON", "DET", "P", "N")):
            return True  # problems that the study found
    return False


def _as_aside(tokens: Sequence[Token], source: Span, verb: Token) -> Span | None:
    """What is said in `As X noted, C` and `C, as X puts it`: the clause that this one leans on."""
    as_ = source[0] - 1
    if as_ < 0 or tokens[as_].low != "as" or verb.i < source[1]:
        return None
    after = tokens[verb.i + 1].low if verb.i + 1 < len(tokens) else ""
    if verb.lemma == "put" and after != "it":
        return None
    end = _sentence_end(tokens)
    comma = next((t.i for t in tokens[verb.i : end] if t.text == ","), end)
    if any(_finite(t) for t in tokens[verb.i + 1 : comma]) or after == "that":
        return None  # as X said it was patching, …
    if as_ == 0 or (as_ == 1 and tokens[0].tag in ("CC", "ADV")):
        return without_edges(tokens, (comma + 1, end)) if comma + 2 < end else None
    if tokens[as_ - 1].text not in (",", "—", "–", "("):
        return None
    return without_edges(tokens, (0, end if comma < end - 1 else as_))


def _only_object(tokens: Sequence[Token], verb: Token, content: Span) -> bool:
    """Whether the verb takes a pronoun as its object: `reported her missing`."""
    if content[0] != verb.i + 1 or content[0] + 1 >= len(tokens):
        return False
    if tokens[content[0]].low not in ("him", "them", "me", "us", "her", "it"):
        return False
    after = tokens[content[0] + 1 : content[0] + 3]
    whose = after[0].tag == "ADJ" and after[-1].tag in ("N", "P", "ADJ")  # her tiny village
    return after[0].tag in ("ADJ", "TO", "ADP", "PUNCT", "DET") and not whose


def _quoted_as(sentence: Sentence, syntax: Syntax, as_: int) -> Span | None:
    """Who speaks in `A quoted X as saying`, `A quotes X saying`, `X was quoted as saying`: X."""
    tokens = sentence.tokens
    for at in range(as_ - 1, max(-1, as_ - 14), -1):
        if tokens[at].lemma in ("quote", "cite") and tokens[at].tag == "V":
            if at == as_ - 1 or _is_passive(tokens, verb_group(tokens, at), tokens[at]):
                return syntax.subject(sentence, at)
            return without_edges(tokens, (at + 1, as_))
        if tokens[at].tag in ("AUX", "SUB") or tokens[at].quote:
            return None
    return None


_MANY = word_set("countries states nations governments those others allies members ones")


def _listed_behind(tokens: Sequence[Token], verb: Token, source: Span) -> Span | None:
    """The names in `the countries that accused X are A, B and C`: they speak, not `countries`."""
    if not any(t.low in _MANY for t in tokens[source[0] : verb.i]) and not any(
        t.low in _MANY for t in tokens[max(0, verb.i - 2) : verb.i]
    ):
        return None
    for at in range(verb.i + 1, len(tokens) - 2):
        if tokens[at].low in ("are", "were", "include", "included", "includes"):
            first, end = without_edges(tokens, (at + 1, _sentence_end(tokens)))
            if first < end and tokens[first].tag in ("P", "DET", "N"):
                return first, end
        if tokens[at].tag == "SUB" or tokens[at].quote:
            return None
    return None


def _is_passive(tokens: Sequence[Token], front: int, verb: Token) -> bool:
    if verb.form != "past":
        return False
    group = tokens[front : verb.i]
    return bool(
        any(t.low in COPULA and t.low != "'s" for t in group) or any(t.low == "got" for t in group)
    )


_SOMEBODY = word_set("another others some many several both few one")


def _can_speak(tokens: Sequence[Token], span: Span) -> bool:
    """Whether a noun phrase may be a speaker at all."""
    words = tokens[span[0] : span[1]]
    if words and words[0].low in ("nobody", "none", "no"):
        return False
    if any(t.low in _FIRST and t.text != "US" for t in words) and len(words) <= 2:
        return False  # somebody in a quotation whose marks are missing
    if (
        any(t.low in ("it", "this", "that", "which", "what", "there") for t in words)
        and len(words) == 1
    ):
        return words[0].low == "it"
    return any(t.tag in ("N", "P", "PRON") or t.low in _SOMEBODY for t in words)


def _firm(
    tokens: Sequence[Token],
    verb: Token,
    source: Span,
    content: Span | None,
    quoted: Sequence[Span],
    negated: bool,
) -> bool:
    """Whether a verb with many other senses reports here: a that-clause or a quotation follows."""
    if content is None:
        return False
    if negated:
        return tokens[content[0]].tag in ("WH", "SUB") or tokens[content[0]].low in (
            "which", "who", "what", "whether", "how", "where",
        )  # fmt: skip
    before = tokens[content[0] - 1] if content[0] else None
    if before is not None and before.low == "that" and content[0] > verb.i:
        return True
    if any(a <= content[0] < b or a < content[1] <= b for a, b in quoted):
        return verb.lemma not in ("call", "put", "count", "offer", "hold", "pin", "order")
    words = tokens[source[0] : source[1]]
    pronoun = len(words) == 1 and words[0].tag in ("PRON", "DET", "WH")
    if (
        verb.lemma in ("report", "fear", "expect", "think", "recall", "worry", "doubt")
        and not pronoun
    ):
        return verb.lemma == "report" or _is_clause(tokens, content)
    if verb.lemma in ("find", "discover", "count", "identify", "report") and any(
        t.tag == "NUM" for t in tokens[verb.i + 1 : verb.i + 6]
    ):
        return True
    if verb.lemma in ("observe", "detect", "flag", "find") and any(
        t.low in ATTACK or t.low in THREATS for t in tokens[slice(*content)]
    ):
        return any(t.tag == "NUM" for t in tokens[slice(*content)])
    if VERBS[verb.lemma] == "estimate":
        return any(t.tag == "NUM" for t in tokens[verb.i : verb.i + 12])
    document = any(t.low in DOCUMENTS for t in words)
    if document and verb.lemma in ("show", "find", "suggest", "indicate", "read", "detail"):
        return True
    return content[1] <= source[0] and verb.lemma in (
        "show",
        "find",
        "estimate",
        "agree",
        "observe",
    )


def _content(
    sentence: Sentence,
    syntax: Syntax,
    verb: Token,
    front: int,
    source: Span,
    quoted: Sequence[Span],
) -> Span | None:
    """What is said: the quotation or clause before the frame, or the clause after the verb."""
    tokens = sentence.tokens
    frame = (min(source[0], front), max(source[1], verb.i + 1))
    earlier = _preposed(tokens, frame[0], quoted, turned=source[0] > verb.i)
    if earlier is None and _is_inserted(tokens, frame):
        return without_edges(tokens, (0, _sentence_end(tokens)))
    after = syntax.complement(sentence, verb.i) if verb.i >= source[0] else None
    if earlier is None and (after is None or not _is_clause(tokens, after)):
        # no clause follows: whatever has a finite verb and stands before is said
        earlier = _preposed(tokens, frame[0], quoted, turned=True)
        if earlier is not None and not any(_finite(t) for t in tokens[slice(*earlier)]):
            earlier = None
    if earlier is not None and any(a == earlier[0] for a, _ in quoted):
        later = [b for a, b in quoted if a > verb.i]
        if later:  # “…,” X said, “…”
            return earlier[0], later[-1]
    if source[0] > verb.i:  # turned round
        return earlier
    if earlier is not None and verb.i + 2 < len(tokens) and tokens[verb.i + 1].text == ",":
        # A, X said, and B
        goes_on = tokens[verb.i + 2].tag == "CC" or tokens[earlier[0]].low in ("if", "unless")
        return (earlier[0], _sentence_end(tokens)) if goes_on else earlier
    if earlier is not None and any(a < earlier[1] <= b + 1 for a, b in quoted):
        return earlier
    if after is not None and earlier is not None and not _is_clause(tokens, after):
        return earlier
    return after or earlier


def _is_inserted(tokens: Sequence[Token], frame: Span) -> bool:
    """Whether a frame stands between commas within a clause: `The blame, X said, lies …`."""
    first, end = frame
    if first < 2 or end + 1 >= len(tokens) or tokens[first - 1].text != ",":
        return False
    lead = tokens[: first - 1]
    return (
        tokens[end].text == ","
        and _finite(tokens[end + 1])
        and any(t.tag in ("N", "P", "NUM", "PRON") for t in lead)
        and lead[0].tag in ("DET", "N", "P", "PRON", "ADJ", "NUM")
        and not any(_finite(t) or t.quote for t in lead)
    )


def _preposed(
    tokens: Sequence[Token], frame: int, quoted: Sequence[Span], *, turned: bool
) -> Span | None:
    """The clause before `, X said`: back to the sentence's start."""
    if frame > 3 and tokens[frame - 1].low == "so":
        frame -= 1  # C, so said X
    if frame < 3:
        return None
    before = tokens[frame - 1]
    if not (before.quote or before.text in (",", "—", "–", "-", "?", "!")):
        return None
    first, end = without_edges(tokens, (0, frame))
    for a, b in quoted:
        if a < frame <= b + 1:
            # part of a sentence in quotation marks is content together with its beginning
            lead = tokens[first:a]
            joined = (
                lead
                and lead[-1].text not in (",", ":", ";")
                and not any(t.quote or (t.tag == "V" and t.lemma in VERBS) for t in lead)
            )
            first, end = (first, b) if joined else (a, b)
    while first < end and (tokens[first].tag == "CC" or tokens[first].text == ","):
        first += 1
    if end - first < 2 or (end - first < 3 and not turned):
        return None
    if not _is_clause(tokens, (first, end)) and not before.quote and not turned:
        return None
    return first, end


def _is_clause(tokens: Sequence[Token], span: Span) -> bool:
    words = tokens[span[0] : span[1]]
    if any(t.quote for t in words[:2]):
        return True
    if (
        words
        and words[0].tag in ("SUB", "ADP")
        and words[0].low in ("as", "after", "while", "in", "on", "at")
    ):
        comma = next((k for k, t in enumerate(words) if t.text == ","), None)
        return comma is not None and _is_clause(words, (comma + 1, len(words)))
    return any(_finite(t) for t in words)


def _finite(token: Token) -> bool:
    return token.tag == "AUX" or (token.tag == "V" and token.form in ("past", "third", "base"))


def _passive(
    sentence: Sentence, syntax: Syntax, verb: Token, kind: Frame, front: int, negated: bool
) -> Attribution | None:
    """`A is accused of C (by X)`, `C was attributed to A`, `A is believed to C`."""
    tokens = sentence.tokens
    subject = syntax.subject(sentence, verb.i)
    agent = _agent(sentence, syntax, verb.i)
    if kind in ("say", "believe", "estimate", "suspect") or verb.lemma == "understand":
        after = tokens[verb.i + 1] if verb.i + 1 < len(tokens) else None
        if after is None:
            return None
        told = verb.i + 1
        if after.low == "by" and agent is not None and agent[1] < len(tokens):
            told = agent[1]  # is said by X to C
            after = tokens[told]
        elif agent is None and tokens[0].low == "from" and front:
            agent = _fronted_agent(tokens, front)
        if not (after.tag == "TO" or after.low in ("that", "of") or verb.lemma == "suspect"):
            return None
        end = _sentence_end(tokens)
        if front > 1 and tokens[front - 1].tag in ("WH", "SUB") and tokens[front - 2].text == ",":
            end = _until_comma(tokens, verb.i + 1)  # the hackers, who are said to C, did
        content = without_edges(tokens, (told + (after.low == "that"), end))
        return Attribution(
            kind, verb.lemma, (front, verb.i + 1), agent, content, object=subject,
            passive=True, negated=negated, evidential=True,
        )  # fmt: skip
    if kind == "demand" and agent is not None and agent[1] < len(tokens):
        if tokens[agent[1]].tag != "TO":
            return None
        return Attribution(
            kind, verb.lemma, (front, agent[1]), agent,
            without_edges(tokens, (agent[1], _sentence_end(tokens))), object=subject,
            passive=True, negated=negated,
        )  # fmt: skip
    if kind == "deny" and agent is not None and subject is not None:
        return Attribution(
            kind, verb.lemma, (front, verb.i + 1), agent,
            without_edges(tokens, (subject[0], verb.i + 1)), object=subject, passive=True,
            negated=negated,
        )  # fmt: skip
    if kind in ("accuse", "blame", "attribute", "charge"):
        return Attribution(
            kind, verb.lemma, (front, verb.i + 1), agent,
            without_edges(tokens, (verb.i + 1, _sentence_end(tokens))), object=subject,
            passive=True, negated=negated,
        )  # fmt: skip
    return None


def _fronted_agent(tokens: Sequence[Token], front: int) -> Span | None:
    """Who speaks in `From the side of X it was stressed that C`: translated wording."""
    it = next((t.i for t in tokens[:front] if t.low == "it"), None)
    if it is None or it + 1 < front or it < 2:
        return None
    first = (
        4 if [t.low for t in tokens[1:4]] in (["the", "side", "of"], ["the", "part", "of"]) else 1
    )
    span = without_edges(tokens, (first, it))
    return span if span[0] < span[1] and _can_speak(tokens, span) else None


def _sentence_end(tokens: Sequence[Token]) -> int:
    end = len(tokens)
    while end and tokens[end - 1].text in (".", "!", "?"):
        end -= 1
    return end


def _agent(sentence: Sentence, syntax: Syntax, verb: int) -> Span | None:
    """Who did it, after a passive: `by X`, where X can speak."""
    tokens = sentence.tokens
    for at in range(verb + 1, min(verb + 14, len(tokens) - 1)):
        if tokens[at].low == "by" and tokens[at + 1].form != "ing":
            span = syntax.object(sentence, at)
            if span is not None and _can_speak(tokens, span):
                return span
        if tokens[at].tag in ("V", "AUX", "SUB") and tokens[at].form != "ing":
            break
    return None


# ---------------------------------------------------------------- phrases and nouns


def _according(sentence: Sentence, at: int) -> Attribution | None:
    tokens = sentence.tokens
    first = at + 1
    if tokens[at].low == "words":
        if (
            at < 2
            or [t.low for t in tokens[at - 2 : at]] != ["in", "the"]
            or tokens[first].low != "of"
        ):
            return None
        first += 1
    elif tokens[at].low == "according":
        if first >= len(tokens) or tokens[first].low != "to":
            return None
        first += 1
    elif at and tokens[at - 1].text != ",":
        return None
    end = _until_comma(tokens, first)
    source = without_edges(tokens, (first, end))
    if source[0] >= source[1] or not _can_speak(tokens, source):
        return None
    if end + 1 < len(tokens) and tokens[end + 1].tag == "WH":
        end = _until_comma(tokens, end + 1)  # according to X, which is …, C
    before = without_edges(tokens, (0, at))
    after = without_edges(tokens, (end, _sentence_end(tokens)))
    content = before if before[1] - before[0] > after[1] - after[0] else after
    halt = next((t.i for t in tokens[slice(*content)] if t.text == ";"), content[1])
    content = (content[0], halt)
    return Attribution(
        "say", "according", (at, first), source, content if content[1] > content[0] else None,
        by="phrase",
    )  # fmt: skip


_SUPPORT = word_set(
    "issued issue issues offered repeated published made released sent unsealed filed brought "
    "reiterated gave handed"
)


def _supported(sentence: Sentence, noun: Token) -> Attribution | None:
    """`X issued a denial`, `X unsealed an indictment against A`: the verb's subject speaks."""
    tokens = sentence.tokens
    for at in range(noun.i - 1, max(-1, noun.i - 6), -1):
        token = tokens[at]
        if token.low in _SUPPORT and token.tag == "V":
            first = at
            while first > 0 and tokens[first - 1].tag in ("AUX", "ADV"):
                first -= 1
            begin = first
            while (
                begin > 0
                and tokens[begin - 1].tag not in ("PUNCT", "SUB", "V", "WH")
                and not tokens[begin - 1].quote
            ):
                begin -= 1
            source = without_edges(tokens, (begin, first))
            if source[0] >= source[1] or not _can_speak(tokens, source):
                return None
            kind = CLAIM_NOUNS[noun.low]
            if kind not in ("deny", "charge"):
                return None
            rest = without_edges(tokens, (noun.i, _sentence_end(tokens)))
            return Attribution(kind, noun.low, (noun.i, noun.i + 1), source, rest, by="support")
        if token.tag not in ("DET", "ADJ", "N", "NUM", "V", "ADV"):
            return None
    return None


_CONVINCED = word_set("confident certain convinced sure adamant satisfied aware worried concerned")


def _of_belief(sentence: Sentence, syntax: Syntax, word: Token) -> Attribution | None:
    """`X is confident that C`."""
    tokens = sentence.tokens
    that = next((t.i for t in tokens[word.i + 1 : word.i + 10] if t.low == "that"), None)
    between = tokens[word.i + 1 : that]
    told = not between or (
        between[0].low in ("about", "by", "over", "at")
        and any(t.low in CLAIM_NOUNS or t.low in DOCUMENTS for t in between)
    )  # concerned about reports that C
    if that is None or that + 1 >= len(tokens) or not told:
        return None
    be = next((t for t in reversed(tokens[max(0, word.i - 3) : word.i]) if t.low in COPULA), None)
    if be is None:
        return None
    source = syntax.subject(sentence, be.i)
    if source is None or not _can_speak(tokens, source) or source[0] > be.i:
        return None
    if tokens[source[0]].tag == "PRON":
        return None  # said it was certain that C: whoever says so
    front = verb_group(tokens, be.i)
    content = without_edges(tokens, (that + 1, _sentence_end(tokens)))
    negated = any(t.tag == "NEG" for t in tokens[front : word.i])
    return Attribution("believe", "believe", (front, word.i + 1), source, content, negated=negated)


def _of_concern(sentence: Sentence, syntax: Syntax, noun: Token) -> Attribution | None:
    """`X expresses concern about attacks by A`."""
    tokens = sentence.tokens
    verb = next(
        (t for t in reversed(tokens[max(0, noun.i - 4) : noun.i]) if t.low in _EXPRESS), None
    )
    end = _sentence_end(tokens)
    behind = tokens[noun.i + 1 : end]
    laid = any(t.low == "by" for t in behind) and any(t.low in ATTACK for t in behind)
    if verb is None or not laid or behind[0].low not in ("about", "over", "at"):
        return None
    at = verb.i
    if verb.low.endswith("ing"):  # joins its partners in expressing
        at = next((t.i for t in reversed(tokens[:at]) if t.low in ("joins", "joined", "join")), at)
    tokens[at].tag = "V"
    source = syntax.subject(sentence, at)
    if source is None or not _can_speak(tokens, source):
        return None
    content = without_edges(tokens, (noun.i, end))
    return Attribution("accuse", "express", (at, noun.i + 1), source, content)


_EXPRESS = word_set(
    "express expresses expressed expressing voice voices voiced voicing raise raised"
)
_LAY = word_set(
    "put puts putting lay lays laid laying place places placed placing cast heaped heaps"
)


def _of_blame(sentence: Sentence, syntax: Syntax, noun: Token) -> Attribution | None:
    """`X puts the blame on A`, `the blame was laid at A's door by X`."""
    tokens = sentence.tokens
    end = _sentence_end(tokens)
    before = tokens[max(0, noun.i - 3) : noun.i]
    verb = next((t for t in reversed(before) if t.low in _LAY and t.tag != "DET"), None)
    if verb is not None:
        verb.tag, verb.form = "V", verb.form or "past"
        source = syntax.subject(sentence, verb.i)
        if source is None or not _can_speak(tokens, source):
            return None
        front = verb_group(tokens, verb.i)
        negated = any(t.tag == "NEG" for t in tokens[front : verb.i])
        return Attribution("blame", "lay", (front, noun.i + 1), source, None, negated=negated)
    verb = next((t for t in tokens[noun.i + 1 : noun.i + 14] if t.low in _LAY), None)
    if verb is None or tokens[verb.i - 1].tag not in ("AUX", "ADV"):
        return None
    front = verb_group(tokens, verb.i)
    content = without_edges(tokens, (verb.i + 1, end))
    return Attribution(
        "blame", "lay", (front, verb.i + 1), _agent(sentence, syntax, verb.i), content,
        object=(noun.i, front), passive=True,
        negated=any(t.tag == "NEG" for t in tokens[front : verb.i]),
    )  # fmt: skip


def _until_comma(tokens: Sequence[Token], first: int) -> int:
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


def _of_noun(sentence: Sentence, noun: Token) -> Attribution | None:
    """`X's claim that C`, `the accusation by X that C`, `a denial from X`."""
    tokens = sentence.tokens
    kind = CLAIM_NOUNS[noun.low]
    source: Span | None = None
    at = noun.i
    if kind == "deny" and at and tokens[at - 1].low in ("no", "without", "any"):
        return None
    if at >= 2 and tokens[at - 1].tag == "POSS":
        first = at - 2
        while first > 0 and tokens[first - 1].tag in ("P", "N", "DET", "ADJ"):
            first -= 1
        source = (first, at - 1)
    after = at + 1
    if source is None and (support := _supported(sentence, noun)) is not None:
        return support
    if after < len(tokens) and tokens[after].low in ("by", "from") and source is None:
        end = after + 1
        while end < len(tokens) and tokens[end].tag in ("DET", "ADJ", "N", "P", "POSS"):
            end += 1
        source = (after + 1, end) if end > after + 1 else None
        after = end
    if source is None or all(t.low in TIMES for t in tokens[source[0] : source[1]]):
        return None
    content: Span | None = None
    if after + 1 < len(tokens) and tokens[after].low in COPULA and tokens[after + 1].low == "that":
        after += 1  # the agency's conclusion is that C
    if after < len(tokens) and tokens[after].low == "that":
        content = without_edges(tokens, (after + 1, _sentence_end(tokens)))
    elif kind != "deny":
        return None
    return Attribution(kind, noun.low, (at, at + 1), source, content, by="noun")


# ---------------------------------------------------------------- together


def _settled(tokens: Sequence[Token], found: list[Attribution]) -> list[Attribution]:
    """Contents end where another speaker's frame begins a clause of its own."""
    for frame in found:
        if frame.content is None or frame.content[0] < frame.cue[1] - 1:
            continue
        for other in found:
            # the same speaker goes on: …, adding that …
            if (
                frame.content[0] < other.cue[0] < frame.content[1]
                and other is not frame
                and (
                    other.source == frame.source
                    and other.source is not None
                    and other.cue[0] > frame.cue[0]
                )
            ):
                end = other.cue[0]
                while end > frame.content[0] and (
                    tokens[end - 1].tag in ("ADV", "CC") or tokens[end - 1].text == ","
                ):
                    end -= 1
                frame.content = (frame.content[0], end)
        for other in found:
            if other is frame or other.source is None:
                continue
            begins = min(other.source[0], other.cue[0])
            leans = frame.source is not None and frame.source[0] > 0
            if (
                leans
                and frame.source is not None
                and tokens[frame.source[0] - 1].low in ("while", "although", "though", "whereas")
                and frame.content[0] < begins < frame.content[1]
                and tokens[begins - 1].text == ","
                and other.content is not None
                and other.content[0] > begins
            ):
                frame.content = (frame.content[0], begins - 1)  # While X says C, Y says D
                continue
            if frame.content[0] < begins < frame.content[1] and other.content is not None:
                link = begins - 1
                said_before = other.content[1] <= begins and other.kind in _SPOKEN
                apart = tokens[link].text == "," or tokens[link].quote
                if said_before and apart and frame.kind in _SPOKEN:
                    frame.content = (frame.content[0], link)  # C, somebody else said
                    continue
                opener = tokens[link].low in (
                    "while",
                    "but",
                    "and",
                    "whereas",
                    "though",
                    "although",
                )
                if opener and other.content[0] > begins:
                    end = link - 1 if tokens[link - 1].text == "," else link
                    frame.content = (frame.content[0], end)
    return found


def _limited(tokens: Sequence[Token], found: Sequence[Attribution]) -> None:
    """A frame that takes an accused reaches to where another frame is joined on: `, and says …`."""
    for frame in found:
        for other in found:
            if other.cue[0] < frame.cue[1] or other.by != "verb":
                continue
            begins = other.cue[0]
            if other.source is not None and frame.cue[1] <= other.source[0] < begins:
                begins = other.source[0]
            if begins <= frame.cue[1]:
                continue
            link = tokens[begins - 1]
            joined = (
                link.tag in ("CC", "WH")
                or link.text in (",", ";", "—", "–")
                or (
                    tokens[other.cue[1] - 1].form == "ing"
                    and link.tag in ("N", "P", "ADV")
                    and other.source == frame.source
                )
                or link.low in ("while", "but", "though", "although", "whereas", "however")
            )
            if not joined:
                continue
            while begins > frame.cue[1] and (
                (
                    tokens[begins - 1].tag in ("CC", "WH", "ADV", "SUB")
                    and not tokens[begins - 1].upper
                )
                or tokens[begins - 1].text in ",;—–"
            ):
                begins -= 1
            if begins > frame.cue[1] and (frame.limit is None or begins < frame.limit):
                frame.limit = begins
