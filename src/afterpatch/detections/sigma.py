"""Reads Sigma rules. The only file that imports pySigma.

A rule of ours is a Sigma rule with a block `afterpatch:` that says what a match is worth; a rule
from elsewhere may lack it, and then counts as an attempt at what its tags say.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
    SigmaCondition,
)
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
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
    SpecialChars,
)

from afterpatch.detections.fields import ALIASES, ROLES, sources
from afterpatch.detections.rule import (
    And,
    Effect,
    Node,
    Not,
    Or,
    Partner,
    Rule,
    RuleSet,
    Sample,
    Test,
)
from afterpatch.errors import RuleError
from afterpatch.model import AmountUnit, Outcome, Problem, Question, Standing

__all__ = ["CONTENT", "load", "load_text"]

CONTENT = Path(__file__).parent / "content"
_SEVERITIES = ("informational", "low", "medium", "high", "critical")


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


def load(
    folders: Sequence[Path], placeholders: Mapping[str, Sequence[str]] | None = None
) -> RuleSet:
    """Read every rule file (`*.yml`) below the folders (or files), in order of their names.

    `placeholders` are the lists that rules name with `|expand`. A file that can't be compiled is in
    `refused` with its reason.
    """
    rules: list[Rule] = []
    refused: list[Problem] = []
    digest = hashlib.sha256()
    seen: dict[str, str] = {}
    for folder in folders:
        for path in [folder] if folder.is_file() else sorted(folder.rglob("*.yml")):
            name = path.name if path == folder else path.relative_to(folder).as_posix()
            try:
                data = path.read_bytes()
                digest.update(name.encode() + b"\0" + data + b"\0")
                rule = load_text(data.decode("utf-8"), path.stem, name, placeholders or {})
                if rule.name in seen:
                    raise RuleError(f"a rule of this name is already loaded from {seen[rule.name]}")
            except (OSError, UnicodeDecodeError, RuleError) as error:
                refused.append(Problem(name, str(error), stage="detect"))
                continue
            seen[rule.name] = name
            rules.append(rule)
    for rule in [r for r in rules if r.only_with and not seen.keys() >= {*r.only_with.rules}]:
        # It would wait for its partner for ever.
        rules.remove(rule)
        refused.append(
            Problem(rule.file, "only_with names a rule that is not loaded", stage="detect")
        )
    return RuleSet(tuple(rules), tuple(refused), digest.hexdigest())


def load_text(text: str, name: str, file: str, placeholders: Mapping[str, Sequence[str]]) -> Rule:
    """Compile one rule. Raises RuleError with the reason when it can't be."""
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        content = yaml.load(text, Loader=loader)  # noqa: S506 both are the safe loaders
        if not isinstance(content, dict):
            raise RuleError("not a Sigma rule: the file holds no mapping")
        sigma = SigmaRule.from_dict(content)
        block = _block(sigma, content)
        return _rule(sigma, content, block, name, file, placeholders)
    except yaml.YAMLError as error:
        raise RuleError(f"not readable as YAML: {_one_line(error)}") from error
    except SigmaError as error:
        raise RuleError(_one_line(error)) from error
    except msgspec.ValidationError as error:
        raise RuleError(f"afterpatch block: {error}") from error
    except re.error as error:
        raise RuleError(f"regular expression: {error}") from error
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        # pySigma takes the shape of a rule on trust.
        raise RuleError(f"malformed: {type(error).__name__}: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _block(sigma: SigmaRule, content: dict[str, Any]) -> _Block:
    if "afterpatch" in content:
        return msgspec.convert(content["afterpatch"], _Block)
    question: Question = "impacted"
    tags = {str(tag).lower() for tag in sigma.tags}
    if "attack.initial-access" in tags or "attack.t1190" in tags:
        question = "exploited"
    elif any(tag.startswith("attack.t1505") for tag in tags):
        question = "backdoored"
    return _Block(
        question=question, explain=sigma.description or sigma.title or "", standing="foreign"
    )


def _rule(
    sigma: SigmaRule,
    content: dict[str, Any],
    block: _Block,
    name: str,
    file: str,
    placeholders: Mapping[str, Sequence[str]],
) -> Rule:
    source = sources(sigma.logsource.category, sigma.logsource.product, sigma.logsource.service)
    if not source:
        raise RuleError(f"no artifact carries its log source ({sigma.logsource})")
    if len(sigma.detection.condition) != 1:
        raise RuleError("several conditions in one rule are not supported")
    if "timeframe" in content["detection"]:
        raise RuleError("a timeframe is not supported")

    def tree(condition: str) -> Node:
        return _node(SigmaCondition(condition, sigma.detection).parsed, placeholders)

    roles = {**block.actor, **block.object}
    if not roles.keys() <= ROLES.keys():
        raise RuleError(
            f"afterpatch block: no part of a finding: {', '.join(roles.keys() - ROLES)}"
        )
    samples = block.samples or _Samples([], [])
    unless = placeholders.get(block.unless, ()) if block.unless else ()
    return Rule(
        name=name,
        title=sigma.title or name,
        condition=tree(sigma.detection.condition[0]),
        sources=source,
        question=block.question,
        severity=_SEVERITIES[sigma.level.value - 1] if sigma.level else "medium",  # type: ignore[arg-type]
        explain=" ".join(block.explain.split()),
        otherwise=block.outcome,
        outcomes=tuple((o, tree(c)) for o, c in block.outcomes.items()),
        look_alikes=tuple((n, tree(c)) for n, c in block.look_alikes.items()),
        chain=block.chain,
        cve=tuple(block.cve),
        technique=tuple(
            tag.name.upper() for tag in sigma.tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag.name)
        ),
        facts=tuple((n, ALIASES.get(f, (f,))) for n, f in block.facts.items()),
        roles=tuple((n, ALIASES.get(f, (f,))) for n, f in roles.items()),
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
        references=tuple(str(r) for r in sigma.references),
        file=file,
    )


def _partner(block: _Partner) -> Partner:
    unknown = sorted(set(block.same) - ROLES.keys())
    if unknown:
        raise RuleError(f"only_with: no part of a finding: {', '.join(unknown)}")
    return Partner(tuple(block.rules), block.minutes, block.outcomes, block.same)


def _node(item: object, placeholders: Mapping[str, Sequence[str]]) -> Node:
    if isinstance(item, ConditionAND):
        return And(tuple(_node(a, placeholders) for a in item.args))
    if isinstance(item, ConditionOR):
        return Or(tuple(_node(a, placeholders) for a in item.args))
    if isinstance(item, ConditionNOT):
        return Not(_node(item.args[0], placeholders))
    if isinstance(item, ConditionFieldEqualsValueExpression):
        return _test(ALIASES.get(item.field, (item.field,)), item.value, placeholders)
    if isinstance(item, ConditionValueExpression):
        return _test((), item.value, placeholders)
    raise RuleError(f"unsupported condition {type(item).__name__}")


def _test(fields: tuple[str, ...], value: object, known: Mapping[str, Sequence[str]]) -> Node:
    if isinstance(value, SigmaExpansion):
        return Or(tuple(_test(fields, v, known) for v in value.values))
    if isinstance(value, SigmaString):
        return _string_test(fields, value, known)
    if isinstance(value, SigmaRegularExpression):
        flags = 0
        for flag in value.flags:
            flags |= SigmaRegularExpression.sigma_to_python_flags[flag]
        expression = str(value.regexp.original)
        # ASCII: letters outside it must not fold into it, see predicate.py.
        re.compile(expression, flags | re.ASCII)
        return Test(fields, "regex", expression, flags=int(flags | re.ASCII))
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
    if isinstance(value, SigmaCompareExpression) and value.op.name.lower() in (
        "lt", "lte", "gt", "gte",
    ):  # fmt: skip
        return Test(fields, value.op.name.lower(), str(value.number.number))  # type: ignore[arg-type]
    if isinstance(value, SigmaFieldReference) and not (value.starts_with or value.ends_with):
        return Test(fields, "field", value.field)
    raise RuleError(f"unsupported value {type(value).__name__}")


def _string_test(
    fields: tuple[str, ...], value: SigmaString, known: Mapping[str, Sequence[str]]
) -> Node:
    names = [part.name for part in value.s if isinstance(part, Placeholder)]
    if names:
        if names[0] not in known:
            raise RuleError(f"unknown placeholder %{names[0]}%")
        if len(set(names)) > 1:
            raise RuleError("several placeholders in one value are not supported")
        cased = isinstance(value, SigmaCasedString)
        return Or(
            tuple(
                _parts_test(
                    fields,
                    [text if isinstance(p, Placeholder) else p for p in value.s],
                    cased=cased,
                )
                for text in known[names[0]]
            )
        )
    return _parts_test(fields, value.s, cased=isinstance(value, SigmaCasedString))


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
