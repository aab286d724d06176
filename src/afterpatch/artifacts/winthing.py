"""What a Windows event is about: the service, task or account that it makes, changes or removes.

The same task is named by the event that registers it, by its file, by its registry key and by the
command that made it; here all four give one text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from afterpatch.model import Value

__all__ = ["program_of", "thing_of"]

_SERVICES = frozenset({"7045", "4697"})
_TASKS = frozenset({"4698", "4699", "4700", "4701", "4702", "106", "140", "141", "200", "201"})
_ACCOUNTS = frozenset({"4720", "4722", "4724", "4726", "4738", "4741", "4742", "4743"})
_MEMBERS = frozenset({"4728", "4729", "4732", "4733", "4756", "4757"})
_COMMANDS = ("CommandLine", "ScriptBlockText", "HostApplication")
_COMMAND_CHARACTERS = 8_000  # of a command looked at; command lines are no longer

_SERVICE_KEY = re.compile(r"\\services\\([^\\]{1,256})", re.IGNORECASE)
_TASK_KEY = re.compile(r"\\taskcache\\tree(\\.{1,256})$", re.IGNORECASE)
_TASK_FILE = re.compile(r"\\(?:system32|syswow64)\\tasks(\\.{1,256})$", re.IGNORECASE)
_WORD = r"""(?:"([^"]{1,256})"|'([^']{1,256})'|([^\s"']{1,256}))"""
# schtasks /create /ru system /tn "Vendor update" /tr C:\u.exe
_SCHTASKS = re.compile(rf"schtasks.{{0,2000}}?/tn\s{{1,8}}{_WORD}", re.IGNORECASE | re.DOTALL)
# sc.exe \\host create updater binPath= "C:\u.exe"
_SC = re.compile(
    r"\bsc(?:\.exe)?\"?\s{1,8}(?:\\\\\S{1,64}\s{1,8})?(?:create|delete|config)\s{1,8}" + _WORD,
    re.IGNORECASE,
)
# net localgroup "Remote Desktop Users" anna /add
_NET_GROUP = re.compile(
    rf"\bnet1?(?:\.exe)?\"?\s{{1,8}}(?:local)?group\s{{1,8}}{_WORD}\s{{1,8}}{_WORD}", re.IGNORECASE
)
# net user anna secret /add
_NET_USER = re.compile(rf"\bnet1?(?:\.exe)?\"?\s{{1,8}}user\s{{1,8}}{_WORD}", re.IGNORECASE)
_NEW_USER = re.compile(
    rf"\bnew-(?:localuser|aduser)\s{{1,8}}(?:-name\s{{1,8}})?{_WORD}", re.IGNORECASE
)
_NEW_MEMBER = re.compile(
    rf"\badd-(?:localgroup|adgroup)member\b.{{0,200}}?-members?\s{{1,8}}{_WORD}", re.IGNORECASE
)
# reg add HKLM\Software\Microsoft\Windows\CurrentVersion\Run /v Updater /d C:\u.exe
_REG_ADD = re.compile(
    rf"\breg(?:\.exe)?\"?\s{{1,8}}(?:add|delete)\s{{1,8}}{_WORD}(?:\s{{1,8}}/v\s{{1,8}}{_WORD})?",
    re.IGNORECASE,
)
# appcmd.exe install module /name:LogModule /image:C:\x.dll
_APPCMD = re.compile(rf"\bmodule\b.{{0,400}}?/name:{_WORD}", re.IGNORECASE)
# /system.webServer/modules/add[@name='LogModule']/@type   (IIS-Configuration)
_CONFIGURED = re.compile(r"\[@name=[\"']([^\"']{1,256})[\"']\]")
_HIVES = {
    "hkey_local_machine": "HKLM",
    "hkey_current_user": "HKCU",
    "hkey_users": "HKU",
    "hkey_classes_root": "HKCR",
}


def thing_of(number: str, fields: Mapping[str, Value]) -> str:
    """Returns the name of the thing that the event makes, changes or removes, empty for none.

    A task's name begins with a backslash; a registry value is `HKLM\\key\\value`.
    """
    if number in _SERVICES:
        return _one(fields, "ServiceName")
    if number in _TASKS:
        return _task(_one(fields, "TaskName"))
    if number in _ACCOUNTS:
        return _one(fields, "TargetUserName")
    if number in _MEMBERS:
        return _one(fields, "MemberName").strip("-") or _one(fields, "MemberSid")
    if key := _one(fields, "TargetObject"):
        if found := _TASK_KEY.search(key):
            return found[1]
        found = _SERVICE_KEY.search(key)
        return found[1] if found else ""
    if path := _one(fields, "TargetFilename"):
        found = _TASK_FILE.search(path)
        return found[1] if found else ""
    if found := _CONFIGURED.search(_one(fields, "Configuration")[:_COMMAND_CHARACTERS]):
        return found[1]
    for name in _COMMANDS:
        if command := _one(fields, name):
            return _of_command(command[:_COMMAND_CHARACTERS])
    return ""


def _of_command(command: str) -> str:
    low = command.lower()
    if "schtasks" in low and (found := _SCHTASKS.search(command)):
        return _task(_word(found))
    if "net" in low and "/add" in low:
        if found := _NET_GROUP.search(command):
            return _word(found, 4)
        if found := _NET_USER.search(command):
            return _word(found)
    if "new-" in low and (found := _NEW_USER.search(command)):
        return _word(found)
    if "member" in low and (found := _NEW_MEMBER.search(command)):
        return _word(found)
    if "reg" in low and (found := _REG_ADD.search(command)):
        return "\\".join(part for part in (_key(_word(found)), _word(found, 4)) if part)
    if "appcmd" in low and (found := _APPCMD.search(command)):
        return _word(found)
    if "sc" in low and (found := _SC.search(command)):
        return _word(found)
    return ""


def _word(found: re.Match[str], first: int = 1) -> str:
    """The word of which three groups, the first so numbered, hold the ways to quote it."""
    return next((part for part in found.groups()[first - 1 : first + 2] if part), "")


def _task(name: str) -> str:
    return f"\\{name.lstrip(chr(92))}" if name else ""


def _key(key: str) -> str:
    hive, _, rest = key.partition("\\")
    return f"{_HIVES.get(hive.lower(), hive)}\\{rest}"


# "C:\ProgramData\AnyDesk\AnyDesk.exe" --service   C:\Program Files\x\x.exe -k y   \??\C:\x.sys
_PROGRAM = re.compile(
    r"\s{0,8}(?:\"([^\"]{1,512})\"|(.{1,512}?\.(?:exe|sys|dll|com|scr|bat|cmd))(?=\s|$)|(\S{1,512}))",
    re.IGNORECASE,
)


def program_of(number: str, fields: Mapping[str, Value]) -> str:
    """Returns the program file of a service that the event installs, empty for other events."""
    if number not in _SERVICES:
        return ""
    found = _PROGRAM.match(_one(fields, "ImagePath") or _one(fields, "ServiceFileName"))
    return next(part for part in found.groups() if part).removeprefix("\\??\\") if found else ""


def _one(fields: Mapping[str, Value], name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else next(iter(value), "")
