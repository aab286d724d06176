"""Ordinary traffic: what people, their devices and the server's own monitoring leave in the logs.

A pool holds some thousand rendered requests; the build draws from it and fills in the time, ids,
sizes and durations, which is what makes it fast and its rows differ.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import TypedDict

from msgspec import Struct, structs

from afterpatch.range import formats, windows
from afterpatch.range.draw import below, guid, letters, listed, pick
from afterpatch.range.server import (
    BALANCERS,
    CONTROLLER,
    DNS_DOMAIN,
    FQDN,
    HOST,
    MAIL_DOMAIN,
    NAME,
    PUBLIC_ADDRESS,
    Server,
    User,
)
from afterpatch.range.web import Request, Row, rows


class Act(Struct, frozen=True):
    """Rows that one happening leaves, with its usual duration in ms and bytes got."""

    rows: list[Row]
    took: int
    got: int


class Own(TypedDict):
    """The cells that follow from who asks."""

    account: str
    anchor: str
    cookie: str
    database: str


class Cast(Struct, frozen=True):
    """What a kind of traffic is made from."""

    rng: Random
    server: Server
    build: str
    first_day: date

    def user(self) -> User:
        return pick(self.rng, self.server.users)

    def own(self, user: User, anchor: str = "") -> Own:
        """Cells that follow from who asks: routed to the person's database, by SID or as told."""
        until = self.first_day + timedelta(days=below(self.rng, 30) + 30)
        second = below(self.rng, 60)
        return {
            "account": user.account,
            "anchor": anchor or f"Sid~{user.sid}",
            "cookie": f"Database~{user.database}~~{until}T08:{second:02}:{59 - second:02}",
            "database": user.database,
        }

    def variety(self) -> int:
        return below(self.rng, 1 << 16)


Kind = Callable[[Cast], Act]


def _where(cast: Cast, user: User) -> str:
    return user.inside if cast.rng.random() < 0.6 else user.outside


# ------------------------------------------------------------------ Outlook


def _mapi(cast: Cast, stem: str, action: str, took: int, got: int) -> Act:
    user = cast.user()
    request = Request(
        protocol="Mapi",
        method="POST",
        stem=stem,
        query=f"MailboxId={user.mailbox}@{MAIL_DOMAIN}",
        action=action,
        auth="Negotiate",
        agent=user.outlook,
        address=_where(cast, user),
        hint="MailboxGuidWithDomain",
        variety=cast.variety(),
        **cast.own(user, f"MailboxGuid~{user.mailbox}@{MAIL_DOMAIN}"),
    )
    return Act(rows(request, cast.build), took, got)


def mapi_execute(cast: Cast) -> Act:
    return _mapi(cast, "/mapi/emsmdb/", "Execute", 24, 1900)


def mapi_connect(cast: Cast) -> Act:
    return _mapi(cast, "/mapi/emsmdb/", "Connect", 60, 1200)


def mapi_wait(cast: Cast) -> Act:
    return _mapi(cast, "/mapi/emsmdb/", "NotificationWait", 240_000, 310)


def mapi_nspi(cast: Cast) -> Act:
    return _mapi(cast, "/mapi/nspi/", "GetMatches", 18, 2600)


def rpc(cast: Cast) -> Act:
    user = cast.user()
    request = Request(
        protocol="RpcHttp",
        method=pick(cast.rng, ("RPC_IN_DATA", "RPC_OUT_DATA")),
        stem="/rpc/rpcproxy.dll",
        query=f"{user.mailbox}@{MAIL_DOMAIN}:6001",
        auth="Negotiate",
        agent="MSRPC",
        address=_where(cast, user),
        hint="MailboxGuidWithDomain",
        variety=cast.variety(),
        **cast.own(user, f"MailboxGuid~{user.mailbox}@{MAIL_DOMAIN}"),
    )
    return Act(rows(request, cast.build), 90_000, 4096)


def oab(cast: Cast) -> Act:
    user = cast.user()
    name = "oab.xml" if cast.rng.random() < 0.8 else f"{guid(cast.rng)}-data-1.lzx"
    request = Request(
        protocol="Oab",
        method=pick(cast.rng, ("HEAD", "GET")),
        stem=f"/OAB/{cast.server.oab}/{name}",
        auth="Negotiate",
        agent="Microsoft BITS/7.8",
        address=user.inside,
        variety=cast.variety(),
        **cast.own(user),
    )
    return Act(rows(request, cast.build), 9, 5200)


def autodiscover(cast: Cast) -> Act:
    user = cast.user()
    asked = cast.rng.random() < 0.6
    request = Request(
        protocol="Autodiscover",
        method="POST",
        stem=pick(cast.rng, ("/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml")),
        auth="Negotiate",
        agent=user.outlook,
        address=_where(cast, user),
        host=f"autodiscover.{MAIL_DOMAIN}",
        variety=cast.variety(),
        **cast.own(user),
    )
    if not asked:
        request = structs.replace(
            request, status=401, back_status=None, account="", anchor="", cookie="", database=""
        )
    return Act(rows(request, cast.build), 46 if asked else 2, 3900)


# ------------------------------------------------------------------ EWS


def _ews_row(cast: Cast, request: Request, account: str, action: str) -> Row:
    cells = formats.version_cells(cast.build) | {
        "DateTime": "{end}",
        "RequestId": "{spare}",
        "Ring": "Unknown",
        "AuthenticationType": "Negotiate",
        "IsAuthenticated": "true",
        "AuthenticatedUser": account,
        "Organization": DNS_DOMAIN.upper(),
        "UserAgent": request.agent.replace(",", " "),
        "VersionInfo": "Target=None;Req=Exchange2013_SP1/Exchange2013_SP1;",
        "ClientIpAddress": request.address,
        "ServerHostName": NAME,
        "FrontEndServer": FQDN,
        "SoapAction": action,
        "HttpStatus": "200",
        "RequestSize": str(400 + below(cast.rng, 4000)),
        "ResponseSize": "{got}",
        "CorrelationGuid": "{id}",
        "PrimaryOrProxyServer": "LocalTask",
        "TaskType": "LocalTask",
        "LocalMailboxCount": "1",
        "TotalRequestTime": "{work}",
        "GenericInfo": "MailboxTypeCacheSize=1;S:WLM.Cl=CustomerExpectation;"
        f"S:ServiceTaskMetadata.ADCount={below(cast.rng, 4)};"
        f"Dbl:WLM.TS={10 + below(cast.rng, 90)}.0;S:DbId={guid(cast.rng)}",
    }
    return "Ews", formats.row(formats.EWS_COLUMNS, cells)


_EWS_ACTIONS = listed(
    "GetItem FindItem SyncFolderItems GetFolder GetUserAvailability GetUserOofSettings "
    "SyncFolderHierarchy GetStreamingEvents FindFolder CreateItem GetAttachment UpdateItem"
)
_MAC_OUTLOOK = "MacOutlook/16.46.21021202 (Intelx64 Mac OS X Version 10.15.7 (Build 19H524))"


def ews(cast: Cast) -> Act:
    user = cast.user()
    mac = cast.rng.random() < 0.3
    request = Request(
        protocol="Ews",
        method="POST",
        stem="/EWS/Exchange.asmx",
        auth="Negotiate",
        agent=_MAC_OUTLOOK if mac else user.outlook,
        address=_where(cast, user),
        variety=cast.variety(),
        **cast.own(user),
    )
    log = _ews_row(cast, request, user.mail, pick(cast.rng, _EWS_ACTIONS))
    return Act([*rows(request, cast.build), log], 30, 6200)


# ------------------------------------------------------------------ phones


def _eas(cast: Cast, command: str, took: int, got: int) -> Act:
    user = cast.user()
    request = Request(
        protocol="Eas",
        method="POST",
        stem="/Microsoft-Server-ActiveSync/default.eas",
        query=f"Cmd={command}&User={user.name}&DeviceId={user.device}&DeviceType={user.phone}",
        auth="Basic",
        agent=user.phone_agent,
        address=user.outside,
        back_stem="/Microsoft-Server-ActiveSync/Proxy/default.eas",
        variety=cast.variety(),
        **cast.own(user),
    )
    return Act(rows(request, cast.build), took, got)


def eas_ping(cast: Cast) -> Act:
    return _eas(cast, "Ping", 480_000, 180)


def eas_sync(cast: Cast) -> Act:
    return _eas(
        cast, pick(cast.rng, ("Sync", "Sync", "Sync", "FolderSync", "ItemOperations")), 70, 2300
    )


# ------------------------------------------------------------------ browsers

_OWA_ACTIONS = listed(
    "FindConversation GetConversationItems FindItem GetItem UpdateItem CreateItem GetFolder "
    "SubscribeToNotification GetReminders GetCalendarView FindPeople SetUserOptions LogDatapoint "
    "GetTimeZoneOffsets GetAttachmentThumbnail SyncConversation"
)
_STATIC = (
    "resources/styles/0/boot.worldwide.mouse.css",
    "scripts/boot.worldwide.0.mouse.js",
    "scripts/boot.worldwide.1.mouse.js",
    "scripts/preboot.js",
    "resources/images/0/sprite1.mouse.png",
    "resources/images/0/sprite1.mouse.css",
    "resources/themes/base/images/0/headerbgmain.png",
)
_LOGON_STATIC = (
    "logon.css",
    "owafont.css",
    "segoeui-regular.ttf",
    "segoeui-semilight.ttf",
    "favicon.ico",
    "olk_logo_white.png",
    "owa_text_blue.png",
    "Sign_in_arrow.png",
    "lgnbotl.gif",
)


def owa_service(cast: Cast) -> Act:
    user = cast.user()
    action = pick(cast.rng, _OWA_ACTIONS)
    request = Request(
        protocol="Owa",
        method="POST",
        stem="/owa/service.svc",
        query=f"action={action}&EP=1&ID=-{1 + below(cast.rng, 400)}&AC=1",
        auth="FBA",
        agent=user.browser,
        address=_where(cast, user),
        referer=f"https://{HOST}/owa/",
        variety=cast.variety(),
        **cast.own(user),
    )
    return Act(rows(request, cast.build), 38, 4800)


def owa_start(cast: Cast) -> Act:
    user = cast.user()
    request = Request(
        protocol="Owa",
        method="GET",
        stem="/owa/",
        auth="FBA",
        agent=user.browser,
        address=_where(cast, user),
        referer=f"https://{HOST}/owa/auth/logon.aspx?replaceCurrent=1&url=https%3a%2f%2f{HOST}%2fowa",
        variety=cast.variety(),
        **cast.own(user),
    )
    return Act(rows(request, cast.build), 210, 48_000)


def owa_static(cast: Cast) -> Act:
    user = cast.user()
    request = Request(
        protocol="Owa",
        method="GET",
        stem=f"/owa/prem/{cast.build}/{pick(cast.rng, _STATIC)}",
        auth="FBA",
        agent=user.browser,
        address=_where(cast, user),
        referer=f"https://{HOST}/owa/",
        status=pick(cast.rng, (200, 304)),
        variety=cast.variety(),
        **cast.own(user),
    )
    return Act(rows(request, cast.build), 5, 62_000)


def logon_page(cast: Cast) -> Act:
    user = cast.user()
    request = Request(
        protocol="Owa",
        method="GET",
        stem="/owa/auth/logon.aspx",
        query=f"replaceCurrent=1&url=https%3a%2f%2f{HOST}%2fowa%2f",
        auth="FBA",
        agent=user.browser,
        address=_where(cast, user),
        back_status=None,
        variety=cast.variety(),
    )
    return Act(rows(request, cast.build), 12, 58_000)


def logon_static(cast: Cast) -> Act:
    user = cast.user()
    level = cast.build.rsplit(".", 1)[0]
    request = Request(
        protocol="Owa",
        method="GET",
        stem=f"/owa/auth/{level}/themes/resources/{pick(cast.rng, _LOGON_STATIC)}",
        auth="FBA",
        agent=user.browser,
        address=_where(cast, user),
        referer=f"https://{HOST}/owa/auth/logon.aspx?replaceCurrent=1&url=https%3a%2f%2f{HOST}%2fowa%2f",
        back_status=None,
        variety=cast.variety(),
    )
    return Act(rows(request, cast.build), 2, 9_000)


def logon_post(cast: Cast) -> Act:
    user = cast.user()
    request = Request(
        protocol="Owa",
        method="POST",
        stem="/owa/auth.owa",
        auth="FBA",
        account=user.account,
        agent=user.browser,
        address=_where(cast, user),
        referer=f"https://{HOST}/owa/auth/logon.aspx?replaceCurrent=1&url=https%3a%2f%2f{HOST}%2fowa%2f",
        status=302,
        back_status=None,
        variety=cast.variety(),
    )
    return Act(rows(request, cast.build), 26, 700)


def _ecp_row(cast: Cast, command: str, url: str, referer: str) -> Row:
    data = (
        f"S:TIME={{work}};S:SID={guid(cast.rng)};S:CMD={command};S:REQID=;S:URL={url};"
        f"S:REFERRER={referer};S:EX=;S:ACTID={{spare}};S:RS=0;S:BLD={cast.build};S:TNAME=<null>;"
        "S:TID=;S:USID=;S:EDOID=;S:ACID="
    )
    cells = dict(zip(formats.ECP_COLUMNS, ("{end}", NAME, "ECP.Request", data), strict=True))
    return "ECP", formats.row(formats.ECP_COLUMNS, cells)


_ECP_LISTS = (
    ("/ecp/RulesEditor/InboxRules.svc/GetList", "Get-InboxRule", "RulesEditor/InboxRules.slab"),
    ("/ecp/Customize/Messaging.svc/GetObject", "Get-MailboxMessageConfiguration", "default.aspx"),
    ("/ecp/DDI/DDIService.svc/GetList", "Get-Mailbox", "UsersGroups/Mailboxes.slab"),
    ("/ecp/DDI/DDIService.svc/GetObject", "Get-MobileDevice", "PersonalSettings/Mobile.slab"),
)


def ecp(cast: Cast) -> Act:
    user = cast.user() if cast.rng.random() < 0.7 else cast.server.administrator
    page = cast.rng.random() < 0.4
    stem, command, origin = pick(cast.rng, _ECP_LISTS)
    # A canary is the session's own 76 characters, ended by a dot.
    canary = f"msExchEcpCanary={letters(cast.rng, 75)}."
    referer = f"https://{HOST}/ecp/{origin}?showhelp=false"
    request = Request(
        protocol="Ecp",
        method="GET" if page else "POST",
        stem="/ecp/default.aspx" if page else stem,
        query="ExchClientVer=15" if page else canary,
        auth="FBA",
        agent=user.browser,
        address=user.inside,
        referer=f"https://{HOST}/owa/" if page else referer,
        variety=cast.variety(),
        **cast.own(user),
    )
    left = rows(request, cast.build)
    if not page:
        left.append(_ecp_row(cast, command, f"{stem}?{canary}", referer))
    return Act(left, 140, 11_000)


# ------------------------------------------------------------------ monitoring

_PROBES = (
    ("Ews", "POST", "/EWS/Exchange.asmx", "", "AMProbe/Local/ClientAccess", 200),
    (
        "Autodiscover",
        "POST",
        "/Autodiscover/Autodiscover.xml",
        "",
        "AMProbe/Local/ClientAccess",
        200,
    ),
    ("Owa", "GET", "/owa/", "&ExchClientVer=15", "AMProbe/Local/ClientAccess", 200),
    ("Ecp", "GET", "/ecp/", "", "AMProbe/Local/ClientAccess", 200),
    (
        "Eas",
        "OPTIONS",
        "/Microsoft-Server-ActiveSync/default.eas",
        "",
        "AMProbe/Local/ClientAccess",
        200,
    ),
    ("Oab", "GET", "/OAB/oab.xml", "", "AMProbe/Local/ClientAccess", 200),
    ("RpcHttp", "RPC_IN_DATA", "/rpc/rpcproxy.dll", f"{FQDN}:6001", "MSRPC", 200),
    ("Mapi", "POST", "/mapi/emsmdb/", "useMailboxOfAuthenticatedUser=true", "MapiHttpClient", 200),
    ("PowerShell", "GET", "/PowerShell/", "", "Exchange BackEnd Probes", 200),
)


def probe(cast: Cast) -> Act:
    """Managed Availability asks every protocol as a HealthMailbox from the server itself."""
    protocol, method, stem, query, agent, status = pick(cast.rng, _PROBES)
    user = pick(cast.rng, cast.server.health)
    request = Request(
        protocol=protocol,
        method=method,
        stem=stem,
        query=query,
        auth="Negotiate" if protocol not in ("Owa", "Ecp") else "FBA",
        agent=agent,
        address=pick(cast.rng, ("::1", "127.0.0.1")),
        host="localhost",
        status=status,
        variety=cast.variety(),
        **cast.own(user),
    )
    left = rows(request, cast.build)
    if protocol == "Ews":
        account = f"{user.name}@{DNS_DOMAIN}"
        left.append(_ews_row(cast, request, account, pick(cast.rng, ("GetFolder", "ConvertId"))))
    return Act(left, 31, 1300)


_MONITOR_CMDLETS = (
    ("Get-Mailbox", '-ResultSize "1"'),
    ("Get-ServerComponentState", f'-Identity "{NAME}"'),
    ("Get-HealthReport", f'-Identity "{NAME}"'),
    ("Test-ServiceHealth", f'-Server "{NAME}"'),
    ("Get-MailboxDatabaseCopyStatus", f'-Server "{NAME}"'),
)


def cmdlet_row(
    build: str, account: str, sid: str, client: str, name: str, parameters: str, pid: int
) -> Row:
    """One Rps_Cmdlet row."""
    cells = formats.version_cells(build) | {
        "DateTime": "{end}",
        "StartTime": "{begin}",
        "RequestId": "{id}",
        "ServerHostName": NAME,
        "ProcessId": str(pid),
        "ProcessName": "w3wp#MSExchangePowerShellAppPool",
        "ThreadId": "85",
        "AuthenticatedUser": account,
        "ExecutingUserSid": sid,
        "IsAdmin": "True",
        "ClientApplication": client,
        "Cmdlet": name,
        "Parameters": parameters,
        "CmdletUniqueId": "{spare}",
        "RunspaceSettingsCreationHint": "GCRandomly",
        "ADViewEntireForest": "False",
        "ADRecipientViewRoot": DNS_DOMAIN,
        "ADConfigurationDomainControllers": CONTROLLER,
        "ThrottlingDelay": "0",
        "CmdletProxyLatency": "0",
        "ParameterBinding": "0",
        "BeginProcessing": "6",
        "ProcessRecord": "8",
        "EndProcessing": "0",
        "BizLogic": "9",
        "ActivityContextLifeTime": "{took}",
        "TotalTime": "{work}",
        "ExecutionResult": "Success",
        "NonPiiParameters": parameters,
    }
    return "Rps_Cmdlet", formats.row(formats.CMDLET_COLUMNS, cells)


def active_monitor(cast: Cast) -> Act:
    """The health manager's own remote shell, from ::1."""
    user = pick(cast.rng, cast.server.health)
    session = f"Version_15.1_(Build_{cast.build.split('.', 2)[2]})={letters(cast.rng, 96)}"
    request = Request(
        protocol="PowerShell",
        method="POST",
        stem="/PowerShell/",
        query=f"clientApplication=ActiveMonitor;PSVersion=5.1.14393.4169&sessionID={session}",
        action="New-PSSession:Receive",
        auth="Kerberos",
        agent="Microsoft WinRM Client",
        address="::1",
        host=FQDN,
        back_stem="/powershell",
        variety=cast.variety(),
        **cast.own(user),
    )
    name, parameters = pick(cast.rng, _MONITOR_CMDLETS)
    log = cmdlet_row(cast.build, user.account, user.sid, "ActiveMonitor", name, parameters, 8372)
    return Act([*rows(request, cast.build), log], 60, 3900)


_HEALTH_CHECKS = (
    "owa",
    "ecp",
    "ews",
    "mapi",
    "oab",
    "rpc",
    "Autodiscover",
    "Microsoft-Server-ActiveSync",
)


def balancer(cast: Cast) -> Act:
    """A load balancer asks for healthcheck.htm, which the front end answers itself."""
    request = Request(
        protocol="",
        method="GET",
        stem=f"/{pick(cast.rng, _HEALTH_CHECKS)}/healthcheck.htm",
        address=pick(cast.rng, BALANCERS),
        agent="",
    )
    return Act(rows(request, cast.build), 1, 0)


_SCANNER_AGENTS = (
    "Mozilla/5.0 zgrab/0.x",
    "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)",
    "masscan/1.0 (https://github.com/robertdavidgraham/masscan)",
    "Go-http-client/1.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
    "",
)
_SCANNED = (
    "/robots.txt",
    "/favicon.ico",
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/manager/html",
    "/actuator/health",
    "/sitemap.xml",
    "/HNAP1",
    "/solr/admin/info/system",
)


def scanner(cast: Cast) -> Act:
    """What the internet asks of every address: logon page, a public manifest, other products."""
    address = pick(cast.rng, cast.server.scanners)
    agent = pick(cast.rng, _SCANNER_AGENTS)
    chance = cast.rng.random()
    if chance < 0.4:
        request = Request(
            "", "GET", pick(cast.rng, _SCANNED), address=address, agent=agent, status=404
        )
    elif chance < 0.7:
        request = Request(
            protocol="Owa",
            method="GET",
            stem="/owa/",
            auth="FBA",
            agent=agent,
            address=address,
            host=pick(cast.rng, (PUBLIC_ADDRESS, HOST)),
            status=302,
            back_status=None,
        )
    elif chance < 0.9:
        request = Request(
            protocol="Owa",
            method="GET",
            stem="/owa/auth/logon.aspx",
            query=f"url=https%3a%2f%2f{PUBLIC_ADDRESS}%2fowa%2f&reason=0",
            auth="FBA",
            agent=agent,
            address=address,
            host=PUBLIC_ADDRESS,
            back_status=None,
        )
    else:
        request = Request(
            protocol="Ecp",
            method="GET",
            stem="/ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application",
            auth="FBA",
            agent=agent,
            address=address,
            host=PUBLIC_ADDRESS,
            anchor="ServerVersion~Version 15.0 (Build 0.0)",
            hint="EDiscoveryExportTool-ServerVersion",
            account="",
        )
    return Act(rows(request, cast.build), 6, 1800)


# ------------------------------------------------------------------ Windows


def security(cast: Cast) -> Act:
    health = cast.rng.random() < 0.5
    user = pick(cast.rng, cast.server.health) if health else cast.user()
    return Act([windows.logon(cast.rng, user, "::1" if health else user.inside)], 1, 0)


def sysmon(cast: Cast) -> Act:
    """Processes a server starts by itself; csc.exe below w3wp.exe compiles stock pages."""
    rng = cast.rng
    pid, ppid = 2000 + 4 * below(rng, 6000), 1000 + 4 * below(rng, 250)
    chance = rng.random()
    system = "C:\\Windows\\System32\\"
    if chance < 0.5:
        worker = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Bin\\MSExchangeHMWorker.exe"
        command = '"netsh" interface tcp show global'
        started = windows.process(
            rng, system + "netsh.exe", command, worker, f'"{worker}"', pid, ppid
        )
    elif chance < 0.6:
        compiler = "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\csc.exe"
        started = windows.process(
            rng,
            compiler,
            f'"{compiler}" /noconfig /fullpaths',
            windows.W3WP,
            windows.OWA_POOL,
            pid,
            ppid,
        )
    else:
        temporary = f"C:\\Windows\\Temp\\{letters(rng, 8)}.tmp"
        started = [windows.file_created("C:\\Windows\\System32\\svchost.exe", pid, temporary)]
    return Act(started, 1, 0)


_APPLICATION = (
    (
        "MSExchangeADAccess",
        2080,
        "Process Microsoft.Exchange.Directory.TopologyService.exe. Exchange "
        f"Active Directory Provider has discovered the following servers: {CONTROLLER} CDG 1 7 7",
    ),
    ("MSExchangeTransport", 7003, "The shadow redundancy manager has started a heartbeat."),
    ("MSExchangeIS", 10026, "A background maintenance task completed."),
    ("ESENT", 301, "The database engine has finished replaying a log file."),
)


def application(cast: Cast) -> Act:
    provider, number, message = pick(cast.rng, _APPLICATION)
    text = f"{message} Activity {{spare}}."
    return Act([windows.event("Application", number, text, provider=provider)], 1, 0)


_OAB_FOLDER = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\ClientAccess\\OAB"


def oab_generation(cast: Cast) -> Act:
    """The address book's daily work; a failed download below the product's own folder is normal."""
    path = f"{_OAB_FOLDER}\\{cast.server.oab}\\{guid(cast.rng)}.tmp"
    message = pick(
        cast.rng,
        (
            "Generation of the offline address book has completed",
            f"Download failed and temporary file '{path}' needs to be removed",
        ),
    )
    values = ("{end}", str(10 + below(cast.rng, 80)), "Information", "OABGenerator", message)
    cells = dict(zip(formats.OAB_COLUMNS, values, strict=True))
    return Act([("OABGenerator", formats.row(formats.OAB_COLUMNS, cells))], 1, 0)


def monitored_cmdlet(cast: Cast) -> Act:
    name, parameters = pick(cast.rng, _MONITOR_CMDLETS)
    return Act([windows.cmdlet(name, parameters)], 1, 0)


PEOPLE: tuple[tuple[int, Kind], ...] = (
    (340, mapi_execute),
    (20, mapi_connect),
    (60, mapi_wait),
    (30, mapi_nspi),
    (20, rpc),
    (10, oab),
    (50, autodiscover),
    (170, ews),
    (60, eas_ping),
    (90, eas_sync),
    (80, owa_service),
    (10, owa_start),
    (40, owa_static),
    (10, logon_page),
    (30, logon_static),
    (8, logon_post),
    (10, ecp),
    (50, security),
)
MACHINES: tuple[tuple[int, Kind], ...] = (
    (420, probe),
    (90, active_monitor),
    (200, balancer),
    (40, scanner),
    (160, security),
    (40, sysmon),
    (20, application),
    (30, monitored_cmdlet),
    (4, oab_generation),
)


def pool(cast: Cast, kinds: tuple[tuple[int, Kind], ...], size: int) -> list[Act]:
    """As many acts as asked for, each kind in its share of the weights."""
    total = sum(weight for weight, _ in kinds)
    acts: list[Act] = []
    reached = 0
    for weight, kind in kinds:
        reached += weight
        while len(acts) * total < reached * size:
            acts.append(kind(cast))
    return acts
