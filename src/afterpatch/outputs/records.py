"""`records.parquet`: every record that a finding or an operator rests on, with its provenance.

The columns are named in `tables/columns.py`; texts are defused as in `findings.jsonl`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from afterpatch.model import Finding, Trace
from afterpatch.outputs.format import Dossier, in_time, kind
from afterpatch.outputs.text import defused
from afterpatch.outputs.timeline import timed
from afterpatch.tables.columns import Row

NAME = "records.parquet"
_OF_RULE = (
    "rule", "title", "question", "outcome", "chain", "severity", "look_alike", "standing",
)  # fmt: skip
_OF_REQUEST = ("method", "status", "query", "request")


def render(dossier: Dossier) -> Iterator[bytes]:
    """Yields the table in pieces, one row group at a time."""
    from afterpatch.tables.parquet import write_table  # takes its time

    yield from write_table(_row(told, dossier) for told in in_time(dossier))


def _row(told: Finding | Trace, dossier: Dossier) -> Row:
    row: Row = defused(
        {
            "id": told.id,
            "kind": kind(told),
            "when": told.when if timed(told) else None,
            "artifact": told.artifact,
            **msgspec.structs.asdict(told.provenance),
            **msgspec.structs.asdict(told.actor),
            **msgspec.structs.asdict(told.object),
            **{name: told.facts.get(name) for name in _OF_REQUEST},
            **{name: getattr(told, name, None) for name in _OF_RULE},  # a trace has none
            "leads": [f"{of}: {value}" for of, value in getattr(told, "leads", ())],
            "operator": dossier.operator_of.get(told.id),
            "backdoors": dossier.backdoors_of.get(told.id, ()),
            "raw": told.raw,
            "facts": {n: value for n, value in told.facts.items() if n not in _OF_REQUEST},
        }
    )
    return row
