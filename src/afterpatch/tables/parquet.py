"""Writes Parquet files: the only file that knows pyarrow.

The bytes hang on the rows and the version of pyarrow alone: the footer names that version, and no
clock, no machine and no number of processors.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from afterpatch.limits import ROW_GROUP_CHARACTERS, ROW_GROUP_ROWS
from afterpatch.storage import Place
from afterpatch.tables.columns import COLUMNS, SCHEMA, Column, Row

__all__ = ["TableFile", "footer", "write_table"]

_TYPES = {
    "text": pa.string(),
    "time": pa.timestamp("us"),
    "integer": pa.int64(),
    "truth": pa.bool_(),
    "list of text": pa.list_(pa.string()),
    "map of text": pa.map_(pa.string(), pa.string()),
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


class TableFile:
    """A Parquet file being written to a stream or a path, one row group in memory at a time.

    Texts must be such as UTF-8 can hold; raises ValueError for a time in another form than the
    model's.
    """

    def __init__(
        self,
        target: Any,
        columns: Sequence[Column],
        schema: str,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        self._columns = columns
        self._schema = pa.schema([(column.name, _TYPES[column.type]) for column in columns])
        # Raw records are most of what is held, where there are any.
        texts = [c.name for c in columns if c.type == "text"]
        self._texts = ["raw"] if "raw" in texts else texts
        self._held: list[Row] = []
        self._characters = 0
        self._file = pq.ParquetWriter(target, self._schema, compression="zstd", store_schema=False)
        meanings = msgspec.json.encode({c.name: c.meaning for c in columns}).decode()
        self._file.add_key_value_metadata(
            {"schema": schema, "columns": meanings, **(metadata or {})}
        )

    def add(self, row: Row) -> bool:
        """Take a row; says whether a row group was written. 10,000 long records are 80 MB, so a
        group is bounded by number and by text."""
        self._held.append(row)
        self._characters += sum(len(row[name] or "") for name in self._texts)
        if len(self._held) < ROW_GROUP_ROWS and self._characters < ROW_GROUP_CHARACTERS:
            return False
        self._flush()
        return True

    def note(self, metadata: Mapping[str, str]) -> None:
        """Add to the footer what is known only now."""
        self._file.add_key_value_metadata(metadata)

    def close(self) -> None:
        """Write what is left, and the footer."""
        if self._held:
            self._flush()
        self._file.close()

    def _flush(self) -> None:
        arrays = [
            pa.array([_value(column, row[column.name]) for row in self._held], of.type)
            for column, of in zip(self._columns, self._schema, strict=True)
        ]
        self._file.write_batch(pa.record_batch(arrays, schema=self._schema))
        self._held, self._characters = [], 0


def write_table(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yields the bytes of a `records.parquet` that holds the rows in the order given."""
    stream = _Pieces()
    table = TableFile(stream, COLUMNS, SCHEMA)
    for row in rows:
        if table.add(row):
            yield from stream.taken()
    table.close()
    yield from stream.taken()


def footer(path: Place) -> dict[str, str]:
    """What a Parquet file says of itself; empty when it can't be read or is none."""
    try:
        told = pq.read_metadata(path if isinstance(path, Path) else path.open()).metadata or {}
    except (OSError, pa.ArrowException):
        return {}
    return {key.decode(): value.decode() for key, value in told.items()}


def _value(column: Column, value: Any) -> Any:
    if column.type == "time":
        return value and datetime.fromisoformat(value)
    if column.type == "map of text":
        return list(value.items())
    return value
