"""Times that the names of log files tell, and the names of files that are not there.

    u_ex210303.log  u_ex210303_x1.log  u_ex21030306.log   IIS: a day or an hour, rolled by size
    HttpProxy_2021030306-1.LOG  ECPServer20210303-1.LOG   Exchange: an hour or a day, and a number

Facts: Microsoft, "IIS logging" (names, roll-over by size, local time for names only); Exchange
names its files by UTC.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from afterpatch.model import FileReport
from afterpatch.times import plus, seconds

__all__ = ["DAY", "HOUR", "Stamp", "absent", "folder_of", "listed", "shown_name", "stamp_of"]

HOUR, DAY = 3_600, 86_400

_IIS = re.compile(r"(?P<head>(?:u_)?ex)(?P<day>\d{6})(?P<hour>\d\d)?(?:_x(?P<part>\d{1,4}))?\.log$")
_EXCHANGE = re.compile(r"(?P<head>[^\\]*?)(?P<day>20\d{6})(?P<hour>\d\d)?-(?P<part>\d{1,4})\.log$")
_NAMES_SHOWN = 3
_STEPS_AT_MOST = 10_000  # files between two of a series; more, and one of the names lies


class Stamp(NamedTuple):
    """What a name says: the beginning of its time, how many seconds it holds, and which part it is
    of several. Files of one `series` follow each other."""

    series: tuple[str, str]
    start: str
    length: int
    part: int
    by_iis: bool

    @property
    def end(self) -> str:
        return plus(self.start, self.length / 60)


def folder_of(report: FileReport) -> str:
    """The Windows path of the folder that a file lay in."""
    return report.evidence.path.rpartition("\\")[0]


def shown_name(report: FileReport) -> str:
    """The name of a file without its folder."""
    return report.evidence.path.rpartition("\\")[2]


def stamp_of(report: FileReport) -> Stamp | None:
    """The time in the name of a log; None where it tells none."""
    return _stamp(report.evidence.path)


@lru_cache(100_000)  # each is asked for several times
def _stamp(path: str) -> Stamp | None:
    folder, _, name = path.lower().rpartition("\\")
    by_iis = _IIS.match(name)
    found = by_iis or _EXCHANGE.match(name)
    if found is None:
        return None
    day, hour = found["day"], found["hour"]
    day = day if len(day) == 8 else f"20{day}"
    when = f"{day[:4]}-{day[4:6]}-{day[6:]}T{hour or '00'}:00:00.000Z"
    try:
        seconds(when)
    except ValueError:
        return None
    length, part = HOUR if hour else DAY, int(found["part"] or 0)
    return Stamp((folder, found["head"]), when, length, part, by_iis is not None)


def absent(before: FileReport, after: FileReport, there: frozenset[Stamp]) -> tuple[str, ...]:
    """Names of the files that should lie between two of one series, those of `there` left out.

    Empty where the names of the two tell no series. Names are spelled like that of `before`.
    """
    first, last = stamp_of(before), stamp_of(after)
    if first is None or last is None or (first.series, first.length) != (last.series, last.length):
        return ()
    known = {stamp.start for stamp in there if stamp.series == first.series}
    steps = round((seconds(last.start) - seconds(first.start)) / first.length)
    if steps > _STEPS_AT_MOST:
        return ()
    starts = (plus(first.start, n * first.length / 60) for n in range(1, steps))
    return tuple(_name(shown_name(before), first, start) for start in starts if start not in known)


def _name(like: str, stamp: Stamp, start: str) -> str:
    """The name of the file of another time, its first part: spelled like one of the series."""
    old, new = (time[:13].translate(_DIGITS) for time in (stamp.start, start))
    if stamp.length == DAY:
        old, new = old[:8], new[:8]
    if old not in like:
        old, new = old[2:], new[2:]
    made = like.replace(old, new, 1)
    made = re.sub(r"_x\d+(?=\.\w+$)", "", made)
    return re.sub(r"(?<=\d)-\d+(?=\.\w+$)", "-1", made)


_DIGITS = str.maketrans("", "", "-T:")


def listed(names: Sequence[str]) -> str:
    """Some names in words, the first and the last of many."""
    if len(names) <= _NAMES_SHOWN:
        return ", ".join(names)
    return f"{names[0]} to {names[-1]} ({len(names)} files)"
