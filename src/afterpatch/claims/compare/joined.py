"""What hangs together by pairs."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

__all__ = ["joined"]

T = TypeVar("T", bound=Hashable)


def joined(pairs: Iterable[tuple[T, T]]) -> list[list[T]]:
    """Groups of what is connected by these pairs, all in the order in which they first occur."""
    group: dict[T, list[T]] = {}
    for a, b in pairs:
        one, other = group.setdefault(a, [a]), group.setdefault(b, [b])
        if one is other:
            continue
        if len(one) < len(other):
            one, other = other, one
        one.extend(other)
        for item in other:
            group[item] = one
    order = {item: n for n, item in enumerate(group)}
    found = {id(members): members for members in group.values()}
    return [sorted(members, key=order.__getitem__) for members in found.values()]
