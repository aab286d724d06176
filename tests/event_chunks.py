"""Event logs in binary XML without templates, as in libyal's description of the format."""

from __future__ import annotations

import struct
from typing import Any

from afterpatch.artifacts.evtx import CHUNK_BYTES

NOON = 132_592_464_000_000_000  # FILETIME of 2021-03-03T12:00:00Z
Node = tuple[str, dict[str, str], Any]


class Chunk:
    """One chunk; its records are numbered from 1 unless told otherwise."""

    def __init__(self) -> None:
        self.data = bytearray(512)
        self.data[:8] = b"ElfChnk\0"
        self.numbers: list[int] = []

    def add(self, event: Node, ticks: int = NOON, number: int | None = None) -> Chunk:
        base = len(self.data) + 24
        body = bytearray(b"\x0f\x01\x01\0")
        self._element(body, base, event)
        body += b"\0"
        size = 28 + len(body) + (-28 - len(body)) % 8
        self.numbers.append(number or len(self.numbers) + 1)
        self.data += struct.pack("<4sIQQ", b"**\0\0", size, self.numbers[-1], ticks)
        self.data += body.ljust(size - 28, b"\0") + struct.pack("<I", size)
        return self

    def bytes(self, free: int | None = None) -> bytes:
        first, last = self.numbers[0], self.numbers[-1]
        used = len(self.data) if free is None else free
        struct.pack_into("<QQQQIII", self.data, 8, first, last, first, last, 128, 512, used)
        return bytes(self.data.ljust(CHUNK_BYTES, b"\0"))

    def _element(self, out: bytearray, base: int, node: Node) -> None:
        name, attributes, inner = node
        out += b"\x41" if attributes else b"\x01"
        at = len(out)
        out += bytes(4)
        self._name(out, base, name)
        if attributes:
            list_at = len(out)
            out += bytes(4)
            for place, (key, value) in enumerate(attributes.items(), 1):
                out += b"\x46" if place < len(attributes) else b"\x06"
                self._name(out, base, key)
                self._value(out, value)
            struct.pack_into("<I", out, list_at, len(out) - list_at - 4)
        out += b"\x02"
        if isinstance(inner, str):
            self._value(out, inner)
        else:
            for child in inner:
                self._element(out, base, child)
        out += b"\x04"
        struct.pack_into("<I", out, at, len(out) - at - 4)

    @staticmethod
    def _name(out: bytearray, base: int, name: str) -> None:
        number = 0
        for character in name:
            number = (number * 65599 + ord(character)) & 0xFFFFFFFF
        out += struct.pack("<IIHH", base + len(out) + 4, 0, number & 0xFFFF, len(name))
        out += name.encode("utf-16-le") + b"\0\0"

    @staticmethod
    def _value(out: bytearray, value: str) -> None:
        out += b"\x05\x01" + struct.pack("<H", len(value)) + value.encode("utf-16-le")


def event(
    channel: str,
    number: str,
    data: list[Node],
    time: str = "2021-03-03T12:00:00.1239999Z",
    record: int = 7,
) -> Node:
    system = [
        ("Provider", {"Name": "Some Provider"}, ""),
        ("EventID", {"Qualifiers": "49152"}, number),
        ("Level", {}, "4"),
        ("TimeCreated", {"SystemTime": time}, ""),
        ("EventRecordID", {}, str(record)),
        ("Channel", {}, channel),
        ("Computer", {}, "mail01.example.org"),
    ]
    return ("Event", {}, [("System", {}, system), ("EventData", {}, data)])


def unnamed(*values: str) -> list[Node]:
    return [("Data", {}, value) for value in values]


def named(**values: str) -> list[Node]:
    return [("Data", {"Name": name}, value) for name, value in values.items()]


def log(*chunks: bytes, counted: int | None = None, next_record: int = 0, flags: int = 0) -> bytes:
    """A whole file; `counted` is the number of chunks that its header gives."""
    header = bytearray(4096)
    header[:8] = b"ElfFile\0"
    count = len(chunks) if counted is None else counted
    struct.pack_into("<QQQIHHHH", header, 8, 0, 0, next_record, 128, 1, 3, 4096, count)
    struct.pack_into("<I", header, 120, flags)
    return bytes(header) + b"".join(chunks)
