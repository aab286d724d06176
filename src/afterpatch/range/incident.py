"""What is laid into the traffic on purpose, row by row, with what each row is.

A week's administration, scanners' probes, the whole ProxyLogon intrusion, and after it the stories
of the scenario. Rows have the shape public reports and Microsoft's Test-ProxyLogon.ps1 give for
CVE-2021-26855 and CVE-2021-27065. Nothing here would run: the planted page holds a comment.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from random import Random

from msgspec import Struct, field

from afterpatch.range import server, windows
from afterpatch.range.draw import below, digits, guid, letters, pick
from afterpatch.range.keeping import Keeping
from afterpatch.range.scenario import Scenario
from afterpatch.range.server import CONTROLLER, DNS_DOMAIN, FQDN, NAME, Server
from afterpatch.range.stage import (
    CHROME,
    COMPILED_OWA,
    DAY,
    FRONT_END,
    HOUR,
    MARKER,
    MINUTE,
    OWA_AUTH,
    PYTHON,
    SECOND,
    Page,
    Planned,
    Stage,
    compiled_trace,
    ecp_row,
    forged,
)
from afterpatch.range.stories import STORIES
from afterpatch.range.traffic import cmdlet_row
from afterpatch.range.web import Request, Row, rows

COMPILED = COMPILED_OWA
CARRIER = f"http://f/{MARKER}"
_INTRUDER_AGENT = CHROME
_SECOND_AGENT = PYTHON


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
    """Everything of one scenario. `outage` is when the update was installed, in ms, or empty.

    `stage` holds the files of its stories, and what is true of them; `keeping` what else than by
    `fast_from` is lost of the logs.
    """

    happenings: list[Planned]
    stage: Stage
    outage: range
    fast_from: int
    events_from: int
    keeping: Keeping = field(default_factory=Keeping)


def plan(scenario: Scenario, mail: Server, seed: int, first: date, days: int) -> Plan:
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
        for happening in administration(rng, mail, build(day * DAY + 9 * HOUR), day * DAY)
    ]
    if scenario.probed:
        happenings += _probes(rng, mail, days, outage, build)
    plant_day = int(days * scenario.plant_at)
    stage = Stage(
        rng=rng,
        mail=mail,
        build=build,
        days=days,
        clock=plant_day * DAY + 5 * HOUR + 20 * MINUTE,
        address=mail.intruders[0],
    )
    if scenario.intruded:
        last = (fast_day or days) - 1
        shell = Shell(
            name=f"{letters(rng, 8)}.aspx",
            assembly=f"App_Web_{digits(rng, 8)}",
            compiled_hash=digits(rng, 8),
            vdir=guid(rng),
            planted=plant_day * DAY + 4 * HOUR + 17 * MINUTE + 14 * SECOND,
            visitors=mail.intruders,
        )
        recon = max(0, plant_day - 3) * DAY + 2 * HOUR + 40 * MINUTE
        again = min(last, plant_day + 2) * DAY + 13 * HOUR + 5 * MINUTE
        late = min(last, patch_day + 3) * DAY + 21 * HOUR + 30 * MINUTE
        _intrusion(stage, shell, (recon, again, late))
        moment = datetime.combine(first, time()) + timedelta(milliseconds=shell.planted)
        stage.files[shell.path] = dump(shell.vdir, moment, build(shell.planted)).encode()
    for story in scenario.stories:
        STORIES[story](stage)
    happenings += stage.done
    happenings.sort(key=lambda happening: happening.at)
    return Plan(
        happenings=happenings,
        stage=stage,
        outage=outage,
        fast_from=fast_day * DAY,
        events_from=events_day * DAY,
    )


# ------------------------------------------------------------------ administration


def ecp_set(vdir: str, build: str, value: str, identity: str, url: str, took: int) -> Row:
    # S:TIME=812;S:SID=...;'S:CMD=Set-OabVirtualDirectory.ExternalUrl=''https://...''.Identity=...'
    command = f"Set-{vdir}.ExternalUrl=''{value}''.Identity=''{identity}''"
    return ecp_row(command, url, build, took=str(took))


_VDIRS = (
    ("OabVirtualDirectory", "OABVirtualDirectory", "OAB", "OAB"),
    ("OwaVirtualDirectory", "OWAVirtualDirectory", "owa", "owa"),
    ("EcpVirtualDirectory", "ECPVirtualDirectory", "ecp", "ecp"),
    ("WebServicesVirtualDirectory", "EWSVirtualDirectory", "EWS", "EWS/Exchange.asmx"),
)


def administration(rng: Random, mail: Server, build: str, day: int) -> list[Planned]:
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
        log = ecp_set(command, build, url, identity, f"{request.stem}?{query}", 812)
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


def probe(rng: Random, address: str, build: str, agent: str = "") -> list[Row]:
    """One ProxyLogon probe that asks autodiscover of a host that is not this server, and fails."""
    foreign = f"a]@{digits(rng, 20)}.oast.example.net:443"
    request = Request(
        protocol="Ecp",
        method=pick(rng, ("GET", "POST")),
        stem=f"/ecp/{letters(rng, 1)}.js",
        auth="FBA",
        anchor=f"ServerInfo~{pick(rng, (foreign, 'localhost'))}/autodiscover/autodiscover.xml?#",
        agent=agent or pick(rng, _PROBE_AGENTS),
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


def _intrusion(stage: Stage, shell: Shell, times: tuple[int, int, int]) -> None:
    """Reconnaissance, the chain, the page's use, a second visitor, and a visit after the update."""
    rng, mail, build = stage.rng, stage.mail, stage.build
    recon, again, late = times
    first, second = mail.intruders
    resource = f"/ecp/{letters(rng, 2)}.js"
    canary = f"{letters(rng, 75)}."
    start = shell.planted - 14 * SECOND
    service = "/ecp/DDI/DDIService.svc"
    done = stage.done

    def attack(at: int, left: list[Row], what: str, took: int = 60) -> None:
        done.append(Planned(at, left, "attack", what, first, took))

    def send(at: int, anchor: str, what: str, status: int = 200, took: int = 60) -> None:
        left = forged(first, resource, anchor, status, build(at))
        attack(at, left, what, took)

    send(recon, "/autodiscover/autodiscover.xml?#", "reconnaissance through autodiscover")
    send(start, "/autodiscover/autodiscover.xml?#", "asks autodiscover for a legacy DN")
    send(
        start + 2310,
        f"/mapi/emsmdb/?MailboxId={mail.users[0].mailbox}@{server.MAIL_DOMAIN}#",
        "asks MAPI for the SID of a mailbox",
    )
    send(start + 4870, "/ecp/proxyLogon.ecp?#", "logs on to the back end as that SID", 241)
    send(
        start + 7130,
        f"{service}/GetList?reqId=1615583487987&schema=VirtualDirectory&msExchEcpCanary={canary}#",
        "lists the virtual directories",
        took=910,
    )
    identity = shell.vdir
    set_url = f"{service}/SetObject?schema=OABVirtualDirectory&msExchEcpCanary={canary}"
    send(start + 10_400, f"{set_url}#", "sets the OAB virtual directory's URL", took=1630)
    logged = ecp_set(
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
    send(start + 16_900, f"{reset_url}#", "resets the OAB virtual directory", took=3_100)

    commands = stage.truth.commands
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
        done.append(
            Planned(at, page, "visit", "POST to the planted page", address, took, 700, shell.url)
        )

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
    stage.files[trace] = compiled_trace(shell.url, shell.assembly, shell.compiled_hash)
    stage.files[f"{COMPILED}\\{shell.assembly}.dll"] = (
        f"afterpatch range: placeholder for the assembly of {shell.url}\r\n".encode()
    )
    page = Page(shell.path, shell.url, shell.planted, first, visitors=[first, second])
    stage.pages.append(page)
    stage.chain("ProxyLogon", "exploited", ("CVE-2021-26855", "CVE-2021-27065"))


def dump(vdir: str, planted: datetime, build: str) -> str:
    """A virtual directory's properties as the Reset writes them, the mark-up in ExternalUrl."""
    distinguished = (
        f"CN=OAB (Default Web Site),CN=HTTP,CN=Protocols,CN={NAME},CN=Servers,CN=Exchange "
        "Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups,CN=Example,CN=Microsoft "
        "Exchange,CN=Services,CN=Configuration,DC=corp,DC=example,DC=org"
    )
    clock = f"{planted.month}/{planted.day}/{planted:%Y} {planted.hour % 12 or 12}:{planted:%M:%S}"
    when = f"{clock} {'AM' if planted.hour < 12 else 'PM'}"
    properties = {
        "Name": "OAB (Default Web Site)",
        "PollInterval": "480",
        "OfflineAddressBooks": "",
        "RequireSSL": "True",
        "BasicAuthentication": "False",
        "WindowsAuthentication": "True",
        "OAuthAuthentication": "False",
        "MetabasePath": f"IIS://{FQDN}/W3SVC/1/ROOT/OAB",
        "Path": f"{FRONT_END}\\OAB",
        "ExtendedProtectionTokenChecking": "None",
        "ExtendedProtectionFlags": "",
        "ExtendedProtectionSPNList": "",
        "AdminDisplayVersion": f"Version 15.1 (Build {build[5:]})",
        "Server": NAME,
        "InternalUrl": f"https://{FQDN}/OAB",
        "InternalAuthenticationMethods": "WindowsIntegrated",
        "ExternalUrl": CARRIER,
        "ExternalAuthenticationMethods": "WindowsIntegrated",
        "AdminDisplayName": "",
        "ExchangeVersion": "0.10 (14.0.100.0)",
        "DistinguishedName": distinguished,
        "Identity": f"{NAME}\\OAB (Default Web Site)",
        "Guid": vdir,
        "ObjectCategory": f"{DNS_DOMAIN}/Configuration/Schema/ms-Exch-OAB-Virtual-Directory",
        "ObjectClass": "top\r\n                                  msExchVirtualDirectory\r\n"
        "                                  msExchOABVirtualDirectory",
        "WhenChanged": when,
        "WhenCreated": "10/12/2020 9:31:08 AM",
        "WhenChangedUTC": when,
        "WhenCreatedUTC": "10/12/2020 9:31:08 AM",
        "OrganizationId": "",
        "Id": f"{NAME}\\OAB (Default Web Site)",
        "OriginatingServer": CONTROLLER,
        "IsValid": "True",
    }
    return "".join(f"{name:<31} : {value}\r\n" for name, value in properties.items())
