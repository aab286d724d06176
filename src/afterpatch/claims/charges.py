"""Who has been accused so far in one document: whom others mean who join in, who deny it, or who
speak of `the group`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import THREATS, word_set
from afterpatch.claims.record import Draft
from afterpatch.claims.schema import BLAMING, Speaker, Stance
from afterpatch.claims.who.mentions import Entity, Mention, actors_in

__all__ = ["Charges"]

_PLAIN = ("asserts", "assesses", "estimates")
_ACCUSABLE = ("company", "organization", "person", "other")
_DENYING = ("government", "government-agency", "official")


class Charges:
    """The accusations of a document in the order of the page."""

    def __init__(self) -> None:
        self.stance: Stance = "asserts"  # how somebody was accused last
        self._last: list[tuple[Sentence, Mention]] = []  # and who
        self._states: dict[str, tuple[Sentence, Mention]] = {}
        self._groups: dict[str, Mention] = {}  # by ATT&CK id, else by name

    def heard(self, made: Sequence[Draft]) -> None:
        """Remembers what a sentence lays at whose door."""
        for draft in made:
            actor = draft.actor
            if actor is not None and actor.kind == "group":
                self._groups[actor.group.id if actor.group else actor.norm] = actor
        laying = [d for d in made if d.stance in BLAMING]
        if not laying:
            return
        self.stance = laying[0].stance
        same = [d for d in laying if d.speaker == laying[0].speaker and d.stance == self.stance]
        self._last = [(d.actor_in or d.sentence, d.actor) for d in same if d.actor is not None]
        for draft in laying:
            actor = draft.actor
            if actor is not None and actor.state and actor.nexus == "state":
                self._states[actor.state] = (draft.actor_in or draft.sentence, actor)

    def joined(
        self, sentence: Sentence, told: Sequence[Speaker], content: Span | None, quoted: list[Span]
    ) -> list[Draft]:
        """`X followed suit`, `So did Y`: the accusation before, by others."""
        found: Sequence[tuple[Sentence | None, Mention | None]] = self._last or [(None, None)]
        return [
            Draft(speaker, self.stance, actor, content, sentence, quoted,
                  actor_by="coreference", actor_in=where)
            for speaker in told
            for where, actor in found
        ]  # fmt: skip

    def denied_for(
        self, draft: Draft, entities: Sequence[Entity], source: Span | None = None
    ) -> Draft:
        """A denial with the one for whom it is made: a body of the speaker's state that it speaks
        of, the state as the sentence names it, or as it was accused before; who denies an own
        misdeed denies for itself."""
        home, content = draft.speaker.government, draft.content
        if draft.stance != "denies" or draft.actor is not None:
            return draft
        words = draft.sentence.tokens
        if home is None and source is not None and draft.speaker.type in _ACCUSABLE:
            said = " ".join(t.low for t in words[slice(*content)]) if content is not None else ""
            if wording("own_misdeed").search(said):
                norm = draft.speaker.norm
                draft.actor = Mention("threat", source, source[0], norm, None, "unspecified")
        if home is None or draft.speaker.type not in _DENYING:
            return draft
        spoken_of = actors_in(words, entities, content) if content is not None else []
        own = [m for m in spoken_of if m.state == home] or _named_state(home, entities)
        if own:
            whole = own[0].kind == "state"  # also where the words would tell a mere place
            draft.actor = msgspec.structs.replace(own[0], nexus="state") if whole else own[0]
        elif home in self._states:
            draft.actor_in, draft.actor = self._states[home]
            draft.actor_by = "coreference"
        return draft

    def of_whom(self, draft: Draft, entities: Sequence[Entity]) -> None:
        """Adds whom a plain statement speaks of: `The intruders read mail for a month, X said`;
        whom a step is aimed at: `X cut ties with A`; and the group that `the gang` means, where the
        page has named one alone."""
        words = draft.sentence.tokens
        if draft.stance == "announces" and draft.actor is None:
            draft.actor = _aimed_at(draft, entities)
        if draft.stance in _PLAIN and draft.actor is None and draft.content is not None:
            first = next(iter(actors_in(words, entities, draft.content)), None)
            crew = first is not None and first.kind in ("group", "threat")
            if first is not None and crew and first.span[0] <= draft.content[0] + 1:
                draft.actor = first
        actor = draft.actor
        if actor is None or len(self._groups) != 1 or not _is_the_same(draft.sentence, actor):
            return
        named = next(iter(self._groups.values()))
        draft.actor_by = "coreference"
        draft.actor = msgspec.structs.replace(
            actor, kind="group", norm=named.norm, group=named.group
        )


def _aimed_at(draft: Draft, entities: Sequence[Entity]) -> Mention | None:
    """`X imposed sanctions on A`, `X will hold A accountable`."""
    sentence = draft.sentence
    words, home = sentence.tokens, draft.speaker.government
    aimed = wording("aimed_at").search(sentence.text)
    if aimed is None:
        return None
    first = next((t.i for t in words if t.start >= sentence.start + aimed.end()), len(words))
    for mention in actors_in(words, entities, (first, len(words))):
        if mention.span[0] <= first + 2 and (mention.state is None or mention.state != home):
            whole = mention.kind == "state"
            return msgspec.structs.replace(mention, nexus="state") if whole else mention
    return None


def _is_the_same(sentence: Sentence, actor: Mention) -> bool:
    """`the group`, `the gang itself`, `the same operators`: nothing else is told of them."""
    words = sentence.tokens[slice(*actor.span)]
    if actor.kind != "threat" or actor.state or not 2 <= len(words) <= 3:
        return False
    same = words[-2].low == "same"
    one = words[0].low in ("the", "this", "that") and len(words) == 2
    return words[-1].low in THREATS if same else one and words[-1].low in _ONE_CREW


_ONE_CREW = word_set("group gang crew outfit collective syndicate actor mob cluster band")


def _named_state(home: str, entities: Sequence[Entity]) -> list[Mention]:
    """The state that denies for itself, where the sentence names it: at the denial or before."""
    named = next((e for e in entities if e.kind in ("state", "demonym") and e.state == home), None)
    if named is None:
        return []
    return [Mention("state", named.span, named.span[0], f"{named.norm} (state)", home, "state")]
