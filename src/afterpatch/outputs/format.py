"""The contract of an output format: what it is given, and what it makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from typing import get_args

from msgspec import Struct

from afterpatch.model import (
    Assessment,
    Evidence,
    Finding,
    Outcome,
    Problem,
    Question,
    Severity,
    Tally,
    Trace,
)


class CaseData(Struct, frozen=True):
    """What the user wants the dossier to be filed under; empty where nothing was given."""

    number: str = ""
    examiner: str = ""
    note: str = ""


class Dossier(Struct, frozen=True):
    """All that is known of one server when its outputs are written.

    `findings` are sorted by time and id; `evidence` is every file read, with its SHA-256.
    `slow_lane` counts the rules that must see every record; `table_dates` maps a knowledge table
    to the day it was last brought up to date. `traces` are sorted like the findings. The records
    of an operator, by the id of their finding or trace, are in `operator_of`; those of backdoors in
    `backdoors_of`. `case` is the user's own. `redacted`: names are replaced by pseudonyms, and
    nothing may be written that names the machine or the places of the evidence.
    """

    assessment: Assessment
    findings: tuple[Finding, ...]
    tallies: tuple[Tally, ...]
    evidence: tuple[Evidence, ...]
    rules_loaded: int
    rules_refused: tuple[Problem, ...]
    slow_lane: int
    ruleset_hash: str
    table_dates: dict[str, str]
    traces: tuple[Trace, ...] = ()
    operator_of: dict[str, str] = {}
    backdoors_of: dict[str, tuple[str, ...]] = {}
    case: CaseData = CaseData()
    redacted: bool = False


class Run(Struct, frozen=True):
    """What differs from run to run, and so stands in the manifest alone; times as in the model.

    `host` is the examining machine; when it is empty the machine's own name is taken.
    """

    command_line: tuple[str, ...]
    started: str
    ended: str
    version: str
    host: str = ""


class Format(Struct, frozen=True):
    """One file of the dossier: its name, and its bytes in pieces."""

    name: str
    render: Callable[[Dossier], Iterable[bytes]]


def in_time(dossier: Dossier) -> Iterator[Finding | Trace]:
    """The findings and traces in one order of time and id, those without a time last."""
    return merge(dossier.findings, dossier.traces, key=lambda told: (told.when or "~", told.id))


def kind(told: Finding | Trace) -> str:
    """What the tables call it."""
    return "finding" if isinstance(told, Finding) else "trace"


_OUTCOMES = get_args(Outcome)[::-1]
_SEVERITIES = get_args(Severity)[::-1]
_QUESTIONS = get_args(Question)[::-1]


def gravity(finding: Finding) -> tuple[int, bool, int, int, str, str]:
    """Sort key, gravest first: outcome, look-alikes last, severity, question, time, id."""
    return (
        _OUTCOMES.index(finding.outcome),
        finding.look_alike is not None,
        _SEVERITIES.index(finding.severity),
        _QUESTIONS.index(finding.question),
        finding.when or "9999",
        finding.id,
    )


def by_standing(findings: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The findings of our rules, and those of rules from elsewhere, on which no answer rests."""
    ours = [finding for finding in findings if finding.standing != "foreign"]
    return ours, [finding for finding in findings if finding.standing == "foreign"]


def gravest(findings: Sequence[Finding], limit: int) -> list[Finding]:
    """Returns at most `limit` findings, gravest first.

    When there are more, every rule comes before a second object of the same rule, and every object
    before a second finding on it.
    """
    ranked: list[tuple[int, Finding]] = []
    rules: set[str] = set()
    objects: set[tuple[str, str | None]] = set()
    for finding in sorted(findings, key=gravity):
        seen = (finding.rule, finding.object.path or finding.object.url)
        ranked.append(((finding.rule in rules) + (seen in objects), finding))
        rules.add(finding.rule)
        objects.add(seen)
    ranked.sort(key=lambda pair: pair[0])
    return sorted((finding for _, finding in ranked[:limit]), key=gravity)
