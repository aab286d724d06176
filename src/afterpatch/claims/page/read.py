"""One report as text with a way back to its file: plain text, HTML, PDF.

A file is read in a child process, see `ledger.py`: pages are hostile input like logs.
"""

from __future__ import annotations

import codecs
import hashlib
import unicodedata
from pathlib import Path

from msgspec import Struct

from afterpatch.errors import EvidenceError
from afterpatch.limits import REPORT_BYTES, REPORT_CHARACTERS

__all__ = ["Page", "decoded", "read"]


class Page(Struct, frozen=True):
    """A report's text. `origin` leads back: for each run of text its start, and where that lies in
    the file's characters (text, HTML) or on which page (PDF, from 1). `chosen` are the numbers of
    the lines that the markup shows to be the report; `published` is a date that the markup states,
    as (start in the file's characters, text). `notes` say what was left out."""

    kind: str
    text: str
    sha256: str
    origin: tuple[tuple[int, int], ...] = ((0, 0),)
    chosen: frozenset[int] | None = None
    published: tuple[int, str] | None = None
    site: str | None = None
    notes: tuple[str, ...] = ()


def read(path: Path) -> Page:
    """The report in a file. Raises EvidenceError where it has no text that can be read."""
    size = path.stat().st_size
    if size > REPORT_BYTES:
        raise EvidenceError(f"it is larger than {REPORT_BYTES >> 20} MiB")
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if data[:1024].lstrip().startswith(b"%PDF-"):
        from afterpatch.claims.page import pdf

        text, pages = pdf.text_of(data)
        return _limited("pdf", text, digest, origin=pages)
    text = decoded(data)
    if _is_binary(text):
        raise EvidenceError("it is not text")
    if _is_html(text):
        from afterpatch.claims.page import html_page

        page = html_page.text_of(text)
        return _limited(
            "html", page.text, digest, origin=page.origin, chosen=page.chosen,
            published=page.published, site=page.site,
        )  # fmt: skip
    return _limited("text", text, digest)


def _limited(
    kind: str, text: str, digest: str, *, origin: tuple[tuple[int, int], ...] = ((0, 0),),
    chosen: frozenset[int] | None = None, published: tuple[int, str] | None = None,
    site: str | None = None,
) -> Page:  # fmt: skip
    if not any(c.isalnum() for c in text):
        raise EvidenceError(
            "it has no text layer: its pages are images, or it is empty" if kind == "pdf"
            else "it holds no text"
        )  # fmt: skip
    notes: tuple[str, ...] = ()
    if len(text) > REPORT_CHARACTERS:
        notes = (f"only the first {REPORT_CHARACTERS:,} of its {len(text):,} characters were read",)
        text = text[:REPORT_CHARACTERS]
    return Page(kind, text, digest, origin, chosen, published, site, notes)


def decoded(data: bytes) -> str:
    """The characters of a text file: by its byte order mark, else UTF-8, UTF-16 by its zero bytes,
    else Windows-1252. Line ends stay as they are; what can't be decoded becomes U+FFFD."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):  # fmt: skip
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    head = data[:4096]
    if head.count(0) > len(head) // 4:
        little = head[1::2].count(0) > head[::2].count(0)
        return data.decode("utf-16-le" if little else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # A single bad byte in UTF-8 must not turn the whole page into another alphabet.
        lenient = data.decode("utf-8", "replace")
        if lenient.count("\ufffd") * 50 < sum(b > 127 for b in data):
            return lenient
        return data.decode("cp1252", "replace")


_SAMPLE = 1 << 16  # characters that tell whether a file is text


def _is_binary(text: str) -> bool:
    """Whether over a twentieth of the characters are none that a text has: control characters,
    what could not be decoded, surrogates, private and unassigned ones. A stray NUL is no matter."""
    head = text[:_SAMPLE]
    none = sum(
        c == "\ufffd" or (c not in "\t\n\v\f\r\x1b" and unicodedata.category(c) in _NO_TEXT)
        for c in head
    )
    return none * 20 > len(head)


_NO_TEXT = ("Cc", "Cs", "Co", "Cn")


def _is_html(text: str) -> bool:
    head = text[:4096].lstrip("\ufeff \t\r\n").lower()
    return head.startswith(
        ("<!doctype html", "<html", "<?xml", "<head", "<body", "<!--", "<article", "<div")
    ) or ("<html" in head or "<body" in head)
