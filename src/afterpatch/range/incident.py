"""What is laid into the traffic on purpose, row by row, with what each row is.

Rows have the shape public reports and Microsoft's Test-ProxyLogon.ps1 give for CVE-2021-26855 and
CVE-2021-27065. Nothing here would run: the planted page holds a comment.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from msgspec import Struct

from afterpatch.range import formats, server, windows
from afterpatch.range.draw import below, digits, guid, letters, pick
from afterpatch.range.scenario import Scenario
from afterpatch.range.server import NAME, Server
from afterpatch.range.traffic import cmdlet_row
from afterpatch.range.web import Request, Row, rows

DAY = 86_400_000
HOUR = 3_600_000
MINUTE = 60_000
SECOND = 1000

OWA_AUTH = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\FrontEnd\\HttpProxy\\owa\\auth"
COMPILED = (
    "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\Temporary ASP.NET Files\\owa\\"
    "8e05b027\\e164d61b"
)
# The shape of the carrier, put together here so that it stands in no file of the repository.
_MARK = "<{}script{}>"
MARKER = (
    _MARK.format("", ' language="JScript" runat="server"')
    + "/* afterpatch range marker, inert */"
    + _MARK.format("/", "")
)
CARRIER = f"http://f/{MARKER}"
_INTRUDER_AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/88.0.4324.96"
_SECOND_AGENT = "python-requests/2.25.1"


class Planned(Struct, frozen=True):
    """Rows of one happening, `at` so many ms after the first midnight.

    Kinds: attack, visit, command, probe, scan, administration.
    """

    at: int
    rows: list[Row]
    kind: str
    what: str
    actor: str = ""
    took: int = 40
    got: int = 1200


class Shell(Struct, frozen=True):
    """The planted page; `planted` is in ms from the first midnight."""

    name: str
    assembly: str
    compiled_hash: str
    vdir: str
    planted: int
    visitors: tuple[str, ...]

    @property
    def path(self) -> str:
        return f"{OWA_AUTH}\\{self.name}"

    @property
    def url(self) -> str:
        return f"/owa/auth/{self.name}"


class Plan(Struct, frozen=True):
    """Everything of one scenario. `outage` is when the update was installed, in ms, or empty."""

    happenings: list[Planned]
    shell: Shell | None
    commands: tuple[str, ...]
    outage: range
    fast_from: int
    events_from: int


def plan(scenario: Scenario, mail: Server, seed: int, days: int) -> Plan:
    """Place a scenario in a window of so many days, at least one (four when logs expire)."""
    rng = Random(f"{seed}/{scenario.name}/plan")
    kept = min(scenario.fast_log_days, days * 2 // 5)
    fast_day = days - kept if kept else 0
    events_day = days - min(14, kept) if kept else 0
    patch_day = int(days * scenario.patch_at)
    begun = patch_day * DAY + 19 * HOUR + 10 * MINUTE
    outage = range(begun, begun + 40 * MINUTE) if scenario.patched_build else range(0)

    def build(at: int) -> str:
        return scenario.patched_build if outage and at >= outage.stop else scenario.build

    happenings = [
        happening
        for day in range(min(1, days - 1), days, 7)
        for happening in _administration(rng, mail, build(day * DAY + 9 * HOUR), day * DAY)
    ]
    if scenario.probed:
        happenings += _probes(rng, mail, days, outage, build)
    shell: Shell | None = None
    commands: tuple[str, ...] = ()
    if scenario.intruded:
        last = (fast_day or days) - 1
        plant_day = int(days * scenario.plant_at)
        planted = plant_day * DAY + 4 * HOUR + 17 * MINUTE
        shell = Shell(
            name=f"{letters(rng, 8)}.aspx",
            assembly=f"App_Web_{digits(rng, 8)}",
            compiled_hash=digits(rng, 8),
            vdir=guid(rng),
            planted=planted + 14 * SECOND,
            visitors=mail.intruders,
        )
        recon = max(0, plant_day - 3) * DAY + 2 * HOUR + 40 * MINUTE
        again = min(last, plant_day + 2) * DAY + 13 * HOUR + 5 * MINUTE
        late = min(last, patch_day + 3) * DAY + 21 * HOUR + 30 * MINUTE
        attack, commands = _intrusion(rng, mail, build, shell, (recon, again, late))
        happenings += attack
    happenings.sort(key=lambda happening: happening.at)
    return Plan(
        happenings=happenings,
        shell=shell,
        commands=commands,
        outage=outage,
        fast_from=fast_day * DAY,
        events_from=events_day * DAY,
    )


# ------------------------------------------------------------------ administration


def _ecp_set(vdir: str, build: str, value: str, identity: str, url: str, took: int) -> Row:
    # S:TIME=812;S:SID=...;'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''https://...''.Identity=...'
    data = (
        f"S:TIME={took};S:SID={{spare}};'S:CMD=Set-{vdir}.ExternalUrl=''{value}''."
        f"Identity=''{identity}''';S:REQID=;S:URL={url};S:REFERRER=;S:EX=;S:ACTID={{id}};S:RS=0;"
        f"S:BLD={build};S:TNAME=<null>"
    )
    cells = dict(zip(formats.ECP_COLUMNS, ("{end}", NAME, "ECP.Request", data), strict=True))
    return "ECP", formats.row(formats.ECP_COLUMNS, cells)


_VDIRS = (
    ("OabVirtualDirectory", "OABVirtualDirectory", "OAB", "OAB"),
    ("OwaVirtualDirectory", "OWAVirtualDirectory", "owa", "owa"),
    ("EcpVirtualDirectory", "ECPVirtualDirectory", "ecp", "ecp"),
    ("WebServicesVirtualDirectory", "EWSVirtualDirectory", "EWS", "EWS/Exchange.asmx"),
)


def _administration(rng: Random, mail: Server, build: str, day: int) -> list[Planned]:
    """A week's work of an administrator: URLs of virtual directories, a leaver's mailbox."""
    admin = mail.administrator
    at = day + 9 * HOUR + 10 * MINUTE
    done: list[Planned] = []

    def remote_shell(name: str, parameters: str) -> list[Row]:
        request = Request(
            protocol="PowerShell",
            method="POST",
            stem="/PowerShell/",
            query="PSVersion=5.1.17763.1490",
            action=f"{name}:Command",
            account=admin.account,
            auth="Kerberos",
            anchor=f"Sid~{admin.sid}",
            agent="Microsoft WinRM Client",
            address=admin.inside,
            host=server.FQDN,
            back_stem="/powershell",
        )
        log = cmdlet_row(build, admin.account, admin.sid, "EMC", name, parameters, 8372)
        return [*rows(request, build), log, windows.cmdlet(name, parameters)]

    for command, schema, label, path in _VDIRS:
        at += 90 * SECOND + below(rng, 60 * SECOND)
        url = f"https://{server.HOST}/{path}"
        identity = guid(rng)
        query = f"schema={schema}&msExchEcpCanary={letters(rng, 75)}."
        request = Request(
            protocol="Ecp",
            method="POST",
            stem="/ecp/DDI/DDIService.svc/SetObject",
            query=query,
            account=admin.account,
            auth="FBA",
            anchor=f"Sid~{admin.sid}",
            agent=admin.browser,
            address=admin.inside,
            referer=f"https://{server.HOST}/ecp/VDirMgmt/Edit{label}.aspx",
        )
        log = _ecp_set(command, build, url, identity, f"{request.stem}?{query}", 812)
        parameters = f'-ExternalUrl "{url}" -Identity "{NAME}\\{label} (Default Web Site)"'
        event = windows.cmdlet(f"Set-{command}", parameters)
        what = f"administrator sets {url} in the admin center"
        done.append(
            Planned(at, [*rows(request, build), log, event], "administration", what, admin.inside)
        )
    for name, parameters in (
        (
            "Set-ActiveSyncVirtualDirectory",
            f'-ExternalUrl "https://{server.HOST}/'
            f'Microsoft-Server-ActiveSync" -Identity "{NAME}\\Microsoft-Server-ActiveSync"',
        ),
        (
            "New-MailboxExportRequest",
            f'-Mailbox "{pick(rng, mail.users).mail}" '
            f'-FilePath "\\\\fs01.{server.DNS_DOMAIN}\\pst$\\leaver-{digits(rng, 6)}.pst"',
        ),
    ):
        at += 5 * MINUTE + below(rng, MINUTE)
        what = f"administrator runs {name} in the management shell"
        done.append(
            Planned(at, remote_shell(name, parameters), "administration", what, admin.inside)
        )
    return done


# ------------------------------------------------------------------ probes

_PROBED_SHELLS = (
    "/owa/auth/babydraco.aspx",
    "/owa/auth/RedirSuiteServerProxy.aspx",
    "/owa/auth/shell.aspx",
    "/owa/auth/OutlookEN.aspx",
    "/aspnet_client/supp0rt.aspx",
    "/aspnet_client/discover.aspx",
    "/aspnet_client/shell.aspx",
    "/aspnet_client/system_web/log.aspx",
)
_PROBE_AGENTS = (
    "Mozilla/5.0 zgrab/0.x",
    "python-requests/2.25.1",
    "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
)


def probe(rng: Random, address: str, build: str) -> list[Row]:
    """One ProxyLogon probe that asks autodiscover of a host that is not this server, and fails."""
    foreign = f"a]@{digits(rng, 20)}.oast.example.net:443"
    request = Request(
        protocol="Ecp",
        method=pick(rng, ("GET", "POST")),
        stem=f"/ecp/{letters(rng, 1)}.js",
        auth="FBA",
        anchor=f"ServerInfo~{pick(rng, (foreign, 'localhost'))}/autodiscover/autodiscover.xml?#",
        agent=pick(rng, _PROBE_AGENTS),
        address=address,
        host=server.PUBLIC_ADDRESS,
        status=pick(rng, (404, 500, 503)),
        back_status=None,
        error="",
    )
    return rows(request, build)


def _probes(
    rng: Random, mail: Server, days: int, outage: range, build: Callable[[int], str]
) -> list[Planned]:
    """Scanners after disclosure: ProxyLogon probes, and visits to shells others may have left."""
    done: list[Planned] = []
    since = days * DAY * 2 // 5
    for number in range(24):
        at = since + below(rng, days * DAY - since)
        if at in outage:
            at = outage.stop + at % HOUR
        address = mail.scanners[number % len(mail.scanners)]
        if number % 3 == 0:
            stem = pick(rng, _PROBED_SHELLS)
            behind = stem.startswith("/owa/")
            request = Request(
                protocol="Owa" if behind else "",
                method=pick(rng, ("GET", "POST")),
                stem=stem,
                auth="FBA" if behind else "",
                agent=pick(rng, _PROBE_AGENTS),
                address=address,
                status=pick(rng, (302, 404)) if behind else 404,
                back_status=None,
            )
            what = f"scanner asks for {stem}, which is not there"
            done.append(Planned(at, rows(request, build(at)), "scan", what, address, 3))
        else:
            left = probe(rng, address, build(at))
            done.append(Planned(at, left, "probe", "ProxyLogon probe, not answered", address, 5))
    return done


# ------------------------------------------------------------------ the intrusion


def _forged(address: str, resource: str, anchor: str, status: int, build: str) -> list[Row]:
    """A request to a static name that the front end forwards where its anchor says (26855)."""
    stem, _, query = anchor.partition("?")
    request = Request(
        protocol="Ecp",
        method="POST",
        stem=resource,
        auth="FBA",
        anchor=f"ServerInfo~a]@{server.FQDN}:444{anchor}",
        agent=_INTRUDER_AGENT,
        address=address,
        host=server.PUBLIC_ADDRESS,
        status=status,
        back_status=status,
        hint="X-BEResource-Cookie",
        target=f"a]@{server.FQDN}:444{stem}",
        back_stem=stem,
        back_query=query.rstrip("#"),
        back_account=server.MACHINE_ACCOUNT,
    )
    return rows(request, build)


def _visit(shell: Shell, address: str, agent: str, build: str) -> list[Row]:
    request = Request(
        protocol="Owa",
        method="POST",
        stem=shell.url,
        auth="FBA",
        agent=agent,
        address=address,
        host=server.PUBLIC_ADDRESS,
        back_status=None,
    )
    return rows(request, build)


def _intrusion(
    rng: Random,
    mail: Server,
    build: Callable[[int], str],
    shell: Shell,
    times: tuple[int, int, int],
) -> tuple[list[Planned], tuple[str, ...]]:
    """Reconnaissance, the chain, the page's use, a second visitor, and a visit after the update."""
    recon, again, late = times
    first, second = mail.intruders
    resource = f"/ecp/{letters(rng, 2)}.js"
    canary = f"{letters(rng, 75)}."
    start = shell.planted - 14 * SECOND
    service = "/ecp/DDI/DDIService.svc"
    done: list[Planned] = []

    def attack(at: int, left: list[Row], what: str, took: int = 60) -> None:
        done.append(Planned(at, left, "attack", what, first, took))

    def forged(at: int, anchor: str, what: str, status: int = 200, took: int = 60) -> None:
        left = _forged(first, resource, anchor, status, build(at))
        attack(at, left, what, took)

    forged(recon, "/autodiscover/autodiscover.xml?#", "reconnaissance through autodiscover")
    forged(start, "/autodiscover/autodiscover.xml?#", "asks autodiscover for a legacy DN")
    forged(
        start + 2310,
        f"/mapi/emsmdb/?MailboxId={mail.users[0].mailbox}@{server.MAIL_DOMAIN}#",
        "asks MAPI for the SID of a mailbox",
    )
    forged(start + 4870, "/ecp/proxyLogon.ecp?#", "logs on to the back end as that SID", 241)
    forged(
        start + 7130,
        f"{service}/GetList?reqId=1615583487987&schema=VirtualDirectory&msExchEcpCanary={canary}#",
        "lists the virtual directories",
        took=910,
    )
    identity = shell.vdir
    set_url = f"{service}/SetObject?schema=OABVirtualDirectory&msExchEcpCanary={canary}"
    forged(start + 10_400, f"{set_url}#", "sets the OAB virtual directory's URL", took=1630)
    logged = _ecp_set(
        "OabVirtualDirectory", build(start), CARRIER, identity, f"{set_url}&a={resource}", 1630
    )
    attack(start + 10_410, [logged], "script mark-up in ExternalUrl (CVE-2021-27065)")
    label = "OAB (Default Web Site)"
    parameters = f'-ExternalUrl "{CARRIER}" -Identity "{label}"'
    event = windows.cmdlet("Set-OabVirtualDirectory", parameters)
    attack(start + 10_420, [event], "script mark-up in ExternalUrl (CVE-2021-27065)")
    reset_url = f"{service}/SetObject?msExchEcpCanary={canary}&schema=ResetOABVirtualDirectory"
    created = windows.file_created("System", 4, shell.path)
    attack(shell.planted, [created], "the Reset writes the page")
    removal = windows.cmdlet(
        "Remove-OabVirtualDirectory", f'-Force "True" -Identity "{NAME}\\{label}"'
    )
    attack(start + 14_600, [removal], "the Reset removes the virtual directory")
    creation = windows.cmdlet(
        "New-OabVirtualDirectory",
        f'-WebSiteName "Default Web Site" -Server "{NAME}" -Role "ClientAccess" '
        f'-InternalUrl "https://{server.FQDN}/OAB" -Path "C:\\Program Files\\Microsoft\\'
        'Exchange Server\\V15\\FrontEnd\\HttpProxy\\OAB"',
    )
    attack(start + 16_200, [creation], "the Reset creates the virtual directory again")
    forged(start + 16_900, f"{reset_url}#", "resets the OAB virtual directory", took=3_100)

    commands: list[str] = []
    pool_pid = 10844

    def visit(at: int, address: str, agent: str, took: int, command: str = "") -> None:
        if command:
            commands.append(command)
            pid = 4000 + 4 * below(rng, 5000)
            inner = command.split(" ")[-1] if "&" not in command else "ipconfig /all"
            tool = f"C:\\Windows\\System32\\{inner.split(' ')[0]}.exe"
            left = windows.process(
                rng, windows.CMD, command, windows.W3WP, windows.OWA_POOL, pid, pool_pid
            ) + windows.process(rng, tool, inner, windows.CMD, command, pid + 4, pid)
            what = f"the IIS worker runs: {command}"
            done.append(Planned(at - 9, left, "command", what, address))
        page = _visit(shell, address, agent, build(at))
        done.append(Planned(at, page, "visit", "POST to the planted page", address, took, 700))

    # The first hit compiles the page: slow, and it leaves a trace that outlives the page.
    opened = start + 41 * SECOND
    for name in (f"{shell.assembly}.0.js", f"{shell.assembly}.dll"):
        compiled = windows.file_created(windows.W3WP, pool_pid, f"{COMPILED}\\{name}")
        attack(opened - 700, [compiled], "the planted page is compiled")
    trace = f"{COMPILED}\\{shell.name}.{shell.compiled_hash}.compiled"
    attack(opened - 650, [windows.file_created(windows.W3WP, pool_pid, trace)], "compiled trace")
    chopper = (
        'cmd /c cd /d "C:\\inetpub\\wwwroot\\aspnet_client"&ipconfig /all&echo [S]&cd&echo [E]'
    )
    visit(opened, first, _INTRUDER_AGENT, 3120, "cmd /c whoami")
    visit(opened + 38 * SECOND, first, _INTRUDER_AGENT, 62, chopper)
    visit(opened + 95 * SECOND, first, _INTRUDER_AGENT, 31)
    visit(opened + 170 * SECOND, first, _INTRUDER_AGENT, 28)
    visit(again, second, _SECOND_AGENT, 47, "cmd /c tasklist")
    visit(again + 21 * SECOND, second, _SECOND_AGENT, 33)
    visit(late, second, _SECOND_AGENT, 51, "cmd /c quser")
    return done, tuple(commands)
