"""Statements that reckon or weigh: figures, forecasts, judgments of what something is like."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.wording import wording
from afterpatch.claims.grammar.words import ADVERSE, ATTACK, COPULA, word_set
from afterpatch.claims.schema import Quantity
from afterpatch.claims.stance.said import KNOWING, Said, Told
from afterpatch.claims.stance.telling import VICTIMS

__all__ = ["assessed", "estimated", "foreseen"]

_DISCLOSING = word_set("confirm admit acknowledge disclose reveal report")
_COUNTING = word_set("flag detect observe find discover count identify confirm record register")
_RECKONING = word_set("reckon expect predict forecast")
_FORESEEING = word_set("warn predict forecast caution expect fear doubt anticipate")
# Those whose weighing of an attack is an assessment.
_JUDGES = frozenset(
    ("government", "intergovernmental", "government-group", "government-agency", "official",
     "company", "organization")
)  # fmt: skip


def estimated(said: Said) -> Told | None:
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
        boasted = said.hostile and counted[0].value >= 1000
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


def foreseen(said: Said) -> Told | None:
    """`X warned of further attacks`, `X expects that C will follow`."""
    warned = said.lemma == "warn" and said.fits("of_or_about")
    coming = said.lemma in _FORESEEING and said.fits("future")
    return said.told("assesses") if warned or coming else None


def assessed(said: Said) -> Told | None:
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
    if said.lemma in KNOWING:
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


def _is_the_crew(said: Said) -> bool:
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


def _verb_of(said: Said) -> Sequence[Token]:
    """What attackers without a name are said to do."""
    if not said.bare:
        return []
    behind = said.words[said.bare[0].span[1] : said.bare[0].span[1] + 5]
    return [t for t in behind if t.tag == "V"][:1]


def _is_judgment(said: Said) -> bool:
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
    "alone inside outside sufficient insufficient usable"
)


def _about_attack(said: Said) -> bool:
    """Whether what stands before the first verb speaks of an attack."""
    if said.bare:
        return True
    verb = next((k for k, t in enumerate(said.run) if k and t.tag in ("V", "AUX")), len(said.run))
    return any(t.low in ATTACK for t in said.run[:verb])
