"""The texts that a file may be read as: by its encoding, and out of what it is wrapped in.

Facts: [MS-PST] 5.1 (the substitution of "compressible encryption"); Mandiant, "PST, Want a Shell?"
(mailbox files and certificate requests that carry a page). No text is longer than the file.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from msgspec import Struct

__all__ = ["Text", "texts"]

# What a byte of a mailbox is stored as, by [MS-PST] 5.1.
_STORED = bytes.fromhex(
    "41361362a8216ebbf416cc047f64e85d1ef2cb2a74c55e35d295479e962d9a884c7d843fdbac31b6485ff6c4d8398be7"
    "233b388ec8c1df25b120a546604e9cfbaad35651457c550007c92b9d859b09a08fadb30f63ab894bd7a7155a716642bf"
    "264a6b98faea7753b270052cfd593a867ece06eb827857c78d43afb41cd45bcde2e9274fc3087280cfb0eff5286dbe30"
    "4d3492d50e3c2232e5e4f99fc2d10a8112e1ee918376e397e6618a1779a4b7dc907a5c8c02a6ca69de501a1193b95287"
    "58fced1d37491b6ae0293399bd6cd994f340546ff0c673b8d63e6518441fdd6710f10c19ecae03a1147ba90bfff8a3c0"
    "a201f72ebc2468750dfeba2fb5d0da3d"
)
_PLAIN = bytes(_STORED.index(code) for code in range(256))
_AROUND = 64 * 1024  # bytes kept before the first and after the last mark-up in a binary
_MARKS = (b"<%", b"<script", b"runat=", b"<object", b"<asp:")
_MARK = re.compile(rb"<%|<script\b|runat\s{0,9}=|<object\b|#@~\^", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_CODEPAGE = re.compile(rb"codepage\s{0,20}=\s{0,20}[\"']?\s{0,20}(\d{2,5})", re.IGNORECASE)
_CODECS = {
    "65000": "utf-7", "37": "cp037", "500": "cp500", "1026": "cp1026", "1140": "cp1140",
    "1200": "utf-16-le", "1201": "utf-16-be", "12000": "utf-32-le", "12001": "utf-32-be",
}  # fmt: skip
_EBCDIC = ("cp037", "cp1026", "cp500")
_EBCDIC_MARK = re.compile(rb"\x4c\x6c[\x40\x7c\x5a-\xf9]")  # <% in EBCDIC


class Text(Struct, frozen=True):
    """One reading of a file: the text, what it was wrapped in, whether the file is binary.

    `wrapping` is empty, `mailbox`, `certificate`, `picture` or `binary`.
    """

    text: str
    wrapping: str


def texts(data: bytes) -> Iterator[Text]:
    """All readings of a file that may hold a page, the plain one first."""
    wrapping = _wrapping(data)
    if not wrapping:
        yield from (Text(text, "") for text in _plain(data))
        return
    found = False
    for text in _pages(data):
        found = True
        yield Text(text, wrapping)
    if wrapping == "mailbox" or not found:
        for text in _pages(data.translate(_PLAIN)) if wrapping == "mailbox" else ():
            found = True
            yield Text(text, wrapping)
    if not found:
        yield Text("", wrapping)


def _wrapping(data: bytes) -> str:
    if data.startswith(b"!BDN"):
        return "mailbox"
    if data[:2] in (b"\x30\x82", b"\x30\x83") and len(data) > 4:
        return "certificate"
    if data.startswith((b"GIF8", b"\x89PNG", b"\xff\xd8\xff", b"BM", b"%PDF", b"RIFF")):
        return "picture"
    if _wide(data):
        return ""
    sample = data[: 64 * 1024]
    odd = sum(sample.count(code) for code in range(7))
    if odd * 100 > len(sample) and not _EBCDIC_MARK.search(sample[:4096]):
        return "binary"
    return ""


def _wide(data: bytes) -> str:
    """The codec of UTF-16 text, with or without a byte-order mark; empty for other text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16-le" if data[0] == 0xFF else "utf-16-be"
    sample = data[:512]
    half = len(sample) // 2
    if half > 3:
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        if odd > half * 0.5 and even < half * 0.1:
            return "utf-16-le"
        if even > half * 0.5 and odd < half * 0.1:
            return "utf-16-be"
    return ""


def _plain(data: bytes) -> Iterator[str]:
    codec = _wide(data)
    if codec:
        yield data.decode(codec, "replace").removeprefix("\ufeff")
        return
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        yield body.decode()
    except UnicodeDecodeError:
        # What is not ASCII matters little: names and strings of the language are.
        yield body.decode("cp1252", "replace")
    named = _CODEPAGE.search(body[:4096])
    other = _CODECS.get(named[1].decode()) if named else None
    if other:
        yield body.decode(other, "replace")
    elif _EBCDIC_MARK.search(body[:4096]) and not _MARK.search(body):
        for name in _EBCDIC:
            yield body.decode(name, "replace")


def _pages(data: bytes) -> Iterator[str]:
    """The text around the mark-up in a binary, read as bytes and as UTF-16."""
    for step, first, codec in ((1, 0, "cp1252"), (2, 0, "utf-16-le"), (2, 1, "utf-16-le")):
        part = data if step == 1 else data[first::2]
        if step == 2 and not _is_wide(data):
            continue
        marks = [found.start() for found in _MARK.finditer(part)]
        if not marks:
            continue
        begin = max(0, marks[0] - _AROUND // 16)
        end = marks[-1] + _AROUND
        text = part[begin:end].decode("cp1252" if step == 2 else codec, "replace")
        yield _CONTROLS.sub("\n", text)


def _is_wide(data: bytes) -> bool:
    """Whether mark-up stands in every second byte, with nothing between."""
    for mark in _MARKS:
        wide = b"\0".join(bytes([code]) for code in mark)
        if wide in data or wide.upper() in data:
            return True
    return False
