"""Keeps what is slow to compile, by a hash of all it was made from.

An entry is plain data, never a pickle. It is taken only from a folder and a file that belong to the
user who runs the program and that nobody else can write to, and only when it is whole. Whatever
goes wrong, the caller compiles anew: nothing here raises for the state of the disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import stat
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec
import platformdirs

from afterpatch import __version__
from afterpatch.limits import CACHE_ENTRIES, CACHE_ENTRY_BYTES

__all__ = ["digest_of", "kept", "load", "store"]

T = TypeVar("T")

_MAGIC = b"afterpatch cache 1\n"
_SUFFIX = ".cache"
_PACKAGE = Path(__file__).parents[1]


def digest_of(*parts: bytes) -> str:
    """The key of what is made from these parts by this program, on this kind of machine."""
    whole = hashlib.sha256(_program())
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def load(digest: str) -> bytes | None:
    """What was stored under the key; None when there is nothing, or nothing to be trusted."""
    folder = _folder()
    if folder is None:
        return None
    try:
        if not _ours(folder.lstat()):
            return None
        with (folder / f"{digest}{_SUFFIX}").open("rb") as file:
            found = os.fstat(file.fileno())
            if not _ours(found) or found.st_size > CACHE_ENTRY_BYTES:
                return None
            entry = file.read()
            with contextlib.suppress(OSError):
                os.utime(file.fileno())  # what is used is the last to be removed
    except OSError:
        return None
    start = len(_MAGIC) + hashlib.sha256().digest_size
    data = entry[start:]
    whole = entry[:start] == _MAGIC + hashlib.sha256(data).digest()
    return data if whole else None


def store(digest: str, data: bytes) -> None:
    """Keep data under the key, and no more than CACHE_ENTRIES entries; does nothing if it can't."""
    folder = _folder()
    if folder is None or len(data) > CACHE_ENTRY_BYTES // 2:
        return
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _ours(folder.lstat()):
            return
        handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + hashlib.sha256(data).digest() + data)
            part.replace(folder / f"{digest}{_SUFFIX}")
        except OSError:
            part.unlink()
        _prune(folder)


def kept(digest: str, kind: type[T], make: Callable[[], T]) -> T:
    """What is stored under the key, of this msgspec type; made and stored when it is not there."""
    if (entry := load(digest)) is not None:
        try:
            return msgspec.msgpack.decode(entry, type=kind)
        except msgspec.DecodeError:
            pass  # a key is taken only for what this code wrote, so this is damage
    made = make()
    store(digest, msgspec.msgpack.encode(made))
    return made


def _prune(folder: Path) -> None:
    """Remove the entries longest unused beyond the limit, and parts that nobody finished."""
    entries = [path for path in folder.iterdir() if path.suffix in (_SUFFIX, ".part")]
    aged = sorted(entries, key=lambda path: (-path.stat().st_mtime_ns, path.name))
    for path in aged[CACHE_ENTRIES:]:
        path.unlink(missing_ok=True)


def _folder() -> Path | None:
    folder = Path(platformdirs.user_cache_dir("afterpatch", appauthor=False))
    return folder if folder.is_absolute() else None  # it is not where there is no home


def _ours(found: os.stat_result) -> bool:
    """Whether it is a file or folder of this user that others can't write to."""
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        return False
    if os.name == "nt":  # the folder lies in the user's profile, which others can't write to
        return True
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


@cache
def _program() -> bytes:
    """A hash of the program's own code, of the installed libraries, and of the machine.

    Pattern databases are made for a processor, and a home folder may be shared by machines.
    """
    whole = hashlib.sha256()
    machine = (__version__, platform.python_version(), platform.machine(), platform.node())
    for text in (*machine, *_installed()):
        whole.update(f"{text}\n".encode())
    for path in sorted(_PACKAGE.rglob("*.py")):
        whole.update(path.read_bytes())
    return whole.digest()


def _installed() -> list[str]:
    """Names and versions of what is installed, as `pysigma-2.0.1.dist-info`.

    Another version of a library may read the same rules differently. To ask for the versions by
    the library's name takes longer than to read the rules.
    """
    names: set[str] = set()
    for folder in sys.path:
        with contextlib.suppress(OSError):
            found = [path.name for path in Path(folder).iterdir()]
            names.update(n for n in found if n.endswith(".dist-info"))
    return sorted(names)
