"""What each kind of comparison finds, and what it leaves alone."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from afterpatch.claims import reconcile
from afterpatch.claims.compare.events import events_of
from afterpatch.claims.extract import claims_of
from afterpatch.claims.grammar.engine import engine
from afterpatch.claims.ledger import document_of, ledger_of
from afterpatch.claims.page.read import Page
from afterpatch.claims.schema import Claim, Document, Fact
from afterpatch.outputs import claims_html, claims_stix

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
    made = reconcile.reconciled(documents, claims)
    return Compared(claims, made.facts, made.clusters)


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
        ("Hackers called DarkRavens", "Turla", True),
        ("The LockBit gang", "Turla", True),
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


def test_who_is_said_not_to_be_behind_it_is_not_blamed() -> None:
    blamed = BLAMED.format("APT28", "the agency")
    cleared = "Turla was not behind the break-in at the Tallinn registry, two officials said."
    assert of_one_event(blamed, cleared.replace("not ", "")).of("contradiction")
    assert not of_one_event(blamed, cleared).of("contradiction")


def test_a_name_of_two_groups_is_neither() -> None:
    made = of_one_event(BLAMED.format("Thrip", "the agency"), BLAMED.format("Thrip", "ESET"))
    assert any(c.actor.attack_group.others for c in made.claims if c.actor and c.actor.attack_group)
    assert not made.of("agreement-on-actor")


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
    assert made.claims[0].salience == "headline"
    found = made.of("internal-tension")
    assert bool(found) == tension
    for fact in found:
        assert fact.values[1] == "linked"


def test_a_title_that_says_no_more_than_some_of_its_text() -> None:
    made = compared(
        "Russian state hackers rob Tallinn registry\n\nPublished 4 May 2021\n\n"
        "ESET linked the Turla group to Russia after the theft.\n\n"
        "Latvia said that Turla, a group backed by Russia, broke into the Tallinn registry.\n\n"
        "Nurses wrote on paper.\n"
    )
    assert made.claims[0].salience == "headline"
    assert made.of("strength-divergence")
    assert not made.of("internal-tension")


def test_other_deeds_of_other_groups_do_not_contradict() -> None:
    made = of_one_event(
        BLAMED.format("APT28", "the agency"),
        "Turla stole letters of Tallinn diplomats, two officials said.",
    )
    assert made.of("copied")
    assert not made.of("contradiction")


# Copies, paraphrases, denials

VERSION = (
    "The intruders read the letters of the minister of health in Tallinn for three {} before "
    "anybody {} them, the agency said.\n"
)


def test_a_sentence_with_a_word_changed() -> None:
    made = compared(VERSION.format("weeks", "noticed"), VERSION.format("months", "noticed"))
    (near,) = made.of("near-copy")
    assert made.docs(near) == "AB"
    assert not made.of("copied", "paraphrase")


def test_three_versions_of_a_sentence_are_one_fact() -> None:
    made = compared(
        VERSION.format("weeks", "noticed"),
        VERSION.format("months", "noticed"),
        VERSION.format("weeks", "stopped"),
    )
    (near,) = made.of("near-copy")
    assert made.docs(near) == "ABC"


COPIED_FILES = "The intruders copied the tax files of {} of Tartu in June, the agency said.\n"
TAX_RECORDS = "Tax records of {} of Tartu were copied by the attackers in June, officials said.\n"


def test_other_words_for_the_same() -> None:
    made = compared(COPIED_FILES.format("citizens"), TAX_RECORDS.format("people"))
    (paraphrase,) = made.of("paraphrase")
    assert made.docs(paraphrase) == "AB"
    assert not made.of("near-copy", "copied", "contradiction")


def test_a_paraphrase_is_told_once_with_its_copies() -> None:
    copy = "Nurses wrote on paper.\n"
    made = compared(
        COPIED_FILES.format("citizens"),
        TAX_RECORDS.format("people"),
        copy + COPIED_FILES.format("citizens"),
    )
    (paraphrase,) = made.of("paraphrase")
    assert made.docs(paraphrase) == "ABC"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            COPIED_FILES.format("citizens").replace("June", "two nights"),
            TAX_RECORDS.format("people").replace("June", "five nights"),
        ),
        (
            COPIED_FILES.format("citizens").replace("The intruders", "APT28"),
            TAX_RECORDS.format("people")
            .replace("the attackers", "Turla")
            .replace("officials", "the agency"),
        ),
    ],
    ids=["figures", "culprits"],
)
def test_what_differs_in_figures_or_culprits_is_no_paraphrase(one: str, other: str) -> None:
    made = compared(one, other)
    assert not made.of("paraphrase", "figure-divergence")


def test_what_is_told_as_a_lost_doubt_is_no_paraphrase_besides() -> None:
    made = compared(
        COPIED_FILES.format("citizens").replace("copied", "may have copied"),
        TAX_RECORDS.format("people").replace("officials", "the agency"),
    )
    assert made.of("hedge-dropped")
    assert not made.of("paraphrase")


def test_a_figure_told_twice_may_be_a_paraphrase_besides() -> None:
    made = compared(COPIED_FILES.format("400 citizens"), TAX_RECORDS.format("400 people"))
    assert made.of("same-figure")
    assert made.of("paraphrase")


ACCUSATION = "Estonia has accused Russia of carrying out the attack on the Tallinn registry.\n"


@pytest.mark.parametrize(
    ("other", "paraphrased"),
    [
        ("Latvia has accused Russia of an attack on the registry of Tallinn.\n", False),
        ("The attack on the registry in Tallinn came out of Latvia, ESET said.\n", True),
    ],
)
def test_who_accuses_in_like_words_paraphrases_nobody(other: str, paraphrased: bool) -> None:
    made = compared(ACCUSATION, other)
    assert bool(made.of("paraphrase")) == paraphrased


def test_a_quotation_told_in_words_of_their_own() -> None:
    made = compared(
        "“The intruders read every letter of the minister for weeks,” Anna Example, a director of "
        "ESET, said.\n",
        "Anna Example, a director of ESET, said that the attackers had read all letters of the "
        "minister for several weeks.\n",
    )
    (paraphrase,) = made.of("paraphrase-of-quote")
    assert made.docs(paraphrase) == "AB"
    assert not made.of("paraphrase")


PATCH = "The vendor {} released a patch for the mail servers, its engineers said.\n"


@pytest.mark.parametrize(
    ("one", "other", "against"),
    [
        (PATCH.format("has"), PATCH.format("has not"), True),
        (PATCH.format("may have"), PATCH.format("has not"), False),
        (PATCH.format("has"), PATCH.format("has likely not"), False),
        (PATCH.format("has"), PATCH.format("has"), False),
        (PATCH.format("has not"), PATCH.format("has not"), False),
        (
            PATCH.format("has").replace("a patch", "3 patches"),
            PATCH.format("has not").replace("a patch", "7 patches"),
            False,
        ),
        (
            "Estonia has accused Russia of stealing letters of the Tallinn registry.\n",
            "Estonia has accused Russia of stealing no letters of the Tallinn registry.\n",
            False,
        ),
    ],
    ids=["flat", "hedged", "hedged-denial", "both", "neither", "other-figures", "accusing"],
)
def test_what_is_not_so(one: str, other: str, against: bool) -> None:
    assert bool(compared(one, other).of("contradiction")) == against


def test_what_is_not_so_is_no_paraphrase() -> None:
    made = compared(
        COPIED_FILES.format("citizens"),
        TAX_RECORDS.format("people").replace("were copied", "were not copied"),
    )
    assert made.of("contradiction")
    assert not made.of("paraphrase", "near-copy")


FOUND = "{} said that its engineers had found the flaw in the registry last year.\n"
NOT_FOUND = "{} denied that its engineers had found the flaw in the registry.\n"


@pytest.mark.parametrize(("other", "against"), [("ESET", True), ("Symantec", False)])
def test_who_denies_what_he_says_elsewhere(other: str, against: bool) -> None:
    made = compared(FOUND.format("ESET"), NOT_FOUND.format(other))
    assert bool(made.of("contradiction")) == against
    assert bool(made.of("paraphrase")) != against


@pytest.mark.parametrize(("what", "against"), [("its boss had fled", True), ("wages rose", False)])
def test_a_denial_of_another_thing_contradicts_nothing(what: str, against: bool) -> None:
    when = "On the day after the theft at the Tallinn registry"
    made = compared(
        f"{when}, ESET said that {what}.\n", f"{when}, ESET denied that its boss had fled.\n"
    )
    assert {c.stance for c in made.claims} == {"asserts", "denies"}
    assert bool(made.of("contradiction")) == against


# Agreement


def test_the_same_words_of_one_speaker_in_sentences_that_differ() -> None:
    said = "{} said that the intruders had read the letters of the mayor.\n"
    before = (
        "After a week of silence in which neither nurses nor surgeons heard a word about their "
        "wards, their beds, their wages or the cold kitchens of the old town,"
    )
    also = (
        "In a long note to farmers on how coming winters will change wheat, oats, barley and the "
        "price of butter from Vilnius to Bergen and back,"
    )
    made = compared(
        f"{before} {said.format('ESET')}{REGISTRY}", f"{also} {said.format('ESET')}{REGISTRY}"
    )
    (agreement,) = made.of("agreement")
    assert made.docs(agreement) == "AB"
    made = compared(
        f"{before} {said.format('ESET')}{REGISTRY}", f"{also} {said.format('Symantec')}{REGISTRY}"
    )
    assert not made.of("agreement")


PROMISE = "“We will find whoever robbed the patients of our hospitals,” {} said"
MINISTER = PROMISE.format("Anna Example, the health minister of Estonia,") + ".\n"


def test_one_quotation_of_one_speaker() -> None:
    made = of_one_event(
        MINISTER, PROMISE.format("Anna Example") + " to the council of Tartu on Friday night."
    )
    (agreement,) = made.of("agreement")
    assert made.docs(agreement) == "AB"
    assert not made.of("speaker-divergence")


def test_a_copied_quotation_is_no_agreement_besides() -> None:
    made = of_one_event(MINISTER, MINISTER)
    assert made.of("copied")
    assert not made.of("agreement")


def test_one_quotation_in_two_mouths() -> None:
    made = of_one_event(MINISTER, PROMISE.format("Peter Sample, the mayor of Tartu,") + ".\n")
    (divergence,) = made.of("speaker-divergence")
    assert divergence.values == ("Anna Example", "Peter Sample")
    assert made.docs(divergence) == "AB"
    assert not made.of("agreement")


def test_a_surname_is_the_same_mouth() -> None:
    made = of_one_event(MINISTER, PROMISE.format("Example") + " to the council of Tartu on Friday.")
    assert {c.speaker.norm for c in made.claims} >= {"Anna Example", "Example"}
    assert not made.of("speaker-divergence")
    (agreement,) = made.of("agreement")
    assert made.docs(agreement) == "AB"


def test_a_few_quoted_words_are_no_common_quotation() -> None:
    short = "“We will find them,” {} said.\n"
    made = of_one_event(short.format("Anna Example"), short.format("Peter Sample"))
    assert not made.of("speaker-divergence", "agreement")


@pytest.mark.parametrize(
    ("one", "other", "agreed"),
    [
        (" against China", " against China", True),
        (" against China", " against Belarus", False),
        ("", "", False),
    ],
)
def test_no_steps_are_agreed_on_only_against_one_state(one: str, other: str, agreed: bool) -> None:
    made = of_one_event(
        f"The EU announced no sanctions{one} over the theft at the registry.",
        f"Estonia said that no further sanctions{other} were planned over the registry.",
    )
    found = made.of("agreement")
    assert bool(found) == agreed
    assert all(f.field == "speaker" and made.docs(f) == "AB" for f in found)


NARVA = "\n\nAnna Example of Narva was on holiday.\n"


@pytest.mark.parametrize(
    ("other", "agreed"),
    [("robbing the registry", True), ("jamming radio masts along the border", False)],
)
def test_two_matters_of_one_accuser(other: str, agreed: bool) -> None:
    accused = "Estonia has accused Russia of {}." + NARVA
    made = compared(accused.format("stealing deeds from the registry"), accused.format(other))
    assert bool(made.of("agreement")) == agreed


def test_two_matters_of_one_denial() -> None:
    made = compared(
        f"Russia denied that it had stolen deeds from the registry.{NARVA}",
        f"Russia denied jamming radio masts along the border.{NARVA}",
    )
    assert sum(c.stance == "denies" for c in made.claims) == 2
    assert not made.of("agreement")


def test_a_state_denies_by_its_embassy() -> None:
    made = compared(
        f"Belarus denied any part in the theft.{NARVA}",
        f"The embassy of Belarus denied any part in the theft.{NARVA}",
    )
    (agreement,) = made.of("agreement")
    assert agreement.field == "scope"
    assert made.docs(agreement) == "AB"


MAILBOXES = "ESET said that {} into {}mailboxes of the registry in Tallinn."
OF_MAILBOXES = "{} into {}mailboxes of the Tallinn registry, ESET said."


@pytest.mark.parametrize(
    ("one", "other", "agreed"),
    [
        (("Turla broke", ""), ("Turla broke", ""), True),
        (("Turla broke", "400 "), ("Turla broke", "90 "), False),
        (("Turla broke", ""), ("APT28 broke", ""), False),
        (("Turla broke", ""), ("Turla never broke", ""), False),
    ],
    ids=["same", "figures", "culprits", "opposed"],
)
def test_one_speaker_agrees_only_with_the_same(
    one: tuple[str, str], other: tuple[str, str], agreed: bool
) -> None:
    made = of_one_event(MAILBOXES.format(*one), OF_MAILBOXES.format(*other))
    assert bool(made.of("agreement")) == agreed


@pytest.mark.parametrize(("how", "agreed"), [("a password", True), ("no password", False)])
def test_one_speaker_who_says_the_opposite_does_not_agree(how: str, agreed: bool) -> None:
    made = of_one_event(
        "ESET said that Turla broke into mailboxes of the registry with a password.",
        f"Turla broke into the registry's mailboxes with {how}, ESET said.",
    )
    assert [c.stance for c in made.claims].count("attributes") == 2
    assert bool(made.of("agreement")) == agreed


def test_the_text_agrees_rather_than_its_title() -> None:
    accused = "Estonia has accused Russia of robbing the registry."
    made = compared(
        f"Estonia accuses Russia of theft at registry\n\nPublished 4 May 2021\n\n{accused}\n",
        "Estonia has accused Russia of the theft at the registry.\n",
    )
    assert made.claims[0].salience == "headline"
    (agreement,) = made.of("agreement")
    assert agreement.members[0] == made.claims[1].id


def test_an_accuser_whom_only_one_report_names() -> None:
    forged = "{} accused Belarus of forging letters to officials of Lublin.\n"
    made = compared(forged.format("Poland has"), forged.format("Poland and Lithuania have"))
    (addition,) = made.of("addition")
    assert made.docs(addition) == "B"
    assert made.texts(addition)
    by_id = {c.id: c for c in made.claims}
    assert [by_id[m].speaker.norm for m in addition.members] == ["Lithuania"]


# The verb, the number of holes, who came later


def test_a_stronger_verb() -> None:
    accused = "Estonia has accused Russia of {} the attack on the Tallinn registry.\n"
    made = compared(accused.format("carrying out"), accused.format("masterminding"))
    (strength,) = made.of("verb-strength")
    assert strength.values == ("carrying out", "masterminding")
    assert made.docs(strength) == "AB"


@pytest.mark.parametrize(
    ("speaker", "verb"), [("Latvia", "masterminding"), ("Estonia", "launching")]
)
def test_another_accuser_or_a_verb_as_strong(speaker: str, verb: str) -> None:
    accused = "{} has accused Russia of {} the attack on the Tallinn registry.\n"
    made = compared(accused.format("Estonia", "carrying out"), accused.format(speaker, verb))
    assert not made.of("verb-strength")


@pytest.mark.parametrize(
    ("one", "other", "values"),
    [
        ("A flaw", "Four flaws", ("one", "four")),
        ("Two vulnerabilities", "Three vulnerabilities", ("two", "three")),
        ("A flaw", "Several bugs", ("one", "several")),
        ("Two flaws", "Flaws", None),
        ("A flaw", "One vulnerability", None),
        ("A flaw", "Four further flaws", None),
    ],
)
def test_how_many_holes(one: str, other: str, values: tuple[str, str] | None) -> None:
    used = "{} in the mail server of the Tallinn registry helped the intruders, ESET said.\n"
    made = compared(used.format(one), used.format(other))
    found = made.of("number-divergence")
    assert [f.values for f in found] == ([values] if values else [])
    assert all(made.docs(f) == "AB" for f in found)


LATER = "Other hackers have exploited {} in the mail server of the Tallinn registry."


@pytest.mark.parametrize(("other", "diverging"), [("the flaw", True), ("the backdoors", False)])
def test_who_came_later_and_what_they_used(other: str, diverging: bool) -> None:
    made = of_one_event(LATER.format("backdoors"), LATER.format(other))
    found = made.of("actor-object-divergence")
    assert bool(found) == diverging
    assert all(made.docs(f) == "AB" for f in found)


# Figures

CLINICS = "{} clinics were encrypted, the Tallinn health board said."
OF_CLINICS = "The Tallinn health board said that {} clinics were encrypted."


@pytest.mark.parametrize(
    ("one", "other", "diverging"),
    [
        ("900", "1,200", True),
        ("900", "950", True),
        ("About 900", "950", False),
        ("About 900", "1,200", True),
        ("About 950", "900", False),
        ("At least 900", "1,200", False),
        ("900", "up to 1,200", False),
        ("40", "60", True),
        ("2", "5", False),
        ("3", "5", True),
    ],
)
def test_figures_that_leave_room_for_each_other(one: str, other: str, diverging: bool) -> None:
    made = of_one_event(CLINICS.format(one), OF_CLINICS.format(other))
    assert bool(made.of("figure-divergence")) == diverging


@pytest.mark.parametrize(("what", "diverging"), [("exposed", True), ("compromised", False)])
def test_figures_of_what_befell_others_do_not_diverge(what: str, diverging: bool) -> None:
    made = of_one_event(
        "90,000 servers in Tallinn were exposed, ESET said.",
        f"ESET said that 4,000 servers in Tallinn were {what}.",
    )
    assert bool(made.of("figure-divergence")) == diverging


def test_two_figures_of_one_report_can_both_hold() -> None:
    both = f"{CLINICS.format('900')} {OF_CLINICS.format('700')}"
    made = of_one_event(both, OF_CLINICS.format("700"))
    assert not made.of("figure-divergence")
    (hold,) = made.of("not-a-contradiction")
    assert made.docs(hold) == "AAB"
    assert [q.value for c in made.claims for q in c.quantity] == [900, 700, 700]


def test_figures_that_no_other_report_has_tempt_nobody() -> None:
    both = f"{CLINICS.format('900')} {OF_CLINICS.format('700')}"
    assert not of_one_event(both, "4,000 letters were read.").of("not-a-contradiction")


@pytest.mark.parametrize(
    ("other", "diverging"),
    [
        (
            "ESET said that Akira demanded a ransom of $3 million from the registry in Tallinn.",
            True,
        ),
        ("Nurses of Tartu collected $3 million for schools, ESET said.", False),
        ("Tallinn paid $3 million for its schools, the mayor said.", False),
    ],
)
def test_sums_of_money_diverge_only_of_one_thing(other: str, diverging: bool) -> None:
    made = of_one_event(
        "The Akira gang demanded a ransom of $4 million from the Tallinn registry, ESET said.",
        other,
    )
    assert bool(made.of("figure-divergence")) == diverging


@pytest.mark.parametrize(
    ("one", "other", "values"),
    [
        ("$4 million", "€4 million", ("dollar", "euro")),
        ("$4 million", "4 million pounds", ("dollar", "pound")),
        ("$4 million", "4 million dollars", None),
    ],
)
def test_currencies(one: str, other: str, values: tuple[str, str] | None) -> None:
    asked = "Akira demanded a ransom of {} from the Tallinn registry, {} said."
    made = of_one_event(asked.format(one, "ESET"), asked.format(other, "the mayor"))
    assert made.of("same-figure")
    units = {tuple(sorted(set(f.values))) for f in made.of("unit-divergence")}
    assert units == ({values} if values else set())


def test_as_much_money_as_people_is_not_one_figure() -> None:
    made = of_one_event(
        "ESET said that Akira demanded $4,000 from patients of the Tallinn registry.",
        "ESET said that 4,000 patients of the Tallinn registry lost letters to Akira.",
    )
    assert {q.unit for c in made.claims for q in c.quantity} == {"money", "person"}
    assert not made.of("same-figure")


def test_people_are_told_apart_by_what_they_are() -> None:
    lost = "ESET said that 4,000 {} of the Tallinn registry lost letters."
    (divergence,) = of_one_event(lost.format("officers"), lost.format("citizens")).of(
        "unit-divergence"
    )
    assert len(set(divergence.values)) == 2
    assert not of_one_event(lost.format("people"), lost.format("citizens")).of("unit-divergence")


@pytest.mark.parametrize(("one", "other", "told"), [("90", "70", True), ("9", "7", False)])
def test_small_figures_tempt_nobody(one: str, other: str, told: bool) -> None:
    both = f"{CLINICS.format(one)} {OF_CLINICS.format(other)}"
    made = of_one_event(both, f"{other} clinics were encrypted in Tallinn, ESET said.")
    assert made.of("same-figure")
    assert bool(made.of("not-a-contradiction")) == told


def test_a_figure_told_over_and_over_is_told_thrice() -> None:
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
    told = " ".join(f"{CLINICS.format('900').rstrip('.')} on {day}." for day in days)
    made = of_one_event(told, OF_CLINICS.format("900"))
    assert sum(bool(c.quantity) for c in made.claims) == 6
    (same,) = made.of("same-figure")
    assert made.docs(same) == "AAAB"


@pytest.mark.parametrize("number", [20, 200])
def test_as_many_clinics_as_police_officers_is_not_one_figure(number: int) -> None:
    made = of_one_event(
        CLINICS.format(number),
        f"Some {number} police officers stood at the harbor, the mayor said.",
    )
    assert len([q for c in made.claims for q in c.quantity]) == 2
    assert not made.of("same-figure")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (
            "200 servers in Tallinn were shut, ESET said.",
            "200 servers of banks froze, ING said.",
            True,
        ),
        (
            "20 servers in Tallinn were shut, ESET said.",
            "20 servers of banks froze, ING said.",
            False,
        ),
        (
            "20 servers in Tallinn were shut, ESET said.",
            "20 servers of Tallinn froze, ING said.",
            True,
        ),
        (
            "4 servers in Tallinn were shut, ESET said.",
            "4 servers of Tallinn froze, ING said.",
            False,
        ),
    ],
)
def test_small_figures_count_one_thing_only_in_like_words(one: str, other: str, same: bool) -> None:
    made = of_one_event(one, other)
    assert bool(made.of("same-figure")) == same


# Doubt

LETTERS = "The intruders {} the letters of the minister in Tallinn{}, the agency said.\n"
FLAT = LETTERS.format("read", "")


@pytest.mark.parametrize(
    ("other", "values"),
    [
        (LETTERS.format("may have read", ""), ("possible", "asserted")),
        (LETTERS.format("could have read", ""), ("possible", "asserted")),
        (LETTERS.format("reportedly read", ""), ("reported", "asserted")),
        (LETTERS.format("almost certainly read", ""), ("almost certain", "asserted")),
        (LETTERS.format("are suspected to have read", ""), ("believed", "asserted")),
        (LETTERS.format("read", " in May"), None),
        (LETTERS.format("broke in so they could read", ""), None),
        (LETTERS.format("could no longer read", ""), None),
        (LETTERS.format("did not read", ""), None),
    ],
)
def test_what_is_a_doubt(other: str, values: tuple[str, str] | None) -> None:
    made = compared(FLAT, other)
    found = made.of("hedge-dropped", "hedge-drift")
    assert [f.values for f in found] == ([values] if values else [])
    assert all(made.docs(f) == "BA" for f in found)


def test_a_suspect_is_no_doubt() -> None:
    made = compared(
        "The intruders read the letters of the suspect in Tallinn for weeks.\n",
        "The intruders read the letters in Tallinn for many weeks.\n",
    )
    assert made.of("paraphrase")
    assert not made.of("hedge-dropped")


def test_what_is_not_so_is_no_surer_telling() -> None:
    made = compared(LETTERS.format("likely read", ""), LETTERS.format("did not read", ""))
    assert not made.of("hedge-dropped")


def test_the_doubt_of_another_speaker_is_his_own() -> None:
    said = "{} said that the intruders {} read the letters of the minister in Tallinn.\n"
    doubted, flat = said.format("ESET", "may have"), said.format("Symantec", "had")
    assert not compared(doubted, flat).of("hedge-dropped")
    assert compared(doubted, flat.replace("Symantec", "ESET")).of("hedge-dropped")


def test_the_doubt_of_one_half_of_a_sentence_is_not_lost_in_the_other() -> None:
    read = "the intruders {} read the letters of the minister"
    paper = "nurses of Tartu wrote on paper for weeks"
    whole = f"ESET said that {read.format('may have')}, and that {paper}.\n"
    assert not compared(whole, f"ESET said that {paper}.\n").of("hedge-dropped")
    (dropped,) = compared(whole, f"ESET said that {read.format('had')}.\n").of("hedge-dropped")
    assert dropped.values == ("possible", "asserted")


def test_the_doubt_of_a_report_is_lost_in_what_another_cites() -> None:
    made = compared(
        "The intruders may have read the letters of the minister in Tallinn.\n",
        "ESET said that the intruders had read the letters of the minister in Tallinn.\n",
    )
    (dropped,) = made.of("hedge-dropped")
    assert dropped.values == ("possible", "asserted")
    assert made.docs(dropped) == "AB"


BELIEVED = "ESET believes that {} planted a web shell in the mail server of the registry.\n\n"


def test_a_report_tells_as_fact_what_somebody_believes() -> None:
    flat = (
        "The intruders planted a web shell in the mail server of the registry, which nobody saw "
        "until the nurses of Tartu rang the police one cold night.\n"
    )
    made = compared(BELIEVED.format("the intruders") + flat)
    (dropped,) = made.of("hedge-dropped")
    assert dropped.values == ("believed", "asserted")
    assert made.docs(dropped) == "AA"


@pytest.mark.parametrize(
    "other",
    [
        "The intruders left the registry.",
        "The intruders slept in the registry, whose cellar holds a mail room, a server room, two "
        "vans, old maps of Narva, a bakery, skis and the bell of a church that burned.",
    ],
    ids=["few-words", "small-part"],
)
def test_a_report_tells_another_thing_as_fact(other: str) -> None:
    believed = (
        "ESET believes that the intruders planted a web shell in the mail server of the registry "
        "on a cold night in March with the password of a clerk on holiday in Malta.\n\n"
    )
    made = compared(f"{believed}{other}\n")
    assert [c.speaker.type for c in made.claims] == ["company", "narrator"]
    assert not made.of("hedge-dropped")


def test_a_report_blames_flatly_whom_somebody_believes_to_be_behind_it() -> None:
    made = compared(
        "ESET believes that Turla is behind the theft.\n\nTurla broke into the registry."
    )
    (dropped,) = made.of("hedge-dropped")
    assert dropped.values == ("believed", "asserted")
    made = compared(
        "ESET believes that Turla is behind the theft.\n\nAPT28 broke into the registry."
    )
    assert not made.of("hedge-dropped")


def test_a_belief_that_goes_with_the_quotation_marks_is_not_lost() -> None:
    made = compared(
        "“We believe the intruders read every letter of the minister for weeks,” Anna Example, a "
        "director of ESET, said.\n",
        "Anna Example, a director of ESET, said that the attackers had read all letters of the "
        "minister for several weeks.\n",
    )
    assert made.of("paraphrase-of-quote")
    assert not made.of("hedge-dropped")


# Sources

APART = (
    "The mayor said that Ullevaal was on paper.\n\n{}\n\nESET said that two wards were closed.\n",
    "Nurses said that they rang Europol.\n\n{}\n\nMaersk said that ships could come to Narva.\n",
)
ONE, TWO = (("A", "B"),), (("A",), ("B",))


def clusters(one: str, other: str) -> Sequence[tuple[str, ...]]:
    """The sources of two reports that share nothing but this."""
    return compared(APART[0].format(one), APART[1].format(other)).clusters


RUN = "old mills by the river hold grain that farmers of Tartu bring each autumn from fields"


@pytest.mark.parametrize(
    ("one", "other", "count", "expected"),
    [
        ("{}", "{}", 15, ONE),
        ("{}", "{}", 14, TWO),
        ("“{}”", "{}", 15, TWO),
        ("“{}”", "“{}”", 15, TWO),
        ("«{}»", "„{}“", 15, TWO),
        ('"{}"', '"{}"', 15, TWO),
    ],
)
def test_words_in_a_row_outside_of_quotations(
    one: str, other: str, count: int, expected: tuple[tuple[str, ...], ...]
) -> None:
    run = " ".join(RUN.split()[:count])
    first = "Anna Example, who has taught music in Viljandi since the spring, wrote that {}."
    second = "It is known of {} and this is what Peter Sample told a choir of Haapsalu last night."
    assert clusters(first.format(one.format(run)), second.format(other.format(run))) == expected


CLOSE = (
    "The intruders read mail of the mayor, ESET said.",
    "Nurses of Tartu rang the police, Symantec said.",
)


def test_two_sentences_told_closely_are_one_source() -> None:
    assert clusters("\n\n".join(CLOSE), "\n\n".join(reversed(CLOSE))) == ONE
    assert clusters(CLOSE[0], CLOSE[0]) == TWO


def test_sentences_that_differ_in_figures_are_not_told_closely() -> None:
    one, other = (
        f"The intruders read {few} letters, ESET said.\n\nNurses of {many} wards rang, Maersk said."
        for few, many in (("400", "20"), ("90", "50"))
    )
    assert clusters(one, one) == ONE
    assert clusters(one, other) == TWO


def test_two_shared_quotations_are_no_common_source() -> None:
    quoted = "\n\n".join(
        (
            "“Intruders read all our mail,” Anna Example said.",
            "“Nurses rang us at dawn,” Peter Sample said.",
        )
    )
    assert clusters(quoted, quoted) == TWO


def test_one_sentence_that_is_like_two_is_one() -> None:
    twice = f"{CLOSE[0]}\n\n{CLOSE[0].replace('mail', 'most mail')}"
    assert clusters(CLOSE[0], twice) == TWO


RETOLD = (
    (
        "The intruders copied the tax files of citizens of Tartu in June, the agency said.",
        "Tax records of couples in Tartu were copied on a cold day in June, officials said.",
    ),
    (
        "ESET said that a flaw in the mail server of the registry had let them in.",
        "A bug of the registry's mail server was known to clerks for a long while, said ESET.",
    ),
    (
        "Surgeons of Narva put off their operations over the weekend, the mayor said.",
        "The mayor said that operations in Narva were put off for want of blood, light and heat.",
    ),
)
FILLED = "\n\n".join(
    f"{who} said that {what}."
    for who, what in (
        ("Latvia", "its ferries sail"), ("Norway", "oil is cheap"), ("Sweden", "snow fell early"),
        ("Poland", "rye grows well"), ("Maersk", "boxes wait"), ("NATO", "tents were sent"),
        ("Europol", "passports are checked"), ("Symantec", "phones ring"),
    )
)  # fmt: skip


DULL = "\n\n".join(
    f"{who} has announced {what}."
    for who, what in (
        ("Hungary", "a tax on wine"), ("Italy", "longer school days"), ("Spain", "new stamps"),
        ("France", "a feast"), ("Austria", "lower fares"), ("Ireland", "two dams"),
        ("Denmark", "a bridge"), ("Greece", "cheaper bread"),
    )
)  # fmt: skip


def test_statements_told_again_in_one_order_are_one_source() -> None:
    one, other = (list(side) for side in zip(*RETOLD, strict=True))
    assert clusters("\n\n".join(one), "\n\n".join(other)) == ONE
    assert clusters("\n\n".join(one[:2]), "\n\n".join(other[:2])) == TWO
    assert clusters("\n\n".join(one), "\n\n".join(reversed(other))) == TWO


def test_statements_told_again_must_be_a_share_of_the_shorter_report() -> None:
    one, other = (list(side) for side in zip(*RETOLD, strict=True))
    assert clusters("\n\n".join([*one, FILLED]), "\n\n".join(other)) == ONE
    assert clusters("\n\n".join([*one, FILLED]), "\n\n".join([*other, DULL])) == TWO


# Statements


def test_titles_are_compared_word_for_word_alone() -> None:
    title = "Turla stole letters of Tartu nurses"
    told = "Turla stole the letters of nurses living in Tartu."
    titled = f"{title}\n\nPublished 4 May 2021\n\nWards were shut, the mayor said."
    made = of_one_event(titled, told)
    assert made.claims[0].salience == "headline"
    assert not made.of("paraphrase", "near-copy")
    assert of_one_event(f"Wards were shut, the mayor said.\n\n{title}.", told).of("paraphrase")
    assert len(of_one_event(titled, titled.replace("Wards", "Roads")).of("copied")) == 2


def test_who_speaks_is_no_likeness() -> None:
    who = "The Emergency Response Team of the Information System Authority of Estonia"
    made = compared(
        f"{who} said that nurses wrote on paper.\n", f"{who} said that boats stayed in harbor.\n"
    )
    assert [c.speaker.start for c in made.claims] == [0, 0]
    assert not made.of("paraphrase")


@pytest.mark.parametrize("place", [0, 50, 99])
def test_one_of_a_hundred_copies_drops_the_doubt(place: int) -> None:
    texts = [f"{LETTERS.format('likely read', '')}\nWard {n} was shut.\n" for n in range(100)]
    texts[place] = texts[place].replace("likely ", "")
    documents, claims = read(*texts)
    found = reconcile.reconciled(documents, claims)
    made = Compared(claims, found.facts, found.clusters)
    own = next(c for c in claims if c.doc_key == f"{place:03}" and "letters" in c.span.text)
    (dropped,) = made.of("hedge-dropped")
    assert dropped.members[-1] == own.id
    assert set(dropped.values) == {"likely", "asserted"}
    assert dropped.values.count("asserted") == 1
    (copied,) = (f for f in made.of("copied") if "letters" in f.summary)
    assert len(copied.members) == 99
    assert own.id not in copied.members
    (near,) = made.of("near-copy")
    assert own.id in near.members


# Events


def events(*texts: str) -> list[str]:
    """The keys of reports on one event, those of each in a row."""
    documents, _ = read(*texts)
    return ["".join(keys) for keys in events_of(documents, [])]


HOSPITAL = (
    "Akira encrypted the computers of Ullevaal hospital, the Helse trust said. Ullevaal nurses "
    "wrote on paper.",
    "Ullevaal surgeons put off operations after Akira came, the Helse trust said. Mail at Ullevaal "
    "was dark.",
    "The Helse trust rebuilt Ullevaal after Akira. Wards of Ullevaal opened late.",
)
PORT = (
    "Cranes of the Leixoes terminal stood still after Clop came, Maersk said. Leixoes ships turned "
    "away.",
    "Clop stole letters of the Leixoes terminal, Maersk said. Leixoes gates were shut.",
    "Maersk moved boxes from Leixoes by truck once Clop had gone. Drivers at Leixoes waited.",
)


def test_two_groups_joined_by_one_link_stay_apart() -> None:
    one = f"{HOSPITAL[2]} Sonata software by Example of Gdansk was on each desk."
    other = f"{PORT[0]} Sonata had been sold to the harbor by Example of Gdansk."
    assert events(one, other) == ["AB"]
    assert events(*HOSPITAL[:2], one, other, *PORT[1:]) == ["ABC", "DEF"]


WARDS = (
    "Akira encrypted computers of Ullevaal hospital, the Helse trust said, and {} wrote of it. "
    "Ullevaal nurses at Sinsen wrote on paper, and Bryn wards were dark."
)
CRANES = (
    "Cranes of the Leixoes terminal stood still, Maersk said, and {} spoke of ships. Clop had shut "
    "gates of Matosinhos, and boxes of Lerwick waited."
)


@pytest.mark.parametrize(
    ("names", "joined"),
    [
        ("Sonata and Gdansk", True),
        ("Poland, Lithuania and Latvia", False),
        ("Warsaw, Vilnius and Riga", False),
        ("Reuters, Bloomberg and Politico", False),
        ("the Guardian and the Register", False),
        ("CISA, GCHQ and ANSSI", False),
        ("the Ambassador, the Chancellor and the Premier", False),
    ],
)
def test_what_is_told_of_many_events_joins_none(names: str, joined: bool) -> None:
    found = events(WARDS.format(names), CRANES.format(names))
    assert found == (["AB"] if joined else ["A", "B"])


def test_who_prints_reports_joins_none() -> None:
    printed = "Sonata Courier\n\n{}\n\nBy Anna Example, Sonata Courier\n\n{}\n"
    wards, cranes = (text.format("the Sonata Courier") for text in (WARDS, CRANES))
    assert events(wards, cranes) == ["AB"]
    assert events(
        printed.format("Ullevaal hospital goes dark", wards),
        printed.format("Cranes of Leixoes stand still", cranes),
    ) == ["A", "B"]


def test_statements_of_two_events_are_not_compared() -> None:
    files, records = "the intruders {} copied files of citizens in June", "the agency said"
    wards = f"{WARDS.format('Sinsen')}\n\nLikely {files.format('have')}, {records}.\n"
    cranes = f"{CRANES.format('Lerwick')}\n\nIn June {files[:-8].format('had')}, {records}.\n"
    made = compared(wards, cranes)
    assert len({c.speaker.norm for c in made.claims}) > 1
    assert not made.facts
    assert compared(f"{wards}{REGISTRY}", f"{cranes}{REGISTRY}").of("hedge-dropped")


def test_of_too_many_facts_the_copies_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [BLAMED.format("APT28", "the agency"), BLAMED.format("Turla", "two officials")]
    whole = of_one_event(*texts).facts
    assert [whole[0].kind, whole[-1].kind] == ["contradiction", "copied"]
    monkeypatch.setattr(reconcile, "FACTS", 1)
    assert of_one_event(*texts).facts == whole[:1]


# What the outputs make of it


def credibility(folder: Path, *texts: str) -> dict[str, set[str]]:
    """How credible the claims of these stances are in STIX."""
    for number, text in enumerate(texts):
        (folder / f"{number}.txt").write_text(text + NARVA, encoding="utf-8")
    raw = claims_stix.render(msgspec.to_builtins(ledger_of([folder], name="plain", workers=1)))
    assert raw is not None
    found: dict[str, set[str]] = defaultdict(set)
    for note in json.loads(raw)["objects"]:
        if note["type"] == "note":
            (told,) = note["extensions"].values()
            found[told["stance"]].add(told["credibility"])
    return found


CHARGE = "Estonia has accused Russia of the theft of at least 400 letters at the registry."
ALSO = (
    "In a note to the council, Estonia accused Russia of the theft of {} letters at the registry."
)


def test_what_two_independent_sources_say_is_credible(tmp_path: Path) -> None:
    pytest.importorskip("stix2")
    assert credibility(tmp_path, CHARGE)["accuses"] == {"6"}
    found = credibility(tmp_path, CHARGE, ALSO.format("at least 400"))
    assert found["accuses"] == {"1"}


@pytest.mark.parametrize(
    "other",
    [
        (ALSO.format("some 400"),),
        (
            ALSO.format("at least 400"),
            "Latvia has accused Belarus of the theft of letters at the registry.",
        ),
    ],
    ids=["bound-drift", "contradiction"],
)
def test_what_another_report_speaks_against_is_not(tmp_path: Path, other: Sequence[str]) -> None:
    pytest.importorskip("stix2")
    assert credibility(tmp_path, CHARGE, *other)["accuses"] == {"6"}


def test_what_one_source_repeats_is_not(tmp_path: Path) -> None:
    pytest.importorskip("stix2")
    again = f"{CHARGE}\n\n{FOUND.format('ESET')}"
    assert credibility(tmp_path, again, f"{again}\nWards were shut.")["accuses"] == {"6"}


def test_the_page_tells_first_what_weighs_most() -> None:
    kinds = (
        "copied", "date-trap", "not-a-contradiction", "omission", "figure-divergence",
        "hedge-dropped", "independence", "contradiction", "agreement",
    )  # fmt: skip
    facts: list[dict[str, object]] = [
        {"id": f"r-{n}", "kind": kind, "members": [], "summary": f"told of {kind}", "field": None,
         "values": []}
        for n, kind in enumerate(kinds)
    ]  # fmt: skip
    engine_used = {"grammar": "plain", "groups": ""}
    empty = {
        "engine": engine_used, "documents": {}, "claims": [], "clusters": [], "events": [],
        "reconciliation_left_out": 0, "problems": [],
    }  # fmt: skip
    page = claims_html.render({**empty, "reconciliation": facts}).decode()
    told = re.findall(r"told of ([a-z-]+)", page)
    aside = [k for k in told if k not in ("independence", "copied", "agreement")]
    assert aside == [
        "contradiction", "hedge-dropped", "figure-divergence", "omission", "date-trap",
        "not-a-contradiction",
    ]  # fmt: skip
    assert {*told} == {*kinds}
    assert len(told) == len(kinds)


def test_other_holes_are_other_events() -> None:
    names = "Sonata and Gdansk"
    one, other = " The hole is CVE-2019-11510.", " The hole is CVE-2021-26855."
    assert events(WARDS.format(names) + one, CRANES.format(names) + one) == ["AB"]
    assert events(WARDS.format(names) + one, CRANES.format(names) + other) == ["A", "B"]


def test_who_is_blamed_for_the_attack_on_another() -> None:
    made = compared("Latvia has blamed Russia for the attack on the registry of Tallinn.\n")
    assert [c.actor.state for c in made.claims if c.actor] == ["RU"]


@pytest.mark.parametrize(
    "other",
    [LETTERS.format("read", " of the suspect"), FLAT.replace("The intruders", "The suspect")],
)
def test_the_suspect_is_no_doubt(other: str) -> None:
    assert not compared(FLAT, other).of("hedge-dropped")


def test_as_many_clinics_as_police_officers_in_one_report() -> None:
    made = of_one_event(
        "ESET said that 200 clinics and 200 police officers in Tallinn were without mail.",
        "Nurses wrote on paper.",
    )
    assert not made.of("unit-divergence")


def test_what_may_not_be_is_not_denied() -> None:
    assert not compared(FLAT, LETTERS.format("may not have read", "")).of("contradiction")


def test_another_four_flaws_are_others() -> None:
    hole = "{} in the mail server of the Tallinn registry helped the intruders, ESET said.\n"
    made = compared(hole.format("A flaw"), hole.format("Another four flaws"))
    assert not made.of("number-divergence")


def test_two_sums_that_share_only_their_scale() -> None:
    made = of_one_event(
        "The Akira gang demanded a ransom of $4 million from the Tallinn registry, ESET said.",
        "Tallinn paid $3 million to ESET, the mayor said.",
    )
    assert not made.of("figure-divergence")


@pytest.mark.parametrize("place", [0, 99])
def test_all_copies_hang_together(place: int) -> None:
    texts = [f"{LETTERS.format('likely read', '')}\nWard {n} was shut.\n" for n in range(100)]
    texts[place] = texts[place].replace("likely ", "")
    made = compared(*texts)
    assert len(made.of("near-copy")[0].members) == 100
    assert len(made.of("hedge-dropped")[0].members) == 100


def test_blame_that_names_no_deed_is_of_the_one_told() -> None:
    made = of_one_event(
        "The Tallinn health board blamed the Akira gang.",
        "ESET said that Turla was behind the theft at the registry.",
    )
    (contradiction,) = made.of("contradiction")
    assert set(contradiction.values) == {"G1024", "G0010"}
