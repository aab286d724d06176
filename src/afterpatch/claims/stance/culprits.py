"""Who did it, where a content tells it of somebody whom no table of names knows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import msgspec

from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import ATTACK, COPULA, THREATS, TIMES, word_set
from afterpatch.claims.stance.agents import as_actor
from afterpatch.claims.stance.ties import owns_another, tied_by
from afterpatch.claims.who.mentions import Entity, Mention, actors_in

__all__ = [
    "acting_for",
    "crew_of_nation",
    "linked_attack",
    "member_of_crew",
    "tied_actors",
    "unknown_culprit",
    "who_did_it",
    "who_they_were",
]


_PERSONS = word_set(
    "civilians students student teenager teenagers insiders insider employee employees staff "
    "soldiers officers officer nationals citizens volunteers amateurs professionals patriots "
    "activists contractors"
)


_PLACED = word_set("in from based located operating living working")


def who_they_were(words: Sequence[Token], content: Span) -> list[Mention]:
    """Who the attackers were, where the content tells: `those who attacked the sites were X`."""
    start = words[content[0]].start
    text = "".join(
        t.text + " " * (n.start - t.end)
        for t, n in itertools.pairwise(words[content[0] : content[1] + 1])
    )
    match = wording("who_they_were").match(text)
    if match is None:
        return []
    first = next(
        (t.i for t in words[slice(*content)] if t.start >= start + match.end()), content[1]
    )
    end = first
    while end < content[1] and words[end].tag in ("DET", "ADJ", "N", "P", "NUM", "POSS"):
        end += 1
    told = {t.low for t in words[first:end]}
    if told & (_PERSONS | THREATS):
        return as_actor(words, (first, end))
    placed = words[first : first + 2]
    if placed and placed[0].low in _PLACED and any(t.tag == "P" for t in words[first : first + 4]):
        subject = next(
            t.i for t in words[slice(*content)] if t.end >= start + len(match[0].rstrip())
        )
        crew = as_actor(words, (content[0], subject))
        return [msgspec.structs.replace(m, nexus="territory") for m in crew]
    return []


def crew_of_nation(
    words: Sequence[Token], content: Span, entities: Sequence[Entity]
) -> Mention | None:
    """The crew of `the hackers were likely Russian`, with that state; not of what they speak."""
    for crew in actors_in(words, entities, content):
        if crew.kind not in ("group", "threat"):
            continue
        at = crew.span[1]
        after = next(
            (t.i for t in words[at : content[1]] if t.low in COPULA or t.low in ("has", "have")),
            content[1],
        )
        for entity in entities:
            end = entity.span[1]
            near = after < entity.span[0] <= after + 4 and entity.kind == "demonym"
            last = (
                end >= content[1] or words[end].low in ("in", "nexus") or words[end].tag == "PUNCT"
            )
            negated = any(t.tag == "NEG" for t in words[after : entity.span[0]])
            if near and last and not negated and not (end < len(words) and words[end].text == "-"):
                return msgspec.structs.replace(crew, state=entity.state)
        return None
    return None


def _bearing_marks(words: Sequence[Token], content: Span) -> list[Mention]:
    """Whose hallmarks an attack bears, or whose work it is, where no table knows the name."""
    for at in range(content[0] + 1, content[1] - 1):
        denied = any(t.tag == "NEG" for t in words[max(content[0], at - 5) : at])
        if words[at].low == "of" and words[at - 1].low in _MARKS and not denied:
            end = at + 1
            while end < content[1] and (
                words[end].tag in ("DET", "ADJ", "N", "P", "NUM")
                or words[end].quote
                or words[end].low in ("of", "-")
            ):
                end += 1
            run = words[at + 1 : end]
            if any(t.tag in ("P", "N") and t.low not in TIMES for t in run):
                return as_actor(words, (at + 1, end))
    return []


_MARKS = word_set("marks hallmarks fingerprints signature stamp work handiwork")


def _some_power(words: Sequence[Token], content: Span) -> list[Mention]:
    """A perpetrator of whom only the kind is told: `the work of a foreign government`."""
    for at in range(*content):
        if words[at].low in _POWERS and words[at].tag in ("N", "P"):
            first = at
            while first > content[0] and (
                words[first - 1].tag in ("ADJ", "N", "NUM") or words[first - 1].text == "-"
            ):
                first -= 1
            end = at + 1
            while end < content[1] and (
                words[end].text == "-"
                or words[end - 1].text == "-"
                or (words[end].tag == "N" and words[end].low in _POWERS | THREATS)
            ):
                end += 1  # a nation-state, a state-linked actor
            done = first > content[0] + 1 and words[first - 2].low in _DONE_BY
            if done and words[first - 1].low in ("a", "an", "another", "some"):
                return as_actor(words, (first - 1, end))
    return []


_DONE_BY = word_set("by of from to on was is be been were") | {"“", '"'}


_POWERS = word_set(
    "nation state country government power adversary nation-state insider employee teenager "
    "amateur intelligence service actor"
)


_KINDS = word_set("ransomware malware affiliate affiliates")


def _unknown_name(
    words: Sequence[Token], content: Span, entities: Sequence[Entity]
) -> list[Mention]:
    """A name that no table knows, where the content says that its holder was behind it."""
    first = content[0] + (words[content[0]].tag == "DET")
    end = first
    while end < content[1] and words[end].upper and words[end].tag in ("P", "N"):
        end += 1
    span = (first, end)
    if first < end < content[1] and words[end].low in (*THREATS, *_KINDS):
        end += 1
    known = any(span[0] <= e.span[0] < span[1] for e in entities)
    if known or not 0 < end - first <= 3 or end >= content[1] or words[end].tag != "AUX":
        return []
    return as_actor(words, span)


def member_of_crew(words: Sequence[Token], content: Span, text: str) -> list[Mention]:
    """Who is said to be of a crew that did it: `A is part of the team that …`."""
    member = wording("member_of_crew").search(text)
    if member is None:
        return []
    end = next(t.i for t in words if t.start >= words[content[0]].start + member.start())
    named = [t.i for t in words[content[0] : end] if t.tag == "P"]
    return as_actor(words, (named[0], named[-1] + 1)) if named else []


def unknown_culprit(
    words: Sequence[Token], content: Span, entities: Sequence[Entity]
) -> list[Mention]:
    """Who did it by a name or a kind that no table has, where the content says that they did."""
    return (
        _unknown_name(words, content, entities)
        or _some_power(words, content)
        or _bearing_marks(words, content)
        or linked_attack(words, content, entities)
    )


def linked_attack(
    words: Sequence[Token], content: Span, entities: Sequence[Entity]
) -> list[Mention]:
    """To whom an attack is linked: `malicious activities linked to China`."""
    everyone = actors_in(words, entities, content)
    for actor in everyone:
        before = [t.low for t in words[max(content[0], actor.span[0] - 4) : actor.span[0]]]
        linked = before[-1:] == ["to"] or before[-2:] == ["to", "the"]
        linked = linked and not any(t.tag == "NEG" for t in words[content[0] : actor.span[0]])
        lead = words[content[0] : actor.span[0]]
        if not linked or not any(t.low in _LINKED for t in lead[-10:]):
            continue
        nexus = "linked-to-state-organ" if actor.kind == "organ" else "linked"
        if any(t.low in ATTACK for t in lead):
            return [msgspec.structs.replace(actor, nexus=nexus) if actor.state else actor]
        crew = next((m for m in everyone if m.kind == "threat" and m.span[1] < actor.span[0]), None)
        if crew is not None and actor.kind in ("state", "organ"):
            if owns_another(words, actor, entities):
                return [crew]
            return [msgspec.structs.replace(crew, state=actor.state, nexus=nexus)]
    return []


def tied_actors(words: Sequence[Token], content: Span, entities: Sequence[Entity]) -> list[Mention]:
    """Attackers with a state's name behind them, or its soil: `actors affiliated with Russia had
    broken into C`, `it was done from Russian soil`."""
    for entity in entities:
        first, end = entity.span
        if not content[0] < first < content[1] or entity.state is None:
            continue
        soil = end < content[1] and words[end].low in ("soil", "territory")
        if soil and words[first - 1].low == "from":
            actor = as_actor(words, (first, end + 1))
            return [
                msgspec.structs.replace(m, state=entity.state, nexus="territory") for m in actor
            ]
        lead = first - 1 - (words[first - 1].tag == "DET")
        tie = max(content[0], lead - 1)
        crew = max(content[0], lead - 2)
        tied = words[lead].low in ("with", "to") and words[tie].low in _AFFILIATED
        did = any(t.low in ATTACK for t in words[end : min(end + 4, content[1])])
        if tied and did and entity.kind in ("state", "organ") and words[crew].low in THREATS:
            nexus = "linked-to-state-organ" if entity.kind == "organ" else "linked"
            actor = as_actor(words, (crew, end))
            return [msgspec.structs.replace(m, state=entity.state, nexus=nexus) for m in actor]
    return []


_AFFILIATED = word_set("affiliated associated linked tied connected aligned allied")
_LINKED = word_set("linked tied connected traced attributable links ties connects traces")


def who_did_it(words: Sequence[Token], content: Span) -> list[Mention]:
    """The subject of `… were behind it`, `… mounted the attack`, whoever it is."""
    first, end = content
    for verb in words[first + 1 : end]:
        behind = words[verb.i + 1 : min(verb.i + 8, end)]
        was = verb.low in COPULA and any(t.low in _CULPABLE for t in behind[:2])
        did = verb.low in _MOUNTED and any(t.low in ATTACK for t in behind)
        group = words[max(first, verb.i - 2) : verb.i]
        done = verb.low != "stolen" or any(t.low in ("has", "had", "have") for t in group)
        passive = any(t.low in COPULA for t in group)
        did = did or (verb.low in _ATTACKED and done and not passive)
        armed = words[verb.i + 1 : min(verb.i + 14, end)]
        did = did or (verb.low in _ARMED and any(t.low in ATTACK for t in armed))
        denied = any(t.tag == "NEG" for t in (*words[max(first, verb.i - 2) : verb.i], *behind[:2]))
        if denied or not (was or did):
            continue
        last = verb.i
        while last > first and (
            words[last - 1].tag in ("AUX", "ADV") or words[last - 1].low in ("itself", "themselves")
        ):
            last -= 1
        if last - 1 > first and words[last - 1].text == ",":  # A, run by B, did it
            last = next((t.i for t in reversed(words[first + 1 : last - 1]) if t.text == ","), last)
        start = last
        while start > first and (
            words[start - 1].tag in ("DET", "ADJ", "N", "P", "NUM", "POSS")
            or words[start - 1].low in ("of", "from", "on", "in", "-", "for")
        ):
            start -= 1
        head = next((t for t in words[start:last] if t.tag == "ADP"), None)
        named = words[start : head.i if head is not None else last]
        counted = any(t.tag == "NUM" for t in named)
        if counted or not named or named[-1].tag not in ("N", "P"):
            continue
        nameless = all(t.low in THREATS or t.tag == "DET" for t in named)
        nameless = nameless and not any(t.low in _EMPLOYED for t in words[start:last])
        if not nameless and not _THINGS & {t.low for t in named}:
            return as_actor(words, (start, last))
    return []


# What tells whose men attackers are: contractors on the ministry's payroll.
_EMPLOYED = word_set("payroll pay orders behest behalf service employ command")
_CULPABLE = word_set("responsible behind culprit culprits guilty involved")
_MOUNTED = word_set(
    "mounted launched staged conducted perpetrated orchestrated committed masterminded executed "
    "carried organized organised ran waged"
)
_ATTACKED = word_set(
    "hacked infiltrated crippled sabotaged looted raided wiped hijacked stole stolen breached"
)
_ARMED = word_set("used deployed exploited employed wielded")
# What is at fault and attacks nobody.
_THINGS = word_set(
    "error errors bug bugs fault faults failure failures glitch flaw flaws mistake mistakes update "
    "misconfiguration weather storm lack software hardware hole holes vulnerability "
    "vulnerabilities attack attacks hack breach intrusion malware it this that who which those "
    "server servers computers routers accounts domains tools methods data files records emails "
    "money funds password passwords ransomware worm virus wiper code campaign operation outage "
    "leak incident cyberattack we i he she they nobody none"
)


def acting_for(
    words: Sequence[Token], content: Span, entities: Sequence[Entity], text: str
) -> list[Mention]:
    """Who is said to act for a state: `the two men acted on the orders of the ministry`."""
    acts = wording("acts_for").search(text)
    if acts is None:
        return []
    at = words[content[0]].start + acts.start()
    verb = next((t.i for t in words[slice(*content)] if t.start >= at), content[1])
    behind = (m for m in actors_in(words, entities, content) if m.span[0] > verb)
    state = next((m for m in behind if m.kind in ("state", "organ", "group")), None)
    if state is not None and any(t.low in TIMES for t in words[verb : state.span[0]]):
        return []  # worked for months in A
    organ = any(t.low in _ORGANS for t in words[verb : min(verb + 12, content[1])])
    first = content[0] + words[content[0]].quote
    last = verb
    while last > first and words[last - 1].tag in ("AUX", "ADV"):
        last -= 1
    if state is not None and state.kind == "group":
        return [state]  # a front for A, members of A
    run = words[first:last]
    plain = not any(t.tag in ("V", "AUX", "SUB", "PUNCT") for t in run)
    if not run or not plain or not (state or organ):
        return []
    crew = as_actor(words, (first, last))
    return [tied_by(m, state, acts[0]) for m in crew] if state is not None else crew


_ORGANS = word_set("ministry bureau intelligence directorate government regime security services")
