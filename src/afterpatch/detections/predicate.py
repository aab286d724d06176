"""From a rule's tree to a function over records, and to the literals a matching record must hold.

Text is compared in any ASCII letter case, as the sweep compares it: Unicode case folding would let
the predicate accept a record that the sweep had to pass over.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from afterpatch.detections.fields import BINARY_IN_EVTX, COMPOSED, DERIVED, URL_FIELDS
from afterpatch.detections.rule import And, Node, Not, Or, Rule, Source, Test
from afterpatch.model import Value

__all__ = ["Predicate", "View", "compile_node", "literals"]

_LOWER = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}
_DECODINGS = 3  # a URL encoded more often than this is not decoded further


class View:
    """A record's fields as the tests see them; each worked out once."""

    __slots__ = ("_fields", "_low", "_raw")

    def __init__(self, fields: Mapping[str, Value]) -> None:
        self._fields = fields
        self._raw: dict[str, tuple[str, ...]] = {}
        self._low: dict[str, tuple[str, ...]] = {}

    def raw(self, field: str) -> tuple[str, ...]:
        """The field's values, and for a URL field their decoded forms; empty when it is absent."""
        if field not in self._raw:
            value = self._fields.get(field)
            values = () if value is None else (value,) if isinstance(value, str) else value
            if field in URL_FIELDS:
                values = tuple(form for v in values for form in _decoded(v))
            self._raw[field] = values
        return self._raw[field]

    def low(self, field: str) -> tuple[str, ...]:
        """As `raw`, in ASCII lower case."""
        if field not in self._low:
            self._low[field] = tuple(lower(v) for v in self.raw(field))
        return self._low[field]

    def written(self) -> Iterable[str]:
        """The names of all fields whose text stands in the record: what a keyword is sought in."""
        return (field for field in self._fields if field not in DERIVED)


Predicate = Callable[[View], bool]


def lower(text: str) -> str:
    """Lower-case the ASCII letters only."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def _decoded(text: str) -> Iterable[str]:
    yield text
    for _ in range(_DECODINGS):
        if "%" not in text:
            return
        further = unquote(text)
        if further == text:
            return
        text = further
        yield text


def compile_node(node: Node) -> Predicate:
    """The function that says whether a record's View matches the tree."""
    if isinstance(node, And):
        return _all([compile_node(i) for i in node.items])
    if isinstance(node, Or):
        return _any(_merged(node.items))
    if isinstance(node, Not):
        inner = compile_node(node.item)
        return lambda view: not inner(view)
    return _compile_test(node)


def _merged(items: Sequence[Node]) -> list[Predicate]:
    """The alternatives; long lists of plain texts for the same fields become one test."""
    lists: dict[tuple[tuple[str, ...], str], list[str]] = {}
    merged: list[Predicate] = []
    for item in items:
        plain = _plain(item)
        if plain is None:
            merged.append(compile_node(item))
        else:
            assert isinstance(item, Test)  # noqa: S101 only a test is plain
            lists.setdefault((item.fields, plain[0]), []).append(plain[1])
    for (fields, how), texts in lists.items():
        merged.append(_one_of(fields, how, tuple(texts)))
    return merged


def _plain(node: Node) -> tuple[str, str] | None:
    """How and with what text a test of a named field compares, when that is a plain string."""
    if not isinstance(node, Test) or not node.fields:
        return None
    if node.op == "equals":
        return "equals", lower(node.value)
    if node.op != "wild" or "" in node.parts:
        return None
    match node.parts:
        case (None, str(text), None):
            return "contains", lower(text)
        case (None, str(text)):
            return "ends", lower(text)
        case (str(text), None):
            return "starts", lower(text)
    return None


def _one_of(fields: tuple[str, ...], how: str, texts: tuple[str, ...]) -> Predicate:
    known = frozenset(texts)
    compare: Callable[[str], bool] = {
        "equals": lambda value: value in known,
        "ends": lambda value: value.endswith(texts),
        "starts": lambda value: value.startswith(texts),
        "contains": lambda value: any(text in value for text in texts),
    }[how]
    return lambda view: any(compare(value) for f in fields for value in view.low(f))


def _all(items: list[Predicate]) -> Predicate:
    return lambda view: all(item(view) for item in items)


def _any(items: list[Predicate]) -> Predicate:
    return lambda view: any(item(view) for item in items)


def _compile_test(test: Test) -> Predicate:
    if test.op == "null":
        return lambda view: not any(value for f in test.fields for value in view.raw(f))
    if test.op == "exists":
        return lambda view: any(view.raw(f) for f in test.fields)
    if test.op == "field":
        return lambda view: any(
            a == b for f in test.fields for a in view.low(f) for b in view.low(test.value)
        )
    cased = test.op in ("cased", "regex")
    matches = _matcher(test)

    def predicate(view: View) -> bool:
        for field in test.fields or view.written():
            for value in view.raw(field) if cased else view.low(field):
                if matches(value):
                    return True
        return False

    return predicate


def _matcher(test: Test) -> Callable[[str], bool]:
    if test.op == "equals":
        wanted = lower(test.value)
        if not test.fields:  # a keyword is found anywhere in the text
            return lambda value: wanted in value
        return lambda value: value == wanted
    if test.op in ("wild", "cased"):
        return _wildcard(test)
    if test.op == "regex":
        search = re.compile(test.value, test.flags).search
        return lambda value: search(value) is not None
    if test.op == "cidr":
        network = ipaddress.ip_network(test.value, strict=False)
        return lambda value: _in_network(value, network)
    limit = float(test.value)
    compare: Callable[[float], bool] = {
        "lt": lambda v: v < limit,
        "lte": lambda v: v <= limit,
        "gt": lambda v: v > limit,
        "gte": lambda v: v >= limit,
    }[test.op]
    return lambda value: _is_number(value) and compare(float(value))


def _wildcard(test: Test) -> Callable[[str], bool]:
    parts = test.parts if test.op == "cased" else tuple(p and lower(p) for p in test.parts)
    if not test.fields:
        parts = (None, *parts, None)
    texts = [p for p in parts if p]
    if len(texts) == 1 and "" not in parts:
        text = texts[0]
        if parts == (None, text, None):
            return lambda value: text in value
        if parts == (None, text):
            return lambda value: value.endswith(text)
        if parts == (text, None):
            return lambda value: value.startswith(text)
    expression = "".join(
        ".*" if part is None else re.escape(part) if part else "." for part in parts
    )
    return _found(re.compile(expression, re.DOTALL))


def _found(expression: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: expression.fullmatch(value) is not None


def _in_network(value: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]*)?")


def _is_number(value: str) -> bool:
    return _NUMBER.fullmatch(value) is not None


# ---------------------------------------------------------------- literals


class _Set:
    """Literals of which one must occur, as (text, is a URL), and how selective they are."""

    def __init__(self, texts: Iterable[tuple[str, bool]], rank: float) -> None:
        self.texts = frozenset(texts)
        self.rank = rank


def literals(rule: Rule, source: Source, encoding: str) -> frozenset[tuple[str, bool]] | None:
    """Literals (text, is a URL) of which one lies in a field of every record the rule can match.

    None when there is no such set: the rule must then see every record of the artifact.
    """
    if encoding == "text":
        return None
    best = _of(rule.sweep if rule.sweep is not None else rule.condition, encoding)
    if best is None and source.where is not None:
        best = _of(source.where, encoding)
    return None if best is None else best.texts


def _of(node: Node, encoding: str) -> _Set | None:
    if isinstance(node, Not):
        return None
    if isinstance(node, And):
        found = [s for s in (_of(i, encoding) for i in node.items) if s is not None]
        return max(found, key=lambda s: (s.rank, -len(s.texts), sorted(s.texts)), default=None)
    if isinstance(node, Or):
        parts = [_of(i, encoding) for i in node.items]
        known = [p for p in parts if p is not None]
        if len(known) < len(parts) or not known:
            return None
        return _Set(
            (t for p in known for t in p.texts),
            min(p.rank for p in known),
        )
    return _of_test(node, encoding)


def _of_test(test: Test, encoding: str) -> _Set | None:
    texts = _texts_of_test(test)
    if not texts or DERIVED.intersection(test.fields):
        return None
    if encoding == "evtx" and BINARY_IN_EVTX.intersection(test.fields):
        return None
    url = bool(URL_FIELDS.intersection(test.fields)) or not test.fields
    composed = not test.fields or bool(COMPOSED.intersection(test.fields))
    usable = set()
    for alternatives in texts:
        text = _best_part(alternatives, composed=composed, encoding=encoding)
        if text is None:
            return None
        usable.add((text, url))
    return _Set(usable, min(_selectivity(text, encoding) for text, _ in usable))


def _texts_of_test(test: Test) -> list[list[str]]:
    """A list with, for each way the test can hold, the texts that are then all in the field."""
    if test.op == "equals":
        return [[test.value]]
    if test.op in ("wild", "cased"):
        return [[p for p in test.parts if p]]
    if test.op == "regex":
        return required_texts(test.value, test.flags)
    return []


def _best_part(texts: list[str], *, composed: bool, encoding: str) -> str | None:
    if composed:
        texts = [word for text in texts for word in re.split(r"[^A-Za-z0-9._]", text)]
    if encoding == "evtx":
        texts = [text for text in texts if not _may_be_binary(text)]
    best = max(texts, key=lambda text: (_selectivity(text, encoding), text), default="")
    return best if _selectivity(best, encoding) >= 4 else None


# Integers, hexadecimal numbers, GUIDs, SIDs, times, decimals and truth values are no text in an
# event log.
_BINARY = re.compile(
    r"[0-9a-fx{}-]*|s(-[0-9]*)*|[0-9tz:. -]*|[0-9e.+-]*|-?inf|nan|true|f?alse?", re.IGNORECASE
)
_ADDRESS = re.compile(r"\d+\.\d+\.\d+[\d.]*")


def _may_be_binary(text: str) -> bool:
    return bool(_BINARY.fullmatch(text)) and not _ADDRESS.fullmatch(text)


_PLAIN = {
    "w3c": re.compile(r"[ -~]+"),
    "csv": re.compile(r"""[ !#-&(->@-~]+"""),
    # A number may be written in several ways: no digits and signs.
    "json": re.compile(r"""[ !#-%(-*,.:;?-\[\]-_a-~]+"""),
    "evtx": re.compile(r"[ -~]+"),
}


def _selectivity(text: str, encoding: str) -> int:
    """Length of the longest run of the text that the encoding leaves as it is."""
    return max((len(run) for run in _PLAIN[encoding].findall(text)), default=0)


def required_texts(expression: str, flags: int) -> list[list[str]]:
    """Texts that a match of the regular expression is sure to hold: alternatives, each a list.

    Empty when none is sure. Reads the parse tree of the standard library.
    """
    try:
        parsed = re._parser.parse(expression, flags)  # type: ignore[attr-defined]
    except re.error:
        return []
    alternatives = _regex_alternatives(parsed)
    return alternatives if all(any(a) for a in alternatives) else []


def _regex_alternatives(parsed: Iterable[tuple[object, Any]]) -> list[list[str]]:
    texts: list[str] = []
    branches: list[list[str]] | None = None
    run = ""
    for op, argument in parsed:
        name = str(op)
        if name == "LITERAL":
            run += chr(argument)
            continue
        texts.append(run)
        run = ""
        if name == "SUBPATTERN" and not argument[1] & re.UNICODE:  # which folds beyond ASCII
            inner = _regex_alternatives(argument[3])
        elif name in ("MAX_REPEAT", "MIN_REPEAT") and argument[0] >= 1:
            inner = _regex_alternatives(argument[2])
        elif name == "BRANCH":
            inner = [a for b in argument[1] for a in _regex_alternatives(b)]
        else:
            continue
        if len(inner) == 1:
            texts += inner[0]
        elif branches is None and all(any(a) for a in inner):
            branches = inner
    texts.append(run)
    own = [t for t in texts if t]
    if branches is not None and max(map(len, own), default=0) < min(
        max(map(len, a)) for a in branches
    ):
        return branches
    return [own]
