"""The contract every artifact room fulfils.

A room recognizes its files by the tail of their path and by their content, names the bytes of the
header lines its parser needs (`anchors`), and turns frames into records. A parser is made once for
each file and is fed that file's frames in order of offset: every line that holds an anchor, and
every line that is a candidate. Whether it sees all other lines or none of them must not change what
it says about these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, Protocol

from msgspec import Struct

from afterpatch.model import Frame, Record, Sighting

Framing = Literal["line", "row", "chunk", "file"]
# How a value reaches the bytes, so that a literal can be looked for in them (sweep/needles.py):
#   w3c   IIS: blanks become "+"; the query keeps percent-encoding
#   csv   RFC 4180: double quotes are doubled
#   json  JSON strings: backslash, quote, slash and any character may be escaped
#   evtx  binary XML: text is UTF-16LE, numbers are binary
#   text  as it is, in UTF-8 or UTF-16LE
Encoding = Literal["w3c", "csv", "json", "evtx", "text"]


class Parser(Protocol):
    """Stateful for one file.

    `feed` returns the records of one frame (none for a header line) and raises ValueError for bytes
    that are no record. `when` gives the frame's time without a full parse, or None. `sightings`
    tells what the header lines fed so far, and one given record, say about the server.
    """

    def feed(self, frame: Frame) -> Iterable[Record]: ...

    def when(self, line: bytes) -> str | None: ...

    def sightings(self, record: Record | None) -> Iterable[Sighting]: ...


class ChunkParser(Parser, Protocol):
    """A parser of frames of framing "chunk", which hold many records.

    `feed_chosen` has the text of each record as a line of JSON before it goes to the expense of
    its fields, and gives the records of whose text `choose` makes something, with what it made.
    """

    def feed_chosen(
        self, frame: Frame, choose: Callable[[bytes], list[int]]
    ) -> Iterable[tuple[Record, list[int]]]: ...


class EventParser(Parser, Protocol):
    """A parser of events, one a line, that tells where each stands without a full parse.

    `place` gives the channel and the computer, empty where the line does not name them; `number`
    the record number.
    """

    def place(self, line: bytes) -> tuple[bytes, bytes]: ...

    def number(self, line: bytes) -> int | None: ...


class Artifact(Struct, frozen=True):
    """One kind of file.

    `family` is the row of the coverage table it counts into. `recognize(path, head)` gets the
    Windows path in lower case and the first bytes (at most HEAD_BYTES) without a byte-order mark.
    """

    name: str
    family: str
    framing: Framing
    encoding: Encoding
    recognize: Callable[[str, bytes], bool]
    parser: Callable[[str], Parser]  # is given the Windows path
    anchors: tuple[bytes, ...] = ()
