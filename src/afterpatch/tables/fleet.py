"""The tables of a fleet: what all its dossiers say, as Parquet, for many tools.

    tables/v1/servers/bucket=07/part-0.parquet

Which bucket a server is in follows from its name alone, and a bucket is always written whole from
its dossiers, aside and then renamed. So a kill leaves no half file and no row twice, what is lost
can be written again, and the same dossiers give the same rows in the same order. The footer of a
part has a hash over the dossiers it was made of (`dossiers`): what is up to date is not written
again. There is one writer at a time. The tables may lie in object storage, and the dossiers too.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args
from zlib import crc32

import msgspec

from afterpatch import __version__
from afterpatch.model import Assessment, Finding, Grade, Problem
from afterpatch.storage import Place, Stored, below, read_each
from afterpatch.tables.columns import Column, Row
from afterpatch.tables.parquet import TableFile, footer
from afterpatch.times import is_time

__all__ = [
    "BUCKETS",
    "READ",
    "SCHEMA",
    "TABLES",
    "UNREAD",
    "VERSION",
    "FleetTables",
    "Told",
    "bucket_of",
]

VERSION = "v1"  # counts up when a column changes its meaning; columns are added at the end
SCHEMA = f"afterpatch/fleet-tables/{VERSION}"
BUCKETS = 64
READ = ("assessment.json", "findings.jsonl")  # the files of a dossier that rows are made of
UNREAD = "can't be read"
_LADDER = get_args(Grade)
_SERVER = Column("server", "text", "the dossier's folder below `servers/`, such as `mail-7`")

TABLES: Mapping[str, tuple[Column, ...]] = {
    "servers": (
        _SERVER,
        Column("package", "text", "the evidence package: the first part of `server`"),
        Column("host", "text", "name of the server, as its logs write it"),
        Column("product", "text", "such as `Exchange Server 2016`; empty when not known"),
        Column("build", "text", "the last build that the evidence shows"),
        Column("grade", "text", "highest rung of the ladder that is proved"),
        Column("rung", "integer", "the grade as a number: 0 not assessed, 1 no evidence to 7"),
        Column("coverage", "text", "`sufficient`, `partial` or `insufficient`"),
        Column("sentence", "text", "the verdict in one sentence"),
        Column("entry", "time", "first entry that is proved; empty when none is"),
        Column("last_deed", "time", "the last thing seen of those who came in"),
        Column("patched", "time", "first sight of a build that closes the hole of the entry"),
        Column("ended", "text", "`evicted` or `end of evidence`; empty without an entry"),
        Column("days_in", "integer", "days from the entry to its end"),
        Column("evidence_from", "time", "the first record of any log"),
        Column("evidence_to", "time", "the last record of any log"),
        Column("backdoors", "integer", "doors found"),
        Column("intruders", "integer", "operators of class `intruder`"),
        Column("findings", "integer", "findings in `findings.jsonl`"),
        Column("problems", "integer", "what could not be read"),
    ),
    "findings": (
        _SERVER,
        Column("id", "text", "as in `findings.jsonl`"),
        Column("when", "time", "time of the record; empty when it carries none"),
        Column("rule", "text", "the detection"),
        Column("title", "text", "its title"),
        Column("question", "text", "`exposed` to `impacted`"),
        Column("outcome", "text", "`attempt`, `reached` or `success`"),
        Column("standing", "text", "`proof`, `supporting` or `foreign`"),
        Column("severity", "text", "`informational` to `critical`"),
        Column("chain", "text", "attack chain; empty when there is none"),
        Column("cve", "list of text", "holes it is about"),
        Column("technique", "list of text", "ATT&CK techniques"),
        Column("look_alike", "text", "the innocent thing that leaves the same record"),
        Column("address", "text", "address of the client"),
        Column("user_agent", "text", "user agent of the client"),
        Column("account", "text", "account, as the record writes it"),
        Column("path", "text", "file or other thing on the server"),
        Column("url", "text", "path of the request"),
        Column("command", "text", "command line or cmdlet"),
        Column("artifact", "text", "kind of log or file"),
        Column("member", "text", "Windows path of the file"),
        Column("line", "integer", "line of the record, from 1"),
    ),
    "backdoors": (
        _SERVER,
        Column("id", "text", "as in `assessment.json`"),
        Column("kind", "text", "`web shell`, `account`, `scheduled task`, ..."),
        Column("name", "text", "what it is called where it is no page"),
        Column("path", "text", "where it is on the server"),
        Column("url", "text", "where it is asked for"),
        Column("family", "text", "what its content is known as"),
        Column("planted", "time", "when it came"),
        Column("planted_by", "list of text", "operators of this server"),
        Column("on_disk", "truth", "its file is in the evidence"),
        Column("evidence_state", "text", "`file`, `trace only` or `log only`"),
        Column("still_stands", "text", "`yes`, `no` or `unknown`"),
        Column("first_visit", "time", "first request to it"),
        Column("last_visit", "time", "last request to it"),
        Column("visits", "integer", "requests to it"),
        Column("answered", "integer", "of these, answered as the visitor wanted"),
    ),
    "operators": (
        _SERVER,
        Column("id", "text", "as in `assessment.json`: it means nothing on another server"),
        Column("class", "text", "`intruder`, `scanner`, `responder` or `unknown`"),
        Column("first", "time", "first thing seen of it"),
        Column("last", "time", "last thing seen of it"),
        Column("addresses", "list of text", "from which it came"),
        Column("shared_addresses", "list of text", "of these, from which others come too"),
        Column("user_agents", "list of text", "as which it came"),
        Column("accounts", "list of text", "as whom it signed in"),
        Column("planted", "list of text", "backdoors of this server"),
        Column("visited", "list of text", "backdoors of this server"),
        Column("actions", "list of text", "titles of what it did"),
        Column("commands", "list of text", "what it ran"),
        Column("joined_by", "list of text", "what holds its requests together"),
        Column("records", "integer", "its own in `records.parquet`"),
    ),
    "chains": (
        _SERVER,
        Column("name", "text", "such as `ProxyLogon`"),
        Column("cves", "list of text", "holes"),
        Column("outcome", "text", "`probed`, `attempted`, `reached` or `exploited`"),
        Column("first", "time", "first record of it"),
        Column("last", "time", "last record of it"),
        Column("sources", "list of text", "addresses"),
    ),
    "impact": (
        _SERVER,
        Column("kind", "text", "`credential dump`, `mailbox read`, `ransomware`, ..."),
        Column("technique", "text", "ATT&CK technique"),
        Column("when", "time", "when it happened"),
        Column("what", "text", "in words"),
        Column("amount", "integer", "how much; empty when not known"),
        Column("unit", "text", "of the amount"),
        Column("bound", "text", "`exact` or `at least`"),
        Column("operators", "list of text", "of this server"),
    ),
    "coverage": (
        _SERVER,
        Column("artifact", "text", "family of logs or files"),
        Column("from", "time", "first record"),
        Column("to", "time", "last record"),
        Column("needed_from", "time", "from when on it would be needed"),
        Column("state", "text", "`assessed`, `partial`, `not present` or `failed`"),
        Column("gaps", "integer", "stretches that are missing between"),
        Column("files", "integer", "files"),
        Column("bytes", "integer", "bytes"),
        Column("records", "integer", "records"),
        Column("unparsed", "integer", "records that could not be read"),
        Column("note", "text", "in words"),
    ),
}


def bucket_of(server: str) -> int:
    """The bucket that holds a server's rows, the same on every machine."""
    return crc32(server.encode("utf-8", "backslashreplace")) % BUCKETS


class Told(NamedTuple):
    """Of the files READ of a dossier: SHA-256 of each, or UNREAD, and bytes of the largest."""

    digests: tuple[str, ...]
    size: int


def _hashed(dossiers: Sequence[Place]) -> Iterator[Told]:
    for dossier in dossiers:
        yield Told(tuple(_digest(dossier / name) for name in READ), 0)


def _digest(path: Place) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return UNREAD


class FleetTables:
    """The tables below a folder, and what is to be in them.

    `told` says of dossiers, in order, what their files are; by default these are hashed, which
    brings them here. Name every finished dossier with `add`, those of earlier runs too: a bucket
    holds what was named and nothing else. Then `write`, at the end of a run or now and then: its
    cost is that of the buckets whose dossiers changed.
    """

    def __init__(
        self, folder: Place, told: Callable[[Sequence[Place]], Iterable[Told]] = _hashed
    ) -> None:
        self.folder = folder / VERSION
        self._told = told
        self._dossiers: dict[int, dict[str, Place]] = {}

    def add(self, dossiers: Iterable[tuple[str, Place]]) -> None:
        """Name finished dossiers: the server (folder below `servers/`) and the folder itself."""
        for server, folder in dossiers:
            self._dossiers.setdefault(bucket_of(server), {})[server] = folder

    def write(self) -> list[Problem]:
        """Write the buckets that are not up to date; returns the dossiers that can't be read."""
        problems: list[Problem] = []
        there = self._parts()
        for bucket in range(BUCKETS):
            problems += self._write_bucket(bucket, self._dossiers.get(bucket, {}), there)
        return problems

    def _parts(self) -> set[str]:
        """The parts that are there, by their names below the folder."""
        if isinstance(self.folder, Stored):
            return {name for name, _ in self.folder.files()}
        return {below(part, self.folder) for part in self.folder.glob("*/*/*.parquet")}

    def _write_bucket(
        self, bucket: int, dossiers: Mapping[str, Place], there: set[str]
    ) -> list[Problem]:
        names = {name: f"{name}/bucket={bucket:02}/part-0.parquet" for name in TABLES}
        old = [self.folder / name for name in names.values() if name in there]
        if not dossiers:
            for part in old:
                part.unlink()
            return []
        servers = sorted(dossiers)
        marks = dict(zip(servers, self._told([dossiers[s] for s in servers]), strict=True))
        over = _over(marks)
        if len(old) == len(names) and all(footer(part).get("dossiers") == over for part in old):
            return []
        if isinstance(self.folder, Stored):
            with tempfile.TemporaryDirectory() as folder:
                aside = {name: Path(folder, f"{name}.parquet") for name in names}
                problems = _write_parts(aside, dossiers, marks)
                for name, part in aside.items():
                    (self.folder / names[name]).upload(part)
            return problems
        parts = {name: self.folder / path for name, path in names.items()}
        aside = {name: part.with_name(".part-0.writing") for name, part in parts.items()}
        for part in parts.values():
            part.parent.mkdir(parents=True, exist_ok=True)
        problems = _write_parts(aside, dossiers, marks)
        for name, part in aside.items():
            part.replace(parts[name])
        return problems


def _write_parts(
    parts: Mapping[str, Path], dossiers: Mapping[str, Place], marks: Mapping[str, Told]
) -> list[Problem]:
    """Write a file for each table; returns the dossiers that can't be read and are in none."""
    problems: list[Problem] = []
    taken: dict[str, Told] = {}
    files = {
        name: TableFile(str(parts[name]), columns, SCHEMA, {"table": name})
        for name, columns in TABLES.items()
    }
    places = ((dossiers[s] / name, told.size) for s, told in marks.items() for name in READ)
    contents = read_each(places)
    for server, told in marks.items():
        found, findings = next(contents), next(contents)
        try:
            for name, row in rows_of(server, _content(found), _content(findings)):
                files[name].add(row)
            taken[server] = told
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            problems.append(Problem(server, f"its dossier can't be read: {error}"))
    for file in files.values():
        # Of what is in the part: a dossier that is not is tried, and told of, at the next run.
        file.note({"dossiers": _over(taken)})
        file.close()
    return problems


def _content(read: bytes | OSError) -> bytes:
    if isinstance(read, OSError):
        raise read
    return read


def _over(marks: Mapping[str, Told]) -> str:
    """A hash over what a bucket is made of: the same dossiers, the same mark."""
    whole = hashlib.sha256(f"{SCHEMA} {__version__}".encode())
    for server, told in marks.items():
        whole.update(f"{server}\0{' '.join(told.digests)}\0".encode("utf-8", "backslashreplace"))
    return whole.hexdigest()


_assessment = msgspec.json.Decoder(Assessment)
_finding = msgspec.json.Decoder(Finding)


def rows_of(server: str, assessment: bytes, findings_lines: bytes) -> Iterator[tuple[str, Row]]:
    """Yields each row of one dossier, of these two files, with its table. All of it is read before
    the first row, so that a dossier is in the tables whole or not at all; MsgspecError when it
    can't be.
    """
    found = _assessment.decode(assessment)
    findings = [
        {"server": server, **_of_finding(_finding.decode(line))}
        for line in findings_lines.splitlines()
        if line
    ]
    yield "servers", {"server": server, **_of_server(server, found, len(findings))}
    yield from (("findings", row) for row in findings)
    for door in found.backdoors:
        row = _picked("backdoors", door) | {
            "first_visit": _time(door.visits.first),
            "last_visit": _time(door.visits.last),
            "visits": door.visits.count,
            "answered": door.visits.answered,
        }
        yield "backdoors", {"server": server, **row}
    for who in found.operators:
        yield "operators", {"server": server, **_picked("operators", who)}
    for chain in found.chains:
        yield "chains", {"server": server, **_picked("chains", chain)}
    for impact in found.impact:
        amount = impact.amount
        row = _picked("impact", impact) | {
            "amount": amount.value if amount else None,
            "unit": amount.unit if amount else None,
            "bound": amount.bound if amount else None,
        }
        yield "impact", {"server": server, **row}
    for family in found.coverage:
        row = _picked("coverage", family) | {"gaps": len(family.gaps)}
        yield "coverage", {"server": server, **row}


def _of_server(server: str, found: Assessment, findings: int) -> Row:
    dwell, host, verdict = found.dwell, found.host, found.verdict
    spans = [(c.from_, c.to) for c in found.coverage]
    return {
        "package": server.partition("/")[0],
        "host": host.name,
        "product": host.product,
        "build": host.build,
        "grade": verdict.grade,
        "rung": _LADDER.index(verdict.grade),
        "coverage": verdict.coverage,
        "sentence": verdict.sentence,
        "entry": _time(dwell.entry) if dwell else None,
        "last_deed": _time(dwell.last_deed) if dwell else None,
        "patched": _time(dwell.patched) if dwell else None,
        "ended": dwell.ended if dwell else None,
        "days_in": dwell.days if dwell else None,
        "evidence_from": _time(min((a for a, _ in spans if a), default=None)),
        "evidence_to": _time(max((b for _, b in spans if b), default=None)),
        "backdoors": len(found.backdoors),
        "intruders": sum(who.class_ == "intruder" for who in found.operators),
        "findings": findings,
        "problems": len(found.problems),
    }


def _of_finding(one: Finding) -> Row:
    return _picked("findings", one) | {
        "address": one.actor.address,
        "user_agent": one.actor.user_agent,
        "account": one.actor.account,
        "path": one.object.path,
        "url": one.object.url,
        "command": one.object.command,
        "member": one.provenance.member,
        "line": one.provenance.line,
    }


def _picked(table: str, thing: msgspec.Struct) -> dict[str, Any]:
    """The fields of a struct that are columns of a table by the same name."""
    row = {}
    for column in TABLES[table][1:]:
        field = {"class": "class_", "from": "from_"}.get(column.name, column.name)
        value = getattr(thing, field, None)
        row[column.name] = _time(value) if column.type == "time" else _text(value)
    return row


def _text(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, tuple):
        return [_text(part) for part in value]
    return value


def _time(value: str | None) -> str | None:
    """A time of the model; None for what a record claims and no calendar has."""
    return value if value is not None and is_time(value) else None
