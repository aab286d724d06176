"""One set of field names for a Windows event, whatever log or export it came from.

Names follow the Sigma taxonomy: `Channel`, `Provider_Name`, `EventID`, `Computer`,
`EventRecordID`, `Level`, and the names of the event's own data. Sources: Windows event schema
(System, EventData, UserData), Sysmon schema, and the English message texts of Windows and Exchange.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from afterpatch.artifacts import cmdlet
from afterpatch.artifacts.winthing import program_of, thing_of
from afterpatch.model import Record, Sighting, Value

EXCHANGE_CHANNEL = "MSExchange Management"
SYSMON_CHANNEL = "Microsoft-Windows-Sysmon/Operational"
POWERSHELL_CHANNEL = "Microsoft-Windows-PowerShell/Operational"
DEFENDER_CHANNEL = "Microsoft-Windows-Windows Defender/Operational"

# A hostile export may nest without end; events nest three or four levels.
_DEPTH = 12

# ---------------------------------------------------------------- time

# 2021-03-14T01:39:33.939Z   2021-03-14 01:40:12   2024-05-14T09:10:03.1200000+02:00
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*"
    r"(Z|UTC|GMT|[+-]\d\d:?\d\d)?(?:\s*UTC)?",
    re.ASCII,
)
# /Date(1615686012987)/, also with an offset, which says nothing about the instant
_JSON_DATE = re.compile(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", re.ASCII)
_NUMBER = re.compile(r"\d{9,16}(?:\.\d{1,9})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

NO_ZONE = "time without a zone taken as UTC"
LOCAL_TIME = "local time taken as UTC"


def stamp(moment: datetime) -> str:
    """Returns a UTC moment as `YYYY-MM-DDTHH:MM:SS.mmmZ`, truncated to the millisecond."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z".rjust(24, "0")


def filetime(ticks: int) -> str | None:
    """Returns the time of a FILETIME (100 ns since 1601), or None where it holds no real time."""
    try:
        moment = _FILETIME_EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return None
    return stamp(moment) if moment >= _EPOCH else None


def utc(value: object) -> tuple[str | None, str | None]:
    """Returns the UTC time that a value of an export means, and what was wrong with it.

    Understands ISO 8601, .NET `/Date(ms)/`, and seconds, milliseconds or microseconds since 1970.
    """
    if isinstance(value, bool) or value is None:
        return None, "no time"
    text = str(value).strip()
    try:
        if found := _ISO.fullmatch(text):
            return _iso(found)
        if found := _JSON_DATE.fullmatch(text):
            return stamp(_EPOCH + timedelta(milliseconds=int(found[1]))), None
        if _NUMBER.fullmatch(text):
            seconds = float(text)
            while seconds >= 1e11:
                seconds /= 1000
            return stamp(_EPOCH + timedelta(microseconds=round(seconds * 1e6))), None
    except (ValueError, OverflowError):
        pass
    return None, "time not understood"


def _iso(found: re.Match[str]) -> tuple[str | None, str | None]:
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction, zone = found[7] or "", found[8]
    micros = int(f"{fraction:0<6.6}") if fraction else 0
    moment = datetime(year, month, day, hour, minute, second, micros, tzinfo=UTC)
    if zone and zone[0] in "+-":
        shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        moment = moment - shift if zone[0] == "+" else moment + shift
    if moment < _EPOCH:
        return None, "time before 1970 ignored"
    return stamp(moment), None if zone else NO_ZONE


def ahead(fields: Mapping[str, Value], when: str | None) -> int | None:
    """Minutes that the time of a Sysmon event runs ahead of UTC by its own UtcTime; 0 where they
    agree, None where the event can't tell. Exports may write local time in spite of their mark."""
    if when is None or one(fields, "Channel") != SYSMON_CHANNEL:
        return None
    true = utc(one(fields, "UtcTime"))[0]
    if true is None:
        return None
    apart = datetime.fromisoformat(when) - datetime.fromisoformat(true)
    # Time zones differ by whole quarters of an hour; an event is logged within moments.
    quarters = round(apart.total_seconds() / 900)
    if abs(apart.total_seconds() - quarters * 900) > 60 or abs(quarters) > 56:
        return None
    return quarters * 15


# ---------------------------------------------------------------- values


def text(value: object) -> str:
    """Returns one value of an export as text: numbers as digits, true and false in lower case."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


_TEXT_KEYS = ("#text", "Value", "value", "$")


def plain(value: object) -> str:
    """Returns the text of an element, which may carry attributes: `{"#text": 1, …}`."""
    if isinstance(value, Mapping):
        key = next((key for key in _TEXT_KEYS if key in value), None)
        return plain(value[key]) if key else ""
    if isinstance(value, list):
        return plain(value[0]) if value else ""
    return text(value)


def leaves(data: object, prefix: str = "", depth: int = 0) -> Iterable[tuple[str, Value]]:
    """Yields names and values of nested objects, names joined by dots; a list becomes a tuple."""
    if not isinstance(data, Mapping):
        return
    for key, value in data.items():
        name = f"{prefix}{key}"
        if type(value) is str:  # most are
            yield name, value
        elif isinstance(value, Mapping) and depth < _DEPTH:
            yield from leaves(value, f"{name}.", depth + 1)
        elif isinstance(value, list):
            yield name, tuple(_item(item) for item in value)
        else:
            yield name, text(value)


def _item(value: object) -> str:
    if isinstance(value, Mapping) and not any(key in value for key in _TEXT_KEYS):
        return " ".join(f"{key}={text(item)}" for key, item in value.items())
    return plain(value)


# ---------------------------------------------------------------- System, EventData, UserData


def from_tree(event: Mapping[str, object]) -> tuple[dict[str, Value], str | None, tuple[str, ...]]:
    """Normalizes `{"System": …, "EventData"|"UserData": …}` as XML-to-JSON converters write it.

    Returns fields, time and damage. Attributes may stand under `#attributes`, in a sibling
    `<name>_attributes`, or as `@name`. Raises ValueError where there is no System part.
    """
    system = event.get("System")
    if not isinstance(system, Mapping):
        raise ValueError("an event without a System part")
    created = _attribute(system, "TimeCreated", "SystemTime")
    when, damage = utc(created)
    named: dict[str, Value] = {}
    positional: list[str] = []
    for part in ("EventData", "UserData"):
        _data(event.get(part), named, positional)
    message = event.get("Message")
    if message is None:
        rendering = event.get("RenderingInfo")
        message = rendering.get("Message") if isinstance(rendering, Mapping) else None
    fields, notes = normalize(
        {
            "Channel": plain(system.get("Channel")),
            "Provider_Name": text(_attribute(system, "Provider", "Name")),
            "EventID": plain(system.get("EventID")),
            "Computer": plain(system.get("Computer")),
            "EventRecordID": plain(system.get("EventRecordID")),
            "Level": plain(system.get("Level")),
        },
        named,
        tuple(positional),
        None if message is None else text(message),
    )
    return fields, when, ((damage,) if damage else ()) + notes


def _attribute(parent: Mapping[str, object], element: str, name: str) -> object:
    node = parent.get(element)
    if isinstance(node, Mapping):
        inner = node.get("#attributes")
        if isinstance(inner, Mapping):
            return inner.get(name)
        return node.get(name, node.get(f"@{name}"))
    beside = parent.get(f"{element}_attributes")
    if isinstance(beside, Mapping):
        return beside.get(name)
    return node


def _data(node: object, named: dict[str, Value], positional: list[str], depth: int = 0) -> None:
    """Collects what lies below EventData or UserData; unnamed Data keep their place."""
    if not isinstance(node, Mapping):
        return
    for key, value in node.items():
        if key.endswith("_attributes") or key in ("#attributes", "#text") or key[:1] == "@":
            continue
        if key == "Data" or (key[:5] == "Data_" and key[5:].isdigit()):
            _unnamed(value, named, positional)
        elif key == "Binary" and not value:
            continue
        elif isinstance(value, Mapping):
            own = _attribute({"node": value}, "node", "Name")
            if "#text" in value or set(value) <= {"#attributes"}:
                _put(named, text(own) if isinstance(own, str) else key, plain(value))
            elif depth < _DEPTH:
                _data(value, named, positional, depth + 1)
        elif isinstance(value, list):
            for item in value:
                _put(named, key, _item(item))
        else:
            _put(named, key, text(value))


def _unnamed(value: object, named: dict[str, Value], positional: list[str]) -> None:
    if isinstance(value, Mapping) and "#text" in value and "@Name" not in value:
        inner = value["#text"]
        value = inner if isinstance(inner, list) else [inner]
    for item in value if isinstance(value, list) else [value]:
        name = None
        if isinstance(item, Mapping):
            name = item.get("@Name", item.get("Name"))
        if isinstance(name, str):
            _put(named, name, plain(item))
        else:
            positional.append(plain(item))


def _put(named: dict[str, Value], name: str, value: str) -> None:
    before = named.get(name)
    if before is None:
        named[name] = value
    else:
        named[name] = (*((before,) if isinstance(before, str) else before), value)


# ---------------------------------------------------------------- one event

_SYSTEM = ("Channel", "Provider_Name", "EventID", "Computer", "EventRecordID", "Level")
_CHANNELS = {
    "microsoft-windows-sysmon": SYSMON_CHANNEL,
    "microsoft-windows-security-auditing": "Security",
    "msexchange cmdletlogs": EXCHANGE_CHANNEL,
    "service control manager": "System",
    "powershell": "Windows PowerShell",
    "microsoft-windows-powershell": POWERSHELL_CHANNEL,
    "microsoft-windows-windows defender": DEFENDER_CHANNEL,
    "microsoft-windows-taskscheduler": "Microsoft-Windows-TaskScheduler/Operational",
    "microsoft-windows-bits-client": "Microsoft-Windows-Bits-Client/Operational",
    "microsoft-windows-wmi-activity": "Microsoft-Windows-WMI-Activity/Operational",
}
# Names that only Sysmon gives.
_SYSMON_ONLY = ("ProcessGuid", "SourceProcessGUID", "UtcTime", "CallTrace", "ParentImage")


def normalize(
    system: Mapping[str, str],
    named: Mapping[str, Value],
    positional: tuple[str, ...] = (),
    message: str | None = None,
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Joins the parts of one event into fields, with the derived names rules ask for; and damage.

    `system` holds the six system names. A datum whose name is that of a system field stands as
    `Data_<name>`, so that an event can't claim another channel or id. Named data win over what the
    message says.
    """
    fields: dict[str, Value] = {name: system[name] for name in _SYSTEM if system.get(name)}
    damage: list[str] = []
    for name, value in named.items():
        taken = name in _SYSTEM or name in ("Data", "Message")
        fields[f"Data_{name}" if taken else name] = value
    if positional:
        fields["Data"] = positional
    if message:
        fields["Message"] = message
    _aliases(fields)
    if "Channel" not in fields and (channel := _channel(fields)):
        fields["Channel"] = channel
        damage.append("channel inferred")
    if message:
        _from_message(fields, message)
    _derive(fields)
    return fields, tuple(damage)


_ALIASES = {
    "SubjectUser": "SubjectUserName",
    "New_Process_Name": "NewProcessName",
    "Creator_Process_Name": "ParentProcessName",
    "Process_Command_Line": "CommandLine",
    "ProcessCommandLine": "CommandLine",
    "SourceProcessName": "SourceImage",
    "TargetProcessName": "TargetImage",
    "process.executable": "Image",
    "process.command_line": "CommandLine",
    "process.parent.executable": "ParentImage",
    "process.parent.command_line": "ParentCommandLine",
    "file.path": "TargetFilename",
}


def _aliases(fields: dict[str, Value]) -> None:
    for other, name in _ALIASES.items():
        if other in fields:
            fields.setdefault(name, fields[other])


def _channel(fields: Mapping[str, Value]) -> str | None:
    """Tells the channel of an event whose export left it out, from provider, id and data names."""
    provider = one(fields, "Provider_Name").lower()
    if provider == "microsoft-windows-eventlog":
        return "Security" if one(fields, "EventID") in ("1100", "1102") else "System"
    if provider:
        return _CHANNELS.get(provider)
    if any(name in fields for name in _SYSMON_ONLY):
        return SYSMON_CHANNEL
    number = one(fields, "EventID")
    if number in ("4103", "4104") and ("ScriptBlockText" in fields or "Payload" in fields):
        return POWERSHELL_CHANNEL
    # Ids of the Windows security audit (Microsoft, Appendix L: Events to Monitor).
    if number == "1102" or (len(number) == 4 and number.isdecimal() and "4608" <= number <= "6424"):
        return "Security"
    return None


def one(fields: Mapping[str, Value], name: str) -> str:
    """Returns a field as one text: empty when absent, the first when it repeats."""
    value = fields.get(name, "")
    if isinstance(value, str):
        return value
    return value[0] if value else ""


def number_of(fields: Mapping[str, Value]) -> int | None:
    """The record number; None where it is none."""
    text = one(fields, "EventRecordID")
    return int(text) if _RECORD_NUMBER.fullmatch(text) else None


_RECORD_NUMBER = re.compile(r"\d{1,18}", re.ASCII)


def is_exchange(fields: Mapping[str, Value]) -> bool:
    """Tells whether the event is one of the Exchange cmdlet log."""
    return (
        one(fields, "Channel") == EXCHANGE_CHANNEL
        or one(fields, "Provider_Name").lower() == "msexchange cmdletlogs"
    )


# Set-OabVirtualDirectory
_VERB_NOUN = re.compile(r"[A-Za-z]{2,20}-[A-Za-z][A-Za-z0-9]{1,60}", re.ASCII)


# HostApplication=powershell.exe -nop -c …   (Windows PowerShell)
#         Host Application = C:\WINDOWS\system32\wsmprovhost.exe   (4103 of PowerShell/Operational)
_HOST_APPLICATION = re.compile(r"Host ?Application ?=([^\r\n]*)", re.ASCII)


def _derive(fields: dict[str, Value]) -> None:
    number, channel = one(fields, "EventID"), one(fields, "Channel")
    if is_exchange(fields):
        data = fields.get("Data")
        if isinstance(data, tuple) and data and _VERB_NOUN.fullmatch(data[0].strip()):
            fields.update(zip(("Cmdlet", "Parameters"), (data[0].strip(), *data[1:]), strict=False))
        if "Cmdlet" in fields:
            _cmdlet(fields, data if isinstance(data, tuple) else ())
    elif number == "4688" and channel == "Security":
        for name, own in (("Image", "NewProcessName"), ("ParentImage", "ParentProcessName")):
            if one(fields, own):
                fields.setdefault(name, one(fields, own))
        if user := one(fields, "SubjectUserName"):
            domain = one(fields, "SubjectDomainName").strip("-")
            fields.setdefault("User", f"{domain}\\{user}" if domain else user)
    elif channel in ("Windows PowerShell", POWERSHELL_CHANNEL):
        for name in ("Data", "ContextInfo", "Message"):
            value = fields.get(name, "")
            for said in (value,) if isinstance(value, str) else value:
                if host := _HOST_APPLICATION.search(said):
                    fields.setdefault("HostApplication", host[1].strip())
        data = fields.get("Data")
        if number == "800" and isinstance(data, tuple):  # the pipeline's text
            fields.setdefault("Payload", data[0])
    if thing := thing_of(number, fields):
        fields["Thing"] = thing
    if program := program_of(number, fields):
        fields["Program"] = program


# 8372 w3wp#MSExchangePowerShellAppPool
_PROCESS = re.compile(r"\d{1,10} (\S[^\r\n]{0,199})", re.ASCII)
_SUCCEEDED = {"1": True, "6": False, "8": False}  # ids of the cmdlet log


def _cmdlet(fields: dict[str, Value], data: tuple[str, ...]) -> None:
    """Adds the fields of the stream of cmdlets: the event's strings are told by their place.

    0 cmdlet, 1 parameters, 2 caller, then one or two SIDs, the application, the process.
    """
    rest = data[3:8]
    sids = [value for value in rest if _SID.fullmatch(value)]
    process = next((found[1] for value in rest if (found := _PROCESS.fullmatch(value))), "")
    others = (v for v in rest if v and not _SID.fullmatch(v) and not _PROCESS.fullmatch(v))
    session = next(others, "")
    cmdlet.describe(
        fields,
        cmdlet.dashed(one(fields, "Parameters")),
        account=data[2] if len(data) > 2 else "",
        sid=sids[0] if sids else "",
        process=process,
        session="" if session.isdecimal() else session,
        succeeded=_SUCCEEDED.get(one(fields, "EventID")),
    )


# ---------------------------------------------------------------- messages

_SYSMON_SCHEMA = """
RuleName UtcTime ProcessGuid ProcessId Image FileVersion Description Product Company
OriginalFileName CommandLine CurrentDirectory User LogonGuid LogonId TerminalSessionId
IntegrityLevel Hashes ParentProcessGuid ParentProcessId ParentImage ParentCommandLine ParentUser
TargetFilename CreationUtcTime PreviousCreationUtcTime Protocol Initiated SourceIsIpv6 SourceIp
SourceHostname SourcePort SourcePortName DestinationIsIpv6 DestinationIp DestinationHostname
DestinationPort DestinationPortName ImageLoaded Signed Signature SignatureStatus
SourceProcessGUID SourceProcessGuid SourceProcessId SourceThreadId SourceImage TargetProcessGUID
TargetProcessGuid TargetProcessId TargetImage NewThreadId StartAddress StartModule StartFunction
GrantedAccess CallTrace SourceUser TargetUser EventType TargetObject Details NewName Hash
Contents PipeName QueryName QueryStatus QueryResults IsExecutable Archived Device State Version
SchemaVersion Configuration ConfigurationFileHash Type
"""
_SYSMON_NAMES = frozenset(_SYSMON_SCHEMA.split())
# Labels of the English message texts, by event id; a section headline stands before the colon pair.
_SUBJECT = {
    "Security ID": "SubjectUserSid",
    "Account Name": "SubjectUserName",
    "Account Domain": "SubjectDomainName",
    "Logon ID": "SubjectLogonId",
}
_NEW_LOGON = {
    "New Logon/Security ID": "TargetUserSid",
    "New Logon/Account Name": "TargetUserName",
    "New Logon/Account Domain": "TargetDomainName",
    "New Logon/Logon ID": "TargetLogonId",
    "Logon Type": "LogonType",
    "Logon Information/Logon Type": "LogonType",
    "Process Information/Process Name": "ProcessName",
    "Network Information/Workstation Name": "WorkstationName",
    "Network Information/Source Network Address": "IpAddress",
    "Network Information/Source Port": "IpPort",
    "Detailed Authentication Information/Authentication Package": "AuthenticationPackageName",
}
_OBJECT = {
    "Object/Object Type": "ObjectType",
    "Object/Object Name": "ObjectName",
    "Process Information/Process Name": "ProcessName",
    "Access Request Information/Accesses": "AccessList",
    "Access Request Information/Access Mask": "AccessMask",
}
_TASK = {
    "Task Information/Task Name": "TaskName",
    "Task Information/Task Content": "TaskContent",
    "Task Information/Task New Content": "TaskContentNew",
}
_ACCOUNT = {
    "New Account/Security ID": "TargetSid",
    "New Account/Account Name": "TargetUserName",
    "New Account/Account Domain": "TargetDomainName",
    "Target Account/Security ID": "TargetSid",
    "Target Account/Account Name": "TargetUserName",
    "Target Account/Account Domain": "TargetDomainName",
    "Attributes/SAM Account Name": "SamAccountName",
}
_MEMBER = {
    "Member/Security ID": "MemberSid",
    "Member/Account Name": "MemberName",
    "Group/Security ID": "TargetSid",
    "Group/Group Name": "TargetUserName",
    "Group/Group Domain": "TargetDomainName",
}
_SHARE = {
    "Network Information/Source Address": "IpAddress",
    "Share Information/Share Name": "ShareName",
    "Share Information/Relative Target Name": "RelativeTargetName",
    "Access Request Information/Access Mask": "AccessMask",
}
_DEFENDER = {
    "Name": "Threat Name",
    "Path": "Path",
    "Process Name": "Process Name",
    "Detection User": "Detection User",
    "User": "Detection User",
    "Action": "Action Name",
    "Severity": "Severity Name",
    "New value": "New Value",
}
_LABELS: dict[str, dict[str, str]] = {
    "1102": {},
    "4624": _NEW_LOGON,
    "4656": _OBJECT,
    "4662": {
        "Object/Object Type": "ObjectType",
        "Object/Object Name": "ObjectName",
        "Operation/Accesses": "AccessList",
        "Operation/Access Mask": "AccessMask",
        "Operation/Properties": "Properties",
    },
    "4663": _OBJECT,
    "4688": {
        "Process Information/New Process ID": "NewProcessId",
        "Process Information/New Process Name": "NewProcessName",
        "Process Information/Token Elevation Type": "TokenElevationType",
        "Process Information/Mandatory Label": "MandatoryLabel",
        "Process Information/Creator Process ID": "ProcessId",
        "Process Information/Creator Process Name": "ParentProcessName",
        "Process Information/Process Command Line": "CommandLine",
    },
    "4697": {
        "Service Information/Service Name": "ServiceName",
        "Service Information/Service File Name": "ServiceFileName",
        "Service Information/Service Type": "ServiceType",
        "Service Information/Service Start Type": "ServiceStartType",
        "Service Information/Service Account": "ServiceAccount",
    },
    **dict.fromkeys(("4698", "4699", "4700", "4701", "4702"), _TASK),
    **dict.fromkeys(("4720", "4722", "4723", "4724", "4725", "4726", "4738"), _ACCOUNT),
    **dict.fromkeys(("4728", "4729", "4732", "4733", "4756", "4757"), _MEMBER),
    "5136": {
        "Object/DN": "ObjectDN",
        "Object/Class": "ObjectClass",
        "Attribute/LDAP Display Name": "AttributeLDAPDisplayName",
        "Attribute/Value": "AttributeValue",
        "Operation/Type": "OperationType",
    },
    "5140": _SHARE,
    "5145": _SHARE,
    "7045": {
        "Service Name": "ServiceName",
        "Service File Name": "ImagePath",
        "Service Type": "ServiceType",
        "Service Start Type": "StartType",
        "Service Account": "AccountName",
    },
}


def _from_message(fields: dict[str, Value], message: str) -> None:
    channel, number = one(fields, "Channel"), one(fields, "EventID")
    if is_exchange(fields):
        if "Data" not in fields:
            _from_cmdlet_message(fields, message)
        return
    if channel == SYSMON_CHANNEL:
        found = _sysmon_lines(message)
    elif (channel, number) == ("System", "7045") or (channel == "Security" and number in _LABELS):
        found = _labelled_lines(message, _LABELS[number])
    elif channel == DEFENDER_CHANNEL:
        found = _labelled_lines(message, _DEFENDER)
    elif channel == POWERSHELL_CHANNEL:
        found = _powershell_message(number, message)
    elif (channel, number) == ("System", "104") and (log := _CLEARED.match(message)):
        found = {"Data_Channel": log[1]}  # as it is named where the event's own data are there
    else:
        return
    for name, value in found.items():
        fields.setdefault(name, value)


# The Application log file was cleared.
_CLEARED = re.compile(r"The (.{1,200}?) log file was cleared")

# Image: C:\Windows\System32\netsh.exe
_SYSMON_LINE = re.compile(r"([A-Za-z0-9]{4,24}): ?(.*)", re.ASCII | re.DOTALL)


def _sysmon_lines(message: str) -> dict[str, str]:
    """Reads `Name: value` lines; a line that starts with no known name goes on with the value."""
    found: dict[str, str] = {}
    last = None
    for line in re.split(r"\r\n|\n", message):
        pair = _SYSMON_LINE.fullmatch(line)
        if pair and pair[1] in _SYSMON_NAMES and pair[1] not in found:
            last = pair[1]
            found[last] = pair[2]
        elif last:
            found[last] += f"\n{line}"
    return {name: value.rstrip("\n") for name, value in found.items()}


# Process Information:\r\n\tNew Process Name:\tC:\Windows\System32\cmd.exe
_LABEL_LINE = re.compile(r"(\s*)([A-Za-z][A-Za-z0-9 ]{1,40}):(.*)", re.ASCII | re.DOTALL)


# Values of these go on below their label: an XML text, a list of properties.
_LONG_VALUES = ("AccessList", "Properties", "TaskContent", "TaskContentNew")


def _labelled_lines(message: str, labels: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    section = last = ""
    for line in re.split(r"\r\n|\n", message):
        pair = _LABEL_LINE.fullmatch(line)
        if not pair:
            if last in _LONG_VALUES and line.strip():
                found[last] += f"\n{line}"
            continue
        indent, label, value = pair[1], pair[2], pair[3].strip()
        if not indent and not value:
            section = label
            continue
        name = labels.get(f"{section}/{label}") or labels.get(label)
        if name is None and section in ("Subject", "Creator Subject"):
            name = _SUBJECT.get(label)
        last = ""
        if name and name not in found:
            found[name], last = value, name
    return found


# Creating Scriptblock text (1 of 1):\r\nGet-Mailbox\r\n\r\nScriptBlock ID: 2f9e…\r\nPath: C:\\x.ps1
_SCRIPT_BLOCK = re.compile(r"[^\r\n]{0,200}\((\d{1,6})[^\d()]{1,20}(\d{1,6})\):\r?\n")


def _powershell_message(number: str, message: str) -> dict[str, str]:
    if number == "4104" and (head := _SCRIPT_BLOCK.match(message)):
        text, label, tail = message[head.end() :].rpartition("ScriptBlock ID:")
        if label:
            path = tail.partition("Path:")[2].strip()
            return {
                "MessageNumber": head[1],
                "MessageTotal": head[2],
                "ScriptBlockText": text.strip("\r\n"),
                **({"Path": path} if path else {}),
            }
    if number == "4103":
        payload, label, context = message.partition("Context:")
        if label:
            return {"Payload": payload.strip(), "ContextInfo": context.strip()}
    return {}


# Cmdlet suceeded. Cmdlet Set-OabVirtualDirectory, parameters -ExternalUrl "http://f/" -Identity "x"
# The word "Cmdlet" and the comma stay in other languages; the misspelling is Exchange's own.
_CMDLET = re.compile(
    r"(?<!\w)cmdlet\W{1,4}([a-z]{2,20}-[a-z][a-z0-9]{1,60})(?![\w-])", re.IGNORECASE | re.ASCII
)
_CMDLET_ALONE = re.compile(r"(?<![\w-])([A-Z][a-z]{1,20}-[A-Z][A-Za-z0-9]{1,60})\s?[,，、]")
_FIRST_PARAMETER = re.compile(r"(?:^|[\s,，、])-[A-Za-z]|\{")
_SID = re.compile(r"S-1-\d+(?:-\d+)*", re.ASCII)


def _from_cmdlet_message(fields: dict[str, Value], message: str) -> None:
    """Reads cmdlet, parameters and account from either rendering of a cmdlet event."""
    # Without the message table the positional strings come joined by line breaks:
    # Set-OabVirtualDirectory\n-Identity '…' -ExternalUrl '…'\ncontoso.test/Users/Admin\nS-1-5-21-…
    lines = re.split(r"\r\n|\n", message)
    if _VERB_NOUN.fullmatch(lines[0].strip()):
        # A parameter may hold line breaks itself; the caller is the line above the first SID.
        sid = next((i for i, line in enumerate(lines) if i > 2 and _SID.fullmatch(line)), 3)
        parts = (lines[0].strip(), "\n".join(lines[1 : sid - 1]), *lines[sid - 1 :])
        fields["Data"] = parts
        return
    found = _CMDLET.search(message[:500]) or _CMDLET_ALONE.search(message[:500])
    if not found:
        return
    fields["Cmdlet"] = found[1]
    rest = message[found.end() :]
    start = _FIRST_PARAMETER.search(rest)
    if start:
        parameters = rest[start.start() :].strip(" \t\r\n,，、")
        fields["Parameters"] = parameters.removesuffix(".").removesuffix("。")


# ---------------------------------------------------------------- server


def host(record: Record | None) -> tuple[Sighting, ...]:
    """Returns the server's short name as the event gives it, in upper case; an event of Exchange's
    own log says so in its basis."""
    if record is None:
        return ()
    name = one(record.fields, "Computer").strip()
    if not name or re.fullmatch(r"[\d.]+|.*:.*", name, re.DOTALL):
        return ()
    short = name.split(".", 1)[0].upper()
    basis = f"{EXCHANGE_CHANNEL} Computer" if is_exchange(record.fields) else "event Computer"
    return (Sighting("host", short, basis, record.when),)
