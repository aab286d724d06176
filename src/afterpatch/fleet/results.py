"""Where the dossiers of a fleet are kept: a folder, or object storage.

Both give a package's dossiers whole or not at all. In a folder they are written aside, synced and
renamed. A store has no renaming: there the manifests come after the rest and `unit.json` last, and
dossiers without it don't count.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

import msgspec

from afterpatch import limits
from afterpatch.errors import UsageError
from afterpatch.fleet.packages import Content
from afterpatch.fleet.records import UnitRecord
from afterpatch.limits import MIB
from afterpatch.model import Problem
from afterpatch.outputs import manifest
from afterpatch.outputs.fleet_json import FLEET, SERVERS, UNIT, Fleet
from afterpatch.storage import Place, Stored, read_each
from afterpatch.tables.fleet import READ, UNREAD, FleetTables, Told

__all__ = ["FolderResults", "Results", "StoreResults", "WriteError", "results_in"]

TABLES = "tables"
_OWN = ".fleet"  # what is ours alone
_HASHES = "hashes.jsonl"
_BUSY = "is at work in {}: wait until it has ended, or choose another folder with -o"


class WriteError(Exception):
    """Nothing can be written any more."""


class Results(Protocol):
    """What the fleet asks of the place of its results. Travels to the workers, which `save`."""

    def lock(self) -> contextlib.AbstractContextManager[None]:
        """Be the only run here while this lasts; raises UsageError where another one is."""

    def check(self) -> None:
        """Raise UsageError where the lock was lost."""

    def finished(self) -> dict[str, UnitRecord]:
        """The records of all packages whose dossiers are whole, by folder."""

    def save(self, folder: str, fill: Callable[[Path], None]) -> None:
        """Have an empty folder filled and kept for the package; raises WriteError."""

    def publish(self, folder: str) -> None:
        """Make what was saved appear in place of what was there; raises OSError."""

    def remove(self, folder: str) -> None:
        """Remove the dossiers of a package that has them elsewhere; raises OSError."""

    def fleet(self) -> Fleet | None:
        """What an earlier run wrote."""

    def write_fleet(self, data: bytes) -> None:
        """Replace what an earlier run wrote, at once."""

    def write_tables(self, servers: Sequence[str]) -> list[Problem]:
        """Bring the tables up to the dossiers of these servers, folders below `servers/`; returns
        those that can't be read."""

    def contents(self) -> dict[str, Content]:
        """What was known of packages in earlier runs, by source."""

    def note_content(self, source: str, content: Content) -> None:
        """Know this in later runs."""


def results_in(out: Place) -> Results:
    """The results in a folder or a store."""
    return StoreResults(str(out)) if isinstance(out, Stored) else FolderResults(out)


class FolderResults:
    """Dossiers in a folder that all workers reach."""

    def __init__(self, out: Path) -> None:
        self._out = out.absolute()
        self._part = self._out / _OWN / f"part-{secrets.token_hex(8)}"  # of this run alone
        self._old = self._out / _OWN / "old"
        self._hashes: IO[bytes] | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return _folder_results, (str(self._out), str(self._part))

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold a lock that the system takes back however this process ends."""
        own = self._out / _OWN
        try:
            others = [p.name for p in self._out.iterdir()] if self._out.exists() else []
            if others and not {_OWN, SERVERS, FLEET} & {*others}:
                raise UsageError(
                    f"{self._out} holds files that are no earlier fleet: "
                    "choose a new or empty folder with -o"
                )
            own.mkdir(parents=True, exist_ok=True)
            file = (own / "lock").open("ab")
        except OSError as error:
            raise UsageError(
                f"{self._out} can't be written to ({error.strerror}): choose another folder with -o"
            ) from error
        with file:
            if not _locked(file):
                raise UsageError(f"Another fleet {_BUSY.format(self._out)}")
            self._clear()
            with (own / _HASHES).open("ab") as self._hashes:
                yield
            shutil.rmtree(self._part, ignore_errors=True)

    def _clear(self) -> None:
        """Put right what a killed run left behind."""
        (self._out / SERVERS).mkdir(exist_ok=True)
        _sync(self._out)
        self._old.mkdir(exist_ok=True)
        for left in (self._out / _OWN).glob("part-*"):
            shutil.rmtree(left, ignore_errors=True)
        for old in self._old.iterdir():
            if (self._out / SERVERS / old.name).exists():
                shutil.rmtree(old, ignore_errors=True)
            else:
                old.replace(self._out / SERVERS / old.name)
        self._part.mkdir()

    def check(self) -> None:
        """The system keeps the lock."""

    def finished(self) -> dict[str, UnitRecord]:
        """The records of all packages whose dossiers are there in the sizes of their manifests."""
        found = {}
        for folder in sorted((self._out / SERVERS).iterdir()):
            record = _decoded(_bytes(folder / UNIT))
            if record is not None and all(_is_whole(folder / s.folder) for s in record.servers):
                found[folder.name] = record
        return found

    def save(self, folder: str, fill: Callable[[Path], None]) -> None:
        """Fill a folder aside, and see it on the disk."""
        if not self._part.is_dir():
            raise WriteError(
                f"{self._out} is not there for a worker: all nodes must share it, "
                "or give a URL with -o"
            )
        part = self._part / folder
        shutil.rmtree(part, ignore_errors=True)  # of a worker that was killed
        with _writing():
            part.mkdir()
            fill(part)
            for below, _, files in os.walk(part):
                for name in files:
                    _sync(Path(below, name))
                _sync(Path(below))

    def publish(self, folder: str) -> None:
        """Rename it to its place; an earlier one stays aside until it is there."""
        place = self._out / SERVERS / folder
        old = self._old / folder
        if place.exists():
            place.replace(old)
        (self._part / folder).replace(place)
        _sync(place.parent)
        shutil.rmtree(old, ignore_errors=True)

    def remove(self, folder: str) -> None:
        """Take it aside whole first."""
        old = self._old / folder
        (self._out / SERVERS / folder).replace(old)
        _sync(self._out / SERVERS)
        shutil.rmtree(old, ignore_errors=True)

    def fleet(self) -> Fleet | None:
        """What an earlier run wrote."""
        return _fleet(_bytes(self._out / FLEET))

    def write_fleet(self, data: bytes) -> None:
        """Write it aside and rename it."""
        part = self._part / FLEET
        part.write_bytes(data)
        _sync(part)
        part.replace(self._out / FLEET)
        _sync(self._out)

    def write_tables(self, servers: Sequence[str]) -> list[Problem]:
        """Write the buckets of `tables/` that are not up to date."""
        return _write_tables(FleetTables(self._out / TABLES), self._out, servers)

    def contents(self) -> dict[str, Content]:
        """What earlier runs noted; a line that was cut off is passed over."""
        found = {}
        for line in _bytes(self._out / _OWN / _HASHES).splitlines():
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
                source, content = msgspec.json.decode(line, type=tuple[str, Content])
                found[source] = content
        return found

    def note_content(self, source: str, content: Content) -> None:
        """Append a line."""
        if self._hashes:
            self._hashes.write(b"\n" + msgspec.json.encode((source, content)))
            self._hashes.flush()


def _folder_results(out: str, part: str) -> FolderResults:
    results = FolderResults(Path(out))
    results._part = Path(part)
    return results


class StoreResults:
    """Dossiers in object storage."""

    def __init__(self, url: str) -> None:
        self._out = Stored(url)
        self._lock = self._out / _OWN / "lock.json"
        self._lost = ""

    def __reduce__(self) -> tuple[object, ...]:
        return StoreResults, (str(self._out),)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold an object that is renewed as long as this process lives.

        A store takes nothing back by itself: a lock that is not renewed for LEASE_SECONDS is void.
        """
        me = secrets.token_hex(8)
        if not self._lock.create(f"{me} 0".encode()):
            seen, until = self._lock.read_bytes(), time.monotonic() + limits.LEASE_SECONDS
            while time.monotonic() < until:
                time.sleep(min(1.0, limits.LEASE_SECONDS / 10))
                try:
                    now = self._lock.read_bytes()
                except FileNotFoundError:
                    break
                if now != seen:
                    raise UsageError(f"Another fleet {_BUSY.format(self._out)}")
            self._lock.unlink()
            if not self._lock.create(f"{me} 0".encode()):
                raise UsageError(f"Another fleet {_BUSY.format(self._out)}")
        ended = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(me, ended), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            ended.set()
            renewing.join()
            if not self._lost:
                with contextlib.suppress(OSError):  # then it becomes void by itself
                    self._lock.unlink()

    def _renew(self, me: str, ended: threading.Event) -> None:
        count = 0
        while not ended.wait(limits.LEASE_SECONDS / 4):
            count += 1
            with contextlib.suppress(OSError):  # the next time may do
                if not self._lock.read_bytes().startswith(me.encode()):
                    self._lost = f"Another fleet has taken {self._out} over"
                    return
                self._lock.write_bytes(f"{me} {count}".encode())

    def check(self) -> None:
        """Raise UsageError where another run thought that this one had ended."""
        if self._lost:
            raise UsageError(self._lost)

    def finished(self) -> dict[str, UnitRecord]:
        """The records of all packages whose objects are there in the sizes of their manifests."""
        base = self._out / SERVERS
        try:
            sizes = {name: status.st_size for name, status in base.files()}
        except FileNotFoundError:
            return {}
        records: dict[str, UnitRecord] = {}
        whole: set[str] = set()  # folders of dossiers
        wanted = [n for n in sizes if n.rsplit("/", 1)[-1] in (UNIT, manifest.NAME)]
        contents = read_each((base / name, sizes[name]) for name in wanted)
        for name, content in zip(wanted, contents, strict=True):
            folder, _, last = name.rpartition("/")
            if last == manifest.NAME:
                outputs = _outputs(_there(content))
                if outputs and all(sizes.get(f"{folder}/{o.file}") == o.size for o in outputs):
                    whole.add(folder)
            elif (record := _decoded(_there(content))) is not None:
                records[folder] = record
        return {
            folder: record
            for folder, record in records.items()
            if all(f"{folder}/{s.folder}".rstrip("/") in whole for s in record.servers)
        }

    def save(self, folder: str, fill: Callable[[Path], None]) -> None:
        """Fill a temporary folder and put it up: `unit.json` goes first and comes last."""
        base = self._out / SERVERS / folder
        # The store's library has tried again by itself before it raises anything.
        with _writing(), tempfile.TemporaryDirectory() as aside:
            fill(Path(aside))
            files = sorted(p for p in Path(aside).rglob("*") if p.is_file())
            (base / UNIT).unlink()
            names = {file.relative_to(aside).as_posix() for file in files}
            for name, _ in base.files():
                if name not in names:  # of an earlier dossier
                    (base / name).unlink()
            order = {manifest.NAME: 1, UNIT: 2}
            for file in sorted(files, key=lambda f: (order.get(f.name, 0), f)):
                (base / file.relative_to(aside).as_posix()).upload(file)

    def publish(self, folder: str) -> None:
        """It was, when the worker saved it."""

    def remove(self, folder: str) -> None:
        """`unit.json` goes first."""
        base = self._out / SERVERS / folder
        (base / UNIT).unlink()
        for name, _ in base.files():
            (base / name).unlink()

    def fleet(self) -> Fleet | None:
        """What an earlier run wrote."""
        try:
            return _fleet((self._out / FLEET).read_bytes())
        except FileNotFoundError:
            return None

    def write_fleet(self, data: bytes) -> None:
        """Put the object."""
        (self._out / FLEET).write_bytes(data)

    def write_tables(self, servers: Sequence[str]) -> list[Problem]:
        """As in a folder; the dossiers of what is not up to date are read back."""
        return _write_tables(FleetTables(self._out / TABLES, _told), self._out, servers)

    def contents(self) -> dict[str, Content]:
        """Nothing: a store appends to nothing."""
        return {}

    def note_content(self, source: str, content: Content) -> None:
        """Nothing, for that reason."""


def _write_tables(tables: FleetTables, out: Place, servers: Sequence[str]) -> list[Problem]:
    tables.add((server, out / SERVERS / server) for server in servers)
    return tables.write()


def _told(dossiers: Sequence[Place]) -> Iterator[Told]:
    """What the manifests of dossiers in a store say of the files that tables are made of."""
    for content in read_each((dossier / manifest.NAME, 4 * MIB) for dossier in dossiers):
        outputs = {one.file: one for one in _outputs(_there(content))}
        digests = tuple(outputs[n].sha256 if n in outputs else UNREAD for n in READ)
        yield Told(digests, max((outputs[n].size for n in READ if n in outputs), default=0))


@contextmanager
def _writing() -> Iterator[None]:
    """Errors of the disk or the store as WriteError, also where they are told in other words."""
    try:
        yield
    except (OSError, UsageError) as error:
        cause = error.__cause__ if isinstance(error, UsageError) else error
        raise WriteError(cause.strerror if isinstance(cause, OSError) else error) from error


def _outputs(content: bytes) -> tuple[manifest.Output, ...]:
    """The files that a manifest names; empty where it is none."""
    found = manifest.parse(content)
    return found.outputs if found else ()


def _there(content: bytes | OSError) -> bytes:
    """The content of an object, empty where there is none; raises OSError where the store fails."""
    if isinstance(content, OSError) and not isinstance(content, FileNotFoundError):
        raise content
    return content if isinstance(content, bytes) else b""


def _is_whole(folder: Path) -> bool:
    found = manifest.read(folder)
    try:
        return found is not None and all(
            (folder / output.file).stat().st_size == output.size for output in found.outputs
        )
    except OSError:
        return False


def _decoded(data: bytes) -> UnitRecord | None:
    try:
        return msgspec.json.decode(data, type=UnitRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _fleet(data: bytes) -> Fleet | None:
    try:
        return msgspec.json.decode(data, type=Fleet)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _sync(path: Path) -> None:
    """See a file or a folder on the disk, so that a power cut takes nothing of it."""
    if sys.platform == "win32" and path.is_dir():
        return  # NTFS journals its folders, and none can be opened
    handle = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _locked(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
