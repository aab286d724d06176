"""Writes Parquet files: the only file that knows pyarrow.

The bytes hang on the rows and the version of pyarrow alone: the footer names that version, and no
clock, no machine and no number of processors.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from afterpatch.limits import ROW_GROUP_CHARACTERS, ROW_GROUP_ROWS
from afterpatch.tables.columns import COLUMNS, SCHEMA, Row

__all__ = ["write_table"]

_TYPES = {
    "text": pa.string(),
    "time": pa.timestamp("us"),
    "integer": pa.int64(),
    "list of text": pa.list_(pa.string()),
    "map of text": pa.map_(pa.string(), pa.string()),
}
_SCHEMA = pa.schema([(column.name, _TYPES[column.type]) for column in COLUMNS])
_METADATA = {
    "schema": SCHEMA,
    "columns": msgspec.json.encode({c.name: c.meaning for c in COLUMNS}).decode(),
}


class _Pieces(io.RawIOBase):
    """A stream to write to, whose bytes are taken away piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._held.append(piece)
        self._size += len(piece)
        return len(piece)

    def taken(self) -> Iterator[bytes]:
        held, self._held = self._held, []
        yield from held


def write_table(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yields the bytes of a Parquet file that holds the rows in the order given.

    Holds one row group at a time. Texts must be such as UTF-8 can hold; raises ValueError for a
    time in another form than the model's.
    """
    stream = _Pieces()
    with pq.ParquetWriter(stream, _SCHEMA, compression="zstd", store_schema=False) as writer:
        writer.add_key_value_metadata(_METADATA)
        for group in _groups(rows):
            writer.write_batch(_batch(group))
            yield from stream.taken()
    yield from stream.taken()


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows in groups, bounded by number and by text: 10,000 long records are 80 MB."""
    group: list[Row] = []
    characters = 0
    for row in rows:
        group.append(row)
        characters += len(row["raw"])
        if len(group) == ROW_GROUP_ROWS or characters >= ROW_GROUP_CHARACTERS:
            yield group
            group, characters = [], 0
    if group:
        yield group


def _batch(rows: list[Row]) -> pa.RecordBatch:
    columns = {column.name: [row[column.name] for row in rows] for column in COLUMNS}
    columns["when"] = [when and datetime.fromisoformat(when) for when in columns["when"]]
    columns["facts"] = [list(facts.items()) for facts in columns["facts"]]
    return pa.record_batch(
        [pa.array(columns[field.name], field.type) for field in _SCHEMA], schema=_SCHEMA
    )
