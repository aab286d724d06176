"""Builds of Exchange Server and what they are: product, cumulative update, security update.

Sources: Microsoft's page "Exchange Server build numbers and release dates" and the build tables of
microsoft/CSS-Exchange and microsoft/Get-ExchangeBuildNumber.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, lru_cache

from msgspec import Struct

from afterpatch.knowledge.tables import Confidence, confidence, notes, rows

Number = tuple[int, int, int, int]

CACHED = 4_096  # answers kept: what evidence names as a build may be anything
LONGEST_BUILD_TEXT = 64  # characters; no form of a build is longer
# Exchange Server is 14.0 to 14.3 and 15.0 to 15.2; Exchange Online is 15.20. Some logs carry a
# constant 15.0.0.0, and requests without a mailbox name "Version 15.0 (Build 0.0)": no builds.
MAJORS = (14, 15)
LAST_MINOR = 3
BUILD_RANGE = range(100, 10_000)
REVISION_RANGE = range(1_000)
AD_BUILD_OFFSET = 30_000  # serialNumber in Active Directory adds this to the build

# 15.1.2176.9 · 15.01.2176.009
_DOTTED = re.compile(
    r"(?:Version\s+)?(\d{2})\.(\d{1,2})\.(\d{3,5})\.(\d{1,4})", re.ASCII | re.IGNORECASE
)
# Version 15.1 (Build 2176.9) · Version 15.1 (Build 32176.9)
_DISPLAY = re.compile(
    r"Version\s+(\d{2})\.(\d{1,2})\s+\(Build\s+(\d{3,5})\.(\d{1,4})\)", re.ASCII | re.IGNORECASE
)


class Build(Struct, frozen=True):
    """One released build. `released` is a day; `march_2021_only` marks the packages for old
    cumulative updates that fix the March 2021 holes and nothing that was missing before."""

    build: str
    number: Number
    product: str
    cumulative_update: str
    security_update: str | None
    released: str
    kb: str
    march_2021_only: bool
    note: str
    source: tuple[str, ...]
    confidence: Confidence


class Product(Struct, frozen=True):
    """What a build is. `exact` says that the build itself is in the tables; else `note` tells how
    the product was inferred, and what could not be inferred is None."""

    name: str
    cumulative_update: str | None
    security_update: str | None
    released: str | None
    exact: bool
    note: str


def normalize_build(text: str) -> str | None:
    """The build in its short form (15.1.2176.9), or None when the text is no plausible build."""
    if len(text) > LONGEST_BUILD_TEXT:
        return None
    text = text.strip()
    if match := _DOTTED.fullmatch(text):
        major, minor, build, revision = map(int, match.groups())
    elif match := _DISPLAY.fullmatch(text):
        major, minor, build, revision = map(int, match.groups())
        if build > AD_BUILD_OFFSET:
            build -= AD_BUILD_OFFSET
    else:
        return None
    if major not in MAJORS or minor > LAST_MINOR:
        return None
    if build not in BUILD_RANGE or revision not in REVISION_RANGE:
        return None
    return f"{major}.{minor}.{build}.{revision}"


def build_number(build: str) -> Number | None:
    """The build as four numbers that compare, or None when it is no plausible build."""
    short = normalize_build(build)
    if short is None:
        return None
    major, minor, number, revision = map(int, short.split("."))
    return major, minor, number, revision


@cache
def builds() -> tuple[Build, ...]:
    """All known builds, oldest number first."""
    found = []
    for row in rows("builds"):
        number = build_number(row["build"])
        if number is None:
            raise ValueError(f"builds.csv: {row['build']} is no build")
        found.append(
            Build(
                build=row["build"],
                number=number,
                product=row["product"],
                cumulative_update=row["cumulative_update"],
                security_update=row["security_update"] or None,
                released=row["released"],
                kb=row["kb"],
                march_2021_only=row["march_2021_only"] == "y",
                note=notes().get(row["note"], ""),
                source=tuple(row["source"].split()),
                confidence=confidence(row),
            )
        )
    return tuple(sorted(found, key=lambda build: build.number))


@lru_cache(CACHED)
def known_build(build: str) -> Build | None:
    """The row of exactly this build."""
    number = build_number(build)
    return next((row for row in builds() if row.number == number), None)


@lru_cache(CACHED)
def product_of(build: str) -> Product | None:
    """What a build is: its own row, else the nearest row of its cumulative update, else its place
    between two rows. None when it is no build of a known product."""
    number = build_number(build)
    if number is None:
        return None
    line = tuple(row for row in builds() if row.number[:2] == number[:2])
    if not line:
        return None
    at = bisect_right(line, number, key=lambda row: row.number)
    below = line[at - 1] if at else None
    above = line[at] if at < len(line) else None
    if below is not None and below.number == number:
        return Product(
            name=_name(below),
            cumulative_update=below.cumulative_update,
            security_update=below.security_update,
            released=below.released,
            exact=True,
            note=below.note,
        )
    if below is not None and below.number[:3] == number[:3]:
        note = f"not in the tables: after {_title(below)}"
        note += f" and before {_title(above)}" if above is not None else ", the last one known"
        return Product(_name(below), below.cumulative_update, None, None, False, note)
    if above is not None and above.number[:3] == number[:3]:
        note = f"not in the tables: just below {_title(above)}"
        return Product(_name(above), above.cumulative_update, None, None, False, note)
    if below is None:
        note = f"not in the tables: before {_title(line[0])}, the first one known"
        return Product(_name(line[0]), None, None, None, False, note)
    if above is None:
        note = f"not in the tables: later than {_title(below)}, the last one known"
        return Product(_name(below), None, None, None, False, note)
    note = f"not in the tables: between {_title(below)} and {_title(above)}"
    return Product(_name(below), below.cumulative_update, None, None, False, note)


def _name(row: Build) -> str:
    return f"Exchange Server {row.product}"


def _title(row: Build) -> str:
    words = [row.product, row.cumulative_update, row.security_update, f"({row.build})"]
    return " ".join(word for word in words if word)
