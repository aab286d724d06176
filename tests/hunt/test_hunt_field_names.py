"""The names of an event's fields stand in its bytes, so a rule may be looked for by them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hunt_harness import examine, lanes, rule_of, said, shipped

from afterpatch.artifacts import registry, winevent
from afterpatch.detections.fields import DERIVED, EVENTS, UNNAMED, WRITTEN_AS
from afterpatch.detections.predicate import literals
from afterpatch.detections.rule import RuleSet
from afterpatch.hunt import compile_program
from afterpatch.model import Frame, Record

ROOMS = {a.name: a for a in registry.ARTIFACTS}
EVTX = Path(__file__).parents[2].parent / "shared" / "evidence" / "evtx"
# Get-WinEvent through ConvertTo-Json: the data have no names, the message has labels.
MESSAGES = {
    (4697, "Security"): "A service was installed in the system.\r\n\r\nSubject:\r\n\tSecurity ID:"
    "\t\tS-1-5-18\r\n\tAccount Name:\t\tMAIL01$\r\n\r\nService Information:\r\n\tService Name: \t\t"
    "updater\r\n\tService File Name:\tC:\\ProgramData\\u.exe\r\n\tService Type: \t\t0x10\r\n"
    "\tService Start Type:\t2\r\n\tService Account: \t\tLocalSystem",
    (4698, "Security"): "A scheduled task was created.\n\nSubject:\n\tAccount Name:\t\tanna\n\n"
    "Task Information:\n\tTask Name: \t\t\\Cleanup\n\tTask Content: \t\t<?xml version=\"1.0\"?>\n"
    "<Task>\n  <Command>cmd.exe</Command>\n</Task>",
    (4662, "Security"): "An operation was performed on an object.\n\nObject:\n\tObject Type:\t\t"
    "domainDNS\n\nOperation:\n\tAccess Mask:\t\t0x100\n\tProperties:\t\tControl Access\n\t\t"
    "{1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}\n\t{19195a5b-6da0-11d0-afd3-00c04fd930c9}",
    (4720, "Security"): "A user account was created.\n\nSubject:\n\tAccount Name:\t\tadmin\n\n"
    "New Account:\n\tSecurity ID:\t\tS-1-5-21-1-2-3-1105\n\tAccount Name:\t\tanna\n\nAttributes:"
    "\n\tSAM Account Name:\tanna",
    (4732, "Security"): "A member was added.\n\nSubject:\n\tAccount Name:\t\tadmin\n\nMember:\n"
    "\tSecurity ID:\t\tS-1-5-21-1-2-3-1105\n\tAccount Name:\t\t-\n\nGroup:\n\tSecurity ID:\t\t"
    "S-1-5-32-544\n\tGroup Name:\t\tAdministrators\n\tGroup Domain:\t\tBuiltin",
    (5145, "Security"): "A network share object was checked.\n\nNetwork Information:\n\tSource "
    "Address:\t\t192.0.2.7\n\nShare Information:\n\tShare Name:\t\t\\\\*\\IPC$\n\tRelative Target "
    "Name:\tsvcctl",
    (4104, "Microsoft-Windows-PowerShell/Operational"): "Creating Scriptblock text (1 of 1):\r\n"
    "Get-Mailbox\r\n\r\nScriptBlock ID: 2f9e\r\nPath: C:\\x.ps1",
    (4103, "Microsoft-Windows-PowerShell/Operational"): "CommandInvocation(Get-Date): x\r\n\r\n"
    "Context:\r\n        Host Application = powershell.exe -nop\r\n",
    (400, "Windows PowerShell"): "Engine state is changed.\n\tHostApplication=powershell.exe -enc",
    (1116, "Microsoft-Windows-Windows Defender/Operational"): "Microsoft Defender has detected "
    "malware.\n \tName: Exploit:ASP/Marker.A\n \tSeverity: Severe\n \tPath: file:_C:\\x.aspx\n"
    " \tDetection User: NT AUTHORITY\\SYSTEM\n \tProcess Name: C:\\w3wp.exe",
    (7045, "System"): "A service was installed in the system.\n\nService Name:  x\nService File "
    "Name:  C:\\x.exe\nService Type:  user mode service\nService Account:  LocalSystem",
}  # fmt: skip


def exported(number: int, channel: str) -> bytes:
    event = {
        "TimeCreated": "2021-03-01T06:40:00.000Z",
        "Id": number,
        "LogName": channel,
        "MachineName": "MAIL01",
        "Message": MESSAGES[number, channel],
    }
    return json.dumps(event).encode()


def names_of(artifact: str, record: Record, data: bytes) -> list[str]:
    """The fields that a literal may be made of, and of which no name stands in the bytes."""
    low = data.lower()
    told = []
    for field in record.fields:
        name = field.removeprefix("Data_")
        if name in DERIVED | UNNAMED or not re.fullmatch("[A-Za-z0-9_ ]{4,64}", name):
            continue
        texts = WRITTEN_AS.get(name, (name,))
        ways = ["ascii", "utf-16-le"] if artifact == "evtx" else ["ascii"]
        if not any(text.lower().encode(way) in low for text in texts for way in ways):
            told.append(field)
    return told


def test_the_names_of_what_is_read_from_messages_stand_in_them() -> None:
    parser = ROOMS["events_json"].parser("events.jsonl")
    for number, channel in MESSAGES:
        line = exported(number, channel)
        (record,) = parser.feed(Frame(line, 0, 1))
        assert names_of("events_json", record, line) == [], (number, channel)


def test_the_labels_of_messages_are_read() -> None:
    def read(number: int, channel: str) -> dict[str, object]:
        (record,) = ROOMS["events_json"].parser("").feed(Frame(exported(number, channel), 0, 1))
        return dict(record.fields)

    assert read(4697, "Security")["ServiceFileName"] == "C:\\ProgramData\\u.exe"
    task = read(4698, "Security")
    assert task["TaskName"] == "\\Cleanup"
    assert "<Command>cmd.exe</Command>" in str(task["TaskContent"])
    assert "{1131f6ad" in str(read(4662, "Security")["Properties"])
    assert read(4732, "Security")["TargetUserName"] == "Administrators"
    powershell = "Microsoft-Windows-PowerShell/Operational"
    assert read(4104, powershell)["ScriptBlockText"] == "Get-Mailbox"
    assert read(4103, powershell)["HostApplication"] == "powershell.exe -nop"
    assert read(400, "Windows PowerShell")["HostApplication"] == "powershell.exe -enc"
    defender = "Microsoft-Windows-Windows Defender/Operational"
    assert read(1116, defender)["Threat Name"] == "Exploit:ASP/Marker.A"


def test_every_other_name_of_a_field_is_known() -> None:
    labels = [winevent._ALIASES, winevent._SUBJECT, winevent._DEFENDER, *winevent._LABELS.values()]
    for table in labels:
        for said_as, field in table.items():
            written = {part.lower() for part in said_as.split("/")}
            ways = [text.lower().rstrip(":") for text in WRITTEN_AS.get(field, (field,))]
            met = any(way in part for way in ways for part in written)
            assert met, (said_as, field)


def test_the_names_stand_in_the_samples_of_the_rules() -> None:
    for rule in shipped().rules:
        for sample in rule.samples:
            if sample.artifact not in EVENTS or ROOMS[sample.artifact].framing == "file":
                continue
            parser = ROOMS[sample.artifact].parser(sample.path)
            for line in filter(None, sample.lines.encode().splitlines()):
                for record in parser.feed(Frame(line, 0, 1)):
                    assert names_of(sample.artifact, record, line) == [], rule.name


@pytest.mark.skipif(not EVTX.is_dir(), reason="the event logs are not there")
def test_the_names_stand_in_the_chunk_of_an_event_log() -> None:
    records = 0
    for path in sorted(EVTX.glob("*.evtx"))[::3]:
        data = path.read_bytes()
        parser = ROOMS["evtx"].parser(path.name)
        for at in range(4096, len(data), 65536):
            chunk = data[at : at + 65536]
            if chunk[:8] == b"ElfChnk\0":
                seen: set[tuple[str, ...]] = set()
                for record in parser.feed(Frame(chunk, at)):
                    if (shape := tuple(record.fields)) not in seen:
                        seen.add(shape)
                        records += 1
                        assert names_of("evtx", record, chunk) == []
    assert records > 100


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ({"MemberSid|exists": True}, {"MemberSid", "Member:"}),
        ({"LogonType": 10}, {"LogonType", "Logon Type"}),
        ({"LogonType": 10, "ProcessName|endswith": "winlogon.exe"}, {"winlogon.exe"}),
        ({"EventID": 4720, "SamAccountName|exists": True}, {"SamAccountName", "SAM Account Name"}),
        ({"EventID": 4720}, None),
        ({"Data_Channel|exists": False}, None),
        ({"Param.Role|exists": True}, None),
        ({"Cmdlet|exists": True}, None),
        ({"Stock": True}, None),
    ],
)
def test_the_literals_of_a_field_asked_for(
    detection: dict[str, object], expected: set[str] | None
) -> None:
    source = {"product": "windows", "service": "security"}
    rule = rule_of(source, {"sel": detection, "condition": "sel"})
    # The channel is derived: without a literal of the rule there is none.
    for at in rule.sources:
        if at.artifact == "evtx":
            found = literals(rule, at, ROOMS[at.artifact].encoding)
            assert (None if found is None else {wanted.text for wanted in found}) == expected


def test_an_event_known_by_its_fields_alone_is_found_by_the_sweep() -> None:
    source = {"product": "windows", "service": "security"}
    rule = rule_of(source, {"sel": {"EventID": 4732, "MemberSid|exists": True}, "condition": "sel"})
    program = compile_program(RuleSet((rule,), (), ""))
    assert program.slow_lane == ()
    lines = b"\n".join(exported(*key) for key in MESSAGES) + b"\n"
    fast, slow, full = (said(examine(e, "C:\\e.jsonl", lines)) for e in lanes(program))
    assert len(full[0]) == 1
    assert fast == slow == full


@pytest.mark.skipif(not EVTX.is_dir(), reason="the event logs are not there")
def test_an_event_of_an_event_log_is_found_by_the_names_in_its_template() -> None:
    detections: list[dict[str, object]] = [
        {"EventID": 7045, "ImagePath|exists": True},
        {"EventID": 4720, "SamAccountName|exists": True},
        {"EventID": 4624, "LogonType": 3},
        {"EventID": 104, "Data_Channel|exists": True},
        {"EventID": 10, "GrantedAccess": "0x1fffff"},
        {"EventID": 4698, "TaskContent|exists": True},
    ]
    rules = tuple(
        rule_of(
            {"product": "windows", "service": service},
            {"sel": detection, "condition": "sel"},
            f"{service}-{at}",
        )
        for at, detection in enumerate(detections)
        for service in ("security", "system", "sysmon")
    )
    program = compile_program(RuleSet(rules, (), ""))
    assert program.slow_lane == ()
    fast, _, full = lanes(program)
    hits = 0
    for path in sorted(EVTX.glob("*.evtx"))[::4]:
        data = path.read_bytes()
        swept, parsed = (said(examine(e, path.name, data)) for e in (fast, full))
        assert swept == parsed
        hits += len(swept[0])
    assert hits > 10
