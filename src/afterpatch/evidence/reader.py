"""How the bytes of one file are handed out, whatever holds them."""

from __future__ import annotations

import bz2
import lzma
from typing import Protocol

import zstandard
from isal import igzip_lib, isal_zlib

from afterpatch import limits
from afterpatch.errors import EvidenceError
from afterpatch.storage import Opened, Place

__all__ = [
    "DECODER_ERRORS",
    "Budget",
    "BudgetError",
    "Damaged",
    "Decoder",
    "Inflated",
    "Metered",
    "Peeked",
    "PlainFile",
    "Reader",
    "Seekable",
    "crc32",
    "decoder",
    "decompress",
    "read_up_to",
]


crc32 = isal_zlib.crc32


class Reader(Protocol):
    """Up to `size` bytes at a time, b"" at the end; raises EvidenceError on damage."""

    def read(self, size: int, /) -> bytes: ...


class Seekable(Protocol):
    """What a zip is read from."""

    def read(self, size: int, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


def read_up_to(reader: Reader, size: int) -> bytes:
    """Return `size` bytes, fewer only where the reader ends."""
    pieces = []
    while size > 0 and (piece := reader.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


class PlainFile:
    """A file on disk or in a store, read in the sizes asked for.

    Pieces scanned while they are in the cache of the processor cost about half of what mapped
    pages cost (see benchmarks/results.md), and a file that is cut short while it is read
    ends early instead of killing the process.
    """

    def __init__(self, path: Place) -> None:
        try:
            self._file: Opened = path.open("rb", buffering=0)
        except OSError as error:
            raise EvidenceError(f"can't be opened: {error.strerror}") from error
        self._position = 0

    def read(self, size: int, /) -> bytes:
        try:
            data = self._file.read(size)
        except OSError as error:
            raise EvidenceError(f"can't be read: {error.strerror}", self._position) from error
        self._position += len(data)
        return data

    def close(self) -> None:
        self._file.close()


class Damaged:
    """A file that can't be read at all: says why when it is tried."""

    def __init__(self, error: EvidenceError) -> None:
        self._error = error

    def read(self, _size: int, /) -> bytes:
        raise self._error


class Peeked:
    """A reader whose first bytes can be seen before they are read."""

    def __init__(self, source: Reader) -> None:
        self.source = source
        self._head = b""

    def head(self, size: int) -> bytes:
        if len(self._head) < size:
            self._head += read_up_to(self.source, size - len(self._head))
        return self._head[:size]

    def read(self, size: int, /) -> bytes:
        if not self._head:
            return self.source.read(size)
        data, self._head = self._head[:size], self._head[size:]
        return data


class BudgetError(EvidenceError):
    """One archive on disk grew beyond all measure: nothing more is read from it."""


class Budget:
    """What may come out of one archive on disk of `size` bytes, all archives within it together."""

    def __init__(self, size: int) -> None:
        self._bytes = max(size * limits.EXPANSION_RATIO, limits.EXPANSION_FLOOR_BYTES)
        self._members = limits.ARCHIVE_MEMBERS

    def spend(self, size: int) -> None:
        self._bytes -= size
        if self._bytes < 0:
            raise BudgetError(
                f"expands to more than {limits.EXPANSION_RATIO} times its size: not read further"
            )

    def count(self) -> None:
        self.spend(0)
        self._members -= 1
        if self._members < 0:
            raise BudgetError(f"holds more than {limits.ARCHIVE_MEMBERS} files: not read further")


class Metered:
    """A reader that draws on a budget."""

    def __init__(self, source: Reader, budget: Budget) -> None:
        self._source = source
        self._budget = budget

    def read(self, size: int, /) -> bytes:
        data = self._source.read(size)
        self._budget.spend(len(data))
        return data


class Decoder(Protocol):
    """The interface of bz2.BZ2Decompressor, fulfilled by every decompressor used here."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...


class _ZstdDecoder:
    """zstandard's decompressor with bounded output.

    Fed in small steps: a block of 128 KiB can be stated in four bytes.
    """

    _STEP = 4096

    def __init__(self) -> None:
        self._decoder = zstandard.ZstdDecompressor(
            max_window_size=limits.DICTIONARY_BYTES
        ).decompressobj()
        self._input = b""
        self._output = b""

    @property
    def eof(self) -> bool:
        return self._decoder.eof and not self._output

    @property
    def needs_input(self) -> bool:
        return not self._output and not self._input

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data + self._input

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        self._input += data
        while self._input and not self._output and not self._decoder.eof:
            step, self._input = self._input[: self._STEP], self._input[self._STEP :]
            self._output = self._decoder.decompress(step)
        taken = self._output[:max_length]
        self._output = self._output[max_length:]
        return taken


def decoder(kind: str) -> Decoder:
    """Return a decompressor for one stream of `kind`: deflate, gz, bz2, xz or zst."""
    if kind == "deflate":
        return igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_DEFLATE)
    if kind == "gz":
        return igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_GZIP)
    if kind == "bz2":
        return bz2.BZ2Decompressor()
    if kind == "xz":
        return lzma.LZMADecompressor(memlimit=limits.DICTIONARY_BYTES)
    return _ZstdDecoder()


def decompress(part: Decoder, data: bytes, size: int) -> bytes:
    """Return at most `size` bytes; raises ValueError when the decompressor stands still."""
    output = part.decompress(data, size)
    if not (output or data or part.eof or part.needs_input):
        raise ValueError("no end in sight")
    return output


_ISAL_ERROR: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # its stub is wrong
DECODER_ERRORS = (
    _ISAL_ERROR,
    zstandard.ZstdError,
    lzma.LZMAError,
    OSError,
    EOFError,
    ValueError,
    MemoryError,
)


class Inflated:
    """The content of a gz, bz2, xz or zst stream, its parts one after another."""

    def __init__(self, source: Reader, kind: str) -> None:
        self._source = source
        self._kind = kind
        self._decoder: Decoder | None = decoder(kind)
        self._input = b""
        self._taken = 0
        self._given = 0

    def read(self, size: int, /) -> bytes:
        while part := self._part():
            if part.needs_input and not self._fill():
                raise EvidenceError("the compressed stream ends early", self._given)
            try:
                data = decompress(part, self._input, size)
            except DECODER_ERRORS as error:
                raise EvidenceError(
                    f"the compressed stream is damaged: {error}", self._given
                ) from error
            self._input = b""
            if part.eof:
                self._input = part.unused_data
                self._decoder = None
            if data:
                self._given += len(data)
                if self._given > max(
                    self._taken * limits.EXPANSION_RATIO, limits.EXPANSION_FLOOR_BYTES
                ):
                    raise EvidenceError(
                        f"expands to more than {limits.EXPANSION_RATIO} times its size", self._given
                    )
                return data
        return b""

    def _fill(self) -> bool:
        if not self._input:
            self._input = self._source.read(limits.PACKED_BYTES)
            self._taken += len(self._input)
        return bool(self._input)

    def _part(self) -> Decoder | None:
        """The decoder at work; a new one for the next part; None at the end or in padding."""
        while self._decoder is None and self._fill():
            self._input = self._input.lstrip(b"\0")
            if self._input:
                self._decoder = decoder(self._kind)
        return self._decoder
