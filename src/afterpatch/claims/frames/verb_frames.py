"""Verbs that carry somebody's claim: who is their subject, and what they report."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from afterpatch.claims.frames.attribution import (
    SPOKEN,
    Attribution,
    can_speak,
    is_finite,
    until_comma,
)
from afterpatch.claims.frames.opening import LIKELIHOODS, MODALS, Opening, describes, opened
from afterpatch.claims.frames.verb_contents import as_aside, content_of
from afterpatch.claims.frames.verb_guards import claims_nothing, speaks_of_nothing
from afterpatch.claims.frames.verb_passives import of_passive
from afterpatch.claims.frames.verb_reports import (
    asserts_nothing,
    is_weak,
    reported,
    reports_nothing,
)
from afterpatch.claims.frames.verb_sources import cited_by, find_source
from afterpatch.claims.grammar.syntax import Span, Syntax
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import ATTACK, COPULA, word_set

__all__ = ["of_verb"]


def of_verb(
    sentence: Sentence, syntax: Syntax, verb: Token, quoted: Sequence[Span]
) -> Attribution | None:
    """The frame that a verb opens; None where it carries nobody's claim."""
    o = opened(sentence, syntax, verb, quoted)
    if claims_nothing(o):
        return None
    if verb.lemma in _DEEMED and o.follows != "it":
        deemed = _deemed(o)
        if deemed is not None or verb.lemma in ("deem", "regard"):
            return deemed
    if o.passive:
        return of_passive(o)
    if o.kind in SPOKEN and (cited := cited_by(o)) is not None:
        return cited
    if not find_source(o):
        return None
    _set_mood(o)
    if speaks_of_nothing(o):
        return None
    aside = as_aside(o)
    if aside is not None:
        return Attribution("say", verb.lemma, o.cue, o.source, aside)
    return _confessed(o) or _active(o)


def _set_mood(o: Opening) -> None:
    """Whether the claim is denied, `neither A nor B said C`, and whether it is made at all, `X
    would say C`."""
    unable = any(t.low == "unable" for t in o.group)
    lead = {t.low for t in o.tokens[max(0, o.source[0] - 1) : o.source[1]]}
    o.negated = o.negated or unable or not lead.isdisjoint(("neither", "nor"))
    later = any(t.low in ("later", "subsequently", "eventually") for t in o.group)
    modal = o.unsolved or unable or any(t.low in MODALS for t in o.group)
    o.modal = modal and not later  # the court would later hear


def _active(o: Opening) -> Attribution | None:
    """`X says C`, `X accuses A of C`."""
    if asserts_nothing(o):
        return None
    if o.kind == "describe" and o.follows == "how":
        o.kind = "say"  # described how C
    content = content_of(o)
    if o.led is not None and content and any(t.tag == "NUM" for t in o.tokens[slice(*content)]):
        o.kind = "estimate"  # C, figures from X show
    if o.kind in SPOKEN:
        if o.verb.lemma == "doubt" and _is_all(o):
            return Attribution(o.kind, "doubt", o.cue, o.source, o.rest(), negated=o.negated)
        if content is None:
            return _announced(o)
        if reports_nothing(o, content):
            return None
        content = reported(o, content)
        if content is None or is_weak(o, content):
            return None
    return Attribution(
        o.kind, o.verb.lemma, o.cue, o.source, content,
        object=o.syntax.object(o.sentence, o.verb.i),
        negated=o.negated and o.verb.lemma != "accept",  # does not accept: it denies
        modal=o.modal, by="we" if o.ours else "verb",
    )  # fmt: skip


def _is_all(o: Opening) -> bool:
    """`Experts doubt it.`: nothing more is said."""
    return [t.low for t in o.behind] in (["it"], ["that"], ["this"])


def _announced(o: Opening) -> Attribution | None:
    """`X said:`, with the quotation in the next paragraph."""
    if o.tokens[-1].text != ":" or o.kind not in ("say", "tell"):
        return None
    return Attribution(o.kind, o.verb.lemma, o.cue, o.source, None)


def _confessed(o: Opening) -> Attribution | None:
    """`X claimed the attack`: X says that X did it."""
    if o.verb.lemma != "claim" or o.near(2, 4).isdisjoint(ATTACK | {"break"}):  # break-in
        return None
    deed = o.syntax.object(o.sentence, o.verb.i)
    joint = next((k for k, t in enumerate(o.behind) if t.tag == "CC"), len(o.behind))
    whole = not any(is_finite(t) for t in o.behind[:joint])
    if deed is None or o.tokens[deed[0]].tag != "DET" or not whole:
        return None
    return Attribution("attribute", "claim", o.cue, o.source, o.rest(0), by="confession")


_DEEMED = word_set("consider deem judge regard")
_JUDGED = LIKELIHOODS | word_set(
    "authentic genuine real fake forged legitimate serious severe critical reliable unreliable "
    "convincing unconvincing responsible guilty contained successful sophisticated "
    "dangerous significant insufficient adequate inadequate premature justified unacceptable "
    "legal illegal harmless safe unsafe high low moderate"
)


def _deemed(o: Opening) -> Attribution | None:
    """`X considers the files authentic`, `X regards the threat as serious`: X judges so."""
    tokens, verb = o.tokens, o.verb
    end = until_comma(tokens, verb.i + 1)
    run = tokens[verb.i + 1 : end]
    while run and run[-1].text in ".!?":
        run, end = run[:-1], end - 1
    if len(run) < 2:
        return None
    if any((is_finite(t) and not describes(tokens, t)) or t.tag == "WH" for t in run):
        return None
    if any(t.tag == "TO" and after.tag == "V" for t, after in itertools.pairwise(run)):
        return None
    as_ = verb.lemma == "regard" and any(t.low == "as" for t in run[1:])
    judged = run[-1].low in _JUDGED or any(t.low == "responsible" for t in run)
    judged = judged and run[0].tag in ("DET", "P", "N", "PRON", "ADJ")
    source = o.syntax.subject(o.sentence, verb.i)
    if not (judged or as_) or source is None or source[0] > verb.i:
        return None
    ours = tokens[source[0]].low == "we"
    if not (ours or can_speak(tokens, source)) or any(t.low in MODALS | COPULA for t in o.group):
        return None
    return Attribution(
        "believe", "regard", o.cue, source, (verb.i + 1, end),
        negated=any(t.tag == "NEG" for t in o.group), by="we" if ours else "verb",
    )  # fmt: skip
