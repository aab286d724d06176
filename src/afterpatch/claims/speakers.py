"""Who is meant by a source: a state, a service, an official, somebody unnamed.

A list of speakers becomes one speaker each. Pronouns and `the agency` lead back to who spoke
before; what can't be led back keeps its own words. `_RULES` are asked in their order; the first
that answers decides.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import msgspec

from afterpatch.claims.memory import Memory, is_plural
from afterpatch.claims.names import Entity
from afterpatch.claims.person_names import BODIES, FIRMS, could_be_name, role_beside, words_of
from afterpatch.claims.schema import Speaker, SpeakerType
from afterpatch.claims.source import CREW, GOVERNMENTS, SPOKESPEOPLE, Source
from afterpatch.claims.speaker_lists import items, signers
from afterpatch.claims.syntax import Span
from afterpatch.claims.text import Sentence
from afterpatch.claims.words import CLAIM_NOUNS, DOCUMENTS, PEOPLE, THREATS, word_set

__all__ = ["Memory", "narrator", "speakers", "unspecified"]


def unspecified(why: str) -> Speaker:
    """Nobody is named as the one who says it."""
    return Speaker(f"unspecified ({why})", "unspecified", "unspecified")


def narrator(publisher: str | None) -> Speaker:
    """The report itself says it."""
    norm = f"{publisher} (publisher)" if publisher else "publisher"
    return Speaker(norm, "narrator", "narrator")


def speakers(
    sentence: Sentence, span: Span, entities: Sequence[Entity], memory: Memory
) -> list[Speaker]:
    """One speaker for each name in the source; at least one."""
    words = sentence.tokens
    span = signers(words, span, entities)
    found = [
        _speaker(Source(sentence, item, entities, memory)) for item in items(words, span, entities)
    ]
    # "the minister, Anna Example, and ..." is one, by office and by name
    return list({speaker.norm: speaker for speaker in reversed(found)}.values())[::-1]


def _speaker(source: Source) -> Speaker:
    for rule in _RULES:
        speaker = rule(source)
        if speaker is not None:
            return speaker
    return _by_other_words(source)


# ---------------------------------------------------------------- led back

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
_FIRM_NOUNS = word_set("company firm vendor bank foundation maker giant startup")
_COUNTRIES = word_set("country nation government state")
_ALLIES = word_set("governments allies countries nations states powers capitals")


def _it_is_opening(s: Source) -> Speaker | None:
    """`Estonia was hit, it said`; `the Finnish parliament was hit, it said`."""
    opening = s.opening
    if s.core != ["it"] or opening is None:
        return None
    if opening.kind in ("state", "organ", "house"):
        return s.of_entity(opening)
    if opening.kind != "demonym":
        return None
    stop = opening.span[1]
    while stop < s.first and s.words[stop].tag in ("N", "P", "ADJ"):
        stop += 1
    if any(t.low in BODIES | GOVERNMENTS for t in s.words[opening.span[1] : stop]):
        body = Source(s.sentence, (opening.span[0], stop), s.entities, s.memory)
        return s.meant(_speaker(body))
    return None


def _spoke_before(s: Source) -> Speaker | None:
    """`she said`, `the agency said`."""
    if len(s.core) != 1 or len(s.run) > 3 or s.core[0] in _COUNTRIES:
        return None
    if s.lows[0] in _INDEFINITE and s.core[0] not in _INDEFINITE:
        return None  # `a spokesman` is somebody new
    other = _referred(s)
    return s.meant(other) if other is not None else None


_INDEFINITE = ("a", "an", "one", "another")


def _referred(s: Source) -> Speaker | None:
    """Whom a pronoun or `the agency` means: the last speaker that fits."""
    word, memory = s.core[0], s.memory
    if word in ("he", "she", "his", "her", "him"):
        people = (o for o in reversed(memory.speakers) if o.type in _PEOPLE_TYPES)
        return next((o for o in people if not is_plural(o)), None)
    crew = memory.speakers[-1] if memory.speakers else None
    if word in ("it", "its", "they") and crew is not None and crew.role == CREW:
        return crew
    if word in ("it", "its"):
        return memory.last(
            "government", "intergovernmental", "government-agency", "company", "organization",
            "media", "document",
        )  # fmt: skip
    if word in ("they", "their"):
        return memory.several() or memory.last()
    if word in ("ministry", "department"):
        agencies = (o for o in reversed(memory.speakers) if o.type == "government-agency")
        return next(
            (o for o in agencies if word in o.norm.lower() or o.role == "ministry"),
            memory.bodies.get(word),
        )
    return _called(s, word)


def _called(s: Source, word: str) -> Speaker | None:
    """Whom `the service` means: the one that is called so, or is one."""
    common = s.lows[0] == "the" and not s.run[-1].upper
    types = _SHARED.get(word, _INSTITUTIONS if common else ())
    named = [o for o in s.memory.speakers if word in o.norm.lower().split() and o.type in types]
    if named:
        return named[-1]
    if common and word in s.memory.bodies:
        return s.memory.bodies[word]
    if word not in _SHARED or word in _OWN_NAME:
        return None
    other = s.memory.last(*types)
    if other is not None and word in ("company", "vendor"):
        return msgspec.structs.replace(other, type="company")
    return other


_PEOPLE_TYPES = ("official", "person", "anonymous")
_INSTITUTIONS: tuple[SpeakerType, ...] = ("government-agency", "company", "media", "organization")
# What is called so carries the word in its name.
_OWN_NAME = word_set("embassy bureau centre center mission")


def _firm_before(s: Source) -> Speaker | None:
    """`the Texas-based company`, `the Google-owned firm`: the firm that was named last."""
    tied = len(s.core) >= 4 and s.core[-3] == "-" and s.core[-2] in _BASED
    if not tied or s.lows[0] != "the" or s.last not in _FIRM_NOUNS:
        return None
    owners = {e.norm for e in s.near}
    firms = (o for o in reversed(s.memory.speakers) if o.type in ("company", "organization"))
    other = next((o for o in firms if o.norm not in owners), None)
    return s.meant(msgspec.structs.replace(other, type="company")) if other is not None else None


_BASED = ("based", "owned", "headquartered")


def _country_before(s: Source) -> Speaker | None:
    """`the country said`: the state that was named last; `the government said`: one that spoke."""
    if len(s.core) != 1 or s.core[0] not in _COUNTRIES:
        return None
    earlier = [e for e in s.entities if e.kind == "state" and e.span[1] <= s.first]
    if earlier:
        return s.made(earlier[-1].norm, "government", government=earlier[-1].state)
    if s.core != ["country"]:
        ruling = s.memory.ruling()
        return s.meant(ruling) if ruling is not None else None
    if s.memory.states:
        code, name = s.memory.states[-1]
        return s.made(name, "government", government=code, by="coreference")
    return None


def _spokesman_of_last(s: Source) -> Speaker | None:
    """`The embassy was outraged. A spokesman said`: who speaks for the body named last."""
    if len(s.core) != 1 or s.core[0] not in SPOKESPEOPLE or s.lows[0] not in _INDEFINITE:
        return None
    body = s.memory.last("government", *_INSTITUTIONS)
    if body is None:
        return None
    if body.type in ("government", "government-agency"):
        name = f"{s.core[0]} of {body.norm}"
        return s.made(name, "official", role=s.core[0], government=body.government)
    return s.meant(msgspec.structs.replace(body, role=s.core[0]))


# ---------------------------------------------------------------- by name


def _known(s: Source) -> Speaker | None:
    """`the FBI`: a name of the tables, and nothing beside it."""
    return s.of_entity(s.whole) if s.whole is not None else None


def _office_then_name(s: Source) -> Speaker | None:
    """`a spokesman for the embassy, Anna Example,`."""
    if s.person is not None or s.office is None or s.name_behind is None:
        return None
    return s.official(s.name_behind, s.name)


def _name_then_office(s: Source) -> Speaker | None:
    """`Anna Example, the Finnish interior minister,`."""
    if s.person is None or s.office is not None or s.house is not None or s.office_behind is None:
        return None
    role, public = s.office_behind
    behind = (e.state for e in s.entities if s.end < e.span[0] < s.end + 12 and e.state)
    type_: SpeakerType = "official" if public else "person"
    return s.made(s.person, type_, role=role, government=s.code or next(behind, None))


def _person_of_house(s: Source) -> Speaker | None:
    """`Mandiant's Anna Example`."""
    if s.person is None or s.office is not None or s.house is None:
        return None
    at = s.house.span[1]
    if at < s.end - 1 and s.words[at].tag == "POSS" and all(
        t.upper for t in s.words[at + 1 : s.end]
    ):  # fmt: skip
        return s.made(s.person, "person", role=s.house.norm)
    return None


_ELECTED = word_set("sen rep gov")


def _titled(s: Source) -> Speaker | None:
    """`lecturer Dr Anna Example`, `Sen. Anna Example`."""
    if s.titled is None or s.office is not None or s.organ is not None:
        return None
    if s.has(_ELECTED):
        return s.official(s.titled, role_beside(s.run, s.titled))
    return s.made(s.titled, "person", role=role_beside(s.run, s.titled))


def _official_by_name(s: Source) -> Speaker | None:
    """`Interior Minister Anna Example`, `the FBI's Anna Example`."""
    if s.person is None or (s.office is None and s.organ is None):
        return None
    return s.official(s.person, role_beside(s.run, s.person))


# ---------------------------------------------------------------- by a state or its organ


def _organ(s: Source) -> Speaker | None:
    """`the FBI in Houston`, `a CISA advisory`; not `FBI agents`."""
    if s.organ is None or s.office is not None:
        return None
    if s.has(PEOPLE) and not s.has(DOCUMENTS, CLAIM_NOUNS):
        return None
    return _of_other_state(s, s.organ) or s.of_entity(s.organ)


def _of_other_state(s: Source, organ: Entity) -> Speaker | None:
    """`the Foreign Office in Berlin`: a name that many states have for theirs."""
    at = organ.span[1]
    seat = next((e for e in s.near if e.kind == "state" and e.span[0] == at + 1), None)
    if seat is None or seat.state == organ.state or s.words[at].low != "in":
        return None
    if s.words[at - 1].low not in ("office", "ministry", "department", "police"):
        return None
    name = " ".join(t.text for t in s.words[organ.span[0] : at])
    role = s.words[at - 1].low
    return s.made(f"{name} ({seat.state})", "government-agency", role=role, government=seat.state)


def _government(s: Source) -> Speaker | None:
    """`the Finnish government`."""
    state = s.state
    if state is None or s.office is not None or not s.has(GOVERNMENTS):
        return None
    if s.core[-2:] == ["state", "laboratory"]:
        return s.made(s.name, "government-agency", government=state.state)
    if state.state == "WEST" or s.last == "governments":
        return s.made(state.norm, "government-group", government=state.state)
    return s.made(state.norm, "government", government=state.state)


def _allies_of_state(s: Source) -> Speaker | None:
    """`European governments`; not `the United Nations`."""
    state = s.state
    if state is None or s.last not in _ALLIES or s.core[-2:] == ["united", "nations"]:
        return None
    western = state.state == "WEST"
    own = f"{' '.join(t.text for t in s.run)} (unnamed)"
    norm = "Western governments (unnamed)" if western else own
    return s.made(norm, "government-group", government=state.state)


def _body_of_state(s: Source) -> Speaker | None:
    """`the Finnish interior ministry`; not `Western services`, who are nobody in particular."""
    state = s.state
    body = next((low for low in s.core if low in BODIES), None)
    if state is None or body is None or s.office is not None:
        return None
    if s.last in ("officials", "sources", "source", "official"):
        return None
    if s.last in ("services", "agencies") and state.state == "WEST":
        return None
    name = " ".join(
        t.text for i, t in enumerate(s.run, s.first)
        if not state.span[0] <= i < state.span[1]
        and t.tag not in ("DET", "POSS") and t.text not in "()"
    )  # fmt: skip
    return s.made(f"{name} ({state.state})", "government-agency", role=body, government=state.state)


def _allies(s: Source) -> Speaker | None:
    """`its allies`."""
    if s.last not in _ALLIES - {"capitals"} or s.office is not None:
        return None
    government = "WEST" if "allies" in s.core or "western" in s.core else None
    return s.made(f"{s.name} (unnamed)", "government-group", government=government)


# ---------------------------------------------------------------- people without a name


def _of_people(s: Source) -> bool:
    return s.office is not None or s.has(PEOPLE)


def _people_of_house(s: Source) -> Speaker | None:
    """`Mandiant researchers`: the house itself; `a Mandiant spokesman`."""
    if s.house is None or not _of_people(s):
        return None
    if s.office is None:
        return s.of_house(s.house)
    if s.organ is not None or (s.code and s.office not in ("officials", "official")):
        return None
    return s.of_house(s.house, role=s.office)


def _person_among_people(s: Source) -> Speaker | None:
    """`the analyst Anna Example`."""
    if s.person is None or s.office is not None or not _of_people(s) or s.last in PEOPLE:
        return None
    return s.made(s.person, "person")


def _office_of_state(s: Source) -> Speaker | None:
    """`the Finnish interior minister`, `an FBI spokesman`."""
    if s.office is None:
        return None
    known = s.organ is not None or (s.code and s.office not in ("officials", "official"))
    return s.official(s.name, s.office) if known else None


def _the_office(s: Source) -> Speaker | None:
    """`the minister`, `her spokesman`."""
    if s.office is None or s.office.endswith("s") or s.lows[0] not in _DEFINITE:
        return None
    return s.official(s.name, s.office)


_DEFINITE = ("the", "his", "her", "its")


def _anonymous(s: Source) -> Speaker | None:
    """`two officials familiar with the matter`."""
    if not _of_people(s):
        return None
    return s.made(f"{s.name} (anonymous)", "anonymous", role=" ".join(s.core), government=s.code)


# ---------------------------------------------------------------- by its noun, or its shape


def _seen_document(s: Source) -> Speaker | None:
    """`a memo of the firm seen by Reuters`."""
    shown = any(low in ("seen", "obtained", "reviewed") for low in s.core)
    return s.made(s.name, "document") if shown and s.has(DOCUMENTS) else None


def _house(s: Source) -> Speaker | None:
    """`a Microsoft blog post`."""
    return s.of_house(s.house) if s.house is not None else None


def _unnamed_government(s: Source) -> Speaker | None:
    """`the previous administration`."""
    unnamed = s.last in GOVERNMENTS and s.last != "side"
    return s.made(s.name, "government") if unnamed else None


def _person_of(s: Source) -> Speaker | None:
    """`Anna Example of the security firm Example`."""
    name = list(itertools.takewhile(could_be_name, s.run))
    rest = s.run[len(name) :]
    if not 2 <= len(name) <= 3 or len(rest) < 2 or rest[0].low not in ("of", "at", "from"):
        return None
    firm = rest[-1].low in FIRMS or any(t.low in _FIRM_NOUNS for t in rest)
    return s.made(" ".join(t.text for t in name), "person") if firm else None


def _firm_by_name(s: Source) -> Speaker | None:
    """`the security company Example`, `their maker Example`, `Rome-based Example`."""
    behind = len(s.run)
    while behind and s.run[behind - 1].upper and s.run[behind - 1].tag != "DET":
        behind -= 1
    if not 0 < behind < len(s.run) or any(e.span[1] == s.end for e in s.near):
        return None
    name = " ".join(words_of(s.run[behind:]))
    if s.lows[behind - 1] in _FIRM_NOUNS:
        return s.made(name, "company")
    placed = behind > 2 and s.lows[behind - 1] in _BASED and s.run[behind - 2].text == "-"
    return s.made(name, "organization") if placed else None


def _people_of_firm(s: Source) -> Speaker | None:
    """`researchers at Example Labs`: the firm itself, as with those that the tables know."""
    at = next((i for i, low in enumerate(s.lows) if low in ("at", "with", "from")), None)
    if at is None or s.lows[at - 1] not in _EXPERTS or s.near or s.office is not None:
        return None
    rest = s.run[at + 1 :]
    if not rest or not all(t.upper and t.tag in ("P", "N") for t in rest):
        return None
    return s.made(" ".join(words_of(rest)), "organization", role=s.lows[at - 1])


_EXPERTS = word_set("researchers analysts experts investigators specialists engineers scientists")


def _police(s: Source) -> Speaker | None:
    """`the police`, `police in Turku`; not `police detectives`."""
    named = s.head == "police" and s.office is None and s.person is None
    return s.made(s.name, "government-agency", role="police", government=s.code) if named else None


def _firm(s: Source) -> Speaker | None:
    """`the cloud firm`."""
    named = s.last in _FIRM_NOUNS
    return s.made(s.name, "organization", government=s.code) if named else None


def _document_by_head(s: Source) -> Speaker | None:
    """`an indictment unsealed in federal court`: no court says it."""
    return s.made(s.name, "document") if s.head in DOCUMENTS - {"court"} else None


def _body(s: Source) -> Speaker | None:
    """`the city council`."""
    named = s.has(BODIES)
    return s.made(s.name, "government-agency", government=s.code) if named else None


def _document(s: Source) -> Speaker | None:
    """`the advisory`."""
    return s.made(s.name, "document") if s.has(DOCUMENTS, CLAIM_NOUNS) else None


def _capitalized(s: Source) -> Speaker | None:
    """`Anna Example`, `Example`, who has spoken before, `Example Networks`."""
    named = words_of(s.run)
    if not named or s.run[0].tag == "PRON" or not all(_in_name(word) for word in named):
        return None
    known = s.memory.names.get(named[-1].lower())
    if known is not None and len(named) <= 2:
        return s.meant(known)
    firm = s.near or any(word.lower() in FIRMS or _is_short(word) for word in named)
    return s.made(s.name, "person" if 1 < len(named) <= 4 and not firm else "organization")


def _is_short(word: str) -> bool:
    """`&`, `NHS`: what stands in no person's name, as `R.K.` does."""
    return word == "&" or (word.isupper() and word.isalpha() and len(word) > 2)


def _in_name(word: str) -> bool:
    return word[0].isupper() or word[0].isdigit() or word in _IN_NAMES


_IN_NAMES = ("of", "the", "and", "&", "-", "for", "'s", "’s")


def _by_other_words(s: Source) -> Speaker:
    """`the hackers`; whatever is left keeps its own words."""
    return s.made(s.name, "other", role=CREW if s.has(THREATS) else None)


_RULES: tuple[Callable[[Source], Speaker | None], ...] = (
    _it_is_opening, _spoke_before, _spokesman_of_last, _firm_before, _country_before,
    _known, _office_then_name, _name_then_office, _person_of_house, _titled, _official_by_name,
    _person_of, _firm_by_name, _organ, _government, _allies_of_state, _body_of_state, _allies,
    _police, _people_of_firm, _people_of_house, _person_among_people, _office_of_state,
    _the_office, _anonymous,
    _seen_document, _house, _unnamed_government, _firm, _document_by_head, _body, _document,
    _capitalized,
)  # fmt: skip
