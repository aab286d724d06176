"""What a speaker does with a statement: accuse, attribute, assess, assert, estimate, deny, demand,
announce.

`stance_of_said` asks the rules of `_RULES` in their order; the first that answers decides.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from functools import cached_property

import msgspec

from afterpatch.claims.frames.attribution import Attribution
from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import ADVERSE, ATTACK, COPULA, GUARDED, THREATS, word_set
from afterpatch.claims.schema import Quantity, Speaker, Stance
from afterpatch.claims.stance.accused import ADDRESSED, spelled_out
from afterpatch.claims.stance.agents import DOING, as_actor, doers, listed, text_of, tied_by
from afterpatch.claims.stance.culprits import (
    acting_for,
    crew_of_nation,
    linked_attack,
    member_of_crew,
    tied_actors,
    unknown_culprit,
    who_did_it,
    who_they_were,
)
from afterpatch.claims.stance.evidential import stance_of_believed
from afterpatch.claims.stance.figures import quantities
from afterpatch.claims.stance.telling import VICTIMS
from afterpatch.claims.who.mentions import Entity, Mention, actors_in, nexus_of

__all__ = ["acts", "stance_of_said"]

Told = tuple[Stance, list[Mention], Span]

# Verbs by what they make of a statement.
_KNOWING = word_set(
    "believe consider regard assess judge conclude suspect think reckon assume presume figure guess surmise deem"
)
_DISCLOSING = word_set("confirm admit acknowledge disclose reveal report")
_COUNTING = word_set("flag detect observe find discover count identify confirm record register")
_RECKONING = word_set("reckon expect predict forecast")
_FORESEEING = word_set("warn predict forecast caution expect fear doubt anticipate")
_STEPS = word_set("imposed unsealed brought filed")
# Those whose weighing of an attack is an assessment.
_JUDGES = frozenset(
    ("government", "intergovernmental", "government-group", "government-agency", "official",
     "company", "organization")
)  # fmt: skip
# Those who take measures.
_STATELY = frozenset(("government", "intergovernmental", "government-agency", "official"))
# Attackers whose name tells what they are.
_OF_A_KIND = word_set(
    "spies cyberspies hacktivists extortionists saboteurs criminals cybercriminals overseas "
    "foreign domestic nation-state"
)


def stance_of_said(
    sentence: Sentence,
    content: Span,
    speaker: Speaker,
    frame: Attribution | None,
    entities: Sequence[Entity],
) -> Told | None:
    """Stance, actors and content of what somebody says; None where it says nothing."""
    if frame is not None and frame.passive:
        return stance_of_believed(sentence, frame, content, entities)
    said = _Said(sentence, content, speaker, frame, entities)
    if said.says_nothing():
        return None
    for rule in _RULES:
        told = rule(said)
        if told is not None:
            return told
    return said.told("asserts")


def acts(text: str) -> bool:
    """Whether a sentence in the first person tells a step of one's own: we have reset C."""
    return any(wording(name).match(text) for name in ("own_act", "acted", "will_act"))


class _Said:
    """A statement with what the rules ask of it; `content` without the words that only tell how
    sure its speaker is, which `weighed` keeps."""

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
        self.content = content
        self.kind = frame.kind if frame is not None else None
        self.lemma = frame.lemma if frame is not None else None
        text = self._text()
        held = wording("feels").match(text) or wording("holds").match(text)
        self.weighed = held is not None and wording("likely").search(held[0]) is not None
        if held is not None:
            at = self.words[content[0]].start + text_of(sentence, content).find(text) + held.end()
            first = next((t.i for t in self.words if t.start >= at), content[0])
            self.content = (first, content[1])
            text = self._text()
        self.text = text
        self.run = self.words[slice(*self.content)]

    def _text(self) -> str:
        return text_of(self.sentence, self.content).strip("\"“”' ")

    def fits(self, *names: str) -> bool:
        """Whether any of these wordings stands in the text, or at its start."""
        return any(wording(name).search(self.text) for name in names)

    def told(self, stance: Stance, actors: Sequence[Mention] = ()) -> Told:
        return stance, list(actors), self.content

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


# ---------------------------------------------------------------- who did it


def _cited(said: _Said) -> Told | None:
    """`citing C`."""
    return said.told("asserts") if said.lemma == "cite" else None


def _confession(said: _Said) -> Told | None:
    """`X said it was behind the attack`, `the hackers said they had stolen C`, `X boasted of
    hacking B`."""
    frame = said.frame
    if frame is None or frame.source is None:
        return None
    boasts = said.lemma in ("boast", "brag", "claim", "crow") and said.fits("boasts_deed")
    source = actors_in(said.words, said.entities, frame.source)
    hostile = _is_hostile(said)
    if hostile and said.counted and said.counted[0].value >= 1000:
        return None
    if not (boasts or said.fits("it_was_us") or (hostile and said.fits("we_attacked"))):
        return None
    crew = source or as_actor(said.words, frame.source)
    return said.told("attributes", crew[:1])


def _is_hostile(said: _Said) -> bool:
    """Whether attackers speak: `the gang said C`."""
    if said.frame is None or said.frame.source is None:
        return False
    source = said.frame.source
    crew = any(m.kind == "group" for m in actors_in(said.words, said.entities, source))
    return crew or any(t.low in THREATS for t in said.words[slice(*source)])


def _of_nation(said: _Said) -> Told | None:
    """`The hackers were likely Russian`."""
    crew = crew_of_nation(said.words, said.content, said.entities)
    return said.told("attributes", [crew]) if crew is not None else None


def _not_believed(said: _Said) -> Told | None:
    """`X does not believe that C`, `X could not say whether C`."""
    if said.frame is None or not said.frame.negated:
        return None
    believed = said.kind == "believe" and said.lemma != "understand"
    return said.told("assesses" if believed else "asserts")


def _doubted(said: _Said) -> Told | None:
    """`X doubts that A did it`, `It is far from certain that C`."""
    if said.lemma != "doubt" and not said.fits("doubts"):
        return None
    return said.told("assesses", said.states[:1])


def _condemned(said: _Said) -> Told | None:
    """`We condemn A's attacks`, `We condemn these acts`."""
    condemned = wording("condemns").match(said.text)
    if condemned is None:
        return None
    words, first = said.words, said.content[0]
    at = words[first].start + condemned.end()
    which = next((t.i for t in said.run if t.tag == "WH" and t.start > at), said.content[1])
    reach = (first, which)  # not what the acts are contrary to
    behind = [m for m in actors_in(words, said.entities, reach) if words[m.span[0]].start >= at]
    laid = [m for m in doers(said.sentence, said.content, said.entities) if m in behind]
    laid = laid or [m for m in behind if _owns_deed(words, m)]
    if laid:
        return said.told("accuses", laid[:1])
    return said.told("demands" if said.fits("urges", "and_urges") else "asserts")


def _owns_deed(words: Sequence[Token], mention: Mention) -> bool:
    """Whether the deed is somebody's: A's attacks, the A attack."""
    behind = words[mention.span[1] : mention.span[1] + 4]
    return any(t.low in ATTACK for t in behind) and behind[0].tag in ("POSS", "N", "ADJ")


def _charged(said: _Said) -> Told | None:
    """`We hold A responsible`; a third party's charge is only told."""
    if said.fits("blaming_as_such", "blame_lies_with") or (said.own and not said.fits("we_charge")):
        return None
    charge = wording("charging").search(said.text)
    if charge is None:
        return None
    at = said.words[said.content[0]].start + charge.end() - 1
    if _others_charge(said, at):
        return said.told("asserts")
    behind = [m for m in said.everyone if said.words[m.span[0]].start >= at - 1]
    if not behind:
        return None
    crew = behind[0].kind in ("group", "threat")
    return said.told("attributes" if crew else "accuses", behind[:1])


def _others_charge(said: _Said, at: int) -> bool:
    """Whether the charge in what somebody says is a third party's: `Iran said that Albania blamed
    it`."""
    words, (first, end) = said.words, said.content
    for entity in said.entities:
        behind = entity.span[1]
        while behind < end and words[behind].tag in ("AUX", "ADV"):
            behind += 1
        accusing = behind < end and words[behind].start <= at < words[behind].end + 1
        if accusing and first <= entity.span[0] and entity.kind in ("state", "organ", "house"):
            return entity.state is None or entity.state != said.speaker.government
    return False


def _tied_crew(said: _Said) -> Told | None:
    """`The group, X says, works for the ministry`; `a group it says is tied to the ministry`."""
    frame, words = said.frame, said.words
    if frame is None:
        return None
    place = wording("in_place").search(said.text) is not None
    crew = _crews(said, frame.cue[0]) if said.fits("crew_is_tied") else []
    if crew and said.everyone:
        return said.told("attributes", [tied_by(crew[-1], said.everyone[0], said.text)])
    if crew and place:
        return said.told("attributes", [msgspec.structs.replace(crew[-1], nexus="territory")])
    pronoun = said.run[0].low in ("it", "they") and not said.accused
    first, end = said.content
    abroad = place or any(first < e.span[0] < end and e.state for e in said.entities)
    if pronoun and said.fits("crew_is_tied") and abroad:
        return said.told("attributes")
    if frame.source is None or not said.fits("is_tied"):
        return None
    crew = _crews(said, frame.source[0])
    nexus = nexus_of(said.text) or ("territory" if place else None)
    if crew and not said.everyone and nexus is not None:
        return said.told("attributes", [msgspec.structs.replace(crew[-1], nexus=nexus)])
    if crew and said.everyone and said.content[0] == frame.cue[1] < len(words):
        return said.told("attributes", [tied_by(crew[-1], said.everyone[0], said.text)])
    return None


def _crews(said: _Said, end: int) -> list[Mention]:
    before = actors_in(said.words, said.entities, (0, end))
    return [m for m in before if m.kind in ("group", "threat")]


def _identified(said: _Said) -> Told | None:
    """`A was part of the team that did it`, `those behind it were students`."""
    member = member_of_crew(said.words, said.content, said.text) if not said.named else []
    if not said.named:
        member = member or who_they_were(said.words, said.content)
    member = member or acting_for(said.words, said.content, said.entities, said.text)
    culprit = wording("named_culprit").search(said.text)
    if culprit is not None:
        at = said.words[said.content[0]].start + culprit.start()
        member = [m for m in said.everyone if said.words[m.span[0]].start >= at][:1] or member
    return said.told("attributes", member) if member else None


# ---------------------------------------------------------------- denials


def _judged(said: _Said) -> Told | None:
    """`X regards A as the main threat`, `X considers the files authentic`."""
    if said.lemma != "regard" or said.fits("behind") or said.counted:
        return None
    return said.told("assesses", said.states[:1])


def _denied(said: _Said) -> Told | None:
    """`X said it had nothing to do with it`, `The claims are baseless, X said`."""
    speaker = said.speaker
    if said.fits("not_me") and (said.own or said.self_named):
        return said.told("denies", said.self_named)
    of_state = said.states and said.states[0].span[0] <= said.content[0] + 1
    if of_state and speaker.government is None and said.fits("had_no_part"):
        return said.told("denies", said.states[:1])
    if said.fits("it_was_not", "no_attack", "nobody_got_in"):
        return said.told("denies", said.self_named)
    lie = said.fits("word_of_denial")
    if lie and len(said.text.split()) <= 3:
        return said.told("denies")
    at_home = said.own or not said.accused or speaker.government == said.accused[0].state
    if lie and said.fits("any_such"):
        return said.told("denies", said.self_named)
    if lie and at_home and said.fits("what_was_laid") and not said.fits("must"):
        return said.told("denies")
    if said.fits("rejects") and said.lemma not in _KNOWING:
        return said.told("denies", said.self_named)
    if (said.fits("accusation") and said.fits("scorn")) or said.fits("wrongly_accused"):
        return said.told("denies")
    return None


# ---------------------------------------------------------------- announcing and demanding


def _announced(said: _Said) -> Told | None:
    """`X announced sanctions on A`, `X announced charges against A`, `X announced it was hit`."""
    if said.kind != "announce" or (said.accused and said.fits("behind")):
        return None
    lows = " ".join(t.low for t in said.run)
    if wording("befell").search(lows):
        return said.told("attributes" if said.named else "asserts", said.accused[:1])
    named = said.accused or [m for m in said.everyone if _set_on(said.words, m)]
    if wording("charged").search(lows):
        return said.told("accuses", named[:1])
    return said.told("announces", named[:1] if "sanctions" in lows else said.accused[:1])


def _set_on(words: Sequence[Token], mention: Mention) -> bool:
    """Whether a step is taken against somebody: charges against, sanctions on, for."""
    return mention.span[0] > 0 and words[mention.span[0] - 1].low in ("against", "on", "for", "at")


def _ruled_out(said: _Said) -> Told | None:
    """`X ruled out paying`, `X imposed C`."""
    step = re.match(r"out (?:any |ever )?(\w+ing)\b", said.text, re.IGNORECASE)
    ruled = said.lemma == "rule" and step is not None and step[1] not in ATTACK
    return said.told("announces") if ruled or said.lemma in _STEPS else None


def _unable(said: _Said) -> Told | None:
    """`X said there was no proof that C`, `it was unclear whether C`."""
    unable = said.fits("unable") and not said.fits("offers_nothing")
    return said.told("asserts") if unable or said.fits("i_do_not_know") else None


def _advised(said: _Said) -> Told | None:
    """`X advises owners to patch`, `it is vital that owners patch`."""
    advised = said.fits("is_vital") or (said.lemma == "advise" and said.fits("advised_to"))
    return said.told("demands") if advised else None


def _conditional(said: _Said) -> Told | None:
    """`If C, X said, D`."""
    inverted = said.run[0].tag == "AUX" and not said.run[0].upper  # that had involvement in C
    return said.told("asserts") if said.fits("condition") and not inverted else None


def _is_counterfactual(said: _Said) -> bool:
    """`If A had patched in time, nobody would have noticed`: it tells what did not happen."""
    whole = " ".join(t.low for t in said.words)
    return wording("counterfactual").match(whole) is not None


def _must(said: _Said) -> Told | None:
    """`A must stop, X said`."""
    if said.own or not said.fits("must") or said.fits("must_be_seen", "no_demand"):
        return None
    must = next((t.i for t in said.run if wording("must").fullmatch(t.low)), said.content[1])
    asked = [m for m in said.everyone if m.span[1] <= must]
    return said.told("demands", [*asked, *said.accused, *said.everyone][:1])


def _urged(said: _Said) -> Told | None:
    """`We call on A to stop, X said`, `we expect the authorities to act`."""
    asked = said.fits("urges") or _expects(said)
    return said.told("demands", said.everyone[-1:]) if asked else None


def _expects(said: _Said) -> bool:
    """Whether somebody expects of a state or of those addressed that they do a thing; not what will
    happen."""
    words, (start, _) = said.words, said.content
    verb = next((t for t in said.run[:5] if t.low in ("expect", "expects")), None)
    if verb is None and said.lemma != "expect":
        return False
    first = start if verb is None else verb.i + 1
    to = next((t.i for t in words[first : first + 9] if t.low == "to"), None)
    if to is None or to + 1 >= len(words) or words[to + 1].low in COPULA:
        return False
    asked = any(first <= e.span[0] < to and e.kind != "group" for e in said.entities)
    between = words[first:to]
    return (asked or any(t.low in ADDRESSED for t in between)) and not any(
        t.tag in ("V", "AUX") or t.low in ATTACK for t in between
    )


def _acted(said: _Said) -> Told | None:
    """`X said it had reset all passwords`, `the ministry will publish C`: what the own side does or
    will do, not what befell it."""
    text = re.sub(r"[\"“”]", "", said.text)
    if wording("own_act").match(text) or wording("no_plans").match(text):
        return said.told("announces")
    words = said.words
    start = said.content[0] + words[said.content[0]].quote
    opening = [t.low for t in words[start : start + 2]]
    sides = ("government", "company", "ministry", "firm", "state")
    ours = opening[:1] in (["the"], ["our"]) and opening[1] in sides if opening[1:] else False
    stately = (
        said.speaker.type == "official"
        and said.speaker.government is None
        and any(
            e.kind == "state" and said.content[0] <= e.span[0] <= said.content[0] + 2
            for e in said.entities
        )
    )
    doubled = any(t.tag == "PRON" for t in words[start + 1 : start + 2])
    if doubled or not (said.own or stately or ours):
        return None
    done = not stately and wording("acted").match(text)
    return said.told("announces") if done or wording("will_act").match(text) else None


def _measures(said: _Said) -> Told | None:
    """`Charges against A were unsealed`, `B expelled two diplomats`."""
    if said.accused and said.fits("charges_against"):
        return said.told("accuses", said.accused[:1])
    taken = said.speaker.type in _STATELY and said.fits("measure_taken")
    measure = (taken or said.fits("measure")) and not said.fits("behind")
    return said.told("announces") if measure else None


# ---------------------------------------------------------------- attributing


def _alike(said: _Said) -> Told | None:
    """`The code resembles that of A`: likeness is no authorship."""
    if not said.fits("similar") or said.fits("behind"):
        return None
    crew = [m for m in [*said.accused, *said.everyone] if m.kind == "group"]
    if not crew:
        return None
    return said.told("assesses" if said.lemma in _KNOWING else "asserts", crew[:1])


def _possible(said: _Said) -> Told | None:
    """`One theory is that C`."""
    return said.told("assesses", said.accused[:1]) if said.fits("possibility") else None


def _laid(said: _Said) -> Told | None:
    """`A broke into the ministry, X said`."""
    if not said.accused or (said.kind == "estimate" and said.counted):
        return None
    if said.lemma == "warn" and said.fits("of_threat"):
        return None  # warned of a growing threat from A
    if said.fits("is_a_threat") and not said.fits("behind"):
        return said.told("assesses", said.accused[:1])
    spelled = spelled_out(said.words, said.accused[0], said.content[1], said.everyone)
    laid = spelled or listed(said.words, said.accused)
    return said.told(_attributed_or_accused(said), laid)


def _attributed_or_accused(said: _Said) -> Stance:
    """A state's misconduct is an accusation; authorship of an attack is an attribution."""
    if said.fits("conduct_of") and said.accused[0].kind in ("state", "organ"):
        return "accuses"
    words, end = said.words, said.content[1]
    first = said.accused[0]
    behind = words[first.span[1] : end]
    if first.kind in ("state", "organ") and (
        said.lemma == "allege" or _is_habit(words, first, end)
    ):
        return "accuses"
    linked = first.nexus in ("territory", "linked", "linked-to-state-organ")
    if first.kind in ("group", "threat") or linked or said.fits("behind"):
        return "attributes"
    if wording("wrongdoer").search(" ".join(t.low for t in behind)):
        return "accuses"  # A is the biggest hacker
    if first.norm.endswith("(unspecified)"):
        return _laid_at_a_people(said, first)
    if behind and behind[0].tag == "POSS":
        return "attributes" if behind[1:] and behind[1].low in DOING else "accuses"
    if said.fits("it_was_them"):
        return "attributes"
    lows = [t.low for t in behind]
    verb = next((t for t in behind if t.tag == "V"), None)
    if verb is not None and verb.low not in _MISCONDUCT:
        return "attributes"
    before = words[said.content[0] : first.span[0]]
    passive = bool(before) and before[-1].low == "by" and any(t.low in ATTACK for t in before)
    plain = verb is None and (passive or any(low in ATTACK for low in lows))
    return "attributes" if plain else "accuses"


def _is_habit(words: Sequence[Token], first: Mention, end: int) -> bool:
    """Whether a state is told to do a thing again and again, not one deed: `A has been breaking into
    C since May`, `A has long wiretapped B`, `A had aimed to disrupt C`."""
    run = words[first.span[1] : min(first.span[1] + 7, end)]
    text = " ".join(t.low for t in itertools.takewhile(lambda t: t.tag != "PUNCT", run))
    return wording("habit").match(text) is not None


def _laid_at_a_people(said: _Said, first: Mention) -> Stance:
    """`It was the Russians`, `the Chinese hacked it`, `we call out Chinese behavior`."""
    did = said.words[first.span[1] : min(first.span[1] + 4, said.content[1])]
    verbs = (t.low for t in did if t.tag in ("V", "AUX"))
    if (
        first.nexus != "unspecified"
        or any(low in ATTACK or low in ADVERSE or low == "did" for low in verbs)
        or said.fits("it_was_the_people")
    ):
        return "attributes"
    if did and did[0].tag == "POSS":
        return "attributes" if did[1:] and did[1].low in DOING else "accuses"
    return "accuses" if said.fits("outspoken") else "asserts"


# What a state does short of attacking by its own hand.
_MISCONDUCT = word_set(
    "foster fostered hire hired hiring allow allowed allowing shelter sheltered sheltering harbor "
    "harbored harbour harboured support supported supporting violate violated violating ignore "
    "ignored undermine undermined undermining tolerate tolerates tolerated encourage encouraged "
    "use used using nurture nurtured nurturing cultivate cultivated groom groomed recruit "
    "recruited turned protect protected shield shielded shielding enable enabled condone condoned "
    "fund funded paid pay threaten threatened refuse refused fail failed lied lie lying interfere "
    "interfered engage engaged engaging commit committed"
)


# ---------------------------------------------------------------- estimating and assessing


def _estimated(said: _Said) -> Told | None:
    """`X said 300 systems were hit`, `X put the damage at $10m`."""
    if said.kind == "estimate":
        return said.told("estimates")
    in_passing = bool(said.counted) and said.counted[0].start > 12
    if in_passing and said.counted[0].bound == "exact" and said.counted[0].value < 5:
        return None  # found the same tool on two servers
    counted = [q for q in said.counted if not _is_beside(q, said.text)]
    if not counted:
        return None
    if said.lemma in _RECKONING or said.fits("seen") or said.lemma in _COUNTING:
        return said.told("estimates")
    acting = [m for m in said.bare if m.span[0] <= said.content[0] + 3]
    if acting:  # the hackers took so much
        return None if _is_the_crew(said) else said.told("asserts", acting[:1])
    if said.own:
        boasted = _is_hostile(said) and counted[0].value >= 1000
        return said.told("estimates") if boasted or counted[0].unit == "data" else None
    costs = any(q.unit == "money" for q in counted) and said.fits("future")
    victims = any(q.unit in VICTIMS and q.value >= 100 for q in counted)
    point = costs or victims or _figure_is_the_point(counted[0], said.text)
    return said.told("estimates") if point else None


def _is_beside(quantity: Quantity, text: str) -> bool:
    """Whether a figure only tells a circumstance: `a breach after 12 million records were sold`."""
    return wording("circumstance").search(text[: quantity.start]) is not None


def _figure_is_the_point(first: Quantity, text: str) -> bool:
    """Whether a statement is about its figure: it opens with it, or tells what befell so many."""
    if first.value < 10 and (first.bound == "exact" or first.predicate is None):
        return first.value >= 5 and first.predicate is not None and first.start <= 12
    befell = first.predicate is not None and first.unit != "money"  # not: paid so much
    stands = wording("comes_to").search(text[: first.start])
    return first.start <= 12 or befell or stands is not None


def _foreseen(said: _Said) -> Told | None:
    """`X warned of further attacks`, `X expects that C will follow`."""
    warned = said.lemma == "warn" and said.fits("of_or_about")
    coming = said.lemma in _FORESEEING and said.fits("future")
    return said.told("assesses") if warned or coming else None


def _assessed(said: _Said) -> Told | None:
    """`The attack was reckless, X said`, `X believes that C`."""
    judged = not said.own and said.speaker.type != "narrator" and _is_judgment(said)
    if said.fits("condemning"):
        return said.told("asserts")
    if judged or said.weighed or said.fits("evaluates", "harms", "others_believe"):
        return said.told("assesses")
    if (
        not said.own
        and said.speaker.type != "narrator"
        and said.fits("could_be", "of_everybody", "indicates")
    ):
        return said.told("assesses")
    if said.lemma in _KNOWING:
        deed = any(t.low in ATTACK | ADVERSE | _TRIES for t in _verb_of(said))
        return said.told("attributes", said.bare[:1]) if deed else said.told("assesses")
    if _is_the_crew(said):
        return said.told("attributes", said.bare[:1])
    if said.own:
        return said.told("asserts")
    speaker = said.speaker
    nobody = speaker.type == "anonymous" and speaker.government is None
    told = said.lemma in _DISCLOSING or said.fits("event")
    if said.fits("weighs") and _about_attack(said) and not told:
        return said.told("assesses")
    known = speaker.type in _JUDGES or (speaker.type == "anonymous" and not nobody)
    return said.told("assesses") if known and said.fits("judges") else None


def _is_the_crew(said: _Said) -> bool:
    """Whether the content opens with one crew that was named before: `the gang also hit B`."""
    if not said.bare:
        return False
    before = said.words[said.content[0] : said.bare[0].span[0]]
    spaced = not before or before[-1].text == "," or all(t.quote for t in before)
    if not spaced or any(t.tag in ("V", "AUX") for t in before):
        return False  # an apposition may stand before it
    run = said.words[slice(*said.bare[0].span)]
    return run[0].low in ("the", "this", "that") and run[-1].low in _CREWS and len(run) < 4


_CREWS = word_set("group gang crew unit team outfit collective syndicate mob ring")
_TRIES = word_set("testing tested experimenting experimented probing probed")


def _verb_of(said: _Said) -> Sequence[Token]:
    """What attackers without a name are said to do."""
    if not said.bare:
        return []
    behind = said.words[said.bare[0].span[1] : said.bare[0].span[1] + 5]
    return [t for t in behind if t.tag == "V"][:1]


def _is_judgment(said: _Said) -> bool:
    """Whether the main clause says what something is like: `that was a disaster`, `it looks like
    C`; not what befell it, where it is or what it holds."""
    own = range(0)
    if said.frame is not None and said.frame.source is not None:
        spans = (said.frame.cue, said.frame.source)
        own = range(min(a for a, _ in spans), max(b for _, b in spans))
    run = [t for t in said.run if not t.quote and t.i not in own and t.text != ","]
    if _ends_in_judgment(run):
        return True
    verb = next((k for k, t in enumerate(run[:12]) if t.tag in ("V", "AUX")), None)
    if verb is None or verb == 0 or run[0].low in ("there", "no", "none", "nobody"):
        return False
    if run[verb].low in _LIKENS and run[verb + 1 :]:
        return run[verb + 1].low in ("like", "as", "to")
    while verb + 1 < len(run) and run[verb].tag == "AUX" and run[verb + 1].tag in ("AUX", "ADV"):
        verb += 1
    be = [t for t in run[: verb + 1] if t.tag == "AUX"]
    rest = [t for t in run[verb + 1 : verb + 9] if t.tag not in ("ADV", "NEG")]
    if not be or be[-1].low not in COPULA or not rest:
        return False
    if rest[0].low in ("like", "to", "as", "about"):
        return rest[0].low == "like"
    if rest[0].low in ("both", "all", "each"):
        return False
    if rest[0].tag == "DET":
        head = next(
            (
                t
                for t, n in itertools.pairwise([*rest, rest[-1]])
                if t.tag == "N" and (n is t or n.tag not in ("N", "P"))
            ),
            None,
        )
        return head is not None and head.low not in _FACTS
    spoken = any(t.low == "speaking" for t in rest[:3])
    plain = rest[0].tag == "ADJ" and not rest[0].upper  # not: is Russian
    return plain and rest[0].low not in _FACTS and not spoken


def _ends_in_judgment(run: Sequence[Token]) -> bool:
    """`The threat to the services we rely on is real`."""
    be = next((k for k in range(len(run) - 1, 0, -1) if run[k].tag in ("V", "AUX")), 0)
    rest = [t for t in run[be + 1 :] if t.tag not in ("ADV", "PUNCT")]
    plain = len(rest) == 1 and rest[0].tag == "ADJ" and rest[0].low not in _FACTS
    return bool(be) and run[be].low in COPULA and plain


_LIKENS = word_set("looks look looked feels feel felt sounds sound sounded seems seemed")
# What a thing is as a matter of fact.
_FACTS = word_set(
    "victim victims target targets cause part member members customer customers supplier owner "
    "unit branch user users source name address version aware unaware able unable sorry open "
    "available unavailable online offline reachable vulnerable unclear clear true false same "
    "responsible similar identical consistent active safe secure intact normal ready present due "
    "first second third last only other such own apolitical confident certain sure case time way "
    "same alone inside outside sufficient insufficient usable"
)


def _about_attack(said: _Said) -> bool:
    """Whether what stands before the first verb speaks of an attack."""
    if said.bare:
        return True
    verb = next((k for k, t in enumerate(said.run) if k and t.tag in ("V", "AUX")), len(said.run))
    return any(t.low in ATTACK for t in said.run[:verb])


# In this order: a denial is no accusation, a demand no assessment.
_RULES: tuple[Callable[[_Said], Told | None], ...] = (
    _cited,
    _confession,
    _of_nation,
    _not_believed,
    _doubted,
    _condemned,
    _charged,
    _tied_crew,
    _identified,
    _judged,
    _denied,
    _announced,
    _ruled_out,
    _unable,
    _advised,
    _conditional,
    _must,
    _urged,
    _acted,
    _measures,
    _alike,
    _possible,
    _laid,
    _estimated,
    _foreseen,
    _assessed,
)


# ---------------------------------------------------------------- of whom it speaks


def _is_personal(said: _Said) -> bool:
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
_STATES_OF_MIND = word_set("aware unaware sure confident sorry able unable itself")
_UNDER_WAY = word_set("investigating making looking examining reviewing working taking")
_OF_THE_ATTACK = word_set("signals signaled signalled is was appears seems came began marks shows")


_THIRD = word_set("it he she they its his her")


def _of_speaker(said: _Said) -> bool:
    """Whether the content's subject is its speaker."""
    first = next((t for t in said.run if not t.quote and t.tag != "PUNCT"), None)
    if said.run[0].quote and first is not None and first.low in _THIRD:
        return False  # who is quoted speaks of others as `it`
    if first is None or (first.low == "they" and said.speaker.type in ("official", "person")):
        return False
    if first.low == "it":  # `it signals a shift` speaks of the attack
        behind = said.words[first.i + 1 : first.i + 3]
        own = behind[1:] and (behind[1].low in _STATES_OF_MIND or behind[1].low in _UNDER_WAY)
        return bool(own) or not any(t.low in _OF_THE_ATTACK for t in behind[:1])
    if first.low in ("we", "he", "she", "they", "i", "its", "our", "his", "her"):
        return True
    home, start = said.speaker.government, said.content[0]
    return home is not None and any(
        e.state == home and e.kind in ("state", "organ") and start <= e.span[0] <= start + 2
        for e in said.entities
    )
