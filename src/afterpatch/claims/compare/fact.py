"""A fact of comparison, with an id that follows from its kind and members, and names in it."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable
from functools import cache

from afterpatch import knowledge
from afterpatch.claims.schema import Fact

__all__ = ["fact", "in_figures", "in_short", "state_name"]

_SHORT = 80
_MARKS = str.maketrans("", "", '“”"«»„')


def in_short(text: str) -> str:
    """The beginning of a sentence in quotation marks, whole words, on one line."""
    plain = text.translate(_MARKS)
    return f"“{textwrap.shorten(plain, _SHORT, placeholder=' …')}”"


@cache
def state_name(code: str) -> str:
    """The name of a state by its ISO 3166-1 code; what is no such code stays as it is."""
    return {state.code: state.name for state in knowledge.governments()}.get(code, code)


def fact(
    kind: str, members: Iterable[str], summary: str, field: str | None = None,
    values: Iterable[object] = (),
) -> Fact:  # fmt: skip
    """The fact that these claims show; `values` are told as text."""
    chosen = tuple(dict.fromkeys(members))
    told = tuple(str(v) for v in values)
    digest = hashlib.sha256("\0".join((kind, *chosen, "", field or "", *told)).encode())
    return Fact(f"r-{digest.hexdigest()[:12]}", kind, chosen, summary, field, told)


def in_figures(value: float) -> str:
    """A number in full, with commas: `12,345,678`, `4.5`."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,}"
