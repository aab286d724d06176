"""What a speaker does with a statement: accuse, attribute, assess, assert, estimate, deny, demand,
announce.

`stance_of_said` asks the rules of `_RULES` in their order; the first that answers decides.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import msgspec

from afterpatch.claims.frames.attribution import Attribution
from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import ADVERSE, ATTACK, word_set
from afterpatch.claims.schema import Speaker, Stance
from afterpatch.claims.stance.accused import spelled_out
from afterpatch.claims.stance.agents import DOING, as_actor, doers, listed
from afterpatch.claims.stance.culprits import (
    acting_for,
    crew_of_nation,
    member_of_crew,
    who_they_were,
)
from afterpatch.claims.stance.evidential import stance_of_believed
from afterpatch.claims.stance.judging import assessed, estimated, foreseen
from afterpatch.claims.stance.said import KNOWING, Said, Told
from afterpatch.claims.stance.steps import (
    acted,
    advised,
    announced,
    measures,
    must,
    ruled_out,
    urged,
)
from afterpatch.claims.stance.ties import tied_by
from afterpatch.claims.who.mentions import Entity, Mention, actors_in, nexus_of

__all__ = ["stance_of_said"]


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
    said = Said(sentence, content, speaker, frame, entities)
    if said.says_nothing():
        return None
    for rule in _RULES:
        told = rule(said)
        if told is not None:
            return told
    return said.told("asserts")


# ---------------------------------------------------------------- who did it


def _cited(said: Said) -> Told | None:
    """`citing C`."""
    return said.told("asserts") if said.lemma == "cite" else None


def _confession(said: Said) -> Told | None:
    """`X said it was behind the attack`, `the hackers said they had stolen C`, `X boasted of
    hacking B`."""
    frame = said.frame
    if frame is None or frame.source is None:
        return None
    boasts = said.lemma in ("boast", "brag", "claim", "crow") and said.fits("boasts_deed")
    source = actors_in(said.words, said.entities, frame.source)
    hostile = said.hostile
    if hostile and said.counted and said.counted[0].value >= 1000:
        return None
    if any(t.tag == "NEG" for t in said.run[:4]):
        return None  # it was not behind the attack
    if not (boasts or said.fits("it_was_us") or (hostile and said.fits("we_attacked"))):
        return None
    crew = source or as_actor(said.words, frame.source)
    return said.told("attributes", crew[:1])


def _of_nation(said: Said) -> Told | None:
    """`The hackers were likely Russian`."""
    crew = crew_of_nation(said.words, said.content, said.entities)
    return said.told("attributes", [crew]) if crew is not None else None


def _not_believed(said: Said) -> Told | None:
    """`X does not believe that C`, `X could not say whether C`."""
    if said.frame is None or not said.frame.negated:
        return None
    believed = said.kind == "believe" and said.lemma != "understand"
    return said.told("assesses" if believed else "asserts")


def _doubted(said: Said) -> Told | None:
    """`X doubts that A did it`, `It is far from certain that C`, `X ruled out that C`."""
    excluded = said.lemma == "rule" and said.text.startswith("out that")
    if said.lemma != "doubt" and not excluded and not said.fits("doubts"):
        return None
    return said.told("assesses", said.states[:1])


def _condemned(said: Said) -> Told | None:
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


def _charged(said: Said) -> Told | None:
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


def _others_charge(said: Said, at: int) -> bool:
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


def _tied_crew(said: Said) -> Told | None:
    """`The group, X says, works for the ministry`; `a group it says is tied to the ministry`."""
    frame, words = said.frame, said.words
    if frame is None or any(t.tag == "NEG" for t in said.run):
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


def _crews(said: Said, end: int) -> list[Mention]:
    before = actors_in(said.words, said.entities, (0, end))
    return [m for m in before if m.kind in ("group", "threat")]


def _identified(said: Said) -> Told | None:
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


def _judged(said: Said) -> Told | None:
    """`X regards A as the main threat`, `X considers the files authentic`."""
    if said.lemma != "regard" or said.fits("behind") or said.counted:
        return None
    return said.told("assesses", said.states[:1])


def _denied(said: Said) -> Told | None:
    """`X said it had nothing to do with it`, `The claims are baseless, X said`."""
    speaker = said.speaker
    if said.fits("it_was_not_us") or (said.fits("not_me") and (said.own or said.self_named)):
        return said.told("denies", said.self_named)
    of_state = said.states and said.states[0].span[0] <= said.content[0] + 1
    if of_state and speaker.government is None and said.fits("had_no_part"):
        return said.told("denies", said.states[:1])
    if said.fits("it_was_not", "no_attack", "not_breached", "nobody_got_in"):
        return said.told("denies", said.self_named)
    lie = said.fits("word_of_denial")
    if lie and len(said.text.split()) <= 3:
        return said.told("denies")
    at_home = said.own or not said.accused or speaker.government == said.accused[0].state
    if lie and said.fits("any_such"):
        return said.told("denies", said.self_named)
    if lie and at_home and said.fits("what_was_laid") and not said.fits("must"):
        return said.told("denies")
    if said.fits("rejects") and said.lemma not in KNOWING:
        return said.told("denies", said.self_named)
    if (said.fits("accusation") and said.fits("scorn")) or said.fits("wrongly_accused"):
        return said.told("denies")
    return None


# ---------------------------------------------------------------- nothing known


def _unable(said: Said) -> Told | None:
    """`X said there was no proof that C`, `it was unclear whether C`."""
    unable = said.fits("unable") and not said.fits("offers_nothing")
    return said.told("asserts") if unable or said.fits("i_do_not_know") else None


def _conditional(said: Said) -> Told | None:
    """`If C, X said, D`."""
    inverted = said.run[0].tag == "AUX" and not said.run[0].upper  # that had involvement in C
    return said.told("asserts") if said.fits("condition") and not inverted else None


# ---------------------------------------------------------------- attributing


def _alike(said: Said) -> Told | None:
    """`The code resembles that of A`: likeness is no authorship."""
    if not said.fits("similar") or said.fits("behind"):
        return None
    everyone = [*said.accused, *said.everyone]
    crew = [m for m in everyone if m.kind == "group" or (m.kind == "threat" and m.state)]
    if not crew:
        return None
    return said.told("assesses" if said.lemma in KNOWING else "asserts", crew[:1])


def _possible(said: Said) -> Told | None:
    """`One theory is that C`."""
    return said.told("assesses", said.accused[:1]) if said.fits("possibility") else None


def _laid(said: Said) -> Told | None:
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


def _attributed_or_accused(said: Said) -> Stance:
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
    """Whether a state is told to do a thing again and again, not one deed: `A has been breaking
    into C since May`, `A has long wiretapped B`, `A had aimed to disrupt C`."""
    run = words[first.span[1] : min(first.span[1] + 7, end)]
    text = " ".join(t.low for t in itertools.takewhile(lambda t: t.tag != "PUNCT", run))
    return wording("habit").match(text) is not None


def _laid_at_a_people(said: Said, first: Mention) -> Stance:
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


# In this order: a denial is no accusation, a demand no assessment.
_RULES: tuple[Callable[[Said], Told | None], ...] = (
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
    announced,
    ruled_out,
    _unable,
    advised,
    _conditional,
    must,
    urged,
    acted,
    measures,
    _alike,
    _possible,
    _laid,
    estimated,
    foreseen,
    assessed,
)
