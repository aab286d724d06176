"""Statements that do something: announce a step, demand one, take one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import ATTACK, COPULA, word_set
from afterpatch.claims.stance.accused import ADDRESSED
from afterpatch.claims.stance.said import Said, Told
from afterpatch.claims.who.mentions import Mention

__all__ = ["acted", "acts", "advised", "announced", "measures", "must", "ruled_out", "urged"]

_STEPS = word_set("imposed unsealed brought filed")
# Those who take measures.
_STATELY = frozenset(("government", "intergovernmental", "government-agency", "official"))


def acts(text: str) -> bool:
    """Whether a sentence in the first person tells a step of one's own: we have reset C."""
    return any(wording(name).match(text) for name in ("own_act", "acted", "will_act"))


def announced(said: Said) -> Told | None:
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


def ruled_out(said: Said) -> Told | None:
    """`X ruled out paying`, `X imposed C`."""
    step = re.match(r"out (?:any |ever )?(\w+ing)\b", said.text, re.IGNORECASE)
    ruled = said.lemma == "rule" and step is not None and step[1] not in ATTACK
    return said.told("announces") if ruled or said.lemma in _STEPS else None


def advised(said: Said) -> Told | None:
    """`X advises owners to patch`, `it is vital that owners patch`."""
    advised = said.fits("is_vital") or (said.lemma == "advise" and said.fits("advised_to"))
    return said.told("demands") if advised else None


def must(said: Said) -> Told | None:
    """`A must stop, X said`."""
    if said.own or not said.fits("must") or said.fits("must_be_seen", "no_demand"):
        return None
    must = next((t.i for t in said.run if wording("must").fullmatch(t.low)), said.content[1])
    asked = [m for m in said.everyone if m.span[1] <= must]
    return said.told("demands", [*asked, *said.accused, *said.everyone][:1])


def urged(said: Said) -> Told | None:
    """`We call on A to stop, X said`, `we expect the authorities to act`."""
    asked = said.fits("urges") or _expects(said)
    return said.told("demands", said.everyone[-1:]) if asked else None


def _expects(said: Said) -> bool:
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


def acted(said: Said) -> Told | None:
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


def measures(said: Said) -> Told | None:
    """`Charges against A were unsealed`, `B expelled two diplomats`."""
    if said.accused and said.fits("charges_against"):
        return said.told("accuses", said.accused[:1])
    taken = said.speaker.type in _STATELY and said.fits("measure_taken")
    measure = (taken or said.fits("measure")) and not said.fits("behind")
    return said.told("announces") if measure else None
