"""Exported events beyond the golden samples: encodings, wounds, arrays, hostile pairs."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterpatch.artifacts import events_json
from afterpatch.artifacts.events_json import (
    ARTIFACTS,
    EventFileParser,
    EventLineParser,
    KeyValueParser,
)
from afterpatch.artifacts.registry import recognize
from afterpatch.artifacts.winevent import filetime, utc
from afterpatch.model import Frame, Record

SHARED = Path(__file__).parents[3] / "shared/evidence"
SAMPLES = Path(events_json.__file__).parent / "samples"
LINE = {
    "EventID": 11,
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Computer": "MAIL01",
    "TimeCreated": "2021-03-03T05:01:02.5Z",
    "TargetFilename": "C:\\x.aspx",
}


def feed(data: bytes | str) -> list[Record]:
    frame = Frame(data.encode() if isinstance(data, str) else data, 100, 7)
    return EventLineParser("C:\\events.jsonl").feed(frame)


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.jsonl")) + sorted(SAMPLES.glob("*.log")))
def test_the_quick_time_is_the_time_of_the_record(sample: Path) -> None:
    parser = EventLineParser("") if sample.suffix == ".jsonl" else KeyValueParser("")
    for line in sample.read_bytes().splitlines()[:-1]:
        (record,) = parser.feed(Frame(line, 0, 1))
        assert parser.when(line) == record.when is not None


@pytest.mark.parametrize(
    ("value", "when", "damage"),
    [
        ("2021-03-14T01:39:33.9399Z", "2021-03-14T01:39:33.939Z", None),
        ("2021-03-14 01:39:33", "2021-03-14T01:39:33.000Z", "time without a zone taken as UTC"),
        ("2021-03-14T01:39:33.12+05:30", "2021-03-13T20:09:33.120Z", None),
        ("/Date(1615686012987)/", "2021-03-14T01:40:12.987Z", None),
        (1615686012, "2021-03-14T01:40:12.000Z", None),
        (1615686012.5, "2021-03-14T01:40:12.500Z", None),
        ("1615686012987", "2021-03-14T01:40:12.987Z", None),
        ("1601-01-01T00:00:00Z", None, "time before 1970 ignored"),
        ("2021-02-30T00:00:00Z", None, "time not understood"),
        ("9999-12-31T23:59:59-05:00", None, "time not understood"),
        (True, None, "no time"),
    ],
)
def test_times(value: object, when: str | None, damage: str | None) -> None:
    assert utc(value) == (when, damage)


def test_file_times() -> None:
    assert filetime(132592464000000000) == "2021-03-03T12:00:00.000Z"
    assert filetime(0) is filetime(2**64 - 1) is None


def test_utf16_as_powershell_redirects_it() -> None:
    rows = [json.dumps(LINE | {"EventID": number}) for number in (1, 2)]
    data = b"\xff\xfe" + "\r\n".join(rows).encode("utf-16-le")
    found = recognize("c:\\events.json", data)
    assert found and found.name == "events_json"
    frames = data.split(b"\n")
    assert [feed(frame)[0].fields["EventID"] for frame in frames] == ["1", "2"]
    assert feed(frames[0])[0].raw == rows[0]


def test_text_that_is_no_utf8_and_half_surrogates_lose_no_record() -> None:
    (record,) = feed(json.dumps(LINE).replace("x.aspx", "\xff").encode("latin-1"))
    assert record.damage == ("not valid UTF-8",)
    assert record.fields["TargetFilename"] == "C:\\\ufffd"
    (record,) = feed(json.dumps(LINE | {"TargetFilename": "\ud800x"}))
    assert record.fields["TargetFilename"] == "\ufffdx"


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "7",
        "{}",
        '{"EventID":null}',
        '{"Event":{"System":7}}',
        '{"a":' * 5000 + "1" + "}" * 5000,
        '{"EventID":1,"a":' + '{"Value":' * 400 + "1" + "}" * 400 + "}}",
        '{"EventID":' + "9" * 9999 + "}",
        '{"EventID":1,"Channel":"x"} trailing',
    ],
    ids=range(10),
)
def test_what_is_no_event(line: str) -> None:
    with pytest.raises(ValueError):
        feed(line)


def test_an_empty_line_is_no_damage() -> None:
    assert feed("\r\n") == []


def test_wrappers_are_taken_off() -> None:
    splunk = {
        "preview": False,
        "result": {"EventCode": "4688", "LogName": "Security", "_time": "1"},
    }
    chainsaw = {"document": {"kind": "evtx", "data": {"Event": {"System": {"EventID": 1}}}}}
    elastic = {"_index": "w", "_source": {"winlog": {"event_id": 1, "channel": "System"}}}
    found = [feed(json.dumps(wrapped))[0].fields for wrapped in (splunk, chainsaw, elastic)]
    assert [fields["EventID"] for fields in found] == ["4688", "1", "1"]


def test_a_clock_that_is_off_by_zones_is_told() -> None:
    (record,) = feed(json.dumps(LINE | {"UtcTime": "2021-03-03 10:01:02.4"}))
    assert record.when == "2021-03-03T05:01:02.500Z"
    assert record.damage == ("time runs 300 minutes behind UTC",)
    (record,) = feed(json.dumps(LINE | {"UtcTime": "2021-03-03 05:00:50"}))
    assert record.damage == ()


def test_an_array_over_several_lines() -> None:
    text = json.dumps(
        [LINE, LINE | {"EventID": 12, "Note": "ü] {"}, 7], indent=2, ensure_ascii=False
    )
    for data in (text.encode(), b"\xff\xfe" + text.encode("utf-16-le")):
        found = recognize("c:\\events.json", data)
        assert found and (found.name, found.framing) == ("events_json_file", "file")
        parser = EventFileParser("")
        first, second = parser.feed(Frame(data, 0))
        codec = "utf-16-le" if data[:1] == b"\xff" else "utf-8"
        place = data[second.offset : second.offset + second.length].decode(codec)
        assert place == second.raw
        assert json.loads(place)["EventID"] == 12
        assert (first.line, second.line) == (2, 9)
        assert parser.damage_count == 1


def test_an_array_cut_short_keeps_its_beginning() -> None:
    text = json.dumps([LINE, LINE], indent=1)
    parser = EventFileParser("")
    assert len(parser.feed(Frame(text[:-20].encode(), 0))) == 1
    assert parser.damage_count == 1
    with pytest.raises(ValueError, match="no JSON events"):
        EventFileParser("").feed(Frame(text[:40].encode(), 0))


KEYS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
VALUES = st.text(st.sampled_from("ab \"\\'.:/-|%;,"), max_size=12)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
@settings(max_examples=60, deadline=None)
def test_pairs_come_back(pairs: dict[str, str]) -> None:
    line = " ".join(f'{key}="{value}"' for key, value in pairs.items())
    assert dict(events_json._pairs(line)) == pairs


@given(st.text(st.sampled_from('a= "\\'), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_line_of_pairs_is_split(line: str) -> None:
    assert all(value in line for _, value in events_json._pairs(line))


def test_hostile_pairs_take_no_longer_than_their_length() -> None:
    for filler in (' "', " ", '"', 'a="', " a=", '" a="x'):
        line = 'EventCode=1 a="' + filler * 100_000
        try:
            KeyValueParser("").feed(Frame(line.encode(), 0, 1))
        except ValueError as error:
            assert str(error)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"{}",
        b'{"name": "package", "Id": 1}',
        b'{"timestamp":"2021-03-03T00:00:00Z","Id":7}',
        b'{"Hostname":"a","timestamp":1}\n',
        b"[1,2,3]",
        b"#Fields: date time EventID=4",
        b"EventCode=1",
    ],
)
def test_other_text_is_left_alone(head: bytes) -> None:
    assert not any(artifact.recognize("c:\\x.json", head) for artifact in ARTIFACTS)


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared evidence here")
def test_a_real_export_is_read_whole() -> None:
    with zipfile.ZipFile(SHARED / "cases/otrf_proxylogon_poc/evidence.zip") as package:
        lines = package.read("EventLogs/MXS01.events.jsonl").splitlines()
    records = [record for line in lines for record in feed(line)]
    assert len(records) == 10_487
    cmdlets = [r.fields["Cmdlet"] for r in records if "Cmdlet" in r.fields]
    assert cmdlets == [f"{verb}-OabVirtualDirectory" for verb in ("Set", "Remove", "New")]
    shell = [r for r in records if "whoami" in str(r.fields.get("CommandLine"))]
    assert {r.fields["ParentImage"] for r in shell if r.fields["EventID"] == "4688"}
