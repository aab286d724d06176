"""The command line as a stranger meets it: what it says, where it says it, and how it ends."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from msgspec.structs import replace

from afterpatch import __version__
from afterpatch.assess import assess, exit_code
from afterpatch.cli import app

IIS_HEAD = (
    "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n"
    "#Date: 2026-10-20 08:00:00\r\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r\n"
)
IIS_LINE = (
    "{day} {time} 10.0.0.5 GET /owa/auth/logon.aspx url=x 443 - 192.0.2.7 Mozilla/5.0 - 200 0 0 31"
    "\r\n"
)
PROXY_HEAD = (
    "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,UrlStem,"
    "AuthenticatedUser,AnchorMailbox,UserAgent,ClientIpAddress,ServerHostName,HttpStatus,"
    "BackEndStatus,Method\r\n#Software: Microsoft Exchange Server\r\n#Version: {version}\r\n"
    "#Log-type: HttpProxy Logs\r\n#Date: 2026-10-20T08:00:00.000Z\r\n"
    "#Fields: DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,UrlStem,"
    "AuthenticatedUser,AnchorMailbox,UserAgent,ClientIpAddress,ServerHostName,HttpStatus,"
    "BackEndStatus,Method\r\n"
)
PROXY_LINE = (
    "{when},a{n},15,1,2507,77,/owa/,EXAMPLE\\anna,anna@example.org,Mozilla/5.0,192.0.2.7,MAIL01,"
    "200,200,GET\r\n"
)
BUILD = "15.01.2507.077"  # the newest one in the tables: nothing published is open


class Said(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: object) -> Said:
        with pytest.raises(SystemExit) as ended:
            app([str(word) for word in words], prog_name="afterpatch")
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return call


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """Logs of one morning of a server on which nothing published is open, and all is read."""
    folder = tmp_path / "server"
    write(folder / "inetpub/logs/LogFiles/W3SVC1/u_ex261020.log", iis_log())
    proxy = "Program Files/Microsoft/Exchange Server/V15/Logging/HttpProxy/Owa"
    write(folder / proxy / "HttpProxy_2026102008-1.LOG", proxy_log())
    return folder


@pytest.fixture
def covered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage that would be sufficient, so that only what is tested can take that away."""
    monkeypatch.setattr("afterpatch.answers.coverage._whole", lambda *_: "sufficient")
    monkeypatch.setattr("afterpatch.answers.coverage._not_looked_for", lambda *_: {})


def iis_log() -> str:
    lines = [IIS_LINE.format(day="2026-10-20", time=f"08:{m:02}:00") for m in range(0, 60, 5)]
    return IIS_HEAD + "".join(lines)


def proxy_log() -> str:
    lines = [PROXY_LINE.format(when=f"2026-10-20T08:{m:02}:00.000Z", n=m) for m in range(0, 60, 5)]
    return PROXY_HEAD.format(version=BUILD) + "".join(lines)


def write(path: Path, data: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def zipped(**members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return stream.getvalue()


def encrypted() -> bytes:
    data = bytearray(zipped(**{"a.log": iis_log()}))
    data[6] |= 1  # the flag in the header of the member
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and in the central directory
    return bytes(data)


def one_sentence(said: Said, *words: str) -> None:
    """Exit code 2, nothing on standard output, and one line that says what to do."""
    assert said.code == 2
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    assert said.err.startswith("afterpatch: ")
    assert said.err.rstrip().endswith(".")
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err


# ---------------------------------------------------------------- evidence that can't be assessed


def test_no_such_path(run: Run, tmp_path: Path) -> None:
    one_sentence(run("assess", tmp_path / "nope", "-o", tmp_path / "out"), "nope", "check the path")


def test_empty_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = run("assess", tmp_path / "empty", "-o", tmp_path / "out")
    one_sentence(said, "holds no files", "give")


@pytest.mark.parametrize(
    "data",
    [
        zipped(**{"a.log": iis_log()})[:-30],
        zipped(**{"a.log": iis_log()})[:60],
        b"PK\x03\x04" + bytes(range(256)) * 8,
        bytes(range(256)) * 8,
    ],
    ids=["no end", "first bytes", "garbage behind PK", "garbage"],
)
def test_corrupt_zip(run: Run, tmp_path: Path, data: bytes) -> None:
    path = write(tmp_path / "MAIL01.zip", data)
    one_sentence(run("assess", path, "-o", tmp_path / "out"), "MAIL01.zip", "damaged", "copy it")


def test_encrypted_zip(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "MAIL01.zip", encrypted())
    one_sentence(run("assess", path, "-o", tmp_path / "out"), "encrypted", "unpack it")


def test_folder_without_an_artifact_of_exchange(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "none/notes.txt", "We met on Monday.\n")
    write(tmp_path / "none/photo.png", b"\x89PNG\r\n\x1a\n" + bytes(100))
    said = run("assess", tmp_path / "none", "-o", tmp_path / "out")
    one_sentence(said, "2 files", "inetpub\\logs")
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- output folders


def test_out_is_a_file(run: Run, server: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "out", "mine")
    one_sentence(run("assess", server, "-o", path), "is a file", "-o")
    assert path.read_text() == "mine"


def test_out_holds_foreign_files(run: Run, server: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "out/thesis.txt", "mine")
    one_sentence(run("assess", server, "-o", path.parent), "no earlier dossier", "-o")
    assert path.read_text() == "mine"
    assert len(list(path.parent.iterdir())) == 1


def test_out_can_not_be_made(run: Run, server: Path, tmp_path: Path) -> None:
    write(tmp_path / "file", "")
    one_sentence(run("assess", server, "-o", tmp_path / "file" / "out"), "-o")


@pytest.mark.skipif(os.name == "nt", reason="folders have no such rights there")
@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write anywhere")
def test_out_is_not_writable(run: Run, server: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    one_sentence(run("assess", server, "-o", locked / "out"), "can't be written", "-o")


def test_evidence_is_never_written_into(run: Run, server: Path) -> None:
    one_sentence(run("assess", server, "-o", server / "out"), "never changed", "-o")
    assert not (server / "out").exists()


def test_out_is_checked_before_the_evidence_is_read(
    run: Run, server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("afterpatch.assess.discover", lambda _: pytest.fail("read the evidence"))
    write(tmp_path / "out/thesis.txt", "mine")
    assert run("assess", server, "-o", tmp_path / "out").code == 2


# ---------------------------------------------------------------- arguments


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--since", "yesterday"], "2021-03-02"),
        (["--until", "03/02/2021"], "2021-03-02"),
        (["--since", "2021-03-02", "--until", "2021-03-01"], "exchange the two"),
        (["--jobs", "0"], "--jobs"),
        (["--jobs", "two"], "--jobs"),
        (["--sigma", "nope"], "--sigma"),
        (["--frobnicate"], "--help"),
        (["--since", "2030-01-01"], "2026-10-20"),
        (["--until", "2020-01-01"], "2026-10-20"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_options(run: Run, server: Path, tmp_path: Path, words: list[str], said: str) -> None:
    one_sentence(run("assess", server, "-o", tmp_path / "out", *words), said)
    assert not (tmp_path / "out").exists()


def test_wrong_commands(run: Run, server: Path, tmp_path: Path) -> None:
    one_sentence(run("frobnicate"), "frobnicate", "--help")
    one_sentence(run("assess"), "assess --help")
    one_sentence(run("assess", server), "--out")
    one_sentence(run("range", "build", "nope", "-o", tmp_path / "r"), "nope", "proxylogon")
    one_sentence(run("range", "build", "probed", "-o", tmp_path / "r", "--size", "big"), "MB")
    one_sentence(run("range", "build", "probed", "-o", tmp_path / "r", "--from", "x"), "2021-03-02")
    one_sentence(run("rules", "explain", "nope"), "rules list")
    one_sentence(run("rules", "lint", tmp_path / "nope"), "nope")
    one_sentence(run("verify", tmp_path / "nope"), "nope", "assess -o")
    one_sentence(run("explain", tmp_path / "nope", "f-1"), "nope", "assess -o")
    one_sentence(run("explain", tmp_path, "f-1"), "no dossier", "assess -o")


def test_sigma_folder_without_rules(run: Run, server: Path, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    said = run("assess", server, "-o", tmp_path / "out", "--sigma", tmp_path / "rules")
    one_sentence(said, "no Sigma rule")


def test_without_a_word_comes_the_help(run: Run) -> None:
    for words in ([], ["rules"], ["range"]):
        said = run(*words)
        assert said.code == 2
        assert "Commands:" in said.out
        assert said.err == ""


def test_version(run: Run) -> None:
    assert run("--version") == Said(0, f"afterpatch {__version__}\n", "")


# ---------------------------------------------------------------- what assess says


@pytest.mark.usefixtures("covered")
def test_dossier_of_an_untouched_morning(run: Run, server: Path, tmp_path: Path) -> None:
    said = run("assess", server, "-o", tmp_path / "out")
    assert said.code == 0
    assert said.err == ""  # progress is for terminals
    assert "\x1b" not in said.out
    assert "NO EVIDENCE" in said.out
    assert "2026-10-20" in said.out
    for name in ("assessment.json", "findings.jsonl", "timeline.jsonl", "report.html"):
        assert (tmp_path / "out" / name).is_file()
        assert name in said.out
    for word in ("clean", "safe", "nothing suspicious"):
        assert not re.search(rf"\b{word}\b", said.out, re.IGNORECASE)


def test_json_is_all_there_is_on_standard_output(run: Run, server: Path, tmp_path: Path) -> None:
    said = run("assess", server, "-o", tmp_path / "out", "--json")
    assert said.err == ""
    (found,) = json.loads(said.out)
    assert found == json.loads((tmp_path / "out" / "assessment.json").read_text("utf-8"))
    assert found["host"]["name"] == "MAIL01"


def test_quiet_prints_one_line_a_server(run: Run, server: Path, tmp_path: Path) -> None:
    said = run("assess", server, "-o", tmp_path / "out", "-q")
    assert said.err == ""
    assert len(said.out.splitlines()) == 1
    assert said.out.startswith("MAIL01: no evidence. ")


def test_no_color(run: Run, server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in run("assess", server, "-o", tmp_path / "out").out
    assert "\x1b[" not in run("assess", server, "-o", tmp_path / "out", "--no-color").out


def test_two_runs_give_the_same_bytes(run: Run, server: Path, tmp_path: Path) -> None:
    write(server / "more.zip", zipped(**{"inetpub/logs/LogFiles/W3SVC1/u_ex261021.log": iis_log()}))
    outs = [tmp_path / name for name in ("first", "second", "third")]
    for out, jobs in zip(outs, (1, 1, 2), strict=True):
        run("assess", server, "-o", out, "-q", "--jobs", jobs)
    for path in outs[0].iterdir():
        if path.name != "manifest.json":
            assert {(out / path.name).read_bytes() for out in outs} == {path.read_bytes()}


@pytest.mark.usefixtures("covered")
def test_several_servers_have_a_folder_each(run: Run, server: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    for path in sorted(p for p in server.rglob("*") if p.is_file()):
        text = path.read_text().replace("MAIL01", "MAIL02")
        write(second / path.relative_to(server), text)
    said = run("assess", server, second, "-o", tmp_path / "out", "-q")
    assert said.code == 0
    assert [line.split(":")[0] for line in said.out.splitlines()] == ["MAIL01", "MAIL02"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["MAIL01", "MAIL02"]
    assert run("assess", server, second, "-o", tmp_path / "out", "-q").code == 0  # once more
    assert run("verify", tmp_path / "out").code == 0


# ---------------------------------------------------------------- what could not be read


@pytest.mark.usefixtures("covered")
def test_corrupt_zip_among_good_evidence_costs_only_itself(
    run: Run, server: Path, tmp_path: Path
) -> None:
    write(server / "older.zip", zipped(**{"a.log": iis_log()})[:-30])
    said = run("assess", server, "-o", tmp_path / "out")
    assert said.code == 40  # what could not be read may have held the attack
    assert "1 problem while reading" in said.out
    assert "older.zip" in said.out
    found = json.loads((tmp_path / "out" / "assessment.json").read_text("utf-8"))
    assert [p["what"] for p in found["problems"]] == ["older.zip"]
    assert found["verdict"]["grade"] == "no evidence"
    assert found["verdict"]["coverage"] != "sufficient"
    assert {row["artifact"] for row in found["coverage"] if row["records"]} == {"iis", "httpproxy"}
    assert "older.zip" in (tmp_path / "out" / "report.html").read_text("utf-8")


@pytest.mark.usefixtures("covered")
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("older.zip", encrypted()),
        ("older.7z", b"7z\xbc\xaf\x27\x1c" + bytes(100)),
        ("x.zip", zipped(**{"x.zip": "PK\x03\x04 and no more"})),
    ],
)
def test_what_could_not_be_read_shows_in_the_exit_code(
    run: Run, server: Path, tmp_path: Path, name: str, data: bytes
) -> None:
    write(server / name, data)
    assert run("assess", server, "-o", tmp_path / "out", "-q").code == 40
    found = json.loads((tmp_path / "out" / "assessment.json").read_text("utf-8"))
    assert any(name in problem["what"] for problem in found["problems"])


def test_logs_without_a_dated_record_answer_nothing(run: Run, server: Path, tmp_path: Path) -> None:
    for path in server.rglob("*.log"):
        path.write_text(IIS_HEAD)
    for path in server.rglob("*.LOG"):
        path.write_text(PROXY_HEAD.format(version=BUILD))
    said = run("assess", server, "-o", tmp_path / "out", "-q")
    assert said.code == 40
    assert "not assessed" in said.out


def test_verdict_holds_only_for_the_span_asked_for(run: Run, server: Path, tmp_path: Path) -> None:
    web_logs = server / "inetpub/logs/LogFiles/W3SVC1"
    line = IIS_LINE.format(day="2026-10-22", time="09:00:00")
    write(web_logs / "u_ex261022.log", IIS_HEAD + line)
    said = run("assess", server, "-o", tmp_path / "out", "-q", "--until", "2026-10-20")
    assert "2026-10-20 to 2026-10-20" in said.out
    found = json.loads((tmp_path / "out" / "assessment.json").read_text("utf-8"))
    assert {row["to"][:10] for row in found["coverage"] if row["to"]} == {"2026-10-20"}
    said = run("assess", server, "-o", tmp_path / "out", "-q", "--since", "2026-10-22")
    assert "2026-10-22 to 2026-10-22" in said.out
    assert said.code == 40  # HttpProxy has nothing of that day


def test_exit_code_is_the_gravest_of_all_servers(server: Path) -> None:
    (dossier,) = assess([server], workers=1)
    order = ["no evidence", "not assessed", "attempted", "exploited", "used"]
    graded = [_graded(dossier, grade) for grade in order]
    assert [exit_code([d]) for d in graded] == [0, 40, 10, 20, 30]
    for at, one in enumerate(graded):
        assert exit_code(graded[: at + 1][::-1]) == exit_code([one])
    assert exit_code([]) == 40


def _graded(dossier: object, grade: str) -> object:
    found = dossier.assessment
    verdict = replace(found.verdict, grade=grade, coverage="sufficient")
    return replace(dossier, assessment=replace(found, verdict=verdict))


# ---------------------------------------------------------------- the other commands


def test_inventory_gives_no_verdict_and_writes_nothing(
    run: Run, server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    said = run("inventory", server)
    assert said.code == 0
    assert "httpproxy" in said.out
    assert "Missing:" in said.out
    assert "Verdict" not in said.out
    assert "NO EVIDENCE" not in said.out
    assert sorted(tmp_path.rglob("*")) == before
    one_sentence(run("inventory", tmp_path / "nope"), "check the path")


def test_verify_finds_a_changed_byte(run: Run, server: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("assess", server, "-o", out, "-q")
    said = run("verify", out)
    signed, checked = said.out.splitlines()
    assert said.code == 0
    assert signed.endswith("is not signed.")
    assert checked == "Checked 12 files of the dossier and 2 files of evidence: 0 problems."
    log = next(server.rglob("*.log"))
    log.write_bytes(log.read_bytes().replace(b"192.0.2.7", b"192.0.2.8", 1))
    said = run("verify", out)
    assert said.code == 1
    assert "u_ex261020.log" in said.out
    report = out / "report.html"
    report.write_bytes(report.read_bytes().replace(b"2026", b"2025", 1))
    assert "report.html has changed" in run("verify", out).out
    log.unlink()
    said = run("verify", out)
    assert "1 file of evidence not checked" in said.out


def test_explain_shows_the_record_and_its_neighbors(run: Run, server: Path, tmp_path: Path) -> None:
    log = next(server.rglob("*.LOG"))
    probe = PROXY_LINE.format(when="2026-10-20T08:59:30.000Z", n=99)
    probe = probe.replace("EXAMPLE\\anna", "").replace(
        "anna@example.org", "ServerInfo~x]@scan.example.net/autodiscover/autodiscover.xml?#"
    )
    after = PROXY_LINE.format(when="2026-10-20T08:59:45.000Z", n=100)
    log.write_bytes(log.read_bytes() + (probe + after).encode())
    assert run("assess", server, "-o", tmp_path / "out", "-q").code == 10
    line = (tmp_path / "out" / "findings.jsonl").read_text("utf-8").splitlines()[0]
    finding = json.loads(line)
    said = run("explain", tmp_path / "out", finding["id"])
    assert said.code == 0
    shown = said.out.splitlines()
    at = next(i for i, text in enumerate(shown) if text.startswith("> 2026-10-20T08:59:30.000Z"))
    assert shown[at - 1].startswith("  2026-10-20T08:55:00.000Z,a55,")
    assert shown[at + 1].startswith("  2026-10-20T08:59:45.000Z,a100,")
    assert finding["rule"] in said.out
    assert finding["explain"] in said.out
    log.unlink()
    assert "can't be shown" in run("explain", tmp_path / "out", finding["id"]).out


RULE = """
title: {title}
logsource: {{category: webserver}}
detection:
  page: {{cs-uri-stem|contains: {text}}}
  condition: page
afterpatch:
  question: exploited
  explain: A test.
"""


def test_rules_list_test_and_literals(run: Run) -> None:
    listed = run("rules", "list")
    assert listed.code == 0
    assert "exchange-proxylogon-ssrf: " in listed.out
    assert not re.search(r"^refused ", listed.out, re.MULTILINE)
    tested = run("rules", "test")
    assert (tested.code, tested.out.strip()[-12:]) == (0, " 0 failures.")
    literals = run("rules", "literals").out.splitlines()
    assert literals == sorted(literals)
    assert "ServerInfo~" in literals


def test_rules_explain_tells_about_every_rule(run: Run) -> None:
    listed = json.loads(run("rules", "list", "--json").out)
    assert listed["refused"] == []
    told = [entry for entry in listed["detections"] if entry["kind"] == "sigma"]
    for entry in told[::25]:
        said = run("rules", "explain", entry["name"])
        assert said.code == 0
        assert re.search(r"^reads +\w+: \S", said.out, re.MULTILINE)
        assert re.search(r"^see +\S", said.out, re.MULTILINE)


def test_rules_docs_writes_pages_where_nothing_else_lies(run: Run, tmp_path: Path) -> None:
    said = run("rules", "docs", "-o", tmp_path / "pages")
    assert (said.code, said.err) == (0, "")
    assert (tmp_path / "pages" / "exchange-proxylogon-ssrf.md").is_file()
    again = run("rules", "docs", "-o", tmp_path / "pages")
    assert (again.code, again.out) == (0, said.out)
    write(tmp_path / "other" / "README.md", "mine")
    refused = run("rules", "docs", "-o", tmp_path / "other")
    assert (refused.code, (tmp_path / "other" / "README.md").read_text()) == (2, "mine")


def test_rules_of_other_packs(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "sigma/good.yml", RULE.format(title="Good", text="/frobnicate.aspx"))
    write(
        tmp_path / "sigma/linux.yml",
        RULE.format(title="Else", text="/x").replace("webserver", "linux"),
    )
    write(tmp_path / "yara/a.yar", "rule Named { condition: true }\nrule Bad { condition: x }\n")
    packs = ["--sigma", tmp_path / "sigma", "--yara", tmp_path / "yara"]
    said = run("rules", "list", "--json", *packs)
    listed = json.loads(said.out)
    foreign = [e["name"] for e in listed["detections"] if e["standing"] == "foreign"]
    assert foreign == ["good", "yara:Named"]
    assert {r["title"] for r in listed["refused"]} == {"Else", "Bad"}
    said = run("rules", "lint", "--json", *packs)
    linted = json.loads(said.out)
    assert (said.code, linted["refused"]) == (1, listed["refused"])
    assert run("rules", "explain", "yara:Named", *packs).out.startswith("YARA rule Named\n")
    assert run("rules", "list", "--yara", tmp_path / "sigma").code == 2


def test_rules_lint_names_each_refused_rule_with_its_reason(run: Run, tmp_path: Path) -> None:
    assert run("rules", "lint").code == 0
    good = write(tmp_path / "rules/good.yml", RULE.format(title="Good", text="/frobnicate.aspx"))
    said = run("rules", "lint", good)
    assert (said.code, said.out) == (0, "1 detection compiled, 0 refused, 0 slow.\n")
    write(tmp_path / "rules/slow.yml", RULE.format(title="Slow", text="ab"))
    write(tmp_path / "rules/broken.yml", "title: [")
    write(
        tmp_path / "rules/typo.yml",
        RULE.format(title="Typo", text="/x.aspx").replace(
            "question: exploited", "question: hacked"
        ),
    )
    said = run("rules", "lint", tmp_path / "rules")
    assert said.code == 1
    assert "refused broken.yml: not readable as YAML" in said.out
    assert "refused typo.yml (Typo): afterpatch block: " in said.out
    assert "slow slow on iis" in said.out
    assert said.out.endswith("2 detections compiled, 2 refused, 1 slow.\n")


def test_signing_and_checking(run: Run, server: Path, tmp_path: Path) -> None:
    key, public = tmp_path / "key.pem", tmp_path / "pub.pem"
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    out = tmp_path / "out"
    words = ["-q", "--sign", key, "--case", "7", "--examiner", "N. N.", "--note", "first"]
    assert run("assess", server, "-o", out, *words).code in (0, 40)
    manifest = (out / "manifest.json").read_bytes()
    assert json.loads(manifest)["case"] == {"number": "7", "examiner": "N. N.", "note": "first"}
    private.public_key().verify((out / "manifest.sig").read_bytes(), manifest)
    said = run("verify", out, "--key", public)
    assert (said.code, "is signed by the key given" in said.out) == (0, True)
    assert "not checked: give its public half with --key" in run("verify", out).out
    (out / "manifest.json").write_bytes(manifest.replace(b'"N. N."', b'"M. M."'))
    said = run("verify", out, "--key", public)
    assert (said.code, "has changed since it was signed" in said.out) == (1, True)
    one_sentence(run("verify", out, "--key", key), "no public key", "openssl pkey")
    one_sentence(run("assess", server, "-o", tmp_path / "o", "--sign", public), "openssl genpkey")
    one_sentence(run("assess", server, "-o", tmp_path, "--sign", key), "elsewhere")
    assert not (tmp_path / "o").exists()


def test_a_redacted_dossier(run: Run, server: Path, tmp_path: Path) -> None:
    names, out = tmp_path / "names.json", tmp_path / "out"
    page = "inetpub/wwwroot/aspnet_client/x.aspx"
    write(server / page, '<%@ Page Language="Jscript"%><%ev' + 'al(Request.Item["k"],"unsafe");%>')
    said = run("assess", server, "-o", out, "--redact", names, "--note", "of MAIL01")
    texts = {path.name: path.read_bytes().lower() for path in out.iterdir()}
    for name in (b"mail01", b"anna", b"10.0.0.5", str(tmp_path).lower().encode()):
        assert [file for file, text in texts.items() if name in text] == [], name
    assert "MAIL01" not in said.out.replace(str(out), "")
    assert json.loads(texts["manifest.json"])["case"]["note"].startswith("of host-")
    if os.name == "posix":
        assert names.stat().st_mode & 0o777 == 0o600
    # The same key gives the same bytes, another one other pseudonyms.
    words = ["--redact", tmp_path / "again.json", "--redact-key", names]
    run("assess", server, "-o", tmp_path / "again", *words)
    run("assess", server, "-o", tmp_path / "other", "--redact", tmp_path / "other.json")
    answers = [(tmp_path / o / "assessment.json").read_bytes() for o in ("out", "again", "other")]
    assert answers[0] == answers[1] != answers[2]
    one_sentence(run("compare", out, tmp_path / "other"), "redacted with one key")
    assert run("verify", out).code == 0


def test_where_the_names_may_not_be_written(run: Run, server: Path, tmp_path: Path) -> None:
    out, names = tmp_path / "out", write(tmp_path / "names.json", "{}")
    for words, said in (
        (["--redact", out / "names.json"], "elsewhere"),
        (["--redact", server / "names.json"], "never changed"),
        (["--redact", names], "exists"),
        (["--redact", tmp_path / "no" / "names.json"], "can't be written to"),
        (["--redact-key", names], "goes with --redact"),
        (["--redact", tmp_path / "new.json", "--redact-key", names], "--redact wrote"),
    ):
        one_sentence(run("assess", server, "-o", out, *words), said)
    assert not out.exists()
    assert not (tmp_path / "new.json").exists()


def test_refused_rules_are_said_when_assessing(run: Run, server: Path, tmp_path: Path) -> None:
    write(tmp_path / "rules/broken.yml", "title: [")
    said = run("assess", server, "-o", tmp_path / "out", "-q", "--sigma", tmp_path / "rules")
    assert "1 detection could not be compiled and did not run" in said.err


def test_range_list_and_build(run: Run, tmp_path: Path) -> None:
    names = [line.split()[0] for line in run("range", "list").out.splitlines()]
    assert {"untouched", "probed", "proxylogon", "proxylogon-expired"} <= set(names)
    words = ["--size", "6MB", "--from", "2021-03-04", "--to", "2021-03-05"]
    said = run("range", "build", "probed", "-o", tmp_path / "range", *words)
    assert (said.code, said.err) == (0, "")
    assert Path(said.out.strip()) == tmp_path / "range"
    truth = json.loads((tmp_path / "range" / "ground_truth.json").read_text("utf-8"))
    assert truth["scenario"] == "probed"
    one_sentence(run("range", "build", "probed", "-o", tmp_path / "range", *words), "empty folder")


def test_demo_works_from_an_empty_folder_and_again(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = run("demo")
    assert said.code == 0
    assert "USED: " in said.out
    assert "demo/dossier" in said.out.replace("\\", "/")
    assert "ground_truth.json" in said.err
    assert (tmp_path / "demo/dossier/report.html").is_file()
    truth = json.loads((tmp_path / "demo/range/ground_truth.json").read_text("utf-8"))
    found = json.loads((tmp_path / "demo/dossier/assessment.json").read_text("utf-8"))
    assert found["verdict"]["grade"] == truth["expect"]["grade"]
    assert {door["url"] for door in found["backdoors"]} == {
        shell["url"] for shell in truth["expect"]["web_shells"]
    }
    # The README shows this output, cut but not changed.
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
    shown = readme.split("```text\n")[1].split("```")[0]
    whole = " ".join(said.out.split())
    for line in shown.splitlines():
        assert " ".join(line.split()) in whole, "the README shows another demo"
    # So does the README's query of the records.
    query = readme.split("```python\n")[1].split('"""')[1]
    rows = [[str(cell) for cell in row] for row in duckdb.sql(query).fetchall()]
    table = readme.split("```text\n")[2].split("```")[0]
    assert rows == [
        [cell.strip() for cell in line.strip("│").split("│")] for line in table.splitlines()[4:-1]
    ]
    given: list[Path] = []
    monkeypatch.setattr("afterpatch.cli._assess", lambda evidence, *_, **__: given.extend(evidence))
    again = run("demo")
    assert again.code == 0
    assert "earlier demo" in again.err
    assert given == [Path("demo/range/evidence")]


# ---------------------------------------------------------------- as a program


def program(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "afterpatch", *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_as_a_program(server: Path, tmp_path: Path) -> None:
    ended = program("assess", server, "-o", "out", "-q", cwd=tmp_path)
    assert (ended.returncode in (0, 40), ended.stderr) == (True, "")
    assert ended.stdout.startswith("MAIL01: no evidence. ")
    ended = program("assess", "nope", "-o", "out", cwd=tmp_path)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    ended = program("frobnicate", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
