"""What a command line hides: the text behind PowerShell's -EncodedCommand.

Fact: about_PowerShell_exe; the parameter may be cut to -e, -en, -enc ..., with a hyphen, a dash or
a slash before it, and its value is base64 of UTF-16LE.
"""

from __future__ import annotations

import base64
import binascii
import re

__all__ = ["decoded"]

_ENCODED = re.compile(
    r"[-/\u2013\u2014\u2015]e(?:c|n[a-z]{0,12})?[\s:]{1,8}[\"']?([A-Za-z0-9+/]{16,40000}={0,2})",
    re.IGNORECASE,
)


def decoded(command: str) -> str:
    """The command behind the encoded one; empty when there is none or it is no such text."""
    found = _ENCODED.search(command)
    if not found:
        return ""
    data = found[1].rstrip("=")
    try:
        raw = base64.b64decode(data + "=" * (-len(data) % 4))
    except binascii.Error:
        return ""
    text = raw.decode("utf-16-le", "replace").replace("\0", "")
    # Anything else that is long and base64 would come out as signs of all scripts.
    plain = sum(c.isascii() for c in text)
    return text if plain * 2 > len(text) else ""
