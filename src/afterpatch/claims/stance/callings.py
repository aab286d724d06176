"""What somebody calls a thing, and whom a fault is given: `calls the crew NAME`, `calls the raid
reckless`, `blamed the breach on a clerk`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from afterpatch.claims.frames.attribution import Attribution
from afterpatch.claims.grammar.syntax import Span, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import ATTACK, MONTHS, PEOPLE, THREATS, TIMES, word_set
from afterpatch.claims.schema import Stance
from afterpatch.claims.stance.agents import as_actor, doers
from afterpatch.claims.who.mentions import Entity, Mention, actors_in, nexus_of

__all__ = ["PARTIES", "Decided", "blamed_person", "described", "laid_on"]

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


def _called(
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


def laid_on(
    words: Sequence[Token], frame: Attribution, entities: Sequence[Entity], rest: Span
) -> Span | None:
    """Behind which `on` the culprit stands: `blamed the raid on A`, `laid the blame for the raid on
    B on A`; behind none of `blamed A for the raid on B`, `holds A responsible for C on Monday`."""
    stop = next((t.i for t in words[slice(*rest)] if t.text == ";"), rest[1])
    for_ = next((t.i for t in words[rest[0] : stop] if t.low == "for"), stop)
    if frame.lemma == "hold":
        return None
    places = [
        t.i for t in words[rest[0] : stop - 1]
        if t.low in ("on", "upon") and words[t.i + 1].low not in _DAYS
        and not words[t.i + 1].text[0].isdigit()
    ]  # fmt: skip
    before = [at for at in places if at < for_]
    if frame.lemma == "blame" and for_ < stop:
        places = before
    places = before or places
    known = [at for at in places if actors_in(words, entities, (at + 1, min(at + 6, stop)))]
    chosen = known[-1:] or places[:1]
    return (chosen[0] + 1, rest[1]) if chosen else None


_DAYS = TIMES | frozenset(MONTHS)


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


def described(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity], rest: Span
) -> Decided | None:
    """`X called the charge a lie`, `X describes A as the culprit`, `X called the raid reckless`."""
    words = sentence.tokens
    after = sentence.slice(words[frame.cue[1] - 1].end, sentence.end)
    if frame.lemma == "call" and (told := _called(sentence, frame, entities, rest)) is not None:
        return told
    charged = wording("what_was_alleged").search(after)
    laid = frame.object and any(t.low in _LAID for t in words[slice(*frame.object)])
    if laid and not wording("credited").search(after):
        return "denies", [], without_edges(words, rest)
    if wording("word_of_denial").search(after) or (charged and wording("scorn").search(after)):
        return "denies", [], without_edges(words, rest)
    object_ = actors_in(words, entities, frame.object) if frame.object else []
    if object_ and wording("culprit").search(after):
        return "attributes", object_[:1], without_edges(words, rest)
    vile = any(t.low in THREATS or t.low in ("aggressor", "empire") for t in words[slice(*rest)])
    if object_ and object_[0].kind in ("state", "organ") and vile:
        return "accuses", object_[:1], without_edges(words, rest)
    nexus = nexus_of(after)
    meant = frame.object is not None and words[frame.object[0]].low in ("it", "them")
    if nexus is not None and meant and _actors_near(words, entities, rest):
        return "attributes", [], without_edges(words, rest)
    if nexus is not None and (frame.lemma != "call" or "as" not in after):
        crew = [
            m for m in actors_in(words, entities)
            if m.kind in ("group", "threat") and (m.span[0] >= rest[0] or m.span[1] <= frame.cue[0])
        ]  # fmt: skip
        if crew:
            chosen = next((m for m in crew if m.span[0] >= rest[0]), crew[-1])
            if chosen.nexus == "unspecified":
                chosen = msgspec.structs.replace(chosen, nexus=nexus)
            return "attributes", [chosen], without_edges(words, rest)
    return _weighed(sentence, frame, entities, rest)


def _weighed(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity], rest: Span
) -> Decided | None:
    """`X called the raid reckless`, `X called it “a wake-up call”`, `X described C as D`."""
    words = sentence.tokens
    about = any(t.low in ATTACK for t in words[rest[0] :]) or _actors_near(words, entities, rest)
    named = frame.object is not None and any(t.low in ATTACK for t in words[slice(*frame.object)])
    by = [m for m in doers(sentence, rest, entities) if words[m.span[0] - 1].low == "by"]
    if by and any(t.low in ATTACK for t in words[slice(*rest)]):
        return "attributes", by[:1], without_edges(words, rest)
    it = rest[0] < rest[1] and words[rest[0]].low in ("it", "this", "that", "these")
    if frame.lemma == "call" and (named or (it and any(t.low in ATTACK for t in words[rest[0] :]))):
        return "assesses", [], without_edges(words, rest)
    as_ = frame.lemma != "call"
    weighed = frame.object is not None and any(
        t.low in _WEIGHED for t in words[slice(*frame.object)]
    )
    if weighed and frame.lemma in ("call", "describe", "brand", "label", "term"):
        return "assesses", [], without_edges(words, rest)
    if it and any(t.quote for t in words[rest[0] : rest[0] + 3]):
        return "assesses", [], without_edges(words, rest)  # called it “a wake-up call”
    if about and (as_ or any(t.quote for t in words[rest[0] :])):
        return "assesses", [], without_edges(words, rest)
    return None


def _actors_near(words: Sequence[Token], entities: Sequence[Entity], span: Span) -> bool:
    return bool(actors_in(words, entities, span))


_LAID = word_set("accusation accusations allegation allegations charge charges claim claims")
_WEIGHED = word_set(
    "evidence proof response attribution reaction handling case breach hack attack leak release "
    "publication delay failure conduct"
)
