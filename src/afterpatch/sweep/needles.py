"""From a literal that a record's fields must hold to patterns that must lie in its raw bytes.

Soundness. A detection hands over literals of which at least one occurs, in any letter case, in a
field of every record it can match. The sweep may then skip a record only if none of the patterns
made here from these literals occurs in the record's bytes. So for every way a field's text can come
about from bytes, a pattern must occur in those bytes:

* Any encoding: the literal is cut to its longest run of characters that the encoding writes in only
  one way; a part of the literal is still in every record that holds the whole. Characters outside
  printable ASCII are never part of a pattern, and letters match in both cases (ASCII only; the
  predicates fold ASCII only as well).
* w3c: IIS writes "+" for a blank inside a column, and a blank between columns: both are looked for,
  in every combination. Path and query are two columns, so no pattern holds a "?".
* csv: quotes may be doubled, so no pattern holds a quote; likewise "?". In a cell that is quoted
  wrongly, what is looked for is the text as it was written.
* json: any character may be written as \\uXXXX, and some as a backslash and a letter. A backslash
  is looked for as two. Other characters that writers do escape are cut out; a record in which
  another one is escaped is a candidate for every detection (`ESCAPED_IN_JSON`), and so is a line of
  UTF-16 (`UTF16_IN_JSON`).
* The end of a column (`edge`): in w3c a blank or the end of the line stands behind it, in csv a
  comma, a quote or the end of the line. A number has no digit beside it.
* evtx: text is UTF-16LE; an AnsiString is bytes. What stands behind it belongs to another value.
  Numbers, SIDs, GUIDs and times are binary: the detections never make literals of such fields.
* Names of an event's data (evtx, json, csv): where a detection asks for a field whatever its value,
  the field's name is the literal. An export writes it as a key, an event log in the template, which
  lies in the same chunk as the records made by it; what else a parser makes the field of is in
  `fields.WRITTEN_AS`, and fields that no name speaks of are in `fields.UNNAMED`.
* URL fields are matched as they are and percent-decoded. Punctuation is looked for plain and
  encoded, in every combination; a record in which a letter or digit is percent-encoded, or a
  percent sign is itself encoded, is a candidate for every detection (`ENCODED_IN_URL`).

`unless` narrows a file-extension literal in w3c, whose columns begin behind a blank and nothing
else (in csv a comma may belong to the path): an occurrence that ends one of these full URL paths,
behind a blank or behind `://host` as in a referer, is passed over. It is sound for a detection that
excludes stock pages and paths that hold `://`, as long as every path given is a stock page.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterable
from itertools import product

from msgspec import Struct

from afterpatch.errors import RuleError
from afterpatch.limits import SHORTEST_LITERAL

__all__ = [
    "ENCODED_IN_URL",
    "ESCAPED_IN_JSON",
    "UTF16_IN_JSON",
    "Literal",
    "Pattern",
    "behind_host",
    "patterns",
]

_NEVER = {  # characters the encoding may write in several ways, beside all outside printable ASCII
    "w3c": "?",
    "csv": "\"'?",
    "json": "\"/<>&'+`=",
    "evtx": "",
}
_OF_NUMBER = re.compile(r"[0-9e.+-]*", re.IGNORECASE)
_LONGEST = 128  # characters of a pattern: far fewer bytes than blocks overlap by
_VARIABLE = 4  # characters written in several ways in one pattern, at most: variants multiply
_LONGEST_HOST = 256  # a name of the domain name system has at most 253 characters
_DIGITS = b"0123456789"
# What may stand behind the last byte of a column; NULs are what a power failure leaves.
_COLUMN_END = {"w3c": rb"(?:[ \r\n\x00]|\z)", "csv": rb"(?:[,\"\r\n\x00]|\z)"}
_COLUMN_START = b" "  # what stands before a URL path that is a column of its own, in w3c


Edge = typing.Literal["", "column", "number"]


class Literal(Struct, frozen=True, order=True):
    """Text that a field must hold; `url` when the field is also matched percent-decoded.

    `longer` are characters that, put behind the text, make another literal of the same detection:
    such an occurrence is that literal's business. `edge` says what is sure to stand around it:
    "column" that its column ends behind it, "number" that no digit stands before or behind it.
    """

    text: str
    url: bool = False
    edge: Edge = ""
    unless: tuple[str, ...] = ()
    longer: str = ""


class Pattern(Struct, frozen=True, order=True):
    """Lower-case bytes to look for in any letter case, or one of the named classes below.

    `but_not_after`, `but_not_before`: an occurrence counts only if there is a byte before (behind)
    it that is none of these. `host_may_precede`: the data begins with the path of a stock page, and
    an occurrence right behind `://host` does not count.
    """

    data: bytes
    but_not_after: bytes = b""
    but_not_before: bytes = b""
    regex: bool = False
    host_may_precede: bool = False


ENCODED_IN_URL = Pattern(data=rb"%(?:3[0-9]|[46][1-9a-f]|[57][0-9a]|25[2-7][0-9a-f])", regex=True)
ESCAPED_IN_JSON = Pattern(
    data=rb"\\u00(?:2[013-589acde]|3[0-9abf]|4[0-9a-f]|5[0-9a-f]|6[1-9a-f]|7[0-9a-e])", regex=True
)
UTF16_IN_JSON = Pattern(data=rb"\"\x00[@_a-z]\x00", regex=True)  # the first letter of a key


def patterns(
    literal: Literal, encoding: str, *, shortest: int = SHORTEST_LITERAL
) -> frozenset[Pattern]:
    """The patterns of which at least one lies in every record whose field holds the literal.

    Raises RuleError when what is left of the literal in this encoding is too short to look for.
    """
    if encoding == "text":
        raise RuleError("whole files are always parsed: no literal is needed")
    text = _longest_run(literal.text, _NEVER[encoding])[:_LONGEST]
    text = _few_variable(text, literal.url, encoding)
    if len(text) < shortest:
        raise RuleError(f"literal {literal.text!r} is too short to look for in {encoding}")
    text = text.lower()
    whole = text == literal.text.lower()
    # A block always ends with a newline, so there is a byte behind every occurrence in a record.
    longer = literal.longer.encode("ascii") if whole and encoding != "evtx" else b""
    found: set[Pattern] = set()
    for variant in map("".join, product(*(_ways(c, literal.url, encoding) for c in text))):
        if encoding == "evtx":
            found.add(Pattern(variant.encode("utf-16-le")))
        if literal.edge == "number" and encoding in ("json", "csv"):
            found.add(Pattern(variant.encode("ascii"), _DIGITS, _DIGITS))
            continue
        if literal.edge == "column" and whole and encoding in _COLUMN_END and not literal.unless:
            end = _COLUMN_END[encoding]
            found.add(Pattern(re.escape(variant.encode("ascii")) + end, regex=True))
            continue
        if literal.unless and encoding == "w3c" and variant == text and whole:
            found.update(_complement(text, literal.unless, longer))
        else:
            found.add(Pattern(variant.encode("ascii"), but_not_before=longer))
    if literal.url:
        found.add(ENCODED_IN_URL)
    if encoding == "json":
        found.update((ESCAPED_IN_JSON, UTF16_IN_JSON))
    return frozenset(found)


def behind_host(data: bytes, start: int) -> bool:
    """Whether what begins at `start` stands right behind `://` and a host name."""
    slash = data.rfind(b"/", max(0, start - _LONGEST_HOST), start)
    if slash < 2 or data[slash - 2 : slash] != b":/":
        return False
    host = data[slash + 1 : start]
    return b" " not in host and b"," not in host


def _longest_run(text: str, never: str) -> str:
    runs, start = [], 0
    for i, c in enumerate(text):
        if not " " <= c <= "~" or c in never:
            runs.append(text[start:i])
            start = i + 1
    runs.append(text[start:])
    if never == _NEVER["json"]:
        # What may have been a number, which JSON lets be written in several ways, comes last.
        return max(runs, key=lambda run: (_OF_NUMBER.fullmatch(run) is None, len(run)))
    return max(runs, key=len)


def _few_variable(text: str, url: bool, encoding: str) -> str:
    """The longest part with few enough characters that may be written in several ways."""
    edges = [-1, *(i for i, c in enumerate(text) if len(_ways(c, url, encoding)) > 1), len(text)]
    parts = (
        text[start + 1 : stop]
        for start, stop in zip(edges, edges[_VARIABLE + 1 :] or edges[-1:], strict=False)
    )
    return max(parts, key=len)


def _ways(c: str, url: bool, encoding: str) -> tuple[str, ...]:
    """How a character of a pattern may be written, the plain way first."""
    encoded = (f"%{ord(c):02x}",) if url and not c.isalnum() else ()
    plus = ("+",) if encoding == "w3c" and c == " " else ()
    plain = "\\\\" if encoding == "json" and c == "\\" else c
    return (plain, *encoded, *plus)


def _complement(extension: str, stock: Iterable[str], longer: bytes) -> Iterable[Pattern]:
    """Patterns for every occurrence of the extension that does not end one of the stock paths.

    Built from the trie of the reversed paths: at each node, any byte that leads out of the trie.
    """
    trie: dict[str, dict] = {}  # type: ignore[type-arg]
    for path in stock:
        if path.lower().endswith(extension):
            node = trie
            for c in reversed(path.lower()[: -len(extension)]):
                node = node.setdefault(c, {})
            node["end"] = {}
    todo = [(trie, "")]
    while todo:
        node, suffix = todo.pop()
        onward = "".join(sorted(c for c in node if c != "end")).encode("ascii")
        if "end" in node:
            onward += _COLUMN_START
        yield Pattern(
            (suffix + extension).encode("ascii"), onward, longer, host_may_precede="end" in node
        )
        todo += [(child, c + suffix) for c, child in node.items() if c != "end"]
