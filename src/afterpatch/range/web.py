"""One web request and the rows it leaves: HttpProxy, front-end IIS (W3SVC1), back end (W3SVC2).

The join is the one of the real logs: `cafeReqId` in both IIS rows is HttpProxy's RequestId.
"""

from __future__ import annotations

from msgspec import Struct

from afterpatch.range import formats, server

# A row and the log it stands in, tokens not yet filled.
Row = tuple[str, str]


class Request(Struct, frozen=True):
    """A request as its rows tell it.

    `protocol` is the HttpProxy folder, empty when the request never reached Exchange's own module.
    `back_status` None: it was answered on the front end. `anchor` is the AnchorMailbox cell.
    `back_*` say what the back end saw where that differs from the front end.
    `variety` seeds the small latency cells. `substatus`: IIS's sub-status and Windows status, when
    they are not those that usually come with the status. `claims`: the forwarded-for header that
    the client itself sent, the last cell of the front end's row where it is logged.
    """

    protocol: str
    method: str
    stem: str
    query: str = ""
    account: str = ""
    auth: str = ""
    anchor: str = ""
    agent: str = ""
    address: str = ""
    status: int = 200
    back_status: int | None = 200
    host: str = server.HOST
    action: str = ""
    hint: str = "WindowsIdentity"
    cookie: str = ""
    database: str = ""
    error: str = ""
    sent: int = 0
    referer: str = ""
    target: str = server.FQDN
    back_stem: str = ""
    back_query: str | None = None
    back_account: str = ""
    variety: int = 0
    substatus: str = ""
    claims: str = ""


def w3c(value: str) -> str:
    """A value as IIS writes it: a plus sign for each blank, a hyphen for nothing."""
    return value.replace(" ", "+") or "-"


def _substatus(status: int) -> str:
    # 401.1 with SEC_E_LOGON_DENIED-like 2148074254, 404.0 with ERROR_FILE_NOT_FOUND.
    return {401: "401 1 2148074254", 404: "404 0 2"}.get(status, f"{status} 0 0")


def _iis(address: str, request: Request, port: int, back: bool) -> str:
    if back:
        stem = request.back_stem or request.stem
        query = request.query if request.back_query is None else request.back_query
        account = request.back_account or request.account
        client, status, took = address, request.back_status or 0, "{work}"
    else:
        stem, query, account = request.stem, request.query, request.account
        client, status, took = request.address, request.status, "{took}"
    if request.protocol:
        query += "&CorrelationID=<empty>;&cafeReqId={id};"
    return " ".join(
        (
            "{second}",
            address,
            request.method,
            stem,
            w3c(query),
            str(port),
            w3c(account),
            client,
            w3c(request.agent),
            w3c(request.referer),
            f"{status} {request.substatus}" if request.substatus else _substatus(status),
            took,
            *([w3c(request.claims)] if request.claims and not back else []),
        )
    )


def _httpproxy(request: Request, build: str) -> str:
    forwarded = request.back_status is not None
    small = [str(request.variety >> shift & 3) for shift in range(0, 16, 2)]
    account = "" if request.status == 401 else request.account  # IIS alone names who was refused
    cells = formats.version_cells(build) | {
        "DateTime": "{end}",
        "RequestId": "{id}",
        "Protocol": request.protocol,
        "UrlHost": request.host,
        "UrlStem": request.stem,
        "ProtocolAction": request.action,
        "AuthenticationType": request.auth,
        "IsAuthenticated": "true" if account else "false",
        "AuthenticatedUser": account,
        "AnchorMailbox": request.anchor,
        # HttpProxy drops commas from the user agent: "(KHTML  like Gecko)".
        "UserAgent": request.agent.replace(",", " "),
        "ClientIpAddress": request.address,
        "ServerHostName": server.NAME,
        "HttpStatus": str(request.status),
        "ErrorCode": request.error,
        "Method": request.method,
        "RequestBytes": str(request.sent or request.variety & 2047),
        "TotalGlsLatency": "0",
        "TotalAccountForestLatency": small[0],
        "TotalResourceForestLatency": "0",
        "TotalSharedCacheLatency": "0",
        "ActivityContextLifeTime": "{took}",
        "RequestHandlerLatency": small[4],
        "CoreLatency": small[1],
        "RoutingLatency": small[2],
        "HttpProxyOverhead": small[3],
        "TotalRequestTime": "{took}",
        "UrlQuery": "?" + request.query if request.query else "",
        "GenericErrors": "",
        "DatabaseGuid": request.database,
    }
    begun = "BeginRequest={begin};CorrelationID=<empty>;"
    if forwarded:
        cells |= {
            "BackEndStatus": str(request.back_status),
            "ProxyAction": "Proxy",
            "TargetServer": request.target,
            "TargetServerVersion": formats.padded(build),
            "RoutingType": "IntraForest",
            "RoutingHint": request.hint,
            "BackEndCookie": request.cookie,
            "ResponseBytes": "{got}",
            "TargetOutstandingRequests": str(1 + (request.variety & 7)),
            "CalculateTargetBackEndLatency": small[4],
            "ModuleToHandlerSwitchingLatency": "0",
            "ClientReqStreamLatency": small[5],
            "BackendReqInitLatency": small[6],
            "BackendReqStreamLatency": "0",
            "BackendProcessingLatency": "{work}",
            "BackendRespInitLatency": "0",
            "BackendRespStreamLatency": small[7],
            "ClientRespStreamLatency": "0",
            "HandlerToModuleSwitchingLatency": "0",
            "ProxyTime": "{work}",
            "GenericInfo": (
                f"{begun}ProxyState-Run=None;AccountForestGuard_{server.DNS_DOMAIN}={small[0]};"
                f"FEAuth=BEVersion-{1_941_962_752 + int(build.split('.')[2])};"
                "ProxyState-PrepareToProxy=BackEndServerFound;NewConnection=10.0.20.10&0;"
                "ProxyState-Complete=ProxyResponseData;SharedCacheGuard=0;EndRequest={end};"
                f"I32:ADS.C[dc1]={1 + (request.variety >> 9 & 1)};"
                f"F:ADS.AL[dc1]={small[0]}.{request.variety & 4095};"
                f"I32:ADR.C[{server.CONTROLLER}]=1;F:ADR.AL[{server.CONTROLLER}]={small[1]}."
                f"{request.variety >> 4};I32:ATE.C[{server.CONTROLLER}]=1;"
                f"F:ATE.AL[{server.CONTROLLER}]=0;S:WLM.Bal=300000;S:WLM.BT={request.protocol};Dbl:WLM.TS={{took}}"
            ),
            "RoutingStatus": "CafeV1",
        }
    else:
        reason = f"NoCookies=302 - {request.method}/E14AuthPost;" if request.status == 302 else ""
        cells["GenericInfo"] = begun + reason + "EndRequest={end};"
    return formats.row(formats.HTTPPROXY_COLUMNS, cells)


def rows(request: Request, build: str) -> list[Row]:
    """The rows of one request, tokens open."""
    local = request.address.startswith(("::1", "127."))
    result = [("W3SVC1", _iis("::1" if local else server.ADDRESS, request, 443, back=False))]
    if request.protocol:
        result.append((f"HttpProxy/{request.protocol}", _httpproxy(request, build)))
        if request.back_status is not None:
            address = "::1" if local else server.ADDRESS
            result.append(("W3SVC2", _iis(address, request, 444, back=True)))
    return result
