"""Times of which a log holds nothing though it should: which, why, and what would fill them.

A text log is judged by its silences, an event log by the numbers of its records and by what says
that it was cleared. In a log that is written only when somebody does something, only a silence that
stands out tells anything: a file that was deleted need not show.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import msgspec

from afterpatch import knowledge
from afterpatch.answers.case import Case
from afterpatch.answers.lognames import (
    DAY,
    HOUR,
    absent,
    folder_of,
    listed,
    shown_name,
    stamp_of,
)
from afterpatch.limits import CHANNEL_CHARACTERS, GAP_SECONDS
from afterpatch.model import ChannelSpan, FileReport, Gap, Stretch
from afterpatch.times import plus, seconds

__all__ = ["EVENTS", "Lack", "end_of_logs", "event_lacks", "log_lacks", "silent_by_itself"]

EVENTS = "windows-events"
SECURITY = "Security"

# How long a family may be silent without that being a gap, in seconds. Exchange's own probes write
# to the web logs every few minutes; the others write only when somebody does something.
_QUIET: dict[str, int] = {
    "iis": GAP_SECONDS,
    "iis-backend": GAP_SECONDS,
    "httpproxy": GAP_SECONDS,
    "ews": 3 * HOUR,
    "ecp": DAY,
    "cmdletinfra": DAY,
    "oabgenerator": 3 * DAY,
}
_NEVER_QUIET = ("iis", "iis-backend", "httpproxy")
# A silence stands out when such are rare, so many times their length apart (nights and weekends
# come oftener), and so many times longer than any other in the same log.
_APART_HOURS = 48  # for a family that is counted by the hour
_APART_DAYS = 7
_LONGER = 3
_SLACK_SECONDS = 60  # less is no time that a log lacks
_LATE_SECONDS = DAY  # that a family may end before the others: copying takes its time
_RETENTION_SLACK = 2 * DAY  # files are deleted whole, and not on the minute
_CLEARED = "event-log-cleared"  # the rule
_SECURITY_EVENTS = ("1102", "517")  # of the Security log alone; 104 names the log


class Lack(NamedTuple):
    """A gap, and what would fill it: paths on the server, empty where nothing would. `early` is
    what lies before all that is there."""

    gap: Gap
    collect: str = ""
    early: bool = False


# ---------------------------------------------------------------- text logs


def end_of_logs(case: Case) -> str | None:
    """The last time in the logs that are never silent for long; else in any."""
    last = [r.last for r in case.reports if r.family in _QUIET and r.last is not None]
    return max(last, default=case.window[1])


def log_lacks(
    family: str,
    reports: Sequence[FileReport],
    others: Sequence[FileReport],
    needed: str | None,
    end: str | None,
    twin: str | None = None,
) -> tuple[Lack, ...]:
    """What one family of text logs lacks, in order of time.

    `others` are files of no family: those that are named like a log and hold nothing are told of.
    `needed` is when the family should begin, `end` when the logs of the server end, `twin` when a
    log begins that is kept as long as this one.
    """
    dated = [r for r in reports if r.first and r.last]
    if not dated:
        return ()
    found = [*_before(family, dated, needed, end, twin), *_cut(dated)]
    quiet = _QUIET.get(family)
    if quiet is not None:
        empty = [r for r in (*reports, *others) if r.first is None]
        found += _silences(family, dated, empty, quiet)
        found += _parts(dated)
        found += _after(family, dated, end)
    return tuple(_in_order(found))


def _in_order(found: Iterable[Lack]) -> list[Lack]:
    """One lack for one time and place: what says why goes before what says that."""
    kept: dict[tuple[str, str, str], Lack] = {}
    for lack in found:
        kept.setdefault((lack.gap.from_, lack.gap.to, lack.gap.where), lack)
    return sorted(kept.values(), key=lambda lack: (lack.gap.from_, lack.gap.to, lack.gap.where))


def _before(
    family: str,
    reports: Sequence[FileReport],
    needed: str | None,
    end: str | None,
    twin: str | None,
) -> Iterable[Lack]:
    """What lies between the time that is needed and the first record."""
    first, _ = _ends(reports)
    families = [f for f in knowledge.log_families() if f.family == family]
    if not families:
        return
    collect = f"backups of {families[0].collect}"
    if twin is not None and seconds(first) - seconds(twin) > _LATE_SECONDS:
        note = "the logs of the other site go back to then"
        yield Lack(Gap(twin, first, "missing", note=note), collect)
        first = twin
    if needed is None or first <= needed:
        return
    days = next((f.retention_days for f in families if f.retention_days), None)
    if days is None:
        note = "IIS deletes no log by itself" if family.startswith("iis") else ""
        yield Lack(Gap(needed, first, "missing", note=note), collect, early=True)
        return
    # The others need not have been written at that time.
    always = family in _NEVER_QUIET
    kept_from = plus(end or first, -days * 24 * 60)
    young = seconds(first) - seconds(kept_from) > (_RETENTION_SLACK if always else 0)
    expired_to = max(needed, kept_from) if young else first
    if expired_to > needed:
        note = f"by default kept for {days} days"
        yield Lack(Gap(needed, expired_to, "rotated", note=note), collect, early=True)
    if expired_to < first and always:
        note = f"younger than the {days} days that it is kept for by default"
        yield Lack(Gap(expired_to, first, "missing", note=note), collect, early=True)


def _after(family: str, reports: Sequence[FileReport], end: str | None) -> Iterable[Lack]:
    last = max(r.last for r in reports if r.last)
    if family in _NEVER_QUIET and end is not None and seconds(end) - seconds(last) > _LATE_SECONDS:
        newest = max((r for r in reports if r.last), key=lambda r: r.last or "")
        note = "ends before the other logs do"
        yield Lack(Gap(last, end, "missing", note=note), f"{folder_of(newest)}, the later files")


def _by_folder(reports: Iterable[FileReport]) -> dict[str, list[FileReport]]:
    found: dict[str, list[FileReport]] = {}
    for report in reports:
        if report.first and report.last:
            found.setdefault(folder_of(report).lower(), []).append(report)
    return {
        folder: sorted(files, key=lambda r: (r.first or "", r.last or "", r.evidence.path))
        for folder, files in sorted(found.items())
    }


class _Silence(NamedTuple):
    from_: str
    to: str
    before: FileReport
    after: FileReport


def _between(reports: Sequence[FileReport], quiet: float) -> list[_Silence]:
    """Silences longer than `quiet`, over all these files together."""
    pieces: list[tuple[str, str, FileReport]] = []
    for report in reports:
        if report.first is None or report.last is None:
            continue
        start = report.first
        for gap in sorted(report.gaps, key=lambda g: g.from_):
            if start <= gap.from_:
                pieces.append((start, gap.from_, report))
                start = max(start, gap.to)
        pieces.append((start, max(start, report.last), report))
    found: list[_Silence] = []
    end: tuple[str, FileReport] | None = None
    for start, stop, report in sorted(pieces, key=lambda p: (*p[:2], p[2].evidence.path)):
        if end is not None and start > end[0] and seconds(start) - seconds(end[0]) > quiet:
            found.append(_Silence(end[0], start, end[1], report))
        if end is None or stop > end[0]:
            end = stop, report
    return found


def _habit(files: Sequence[FileReport], quiet: float) -> float | None:
    """The longest silence in seconds that is usual in a log; None where longer ones than `quiet`
    are no rarity, or where it is too short to tell."""
    lengths = [seconds(s.to) - seconds(s.from_) for s in _between(files, 0)]
    long = [length for length in lengths if length > quiet]
    first, last = _ends(files)
    apart = _APART_HOURS if quiet < DAY else _APART_DAYS
    if max(len(long), 1) * apart * quiet > seconds(last) - seconds(first) - sum(long):
        return None
    return max((length for length in lengths if length <= quiet), default=0.0)


def _standing_out(files: Sequence[FileReport], quiet: float) -> list[_Silence]:
    """The silences longer than `quiet` that are no habit of the log."""
    usual = _habit(files, quiet)
    return [] if usual is None else _between(files, max(quiet, _LONGER * usual))


def _ends(files: Sequence[FileReport]) -> tuple[str, str]:
    return min(r.first for r in files if r.first), max(r.last for r in files if r.last)


def silent_by_itself(family: str, reports: Sequence[FileReport]) -> float | None:
    """The longest silence, in seconds, that is no gap; None for a family that is never silent."""
    quiet = _QUIET.get(family)
    dated = [r for r in reports if r.first and r.last]
    if quiet is None or family in _NEVER_QUIET or not dated:
        return None
    gaps = {silence[:2] for silence in _standing_out(dated, quiet)}
    usual = [s for s in _between(dated, quiet) if s[:2] not in gaps]
    return max((seconds(s.to) - seconds(s.from_) for s in usual), default=None)


def _silences(
    family: str, files: Sequence[FileReport], empty: Sequence[FileReport], quiet: float
) -> Iterable[Lack]:
    """Silences of the whole family, and those of one folder while others go on."""
    folders = _by_folder(files)
    names = _Names(folders, empty)
    judge = _between if family in _NEVER_QUIET else _standing_out
    whole = judge(files, quiet)
    for silence in whole:
        yield names.lack(silence, "")
    first, last = _ends(files)
    for own in folders.values() if len(folders) > 1 else ():
        for silence in _standing_out(own, quiet):
            if not any(_within(silence, other) for other in whole):
                yield names.lack(silence, _label(own))
        usual = _habit(own, quiet)
        if usual is not None:
            yield from _shorter(own, first, last, max(_LATE_SECONDS, _LONGER * usual))


def _within(silence: _Silence, other: _Silence) -> bool:
    """Whether it is the same one, give or take the minutes in which a folder begins and ends."""
    edge = GAP_SECONDS / 60
    return plus(other.from_, -edge) <= silence.from_ and silence.to <= plus(other.to, edge)


def _shorter(files: Sequence[FileReport], first: str, last: str, least: float) -> Iterable[Lack]:
    """Where a folder begins later or ends earlier than those beside it."""
    begins, ends = _ends(files)
    note = "the folders beside it hold it"
    for from_, to in ((first, begins), (ends, last)):
        if seconds(to) - seconds(from_) > least:
            gap = Gap(from_, to, "missing", _label(files), note)
            yield Lack(gap, f"{folder_of(files[0])}, {from_[:16]} to {to[:16]} UTC")


class _Names:
    """What the names of the files of a family tell of its silences.

    `folders` holds its files in order, `empty` are files that are named like a log and hold
    nothing.
    """

    def __init__(self, folders: dict[str, list[FileReport]], empty: Sequence[FileReport]) -> None:
        self._folders = folders
        self._firsts = {folder: [r.first or "" for r in files] for folder, files in folders.items()}
        self._empty: dict[tuple[str, str], list[tuple[str, str, FileReport]]] = {}
        for report in empty:
            if stamp := stamp_of(report):
                entry = (stamp.start, report.evidence.path, report)
                self._empty.setdefault(stamp.series, []).append(entry)
        for entries in self._empty.values():
            entries.sort(key=lambda entry: entry[:2])

    def lack(self, silence: _Silence, where: str) -> Lack:
        """The silence with the files that should have filled it."""
        after, folder = silence.after, folder_of(silence.after)
        gap = Gap(silence.from_, silence.to, "missing", where)
        collect = f"{folder}, {silence.from_[:16]} to {silence.to[:16]} UTC"
        at = bisect_right(self._firsts[folder.lower()], silence.from_)
        if silence.before is after or at == 0:
            return Lack(gap, collect)
        before = self._folders[folder.lower()][at - 1]
        inside = self._between(before, after)
        there = frozenset(stamp for r in inside if (stamp := stamp_of(r)))
        said, paths = [], []
        if names := absent(before, after, there):
            said.append(f"no {listed(names)}")
            paths.append(f"{folder}\\{listed(names)}")
        if inside:
            held = listed([shown_name(r) for r in inside])
            said.append(f"nothing can be read of {held}")
            paths.append(f"{folder}\\{held}")
        if inside and not names:
            gap = Gap(silence.from_, silence.to, "truncated", where)
        noted = msgspec.structs.replace(gap, note="; ".join(said))
        return Lack(noted, "; ".join(paths) or collect)

    def _between(self, before: FileReport, after: FileReport) -> list[FileReport]:
        """The empty files of the series of both, from the time of the one to that of the other."""
        first, last = stamp_of(before), stamp_of(after)
        if first is None or last is None or first.series != last.series:
            return []
        entries = self._empty.get(first.series, [])
        start = bisect_left(entries, first.start, key=lambda entry: entry[0])
        stop = bisect_right(entries, last.start, key=lambda entry: entry[0])
        return [report for _, _, report in entries[start:stop]]


def _cut(reports: Sequence[FileReport]) -> Iterable[Lack]:
    """Files that end torn though another of their folder follows; the newest was still open."""
    folders = _by_folder(reports)
    for files in folders.values():
        where = _label(files) if len(folders) > 1 else ""
        for report, after in pairwise(files):
            last, following = report.last or "", after.first or ""
            if report.cut and following and seconds(following) - seconds(last) > _SLACK_SECONDS:
                note = f"{shown_name(report)} {report.cut}"
                yield Lack(Gap(last, following, "truncated", where, note), report.evidence.path)


def _label(files: Sequence[FileReport]) -> str:
    return folder_of(files[0]).rpartition("\\")[2]


def _parts(reports: Sequence[FileReport]) -> Iterable[Lack]:
    """Parts that are not there of files that were rolled by size: `_x1` without a file before it,
    `-2` without `-1`; the oldest of a folder may have expired in part."""
    by_series: dict[tuple[tuple[str, str], bool], dict[str, dict[int, FileReport]]] = {}
    for report in reports:
        if (stamp := stamp_of(report)) and report.first and report.last:
            starts = by_series.setdefault((stamp.series, stamp.by_iis), {})
            starts.setdefault(stamp.start, {})[stamp.part] = report
    for (_, by_iis), starts in sorted(by_series.items()):
        for start in sorted(starts)[1:]:
            yield from _parts_of(start, starts[start], 0 if by_iis else 1)


def _parts_of(start: str, there: dict[int, FileReport], lowest: int) -> Iterable[Lack]:
    expected = [lowest, *(number + 1 for number in sorted(there))]
    for wanted, number in zip(expected, sorted(there), strict=False):
        if number <= wanted:
            continue
        before, after = there.get(wanted - 1), there[number]
        from_, to = (before.last if before else start) or start, after.first or start
        if from_ < to and seconds(to) - seconds(from_) > _SLACK_SECONDS:
            note = f"{shown_name(after)} is there, the part before it is not"
            yield Lack(Gap(from_, to, "missing", _label([after]), note), folder_of(after))


# ---------------------------------------------------------------- event logs


def event_lacks(case: Case, reports: Sequence[FileReport], needed: str | None) -> tuple[Lack, ...]:
    """What the event logs lack, channel by channel, in order of time.

    `needed` is when they should begin. Only the channels that some question asks for are held to
    it; the others are told of when they were cleared, torn, or lost records.
    """
    spans: dict[str, list[tuple[FileReport, ChannelSpan]]] = {}
    for report in reports:
        for span in report.channels:
            spans.setdefault(span.channel, []).append((report, span))
    clearings = _clearings(case)
    wanted = {part for family in knowledge.log_families() for part in family.parts}
    found: list[Lack] = []
    for channel in sorted({*spans, *clearings}):
        of_channel = spans.get(channel, [])
        cleared = clearings.get(channel, [])
        start = needed or case.window[0]
        gone = _gone(channel, of_channel, cleared, start)
        found += gone
        found += _holes(channel, of_channel, gone)
        if channel in wanted and not any(lack.gap.from_ == start for lack in gone):
            found += _overwritten(channel, of_channel, needed)
        found += _torn(channel, of_channel, case.window[1])
    return tuple(_in_order(found))


class _Clearing(NamedTuple):
    when: str
    note: str


def _clearings(case: Case) -> dict[str, list[_Clearing]]:
    """By channel, when it was cleared and by whom, as Windows noted it."""
    found: dict[str, list[_Clearing]] = {}
    for finding in case.findings:
        if finding.rule != _CLEARED or finding.when is None:
            continue
        event = finding.facts.get("event", "")
        named = finding.facts.get("log", "")[:CHANNEL_CHARACTERS]
        channel = SECURITY if event in _SECURITY_EVENTS else named
        if channel:
            log = SECURITY if event in _SECURITY_EVENTS else "System"
            who = finding.facts.get("by") or finding.actor.account
            by = f" by {who[:CHANNEL_CHARACTERS]}" if who else ""
            note = f"cleared{by} (event {event} of the {log} log)"
            found.setdefault(channel, []).append(_Clearing(finding.when, note))
    return {channel: sorted(set(times)) for channel, times in found.items()}


def _gone(
    channel: str,
    spans: Sequence[tuple[FileReport, ChannelSpan]],
    clearings: Sequence[_Clearing],
    start: str | None,
) -> list[Lack]:
    """What was cleared: from the last record before it that is kept elsewhere, else from the time
    the log should reach back to.

    A file that holds records of before and after was shipped while they were written: nothing is
    gone there.
    """
    found: list[Lack] = []
    since: str | None = None
    for when, note in clearings:
        before = plus(when, -_SLACK_SECONDS / 60)
        if any((s.first or "~") < before and when < (s.last or "") for _, s in spans):
            since = when
            continue
        kept = max((s.last for _, s in spans if s.last and s.last < when), default=None)
        from_ = max(filter(None, (kept, since)), default=start)
        since = when
        if from_ is not None and seconds(when) - seconds(from_) > _SLACK_SECONDS:
            gap = Gap(from_, when, "cleared", channel, note)
            found.append(Lack(gap, _backups(channel)))
    return found


def _holes(
    channel: str,
    spans: Sequence[tuple[FileReport, ChannelSpan]],
    gone: Sequence[Lack],
) -> Iterable[Lack]:
    """Record numbers that no file holds, between such as are there."""
    by_host: dict[str, list[Stretch]] = {}
    for _, span in spans:
        by_host.setdefault(span.host.lower(), []).extend(span.stretches)
    for stretches in by_host.values():
        for low, high in _apart(stretches):
            if low.last is None or high.first is None or low.last > high.first:
                continue  # counted anew: the numbers of two logs do not follow each other
            if any(low.last <= lack.gap.to <= high.first for lack in gone):
                continue  # said already
            first, last = low.high + 1, high.low - 1
            names = f"record {first}" if first == last else f"records {first} to {last}"
            note = f"{names} are not there" if first != last else f"{names} is not there"
            yield Lack(
                Gap(low.last, high.first, "missing", channel, note, last - first + 1),
                _backups(channel),
            )


def _apart(stretches: Sequence[Stretch]) -> Iterable[tuple[Stretch, Stretch]]:
    """Neighbors in number between which numbers are missing."""
    before: Stretch | None = None
    for stretch in sorted(stretches):
        if before is not None and stretch.low > before.high + 1:
            yield before, stretch
        if before is None or stretch.high > before.high:
            before = stretch


def _overwritten(
    channel: str, spans: Sequence[tuple[FileReport, ChannelSpan]], needed: str | None
) -> Iterable[Lack]:
    """What lies before the first record: overwritten when the log is full, or never copied."""
    firsts = [span.first for _, span in spans if span.first]
    if needed is None or not firsts or min(firsts) <= needed:
        return
    oldest = min((span for _, span in spans if span.first), key=lambda s: s.first or "")
    number = oldest.stretches[0].low if oldest.stretches else None
    if number == 1:
        return  # the first record that was ever written there
    if oldest.whole:
        note = f"older records were overwritten: it begins at record {number}" if number else ""
        gap = Gap(needed, min(firsts), "rotated", channel, note)
    else:
        gap = Gap(needed, min(firsts), "missing", channel)
    yield Lack(gap, _backups(channel), early=True)


def _torn(
    channel: str, spans: Sequence[tuple[FileReport, ChannelSpan]], end: str | None
) -> Iterable[Lack]:
    for report, span in spans:
        if not report.cut or not span.whole or span.last is None:
            continue
        later = min((s.first for _, s in spans if s.first and s.first > span.last), default=end)
        if later is not None and later > span.last:
            note = f"{shown_name(report)} {report.cut}"
            gap = Gap(span.last, later, "truncated", channel, note)
            yield Lack(gap, report.evidence.path)


def _backups(channel: str) -> str:
    name = channel.replace("/", "%4")
    path = f"C:\\Windows\\System32\\winevt\\Logs\\{name}.evtx"
    return f"{path} from a backup, or what was forwarded of it"
