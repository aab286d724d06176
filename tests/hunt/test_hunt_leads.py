"""What a further sweep finds of a lead equals what is found with everything parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hunt_harness import PATHS, MemoryReader, lanes

from afterpatch import artifacts
from afterpatch.artifacts import registry
from afterpatch.guard import Beat
from afterpatch.hunt import Examiner, one_file
from afterpatch.hunt.leads import compile_leads, traces_of
from afterpatch.limits import LEAD_RECORDS_PER_FILE
from afterpatch.model import Evidence, FileReport, Lead, LeadKind, Locator
from afterpatch.sweep.frames import Block, all_frames

ROOT = Path(artifacts.__file__).parent
SAMPLES = sorted(
    path
    for path in ROOT.glob("*/samples/*")
    if path.suffix not in (".json", ".aspx", ".ashx", ".config", ".xml", ".reg")
)
SHARED = Path(__file__).resolve().parents[3] / "shared" / "evidence" / "evtx"
# The fields that a lead's value is taken from.
FIELDS: dict[LeadKind, tuple[str, ...]] = {
    "address": ("c-ip", "ClientIpAddress", "IpAddress", "SourceIp", "ForwardedFor"),
    "page": ("cs-uri-stem", "UrlStem"),
    "account": ("cs-username", "AuthenticatedUser", "TargetUserName", "SubjectUserName"),
    "user agent": ("UserAgent",),
    "request": ("CafeReqId", "RequestId"),
    "mailbox": ("ActAsUser", "AnchorMailbox"),
    "path": ("TargetFilename", "Image"),
    "hash": ("Hashes",),
    "parameter": ("ClientQuery", "UrlQuery"),
}
MOST = 40  # leads of one sample


def windows_path(path: Path) -> str:
    """Where the sample may have lain."""
    room = path.parent.parent.name
    known = PATHS.get(room, rf"C:\export\{room}")
    return str(known.rpartition("\\")[0]) + "\\" + path.name


def leads_in(path: Path) -> Iterator[Lead]:
    data = path.read_bytes()
    head = data[:65_536].removeprefix(b"\xef\xbb\xbf")
    artifact = registry.recognize(windows_path(path).lower(), head)
    if artifact is None or artifact.framing == "file":
        return
    body = data[4096:] if head.startswith(b"ElfFile") else data
    parser = artifact.parser(windows_path(path))
    seen: set[tuple[str, str]] = set()
    for frame in all_frames(Block(body, 0, 1), artifact.framing):
        try:
            records = list(parser.feed(frame))
        except ValueError:
            continue
        for record in records:
            for kind, fields in FIELDS.items():
                for field in fields:
                    value = record.fields.get(field, "")
                    text = value if isinstance(value, str) else ""
                    if len(text) >= 6 and text.isprintable() and (kind, text) not in seen:
                        seen.add((kind, text))
                        yield Lead(kind, text, ("f-0",))


def swept(examiner: Examiner, path: str, data: bytes) -> FileReport:
    evidence = Evidence("case", "", path, Locator("case", path), len(data))
    beat = Beat([0] * 5)
    file = one_file.FilePass(examiner, evidence, MemoryReader(data), beat, 1.0, "0" * 64)
    file.only = frozenset(range(len(examiner.program.rules)))
    file.examine(hash_only=False)
    return file.report()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda p: f"{p.parent.parent.name}-{p.name}")
def test_the_sweep_finds_what_a_full_parse_finds(path: Path) -> None:
    leads = list(leads_in(path))[:MOST]
    if not leads:
        pytest.skip("no lead in it")
    data = path.read_bytes()
    found = []
    for examiner in lanes(compile_leads(leads)):
        report = swept(examiner, windows_path(path), data)
        assert not report.passed_over
        found.append(traces_of(report.evidence, report.findings, leads))
    fast, slow, full = found
    assert fast == slow == full
    # Nothing that was taken out of a record stays unfound, or the test would show nothing.
    told = {lead for trace in fast for lead in trace.leads}
    missing = {(lead.kind, lead.value) for lead in leads} - told
    assert not missing


def test_event_logs() -> None:
    path = SHARED / "sample_004.evtx"
    if not path.exists():
        pytest.skip("needs the shared evidence")
    for path in sorted(SHARED.glob("*.evtx"))[:12]:
        leads = list(leads_in(path))[:MOST]
        data = path.read_bytes()
        examiners = lanes(compile_leads(leads))
        reports = [swept(e, windows_path(path), data) for e in (examiners[0], examiners[2])]
        fast, full = (traces_of(r.evidence, r.findings, leads) for r in reports)
        assert fast == full
        assert bool(fast) == bool(leads)


HEADER = (
    "#Software: Microsoft Internet Information Services 10.0\r\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n"
)
ROW = "2021-03-01 07:21:{:02} 192.0.2.10 {} {} - 443 {} {} {} - 200 0 0 4\r\n"


def rows(*cells: tuple[str, str, str, str, str]) -> bytes:
    return (HEADER + "".join(ROW.format(n % 60, *c) for n, c in enumerate(cells))).encode()


def traces(data: bytes, *leads: Lead) -> list[str]:
    report = swept(lanes(compile_leads(leads))[0], PATHS["iis"], data)
    return [t.actor.address or "" for t in traces_of(report.evidence, report.findings, leads)]


def test_an_address_is_no_part_of_a_longer_one() -> None:
    data = rows(
        ("GET", "/a", "-", "192.0.2.1", "x"),
        ("GET", "/a", "-", "192.0.2.10", "x"),
        ("GET", "/a", "-", "192.0.2.100", "x"),
        ("GET", "/a", "-", "2001:db8::1", "x"),
        ("GET", "/a", "-", "2001:db8::12", "x"),
    )
    assert traces(data, Lead("address", "192.0.2.10", ())) == ["192.0.2.10"]
    assert traces(data, Lead("address", "2001:db8::1", ())) == ["2001:db8::1"]


def test_a_shared_address_needs_its_agent() -> None:
    data = rows(
        ("GET", "/a", "-", "192.0.2.1", "curl/7.0"),
        ("GET", "/a", "-", "192.0.2.1", "Mozilla/5.0+(X,+Y)"),
        ("GET", "/a", "-", "192.0.2.9", "curl/7.0"),
    )
    assert traces(data, Lead("address", "192.0.2.1", (), "curl/7.0")) == ["192.0.2.1"]
    assert traces(data, Lead("address", "192.0.2.1", (), "Mozilla/5.0 (X, Y)")) == ["192.0.2.1"]
    assert traces(data, Lead("address", "192.0.2.1", (), "other")) == []


def test_a_page_is_found_in_any_spelling_and_with_what_stands_behind_it() -> None:
    data = rows(
        ("POST", "/OWA/auth/X.aspx", "-", "192.0.2.1", "x"),
        ("POST", "/owa/auth/%78.aspx", "-", "192.0.2.2", "x"),
        ("POST", "/owa/auth/x.aspx/more", "-", "192.0.2.3", "x"),
        ("POST", "/owa/auth/xx.aspx", "-", "192.0.2.4", "x"),
        ("POST", "/owa/auth/x.aspxx", "-", "192.0.2.5", "x"),
    )
    found = traces(data, Lead("page", "/owa/auth/x.aspx", ()))
    assert found == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_an_account_is_found_in_all_its_forms() -> None:
    data = rows(
        ("GET", "/a", "EXAMPLE\\anna", "192.0.2.1", "x"),
        ("GET", "/a", "anna@example.org", "192.0.2.2", "x"),
        ("GET", "/a", "anna", "192.0.2.3", "x"),
        ("GET", "/a", "EXAMPLE\\joanna", "192.0.2.4", "x"),
    )
    assert traces(data, Lead("account", "anna", ())) == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_what_many_accounts_sign_in_with_is_passed_over() -> None:
    many = [("GET", "/a", f"EXAMPLE\\user{n}", "10.0.0.1", "x") for n in range(500)]
    lead = Lead("address", "10.0.0.1", ())
    report = swept(lanes(compile_leads([lead]))[0], PATHS["iis"], rows(*many))
    assert report.common == ("0",)
    kept, passed = len(report.findings), report.passed_over["0"]
    assert kept < 20
    assert kept + passed == 500


def test_a_flood_is_counted_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_file, "LEAD_RECORDS_PER_FILE", 50)
    assert LEAD_RECORDS_PER_FILE > 50
    many = [("POST", "/a", "-", "192.0.2.1", "x")] * 300
    lead = Lead("address", "192.0.2.1", ())
    report = swept(lanes(compile_leads([lead]))[0], PATHS["iis"], rows(*many))
    assert (len(report.findings), report.passed_over) == (50, {"0": 250})


def test_odd_leads_are_compiled() -> None:
    odd = ("a", "%", "\\", "(", "x" * 4000, "\u00e4\u00f6", "1.2", '"', "a b", "\x1b[0m")
    leads = [Lead(kind, value, ()) for kind in FIELDS for value in odd]
    program = compile_leads(leads)
    assert len(program.rules) == len(leads)
    report = swept(Examiner(program), PATHS["iis"], rows(("GET", "/a", "-", "192.0.2.1", "x")))
    assert not report.problems
    for trace in traces_of(report.evidence, report.findings, leads):
        assert re.fullmatch(r"r-[0-9a-f]{20}", trace.id)
        assert msgspec.json.decode(msgspec.json.encode(trace))["leads"]
