"""Many requests rendered at one blow: what makes gigabytes affordable.

A slab is a fixed row of requests whose rows are already cut at their open places. To fill it, the
values of all its requests are laid in one flat list, and for each log one getter picks those it
needs and one join makes the text. No step runs once for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from operator import itemgetter
from random import Random

from msgspec import Struct

from afterpatch.range.draw import guids, words
from afterpatch.range.formats import RARE, TOKENS, Template

# An act made ready: its rows with the logs they go to, usual duration in ms, bytes got.
Ready = tuple[tuple[tuple[str, Template], ...], int, int]

# Factors (256 is one) by which durations and sizes differ: mostly near one, a few much larger.
_SPREAD = tuple(110 + 900 * step**6 // 1023**6 + step // 8 for step in range(1024))
_SECONDS = tuple(
    f"{hour:02}:{minute:02}:{second:02}"
    for hour in range(24)
    for minute in range(60)
    for second in range(60)
)
_ZULU = tuple(f".{millisecond:03}Z" for millisecond in range(1000))


@cache
def _scaled(usual: int) -> tuple[list[int], list[str], list[str]]:
    """A duration or size under each factor: the number, its text, and that of a little less."""
    numbers = [usual * factor >> 8 for factor in _SPREAD]
    texts = [str(number) for number in numbers]
    return numbers, texts, [str(number - (number >> 4)) for number in numbers]


class _Text(Struct):
    """The rows of one log in a slab: fragments with the values' places between, and the picker."""

    log: str
    rows: int
    parts: list[str]
    picker: Callable[[list[str]], tuple[str, ...]]


class Slab:
    """So many requests in a fixed order."""

    def __init__(self, acts: Sequence[Ready]) -> None:
        self.size = len(acts)
        self._took = [_scaled(took)[0] for _rows, took, _got in acts]
        self._took_text = [_scaled(took)[1] for _rows, took, _got in acts]
        self._work_text = [_scaled(took)[2] for _rows, took, _got in acts]
        self._got_text = [_scaled(got)[1] for _rows, _took, got in acts]
        # Of the rare values there are only as many as are needed, after all others.
        self._needing: list[list[int]] = [[] for _ in RARE]
        rows_of: dict[str, list[tuple[int, Template]]] = {}
        for position, (rows, *_usual) in enumerate(acts):
            for name, template in rows:
                rows_of.setdefault(name, []).append((position, template))
                for rare, needing in zip(RARE, self._needing, strict=True):
                    if rare in template[1] and needing[-1:] != [position]:
                        needing.append(position)
        common = len(TOKENS) - len(RARE)
        where = {
            (token, position): token * self.size + position
            for token in range(common)
            for position in range(self.size)
        }
        end = common * self.size
        for rare, needing in zip(RARE, self._needing, strict=True):
            where |= {(rare, position): end + nth for nth, position in enumerate(needing)}
            end += len(needing)
        self._texts = [_text(name, rows, where, end) for name, rows in rows_of.items()]

    def fill(self, rng: Random, times: Sequence[int], today: date) -> list[tuple[str, bytes, int]]:
        """Log, rows and their number, for requests ended at these ms of the day, in order."""
        count = self.size
        dated, blank, before = f"{today}T", f"{today} ", f"{today - timedelta(days=1)}T"
        seconds, zulu = _SECONDS, _ZULU
        noise = [word & 1023 for word in words(rng, count)]
        clocks = [seconds[at // 1000] for at in times]
        begun = [at - table[step] for at, table, step in zip(times, self._took, noise, strict=True)]
        spare, utc = self._needing
        ids = guids(rng, count + len(spare))
        values = [
            # in the order of formats.TOKENS
            *[dated + clock + zulu[at % 1000] for clock, at in zip(clocks, times, strict=True)],
            # A time before midnight is negative and counts from the end of the table.
            *[
                (dated if at >= 0 else before) + seconds[at // 1000] + zulu[at % 1000]
                for at in begun
            ],
            *[blank + clock for clock in clocks],
            *ids[:count],
            *[table[step] for table, step in zip(self._got_text, noise, strict=True)],
            *[table[step] for table, step in zip(self._took_text, noise, strict=True)],
            *[table[step] for table, step in zip(self._work_text, noise, strict=True)],
            *ids[count:],
            *[blank + clocks[at] + zulu[times[at] % 1000][:4] for at in utc],
            "",
        ]
        filled: list[tuple[str, bytes, int]] = []
        for text in self._texts:
            text.parts[1::2] = text.picker(values)
            filled.append((text.log, "".join(text.parts).encode("utf-8"), text.rows))
        return filled


def _text(
    log: str,
    rows: Sequence[tuple[int, Template]],
    where: dict[tuple[int, int], int],
    end: int,
) -> _Text:
    parts = [""]
    places: list[int] = []
    for position, (fragments, tokens) in rows:
        parts[-1] += fragments[0]
        for fragment in fragments[1:]:
            parts += ("", fragment)
        places += [where[token, position] for token in tokens]
    # Every text ends with an empty value: a picker of one place alone would return no tuple.
    return _Text(log, len(rows), [*parts, "", ""], itemgetter(*places, end))


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
