"""One bad file costs only itself; nothing in the result depends on how the work was spread."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from hunt_harness import MemoryReader, examine, rule_of, shipped, shipped_lanes

from afterpatch import guard
from afterpatch.artifacts import registry
from afterpatch.detections.rule import RuleSet
from afterpatch.engines.local import LocalEngine
from afterpatch.evidence.source import discover
from afterpatch.guard import ChildDied
from afterpatch.hunt import EXAMINER, Examiner, Job, Program, compile_program, hunt, one_file
from afterpatch.model import Evidence, FileReport, Locator, Unit

HANG = Path(__file__).parents[2].parent / "shared" / "evidence" / "hostile" / "hang.evtx"
HEADER = (
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n"
)
ROW = (
    "2021-03-01 06:21:%02d 192.0.2.10 POST /ecp/y%d.js - 443 - 203.0.113.%d Mozilla/5.0 - "
    "200 0 0 31\n"
)
IIS = r"inetpub\logs\LogFiles\W3SVC1"


def iis(*numbers: int) -> bytes:
    return (HEADER + "".join(ROW % (n % 60, n, n % 250) for n in numbers)).encode()


def lay(root: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        path = root.joinpath(*name.split("\\"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def by_name(reports: list[FileReport]) -> dict[str, FileReport]:
    return {report.evidence.path.rsplit("\\", 1)[-1]: report for report in reports}


@pytest.mark.skipif(not HANG.exists(), reason="the sample is not here")
def test_a_parser_that_never_returns_costs_its_frame_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "PARSE_DEADLINE_SECONDS", 1.0)
    hang = HANG.read_bytes()
    lay(
        tmp_path,
        {
            rf"{IIS}\u_ex210301.log": iis(1, 2),
            r"Windows\System32\winevt\Logs\hang.evtx": hang,
            rf"{IIS}\u_ex210302.log": iis(3),
        },
    )
    units, problems = discover([tmp_path])
    assert problems == []
    # Every chunk is parsed, so that the one that hangs is met whatever the rules look for.
    program = compile_program(shipped(), full=True)
    reports = by_name(hunted(program, units, 1))
    assert len(reports["u_ex210301.log"].findings) == 2
    assert len(reports["u_ex210302.log"].findings) == 1
    report = reports["hang.evtx"]
    assert report.evidence.sha256 == hashlib.sha256(hang).hexdigest()
    assert report.evidence.size == len(hang)
    killed = [p for p in report.problems if "did not return" in p.why]
    assert killed
    assert all(p.offset is not None and 4096 <= p.offset < len(hang) for p in killed)
    assert all((p.offset - 4096) % 65_536 == 0 for p in killed if p.offset is not None)


def test_nothing_depends_on_the_number_of_workers(tmp_path: Path) -> None:
    lay(tmp_path, {rf"{IIS}\u_ex2103{day:02d}.log": iis(*range(day)) for day in range(1, 9)})
    units, _ = discover([tmp_path])
    program = compile_program(
        RuleSet(tuple(r for r in shipped().rules if r.file.startswith("proxylogon/")), (), "")
    )
    one, two = (hunted(program, units, workers) for workers in (1, 2))
    assert msgspec.json.encode(one) == msgspec.json.encode(two)
    ids = [finding.id for report in one for finding in report.findings]
    assert len(ids) == len(set(ids)) == sum(range(1, 9))
    # ... nor on how the bytes were handed out, or where the evidence lies.
    report = examine(shipped_lanes()[0], rf"C:\{IIS}\u_ex210308.log", iis(*range(8)))
    again = examine(shipped_lanes()[0], rf"C:\{IIS}\u_ex210308.log", iis(*range(8)), piece=700)
    assert report == again


def hunted(program: Program, units: list[Unit], workers: int) -> list[FileReport]:
    with LocalEngine[Job](EXAMINER, workers) as engine:
        return hunt(program, units, engine).reports()


class Dying:
    """In place of the child processes: those that meet a given frame die."""

    workers = 1

    def run(
        self,
        jobs: Iterable[Job],
        _setup: object,
        *,
        on_death: Callable[[Job, ChildDied], Job | None],
        **_: object,
    ) -> Iterator[tuple[Job, str, Any]]:
        todo = list(jobs)
        while todo:
            job = todo.pop(0)
            deadly = [(0, 0), (0, 1000), (0, 2000)]
            met = next((f for f in deadly if f not in job.skip), None)
            if met and 0 not in job.hash_only and job.unit.evidence == "deadly":
                died = ChildDied("the parser did not return", *met, parsing=True)
                again = on_death(job, died)
                if again is not None:
                    todo.insert(0, again)
                continue
            self.seen.append(job)
            yield job, "result", self.report(job)
            yield job, "done", None

    seen: list[Job] = []  # noqa: RUF012 one test reads it

    def report(self, job: Job) -> FileReport:
        return FileReport(Evidence(job.unit.evidence, "", "x.log", job.unit.locator, 1), None)


def test_a_file_that_kills_its_parser_three_times_is_only_hashed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Dying, "seen", [])
    units = [Unit(Locator(name), "file", 1, name) for name in ("deadly", "good")]
    program = compile_program(RuleSet((), (), ""))
    reports = hunt(program, units, cast(LocalEngine[Job], Dying())).reports()
    jobs = {job.unit.evidence: job for job in Dying.seen}
    assert jobs["deadly"].hash_only == {0}
    assert jobs["good"].hash_only == jobs["good"].skip == frozenset()
    assert [(r.evidence.evidence, len(r.problems)) for r in reports] == [("deadly", 3), ("good", 0)]
    assert {p.offset for p in reports[0].problems} == {0, 1000, 2000}


def test_a_file_that_is_only_hashed_is_hashed_whole() -> None:
    data = iis(*range(5)) * 9000
    file = one_file.FilePass(
        shipped_lanes()[0],
        Evidence("x", "", rf"C:\{IIS}\u_ex1.log", Locator("x"), len(data)),
        MemoryReader(data, 1 << 16),
        guard.Beat([0] * 5),
        1.0,
    )
    file.examine(hash_only=True)
    report = file.report()
    assert report.evidence.sha256 == hashlib.sha256(data).hexdigest()
    assert (report.evidence.size, report.evidence.artifact) == (len(data), "iis")
    assert report.findings == ()


def test_a_skipped_frame_is_counted_and_the_others_are_parsed() -> None:
    data = iis(1, 2, 3)
    second = data.index(b"2021-03-01 06:21:02")
    file = one_file.FilePass(
        shipped_lanes()[0],
        Evidence("x", "", rf"C:\{IIS}\u_ex1.log", Locator("x"), len(data)),
        MemoryReader(data),
        guard.Beat([0] * 5),
        1.0,
    )
    file.skip = frozenset({second})
    file.examine(hash_only=False)
    report = file.report()
    assert [f.actor.address for f in report.findings] == ["203.0.113.1", "203.0.113.3"]
    assert report.unparsed == 1


def test_hostile_files_end_without_harm_to_others(tmp_path: Path) -> None:
    bomb = "<!DOCTYPE a [" + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    nested = (
        b'{"EventID":1,"Channel":"System","ParentImage":"\\\\w3wp.exe","Image":"\\\\cmd.exe","a":'
        + b"[" * 5_000_000
    )
    lay(
        tmp_path,
        {
            r"export\events.jsonl": nested + b"\n",
            r"export\events.json": b"[\n" + nested,
            r"inetpub\config\applicationHost.config": (
                bomb + "]><configuration>&a11;</configuration>"
            ).encode(),
            r"inetpub\wwwroot\aspnet_client\spaces.aspx": b" " * (40 << 20),
            r"inetpub\wwwroot\aspnet_client\quotes.aspx": b"<%@ Page " + b'"' * (1 << 20),
            r"inetpub\wwwroot\aspnet_client\nul.aspx": bytes(1 << 20),
            rf"{IIS}\u_ex210301.log": iis(1),
            rf"{IIS}\u_ex210302.log": HEADER.encode() + b"x" * (5 << 20) + b"\n" + iis(2),
            r"Exchange\Logging\HttpProxy\Ecp\HttpProxy_1.LOG": b"#Log-type: HttpProxy Logs\n"
            + b'2021-03-01T06:21:10.100Z,"' + b'"' * (1 << 20) + b"\n" * (1 << 20),
        },
    )  # fmt: skip
    units, _ = discover([tmp_path])
    reports = by_name(hunted(compile_program(shipped()), units, 2))
    assert len(reports) == len(units) == 9
    for report in reports.values():
        path = next(p for p in tmp_path.rglob(report.evidence.path.rsplit("\\", 1)[-1]))
        assert report.evidence.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert not [p for p in report.problems if "ended by itself" in p.why or "MiB of" in p.why]
    assert {f.actor.address for f in reports["u_ex210301.log"].findings} == {"203.0.113.1"}
    assert {f.actor.address for f in reports["u_ex210302.log"].findings} == {"203.0.113.2"}
    assert reports["events.jsonl"].evidence.artifact == "events_json"
    assert reports["events.jsonl"].unparsed


# ---------------------------------------------------------------- what a report says of a file


def test_records_of_a_file_are_counted_however_it_ends() -> None:
    fast = shipped_lanes()[0]
    path = r"C:\Exchange\Logging\HttpProxy\Ecp\HttpProxy_1.LOG"
    rows = "#Log-type: HttpProxy Logs\n#Fields: DateTime,RequestId,AnchorMailbox\n" + "".join(
        f"2021-03-01T06:21:{n:02d}.100Z,a,b\n" for n in range(20)
    )
    for data in (rows, rows.rstrip("\n"), rows.replace("\n", "\r\n")):
        for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
            for window in (None, 600):
                report = examine(fast, path, data.encode(codec), window=window)
                assert report.records == 20, (codec, window, data[-3:])
                assert report.last == "2021-03-01T06:21:19.100Z"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16"])
def test_a_finding_names_the_bytes_it_rests_on(codec: str) -> None:
    text = iis(1, 2).decode().replace("Mozilla", "Möz\U0001f600illa")
    data = text.encode(codec)
    plain = "utf-8" if codec == "utf-8-sig" else "utf-16-le" if codec == "utf-16" else codec
    for window in (None, 64, 65):
        report = examine(shipped_lanes()[0], rf"C:\{IIS}\u_ex1.log", data, window=window)
        assert len(report.findings) == 2
        for finding, line in zip(report.findings, text.splitlines()[1:], strict=True):
            at = finding.provenance
            assert data[at.offset : at.offset + at.length] == line.encode(plain)
        assert [f.provenance.line for f in report.findings] == [2, 3]


def test_a_row_is_not_read_by_columns_that_stand_below_it() -> None:
    log = (
        b"#Log-type: HttpProxy Logs\n"
        b"#Fields: DateTime,RequestId,ServerHostName,AnchorMailbox\n"
        b"2021-03-01T06:21:10.100Z,REQUEST1,MAIL01,x\n"
        b"#Fields: DateTime,%s,AnchorMailbox\n"
        b"2021-03-01T06:21:11.100Z,MAIL01,REQUEST2,y\n"
    )
    path = r"C:\Exchange\Logging\HttpProxy\Ecp\HttpProxy_1.LOG"
    report = examine(shipped_lanes()[0], path, log % b"ServerHostName,RequestId")
    assert {s.value for s in report.sightings if s.kind == "host"} == {"MAIL01"}


@pytest.mark.parametrize("tail", [b"", b"x", b"\n\0", b"\x3d\xd8", b"\x3d\xd8\x0a", b"a\0b\0"])
@pytest.mark.parametrize("piece", [1, 2, 3, 1000])
def test_utf16_may_be_cut_anywhere(tail: bytes, piece: int) -> None:
    data = "\ufeffaé\U0001f600\n".encode("utf-16-le") + tail
    reader = one_file._Utf16(MemoryReader(data, piece).read, "utf-16-le")
    parts = []
    while part := reader.read(64):
        parts.append(part)
    assert b"".join(parts).decode() == data.decode("utf-16-le", "replace")
    assert reader.read(64) == b""


def test_a_rule_that_compares_numbers_survives_what_is_none() -> None:
    rule = rule_of({"category": "webserver"}, {"s": {"time-taken|gte": 5}, "condition": "s"})
    examiner = Examiner(compile_program(RuleSet((rule,), (), "")))
    data = iis(1, 2).replace(b" 31\n", b" --5\n", 1)
    report = examine(examiner, rf"C:\{IIS}\u_ex1.log", data)
    assert len(report.findings) == 1


def test_every_artifact_has_a_sweep() -> None:
    program = compile_program(shipped())
    assert program.sweeps.keys() == {a.name for a in registry.ARTIFACTS}
    for artifact in registry.ARTIFACTS:
        found = program.sweeps[artifact.name].first.patterns
        assert {p.data for p in found} >= {a.lower() for a in artifact.anchors}
