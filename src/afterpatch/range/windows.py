"""Windows events as one JSON object a line, in the shape NXLog gives them (OTRF Security-Datasets).

Writing binary event logs is out of the range's reach; the fields and their names are those of the
Windows events and of Sysmon's schema. Times are tokens of `formats`.
"""

from __future__ import annotations

import json
from random import Random

from msgspec import Struct

from afterpatch.range import server
from afterpatch.range.draw import below, digits
from afterpatch.range.web import Row

W3WP = "C:\\Windows\\System32\\inetsrv\\w3wp.exe"
CMD = "C:\\Windows\\System32\\cmd.exe"


def pool(name: str) -> str:
    """The command line of the worker of an application pool."""
    return (
        f'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "{name}" -v "v4.0" -c '
        '"C:\\Program Files\\Microsoft\\Exchange Server\\V15\\bin\\'
        'GenericAppPoolConfigWithGCServerEnabledFalse.config" -a '
        "\\\\.\\pipe\\iisipm8e72bd3c-90fe-435f-bda2-fdb8731bc136 -h "
        f'"C:\\inetpub\\temp\\apppools\\{name}\\{name}.config" -w "" -m 0'
    )


OWA_POOL = pool("MSExchangeOWAAppPool")
_SECURITY = "Microsoft-Windows-Security-Auditing"
_SYSMON = "Microsoft-Windows-Sysmon"
_CHANNELS = {
    "Security": ("Security", _SECURITY, "{54849625-5478-4994-A5BA-3E3B0328C30D}"),
    "Sysmon": (
        "Microsoft-Windows-Sysmon/Operational",
        _SYSMON,
        "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
    ),
    "Management": ("MSExchange Management", "MSExchange CmdletLogs", ""),
    "Application": ("Application", "", ""),
    "System": ("System", "Service Control Manager", ""),
    "PowerShell": (
        "Microsoft-Windows-PowerShell/Operational",
        "Microsoft-Windows-PowerShell",
        "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}",
    ),
    "Defender": (
        "Microsoft-Windows-Windows Defender/Operational",
        "Microsoft-Windows-Windows Defender",
        "{11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78}",
    ),
    "TaskScheduler": (
        "Microsoft-Windows-TaskScheduler/Operational",
        "Microsoft-Windows-TaskScheduler",
        "{DE7B24EA-73C8-4A09-985D-5BDADCFA9017}",
    ),
    "IIS-Configuration": (
        "Microsoft-IIS-Configuration/Operational",
        "Microsoft-Windows-IIS-Configuration",
        "{DC0B8E51-4863-407A-BC3C-1B479B2978AC}",
    ),
}
_EVENTLOG = "Microsoft-Windows-Eventlog"


class Caller(Struct, frozen=True):
    """Who did what an audit event tells: the server itself unless told otherwise."""

    sid: str = "S-1-5-18"
    name: str = f"{server.NAME}$"
    domain: str = server.DOMAIN
    logon: str = "0x3e7"

    @property
    def account(self) -> str:
        return "NT AUTHORITY\\SYSTEM" if self.logon == "0x3e7" else f"{self.domain}\\{self.name}"

    @property
    def subject(self) -> dict[str, str]:
        return {
            "SubjectUserSid": self.sid,
            "SubjectUserName": self.name,
            "SubjectDomainName": self.domain,
            "SubjectLogonId": self.logon,
        }

    @property
    def told(self) -> str:
        return (
            f"Subject:\r\n\tSecurity ID:\t\t{self.sid}\r\n\tAccount Name:\t\t{self.name}\r\n"
            f"\tAccount Domain:\t\t{self.domain}\r\n\tLogon ID:\t\t0x{self.logon[2:].upper()}"
        )


SYSTEM = Caller()


def event(
    log: str,
    number: int,
    message: str,
    fields: dict[str, str] | None = None,
    provider: str = "",
    level: str = "4",
) -> Row:
    """One event; `log` names the file it goes to, `number` is its EventID."""
    channel, source, source_guid = _CHANNELS[log]
    record: dict[str, str | int] = {"SourceName": provider or source}
    if source_guid:
        record["ProviderGuid"] = source_guid
    record |= {
        "Level": "0" if log == "Security" else level,
        "Keywords": "0x8020000000000000" if log == "Security" else "0x80000000000000",
        "Channel": channel,
        "Hostname": server.FQDN.replace("mail01", server.NAME),
        "TimeCreated": "{end}",
        "@timestamp": "{end}",
        "EventID": number,
        "Message": message,
        "Task": {4624: "12544", 4688: "13312"}.get(number, str(number)),
    }
    return log, json.dumps(record | (fields or {}), separators=(",", ":"), ensure_ascii=False)


def sysmon(number: int, title: str, fields: dict[str, str]) -> Row:
    """A Sysmon event; the message repeats the fields, as Sysmon's own does."""
    fields = {"RuleName": "-", "UtcTime": "{utc}"} | fields
    message = title + ":" + "".join(f"\r\n{name}: {value}" for name, value in fields.items())
    return event("Sysmon", number, message, fields)


def process(
    rng: Random,
    image: str,
    command: str,
    parent: str,
    parent_command: str,
    pid: int,
    ppid: int,
    caller: Caller = SYSTEM,
    hashes: str = "",
) -> list[Row]:
    """The start of one process, by the system account unless told: Sysmon 1 and Security 4688."""
    label = image.rsplit("\\", 1)[-1]
    level = "System" if caller is SYSTEM else "High"
    created = sysmon(
        1,
        "Process Create",
        {
            "ProcessGuid": "{6004D249-AFCF-604D-" + digits(rng, 4).upper() + "-000000000900}",
            "ProcessId": str(pid),
            "Image": image,
            "FileVersion": "10.0.14393.0 (rs1_release.160715-1616)",
            "Company": "Microsoft Corporation",
            "OriginalFileName": label,
            "CommandLine": command,
            "CurrentDirectory": "c:\\windows\\system32\\inetsrv\\",
            "User": caller.account,
            "LogonId": caller.logon,
            "TerminalSessionId": "0",
            "IntegrityLevel": level,
            "Hashes": hashes or f"MD5={digits(rng, 32).upper()},SHA256={digits(rng, 64).upper()}",
            "ParentProcessGuid": "{6004D249-09DA-604D-8F19-000000000900}",
            "ParentProcessId": str(ppid),
            "ParentImage": parent,
            "ParentCommandLine": parent_command,
        },
    )
    audited = event(
        "Security",
        4688,
        f"A new process has been created.\r\n\r\nCreator {caller.told}\r\n\r\n"
        "Process Information:\r\n"
        f"\tNew Process ID:\t\t{pid:#x}\r\n\tNew Process Name:\t{image}\r\n"
        f"\tCreator Process ID:\t{ppid:#x}\r\n\tCreator Process Name:\t{parent}\r\n"
        f"\tProcess Command Line:\t{command}",
        {
            **caller.subject,
            "NewProcessId": f"{pid:#x}",
            "NewProcessName": image,
            "TokenElevationType": "%%1936",
            "ProcessId": f"{ppid:#x}",
            "CommandLine": command,
            "TargetUserSid": "S-1-0-0",
            "TargetUserName": "-",
            "TargetDomainName": "-",
            "TargetLogonId": "0x0",
            "ParentProcessName": parent,
            "MandatoryLabel": "S-1-16-16384" if caller is SYSTEM else "S-1-16-12288",
        },
    )
    return [created, audited]


def file_created(image: str, pid: int, path: str) -> Row:
    """Sysmon 11."""
    return sysmon(
        11,
        "File created",
        {
            "ProcessGuid": "{6004D249-09DA-604D-8F19-000000000900}",
            "ProcessId": str(pid),
            "Image": image,
            "TargetFilename": path,
            "CreationUtcTime": "{utc}",
        },
    )


def logon(rng: Random, user: server.User, address: str, workstation: str = "-") -> Row:
    """Security 4624, type 3 by NTLM; `workstation` is what the client calls itself."""
    logon_id = f"0x{below(rng, 1 << 28):x}"
    port = str(1024 + below(rng, 60000))
    return event(
        "Security",
        4624,
        "An account was successfully logged on.\r\n\r\nSubject:\r\n\tSecurity ID:\t\tS-1-0-0\r\n"
        "\tAccount Name:\t\t-\r\n\tAccount Domain:\t\t-\r\n\tLogon ID:\t\t0x0\r\n\r\n"
        "Logon Information:\r\n\tLogon Type:\t\t3\r\n\tElevated Token:\t\tNo\r\n\r\nNew Logon:\r\n"
        f"\tSecurity ID:\t\t{user.sid}\r\n\tAccount Name:\t\t{user.name}\r\n"
        f"\tAccount Domain:\t\t{server.DOMAIN}\r\n\tLogon ID:\t\t{logon_id}\r\n"
        "\tLogon GUID:\t\t{{spare}}\r\n\r\nNetwork Information:\r\n"
        f"\tWorkstation Name:\t{workstation}\r\n"
        f"\tSource Network Address:\t{address}\r\n\tSource Port:\t\t{port}\r\n\r\n"
        "This event is generated when a logon session is created. It is generated on the computer "
        "that was accessed.",
        {
            "SubjectUserSid": "S-1-0-0",
            "SubjectUserName": "-",
            "SubjectDomainName": "-",
            "SubjectLogonId": "0x0",
            "TargetUserSid": user.sid,
            "TargetUserName": user.name,
            "TargetDomainName": server.DOMAIN,
            "TargetLogonId": logon_id,
            "LogonType": "3",
            "LogonProcessName": "NtLmSsp ",
            "AuthenticationPackageName": "NTLM",
            "WorkstationName": workstation,
            "LogonGuid": "{{spare}}",
            "LmPackageName": "NTLM V2",
            "KeyLength": "128",
            "ProcessId": "0x0",
            "ProcessName": "-",
            "IpAddress": address,
            "IpPort": port,
        },
    )


def cmdlet(name: str, parameters: str) -> Row:
    """MSExchange Management 1, with the sentence the log really holds, its misspelling included."""
    return event("Management", 1, f"Cmdlet suceeded. Cmdlet {name}, parameters {parameters}.")


def failed_cmdlet(name: str, parameters: str, error: str = "") -> Row:
    """MSExchange Management 6."""
    text = f"Cmdlet failed. Cmdlet {name}, parameters {parameters}."
    return event("Management", 6, text + (f" {error}" if error else ""), level="2")


def service_installed(name: str, image: str, account: str = "LocalSystem") -> Row:
    """System 7045."""
    return event(
        "System",
        7045,
        f"A service was installed in the system.\r\n\r\nService Name:  {name}\r\n"
        f"Service File Name:  {image}\r\nService Type:  user mode service\r\n"
        f"Service Start Type:  auto start\r\nService Account:  {account}",
        {
            "ServiceName": name,
            "ImagePath": image,
            "ServiceType": "user mode service",
            "StartType": "auto start",
            "AccountName": account,
        },
    )


def service_state(label: str, state: str) -> Row:
    """System 7036."""
    text = f"The {label} service entered the {state} state."
    return event("System", 7036, text, {"param1": label, "param2": state})


def log_cleared(channel: str, caller: Caller = SYSTEM) -> Row:
    """Security 1102 for the audit log, System 104 for any other; both by the event log itself."""
    if channel == "Security":
        text = f"The audit log was cleared.\r\n{caller.told}"
        return event("Security", 1102, text, caller.subject, provider=_EVENTLOG)
    text = f"The {channel} log file was cleared."
    fields = {"SubjectUserName": caller.name, "SubjectDomainName": caller.domain, "BackupPath": ""}
    return event("System", 104, text, fields, provider=_EVENTLOG)


def task(name: str, command: str, arguments: str, caller: Caller = SYSTEM) -> list[Row]:
    """A scheduled task is registered: Security 4698 and TaskScheduler 106."""
    content = (
        '<?xml version="1.0" encoding="UTF-16"?>\r\n<Task version="1.2" '
        'xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">\r\n  <RegistrationInfo>'
        f"\r\n    <Author>{caller.account}</Author>\r\n    <URI>{name}</URI>\r\n"
        "  </RegistrationInfo>\r\n  <Triggers>\r\n    <TimeTrigger><Repetition><Interval>PT1H"
        "</Interval></Repetition></TimeTrigger>\r\n  </Triggers>\r\n  <Principals>\r\n"
        '    <Principal id="Author"><UserId>S-1-5-18</UserId></Principal>\r\n  </Principals>\r\n'
        f'  <Actions Context="Author">\r\n    <Exec>\r\n      <Command>{command}</Command>\r\n'
        f"      <Arguments>{arguments}</Arguments>\r\n    </Exec>\r\n  </Actions>\r\n</Task>"
    )
    audited = event(
        "Security",
        4698,
        f"A scheduled task was created.\r\n\r\n{caller.told}\r\n\r\nTask Information:\r\n"
        f"\tTask Name: \t\t{name}\r\n\tTask Content: \t\t{content}",
        {**caller.subject, "TaskName": name, "TaskContent": content},
    )
    registered = event(
        "TaskScheduler",
        106,
        f'User "{caller.account}"  registered Task Scheduler task "{name}"',
        {"TaskName": name, "UserContext": caller.account},
    )
    return [audited, registered]


def account_created(rng: Random, name: str, caller: Caller = SYSTEM) -> tuple[Row, str]:
    """Security 4720 for a local account, and its SID."""
    sid = f"S-1-5-21-{below(rng, 1 << 31)}-{below(rng, 1 << 31)}-{below(rng, 1 << 31)}-1009"
    row = event(
        "Security",
        4720,
        f"A user account was created.\r\n\r\n{caller.told}\r\n\r\nNew Account:\r\n"
        f"\tSecurity ID:\t\t{sid}\r\n\tAccount Name:\t\t{name}\r\n"
        f"\tAccount Domain:\t\t{server.NAME}",
        {
            "TargetUserName": name,
            "TargetDomainName": server.NAME,
            "TargetSid": sid,
            **caller.subject,
            "PrivilegeList": "-",
            "SamAccountName": name,
            "DisplayName": "%%1793",
            "UserAccountControl": "\r\n\t\t%%2080\r\n\t\t%%2082\r\n\t\t%%2084",
        },
    )
    return row, sid


def member_added(group: str, group_sid: str, member_sid: str, caller: Caller = SYSTEM) -> Row:
    """Security 4732: a local group has one member more."""
    return event(
        "Security",
        4732,
        f"A member was added to a security-enabled local group.\r\n\r\n{caller.told}\r\n\r\n"
        f"Member:\r\n\tSecurity ID:\t\t{member_sid}\r\n\tAccount Name:\t\t-\r\n\r\nGroup:\r\n"
        f"\tSecurity ID:\t\t{group_sid}\r\n\tGroup Name:\t\t{group}\r\n"
        "\tGroup Domain:\t\tBuiltin",
        {
            "MemberName": "-",
            "MemberSid": member_sid,
            "TargetUserName": group,
            "TargetDomainName": "Builtin",
            "TargetSid": group_sid,
            **caller.subject,
            "PrivilegeList": "-",
        },
    )


def logon_failed(rng: Random, name: str, address: str) -> Row:
    """Security 4625, type 8: a wrong password given to IIS in the clear."""
    return event(
        "Security",
        4625,
        f"An account failed to log on.\r\n\r\n{SYSTEM.told}\r\n\r\nLogon Type:\t\t\t8\r\n\r\n"
        "Account For Which Logon Failed:\r\n\tSecurity ID:\t\tS-1-0-0\r\n"
        f"\tAccount Name:\t\t{name}\r\n\tAccount Domain:\t\t{server.DOMAIN}\r\n\r\n"
        "Failure Information:\r\n\tFailure Reason:\t\tUnknown user name or bad password.\r\n"
        "\tStatus:\t\t\t0xC000006D\r\n\tSub Status:\t\t0xC000006A\r\n\r\nNetwork Information:"
        f"\r\n\tWorkstation Name:\t{server.NAME}\r\n\tSource Network Address:\t{address}",
        {
            **SYSTEM.subject,
            "TargetUserSid": "S-1-0-0",
            "TargetUserName": name,
            "TargetDomainName": server.DOMAIN,
            "Status": "0xc000006d",
            "FailureReason": "%%2313",
            "SubStatus": "0xc000006a",
            "LogonType": "8",
            "LogonProcessName": "Advapi  ",
            "AuthenticationPackageName": "Negotiate",
            "WorkstationName": server.NAME,
            "ProcessName": W3WP,
            "IpAddress": address,
            "IpPort": str(1024 + below(rng, 60000)),
        },
    )


def explicit_logon(name: str, target: str, process_name: str) -> Row:
    """Security 4648: a process of the server signs in elsewhere as somebody else."""
    return event(
        "Security",
        4648,
        f"A logon was attempted using explicit credentials.\r\n\r\n{SYSTEM.told}\r\n\r\n"
        "Account Whose Credentials Were Used:\r\n"
        f"\tAccount Name:\t\t{name}\r\n\tAccount Domain:\t\t{server.DOMAIN}\r\n\r\n"
        f"Target Server:\r\n\tTarget Server Name:\t{target}\r\n\r\nProcess Information:\r\n"
        f"\tProcess Name:\t\t{process_name}",
        {
            **SYSTEM.subject,
            "LogonGuid": "{{spare}}",
            "TargetUserName": name,
            "TargetDomainName": server.DOMAIN,
            "TargetServerName": target,
            "TargetInfo": f"cifs/{target}",
            "ProcessName": process_name,
            "IpAddress": "-",
            "IpPort": "-",
        },
    )


def connected(image: str, pid: int, address: str, port: int, caller: Caller = SYSTEM) -> Row:
    """Sysmon 3: a process opened a connection."""
    return sysmon(
        3,
        "Network connection detected",
        {
            "ProcessGuid": "{6004D249-09DA-604D-8F19-000000000900}",
            "ProcessId": str(pid),
            "Image": image,
            "User": caller.account,
            "Protocol": "tcp",
            "Initiated": "true",
            "SourceIsIpv6": "false",
            "SourceIp": server.ADDRESS,
            "SourceHostname": server.FQDN,
            "SourcePort": "50312",
            "SourcePortName": "-",
            "DestinationIsIpv6": "false",
            "DestinationIp": address,
            "DestinationHostname": "-",
            "DestinationPort": str(port),
            "DestinationPortName": "-",
        },
    )


def lsass_opened(image: str, pid: int, access: str = "0x1fffff") -> Row:
    """Sysmon 10: a process opened the one that keeps credentials."""
    return sysmon(
        10,
        "Process accessed",
        {
            "SourceProcessGUID": "{6004D249-AFCF-604D-8F19-000000000900}",
            "SourceProcessId": str(pid),
            "SourceThreadId": str(pid + 8),
            "SourceImage": image,
            "TargetProcessGUID": "{6004D249-0457-604D-0C00-000000000900}",
            "TargetProcessId": "652",
            "TargetImage": "C:\\Windows\\system32\\lsass.exe",
            "GrantedAccess": access,
            "CallTrace": "C:\\Windows\\SYSTEM32\\ntdll.dll+a6574|C:\\Windows\\System32\\"
            "KERNELBASE.dll+20edd|C:\\Windows\\System32\\dbgcore.DLL+6cd5",
        },
    )


def file_deleted(image: str, pid: int, path: str, caller: Caller = SYSTEM) -> Row:
    """Sysmon 23."""
    return sysmon(
        23,
        "File Delete archived",
        {
            "ProcessGuid": "{6004D249-09DA-604D-8F19-000000000900}",
            "ProcessId": str(pid),
            "User": caller.account,
            "Image": image,
            "TargetFilename": path,
            "IsExecutable": "false",
            "Archived": "true",
        },
    )


def driver_loaded(path: str) -> Row:
    """Sysmon 6."""
    fields = {"ImageLoaded": path, "Signed": "true", "SignatureStatus": "Valid"}
    return sysmon(6, "Driver loaded", fields)


def script(text: str, path: str = "") -> Row:
    """PowerShell 4104: a block of script as it was run."""
    return event(
        "PowerShell",
        4104,
        f"Creating Scriptblock text (1 of 1):\r\n{text}\r\n\r\nScriptBlock ID: {{spare}}\r\n"
        f"Path: {path}",
        {
            "MessageNumber": "1",
            "MessageTotal": "1",
            "ScriptBlockText": text,
            "ScriptBlockId": "{spare}",
            "Path": path,
        },
        level="3",
    )


def threat(name: str, path: str, process_name: str, number: int = 1116) -> Row:
    """Windows Defender found something (1116) or acted on it (1117)."""
    done = "Quarantine" if number == 1117 else "Not Applicable"
    sentence = (
        "Windows Defender Antivirus has taken action to protect this machine from malware."
        if number == 1117
        else "Windows Defender Antivirus has detected malware or other potentially unwanted "
        "software."
    )
    return event(
        "Defender",
        number,
        f"{sentence}\r\n \tName: {name}\r\n \tPath: file:_{path}\r\n \tAction: {done}",
        {
            "Product Name": "Windows Defender Antivirus",
            "Detection ID": "{{spare}}",
            "Threat Name": name,
            "Severity Name": "Severe",
            "Category Name": "Backdoor",
            "Detection User": "NT AUTHORITY\\SYSTEM",
            "Process Name": process_name,
            "Path": f"file:_{path}",
            "Action Name": done,
        },
        level="3",
    )


def exclusion_added(folder: str) -> Row:
    """Windows Defender 5007: its configuration changed, here what it leaves alone."""
    key = f"HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Exclusions\\Paths\\{folder} = 0x0"
    return event(
        "Defender",
        5007,
        "Windows Defender Antivirus Configuration has changed. If this is an unexpected event you "
        "should review the settings as this may be the result of malware.\r\n \tOld value: \r\n "
        f"\tNew value: {key}",
        {"Product Name": "Windows Defender Antivirus", "Old Value": "", "New Value": key},
    )


def configuration_changed(place: str, value: str) -> Row:
    """IIS-Configuration 29."""
    return event(
        "IIS-Configuration",
        29,
        f"Changes to '{place}' at 'MACHINE/WEBROOT/APPHOST' have successfully been committed.",
        {
            "EditOperationType": "ADD",
            "EffectiveLocationPath": "MACHINE/WEBROOT/APPHOST",
            "Configuration": place,
            "OldValue": "",
            "NewValue": value,
        },
    )
