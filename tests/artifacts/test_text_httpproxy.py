from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterpatch.artifacts.httpproxy import COLUMNS, HttpProxy
from afterpatch.artifacts.registry import recognize
from afterpatch.model import Frame, Record


def anchored(anchor: str, server: str = "MAIL01", asked: str = "", target: str = "") -> Record:
    parser = HttpProxy("")
    header = b"#Fields: DateTime,AnchorMailbox,ServerHostName,UrlHost,TargetServer"
    assert not list(parser.feed(Frame(header, 0, 1)))
    row = f"2021-03-03T09:32:46.036Z,{anchor},{server},{asked},{target}".encode()
    (record,) = parser.feed(Frame(row, 0, 2))
    return record


@pytest.mark.parametrize(
    ("anchor", "host", "port", "path", "query"),
    [
        ("Admin@MAIL01:444/ecp/DDI/x.svc?id=1&a=", "mail01", "444", "/ecp/DDI/x.svc", "id=1&a="),
        ("a]@mail.example.org:444/a/b.xml?#", "mail.example.org", "444", "/a/b.xml", ""),
        ("localhost/ecp/default.flt?~3", "localhost", None, "/ecp/default.flt", "~3"),
        ("a]@[2001:db8::1]:444/x", "2001:db8::1", "444", "/x", None),
        ("[::1]/x", "::1", None, "/x", None),
        ("::1/x", "::1", None, "/x", None),
        ("u@v@HOST.example./x#y", "host.example", None, "/x", None),
        ("host#]/x", "host", None, "", None),
        ("host:port/x", "host", None, "/x", None),
        ("/x", "", None, "/x", None),
    ],
)  # fmt: skip
def test_anchor(anchor: str, host: str, port: str | None, path: str, query: str | None) -> None:
    fields = anchored(f"ServerInfo~{anchor}").fields
    assert fields["AnchorHost"] == host
    assert fields.get("AnchorPort") == port
    assert fields["AnchorPath"] == path
    assert fields.get("AnchorQuery") == query


@pytest.mark.parametrize(
    ("host", "server", "asked", "target", "own"),
    [
        ("mail01", "MAIL01", "", "", "true"),
        ("mail01.corp.example.org", "Mail01", "", "", "true"),
        ("mail01", "MAIL01.corp.example.org", "", "", "true"),
        ("webmail.example.org", "MAIL01", "WebMail.example.org", "", "true"),
        ("webmail", "MAIL01", "webmail.example.org", "", "true"),
        ("192.0.2.10", "MAIL01", "192.0.2.10", "", "true"),
        ("localhost", "", "", "", "true"),
        ("127.0.0.1", "MAIL01", "", "", "true"),
        ("[::1]", "MAIL01", "", "", "true"),
        ("[::ffff:127.0.0.1]", "MAIL01", "", "", "true"),
        ("burp.example.net", "MAIL01", "mail.example.org", "burp.example.net", "false"),
        ("mail02", "MAIL01", "", "mail02", "false"),
        ("192", "MAIL01", "192.0.2.10", "", "false"),
        ("192.0.2.99", "MAIL01", "192.0.2.10", "", None),  # may be an address of this server
        ("mail.example.org", "", "", "mail.example.org", None),
    ],
)
def test_anchor_own(host: str, server: str, asked: str, target: str, own: str | None) -> None:
    record = anchored(f"ServerInfo~a]@{host}:444/x", server, asked, target)
    assert record.fields.get("AnchorOwn") == own


@pytest.mark.parametrize(
    "anchor", ["Sid~S-1-5-21-1", "ServerInfo~MAIL01~1941997017", "SMTP:a/b@example.org", ""]
)
def test_an_ordinary_anchor_has_no_host(anchor: str) -> None:
    assert not any(
        key.startswith("Anchor") and key != "AnchorMailbox" for key in anchored(anchor).fields
    )


@given(st.text(alphabet="ab@[]:/?#~.1\\", max_size=30))
def test_any_anchor_is_survived(anchor: str) -> None:
    fields = anchored(f"ServerInfo~{anchor}").fields
    assert ("AnchorHost" in fields) == ("/" in anchor)


def test_recognized_by_shape_alone() -> None:
    row = b"2021-03-03T09:32:46.036Z,5ce5b893-b41a-5e8c-9dd0-577c6b59d348,15,1,2106,2,,Ecp,h,/ecp/"
    artifact = recognize(r"D:\evidence\part1.txt", row)
    assert artifact and artifact.name == "httpproxy"
    assert recognize(r"D:\evidence\part1.txt", row.replace(b"Ecp", b"Elsewhere")) is None


def test_a_file_in_the_wrong_folder_is_what_it_says() -> None:
    head = b"#Software: Microsoft Exchange Server\r\n#Fields: " + ",".join(COLUMNS).encode()
    artifact = recognize(r"C:\Logging\ECP\Server\ECPServer20210303-1.LOG", head)
    assert artifact and artifact.name == "httpproxy"
