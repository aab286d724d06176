"""ECP logs (Exchange Control Panel): `Logging\\ECP\\Server\\` and `Logging\\ECP\\Activity\\`.

    #Fields: TimeStamp,ServerName,EventId,EventData

EventData holds items `TYPE:KEY=VALUE` between semicolons, TYPE one of S, I32, Dbl, F. A value may
hold semicolons. An item with quotes in it is itself in single quotes, with quotes doubled. Each KEY
becomes a field (CMD, URL, EX, SID, ACTID, BLD, REFERRER, TNAME, ...; PSA, Bld, ActID in Activity);
a key that repeats becomes a tuple. The build in `#Version:` is a constant; BLD is true.

Derived fields:
  Cmdlet       what stands before the first "." of CMD
  Parameters   what stands behind it: `ExternalUrl='https://...'.Identity='...'`
  Error        the last EX: an earlier one may be text that a client sent
  Param.*      see `artifacts/cmdlet.py`; Succeeded is "false" where EX says something, and absent
               where it does not: the log can't tell

Facts: Microsoft CSS-Exchange `Test-ProxyLogon.ps1`; signature-base (the string
`S:CMD=Set-OabVirtualDirectory.ExternalUrl='`) for CVE-2021-27065.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from afterpatch.artifacts import cmdlet
from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.exchangelog import (
    ANCHORS,
    ExchangeLog,
    by_lower,
    read_head,
    short_build,
    utc,
)
from afterpatch.model import Record, Sighting, Value

__all__ = ["ARTIFACTS", "Ecp"]

COLUMNS = ("TimeStamp", "ServerName", "EventId", "EventData")
_ITEM = re.compile(r"'?(?:S|I32|Dbl|F):[^=;,\s]{1,128}=")
_NEXT = re.compile(r";'?(?:S|I32|Dbl|F):[^=;,\s]{1,128}=")


class Ecp(ExchangeLog):
    name = "ecp"
    label = "ECP"
    known = by_lower(COLUMNS)
    default = COLUMNS
    rest_in_last = True
    fixed = True

    def derive(self, fields: dict[str, Value], text: str) -> tuple[str, ...]:
        data = str(fields.get("EventData", ""))
        for key, value in _items(data):
            if key in COLUMNS:  # the row's own cells can't be forged from inside a value
                continue
            before = fields.get(key)
            if before is None:
                fields[key] = value
            else:
                fields[key] = (*((before,) if isinstance(before, str) else before), value)
        if error := fields.get("EX"):
            fields["Error"] = error if isinstance(error, str) else error[-1]
        command = fields.get("CMD", "")
        command = command if isinstance(command, str) else command[0]
        if command:
            name, _, parameters = command.partition(".")
            if not text.split(",", 3)[-1].startswith('"'):  # a cell that lost its own quotes
                parameters = parameters.replace('""', '"')
            fields["Cmdlet"], fields["Parameters"] = name, parameters
            failed = False if str(fields.get("Error", "")).strip() else None
            cmdlet.describe(fields, cmdlet.dotted(parameters), succeeded=failed)
        return ()

    def facts(self, record: Record) -> list[Sighting]:
        found = super().facts(record)
        for key in ("BLD", "Bld"):
            value = record.fields.get(key, "")
            # The last one: an earlier one may be text that a client sent.
            build = short_build(value if isinstance(value, str) else value[-1])
            if build:
                found.append(Sighting("build", build, f"ECP {key}", record.when))
        return found


def _items(data: str) -> Iterator[tuple[str, str]]:
    # S:TIME=4;'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://o/#''.Identity=''1''';S:REQID=
    at = 0
    while at < len(data):
        item, after = "", -1
        if not _ITEM.match(data, at):
            item = ""
        elif data[at] == "'":
            end = _closing_quote(data, at + 1)
            if end == len(data) - 1 or (end >= 0 and _NEXT.match(data, end + 1)):
                item, after = data[at + 1 : end].replace("''", "'"), end + 1
        if after < 0:
            found = _NEXT.search(data, at)
            after = found.start() if found else len(data)
            item = data[at:after].removeprefix("'") if _ITEM.match(data, at) else ""
        key, equals, value = item.partition(":")[2].partition("=")
        if equals:
            yield key, value
        at = after + 1


def _closing_quote(data: str, at: int) -> int:
    """Index of the first single quote that is not doubled, or -1."""
    while True:
        at = data.find("'", at)
        if at < 0 or not data.startswith("'", at + 1):
            return at
        at += 2


def _recognize(path: str, head: bytes) -> bool:
    says = read_head(head)
    if says.columns and says.columns != tuple(name.lower() for name in COLUMNS):
        return False
    if says.log_type.startswith("ecp"):
        return True
    tails = ("\\ecp\\server\\", "\\ecp\\activity\\", "\\ecpserver", "\\ecpactivity")
    if any(tail in path for tail in tails) and says.columns:
        return True
    # 2021-04-06T14:54:38.677Z,MAIL01,ECP.Request,"S:TIME=4365;S:SID=...
    rows = (row.replace('"', "").split(",", 3) for row in says.rows)
    return any(len(r) == 4 and utc(r[0]) and r[2].lower().startswith("ecp.") for r in rows)


ARTIFACTS = (
    Artifact(
        name="ecp",
        family="ecp",
        framing="row",
        encoding="csv",
        recognize=_recognize,
        parser=Ecp,
        anchors=ANCHORS,
    ),
)
