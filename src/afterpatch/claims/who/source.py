"""One source as written, with all that the rules of `speakers.py` ask of it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import cached_property
from typing import cast

import msgspec

from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.words import OFFICES, word_set
from afterpatch.claims.schema import Resolved, Speaker, SpeakerType
from afterpatch.claims.who.memory import Memory
from afterpatch.claims.who.names import Entity
from afterpatch.claims.who.person_names import (
    BODIES,
    name_behind,
    office_behind,
    person_in,
    titled_person,
    words_of,
)

__all__ = ["CREW", "GOVERNMENTS", "MINISTERS", "SPOKESPEOPLE", "Source"]

GOVERNMENTS = word_set(
    "government govt administration authorities state regime cabinet side leadership"
)
CREW = "threat actor"
# Who speaks for a body.
SPOKESPEOPLE = word_set("spokesman spokeswoman spokesperson spokesmen spokespeople spokespersons")
_NO_BODIES = ("official", "person", "anonymous", "document")
_MISSIONS = word_set("embassy embassies consulate consulates mission missions")
MINISTERS = word_set("minister president chancellor premier ambassador envoy parliament")


class Source:
    """A run of words that names one speaker, the names in it, and who spoke before."""

    def __init__(
        self, sentence: Sentence, span: Span, entities: Sequence[Entity], memory: Memory
    ) -> None:
        self.sentence, self.words = sentence, sentence.tokens
        self.first, self.end = span
        self.entities, self.memory = entities, memory
        self.run = self.words[self.first : self.end]
        self.lows = [t.low.rstrip(".") for t in self.run]
        self.core = _without_article(self.lows)
        self.near = [e for e in entities if self.first <= e.span[0] and e.span[1] <= self.end]
        start, stop = self.words[self.first].start, self.words[self.end - 1].end
        self._place = {"start": start, "end": stop, "text": sentence.slice(start, stop)}

    # ------------------------------------------------------------ speakers made of it

    def official(self, norm: str, role: str | None) -> Speaker:
        """One who holds an office; of the state that the words or the page tell."""
        return self.memory.placed(self.made(norm, "official", role=role, government=self.code))

    def made(
        self, norm: str, type_: SpeakerType, *, role: str | None = None,
        government: str | None = None, by: Resolved = "in-span",
    ) -> Speaker:  # fmt: skip
        """A speaker who is named here."""
        speaker = Speaker(norm, type_, by, role=role, government=government)
        return msgspec.structs.replace(speaker, **self._place)

    def meant(self, other: Speaker) -> Speaker:
        """A speaker who was named before."""
        return msgspec.structs.replace(other, resolved_by="coreference", relay=None, **self._place)

    def of_entity(self, entity: Entity) -> Speaker:
        """A speaker whom the tables know."""
        if entity.kind == "state":
            norm = "Western governments (unnamed)" if entity.state == "WEST" else entity.norm
            return self.made(norm, cast("SpeakerType", entity.type), government=entity.state)
        if entity.kind == "organ":
            norm = f"{entity.norm} ({entity.state})"
            return self.made(norm, "government-agency", role=entity.type, government=entity.state)
        if entity.kind == "group":
            return self.made(entity.norm, "other", role=CREW)
        return self.of_house(entity) if entity.kind == "house" else self.made(entity.norm, "other")

    def of_house(self, house: Entity, role: str | None = None) -> Speaker:
        """A newsroom, firm or institute."""
        known = house.type in ("media", "company", "organization")
        type_ = cast("SpeakerType", house.type if known else "organization")
        return self.made(house.norm, type_, role=role)

    # ------------------------------------------------------------ what is in it

    @property
    def of_antecedent(self) -> bool:
        """Whether it belongs to whom `whose` means."""
        before = self.words[self.first - 1].low if self.first else ""
        return "whose" in (self.lows[0], before)

    @property
    def name(self) -> str:
        """Its words without article."""
        return " ".join(words_of(self.run))

    @property
    def last(self) -> str:
        """Its last word, in lower case; empty where nothing is left."""
        return self.core[-1] if self.core else ""

    @cached_property
    def head(self) -> str:
        """The noun that the rest only tells more of: `report` in `report of the agency`."""
        for at, token in enumerate(self.run):
            if at and (token.tag in ("ADP", "V", "WH") or token.text == "("):
                return self.lows[at - 1]
        return self.last

    def has(self, *classes: Container[str]) -> bool:
        """Whether one of its words is of these classes."""
        return any(low in words for low in self.core for words in classes)

    @cached_property
    def opening(self) -> Entity | None:
        """The name that the sentence opens with, before the source."""
        return next((e for e in self.entities if e.span[0] <= 2 and e.span[1] < self.first), None)

    @cached_property
    def whole(self) -> Entity | None:
        return _whole(self.words, (self.first, self.end), self.near)

    def _nearest(self, *kinds: str) -> Entity | None:
        return next((e for e in self.near if e.kind in kinds), None)

    @cached_property
    def organ(self) -> Entity | None:
        return self._nearest("organ")

    @cached_property
    def house(self) -> Entity | None:
        return self._nearest("house")

    @cached_property
    def _state_named(self) -> Entity | None:
        return self._nearest("state", "demonym")

    @cached_property
    def _abroad(self) -> bool:
        return self._state_named is not None and _is_host(self.words, self._state_named)

    @cached_property
    def state(self) -> Entity | None:
        """The state that it belongs to by its own words."""
        return None if self._abroad else self._state_named

    @property
    def _mission_before(self) -> Speaker | None:
        """The mission that spoke last."""
        told = reversed(self.memory.speakers)
        return next((s for s in told if _MISSIONS & set(s.norm.lower().split())), None)

    @cached_property
    def code(self) -> str | None:
        """The code of that state, also where only the text before tells it."""
        if self._abroad:
            owner = self._mission_before or self.memory.last("government")
            return owner.government if owner is not None else None
        for entity in (self.organ, self._state_named):
            if entity is not None and entity.state:
                return entity.state
        if self.of_antecedent:  # the Kremlin, whose spokesman said
            before = (e for e in self.entities if self.first - 3 < e.span[1] <= self.first)
            return next((e.state for e in before), None)
        if self.lows[0] in ("its", "their"):
            return self._code_of_owner()
        return self._code_of_body()

    def _code_of_owner(self) -> str | None:
        """`A will expel them, its ministry said`; `its spokesman` behind an embassy's words."""
        public = self.has(MINISTERS) or self.head in BODIES | GOVERNMENTS
        if public and self.opening is not None:
            return self.opening.state
        before = next((s for s in reversed(self.memory.speakers) if s.type not in _NO_BODIES), None)
        if before is None or before.type not in ("government", "government-agency"):
            return None
        body = self.head in BODIES or self.has(SPOKESPEOPLE)
        return before.government if body else None

    def _code_of_body(self) -> str | None:
        """`a ministry spokesman`, where the page has told before whose ministry it is."""
        if self.office is None or not any(low in SPOKESPEOPLE for low in self.core):
            return None
        body = next((low for low in self.core if low in _MISSIONS | {"ministry"}), None)
        told = (s for s in reversed(self.memory.speakers) if body and body in s.norm.lower())
        return next((s.government for s in told if s.government), None)

    @cached_property
    def office(self) -> str | None:
        return next((low for low in self.lows if low in OFFICES), None)

    @cached_property
    def titled(self) -> str | None:
        return titled_person(self.run)

    @cached_property
    def person(self) -> str | None:
        return self.titled or person_in(self.run, self.near, self.first)

    @cached_property
    def office_behind(self) -> tuple[str, bool] | None:
        return office_behind(self.words, self.end)

    @cached_property
    def name_behind(self) -> str | None:
        return name_behind(self.words, self.end, self.entities)


def _without_article(lows: Sequence[str]) -> list[str]:
    core = list(lows)
    if "(" in core:
        core = core[: core.index("(")]
    return core[1:] if len(core) > 1 and core[0] in ("the", "a", "an", "that", "this") else core


def _is_host(words: Sequence[Token], state: Entity) -> bool:
    """Whether a place only hosts a mission: `its Rome embassy`, `the embassy in Rome`."""
    first, end = state.span
    if state.kind != "state" or first == 0:
        return False
    if words[first - 1].low == "in" and first > 1:
        return words[first - 2].low in _MISSIONS
    own = words[first - 1].low in ("its", "their", "the", "his", "her")
    return own and end < len(words) and words[end].low in _MISSIONS


def _whole(words: Sequence[Token], span: Span, near: Sequence[Entity]) -> Entity | None:
    """The entity that the whole span is, but for article, parenthesis and the state before it."""
    rest = set(range(*span))
    depth = 0
    for at in range(*span):
        depth += words[at].text in "(["
        if depth or words[at].tag in ("DET", "POSS", "PUNCT"):
            rest.discard(at)
        depth -= words[at].text in ")]"
    main: Entity | None = None
    for entity in near:
        if entity.kind != "demonym" and (main is None or _outranks(entity, main)):
            main = entity
        rest -= set(range(*entity.span))
    return main if main is not None and not rest else None


def _outranks(entity: Entity, main: Entity) -> bool:
    """Whether the later of two names is the one meant: an organ, or whoever stands behind a
    state."""
    return main.kind != "organ" and (entity.kind == "organ" or main.kind == "state")
