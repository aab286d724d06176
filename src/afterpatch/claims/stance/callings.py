"""Whom a name or a fault is given: `calls the crew NAME`, `blamed the breach on a clerk`."""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.frames.attribution import Attribution
from afterpatch.claims.grammar.syntax import Span, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import PEOPLE, THREATS, word_set
from afterpatch.claims.schema import Stance
from afterpatch.claims.stance.agents import as_actor
from afterpatch.claims.who.mentions import Entity, Mention, actors_in

__all__ = ["PARTIES", "blamed_person", "called"]

Decided = tuple[Stance, list[Mention], Span | None]

# Who is at fault without having attacked.
PARTIES = word_set(
    "enemy enemies rival rivals adversary adversaries power powers force forces affiliate "
    "affiliates partner partners supplier suppliers vendor vendors administration predecessor "
    "opposition media neighbor neighbors neighbour neighbours regime government company firm "
    "insider staff manager managers bosses platforms banks companies firms insurers lawmakers "
    "regulators officials ministers executives politicians owners contractor contractors engineers "
    "employee employees developers administrators trust council hospital bank ministry agency "
    "police school university operator"
)


def called(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity], rest: Span
) -> Decided | None:
    """`X calls the crew NAME`, `X calls A the biggest threat`."""
    words, whom = sentence.tokens, frame.object
    if whom is None or frame.negated:
        return None
    crew = [m for m in actors_in(words, entities, rest) if m.kind == "group"]
    head = next((t for t in words[slice(*rest)] if t.tag in ("N", "PRON")), None)
    theirs = head is not None and head.low in THREATS | {"them"}
    rest = (rest[0], next((t.i for t in words[slice(*rest)] if t.text == ","), rest[1]))
    if theirs and crew and crew[0].span[1] == rest[1] and crew[0].span[0] > rest[0] + 1:
        return "attributes", crew[:1], without_edges(words, rest)
    if theirs and head is not None and (name := _name_behind(words, head.i + 1, rest[1])):
        return "attributes", name, without_edges(words, rest)
    state = [m for m in actors_in(words, entities, whom) if m.kind in ("state", "organ")]
    if state and any(t.low in ("threat", "danger", "menace", "risk") for t in words[slice(*rest)]):
        return "assesses", state[:1], without_edges(words, rest)
    return None


def _name_behind(words: Sequence[Token], first: int, end: int) -> list[Mention]:
    """The name that ends a clause: `the busiest of them NAME`."""
    run = words[first:end]
    named = run and all(t.upper or t.text in "_-" or t.tag == "NUM" for t in run)
    return as_actor(words, (first, end)) if named else []


def blamed_person(words: Sequence[Token], to: Span, rest: Span) -> Decided | None:
    """`X blamed the breach on an employee who opened a file`."""
    end = next((at for at in range(*to) if words[at].tag in ("WH", "ADP", "PUNCT")), to[1])
    somebody = any(t.low in PEOPLE | PARTIES | THREATS for t in words[to[0] : end])
    if not somebody and not (end < to[1] and words[end].low == "who"):
        return None
    powers = any(t.low in _POWERS for t in words[to[0] : end])
    stance: Stance = "accuses" if powers else "attributes"
    return stance, as_actor(words, (to[0], end)), without_edges(words, rest)


_POWERS = word_set(
    "states countries nations governments powers enemies rivals neighbors neighbours regime"
)
