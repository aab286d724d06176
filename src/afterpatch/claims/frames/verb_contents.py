"""What a verb of claiming tells: the quotation or clause before it, or the one behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from afterpatch.claims.frames.attribution import SPOKEN, is_clause, is_finite, sentence_end
from afterpatch.claims.frames.opening import EVIDENCE, Opening, describes
from afterpatch.claims.grammar.syntax import Span, without_edges
from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.words import VERBS, word_set

__all__ = ["DEEM", "SIGHTS", "as_aside", "content_of", "preposed", "that_behind_it"]

DEEM = word_set("consider deem think find believe regard judge hold")
SIGHTS = ("find", "cite", "point", "notice", "spot")
_WH = word_set("how why who what which where when whether")
# Verbs that tell by a particle, wherever a clause may stand.
_ABOUT: Mapping[str, tuple[str, ...]] = {
    "rule": ("out",), "boast": ("of", "about"), "warn": ("of", "about", "against"),
}  # fmt: skip


def content_of(o: Opening) -> Span | None:
    """What is said, in whichever way the verb takes it."""
    verb, follows = o.verb, o.follows
    if verb.lemma == "speak":  # speaks only of C
        of = next((t.i for t in o.tokens[verb.i + 1 :] if t.low == "of"), verb.i + 1)
        return _rest(o, of + 1 - verb.i)
    if follows in _ABOUT.get(verb.lemma, ()):
        return _rest(o)
    content: Span | None
    that = that_behind_it(o) if verb.lemma in DEEM else None
    if follows != "that" and verb.lemma in SIGHTS and o.near(1, 5) & EVIDENCE:
        content = _rest(o)  # found evidence that C
    elif that is not None:
        content = without_edges(o.tokens, (that + 1, sentence_end(o.tokens)))
    else:
        content = _told(o)
        lacks = follows == "no" and content is not None and content[0] > verb.i + 2
        unsure = o.negated and verb.lemma in ("verify", "confirm") and content is None
        if lacks or unsure:
            content = _rest(o)  # found no evidence that C
    if content is None and o.quoting is not None:  # “C,” A quoted X as saying
        quoter = o.syntax.subject(o.sentence, o.quoting[0] - 1)
        return preposed(o.tokens, quoter[0], o.quoted, turned=True) if quoter else None
    return content


def _rest(o: Opening, first: int = 1) -> Span | None:
    """The rest of the sentence, where there is any."""
    span = o.rest(first)
    return span if span[0] < span[1] else None


def that_behind_it(o: Opening) -> int | None:
    """The place of `that` in `finds it likely that C`."""
    if o.follows != "it":
        return None
    near = o.tokens[o.verb.i + 2 : o.verb.i + 9]
    that = next((t.i for t in near if t.low == "that"), None)
    if that is None or any(is_finite(t) for t in o.tokens[o.verb.i + 2 : that]):
        return None
    return that


def _told(o: Opening) -> Span | None:
    """The quotation or clause before the frame, or the clause after the verb."""
    tokens, verb, source = o.tokens, o.verb, o.source
    first = source[0] if o.led is None else o.led
    frame = (min(first, o.front), max(source[1], verb.i + 1))
    turned = source[0] > verb.i
    earlier = preposed(tokens, frame[0], o.quoted, turned=turned)
    if earlier is None and _is_inserted(tokens, frame):
        return without_edges(tokens, (0, sentence_end(tokens)))
    after = None if turned else o.syntax.complement(o.sentence, verb.i)
    goes_on = after is not None and is_clause(tokens, after)
    if earlier is None and not goes_on:
        earlier = _told_before(o, frame[0])
    if earlier is None:
        return after
    if any(a == earlier[0] for a, _ in o.quoted):
        later = [b for a, b in o.quoted if a > verb.i]
        if later:  # “…,” X said, “…”
            return earlier[0], later[-1]
    if turned:
        return earlier
    if o.follows == "," and verb.i + 2 < len(tokens):
        return (earlier[0], sentence_end(tokens)) if _is_split(o, earlier) else earlier
    if any(a < earlier[1] <= b + 1 for a, b in o.quoted):
        return earlier
    if o.follows in ("-", "–", "—"):
        return earlier  # C, X said - but D
    return after if goes_on else earlier


def _told_before(o: Opening, frame: int) -> Span | None:
    """Whatever has a finite verb and stands before the frame, where no clause follows it."""
    earlier = preposed(o.tokens, frame, o.quoted, turned=True)
    if earlier is None or o.sentence.headline:  # Iran behind hack, officials say
        return earlier
    told = any(is_finite(t) or t.low in _WH for t in o.tokens[slice(*earlier)])
    return earlier if told else None


def _is_split(o: Opening, earlier: Span) -> bool:
    """`A, X said, and B`, `If A, X said, B`: what is said goes on behind the frame."""
    beyond = o.tokens[o.verb.i + 2]
    joined = beyond.tag == "CC" or beyond.low in ("by", "from", "to")
    return joined or o.tokens[earlier[0]].low in ("if", "unless")


def _is_inserted(tokens: Sequence[Token], frame: Span) -> bool:
    """Whether a frame stands between commas within a clause: `The blame, X said, lies …`."""
    first, end = frame
    if first < 2 or end + 1 >= len(tokens) or tokens[first - 1].text != ",":
        return False
    lead = tokens[: first - 1]
    return (
        tokens[end].text == ","
        and is_finite(tokens[end + 1])
        and any(t.tag in ("N", "P", "NUM", "PRON") for t in lead)
        and lead[0].tag in ("DET", "N", "P", "PRON", "ADJ", "NUM")
        and not any((is_finite(t) and not describes(tokens, t)) or t.quote for t in lead)
    )


def preposed(
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
    if not is_clause(tokens, (first, end)) and not before.quote and not turned:
        return None
    return first, end


def as_aside(o: Opening) -> Span | None:
    """What is said in `As X noted, C` and `C, as X puts it`: the clause that this one leans on."""
    tokens, verb, as_ = o.tokens, o.verb, o.source[0] - 1
    if o.kind not in SPOKEN or as_ < 0 or tokens[as_].low != "as" or verb.i < o.source[1]:
        return None
    if verb.lemma == "put" and o.follows != "it":
        return None
    end = sentence_end(tokens)
    comma = next((t.i for t in tokens[verb.i : end] if t.text == ","), end)
    if any(is_finite(t) for t in tokens[verb.i + 1 : comma]) or o.follows == "that":
        return None  # as X said it was patching, …
    if as_ == 0 or (as_ == 1 and tokens[0].tag in ("CC", "ADV")):
        return without_edges(tokens, (comma + 1, end)) if comma + 2 < end else None
    if tokens[as_ - 1].text not in (",", "—", "–", "("):
        return None
    return without_edges(tokens, (0, end if comma < end - 1 else as_))
