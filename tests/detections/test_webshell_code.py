"""The content scan's reading of code: tokens, constants, flow; and what hostile files do to it."""

from __future__ import annotations

import random

import pytest
from webshell_ordinary import PAGES
from webshell_shapes import shapes

from afterpatch.detections.webshell import scan
from afterpatch.detections.webshell.code import Family, read
from afterpatch.detections.webshell.flow import BOUND, DECODED, FREE, MAPPED, REQUEST, ROOT, Flow
from afterpatch.detections.webshell.page import page

SHAPES = shapes()


@pytest.mark.parametrize(
    ("family", "text", "tokens"),
    [
        ("vb", 'a = "x""y" \' note\nb = 1', ["a", "=", '"x"y', "\n", "b", "=", "1"]),
        ("vb", "rem note\nRequest . Form(1)", ["\n", "request.form", "(", "1", ")"]),
        ("vb", 'If a Then Rem x\nEnd _\n If', ["if", "a", "then", "\n", "end", "if"]),
        ("vb", "With x\n.Run y\nEnd With", ["with", "x", "\n", "x.run", "y", "\n", "end", "with"]),
        ("vb", "[Run] \u201cx\u201d", ["run", '"x']),
        ("c", 'a /* b */ . c // d\n("e\\u0041")', ["a.c", "(", '"eA', ")"]),
        ("c", '@"a""b\\", $"x{y.z}w"', ['"a"b\\', ",", '"x', "+", "(", "y.z", ")", "+", '"w']),
        ("c", "'\\x41' @class ?.b", ['"A', "class.b"]),
        ("js", "'a\\x62' + \"c\"", ['"abc']),
        ("js", "\\u0065v\u200bal(x)", ["eval", "(", "x", ")"]),
        ("c", "using P = A.B; P.C()", ["using", "a.b", "=", "a.b", ";", "a.b.c", "(", ")"]),
    ],
)  # fmt: skip
def test_tokens(family: Family, text: str, tokens: list[str]) -> None:
    assert read(text, family).tokens == tokens


@pytest.mark.parametrize(
    ("family", "text", "value"),
    [
        ("vb", 'x = "a" & "b" & "c"', "abc"),
        ("vb", "x = Chr(97) & ChrW(&H62) & Chr(100 - 1)", "abc"),
        ("vb", "x = Chr(96 Xor 1)", "a"),
        ("vb", 'x = StrReverse("cba")', "abc"),
        ("vb", 'x = Replace("axbxc", "x", "")', "abc"),
        ("vb", 'x = Join(Array("a", "bc"), "")', "abc"),
        ("vb", 'x = Mid("xabcx", 2, 3)', "abc"),
        ("vb", 'p = "ab"\nq = "c"\nx = p & q', "abc"),
        ("vb", 'p = "a"\np = p & "b"\nx = p & "c"', "abc"),
        ("js", 'x = unescape("%61%u0062c")', "abc"),
        ("js", "x = ['a', 'b', 'c'].join('')", "abc"),
        ("js", "x = String.fromCharCode(97, 98, 99)", "abc"),
        ("c", "x = new string(new char[] { 'a', 'b', 'c' })", "abc"),
        ("c", 'x = Encoding.UTF8.GetString(Convert.FromBase64String("YWJj"))', "abc"),
        ("c", 'x = string.Concat("a", "b", "c")', "abc"),
        ("c", 'x = string.Format("{0}c", "ab")', "abc"),
        ("c", 'x = "axbc".Replace("x", "")', "abc"),
    ],
)
def test_constants(family: Family, text: str, value: str) -> None:
    code = read(text, family)
    assert code.tokens[-1] == f'"{value}'
    assert value not in {part for part in code.strings() if code.tokens.count(f'"{part}') == 0}


def bits(text: str, name: str, extension: str = ".aspx", controls: str = "") -> int:
    """What reaches the first argument of the call of this name."""
    found = page(f"<%{text}%>{controls}", extension)
    assert found
    flow = Flow(found.code[0], found.controls)
    (call,) = [c for c in flow.calls if c.last == name]
    return call.bits[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('f.Del(Request["a"]);', FREE),
        ('var x = Request["a"]; f.Del(x);', FREE),
        ('var x = Request["a"]; var y = x.Trim(); f.Del((string)y);', FREE),
        ('f.Del(Server.MapPath(Request["a"]));', MAPPED),
        ('f.Del(Server.MapPath("~/files/" + Request["a"]));', BOUND),
        ('f.Del(Server.MapPath("~/" + Request["a"]));', MAPPED),
        ('f.Del(Path.Combine(root, Request["a"]));', BOUND),
        ('var p = root; p += Request["a"]; f.Del(p);', BOUND),
        ('f.Del(Path.GetFileName(Request["a"]));', BOUND),
        ('f.Del(int.Parse(Request["a"]));', 0),
        ('f.Del(Request.HttpMethod);', 0),
        ('f.Del(Server.MapPath("."));', ROOT),
        ('f.Del("x");', 0),
        ('f.Del(Request.Url.Query);', BOUND),
        ('f.Del(Convert.FromBase64String(Request["a"]));', FREE | DECODED),
        ('f.Del(Request["a"] ?? Server.MapPath("."));', FREE),
    ],
)  # fmt: skip
def test_how_free_a_request_is(text: str, expected: int) -> None:
    assert bits(text, "del") == expected


def test_through_functions_and_their_scopes() -> None:
    text = (
        'string Id(string s) { return s; } void A(string p) { f.Del(p); } void B() { var p = "x"; '
        'g.Put(p); } void Page_Load() { A(Id(Request["a"])); B(); }'
    )
    assert bits(text, "del") == FREE
    assert bits(text, "put") == 0


def test_through_controls() -> None:
    box = '<asp:TextBox id="box" runat="server"/>'
    assert bits("f.Del(box.Text);", "del", controls=box) == FREE
    assert bits("f.Del(other.Text);", "del", controls=box) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a = Request("x")\nf.Del a', FREE),
        ('If Request("x") = a Then f.Del a', 0),
        ('f.Del "files/" & Request("x")', BOUND),
        ('f.Del Request.ServerVariables("PATH_TRANSLATED")', 0),
        ('f.Del Request.ServerVariables("HTTP_X")', FREE),
        ('f.Del CInt(Request("x"))', 0),
        ('For Each k In Request.Form\nf.Del k\nNext', FREE),
        ('Function g(n)\ng = Request(n)\nEnd Function\nf.Del g("x")', FREE),
        ('Sub s(n)\nf.Del n\nEnd Sub\nCall s(Request("x"))', FREE),
    ],
)  # fmt: skip
def test_flow_in_visual_basic(text: str, expected: int) -> None:
    assert bits(text, "del", ".asp") & REQUEST == expected


# ---------------------------------------------------------------- hostile files

_LENGTH = 1_000
HOSTILE: dict[str, str] = {
    "open blocks": "<%" * _LENGTH,
    "open scripts": "<script runat=server>" * _LENGTH,
    "half scripts": "<script " * _LENGTH,
    "brackets": "<%x=" + "(" * _LENGTH + "%>",
    "calls in calls": "<%" + "f(" * _LENGTH + ")" * _LENGTH + "%>",
    "closing only": "<%" + ")]}" * _LENGTH + "%>",
    "pieces": "<%x=" + '"a"&' * _LENGTH + '"b"%>',
    "quotes": '<%@ Page Language="C#"%><%' + '"' * _LENGTH + "%>",
    "open comments": '<%@ Page Language="C#"%><%' + "/*" * _LENGTH + "%>",
    "open texts": '<%@ Page Language="C#"%><%' + '$"{a' * _LENGTH + "%>",
    "encoded": "<%#@~^" * _LENGTH,
    "growing": '<%a="' + "x" * _LENGTH + '"\n' + "b=a&a&a&a\nc=b&b&b&b\nd=c&c&c&c\n" * 50 + "%>",
    "growing text": '<%x="' + "a" * 99 + '"' + '.replace("a","' + "a" * 99 + '")' * 20 + "%>",
    "formats": '<%x=string.format("' + "{0}" * 999 + '","' + "{1}" * 999 + '","a")%>',
    "dots": "<%" + ".a" * _LENGTH + "%>",
    "withs": "<%" + "with a\n" * _LENGTH + "%>",
    "functions": '<%@ Page Language="C#"%><%' + "void f(string a){f(a);}" * 500 + "%>",
    "razor": "@{" * _LENGTH,
    "razor names": "@a(" * _LENGTH,
    "razor texts": '@("' * _LENGTH,
    "style sheet": "<xsl:stylesheet><x:script implements-prefix=a>" * _LENGTH,
    "handlers": "<add path=" * _LENGTH,
    "nul": "\0" * _LENGTH,
    "letters": '<%@ Page Language="C#"%><%' + "\\u0065" * _LENGTH + "%>",
    "surrogates": "<%\ud800 = request(1)%>",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_end(name: str) -> None:
    data = HOSTILE[name].encode("utf-8", "surrogatepass")
    for file in ("a.aspx", "a.asp", "a.ashx", "a.cshtml", "web.config", "a.xslt"):
        assert 0 <= scan(data, file).score <= 100


def test_damaged_files_end() -> None:
    chance = random.Random(7)
    texts = [text for _, _, text in SHAPES[::9]] + [text for _, text in list(PAGES.values())[::9]]
    for text in texts:
        data = bytearray(text.encode())
        for _ in range(4):
            data[chance.randrange(len(data))] = chance.randrange(256)
        for cut in (data, data[: chance.randrange(len(data))], data[chance.randrange(len(data)) :]):
            scan(bytes(cut), "a.aspx")
    for size in (0, 1, 2, 3, 7):
        for start in (b"<%", b"MZ", b"!BDN", b"\x30\x82", b"\xff\xfe", b"GIF89a"):
            assert not scan(start[:size], "a.txt").flagged


def test_a_shell_in_a_sea_of_code() -> None:
    sea = "a = a + 1\n" * 60_000
    (shell,) = [text for name, _, text in SHAPES if name == "asp: through a name"]
    inside = shell.strip("<%>")
    assert scan(f"<%{sea}{inside}\n{sea}%>".encode(), "a.asp").flagged
    assert not scan(f"<%{sea}%>".encode(), "a.asp").flagged


def test_the_same_every_time() -> None:
    for _, file, text in SHAPES[::7]:
        assert scan(text.encode(), file) == scan(text.encode(), file)
