"""A fact of comparison, with an id that follows from its kind and members, and names in it."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable
from functools import cache

from afterpatch import knowledge
from afterpatch.claims.schema import Fact

__all__ = ["fact", "in_short", "state_name"]

_SHORT = 80
_MARKS = '“”"«»„'


def in_short(text: str) -> str:
    """The beginning of a sentence in quotation marks, whole words, on one line."""
    return f"“{textwrap.shorten(text.strip(_MARKS), _SHORT, placeholder=' …')}”"


@cache
def state_name(code: str) -> str:
    """The name of a state by its ISO 3166-1 code; what is no such code stays as it is."""
    return {state.code: state.name for state in knowledge.governments()}.get(code, code)


def fact(
    kind: str, members: Iterable[str], summary: str, field: str | None = None,
    values: Iterable[object] = (),
) -> Fact:  # fmt: skip
    """The fact that these claims show; `values` are told as text, in the order of the members."""
    chosen = tuple(dict.fromkeys(members))
    digest = hashlib.sha256("\0".join((kind, *chosen)).encode()).hexdigest()[:12]
    return Fact(f"r-{digest}", kind, chosen, summary, field, tuple(str(v) for v in values))
