"""What is done to the subject of a verb of claiming: `A is accused of C by X`."""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.frames.attribution import (
    Attribution,
    agent_of,
    can_speak,
    sentence_end,
    until_comma,
)
from afterpatch.claims.frames.opening import Opening
from afterpatch.claims.grammar.syntax import Span, without_edges
from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.words import THREATS, word_set

__all__ = ["of_passive"]


def of_passive(o: Opening) -> Attribution | None:
    """`A is accused of C (by X)`, `C was attributed to A`, `A is believed to C`."""
    tokens, verb, kind = o.tokens, o.verb, o.kind
    if verb.low == "known" and verb.i > 3 and tokens[verb.i - 3].low in ("let", "lets"):
        return _let_known(o)
    if verb.lemma in ("identify", "name") and o.follows == "as":
        return _named_by(o)
    if (
        verb.lemma == "determine"
        and tokens[verb.i + 1 : verb.i + 2]
        and (tokens[verb.i + 1].tag == "TO")
    ):
        return None  # is determined to act
    if verb.lemma == "tell" and o.follows == "to":
        kind = "demand"
    subject = o.syntax.subject(o.sentence, verb.i)
    agent = agent_of(o.sentence, o.syntax, verb.i)
    if subject is None and o.before is not None and o.before.text == ",":
        subject = _before_comma(tokens, verb.i - 1)
    if kind == "accuse" and agent is not None:
        ofs = (t.i for t in tokens[slice(*agent)] if t.low == "of")
        of = next((i for i in ofs if tokens[i - 1].low not in _BODIES), agent[1])
        agent = (agent[0], of)  # accused by X of C
    if kind in ("say", "believe", "estimate", "suspect"):
        return _held(o, subject, agent)
    cue, content = o.cue, o.rest()
    if kind == "demand" and agent is not None and agent[1] < len(tokens):
        if tokens[agent[1]].tag != "TO":
            return None
        cue = (o.front, agent[1])  # was told by X to C
        content = without_edges(tokens, (agent[1], sentence_end(tokens)))
    elif kind == "deny" and agent is not None and subject is not None:
        content = without_edges(tokens, (subject[0], verb.i + 1))
    elif kind == "demand" and agent is None:
        if o.follows != "to" or subject is None or o.modal:
            return None  # urged to C, by nobody named
    elif kind == "describe" and agent is None:
        return _described(o, subject)
    elif kind not in ("accuse", "blame", "attribute", "charge"):
        return None
    return Attribution(
        kind, verb.lemma, cue, agent, content, object=subject, passive=True, negated=o.negated
    )


# Bodies whose name goes on with `of`.
_BODIES = word_set(
    "ministry department government office bureau house council bank republic state kingdom "
    "minister secretary director head university institute city ministers"
)


def _before_comma(tokens: Sequence[Token], comma: int) -> Span | None:
    """Who is accused in `A, accused by B of C, did D`: A."""
    first = comma
    while first and tokens[first - 1].tag in ("P", "N", "DET", "ADJ", "NUM"):
        first -= 1
    return (first, comma) if first < comma else None


def _described(o: Opening, subject: Span | None) -> Attribution | None:
    """`C has been described as D`: by whom, nobody tells."""
    told = o.follows == "as" and any(t.low in ("has", "have", "been") for t in o.group)
    if not told or subject is None or subject[0] > 1 or o.verb.lemma != "describe":
        return None
    return Attribution(
        "say", o.verb.lemma, o.cue, None, o.rest(), object=subject, passive=True,
        negated=o.negated, evidential=True,
    )  # fmt: skip


def _held(o: Opening, subject: Span | None, agent: Span | None) -> Attribution | None:
    """`A is said (by X) to C`, `it is believed that C`, `A is suspected of C`."""
    tokens, verb, front = o.tokens, o.verb, o.front
    told = verb.i + 1
    if told >= len(tokens):
        return None
    if o.follows == "by" and agent is not None and agent[1] < len(tokens):
        told = agent[1]  # is said by X to C
    elif agent is None and tokens[0].low in ("from", "on") and front:
        agent = _fronted_agent(tokens, front)
    after = tokens[told]
    place = tokens[told + 1] if after.tag == "TO" and told + 1 < len(tokens) else None
    if place is not None and place.tag in ("P", "DET", "N", "PRON", "NUM"):
        return None  # posted to a forum
    if after.tag == "TO" and verb.lemma in ("write", "post", "tweet", "read"):
        return None  # written to disk
    if not (after.tag == "TO" or after.low in ("that", "of") or verb.lemma == "suspect"):
        return None
    end = sentence_end(tokens)
    relative = tokens[front - 1].tag in ("WH", "SUB") and tokens[front - 2].text == ","
    if front > 1 and (relative or (tokens[front - 1].text == "," and front == verb.i)):
        end = until_comma(tokens, verb.i + 1)  # the hackers, who are said to C, did
    content = without_edges(tokens, (told + (after.low == "that"), end))
    return Attribution(
        o.kind, verb.lemma, o.cue, agent, content,
        object=subject, passive=True, negated=o.negated, evidential=True,
    )  # fmt: skip


def _fronted_agent(tokens: Sequence[Token], front: int) -> Span | None:
    """Who speaks in `From the side of X it was stressed that C`: translated wording."""
    it = next((t.i for t in tokens[:front] if t.low == "it"), None)
    if it is None or it + 1 < front or it < 2:
        return None
    sided = [t.low for t in tokens[1:4]] in (["the", "side", "of"], ["the", "part", "of"])
    if tokens[0].low == "on" and not sided:
        return None  # on Monday it was said
    span = without_edges(tokens, (4 if sided else 1, it))
    return span if span[0] < span[1] and can_speak(tokens, span) else None


def _let_known(o: Opening) -> Attribution | None:
    """`X let it be known that C`."""
    let = o.verb.i - 3
    source = o.syntax.subject(o.sentence, let)
    if o.follows != "that" or source is None or not can_speak(o.tokens, source):
        return None
    return Attribution("say", "let", (let, o.verb.i + 1), source, o.rest(2))


def _named_by(o: Opening) -> Attribution | None:
    """`The hackers were identified as A by X`: X gives them that name."""
    tokens, verb = o.tokens, o.verb
    subject = o.syntax.subject(o.sentence, verb.i)
    by = next((t.i for t in tokens[verb.i + 2 : verb.i + 14] if t.low == "by"), None)
    source = o.syntax.object(o.sentence, by) if by is not None else None
    if subject is None or source is None or not can_speak(tokens, source):
        return None
    if not any(t.low in THREATS for t in tokens[slice(*subject)]):
        return None
    return Attribution("name", verb.lemma, o.cue, source, None, limit=by)
