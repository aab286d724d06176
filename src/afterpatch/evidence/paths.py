"""Member names of collection packages turned into Windows paths.

Layouts: KAPE, Velociraptor (escapes of its `utils/sanitize.go`), CyLR, dissect acquire, Microsoft
ExchangeLogCollector and Test-ProxyLogon `-CollectFiles` (CSS-Exchange), and bare copies. The result
is a label: it is shown and compared, never opened.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

__all__ = ["printable", "server_path", "server_root", "windows_path"]

# Folders that lie directly below the root of a system drive
_TOP = frozenset(
    {
        "windows",
        "inetpub",
        "program files",
        "program files (x86)",
        "programdata",
        "users",
        "perflogs",
        "exchangesetuplogs",
    }
)
# What else shows that the folder above is the root of a drive: NTFS metadata and Windows' own
_DRIVE_CONTENT = re.compile(
    r"\$[a-z][\w.$]*|system volume information|(?:page|hiber|swap)file\.sys", re.IGNORECASE
)
# Folders that only occur inside a server: nothing below them is the collector's
_INSIDE = frozenset(
    {
        "frontend",
        "clientaccess",
        "transportroles",
        "logging",
        "httpproxy",
        "wwwroot",
        "aspnet_client",
        "logfiles",
        "system32",
        "winevt",
    }
)
_INSIDE_IIS = re.compile(r"w3svc\d+", re.IGNORECASE)

# C:   C%3A   C$   %5C%5C.%5CC%3A
_DRIVE = re.compile(r"(?:%5C%5C(?:\.|%2E|\?|%3F)%5C)?([a-z])(?::|%3A|\$)", re.IGNORECASE)
# C   C_
_LETTER = re.compile(r"([a-z])_?", re.IGNORECASE)
_VELOCIRAPTOR_ACCESSORS = frozenset({"auto", "ntfs", "mft", "lazy_ntfs", "ntfs_vss", "file"})
_SHADOW_COPY = re.compile(r"VSS\d+|.*HarddiskVolumeShadowCopy\d+", re.IGNORECASE)
_ACQUIRE_VOLUME = re.compile(r"fs\d+", re.IGNORECASE)
_LOG_COLLECTOR = re.compile(
    r"(?:EWS_BE|EWS_Proxy|RCA|RCA_Proxy|RPC_Http|EAS_Proxy|AutoD|AutoD_Proxy|OWA|OWA_Proxy"
    r"|OWA_Proxy_Calendar|MAPI|MAPI_Proxy|ECP|ECP_Proxy|OAB_Proxy|OAB_Generation"
    r"|OAB_Generation_Simple|PowerShell_Proxy|CmdletInfra|Mitigation_Service|Message_Tracking"
    r"|IIS_W3SVC\d+|IIS_HTTPERR|Windows_Event)_Logs",
    re.IGNORECASE,
)
# ECP_Logs.zip   ECP_Logs-1104.zip   ECP_Logs-1104-1.zip
_LOG_COLLECTOR_ZIP = re.compile(rf"({_LOG_COLLECTOR.pattern})(?:-\d+)*\.zip", re.IGNORECASE)

_NO_TEXT = re.compile("[\ud800-\udfff]")  # os.fsdecode's stand-ins for bytes that are no UTF-8
_SEPARATOR = re.compile(r"[/\\]")
_ESCAPE = re.compile(r"%([0-7][0-9a-f])", re.IGNORECASE)


def windows_path(member: str) -> tuple[str, str]:
    """Return (root, path): what belongs to the collector or server, and the path on that server.

    `root` has `/` between its parts and is shared by all files of one server. `path` has
    backslashes; it begins with a drive when the name tells it, with `C:` when it begins with a
    folder of a system drive, and is relative otherwise. A part `..` is written `%2E%2E`.
    """
    return server_path((member,))


def server_path(names: Sequence[str]) -> tuple[str, str]:
    """Like windows_path, for a name within archives within archives, the outermost first."""
    parts: list[str] = []
    floor = 0  # parts above it are archives or hold them
    for name in names[:-1]:
        parts += _split(name)
        one_kind = _LOG_COLLECTOR_ZIP.fullmatch(parts[-1]) if parts else None
        if one_kind:
            # ExchangeLogCollector zips each folder by itself: one server, as if unpacked
            parts[-1] = one_kind[1]
        else:
            floor = len(parts)
    parts += _split(names[-1])
    return _locate(parts, floor)


def server_root(root: str, path: str, roots: Collection[str]) -> str:
    """Return the longest of `roots` that holds a file whose own name tells no drive, else `root`.

    `MAIL01/notes/a.evtx` tells nothing; that `MAIL01/Windows/...` lies beside it does.
    """
    if path[1:2] == ":":
        return root
    name = "/".join(filter(None, (root, path.replace("\\", "/")))).lower()
    holders = [other for other in roots if name.startswith(other.lower() + "/")]
    return max(holders, key=lambda other: (len(other), other), default=root)


def printable(name: str) -> str:
    """Return a name that can be written as UTF-8: what was no text shows as U+FFFD."""
    return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", name)


def _split(name: str) -> list[str]:
    parts = [part for part in _SEPARATOR.split(name) if part not in ("", ".")]
    return ["%2E%2E" if part == ".." else part for part in parts]


def _locate(parts: list[str], floor: int) -> tuple[str, str]:
    letter_at: int | None = None  # a folder that may be a drive, until something below tells
    escaped = False
    for index, part in enumerate(parts[:-1]):
        name = part.lower()
        following = parts[index + 1]
        if drive := _DRIVE.fullmatch(part):
            return _on_drive(drive[1], parts[:index], parts[index + 1 :], escaped or "%" in part)
        if name == "sysvol" and _is_drive_content(following):
            return _on_drive("C", parts[:index], parts[index + 1 :], escaped)
        if letter := _LETTER.fullmatch(part):
            if _is_drive_content(following):
                return _on_drive(letter[1], parts[:index], parts[index + 1 :], escaped)
            if letter_at is None and name[0] not in "ab":
                letter_at = index
        if name in _TOP:
            if letter_at is not None and (letter_at >= floor or index < floor):
                break
            return _on_drive("C", parts[:index], parts[index:], escaped)
        if _LOG_COLLECTOR.fullmatch(part):
            return _join(parts[:index], parts[index:])
        if name == "collectedlogfiles" and index + 2 < len(parts):
            return _join(parts[: index + 2], parts[index + 2 :])
        if name in _INSIDE or _INSIDE_IIS.fullmatch(part):
            break
        if name == "uploads" and following.lower() in _VELOCIRAPTOR_ACCESSORS:
            escaped = True
        if _SHADOW_COPY.fullmatch(part):
            floor = max(floor, index + 1)
            letter_at = None
    else:
        # nothing tells a letter from a folder of the collector but its place at the top
        if letter_at is not None and _without_layout(parts[floor:letter_at]):
            letter_at = None
    if letter_at is not None and letter_at >= floor:
        return _on_drive(parts[letter_at][0], parts[:letter_at], parts[letter_at + 1 :], escaped)
    return _join(parts[:floor], _unescaped(parts[floor:]) if escaped else parts[floor:])


def _is_drive_content(part: str) -> bool:
    return part.lower() in _TOP or _DRIVE_CONTENT.fullmatch(part) is not None


def _on_drive(letter: str, root: list[str], below: list[str], escaped: bool) -> tuple[str, str]:
    if escaped:
        below = _unescaped(below)
    return _join(_without_layout(root), [f"{letter.upper()}:", *below])


def _without_layout(root: list[str]) -> list[str]:
    """Cut the folders that a collector puts between the server and the drive."""
    lower = [part.lower() for part in root]
    if lower[-2:-1] == ["uploads"] and lower[-1] in _VELOCIRAPTOR_ACCESSORS:
        return root[:-2]
    if len(lower) > 2 and lower[-3:-1] == ["fs", "$fs$"] and _ACQUIRE_VOLUME.fullmatch(lower[-1]):
        return root[:-3]
    if lower[-1:] in (["uploads"], ["fs"], ["sysvol"]):
        return root[:-1]
    return root


def _unescaped(parts: list[str]) -> list[str]:
    plain = (_ESCAPE.sub(lambda match: chr(int(match[1], 16)), part) for part in parts)
    return [piece for part in plain for piece in _split(part)]


def _join(root: list[str], path: list[str]) -> tuple[str, str]:
    return printable("/".join(root)), printable("\\".join(path))
