"""What a speaker does with a statement: accuse, attribute, assess, assert, estimate, deny, demand,
announce; and when a sentence states nothing.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import msgspec

from afterpatch.claims.figures import quantities
from afterpatch.claims.frames import Attribution
from afterpatch.claims.mentions import CONDUCT, Entity, Mention, actors_in, nexus_of
from afterpatch.claims.schema import Quantity, Speaker, Stance
from afterpatch.claims.syntax import Span, without_edges
from afterpatch.claims.text import Sentence, Token
from afterpatch.claims.words import (
    ADVERSE,
    ATTACK,
    CLAIM_NOUNS,
    COPULA,
    DOCUMENTS,
    GUARDED,
    word_set,
)

__all__ = ["accused_by", "is_irrealis", "refuses", "stance_of_said", "stance_of_telling"]

_REFUSES = re.compile(
    r"\b(?:declin\w+|refus\w+) to (?:be (?:named|identified|quoted)|comment|say|answer|"
    r"name|identify|attribute|discuss|elaborate|"
    r"speculate)\b"
    r"|\b(?:would|did|do|does|has|have) (?:not|n['’]t) (?:immediately )?(?:comment|respond|reply|"
    r"return|name|identify|elaborate|answer)\b"
    r"|\b(?:did|do|does|has|have|would)(?: not|n['’]t) (?:say|said|specify|specified|disclose|"
    r"give|reveal)\b(?= (?:which|who|whether|how|why|when|what|where)\b)"
    r"|\bwould not be drawn\b|\bstopp(?:ed|ing) short of\b"
    r"|\bcould not (?:immediately )?(?:be reached|reach|verify)\b|"
    r"\bwithout naming\b"
    r"|\bneither (?:confirm\w*|den\w+) nor (?:den|confirm)\w+|\bneither (?:\w+ ){1,3}(?:commented|"
    r"replied|responded|answered)\b"
    r"|\bnot (?:immediately )?(?:available|reachable) for comment\b|\bno (?:immediate )?comment\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"^[\"“]?(?:if|had|were|unless|suppose|supposing|should|imagine|assuming|whether|provided "
    r"that|what if|in case|let(?: us|['’]s) (?:suppose|assume|imagine))\b",
    re.IGNORECASE,
)
_ASKED = re.compile(r"^[\"“‘][^\"”]*\?[\"”’] (?:asked|asks|wondered)\b[^,]*$")
_ORDER = re.compile(
    r"^(?:please|subscribe|follow|read|click|see|sign|share|join|watch|download|visit|contact|"
    r"learn|check|enable|get|try|donate|reach|email|"
    r"accept|posted|published|updated|tags?|by)\b",
    re.IGNORECASE,
)


def refuses(sentence: Sentence) -> Span | None:
    """Where somebody says that nothing is said, in tokens."""
    found = _REFUSES.search(sentence.text)
    if found is None:
        return None
    first, end = sentence.start + found.start(), sentence.start + found.end()
    inside = [t.i for t in sentence.tokens if first <= t.start < end]
    return (inside[0], inside[-1] + 1) if inside else None


def is_irrealis(sentence: Sentence) -> bool:
    """Whether the sentence asks, supposes or invites, and so states nothing."""
    text = sentence.text
    if text.rstrip("\"”'’»)] ").endswith("?") or _ASKED.search(text):
        return True
    if _CONDITION.match(text):
        return True
    return _ORDER.match(text) is not None and len(sentence.tokens) < 14


# ---------------------------------------------------------------- verbs with an accused


def accused_by(
    sentence: Sentence,
    frame: Attribution,
    entities: Sequence[Entity],
) -> tuple[Stance, list[Mention], Span | None] | None:
    """Stance, actors and content of a frame that takes an accused; None where it accuses nobody."""
    words = sentence.tokens
    kind = frame.kind
    if kind == "deny":
        return _denial(sentence, frame, entities)
    if kind == "demand":
        return _demand(sentence, frame, entities)
    if kind == "describe":
        return _description(sentence, frame, entities)
    if frame.negated and kind != "attribute":
        return None  # who blames nobody says nothing
    rest = (frame.cue[1], _reach(words, frame))
    if frame.by in ("noun", "support"):
        span = frame.content or rest
        if kind == "charge":
            span = _after(words, rest, ("against",)) or span
        actors = _agents(sentence, span, entities, strict=False)
        if not actors:
            return None
        return _by_actor(kind, actors[0]), actors[:1], frame.content
    if frame.passive:
        return _passive(sentence, frame, entities, rest)
    to = _after(words, rest, _before_accused(frame))
    if kind == "blame" and to is not None and not actors_in(words, entities, to):
        to = None  # blames X for the attack on Y
    place: Span = rest
    if kind in ("attribute", "blame") and to is not None:
        place = to
    elif kind == "attribute":
        # attributed X as being behind it
        actors = _agents(sentence, rest, entities, strict=False)
        if actors and re.search(r"\bas (?:being )?(?:behind|responsible|the)\b", sentence.text):
            return "attributes", actors[:1], without_edges(words, rest)
        return None
    elif kind == "blame" and frame.lemma == "pin":
        return None
    actors = _agents(sentence, place, entities, strict=False)
    if (
        kind == "accuse"
        and rest[0] < rest[1]
        and words[rest[0]].low in ("it", "them", "him", "her")
    ):
        # accused it of: whoever was named before, not who is named in the charge
        source = frame.source or (0, 0)
        earlier = actors_in(words, entities, (0, frame.cue[0]))
        actors = [m for m in earlier if not source[0] <= m.span[0] < source[1]][-1:]
    actors = [a for a in actors if not a.span[0] or words[a.span[0] - 1].tag != "NEG"]
    if frame.lemma in ("condemn", "denounce", "slam") and _ACCUSATIONS.search(
        sentence.slice(words[rest[0] - 1].end, sentence.end)
    ):
        return "denies", [], without_edges(words, rest)
    if not actors and kind == "attribute":
        # links X to the attack: the crew is the object
        crew = actors_in(words, entities, (rest[0], place[0]))
        actors = [m for m in crew if m.kind in ("group", "threat")]
        place = rest
    if (
        kind == "blame"
        and frame.lemma == "hold"
        and not re.search(r"\b(?:responsible|accountable|liable)\b", sentence.text)
    ):
        return None
    if not actors and kind == "attribute":
        return None
    if (
        not actors
        and frame.lemma in ("condemn", "denounce")
        and frame.object is not None
        and any(t.low in ATTACK for t in words[frame.object[0] : frame.object[1]])
    ):
        return "accuses", [], without_edges(words, rest)
    if not actors:
        actors = _plain_object(sentence, frame)
        if not actors or kind in ("blame", "suspect"):
            return None
    if kind == "attribute":
        return "attributes", _joined(words, actors), (frame.cue[0], rest[1])
    if (
        kind == "accuse"
        and frame.lemma in ("condemn", "denounce", "slam", "finger")
        and (actors[0].kind not in ("state", "organ", "group", "threat"))
    ):
        return None
    first = actors[0]
    content = _of_what(words, first, rest)
    named = _joined(words, actors)
    return _by_actor(kind, first), named, content


def _before_accused(frame: Attribution) -> tuple[str, ...]:
    """The prepositions that lead to the one accused."""
    if frame.lemma == "lay":
        return ("on", "upon", "at", "with")
    return {"attribute": ("to", "with"), "blame": ("on",)}.get(frame.kind, ())


_ACCUSATIONS = re.compile(
    r"^\W*(?:[\w-]+\W+){0,4}?(?:accusations?|allegations?|charges?|claims?|smears?)\b",
    re.IGNORECASE,
)


def _by_actor(kind: str, actor: Mention) -> Stance:
    """A state, its organ or a person is accused; a crew is what a deed is attributed to."""
    if kind in ("charge", "accuse"):
        return "accuses"
    if actor.kind in ("state", "organ") and kind in ("blame", "suspect"):
        return "accuses"
    return "attributes"


def _reach(words: Sequence[Token], frame: Attribution) -> int:
    """Where what a frame says ends."""
    end = _end(words)
    return min(end, frame.limit) if frame.limit is not None else end


def _end(words: Sequence[Token]) -> int:
    end = len(words)
    while end and words[end - 1].text in (".", "!", "?", ";"):
        end -= 1
    return end


def _after(words: Sequence[Token], span: Span, prepositions: Sequence[str]) -> Span | None:
    for at in range(*span):
        if words[at].low in prepositions and at + 1 < span[1]:
            return at + 1, span[1]
        if words[at].text == ";":
            break
    return None


def _of_what(words: Sequence[Token], actor: Mention, rest: Span) -> Span | None:
    first = actor.span[1]
    if first < rest[1] and words[first].low in ("of", "for", "over", "with"):
        return without_edges(words, (first + 1, rest[1]))
    return without_edges(words, rest) if rest[1] > rest[0] else None


def _joined(words: Sequence[Token], actors: Sequence[Mention]) -> list[Mention]:
    """The first actor, and those that a list puts beside it."""
    named = [actors[0]]
    for other in actors[1:]:
        between = words[named[-1].span[1] : other.span[0]]
        if (
            other.kind == named[0].kind
            and between
            and all(
                t.text in (",", "&", "(", ")") or t.low in ("and", "the", "or") for t in between
            )
        ):
            named.append(other)
    return named


def _plain_object(sentence: Sentence, frame: Attribution) -> list[Mention]:
    """The accused where no table knows them: the object as it is written."""
    words = sentence.tokens
    if frame.object is None or frame.object[1] <= frame.object[0]:
        return []
    first, end = frame.object
    for at in range(first, end):
        if words[at].low in ("of", "for", "with", "over") and at > first:
            end = at
            break
    if not any(words[at].tag in ("P", "N", "PRON") for at in range(first, end)):
        return []
    head = next((t for t in reversed(words[first:end]) if t.tag in ("P", "N")), words[first])
    if head.low in ATTACK or head.low in ("move", "decision", "violence", "actions", "comments"):
        return []
    norm = " ".join(t.text for t in words[first:end])
    return [Mention("threat", (first, end), first, norm, None, "unspecified")]


def _passive(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity], rest: Span
) -> tuple[Stance, list[Mention], Span | None] | None:
    words = sentence.tokens
    behind = _after(words, rest, _before_accused(frame))
    subject = frame.object
    if frame.kind == "attribute" or (frame.kind == "blame" and behind and _pins(words, rest)):
        if behind is None:
            return None
        of_subject = actors_in(words, entities, subject) if subject else []
        crew = [m for m in of_subject if m.kind in ("group", "threat")]
        if crew and frame.kind == "attribute":
            crew = [_tied(crew[0], behind, entities), *crew[1:]]
            return "attributes", _joined(words, crew), frame.content
        actors = _agents(sentence, behind, entities, strict=False)
        if frame.source is not None:
            actors = [a for a in actors if not (frame.source[0] <= a.span[0] < frame.source[1])]
        if not actors:
            return None
        stance: Stance = (
            "attributes"
            if actors[0].kind in ("group", "threat") or frame.kind == ("attribute")
            else "accuses"
        )
        return stance, _joined(words, actors), frame.content
    if (
        frame.kind == "blame"
        and frame.lemma == "hold"
        and not re.search(r"\bheld (?:\w+ )?(?:responsible|accountable|liable)", sentence.text)
    ):
        return None
    if subject is None:
        return None
    actors = actors_in(words, entities, subject) or _as_actor(words, subject)
    if not actors:
        return None
    return "accuses", _joined(words, actors), without_edges(words, (frame.cue[0], rest[1]))


def _pins(words: Sequence[Token], rest: Span) -> bool:
    """Whether `on` is followed by somebody: blamed on X, not pinned on for."""
    for at in range(rest[0], min(rest[0] + 3, rest[1])):
        if words[at].low in ("on", "upon", "at"):
            return at + 1 < rest[1] and words[at + 1].tag != "ADP"
    return False


def _tied(mention: Mention, behind: Span, entities: Sequence[Entity]) -> Mention:
    """A crew that is linked to a state or its organ, with that tie."""
    for entity in entities:
        if behind[0] <= entity.span[0] < behind[0] + 5 and entity.kind in (
            "organ",
            "state",
            "demonym",
        ):
            nexus = "linked-to-state-organ" if entity.kind == "organ" else "linked"
            return Mention(
                mention.kind, mention.span, mention.head, mention.norm, entity.state, nexus,  # type: ignore[arg-type]
                mention.group,
            )  # fmt: skip
    return mention


def _as_actor(words: Sequence[Token], span: Span) -> list[Mention]:
    run = words[span[0] : span[1]]
    if not run or all(t.tag in ("DET", "PRON", "WH") for t in run):
        return []
    return [Mention("threat", span, span[0], " ".join(t.text for t in run), None, "unspecified")]


# ---------------------------------------------------------------- denials and demands

_DENIED = re.compile(
    r"\b(?:allegation|accusation|charge|claim|involvement|responsibility|role|link|report|finding|"
    r"suggestion|attack|"
    r"hack|cyber|wrongdoing|everything|being|having|carrying|any|that|it|them|this|doing|"
    r"conducting|interfer|"
    r"accus|blame)\w*",
    re.IGNORECASE,
)


def _denial(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity]
) -> tuple[Stance, list[Mention], Span | None] | None:
    words = sentence.tokens
    rest = (frame.cue[0], _reach(words, frame))
    if frame.negated:
        return "asserts", [], without_edges(words, rest)
    if frame.passive:
        subject = frame.object or rest
        text = _text(sentence, subject)
        if not _DENIED.search(text):
            return None
        return "denies", actors_in(words, entities, subject)[:1], frame.content
    after = sentence.slice(words[frame.cue[1] - 1].end, sentence.end)
    source = frame.source or (0, 0)
    told = sentence.slice(words[max(0, source[0] - 3)].start, words[source[0]].start)
    if frame.by == "verb" and not (_DENIED.search(after) or _DENIED.search(told)):
        return None  # a claim that A dismissed as C
    return "denies", [], without_edges(words, rest)


def _demand(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity]
) -> tuple[Stance, list[Mention], Span | None] | None:
    words = sentence.tokens
    rest = (frame.cue[0], _reach(words, frame))
    if frame.negated or (frame.passive and frame.source is None):
        return None
    behind = (frame.cue[1], rest[1])
    actors = [m for m in actors_in(words, entities, behind) if m.span[0] - behind[0] <= 4]
    if not actors and behind[0] < len(words) and words[behind[0]].low in ("it", "them"):
        earlier = actors_in(words, entities, (0, behind[0]))
        actors = [m for m in earlier if frame.source is None or m.span[0] >= frame.source[1]][-1:]
    if not actors:
        actors = [
            Mention("state", e.span, e.span[0], e.norm, e.state, "unspecified")
            for e in entities if behind[0] <= e.span[0] <= behind[0] + 3 and e.kind == "demonym"
        ]  # fmt: skip
    if re.search(r"\bnot to be (?:named|identified|quoted)\b", sentence.text):
        return None
    wishes = any(words[at].low == "to" or words[at].low == "that" for at in range(*behind))
    if not wishes:
        return None
    about = (
        actors
        or actors_in(words, entities, behind)
        or any(t.low in ATTACK or t.low in GUARDED for t in words[behind[0] :])
    )
    if not about:
        return None
    return "demands", actors[:1], without_edges(words, rest)


_WORD_OF_DENIAL = re.compile(
    r"\b(?:smear|fabricat|groundless|baseless|unfounded|slander|invention|lie|lies|nonsense|"
    r"absurd|disinformation|"
    r"politically motivated|false|untrue|unsubstantiated|rubbish|malicious speculation|a farce|"
    r"ridiculous)\w*",
    re.IGNORECASE,
)


_SCORN = re.compile(
    r"\b(?:irresponsible|unwarranted|without (?:evidence|proof|basis)|malicious|hype|ludicrous|"
    r"unacceptable|wrong|"
    r"exaggerated|unprofessional|hypocritical|far-fetched|hostile|provocati\w+)\b",
    re.IGNORECASE,
)


def _description(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity]
) -> tuple[Stance, list[Mention], Span | None] | None:
    words = sentence.tokens
    rest = (frame.cue[1], _reach(words, frame))
    after = sentence.slice(words[frame.cue[1] - 1].end, sentence.end)
    if frame.lemma == "call" and rest[0] < rest[1] and words[rest[0]].low in ("on", "for", "upon"):
        return _demand(sentence, frame, entities)
    if frame.lemma == "call" and rest[0] < rest[1] and words[rest[0]].low == "out":
        actors = _agents(sentence, rest, entities, strict=False)
        return ("accuses", actors[:1], without_edges(words, rest)) if actors else None
    if frame.passive:
        return None
    charged = re.search(
        r"\b(?:accusations?|allegations?|charges?|claims?|reports?|statements?)\b", after
    )
    if _WORD_OF_DENIAL.search(after) or (charged and _SCORN.search(after)):
        return "denies", [], without_edges(words, rest)
    nexus = nexus_of(after)
    if nexus is not None and (frame.lemma != "call" or "as" not in after):
        crew = [
            m for m in actors_in(words, entities)
            if m.kind in ("group", "threat") and (m.span[0] >= rest[0] or m.span[1] <= frame.cue[0])
        ]  # fmt: skip
        if crew:
            chosen = next((m for m in crew if m.span[0] >= rest[0]), crew[-1])
            if chosen.nexus == "unspecified":
                chosen = msgspec.structs.replace(chosen, nexus=nexus)
            return "attributes", [chosen], without_edges(words, rest)
    about = any(t.low in ATTACK for t in words[rest[0] :]) or _actors_near(words, entities, rest)
    named = frame.object is not None and any(t.low in ATTACK for t in words[slice(*frame.object)])
    by = [m for m in _agents(sentence, rest, entities) if words[m.span[0] - 1].low == "by"]
    if by and any(t.low in ATTACK for t in words[slice(*rest)]):
        return "attributes", by[:1], without_edges(words, rest)
    if frame.lemma == "call" and named:
        return "assesses", [], without_edges(words, rest)
    as_ = frame.lemma in ("describe", "characterize", "characterise", "label", "brand")
    if about and (as_ or any(t.quote for t in words[rest[0] :])):
        return "assesses", [], without_edges(words, rest)
    return None


def _actors_near(words: Sequence[Token], entities: Sequence[Entity], span: Span) -> bool:
    return bool(actors_in(words, entities, span))


# ---------------------------------------------------------------- what is said

_BEHIND = re.compile(
    r"\b(?:responsible|behind|involved|to blame|bears? (?:\w+ )?responsibility|accountable|"
    r"culprits?|perpetrators?|the work of|carried "
    r"out by|"
    r"conducted by|(?:point|lead)s? to|pointed to|led to|lies (?:\w+ )?with|rests with|"
    r"committed by|originat\w+|came from|orchestrat\w+|masterminded)\b",
    re.IGNORECASE,
)
_LIES_WITH = re.compile(r"\b(?:lies|rests|lay|rested) (?:\w+ )?with\b", re.IGNORECASE)
_MUST = re.compile(
    r"\b(?:must|should|ought to|need(?:s)? to|has to|have to|had better)\b", re.IGNORECASE
)
_UNABLE = re.compile(
    r"\b(?:can ?not|can['’]t|could not|couldn['’]t|unable to|not able to|no evidence|no "
    r"indication|no proof|no signs?|"
    r"do(?:es)? not know|don['’]t know|did not know|unclear|not clear|impossible to say|too early|"
    r"not (?:yet )?(?:been )?established|"
    r"yet to (?:determine|establish|identify|see|find))\b",
    re.IGNORECASE,
)
_NOT_ME = re.compile(
    r"\b(?:nothing to do with|not (?:involved|behind|responsible|engage|support|attack)|no "
    r"(?:part|role|involvement|connection)|"
    r"never (?:attack|hack|engag|carr|conduct|support)\w*)\b",
    re.IGNORECASE,
)
_COUNTING = word_set("flag detect observe find discover count identify")
_SEEN = re.compile(
    r"(?:it|they|he|she|we) (?:(?:has|have|had) )?(?:seen|saw|counted|found|observed|detected|"
    r"identified|recorded)\b",
    re.IGNORECASE,
)
_IT_WAS_NOT = re.compile(
    r"(?:it|this|that|he|she|they|we) (?:was|is|were|did|do|does|had|has|have)(?: not|n['’]t)",
    re.IGNORECASE,
)
_EMOTION = re.compile(
    r"^(?:it|he|she|they|we|i)\s+(?:is|was|were|are|am)\s+(?:[\"“]?\s*)?(?:\w+ly )?(?:concerned|"
    r"alarmed|worried|aware|confident|"
    r"convinced|certain|almost certain|sure|clear|satisfied|outraged)\s*[\"”]?\s+that\b",
    re.IGNORECASE,
)
_HOLDS = re.compile(
    r"^(?:\w+ ){0,6}(?:has|had|have|with) (?:\w+ )?(?:assurances?|confidence|evidence|proof|"
    r"indications?|intelligence|"
    r"reason to believe|no doubt)\s+that\b|^(?:it|there) (?:is|was) [\"“]?(?:\w+ )?(?:almost "
    r"certain|"
    r"highly likely|very likely|likely|"
    r"clear|certain|probable|possible|true|no doubt|little doubt)[\"”]?\s+that\b",
    re.IGNORECASE,
)
_OWN_ACT = re.compile(
    r"^(?:it|he|she|they|we)\s+(?:would|will|had|has|plans? to|is|was|intends? to|planned to|"
    r"were)\s*(?:soon |also |now |going to )?"
    r"(?:impose|sanction|expel|replace|release|publish|summon|end|launch|patch|offer|issue|open|"
    r"close|suspend|ban|"
    r"introduce|set up|recall|begin|start|shut|invest|send|provide|retaliate|respond)\w*",
    re.IGNORECASE,
)
_JUDGES = frozenset(
    ("government", "intergovernmental", "government-group", "government-agency", "official",
     "anonymous", "company", "organization")
)  # fmt: skip
_ACCUSATION = re.compile(r"\b(?:accusations?|allegations?)\b", re.IGNORECASE)
_REJECTS = re.compile(
    r"\b(?:reject|den(?:y|ies|ied)|refut|dismiss)\w*\b.{0,60}\b(?:accusations?|allegations?|"
    r"charges?|"
    r"claims?|involvement)\b",
    re.IGNORECASE,
)
_CHARGING = re.compile(
    r"\b(?:hold(?:s|ing)?|held)\b(?=.{1,80}\b(?:accountable|responsible)\b)|\b(?:blam|condemn|"
    r"accus)(?:e|es|ed|ing|s)?\b",
    re.IGNORECASE,
)
_OF_CREW = re.compile(
    r"^(?:it|they|the group|the hackers) (?:\w+ )?"
    r"(?:operat\w+|(?:is|are|was|were) (?:\w+ )?(?:based|backed|sponsored|run|"
    r"controlled|directed|linked|tied|part)|works?\b|belongs?\b)",
    re.IGNORECASE,
)
_OF_THEM = re.compile(
    r"(?:operat\w+|(?:is|are|was|were|has been) (?:\w+[ -])?(?:based|backed|sponsored|run|"
    r"controlled|directed|linked|tied|part)|works?|belongs?)\b",
    re.IGNORECASE,
)
_IDENTITY = re.compile(
    r"\b(?:same|controlled|backed|behind|responsible|known as|called|calls|linked|work(?:s|ed)? "
    r"for)\b"
)
_KNOWING = word_set("believe assess judge conclude determine suspect think reckon find")


def stance_of_said(
    sentence: Sentence,
    content: Span,
    speaker: Speaker,
    frame: Attribution | None,
    entities: Sequence[Entity],
) -> tuple[Stance, list[Mention], Span] | None:
    """Stance, actors and content of what somebody says; None where it says nothing."""
    words = sentence.tokens
    text = _text(sentence, content).strip("\"“”' ")
    if frame is not None and frame.passive:
        return _evidential(sentence, frame, content, entities)
    strip = _EMOTION.match(text) or _HOLDS.match(text)
    if strip is not None:
        at = words[content[0]].start + _text(sentence, content).find(text) + strip.end()
        content = (next((t.i for t in words if t.start >= at), content[0]), content[1])
        if content[0] >= content[1]:
            return None
        text = _text(sentence, content).strip("\"“”' ")
    if text.endswith("?") or _is_personal(words, content, entities):
        return None
    accused = _agents(sentence, content, entities)
    if speaker.government is not None and all(
        m.kind in ("state", "organ") and m.state == speaker.government for m in accused
    ):
        accused = []  # nobody lays a deed at the own door
    bare = [
        m for m in accused if m.kind == "threat" and m.state is None and m.nexus == "unspecified"
    ]
    if bare and bare[0] is accused[0] and not _IDENTITY.search(text):
        accused = []  # "the attackers" tells nobody's name
    lows = [t.low for t in words[content[0] : content[1]]]
    own = _own(words, content, speaker, entities)
    if frame is not None and frame.negated:
        unable = frame.modal or frame.lemma in ("confirm", "know", "say", "find", "believe")
        return (
            ("asserts", [], content)
            if unable and _about_attack(lows, accused)
            else (None if not unable else ("asserts", [], content))
        )
    gerund = re.match(r"(?:blaming|accusing|condemning)\b", text, re.IGNORECASE)
    charge = None if gerund or _LIES_WITH.search(text) else _CHARGING.search(text)
    if charge is not None and not own:
        at = words[content[0]].start + charge.end() - 1
        named = [m for m in actors_in(words, entities, content) if words[m.span[0]].start >= at - 1]
        if named and named[0].kind in ("state", "organ", "group", "threat"):
            return "accuses", named[:1], content
    if _OF_CREW.match(text) and frame is not None:
        earlier = actors_in(words, entities, (0, frame.cue[0]))
        crew = [m for m in earlier if m.kind in ("group", "threat")]
        tie = actors_in(words, entities, content)
        if crew and tie:
            return "attributes", [_tied_by(crew[-1], tie[0], text)], content
    if frame is not None and frame.source is not None and _OF_THEM.match(text):
        # a group it says is tied to the ministry: the noun before the frame
        crew = [
            m
            for m in actors_in(words, entities, (0, frame.source[0]))
            if m.kind in ("group", "threat")
        ]
        tie = actors_in(words, entities, content)
        nexus = nexus_of(text)
        if crew and not tie and nexus is not None:
            return "attributes", [msgspec.structs.replace(crew[-1], nexus=nexus)], content
        if crew and tie and content[0] >= frame.cue[1] == content[0]:
            return "attributes", [_tied_by(crew[-1], tie[0], text)], content
    if not accused and _BEHIND.search(text):
        accused = _unknown_name(words, content, entities)
    if _NOT_ME.search(text) and (own or _self_named(words, content, speaker, entities)):
        return "denies", _self_named(words, content, speaker, entities), content
    if _IT_WAS_NOT.fullmatch(text):
        return "denies", _self_named(words, content, speaker, entities), content
    if len(text.split()) <= 3 and _WORD_OF_DENIAL.search(text):
        return "denies", [], content
    if (
        _WORD_OF_DENIAL.search(text)
        and re.search(r"\b(?:charge|accus|alleg|claim|report|this|that|it)\w*", text, re.IGNORECASE)
        and (not accused or own or speaker.government == (accused[0].state if accused else None))
    ):
        return "denies", [], content
    if _REJECTS.search(text) and not (frame is not None and frame.lemma in _KNOWING):
        return "denies", _self_named(words, content, speaker, entities), content
    if _ACCUSATION.search(text) and _SCORN.search(text):
        return "denies", [], content
    if frame is not None and frame.kind == "announce":
        return _announced(content, accused, words, actors_in(words, entities, content))
    if frame is not None and re.match(r"(?:imposed|unsealed|brought|filed)\b", frame.lemma):
        return "announces", [], content
    if _UNABLE.search(text) and not own:
        return "asserts", [], content
    if _UNABLE.search(text) and own:
        return "asserts", [], content
    if frame is not None and frame.lemma == "advise" and re.match(r"(?:\w+ ){1,4}to \w+", text):
        return "demands", [], content
    if _CONDITION.match(text):
        return "asserts", [], content
    if (
        _MUST.search(text)
        and not own
        and not re.search(r"\bmust be (?:attributed|seen|assumed)\b", text)
    ):
        first = next((m for m in accused), None) or next(
            (m for m in actors_in(words, entities, content)), None
        )
        return "demands", [first] if first else [], content
    if re.match(r"(?:we|i) (?:\w+ )?(?:urge|ask|call on|demand|advise|request|encourage)\b", text,
                re.IGNORECASE):  # fmt: skip
        return "demands", [], content
    if _OWN_ACT.match(text):
        return "announces", [], content
    charged = re.search(r"\b(?:charges?|indictments?)\b.{0,20}\bagainst\b", text)
    if charged and accused:
        return "accuses", accused[:1], content
    if accused:
        return (
            _accusing(sentence, content, accused, text),
            _together(words, accused),
            content,
        )
    if frame is not None and frame.kind == "estimate":
        return "estimates", [], content
    counted = quantities(text, 0)
    if counted and (_SEEN.match(text) or (frame is not None and frame.lemma in _COUNTING)):
        return "estimates", [], content
    if counted and not own and _figure_is_the_point(counted, text):
        return "estimates", [], content
    if own and not (frame is not None and frame.lemma in _KNOWING):
        return "asserts", [], content
    judge = speaker.type in _JUDGES or (frame is not None and frame.by == "we")
    if frame is not None and frame.lemma in _KNOWING and judge:
        return "assesses", [], content
    if (
        speaker.type in _JUDGES
        and _about_attack(_subject_words(words, content), [])
        and not (speaker.type == "anonymous" and speaker.government is None)
    ):
        return "assesses", [], content
    if speaker.type in _JUDGES and speaker.type != "anonymous" and _judging(lows):
        return "assesses", [], content
    if speaker.type == "anonymous" and speaker.government and _judging(lows):
        return "assesses", [], content
    return "asserts", [], content


_PRIVATE = re.compile(
    r"(?:feel|felt|hop|wish|lov|hat|enjoy|thank|want|honou?r|disappoint)(?:e|s|es|ed|d|ing|ful)?|"
    r"likes?|liked|glad|proud|happy|sad|sorry|grateful|excited|eager|thrilled"
)


def _unknown_name(
    words: Sequence[Token], content: Span, entities: Sequence[Entity]
) -> list[Mention]:
    """A name that no table knows, where the content says that its holder was behind it."""
    end = content[0]
    while end < content[1] and words[end].tag == "P":
        end += 1
    span = (content[0], end)
    known = any(span[0] <= e.span[0] < span[1] for e in entities)
    if known or not 0 < end - content[0] <= 3 or end >= content[1] or words[end].tag != "AUX":
        return []
    return _as_actor(words, span)


def _is_personal(words: Sequence[Token], content: Span, entities: Sequence[Entity]) -> bool:
    """Whether somebody only speaks of the own person: feelings, wishes, memories, and of nothing
    that a report of an attack is about."""
    run = words[content[0] : content[1]]
    if any(t.low in ATTACK or t.low in GUARDED or t.tag == "NUM" for t in run):
        return False
    if any(content[0] <= e.span[0] < content[1] for e in entities):
        return False
    lows = [t.low for t in run]
    if any(low in ("i", "my") for low in lows) and run[0].quote:
        return not any(
            low in ("know", "think", "believe", "sure", "confident", "proof", "evidence")
            for low in lows
        )
    opening = [t for t in run if not t.quote][:5]
    return (
        bool(opening)
        and opening[0].low in ("he", "she", "they", "i")
        and any(_PRIVATE.fullmatch(t.low) for t in opening[1:])
    )


def _text(sentence: Sentence, span: Span) -> str:
    words = sentence.tokens
    if span[0] >= span[1]:
        return ""
    return sentence.slice(words[span[0]].start, words[span[1] - 1].end)


def _about_attack(lows: Sequence[str], accused: Sequence[Mention]) -> bool:
    return bool(accused) or any(low in ATTACK for low in lows)


def _subject_words(words: Sequence[Token], content: Span) -> list[str]:
    """The content's words up to its first verb: what it speaks of."""
    found: list[str] = []
    for token in words[content[0] : content[1]]:
        if token.tag in ("V", "AUX") and found:
            break
        found.append(token.low)
    return found


def _judging(lows: Sequence[str]) -> bool:
    """Whether the content weighs: a copula with a comparison or an adjective of degree, near an
    attack word or a pointing word."""
    joined = " ".join(lows)
    return bool(re.search(
        r"\b(?:is|are|was|were|been)\b.{0,20}\b(?:more|most|serious|reckless|unprecedented|severe|"
        r"sophisticated|likely|"
        r"dangerous|grave|irresponsible|unacceptable|worse|worst|critical|significant)\b",
        joined,
    ))  # fmt: skip


_OF_THE_ATTACK = word_set("signals signaled signalled is was appears seems came began marks shows")


def _own(
    words: Sequence[Token], content: Span, speaker: Speaker, entities: Sequence[Entity]
) -> bool:
    """Whether the content speaks of the speaker: it, we, or the speaker's own name as subject."""
    first = next(
        (t for t in words[content[0] : content[1]] if not t.quote and t.tag != "PUNCT"), None
    )
    if first is None:
        return False
    if first.low == "they" and speaker.type in ("official", "person"):
        return False
    if first.low in ("it", "we", "he", "she", "they", "i", "its", "our", "his", "her"):
        # "it signals a shift" speaks of the attack: it is the speaker only where it acts or holds
        after = list(words[first.i + 1 : first.i + 4])
        if first.low == "it":
            return not any(t.low in _OF_THE_ATTACK for t in after[:1])
        return True
    if speaker.government is None:
        return False
    head = [e for e in entities if content[0] <= e.span[0] <= content[0] + 2]
    return any(e.state == speaker.government and e.kind in ("state", "organ") for e in head)


def _self_named(
    words: Sequence[Token], content: Span, speaker: Speaker, entities: Sequence[Entity]
) -> list[Mention]:
    if speaker.government is None:
        return []
    return [
        m for m in actors_in(words, entities, content)
        if m.state == speaker.government and m.kind in ("state", "organ")
    ][:1]  # fmt: skip


_TIE = re.compile(
    r"\b(?:is|are|was|were|been|be|being)\b.*\b(?:paid|hired|backed|sponsored|controlled|directed|"
    r"run|funded|employed|"
    r"supported|tied|linked|ordered|steered|led|overseen|under|part of|affiliated|connected|based|"
    r"from)\b|\bworks? "
    r"for\b|\bbelongs? to\b|\b(?:enjoys?|has|have|with|under) the (?:backing|support|protection|"
    r"blessing|direction) of\b",
)


def _tied_by(crew: Mention, state: Mention, words: str) -> Mention:
    """A crew with the tie that the verb between it and a state tells."""
    nexus = crew.nexus
    for pattern, name in (
        (r"\b(?:paid|hired|funded)\b", "paid-by-state"),
        (r"\bbacked\b|\bsupported\b", "state-backed"),
        (r"\bsponsored\b", "state-sponsored"),
        (r"\b(?:backing|support|protection) of\b", "state-backed"),
        (r"\b(?:controlled|directed|run|ordered|steered|led|overseen|under)\b", "state-controlled"),
        (r"\b(?:based|from|operat\w+ (?:out of|in|from))\b", "territory"),
        (r".", "linked-to-state-organ" if state.kind == "organ" else "linked"),
    ):  # fmt: skip
        if re.search(pattern, words):
            nexus = name  # type: ignore[assignment]
            break
    return Mention(crew.kind, crew.span, crew.head, crew.norm, state.state, nexus, crew.group)


_LEADS = word_set("point points pointed pointing lead leads led leading")  # to a culprit
_STATEMENTS = frozenset(CLAIM_NOUNS) | DOCUMENTS
_INNOCENT = re.compile(
    r"(?:oppos|combat|condemn|fight|fought|reject|den[iy]|ban|investigat|defend|protect|suffer|fac(?:e|ing)|"
    r"warn|help|stands?$|stood|accus|blam(?:ed|es|ing)|call|prevent|stop|summon|face|urg|attribut)"
)
_PARTS = word_set("elements members officers units behalf")
_PLACED = re.compile(r"\b(?:attack\w*|hack\w*|target\w*|breach\w*|against|broke|stole\w*)\b")
_PLACES = word_set("on against at in to of into inside targeting across for with upon about")


def _agents(
    sentence: Sentence, span: Span, entities: Sequence[Entity], *, strict: bool = True
) -> list[Mention]:
    """Those in a stretch of a sentence who do the deed; victims and places are left out.

    Not strict: whoever comes first, for a stretch that holds the accused by its grammar.
    """
    words = sentence.tokens
    mentions = actors_in(words, entities, span)
    if not mentions:
        return []
    if not strict:
        return mentions
    for crew, other in itertools.pairwise(mentions):
        if crew.kind in ("group", "threat") and other.kind in ("state", "organ"):
            between = " ".join(t.low for t in words[crew.span[1] : other.span[0]])
            if _TIE.search(between) and not _PLACED.search(between):
                return [_tied_by(crew, other, between)]
    doing: list[Mention] = []
    for mention in mentions:
        before = [t.low for t in words[max(span[0], mention.span[0] - 4) : mention.span[0]]]
        last = before[-1] if before else ""
        if _denied(words, mention, span[1]):
            continue
        if last == "by" and before[-2:-1] and before[-2] in _STATEMENTS:
            continue  # statements by A
        if mention.kind in ("group", "threat"):
            if last in ("against", "on", "targeting", "of", "for", "aligned") or (
                (last == "with" and before[-2:-1] == ["aligned"])
                and "work" not in before
                and not (last == "of" and "hands" in before)
            ):
                if not doing and mention.kind == "group" and last == "of":
                    doing.append(mention)
                continue
            doing.append(mention)
            continue
        if mention.nexus == "territory" and last == "from":
            doing.append(mention)
            continue
        if mention.nexus == "territory" and "from" in before:
            doing.append(mention)
            continue
        if last == "of" and _PARTS & set(before):
            doing.append(mention)
            continue
        follows = words[mention.span[1] : mention.span[1] + 14]
        owned = bool(follows) and follows[0].tag == "POSS"
        if owned and any(t.low in CONDUCT for t in follows[1:6]):
            doing.append(mention)  # Russia's pattern of behavior: laid at its door
            continue
        if last == "to" and before[-2:-1] and before[-2] in _LEADS:
            doing.append(mention)
            continue
        if last == "by" or (last == "of" and "work" in before) or before[-2:-1] == ["lies"]:
            doing.append(mention)
            continue
        if (
            last in _PLACES
            and not (last == "of" and "work" in before)
            and not (last == "to" and ("attributed" in before or "attribute" in before))
        ):
            continue
        if owned:
            continue
        verb = next((t for t in follows if t.tag in ("V", "AUX")), None)
        main = next((t for t in follows if t.tag not in ("AUX", "ADV", "NEG")), None)
        beyond = words[main.i + 1].low if main is not None and main.i + 1 < len(words) else ""
        if main is not None and _INNOCENT.match(main.low) and beyond != "behind":
            continue  # opposes hacking, stands with its allies
        named = " ".join(t.low for t in follows)
        noun = main is not None and main.tag == "DET" and verb is not None and verb.low in COPULA
        if verb is not None and (
            (not noun and any(t.low in ADVERSE or t.low in ATTACK for t in follows[:8]))
            or re.search(
                r"\b(?:responsible|responsibility|behind|involved|to blame|guilty|did this|"
                r"culprit)\b",
                named,
            )
        ):
            if not re.search(
                r"\b(?:was|were|been|be) (?:\w+ )?(?:hit|hacked|attacked|targeted|breached|"
                r"compromised)\b",
                named,
            ):
                doing.append(mention)
        elif (
            (
                re.match(r".*\b(?:it was|this was|was|did)$", " ".join(before))
                and not any(
                    t.tag != "PUNCT" and not t.quote for t in words[mention.span[1] : span[1]]
                )
            )
            or (follows and follows[0].low == "did")
            or mention.norm.endswith("(unspecified)")
        ):
            doing.append(mention)
    by = [m for m in doing if m.span[0] and words[m.span[0] - 1].low == "by"]
    finite = [m for m in by if _finite_passive(words, m.span[0] - 1)]
    return finite or by or doing


def _denied(words: Sequence[Token], mention: Mention, end: int) -> bool:
    """Whether somebody is said not to have done it: not A but B; A did not, A was not behind."""
    before = [t.low for t in words[max(0, mention.span[0] - 3) : mention.span[0]]]
    if before[-1:] == ["not"] or before[-2:] in (
        ["rather", "than"],
        ["instead", "of"],
        ["not", "the"],
    ):
        return True
    for token in words[mention.span[1] : min(end, mention.span[1] + 5)]:
        if token.tag == "NEG" and token.low in ("not", "n't", "never"):
            only = words[token.i + 1].low if token.i + 1 < len(words) else ""
            return only not in ("only", "just", "but")
        if token.tag not in ("AUX", "ADV"):
            return False
    return False


def _finite_passive(words: Sequence[Token], by: int) -> bool:
    """Whether `by` follows a passive with its auxiliary, not a participle that describes a noun."""
    near = words[max(0, by - 4) : by]
    return any(t.low in COPULA for t in near) and near[-1].tag in ("V", "ADJ", "ADV")


def _accusing(sentence: Sentence, content: Span, accused: Sequence[Mention], text: str) -> Stance:
    """Whether an actor is accused or has the deed attributed: a state's misconduct is an
    accusation, authorship of an attack an attribution."""
    first = accused[0]
    if first.kind in ("group", "threat"):
        return "attributes"
    if first.nexus == "territory" or _BEHIND.search(text):
        return "attributes"
    if first.norm.endswith("(unspecified)") and first.nexus != "unspecified":
        return "attributes"
    if first.span[1] < content[1] and sentence.tokens[first.span[1]].tag == "POSS":
        return "accuses"
    if first.norm.endswith("(unspecified)"):
        outspoken = re.search(r"(?<!to )\b(?:call(?:s|ed|ing) out|condemn\w*|unacceptable)", text)
        return "accuses" if outspoken else "asserts"
    words = sentence.tokens
    verb = next((t for t in words[first.span[1] : content[1]] if t.tag == "V"), None)
    if re.search(
        r"\bdid (?:this|it|that|so)\b"
        r"|(?:^|know |believe |think |that |sure |certain )(?:it|this) (?:was|is)\b",
        text,
        re.IGNORECASE,
    ):
        return "attributes"
    behind = [t.low for t in words[first.span[1] : content[1]]]
    if verb is None or verb.low in _MISCONDUCT:
        before = words[content[0] : first.span[0]]
        passive = bool(before) and before[-1].low == "by" and any(t.low in ATTACK for t in before)
        plain = verb is None and (passive or any(low in ATTACK for low in behind))
        return "attributes" if plain else "accuses"
    return "attributes"


# What a state does short of attacking by its own hand.
_MISCONDUCT = word_set(
    "foster fostered hire hired hiring allow allowed allowing shelter sheltered sheltering harbor "
    "harbored harbour harboured support supported supporting violate violated violating ignore "
    "ignored undermine undermined undermining tolerate tolerated encourage encouraged use used "
    "using "
    "fund funded paid pay threaten threatened refuse refused fail failed lied lie lying interfere "
    "interfered engage engaged engaging commit committed"
)


def _together(words: Sequence[Token], accused: Sequence[Mention]) -> list[Mention]:
    return _joined(words, accused)


def _figure_is_the_point(counted: Sequence[Quantity], text: str) -> bool:
    """Whether a statement is about its figure: it opens with it, or tells what befell so many."""
    first = counted[0]
    if first.bound == "exact" and first.value < 10:
        return False
    stands = re.search(
        r"\b(?:is|was|at|stood|stands|are|were|exceed(?:s|ed)?|reach(?:es|ed)?|top(?:s|ped)?) $",
        text[: first.start],
    )
    return first.start <= 12 or first.predicate is not None or stands is not None


def _announced(
    content: Span, accused: Sequence[Mention], words: Sequence[Token], everyone: Sequence[Mention]
) -> tuple[Stance, list[Mention], Span]:
    lows = " ".join(t.low for t in words[content[0] : content[1]])
    named = accused or [m for m in everyone if _set_on(words, m)]
    if re.search(r"\b(?:charges|indictments?|indicted|criminal|charged)\b", lows):
        return "accuses", list(named[:1]), content
    return "announces", list(named[:1]) if "sanctions" in lows else list(accused[:1]), content


def _set_on(words: Sequence[Token], mention: Mention) -> bool:
    """Whether a step is taken against somebody: charges against, sanctions on, for."""
    return mention.span[0] > 0 and words[mention.span[0] - 1].low in ("against", "on", "for", "at")


def _evidential(
    sentence: Sentence, frame: Attribution, content: Span, entities: Sequence[Entity]
) -> tuple[Stance, list[Mention], Span] | None:
    """`A is believed to be linked to the MSS`, `it is alleged that …`, `suspected of …`."""
    words = sentence.tokens
    subject = frame.object
    if frame.negated:
        return "asserts", [], content
    after = _text(sentence, content) if content[0] < content[1] else ""
    actors: list[Mention] = []
    if subject is not None:
        actors = _joined_all(actors_in(words, entities, subject))
        near = [
            m
            for m in actors_in(words, entities, (max(0, subject[0] - 2), frame.cue[0]))
            if m.kind == "group"
        ]
        if near:
            actors = near
        if not actors and not all(words[i].low in ("it", "there") for i in range(*subject)):
            run = words[subject[0] : subject[1]]
            if any(t.low in ("group", "gang", "they", "attackers", "hackers") for t in run):
                actors = _as_actor(words, subject)
    inside = _agents(sentence, content, entities)
    if frame.kind == "estimate" and quantities(after, 0):
        return "estimates", [], content
    if frame.kind == "suspect":
        tie = after.removeprefix("of ")
        if actors and actors[0].kind in ("group", "threat") and _TIED_TO.match(tie):
            return "attributes", [_tied_any(m, content, entities, tie) for m in actors], content
        actors = actors or (_as_actor(words, subject) if subject else [])
        return ("accuses", actors[:1], content) if actors else None
    if actors and _TIED_TO.match(after):
        behind = (content[0], content[1])
        tied = [_tied_any(m, behind, entities, after) for m in actors]
        return "attributes", tied, content
    if actors and any(m.kind == "group" for m in actors):
        return "attributes", actors, content
    if actors and _BEHIND.search(after):
        return "attributes", actors, content
    lows = [t.low for t in words[content[0] : content[1]]]
    firm = bool(actors) and actors[0].kind in ("state", "organ")
    if firm and any(low in ADVERSE for low in lows[:4]) and any(low in ATTACK for low in lows):
        return "attributes", actors, content
    if inside and (subject is None or not actors):
        stance: Stance = "attributes"
        return stance, inside[:1], content
    if re.search(r"\bresponsible\b", _text(sentence, subject) if subject else ""):
        return "attributes", actors or (_as_actor(words, subject) if subject else []), content
    return "asserts", [m for m in actors[:1] if m.kind in ("group", "threat")], content


_TIED_TO = re.compile(
    r"(?:to )?(?:be |have been |being )?(?:\w+ly )?(?:linked|tied|connected|affiliated|associated|"
    r"part of|based|from|working|"
    r"operating|operate|work|works|belong|act|acting|come|answer|report|backed|sponsored|"
    r"controlled|run|directed|in|"
    r"(?:[A-Z]\w+ )?[A-Z]\w+$)\b",
)


def _joined_all(actors: Sequence[Mention]) -> list[Mention]:
    groups = [m for m in actors if m.kind == "group"]
    if len(groups) > 1:
        return groups
    return list(actors[:1])


def _tied_any(mention: Mention, behind: Span, entities: Sequence[Entity], after: str) -> Mention:
    if mention.state is not None and mention.nexus != "unspecified":
        return mention
    for entity in entities:
        if behind[0] <= entity.span[0] < behind[1] and entity.kind in ("organ", "state", "demonym"):
            nexus = (
                "linked-to-state-organ"
                if entity.kind == "organ"
                else ("territory" if re.search(r"\b(?:from|based|in|operat)", after) else "linked")
            )
            return Mention(
                mention.kind, mention.span, mention.head, mention.norm, entity.state, nexus,  # type: ignore[arg-type]
                mention.group,
            )  # fmt: skip
    return mention


# ---------------------------------------------------------------- what the report tells

_HEARSAY = re.compile(r"\b(?:allegedly|reportedly|purportedly|supposedly)\b", re.IGNORECASE)


def stance_of_telling(
    sentence: Sentence, entities: Sequence[Entity], counted: Sequence[Quantity]
) -> tuple[Stance, list[Mention], str | None] | None:
    """Stance and actors of a sentence that nobody else is named to say, and why nobody is.

    None for what has no verb.
    """
    words = sentence.tokens
    if not any(t.tag in ("V", "AUX") for t in words) and not sentence.headline:
        return None
    span = (0, len(words))
    accused = [m for m in _agents(sentence, span, entities) if m.kind in ("group", "threat")]
    first = next((m for m in actors_in(words, entities) if m.span[0] <= 1), None)
    if first is not None and first.kind in ("state", "organ"):
        follows = words[first.span[1]].low if first.span[1] < len(words) else ""
        if follows in ("must", "should", "ought"):
            return "demands", [first], None
    headline = _headline_passive(sentence, entities)
    if headline is not None:
        return "accuses", headline, "headline passive"
    if _HEARSAY.search(sentence.text):
        actors = accused or actors_in(words, entities)[:1]
        if actors:
            return "attributes", actors[:1], "hearsay"
        return "asserts", [], "hearsay"
    if (
        counted
        and (
            counted[0].predicate is not None
            or counted[0].unit == "money"
            or counted[0].start - sentence.start < 30
        )
        and (not any(m.kind == "group" for m in accused) or counted[0].start - sentence.start < 30)
    ):
        return "estimates", [], None
    if accused:
        first = accused[0]
        firm = first.kind == "group" or first.state is not None
        return ("attributes" if firm else "asserts"), accused[:1], None
    return "asserts", [], None


def _headline_passive(sentence: Sentence, entities: Sequence[Entity]) -> list[Mention] | None:
    """`China accused of …`: a title without its auxiliary."""
    words = sentence.tokens
    for token in words[1:6]:
        follows = words[token.i + 1].low if token.i + 1 < len(words) else ""
        if token.low in ("accused", "blamed", "suspected", "charged", "indicted") and follows in (
            "of", "for", "in", "over", "with",
        ):  # fmt: skip
            actors = actors_in(words, entities, (0, token.i))
            if actors:
                return actors[:1]
            if sentence.headline:
                return _as_actor(words, (0, token.i)) or None
    return None
