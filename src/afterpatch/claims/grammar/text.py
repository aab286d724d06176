"""Sentences and words of a text, each with its place: offsets count characters of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from afterpatch.claims.grammar.words import word_set
from afterpatch.limits import SENTENCE_CHARACTERS

__all__ = ["Sentence", "Token", "sentences", "tokens"]

OPENING, CLOSING = "“„«‟", "”»"
_TOKEN = re.compile(
    r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.]+"
    r"|(?-i:[A-Z]+&[A-Z]+)"
    r"|CVE-\d{4}-\d{4,7}"
    r"|(?:[A-Z]\.){2,}|(?-i:[A-Z]\.(?=\s+[A-Z]))"
    r"|(?:Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Lt|Col|Capt|Maj|Sgt|Cpl|Adm|Det|Insp|Supt|Rev|Hon|St|"
    r"Jr|"
    r"Sr|Inc|Corp|Ltd|Co|Dept|Govt)\.(?=\s)|''|``"
    r"|\d+(?:[.,]\d+)*"
    r"|(?:n['’]t\b|['’](?:s|re|ve|ll|d|m)\b)"
    r"|[^\W\d_](?:[\w](?!['’]t\b)|[\w](?=['’]t\b)(?<!n))*"
    r"|\.{2,}|--|\w+|[^\w\s]",
    re.IGNORECASE,
)


class Token:
    """One word or mark. `tag` is a coarse word class, see `phrases.py`; `head` and `dep` are those
    of a dependency parse, -1 and empty where there is none."""

    __slots__ = (
        "dep", "end", "form", "head", "i", "lemma", "low", "side", "start", "tag", "text",
    )  # fmt: skip

    def __init__(self, i: int, text: str, start: int) -> None:
        self.i = i
        self.text = text
        self.low = text.lower().replace("’", "'")
        self.start = start
        self.end = start + len(text)
        self.lemma = self.low
        self.tag = ""
        self.form = ""
        self.dep = ""
        self.head = -1
        self.side = "open" if text in OPENING else "close" if text in CLOSING else ""
        if text in ('"', "''"):
            self.side = "either"
        elif text == "``":
            self.side = "open"

    def __repr__(self) -> str:
        return f"{self.text}/{self.tag}"

    @property
    def quote(self) -> bool:
        """Whether it is a quotation mark; `side` tells whether it opens or closes."""
        return self.side != ""

    @property
    def upper(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[:1].isupper()


class Sentence:
    """A run of tokens, and where it lies; `inside` tells whether it begins within a quotation that
    an earlier sentence opened."""

    __slots__ = ("end", "headline", "inside", "start", "text", "tokens")

    def __init__(self, text: str, start: int, *, headline: bool = False) -> None:
        self.text = text
        self.start = start
        self.end = start + len(text)
        self.tokens = tokens(text, start)
        self.headline = headline
        self.inside = _closes_first(self.tokens)

    def slice(self, start: int, end: int) -> str:
        """The characters between two offsets of the document."""
        return self.text[start - self.start : end - self.start]


def _closes_first(found: list[Token]) -> bool:
    """Whether the first quotation mark closes what was opened before: it leans on the left."""
    first = next((t.i for t in found if t.quote), 0)
    if not first or found[first].side == "open":
        return False
    leans = found[first - 1].end == found[first].start
    apart = first + 1 == len(found) or found[first + 1].start > found[first].end
    return found[first].side == "close" or (leans and apart)


def tokens(text: str, start: int = 0) -> list[Token]:
    """The tokens of one sentence; their offsets begin at `start`."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        word = match[0]
        at = start + match.start()
        # cannot, don't, won't: the negation is a word of its own
        cut = re.search(r"n['’]t$", word, re.IGNORECASE)
        if word.lower() == "cannot":
            parts = [word[:3], word[3:]]
        elif cut and cut.start():
            parts = [word[: cut.start()], word[cut.start() :]]
        else:
            parts = [word]
        for part in parts:
            found.append(Token(len(found), part, at))
            at += len(part)
    _single_marks(found)
    return found


def _single_marks(found: list[Token]) -> None:
    """Tells single quotation marks from apostrophes: one stands before a word behind a blank, its
    partner behind a stop or a comma, or before a blank where no possessive can stand."""
    opened = False
    for i, token in enumerate(found):
        if token.text not in ("‘", "'", "’"):
            continue
        before = found[i - 1] if i else None
        after = found[i + 1] if i + 1 < len(found) else None
        apart = before is None or before.end < token.start
        joined = after is not None and after.start == token.end
        if not opened and apart and joined and token.text != "’":
            token.side, opened = "open", True
        elif (
            opened
            and before is not None
            and not apart
            and not joined
            and (
                before.text in (",", ".", "?", "!")
                or (token.text == "’" and before.low[-1:] != "s")
            )
        ):
            token.side, opened = "close", False
    if opened:  # no partner: an apostrophe after all
        for token in found:
            if token.text in ("‘", "'", "’"):
                token.side = ""


_ABBREVIATIONS = word_set(
    "mr mrs ms dr prof sen rep gov gen lt col capt maj sgt cpl adm det insp supt rev hon st jr sr "
    "inc corp ltd co dept govt no vs etc e.g "
    "i.e jan feb mar apr jun jul aug sep sept oct nov dec fig al approx est"
)
_BLANK = re.compile(r"\s*\Z")
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[]?[^\Wa-z_]|\s*$)")


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The sentences of one paragraph, as (start, end) without outer blanks.

    A sentence longer than the ceiling is cut there.
    """
    at = start
    for match in _END.finditer(text, start, end):
        before = re.search(r"([\w.]+)$", text[max(at, match.start() - 40) : match.start()])
        word = before[1].lower() if before else ""
        mark = match[0]
        last = match.end() == end or _BLANK.match(text, match.end(), end) is not None
        if mark[0] == "." and not last and len(mark) == 1:
            if word in ("a.m", "p.m") and not _CLOCK.match(text, match.end()):
                word = ""
            initial = re.fullmatch(r"[a-z]|(?:[a-z]\.)+[a-z]", word) is not None
            if word in _ABBREVIATIONS or (initial and not _starts_anew(text, match.end(), word)):
                alone = re.search(
                    r"\b[a-z]+ \w$", text[max(at, match.start() - 20) : match.start()]
                )
                if not (len(word) == 1 and alone and _STARTERS.match(text, match.end())):
                    continue  # a name's initial, unless the word before is none: wrote on X.
        yield from _trimmed(text, at, match.end())
        at = match.end()
    yield from _trimmed(text, at, end)


# What may follow an hour inside its sentence.
_CLOCK = re.compile(
    r"\s+(?:[A-Z]{2,4}\b|Eastern|Pacific|Central|Local|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))"
)
_STARTERS = re.compile(
    r"\s+[\"“]?(?:The|A|An|It|He|She|They|In|On|But|And|This|That|These|We|I|If|As|For|At|When|"
    r"No)\b"
)


def _starts_anew(text: str, at: int, word: str) -> bool:
    """Whether an abbreviation such as U.S. ended its sentence: the next one opens with a word that
    never follows it inside one."""
    return "." in word and _STARTERS.match(text, at) is not None


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > SENTENCE_CHARACTERS:
        cut = text.rfind(" ", start, start + SENTENCE_CHARACTERS)
        cut = cut if cut > start else start + SENTENCE_CHARACTERS
        yield start, cut
        start = cut
    if any(c.isalnum() for c in text[start:end]):
        yield start, end
