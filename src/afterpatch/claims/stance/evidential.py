"""What nobody in particular says: `A is believed to be linked to the MSS`, `it is alleged that`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from afterpatch.claims.frames.attribution import Attribution
from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import ADVERSE, ATTACK, THREATS
from afterpatch.claims.schema import Stance
from afterpatch.claims.stance.agents import as_actor, doers, text_of
from afterpatch.claims.stance.figures import quantities
from afterpatch.claims.stance.ties import tied_any
from afterpatch.claims.who.mentions import Entity, Mention, actors_in

__all__ = ["stance_of_believed"]


def stance_of_believed(
    sentence: Sentence, frame: Attribution, content: Span, entities: Sequence[Entity]
) -> tuple[Stance, list[Mention], Span] | None:
    """Stance, actors and content of what is said to be believed; None where it says nothing."""
    words = sentence.tokens
    if frame.negated:
        return "asserts", [], content
    after = text_of(sentence, content) if content[0] < content[1] else ""
    if frame.lemma == "advise" and after.startswith("to "):
        return "demands", [], content
    counted = quantities(after, 0)
    harmed = any(t.low in ATTACK | ADVERSE for t in words[slice(*content)])
    if counted and (frame.kind == "estimate" or (counted[0].unit == "money" and not harmed)):
        return "estimates", [], content
    actors = _believed_of(sentence, frame, entities)
    subject = as_actor(words, frame.object) if frame.object is not None else []
    first = actors[0].kind if actors else None
    if frame.kind == "suspect":
        tie = after.removeprefix("of ")
        if first in ("group", "threat") and wording("tied_to").match(tie):
            tied = [tied_any(words, m, content, entities, tie) for m in actors]
            return "attributes", tied, content
        actors = actors or subject
        return ("accuses", actors[:1], content) if actors else None
    if frame.lemma == "allege" and subject and wording("behind").search(after):
        return "accuses", (actors or subject)[:1], content
    if actors and wording("tied_to").match(after):
        return "attributes", [tied_any(words, m, content, entities, after) for m in actors], content
    if actors and (any(m.kind == "group" for m in actors) or wording("behind").search(after)):
        return "attributes", actors, content
    lows = [t.low for t in words[content[0] : content[1]]]
    attacked = any(low in ADVERSE for low in lows[:4]) and any(low in ATTACK for low in lows)
    if first in ("state", "organ") and attacked:
        return "attributes", actors, content
    inside = doers(sentence, content, entities)
    if inside and not actors:
        return "attributes", inside[:1], content
    if frame.object is not None and re.search(r"\bresponsible\b", text_of(sentence, frame.object)):
        return "attributes", actors or subject, content
    return "asserts", [m for m in actors[:1] if m.kind in ("group", "threat")], content


def _believed_of(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity]
) -> list[Mention]:
    """Whom the belief is about: crews round the subject, else who is its subject."""
    words, subject = sentence.tokens, frame.object
    if subject is None:
        return []
    round_it = (max(0, subject[0] - 2), frame.cue[0])
    crews = [m for m in actors_in(words, entities, round_it) if m.kind == "group"]
    actors = crews or _each_once(actors_in(words, entities, subject))
    run = words[slice(*subject)]
    if not actors and any(t.low in THREATS or t.low in ("they", "members") for t in run):
        return as_actor(words, subject)
    return actors


def _each_once(actors: Sequence[Mention]) -> list[Mention]:
    """Each group by one of its names; else the first."""
    groups = [m for m in actors if m.kind == "group"]
    if len(groups) < 2:
        return list(actors[:1])
    by_id = {m.group.id if m.group and m.group.id else m.norm: m for m in reversed(groups)}
    return list(by_id.values())[::-1]
