"""Files that IIS would run or serve, read as text and never interpreted.

Shapes: server pages, the property dumps that resetting a virtual directory writes, mailbox exports
and certificate requests that carry a page, and the traces that ASP.NET leaves of a compiled page.
Facts: Microsoft, "HAFNIUM targeting Exchange Servers" (property dumps); Mandiant, "PST, Want a
Shell?" (`!BDN` carriers); the IIS and ASP.NET documentation (mapped extensions, `.compiled` files).
File-system times of the examining machine are no evidence, so no record carries a time.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import PureWindowsPath

from afterpatch import limits
from afterpatch.artifacts import winevent
from afterpatch.artifacts.artifact import Artifact
from afterpatch.model import Frame, Record, Sighting, Value

__all__ = ["ARTIFACTS", "SERVER_EXTENSIONS", "WebFileParser"]

# Mapped to ASP, ASP.NET, WCF or Web Pages by the default handlers of IIS.
SERVER_EXTENSIONS = frozenset(
    (
        ".asa",
        ".asax",
        ".ascx",
        ".ashx",
        ".asmx",
        ".asp",
        ".aspq",
        ".aspx",
        ".cer",
        ".cshtm",
        ".cshtml",
        ".master",
        ".rem",
        ".soap",
        ".svc",
        ".vbhtm",
        ".vbhtml",
        ".xamlx",
    )
)
_COMPILED = ".compiled"
# Texts that quote server mark-up without being pages: logs, rules, scripts, tables.
_QUOTING = frozenset(
    (
        ".csv",
        ".eml",
        ".etl",
        ".evtx",
        ".json",
        ".jsonl",
        ".log",
        ".md",
        ".ndjson",
        ".ps1",
        ".psm1",
        ".py",
        ".rules",
        ".sql",
        ".tsv",
        ".xml",
        ".yaml",
        ".yar",
        ".yara",
        ".yml",
    )
)
# Executables, archives, databases, event logs and hives only quote mark-up, too.
_BINARY_MAGICS = (b"MZ", b"PK\3\4", b"Elf", b"regf", b"SQLite", b"\x1f\x8b", b"7z\xbc\xaf")

_MARKUP = re.compile(
    r"<%@\s{0,20}(?:page|webhandler|webservice|control|master|application|servicehost|register"
    r"|import|assembly|implements|language|codepage|outputcache|reference)\b"
    r"|\brunat\s{0,20}=\s{0,20}[\"']?server\b"
    r"|<%[\s=:#]{0,20}(?:eval|execute|executeglobal|response|request|server|session|dim|set|if)\b",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"<%")
_RAZOR_CODE = re.compile(r"@[{(A-Za-z]|<%")
_RAZOR = frozenset((".cshtm", ".cshtml", ".vbhtm", ".vbhtml"))

# Properties that a virtual directory of Exchange prints.
_PROPERTIES = """
AdminDisplayName AdminDisplayVersion BasicAuthentication CertificateAuthentication Container
DigestAuthentication DistinguishedName ExchangeVersion ExtendedProtectionFlags
ExtendedProtectionSPNList ExtendedProtectionTokenChecking ExternalAuthenticationMethods ExternalUrl
FormsAuthentication Guid Id Identity InternalAuthenticationMethods InternalUrl IsValid
LiveIdAuthentication MetabasePath Name OAuthAuthentication ObjectCategory ObjectClass
OfflineAddressBooks OrganizationId OriginatingServer Path PollInterval RequireSSL Server WebSite
WhenChanged WhenChangedUTC WhenCreated WhenCreatedUTC WindowsAuthentication
"""
_KNOWN = {name.lower(): name for name in _PROPERTIES.split()}
_DUMP_CHARACTERS = 256 * limits.KIB  # real dumps have less than 50 KiB
_TELLING = frozenset(
    (
        "ExtendedProtectionTokenChecking",
        "ExternalUrl",
        "InternalAuthenticationMethods",
        "InternalUrl",
        "MetabasePath",
        "OfflineAddressBooks",
        "WhenChangedUTC",
    )
)
# ExternalUrl                     : http://f/
_PROPERTY = re.compile(r"([ \t]{0,8}([A-Za-z]{2,40})[ \t]{0,60}:[ \t]?)(.*)", re.DOTALL)
_PRINTABLE = re.compile(rb"(?:[\t\n\r\x20-\x7e]\0){4,}|[\t\n\r\x20-\x7e]{4,}")
# <preserve resultType="3" virtualPath="/owa/auth/x.aspx" hash="…" assembly="App_Web_ab12cd34" …>
_VIRTUAL_PATH = re.compile(r"<preserve\b[^>]*?\bvirtualPath\s*=\s*[\"']([^\"'<>]{1,2000})")
_TRACE_CHARACTERS = 4 * limits.KIB
# 3/3/2021 4:55:06 AM   03.03.2021 04:55:06
_NATIONAL = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}),? (\d{1,2}):(\d\d):(\d\d)(?:[ \u00a0\u202f]?([AP])M)?",
    re.IGNORECASE | re.ASCII,
)


# ---------------------------------------------------------------- text


def _wide(data: bytes) -> str | None:
    """Tells the codec of UTF-16 text with or without a byte-order mark."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16-le" if data[0] == 0xFF else "utf-16-be"
    sample = data[:512]
    half = len(sample) // 2
    if half < 2:
        return None
    if sample[1::2].count(0) > half * 0.7 and sample[::2].count(0) < half * 0.1:
        return "utf-16-le"
    if sample[::2].count(0) > half * 0.7 and sample[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return None


def _is_binary(data: bytes) -> bool:
    sample = data[: limits.HEAD_BYTES]
    odd = sum(sample.count(byte) for byte in (0, 1, 2, 3, 4, 5, 6, 14, 15, 16))
    return odd * 100 > len(sample)


def _strings(data: bytes) -> str:
    """Returns the runs of printable characters, one a line, in ASCII and UTF-16LE."""
    return "\n".join(run.replace(b"\0", b"").decode("ascii") for run in _PRINTABLE.findall(data))


def _text(data: bytes) -> tuple[str, bool]:
    """Returns a file's text; of a binary its strings, and True."""
    if codec := _wide(data):
        return data.decode(codec, "replace").removeprefix("\ufeff"), False
    if _is_binary(data):
        return _strings(data), True
    body = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace"), False


# ---------------------------------------------------------------- property dumps


def _properties(text: str) -> dict[str, Value]:
    """Reads `Name : value` lines; lines indented below a value go on with it.

    A name that repeats gives a tuple, since a value may hold line breaks and forged names.
    """
    found: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in re.split(r"\r\n|\n|\r", text[:_DUMP_CHARACTERS]):
        pair = _PROPERTY.fullmatch(line)
        name = _KNOWN.get(pair[2].lower()) if pair else None
        if pair and name:
            last = found.setdefault(name, [])
            last.append(pair[3].strip())
        elif last and line[:1] in " \t" and line.strip():
            last[-1] = f"{last[-1]}\n{line.strip()}"
        elif line.strip():
            last = None
    return {
        name: values[0] if len(values) == 1 else tuple(values) for name, values in found.items()
    }


def _is_dump(properties: dict[str, Value]) -> bool:
    return len(properties) >= 3 and len(_TELLING & properties.keys()) >= 2


def _changed(properties: dict[str, Value]) -> Value | None:
    """Returns WhenChangedUTC as UTC where its order of day and month is sure, else as it stands.

    The dump prints dates in the server's culture. A part above 12 in any of its dates, or AM and PM
    (the United States' style), settle the order.
    """
    value = properties.get("WhenChangedUTC")
    if not isinstance(value, str):
        return value
    when, _ = winevent.utc(value)
    if when:
        return when
    dates = [
        found
        for name in ("WhenChanged", "WhenCreated", "WhenChangedUTC", "WhenCreatedUTC")
        if (found := _NATIONAL.fullmatch(winevent.one(properties, name).strip()))
    ]
    own = _NATIONAL.fullmatch(value.strip())
    if not own:
        return value
    day_first = any(int(date[1]) > 12 for date in dates)
    month_first = any(int(date[3]) > 12 for date in dates) or (bool(own[8]) and not day_first)
    if day_first == month_first and own[1] != own[3]:
        return value
    day, month = (own[3], own[1]) if month_first else (own[1], own[3])
    hour = int(own[5]) % 12 + (12 if own[8] in "Pp" else 0) if own[8] else int(own[5])
    try:
        moment = datetime(int(own[4]), int(month), int(day), hour, int(own[6]), int(own[7]))  # noqa: DTZ001
    except ValueError:
        return value
    return winevent.stamp(moment)


# ---------------------------------------------------------------- parser


def _extension(path: str) -> str:
    """Returns the extension that Windows opens: trailing dots, blanks and `::$DATA` don't count."""
    name = path.rpartition("\\")[2].lower().partition("::")[0].rstrip(". ")
    return PureWindowsPath(name).suffix


class WebFileParser:
    """Gives one record for a file, whatever it holds."""

    def __init__(self, path: str) -> None:
        self.path = path

    def feed(self, frame: Frame) -> list[Record]:
        data = frame.data[: limits.WEB_FILE_BYTES]
        text, binary = _text(data)
        folder, _, name = self.path.rpartition("\\")
        extension = _extension(self.path)
        fields: dict[str, Value] = {
            "Path": self.path,
            "Name": name,
            "Extension": extension,
            "Directory": folder,
            "Size": str(len(frame.data)),
            "Shape": "",
            "Text": text,
        }
        fields["Shape"] = self._shape(data, text, extension, binary, fields)
        cut = len(frame.data) >= limits.WEB_FILE_BYTES
        return [
            Record(
                artifact="webfile",
                when=None,
                fields=fields,
                offset=frame.offset,
                length=len(frame.data),
                line=frame.line,
                raw=text[: limits.RAW_CHARACTERS],
                damage=(f"text cut at {limits.WEB_FILE_BYTES} bytes",) if cut else (),
            )
        ]

    @staticmethod
    def _shape(
        data: bytes, text: str, extension: str, binary: bool, fields: dict[str, Value]
    ) -> str:
        """Names the kind of file, and adds the fields that only this kind has."""
        if data.startswith(b"!BDN"):
            return "pst carrier"
        if data.startswith(b"\x30\x82"):
            return "certificate request carrier"
        if not binary and (found := _VIRTUAL_PATH.search(text[:_TRACE_CHARACTERS])):
            fields["VirtualPath"] = html.unescape(found[1])
            return "compiled trace"
        if binary:
            # A page may begin with the magic of an image.
            return "page" if extension in SERVER_EXTENSIONS and _MARKUP.search(text) else "binary"
        properties = _properties(text)
        if _is_dump(properties):
            for name, own in (
                ("DumpName", "Name"),
                ("InternalUrl", "InternalUrl"),
                ("ExternalUrl", "ExternalUrl"),
            ):
                if own in properties:
                    fields[name] = properties[own]
            if changed := _changed(properties):
                fields["WhenChangedUTC"] = changed
            return "virtual directory dump"
        if _MARKUP.search(text):
            return "page"
        code = _RAZOR_CODE if extension in _RAZOR else _BLOCK
        return "page" if extension in SERVER_EXTENSIONS and code.search(text) else "static"

    def when(self, line: bytes) -> str | None:  # noqa: ARG002
        return None

    def sightings(self, record: Record | None) -> Iterable[Sighting]:  # noqa: ARG002
        return ()


def _recognize(path: str, head: bytes) -> bool:
    extension = _extension(path)
    name = path.rpartition("\\")[2]
    if extension in SERVER_EXTENSIONS:
        return True
    if extension == ".dll":
        return name.startswith("app_web_")
    if extension in _QUOTING or head.startswith(_BINARY_MAGICS):
        return False
    codec = _wide(head)
    text = head.decode(codec or "latin-1", "replace")
    if extension == _COMPILED:
        return "virtualPath" in text
    if extension == ".config":
        return False
    return bool(_MARKUP.search(text)) or _is_dump(_properties(text))


ARTIFACTS = (Artifact("webfile", "web-files", "file", "text", _recognize, WebFileParser),)
