"""Each chain over small pieces of evidence: tried, reached, exploited, looked alike, and patched.

Made up after published facts, with addresses and names of the documentation ranges. No line is a
working exploit.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest
from test_verdicts import (
    _COLUMNS,
    BACK,
    ECP,
    IIS,
    INTRUDER,
    OWA,
    PROBE,
    SECOND,
    USER,
    V15,
    assessed,
    child,
    ecp,
    hit,
    iis,
    item,
    lines,
    proxy,
    row,
    written,
)

from afterpatch.outputs.format import Dossier

FIXED = "15.02.1544.009"  # holds every fix of the chains below
PROXY = V15 + "Logging\\HttpProxy\\Autodiscover\\HttpProxy_2021030306-1.LOG"
SYSMON = "C:\\x\\sysmon.json"
EVENTS = "C:\\x\\events.json"
CMDLETS = V15 + "Logging\\CmdletInfra\\Powershell-Proxy\\Cmdlet\\Rps_Cmdlet_2021030306-1.LOG"
RPS = V15 + "Logging\\CmdletInfra\\Powershell-Proxy\\Http\\Rps_Http_2021030306-1.LOG"
EWS = V15 + "Logging\\Ews\\Ews_2021030306-1.LOG"
AGENT = "python-requests/2.26.0"
EVIL = "@evil.example"
PAGE = "C:\\inetpub\\wwwroot\\aspnet_client\\inert.aspx"
SHARE = "\\\\127.0.0.1\\C$" + PAGE[2:]
MARKUP = "!BDN" + "\0" * 40 + "<%@ Page Language" + '="C#" %><p runat="server">inert</p>'
QUERIES = _COLUMNS + ",UrlQuery"
BUILD = {PROXY + "x": proxy(row("Sid~S-1-5-21-1-2-3-1105", AuthenticatedUser="EXAMPLE\\anna",
                                ClientIpAddress=USER, DateTime="2021-03-03T05:00:00.000Z"),
                            row("Sid~S-1-5-21-1-2-3-1105", AuthenticatedUser="EXAMPLE\\anna",
                                ClientIpAddress=USER, DateTime="2021-03-03T23:00:00.000Z"),
                            version=FIXED)}  # fmt: skip


def shell(path: str = "powershell/?X-Rps-CAT=VgEA", status: int = 200, **more: str) -> str:
    what = f"POST /autodiscover/autodiscover.json?{EVIL}/{path}&Email=autodiscover/autodiscover.json%3F{EVIL}"
    return hit(what, status, at="06:21:10", agent=AGENT, **more)  # type: ignore[arg-type]


def forwarded(query: str, status: str = "200", **more: str) -> str:
    cells = {"UrlStem": "/autodiscover/autodiscover.json", "UrlQuery": query, "UserAgent": AGENT}
    return proxy(row("", status, **{**cells, **more}), columns=QUERIES)


def cmdlet(name: str, parameters: str, result: str = "Success", who: str = "EXAMPLE\\anna") -> str:
    head = (
        "#Software: Microsoft Exchange Server\r\n#Version: 15.01.2106.002\r\n"
        "#Log-type: Rps Cmdlet Logs\r\n#Fields: DateTime,StartTime,RequestId,ServerHostName,"
        "ProcessName,AuthenticatedUser,Cmdlet,Parameters,ErrorType,ExecutionResult\r\n"
    )
    quoted = parameters.replace('"', '""')
    return (
        f"{head}2021-03-03T06:21:40.000Z,2021-03-03T06:21:40.000Z,a1,MAIL01,"
        f'w3wp#MSExchangePowerShellAppPool,{who},{name},"{quoted}",,{result}\r\n'
    )


def export(path: str = SHARE, result: str = "Success") -> str:
    return cmdlet("New-MailboxExportRequest", f'-Mailbox "anna" -FilePath "{path}"', result)


def rps(agent: str = AGENT) -> str:
    return (
        "#Software: Microsoft Exchange Server\r\n#Version: 15.01.2106.002\r\n"
        "#Log-type: Rps Http Logs\r\n#Fields: DateTime,RequestId,ServerHostName,UrlStem,"
        "AuthenticationType,IsAuthenticated,AuthenticatedUser,UserAgent,HttpStatus,GenericInfo\r\n"
        f"2021-03-03T06:21:12.000Z,a1,MAIL01,/powershell,Kerberos,true,EXAMPLE\\anna,{agent},200,"
        "S:ServiceCommonMetadata.HttpMethod=POST;\r\n"
    )


def ews(*actions: str, who: str = "EXAMPLE\\MAIL01$", agent: str = AGENT) -> str:
    head = (
        "#Software: Microsoft Exchange Server\r\n#Version: 15.01.2106.002\r\n#Log-type: EWS Logs\r\n"
        "#Fields: DateTime,RequestId,AuthenticationType,IsAuthenticated,AuthenticatedUser,UserAgent,"
        "ClientIpAddress,ServerHostName,SoapAction,HttpStatus,ActAsUser\r\n"
    )
    return head + "".join(
        f"2021-03-03T06:22:{n:02}.000Z,a{n},Kerberos,true,{who},{agent},192.0.2.10,MAIL01,{action},"
        "200,anna@example.org\r\n"
        for n, action in enumerate(actions)
    )


def started(image: str = "cmd.exe", pool: str | None = "MSExchangePowerShellAppPool",
            at: str = "06:22:00") -> str:  # fmt: skip
    event = child(f"C:\\Windows\\System32\\{image}", pool)
    return lines({**event, "TimeCreated": f"2021-03-03T{at}.000Z"})


def exchange_event(number: int, message: str) -> str:
    return lines({
        "EventID": number, "Channel": "MSExchange Management", "SourceName": "MSExchange CmdletLogs",
        "Hostname": "MAIL01", "TimeCreated": "2021-03-03T06:21:30.000Z", "Message": message,
    })  # fmt: skip


def application(provider: str, number: int, message: str) -> str:
    return lines({
        "EventID": number, "Level": 2, "Channel": "Application", "SourceName": provider,
        "Hostname": "MAIL01", "TimeCreated": "2021-03-03T06:21:30.000Z", "Message": message,
    })  # fmt: skip


# ruff: noqa: E501 one case, one line or few


class Case(msgspec.Struct):
    """What the evidence is and what must be said of one chain: its outcome, None for no chain."""

    name: str
    files: dict[str, str | bytes]
    chain: str
    outcome: str | None
    grade: str
    intruders: tuple[str, ...] = ()


def mapi(path: str) -> dict[str, str | bytes]:
    return {PROXY: forwarded(f"?{EVIL}/{path}&Email=autodiscover/autodiscover.json%3F{EVIL}")}


SIGNED_IN = {"AuthenticatedUser": "EXAMPLE\\anna", "IsAuthenticated": "true"}
PNS = f"POST /autodiscover/autodiscover.json?a{EVIL}/PowerShell/"
OWASSRF = "POST /owa/anna@example.org/powershell"
RULES = "POST /ecp/anna@example.org/RulesEditor/InboxRules.svc/NewObject"
STATE = "A" * 900
CAST = 'Cmdlet failed. Cmdlet Get-App, parameters -Mailbox "anna". Task Get-App throwing unhandled exception: System.InvalidCastException: x'
OLD_ANCHOR = "ServerInfo~a]@mail01.corp.example.org:444/EWS/Exchange.asmx?#"
COOKIES = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Cookie) sc-status sc-substatus sc-win32-status time-taken"

CASES = (
    # ProxyShell
    Case("shell-refused", {IIS: iis(shell(status=401), shell("mapi/nspi/?a=b", 404))}, "ProxyShell", "attempted", "attempted"),
    Case("shell-answered", {IIS: iis(shell())}, "ProxyShell", "reached", "attempted", (INTRUDER,)),
    Case("shell-one-question", {IIS: iis(hit(f"GET /autodiscover/autodiscover.json?{EVIL}/mapi/nspi/?&Email=autodiscover/autodiscover.json%3F{EVIL}", 302))},
         "ProxyShell", "reached", "attempted"),
    Case("shell-answered-patched", {IIS: iis(shell()), **BUILD}, "ProxyShell", "probed", "attempted"),
    Case("shell-forwarded", mapi("mapi/emsmdb/?a=b"), "ProxyShell", "reached", "attempted", (INTRUDER,)),
    Case("shell-not-forwarded", {PROXY: forwarded(f"?{EVIL}/ews/exchange.asmx", "401")}, "ProxyShell", "attempted", "attempted"),
    Case("shell-scanner", {IIS: iis(hit(f"GET /autodiscover/autodiscover.json?{EVIL}/owa/", 302, PROBE, agent="Mozilla/5.0+(Nuclei)"))},
         "ProxyShell", "reached", "attempted"),
    Case("shell-back-end-only", {BACK: iis(hit("POST /powershell?X-Rps-CAT=VgEA", 200, "192.0.2.10", user="EXAMPLE\\MAIL01$", port=444, agent=AGENT))},
         "ProxyShell", "reached", "attempted"),
    Case("shell-export-accepted", {IIS: iis(shell()), CMDLETS: export()}, "ProxyShell", "reached", "attempted", (INTRUDER,)),
    Case("shell-export-failed", {IIS: iis(shell()), CMDLETS: export(result="Error")}, "ProxyShell", "reached", "attempted", (INTRUDER,)),
    Case("shell-export-failed-alone", {EVENTS: exchange_event(6, f'Cmdlet failed. Cmdlet New-MailboxExportRequest, parameters -Mailbox "anna" -FilePath "{SHARE}".')},
         "ProxyShell", "attempted", "attempted"),
    Case("shell-export-and-page", {CMDLETS: export(), PAGE: MARKUP}, "ProxyShell", "exploited", "backdoored"),
    Case("shell-export-and-answer", {CMDLETS: export(), IIS: iis(hit("POST /aspnet_client/inert.aspx", 200))}, "ProxyShell", "exploited", "used", (INTRUDER,)),
    Case("shell-certificate-and-page", {CMDLETS: cmdlet("New-ExchangeCertificate", f'-GenerateRequest -RequestFile "{SHARE}" -SubjectName "CN=x"'), PAGE: MARKUP},
         "ProxyShell", "exploited", "backdoored"),
    Case("shell-page-written", {SYSMON: lines(written(PAGE, V15 + "Bin\\MSExchangeMailboxReplication.exe"))}, "ProxyShell", "exploited", "backdoored"),
    Case("shell-then-program", {IIS: iis(shell()), SYSMON: started(pool="MSExchangeOWAAppPool")}, "ProxyShell", "exploited", "used", (INTRUDER,)),
    Case("shell-question-then-program", {IIS: iis(hit(f"GET /autodiscover/autodiscover.json?{EVIL}/mapi/nspi/", 200, PROBE, at="06:21:10")),
         SYSMON: started(pool="MSExchangeOWAAppPool")}, "ProxyShell", "reached", "used"),
    Case("shell-mail-read", {**mapi("ews/exchange.asmx?a=b"), EWS: ews("FindItem", "GetItem")}, "ProxyShell", "exploited", "exploited or impacted", (INTRUDER,)),
    Case("phones", {IIS: iis(
        hit("GET /autodiscover/autodiscover.json?Email=anna@example.org&Protocol=ActiveSync&RedirectCount=1", 200, USER, agent="Outlook-iOS-Android/1.0"),
        hit("GET /Autodiscover/Autodiscover.json/v1.0/anna@example.org?Protocol=Ews&RedirectCount=1", 200, USER),
        hit("GET /autodiscover/autodiscover.json?Email=anna%40example.org&Protocol=REST", 401, USER))}, "ProxyShell", None, "no evidence"),
    Case("exports-of-an-admin", {IIS: iis(hit("GET /owa/", 302, USER)), CMDLETS: export("\\\\files01\\pst\\anna.pst")}, "ProxyShell", None, "exposed"),
    # ProxyNotShell
    Case("not-shell-blocked", {IIS: iis(hit(PNS, 403, user="EXAMPLE\\anna"))}, "ProxyNotShell", "attempted", "attempted"),
    Case("not-shell-answered", {IIS: iis(hit(PNS, 200, user="EXAMPLE\\anna"))}, "ProxyNotShell", "reached", "attempted", (INTRUDER,)),
    Case("not-shell-encoded", {IIS: iis(hit(f"POST /autodiscover/autodiscover.json?a{EVIL}%2f%50%6fwer%53hell%3f", 200, user="EXAMPLE\\anna"))},
         "ProxyNotShell", "reached", "attempted", (INTRUDER,)),
    Case("not-shell-encoded-twice", {IIS: iis(hit("POST /autodiscover/autodiscover.json?a%2540evil.example%252f%2570owershell", 200, user="anna@example.org"))},
         "ProxyNotShell", "reached", "attempted", (INTRUDER,)),
    Case("not-shell-in-the-path", {IIS: iis(hit("POST /Autodiscover/admin@localhost/powershell/autodiscover.json?x=a", 200, user="anna@example.org"))},
         "ProxyNotShell", "reached", "attempted", (INTRUDER,)),
    Case("not-shell-patched", {IIS: iis(hit(PNS, 200, user="EXAMPLE\\anna")), **BUILD}, "ProxyNotShell", "attempted", "attempted"),
    Case("not-shell-forwarded", {PROXY: forwarded(f"?a{EVIL}/powershell/", **SIGNED_IN), RPS: rps()}, "ProxyNotShell", "reached", "attempted", (INTRUDER,)),
    Case("not-shell-program", {IIS: iis(hit(PNS, 200, user="EXAMPLE\\anna", at="06:21:10")), SYSMON: started()}, "ProxyNotShell", "exploited", "used", (INTRUDER,)),
    Case("not-shell-program-of-another-pool", {IIS: iis(hit(PNS, 200, user="EXAMPLE\\anna", at="06:21:10")), SYSMON: started(pool="MSExchangeOWAAppPool")},
         "ProxyNotShell", "reached", "used", (INTRUDER,)),
    Case("not-shell-program-hours-later", {IIS: iis(hit(PNS, 200, user="EXAMPLE\\anna", at="06:21:10")), SYSMON: started(at="09:22:00")},
         "ProxyNotShell", "reached", "used", (INTRUDER,)),
    Case("sessions-of-admins", {IIS: iis(hit("POST /powershell?clientApplication=EMC", 200, USER, user="EXAMPLE\\admin", agent="Microsoft+WinRM+Client")),
         RPS: rps("Python PSRP Client")}, "ProxyNotShell", None, "exposed"),
    # OWASSRF
    Case("owa-refused", {IIS: iis(hit(OWASSRF, 401))}, "OWASSRF", "attempted", "attempted"),
    Case("owa-answered", {IIS: iis(hit(OWASSRF.replace("@", "%40"), 200, user="EXAMPLE\\anna"))}, "OWASSRF", "reached", "attempted", (INTRUDER,)),
    Case("owa-patched", {IIS: iis(hit(OWASSRF, 200, user="EXAMPLE\\anna")), **BUILD}, "OWASSRF", "attempted", "attempted"),
    Case("owa-program", {IIS: iis(hit(OWASSRF, 200, user="EXAMPLE\\anna", at="06:21:10")), RPS: rps(), SYSMON: started()}, "OWASSRF", "exploited", "used", (INTRUDER,)),
    Case("owa-of-others", {IIS: iis(hit("GET /owa/anna@example.org/", 200, USER, user="EXAMPLE\\boss"), hit("POST /owa/anna@example.org/service.svc?action=FindItem", 200, USER, user="EXAMPLE\\boss"))},
         "OWASSRF", None, "no evidence"),
    # ProxyToken
    Case("token-error", {IIS: iis(hit(RULES + "?SecurityToken=x", 500))}, "ProxyToken", "attempted", "attempted"),
    Case("token-answered", {IIS: iis(hit(RULES + "?msExchEcpCanary=AbC.", 200))}, "ProxyToken", "reached", "attempted", (INTRUDER,)),
    Case("token-patched", {IIS: iis(hit(RULES + "?msExchEcpCanary=AbC.", 200)), **BUILD}, "ProxyToken", "probed", "attempted"),
    Case("token-rule", {IIS: iis(hit(RULES + "?msExchEcpCanary=AbC.", 200, at="06:21:10")), ECP: ecp(item("New-InboxRule.Mailbox='anna'.RedirectTo='x@example.net'"))},
         "ProxyToken", "exploited", "backdoored", (INTRUDER,)),
    Case("token-rule-of-the-owner", {IIS: iis(hit("POST /ecp/RulesEditor/InboxRules.svc/NewObject?msExchEcpCanary=AbC.", 200, USER, user="EXAMPLE\\anna", at="06:21:10")),
         ECP: ecp(item("New-InboxRule.Mailbox='anna'.MoveToFolder='News'"))}, "ProxyToken", None, "no evidence"),
    # CVE-2020-0688
    Case("state-short", {IIS: iis(hit("GET /ecp/default.aspx?__VIEWSTATEGENERATOR=B97B4E27&__VIEWSTATE=AAAA", 500, user="EXAMPLE\\anna"))}, "CVE-2020-0688", "attempted", "attempted"),
    Case("state-long", {IIS: iis(hit(f"GET /ecp/default.aspx?__VIEWSTATE={STATE}", 500, user="EXAMPLE\\anna"))}, "CVE-2020-0688", "reached", "attempted", (INTRUDER,)),
    Case("state-patched", {IIS: iis(hit(f"GET /ecp/default.aspx?__VIEWSTATE={STATE}", 500, user="EXAMPLE\\anna")), **BUILD}, "CVE-2020-0688", "attempted", "attempted"),
    Case("state-event", {EVENTS: application("MSExchange Control Panel", 4, "Request for URL https://mail/ecp/default.aspx?__VIEWSTATE=AAAA failed")}, "CVE-2020-0688", "attempted", "attempted"),
    Case("state-program", {IIS: iis(hit(f"GET /ecp/default.aspx?__VIEWSTATE={STATE}", 500, user="EXAMPLE\\anna", at="06:21:10")), SYSMON: started(pool="MSExchangeECPAppPool")},
         "CVE-2020-0688", "exploited", "used", (INTRUDER,)),
    # CVE-2021-42321
    Case("cast", {EVENTS: exchange_event(6, CAST)}, "CVE-2021-42321", "reached", "attempted"),
    Case("cast-program", {EVENTS: exchange_event(6, CAST), SYSMON: started(pool="MSExchangeServicesAppPool")}, "CVE-2021-42321", "exploited", "used"),
    Case("cast-program-of-another-pool", {EVENTS: exchange_event(6, CAST), SYSMON: started(pool="MSExchangeOWAAppPool")}, "CVE-2021-42321", "reached", "used"),
    Case("no-such-mailbox", {IIS: iis(hit("GET /owa/", 302, USER)), EVENTS: exchange_event(6, "Cmdlet failed. Cmdlet Get-App, parameters -Mailbox \"x\". ManagementObjectNotFoundException")},
         "CVE-2021-42321", None, "no evidence"),
    # Machine keys
    Case("keys-tried", {IIS: iis(hit("GET /owa/auth/logon.aspx?__VIEWSTATE=AAAA", 500))}, "machine keys", "attempted", "attempted"),
    Case("keys-program", {IIS: iis(hit(f"GET /owa/auth/logon.aspx?__VIEWSTATE={STATE}", 500, at="06:21:10")), SYSMON: started(pool="MSExchangeOWAAppPool"), **BUILD},
         "machine keys", "exploited", "used", (INTRUDER,)),
    Case("keys-refused-alone", {IIS: iis(hit("GET /owa/", 302, USER)), EVENTS: application("ASP.NET 4.0.30319.0", 1316, "Event code: 4009 Viewstate verification failed. Application Virtual Path: /owa")},
         "machine keys", None, "no evidence"),
    # ProxyLogon, where the IIS log keeps cookies, and mail theft without a file
    Case("cookie", {IIS: iis(f"06:21:10 192.0.2.10 POST /ecp/proxyLogon.ecp - 443 - {INTRUDER} Mozilla/5.0 X-BEResource=mail01~1942062522 241 0 0 31", header=COOKIES)},
         "ProxyLogon", "reached", "attempted", (INTRUDER,)),
    Case("cookie-program", {IIS: iis(f"06:21:10 192.0.2.10 POST /ecp/proxyLogon.ecp - 443 - {INTRUDER} Mozilla/5.0 X-BEResource=mail01~1942062522 241 0 0 31", header=COOKIES),
         SYSMON: started(pool="MSExchangeOWAAppPool")}, "ProxyLogon", "exploited", "used", (INTRUDER,)),
    Case("mail-theft", {PROXY: proxy(row(OLD_ANCHOR, UrlStem="/ecp/y.js")), EWS: ews("FindItem", "GetItem", "GetAttachment", who="NT AUTHORITY\\SYSTEM")},
         "ProxyLogon", "exploited", "exploited or impacted", (INTRUDER,)),
    Case("mail-read-by-exchange", {PROXY: proxy(row(OLD_ANCHOR, UrlStem="/ecp/y.js")), EWS: ews("FindItem", agent="Exchange/15.01/EwsStoreDataProvider")},
         "ProxyLogon", "reached", "attempted", (INTRUDER,)),
    Case("mail-read-amid-probes", {PROXY: proxy(row("ServerInfo~a]@mail01.corp.example.org:444/autodiscover/autodiscover.xml?#")), EWS: ews("FindItem")},
         "ProxyLogon", "reached", "attempted"),
    # What only supports makes no chain
    Case("supporting", {IIS: iis(hit("POST /owa/calendar/a", 404)), EVENTS: application("MSExchange Common", 4999, "at BinaryFormatter.Deserialize")},
         "CVE-2021-28480", None, "no evidence"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_chain(case: Case) -> None:
    found = assessed(case.files)
    chain = next((c for c in found.assessment.chains if c.name == case.chain), None)
    assert (chain.outcome if chain else None) == case.outcome
    assert found.assessment.verdict.grade in case.grade.split(" or ")
    assert intruders(found) == case.intruders


def intruders(found: Dossier) -> tuple[str, ...]:
    hands = found.assessment.operators
    return tuple(sorted(a for o in hands if o.class_ == "intruder" for a in o.addresses))


def outcomes(found: Dossier, rule: str) -> set[str]:
    return {f.outcome for f in found.findings if f.rule == rule}


# ---------------------------------------------------------------- passwords


def refusals(
    accounts: int, each: int = 1, who: str = INTRUDER, apart: int = 20, agent: str = AGENT
) -> list[str]:
    """Refused sign-ins of one client, one every so many seconds."""
    start = datetime(2021, 3, 3, 6, 0, 0)  # noqa: DTZ001 only the clock face is used
    return [
        f"{start + timedelta(seconds=apart * n):%H:%M:%S} 192.0.2.10 POST /EWS/Exchange.asmx - 443 "
        f"EXAMPLE\\user{n % accounts} {who} {agent} - 401 1 1326 31"
        for n in range(accounts * each)
    ]


ORDINARY = hit("GET /owa/", 302, USER)
SIGNED_IN_BY_SCRIPT = hit("POST /EWS/Exchange.asmx", 200, user="EXAMPLE\\user3", agent=AGENT)


@pytest.mark.parametrize(
    ("rows", "sprayed"),
    [
        (refusals(30), True),
        (refusals(12, apart=1200), False),
        (refusals(60, apart=1200), True),  # low and slow
        (refusals(1, each=400, apart=5, agent="Apple-iPhone/1"), False),  # an old password
        (refusals(4, each=100, apart=5), True),  # guessing
        (refusals(5, each=3), False),
        (refusals(20, who="10.1.1.1"), False),  # perhaps a balancer
        (refusals(60, who="10.1.1.1", apart=10), True),
    ],
)
def test_spraying_is_many_accounts_of_one_client(rows: list[str], sprayed: bool) -> None:
    found = assessed({IIS: iis(*rows, ORDINARY)})
    assert found.assessment.verdict.grade == ("attempted" if sprayed else "no evidence")
    assert bool(outcomes(found, "exchange-signin-refused")) == sprayed
    assert found.assessment.chains == ()


def test_many_clients_that_mistype_do_not_spray() -> None:
    rows = [line for n in range(40) for line in refusals(1, who=f"198.51.100.{n}")]
    assert assessed({IIS: iis(*rows, ORDINARY)}).assessment.verdict.grade == "no evidence"


def test_who_signs_in_after_spraying_came_in() -> None:
    found = assessed({IIS: iis(*refusals(30), SIGNED_IN_BY_SCRIPT)})
    assert outcomes(found, "exchange-signin-by-script") == {"reached"}
    assert intruders(found) == (INTRUDER,)
    only_mistyped = assessed({IIS: iis(*refusals(1), SIGNED_IN_BY_SCRIPT)})
    assert only_mistyped.assessment.verdict.grade == "no evidence"


def test_refusals_at_the_logon_page() -> None:
    def page(count: int) -> str:
        what = "GET /owa/auth/logon.aspx?replaceCurrent=1&reason=2"
        return iis(*(hit(what, 200, at=f"06:{n // 60:02}:{n % 60:02}") for n in range(count)))

    assert assessed({IIS: page(60)}).assessment.verdict.grade == "attempted"
    assert assessed({IIS: page(6)}).assessment.verdict.grade == "no evidence"


# ---------------------------------------------------------------- tunnels


def tunnel(count: int, who: str = INTRUDER) -> list[str]:
    opened = hit("POST /app/x.ashx?cmd=connect&target=10.1.1.5&port=3389", 200, at="06:00:00")
    return [
        opened,
        *(hit("POST /app/x.ashx?cmd=read", 200, who, at=f"06:00:{n:02}") for n in range(count)),
    ]


def test_a_tunnel_that_carried_data_is_a_door_in_use() -> None:
    found = assessed({IIS: iis(*tunnel(40))})
    assert found.assessment.verdict.grade == "used"
    (door,) = found.assessment.backdoors
    assert (door.kind, door.url, door.visits.count) == ("web shell", "/app/x.ashx", 41)
    assert intruders(found) == (INTRUDER,)


def test_a_tunnel_that_carried_nothing_is_none() -> None:
    assert assessed({IIS: iis(*tunnel(3))}).assessment.backdoors == ()
    # The requests of another client are not its data.
    assert assessed({IIS: iis(*tunnel(40, SECOND))}).assessment.backdoors == ()


def test_visits_to_a_tunnel_in_a_closed_folder_are_counted_once() -> None:
    rows = [line.replace("/app/x.ashx", "/owa/auth/x.ashx") for line in tunnel(40)]
    (door,) = assessed({IIS: iis(*rows)}).assessment.backdoors
    assert door.visits.count == 41


# ---------------------------------------------------------------- responders


def april(*rows: str) -> str:
    return iis(*rows).replace("2021-03-03", "2021-04-12")


SHELL = "POST /owa/auth/zx81.aspx"
EARLIER = iis(hit(SHELL, 200, SECOND), hit(SHELL, 200, SECOND, at="08:00:00"))


def test_the_removal_of_april_2021_is_a_responder() -> None:
    later = april(hit(SHELL, 200, PROBE), hit(SHELL, 404, INTRUDER, at="12:00:00"))
    found = assessed({IIS: EARLIER, IIS.replace("0303", "0412"): later})
    classes = {o.addresses[0]: o.class_ for o in found.assessment.operators}
    assert classes == {SECOND: "intruder", PROBE: "responder", INTRUDER: "intruder"} | {
        INTRUDER: classes[INTRUDER]
    }
    assert classes[INTRUDER] != "responder"


@pytest.mark.parametrize(
    "files",
    [
        # The page answers on.
        {IIS: EARLIER, "b": april(hit(SHELL, 200, PROBE), hit(SHELL, 200, SECOND, at="12:00:00"))},
        # It is still there.
        {
            IIS: EARLIER,
            "b": april(hit(SHELL, 200, PROBE)),
            OWA + "zx81.aspx": '<%@ Page %><p runat="server">',
        },
        # They did more.
        {IIS: EARLIER, "b": april(hit(SHELL, 200, PROBE), hit("POST /ecp/y.js", 200, PROBE))},
        {IIS: EARLIER, "b": april(*(hit(SHELL, 200, PROBE) for _ in range(9)))},
        # Nobody else was ever there, or it was another month.
        {"b": april(hit(SHELL, 200, PROBE), hit(SHELL, 200, PROBE, at="08:00:00"))},
        {IIS: EARLIER, "b": iis(hit(SHELL, 200, PROBE, at="09:00:00"))},
    ],
)
def test_an_intruder_in_april_2021_is_none(files: dict[str, str | bytes]) -> None:
    later = IIS.replace("0303", "0412")
    found = assessed({later if path == "b" else path: data for path, data in files.items()})
    classes = {o.addresses[0]: o.class_ for o in found.assessment.operators}
    assert classes[PROBE] == "intruder"


# ---------------------------------------------------------------- what followed


def test_a_large_download_from_a_web_folder() -> None:
    header = (
        "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
        "sc-status sc-substatus sc-win32-status sc-bytes time-taken"
    )
    fetched = f"07:00:00 192.0.2.10 GET /aspnet_client/it.zip - 443 - {INTRUDER} Mozilla/5.0 200 0 0 48123456 900"
    found = assessed({IIS: iis(fetched, header=header)})
    assert outcomes(found, "exchange-staged-file-downloaded") == {"success"}
    (finding,) = [f for f in found.findings if f.rule == "exchange-staged-file-downloaded"]
    assert finding.facts["amount"] == "48123456"
    assert intruders(found) == (INTRUDER,)


def test_an_export_counts_when_somebody_had_come_in() -> None:
    private = {CMDLETS: export("\\\\127.0.0.1\\C$\\ProgramData\\a.pst")}
    assert not outcomes(assessed(private), "exchange-mailbox-exported-by-intruder")
    after = assessed({**private, SYSMON: started(pool="MSExchangeOWAAppPool")})
    assert outcomes(after, "exchange-mailbox-exported-by-intruder") == {"reached"}
    public = assessed({CMDLETS: export(PAGE.replace("aspx", "pst"))})
    assert outcomes(public, "exchange-mailbox-exported-to-web-folder") == {"success"}
