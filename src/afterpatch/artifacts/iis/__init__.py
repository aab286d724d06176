"""IIS logs in W3C format: `W3SVC1` is what the internet sent, `W3SVC2` what was passed on.

    #Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip
             cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken

Cells are separated by blanks, "-" is an empty cell (a field of "" here), "+" stands for a blank,
times are UTC. The columns may change in the middle of a file and may hold custom ones, such as a
forwarded-for header. Where there is no date column, the date is that of `#Date:`. Exchange appends
`&CorrelationID=<empty>;&cafeReqId=<guid>;` and more to the query.

Derived fields:
  Uri           cs-uri-stem, and "?" and cs-uri-query when that is not empty
  ClientQuery   cs-uri-query without what Exchange appended: from the last `CorrelationID=` on
  CafeReqId     the id that HttpProxy calls RequestId
  UserAgent     cs(User-Agent) with blanks for "+"
  Site          W3SVC1, W3SVC2, ... from the path or s-sitename
  ForwardedFor  the client a load balancer names in a forwarded-for column (or X-Real-IP and the
                like): the last address there, which the balancer adds, and only where c-ip is a
                private address
  BackEnd       "true" when s-port is 444 or 81 or the site is W3SVC2, else "false"

The artifact `httperr` reads the logs of HTTP.sys, which have the same form (`cs-uri` with query).

Facts: W3C Extended Log File Format; Microsoft "IIS logging"; header lines of such logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address

from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.exchangelog import (
    CUT_SHORT,
    NO_HEADER,
    by_lower,
    decode,
    name_columns,
    names,
    netbios,
    read_head,
    utc,
)
from afterpatch.model import Frame, Record, Sighting, Value

__all__ = ["ARTIFACTS", "HttpErr", "Iis"]

COLUMNS = names(
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) "
    "cs(Referer) sc-status sc-substatus sc-win32-status time-taken"
)
_ALSO = names("s-sitename s-computername cs-version cs-host cs(Cookie) sc-bytes cs-bytes")
_HTTPERR = names(
    "date time c-ip c-port s-ip s-port cs-version cs-method cs-uri sc-status s-siteid s-reason "
    "s-queuename"
)
_NUMBERS = names(
    "s-port c-port sc-status sc-substatus sc-win32-status time-taken sc-bytes cs-bytes"
)
# Cells a blank may have got into, the likeliest first
_MAY_HOLD_BLANKS = ("cs(User-Agent)", "cs-username", "cs-uri-query", "cs(Referer)", "cs-uri-stem")
_BACK_END_PORTS = ("444", "81")
_SITE = re.compile(r"\\(w3svc\d{1,10})\\", re.IGNORECASE)
_TAIL = "CorrelationID="
# Addresses that are not routed on the internet (RFC 1918, RFC 4193, loopback)
_INSIDE = re.compile(r"10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|::1$|f[cd]", re.IGNORECASE)


class Iis:
    """Parser of one W3C log; no state but that of the header lines."""

    name = "iis"
    default = COLUMNS
    known = by_lower((*COLUMNS, *_ALSO))

    def __init__(self, path: str) -> None:
        site = _SITE.search(path.replace("/", "\\"))
        self._site = site[1].upper() if site else ""
        self._date = ""
        self._header = False
        self._damage: tuple[str, ...] = ()
        self._set_columns(self.default)

    def _set_columns(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._date_at = columns.index("date") if "date" in columns else -1
        self._time_at = columns.index("time") if "time" in columns else -1

    def feed(self, frame: Frame) -> Iterable[Record]:
        """The record of one line, none for a header; ValueError for a line without a time."""
        text, damage = decode(frame.data)
        if not text.strip():
            return ()
        if text[0] == "#":
            self._comment(text)
            return ()
        columns = self._columns
        # 2021-03-03 09:32:46 192.0.2.1 POST /ecp/y.js &CorrelationID=<empty>;... 443 - 198.51.100.7
        cells = text.split(" ")
        if len(cells) != len(columns):
            cells, why = self._mend(cells)
            damage += (why,)
        when = self._time(cells)
        if when is None:
            raise ValueError("no date and time in their columns")
        if not self._header:
            damage += (NO_HEADER,)
        fields: dict[str, Value] = {
            k: "" if v == "-" else v for k, v in zip(columns, cells, strict=False)
        }
        fields.pop("", None)
        self._derive(fields)
        return (
            Record(
                artifact=self.name,
                when=when,
                fields=fields,
                offset=frame.offset,
                length=len(frame.data),
                line=frame.line,
                raw=text,
                damage=damage + self._damage,
            ),
        )

    def when(self, line: bytes) -> str | None:
        """The time by the positions of the date and time columns."""
        if line[:1] == b"#":
            return None
        text = line.strip(b"\xef\xbb\xbf\0\r\n")
        cells = text.split(b" ", max(self._date_at, self._time_at) + 1)
        if not 0 <= self._time_at < len(cells) or self._date_at >= len(cells):
            return None
        date = cells[self._date_at].decode("ascii", "replace") if self._date_at >= 0 else self._date
        return _utc(date, cells[self._time_at].decode("ascii", "replace"))

    def sightings(self, record: Record | None) -> Iterable[Sighting]:
        """The server's name, where s-computername is logged; the header does not name the build."""
        host = netbios(str(record.fields.get("s-computername", ""))) if record else None
        if record is None or host is None:
            return ()
        return (Sighting("host", host, "IIS s-computername", record.when),)

    def _time(self, cells: Sequence[str]) -> str | None:
        if not 0 <= self._time_at < len(cells) or self._date_at >= len(cells):
            return None
        date = cells[self._date_at] if self._date_at >= 0 else self._date
        return _utc(date, cells[self._time_at])

    def _comment(self, text: str) -> None:
        key, _, value = text.partition(":")
        key = key.lower().rstrip()
        if key == "#date":
            self._date = value.strip()[:10]
        elif key == "#fields" and value.strip():
            columns, self._damage = name_columns(value.split(), self.known)
            self._set_columns(columns)
            self._header = True

    def _mend(self, cells: list[str]) -> tuple[list[str], str]:
        """Cells that fit the columns, if there is one sound way; and what was wrong."""
        columns = self._columns
        # ... 444  EXAMPLE\anna ::1 Microsoft+WinRM+Client - 200 0 0 15
        full = [cell for cell in cells if cell]
        if len(full) == len(columns):
            return full, "double blank"
        surplus = len(cells) - len(columns)
        for name in _MAY_HOLD_BLANKS if surplus > 0 else ():
            if name in columns:
                at = columns.index(name)
                merged = " ".join(cells[at : at + surplus + 1])
                mended = [*cells[:at], merged, *cells[at + surplus + 1 :]]
                if all(
                    cell == "-" or cell.isdecimal()
                    for column, cell in zip(columns, mended, strict=True)
                    if column in _NUMBERS
                ):
                    return mended, f"blank inside {name}"
        if surplus < 0:
            return cells, f"{CUT_SHORT}: {len(cells)} of {len(columns)} cells"
        return cells, f"{len(cells)} cells for {len(columns)} columns"

    def _derive(self, fields: dict[str, Value]) -> None:
        stem, query = str(fields.get("cs-uri-stem", "")), str(fields.get("cs-uri-query", ""))
        fields["Uri"] = f"{stem}?{query}" if query else stem
        cut = query.rfind("&" + _TAIL)
        if cut < 0 and query.startswith(_TAIL):
            cut = 0
        fields["ClientQuery"] = query[:cut] if cut >= 0 else query
        at = query.rfind("cafeReqId=")
        if at >= 0:
            fields["CafeReqId"] = query[at + 10 :].partition(";")[0].partition("&")[0]
        if "cs(User-Agent)" in fields:
            fields["UserAgent"] = str(fields["cs(User-Agent)"]).replace("+", " ")
        if client := _forwarded(fields):
            fields["ForwardedFor"] = client
        site = self._site or str(fields.get("s-sitename", ""))
        if site:
            fields["Site"] = site
        back = site == "W3SVC2" or fields.get("s-port") in _BACK_END_PORTS
        fields["BackEnd"] = "true" if back else "false"


def _forwarded(fields: Mapping[str, Value]) -> str | None:
    # X-Forwarded-For: 198.51.100.7,+203.0.113.9:51234
    # X-Forwarded-For: [2001:db8::7]:51234
    named = next((str(v) for k, v in fields.items() if _names_client(k)), "")
    if not named or not _INSIDE.match(str(fields.get("c-ip", "")).removeprefix("::ffff:")):
        return None
    last = named.rpartition(",")[2].strip("+ [").partition("]")[0]
    last = last.partition(":")[0] if last.count(":") == 1 else last
    try:
        return str(ip_address(last))
    except ValueError:
        return None


# Headers by which load balancers name the client, beside those called forwarded-for.
_OF_CLIENT = ("x-real-ip", "true-client-ip", "x-client-ip", "x-cluster-client-ip",
              "cf-connecting-ip", "x-azure-clientip")  # fmt: skip


def _names_client(column: str) -> bool:
    name = column.lower().removeprefix("cs(").removesuffix(")")
    return "forwarded-for" in name or name in _OF_CLIENT


def _utc(date: str, time: str) -> str | None:
    return utc(f"{date}T{time.strip()}") if len(date) == 10 else None


class HttpErr(Iis):
    """Parser of one log of HTTP.sys: requests that never reached IIS."""

    name = "httperr"
    default = _HTTPERR
    known = by_lower(_HTTPERR)

    def _derive(self, _fields: dict[str, Value]) -> None:
        return


def _recognize(path: str, head: bytes) -> bool:
    says = read_head(head)
    if says.columns:
        return "cs-uri-stem" in says.columns and "time" in says.columns
    if says.software.startswith("microsoft internet information services"):
        return True
    # 2021-03-03 09:32:46 192.0.2.1 POST /ecp/y.js - 443 - 198.51.100.7 Mozilla/5.0 - 200 0 0 15
    tail = bool(_SITE.search(path)) or "\\u_ex" in path
    for row in says.rows:
        cells = row.split(" ")
        if len(cells) > 9 and utc(f"{cells[0]}T{cells[1]}"):
            shape = cells[3].isupper() and cells[4].startswith("/") and cells[6].isdecimal()
            return tail or shape
    return False


def _recognize_back_end(path: str, head: bytes) -> bool:
    if not _recognize(path, head):
        return False
    if "\\w3svc2\\" in path:
        return True
    says = read_head(head)
    columns = says.columns or COLUMNS
    if "s-port" not in columns:
        return False
    at = columns.index("s-port")
    ports = [cells[at] for row in says.rows if len(cells := row.split(" ")) > at]
    return sum(port in _BACK_END_PORTS for port in ports) * 2 > len(ports)


def _recognize_httperr(_path: str, head: bytes) -> bool:
    says = read_head(head)
    if says.columns:
        return "s-reason" in says.columns and "cs-uri" in says.columns
    return says.software.startswith("microsoft http api")


ARTIFACTS = (
    Artifact(
        name="iis",
        family="iis-backend",
        framing="line",
        encoding="w3c",
        recognize=_recognize_back_end,
        parser=Iis,
        anchors=(b"#Fields:", b"#Date:"),
    ),
    Artifact(
        name="iis",
        family="iis",
        framing="line",
        encoding="w3c",
        recognize=_recognize,
        parser=Iis,
        anchors=(b"#Fields:", b"#Date:"),
    ),
    Artifact(
        name="httperr",
        family="httperr",
        framing="line",
        encoding="w3c",
        recognize=_recognize_httperr,
        parser=HttpErr,
        anchors=(b"#Fields:", b"#Date:"),
    ),
)
