"""Who is meant by a source: a state, a service, an official, somebody unnamed.

A list of speakers becomes one speaker each. Pronouns and `the agency` lead back to who spoke
before; what can't be led back keeps its own words. `_RULES` are asked in their order; the first
that answers decides.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from afterpatch import knowledge
from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence
from afterpatch.claims.grammar.words import CLAIM_NOUNS, DOCUMENTS, PEOPLE, THREATS, word_set
from afterpatch.claims.schema import Speaker, SpeakerType
from afterpatch.claims.who.led_back import (
    agencies_before,
    body_ahead,
    country_before,
    firm_before,
    spoke_before,
    spokesman_of_firm,
    spokesman_of_last,
)
from afterpatch.claims.who.memory import Memory
from afterpatch.claims.who.mentions import actors_in
from afterpatch.claims.who.names import Entity
from afterpatch.claims.who.person_names import (
    BASED,
    BODIES,
    FIRM_NOUNS,
    FIRMS,
    could_be_name,
    role_beside,
    words_of,
)
from afterpatch.claims.who.source import CREW, GOVERNMENTS, MINISTERS, SPOKESPEOPLE, Source
from afterpatch.claims.who.speaker_lists import items, signers

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


# ---------------------------------------------------------------- by name


def _known(s: Source) -> Speaker | None:
    """`the FBI`: a name of the tables, and nothing beside it."""
    if s.whole is not None:
        return s.of_entity(s.whole)
    # `Albania cuts ties`: in headlines a verb is easily read as a noun
    first = s.near[0] if s.near else None
    headed = s.sentence.headline and first is not None and first.span == (s.first, s.end - 1)
    if first is None or not headed or first.kind not in ("state", "organ", "house"):
        return None
    return s.of_entity(first) if s.last in _HEADLINE_VERBS else None


_HEADLINE_VERBS = word_set("cuts hits slams sanctions charges links ties claims probes expels")


def _crew_by_name(s: Source) -> Speaker | None:
    """`a group calling itself Example`, `the Example gang`."""
    if not s.has(THREATS):
        return None
    end = s.end  # the name may stand behind: the group X
    while end < len(s.words) and s.words[end].tag == "P" and s.words[end].upper:
        end += 1
    crew = actors_in(s.words, s.entities, (s.first, end))
    named = len(crew) == 1 and crew[0].kind == "group"
    return s.made(crew[0].norm, "other", role=CREW) if named else None


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
    if (known := _known_surname(s, s.titled)) is not None:
        return known
    if s.has(_ELECTED):
        return s.official(s.titled, role_beside(s.run, s.titled))
    return s.made(s.titled, "person", role=role_beside(s.run, s.titled))


def _official_by_name(s: Source) -> Speaker | None:
    """`Interior Minister Anna Example`, `the FBI's Anna Example`."""
    if s.person is None or (s.office is None and s.organ is None):
        return None
    return _known_surname(s, s.person) or s.official(s.person, role_beside(s.run, s.person))


def _known_surname(s: Source, name: str) -> Speaker | None:
    """`Mr Example`, `Minister Example`, whose full name the page has told."""
    known = s.memory.names.get(name.lower())
    return s.meant(known) if known is not None and " " not in name else None


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
    """`the Finnish interior minister`, `an FBI spokesman`; an official is nobody in particular."""
    if s.office is None or s.office in _UNNAMED:
        return None
    public = s.office in SPOKESPEOPLE and s.has(BODIES)  # a police spokeswoman
    known = s.organ is not None or s.code is not None or public
    return s.official(s.name, s.office) if known else None


def _the_office(s: Source) -> Speaker | None:
    """`the minister`, `her spokesman`, `prime minister`."""
    if s.office is None or s.office.endswith("s") or s.office in _UNNAMED:
        return None
    bare = s.run[0].tag not in ("DET", "NUM") and s.office in MINISTERS
    return s.official(s.name, s.office) if bare or s.lows[0] in _DEFINITE else None


_UNNAMED = ("official", "officials")
_DEFINITE = ("the", "his", "her", "its")


def _anonymous(s: Source) -> Speaker | None:
    """`two officials familiar with the matter`."""
    if not _of_people(s):
        return None
    return s.made(f"{s.name} (anonymous)", "anonymous", role=" ".join(s.core), government=s.code)


# ---------------------------------------------------------------- by its noun, or its shape


def _text_of_state(s: Source) -> Speaker | None:
    """`the British statement`, `Canada's own text`, `the declaration from Estonia`: that state."""
    state = next((e for e in s.near if e.kind in ("state", "demonym")), None)
    if state is None or s.head not in _STATE_PAPERS or s.organ or s.house or s.office:
        return None
    rest = [t for t in s.run if not state.span[0] <= t.i < state.span[1]]
    plain = all(
        t.tag in ("DET", "POSS", "ADJ", "ADP") or t.low in _STATE_PAPERS | _OWN for t in rest
    )
    named = next((g.name for g in knowledge.governments() if g.code == state.state), None)
    if not plain or named is None or state.state in ("WEST", "EU"):
        return None
    return s.made(named, "government", role=s.head, government=state.state)


_OWN = word_set("own joint official written")
_STATE_PAPERS = word_set("statement text declaration communique communiqué wording")


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
    firm = rest[-1].low in FIRMS or any(t.low in FIRM_NOUNS for t in rest)
    return s.made(" ".join(t.text for t in name), "person") if firm else None


def _firm_by_name(s: Source) -> Speaker | None:
    """`the security company Example`, `their maker Example`, `Rome-based Example`."""
    behind = len(s.run)
    while behind and s.run[behind - 1].upper and s.run[behind - 1].tag != "DET":
        behind -= 1
    if not 0 < behind < len(s.run) or any(e.span[1] == s.end for e in s.near):
        return None
    name = " ".join(words_of(s.run[behind:]))
    if s.lows[behind - 1] in FIRM_NOUNS:
        return s.made(name, "company")
    placed = behind > 2 and s.lows[behind - 1] in BASED and s.run[behind - 2].text == "-"
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


def _city(s: Source) -> Speaker | None:
    """`the city`, `the City of Example`."""
    town = s.head in ("city", "county", "municipality", "town")
    return s.made(s.name, "government-agency", role=s.head) if town else None


def _firm(s: Source) -> Speaker | None:
    """`the cloud firm`."""
    named = s.last in FIRM_NOUNS
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
    if s.name in s.memory.officials:
        official = s.memory.officials[s.name]
        return s.official(s.name, official.role)
    if s.name in s.memory.firms or named[-1].lower().rstrip(".") in _LEGAL_FORMS:
        return s.made(s.name, "company")
    if _has_its_own(s):
        return s.made(s.name, "organization")
    firm = s.near or any(word.lower() in FIRMS or _is_short(word) for word in named)
    return s.made(s.name, "person" if 1 < len(named) <= 4 and not firm else "organization")


_LEGAL_FORMS = word_set("inc corp ltd llc gmbh plc ag")


def _has_its_own(s: Source) -> bool:
    """`Northern Lights has said that its servers were hit`: nobody's name."""
    behind = itertools.takewhile(lambda t: t.tag not in ("N", "P"), s.words[s.end : s.end + 6])
    return any(t.low in ("its", "itself") for t in behind)


def _is_short(word: str) -> bool:
    """`&`, `NHS`: what stands in no person's name, as `R.K.` does."""
    return word == "&" or (word.isupper() and word.isalpha() and len(word) > 2)


def _in_name(word: str) -> bool:
    return word[0].isupper() or word[0].isdigit() or word in _IN_NAMES


_IN_NAMES = ("of", "the", "and", "&", "-", "for", "'s", "’s")


def _person_behind_role(s: Source) -> Speaker | None:
    """`union organizer Anna Example`, `novelist Anna Example`."""
    name = list(itertools.takewhile(could_be_name, reversed(s.run)))[::-1]
    role = s.run[: -len(name)] if name else []
    if not 2 <= len(name) <= 3 or not role or s.near or s.has(THREATS):
        return None
    if role[-1].upper or not role[-1].low.endswith(_TRADES):
        return None
    return s.made(" ".join(words_of(name)), "person", role=" ".join(t.low for t in role))


_TRADES = ("ist", "ian", "iser", "izer", "man", "woman", "cher", "turer", "llor", "author")


def _by_other_words(s: Source) -> Speaker:
    """`the hackers`; whatever is left keeps its own words."""
    return s.made(s.name, "other", role=CREW if s.has(THREATS) else None)


_RULES: tuple[Callable[[Source], Speaker | None], ...] = (
    _it_is_opening, body_ahead, spoke_before, spokesman_of_last, firm_before, agencies_before,
    country_before, _known, _crew_by_name, _office_then_name, _name_then_office, _person_of_house,
    _titled, _official_by_name, _person_of, _firm_by_name, _organ, _government, _allies_of_state,
    _body_of_state, _allies, _police, spokesman_of_firm, _people_of_firm, _people_of_house,
    _person_among_people, _office_of_state, _the_office, _anonymous, _text_of_state,
    _seen_document, _house, _unnamed_government, _firm, _city, _document_by_head, _body, _document,
    _capitalized, _person_behind_role,
)  # fmt: skip
