"""Reads Sigma rules. The only file that imports pySigma.

A rule of ours is a Sigma rule with a block `afterpatch:` that says what a match is worth. A rule
from elsewhere counts as an attempt at what its tags say; whatever it says of itself, its standing
is `foreign`. A document that can't run is refused with its reason, never passed over.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
    SigmaCondition,
)
from sigma.exceptions import (
    SigmaConditionError,
    SigmaDetectionError,
    SigmaError,
    SigmaLogsourceError,
    SigmaModifierError,
    SigmaRegularExpressionError,
    SigmaTypeError,
    SigmaValueError,
)
from sigma.modifiers import SigmaWideModifier, modifier_mapping
from sigma.policy import SigmaPolicy
from sigma.policy.profiles import TrustedPolicy
from sigma.policy.regex_engine import RegexEngine
from sigma.rule import SigmaLevel, SigmaRule
from sigma.rule.base import SigmaYAMLLoader
from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from afterpatch.detections.fields import HASHES, JOINED, ROLES, aliases, sources
from afterpatch.detections.predicate import linear
from afterpatch.detections.rule import (
    And,
    Effect,
    Node,
    Not,
    Or,
    Partner,
    Refusal,
    Rule,
    RuleSet,
    Sample,
    Test,
)
from afterpatch.detections.ruleset import CONTENT, RuleFile, digest, read
from afterpatch.errors import RuleError
from afterpatch.model import AmountUnit, Outcome, Question, Severity, Standing

__all__ = ["CONTENT", "compile_files", "load", "load_text"]

_SEVERITIES: tuple[Severity, ...] = ("informational", "low", "medium", "high", "critical")
# The specification's name of what pySigma knows by its older name.
modifier_mapping.setdefault("utf16le", SigmaWideModifier)


class _LinearEngine(RegexEngine):
    """Takes the regular expressions that can be matched in linear time, see predicate.py."""

    def compile(self, pattern: str, flags: int = 0) -> Any:
        return linear(pattern, flags)

    @property
    def error(self) -> type[Exception]:
        return RuleError


_FOREIGN = SigmaPolicy(regex_engine=_LinearEngine())
# Errors of a rule that keep it from running; all others are of what it says about itself.
_GRAVE = (
    SigmaConditionError,
    SigmaDetectionError,
    SigmaLogsourceError,
    SigmaModifierError,
    SigmaTypeError,
    SigmaValueError,
)


class _Sample(msgspec.Struct, forbid_unknown_fields=True):
    artifact: str
    lines: str
    outcome: Outcome | None = None
    path: str = ""


class _Samples(msgspec.Struct, forbid_unknown_fields=True):
    hit: list[_Sample]
    miss: list[_Sample]


class _Partner(msgspec.Struct, forbid_unknown_fields=True):
    rules: list[str]
    minutes: int
    outcomes: tuple[Outcome, ...] = ("attempt", "reached", "success")
    same: tuple[str, ...] = ()


class _Effect(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    unit: AmountUnit | None = None


class _Block(msgspec.Struct, forbid_unknown_fields=True):
    """The custom block of a rule."""

    question: Question
    explain: str
    outcome: Outcome = "attempt"
    outcomes: dict[Outcome, str] = {}
    chain: str | None = None
    cve: list[str] = []
    look_alikes: dict[str, str] = {}
    facts: dict[str, str] = {}
    actor: dict[str, str] = {}
    object: dict[str, str] = {}
    only_with: _Partner | None = None
    backdoor: str | None = None
    impact: _Effect | None = None
    standing: Standing = "proof"
    sweep: str | None = None
    unless: str | None = None
    samples: _Samples | None = None


class _Document(Struct):
    """One document of a rule file: a rule, or what stands in the place of one."""

    file: RuleFile
    label: str  # the file, and which of its documents where there are several
    name: str
    content: Any


def load(
    folders: Sequence[Path], placeholders: Mapping[str, Sequence[str]] | None = None
) -> RuleSet:
    """Read every rule file below the folders (or files), in order of their names.

    `placeholders` are the lists that rules name with `|expand`. What can't be compiled is in
    `refused` with its reason.
    """
    return compile_files(read(folders), placeholders or {})


def compile_files(
    files: Sequence[RuleFile],
    placeholders: Mapping[str, Sequence[str]],
    known: Collection[str] = (),
) -> RuleSet:
    """Compile the rules of these files; `known` are names of rules that are loaded elsewhere.

    A file may hold several documents. Names are made unique: ours first, then in order.
    """
    refused: list[Refusal] = []
    documents: list[_Document] = []
    for file in files:
        try:
            documents += _documents(file)
        except RuleError as error:
            refused.append(Refusal(file.name, str(error), stage="detect"))
    correlated = _correlated(documents)
    rules: list[Rule] = []
    names: dict[str, str] = {}
    ids: dict[str, str] = {}
    for document in sorted(documents, key=lambda d: not d.file.own):
        try:
            rule = _compile(document, placeholders)
            if not document.file.own:
                _check_role(document, correlated)
            if rule.id and rule.id in ids:
                raise RuleError(f"a rule of this id is already loaded from {ids[rule.id]}")
            rule = _named(rule, document, names)
        except RuleError as error:
            refused.append(
                Refusal(document.label, str(error), stage="detect", title=_title(document.content))
            )
            continue
        names[rule.name] = document.label
        if rule.id:
            ids[rule.id] = document.label
        rules.append(rule)
    while alone := _without_partner(rules, known):
        why = "only_with names a rule that is not loaded"
        refused += (Refusal(r.file, why, stage="detect", title=r.title) for r in alone)
        rules = [rule for rule in rules if rule not in alone]
    return RuleSet(tuple(rules), tuple(refused), digest(files))


def _without_partner(rules: Sequence[Rule], known: Collection[str]) -> list[Rule]:
    """Rules that would wait for their partner for ever."""
    there = {*known, *(rule.name for rule in rules)}
    return [r for r in rules if r.only_with and not there.issuperset(r.only_with.rules)]


def load_text(text: str, name: str, file: str, placeholders: Mapping[str, Sequence[str]]) -> Rule:
    """Compile one rule of ours. Raises RuleError with the reason when it can't be."""
    (document,) = _documents(RuleFile(file, own=True, data=text.encode()))
    document.name = name
    return _compile(document, placeholders)


# ---------------------------------------------------------------- documents


def _documents(file: RuleFile) -> list[_Document]:
    """The documents of a file; those of old packs are put together from `action: global`."""
    if file.problem:
        raise RuleError(file.problem)
    try:
        text = file.data.decode("utf-8-sig")
        found = list(yaml.load_all(text, Loader=SigmaYAMLLoader))  # a safe loader
    except UnicodeDecodeError as error:
        raise RuleError(f"not readable as text: {error}") from error
    except yaml.YAMLError as error:
        raise RuleError(f"not readable as YAML: {_one_line(error)}") from error
    except (RecursionError, TypeError, ValueError, OverflowError) as error:
        raise RuleError(f"not readable as YAML: {_one_line(error)}") from error
    found = [content for content in found if content is not None]
    if not found:
        raise RuleError("not a Sigma rule: the file holds no mapping")
    told = _put_together(found)
    name = file.name.rpartition("/")[2].rpartition(".")[0]
    return [
        _Document(
            file,
            file.name if len(told) == 1 else f"{file.name}, document {number}",
            name if len(told) == 1 else f"{name}#{number}",
            content,
        )
        for number, content in enumerate(told, 1)
    ]


def _put_together(found: Sequence[Any]) -> list[Any]:
    """Documents with what earlier ones say for all, as `action:` asks for."""
    told: list[Any] = []
    common: dict[Any, Any] = {}
    last: dict[Any, Any] = {}
    for content in found:
        if not isinstance(content, dict):
            told.append(content)
            continue
        action = content.pop("action", None)
        if action == "global":
            common = _merged(common, content)
        elif action == "reset":
            common = {}
        else:
            last = _merged(last if action == "repeat" else common, content)
            told.append(last if action in (None, "repeat") else {**last, "action": action})
    return told or [common]


def _merged(base: dict[Any, Any], more: dict[Any, Any]) -> dict[Any, Any]:
    """`more` over `base`; a mapping in both is merged, level by level."""
    result = dict(base)
    todo = [(result, more)]
    while todo:
        into, over = todo.pop()
        for key, value in over.items():
            below = into.get(key)
            if isinstance(below, dict) and isinstance(value, dict):
                into[key] = dict(below)
                todo.append((into[key], value))
            else:
                into[key] = value
    return result


def _title(content: Any) -> str:
    title = content.get("title") if isinstance(content, dict) else None
    return _one_line(title) if isinstance(title, str) else ""


def _correlated(documents: Iterable[_Document]) -> dict[str, str]:
    """Names and ids of the rules that stand for a correlation only, and which one names them."""
    found: dict[str, str] = {}
    for document in documents:
        block = document.content.get("correlation") if isinstance(document.content, dict) else None
        if not isinstance(block, dict) or block.get("generate") is True:
            continue
        rules = block.get("rules")
        for name in rules if isinstance(rules, list) else [rules]:
            if isinstance(name, str):
                found[name] = document.label
    return found


def _check_role(document: _Document, correlated: Mapping[str, str]) -> None:
    for key in ("name", "id"):
        value = document.content.get(key)
        if isinstance(value, str) and value in correlated:
            raise RuleError(
                f"counts only as a part of the correlation in {correlated[value]}, which is not "
                "supported"
            )


def _named(rule: Rule, document: _Document, taken: Mapping[str, str]) -> Rule:
    """The rule under a name that no other has: its own, or that with its folders before it."""
    if rule.name not in taken:
        return rule
    if document.file.own:
        raise RuleError(f"a rule of this name is already loaded from {taken[rule.name]}")
    parts = document.file.name.split("/")[:-1]
    name = "/".join([*parts, rule.name])
    number = 2
    while name in taken:
        name = "/".join([*parts, f"{rule.name}~{number}"])
        number += 1
    return msgspec.structs.replace(rule, name=name)


# ---------------------------------------------------------------- one rule


def _compile(document: _Document, placeholders: Mapping[str, Sequence[str]]) -> Rule:
    content = document.content
    try:
        if not isinstance(content, dict):
            raise RuleError("not a Sigma rule: the file holds no mapping")
        _check_kind(content)
        tags = content.get("tags")
        if not document.file.own and isinstance(tags, list):
            # pySigma gives a rule up for a tag without a namespace.
            content = {**content, "tags": [t for t in tags if isinstance(t, str) and "." in t]}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of regular expressions that a later Python refuses
            policy = TrustedPolicy if document.file.own else _FOREIGN
            sigma = SigmaRule.from_dict(content, collect_errors=True, policy=policy)
            for error in sigma.errors:
                if document.file.own or isinstance(error, _GRAVE):
                    raise error
            return _rule(sigma, content, document, placeholders)
    except SigmaRegularExpressionError as error:
        raise RuleError(_of_regex(error)) from error
    except SigmaError as error:
        raise RuleError(_one_line(error)) from error
    except msgspec.ValidationError as error:
        raise RuleError(f"afterpatch block: {error}") from error
    except re.error as error:
        raise RuleError(f"regular expression: {error}") from error
    except (
        AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError, RecursionError,
    ) as error:  # fmt: skip
        # pySigma takes the shape of a rule on trust.
        raise RuleError(f"malformed: {type(error).__name__}: {_one_line(error)}") from error


def _check_kind(content: dict[Any, Any]) -> None:
    if "correlation" in content:
        raise RuleError("a correlation rule: it counts the matches of others, not supported")
    if "filter" in content:
        raise RuleError("a filter for other rules, not supported")
    if "action" in content:
        raise RuleError(f"unknown action {content['action']!r}")
    if "detection" not in content:
        raise RuleError("not a Sigma rule: it has no detection")


def _of_regex(error: Exception) -> str:
    said = _one_line(error)
    if "invalid perl operator" in said or "invalid escape sequence" in said:
        return f"{said}: what looks ahead, behind or back can't be matched in bounded time"
    return said


def _one_line(said: object) -> str:
    text = " ".join(str(said).split())
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _block(sigma: SigmaRule, content: dict[str, Any], *, own: bool) -> _Block:
    if "afterpatch" in content:
        block = msgspec.convert(content["afterpatch"], _Block)
        if not own:
            block.standing, block.backdoor, block.impact = "foreign", None, None
        return block
    question: Question = "impacted"
    tags = {str(tag).lower() for tag in sigma.tags}
    if "attack.initial-access" in tags or "attack.t1190" in tags:
        question = "exploited"
    elif any(tag.startswith("attack.t1505") for tag in tags):
        question = "backdoored"
    author = f" (Rule by {sigma.author}.)" if sigma.author else ""
    return _Block(
        question=question,
        explain=f"{sigma.description or sigma.title or ''}{author}",
        standing="foreign",
    )


def _rule(
    sigma: SigmaRule,
    content: dict[str, Any],
    document: _Document,
    placeholders: Mapping[str, Sequence[str]],
) -> Rule:
    own = document.file.own
    block = _block(sigma, content, own=own)
    log = sigma.logsource
    category, product, service = (
        part.lower() if part else None for part in (log.category, log.product, log.service)
    )
    source = sources(category, product, service)
    if not source:
        parts = {"product": log.product, "category": log.category, "service": log.service}
        named = ", ".join(f"{key} {value}" for key, value in parts.items() if value)
        raise RuleError(f"no artifact carries its log source ({named})")
    if "timeframe" in content["detection"]:
        raise RuleError("a timeframe is not supported")
    reader = _Reader(placeholders, own, aliases(category))

    def tree(condition: str) -> Node:
        parsed = SigmaCondition(condition, sigma.detection).parsed
        if parsed is None:
            raise RuleError(f"the condition {condition!r} says nothing")
        return reader.node(parsed)

    conditions = [tree(condition) for condition in sigma.detection.condition]
    roles = {**block.actor, **block.object}
    if not roles.keys() <= ROLES.keys():
        raise RuleError(
            f"afterpatch block: no part of a finding: {', '.join(roles.keys() - ROLES)}"
        )
    level: object = sigma.level
    samples = block.samples or _Samples([], [])
    unless = placeholders.get(block.unless, ()) if block.unless else ()
    return Rule(
        name=document.name,
        title=_one_line(sigma.title or document.name),
        condition=conditions[0] if len(conditions) == 1 else Or(tuple(conditions)),
        sources=source,
        question=block.question,
        severity=_SEVERITIES[level.value - 1] if isinstance(level, SigmaLevel) else "medium",
        explain=" ".join(block.explain.split()),
        otherwise=block.outcome,
        outcomes=tuple((o, tree(c)) for o, c in block.outcomes.items()),
        look_alikes=tuple((n, tree(c)) for n, c in block.look_alikes.items()),
        chain=block.chain,
        cve=tuple(block.cve or _cves(sigma)),
        technique=tuple(
            tag.name.upper() for tag in sigma.tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag.name)
        ),
        facts=tuple((n, reader.fields(f)) for n, f in block.facts.items()),
        roles=tuple((n, reader.fields(f)) for n, f in roles.items()),
        only_with=_partner(block.only_with) if block.only_with else None,
        backdoor=block.backdoor,
        impact=Effect(block.impact.kind, block.impact.unit) if block.impact else None,
        standing=block.standing,
        sweep=tree(block.sweep) if block.sweep else None,
        unless=tuple(unless),
        samples=tuple(
            Sample(s.artifact, s.lines, hit, s.outcome, s.path)
            for hit, group in ((True, samples.hit), (False, samples.miss))
            for s in group
        ),
        references=_texts(sigma.references),
        file=document.label,
        id=str(sigma.id or "").lower(),
        description=" ".join(str(sigma.description or "").split()),
        author=" ".join(str(sigma.author or "").split()),
        false_positives=_texts(sigma.falsepositives),
    )


def _texts(value: object) -> tuple[str, ...]:
    """A list of texts, which rules from elsewhere may have left a single one."""
    return tuple(str(text) for text in (value if isinstance(value, list) else [value]))


def _cves(sigma: SigmaRule) -> list[str]:
    """As `cve.2021-26855`, or `cve.2021.26855` in older packs."""
    names = [tag.name for tag in sigma.tags if tag.namespace == "cve"]
    found = (re.fullmatch(r"(\d{4})[-.](\d{4,7})", name) for name in names)
    return [f"CVE-{cve[1]}-{cve[2]}" for cve in found if cve]


def _partner(block: _Partner) -> Partner:
    unknown = sorted(set(block.same) - ROLES.keys())
    if unknown:
        raise RuleError(f"only_with: no part of a finding: {', '.join(unknown)}")
    return Partner(tuple(block.rules), block.minutes, block.outcomes, block.same)


# ---------------------------------------------------------------- its condition


class _Reader:
    """Turns pySigma's tree of a condition into ours."""

    def __init__(
        self,
        placeholders: Mapping[str, Sequence[str]],
        own: bool,
        names: Mapping[str, tuple[str, ...]],
    ) -> None:
        self._known = placeholders
        self._own = own
        self._aliases = names

    def fields(self, name: str) -> tuple[str, ...]:
        """The fields of ours that carry a field of the rule."""
        return self._aliases.get(name, (name,))

    def node(self, item: object) -> Node:
        if isinstance(item, ConditionAND):
            return And(tuple(self.node(a) for a in item.args))
        if isinstance(item, ConditionOR):
            return Or(tuple(self.node(a) for a in item.args))
        if isinstance(item, ConditionNOT):
            return Not(self.node(item.args[0]))
        if isinstance(item, ConditionFieldEqualsValueExpression):
            return self._field_test(item.field, item.value)
        if isinstance(item, ConditionValueExpression):
            return self._test((), item.value)
        raise RuleError(f"unsupported condition {type(item).__name__}")

    def _field_test(self, name: str, value: object) -> Node:
        fields = self.fields(name)
        empty = isinstance(value, SigmaString) and not value.s
        if empty or isinstance(value, SigmaNull | SigmaExists):
            # Every record has the joined fields, which say nothing of the one that was asked for.
            return self._test(tuple(f for f in fields if f not in JOINED) or fields, value)
        if name.lower() in HASHES and isinstance(value, SigmaString):
            # Sysmon writes all hashes of a file into one field: SHA1=…,MD5=…,SHA256=…,IMPHASH=…
            listed = SigmaString(f"{HASHES[name.lower()]}=") + value
            return Or(
                (self._test(fields, value), self._test(("Hashes", "Hash"), _contained(listed)))
            )
        if fields[0] in ("Hashes", "Hash") and isinstance(value, SigmaString):
            return self._test(fields, _contained(value))
        if fields[0] == "cs-uri-stem" and not self._own and _holds_query(value):
            fields = (*fields, "Uri")
        return self._test(fields, value)

    def _test(self, fields: tuple[str, ...], value: object) -> Node:
        if isinstance(value, SigmaExpansion):
            return Or(tuple(self._test(fields, v) for v in value.values))
        if isinstance(value, SigmaString):
            return self._string_test(fields, value)
        if isinstance(value, SigmaRegularExpression):
            return self._regex_test(fields, value)
        if isinstance(value, SigmaTimestampPart):
            raise RuleError("a part of a time can't be compared: minute, hour, day, month, year")
        if isinstance(value, SigmaNumber):
            return Test(fields, "equals", str(value.number))
        if isinstance(value, SigmaBool):
            return Test(fields, "equals", str(value).lower())
        if isinstance(value, SigmaNull):
            return Test(fields, "null")
        if isinstance(value, SigmaExists):
            exists = Test(fields, "exists")
            return exists if value.exists else Not(exists)
        if isinstance(value, SigmaCIDRExpression):
            return Test(fields, "cidr", value.cidr)
        if isinstance(value, SigmaCompareExpression) and type(value.number) is SigmaNumber:
            name, number = value.op.name.lower(), str(value.number.number)
            if name in ("lt", "lte", "gt", "gte"):
                return Test(fields, name, number)  # type: ignore[arg-type]
        if isinstance(value, SigmaFieldReference) and not (value.starts_with or value.ends_with):
            return Or(tuple(Test(fields, "field", f) for f in self.fields(value.field)))
        raise RuleError(f"unsupported value {type(value).__name__}")

    def _regex_test(self, fields: tuple[str, ...], value: SigmaRegularExpression) -> Test:
        if any(isinstance(part, Placeholder) for part in value.regexp.s):
            raise RuleError("a placeholder in a regular expression is not supported")
        flags = 0
        for flag in value.flags:
            flags |= SigmaRegularExpression.sigma_to_python_flags[flag]
        expression = str(value.regexp.original)
        if not self._own:
            return Test(fields, "linear", expression, flags=int(flags))
        # ASCII: letters outside it must not fold into it, see predicate.py.
        re.compile(expression, flags | re.ASCII)
        return Test(fields, "regex", expression, flags=int(flags | re.ASCII))

    def _string_test(self, fields: tuple[str, ...], value: SigmaString) -> Node:
        names = [part.name for part in value.s if isinstance(part, Placeholder)]
        cased = isinstance(value, SigmaCasedString)
        if not names:
            return _parts_test(fields, value.s, cased=cased)
        if names[0] not in self._known:
            raise RuleError(f"unknown placeholder %{names[0]}%")
        if len(set(names)) > 1:
            raise RuleError("several placeholders in one value are not supported")
        return Or(
            tuple(
                _parts_test(
                    fields,
                    [text if isinstance(p, Placeholder) else p for p in value.s],
                    cased=cased,
                )
                for text in self._known[names[0]]
            )
        )


def _contained(value: SigmaString) -> SigmaString:
    """The value with a wildcard on either side."""
    any_text = SpecialChars.WILDCARD_MULTI
    if not value.startswith(any_text):
        value = any_text + value
    return value if value.endswith(any_text) else value + any_text


def _holds_query(value: object) -> bool:
    """Whether a text is one of a path and a query: "?" may have been taken for a wildcard."""
    if isinstance(value, SigmaRegularExpression):
        return "?" in str(value.regexp.original) and "=" in str(value.regexp.original)
    if not isinstance(value, SigmaString):
        return False
    return any(part is SpecialChars.WILDCARD_SINGLE or "?" in str(part) for part in value.s)


def _parts_test(fields: tuple[str, ...], parts: Sequence[Any], *, cased: bool) -> Node:
    if not any(isinstance(p, SpecialChars) for p in parts):
        text = "".join(parts)
        if not text:
            return Test(fields, "null")
        return Test(fields, "cased", parts=(text,)) if cased else Test(fields, "equals", text)
    joined: list[str | None] = []
    for part in parts:
        if isinstance(part, SpecialChars):
            joined.append(None if part is SpecialChars.WILDCARD_MULTI else "")
        else:
            joined.append(part)
    return Test(fields, "cased" if cased else "wild", parts=tuple(joined))
