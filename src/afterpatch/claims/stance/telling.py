"""What the report itself tells: stance and actors of a sentence that nobody is named to say."""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import (
    THREATS,
    word_set,
)
from afterpatch.claims.schema import Quantity, Stance
from afterpatch.claims.stance.accused import ADDRESSED
from afterpatch.claims.stance.agents import as_actor, doers
from afterpatch.claims.who.mentions import Entity, Mention, actors_in

__all__ = ["VICTIMS", "stance_of_telling"]


VICTIMS = word_set("person organisation business system server victim hospital mailbox record site")


def stance_of_telling(
    sentence: Sentence, entities: Sequence[Entity], counted: Sequence[Quantity]
) -> tuple[Stance, list[Mention], str | None] | None:
    """Stance and actors of a sentence that nobody else is named to say, and why nobody is.

    None for what has no verb.
    """
    words = sentence.tokens
    if not any(t.tag in ("V", "AUX") for t in words) and not sentence.headline:
        return None
    span = (0, len(words))
    counted = [q for q in counted if q.value >= 5 or q.bound != "exact" or q.predicate is not None]
    accused = [m for m in doers(sentence, span, entities) if m.kind in ("group", "threat")]
    first = next((m for m in actors_in(words, entities) if m.span[0] <= 1), None)
    if first is not None and first.kind in ("state", "organ"):
        follows = words[first.span[1]].low if first.span[1] < len(words) else ""
        if follows in ("must", "should", "ought"):
            return "demands", [first], None
    fallen = wording("blame_falls_on").search(sentence.text)
    if fallen is not None:
        at = sentence.start + fallen.end()
        on = [m for m in actors_in(words, entities) if words[m.span[0]].end > at][:1]
        if on:
            crew = on[0].kind in ("group", "threat")
            return ("attributes" if crew else "accuses"), on, "noun of accusation"
    advice = wording("advice").match(sentence.text)
    if advice is not None and any(t.low in ADDRESSED for t in words[:3]):
        return "demands", [], None
    headline = _headline_passive(sentence, entities)
    if headline is not None:
        crew = any(t.low in THREATS for t in words[slice(*headline[0].span)])
        blamed = wording("blamed").search(sentence.text)
        if blamed and (crew or headline[0].kind == "group"):
            return "attributes", headline, "headline passive"
        return "accuses", headline, "headline passive"
    facing = wording("faces_accusations").search(sentence.text)
    if facing is not None:
        at = sentence.start + facing.start()
        under = [m for m in actors_in(words, entities) if words[m.span[1] - 1].start < at]
        if under and under[0].span[0] <= 2:
            return "accuses", under[:1], "noun of accusation"
    if wording("hearsay").search(sentence.text):
        actors = accused or actors_in(words, entities)[:1]
        if actors:
            return "attributes", actors[:1], "hearsay"
        return "asserts", [], "hearsay"
    group = any(m.kind == "group" for m in accused)
    if counted and _is_about(counted[0], sentence, group=group):
        return "estimates", [], None
    if accused:
        first = accused[0]
        firm = first.kind == "group" or first.state is not None or _of_a_people(first, entities)
        firm = firm and not (_spoken_of_before(words, first) or _is_claimed(words, first))
        return ("attributes" if firm else "asserts"), accused[:1], None
    return "asserts", [], None


def _is_about(first: Quantity, sentence: Sentence, *, group: bool) -> bool:
    """Whether a sentence is about its figure; where a group is named, only if it opens with it."""
    early = first.start - sentence.start < 30
    many = first.unit in VICTIMS and first.value >= 1000
    told = first.predicate is not None or first.unit in ("money", "percent") or many
    return early or (told and not group)


def _spoken_of_before(words: Sequence[Token], crew: Mention) -> bool:
    """`The group, better known as X, used a flaw`: whose deed it is was told before."""
    the_crew = words[0].low == "the" and len(words) > 3 and words[1].low in _ONE_CREW
    return the_crew and words[2].text == "," and crew.span[0] > 2


def _is_claimed(words: Sequence[Token], crew: Mention) -> bool:
    """`The raid was claimed by a gang called X`: it is the gang that says so."""
    lows = [t.low for t in words[max(0, crew.span[0] - 10) : crew.span[0]]]
    return "claimed" in lows and "by" in lows[lows.index("claimed") :]


_ONE_CREW = word_set("group gang crew outfit collective team")


def _of_a_people(crew: Mention, entities: Sequence[Entity]) -> bool:
    """Whether a crew's name tells its country: `a gang of Russian crooks`."""
    return any(e.state and crew.span[0] <= e.span[0] < crew.span[1] for e in entities)


def _headline_passive(sentence: Sentence, entities: Sequence[Entity]) -> list[Mention] | None:
    """`China accused of …`: a title without its auxiliary."""
    words = sentence.tokens
    for token in words[1:6]:
        follows = words[token.i + 1].low if token.i + 1 < len(words) else ""
        if token.low in ("accused", "blamed", "suspected", "charged", "indicted") and follows in (
            "of", "for", "in", "over", "with", "as", "after",
        ):  # fmt: skip
            actors = actors_in(words, entities, (0, token.i))
            if actors:
                return actors[:1]
            if sentence.headline:
                return as_actor(words, (0, token.i)) or None
    return None
