"""Event logs: chunks built here, and the logs of the shared evidence where it is present."""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from afterpatch.artifacts.evtx import (
    ARTIFACTS,
    CHUNK_BYTES,
    ChunkSpan,
    EvtxParser,
    FileHeader,
    chunk_span,
    file_header,
)
from afterpatch.artifacts.registry import recognize
from afterpatch.model import Frame, Record, Stretch
from event_chunks import NOON, Chunk, event, log, named, unnamed

SHARED = Path(__file__).parents[3] / "shared/evidence"


def feed(chunk: bytes, offset: int = 4096) -> list[Record]:
    return EvtxParser("C:\\x.evtx").feed(Frame(chunk, offset))


def test_positions_of_unnamed_data_are_kept() -> None:
    parts = (
        "Set-Mailbox",
        '-Identity "<a>"',
        "example.org/Admins/b",
        "S-1-5-18",
        "",
        "",
        "EMC",
        "",
    )
    data = [*unnamed(*parts), ("Binary", {}, "")]
    (record,) = feed(Chunk().add(event("MSExchange Management", "6", data)).bytes())
    assert record.fields == {
        "Channel": "MSExchange Management",
        "Provider_Name": "Some Provider",
        "EventID": "6",
        "Computer": "mail01.example.org",
        "EventRecordID": "7",
        "Level": "4",
        "Data": parts,
        "Cmdlet": "Set-Mailbox",
        "Parameters": '-Identity "<a>"',
        "Param.identity": "<a>",
        "Account": "example.org/Admins/b",
        "AccountClass": "system",
        "Session": "EMC",
        "Succeeded": "false",
    }
    assert record.when == "2021-03-03T12:00:00.123Z"
    assert (record.offset, record.line, record.damage) == (4096 + 512, None, ())
    assert json.loads(record.raw)["Event"]["System"]["Level"] == "4"


def test_named_data_and_names_of_process_creation() -> None:
    data = named(
        SubjectUserName="MAIL01$",
        SubjectDomainName="EXAMPLE",
        NewProcessName="C:\\Windows\\System32\\cmd.exe",
        ParentProcessName="C:\\Windows\\System32\\inetsrv\\w3wp.exe",
        CommandLine="cmd /c ver",
    )
    (record,) = feed(Chunk().add(event("Security", "4688", data)).bytes())
    wanted = {
        "Image": "C:\\Windows\\System32\\cmd.exe",
        "ParentImage": "C:\\Windows\\System32\\inetsrv\\w3wp.exe",
        "CommandLine": "cmd /c ver",
        "User": "EXAMPLE\\MAIL01$",
    }
    assert record.fields.items() >= wanted.items()
    (sighting,) = EvtxParser("").sightings(record)
    assert (sighting.kind, sighting.value) == ("host", "MAIL01")
    assert sighting.basis == "event Computer"


def test_data_can_claim_neither_channel_nor_id_and_twins_are_kept() -> None:
    data = [*named(Channel="Security", EventID="1102"), *named(Image="a"), *named(Image="b")]
    (record,) = feed(Chunk().add(event("System", "104", data)).bytes())
    assert record.fields["Channel"] == "System"
    assert record.fields["EventID"] == "104"
    assert record.fields["Data_Channel"] == "Security"
    assert record.fields["Data_EventID"] == "1102"
    assert record.fields["Image"] == ("a", "b")


def test_time_of_1601_gives_way_to_the_header() -> None:
    built = Chunk().add(event("System", "1", [], time="1601-01-01T00:00:00Z"))
    (record,) = feed(built.bytes())
    assert record.when == "2021-03-03T12:00:00.000Z"
    assert record.damage == ("time before 1970 ignored", "time of the record's header")
    (record,) = feed(Chunk().add(event("System", "1", [], "1601-01-01T00:00:00Z"), ticks=0).bytes())
    assert record.when is None


def three() -> Chunk:
    chunk = Chunk()
    for number in range(3):
        chunk.add(event("System", str(number), unnamed(str(number))), NOON + number * 10**9)
    return chunk


def starts(chunk: bytes) -> list[int]:
    return [at for at in range(512, CHUNK_BYTES) if chunk[at : at + 4] == b"**\0\0"]


def test_span_and_when_without_the_decoder() -> None:
    chunk = three().bytes()
    noon, later = "2021-03-03T12:00:00.000Z", "2021-03-03T12:03:20.000Z"
    span = ChunkSpan(noon, later, 3, (Stretch(1, 3, noon, later),))
    assert chunk_span(chunk) == span
    assert EvtxParser("").when(chunk) == "2021-03-03T12:00:00.000Z"
    # A header that lies about the free space hides nothing that goes on with the numbering.
    for free in (0, 512, 600, 0xFFFFFFFF):
        assert chunk_span(three().bytes(free)) == span
        assert len(feed(three().bytes(free))) == 3
    hostile = bytearray(chunk)
    for at in starts(chunk):
        struct.pack_into("<Q", hostile, at + 16, 0 if at == 512 else 2**64 - 1)
    assert chunk_span(bytes(hostile)) == ChunkSpan(None, None, 3, (Stretch(1, 3, None, None),))


def test_remains_of_former_use_are_no_records() -> None:
    chunk = Chunk()
    for number in (7, 8, 3):
        chunk.add(event("System", "1", []), number=number)
    free = starts(chunk.bytes())[2]
    assert chunk_span(chunk.bytes(free)).records == 2
    assert [r.length for r in feed(chunk.bytes(free))] == [r.length for r in feed(chunk.bytes())][
        :2
    ]


@pytest.mark.parametrize("broken", [0, 1, 2])
@pytest.mark.parametrize("wound", [b"XX\0\0", b"**\0\0\0\0\0\0", b"**\0\0\xff\xff\xff\xff"])
def test_a_broken_record_costs_itself(broken: int, wound: bytes) -> None:
    chunk = bytearray(three().bytes())
    at = starts(bytes(chunk))[broken]
    chunk[at : at + len(wound)] = wound
    parser = EvtxParser("")
    records = parser.feed(Frame(bytes(chunk), 0))
    assert [r.fields["EventID"] for r in records] == [str(n) for n in range(3) if n != broken]
    assert [r.offset for r in records] == [a for a in starts(three().bytes()) if a != at]
    assert parser.damage_count == 1
    assert chunk_span(bytes(chunk)).records == 2


def test_damaged_tables_cost_nothing() -> None:
    chunk = bytearray(three().bytes())
    chunk[128:512] = b"\xfe" * 384
    assert len(feed(bytes(chunk))) == 3


def test_a_torn_chunk_gives_what_is_whole() -> None:
    whole = three().bytes()
    parser = EvtxParser("")
    (record,) = parser.feed(Frame(whole[: starts(whole)[1] + 100], 0))
    assert record.damage == ("chunk cut short",)
    assert parser.damage_count == 1


@pytest.mark.parametrize(
    "chunk",
    [b"", b"ElfFile\0", bytes(CHUNK_BYTES), b"ElfChnk\0", b"ElfChnk\0" + b"\xff" * 65528],
    ids=["empty", "file header", "zeros", "magic alone", "ones"],
)
def test_no_chunk(chunk: bytes) -> None:
    assert chunk_span(chunk) == ChunkSpan(unreadable=bool(chunk.strip(b"\0")))
    assert EvtxParser("").when(chunk) is None
    try:
        assert feed(chunk) == []
    except ValueError as error:
        assert str(error)


def test_a_chunk_without_records_yet_is_no_damage() -> None:
    empty = bytearray(CHUNK_BYTES)
    empty[:8] = b"ElfChnk\0"
    struct.pack_into("<QQQQIII", empty, 8, 1, 2**64 - 1, 1, 2**64 - 1, 128, 0, 512)
    assert chunk_span(bytes(empty)) == ChunkSpan()
    struct.pack_into("<I", empty, 48, 4_000)
    assert chunk_span(bytes(empty)) == ChunkSpan(unreadable=True)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (log(counted=7, next_record=44, flags=1), FileHeader(7, 44, True)),
        (log(counted=7, next_record=44), FileHeader(7, 44, False)),
        (log(counted=7)[:127], None),
        (bytes(4096), None),
    ],
)
def test_header_of_a_file(data: bytes, expected: FileHeader | None) -> None:
    assert file_header(data) == expected


def test_recognized_by_content() -> None:
    (artifact,) = ARTIFACTS
    assert artifact.framing == "chunk"
    for head in (b"ElfFile\0" + bytes(100), b"ElfChnk\0" + bytes(100)):
        found = recognize("c:\\evidence\\renamed.bin", head)
        assert found and found.name == "evtx"
    assert not artifact.recognize("c:\\x.evtx", b"MZ")


# ---------------------------------------------------------------- in a child that can be killed

CHILD = """
import json, sys
from pathlib import Path
from afterpatch.artifacts.evtx import EvtxParser, chunk_span
from afterpatch.model import Frame
for name in sys.argv[1:]:
    data, parser = Path(name).read_bytes(), EvtxParser(name)
    good = spans = bad = 0
    for at in range(4096, len(data), 65536):
        chunk = data[at : at + 65536]
        if chunk[:8] == bytes(8):
            continue
        spans += chunk_span(chunk).records
        try:
            records = parser.feed(Frame(chunk, at))
        except ValueError:
            bad += 1
            continue
        good += len(records)
        assert all(data[r.offset : r.offset + 4] == b"**\\0\\0" for r in records)
    print(json.dumps([Path(name).name, good, parser.damage_count, bad, spans]), flush=True)
"""


@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared evidence here")
def test_real_logs_are_read_whole() -> None:
    truth = json.loads((SHARED / "evtx/ground_truth.json").read_text(encoding="utf-8"))
    files = [str(SHARED / "evtx" / entry["sample"]) for entry in truth]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *files], capture_output=True, check=True, timeout=60
    )
    found = {row[0]: row[1:] for row in map(json.loads, done.stdout.splitlines())}
    wanted = {entry["sample"]: [entry["records"], 0, 0, entry["records"]] for entry in truth}
    # The third record of this log has a size of zero; the truth's reader stopped there, though the
    # four chunk headers number 450 records.
    assert found.pop("sample_202.evtx") == [449, 1, 0, 449]
    assert wanted.pop("sample_202.evtx") == [2, 0, 0, 2]
    assert found == wanted


MUTANTS = """
import sys
from afterpatch.artifacts.evtx import EvtxParser, chunk_span
from afterpatch.model import Frame
data = sys.stdin.buffer.read()
for at in range(0, len(data), 65536):
    chunk = data[at : at + 65536].rstrip(b"\\xcc")
    chunk_span(chunk)
    EvtxParser("").when(chunk)
    try:
        EvtxParser("").feed(Frame(chunk, 0))
    except ValueError:
        pass
    print("read", flush=True)
"""


def test_damage_gives_records_or_valueerror() -> None:
    rng = random.Random(20210302)
    whole = three().bytes()
    used = len(three().data)
    mutants = [whole[: rng.randrange(len(whole))] for _ in range(20)]
    mutants += [whole[:cut] for cut in range(500, used, 97)]
    for _ in range(150):
        mutant = bytearray(whole)
        for _ in range(rng.choice((1, 1, 4))):
            mutant[rng.randrange(8, used)] = rng.randrange(256)
        mutants.append(bytes(mutant))
    given = b"".join(mutant.ljust(CHUNK_BYTES, b"\xcc") for mutant in mutants)
    command = [sys.executable, "-c", MUTANTS]
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=8)
    except subprocess.TimeoutExpired:
        pytest.skip("the decoder never came back, which is for the guard to end")
    assert (done.returncode, done.stdout.split().count(b"read")) == (0, len(mutants)), done.stderr
