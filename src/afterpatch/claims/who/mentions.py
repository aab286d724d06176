"""Who in a sentence may be the one accused: states, their organs, named groups, unnamed hackers.

What they did is for `stance/`; nothing here adds a state to a group that its sentence does not
name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.words import ATTACK, CLAIM_NOUNS, THREATS, word_set
from afterpatch.claims.schema import AttackGroup, Nexus
from afterpatch.claims.who.called import (
    HOSTILE,
    Name,
    called,
    is_namer,
    is_subject,
    known_as,
    names_itself,
)
from afterpatch.claims.who.names import Entity, entities_in
from afterpatch.claims.who.tied import is_premodifier, leads_on, tying

__all__ = ["CONDUCT", "Entity", "Mention", "actors_in", "entities_in", "nexus_of"]


class Mention(Struct, frozen=True):
    """Somebody who may be the one accused: the span to show, and how it is tied to a state."""

    kind: Literal["state", "organ", "group", "threat"]
    span: Span
    head: int
    norm: str
    state: str | None
    nexus: Nexus
    group: AttackGroup | None = None


_STATE_WORDS = word_set("government govt govt. regime state authorities leadership")
_MODIFIERS = word_set("spy hacker attacker criminal agent team threat-actor")
# Nouns for attackers only where something near says so.
_PLAIN = word_set(
    "actor actors group groups team teams unit units cell cells agent agents worker workers "
    "contractor contractors cluster operator operators criminal criminals grouping groupings mob "
    "mobs outfit outfits syndicate syndicates thieves raiders"
)
_PEOPLE = word_set(
    "nationals national citizens citizen officers officer men man diplomats firm firms company "
    "companies"
)
_ARMS = word_set("intelligence military service services spooks army")
_LEFT = frozenset(("DET", "ADJ", "N", "P", "NUM", "POSS", "ADV"))
_NEXUS: tuple[tuple[re.Pattern[str], Nexus], ...] = (
    (
        re.compile(
            r"(?:state|government|regime|kremlin|party)\s*-?\s*backed|\w - backed|backed by"
        ),
        "state-backed",
    ),
    (
        re.compile(
            r"(?:state|government)\s*-?\s*sponsored|\w - sponsored|sponsored by|nation[- ]state"
        ),
        "state-sponsored",
    ),
    (
        re.compile(
            r"under the (?:control|direction|command|orders)|(?:controlled|directed|run|commanded|"
            r"ordered) by|on (?:the )?(?:orders|behalf|instructions) of"
            r"|\b(?:work(?:s|ing)?|acting) (?:directly )?for|employed by"
            r"|at the (?:behest|request|direction) of"
            r"|in the (?:service|employ) of"
            r"|(?:state|government)\s*-?\s*(?:controlled|directed|run)"
        ),
        "state-controlled",
    ),
    (re.compile(r"(?:paid|hired|financed|funded|contracted) by|on the payroll"), "paid-by-state"),
)  # fmt: skip
_LINK = re.compile(
    r"\b(?:linked|aligned|affiliated|connected|tied|tie[sd]?|links?|connections?|nexus|associated|"
    r"belong\w*|part of|"
    r"arm of"
    r"|wing of|unit of)\b"
)
_BASED = re.compile(
    r"\b(?:based|originat\w+|operat\w+ (?:from|out of)|territory|located|soil|eastern europe)\b"
)
# A state's own men: state hackers, nation-state actors, spies of the Russian state.
_STATES_OWN = re.compile(
    r"\b(?:state|government) (?:cyber )?(?:hackers?|actors?|operatives?|attackers?|agents?|spies)\b"
    r"|\b(?:hackers|actors|operatives|attackers|agents|spies) of the \w+ (?:state|government)\b"
)
_SERVICE = re.compile(
    r"\b(?:military|intelligence|security|secret) (?:intelligence|services?|agency)\b"
)
_PART_OF = re.compile(r"\b(?:unit|part|arm|wing|branch|division|section|team) of\b")
_JOINS = word_set(
    "linked tied connected affiliated associated aligned sponsored backed controlled directed "
    "paid hired funded employed employing working operating based acting run known called named "
    "dubbed belonging believed thought tracked"
)


def actors_in(
    words: Sequence[Token], entities: Sequence[Entity], span: Span | None = None
) -> list[Mention]:
    """Everybody in a stretch of a sentence who may be meant as the actor, in order."""
    first, end = span or (0, len(words))
    inside = [e for e in entities if first <= e.span[0] and e.span[1] <= end]
    found: list[Mention] = []
    covered: set[int] = set()
    for at in range(first, end):
        if (
            words[at].low in THREATS
            and words[at].tag in ("N", "P", "ADJ", "V")
            and at not in covered
        ):
            mention = _threat(words, inside, at, first, end)
            if mention is not None and not covered & set(range(*mention.span)):
                found.append(mention)
                covered.update(range(*mention.span))
    for entity in inside:
        if covered & set(range(*entity.span)) and entity.kind != "group":
            continue
        if entity.kind == "group":
            found = [
                m for m in found if not (m.group and set(range(*m.span)) & set(range(*entity.span)))
            ]
            found.append(_group(words, inside, entity, first, end))
        elif entity.kind == "organ":
            found.append(_organ(words, inside, entity, first))
        elif entity.kind == "state" and entity.type != "government-group":
            found.append(_state(words, entity, first, end))
        elif entity.kind == "demonym" and entity.state not in ("WEST", "EU"):
            mention = _demonym(words, entity, first, end)
            if mention is not None:
                found.append(mention)
    found = [m for m in found if not _covered(words, m, found)]
    return _named(words, entities, sorted(found, key=lambda m: (m.span, m.norm)), (first, end))


def _covered(words: Sequence[Token], mention: Mention, found: Sequence[Mention]) -> bool:
    """Whether a state only names whose organ or crew it is: `Russia's GRU`, `Iran-backed X`."""
    first, end = mention.span
    return mention.kind == "state" and any(
        (o.span != mention.span and o.span[0] <= first and end <= o.span[1])
        or (
            o.kind == "group"
            and o.state == mention.state
            and 0 < o.span[0] - end < 6
            and is_premodifier(words, (end, o.span[0]))
        )
        for o in found
    )


def _named(
    words: Sequence[Token], entities: Sequence[Entity], found: list[Mention], within: Span
) -> list[Mention]:
    """A crew whose name stands by it is that group, with the tie that the crew's own words tell: `a
    Chinese crew known as X`, `hackers from the X group`, `X, a crew run by the ministry`."""
    kept: list[Mention] = []
    aliased: list[Mention] = []  # an organ that analysts have named
    gone: set[int] = set()
    for mention in found:
        if mention.kind == "state" or mention.span[0] in gone:
            continue
        own = [m for m in found if m.kind == "group" and m.span[0] in range(*mention.span)]
        if mention.kind == "threat" and own:  # the GRU's Unit 26165
            kept.append(_tied_name(Name(own[0].span, own[0].norm, own[0].group), mention, found))
            gone.update(range(*mention.span))
            continue
        told = called(words, entities, mention.span, mention.head, within)
        if told is None:
            continue
        names = told.names
        if mention.kind == "organ":
            gone.update(range(mention.span[1], told.reach[1]))
            aliased.append(msgspec.structs.replace(mention, group=names[0].group))
            continue
        if mention.kind == "group":  # X, also known as Y
            names = (known_as(Name(mention.span, mention.norm, mention.group), names),)
        if names[0].span[0] in gone and kept:  # X, also called Y, a crew that …
            kept[-1] = _with_tie(kept[-1], mention)
            names = ()
        told_of = [m.state for m in found if m.kind == "group" and m.span[0] in range(*told.reach)]
        state = next((s for s in told_of if s), None) if len(names) == 1 else None
        for name in names:
            tied = _tied_name(name, mention, found)
            kept.append(msgspec.structs.replace(tied, state=tied.state or state))
        gone.update(range(*told.reach))
    rest = [m for m in found if not (m.kind in ("threat", "group") and m.span[0] in gone)]
    rest = [next((a for a in aliased if a.span == m.span), m) for m in rest]
    return sorted([*rest, *kept], key=lambda m: (m.span, m.norm))


def _tied_name(name: Name, crew: Mention, found: Sequence[Mention]) -> Mention:
    own = next((m for m in found if m.kind == "group" and m.span == name.span), crew)
    named = Mention(
        "group", name.span, name.span[0], name.norm, own.state, own.nexus, name.group
    )  # fmt: skip
    return _with_tie(named, crew)


def _with_tie(group: Mention, crew: Mention) -> Mention:
    """A group with the tie that its noun tells, where its own words tell none."""
    nexus = crew.nexus if group.nexus == "unspecified" else group.nexus
    return msgspec.structs.replace(group, state=group.state or crew.state, nexus=nexus)


def _threat(
    words: Sequence[Token], inside: Sequence[Entity], at: int, first: int, end: int
) -> Mention | None:
    """An unnamed crew: the noun phrase round its noun, and what ties it to a state."""
    if words[at].low in _PLAIN and not _hostile(words, inside, at, first):
        return None
    if _is_modifier(words, at, end):
        return None
    left, right = _crew_left(words, at, first), _crew_right(words, inside, at, end)
    text = " ".join(t.low for t in words[left:right])
    near = [e for e in inside if left <= e.span[0] < right and not _is_language(words, e)]
    states = [e for e in near if e.kind != "group"]
    ties = tying(words, states, (left, right), (at, at + 1))
    near = [e for e in near if e.kind == "group" or e in ties]
    tied = next((e.state for e in near if e.state and e.state != "WEST"), None)
    named = next((e for e in near if e.kind == "group"), None)
    if named is None:
        norm = " ".join(t.text for t in words[left:right])
        nexus = _nexus(text, near)
        if nexus == "unspecified" and _is_abroad(words, near, at):
            nexus = "territory"
        return Mention("threat", (left, right), at, norm, tied, nexus)
    group = _group(words, inside, named, first, end)
    others = [e for e in near if e.kind != "group"]
    if group.nexus != "unspecified" or not others:
        return group
    return msgspec.structs.replace(group, state=tied or group.state, nexus=_nexus(text, others))


def _is_abroad(words: Sequence[Token], near: Sequence[Entity], at: int) -> bool:
    """`hackers in Russia`, `a crew from China`: a place, and no more."""
    if at + 2 >= len(words) or words[at + 1].low not in ("in", "from", "inside"):
        return False
    first = at + 2 + (words[at + 2].low == "the")
    return any(e.kind == "state" and e.span[0] == first for e in near)


def _is_language(words: Sequence[Token], entity: Entity) -> bool:
    """`a Russian-speaking crew` tells what it speaks, not whose it is."""
    behind = [t.low for t in words[entity.span[1] : entity.span[1] + 2]]
    return entity.kind == "demonym" and "speaking" in behind


def _is_modifier(words: Sequence[Token], at: int, end: int) -> bool:
    """Whether a noun for attackers only tells more of the next: `spy chiefs`, `hacker forum`."""
    if at + 1 >= end:
        return False
    after = words[at + 1]
    if after.low in THREATS or after.low in ("backdoor", "activity"):
        return True  # a compound: its last word is the head
    return words[at].low in _MODIFIERS and (after.tag == "N" or after.low in CLAIM_NOUNS)


def _crew_left(words: Sequence[Token], at: int, first: int) -> int:
    """Where the noun phrase of a crew begins."""
    left = at
    while left > first and words[left - 1].low not in ("that", "then", "now", "when", "however"):
        before = words[left - 1]
        part = before.tag in _LEFT or before.text in ("-", "&")
        made = before.tag == "V" and left - 2 >= first and words[left - 2].text == "-"
        doing = left == at and before.low in HOSTILE and before.form == "ing"
        if not (part or made or doing):
            break
        left -= 1
        if before.low in ("a", "an", "the"):
            break
    while left < at and words[left].tag in ("ADV", "CC", "PUNCT") and words[left].text != "(":
        left += 1
    return left


def _crew_right(words: Sequence[Token], inside: Sequence[Entity], at: int, end: int) -> int:
    """Where what is told of a crew behind its noun ends: `hackers linked to A and B`."""
    right = at + 1
    tied = any(t.low in _TIED_WITH for t in words[right + 1 : right + 4])
    with_ties = right < end and words[right].low == "with" and tied
    soil = any(t.low in ("soil", "territory") for t in words[right + 1 : right + 5])
    on_soil = right < end and words[right].low == "on" and soil
    joined = right < end and words[right].low in _JOINS | {"from", "in", "around", "of"}
    if joined or with_ties or on_soil:
        stop = _tail(words, right, end)
        tail = [e for e in inside if right <= e.span[0] < stop and e.kind != "house"]
        ties = tying(words, tail, (at, stop), (at, at + 1))
        tail = [e for e in tail if e.kind == "group" or e in ties]
        if tail:
            opens = min(tail, key=lambda e: e.span)
            right = max(e.span[1] for e in tail if e.span[0] - opens.span[1] <= 1)
            while right < stop and (
                words[right].text == "-"
                or words[right - 1].text == "-"
                or words[right].low in _STATE_WORDS | THREATS
                or (on_soil and words[right].low in ("soil", "territory"))
            ):
                right += 1
        elif words[right].low == "around":
            right = stop
    return right + 1 if right < end and words[right].low == "responsible" else right


_TIED_WITH = word_set("ties links connections")


def _hostile(words: Sequence[Token], inside: Sequence[Entity], at: int, first: int) -> bool:
    """Whether a plain noun such as group or actor means attackers here."""
    before = words[at - 1] if at > first else None
    trade = before is not None and before.tag == "N" and before.low not in HOSTILE
    if trade and before is not None and not before.upper and words[at].low in _TRADES:
        return False  # a wind-farm operator
    near = words[max(first, at - 7) : at]
    if any(t.low in HOSTILE or t.low in THREATS for t in near) or names_itself(words, at + 1):
        return True
    if any(
        e.kind in ("demonym", "organ", "group") and at - 6 <= e.span[0] < at + 7 for e in inside
    ):
        return True
    if any(e.kind == "state" and e.span[1] <= at and at - e.span[1] <= 3 for e in inside):
        return True
    after = words[at + 1 : at + 8]
    if not trade and words[at].low in _SOMEBODY and _stands_in(words, inside, at):
        return True
    if any(t.low in HOSTILE or t.low in ("responsible", "behind") for t in after[:4]):
        return True
    if at > first and words[at - 1].low == "same" and words[at].low not in _TRADES - {"operators"}:
        return True
    spoken_of = words[at].low in ("group", "groups", "team") and at > first
    if spoken_of and words[at - 1].low in _SPOKEN_OF:
        return True
    name = called(words, inside, (at, at + 1), at, (at, len(words)))
    return name is not None and name.names[0].group is not None  # the outfit known as X


_SPOKEN_OF = word_set("the same other two three second another this")


_SOMEBODY = word_set("actor actors group groups cluster clusters unit units")


def _stands_in(words: Sequence[Token], inside: Sequence[Entity], at: int) -> bool:
    """`actors in A`, `a group based in A`, where an attack is spoken of, or in quotation marks."""
    if not any(t.low in ATTACK or t.low in ("behind", "responsible") or t.quote for t in words):
        return False
    opening = at + 1 + (at + 1 < len(words) and words[at + 1].low in ("based", "operating"))
    if opening >= len(words) or words[opening].low not in ("in", "from"):
        return False
    return any(e.kind == "state" and opening < e.span[0] <= opening + 2 for e in inside)


_TRADES = word_set(
    "operator operators worker workers contractor contractors agent agents team teams"
)


def _tail(words: Sequence[Token], at: int, end: int) -> int:
    """Where what is said of a crew behind its noun ends."""
    stop = at + 1
    while stop < end and stop < at + 12:
        token = words[stop]
        if token.tag in ("AUX", "SUB", "WH", "QUOTE") or token.text in (",", ";", ":", "."):
            break
        if token.tag == "V" and token.low not in _JOINS and token.form != "ing":
            break
        stop += 1
    return stop


def _nexus(text: str, near: Sequence[Entity]) -> Nexus:
    if _STATES_OWN.search(text):
        return "state"
    for pattern, nexus in _NEXUS:
        if pattern.search(text):
            return nexus
    organ = any(e.kind == "organ" for e in near) or _SERVICE.search(text) is not None
    if organ and _PART_OF.search(text):
        return "state-organ"
    if _LINK.search(text):
        return "linked-to-state-organ" if organ else "linked"
    if _BASED.search(text):
        return "territory"
    return "state-organ" if organ else "unspecified"


def nexus_of(text: str) -> Nexus | None:
    """The tie to a state that words such as `state-sponsored` tell; None where they tell none."""
    return next((nexus for pattern, nexus in _NEXUS if pattern.search(text.lower())), None)


def _group(
    words: Sequence[Token], inside: Sequence[Entity], entity: Entity, first: int, end: int
) -> Mention:
    """A named group with the tie that its own noun phrase tells: `the Chinese-linked group X`."""
    left = entity.span[0]
    while (
        left > first
        and entity.span[0] - left < 12
        and (
            words[left - 1].tag in _LEFT
            or words[left - 1].text in ("-", "(")
            or (words[left - 1].low in _TIES and leads_on(words, left - 1))
        )
    ):
        left -= 1
    right = entity.span[1]
    if right + 2 < end and words[right].text == "," and _is_apposed(words, right + 1, end):
        right = next(
            (k for k in range(right + 2, min(right + 20, end)) if words[k].text in (",", ";")),
            min(right + 20, end),
        )
    elif right < end and words[right].low == "of":  # Unit 26165 of the GRU
        right = _tail(words, right, end)
    elif right < end:
        comma = words[right].text == "," and right + 1 < end
        right = _tail(words, right, end) if words[right + comma].low in _JOINS else right
    near = [e for e in inside if left <= e.span[0] < right and e.kind != "group"]
    near = [e for e in near if not (_is_language(words, e) or is_namer(words, e))]
    near = tying(words, near, (left, right), entity.span)
    text = " ".join(t.low for t in words[left:right])
    state = next((e.state for e in near if e.state and e.state != "WEST"), None)
    nexus = _nexus(text, near) if near else "unspecified"
    norm = entity.norm
    return Mention("group", entity.span, entity.span[0], norm, state, nexus, entity.group)


def _is_apposed(words: Sequence[Token], first: int, end: int) -> bool:
    """Whether what follows a name's comma tells more of it: not `X, the FBI said`."""
    if words[first].low in ("which", "who"):
        return True
    stop = first + 1
    while stop < end and words[stop].tag in _LEFT:
        stop += 1
    owned = stop > first + 1 and words[first].upper and words[first + 1].tag == "POSS"
    opens = words[first].low in ("a", "an", "the", "one") or owned
    if words[first].low == "one" and words[first + 1].low == "of":
        return True
    return opens and not is_subject(words, (first, stop), end)


_TIES = word_set(
    "known as called named dubbed sponsored by backed linked to tied from with group state "
    "believed , of"
)


def _organ(words: Sequence[Token], inside: Sequence[Entity], entity: Entity, first: int) -> Mention:
    left, right = entity.span
    for other in inside:
        # the Chinese Ministry of State Security, China's MSS
        gap = left - other.span[1]
        own = other.kind in ("demonym", "state") and other.state == entity.state
        if own and (gap == 0 or (gap == 1 and words[other.span[1]].tag == "POSS")):
            left = other.span[0]
    if left > first and words[left - 1].tag == "DET":
        left -= 1
    close = _parenthesis(words, right)
    if close + 1 < len(words) and words[close].tag == "NUM" and words[close + 1].low in _SERVANTS:
        close += 1
    if close < len(words) and words[close].low in _SERVANTS:
        norm = " ".join(t.text for t in words[left : close + 1])
        if left > first and words[left - 1].tag == "NUM":
            left -= 1
        return Mention("threat", (left, close + 1), close, norm, entity.state, "state-organ")
    norm = f"{entity.norm} ({entity.state})"
    return Mention("organ", (left, close), entity.span[0], norm, entity.state, "state-organ")


_SERVANTS = word_set(
    "officer officers hacker hackers agent agents operative operatives spy spies employee "
    "employees "
    "member members contractor contractors unit units"
)


def _parenthesis(words: Sequence[Token], at: int) -> int:
    if at + 2 < len(words) and words[at].text == "(" and words[at + 2].text == ")":
        return at + 3
    return at


def _state(words: Sequence[Token], entity: Entity, first: int, end: int) -> Mention:
    left, right = entity.span
    words_before = " ".join(t.low for t in words[max(first, left - 3) : left])
    if re.search(r"(?:territory|soil) of$", words_before):
        left -= 2
        if left > first and words[left - 1].tag == "DET":
            left -= 1
        norm = f"unnamed actor operating from {entity.norm}"
        return Mention("state", (left, right), entity.span[0], norm, entity.state, "territory")
    ruled = _government_of(words, entity, first, end)
    if ruled is not None:
        return ruled
    arm = right + 1 if right < end and words[right].tag == "POSS" else right
    stop = _arms_end(words, arm, end)
    if stop > arm:
        norm = f"{entity.norm} {' '.join(t.low for t in words[arm:stop])}"
        return Mention("organ", (left, stop), stop - 1, norm, entity.state, "state-organ")
    nexus: Nexus = "state"
    before = words[left - 1].low if left > first else ""
    if before == "the" and left - 1 > first:
        before = words[left - 2].low
    if before in ("from", "in") and words[entity.span[0]].tag == "P":
        nexus = "territory"
    return Mention(
        "state", (left, right), entity.span[0], f"{entity.norm} (state)", entity.state, nexus
    )


def _government_of(words: Sequence[Token], entity: Entity, first: int, end: int) -> Mention | None:
    """`the government of A`, `the leadership in A`, `A's regime`: that state."""
    left, right = entity.span
    lead = left - 1 - (left > first and words[left - 1].low == "the")
    if lead > first and words[lead].low in ("of", "in") and words[lead - 1].low in _RULERS:
        start = lead - 1
        while start > first and words[start - 1].tag == "ADJ":
            start -= 1
        start -= start > first and words[start - 1].tag == "DET"
        norm = f"Government of {entity.norm}"
        return Mention("state", (start, right), lead - 1, norm, entity.state, "state")
    at = right + 1 if right < end and words[right].tag == "POSS" else end
    while at < end and words[at].tag == "ADJ" and words[at].low not in _STATE_WORDS:
        at += 1
    if at >= end or words[at].low not in _STATE_WORDS:
        return None
    if at + 1 < end and (words[at + 1].tag in ("N", "P", "POSS") or words[at + 1].text == "-"):
        return None  # A's government websites, A's state-backed hackers
    norm = f"{entity.norm} (state)" if words[at].low == "state" else f"Government of {entity.norm}"
    return Mention("state", (left, at + 1), at, norm, entity.state, "state")


_RULERS = _STATE_WORDS - {"state"} | word_set("rulers leaders")


def _arms_end(words: Sequence[Token], at: int, end: int) -> int:
    """Where `military intelligence service`, `security services` ends; `at` where none begins."""
    stop = at
    while stop < end and words[stop].low in _ARMS | _OF_ARMS:
        stop += 1
    told = any(t.low in _ARMS for t in words[at:stop])
    whole = stop >= end or (words[stop].tag not in ("N", "P") and words[stop].text != "-")
    return stop if told and whole and words[stop - 1].tag == "N" else at


_OF_ARMS = word_set(
    "agency agencies ministry directorate secret foreign security spy domestic special bureau"
)


def _demonym(words: Sequence[Token], entity: Entity, first: int, end: int) -> Mention | None:
    """`the Chinese Government`, `the Chinese`, `two Russian nationals`, `Chinese behaviour`."""
    left, right = entity.span
    at = right
    while at < end and words[at].tag in ("ADJ", "N", "P") and at < right + 4:
        low = words[at].low.rstrip(".")
        if low in _STATE_WORDS | _PEOPLE | _ARMS:
            break
        at += 1
    follows = words[at].low.rstrip(".") if at < end else ""
    if left > first and words[left - 1].tag in ("DET", "NUM"):
        left -= 1
    if follows in _STATE_WORDS:
        name = "state" if follows == "state" else "Government"
        norm = f"{entity.norm} (state)" if name == "state" else f"Government of {entity.norm}"
        return Mention("state", (left, at + 1), at, norm, entity.state, "state")
    if follows in _ARMS:
        while at + 1 < end and words[at + 1].low in _ARMS | {"agency", "agencies"}:
            at += 1
            follows = f"{follows} {words[at].low}"
        return Mention(
            "organ", (left, at + 1), at, f"{entity.norm} {follows}", entity.state, "state-organ"
        )
    if follows in _PEOPLE:
        norm = " ".join(t.text for t in words[left : at + 1])
        return Mention("threat", (left, at + 1), at, norm, entity.state, "unspecified")
    bare = right >= end or words[right].tag in ("ADV", "PUNCT", "AUX", "V", "SUB", "ADP", "CC")
    the = left < entity.span[0] and words[left].low == "the"
    if bare and the:
        return Mention(
            "state", (left, right), entity.span[0], f"{entity.norm} (unspecified)", entity.state,
            "unspecified",
        )  # fmt: skip
    if follows in CONDUCT or (at > right and words[at - 1].low in CONDUCT):
        said = " ".join(t.low for t in words[max(first, entity.span[0] - 4) : at + 1])
        return Mention(
            "state",
            entity.span,
            entity.span[0],
            f"{entity.norm} (unspecified)",
            entity.state,
            nexus_of(said) or "unspecified",
        )
    return None


CONDUCT = word_set(
    "behaviour behavior activity activities conduct attack attacks campaign hacking espionage "
    "cyberattack cyberattacks operation operations aggression cyber-activity hack hacks spying "
    "intrusion intrusions theft involvement complicity actions wiretapping"
)
