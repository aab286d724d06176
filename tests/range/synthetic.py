"""What the tests of the range share: reading what was written, and what holds of every server."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from afterpatch.range import logs

# The scenarios without stories, on few days.
SIZE = 4_000_000
WINDOWS = {
    "untouched": (date(2026, 10, 19), date(2026, 10, 20)),
    "probed": (date(2021, 3, 4), date(2021, 3, 5)),
    "proxylogon": (date(2021, 3, 2), date(2021, 3, 3)),
    "proxylogon-expired": (date(2021, 3, 1), date(2021, 3, 4)),
}
AnyJob = TypeVar("AnyJob")
# Words a page that works would need; put together here, so that no file holds a shell's own.
WORKING = (
    b"ev" + b"al(",
    b"Requ" + b"est[",
    b"Requ" + b"est.",
    b"un" + b"safe",
    b"Process" + b"StartInfo",
    b"Assembly" + b".Load",
    b"FromBase64" + b"String",
)


def truth(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "ground_truth.json").read_text("utf-8"))
    return loaded


def files(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "evidence").rglob("*") if path.is_file())


def is_log(path: Path) -> bool:
    return path.suffix.lower() in (".log", ".jsonl")


@cache
def rows(path: Path) -> tuple[dict[str, str], ...]:
    """Rows of a text log under the last header above them; fails on a wrong number of cells."""
    return tuple(_rows(path))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    text = path.read_bytes().decode("utf-8")
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n")
    columns: list[str] = []
    for line in text.removesuffix("\r\n").split("\r\n"):
        if line.startswith("#Fields: "):
            fields = line.removeprefix("#Fields: ")
            columns = fields.split(" ") if path.name.startswith("u_ex") else fields.split(",")
        elif columns and not line.startswith("#") and not line.startswith(columns[0] + ","):
            if path.name.startswith("u_ex"):
                cells = line.split(" ")
            else:
                (cells,) = csv.reader([line], strict=True)
            assert len(cells) == len(columns), (path.name, line)
            yield dict(zip(columns, cells, strict=True))


def digest(folder: Path) -> str:
    whole = sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole.update(str(path.relative_to(folder).as_posix()).encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()


def in_order(folder: Path) -> int:
    """Checks that the rows of every log stand in order of time; how many there are."""
    seen = 0
    for path in files(folder):
        times: list[str] = []
        if path.suffix == ".jsonl":
            data = path.read_bytes().decode("utf-8")
            assert "\r\n" not in data
            times = [json.loads(line)["TimeCreated"] for line in data.splitlines()]
        elif is_log(path):
            times = [
                row["date"] + row["time"] if "date" in row else next(iter(row.values()))
                for row in rows(path)
            ]
        assert times == sorted(times), path
        seen += len(times)
    return seen


def stated_rows(folder: Path) -> None:
    """Checks that every row the truth tells of stands where and when it is said to."""
    events = truth(folder)["events"]
    assert events == sorted(events, key=lambda event: event["time"])
    lines: dict[str, list[bytes]] = {}
    for event in events:
        name = event["file"]
        if name not in lines:
            lines[name] = (folder / "evidence" / name).read_bytes().split(b"\n")
        line = lines[name][event["line"] - 1]
        stamp = logs.time_of(line)
        assert stamp == event["time"] or stamp == event["time"][:19] + ".000Z"
        if "HttpProxy" in name or "W3SVC1" in name:
            assert event["actor"] in line.decode()
