"""Evidence opened in place: which units there are, and the files in each.

Nothing is unpacked under a name of its own. A zip inside another archive is read where it lies when
it is stored there; otherwise it goes to an anonymous temporary file, because only its central
directory tells its members for certain: the headers in the stream may lack their sizes or lie.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from functools import lru_cache
from typing import NamedTuple

from afterpatch import limits
from afterpatch.errors import EvidenceError, UsageError
from afterpatch.evidence import archive_tar, archive_zip, magic
from afterpatch.evidence.directory import Found, walk
from afterpatch.evidence.paths import printable, server_path
from afterpatch.evidence.reader import (
    Budget,
    BudgetError,
    Damaged,
    Inflated,
    Metered,
    Peeked,
    PlainFile,
    Reader,
    Seekable,
)
from afterpatch.model import Evidence, Locator, Problem, Unit
from afterpatch.storage import Opened, Place, place

__all__ = ["Reader", "discover", "open_unit"]

_BETWEEN = " ! "


def discover(paths: Sequence[Place]) -> tuple[list[Unit], list[Problem]]:
    """List what is to be opened in `paths`, sorted, and what can't be.

    Raises UsageError for a path that can't be assessed as given: none there, an empty folder, an
    archive that is damaged, encrypted or of a kind that can't be opened.
    """
    units: list[Unit] = []
    problems: list[Problem] = []
    for path, evidence in _arguments(paths):
        found, wrong = (_folder if path.is_dir() else _given_file)(path, evidence)
        if not found and wrong:
            raise UsageError(
                f"Nothing in {path} can be read, give another copy or export of it;"
                f" the first reason: {wrong[0].what}: {wrong[0].why}"
            )
        if not found:
            raise UsageError(f"{path} holds no files: give the folder or archive of a collection")
        units += found
        problems += wrong
    return sorted(units), sorted(problems, key=lambda problem: (problem.what, problem.why))


def open_unit(unit: Unit) -> Iterator[tuple[Evidence, Reader]]:
    """Yield each file of a unit and its reader, which is good until the next step.

    `Evidence.size` is 0 where only the end of a compressed stream tells it. Raises EvidenceError
    when the unit can't be opened or breaks midway.
    """
    source, member = unit.locator.source, unit.locator.member
    with ExitStack() as stack:
        if unit.container == "file":
            path = _at(source, member)
            reader = stack.enter_context(closing(PlainFile(path)))
            yield _evidence(unit, _File((member or path.name,), member, unit.size, reader)), reader
            return
        path = _at(source, unit.within)
        name = unit.within or path.name
        if unit.container == "tar":
            peeked = Peeked(stack.enter_context(closing(PlainFile(path))))
            kind = magic.archive_kind(peeked.head(magic.HEAD_BYTES))
            if kind is None:
                raise EvidenceError("was changed while it was read: is no archive any more")
            files = _inside(_File((name,), member, unit.size, peeked), kind, 1, Budget(unit.size))
        else:
            label = member.removeprefix(unit.within + _BETWEEN) if unit.within else member
            entry = _directory(path).get(label)
            if entry is None:
                raise EvidenceError("was changed while it was read: the member is gone")
            archive = stack.enter_context(closing(_opened(path)))
            packed = archive_zip.MemberReader(archive, entry)
            file = _File((name, entry.name), member, entry.size, packed)
            nested = unit.container == "nested"
            files = _expanded(file, 1, Budget(unit.size)) if nested else iter((file,))
        for file in files:
            yield _evidence(unit, file), file.reader


def _at(source: str, member: str) -> Place:
    """Where the file of a locator lies: the seam to whatever opens bytes."""
    base = place(source)
    return base / member if member else base


class _File(NamedTuple):
    """A file within archives within an archive on disk: their names, the outermost first."""

    names: tuple[str, ...]
    label: str
    size: int
    reader: Reader


def _evidence(unit: Unit, file: _File) -> Evidence:
    # the name of an archive that was given by itself is that of the evidence, no part of a path
    given_alone = unit.container != "file" and not unit.within
    names = file.names[1:] if given_alone and len(file.names) > 1 else file.names
    root, path = server_path(names)
    return Evidence(unit.evidence, root, path, Locator(unit.locator.source, file.label), file.size)


# ---------------------------------------------------------------- what was given


def _arguments(paths: Sequence[Place]) -> list[tuple[Place, str]]:
    """Return each path with the name of its evidence; one that lies in another is left out."""
    given: dict[Place, Place] = {}
    for path in paths:
        try:
            path.stat()
        except OSError as error:
            raise UsageError(
                f"{path} can't be opened ({error.strerror}): check the path and your rights"
            ) from error
        given.setdefault(path.resolve(), path)
    outermost = [
        (resolved, path)
        for resolved, path in given.items()
        if not given.keys() & {*resolved.parents}
    ]
    # the root of a drive or file system has no name of its own
    parts = [[part.rstrip("/\\") or "/" for part in resolved.parts] for resolved, _ in outermost]
    names = ["/".join(part[-1:]) for part in parts]
    for length in range(2, max(map(len, parts), default=0) + 1):
        if len({*names}) == len(names):
            break
        names = [
            "/".join(part[-length:]) if names.count(name) > 1 else name
            for part, name in zip(parts, names, strict=True)
        ]
    return [(path, printable(name)) for (_, path), name in zip(outermost, names, strict=True)]


def _given_file(path: Place, evidence: str) -> tuple[list[Unit], list[Problem]]:
    """A path given by itself is known by its content, whatever its name."""
    if not path.is_file():
        raise UsageError(f"{path} is no file or folder: give the folder or archive of a collection")
    size = path.stat().st_size
    try:
        head = _head(path)
        kind = magic.archive_kind(head)
        if other := magic.unopened(head):
            raise UsageError(f"{path} is {other}")
        if kind == "zip":
            members = _directory(path)
            if any(member.flaw == archive_zip.ENCRYPTED for member in members.values()):
                raise UsageError(
                    f"{path} is encrypted: unpack it with its password (7-Zip does; a Velociraptor"
                    " package holds the collection as data.zip) and give the folder"
                )
            return _zip(path, Locator(str(path)), evidence, "")
        if kind is not None:
            if not _holds_anything(path, kind):
                return [], []
            return [Unit(Locator(str(path)), "tar", size, evidence)], []
    except EvidenceError as error:
        raise UsageError(
            f"{path} is damaged ({error}): copy it again, or extract what can be extracted and"
            " give the folder"
        ) from error
    if magic.has_archive_name(path.name):
        raise UsageError(
            f"{path} is damaged (it does not begin like an archive): copy it again, or extract"
            " what can be extracted and give the folder"
        )
    return ([Unit(Locator(str(path)), "file", size, evidence)] if size else []), []


def _holds_anything(path: Place, kind: magic.Kind) -> bool:
    with closing(PlainFile(path)) as reader:
        stream = Peeked(reader if kind == "tar" else Inflated(reader, kind))
        if kind == "tar" or magic.archive_kind(stream.head(magic.HEAD_BYTES)) == "tar":
            return next(archive_tar.members(stream), None) is not None
        return True


def _folder(path: Place, evidence: str) -> tuple[list[Unit], list[Problem]]:
    units: list[Unit] = []
    problems: list[Problem] = []
    for found in walk(path):
        if isinstance(found, Problem):
            problems.append(found)
            continue
        try:
            more, wrong = _found_file(path, found, evidence)
        except EvidenceError as error:
            problems.append(Problem(printable(found.name), str(error), error.offset, "open"))
        else:
            units += more
            problems += wrong
    return units, problems


def _found_file(folder: Place, found: Found, evidence: str) -> tuple[list[Unit], list[Problem]]:
    """A file in a folder is opened as an archive only when its name says so, too."""
    locator = Locator(str(folder), found.name)
    plain = [Unit(locator, "file", found.size, evidence)]
    if not magic.may_be_container(found.name):
        return plain, []
    path = folder / found.name
    head = _head(path)
    if other := magic.unopened(head):
        return [], [Problem(printable(found.name), f"is {other}", stage="open")]
    kind = magic.archive_kind(head) if magic.has_archive_name(found.name) else None
    if kind == "zip":
        return _zip(path, locator, evidence, found.name)
    if kind is not None:
        return [Unit(locator, "tar", found.size, evidence, found.name)], []
    return plain, []


def _zip(
    path: Place, locator: Locator, evidence: str, within: str
) -> tuple[list[Unit], list[Problem]]:
    units: list[Unit] = []
    problems: list[Problem] = []
    members = _directory(path)
    encrypted = sum(member.flaw == archive_zip.ENCRYPTED for member in members.values())
    if encrypted:
        problems.append(
            Problem(
                printable(within or path.name),
                f"{encrypted} of {len(members)} files in it can't be read: the archive"
                f" {archive_zip.ENCRYPTED}",
                stage="open",
            )
        )
    with closing(_opened(path)) as file:
        for label, member in members.items():
            name = _below(locator.member, label)
            if member.flaw:
                if member.flaw != archive_zip.ENCRYPTED:
                    problems.append(Problem(printable(name), member.flaw, stage="open"))
                continue
            nested = magic.has_archive_name(member.name) and _is_archive(
                archive_zip.MemberReader(file, member)
            )
            units.append(
                Unit(
                    Locator(locator.source, name),
                    "nested" if nested else "zip",
                    member.packed,
                    evidence,
                    within,
                )
            )
    return units, problems


def _is_archive(reader: Reader) -> bool:
    try:
        return magic.archive_kind(Peeked(reader).head(magic.HEAD_BYTES)) is not None
    except EvidenceError:
        return False  # whoever reads the member will meet the damage


def _head(path: Place) -> bytes:
    with closing(PlainFile(path)) as reader:
        return Peeked(reader).head(magic.HEAD_BYTES)


def _opened(path: Place) -> Opened:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise EvidenceError(f"can't be opened: {error.strerror}") from error


def _directory(path: Place) -> dict[str, archive_zip.Member]:
    try:
        status = path.stat()
        return _directory_of(str(path), status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise EvidenceError(f"can't be opened: {error.strerror}") from error


@lru_cache(maxsize=4)
def _directory_of(path: str, _size: int, _changed: int) -> dict[str, archive_zip.Member]:
    with closing(place(path).open("rb", buffering=0)) as file:
        return archive_zip.directory(file)


# ---------------------------------------------------------------- archives within archives


def _expanded(file: _File, depth: int, budget: Budget) -> Iterator[_File]:
    """Yield the file, or the files in it when it is an archive by its name and by its content."""
    budget.count()
    if magic.has_archive_name(file.names[-1]):
        peeked = Peeked(file.reader)
        file = file._replace(reader=peeked)
        try:
            kind = magic.archive_kind(peeked.head(magic.HEAD_BYTES))
            if kind is not None:
                yield from _inside(file, kind, depth + 1, budget)
                return
        except BudgetError:
            raise
        except EvidenceError as error:
            yield file._replace(reader=Damaged(error))
            return
    yield file._replace(reader=Metered(file.reader, budget))


def _inside(file: _File, kind: magic.Kind, depth: int, budget: Budget) -> Iterator[_File]:
    if depth > limits.ARCHIVE_DEPTH:
        raise EvidenceError(
            f"lies in archives within archives, more than {limits.ARCHIVE_DEPTH} deep: not opened"
        )
    if kind == "zip":
        yield from _inside_zip(file, depth, budget)
    elif kind == "tar":
        yield from _inside_tar(file, depth, budget)
    else:
        inflated = Peeked(Inflated(file.reader, kind))
        if magic.archive_kind(inflated.head(magic.HEAD_BYTES)) == "tar":
            yield from _inside_tar(file._replace(reader=inflated), depth, budget)
        else:
            names = (*file.names[:-1], magic.without_suffix(file.names[-1]))
            content = file._replace(names=names, size=0, reader=inflated)
            yield from _expanded(content, depth, budget)


def _inside_tar(file: _File, depth: int, budget: Budget) -> Iterator[_File]:
    seen: dict[str, int] = {}
    for name, size, reader in archive_tar.members(file.reader):
        seen[name] = seen.get(name, 0) + 1
        label = _below(file.label, name if seen[name] == 1 else f"{name} ({seen[name]})")
        yield from _expanded(_File((*file.names, name), label, size, reader), depth, budget)


def _inside_zip(file: _File, depth: int, budget: Budget) -> Iterator[_File]:
    with ExitStack() as stack:
        archive = _seekable(file.reader, budget, stack)
        members = archive_zip.directory(archive)
        if members and all(member.flaw == archive_zip.ENCRYPTED for member in members.values()):
            raise EvidenceError(archive_zip.ENCRYPTED)
        for label, member in members.items():
            names = (*file.names, member.name)
            reader = archive_zip.MemberReader(archive, member)
            content = _File(names, _below(file.label, label), member.size, reader)
            yield from _expanded(content, depth, budget)


def _seekable(reader: Reader, budget: Budget, stack: ExitStack) -> Seekable:
    source = reader.source if isinstance(reader, Peeked) else reader
    if isinstance(source, archive_zip.MemberReader) and (window := source.window()):
        return window
    try:
        spool = tempfile.SpooledTemporaryFile(max_size=limits.SPOOL_BYTES)  # noqa: SIM115
        stack.enter_context(spool)
        size = 0
        while data := reader.read(limits.MIB):
            budget.spend(len(data))
            size += len(data)
            if size > limits.NESTED_ARCHIVE_BYTES:
                raise EvidenceError(f"is larger than {limits.NESTED_ARCHIVE_BYTES} bytes: not read")
            spool.write(data)
    except OSError as error:
        raise EvidenceError(f"no room for it in the temporary folder: {error.strerror}") from error
    return spool


def _below(outer: str, name: str) -> str:
    return f"{outer}{_BETWEEN}{name}" if outer else name
