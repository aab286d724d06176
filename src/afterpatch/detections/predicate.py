"""From a rule's tree to a function over records, and to the literals a matching record must hold.

Text is compared in any ASCII letter case, as the sweep compares it: Unicode case folding would let
the predicate accept a record that the sweep had to pass over.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

import re2

from afterpatch.detections.fields import (
    BINARY_IN_EVTX,
    COMPOSED,
    DERIVED,
    EVENTS,
    PARAMETER,
    UNNAMED,
    URL_FIELDS,
    WHOLE_COLUMNS,
    WRITTEN_AS,
)
from afterpatch.detections.rule import And, Node, Not, Or, Rule, Source, Test
from afterpatch.errors import RuleError
from afterpatch.limits import SHORTEST_LITERAL
from afterpatch.model import Value

__all__ = [
    "All",
    "Either",
    "Needs",
    "Predicate",
    "View",
    "Wanted",
    "compile_node",
    "linear",
    "literals",
    "needs",
]

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
            # A parameter's name is in lower case in the record, and in any case in a rule.
            name = PARAMETER + field[len(PARAMETER) :].lower()
            value = self._fields.get(name if field.startswith(PARAMETER) else field)
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
    cased = test.op in ("cased", "regex", "linear")
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
    if test.op == "linear":
        matched = linear(test.value, test.flags).search
        return lambda value: matched(_as_bytes(value)) is not None
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


def _as_bytes(text: str) -> bytes:
    """UTF-8 for a regular expression of `linear`, which folds two letters into ASCII."""
    if not text.isascii():
        text = text.replace("\u212a", "\ufffd").replace("\u017f", "\ufffd")
    # Records may hold halves of surrogates, which no encoding does.
    return text.encode("utf-8", "replace")


def linear(expression: str, flags: int) -> Any:
    """A regular expression from elsewhere, compiled so that no text makes it take for ever.

    Its `search` takes bytes of UTF-8. Raises RuleError when it is none, or when it looks ahead,
    behind or back.
    """
    letters = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}
    said = "".join(letter for flag, letter in letters.items() if flags & flag)
    options = re2.Options()
    options.log_errors = False
    try:
        whole = f"(?{said}){expression}" if said else expression
        return re2.compile(whole.encode("utf-8", "replace"), options)
    except re2.error as error:
        why = error.args[0] if error.args else ""
        raise RuleError(why.decode() if isinstance(why, bytes) else str(why)) from error


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


class Wanted(NamedTuple):
    """A text that must lie in a record, and what is sure to stand around it.

    `url`: it may be percent-encoded. `edge` "column": nothing of its column stands behind it;
    "number": no digit before or behind it.
    """

    text: str
    url: bool = False
    edge: Literal["", "column", "number"] = ""


class _Set:
    """Literals of which one must occur, and how selective they are."""

    def __init__(self, texts: Iterable[Wanted], rank: float) -> None:
        self.texts = frozenset(texts)
        self.rank = rank


def literals(rule: Rule, source: Source, encoding: str) -> frozenset[Wanted] | None:
    """Literals of which one lies in a field of every record the rule can match.

    None when there is no such set: the rule must then see every record of the artifact.
    """
    if encoding == "text":
        return None
    named = source.artifact in EVENTS
    if rule.sweep is not None:
        # The author of the rule answers for a short text.
        best = _of(rule.sweep, encoding, named, 1)
        if best is not None and min(len(w.text) + bool(w.edge) for w in best.texts) < 2:
            best = None
    else:
        best = _of(rule.condition, encoding, named)
    if best is None and source.where is not None:
        best = _of(source.where, encoding, named)
    return None if best is None else best.texts


class All(NamedTuple):
    """Every one of these must hold."""

    items: tuple[Needs, ...]


class Either(NamedTuple):
    """At least one of these must hold."""

    items: tuple[Needs, ...]


# What the raw text of a matching record must hold: one literal of a set, and so on upwards.
Needs = frozenset[Wanted] | All | Either


def needs(rule: Rule, source: Source, encoding: str) -> Needs | None:
    """What is sure to stand in every record the rule can match, as far as the condition tells.

    It is asked of single records, so that literals of one character are of use. None: nothing.
    """
    named = source.artifact in EVENTS
    parts = [rule.condition, *([source.where] if source.where is not None else ())]
    return _needs(And(tuple(parts)), encoding, named)


def _needs(node: Node, encoding: str, named: bool) -> Needs | None:
    if isinstance(node, Not):
        return None
    if isinstance(node, Test):
        found = _of(node, encoding, named, 1)
        return None if found is None else found.texts
    items = [_needs(item, encoding, named) for item in node.items]
    known = tuple(item for item in items if item is not None)
    if not known or (isinstance(node, Or) and len(known) < len(items)):
        return None
    if isinstance(node, And):
        parts = [part for item in known for part in (item.items if type(item) is All else (item,))]
        return parts[0] if len(parts) == 1 else All(tuple(dict.fromkeys(parts)))
    sets = [item for item in known if isinstance(item, frozenset)]
    if len(sets) == len(known):
        return frozenset[Wanted]().union(*sets)
    return Either(known)


def _of(node: Node, encoding: str, named: bool, shortest: int = SHORTEST_LITERAL) -> _Set | None:
    """`named`: the records of the artifact are events, in which the names of the fields stand."""
    if isinstance(node, Not):
        return None
    if isinstance(node, And):
        found = [
            s for s in (_of(i, encoding, named, shortest) for i in node.items) if s is not None
        ]
        return max(found, key=lambda s: (s.rank, -len(s.texts), sorted(s.texts)), default=None)
    if isinstance(node, Or):
        parts = [_of(i, encoding, named, shortest) for i in node.items]
        known = [p for p in parts if p is not None]
        if len(known) < len(parts) or not known:
            return None
        return _Set(
            (t for p in known for t in p.texts),
            min(p.rank for p in known),
        )
    return _of_value(node, encoding, shortest) or (_of_names(node, encoding) if named else None)


_FIELD_NAME = re.compile(r"[A-Za-z0-9_ ]{4,64}")


def _of_names(test: Test, encoding: str) -> _Set | None:
    """The names of the fields of which one must be there for the test to hold.

    A name is no URL and never as selective as a text that is asked for: its rank is below that of
    the shortest text.
    """
    if test.op == "null" or not test.fields or (DERIVED | UNNAMED).intersection(test.fields):
        return None
    names: set[str] = set()
    for field in test.fields:
        field = field.removeprefix("Data_")  # the parsers' mark, see winevent.py
        if not _FIELD_NAME.fullmatch(field):
            return None
        names.update(WRITTEN_AS.get(field, (field,)))
    shortest = min(_selectivity(name, encoding) for name in names)
    return _Set((Wanted(name) for name in names), shortest / 100) if shortest >= 4 else None


def _of_value(test: Test, encoding: str, shortest: int) -> _Set | None:
    texts = _texts_of_test(test)
    if not texts or DERIVED.intersection(test.fields):
        return None
    if encoding in ("json", "csv") and test.fields == ("EventID",) and test.op == "equals":
        # No parser makes another number of it. One of four digits is as rare as a text of eight
        # letters; shorter ones are too common to be looked for first.
        if len(test.value) >= min(shortest, SHORTEST_LITERAL):
            return _Set([Wanted(test.value, edge="number")], 8 if len(test.value) > 3 else 0)
        return None
    if encoding == "evtx" and BINARY_IN_EVTX.intersection(test.fields):
        return None
    url = bool(URL_FIELDS.intersection(test.fields)) or not test.fields
    composed = (
        not test.fields
        or bool(COMPOSED.intersection(test.fields))
        or any(field.startswith(PARAMETER) for field in test.fields)
    )
    whole = bool(test.fields) and WHOLE_COLUMNS.issuperset(test.fields)
    ends = whole and (
        test.op == "equals" or (test.op in ("wild", "cased") and test.parts[-1] is not None)
    )
    usable: set[Wanted] = set()
    for alternatives in texts:
        text = _best_part(alternatives, shortest, composed=composed, encoding=encoding)
        if text is None:
            return None
        at_end = ends and text == alternatives[-1]
        usable.add(Wanted(text, url, "column" if at_end else ""))
    return _Set(usable, min(_selectivity(wanted.text, encoding) for wanted in usable))


def _texts_of_test(test: Test) -> list[list[str]]:
    """A list with, for each way the test can hold, the texts that are then all in the field."""
    if test.op == "equals":
        return [[test.value]]
    if test.op in ("wild", "cased"):
        return [[p for p in test.parts if p]]
    if test.op == "linear" and "[:" in test.value:
        return []  # a class as in [[:alpha:]], which Python reads otherwise
    if test.op in ("regex", "linear"):
        return required_texts(test.value, test.flags)
    return []


def _best_part(texts: list[str], shortest: int, *, composed: bool, encoding: str) -> str | None:
    if composed:
        texts = [word for text in texts for word in re.split(r"[^A-Za-z0-9._]", text)]
    if encoding == "evtx":
        texts = [text for text in texts if not _may_be_binary(text)]
    best = max(texts, key=lambda text: (_selectivity(text, encoding), text), default="")
    return best if _selectivity(best, encoding) >= shortest else None


# Integers, hexadecimal numbers, GUIDs, SIDs, times, decimals and truth values are no text in an
# event log.
_BINARY = re.compile(
    r"[0-9a-fx{}-]*|s(-[0-9]*)*|[0-9tz:. -]*|[0-9e.+-]*|-?inf|nan|true|f?alse?", re.IGNORECASE
)
# 192.0.2.1, or an address of version 6, which a time of day can't be mistaken for
_ADDRESS = re.compile(
    r"\d+\.\d+\.\d+[\d.]*|[0-9a-f:]*::[0-9a-f:]*|(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}",
    re.IGNORECASE,
)


def _may_be_binary(text: str) -> bool:
    return bool(_BINARY.fullmatch(text)) and not _ADDRESS.fullmatch(text)


_PLAIN = {
    "w3c": re.compile(r"[ -~]+"),
    "csv": re.compile(r"""[ !#-&(->@-~]+"""),
    "json": re.compile(r"""[ !#-%(-*,-.0-;?-_a-~]+"""),
    "evtx": re.compile(r"[ -~]+"),
}


# What may be a part of a number, which JSON lets be written in several ways.
_OF_NUMBER = re.compile(r"[0-9e.+-]*", re.IGNORECASE)


def _selectivity(text: str, encoding: str) -> int:
    """Length of the longest run of the text that the encoding leaves as it is."""
    runs: list[str] = _PLAIN[encoding].findall(text)
    if encoding == "json":
        runs = [r for r in runs if not _OF_NUMBER.fullmatch(r) or _ADDRESS.fullmatch(r)]
    return max((len(run) for run in runs), default=0)


def required_texts(expression: str, flags: int) -> list[list[str]]:
    """Texts that a match of the regular expression is sure to hold: alternatives, each a list.

    Empty when none is sure. Reads the parse tree of the standard library.
    """
    try:
        parsed = re._parser.parse(expression, flags)  # type: ignore[attr-defined]
    except (re.error, RecursionError, OverflowError):
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
