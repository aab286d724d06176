"""Figures with unit and bound, dates with anchor, hedges with the range of a house."""

from __future__ import annotations

import pytest

from afterpatch.claims.stance.figures import (
    dates,
    day_of,
    hedges,
    is_doubt,
    quantities,
    vulnerability,
)


@pytest.mark.parametrize(
    ("text", "value", "unit", "bound", "predicate"),
    [
        ("at least 30,000 organisations were hit", 30_000, "organisation", "at_least", "affected"),
        ("at least 30 000 organisations", 30_000, "organisation", "at_least", None),
        ("at least 30\u00a0000 organisations", 30_000, "organisation", "at_least", None),
        ("affecting at least 30K businesses", 30_000, "business", "at_least", "affected"),
        ("Around a quarter of a million systems were left exposed", 250_000, "system", "approx",
         "exposed"),
        ("up to 60,000 servers", 60_000, "server", "up_to", None),
        ("as many as 18,000 customers", 18_000, "person", "up_to", None),
        ("more than 2.5 million mailboxes were stolen", 2_500_000, "mailbox", "at_least", "stolen"),
        ("half a dozen countries", 6, "country", "exact", None),
        ("dozens of hospitals", 24, "hospital", "at_least", None),
        ("400,000+ servers", 400_000, "server", "at_least", None),
        ("$3.5 million in coins", 3_500_000, "money", "exact", None),
        ("at least 12.000 clinics", 12_000, "organisation", "at_least", None),
        ("1.200.000 accounts were leaked", 1_200_000, "mailbox", "exact", "leaked"),
        ("12.345 percent of hospitals were hit", 12.345, "percent", "exact", "affected"),
        ("3.125 million accounts", 3_125_000, "mailbox", "exact", None),
        ("Some $101 million left the account", 101_000_000, "money", "approx", None),
        ("almost $1 billion out of the bank's account", 1e9, "money", "approx", None),
        ("the attackers held records of 145 million patients", 145e6, "person", "exact", None),
        ("at least 40 Whitehall laptops", 40, "system", "at_least", None),
        ("roughly 125,000 unpatched mail servers", 125_000, "server", "approx", None),
        ("six thousand routers", 6_000, "system", "exact", None),
        ("Nineteen laptops were infected", 19, "system", "exact", "compromised"),
        ("Forty-two routers", 42, "system", "exact", None),
        ("Fewer than ten customers", 10, "person", "up_to", None),
        ("In Poland, 340 solar farms lost contact", 340, "farm", "exact", None),
    ],
)  # fmt: skip
def test_quantities(text: str, value: float, unit: str, bound: str, predicate: str | None) -> None:
    (found,) = quantities(text, 100)
    assert (found.value, found.unit, found.bound) == (value, unit, bound)
    assert found.predicate == predicate
    assert text[found.start - 100 : found.end - 100] == found.text


@pytest.mark.parametrize(
    "text",
    [
        "the 2020 Finnish parliament",
        "It began on 2 March.",
        "Airtel launches 5G next month",
        "version 15.1.2106.2 is old",
        "APT 31 is a group",
        "CVE-2021-26855 was used",
        "for 3 years",
        "one man alone",
        "99.9 percent",
    ],
)
def test_no_quantities(text: str) -> None:
    assert quantities(text, 0) == []


def test_a_figure_without_its_unit_takes_the_one_before_it() -> None:
    first, second = quantities("250,000 systems were exposed and at least 30 000 were hit.", 0)
    assert (first.unit, second.unit) == ("system", "system")
    assert (second.value, second.bound, second.predicate) == (30_000, "at_least", "affected")


@pytest.mark.parametrize(
    ("text", "iso", "precision"),
    [
        ("on 2 March 2021", "2021-03-02", "day"),
        ("March 2, 2021", "2021-03-02", "day"),
        ("on 2 March", "2021-03-02", "day"),
        ("in early January", "2021-01", "early-month"),
        ("late February", "2021-02", "late-month"),
        ("in December", "2020-12", "month"),
        ("earlier this year", "2021", "year"),
        ("last year", "2020", "year"),
        ("last month", "2021-06", "month"),
        ("in 2018", "2018", "year"),
        ("2021-03-02", "2021-03-02", "day"),
    ],
)
def test_dates_from_the_day_of_publication(text: str, iso: str, precision: str) -> None:
    (found,) = dates(text, 7, "2021-07-20")
    assert (found.iso, found.precision) == (iso, precision)
    assert text[found.start - 7 : found.end - 7] == found.text


@pytest.mark.parametrize("text", ["earlier this year", "on 2 March", "last week", "yesterday"])
def test_dates_stay_open_without_a_day_of_publication(text: str) -> None:
    (found,) = dates(text, 0, None)
    assert found.iso is None
    assert found.anchor.startswith("none")


def test_may_is_a_month_only_where_it_can_be_one() -> None:
    assert [d.iso for d in dates("They may return in May.", 0, "2021-07-20")] == ["2021-05"]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Published Tue, Jul 20 2021 15:05 pm", "2021-07-20T15:05"),
        ("Oslo, 19 July 2021", "2021-07-19"),
        ("2021-07-19", "2021-07-19"),
        ("19.07.2021", "2021-07-19"),
        ("25/12/2021", "2021-12-25"),
    ],
)
def test_days_of_publication(text: str, iso: str) -> None:
    found = day_of(text)
    assert found is not None
    assert found[2] == iso


@pytest.mark.parametrize("text", ["03/04/2021", "99/99/2021", "July", "15:05"])
def test_no_day_where_two_can_be_meant_or_none(text: str) -> None:
    assert day_of(text) is None


def test_estimative_words_have_the_range_of_the_speakers_house() -> None:
    text = "The attack was highly likely ordered abroad."
    (british,) = hedges(text, 0, "GB")
    (american,) = hedges(text, 0, "US")
    (other,) = hedges(text, 0, "FI")
    assert (british.range, american.range, other.range) == ((80, 90), (80, 95), None)
    (belief,) = hedges("We believe so.", 0, "GB")
    assert (belief.class_, belief.range) == ("evidential-belief", None)


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("It cost the bank USD 4 million.", [("USD 4 million", 4e6)]),
        ("EUR 40 million are gone.", [("EUR 40 million", 40e6)]),
        ("They took 4 million US dollars.", [("4 million US dollars", 4e6)]),
        ("They took 4 million U.S. dollars.", [("4 million U.S. dollars", 4e6)]),
        ("They want C$5m now.", [("C$5m", 5e6)]),
        ("A$12.5 million and US$3m", [("A$12.5 million", 12.5e6), ("US$3m", 3e6)]),
        ("NOK 300,000 and JPY 58 billion", [("NOK 300,000", 300e3), ("JPY 58 billion", 58e9)]),
        ("R$ 800 million or ¥58 billion", [("R$ 800 million", 800e6), ("¥58 billion", 58e9)]),
        ("40 million EUR were lost", [("40 million EUR", 40e6)]),
        ("in USD1.5m", [("USD1.5m", 1.5e6)]),
        ("a loss of EUR 2000", [("EUR 2000", 2000)]),
        ("at least 2 million pounds sterling", [("at least 2 million pounds sterling", 2e6)]),
        ("5 billion South Korean won", [("5 billion South Korean won", 5e9)]),
    ],
)
def test_sums_keep_their_currency(text: str, figures: list[tuple[str, float]]) -> None:
    found = quantities(text, 0)
    assert [(q.text, q.value) for q in found] == figures
    assert {q.unit for q in found} == {"money"}


@pytest.mark.parametrize("text", ["the 300 papers by RAND", "FAUSD 4 million users", "APT 40 won"])
def test_what_only_looks_like_a_currency(text: str) -> None:
    assert not [q for q in quantities(text, 0) if q.unit == "money"]


@pytest.mark.parametrize(
    ("text", "hedge"),
    [
        ("It is not likely that they stole it.", "not likely"),
        ("It is not at all likely that they stole it.", "not at all likely"),
        ("They are highly unlikely to have stolen it.", "highly unlikely"),
        ("We cannot rule out that they stole it.", "cannot rule out"),
        ("It can’t be ruled out that they stole it.", "can’t be ruled out"),
        ("It was by no means certain.", "by no means certain"),
        ("The ministry doubts that they stole it.", "doubts"),
        ("It does not believe that they stole it.", "does not believe"),
        ("They may not have stolen it.", "may not have"),
    ],
)
def test_doubt_is_one_hedge_with_its_not(text: str, hedge: str) -> None:
    (found,) = hedges(text, 0, "US")
    assert (found.text, found.range) == (hedge, None)
    assert is_doubt(found.text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It is likely that they stole it.", ["likely"]),
        ("They very likely stole it.", ["very likely"]),
        ("There is no doubt that they stole it.", []),
        ("There was little doubt that they stole it.", []),
        ("Nobody ruled on it, and some files are excluded.", []),
    ],
)
def test_what_is_no_doubt(text: str, told: list[str]) -> None:
    found = hedges(text, 0, None)
    assert [h.text for h in found] == told
    assert not any(is_doubt(h.text) for h in found)


def test_a_hole_with_its_numbers() -> None:
    found = vulnerability("They used a flaw in Exchange, CVE-2021-26855, and another.", 0)
    assert found is not None
    assert found.text == "a flaw in Exchange"
    assert found.cve_in_text == ("CVE-2021-26855",)
    assert vulnerability("They sent a letter.", 0) is None
