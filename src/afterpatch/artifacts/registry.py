"""Every artifact, in the order in which they are asked whether a file is theirs."""

from __future__ import annotations

from afterpatch.artifacts import (
    cmdletinfra,
    cosmosqueue,
    ecp,
    events_json,
    evtx,
    ews,
    exchangelog,
    httpproxy,
    iis,
    iisconfig,
    oabgenerator,
    registryexport,
    scheduledtask,
    transportagents,
    webfile,
)
from afterpatch.artifacts.artifact import Artifact
from afterpatch.limits import HEAD_BYTES

__all__ = ["ARTIFACTS", "recognize"]

ARTIFACTS: tuple[Artifact, ...] = (
    *evtx.ARTIFACTS,
    *events_json.ARTIFACTS,
    *transportagents.ARTIFACTS,
    *scheduledtask.ARTIFACTS,
    *registryexport.ARTIFACTS,
    *iisconfig.ARTIFACTS,
    # Text logs
    *iis.ARTIFACTS,
    *httpproxy.ARTIFACTS,
    *ecp.ARTIFACTS,
    *oabgenerator.ARTIFACTS,
    *cmdletinfra.ARTIFACTS,
    *ews.ARTIFACTS,
    *cosmosqueue.ARTIFACTS,
    *exchangelog.ARTIFACTS,  # takes every text log of Exchange that no other room takes
    *webfile.ARTIFACTS,  # last: takes any text with server mark-up
)


def recognize(path: str, head: bytes) -> Artifact | None:
    """The artifact a file is, by its Windows path and its first bytes; None when it is none."""
    path = path.lower().replace("/", "\\")
    head = head.removeprefix(exchangelog.BOM)[:HEAD_BYTES]
    # A page that begins like a log would still be run by the web server: it is read as a page.
    is_page = path.endswith(tuple(webfile.SERVER_EXTENSIONS))
    rooms = (*webfile.ARTIFACTS, *ARTIFACTS) if is_page else ARTIFACTS
    return next((a for a in rooms if a.recognize(path, head)), None)
