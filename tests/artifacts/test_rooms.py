"""Walks the samples of every room and compares what its parser says with the expected JSON.

Beside a sample `name.ext` lies `name.expected.json`: `path` (the Windows path it is read under),
`artifact`, `family`, `records` (`when`, `line`, `fields` with text in them, the number of `empty`
ones, `damage`), `bad` (lines that are no record) and `sightings`. Expected files were checked by
hand against the bytes of the sample.
"""

from __future__ import annotations

import importlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from afterpatch import artifacts
from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.registry import ARTIFACTS, recognize
from afterpatch.limits import HEAD_BYTES
from afterpatch.model import Frame
from afterpatch.sweep.frames import all_frames, line_blocks

ROOMS = Path(artifacts.__file__).parent
EXPECTED = sorted(ROOMS.glob("*/samples/*.expected.json"))


def frames(artifact: Artifact, data: bytes) -> list[Frame]:
    if artifact.framing == "file":
        return [Frame(data, 0)]
    blocks = line_blocks(io.BytesIO(data).read, rows=artifact.framing == "row")
    return [frame for block in blocks for frame in all_frames(block, artifact.framing)]


def read(path: str, data: bytes) -> dict[str, Any]:
    artifact = recognize(path, data[:HEAD_BYTES])
    assert artifact, f"no room takes {path}"
    parser = artifact.parser(path)
    records, bad, sightings = [], [], []
    for frame in frames(artifact, data):
        try:
            fed = list(parser.feed(frame))
        except ValueError:
            bad.append(frame.line)
            continue
        sightings += parser.sightings(None)
        for record in fed:
            sightings += parser.sightings(record)
            assert record.artifact == artifact.name
            assert (record.offset, record.length) == (frame.offset, len(frame.data))
            records.append(
                {
                    "when": record.when,
                    "line": record.line,
                    "fields": {
                        k: v if isinstance(v, str) else list(v)
                        for k, v in record.fields.items()
                        if v
                    },
                    "empty": sum(not v for v in record.fields.values()),
                    "damage": list(record.damage),
                }
            )
    said = sorted({(s.kind, s.value, s.basis, s.when or "") for s in sightings})
    return {
        "path": path,
        "artifact": artifact.name,
        "family": artifact.family,
        "records": records,
        "bad": bad,
        "sightings": [list(s) for s in said],
    }


@pytest.mark.parametrize("file", EXPECTED, ids=lambda f: f"{f.parts[-3]}/{f.stem}")
def test_sample(file: Path) -> None:
    expected = json.loads(file.read_text(encoding="utf-8"))
    stem = file.name.removesuffix(".expected.json")
    (sample,) = [f for f in file.parent.glob(f"{stem}.*") if f.suffix != ".json"]
    assert read(expected["path"], sample.read_bytes()) == expected


@pytest.mark.parametrize("room", sorted(f.parent.name for f in ROOMS.glob("*/__init__.py")))
def test_every_room_is_in_the_registry(room: str) -> None:
    own = importlib.import_module(f"afterpatch.artifacts.{room}").ARTIFACTS
    assert own and all(artifact in ARTIFACTS for artifact in own)


def test_every_sample_is_expected() -> None:
    samples = {f for f in ROOMS.glob("*/samples/*") if not f.name.endswith(".expected.json")}
    assert {f.stem for f in samples} >= {f.name.removesuffix(".expected.json") for f in EXPECTED}
