"""What the head and the foot of a page tell: title, day, author, publisher, agency."""

from __future__ import annotations

import re
from collections.abc import Sequence

from afterpatch import knowledge
from afterpatch.claims.page.furniture import FURNITURE, PRINTED_BY, VERBISH, Line
from afterpatch.claims.schema import Dated, Named, Slice
from afterpatch.claims.stance.figures import day_of

__all__ = ["byline_of", "dates_of", "house_in", "publisher_of", "title_of", "wire_of"]

_WIRE = re.compile(
    r"\((?P<inside>[A-Z][A-Za-z. ]{1,24}?)\)\s*$|(?:^|[.”\"]\s*)(?:–|—|"
    r"-)\s*(?P<dash>[A-Z][A-Za-z. ]{1,24})\s*$"
    r"|^\s*(?:source|agency|with (?:reporting|input) (?:from|by)|additional reporting "
    r"by)\s*:?\s*(?P<line>[A-Z][A-Za-z. ]{1,30}?)\.?\s*$",
    re.IGNORECASE | re.ASCII,
)


def title_of(lines: Sequence[Line]) -> Slice | None:
    """The last title-like line above the first paragraph."""
    first = next((i for i, line in enumerate(lines) if line.kind == "body"), None)
    if first is None:
        only = next((line for line in lines if line.kind == "title"), None)
        return Slice(only.start, only.end, only.text) if only is not None else None
    candidates = []
    for line in lines[:first]:
        words = line.text.split()
        if not 4 <= len(words) <= 25 or FURNITURE.match(line.text) or day_of(line.text):
            continue
        if re.search(r"\s[/»>|›·•]\s", line.text) or PRINTED_BY.match(line.text):
            continue
        candidates.append(line)
    if not candidates:
        return None
    best = max(
        candidates,
        key=lambda line: (bool(VERBISH.search(line.text)), line.start),
    )
    best.kind = "title"
    return Slice(best.start, best.end, best.text)


def dates_of(lines: Sequence[Line]) -> tuple[Dated | None, list[Dated]]:
    """The day of publication, and the other dates of the head and foot with why they are none.

    A date counts where it is labelled, or stands between title and report. One above the title is
    the site's own: on a saved page it is the day of saving.
    """
    title = next((i for i, line in enumerate(lines) if line.kind == "title"), None)
    first = next((i for i, line in enumerate(lines) if line.kind == "body"), len(lines))
    found: list[Dated] = []
    best: tuple[int, Dated] | None = None
    for number, line in enumerate(lines):
        if line.kind in ("body", "blank") or len(line.text) > 120:
            continue
        day = day_of(line.text)
        if day is None:
            continue
        start, end, iso = day
        labelled = _LABELLED.search(line.text[:start]) is not None
        updated = _UPDATED.search(line.text[:start]) is not None
        between = title is not None and title < number < first
        from_start = _widen(line.text, start)
        place = (line.start + from_start, line.start + end, line.text[from_start:end])
        if (labelled and number < first + 1) or (between and not updated):
            dated = Dated(*place, iso, True, "labelled" if labelled else "between title and report")
            rank = 0 if labelled else 1
            if best is None or rank < best[0]:
                best = (rank, dated)
                found.append(dated)
                continue
        above = number < first and (title is None or number < title)
        found.append(Dated(*place, iso, False, _why_not(above=above, updated=updated)))
    chosen = best[1] if best else None
    kept = [d for d in found if d is chosen or not d.is_publication_date]
    return chosen, kept


_LABELLED = re.compile(
    r"\b(?:publi(?:shed|cation)|posted|date|first published|created|on)\b", re.IGNORECASE
)
_UPDATED = re.compile(r"\b(?:updated|modified|edited)\b", re.IGNORECASE)


def _why_not(*, above: bool, updated: bool) -> str:
    """Why a date is not the one of publication."""
    if above:
        return "stands above the title: the day of the page, not of the report"
    return "day of an update" if updated else "stands outside the head of the report"


_WEEKDAY = re.compile(
    r"(?:Mon|Tue|Tues|Wed|Thu|Thurs|Fri|Sat|Sun|Wednes|Satur)(?:day)?,?\s+$", re.IGNORECASE
)


def _widen(text: str, start: int) -> int:
    match = _WEEKDAY.search(text[:start])
    return match.start() if match else start


def byline_of(lines: Sequence[Line]) -> Named | None:
    """Who wrote it."""
    first = next((i for i, line in enumerate(lines) if line.kind == "body"), 0)
    for line in lines[: first + 1]:
        match = re.match(
            r"(?:written |reported )?by[:\s]+(?P<name>[A-Z].{2,60})$", line.text, re.IGNORECASE
        )
        if match and line.kind not in ("body", "title") and not day_of(line.text):
            return Named(line.start, line.end, line.text, match["name"])
    return None


_SITE = re.compile(
    r"\bfollow (?P<a>[A-Z][\w.&'’-]*(?: [A-Z][\w.&'’-]*){0,3}) on\b|(?:©|"
    r"copyright)\s*(?:\(c\)\s*)?(?:\d{4}\s*)?(?P<b>[A-Z][\w.&'’ -]{2,40}?)(?:\.|,|$| all )",
    re.IGNORECASE,
)


_PAPER = re.compile(
    r"\b(?:News|Times|Post|Tribune|Herald|Journal|Daily|Today|Gazette|Bulletin|Courier|Chronicle|"
    r"Guardian|Standard|Observer|Register|Mirror|Express|Telegraph|Dispatch|Examiner|Sentinel)\b"
    r"|\b(?:NEWS|TIMES|POST|TRIBUNE|HERALD|JOURNAL|DAILY|GAZETTE|BULLETIN|COURIER|CHRONICLE|"
    r"GUARDIAN|OBSERVER|TELEGRAPH|EXAMINER)\b"
)


def publisher_of(lines: Sequence[Line], text: str) -> Named | None:
    """The name of the house: beside the social buttons or the rights, or as masthead."""
    for line in lines:
        if line.kind in ("body", "title", "blank"):
            continue
        match = _SITE.search(line.text)
        if match is None:
            continue
        name = "a" if match["a"] else "b"
        if match[name].lower() in ("us", "me", "our", "@", "him", "her"):
            continue
        start = line.start + match.start(name)
        return Named(
            start, start + len(match[name]), text[start : start + len(match[name])], match[name]
        )
    return _masthead(lines) or _speaks_of_itself(lines)


def _masthead(lines: Sequence[Line]) -> Named | None:
    """A house in the first line of the page."""
    top = next((line for line in lines if line.kind != "blank"), None)
    byline = byline_of(lines)
    if top is not None and top.kind == "furniture" and 2 <= len(top.text.split()) <= 6:
        words = top.text.split()
        named = all(w[:1].isupper() or w in ("of", "the", "and", "&") for w in words)
        same = (
            byline is not None
            and byline.norm is not None
            and byline.norm.lower() in top.text.lower()
        )
        paper = _PAPER.search(top.text) is not None and not day_of(top.text)
        if named and (same or paper):
            norm = byline.norm if same and byline is not None else top.text
            return Named(top.start, top.end, top.text, norm)
    return None


# What a newsroom says of itself alone.
_OF_ITSELF = re.compile(
    r"\b(?P<name>[A-Z][\w&-]*(?: [A-Z][\w&-]*){0,3}) (?:(?:could not|couldn['’]t|was unable to|"
    r"wasn['’]t able to|has not been able to) (?:immediately |independently )?(?:verify|confirm)|"
    r"(?:has )?(?:contacted|approached|reached out to)\b|can (?:exclusively )?reveal\b)"
)


def _speaks_of_itself(lines: Sequence[Line]) -> Named | None:
    """`Example News could not verify C`, where the page nowhere cites the same newsroom."""
    body = [line for line in lines if line.kind == "body"]
    for line in body:
        match = _OF_ITSELF.search(line.text)
        if match is None or not _is_newsroom(match["name"]):
            continue
        cited = re.compile(
            rf"\baccording to (?:the )?{re.escape(match['name'])}\b|"
            rf"\b{re.escape(match['name'])} (?:report|said|says)\b"
        )
        if not any(cited.search(other.text) for other in body):
            start = line.start + match.start("name")
            return Named(start, start + len(match["name"]), match["name"], match["name"])
    return None


def _is_newsroom(name: str) -> bool:
    return any(h.kind == "media" and name in (h.name, *h.aliases) for h in knowledge.houses())


def wire_of(lines: Sequence[Line]) -> Named | None:
    """The agency that is credited: in brackets or behind a dash at the end, or on its own line."""
    body = [line for line in lines if line.kind == "body"]
    near = [*body[-2:], *(line for line in lines if line.kind == "furniture")]
    for line in reversed(near):
        match = _WIRE.search(line.text)
        if match is None:
            continue
        part = next(name for name in ("inside", "dash", "line") if match[name])
        if (house := house_in(line, match, part)) is not None:
            return house
    return None


def _spelled(*names: str) -> set[str]:
    """Names as written and in capitals, as datelines have them."""
    return {*names, *(name.upper() for name in names)}


def house_in(line: Line, match: re.Match[str], part: str) -> Named | None:
    """The newsroom that a part of a match names; None where the tables know none."""
    name = re.split(r"\s*[,/&]\s*|\s+and\s+", match[part].strip())[0]
    for house in knowledge.houses():
        if house.kind == "media" and name in _spelled(house.name, *house.aliases):
            start = line.start + match.start(part)
            end = start + len(name)
            bracket = match.start(part) > 0 and line.text[match.start(part) - 1] == "("
            if bracket and line.text[match.end(part) : match.end(part) + 1] == ")":
                return Named(start - 1, end + 1, f"({name})", house.name)
            return Named(start, end, name, house.name)
    return None
