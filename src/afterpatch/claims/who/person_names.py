"""Names of people in a source, and the offices that stand beside them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from afterpatch.claims.grammar.text import Token
from afterpatch.claims.grammar.words import OFFICES, PEOPLE, TIMES, word_set
from afterpatch.claims.who.names import Entity

__all__ = [
    "BASED",
    "BODIES",
    "FIRMS",
    "FIRM_NOUNS",
    "could_be_name",
    "is_address",
    "name_behind",
    "office_behind",
    "person_in",
    "role_beside",
    "titled_person",
    "words_of",
]

# Nouns that a public body is called by.
BODIES = word_set(
    "ministry department dept agency service services office centre center bureau directorate "
    "police council commission parliament command committee embassy consulate cert intelligence "
    "commissioner authority prosecutors prosecutor treasury court navy army military senate "
    "congress watchdog mission missions delegation embassies ministries"
)
# Words in the names of firms, papers and institutes.
FIRMS = word_set(
    "inc corp ltd llc gmbh plc group networks labs lab security software systems technologies "
    "technology foundation institute university party union association bank company firm "
    "research center centre intelligence news times post journal media cyber hospital hospitals "
    "trust council college school airways airlines railways rail telecom energy electric power "
    "water motors insurance holdings"
)
# What a firm is called.
FIRM_NOUNS = word_set(
    "company firm vendor bank foundation maker giant startup insurer retailer supplier provider "
    "operator carrier manufacturer developer lender airline"
)
BASED = ("based", "owned", "headquartered")  # Rome-based
_ADDRESS = word_set("mr mrs ms miss dr prof professor sir dame lord lady sen rep gov gen col capt")
_TITLES = word_set("mr mrs ms dr sen rep gov sir gen prof")
_PARTICLES = word_set("van von de der den del da dos di bin al el ben ibn ter ten")
_TITLE_WORDS = word_set(
    "foreign prime defence defense interior home security national cyber state press chief vice "
    "deputy assistant senior european general justice federal the a an digital affairs "
    "white house intelligence permanent high representative"
)
_NO_NAMES = BODIES | FIRMS | TIMES | _TITLE_WORDS | frozenset(PEOPLE) | frozenset(OFFICES)
_AFFILIATING = ("of", "at", "from", ",")
_PLACING = ("in", "at", "of", "from", "by", "the")


def words_of(run: Sequence[Token]) -> list[str]:
    """The words of a source without article and brackets, parts of one word put together."""
    kept: list[str] = []
    end = -1
    for token in run:
        if token.text in "()[]":
            continue
        if kept and (token.tag == "POSS" or token.start == end):
            kept[-1] += token.text  # AT&T, X-Force
        else:
            kept.append(token.text)
        end = token.end
    return kept[1:] if len(kept) > 1 and kept[0].lower() in _BEFORE else kept


_BEFORE = ("the", "a", "an", "whose")


def person_in(run: Sequence[Token], near: Sequence[Entity], first: int) -> str | None:
    """The longest run of capitalized words that is no name of the tables and no title."""
    taken = {i for e in near for i in range(*e.span)}
    best: list[str] = []
    now: list[str] = []
    placed = False
    for i, token in enumerate(run, first):
        before = run[i - first - 1].low if i > first else ""
        # San Diego in `prosecutors in San Diego` is nobody's name
        placed = before in _PLACING or (placed and not now)
        titled = token.low in _TITLE_WORDS or token.low in OFFICES or token.low in BODIES
        placed = placed and token.upper and not titled  # but Secretary of State Antony Blinken
        particle = bool(now) and token.text in _PARTICLES and i + 1 < first + len(run)
        if particle or (not placed and i not in taken and could_be_name(token)):
            now.append(token.text)
        else:
            best, now = (now, []) if now and len(now) >= len(best) else (best, [])
    if not now and len(best) == 1:
        return None  # African Union officials: part of a name that is no person's
    best = now if len(now) >= max(len(best), 1) else best
    if len(best) == 1 and len(best[0]) <= 3:
        return None
    return " ".join(best) or None


def could_be_name(token: Token) -> bool:
    """Whether a word by its shape may be part of a person's name."""
    low = token.low
    if not token.upper or not token.text[0].isalpha() or token.tag == "DET":
        return False
    return low not in _NO_NAMES and low.rstrip(".") not in _TITLES


def is_address(token: Token) -> bool:
    """`Dr`, `Sir`."""
    return token.upper and token.low.rstrip(".") in _ADDRESS


def titled_person(run: Sequence[Token]) -> str | None:
    """The name behind a title of address: `lecturer Dr Anna Example of Rome` is Anna Example."""
    for at, token in enumerate(run[:-1]):
        if is_address(token):
            name = list(itertools.takewhile(lambda t: t.low not in _AFFILIATING, run[at + 1 :]))
            plain = all(t.upper or t.text in _PARTICLES or t.text == "-" for t in name)
            return " ".join(t.text for t in name) if plain and 0 < len(name) <= 4 else None
    return None


def role_beside(run: Sequence[Token], person: str) -> str | None:
    """What the words beside a person's name say of the office."""
    names = set(person.split())
    kept = [
        t.text for t in run
        if t.text not in names and t.tag not in ("DET", "PUNCT", "POSS")
        and t.low not in ("of", "for")
    ]  # fmt: skip
    return " ".join(kept) or None


def name_behind(words: Sequence[Token], end: int, entities: Sequence[Entity]) -> str | None:
    """The name in an apposition behind an office: `a spokesman for the embassy, Liu Pengyu,`."""
    if end >= len(words) or words[end].text != ",":
        return None
    stop = end + 1
    while stop < len(words) and words[stop].tag in ("P", "N") and words[stop].upper:
        stop += 1
    name = words[end + 1 : stop]
    closed = stop < len(words) and words[stop].text == ","
    known = any(end < e.span[0] < stop for e in entities)
    return " ".join(t.text for t in name) if closed and 2 <= len(name) <= 4 and not known else None


_PRIVATE = word_set("company firm ceo founder research vice-president cto ciso threat analyst at")


def office_behind(words: Sequence[Token], end: int) -> tuple[str, bool] | None:
    """The office in an apposition behind a name, and whether it is one of a state."""
    if end >= len(words) or words[end].text != ",":
        return None
    stop = end + 1
    while (
        stop < len(words)
        and stop < end + 12
        and words[stop].text not in (",", ".", ";")
        and not words[stop].quote
    ):
        stop += 1
    run = words[end + 1 : stop]
    found = next((t for t in run if t.low in OFFICES), None)
    if found is None or run[0].tag in ("V", "AUX", "WH", "SUB"):
        return None
    private = any(t.low in _PRIVATE for t in run)
    role = " ".join(t.text for t in run if t.tag != "DET")
    return role, not private
