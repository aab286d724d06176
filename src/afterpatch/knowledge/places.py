"""Where on a Windows server a path lies, as far as that tells who keeps his things there.

Sources: the web-shell and tool locations of the public reports on Exchange incidents (MSTIC, CISA,
signature-base, Sophos), Windows' own folders and variables, and the names Explorer can't open.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from afterpatch.knowledge.builds import CACHED

__all__ = ["Place", "place_of", "places_in"]

# trick     a name Explorer can't open or show: device names, a dot or blank at the end, streams
# hiding    a folder in which no program lives: Public, PerfLogs, Recycle Bin, Windows\Fonts ...
# temp      a folder for temporary files
# shared    ProgramData
# profile   a user's own folders
# share     another computer
# windows   below Windows otherwise
# exchange  below an Exchange installation
# web       below inetpub
# programs  below Program Files
# other     anywhere else
Place = Literal[
    "trick", "hiding", "temp", "shared", "profile", "share", "windows", "exchange", "web",
    "programs", "other",
]  # fmt: skip

_VARIABLES = {
    "%allusersprofile%": "c:\\programdata",
    "%appdata%": "c:\\users\\?\\appdata\\roaming",
    "%commonprogramfiles%": "c:\\program files\\common files",
    "%exchangeinstallpath%": "c:\\program files\\microsoft\\exchange server\\v15",
    "%homepath%": "c:\\users\\?",
    "%localappdata%": "c:\\users\\?\\appdata\\local",
    "%programdata%": "c:\\programdata",
    "%programfiles%": "c:\\program files",
    "%programfiles(x86)%": "c:\\program files (x86)",
    "%programw6432%": "c:\\program files",
    "%public%": "c:\\users\\public",
    "%systemdrive%": "c:",
    "%systemroot%": "c:\\windows",
    "%temp%": "c:\\windows\\temp",
    "%tmp%": "c:\\windows\\temp",
    "%userprofile%": "c:\\users\\?",
    "%windir%": "c:\\windows",
}
_DEVICES = frozenset(
    (
        *("aux", "clock$", "con", "conin$", "conout$", "nul", "prn"),
        *(f"{port}{digit}" for port in ("com", "lpt") for digit in "123456789\u00b9\u00b2\u00b3"),
    )
)
# Signs that don't show, or look like a blank.
_UNSEEN = re.compile("[\u00a0\u00ad\u034f\u2000-\u200f\u2028-\u202f\u2060-\u206f\u3000\ufeff]")
_LOCAL_SHARE = re.compile(r"\\\\(?:127\.[0-9.]{1,12}|localhost|::1|\.)\\([a-z])\$(?=\\|$)")
_LOCAL_WINDOWS = re.compile(r"\\\\(?:127\.[0-9.]{1,12}|localhost|::1)\\admin\$(?=\\|$)")
_EXCHANGE = re.compile(
    r"\\exchange server\\v1\d(?:\\|$)|\\(?:frontend\\httpproxy|clientaccess|transportroles)(?:\\|$)"
)
_TEMPORARY = re.compile(r"^(?:windows\\)?te?mp(?:\\|$)|\\appdata\\local\\temp(?:\\|$)")
_HIDING = re.compile(
    r"^(?:users\\(?:public|default|default user)|perflogs|\$recycle\.bin|recycle[rd]"
    r"|system volume information|msocache|root|boot"
    r"|windows\\(?:addins|boot|cursors|debug|dell|fonts|help|media|pla|prefetch|security|tasks"
    r"|tracing|vss|wwansvcdcs|web\\wallpaper|system32\\(?:config|tasks|drivers\\etc)))(?:\\|$)"
)
_SHARED = re.compile(
    r"^(?:programdata|users\\all users|documents and settings\\all users|progra~3)(?:\\|$)"
)
_PROGRAM = re.compile(r"\.(?:exe|dll|com|scr|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|msi|sys|ocx|cpl)\b")


@lru_cache(CACHED)
def place_of(path: str) -> Place:
    """Where a file or folder lies; variables stand for their defaults, and this server's own shares
    for its drives. A program right in ProgramData hides: software makes a folder of its own."""
    low = _plain(path)
    if not low.startswith("\\\\") and _is_trick(low):
        return "trick"
    return _place(low)


def places_in(command: str) -> tuple[Place, ...]:
    """Where the programs and scripts lie that a command line names, in order and each place once.

    That is the path it begins with, and every other that ends as programs do: what a command
    copies or deletes says nothing.
    """
    found: dict[Place, None] = {}
    text = command[:32_768].lstrip(" \t\"'")
    starts = [start.start() for start in _START.finditer(text)]
    for start, stop in pairwise((*starts, len(text))):
        path = _END.split(text[start : min(stop, start + 400)], maxsplit=1)[0]
        if start == 0 or _PROGRAM.search(path.lower()):
            found.setdefault(_place(_plain(path)))
    return tuple(found)


_END = re.compile(r"[\"'|;&<>*?,\r\n]")


_START = re.compile(
    r"(?<![a-z0-9])(?:[a-z]:[\\/](?!/)|%[a-z0-9_()]{3,24}%[\\/]|\$(?:\{env:|env:)[a-z0-9()]{3,24}\}?[\\/]|(?<![\\\w:])\\\\[\w.?])",
    re.IGNORECASE | re.ASCII,
)
# $env:ProgramData\x is PowerShell's way to write %ProgramData%\x.
_POWERSHELL = re.compile(r"^\$(?:\{env:([a-z()0-9]{3,24})\}|env:([a-z0-9]{3,24}))", re.IGNORECASE)


def _plain(path: str) -> str:
    low = path.strip("\t\r\n\"'").lower().replace("/", "\\")
    low = _POWERSHELL.sub(lambda m: f"%{m[1] or m[2]}%", low)
    for prefix in ("\\\\?\\unc\\", "\\\\?\\", "\\\\.\\", "\\??\\"):
        if low.startswith(prefix):
            low = ("\\\\" if prefix.endswith("unc\\") else "") + low[len(prefix) :]
    variable, percent, rest = low[1:].partition("%")
    if low[:1] == "%" and percent:
        low = _VARIABLES.get(f"%{variable}%", f"%{variable}%") + rest
    low = _LOCAL_SHARE.sub(r"\1:", low)
    low = _LOCAL_WINDOWS.sub(r"c:\\windows", low)
    if low.startswith("\\systemroot\\"):
        low = "c:\\windows" + low[len("\\systemroot") :]
    while len(low) > 3 and "\\\\" in low[2:]:
        low = low[:2] + low[2:].replace("\\\\", "\\")
    return low


def _is_trick(low: str) -> bool:
    parts = low.split("\\")
    return any(
        part not in (".", "..")
        and (
            part[-1] in ". "
            or part.split(".", 1)[0].strip() in _DEVICES
            or (":" in part and (at > 0 or len(part) > 2))
            or _UNSEEN.search(part) is not None
        )
        for at, part in enumerate(parts)
        if part
    )


def _place(low: str) -> Place:
    if low.startswith("\\\\"):
        return "share"
    tail = low[3:] if low[1:3] == ":\\" else low.lstrip("\\")
    if _TEMPORARY.search(tail):
        return "temp"
    if _HIDING.match(tail):
        return "hiding"
    if shared := _SHARED.match(tail):
        first = tail[shared.end() :].split("\\", 1)[0]
        return "hiding" if _PROGRAM.search(first) else "shared"
    if _EXCHANGE.search("\\" + tail):
        return "exchange"
    if tail.startswith(("users\\", "documents and settings\\")):
        return "profile"
    if tail.startswith("inetpub"):
        return "web"
    if tail.startswith(("program files", "progra~1", "progra~2")):
        return "programs"
    return "windows" if tail.startswith("windows\\") or tail == "windows" else "other"
