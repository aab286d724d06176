"""Zip members: every method, every wound."""

from __future__ import annotations

import gzip
import io
import random
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from packages import Opened, log, tarred, with_central, with_flag, written, zipped

from afterpatch import limits
from afterpatch.errors import EvidenceError, UsageError
from afterpatch.evidence.archive_zip import MemberReader, directory
from afterpatch.evidence.source import discover

NAME = "C/inetpub/logs/LogFiles/W3SVC1/u_ex240506.log"
PATH = r"C:\inetpub\logs\LogFiles\W3SVC1\u_ex240506.log"


@pytest.mark.parametrize(
    "method",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
)
@pytest.mark.parametrize("read_size", [1000, 1 << 20])
def test_methods(tmp_path: Path, method: int, read_size: int) -> None:
    data = log(20_000)
    path = written(tmp_path / "case.zip", zipped({NAME: data, "C/Windows/empty": b""}, method))
    opened = Opened([path], read_size)
    assert opened.is_whole
    assert opened.content == {("", PATH): data, ("", r"C:\Windows\empty"): b""}
    assert {unit.container for unit in opened.units} == {"zip"}
    assert opened.evidence[0].evidence == "case.zip"
    assert {evidence.size for evidence in opened.evidence} == {len(data), 0}
    assert opened.evidence[0].locator.source == str(path)
    assert {evidence.locator.member for evidence in opened.evidence} == {NAME, "C/Windows/empty"}


class Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError("stream")


def test_zip64_and_data_descriptors(tmp_path: Path) -> None:
    data = log()
    streamed, wide = Unseekable(), io.BytesIO()
    with zipfile.ZipFile(streamed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NAME, data)
    with (
        zipfile.ZipFile(wide, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(NAME, "w", force_zip64=True) as member,
    ):
        member.write(data)
    for number, buffer in enumerate((streamed, wide)):
        opened = Opened([written(tmp_path / f"{number}.zip", buffer.getvalue())])
        assert opened.is_whole
        assert opened.the(PATH) == data


def test_zip64_sizes_come_from_the_extra_field(tmp_path: Path) -> None:
    data = log()
    plain = zipped({NAME: data})
    entry = plain.index(b"PK\x01\x02")
    packed, size = struct.unpack_from("<2L", plain, entry + 20)
    end = plain.index(b"PK\x05\x06")
    extra = struct.pack("<2H2Q", 1, 16, size, packed)
    central = bytearray(plain[entry:end] + extra)
    struct.pack_into("<2L", central, 20, 0xFFFFFFFF, 0xFFFFFFFF)
    struct.pack_into("<H", central, 30, len(extra))
    tail = bytearray(plain[end:])
    struct.pack_into("<L", tail, 12, len(central))
    path = written(tmp_path / "a.zip", plain[:entry] + bytes(central) + bytes(tail))
    assert Opened([path]).the(PATH) == data


def test_more_than_65535_members(tmp_path: Path) -> None:
    header = struct.Struct("<4s5H3L2H")
    central = struct.Struct("<4s4B4H3L5H2L")
    body, entries = bytearray(), bytearray()
    for number in range(66_000):
        name = b"C/Windows/%05x" % number
        place = len(body)
        body += header.pack(b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0) + name
        entries += central.pack(
            b"PK\x01\x02", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, len(name), 0, 0, 0, 0, 0, place
        ) + name  # fmt: skip
    start, end = len(body), len(body) + len(entries)
    ends = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 66_000, 66_000, len(entries), start
    )
    ends += struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    ends += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    data = bytes(body + entries) + ends
    assert len(zipfile.ZipFile(io.BytesIO(data)).infolist()) == 66_000
    units, problems = discover([written(tmp_path / "many.zip", data)])
    assert (len(units), problems) == (66_000, [])
    assert units == sorted(units)


@pytest.mark.parametrize("extra", [b"MZ" + bytes(500), b""])
@pytest.mark.parametrize("comment", [b"", b"PK\x05\x06 is no end " + bytes(40)])
def test_bytes_before_and_after(extra: bytes, comment: bytes) -> None:
    data = zipped({NAME: b"text"})
    data = data[:-2] + struct.pack("<H", len(comment)) + comment
    file = io.BytesIO(extra + data)
    assert MemberReader(file, directory(file)[NAME]).read(100) == b"text"


def test_a_zip_padded_to_the_end_of_its_cluster_is_read() -> None:
    file = io.BytesIO(zipped({NAME: b"text"}) + bytes(3000))
    assert MemberReader(file, directory(file)[NAME]).read(100) == b"text"


def test_names_are_labels(tmp_path: Path) -> None:
    names = [
        "../../../tmp/evil",
        "/etc/passwd",
        "C:/Windows/a",
        "C/Windows/a\x1b]0;x\x07b",
        "x ! y",
    ]
    outside = sorted(tmp_path.parent.iterdir())
    opened = Opened([written(tmp_path / "case.zip", zipped(dict.fromkeys(names, b"x")))])
    assert opened.is_whole
    assert sorted(opened.paths) == sorted(
        [r"%2E%2E\%2E%2E\%2E%2E\tmp\evil", r"etc\passwd", r"C:\Windows\a",
         "C:\\Windows\\a\x1b]0;x\x07b", "x ! y"]
    )  # fmt: skip
    assert sorted(tmp_path.parent.iterdir()) == outside
    assert [path.name for path in tmp_path.iterdir()] == ["case.zip"]


def test_a_nul_in_a_name_is_kept() -> None:
    data = zipped({"C/Windows/shell_aspx": b"x"}).replace(b"shell_aspx", b"shell\0aspx")
    assert [*directory(io.BytesIO(data))] == ["C/Windows/shell\0aspx"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_all_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for text in ("first", "second", "third"):
            archive.writestr(NAME, text)
        archive.writestr(f"{NAME} (2)", "other")
    units, _ = discover([written(tmp_path / "case.zip", buffer.getvalue())])
    assert len({unit.locator for unit in units}) == 4
    opened = Opened([tmp_path / "case.zip"])
    assert opened.is_whole
    assert [evidence.path for evidence in opened.evidence].count(PATH) == 3


def test_other_code_pages() -> None:
    data = zipped({"C/Windows/a": b""})
    assert [*directory(io.BytesIO(data.replace(b"ows/a", b"ows/\x84")))] == ["C/Windows/ä"]
    marked = with_flag(data, 0x800)
    assert [*directory(io.BytesIO(marked.replace(b"ows/a", b"ows/\xff")))] == ["C/Windows/\xa0"]


# ---------------------------------------------------------------- wounds


def test_cut_off(tmp_path: Path) -> None:
    path = written(tmp_path / "case.zip", zipped({NAME: log()})[:-30])
    with pytest.raises(UsageError, match=r"case\.zip is damaged .*copy it again"):
        discover([path])


def test_cut_at_every_byte_costs_a_clear_sentence(tmp_path: Path) -> None:
    data = zipped({NAME: b"some text", "C/Windows/b": b"more"})
    path = tmp_path / "case.zip"
    for length in range(4, len(data) - 1):
        path.write_bytes(data[:length])
        with pytest.raises(UsageError, match="damaged"):
            discover([path])


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_flipped_bytes_are_noticed(method: int) -> None:
    data = zipped({NAME: log(200)}, method)
    chance = random.Random(7)
    start, end = 30 + len(NAME), data.index(b"PK\x01\x02")
    for _ in range(60):
        place = chance.randrange(start, end)
        wounded = io.BytesIO(data[:place] + bytes([data[place] ^ 0x21]) + data[place + 1 :])
        reader = MemberReader(wounded, directory(wounded)[NAME])
        with pytest.raises(EvidenceError) as caught:
            while reader.read(1000):
                pass
        assert caught.value.offset is not None


def test_any_changed_byte_raises_nothing_else() -> None:
    data = zipped({NAME: b"text " * 9, "C/Windows/b": b"more"}, zipfile.ZIP_LZMA)
    for place in range(len(data)):
        for change in (0x01, 0x80, 0xFF):
            file = io.BytesIO(data[:place] + bytes([data[place] ^ change]) + data[place + 1 :])
            try:
                for member in directory(file).values():
                    reader = MemberReader(file, member)
                    while reader.read(1 << 16):
                        pass
            except EvidenceError:
                pass


def test_wrong_crc(tmp_path: Path) -> None:
    data = log()
    path = written(tmp_path / "case.zip", with_central(zipped({NAME: data}), 16, b"\1\2\3\4"))
    opened = Opened([path])
    assert opened.the(PATH) == data
    assert "CRC-32" in str(opened.errors[PATH])
    assert opened.errors[PATH].offset == len(data)


@pytest.mark.parametrize(("size", "message"), [(10, "longer than"), (10**6, "ends after")])
def test_wrong_size(tmp_path: Path, size: int, message: str) -> None:
    wounded = with_central(zipped({NAME: log()}), 24, struct.pack("<L", size))
    assert message in str(Opened([written(tmp_path / "case.zip", wounded)]).errors[PATH])


@pytest.mark.parametrize(("method", "name"), [(9, "Deflate64"), (99, "AES"), (77, "unknown")])
def test_methods_that_cannot_be_read_are_named(tmp_path: Path, method: int, name: str) -> None:
    wounded = with_central(zipped({NAME: log()}), 10, struct.pack("<H", method))
    opened = Opened([written(tmp_path / "case.zip", wounded)])
    assert name in str(opened.errors[PATH])


def test_one_bad_member_costs_only_itself(tmp_path: Path) -> None:
    data = bytearray(zipped({NAME: log(), "C/Windows/good": b"good"}))
    data[200:220] = bytes(20)
    opened = Opened([written(tmp_path / "case.zip", bytes(data))])
    assert [*opened.errors] == [PATH]
    assert opened.the(r"C:\Windows\good") == b"good"


def test_encrypted(tmp_path: Path) -> None:
    locked = with_flag(zipped({NAME: log()}), 1)
    alone = written(tmp_path / "locked.zip", locked)
    with pytest.raises(UsageError, match=r"locked\.zip is encrypted: .*give the folder"):
        discover([alone])
    with pytest.raises(UsageError, match=r"Nothing in .*encrypted"):
        discover([tmp_path])
    written(tmp_path / "note.txt", b"x")
    units, problems = discover([tmp_path])
    assert [unit.locator.member for unit in units] == ["note.txt"]
    assert [(problem.what, problem.stage) for problem in problems] == [("locked.zip", "open")]


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    """After D. Fifield, "A better zip bomb" (2019): many entries, one kernel."""
    kernel = zlib.compress(bytes(1 << 20))[2:-4]
    header = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(kernel), 1 << 20, 1, 0
    ) + b"x"  # fmt: skip
    entries = b""
    for number in range(50):
        entries += struct.pack(
            "<4s4B4H3L5H2L", b"PK\x01\x02", 20, 0, 20, 0, 0, 8, 0, 0, zlib.crc32(bytes(1 << 20)),
            len(kernel), 1 << 20, 2, 0, 0, 0, 0, 0, 0,
        ) + b"%02d" % number  # fmt: skip
    body = header + kernel
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 50, 50, len(entries), len(body), 0)
    units, problems = discover([written(tmp_path / "bomb.zip", body + entries + end)])
    assert (len(units), len(problems)) == (1, 49)
    assert "runs into another member" in problems[0].why


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ARCHIVE_MEMBERS", 3)
    path = written(tmp_path / "case.zip", zipped({f"C/Windows/{n}": b"" for n in range(4)}))
    with pytest.raises(UsageError, match="more than 3 files"):
        discover([path])


def test_empty(tmp_path: Path) -> None:
    for number, members in enumerate(({}, {"C/": b""})):
        with pytest.raises(UsageError, match="holds no files"):
            discover([written(tmp_path / f"{number}.zip", zipped(members))])


# ---------------------------------------------------------------- archives within


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("spool", [100, 1 << 20])
def test_zip_in_zip_in_zip(
    tmp_path: Path, method: int, spool: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SPOOL_BYTES", spool)
    data = log()
    inner = zipped({"HttpProxy_2024050610-1.LOG": data, "sub/b.LOG": b"b"})
    outer = zipped({"OWA_Proxy_Logs.zip": inner, "ECP_Logs-1104.zip": inner}, method)
    opened = Opened([written(tmp_path / "fleet.zip", zipped({"MAIL01-1104.zip": outer}, method))])
    assert opened.is_whole
    assert [unit.container for unit in opened.units] == ["nested"]
    assert opened.content == {
        ("MAIL01-1104.zip", rf"{folder}\{name}"): content
        for folder in ("OWA_Proxy_Logs", "ECP_Logs")
        for name, content in (("HttpProxy_2024050610-1.LOG", data), (r"sub\b.LOG", b"b"))
    }
    assert opened.evidence[0].locator.member == (
        "MAIL01-1104.zip ! OWA_Proxy_Logs.zip ! HttpProxy_2024050610-1.LOG"
    )


def test_nested_too_deep(tmp_path: Path) -> None:
    data = zipped({"x.log": b"x"})
    for _ in range(limits.ARCHIVE_DEPTH):
        data = zipped({"a.zip": data, "beside.log": b"good"})
    opened = Opened([written(tmp_path / "deep.zip", data)])
    assert [str(error) for error in opened.errors.values()] == [
        "lies in archives within archives, more than 4 deep: not opened"
    ]
    assert [*opened.content.values()].count(b"good") == limits.ARCHIVE_DEPTH


def test_a_damaged_nested_archive_costs_only_itself(tmp_path: Path) -> None:
    inner = zipped({"a.log": log()})
    members = {"one.zip": inner[:-25], "two.zip": inner, "three.zip": with_flag(inner, 1)}
    opened = Opened([written(tmp_path / "case.zip", zipped(members))])
    assert opened.content["two.zip", "a.log"] == log()
    assert sorted(opened.errors) == ["one.zip", "three.zip"]


def test_only_names_of_archives_are_opened_within(tmp_path: Path) -> None:
    inner = zipped({"word/document.xml": b"x"})
    members = {"a.docx": inner, "b.jar": inner, "c.zip": b"no archive", "d.ZIP": inner}
    opened = Opened([written(tmp_path / "case.zip", zipped(members))])
    assert opened.is_whole
    assert sorted(opened.paths) == ["a.docx", "b.jar", "c.zip", r"word\document.xml"]


def test_a_bomb_of_zips_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EXPANSION_FLOOR_BYTES", 1 << 16)
    monkeypatch.setattr(limits, "EXPANSION_RATIO", 100)
    layer = zipped({f"{number}.log": bytes(1 << 18) for number in range(8)})
    layer = zipped({f"{number}.zip": layer for number in range(8)})
    opened = Opened([written(tmp_path / "bomb.zip", zipped({"a.zip": layer}))])
    assert any("times its size" in str(error) for error in opened.broken)
    assert sum(map(len, opened.content.values())) < 100 * (tmp_path / "bomb.zip").stat().st_size


def test_a_nested_zip_has_a_ceiling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NESTED_ARCHIVE_BYTES", 100)
    inner = zipped({"a.log": random.Random(1).randbytes(500)})
    opened = Opened([written(tmp_path / "case.zip", zipped({"a.zip": inner, "b.log": b"b"}))])
    assert "larger than 100 bytes" in str(opened.errors["a.zip"])
    assert opened.the("b.log") == b"b"


def test_a_tar_and_a_rotated_log_in_a_zip(tmp_path: Path) -> None:
    data = log()
    members = {
        "MAIL01.tar.gz": gzip.compress(tarred({"C/Windows/a": data}), mtime=0),
        "C/inetpub/u_ex.log.gz": gzip.compress(data, mtime=0),
    }
    opened = Opened([written(tmp_path / "case.zip", zipped(members))])
    assert opened.is_whole
    assert opened.content == {
        ("", r"C:\inetpub\u_ex.log"): data,
        ("MAIL01.tar.gz", r"C:\Windows\a"): data,
    }
