"""Web shells by content: what a page does, whatever its name and wherever it lies.

`scan` unwraps a file (encodings, mailbox and certificate carriers, the Script Encoder), takes out
what of it runs on the server, follows what the request brings, and weighs what it reaches.
"""

from __future__ import annotations

from afterpatch.detections.webshell.judge import Scan, scan

__all__ = ["Scan", "scan"]
