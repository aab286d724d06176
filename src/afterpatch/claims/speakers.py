"""Who is meant by a source: a state, a service, an official, somebody unnamed.

A list of speakers becomes one speaker each. Pronouns and `the agency` lead back to who spoke
before; what can't be led back keeps its own words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

import msgspec

from afterpatch.claims.mentions import Entity
from afterpatch.claims.schema import Resolved, Speaker, SpeakerType
from afterpatch.claims.syntax import Span, without_edges
from afterpatch.claims.text import Sentence, Token
from afterpatch.claims.words import (
    CLAIM_NOUNS,
    DOCUMENTS,
    OFFICES,
    PEOPLE,
    THREATS,
    TIMES,
    TOGETHER,
    word_set,
)

__all__ = ["Memory", "narrator", "speakers", "unspecified"]

_GOVERNMENT = word_set("government govt administration authorities state regime cabinet side")
_BODY = word_set(
    "ministry department dept agency service services office centre center bureau directorate "
    "police council commission parliament command committee embassy consulate cert intelligence "
    "commissioner "
    "authority prosecutors prosecutor treasury court navy army military senate congress watchdog "
    "mission delegation"
)
_FIRM = word_set(
    "inc corp ltd llc gmbh plc group networks labs lab security software systems technologies "
    "technology foundation institute university party union association bank company firm labs "
    "research center centre intelligence news times post journal media cyber hospital hospitals "
    "trust "
    "council college school airways airlines railways rail telecom energy electric power water "
    "motors "
    "insurance holdings")  # fmt: skip
_SHARED = {
    "company": ("company", "organization"), "firm": ("company", "organization"),
    "vendor": ("company",), "agency": ("government-agency", "organization"),
    "service": ("government-agency",), "ministry": ("government-agency",),
    "department": ("government-agency",), "bloc": ("intergovernmental",),
    "alliance": ("intergovernmental",), "country": ("government",), "government": ("government",),
    "centre": ("government-agency",), "center": ("government-agency",),
    "minister": ("official",), "secretary": ("official",), "president": ("official",),
    "spokesman": ("official",), "spokeswoman": ("official",),
    "official": ("official", "anonymous"),
    "bureau": ("government-agency",), "embassy": ("government-agency",),
}  # fmt: skip
_CREW = "threat actor"
_COUNTRY_NOUNS = word_set("country nation government state")


class Memory:
    """Who has spoken and been named so far in one document."""

    def __init__(self) -> None:
        self.speakers: list[Speaker] = []
        self.names: dict[str, Speaker] = {}
        self.states: list[tuple[str, str]] = []

    def heard(self, speaker: Speaker) -> None:
        """Remembers a speaker, and a person by the last name."""
        if speaker.type in ("narrator", "unspecified"):
            return
        self.speakers.append(speaker)
        if speaker.type in ("official", "person") and " " in speaker.norm:
            first, *_, last = speaker.norm.split()
            self.names[last.lower()] = speaker
            self.names.setdefault(first.lower(), speaker)  # Zhao Lijian is Zhao thereafter

    def last(self, *types: SpeakerType) -> Speaker | None:
        """The last one of these types."""
        return next((s for s in reversed(self.speakers) if not types or s.type in types), None)


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
    found = [_one(sentence, item, entities, memory) for item in _items(words, span, entities)]
    # "the minister, Anna Example, and ..." is one, by office and by name
    return list({speaker.norm: speaker for speaker in reversed(found)}.values())[::-1]


# ---------------------------------------------------------------- lists


def _items(words: Sequence[Token], span: Span, entities: Sequence[Entity]) -> list[Span]:
    span = _plain(words, span)
    if any(e.span[0] <= span[0] + 1 and e.span[1] >= span[1] for e in entities):
        return [span]
    inside = {i for e in entities for i in range(*e.span)}
    items: list[Span] = []
    first, depth = span[0], 0
    joined = False
    for at in range(*span):
        token = words[at]
        depth += (token.text in "([") - (token.text in ")]")
        if depth or at in inside:
            continue
        beside = words[at - 1 : at + 2 : 2]
        if token.text == "&" and at - 1 not in inside and all(t.tag == "P" for t in beside):
            continue  # AT&T, Marks & Spencer
        if (
            token.text in (",", "&")
            or token.low in ("and", "or", "nor", "neither", "along", "together", "alongside")
            or token.low in ("joined", "joins")
            or (token.low == "by" and words[at - 1].low == "joined")
            or (token.low == "but" and at + 1 < span[1] and words[at + 1].low == "also")
            or (token.low == "also" and at > span[0] and words[at - 1].low == "but")
            or (token.low == "as" and at + 1 < span[1])
        ):
            if token.low == "as" and not (at + 2 < span[1] and words[at + 1].low == "well"):
                continue
            joined = joined or token.text != ","
            if at > first:
                items.append((first, at))
            first = at + 1
    if span[1] > first:
        items.append((first, span[1]))
    items = [i for i in (_plain(words, item) for item in items) if i[0] < i[1]]
    if len(items) > 1 and _shares_noun(words, items):
        return [span]
    if len(items) > 1 and _shares_head(words, items, entities):
        return [span]
    joined = joined or (
        len(items) > 1
        and all(any(e.span[0] == a and e.span[1] == b for e in entities) for a, b in items)
    )  # US, UK
    if len(items) < 2 or not joined or not all(_nameable(words, i, entities) for i in items):
        return [span]
    # "the prime minister of Norway and the king": each stands for itself
    return items


def _shares_noun(words: Sequence[Token], items: Sequence[Span]) -> bool:
    """Whether what is joined are only the adjectives of one noun: `state and local officials`."""
    last = words[items[-1][1] - 1]
    plural = last.low.endswith("s") and last.tag == "N" and not last.upper
    opens = words[items[-1][0]]
    before = [words[end - 1] for _, end in items[:-1]]
    return (
        plural
        and opens.tag != "DET"
        and not opens.upper
        and not any(
            (t.upper and t.i)
            or t.tag == "PRON"
            or t.low.endswith("s")
            or t.low in PEOPLE
            or t.low in OFFICES
            for t in before
        )
    )


def _shares_head(words: Sequence[Token], items: Sequence[Span], entities: Sequence[Entity]) -> bool:
    """Whether one noun stands before a list of states: `ministers from A, B and C`."""
    first, end = items[0]
    states = {e.span: e for e in entities if e.kind == "state"}
    headed = any(
        words[at].low in ("from", "of", "in") and words[at - 1].low.endswith("s")
        for at in range(first + 1, end)
    )
    bare = all(any(s[0] <= a + 1 and s[1] == b for s in states) for a, b in items[1:])
    return headed and bare and any(s[1] == end for s in states)


def _nameable(words: Sequence[Token], item: Span, entities: Sequence[Entity]) -> bool:
    run = words[item[0] : item[1]]
    if any(
        e.span[0] <= item[0] + 2 and item[0] <= e.span[0] for e in entities if e.span[1] <= item[1]
    ):
        return True
    if run[0].tag in ("DET", "NUM") or any(t.low in OFFICES or t.low in PEOPLE for t in run):
        return True
    return (
        run[0].upper
        and len(run) >= 1
        and all(t.upper or t.tag in ("ADP", "DET", "PUNCT") or t.text == "&" for t in run)
    )


def _plain(words: Sequence[Token], span: Span) -> Span:
    """Without edges, leading conjunctions and relative clauses behind a comma."""
    first, end = without_edges(words, span)
    while first < end and (
        words[first].low
        in ("and", "or", "but", "both", "as", "even", "also", "for", "have", "all", "that")
        or words[first].low in TOGETHER
        or words[first].tag == "QUOTE"
    ):
        first += 1
    late = next((t.i for t in words[first : first + 4] if t.low in _LATER), None)
    if late is not None and first < late < end - 1 and words[late - 1].low in TIMES:
        first = late + 1  # five days later X
    comma = next((k for k in range(first + 1, end - 1) if words[k].text == ","), None)
    if (
        comma is not None
        and all(t.upper or t.text == "-" for t in words[first:comma])
        and not words[comma + 1].upper
        and words[comma + 1].tag in ("DET", "N", "ADJ")
        and not any(t.low in ("and", "&") for t in words[comma:end])
    ):
        end = comma  # Qin An, head of an institute
    for at in range(first + 1, end - 1):
        if (
            words[at].text == ","
            and words[at + 1].tag == "DET"
            and any(t.low in ("and", "&") for t in words[first:at])
            and not any(t.low in TOGETHER for t in words[first:at])
        ):
            end = at  # the X and the Y, the two agencies of Z
            break
        joins = words[at + 1].low in TOGETHER
        if words[at].text == "," and words[at + 1].low in ("including", "among"):
            end = at
            break
        told = words[at + 1].tag == "V" and words[at + 1].form in ("past", "ing")
        if words[at].text == "," and told and words[at + 1].low not in ("joined", *TOGETHER):
            end = at  # Estonia, backed by Latvia and Lithuania
            break
        if words[at].text == "," and words[at + 1].tag == "ADP" and not joins:
            end = at  # The FBI and CISA, in a joint advisory
            break
    for at in range(first + 1, end):
        if words[at].tag == "WH" and words[at - 1].text == ",":
            end = at - 1
            break
    while end > first and words[end - 1].low in ("have", "all", "both", "each", "also"):
        end -= 1
    return without_edges(words, (first, end))


_MINISTERS = word_set("minister president chancellor premier ambassador envoy parliament")
_LATER = word_set("later earlier afterwards ago before")

# ---------------------------------------------------------------- one


def _one(sentence: Sentence, span: Span, entities: Sequence[Entity], memory: Memory) -> Speaker:
    words = sentence.tokens
    first, end = span
    run = words[first:end]
    lows = [t.low.rstrip(".") for t in run]
    near = [e for e in entities if first <= e.span[0] and e.span[1] <= end]
    start, stop = words[first].start, words[end - 1].end
    place = {"start": start, "end": stop, "text": sentence.slice(start, stop)}

    def made(
        norm: str, type_: SpeakerType, *, role: str | None = None, government: str | None = None,
        by: Resolved = "in-span",
    ) -> Speaker:  # fmt: skip
        speaker = Speaker(norm, type_, by, role=role, government=government)
        return msgspec.structs.replace(speaker, **place)

    def meant(other: Speaker, by: Resolved = "coreference") -> Speaker:
        return msgspec.structs.replace(other, resolved_by=by, relay=None, **place)

    core = _without_article(lows)
    opening = next((e for e in entities if e.span[0] <= 2 and e.span[1] < first), None)
    if core == ["it"] and opening is not None and opening.kind in ("state", "organ", "house"):
        return _from_entity(opening, made)
    if core == ["it"] and opening is not None and opening.kind == "demonym":
        stop = opening.span[1]
        while stop < first and words[stop].tag in ("N", "P", "ADJ"):
            stop += 1
        if any(t.low in _BODY | _GOVERNMENT for t in words[opening.span[1] : stop]):
            # the Finnish parliament was hit, it said
            return meant(_one(sentence, (opening.span[0], stop), entities, memory))
    if len(core) == 1 and core[0] in _COUNTRY_NOUNS:
        pass
    elif len(core) <= 2 and len(run) <= 3 and (other := _referred(core, memory)) is not None:
        return meant(other)
    if len(core) == 1 and core[0] in _COUNTRY_NOUNS:
        earlier = [e for e in entities if e.kind == "state" and e.span[1] <= first]
        if earlier:
            return made(earlier[-1].norm, "government", government=earlier[-1].state)
        ruling = memory.last("government") if core != ["country"] else None
        if ruling is not None:
            return meant(ruling)
        if memory.states:
            last_code, last = memory.states[-1]
            return made(last, "government", government=last_code, by="coreference")
    whole = _whole(words, span, near)
    if whole is not None:
        return _from_entity(whole, made)
    state = next((e for e in near if e.kind in ("state", "demonym")), None)
    organ = next((e for e in near if e.kind == "organ"), None)
    house = next((e for e in near if e.kind == "house"), None)
    code = (organ.state if organ else None) or (state.state if state else None)
    public = any(low in _MINISTERS for low in core) or not (_BODY | _GOVERNMENT).isdisjoint(
        core[-1:]
    )
    if code is None and lows[:1] in (["its"], ["their"]) and public and opening is not None:
        code = opening.state  # A will expel them, its ministry said
    if state is not None and _is_host(words, state):
        owner = memory.last("government")
        code, state = (owner.government if owner is not None else None), None
    office = next((i for i, low in enumerate(lows) if low in OFFICES), None)
    person = _titled_person(run) or _person(run, near, first)
    behind = _office_behind(words, end)
    apposed = _name_behind(words, end, entities)
    if person is None and office is not None and apposed is not None:
        return made(apposed, "official", role=" ".join(_words(run)), government=code)
    if person is not None and office is None and behind is not None and house is None:
        own = next((e.state for e in entities if end < e.span[0] < end + 12 and e.state), None)
        type_: SpeakerType = "official" if behind[1] else "person"
        return made(person, type_, role=behind[0], government=code or own)
    if person is not None and office is None and house is not None and house.span[1] < end - 1:
        of = words[house.span[1]]
        if of.tag == "POSS" and all(t.upper for t in words[of.i + 1 : end]):
            return made(person, "person", role=house.norm)  # Mandiant's A B
    if person is not None and office is None and _titled_person(run) is not None and organ is None:
        return made(person, "person", role=_role(run, person), government=code)
    if person is not None and (office is not None or organ is not None):
        return made(person, "official", role=_role(run, person), government=code)
    if organ is not None and office is None:
        plain = not any(low in PEOPLE or low in DOCUMENTS for low in core) or any(
            low in DOCUMENTS or low in CLAIM_NOUNS for low in core
        )
        if plain:
            return _from_entity(organ, made)
    if state is not None and core:
        last = core[-1] if core[-2:] != ["united", "nations"] else ""
        if any(low in _GOVERNMENT for low in core) and office is None:
            if state.state == "WEST" or last == "governments":
                return made(state.norm, "government-group", government=state.state)
            return made(state.norm, "government", government=state.state)
        if last in (
            "governments",
            "allies",
            "countries",
            "nations",
            "states",
            "powers",
            "capitals",
        ):
            norm = (
                "Western governments (unnamed)"
                if state.state == "WEST"
                else (f"{' '.join(t.text for t in run)} (unnamed)")
            )
            return made(norm, "government-group", government=state.state)
        body = next((low for low in core if low in _BODY), None)
        if (
            body is not None
            and office is None
            and last not in ("officials", "sources", "source", "official")
        ):
            anonymous = last in ("services", "agencies") and state.state == "WEST"
            if not anonymous:
                name = _body_name(run, state, first)
                return made(
                    f"{name} ({state.state})",
                    "government-agency",
                    role=body,
                    government=state.state,
                )
    if (
        core
        and core[-1] in ("allies", "governments", "countries", "nations", "states", "powers")
        and office is None
    ):
        government = "WEST" if "allies" in core or "western" in core else None
        return made(f"{' '.join(_words(run))} (unnamed)", "government-group", government=government)
    if office is not None or any(low in PEOPLE for low in core):
        if house is not None and office is None:
            return made(house.norm, _house_type(house))
        if person is not None and office is None and house is None and core[-1] not in PEOPLE:
            return made(person, "person")
        if office is not None and (
            organ is not None or (code and lows[office] not in ("officials", "official"))
        ):
            return made(" ".join(_words(run)), "official", role=lows[office], government=code)
        role = " ".join(core)
        if office is not None and house is not None:
            return made(house.norm, _house_type(house), role=lows[office])
        if (
            lows[0] in ("the", "his", "her", "its")
            and office is not None
            and not lows[office].endswith("s")
        ):
            return made(" ".join(_words(run)), "official", role=lows[office], government=code)
        return made(f"{' '.join(_words(run))} (anonymous)", "anonymous", role=role, government=code)
    if any(low in DOCUMENTS for low in core) and any(
        low in ("seen", "obtained", "reviewed") for low in core
    ):
        return made(" ".join(_words(run)), "document")
    if house is not None:
        return made(house.norm, _house_type(house))
    if core and core[-1] in _GOVERNMENT and core[-1] != "side":
        return made(" ".join(_words(run)), "government")
    if core and core[-1] in (
        "company",
        "firm",
        "vendor",
        "bank",
        "foundation",
        "maker",
        "giant",
        "startup",
    ):
        return made(" ".join(_words(run)), "organization", government=code)
    if any(low in _BODY for low in core):
        return made(" ".join(_words(run)), "government-agency", government=code)
    if any(low in DOCUMENTS or low in CLAIM_NOUNS for low in core):
        return made(" ".join(_words(run)), "document")
    named = _words(run)
    if named and all(
        t[0].isupper() or t[0].isdigit() or t in ("of", "the", "and", "&", "-", "for", "'s", "’s")
        for t in named
    ):
        known = memory.names.get(named[-1].lower())
        if known is not None and len(named) <= 2:
            return meant(known)
        if 1 < len(named) <= 4 and not any(t.lower() in _FIRM or t == "&" for t in named):
            return made(" ".join(named), "person")
        return made(" ".join(named), "organization")
    crew = any(low in THREATS for low in core)
    return made(" ".join(named), "other", role=_CREW if crew else None)


def _name_behind(words: Sequence[Token], end: int, entities: Sequence[Entity]) -> str | None:
    """The name in an apposition behind an office: `a spokesman for the embassy, Liu Pengyu,`."""
    if end >= len(words) or words[end].text != ",":
        return None
    stop = end + 1
    while stop < len(words) and words[stop].tag in ("P", "N") and words[stop].upper:
        stop += 1
    name = words[end + 1 : stop]
    closed = stop < len(words) and words[stop].text == ","
    known = any(end < e.span[0] < stop for e in entities)
    return " ".join(t.text for t in name) if closed and 2 <= len(name) <= 4 and not known else None


def _is_host(words: Sequence[Token], state: Entity) -> bool:
    """Whether a place only tells where a mission sits: `its Washington embassy`."""
    first, end = state.span
    own = first > 0 and words[first - 1].low in ("its", "their", "the", "his", "her")
    behind = words[end].low if end < len(words) else ""
    return state.kind == "state" and own and behind in ("embassy", "consulate", "mission")


_PRIVATE = word_set("company firm ceo founder research vice-president cto ciso threat analyst at")


def _office_behind(words: Sequence[Token], end: int) -> tuple[str, bool] | None:
    """The office in an apposition behind a name, and whether it is one of a state."""
    if end >= len(words) or words[end].text != ",":
        return None
    stop = end + 1
    while (
        stop < len(words)
        and stop < end + 12
        and words[stop].text not in (",", ".", ";")
        and not words[stop].quote
    ):
        stop += 1
    run = words[end + 1 : stop]
    found = next((t for t in run if t.low in OFFICES), None)
    if found is None or run[0].tag in ("V", "AUX", "WH", "SUB"):
        return None
    private = any(t.low in _PRIVATE for t in run)
    role = " ".join(t.text for t in run if t.tag != "DET")
    return role, not private


def _words(run: Sequence[Token]) -> list[str]:
    kept: list[str] = []
    end = -1
    for token in run:
        if token.text in "()[]":
            continue
        if kept and (token.tag == "POSS" or token.start == end):
            kept[-1] += token.text  # AT&T, X-Force
        else:
            kept.append(token.text)
        end = token.end
    return kept[1:] if len(kept) > 1 and kept[0].lower() in ("the", "a", "an") else kept


def _without_article(lows: Sequence[str]) -> list[str]:
    core = list(lows)
    if "(" in core:
        core = core[: core.index("(")]
    return core[1:] if len(core) > 1 and core[0] in ("the", "a", "an", "that", "this") else core


def _whole(words: Sequence[Token], span: Span, near: Sequence[Entity]) -> Entity | None:
    """The entity that the whole span is, but for article, parenthesis and the state before it."""
    rest = set(range(*span))
    main: Entity | None = None
    depth = 0
    for at in range(*span):
        depth += words[at].text in "(["
        if depth or words[at].tag in ("DET", "POSS", "PUNCT"):
            rest.discard(at)
        depth -= words[at].text in ")]"
    for entity in near:
        covered = set(range(*entity.span))
        if (
            (
                entity.kind == "organ"
                or main is None
                or (main.kind in ("state", "demonym") and entity.kind != "demonym")
            )
            and entity.kind != "demonym"
            and (main is None or main.kind != "organ")
        ):
            main = entity
        if entity.kind in ("state", "demonym", "organ", "house", "group"):
            rest -= covered
    return main if main is not None and not rest else None


class _Made(Protocol):
    def __call__(
        self, norm: str, type_: SpeakerType, *, role: str | None = ..., government: str | None = ...
    ) -> Speaker: ...


def _from_entity(entity: Entity, made: _Made) -> Speaker:
    if entity.kind == "state":
        norm = "Western governments (unnamed)" if entity.state == "WEST" else entity.norm
        return made(norm, cast("SpeakerType", entity.type), government=entity.state)
    if entity.kind == "organ":
        norm = f"{entity.norm} ({entity.state})"
        return made(norm, "government-agency", role=entity.type, government=entity.state)
    if entity.kind == "group":
        return made(entity.norm, "other", role=_CREW)
    return made(entity.norm, _house_type(entity) if entity.kind == "house" else "other")


def _house_type(entity: Entity) -> SpeakerType:
    return entity.type if entity.type in ("media", "company", "organization") else "organization"  # type: ignore[return-value]


def _body_name(run: Sequence[Token], state: Entity, first: int) -> str:
    kept = [
        t.text for i, t in enumerate(run, first)
        if not state.span[0] <= i < state.span[1]
        and t.tag not in ("DET", "POSS") and t.text not in "()"
    ]  # fmt: skip
    return " ".join(kept)


def _person(run: Sequence[Token], near: Sequence[Entity], first: int) -> str | None:
    """The longest run of capitalized words that is no name of the tables and no title."""
    taken = {i for e in near for i in range(*e.span)}
    best: list[str] = []
    now: list[str] = []
    placed = False
    for i, token in enumerate(run, first):
        before = run[i - first - 1].low if i > first else ""
        # San Diego in `prosecutors in San Diego` is nobody's name
        placed = before in ("in", "at", "of", "from", "by", "the") or (placed and not now)
        titled = token.low in _TITLE_WORDS or token.low in OFFICES or token.low in _BODY
        placed = placed and token.upper and not titled  # but Secretary of State Antony Blinken
        capital = (
            not placed
            and token.low not in PEOPLE
            and token.upper
            and token.text[0].isalpha()
            and i not in taken
            and token.low not in OFFICES
        )
        body = token.low in _BODY or token.low in _FIRM or token.low in TIMES
        title = token.low.rstrip(".") in (
            "mr",
            "mrs",
            "ms",
            "dr",
            "sen",
            "rep",
            "gov",
            "sir",
            "gen",
            "prof",
        )
        if (
            capital
            and not body
            and not title
            and token.tag != "DET"
            and token.low not in _TITLE_WORDS
        ) or (now and token.text in _PARTICLES and i + 1 < first + len(run)):
            now.append(token.text)
        elif not (title and not now):
            best, now = (
                (now, []) if len(now) > len(best) or (len(now) == len(best) and now) else (best, [])
            )
    ends_it = bool(now)
    best = now if len(now) >= max(len(best), 1) else best
    if len(best) == 1 and not ends_it:
        return None  # African Union officials: part of a name that is no person's
    return " ".join(best) if best and (len(best) > 1 or len(best[0]) > 3) else None


def _titled_person(run: Sequence[Token]) -> str | None:
    """The name behind a title of address, to the end of what was given: lecturer Dr Neil Hume."""
    for at, token in enumerate(run[:-1]):
        if token.upper and token.low.rstrip(".") in _ADDRESS:
            name = run[at + 1 :]
            plain = all(t.upper or t.text in _PARTICLES or t.text == "-" for t in name)
            return " ".join(t.text for t in name) if plain and len(name) <= 4 else None
    return None


_ADDRESS = word_set("mr mrs ms miss dr prof professor sir dame lord lady sen rep gov gen col capt")
_PARTICLES = word_set("van von de der den del da dos di bin al el ben ibn ter ten")
_TITLE_WORDS = word_set(
    "foreign prime defence defense interior home security national cyber state press chief vice "
    "deputy assistant senior european general justice federal the a an digital affairs "
    "white house intelligence permanent high representative"
)


def _role(run: Sequence[Token], person: str) -> str | None:
    names = set(person.split())
    kept = [
        t.text for t in run
        if t.text not in names and t.tag not in ("DET", "PUNCT", "POSS")
        and t.low not in ("of", "for")
    ]  # fmt: skip
    return " ".join(kept) or None


def _referred(core: Sequence[str], memory: Memory) -> Speaker | None:
    """Whom a pronoun or `the agency` means: the last speaker that fits."""
    if len(core) == 1:
        word = core[0]
        if word in ("he", "she", "his", "her", "him"):
            return memory.last("official", "person", "anonymous")
        crew = memory.speakers[-1] if memory.speakers else None
        if word in ("it", "its", "they") and crew is not None and crew.role == _CREW:
            return crew
        if word in ("it", "its"):
            return memory.last(
                "government", "intergovernmental", "government-agency", "company", "organization",
                "media", "document",
            )  # fmt: skip
        if word in ("they", "their"):
            return memory.last()
        if word in ("ministry", "department"):
            return next(
                (
                    s for s in reversed(memory.speakers)
                    if s.type == "government-agency"
                    and (word in s.norm.lower() or s.role == "ministry")
                ),
                None,
            )  # fmt: skip
        named = [s for s in memory.speakers if word in s.norm.lower().split()]
        if word in _SHARED and named and named[-1].type in _SHARED[word]:
            return named[-1]  # the service: the one that is called so
        if word in _SHARED:
            return memory.last(*_SHARED[word])  # type: ignore[arg-type]
    return None
