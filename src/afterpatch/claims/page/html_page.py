"""The text of a saved web page, with a way back to its source.

The page's text is walked here, so that every character leads back to the source; trafilatura, where
it is installed, only says which of its lines are the report.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from bisect import bisect_right
from html import unescape
from html.parser import HTMLParser

from msgspec import Struct

from afterpatch.claims.grammar.words import word_set
from afterpatch.limits import REPORT_MARKUP_CHARACTERS

__all__ = ["PageText", "text_of"]

_BLOCKS = word_set("address article aside blockquote body br caption dd div dl dt fieldset "
    "figcaption figure footer form h1 "
    "h2 h3 h4 h5 h6 header hr html legend li main nav ol p pre section summary table td tfoot th "
    "thead time tr "
    "ul button option label")  # fmt: skip
_SKIPPED = word_set("script style noscript template svg head iframe object math select textarea")
_VOID = word_set("br hr")


class PageText(Struct, frozen=True):
    """`origin` are runs (start in the text, start in the source); `published` is (start in the
    source, text) of a date that the markup states; `site` the name it gives the site."""

    text: str
    origin: tuple[tuple[int, int], ...]
    chosen: frozenset[int] | None
    published: tuple[int, str] | None
    site: str | None


class _Walker(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[str] = []
        self.length = 0
        self.runs: list[tuple[int, int]] = []
        self.skipping: list[str] = []
        self.starts = [0]
        for match in re.finditer("\n", source):
            self.starts.append(match.end())

    def _at(self) -> int:
        line, column = self.getpos()
        return self.starts[line - 1] + column

    def _break(self) -> None:
        if self.pieces and not self.pieces[-1].endswith("\n"):
            self.pieces.append("\n")
            self.length += 1

    def _add(self, text: str, source: int) -> None:
        if self.skipping:
            return
        for match in re.finditer(r"\S+|\s+", text):
            part = match[0]
            if part[0].isspace():
                if not self.pieces or self.pieces[-1].endswith(("\n", " ")):
                    continue
                part = " "
            self.runs.append((self.length, source + match.start()))
            self.pieces.append(part)
            self.length += len(part)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _SKIPPED:
            self.skipping.append(tag)
        elif tag in _BLOCKS:
            self._break()

    def handle_endtag(self, tag: str) -> None:
        if tag in self.skipping:
            while self.skipping and self.skipping.pop() != tag:
                pass
        elif tag in _BLOCKS and tag not in _VOID:
            self._break()
        if tag == "head":
            self.skipping.clear()

    def handle_data(self, data: str) -> None:
        self._add(data, self._at())

    def handle_entityref(self, name: str) -> None:
        self._one(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self._one(unescape(f"&#{name};"))

    def _one(self, character: str) -> None:
        if self.skipping:
            return
        if character.isspace():
            self._add(character, self._at())
            return
        self.runs.append((self.length, self._at()))
        self.pieces.append(character)
        self.length += len(character)


_META = re.compile(
    r"<meta\b[^>]{0,300}?(?:article:published_time|datePublished|dc\.date(?:\.issued)?|pubdate|"
    r"publish-date|"
    r"parsely-pub-date)[\"'][^>]{0,200}?content\s*=\s*[\"'](?P<a>[^\"'<>]{8,40})"
    r"|<meta\b[^>]{0,200}?content\s*=\s*[\"'](?P<b>\d{4}-\d\d-\d\d[^\"'<>]{0,30})[\"'][^>]{0,200}?"
    r"(?:article:published_time|datePublished|pubdate)"
    r"|\"datePublished\"\s*:\s*\"(?P<c>[^\"<>]{8,40})\"",
    re.IGNORECASE,
)
_SITE = re.compile(
    r"<meta\b[^>]{0,200}?og:site_name[\"'][^>]{0,200}?content\s*=\s*[\"'](?P<a>[^\"<>]{2,80})[\"']",
    re.IGNORECASE,
)


def text_of(source: str) -> PageText:
    """The text of a page, one line a block."""
    walker = _Walker(source)
    walker.feed(source)
    walker.close()
    text = "".join(walker.pieces)
    date = _META.search(source[:REPORT_MARKUP_CHARACTERS])
    site = _SITE.search(source[:REPORT_MARKUP_CHARACTERS])
    published = None
    if date is not None:
        part = next(name for name in ("a", "b", "c") if date[name])
        published = (date.start(part), date[part])
    runs = walker.runs or [(0, 0)]
    return PageText(
        text, tuple(_merged(runs)), _chosen(source, text), published,
        unescape(site["a"]).strip() if site else None,
    )  # fmt: skip


def _merged(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs that go on where the last one would lead anyway are left out."""
    kept: list[tuple[int, int]] = []
    for text, source in runs:
        if kept and source - kept[-1][1] == text - kept[-1][0]:
            continue
        kept.append((text, source))
    return kept


def source_offset(origin: tuple[tuple[int, int], ...], at: int) -> int:
    """Where a character of the text lies in the source."""
    index = bisect_right(origin, (at, 1 << 62)) - 1
    text, source = origin[max(index, 0)]
    return source + at - text


def _chosen(source: str, text: str) -> frozenset[int] | None:
    """The numbers of the lines that trafilatura takes for the report; None without its answer."""
    if importlib.util.find_spec("trafilatura") is None or len(source) > REPORT_MARKUP_CHARACTERS:
        return None
    try:
        trafilatura = importlib.import_module("trafilatura")
        told = trafilatura.extract(
            source,
            include_comments=False,
            include_tables=False,
            favor_recall=True,
            deduplicate=False,
        )
    except (ImportError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    if not told:
        return None
    plain = _squeezed(told)
    chosen = frozenset(
        number for number, line in enumerate(re.split(r"\n", text))
        if len(key := _squeezed(line)) > 12 and key in plain
    )  # fmt: skip
    return chosen or None


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()
