"""Object storage: places named by a URL (`s3://bucket/key`), read and written through fsspec.

Nothing is staged: an object is read by ranges, a few blocks of it at a time. Who may, and where the
store is, the library for its protocol takes from the environment (for S3: AWS_ACCESS_KEY_ID,
AWS_ENDPOINT_URL and so on).
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from afterpatch.errors import UsageError
from afterpatch.limits import (
    STORE_AHEAD,
    STORE_AHEAD_BYTES,
    STORE_BLOCK_BYTES,
    STORE_BLOCKS,
    STORE_READERS,
)

__all__ = [
    "Opened",
    "Place",
    "Status",
    "Stored",
    "below",
    "expanded",
    "file_system",
    "is_url",
    "place",
    "read_each",
]

# Of two letters at least: C:\ is a drive.
_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_INFOS = 1024  # of objects remembered: a zip is opened once for each of its members
_OPEN = 4  # objects kept open with their blocks, for the same reason


class Opened(Protocol):
    """An open file: reads and seeks in bytes; raises OSError."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...

    def close(self) -> None: ...


class Status(NamedTuple):
    """Size in bytes, and a number that is another one when the object has changed."""

    st_size: int
    st_mtime_ns: int


class Stored:
    """An object in a store, or all objects whose names begin with its own and a slash.

    Has what this program uses of pathlib.Path, and raises OSError where a path does.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def __str__(self) -> str:
        return self._url

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stored) and self._url == other._url

    def __hash__(self) -> int:
        return hash(self._url)

    def __truediv__(self, name: str) -> Stored:
        return Stored(f"{self._url}/{name}") if name else self

    @property
    def protocol(self) -> str:
        return self._url.partition("://")[0]

    @property
    def name(self) -> str:
        return self._url.rsplit("/", 1)[-1]

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self._url.split("/"))

    @property
    def parents(self) -> tuple[Stored, ...]:
        parts = self.parts
        return tuple(Stored("/".join(parts[:length])) for length in range(len(parts) - 1, 2, -1))

    def resolve(self) -> Stored:
        return self

    def absolute(self) -> Stored:
        return self

    def stat(self) -> Status:
        return _status(self._url)

    def is_dir(self) -> bool:
        try:
            return bool(_info(self._url)["type"] == "directory")
        except OSError:
            return False

    def is_file(self) -> bool:
        try:
            return bool(_info(self._url)["type"] == "file")
        except OSError:
            return False

    def open(self, _mode: str = "rb", buffering: int = 0) -> Opened:  # noqa: ARG002 as a path's
        """The object, to be read from its begin; whoever opens it next has the same blocks."""
        file = _opened(self._url, self.stat())
        file.seek(0)
        return file

    def files(self) -> list[tuple[str, Status]]:
        """Every object below: the rest of its name, and its status; sorted."""
        fs, path = _store(self._url)
        with _named(self._url):
            found = fs.find(path, detail=True)
        return sorted(
            (name[len(path) + 1 :], _status_of(info))
            for name, info in found.items()
            if not name.endswith("/")
        )

    def read_bytes(self) -> bytes:
        fs, path = _store(self._url)
        with _named(self._url):
            data: bytes = fs.cat_file(path)
        return data

    def write_bytes(self, data: bytes) -> None:
        """Put an object, which appears whole or not at all."""
        fs, path = _changing(self._url)
        with _named(self._url):
            fs.pipe_file(path, data)

    def create(self, data: bytes) -> bool:
        """Put an object where there is none; False where there is one. The store decides."""
        fs, path = _changing(self._url)
        with _named(self._url):
            try:
                fs.pipe_file(path, data, mode="create")
            except FileExistsError:
                return False
        return True

    def upload(self, file: Path) -> None:
        """Put the content of a file, in parts where it is large; appears whole or not at all."""
        fs, path = _changing(self._url)
        with _named(self._url):
            fs.put_file(str(file), path)

    def unlink(self) -> None:
        """Remove an object; does nothing where there is none."""
        fs, path = _changing(self._url)
        with _named(self._url):
            try:
                fs.rm_file(path)
            except FileNotFoundError:
                return


Place = Path | Stored


def is_url(text: str) -> bool:
    """Whether it names an object in a store and no path of this machine."""
    return _URL.match(text) is not None


def place(text: str | Path) -> Place:
    """The path or, for a URL, the object; raises UsageError where its library is missing."""
    if isinstance(text, Path) or not is_url(text):
        return Path(text)
    fs, _ = _store(text)
    protocol, _, rest = text.partition("://")
    known = (fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol
    return Stored(f"{known[0] if protocol in known else protocol}://{rest}")  # s3a is s3


def expanded(text: str) -> list[str]:
    """The URLs that a URL with `*` stands for, sorted, since no shell does it; else the text."""
    if not is_url(text) or "*" not in text:
        return [text]
    fs, path = _store(text)
    with _named(text):
        return sorted(str(fs.unstrip_protocol(found)) for found in fs.glob(path))


def below(found: Place, folder: Place) -> str:
    """How a place is called below a folder, with slashes; `.` for the folder itself."""
    if isinstance(found, Path) and isinstance(folder, Path):
        return found.relative_to(folder).as_posix()
    return str(found).removeprefix(str(folder)).strip("/") or "."


def file_system(where: Stored) -> Any:
    """The library's view of the store, for what reads through that library."""
    return _store(str(where))[0]


def read_each(places: Iterable[tuple[Place, int]]) -> Iterator[bytes | OSError]:
    """The content of each place, in order, or why it can't be read.

    With each comes how large it is said to be, in bytes: objects of a store are read side by side,
    as many as fit into STORE_AHEAD_BYTES by that.
    """
    ahead: list[str] = []
    size = 0
    for where, bytes_ in places:
        if ahead and (
            isinstance(where, Path)
            or where.protocol != Stored(ahead[0]).protocol
            or size + bytes_ > STORE_AHEAD_BYTES
            or len(ahead) == STORE_AHEAD
        ):
            yield from _in_order(ahead)
            ahead, size = [], 0
        if isinstance(where, Path):
            try:
                yield where.read_bytes()
            except OSError as error:
                yield error
            continue
        ahead.append(str(where))
        size += bytes_
    yield from _in_order(ahead)


def _in_order(urls: Sequence[str]) -> list[bytes | OSError]:
    """All of them, before any is handed on: a reader that is left in the middle would be ended by
    whichever thread clears it away, and that may be the one which its own reading waits for."""
    with ThreadPoolExecutor(STORE_READERS) as readers:
        return [*readers.map(_content, urls)]


def _content(url: str) -> bytes | OSError:
    try:
        return Stored(url).read_bytes()
    except OSError as error:
        return error


def _changing(url: str) -> tuple[Any, str]:
    """As _store, of an object that will be another one: what is remembered of it is forgotten."""
    _info.cache_clear()
    return _store(url)


def _store(url: str) -> tuple[Any, str]:
    """The file system of a store, and the name in it."""
    protocol = url.partition("://")[0]
    try:
        # Not by its url_to_fs: a key that holds `::` is a key here.
        kind = importlib.import_module("fsspec").get_filesystem_class(protocol.lower())
        fs = kind(**kind._get_kwargs_from_urls(url), use_listings_cache=False)
    except ImportError as error:
        raise UsageError(
            f"{url} is in object storage, which needs: pip install 'afterpatch[storage]' "
            f"(and for another protocol than s3 its library: {error})"
        ) from error
    except ValueError as error:
        raise UsageError(f"{url}: the protocol {protocol} is not known to fsspec") from error
    return fs, str(kind._strip_protocol(url)).rstrip("/")


@contextmanager
def _named(url: str) -> Iterator[None]:
    """Every error of the store's library as an OSError with a reason and the URL."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, error.strerror or "is not there", url) from error
    except OSError as error:
        why = error.strerror or " ".join(str(error).split()) or type(error).__name__
        raise type(error)(error.errno or errno.EIO, why, url) from error
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise OSError(errno.EIO, why, url) from error


@lru_cache(maxsize=_INFOS)
def _info(url: str) -> dict[str, Any]:
    fs, path = _store(url)
    with _named(url):
        found: dict[str, Any] = fs.info(path)
    return found


def _status(url: str) -> Status:
    return _status_of(_info(url))


def _status_of(info: dict[str, Any]) -> Status:
    told = [str(info.get(key, "")) for key in ("ETag", "etag", "LastModified", "mtime", "size")]
    digest = hashlib.sha256("\n".join(told).encode()).digest()
    return Status(int(info.get("size") or 0), int.from_bytes(digest[:6], "big"))


class _File:
    """An open object; closing it keeps its blocks for whoever opens it next."""

    def __init__(self, file: Any, url: str) -> None:
        self._file = file
        self._url = url

    def read(self, size: int = -1, /) -> bytes:
        with _named(self._url):
            data: bytes = self._file.read(size)
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    @property
    def closed(self) -> bool:
        return False

    def close(self) -> None:
        """Its blocks go when others need the room."""


@lru_cache(maxsize=_OPEN)
def _opened(url: str, _status: Status) -> _File:
    fs, path = _store(url)
    with _named(url):
        file = fs.open(
            path,
            "rb",
            block_size=STORE_BLOCK_BYTES,
            cache_type="background",  # the next block comes while this one is worked on
            cache_options={"maxblocks": STORE_BLOCKS},
        )
    return _File(file, url)
