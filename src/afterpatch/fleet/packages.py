"""Which packages there are, what their bytes are, and which folder the dossier of each has."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from msgspec import Struct

from afterpatch.errors import EvidenceError, UsageError
from afterpatch.evidence.directory import walk
from afterpatch.evidence.magic import bare_name
from afterpatch.evidence.paths import printable
from afterpatch.evidence.reader import PlainFile
from afterpatch.limits import MIB
from afterpatch.model import Problem
from afterpatch.outputs.dossier import folder_names
from afterpatch.outputs.text import encodable
from afterpatch.storage import Place, expanded, is_url, place

__all__ = ["Content", "Package", "assigned", "content_of", "gone", "packages_of", "size_on_disk"]


class Package(Struct, frozen=True, order=True):
    """One package of evidence: its name as given, and the path or URL that it is known by."""

    name: str
    source: str

    @property
    def key(self) -> str:
        """The source as it can be written."""
        return encodable(self.source)


class Content(Struct, frozen=True):
    """What a package holds: SHA-256 and size in bytes.

    Of a folder the SHA-256 of a line `name NUL sha256` for each of its files, in order. `stamp` is
    something cheap to know that changes when the content does.
    """

    sha256: str
    size: int
    stamp: str


def packages_of(given: Sequence[str]) -> list[Package]:
    """The packages of these paths and URLs, each once, sorted by name."""
    found: dict[str, Package] = {}
    for text in (one for entry in given for one in expanded(entry)):
        where = str(_known_by(place(text)))
        found.setdefault(where, Package(printable(text), where))
    return sorted(found.values())


def _known_by(where: Place) -> Place:
    """The same for every spelling. A link is a place of its own: what it leads to may change."""
    if isinstance(where, Path) and where.name not in ("", ".."):
        return where.absolute().parent.resolve() / where.name
    return where.resolve()


def gone(source: str) -> bool:
    """Whether there is nothing at this place any more, as far as that can be told."""
    try:
        place(source).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, UsageError):
        return False
    return False


def assigned(packages: Sequence[Package], held: Mapping[str, str]) -> list[str]:
    """A folder name for each package, in order, no two alike.

    `held` maps the keys of packages to the folders that they have already, and keep. A further
    package of a name that is taken gets a hash of its place behind it.
    """
    taken = {folder.lower() for folder in held.values()}
    names = []
    for package in packages:
        name = held.get(package.key)
        if name is None:
            last = package.source.rstrip("/\\").replace("\\", "/").rsplit("/", 1)[-1]
            (name,) = folder_names([bare_name(last)])
            if name.lower() in taken:
                name += f"-{hashlib.sha256(package.key.encode()).hexdigest()[:10]}"
            taken.add(name.lower())
        names.append(name)
    return names


def size_on_disk(source: str) -> int:
    """Bytes of a file; 0 for what is none and for what is elsewhere, which takes time to ask."""
    try:
        return 0 if is_url(source) or (path := Path(source)).is_dir() else path.stat().st_size
    except OSError:
        return 0


def content_of(
    source: str, known: Content | None, on_bytes: Callable[[int], None] = lambda _done: None
) -> Content:
    """What the package holds, read anew unless its stamp is that of what is `known`.

    Raises UsageError where it can't be read.
    """
    where = place(source)
    try:
        stamp = _stamp(where)
        if known is not None and known.stamp == stamp:
            return known
        if not where.is_dir():
            sha256, size = _hashed(where, on_bytes)
            return Content(sha256, size, stamp)
    except (OSError, EvidenceError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(
            f"{source} can't be read ({why}): check the path and your rights"
        ) from error
    whole, total = hashlib.sha256(), 0
    for found in walk(where):
        if isinstance(found, Problem):
            whole.update(f"{found.what}\0{found.why}\n".encode("utf-8", "backslashreplace"))
            continue
        try:
            sha256, size = _hashed(where / found.name, partial(_further, on_bytes, total))
        except EvidenceError as error:
            sha256, size = str(error), 0
        whole.update(f"{found.name}\0{sha256}\n".encode("utf-8", "surrogateescape"))
        total += size
    return Content(whole.hexdigest(), total, stamp)


def _stamp(where: Place) -> str:
    """Sizes and times of change, by what the file system or the store says."""
    if not where.is_dir():
        status = where.stat()
        return f"{status.st_size} {status.st_mtime_ns} {getattr(status, 'st_ctime_ns', 0)}"
    whole = hashlib.sha256()
    for found in walk(where):
        if isinstance(found, Problem):
            whole.update(f"{found.what}\0{found.why}\n".encode("utf-8", "backslashreplace"))
        else:
            of_file = _stamp(where / found.name)
            whole.update(f"{found.name}\0{of_file}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _further(on_bytes: Callable[[int], None], before: int, done: int) -> None:
    on_bytes(before + done)


def _hashed(file: Place, on_bytes: Callable[[int], None]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with closing(PlainFile(file)) as reader:
        while data := reader.read(MIB):
            digest.update(data)
            size += len(data)
            on_bytes(size)
    return digest.hexdigest(), size
