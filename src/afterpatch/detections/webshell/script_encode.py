"""Script Encoder text (`#@~^...`) turned back into the script that the server reads.

Microsoft's Script Encoder substitutes each character through one of three alphabets, chosen by its
position. The alphabets are public: Mr. Brownstone, "scrdec"; Didier Stevens, "decode-vbe".
"""

from __future__ import annotations

import re

__all__ = ["MARK", "decoded"]

MARK = "#@~^"
_LONGEST = 4_000_000  # characters of one encoded part

# What the encoded characters from the blank on stand for, in the three alphabets.
_ALPHABETS = bytes.fromhex(
    "2e2d32 477530 7a5221 566029 42715b 6a5e38 2f4933 265c3d 496258 417d3a 342935 323665"
    "5b2039 767c5c 727a56 437f73 386b66 39634e 703345 452b6b 686862 715159 4f6678 09765e"
    "62317d 44644a 23546d 754371 4a4c41 7e3a60 4a4c41 5e7e53 404c40 774542 4a2c27 612a48"
    "5d7472 222775 4b3731 6f4437 4e794d 3b5952 4c2f22 506f54 67266a 2a7247 7d6a64 74392d"
    "547b20 2b3f7f 2d382e 2c774c 30675d 6e537e 6b476c 66346f 357879 255d74 213043 642326"
    "4d5a76 525b25 636c24 3f482b 7b5528 787023 296941 282e34 734c09 59212a 332444 7f4e3f"
    "6d5077 55093b 535655 7c7369 3a3561 5f6163 654b50 465867 583b51 315749 69224f 6c6d46"
    "5a4d68 48257c 272836 5c4670 3d4a6e 24327a 79412f 373d5f 605f4b 514f5a 20422c 366557"
)
_TAB = b"\x57\x6e\x7b"
# Which alphabet at which position, over and over.
_ORDER = tuple(map(int, "0120121221210212021200122102122100212120200120210212001220012021"))
_TABLES = tuple(
    {9: _TAB[n], **{32 + at: _ALPHABETS[3 * at + n] for at in range(96)}} for n in range(3)
)
_KEPT = frozenset("<>@")
_ESCAPES = {"@&": "\n", "@#": "\r", "@*": ">", "@!": "<", "@$": "@"}
_ESCAPE = re.compile(r"@[&#*!$]")
# #@~^CAAAAA==text^#~@: before the text its length, after it a sum, six characters of base64 each
_ENCODED = re.compile(
    r"#@~\^(?:[A-Za-z0-9+/]{6}==)?(.*?)(?:(?:[A-Za-z0-9+/]{6}==)?\^#~@|\Z)", re.DOTALL
)


def _plain(encoded: str) -> str:
    text = _ESCAPE.sub(lambda found: _ESCAPES[found[0]], encoded[:_LONGEST])
    plain = []
    position = 0
    for character in text:
        code = ord(character)
        if code < 128:
            if character not in _KEPT:
                code = _TABLES[_ORDER[position & 63]].get(code, code)
            position += 1
        plain.append(chr(code))
    return "".join(plain)


def decoded(text: str) -> str:
    """Put the script in place of each encoded part of `text`."""
    return _ENCODED.sub(lambda found: _plain(found[1]), text)
