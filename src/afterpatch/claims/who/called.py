"""What a crew is called: the name beside its noun, behind it, or before it.

`the gang X`, `a group known as X`, `hackers who call themselves X`, `X, a crew that …`. Also names
that no table knows, where the words say that they are a crew's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.words import ATTACK, COPULA, MONTHS, THREATS, TIMES, word_set
from afterpatch.claims.schema import AttackGroup
from afterpatch.claims.who.names import Entity, group_of, has_form_of_group

__all__ = [
    "HOSTILE", "Called", "Name", "called", "is_namer", "is_subject", "known_as", "names_itself",
]  # fmt: skip


class Name(Struct, frozen=True):
    """A crew's name as written."""

    span: Span
    norm: str
    group: AttackGroup | None


class Called(Struct, frozen=True):
    """The names of one crew, or of several that share a noun; `reach` holds its other names."""

    names: tuple[Name, ...]
    reach: Span


HOSTILE = word_set(
    "hacking hacker hackers threat espionage ransomware criminal cyber backed sponsored malicious "
    "hostile apt cyberespionage extortion linked aligned cybercrime exchange hack attack "
    "cyberattack attacked exploited stole hacktivist"
)
# Nouns for many, which bear a name of their own.
_BANDS = word_set(
    "group groups gang gangs crew crews outfit outfits collective collectives syndicate syndicates "
    "unit units team teams cluster clusters grouping groupings actor actors cell adversary "
    "threat-actor mob"
)
_CREWS = word_set("gang gangs hackers hacktivists cybercriminals syndicate extortionists attackers")
_NAMING = word_set(
    "call calls called calling dub dubs dubbed dubbing name names named naming nickname nicknames "
    "nicknamed codename codenames codenamed code-named christen christens christened label labels "
    "labeled labelled designate designates designated style styles styled styling brand brands "
    "branded term terms termed denominated baptized baptised so-called"
)
# These name only with `as`: tracks it as X.
_NAMING_AS = word_set(
    "know knows known track tracks tracked tracking refer refers referred identify identifies "
    "identified recorded listed catalogued cataloged followed follows"
)
_LEADING = frozenset(("DET", "ADJ", "N", "P", "PRON", "ADV", "AUX", "POSS", "NUM", "WH"))
_PAST = word_set("as to the itself themselves himself herself names ( also simply internally only")
_ALIAS = re.compile(
    r"(?:, )?(?:(?:that|which|who) )?(?:(?:go|goes|going|went|known|operates?|operating|acts?|"
    r"acting|working) )?(?:by|under|with) (?:the |a )?(?:[\w-]+ )?"
    r"(?:name|names|nickname|moniker|alias|pseudonym|handle|banner|label)(?: of)?(?= |$)"
)
_INNER = word_set("of the")  # within a name: Guardians of Peace
_CIVIL = word_set(
    "intelligence research security response defense defence advocacy rights legal support sales "
    "investigation investigations analysis hunting red news media"
)


def called(
    words: Sequence[Token], entities: Sequence[Entity], crew: Span, head: int, within: Span
) -> Called | None:
    """The name that the words round a crew's noun phrase give it; None where they give none."""
    first, end = within
    behind = _behind(words, entities, crew, head, end)
    before = _before(words, entities, crew, head, first, end)
    if not before:
        return behind
    if behind is None:
        return Called(before, (before[0].span[0], crew[1]))
    if len(before) == 1:
        before = (known_as(before[0], behind.names),)
    return Called(before, (before[0].span[0], behind.reach[1]))


def known_as(name: Name, others: Sequence[Name]) -> Name:
    """A crew under its first name, as the group that one of its other names tells."""
    group = next((n.group for n in others if n.group), None)
    return name if name.group is not None else Name(name.span, name.norm, group)


def is_namer(words: Sequence[Token], entity: Entity) -> bool:
    """`identified by the FBI as X`, `dubbed X by Microsoft`: who names, not whose crew it is."""
    at = entity.span[0] - 1
    at -= at > 0 and words[at].tag == "DET"
    lead = words[max(0, at - 5) : max(0, at)]
    return at > 0 and words[at].low == "by" and any(t.low in _NAMING | _NAMING_AS for t in lead)


def names_itself(words: Sequence[Token], at: int) -> bool:
    """Whether those who end before a word give themselves a name: `calling itself X`."""
    run = words[at : at + 4]
    itself = next((k for k, t in enumerate(run) if t.low in ("itself", "themselves")), 0)
    return itself > 0 and run[itself - 1].low in _NAMING


# ---------------------------------------------------------------- behind the noun


def _behind(
    words: Sequence[Token], entities: Sequence[Entity], crew: Span, head: int, end: int
) -> Called | None:
    """`a group known as X`, `two crews it calls X and Y`, `the gang X`."""
    # the clause that names a crew belongs to it, wherever the stretch ends
    identified = _is_identified(words, crew)
    at = crew[1] + 1 if identified else _past_naming(words, crew[1], len(words))
    if at is None and (tie := _past_tie(words, entities, crew[1], len(words))) is not None:
        at = _past_naming(words, tie, len(words))
    cued = at is not None
    apart = crew[1] < end and words[crew[1]].tag == "PUNCT"
    end = end if apart and not cued else len(words)
    if at is None:
        at = _beside(words, entities, crew, head, end)
    if at is None:
        return None
    one = words[crew[0]].tag == "DET" and words[head].low in _CREWS
    known = [e for e in entities if not (one and e.kind == "state")]  # the ransomware gang Cuba
    name = _name_at(words, known, at, end, cued=cued)
    if name is None or not (
        name.group or has_form_of_group(name.norm) or _is_hostile(words, entities, crew, head, cued)
    ):
        return None
    several = identified or (words[head].low in _BANDS and words[head].low.endswith("s"))
    names = [name]
    while (cued or several) and (after := _joined(words, names[-1].span[1], end)) is not None:
        other = _name_at(words, entities, after, end, cued=cued)
        if other is None:
            break
        names.append(other)
    return Called(tuple(names if several else names[:1]), (crew[0], names[-1].span[1]))


def _is_identified(words: Sequence[Token], crew: Span) -> bool:
    """`identified the crew as X`, `tracks the group as X`."""
    as_ = crew[1] + 1 < len(words) and words[crew[1]].low == "as"
    return as_ and any(
        t.low in _NAMING or t.low in _NAMING_AS for t in words[max(0, crew[0] - 2) : crew[0]]
    )


def _past_naming(words: Sequence[Token], first: int, end: int) -> int | None:
    """Where a name begins behind words that announce it: `, which the firm tracks as`."""
    run = words[first : min(first + 12, end)]
    alias = _ALIAS.match(" ".join(t.low for t in run))
    if alias is not None:
        return first + len(alias[0].split())
    at = first
    if run and run[0].text in (",", "(", "–", "—", "-"):
        at += 1
    while at < min(first + 11, end):
        token = words[at]
        if token.low in _NAMING or token.low in _NAMING_AS:
            named = _ALIAS.match(" ".join(t.low for t in words[at + 1 : min(at + 8, end)]))
            if named is not None:  # tracks them under the name X
                return at + 1 + len(named[0].split())
            after = _past_as(words, at + 1, end)
            with_as = any(t.low == "as" for t in words[at + 1 : after])
            if token.low in _NAMING or with_as:
                return after
            return None
        apart = token.tag == "DET" and at > first and words[at - 1].tag in ("N", "P")
        leads = token.tag in _LEADING or token.low in ("that", "better")
        if apart or token.low == "whose" or not leads:
            return None
        at += 1
    return None


def _past_as(words: Sequence[Token], at: int, end: int) -> int:
    """Behind `as the`, `itself`, `by the firm as`."""
    if at < end and words[at].low == "by":
        as_ = next((k for k in range(at, min(at + 6, end)) if words[k].low == "as"), None)
        at = at if as_ is None else as_
    while at < end and words[at].low in _PAST:
        at += 1
    return at


def _past_tie(
    words: Sequence[Token], entities: Sequence[Entity], first: int, end: int
) -> int | None:
    """Behind the state that a crew is tied to: `with ties to Iran`, `in Russia`."""
    near = [e for e in entities if first < e.span[0] <= first + 6 and e.state and e.span[1] < end]
    if not near or first >= end or words[first].tag != "ADP":
        return None
    if any(t.tag in ("V", "AUX", "PUNCT") for t in words[first : near[-1].span[0]]):
        return None
    return near[-1].span[1]


def _beside(
    words: Sequence[Token], entities: Sequence[Entity], crew: Span, head: int, end: int
) -> int | None:
    """Where a name stands right behind the noun: `the gang X`, `the group, X, did it`."""
    at = crew[1]
    comma = at < end and words[at].text in (",", "(", "–", "—")
    first = at + comma
    if first >= end:
        return None
    groups = (e for e in entities if e.kind == "group" and first <= e.span[0] <= first + 1)
    known = next(groups, None)
    if known is not None and words[first].low in ("the", words[known.span[0]].low):
        return first if not comma or _closes(words, known.span[1]) else None
    one = words[head].low in _BANDS and not words[head].low.endswith("s")
    if comma or at != head + 1 or not one or words[head].upper or not words[first].upper:
        return None
    stop = next((k for k in range(first, end) if not _is_name(words[k])), end)
    return None if _is_reduced(words, crew, stop, end) else first


def _closes(words: Sequence[Token], at: int) -> bool:
    return at >= len(words) or words[at].tag == "PUNCT"


def _is_reduced(words: Sequence[Token], crew: Span, after: int, end: int) -> bool:
    """Whether who stands behind the noun only tells something of it: `a gang Example blames`."""
    if after >= end or words[after].tag not in ("V", "AUX"):
        return False
    before = words[crew[0] - 1].tag if crew[0] else ""
    return words[crew[0]].low in ("a", "an") or before == "ADP"


def _joined(words: Sequence[Token], at: int, end: int) -> int | None:
    """Where the next name of a list begins."""
    if at + 1 >= end or not (words[at].text in (",", "&", "/") or words[at].low in ("and", "or")):
        return None
    return at + 1 + (words[at + 1].low in ("and", "or"))


# ---------------------------------------------------------------- before the noun


def _before(
    words: Sequence[Token], entities: Sequence[Entity], crew: Span, head: int, first: int, end: int
) -> tuple[Name, ...]:
    """`X, a crew that …`, `X and Y, two crews that …`, where the noun phrase is no subject."""
    at = crew[0] - 1
    if at <= first or words[at].text not in (",", "—", "–") or words[head].low not in _BANDS:
        return ()
    several = words[head].low.endswith("s")
    if not (several or words[crew[0]].low in _ONE) or is_subject(words, crew, end):
        return ()
    names: list[Name] = []
    while (name := _name_until(words, entities, first, at)) is not None:
        names.insert(0, name)
        at = name.span[0] - 1 - (words[name.span[0] - 1].low == "the")
        if not several or at <= first or words[at].low not in ("and", "&", ","):
            break
    if not names or (several and len(names) < 2):
        return ()
    if all(n.group or has_form_of_group(n.norm) for n in names):
        return tuple(names)
    setting = _opens_with_setting(words, names[0].span[0])
    return () if setting or not _is_hostile(words, entities, crew, head) else tuple(names)


def _name_until(
    words: Sequence[Token], entities: Sequence[Entity], first: int, end: int
) -> Name | None:
    """The name that ends before a word."""
    known = next((e for e in entities if e.kind == "group" and e.span[1] == end), None)
    if known is not None:
        return Name(known.span, known.norm, known.group)
    start = end
    while start > first and (
        _is_name(words[start - 1])
        or (words[start - 1].low in _INNER and start < end and words[start - 2].upper)
    ):
        start -= 1
    while start < end and (
        words[start].low in (*_INNER, *MONTHS) or words[start].low.endswith("day")
    ):
        start += 1
    if not 0 < end - start <= 4 or any(start <= e.span[0] < end for e in entities):
        return None
    return _made(words, (start, end))


_ONE = word_set("a an another the one")


def is_subject(words: Sequence[Token], crew: Span, end: int) -> bool:
    """Whether a verb follows the noun phrase: `In Kyiv, a group of hackers broke in`."""
    at = crew[1]
    while at + 1 < end and words[at].low == "of" and words[at + 1].tag in ("N", "ADJ", "P"):
        at += 2
        while at < end and words[at].tag in ("N", "ADJ", "P"):
            at += 1
    if at >= end or words[at].tag not in ("V", "AUX"):
        return False
    follows = words[at + 1].low if at + 1 < end else ""
    participle = words[at].tag == "V" and (
        words[at].form == "ing" or follows in ("by", "to", "in", "from", "with", "as", "for", "on")
    )
    return not participle or words[at].low in COPULA


def _opens_with_setting(words: Sequence[Token], start: int) -> bool:
    """`According to X, …`, `In X, …`: who is named there is no crew."""
    lead = start - 1 - (start > 0 and words[start - 1].tag == "DET")
    if lead < 0 or words[lead].tag not in ("ADP", "TO"):
        return False
    opens = lead - (lead > 0 and words[lead - 1].low == "according")
    return opens == 0 or words[opens].low == "according" or words[opens - 1].tag == "PUNCT"


# ---------------------------------------------------------------- names


def _name_at(
    words: Sequence[Token], entities: Sequence[Entity], at: int, end: int, *, cued: bool
) -> Name | None:
    """The name that begins at a word, be it known or not."""
    while at < end and (words[at].quote or words[at].low == "the"):
        at += 1
    known = next((e for e in entities if e.kind == "group" and e.span[0] == at), None)
    if known is not None:
        return Name(known.span, known.norm, known.group)
    stop = at
    while stop < end and (
        _is_name(words[stop])
        or (stop > at and words[stop].text == "-" and stop + 1 < end and _is_name(words[stop + 1]))
        or (stop > at and words[stop].low in _INNER and _goes_on(words, stop, end))
    ):
        stop += 1
    whole = any(e.span == (at, stop) for e in entities)
    part = any(at <= e.span[0] < stop for e in entities)
    if not 0 < stop - at <= 5 or whole or (part and not cued):
        return None
    opens = words[at]
    timed = opens.low in MONTHS or (opens.low in TIMES and stop == at + 1)
    if timed or not (opens.upper or stop > at + 1):
        return None
    if not cued and stop < end and words[stop].tag in ("N", "POSS"):
        return None  # the team Example analyst
    if cued and stop < end and _names_it(words, stop):
        return None
    return _made(words, (at, stop))


def _goes_on(words: Sequence[Token], at: int, end: int) -> bool:
    """Whether a name goes on behind `of`: Guardians of Peace, Sons of the North."""
    after = at + 1 + (at + 1 < end and words[at + 1].low == "the")
    return after < end and words[after].upper


def _names_it(words: Sequence[Token], at: int) -> bool:
    """Whether the name is of who names: `known as one Example calls`."""
    return words[at].low in _NAMING | _NAMING_AS and words[at].form in ("third", "base")


def _is_name(token: Token) -> bool:
    formed = token.upper or token.tag == "NUM" or token.text[0].isdigit()
    return formed and token.tag in ("P", "N", "ADJ", "NUM", "V") and token.low != "i"


def _made(words: Sequence[Token], span: Span) -> Name:
    first, end = span
    norm = words[first].text + "".join(
        " " * (b.start > a.end) + b.text
        for a, b in zip(words[first:end], words[first + 1 : end], strict=False)
    )
    return Name(span, norm, group_of(norm))


def _is_hostile(
    words: Sequence[Token], entities: Sequence[Entity], crew: Span, head: int, plain: bool = False
) -> bool:
    """Whether the noun phrase itself, or what it did, tells that these are attackers; `plain`
    where a phrase without a trade will do."""
    own = words[crew[0] : head + 1]
    if any(t.low in _CIVIL for t in own):
        return False
    if words[head].low in _CREWS or any(t.low in HOSTILE or t.low in _CREWS for t in own):
        return True
    if any(
        e.kind in ("demonym", "organ", "state") and crew[0] <= e.span[0] < crew[1] for e in entities
    ):
        return True
    trade = any(
        t.tag == "N"
        and t.low not in THREATS
        and "-" not in (words[t.i - 1].text, words[t.i + 1].text)
        for t in words[crew[0] : head]
    )
    reach = words[crew[1] : crew[1] + 14]
    if trade or plain:
        return not trade
    return any(t.low in ATTACK or t.low in ("behind", "responsible") for t in reach)
