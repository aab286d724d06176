"""What one pass notes of a log's ends, of its channels and of the numbers of its records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from hunt_harness import PATHS, examine, shipped_lanes

from afterpatch.model import ChannelSpan, FileReport, Stretch
from event_chunks import NOON, Chunk, event, log

SECURITY = "C:\\Windows\\System32\\winevt\\Logs\\Security.evtx"
EVENTS = PATHS["events_json"]
MINUTE = 600_000_000  # in ticks of FILETIME
SHARED = Path(__file__).parents[3] / "shared/evidence"


def looked(path: str, data: bytes | str, *, window: int | None = None) -> FileReport:
    fast, _, _ = shipped_lanes()
    return examine(fast, path, data if isinstance(data, bytes) else data.encode(), window=window)


def at(minute: int) -> str:
    return f"2021-03-03T{12 + minute // 60:02}:{minute % 60:02}:00.000Z"


# ---------------------------------------------------------------- event logs


def chunk(numbers: Iterable[int], *, renumbered_from: int | None = None, channel: str = "Security",
          known_as: str = "4624") -> bytes:  # fmt: skip
    """A chunk of events, one a minute by their numbers; an export numbers its records anew."""
    made = Chunk()
    for place, number in enumerate(numbers):
        header = number if renumbered_from is None else renumbered_from + place
        made.add(event(channel, known_as, [], at(number), number), NOON + number * MINUTE, header)
    return made.bytes()


def stretch(low: int, high: int) -> Stretch:
    return Stretch(low, high, at(low), at(high))


def test_a_log_of_one_piece() -> None:
    report = looked(SECURITY, log(chunk(range(5, 9)), chunk(range(9, 12)), next_record=12))
    (span,) = report.channels
    assert span == ChannelSpan(
        "Security", "mail01.example.org", at(5), at(11), 7, True, (stretch(5, 11),)
    )
    assert report.cut == ""


def test_numbers_missing_between_and_inside_chunks() -> None:
    report = looked(SECURITY, log(chunk([1, 2, 5]), chunk(range(9, 12)), next_record=12))
    (span,) = report.channels
    assert span.stretches == (stretch(1, 2), stretch(5, 5), stretch(9, 11))


def test_a_log_that_went_round_lies_in_another_order() -> None:
    report = looked(SECURITY, log(chunk(range(9, 12)), chunk(range(5, 9)), next_record=12))
    (span,) = report.channels
    assert span.stretches == (stretch(5, 11),)
    assert (span.first, span.last) == (at(5), at(11))


def test_a_filtered_export_has_no_holes() -> None:
    chosen = [4, 17, 18, 44]
    report = looked(SECURITY, log(chunk(chosen, renumbered_from=1), next_record=5))
    (span,) = report.channels
    assert (span.whole, span.stretches, span.records) == (False, (), 4)
    assert (span.first, span.last) == (at(4), at(44))


def test_an_export_of_several_channels() -> None:
    made = Chunk()
    for number, channel in enumerate(("System", "Security", "System"), 1):
        made.add(event(channel, "1", [], at(number), 70 + number), NOON, number)
    report = looked("C:\\x\\view.evtx", log(made.bytes(), next_record=4))
    assert [(s.channel, s.records, s.first, s.last) for s in report.channels] == [
        ("Security", 1, at(2), at(2)),
        ("System", 2, at(1), at(3)),
    ]
    assert not any(span.whole for span in report.channels)


def test_a_log_whose_records_are_damaged_is_known_by_its_name() -> None:
    made = bytearray(chunk(range(1, 4)))
    for place in range(512, len(made)):
        if made[place : place + 4] == b"**\0\0":
            made[place + 24 : place + 40] = b"\xff" * 16
    path = "C:\\Windows\\System32\\winevt\\Logs\\Microsoft-Windows-Sysmon%4Operational.evtx"
    report = looked(path, log(bytes(made), next_record=4))
    (span,) = report.channels
    assert span.channel == "Microsoft-Windows-Sysmon/Operational"
    assert not span.whole


@pytest.mark.parametrize(
    ("data", "cut"),
    [
        (log(chunk([1, 2]), next_record=3), ""),
        (log(chunk([1, 2]), next_record=9, flags=1), ""),
        (log(chunk([1, 2]), next_record=9), "ends at record 2 of the 8 that its header counts"),
        (log(chunk([1, 2]), counted=3), "holds 1 of the 3 chunks that its header counts"),
        (log(chunk([1, 2])[:900], counted=1), "ends inside a chunk"),
        (chunk([1, 2]), ""),
        (log(), ""),
        (log(counted=2), "holds 0 of the 2 chunks that its header counts"),
    ],
    ids=["whole", "dirty", "tail", "chunks", "torn", "no header", "empty", "header alone"],
)
def test_ends_of_event_logs(data: bytes, cut: str) -> None:
    assert looked(SECURITY, data).cut == cut


@pytest.mark.skipif(not SHARED.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize(
    ("sample", "whole", "stretches", "cut"),
    [
        ("sample_118", True, [(33072, 33072)], ""),  # cleared a moment ago: counting goes on
        ("sample_226", True, [(505853, 506641)], "ends inside a chunk"),
        ("sample_205", True, [(1, 1155), (1418, 1422)], ""),
        ("sample_025", False, [], ""),  # an export of chosen events
        ("sample_148", False, [], ""),  # an export of all of them
    ],
)
def test_event_logs_of_the_wild(
    sample: str, whole: bool, stretches: list[tuple[int, int]], cut: str
) -> None:
    report = looked(SECURITY, (SHARED / "evtx" / f"{sample}.evtx").read_bytes())
    (span,) = report.channels
    assert span.whole is whole
    assert [(s.low, s.high) for s in span.stretches] == stretches
    assert report.cut == cut


# ---------------------------------------------------------------- exports as text


def line(
    number: int | None, channel: str = "Security", host: str = "MAIL01", **more: object
) -> str:
    told = {} if number is None else {"EventRecordID": number}
    when = at((number or 0) % 600)
    return json.dumps(
        {"EventID": 1, "Channel": channel, "Computer": host, "TimeCreated": when, **told, **more}
    )


def lines(*rows: str) -> str:
    return "".join(f"{row}\n" for row in rows)


def numbers(report: FileReport) -> dict[str, list[tuple[int, int]]]:
    return {s.channel: [(p.low, p.high) for p in s.stretches] for s in report.channels}


def test_two_channels_in_one_export() -> None:
    lost = {("Security", 110), ("Security", 111), ("Application", 250)}
    both = [(c, n) for n in range(100, 400) for c in ("Security", "Application")]
    rows = [line(n, c) for c, n in both if (c, n) not in lost]
    report = looked(EVENTS, lines(*rows))
    assert numbers(report) == {
        "Application": [(100, 249), (251, 399)],
        "Security": [(100, 109), (112, 399)],
    }
    application, _ = report.channels
    assert (application.first, application.last) == (at(100), at(399))
    assert application.stretches[0] == Stretch(100, 249, at(100), at(249))


@pytest.mark.parametrize("window", [None, 300, 4_000])
def test_newest_first(window: int | None) -> None:
    rows = [line(n) for n in range(599, 99, -1) if n != 300]
    report = looked(EVENTS, lines(*rows), window=window)
    assert numbers(report) == {"Security": [(100, 299), (301, 599)]}
    (span,) = report.channels
    assert span.stretches == (stretch(100, 299), stretch(301, 599))
    assert (span.first, span.last) == (at(100), at(599))


def test_neighbors_that_changed_places_are_no_hole() -> None:
    order = [n ^ 1 for n in range(100, 500)]
    assert numbers(looked(EVENTS, lines(*map(line, order)))) == {"Security": [(100, 499)]}


def test_an_export_of_chosen_events_tells_no_hole() -> None:
    assert numbers(looked(EVENTS, lines(*map(line, range(0, 5_000, 3))))) == {"Security": []}


def test_numbers_without_end_are_given_up() -> None:
    report = looked(EVENTS, lines(*map(line, range(0, 9_000, 2))))
    (span,) = report.channels
    assert (span.records, span.stretches) == (4_500, ())


@pytest.mark.parametrize("lacking", [0, 150, 299])
def test_one_event_without_a_number_makes_numbers_tell_nothing(lacking: int) -> None:
    rows = [line(None if n == lacking else n) for n in range(300)]
    assert numbers(looked(EVENTS, lines(*rows), window=2_000)) == {"Security": []}


def test_computers_are_counted_apart() -> None:
    rows = [line(n + shift, host=h) for n in range(200) for h, shift in (("A", 0), ("B", 7_000))]
    report = looked(EVENTS, lines(*rows))
    assert [(s.host, [(p.low, p.high) for p in s.stretches]) for s in report.channels] == [
        ("A", [(0, 199)]),
        ("B", [(7_000, 7_199)]),
    ]


@pytest.mark.parametrize("host_first", [False, True])
def test_lines_that_begin_alike(host_first: bool) -> None:
    names = [("Sec", "A"), ("Security", "A"), ("Sec", "AB"), ("Sec", "A"), ("Sec", ""), ("", "A")]
    rows = []
    for channel, host in names:
        place = {"Channel": channel, "Computer": host}
        keys = sorted(k for k in place if place[k])
        told = {key: place[key] for key in (reversed(keys) if host_first else keys)}
        rows.append(json.dumps({**told, "EventID": 1, "TimeCreated": at(1)}))
    report = looked(EVENTS, lines(*rows))
    assert [(s.channel, s.host, s.records) for s in report.channels] == [
        ("", "A", 1), ("Sec", "", 1), ("Sec", "A", 2), ("Sec", "AB", 1), ("Security", "A", 1),
    ]  # fmt: skip


def test_keys_inside_values_are_none() -> None:
    tricky = '{"Channel":"Security","EventRecordID":9}'
    rows = [line(n, CommandLine=tricky, EventID=4688) for n in range(1, 4)]
    assert numbers(looked(EVENTS, lines(*rows))) == {"Security": [(1, 3)]}


def tree(number: int) -> dict[str, object]:
    system = {
        "Channel": "Security", "Computer": "MAIL01", "EventID": {"#text": 4624},
        "EventRecordID": number, "Provider": {"#attributes": {"Name": "x"}},
        "TimeCreated": {"#attributes": {"SystemTime": at(number)}},
    }  # fmt: skip
    return {"Event": {"EventData": {"a": "b"}, "System": system}}


def winlogbeat(number: int) -> dict[str, object]:
    named = {"channel": "Security", "computer_name": "MAIL01", "record_id": number, "event_id": 1}
    return {"@timestamp": at(number), "winlog": named}


def flat(number: int) -> dict[str, object]:
    return {
        "@timestamp": at(number), "winlog.channel": "Security", "winlog.computer_name": "MAIL01",
        "winlog.record_id": str(number), "winlog.event_id": "1",
    }  # fmt: skip


@pytest.mark.parametrize("shape", [tree, winlogbeat, flat])
@pytest.mark.parametrize("as_array", [False, True])
def test_shapes_of_exporters(shape: object, as_array: bool) -> None:
    events: Sequence[dict[str, object]] = [shape(n) for n in range(1, 6)]  # type: ignore[operator]
    text = json.dumps(events, indent=1) if as_array else lines(*map(json.dumps, events))
    report = looked("C:\\x\\events.json", text)
    assert report.channels == (
        ChannelSpan("Security", "MAIL01", at(1), at(5), 5, False, (stretch(1, 5),)),
    )


def test_pairs_of_keys_and_values() -> None:
    rows = [
        f'TimeCreated={at(n)} LogName="MSExchange Management" EventCode=1 ComputerName=MAIL01 '
        f'RecordNumber={n} Message="x"'
        for n in range(1, 4)
    ]
    report = looked(PATHS["events_kv"], lines(*rows))
    assert report.channels == (
        ChannelSpan("MSExchange Management", "MAIL01", at(1), at(3), 3, False, (stretch(1, 3),)),
    )


def test_a_number_of_many_digits_is_none() -> None:
    rows = [line(None, EventRecordID="9" * 6_000), line(None, EventRecordID="9" * 6_000)]
    report = looked("C:\\x\\events.json", lines(*rows))
    assert numbers(report) == {"Security": []}
    kv = "".join(f"TimeCreated={at(n)} EventCode=1 RecordNumber={'9' * 5_000}\n" for n in (1, 2))
    assert numbers(looked(PATHS["events_kv"], kv)) == {"": []}


# ---------------------------------------------------------------- clocks


def sysmon(utc: str, created: str) -> str:
    return json.dumps(
        {
            "EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "MAIL01",
            "TimeCreated": created, "UtcTime": utc,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("created", "minutes"),
    [
        ("2021-03-14T01:39:32.609Z", (-300,)),
        ("2021-03-14T06:39:31.000Z", (0,)),
        ("2021-03-14T12:09:31.000Z", (330,)),
        ("2021-03-14T06:47:00.000Z", ()),  # no time zone is so far off
    ],
)
def test_sysmon_tells_how_far_its_export_is_from_utc(
    created: str, minutes: tuple[int, ...]
) -> None:
    event_line = sysmon("2021-03-14 06:39:30.227", created)
    assert looked(EVENTS, lines(line(1), event_line)).shifts == minutes
    assert looked("C:\\x\\a.json", f"[\n{event_line}\n]").shifts == minutes


def test_an_export_over_a_change_of_the_clocks_has_two_shifts() -> None:
    rows = [
        *[sysmon("2021-03-14 06:00:00.000", "2021-03-14T01:00:00.000Z")] * 20,
        *[sysmon("2021-03-14 09:00:00.000", "2021-03-14T05:00:00.000Z")] * 20,
    ]
    assert looked(EVENTS, lines(*rows), window=600).shifts == (-300, -240)


# ---------------------------------------------------------------- text logs

HEAD = "#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n"
FIELDS = "#Fields: date time cs-method cs-uri-stem sc-status\r\n"
ROW = "2021-03-03 00:00:07 GET /owa/ 200\r\n"
IIS = HEAD + "#Date: 2021-03-03 00:00:05\r\n" + FIELDS + ROW


@pytest.mark.parametrize(
    ("data", "opened", "cut"),
    [
        (IIS, "2021-03-03T00:00:05.000Z", ""),
        (IIS[:-6], "2021-03-03T00:00:05.000Z", "ends inside a line"),
        (IIS + "\0" * 700, "2021-03-03T00:00:05.000Z", "ends in zeros"),
        (HEAD + FIELDS + ROW + "#Date: 2021-03-03 09:00:05\r\n" + ROW, None, ""),
        (HEAD + "#Date: 2021-13-43 00:00:05\r\n" + FIELDS + ROW, None, ""),
        ("\ufeff" + IIS.partition("\r\n")[2].partition("\r\n")[2], "2021-03-03T00:00:05.000Z", ""),
    ],
    ids=["whole", "cut", "zeros", "later block", "no date", "date behind a mark"],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
def test_ends_of_text_logs(data: str, opened: str | None, cut: str, codec: str) -> None:
    mark = "" if codec == "utf-8" or data.startswith("\ufeff") else "\ufeff"
    report = looked(PATHS["iis"], (mark + data).encode(codec))
    assert (report.opened, report.cut) == (opened, cut)
    assert report.first == "2021-03-03T00:00:07.000Z"


def test_a_log_full_of_silences_keeps_no_more_than_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("afterpatch.hunt.one_file.GAPS_PER_FILE", 3)
    rows = "".join(f"2021-03-0{d} 00:00:00 GET /owa/ 200\r\n" for d in range(1, 9))
    report = looked(PATHS["iis"], HEAD + FIELDS + rows)
    assert len(report.gaps) == 3
    assert (report.first, report.last) == ("2021-03-01T00:00:00.000Z", "2021-03-08T00:00:00.000Z")


def test_names_without_end_are_cut() -> None:
    events = [json.loads(line(1, "x" * 5_000, "y" * 5_000))]
    (span,) = looked("C:\\x\\a.json", json.dumps(events, indent=1)).channels
    assert (span.channel, span.host) == ("x" * 200, "y" * 200)
