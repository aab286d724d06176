"""Log files as the server rolls them: by hour or day, by size, and again after a restart."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import BinaryIO, Literal

from msgspec import Struct

from afterpatch.limits import MIB
from afterpatch.range import formats
from afterpatch.range.server import INSTALL

# Exchange's own logs begin a new file at this size, IIS's daily ones do not by default.
ROLL_BYTES = 10 * MIB
PROTOCOLS = ("Autodiscover", "Eas", "Ecp", "Ews", "Mapi", "Oab", "Owa", "PowerShell", "RpcHttp")
_LOGGING = f"{INSTALL}/Logging"


class LogKind(Struct, frozen=True):
    """One log of the server.

    `path` has the fields `hour`, `day`, `short` (the day with two digits for the year) and `part`.
    `fast` logs are trimmed after some weeks. `columns` empty: IIS or JSON lines. `steady` is false
    for logs that ordinary traffic leaves empty: only stories write to them.
    """

    name: str
    family: str
    roll: Literal["hour", "day", "never"]
    path: str
    columns: tuple[str, ...] = ()
    title: str = ""
    version: str = ""  # empty: the server's build
    bare: bool = True
    fast: bool = True
    steady: bool = True

    @property
    def line_end(self) -> str:
        return "\n" if self.roll == "never" else "\r\n"


def _httpproxy(protocol: str, *, steady: bool = True) -> LogKind:
    return LogKind(
        name=f"HttpProxy/{protocol}",
        family="httpproxy",
        roll="hour",
        path=f"{_LOGGING}/HttpProxy/{protocol}/HttpProxy_{{hour}}-{{part}}.LOG",
        columns=tuple(formats.HTTPPROXY_COLUMNS),
        title="HttpProxy Logs",
        steady=steady,
    )


def _events(name: str, channel: str) -> LogKind:
    return LogKind(name, "windows-events", "never", f"EventLogs/{channel}.jsonl")


KINDS: tuple[LogKind, ...] = (
    LogKind("W3SVC1", "iis", "day", "inetpub/logs/LogFiles/W3SVC1/u_ex{short}.log", fast=False),
    LogKind(
        "W3SVC2", "iis-backend", "day", "inetpub/logs/LogFiles/W3SVC2/u_ex{short}.log", fast=False
    ),
    *(_httpproxy(protocol) for protocol in PROTOCOLS),
    _httpproxy("OwaCalendar", steady=False),  # published calendars: nobody signs in
    LogKind(
        name="ECP",
        family="ecp",
        roll="day",
        path=f"{_LOGGING}/ECP/Server/ECPServer{{day}}-{{part}}.LOG",
        columns=tuple(formats.ECP_COLUMNS),
        title="ECP Server Log",
        version="15.0.0.0",
    ),
    LogKind(
        name="Rps_Cmdlet",
        family="cmdletinfra",
        roll="hour",
        path=f"{_LOGGING}/CmdletInfra/Powershell-Proxy/Cmdlet/Rps_Cmdlet_{{hour}}-{{part}}.LOG",
        columns=tuple(formats.CMDLET_COLUMNS),
        title="Rps Cmdlet Logs",
    ),
    LogKind(
        name="Ews",
        family="ews",
        roll="hour",
        path=f"{_LOGGING}/Ews/Ews_{{hour}}-{{part}}.LOG",
        columns=tuple(formats.EWS_COLUMNS),
        title="EWS Logs",
    ),
    LogKind(
        name="OABGenerator",
        family="oabgenerator",
        roll="day",
        path=f"{_LOGGING}/OABGeneratorLog/OABGenerator{{day}}-{{part}}.LOG",
        columns=tuple(formats.OAB_COLUMNS),
        title="OAB Generator Log",
        version="15.0.0.0",
        bare=False,
    ),
    LogKind(
        name="Rps_Http",
        family="cmdletinfra",
        roll="hour",
        path=f"{_LOGGING}/CmdletInfra/Powershell-Proxy/Http/Rps_Http_{{hour}}-{{part}}.LOG",
        columns=tuple(formats.RPS_HTTP_COLUMNS),
        title="Rps Http Logs",
        steady=False,
    ),
    LogKind(
        name="CosmosQueue",
        family="cosmosqueue",
        roll="day",
        path=f"{_LOGGING}/CosmosQueue/audit/audit{{day}}-{{part}}.LOG",
        columns=tuple(formats.AUDIT_COLUMNS),
        title="audit",
        bare=False,
        steady=False,
    ),
    LogKind(
        name="MessageTracking",
        family="message-tracking",
        roll="hour",
        path=f"{INSTALL}/TransportRoles/Logs/MessageTracking/MSGTRK{{hour}}-{{part}}.LOG",
        columns=tuple(formats.TRACKING_COLUMNS),
        title="Message Tracking Log",
        bare=False,
        steady=False,
    ),
    _events("Management", "MSExchange Management"),
    _events("Security", "Security"),
    _events("Sysmon", "Microsoft-Windows-Sysmon%4Operational"),
    _events("Application", "Application"),
    _events("System", "System"),
    _events("PowerShell", "Microsoft-Windows-PowerShell%4Operational"),
    _events("Defender", "Microsoft-Windows-Windows Defender%4Operational"),
    _events("TaskScheduler", "Microsoft-Windows-TaskScheduler%4Operational"),
    _events("IIS-Configuration", "Microsoft-IIS-Configuration%4Operational"),
)

_ALWAYS = (date.min, 0)  # the one period of a log that never rolls

# 2021-03-03T04:17:05.120Z (Exchange, events) or 2021-03-03 04:17:05 (IIS)
_TIME = re.compile(rb"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{3})?")


def time_of(line: bytes) -> str:
    """The time of a row in UTC as `YYYY-MM-DDTHH:MM:SS.mmmZ`: the first that stands in it."""
    match = _TIME.search(line)
    if match is None:
        raise ValueError("a row without a time")
    day, clock, fraction = match.groups(b".000")
    return f"{day.decode()}T{clock.decode()}{fraction.decode()}Z"


class Log:
    """One log being written; `bytes`, `first` and `last` are over all its files.

    `sizes`: IIS was told to log the bytes of each request; `forwarded`: a field of its own for
    whom a request was forwarded for, which the file's name tells.
    """

    def __init__(
        self, kind: LogKind, root: Path, *, sizes: bool = False, forwarded: bool = False
    ) -> None:
        self.kind = kind
        self.sizes = sizes
        self.forwarded = forwarded
        self.bytes = 0
        self.first: str | None = None
        self.last: str | None = None
        self._root = root
        self._file: BinaryIO | None = None
        self._path = ""
        self._period = _ALWAYS
        self._part = 1
        self._size = 0
        self._lines = 0
        self._restarted = False
        self._newest = b""

    def write(self, data: bytes, rows: int, day: date, hour: int, build: str) -> tuple[str, int]:
        """Append whole rows of one hour; returns the file and the line of the first row."""
        self._turn(day, hour, build, data)
        line = self._lines + 1
        self._put(data, rows)
        self._newest = data
        return self._path, line

    def restart(self) -> None:
        """The services stop and start: Exchange logs begin a new file, IIS repeats its header."""
        self._restarted = self._file is not None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            self.last = time_of(self._newest[self._newest.rfind(b"\n", 0, -1) + 1 :])

    def _turn(self, day: date, hour: int, build: str, data: bytes) -> None:
        kind = self.kind
        when = (day, hour if kind.roll == "hour" else 0) if kind.roll != "never" else _ALWAYS
        fresh = self._file is None or when != self._period
        restarted, self._restarted = self._restarted, False
        parted = bool(kind.columns) and (restarted or self._size + len(data) > ROLL_BYTES)
        if fresh or parted:
            self._part = 1 if fresh else self._part + 1
            self._period = when
            self._open(day, hour)
        if fresh or parted or (restarted and kind.roll == "day"):
            started = time_of(data)
            self.first = self.first or started
            header = self._header(build, started)
            self._put(header, header.count(b"\n"))

    def _open(self, day: date, hour: int) -> None:
        self.close()
        self._path = self.kind.path.format(
            hour=f"{day:%Y%m%d}{hour:02}",
            day=f"{day:%Y%m%d}",
            short=f"{day:%y%m%d}",
            part=self._part,
        )
        if self.forwarded:
            self._path = self._path.replace(".log", "_x.log")
        path = self._root / self._path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._size = self._lines = 0

    def _header(self, build: str, when: str) -> bytes:
        kind = self.kind
        if kind.columns:
            version = kind.version or formats.padded(build)
            columns = list(kind.columns)
            text = formats.exchange_header(columns, kind.title, version, when, kind.bare)
        else:
            sizes, forwarded = self.sizes, self.forwarded
            text = (
                ""
                if kind.roll == "never"
                else formats.iis_header(when, sizes=sizes, forwarded=forwarded)
            )
        return text.encode("ascii")

    def _put(self, data: bytes, lines: int) -> None:
        if self._file is None:
            raise RuntimeError("no file is open")
        self._file.write(data)
        self._size += len(data)
        self._lines += lines
        self.bytes += len(data)
