"""What a state answers with: its own statement, whoever tells of it."""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.frames.attribution import (
    Attribution,
    agent_of,
    can_speak,
    quotations,
    sentence_end,
)
from afterpatch.claims.grammar.syntax import Syntax, verb_group, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import COPULA, word_set

__all__ = ["measures"]

_UNREAL = ("would", "could", "may", "might", "should", "must")


def measures(sentence: Sentence, syntax: Syntax, found: Sequence[Attribution]) -> list[Attribution]:
    """`X expelled two diplomats`, `X imposed sanctions on A`, beside the frames already found."""
    quoted = quotations(sentence)
    made = []
    if sentence.headline:
        made.append(_planned(sentence.tokens))
    for verb in sentence.tokens:
        if verb.tag != "V" or any(a <= verb.i < b for a, b in quoted):
            continue
        made.append(_intended(sentence, syntax, verb, found))
        made.append(_taken(sentence, syntax, verb, found))
    return [frame for frame in made if frame is not None]


def _planned(tokens: Sequence[Token]) -> Attribution | None:
    """`EU to sanction six spies`: a title on a step to come."""
    to = next((t.i for t in tokens[:8] if t.tag == "TO"), 0)
    end = sentence_end(tokens)
    if not to or to + 2 >= end or any(t.tag in ("V", "AUX") for t in tokens[:to]):
        return None
    step = tokens[to + 1].low
    thing = {t.low for t in tokens[to + 1 : to + 6]} & _MEASURED
    if step not in ("sanction", "expel", "blacklist") and not (step in _PLANNED and thing):
        return None
    return Attribution("announce", step, (to, to + 2), (0, to), (to, end), by="measure")


_PLANNED = word_set("impose summon recall sever cut break suspend freeze place put ban offer hit")


def _taken(
    sentence: Sentence, syntax: Syntax, verb: Token, found: Sequence[Attribution]
) -> Attribution | None:
    """`X imposed sanctions on A`, `the envoy has been summoned`."""
    if verb.low not in _MEASURES:
        return None
    tokens = sentence.tokens
    front = verb_group(tokens, verb.i)
    group = tokens[front : verb.i]
    offering = verb.low == "offering" and any(t.low in COPULA for t in group)
    if (
        verb.form in ("ing", "base")
        and not offering
        and verb.low not in _ISSUES
        and not (verb.low in ("throw", "kick", "call", "offer") and verb.form == "base")
    ) or not _is_measure(tokens, verb):
        return None
    if any(t.tag == "AUX" for t in tokens[verb.i + 1 : verb.i + 2]):
        return None  # the court summons was sent
    if any(_is_told(tokens, verb, front, frame) for frame in found):
        return None
    if offering:
        group = [t for t in group if t.low not in COPULA]
    if any(t.tag in ("NEG", "TO") or t.low in _UNREAL for t in group):
        return None
    if any(t.low in COPULA for t in group):
        return _undergone(sentence, syntax, verb, front)
    source = syntax.subject(sentence, verb.i)
    if source is None or source[0] > verb.i or not can_speak(tokens, source):
        return None
    if source[0] and tokens[source[0] - 1].low in ("that", "when", "if", "whether", "because"):
        return None  # the first time that X did so
    content = without_edges(tokens, (verb.i, sentence_end(tokens)))
    return Attribution("announce", verb.low, (front, verb.i + 1), source, content, by="measure")


def _is_measure(tokens: Sequence[Token], verb: Token) -> bool:
    """`expelled two diplomats`, `called in the envoy`, `offers a sum for information on A`."""
    objects = {t.low for t in tokens[verb.i + 1 : verb.i + 14]}
    if verb.low in _PHRASAL:
        near = {t.low for t in tokens[verb.i + 1 : verb.i + 9]}
        return not near.isdisjoint(_OUT) and not near.isdisjoint(_ENVOYS)
    if verb.low in _ISSUES:
        told = verb.i < 5 or any(t.low == "today" for t in tokens[max(0, verb.i - 2) : verb.i])
        return told and any(t.low in _PAPERS for t in tokens[verb.i + 1 : verb.i + 6])
    if verb.low in ("opened", "opens"):
        return not {"case", "investigation", "probe", "inquiry"}.isdisjoint(objects)
    if verb.low in ("sanctions", "sanctioned", "blacklisted", "expelled"):
        return True
    informs = "for" in objects and not objects.isdisjoint(("information", "tips", "clues"))
    helps = {t.low for t in tokens[verb.i + 1 : verb.i + 4]} & _HELP
    if helps and verb.low in ("offers", "offered", "offer"):
        return True
    reward = informs and verb.low in ("offers", "offered", "offering")
    return reward or not objects.isdisjoint(_MEASURED)


def _is_told(tokens: Sequence[Token], verb: Token, front: int, frame: Attribution) -> bool:
    """Whether a frame has told of the measure, or holds it: not in `X accused A and expelled B`."""
    if frame.cue[0] == front:
        return True
    if not frame.content or not frame.content[0] <= verb.i < frame.content[1]:
        return False
    accusing = frame.kind in ("accuse", "blame", "attribute")
    return not (accusing and tokens[front - 1].tag == "CC")


def _undergone(sentence: Sentence, syntax: Syntax, verb: Token, front: int) -> Attribution | None:
    """`Two men were sanctioned`, `the envoy has been summoned`: by whom, nobody tells."""
    tokens = sentence.tokens
    if verb.low != "placed" and any(t.low == "will" for t in tokens[front : verb.i]):
        return None
    source = agent_of(sentence, syntax, verb.i)
    if source is not None and verb.low not in _MEANT:
        return None
    content = without_edges(tokens, (0, sentence_end(tokens)))
    return Attribution(
        "announce", verb.low, (front, verb.i + 1), source, content,
        passive=source is None, by="measure",
    )  # fmt: skip


# What a state does not resolve but undergoes, holds or is.
_NO_RESOLVE = word_set(
    "be have need take cost like depend require last remain become mean prove seem know find see "
    "feel suffer lose say face miss get pay come go benefit struggle want fall rise vote"
)


def _intended(
    sentence: Sentence, syntax: Syntax, verb: Token, found: Sequence[Attribution]
) -> Attribution | None:
    """`A will continue to work with B`: what a state says it will do, whoever tells of it."""
    if verb.form != "base" or verb.lemma in _NO_RESOLVE or verb.i > 12:
        return None
    tokens = sentence.tokens
    front = verb_group(tokens, verb.i)
    will = next((t for t in tokens[front : verb.i] if t.low in ("will", "shall")), None)
    held = any(f.content and f.content[0] <= verb.i < f.content[1] for f in found)
    if will is None or held:
        return None
    source = syntax.subject(sentence, verb.i)
    if source is None or source[0] > 1 or not tokens[source[1] - 1].upper:
        return None
    content = without_edges(tokens, (will.i, sentence_end(tokens)))
    return Attribution("announce", "will", (front, verb.i + 1), source, content, by="measure")


# Passives that tell a step also with the one who takes it.
_MEANT = word_set("sanctioned blacklisted expelled summoned")
# Steps of a state, and what the papers of an agency come out by.
_ISSUES = word_set("published publishes released releases issued issues release publish issue")
_MEASURES = _ISSUES | word_set(
    "imposed imposes sanctions offers offering extends extended renews renewed widens widened "
    "tightened sanctioned expelled expels summoned summons recalled recalls slapped blacklisted "
    "hit hits offered responded severs cuts breaks suspends freezes puts slaps places placed bans "
    "retaliated answered called banned ordered placed severed cut broke suspended froze opened "
    "opens calls offer throws threw thrown kicks kicked kicking hauls hauled boots booted turfs "
    "imposing throw kick call"
)
# Steps told by a verb and its particle: kicks out a diplomat, hauls in the envoy.
_PHRASAL = word_set(
    "called calls call throws threw thrown throw kicks kicked kick hauls hauled boots booted turfs"
)
_OUT = ("in", "out")
_ENVOYS = word_set(
    "diplomat diplomats ambassador ambassadors envoy envoys attaché attachés chargé embassy consul"
)
_HELP = word_set("help assistance aid support expertise")
_PAPERS = word_set("advisory advisories guidance directive alert")
_MEASURED = word_set(
    "sanctions diplomat diplomats ambassador ambassadors envoy envoys attaché attachés chargé "
    "embassy reward bounty ban bans "
    "expulsion expulsions ties relations visa visas asset assets restrictions"
)
