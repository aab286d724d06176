"""The fast engine: one Hyperscan database over all patterns."""

from __future__ import annotations

from collections.abc import Sequence

import hyperscan

from afterpatch.sweep.needles import Pattern, behind_host

__all__ = ["HyperscanEngine", "compile_database"]


def compile_database(patterns: Sequence[Pattern], *, once: bool = False) -> bytes:
    """Compile the patterns once; the bytes travel to the worker processes of the same machine.

    `once`: each pattern is reported at one of its occurrences only.
    """
    if not patterns:
        return b""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_DOTALL
    if once:
        flags |= hyperscan.HS_FLAG_SINGLEMATCH
    database.compile(
        expressions=[_expression(p) for p in patterns],
        ids=list(range(len(patterns))),
        flags=[flags] * len(patterns),
    )
    return bytes(hyperscan.dumpb(database))


class HyperscanEngine:
    """Finds every occurrence of every pattern in one pass."""

    def __init__(self, patterns: Sequence[Pattern], compiled: bytes) -> None:
        self._behind = [int(bool(p.but_not_before)) for p in patterns]
        self._pages = {i: len(p.data) for i, p in enumerate(patterns) if p.host_may_precede}
        self._database = hyperscan.loadb(compiled, hyperscan.HS_MODE_BLOCK) if compiled else None
        if self._database is not None:
            self._database.scratch = hyperscan.Scratch(self._database)

    def scan(self, data: bytes) -> list[tuple[int, int]]:
        """All hits as (offset just after the occurrence, index of the pattern), sorted."""
        hits: list[tuple[int, int]] = []
        behind, pages = self._behind, self._pages
        if self._database is None:
            return hits

        def found(index: int, _from: int, to: int, _flags: int, _context: object) -> None:
            # The end of the literal, without the byte behind it that was looked at.
            end = to - behind[index]
            if index not in pages or not behind_host(data, end - pages[index]):
                hits.append((end, index))

        self._database.scan(data, match_event_handler=found)
        hits.sort()
        return hits


def _expression(pattern: Pattern) -> bytes:
    if pattern.regex:
        return pattern.data
    literal = _hex(pattern.data)
    if pattern.but_not_after:
        literal = b"[^" + _hex(pattern.but_not_after) + b"]" + literal
    if pattern.but_not_before:
        literal += b"[^" + _hex(pattern.but_not_before) + b"]"
    return literal


def _hex(data: bytes) -> bytes:
    return ("\\x" + data.hex("|").replace("|", "\\x")).encode("ascii") if data else b""
