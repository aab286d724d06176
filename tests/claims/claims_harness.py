"""Short texts as documents, and the annotated sentences."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from afterpatch.claims.extract import claims_of
from afterpatch.claims.grammar.engine import Engine, engine
from afterpatch.claims.ledger import document_of
from afterpatch.claims.page.read import Page
from afterpatch.claims.schema import ActorRef, Claim

SENTENCES = Path(__file__).with_name("sentences.txt")


class Example(Struct, frozen=True):
    """One sentence, what it must give (speaker, stance, actor), and which engines miss it."""

    text: str
    expected: tuple[tuple[str, str, str], ...]
    missed_by: tuple[str, ...]


def examples() -> list[Example]:
    found = []
    for block in SENTENCES.read_text("utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        marks = re.match(r"((?:(?:free|parser)! )*)(.*)", lines[0])
        assert marks is not None
        rows = [tuple(part.strip() for part in line.split("|")) for line in lines[1:]]
        missed = tuple(marks[1].replace("!", "").replace("free", "plain").split())
        found.append(Example(marks[2], tuple((a, b, c) for a, b, c in rows), missed))
    return found


def claims_in(text: str, name: Engine = "plain") -> list[Claim]:
    """The claims of a text as a document of its own."""
    document, layout = document_of(Page("text", text, "0" * 64), "report.txt", "A")
    return claims_of(document, layout, engine(name))


def fits(expected: tuple[str, str, str], claim: Claim) -> bool:
    """Whether a claim is the expected one: stance, speaker and, where it is given, actor."""
    who, stance, actor = expected
    if stance != claim.stance:
        return False
    kind = claim.speaker.type
    if who in ("narrator", "unspecified") or kind in ("narrator", "unspecified"):
        if who != kind:
            return False
    elif not _named(who, claim.speaker.norm, claim.speaker.text or ""):
        return False
    if actor == "-":
        return True
    name, _, tie = actor.partition(" [")
    return (
        claim.actor is not None
        and _named(name, claim.actor.norm, claim.actor.text)
        and all(_tied(word, claim.actor) for word in tie.rstrip("]").split())
    )


def _tied(word: str, actor: ActorRef) -> bool:
    """Whether an actor is of this ATT&CK group, state or nexus."""
    if re.fullmatch(r"G\d{4}", word):
        return actor.attack_group is not None and actor.attack_group.id == word
    if word == "none" or word.isupper():
        return actor.state == (None if word == "none" else word)
    return actor.nexus == word


def _named(name: str, norm: str, text: str) -> bool:
    name = name.lower()
    return name in text.lower() or name in norm.lower()


def problems(example: Example, name: Engine) -> list[str]:
    """What is missing and what is too much, in words."""
    made = claims_in(example.text, name)
    left = list(made)
    told = []
    for expected in example.expected:
        hit = next((c for c in left if fits(expected, c)), None)
        if hit is None:
            told.append(f"missing {expected}")
        else:
            left.remove(hit)
    told += [f"too much: {c.speaker.norm} | {c.stance} | {c.actor and c.actor.text}" for c in left]
    return told
