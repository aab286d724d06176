"""Chance that is the same on every machine.

Only `Random.random` and `Random.randbytes` are used, seeded by text: their values are part of
Python's documented or long-standing behavior, those of `choice`, `shuffle` and `sample` are not.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")

GUID_CHARACTERS = 36


def below(rng: Random, limit: int) -> int:
    """A whole number from 0 to limit - 1."""
    return int(rng.random() * limit)


def pick(rng: Random, values: Sequence[T]) -> T:
    """One of the values."""
    return values[below(rng, len(values))]


def shuffled(rng: Random, values: Sequence[T]) -> list[T]:
    """The values in another order."""
    rest = list(values)
    return [rest.pop(below(rng, len(rest))) for _ in range(len(rest))]


def digits(rng: Random, count: int) -> str:
    """Hexadecimal digits in lower case."""
    return rng.randbytes(count // 2 + 1).hex()[:count]


def letters(rng: Random, count: int) -> str:
    """Letters and figures as they stand in made-up file names and tokens."""
    alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(pick(rng, alphabet) for _ in range(count))


def guids(rng: Random, count: int) -> list[str]:
    """Version 4 GUIDs, made in bulk: random digits with the fixed places overwritten."""
    places = bytearray(rng.randbytes(count * GUID_CHARACTERS // 2).hex(), "ascii")
    for place, character in ((8, b"-"), (13, b"-"), (14, b"4"), (18, b"-"), (23, b"-")):
        places[place::GUID_CHARACTERS] = character * count
    places[19::GUID_CHARACTERS] = places[19::GUID_CHARACTERS].translate(_VARIANT)
    text = places.decode("ascii")
    return [text[at : at + GUID_CHARACTERS] for at in range(0, len(text), GUID_CHARACTERS)]


def guid(rng: Random) -> str:
    """One version 4 GUID."""
    return guids(rng, 1)[0]


def listed(text: str) -> tuple[str, ...]:
    """The blank-separated words of a text."""
    return tuple(text.split())


def words(rng: Random, count: int) -> tuple[int, ...]:
    """Whole numbers of 16 bits, in the same byte order on every machine."""
    return struct.unpack(f"<{count}H", rng.randbytes(2 * count))


# RFC 4122: the variant digit of a GUID is 8, 9, a or b.
_VARIANT = bytes.maketrans(b"0123456789abcdef", b"89ab" * 4)
