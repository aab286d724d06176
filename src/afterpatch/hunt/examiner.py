"""One unit of evidence at a time, in a worker process; and rules put to their samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from msgspec import Struct

from afterpatch.artifacts import registry
from afterpatch.detections import predicate
from afterpatch.detections.predicate import View
from afterpatch.detections.rule import Rule, RuleSet, Sample
from afterpatch.detections.yara_pack import YaraScanner
from afterpatch.errors import EvidenceError
from afterpatch.evidence.source import open_unit
from afterpatch.guard import Beat
from afterpatch.hunt.enrich import enrich
from afterpatch.hunt.one_file import FilePass
from afterpatch.hunt.program import Needles, Program, Sweep, compile_program, is_met
from afterpatch.model import (
    Evidence,
    FileReport,
    Frame,
    Outcome,
    Problem,
    Unit,
)
from afterpatch.sweep import frames
from afterpatch.sweep.engine import HyperscanEngine
from afterpatch.sweep.frames import Block, Engine

__all__ = ["Examiner", "Job", "container_report", "make_examiner", "run_samples"]


class Job(Struct, frozen=True):
    """One unit to examine. `skip`: frames (file index, offset) that killed a child before.

    `hash_only`: files (by index) whose parser is given up. `later`: the files (by index) that are
    looked through once more, each for these rules of `Program.later`; empty the first time.
    `known`: the SHA-256 of such files (by index), which are not hashed again.
    """

    index: int
    unit: Unit
    skip: frozenset[tuple[int, int]] = frozenset()
    hash_only: frozenset[int] = frozenset()
    later: dict[int, frozenset[int]] = {}
    known: dict[int, str] = {}


class Examiner:
    """Examines units under one program; made once in each worker."""

    def __init__(self, program: Program, engine: Callable[[Needles], Engine] | None = None) -> None:
        self.program = program
        self._make_engine = engine or _hyperscan
        # Made when first asked for: most evidence asks for few of them.
        self._engines: dict[int, Engine] = {}
        self._tests: dict[tuple[int, str], _Tests] = {}

    def __call__(self, job: Job, beat: Beat) -> Iterator[FileReport]:
        """The report of each file of the unit; a damaged container ends with a report of it."""
        unit = job.unit
        index = -1
        try:
            for index, (evidence, reader) in enumerate(open_unit(unit)):
                beat.file(index)
                if job.later and index not in job.later:
                    yield FileReport(evidence, None)
                    continue
                whole = unit.container in ("file", "zip") and evidence.size > 0
                scale = unit.size / evidence.size if whole else 1.0
                file = FilePass(self, evidence, reader, beat, scale, job.known.get(index))
                file.skip = frozenset(offset for i, offset in job.skip if i == index)
                file.only = job.later.get(index)
                file.examine(hash_only=index in job.hash_only)
                yield file.report()
        except EvidenceError as error:
            yield container_report(unit, error)

    def match(self, index: int, artifact: str, view: View) -> tuple[Outcome, str | None] | None:
        """What the rule says of the record: outcome and look-alike; None when it does not match."""
        rule = self.program.rules[index]
        tests = self._tests.get((index, artifact))
        if tests is None:
            tests = self._tests[index, artifact] = _Tests(rule, artifact)
        if not all(holds(view) for holds in tests.conditions):
            return None
        outcome = next((o for o, holds in tests.outcomes if holds(view)), rule.otherwise)
        look_alike = next((n for n, holds in tests.look_alikes if holds(view)), None)
        return outcome, look_alike

    def confirmed(self, sweep: Sweep, data: bytes, rules: list[int]) -> list[int]:
        """Of these rules those that can match a record of the frame by all their literals."""
        if self.program.full or sweep.needed.keys().isdisjoint(rules):
            return rules
        found = {index for _, index in self.engine(sweep.second).scan(data)}
        needed = sweep.needed
        return [r for r in rules if r not in needed or is_met(needed[r], found)]

    @cached_property
    def yara(self) -> YaraScanner | None:
        """What scans whole files with the YARA rules that were given."""
        return YaraScanner(self.program.yara) if self.program.yara else None

    def engine(self, needles: Needles) -> Engine:
        """What finds these patterns, which belong to a sweep of the program."""
        key = id(needles)
        if key not in self._engines:
            self._engines[key] = self._make_engine(needles)
        return self._engines[key]


class _Tests:
    """The parts of a rule, compiled for the records of one artifact."""

    def __init__(self, rule: Rule, artifact: str) -> None:
        make = predicate.compile_node
        where = [s.where for s in rule.sources if s.artifact == artifact and s.where is not None]
        self.conditions = [*map(make, where), make(rule.condition)]
        self.outcomes = [(outcome, make(node)) for outcome, node in rule.outcomes]
        self.look_alikes = [(name, make(node)) for name, node in rule.look_alikes]


def _hyperscan(needles: Needles) -> Engine:
    return HyperscanEngine(needles.patterns, needles.database)


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
            fields = enrich(artifact.name, record.fields, frame.data)
            said = examiner.match(0, artifact.name, View(fields))
            if said is not None:
                yield said[0]
