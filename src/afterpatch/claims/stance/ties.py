"""How a crew is tied to a state by what is said of it: linked to A, run by A's ministry."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from afterpatch.claims.frames.attribution import Attribution
from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import ATTACK
from afterpatch.claims.schema import Nexus
from afterpatch.claims.who.mentions import Entity, Mention, actors_in, nexus_of
from afterpatch.claims.who.tied import is_of_another

__all__ = ["owns_another", "tied_any", "tied_behind", "tied_by", "tied_crew"]


def tied_behind(
    words: Sequence[Token], mention: Mention, behind: Span, entities: Sequence[Entity]
) -> Mention:
    """A crew that is linked to a state or its organ, with that tie."""
    tie = _tie_of(words, (behind[0], min(behind[0] + 6, behind[1])), entities)
    if tie is None:
        return mention
    state, organ = tie
    nexus: Nexus = "linked-to-state-organ" if organ else "linked"
    return msgspec.structs.replace(mention, state=state, nexus=nexus)


def _tie_of(
    words: Sequence[Token], place: Span, entities: Sequence[Entity]
) -> tuple[str | None, bool] | None:
    """The state that stands in a place, and whether it is its organ: `to A's spy agency`."""
    named = [
        m for m in actors_in(words, entities, (place[0], len(words)))
        if m.kind in ("state", "organ") and place[0] <= m.span[0] < place[1]
    ]  # fmt: skip
    if named and owns_another(words, named[0], entities):
        return None
    first = named[0].span[0] if named else place[1]
    raids = (t for t in words[place[0] : first] if t.tag == "N" or t.low.endswith("s"))
    if any(t.low in ATTACK for t in raids):
        return None  # linked to raids in A
    if named:
        return named[0].state, named[0].kind == "organ"
    for entity in entities:
        if place[0] <= entity.span[0] < place[1] and entity.kind in ("organ", "state", "demonym"):
            return entity.state, entity.kind == "organ"
    return None


def owns_another(words: Sequence[Token], state: Mention, entities: Sequence[Entity]) -> bool:
    """Whether a state only tells what was struck: `tied to A's blackout`."""
    return any(
        is_of_another(words, e, entities)
        for e in entities
        if state.kind == "state" and state.span[0] <= e.span[0] < state.span[1]
    )


def tied_by(crew: Mention, state: Mention, words: str) -> Mention:
    """A crew with the tie that the verb between it and a state tells."""
    nexus = crew.nexus
    for pattern, name in (
        (r"\b(?:paid|hired|funded|money|funds|funding|pay)\b", "paid-by-state"),
        (r"\bbacked\b|\bsupported\b", "state-backed"),
        (r"\bsponsored\b", "state-sponsored"),
        (r"\b(?:backing|support|protection) of\b", "state-backed"),
        (
            r"\b(?:orders|instructions|directions|controlled|directed|run|ordered|steered|led|behest|"
            r"overseen|under|(?:work(?:s|ed|ing)?|act(?:s|ed|ing)?) for)\b",
            "state-controlled",
        ),
        (r"\b(?:based|from|operat\w+ (?:out of|in|from))\b", "territory"),
        (r".", "linked-to-state-organ" if state.kind == "organ" else "linked"),
    ):  # fmt: skip
        if re.search(pattern, words):
            nexus = name  # type: ignore[assignment]
            break
    return Mention(crew.kind, crew.span, crew.head, crew.norm, state.state, nexus, crew.group)


def tied_any(
    words: Sequence[Token], mention: Mention, behind: Span, entities: Sequence[Entity], after: str
) -> Mention:
    """A crew with the tie that what is believed of it tells: `to be run by A's ministry`."""
    if mention.state is not None and mention.nexus != "unspecified":
        return mention
    tie = _tie_of(words, behind, entities)
    if tie is None:
        return mention
    state, organ = tie
    if re.match(r"(?:to )?have been in\b", after):
        return mention  # where they struck
    nexus = nexus_of(after)
    if nexus is None and re.search(r"\b(?:from|based|in|operat\w+|located|living)\b", after):
        nexus = "territory"
    nexus = nexus or ("linked-to-state-organ" if organ else "linked")
    return msgspec.structs.replace(mention, state=state, nexus=nexus)


def tied_crew(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity], to: Span
) -> Mention | None:
    """The crew of `X tied the group to A`, `a crew which X links to A`, `X linked the group to the
    raid`; the state itself, as what an attack is linked to, of `X linked the attack to A`."""
    words = sentence.tokens
    crew = actors_in(words, entities, (frame.cue[1], to[0] - 1))
    first = frame.source[0] if frame.source is not None else frame.cue[0]
    meant = frame.cue[1] < to[0] and words[frame.cue[1]].low in ("it", "them")
    if not crew and (meant or (first and words[first - 1].tag in ("WH", "SUB"))):
        crew = actors_in(words, entities, (0, first))[-1:]
    named = crew and crew[-1].kind in ("group", "threat")
    behind = next(iter(actors_in(words, entities, to)), None)
    if behind is None or behind.kind not in ("state", "organ"):
        return None
    lead, after = words[to[0] : behind.span[0]], words[behind.span[1] - 1 :][1:2]
    if any(t.tag not in ("DET", "ADJ", "ADV") for t in lead) or any(t.tag == "POSS" for t in after):
        return crew[-1] if named else None  # to raids in A, to A's elections
    if named:
        return tied_behind(words, crew[-1], to, entities)
    return tied_behind(words, behind, to, entities) if behind.nexus.startswith("state") else None
