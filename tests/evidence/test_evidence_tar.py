"""Tars and single compressed files, whole and wounded."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from packages import Opened, log, tarred, written, zipped

from afterpatch import limits
from afterpatch.errors import EvidenceError, UsageError
from afterpatch.evidence.archive_tar import members
from afterpatch.evidence.reader import Inflated
from afterpatch.evidence.source import discover

Compress = Callable[[bytes], bytes]
PACKERS: dict[str, Compress] = {
    "tar": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
}
LONG = "C/Windows/" + "deep/" * 60 + "x.log"


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize("name", ["acquired.dat", "MAIL01.tar"])
def test_tar(tmp_path: Path, kind: str, form: int, name: str) -> None:
    content = {
        "fs/C:/Windows/a": log(),
        LONG: b"b",
        "fs/C:/inetpub/ünï": b"",
        "./C/$MFT": b"1" * 512,
    }
    opened = Opened([written(tmp_path / name, PACKERS[kind](tarred(content, form)))])
    assert opened.is_whole
    assert [unit.container for unit in opened.units] == ["tar"]
    assert [*opened.content.values()] == [*content.values()]
    assert opened.paths == [
        r"C:\Windows\a", "C:\\" + LONG[2:].replace("/", "\\"), r"C:\inetpub\ünï", r"C:\$MFT"
    ]  # fmt: skip
    assert {evidence.root for evidence in opened.evidence} == {""}
    assert opened.evidence[0].evidence == name
    assert opened.evidence[0].locator.member == "fs/C:/Windows/a"


@pytest.mark.parametrize("kind", [kind for kind in PACKERS if kind != "tar"])
def test_one_compressed_file(tmp_path: Path, kind: str) -> None:
    written(tmp_path / f"MAIL01/C/inetpub/u_ex.log.{kind}", PACKERS[kind](log()))
    opened = Opened([tmp_path])
    assert opened.is_whole
    assert opened.content == {("MAIL01", r"C:\inetpub\u_ex.log"): log()}
    alone = Opened([tmp_path / f"MAIL01/C/inetpub/u_ex.log.{kind}"])
    assert alone.content == {("", "u_ex.log"): log()}


def test_entries_that_are_no_files_are_passed_over(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind in (
            ("C", tarfile.DIRTYPE),
            ("C/link", tarfile.SYMTYPE),
            ("C/hard", tarfile.LNKTYPE),
            ("C/pipe", tarfile.FIFOTYPE),
            ("C/null", tarfile.CHRTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    path = written(tmp_path / "a.tar", buffer.getvalue() + tarred({"C/Windows/a": b"a"}))
    assert Opened([path]).content == {("", r"C:\Windows\a"): b"a"}


@pytest.mark.parametrize("kind", PACKERS)
def test_cut_in_the_middle(tmp_path: Path, kind: str) -> None:
    chance = random.Random(3)
    content = {f"C/Windows/{number}": chance.randbytes(400_000) for number in range(6)}
    packed = PACKERS[kind](tarred(content))
    opened = Opened([written(tmp_path / "a.tar", packed[: len(packed) * 6 // 10])])
    whole = [data for data in opened.content.values() if len(data) == 400_000]
    assert whole == [*content.values()][: len(whole)]
    assert len(whole) == 3 if kind != "bz2" else len(whole) >= 1
    assert opened.broken


@pytest.mark.parametrize("kind", PACKERS)
def test_any_changed_byte_raises_nothing_else(kind: str) -> None:
    data = tarred({LONG: b"text", "b": b"more" * 99})
    packed = PACKERS[kind](data)
    chance = random.Random(5)
    for _ in range(150):
        place = chance.randrange(len(packed))
        wounded = io.BytesIO(
            packed[:place]
            + bytes([packed[place] ^ (1 << chance.randrange(8))])
            + packed[place + 1 :]
        )
        try:
            stream = wounded if kind == "tar" else Inflated(wounded, kind)
            for _, _, reader in members(stream):
                while reader.read(100):
                    pass
        except EvidenceError:
            pass


def test_a_bad_checksum_ends_the_tar_after_the_good_members() -> None:
    data = bytearray(tarred({"a": b"1" * 512, "b": b"2"}, tarfile.USTAR_FORMAT))
    data[1024 + 20] ^= 1
    found = members(io.BytesIO(bytes(data)))
    name, size, reader = next(found)
    assert (name, size, reader.read(1000)) == ("a", 512, b"1" * 512)
    with pytest.raises(EvidenceError, match="damaged") as caught:
        next(found)
    assert caught.value.offset == 1024


def test_a_member_left_unread_is_passed_over() -> None:
    found = members(io.BytesIO(tarred({"a": log(), "b": b"2"})))
    assert [name for name, _, _ in found] == ["a", "b"]


def test_a_giant_extended_header_is_refused() -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, limits.TAR_HEADER_BYTES + 1
    data = info.tobuf(tarfile.USTAR_FORMAT)
    with pytest.raises(EvidenceError, match="extended header"):
        next(members(io.BytesIO(data + bytes(2 << 20))))


def test_sparse_members_say_so() -> None:
    info = tarfile.TarInfo("a")
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 3
    data = info.tobuf(tarfile.GNU_FORMAT) + b"abc" + bytes(509) + tarred({"b": b"b"})
    readers = {name: reader for name, _, reader in members(io.BytesIO(data))}
    assert [*readers] == ["a", "b"]
    with pytest.raises(EvidenceError, match="sparse"):
        readers["a"].read(10)


def test_a_zip_and_a_tar_in_a_tar(tmp_path: Path) -> None:
    members = {
        "MAIL01.zip": zipped({"C/Windows/a": log()}),
        "MAIL02.tar.xz": lzma.compress(tarred({"C/Windows/a": b"2"})),
        "note.txt": b"note",
    }
    opened = Opened([written(tmp_path / "all.tar", tarred(members))])
    assert opened.is_whole
    assert opened.content == {
        ("MAIL01.zip", r"C:\Windows\a"): log(),
        ("MAIL02.tar.xz", r"C:\Windows\a"): b"2",
        ("", "note.txt"): b"note",
    }


@pytest.mark.parametrize("kind", ["bz2", "xz", "zst"])
def test_bomb(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EXPANSION_FLOOR_BYTES", 1 << 20)
    packed = PACKERS[kind](tarred({"a": bytes(24 << 20)}))
    assert len(packed) * limits.EXPANSION_RATIO < 24 << 20
    opened = Opened([written(tmp_path / "a.tar", packed)])
    assert "times its size" in str(opened.errors["a"])
    assert len(opened.the("a")) < 22 << 20


def test_too_many_files_in_a_tar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ARCHIVE_MEMBERS", 3)
    path = written(tmp_path / "a.tar", tarred({str(number): b"" for number in range(5)}))
    opened = Opened([path])
    assert len(opened.content) == 3
    assert "more than 3 files" in str(opened.broken[0])


@pytest.mark.parametrize("kind", [kind for kind in PACKERS if kind != "tar"])
def test_joined_streams_and_padding(kind: str) -> None:
    pack = PACKERS[kind]
    stream = Inflated(io.BytesIO(pack(b"one ") + pack(b"two") + bytes(8)), kind)
    assert stream.read(100) + stream.read(100) + stream.read(100) == b"one two"
    stream = Inflated(io.BytesIO(pack(b"one") + b"garbage at the end"), kind)
    assert stream.read(100) == b"one"
    with pytest.raises(EvidenceError):
        stream.read(100)


@pytest.mark.parametrize("kind", PACKERS)
def test_a_damaged_archive_given_by_itself(tmp_path: Path, kind: str) -> None:
    packed = bytearray(PACKERS[kind](tarred({"a": log()}, tarfile.USTAR_FORMAT)))
    packed = packed[:300] if kind == "tar" else packed[:8] + bytes(40)
    path = tmp_path / "a.tar"
    path.write_bytes(packed)
    with pytest.raises(UsageError, match=r"a\.tar is damaged .*copy it again"):
        discover([path])


def test_a_tar_without_files(tmp_path: Path) -> None:
    info = tarfile.TarInfo("C")
    info.type = tarfile.DIRTYPE
    path = written(tmp_path / "a.tar", info.tobuf(tarfile.USTAR_FORMAT) + bytes(1024))
    with pytest.raises(UsageError, match="holds no files"):
        discover([path])
