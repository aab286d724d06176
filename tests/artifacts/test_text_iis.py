from __future__ import annotations

import pytest

from afterpatch.artifacts.iis import Iis
from afterpatch.artifacts.registry import recognize
from afterpatch.model import Frame, Record

FIELDS = (
    b"#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    b"cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\r"
)
ROW = b"2024-05-06 10:00:01 192.0.2.10 GET /owa/ - 443 - 203.0.113.7 Mozilla/5.0 - 200 0 0 15\r"


def one(line: bytes, path: str = "", header: bytes = FIELDS) -> Record:
    parser = Iis(path)
    assert not list(parser.feed(Frame(header, 0, 1)))
    (record,) = parser.feed(Frame(line, 100, 2))
    return record


def test_when_follows_the_columns() -> None:
    parser = Iis("")
    assert parser.when(ROW) == "2024-05-06T10:00:01.000Z"
    assert parser.when(FIELDS) is None
    assert parser.when(b"2024-05-06") is None
    list(parser.feed(Frame(b"#Fields: cs-uri-stem time date", 0, 1)))
    assert parser.when(b"/owa/ 10:00:02 2024-05-06\r") == "2024-05-06T10:00:02.000Z"
    assert parser.when(ROW) is None
    list(parser.feed(Frame(b"#Fields: time cs-uri-stem", 0, 1)))
    assert parser.when(b"10:00:03 /owa/") is None
    list(parser.feed(Frame(b"#Date: 2024-05-07 00:00:00", 0, 1)))
    assert parser.when(b"10:00:03 /owa/") == "2024-05-07T10:00:03.000Z"


@pytest.mark.parametrize(
    ("path", "port", "site", "back"),
    [
        (r"C:\inetpub\logs\LogFiles\W3SVC1\u_ex240506.log", b"443", "W3SVC1", "false"),
        (r"C:\inetpub\logs\LogFiles\w3svc2\u_ex240506.log", b"445", "W3SVC2", "true"),
        ("C:/logs/W3SVC1/u_ex240506.log", b"444", "W3SVC1", "true"),
        ("u_ex240506.log", b"81", None, "true"),
    ],
)
def test_back_end(path: str, port: bytes, site: str | None, back: str) -> None:
    fields = one(ROW.replace(b" 443 ", b" " + port + b" "), path).fields
    assert fields.get("Site") == site
    assert fields["BackEnd"] == back


def test_a_query_that_names_a_correlation_of_its_own_is_kept() -> None:
    query = b"a=1&CorrelationID=mine&cafeReqId=forged;&b=2&CorrelationID=<empty>;&cafeReqId=true1;"
    fields = one(ROW.replace(b"/owa/ -", b"/owa/ " + query)).fields
    assert fields["ClientQuery"] == "a=1&CorrelationID=mine&cafeReqId=forged;&b=2"
    assert fields["CafeReqId"] == "true1"


def test_header_words_inside_a_row_are_data() -> None:
    record = one(ROW.replace(b"/owa/ -", b"/owa/ #Fields:+date"))
    assert record.fields["cs-uri-query"] == "#Fields:+date"


@pytest.mark.parametrize("path", [r"C:\inetpub\logs\LogFiles\W3SVC7\x.txt", r"D:\x.dat"])
@pytest.mark.parametrize("header", [FIELDS + b"\n", b""])
def test_front_and_back_end_are_told_apart(path: str, header: bytes) -> None:
    front = recognize(path, header + ROW + b"\n" + ROW)
    back = recognize(path, header + (ROW.replace(b" 443 ", b" 444 ") + b"\n") * 2)
    assert front and (front.name, front.family) == ("iis", "iis")
    assert back and (back.name, back.family) == ("iis", "iis-backend")
