from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterpatch.model import Dwell, Phase
from afterpatch.outputs.sentences import dwelt, seen_of
from afterpatch.outputs.text import counted, defused, encodable, size, utc, visible

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("C:\\new\\table", "C:\\new\\table"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\nb\tc\0", "a\\x0d\\x0ab\\x09c\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("exe\u202etxt.aspx", "exe\\u202etxt.aspx"),
        ("a\u200bb\u2028c\u2029d\ufeff", "a\\u200bb\\u2028c\\u2029d\\ufeff"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
        ("Müller 日本 😀", "Müller 日本 😀"),
    ],
)
def test_visible_escapes_what_does_not_print_as_it_reads(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_visible_escapes_every_character_of_the_unprintable_categories() -> None:
    unseen = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"}
    for code in range(sys.maxunicode + 1):
        if code != 0x20 and unicodedata.category(chr(code)) in unseen:
            assert visible(chr(code)).isascii(), hex(code)


@given(ANY_TEXT, st.one_of(st.none(), st.integers(1, 40)))
def test_visible_is_one_encodable_line_within_its_limit(text: str, limit: int | None) -> None:
    shown = visible(text, limit)
    shown.encode()
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown
    assert limit is None or len(shown) <= limit


def test_visible_marks_what_it_cut() -> None:
    assert visible("abcdef", 6) == "abcdef"
    assert visible("abcdefg", 6) == "abcde…"
    assert visible("\x1b\x1b", 6) == "\\x1b\\…"


def test_defused_reaches_keys_and_nested_values() -> None:
    plain = defused({"a\n": [{"b": ("\x1b", 1, None, True)}]})
    assert plain == {"a\\x0a": [{"b": ["\\x1b", 1, None, True]}]}


@given(ANY_TEXT)
def test_encodable_changes_nothing_but_lone_surrogates(text: str) -> None:
    kept = encodable(text)
    kept.encode()
    if not any("\ud800" <= char <= "\udfff" for char in text):
        assert kept == text


def test_small_words() -> None:
    assert utc("2021-03-03T06:12:11.120Z") == "2021-03-03 06:12:11 UTC"
    assert utc(None) == "unknown"
    assert utc("tomorrow\n") == "tomorrow\\x0a"
    assert [size(n) for n in (0, 999, 1000, 999_949, 999_950, 3_400_000_000, 7 * 10**15)] == [
        "0 bytes", "999 bytes", "1.0 kB", "999.9 kB", "1.0 MB", "3.4 GB", "7000.0 TB",
    ]  # fmt: skip
    assert [counted(n, "file") for n in (0, 1, 1200)] == ["0 files", "1 file", "1,200 files"]


def dwell(ended: str, patched: str | None, after: int, last: str = "2021-04-09") -> Dwell:
    return Dwell(
        "2021-01-14T05:20:00.000Z", f"{last}T21:30:00.000Z", "2021-04-09T22:00:00.000Z", ended, 85,  # type: ignore[arg-type]
        patched, after, ("op-1",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (
            dwell("evicted", "2021-03-09T00:00:00.000Z", 4),
            "In from 2021-01-14 to 2021-04-09 (85 days), when the last door was removed; at least "
            "31 days of it after the patch (seen 2021-03-09), with 4 answered requests through a "
            "door opened before it.",
        ),
        (
            dwell("end of evidence", "2021-03-09T00:00:00.000Z", 0, "2021-03-01"),
            "In from 2021-01-14 to 2021-04-09 (85 days), where the evidence ends; last active "
            "2021-03-01; at least 31 days of it after the patch (seen 2021-03-09), without a "
            "request to a door opened before it.",
        ),
        (
            dwell("end of evidence", None, 0),
            "In from 2021-01-14 to 2021-04-09 (85 days), where the evidence ends; no build that "
            "closes the hole was seen after the entry.",
        ),
    ],
)
def test_how_long_somebody_was_in(of: Dwell, said: str) -> None:
    assert dwelt(of) == said


def test_a_phase_of_which_only_another_log_tells() -> None:
    assert seen_of(Phase("x", None, None, 3, False, 0.0)) == "otherwise not visible"


@pytest.mark.parametrize(
    ("visible_", "share", "said"),
    [
        (False, 0.0, "not visible"),
        (True, 1.0, "visible"),
        (True, 0.998, "visible"),
        (True, 0.2, "20% visible"),
        (True, 0.001, "under 1% visible"),
        (True, None, "visible"),
    ],
)
def test_how_much_of_a_phase_is_seen(visible_: bool, share: float | None, said: str) -> None:
    assert seen_of(Phase("x", None, None, 0, visible_, share)) == said
