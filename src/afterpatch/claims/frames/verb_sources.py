"""Who speaks by a verb of claiming: its subject, or whoever the sentence names instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from afterpatch.claims.frames.attribution import (
    SPOKEN,
    Attribution,
    can_speak,
    is_finite,
    sentence_end,
    until_comma,
)
from afterpatch.claims.frames.opening import EVIDENCE, Opening, is_passive
from afterpatch.claims.frames.verb_contents import preposed
from afterpatch.claims.grammar.syntax import Span, verb_group, without_edges
from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.words import CLAIM_NOUNS, DOCUMENTS, OFFICES, PEOPLE, TIMES, word_set

__all__ = ["cited_by", "find_source"]


def find_source(o: Opening) -> bool:
    """Sets who speaks, whether it is the page itself, and the one quoted; False where nobody
    can."""
    source = _of_apposition(o) or _subject(o)
    if source is not None:
        for other in _MEANT:
            source = other(o, source) or source
        if (holder := _behind_figures(o, source)) is not None:
            o.led, source = source[0], holder
    source = (source and _not_only(o, source)) or _between_dashes(o.tokens, o.front) or source
    if o.verb.form == "ing" and o.verb.i > 1 and o.kind in SPOKEN:
        o.quoting = _quoted_as(o)
        source = o.quoting or source
    if source is not None:
        source = _listed_behind(o, source) or source
    elif o.kind in ("accuse", "blame") and o.verb.form == "ing":
        source = _listed_behind(o, (max(o.verb.i - 1, 0), o.verb.i))
    if source is None:
        return False
    o.ours = _is_ours(o.tokens[slice(*source)])
    if not (o.ours or can_speak(o.tokens, source)) or _is_event(o, source):
        return False
    o.source = _joining(o, source) or source
    return True


def _subject(o: Opening) -> Span | None:
    """The verb's subject; of an infinitive that of the verb which it hangs on."""
    aim = o.verb.form == "base" and o.before is not None and o.before.tag == "TO"
    if aim and o.front >= o.verb.i - 1:
        latest = _latest(o) if o.kind not in SPOKEN else None
        if latest is not None or not o.group:
            return latest
    return o.syntax.subject(o.sentence, o.verb.i)


def _of_apposition(o: Opening) -> Span | None:
    """`C, a charge Beijing rejects`: Beijing."""
    first = o.front
    while first and o.tokens[first - 1].tag == "P":
        first -= 1
    noun = first - 1 - (first > 0 and o.tokens[first - 1].low in ("that", "which", "the"))
    if first == o.front or noun < 2 or o.tokens[noun].low not in CLAIM_NOUNS:
        return None
    set_off = o.tokens[noun - 1].tag == "DET" and o.tokens[noun - 2].text == ","
    return (first, o.front) if set_off else None


_FOREMOST = word_set("latest first only last second quick swift fast")


def _latest(o: Opening) -> Span | None:
    """Who accuses in `X became the latest country to accuse A`: X."""
    before = o.tokens[max(0, o.verb.i - 7) : o.verb.i]
    mark = next((t for t in before if t.low in _FOREMOST), None)
    if mark is None:
        return None
    main = next((t for t in reversed(o.tokens[: mark.i]) if t.tag in ("V", "AUX")), None)
    return o.syntax.subject(o.sentence, main.i) if main is not None else None


# ---------------------------------------------------------------- not the whole subject


def _behind_claim(o: Opening, source: Span) -> Span | None:
    """`a claim Moscow dismissed`: Moscow."""
    first, end = source
    if end - first < 3 or o.tokens[first + 2].tag != "P" or o.tokens[first].tag != "DET":
        return None
    return (first + 2, end) if o.tokens[first + 1].low in CLAIM_NOUNS else None


def _pronoun(o: Opening, source: Span) -> Span | None:
    """`on its leak site it said`: it."""
    first, end = source
    if end - first < 2 or end > o.front:
        return None
    joined = o.tokens[end - 2].tag in ("CC", "ADP", "TO")
    alone = o.tokens[end - 1].low in ("it", "he", "she", "they", "we") and not joined
    return (end - 1, end) if alone else None


def _inserted(o: Opening, source: Span) -> Span | None:
    """`The hackers, X said, did C`: X, not the subject of what is said."""
    front = o.front
    beyond = o.tokens[o.verb.i + 1 + (o.follows == "out") :][:1]
    if source[1] + 1 >= front or o.tokens[source[1]].text != "," or not beyond:
        return None
    if beyond[0].text != ",":
        return None
    run = o.tokens[source[1] + 1 : front]
    named = all(t.tag in ("DET", "ADJ", "N", "P", "POSS", "NUM", "PRON") for t in run)
    return (source[1] + 1, front) if named else None


def _with_name(o: Opening, source: Span) -> Span | None:
    """`its senior researcher A B`: with the name."""
    first, end = source
    if o.tokens[end - 1].low not in OFFICES | PEOPLE:
        return None
    while end < len(o.tokens) and o.tokens[end].tag == "P":
        end += 1
    return first, end


def _named_at_end(o: Opening, source: Span) -> Span | None:
    """`C, Anna Example, head of X, said.`: Anna Example, not the subject of C."""
    tokens, last = o.tokens, o.front - 1
    if o.follows not in ("", ".") or source[1] >= last or tokens[last].text != ",":
        return None
    commas = [t.i for t in tokens[source[1] : last + 1] if t.text == ","]
    for at, end in zip(commas[-3:-1], commas[-2:], strict=False):
        run = tokens[at + 1 : end]
        told = any(is_finite(t) for t in tokens[source[1] : at])
        if told and 2 <= len(run) <= 4 and all(t.upper and t.tag in ("P", "N") for t in run):
            return at + 1, end
    return None


def _whose(o: Opening, source: Span) -> Span | None:
    """`X, whose engineers were there, said C`: X."""
    whose = source[0] - 1
    if whose < 2 or o.tokens[whose].low != "whose" or o.tokens[whose - 1].text != ",":
        return None
    before = o.tokens[o.front - 1]
    if before.text != "," or o.front - 1 <= source[1]:
        return None
    first = whose - 1
    while first and o.tokens[first - 1].tag in _NOMINAL:
        first -= 1
    return (first, whose - 1) if first < whose - 1 else None


_NOMINAL = ("DET", "ADJ", "N", "P", "NUM", "POSS", "CC")


def _cited(o: Opening, source: Span) -> Span | None:
    """`X, citing Y, reported C`: Y."""
    if source[1] > o.verb.i:
        return None
    tokens, front = o.tokens, o.front
    at = next((t.i for t in tokens[source[0] : front] if t.low == "citing"), None)
    if at is None or tokens[at - 1].text != "," or tokens[front - 1].text != ",":
        return None
    told = tokens[at + 1 : front - 1]
    speaks = any(t.low in PEOPLE or t.low in OFFICES or t.tag == "P" for t in told)
    return (at + 1, front - 1) if speaks else None


def _joined_by(o: Opening, source: Span) -> Span | None:
    """`X, joined by A, B and C, accused D`: all of them."""
    first, end = source
    if end + 2 >= o.front or o.tokens[end].text != ",":
        return None
    if tuple(t.low for t in o.tokens[end + 1 : end + 3]) not in _WITH:
        return None
    last = max(t.i for t in o.tokens[end : o.front] if t.text == ",")
    return (first, last) if last > end + 2 else None


_WITH = (("joined", "by"), ("together", "with"), ("along", "with"))


def _spoken_to(o: Opening, source: Span) -> Span | None:
    """`two analysts we spoke to said C`: the analysts."""
    first, end = source
    asked = o.tokens[end : o.verb.i]
    if not first or end - first > 2 or len(asked) < 2 or asked[-1].low not in ("to", "with"):
        return None
    if asked[0].low not in ("spoke", "talked", "wrote", "met"):
        return None
    at = first
    while at and o.tokens[at - 1].tag in ("N", "P", "ADJ", "DET", "NUM"):
        at -= 1
    return (at, first) if at < first else None


def _behind_figures(o: Opening, source: Span) -> Span | None:
    """`C, figures from the regulator show`: the regulator."""
    first, end = source
    at = first + (o.tokens[first].tag in ("DET", "ADJ"))
    if at + 2 >= end or o.tokens[at].low not in _FIGURES or o.tokens[at + 1].low != "from":
        return None
    return at + 2, end


_FIGURES = word_set("figures statistics data numbers telemetry scans records")


# Whom a subject means; each is asked with what the one before it has found.
_MEANT: tuple[Callable[[Opening, Span], Span | None], ...] = (
    _behind_claim, _pronoun, _inserted, _named_at_end, _whose, _with_name, _cited, _joined_by,
    _spoken_to,
)  # fmt: skip


# ---------------------------------------------------------------- another than the subject


def _not_only(o: Opening, source: Span) -> Span | None:
    """`not only X but also Y`: both."""
    if source[0] > o.front:
        return None
    for at in range(o.front - 3):
        if o.tokens[at].low == "not" and o.tokens[at + 1].low == "only":
            between = o.tokens[at + 2 : o.front]
            if any(t.low == "but" for t in between) and not any(is_finite(t) for t in between):
                return at + 2, o.front
    return None


_DASHES = ("—", "–", "--")


def _between_dashes(tokens: Sequence[Token], front: int) -> Span | None:
    """The names in `seven states — A, B and C — accused D`: they speak."""
    if front < 6 or tokens[front - 1].text not in _DASHES:
        return None
    at = next((k for k in range(front - 3, 0, -1) if tokens[k].text in _DASHES), None)
    if at is None:
        return None
    run = tokens[at + 1 : front - 1]
    listed = sum(t.tag == "P" for t in run) > 1 and any(t.low in ("and", "&") for t in run)
    if not listed or tokens[at - 1].tag != "N" or any(is_finite(t) for t in run):
        return None
    return next(t.i for t in run if t.upper or t.low == "the"), front - 1


def _quoted_as(o: Opening) -> Span | None:
    """Who speaks in `A quoted X as saying`, `A quotes X saying`, `X was quoted as saying`: X."""
    tokens = o.tokens
    as_ = o.verb.i - 1 if tokens[o.verb.i - 1].low == "as" else o.verb.i
    for at in range(as_ - 1, max(-1, as_ - 14), -1):
        if tokens[at].lemma in ("quote", "cite") and tokens[at].tag == "V":
            if at == as_ - 1 or is_passive(tokens, verb_group(tokens, at), tokens[at]):
                return o.syntax.subject(o.sentence, at)
            return without_edges(tokens, (at + 1, as_))
        if tokens[at].tag in ("AUX", "SUB") or tokens[at].quote:
            return None
    return None


_MANY = word_set("countries states nations governments those others allies members ones")


def _listed_behind(o: Opening, source: Span) -> Span | None:
    """The names in `the countries that accused X are A, B and C`: they speak, not `countries`."""
    tokens, verb = o.tokens, o.verb
    first = min(source[0], max(0, verb.i - 2))
    if not any(t.low in _MANY for t in tokens[first : verb.i]):
        return None
    for at in range(verb.i + 1, len(tokens) - 2):
        if tokens[at].low in ("are", "were", "include", "included", "includes"):
            first, end = without_edges(tokens, (at + 1, sentence_end(tokens)))
            if first < end and tokens[first].tag in ("P", "DET", "N"):
                return first, end
        if tokens[at].tag == "SUB" or tokens[at].quote:
            return None
    return None


def _joining(o: Opening, source: Span) -> Span | None:
    """Both sides in `A and B joined C in accusing D`."""
    tokens, in_ = o.tokens, o.verb.i - 1
    if o.verb.form != "ing" or o.before is None or o.before.low != "in":
        return None
    joined = next((t.i for t in tokens[source[1] : in_] if t.low in ("joined", "joins")), None)
    if joined is None or joined > source[1] + 2:
        return None
    if tokens[joined + 1].low in ("its", "their", "his", "her", "other", "the", "many", "several"):
        return None  # joins its allies in condemning
    end = joined + 1
    while end < in_ and tokens[end].tag in ("P", "N", "DET", "CC", "ADJ", "POSS", "PUNCT"):
        end += 1
    return (source[0], end) if end > joined + 1 else None


# ---------------------------------------------------------------- whether it speaks


def _is_ours(run: Sequence[Token]) -> bool:
    """Whether whoever publishes the page speaks of itself: we, our analysts, our telemetry."""
    lows = [t.low for t in run]
    return lows == ["we"] or (
        lows[:1] == ["our"] and len(lows) < 5 and lows[-1] in PEOPLE | DOCUMENTS | _STAFF
    )


_STAFF = word_set("team teams lab labs staff unit colleagues responders hunters company")


def _is_event(o: Opening, source: Span) -> bool:
    """`the attack shows that C`: nobody says so."""
    first, end = source
    if o.kind not in SPOKEN or end - first > 4 or first >= o.front:
        return False
    run = o.tokens[first:end]
    return run[-1].low in _EVENTS and not any(t.tag == "WH" for t in run)


_EVENTS = word_set(
    "attack attacks hack breach incident incidents intrusion intrusions campaign case cases affair "
    "episode events move timing outage leak theft raid"
)


def _tells_time(token: Token) -> bool:
    return token.low in TIMES or token.low in ("on", "late", "early")


# ---------------------------------------------------------------- cited by the one who reports


def cited_by(o: Opening) -> Attribution | None:
    """`X reported, citing Y, that C` and `C, X reported, citing Y`: Y says C."""
    tokens, verb = o.tokens, o.verb
    comma = verb.i + 1
    while comma < verb.i + 4 and comma < len(tokens) and _tells_time(tokens[comma]):
        comma += 1  # reported on Monday, citing
    first = comma + 2
    if first >= len(tokens) or tokens[comma].text != "," or tokens[first - 1].low != "citing":
        return None
    end = until_comma(tokens, first)
    source = without_edges(tokens, (first, end))
    if source[0] >= source[1] or not can_speak(tokens, source):
        return None
    told = {t.low for t in tokens[slice(*source)]}
    if told & (DOCUMENTS | EVIDENCE) and not told & (PEOPLE | OFFICES):
        return None
    linked = end < len(tokens) and tokens[end].tag in ("SUB", "WH")
    rest = (end if linked else end + 1, sentence_end(tokens))
    if rest[0] + 1 < rest[1]:
        content = without_edges(tokens, (rest[0] + (tokens[rest[0]].low == "that"), rest[1]))
    else:
        comma = next((t.i for t in reversed(tokens[: verb.i]) if t.text == ","), 0)
        content = preposed(tokens, comma + 1, o.quoted, turned=True) or (0, 0)
    if content[0] >= content[1]:
        return None
    return Attribution("say", verb.lemma, (verb.i, verb.i + 1), source, content)
