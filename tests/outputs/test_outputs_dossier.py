from __future__ import annotations

import ast
import hashlib
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import dossiers
import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import afterpatch.outputs
from afterpatch.errors import UsageError
from afterpatch.outputs import schema
from afterpatch.outputs.dossier import FORMATS, Dossier, folder_names, write
from afterpatch.outputs.format import gravest
from afterpatch.outputs.html import render
from afterpatch.outputs.terminal import print_assessment
from afterpatch.tables.query import open_records

SHAPES = [
    dossiers.empty, dossiers.no_evidence, dossiers.attempted, dossiers.used, dossiers.traced,
    dossiers.shared,
]  # fmt: skip
FINDING_KEYS = [
    "id", "rule", "title", "question", "outcome", "chain", "cve", "technique", "severity", "when",
    "actor", "object", "provenance", "raw", "look_alike", "explain",
]  # fmt: skip
shapes = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@shapes
def test_every_file_is_written_and_hashed(shape: Callable[[], Dossier], tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    paths = write(shape(), out, dossiers.RUN)
    assert [path.name for path in paths] == [*(form.name for form in FORMATS), "manifest.json"]
    assert sorted(out.iterdir()) == sorted(paths)
    manifest = json.loads(paths[-1].read_bytes())
    assert {entry["file"]: (entry["size"], entry["sha256"]) for entry in manifest["outputs"]} == {
        path.name: (path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in paths[:-1]
    }


@shapes
def test_two_runs_give_the_same_bytes(shape: Callable[[], Dossier], tmp_path: Path) -> None:
    late = msgspec.structs.replace(dossiers.RUN, started="2030-01-01T00:00:00.000Z", host="OTHER")
    first = write(shape(), tmp_path / "a", dossiers.RUN)
    second = write(shape(), tmp_path / "b", late)
    for one, other in zip(first, second, strict=True):
        assert (one.read_bytes() == other.read_bytes()) is (one.name != "manifest.json")


@shapes
def test_assessment_keeps_to_the_shipped_schema(
    shape: Callable[[], Dossier], tmp_path: Path
) -> None:
    write(shape(), tmp_path, dossiers.RUN)
    checker = jsonschema.Draft202012Validator(json.loads(schema.shipped()))
    answer = json.loads((tmp_path / "assessment.json").read_bytes())
    checker.validate(answer)
    assert list(answer)[:2] == ["schema", "host"]
    del answer["verdict"]["sentence"]
    assert not checker.is_valid(answer)


def test_schema_has_not_drifted_from_the_model() -> None:
    remedy = "the model has changed: run python -m afterpatch.outputs.schema"
    assert json.loads(schema.shipped()) == json.loads(schema.generated()), remedy
    shipped = json.loads(schema.shipped())
    jsonschema.Draft202012Validator.check_schema(shipped)
    assert shipped["$id"] == "urn:afterpatch:assessment:1"
    assert shipped["title"]


def test_findings_have_the_keys_of_the_contract(tmp_path: Path) -> None:
    write(dossiers.used(), tmp_path, dossiers.RUN)
    found = lines(tmp_path / "findings.jsonl")
    assert len(found) == 8
    for finding in found:
        assert list(finding)[: len(FINDING_KEYS)] == FINDING_KEYS
        for key, inner in {
            "actor": {"address", "user_agent", "account"},
            "object": {"path", "url"},
            "provenance": {"evidence", "member", "offset", "length", "line", "sha256"},
        }.items():
            assert inner <= set(finding[key])  # type: ignore[call-overload]


def test_timeline_has_what_timesketch_needs_and_counts_what_it_leaves_out(tmp_path: Path) -> None:
    write(dossiers.attempted(), tmp_path, dossiers.RUN)
    (event,) = lines(tmp_path / "timeline.jsonl")
    assert event["datetime"] == "2021-03-03T06:12:11.000+00:00"
    assert event["timestamp_desc"] == "Recorded Time"
    assert event["message"] == (
        "Server-side request forgery through the ECP proxy (attempted) by 203.0.113.7: /ecp/y.js"
    )
    assert len(lines(tmp_path / "findings.jsonl")) == 2
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert manifest["counts"] == {"findings": 2, "without_time": 1, "traces": 0}


def test_timeline_tells_whose_each_record_is_in_one_order(tmp_path: Path) -> None:
    dossier = dossiers.traced()
    write(dossier, tmp_path, dossiers.RUN)
    events = lines(tmp_path / "timeline.jsonl")
    order = [(event["datetime"], event["id"]) for event in events]
    assert order == sorted(order)
    assert {event["id"] for event in events} == {
        told.id for told in (*dossier.findings, *dossier.traces) if told.when
    }
    by_id = {event["id"]: event for event in events}
    visit, nobodys, trace = by_id["f-00000005"], by_id["f-0000000a"], by_id["r-00000001"]
    assert (visit["kind"], visit["operator"], visit["backdoors"]) == ("finding", "op-1", ["bd-1"])
    assert (nobodys["operator"], nobodys["backdoors"]) == (None, [])
    assert (trace["kind"], trace["operator"], trace["finding"]) == ("trace", "op-1", None)
    assert trace["message"] == (
        "Found by what was learned of an intruder (address, parameter) by 203.0.113.7: "
        "/owa/auth/upload.aspx"
    )
    keys = {tuple(event) for event in events}
    assert len(keys) == 1
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert manifest["counts"] == {"findings": 10, "without_time": 1, "traces": 3}


@pytest.mark.parametrize("when", ["2021-02-31T00:00:00.000Z", "2021-03-03T25:00:00.000Z", "?"])
def test_a_time_that_no_calendar_has_is_no_time(when: str, tmp_path: Path) -> None:
    odd = msgspec.structs.replace(dossiers.attempted(), findings=(dossiers.finding(when=when),))
    write(odd, tmp_path, dossiers.RUN)
    assert lines(tmp_path / "timeline.jsonl") == []
    assert len(lines(tmp_path / "findings.jsonl")) == 1
    with open_records(tmp_path / "records.parquet") as records:
        row = records.row(odd.findings[0].id)
    assert row is not None
    assert row["when"] is None


def test_an_earlier_dossier_is_overwritten(tmp_path: Path) -> None:
    write(dossiers.used(), tmp_path, dossiers.RUN)
    write(dossiers.no_evidence(), tmp_path, dossiers.RUN)
    assert (tmp_path / "findings.jsonl").read_bytes() == b""


@pytest.mark.parametrize("manifest", [None, "{}", '{"schema": "other/1"}', "no JSON", "\udcff"])
def test_a_folder_with_other_files_is_refused(manifest: str | None, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest, "utf-8", "surrogateescape")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UsageError, match="choose another folder"):
        write(dossiers.used(), tmp_path, dossiers.RUN)
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UsageError, match="choose another"):
        write(dossiers.used(), tmp_path / "out", dossiers.RUN)
    with pytest.raises(UsageError, match="choose another"):
        write(dossiers.used(), tmp_path / "out" / "below", dossiers.RUN)


def test_nothing_is_replaced_when_rendering_fails(tmp_path: Path) -> None:
    write(dossiers.used(), tmp_path, dossiers.RUN)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    broken = msgspec.structs.replace(dossiers.used(), table_dates={1: 2, "a": 3})
    with pytest.raises(TypeError):
        write(broken, tmp_path, dossiers.RUN)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_leftovers_of_a_killed_run_do_not_block_the_folder(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("untouched")
    out = tmp_path / "out"
    out.mkdir()
    (out / ".report.html.part").symlink_to(target)
    paths = write(dossiers.used(), out, dossiers.RUN)
    assert sorted(out.iterdir()) == sorted(paths)
    assert target.read_text() == "untouched"


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=80), max_size=8))
def test_folder_names_are_plain_and_unlike(hosts: list[str]) -> None:
    names = folder_names([*hosts, "..", "con", "NUL.example", "mail01", "MAIL01", "a/../b"])
    assert len({name.lower() for name in names}) == len(names) == len(hosts) + 6
    for name in names:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name)
        assert not re.fullmatch(r"(?i)(con|nul)(\..*)?", name)


def test_folder_names_keep_ordinary_names() -> None:
    assert folder_names(["MAIL01", "mail01", "mail.example.com", ""]) == [
        "MAIL01", "mail01-2", "mail.example.com", "server",
    ]  # fmt: skip


def test_gravest_shows_every_rule_and_object_before_repeats() -> None:
    repeats = [
        dossiers.finding(n, rule="shell", outcome="success", url=f"/{n % 2}.aspx") for n in range(9)
    ]
    lesser = dossiers.finding(20, rule="probe", outcome="attempt", severity="critical")
    shown = gravest([lesser, *repeats], 3)
    assert [finding.id for finding in shown] == ["f-00000000", "f-00000001", "f-00000014"]
    assert gravest([lesser, *repeats], 100) == [*repeats, lesser]
    assert gravest([], 7) == []


def test_the_words_that_are_never_printed() -> None:
    never = re.compile(r"\b(clean|safe|nothing suspicious)\b", re.IGNORECASE)
    room = Path(afterpatch.outputs.__file__).parent
    templates = list((room / "templates").iterdir())
    assert templates
    for template in templates:
        assert not never.search(template.read_text("utf-8")), template.name
    for source in room.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not never.search(node.value), (source.name, node.value)


def test_when_and_what_rests_on_slower_logs_are_shown() -> None:
    found = dossiers.used()
    page = b"".join(render(found)).decode()
    output = io.StringIO()
    print_assessment([found], [], Console(file=output, width=200))
    for text in (" ".join(page.split()), output.getvalue()):
        assert "In from 2021-03-0" in text
        assert "with 12 answered requests through a door opened before it." in text
        assert "40% visible" in text
        assert "not visible" in text
        assert "HttpProxy logs begin 2021-03-05" in text
        assert "compiled pages: pages that ran, also when they are gone" in text
    assert "2021-03-05 00:00:00 UTC, W3SVC1: truncated (u_ex210304.log ends in zeros)" in page
    assert "W3SVC1: 4,212 records" in page
