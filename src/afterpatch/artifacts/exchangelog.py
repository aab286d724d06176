"""What the text logs of Exchange have in common: comment lines, CSV rows, times, the build.

    #Software: Microsoft Exchange Server
    #Version: 15.01.2176.009
    #Log-type: HttpProxy Logs
    #Date: 2021-03-03T09:00:00.000Z
    #Fields: DateTime,RequestId,MajorVersion,...
    2021-03-03T09:32:46.036Z,5ce5b893-b41a-5e8c-9dd0-577c6b59d348,15,...

The column line may also stand without `#Fields:` (a bare header), first in the file or after it,
and the block may repeat in the middle of a file. Cells follow RFC 4180. Facts: Microsoft
CSS-Exchange `Test-ProxyLogon.ps1`, which reads these files with Import-Csv.

The artifact `exchangelog` takes every such log that no other room reads: it counts for coverage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import ClassVar

from msgspec import Struct

from afterpatch.artifacts.artifact import Artifact
from afterpatch.model import Frame, Record, Sighting, Value

__all__ = [
    "ANCHORS",
    "ARTIFACTS",
    "BOM",
    "CUT_SHORT",
    "ExchangeLog",
    "Head",
    "by_lower",
    "decode",
    "name_columns",
    "names",
    "netbios",
    "read_head",
    "short_build",
    "split_row",
    "utc",
]

BOM = b"\xef\xbb\xbf"
FIRST_COLUMNS = ("DateTime", "TimeStamp", "date-time")  # how a bare header begins
_FIRST_COLUMNS = tuple(name.lower() for name in FIRST_COLUMNS)
ANCHORS = (
    b"#Version:",
    b"#Date:",
    b"#Fields:",
    *(f"{quote}{name}{quote},".encode() for name in FIRST_COLUMNS for quote in ("", '"')),
)
VERSION_COLUMNS = ("MajorVersion", "MinorVersion", "BuildVersion", "RevisionVersion")
HOST_COLUMNS = ("ServerHostName", "ServerName", "Server")
NO_HEADER = "no header above"
CUT_SHORT = "cut short"
_HEAD_LINES = 40
_HEAD_ROWS = 8


# ---------------------------------------------------------------- values


def utc(text: str) -> str | None:
    """The time as `YYYY-MM-DDTHH:MM:SS.mmmZ`, or None for text that is no ISO 8601 time.

    A time without a zone is taken as UTC, which is what all Exchange logs write.
    """
    if len(text) < 19 or text[4] != "-" or text[7] != "-" or text[10] not in "T ":
        return None
    usual = text[10] == "T" and text[13] == ":" and text[16] == ":"
    try:
        when = datetime.fromisoformat(text)
        if usual and len(text) == 24 and text[19] == "." and text[23] == "Z":
            return text
        if usual and len(text) == 19:
            return f"{text}.000Z"
        when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@lru_cache(maxsize=256)
def short_build(text: str) -> str | None:
    """The build in short form, or None for a constant or nonsense.

    `15.01.2176.009` and `15.1.2176.9` are one build. ECP and transport agent logs write a constant
    `15.0.0.0`. The oldest public builds are 8.0.685 and 14.0.639.
    """
    parts = text.strip().split(".")
    if len(parts) != 4 or not all(p.isascii() and p.isdigit() and len(p) <= 5 for p in parts):
        return None
    major, minor, build, revision = map(int, parts)
    if major not in (8, 14, 15) or minor > 3 or build < 100:
        return None
    return f"{major}.{minor}.{build}.{revision}"


@lru_cache(maxsize=256)
def netbios(text: str) -> str | None:
    """The short name of a server in upper case, or None for text that names none."""
    name = text.strip().partition(".")[0].upper()
    plain = name.replace("-", "").replace("_", "")
    if len(name) > 63 or not plain.isalnum() or name.isdecimal() or name == "LOCALHOST":
        return None
    return name


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a frame and its damage, without byte-order mark, line end and padding of NULs.

    Text that is not UTF-8 is read as Windows-1252: IIS can be told to write ANSI.
    """
    data = data.strip(b"\0\r\n")
    if data.startswith(BOM):
        data = data[3:]
    try:
        return data.decode(), ()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), ("not UTF-8",)


# ---------------------------------------------------------------- rows and columns


def split_row(text: str) -> tuple[list[str], tuple[str, ...]]:
    """The cells of the first CSV record (RFC 4180, as lenient as Python's `csv`) and its damage.

    Takes time in proportion to the length, and cells of any size.
    """
    if '"' not in text:
        line, _, rest = text.partition("\n")
        return line.rstrip("\r").split(","), ("text after the record",) if rest.strip() else ()
    # 2021-..Z,EXCH,ECP.Request,"S:TIME=1;'S:CMD=Set-X.Url=''http://f/<script src=""x"">''';S:EX="
    cells: list[str] = []
    at, end = 0, _line_end(text, 0)
    while True:
        if text.startswith('"', at):
            cell, at, closed = _quoted(text, at + 1)
            if not closed:
                return [*cells, cell], ("quote not closed",)
            if end < at:
                end = _line_end(text, at)
            comma = text.find(",", at, end)
            stop = end if comma < 0 else comma
            cells.append(cell + text[at:stop].rstrip("\r") if at < stop else cell)
            at = stop + 1
            if comma < 0:
                break
        else:
            stop = text.find(',"', at, end)
            cells += text[at : end if stop < 0 else stop].rstrip("\r").split(",")
            at = (end if stop < 0 else stop) + 1
            if stop < 0:
                break
    return cells, ("text after the record",) if text[at:].strip() else ()


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _quoted(text: str, at: int) -> tuple[str, int, bool]:
    """A quoted cell from behind its first quote: text, index behind it, whether it was closed."""
    parts: list[str] = []
    while True:
        quote = text.find('"', at)
        if quote < 0:
            return "".join((*parts, text[at:])), len(text), False
        if not text.startswith('"', quote + 1):
            return "".join((*parts, text[at:quote])), quote + 1, True
        parts.append(text[at : quote + 1])
        at = quote + 2


def names(text: str) -> tuple[str, ...]:
    """Column names from one text with blanks between them."""
    return tuple(text.split())


def by_lower(columns: Iterable[str]) -> dict[str, str]:
    """Known column names by their lower-case form."""
    return {name.lower(): name for name in columns}


def name_columns(
    header: Sequence[str], known: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Column names as this program spells them, and the damage of the header line.

    A repeated column becomes "", whose cell is dropped: the first one counts. Where a comma was
    lost between two columns both are put back; if the second was there before, the tail had been
    written twice and the columns end (seen in logs of the wild).
    """
    return _name_columns(tuple(header), tuple(known.items()))


@lru_cache(64)
def _header_cells(text: str) -> tuple[str, ...]:
    return tuple(split_row(text)[0])


@lru_cache(64)
def _name_columns(
    header: tuple[str, ...], pairs: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    known = dict(pairs)
    columns: list[str] = []
    seen: set[str] = set()
    damage: tuple[str, ...] = ()
    for written in header:
        name = known.get(written.strip().lower(), written.strip())
        pair = _lost_comma(name.lower(), known)
        if pair:
            damage = ("damaged header",)
            columns.append(pair[0])
            seen.add(pair[0])
            name = pair[1]
            if name in seen:
                break
        if name in seen:
            damage = ("damaged header",)
            name = ""
        columns.append(name)
        seen.add(name)
    return tuple(columns), damage


def _lost_comma(name: str, known: Mapping[str, str]) -> tuple[str, str] | None:
    """The two known columns whose names were written as one."""
    if name in known or len(name) > 128:
        return None
    for cut in range(1, len(name)):
        first, second = known.get(name[:cut]), known.get(name[cut:])
        if first and second:
            return first, second
    return None


# ---------------------------------------------------------------- recognition


class Head(Struct, frozen=True):
    """What the first bytes of a text log say. Names in lower case; `rows` are data lines."""

    software: str
    log_type: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]


@lru_cache(2)  # every room asks about the same bytes
def read_head(head: bytes) -> Head:
    """Reads comment lines, a bare header and the first data lines; never fails."""
    software = log_type = ""
    columns: tuple[str, ...] = ()
    rows: list[str] = []
    head = head.removeprefix(BOM).lstrip(b"\0")
    later = head.find(b"\n#Fields:")  # below data, in a file that was cut at its top
    at = 0
    for _ in range(_HEAD_LINES):
        if at >= len(head) or (len(rows) == _HEAD_ROWS and (columns or later < 0)):
            break
        end = head.find(b"\n", at)
        end = len(head) if end < 0 else end
        line = head[at : min(end, at + 8192)].strip(b"\0\r\n ").decode("utf-8", "replace")
        at = end + 1
        if line.startswith("#"):
            key, _, value = line.partition(":")
            key, value = key.lower(), value.strip().lower()
            if key == "#software":
                software = software or value
            elif key == "#log-type":
                log_type = log_type or value
            elif key == "#fields":
                columns = columns or _split_names(value)
        elif line[:12].lower().lstrip('"').startswith(_FIRST_COLUMNS):
            columns = columns or _split_names(line.lower())
        elif line and len(rows) < _HEAD_ROWS:
            rows.append(line)
    if later >= 0 and not columns:
        line = head[later + 1 : later + 8192].split(b"\n", 1)[0].decode("utf-8", "replace")
        columns = _split_names(line.partition(":")[2].strip("\0\r ").lower())
    return Head(software, log_type, columns, tuple(rows))


@lru_cache(64)  # thousands of hourly files begin with the same line
def _split_names(value: str) -> tuple[str, ...]:
    if "," not in value:
        return tuple(value.split())
    return tuple(name.strip(' "') for name in value.split(","))


# ---------------------------------------------------------------- parser


class ExchangeLog:
    """Parser of a text log of Exchange; the rooms fill in what differs.

    `known`: column names by lower-case form. `label` names the log in the basis of sightings.
    """

    name: ClassVar[str] = "exchangelog"
    label: ClassVar[str] = "Exchange log"
    known: ClassVar[Mapping[str, str]] = {}
    default: ClassVar[tuple[str, ...]] = ()  # the columns of the latest version
    rest_in_last: ClassVar[bool] = False  # the last column is free text and takes surplus cells
    # All versions have the columns of `default`: another header was sent by somebody, in a value
    # that holds line breaks.
    fixed: ClassVar[bool] = False

    def __init__(self, path: str) -> None:
        self.path = path
        self._columns: tuple[str, ...] = ()
        self._damage: tuple[str, ...] = ()
        self._build: str | None = None
        self._date: str | None = None
        self._block_ended = False
        self._said: list[Sighting] = []

    def feed(self, frame: Frame) -> Iterable[Record]:
        """The record of one row, none for a header; ValueError for a row without a time."""
        text, damage = decode(frame.data)
        if not text.strip():
            return ()
        if text[0] == "#":
            self._comment(text)
            return ()
        self._block_ended = True
        cells, torn = split_row(text)
        when = utc(cells[0].strip())
        if when is None:
            if cells[0].strip().lower() in self._first_names():
                self._set_columns(cells)
                return ()
            raise ValueError("the first cell is no time")
        columns = self._columns
        if columns:
            damage += self._damage
        else:
            columns = self.layout(cells)
            damage += (NO_HEADER,)
        if len(cells) != len(columns):
            plain = text.split("\n", 1)[0].rstrip("\r").split(",") if torn else []
            if len(plain) == len(columns):
                cells = plain
            elif self.rest_in_last and len(cells) > len(columns) > 1:
                last = len(columns) - 1
                cells[last:] = [",".join(cells[last:])]
                damage += ("unquoted commas",)
            elif len(cells) < len(columns):
                damage += (f"{CUT_SHORT}: {len(cells)} of {len(columns)} cells",)
            elif self._columns:
                damage += (f"{len(cells)} cells for {len(columns)} columns",)
        fields: dict[str, Value] = dict(zip(columns, cells, strict=False))
        fields.pop("", None)
        damage += torn + self.derive(fields, text)
        return (
            Record(
                artifact=self.name,
                when=when,
                fields=fields,
                offset=frame.offset,
                length=len(frame.data),
                line=frame.line,
                raw=text,
                damage=damage,
            ),
        )

    def when(self, line: bytes) -> str | None:
        """The time in the first cell."""
        cell = line[:64].lstrip(b'\xef\xbb\xbf\0"').split(b",", 1)[0]
        return utc(cell.rstrip(b'"\r\n').decode("ascii", "replace"))

    def sightings(self, record: Record | None) -> Iterable[Sighting]:
        """Builds by the header blocks completed since the last call, or what one record names."""
        if record is not None:
            return self.facts(record)
        if self._block_ended:
            self._close_block()
        said, self._said = self._said, []
        return said

    def layout(self, cells: Sequence[str]) -> tuple[str, ...]:
        """The columns of a row without a header above."""
        if self.default:
            return self.default
        return (FIRST_COLUMNS[0], *(f"Column{i}" for i in range(2, min(len(cells), 256) + 1)))

    def derive(self, _fields: dict[str, Value], _text: str) -> tuple[str, ...]:
        """Adds derived fields; returns the damage found on the way."""
        return ()

    def facts(self, record: Record) -> list[Sighting]:
        """The build in the version columns and the server's name."""
        # The last cell of a row cut short may be half a name or half a number.
        cut = any(damage.startswith(CUT_SHORT) for damage in record.damage)
        texts = {
            name: str(record.fields.get(name, "")) for name in (*VERSION_COLUMNS, *HOST_COLUMNS)
        }
        if cut:
            texts = {k: "" if record.raw.endswith(v) else v for k, v in texts.items()}
        found = []
        build = short_build(".".join(texts[name] for name in VERSION_COLUMNS))
        if build:
            found.append(Sighting("build", build, f"{self.label} columns", record.when))
        for column in HOST_COLUMNS:
            host = netbios(texts[column])
            if host:
                found.append(Sighting("host", host, f"{self.label} {column}", record.when))
        return found

    def _first_names(self) -> tuple[str, ...]:
        return (*_FIRST_COLUMNS, *(name.lower() for name in self._columns[:1]))

    def _set_columns(self, header: Sequence[str]) -> None:
        columns, damage = name_columns(header, self.known)
        if self.fixed:
            self._columns = self.default
        elif any(columns):
            self._columns, self._damage = columns, damage

    def _comment(self, text: str) -> None:
        key, _, value = text.split("\n", 1)[0].partition(":")
        key, value = key.lower().rstrip(), value.strip()
        if key == "#version":
            self._close_block()
            self._build = short_build(value)
        elif key == "#date":
            self._date = utc(value)
            self._block_ended = True
        elif key == "#fields":
            self._block_ended = True
            self._set_columns(_header_cells(value))

    def _close_block(self) -> None:
        if self._build:
            self._said.append(Sighting("build", self._build, f"{self.label} #Version", self._date))
        self._build = self._date = None
        self._block_ended = False


def _recognize(_path: str, head: bytes) -> bool:
    return read_head(head).software.startswith("microsoft exchange")


ARTIFACTS = (
    Artifact(
        name="exchangelog",
        family="other exchange logs",
        framing="row",
        encoding="csv",
        recognize=_recognize,
        parser=ExchangeLog,
        anchors=ANCHORS,
    ),
)
