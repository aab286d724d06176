"""Windows event logs (`.evtx`), one 64 KiB chunk at a time.

Format: Microsoft Open Specifications [MS-EVEN6] and libyal's "Windows XML Event Log (EVTX)".
Templates and strings live in the chunk, so the chunk is the smallest part that can be read alone.
The header of the chunk may lie (torn or hostile copies): which records there are is worked out here
from their own headers, and the library that decodes binary XML gets a repaired copy.
"""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import msgspec
from evtx import PyEvtxParser
from msgspec import Struct

from afterpatch.artifacts import winevent
from afterpatch.artifacts.artifact import Artifact
from afterpatch.model import Frame, Record, Sighting, Stretch

__all__ = [
    "ARTIFACTS",
    "CHUNK_BYTES",
    "ChunkSpan",
    "EvtxParser",
    "FileHeader",
    "chunk_span",
    "file_header",
]

CHUNK_BYTES = 65536
FILE_HEADER_BYTES = 4096
FILE_MAGIC = b"ElfFile\0"
CHUNK_MAGIC = b"ElfChnk\0"
RECORD_MAGIC = b"**\0\0"

_FIRST_RECORD = 512  # the chunk header, its string and template tables end here
_TABLES = slice(128, 512)
_LEAST_RECORD = 28  # header of 24 bytes and the copy of the size at the end
_LEAST_FILLER = 40
_HEADER_BYTES = 128  # of a file, the rest of its first 4096 is zeros
_YEAR_1970 = 116_444_736_000_000_000  # 1970 as FILETIME; no event is older


class _Span(Struct, frozen=True):
    """Where one record lies in its chunk, and what its header says."""

    offset: int
    length: int
    number: int
    ticks: int


def _spans(chunk: bytes) -> tuple[list[_Span], int]:
    """Walks the record headers; returns the good ones in order, and how many breaks lay between.

    Up to the free space that the header names, a break is stepped over to the next good record.
    Behind it only records that continue the numbering count: an active chunk of a live copy may
    have a stale header, while the rest is left over from the chunk's former use.
    """
    free = struct.unpack_from("<I", chunk, 48)[0] if len(chunk) >= 52 else 0
    used = free if _FIRST_RECORD < free <= CHUNK_BYTES else _FIRST_RECORD
    spans: list[_Span] = []
    breaks = 0
    at, broken = _FIRST_RECORD, False
    while at + _LEAST_RECORD <= len(chunk):
        span = _span(chunk, at, used)
        if span and at >= used and spans and span.number != spans[-1].number + 1:
            break
        if span:
            spans.append(span)
            at, broken = at + span.length, False
            continue
        if at >= used and spans:
            break
        if not broken:
            breaks, broken = breaks + 1, True
        at = chunk.find(RECORD_MAGIC, at + 1)
        if at < 0:
            break
    end = spans[-1].offset + spans[-1].length if spans else _FIRST_RECORD
    if end < used and not broken:
        breaks += 1
    return spans, breaks


def _span(chunk: bytes, at: int, used: int) -> _Span | None:
    if chunk[at : at + 4] != RECORD_MAGIC:
        return None
    length, number, ticks = struct.unpack_from("<IQQ", chunk, at + 4)
    end = at + length
    if length < _LEAST_RECORD or end > len(chunk):
        return None
    # Either neighbor vouches for the size: its copy at the end, or what follows.
    copied = struct.unpack_from("<I", chunk, end - 4)[0] == length
    if copied or end == used or chunk[end : end + 4] == RECORD_MAGIC:
        return _Span(at, length, number, ticks)
    return None


class ChunkSpan(Struct, frozen=True):
    """First and last time, number of records, and record numbers of a chunk.

    `stretches` are in the order of the chunk. `unreadable`: it holds something, and no record.
    """

    first: str | None = None
    last: str | None = None
    records: int = 0
    stretches: tuple[Stretch, ...] = ()
    unreadable: bool = False


def chunk_span(chunk: bytes) -> ChunkSpan:
    """What the record headers of a chunk say.

    Needs no decoder and never fails: a chunk of zeros, a torn one or foreign bytes give an empty
    span. Times of 1601 are ignored.
    """
    if chunk[:8] != CHUNK_MAGIC:
        return ChunkSpan(unreadable=bool(chunk.strip(b"\0")))
    spans, _ = _spans(chunk)
    if not spans:
        # The free space of a chunk that holds nothing yet begins where its tables end.
        return ChunkSpan(unreadable=chunk[48:52] != struct.pack("<I", _FIRST_RECORD))
    # Only the ends are turned into text: times of a chunk sort by their ticks.
    timed = sorted(span.ticks for span in spans if span.ticks >= _YEAR_1970)
    stretches = []
    start = 0
    for at, span in enumerate(spans, 1):
        if at == len(spans) or spans[at].number != span.number + 1:
            low = spans[start]
            times = winevent.filetime(low.ticks), winevent.filetime(span.ticks)
            stretches.append(Stretch(low.number, span.number, *times))
            start = at
    return ChunkSpan(
        first=next(filter(None, map(winevent.filetime, timed)), None),
        last=next(filter(None, map(winevent.filetime, reversed(timed))), None),
        records=len(spans),
        stretches=tuple(stretches),
    )


class FileHeader(Struct, frozen=True):
    """What the header of a log says: how many chunks there are, and the number of the record that
    would be written next; both are behind the truth in a log that was not closed (`dirty`)."""

    chunks: int
    next_record: int
    dirty: bool


def file_header(data: bytes) -> FileHeader | None:
    """Reads the first 128 bytes of a log; None where they are cut short or foreign."""
    if len(data) < _HEADER_BYTES or data[:8] != FILE_MAGIC:
        return None
    (next_record,), (chunks,) = (
        struct.unpack_from("<Q", data, 24),
        struct.unpack_from("<H", data, 42),
    )
    (flags,) = struct.unpack_from("<I", data, 120)
    return FileHeader(chunks, next_record, bool(flags & 1))


def _file_header() -> bytes:
    """Returns the header of an EVTX file with one chunk."""
    header = bytearray(FILE_HEADER_BYTES)
    header[:8] = FILE_MAGIC
    struct.pack_into("<QQQIHHHH", header, 8, 0, 0, 1, 128, 1, 3, FILE_HEADER_BYTES, 1)
    struct.pack_into("<I", header, 124, zlib.crc32(header[:120]))
    return bytes(header)


_FILE_HEADER = _file_header()


def _repaired(chunk: bytes, spans: list[_Span]) -> bytes:
    """Returns the chunk with only the given records in its chain.

    Records stay where they are, since strings and templates are found by their offset: a break is
    given to the record before it, and one at the very start becomes an empty record.
    """
    fixed = bytearray(chunk.ljust(CHUNK_BYTES, b"\0"))
    end = spans[-1].offset + spans[-1].length
    for span, after in pairwise(spans):
        struct.pack_into("<I", fixed, span.offset + 4, after.offset - span.offset)
    first = spans[0].offset
    if first > _FIRST_RECORD:
        # fragment header 0F 01 01 00, end of fragment 00
        empty = struct.pack("<4sIQQ5s", RECORD_MAGIC, first - _FIRST_RECORD, 0, 0, b"\x0f\1\1\0\0")
        fixed[_FIRST_RECORD : _FIRST_RECORD + len(empty)] = empty
    struct.pack_into("<QQQQ", fixed, 8, *(spans[0].number, spans[-1].number) * 2)
    struct.pack_into("<II", fixed, 44, spans[-1].offset, end)
    return bytes(fixed)


def _decoded(chunk: bytes) -> Iterator[dict[str, object] | None]:
    """Yields the library's view of each record in order, None for one it can't read."""
    records = iter(PyEvtxParser(io.BytesIO(_FILE_HEADER + chunk), 1).records_json())
    # Each record gives one item, and so does each failure.
    for _ in range(CHUNK_BYTES // _LEAST_RECORD):
        try:
            yield next(records)
        except StopIteration:
            return
        except RuntimeError:
            yield None


def _placed(chunk: bytes, spans: list[_Span]) -> list[tuple[_Span, str]]:
    """The text of each record that the library can read, and where it lies."""
    # The library gives records by number only; a number that repeats is served in order.
    places: dict[int, list[_Span]] = {}
    for span in spans:
        places.setdefault(span.number, []).append(span)
    found = []
    try:
        for item in _decoded(chunk):
            place = places.get(item["event_record_id"]) if item else None  # type: ignore[call-overload]
            if item and place:
                found.append((place.pop(0), str(item["data"])))
    except BaseException as failure:
        # A panic of the decoder arrives as a BaseException of a type that can't be imported.
        if type(failure).__name__ != "PanicException":
            raise
    return found


def _tree(data: str) -> dict[str, dict[str, object]]:
    """Decodes the library's JSON; a name that it gives twice in one object becomes a list."""
    encoded = data.encode()
    tree = msgspec.json.decode(encoded, type=dict[str, dict[str, object]])
    # The fast decoder drops such a twin, so that the same tree needs fewer bytes.
    if len(msgspec.json.encode(tree)) != len(encoded):
        tree = json.loads(data, object_pairs_hook=_with_twins)
    return tree


def _with_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        found[key] = [*_as_list(found[key]), value] if key in found else value
    return found


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


class EvtxParser:
    """Reads the records of the chunks fed to it.

    `damage_count` counts what was lost so far: breaks in a chunk's chain of records, and records
    that can't be decoded. The decoder may never return on damaged bytes, and holds the interpreter
    lock meanwhile: feed it in a process that can be killed.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.damage_count = 0

    def feed(self, frame: Frame) -> list[Record]:
        return [record for record, _ in self.feed_chosen(frame, lambda _: [0])]

    def feed_chosen(
        self, frame: Frame, choose: Callable[[bytes], list[int]]
    ) -> Iterator[tuple[Record, list[int]]]:
        """The records of whose text `choose` makes something, each with what it made.

        The text is the record as JSON, which is had in a tenth of the time of its fields.
        """
        for span, text in self._texts(frame):
            chosen = choose(text.encode())
            if chosen:
                record = self._record(text, frame, span)
                if record is None:
                    self.damage_count += 1
                else:
                    yield record, chosen

    def _texts(self, frame: Frame) -> list[tuple[_Span, str]]:
        chunk = frame.data
        if chunk[:8] != CHUNK_MAGIC:
            raise ValueError("no event chunk: its magic is missing")
        spans, breaks = _spans(chunk)
        if not spans:
            if breaks or struct.unpack_from("<QQ", chunk.ljust(24, b"\0"), 8)[1]:
                raise ValueError("an event chunk without a readable record")
            return []
        if _FIRST_RECORD < spans[0].offset < _FIRST_RECORD + _LEAST_FILLER:
            breaks += 1
            spans = spans[1:]
            if not spans:
                raise ValueError("an event chunk without a readable record")
        fixed = _repaired(chunk, spans)
        found = _placed(fixed, spans)
        if not found:
            # Damaged tables cost the whole chunk; every string stands beside its first use as well.
            bare = bytearray(fixed)
            bare[_TABLES] = bytes(_TABLES.stop - _TABLES.start)
            found = _placed(bytes(bare), spans)
        self.damage_count += breaks + len(spans) - len(found)
        if not found:
            raise ValueError(f"an event chunk of which none of {len(spans)} records can be decoded")
        return found

    @staticmethod
    def _record(data: str, frame: Frame, span: _Span) -> Record | None:
        try:
            fields, when, damage = winevent.from_tree(_tree(data)["Event"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return None
        if when is None and (when := winevent.filetime(span.ticks)):
            damage = (*damage, "time of the record's header")
        torn = len(frame.data) < CHUNK_BYTES
        return Record(
            artifact="evtx",
            when=when,
            fields=fields,
            offset=frame.offset + span.offset,
            length=span.length,
            line=None,
            raw=data,
            damage=(*damage, "chunk cut short") if torn else damage,
        )

    def when(self, line: bytes) -> str | None:
        """Returns the time of the chunk's first record, from its header."""
        spans, _ = _spans(line) if line[:8] == CHUNK_MAGIC else ([], 0)
        return next((when for span in spans if (when := winevent.filetime(span.ticks))), None)

    def sightings(self, record: Record | None) -> Iterable[Sighting]:
        return winevent.host(record)


def _recognize(path: str, head: bytes) -> bool:  # noqa: ARG001
    return head.startswith((FILE_MAGIC, CHUNK_MAGIC))


ARTIFACTS = (Artifact("evtx", "windows-events", "chunk", "evtx", _recognize, EvtxParser),)
