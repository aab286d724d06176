"""Collection packages made for one test."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from afterpatch.errors import EvidenceError
from afterpatch.evidence.source import discover, open_unit
from afterpatch.model import Evidence, Problem


def log(lines: int = 2000) -> bytes:
    return b"".join(
        b"2024-05-06 10:00:%02d 192.0.2.1 GET /owa/%d - 443\r\n" % (number % 60, number * 7919)
        for number in range(lines)
    )


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def tarred(members: Mapping[str, bytes], mode: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def with_flag(data: bytes, flag: int) -> bytes:
    """Set a general purpose flag on all members, in both their headers."""
    changed = bytearray(data)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(magic)
        while place >= 0:
            (value,) = struct.unpack_from("<H", changed, place + at)
            struct.pack_into("<H", changed, place + at, value | flag)
            place = data.find(magic, place + 1)
    return bytes(changed)


def with_central(data: bytes, at: int, value: bytes) -> bytes:
    """Change a field of the first entry of the central directory."""
    place = data.index(b"PK\x01\x02") + at
    return data[:place] + value + data[place + len(value) :]


def written(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


class Opened:
    """Everything that came out of some paths: contents by (root, path), and what went wrong."""

    def __init__(self, paths: Iterable[Path], read_size: int = 65536) -> None:
        units, problems = discover([*paths])
        self.units = units
        self.problems: list[Problem] = problems
        self.evidence: list[Evidence] = []
        self.content: dict[tuple[str, str], bytes] = {}
        self.errors: dict[str, EvidenceError] = {}
        self.broken: list[EvidenceError] = []
        for unit in units:
            try:
                for evidence, reader in open_unit(unit):
                    self.evidence.append(evidence)
                    data = b""
                    try:
                        while piece := reader.read(read_size):
                            assert len(piece) <= read_size
                            data += piece
                    except EvidenceError as error:
                        self.errors[evidence.path] = error
                    self.content[evidence.root, evidence.path] = data
            except EvidenceError as error:
                self.broken.append(error)

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.content]

    def the(self, path: str) -> bytes:
        return next(data for (_, name), data in self.content.items() if name == path)

    @property
    def is_whole(self) -> bool:
        return not (self.problems or self.errors or self.broken)
