"""Times are text, `YYYY-MM-DDTHH:MM:SS.mmmZ` in UTC, so that they sort as they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["plus", "seconds"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


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
