"""Zip archives, read by their central directory (PKWARE APPNOTE.TXT 6.3.10).

The directory is parsed here and not by `zipfile`, which would hold an object of a kilobyte for each
of millions of members before their number is known, cuts names at a NUL, and gives up the whole
archive for one member it doesn't like.
"""

from __future__ import annotations

import lzma
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from afterpatch import limits
from afterpatch.errors import EvidenceError
from afterpatch.evidence.reader import (
    DECODER_ERRORS,
    Decoder,
    Seekable,
    crc32,
    decoder,
    decompress,
    read_up_to,
)

__all__ = ["ENCRYPTED", "Member", "MemberReader", "Window", "directory"]

ENCRYPTED = "is encrypted: decrypt it, or export it again without a password"

_END = struct.Struct("<4s4H2LH")
_END_MAGIC = re.compile(rb"PK\x05\x06(?=.{18})", re.DOTALL)
_END_64_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 0xFFFF
_BUFFER_BYTES = limits.MIB

_STORED = 0
_LZMA = 14
_METHODS = {8: "deflate", 12: "bz2", 93: "zst", 95: "xz"}
_METHOD_NAMES = {
    1: "Shrink",
    6: "Implode",
    9: "Deflate64",
    14: "LZMA",
    96: "JPEG",
    97: "WavPack",
    98: "PPMd",
    99: "AES encryption",
}


class Member(NamedTuple):
    """One entry of the central directory; `flaw` says why it can't be read."""

    name: str
    offset: int
    packed: int
    size: int
    crc: int
    method: int
    flaw: str = ""


class Window:
    """A part of a seekable file as a file of its own: a stored zip inside a zip."""

    def __init__(self, file: Seekable, start: int, size: int) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._position = 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        base = (0, self._position, self._size)[whence]
        self._position = max(base + offset, 0)
        return self._position

    def read(self, size: int, /) -> bytes:
        self._file.seek(self._start + self._position)
        data = self._file.read(max(min(size, self._size - self._position), 0))
        self._position += len(data)
        return data


def directory(file: Seekable) -> dict[str, Member]:
    """Return the files of a zip by label, in the order of its central directory.

    The label is the member's name; ` (2)`, ` (3)`... tell members of one name apart.
    Raises EvidenceError when the central directory is missing or damaged.
    """
    try:
        start, end, shift = _find_directory(file)
        found = list(_entries(file, start, end, shift))
    except OSError as error:
        raise EvidenceError(f"can't be read: {error.strerror}") from error
    members: dict[str, Member] = {}
    for member in _refuse_overlaps(found, start):
        label, count = member.name, 1
        while label in members:
            count += 1
            label = f"{member.name} ({count})"
        members[label] = member
    return members


def _find_directory(file: Seekable) -> tuple[int, int, int]:
    """Return start and end of the central directory, and the length of what precedes the zip."""
    size = file.seek(0, 2)
    tail_start = max(size - _END.size - _LONGEST_COMMENT, 0)
    file.seek(tail_start)
    tail = read_up_to(file, size - tail_start)
    ends = [match.start() for match in _END_MAGIC.finditer(tail)]
    if not ends:
        raise EvidenceError("has no end of central directory: it is cut off or damaged")
    # the one whose comment ends where the file ends; the last where bytes were appended
    exact = [at for at in ends if at + _END.size + _END.unpack_from(tail, at)[-1] == len(tail)]
    at = exact[0] if exact else ends[-1]
    *_, length, offset, _comment = _END.unpack_from(tail, at)
    end = tail_start + at
    if end >= _END_64_LOCATOR.size:
        file.seek(end - _END_64_LOCATOR.size)
        locator = read_up_to(file, _END_64_LOCATOR.size)
        if locator.startswith(b"PK\x06\x07"):
            stated = _END_64_LOCATOR.unpack(locator)[2]
            for place in (stated, end - _END_64_LOCATOR.size - _END_64.size):
                file.seek(max(place, 0))
                record = read_up_to(file, _END_64.size)
                if len(record) == _END_64.size and record.startswith(b"PK\x06\x06"):
                    *_, length, offset = _END_64.unpack(record)
                    end = place
                    break
    start = end - length
    if start < 0 or start < offset:
        raise EvidenceError("the place of its central directory is wrong: it is cut off or damaged")
    return start, end, start - offset


def _entries(file: Seekable, start: int, end: int, shift: int) -> Iterator[Member]:
    """Yield the members that are files; `shift` is added to every offset."""
    file.seek(start)
    buffer, at, left, count = b"", 0, end - start, 0

    def need(size: int) -> None:
        nonlocal buffer, at, left
        if len(buffer) - at < size:
            more = read_up_to(file, min(max(_BUFFER_BYTES, size), left))
            left -= len(more)
            buffer, at = buffer[at:] + more, 0
        if len(buffer) - at < size:
            raise EvidenceError("its central directory is cut off", end - left)

    while left or at < len(buffer):
        need(_CENTRAL.size)
        entry = _CENTRAL.unpack_from(buffer, at)
        if entry[0] != b"PK\x01\x02":
            raise EvidenceError("its central directory is damaged", end - left - len(buffer) + at)
        flags, method, crc, packed, size = entry[5], entry[6], entry[9], entry[10], entry[11]
        name_length, extra_length, comment_length, offset = *entry[12:15], entry[18]
        at += _CENTRAL.size
        need(name_length + extra_length + comment_length)
        raw = buffer[at : at + name_length]
        extra = buffer[at + name_length : at + name_length + extra_length]
        at += name_length + extra_length + comment_length
        count += 1
        if count > limits.ARCHIVE_MEMBERS:
            raise EvidenceError(f"holds more than {limits.ARCHIVE_MEMBERS} files")
        name = _name(raw, bool(flags & 0x800))
        if name.endswith("/") or (name.endswith("\\") and not size):
            continue
        flaw = ENCRYPTED if flags & 1 else ""
        try:
            size, packed, offset = _zip64(extra, size, packed, offset)
        except struct.error:
            flaw = "its zip64 sizes are missing"
        yield Member(name, offset + shift, packed, size, crc, method, flaw)


def _name(raw: bytes, is_utf8: bool) -> str:
    if is_utf8:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return raw.decode("cp437")


def _zip64(extra: bytes, *values: int) -> tuple[int, int, int]:
    """Replace each of size, packed size and offset that is all ones by its 64 bits in `extra`."""
    at = 0
    body = b""
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            body = extra[at + 4 : at + 4 + length]
            break
        at += 4 + length
    size, packed, offset = values
    place = 0
    if size == 0xFFFFFFFF:
        (size,) = struct.unpack_from("<Q", body, place)
        place += 8
    if packed == 0xFFFFFFFF:
        (packed,) = struct.unpack_from("<Q", body, place)
        place += 8
    if offset == 0xFFFFFFFF:
        (offset,) = struct.unpack_from("<Q", body, place)
    return size, packed, offset


def _refuse_overlaps(members: list[Member], directory_start: int) -> Iterator[Member]:
    """Flag members whose bytes run into the next one: the overlapping kind of zip bomb."""
    by_offset = sorted(range(len(members)), key=lambda index: members[index].offset)
    flawed = set()
    limit = directory_start
    for index in reversed(by_offset):
        member = members[index]
        if member.offset + _LOCAL.size + member.packed > limit:
            flawed.add(index)
        limit = min(limit, member.offset)
    for index, member in enumerate(members):
        if index in flawed and not member.flaw:
            yield member._replace(flaw="runs into another member or beyond the archive: not read")
        else:
            yield member


class MemberReader:
    """The content of one member, checked against its size and CRC-32 at the end."""

    def __init__(self, file: Seekable, member: Member) -> None:
        self._file = file
        self._member = member
        self._decoder: Decoder | None = None
        self._next = 0  # where the next packed bytes are
        self._left = member.packed
        self._given = 0
        self._crc = 0
        self._opened = False
        self._done = False

    def window(self) -> Window | None:
        """The content as part of the archive's file, when it isn't compressed."""
        if self._member.method != _STORED or self._member.flaw:
            return None
        try:
            self._open()
        except OSError as error:
            raise EvidenceError(f"can't be read: {error.strerror}") from error
        return Window(self._file, self._next, self._member.packed)

    def read(self, size: int, /) -> bytes:
        if self._done:
            return b""
        try:
            if not self._opened:
                self._open()
            data = self._inflated(self._decoder, size) if self._decoder else self._packed(size)
        except EvidenceError:
            raise
        except DECODER_ERRORS as error:
            raise EvidenceError(f"can't be unpacked: {error}", self._given) from error
        self._given += len(data)
        self._crc = crc32(data, self._crc)
        if self._given > self._member.size:
            raise EvidenceError(
                f"is longer than the {self._member.size} bytes the archive states",
                self._member.size,
            )
        if not data:
            self._done = True
            if self._given < self._member.size:
                raise EvidenceError(
                    f"ends after {self._given} of {self._member.size} bytes", self._given
                )
            if self._crc != self._member.crc:
                raise EvidenceError("its CRC-32 is wrong: some bytes were changed", self._given)
        return data

    def _open(self) -> None:
        member = self._member
        if member.flaw:
            raise EvidenceError(member.flaw)
        self._file.seek(member.offset)
        header = read_up_to(self._file, _LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
            raise EvidenceError("its header in the archive is missing")
        name_length, extra_length = _LOCAL.unpack(header)[-2:]
        self._next = member.offset + _LOCAL.size + name_length + extra_length
        if member.method == _LZMA:
            self._decoder = self._lzma()
        elif member.method in _METHODS:
            self._decoder = decoder(_METHODS[member.method])
        elif member.method != _STORED:
            name = _METHOD_NAMES.get(member.method, "unknown")
            raise EvidenceError(
                f"is packed with a method that can't be read: {name} ({member.method})"
            )
        self._opened = True

    def _lzma(self) -> Decoder:
        # 09 14 05 00 5d 00 00 80 00: version, length of properties, lc/lp/pb, dictionary size
        header = self._packed(4)
        properties = self._packed(struct.unpack("<2xH", header)[0]) if len(header) == 4 else b""
        if len(properties) < 5:
            raise EvidenceError("its LZMA header is damaged")
        (dictionary,) = struct.unpack_from("<L", properties, 1)
        if dictionary > limits.DICTIONARY_BYTES:
            raise EvidenceError(f"asks for {dictionary} bytes of memory to be unpacked")
        model = {
            "id": lzma.FILTER_LZMA1,
            "dict_size": max(dictionary, 4096),
            "lc": properties[0] % 9,
            "lp": properties[0] // 9 % 5,
            "pb": properties[0] // 45,
        }
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[model])

    def _packed(self, size: int) -> bytes:
        # the file is shared with other members: sought before every read
        self._file.seek(self._next)
        data = self._file.read(min(size, self._left))
        if not data and self._left:
            raise EvidenceError("the archive ends inside this member", self._given)
        self._next += len(data)
        self._left -= len(data)
        return data

    def _inflated(self, part: Decoder, size: int) -> bytes:
        # one byte more than stated shows a member that is longer than it says
        size = min(size, self._member.size - self._given + 1)
        while not part.eof:
            packed = self._packed(limits.PACKED_BYTES) if part.needs_input else b""
            if part.needs_input and not packed:
                break
            if data := decompress(part, packed, size):
                return data
        return b""
