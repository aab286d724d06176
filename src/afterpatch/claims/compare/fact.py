"""A fact of comparison, with an id that follows from its kind and members."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from afterpatch.claims.schema import Fact

__all__ = ["fact"]


def fact(
    kind: str, members: Iterable[str], summary: str, field: str | None = None,
    values: Iterable[object] = (),
) -> Fact:  # fmt: skip
    """The fact that these claims show; `values` are told as text, in the order of the members."""
    chosen = tuple(dict.fromkeys(members))
    digest = hashlib.sha256("\0".join((kind, *chosen)).encode()).hexdigest()[:12]
    return Fact(f"r-{digest}", kind, chosen, summary, field, tuple(str(v) for v in values))
