"""Registry exports: `.reg` text as `reg export` and regedit write it, UTF-16 or, older, ANSI.

    Windows Registry Editor Version 5.00

    [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Name]
    "ImagePath"=hex(2):43,00,3a,00,\\
      5c,00,00,00
    "Start"=dword:00000002

Only keys that can hold a backdoor, or that name the server, become records; an export has no times.
Kind (of record), Key, Name, ValuePath (Key and name of the value), and by kind:

  run key         Run, RunOnce, RunServices, Policies\\Explorer\\Run: CommandLine, Decoded
  service         one a key: ImagePath, ServiceDll, DisplayName, Start, ObjectName, Decoded
  image hijack    Image File Execution Options and SilentProcessExit: Image, CommandLine
  logon           Winlogon: CommandLine
  library         AppInit_DLLs, Lsa packages, print monitors: Data
  setting         WDigest's switch that keeps passwords in memory: Data
  exclusion       Windows Defender exclusions: Name is what is excluded
  task            the Task Scheduler's tree: Secured is "false" where the key has no SD
  exchange setup  MsiInstallPath and Build; the build is that of the cumulative update

Facts: Microsoft's description of .reg files; Windows' own keys of services, logon and tasks;
Microsoft on hidden tasks without SD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from afterpatch.artifacts import commandline
from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.exchangelog import netbios, short_build
from afterpatch.model import Frame, Record, Sighting, Value

__all__ = ["ARTIFACTS", "RegistryExport"]

_VALUE_CHARACTERS = 256 * 1024  # of one value; a longer one is cut
_STRING_LINES, _HEX_LINES = 32, 20_000  # that one value may take
_RECORDS = 200_000  # of one export; a whole server has some thousands
_WINDOWS = r"\\(?:wow6432node\\)?microsoft\\windows"
_KEYS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"^hkey_[a-z_]+\\(?:.{{0,200}}\\)?{tail}$", re.IGNORECASE | re.ASCII))
    for kind, tail in (
        (
            "run key",
            rf"software{_WINDOWS}\\currentversion\\(?:run|runonce|runonceex(?:\\[^\\]+)?"
            r"|runservices|runservicesonce|policies\\explorer\\run)",
        ),
        ("service", r"(?:currentcontrolset|controlset\d{3})\\services\\([^\\]+)(?:\\parameters)?"),
        (
            "image hijack",
            rf"software{_WINDOWS} nt\\currentversion\\"
            r"(?:image file execution options|silentprocessexit)\\([^\\]+)",
        ),
        ("logon", rf"software{_WINDOWS} nt\\currentversion\\winlogon(?:\\notify\\[^\\]+)?"),
        ("library", rf"software{_WINDOWS} nt\\currentversion\\windows"),
        ("library", r"(?:currentcontrolset|controlset\d{3})\\control\\lsa"),
        ("library", r"(?:currentcontrolset|controlset\d{3})\\control\\print\\monitors\\([^\\]+)"),
        ("setting", r"control\\securityproviders\\wdigest"),
        ("exclusion", r"windows defender\\exclusions\\(?:paths|processes|extensions)"),
        ("task", r"currentversion\\schedule\\taskcache\\tree\\(.+)"),
        ("exchange setup", r"microsoft\\exchangeserver\\v\d\d\\setup"),
        ("computer", r"control\\computername\\(?:active)?computername"),
    )
)
# Which values of a key count, where not all of them do.
_VALUES: dict[str, tuple[str, ...]] = {
    "image hijack": ("debugger", "monitorprocess", "verifierdlls"),
    "logon": ("shell", "userinit", "taskman", "vmapplet", "gpextensions", "dllname", "system"),
    "library": (
        "appinit_dlls", "notification packages", "security packages", "authentication packages",
        "driver",
    ),
    "setting": ("uselogoncredential",),
}  # fmt: skip


class RegistryExport:
    """Gives the records of one export, in the order of its keys."""

    def __init__(self, path: str) -> None:
        self.path = path

    def feed(self, frame: Frame) -> Iterator[Record]:
        wide = _is_wide(frame.data)
        count = 0
        for key in _keys(frame.data, wide):
            for fields in _records(key):
                count += 1
                if count > _RECORDS:
                    return
                yield Record(
                    artifact="registryexport",
                    when=None,
                    fields={"Kind": key.kind, "Key": key.path, **fields, "File": self.path},
                    offset=frame.offset + key.offset,
                    length=key.length,
                    line=(frame.line or 1) + key.line - 1,
                    raw=f"[{key.path}] " + "; ".join(f"{k}: {v}" for k, v in fields.items() if v),
                )

    def when(self, line: bytes) -> str | None:  # noqa: ARG002
        return None

    def sightings(self, record: Record | None) -> Iterable[Sighting]:
        if record is None:
            return ()
        kind, fields = record.fields["Kind"], record.fields
        if kind == "computer" and (name := netbios(str(fields.get("Data", "")))):
            return (Sighting("host", name, "registry ComputerName"),)
        if kind == "exchange setup" and (build := short_build(str(fields.get("Build", "")))):
            return (Sighting("build", build, "registry MsiBuild"),)
        return ()


# ---------------------------------------------------------------- keys and values


class _Key:
    """One key of interest: where its header lies, and its values by name in lower case."""

    def __init__(self, kind: str, name: str, path: str, place: tuple[int, int, int]) -> None:
        self.kind = kind
        self.name = name
        self.path = path
        self.offset, self.length, self.line = place
        self.values: dict[str, tuple[str, str]] = {}  # name as written, data


def _is_wide(data: bytes) -> bool:
    return data.startswith(b"\xff\xfe") or data[1:2] == b"\0"


def _lines(data: bytes, wide: bool) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each line, without its line end."""
    at = 2 if data.startswith(b"\xff\xfe") else 3 if data.startswith(b"\xef\xbb\xbf") else 0
    ending = b"\n\0" if wide else b"\n"
    while at < len(data):
        end = data.find(ending, at)
        while wide and end >= 0 and (end - at) % 2:
            end = data.find(ending, end + 1)
        end = len(data) if end < 0 else end
        yield at, data[at:end]
        at = end + len(ending)


def _keys(data: bytes, wide: bool) -> Iterator[_Key]:
    header = "[".encode("utf-16-le" if wide else "utf-8")
    key: _Key | None = None
    parts: list[str] = []  # of a value that goes on in the next line
    # Version 5 writes bytes of wide text, even into a file that was saved again as UTF-8.
    ansi = data.lstrip()[:8].upper() == b"REGEDIT4"
    for number, (offset, line) in enumerate(_lines(data, wide), start=1):
        if line.startswith(header) and not _in_string(parts):
            if key:
                yield key
            key = _key(_text(line, wide), (offset, len(line), number))
            parts = []
        elif key is not None:
            parts.append(_text(line[:_VALUE_CHARACTERS], wide))
            if not _goes_on(parts):
                _keep(key, parts, ansi=ansi)
                parts = []
    if key:
        yield key


def _in_string(parts: list[str]) -> bool:
    return bool(parts) and '="' in parts[0]


def _goes_on(parts: list[str]) -> bool:
    if _in_string(parts):
        found = _VALUE.fullmatch("\n".join(parts))
        whole = found is None or _STRING.fullmatch(found[2])
        return not whole and len(parts) < _STRING_LINES
    return parts[-1].endswith("\\") and len(parts) < _HEX_LINES


def _text(line: bytes, wide: bool) -> str:
    if wide:
        return line.decode("utf-16-le", "replace").rstrip("\r\0")
    try:
        return line.decode().rstrip("\r\0")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace").rstrip("\r\0")


def _key(text: str, place: tuple[int, int, int]) -> _Key | None:
    path = text.rstrip()[1:].removesuffix("]")
    if len(path) > 2_000:
        return None
    for kind, tail in _KEYS:
        if found := tail.match(path):
            return _Key(kind, found[1] if tail.groups and found[1] else "", path, place)
    return None


# "Name"="value"   @=dword:00000001   "ImagePath"=hex(2):25,00,\
_VALUE = re.compile(r'(?:@|"((?:[^"\\]|\\.)*+)")\s{0,8}=\s{0,8}(.*)', re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)"\s*', re.DOTALL)
_HEX = re.compile(r"hex(?:\(([0-9a-f]{1,8})\))?:([0-9a-f,\s]*)", re.IGNORECASE)


def _keep(key: _Key, parts: list[str], *, ansi: bool) -> None:
    if _in_string(parts):
        text = "\n".join(parts)
    else:
        text = "".join(part.strip().removesuffix("\\") for part in parts)
    found = _VALUE.fullmatch(text[:_VALUE_CHARACTERS])
    if found:
        name = _unescaped(found[1] or "")
        key.values.setdefault(name.lower(), (name, _data(found[2].strip(), ansi=ansi)))


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _data(text: str, *, ansi: bool) -> str:
    if text.startswith('"'):
        return _unescaped(text[1:].removesuffix('"'))
    kind, _, value = text.partition(":")
    if kind.lower() == "dword":
        try:
            return str(int(value.strip()[:8], 16))
        except ValueError:
            return value
    found = _HEX.fullmatch(text)
    if not found:
        return text
    digits = "".join(found[2].replace(",", " ").split())
    raw = bytes.fromhex(digits[: len(digits) // 2 * 2])
    if found[1] in ("1", "2", "7"):  # text, text with variables, list of texts
        decoded = raw.decode("cp1252" if ansi else "utf-16-le", "replace")
        return "; ".join(part for part in decoded.split("\0") if part)
    return digits


# ---------------------------------------------------------------- what a key says


def _records(key: _Key) -> Iterator[dict[str, Value]]:
    if key.kind == "service":
        yield from _service(key)
    elif key.kind == "task":
        if "id" in key.values:
            yield {"Name": f"\\{key.name}", "Secured": "true" if "sd" in key.values else "false"}
    elif key.kind == "exchange setup":
        parts = ("msiproductmajor", "msiproductminor", "msibuildmajor", "msibuildminor")
        build = ".".join(_of(key, part) for part in parts)
        yield {"Build": build, "InstallPath": _of(key, "msiinstallpath")}
    elif key.kind == "computer":
        yield {"Data": _of(key, "computername")}
    else:
        for low, (name, data) in key.values.items():
            if low in _VALUES.get(key.kind, (low,)):
                yield _value(key, name, data)


def _of(key: _Key, name: str) -> str:
    return key.values.get(name, ("", ""))[1]


def _service(key: _Key) -> Iterator[dict[str, Value]]:
    image, library = _of(key, "imagepath"), _of(key, "servicedll")
    if image or library:
        yield {
            "Name": key.name,
            "ImagePath": image,
            "ServiceDll": library,
            "DisplayName": _of(key, "displayname"),
            "Start": _of(key, "start"),
            "ObjectName": _of(key, "objectname"),
            "CommandLine": image or library,
            "Decoded": commandline.decoded(image),
        }


def _value(key: _Key, name: str, data: str) -> dict[str, Value]:
    path = f"{key.path}\\{name or '(default)'}"
    if key.kind in ("library", "setting"):
        return {"Name": name, "Data": data, "Image": key.name, "ValuePath": path}
    if key.kind == "exclusion":
        return {"Name": name}
    return {
        "Name": name or "(default)",
        "CommandLine": data,
        "Image": key.name,
        "ValuePath": path,
        "Decoded": commandline.decoded(data),
    }


_FIRST_LINES = ("windows registry editor version 5.", "regedit4")


def _recognize(_path: str, head: bytes) -> bool:
    text = head[:400].decode("utf-16-le" if _is_wide(head) else "utf-8", "replace")
    return text.lstrip("\ufeff \t\r\n").lower().startswith(_FIRST_LINES)


ARTIFACTS = (
    Artifact(
        name="registryexport",
        family="registry",
        framing="file",
        encoding="text",
        recognize=_recognize,
        parser=RegistryExport,
    ),
)
