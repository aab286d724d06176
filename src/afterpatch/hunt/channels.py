"""What a file of events holds by channel: times, and stretches of record numbers without a hole.

Windows numbers the records of a channel one by one, and goes on counting when the log is cleared.
So numbers that are not there were deleted, overwritten, or left out when the log was copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from afterpatch.artifacts import winevent
from afterpatch.artifacts.artifact import EventParser
from afterpatch.artifacts.evtx import CHUNK_BYTES, ChunkSpan, FileHeader
from afterpatch.limits import CHANNEL_CHARACTERS, CHANNELS_PER_FILE, STRETCHES_PER_CHANNEL
from afterpatch.model import ChannelSpan, Record, Stretch
from afterpatch.times import believed

__all__ = ["Channels", "LogChannel"]

Key = tuple[str, str]  # channel and computer

# An export of chosen events has holes everywhere, a log that lost some has few: records per hole.
_RECORDS_PER_HOLE = 100


class Channels:
    """Gathers the events of an export, in whatever order they lie there."""

    def __init__(self) -> None:
        self._known: dict[Key, _Channel] = {}

    def add(self, record: Record) -> None:
        """Note one event that was parsed."""
        known = self._of(_key(record))
        known.see(1, record.when, record.when)
        number = winevent.number_of(record.fields)
        known.number(None if number is None else Stretch(number, number, *2 * (record.when,)))

    def add_lines(self, key: Key, lines: Sequence[bytes], parser: EventParser) -> None:
        """Note the events of one channel in a block: times and numbers are asked for only as far as
        they tell something."""
        known = self._of(key)
        known.see(len(lines), believed(parser.when(lines[0])), believed(parser.when(lines[-1])))
        if not known.numbered:
            return
        numbers = [number for line in lines if (number := parser.number(line)) is not None]
        if len(numbers) < len(lines):
            known.number(None)
            return
        for start, stop in _runs(numbers):
            low, high = sorted((start, stop), key=numbers.__getitem__)
            times = believed(parser.when(lines[low])), believed(parser.when(lines[high]))
            if not known.number(Stretch(numbers[low], numbers[high], *times)):
                return

    def spans(self) -> tuple[ChannelSpan, ...]:
        """What was gathered, in order of channel and computer."""
        return tuple(
            ChannelSpan(
                channel=channel,
                host=host,
                first=known.first,
                last=known.last,
                records=known.records,
                stretches=known.stretches(),
            )
            for (channel, host), known in sorted(self._known.items())
        )

    def _of(self, key: Key) -> _Channel:
        known = self._known.get(key)
        if known is None:
            key = key if len(self._known) < CHANNELS_PER_FILE else ("", "")
            known = self._known.setdefault(key, _Channel())
        return known


def _key(record: Record) -> Key:
    channel, host = (winevent.one(record.fields, name) for name in ("Channel", "Computer"))
    return channel[:CHANNEL_CHARACTERS], host[:CHANNEL_CHARACTERS]


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where numbers rise or fall by one: the places of the ends of each such run."""
    first, last, start, step = numbers[0], numbers[-1], 0, 0
    way = 1 if last >= first else -1
    if abs(last - first) == len(numbers) - 1 and numbers == list(range(first, last + way, way)):
        yield 0, len(numbers) - 1
        return
    for at in range(1, len(numbers)):
        apart = numbers[at] - numbers[at - 1]
        if abs(apart) == 1 and step in (0, apart):
            step = apart
        else:
            yield start, at - 1
            start, step = at, 0
    yield start, len(numbers) - 1


class _Channel:
    """The events of one channel."""

    def __init__(self) -> None:
        self.records = 0
        self.first: str | None = None
        self.last: str | None = None
        self.numbered = True
        self._stretches: list[Stretch] = []

    def see(self, records: int, *times: str | None) -> None:
        self.records += records
        told = [when for when in (self.first, self.last, *times) if when is not None]
        self.first, self.last = min(told, default=None), max(told, default=None)

    def number(self, stretch: Stretch | None) -> bool:
        """Note further numbers; None where an event has none, so that numbers tell nothing. Whether
        they still tell something."""
        if stretch is None or len(self._stretches) > STRETCHES_PER_CHANNEL:
            self.numbered = False
        if stretch is None or not self.numbered:
            self._stretches.clear()
        else:
            before = self._stretches.pop() if self._stretches else stretch
            self._stretches += _joined((before, stretch))
        return self.numbered

    def stretches(self) -> tuple[Stretch, ...]:
        """Empty where numbers tell nothing, or so many are missing that they were not wanted."""
        found = _joined(self._stretches)
        return found if (len(found) - 1) * _RECORDS_PER_HOLE <= self.records else ()


class LogChannel:
    """Gathers an event log chunk by chunk, in whatever order they lie.

    `path` is the Windows path, `header` what the head of the file says, None where there is none.
    """

    def __init__(self, path: str, header: FileHeader | None) -> None:
        self._header = header
        # Microsoft-Windows-Sysmon%4Operational.evtx
        name = path.rpartition("\\")[2]
        self._owner: Key = (name.removesuffix(".evtx").replace("%4", "/"), "")
        self._mixed: Channels | None = None
        self._whole = False
        self.begun = False
        self._chunks = 0
        self._unreadable = 0
        self._torn = False
        self._records = 0
        self._times: list[str] = []
        self._stretches: list[Stretch] = []

    def begin(self, records: Sequence[Record], span: ChunkSpan) -> None:
        """The records of the first chunk that has any tell whose log it is, and what it is: the
        log itself, whose headers bear the numbers of the events, or an export, which is numbered
        anew; an export may hold several channels."""
        self.begun = True
        if records:
            self._owner = _key(records[0])
        if len({_key(record)[0] for record in records}) > 1:
            self._mixed = Channels()
            for record in records:
                self._mixed.add(record)
        numbers = [winevent.number_of(record.fields) for record in records]
        self._whole = bool(records) and all(
            number is not None and any(s.low <= number <= s.high for s in span.stretches)
            for number in numbers
        )

    def add(self, span: ChunkSpan, size: int) -> None:
        """Note one chunk of so many bytes."""
        self._chunks += 1
        self._unreadable += span.unreadable
        self._torn = self._torn or size < CHUNK_BYTES
        self._records += span.records
        self._times += filter(None, (span.first, span.last))
        self._times = [min(self._times), max(self._times)] if self._times else []
        if len(self._stretches) <= STRETCHES_PER_CHANNEL:
            self._stretches += span.stretches

    def spans(self) -> tuple[ChannelSpan, ...]:
        """The channel; of an export of several, what the first chunk holds of each."""
        if self._mixed is not None:
            return self._mixed.spans()
        if not self._records:
            return ()
        known = self._whole and len(self._stretches) <= STRETCHES_PER_CHANNEL
        return (
            ChannelSpan(
                channel=self._owner[0],
                host=self._owner[1],
                first=self._times[0] if self._times else None,
                last=self._times[1] if self._times else None,
                records=self._records,
                whole=self._whole,
                stretches=_joined(self._stretches) if known else (),
            ),
        )

    def lost(self) -> str:
        """How many chunks are lost, in words; empty where none is."""
        if not self._unreadable:
            return ""
        return f"{self._unreadable} of {self._chunks} chunks hold no record that can be read"

    def cut(self) -> str:
        """How the end of the file is torn, in words."""
        header = self._header
        if self._torn:
            return "ends inside a chunk"
        if header is None:
            return ""
        if header.chunks > self._chunks:
            return f"holds {self._chunks} of the {header.chunks} chunks that its header counts"
        highest = max((s.high for s in self._stretches), default=None)
        if highest is not None and not header.dirty and header.next_record > highest + 1:
            return (
                f"ends at record {highest} of the {header.next_record - 1} that its header counts"
            )
        return ""


def _joined(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """The same numbers in order, in as few stretches as hold them."""
    found: list[Stretch] = []
    for part in sorted(stretches, key=lambda s: (s.low, s.high)):
        if found and part.low <= found[-1].high + 1:
            before = found.pop()
            end = max(before, part, key=lambda s: s.high)
            part = Stretch(before.low, end.high, before.first, end.last)
        found.append(part)
    return tuple(found)
