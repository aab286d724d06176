"""Who has spoken and been named so far in one document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from afterpatch.claims.grammar.text import Sentence
from afterpatch.claims.schema import NOBODY, Speaker, SpeakerType
from afterpatch.claims.who.introductions import firms_in, introduced
from afterpatch.claims.who.names import Entity

__all__ = ["Memory", "is_plural"]

_PEOPLE = ("official", "person")
_VOICES = ("government", "government-agency", "official")
_KEPT = 500  # speakers back to whom anything may lead: long pages are read in time
_NEAR = 6  # speakers back to whom `they` may lead


class Memory:
    """Speakers and states in the order of the page."""

    def __init__(self) -> None:
        self.speakers: list[Speaker] = []
        self.names: dict[str, Speaker] = {}
        self.states: list[tuple[str, str]] = []
        self.bodies: dict[str, Speaker] = {}
        self.officials: dict[str, Speaker] = {}
        self.firms: set[str] = set()

    def learn(self, sentence: Sentence, entities: Sequence[Entity]) -> None:
        """What the page tells anywhere: who holds which office of which state, what is a firm."""
        self.firms.update(firms_in(sentence.tokens))
        for person in introduced(sentence.tokens, entities):
            known = self.officials.get(person.norm)
            if person.type == "official" and (known is None or known.government is None):
                self.officials[person.norm] = person

    def met(self, sentence: Sentence, entities: Sequence[Entity]) -> None:
        """Remembers whom a sentence introduces, be it that they speak or not."""
        for found in reversed(list(introduced(sentence.tokens, entities))):
            if found.type in _PEOPLE:
                self.heard(self.placed(found))
            else:
                self.bodies[found.role or found.norm.split()[-1].lower()] = found

    def placed(self, person: Speaker) -> Speaker:
        """The person with the state that the page tells elsewhere."""
        known = self.officials.get(person.norm)
        if person.government is not None or known is None:
            return person
        return msgspec.structs.replace(person, government=known.government)

    def heard(self, speaker: Speaker) -> None:
        """Remembers a speaker, and a person by the last name."""
        if speaker.type in NOBODY:
            return
        self.speakers.append(speaker)
        if len(self.speakers) > 2 * _KEPT:
            del self.speakers[:_KEPT]
        if speaker.type in _PEOPLE and " " in speaker.norm:
            first, *_, last = speaker.norm.split()
            self.names[last.lower()] = speaker
            self.names.setdefault(first.lower(), speaker)  # Zhao Lijian is Zhao thereafter

    def last(self, *types: SpeakerType) -> Speaker | None:
        """The last one of these types."""
        return next((s for s in reversed(self.speakers) if not types or s.type in types), None)

    def ruling(self) -> Speaker | None:
        """Whom `the government` means: the state whose government, bodies and officials speak most;
        who is only spoken of, as the accused are, does not."""
        voices = Counter(
            s.government
            for s in self.speakers
            if s.type in _VOICES and s.government is not None and s.start is not None
        )
        if not voices:
            return self.bodies.get("government")
        code = voices.most_common(1)[0][0]
        named = (s for s in self.speakers if s.type == "government")
        return next((s for s in named if s.government == code), None)

    def several(self) -> Speaker | None:
        """The last ones who are more than one: whom `they` means."""
        near = reversed(self.speakers[-_NEAR:])
        return next((s for s in near if is_plural(s)), None)


def is_plural(speaker: Speaker) -> bool:
    """Whether a speaker without a name is several: `two officials`."""
    if speaker.type == "government-group" or speaker.role == "police":
        return True
    words = speaker.norm.partition(" (")[0].lower().split()
    unnamed = speaker.type in ("anonymous", "other") and speaker.role != "threat actor"
    return unnamed and any(word.endswith("s") and len(word) > 3 for word in words)
