"""The tables of a fleet: every dossier once, whole or not at all, the same on every run."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import msgspec
import pytest

from afterpatch.errors import UsageError
from afterpatch.fleet import Fleet, Unit, encoded
from afterpatch.model import (
    Amount,
    Assessment,
    Backdoor,
    Chain,
    Coverage,
    Host,
    Impact,
    Operator,
    Verdict,
    Visits,
)
from afterpatch.tables import fleet
from afterpatch.tables.fleet import TABLES, FleetTables, bucket_of
from afterpatch.tables.query import open_fleet

DOCS = Path(__file__).resolve().parents[2] / "docs" / "fleet-tables.md"
SERVERS = 20
WHEN = "2021-03-01T10:00:00.000Z"


def a_dossier(folder: Path, grade: str = "used", sentence: str = "Somebody was in.") -> Path:
    visits = Visits(WHEN, WHEN, 2, 1)
    door = Backdoor(
        "bd-1", "web shell", "C:\\x.aspx", "/x.aspx", None, WHEN, ("op-1",), True, "file", visits,
        (),
    )  # fmt: skip
    who = Operator(
        "op-1", ("198.18.0.1",), ("curl",), ("bd-1",), ("bd-1",), WHEN, "2021-02-31", (),
        "intruder", ("same address",), (),
    )  # fmt: skip
    assessment = Assessment(
        schema="afterpatch/assessment/1",
        host=Host("MX1", "Exchange Server 2016", "15.1.2106.2", None, ()),
        verdict=Verdict(grade, sentence, (), None, "partial"),  # type: ignore[arg-type]
        exposure=(),
        chains=(Chain("ProxyLogon", ("CVE-2021-26855",), "exploited", WHEN, WHEN, (), ()),),
        backdoors=(door,),
        operators=(who,),
        impact=(Impact("staging", "T1560", WHEN, "x", Amount(5, "bytes", "at least"), (), ()),),
        phases=(),
        coverage=(Coverage("iis", WHEN, WHEN, None, (), 1, 2, 3, 0, "assessed", ""),),
        not_answered=(),
        claims=(),
        next_steps=(),
    )
    folder.mkdir(parents=True)
    (folder / "assessment.json").write_bytes(msgspec.json.encode(assessment))
    (folder / "findings.jsonl").write_bytes(b"")
    return folder


@pytest.fixture
def servers(tmp_path: Path) -> dict[str, Path]:
    return {f"mx{n}": a_dossier(tmp_path / "servers" / f"mx{n}") for n in range(SERVERS)}


def asked(folder: Path, table: str, sql: str = "SELECT count(*) FROM rows") -> list[tuple[object]]:
    pattern = str(folder / "v1" / table / "*" / "*.parquet")
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE VIEW rows AS FROM read_parquet('{pattern}', hive_partitioning = true)"
        )
        return connection.execute(sql).fetchall()


def written(folder: Path, servers: dict[str, Path]) -> dict[str, bytes]:
    tables = FleetTables(folder)
    tables.add(servers.items())
    assert tables.write() == []
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_every_table_holds_every_server_once(tmp_path: Path, servers: dict[str, Path]) -> None:
    files = written(tmp_path / "t", servers)
    assert all(Path(name).name == "part-0.parquet" for name in files)
    for table in set(TABLES) - {"findings"}:
        assert asked(tmp_path / "t", table) == [(SERVERS,)]
    assert asked(tmp_path / "t", "findings") == [(0,)]
    told = asked(
        tmp_path / "t", "operators", 'SELECT DISTINCT "class", first, last, addresses FROM rows'
    )
    assert [(row[0], str(row[1]), row[2], row[3]) for row in told] == [  # type: ignore[misc]
        ("intruder", "2021-03-01 10:00:00", None, ["198.18.0.1"])
    ]


def test_the_order_of_the_dossiers_does_not_show(tmp_path: Path, servers: dict[str, Path]) -> None:
    other = dict(sorted(servers.items(), reverse=True))
    assert written(tmp_path / "a", servers) == written(tmp_path / "b", other)


def test_a_second_run_writes_what_has_changed(
    tmp_path: Path, servers: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "t", servers)
    again: list[str] = []
    rows_of = fleet.rows_of

    def watched(server: str, assessment: bytes, findings: bytes) -> object:
        again.append(server)
        return rows_of(server, assessment, findings)

    monkeypatch.setattr(fleet, "rows_of", watched)
    written(tmp_path / "t", servers)
    assert again == []
    shutil.rmtree(servers["mx3"])
    a_dossier(servers["mx3"], grade="impacted")
    written(tmp_path / "t", servers)
    assert {*again} == {s for s in servers if bucket_of(s) == bucket_of("mx3")}
    of_grade = "SELECT grade, rung, count(*) FROM rows GROUP BY ALL ORDER BY ALL"
    assert asked(tmp_path / "t", "servers", of_grade) == [
        ("impacted", 7, 1),
        ("used", 6, SERVERS - 1),
    ]


def test_a_server_that_is_gone_is_gone_from_the_tables(
    tmp_path: Path, servers: dict[str, Path]
) -> None:
    written(tmp_path / "t", servers)
    written(tmp_path / "t", {"mx3": servers["mx3"]})
    assert asked(tmp_path / "t", "servers", "SELECT server FROM rows") == [("mx3",)]


@pytest.mark.parametrize("at", [0, 3, 20, 60])
def test_a_kill_at_any_moment_leaves_whole_files(
    tmp_path: Path, servers: dict[str, Path], monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    whole = written(tmp_path / "whole", servers)
    replaced = Path.replace
    left = [at]

    def killed(self: Path, target: Path) -> Path:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return replaced(self, target)

    tables = FleetTables(tmp_path / "t")
    tables.add(servers.items())
    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        tables.write()
    monkeypatch.undo()
    # A tool that reads all parts sees whole ones, and no server twice.
    if (tmp_path / "t" / "v1" / "servers").is_dir() and at >= len(TABLES):
        assert asked(
            tmp_path / "t", "servers", "SELECT count(*) - count(DISTINCT server) FROM rows"
        ) == [(0,)]
    assert written(tmp_path / "t", servers) == whole


def test_a_dossier_that_cannot_be_read_costs_itself(
    tmp_path: Path, servers: dict[str, Path]
) -> None:
    (servers["mx4"] / "assessment.json").write_bytes(b'{"schema":')
    tables = FleetTables(tmp_path / "t")
    tables.add(servers.items())
    for _ in range(2):  # said each time, until it can be read
        (problem,) = tables.write()
        assert problem.what == "mx4"
    assert asked(tmp_path / "t", "servers") == [(SERVERS - 1,)]
    assert asked(tmp_path / "t", "backdoors") == [(SERVERS - 1,)]
    shutil.rmtree(servers["mx4"])
    a_dossier(servers["mx4"])
    assert written(tmp_path / "t", servers) == written(tmp_path / "other", servers)


def test_other_findings_of_the_same_size_are_written(
    tmp_path: Path, servers: dict[str, Path]
) -> None:
    for content in (b"\n\n", b"{}"):
        (servers["mx4"] / "findings.jsonl").write_bytes(content)
        tables = FleetTables(tmp_path / "t")
        tables.add(servers.items())
        problems = tables.write()
    assert [problem.what for problem in problems] == ["mx4"]  # {} is no finding


def test_a_query_reads_the_tables_and_nothing_else(
    tmp_path: Path, servers: dict[str, Path]
) -> None:
    written(tmp_path / "tables", servers)
    (tmp_path / "other.csv").write_text("a\n1\n")
    with open_fleet(tmp_path) as fleet:
        assert fleet.counts()["servers"] == SERVERS
        answer = fleet.ask("SELECT grade, count(*) AS n FROM servers GROUP BY grade")
        assert answer.columns == ("grade", "n")
        assert list(answer.rows) == [("used", SERVERS)]
        for query in (
            "DROP VIEW servers",
            f"COPY (SELECT 1) TO '{tmp_path}/x.csv'",
            f"FROM '{tmp_path}/other.csv'",
            f"ATTACH '{tmp_path}/x.db'",
            "SELECT 1; SELECT 2",
            "SELECT nothing FROM servers",
            "",
        ):
            with pytest.raises(UsageError):
                list(fleet.ask(query).rows)
    assert {p.name for p in tmp_path.iterdir()} == {"servers", "tables", "other.csv"}
    with pytest.raises(UsageError, match="no tables"), open_fleet(tmp_path / "servers"):
        pass


def test_the_register_is_joined_as_documented(
    tmp_path: Path, servers: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "tables", servers)
    units = tuple(
        Unit(f"in/{name}.zip", f"servers/{name}", "", 0, "done", "", "", {f"servers/{name}": "x"})
        for name in servers
    )
    units += (Unit("in/copy.zip", "servers/mx3", "", 0, "duplicate", "", "in/mx3.zip", {}),)
    found = Fleet("afterpatch/fleet/1", "1", "", units)
    (tmp_path / "fleet.json").write_bytes(encoded(found))
    (tmp_path / "owners.csv").write_text("package,organization\nin/mx3.zip,A\nin/mx4.zip,B\n")
    query = DOCS.read_text(encoding="utf-8").split("```sql\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as connection:
        told = connection.execute(query).fetchall()
    assert len(told) == SERVERS
    assert {row for row in told if row[2]} == {("mx3", "used", "A"), ("mx4", "used", "B")}


def test_every_column_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for table, columns in TABLES.items():
        section = text.split(f"### `{table}`")[1].split("###")[0]
        for column in columns:
            assert f"| `{column.name}` | {column.type} | {column.meaning} |" in section
