"""`assessment.json`: the answer, as the shipped JSON Schema describes it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from afterpatch.outputs.format import Dossier
from afterpatch.outputs.text import defused


def render(dossier: Dossier) -> Iterator[bytes]:
    """Yields the assessment as indented JSON."""
    plain = defused(msgspec.to_builtins(dossier.assessment))
    yield msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n"
