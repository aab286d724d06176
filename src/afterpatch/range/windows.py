"""Windows events as one JSON object a line, in the shape NXLog gives them (OTRF Security-Datasets).

Writing binary event logs is out of the range's reach; the fields and their names are those of the
Windows events and of Sysmon's schema. Times are tokens of `formats`.
"""

from __future__ import annotations

import json
from random import Random

from afterpatch.range import server
from afterpatch.range.draw import below, digits
from afterpatch.range.web import Row

W3WP = "C:\\Windows\\System32\\inetsrv\\w3wp.exe"
CMD = "C:\\Windows\\System32\\cmd.exe"
OWA_POOL = (
    'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "MSExchangeOWAAppPool" -v "v4.0" -c '
    '"C:\\Program Files\\Microsoft\\Exchange Server\\V15\\bin\\'
    'GenericAppPoolConfigWithGCServerEnabledFalse.config" -a '
    '\\\\.\\pipe\\iisipm8e72bd3c-90fe-435f-bda2-fdb8731bc136 -h "C:\\inetpub\\temp\\apppools\\'
    'MSExchangeOWAAppPool\\MSExchangeOWAAppPool.config" -w "" -m 0'
)
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
}


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
    rng: Random, image: str, command: str, parent: str, parent_command: str, pid: int, ppid: int
) -> list[Row]:
    """The start of one process by the system account: Sysmon 1 and Security 4688."""
    label = image.rsplit("\\", 1)[-1]
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
            "User": "NT AUTHORITY\\SYSTEM",
            "LogonId": "0x3e7",
            "TerminalSessionId": "0",
            "IntegrityLevel": "System",
            "Hashes": f"MD5={digits(rng, 32).upper()},SHA256={digits(rng, 64).upper()}",
            "ParentProcessGuid": "{6004D249-09DA-604D-8F19-000000000900}",
            "ParentProcessId": str(ppid),
            "ParentImage": parent,
            "ParentCommandLine": parent_command,
        },
    )
    audited = event(
        "Security",
        4688,
        "A new process has been created.\r\n\r\nCreator Subject:\r\n\tSecurity ID:\t\tS-1-5-18\r\n"
        f"\tAccount Name:\t\t{server.NAME}$\r\n\tAccount Domain:\t\t{server.DOMAIN}\r\n"
        "\tLogon ID:\t\t0x3E7\r\n\r\nProcess Information:\r\n"
        f"\tNew Process ID:\t\t{pid:#x}\r\n\tNew Process Name:\t{image}\r\n"
        f"\tCreator Process ID:\t{ppid:#x}\r\n\tCreator Process Name:\t{parent}\r\n"
        f"\tProcess Command Line:\t{command}",
        {
            "SubjectUserSid": "S-1-5-18",
            "SubjectUserName": f"{server.NAME}$",
            "SubjectDomainName": server.DOMAIN,
            "SubjectLogonId": "0x3e7",
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
            "MandatoryLabel": "S-1-16-16384",
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


def logon(rng: Random, user: server.User, address: str) -> Row:
    """Security 4624, type 3."""
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
        "\tLogon GUID:\t\t{{spare}}\r\n\r\nNetwork Information:\r\n\tWorkstation Name:\t-\r\n"
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
            "WorkstationName": "-",
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
