"""Front door: evidence in, one dossier a server out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from afterpatch import knowledge
from afterpatch.answers.backdoors import backdoors
from afterpatch.answers.case import in_time, make_case
from afterpatch.answers.coverage import coverage
from afterpatch.answers.exploitation import chains, weighed
from afterpatch.answers.exposure import ExposureAnswer, exposure
from afterpatch.answers.fallback import rests_on
from afterpatch.answers.impact import impact
from afterpatch.answers.joins import tie
from afterpatch.answers.leads import leads, pivots
from afterpatch.answers.operators import operators
from afterpatch.answers.phases import dwell, phases
from afterpatch.answers.plan import plan
from afterpatch.answers.scene import make_scene
from afterpatch.answers.verdict import verdict
from afterpatch.claims.bearing import bearing, read_ledger
from afterpatch.claims.schema import Ledger
from afterpatch.detections.rule import Rule, RuleSet
from afterpatch.detections.ruleset import CONTENT, load_cached
from afterpatch.detections.yara_pack import YaraSet, load_yara
from afterpatch.engines.local import LocalEngine, default_workers
from afterpatch.errors import EvidenceError, UsageError
from afterpatch.evidence.paths import server_root
from afterpatch.evidence.source import Reader, discover, open_unit
from afterpatch.hunt import EXAMINER, Job, Program, compile_program, hunt, literals_of, pursue
from afterpatch.limits import HEAD_BYTES, WINDOW_BYTES
from afterpatch.model import (
    Assessment,
    ChannelSpan,
    FileReport,
    Host,
    Lead,
    Problem,
    Pursuit,
    Unit,
)
from afterpatch.outputs.format import Dossier
from afterpatch.outputs.text import counted
from afterpatch.storage import Place, place

__all__ = [
    "Assessor",
    "assess",
    "exit_code",
    "gravest_code",
    "lint_rules",
    "load_rules",
    "reread",
    "swept_by",
    "with_claims",
]

_EXCHANGE_LOGS = ("httpproxy", "ecp", "cmdletinfra", "ews", "cosmosqueue", "oabgenerator")
_EXIT_CODES = {
    "exposed": 10,
    "attempted": 10,
    "exploited": 20,
    "backdoored": 30,
    "used": 30,
    "impacted": 30,
    "not assessed": 40,
}
_NEIGHBORS = 3  # lines shown before and after a record
_GRAVITY = (0, 40, 10, 20, 30)  # 40 counts between 0 and 10


def load_rules(folders: Sequence[Path] = ()) -> RuleSet:
    """The shipped detections and those of the folders given, compiled."""
    return load_cached([CONTENT, *folders], _placeholders())


def lint_rules(paths: Sequence[Path] | None) -> tuple[RuleSet, tuple[str, ...]]:
    """The detections of these files and folders alone (None: the shipped ones), compiled.

    Beside them those that must see every record, as `rule on artifact`.
    """
    # A detection may count only near another one that is shipped.
    known = [rule.name for rule in load_rules().rules] if paths else ()
    rules = load_cached(paths or [CONTENT], _placeholders(), known)
    return rules, compile_program(rules).slow_lane


def swept_by(rule: Rule) -> list[tuple[str, str]]:
    """Each artifact the rule reads, and in words what brings a record of it before the rule."""
    anchors = set(literals_of(RuleSet((), (), "")))
    slow = compile_program(RuleSet((rule,), (), "")).slow_lane
    told = []
    for source in rule.sources:
        alone = RuleSet((msgspec.structs.replace(rule, sources=(source,)),), (), "")
        texts = [text for text in literals_of(alone) if text not in anchors]
        every = f"{rule.name} on {source.artifact}" in slow or not texts
        seen = "every record" if every else f"records with {', '.join(texts)}"
        told.append((source.artifact, seen))
    return told


def _placeholders() -> dict[str, Sequence[str]]:
    return {
        "call_back_domains": [k.text for k in knowledge.look_alikes("callback_domain")],
        "scanner_agents": _agents("scanner"),
        "attack_agents": _agents("attack tool"),
        "script_agents": _agents("script"),
        "monitor_agents": _agents("monitor"),
        "responder_tools": [k.text for k in knowledge.look_alikes("process")],
        "shell_names": [s.name for s in knowledge.shell_names()],
        "common_stock_requests": knowledge.common_stock_requests(),
        **{
            f"{kind}s": [row.text for row in knowledge.aftermath(kind)]
            for kind in dict.fromkeys(row.kind for row in knowledge.aftermath())
        },
    }


def _agents(class_: str) -> list[str]:
    return [k.text for k in knowledge.look_alikes("user_agent") if k.class_ == class_]


def _nothing_found(paths: Sequence[Place], reports: Sequence[FileReport]) -> None:
    named = ", ".join(str(p) for p in paths)
    broken = [p for r in reports for p in r.problems]
    why = f" ({broken[0].what}: {broken[0].why})" if broken else ""
    raise UsageError(
        f"{named} holds no Exchange log, event log or web file among "
        f"{counted(len(reports), 'file')}{why}: "
        "give the folder or archive that holds inetpub\\logs, the Exchange Logging folder or the "
        "event logs, as copied from the server"
    )


def assess(
    paths: Sequence[Place],
    *,
    workers: int | None = None,
    rules: Sequence[Path] = (),
    yara: Sequence[Path] = (),
    since: str | None = None,
    until: str | None = None,
    follow: bool = True,
    on_start: Callable[[int], None] = lambda _total: None,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> list[Dossier]:
    """Assess all servers in the evidence, in order of their names.

    `rules` and `yara` are folders of Sigma and YARA rules from elsewhere, which raise no verdict.
    `since` and `until` bound the records that are matched, as times in UTC. `follow` says whether
    the evidence is swept again for what was learnt of intruders: `on_start` is then told the bytes
    of each sweep. Raises UsageError when the input can't be assessed as given.
    """
    units, problems = discover(paths)
    on_start(sum(unit.size for unit in units))
    with LocalEngine[Job](EXAMINER, min(workers or default_workers(), len(units))) as engine:
        # Read and compiled while the worker processes come up.
        ruleset = load_rules(rules)
        packs = load_yara(yara) if yara else None
        program = compile_program(ruleset, deferred=True, since=since, until=until, yara=packs)
        bench = _Bench(engine, ruleset, program)
        return bench.dossiers(paths, units, problems, follow, on_start, on_progress)


class Assessor:
    """Assesses one package of evidence after another: what is costly to set up is set up once.

    Its worker process lives as long as this one.
    """

    def __init__(
        self,
        ruleset: RuleSet,
        packs: YaraSet | None = None,
        since: str | None = None,
        until: str | None = None,
    ) -> None:
        engine = LocalEngine[Job](EXAMINER, 1)
        program = compile_program(ruleset, deferred=True, since=since, until=until, yara=packs)
        self._bench = _Bench(engine, ruleset, program)

    def assess(
        self, path: Place, on_progress: Callable[[int], None] = lambda _done: None
    ) -> list[Dossier]:
        """As `assess` does, of one package; `on_progress` is told of the first sweep alone."""
        units, problems = discover([path])
        return self._bench.dossiers([path], units, problems, on_progress=on_progress)


class _Bench(NamedTuple):
    """What evidence is assessed with: worker processes, and what they look for."""

    engine: LocalEngine[Job]
    ruleset: RuleSet
    program: Program

    def dossiers(
        self,
        paths: Sequence[Place],
        units: Sequence[Unit],
        problems: Sequence[Problem],
        follow: bool = True,
        on_start: Callable[[int], None] | None = None,
        on_progress: Callable[[int], None] = lambda _done: None,
    ) -> list[Dossier]:
        """The dossiers of the servers in these units, in order of their names."""
        program = self.program
        told = hunt(program, units, self.engine, on_progress)
        reports = told.reports()
        if not any(r.family is not None for r in reports):
            _nothing_found(paths, reports)
        chase = partial(
            pursue,
            told,
            self.engine,
            since=program.since,
            until=program.until,
            on_start=on_start or (lambda _total: None),
            on_progress=on_progress if on_start else (lambda _done: None),
        )
        return [
            _dossier(name, of_server, problems, self.ruleset, program, chase if follow else _stay)
            for name, of_server in servers(within(reports, program.since, program.until))
        ]


def within(reports: Sequence[FileReport], since: str | None, until: str | None) -> list[FileReport]:
    """The reports with their spans cut to the time that was asked for: no more can be answered for.

    Raises UsageError when there are dated records, and none within that time.
    """
    if since is None and until is None:
        return list(reports)
    cut = []
    for report in reports:
        first, last = report.first, report.last
        if first is not None and last is not None:
            first, last = max(first, since or first), min(last, until or last)
            if first > last:
                first = last = None
        gaps = tuple(g for g in report.gaps if first and last and first <= g.from_ and g.to <= last)
        channels = tuple(_cut(c, since, until) for c in report.channels if _meets(c, since, until))
        cut.append(
            msgspec.structs.replace(report, first=first, last=last, gaps=gaps, channels=channels)
        )
    firsts = [r.first for r in reports if r.first is not None]
    lasts = [r.last for r in reports if r.last is not None]
    if firsts and not any(r.first is not None for r in cut):
        raise UsageError(
            f"No log reaches into the time asked for with --since and --until: the evidence holds "
            f"records from {min(firsts)[:10]} to {max(lasts)[:10]}"
        )
    return cut


def _meets(span: ChannelSpan, since: str | None, until: str | None) -> bool:
    return (span.last or "~") >= (since or "") and (span.first or "") <= (until or "~")


def _cut(span: ChannelSpan, since: str | None, until: str | None) -> ChannelSpan:
    return msgspec.structs.replace(
        span,
        first=span.first and max(span.first, since or span.first),
        last=span.last and min(span.last, until or span.last),
    )


# ---------------------------------------------------------------- which server


def servers(reports: Sequence[FileReport]) -> list[tuple[str, list[FileReport]]]:
    """The reports by server: files below one root belong together unless they name several hosts.

    A file that names no host goes with the host that wrote the Exchange logs of its root. Roots
    that name the same host are one server; a root that names none joins the only server of the
    same evidence, else stands for itself.
    """
    known: dict[str, set[str]] = {}
    for report in reports:
        known.setdefault(report.evidence.evidence, set()).add(report.evidence.root)
    roots: dict[tuple[str, str], list[FileReport]] = {}
    for report in reports:
        of = report.evidence
        root = server_root(of.root, of.path, known[of.evidence])
        roots.setdefault((of.evidence, root), []).append(report)
    by_host: dict[str, list[FileReport]] = {}
    nameless: list[tuple[tuple[str, str], list[FileReport]]] = []
    for key, of_root in roots.items():
        main = _main_host(of_root)
        if main is None:
            nameless.append((key, of_root))
            continue
        for report in of_root:
            host = main if _in_its_place(report) else _host(report) or main
            by_host.setdefault(host, []).append(report)
    for (evidence, root), of_root in nameless:
        in_same = {
            h for h, rs in by_host.items() if any(r.evidence.evidence == evidence for r in rs)
        }
        if len(in_same) == 1:
            by_host[in_same.pop()] += of_root
        elif any(r.family is not None for r in of_root) or not by_host:
            name = root.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1] or evidence
            by_host.setdefault(name, []).extend(of_root)
        else:  # files beside the servers that are no artifacts: the collector's own
            by_host[min(in_same or by_host)] += of_root
    return sorted(by_host.items())


def _host(report: FileReport) -> str | None:
    return next((s.value for s in report.sightings if s.kind == "host"), None)


def _in_its_place(report: FileReport) -> bool:
    """Whether the file lies where a server keeps its own, so that it is the root's server's.

    Events may carry the name it had before it was renamed, published logs a name that was changed.
    """
    path = report.evidence.path.lower()
    kept = path[1:2] == ":" and ("\\winevt\\logs\\" in path or "\\logging\\" in path)
    return kept and not path.endswith("\\forwardedevents.evtx")


def _main_host(reports: Sequence[FileReport]) -> str | None:
    weights: Counter[str] = Counter()
    for report in reports:
        host = _host(report)
        if host is not None:
            weights[host] += 1_000_000 if report.family in _EXCHANGE_LOGS else 1
    return min(weights, key=lambda h: (-weights[h], h), default=None)


# ---------------------------------------------------------------- the answers


def _stay(_files: Sequence[FileReport], _learn: Callable[[Pursuit], Sequence[Lead]]) -> Pursuit:
    """No further sweep."""
    return Pursuit()


Chase = Callable[[Sequence[FileReport], Callable[[Pursuit], Sequence[Lead]]], Pursuit]


def _dossier(
    name: str,
    reports: Sequence[FileReport],
    problems: Sequence[Problem],
    ruleset: RuleSet,
    program: Program,
    chase: Chase = _stay,
) -> Dossier:
    # No answer rests on rules from elsewhere: neither on what they found nor on their silence.
    rules = [rule for rule in ruleset.rules if rule.standing != "foreign"]
    case = make_case(name, reports, ruleset.rules)
    exposed = exposure(case.sightings, case.window)
    case = weighed(case, exposed)
    met = sorted({*problems, *(p for r in reports for p in r.problems)}, key=repr)
    seen = coverage(case, exposed, rules, met)
    found_chains = chains(case)
    doors = backdoors(case, found_chains)

    def learn(pursuit: Pursuit) -> Sequence[Lead]:
        scene = make_scene(case, doors, pursuit)
        return leads(doors, scene, tie(scene))

    pursuit = chase(reports, learn)
    scene = make_scene(case, doors, pursuit)
    ties = tie(scene)
    who = operators(doors, scene, ties)
    doors, hands = who.backdoors, who.operators
    traces = tuple(t for t in pursuit.traces if t.id in who.operator_of or t.id in who.backdoors_of)
    done = impact(case, hands)
    found = verdict(case, exposed, found_chains, doors, hands, who.used, done, seen, rules)
    steps = plan(found, found_chains, doors, done, exposed, seen)
    assessment = Assessment(
        schema="afterpatch/assessment/1",
        host=_host_of(name, reports, exposed),
        verdict=found,
        exposure=exposed.exposure,
        chains=found_chains,
        backdoors=doors,
        operators=hands,
        impact=done,
        phases=phases(case, seen.rows, found_chains, doors, hands, traces),
        coverage=seen.rows,
        not_answered=seen.not_answered,
        claims=(),
        next_steps=tuple(f"{step.do} Check: {step.check}" for step in steps),
        problems=(*met, *_further(met, pursuit.problems)),
        notes=_notes(ruleset, program),
        hands=who.hands,
        comparisons=who.comparisons,
        pivots=pivots(scene, pursuit),
        joins=ties.joins,
        dwell=dwell(case, exposed, found_chains, doors, hands, traces),
        rests_on=rests_on(case, seen.rows, found_chains, doors, done),
        plan=steps,
    )
    return Dossier(
        assessment=assessment,
        findings=tuple(sorted((*case.findings, *case.foreign), key=in_time)),
        tallies=case.tallies,
        evidence=tuple(
            sorted((r.evidence for r in reports), key=lambda e: (e.evidence, e.path, e.locator))
        ),
        rules_loaded=len(ruleset.rules) + (len(program.yara.rules) if program.yara else 0),
        rules_refused=_refused(ruleset, program),
        slow_lane=len(program.slow_lane),
        ruleset_hash=ruleset.digest,
        table_dates={
            "builds": max(b.released or "" for b in knowledge.builds()),
            "cves": max(c.patched for c in knowledge.cves().values()),
        },
        traces=traces,
        operator_of=who.operator_of,
        backdoors_of=who.backdoors_of,
    )


def _further(met: Sequence[Problem], more: Sequence[Problem]) -> list[Problem]:
    """What a further sweep met, but for what the first had already told of the same file."""
    known = {(problem.what, problem.stage) for problem in met}
    return [problem for problem in more if (problem.what, problem.stage) not in known]


def _host_of(name: str, reports: Sequence[FileReport], exposed: ExposureAnswer) -> Host:
    return Host(
        name,
        exposed.product,
        exposed.build,
        exposed.build_source,
        exposed.build_history,
        "logs" if any(_host(report) for report in reports) else "evidence",
    )


def _refused(ruleset: RuleSet, program: Program) -> tuple[Problem, ...]:
    return (*ruleset.refused, *(program.yara.refused if program.yara else ()))


def _notes(ruleset: RuleSet, program: Program) -> tuple[str, ...]:
    notes = []
    if program.slow_lane:
        notes.append(
            f"{len(program.slow_lane)} detections have no literal and read every record: "
            + ", ".join(program.slow_lane)
        )
    if refused := _refused(ruleset, program):
        notes.append(f"{len(refused)} detections could not be compiled and did not run")
    return tuple(notes)


# ---------------------------------------------------------------- what is publicly said


def with_claims(dossiers: Sequence[Dossier], ledger: Path | Ledger) -> list[Dossier]:
    """The dossiers with the public claims that bear on what was found on each server.

    No answer changes by them. Raises UsageError where `ledger` is no ledger of claims.
    """
    read = read_ledger(ledger) if isinstance(ledger, Path) else ledger
    told = []
    for dossier in dossiers:
        found = dossier.assessment
        ours = [f for f in dossier.findings if f.standing != "foreign"]
        chains = [c.name for c in found.chains]
        cves = {cve for c in found.chains for cve in c.cves}
        techniques = {t for f in ours if f.outcome != "attempt" for t in f.technique}
        techniques |= {harm.technique for harm in found.impact}
        claims = bearing(read, sorted(cves), sorted(techniques), chains)
        changed = msgspec.structs.replace(found, claims=claims)
        told.append(msgspec.structs.replace(dossier, assessment=changed))
    return told


# ---------------------------------------------------------------- one record again


def reread(
    source: str, member: str, offset: int, length: int
) -> tuple[list[str], list[str]] | None:
    """The lines before and after a record, the nearest in the middle, read again where they lay.

    `source` and `member` are those of the locator; `offset` and `length` are in bytes. None when
    the evidence is not there any more or the file is no text.
    """
    try:
        units, _ = discover([place(source)])
        for unit in units:
            outer = unit.locator.member
            if outer in ("", member) or member.startswith(f"{outer} ! "):
                for evidence, reader in open_unit(unit):
                    if evidence.locator.member == member:
                        return _around(reader, offset, length)
    except (UsageError, EvidenceError):
        pass
    return None


def _around(reader: Reader, offset: int, length: int) -> tuple[list[str], list[str]] | None:
    start, end, at = max(0, offset - HEAD_BYTES), offset + length + HEAD_BYTES, 0
    kept = b""
    while at < end and (data := reader.read(min(WINDOW_BYTES, end - at))):
        kept += data[max(0, start - at) :]
        at += len(data)
    if b"\0" in kept or at < offset + length:
        return None
    before, after = kept[: offset - start], kept[offset - start + length :]
    return (
        before.decode("utf-8", "replace").splitlines()[-_NEIGHBORS:],
        after.decode("utf-8", "replace").lstrip("\r\n").splitlines()[:_NEIGHBORS],
    )


def exit_code(dossiers: Sequence[Dossier]) -> int:
    """The contract's exit code: the gravest over all servers."""
    found = [dossier.assessment.verdict for dossier in dossiers]
    return gravest_code((verdict.grade, verdict.coverage) for verdict in found)


def gravest_code(servers: Iterable[tuple[str, str]]) -> int:
    """The code of the gravest of servers, by their grades and coverages; 40 where there is none."""
    return max((_code(*server) for server in servers), key=_GRAVITY.index, default=40)


def _code(grade: str, coverage: str) -> int:
    if grade == "no evidence":
        return 0 if coverage == "sufficient" else 40
    return _EXIT_CODES[grade]
