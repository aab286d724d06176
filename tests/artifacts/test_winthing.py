"""One thing has one name, whichever event or command speaks of it."""

from __future__ import annotations

import pytest

from afterpatch.artifacts.winthing import program_of, thing_of

TREE = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tree"


@pytest.mark.parametrize(
    ("number", "fields", "thing"),
    [
        ("7045", {"ServiceName": "Updater"}, "Updater"),
        ("4697", {"ServiceName": "Updater"}, "Updater"),
        ("13", {"TargetObject": r"HKLM\System\Services\Updater\ImagePath"}, "Updater"),
        ("12", {"TargetObject": r"HKLM\System\ControlSet001\Services\Updater"}, "Updater"),
        ("1", {"CommandLine": 'sc.exe \\\\mail02 create Updater binPath= "C:\\u.exe"'}, "Updater"),
        ("1", {"CommandLine": 'sc  delete "Up dater"'}, "Up dater"),
        ("4698", {"TaskName": "\\Vendor\\Update"}, "\\Vendor\\Update"),
        ("141", {"TaskName": "\\Vendor\\Update"}, "\\Vendor\\Update"),
        ("13", {"TargetObject": TREE + "\\Vendor\\Update"}, "\\Vendor\\Update"),
        ("11", {"TargetFilename": "C:\\Windows\\System32\\Tasks\\Update"}, "\\Update"),
        ("1", {"CommandLine": "cmd /c SCHTASKS /create /ru system /TN Update /tr x"}, "\\Update"),
        ("4688", {"CommandLine": 'schtasks /create /tn "My task" /tr x'}, "\\My task"),
        ("4720", {"TargetUserName": "support$"}, "support$"),
        ("4732", {"MemberName": "-", "MemberSid": "S-1-5-21-1-2-3-1105"}, "S-1-5-21-1-2-3-1105"),
        ("4728", {"MemberName": "CN=anna,DC=example"}, "CN=anna,DC=example"),
        ("1", {"CommandLine": "cmd /c net user support Secret /add"}, "support"),
        ("1", {"CommandLine": 'net1  localgroup "Remote Desktop Users" support /add'}, "support"),
        ("4104", {"ScriptBlockText": "New-LocalUser -Name 'support' -NoPassword"}, "support"),
        ("4104", {"ScriptBlockText": "Add-LocalGroupMember -Group Administrators -Member x"}, "x"),
        (
            "1",
            {"CommandLine": r"reg add HKEY_LOCAL_MACHINE\Software\Run /v Updater /d C:\u.exe /f"},
            r"HKLM\Software\Run\Updater",
        ),
        ("1", {"CommandLine": r"appcmd.exe install module /name:Log /image:C:\x.dll"}, "Log"),
        ("29", {"Configuration": "/system.webServer/modules/add[@name='Log']/@name"}, "Log"),
        ("1", {"CommandLine": "net user"}, ""),
        ("1", {"CommandLine": "whoami"}, ""),
        ("13", {"TargetObject": r"HKLM\SOFTWARE\Vendor"}, ""),
        ("11", {"TargetFilename": r"C:\x.txt"}, ""),
        ("4624", {"TargetUserName": "anna"}, ""),
        ("7045", {}, ""),
    ],
)  # fmt: skip
def test_a_thing_has_one_name(number: str, fields: dict[str, str], thing: str) -> None:
    assert thing_of(number, fields) == thing  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("image", "program"),
    [
        (r'"C:\Program Files\x y\x.exe" --service', r"C:\Program Files\x y\x.exe"),
        (r"C:\Program Files\x y\x.exe -k z", r"C:\Program Files\x y\x.exe"),
        (r"\??\C:\Windows\Temp\x.sys", r"C:\Windows\Temp\x.sys"),
        (r"%COMSPEC% /c start x", "%COMSPEC%"),
        ('"', '"'),
        ("", ""),
    ],
)
def test_the_program_of_a_service(image: str, program: str) -> None:
    assert program_of("7045", {"ImagePath": image}) == program
    assert program_of("4697", {"ServiceFileName": image}) == program
    assert program_of("1", {"ImagePath": image}) == ""


def test_hostile_commands_take_no_time() -> None:
    for text in ("schtasks " + "/tn " * 4000, "net user " + '"' * 9000, "reg add " + "a " * 9000):
        thing_of("1", {"CommandLine": text + "/add"})
        program_of("7045", {"ImagePath": text})
