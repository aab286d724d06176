"""Verbs and nouns that take an accused: who is accused, named, denied to or told to act."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from afterpatch.claims.frames.attribution import Attribution
from afterpatch.claims.grammar.syntax import Span, without_edges
from afterpatch.claims.grammar.text import Sentence, Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import (
    ATTACK,
    GUARDED,
    OFFICES,
    PEOPLE,
    THREATS,
    word_set,
)
from afterpatch.claims.schema import Stance
from afterpatch.claims.stance.agents import as_actor, doers, listed, text_of
from afterpatch.claims.stance.callings import PARTIES, Decided, blamed_person, described, laid_on
from afterpatch.claims.stance.ties import tied_behind, tied_crew
from afterpatch.claims.who.mentions import Entity, Mention, actors_in

__all__ = ["ADDRESSED", "accused_by", "spelled_out"]


def accused_by(
    sentence: Sentence,
    frame: Attribution,
    entities: Sequence[Entity],
) -> Decided | None:
    """Stance, actors and content of a frame that takes an accused; None where it accuses nobody."""
    if frame.kind == "deny":
        return _denial(sentence, frame, entities)
    if frame.kind == "demand":
        return _demand(sentence, frame, entities)
    if frame.kind == "describe":
        return _description(sentence, frame, entities)
    words = sentence.tokens
    if frame.by == "confession" and frame.source is not None:
        own = actors_in(words, entities, frame.source) or as_actor(words, frame.source)
        return "attributes", own[:1], frame.content
    if frame.kind == "name":
        return _naming(sentence, frame, entities)
    if _nobody_is_accused(sentence, frame):
        return None
    rest = (frame.cue[1], _reach(words, frame))
    if frame.by in ("noun", "support"):
        return _by_noun(sentence, frame, entities, rest)
    if frame.passive:
        return _passive(sentence, frame, entities, rest)
    return _active(sentence, frame, entities, rest)


def _nobody_is_accused(sentence: Sentence, frame: Attribution) -> bool:
    """`X blamed no one`, `X arrested two men` for what the sentence does not tell."""
    words = sentence.tokens
    if frame.object is not None and words[frame.object[0]].low in ("no", "nobody", "none"):
        return True
    if frame.negated and frame.kind != "attribute":
        return True
    if frame.lemma == "refer":
        return not wording("to_prosecutors").search(sentence.text)
    if frame.lemma == "hold":
        return not (frame.passive or wording("responsible").search(sentence.text))
    behind = sentence.slice(words[frame.cue[1] - 1].end, sentence.end)
    return frame.lemma in ("arrest", "detain") and not wording("over_an_attack").search(behind)


def _by_noun(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity], rest: Span
) -> Decided | None:
    """`X's accusation that A did it`, `charges against A`."""
    words = sentence.tokens
    span = frame.content or rest
    if frame.kind == "charge":
        span = _after(words, rest, ("against", "for")) or span
    actors = doers(sentence, span, entities, strict=False)
    if not actors and frame.kind == "charge" and any(t.low in ATTACK for t in words):
        actors = _unknown_name(words, span, entities)
    if not actors or words[frame.cue[0] - 1].low == "search":
        return None
    return _by_actor(frame.kind, actors[0]), actors[:1], frame.content


_CONDEMNING = word_set("condemn denounce slam")


def _active(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity], rest: Span
) -> Decided | None:
    """`X accuses A of C`, `X blames C on A`, `X attributes C to A`."""
    words, kind = sentence.tokens, frame.kind
    behind = sentence.slice(words[rest[0] - 1].end, sentence.end)
    if frame.lemma in _CONDEMNING and wording("the_accusations").match(behind):
        return "denies", [], without_edges(words, rest)
    to = laid_on(words, frame, entities, rest) if kind == "blame" else None
    if to is None and (kind != "blame" or frame.lemma == "lay"):
        to = _after(words, rest, _before_accused(frame))
    if frame.lemma == "blame" and to is None:
        fault = _at_fault(sentence, frame, entities, rest)
        if fault is not None:
            return fault
    if kind == "blame" and to is not None and not _somebody(words, entities, to):
        if _is_attack(words, frame.object) and (told := blamed_person(words, to, rest)):
            return told
        to = None  # blames X for the attack on Y
    if kind == "attribute" and to is None:
        actors = doers(sentence, rest, entities, strict=False)
        as_culprit = actors and wording("as_culprit").search(sentence.text)
        return ("attributes", actors[:1], without_edges(words, rest)) if as_culprit else None
    if frame.lemma == "pin" and to is None:
        return None
    if frame.lemma in _TYING and to is not None:
        tied = tied_crew(sentence, frame, entities, to)
        if tied is not None:
            return "attributes", [tied], (frame.cue[0], rest[1])
    actors = _accused_in(sentence, frame, entities, to or rest)
    if not actors and kind == "attribute" and to is not None:
        crew = actors_in(words, entities, (rest[0], to[0]))  # links A to the attack
        actors = [m for m in crew if m.kind in ("group", "threat")]
    attack = any(t.low in ATTACK | GUARDED for t in words)
    if to is not None and attack and frame.lemma in ("attribute", "ascribe", "blame", "lay"):
        actors = _unknown_name(words, to, entities) or actors
    if not actors:
        return _accused_unknown(sentence, frame, entities, to, rest)
    return _charge_of(sentence, frame, actors, rest)


_TYING = word_set("link tie connect")


def _charge_of(
    sentence: Sentence, frame: Attribution, actors: list[Mention], rest: Span
) -> Decided | None:
    """What is laid at the door of actors that are known."""
    words, first = sentence.tokens, actors[0]
    crew = first.kind in ("group", "threat")
    if frame.kind == "attribute" or (frame.kind == "blame" and crew):
        named = spelled_out(words, first, rest[1], actors) or listed(words, actors)
        stance = "attributes" if frame.kind == "attribute" else _by_actor(frame.kind, first)
        return stance, named, (frame.cue[0], rest[1])
    if frame.lemma == "point" and crew:
        return "attributes", listed(words, actors), (frame.cue[0], rest[1])
    if frame.lemma in _SCOLDS and not any(t.low in ATTACK for t in words):
        return None  # what else somebody is criticized for is no matter of this ledger
    return _by_actor(frame.kind, first), listed(words, actors), _of_what(words, first, rest)


def _accused_in(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity], place: Span
) -> list[Mention]:
    """The accused whom the tables know, where the grammar puts them."""
    words = sentence.tokens
    opening = words[place[0]].low if place[0] < place[1] else ""
    if frame.kind == "accuse" and opening in ("it", "them", "him", "her"):
        # whoever was named before, not who is named in the charge
        source = frame.source or (0, 0)
        earlier = actors_in(words, entities, (0, frame.cue[0]))
        return [m for m in earlier if not source[0] <= m.span[0] < source[1]][-1:]
    at_deed = frame.lemma in ("condemn", "denounce") and _is_attack(words, frame.object)
    actors = doers(sentence, place, entities, strict=at_deed)
    return [a for a in actors if not a.span[0] or words[a.span[0] - 1].tag != "NEG"]


def _is_attack(words: Sequence[Token], span: Span | None) -> bool:
    return span is not None and any(t.low in ATTACK for t in words[slice(*span)])


def _somebody(words: Sequence[Token], entities: Sequence[Entity], place: Span) -> bool:
    return bool(actors_in(words, entities, place) or _unknown_name(words, place, entities))


def _at_fault(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity], rest: Span
) -> Decided | None:
    """`X blamed the firm's lax security`, `X blamed a faulty update`: nobody who attacked."""
    words, target = sentence.tokens, frame.object
    if target is None or any(
        words[m.span[0]].tag != "NEG" and words[m.span[0] - 1].tag != "NEG"
        for m in actors_in(words, entities, (target[0], rest[1]))
        if m.span[0] < target[1]
    ):
        return None
    # the parse takes what `and` joins for one object
    joint = next((t.i for t in words[slice(*target)] if t.tag == "CC"), target[1])
    target = (target[0], joint)
    if owner := _owner(words, target):
        return "accuses", owner, without_edges(words, rest)
    if _is_thing(words[slice(*target)]):
        return "asserts", [], without_edges(words, (frame.cue[0], rest[1]))
    return None


def _accused_unknown(
    sentence: Sentence,
    frame: Attribution,
    entities: Sequence[Entity],
    to: Span | None,
    rest: Span,
) -> Decided | None:
    """The accused where no table knows them: `X blamed a ring of Y`, `X accused its rival of C`."""
    words, kind = sentence.tokens, frame.kind
    if frame.lemma == "fault":
        return _faulted(sentence, frame, rest)
    if kind == "attribute" or frame.lemma in _SCOLDS:
        return None
    if frame.lemma in ("condemn", "denounce") and _is_attack(words, frame.object):
        return "asserts", [], without_edges(words, rest)
    if frame.lemma in ("condemn", "denounce") and frame.object is not None:
        step = words[frame.object[0] : frame.object[0] + 3]
        if any(t.low in ("decision", "move", "step", "expulsion", "sanctions") for t in step):
            return "asserts", [], without_edges(words, rest)
    actors = _plain_object(sentence, frame)
    if frame.lemma == "blame":
        return _blamed_unknown(sentence, frame, entities, actors, to, rest)
    if not actors or kind in ("blame", "suspect") or frame.lemma not in _ACCUSE_ANYBODY:
        return None
    return _by_actor(kind, actors[0]), listed(words, actors), _of_what(words, actors[0], rest)


def _faulted(sentence: Sentence, frame: Attribution, rest: Span) -> Decided | None:
    """`X faulted the company for leaving the hole open`."""
    words = sentence.tokens
    actors = _plain_object(sentence, frame)
    for_ = _after(words, rest, ("for",))
    about = for_ is not None and any(
        t.low in ATTACK | GUARDED | _LAPSES | _SAFETY for t in words[slice(*for_)]
    )
    return ("accuses", actors, without_edges(words, rest)) if actors and about else None


# Verbs that take anybody for an accused, also one whom no table knows.
_ACCUSE_ANYBODY = word_set("accuse implicate charge indict prosecute arrest detain refer")


def _blamed_unknown(
    sentence: Sentence,
    frame: Attribution,
    entities: Sequence[Entity],
    actors: list[Mention],
    to: Span | None,
    rest: Span,
) -> Decided | None:
    words = sentence.tokens
    crew = _unknown_name(words, frame.object, entities) if frame.object is not None else []
    if crew and any(t.low in ATTACK for t in words[slice(*rest)]):
        return "attributes", crew, without_edges(words, rest)
    if not actors or to is not None:
        return None
    run = words[slice(*actors[0].span)]
    attack = any(t.low in ATTACK | GUARDED for t in words)
    of_what = any(
        t.low == "for" and words[t.i + 1].form == "ing" for t in words[rest[0] : rest[1] - 1]
    )
    named = not _is_thing(run) or all(t.text != t.low or t.tag == "DET" for t in run)
    if (attack or of_what or frame.object == rest) and any(t.low in PARTIES for t in run):
        return "accuses", actors, without_edges(words, rest)
    if of_what and named:
        return "accuses", actors, without_edges(words, rest)
    if run[-1].low in _BANDS and any(t.low in THREATS for t in run):
        return "attributes", actors, without_edges(words, rest)
    return None


def _naming(sentence: Sentence, frame: Attribution, entities: Sequence[Entity]) -> Decided | None:
    """`X outed a Russian crew`, `X named A and B as the culprits`."""
    words = sentence.tokens
    rest = (frame.cue[0], _reach(words, frame))
    if frame.negated:
        culprit = wording("as_culprit").search(sentence.text)
        return ("asserts", [], without_edges(words, rest)) if culprit else None
    near = frame.cue[1] + 3
    actors = actors_in(words, entities, (frame.cue[1], rest[1]))
    if frame.lemma in ("name", "identify"):
        as_ = next((t.i for t in words[slice(*rest)] if t.low == "as"), None)
        near = near if as_ is None else max(near, as_ + 4)
        if as_ is not None and any(t.low in THREATS for t in words[frame.cue[1] : as_]):
            actors = [m for m in actors if m.span[0] > as_]
    if not actors or actors[0].span[0] > near:
        return None
    if len(actors) > 1 and words[actors[0].span[1]].tag == "POSS":
        actors = actors[1:]  # North Korea's Lazarus
    if frame.lemma == "expose" and actors[0].kind not in ("group", "threat"):
        return None
    if wording("most_likely").search(text_of(sentence, rest)):
        return "assesses", listed(words, actors), without_edges(words, rest)
    return "attributes", listed(words, actors), without_edges(words, rest)


_BANDS = word_set("enterprise organization organisation network ring alliance fraternity service")


def _unknown_name(words: Sequence[Token], to: Span, entities: Sequence[Entity]) -> list[Mention]:
    """A crew's name that no table knows, where the grammar tells it: attributed to X."""
    first = to[0] + (words[to[0]].low == "the")
    end = first
    while end < to[1] and words[end].upper and words[end].tag in ("P", "N", "NUM"):
        end += 1
    known = any(first <= e.span[0] < end for e in entities)
    known = known or any(t.low in _INSTITUTIONS | OFFICES for t in words[first:end])
    ends = end == to[1] or words[end].tag not in ("N", "P", "POSS")
    return as_actor(words, (first, end)) if first < end <= first + 3 and ends and not known else []


def spelled_out(
    words: Sequence[Token], crews: Mention, end: int, known: Sequence[Mention] = ()
) -> list[Mention]:
    """The names behind `two groups,`, `three crews:`, `two gangs it calls`, with the tie that the
    crews' own words tell; `known` are those that a table has."""
    at = crews.span[1]
    if crews.kind != "threat" or at >= end or not words[at - 1].low.endswith("s"):
        return []
    if words[at].low in ("it", "they", "known", "called", "dubbed", "named"):
        at += 1
        while at < end and words[at].low in _DUBS:
            at += 1
    elif words[at].text in (",", ":", "—", "–"):
        at += 1
    else:
        return []
    names: list[Mention] = []
    while at < end:
        stop = at
        while stop < end and words[stop].upper and words[stop].tag in ("P", "N", "NUM"):
            stop += 1
        names += [m for m in known if m.span == (at, stop)] or as_actor(words, (at, stop))
        if stop == at or stop >= end or words[stop].text not in (",", "and", "&"):
            break
        listed_on = words[stop].text == "," and stop + 1 < end and words[stop + 1].low == "and"
        at = stop + 1 + listed_on
    if len(names) < 2:
        return []
    return [
        m if m.state else msgspec.structs.replace(m, state=crews.state, nexus=crews.nexus)
        for m in names
    ]


_DUBS = word_set("calls call dubs names tracks track knows as")


_INSTITUTIONS = word_set(
    "parliament congress senate government cabinet council ministers house commons court "
    "administration"
)


_LAPSES = word_set(
    "security negligence failure failures software practices culture carelessness handling "
    "response lapses mistakes decision defences defenses errors management leadership policy"
)


def _owner(words: Sequence[Token], target: Span) -> list[Mention]:
    """Who is blamed with what is theirs: a firm's lax security, a ministry's mistakes."""
    of = next((t.i for t in words[slice(*target)] if t.tag == "POSS"), None)
    if of is None or not any(t.low in _LAPSES for t in words[of + 1 : target[1]]):
        return []
    return as_actor(words, (target[0], of)) if words[of - 1].upper else []


def _is_thing(run: Sequence[Token]) -> bool:
    """Whether the noun phrase names a thing that went wrong, not somebody."""
    return (
        run[0].tag != "PRON"
        and not any(t.upper for t in run if t.tag != "DET" and not t.text.isupper())
        and not any(t.low in OFFICES | PEOPLE | THREATS | PARTIES for t in run)
    )


_SCOLDS = word_set("criticize criticise blast lambast rebuke castigate")


def _before_accused(frame: Attribution) -> tuple[str, ...]:
    """The prepositions that lead to the one accused."""
    if frame.lemma == "lay":
        return ("on", "upon", "at", "with")
    return {"attribute": ("to", "with"), "blame": ("on",)}.get(frame.kind, ())


def _by_actor(kind: str, actor: Mention) -> Stance:
    """A state, its organ or a person is accused; a crew is what a deed is attributed to."""
    if kind in ("charge", "accuse"):
        return "accuses"
    apart = any(word in _JOINED_TO for word in actor.norm.lower().split())
    served = (
        not apart
        and actor.state is not None
        and any(word in _ARMS for word in actor.norm.lower().replace("-", " ").split())
    )
    states = any(word.strip('"“”') in _STATES for word in actor.norm.lower().split())
    if kind == "blame" and (actor.kind in ("state", "organ") or served or states):
        return "accuses"  # a crew that is the state's own
    return "attributes"


_JOINED_TO = word_set("for linked tied backed sponsored affiliated associated by hired aligned to")
_STATES = word_set("states countries country nations governments neighbors neighbours")
_ARMS = word_set("military intelligence army government ministry services gru fsb svr mss pla")


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
) -> Decided | None:
    words = sentence.tokens
    behind = _after(words, rest, _before_accused(frame))
    subject = frame.object
    if frame.kind == "attribute" or (frame.kind == "blame" and behind and _pins(words, rest)):
        if behind is None:
            return None
        of_subject = actors_in(words, entities, (subject[0], frame.cue[0])) if subject else []
        crew = [m for m in of_subject if m.kind in ("group", "threat")]
        if crew and frame.kind == "attribute":
            crew = [tied_behind(words, crew[0], behind, entities), *crew[1:]]
            return "attributes", listed(words, crew), frame.content
        actors = _unknown_name(words, behind, entities) or doers(
            sentence, behind, entities, strict=False
        )
        if frame.source is not None:
            actors = [a for a in actors if not (frame.source[0] <= a.span[0] < frame.source[1])]
        if not actors:
            return None
        stance: Stance = (
            "attributes"
            if actors[0].kind in ("group", "threat") or frame.kind == ("attribute")
            else "accuses"
        )
        return stance, listed(words, actors), frame.content
    if frame.lemma == "hold" and not wording("held_responsible").search(sentence.text):
        return None
    nobody = ("no", "nobody", "none", "neither")
    if subject is None or {words[subject[0]].low, words[subject[0] - 1].low} & set(nobody):
        return None
    actors = actors_in(words, entities, subject) or as_actor(words, subject)
    if not actors:
        return None
    attackers = actors[0].kind == "group" or any(
        t.low in THREATS for t in words[slice(*actors[0].span)]
    )
    if frame.kind == "blame" and attackers:
        return "attributes", listed(words, actors), without_edges(words, (frame.cue[0], rest[1]))
    return "accuses", listed(words, actors), without_edges(words, (frame.cue[0], rest[1]))


def _pins(words: Sequence[Token], rest: Span) -> bool:
    """Whether `on` is followed by somebody: blamed on X, not pinned on for."""
    for at in range(rest[0], min(rest[0] + 3, rest[1])):
        if words[at].low == "for":  # blamed for raids on B
            return False
        if words[at].low in ("on", "upon", "at"):
            return at + 1 < rest[1] and words[at + 1].tag != "ADP"
    return False


def _denial(sentence: Sentence, frame: Attribution, entities: Sequence[Entity]) -> Decided | None:
    words = sentence.tokens
    rest = (frame.cue[0], _reach(words, frame))
    if frame.negated:
        return "asserts", [], without_edges(words, rest)
    if frame.passive:
        subject = frame.object or rest
        text = text_of(sentence, subject)
        if not wording("may_be_denied").search(text):
            return None
        return "denies", actors_in(words, entities, subject)[:1], frame.content
    after = sentence.slice(words[frame.cue[1] - 1].end, sentence.end)
    source = frame.source or (0, 0)
    told = sentence.slice(words[max(0, source[0] - 3)].start, words[source[0]].start)
    may = wording("may_be_denied")
    if frame.by == "verb" and not (may.search(after) or may.search(told)):
        return None  # a claim that A dismissed as C
    return "denies", [], without_edges(words, rest)


# What is demanded without saying of whom.
_ASKED = word_set(
    "proof evidence apology answers answer explanation explanations inquiry investigation "
    "sanctions probe restraint calm end halt dialogue measures unity retaliation punishment "
    "accountability ban ransom ransoms payment payments money bitcoin clarity patience information "
    "details guarantees action release extradition clarification transparency response reforms "
    "resignation expulsion statement debate hearing recall removal withdrawal return compensation "
    "accounting"
)


_SAFETY = word_set("security safety defences defenses protection safeguards cybersecurity")
ADDRESSED = word_set(
    "government company firm states countries governments nations allies companies operators "
    "organizations organisations users administrators parties firms agencies businesses lawmakers "
    "ministers authorities everyone providers vendors suppliers manufacturers makers owners "
    "customers members politicians banks admins defenders executives policymakers victims citizens "
    "residents people"
)


def _demand(sentence: Sentence, frame: Attribution, entities: Sequence[Entity]) -> Decided | None:
    words = sentence.tokens
    rest = (frame.cue[0], _reach(words, frame))
    if frame.negated or (frame.passive and frame.content is None):
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
    if wording("unnamed").search(sentence.text):
        return None
    wishes = frame.lemma == "advise" or any(
        words[at].low == "to" or words[at].low == "that" for at in range(*behind)
    )
    asked = (
        frame.lemma in ("demand", "want")
        or (frame.lemma == "call" and words[behind[0]].low == "for")
    ) and any(t.low in _ASKED for t in words[behind[0] : behind[0] + 6])
    heard = any(t.low in ("statement", "debate", "hearing") for t in words[behind[0] :][:3])
    asked = asked or (frame.lemma == "demand" and heard)
    sum_ = words[behind[0] : behind[0] + 2]
    if frame.lemma == "demand" and any(t.tag == "NUM" or t.text in "$€£" for t in sum_):
        asked = True
    for_ = next((t.i for t in words[behind[0] : behind[0] + 7] if t.low == "for"), None)
    if frame.lemma in ("ask", "request", "appeal", "plead") and for_ is not None:
        asked = any(t.low in _ASKED for t in words[for_ + 1 : for_ + 5])
    if asked:
        return "demands", actors[:1], without_edges(words, rest)
    if not wishes:
        return None
    about = (
        actors
        or [t.low for t in words[behind[0] : behind[0] + 2]] == ["to", "know"]
        or actors_in(words, entities, behind)
        or any(behind[0] <= e.span[0] <= behind[0] + 3 for e in entities)
        or any(t.low in ATTACK | GUARDED | ADDRESSED | _SAFETY for t in words[behind[0] :])
    )
    if not about:
        return None
    return "demands", actors[:1], without_edges(words, rest)


def _description(
    sentence: Sentence, frame: Attribution, entities: Sequence[Entity]
) -> Decided | None:
    """`X calls on A to stop`, `X called A out`; else what X calls it."""
    words = sentence.tokens
    rest = (frame.cue[1], _reach(words, frame))
    to = words[rest[0]].low if frame.lemma == "call" and rest[0] < rest[1] else ""
    if to in ("on", "for", "upon"):
        return _demand(sentence, frame, entities)
    if to == "out":
        actors = doers(sentence, rest, entities, strict=False)
        return ("accuses", actors[:1], without_edges(words, rest)) if actors else None
    if rest[0] < rest[1] and words[rest[0]].low in ("itself", "themselves"):
        return None  # what a crew calls itself
    return None if frame.passive else described(sentence, frame, entities, rest)
