"""One pass over one file: hash, sweep, parse, match."""

from __future__ import annotations

import codecs
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec

from afterpatch.artifacts import registry, winevent
from afterpatch.artifacts.artifact import Artifact, ChunkParser, EventParser, Parser
from afterpatch.artifacts.evtx import chunk_span, file_header
from afterpatch.detections.fields import ROLES
from afterpatch.detections.predicate import View
from afterpatch.detections.rule import Rule
from afterpatch.detections.yara_pack import YaraFound
from afterpatch.errors import EvidenceError, RuleError
from afterpatch.evidence.source import Reader
from afterpatch.guard import Beat
from afterpatch.hunt.channels import Channels, LogChannel
from afterpatch.hunt.enrich import enrich
from afterpatch.hunt.program import Sweep
from afterpatch.hunt.spans import columns_change, end_lines, opened, silences
from afterpatch.knowledge import bare_account, is_person
from afterpatch.limits import (
    COMMON_ACCOUNTS,
    CONFIG_FILE_BYTES,
    EVENT_FILE_BYTES,
    FINDINGS_PER_ACTOR,
    FINDINGS_PER_RULE,
    GAP_SECONDS,
    GAPS_PER_FILE,
    HEAD_BYTES,
    LEAD_RAW_CHARACTERS,
    LEAD_RECORDS_PER_FILE,
    RAW_CHARACTERS,
    REGISTRY_FILE_BYTES,
    TALLIES_PER_FILE,
    WEB_FILE_BYTES,
    WINDOW_BYTES,
    YARA_FILE_BYTES,
)
from afterpatch.model import (
    Actor,
    ChannelSpan,
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
)
from afterpatch.sweep import frames
from afterpatch.sweep.frames import Block
from afterpatch.times import believed, seconds

if TYPE_CHECKING:
    from afterpatch.hunt.examiner import Examiner

__all__ = ["FilePass"]


_WHOLE_FILE_BYTES = {
    "webfile": WEB_FILE_BYTES,
    "iisconfig": CONFIG_FILE_BYTES,
    "transportagents": CONFIG_FILE_BYTES,
    "scheduledtask": CONFIG_FILE_BYTES,
    "registryexport": REGISTRY_FILE_BYTES,
    "events_json_file": EVENT_FILE_BYTES,
}
_COMMENT = (b"#", codecs.BOM_UTF8 + b"#")  # how a comment line begins
_PAGES = next(a for a in registry.ARTIFACTS if a.name == "webfile")
T = TypeVar("T")
EVTX_HEADER = 4096  # bytes before the first chunk of an event log
_EVENTS = "windows-events"  # the family
_SHORTEST_EVENT = 20  # bytes; a shorter line is none
_SHIFT_SAMPLES = 64  # events asked in one file for how far their time is from UTC


class _Hashing:
    """Reads a file once: keeps the hash and the size, and the head for recognition.

    Where the hash is `known` it is not worked out again.
    """

    def __init__(self, reader: Reader, beat: Beat, scale: float, known: str | None) -> None:
        self._reader = reader
        self._beat = beat
        self._scale = scale
        self._known = known
        self._sha256 = hashlib.sha256()
        self._kept = b""
        self.size = 0

    def head(self) -> bytes:
        data = self._next(WINDOW_BYTES)
        while len(data) < HEAD_BYTES and (more := self._next(WINDOW_BYTES - len(data))):
            data += more
        self._kept = data
        return data[:HEAD_BYTES]

    def read(self, size: int) -> bytes:
        if self._kept:
            data = self._kept
            if len(data) > size:
                data, self._kept = data[:size], data[size:]
            else:
                self._kept = b""
            return data
        return self._next(size)

    def rest(self) -> None:
        """Read on to the end for the hash alone."""
        self._kept = b""
        if self._known is not None:
            return
        while self._next(WINDOW_BYTES):
            pass

    def hexdigest(self) -> str:
        return self._known or self._sha256.hexdigest()

    def _next(self, size: int) -> bytes:
        self._beat.reading(self.size)
        data = self._reader.read(size)
        if self._known is None:
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


class _Ending:
    """Remembers how a text ends as it is read."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._last = b""

    def read(self, size: int) -> bytes:
        data = self._read(size)
        self._last = data[-1:] or self._last
        return data

    def cut(self) -> str:
        """How it is torn, in words; a log ends with the end of a line."""
        if self._last == b"\0":
            return "ends in zeros"
        return "ends inside a line" if self._last not in (b"", b"\n") else ""


class FilePass:
    """One pass over one file."""

    def __init__(
        self,
        examiner: Examiner,
        evidence: Evidence,
        reader: Reader,
        beat: Beat,
        scale: float,
        known: str | None = None,
    ) -> None:
        self._examiner = examiner
        self._program = examiner.program
        self._evidence = evidence
        self._beat = beat
        self._bytes = _Hashing(reader, beat, scale, known)
        self.skip: frozenset[int] = frozenset()
        self.only: frozenset[int] | None = None  # of Program.later; None the first time
        self._artifact: Artifact | None = None
        self._parser: Parser | None = None
        self._utf16: str | None = None
        self._base = 0  # bytes of the file before the block, where it is UTF-16
        self._last_row: tuple[Block, int] | None = None
        self._comments_end: int | None = None  # offset behind the last comment line fed
        self._columns_at = -1  # offset of the last line of column names fed
        self._first: str | None = None
        self._last: str | None = None
        self._records = 0
        self._unparsed = 0
        self._gaps: list[Gap] = []
        self._opened: str | None = None
        self._cut = ""
        self._channels: tuple[ChannelSpan, ...] = ()
        self._events = Channels()  # of an export
        self._shifts: Counter[int] = Counter()
        self._sightings: dict[Sighting, None] = {}
        self._disbelieved = False
        self._findings: list[Finding] = []
        self._per_actor: Counter[tuple[str, str, str | None]] = Counter()
        self._kept: Counter[tuple[str, Outcome]] = Counter()
        self._accounts: dict[str, set[str]] = {}  # of the records of a lead
        self._passed_over: Counter[int] = Counter()  # candidates of leads of which enough is known
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
            elif self._artifact is None and self._program.yara and not hash_only:
                self._yara(Frame(self._read_whole(YARA_FILE_BYTES, "scanned"), 0, 1))
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
        data = self._read_whole(limit, "parsed")
        rules = self._rules(self._sweep(artifact), ())
        frame = Frame(data, 0, 1)
        self._frame(artifact, parser, frame, rules)
        if artifact.name == "iisconfig" and not self._program.pursuit:
            self._as_page(frame)
        self._yara(frame)

    def _as_page(self, frame: Frame) -> None:
        """Put a configuration file to the rules for web files: it may hold code that is run."""
        rules = self._rules(self._sweep(_PAGES), ())
        parser = _PAGES.parser(self._evidence.path)
        for record in self._parse(parser, frame, count_damage=False):
            self._match(_PAGES, record, rules, frame.data)

    def _read_whole(self, limit: int, done: str) -> bytes:
        """The file up to a limit in bytes; a Problem says what was not `done` with the rest."""
        parts, size = [], 0
        while size < limit and (data := self._bytes.read(min(WINDOW_BYTES, limit - size))):
            parts.append(data)
            size += len(data)
        if size == limit:
            self._problem(f"only the first {limit >> 20} MiB were {done}", limit, "parse")
        return b"".join(parts)

    def _yara(self, frame: Frame) -> None:
        """Put a whole file to the YARA rules that were given."""
        scanner = self._examiner.yara
        if scanner is None or self.only is not None:
            return
        try:
            path = self._evidence.path
            for found in self._guarded(
                frame, lambda: scanner.match(frame.data, path), count_damage=False
            ):
                self._yara_found(found, frame.data)
        except RuleError as error:
            self._problem(str(error), None, "detect")

    def _yara_found(self, found: YaraFound, data: bytes) -> None:
        self._per_actor[found.name, "attempt", None] += 1
        text = data[found.offset : found.offset + min(found.length, RAW_CHARACTERS)]
        self._findings.append(
            Finding(
                id="",
                rule=found.name,
                title=found.title,
                question="backdoored",
                outcome="attempt",
                chain=None,
                cve=found.cve,
                technique=found.technique,
                severity=found.severity,
                when=None,
                actor=Actor(),
                object=Object(path=self._evidence.path),
                provenance=self._provenance(found.offset, found.length, None),
                raw=text.decode("utf-8", "backslashreplace"),
                look_alike=None,
                explain=found.explain,
                artifact=self._artifact.name if self._artifact else "file",
                standing="foreign",
            )
        )

    def _provenance(self, offset: int, length: int, line: int | None) -> Provenance:
        of = self._evidence
        return Provenance(of.evidence, of.path, offset, length, line, "", of.locator.member)

    def _event_log(self, artifact: Artifact, parser: Parser) -> None:
        head = self._bytes.read(EVTX_HEADER)
        offset, header = 0, None
        if head.startswith(b"ElfFile\0"):
            while len(head) < EVTX_HEADER and (data := self._bytes.read(EVTX_HEADER - len(head))):
                head += data
            offset, header = EVTX_HEADER, file_header(head)
            read = self._bytes.read
        else:
            pending = [head]

            def read(size: int) -> bytes:
                return pending.pop() if pending else self._bytes.read(size)

        log = LogChannel(self._evidence.path, header)
        for block in frames.chunk_blocks(read, offset):
            for frame in frames.all_frames(block, "chunk") if self.only is None else ():
                span = chunk_span(frame.data)
                self._see(span.first)
                self._see(span.last)
                self._records += span.records
                if not log.begun and span.records:
                    # The first chunk tells whose log it is.
                    records = list(self._parse(parser, frame, count_damage=False))
                    log.begin(records, span)
                    self._sight(parser, records[0] if records else None)
                log.add(span, len(frame.data))
            self._candidates(artifact, parser, block)
        self._cut, self._channels = log.cut(), log.spans()
        if lost := log.lost():
            self._problem(lost, None, "parse")

    def _text_log(self, artifact: Artifact, parser: Parser) -> None:
        read = self._bytes.read
        if self._utf16:
            read = _Utf16(self._bytes.read, self._utf16).read
        ending = _Ending(read)
        before: str | None = None
        for block in frames.line_blocks(ending.read, rows=artifact.framing == "row"):
            self._beat.reading(block.offset)
            headers = self._candidates(artifact, parser, block)
            if self.only is None:
                self._records += block.lines - headers
                before = self._times(artifact, parser, block, before)
                if artifact.family == _EVENTS:
                    self._places(cast(EventParser, parser), block)
            if self._utf16:
                self._base += _utf16_length(block.data)
        self._cut = ending.cut()
        if self._last_row is not None:
            self._sight_row(parser, self._row(artifact, *self._last_row))

    def _places(self, parser: EventParser, block: Block) -> None:
        """Note what the block holds by channel, and ask an event of Sysmon for its own time."""
        by_channel: dict[tuple[bytes, bytes], list[bytes]] = {}
        for line in block.data.split(b"\n"):
            if len(line) >= _SHORTEST_EVENT:
                by_channel.setdefault(parser.place(line), []).append(line)
        for (channel, host), lines in by_channel.items():
            key = channel.decode("utf-8", "replace"), host.decode("utf-8", "replace")
            self._events.add_lines(key, lines, parser)
            if key[0] == winevent.SYSMON_CHANNEL and self._shifts.total() < _SHIFT_SAMPLES:
                at = block.offset + block.data.find(lines[0])
                for record in self._parse(parser, Frame(lines[0], at), count_damage=False):
                    self._shift(record)

    def _shift(self, record: Record) -> None:
        minutes = winevent.ahead(record.fields, record.when)
        if minutes is not None:
            self._shifts[minutes] += 1

    def _candidates(self, artifact: Artifact, parser: Parser, block: Block) -> int:
        """Parse and match the block's candidates; the number of header lines in the block."""
        sweep = self._sweep(artifact)
        engine = self._examiner.engine(sweep.first)
        headers = 0
        if self._program.full or sweep.always:
            # A detection without literals must see every record of its artifact.
            needles: dict[int, Iterable[int]] = {}
            if not self._program.full:
                for c in frames.candidates(block, artifact.framing, engine):
                    needles[c.frame.offset] = c.needles
            unswept: Iterable[int] = sweep.wanted if self._program.full else ()
            for frame in frames.all_frames(block, artifact.framing):
                rules = self._rules(sweep, needles.get(frame.offset, unswept))
                if artifact.framing != "chunk":
                    rules = self._examiner.confirmed(sweep, frame.data, rules)
                headers += self._frame(artifact, parser, self._placed(block, frame), rules)
            return headers + self._comments(block)
        for candidate in frames.candidates(block, artifact.framing, engine):
            rules = self._rules(sweep, candidate.needles)
            if rules and artifact.framing != "chunk":
                rules = self._examiner.confirmed(sweep, candidate.frame.data, rules)
            if rules or not sweep.anchors.isdisjoint(candidate.needles):
                frame = self._placed(block, candidate.frame)
                headers += self._frame(artifact, parser, frame, rules)
        return headers + self._comments(block)

    def _sweep(self, artifact: Artifact) -> Sweep:
        when = self._program.sweeps if self.only is None else self._program.later
        return when[artifact.name]

    def _rules(self, sweep: Sweep, needles: Iterable[int]) -> list[int]:
        rules = sweep.rules(needles)
        if self.only is None:
            return rules
        wanted = [r for r in rules if r in self.only]
        if self._passed_over:
            self._passed_over.update(r for r in wanted if r in self._passed_over)
            wanted = [r for r in wanted if r not in self._passed_over]
        return wanted

    def _comments(self, block: Block) -> int:
        """Comment lines of the block, down to those right below the last the parser was fed."""
        if self._comments_end is None:
            return 0
        end = self._comments_end - block.offset
        self._comments_end = None
        if self._utf16:
            end = len(block.data)
        while block.data.startswith(b"\n#", end):
            end = block.data.find(b"\n", end + 1)
        return block.data.count(b"\n#", 0, end) + block.data.startswith(_COMMENT)

    def _placed(self, block: Block, frame: Frame) -> Frame:
        """The frame with its offset in the file, where the block was turned from UTF-16."""
        if not self._utf16:
            return frame
        ahead = block.data[: frame.offset - block.offset]
        return Frame(frame.data, self._base + _utf16_length(ahead), frame.line)

    def _frame(self, artifact: Artifact, parser: Parser, frame: Frame, rules: list[int]) -> int:
        """Feed one frame to the parser and its records to the rules; 1 when it was a header.

        Comment lines are counted by the block: only some of them are of use to the parser.
        """
        records, unparsed = 0, self._unparsed
        if artifact.framing == "chunk":
            for record, chosen in self._chosen(artifact, cast(ChunkParser, parser), frame, rules):
                self._match(artifact, record, chosen)
            return 0
        for record in self._parse(parser, frame, count_damage=True):
            records += 1
            if artifact.framing == "file":
                self._records += 1
                self._see(record.when)
                self._sight(parser, record)
                if artifact.family == _EVENTS:
                    self._events.add(record)
                    self._shift(record)
            if self._utf16 and artifact.framing != "file":
                record = msgspec.structs.replace(record, length=_utf16_length(frame.data))
            if rules:
                self._match(artifact, record, rules, frame.data)
        if frame.data.startswith(_COMMENT):
            if any(anchor in frame.data for anchor in artifact.anchors):
                self._comments_end = frame.offset + len(frame.data)
                if b"#Fields:" in frame.data:
                    self._columns_at = frame.offset
            return 0
        return int(not records and self._unparsed == unparsed)

    def _chosen(
        self, artifact: Artifact, parser: ChunkParser, frame: Frame, rules: list[int]
    ) -> Iterator[tuple[Record, list[int]]]:
        """The chunk's records that some of the rules can match, each with these rules."""
        sweep = self._sweep(artifact)

        def choose(text: bytes) -> list[int]:
            return self._examiner.confirmed(sweep, text, rules)

        return self._guarded(frame, lambda: parser.feed_chosen(frame, choose), count_damage=True)

    def _parse(self, parser: Parser, frame: Frame, *, count_damage: bool) -> Iterator[Record]:
        return self._guarded(frame, lambda: parser.feed(frame), count_damage=count_damage)

    def _guarded(
        self, frame: Frame, read: Callable[[], Iterable[T]], *, count_damage: bool
    ) -> Iterator[T]:
        if frame.offset in self.skip:
            self._unparsed += count_damage
            return
        self._beat.parsing(frame.offset)
        try:
            yield from read()
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

        def dated(line: bytes) -> str | None:
            return believed(parser.when(line))

        ends = end_lines(block.data, dated)
        if before is None and self._opened is None:
            self._opened = opened(block.data[: ends[0][0] if ends else None])
        if ends is None:
            return before
        (start, first), (stop, last) = ends
        self._see(first)
        self._see(last)
        if before is None and not (
            (self._utf16 or self._columns_at > block.offset + start)
            and columns_change(block.data, start)
        ):
            self._sight_row(parser, self._row(artifact, block, start))
        if before is not None:
            self._silence(before, first)
        for gap_from, gap_to in silences(block.data, start, stop, first, last, dated):
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
        when = believed(when)
        if when is not None:
            self._first = when if self._first is None else min(self._first, when)
            self._last = when if self._last is None else max(self._last, when)

    def _silence(self, start: str, end: str) -> None:
        if len(self._gaps) < GAPS_PER_FILE and seconds(end) - seconds(start) > GAP_SECONDS:
            self._gaps.append(Gap(start, end, "missing"))

    def _sight(self, parser: Parser, record: Record | None) -> None:
        for sighting in parser.sightings(record):
            self._sightings.setdefault(sighting)

    # ------------------------------------------------------------ matching

    def _match(
        self, artifact: Artifact, record: Record, rules: Sequence[int], data: bytes = b""
    ) -> None:
        if record.when is not None and believed(record.when) is None:
            if not self._disbelieved:
                self._disbelieved = True
                self._problem(
                    f"records are dated {record.when[:10]}, or as far off: they stand without time",
                    record.offset,
                    "parse",
                )
            record = msgspec.structs.replace(record, when=None)
        if record.when is not None and not (
            (self._program.since or "") <= record.when <= (self._program.until or "~")
        ):
            return
        fields = enrich(artifact.name, record.fields, data)
        view = View(fields)
        for index in rules:
            said = self._examiner.match(index, artifact.name, view)
            if said is not None:
                self._found(self._program.rules[index], record, view, *said)
                if self._program.pursuit:
                    self._followed(index)

    def _followed(self, index: int) -> None:
        """See whether enough is known of a lead: when it is common, or has very many records."""
        rule, last = self._program.rules[index], self._findings[-1] if self._findings else None
        if (
            last is not None
            and last.rule == rule.name
            and is_person(last.actor.account)
            # Logs name accounts for refused sign-ins too.
            and last.facts.get("status", "2").startswith(("2", "304"))
        ):
            self._accounts.setdefault(rule.name, set()).add(bare_account(last.actor.account or ""))
        common = len(self._accounts.get(rule.name, ())) >= COMMON_ACCOUNTS
        if common or self._kept[rule.name, rule.otherwise] >= LEAD_RECORDS_PER_FILE:
            self._passed_over[index] = 0

    def _found(
        self, rule: Rule, record: Record, view: View, outcome: Outcome, look_alike: str | None
    ) -> None:
        roles = {**ROLES, **dict(rule.roles)}

        def part(role: str) -> str | None:
            return next((v for f in roles[role] for v in view.raw(f)[:1] if v), None)

        # An IPv4 address is one and the same where it is written as an IPv6 address.
        address = (part("address") or "").lower().removeprefix("::ffff:") or None
        actor = Actor(address, part("user_agent"), part("account"))
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
        pursuit = self._program.pursuit
        most = LEAD_RECORDS_PER_FILE if pursuit else FINDINGS_PER_RULE[outcome]
        if self._kept[rule.name, outcome] >= most or (
            self._per_actor[per_actor] > FINDINGS_PER_ACTOR and not pursuit
        ):
            return
        self._kept[rule.name, outcome] += 1
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
                provenance=self._provenance(record.offset, record.length, record.line),
                raw=_shortened(record.raw, LEAD_RAW_CHARACTERS if pursuit else RAW_CHARACTERS),
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
        if held_back and not self._program.pursuit:
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
            opened=self._opened,
            cut=self._cut,
            channels=self._channels or self._events.spans(),
            shifts=tuple(sorted(self._shifts)),
            common=tuple(n for n, of in self._accounts.items() if len(of) >= COMMON_ACCOUNTS),
            passed_over={self._program.rules[i].name: n for i, n in self._passed_over.items()},
        )

    def _problem(self, why: str, offset: int | None, stage: Any) -> None:
        self._problems.append(Problem(self._evidence.path, why, offset, stage))


def _sealed(finding: Finding, sha256: str) -> Finding:
    """The finding with the hash of its file, and its id: a hash of rule and provenance."""
    provenance = msgspec.structs.replace(finding.provenance, sha256=sha256)
    digest = hashlib.sha256(msgspec.json.encode((finding.rule, provenance))).hexdigest()
    return msgspec.structs.replace(finding, id=f"f-{digest[:20]}", provenance=provenance)


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most]} … ({len(text) - most} more characters)"


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
