"""A compiled detection: a tree of tests over a record's fields, and what a match is worth.

Frozen and picklable, so that the rules are read once and travel to the worker processes.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from afterpatch.model import AmountUnit, Outcome, Problem, Question, Severity, Standing

__all__ = [
    "And",
    "Effect",
    "Node",
    "Not",
    "Or",
    "Partner",
    "Refusal",
    "Rule",
    "RuleSet",
    "Sample",
    "Source",
    "Test",
]

Operator = Literal[
    "equals", "wild", "cased", "regex", "linear", "cidr", "lt", "lte", "gt", "gte", "null",
    "exists", "field",
]  # fmt: skip


class Test(Struct, frozen=True, tag="test"):
    """One comparison; true when any of `fields` compares true with any of its values.

    `fields` empty means every field of the record (Sigma keywords). `value` is a string in the
    meaning of `op`; for `wild` and `cased` it is split at wildcards: None stands for "*", "?" for
    one character is the empty string. `linear` is a regular expression from elsewhere, which is
    matched in time linear to the text.
    """

    __test__ = False

    fields: tuple[str, ...]
    op: Operator
    value: str = ""
    parts: tuple[str | None, ...] = ()
    flags: int = 0


class And(Struct, frozen=True, tag="and"):
    items: tuple[Node, ...]


class Or(Struct, frozen=True, tag="or"):
    items: tuple[Node, ...]


class Not(Struct, frozen=True, tag="not"):
    item: Node


Node = Test | And | Or | Not


class Source(Struct, frozen=True):
    """An artifact the rule reads, and what its records must hold to be of the rule's log source."""

    artifact: str
    where: Node | None = None


class Partner(Struct, frozen=True):
    """The finding counts only near a finding of one of these rules on the same server.

    `outcomes` are those the partner may have, `same` the parts of both findings (names of ROLES)
    that must be equal. A partner that does not count itself is none.
    """

    rules: tuple[str, ...]
    minutes: int
    outcomes: tuple[Outcome, ...] = ("attempt", "reached", "success")
    same: tuple[str, ...] = ()


class Effect(Struct, frozen=True):
    """What a match did to the owner: an entry of the assessment's `impact`.

    The finding's fact `amount`, where it is a number, counts in `unit`.
    """

    kind: str
    unit: AmountUnit | None = None


class Sample(Struct, frozen=True):
    """Lines that must hit (with this outcome) or must not."""

    artifact: str
    lines: str
    hit: bool
    outcome: Outcome | None = None
    path: str = ""


class Rule(Struct, frozen=True):
    """One detection.

    `outcomes` are tried in order; the first that holds tells what the match is worth, `otherwise`
    when none does. `sweep` is the part of the condition whose literals are looked for, None to let
    the compiler choose. `unless` are stock URL paths the detection excludes.

    `backdoor` is the kind of backdoor a match speaks of, which the fact `thing` names. `standing`:
    only findings of standing "proof" may carry a rung of the verdict.
    """

    name: str
    title: str
    condition: Node
    sources: tuple[Source, ...]
    question: Question
    severity: Severity
    explain: str
    otherwise: Outcome = "attempt"
    outcomes: tuple[tuple[Outcome, Node], ...] = ()
    look_alikes: tuple[tuple[str, Node], ...] = ()
    chain: str | None = None
    cve: tuple[str, ...] = ()
    technique: tuple[str, ...] = ()
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    roles: tuple[tuple[str, tuple[str, ...]], ...] = ()
    only_with: Partner | None = None
    backdoor: str | None = None
    impact: Effect | None = None
    standing: Standing = "proof"
    sweep: Node | None = None
    unless: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()
    references: tuple[str, ...] = ()
    file: str = ""
    id: str = ""
    description: str = ""
    author: str = ""
    false_positives: tuple[str, ...] = ()


class Refusal(Problem, frozen=True, order=True):
    """A rule that does not run: `what` is its file (and which of its documents), and why."""

    title: str = ""


class RuleSet(Struct, frozen=True):
    """What is loaded, what is not and why, and the SHA-256 over all rule files in order."""

    rules: tuple[Rule, ...]
    refused: tuple[Refusal, ...]
    digest: str
