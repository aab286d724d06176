"""The columns of `records.parquet`: the one place that names them, with type and meaning.

`docs/records.md` says the same to people who bring their own tools. Columns are added at the end
and never renamed; SCHEMA counts up when they change.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

__all__ = ["COLUMNS", "SCHEMA", "Column", "Row"]

SCHEMA = "afterpatch/records/1"

# A value for each column, by name. A time is text as in the model; None where there is no value.
Row = dict[str, Any]


class Column(Struct, frozen=True):
    """One column. `time` is a timestamp without a zone, in UTC, to the millisecond."""

    name: str
    type: Literal["text", "time", "integer", "truth", "list of text", "map of text"]
    meaning: str


COLUMNS = (
    Column("id", "text", "finding (`f-...`, as in `findings.jsonl`) or trace (`r-...`); unique"),
    Column(
        "kind",
        "text",
        "`finding`: a detection speaks of the record; `trace`: a later sweep found it by what was "
        "learned of an intruder, and no detection speaks of it",
    ),
    Column("when", "time", "time of the record; empty when it carries none"),
    Column("artifact", "text", "kind of log or file, such as `iis` or `webfile`"),
    Column("evidence", "text", "name of the folder or archive that was assessed"),
    Column("member", "text", "Windows path of the file as it lay on the server"),
    Column("member_name", "text", "name of the file in the evidence, with ` ! ` between archives"),
    Column("offset", "integer", "where the record begins in the file, in bytes from 0"),
    Column("length", "integer", "length of the record in bytes"),
    Column("line", "integer", "line of the record, from 1; empty in a binary file"),
    Column("sha256", "text", "SHA-256 of the file, as in `manifest.json`"),
    Column("address", "text", "address of the client"),
    Column("user_agent", "text", "user agent of the client"),
    Column("account", "text", "account, as the record writes it"),
    Column("path", "text", "file, registry key or other thing on the server"),
    Column("url", "text", "path of the request"),
    Column("command", "text", "command line or cmdlet"),
    Column("method", "text", "method of the request"),
    Column("status", "text", "status of the answer, as the record writes it"),
    Column("query", "text", "query of the request"),
    Column("request", "text", "Exchange's id of the request, the same in several of its logs"),
    Column("rule", "text", "detection that speaks of the record; empty for a trace"),
    Column("title", "text", "title of the detection; empty for a trace"),
    Column(
        "question",
        "text",
        "`exposed`, `exploited`, `backdoored`, `used` or `impacted`; empty for a trace",
    ),
    Column("outcome", "text", "`attempt`, `reached` or `success`; empty for a trace"),
    Column("chain", "text", "attack chain, such as `ProxyLogon`; empty when there is none"),
    Column("severity", "text", "`informational` to `critical`; empty for a trace"),
    Column("look_alike", "text", "the innocent thing that leaves the same record, if there is one"),
    Column(
        "standing",
        "text",
        "`proof`, `supporting`, or `foreign` (a rule from elsewhere, on which no answer rests); "
        "empty for a trace",
    ),
    Column("leads", "list of text", "what a trace was found by, each as `kind: value`"),
    Column("operator", "text", "whose record it is (`op-1`, as in `assessment.json`), if known"),
    Column("backdoors", "list of text", "backdoors it is about (`bd-1`, as in `assessment.json`)"),
    Column("raw", "text", "the record as text, cut after 8,000 characters"),
    Column("facts", "map of text", "what else the record states, by name, such as `page`"),
)
