"""The content scan reads what a page is wrapped in."""

from __future__ import annotations

import base64

import pytest
from webshell_ordinary import PAGES
from webshell_shapes import ASP, ASPX, assembled

from afterpatch.detections.webshell import scan, script_encode
from afterpatch.detections.webshell.unwrap import _PLAIN, _STORED

SHELL = assembled(ASPX["load handler"])
PAGE = assembled(ASPX["jscript"])
CLASSIC = assembled(ASP["through a name"])
HARMLESS = PAGES["guest book"][1]


def encoded(script: str) -> str:
    """What the Script Encoder makes of a script."""
    back = [{plain: code for code, plain in table.items()} for table in script_encode._TABLES]
    escapes = {plain: code for code, plain in script_encode._ESCAPES.items()}
    out = []
    for position, character in enumerate(script):
        code = ord(character)
        if character in escapes:
            out.append(escapes[character])
        else:
            table = back[script_encode._ORDER[position & 63]]
            out.append(chr(table.get(code, code)))
    return "#@~^AAAAAA==" + "".join(out) + "AAAAAA==^#~@"


def dump(url: str) -> str:
    listed = {
        "Name": "OAB (Default Web Site)",
        "MetabasePath": "IIS://mail01.example.org/W3SVC/1/ROOT/OAB",
        "InternalUrl": "https://mail01.example.org/OAB",
        "InternalAuthenticationMethods": "WindowsIntegrated",
        "ExternalUrl": url,
        "ExtendedProtectionTokenChecking": "None",
    }
    return "".join(f"{name:<32}: {value}\r\n" for name, value in listed.items())


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("text", [SHELL, PAGE])
def test_every_encoding(text: str, codec: str) -> None:
    found = scan(text.encode(codec), "a.aspx")
    assert found.flagged
    assert found == scan(text.encode(), "a.aspx")


@pytest.mark.parametrize("codec", ["cp037", "cp1026", "cp500"])
def test_a_page_in_ebcdic(codec: str) -> None:
    assert scan(PAGE.encode(codec), "a.aspx").flagged


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le"])
def test_a_listing_of_properties(codec: str) -> None:
    found = scan(dump(f"http://f/{SHELL}").encode(codec), "oab.aspx")
    assert found.score == 100
    assert any("listing" in reason for reason in found.reasons)
    assert not scan(dump("https://mail.example.org/OAB").encode(codec), "oab.aspx").flagged


def test_a_listing_with_script_that_does_nothing_known() -> None:
    marker = "<scr" + 'ipt language="JScript" run' + 'at="server">MARKER</scr' + "ipt>"
    assert scan(dump(f"http://f/{marker}").encode(), "oab.aspx").flagged


def mailbox(inside: bytes) -> bytes:
    head = b"!BDN" + bytes(range(256)) * 2
    return head + inside.ljust(4096, b"\0") + bytes(range(256)) * 2


@pytest.mark.parametrize("codec", ["ascii", "utf-16-le"])
def test_a_mailbox_file(codec: str) -> None:
    data = mailbox(SHELL.encode(codec))
    found = scan(data, "x.aspx")
    assert found.score == 100
    assert any("mailbox" in reason for reason in found.reasons)
    # The same among mail of a user, who can't have it run.
    assert scan(data, "x.pst").flagged
    assert not scan(mailbox(b"Dear Anna, please use cmd.exe"), "x.pst").flagged


@pytest.mark.parametrize("codec", ["ascii", "utf-16-le"])
def test_a_page_as_a_mailbox_stores_it(codec: str) -> None:
    stored = SHELL.encode(codec).translate(_STORED)
    assert b"script" not in stored
    assert scan(mailbox(stored), "archive.pst").flagged


def test_the_permutation_is_one() -> None:
    assert sorted(_STORED) == sorted(_PLAIN) == list(range(256))
    assert bytes(range(256)).translate(_STORED).translate(_PLAIN) == bytes(range(256))
    # As [MS-PST] 5.1 lists it.
    assert _STORED[:8] == bytes([65, 54, 19, 98, 168, 33, 110, 187])
    assert _PLAIN[:6] == bytes([71, 241, 180, 230, 11, 106])


@pytest.mark.parametrize("codec", ["ascii", "utf-16-le"])
def test_a_certificate_request(codec: str) -> None:
    body = b"\x02\x01\x00\x30\x82\x02\x10" + SHELL.encode(codec) + bytes(range(200))
    data = b"\x30\x82" + len(body).to_bytes(2) + body
    assert scan(data, "x.aspx").score == 100
    plain = b"\x30\x82\x02\x10\x30\x82" + bytes(range(256)) * 2
    assert not scan(plain, "server.cer").flagged
    assert scan(data, "server.cer").flagged


@pytest.mark.parametrize(
    "magic", [b"GIF89a", b"\xff\xd8\xff\xe0\0\x10JFIF", b"\x89PNG\r\n\x1a\n", b"BM"]
)
def test_a_picture(magic: bytes) -> None:
    assert scan(magic + bytes(range(64)) + PAGE.encode() + bytes(99), "x.aspx").flagged
    assert not scan(magic + bytes(range(256)) * 9, "x.aspx").flagged


def test_the_script_encoder() -> None:
    script = "r=req" + 'uest("none")\r\nexec' + "ute r ' <>@ \t\xe9"
    whole = encoded(script)
    assert "quest" not in whole
    assert script_encode.decoded(whole) == script
    assert scan(f"<%{whole}%>".encode(), "a.asp").flagged
    page = f'<SCRIPT RUNAT=SERVER LANGUAGE="VBScript.Encode">{whole}</SCRIPT>'
    assert scan(page.encode(), "a.asp").flagged
    harmless = encoded(HARMLESS.replace("<%", "").replace("%>", ""))
    assert not scan(f"<%{harmless}%>".encode(), "a.asp").flagged


def test_a_known_text_of_the_script_encoder() -> None:
    # From Microsoft's documentation of the Script Encoder.
    text = "#@~^QwIAAA==@#@&0;\tmDkW\tP7nDb0zZKD.n1YAMGhk+Dvb`"
    assert script_encode.decoded(text) == "\r\nfunction verifyCorrectBrowser(){"


@pytest.mark.parametrize("name", ["data binding", "master page", "content page", "report"])
def test_below_a_page_of_an_application(name: str) -> None:
    file, text = PAGES[name]
    whole = f"<html><body>{text}{'<p>words</p>' * 5000}</body></html>\n"
    assert not scan(whole.encode(), file).flagged
    for foreign in (SHELL, assembled(ASPX["upload beside"]), assembled(ASPX["command"])):
        assert scan((whole + foreign).encode(), file).flagged


def test_within_texts_that_are_run() -> None:
    inner = base64.b64encode(CLASSIC.strip("<%>").encode()).decode()
    page = (
        '<%Function d(s)\nSet x=CreateObject("Msxml2.DOMDocument").CreateElement("b")\n'
        'x.dataType="bin.base64"\nx.text=s\nd=x.nodeTypedValue\nEnd Function\n'
        f'exec{""}ute d("{inner}")%>'
    )
    assert scan(page.encode(), "a.asp").flagged
    # A text that is only shown.
    doubled = CLASSIC.strip("<%>").replace('"', '""')
    assert not scan(f'<%Response.Write "{doubled}"%>'.encode(), "a.asp").flagged


def test_a_quoted_shell_is_none() -> None:
    quoted = CLASSIC.replace("<", "&lt;").replace(">", "&gt;")
    assert not scan(f"<html><pre>{quoted}</pre></html>".encode(), "article.aspx").flagged
    assert not scan(
        f"<%-- {PAGE.replace('%', '')} --%><p runat=server/>".encode(), "a.aspx"
    ).flagged
    for extension in ("js", "md", "json", "html"):
        assert not scan(f"// {CLASSIC}".encode(), f"notes.{extension}").flagged


def test_server_side_commands() -> None:
    page = "<html><!--#ex" + 'ec cmd="whoami" --></html>'
    assert scan(page.encode(), "a.shtml").flagged
    assert not scan(b'<html><!--#include file="head.inc" --></html>', "a.shtml").flagged


def test_configuration_that_starts_a_shell() -> None:
    page = (
        '<configuration><system.webServer><handlers><add name="x" path="*.x" verb="*" modules="'
        'CgiModule" scriptProcessor="C:\\Windows\\System32\\c{0}.exe" /></handlers>'
        "</system.webServer></configuration>"
    )
    assert scan(page.format("md").encode(), "web.config").flagged
    assert not scan(page.format("gi").encode(), "web.config").flagged
