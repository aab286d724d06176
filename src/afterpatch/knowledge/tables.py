"""Reads the tables shipped in `data/`: one CSV file each, read on first use.

Every row of fact has two last columns: `source`, keys into `sources.csv`, and `confidence`: S where
the fact was read in that source, K where it is general knowledge that still waits to be checked.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources
from typing import Literal

Confidence = Literal["S", "K"]
Row = dict[str, str]


def rows(name: str) -> tuple[Row, ...]:
    """The rows of one table by its column names; empty cells are empty strings."""
    text = (resources.files(__package__) / "data" / f"{name}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def confidence(row: Row) -> Confidence:
    """How well the row is known."""
    return "K" if row["confidence"] == "K" else "S"


@cache
def sources() -> dict[str, str]:
    """What each source key stands for."""
    return {row["key"]: row["source"] for row in rows("sources")}


@cache
def notes() -> dict[str, str]:
    """Remarks shared by many rows, by key."""
    return {row["key"]: row["note"] for row in rows("notes")}
