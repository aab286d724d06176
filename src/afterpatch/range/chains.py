"""How intruders come in: one story for each chain, told by the rows that public reports describe.

Requests have the shape of the logs, not of a working attack: tokens, view states and serialized
data are random bytes of the right length.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from urllib.parse import quote

from msgspec import structs

from afterpatch.range import server, windows
from afterpatch.range.draw import below, digits, letters, pick
from afterpatch.range.server import User
from afterpatch.range.stage import (
    ASPNET_CLIENT,
    CHROME,
    CLIENT_ACCESS,
    COMPILED_OWA,
    COMPILED_ROOT,
    MARKER,
    MINUTE,
    OWA_AUTH,
    PYTHON,
    REPLICATION,
    SECOND,
    Stage,
    certificate_request,
    ecp_row,
    ews_row,
    forged,
    http_row,
    made_up,
    mail_store,
)
from afterpatch.range.web import Request

SHELL_CVES = ("CVE-2021-31207", "CVE-2021-34473", "CVE-2021-34523")
_POWERSHELL_POOL = "MSExchangePowerShellAppPool"
_JSON = "/autodiscover/autodiscover.json"
_BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/105.0.5195.54 Safari/537.36"
)


# ------------------------------------------------------------------ ProxyShell


def _confused(
    stage: Stage,
    path: str,
    what: str,
    *,
    back_stem: str,
    account: str = "",
    agent: str = PYTHON,
    domain: str = "evil.example.net",
    encoded: bool = False,
    token: str = "",
    got: int = 1200,
) -> None:
    """A request that the front end takes for Autodiscover's and forwards elsewhere (34473, 41040).

    Without an account nobody signed in, and the back end sees the computer account.
    """
    mailbox = f"{letters(stage.rng, 5).lower()}@{domain}"
    query = f"{mailbox}{path}?{token}&Email={_JSON[1:]}%3F{mailbox}"
    if encoded:  # any letter may be sent as its code, which hides it from a search of the log
        query = query.replace("@", "%40").replace("owershell", "%6fwershell").replace("/P", "/%50")
    request = Request(
        protocol="Autodiscover",
        method="POST",
        stem=_JSON,
        query=query,
        account=account,
        auth="Basic" if account else "",
        anchor=f"Smtp~{_JSON[1:]}?{mailbox}",
        agent=agent,
        address=stage.address,
        host=server.PUBLIC_ADDRESS,
        hint="Smtp",
        back_stem=back_stem,
        back_query=token,
        back_account=account or server.MACHINE_ACCOUNT,
    )
    stage.ask(request, what, got=got)


def _shell_session(stage: Stage, user: User) -> None:
    """Reconnaissance as far as the remote shell, in the order of the public write-ups."""
    _confused(stage, "/mapi/nspi/", "asks the address book who is there", back_stem="/mapi/nspi/")
    stage.wait(3 * SECOND)
    _confused(
        stage, "/autodiscover/autodiscover.xml", "asks for a mailbox's legacy name",
        back_stem="/autodiscover/autodiscover.xml",
    )  # fmt: skip
    _confused(stage, "/mapi/emsmdb", "asks for the SID of a mailbox", back_stem="/mapi/emsmdb")
    token = f"X-Rps-CAT={quote(base64.b64encode(stage.rng.randbytes(220)).decode(), safe='')}"
    for _ in range(4):
        _confused(
            stage, "/Powershell", "opens the remote shell as an administrator",
            back_stem="/Powershell", token=token, got=2600,
        )  # fmt: skip
        stage.lay(
            [http_row(stage.build(stage.clock), user.account, PYTHON, server.ADDRESS)],
            "the remote shell answers",
        )


def _draft(stage: Stage, user: User) -> None:
    """The carrier is put into the drafts of a mailbox."""
    _confused(stage, "/EWS/exchange.asmx", "writes a draft", back_stem="/EWS/exchange.asmx")
    row = ews_row(
        stage.build(stage.clock), account=server.MACHINE_ACCOUNT, action="CreateItem",
        agent=PYTHON, address=server.ADDRESS, acts_as=user.mail, auth="Kerberos",
    )  # fmt: skip
    stage.lay([row], "a draft is written in the mailbox")


def proxyshell(stage: Stage) -> None:
    """ProxyShell through to a page that an export wrote, and its first uses."""
    user = pick(stage.rng, stage.mail.users)
    _shell_session(stage, user)
    _draft(stage, user)
    stage.cmdlet(
        user, "New-ManagementRoleAssignment",
        f'-Role "Mailbox Import Export" -User "{user.mail}"', "lets the mailbox export",
    )  # fmt: skip
    stage.backdoor("role assignment", user.mail, state="log only")
    name = made_up(stage.rng)
    path, url = f"{ASPNET_CLIENT}\\{name}", f"/aspnet_client/{name}"
    unc = "\\\\127.0.0.1\\C$" + path.removeprefix("C:")
    stage.wait(20 * SECOND)
    stage.cmdlet(
        user, "New-MailboxExportRequest",
        f'-Mailbox "{user.mail}" -IncludeFolders "#Drafts#" '
        f'-ContentFilter "(Subject -eq \'{letters(stage.rng, 12)}\')" '
        f'-ExcludeDumpster "True" -FilePath "{unc}"',
        "exports the draft to a page of the web site",
    )  # fmt: skip
    stage.wait(12 * SECOND)
    page = stage.plant(path, url, mail_store(stage.rng, MARKER))
    stage.lay([windows.file_created(REPLICATION, 7120, path)], "the export writes the page")
    stage.cmdlet(
        user, "Remove-MailboxExportRequest", f'-Identity "{user.mail}\\MailboxExport" '
        '-Confirm "False"', "removes the export request",
    )  # fmt: skip
    stage.wait(20 * SECOND)
    stage.compiled(page, COMPILED_ROOT)
    stage.visit(page, "cmd /c whoami")
    stage.wait(40 * SECOND)
    stage.visit(page, "cmd /c ipconfig /all")
    stage.visit(page)
    stage.chain("ProxyShell", "exploited", SHELL_CVES)
    stage.wait(10 * MINUTE)


def failed_export(stage: Stage) -> None:
    """The remote shell opens, but role and export are refused: nothing is planted."""
    user = pick(stage.rng, stage.mail.users)
    _shell_session(stage, user)
    _draft(stage, user)
    unc = f"\\\\127.0.0.1\\C$\\inetpub\\wwwroot\\aspnet_client\\{made_up(stage.rng)}"
    for name, parameters, error in (
        (
            "New-ManagementRoleAssignment",
            f'-Role "Mailbox Import Export" -User "{user.mail}"',
            "Microsoft.Exchange.Configuration.Tasks.OperationRequiresAuthorization: access denied",
        ),
        (
            "New-MailboxExportRequest",
            f'-Mailbox "{user.mail}" -IncludeFolders "#Drafts#" -FilePath "{unc}"',
            "Microsoft.Exchange.MailboxReplicationService.RemotePermanentException: Unable to open "
            "PST file",
        ),
    ):
        stage.wait(15 * SECOND)
        stage.cmdlet(user, name, parameters, f"{name} fails", error=error)
    stage.chain("ProxyShell", "reached", ("CVE-2021-34473", "CVE-2021-34523"))


def certificate(stage: Stage) -> None:
    """ProxyShell by way of a certificate request whose subject is mark-up."""
    user = pick(stage.rng, stage.mail.users)
    _shell_session(stage, user)
    name = made_up(stage.rng)
    path, url = f"{OWA_AUTH}\\{name}", f"/owa/auth/{name}"
    unc = "\\\\localhost\\C$" + path.removeprefix("C:")
    subject = f"CN={MARKER}".replace('"', "'")
    stage.cmdlet(
        user, "New-ExchangeCertificate",
        f'-GenerateRequest "True" -BinaryEncoded "True" -DomainName "{server.HOST}" '
        f'-SubjectName "{subject}" -RequestFile "{unc}"',
        "requests a certificate into a page of the web site",
    )  # fmt: skip
    page = stage.plant(path, url, certificate_request(stage.rng, MARKER))
    stage.lay([windows.file_created(windows.W3WP, 15756, path)], "the request writes the page")
    stage.wait(30 * SECOND)
    stage.compiled(page, COMPILED_OWA)
    stage.visit(page, "cmd /c whoami /all")
    stage.visit(page)
    stage.chain("ProxyShell", "exploited", ("CVE-2021-34473", "CVE-2021-34523"))


# ------------------------------------------------------------------ ProxyNotShell, OWASSRF


def proxynotshell(stage: Stage, *, encoded: bool = False) -> None:
    """The same confusion by somebody with a mailbox, then code in the shell's own worker."""
    user = pick(stage.rng, stage.mail.users)
    for _ in range(3):
        _confused(
            stage, "/Powershell/", "reaches the remote shell", back_stem="/powershell",
            account=user.account, agent=_BROWSER, domain="example.net", encoded=encoded, got=1900,
        )  # fmt: skip
        row = http_row(stage.build(stage.clock), user.account, _BROWSER, server.ADDRESS)
        stage.lay([row], "the remote shell answers")
    stage.wait(2 * SECOND)
    _fileless(stage, _POWERSHELL_POOL, ("cmd /c whoami", 'cmd /c net group "domain admins"'))
    # GTSC saw pages of made-up names beside the stock ones.
    name = made_up(stage.rng, ".ashx")
    path, url = f"{OWA_AUTH}\\{name}", f"/owa/auth/{name}"
    page = stage.plant(path, url, _handler(), agent="antSword/v2.1")
    stage.lay([windows.file_created(windows.W3WP, 15756, path)], "a page is written")
    stage.wait(40 * SECOND)
    stage.compiled(page, COMPILED_OWA)
    stage.visit(page, "cmd /c tasklist")
    stage.visit(page)
    stage.visit(page)
    stage.chain("ProxyNotShell", "exploited", ("CVE-2022-41040", "CVE-2022-41082"))


def encoded(stage: Stage) -> None:
    """ProxyNotShell with letters of the query sent as their codes."""
    proxynotshell(stage, encoded=True)


def owassrf(stage: Stage) -> None:
    """The remote shell through OWA's explicit logon; no Autodiscover request at all."""
    user = pick(stage.rng, stage.mail.users)
    for number in range(3):
        mailbox = user.mail.replace("@", "%40") if number else user.mail
        request = Request(
            protocol="Owa",
            method="POST",
            stem=f"/owa/{mailbox}/powershell",
            account=user.account,
            auth="Basic",
            anchor=f"SMTP:{user.mail}",
            agent=_BROWSER,
            address=stage.address,
            host=server.PUBLIC_ADDRESS,
            hint="ExplicitLogon-SMTP",
            back_stem="/powershell",
        )
        stage.ask(request, "reaches the remote shell through OWA", got=2100)
        row = http_row(stage.build(stage.clock), user.account, _BROWSER, server.ADDRESS)
        stage.lay([row], "the remote shell answers")
    stage.wait(2 * SECOND)
    _fileless(stage, _POWERSHELL_POOL, ("cmd /c whoami", "cmd /c nltest /domain_trusts"))
    stage.chain("OWASSRF", "exploited", ("CVE-2022-41080", "CVE-2022-41082"))


def _fileless(stage: Stage, pool: str, commands: Sequence[str]) -> None:
    """Commands by the worker that the chain runs code in; no request of a page stands behind."""
    for command in commands:
        stage.command(command, pool, actor="")
        stage.wait(4 * SECOND)


def _handler() -> bytes:
    """A handler of the shape the web server runs, with nothing in it to run."""
    tag = "<%{} {} %>"
    return (
        tag.format("@", 'WebHandler Language="C#" Class="Handler"')
        + "\r\n/* afterpatch range marker, inert */\r\n"
    ).encode()


# ------------------------------------------------------------------ ECP and EWS


def proxytoken(stage: Stage) -> None:
    """A rule is made in a mailbox by somebody who never signed in."""
    user = pick(stage.rng, stage.mail.users)
    stem = f"/ecp/{user.mail}/RulesEditor/InboxRules.svc/NewObject"
    canary = f"msExchEcpCanary={letters(stage.rng, 75)}."
    address = f"box{digits(stage.rng, 4)}@example.net"

    def post(query: str, status: int, what: str) -> None:
        request = Request(
            protocol="Ecp",
            method="POST",
            stem=stem,
            query=query,
            anchor=f"SMTP:{user.mail}",
            agent=PYTHON,
            address=stage.address,
            host=server.PUBLIC_ADDRESS,
            status=status,
            back_status=status,
            hint="ExplicitLogon-SMTP",
        )
        stage.ask(request, what, took=310)

    post("SecurityToken=x", 500, "is told a canary with an error")
    stage.wait(2 * SECOND)
    post(f"SecurityToken=x&{canary}", 200, "makes an inbox rule")
    rule = (
        f"New-InboxRule.Mailbox=''{user.mail}''.Name=''.''.RedirectTo=''{address}''."
        "StopProcessingRules=''True''"
    )
    stage.lay([ecp_row(rule, f"{stem}?{canary}", stage.build(stage.clock))], "the rule is made")
    parameters = f'-Mailbox "{user.mail}" -Name "." -RedirectTo "{address}"'
    stage.lay([windows.cmdlet("New-InboxRule", parameters)], "the rule is made")
    stage.chain("ProxyToken", "exploited", ("CVE-2021-33766",))
    stage.backdoor("mail rule", user.mail, state="log only")


def _view_state(stage: Stage, length: int = 1100) -> str:
    return quote(base64.b64encode(b"\xff\x01" + stage.rng.randbytes(length)).decode(), safe="")


def view_state(stage: Stage) -> None:
    """CVE-2020-0688: a signed-in user sends the control panel a view state in the query."""
    user = pick(stage.rng, stage.mail.users)
    query = f"__VIEWSTATEGENERATOR=B97B4E27&__VIEWSTATE={_view_state(stage)}"
    request = Request(
        protocol="Ecp",
        method="GET",
        stem="/ecp/default.aspx",
        query=query,
        account=user.account,
        auth="FBA",
        anchor=f"Sid~{user.sid}",
        agent=PYTHON,
        address=stage.address,
        status=500,
        back_status=500,
    )
    message = (
        f"Current user: '{server.DNS_DOMAIN}/Users/{user.name}'\r\nRequest for URL "
        f"'https://{server.FQDN}:444/ecp/default.aspx?{query[:400]}' failed with the following "
        "error:\r\nSystem.Web.HttpUnhandledException: Exception of type 'System.Web."
        "HttpUnhandledException' was thrown. ---> System.Web.UI.ViewStateException: Invalid "
        "viewstate."
    )
    failed = windows.event(
        "Application", 4, message, provider="MSExchange Control Panel", level="2"
    )
    stage.ask(request, "sends a view state in the query", failed, took=240)
    _fileless(stage, "MSExchangeECPAppPool", ("cmd /c whoami", "cmd /c ipconfig /all"))
    stage.chain("CVE-2020-0688", "exploited", ("CVE-2020-0688",))


def get_app(stage: Stage) -> None:
    """CVE-2021-42321: an app manifest in the user's own mailbox runs when the apps are listed."""
    user = pick(stage.rng, stage.mail.users)
    for action in ("CreateItem", "UpdateUserConfiguration", "GetClientAccessToken"):
        request = Request(
            protocol="Ews",
            method="POST",
            stem="/EWS/Exchange.asmx",
            account=user.account,
            auth="Basic",
            anchor=f"Sid~{user.sid}",
            agent=PYTHON,
            address=stage.address,
        )
        row = ews_row(
            stage.build(stage.clock), account=user.mail, action=action, agent=PYTHON,
            address=stage.address, auth="Basic",
        )  # fmt: skip
        stage.ask(request, f"EWS {action} in the user's own mailbox", row)
    reason = (
        "System.InvalidCastException: Unable to cast object of type 'System.Collections.ArrayList' "
        "to type 'Microsoft.Exchange.Data.ApplicationLogic.Extension.ExtensionData'."
    )
    task = f"Task Get-App throwing unhandled exception: {reason}"
    left = [
        windows.failed_cmdlet("Get-App", f'-Mailbox "{user.mail}"', reason),
        windows.event("Management", 8, task, level="2"),
    ]
    stage.lay(left, "listing the apps fails")
    _fileless(stage, "MSExchangeServicesAppPool", ("cmd /c whoami", "cmd /c hostname"))
    stage.chain("CVE-2021-42321", "exploited", ("CVE-2021-42321",))


def machine_keys(stage: Stage) -> None:
    """Keys are read from the configuration; weeks later they sign a view state. No file is left."""
    config = f"{CLIENT_ACCESS}\\ecp\\web.config"
    stage.command(f'cmd /c type "{config}"', "MSExchangeOWAAppPool", actor="")
    stage.wait(3 * MINUTE)
    verification = (
        "Event code: 4009 \r\nEvent message: Viewstate verification failed. Reason: The viewstate "
        "supplied failed integrity check. \r\nEvent ID: {spare} \r\nApplication virtual path: "
        "/ecp \r\nProcess name: w3wp.exe \r\nAccount name: NT AUTHORITY\\SYSTEM \r\nRequest URL: "
        f"https://{server.HOST}:444/ecp/auth/TimeoutLogout.aspx \r\n    "
        f"Client address: {stage.address}"
    )
    refused = windows.event(
        "Application", 1316, verification, provider="ASP.NET 4.0.30319.0", level="3"
    )
    for number in range(6):
        request = Request(
            protocol="Ecp",
            method="GET",
            stem="/ecp/auth/TimeoutLogout.aspx",
            query=f"__VIEWSTATEGENERATOR={digits(stage.rng, 8).upper()}"
            f"&__VIEWSTATE={_view_state(stage, 1500)}",
            auth="FBA",
            agent=CHROME,
            address=stage.address,
            status=500,
            back_status=None,
        )
        failed = [refused] if number < 3 else []
        stage.ask(request, "sends a view state that the server's keys sign", *failed, took=180)
        stage.wait(20 * SECOND)
    _fileless(stage, "MSExchangeECPAppPool", ("cmd /c whoami", "cmd /c quser"))
    stage.chain("machine keys", "exploited", ())


# ------------------------------------------------------------------ sign-ins, mail


def spraying(stage: Stage) -> None:
    """One password for everybody, from one address; in the end one fits.

    At the same time somebody's own telephone goes on trying an old password.
    """
    agent = "Microsoft Office/16.0 (Windows NT 10.0; MAPI 16.0.4266; Pro)"
    users = stage.mail.users[:70]
    owner = stage.mail.users[100]
    for number, user in enumerate(users):
        protocol, stem = (
            ("Ews", "/EWS/Exchange.asmx") if number % 3 else
            ("Autodiscover", "/Autodiscover/Autodiscover.xml")
        )  # fmt: skip
        stage.ask(
            _refused(protocol, stem, user.account, agent, stage.address),
            f"tries a password for {user.name}",
            windows.logon_failed(stage.rng, user.name, stage.address),
        )
        if number % 2:
            _phone(stage, owner)
        stage.wait(4 * SECOND)
    user = stage.mail.users[70]
    request = Request(
        protocol="Ews",
        method="POST",
        stem="/EWS/Exchange.asmx",
        account=user.account,
        auth="Basic",
        anchor=f"Sid~{user.sid}",
        agent=agent,
        address=stage.address,
    )
    stage.ask(request, f"the password fits {user.name}")
    stage.truth.classes[stage.address] = "intruder"


def _refused(protocol: str, stem: str, account: str, agent: str, address: str) -> Request:
    """A sign-in with a wrong password: IIS names the account, and the Windows status is 1326."""
    return Request(
        protocol=protocol,
        method="POST",
        stem=stem,
        account=account,
        auth="Basic",
        agent=agent,
        address=address,
        status=401,
        back_status=None,
        substatus="1 1326",
    )


def _phone(stage: Stage, owner: User) -> None:
    request = Request(
        protocol="Eas",
        method="POST",
        stem="/Microsoft-Server-ActiveSync/default.eas",
        query=f"Cmd=Sync&User={owner.name}&DeviceId={owner.device}&DeviceType={owner.phone}",
        account=owner.account,
        auth="Basic",
        agent=owner.phone_agent,
        address=owner.outside,
        status=401,
        back_status=None,
        substatus="1 1326",
    )
    failed = windows.logon_failed(stage.rng, owner.name, owner.outside)
    stage.ask(request, "a telephone tries an old password", failed, kind="administration")


def mail_theft(stage: Stage) -> None:
    """ProxyLogon for mail alone: the computer account reads other people's mailboxes over EWS."""
    resource = f"/ecp/{letters(stage.rng, 2)}.js"
    build = stage.build(stage.clock)

    def send(anchor: str, what: str, status: int = 200) -> None:
        stage.lay(forged(stage.address, resource, anchor, status, build), what)

    send("/autodiscover/autodiscover.xml?#", "asks autodiscover for a legacy DN")
    victims = stage.mail.users[:3]
    messages = 0
    for user in victims:
        for action, count in (
            ("FindFolder", 1),
            ("FindItem", 2),
            ("GetItem", 9),
            ("GetAttachment", 3),
        ):
            for _ in range(count):
                send("/EWS/Exchange.asmx?#", f"{action} in {user.mail}")
                row = ews_row(
                    build, account=server.MACHINE_ACCOUNT, action=action,
                    agent="ExchangeServicesClient/0.0.0.0", address=server.ADDRESS,
                    acts_as=user.mail, auth="Kerberos",
                )  # fmt: skip
                stage.lay([row], f"{action} in {user.mail} as the computer account", got=26_000)
                messages += action == "GetItem"
        stage.wait(MINUTE)
    stage.chain("ProxyLogon", "exploited", ("CVE-2021-26855",))
    stage.impact("mailbox read", "T1114.002", len(victims), "mailboxes")


_SCANNERS = (
    "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
    "Mozilla/5.0 zgrab/0.x",
    "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)",
    "Mozilla/5.0 (compatible; Nessus)",
    "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)",
    "Mozilla/5.0 (compatible; Shodan; +https://www.shodan.io)",
)


def scanned(stage: Stage) -> None:
    """Scanners ask for every chain; the server is fixed and answers none as they wish."""
    sources: dict[str, set[str]] = {}

    def send(chain: str, request: Request, agent: str, address: str) -> None:
        stage.truth.classes[address] = "scanner"
        sources.setdefault(chain, set()).add(address)
        request = structs.replace(
            request, agent=agent, address=address, host=server.PUBLIC_ADDRESS, back_status=None
        )
        stage.ask(request, f"{chain} probe, not answered", kind="probe", took=4)
        stage.wait(2 * SECOND)

    def forward(anchor: str) -> Request:
        return Request("Owa", "GET", "/owa/auth/x.js", auth="FBA", anchor=anchor, status=500)

    def confuse(domain: str) -> Request:
        query = f"@{domain}/mapi/nspi/?&Email={_JSON[1:]}%3F@{domain}"
        return Request("Autodiscover", "GET", _JSON, query, status=pick(stage.rng, (400, 401, 404)))

    for agent, address in zip(_SCANNERS, stage.mail.scanners, strict=False):
        send("ProxyLogon", forward("ServerInfo~localhost/owa/auth/logon.aspx?~3"), agent, address)
        send("ProxyShell", confuse("zdi.example.net"), agent, address)
        logon = "/owa/mastermailbox%40outlook.com/powershell"
        send("OWASSRF", Request("Owa", "POST", logon, auth="FBA", status=404), agent, address)
        rule = f"/ecp/admin@{server.MAIL_DOMAIN}/RulesEditor/InboxRules.svc/NewObject"
        send("ProxyToken", Request("Ecp", "POST", rule, status=302), agent, address)
        stage.wait(MINUTE + below(stage.rng, MINUTE))
    # A tool that wants to be called back says where, whatever it calls itself.
    call_back = f"{digits(stage.rng, 20)}.oastify.com"
    address = stage.mail.scanners[len(_SCANNERS)]
    anchor = f"ServerInfo~a]@{call_back}:443/autodiscover/autodiscover.xml?#"
    send("ProxyLogon", forward(anchor), CHROME, address)
    send("ProxyShell", confuse(call_back), CHROME, address)
    for chain, cve in (
        ("ProxyLogon", "CVE-2021-26855"),
        ("ProxyShell", "CVE-2021-34473"),
        ("OWASSRF", "CVE-2022-41080"),
        ("ProxyToken", "CVE-2021-33766"),
    ):
        stage.chain(chain, "probed", (cve,), *sources[chain])
