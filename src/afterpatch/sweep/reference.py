"""The slow engine: plain searches over lower-cased bytes. It defines what a hit is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from afterpatch.sweep.needles import Pattern, behind_host

__all__ = ["ReferenceEngine"]


class ReferenceEngine:
    """Finds every occurrence of every pattern, one pattern after the other."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = tuple(patterns)

    def scan(self, data: bytes) -> list[tuple[int, int]]:
        """All hits as (offset just after the occurrence, index of the pattern), sorted."""
        low = data.lower()
        hits = []
        for index, pattern in enumerate(self._patterns):
            if pattern.regex:
                # A look-ahead finds overlapping occurrences too.
                expression = pattern.data.replace(rb"\z", rb"\Z")  # as Python spells it
                ahead = re.compile(rb"(?=(" + expression + rb"))")
                hits += [(m.end(1), index) for m in ahead.finditer(low)]
                continue
            at = low.find(pattern.data)
            while at >= 0:
                end = at + len(pattern.data)
                before, behind = low[max(at - 1, 0) : at], low[end : end + 1]
                # A byte that may not be the wrong one has to be there.
                if (
                    _fits(before, pattern.but_not_after)
                    and _fits(behind, pattern.but_not_before)
                    and not (pattern.host_may_precede and behind_host(data, at))
                ):
                    hits.append((end, index))
                at = low.find(pattern.data, at + 1)
        return sorted(hits)


def _fits(byte: bytes, wrong: bytes) -> bool:
    return not wrong or (byte != b"" and byte not in wrong)
