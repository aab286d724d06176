"""Times of the lines of a block, without parsing more than a few of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from afterpatch.limits import GAP_SECONDS, HEAD_BYTES
from afterpatch.times import seconds

__all__ = ["columns_change", "end_lines", "opened", "silences"]


def columns_change(data: bytes, start: int) -> bool:
    """Whether other columns than those of the row at `start` stand below it.

    The parser has read the whole block by then, and would read that row by the last of them.
    """
    below = data.rfind(b"#Fields:", start)
    if below < 0:
        return False
    above = data.rfind(b"#Fields:", 0, start)
    return above < 0 or data[above:].partition(b"\n")[0] != data[below:].partition(b"\n")[0]


# #Date: 2021-03-03 00:00:05   #Date: 2021-03-03T09:00:00.000Z
_DATE = re.compile(rb"#Date:\s{0,4}(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)")


def opened(data: bytes) -> str | None:
    """The time that the first `#Date:` line above all rows gives, in UTC: when the log was opened.

    Source: the W3C Extended Log File Format.
    """
    found = _DATE.match(data, max(0, data.find(b"#Date:", 0, HEAD_BYTES)))
    if found is None:
        return None
    when = f"{found[1].decode()}T{found[2].decode()}.000Z"
    try:
        seconds(when)
    except ValueError:
        return None
    return when


_EDGE_LINES = 50  # looked at from either end of a block for one that carries a time


def end_lines(
    data: bytes, when: Callable[[bytes], str | None]
) -> tuple[tuple[int, str], tuple[int, str]] | None:
    """Offset and time of the first and the last line of the block that carry a time."""
    first = _timed(data, 0, when)
    if first is None:
        return None
    end = len(data)
    for _ in range(_EDGE_LINES):
        start = data.rfind(b"\n", 0, max(end - 1, 0)) + 1
        time = when(data[start:end].rstrip(b"\r\n"))
        if time is not None:
            return first, (start, time)
        end = start
        if end == 0:
            break
    return first, first


def _timed(data: bytes, start: int, when: Callable[[bytes], str | None]) -> tuple[int, str] | None:
    for _ in range(_EDGE_LINES):
        if start >= len(data):
            return None
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        time = when(data[start:end].rstrip(b"\r"))
        if time is not None:
            return start, time
        start = end + 1
    return None


def silences(
    data: bytes,
    start: int,
    stop: int,
    first: str,
    last: str,
    when: Callable[[bytes], str | None],
) -> Iterator[tuple[str, str]]:
    """Pairs of neighboring records further apart than GAP_SECONDS, found by halving.

    Rows are in order of time, so a part whose ends are close together holds no silence.
    """
    todo = [(start, stop, first, last)]
    while todo:
        start, stop, first, last = todo.pop()
        if seconds(last) - seconds(first) <= GAP_SECONDS:
            continue
        middle = data.rfind(b"\n", start, (start + stop) // 2 + 1) + 1
        found = _timed(data, middle, when) if middle > start else None
        if found is None or found[0] >= stop:
            after = data.find(b"\n", start) + 1
            found = _timed(data, after, when) if 0 < after < stop else None
            if found is None or found[0] >= stop:
                yield first, last
                continue
        at, time = found
        todo += [(at, stop, time, last), (start, at, first, time)]
