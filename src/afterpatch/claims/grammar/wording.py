"""The patterns of `wording.toml`: what a wording tells, by name."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["wording"]


@cache
def _tables() -> dict[str, dict[str, Any]]:
    text = files("afterpatch.claims.grammar").joinpath("wording.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def wording(name: str) -> re.Pattern[str]:
    """The pattern of a name in `wording.toml`, whole words in any case; `KeyError` for another."""
    table, classes = _tables()[name], _tables()["classes"]

    def spelled(text: str) -> str:
        return re.sub(r"@([a-z]+)", lambda m: spelled(classes[m[1]]), text)

    alternatives = _APOSTROPHE.sub(
        lambda m: m[0].replace("’", "'’" if m[0].startswith("[") else "['’]"),
        spelled("|".join(table["any"])),
    )
    start = r"\A" if table.get("start") else r"(?<!\w)"
    return re.compile(rf"{start}(?:{alternatives})(?!\w)", re.IGNORECASE)


_APOSTROPHE = re.compile(r"\[[^\]]*\]|’")
