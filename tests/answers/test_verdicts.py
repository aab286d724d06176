"""Verdicts over small pieces of evidence: grade, doors, addresses and words, case by case.

Each case is made up after published facts of the 2021 incidents and of ordinary servers, with
addresses and names of the documentation ranges. Mark-up is inert.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

import msgspec
import pytest

from afterpatch.assess import _dossier, exit_code, load_rules, servers
from afterpatch.guard import Beat
from afterpatch.hunt import Examiner, compile_program, one_file
from afterpatch.model import Assessment, Evidence, Locator
from afterpatch.outputs.format import Dossier

V15 = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\"
PROXY = V15 + "Logging\\HttpProxy\\Ecp\\HttpProxy_2021030306-1.LOG"
ECP = V15 + "Logging\\ECP\\Server\\ECPServer20210303-1.LOG"
IIS = "C:\\inetpub\\logs\\LogFiles\\W3SVC1\\u_ex210303.log"
BACK = "C:\\inetpub\\logs\\LogFiles\\W3SVC2\\u_ex210303.log"
OWA = V15 + "FrontEnd\\HttpProxy\\owa\\auth\\"
TRACES = "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\Temporary ASP.NET Files\\"
INTRUDER, SECOND, USER, PROBE = "203.0.113.9", "203.0.113.77", "198.51.100.23", "203.0.113.200"
MARKUP = "<marker language=inert>none</marker>"


class MemoryReader:
    """A file of bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int, /) -> bytes:
        data, self._data = self._data[:size], self._data[size:]
        return data


@cache
def examiner() -> Examiner:
    return Examiner(compile_program(load_rules()))


def assessed(files: Mapping[str, str | bytes]) -> Dossier:
    """The dossier of one server, whose files are given by their Windows path."""
    reports = []
    for path, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        evidence = Evidence("case", "", path, Locator("case", path), len(data))
        file = one_file.FilePass(examiner(), evidence, MemoryReader(data), Beat([0] * 5), 1.0)
        file.examine(hash_only=False)
        reports.append(file.report())
    ((name, of_server),) = servers(reports)
    return _dossier(name, of_server, [], load_rules(), examiner().program)


# ---------------------------------------------------------------- builders

_COLUMNS = (
    "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ClientRequestId,"
    "Protocol,UrlHost,UrlStem,ProtocolAction,AuthenticationType,IsAuthenticated,AuthenticatedUser,"
    "Organization,AnchorMailbox,UserAgent,ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,"
    "ErrorCode,Method,ProxyAction,TargetServer,TargetServerVersion,RoutingType,RoutingHint,"
    "BackEndCookie"
)


def proxy(*rows: dict[str, str], version: str = "15.01.2106.002", columns: str = _COLUMNS) -> str:
    names = columns.split(",")
    lines = [
        ",".join(names),
        "#Software: Microsoft Exchange Server",
        f"#Version: {version}",
        "#Log-type: HttpProxy Logs",
        "#Date: 2021-03-03T06:00:00.000Z",
        "#Fields: " + ",".join(names),
    ]
    lines += [",".join(row.get(name, "") for name in names) for row in rows]
    return "\r\n".join(lines) + "\r\n"


def row(anchor: str, status: str = "200", back: str | None = None, **more: str) -> dict[str, str]:
    return {
        "DateTime": "2021-03-03T06:21:10.100Z",
        "RequestId": "5ce5b893-b41a-5e8c-9dd0-577c6b59d348",
        "Protocol": "Ecp",
        "UrlHost": "192.0.2.10",
        "UrlStem": "/ecp/y.js",
        "IsAuthenticated": "false",
        "AnchorMailbox": anchor,
        "UserAgent": "python-requests/2.25.1",
        "ClientIpAddress": INTRUDER,
        "ServerHostName": "MAIL01",
        "HttpStatus": status,
        "BackEndStatus": status if back is None else back,
        "Method": "POST",
        **more,
    }


def ecp(*commands: str, server: str = "MAIL01") -> str:
    head = (
        "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n#Log-type: ECP Server Log\r\n"
        "#Date: 2021-03-03T00:00:00.000Z\r\n#Fields: TimeStamp,ServerName,EventId,EventData\r\n"
    )
    return head + "".join(
        f"2021-03-03T06:21:{30 + n}.000Z,{server},ECP.Request,{command}\r\n"
        for n, command in enumerate(commands)
    )


def item(command: str, url: str = "/ecp/DDI/DDIService.svc/SetObject", error: str = "") -> str:
    return f"S:TIME=13;S:SID=9;S:CMD={command};S:REQID=;S:URL={url};S:REFERRER=;S:EX={error};S:RS=0"


def iis(*rows: str, header: str = "") -> str:
    names = header or (
        "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
        "cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
    )
    head = f"#Software: Microsoft Internet Information Services 10.0\r\n#Fields: {names}\r\n"
    return head + "".join(f"2021-03-03 {r}\r\n" for r in rows)


def hit(
    what: str, status: int, who: str = INTRUDER, at: str = "07:10:00", agent: str = "Mozilla/5.0",
    user: str = "-", port: int = 443,
) -> str:  # fmt: skip
    method, _, uri = what.partition(" ")
    stem, _, query = uri.partition("?")
    query = query or "-"
    return f"{at} 192.0.2.10 {method} {stem} {query} {port} {user} {who} {agent} - {status} 0 0 31"


def dump(url: str = f"http://f/{MARKUP}") -> str:
    return "\r\n".join(
        f"{name:31} : {value}"
        for name, value in (
            ("Name", "OAB (Default Web Site)"),
            ("PollInterval", "480"),
            ("RequireSSL", "True"),
            ("MetabasePath", "IIS://MAIL01.corp.example.org/W3SVC/1/ROOT/OAB"),
            ("ExtendedProtectionTokenChecking", "None"),
            ("AdminDisplayVersion", "Version 15.1 (Build 2106.2)"),
            ("Server", "MAIL01"),
            ("InternalUrl", "https://mail01.corp.example.org/OAB"),
            ("InternalAuthenticationMethods", "WindowsIntegrated"),
            ("ExternalUrl", url),
            ("WhenChangedUTC", "3/3/2021 6:21:33 AM"),
            ("WhenCreatedUTC", "1/22/2019 6:21:33 AM"),
        )
    )


def lines(*events: dict[str, object]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def child(
    image: str, pool: str | None = "MSExchangeOWAAppPool", parent: str = ""
) -> dict[str, object]:
    event: dict[str, object] = {
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "SourceName": "Microsoft-Windows-Sysmon",
        "Hostname": "MAIL01.corp.example.org",
        "TimeCreated": "2021-03-03T08:00:00.000Z",
        "EventID": 1,
        "Image": image,
        "CommandLine": f"{image} /x",
        "ParentImage": parent or "C:\\Windows\\System32\\inetsrv\\w3wp.exe",
    }
    if pool:
        event["ParentCommandLine"] = f'w3wp.exe -ap "{pool}" -v "v4.0"'
    return event


def written(
    target: str, image: str = "C:\\Windows\\System32\\inetsrv\\w3wp.exe"
) -> dict[str, object]:
    return {
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "SourceName": "Microsoft-Windows-Sysmon",
        "Hostname": "MAIL01.corp.example.org",
        "TimeCreated": "2021-03-03T06:22:00.000Z",
        "EventID": 11,
        "Image": image,
        "TargetFilename": target,
    }


# The whole cell in double quotes, the item in single ones, either doubled inside.
QUOTED = (
    "\"S:TIME=4;'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://g/<marker language="
    "\"\"inert\"\">none</marker>''.Identity=''8''';S:REQID=;S:URL=/ecp/x;S:EX=;S:RS=0\""
)
SET = f'-ExternalUrl "http://f/{MARKUP}" -Identity "MAIL01\\OAB (Default Web Site)"'
CHOPPER = '<%@ Page Language="Jscript"%><% ' + "ev" + "al(Req" + 'uest.Item["inert"],"none");%>'
CANARY = "msExchEcpCanary=AbCdEfGhIj."
LATEST = "15.02.1544.009"

# ---------------------------------------------------------------- cases
# ruff: noqa: E501 one case, one line or few


class Case(msgspec.Struct):
    """What the evidence is and what must be said of it.

    `named`: all addresses held against somebody; `intruders`: those of class intruder.
    """

    name: str
    files: dict[str, str | bytes]
    grade: str
    code: int
    outcome: str | None = None  # of the chain ProxyLogon
    cves: tuple[str, ...] | None = None
    shells: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    intruders: tuple[str, ...] = ()
    says: str = ""


P1, P2 = "CVE-2021-26855", "CVE-2021-27065"
A = "ServerInfo~"
FQDN = "mail01.corp.example.org"


def anchored(name: str, anchor: str, status: str = "200", back: str | None = None, *, outcome: str,
             grade: str = "attempted", code: int = 10, hand: bool = False, version: str = "15.01.2106.002",
             **more: str) -> Case:  # fmt: skip
    address = more.get("ClientIpAddress", INTRUDER)
    return Case(
        name, {PROXY: proxy(row(A + anchor, status, back, **more), version=version)}, grade, code,
        outcome, (P1,), (), (address,) if address else (), (address,) if hand and address else (),
    )  # fmt: skip


CASES = (
    # HttpProxy alone
    anchored("autodiscover-answered", f"a]@{FQDN}:444/autodiscover/autodiscover.xml?#", outcome="reached"),
    anchored("autodiscover-fixed-build", f"a]@{FQDN}:444/autodiscover/autodiscover.xml?#", outcome="probed",
             version="15.01.2106.013"),
    anchored("mapi", f"a]@{FQDN}:444/mapi/emsmdb/?#", outcome="reached", hand=True),
    anchored("logon-step-241", "Admin@MAIL01:444/ecp/proxyLogon.ecp?a=", "241", outcome="reached", hand=True),
    anchored("logon-step-upper-443", "Admin@MAIL01:443/ECP/proxyLogon.ecp?a=", "241", outcome="reached", hand=True),
    anchored("get-object-canary", f"Admin@{FQDN}:444/ecp/DDI/DDIService.svc/GetObject?{CANARY}&schema=OABVirtualDirectory&a=",
             outcome="exploited", grade="exploited", code=20, hand=True),
    anchored("set-object-canary-no-host-name",
             f"Admin@MAIL01:444/ecp/DDI/DDIService.svc/SetObject?schema=OABVirtualDirectory&{CANARY}&a=",
             outcome="exploited", grade="exploited", code=20, hand=True, ServerHostName="", UrlHost=""),
    anchored("ews", f"a]@{FQDN}:444/EWS/Exchange.asmx?a=", outcome="reached", hand=True, UrlStem="/owa/auth/x.js",
             Protocol="Owa"),
    anchored("ews-refused", f"a]@{FQDN}:444/EWS/Exchange.asmx?a=", "401", outcome="attempted"),
    anchored("localhost-version", "localhost~1942062522/ecp/default.flt?", "500", "", outcome="probed"),
    anchored("localhost-version-autodiscover", "localhost~1942062522/autodiscover/autodiscover.xml?", "500", "",
             outcome="probed"),
    anchored("nmap", "localhost/owa/auth/logon.aspx?", "500", "503", outcome="probed",
             UserAgent="Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)"),
    anchored("burp", "a]@x1y2.burpcollaborator.net:443/autodiscover/autodiscover.xml?#", "200", "200", outcome="probed"),
    anchored("interactsh", "x1y2.interact.sh/ecp/default.flt?", "500", "", outcome="probed"),
    anchored("interactsh-new", "x1y2.oast.fun/ecp/default.flt?", "200", "200", outcome="probed"),
    anchored("encoded", f"a%5D@{FQDN}:444%2Fmapi%2Femsmdb/?%23", "200", "200", outcome="reached", hand=True),
    anchored("other-member-of-the-group", "Admin@mail02.corp.example.org:444/mapi/emsmdb/?#", outcome="reached", hand=True),
    anchored("no-status-no-address", f"a]@{FQDN}:444/autodiscover/autodiscover.xml?#", "", outcome="probed",
             ClientIpAddress="", ServerHostName="", UrlHost="", UserAgent=""),
    Case("anchor-few-columns", {PROXY: proxy(
        {"DateTime": "2021-03-03T06:21:10.100Z", "AnchorMailbox": f"{A}Admin@MAIL01:444/ecp/proxyLogon.ecp?#"},
        columns="DateTime,AnchorMailbox")}, "attempted", 10, "attempted", (P1,)),
    Case("reset-answered", {PROXY: proxy(row(
        f"{A}Admin@MAIL01:444/ecp/DDI/DDIService.svc/SetObject?{CANARY}&schema=ResetOABVirtualDirectory#"))},
        "exploited", 20, "exploited", (P1, P2), (), (INTRUDER,), (INTRUDER,)),
    Case("ordinary-anchors", {PROXY: proxy(
        row(f"{A}server01~1941997017", AuthenticatedUser="EXAMPLE\\admin", ClientIpAddress=USER),
        row("Sid~S-1-5-21-1-2-3-1105", AuthenticatedUser="EXAMPLE\\anna", ClientIpAddress=USER),
        row("", "302", "", UrlStem="/owa/", ClientIpAddress=USER), version=LATEST)}, "no evidence", 40),
    # ECP alone
    Case("set-plain", {ECP: ecp(item(f"Set-OabVirtualDirectory.ExternalUrl='http://f/{MARKUP}'.Identity='8'"))},
         "exploited", 20, "exploited", (P2,)),
    Case("set-quoted", {ECP: ecp(QUOTED)}, "exploited", 20, "exploited", (P2,)),
    Case("set-unquoted-commas", {ECP: ecp(item(f"Set-OabVirtualDirectory.ExternalUrl='http://g/{MARKUP}a,\"b\"'"))},
         "exploited", 20, "exploited", (P2,)),
    Case("set-escaped", {ECP: ecp(item("Set-OabVirtualDirectory.ExternalUrl='http://g/&lt;marker&gt;'"))},
         "exploited", 20, "exploited", (P2,)),
    Case("set-code-words", {ECP: ecp(item("Set-OabVirtualDirectory.ExternalUrl='http://ooo/#[removed] function Page_Load(){[removed]}'"))},
         "exploited", 20, "exploited", (P2,)),
    Case("set-failed", {ECP: ecp(item(f"Set-OabVirtualDirectory.ExternalUrl='http://f/{MARKUP}'", error="Microsoft.Exchange.X"))},
         "attempted", 10, "attempted", (P2,)),
    Case("admin-edits", {ECP: ecp(
        item("Set-OabVirtualDirectory.ExternalUrl='https://mail.example.org/OAB'.Identity='8'"),
        item("New-OabVirtualDirectory.WebSiteName='Default Web Site'"), item("Remove-OabVirtualDirectory.Identity='8'"),
        item("Set-EcpVirtualDirectory.InternalUrl='https://mail.example.org/ecp?a=1&b=2'"))}, "no evidence", 40),
    Case("ecp-activity", {V15 + "Logging\\ECP\\Activity\\ECPActivity_9_20210303-1.LOG": (
        "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n#Log-type: ECP Activity Context Log\r\n"
        "#Fields: TimeStamp,ServerName,EventId,EventData\r\n"
        "2021-03-03T06:00:00.000Z,MAIL01,Request,S:PSA=<PII>admin</PII>;S:URL=/ecp/default.aspx;S:Bld=15.2.1544.9;Dbl:T=1\r\n")},
        "no evidence", 40),
    # Exchange's cmdlet events in the forms of several exporters
    Case("cmdlet-nxlog", {"C:\\x\\nx.json": lines({
        "EventTime": "2021-03-03 06:21:33", "Hostname": "MAIL01.corp.example.org", "EventID": 1,
        "SourceName": "MSExchange CmdletLogs", "Channel": "MSExchange Management",
        "Message": f"Cmdlet suceeded. Cmdlet Set-OabVirtualDirectory, parameters {SET}."})},
        "exploited", 20, "exploited", (P2,)),
    Case("cmdlet-winlogbeat", {"C:\\x\\wlb.json": lines({
        "@timestamp": "2021-03-03T06:21:33.000Z", "host": {"name": "MAIL01"}, "winlog": {
            "channel": "MSExchange Management", "provider_name": "MSExchange CmdletLogs", "event_id": 1,
            "computer_name": "MAIL01.corp.example.org", "event_data": {"param1": "Set-OabVirtualDirectory", "param2": SET,
            "param3": "corp.example.org/Users/Administrator"}},
        "message": f"Cmdlet suceeded. Cmdlet Set-OabVirtualDirectory, parameters {SET}."})},
        "exploited", 20, "exploited", (P2,)),
    Case("cmdlet-winlogbeat-no-message", {"C:\\x\\wlb.json": lines({
        "@timestamp": "2021-03-03T06:21:33.000Z", "host": {"name": "MAIL01"}, "winlog": {
            "channel": "MSExchange Management", "provider_name": "MSExchange CmdletLogs", "event_id": 1,
            "computer_name": "MAIL01.corp.example.org", "event_data": {"param1": "Set-OabVirtualDirectory", "param2": SET,
            "param3": "corp.example.org/Users/Administrator"}}})},
        "exploited", 20, "exploited", (P2,)),
    Case("cmdlet-evtx-dump", {"C:\\x\\dump.json": lines({"Event": {
        "System": {"Provider": {"#attributes": {"Name": "MSExchange CmdletLogs"}}, "EventID": {"#text": 1, "#attributes": {"Qualifiers": 16384}},
                   "TimeCreated": {"#attributes": {"SystemTime": "2021-03-03T06:21:33.000000Z"}}, "Channel": "MSExchange Management",
                   "Computer": "MAIL01.corp.example.org", "EventRecordID": 9, "Level": 4},
        "EventData": {"Data": {"#text": ["Set-OabVirtualDirectory", SET, "corp.example.org/Users/Administrator"]}, "Binary": None}}})},
        "exploited", 20, "exploited", (P2,)),
    Case("cmdlet-get-winevent", {"C:\\x\\gwe.json": json.dumps([{
        "Message": f"Cmdlet suceeded. Cmdlet Set-OabVirtualDirectory, parameters {SET}.", "Id": 1, "ProviderName": "MSExchange CmdletLogs",
        "LogName": "MSExchange Management", "MachineName": "MAIL01.corp.example.org", "RecordId": 4,
        "TimeCreated": "/Date(1614752493000)/", "Level": 4}], indent=1)},
        "exploited", 20, "exploited", (P2,)),
    Case("cmdlet-admin", {"C:\\x\\gwe.json": lines({
        "Message": "Set-OabVirtualDirectory\n-Identity 'MAIL01\\OAB (Default Web Site)' -ExternalUrl 'https://mail.example.org/OAB'\ncorp.example.org/Users/Admin\nS-1-5-21-1-2-3-500",
        "Id": 1, "ProviderName": "MSExchange CmdletLogs", "LogName": "MSExchange Management", "MachineName": "MAIL01.corp.example.org",
        "RecordId": 4, "TimeCreated": "2021-03-03T06:21:33.000Z"})}, "no evidence", 40),
    # IIS alone
    Case("iis-static-post", {IIS: iis(hit("POST /ecp/y.js", 200), hit("POST /owa/auth/Current/themes/resources/logon.css", 302))},
         "attempted", 10, "attempted", (P1,), (), (INTRUDER,)),
    Case("iis-shell-two-addresses", {IIS: iis(hit("POST /owa/auth/8Lw7tAhF.aspx", 200), hit("POST /owa/auth/8Lw7tAhF.aspx", 200, SECOND, "09:00:00"),
                                              hit("GET /owa/auth/logon.aspx?replaceCurrent=1", 200, USER))},
         "used", 30, None, None, ("/owa/auth/8Lw7tAhF.aspx",), (INTRUDER, SECOND), (INTRUDER, SECOND)),
    Case("iis-shell-aspnet-client", {IIS: iis(hit("POST /aspnet_client/system_web/x1.aspx", 200), hit("POST /aspnet_client/system_web/x1.aspx", 200, at="09:00:00"))},
         "used", 30, None, None, ("/aspnet_client/system_web/x1.aspx",), (INTRUDER,), (INTRUDER,)),
    Case("iis-shell-one-post", {IIS: iis(hit("POST /owa/auth/8Lw7tAhF.aspx", 200))}, "attempted", 10, None, None, (), (INTRUDER,),
         says="answered"),
    Case("iis-shell-by-query", {IIS: iis(hit("GET /owa/auth/8Lw7tAhF.aspx?a=none", 200), hit("GET /owa/auth/8Lw7tAhF.aspx?a=none", 200, at="08:00:00"))},
         "used", 30, None, None, ("/owa/auth/8Lw7tAhF.aspx",), (INTRUDER,), (INTRUDER,)),
    Case("iis-pages-of-other-versions", {IIS: iis(hit("GET /owa/attachment.ashx?id=1", 200, USER), hit("GET /ecp/NewPage.aspx", 200, USER))},
         "no evidence", 40),
    Case("iis-names-asked", {IIS: iis(*(hit(f"GET /aspnet_client/{n}.aspx", s, PROBE) for n, s in
        (("discover", 404), ("shell", 404), ("supp0rt", 302), ("load", 404))), hit("GET /owa/auth/babydraco.aspx", 302, PROBE))},
         "attempted", 10, None, None, (), (PROBE,), says="nothing shows that it worked"),
    Case("iis-yes-sayer", {IIS: iis(*(hit(f"{m} /owa/auth/{n}.aspx", 200, w) for m in ("GET", "POST") for w in (PROBE, SECOND) for n in
        ("discover", "shell", "supp0rt", "load", "babydraco", "8Lw7tAhF", "errorEE", "outlooken", "help", "web")))},
         "attempted", 10, None, None, (), (PROBE, SECOND)),
    Case("iis-other-applications", {IIS: iis(
        hit("GET /certsrv/certfnsh.asp", 200, USER, user="EXAMPLE\\anna"), hit("POST /certsrv/certfnsh.asp", 200, USER, user="EXAMPLE\\anna"),
        hit("POST /SelfService/Login.aspx", 200, USER), hit("POST /SelfService/Login.aspx", 200, USER), hit("POST /adfs/ls/x.aspx", 200, USER),
        hit("POST /intranet/client.aspx", 200, USER, user="EXAMPLE\\anna"), hit("GET /Reports/Pages/Folder.aspx", 200, USER),
        hit("POST /WSUS/ClientWebService/client.asmx", 200, USER), hit("POST /ReportServer/ReportService2010.asmx", 200, USER))},
         "no evidence", 40),
    Case("iis-2010-and-2013", {IIS: iis(
        hit("GET /owa/14.3.123.3/scripts/premium/uglobal.js", 200, USER), hit("GET /owa/14.3.123.3/themes/base/lgnbotl.gif", 200, USER),
        hit("GET /owa/forms/premium/StartPage.aspx", 200, USER, user="EXAMPLE\\anna"), hit("POST /owa/auth/owaauth.dll", 302, USER), hit("POST /owa/ev.owa?oeh=1&ns=x", 200, USER),
        hit("GET /ecp/15.0.847.32/scripts/common.js", 200, USER), hit("GET /owa/auth/logon.aspx?replaceCurrent=1&url=x", 200, USER),
        hit("GET /ecp/Reporting/MailboxSearch.aspx", 200, USER, user="EXAMPLE\\anna"), hit("POST /ecp/PersonalSettings/HomePage.aspx", 200, USER, user="EXAMPLE\\anna"),
        hit("GET /owa/calendar/abc@example.org/123/calendar.html", 200, USER), hit("POST /owa/auth.owa", 302, USER), hit("GET /owa/languageselection.aspx", 200, USER),
        hit("POST /owa/ping.owa", 200, USER), hit("POST /owa/service.svc?action=FindItem", 200, USER, user="EXAMPLE\\anna"),
        hit("POST /owa/plt1.ashx", 200, USER, user="EXAMPLE\\anna"), hit("POST /owa/plt1.ashx", 200, USER), hit("GET /owa/ev.owa2?ns=PendingRequest", 200, USER, user="EXAMPLE\\anna"),
        hit("POST /ecp/DDI/DDIService.svc/GetList?schema=x", 200, USER, user="EXAMPLE\\anna"), hit("GET /OAB/4a2b/oab.xml", 200, USER, user="EXAMPLE\\anna"),
        hit("POST /Microsoft-Server-ActiveSync/default.eas?User=anna&DeviceId=1", 200, USER, user="EXAMPLE\\anna"), hit("POST /EWS/Exchange.asmx", 200, USER),
        hit("GET /owa/WebResource.axd?d=1", 200, USER), hit("GET /ecp/WebResource.axd?d=1", 200, USER), hit("GET /ecp/RulesEditor/InboxRules.slab", 200, USER),
        hit("POST /ecp/RulesEditor/InboxRules.svc/GetList", 200, USER, user="EXAMPLE\\anna"), hit("GET /owa/anna@example.org/logon.aspx", 302, USER))},
         "no evidence", 40),
    Case("iis-back-end", {BACK: iis(
        hit("POST /ecp/proxyLogon.ecp", 241, "192.0.2.10", user="EXAMPLE\\MAIL01$", port=444),
        hit("POST /ecp/DDI/DDIService.svc/SetObject?schema=ResetOABVirtualDirectory", 200, "192.0.2.10", user="EXAMPLE\\MAIL01$", port=444))},
         "attempted", 10, "reached", (P1,)),
    Case("load-balancer-names-the-client", {IIS: iis(
        *(f"{hit('POST /owa/auth/8Lw7tAhF.aspx', 200, '10.0.0.5')} 198.51.100.99,+{INTRUDER}:50111" for _ in range(2)),
        header="date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus "
               "sc-win32-status time-taken X-Forwarded-For")},
        "used", 30, None, None, ("/owa/auth/8Lw7tAhF.aspx",), (INTRUDER,), (INTRUDER,)),
    Case("client-names-another", {IIS: iis(
        *(f"{hit('POST /owa/auth/8Lw7tAhF.aspx', 200)} {USER}" for _ in range(2)),
        header="date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus "
               "sc-win32-status time-taken X-Forwarded-For")},
        "used", 30, None, None, ("/owa/auth/8Lw7tAhF.aspx",), (INTRUDER,), (INTRUDER,)),
    # Web files alone
    Case("dump-utf8", {OWA + "zx81.aspx": dump()}, "backdoored", 30, "exploited", (P1, P2), (OWA + "zx81.aspx",)),
    Case("dump-utf16", {"C:\\inetpub\\wwwroot\\aspnet_client\\zx81.aspx": b"\xff\xfe" + dump().encode("utf-16-le")},
         "backdoored", 30, "exploited", (P1, P2), ("C:\\inetpub\\wwwroot\\aspnet_client\\zx81.aspx",)),
    Case("dump-utf16-no-mark", {OWA + "zx81.aspx": dump().encode("utf-16-le")},
         "backdoored", 30, "exploited", (P1, P2), (OWA + "zx81.aspx",)),
    Case("dump-of-an-admin", {"C:\\Temp\\oab.txt": dump("https://mail.example.org/OAB")}, "not assessed", 40),
    Case("chopper", {OWA + "errorEE.aspx": CHOPPER}, "backdoored", 30, None, None, (OWA + "errorEE.aspx",)),
    Case("admins-own-page", {"C:\\inetpub\\wwwroot\\intranet\\holiday.aspx": '<%@ Page Language="C#" %><% Response.Write(Request["a"]); %>',
                             "C:\\inetpub\\wwwroot\\iisstart.htm": "<html></html>"}, "not assessed", 40),
    Case("stock-of-other-versions", {
        V15 + "ClientAccess\\Owa\\prem\\15.2.1544.9\\newpage.aspx": '<%@ Page Language="C#" Inherits="X" %>',
        V15 + "ClientAccess\\ecp\\Reporting\\NewReport.aspx": '<%@ Page Language="C#" %><% if (Request["x"] != null) { var p = new StreamWriter("a"); } %>',
        V15 + "FrontEnd\\HttpProxy\\owa\\auth\\logon.aspx": '<%@ Page Language="C#" %>',
        V15 + "FrontEnd\\HttpProxy\\ecp\\auth\\TimeoutLogout.aspx": '<%@ Page Language="C#" %>',
        V15 + "FrontEnd\\HttpProxy\\owa\\auth\\Current\\themes\\resources\\x.htm": "<html></html>",
        V15 + "FrontEnd\\HttpProxy\\sync\\global.asax": '<%@ Application Inherits="X" %>',
        "C:\\inetpub\\wwwroot\\iisstart.htm": "<html></html>"}, "not assessed", 40),
    Case("compiled-alone", {TRACES + "owa\\8e05b027\\e164d61b\\zx81.aspx.f5dba9b9.compiled":
        '<?xml version="1.0" encoding="utf-8"?>\n<preserve resultType="3" virtualPath="/owa/auth/zx81.aspx" hash="1" type="ASP.zx81_aspx"></preserve>'},
        "backdoored", 30, None, None, ("/owa/auth/zx81.aspx",)),
    Case("compiled-stock", {TRACES + "root\\8e05b027\\e164d61b\\holiday.aspx.f5dba9b9.compiled":
        '<?xml version="1.0" encoding="utf-8"?>\n<preserve resultType="3" virtualPath="/intranet/holiday.aspx" hash="1" type="ASP.x"></preserve>',
        TRACES + "owa\\8e05b027\\e164d61b\\logon.aspx.f5dba9b9.compiled":
        '<?xml version="1.0" encoding="utf-8"?>\n<preserve resultType="3" virtualPath="/owa/auth/logon.aspx" hash="1" type="ASP.x"></preserve>'},
        "not assessed", 40),
    Case("page-without-its-folder", {"C:\\evidence\\error.aspx": CHOPPER}, "backdoored", 30, None, None, ("C:\\evidence\\error.aspx",)),
    Case("stock-page-with-a-line-added", {OWA + "logon.aspx": CHOPPER}, "backdoored", 30, None, None, (OWA + "logon.aspx",)),
    # Windows events alone
    Case("child-of-exchange", {"C:\\x\\s.json": lines(child("C:\\Windows\\System32\\cmd.exe"))}, "used", 30),
    Case("child-of-default-pool", {"C:\\x\\s.json": lines(child("C:\\Windows\\System32\\cmd.exe", "DefaultAppPool"))}, "used", 30),
    Case("child-of-other-pools", {"C:\\x\\s.json": lines(
        child("C:\\Windows\\System32\\cmd.exe", "SharePoint - 80"), child("C:\\Windows\\System32\\cmd.exe", "Monitoring"))},
        "not assessed", 40),
    Case("ordinary-children", {"C:\\x\\s.json": lines(
        child("C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\csc.exe"), child("C:\\Windows\\System32\\WerFault.exe"),
        child("C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\cvtres.exe", parent="C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\csc.exe"),
        child("C:\\Windows\\System32\\conhost.exe", parent="C:\\Windows\\System32\\cmd.exe"))}, "not assessed", 40),
    Case("child-of-um", {"C:\\x\\s.json": lines(child("C:\\Windows\\System32\\cmd.exe", None, V15 + "Bin\\UMWorkerProcess.exe"))},
         "exploited", 20, "exploited", ("CVE-2021-26857",)),
    Case("shell-written", {"C:\\x\\s.json": lines(written(OWA + "zx81.aspx"))}, "backdoored", 30, None, None, (OWA + "zx81.aspx",)),
    Case("files-written-by-set-up", {"C:\\x\\s.json": lines(
        written(OWA + "logon.aspx", "C:\\Windows\\System32\\msiexec.exe"), written(V15 + "ClientAccess\\ecp\\NewPage.aspx", "C:\\ExchangeSetup\\ExSetup.exe"),
        written("C:\\inetpub\\wwwroot\\intranet\\holiday.aspx", "C:\\Windows\\explorer.exe"))}, "not assessed", 40),
    Case("directory-service", {"C:\\x\\sec.json": lines({
        "EventID": 5136, "Channel": "Security", "SourceName": "Microsoft-Windows-Security-Auditing", "Hostname": "DC01",
        "TimeCreated": "2021-03-01T06:21:35.966Z", "ObjectClass": "msExchOABVirtualDirectory", "ObjectDN": "CN=OAB",
        "AttributeLDAPDisplayName": "msExchExternalHostName", "AttributeValue": f"http://f/{MARKUP}"})},
        "exploited", 20, "exploited", (P2,)),
    Case("voice-mail-cast", {"C:\\x\\app.json": lines({
        "EventID": 1079, "Level": 2, "Channel": "Application", "SourceName": "MSExchange Unified Messaging", "Hostname": "MAIL01",
        "TimeCreated": "2021-03-01T06:21:35.966Z", "Message": "failed: System.InvalidCastException: Unable to cast"})},
        "attempted", 10, "attempted", ("CVE-2021-26857",)),
    Case("address-book-elsewhere", {V15 + "Logging\\OABGeneratorLog\\OABGenerator20210301-1.LOG": (
        "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n#Log-type: OAB Generator Log\r\n#Fields: Timestamp,Event,Message\r\n"
        "2021-03-01T06:30:00.000Z,1,Download failed and temporary file '\\\\127.0.0.1\\c$\\inetpub\\wwwroot\\aspnet_client\\x.tmp' needs to be removed\r\n"
        "2021-03-01T06:31:00.000Z,1,Download failed and temporary file 'E:\\Exchange\\ClientAccess\\OAB\\4a2b\\x.lzx' needs to be removed\r\n")},
        "attempted", 10, "attempted", ("CVE-2021-26858",)),
    Case("address-book-elsewhere-and-its-page", {
        V15 + "Logging\\OABGeneratorLog\\OABGenerator20210301-1.LOG": (
            "#Software: Microsoft Exchange Server\r\n#Version: 15.0.0.0\r\n#Log-type: OAB Generator Log\r\n#Fields: Timestamp,Event,Message\r\n"
            "2021-03-01T06:30:00.000Z,1,Download failed and temporary file '\\\\127.0.0.1\\c$\\inetpub\\wwwroot\\aspnet_client\\x.aspx' needs to be removed\r\n"),
        "C:\\inetpub\\wwwroot\\aspnet_client\\x.aspx": '<%@ Page Language="C#" %><p runat="server">inert</p>'},
        "backdoored", 30, "exploited", ("CVE-2021-26858",), ("C:\\inetpub\\wwwroot\\aspnet_client\\x.aspx",)),
    # Several logs together
    Case("names-that-were-changed", {PROXY: proxy(row(f"{A}Admin@MAIL01:444/ecp/proxyLogon.ecp?a=", "241")),
        ECP: ecp(item(f"Set-OabVirtualDirectory.ExternalUrl='http://f/{MARKUP}'.Identity='8'"), server="EXCHANGE")},
        "exploited", 20, "exploited", (P1, P2), (), (INTRUDER,), (INTRUDER,)),
    Case("error-inside-a-value", {ECP: ecp(item(f"Set-OabVirtualDirectory.ExternalUrl='http://f/{MARKUP};S:EX=x'"))},
         "exploited", 20, "exploited", (P2,)),
    Case("whole-chain", {
        PROXY: proxy(
            row(f"{A}a]@{FQDN}:444/autodiscover/autodiscover.xml?#", DateTime="2021-03-03T05:00:00.000Z", ClientIpAddress=PROBE, RequestId="r9"),
            row(f"{A}a]@{FQDN}:444/autodiscover/autodiscover.xml?#", DateTime="2021-03-03T06:20:00.000Z"),
            row(f"{A}Admin@MAIL01:444/ecp/proxyLogon.ecp?a=", "241"),
            row(f"{A}Admin@MAIL01:444/ecp/DDI/DDIService.svc/SetObject?schema=ResetOABVirtualDirectory&{CANARY}&a=", DateTime="2021-03-03T06:21:31.000Z"),
            row("Sid~S-1-5-21-1-2-3-1105", ClientIpAddress=USER, AuthenticatedUser="EXAMPLE\\anna")),
        ECP: ecp(item(f"Set-OabVirtualDirectory.ExternalUrl='http://f/{MARKUP}'.Identity='8'"), item("Remove-OabVirtualDirectory.Identity='8'")),
        IIS: iis(hit("POST /ecp/y.js?&CorrelationID=<empty>;&cafeReqId=5ce5b893-b41a-5e8c-9dd0-577c6b59d348;", 241, at="06:21:10"),
                 hit("GET /aspnet_client/supp0rt.aspx", 200, at="06:22:00"), hit("POST /aspnet_client/supp0rt.aspx", 200, SECOND, at="09:22:00"),
                 hit("GET /aspnet_client/discover.aspx", 404, PROBE, at="09:23:00"), hit("GET /owa/", 302, USER, at="09:24:00"))},
        "used", 30, "exploited", (P1, P2), ("/aspnet_client/supp0rt.aspx",), (INTRUDER, SECOND, PROBE), (INTRUDER, SECOND)),
    Case("one-page-in-two-spellings", {IIS: iis(hit("POST /%6fwa/auth/%78hell.aspx", 200), hit("POST /OWA/AUTH/XHELL.ASPX", 200, at="08:00:00"))},
         "used", 30, None, None, ("/OWA/AUTH/XHELL.ASPX",), (INTRUDER,), (INTRUDER,)),
    Case("export-csv", {"C:\\x\\MAIL01-Cve-2021-26855.csv": (
        '#TYPE Selected.System.Management.Automation.PSCustomObject\r\n"DateTime","RequestId","ClientIPAddress","UrlHost","UrlStem","AnchorMailbox","HttpStatus"\r\n'
        f'"2021-03-03T06:21:10.100Z","5ce5b893","{INTRUDER}","192.0.2.10","/ecp/y.js","{A}a]@{FQDN}:444/autodiscover/autodiscover.xml?#","200"\r\n')},
        "attempted", 10, "probed", (P1,), (), (INTRUDER,)),
    Case("server-that-was-renamed", {
        PROXY: proxy(row(f"{A}Admin@MAIL01:444/ecp/proxyLogon.ecp?a=", "241")),
        "C:\\Windows\\System32\\winevt\\Logs\\Security.jsonl": lines({**child("C:\\Windows\\System32\\cmd.exe"), "Hostname": "WIN-ABCDEF"})},
        "used", 30, "reached", (P1,), (), (INTRUDER,), (INTRUDER,)),
    Case("header-inside-a-value", {ECP: ecp(
        item("Get-OabVirtualDirectory.Identity='a").replace(";S:REQID", "\r\n#Fields: TimeStamp,a,b,c\r\n;S:REQID"),
        item(f"Set-OabVirtualDirectory.ExternalUrl='http://f/{MARKUP}'.Identity='8'"))}, "exploited", 20, "exploited", (P2,)),
    Case("monitoring", {
        IIS: iis(
            hit("GET /owa/auth/logon.aspx?replaceCurrent=1", 200, "::1", agent="AMProbe/Local/ClientAccess"), hit("POST /ecp/exhealth.check", 200, "::1", agent="AMProbe"),
            hit("RPC_IN_DATA /rpc/rpcproxy.dll", 200, "::1", user="HealthMailbox1@example.org"), hit("POST /Autodiscover/Autodiscover.xml", 200, "::1", user="HealthMailbox1"),
            hit("GET /ecp/ReportingWebService/Reporting.svc", 200, "::1", user="HealthMailbox1"), hit("GET /owa/healthcheck.htm", 200, "192.0.2.1"),
            hit("POST /powershell", 200, "::1", agent="Microsoft+WinRM+Client"), hit("POST /owa/proxylogon.owa", 200, "::1"), hit("GET /autodiscover/autodiscover.svc", 200, USER),
            hit("GET /ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application", 200, PROBE, agent="Mozilla/5.0+zgrab/0.x"),
            hit("GET /PushNotifications/PushNotifications.svc", 200, "::1"), hit("OPTIONS /Microsoft-Server-ActiveSync", 200, "::1")),
        PROXY: proxy(row("Smtp~HealthMailbox1@example.org", AuthenticatedUser="HealthMailbox1", ClientIpAddress="::1", UserAgent="AMProbe"), version=LATEST)},
        "no evidence", 40),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_verdict(case: Case) -> None:
    found = assessed(case.files)
    assessment = found.assessment
    verdict = assessment.verdict
    chain = next((c for c in assessment.chains if c.name == "ProxyLogon"), None)
    assert {
        "grade": verdict.grade,
        "code": exit_code([found]),
        "outcome": chain.outcome if chain else None,
        "cves": chain.cves if chain else None,
        "shells": tuple(sorted(d.path or d.url or "" for d in assessment.backdoors)),
        "named": named(assessment),
        "intruders": tuple(
            sorted(a for o in assessment.operators if o.class_ == "intruder" for a in o.addresses)
        ),
    } == {
        "grade": case.grade,
        "code": case.code,
        "outcome": case.outcome,
        "cves": case.cves,
        "shells": case.shells,
        "named": tuple(sorted(case.named)),
        "intruders": tuple(sorted(case.intruders)),
    }
    assert case.says in verdict.sentence


def named(assessment: Assessment) -> tuple[str, ...]:
    """Every address that the assessment holds against somebody."""
    found = {a for o in assessment.operators for a in o.addresses}
    return tuple(sorted(found | {a for c in assessment.chains for a in c.sources}))
