"""Words that make a statement stronger or other: the verb of an accusation, the number of holes,
who did it to what."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from afterpatch.claims.compare.fact import fact
from afterpatch.claims.compare.statements import Pair
from afterpatch.claims.compare.synonyms import COMMONPLACE, content_words
from afterpatch.claims.schema import BLAMING, NOBODY, Claim, Fact

__all__ = ["deeds", "holes", "verbs"]

# What a state is accused of, from the least part in a deed to the greatest.
_PARTS = tuple(
    (name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for name, words in (
        ("tolerating", r"toleratin\w+|harbou?r\w+|shelter\w+|turn\w* a blind eye|allow\w+"),
        (
            "supporting",
            r"support\w*|back(?:ed|ing)|help(?:ed|ing|s)?(?!\s+desk)|assist(?:ed|ing|s)?|enabl\w+|sponsor\w*|fund\w*",
        ),
        (
            "carrying out",
            r"carr(?:y|ied|ying) out|conduct\w*|launch\w*|commit\w*|perpetrat\w+|mount\w*|stag\w+|"
            r"hack\w*|attack(?:ed|ing)|target\w*|br(?:eak|oke)\w*|breach\w*|steal\w*|stole\w*|"
            r"behind|responsib\w+",
        ),
        (
            "masterminding",
            r"mastermind\w*|orchestrat\w+|direct(?:ed|ing)(?!\s+(?:at|against))|order(?:ed|ing)|plan(?:ned|ning)|"
            r"command\w*|wag(?:ed|ing)|architect\w*",
        ),
    )
)


def _part(claim: Claim) -> str | None:
    """What an accusation says its state did: the verb that comes first in it."""
    text = claim.said.text
    found = [(m.start(), name) for name, pattern in _PARTS if (m := pattern.search(text))]
    return min(found)[1] if found else None


def verbs(claims: Sequence[Claim]) -> Iterator[Fact]:
    """The same accusation with a stronger or weaker verb."""
    told: dict[tuple[str, str], dict[str, tuple[str, Claim]]] = defaultdict(dict)
    for claim in claims:
        blames = claim.stance in BLAMING
        if blames and claim.actor and claim.actor.nexus in ("state", "state-organ"):
            part = _part(claim)
            if part is not None and claim.speaker.type not in NOBODY:
                key = claim.speaker.norm, claim.actor.state or ""
                told[key].setdefault(claim.doc_key, (part, claim))
    done = set()  # several accusers of one sentence are one change of its verb
    for (speaker, _), by_doc in sorted(told.items()):
        rows = [by_doc[d] for d in sorted(by_doc)]
        places = tuple((c.doc_key, c.span.start) for _, c in rows)
        if len({part for part, _ in rows}) > 1 and places not in done:
            done.add(places)
            yield fact(
                "verb-strength", [c.id for _, c in rows],
                f"{speaker}: {'; '.join(f'{c.doc_key}: {part}' for part, c in rows)}", "predicate",
                [part for part, _ in rows],
            )  # fmt: skip


def deeds(pairs: Sequence[Pair], claims: Sequence[Claim]) -> Iterator[Fact]:
    """Who did it to whom, told differently: another name in the same sentence; others who came
    after the first, and what they used."""
    for pair in (p for p in pairs if p.near):
        for one, other in _exchanged(pair):
            yield fact(
                "actor-object-divergence", [s.claims[0].id for s in (pair.one, pair.other)],
                f"{pair.one.doc}: {one}; {pair.other.doc}: {other}", "actor", [one, other],
            )  # fmt: skip
    yield from _others_after(claims)


def _exchanged(pair: Pair) -> Iterator[tuple[str, str]]:
    """Words of one statement that stand for others in the same sentence, where either is a name:
    `the systems of the carriers`, `the systems of the FBI`."""
    names = {
        word.lower() for s in (pair.one, pair.other) for word in _INSIDE.findall(s.text)
    }  # fmt: skip
    one, other = pair.one.words, pair.other.words
    for op, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if op != "replace":
            continue
        texts = " ".join(one[a:b]), " ".join(other[c:d])
        x, y = (content_words(text) for text in texts)
        named = names & {*one[a:b], *other[c:d]}
        if x and y and named and not x & y and not (x | y) & COMMONPLACE:
            yield texts


_INSIDE = re.compile(r"(?<=[ “(])[A-Z][\w'’-]*")


def _others_after(claims: Sequence[Claim]) -> Iterator[Fact]:
    objects: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.speaker.type != "narrator" or claim.actor is None:
            continue
        several = re.search(
            r"\b(?:other|more|further|additional)\b", claim.actor.text, re.IGNORECASE
        )
        if several is None:
            continue
        thing = re.search(
            r"\b(backdoor|web ?shell|vulnerabilit|flaw|hole|bug|access|credential|tool)",
            claim.span.text, re.IGNORECASE,
        )  # fmt: skip
        objects[thing[1].lower() if thing else ""].append(claim)
    members = sorted(
        (c for told in objects.values() for c in told), key=lambda c: (c.doc_key, c.span.start)
    )
    if len({c.doc_key for c in members}) > 1 and len(objects) > 1:
        told = "; ".join(f"{c.doc_key}: {c.actor.text}" for c in members if c.actor)
        yield fact(
            "actor-object-divergence", [c.id for c in members], f"who exploited what: {told}",
            "actor",
        )  # fmt: skip


_NUMBERS = "an?|one|single|two|three|four|five|six|seven|eight|nine|ten|several|multiple|\\d{1,3}"
_HOLE = re.compile(
    rf"\b(?:(?P<number>{_NUMBERS})\s+)?(?P<words>(?:(?!(?:{_NUMBERS})\b)[\w’'-]{{1,24}}\s+){{0,3}}?)"
    r"(?:vulnerabilit(?P<ies>y|ies)|(?:(?:flaw|zero[- ]day|security hole|hole|bug|weakness)"
    r"|(?:validation|coding|programming|software) error)(?P<s>s|es)?)\b"
    r"(?! (?:vulnerab|flaw|bug|hole))",
    re.IGNORECASE,
)
OF_OTHERS = 9  # characters before a number that tell whether it is of others: another four
_OTHERS = re.compile(r"\b(?:further|other|another|more|new|newer|second|separate|additional)\b")


def _holes_in(claim: Claim) -> str | None:
    """How many vulnerabilities a sentence speaks of: one, so many, several; None of none, or of
    more of them than the report has spoken of."""
    for match in _HOLE.finditer(claim.span.text):
        before = claim.span.text[max(0, match.start() - OF_OTHERS) : match.start()]
        if _OTHERS.search(f"{before} {match['words']}".lower()):
            continue
        many = match["s"] or match["ies"] == "ies"
        number = (match["number"] or "").lower()
        if not many:
            return "one"
        return "several" if number in ("", "a", "an", "one", "multiple") else number
    return None


def holes(claims: Sequence[Claim]) -> Iterator[Fact]:
    """One vulnerability in one report, several in another: as each first speaks of them."""
    found: dict[str, tuple[str, Claim]] = {}
    for claim in claims:
        number = _holes_in(claim)
        if number is not None:
            found.setdefault(claim.doc_key, (number, claim))
    numbers = {number for number, _ in found.values()}
    counted = numbers - {"several"}
    if len(counted) > 1 or ("one" in numbers and len(numbers) > 1):
        rows = [found[doc] for doc in sorted(found)]
        yield fact(
            "number-divergence", [c.id for _, c in rows],
            "; ".join(f"{c.doc_key}: {number}" for number, c in rows), "vulnerability",
            [number for number, _ in rows],
        )  # fmt: skip
