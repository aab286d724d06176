"""However a file is cut into blocks, its records come out whole and with their own numbers."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from afterpatch.model import Candidate, Frame
from afterpatch.sweep import frames
from afterpatch.sweep.frames import ROW_START, Block
from afterpatch.sweep.needles import Pattern
from afterpatch.sweep.reference import ReferenceEngine

ENGINE = ReferenceEngine([Pattern(b"needle"), Pattern(b"dle"), Pattern(b"other", b"", b"x")])


class Pieces:
    """Hands out a file in the sizes asked for, or in smaller ones."""

    def __init__(self, data: bytes, most: int = 1 << 30) -> None:
        self._data = data
        self._most = most
        self.asked = 0

    def read(self, size: int) -> bytes:
        self.asked += 1
        size = min(size, self._most)
        piece, self._data = self._data[:size], self._data[size:]
        return piece


def blocks(data: bytes, framing: str, window: int, record: int = 1 << 20) -> list[Block]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "WINDOW_BYTES", window)
        patch.setattr(frames, "RECORD_BYTES", record)
        return list(frames.line_blocks(Pieces(data).read, rows=framing == "row"))


def every_frame(cut: list[Block], framing: str) -> list[Frame]:
    return [frame for block in cut for frame in frames.all_frames(block, framing)]


def every_candidate(cut: list[Block], framing: str) -> list[Candidate]:
    return [c for block in cut for c in frames.candidates(block, framing, ENGINE)]


def plain_lines(data: bytes) -> Iterator[Frame]:
    """The obvious twin: lines with their offsets and numbers, without the empty ones."""
    offset = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        if line:
            yield Frame(line, offset, number)
        offset += len(line) + 1


def plain_rows(data: bytes) -> Iterator[Frame]:
    """Rows begin where a line looks like a row's start; the lines up to the next belong to it."""
    lines = data.removesuffix(b"\n").split(b"\n")
    starts = [i for i, line in enumerate(lines) if i == 0 or ROW_START.match(line)]
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        row = b"\n".join(lines[start:stop])
        if row:
            yield Frame(row, sum(len(line) + 1 for line in lines[:start]), start + 1)


PLAIN = {"line": plain_lines, "row": plain_rows}
DATA = st.lists(
    st.sampled_from(
        [
            b"2021-03-01T06:21:10.100Z,a",
            b'"2021-03-01T06:21:10.100Z",b',
            b"#Fields: a",
            b"DateTime,a",
            b"needle",
            b"nee",
            b"dle",
            b"other",
            b'"a\nb"',
            b"\n",
            b"\r\n",
            b"\n\n",
            b"\0",
            b"\0\0#",
            b"\xff" * 9,
            b"x" * 40,
        ]
    ),
    max_size=40,
).map(b"".join)


@pytest.mark.parametrize("framing", ["line", "row"])
@settings(deadline=None, max_examples=200)
@given(data=DATA, window=st.integers(1, 120))
def test_the_frames_of_any_blocks_are_those_of_the_whole(
    framing: str, data: bytes, window: int
) -> None:
    cut = blocks(data, framing, window)
    whole = list(PLAIN[framing](data))
    assert every_frame(cut, framing) == whole
    assert b"".join(b.data for b in cut).removesuffix(b"\n") == data.removesuffix(b"\n")
    held = [(f, ENGINE.scan(f.data + b"\n")) for f in whole]
    assert every_candidate(cut, framing) == [
        Candidate(frame, frozenset(index for _, index in hits)) for frame, hits in held if hits
    ]


@settings(deadline=None, max_examples=60)
@given(
    pieces=st.lists(
        st.sampled_from([b"needle", b"\0" * 30_000, b"\n" * 35_536, b"x"]), max_size=12
    ),
    window=st.sampled_from([1000, 65_536, 100_000, 1 << 20]),
)
def test_the_chunks_of_any_blocks_are_those_of_the_whole(pieces: list[bytes], window: int) -> None:
    data = b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "WINDOW_BYTES", window)
        cut = list(frames.chunk_blocks(Pieces(data).read, 4096))
    size = frames.CHUNK
    whole = [Frame(data[i : i + size], 4096 + i, None) for i in range(0, len(data), size)]
    assert every_frame(cut, "chunk") == whole
    assert {c.frame.offset for c in every_candidate(cut, "chunk")} >= {
        f.offset for f in whole if b"needle" in f.data
    }


def test_a_hit_belongs_to_the_row_that_holds_it() -> None:
    data = (
        b"#Fields: DateTime,a\n"
        b'2021-03-01T06:21:10.100Z,"one\n\nneedle\n"\n'
        b"2021-03-01T06:21:11.100Z,two\n"
        b'2021-03-01T06:21:12.100Z,"th\nree",needle'
    )
    for window in (*range(1, 200, 7), 1 << 20):
        found = every_candidate(blocks(data, "row", window), "row")
        assert [(c.frame.line, c.frame.offset) for c in found] == [
            (2, 20),
            (7, data.index(b"2021-03-01T06:21:12")),
        ]
        assert found[0].frame.data == b'2021-03-01T06:21:10.100Z,"one\n\nneedle\n"'
        assert found[1].frame.data.endswith(b',"th\nree",needle')


def test_a_row_behind_the_nuls_of_a_power_failure_is_a_row_of_its_own() -> None:
    row = b"2021-03-01T06:21:10.100Z,a"
    data = row + b"\n" + bytes(300) + row + b"\n" + bytes(50)
    for window in (20, 100, 1 << 20):
        found = every_frame(blocks(data, "row", window), "row")
        assert [f.data.strip(b"\0\n") for f in found] == [row, row]


@pytest.mark.parametrize("framing", ["line", "row"])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_the_end_of_a_file_is_no_record(framing: str, end: bytes) -> None:
    data = b"2021-03-01T06:21:10.100Z,a\n2021-03-01T06:21:11.100Z,other" + end
    for window in (8, 27, 1 << 20):
        found = every_frame(blocks(data, framing, window), framing)
        assert [f.data.rstrip(b"\r") for f in found] == data.split()
        # A pattern that looks at the byte behind it finds one at the end of a cut file too.
        assert len(every_candidate(blocks(data, framing, window), framing)) == 1


@pytest.mark.parametrize("framing", ["line", "row"])
def test_a_record_that_is_too_long_is_cut_into_pieces_that_overlap(framing: str) -> None:
    row = b"2021-03-01T06:21:10.100Z,"
    for at in range(0, 5200, 37):
        long = b"y" * at + b"needle" + b"z" * (5200 - at)
        data = row + b"first\n" + row + long + b"\n" + row + b"needle\n"
        cut = blocks(data, framing, 700, 1000)
        assert max(len(b.data) for b in cut) <= 2700
        found = every_candidate(cut, framing)
        assert all(data[c.frame.offset :].startswith(c.frame.data) for c in found)
        assert found[-1].frame == Frame(row + b"needle", data.rindex(row), 3)
        assert {c.frame.line for c in found[:-1]} == {2}, at
        assert any(b"needle" in c.frame.data for c in found[:-1])


# ---------------------------------------------------------------- hostile files

KIB_64 = 1 << 16


@pytest.mark.parametrize("framing", ["line", "row"])
@pytest.mark.parametrize(
    "piece",
    [b"\n", b'"', b'"\n', b"\r", b"\0", b"2021-", b"#", b"needle\n", b'"needle\n', b"\n#\n"],
)
def test_work_on_hostile_bytes_grows_with_their_number(
    monkeypatch: pytest.MonkeyPatch, framing: str, piece: bytes
) -> None:
    """Blocks hold every byte once or twice, and each is scanned once for its records' ends."""
    data = piece * (KIB_64 // len(piece))
    monkeypatch.setattr(frames, "WINDOW_BYTES", 4096)
    monkeypatch.setattr(frames, "RECORD_BYTES", 4096)
    monkeypatch.setattr(frames, "ROW_LINES", 100)
    source = Pieces(data)
    cut = list(frames.line_blocks(source.read, rows=framing == "row"))
    assert source.asked <= len(data) / 4096 + 2
    assert len(cut) <= 2 * len(data) / 4096 + 2
    assert sum(len(b.data) for b in cut) <= 1.2 * len(data) + 4096

    looked = Looked()
    monkeypatch.setitem(frames.BOUNDS, framing, looked.at(frames.BOUNDS[framing]))
    found = every_candidate(cut, framing)
    once = looked.bytes
    assert once <= 2 * sum(len(b.data) for b in cut)
    assert bool(found) == (b"needle" in piece)
    every_frame(cut, framing)
    assert looked.bytes - once <= 2 * sum(len(b.data) for b in cut)


class Looked:
    """Counts the bytes of the records that were bounded."""

    def __init__(self) -> None:
        self.bytes = 0

    def at(self, bounds):  # type: ignore[no-untyped-def]
        def counted(data: bytes, end: int) -> tuple[int, int]:
            start, stop = bounds(data, end)
            self.bytes += stop - start + 1
            return start, stop

        return counted


def test_the_search_for_the_last_row_looks_at_so_many_lines_only() -> None:
    class Counted(bytes):
        calls = 0

        def rfind(self, *args: object) -> int:  # type: ignore[override]
            Counted.calls += 1
            return super().rfind(*args)  # type: ignore[arg-type]

    assert frames._last_row(Counted(b"\n" * (1 << 20))) == 0
    assert Counted.calls == frames.ROW_LINES
