"""The fast engine and the slow one find the same, and what a field may come from is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from afterpatch.errors import RuleError
from afterpatch.sweep import frames
from afterpatch.sweep.engine import HyperscanEngine, compile_database
from afterpatch.sweep.frames import Engine
from afterpatch.sweep.needles import (
    ENCODED_IN_URL,
    ESCAPED_IN_JSON,
    UTF16_IN_JSON,
    Literal,
    Pattern,
    patterns,
)
from afterpatch.sweep.reference import ReferenceEngine

Make = Callable[[Sequence[Pattern]], Engine]
PADDING = (
    b"2021-03-01 06:21:10 192.0.2.10 GET /owa/ url=x&reason=0 443 - 192.0.2.77 Mozilla/5.0 - 302 "
    b'0 0 15 {"EventID":1,"Image":"C:\\\\Windows"},a;b=c\'d""e\tf\0g '
) * 2
STOCK = ("/owa/auth/logon.aspx", "/owa/auth.owa", "/ecp/default.aspx", "/default.aspx")


def fast(patterns_: Sequence[Pattern]) -> Engine:
    return HyperscanEngine(patterns_, compile_database(patterns_))


@pytest.fixture(params=[fast, ReferenceEngine], ids=["hyperscan", "reference"])
def make(request: pytest.FixtureRequest) -> Make:
    made: Make = request.param
    return made


# what is looked for, in which encoding, bytes that hold it
HITS = [
    # letter case
    (Literal("ServerInfo~"), "csv", b",sErVeRiNfO~x]@mail01:444/ecp/,"),
    (Literal("logon.aspx"), "w3c", b"/OWA/AUTH/LOGON.ASPX"),
    # w3c: a blank inside a column is a plus, and blanks got into columns all the same
    (Literal("Mozilla/5.0 (Windows NT"), "w3c", b"Mozilla/5.0+(Windows+NT"),
    (Literal("Mozilla/5.0 (Windows NT"), "w3c", b"Mozilla/5.0 (Windows+NT"),
    (Literal("POST /ecp/", url=True), "w3c", b" POST /ecp/y.js"),
    (Literal("POST /a b/", url=True), "w3c", b" POST /a+b/y.js"),
    # path and query are two columns
    (Literal("/ecp/y.js?a=1", url=True), "w3c", b" /ecp/y.js a=1 "),
    (Literal("/ecp/y.js?a=1", url=True), "csv", b",/ecp/y.js,,x,a=1,"),
    # percent-encoded: punctuation, a single letter, twice, both cases of the digits
    (Literal("/ecp/y.js", url=True), "w3c", b"%2fecp%2Fy%2ejs"),
    (Literal("/ecp/y.js", url=True), "w3c", b"/%65cp/y.js"),
    (Literal("/ecp/y.js", url=True), "w3c", b"/ecp/%4A.js"),
    (Literal("/ecp/y7.js", url=True), "w3c", b"/ecp/y%37.js"),
    (Literal("/ecp/y.js", url=True), "w3c", b"/ecp%252fy.js"),
    (Literal("/ecp/y.js", url=True), "w3c", b"/ecp%25252fy.js"),
    (Literal("]:444/", url=True), "csv", b"?a=%5D%3a444%2Fecp"),
    (Literal("a/b/c/d/e/f-very-long", url=True), "w3c", b"%61/b/c/d/e/f-very-long"),
    (Literal("a/b/c/d/e/f-very-long", url=True), "w3c", b"a%2fb%2fc%2fd%2fe%2ff%2dvery%2dlong"),
    # csv: quotes are doubled, whatever is beside them is looked for
    (Literal('<script runat="server">'), "csv", b'"<script runat=""server"">"'),
    (Literal("ExternalUrl='http"), "csv", b"'S:CMD=Set.ExternalUrl=''http"),
    # json
    (Literal("<script language"), "json", rb'"\u003cscript language"'),
    (Literal("<script language"), "json", rb'"<script language"'),
    (Literal("cmdlet-set"), "json", rb'"cmdl\u0045t-set"'),
    (Literal("cmdlet-set"), "json", rb'"cmdlet\u002dset"'),
    (Literal("InvalidCast.Exception"), "json", rb'"InvalidCast\u002EException"'),
    (Literal("http://example"), "json", rb'"http:\/\/example"'),
    (Literal(r"\w3wp.exe"), "json", rb'"C:\\inetsrv\\w3wp.exe"'),
    (Literal("scheme=oab&x=1"), "json", rb'"scheme\u003doab\u0026x=1"'),
    (Literal("owa.page", url=True), "json", rb'"owa\u00252Epage"'),
    (Literal("w3wp.exe"), "json", '{"Image":"C:\\\\w3wp.exe"}'.encode("utf-16-le")),
    # characters beyond ASCII are looked for by what stands beside them
    (Literal("größenwahn"), "csv", "größenwahn".encode("cp1252")),
    (Literal("größenwahn"), "csv", "größenwahn".encode()),
    # evtx: UTF-16LE, or the bytes of an AnsiString
    (Literal(r"\w3wp.exe"), "evtx", "C:\\inetsrv\\W3WP.EXE".encode("utf-16-le")),
    (Literal(r"\w3wp.exe"), "evtx", b"C:\\inetsrv\\W3WP.EXE"),
    # ... and the next value may begin with any byte
    (Literal(".asp", longer="x"), "evtx", "x.asp".encode("utf-16-le") + b"x\x01"),
    # a longer literal of the same detection
    (Literal(".asp", longer="x"), "w3c", b"/x.asp "),
    (Literal(".asp", longer="x"), "w3c", b"/x.aspX/y.asp -"),
    (Literal(".asp", url=True, longer="x"), "w3c", b"/x%2easp "),
    # `unless`: everything but the stock pages
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /owa/auth/marker.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /evil/owa/auth/logon.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" x/owa/auth/logon.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /x,/owa/auth/logon.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /x+/owa/auth/logon.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /x%20/owa/auth/logon.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /x:/owa/auth/logon.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" //x/owa/auth/logon.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /owa/auth/logon%2easpx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /owa/%61uth/logon.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /owa/auth/logon.aspx/x.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /wa/auth/logon.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" ogon.aspx "),
    (Literal(".aspx", unless=STOCK), "csv", b',"/x,/owa/auth/logon.aspx",'),
    (Literal(".aspx", unless=STOCK), "evtx", "\\owa\\auth\\x.aspx".encode("utf-16-le")),
]
MISSES = [
    (Literal("ServerInfo~"), "csv", b",ServerInf~,Serverlnfo~,"),
    (Literal(".asp", longer="x"), "w3c", b"/x.aspX/y.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /owa/auth/logon.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /OWA/Auth/LOGON.ASPX "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" /default.aspx /ecp/Default.aspx "),
    (Literal(".aspx", url=True, unless=STOCK), "w3c", b" https://mail.x.org/owa/auth/logon.aspx "),
    (Literal("/ecp/y.js", url=True), "w3c", b" /ecp%20y.js%22%5b "),
    (Literal("cmdlet-set"), "json", rb'"\u0022\u003c\u0026\u00e9"'),
]


def ends(engine: Engine, data: bytes) -> list[int]:
    return [end for end, _ in engine.scan(data)]


@pytest.mark.parametrize(("literal", "encoding", "case"), HITS)
def test_a_hit_is_found_wherever_it_lies(
    make: Make, literal: Literal, encoding: str, case: bytes
) -> None:
    engine = make(sorted(patterns(literal, encoding)))
    assert not ends(engine, PADDING + b"\n"), "the padding is ordinary"
    for shift in range(261):
        # A case that ends like a column keeps its delimiters: the padding holds it at both sides.
        found = ends(engine, PADDING[:shift] + b" " + case + b"\n")
        assert found, shift
        assert shift + 1 < min(found) <= max(found) <= shift + 1 + len(case)
    assert ends(engine, case + b"\n")


@pytest.mark.parametrize(("literal", "encoding", "case"), MISSES)
def test_what_is_near_a_literal_is_no_hit(
    make: Make, literal: Literal, encoding: str, case: bytes
) -> None:
    engine = make(sorted(patterns(literal, encoding)))
    for shift in range(0, 261, 20):
        assert not ends(engine, PADDING[:shift] + b" " + case + b"\n"), shift


@pytest.mark.parametrize(("literal", "encoding", "case"), HITS)
def test_a_hit_is_found_over_every_edge_of_a_window(
    make: Make, monkeypatch: pytest.MonkeyPatch, literal: Literal, encoding: str, case: bytes
) -> None:
    monkeypatch.setattr(frames, "WINDOW_BYTES", 64)
    engine = make(sorted(patterns(literal, encoding)))
    for shift in range(70):
        data = b"ordinary\n" * 3 + b"-" * shift + b" " + case + b"\n" + b"ordinary\n" * 9
        at = data.index(case) - shift - 1
        found = list(swept(data, engine))
        assert [(f.offset, f.line) for f in found] == [(at, 4)]
        assert case in found[0].data


@pytest.mark.parametrize(("literal", "encoding", "case"), HITS)
def test_a_hit_is_found_at_every_place_of_a_record_that_is_cut(
    make: Make, monkeypatch: pytest.MonkeyPatch, literal: Literal, encoding: str, case: bytes
) -> None:
    """A record longer than RECORD_BYTES is cut inside: the pieces overlap."""
    monkeypatch.setattr(frames, "WINDOW_BYTES", 1000)
    monkeypatch.setattr(frames, "RECORD_BYTES", 1000)
    engine = make(sorted(patterns(literal, encoding)))
    for shift in (*range(400, 560, 5), *range(940, 1010), *range(1470, 1500)):
        data = b"-" * shift + b" " + case + b"-" * 1700 + b"\nordinary\n"
        found = list(swept(data, engine))
        assert found, shift
        assert all(data[f.offset : f.offset + len(f.data)] == f.data for f in found)
        assert any(case[-4:] in f.data for f in found)


def swept(data: bytes, engine: Engine) -> Iterable[frames.Frame]:
    at = 0

    def read(size: int) -> bytes:
        nonlocal at
        piece = data[at : at + size]
        at += len(piece)
        return piece

    for block in frames.line_blocks(read, rows=False):
        for candidate in frames.candidates(block, "line", engine):
            assert candidate.needles
            yield candidate.frame


def test_what_is_too_short_is_refused_not_dropped() -> None:
    for literal, encoding in [
        (Literal("abc"), "csv"),
        (Literal('a"b"c"d"e'), "csv"),
        (Literal("<<<>>>"), "json"),
        (Literal("äöüß"), "evtx"),
        (Literal("????"), "w3c"),
        (Literal("anything"), "text"),
    ]:
        with pytest.raises(RuleError):
            patterns(literal, encoding)


def test_no_pattern_is_longer_than_the_overlap_of_blocks() -> None:
    for encoding in ("w3c", "csv", "json", "evtx"):
        for url in (False, True):
            for text in ("A" * 5000, "a/b c" * 1000):
                found = patterns(Literal(text, url), encoding)
                longest = max(len(p.data) for p in found if not p.regex)
                assert longest + 2 <= frames.LONGEST_PATTERN
                assert len(found) <= 40


# ---------------------------------------------------------------- any bytes, any patterns

LETTERS = st.sampled_from([b"a", b"b", b"A", b".", b"/", b" ", b"\0", b"%", b"\n", b"\xff"])
DATA = st.lists(
    st.one_of(
        LETTERS,
        st.binary(min_size=1, max_size=3),
        st.sampled_from([b"://a", b"/ab", b"%41", b"%2541", b"\\u0041", b'"\0a\0', b".a"]),
    ),
    max_size=60,
).map(b"".join)
TEXT = st.text("ab./ ", min_size=1, max_size=4).map(str.encode)
PATTERNS = st.lists(
    st.one_of(
        st.builds(
            Pattern,
            data=st.one_of(TEXT, st.binary(min_size=1, max_size=4).map(bytes.lower)),
            but_not_after=st.one_of(st.just(b""), st.text("ab/ ", max_size=3).map(str.encode)),
            but_not_before=st.one_of(st.just(b""), st.text("abx", max_size=2).map(str.encode)),
            host_may_precede=st.booleans(),
        ),
        st.sampled_from([ENCODED_IN_URL, ESCAPED_IN_JSON, UTF16_IN_JSON]),
    ),
    min_size=1,
    max_size=8,
    unique=True,
)


@settings(deadline=None, max_examples=250)
@given(PATTERNS, DATA)
def test_the_fast_engine_finds_what_the_slow_one_finds(
    given_patterns: list[Pattern], data: bytes
) -> None:
    assert fast(given_patterns).scan(data) == ReferenceEngine(given_patterns).scan(data)


def test_no_patterns_find_nothing(make: Make) -> None:
    assert make([]).scan(b"anything") == []


# ---------------------------------------------------------------- the complement of stock pages

PATHS = st.lists(
    st.text("ab/.", min_size=1, max_size=6).map(lambda t: f"/{t}.aspx"),
    min_size=1,
    max_size=5,
    unique=True,
)


@settings(deadline=None, max_examples=150)
@given(PATHS, st.text("ab/., ", max_size=12))
def test_only_whole_stock_paths_are_passed_over(stock: list[str], before: str) -> None:
    engine = ReferenceEngine(sorted(patterns(Literal(".aspx", unless=tuple(stock)), "w3c")))
    path = f"{before}.aspx"
    column = path.rsplit(" ", 1)[-1]
    found = bool(engine.scan(f"x {path} -\n".encode()))
    assert found == (column not in stock)
