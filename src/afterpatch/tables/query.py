"""Asks `records.parquet` and the tables of a fleet: the only file that knows DuckDB.

DuckDB may read these files and nothing else: it can open no other, load no extension and reach no
network, and its configuration is locked before the first query. Values are bound, never pasted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import duckdb
from msgspec import Struct

from afterpatch.errors import UsageError
from afterpatch.storage import Place, Stored, below, file_system
from afterpatch.tables.columns import COLUMNS, SCHEMA, Row
from afterpatch.tables.fleet import TABLES, VERSION

__all__ = [
    "Answer",
    "Asked",
    "Count",
    "Deed",
    "Deeds",
    "FleetQueries",
    "Near",
    "Records",
    "open_fleet",
    "open_records",
]

_SAFE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "temp_directory": "",  # nothing is written
}
_TYPES = {
    "text": "VARCHAR",
    "time": "TIMESTAMP",
    "integer": "BIGINT",
    "list of text": "VARCHAR[]",
    "map of text": "MAP(VARCHAR, VARCHAR)",
}
_COLUMN_TYPES = {column.name: _TYPES[column.type] for column in COLUMNS}
_WHEN = """strftime("when", '%Y-%m-%dT%H:%M:%S.%gZ')"""
# One row a record, however many findings speak of it. Where they differ, the least is taken, so
# that the answer is the same on every run.
_DEEDS = """
CREATE VIEW deeds AS
SELECT
  min(id) AS id,
  min("when") AS "when",
  min(artifact) AS artifact,
  coalesce(list(DISTINCT title ORDER BY title) FILTER (title IS NOT NULL), []) AS titles,
  min(operator) AS operator,
  list_sort(list_distinct(flatten(list(backdoors)))) AS backdoors,
  min(address) AS address,
  min(account) AS account,
  min(method) AS method,
  min(status) AS status,
  min(url) AS url,
  min(path) AS path,
  min(command) AS command,
  evidence, member, member_name, "offset", length
FROM records
GROUP BY evidence, member, member_name, "offset", length
"""
_SAME = """
  (evidence, member, member_name, "offset", length) =
  ($evidence, $member, $member_name, $offset, $length)
"""
_APART = """abs(date_diff('ms', "when", CAST($when AS TIMESTAMP)))"""
_PLACE = ("evidence", "member", "member_name", "offset", "length")


class Deed(Struct, frozen=True):
    """One record in brief. `id` is one of the ids it goes by, `titles` are those of the detections
    that speak of it: none for a trace."""

    id: str
    when: str | None
    artifact: str
    titles: tuple[str, ...]
    operator: str | None
    backdoors: tuple[str, ...]
    address: str | None
    account: str | None
    method: str | None
    status: str | None
    url: str | None
    path: str | None
    command: str | None


class Count(Struct, frozen=True):
    """How many records there are of one kind: of a day, or of a detection or artifact."""

    of: str
    records: int


class Deeds(Struct, frozen=True):
    """The records of one operator or backdoor: how many, the first and the last of them in time,
    how many a day, and how many of each kind (see Records.deeds)."""

    records: int
    first: tuple[Deed, ...]
    last: tuple[Deed, ...]
    by_day: tuple[Count, ...]
    by_kind: tuple[Count, ...]


class Asked(Struct, frozen=True):
    """Requests of one log to one thing that were answered alike. `answered`: the server did as it
    was asked, by what a detection says, or by a status below 400 where none speaks of it."""

    artifact: str
    status: str
    answered: bool
    records: int
    last: str | None


class Answer(Struct, frozen=True):
    """What a query of somebody's own came to: the names of its columns, and its rows."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


class Near(Struct, frozen=True):
    """Records around one in time; `records` counts all of them, `shown` are the nearest, in order
    of time."""

    records: int
    shown: tuple[Deed, ...]


class Records:
    """The records of one dossier, to be asked; every answer is in order of time and id."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def row(self, id_: str) -> Row | None:
        """The row of a finding or trace."""
        columns = ", ".join(
            _WHEN if column.name == "when" else f'"{column.name}"' for column in COLUMNS
        )
        # The names are ours: they come from COLUMNS.
        found = self._ask(f"SELECT {columns} FROM records WHERE id = $id", id=id_)  # noqa: S608
        return dict(zip((c.name for c in COLUMNS), found[0], strict=True)) if found else None

    def some_ids(self, kind: Literal["finding", "trace"], limit: int) -> list[str]:
        """A few ids, the first in time."""
        found = self._ask(
            'SELECT id FROM records WHERE kind = $kind ORDER BY "when", id LIMIT $limit',
            kind=kind,
            limit=limit,
        )
        return [id_ for (id_,) in found]

    def others(self, row: Row) -> list[tuple[str, str | None]]:
        """Other findings that speak of the same record: id and title."""
        return self._ask(
            f"SELECT id, title FROM records WHERE id <> $id AND {_SAME} ORDER BY id",  # noqa: S608
            id=row["id"],
            **_place(row),
        )

    def beside(self, row: Row, limit: int) -> tuple[Near, Near]:
        """What its operator did before and after: the nearest records of each."""
        if row["operator"] is None or row["when"] is None:
            return Near(0, ()), Near(0, ())
        both = []
        for sign, order in (("<", "DESC"), (">", "ASC")):
            both.append(
                self._near(
                    f"""operator = $operator AND NOT {_SAME}
                    AND "when" IS NOT NULL
                    AND ("when", id) {sign} (CAST($when AS TIMESTAMP), $id)""",
                    f'"when" {order}, id {order}',
                    limit,
                    operator=row["operator"],
                    when=row["when"],
                    id=row["id"],
                    **_place(row),
                )
            )
        return both[0], both[1]

    def around(self, row: Row, seconds: int, limit: int) -> Near:
        """What others did within so many seconds of it."""
        if row["when"] is None:
            return Near(0, ())
        return self._near(
            f"""{_APART} <= $milliseconds AND NOT {_SAME}
            AND ($operator IS NULL OR operator IS DISTINCT FROM $operator)""",
            f'{_APART}, "when", id',
            limit,
            when=row["when"],
            milliseconds=seconds * 1000,
            operator=row["operator"],
            **_place(row),
        )

    def deeds(self, of: Literal["operator", "backdoor"], id_: str, limit: int) -> Deeds:
        """The records of an operator or a backdoor, at most `limit` from each end.

        A kind is the title of a detection, or `traces in` and the artifact. A record that several
        detections speak of counts for each of them.
        """
        own = "operator = $id" if of == "operator" else "list_contains(backdoors, $id)"
        ((records,),) = self._ask(f"SELECT count(*) FROM deeds WHERE {own}", id=id_)  # noqa: S608
        first = self._deeds(own, '"when", id', limit, id=id_)
        rest = max(0, min(limit, records - len(first)))
        last = self._deeds(own, '"when" DESC NULLS FIRST, id DESC', rest, id=id_)
        by_day = self._ask(
            f"""SELECT coalesce(strftime("when", '%Y-%m-%d'), 'undated') AS day, count(*)
            FROM deeds WHERE {own} GROUP BY day ORDER BY day""",  # noqa: S608
            id=id_,
        )
        by_kind = self._ask(
            f"""SELECT coalesce(title, 'traces in ' || artifact) AS sort,
              count(DISTINCT (evidence, member, member_name, "offset", length)) AS records
            FROM records WHERE {own} GROUP BY sort ORDER BY records DESC, sort""",  # noqa: S608
            id=id_,
        )
        return Deeds(
            records=records,
            first=first,
            last=last[::-1],
            by_day=tuple(Count(*pair) for pair in by_day),
            by_kind=tuple(Count(*pair) for pair in by_kind),
        )

    def asked(self, urls: Sequence[str], backdoor: str | None, since: str) -> tuple[Asked, ...]:
        """Requests after a time to these URLs (in lower case) or to this backdoor, by log."""
        found = self._ask(
            f"""WITH requests AS (
              SELECT min(artifact) AS artifact, coalesce(min(status), '') AS status,
                coalesce(bool_or(outcome <> 'attempt'),
                  coalesce(min(try_cast(status AS INTEGER)), 0) BETWEEN 200 AND 399) AS answered,
                max("when") AS "when"
              FROM records
              WHERE "when" > CAST($since AS TIMESTAMP) AND method IS NOT NULL
                AND (list_contains($urls, lower(url)) OR list_contains(backdoors, $backdoor))
              GROUP BY evidence, member, member_name, "offset", length)
            SELECT artifact, status, answered, count(*), {_WHEN.replace('"when"', 'max("when")')}
            FROM requests GROUP BY artifact, status, answered
            ORDER BY artifact, status, answered""",  # noqa: S608
            urls=list(urls),
            backdoor=backdoor,
            since=since,
        )
        return tuple(Asked(*row) for row in found)

    def since(self, operator: str, since: str) -> tuple[int, int]:
        """How many records of an operator after a time prove something, and how many more were
        answered without a proved effect. Rules from elsewhere don't count."""
        ((proved, reached),) = self._ask(
            """WITH own AS (
              SELECT bool_or(outcome = 'success') AS proved, bool_or(outcome = 'reached') AS reached
              FROM records
              WHERE operator = $operator AND "when" > CAST($since AS TIMESTAMP)
                AND standing <> 'foreign'
              GROUP BY evidence, member, member_name, "offset", length)
            SELECT count(*) FILTER (proved), count(*) FILTER (reached AND NOT proved) FROM own""",
            operator=operator,
            since=since,
        )
        return proved, reached

    def _near(self, where: str, order: str, limit: int, **values: Any) -> Near:
        shown = self._deeds(where, order, limit, **values)
        ((records,),) = self._ask(f"SELECT count(*) FROM deeds WHERE {where}", **values)  # noqa: S608
        return Near(records, tuple(sorted(shown, key=lambda deed: (deed.when or "~", deed.id))))

    def _deeds(self, where: str, order: str, limit: int, **values: Any) -> tuple[Deed, ...]:
        columns = ", ".join(_WHEN if name == "when" else name for name in Deed.__struct_fields__)
        found = self._ask(
            f"SELECT {columns} FROM deeds WHERE {where} ORDER BY {order} LIMIT $limit",  # noqa: S608
            limit=limit,
            **values,
        )
        return tuple(Deed(*(_frozen(value) for value in row)) for row in found)

    def _ask(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with _damage_said(self._path):
            return self._connection.execute(query, values).fetchall()


@contextmanager
def open_records(path: Path) -> Iterator[Records]:
    """Opens a `records.parquet` for reading.

    Raises UsageError, then or while it is asked, when the file is none of ours or is damaged.
    """
    file = str(path.absolute())
    pattern = _alone(file)
    with duckdb.connect(":memory:", config=_SAFE) as connection:
        connection.execute("SET allowed_paths = $paths", {"paths": [file, pattern]})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        with _damage_said(path):
            table = connection.read_parquet(pattern)
            footer = "SELECT value FROM parquet_kv_metadata($file) WHERE key = 'schema'"
            schema = connection.execute(footer, {"file": pattern}).fetchall()
            types = dict(zip(table.columns, map(str, table.types), strict=True))
        if schema != [(SCHEMA.encode(),)] or types != _COLUMN_TYPES:
            raise UsageError(
                f"{path} is no table of this version ({SCHEMA}): assess the evidence again"
            )
        table.create_view("records")
        connection.execute(_DEEDS)
        yield Records(connection, path)


_PART = re.compile(r"(\w+)/bucket=\d+/part-\d+\.parquet")
_AT_ONCE = 1_000  # rows of an answer held in memory


class FleetQueries:
    """The tables of a fleet, to be asked in SQL by their names."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Place) -> None:
        self._connection = connection
        self._folder = folder

    def ask(self, query: str) -> Answer:
        """The answer to one SELECT. Raises UsageError for anything else, and for what DuckDB
        refuses, with its words."""
        try:
            (statement,) = self._connection.extract_statements(query)
            if statement.type != duckdb.StatementType.SELECT:
                raise UsageError("Only a SELECT is answered: the tables are for reading")
            found = self._connection.execute(statement)
        except ValueError:
            raise UsageError("Give one query, and one alone") from None
        except duckdb.Error as error:
            raise UsageError(f"The query can't be answered: {error}") from error
        names = tuple(str(column[0]) for column in found.description or ())
        return Answer(names, self._rows(found))

    def _rows(self, found: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
        with _damage_said(self._folder):
            while rows := found.fetchmany(_AT_ONCE):
                yield from rows

    def counts(self) -> dict[str, int]:
        """How many rows each table holds."""
        return {
            table: next(self.ask(f"SELECT count(*) FROM {table}").rows)[0]  # noqa: S608
            for table in TABLES
        }


@contextmanager
def open_fleet(folder: Place) -> Iterator[FleetQueries]:
    """Opens the tables below what `fleet` wrote to for reading, each a view by its name.

    Raises UsageError where there are none.
    """
    parts = _parts(folder)
    if not all(parts.values()):
        raise UsageError(f"{folder} holds no tables of a fleet: give what `fleet` wrote to")
    with duckdb.connect(":memory:", config=_SAFE) as connection:
        if isinstance(folder, Stored):
            connection.register_filesystem(file_system(folder))
        allowed = [part for of in parts.values() for part in of]
        paths = [*allowed, *map(_alone, allowed)]
        connection.execute("SET allowed_paths = $paths", {"paths": paths})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        with _damage_said(folder):
            for table, of in parts.items():
                read = connection.read_parquet([*map(_alone, of)], hive_partitioning=True)
                read.create_view(table)
        yield FleetQueries(connection, folder)


def _parts(folder: Place) -> dict[str, list[str]]:
    """The parts of each table: below a fleet's folder, its tables, or one version of them."""
    for place in (folder / "tables" / VERSION, folder / VERSION, folder):
        try:
            names = (
                [name for name, _ in place.files()]
                if isinstance(place, Stored)
                else [below(part, place) for part in place.glob("*/bucket=*/part-*.parquet")]
            )
        except OSError as error:
            raise UsageError(
                f"{place} can't be read ({error.strerror or error}): check the address and the keys"
            ) from error
        found = {
            table: sorted(
                str(place.absolute() / name)
                for name in names
                if (match := _PART.fullmatch(name)) and match[1] == table
            )
            for table in TABLES
        }
        if any(found.values()):
            break
    return found


_AGAIN = "assess the evidence again"


def _alone(file: str) -> str:
    """The pattern that stands for that file alone."""
    return re.sub(r"[*?\[]", r"[\g<0>]", file)


@contextmanager
def _damage_said(path: Place) -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, RuntimeError, UnicodeDecodeError) as error:
        lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        # What a store's library raised comes with the way it took.
        why = lines[-1] if "Traceback" in lines[0] else lines[0]
        todo = "check the address and the keys" if isinstance(path, Stored) else _AGAIN
        raise UsageError(f"{path} can't be read ({why}): {todo}") from error


def _place(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in _PLACE}


def _frozen(value: Any) -> Any:
    if value is None or not isinstance(value, Sequence) or isinstance(value, str):
        return value
    return tuple(value)
