"""Characters that no reader sees inside words: soft hyphens, zero-width spaces, joiners, NULs.

They are read over: `acc·used` is `accused`. What is found keeps its place in the text as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import TypeVar

import msgspec

__all__ = ["Visible", "visible"]

T = TypeVar("T")

_HIDDEN = re.compile(
    "[\x00\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)


class Visible:
    """A text without its hidden characters, and the way between the two. Offsets count characters;
    `whole` is the text as it is."""

    def __init__(self, whole: str) -> None:
        self.whole = whole
        self.text = _HIDDEN.sub("", whole)
        self._hidden = [m.start() for m in _HIDDEN.finditer(whole)]
        self._seen = [at - i for i, at in enumerate(self._hidden)]

    def back(self, at: int) -> int:
        """Where a character of `text` stands in `whole`."""
        return at + bisect_right(self._seen, at)

    def forth(self, at: int) -> int:
        """Where a character of `whole` stands in `text`, or the next where it is hidden."""
        return at - bisect_left(self._hidden, at)

    def in_whole(self, record: T) -> T:
        """A record of slices of `text` as one of slices of `whole`."""
        return _moved(record, self.whole, self._range_back)

    def in_text(self, record: T) -> T:
        """A record of slices of `whole` as one of slices of `text`."""
        return _moved(record, self.text, lambda a, b: (self.forth(a), self.forth(b)))

    def _range_back(self, start: int, end: int) -> tuple[int, int]:
        return self.back(start), self.back(end - 1) + 1 if end > start else self.back(start)


def visible(text: str) -> Visible | None:
    """A text without its hidden characters; None where it has none."""
    return Visible(text) if _HIDDEN.search(text) else None


def _moved(record: T, text: str, moved: Callable[[int, int], tuple[int, int]]) -> T:
    """A record, its records and lists of them, with each slice cut anew at its place in `text`."""
    if isinstance(record, list | tuple):
        return type(record)(_moved(part, text, moved) for part in record)
    if not isinstance(record, msgspec.Struct):
        return record
    changed = {
        name: _moved(getattr(record, name), text, moved) for name in record.__struct_fields__
    }
    first, last = changed.get("start"), changed.get("end")
    if first is not None and last is not None and changed.get("place") != "markup":
        start, end = moved(first, last)
        changed.update(start=start, end=end, text=text[start:end])
    return msgspec.structs.replace(record, **changed)
