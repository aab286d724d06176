"""Whom a word means that stands for somebody named before: `she`, `the agency`, `a spokesman`."""

from __future__ import annotations

import itertools

import msgspec

from afterpatch.claims.grammar.words import ATTACK, word_set
from afterpatch.claims.schema import Speaker, SpeakerType
from afterpatch.claims.who.memory import is_plural
from afterpatch.claims.who.names import Entity
from afterpatch.claims.who.person_names import BASED, BODIES, FIRM_NOUNS, words_of
from afterpatch.claims.who.source import CREW, SPOKESPEOPLE, Source

__all__ = [
    "agencies_before", "body_ahead", "country_before", "firm_before", "spoke_before",
    "spokesman_of_firm", "spokesman_of_last",
]  # fmt: skip

_SHARED: dict[str, tuple[SpeakerType, ...]] = {
    "company": ("company", "organization"), "firm": ("company", "organization"),
    "vendor": ("company",), "agency": ("government-agency", "organization"),
    "service": ("government-agency",), "ministry": ("government-agency",),
    "department": ("government-agency",), "bloc": ("intergovernmental",),
    "alliance": ("intergovernmental",), "country": ("government",), "government": ("government",),
    "centre": ("government-agency",), "center": ("government-agency",),
    "minister": ("official",), "secretary": ("official",), "president": ("official",),
    "spokesman": ("official",), "spokeswoman": ("official",),
    "official": ("official", "anonymous"), "source": ("anonymous",),
    "bureau": ("government-agency",), "embassy": ("government-agency",),
    "mission": ("government-agency",),
}  # fmt: skip
_COUNTRIES = word_set("country nation government state")


def spoke_before(s: Source) -> Speaker | None:
    """`she said`, `the agency said`."""
    if len(s.core) != 1 or len(s.run) > 3 or s.core[0] in _COUNTRIES:
        return None
    if s.of_antecedent or (s.lows[0] in _INDEFINITE and s.core[0] not in _INDEFINITE):
        return None  # `a spokesman` is somebody new
    other = _referred(s)
    return s.meant(other) if other is not None else None


_INDEFINITE = ("a", "an", "one", "another")


def body_ahead(s: Source) -> Speaker | None:
    """`Records were taken from the Office of Example, the agency said`: the body named before."""
    behind = s.first > 2 and s.words[s.first - 1].text == ","
    if len(s.core) != 1 or s.lows[0] != "the" or s.core[0] not in BODIES or not behind:
        return None
    organs = [e for e in s.entities if e.kind == "organ" and e.span[1] < s.first]
    span = organs[-1].span if organs else _body_until(s)
    if span is None:
        return None
    called_so = s.core[0] in [t.low for t in s.words[slice(*span)]]
    spoke = any(o.type == "government-agency" and o.start is not None for o in s.memory.speakers)
    if not called_so and (spoke or s.core[0] != "agency"):
        return None
    if organs:
        return msgspec.structs.replace(s.meant(s.of_entity(organs[-1])), resolved_by="coreference")
    norm = " ".join(words_of(s.words[slice(*span)]))
    return s.made(norm, "government-agency", role=s.core[0], by="coreference")


def _body_until(s: Source) -> tuple[int, int] | None:
    """The last name of a body before the source: `the Federal Office for Example Matters`."""
    end = s.first - 1
    while end > 0:
        if not s.words[end - 1].upper:
            end -= 1
            continue
        first = end
        while first > 0 and (
            s.words[first - 1].upper or (s.words[first - 1].low in _JOINING and first < end)
        ):
            first -= 1
        while first < end and not (s.words[first].upper and s.words[first].tag != "DET"):
            first += 1
        run = s.words[first:end]
        if first > 0 and any(t.low in BODIES | {"administration"} and t.upper for t in run):
            return first, end
        end = min(first, end - 1)
    return None


_JOINING = word_set("of for and on the")


def _referred(s: Source) -> Speaker | None:
    """Whom a pronoun or `the agency` means: the last speaker that fits."""
    word, memory = s.core[0], s.memory
    if word in ("he", "she", "his", "her", "him"):
        people = (o for o in reversed(memory.speakers) if _is_one(o))
        return next(people, None)
    crew = memory.speakers[-1] if memory.speakers else None
    if word in ("it", "its", "they") and crew is not None and crew.role == CREW:
        return crew
    if word in ("it", "its"):
        return memory.last(
            "government", "intergovernmental", "government-agency", "company", "organization",
            "media", "document",
        )  # fmt: skip
    if word in ("they", "their"):
        told = (o for o in reversed(memory.speakers) if o.start is not None)
        return memory.several() or next(told, None)
    if word in ("ministry", "department"):
        agencies = (o for o in reversed(memory.speakers) if o.type == "government-agency")
        return next(
            (o for o in agencies if word in o.norm.lower() or o.role == "ministry"),
            memory.bodies.get(word),
        )
    return _called(s, word)


def _is_one(speaker: Speaker) -> bool:
    """Whether a speaker may be meant by `he`: one person, or a firm by its spokesman."""
    person = speaker.type in _PEOPLE_TYPES or speaker.role in SPOKESPEOPLE
    return person and not is_plural(speaker)


def _called(s: Source, word: str) -> Speaker | None:
    """Whom `the service` means: the one that is called so, or is one."""
    common = s.lows[0] == "the" and not s.run[-1].upper
    types = _SHARED.get(word, _INSTITUTIONS if common else ())
    heard = (o for o in reversed(s.memory.speakers) if o.type in types)
    named = next((o for o in heard if word in o.norm.lower().split()), None)
    if named is not None:
        return named
    if common and word in s.memory.bodies:
        return s.memory.bodies[word]
    if word not in _SHARED or word in _OWN_NAME:
        return None
    told = (o for o in reversed(s.memory.speakers) if o.type in types)
    unnamed = word in _FIRMS_BY_NOUN
    other = next((o for o in told if not unnamed or not o.norm.islower()), None)
    if other is not None and word in ("company", "vendor"):
        return msgspec.structs.replace(other, type="company")
    return other


_FIRMS_BY_NOUN = ("company", "firm", "vendor")
_PEOPLE_TYPES = ("official", "person", "anonymous")
_INSTITUTIONS: tuple[SpeakerType, ...] = ("government-agency", "company", "media", "organization")
# What is called so carries the word in its name.
_OWN_NAME = word_set("embassy bureau centre center mission")


def firm_before(s: Source) -> Speaker | None:
    """`the Texas-based company`, `the Google-owned firm`: the firm that was named last."""
    tied = len(s.core) >= 4 and s.core[-3] == "-" and s.core[-2] in BASED
    if not tied or s.lows[0] != "the" or s.last not in FIRM_NOUNS:
        return None
    owners = {e.norm for e in s.near}
    firms = (o for o in reversed(s.memory.speakers) if o.type in ("company", "organization"))
    other = next((o for o in firms if o.norm not in owners), None)
    return s.meant(msgspec.structs.replace(other, type="company")) if other is not None else None


def country_before(s: Source) -> Speaker | None:
    """`the country said`: the state that was named last; `the government said`: one that spoke."""
    if len(s.core) != 1 or s.core[0] not in _COUNTRIES:
        return None
    earlier = [e for e in s.entities if e.kind == "state" and e.span[1] <= s.first]
    if earlier and (s.core != ["government"] or _acts_at_home(s, earlier[-1])):
        return s.made(earlier[-1].norm, "government", government=earlier[-1].state)
    if s.core != ["country"]:
        ruling = s.memory.ruling()
        return s.meant(ruling) if ruling is not None else None
    if s.memory.states:
        code, name = s.memory.states[-1]
        return s.made(name, "government", government=code, by="coreference")
    return None


def _acts_at_home(s: Source, state: Entity) -> bool:
    """`Norway is sending a team, the government said`; not `Russia hacked the port, ...`."""
    after = s.words[state.span[1] : state.span[1] + 2]
    victim = any(t.low in ("was", "were", "is") for t in after)
    return state.span[0] == 0 and (victim or not any(t.low in ATTACK for t in after))


def spokesman_of_last(s: Source) -> Speaker | None:
    """`The embassy was outraged. A spokesman said`: who speaks for the body named last."""
    of_firm = len(s.core) == 2 and s.core[0] in ("company", "firm")
    alone = len(s.core) == 1 and s.lows[0] in _INDEFINITE
    if s.last not in SPOKESPEOPLE or not (of_firm or alone):
        return None
    types: tuple[SpeakerType, ...] = ("government", *_INSTITUTIONS)
    if of_firm and (name := _opening_name(s)) is not None:
        return s.made(name, "organization", role=s.last)
    body = s.memory.last(*(("company", "organization") if of_firm else types))
    if body is None:
        return None
    if body.type in ("government", "government-agency"):
        name = f"{s.last} of {body.norm}"
        return s.made(name, "official", role=s.last, government=body.government)
    return s.meant(msgspec.structs.replace(body, role=s.last))


def _opening_name(s: Source) -> str | None:
    """The name that no table knows at the head of the sentence: `Example fixed it, and a company
    spokesman said C`."""
    head = list(itertools.takewhile(lambda t: t.upper and t.tag in ("P", "N"), s.words[: s.first]))
    after = s.words[len(head)] if head else None
    verb = after is not None and after.tag in ("V", "AUX")
    return " ".join(words_of(head)) if verb and s.opening is None else None


def spokesman_of_firm(s: Source) -> Speaker | None:
    """`an Example spokeswoman`: the firm, as with those that the tables know."""
    name = s.run[1:-1] if s.run[0].tag == "DET" else s.run[:-1]
    if s.last not in SPOKESPEOPLE or s.near or not name:
        return None
    if not all(t.upper and t.tag in ("P", "N") and t.low not in BODIES for t in name):
        return None
    norm = " ".join(words_of(name))
    firm = norm in s.memory.firms
    return s.made(norm, "company" if firm else "organization", role=s.last)


def agencies_before(s: Source) -> Speaker | None:
    """`the agencies said`: those that have spoken."""
    if s.lows != ["the", "agencies"]:
        return None
    told = {o.norm: o for o in s.memory.speakers if o.type == "government-agency"}
    if len(told) < 2:
        return None
    states = {o.government for o in told.values()}
    return s.made(
        "agencies", "government-group", government=states.pop() if len(states) == 1 else None
    )
