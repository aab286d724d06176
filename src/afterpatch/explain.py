"""Tells all that a dossier holds of one finding, trace, operator or backdoor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from afterpatch.assess import reread
from afterpatch.errors import UsageError
from afterpatch.model import (
    Assessment,
    Backdoor,
    Comparison,
    Finding,
    Impact,
    Operator,
    Provenance,
    Visitor,
)
from afterpatch.outputs import manifest
from afterpatch.outputs.records import NAME as RECORDS
from afterpatch.outputs.text import counted, utc, visible
from afterpatch.tables.columns import Row
from afterpatch.tables.query import Count, Deed, Deeds, Near, Records, open_records

__all__ = ["BackdoorTold", "OperatorTold", "RecordTold", "explain", "lines"]

NEAR_SECONDS = 60
_NEAREST = 10  # records shown around one in time
_BESIDE = 5  # records of the same operator shown before and after one
_ENDS = 10  # records shown from each end of an operator's or a backdoor's
_SOME = 10  # values shown of a list
_DAYS = 31
_LINE = 1_000  # characters of a line of evidence
_VALUE = 160  # characters of a value beside others


class Lines(Struct, frozen=True):
    """The lines of evidence before and after a record, the nearest in the middle."""

    before: tuple[str, ...]
    after: tuple[str, ...]


class Learned(Struct, frozen=True):
    """What a trace was found by, as `kind: value`, and the findings and traces that taught it."""

    lead: str
    taught_by: tuple[str, ...]


class Who(Struct, frozen=True, rename={"class_": "class"}):
    """An operator in brief."""

    id: str
    class_: str
    addresses: tuple[str, ...]


class RecordTold(Struct, frozen=True):
    """A finding or a trace, and what stands around it.

    `redacted`: names are replaced in this dossier, and the evidence is not read for `lines`.
    `record` is its row of `records.parquet`, None where the dossier has no such file. `others` are
    other findings that speak of the same record, as (id, title). `lines` is None where the evidence
    is no text or is not where it was. `before` and `after` are records of the same operator,
    `around` those of others within `seconds`.
    """

    id: str
    kind: str
    host: str
    finding: Finding | None
    record: Row | None
    learned: tuple[Learned, ...]
    others: tuple[tuple[str, str | None], ...]
    lines: Lines | None
    operator: Who | None
    before: Near
    after: Near
    around: Near
    seconds: int
    redacted: bool = False


class Door(Struct, frozen=True):
    """A backdoor as one operator has to do with it; `visits` is None where none are known."""

    id: str
    kind: str
    called: str
    planted: bool
    visits: Visitor | None


class OperatorTold(Struct, frozen=True):
    """An operator, what it was compared with, its doors, what it did to the server, and its
    records: None where the dossier has no `records.parquet`."""

    id: str
    kind: str
    host: str
    operator: Operator
    compared: tuple[Comparison, ...]
    doors: tuple[Door, ...]
    impact: tuple[Impact, ...]
    records: Deeds | None


class BackdoorTold(Struct, frozen=True):
    """A backdoor, the operators that planted it or came through it, and its records: None where
    the dossier has no `records.parquet`."""

    id: str
    kind: str
    host: str
    backdoor: Backdoor
    operators: tuple[Who, ...]
    records: Deeds | None


Told = RecordTold | OperatorTold | BackdoorTold


def explain(out: Path, id_: str) -> Told:
    """Tells of what has this id in a dossier, or in one of a folder of dossiers.

    `f-...` is a finding, `r-...` a trace, `op-1` an operator, `bd-1` a backdoor. Raises UsageError
    when there is none, with some ids that exist.
    """
    folders = [f for f in (out, *sorted(out.glob("*"))) if (f / "findings.jsonl").is_file()]
    if not folders:
        raise UsageError(f"{out} holds no dossier: give the folder that `assess -o` wrote")
    prefix = id_.partition("-")[0]
    tell = _TELLERS.get(prefix)
    found = [(told, folder) for folder in folders if tell and (told := tell(folder, id_))]
    if len(found) > 1 and prefix in ("op", "bd"):
        raise UsageError(
            f"{counted(len(found), 'dossier')} in {out} have an '{id_}': give one of them, such as "
            f"{found[0][1]}"
        )
    if not found:
        raise UsageError(
            f"Nothing in {out} has the id '{id_}': {_known(folders)}; "
            "findings.jsonl names all findings"
        )
    return found[0][0]


def _known(folders: Sequence[Path]) -> str:
    ids: list[str] = []
    for folder in folders:
        with _records(folder) as records:
            if records:
                ids += records.some_ids("finding", 2) + records.some_ids("trace", 2)
        assessment = _assessment(folder)
        ids += [operator.id for operator in assessment.operators[:4]]
        ids += [door.id for door in assessment.backdoors[:4]]
    return f"there are {_some(dict.fromkeys(ids))}" if ids else "there is nothing to explain"


# ---------------------------------------------------------------- what the files say


def _assessment(folder: Path) -> Assessment:
    path = folder / "assessment.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Assessment)
    except msgspec.DecodeError as error:
        raise _not_understood(path, error) from error


def _finding(folder: Path, id_: str) -> Finding | None:
    path = folder / "findings.jsonl"
    with path.open("rb") as findings:
        for line in findings:
            if id_.encode("utf-8", "replace") not in line:
                continue
            try:
                finding = msgspec.json.decode(line, type=Finding)
            except msgspec.DecodeError as error:
                raise _not_understood(path, error) from error
            if finding.id == id_:
                return finding
    return None


def _not_understood(path: Path, error: Exception) -> UsageError:
    return UsageError(f"{path} can't be understood ({error}): assess the evidence again")


@contextmanager
def _records(folder: Path) -> Iterator[Records | None]:
    """The table of a dossier, None where it has none."""
    if (folder / RECORDS).is_file():
        with open_records(folder / RECORDS) as records:
            yield records
    else:
        yield None


def _who(assessment: Assessment, ids: Iterable[str]) -> tuple[Who, ...]:
    wanted = set(ids)
    return tuple(Who(o.id, o.class_, o.addresses) for o in assessment.operators if o.id in wanted)


# ---------------------------------------------------------------- a record


def _record(folder: Path, id_: str) -> RecordTold | None:
    finding = _finding(folder, id_)
    if finding is None and id_.startswith("f-"):
        return None
    row, others = None, []
    before = after = around = Near(0, ())
    with _records(folder) as records:
        if records and (row := records.row(id_)):
            others = records.others(row)
            before, after = records.beside(row, _BESIDE)
            around = records.around(row, NEAR_SECONDS, _NEAREST)
    if finding is None and row is None:
        return None
    assessment = _assessment(folder)
    known = manifest.read(folder)
    redacted = known is not None and known.redacted
    place = finding.provenance if finding else msgspec.convert(row, Provenance)
    taught = {f"{pivot.kind}: {pivot.value}": pivot.taught_by for pivot in assessment.pivots}
    return RecordTold(
        id=id_,
        kind="finding" if finding else "trace",
        host=assessment.host.name,
        finding=finding,
        record=row,
        learned=tuple(
            Learned(lead, taught.get(lead, ())) for lead in (row["leads"] if row else ())
        ),
        others=tuple(others),
        lines=None if redacted else _around(folder, place),
        operator=next(iter(_who(assessment, [row["operator"]] if row else ())), None),
        before=before,
        after=after,
        around=around,
        seconds=NEAR_SECONDS,
        redacted=redacted,
    )


def _around(folder: Path, place: Provenance) -> Lines | None:
    known = manifest.read(folder)
    of_place = (place.evidence, place.member, place.sha256)
    for file in known.evidence if known else ():
        if (file.evidence, file.path, file.sha256) == of_place and (
            found := reread(file.source, file.member, place.offset, place.length)
        ):
            before, after = found
            return Lines(tuple(before), tuple(after))
    return None


# ---------------------------------------------------------------- operators and backdoors


def _operator(folder: Path, id_: str) -> OperatorTold | None:
    assessment = _assessment(folder)
    operator = next((one for one in assessment.operators if one.id == id_), None)
    if operator is None:
        return None
    doors = []
    for door in assessment.backdoors:
        visits = next((v for v in door.visitors if v.operator == id_), None)
        planted = id_ in door.planted_by
        if planted or visits or door.id in operator.visited:
            doors.append(Door(door.id, door.kind, _called(door), planted, visits))
    with _records(folder) as records:
        deeds = records.deeds("operator", id_, _ENDS) if records else None
    return OperatorTold(
        id=id_,
        kind="operator",
        host=assessment.host.name,
        operator=operator,
        compared=tuple(
            comparison
            for comparison in assessment.comparisons
            if any(_names(client, operator.addresses) for client in comparison.clients)
        ),
        doors=tuple(doors),
        impact=tuple(harm for harm in assessment.impact if id_ in harm.operators),
        records=deeds,
    )


def _names(client: str, addresses: Sequence[str]) -> bool:
    """Whether a client, which is an address or an address and its agent, has one of them."""
    return any(re.match(rf"{re.escape(a)}(?![.:]?\w)", client) for a in addresses)


def _backdoor(folder: Path, id_: str) -> BackdoorTold | None:
    assessment = _assessment(folder)
    door = next((one for one in assessment.backdoors if one.id == id_), None)
    if door is None:
        return None
    with _records(folder) as records:
        deeds = records.deeds("backdoor", id_, _ENDS) if records else None
    return BackdoorTold(
        id=id_,
        kind="backdoor",
        host=assessment.host.name,
        backdoor=door,
        operators=_who(assessment, [*door.planted_by, *(v.operator for v in door.visitors)]),
        records=deeds,
    )


def _called(door: Backdoor) -> str:
    return door.name or door.url or door.path or door.id


_TELLERS: dict[str, Callable[[Path, str], Told | None]] = {
    "f": _record,
    "r": _record,
    "op": _operator,
    "bd": _backdoor,
}

# ---------------------------------------------------------------- in words


def lines(told: Told) -> Iterator[str]:
    """The same for people, line by line; texts of evidence are still to be defused."""
    if isinstance(told, RecordTold):
        yield from _record_lines(told)
    elif isinstance(told, OperatorTold):
        yield from _operator_lines(told)
    else:
        yield from _backdoor_lines(told)


def _record_lines(told: RecordTold) -> Iterator[str]:
    row = told.record or {}
    if finding := told.finding:
        place, raw = finding.provenance, finding.raw
        yield finding.title
        yield finding.explain
        yield from _table(
            ("when", utc(finding.when)),
            ("worth", f"{finding.severity}, {finding.outcome} ({finding.question})"),
            ("may also be", finding.look_alike),
            ("chain", ", ".join([finding.chain or "", *finding.cve]).strip(", ")),
            ("technique", ", ".join(finding.technique)),
            ("address", finding.actor.address),
            ("user agent", finding.actor.user_agent),
            ("account", finding.actor.account),
            ("path", finding.object.path),
            ("url", finding.object.url),
            ("command", finding.object.command),
            ("rule", f"{finding.rule} (`afterpatch rules explain {finding.rule}`)"),
        )
    else:
        place, raw = msgspec.convert(row, Provenance), row["raw"]
        yield "Record found by what was learned of an intruder"
        yield "No detection speaks of it, and no rung of the verdict rests on it alone."
        yield from _table(
            ("when", utc(row["when"])),
            *(
                (name.replace("_", " "), row[name])
                for name in (
                    "artifact", "address", "user_agent", "account", "method", "url", "query",
                    "status", "path", "command", "request",
                )
            ),
            *((name, value) for name, value in row["facts"].items()),
        )  # fmt: skip
        for learned in told.learned:
            taught = f", learned from {_some(learned.taught_by)}" if learned.taught_by else ""
            yield from _table(("found by", learned.lead + taught))
    yield from _table(
        ("operator", _called_who(told.operator)),
        ("backdoors", ", ".join(row.get("backdoors", ()))),
        ("evidence", place.evidence),
        ("file", place.member),
        ("line", str(place.line or "")),
        ("bytes", f"{place.length:,} from offset {place.offset:,}"),
        ("SHA-256", place.sha256),
        *_each("see also", [f"{id_}: {title}" for id_, title in told.others]),
    )
    yield ""
    for line in told.lines.before if told.lines else ():
        yield f"  {line[:_LINE]}"
    yield f"> {raw}"
    for line in told.lines.after if told.lines else ():
        yield f"  {line[:_LINE]}"
    if told.lines is None:
        yield ""
        yield (
            "What stands around it is not shown: names are replaced in this dossier, and the "
            "evidence holds them."
            if told.redacted
            else "What stands around it can't be shown: it is no text, or not where it was."
        )
    if told.record is None:
        yield ""
        yield _NO_RECORDS
    who = told.operator.id if told.operator else ""
    yield from _near(f"{who} before it", told.before)
    yield from _near(f"{who} after it", told.after)
    others = f"Others than {who}" if who else "What else there is"
    yield from _near(f"{others} within {told.seconds} seconds", told.around)


def _operator_lines(told: OperatorTold) -> Iterator[str]:
    who = told.operator
    yield f"{who.id}: {who.class_}, on {told.host}"
    yield from _table(
        ("addresses", _some(who.addresses)),
        ("shared", _some(who.shared_addresses)),
        ("user agents", _some(who.user_agents)),
        ("accounts", _some(who.accounts)),
        ("first", utc(who.first)),
        ("last", utc(who.last)),
        ("one hand by", _some(who.joined_by)),
        *_each("did", who.actions),
        *_each("ran", who.commands),
        *_each("impact", [f"{utc(harm.when)}  {harm.what}" for harm in told.impact]),
    )
    yield from _doors(told.doors)
    if told.compared:
        yield ""
        yield f"Compared with others ({_shown(told.compared, _SOME)})"
    for comparison in told.compared[:_SOME]:
        made = "one hand" if comparison.merged else "not held for one hand"
        yield f"  {' and '.join(_short(client) for client in comparison.clients)}: {made}"
        for label, said in (
            ("for", comparison.evidence_for),
            ("against", comparison.evidence_against),
        ):
            if said:
                yield f"    {label}: {_some(said)}"
    yield from _deeds(told.records)


def _doors(doors: Sequence[Door]) -> Iterator[str]:
    if doors:
        yield ""
        yield f"Doors ({_shown(doors, _SOME)})"
    for door in doors[:_SOME]:
        done = ["planted"] if door.planted else []
        done.append(_visits(door.visits) if door.visits else "visited" if not done else "")
        yield f"  {door.id}  {door.kind} {_short(door.called)}: {', '.join(filter(None, done))}"


def _backdoor_lines(told: BackdoorTold) -> Iterator[str]:
    door, visits = told.backdoor, told.backdoor.visits
    known = {who.id: who for who in told.operators}
    planters = [_called_who(known[id_]) if id_ in known else id_ for id_ in door.planted_by]
    yield f"{door.id}: {door.kind} {_called(door)}, on {told.host}"
    yield from _table(
        ("path", door.path),
        ("url", door.url),
        ("name", door.name),
        ("family", door.family),
        ("planted", utc(door.planted)),
        ("planted by", "; ".join(planters) or "not known"),
        ("known from", door.evidence_state),
        ("still stands", door.still_stands),
        ("visits", f"{visits.count:,}, {visits.answered:,} answered"),
        ("first visit", utc(visits.first) if visits.count else None),
        ("last visit", utc(visits.last) if visits.count else None),
    )
    if door.visitors:
        yield ""
        yield f"Visitors ({_shown(door.visitors, _SOME)})"
    for visitor in door.visitors[:_SOME]:
        who = known.get(visitor.operator)
        yield f"  {_called_who(who) if who else visitor.operator}: {_visits(visitor)}"
    yield from _deeds(told.records)


def _visits(visitor: Visitor) -> str:
    return (
        f"{counted(visitor.count, 'visit')}, {visitor.answered:,} answered, "
        f"{utc(visitor.first)} to {utc(visitor.last)}"
    )


def _deeds(deeds: Deeds | None) -> Iterator[str]:
    if deeds is None:
        yield ""
        yield _NO_RECORDS
        return
    yield ""
    yield counted(deeds.records, "record") + (" by day" if deeds.by_day else "")
    yield from _counts(deeds.by_day, _DAYS)
    if deeds.by_kind:
        yield ""
        yield "By kind"
        yield from _counts(deeds.by_kind, _SOME)
    left = deeds.records - len(deeds.first) - len(deeds.last)
    if deeds.first:
        yield ""
        yield "First to last"
        yield from map(_deed, deeds.first)
        if left:
            yield f"  … {counted(left, 'further record')}"
        yield from map(_deed, deeds.last)


def _counts(counts: Sequence[Count], limit: int) -> Iterator[str]:
    for count in counts[:limit]:
        yield f"  {count.records:>9,}  {_short(count.of)}"
    if len(counts) > limit:
        yield f"  … and {len(counts) - limit:,} more"


def _near(title: str, near: Near) -> Iterator[str]:
    if near.shown:
        yield ""
        yield f"{title} ({_shown(near.shown, len(near.shown), near.records)})"
        yield from map(_deed, near.shown)


def _deed(deed: Deed) -> str:
    thing = deed.url or deed.path or deed.command
    parts = (
        deed.operator,
        deed.address or deed.account,
        deed.artifact,
        deed.method,
        thing and _short(thing),
        deed.status,
        f"[{_short('; '.join(deed.titles) or 'trace')}]",
        deed.id,
    )
    return f"  {utc(deed.when)}  {' '.join(filter(None, parts))}"


def _shown(values: Sequence[object], limit: int, count: int | None = None) -> str:
    whole = len(values) if count is None else count
    return f"{whole:,}" if whole <= limit else f"{limit} of {whole:,}"


def _table(*rows: tuple[str, str | None]) -> Iterator[str]:
    for label, text in rows:
        if text:
            yield f"{label:13}{text}"


def _each(label: str, values: Sequence[str]) -> list[tuple[str, str]]:
    more = [f"… and {len(values) - _SOME:,} more"] if len(values) > _SOME else []
    return [(label, text) for text in (*map(_short, values[:_SOME]), *more)]


def _called_who(who: Who | None) -> str:
    return f"{who.id} ({who.class_}, {_some(who.addresses)})" if who else ""


def _some(values: Iterable[str]) -> str:
    shown = [_short(value) for value in values]
    more = f" and {len(shown) - _SOME:,} more" if len(shown) > _SOME else ""
    return ", ".join(shown[:_SOME]) + more


def _short(text: str) -> str:
    return visible(text, _VALUE)


_NO_RECORDS = (
    f"This dossier has no {RECORDS}, which tells more: assess the evidence again to have it."
)
