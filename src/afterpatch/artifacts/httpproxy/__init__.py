"""HttpProxy logs of every protocol: what the front end sent on to which back end.

`Logging\\HttpProxy\\<Protocol>\\HttpProxy_yyyymmddHH-n.LOG`. The time is that of the request's end.
The user agent has blanks where the client sent commas. 64 columns in 2013, 74 in late 2016 and
2019.

Derived fields:
  Uri           UrlStem, and "?" and UrlQuery when that is not empty
  AnchorHost    host in lower case, of an anchor `ServerInfo~<authority>/<path>` (a normal anchor,
                `ServerInfo~MAIL01~1941997017`, has no slash), percent-decoded
  AnchorPort    its port as digits, when it names one
  AnchorPath    its path without query
  AnchorQuery   what stands between "?" and "#", when there is a "?"
  AnchorOwn     "true" when the anchor's host is this server: its name (short, or the first label of
                a full name), the name the client asked for (UrlHost), or a loopback address;
                "false" when it is another name; absent when that can't be told (no ServerHostName,
                or an address, which the log does not tie to a name)

TargetServer is no help for AnchorOwn: the front end took it from the anchor. Facts: Microsoft
CSS-Exchange `Test-ProxyLogon.ps1`; MSTIC "HAFNIUM targeting Exchange Servers with 0-day exploits"
(CVE-2021-26855: AuthenticatedUser empty and AnchorMailbox like `ServerInfo~*/*`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import unquote

from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.exchangelog import ANCHORS, ExchangeLog, by_lower, names, read_head, utc
from afterpatch.model import Value

__all__ = ["ARTIFACTS", "HttpProxy"]

# 2016 CU22 and later
COLUMNS = names(
    "DateTime RequestId MajorVersion MinorVersion BuildVersion RevisionVersion ClientRequestId "
    "Protocol UrlHost UrlStem ProtocolAction AuthenticationType IsAuthenticated AuthenticatedUser "
    "Organization AnchorMailbox UserAgent ClientIpAddress ServerHostName HttpStatus BackEndStatus "
    "ErrorCode Method ProxyAction TargetServer TargetServerVersion RoutingType RoutingHint "
    "BackEndCookie ServerLocatorHost ServerLocatorLatency RequestBytes ResponseBytes "
    "TargetOutstandingRequests AuthModulePerfContext HttpPipelineLatency "
    "CalculateTargetBackEndLatency GlsLatencyBreakup TotalGlsLatency AccountForestLatencyBreakup "
    "TotalAccountForestLatency ResourceForestLatencyBreakup TotalResourceForestLatency ADLatency "
    "SharedCacheLatencyBreakup TotalSharedCacheLatency ActivityContextLifeTime "
    "ModuleToHandlerSwitchingLatency ClientReqStreamLatency BackendReqInitLatency "
    "BackendReqStreamLatency BackendProcessingLatency BackendRespInitLatency "
    "BackendRespStreamLatency ClientRespStreamLatency KerberosAuthHeaderLatency "
    "HandlerCompletionLatency RequestHandlerLatency HandlerToModuleSwitchingLatency ProxyTime "
    "CoreLatency RoutingLatency HttpProxyOverhead TotalRequestTime RouteRefresherLatency UrlQuery "
    "BackEndGenericInfo GenericInfo GenericErrors EdgeTraceId DatabaseGuid UserADObjectGuid "
    "PartitionEndpointLookupLatency RoutingStatus"
)
_LATE = names(
    "SharedCacheLatencyBreakup TotalSharedCacheLatency KerberosAuthHeaderLatency "
    "HandlerCompletionLatency RouteRefresherLatency EdgeTraceId DatabaseGuid UserADObjectGuid "
    "PartitionEndpointLookupLatency RoutingStatus"
)
_COLUMNS_2013 = tuple(name for name in COLUMNS if name not in _LATE)
_COMMON = COLUMNS.index("SharedCacheLatencyBreakup")  # columns that stand alike in all versions
_GENERIC = ("UrlQuery", "BackEndGenericInfo", "GenericInfo", "GenericErrors")
_PROTOCOLS = names(
    "autodiscover eas ecp ews mapi oab owa owacalendar powershell rpchttp rest pushnotifications "
    "outlookservice"
)


class HttpProxy(ExchangeLog):
    name = "httpproxy"
    label = "HttpProxy"
    known = by_lower(COLUMNS)

    def layout(self, cells: Sequence[str]) -> tuple[str, ...]:
        """By the number of cells; else the common columns, and those next to GenericInfo."""
        if len(cells) == len(COLUMNS):
            return COLUMNS
        if len(cells) == len(_COLUMNS_2013):
            return _COLUMNS_2013
        columns = [*COLUMNS[:_COMMON]]
        for i in range(_COMMON + 2, min(len(cells), 256)):
            if "BeginRequest=" in cells[i]:
                columns += [""] * (i - 2 - _COMMON)
                columns += _GENERIC
                break
        return tuple(columns)

    def derive(self, fields: dict[str, Value], _text: str) -> tuple[str, ...]:
        stem, query = fields.get("UrlStem", ""), fields.get("UrlQuery", "")
        fields["Uri"] = f"{stem}?{str(query).removeprefix('?')}" if query else stem
        anchor = str(fields.get("AnchorMailbox", ""))
        if "/" in anchor and anchor[:11].lower() == "serverinfo~":
            _anchor(anchor[11:], fields)
        return ()


def _anchor(anchor: str, fields: dict[str, Value]) -> None:
    # Admin@MAIL01:444/ecp/DDI/DDIService.svc/GetList?reqId=1&a=
    # a]@mail.example.org:444/autodiscover/autodiscover.xml?#
    # localhost~1942062522/ecp/default.flt?
    anchor = unquote(anchor) if "%" in anchor.partition("/")[0] else anchor
    end = min(i for i in map(anchor.find, "/?#\\") if i >= 0)
    authority = anchor[:end].rpartition("@")[2].partition("~")[0]  # behind it, a version
    location = anchor[end:].partition("#")[0]
    path, mark, query = location.partition("?")
    host, port = _host_and_port(authority)
    fields["AnchorHost"] = host
    if port:
        fields["AnchorPort"] = port
    fields["AnchorPath"] = path
    if mark:
        fields["AnchorQuery"] = query
    own = _is_own(host, str(fields.get("ServerHostName", "")), str(fields.get("UrlHost", "")))
    if own is not None:
        fields["AnchorOwn"] = "true" if own else "false"


def _host_and_port(authority: str) -> tuple[str, str]:
    if authority.startswith("["):
        host, _, rest = authority[1:].partition("]")
        port = rest.removeprefix(":")
    elif authority.count(":") > 1 and _address(authority):
        host, port = authority, ""
    else:
        host, colon, port = authority.rpartition(":")
        if not colon:
            host, port = port, ""
    return host.strip("[] .").lower(), port if port.isascii() and port.isdigit() else ""


def _is_own(host: str, server: str, asked: str) -> bool | None:
    server, asked = server.strip().lower(), asked.strip().strip("[].").lower()
    if not host:
        return None
    address = _address(host)
    if host == "localhost" or host == asked or (address and _is_loopback(address)):
        return True
    if address:
        return None
    if host == asked.partition(".")[0] and not _address(asked):
        return True
    if not server:
        return None
    return host.partition(".")[0] == server.partition(".")[0]


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _is_loopback(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified


def _recognize(path: str, head: bytes) -> bool:
    says = read_head(head)
    tail = "\\httpproxy\\" in path or "\\httpproxy_" in path
    if says.columns:
        return "anchormailbox" in says.columns or (tail and "datetime" in says.columns)
    if says.log_type.startswith("httpproxy"):
        return True
    # 2021-03-03T09:32:46.036Z,5ce5b893-b41a-5e8c-9dd0-577c6b59d348,15,1,2106,2,,Ecp,mail,...
    for row in says.rows:
        cells = row.replace('"', "").split(",", 8)
        if len(cells) == 9 and utc(cells[0]) and cells[1].count("-") == 4:
            return tail or cells[7].lower() in _PROTOCOLS
    return False


ARTIFACTS = (
    Artifact(
        name="httpproxy",
        family="httpproxy",
        framing="row",
        encoding="csv",
        recognize=_recognize,
        parser=HttpProxy,
        anchors=ANCHORS,
    ),
)
