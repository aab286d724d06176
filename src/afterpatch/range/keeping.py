"""What of a server's logs is still there when they are collected, and what is wrong with them.

Retention as servers have it: web logs whole, Exchange's own for some weeks, event logs by size. The
variants of the story take more: everything but the web logs, a clock, days in the middle, the ends
of files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from msgspec import Struct

from afterpatch.range.draw import below, pick, shuffled
from afterpatch.range.logs import KINDS, PROTOCOLS, time_of
from afterpatch.range.scenario import Wound
from afterpatch.range.stage import DAY, HOUR, MINUTE

EVENT_LOGS = (
    "Management", "Security", "Sysmon", "Application", "System", "PowerShell", "Defender",
    "TaskScheduler", "IIS-Configuration",
)  # fmt: skip
WEB_LOGS = ("W3SVC1", "W3SVC2")
CLEARED = ("Security", "System")
_FAMILIES = {"W3SVC1": "iis", "W3SVC2": "iis-backend", "httpproxy": "httpproxy"}
# How many days each event log reaches back, at least and at most.
_REACH = {
    "Security": (4, 30),
    "Sysmon": (8, 70),
    "Management": (20, 102),
    "Application": (25, 102),
    "System": (40, 102),
    "PowerShell": (15, 60),
    "Defender": (60, 102),
    "TaskScheduler": (15, 60),
    "IIS-Configuration": (60, 102),
}
_NO_SYSMON = 0.25  # of the servers have none
# Exchange's own logs: days kept, and up to which share of servers: mostly the default, sometimes
# as far as the mass exploitation, seldom as far as January.
_FAST = ((28, 33, 0.75), (46, 52, 0.95), (102, 102, 1.0))
# Clocks that are wrong: by a time zone or two, or by a few minutes.
_SKEWS = (-8, -5, -1, 1, 2, 3)
_MISSING_DAYS = (3, 9)
_CUT_FILES = (2, 5)
_FEWEST_LINES = 24  # of a file that is cut
# 2021-03-03T04:17:05.120 (events) or 2021-03-03 04:17:05 (IIS, Sysmon's own)
_TIME = re.compile(rb"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(?:\.\d{3})?")


class Keeping(Struct):
    """What is kept. Times are in ms after the first midnight.

    `since`: from when on a log holds rows, where that is later than `fast_from`. `shift`: by how
    much the clock of a log is ahead. `numbered`: events carry record numbers; those of a log that
    was `cleared` begin again at 1. `cut` of the log files end in the middle of a line. `gaps` are
    what is missing within what is there: {family, log, from, to, why}.
    """

    fast_from: int = 0
    since: dict[str, int] = {}
    shift: dict[str, int] = {}
    numbered: bool = False
    cleared: list[str] = []
    cut: int = 0
    gaps: list[dict[str, str]] = []

    def skew(self) -> dict[str, Any] | None:
        """Which source's clock is ahead by how many seconds."""
        for log, shift in self.shift.items():
            source = "windows-events" if log in EVENT_LOGS else "iis"
            return {"source": source, "seconds": shift // 1000}
        return None

    def clear(self, log: str, at: int, first: date) -> None:
        """An event log is cleared: what it held is gone."""
        self.gaps.append(
            _gap("windows-events", log, stamp(first, self.since[log]), stamp(first, at), "cleared")
        )
        self.since[log] = max(self.since[log], at)
        self.cleared.append(log)


def stamp(first: date, at: int) -> str:
    """A time in ms after the first midnight, as the truth writes it."""
    moment = datetime.combine(first, time()) + timedelta(milliseconds=at)
    return moment.isoformat(timespec="milliseconds") + "Z"


def _gap(family: str, log: str, since: str, until: str, why: str) -> dict[str, str]:
    return {"family": family, "log": log, "from": since, "to": until, "why": why}


def draw_keeping(
    rng: Random, first: date, days: int, wound: Wound
) -> tuple[Keeping, set[tuple[str, int]]]:
    """What is kept of so many days of logs, and the (log, day) that are gone in the middle."""
    chance = rng.random()
    fast = next((low, high) for low, high, until in _FAST if chance < until)
    whole = days * DAY

    def reach(low: int, high: int) -> int:
        # In a shorter or longer window than the story's own (102 days), in proportion.
        drawn = low + below(rng, high - low + 1)
        return max(0, whole - max(DAY, drawn * whole // 102))

    keeping = Keeping(fast_from=reach(*fast) // DAY * DAY, numbered=True)
    keeping.since = {log: reach(*_REACH[log]) // HOUR * HOUR for log in EVENT_LOGS}
    if rng.random() < _NO_SYSMON:
        keeping.since["Sysmon"] = whole
    if wound == "expired":
        keeping.fast_from = whole
        keeping.since = dict.fromkeys(EVENT_LOGS, whole)
    if wound == "skew":
        hours = pick(rng, _SKEWS)
        if rng.random() < 0.4:
            keeping.shift = dict.fromkeys(WEB_LOGS, pick(rng, (-HOUR, HOUR)))
        elif rng.random() < 0.5:
            keeping.shift = dict.fromkeys(EVENT_LOGS, hours * HOUR)
        else:
            minutes = pick(rng, (-1, 1)) * (3 + below(rng, 25))
            keeping.shift = dict.fromkeys(EVENT_LOGS, minutes * MINUTE)
    erased: set[tuple[str, int]] = set()
    if wound == "rotated":
        # What is to be cleared is there.
        keeping.since |= {log: reach(50, 70) // HOUR * HOUR for log in CLEARED}
        low, high = _MISSING_DAYS
        for log in (*WEB_LOGS, "httpproxy"):
            # Where something happens, and for the logs that are trimmed, where they reach.
            earliest = keeping.fast_from // DAY + 1 if log == "httpproxy" else days * 2 // 5
            count = max(1, min(days // 5, low + below(rng, high - low + 1)))
            begun = earliest + below(rng, max(1, days - earliest - count))
            names = [f"HttpProxy/{protocol}" for protocol in PROTOCOLS]
            erased |= {
                (name, day)
                for name in (names if log == "httpproxy" else [log])
                for day in range(begun, begun + count)
            }
            since, until = (stamp(first, day * DAY) for day in (begun, begun + count))
            keeping.gaps.append(_gap(_FAMILIES[log], log, since, until, "missing"))
        low, high = _CUT_FILES
        keeping.cut = low + below(rng, high - low + 1)
    return keeping, erased


def shifted(data: bytes, by: int) -> bytes:
    """Rows with every time in them moved by so many ms."""
    ahead = timedelta(milliseconds=by)

    def moved(match: re.Match[bytes]) -> bytes:
        when = datetime.fromisoformat(match[0].decode()) + ahead
        fraction = "milliseconds" if b"." in match[0] else "seconds"
        return when.isoformat(sep=match[1].decode(), timespec=fraction).encode()

    return _TIME.sub(moved, data)


def truncate(
    keeping: Keeping, rng: Random, root: Path, log_of: Mapping[str, str]
) -> tuple[dict[str, int], int]:
    """Cut some of these log files, given with their logs, in the middle of a line.

    Returns each with its last whole line, and the bytes that are lost.
    """
    cut: dict[str, int] = {}
    lost = 0
    for name in shuffled(rng, sorted(log_of)):
        path = root / name
        data = path.read_bytes()
        lines = data.split(b"\n")
        if len(cut) == keeping.cut or len(lines) < _FEWEST_LINES:
            continue
        keep = len(lines) // 2 + below(rng, len(lines) // 3)
        whole = b"\n".join(lines[:keep]) + b"\n"
        path.write_bytes(whole + lines[keep][: max(1, len(lines[keep]) // 2)])
        cut[name] = keep
        lost += len(data) - path.stat().st_size
        (kind,) = [kind for kind in KINDS if kind.name == log_of[name]]
        since, until = time_of(lines[keep - 1]), time_of(lines[-2])
        keeping.gaps.append(_gap(kind.family, kind.name, since, until, "truncated"))
    return cut, lost
