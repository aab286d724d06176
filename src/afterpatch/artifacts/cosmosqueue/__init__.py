"""CosmosQueue audit: `Logging\\CosmosQueue\\audit\\audityyyymmdd-n.LOG` (late 2016 and later).

    #Fields: Timestamp,Server,TenantId,RecordType,Data,UserKey,RecordId,Operation,Workload,
             ResultStatus,Version,Scope

It mirrors the admin audit log, so it outlives a cleared `MSExchange Management` event log. Data is
JSON in one cell. The JSON's own CreationTime is local time: the row's time counts. Account names
are localized.

Derived fields:
  Cmdlet       Operation of the JSON, else of the row
  Parameters   `-Name "value" -Other "value"`: put together, so this text is not in the file as is
  Param.*, Account, AccountClass, Succeeded   see `artifacts/cmdlet.py`
  UserId, ResultStatus, ObjectId, OriginatingServer, ExternalAccess   as in the JSON; a column of
               that name in the row counts when it is not empty

Facts: the header line and JSON of such logs.
"""

from __future__ import annotations

from typing import Any

import msgspec

from afterpatch.artifacts import cmdlet as stream
from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.exchangelog import ANCHORS, ExchangeLog, by_lower, read_head, utc
from afterpatch.model import Value

__all__ = ["ARTIFACTS", "CosmosQueue"]

COLUMNS = (
    "Timestamp",
    "Server",
    "TenantId",
    "RecordType",
    "Data",
    "UserKey",
    "RecordId",
    "Operation",
    "Workload",
    "ResultStatus",
    "Version",
    "Scope",
)
_RESULTS = {"true": True, "succeeded": True, "false": False, "failed": False}
_FROM_JSON = ("UserId", "ResultStatus", "ObjectId", "OriginatingServer", "ExternalAccess")


class CosmosQueue(ExchangeLog):
    name = "cosmosqueue"
    label = "CosmosQueue"
    known = by_lower(COLUMNS)
    default = COLUMNS

    def derive(self, fields: dict[str, Value], _text: str) -> tuple[str, ...]:
        try:
            data = msgspec.json.decode(str(fields.get("Data", "")))
        except (msgspec.DecodeError, RecursionError):
            data = None
        damage: tuple[str, ...] = ()
        if not isinstance(data, dict):
            data, damage = {}, ("Data is no JSON object",)
        for key in _FROM_JSON:
            if key in data and not fields.get(key):
                fields[key] = _as_text(data[key])
        cmdlet = _as_text(data.get("Operation")) or fields.get("Operation", "")
        if cmdlet:
            fields["Cmdlet"] = cmdlet
        # [{"Name":"Identity","Value":"anna"},{"Name":"ForwardingSmtpAddress","Value":"..."}]
        parameters = data.get("Parameters")
        pairs = [
            (_as_text(p.get("Name")), _as_text(p.get("Value")))
            for p in (parameters if isinstance(parameters, list) else ())
            if isinstance(p, dict)
        ]
        if isinstance(parameters, list):
            fields["Parameters"] = " ".join(f'-{name} "{value}"' for name, value in pairs)
        stream.describe(
            fields,
            pairs,
            account=str(fields.get("UserId") or fields.get("UserKey") or ""),
            succeeded=_RESULTS.get(str(fields.get("ResultStatus", "")).lower()),
        )
        return damage


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _recognize(path: str, head: bytes) -> bool:
    says = read_head(head)
    if says.columns:
        return {"timestamp", "recordtype", "data", "operation"} <= set(says.columns)
    if "\\cosmosqueue\\" not in path:
        return False
    return any(utc(row.split(",", 1)[0].strip('"')) for row in says.rows)


ARTIFACTS = (
    Artifact(
        name="cosmosqueue",
        family="cosmosqueue",
        framing="row",
        encoding="json",
        recognize=_recognize,
        parser=CosmosQueue,
        anchors=ANCHORS,
    ),
)
