"""The cache gives back what was put in, or nothing: never an error, never another's data."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from afterpatch.assess import load_rules
from afterpatch.detections import cache, ruleset, sigma
from afterpatch.detections.rule import RuleSet
from afterpatch.detections.yara_pack import load_yara
from afterpatch.limits import CACHE_ENTRIES

GOOD = """
title: Good
logsource: {category: webserver}
detection: {sel: {cs-uri-stem: /x%s}, condition: sel}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the cache, which is not there yet."""
    folder = tmp_path / "cache" / "afterpatch"
    monkeypatch.setattr(cache, "_folder", lambda: folder)
    yield folder


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "good.yml").write_text(GOOD % "")
    (folder / "bad.yml").write_text("title: [")
    return folder


def entries(home: Path) -> list[Path]:
    return sorted(home.glob("*.cache"))


def test_what_is_stored_is_loaded(home: Path) -> None:
    key = cache.digest_of(b"a", b"b")
    assert cache.load(key) is None
    cache.store(key, b"data")
    assert cache.load(key) == b"data"
    assert len({key, cache.digest_of(b"ab"), cache.digest_of(b"a", b"b", b"")}) == 3


def test_the_shipped_rules_come_back_as_they_were(home: Path) -> None:
    first = load_rules()
    assert len(entries(home)) == 1
    again = load_rules()
    assert again == first
    encoded = msgspec.msgpack.encode(first)
    assert msgspec.msgpack.decode(encoded, type=RuleSet) == first


def test_from_the_cache_nothing_of_the_compiler_is_imported(
    home: Path, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_program", lambda: b"")
    ruleset.load_cached([rules], {})
    program = (
        "import sys, pathlib, afterpatch.assess; from afterpatch.detections import cache, ruleset;"
        f"cache._folder = lambda: pathlib.Path({str(home)!r}); cache._program = lambda: b'';"
        f"assert ruleset.load_cached([pathlib.Path({str(rules)!r})], {{}}).rules;"
        "print(*{'sigma', 'yaml'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize("part", ["file", "name", "list", "known"])
def test_whatever_the_rules_are_made_from_is_in_the_key(home: Path, rules: Path, part: str) -> None:
    ruleset.load_cached([rules], {"l": ["x"]}, ["k"])
    if part == "file":
        (rules / "good.yml").write_text(GOOD % "y")
    if part == "name":
        (rules / "good.yml").rename(rules / "better.yml")
    lists = {"l": ["y"] if part == "list" else ["x"]}
    changed = ruleset.load_cached([rules], lists, ["other" if part == "known" else "k"])
    assert changed == sigma.compile_files(ruleset.read([rules]), lists)
    assert len(entries(home)) == 2


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "other", "longer"])
def test_a_damaged_entry_is_made_anew(home: Path, rules: Path, harm: str) -> None:
    first = ruleset.load_cached([rules], {})
    (entry,) = entries(home)
    whole = entry.read_bytes()
    entry.write_bytes(
        {
            "cut": whole[:-1],
            "flipped": whole[:-1] + bytes([whole[-1] ^ 1]),
            "empty": b"",
            "other": b"\x80\x04." * 100,
            "longer": whole + b"x",
        }[harm]
    )
    assert cache.load(entry.stem) is None
    assert ruleset.load_cached([rules], {}) == first
    assert entry.read_bytes() == whole


def test_an_entry_that_is_whole_but_no_rule_set_is_made_anew(home: Path, rules: Path) -> None:
    first = ruleset.load_cached([rules], {})
    (entry,) = entries(home)
    cache.store(entry.stem, msgspec.msgpack.encode({"rules": 5}))
    assert ruleset.load_cached([rules], {}) == first


@pytest.mark.skipif(os.name == "nt", reason="rights of files are others there")
@pytest.mark.parametrize("what", ["folder", "entry"])
def test_what_others_can_write_to_is_not_taken(home: Path, what: str) -> None:
    cache.store("k", b"data")
    (home if what == "folder" else entries(home)[0]).chmod(0o777)
    assert cache.load("k") is None


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_folder_that_is_a_link_is_not_taken(home: Path, tmp_path: Path) -> None:
    cache.store("k", b"data")
    home.rename(tmp_path / "elsewhere")
    home.symlink_to(tmp_path / "elsewhere")
    assert cache.load("k") is None
    cache.store("k2", b"data")
    assert not (tmp_path / "elsewhere" / "k2.cache").exists()


def test_without_a_place_to_write_nothing_is_kept_and_nothing_fails(
    home: Path, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.parent.write_text("a file where a folder should be")
    assert len(ruleset.load_cached([rules], {}).rules) == 1
    monkeypatch.setattr(cache, "_folder", lambda: None)
    cache.store("k", b"data")
    assert cache.load("k") is None
    assert len(load_yara([rules]).rules) == 0


def test_the_entries_longest_unused_make_room(home: Path) -> None:
    for number in range(CACHE_ENTRIES):
        cache.store(f"k{number:02}", b"x")
        os.utime(home / f"k{number:02}.cache", (number, number))
    assert cache.load("k00") == b"x"  # and so used again
    cache.store("new", b"x")
    assert len(entries(home)) == CACHE_ENTRIES
    assert cache.load("k00") == b"x"
    assert cache.load("k01") is None
    assert list(home.glob("*.part")) == []
