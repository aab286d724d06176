"""From a literal that a record's fields must hold to patterns that must lie in its raw bytes.

Soundness. A detection hands over literals of which at least one occurs, in any letter case, in a
field of every record it can match. The sweep may then skip a record only if none of the patterns
made here from these literals occurs in the record's bytes. So for every way a field's text can come
about from bytes, a pattern must occur in those bytes:

* Any encoding: the literal is cut to its longest run of characters that the encoding writes in only
  one way; a part of the literal is still in every record that holds the whole. Characters outside
  printable ASCII are never part of a pattern, and letters match in both cases (ASCII only; the
  predicates fold ASCII only as well).
* w3c: IIS writes "+" for a blank inside a column, and a blank between columns: both are looked for.
  Path and query are two columns, so no pattern holds a "?".
* csv: quotes may be doubled, so no pattern holds a quote; likewise "?".
* json: any character may be written as \\uXXXX, and some as a backslash and a letter. Characters
  that writers do escape are cut out; a record in which a letter or digit is escaped is a candidate
  for every detection (`ESCAPED_IN_JSON`).
* evtx: text is UTF-16LE; an AnsiString is bytes. Numbers, SIDs, GUIDs and times are binary: the
  detections never make literals of such fields.
* URL fields are matched as they are and percent-decoded. Punctuation is looked for plain and
  encoded, in every combination; a record in which a letter or digit is percent-encoded, or a
  percent sign is itself encoded, is a candidate for every detection (`ENCODED_IN_URL`).

`unless` narrows a file-extension literal: a pattern that is always preceded by one of these full
URL paths and a delimiter may be passed over. It is sound for a detection that excludes stock pages
as long as every path given is a stock page.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

from msgspec import Struct

from afterpatch.errors import RuleError
from afterpatch.limits import SHORTEST_LITERAL

__all__ = ["ENCODED_IN_URL", "ESCAPED_IN_JSON", "Literal", "Pattern", "patterns"]

_NEVER = {  # characters the encoding may write in several ways, beside all outside printable ASCII
    "w3c": "?",
    "csv": "\"'?",
    "json": "\\\"/<>&'+`",
    "evtx": "",
}
_PUNCTUATION_IN_URL = 3  # at most so many in one pattern: 2 to the power of it variants
_FIELD_STARTS = b" ,"  # what stands before a URL path that is a column of its own


class Literal(Struct, frozen=True, order=True):
    """Text that a field must hold; `url` when the field is also matched percent-decoded.

    `longer` are characters that, put behind the text, make another literal of the same detection:
    such an occurrence is that literal's business.
    """

    text: str
    url: bool = False
    unless: tuple[str, ...] = ()
    longer: str = ""


class Pattern(Struct, frozen=True, order=True):
    """Lower-case bytes to look for in any letter case, or one of the named classes below.

    `but_not_after`, `but_not_before`: an occurrence counts only if there is a byte before (behind)
    it that is none of these.
    """

    data: bytes
    but_not_after: bytes = b""
    but_not_before: bytes = b""
    regex: bool = False


ENCODED_IN_URL = Pattern(data=rb"%(?:3[0-9]|[46][1-9a-f]|[57][0-9a]|25[2-7][0-9a-f])", regex=True)
ESCAPED_IN_JSON = Pattern(data=rb"\\u00(?:3[0-9]|[46][1-9a-f]|[57][0-9a])", regex=True)


def patterns(literal: Literal, encoding: str) -> frozenset[Pattern]:
    """The patterns of which at least one lies in every record whose field holds the literal.

    Raises RuleError when what is left of the literal in this encoding is too short to look for.
    """
    if encoding == "text":
        raise RuleError("whole files are always parsed: no literal is needed")
    text = _longest_run(literal.text, _NEVER[encoding])
    if literal.url:
        text = _few_punctuation(text)
    if len(text) < SHORTEST_LITERAL:
        raise RuleError(f"literal {literal.text!r} is too short to look for in {encoding}")
    text = text.lower()
    # A block always ends with a newline, so there is a byte behind every occurrence in a record.
    longer = literal.longer.encode("ascii") if text == literal.text.lower() else b""
    found: set[Pattern] = set()
    variants = _url_variants(text) if literal.url else {text}
    for variant in variants:
        if encoding == "w3c" and " " in variant:
            found.add(Pattern(variant.replace(" ", "+").encode("ascii"), but_not_before=longer))
        if encoding == "evtx":
            found.add(Pattern(variant.encode("utf-16-le"), but_not_before=longer))
        if literal.unless and variant == text and text == literal.text.lower():
            found.update(_complement(text, literal.unless, longer))
        else:
            found.add(Pattern(variant.encode("ascii"), but_not_before=longer))
    if literal.url:
        found.add(ENCODED_IN_URL)
    if encoding == "json":
        found.add(ESCAPED_IN_JSON)
    return frozenset(found)


def _longest_run(text: str, never: str) -> str:
    runs, start = [], 0
    for i, c in enumerate(text):
        if not " " <= c <= "~" or c in never:
            runs.append(text[start:i])
            start = i + 1
    runs.append(text[start:])
    return max(runs, key=len)


def _few_punctuation(text: str) -> str:
    """The longest part with few enough characters that a URL may write plain or encoded."""
    at = [i for i, c in enumerate(text) if not c.isalnum()]
    if len(at) <= _PUNCTUATION_IN_URL:
        return text
    edges = [-1, *at, len(text)]
    parts = (
        text[edges[i] + 1 : edges[i + _PUNCTUATION_IN_URL + 1]]
        for i in range(len(edges) - _PUNCTUATION_IN_URL - 1)
    )
    return max(parts, key=len)


def _url_variants(text: str) -> set[str]:
    choices = [(c,) if c.isalnum() else (c, f"%{ord(c):02x}") for c in text]
    return {"".join(choice) for choice in product(*choices)}


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
            onward += _FIELD_STARTS
        yield Pattern((suffix + extension).encode("ascii"), onward, longer)
        todo += [(child, c + suffix) for c, child in node.items() if c != "end"]
