"""EWS back-end logs: `Logging\\Ews\\Ews_yyyymmddHH-n.LOG`, one row for each SOAP request.

Columns of interest: AuthenticatedUser, UserAgent, ClientIpAddress, SoapAction, HttpStatus,
ImpersonatedUser, ProxyAsUser, ActAsUser, GenericInfo. No derived fields. Without a header only the
columns that stand alike in all versions get their names.

Facts: the header lines of such logs. `HttpProxy\\Ews` is another log (see `httpproxy`).
"""

from __future__ import annotations

from collections.abc import Sequence

from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.exchangelog import (
    ANCHORS,
    VERSION_COLUMNS,
    ExchangeLog,
    by_lower,
    read_head,
    utc,
)

__all__ = ["ARTIFACTS", "Ews"]

_FIRST = ("DateTime", "RequestId", *VERSION_COLUMNS, "ClientRequestId")
_FROM_AUTHENTICATION = (
    "AuthenticationType",
    "IsAuthenticated",
    "AuthenticatedUser",
    "Organization",
    "UserAgent",
    "VersionInfo",
    "ClientIpAddress",
    "ServerHostName",
    "FrontEndServer",
    "SoapAction",
    "HttpStatus",
)
_LATER = (
    "ErrorCode",
    "ImpersonatedUser",
    "ProxyAsUser",
    "ActAsUser",
    "Cookie",
    "GenericInfo",
    "AuthenticationErrors",
    "GenericErrors",
)


class Ews(ExchangeLog):
    name = "ews"
    label = "EWS"
    known = by_lower((*_FIRST, *_FROM_AUTHENTICATION, *_LATER))

    def layout(self, cells: Sequence[str]) -> tuple[str, ...]:
        # 2024-..Z,5555-..,15,1,2507,37,Unknown,,Logon,true,EXAMPLE\anna,EXAMPLE.ORG,agent,...
        for at in (8, 9):  # newer versions have one more column before AuthenticationType
            if len(cells) > at and cells[at].lower() in ("true", "false"):
                return (*_FIRST, *[""] * (at - 8), *_FROM_AUTHENTICATION)
        return _FIRST


def _recognize(path: str, head: bytes) -> bool:
    says = read_head(head)
    if says.columns:
        return {"datetime", "soapaction"} <= set(says.columns) and (
            "anchormailbox" not in says.columns
        )
    if "\\logging\\ews\\" not in path and "\\ews_" not in path:
        return False
    return any(utc(row.split(",", 1)[0].strip('"')) for row in says.rows)


ARTIFACTS = (
    Artifact(
        name="ews",
        family="ews",
        framing="row",
        encoding="csv",
        recognize=_recognize,
        parser=Ews,
        anchors=ANCHORS,
    ),
)
