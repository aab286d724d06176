"""Builds, products and whether a build holds a fix: cases checked by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterpatch.knowledge import (
    build_number,
    builds,
    cves,
    fix_state,
    gravity,
    normalize_build,
    open_cves,
    product_of,
)


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("15.01.2176.009", "15.1.2176.9"),
        ("15.1.2176.9", "15.1.2176.9"),
        (" 15.00.0847.030 ", "15.0.847.30"),
        ("Version 15.1 (Build 2176.9)", "15.1.2176.9"),
        ("version 15.1 (build 32176.9)", "15.1.2176.9"),
        ("Version 15.2.1544.11", "15.2.1544.11"),
        ("14.3.509.0", "14.3.509.0"),
    ],
)
def test_forms_of_a_build(text, build):
    assert normalize_build(text) == build


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15",
        "15.1.2176",
        "15.0.0.0",
        "Version 15.0 (Build 0.0)",
        "15.20.6086.12",  # Exchange Online
        "16.0.1234.5",
        "8.3.83.6",
        "15.4.2176.9",
        "15.1.2176.9.1",
        "15.1.2176.9; DROP",
        "15.1.2176.9\n15.2.1.1",
        "١٥.1.2176.9",  # digits, but not ASCII
        "15.1.99999.9",
        "15.1.50.1",
        "15.1.2176.5000",
        "-15.1.2176.9",
        "15.1.2176.9" + " " * 100_000,
    ],
)
def test_no_builds(text):
    assert normalize_build(text) is None
    assert product_of(text) is None


@given(st.text(alphabet="0123456789. ()VersionBuild", max_size=40))
@settings(max_examples=200, deadline=None)
def test_a_short_form_stays_as_it_is(text):
    short = normalize_build(text)
    assert short is None or normalize_build(short) == short


@pytest.mark.parametrize("build", builds(), ids=lambda build: build.build)
def test_every_known_build_is_itself(build):
    product = product_of(build.build)
    assert product.exact
    assert product.name == f"Exchange Server {build.product}"
    assert product.cumulative_update == build.cumulative_update
    padded = "{:02}.{:02}.{:04}.{:03}".format(*build.number)
    assert normalize_build(padded) == build.build


def test_products_between_the_rows():
    exact = product_of("15.1.2106.13")
    assert (exact.name, exact.cumulative_update) == ("Exchange Server 2016", "CU18")
    assert (exact.security_update, exact.released) == ("Mar21SU", "2021-03-02")

    interim = product_of("15.0.847.30")
    assert (interim.name, interim.cumulative_update) == ("Exchange Server 2013", "SP1")
    assert not interim.exact
    assert "15.0.847.32" in interim.note

    inside = product_of("15.1.2106.5")
    assert inside.cumulative_update == "CU18"
    assert "15.1.2106.4" in inside.note
    assert "15.1.2106.6" in inside.note

    between = product_of("15.1.2200.1")
    assert between.cumulative_update == "CU19"
    assert "between" in between.note

    newer = product_of("15.2.9000.1")
    assert (newer.name, newer.cumulative_update) == ("Exchange Server SE", None)
    assert product_of("15.2.1748.99").name == "Exchange Server 2019"
    assert product_of("15.2.150.1").cumulative_update is None
    assert product_of("15.3.500.1") is None


@pytest.mark.parametrize(
    ("cve", "build", "state"),
    [
        # same cumulative update: below, at, above
        ("CVE-2021-26855", "15.1.2106.2", "open"),
        ("CVE-2021-26855", "15.1.2106.12", "open"),
        ("CVE-2021-26855", "15.1.2106.13", "fixed"),
        ("CVE-2021-26855", "15.1.2176.2", "open"),
        ("CVE-2021-26855", "15.1.2176.9", "fixed"),
        # the first cumulative update that holds it, later ones, SE
        ("CVE-2021-26855", "15.1.2242.4", "fixed"),
        ("CVE-2021-26855", "15.1.2507.6", "fixed"),
        ("CVE-2021-26855", "15.2.2562.17", "fixed"),
        ("CVE-2021-26855", "15.2.9000.1", "fixed"),
        # two builds reported for one update
        ("CVE-2021-26855", "15.1.1415.8", "fixed"),
        ("CVE-2021-26855", "15.1.1415.10", "fixed"),
        # a cumulative update without a fix of its own
        ("CVE-2021-26855", "15.0.1367.9", "open"),
        ("CVE-2021-26855", "15.0.847.30", "open"),
        ("CVE-2021-26855", "15.0.847.64", "fixed"),
        ("CVE-2021-34473", "15.1.2106.13", "open"),
        ("CVE-2021-34473", "15.1.2176.9", "open"),
        ("CVE-2021-34473", "15.1.2176.12", "fixed"),
        ("CVE-2021-31207", "15.1.2176.12", "open"),
        ("CVE-2021-31207", "15.1.2176.14", "fixed"),
        # 2013 has one cumulative update in support
        ("CVE-2021-34473", "15.0.1497.12", "open"),
        ("CVE-2021-34473", "15.0.1497.15", "fixed"),
        # 2010: one line over its rollups
        ("CVE-2020-0688", "14.3.468.0", "open"),
        ("CVE-2020-0688", "14.3.509.0", "fixed"),
        ("CVE-2021-26857", "14.1.438.0", "open"),
        ("CVE-2021-26855", "14.3.509.0", "not affected"),
        ("CVE-2020-17144", "15.1.2106.2", "not affected"),
        ("CVE-2021-42321", "15.0.1497.24", "not affected"),
        ("CVE-2022-41040", "14.3.513.0", "unknown"),
        # SE goes on where 2019 ended
        ("CVE-2025-53786", "15.2.1748.10", "open"),
        ("CVE-2026-42897", "15.2.2562.41", "open"),
        ("CVE-2026-42897", "15.2.2562.43", "fixed"),
        # a setting decides
        ("CVE-2024-21410", "15.2.1544.11", "unknown"),
        ("CVE-2024-21410", "15.2.1258.32", "unknown"),
        ("CVE-2024-21410", "15.2.858.5", "open"),
        ("CVE-2022-21979", "15.1.2507.12", "unknown"),
        ("CVE-2022-21979", "15.1.2507.9", "open"),
        ("CVE-2021-34470", "15.0.1497.23", "unknown"),
        ("CVE-2021-34470", "15.1.2375.7", "fixed"),
        # packages for old cumulative updates hold the March 2021 fixes only
        ("CVE-2021-26855", "15.1.1847.12", "fixed"),
        ("CVE-2020-0688", "15.1.1847.12", "unknown"),
        ("CVE-2020-0688", "15.1.1847.10", "fixed"),
        ("CVE-2020-0688", "15.1.1979.8", "fixed"),
    ],
)
def test_fix_states(cve, build, state):
    assert fix_state(cve, build).state == state


def test_a_cumulative_update_alone_does_not_tell_its_security_updates():
    assert fix_state("CVE-2021-26855", "15.1.2106.2", cu_only=True).state == "unknown"
    assert fix_state("CVE-2021-26855", "15.1.2242.4", cu_only=True).state == "fixed"
    assert fix_state("CVE-2021-34473", "15.1.2106.2", cu_only=True).state == "open"


def test_the_basis_names_the_first_fixed_build():
    state = fix_state("CVE-2021-26855", "15.1.2106.2")
    assert state.basis == "is below 15.1.2106.13 (Mar21SU for CU18)"
    state = fix_state("CVE-2021-34473", "15.1.2106.13")
    assert state.basis == ("is below 15.1.2176.12 (Apr21SU for CU19), and there is no fix for CU18")


def test_every_fix_fixes_itself():
    for cve in cves():
        for build in builds():
            state = fix_state.__wrapped__(cve, build.build)
            assert state.basis
            if state.fix is not None and state.state == "open":
                assert build.number < state.fix.number


def test_open_holes_of_a_day():
    march = {cve.cve for cve in open_cves("15.1.2106.2", "2021-03-01T12:00:00.000Z")}
    assert {"CVE-2021-26855", "CVE-2021-27065", "CVE-2021-24085"} <= march
    assert not march & {"CVE-2021-26412", "CVE-2021-34473"}
    assert "CVE-2021-26855" not in {c.cve for c in open_cves("15.1.2106.2", "2021-01-02")}
    ordered = open_cves("15.1.2106.2", "2021-12-31")
    assert list(ordered) == sorted(ordered, key=gravity)
    assert ordered[0].in_kev
    assert open_cves("nothing", "2021-12-31") == ()


def test_numbers_compare_as_numbers():
    assert build_number("15.1.2106.13") > build_number("15.01.2106.002")
    assert build_number("15.1.10000") is None
