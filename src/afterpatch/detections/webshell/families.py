"""Known kinds of web shells, by the YARA rules that the package brings."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec import Struct

from afterpatch.detections.yara import Compiled, compile_sources
from afterpatch.errors import RuleError

__all__ = ["RULES", "Kin", "in_bytes", "in_code"]

RULES = Path(__file__).parents[1] / "content" / "yara"


class Kin(Struct, frozen=True):
    """A known kind that the content is built like: its name, the sentence, the weight of 100."""

    family: str
    words: str
    weight: int


@cache
def _compiled(name: str) -> Compiled:
    text = (RULES / f"{name}.yar").read_text("utf-8")
    compiled, refused = compile_sources([(name, text)])
    if refused:
        raise RuleError(f"{name}.yar, line {refused[0].line}: {refused[0].why}")
    return compiled


def in_code(text: str) -> Iterator[Kin]:
    """The kinds that the server code of a page is built like."""
    return _kin("families", text.encode("utf-8", "replace"))


def in_bytes(data: bytes) -> Iterator[Kin]:
    """The kinds that a binary is."""
    return _kin("binaries", data)


def _kin(name: str, data: bytes) -> Iterator[Kin]:
    for match in _compiled(name).match(data):
        meta = match.meta
        yield Kin(str(meta["family"]), str(meta["description"]), int(meta["score"]))
