"""Whether somebody named in a statement does the deed, or is only its victim or its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from afterpatch.claims.grammar.syntax import Span
from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import (
    ADVERSE,
    ATTACK,
    CLAIM_NOUNS,
    COPULA,
    DOCUMENTS,
    word_set,
)
from afterpatch.claims.who.mentions import CONDUCT, Mention

__all__ = ["DOING", "PARTNERS", "does_it"]

# How one who does the deed with another is joined: in conjunction with, with the help of.
PARTNERS = word_set(
    "conjunction together along alongside concert collaboration cahoots league tandem"
)
_LEADS = word_set("point points pointed pointing lead leads led leading falls fell")  # to a culprit
_ORIGIN = word_set("originating originated originates originate emanating emanated emanates")
_TRACED = _LEADS | word_set(
    "attributed attribute attributable ascribed linked tied traced connected belong belongs "
    "belonged "
    "belonging back down due track tracks tracked known credited down"
)
DOING = word_set("doing work handiwork fault")
_SENT = word_set(
    "request requests letter letters message help support aid assistance response reply answer "
    "reaction comment statement denial pressure criticism demand demands call calls word news "
    "information intelligence tip warning warnings visit delegation"
)
_STATEMENTS = frozenset(CLAIM_NOUNS) | DOCUMENTS
_SIGNS = word_set("evidence proof signs indications")  # of somebody's doing
_PARTS = word_set(
    "elements members officers units behalf implication involvement complicity responsibility "
    "guilt "
    "hand culpability level levels orders behest direction instruction instructions auspices "
    "request"
)
_PLACES = word_set("on against at in to of into inside targeting across for with upon about")
# Who is an attacker only where it is said to attack.
_CIVIL = word_set("firm firms company companies citizen citizens diplomats man men")


def does_it(words: Sequence[Token], mention: Mention, span: Span, *, alone: bool) -> bool:
    """Whether the one mentioned does the deed in this stretch; `alone`, nobody before does."""
    place = _Place(words, mention, span, alone)
    rules = _OF_CREWS if mention.kind in ("group", "threat") else _OF_STATES
    answers = (rule(place) for rule in (*_OF_ALL, *rules))
    return next((told for told in answers if told is not None), False)


class _Place:
    """Somebody in a statement: the words before, without `the`, and those that follow."""

    def __init__(self, words: Sequence[Token], mention: Mention, span: Span, alone: bool) -> None:
        self.words, self.mention, self.end, self.alone = words, mention, span[1], alone
        before = [t.low for t in words[max(span[0], mention.span[0] - 5) : mention.span[0]]]
        self.before = (before[:-1] if before[-1:] == ["the"] else before)[-4:]
        self.last = self.before[-1] if self.before else ""
        self.lead = self.before[-2] if len(self.before) > 1 else ""

    @cached_property
    def follows(self) -> list[Token]:
        behind = self.words[self.mention.span[1] : self.mention.span[1] + 14]
        return [t for t in behind if not t.quote]

    @property
    def owns(self) -> bool:
        """Whether what follows is theirs: `Russia's`."""
        return bool(self.follows) and self.follows[0].tag == "POSS"

    @property
    def territory(self) -> bool:
        return self.mention.nexus == "territory"


_Rule = Callable[[_Place], bool | None]


# ---------------------------------------------------------------- anybody


def _is_partner(p: _Place) -> bool | None:
    """`in concert with A`, where somebody before does it."""
    joins = p.last in ("with", "alongside", "and") and not PARTNERS.isdisjoint(p.before)
    return True if joins and not p.alone else None


def _did_not(p: _Place) -> bool | None:
    """`A did not`, `not the work of A`."""
    not_theirs = p.last == "of" and "work" in p.before and "not" in p.before
    return False if not_theirs or _denied(p.words, p.mention, p.end) else None


def _only_speaks(p: _Place) -> bool | None:
    """`statements by A`, `was contacted by A`."""
    spoke = p.last == "by" and p.lead in _STATEMENTS
    return False if spoke or wording("innocent_by").search(" ".join(p.before)) else None


def _is_civil(p: _Place) -> bool | None:
    """`Chinese companies`: attackers only where they are said to attack."""
    first = p.mention.span[1]
    behind = {t.low for t in p.words[first : first + 6]}
    attacks = behind & (ATTACK | ADVERSE | {"behind", "responsible"})
    civil = p.words[first - 1].low in _CIVIL
    return False if civil and p.last != "by" and not attacks else None


# ---------------------------------------------------------------- crews


def _crew_is_suspected(p: _Place) -> bool | None:
    """`suspicion falls on A`."""
    return True if p.last == "on" and p.lead in _LEADS else None


def _crew_is_aim(p: _Place) -> bool | None:
    """`emails to A`, `sanctions on A`; but `the group of A` where nobody else does it."""
    if p.last == "to":
        return None if not _TRACED.isdisjoint(p.before) else False
    if p.last in ("against", "on", "targeting", "of", "for", "aligned"):
        return p.alone and p.mention.kind == "group" and p.last == "of"
    return False if p.last == "with" and p.lead == "aligned" and "work" not in p.before else None


def _crew_attacks(_: _Place) -> bool | None:
    """A crew that is named does what the statement tells."""
    return True


# ---------------------------------------------------------------- states and their organs


def _is_sender(p: _Place) -> bool | None:
    """`no request from A`."""
    return False if p.last == "from" and p.lead in _SENT else None


def _is_origin(p: _Place) -> bool | None:
    """`came from A`, `activity that originates in A`."""
    from_there = p.territory and "from" in p.before
    return True if from_there or (p.last in ("in", "from") and p.lead in _ORIGIN) else None


def _has_part(p: _Place) -> bool | None:
    """`officers of A`, `the involvement of A`."""
    part = p.last in ("of", "by") and not (_PARTS | _SIGNS).isdisjoint(p.before)
    return True if part else None


def _is_theirs(p: _Place) -> bool | None:
    """`this is A's doing`, `A's pattern of behavior`."""
    if not p.owns:
        return None
    own = len(p.follows) > 1 and p.follows[1].low in DOING and p.last in COPULA
    return True if own or any(t.low in CONDUCT for t in p.follows[1:6]) else None


def _is_led_to(p: _Place) -> bool | None:
    """`points to A`, `launched by A`, `the work of A`, `the blame lies with A`."""
    led = p.last in ("to", "on") and p.lead in _LEADS
    work = p.last == "of" and "work" in p.before
    return True if led or work or p.last == "by" or p.lead == "lies" else None


def _is_aim(p: _Place) -> bool | None:
    """`attacks on A`, `in A`; but `attributed to A`."""
    attributed = p.last == "to" and not {"attributed", "attribute"}.isdisjoint(p.before)
    return False if p.last in _PLACES and not attributed else None


def _only_owns(p: _Place) -> bool | None:
    """`A's parliament`, `US bases`."""
    named = p.mention.norm.endswith("(state)") and _only_modifies(p.words, p.mention, p.end)
    return False if p.owns or named else None


def _is_behind_it(p: _Place) -> bool | None:
    """`A likely behind the attack`: a title without its verb."""
    return True if wording("behind_it").match(" ".join(t.low for t in p.follows)) else None


def _acts(p: _Place) -> bool | None:
    """`A hacked B`, `A is the culprit`, `it was A`; not `A opposes hacking`, `A was hacked`."""
    follows = p.follows
    if follows and follows[0].text == "," and any(t.text == "," for t in follows[1:]):
        closing = next(k for k, t in enumerate(follows[1:], 1) if t.text == ",")
        follows = follows[closing + 1 :]  # A, as one of the victims, did it
    verb = next((t for t in follows if t.tag in ("V", "AUX")), None)
    main = next((t for t in follows if t.tag not in ("AUX", "ADV", "NEG")), None)
    beyond = p.words[main.i + 1].low if main is not None and main.i + 1 < len(p.words) else ""
    if main is not None and wording("innocent").match(main.low) and beyond != "behind":
        return False
    text = " ".join(t.low for t in follows)
    noun = main is not None and main.tag == "DET" and verb is not None and verb.low in COPULA
    harms = not noun and any(t.low in ADVERSE or t.low in ATTACK for t in follows[:8])
    culprit = wording("did_it").search(text) or (noun and wording("wrongdoer").search(text))
    if verb is not None and (harms or culprit):
        return not wording("was_hit").search(text)
    did = bool(follows) and follows[0].low == "did"
    return did or p.mention.norm.endswith("(unspecified)") or _it_was(p)


def _it_was(p: _Place) -> bool:
    """`we know that it was A`, with nothing behind."""
    behind = p.words[p.mention.span[1] : p.end]
    ends = all(t.tag == "PUNCT" or t.quote for t in behind)
    return ends and wording("ends_in_it_was").search(" ".join(p.before)) is not None


_OF_ALL: tuple[_Rule, ...] = (_is_partner, _did_not, _only_speaks, _is_civil)
_OF_CREWS: tuple[_Rule, ...] = (_crew_is_suspected, _crew_is_aim, _crew_attacks)
_OF_STATES: tuple[_Rule, ...] = (
    _is_sender, _is_origin, _has_part, _is_theirs, _is_led_to, _is_aim, _only_owns, _is_behind_it,
    _acts,
)  # fmt: skip


def _only_modifies(words: Sequence[Token], mention: Mention, end: int) -> bool:
    """Whether a state's name only tells whose the next noun is: `US bases`, `China policy`."""
    at = mention.span[1]
    return (
        at < end
        and words[at].tag in ("N", "P")
        and not words[at].upper
        and words[at].low not in STATE_NOUNS
    )


STATE_NOUNS = word_set("side government state regime authorities leadership officials itself")


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
