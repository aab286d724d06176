"""`findings.csv`, `operators.csv`, `backdoors.csv`, `indicators.csv`: tables for spreadsheets.

RFC 4180 in UTF-8, every cell quoted, lines ended by a line feed. Several values in one cell are
apart by `; `. A text that a spreadsheet would take for a formula has an apostrophe before it; the
exact texts are in the JSON files.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from afterpatch.model import Backdoor, Finding, Operator
from afterpatch.outputs.format import Dossier
from afterpatch.outputs.indicators import Indicator
from afterpatch.outputs.indicators import indicators as found_in
from afterpatch.outputs.text import cell

Cell = str | int | bool | tuple[str, ...] | None

_FINDINGS = (
    "id", "when", "title", "outcome", "severity", "question", "chain", "cve", "technique",
    "address", "user_agent", "account", "url", "path", "command", "operator", "backdoors",
    "look_alike", "rule", "standing", "artifact", "evidence", "member", "line", "offset", "sha256",
)  # fmt: skip
_OPERATORS = (
    "id", "class", "first", "last", "addresses", "shared_addresses", "user_agents", "accounts",
    "planted", "visited", "actions", "commands", "joined_by", "records", "findings",
)  # fmt: skip
_BACKDOORS = (
    "id", "kind", "name", "path", "url", "family", "planted", "planted_by", "evidence_state",
    "still_stands", "visitors", "first_visit", "last_visit", "visits", "answered", "findings",
)  # fmt: skip
_INDICATORS = (
    "kind", "value", "name", "first", "last", "records", "operators", "backdoors",
)  # fmt: skip


def findings(dossier: Dossier) -> Iterator[bytes]:
    """Yields the table of findings, a row each."""
    return _table(_FINDINGS, (_of_finding(one, dossier) for one in dossier.findings))


def operators(dossier: Dossier) -> Iterator[bytes]:
    """Yields the table of operators, a row each."""
    return _table(_OPERATORS, map(_of_operator, dossier.assessment.operators))


def backdoors(dossier: Dossier) -> Iterator[bytes]:
    """Yields the table of backdoors, a row each."""
    return _table(_BACKDOORS, map(_of_backdoor, dossier.assessment.backdoors))


def indicators(dossier: Dossier) -> Iterator[bytes]:
    """Yields the table of indicators, a row each: the same as in the bundle and the event."""
    return _table(_INDICATORS, map(_of_indicator, found_in(dossier)))


def _table(columns: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_text(value) for value in row])
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()  # the columns of a table without rows


def _text(value: Cell) -> str:
    if value is None:
        return ""
    return cell("; ".join(value) if isinstance(value, tuple) else str(value))


def _of_finding(one: Finding, dossier: Dossier) -> tuple[Cell, ...]:
    actor, thing, place = one.actor, one.object, one.provenance
    return (
        one.id, one.when, one.title, one.outcome, one.severity, one.question, one.chain, one.cve,
        one.technique, actor.address, actor.user_agent, actor.account, thing.url, thing.path,
        thing.command, dossier.operator_of.get(one.id), dossier.backdoors_of.get(one.id),
        one.look_alike, one.rule, one.standing, one.artifact, place.evidence, place.member,
        place.line, place.offset, place.sha256,
    )  # fmt: skip


def _of_operator(who: Operator) -> tuple[Cell, ...]:
    return (
        who.id, who.class_, who.first, who.last, who.addresses, who.shared_addresses,
        who.user_agents, who.accounts, who.planted, who.visited, who.actions, who.commands,
        who.joined_by, who.records, len(who.findings),
    )  # fmt: skip


def _of_backdoor(door: Backdoor) -> tuple[Cell, ...]:
    met = door.visits
    return (
        door.id, door.kind, door.name, door.path, door.url, door.family, door.planted,
        door.planted_by, door.evidence_state, door.still_stands,
        tuple(visitor.operator for visitor in door.visitors), met.first, met.last, met.count,
        met.answered, len(door.findings),
    )  # fmt: skip


def _of_indicator(one: Indicator) -> tuple[Cell, ...]:
    return (
        one.kind, one.value, one.name, one.first, one.last, one.records, one.operators,
        one.backdoors,
    )  # fmt: skip
