"""What each kind of comparison finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pytest

from afterpatch.claims import reconcile
from afterpatch.claims.compare.events import events_of
from afterpatch.claims.extract import claims_of
from afterpatch.claims.grammar.engine import engine
from afterpatch.claims.ledger import document_of
from afterpatch.claims.page.read import Page
from afterpatch.claims.schema import Claim, Document, Fact

# A sentence of two reports that puts both on one event.
REGISTRY = "\n\nThe Tallinn registry keeps the deeds of Estonia.\n"


class Compared(NamedTuple):
    """Reports held against each other: the first is A, the second B."""

    claims: Sequence[Claim]
    facts: Sequence[Fact]
    clusters: Sequence[tuple[str, ...]]

    def of(self, *kinds: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.kind in kinds]

    def docs(self, fact: Fact) -> str:
        """The reports of a fact's members."""
        by_id = {claim.id: claim.doc_key for claim in self.claims}
        return "".join(by_id[member] for member in fact.members)

    def texts(self, fact: Fact) -> list[str]:
        by_id = {claim.id: (claim.content or claim.span).text for claim in self.claims}
        return [by_id[member] for member in fact.members]


def read(*texts: str) -> tuple[list[Document], list[Claim]]:
    documents: list[Document] = []
    claims: list[Claim] = []
    for number, text in enumerate(texts):
        key = chr(ord("A") + number) if len(texts) < 26 else f"{number:03}"
        document, layout = document_of(Page("text", text, f"{number:064x}"), f"{key}.txt", key)
        documents.append(document)
        claims += claims_of(document, layout, engine("plain"))
    return documents, claims


def compared(*texts: str) -> Compared:
    documents, claims = read(*texts)
    return Compared(claims, *reconcile.reconciled(documents, claims))


def of_one_event(*texts: str) -> Compared:
    return compared(*(text + REGISTRY for text in texts))


# Actors


def test_ties_of_one_actor_to_its_state_differ() -> None:
    made = of_one_event(
        "Estonia said that Turla, a group backed by Russia, broke into the Tallinn registry.",
        "Latvia said that Turla, a group linked to Russia, broke into the Tallinn registry.",
    )
    (divergence,) = made.of("strength-divergence")
    assert divergence.values == ("linked", "state-backed")
    assert made.docs(divergence) == "BA"


def test_ties_to_two_states_do_not_differ() -> None:
    made = of_one_event(
        "Estonia said that Turla, a group backed by Russia, broke into the Tallinn registry.",
        "Latvia said that Turla, a group linked to Belarus, broke into the Tallinn registry.",
    )
    assert not made.of("strength-divergence")


def test_a_state_accused_outright_is_no_tie() -> None:
    made = of_one_event(
        "Estonia said that Turla, a group backed by Russia, broke into the Tallinn registry.",
        "Latvia has accused Russia of breaking into the Tallinn registry.",
    )
    assert not made.of("strength-divergence")


def test_one_group_under_two_names_by_two_speakers() -> None:
    made = of_one_event(
        "Estonia said that APT28 broke into the Tallinn registry.",
        "Latvia said that Fancy Bear broke into the Tallinn registry.",
    )
    (agreement,) = made.of("agreement-on-actor")
    assert agreement.values == ("G0007", "G0007")
    assert made.docs(agreement) == "AB"
    (divergence,) = made.of("speaker-divergence")
    assert divergence.values == ("Estonia", "Latvia")
    assert not made.of("contradiction")


def test_one_group_by_one_speaker_is_no_divergence() -> None:
    made = of_one_event(
        "Estonia said that APT28 broke into the Tallinn registry.",
        "Estonia said that Fancy Bear was in the Tallinn registry.",
    )
    assert made.of("agreement-on-actor")
    assert not made.of("speaker-divergence")


def test_a_group_of_one_report_is_no_agreement() -> None:
    made = of_one_event(
        "Estonia said that APT28 broke into the Tallinn registry, and that APT28 was seen before.",
        "Latvia said that the registry was closed.",
    )
    assert not made.of("agreement-on-actor")


BLAMED = "{} broke into the Tallinn registry, {} said."


@pytest.mark.parametrize(
    ("one", "other", "against"),
    [
        ("APT28", "Turla", True),
        ("The Dark Ravens gang", "Turla", True),
        ("APT28", "Fancy Bear", False),
        ("UNC1234", "Turla", False),
        ("Storm-0001", "Turla", False),
        ("UNC1234", "Storm-0001", False),
    ],
)
def test_names_that_firms_give_may_be_one_group(one: str, other: str, against: bool) -> None:
    made = of_one_event(BLAMED.format(one, "the agency"), BLAMED.format(other, "two officials"))
    assert bool(made.of("contradiction")) == against


def test_a_report_that_names_both_groups_makes_no_contradiction() -> None:
    one, other = BLAMED.format("APT28", "the agency"), BLAMED.format("Turla", "two officials")
    assert of_one_event(one, other).of("contradiction")
    assert not of_one_event(f"{one}\n\n{other}", other).of("contradiction")
    assert not of_one_event(one, other, f"{one}\n\n{other}").of("contradiction")


def test_other_states_for_one_deed_contradict() -> None:
    made = of_one_event(
        "Estonia has accused Russia of breaking into the Tallinn registry.",
        "Latvia has accused Belarus of breaking into the Tallinn registry.",
    )
    (contradiction,) = made.of("contradiction")
    assert contradiction.values == ("BY", "RU")
    assert made.docs(contradiction) == "AB"


@pytest.mark.parametrize(
    ("title", "text", "tension"),
    [
        ("Russian state hackers rob Tallinn registry", "linked the Turla group to Russia", True),
        ("Russia-backed hackers rob Tallinn registry", "linked the Turla group to Russia", True),
        ("Hackers tied to Russia rob Tallinn registry", "linked the Turla group to Russia", False),
    ],
)
def test_a_title_that_says_more_than_its_text(title: str, text: str, tension: bool) -> None:
    made = compared(
        f"{title}\n\nPublished 4 May 2021\n\nESET {text} after the theft at the Tallinn registry."
        f"{REGISTRY}\nNurses wrote on paper for three days.\n"
    )
    assert [c.salience for c in made.claims][0] == "headline"
    found = made.of("internal-tension")
    assert bool(found) == tension
    for fact in found:
        assert fact.values[1] == "linked"
