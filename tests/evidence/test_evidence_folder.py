"""Folders, plain files, and what was given on the command line."""

from __future__ import annotations

import os
import pickle
import socket
from pathlib import Path

import pytest
from packages import Opened, log, tarred, written, zipped

from afterpatch.errors import EvidenceError, UsageError
from afterpatch.evidence.reader import PlainFile
from afterpatch.evidence.source import discover, open_unit


def test_a_folder_of_everything(tmp_path: Path) -> None:
    case = tmp_path / "case"
    written(case / "MAIL01/C/Windows/a.evtx", b"a")
    written(case / "MAIL02/C/Windows/a.evtx", b"b")
    written(case / "MAIL03.zip", zipped({"C/Windows/a.evtx": b"c"}))
    written(case / "MAIL04.tar", tarred({"C/Windows/a.evtx": b"d"}))
    written(case / "MAIL05.zip", b"no zip at all")
    written(case / "broken.zip", b"PK\x03\x04 cut off")
    written(case / "image.vhdx", b"vhdxfile" + bytes(100))
    opened = Opened([case])
    assert opened.content == {
        ("MAIL01", r"C:\Windows\a.evtx"): b"a",
        ("MAIL02", r"C:\Windows\a.evtx"): b"b",
        ("MAIL03.zip", r"C:\Windows\a.evtx"): b"c",
        ("MAIL04.tar", r"C:\Windows\a.evtx"): b"d",
        ("", "MAIL05.zip"): b"no zip at all",
    }
    assert [problem.what for problem in opened.problems] == ["broken.zip", "image.vhdx"]
    assert {evidence.evidence for evidence in opened.evidence} == {"case"}
    assert opened.units == sorted(opened.units)
    assert discover([case]) == discover([case])
    assert pickle.loads(pickle.dumps(opened.units)) == opened.units  # noqa: S301
    locators = [evidence.locator for evidence in opened.evidence]
    assert len({*locators}) == 5
    assert (locators[2].source, locators[2].member) == (str(case), "MAIL03.zip ! C/Windows/a.evtx")


def test_names_that_look_like_an_archive_within(tmp_path: Path) -> None:
    """A folder and a member whose labels are the same are two files, each read once."""
    written(tmp_path / "a.zip", zipped({"b.zip ! c": b"inner"}))
    written(tmp_path / "a.zip ! b.zip", zipped({"c": b"other"}))
    opened = Opened([tmp_path])
    assert sorted(opened.content.values()) == [b"inner", b"other"]


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 65536, 300_001])
@pytest.mark.parametrize("read_size", [1, 1000, 4096, 1 << 20])
def test_pieces_of_a_file_join_without_a_seam(tmp_path: Path, size: int, read_size: int) -> None:
    if read_size == 1 and size > 5000:
        size = 5000
    data = (log(6000) * 2)[:size]
    reader = PlainFile(written(tmp_path / "a", data))
    pieces = []
    while piece := reader.read(read_size):
        pieces.append(piece)
    assert b"".join(pieces) == data
    assert reader.read(10) == b""
    reader.close()


@pytest.mark.parametrize("kept", [0, 100, 4096, 8192, 10_000])
def test_a_file_that_shrinks_ends_early(tmp_path: Path, kept: int) -> None:
    path = written(tmp_path / "a", log(1000))
    reader = PlainFile(path)
    got = reader.read(5000)
    with path.open("r+b") as file:
        file.truncate(kept)
    while piece := reader.read(5000):
        got += piece
    assert got == log(1000)[: max(kept, 5000)]
    reader.close()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no such file system here")
def test_a_file_without_a_length_is_read() -> None:
    reader = PlainFile(Path("/proc/self/status"))
    assert b"Pid:" in reader.read(1 << 16)
    reader.close()


def test_links_are_not_followed_out(tmp_path: Path) -> None:
    case = tmp_path / "case"
    written(tmp_path / "secret", b"secret")
    written(case / "a/b/file", b"x")
    (case / "a/b/loop").symlink_to(case / "a", target_is_directory=True)
    (case / "self").symlink_to(case / "self")
    (case / "inside").symlink_to(case / "a/b/file")
    (case / "outside").symlink_to(tmp_path / "secret")
    (case / "root").symlink_to("/")
    opened = Opened([case])
    assert [*opened.content.values()] == [b"x"]
    assert {"outside", "root"} <= {problem.what for problem in opened.problems} <= {
        "outside", "root", "self"
    }  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_pipes_and_sockets_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        written(tmp_path / "file", b"x")
        opened = Opened([tmp_path])
    assert opened.paths == ["file"]
    assert [problem.what for problem in opened.problems] == ["pipe", "socket"]


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 here")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"a\xff\x1b[2J")
    try:
        written(tmp_path / name, b"x")
    except OSError:
        pytest.skip("not on this file system")
    opened = Opened([tmp_path])
    assert opened.content == {("", "a\N{REPLACEMENT CHARACTER}\x1b[2J"): b"x"}


def test_what_is_gone_or_locked_is_an_evidence_error(tmp_path: Path) -> None:
    written(tmp_path / "a", b"x")
    written(tmp_path / "b.zip", zipped({"c": b"x"}))
    units, _ = discover([tmp_path])
    for unit in units:
        (tmp_path / (unit.within or unit.locator.member)).unlink()
        with pytest.raises(EvidenceError):
            next(open_unit(unit))
    written(tmp_path / "b.zip", zipped({"d": b"x"}))
    with pytest.raises(EvidenceError, match="gone"):
        next(open_unit(units[1]))


# ---------------------------------------------------------------- arguments


def test_a_file_given_by_itself(tmp_path: Path) -> None:
    opened = Opened([written(tmp_path / "C/inetpub/u_ex.log", log())])
    assert opened.content == {("", "u_ex.log"): log()}
    assert opened.evidence[0].evidence == "u_ex.log"


def test_evidence_of_one_name_is_told_apart(tmp_path: Path) -> None:
    paths = [written(tmp_path / name, b"x") for name in ("a/x/log", "b/x/log", "b/y/log", "b/own")]
    units, _ = discover(paths)
    assert [unit.evidence for unit in units] == ["a/x/log", "own", "b/x/log", "y/log"]
    assert discover(paths[::-1])[0] == units


def test_a_path_given_twice_is_read_once(tmp_path: Path) -> None:
    written(tmp_path / "case/sub/a", b"x")
    paths = [tmp_path / "case/sub", tmp_path / "case", tmp_path / "case" / ".." / "case"]
    assert len(discover(paths)[0]) == 1


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("none", None, "can't be opened .*check the path"),
        ("a.zip", b"<html>", "does not begin like an archive"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "7-Zip archive: extract it"),
        ("a.img", b"vhdxfile", "disk image .*mount it"),
        ("empty.log", b"", "holds no files"),
    ],
)
def test_wrong_input_gets_one_sentence(
    tmp_path: Path, name: str, data: bytes | None, message: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(UsageError, match=message) as caught:
        discover([path])
    assert "\n" not in str(caught.value)


def test_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    with pytest.raises(UsageError, match="holds no files"):
        discover([tmp_path])


def test_thousands_of_files(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"{number}.log").touch()
    units, _ = discover([tmp_path])
    assert len(units) == 3000
    assert [unit.locator.member for unit in units] == sorted(f"{n}.log" for n in range(3000))
