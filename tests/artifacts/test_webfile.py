"""Web files beyond the golden samples. Markers of shells are put together here and can't run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterpatch import limits
from afterpatch.artifacts.registry import recognize
from afterpatch.artifacts.webfile import ARTIFACTS, SERVER_EXTENSIONS, WebFileParser
from afterpatch.model import Frame, Record

(ROOM,) = ARTIFACTS
MARKER = "<scr" + 'ipt language="JScript" run' + 'at="server">MARKER</scr' + "ipt>"
OPEN, CLOSE = "<" + "%", "%" + ">"


def feed(data: bytes, path: str = "C:\\inetpub\\wwwroot\\x.aspx") -> Record:
    (record,) = WebFileParser(path).feed(Frame(data, 0, 1))
    return record


def dump(**values: str) -> str:
    listed = {
        "Name": "OAB (Default Web Site)",
        "InternalUrl": "https://mail01.example.org/OAB",
        "InternalAuthenticationMethods": "WindowsIntegrated",
        "ExternalUrl": f"http://f/{MARKER}",
    } | values
    return "".join(f"{name:<32}: {value}\r\n" for name, value in listed.items())


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_dump_with_mark_up_in_every_encoding(codec: str) -> None:
    data = dump().encode(codec)
    for path in ("c:\\x\\oab.aspx", "c:\\x\\quarantined"):
        found = recognize(path, data)
        assert found and found.name == "webfile"
    record = feed(data)
    assert record.fields["Shape"] == "virtual directory dump"
    assert record.fields["ExternalUrl"] == f"http://f/{MARKER}"
    assert record.fields["DumpName"] == "OAB (Default Web Site)"
    assert MARKER in record.fields["Text"]
    assert (record.when, record.offset, record.length) == (None, 0, len(data))


def test_a_value_over_several_lines_and_forged_names() -> None:
    text = dump(ExternalUrl=f"http://f/{MARKER[:20]}\r\n{'':34}{MARKER[20:]}")
    assert feed(text.encode()).fields["ExternalUrl"] == f"http://f/{MARKER[:20]}\n{MARKER[20:]}"
    text = dump(ExternalUrl="http://f/\r\nExternalUrl : https://mail.example.org/")
    assert feed(text.encode()).fields["ExternalUrl"] == ("http://f/", "https://mail.example.org/")


@pytest.mark.parametrize(
    ("dates", "changed"),
    [
        ({"WhenChangedUTC": "2021-03-03T04:55:06Z"}, "2021-03-03T04:55:06.000Z"),
        ({"WhenChangedUTC": "3/4/2021 4:55:06 PM"}, "2021-03-04T16:55:06.000Z"),
        ({"WhenChangedUTC": "3/4/2021 12:00:00 AM"}, "2021-03-04T00:00:00.000Z"),
        ({"WhenChangedUTC": "03.04.2021 04:55:06"}, "03.04.2021 04:55:06"),
        ({"WhenChangedUTC": "03.03.2021 04:55:06"}, "2021-03-03T04:55:06.000Z"),
        (
            {"WhenChangedUTC": "03.04.2021 04:55:06", "WhenCreatedUTC": "24.02.2021 04:55:06"},
            "2021-04-03T04:55:06.000Z",
        ),
        ({"WhenChangedUTC": "13/13/2021 4:55:06 AM"}, "13/13/2021 4:55:06 AM"),
        ({"WhenChangedUTC": "30/2/2021 04:55:06"}, "30/2/2021 04:55:06"),
        ({"WhenChangedUTC": "soon"}, "soon"),
    ],
)
def test_the_time_of_the_change(dates: dict[str, str], changed: str) -> None:
    assert feed(dump(**dates).encode()).fields["WhenChangedUTC"] == changed


@pytest.mark.parametrize(
    ("data", "path", "shape"),
    [
        (b"!BDN" + bytes(40) + MARKER.encode(), "x.aspx", "pst carrier"),
        (
            b"\x30\x82\x04\x00" + bytes(40) + MARKER.encode(),
            "x.aspx",
            "certificate request carrier",
        ),
        (b"MZ" + bytes(400) + "~/owa/auth/x.aspx".encode("utf-16-le"), "App_Web_a.dll", "binary"),
        (b"GIF89a\0\0\0\1\0" + f"{OPEN}@ Page {CLOSE}".encode() + bytes(9), "x.aspx", "page"),
        (f"{OPEN}@ WebHandler Class='X' {CLOSE}".encode(), "x.ashx", "page"),
        (f"{OPEN} x {CLOSE}".encode("utf-16-le"), "x.asp", "page"),
        (b"@{ var x = 1; }", "x.cshtml", "page"),
        (b"mail: a@b", "x.aspx", "static"),
        (b"", "x.aspx", "static"),
        (MARKER.encode(), "renamed.jpg", "page"),
    ],
)
def test_shapes(data: bytes, path: str, shape: str) -> None:
    assert recognize(f"c:\\inetpub\\{path.lower()}", data) == ROOM
    record = feed(data, f"C:\\inetpub\\{path}")
    assert record.fields["Shape"] == shape
    assert record.fields["Size"] == str(len(data))


def test_strings_of_a_binary_are_its_text() -> None:
    data = b"!BDN\0\1\2" + MARKER.encode() + bytes(9) + "wide ~/x".encode("utf-16-le")
    assert feed(data).fields["Text"] == f"!BDN\n{MARKER}\nwide ~/x"


def test_path_name_extension() -> None:
    fields = feed(b"", "C:\\Inetpub\\AUX\\Shell.ASPX. ").fields
    assert fields["Directory"] == "C:\\Inetpub\\AUX"
    assert fields["Name"] == "Shell.ASPX. "
    assert fields["Extension"] == ".aspx"
    assert feed(b"", "C:\\a\\x.aspx::$DATA").fields["Extension"] == ".aspx"
    assert feed(b"", "x").fields["Extension"] == ""


def test_text_is_cut_and_told() -> None:
    record = feed(b"a" * (limits.WEB_FILE_BYTES + 1))
    assert len(record.fields["Text"]) == limits.WEB_FILE_BYTES
    assert record.damage == (f"text cut at {limits.WEB_FILE_BYTES} bytes",)
    assert len(record.raw) == limits.RAW_CHARACTERS


@pytest.mark.parametrize("extension", sorted(SERVER_EXTENSIONS))
def test_every_mapped_extension_is_taken(extension: str) -> None:
    assert recognize(f"c:\\x{extension}", b"anything") == ROOM


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("c:\\rules\\shell.yar", MARKER.encode()),
        ("c:\\x\\note.log", MARKER.encode()),
        ("c:\\x\\mail.dll", b"MZ" + MARKER.encode()),
        ("c:\\x\\any.bin", b"MZ" + MARKER.encode()),
        ("c:\\x\\web.config.txt", b"Name : value\r\nPath : C:\\\r\nServer : A\r\n"),
        ("c:\\x\\readme.txt", b"use <" + b"% and %" + b"> in templates"),
        ("c:\\x\\x.compiled", b"object code"),
    ],
)
def test_files_that_only_quote_are_left_alone(path: str, head: bytes) -> None:
    assert not ROOM.recognize(path, head)


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"!BDN", b"\xff\xfe", b"ExternalUrl : ", b"<"])
)
@settings(max_examples=80, deadline=None)
def test_any_bytes_give_one_record(data: bytes, start: bytes) -> None:
    ROOM.recognize("c:\\x", start + data)
    record = feed(start + data)
    assert record.fields["Shape"]
    assert isinstance(record.fields["Text"], str)


def test_hostile_repetition_takes_no_longer_than_its_length() -> None:
    for part in (
        "<preserve ",
        "<%@ ",
        "runat ",
        "Name : \n ",
        "<% ",
        "Name:",
        "\t",
        "ExternalUrl:\n",
    ):
        feed((part * (400_000 // len(part))).encode())
