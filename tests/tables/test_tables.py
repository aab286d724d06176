"""The table of records: what is written is what is read, whatever the text, however much."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from afterpatch.errors import UsageError
from afterpatch.tables.columns import COLUMNS, SCHEMA, Row
from afterpatch.tables.parquet import write_table
from afterpatch.tables.query import Count, Records, open_records

ROOT = Path(__file__).resolve().parents[2]
DOCS = (ROOT / "docs" / "records.md").read_text("utf-8")


def row(number: int, **values: Any) -> Row:
    plain: Row = {
        **dict.fromkeys(column.name for column in COLUMNS),
        "id": f"f-{number:06}",
        "kind": "finding",
        "when": f"2021-03-{1 + number // 86400:02}T{number // 3600 % 24:02}:"
        f"{number // 60 % 60:02}:{number % 60:02}.000Z",
        "artifact": "iis",
        "evidence": "case.zip",
        "member": "C:\\logs\\a.log",
        "member_name": "C/logs/a.log",
        "offset": 100 * number,
        "length": 100,
        "sha256": "ab" * 32,
        "title": "A title",
        "leads": (),
        "backdoors": (),
        "raw": f"raw {number}",
        "facts": {},
    }
    assert not values.keys() - plain.keys()
    return {**plain, **values}


def saved(path: Path, rows: list[Row]) -> Path:
    path.write_bytes(b"".join(write_table(rows)))
    return path


@pytest.fixture
def some(tmp_path: Path) -> Iterator[Records]:
    """Ten records a second apart: the even ones op-1's, every third about bd-1; then a record of
    two findings, a trace of op-1 and an undated one."""
    rows = [
        row(n, operator="op-1" if n % 2 == 0 else None, backdoors=("bd-1",) if n % 3 == 0 else ())
        for n in range(10)
    ]
    rows.append(row(20, operator="op-1"))
    rows.append({**rows[-1], "id": "f-000021", "title": "Another title"})
    rows.append(row(30, id="r-1", kind="trace", title=None, operator="op-1", leads=("page: /x",)))
    rows.append(row(40, when=None, operator="op-1"))
    with open_records(saved(tmp_path / "records.parquet", rows)) as records:
        yield records


def known(records: Records, id_: str) -> Row:
    found = records.row(id_)
    assert found is not None
    return found


# ---------------------------------------------------------------- what is written


HOSTILE = [
    "",
    "'; DROP TABLE records; --",
    "\\x1b]0;x\\x07 \\u202e",
    "日本 \U0001f4a9 \x7f",
    "a\0b",
    "line\r\nline",
    "x" * 8000,
    "=1+1|<b>&amp;{{ }}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_every_text_comes_back_as_it_was(text: str, tmp_path: Path) -> None:
    kinds = {
        "text": text,
        "integer": 2**62,
        "list of text": [text, text],
        "map of text": {text: text},
        "time": "0001-01-01T00:00:00.001Z",
    }
    written = {column.name: kinds[column.type] for column in COLUMNS} | {"id": "f-1"}
    with open_records(saved(tmp_path / "records.parquet", [written])) as records:
        assert records.row("f-1") == written


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    path = saved(tmp_path / "records.parquet", [row(1)])
    footer = pq.read_metadata(path)
    assert footer.metadata[b"schema"] == SCHEMA.encode()
    assert footer.num_columns >= len(COLUMNS)
    query = "SELECT key, value FROM parquet_kv_metadata($path)"
    told = dict(duckdb.execute(query, {"path": str(path)}).fetchall())
    assert json.loads(told[b"columns"]) == {column.name: column.meaning for column in COLUMNS}


def test_a_table_of_nothing_can_be_asked(tmp_path: Path) -> None:
    with open_records(saved(tmp_path / "records.parquet", [])) as records:
        assert records.row("f-1") is None
        assert records.deeds("operator", "op-1", 5).records == 0


WRITER = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from test_tables import row, write_table
rows = [row(n, facts={"b": "1", "a": "2"}, operator=f"op-{n % 7}") for n in range(3000)]
print(hashlib.sha256(b"".join(write_table(rows))).hexdigest())
"""


def child(code: str, **environment: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.strip()


def test_the_same_rows_are_the_same_bytes_in_every_process() -> None:
    first = child(WRITER, TZ="America/New_York", PYTHONHASHSEED="1", OMP_NUM_THREADS="1")
    assert child(WRITER, TZ="Asia/Tokyo", PYTHONHASHSEED="2", OMP_NUM_THREADS="8") == first


def test_row_groups_end_by_rows_and_by_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("afterpatch.tables.parquet.ROW_GROUP_ROWS", 100)
    monkeypatch.setattr("afterpatch.tables.parquet.ROW_GROUP_CHARACTERS", 2_000)
    rows = [row(n) for n in range(250)] + [row(n, raw="x" * 999) for n in range(250, 259)]
    footer = pq.read_metadata(saved(tmp_path / "records.parquet", rows))
    sizes = [footer.row_group(at).num_rows for at in range(footer.num_row_groups)]
    assert sizes == [100, 100, 52, 3, 3, 1]


# Records of 2,000 characters each. What 20,000 take, the allocators keep; 100,000 are 200 MB.
GROWTH = """
import sys
sys.path.insert(0, sys.argv[1])
import psutil
from test_tables import row, write_table
def rows(count):
    for n in range(count):
        yield row(n, raw=f"{n:06}" + chr(97 + n % 26) * 1994, facts={"n": str(n)})
def peak(count):
    pieces = enumerate(write_table(rows(count)))
    return max(psutil.Process().memory_info().rss for at, _ in pieces if at % 20 == 0)
few = peak(20_000)
print(peak(100_000) - few)
"""


def test_memory_does_not_grow_with_the_records() -> None:
    assert int(child(GROWTH)) < 60_000_000


def test_only_what_writes_or_asks_tables_loads_their_libraries() -> None:
    # A worker process imports no more than this.
    said = child(
        "import sys\n"
        "import afterpatch.cli, afterpatch.assess, afterpatch.hunt.examiner\n"
        "import afterpatch.outputs.dossier, afterpatch.webshells\n"
        "print(sorted({'pyarrow', 'duckdb'} & {name.split('.')[0] for name in sys.modules}))"
    )
    assert said == "[]"


# ---------------------------------------------------------------- what is asked


def test_a_record_of_two_findings_is_one_deed(some: Records) -> None:
    first, second = known(some, "f-000020"), known(some, "f-000021")
    assert some.others(first) == [("f-000021", "Another title")]
    assert some.others(second) == [("f-000020", "A title")]
    deeds = some.deeds("operator", "op-1", 20)
    (both,) = [deed for deed in deeds.first if deed.id == "f-000020"]
    assert both.titles == ("A title", "Another title")
    assert deeds.records == 8
    assert deeds.by_day == (Count("2021-03-01", 7), Count("undated", 1))
    assert deeds.by_kind == (
        Count("A title", 7), Count("Another title", 1), Count("traces in iis", 1),
    )  # fmt: skip


def test_deeds_show_both_ends_and_nothing_twice(some: Records) -> None:
    deeds = some.deeds("operator", "op-1", 3)
    assert [deed.id for deed in deeds.first] == ["f-000000", "f-000002", "f-000004"]
    assert [deed.id for deed in deeds.last] == ["f-000020", "r-1", "f-000040"]
    deeds = some.deeds("backdoor", "bd-1", 3)
    assert [deed.id for deed in (*deeds.first, *deeds.last)] == [
        "f-000000", "f-000003", "f-000006", "f-000009",
    ]  # fmt: skip
    assert some.deeds("backdoor", "bd-2", 3).records == 0


def test_what_the_same_operator_did_before_and_after(some: Records) -> None:
    before, after = some.beside(known(some, "f-000004"), 2)
    assert [deed.id for deed in before.shown] == ["f-000000", "f-000002"]
    assert [deed.id for deed in after.shown] == ["f-000006", "f-000008"]
    assert (before.records, after.records) == (2, 4)
    before, after = some.beside(known(some, "f-000021"), 9)
    assert (before.records, [deed.id for deed in after.shown]) == (5, ["r-1"])
    assert some.beside(known(some, "f-000005"), 2)[0].records == 0  # nobody's
    assert some.beside(known(some, "f-000040"), 2)[0].records == 0  # undated


def test_what_others_did_near_it(some: Records) -> None:
    near = some.around(known(some, "f-000004"), 3, 2)
    assert [deed.id for deed in near.shown] == ["f-000003", "f-000005"]
    assert near.records == 4
    near = some.around(known(some, "f-000005"), 2, 9)
    assert [deed.id for deed in near.shown] == ["f-000003", "f-000004", "f-000006", "f-000007"]
    assert some.around(known(some, "f-000040"), 10**6, 9).records == 0


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"])
def test_the_ends_of_the_calendar_are_times(when: str, tmp_path: Path) -> None:
    rows = [row(n, when=when, operator="op-1") for n in range(3)]
    with open_records(saved(tmp_path / "records.parquet", rows)) as records:
        at = known(records, "f-000001")
        assert at["when"] == when
        assert [near.records for near in records.beside(at, 5)] == [1, 1]
        assert records.around({**at, "operator": None}, 10**9, 5).records == 2
        far = {**at, "operator": None, "when": "2021-03-03T00:00:00.000Z"}
        assert records.around(far, 10**9, 5).records == 0


@pytest.mark.parametrize("text", ["x' OR '1'='1", '" OR 1=1 --', "'; SELECT 1; --", "\0", "%"])
def test_values_are_never_part_of_a_query(text: str, some: Records, tmp_path: Path) -> None:
    assert some.row(text) is None
    assert some.deeds("operator", text, 5).records == 0
    assert some.deeds("backdoor", text, 5).records == 0
    odd = row(1, operator=text, backdoors=(text,), member=text, member_name=text, evidence=text)
    with open_records(saved(tmp_path / "odd.parquet", [odd, row(2, operator=text)])) as records:
        assert records.deeds("operator", text, 5).records == 2
        assert records.deeds("backdoor", text, 5).records == 1
        assert records.beside(known(records, "f-000001"), 5)[1].records == 1


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM read_parquet('{file}')",
        "SELECT * FROM '{file}'",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/written'",
        "EXPORT DATABASE '{folder}/written'",
        "ATTACH '{folder}/written'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET autoload_known_extensions = true",
        "SELECT * FROM read_csv('https://example.invalid/x.csv')",
    ],
)
def test_a_query_reaches_no_file_no_network_and_no_extension(
    query: str, some: Records, tmp_path: Path
) -> None:
    file = saved(tmp_path / "other.parquet", [row(1)])
    before = sorted(tmp_path.iterdir())
    with pytest.raises(duckdb.Error):
        some._connection.execute(query.format(file=file, folder=tmp_path)).fetchall()
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("name", ["a*.parquet", "MAIL[01]", "it's", "q?", "s3:x", "ü 日"])
def test_any_name_of_a_folder_is_one_file(name: str, tmp_path: Path) -> None:
    saved(tmp_path / "ab.parquet", [row(1), row(2)])
    saved(tmp_path / "qq", [row(1), row(2)])
    with open_records(saved(tmp_path / name, [row(7)])) as records:
        assert records.some_ids("finding", 5) == ["f-000007"]


# ---------------------------------------------------------------- damage


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "records.parquet"
    other = pa.table({"id": ["f-1"]})
    pq.write_table(other, path)
    with pytest.raises(UsageError, match="no table of this version"), open_records(path):
        pass
    pq.write_table(other.replace_schema_metadata({"schema": SCHEMA}), path)
    with pytest.raises(UsageError, match="no table of this version"), open_records(path):
        pass
    for content in (b"", b"PAR1", b"no table at all" * 100):
        path.write_bytes(content)
        with pytest.raises(UsageError, match="assess the evidence again"), open_records(path):
            pass


def test_damage_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "records.parquet"
    whole = b"".join(write_table(row(n, operator="op-1", facts={"a": "b"}) for n in range(200)))
    chance = random.Random(5)
    refused = 0
    for number in range(60):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged[: chance.randrange(len(whole)) if number % 3 == 0 else None])
        try:
            with open_records(path) as records:
                records.row("f-000001")
                records.deeds("operator", "op-1", 5)
        except UsageError as error:
            refused += 1
            assert "records.parquet" in str(error)
    assert refused > 20


# ---------------------------------------------------------------- what is documented


def test_every_column_is_documented() -> None:
    rows = re.findall(r"^\| (`.*) \|$", DOCS, re.MULTILINE)
    assert rows == [f"`{c.name}` | {c.type} | {c.meaning}" for c in COLUMNS]
    assert f"`{SCHEMA}`" in DOCS


def test_queries_of_the_documentation_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    queries = re.findall(r"^```sql\n(.*?)^```", DOCS, re.MULTILINE | re.DOTALL)
    assert len(queries) == 4
    at = row(1, id="f-f070507943e501c454d4", operator="op-1", backdoors=("bd-1",), address="::1")
    monkeypatch.chdir(tmp_path)
    for folder in ("dossier", "dossiers/MAIL01", "dossiers/MAIL02"):
        Path(folder).mkdir(parents=True)
        saved(Path(folder) / "records.parquet", [at, row(2)])
    for query in queries:
        assert duckdb.sql(query).fetchall(), textwrap.shorten(query, 80)
