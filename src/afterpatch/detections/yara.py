"""Compiles YARA rules and scans files with them. The only file that imports yara_x."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yara_x
from msgspec import Struct

from afterpatch.errors import RuleError
from afterpatch.limits import YARA_SECONDS

__all__ = ["Compiled", "Match", "Refused", "compile_sources", "deserialize"]

# They match nothing in a file by itself: one asks an online service, one the log of a sandbox.
_WITHOUT_DATA = ("cuckoo", "vt")

MetaValue = str | bytes | int | float | bool
Global = str | int | float | bool


class Match(Struct, frozen=True):
    """One rule that matched. `offset` and `length` are those of its first text, in bytes.

    A rule may match without any text of its own: then both are 0.
    """

    rule: str
    namespace: str
    meta: dict[str, MetaValue]
    tags: tuple[str, ...]
    offset: int
    length: int


class Refused(Struct, frozen=True):
    """A part of a source that was not compiled: its rule where it is known, the line, and why."""

    namespace: str
    rule: str
    line: int
    why: str


class Compiled:
    """Rules ready to scan with; their bytes travel to the worker processes."""

    def __init__(self, rules: yara_x.Rules) -> None:
        self._rules = rules
        self._scanner = yara_x.Scanner(rules)
        self._scanner.set_timeout(YARA_SECONDS)
        self._scanner.fast_scan(True)  # of a text that is only asked for, the first is enough

    def serialize(self) -> bytes:
        """The rules as bytes for `deserialize`, of the same version of the library."""
        buffer = io.BytesIO()
        self._rules.serialize_into(buffer)
        return buffer.getvalue()

    def names(self) -> list[tuple[str, str]]:
        """Namespace and name of every rule, in order."""
        return [(rule.namespace, rule.identifier) for rule in self._rules]

    def metas(self) -> list[dict[str, MetaValue]]:
        """What each rule says about itself, in the order of `names`."""
        return [dict(rule.metadata) for rule in self._rules]

    def match(self, data: bytes, values: Mapping[str, Global] | None = None) -> tuple[Match, ...]:
        """The rules that match, in order; `values` are those of the external variables.

        Raises RuleError when the scan took longer than YARA_SECONDS.
        """
        for name, value in (values or {}).items():
            self._scanner.set_global(name, value)
        try:
            found = self._scanner.scan(data)
        except (yara_x.TimeoutError, yara_x.ScanError) as error:
            raise RuleError(f"YARA: {error}") from error
        return tuple(_match(rule) for rule in found.matching_rules)


def deserialize(data: bytes) -> Compiled:
    """The rules that `Compiled.serialize` wrote. Raises RuleError when they can't be read."""
    try:
        return Compiled(yara_x.Rules.deserialize_from(io.BytesIO(data)))
    except (ValueError, OSError, RuntimeError) as error:
        raise RuleError(f"YARA: compiled rules can't be read: {error}") from error


def compile_sources(
    sources: Sequence[tuple[str, str]], externals: Mapping[str, Global] | None = None
) -> tuple[Compiled, tuple[Refused, ...]]:
    """Compile sources (namespace, text), each a world of its own; a bad rule costs only itself.

    `externals` are the variables that the rules may use, with values of their types.
    """
    compiler = yara_x.Compiler(
        relaxed_re_syntax=True, includes_enabled=False, ignore_invalid_rules=True
    )
    for module in _WITHOUT_DATA:
        compiler.ignore_module(module)
    for name, value in (externals or {}).items():
        compiler.define_global(name, value)
    refused: list[Refused] = []
    errors = ignored = 0
    for namespace, text in sources:
        compiler.new_namespace(namespace)
        # It raises the first of the errors that are asked for below.
        with contextlib.suppress(yara_x.CompileError):
            compiler.add_source(text, origin=namespace)
        fresh = compiler.ignored_rules()[ignored:]
        ignored += len(fresh)
        told = compiler.errors()[errors:]
        errors += len(told)
        refused += _refused(namespace, fresh, told)
    return Compiled(compiler.build()), tuple(refused)


def _refused(
    namespace: str, ignored: Sequence[yara_x.IgnoredRule], errors: Sequence[dict[str, Any]]
) -> Iterator[Refused]:
    """The rules that were left out, and the errors that belong to no rule."""
    left = list(errors)
    for rule in ignored:
        title = rule.message.removeprefix("error: ")
        error = next((e for e in left if e["title"] == title), None)
        if error is None:
            yield Refused(namespace, rule.name, 0, title)
        else:
            left.remove(error)
            yield Refused(namespace, rule.name, error["line"], _why(error))
    for error in left:
        yield Refused(namespace, "", error["line"], _why(error))


def _why(error: dict[str, Any]) -> str:
    label = next((label["text"] for label in error["labels"] if label["text"]), "")
    return f"{error['title']}: {label}" if label else str(error["title"])


def _match(rule: yara_x.Rule) -> Match:
    texts = [(m.offset, m.length) for pattern in rule.patterns for m in pattern.matches]
    offset, length = min(texts, default=(0, 0))
    meta = dict(rule.metadata)
    return Match(rule.identifier, rule.namespace, meta, tuple(rule.tags), offset, length)
