from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterpatch.artifacts.exchangelog import (
    ExchangeLog,
    by_lower,
    decode,
    name_columns,
    netbios,
    read_head,
    short_build,
    split_row,
    utc,
)
from afterpatch.artifacts.registry import recognize
from afterpatch.model import Frame, Sighting


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-03-03T09:32:46.036Z", "2021-03-03T09:32:46.036Z"),
        ("2021-03-03T09:32:46Z", "2021-03-03T09:32:46.000Z"),
        ("2021-03-03T09:32:46", "2021-03-03T09:32:46.000Z"),
        ("2021-03-03 09:32:46.1", "2021-03-03T09:32:46.100Z"),
        ("2021-03-03 09:32:46.123", "2021-03-03T09:32:46.123Z"),
        ("2021-03-03T09:32:46.036+01:00", "2021-03-03T08:32:46.036Z"),
        ("2021-03-03T09:32:46.0369999Z", "2021-03-03T09:32:46.036Z"),
        ("0001-01-01T00:00:00.000+14:00", None),
        ("2021-02-29T09:32:46.036Z", None),
        ("2021-03-03T24:32:46.036Z", None),
        ("2021-W09-3T09:32:46.036Z", None),
        ("2021-03-03T09:32:46.03Z\n", None),
        ("DateTime", None),
        ("", None),
    ],
)
def test_utc(text: str, expected: str | None) -> None:
    assert utc(text) == expected


@given(st.text(alphabet="0123456789-:.TZW+ ", max_size=30))
def test_utc_has_one_form(text: str) -> None:
    when = utc(text)
    assert when is None or (len(when) == 24 and utc(when) == when)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15.01.2176.009", "15.1.2176.9"),
        ("15.1.2176.9", "15.1.2176.9"),
        ("15.2.1544.11", "15.2.1544.11"),
        ("15.00.0847.030", "15.0.847.30"),
        ("14.03.0123.004", "14.3.123.4"),
        ("15.0.0.0", None),
        ("1.0", None),
        ("...", None),
        ("15.1.²176.9", None),
        ("41.42.31996.0", None),
        ("15.1.2176.9.1", None),
    ],
)
def test_short_build(text: str, expected: str | None) -> None:
    assert short_build(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail01", "MAIL01"),
        ("Mail01.corp.example.org", "MAIL01"),
        ("WIN-03FGEGKLSPR", "WIN-03FGEGKLSPR"),
        ("", None),
        ("-", None),
        ("localhost", None),
        ("192.0.2.1", None),
        ("::1", None),
        ("<script>", None),
        ("a" * 64, None),
    ],
)
def test_netbios(text: str, expected: str | None) -> None:
    assert netbios(text) == expected


def test_decode_strips_what_is_no_text() -> None:
    assert decode(b"\xef\xbb\xbfa,b\r\n\0\0") == ("a,b", ())
    assert decode(b"\0\0a\r") == ("a", ())
    assert decode(b"Syst\xe8me") == ("Système", ("not UTF-8",))


@pytest.mark.parametrize(
    ("text", "cells", "damage"),
    [
        ("a,,b", ["a", "", "b"], ()),
        ('a,"b,""c""",d', ["a", 'b,"c"', "d"], ()),
        ('"a","",', ["a", "", ""], ()),
        ('a,"b\r\nc",d', ["a", "b\r\nc", "d"], ()),
        ('a,b"c,d', ["a", 'b"c', "d"], ()),
        ('a,"b"c,d', ["a", "bc", "d"], ()),
        ('a,"b,c', ["a", "b,c"], ("quote not closed",)),
        ("a,b\r\nat System.Foo", ["a", "b"], ("text after the record",)),
        ('a,"b"\r\nat "System".Foo', ["a", "b"], ("text after the record",)),
        ("", [""], ()),
    ],
)
def test_split_row(text: str, cells: list[str], damage: tuple[str, ...]) -> None:
    assert split_row(text) == (cells, damage)


@given(st.lists(st.text(max_size=12), min_size=1, max_size=8))
def test_split_row_undoes_what_a_csv_writer_did(cells: list[str]) -> None:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    assert split_row(out.getvalue()) == (cells, ())


@given(st.text(alphabet='ab,"\n', max_size=40))
def test_split_row_agrees_with_the_csv_module(text: str) -> None:
    twin = next(csv.reader(io.StringIO(text, newline="")), [])
    ours, damage = split_row(text)
    if text.startswith("\n") or not text:
        assert ours == [""]
    else:
        assert ours == twin
    assert set(damage) <= {"quote not closed", "text after the record"}


def test_split_row_takes_any_size() -> None:
    assert len(split_row('a,"b"' + ',"",""' * 200_000)[0]) == 400_002
    assert split_row('"' + '""' * 500_000 + '"')[0] == ['"' * 500_000]
    assert len(split_row(',"' * 500_000)[0]) > 1


@pytest.mark.parametrize(
    ("header", "columns", "damage"),
    [
        ("A,B,C", "A,B,C", ()),
        ("a,b,Custom", "A,B,Custom", ()),
        ("A,B,CB,C", "A,B,C", ("damaged header",)),  # the tail twice, without a comma
        ("AB,C", "A,B,C", ("damaged header",)),
        ("A,B,A,C", "A,B,,C", ("damaged header",)),
    ],
)
def test_name_columns(header: str, columns: str, damage: tuple[str, ...]) -> None:
    known = by_lower("ABC")
    assert name_columns(header.split(","), known) == (tuple(columns.split(",")), damage)


def test_read_head() -> None:
    head = b"DateTime,RequestId\r\n#Software: Microsoft Exchange\r\n#Log-Type: X Y\r\nrow one\r\n"
    says = read_head(head)
    assert says.software == "microsoft exchange"
    assert says.log_type == "x y"
    assert says.columns == ("datetime", "requestid")
    assert says.rows == ("row one",)
    late = read_head(b"row\n" * 200 + b"#Fields: date time cs-uri-stem\nrow\n")
    assert late.columns == ("date", "time", "cs-uri-stem")


TRACKING = (
    b"\xef\xbb\xbf#Software: Microsoft Exchange Server\r\n"
    b"#Version: 15.01.2507.037\r\n"
    b"#Log-type: Message Tracking Log\r\n"
    b"#Date: 2024-05-06T10:00:00.000Z\r\n"
    b"#Fields: date-time,client-ip,server-hostname,source-context\r\n"
    b'2024-05-06T10:05:29.450Z,192.0.2.10,MAIL01,"MDB:1111, Mailbox:2222"\r\n'
)


def test_other_logs_count_for_coverage() -> None:
    artifact = recognize(r"D:\Logs\MessageTracking\MSGTRK2024050610-1.LOG", TRACKING)
    assert artifact and (artifact.name, artifact.family) == ("exchangelog", "other exchange logs")
    parser = artifact.parser("")
    lines = TRACKING.splitlines()
    records = [r for i, line in enumerate(lines) for r in parser.feed(Frame(line, 0, i + 1))]
    assert [r.when for r in records] == ["2024-05-06T10:05:29.450Z"]
    assert records[0].fields["source-context"] == "MDB:1111, Mailbox:2222"
    assert parser.when(lines[-1]) == "2024-05-06T10:05:29.450Z"
    assert parser.when(lines[0]) is None
    assert list(parser.sightings(None)) == [
        Sighting("build", "15.1.2507.37", "Exchange log #Version", "2024-05-06T10:00:00.000Z")
    ]
    assert list(parser.sightings(None)) == []


def test_a_constant_version_is_no_build() -> None:
    parser = ExchangeLog("")
    for line in (b"#Version: 15.0.0.0", b"#Date: 2024-05-06T10:00:00.000Z"):
        assert list(parser.feed(Frame(line, 0, 1))) == []
    assert list(parser.sightings(None)) == []


def test_a_version_waits_for_its_date() -> None:
    parser = ExchangeLog("")
    assert list(parser.feed(Frame(b"#Version: 15.01.2507.037", 0, 1))) == []
    assert list(parser.sightings(None)) == []
    assert list(parser.feed(Frame(b"#Date: 2024-05-06T10:00:00.000Z", 0, 2))) == []
    assert [s.when for s in parser.sightings(None)] == ["2024-05-06T10:00:00.000Z"]


def test_a_page_that_begins_like_a_log_is_a_page() -> None:
    artifact = recognize(r"C:\inetpub\wwwroot\aspnet_client\x.ASPX", TRACKING)
    assert artifact and artifact.name == "webfile"


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_nothing_is_recognized_in_noise(data: bytes) -> None:
    assert recognize("C:\\pagefile.bin", b"\x7f" + data) is None
