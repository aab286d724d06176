"""Tar archives read as a stream (POSIX.1-2017 pax, GNU tar manual "Basic Tar Format")."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

from afterpatch import limits
from afterpatch.errors import EvidenceError
from afterpatch.evidence.reader import Damaged, Reader, read_up_to

__all__ = ["members"]

_BLOCK = 512
_LONG_NAME = tarfile.GNUTYPE_LONGNAME
_LONG_LINK = tarfile.GNUTYPE_LONGLINK
_PAX = (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE)
_PAX_GLOBAL = tarfile.XGLTYPE
_REGULAR = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_SPARSE = tarfile.GNUTYPE_SPARSE


def members(stream: Reader) -> Iterator[tuple[str, int, Reader]]:
    """Yield name, size and content of each regular file; the content is good until the next step.

    Blocks of zeros between archives that were joined are passed over. Raises EvidenceError, with
    the offset in the uncompressed tar, where the archive breaks.
    """
    position = 0
    extended: dict[str, str] = {}
    common: dict[str, str] = {}
    while header := read_up_to(stream, _BLOCK):
        at = position
        position += len(header)
        if not any(header):
            continue
        try:
            info = tarfile.TarInfo.frombuf(header, "utf-8", "replace")
        except tarfile.HeaderError as error:
            raise EvidenceError(f"the tar is damaged: {error}", at) from error
        if info.type in (_LONG_NAME, _LONG_LINK, *_PAX, _PAX_GLOBAL):
            body = _Content(stream, info.size, position)
            text = _extended_header(body, info.size, at)
            position += body.skip()
            if info.type == _LONG_NAME:
                extended["path"] = text.rstrip(b"\0").decode("utf-8", "replace")
            elif info.type in _PAX:
                extended |= _pax(text)
            elif info.type == _PAX_GLOBAL:
                common |= _pax(text)
            continue
        extended = common | extended
        name = extended.get("GNU.sparse.name") or extended.get("path") or info.name
        size = _size(extended, info.size, at)
        is_sparse = info.type == _SPARSE or any(key.startswith("GNU.sparse") for key in extended)
        extended = {}
        if info.type == _SPARSE:
            position += _skip_sparse_map(stream, header)
        has_content = info.type in _REGULAR or info.type == _SPARSE
        content = _Content(stream, size if has_content else 0, position)
        if is_sparse and has_content:
            yield name, size, Damaged(EvidenceError("is stored as a sparse file in a tar"))
        elif has_content and not name.endswith("/"):
            yield name, size, content
        position += content.skip()


class _Content:
    """The bytes of one member, and after them the rest of its last block."""

    def __init__(self, stream: Reader, size: int, position: int) -> None:
        self._stream = stream
        self._left = size
        self._position = position
        self._padding = -size % _BLOCK
        self._length = size + self._padding

    def read(self, size: int, /) -> bytes:
        if not self._left:
            return b""
        data = self._stream.read(min(size, self._left))
        if not data:
            raise EvidenceError("the tar is cut off inside this member", self._position)
        self._left -= len(data)
        self._position += len(data)
        return data

    def skip(self) -> int:
        """Read to the end; return the length of all blocks."""
        while self.read(limits.MIB):
            pass
        read_up_to(self._stream, self._padding)
        return self._length


def _extended_header(body: Reader, size: int, at: int) -> bytes:
    if size > limits.TAR_HEADER_BYTES:
        raise EvidenceError(f"the tar has an extended header of {size} bytes", at)
    return read_up_to(body, size)


def _pax(text: bytes) -> dict[str, str]:
    # 30 path=C/Windows/System32/x\n
    found = {}
    while text:
        length, _, rest = text.partition(b" ")
        if not length.isdigit() or not len(length) < int(length[:8]) <= len(text):
            break
        key, _, value = rest[: int(length) - len(length) - 2].partition(b"=")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "replace")
        text = text[int(length) :]
    return found


def _size(extended: dict[str, str], size: int, at: int) -> int:
    stated = extended.get("size", "")
    if stated.isdecimal() and len(stated) < 20:
        size = int(stated)
    if size < 0:
        raise EvidenceError("the tar states a negative size", at)
    return size


def _skip_sparse_map(stream: Reader, header: bytes) -> int:
    """Pass over the extension blocks of the old GNU sparse format."""
    length = 0
    more = header[482]
    while more:
        block = read_up_to(stream, _BLOCK)
        length += len(block)
        more = block[504] if len(block) == _BLOCK else 0
    return length
