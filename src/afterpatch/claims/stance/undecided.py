"""Verbs that take an accused, where they name none: their speaker still says something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from afterpatch.claims.frames.attribution import Attribution
from afterpatch.claims.grammar.syntax import Span, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import ATTACK, GUARDED, OFFICES, PEOPLE, THREATS, word_set
from afterpatch.claims.stance.agents import as_actor
from afterpatch.claims.stance.callings import Decided
from afterpatch.claims.who.mentions import Entity
from afterpatch.claims.who.person_names import BODIES

__all__ = ["links_nobody", "said_of_nobody"]


def said_of_nobody(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity]
) -> Decided | None:
    """What a frame says all the same that takes an accused and has none; None where nothing."""
    if frame.by != "verb" or frame.passive or frame.source is None or frame.content is None:
        return None
    words = sentence.tokens
    verb, first = words[frame.cue[1] - 1], frame.source[0]
    relative = words[max(0, first - 1)].low in ("that", "which", "who") or (
        words[max(0, frame.cue[0] - 1)].tag == "WH"
    )
    if verb.form == "ing" or relative or words[frame.cue[0] - 1].low == "that":
        return None
    told = _TOLD.get(frame.kind)
    return told(sentence, frame, entities) if told is not None else None


def links_nobody(sentence: Sentence, frame: Attribution) -> bool:
    """`X could not link the raid to any crew`."""
    if frame.kind != "attribute" or not (frame.negated and frame.modal) or frame.passive:
        return False
    words = sentence.tokens[frame.cue[1] :]
    return any(t.tag in ("TO", "ADP") and after.low == "any" for t, after in pairwise(words))


def _rest(sentence: Sentence, frame: Attribution) -> Span:
    end = len(sentence.tokens) if frame.limit is None else frame.limit
    return without_edges(sentence.tokens, (frame.cue[0], end))


def _tied(sentence: Sentence, frame: Attribution, _entities: Sequence[Entity]) -> Decided | None:
    """`X attributed the attack to a foreign state`, `X traced the attack to a stolen key`, `X could
    not link the raid to any group`."""
    words, rest = sentence.tokens, _rest(sentence, frame)
    lead = ("to", "with")
    to = next((t.i for t in words[frame.cue[1] : rest[1]] if t.low in lead), None)
    if to is None or to <= frame.cue[1] or to + 1 >= rest[1]:
        return None
    thing, end = words[frame.cue[1] : to], words[to + 1 : rest[1]]
    attack = any(t.low in ATTACK for t in (*thing, *end))
    if not attack and thing[0].low not in ("it", "this"):
        return None
    if frame.negated:
        return ("asserts", [], rest) if frame.modal else None
    if any(t.low in THREATS | _POWERS for t in end[:5]):
        return "attributes", as_actor(words, _noun_phrase(words, to + 1, rest[1])), rest
    if thing[0].upper and any(t.low in ATTACK for t in end):
        return "attributes", as_actor(words, (frame.cue[1], to)), rest  # linked A to the attack
    return "asserts", [], rest


_POWERS = word_set("state states country countries government governments nation nations power")


def _noun_phrase(words: Sequence[Token], first: int, end: int) -> Span:
    at = first
    while at < end and words[at].tag in ("DET", "ADJ", "N", "P", "NUM", "POSS"):
        at += 1
    return first, at


def _held(sentence: Sentence, frame: Attribution, _entities: Sequence[Entity]) -> Decided | None:
    """`X held the firm responsible for the leak`."""
    words, rest = sentence.tokens, _rest(sentence, frame)
    if frame.lemma != "hold" or frame.negated:
        return None
    blamed = next((t.i for t in words[slice(*rest)] if t.low in _ANSWERABLE), None)
    if blamed is None or blamed <= frame.cue[1]:
        return None
    actors = as_actor(words, (frame.cue[1], blamed))
    return ("accuses", actors, rest) if actors else None


_ANSWERABLE = ("responsible", "accountable", "liable")


def _called(sentence: Sentence, frame: Attribution, entities: Sequence[Entity]) -> Decided | None:
    """`X called the sanctions illegal`, `X described the response as slow`."""
    words, rest = sentence.tokens, _rest(sentence, frame)
    after = words[frame.cue[1] : rest[1]]
    if frame.negated or len(after) < 2 or after[0].low in _PARTICLES:
        return None
    if not _is_voice(words, entities, frame.source):
        return None
    if not any(t.low in _DEEDS | ATTACK | GUARDED for t in after[:5]):
        return None
    return ("assesses" if any(t.low == "as" for t in after) else "asserts"), [], rest


_PARTICLES = word_set("on for upon out in off up itself himself herself themselves")
# What a state or a firm does about an attack.
_DEEDS = word_set(
    "decision decisions move moves step steps sanctions measure measures ruling law expulsion "
    "expulsions act acts action actions conduct timing publication demand demands fine penalty "
    "verdict charges indictment plan plans policy response reaction statement report agreement"
)


def _condemned(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity]
) -> Decided | None:
    """`X condemned the act as vile`."""
    if frame.lemma not in _CONDEMNING:
        return None
    return _called(sentence, frame, entities)


_CONDEMNING = word_set("condemn denounce slam blast lambast")


def _asked(sentence: Sentence, frame: Attribution, entities: Sequence[Entity]) -> Decided | None:
    """`The FBI told developers to go back`, `Police asked him not to pay`: a body demands."""
    words, rest = sentence.tokens, _rest(sentence, frame)
    if frame.source is None or frame.negated or wording("unnamed").search(sentence.text):
        return None
    named = any(frame.source[0] <= e.span[0] < frame.source[1] for e in entities)
    about = any(t.low in ATTACK | GUARDED | THREATS | _EXTORTION for t in words)
    if not named and not (about and _is_body(words, entities, frame.source)):
        return None
    run = words[frame.cue[1] : rest[1]]
    to = next((t.i for t in run[:9] if t.tag == "TO"), None)
    if to is None or to == frame.cue[1] or to + 1 >= rest[1]:
        return None
    return ("demands", [], rest) if words[to + 1].tag == "V" else None


_EXTORTION = word_set("ransom ransoms leak download downloads cyber code scam scams fraud online")


def _is_voice(words: Sequence[Token], entities: Sequence[Entity], source: Span | None) -> bool:
    """Whether the source is a body, or somebody with a name or an office."""
    run = words[slice(*source)] if source is not None else ()
    people = any(t.tag == "P" or t.low in OFFICES | PEOPLE for t in run)
    return people or _is_body(words, entities, source)


def _is_body(words: Sequence[Token], entities: Sequence[Entity], source: Span | None) -> bool:
    if source is None:
        return False
    named = any(source[0] <= e.span[0] < source[1] for e in entities)
    return named or any(t.low in BODIES for t in words[slice(*source)])


_TOLD: dict[str, Callable[[Sentence, Attribution, Sequence[Entity]], Decided | None]] = {
    "attribute": _tied,
    "blame": _held,
    "describe": _called,
    "accuse": _condemned,
    "demand": _asked,
}
