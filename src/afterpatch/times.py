"""Times are text, `YYYY-MM-DDTHH:MM:SS.mmmZ` in UTC, so that they sort as they are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from afterpatch.limits import YEARS

__all__ = ["believed", "is_time", "plus", "seconds"]

_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def is_time(text: str) -> bool:
    """Whether a text of the evidence is a time in our form, of a day that there is."""
    if _FORM.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def believed(when: str | None) -> str | None:
    """The time, or None where its year is one in which no server of ours ran: see limits.YEARS.

    Whoever writes a record can give it any date; one row dated 9999 must not stretch the time that
    a log seems to cover.
    """
    return when if when is not None and YEARS[0] <= when[:4] <= YEARS[1] else None


def seconds(when: str) -> float:
    """Seconds since 1970 of a time in our form. Raises ValueError for another form."""
    return (datetime.fromisoformat(when) - _EPOCH).total_seconds()


def plus(when: str, minutes: float) -> str:
    """The time so many minutes later (or earlier, when negative), no further than the calendar."""
    start = datetime.fromisoformat(when)
    try:
        moved = start + timedelta(minutes=minutes)
    except OverflowError:
        moved = _LAST if minutes > 0 else _FIRST
    return moved.isoformat(timespec="milliseconds").replace("+00:00", "Z")
