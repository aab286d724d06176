"""Windows events exported as text: JSON lines, a JSON array, or `key=value` lines.

Shapes: NXLog `to_json` (Security-Datasets), Winlogbeat and Elastic Common Schema (nested or dotted
keys), `evtx_dump -o jsonl` (also with `--separate-json-attributes`), PowerShell `Get-WinEvent` and
`Get-EventLog` through `ConvertTo-Json`, Velociraptor's parsed event logs, and the Splunk, Elastic
and Chainsaw wrappers around these. Sources: the documentation of the named tools.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from afterpatch import limits
from afterpatch.artifacts import winevent
from afterpatch.artifacts.artifact import Artifact
from afterpatch.model import Frame, Record, Sighting, Value

__all__ = ["ARTIFACTS", "EventFileParser", "EventLineParser", "KeyValueParser"]

NOT_UTF8 = "not valid UTF-8"

# ---------------------------------------------------------------- keys of the known exporters

_KEYS: dict[str, tuple[str, ...]] = {
    "Channel": ("Channel", "winlog.channel", "LogName", "log_name", "channel"),
    "Provider_Name": (
        "Provider_Name",
        "ProviderName",
        "winlog.provider_name",
        "SourceName",
        "source_name",
        "Provider",
        "Source",
    ),
    "EventID": (
        "EventID",
        "EventId",
        "winlog.event_id",
        "EventCode",
        "event_id",
        "event.code",
        "Id",
    ),
    "Computer": (
        "Computer",
        "winlog.computer_name",
        "Hostname",
        "MachineName",
        "ComputerName",
        "computer_name",
        "host.name",
    ),
    "EventRecordID": (
        "EventRecordID",
        "RecordNumber",
        "winlog.record_id",
        "RecordId",
        "RecordID",
        "record_number",
        "Index",
    ),
    "Level": ("Level", "winlog.level", "LevelDisplayName", "log.level", "EntryType"),
}
_MESSAGE = ("Message", "message")
# In order of trust: the event's own time, the shipper's, and NXLog's local one.
_TIMES = (
    "TimeCreated",
    "SystemTime",
    "@timestamp",
    "TimeGenerated",
    "timestamp",
    "_time",
    "EventTime",
)
_LOCAL_TIMES = frozenset(("EventTime", "TimeGenerated"))
_NAMED = ("winlog.event_data.", "winlog.user_data.", "EventData.", "UserData.")
_POSITIONAL = ("Properties", "ReplacementStrings")
_WRAPPERS = ("result", "_source", "document", "data")
# An id and one of another kind make an object an event; `Id` alone is a common name and needs two.
_KINDS: tuple[tuple[str, ...], ...] = (
    (*_KEYS["Channel"], "Event", "System", "winlog"),
    (*_KEYS["Provider_Name"],),
    (*_KEYS["EventID"],),
    _TIMES,
    (*_KEYS["Computer"],),
)
# Winlogbeat calls unnamed data param1, param2, … and leaves out empty ones.
_PARAM = re.compile(r"param(\d{1,2})", re.ASCII)


def _normalize(
    data: Mapping[str, object],
) -> tuple[dict[str, Value], str | None, tuple[str, ...]]:
    """Returns fields, time and damage of one exported event; ValueError where it is no event."""
    for _ in range(4):
        inner = data.get("Event")
        if isinstance(inner, Mapping) and isinstance(inner.get("System"), Mapping):
            return winevent.from_tree(inner)
        if isinstance(data.get("System"), Mapping):
            return winevent.from_tree(data)
        wrapped = [data[key] for key in _WRAPPERS if isinstance(data.get(key), Mapping)]
        if not wrapped or any(key in data for key in _KEYS["EventID"]):
            break
        data = wrapped[0]  # type: ignore[assignment]
    return _flat(dict(winevent.leaves(data)))


def _flat(flat: Mapping[str, Value]) -> tuple[dict[str, Value], str | None, tuple[str, ...]]:
    # As a text, Properties is a datum of directory events.
    used = {key for key in _POSITIONAL if isinstance(flat.get(key), tuple)}
    system = {name: _first(flat, keys, used) for name, keys in _KEYS.items()}
    if not system["EventID"]:
        raise ValueError("no event: it has no id")
    when, damage = _time(flat)
    message = _first(flat, _MESSAGE, used)
    named: dict[str, Value] = {}
    for key, value in flat.items():
        if key.startswith(_NAMED):
            prefix = next(prefix for prefix in _NAMED if key.startswith(prefix))
            named[key[len(prefix) :]] = value
        elif key not in used and key.partition(".")[0] not in _TIMES:
            named.setdefault(key, value)
    positional = next((_tuple(flat[key]) for key in _POSITIONAL if key in used), ())
    fields, notes = winevent.normalize(system, named, positional or _params(named), message or None)
    return fields, when, damage + notes + _skew(fields, when)


def _skew(fields: Mapping[str, Value], when: str | None) -> tuple[str, ...]:
    """Tells an export whose times are local in spite of their mark."""
    minutes = winevent.ahead(fields, when)
    if not minutes:
        return ()
    return (f"time runs {abs(minutes)} minutes {'ahead of' if minutes > 0 else 'behind'} UTC",)


def _first(flat: Mapping[str, Value], keys: Iterable[str], used: set[str] | None = None) -> str:
    """Returns the first of the keys that has a value, and notes which it was."""
    for key in keys:
        value = flat.get(key)
        if value:
            if used is not None:
                used.add(key)
            return value if isinstance(value, str) else value[0]
    return ""


def _tuple(value: Value) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _params(named: Mapping[str, Value]) -> tuple[str, ...]:
    places = {int(m[1]): key for key in named if (m := _PARAM.fullmatch(key))}
    if not places or min(places) < 1:
        return ()
    return tuple(
        winevent.one(named, places[place]) if place in places else ""
        for place in range(1, max(places) + 1)
    )


def _time(flat: Mapping[str, Value]) -> tuple[str | None, tuple[str, ...]]:
    trouble = "no time"
    for key in _TIMES:
        # PowerShell writes some dates as {"value": "/Date(…)/", "DateTime": "…"}.
        value = _first(flat, (key, f"{key}.value"))
        if not value:
            continue
        when, damage = winevent.utc(value)
        if when is None:
            trouble = damage or trouble
            continue
        if damage and key in _LOCAL_TIMES:
            damage = winevent.LOCAL_TIME
        return when, (damage,) if damage else ()
    return None, (trouble,)


# ---------------------------------------------------------------- text


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Returns a line as text; PowerShell redirection writes UTF-16LE, cut before the last NUL."""
    body = data.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe")
    body = body.removeprefix(b"\0") if len(body) % 2 else body
    if body[1:2] == b"\0":
        return body.decode("utf-16-le", "replace").strip("\r\n\0"), ()
    try:
        return data.removeprefix(b"\xef\xbb\xbf").decode().strip("\r\n\0"), ()
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace").strip("\r\n\0"), (NOT_UTF8,)


def _loads(line: str) -> object:
    """Decodes JSON; half of a surrogate pair, which the strict decoder refuses, becomes U+FFFD."""
    try:
        return msgspec.json.decode(line.encode())
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        try:
            return _whole(json.loads(line))
        except RecursionError as error:
            raise ValueError("JSON nested too deep") from error


def _whole(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {str(_whole(key)): _whole(item) for key, item in value.items()}
    return value


def _event(data: object) -> tuple[dict[str, Value], str | None, tuple[str, ...]]:
    if not isinstance(data, Mapping):
        raise ValueError("no JSON object")
    try:
        return _normalize(data)
    except RecursionError as error:
        raise ValueError("JSON nested too deep") from error


# "TimeCreated":"2021-03-14T01:39:33.939Z"   "TimeCreated":"\/Date(1615686012987)\/"
_TIME_BYTES = tuple(
    re.compile(
        rb'"%s"\s{0,4}:\s{0,4}(?:\{\s{0,8}"[A-Za-z#]{1,20}"\s{0,4}:\s{0,4}){0,2}"?([^",}\r\n]{9,40})'
        % re.escape(key.encode())
    )
    for key in ("SystemTime", *_TIMES)
)


class _Behind:
    """Finds what stands behind one of several keys; the spelling met last is looked for first."""

    def __init__(self, keys: Iterable[str], value: bytes) -> None:
        names = sorted({key.rpartition(".")[2] for key in keys if key not in _COMMON_NAMES})
        # "Channel":"Security"   "winlog.channel": "Security"   "EventRecordID":{"#text":7
        self._any = re.compile(
            rb'"(?:winlog\.)?(?:%s)"\s{0,4}:\s{0,4}(?:\{\s{0,4}"#text"\s{0,4}:\s{0,4})?"?'
            % "|".join(names).encode()
        )
        self._value = re.compile(value)
        self._spelled = b""

    def __call__(self, line: bytes) -> tuple[bytes, int]:
        """The value in the line and where it ends; empty and -1 where there is none."""
        at = line.find(self._spelled) if self._spelled else -1
        if at >= 0:
            at += len(self._spelled)
        elif key := self._any.search(line):
            self._spelled, at = key[0], key.end()
        value = self._value.match(line, at) if at >= 0 else None
        return (value[0], value.end()) if value else (b"", -1)


_COMMON_NAMES = ("Index", "host.name")  # keys of much else

# ---------------------------------------------------------------- parsers


class _Events:
    """What the parsers of this room share."""

    def __init__(self, path: str) -> None:
        self.path = path

    def when(self, line: bytes) -> str | None:
        """Returns the time found behind the first time key, in order of trust."""
        for pattern in _TIME_BYTES:
            if found := pattern.search(line):
                text = found[1].decode("ascii", "replace").replace("\\/", "/").strip()
                when, _ = winevent.utc(text)
                if when:
                    return when
        return None

    def sightings(self, record: Record | None) -> Iterable[Sighting]:
        return winevent.host(record)


class EventLineParser(_Events):
    """One JSON object a line."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._channel = _Behind(_KEYS["Channel"], rb'[^"\\]{1,200}(?=")')
        self._host = _Behind(_KEYS["Computer"], rb'[^"\\]{1,200}(?=")')
        self._number = _Behind(_KEYS["EventRecordID"], rb"\d{1,18}(?!\d)")
        # How the last line began, down to its channel and computer, and these.
        self._beginning: bytes | None = None
        self._placed = (b"", b"")

    def place(self, line: bytes) -> tuple[bytes, bytes]:
        """Channel and computer, by the first of each key."""
        # Most lines begin like the one before.
        if self._beginning is None or not line.startswith(self._beginning):
            (channel, first), (host, second) = self._channel(line), self._host(line)
            known = first >= 0 and second >= 0
            self._beginning = line[: max(first, second) + 1] if known else None  # with its quote
            self._placed = channel, host
        return self._placed

    def number(self, line: bytes) -> int | None:
        """The record number, by the first of its keys."""
        digits, _ = self._number(line)
        return int(digits) if digits else None

    def feed(self, frame: Frame) -> list[Record]:
        line, damage = _decode(frame.data)
        if not line.strip():
            return []
        fields, when, notes = _event(_loads(line))
        return [_record("events_json", frame, line, fields, when, damage + notes)]


class KeyValueParser(_Events):
    """One event a line, as `key=value key="a value"`."""

    def feed(self, frame: Frame) -> list[Record]:
        line, damage = _decode(frame.data)
        if not line.strip():
            return []
        fields, when, notes = _flat(dict(_pairs(line)))
        return [_record("events_kv", frame, line, fields, when, damage + notes)]

    def place(self, line: bytes) -> tuple[bytes, bytes]:
        """Channel and computer."""
        flat = dict(_pairs(_decode(line)[0]))
        return _first(flat, _KEYS["Channel"]).encode(), _first(flat, _KEYS["Computer"]).encode()

    def number(self, line: bytes) -> int | None:
        """The record number."""
        text = _first(dict(_pairs(_decode(line)[0])), _KEYS["EventRecordID"])
        return winevent.number_of({"EventRecordID": text})

    def when(self, line: bytes) -> str | None:
        # The time leads the line; later keys may be part of what a program printed.
        return _time(dict(_pairs(_decode(line[:400])[0])))[0]


class EventFileParser(_Events):
    """JSON over several lines: an array, or objects one after the other.

    What stands before damage is kept; `damage_count` says whether a rest was given up.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.damage_count = 0

    def feed(self, frame: Frame) -> list[Record]:
        if len(frame.data) > limits.EVENT_FILE_BYTES:
            raise ValueError(f"longer than {limits.EVENT_FILE_BYTES} bytes")
        records = []
        try:
            for part, data in _elements(frame):
                raw, notes = _decode(part.data)
                try:
                    fields, when, damage = _event(_whole(data))
                except ValueError:
                    self.damage_count += 1
                    continue
                records.append(_record("events_json_file", part, raw, fields, when, notes + damage))
        except (ValueError, RecursionError) as error:
            if not records:
                raise ValueError(f"no JSON events: {error}") from error
            self.damage_count += 1
        if not records and self.damage_count:
            raise ValueError("no JSON events")
        return records


# Of an array the elements are wanted, of objects in a row each.
_BETWEEN = re.compile(r"[\s,\[\]\ufeff\0]*")


def _elements(frame: Frame) -> Iterator[tuple[Frame, object]]:
    """Yields the bytes and the value of every top-level element."""
    data, codec, errors = frame.data, "utf-8", "surrogateescape"
    if data[:2] == b"\xff\xfe" or data[1:2] == b"\0":
        data, codec, errors = data[: len(data) // 2 * 2], "utf-16-le", "surrogatepass"
    text = data.decode(codec, errors)
    decoder = json.JSONDecoder()
    offset, line, counted = frame.offset, frame.line or 1, 0
    at = _skip(text, 0)
    while at < len(text):
        skipped = text[counted:at]
        offset += len(skipped.encode(codec, errors))
        line += skipped.count("\n")
        value, end = decoder.raw_decode(text, at)
        yield Frame(text[at:end].encode(codec, errors), offset, line), value
        counted, at = at, _skip(text, end)


def _skip(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _record(
    artifact: str,
    frame: Frame,
    raw: str,
    fields: dict[str, Value],
    when: str | None,
    damage: tuple[str, ...],
) -> Record:
    return Record(
        artifact=artifact,
        when=when,
        fields=fields,
        offset=frame.offset,
        length=len(frame.data),
        line=frame.line,
        raw=raw,
        damage=damage,
    )


# TimeCreated=2026-07-16T09:46:46.000Z EventCode=4688 CommandLine="cmd.exe /c whoami"
_KEY = re.compile(r"(?:^|(?<=[\s,;]))([A-Za-z_@][\w.]{0,63})=")


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    """Splits a line of pairs; a quoted value ends at a quote before the next key or the end.

    Backslashes and lone quotes inside belong to the value, since Windows paths and command lines
    are written as they are.
    """
    keys = list(_KEY.finditer(line))
    number = 0
    while number < len(keys):
        key = keys[number]
        start, number = key.end(), number + 1
        quoted = line.startswith('"', start)
        end = len(line)
        while number < len(keys):
            stop = _trimmed(line, keys[number].start(), start)
            if not quoted or (stop > start + 1 and line[stop - 1] == '"'):
                end = keys[number].start()
                break
            number += 1
        stop = _trimmed(line, end, start)
        if quoted:
            closed = stop > start + 1 and line[stop - 1] == '"'
            yield key[1], line[start + 1 : stop - 1 if closed else stop]
        else:
            yield key[1], line[start:stop]


def _trimmed(line: str, end: int, start: int) -> int:
    while end > start and line[end - 1] in " \t\r\n,;":
        end -= 1
    return end


# ---------------------------------------------------------------- recognition


def _plain_head(head: bytes) -> bytes:
    body = head.removeprefix(b"\xff\xfe")
    return body.replace(b"\0", b"") if body[1:2] == b"\0" else body


def _known(present: Iterable[str]) -> bool:
    names = {key.partition(".")[0] for key in present} | set(present)
    if not any(key in names for key in _KEYS["EventID"]):
        return False
    kinds = sum(any(key in names for key in keys) for keys in _KINDS)
    return kinds >= (2 if any(key in names for key in _KEYS["EventID"][:-1]) else 3)


_JSON_KEY = re.compile(rb'"([A-Za-z_@][\w.@]{0,40})"\s{0,8}:', re.ASCII)


def _json_keys(head: bytes) -> list[str]:
    return [key.decode() for key in _JSON_KEY.findall(head)]


def _is_json_lines(path: str, head: bytes) -> bool:  # noqa: ARG001
    line = _plain_head(head).lstrip().partition(b"\n")[0].rstrip()
    if not line.startswith(b"{") or not _known(_json_keys(line)):
        return False
    return line.endswith(b"}") or len(line) >= limits.HEAD_BYTES // 2


def _is_json_file(path: str, head: bytes) -> bool:  # noqa: ARG001
    body = _plain_head(head).lstrip()
    if body[:1] == b"[":
        body = body[1:].lstrip()
    return body.startswith(b"{") and _known(_json_keys(body))


def _is_key_value(path: str, head: bytes) -> bool:  # noqa: ARG001
    line = _plain_head(head).lstrip().partition(b"\n")[0][:4000].decode("utf-8", "replace")
    first = _KEY.match(line)
    if not first:
        return False
    return _known({key for key, _ in _pairs(line)})


ARTIFACTS = (
    Artifact("events_json", "windows-events", "line", "json", _is_json_lines, EventLineParser),
    Artifact("events_kv", "windows-events", "line", "csv", _is_key_value, KeyValueParser),
    Artifact("events_json_file", "windows-events", "file", "json", _is_json_file, EventFileParser),
)
