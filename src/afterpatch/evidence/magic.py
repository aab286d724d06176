"""Archives known by their first bytes."""

from __future__ import annotations

import re
from typing import Literal

__all__ = [
    "HEAD_BYTES",
    "Kind",
    "archive_kind",
    "bare_name",
    "has_archive_name",
    "may_be_container",
    "unopened",
    "without_suffix",
]

Kind = Literal["zip", "tar", "gz", "bz2", "xz", "zst"]

HEAD_BYTES = 512

_MAGIC: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(rb"PK(?:\x03\x04|\x05\x06)"), "zip"),
    (re.compile(rb"\x1f\x8b\x08"), "gz"),
    (re.compile(rb"\xfd7zXZ\0"), "xz"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "zst"),
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"), "bz2"),
    (re.compile(rb".{257}ustar", re.DOTALL), "tar"),
)
_SUFFIX = re.compile(r"\.(?:zip|tar|gz|bz2|xz|zst|tgz|tbz2?|txz|tzst)", re.IGNORECASE)
_TAR_SHORTHAND = re.compile(r"\.t(?:gz|bz2?|xz|zst)", re.IGNORECASE)

_UNOPENED = (
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: extract it and give the folder"),
    (b"Rar!\x1a\x07", "a RAR archive: extract it and give the folder"),
    (b"vhdxfile", "a disk image (VHDX): mount it read-only and give the drive"),
    (b"KDMV", "a disk image (VMDK): mount it read-only and give the drive"),
    (b"EVF\x09\x0d\x0a\xff\x00", "a disk image (EWF): mount it read-only and give the drive"),
)
_UNOPENED_SUFFIXES = (".7z", ".rar", ".vhdx", ".vmdk", ".e01")


def archive_kind(head: bytes) -> Kind | None:
    """Return what the first HEAD_BYTES bytes of a file show it to be, or None for no archive."""
    return next((kind for magic, kind in _MAGIC if magic.match(head)), None)


def unopened(head: bytes) -> str | None:
    """Return what a container that this program can't open is, and what to do about it."""
    return next((what for magic, what in _UNOPENED if head.startswith(magic)), None)


def has_archive_name(name: str) -> bool:
    """Tell whether a name ends like an archive: .docx, .jar or .nupkg are files, not containers."""
    return _suffix(name) != ""


def may_be_container(name: str) -> bool:
    """Tell whether a name ends like an archive or an image, one that can be opened or not."""
    return has_archive_name(name) or name.lower().endswith(_UNOPENED_SUFFIXES)


def without_suffix(name: str) -> str:
    """Return the name of what a compressed file holds: `u_ex.log` for `u_ex.log.gz`."""
    suffix = _suffix(name)
    if suffix in ("", ".zip", ".tar"):
        return name
    return name[: -len(suffix)] + (".tar" if _TAR_SHORTHAND.fullmatch(suffix) else "")


def bare_name(name: str) -> str:
    """Return a package's name without the endings of archives: `MAIL01` for `MAIL01.tar.gz`."""
    while suffix := _suffix(name) or next(
        (name[-len(end) :] for end in _UNOPENED_SUFFIXES if name.lower().endswith(end)), ""
    ):
        if len(suffix) == len(name):
            break
        name = name[: -len(suffix)]
    return name


def _suffix(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:] if dot > 0 and _SUFFIX.fullmatch(name[dot:]) else ""
