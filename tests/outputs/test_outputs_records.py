"""`records.parquet`: a row for each finding and trace, with whose it is; text stays text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dossiers
import msgspec
import pyarrow.parquet as pq
import pytest
from test_outputs_hostile import HOSTILE, UNPRINTABLE, poisoned

from afterpatch.outputs.dossier import Dossier, write
from afterpatch.outputs.records import render
from afterpatch.tables.columns import COLUMNS
from afterpatch.tables.query import open_records


def rows(dossier: Dossier, folder: Path) -> list[dict[str, Any]]:
    path = folder / "records.parquet"
    path.write_bytes(b"".join(render(dossier)))
    found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return found


def test_a_row_for_each_finding_and_trace_in_order(tmp_path: Path) -> None:
    dossier = dossiers.traced()
    found = rows(dossier, tmp_path)
    assert {tuple(row) for row in found} == {tuple(column.name for column in COLUMNS)}
    told = sorted((*dossier.findings, *dossier.traces), key=lambda t: (t.when or "~", t.id))
    assert [row["id"] for row in found] == [one.id for one in told]
    by_id = {row["id"]: row for row in found}
    finding, trace = by_id["f-00000005"], by_id["r-00000001"]
    (source,) = [f for f in dossier.findings if f.id == "f-00000005"]
    for part in (source.provenance, source.actor, source.object):
        for name, value in msgspec.structs.asdict(part).items():
            assert finding[name] == value
    for name in ("rule", "title", "question", "outcome", "chain", "severity", "standing", "raw"):
        assert finding[name] == getattr(source, name)
    assert finding["kind"] == "finding"
    assert (finding["operator"], finding["backdoors"]) == ("op-1", ["bd-1"])
    assert (finding["status"], finding["facts"]) == ("200", [])
    assert finding["when"].isoformat(timespec="milliseconds") == "2021-03-04T07:00:00.000"
    assert (trace["kind"], trace["operator"], trace["backdoors"]) == ("trace", "op-1", [])
    assert trace["leads"] == ["address: 203.0.113.7", "parameter: k"]
    assert (trace["method"], trace["query"], trace["facts"]) == ("POST", "k=1", [("bytes", "4096")])
    for name in ("rule", "title", "question", "outcome", "severity", "standing"):
        assert trace[name] is None
    assert by_id["r-00000003"]["when"] is None
    assert by_id["f-0000000a"]["operator"] is None


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_of_an_intruder_is_defused(text: str, tmp_path: Path) -> None:
    dossier = msgspec.structs.replace(
        poisoned(text),
        traces=tuple(
            msgspec.structs.replace(
                dossiers.trace(), raw=text, facts={"status": text, "x": text},
                leads=(("parameter", text),),
            )
            for _ in range(2)
        ),
        operator_of={text: "op-1"},
    )  # fmt: skip
    found = rows(dossier, tmp_path)
    assert len(found) == 11
    texts = [t for row in found for value in row.values() for t in _texts(value)]
    assert any("INTRUDER" in t for t in texts)
    assert not any(UNPRINTABLE.search(t) or "\n" in t for t in texts)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return []


def test_the_longest_and_oddest_cells_are_kept_whole(tmp_path: Path) -> None:
    raw = "\x00\ud800" * 4_000
    finding = msgspec.structs.replace(dossiers.finding(), raw=raw)
    dossier = msgspec.structs.replace(dossiers.attempted(), findings=(finding,))
    write(dossier, tmp_path, dossiers.RUN)
    with open_records(tmp_path / "records.parquet") as records:
        row = records.row(finding.id)
    assert row is not None
    assert row["raw"] == "\\x00\\ud800" * 4_000


def test_nothing_but_the_dossier_shows_in_the_bytes(tmp_path: Path) -> None:
    first = b"".join(render(dossiers.traced()))
    assert b"".join(render(dossiers.traced())) == first
    assert b"".join(render(dossiers.used())) != first
