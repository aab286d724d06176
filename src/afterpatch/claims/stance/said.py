"""A statement with what the rules of its stance ask of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from afterpatch.claims.frames.attribution import Attribution
from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import ATTACK, GUARDED, THREATS, word_set
from afterpatch.claims.schema import Quantity, Speaker, Stance
from afterpatch.claims.stance.agents import doers, text_of
from afterpatch.claims.stance.culprits import (
    linked_attack,
    tied_actors,
    unknown_culprit,
    who_did_it,
)
from afterpatch.claims.stance.figures import quantities
from afterpatch.claims.who.mentions import Entity, Mention, actors_in

__all__ = ["KNOWING", "Said", "Told"]

Told = tuple[Stance, list[Mention], Span]

# Verbs of who holds a thing for true.
KNOWING = word_set(
    "believe consider regard assess judge conclude suspect think reckon assume presume figure "
    "guess surmise deem"
)
# Attackers whose name tells what they are.
_OF_A_KIND = word_set(
    "spies cyberspies hacktivists extortionists saboteurs criminals cybercriminals overseas "
    "foreign domestic nation-state speaking"
)


class Said:
    """A statement with what the rules ask of it.

    `content` is what they look at: without a time or place set before it, and without the words
    that only tell how sure its speaker is, which `weighed` keeps. `whole` has the time and place.
    """

    def __init__(
        self,
        sentence: Sentence,
        content: Span,
        speaker: Speaker,
        frame: Attribution | None,
        entities: Sequence[Entity],
    ) -> None:
        self.sentence, self.words = sentence, sentence.tokens
        self.speaker, self.frame, self.entities = speaker, frame, entities
        self.content = self.whole = content
        self.kind = frame.kind if frame is not None else None
        self.lemma = frame.lemma if frame is not None else None
        text = self._text()
        held = wording("feels").match(text) or wording("holds").match(text)
        self.weighed = held is not None and wording("likely").search(held[0]) is not None
        if held is not None:
            at = self.words[content[0]].start + text_of(sentence, content).find(text) + held.end()
            first = next((t.i for t in self.words if t.start >= at), content[0])
            self.content = self.whole = (first, content[1])
        self.content = (_past_setting(self.words, self.content), content[1])
        self.text = self._text()
        self.run = self.words[slice(*self.content)]

    def _text(self) -> str:
        return text_of(self.sentence, self.content).strip("\"“”' ")

    def fits(self, *names: str) -> bool:
        """Whether any of these wordings stands in the text, or at its start."""
        return any(wording(name).search(self.text) for name in names)

    def told(self, stance: Stance, actors: Sequence[Mention] = ()) -> Told:
        return stance, list(actors), self.whole

    def says_nothing(self) -> bool:
        if not self.run or self.text.endswith("?") or _is_personal(self):
            return True
        if _is_counterfactual(self):
            return True
        unsaid = self.frame is not None and self.frame.negated and self.kind != "believe"
        return unsaid and not self._unable_to_say()

    def _unable_to_say(self) -> bool:
        able = ("confirm", "know", "say", "find", "have", "see", "rule", "understand")
        return self.frame is not None and (self.frame.modal or self.lemma in able)

    @cached_property
    def everyone(self) -> list[Mention]:
        """All of whom the content speaks."""
        return actors_in(self.words, self.entities, self.content)

    @cached_property
    def states(self) -> list[Mention]:
        return [m for m in self.everyone if m.kind in ("state", "organ")]

    @cached_property
    def _doers(self) -> list[Mention]:
        found = doers(self.sentence, self.content, self.entities)
        home = self.speaker.government
        if home is not None and all(
            m.kind in ("state", "organ") and m.state == home for m in found
        ):
            return []  # nobody lays a deed at the own door
        return found

    @cached_property
    def bare(self) -> list[Mention]:
        """Attackers of whom nothing is told but that they attack."""
        return [
            m
            for m in self._doers
            if m.kind == "threat"
            and m.state is None
            and m.nexus == "unspecified"
            and not any(t.tag == "POSS" or t.low in _OF_A_KIND for t in self.words[slice(*m.span)])
            and not (m.span[1] < self.content[1] and self.words[m.span[1]].tag == "P")
        ]

    @cached_property
    def named(self) -> list[Mention]:
        """Who did the deed by a name or a tie that tells something."""
        if self.bare and self.bare[0] is self._doers[0] and not self.fits("identity"):
            return []  # "the attackers" tells nobody's name
        return self._doers

    @cached_property
    def accused(self) -> list[Mention]:
        """Who did the deed, also where no table knows the name."""
        if self.named or self.fits("unable"):
            return self.named
        told = (
            unknown_culprit(self.words, self.content, self.entities)
            if self.fits("behind", "done_by_some")
            else []
        )
        told = told or linked_attack(self.words, self.content, self.entities)
        told = told or tied_actors(self.words, self.content, self.entities)
        return told or ([] if self.bare else who_did_it(self.words, self.content))

    @cached_property
    def own(self) -> bool:
        """Whether the content speaks of its speaker: `it`, `we`, or the speaker's own name."""
        opening = self.kind == "tell" and re.match(r"they\b", self.text)
        return not opening and _of_speaker(self)

    @cached_property
    def self_named(self) -> list[Mention]:
        home = self.speaker.government
        return [m for m in self.states if home is not None and m.state == home][:1]

    @cached_property
    def counted(self) -> list[Quantity]:
        return quantities(self.text, 0)

    @cached_property
    def hostile(self) -> bool:
        """Whether attackers speak: `the gang said C`."""
        if self.frame is None or self.frame.source is None:
            return False
        source = self.frame.source
        crew = any(m.kind == "group" for m in actors_in(self.words, self.entities, source))
        return crew or any(t.low in THREATS for t in self.words[slice(*source)])


# ---------------------------------------------------------------- of whom it speaks


def _is_personal(said: Said) -> bool:
    """Whether somebody only speaks of the own person: feelings, wishes, memories, and of nothing
    that a report of an attack is about."""
    first, end = said.content
    lows = [t.low for t in said.run]
    if any(t.low in ATTACK or t.low in GUARDED or t.tag == "NUM" for t in said.run):
        return False
    if any(first <= e.span[0] < end for e in said.entities):
        return False
    if said.run[0].quote and ("i" in lows or "my" in lows):
        return not any(low in _SURE for low in lows)
    opening = [t.low for t in said.run if not t.quote][:5]
    return opening[:1] in (["he"], ["she"], ["they"], ["i"]) and any(
        wording("private").fullmatch(low) for low in opening[1:]
    )


_SURE = word_set("know think believe sure confident proof evidence")


def _is_counterfactual(said: Said) -> bool:
    """`If A had patched in time, nobody would have noticed`: it tells what did not happen."""
    whole = " ".join(t.low for t in said.words)
    return wording("counterfactual").match(whole) is not None


_SETTINGS = word_set(
    "on in at since after before during by from until earlier late last this yesterday today over "
    "within between throughout"
)


def _past_setting(words: Sequence[Token], content: Span) -> int:
    """Where a statement begins behind a time or a place: `On Tuesday, in Lisbon, …`."""
    first, end = content
    start = first + words[first].quote if first < end else first
    if start >= end or words[start].low not in _SETTINGS:
        return first
    comma = next((t.i for t in words[start : min(start + 9, end)] if t.text == ","), end)
    setting = words[start:comma]
    opens = words[comma + 1] if comma + 1 < end else None
    if opens is None or opens.tag not in ("DET", "N", "P", "PRON", "NUM", "ADJ", "ADV"):
        return first
    if any(t.tag in ("V", "AUX", "SUB", "WH") or t.quote for t in setting):
        return first
    return comma + 1


def _of_speaker(said: Said) -> bool:
    """Whether the content's subject is its speaker."""
    first = next((t for t in said.run if not t.quote and t.tag != "PUNCT"), None)
    if said.run[0].quote and first is not None and first.low in _THIRD:
        return False  # who is quoted speaks of others as `it`
    if first is None or (first.low == "they" and said.speaker.type in ("official", "person")):
        return False
    if first.low == "it":  # `it signals a shift` speaks of the attack
        behind = said.words[first.i + 1 : first.i + 3]
        busy = any(t.form == "ing" and t.low not in _TURNS for t in behind[1:])
        own = busy or any(t.low in _STATES_OF_MIND for t in behind[1:])
        return own or not any(t.low in _OF_THE_ATTACK for t in behind[:1])
    if first.low in ("we", "he", "she", "they", "i", "its", "our", "his", "her"):
        return True
    home, start = said.speaker.government, said.content[0]
    return home is not None and any(
        e.state == home and e.kind in ("state", "organ") and start <= e.span[0] <= start + 2
        for e in said.entities
    )


_THIRD = word_set("it he she they its his her")
_STATES_OF_MIND = word_set("aware unaware sure confident sorry able unable itself")
_TURNS = word_set("becoming getting growing going coming looking turning spreading happening")
_OF_THE_ATTACK = word_set("signals signaled signalled is was appears seems came began marks shows")
