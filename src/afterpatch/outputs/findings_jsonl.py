"""`findings.jsonl`: one finding a line."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from afterpatch.outputs.format import Dossier
from afterpatch.outputs.text import defused


def render(dossier: Dossier) -> Iterator[bytes]:
    """Yields one line of JSON for each finding."""
    for finding in dossier.findings:
        yield msgspec.json.encode(defused(msgspec.to_builtins(finding))) + b"\n"
