"""Reports against each other."""

from __future__ import annotations

from pathlib import Path

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
        b="About 4,000 companies were hit, the police told local reporters on Friday.\n\n"
        "Some 90,000 servers were exposed and at least 4,000 were compromised.\n",
    )
    (same,) = facts(made, "same-figure")
    assert same.values == ("4000",)
    (units,) = facts(made, "unit-divergence")
    assert set(units.values) == {"system", "business", "server"}
    (bounds,) = facts(made, "bound-drift")
    assert {"at_least", "approx"} == set(bounds.values)
    assert ("exposed", "compromised") in [f.values for f in facts(made, "not-a-contradiction")]


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


def test_look_alike_groups_contradict(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="The agency linked the intrusion to APT28, it said in a statement on Monday.\n",
        b="The agency linked the intrusion to APT29, it said in a statement on Monday.\n",
        c="The agency linked the intrusion to Turla, and said no more about it.\n",
    )
    (contradiction,) = facts(made, "contradiction")
    assert contradiction.values == ("G0007", "G0016")


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


def test_a_relative_date_beside_a_masthead_date(tmp_path: Path) -> None:
    made = ledger(
        tmp_path,
        a="Friday, May 3, 2024\n\nPoland accuses Belarus of forging letters\n\n"
        "Poland has accused Belarus of forging letters earlier this year.\n\n"
        "Belarus has denied the accusation in a short note to the press.\n",
        b="Poland accuses Belarus of forgery\n\nPublished 4 May 2021\n\n"
        "Poland has accused Belarus of forging many letters to its citizens.\n\n"
        "Nothing more was said about the case in Warsaw on that day.\n",
    )
    (trap,) = facts(made, "date-trap")
    assert trap.values == ("2021", "2024 (wrong)")


def test_one_report_alone_is_compared_with_nothing(tmp_path: Path) -> None:
    made = ledger(tmp_path, a="Poland has accused Belarus of forging letters.\n")
    assert made.reconciliation == ()
