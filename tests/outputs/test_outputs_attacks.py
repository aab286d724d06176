"""Hostile text in every field of every artifact, on its way through the whole program."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import attacks
import dossiers
import pymisp
import pytest
import stix2
from test_outputs_hostile import MEASURED, UNPRINTABLE, apart, printed, shape, strings

from afterpatch.cli import app
from afterpatch.outputs.dossier import write
from afterpatch.tables.query import open_records


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dossier")
    write(attacks.attacked(), out, dossiers.RUN)
    return out


def test_every_artifact_has_hostile_findings() -> None:
    found = attacks.attacked()
    said = {told.artifact for told in (*found.findings, *found.traces) if "INTRUDER" in told.raw}
    assert said == set(attacks.PLACES)
    fields = {
        name
        for told in found.findings
        for part in (told.actor, told.object)
        for name in part.__struct_fields__
        if "INTRUDER" in (getattr(part, name) or "")
    }
    # What is no address of the internet protocol is not taken for one.
    assert fields == {"user_agent", "account", "path", "url", "command"}
    assert found.assessment.backdoors
    assert found.assessment.operators


def test_every_file_holds_it_as_text(folder: Path) -> None:
    names = {path.name for path in folder.iterdir()}
    for path in folder.iterdir():
        if path.suffix == ".parquet":
            continue
        text = path.read_bytes().decode("utf-8")
        assert not UNPRINTABLE.search(text), path.name
        if path.suffix == ".jsonl":
            for line in text.splitlines():
                assert not any(UNPRINTABLE.search(value) for value in strings(json.loads(line)))
        elif path.suffix == ".json":
            values = list(strings(json.loads(text)))
            assert not any(UNPRINTABLE.search(value) or "\n" in value for value in values)
        elif path.suffix == ".csv":
            rows = list(csv.reader(io.StringIO(text, newline="")))
            assert len({len(row) for row in rows}) == 1
            for value in (value for row in rows for value in row):
                assert not re.match(r"\s*[=+@-]", value), path.name
    assert "report.html" in names
    with open_records(folder / "records.parquet") as records:
        assert records.row(attacks.attacked().findings[0].id) is not None


def test_the_page_is_made_of_our_elements_alone(folder: Path) -> None:
    page = shape((folder / "report.html").read_bytes())
    outside, inside = apart(page)
    assert "INTRUDER" not in repr(page.tags)
    assert page.text.count("INTRUDER") > 500
    assert {name for _, attributes in inside for name, _ in attributes} <= MEASURED
    assert {tag for tag, _ in outside} & {"img", "iframe", "object", "embed", "base"} == set()
    assert sum(tag == "script" for tag, _ in outside) == 1
    assert page.other == []


def test_other_programs_read_it(folder: Path) -> None:
    stix2.parse((folder / "bundle.stix.json").read_text("utf-8"), allow_custom=False)
    event = pymisp.MISPEvent(strict_validation=True)
    event.load((folder / "indicators.misp.json").read_text("utf-8"))
    layer = json.loads((folder / "navigator.json").read_text("utf-8"))
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", t["techniqueID"]) for t in layer["techniques"])


def test_the_terminal_is_not_moved() -> None:
    page = printed(attacks.attacked())
    assert "INTRUDER" in page
    assert not UNPRINTABLE.search(page)


def test_what_is_explained_is_text_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = attacks.attacked()
    chosen = {
        (f.artifact, attack): f.id
        for f in found.findings
        for attack in attacks.ATTACKS
        if "INTRUDER" in f.raw and attack[:9] in f.raw
    }
    ids = sorted(set(chosen.values()))[::7][:12]
    for one in (*ids, found.assessment.backdoors[0].id, found.assessment.operators[0].id):
        with pytest.raises(SystemExit):
            app(["explain", str(folder), one, "--no-color"])
        assert not UNPRINTABLE.search(capsys.readouterr().out)
