"""Verbs that no list holds: what stands around them tells that they are verbs of speech."""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.frames.attribution import Attribution, can_speak, is_finite, sentence_end
from afterpatch.claims.grammar.syntax import Span, Syntax, verb_group, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import AUXILIARIES, DOCUMENTS, OFFICES, PEOPLE, word_set

__all__ = ["before_colon", "before_that", "beside_quotation"]


# What a that-clause may follow without being said.
_UNSAID = word_set(
    "ensure ensures ensured mean means meant learn learns learned learnt realize realizes "
    "realized realise realises realised hope hopes hoped wish wishes wished decide decides "
    "decided hear hears heard forget forgets forgot remember remembers remembered see sees saw "
    "seen make makes made guarantee guarantees guaranteed require requires required happen "
    "happens happened seem seems seemed appear appears appeared turn turns turned follow "
    "follows followed pretend pretends pretended dream dreams dreamed care cares cared prefer "
    "prefers preferred get gets got have has had sense senses sensed gather gathers gathered "
    "imagine imagined discover decree pray prays prayed regret regrets regretted resent resents "
    "resented resolve resolved vote votes voted give gives gave given trust trusts trusted "
    "appreciate appreciated ask like likes liked love loves loved checked check checks arrange "
    "arranged told taught teach shown proposed propose proposes rule ruled accept accepts "
    "accepted grant granted provided providing save except is was are were do did does signed "
    "sign stolen used published sent"
)
_WHO = word_set("he she they who")


def before_that(sentence: Sentence, syntax: Syntax, verb: Token) -> Attribution | None:
    """`X sneered that C`: a clause with `that` right behind a verb which somebody is subject of."""
    tokens = sentence.tokens
    that = _restated(tokens, verb) or verb.i + 1
    if not is_finite(verb) or verb.low in _UNSAID or that >= len(tokens):
        return None
    if tokens[that].low != "that":
        return None
    front = verb_group(tokens, verb.i)
    group = tokens[front : verb.i]
    if front and tokens[front - 1].tag in ("TO", "ADP"):
        return None  # sent mails to firms that design chips
    if any(t.tag in ("NEG", "TO") or t.low in AUXILIARIES - _HAVE for t in group):
        return None
    source = syntax.subject(sentence, verb.i)
    if source is None or source[1] > front or not can_speak(tokens, source):
        return None
    run = tokens[slice(*source)]
    if not any(
        t.tag == "P" or t.upper or t.low in PEOPLE | OFFICES | DOCUMENTS | _WHO for t in run
    ):
        return None
    content = without_edges(tokens, (that + 1, sentence_end(tokens)))
    comma = next((t.i for t in tokens[slice(*content)] if t.text == ","), content[1])
    told = any(is_finite(t) or t.quote for t in tokens[content[0] : comma])
    if tokens[that].tag == "DET" or not told:
        return None  # canceled that debate
    return Attribution("say", verb.lemma, (front, verb.i + 1), source, content)


def _restated(tokens: Sequence[Token], verb: Token) -> int | None:
    """Where C begins in `X repeats what she said in May: that C`."""
    if [t.low for t in tokens[verb.i + 1 : verb.i + 2]] != ["what"]:
        return None
    colon = next((t.i for t in tokens[verb.i + 2 : verb.i + 14] if t.text == ":"), None)
    return colon + 1 if colon is not None else None


_HAVE = word_set("has have had 've")


def before_colon(sentence: Sentence, syntax: Syntax) -> Attribution | None:
    """`X stormed: “C”`: whatever the verb, who stands before the colon says the quotation."""
    tokens = sentence.tokens
    colon = next((t.i for t in tokens[:-2] if t.text == ":" and tokens[t.i + 1].quote), None)
    verb = next((t for t in reversed(tokens[: colon or 0]) if is_finite(t)), None)
    if colon is None or verb is None or colon - verb.i > 4 or sentence.headline:
        return None
    source = syntax.subject(sentence, verb.i)
    if source is None or source[0] > verb.i or not can_speak(tokens, source):
        return None
    last = tokens[source[1] - 1]
    if verb.tag == "AUX" and last.tag != "P" and last.low not in PEOPLE | OFFICES | _WHO:
        return None  # the answer was simple: “C”
    return Attribution("say", verb.lemma, (verb.i, colon + 1), source, (colon + 1, len(tokens)))


def beside_quotation(
    sentence: Sentence, syntax: Syntax, quoted: Sequence[Span]
) -> Attribution | None:
    """`“C,” X went on, “D”`: whatever the verb, who stands behind the comma says the quotation."""
    tokens = sentence.tokens
    for a, b in quoted:
        ends = b - a > 3 and tokens[b - 2].text in (",", "?", "!") and tokens[b - 1].quote
        behind = tokens[b : b + 7]
        verb = next((t for t in behind if is_finite(t) and t.tag == "V"), None)
        if a > 1 or not ends or verb is None or any(t.quote for t in tokens[b : verb.i]):
            continue
        source = syntax.subject(sentence, verb.i)
        if verb.i == b and (source is None or source[0] < b):
            source = syntax.object(sentence, verb.i)  # “C,” snapped X
        if source is None or source[0] < b or not can_speak(tokens, source):
            return None
        last = quoted[-1][1]
        return Attribution("say", verb.lemma, (verb.i, verb.i + 1), source, (a, last))
    return None
