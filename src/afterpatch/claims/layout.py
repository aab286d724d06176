"""A page's lines: which are the report, which are furniture, and what the head tells.

Line by line: menus, share buttons, related stories, biographies and comment forms stand among the
report's paragraphs in saved pages, and a claim or a date taken from them would be a false one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from afterpatch import knowledge
from afterpatch.claims.figures import day_of
from afterpatch.claims.schema import Dated, Named, Slice
from afterpatch.limits import PARAGRAPH_CHARACTERS

__all__ = ["Layout", "Line", "flat", "lay_out"]

Kind = Literal["body", "title", "furniture", "head", "blank"]


class Line(Struct):
    start: int
    end: int
    text: str
    kind: Kind = "furniture"


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


# A line that ends the report when it stands alone; what follows is other stories and forms.
_END = re.compile(
    r"(?:leave a (?:reply|comment)|related (?:articles?|posts?|stories|news|content|topics|"
    r"reading|links)|"
    r"you (?:may|might) also (?:like|be interested in)|more (?:from|on|in|stories|news)\b.{0,40}|"
    r"(?:most|more) (?:read|popular|viewed)|recommended(?: for you| stories| reading)?|read "
    r"(?:more|next)|"
    r"about (?:[\w.&'’-]+ ){0,3}[\w.&'’-]+|ends|-ends-|#{3}|notes? (?:to|for) editors?|"
    r"(?:media|press) (?:contacts?|enquiries|inquiries)|"
    r"(?:post a )?comments?(?: \(\d+\))?|\d+ comments?|what to read next|"
    r"trending(?: now)?|"
    r"latest (?:news|stories|posts)|also on .{1,40}|share this(?: article| story| post)?|in other "
    r"news|"
    r"popular (?:posts|stories)|see also|editor['’]s (?:picks|choice)|from our partners|next "
    r"article|"
    r"previous article|sponsored(?: content)?|top stories|tags?|references|recent posts)\s*:?",
    re.IGNORECASE,
)
# A line that is furniture wherever it stands.
_FURNITURE = re.compile(
    r"©|\(?(?:additional |further )?(?:reporting|editing|writing) by |"
    r"(?:al[sl]o read|read (?:also|more|next|the full)|see also|watch|listen|related|recommended|"
    r"more on this|"
    r"don['’]t miss|must read|further reading|image(?: source| credit)?|photo(?: by| credit|:)?|"
    r"picture(?: credit)?|"
    r"source|credit|file photo|tags?|topics|categor(?:y|ies)|filed under|share|advertisement|"
    r"copyright|"
    r"follow (?:us|@?\w+(?: \w+){0,3} on)|sign up|subscribe|join (?:us|our|the discussion|"
    r"\w+['’]s)|click "
    r"here|"
    r"download (?:our|the)|skip to|jump to|back to top|get the (?:latest|app)|log ?in|sign ?in|"
    r"register|"
    r"cookies?|we use cookies|this (?:site|website) uses|by (?:continuing|clicking)|accept (?:all|"
    r"cookies)|"
    r"privacy policy|terms of|advertise(?: with)?|readers['’]? letters|about the authors?|please "
    r"enable|enable javascript|your (?:email|browser)|comments are "
    r"closed|"
    r"print this|email this|updated?:?\s*$|last (?:updated|modified)|posted (?:on|by|in)|"
    r"published(?: on|:)?|"
    r"home\s*[/»>]|menu|search|newsletter|continue reading|loading|\d+ min(?:ute)?s? read|reading "
    r"time|"
    r"this (?:article|story|post) (?:was|first|originally)|all rights reserved|contact us|about "
    r"us|(?:for )?(?:all )?(?:media|press) (?:contacts?|enquir|inquir)|for (?:more|further) "
    r"information|support (?:our|us|local|independent|quality)|donate|become a (?:member|"
    r"subscriber|supporter)|(?:book|request|schedule|start|try) (?:a|an|your|our) (?:\w+ )?(?:demo|"
    r"trial|call|meeting)|get in touch|(?:reach|contact|write to|e-?mail) (?:the |our )?(?:author|"
    r"reporter|newsroom|editor|writer|desk)|do you (?:know|have|work)|(?:the )?(?:views|opinions) "
    r"expressed|(?:when|if) (?:using|quoting|reprinting)|reproduction|republication|thanks? "
    r"(?:you )?"
    r"for (?:reading|following|joining)|that(?:['’]s| is) (?:all|it) (?:from|for)|correction|"
    r"clarification|disclaimer|by signing|you can also (?:listen|follow|read|watch|find|hear)|our "
    r"journalism|when you buy|what do you think|have your say|scroll down|(?:more|read|watch|"
    r"listen):|"
    r"get alerts|to complain|if you (?:want|would like|wish) to (?:get in touch|contact)|"
    r"editor['’]s note|the (?:author|writer)s? (?:is|are|would|wish)|stay with us|"
    r"good (?:morning|afternoon|evening)|welcome to|this (?:article|story|post) has been)\b",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"all rights reserved|cookie (?:policy|settings)|terms (?:of|and) (?:use|service|conditions)|"
    r"contributed (?:reporting|to this (?:report|article|story))|(?:views|opinions) expressed "
    r"(?:here|"
    r"in this)|\bauthor(?:['’]s own| alone)\b|\bregulated by\b.{0,60}\b(?:press|"
    r"standards)\b|\bearn (?:a |an )?(?:affiliate )?commission\b",
    re.IGNORECASE,
)
_PRINTED_BY = re.compile(
    r"^\s*(?i:by|written by|von|reported by)\s+[A-Z][\w.'’-]+(?:[ ,&]+(?:and )?[\w.'’-]+){0,8}\s*$"
)
_PERSON = r"[A-Z][\w.'’-]+ (?:[A-Z][\w.'’-]* )?[A-Z][\w'’-]+"
_SIGNED = re.compile(
    rf"^\s*(?i:(?:posted |written )?by)\s+(?:{_PERSON})\b"
)  # with an office or a day behind
_FOLLOW = re.compile(
    r"^follow\b.{0,80}\bon (?:facebook|twitter|x|instagram|linkedin|telegram|google news)\b|"
    r"^subscribe to\b"
    r"|^sign up (?:for|to)\b",
    re.IGNORECASE,
)
_BIOGRAPHY = re.compile(
    r"^(?:the )?[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3} (?:is|has been|was|covers|writes|reports) "
    r"(?:an? |the )?"
    r"(?:[\w-]+ ){0,4}(?:writer|reporter|journalist|editor|correspondent|author|contributor|"
    r"blogger|columnist|"
    r"freelancer|newsroom)\b"
)
# What an author is beside a writer, and does: at the foot of a page alone.
_AUTHOR = re.compile(
    r"^(?:the )?[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){1,3} (?:(?:is|was) (?:an? |the )?(?:[\w-]+ ){0,4}"
    r"(?:fellow|analyst|researcher|associate|scholar|professor|lecturer|consultant|director|"
    r"founder|"
    r"expert)\b|"
    r"(?:covers|writes (?:about|on)|reports on|has (?:covered|written about))\b)"
)
_DATELINE = re.compile(
    r"^(?P<place>(?:[A-Z][\w.'’-]+|[A-Z]{2,})(?:[ ,/]+(?:[A-Z][\w.'’-]+|[A-Z]{2,})){0,4})"
    r"(?:,?\s+(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? )?(?:(?:\d{1,2} )?(?:Jan|Feb|Mar|"
    r"Apr|May|"
    r"Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\.?(?: \d{1,2})?(?:,? \d{4})?|"
    r"\d{1,2}[./]\d{1,2}[./]\d{2,4}))?,?"
    r"\s*(?:\((?P<wire>[A-Z][\w ,/&]{1,40}?)\)\s*)?(?:\s*[–—]\s*|(?:\s|(?<=\)))--?\s*|"
    r"--\s+)(?=[\"“A-Z])"
)
_WIRE = re.compile(
    r"\((?P<inside>[A-Z][A-Za-z. ]{1,24}?)\)\s*$|(?:^|[.”\"]\s*)(?:–|—|"
    r"-)\s*(?P<dash>[A-Z][A-Za-z. ]{1,24})\s*$"
    r"|^\s*(?:source|agency|with (?:reporting|input) (?:from|by)|additional reporting "
    r"by)\s*:?\s*(?P<line>[A-Z][A-Za-z. ]{1,30}?)\.?\s*$",
    re.IGNORECASE | re.ASCII,
)
_TERMINAL = re.compile(r"[.!?…][\"'”’»)\]]*\s*(?:\([A-Z][A-Za-z ]+\))?\s*$|[:;,]\s*$")
_CUT = re.compile(r"(?:\.\.\.|…)\s*$")
_VERBISH = re.compile(
    r"\b(?:accus|blam|den[iy]|link|charg|say|said|says|hack|attack|breach|target|exploit|warn|"
    r"attribut|condemn|"
    r"indict|sanction|steal|stole|hit|reject|urge|expose|behind|tie[sd]|call|claim|report|point|"
    r"reveal)\w*",
    re.IGNORECASE,
)
_TITLE_LENGTH = 14
_FOOT = 2  # paragraphs that may tell of the house, or whom to call, at the end
_BOX = 40  # lines behind the head of a box of links in which the report must go on
_NAMES = 20  # authors of one report
_BODY_ENOUGH = 2  # paragraphs before a line may end the report


def lay_out(text: str, chosen: frozenset[int] | None = None) -> Layout:
    """Reads the lines of a page. `chosen` are the numbers of the lines that are the report where a
    reader of the page's markup has told; without it the words of the lines decide."""
    lines = _unwrapped(_lines(text))
    _mark(lines, chosen)
    title = _title(lines)
    published, dates = _dates(lines)
    body = [line for line in lines if line.kind == "body"]
    dateline = wire = None
    if body:
        first = body[0]
        match = _DATELINE.match(first.text)
        if match is not None and len(match["place"]) < 40:
            place = first.start + match.start("place")
            dateline = Slice(place, place + len(match["place"]), match["place"])
            if match["wire"]:
                wire = _house(first, match, "wire")
            first.start += match.end()
            first.text = first.text[match.end() :]
        wire = wire or _wire(lines)
    return Layout(
        lines, title, _publisher(lines, text), _byline(lines), published, dates, dateline, wire
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
    open_ended = [line for line in long if not _TERMINAL.search(line.text)]
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
            goes_on = not _TERMINAL.search(ending) or re.search(r"[,;:]\s*$", ending)
            if full and (goes_on or line.text[:1].islower()) and not _FURNITURE.match(line.text):
                found[-1] = Line(
                    last.start,
                    line.end,
                    last.text + " " * (line.start - last.end) + line.text,
                    last.kind,
                )
                continue
        found.append(line)
    return found


def _mark(lines: Sequence[Line], chosen: frozenset[int] | None) -> None:
    """Says of each line whether it belongs to the report."""
    told = [line for line in lines if line.kind != "blank"]
    alone = len(told) <= 2
    behind = [0]  # paragraphs from each line to the end
    for line in reversed(lines):
        behind.append(behind[-1] + _is_paragraph(line, alone=False))
    behind.reverse()
    signed = tuple(
        f"{name} "
        for line in lines
        if len(line.text) < 160 and _SIGNED.match(line.text)
        for name in re.findall(_PERSON, re.split(r"(?i)\bby\s+", line.text, maxsplit=1)[1])
    )[:_NAMES]
    paragraphs = 0
    after_social = False
    for number, line in enumerate(lines):
        if line.kind == "blank":
            continue
        words = len(line.text.split())
        if _END.fullmatch(line.text) and paragraphs >= _BODY_ENOUGH:
            rest = behind[number + 1]
            inside = re.match(r"read|see|share|tags?|sponsored", line.text, re.IGNORECASE)
            box = re.match(r"related|recommended|more ", line.text, re.IGNORECASE)
            heading = re.match(r"about |notes? |media |press ", line.text, re.IGNORECASE)
            if heading and rest > _FOOT:
                continue  # a heading in the midst of the report
            if rest > paragraphs and (
                inside or (box and _goes_on(lines[number + 1 : number + 1 + _BOX]))
            ):
                continue
            return
        if _FOLLOW.match(line.text) and paragraphs >= _BODY_ENOUGH:
            after_social = True
            continue
        if _BIOGRAPHY.match(line.text) and (after_social or paragraphs == 0 or words < 60):
            if paragraphs >= _BODY_ENOUGH and behind[number + 1] <= 1:
                return
            continue
        if _AUTHOR.match(line.text) and paragraphs >= _BODY_ENOUGH and behind[number + 1] <= 1:
            continue
        if line.text.startswith(signed) and words < 60 and paragraphs >= _BODY_ENOUGH:
            continue  # who wrote it is told of at its foot
        if chosen is not None and number not in chosen:
            continue
        if _FURNITURE.match(line.text) and not (
            words > 14
            and _TERMINAL.search(line.text)
            and not _FOLLOW.match(line.text)
            and not _hard(line.text)
        ):
            continue
        if _RIGHTS.search(line.text) and words < 40:
            continue
        if after_social and words < 12 and behind[number + 1] < _BODY_ENOUGH:
            continue
        # an item of a list may lack its stop; above the first paragraph it is a title
        listed = chosen is not None and words >= 6 and paragraphs > 0
        if _is_paragraph(line, alone=alone, begun=paragraphs > 0) or listed:
            line.kind = "body"
            paragraphs += 1
    _join_wrapped(lines)
    only = told[0] if alone and len(told) == 1 else None
    if only is not None and only.kind == "body" and not _TERMINAL.search(only.text):
        # a title without its report; a longer line is a sentence that lost its stop
        only.kind = "title" if len(only.text.split()) <= _TITLE_LENGTH else "body"


def _goes_on(lines: Sequence[Line]) -> bool:
    """Whether the report goes on behind a box of links: two paragraphs without a title between."""
    run = 0
    for line in (line for line in lines if line.kind != "blank"):
        if _FURNITURE.match(line.text):
            continue
        paragraph = _is_paragraph(line, alone=False)
        if run and not paragraph:
            return False
        run += paragraph
        if run > 1:
            return True
    return False


def _hard(text: str) -> bool:
    return re.match(
        r"(?:about the authors?|also read|alos? read|read (?:more|also|next)|see also|related|"
        r"image|photo|copyright|"
        r"©|we use cookies)\s*[:\s]",
        text, re.IGNORECASE,
    ) is not None  # fmt: skip


def _is_paragraph(line: Line, *, alone: bool, begun: bool = True) -> bool:
    text = line.text
    words = text.split()
    if not words or _CUT.search(text) or (_PRINTED_BY.match(text) and len(words) < 8):
        return False
    if re.match(r"^(?:https?://|www\.)\S+$", text):
        return False
    if alone:
        return len(words) >= 3
    if _TERMINAL.search(text) and len(words) >= 5:
        return True
    if re.match(r"[“\"]", text) and len(words) >= 4 and _TERMINAL.search(text):
        return True
    if len(words) >= 3 and re.search(r"[.!?][\"”]?$", text) and text[0].isupper():
        return len(words) >= 4 or bool(_VERBISH.search(text))
    # a paragraph that lost its stop: long, and no title
    capitals = sum(w[:1].isupper() for w in words)
    return (begun or len(words) >= 25) and len(words) >= 12 and capitals < 0.5 * len(words)


def _join_wrapped(lines: Sequence[Line]) -> None:
    """Lines of a text that was wrapped at a fixed width belong to the paragraph they continue."""
    for before, line in itertools.pairwise(lines):
        if line.kind != "furniture" or before.kind != "body":
            continue
        if before.text and not _TERMINAL.search(before.text) and line.text[:1].islower():
            line.kind = "body"


# ---------------------------------------------------------------- head


def _title(lines: Sequence[Line]) -> Slice | None:
    """The last title-like line above the first paragraph."""
    first = next((i for i, line in enumerate(lines) if line.kind == "body"), None)
    if first is None:
        only = next((line for line in lines if line.kind == "title"), None)
        return Slice(only.start, only.end, only.text) if only is not None else None
    candidates = []
    for line in lines[:first]:
        words = line.text.split()
        if not 4 <= len(words) <= 25 or _FURNITURE.match(line.text) or day_of(line.text):
            continue
        if re.search(r"\s[/»>|›·•]\s", line.text) or _PRINTED_BY.match(line.text):
            continue
        candidates.append(line)
    if not candidates:
        return None
    best = max(
        candidates,
        key=lambda line: (bool(_VERBISH.search(line.text)), line.start),
    )
    best.kind = "title"
    return Slice(best.start, best.end, best.text)


def _dates(lines: Sequence[Line]) -> tuple[Dated | None, list[Dated]]:
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
        labelled = re.search(
            r"\b(?:publi(?:shed|cation)|posted|date|first published|created|on)\b",
            line.text[:start],
            re.IGNORECASE,
        )
        updated = re.search(r"\b(?:updated|modified|edited)\b", line.text[:start], re.IGNORECASE)
        between = title is not None and title < number < first
        above = number < first and (title is None or number < title)
        from_start = _widen(line.text, start)
        place = (line.start + from_start, line.start + end, line.text[from_start:end])
        if (labelled and number < first + 1) or (between and not updated):
            dated = Dated(*place, iso, True, "labelled" if labelled else "between title and report")
            rank = 0 if labelled else 1
            if best is None or rank < best[0]:
                best = (rank, dated)
                found.append(dated)
                continue
        why = (
            "stands above the title: the day of the page, not of the report"
            if above
            else ("stands outside the head of the report" if not updated else "day of an update")
        )
        found.append(Dated(*place, iso, False, why))
    chosen = best[1] if best else None
    kept = [d for d in found if d is chosen or not d.is_publication_date]
    return chosen, kept


_WEEKDAY = re.compile(
    r"(?:Mon|Tue|Tues|Wed|Thu|Thurs|Fri|Sat|Sun|Wednes|Satur)(?:day)?,?\s+$", re.IGNORECASE
)


def _widen(text: str, start: int) -> int:
    match = _WEEKDAY.search(text[:start])
    return match.start() if match else start


def _byline(lines: Sequence[Line]) -> Named | None:
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


_PAPER = re.compile(r"\b(?:News|Times|Post|Tribune|Herald|Journal|Daily|Today|Gazette|Bulletin)\b")


def _publisher(lines: Sequence[Line], text: str) -> Named | None:
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
    top = next((line for line in lines if line.kind != "blank"), None)
    byline = _byline(lines)
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


def _wire(lines: Sequence[Line]) -> Named | None:
    """The agency that is credited: in brackets or behind a dash at the end, or on its own line."""
    body = [line for line in lines if line.kind == "body"]
    near = [*body[-2:], *(line for line in lines if line.kind == "furniture")]
    for line in reversed(near):
        match = _WIRE.search(line.text)
        if match is None:
            continue
        part = next(name for name in ("inside", "dash", "line") if match[name])
        if (house := _house(line, match, part)) is not None:
            return house
    return None


def _spelled(*names: str) -> set[str]:
    """Names as written and in capitals, as datelines have them."""
    return {*names, *(name.upper() for name in names)}


def _house(line: Line, match: re.Match[str], part: str) -> Named | None:
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
