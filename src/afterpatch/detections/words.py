"""What a compiled rule looks for, in words: read from the tree that runs, not from its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from afterpatch.detections.rule import And, Node, Not, Or, Test

__all__ = ["in_words"]

# (depth, words), one a line.
Line = tuple[int, str]
Quote = Callable[[str], str]

_VALUES_SHOWN = 40  # of one list; packs hold lists of hundreds of hashes
_NUMBERS = {
    "lt": "is less than",
    "lte": "is at most",
    "gt": "is more than",
    "gte": "is at least",
}


def in_words(node: Node, quote: Quote = "'{}'".format) -> list[Line]:
    """The condition as lines with their depth from 0; `quote` marks what stands in the rule."""
    return list(_lines(node, 0, quote))


def _lines(node: Node, depth: int, quote: Quote) -> Iterable[Line]:
    if isinstance(node, Test):
        yield depth, _of_tests([node], quote)
    elif isinstance(node, Not):
        yield depth, "not:"
        yield from _lines(node.item, depth + 1, quote)
    elif isinstance(node, And):
        yield depth, "all of:"
        for item in node.items:
            yield from _lines(item, depth + 1, quote)
    else:
        groups = _grouped(node)
        if len(groups) > 1:
            yield depth, "any of:"
            depth += 1
        for group in groups:
            tests = [item for item in group if isinstance(item, Test)]
            if tests:
                yield depth, _of_tests(tests, quote)
            else:
                yield from _lines(group[0], depth, quote)


def _grouped(node: Or) -> list[list[Node]]:
    """The alternatives; tests that ask the same of the same fields stand together."""
    groups: dict[object, list[Node]] = {}
    for number, item in enumerate(node.items):
        key = (item.fields, _how(item)) if isinstance(item, Test) else number
        groups.setdefault(key, []).append(item)
    return list(groups.values())


def _of_tests(tests: Sequence[Test], quote: Quote) -> str:
    first = tests[0]
    fields = " or ".join(quote(field) for field in first.fields) or "any text of the record"
    values = [v for v in dict.fromkeys(_value(test) for test in tests) if v]
    shown = ", ".join(quote(value) for value in values[:_VALUES_SHOWN])
    more = f" and {len(values) - _VALUES_SHOWN} more" if len(values) > _VALUES_SHOWN else ""
    several = "one of " if len(values) > 1 else ""
    return f"{fields} {_how(first)} {several}{shown}{more}".rstrip()


def _how(test: Test) -> str:
    case = " (in this letter case)" if test.op == "cased" else ""
    match test.op:
        case "equals":
            return "is" if test.fields else "holds"
        case "null":
            return "is empty or not there"
        case "exists":
            return "is there"
        case "field":
            return "is the same as"
        case "cidr":
            return "is in the network"
        case "regex" | "linear":
            return "matches"
        case "wild" | "cased":
            return f"{_of_parts(test)}{case}"
    return _NUMBERS[test.op]


def _of_parts(test: Test) -> str:
    texts = [part for part in test.parts if part]
    if "" in test.parts or len(texts) > 1:
        return "is like"
    match test.parts:
        case (None, _, None):
            return "holds"
        case (None, str()):
            return "ends with"
        case (str(), None):
            return "begins with"
        case (None,):
            return "is there"
    return "is"


def _value(test: Test) -> str:
    if test.op not in ("wild", "cased"):
        return test.value
    texts = [part for part in test.parts if part]
    if "" not in test.parts and len(texts) <= 1:
        return texts[0] if texts else ""
    return "".join("*" if part is None else part or "?" for part in test.parts)
