"""Reports against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from afterpatch.claims.ledger import ledger_of
from afterpatch.claims.schema import Fact, Ledger

COPY = (
    "The ministry has said that the attack was likely ordered from abroad, and that it has seen "
    "nothing like it in the years before.\n\n"
    "Estonia has accused Russia of carrying out the attack on its hospitals.\n\n"
    "At least 4,000 computers were encrypted in the three hospitals of the capital.\n"
)


def ledger(folder: Path, **texts: str) -> Ledger:
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return ledger_of([folder], name="plain", workers=1)


def facts(made: Ledger, kind: str) -> list[Fact]:
    return [fact for fact in made.reconciliation if fact.kind == kind]


def test_copied_reports_are_one_source(tmp_path: Path) -> None:
    made = ledger(tmp_path, a=COPY, b=f"{COPY}\nNobody was hurt in any of the three hospitals.\n")
    assert made.clusters == (("A", "B"),)
    assert facts(made, "copied")
    (agreement,) = (f for f in facts(made, "agreement") if "Estonia accuses" in f.summary)
    assert "one source" in agreement.summary
    assert facts(made, "independence")


def test_independent_reports_stay_apart(tmp_path: Path) -> None:
    other = (
        "Tallinn has put the blame for the hospital outage on Moscow.\n\n"
        "In Latvia, Riga has accused Russia of jamming radio masts along the border.\n\n"
        "Estonia accused Russia of the break-in during a session of the council.\n"
    )
    made = ledger(tmp_path, a=COPY, b=other)
    assert made.clusters == (("A",), ("B",))
    assert not facts(made, "independence")
    assert any("2 independent sources" in f.summary for f in facts(made, "agreement"))


def test_figures_units_bounds(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a=COPY,
        b="About 4,000 companies of the capital were hit, the police said on Friday.\n\n"
        "Some 90,000 servers were exposed and at least 4,000 were compromised.\n",
    )
    (same,) = facts(made, "same-figure")
    assert same.values == ("4000",)
    (units,) = facts(made, "unit-divergence")
    assert set(units.values) == {"system", "business", "server"}
    (bounds,) = facts(made, "bound-drift")
    assert {"at_least", "approx"} == set(bounds.values)
    (both,) = facts(made, "not-a-contradiction")
    assert {"exposed", "compromised"} < set(both.values)


def test_a_hedge_that_is_lost_on_the_way(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a=COPY,
        b="The ministry has said that the attack was ordered from abroad, and that it has seen "
        "nothing like it in years.\n\nNobody was hurt in the three hospitals that were hit.\n",
    )
    (drift,) = facts(made, "hedge-dropped")
    assert drift.values == ("likely", "asserted")
    by_id = {c.id: c for c in made.claims}
    assert [by_id[m].doc_key for m in drift.members] == ["A", "B"]


def test_who_leaves_the_denial_out(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="Poland has accused Belarus of forging letters.\n\nBelarus denied the accusation.\n",
        b="Poland has accused Belarus of forging many letters to its citizens.\n",
    )
    (silence,) = facts(made, "omission")
    assert silence.values == ("B",)


def test_the_same_state_accused_and_only_its_territory_named(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="The EU has accused China of the attack on its mail servers.\n\n"
        "The EU said that the attack came from the territory of China.\n",
    )
    (tension,) = facts(made, "internal-tension")
    assert tension.values == ("state", "territory")


BELARUS = (
    "Poland has accused Belarus of forging letters to officials earlier this year.\n\n"
    "Belarus has denied the accusation in a short note to the press in Minsk.\n\n"
    "The letters carried the seal of a court in Lublin and asked for the numbers of accounts.\n"
)


def test_a_relative_date_beside_a_page_date_of_another_year(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a=f"Friday, May 3, 2024\n\nPoland accuses Belarus of forging letters\n\n{BELARUS}",
        b=f"Poland accuses Belarus of forgery\n\nPublished 4 May 2021\n\n{BELARUS}",
    )
    (trap,) = facts(made, "date-trap")
    assert trap.values == ("2021", "2024 (wrong)")


def test_a_page_date_that_nothing_speaks_against_is_no_trap(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a=f"Tuesday, May 4, 2021\n\nPoland accuses Belarus of forging letters\n\n{BELARUS}",
        b=f"Poland accuses Belarus of forgery\n\nPublished 4 May 2021\n\n{BELARUS}",
    )
    assert not facts(made, "date-trap")


def test_a_shared_quotation_makes_no_common_source(tmp_path: Path) -> None:
    quoted = (
        "“We will find whoever did this to the patients of our hospitals, and we will bring them "
        "before a judge however long that takes us,” the health minister of Estonia said.\n\n"
    )
    made = ledger(
        tmp_path,
        a=quoted + "Nurses in Tallinn wrote on paper for three days.\n",
        b="Surgeons in Tartu put off forty operations because of the virus.\n\n" + quoted,
    )
    assert made.clusters == (("A",), ("B",))
    assert facts(made, "copied")


def test_one_agency_on_two_events_is_no_common_source(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="Oslo hospitals hit\n\nOSLO (Reuters) - The Akira gang encrypted computers of Oslo "
        "hospitals, the Helse agency said.\n\nReporting by Reuters\n",
        b="Leixoes port closed\n\nLISBON (Reuters) - The Leixoes terminal was shut after an "
        "intrusion, Maersk said.\n\nReporting by Reuters\n",
        c="Oslo hospitals recover\n\nOSLO (Reuters) - Nurses of Oslo hospitals were still writing "
        "on paper after the raid of Akira, the Helse agency said.\n\nReporting by Reuters\n",
    )
    assert made.clusters == (("A", "C"), ("B",))


def test_reports_on_two_events_are_not_compared(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="Norway hospital outage\n\nAt least 4,000 computers of Oslo hospitals were encrypted "
        "by the Akira gang, the Helse agency said.\n\nOslo nurses wrote on paper.\n",
        b="Portuguese port closed\n\nAbout 4,000 people in Lisbon lost data when the Leixoes port "
        "terminal was hacked, Maersk said.\n\nThe Lisbon terminal moves containers.\n",
    )
    assert made.reconciliation == ()


def test_figures_that_cannot_both_hold(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="Estonia hospital attack\n\nAt least 900 clinics in Estonia were encrypted, the Tallinn "
        "health board said.\n",
        b="Estonia clinics attacked\n\nNo more than 300 clinics were encrypted in Estonia, the "
        "Tallinn health board said.\n",
    )
    (divergence,) = facts(made, "figure-divergence")
    assert sorted(divergence.values) == ["300", "900"]


def test_a_bound_that_leaves_room_is_no_contradiction(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="Estonia hospital attack\n\nAt least 300 clinics in Estonia were encrypted, the Tallinn "
        "health board said.\n",
        b="Estonia clinics attacked\n\nSome 900 clinics were encrypted in Estonia, the Tallinn "
        "health board said.\n",
    )
    assert not facts(made, "figure-divergence")


def test_what_one_report_says_is_not_so(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="The vendor released a patch for the mail servers on Tuesday, its engineers said.\n",
        b="The vendor has not released a patch for the mail servers, its engineers said.\n",
    )
    assert facts(made, "contradiction")
    assert not facts(made, "paraphrase")


def test_degrees_of_doubt(tmp_path: Path) -> None:
    text = "The intruders {} read the letters of the minister in Tallinn, the agency said.\n"
    made = ledger(
        tmp_path,
        a=text.format("may have"),
        b=text.format("very likely"),
        c=text.format("had"),
    )
    (drift,) = facts(made, "hedge-drift")
    assert drift.values == ("possible", "highly likely")
    (dropped,) = facts(made, "hedge-dropped")
    assert dropped.values == ("possible", "highly likely", "asserted")


def test_culprits_that_differ(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="Hackers of APT28 broke into the Tallinn registry, the agency said.\n\nThe Tallinn "
        "registry keeps the deeds of Estonia.\n",
        b="Turla broke into the Tallinn registry, two officials said.\n\nThe Tallinn registry "
        "keeps the deeds of Estonia.\n",
    )
    (contradiction,) = facts(made, "contradiction")
    assert contradiction.values == ("G0007", "G0010")


def test_culprits_of_other_deeds_do_not_contradict(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="APT28 broke into the Tallinn registry, the agency said.\n\nThe Tallinn registry keeps "
        "the deeds of Estonia.\n",
        b="The Tallinn registry keeps the deeds of Estonia.\n\nTurla stole letters of Latvian "
        "diplomats, two officials said.\n",
    )
    assert not facts(made, "contradiction")


def test_names_that_differ_in_a_digit_contradict(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="The Tallinn registry was robbed.\n\nThe ministry tied it to APT28, it said.\n",
        b="The Tallinn registry lost its deeds.\n\nBehind the theft is APT29, experts said.\n",
    )
    (contradiction,) = facts(made, "contradiction")
    assert contradiction.values == ("G0007", "G0016")


@pytest.mark.parametrize(
    ("names", "conflict"),
    [
        ("APT28, also known as Cozy Bear,", True),
        ("Nobelium (also called APT28)", True),
        ("Volt Typhoon, which others track as Salt Typhoon,", True),
        ("APT28 (Cozy Bear)", True),
        ("APT28, also known as Fancy Bear,", False),
        ("APT28 and APT29", False),
        ("APT28, unlike Cozy Bear,", False),
        ("APT28 (unlike Cozy Bear)", False),
        ("APT28, known to fear Cozy Bear,", False),
        ("APT28 and what is known as Cozy Bear", False),
    ],
)
def test_names_that_are_two_groups(tmp_path: Path, names: str, conflict: bool) -> None:
    made = ledger(tmp_path, a=f"The agency said that {names} broke into the Tallinn registry.\n")
    assert bool(facts(made, "alias-conflict")) == conflict


def test_one_report_alone_is_compared_with_nothing(tmp_path: Path) -> None:
    made = ledger(tmp_path, a="Poland has accused Belarus of forging letters.\n")
    assert made.reconciliation == ()
