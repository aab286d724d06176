"""The patterns of `wording.toml`: each is used, spells well and keeps to its words."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from afterpatch import claims
from afterpatch.claims.grammar.wording import wording

ROOM = Path(claims.__file__).parent
TABLES = tomllib.loads((ROOM / "grammar" / "wording.toml").read_text("utf-8"))
NAMES = sorted(set(TABLES) - {"classes"})


def test_every_pattern_is_asked_for() -> None:
    constants = {
        node.value
        for path in ROOM.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert set(NAMES) <= constants


@pytest.mark.parametrize("name", NAMES)
def test_a_pattern_says_nothing_of_an_empty_text(name: str) -> None:
    assert set(TABLES[name]) <= {"any", "start"}
    assert wording(name).search("") is None
    assert "@" not in wording(name).pattern


def test_an_unknown_pattern_is_an_error() -> None:
    with pytest.raises(KeyError):
        wording("no such wording")


def test_patterns_take_whole_words_and_both_apostrophes() -> None:
    assert wording("unable").search("We don’t know who did it")
    assert wording("unable").search("We don't know who did it")
    assert wording("charged").search("decriminal") is None
    assert wording("it_was_us").search("they said it was behind it") is None
    assert wording("it_was_us").search("It was behind it")
