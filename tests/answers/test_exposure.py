"""Exposure over time, checked by hand against Microsoft's tables."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterpatch.answers.exposure import ExposureAnswer, exposure
from afterpatch.model import BuildSpan, Exposure, Sighting

VERSION = "HttpProxy #Version"
COLUMNS = "HttpProxy columns"
BLD = "ECP BLD"


def at(day: str, clock: str = "00:00:00") -> str:
    return f"{day}T{clock}.000Z"


def seen(build: str, when: str | None, basis: str = VERSION) -> Sighting:
    return Sighting("build", build, basis, when)


def one(answer: ExposureAnswer, cve: str) -> Exposure:
    (found,) = [row for row in answer.exposure if row.cve == cve]
    return found


def exposed(answer: ExposureAnswer) -> set[str]:
    return {row.cve for row in answer.exposure if row.state == "exposed"}


PATCHED_IN_MARCH = (
    seen("15.01.2106.002", at("2021-01-20", "08:00:00")),
    seen("15.01.2106.002", at("2021-03-04", "10:00:00")),
    seen("15.01.2106.013", at("2021-03-04", "11:00:00")),
    seen("15.01.2106.013", at("2021-03-20", "11:00:00")),
)
MARCH_WINDOW = (at("2021-01-20"), at("2021-03-20", "11:59:59"))


def test_a_server_patched_in_march_2021():
    answer = exposure(PATCHED_IN_MARCH, MARCH_WINDOW)
    assert answer.product == "Exchange Server 2016"
    assert answer.build == "15.1.2106.13"
    assert answer.build_source == VERSION
    assert answer.build_history == (
        BuildSpan("15.1.2106.2", at("2021-01-20", "08:00:00"), at("2021-03-04", "10:00:00")),
        BuildSpan("15.1.2106.13", at("2021-03-04", "11:00:00"), at("2021-03-20", "11:00:00")),
    )
    hole = one(answer, "CVE-2021-26855")
    assert (hole.chain, hole.state) == ("ProxyLogon", "exposed")
    # exploited since 2021-01-03, but nothing was seen before the 20th
    assert (hole.from_, hole.to) == (at("2021-01-20", "08:00:00"), at("2021-03-04", "11:00:00"))
    assert hole.basis.startswith(f"{VERSION} 15.1.2106.2 is below 15.1.2106.13 (Mar21SU for CU18)")
    # no zero-day: open from the day of the patch
    assert one(answer, "CVE-2021-26412").from_ == at("2021-03-02")
    assert one(answer, "CVE-2020-0688").state == "fixed"
    # known only after the evidence ends
    assert "CVE-2021-34473" not in {row.cve for row in answer.exposure}


def test_a_zero_day_counts_from_its_first_use():
    early = (seen("15.1.2106.2", at("2020-12-01")), *PATCHED_IN_MARCH)
    hole = one(exposure(early, MARCH_WINDOW), "CVE-2021-26855")
    assert hole.from_ == at("2021-01-03")


def test_not_patched_by_the_end():
    sightings = PATCHED_IN_MARCH[:2]
    hole = one(exposure(sightings, (None, at("2021-03-10"))), "CVE-2021-26855")
    assert (hole.state, hole.to) == ("exposed", None)


def test_proxyshell_stays_open_on_the_march_update():
    sightings = (*PATCHED_IN_MARCH, seen("15.1.2106.13", at("2021-08-20")))
    answer = exposure(sightings, (None, at("2021-08-21")))
    for cve, day in (
        ("CVE-2021-34473", "2021-04-13"),
        ("CVE-2021-34523", "2021-04-13"),
        ("CVE-2021-31207", "2021-05-11"),
    ):
        hole = one(answer, cve)
        assert (hole.chain, hole.state) == ("ProxyShell", "exposed")
        assert (hole.from_, hole.to) == (at(day), None)
        assert "no fix for CU18" in hole.basis
    assert one(answer, "CVE-2021-26855").to == at("2021-03-04", "11:00:00")


def test_gravest_first():
    answer = exposure(PATCHED_IN_MARCH, MARCH_WINDOW)
    states = [row.state for row in answer.exposure]
    assert states == sorted(states, key=("exposed", "unknown", "mitigated", "fixed").index)
    assert [row.cve for row in answer.exposure[:4]] == [
        "CVE-2021-26855",
        "CVE-2021-26857",
        "CVE-2021-26858",
        "CVE-2021-27065",
    ]


def test_a_current_server_of_may_2024():
    answer = exposure(
        (seen("15.2.1544.11", at("2024-05-14", "10:00:00"), BLD),),
        (at("2024-05-14"), at("2024-05-14", "23:00:00")),
    )
    assert answer.product == "Exchange Server 2019"
    assert exposed(answer) == set()
    relay = one(answer, "CVE-2024-21410")
    assert relay.state == "unknown"
    assert "Extended Protection" in relay.basis
    assert one(answer, "CVE-2021-26855").state == "fixed"
    assert one(answer, "CVE-2024-26198").state == "fixed"
    assert "CVE-2024-49040" not in {row.cve for row in answer.exposure}


def test_two_bases_that_differ_by_an_interim_build():
    answer = exposure(
        (
            seen("15.00.0847.030", at("2021-04-06", "14:54:34")),
            seen("15.0.847.32", at("2021-04-06", "14:54:34"), BLD),
            seen("15.00.0847.030", at("2021-04-06", "15:54:34")),
        ),
        (at("2021-04-06", "14:54:34"), at("2021-04-06", "15:55:00")),
    )
    assert answer.product == "Exchange Server 2013"
    assert answer.build == "15.0.847.32"
    assert answer.build_source == f"{BLD} ({VERSION} says 15.0.847.30)"
    assert len(answer.build_history) == 1
    assert {"CVE-2021-26855", "CVE-2021-27065", "CVE-2020-0688"} <= exposed(answer)
    assert "no fix for SP1" in one(answer, "CVE-2020-0688").basis


def test_a_component_that_lags_behind_the_update():
    answer = exposure(
        (
            seen("15.1.2106.2", at("2021-03-01")),
            seen("15.1.2106.13", at("2021-03-03"), BLD),
            seen("15.1.2106.2", at("2021-03-05")),
            seen("15.1.2106.2", at("2021-03-06")),
        ),
        (None, at("2021-03-06")),
    )
    assert answer.build == "15.1.2106.13"
    assert one(answer, "CVE-2021-26855").to == at("2021-03-03")


def test_a_removed_update_opens_the_hole_again():
    answer = exposure(
        tuple(
            seen(build, at(f"2021-03-{day:02}"))
            for day, build in enumerate(
                (*["15.1.2106.2"] * 3, *["15.1.2106.13"] * 3, *["15.1.2106.2"] * 3), start=1
            )
        ),
        (None, at("2021-03-10")),
    )
    times = [(row.from_, row.to) for row in answer.exposure if row.cve == "CVE-2021-26855"]
    assert times == [(at("2021-03-01"), at("2021-03-04")), (at("2021-03-07"), None)]


def test_a_stray_row_is_no_patch():
    answer = exposure(
        (
            seen("15.1.2106.2", at("2021-03-01"), COLUMNS),
            seen("15.1.2176.9", at("2021-03-03"), COLUMNS),
            seen("15.1.2106.2", at("2021-03-04"), COLUMNS),
        ),
        (None, at("2021-03-05")),
    )
    assert [span.build for span in answer.build_history] == ["15.1.2106.2"]


def test_a_build_before_its_release_is_damage():
    answer = exposure(
        (
            seen("15.1.2106.2", at("2021-03-01")),
            seen("15.1.2507.37", at("2021-03-04"), COLUMNS),
        ),
        (None, at("2021-03-05")),
    )
    assert answer.build == "15.1.2106.2"
    only = exposure((seen("15.1.2507.37", at("2021-03-04")),), (None, at("2021-03-05")))
    assert only.build == "15.1.2507.37"


@pytest.mark.parametrize(
    "value", ["15.0.0.0", "", "99.1.2106.2", "15.1.2106.13' OR 1=1", "15.20.1.1", "15.3.500.1"]
)
def test_forged_builds_are_not_read(value):
    answer = exposure((seen(value, at("2021-03-04")),), (None, at("2021-03-05")))
    assert (answer.product, answer.build, answer.build_source) == (None, None, None)
    assert answer.build_history == ()
    assert {row.state for row in answer.exposure} == {"unknown"}
    assert "CVE-2021-26855" in {row.cve for row in answer.exposure}


def test_nothing_at_all():
    assert exposure((), (None, None)) == ExposureAnswer(None, None, None, (), ())
    host = Sighting("host", "MAIL01", VERSION, at("2021-03-04"))
    assert exposure((host,), (None, None)).build is None


def test_directory_data_name_the_cumulative_update_only():
    dump = seen("Version 15.1 (Build 2106.2)", at("2021-03-10"), "OAB dump AdminDisplayVersion")
    answer = exposure((dump,), (None, at("2021-03-11")))
    assert answer.build == "15.1.2106.2"
    assert one(answer, "CVE-2021-26855").state == "unknown"
    assert exposed(answer) == set()
    later = exposure((dump, *PATCHED_IN_MARCH), MARCH_WINDOW)
    assert later == exposure(PATCHED_IN_MARCH, MARCH_WINDOW)


def test_a_build_without_a_time():
    answer = exposure((seen("15.1.2106.2", None),), (at("2021-02-01"), at("2021-03-10")))
    assert answer.build_history == (BuildSpan("15.1.2106.2", None, None),)
    hole = one(answer, "CVE-2021-26855")
    assert (hole.state, hole.from_, hole.to) == ("exposed", None, None)

    timeless = exposure((seen("15.1.2106.2", None),), (None, None))
    assert exposed(timeless) == set()
    assert "nothing in the evidence has a time" in one(timeless, "CVE-2021-26855").basis

    later = exposure(
        (*PATCHED_IN_MARCH[:2], seen("15.1.2106.13", None, "ExSetup.exe")), MARCH_WINDOW
    )
    assert later.build == "15.1.2106.13"
    assert one(later, "CVE-2021-26855").to == MARCH_WINDOW[1]

    earlier = exposure((*PATCHED_IN_MARCH, seen("15.1.2106.2", None)), MARCH_WINDOW)
    assert earlier == exposure(PATCHED_IN_MARCH, MARCH_WINDOW)


def test_a_build_last_seen_before_the_hole_was_known():
    sightings = (seen("15.1.2106.13", at("2021-03-10")),)
    hole = one(exposure(sightings, (None, at("2021-08-20"))), "CVE-2021-34473")
    assert (hole.state, hole.from_, hole.to) == ("unknown", None, None)
    assert "last seen 2021-03-10" in hole.basis


def test_patched_in_a_blind_spot():
    # The zero-day was in use before any fix existed: it was open in between, for certain.
    zero_day = (seen("15.1.2106.2", at("2021-01-01")), seen("15.1.2106.13", at("2021-03-10")))
    hole = one(exposure(zero_day, (None, at("2021-03-11"))), "CVE-2021-26855")
    assert (hole.state, hole.from_, hole.to) == ("exposed", at("2021-01-03"), at("2021-03-10"))
    # This one was known from its patch on, and may have been patched that very day.
    hole = one(exposure(zero_day, (None, at("2021-03-11"))), "CVE-2021-26412")
    assert (hole.state, hole.from_) == ("fixed", at("2021-03-10"))
    assert "after 2021-01-01" in hole.basis


def test_the_march_update_for_an_old_cumulative_update_fixes_nothing_else():
    march = seen("15.1.1847.12", at("2021-03-12"))
    window = (None, at("2021-03-13"))
    alone = one(exposure((march,), window), "CVE-2020-0688")
    assert alone.state == "unknown"
    open_before = exposure((seen("15.1.1847.3", at("2021-03-01")), march), window)
    assert one(open_before, "CVE-2020-0688").to is None
    assert one(open_before, "CVE-2020-0688").state == "exposed"
    assert one(open_before, "CVE-2021-26855").to == at("2021-03-12")
    fixed_before = exposure((seen("15.1.1847.7", at("2021-03-01")), march), window)
    assert one(fixed_before, "CVE-2020-0688").state == "fixed"


def test_exchange_2010():
    answer = exposure((seen("14.3.509.0", at("2021-03-12")),), (None, at("2021-09-01")))
    assert answer.product == "Exchange Server 2010 SP3"
    assert exposed(answer) == {"CVE-2021-26857"}
    assert "CVE-2021-26855" not in {row.cve for row in answer.exposure}
    assert one(answer, "CVE-2021-34473").state == "unknown"


def test_subscription_edition():
    answer = exposure((seen("15.2.2562.41", at("2026-05-20")),), (None, at("2026-05-21")))
    assert answer.product == "Exchange Server SE"
    assert one(answer, "CVE-2026-42897").from_ == at("2026-05-20")
    assert exposed(answer) == {"CVE-2026-42897"}
    assert one(answer, "CVE-2021-26855").state == "fixed"


BUILDS = ["15.1.2106.2", "15.1.2106.13", "15.1.2176.12", "15.1.1847.12", "15.0.847.30", "x"]


@given(
    st.lists(
        st.builds(
            seen,
            st.sampled_from(BUILDS),
            st.none()
            | st.dates().map(lambda day: at(f"{day.year:04}-{day.month:02}-{day.day:02}")),
            st.sampled_from([VERSION, COLUMNS, BLD, "AdminDisplayVersion"]),
        ),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_order_and_repetition_do_not_matter(sightings, rng: random.Random):
    window = (at("2021-01-01"), at("2021-09-01"))
    answer = exposure(sightings, window)
    shuffled = sightings * 2
    rng.shuffle(shuffled)
    assert exposure(shuffled, window) == answer
    spans = [span for span in answer.build_history if span.from_ is not None]
    assert [span.from_ for span in spans] == sorted(span.from_ for span in spans)
    for row in answer.exposure:
        assert row.from_ is None or row.to is None or row.from_ <= row.to
