"""Many requests rendered at one blow: what makes gigabytes affordable.

A slab is a fixed row of requests whose rows are already cut at their open places. To fill it, the
values of all its requests are laid in one flat list, and for each log one getter picks those it
needs and one join makes the text. No step runs once for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from operator import itemgetter
from random import Random

from afterpatch.range.draw import guids, words
from afterpatch.range.formats import RARE, TOKENS, Template

# An act made ready: its rows with the logs they go to, usual duration in ms, bytes got.
Ready = tuple[tuple[tuple[str, Template], ...], int, int]
_Flat = list[bytes]

# Factors (256 is one) by which durations and sizes differ: mostly near one, a few much larger.
_SPREAD = tuple(110 + 900 * step**6 // 1023**6 + step // 8 for step in range(1024))
_SECONDS = tuple(
    b"%02d:%02d:%02d" % (hour, minute, second)
    for hour in range(24)
    for minute in range(60)
    for second in range(60)
)
_ZULU = tuple(b".%03dZ" % millisecond for millisecond in range(1000))


def _numbers(values: Sequence[int]) -> _Flat:
    return " ".join(map(str, values)).encode("ascii").split()


class Slab:
    """So many requests in a fixed order."""

    def __init__(self, acts: Sequence[Ready]) -> None:
        self.size = len(acts)
        self._took = [took for _rows, took, _got in acts]
        self._got = [got for _rows, _took, got in acts]
        # Of the rare values there are only as many as are needed, after all others.
        self._needing: list[list[int]] = [[] for _ in RARE]
        pieces: dict[str, list[bytes]] = {}
        places: dict[str, list[tuple[int, int]]] = {}
        for position, (rows, *_usual) in enumerate(acts):
            for name, (fragments, tokens) in rows:
                parts = pieces.setdefault(name, [b""])
                parts[-1] += fragments[0]
                for fragment in fragments[1:]:
                    parts += (b"", fragment)
                places.setdefault(name, []).extend((token, position) for token in tokens)
                for rare, needing in zip(RARE, self._needing, strict=True):
                    if rare in tokens and needing[-1:] != [position]:
                        needing.append(position)
        starts = {token: token * self.size for token in range(len(TOKENS) - len(RARE))}
        end = len(starts) * self.size
        where = {
            (token, position): start + position
            for token, start in starts.items()
            for position in range(self.size)
        }
        for rare, needing in zip(RARE, self._needing, strict=True):
            where |= {(rare, position): end + nth for nth, position in enumerate(needing)}
            end += len(needing)
        # Each text ends with an empty value: a getter of one place alone would return no tuple.
        self._logs: list[tuple[str, list[bytes], Callable[[_Flat], tuple[bytes, ...]]]] = [
            (name, [*parts, b"", b""], itemgetter(*(where[place] for place in places[name]), end))
            for name, parts in pieces.items()
        ]

    def fill(self, rng: Random, times: Sequence[int], today: date) -> list[tuple[str, bytes]]:
        """The rows by log, for requests ended at these milliseconds of the day, in order."""
        count = self.size
        dated, blank = f"{today}T".encode("ascii"), f"{today} ".encode("ascii")
        seconds, zulu = _SECONDS, _ZULU
        factors = [_SPREAD[number & 1023] for number in words(rng, count)]
        # A request that would have begun yesterday began at midnight.
        took = [
            min(usual * factor >> 8, at)
            for usual, factor, at in zip(self._took, factors, times, strict=True)
        ]
        clocks = [seconds[at // 1000] for at in times]
        begun = [at - lasted for at, lasted in zip(times, took, strict=True)]
        spare, utc = self._needing
        ids = guids(rng, count + len(spare))
        flat = [
            # in the order of formats.TOKENS
            *[dated + clock + zulu[at % 1000] for clock, at in zip(clocks, times, strict=True)],
            *[dated + seconds[at // 1000] + zulu[at % 1000] for at in begun],
            *[blank + clock for clock in clocks],
            *ids[:count],
            *_numbers([usual * part >> 8 for usual, part in zip(self._got, factors, strict=True)]),
            *_numbers(took),
            *_numbers([lasted - (lasted >> 4) for lasted in took]),
            *ids[count:],
            *[blank + clocks[at] + zulu[times[at] % 1000][:4] for at in utc],
            b"",
        ]
        filled: list[tuple[str, bytes]] = []
        for name, parts, getter in self._logs:
            parts[1::2] = getter(flat)
            filled.append((name, b"".join(parts)))
        return filled


def mean_bytes(acts: Sequence[Ready]) -> float:
    """Bytes of one act on the average, over all logs."""
    # Usual lengths of the values, in the order of formats.TOKENS.
    lengths = (24, 24, 19, 36, 5, 3, 3, 36, 23)
    total = sum(
        sum(map(len, fragments)) + sum(lengths[token] for token in tokens)
        for rows, *_usual in acts
        for _name, (fragments, tokens) in rows
    )
    return max(1.0, total / max(1, len(acts)))
