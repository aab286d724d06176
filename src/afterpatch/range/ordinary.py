"""What busy administrators, their tools and the product's own updates leave behind.

None of it is an attack, and much of it looks like one.
"""

from __future__ import annotations

from afterpatch.range import server, windows
from afterpatch.range.draw import below, digits, pick
from afterpatch.range.server import NAME, User
from afterpatch.range.stage import FRONT_END, HOUR, MINUTE, SECOND, Stage, http_row
from afterpatch.range.web import Request, rows
from afterpatch.range.windows import Caller

_SYSTEM32 = "C:\\Windows\\System32"
_POWERSHELL = f"{_SYSTEM32}\\WindowsPowerShell\\v1.0\\powershell.exe"
_WINRM = "Microsoft WinRM Client"


def administration(stage: Stage) -> None:
    """A day of an administrator, a backup, a monitoring program, an update and an own web page."""
    _update(stage)
    stage.wait(3 * HOUR)
    _management_shell(stage)
    _on_the_console(stage)
    _programs(stage)
    _pages(stage)


def _ordinary(stage: Stage, left: list[tuple[str, str]], what: str, actor: str = "") -> None:
    stage.lay(left, what, kind="administration", actor=actor)


def _admin(stage: Stage) -> Caller:
    admin = stage.mail.administrator
    return Caller(admin.sid, admin.name, server.DOMAIN, "0x5f2a91")


# ------------------------------------------------------------------ cmdlets


def _management_shell(stage: Stage) -> None:
    admin = stage.mail.administrator
    share = f"\\\\fs01.{server.DNS_DOMAIN}"
    users = stage.mail.users
    leavers = [users[number] for number in (11, 42, 77)]
    deeds: list[tuple[str, str]] = [
        ("New-ManagementRoleAssignment", '-Role "Mailbox Import Export" '
         '-SecurityGroup "Organization Management"'),
        *(
            ("New-MailboxExportRequest", f'-Mailbox "{user.mail}" -FilePath '
             f'"{share}\\pst$\\{user.name}-{digits(stage.rng, 4)}.pst"')
            for user in leavers
        ),
        ("Get-MailboxExportRequest", '-Status "Completed"'),
        *(
            ("Remove-MailboxExportRequest", f'-Identity "{user.mail}\\MailboxExport" '
             '-Confirm "False"')
            for user in leavers
        ),
        ("Add-MailboxPermission", f'-Identity "{users[3].mail}" -User "{users[4].mail}" '
         '-AccessRights "FullAccess" -InheritanceType "All"'),
        ("Add-MailboxPermission", f'-Identity "reception@{server.MAIL_DOMAIN}" '
         f'-User "{users[9].mail}" -AccessRights "FullAccess"'),
        ("Add-MailboxFolderPermission", f'-Identity "{users[3].mail}:\\Calendar" '
         f'-User "{users[4].mail}" -AccessRights "Editor"'),
        ("Set-Mailbox", f'-Identity "{users[3].mail}" -GrantSendOnBehalfTo "{users[4].mail}"'),
        ("Set-Mailbox", f'-Identity "{leavers[0].mail}" -ForwardingAddress "{users[5].mail}" '
         '-DeliverToMailboxAndForward "True"'),
        ("Set-Mailbox", f'-Identity "{leavers[1].mail}" '
         f'-ForwardingSmtpAddress "smtp:{users[6].mail}"'),
        ("New-InboxRule", f'-Mailbox "reception@{server.MAIL_DOMAIN}" -Name "Invoices" '
         f'-SubjectContainsWords "invoice" -ForwardTo "accounting@{server.MAIL_DOMAIN}"'),
        ("New-TransportRule", '-Name "Disclaimer" -FromScope "InOrganization" '
         '-ApplyHtmlDisclaimerText "Example Organization"'),
        ("New-TransportRule", f'-Name "Journal" -BlindCopyTo "archive@{server.MAIL_DOMAIN}" '
         '-FromScope "InOrganization"'),
        ("New-ExchangeCertificate", f'-GenerateRequest "True" -SubjectName "CN={server.HOST}" '
         f'-DomainName "{server.HOST}" -RequestFile "{share}\\certs\\mail.req"'),
        ("Set-OwaVirtualDirectory", f'-Identity "{NAME}\\owa (Default Web Site)" '
         f'-ExternalUrl "https://{server.HOST}/owa"'),
        ("Set-SendConnector", '-Identity "Internet" -SmartHosts "relay.example.org"'),
        ("Search-Mailbox", f'-Identity "{users[8].mail}" -SearchQuery "contract" '
         f'-TargetMailbox "legal@{server.MAIL_DOMAIN}" -TargetFolder "Hold"'),
        ("New-RoleGroup", '-Name "Helpdesk Level 2" -Roles "Mail Recipients"'),
        ("Add-RoleGroupMember", f'-Identity "Helpdesk Level 2" -Member "{users[30].mail}"'),
        ("Get-Mailbox", '-ResultSize "Unlimited"'),
        ("Get-App", f'-Mailbox "{users[2].mail}"'),
    ]  # fmt: skip
    for name, parameters in deeds:
        _winrm(stage, admin, name)
        stage.cmdlet(
            admin, name, parameters, f"administrator runs {name}",
            kind="administration", actor=admin.inside,
        )  # fmt: skip
        stage.wait(20 * SECOND + below(stage.rng, MINUTE))
    stage.cmdlet(
        admin, "New-MailboxExportRequest",
        f'-Mailbox "{users[12].mail}" -FilePath "{share}\\pst$\\{users[12].name}.pst"',
        "administrator mistypes a share",
        error="Microsoft.Exchange.MailboxReplicationService.RemotePermanentException: access "
        "to the path is denied",
        kind="administration", actor=admin.inside,
    )  # fmt: skip


def _winrm(stage: Stage, admin: User, name: str) -> None:
    """The remote shell's own requests, front end and back."""
    request = Request(
        protocol="PowerShell",
        method="POST",
        stem="/PowerShell/",
        query="PSVersion=5.1.17763.1490",
        action=f"{name}:Command",
        account=admin.account,
        auth="Kerberos",
        anchor=f"Sid~{admin.sid}",
        agent=_WINRM,
        address=admin.inside,
        host=server.FQDN,
        back_stem="/powershell",
    )
    build = stage.build(stage.clock)
    left = [*rows(request, build), http_row(build, admin.account, _WINRM, server.ADDRESS)]
    _ordinary(stage, left, f"remote shell for {name}", admin.inside)


# ------------------------------------------------------------------ processes


def _on_the_console(stage: Stage) -> None:
    """Signed in to the server itself: looks around, adds a colleague, adjusts IIS."""
    caller = _admin(stage)
    explorer = "C:\\Windows\\explorer.exe"
    for tool, command in (
        ("whoami.exe", "whoami /groups"),
        ("ipconfig.exe", "ipconfig /all"),
        ("quser.exe", "quser"),
        ("net.exe", 'net group "Exchange Trusted Subsystem" /domain'),
        ("nltest.exe", f"nltest /dsgetdc:{server.DNS_DOMAIN}"),
        ("inetsrv\\appcmd.exe", "appcmd list apppool"),
        ("tasklist.exe", "tasklist /svc"),
        ("vssadmin.exe", "vssadmin list writers"),
    ):
        pid = 4000 + 4 * below(stage.rng, 5000)
        left = windows.process(
            stage.rng, f"{_SYSTEM32}\\{tool}", command, windows.CMD, "cmd.exe", pid, 3312, caller
        )
        _ordinary(stage, left, f"administrator runs {command} on the console")
        stage.wait(8 * SECOND)
    shell = windows.process(
        stage.rng, windows.CMD, "cmd.exe", explorer, explorer, 3312, 2200, caller
    )
    _ordinary(stage, shell, "administrator opens a console")
    created, sid = windows.account_created(stage.rng, "helpdesk-local", caller)
    group = windows.member_added("Remote Desktop Users", "S-1-5-32-555", sid, caller)
    _ordinary(stage, [created, group], "administrator makes a local account for the helpdesk")
    downloads = f"C:\\Users\\{caller.name}\\Downloads"
    for image, command in (
        (f"{downloads}\\MSERT.exe", f"{downloads}\\MSERT.exe /Q"),
        (_POWERSHELL, "powershell.exe -File .\\HealthChecker.ps1"),
        (_POWERSHELL, "powershell.exe -File .\\Test-ProxyLogon.ps1 -OutPath C:\\Temp"),
    ):
        left = windows.process(
            stage.rng, image, command, windows.CMD, "cmd.exe", 5508, 3312, caller
        )
        _ordinary(stage, left, f"administrator runs {command} of Microsoft")
    folder = "C:\\Program Files\\Microsoft\\Exchange Server\\V15\\Mailbox"
    exclusion = [
        windows.script(f"Set-MpPreference -ExclusionPath '{folder}'"),
        windows.exclusion_added(folder),
    ]
    _ordinary(stage, exclusion, "antivirus leaves the databases alone, as Microsoft advises")
    script = "C:\\Scripts\\CleanupLogs.ps1"
    arguments = f"-NoProfile -ExecutionPolicy Bypass -File {script}"
    _ordinary(
        stage, windows.task("\\Maintenance\\Exchange log cleanup", _POWERSHELL, arguments, caller),
        "administrator registers the usual clean-up of old logs",
    )  # fmt: skip
    task_host = f"{_SYSTEM32}\\svchost.exe"
    left = windows.process(
        stage.rng, _POWERSHELL, f'"{_POWERSHELL}" {arguments}', task_host,
        f"{task_host} -k netsvcs -p -s Schedule", 9120, 1288,
    )  # fmt: skip
    left.append(
        windows.script(
            "$days = 30\r\nGet-ChildItem 'C:\\inetpub\\logs\\LogFiles' -Recurse -Filter *.log | "
            "Where-Object LastWriteTime -lt (Get-Date).AddDays(-$days) | Remove-Item -Force",
            script,
        )
    )
    left += [
        windows.file_deleted(
            _POWERSHELL, 9120, f"C:\\inetpub\\logs\\LogFiles\\W3SVC{site}\\u_ex2608{day:02}.log"
        )
        for site in (1, 2)
        for day in (2, 3)
    ]
    _ordinary(stage, left, "the clean-up deletes logs older than a month")


def _programs(stage: Stage) -> None:
    """Monitoring and backup are installed; support and antivirus pack their own diagnostics."""
    installer = f"{_SYSTEM32}\\msiexec.exe"
    services = (
        ("Zabbix Agent", '"C:\\Program Files\\Zabbix Agent\\zabbix_agentd.exe" --config '
         '"C:\\Program Files\\Zabbix Agent\\zabbix_agentd.conf"'),
        ("TeamViewer", '"C:\\Program Files (x86)\\TeamViewer\\TeamViewer_Service.exe"'),
        ("VeeamDeploySvc", '"C:\\Program Files\\Veeam\\Backup Transport\\VeeamDeploymentSvc.exe"'),
        ("Microsoft Monitoring Agent", '"C:\\Program Files\\Microsoft Monitoring Agent\\Agent\\'
         'HealthService.exe"'),
    )  # fmt: skip
    for name, image in services:
        left = [windows.service_installed(name, image), windows.service_state(name, "running")]
        _ordinary(stage, left, f"{name} is installed")
    archives = (
        ("C:\\Program Files\\McAfee\\Agent\\masvc.exe", "C:\\ProgramData\\McAfee\\Agent\\mer.zip"),
        ("C:\\Program Files\\Dell\\SysMgt\\dsm_sa_datamgr64.exe",
         "C:\\ProgramData\\Dell\\UpdateService\\Log\\support.zip"),
        ("C:\\Program Files\\VMware\\VMware Tools\\vmtoolsd.exe", "C:\\ProgramData\\VMware\\"
         "VMware Tools\\vm-support.zip"),
        ("C:\\Windows\\CCM\\CcmExec.exe", "C:\\ProgramData\\CCM\\Logs.7z"),
    )  # fmt: skip
    for image, path in archives:
        _ordinary(stage, [windows.file_created(image, 2480, path)], "a program packs its logs")
    left = [
        windows.file_created(installer, 6016, "C:\\Program Files\\Zabbix Agent\\zabbix_agentd.exe"),
        *windows.process(
            stage.rng, f"{_SYSTEM32}\\vssadmin.exe", "vssadmin list shadows",
            "C:\\Program Files\\Veeam\\Backup Transport\\VeeamGuestHelper.exe",
            "VeeamGuestHelper.exe --snapshot", 7004, 6980,
        ),
        windows.connected("C:\\Program Files\\Veeam\\Backup Transport\\VeeamAgent.exe", 6980,
                          "10.0.20.40", 2500),
    ]  # fmt: skip
    _ordinary(stage, left, "a backup runs")
    # The address of an own domain is no attack: Outlook on telephones asks so.
    for number in range(6):
        user = stage.mail.users[60 + number]
        request = Request(
            protocol="Autodiscover",
            method="GET",
            stem=f"/autodiscover/autodiscover.json/v1.0/{user.mail}"
            if number % 2
            else "/autodiscover/autodiscover.json",
            query="Protocol=ActiveSync"
            if number % 2
            else f"Email={user.mail.replace('@', '%40')}&Protocol=ActiveSync&RedirectCount=1",
            anchor=f"SMTP:{user.mail}",
            agent=pick(stage.rng, ("Outlook-iOS/2.0", "Microsoft Office/16.0 (Microsoft Outlook)")),
            address=user.outside,
            host=f"autodiscover.{server.MAIL_DOMAIN}",
        )
        stage.ask(request, "Outlook asks Autodiscover", kind="administration", took=20, got=240)


def _update(stage: Stage) -> None:
    """A security update is installed again: its installer loads the snap-in and lays down pages."""
    installer = f"{_SYSTEM32}\\msiexec.exe"
    setup = f"{installer} /i exchange.msp /quiet"
    command = (
        f"{_POWERSHELL} -Command Add-PSSnapin Microsoft.Exchange.Management.PowerShell.Setup; "
        "Add-PSSnapin Microsoft.Exchange.Management.PowerShell.SnapIn; Get-ExchangeServer"
    )
    left = windows.process(stage.rng, _POWERSHELL, command, installer, setup, 8800, 8720)
    left.append(windows.service_state("Microsoft Exchange Transport", "stopped"))
    for page in ("logon", "errorFE", "signout", "OutlookCN", "RedirSuiteServiceProxy"):
        path = f"{FRONT_END}\\owa\\auth\\{page}.aspx"
        left.append(windows.file_created(installer, 8720, path))
    left.append(
        windows.file_created(installer, 8720, f"{FRONT_END}\\ecp\\auth\\TimeoutLogout.aspx")
    )
    left.append(windows.service_state("Microsoft Exchange Transport", "running"))
    _ordinary(stage, left, "a security update is installed")


# ------------------------------------------------------------------ own pages


def _pages(stage: Stage) -> None:
    """The helpdesk's own application, and a second admin center after Microsoft's instructions."""
    folder = "D:\\Apps\\Helpdesk"
    stage.directories.append(("/helpdesk", folder, "DefaultAppPool"))
    stage.sites.append(("EAC_Secondary", "C:\\inetpub\\EAC_Secondary"))
    for number in range(12):
        user = stage.mail.users[80 + number % 5]
        request = Request(
            protocol="",
            method=("GET", "POST")[number % 2],
            stem="/helpdesk/default.aspx",
            account=user.account,
            agent=user.browser,
            address=user.inside,
            referer=f"https://{server.HOST}/helpdesk/default.aspx",
        )
        what = "somebody uses the helpdesk's page"
        stage.ask(request, what, kind="administration", took=40, got=9000)
        stage.wait(MINUTE + below(stage.rng, MINUTE))
