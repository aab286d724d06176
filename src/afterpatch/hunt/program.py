"""What the workers look for and ask, compiled once: pattern databases and rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache as cache_of

import msgspec
from msgspec import Struct

from afterpatch.artifacts import registry
from afterpatch.artifacts.artifact import Artifact
from afterpatch.detections import cache, predicate
from afterpatch.detections.rule import And, Rule, RuleSet, Source
from afterpatch.detections.yara_pack import YaraSet
from afterpatch.errors import RuleError
from afterpatch.limits import (
    SHORTEST_LITERAL,
)
from afterpatch.sweep.engine import compile_database
from afterpatch.sweep.needles import Literal as Needle
from afterpatch.sweep.needles import Pattern, patterns

__all__ = ["Needles", "Program", "Sweep", "compile_program", "compile_pursuit", "literals_of"]


class Needles(Struct, frozen=True):
    """Patterns, and the database compiled from them."""

    patterns: tuple[Pattern, ...]
    database: bytes


class OneOf(Struct, frozen=True, tag=True):
    """One of these patterns must lie in the text."""

    patterns: frozenset[int]


class All(Struct, frozen=True, tag=True):
    items: tuple[Need, ...]


class Either(Struct, frozen=True, tag=True):
    items: tuple[Need, ...]


Need = OneOf | All | Either


def is_met(need: Need, found: set[int]) -> bool:
    """Whether a text in which these patterns were found fulfils the need."""
    if isinstance(need, OneOf):
        return not found.isdisjoint(need.patterns)
    if isinstance(need, All):
        return all(is_met(item, found) for item in need.items)
    return any(is_met(item, found) for item in need.items)


class Sweep(Struct, frozen=True):
    """What is looked for in the files of one artifact.

    `wanted` maps the index of a pattern in `first` to the rules it speaks for, `anchors` are the
    indexes of the header lines' patterns; `always` are the rules without literals, which see every
    record. Where `first` brings up a rule, `needed` says which patterns of `second` must lie in the
    frame (of a chunk: in the record as JSON) for it to match, which is asked before it is parsed.
    """

    first: Needles
    wanted: dict[int, tuple[int, ...]]
    anchors: frozenset[int]
    always: tuple[int, ...]
    second: Needles
    needed: dict[int, Need]

    def all_rules(self) -> set[int]:
        """Every rule that reads this artifact."""
        return {*self.always, *(rule for rules in self.wanted.values() for rule in rules)}

    def rules(self, needles: Iterable[int]) -> list[int]:
        """The rules that a frame with these needles is put to, in order."""
        if not self.always and not self.wanted:
            return []
        found = set(self.always)
        for needle in needles:
            found.update(self.wanted.get(needle, ()))
        return sorted(found)


class Program(Struct, frozen=True):
    """All that a worker needs to know, compiled once.

    Each artifact has a pattern database of its own: one over all would be several times slower and
    report what no rule of the artifact asks for. `later` holds rules that count only near a finding
    of another: they are looked for when there is one. `slow_lane` names the rules that see every
    record. `full` parses everything: the truth that the sweep is tested against. Records of a time
    before `since` or after `until` are not matched. `yara` are rules from elsewhere, for whole
    files. `pursuit`: the rules are leads, all in `later`, and files are only swept for them.
    """

    rules: tuple[Rule, ...]
    sweeps: dict[str, Sweep]
    later: dict[str, Sweep]
    slow_lane: tuple[str, ...]
    full: bool = False
    since: str | None = None
    until: str | None = None
    yara: YaraSet | None = None
    pursuit: bool = False


def compile_program(
    ruleset: RuleSet,
    *,
    deferred: bool = False,
    full: bool = False,
    since: str | None = None,
    until: str | None = None,
    yara: YaraSet | None = None,
) -> Program:
    """Turn the rules and the artifacts' anchors into pattern databases, or take these as cached.

    `deferred` puts rules that need a partner into `later`; else all are looked for at once.
    """
    rules = ruleset.rules

    def compiled() -> _Sweeps:
        put_off = _can_wait(rules) if deferred else frozenset()
        now = [(i, r) for i, r in enumerate(rules) if r.name not in put_off]
        later = [(i, r) for i, r in enumerate(rules) if r.name in put_off]
        slow: set[str] = set()
        return _Sweeps(_sweeps(now, slow), _sweeps(later, slow), tuple(sorted(slow)))

    if len(rules) > _FEW_RULES:
        key = cache.digest_of(b"sweeps", msgspec.msgpack.encode((rules, deferred)))
        made = cache.kept(key, _Sweeps, compiled)
    else:
        made = compiled()
    return Program(rules, made.now, made.later, made.slow_lane, full, since, until, yara)


def _can_wait(rules: Sequence[Rule]) -> frozenset[str]:
    """Rules that need a partner, but for those that are, at length, their own: they would wait for
    each other for ever."""
    partners = {rule.name: rule.only_with.rules for rule in rules if rule.only_with}

    def comes_back(name: str) -> bool:
        met: set[str] = set()
        todo = [*partners[name]]
        while todo:
            partner = todo.pop()
            if partner not in met:
                met.add(partner)
                todo += partners.get(partner, ())
        return name in met

    return frozenset(name for name in partners if not comes_back(name))


_FEW_RULES = 16  # are compiled at once; they would push the whole sets out of the cache


class _Sweeps(Struct, frozen=True):
    now: dict[str, Sweep]
    later: dict[str, Sweep]
    slow_lane: tuple[str, ...]


def compile_pursuit(
    rules: Sequence[Rule], artifacts: Collection[str], since: str | None, until: str | None
) -> Program:
    """The program of a further sweep for these rules, in files of these artifacts only."""
    swept = _sweeps(list(enumerate(rules)), set(), only=artifacts)
    return Program(tuple(rules), {}, swept, (), since=since, until=until, pursuit=True)


def _sweeps(
    rules: Sequence[tuple[int, Rule]], slow: set[str], *, only: Collection[str] | None = None
) -> dict[str, Sweep]:
    """A sweep for each artifact; names the rules that must see every record to `slow`.

    `only`: for a further sweep, in these artifacts. What has no literal there is passed over, but
    for files that are parsed whole, and what has one is asked no more than that it be there, unless
    its condition holds more than one thing.
    """
    sweeps: dict[str, Sweep] = {}
    compiled = cache_of(compile_database)  # many artifacts are looked through for the same
    for artifact in registry.ARTIFACTS:
        if only is not None and artifact.name not in only:
            continue
        first = {Pattern(anchor.lower()): i for i, anchor in enumerate(artifact.anchors)}
        anchors = frozenset(first.values())
        second: dict[Pattern, int] = {}
        wanted: dict[int, list[int]] = {}
        needed: dict[int, Need] = {}
        always: list[int] = []
        for index, rule in rules:
            for source in rule.sources:
                if source.artifact != artifact.name:
                    continue
                found = _patterns_of(rule, source, artifact)
                if found is None and only is not None and artifact.framing != "file":
                    continue
                if found is None:
                    always.append(index)
                    if artifact.framing != "file":
                        slow.add(f"{rule.name} on {artifact.name}")
                for pattern in sorted(found or ()):
                    wanted.setdefault(first.setdefault(pattern, len(first)), []).append(index)
                simple = only is not None and not isinstance(rule.condition, And)
                if found is None or simple:
                    continue
                if (need := _need_of(rule, source, artifact, second)) is not None:
                    needed[index] = need
        sweeps[artifact.name] = Sweep(
            first=Needles(tuple(first), compiled(tuple(first))),
            wanted={at: tuple(rules) for at, rules in wanted.items()},
            anchors=anchors,
            always=tuple(always),
            second=Needles(tuple(second), compile_database(tuple(second), once=True)),
            needed=needed,
        )
    return sweeps


def _patterns_of(rule: Rule, source: Source, artifact: Artifact) -> frozenset[Pattern] | None:
    if artifact.framing == "file":
        return None
    texts = predicate.literals(rule, source, artifact.encoding)
    if texts is None:
        return None
    shortest = 1 if rule.sweep is not None else SHORTEST_LITERAL  # the author answers for it
    return _all_patterns(texts, artifact.encoding, rule.unless, shortest)


def _need_of(
    rule: Rule, source: Source, artifact: Artifact, number: dict[Pattern, int]
) -> Need | None:
    # A record of a chunk is asked as JSON.
    encoding = "json" if artifact.framing == "chunk" else artifact.encoding
    texts = predicate.needs(rule, source, encoding)
    return None if texts is None else _need(texts, encoding, number)


def _need(texts: predicate.Needs, encoding: str, number: dict[Pattern, int]) -> Need | None:
    if isinstance(texts, frozenset):
        found = _all_patterns(texts, encoding, (), shortest=1)
        if found is None:
            return None
        return OneOf(frozenset(number.setdefault(p, len(number)) for p in sorted(found)))
    items = [_need(item, encoding, number) for item in texts.items]
    known = tuple(item for item in items if item is not None)
    if isinstance(texts, predicate.All):
        return All(known) if known else None
    return Either(known) if len(known) == len(items) else None


def _all_patterns(
    texts: frozenset[predicate.Wanted],
    encoding: str,
    unless: tuple[str, ...],
    shortest: int = SHORTEST_LITERAL,
) -> frozenset[Pattern] | None:
    """The patterns of all literals; None where one is too short to look for in this encoding."""
    found: set[Pattern] = set()
    low = {(text.lower(), url) for text, url, _ in texts}
    try:
        for text, url, edge in texts:
            longer = "".join(
                c for c in "0123456789abcdefghijklmnopqrstuvwxyz" if (text.lower() + c, url) in low
            )
            needle = Needle(text, url, edge, unless, longer)
            found |= patterns(needle, encoding, shortest=shortest)
    except RuleError:
        return None
    return frozenset(found)


def literals_of(ruleset: RuleSet) -> list[str]:
    """The literals of all rules and artifacts, as text, sorted: what the sweep looks for."""
    artifacts = {a.name: a for a in registry.ARTIFACTS}
    found = {anchor.decode("ascii") for a in registry.ARTIFACTS for anchor in a.anchors}
    for rule in ruleset.rules:
        for source in rule.sources:
            artifact = artifacts[source.artifact]
            if artifact.framing != "file":
                texts = predicate.literals(rule, source, artifact.encoding)
                found.update(wanted.text for wanted in texts or ())
    return sorted(found)
