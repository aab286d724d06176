"""A folder walked once, in a fixed order, without following links."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from afterpatch.evidence.paths import printable
from afterpatch.model import Problem
from afterpatch.storage import Place, Stored

__all__ = ["Found", "walk"]


class Found(Struct, frozen=True):
    """A regular file: its name below the folder, with `/` between the parts, and its size."""

    name: str
    size: int


def walk(folder: Place) -> Iterator[Found | Problem]:
    """Yield every regular file below `folder`, and a problem for everything that can't be read.

    A link to something inside the folder is left out: its target is met under its own name. Order
    is that of the names, a folder's files before its folders.
    """
    if isinstance(folder, Stored):
        for name, of_object in folder.files():
            yield Found(name, of_object.st_size)
        return
    inside = folder.resolve()
    pending = [""]
    while pending:
        prefix = pending.pop()
        try:
            with os.scandir(folder / prefix) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            yield _problem(prefix or str(folder), f"can't be listed: {error.strerror}")
            continue
        folders = []
        for entry in entries:
            name = prefix + entry.name
            try:
                status = entry.stat(follow_symlinks=False)
                if _is_link(status):
                    if not Path(entry.path).resolve().is_relative_to(inside):
                        yield _problem(name, "is a link out of the evidence: not followed")
                elif stat.S_ISDIR(status.st_mode):
                    folders.append(name + "/")
                elif stat.S_ISREG(status.st_mode):
                    yield Found(name, status.st_size)
                else:
                    yield _problem(name, "is a device, pipe or socket: not read")
            except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
                yield _problem(name, f"can't be examined: {error}")
        pending += reversed(folders)


def _problem(name: str, why: str) -> Problem:
    return Problem(printable(name), why, stage="open")


def _is_link(status: os.stat_result) -> bool:
    if stat.S_ISLNK(status.st_mode):
        return True
    # A Windows junction is a folder to stat, and may lead in a circle
    if sys.platform == "win32":
        return status.st_reparse_tag == stat.IO_REPARSE_TAG_MOUNT_POINT
    return False
