"""A page's lines: which are the report, which are furniture, and what the head tells.

Line by line: menus, share buttons, related stories, biographies and comment forms stand among the
report's paragraphs in saved pages, and a claim or a date taken from them would be a false one.
"""

from __future__ import annotations

import re

from msgspec import Struct

from afterpatch.claims.page.furniture import FURNITURE, TERMINAL, Kind, Line, mark
from afterpatch.claims.page.page_head import (
    byline_of,
    dates_of,
    house_in,
    publisher_of,
    title_of,
    wire_of,
)
from afterpatch.claims.schema import Dated, Named, Slice
from afterpatch.limits import PARAGRAPH_CHARACTERS

__all__ = ["Layout", "flat", "lay_out"]


class Layout(Struct):
    """The head and the body of one page."""

    lines: list[Line]
    title: Slice | None
    publisher: Named | None
    byline: Named | None
    published: Dated | None
    dates: list[Dated]
    dateline: Slice | None
    wire_credit: Named | None


_DATELINE = re.compile(
    r"^(?P<place>(?:[A-Z][\w.'’-]+|[A-Z]{2,})(?:[ ,/]+(?:[A-Z][\w.'’-]+|[A-Z]{2,})){0,4})"
    r"(?:,?\s+(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?(?:(?:\d{1,2} )?(?:Jan|Feb|Mar|"
    r"Apr|May|"
    r"Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\.?(?: \d{1,2})?(?:,? \d{4})?|"
    r"\d{1,2}[./]\d{1,2}[./]\d{2,4}))?,?"
    r"\s*(?:\((?P<wire>[A-Z][\w ,/&]{1,40}?)\)\s*)?(?:\s*[–—]\s*|(?:\s|(?<=\)))--?\s*|"
    r"--\s+)(?=[\"“A-Z])"
)


def lay_out(text: str, chosen: frozenset[int] | None = None) -> Layout:
    """Reads the lines of a page. `chosen` are the numbers of the lines that are the report where a
    reader of the page's markup has told; without it the words of the lines decide."""
    lines = _unwrapped(_lines(text))
    mark(lines, chosen)
    title = title_of(lines)
    published, dates = dates_of(lines)
    body = [line for line in lines if line.kind == "body"]
    dateline = wire = None
    if body:
        first = body[0]
        match = _DATELINE.match(first.text)
        if match is not None and len(match["place"]) < 40:
            place = first.start + match.start("place")
            dateline = Slice(place, place + len(match["place"]), match["place"])
            if match["wire"]:
                wire = house_in(first, match, "wire")
            first.start += match.end()
            first.text = first.text[match.end() :]
        wire = wire or wire_of(lines)
    return Layout(
        lines, title, publisher_of(lines, text), byline_of(lines), published, dates, dateline, wire
    )


_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u202f\u2009\u2007\u3000\t", " "))


def flat(text: str) -> str:
    """The text with every kind of blank but line ends as a space, character for character."""
    return text.translate(_BLANKS)


def _lines(text: str) -> list[Line]:
    found, at = [], 0
    text = flat(text)
    for raw in re.split(r"(\r\n|\n|\r|\x0b|\x0c|\u2028|\u2029)", text):
        if not re.fullmatch(r"\r\n|\n|\r|\x0b|\x0c|\u2028|\u2029", raw):
            stripped = raw.strip()
            lead = len(raw) - len(raw.lstrip())
            kind: Kind = "furniture" if stripped else "blank"
            found.append(Line(at + lead, at + lead + len(stripped), stripped, kind))
        at += len(raw)
    return found


def _unwrapped(lines: list[Line]) -> list[Line]:
    """Lines that a fixed width has broken, as in PDF, put together to paragraphs again."""
    long = [line for line in lines if len(line.text) > 40]
    open_ended = [line for line in long if not TERMINAL.search(line.text)]
    width = sorted(len(line.text) for line in long)[len(long) * 9 // 10] if long else 0
    if len(long) < 3 or len(open_ended) * 2 < len(long) or width > 140:
        return lines
    found: list[Line] = []
    for line in lines:
        last = found[-1] if found else None
        if last is not None and last.kind != "blank" and line.kind != "blank":
            tail = last.text[-width:] if len(last.text) > width else last.text
            room = len(last.text) < PARAGRAPH_CHARACTERS
            full = room and last.end - last.start > 0.6 * width and len(tail) > 0.6 * width
            ending = last.text[-160:]
            goes_on = not TERMINAL.search(ending) or re.search(r"[,;:]\s*$", ending)
            if full and (goes_on or line.text[:1].islower()) and not FURNITURE.match(line.text):
                found[-1] = Line(
                    last.start,
                    line.end,
                    last.text + " " * (line.start - last.end) + line.text,
                    last.kind,
                )
                continue
        found.append(line)
    return found
