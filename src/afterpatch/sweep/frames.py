"""Cuts a stream of bytes into blocks of whole records, and finds the record around each hit.

A block is scanned at a time. Blocks are cut at the end of a record, so a pattern, which never
spans two records, is never cut in two; only where one record is longer than RECORD_BYTES is it cut
inside, and then consecutive blocks overlap by the longest pattern less one byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from afterpatch.limits import RECORD_BYTES, WINDOW_BYTES
from afterpatch.model import Candidate, Frame

__all__ = ["BOUNDS", "Block", "Engine", "all_frames", "candidates", "chunk_blocks", "line_blocks"]

CHUNK = 65_536  # bytes of an event log chunk
LONGEST_PATTERN = 512  # bytes; the detections' patterns are checked against it
ROW_LINES = 10_000  # lines of one quoted cell; more are no cell
# A row of an Exchange log, whose quoted cells may hold newlines, begins like one of these; NULs are
# what a power failure leaves before it.
ROW_START = re.compile(
    rb'\0*(?:\xef\xbb\xbf)?(?:"?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|#|"?DateTime"?,|"?Time-?Stamp"?,|"?date-time"?,)',
    re.IGNORECASE,
)


_SHORT = 8192  # bytes below which numpy is not worth calling


def _newlines(data: bytes, start: int = 0, stop: int | None = None) -> int:
    """Newlines between two offsets; numpy counts them several times faster than `bytes`."""
    stop = len(data) if stop is None else stop
    if stop - start < _SHORT:
        return data.count(b"\n", start, stop)
    import numpy as np  # slow to import: a worker needs it, the parent does not

    part = np.frombuffer(data, np.uint8, stop - start, start)
    return int(np.count_nonzero(part == _NEWLINE))


_NEWLINE = ord("\n")


class Engine(Protocol):
    """What finds patterns: sweep/engine.py, and sweep/reference.py which defines the truth."""

    def scan(self, data: bytes) -> list[tuple[int, int]]: ...


class Block(Struct, frozen=True):
    """Whole records. `offset` is in bytes of the stream, `line` the number of the first line.

    `lines` counts the newlines in it.
    """

    data: bytes
    offset: int
    line: int
    lines: int = 0


def line_blocks(read: Callable[[int], bytes], *, rows: bool) -> Iterator[Block]:
    """Blocks of whole lines, or of whole CSV rows that may hold newlines (`rows`)."""
    carry, offset, line = b"", 0, 1
    while chunk := read(WINDOW_BYTES):
        cut = _last_row(chunk) if rows else chunk.rfind(b"\n") + 1
        if cut:
            whole = b"".join((carry, memoryview(chunk)[:cut]))
            lines = _newlines(whole)
            yield Block(whole, offset, line, lines)
            line += lines
            offset += len(whole)
            carry = chunk[cut:]
            continue
        data = carry + chunk
        while len(data) > RECORD_BYTES:
            part = data[:RECORD_BYTES]
            yield Block(part, offset, line, _newlines(part))
            step = RECORD_BYTES - LONGEST_PATTERN + 1
            line += _newlines(data, 0, step)
            offset += step
            data = data[step:]
        carry = data
    if carry:
        # The newline that a cut file lacks: patterns may look at the byte behind them.
        carry = carry if carry.endswith(b"\n") else carry + b"\n"
        yield Block(carry, offset, line, _newlines(carry))


def _last_row(data: bytes) -> int:
    """Where the last row of the block begins; it may go on in the next block."""
    at = len(data)
    for _ in range(ROW_LINES):
        newline = data.rfind(b"\n", 0, at)
        if newline < 0:
            break
        if newline + 1 < len(data) and ROW_START.match(data, newline + 1):
            return newline + 1
        at = newline
    return 0


def chunk_blocks(read: Callable[[int], bytes], offset: int) -> Iterator[Block]:
    """Blocks of whole 64 KiB event chunks; the stream stands at `offset` of its file."""
    carry = b""
    while chunk := read(WINDOW_BYTES):
        data = carry + chunk if carry else chunk
        cut = len(data) - len(data) % CHUNK
        if cut:
            yield Block(data[:cut], offset, 0)
            offset += cut
        carry = data[cut:]
    if carry:
        yield Block(carry, offset, 0)


def candidates(block: Block, framing: str, engine: Engine) -> Iterator[Candidate]:
    """The records of the block in which a pattern lies, in order, each once."""
    hits = engine.scan(block.data)
    if not hits:
        return
    bounds = BOUNDS[framing]
    data, line, counted = block.data, block.line, 0
    start = stop = -1
    needles: list[int] = []
    for end, index in hits:
        if end <= stop:
            needles.append(index)
            continue
        if needles:
            yield _candidate(block, start, stop, line, needles, framing)
        start, stop = bounds(data, end)
        if framing != "chunk":
            line += _newlines(data, counted, start)
            counted = start
        needles = [index]
    yield _candidate(block, start, stop, line, needles, framing)


def _candidate(
    block: Block, start: int, stop: int, line: int, needles: Sequence[int], framing: str
) -> Candidate:
    frame = Frame(
        block.data[start:stop], block.offset + start, None if framing == "chunk" else line
    )
    return Candidate(frame, frozenset(needles))


def all_frames(block: Block, framing: str) -> Iterator[Frame]:
    """Every record of the block: what a full parse sees."""
    data, at, line = block.data, 0, block.line
    bounds = BOUNDS[framing]
    while at < len(data):
        start, stop = bounds(data, at + 1)
        if stop > start:
            yield Frame(
                data[start:stop], block.offset + start, None if framing == "chunk" else line
            )
        if framing == "chunk":
            at = stop
        else:
            line += _newlines(data, at, stop + 1)
            at = stop + 1


def _line_bounds(data: bytes, end: int) -> tuple[int, int]:
    """Start and stop of the line that holds the byte before `end`, without its newline."""
    start = data.rfind(b"\n", 0, end - 1) + 1
    stop = data.find(b"\n", max(end - 1, start))
    return start, len(data) if stop < 0 else stop


def _row_bounds(data: bytes, end: int) -> tuple[int, int]:
    start, stop = _line_bounds(data, end)
    while start > 0 and not ROW_START.match(data, start):
        start = data.rfind(b"\n", 0, start - 1) + 1
    while stop + 1 < len(data) and not ROW_START.match(data, stop + 1):
        following = data.find(b"\n", stop + 1)
        stop = len(data) if following < 0 else following
    return start, stop


def _chunk_bounds(data: bytes, end: int) -> tuple[int, int]:
    start = (end - 1) // CHUNK * CHUNK
    return start, min(start + CHUNK, len(data))


# Start and stop of the record that holds the byte before an offset, by framing.
BOUNDS = {"line": _line_bounds, "row": _row_bounds, "chunk": _chunk_bounds}
