"""OAB generator logs: `Logging\\OABGeneratorLog\\`, `Logging\\OABGeneratorSimpleLog\\`.

One sentence matters: `Download failed and temporary file '<path>' needs to be removed`. The path
normally lies below `<install>\\ClientAccess\\OAB\\`; any other is the trace of CVE-2021-26858. No
source gives the column list, so columns are those of the file's own header.

Derived field:
  DownloadPath   the path in that sentence

Facts: Microsoft CSS-Exchange `Test-ProxyLogon.ps1`.
"""

from __future__ import annotations

from afterpatch.artifacts.artifact import Artifact
from afterpatch.artifacts.exchangelog import ANCHORS, ExchangeLog, read_head, utc
from afterpatch.model import Value

__all__ = ["ARTIFACTS", "OabGenerator"]

_BEFORE = "ownload failed and temporary file '"
_BEHIND = "' needs to be removed"


class OabGenerator(ExchangeLog):
    name = "oabgenerator"
    label = "OABGenerator"
    rest_in_last = True

    def derive(self, fields: dict[str, Value], text: str) -> tuple[str, ...]:
        _, found, rest = text.partition(_BEFORE)
        if found:
            fields["DownloadPath"], closed, _ = rest.partition(_BEHIND)
            if not closed:
                return ("path not closed",)
        return ()


def _recognize(path: str, head: bytes) -> bool:
    says = read_head(head)
    if "oabgenerator" in says.log_type.replace(" ", ""):
        return True
    if "\\oabgenerator" not in path:
        return any(_BEFORE in row for row in says.rows)
    return bool(says.columns) or any(utc(row.split(",", 1)[0].strip('"')) for row in says.rows)


ARTIFACTS = (
    Artifact(
        name="oabgenerator",
        family="oabgenerator",
        framing="row",
        encoding="csv",
        recognize=_recognize,
        parser=OabGenerator,
        anchors=ANCHORS,
    ),
)
