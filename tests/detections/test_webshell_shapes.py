"""The content scan: shapes of web shells are found, ordinary pages are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from webshell_ordinary import PAGES
from webshell_shapes import MARK, shapes

from afterpatch.detections.webshell import families, scan
from afterpatch.detections.webshell.weights import DEEDS, FLAGGED

SHAPES = shapes()
HERE = Path(__file__).parent


@pytest.mark.parametrize(("file", "text"), [s[1:] for s in SHAPES], ids=[s[0] for s in SHAPES])
def test_a_shape_is_flagged(file: str, text: str) -> None:
    found = scan(text.encode(), f"C:\\inetpub\\wwwroot\\{file}")
    assert found.flagged, found
    assert FLAGGED <= found.score <= 100
    assert found.reasons


@pytest.mark.parametrize(("file", "text"), PAGES.values(), ids=PAGES.keys())
def test_an_ordinary_page_is_not_flagged(file: str, text: str) -> None:
    found = scan(text.encode(), f"C:\\inetpub\\wwwroot\\{file}")
    assert not found.flagged, found
    assert found.family is None


def test_there_are_enough_of_both() -> None:
    assert len(SHAPES) > 100
    assert len(PAGES) > 80


def test_neither_folder_nor_name_decides() -> None:
    for name, file, text in SHAPES:
        if name.startswith(("asp:", "aspx:")):
            one = scan(text.encode(), file)
            other = scan(text.encode(), "D:\\x\\OWA\\auth\\logon." + file.rpartition(".")[2])
            assert one == other, name


def test_no_marker_stands_whole_in_the_repository() -> None:
    text = (HERE / "webshell_shapes.py").read_text("utf-8")
    flat = text.replace('"\n', "").replace("'\n", "")
    assert text.count(MARK) > 200
    for whole in ("eval(Request", "eval request", "execute request", 'Process.Start("cmd'):
        assert whole.lower() not in flat.lower()


@pytest.mark.parametrize("name", sorted(DEEDS))
def test_a_reason_is_a_sentence_without_its_subject(name: str) -> None:
    deed = DEEDS[name]
    assert 0 < deed.weight <= 100
    assert deed.words[0].islower()
    assert not deed.words.endswith(".")
    assert deed.words.split()[0].endswith("s")


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("aspx: jscript", "China Chopper"),
        ("aspx: behinder", "Behinder"),
        ("aspx: godzilla", "Godzilla"),
        ("aspx: key printer", "machine key printer"),
        ("aspx: transformation", "XSL loader"),
        ("aspx: seesharp", "SIMPLESEESHARP"),
    ],
)
def test_a_known_kind_is_named(name: str, family: str) -> None:
    (text,) = [text for shape, _, text in SHAPES if shape == name]
    assert scan(text.encode(), "a.aspx").family == family


@pytest.mark.parametrize("name", ["families", "binaries"])
def test_every_rule_of_a_kind_says_what_it_is(name: str) -> None:
    compiled = families._compiled(name)
    text = (families.RULES / f"{name}.yar").read_text("utf-8")
    assert len(compiled.names()) == text.count("\nrule ") > 3
    assert text.count("description = ") == text.count("family = ") == text.count("score = ")


def test_a_compiled_shell() -> None:
    data = b"MZ\x90\0" + b"App_Web_ab12cd34\0get_Request\0JScript" + b"Evaluate\0"
    found = scan(data, "C:\\x\\App_Web_ab12cd34.dll")
    assert found.flagged
    assert found.family == "compiled web shell"
    assert not scan(data.replace(b"Evaluate", b"Object"), "App_Web_ab12cd34.dll").flagged


def test_ambiguous_deeds_weigh_less_in_a_page_of_an_application() -> None:
    page = (
        '<%@ Page Language="C#" {0} %><script runat="server">void b_Click(object s, EventArgs e)'
        '{{ f.SaveAs(Server.MapPath(".") + "\\\\" + f.FileName); }}</script><asp:FileUpload id="f" '
        'runat="server"/>'
    )
    alone = scan(page.format("").encode(), "a.aspx")
    member = scan(page.format('MasterPageFile="~/a.master"').encode(), "a.aspx")
    assert alone.flagged
    assert not member.flagged
    assert 0 < member.score < alone.score
