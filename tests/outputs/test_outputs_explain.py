"""`afterpatch explain`: one finding, trace, operator or backdoor, and what is around it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import dossiers
import msgspec
import pytest
import test_outputs_hostile
from test_outputs_hostile import HOSTILE, UNPRINTABLE, poison

from afterpatch.cli import app
from afterpatch.model import Evidence, Locator
from afterpatch.outputs.dossier import write

DOSSIER = dossiers.traced()
IDS = ["f-00000004", "f-0000000a", "r-00000001", "r-00000003", "op-1", "op-2", "bd-1"]


class Said(NamedTuple):
    code: int
    out: str
    err: str

    def part(self, title: str) -> list[str]:
        """The lines below a heading, up to the next empty line."""
        lines = self.out.splitlines()
        start = next(at for at, line in enumerate(lines) if line.startswith(title))
        end = next((at for at in range(start, len(lines)) if not lines[at]), len(lines))
        return lines[start + 1 : end]


Explain = Callable[..., Said]


@pytest.fixture
def explain(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Explain:
    """Runs the command, on the dossier of `traced` unless another folder is given."""

    def call(id_: str, *options: str, out: Path | None = None) -> Said:
        if out is None:
            out = tmp_path / "out"
            write(DOSSIER, out, dossiers.RUN)
        with pytest.raises(SystemExit) as ended:
            app(["explain", str(out), id_, *options], prog_name="afterpatch")
        said = capsys.readouterr()
        return Said(int(ended.value.code or 0), said.out, said.err)

    return call


def ids(lines: list[str]) -> list[str]:
    return [line.split()[-1] for line in lines]


def test_a_finding_with_what_its_operator_did_and_what_else_happened(explain: Explain) -> None:
    said = explain("f-00000005")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Request to a web shell\n")
    assert "operator     op-1 (intruder, 203.0.113.7, 2001:db8::7)" in said.out
    assert "backdoors    bd-1" in said.out
    assert f"> {DOSSIER.findings[0].raw}" in said.out
    assert ids(said.part("op-1 before it (4)")) == [
        "f-00000001", "f-00000002", "f-00000003", "f-00000004",
    ]  # fmt: skip
    assert ids(said.part("op-1 after it (5)")) == [
        "r-00000001", "r-00000002", "f-00000006", "f-00000007", "f-00000008",
    ]  # fmt: skip
    assert ids(said.part("Others than op-1 within 60 seconds (1)")) == ["f-0000000a"]


def test_another_finding_on_the_same_record_is_named(explain: Explain) -> None:
    assert "see also     f-00000009: The same record, by another rule" in explain("f-00000004").out
    assert "see also     f-00000004: " in explain("f-00000009").out


def test_a_finding_that_is_nobodys(explain: Explain) -> None:
    said = explain("f-0000000a")
    assert "operator" not in said.out
    assert ids(said.part("What else there is within 60 seconds (2)")) == [
        "f-00000005", "r-00000001",
    ]  # fmt: skip


def test_a_trace_tells_what_it_was_found_by_and_who_taught_it(explain: Explain) -> None:
    said = explain("r-00000001")
    for line in (
        "found by     address: 203.0.113.7, learned from f-00000001",
        "found by     parameter: k",
        "method       POST",
        "query        k=1",
        "bytes        4096",
        "file         C:\\inetpub\\logs\\LogFiles\\W3SVC1\\u_ex210303.log",
        "> 2021-03-04 07:00:20 10.0.0.5 POST /owa/auth/upload.aspx k=1 443 - 203.0.113.7",
    ):
        assert line in said.out.splitlines()
    undated = explain("r-00000003")
    assert "when         unknown" in undated.out
    assert "within" not in undated.out


def test_an_operator(explain: Explain) -> None:
    said = explain("op-1")
    assert said.out.startswith("op-1: intruder, on MAIL01\n")
    assert "one hand by  same address, same parameter" in said.out
    assert said.part("Doors (1)") == [
        "  bd-1  web shell /owa/auth/RedirSuiteServerProxy.aspx: planted, 7 visits, 5 answered, "
        "2021-03-04 07:00:00 UTC to 2021-03-07 07:00:00 UTC"
    ]
    assert said.part("Compared with others (2)") == [
        "  203.0.113.7 and 2001:db8::7: one hand",
        "    for: same parameter",
        "  198.51.100.20 Mozilla/5.0 zgrab/0.x and 203.0.113.7: not held for one hand",
        "    against: other agent, never within a day",
    ]
    # f-00000004 and f-00000009 are one record.
    assert said.part("11 records by day") == [
        "          4  2021-03-03", "          3  2021-03-04", "          1  2021-03-05",
        "          1  2021-03-06", "          1  2021-03-07", "          1  undated",
    ]  # fmt: skip
    kinds = said.part("By kind")
    assert kinds[0] == "          4  Request to a web shell"
    assert "          3  traces in iis" in kinds
    deeds = ids(said.part("First to last"))
    assert len(deeds) == 11
    assert (deeds[0], deeds[-1]) == ("f-00000001", "r-00000003")
    assert "impact       2021-03-04 08:00:00 UTC  Two mailboxes were read" in said.out


def test_what_is_left_out_of_a_list_is_counted(explain: Explain, tmp_path: Path) -> None:
    who = DOSSIER.assessment.operators[0]
    busy = msgspec.structs.replace(
        who,
        commands=tuple(f"command {number}" for number in range(25)),
        addresses=tuple(f"192.0.2.{number}" for number in range(25)),
    )
    answer = msgspec.structs.replace(DOSSIER.assessment, operators=(busy,))
    write(msgspec.structs.replace(DOSSIER, assessment=answer), tmp_path, dossiers.RUN)
    said = explain("op-1", out=tmp_path).out.splitlines()
    assert said.count("ran          … and 15 more") == 1
    assert sum(line.startswith("ran          command") for line in said) == 10
    assert any(line.endswith("192.0.2.9 and 15 more") for line in said)


def test_an_operator_of_whom_no_record_is_kept(explain: Explain) -> None:
    said = explain("op-2")
    assert said.code == 0
    assert "  bd-1  web shell /owa/auth/RedirSuiteServerProxy.aspx: 2 visits" in said.out
    assert "0 records" in said.out


def test_a_backdoor(explain: Explain) -> None:
    said = explain("bd-1")
    assert said.out.startswith("bd-1: web shell /owa/auth/RedirSuiteServerProxy.aspx, on MAIL01\n")
    for line in (
        "planted      2021-03-03 06:15:40 UTC",
        "planted by   op-1 (intruder, 203.0.113.7, 2001:db8::7)",
        "still stands unknown",
        "visits       9, 5 answered",
        "first visit  2021-03-04 07:00:00 UTC",
        "last visit   2021-03-07 07:00:00 UTC",
    ):
        assert line in said.out.splitlines()
    assert said.part("Visitors (2)") == [
        "  op-1 (intruder, 203.0.113.7, 2001:db8::7): 7 visits, 5 answered, "
        "2021-03-04 07:00:00 UTC to 2021-03-07 07:00:00 UTC",
        "  op-2 (scanner, 198.51.100.20): 2 visits, 0 answered, "
        "2021-03-03 09:00:00 UTC to 2021-03-03 09:00:00 UTC",
    ]
    assert ids(said.part("First to last")) == [
        "f-00000004", "f-00000005", "f-00000006", "f-00000007", "f-00000008",
    ]  # fmt: skip


def test_long_lists_show_both_ends_and_say_how_much_is_left(
    explain: Explain, tmp_path: Path
) -> None:
    many = dossiers.many(1_000)
    own = dict.fromkeys((finding.id for finding in many.findings), "op-1")
    answer = msgspec.structs.replace(
        many.assessment, operators=dossiers.used().assessment.operators[:1]
    )
    write(msgspec.structs.replace(many, assessment=answer, operator_of=own), tmp_path, dossiers.RUN)
    said = explain("op-1", out=tmp_path)
    deeds = said.part("First to last")
    assert deeds[10] == "  … 980 further records"
    assert len(deeds) == 21
    near = explain("f-000001f4", out=tmp_path)
    assert ids(near.part("op-1 before it (5 of 500)"))[-1] == "f-000001f3"
    assert ids(near.part("op-1 after it (5 of 499)"))[0] == "f-000001f5"


@pytest.mark.parametrize("id_", IDS)
def test_json_says_the_same_in_full(id_: str, explain: Explain) -> None:
    said = explain(id_, "--json")
    assert said.code == 0
    told: dict[str, Any] = json.loads(said.out)
    kinds = {"f": "finding", "r": "trace", "op": "operator", "bd": "backdoor"}
    assert (told["id"], told["kind"], told["host"]) == (id_, kinds[id_.split("-")[0]], "MAIL01")
    if told["kind"] in ("finding", "trace"):
        assert told["record"]["id"] == id_
        assert (told["finding"] is None) is (told["kind"] == "trace")
        assert {"before", "after", "around", "learned", "others", "lines"} <= told.keys()
    else:
        assert told[told["kind"]]["id"] == id_
        assert {"first", "last", "by_day", "by_kind"} <= told["records"].keys()


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize("id_", ["f-1", "f-0000000", "r-9", "op-9", "bd-2", "x", "", "f-0'; --"])
def test_an_id_that_is_not_there_names_some_that_are(id_: str, explain: Explain) -> None:
    said = explain(id_)
    assert (said.code, said.out, len(said.err.splitlines())) == (2, "", 1)
    for part in (f"'{id_}'", "f-00000001", "r-00000001", "op-1", "bd-1", "findings.jsonl"):
        assert part in said.err


def test_a_folder_without_a_dossier(explain: Explain, tmp_path: Path) -> None:
    said = explain("f-1", out=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "assess -o" in said.err


def test_one_of_several_servers(explain: Explain, tmp_path: Path) -> None:
    both = tmp_path / "both"
    write(DOSSIER, both / "MAIL01", dossiers.RUN)
    write(dossiers.used(), both / "MAIL02", dossiers.RUN)
    (both / "notes.txt").write_text("mine")
    assert explain("r-00000001", out=both).code == 0
    said = explain("op-1", out=both)
    assert (said.code, said.out) == (2, "")
    assert f"2 dossiers in {both} have an 'op-1'" in said.err
    assert str(both / "MAIL01") in said.err
    assert explain("op-1", out=both / "MAIL02").code == 0


@pytest.mark.parametrize("id_", ["f-00000004", "op-1", "bd-1"])
def test_a_dossier_of_an_earlier_version_has_no_table(
    id_: str, explain: Explain, tmp_path: Path
) -> None:
    write(DOSSIER, tmp_path, dossiers.RUN)
    (tmp_path / "records.parquet").unlink()
    said = explain(id_, out=tmp_path)
    assert said.code == 0
    assert "has no records.parquet" in said.out
    missing = explain("r-00000001", out=tmp_path)
    assert (missing.code, missing.out) == (2, "")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("records.parquet", b"PAR1"),
        ("assessment.json", b"{}"),
        ("assessment.json", b"\xff"),
        ("findings.jsonl", b'{"id": "f-00000004"}\n'),
    ],
)
def test_a_damaged_file_is_named(
    name: str, content: bytes, explain: Explain, tmp_path: Path
) -> None:
    write(DOSSIER, tmp_path, dossiers.RUN)
    (tmp_path / name).write_bytes(content)
    said = explain("f-00000004", out=tmp_path)
    assert (said.code, said.out, len(said.err.splitlines())) == (2, "", 1)
    assert name in said.err
    assert "assess the evidence again" in said.err


# ---------------------------------------------------------------- evidence


def test_the_lines_around_a_trace_are_read_from_the_evidence(
    explain: Explain, tmp_path: Path
) -> None:
    content = b"".join(b"line %d of the log\r\n" % number for number in range(20))
    log = tmp_path / "u_ex.log"
    log.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    file = Evidence("case", "", "C:\\u_ex.log", Locator(str(log)), len(content), sha256)
    start = content.index(b"line 9 ")
    place = msgspec.structs.replace(
        DOSSIER.traces[0].provenance,
        evidence="case",
        member=file.path,
        offset=start,
        length=len(b"line 9 of the log"),
        sha256=sha256,
    )
    trace = msgspec.structs.replace(DOSSIER.traces[0], provenance=place, raw="line 9 of the log")
    write(
        msgspec.structs.replace(DOSSIER, traces=(trace,), evidence=(file,)),
        tmp_path / "out",
        dossiers.RUN,
    )
    shown = explain(trace.id, out=tmp_path / "out").out.splitlines()
    at = shown.index("> line 9 of the log")
    assert shown[at - 3 : at] == [f"  line {number} of the log" for number in (6, 7, 8)]
    assert shown[at + 1 : at + 4] == [f"  line {number} of the log" for number in (10, 11, 12)]
    told = json.loads(explain(trace.id, "--json", out=tmp_path / "out").out)
    assert told["lines"]["before"][-1] == "line 8 of the log"


@pytest.mark.parametrize("text", ["".join(HOSTILE[:-1]), HOSTILE[-1]], ids=["all", "long"])
def test_text_of_an_intruder_stays_text(
    text: str, explain: Explain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {
        "id", "when", "operator", "operators", "planted_by", "first", "last", "planted", "visited",
        "standing", "still_stands",
    }  # fmt: skip
    monkeypatch.setattr(test_outputs_hostile, "CLOSED", test_outputs_hostile.CLOSED | ours)
    poisoned = poison(DOSSIER, text)
    whole = {
        name: getattr(DOSSIER.assessment, name)
        for name in ("pivots", "verdict", "coverage", "dwell")
    }
    found = msgspec.structs.replace(
        poisoned,
        assessment=msgspec.structs.replace(poisoned.assessment, **whole),
        operator_of=DOSSIER.operator_of,
        backdoors_of=DOSSIER.backdoors_of,
    )
    write(found, tmp_path, dossiers.RUN)
    for id_ in IDS:
        for options in ([], ["--json"]):
            said = explain(id_, *options, out=tmp_path)
            assert said.code == 0
            assert "INTRUDER" in said.out
            assert not UNPRINTABLE.search(said.out)
