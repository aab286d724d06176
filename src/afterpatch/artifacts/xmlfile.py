"""XML files of a server as facts: what an element says, and where its start tag lies in the file.

A room gives a target derived from `Facts`. What stands before damage is kept; a document type, and
with it any entity, is refused; the declared encoding may lie. Secrets never leave this file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from afterpatch import limits
from afterpatch.model import Frame, Record, Value

__all__ = ["Element", "Facts", "decode", "read"]

_SECRETS = frozenset(("password", "validationkey", "decryptionkey"))
_DEPTH = 200  # elements in elements; real files have about ten

_DECLARATION = re.compile(r"\s*<\?xml\b[^>]{0,400}\?>")
_START_TAG = re.compile(rb"<(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>")


def decode(data: bytes) -> tuple[str, str, int]:
    """Returns text, codec and length of the byte-order mark; a declared encoding may lie."""
    for mark, codec in (
        (b"\xef\xbb\xbf", "utf-8"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, "replace"), codec, len(mark)
    if data[1:2] == b"\0":
        return data.decode("utf-16-le", "replace"), "utf-16-le", 0
    if data[:1] == b"\0":
        return data.decode("utf-16-be", "replace"), "utf-16-be", 0
    try:
        return data.decode(), "utf-8", 0
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1", 0


def _one_line(name: str, attributes: Mapping[str, str], inner: str = "") -> str:
    """Writes an element on one line, secrets masked."""
    pairs = "".join(
        f" {key}={quoteattr('***' if key.lower() in _SECRETS else ' '.join(value.split()))}"
        for key, value in attributes.items()
    )
    return f"<{name}{pairs}>{inner}</{name}>" if inner else f"<{name}{pairs} />"


class Element:
    """One element: name without namespace, attributes, and where its start tag lies."""

    def __init__(self, tag: str, attributes: Mapping[str, str], start: int, line: int) -> None:
        self.tag = tag.rpartition("}")[2]
        self.name = self.tag.lower()
        self.attributes = attributes
        self.start = start
        self.line = line
        self.text = ""
        self.below: list[Element] = []  # where the target keeps them

    def get(self, name: str) -> str:
        """Returns an attribute, in whatever case its name is written; empty when absent."""
        return next((v for k, v in self.attributes.items() if k.lower() == name.lower()), "")

    def shown(self) -> str:
        """The element with what is kept below it, on one line."""
        inner = "".join(element.shown() for element in self.below)
        return _one_line(self.tag, self.attributes, inner)

    def all_below(self) -> Iterable[Element]:
        """All kept elements below this one, from the top."""
        for element in self.below:
            yield element
            yield from element.all_below()


class Facts:
    """Target of the XML parser: keeps the open elements and collects facts."""

    def __init__(self) -> None:
        self.parser: DefusedXMLParser | None = None
        self.open: list[Element] = []
        self.root = ""
        self.found: list[tuple[dict[str, Value], Element]] = []

    def fact(self, element: Element) -> dict[str, Value] | None:
        """The fields that an element that has just ended stands for, None when it is no fact.

        `open` then holds the elements around it.
        """
        raise NotImplementedError

    def keeps(self) -> bool:
        """Whether an element that begins now is kept below the one around it."""
        return False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(self.open) >= _DEPTH:
            raise ValueError(f"elements nested deeper than {_DEPTH}")
        expat = self.parser.parser if self.parser else None
        place = (expat.CurrentByteIndex, expat.CurrentLineNumber) if expat else (0, 1)
        element = Element(tag, attributes, *place)
        self.root = self.root or element.name
        if self.keeps():
            self.open[-1].below.append(element)
        self.open.append(element)

    def end(self, tag: str) -> None:  # noqa: ARG002
        element = self.open.pop()
        if fact := self.fact(element):
            self.found.append((fact, element))

    def data(self, text: str) -> None:
        """Text between elements says nothing in most files."""

    def close(self) -> None:
        """Nothing is left to do."""

    def nearest(self, name: str) -> Element | None:
        """The innermost open element of that name, in lower case."""
        return next((element for element in reversed(self.open) if element.name == name), None)


def read(
    frame: Frame, artifact: str, path: str, facts: Facts, roots: tuple[str, ...]
) -> list[Record]:
    """The facts of one file as records, in the order in which they stand.

    Raises ValueError for a file that is too long, is refused, or has another root element.
    """
    if len(frame.data) > limits.CONFIG_FILE_BYTES:
        raise ValueError(f"longer than {limits.CONFIG_FILE_BYTES} bytes")
    text, codec, mark = decode(frame.data)
    text = text.rstrip(" \t\r\n\0")
    # The declaration may lie about the encoding; blanks in its place keep the offsets.
    if declaration := _DECLARATION.match(text):
        text = re.sub(r"[^\r\n]", " ", declaration[0]) + text[declaration.end() :]
    body = text.encode("utf-8", "replace")
    parser = DefusedXMLParser(target=facts, encoding="utf-8", forbid_dtd=True)
    facts.parser = parser
    damage: tuple[str, ...] = ()
    try:
        parser.feed(body)
        parser.close()
    except DefusedXmlException as error:
        raise ValueError(f"refused: {type(error).__name__}") from error
    except ParseError as error:
        if not facts.found:
            raise ValueError(f"no readable XML: {error}") from error
        damage = (f"not well-formed from here on: {error}",)
    if facts.root not in roots:
        raise ValueError(f"no {' or '.join(roots)} file")
    places = _Places(body, codec, frame.offset + mark)
    records = []
    for fact, element in facts.found:
        offset, length = places.of(element.start)
        records.append(
            Record(
                artifact=artifact,
                when=None,
                fields=fact | {"File": path},
                offset=offset,
                length=length,
                line=(frame.line or 1) + element.line - 1,
                raw=element.shown(),
                damage=damage,
            )
        )
    return records


class _Places:
    """Turns places in the parsed UTF-8 text into places in the file."""

    def __init__(self, body: bytes, codec: str, base: int) -> None:
        self.body = body
        self.codec = codec
        self.parsed = 0
        self.offset = base

    def of(self, start: int) -> tuple[int, int]:
        """Returns offset and length of the start tag that begins there."""
        self.offset += self._size(self.parsed, start)
        self.parsed = start
        tag = _START_TAG.match(self.body, start)
        return self.offset, self._size(start, tag.end() if tag else start)

    def _size(self, start: int, end: int) -> int:
        if self.codec == "utf-8":
            return end - start
        if end < start:
            return -self._size(end, start)
        return len(self.body[start:end].decode("utf-8", "replace").encode(self.codec, "replace"))
