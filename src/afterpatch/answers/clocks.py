"""Logs whose times are not UTC, though they should be: what a log tells of that by itself.

Exchange and IIS write UTC, and Exchange names its files by UTC. IIS may be told to roll and name
its files by local time, which changes no row. Rows in local time come from tools that exported or
rewrote a log. Facts: Microsoft, "IIS logging"; the `#Date:` line is UTC too (W3C Extended Log File
Format); Sysmon's UtcTime is UTC. Nothing is corrected here, it is only said.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from afterpatch.answers.lognames import DAY, HOUR, Stamp, stamp_of
from afterpatch.model import FileReport, Shift
from afterpatch.times import seconds

__all__ = ["shift_of"]

_QUARTER = 900  # seconds: time zones differ by whole quarters of an hour
_FURTHEST = 14 * HOUR  # no zone is further from UTC
_SLACK = 120  # seconds that a row may be out of the time of its file
_CLOCKS = 2  # that one place keeps over a year
_AGREEING = 3  # files that must agree where one could be a coincidence


def shift_of(reports: Sequence[FileReport]) -> Shift | None:
    """How far the times of a family's records, else its file names, are from UTC; None where
    nothing tells that they are."""
    return _by_sysmon(reports) or _by_hours(reports) or _by_date(reports) or _by_days(reports)


def _by_sysmon(reports: Sequence[FileReport]) -> Shift | None:
    told = [r for r in reports if any(r.shifts)]
    if not told:
        return None
    minutes = tuple(sorted({m for r in told for m in r.shifts}))
    return Shift("records", minutes, "Sysmon's own UTC time", len(told))


def _by_hours(reports: Sequence[FileReport]) -> Shift | None:
    """Hourly files of Exchange, which are named by UTC: no row of 07:30 is in that of 06."""
    fits = [
        frozenset(_fitting(report, stamp))
        for report in reports
        if report.first
        and (stamp := stamp_of(report)) is not None
        and stamp.length == HOUR
        and not stamp.by_iis
    ]
    off = left = [minutes for minutes in fits if minutes and 0 not in minutes]
    chosen: list[int] = []
    while left and len(chosen) < _CLOCKS:
        votes = Counter(m for minutes in left for m in minutes)
        best = min(votes, key=lambda m: (-votes[m], abs(m), m))
        chosen.append(best)
        left = [minutes for minutes in left if best not in minutes]
    if len(off) * 2 <= len(fits) or left:
        return None
    return Shift("records", tuple(sorted(chosen)), "the hours in the names of the files", len(off))


def _fitting(report: FileReport, stamp: Stamp) -> Iterator[int]:
    """Minutes by which the rows may be ahead, so that all lie in the time that the name says."""
    start = seconds(stamp.start)
    first, last = seconds(report.first or "") - start, seconds(report.last or "") - start
    for moved in range(-_FURTHEST, _FURTHEST + 1, 2 * _QUARTER):
        if moved - _SLACK <= first and last <= moved + stamp.length + _SLACK:
            yield moved // 60


def _by_date(reports: Sequence[FileReport]) -> Shift | None:
    """The line that says when a log was opened is UTC, and the first row follows at once."""
    votes = Counter(
        _whole(seconds(r.first) - seconds(r.opened)) for r in reports if r.opened and r.first
    )
    # A row may come late by chance, yet none before its file was opened.
    least = 1 if all(minutes <= 0 for minutes in votes) else _AGREEING
    return _elected(votes, least, "records", "the #Date: line above the rows")


def _whole(apart: float) -> int:
    """Minutes of a distance that is one of time zones, else 0."""
    quarters = round(apart / _QUARTER)
    near = abs(apart - quarters * _QUARTER) <= _SLACK / 2
    return quarters * _QUARTER // 60 if near and abs(apart) <= _FURTHEST + _SLACK else 0


def _by_days(reports: Sequence[FileReport]) -> Shift | None:
    """Daily files that hold another day than their names say: rolled at local midnight, or written
    anew in local time."""
    votes: Counter[int] = Counter()
    for report in reports:
        stamp = stamp_of(report)
        if stamp is None or stamp.length != DAY or not report.first or not report.last:
            continue
        early = seconds(stamp.start) - seconds(report.first)
        late = seconds(report.last) - seconds(stamp.end)
        far = early if early > _SLACK else -late if late > _SLACK else 0
        both = early > _SLACK and late > _SLACK  # a file of more than a day
        votes[0 if both or abs(far) > _FURTHEST else _rounded(far)] += 1
    return _elected(votes, 1, "file names", "rows of another day than the names say")


def _rounded(apart: float) -> int:
    """Minutes up to the next half hour: the rows next to midnight may be some minutes off."""
    halves = math.ceil(abs(apart) / (2 * _QUARTER))
    return halves * 30 if apart > 0 else -halves * 30


def _elected(
    votes: Counter[int], least: int, what: Literal["records", "file names"], basis: str
) -> Shift | None:
    """What most files speak for; two shifts where the clocks were changed between them."""
    moved = Counter({minutes: n for minutes, n in votes.items() if minutes})
    if not moved:
        return None
    most = min(moved, key=lambda minutes: (-moved[minutes], minutes))
    # An hour earlier or later in the other half of the year.
    other = max((most - 60, most + 60), key=lambda minutes: moved[minutes])
    files = moved[most] + moved[other]
    if files < least or files * 2 <= votes.total():
        return None
    minutes = sorted({most, other} & moved.keys())
    return Shift(what, tuple(minutes), basis, files)
