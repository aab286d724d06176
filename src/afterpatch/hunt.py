"""The corridor: sweep → parse → match. The only place where the rooms below meet."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from afterpatch import knowledge
from afterpatch.artifacts import registry
from afterpatch.artifacts.artifact import Artifact, Parser
from afterpatch.artifacts.evtx import chunk_span
from afterpatch.detections import predicate
from afterpatch.detections.fields import ROLES
from afterpatch.detections.predicate import Predicate, View
from afterpatch.detections.rule import Rule, RuleSet, Sample
from afterpatch.engines.local import LocalEngine
from afterpatch.errors import EvidenceError, RuleError
from afterpatch.evidence.source import Reader, open_unit
from afterpatch.guard import Beat, ChildDied
from afterpatch.limits import (
    CONFIG_FILE_BYTES,
    DEATHS_PER_FILE,
    EVENT_FILE_BYTES,
    FINDINGS_PER_ACTOR,
    FINDINGS_PER_FILE,
    GAP_SECONDS,
    HEAD_BYTES,
    RAW_CHARACTERS,
    TALLIES_PER_FILE,
    WEB_FILE_BYTES,
    WINDOW_BYTES,
)
from afterpatch.model import (
    Actor,
    Evidence,
    FileReport,
    Finding,
    Frame,
    Gap,
    Object,
    Outcome,
    Problem,
    Provenance,
    Record,
    Sighting,
    Tally,
    Unit,
)
from afterpatch.sweep import frames
from afterpatch.sweep.engine import HyperscanEngine, compile_database
from afterpatch.sweep.frames import Block, Engine
from afterpatch.sweep.needles import Literal as Needle
from afterpatch.sweep.needles import Pattern, patterns
from afterpatch.times import seconds

__all__ = [
    "EXAMINER",
    "Examiner",
    "Job",
    "Program",
    "compile_program",
    "hunt",
    "literals_of",
    "run_samples",
]

_WHOLE_FILE_BYTES = {
    "webfile": WEB_FILE_BYTES,
    "iisconfig": CONFIG_FILE_BYTES,
    "events_json_file": EVENT_FILE_BYTES,
}
EXAMINER = "afterpatch.hunt:make_examiner"  # what a worker process runs, see guard.Child
_COMMENT = (b"#", codecs.BOM_UTF8 + b"#")  # how a comment line begins
EVTX_HEADER = 4096  # bytes before the first chunk of an event log


class Sweep(Struct, frozen=True):
    """What is looked for in the files of one artifact.

    `wanted` maps a pattern's index to the rules it speaks for, `anchors` are the indexes of the
    header lines' patterns; `always` are the rules without literals, which see every record.
    """

    patterns: tuple[Pattern, ...]
    database: bytes
    wanted: dict[int, tuple[int, ...]]
    anchors: frozenset[int]
    always: tuple[int, ...]

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
    report what no rule of the artifact asks for. `slow_lane` names the rules that see every record.
    `full` parses everything: the truth that the sweep is tested against. Records of a time before
    `since` or after `until` are not matched.
    """

    rules: tuple[Rule, ...]
    sweeps: dict[str, Sweep]
    slow_lane: tuple[str, ...]
    full: bool = False
    since: str | None = None
    until: str | None = None


def compile_program(
    ruleset: RuleSet,
    *,
    full: bool = False,
    since: str | None = None,
    until: str | None = None,
) -> Program:
    """Turn the rules and the artifacts' anchors into pattern databases."""
    slow: set[str] = set()
    sweeps: dict[str, Sweep] = {}
    for artifact in registry.ARTIFACTS:
        number = {Pattern(anchor.lower()): i for i, anchor in enumerate(artifact.anchors)}
        anchors = frozenset(number.values())
        wanted: dict[int, list[int]] = {}
        always: list[int] = []
        for index, rule in enumerate(ruleset.rules):
            for source in rule.sources:
                if source.artifact != artifact.name:
                    continue
                found = _patterns_of(rule, source, artifact)
                if found is None:
                    always.append(index)
                    if artifact.framing != "file":
                        slow.add(f"{rule.name} on {artifact.name}")
                for pattern in sorted(found or ()):
                    wanted.setdefault(number.setdefault(pattern, len(number)), []).append(index)
        sweeps[artifact.name] = Sweep(
            patterns=tuple(number),
            database=compile_database(tuple(number)),
            wanted={at: tuple(rules) for at, rules in wanted.items()},
            anchors=anchors,
            always=tuple(always),
        )
    return Program(ruleset.rules, sweeps, tuple(sorted(slow)), full, since, until)


def _patterns_of(rule: Rule, source: Any, artifact: Artifact) -> frozenset[Pattern] | None:
    if artifact.framing == "file":
        return None
    texts = predicate.literals(rule, source, artifact.encoding)
    if texts is None:
        return None
    found: set[Pattern] = set()
    low = {(text.lower(), url) for text, url in texts}
    try:
        for text, url in texts:
            longer = "".join(
                c for c in "0123456789abcdefghijklmnopqrstuvwxyz" if (text.lower() + c, url) in low
            )
            literal = Needle(text, url, rule.unless, longer)
            found |= patterns(literal, artifact.encoding)
    except RuleError:  # too short to look for in this encoding
        return None
    return frozenset(found)


# ---------------------------------------------------------------- one file, in a worker


class Job(Struct, frozen=True):
    """One unit to examine. `skip`: frames (file index, offset) that killed a child before.

    `hash_only`: files (by index) whose parser is given up.
    """

    index: int
    unit: Unit
    skip: frozenset[tuple[int, int]] = frozenset()
    hash_only: frozenset[int] = frozenset()


class Examiner:
    """Examines units under one program; made once in each worker."""

    def __init__(self, program: Program, engine: Callable[[Sweep], Engine] | None = None) -> None:
        self._program = program
        make = engine or (lambda sweep: HyperscanEngine(sweep.patterns, sweep.database))
        self._engines = {name: make(sweep) for name, sweep in program.sweeps.items()}
        self._conditions = [predicate.compile_node(r.condition) for r in program.rules]
        self._where: dict[tuple[int, str], Predicate] = {
            (i, s.artifact): predicate.compile_node(s.where)
            for i, r in enumerate(program.rules)
            for s in r.sources
            if s.where is not None
        }
        self._outcomes = [
            [(o, predicate.compile_node(n)) for o, n in r.outcomes] for r in program.rules
        ]
        self._look_alikes = [
            [(name, predicate.compile_node(n)) for name, n in r.look_alikes] for r in program.rules
        ]

    def __call__(self, job: Job, beat: Beat) -> Iterator[FileReport]:
        """The report of each file of the unit; a damaged container ends with a report of it."""
        unit = job.unit
        index = -1
        try:
            for index, (evidence, reader) in enumerate(open_unit(unit)):
                beat.file(index)
                scale = unit.size / evidence.size if unit.container in ("file", "zip") else 1.0
                file = _File(self, evidence, reader, beat, scale if evidence.size else 1.0)
                file.skip = frozenset(offset for i, offset in job.skip if i == index)
                file.examine(hash_only=index in job.hash_only)
                yield file.report()
        except EvidenceError as error:
            yield container_report(unit, error)

    def match(self, index: int, artifact: str, view: View) -> tuple[Outcome, str | None] | None:
        """What the rule says of the record: outcome and look-alike; None when it does not match."""
        where = self._where.get((index, artifact))
        if (where is not None and not where(view)) or not self._conditions[index](view):
            return None
        rule = self._program.rules[index]
        outcome = next((o for o, holds in self._outcomes[index] if holds(view)), rule.otherwise)
        look_alike = next((n for n, holds in self._look_alikes[index] if holds(view)), None)
        return outcome, look_alike

    @property
    def program(self) -> Program:
        return self._program

    def engine(self, artifact: str) -> Engine:
        return self._engines[artifact]


def make_examiner(program: Program) -> Examiner:
    """Entry point of a worker process, see guard.Child."""
    return Examiner(program)


def container_report(unit: Unit, error: EvidenceError) -> FileReport:
    """The report of a container that broke: it stands for all that could not be read in it."""
    name = unit.evidence
    evidence = Evidence(name, "", unit.locator.member or name, unit.locator, unit.size)
    return FileReport(
        evidence, None, problems=(Problem(evidence.path, str(error), error.offset, "open"),)
    )


class _Hashing:
    """Reads a file once: keeps the hash and the size, and the head for recognition."""

    def __init__(self, reader: Reader, beat: Beat, scale: float) -> None:
        self._reader = reader
        self._beat = beat
        self._scale = scale
        self._sha256 = hashlib.sha256()
        self._kept = b""
        self.size = 0

    def head(self) -> bytes:
        data = b""
        while len(data) < HEAD_BYTES and (more := self._next(HEAD_BYTES - len(data))):
            data += more
        self._kept = data
        return data

    def read(self, size: int) -> bytes:
        if self._kept:
            data, self._kept = self._kept[:size], self._kept[size:]
            return data
        return self._next(size)

    def rest(self) -> None:
        """Read on to the end for the hash alone."""
        self._kept = b""
        while self._next(WINDOW_BYTES):
            pass

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()

    def _next(self, size: int) -> bytes:
        self._beat.reading(self.size)
        data = self._reader.read(size)
        self._sha256.update(data)
        self.size += len(data)
        self._beat.advance(int(len(data) * self._scale))
        return data


class _Utf16:
    """Turns a UTF-16 text file into UTF-8 as it is read."""

    def __init__(self, read: Callable[[int], bytes], codec: str) -> None:
        self._read = read
        self._decoder = codecs.getincrementaldecoder(codec)("replace")

    def read(self, size: int) -> bytes:
        while data := self._read(size):
            if text := self._decoder.decode(data):
                return text.encode("utf-8")
        return self._decoder.decode(b"", final=True).encode("utf-8")


class _File:
    """One pass over one file."""

    def __init__(
        self, examiner: Examiner, evidence: Evidence, reader: Reader, beat: Beat, scale: float
    ) -> None:
        self._examiner = examiner
        self._program = examiner.program
        self._evidence = evidence
        self._beat = beat
        self._bytes = _Hashing(reader, beat, scale)
        self.skip: frozenset[int] = frozenset()
        self._artifact: Artifact | None = None
        self._parser: Parser | None = None
        self._utf16: str | None = None
        self._base = 0  # bytes of the file before the block, where it is UTF-16
        self._last_row: tuple[Block, int] | None = None
        self._comments_met = False
        self._first: str | None = None
        self._last: str | None = None
        self._records = 0
        self._unparsed = 0
        self._gaps: list[Gap] = []
        self._sightings: dict[Sighting, None] = {}
        self._findings: list[Finding] = []
        self._per_actor: Counter[tuple[str, str, str | None]] = Counter()
        self._kept: Counter[Outcome] = Counter()
        self._tallies: dict[tuple[str, Outcome, str | None, str | None], list[Any]] = {}
        self._untallied = 0
        self._problems: list[Problem] = []

    # ------------------------------------------------------------ the pass

    def examine(self, *, hash_only: bool) -> None:
        try:
            head = self._bytes.head()
            path = self._evidence.path.lower()
            self._utf16 = _utf16_codec(head)
            text = head.decode(self._utf16, "replace").encode() if self._utf16 else head
            self._artifact = registry.recognize(path, text.removeprefix(codecs.BOM_UTF8))
            if self._artifact is not None and not hash_only:
                self._parser = self._artifact.parser(self._evidence.path)
                self._pass(self._artifact, self._parser)
            self._bytes.rest()
        except EvidenceError as error:
            self._problem(str(error), error.offset, "read")

    def _pass(self, artifact: Artifact, parser: Parser) -> None:
        if artifact.framing == "file":
            self._whole_file(artifact, parser)
        elif artifact.framing == "chunk":
            self._event_log(artifact, parser)
        else:
            self._text_log(artifact, parser)
        self._sight(parser, None)

    def _whole_file(self, artifact: Artifact, parser: Parser) -> None:
        limit = _WHOLE_FILE_BYTES[artifact.name]
        parts, size = [], 0
        while size < limit and (data := self._bytes.read(min(WINDOW_BYTES, limit - size))):
            parts.append(data)
            size += len(data)
        if size == limit:
            self._problem(f"only the first {limit >> 20} MiB were parsed", limit, "parse")
        rules = self._program.sweeps[artifact.name].rules(())
        self._frame(artifact, parser, Frame(b"".join(parts), 0, 1), rules)

    def _event_log(self, artifact: Artifact, parser: Parser) -> None:
        start = self._bytes.read(8)
        offset = 0
        if start.startswith(b"ElfFile\0"):
            offset = EVTX_HEADER
            left = EVTX_HEADER - len(start)
            while left and (data := self._bytes.read(left)):
                left -= len(data)
            read = self._bytes.read
        else:
            pending = [start]

            def read(size: int) -> bytes:
                return pending.pop() if pending else self._bytes.read(size)

        sighted = False
        for block in frames.chunk_blocks(read, offset):
            for frame in frames.all_frames(block, "chunk"):
                first, last, count = chunk_span(frame.data)
                self._see(first)
                self._see(last)
                self._records += count
                if not sighted and count:
                    # The first chunk tells whose log it is.
                    sighted = True
                    for record in self._parse(parser, frame, count_damage=False):
                        self._sight(parser, record)
                        break
            self._candidates(artifact, parser, block)

    def _text_log(self, artifact: Artifact, parser: Parser) -> None:
        read = self._bytes.read
        if self._utf16:
            read = _Utf16(self._bytes.read, self._utf16).read
        before: str | None = None
        for block in frames.line_blocks(read, rows=artifact.framing == "row"):
            self._beat.reading(block.offset)
            headers = self._candidates(artifact, parser, block)
            self._records += block.lines - headers
            before = self._times(artifact, parser, block, before)
            if self._utf16:
                self._base += _utf16_length(block.data)
        if self._last_row is not None:
            self._sight_row(parser, self._row(artifact, *self._last_row))

    def _candidates(self, artifact: Artifact, parser: Parser, block: Block) -> int:
        """Parse and match the block's candidates; the number of header lines in the block."""
        sweep = self._program.sweeps[artifact.name]
        engine = self._examiner.engine(artifact.name)
        headers = 0
        if self._program.full or sweep.always:
            # A detection without literals must see every record of its artifact.
            needles: dict[int, Iterable[int]] = {}
            if not self._program.full:
                for c in frames.candidates(block, artifact.framing, engine):
                    needles[c.frame.offset] = c.needles
            unswept: Iterable[int] = sweep.wanted if self._program.full else ()
            for frame in frames.all_frames(block, artifact.framing):
                rules = sweep.rules(needles.get(frame.offset, unswept))
                headers += self._frame(artifact, parser, self._placed(block, frame), rules)
            return headers + self._comments(block)
        for candidate in frames.candidates(block, artifact.framing, engine):
            rules = sweep.rules(candidate.needles)
            if rules or not sweep.anchors.isdisjoint(candidate.needles):
                frame = self._placed(block, candidate.frame)
                headers += self._frame(artifact, parser, frame, rules)
        return headers + self._comments(block)

    def _comments(self, block: Block) -> int:
        """Comment lines of the block; looked for only where the parser was fed one."""
        if not self._comments_met:
            return 0
        self._comments_met = False
        return block.data.count(b"\n#") + block.data.startswith(_COMMENT)

    def _placed(self, block: Block, frame: Frame) -> Frame:
        """The frame with its offset in the file, where the block was turned from UTF-16."""
        if not self._utf16:
            return frame
        ahead = block.data[: frame.offset - block.offset]
        return Frame(frame.data, self._base + _utf16_length(ahead), frame.line)

    def _frame(self, artifact: Artifact, parser: Parser, frame: Frame, rules: Sequence[int]) -> int:
        """Feed one frame to the parser and its records to the rules; 1 when it was a header.

        Comment lines are counted by the block: only some of them are of use to the parser.
        """
        records, unparsed = 0, self._unparsed
        for record in self._parse(parser, frame, count_damage=True):
            records += 1
            if artifact.framing == "file":
                self._records += 1
                self._see(record.when)
                self._sight(parser, record)
            if self._utf16 and artifact.framing != "file":
                record = msgspec.structs.replace(record, length=_utf16_length(frame.data))
            if rules:
                self._match(artifact, record, rules)
        if frame.data.startswith(_COMMENT):
            self._comments_met = True
            return 0
        return int(not records and self._unparsed == unparsed)

    def _parse(self, parser: Parser, frame: Frame, *, count_damage: bool) -> Iterator[Record]:
        if frame.offset in self.skip:
            self._unparsed += count_damage
            return
        self._beat.parsing(frame.offset)
        try:
            yield from parser.feed(frame)
        except ValueError as error:
            if count_damage:
                self._unparsed += 1
                if self._unparsed == 1:
                    self._problem(
                        f"first record that could not be parsed: {error}", frame.offset, "parse"
                    )
        self._beat.reading(frame.offset)

    # ------------------------------------------------------------ times and sightings

    def _times(
        self, artifact: Artifact, parser: Parser, block: Block, before: str | None
    ) -> str | None:
        """Note the block's span and its silences; the file's first and last record are looked at
        for what they say of the server."""
        ends = _end_lines(block.data, parser.when)
        if ends is None:
            return before
        (start, first), (stop, last) = ends
        self._see(first)
        self._see(last)
        if before is None and not _columns_change(block.data, start):
            self._sight_row(parser, self._row(artifact, block, start))
        if before is not None:
            self._silence(before, first)
        for gap_from, gap_to in _silences(block.data, start, stop, first, last, parser.when):
            self._silence(gap_from, gap_to)
        self._last_row = block, stop
        return last

    def _row(self, artifact: Artifact, block: Block, at: int) -> Frame:
        start, stop = frames.BOUNDS[artifact.framing](block.data, at + 1)
        return Frame(block.data[start:stop], block.offset + start, None)

    def _sight_row(self, parser: Parser, frame: Frame) -> None:
        for record in self._parse(parser, frame, count_damage=False):
            self._sight(parser, record)

    def _see(self, when: str | None) -> None:
        if when is not None:
            self._first = when if self._first is None else min(self._first, when)
            self._last = when if self._last is None else max(self._last, when)

    def _silence(self, start: str, end: str) -> None:
        if seconds(end) - seconds(start) > GAP_SECONDS:
            self._gaps.append(Gap(start, end, "missing"))

    def _sight(self, parser: Parser, record: Record | None) -> None:
        for sighting in parser.sightings(record):
            self._sightings.setdefault(sighting)

    # ------------------------------------------------------------ matching

    def _match(self, artifact: Artifact, record: Record, rules: Sequence[int]) -> None:
        if record.when is not None and not (
            (self._program.since or "") <= record.when <= (self._program.until or "~")
        ):
            return
        fields = enrich(artifact.name, record.fields)
        view = View(fields)
        for index in rules:
            said = self._examiner.match(index, artifact.name, view)
            if said is not None:
                self._found(self._program.rules[index], record, view, *said)

    def _found(
        self, rule: Rule, record: Record, view: View, outcome: Outcome, look_alike: str | None
    ) -> None:
        roles = {**ROLES, **dict(rule.roles)}

        def part(role: str) -> str | None:
            return next((v for f in roles[role] for v in view.raw(f)[:1] if v), None)

        actor = Actor(part("address"), part("user_agent"), part("account"))
        thing = Object(part("path"), part("url"), part("command"))
        key = (rule.name, outcome, actor.address, thing.url)
        tally = self._tallies.get(key)
        if tally is None and len(self._tallies) < TALLIES_PER_FILE:
            tally = self._tallies[key] = [0, record.when, record.when]
        if tally is None:
            self._untallied += 1
        else:
            tally[0] += 1
            tally[1:] = _span(tally[1], tally[2], record.when)
        per_actor = (rule.name, outcome, actor.address)
        self._per_actor[per_actor] += 1
        if (
            self._per_actor[per_actor] > FINDINGS_PER_ACTOR
            or self._kept[outcome] >= FINDINGS_PER_FILE[outcome]
        ):
            return
        self._kept[outcome] += 1
        facts = {
            name: value
            for name, fields in rule.facts
            for value in [next((v for f in fields for v in view.raw(f)[:1] if v), None)]
            if value is not None
        }
        self._findings.append(
            Finding(
                id="",
                rule=rule.name,
                title=rule.title,
                question=rule.question,
                outcome=outcome,
                chain=rule.chain,
                cve=rule.cve,
                technique=rule.technique,
                severity=rule.severity,
                when=record.when,
                actor=actor,
                object=thing,
                provenance=Provenance(
                    self._evidence.evidence,
                    self._evidence.path,
                    record.offset,
                    record.length,
                    record.line,
                    "",
                    self._evidence.locator.member,
                ),
                raw=_shortened(record.raw),
                look_alike=look_alike,
                explain=rule.explain,
                artifact=record.artifact,
                facts=facts,
                standing=rule.standing,
            )
        )

    # ------------------------------------------------------------ the result

    def report(self) -> FileReport:
        artifact = self._artifact
        sha256 = self._bytes.hexdigest()
        parser = self._parser
        self._unparsed += int(getattr(parser, "damage_count", 0))
        held_back = sum(self._per_actor.values()) - len(self._findings)
        if held_back:
            self._problem(
                f"{held_back} further records alike are counted, not listed one by one",
                None,
                "detect",
            )
        if self._untallied:
            self._problem(
                f"{self._untallied} further matches exceed the limit and are in no count",
                None,
                "detect",
            )
        return FileReport(
            evidence=msgspec.structs.replace(
                self._evidence,
                size=self._bytes.size,
                sha256=sha256,
                artifact=artifact.name if artifact else "",
            ),
            family=artifact.family if artifact else None,
            first=self._first,
            last=self._last,
            records=self._records,
            unparsed=self._unparsed,
            gaps=tuple(self._gaps),
            sightings=tuple(self._sightings),
            findings=tuple(_sealed(f, sha256) for f in self._findings),
            tallies=tuple(
                Tally(rule, outcome, address, url, count, first, last)
                for (rule, outcome, address, url), (count, first, last) in self._tallies.items()
            ),
            problems=tuple(self._problems),
        )

    def _problem(self, why: str, offset: int | None, stage: Any) -> None:
        self._problems.append(Problem(self._evidence.path, why, offset, stage))


def _sealed(finding: Finding, sha256: str) -> Finding:
    """The finding with the hash of its file, and its id: a hash of rule and provenance."""
    provenance = msgspec.structs.replace(finding.provenance, sha256=sha256)
    digest = hashlib.sha256(msgspec.json.encode((finding.rule, provenance))).hexdigest()
    return msgspec.structs.replace(finding, id=f"f-{digest[:20]}", provenance=provenance)


def enrich(artifact: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with what the knowledge tables say of the page, path or request they name."""
    if artifact == "iis":
        stem = str(fields.get("cs-uri-stem", ""))
        return {
            **fields,
            "Request": f"{fields.get('cs-method', '')} {stem}",
            **_page(knowledge.is_stock_web_path(stem, _side(fields)), stem),
        }
    path = fields.get("Path" if artifact == "webfile" else "TargetFilename")
    if not isinstance(path, str) or not path:
        return fields
    if virtual := fields.get("VirtualPath"):
        return {**fields, **_page(knowledge.is_stock_web_path(virtual), virtual)}
    if compiled := _COMPILED.search(path):
        name = compiled.group(1)
        return {**fields, **_page(knowledge.is_stock_page_name(name), path), "PageName": name}
    return {**fields, **_page(knowledge.is_stock_web_file(path), path)}


# Temporary ASP.NET Files\owa\8e05b027\e164d61b\logon.aspx.f5dba9b9.compiled
_COMPILED = re.compile(r"([^\\/]+\.[a-z]+)\.[0-9a-f]+\.compiled$", re.IGNORECASE)


def _side(fields: dict[str, Any]) -> Literal["front", "back"]:
    return "back" if fields.get("BackEnd") == "true" else "front"


def _page(stock: bool, path: str) -> dict[str, str]:
    return {
        "Stock": "true" if stock else "false",
        "DirectoryClass": knowledge.directory_class(path),
        "PageName": path.replace("\\", "/").rsplit("/", 1)[-1],
    }


def _shortened(text: str) -> str:
    if len(text) <= RAW_CHARACTERS:
        return text
    return f"{text[:RAW_CHARACTERS]} … ({len(text) - RAW_CHARACTERS} more characters)"


def _span(first: str | None, last: str | None, when: str | None) -> list[str | None]:
    if when is None:
        return [first, last]
    return [
        when if first is None else min(first, when),
        when if last is None else max(last, when),
    ]


def _utf16_codec(head: bytes) -> str | None:
    """The codec of a file that begins with a UTF-16 byte-order mark or with ASCII in UTF-16."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16-le" if head.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    if len(head) >= 8 and head[1:8:2] == bytes(4) and 0 not in head[:8:2]:
        return "utf-16-le"
    if len(head) >= 8 and head[:8:2] == bytes(4) and 0 not in head[1:8:2]:
        return "utf-16-be"
    return None


def _utf16_length(data: bytes) -> int:
    return len(data.decode("utf-8", "replace").encode("utf-16-le"))


def _columns_change(data: bytes, start: int) -> bool:
    """Whether other columns than those of the row at `start` stand below it.

    The parser has read the whole block by then, and would read that row by the last of them.
    """
    below = data.rfind(b"#Fields:", start)
    if below < 0:
        return False
    above = data.rfind(b"#Fields:", 0, start)
    return above < 0 or data[above:].partition(b"\n")[0] != data[below:].partition(b"\n")[0]


_EDGE_LINES = 50  # looked at from either end of a block for one that carries a time


def _end_lines(
    data: bytes, when: Callable[[bytes], str | None]
) -> tuple[tuple[int, str], tuple[int, str]] | None:
    """Offset and time of the first and the last line of the block that carry a time."""
    first = _timed(data, 0, when)
    if first is None:
        return None
    end = len(data)
    for _ in range(_EDGE_LINES):
        start = data.rfind(b"\n", 0, max(end - 1, 0)) + 1
        time = when(data[start:end].rstrip(b"\r\n"))
        if time is not None:
            return first, (start, time)
        end = start
        if end == 0:
            break
    return first, first


def _timed(data: bytes, start: int, when: Callable[[bytes], str | None]) -> tuple[int, str] | None:
    for _ in range(_EDGE_LINES):
        if start >= len(data):
            return None
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        time = when(data[start:end].rstrip(b"\r"))
        if time is not None:
            return start, time
        start = end + 1
    return None


def _silences(
    data: bytes,
    start: int,
    stop: int,
    first: str,
    last: str,
    when: Callable[[bytes], str | None],
) -> Iterator[tuple[str, str]]:
    """Pairs of neighboring records further apart than GAP_SECONDS, found by halving.

    Rows are in order of time, so a part whose ends are close together holds no silence.
    """
    todo = [(start, stop, first, last)]
    while todo:
        start, stop, first, last = todo.pop()
        if seconds(last) - seconds(first) <= GAP_SECONDS:
            continue
        middle = data.rfind(b"\n", start, (start + stop) // 2 + 1) + 1
        found = _timed(data, middle, when) if middle > start else None
        if found is None or found[0] >= stop:
            after = data.find(b"\n", start) + 1
            found = _timed(data, after, when) if 0 < after < stop else None
            if found is None or found[0] >= stop:
                yield first, last
                continue
        at, time = found
        todo += [(at, stop, time, last), (start, at, first, time)]


# ---------------------------------------------------------------- all files


def hunt(
    program: Program,
    units: Sequence[Unit],
    engine: LocalEngine[Job],
    on_progress: Callable[[int], None] = lambda _done: None,
) -> list[FileReport]:
    """Examine every unit in worker processes: the files' reports in the order of the units.

    Nothing in the result depends on the number of workers.

    The engine runs EXAMINER.
    """
    reports: dict[int, list[FileReport]] = {}
    deaths: dict[int, list[tuple[int, int]]] = {}
    final: dict[int, list[FileReport]] = {}

    def on_death(job: Job, died: ChildDied) -> Job | None:
        fresh = reports.pop(job.index, [])
        seen = deaths.setdefault(job.index, [])
        seen.append((died.file, died.offset))
        problem = f"{died.why}: skipped"
        if not died.parsing:
            final.setdefault(job.index, []).extend(
                [*fresh, container_report(job.unit, EvidenceError(died.why, died.offset))]
            )
            return None
        final.setdefault(job.index, [])
        notes.setdefault((job.index, died.file), []).append((problem, died.offset))
        of_file = sum(1 for file, _ in seen if file == died.file)
        if of_file >= DEATHS_PER_FILE:
            return msgspec.structs.replace(job, hash_only=job.hash_only | {died.file})
        return msgspec.structs.replace(job, skip=job.skip | {(died.file, died.offset)})

    notes: dict[tuple[int, int], list[tuple[str, int]]] = {}
    # The largest first, so that the last worker is not left alone with one of them.
    order = sorted(range(len(units)), key=lambda i: (-units[i].size, units[i]))
    told = engine.run(
        [Job(i, units[i]) for i in order],
        program,
        on_death=on_death,
        on_progress=on_progress,
        size_of=lambda job: job.unit.size,
    )
    for job, kind, value in told:
        if kind == "result":
            reports.setdefault(job.index, []).append(value)
        elif kind == "error":
            reports.setdefault(job.index, []).append(
                container_report(job.unit, EvidenceError(value))
            )
    merged: list[FileReport] = []
    for index in range(len(units)):
        merged += final.get(index, [])
        for file, report in enumerate(reports.get(index, [])):
            said = notes.get((index, file), [])
            merged.append(
                msgspec.structs.replace(
                    report,
                    problems=(
                        *report.problems,
                        *(Problem(report.evidence.path, why, at, "parse") for why, at in said),
                    ),
                )
            )
    return merged


# ---------------------------------------------------------------- rules by themselves


def literals_of(ruleset: RuleSet) -> list[str]:
    """The literals of all rules and artifacts, as text, sorted: what the sweep looks for."""
    artifacts = {a.name: a for a in registry.ARTIFACTS}
    found = {anchor.decode("ascii") for a in registry.ARTIFACTS for anchor in a.anchors}
    for rule in ruleset.rules:
        for source in rule.sources:
            artifact = artifacts[source.artifact]
            if artifact.framing != "file":
                texts = predicate.literals(rule, source, artifact.encoding)
                found.update(text for text, _ in texts or ())
    return sorted(found)


def run_samples(rule: Rule) -> Iterator[tuple[Sample, str | None]]:
    """Put each sample of the rule through its parser and the rule: (sample, complaint or None)."""
    examiner = Examiner(compile_program(RuleSet((rule,), (), "")), engine=None)
    for sample in rule.samples:
        said = list(_outcomes(examiner, sample))
        if not sample.hit:
            yield sample, f"matched as {said[0]}" if said else None
        elif not said:
            yield sample, "did not match"
        elif sample.outcome and sample.outcome not in said:
            yield sample, f"matched as {said[0]}, not as {sample.outcome}"
        else:
            yield sample, None


def _outcomes(examiner: Examiner, sample: Sample) -> Iterator[Outcome]:
    artifact = next(a for a in registry.ARTIFACTS if a.name == sample.artifact)
    parser = artifact.parser(sample.path)
    data = sample.lines.encode()
    if artifact.framing == "file":
        each = iter([Frame(data, 0, 1)])
    else:
        each = frames.all_frames(Block(data, 0, 1, data.count(b"\n")), artifact.framing)
    for frame in each:
        for record in parser.feed(frame):
            said = examiner.match(0, artifact.name, View(enrich(artifact.name, record.fields)))
            if said is not None:
                yield said[0]
