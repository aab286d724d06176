"""Which lines of a page are the report, and which are menus, links, biographies and forms."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

__all__ = ["FURNITURE", "PRINTED_BY", "TERMINAL", "VERBISH", "Kind", "Line", "mark"]


Kind = Literal["body", "title", "furniture", "head", "blank"]


class Line(Struct):
    """One line of a page, and what it is."""

    start: int
    end: int
    text: str
    kind: Kind = "furniture"


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
FURNITURE = re.compile(
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
    r"good (?:morning|afternoon|evening)|welcome to|cite (?:this )?as\b|"
    r"(?:this|the) (?:text|page|release|statement|document|article) is (?:also )?available|"
    r"translat(?:ion of|ed from) (?:an?|the) original|\[?(?:correction|update[d]?|clarification)"
    r"[: ]|update \d|this (?:article|story|post) has been)\b",
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
PRINTED_BY = re.compile(
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
TERMINAL = re.compile(r"[.!?…][\"'”’»)\]]*\s*(?:\([A-Z][A-Za-z ]+\))?\s*$|[:;,]\s*$")
_CUT = re.compile(r"(?:\.\.\.|…)\s*$")
VERBISH = re.compile(
    r"\b(?:accus|blam|den[iy]|link|charg|say|said|says|hack|attack|breach|target|exploit|warn|"
    r"attribut|condemn|"
    r"indict|sanction|steal|stole|hit|reject|urge|expose|behind|tie[sd]|call|claim|report|point|"
    r"reveal)\w*",
    re.IGNORECASE,
)
TITLE_LENGTH = 14
_FOOT = 2  # paragraphs that may tell of the house, or whom to call, at the end
_BOX = 40  # lines behind the head of a box of links in which the report must go on
_NAMES = 20  # authors of one report
_BODY_ENOUGH = 2  # paragraphs before a line may end the report


def mark(lines: Sequence[Line], chosen: frozenset[int] | None) -> None:
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
        begun = paragraphs >= _BODY_ENOUGH
        rest = behind[number + 1]
        if begun and _END.fullmatch(line.text):
            if _ends_here(lines, number, paragraphs, rest):
                return
            continue
        if begun and _FOLLOW.match(line.text):
            after_social = True
            continue
        if _BIOGRAPHY.match(line.text) and (after_social or paragraphs == 0 or words < 60):
            if begun and rest <= 1:
                return
            continue
        if begun and _AUTHOR.match(line.text) and rest <= 1:
            continue
        if begun and words < 60 and line.text.startswith(signed):
            continue  # who wrote it is told of at its foot
        if chosen is not None and number not in chosen:
            continue
        if _is_furniture(line.text, words):
            continue
        if after_social and words < 12 and rest < _BODY_ENOUGH:
            continue
        # an item of a list may lack its stop; above the first paragraph it is a title
        listed = chosen is not None and words >= 6 and paragraphs > 0
        if _is_paragraph(line, alone=alone, begun=paragraphs > 0) or listed:
            line.kind = "body"
            paragraphs += 1
        elif rest >= _BODY_ENOUGH and _is_point(line.text, words):
            line.kind = "body"
    _join_wrapped(lines)
    only = told[0] if alone and len(told) == 1 else None
    if only is not None and only.kind == "body" and not TERMINAL.search(only.text):
        # a title without its report; a longer line is a sentence that lost its stop
        only.kind = "title" if len(only.text.split()) <= TITLE_LENGTH else "body"


def _is_point(text: str, words: int) -> bool:
    """Whether a line is one of the points that a page sets above its report: `- X blames Y`."""
    return words > _SHORT and BULLET.match(text) is not None and VERBISH.search(text) is not None


BULLET = re.compile(r"[-–•*·]\s+(?=[\"“A-Z])")
_SHORT = 5  # words of a point with its mark that tells too little


def _ends_here(lines: Sequence[Line], number: int, paragraphs: int, rest: int) -> bool:
    """Whether a line such as `Related stories` ends the report; `rest` paragraphs follow it."""
    text = lines[number].text
    if rest > _FOOT and re.match(r"about |notes? |media |press ", text, re.IGNORECASE):
        return False  # a heading in the midst of the report
    if rest <= paragraphs:
        return True
    if re.match(r"read|see|share|tags?|sponsored", text, re.IGNORECASE):
        return False
    box = re.match(r"related|recommended|more ", text, re.IGNORECASE)
    return not (box and _goes_on(lines[number + 1 : number + 1 + _BOX]))


def _is_furniture(text: str, words: int) -> bool:
    """Whether a line of so many words is furniture by its own words."""
    sentence = words > 14 and TERMINAL.search(text) and not _FOLLOW.match(text)
    if FURNITURE.match(text) and not (sentence and not _hard(text)):
        return True
    return _RIGHTS.search(text) is not None and words < 40


def _goes_on(lines: Sequence[Line]) -> bool:
    """Whether the report goes on behind a box of links: two paragraphs without a title between."""
    run = 0
    for line in (line for line in lines if line.kind != "blank"):
        if FURNITURE.match(line.text):
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
    if not words or _CUT.search(text) or (PRINTED_BY.match(text) and len(words) < 8):
        return False
    if re.match(r"^(?:https?://|www\.)\S+$", text):
        return False
    if alone:
        return len(words) >= 3
    if TERMINAL.search(text) and len(words) >= 5:
        return True
    if re.match(r"[“\"]", text) and len(words) >= 4 and TERMINAL.search(text):
        return True
    if len(words) >= 3 and re.search(r"[.!?][\"”]?$", text) and text[0].isupper():
        return len(words) >= 4 or bool(VERBISH.search(text))
    # a paragraph that lost its stop: long, and no title
    capitals = sum(w[:1].isupper() for w in words)
    return (begun or len(words) >= 25) and len(words) >= 12 and capitals < 0.5 * len(words)


def _join_wrapped(lines: Sequence[Line]) -> None:
    """Lines of a text that was wrapped at a fixed width belong to the paragraph they continue."""
    for before, line in itertools.pairwise(lines):
        if line.kind != "furniture" or before.kind != "body":
            continue
        if before.text and not TERMINAL.search(before.text) and line.text[:1].islower():
            line.kind = "body"


# ---------------------------------------------------------------- head
