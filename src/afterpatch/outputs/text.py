"""Text of evidence made harmless for people's screens and for other programs.

Logs are written by intruders too. Whatever could move a cursor, turn the direction of writing, hide
itself or end a line is shown as an escape: `\\x1b`, `\\u202e`, `\\U000e0041`. A backslash stays one
backslash, since Windows paths are full of them; the exact bytes are where the provenance points.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from afterpatch.limits import CELL_CHARACTERS

# By Unicode category, so that the result doesn't hang on the Unicode version of the interpreter:
# Cc, Cf, Cs, Co, Zl, Zp, every blank but U+0020, and the letters and marks that have no shape.
_UNSEEN = re.compile(
    "["
    "\x00-\x1f\x7f-\xa0\xad"  # C0, DEL, C1, no-break space, soft hyphen
    "\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f"  # blanks, zero width, bidi, line separators
    "\u2800\u3000\u3164"
    "\ud800-\uf8ff"  # lone surrogates, private use
    "\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff"  # tags, selectors, private use
    "]+"
)


@lru_cache(4096)
def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escape(run: re.Match[str]) -> str:
    return "".join(map(_escaped, run[0]))


def visible(text: str, limit: int | None = None) -> str:
    """Returns `text` as one line that prints as it reads; at most `limit` characters, then `…`."""
    if text.isascii() and text.isprintable() and (limit is None or len(text) <= limit):
        return text  # most are, and there are many
    if limit is None or len(text) <= limit:
        shown = _UNSEEN.sub(_escape, text)
    else:
        shown = _UNSEEN.sub(_escape, text[:limit]) + "…"
    return shown if limit is None or len(shown) <= limit else shown[: limit - 1] + "…"


def defused(value: Any) -> Any:
    """Returns a value of plain types (see msgspec.to_builtins) with every text in it visible."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {visible(key): defused(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [defused(item) for item in value]
    return value


# Where a spreadsheet takes a text for a formula (OWASP, "CSV Injection"), the wide signs of East
# Asian keyboards included: at its begin, and behind what another country's settings hold for the
# end of a cell. Tabs and line ends are escapes already.
_FORMULA = re.compile("(^|[;,|\"'])( *)(?=[-=+@\uff0b\uff0d\uff1d\uff20])")


def cell(text: str) -> str:
    """Returns text for a cell of a table: visible, at most as long as spreadsheets take it, and
    with an apostrophe before whatever they would take for a formula."""
    shown = visible(text, CELL_CHARACTERS)
    return visible(_FORMULA.sub(r"\1\2'", shown), CELL_CHARACTERS)


def encodable(text: str) -> str:
    """Returns `text` unchanged but for lone surrogates, which UTF-8 can't hold."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def utc(when: str | None) -> str:
    """Shows a time of the model for people: `2021-03-03 06:12:11 UTC`, or `unknown`."""
    # 2021-03-03T06:12:11.000Z
    if when is None:
        return "unknown"
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", when, re.ASCII):
        return f"{when[:10]} {when[11:19]} UTC"
    return visible(when, 40)


def size(count: int) -> str:
    """Shows a number of bytes for people, in units of 1000."""
    if count < 1000:
        return f"{count} bytes"
    for power, unit in enumerate(("kB", "MB", "GB"), 1):
        if count < 999.95 * 1000**power:
            return f"{count / 1000**power:.1f} {unit}"
    return f"{count / 1000**4:.1f} TB"


def counted(count: int, thing: str) -> str:
    """Shows a number with its noun: `1 file`, `1,200 files`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
