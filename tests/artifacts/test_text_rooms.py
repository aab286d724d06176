"""What holds for every text room: other data lines change nothing, noise does no harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterpatch import artifacts
from afterpatch.artifacts import (
    cmdletinfra,
    cosmosqueue,
    ecp,
    ews,
    exchangelog,
    httpproxy,
    iis,
    oabgenerator,
)
from afterpatch.artifacts.artifact import Artifact, Parser
from afterpatch.artifacts.registry import recognize
from afterpatch.limits import RECORD_BYTES
from afterpatch.model import Frame, Record

ROOMS = (iis, httpproxy, ecp, oabgenerator, cmdletinfra, ews, cosmosqueue)
ALL = tuple(a for room in (*ROOMS, exchangelog) for a in room.ARTIFACTS)
EXPECTED = [
    file
    for room in ROOMS
    for file in sorted(Path(str(room.__file__)).parent.glob("samples/*.expected.json"))
]
WORDS = [
    b"2024-05-06T10:00:01.120Z", b"2024-05-06 10:00:01", b"#Fields: ", b"#Version: 15.1.2.3",
    b"#Date: ", b"DateTime,", b"TimeStamp,", b",", b" ", b'"', b"'", b";", b";'S:CMD=", b"S:EX=",
    b"ServerInfo~", b"@", b"[", b"]", b":", b"/", b"?#", b"\n", b"\r", b"\0", b"\xef\xbb\xbf",
    b"\xff", b"{", b"[[", b'{""Parameters"":[{', b"-", b"date time cs-uri-stem", b"\xe2\x80\xa8",
]  # fmt: skip


def sample(file: Path) -> tuple[Artifact, str, list[Frame]]:
    path = json.loads(file.read_text(encoding="utf-8"))["path"]
    stem = file.name.removesuffix(".expected.json")
    (found,) = (f for f in file.parent.glob(f"{stem}.*") if f.suffix != ".json")
    data = found.read_bytes()
    artifact = recognize(path, data)
    assert artifact
    frames, at = [], 0
    for number, line in enumerate(data.split(b"\n"), start=1):
        frames.append(Frame(line, at, number))
        at += len(line) + 1
    return artifact, path, frames


def fed(parser: Parser, frames: list[Frame]) -> dict[int, list[Record] | None]:
    records: dict[int, list[Record] | None] = {}
    for frame in frames:
        try:
            records[frame.offset] = list(parser.feed(frame))
        except ValueError:
            records[frame.offset] = None
    return records


@pytest.mark.parametrize("file", EXPECTED, ids=lambda f: f"{f.parts[-3]}/{f.stem}")
@settings(max_examples=15, deadline=None)
@given(seed=st.randoms(use_true_random=False))
def test_any_subset_of_data_lines_gives_the_same_records(file: Path, seed: object) -> None:
    artifact, path, frames = sample(file)
    whole = fed(artifact.parser(path), frames)
    choose = seed.random  # type: ignore[attr-defined]
    some = [
        frame
        for frame in frames
        if any(anchor in frame.data for anchor in artifact.anchors) or choose() < 0.5
    ]
    assert fed(artifact.parser(path), some) == {f.offset: whole[f.offset] for f in some}


@pytest.mark.parametrize("artifact", ALL, ids=lambda a: f"{a.name}-{a.family}")
@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(
        st.one_of(st.binary(max_size=60), st.lists(st.sampled_from(WORDS)).map(b"".join)),
        max_size=6,
    )
)
def test_noise_is_refused_with_a_value_error(artifact: Artifact, lines: list[bytes]) -> None:
    parser = artifact.parser("C:\\x.log")
    for number, line in enumerate(lines, start=1):
        parser.when(line)
        artifact.recognize("c:\\inetpub\\w3svc1\\x.log", line)
        try:
            records = list(parser.feed(Frame(line, 0, number)))
        except ValueError:
            continue
        list(parser.sightings(None))
        for record in records:
            list(parser.sightings(record))
            assert record.when and len(record.when) == 24
            assert "" not in record.fields
            assert all(record.fields) and record.raw


@pytest.mark.parametrize("file", EXPECTED, ids=lambda f: f"{f.parts[-3]}/{f.stem}")
def test_every_cut_is_survived(file: Path) -> None:
    artifact, path, frames = sample(file)
    for frame in frames[-3:]:
        parser = artifact.parser(path)
        fed(parser, frames[:6])
        for cut in range(0, len(frame.data), 7):
            fed(parser, [Frame(frame.data[:cut], 0, 1), Frame(frame.data[cut:], 0, 1)])


@pytest.mark.parametrize("artifact", ALL, ids=lambda a: f"{a.name}-{a.family}")
@pytest.mark.parametrize(
    "unit", [b",", b'"', b'""', b',"",', b";'S:", b";'S:a''", b"' '", b"[", b'{""a"":', b" ", b"@"]
)
def test_a_long_line_is_read_in_one_go(artifact: Artifact, unit: bytes) -> None:
    start = b"2024-05-06T10:00:01.120Z,MAIL01,ECP.Request,ServerInfo~,"
    if artifact.framing == "line":
        start = b"2024-05-06 10:00:01 "
    line = start + unit * (RECORD_BYTES // 4 // len(unit))
    (record,) = artifact.parser("").feed(Frame(line, 0, 1))
    assert record.when == "2024-05-06T10:00:01.120Z" or artifact.framing == "line"


def test_rooms_lie_beside_each_other() -> None:
    here = Path(artifacts.__file__).parent
    assert {Path(str(room.__file__)).parent.parent for room in ROOMS} == {here}
