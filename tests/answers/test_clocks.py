"""Logs whose times are not UTC: what their names, their first line and Sysmon tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from test_coverage import coverage as row_of
from test_coverage import iis, of

from afterpatch.answers.clocks import shift_of
from afterpatch.answers.lognames import absent, listed, stamp_of
from afterpatch.model import Evidence, FileReport, Locator, Shift

WEB = "C:\\inetpub\\logs\\LogFiles\\W3SVC1\\"
OWA = "C:\\Exchange\\Logging\\HttpProxy\\Owa\\"


def said(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.000Z"


def report(
    path: str, first: datetime, last: datetime, opened: datetime | None = None, *shifts: int
) -> FileReport:
    evidence = Evidence("case", "", path, Locator("case", path), 1)
    return FileReport(
        evidence, "iis", said(first), said(last), opened=opened and said(opened), shifts=shifts
    )


def day(number: int, month: int = 3) -> datetime:
    return datetime(2021, month, 1, tzinfo=UTC) + timedelta(days=number - 1)


def days(
    numbers: Iterable[int], *, month: int = 3, moved: float = 0, opened: float | None = None
) -> list[FileReport]:
    """Daily logs whose rows, and whose first line, are so many hours from the day of their name."""
    found = []
    for number in numbers:
        start = day(number, month)
        first = start + timedelta(hours=moved, seconds=7)
        found.append(
            report(
                f"{WEB}u_ex{start:%y%m%d}.log",
                first,
                first + timedelta(hours=23, minutes=59),
                None if opened is None else start + timedelta(hours=opened, seconds=5),
            )
        )
    return found


def hours(
    numbers: Iterable[int], moved: float = 0, minutes: tuple[int, int] = (2, 57)
) -> list[FileReport]:
    """Hourly logs whose rows, between these minutes, are so many hours ahead of their names."""
    found = []
    for number in numbers:
        start = day(3) + timedelta(hours=number)
        first, last = (start + timedelta(hours=moved, minutes=m) for m in minutes)
        found.append(report(f"{OWA}HttpProxy_{start:%Y%m%d%H}-1.LOG", first, last))
    return found


# ---------------------------------------------------------------- hourly names are UTC


@pytest.mark.parametrize("moved", [0, 1, -1, 5.5, -8, 12])
def test_an_hour_that_holds_another_hour(moved: float) -> None:
    expected = Shift("records", (int(moved * 60),), "the hours in the names of the files", 5)
    assert shift_of(hours(range(5), moved)) == (expected if moved else None)


def test_one_hour_alone_tells() -> None:
    shift = shift_of(hours([6], 2))
    assert shift is not None
    assert shift.minutes == (120,)


def test_rows_that_fit_two_half_hours_are_decided_by_the_others() -> None:
    # 07:35 to 07:50 in the file of 06 may be an hour ahead or an hour and a half.
    sparse = hours(range(3), 1, (35, 50)) + hours(range(3, 6), 1, (5, 20))
    shift = shift_of(sparse)
    assert shift is not None
    assert (shift.minutes, shift.files) == ((60,), 6)


def test_a_request_that_ends_after_its_hour_is_no_shift() -> None:
    assert shift_of(hours(range(5), minutes=(0, 61))) is None


def test_a_few_odd_hours_are_no_clock() -> None:
    assert shift_of(hours(range(6)) + hours(range(6, 9), 3)) is None


def test_an_hour_of_years_ago_is_no_time_zone() -> None:
    odd = report(OWA + "HttpProxy_2021030306-1.LOG", day(3, 1), day(4, 1))
    assert shift_of([odd]) is None


def test_hours_over_a_change_of_the_clocks() -> None:
    shift = shift_of(hours(range(10), 1) + hours(range(10, 40), 2))
    assert shift == Shift("records", (60, 120), "the hours in the names of the files", 40)


# ---------------------------------------------------------------- the line above the rows


def test_rows_of_another_zone_than_the_line_above_them() -> None:
    # Opened at 22:00 UTC, and the first row says midnight.
    local = days(range(1, 9), opened=-2)
    assert shift_of(local) == Shift("records", (120,), "the #Date: line above the rows", 8)


@pytest.mark.parametrize("count", [1, 2])
def test_a_late_first_row_may_be_chance(count: int) -> None:
    assert shift_of(days(range(1, 1 + count), opened=-2)) is None


def test_no_row_comes_before_its_log_was_opened() -> None:
    assert shift_of(days([1], opened=5)) == Shift(
        "records", (-300,), "the #Date: line above the rows", 1
    )


def test_late_first_rows_of_odd_distances_are_no_clock() -> None:
    quiet = [
        report(f"{WEB}u_ex21030{n}.log", day(n) + timedelta(minutes=37 * n), day(n + 1), day(n))
        for n in range(1, 8)
    ]
    assert shift_of(quiet) is None


# ---------------------------------------------------------------- rolled at local midnight


def test_logs_that_are_named_by_local_time() -> None:
    assert shift_of(days(range(1, 9), moved=-2, opened=-2)) == Shift(
        "file names", (120,), "rows of another day than the names say", 8
    )
    assert shift_of(days(range(1, 9), moved=5, opened=5)) == Shift(
        "file names", (-300,), "rows of another day than the names say", 8
    )


def test_names_over_a_change_of_the_clocks() -> None:
    # Central Europe: an hour ahead until 28 March, two after.
    winter = days(range(15, 28), moved=-1, opened=-1)
    shift = shift_of([*winter, *days(range(1, 12), month=4, moved=-2, opened=-2)])
    assert shift is not None
    assert (shift.what, shift.minutes, shift.files) == ("file names", (60, 120), 24)


def test_one_day_that_begins_the_evening_before() -> None:
    # u_ex210303.log with rows from 2021-03-02 22:00 on
    shift = shift_of(days([3], moved=-2))
    assert shift is not None
    assert (shift.what, shift.minutes) == ("file names", (120,))


def test_weekly_logs_are_no_clock() -> None:
    weeks = [
        report(f"{WEB}u_ex2103{w:02}.log", day(7 * w - 6), day(7 * w) + timedelta(hours=23))
        for w in range(1, 5)
    ]
    assert shift_of(weeks) is None


def test_a_log_rolled_at_local_midnight_lacks_nothing() -> None:
    # The clocks go forward on 28 March at 01:00 UTC: that day has 23 hours.
    starts = [datetime(2021, 3, d, 23, tzinfo=UTC) for d in range(24, 28)]
    starts += [datetime(2021, 3, d, 22, tzinfo=UTC) for d in range(28, 31)]
    names = [f"{WEB}u_ex2103{d:02}.log" for d in range(25, 32)]
    lengths = [24 * 60, 24 * 60, 24 * 60, 23 * 60, 24 * 60, 24 * 60, 24 * 60]
    files = {n: iis(s, m) for n, s, m in zip(names, starts, lengths, strict=True)}
    found = row_of(of(dict(files)), "iis")
    assert [g for g in found.gaps if g.to != found.from_] == []
    assert found.shift == Shift(
        "file names", (60, 120), "rows of another day than the names say", 7
    )
    assert found.note.endswith(
        "files are named by local time, 60 minutes ahead of UTC and 120 minutes ahead of UTC (rows "
        "of another day than the names say)"
    )


# ---------------------------------------------------------------- Sysmon


def test_sysmon_comes_first() -> None:
    told = report("C:\\x\\a.json", day(1), day(2), None, -300)
    assert shift_of([told, report("C:\\x\\b.json", day(1), day(2))]) == Shift(
        "records", (-300,), "Sysmon's own UTC time", 1
    )
    assert shift_of([report("C:\\x\\a.json", day(1), day(2), None, 0)]) is None


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "start", "length", "part"),
    [
        ("u_ex210303.log", "2021-03-03T00:00:00.000Z", 86_400, 0),
        ("U_EX210303_X12.LOG", "2021-03-03T00:00:00.000Z", 86_400, 12),
        ("u_ex21030317.log", "2021-03-03T17:00:00.000Z", 3_600, 0),
        ("ex210303.log", "2021-03-03T00:00:00.000Z", 86_400, 0),
        ("HttpProxy_2021030317-2.LOG", "2021-03-03T17:00:00.000Z", 3_600, 2),
        ("MAIL01_ECPServer20210303-1.LOG", "2021-03-03T00:00:00.000Z", 86_400, 1),
        ("ECPActivity_4242_20210303-1.LOG", "2021-03-03T00:00:00.000Z", 86_400, 1),
    ],
)
def test_times_in_names(name: str, start: str, length: int, part: int) -> None:
    stamp = stamp_of(report(WEB + name, day(1), day(2)))
    assert stamp is not None
    assert (stamp.start, stamp.length, stamp.part) == (start, length, part)


@pytest.mark.parametrize(
    "name", ["u_ex211303.log", "u_extend1.log", "httperr1.log", "Security.evtx", "x20219999-1.LOG"]
)
def test_names_that_tell_no_time(name: str) -> None:
    assert stamp_of(report(WEB + name, day(1), day(2))) is None


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("u_ex210227_x1.log", "u_ex210302.log", ("u_ex210228.log", "u_ex210301.log")),
        ("U_EX210227.LOG", "u_ex210301.log", ("U_EX210228.LOG",)),
        ("ECPServer20201231-3.LOG", "ECPServer20210102-1.LOG", ("ECPServer20210101-1.LOG",)),
        ("ECPServer20201231-3.LOG", "u_ex210301.log", ()),
        ("u_ex210227.log", "u_ex210227_x1.log", ()),
        ("u_ex000101.log", "u_ex991231.log", ()),
    ],
)
def test_names_that_should_lie_between(before: str, after: str, names: tuple[str, ...]) -> None:
    one, other = (report(WEB + name, day(1), day(2)) for name in (before, after))
    assert absent(one, other, frozenset()) == names


def test_a_name_that_is_there_is_not_absent() -> None:
    there = stamp_of(report(WEB + "u_ex210228.log", day(1), day(2)))
    one, other = (report(WEB + n, day(1), day(2)) for n in ("u_ex210227.log", "u_ex210302.log"))
    assert there is not None
    assert listed(absent(one, other, frozenset([there]))) == "u_ex210301.log"
