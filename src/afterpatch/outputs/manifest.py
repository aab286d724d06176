"""`manifest.json`: the hashes a dossier is held against, and the check that does it."""

from __future__ import annotations

import hashlib
import json
import lzma
import platform
import tarfile
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Protocol

import msgspec
from msgspec import Struct

from afterpatch.limits import MIB
from afterpatch.outputs.format import CaseData, Dossier, Run, in_time
from afterpatch.outputs.text import defused, encodable, visible
from afterpatch.outputs.timeline import timed
from afterpatch.storage import place

NAME = "manifest.json"
SIGNATURE = "manifest.sig"
SCHEMA = "afterpatch/manifest/1"
SIGNATURE_BYTES = 64  # of Ed25519: RFC 8032, section 5.1.6


class Output(Struct, frozen=True):
    """One file of the dossier; size in bytes."""

    file: str
    size: int
    sha256: str


class Source(Struct, frozen=True):
    """One evidence file: how the report names it, and where this run found it."""

    evidence: str
    path: str
    artifact: str
    source: str
    member: str
    size: int
    sha256: str


class Rules(Struct, frozen=True):
    """Which detections ran."""

    hash: str
    loaded: int
    refused: int
    slow_lane: int


class Counts(Struct, frozen=True):
    """How many findings and traces there are, and how many of both have no time and so no line in
    the timeline."""

    findings: int
    without_time: int
    traces: int = 0


class Manifest(Struct, frozen=True):
    """The content of `manifest.json`.

    `examiner` is the machine that the evidence was examined on; `signed_by` names the key that the
    signature beside it is made with, empty when it is not signed. In a `redacted` dossier command
    line, machine and places of the evidence are empty.
    """

    schema: str
    version: str
    rules: Rules
    tables: dict[str, str]
    command_line: tuple[str, ...]
    started: str
    ended: str
    examiner: str
    counts: Counts
    outputs: tuple[Output, ...]
    evidence: tuple[Source, ...]
    case: CaseData = CaseData()
    signed_by: str = ""
    redacted: bool = False


class Verification(Struct, frozen=True):
    """What a check found, and how much it could check; no problem means that all of it agrees.

    `signatures` says of each dossier, in a sentence, by which key it is signed, or that it is not.
    """

    problems: tuple[str, ...]
    outputs: int
    evidence: int
    evidence_not_checked: int
    signatures: tuple[str, ...] = ()


class _Checker(Protocol):
    """A public key to check a signature with, see `signature.Checker`; `key` names it."""

    key: str

    def agrees(self, content: bytes, signature: bytes) -> bool: ...


def render(dossier: Dossier, run: Run, outputs: Sequence[Output], signed_by: str = "") -> bytes:
    """Returns the manifest as indented JSON in ASCII."""
    evidence = sorted(dossier.evidence, key=lambda e: (e.evidence, e.path, e.locator))
    manifest = Manifest(
        schema=SCHEMA,
        version=run.version,
        rules=Rules(
            hash=dossier.ruleset_hash,
            loaded=dossier.rules_loaded,
            refused=len(dossier.rules_refused),
            slow_lane=dossier.slow_lane,
        ),
        tables=dict(sorted(dossier.table_dates.items())),
        command_line=() if dossier.redacted else tuple(visible(part) for part in run.command_line),
        started=run.started,
        ended=run.ended,
        examiner="" if dossier.redacted else visible(run.host or platform.node()),
        counts=Counts(
            findings=len(dossier.findings),
            without_time=sum(not timed(told) for told in in_time(dossier)),
            traces=len(dossier.traces),
        ),
        outputs=tuple(outputs),
        evidence=tuple(
            Source(
                evidence=visible(file.evidence),
                path=visible(file.path),
                artifact=file.artifact,
                # kept exact, so that the file can be found again
                source=""
                if dossier.redacted
                else encodable(str(place(file.locator.source).absolute())),
                member=encodable(file.locator.member),
                size=file.size,
                sha256=file.sha256,
            )
            for file in evidence
        ),
        case=msgspec.convert(defused(msgspec.to_builtins(dossier.case)), CaseData),
        signed_by=signed_by,
        redacted=dossier.redacted,
    )
    # ASCII: the exact names above hold no raw control character in the file
    return json.dumps(msgspec.to_builtins(manifest), indent=2).encode() + b"\n"


def read(folder: Path) -> Manifest | None:
    """Returns the manifest of a folder, or None when it holds none of ours."""
    try:
        return parse((folder / NAME).read_bytes())
    except OSError:
        return None


def parse(content: bytes) -> Manifest | None:
    """Returns the manifest in these bytes, or None when they hold none of ours."""
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except ValueError:
        return None
    return manifest if manifest.schema == SCHEMA else None


def verify(out: Path) -> list[str]:
    """Returns what disagrees with the manifest of a dossier, one sentence each; empty when none."""
    return list(check(out).problems)


def check(out: Path, checker: _Checker | None = None) -> Verification:
    """Hashes the outputs of a dossier, and its evidence as far as it can still be found.

    `out` may hold one dossier or a folder for each server. Evidence inside an archive of an archive
    is not looked into, and counts as not checked. With a `checker`, each manifest must be signed by
    its key; without one, a signature can't be checked, only be missing.
    """
    folders = [out]
    if not (out / NAME).exists() and out.is_dir():
        folders = sorted(path.parent for path in out.glob(f"*/{NAME}")) or [out]
    problems: list[str] = []
    signatures: list[str] = []
    outputs = evidence = unchecked = 0
    for folder in folders:
        manifest = read(folder)
        if manifest is None:
            problems.append(
                f"{visible(str(folder / NAME))} is missing or is not a manifest of afterpatch."
            )
            continue
        told, wrong = _signature(folder, manifest, checker)
        (problems if wrong else signatures).append(told)
        outputs += len(manifest.outputs)
        problems += _outputs(folder, manifest.outputs)
        changed, checked = _evidence(manifest.evidence)
        problems += changed
        evidence += checked
        unchecked += len(manifest.evidence) - checked
    return Verification(tuple(problems), outputs, evidence, unchecked, tuple(signatures))


def _signature(folder: Path, manifest: Manifest, checker: _Checker | None) -> tuple[str, bool]:
    """Says in a sentence how a manifest is signed, and whether that is wrong."""
    name, key = visible(str(folder / NAME)), visible(manifest.signed_by, 100)
    try:
        content = (folder / NAME).read_bytes()
        with (folder / SIGNATURE).open("rb") as stream:
            signature = stream.read(SIGNATURE_BYTES + 1)
    except FileNotFoundError:
        if key:
            return f"{name} names the key {key}, but its signature {SIGNATURE} is missing.", True
        return f"{name} is not signed.", checker is not None
    except OSError as error:
        return f"The signature of {name} can't be read: {visible(str(error))}.", True
    if checker is None:
        by = f"the key {key}" if key else "a key that it does not name"
        return f"{name} is signed by {by}; not checked: give its public half with --key.", False
    if checker.agrees(content, signature):
        return f"{name} is signed by the key given, {checker.key}.", False
    if key != checker.key:
        by = f"another key, {key}" if key else "a key that it does not name"
        return f"{name} is signed by {by}, not by the one given, {checker.key}.", True
    return (
        f"The signature of {name} is wrong: it or the manifest has changed since it was signed.",
        True,
    )


def _outputs(folder: Path, outputs: Sequence[Output]) -> Iterator[str]:
    for output in outputs:
        name = visible(output.file)
        if output.file in ("", ".", "..") or set(output.file) & set("/\\:"):
            yield f"The manifest names {name}, which is not a file of a dossier."
            continue
        path = folder / output.file
        if not path.is_file():
            yield f"{visible(str(path))} is missing."
            continue
        try:
            with path.open("rb") as stream:
                same = _sha256(stream, output.size) == output.sha256
        except OSError as error:
            yield f"{visible(str(path))} can't be read: {visible(str(error))}."
            continue
        if not same:
            yield f"{visible(str(path))} has changed since it was written."


def _sha256(stream: IO[bytes], size: int) -> str:
    """Hashes a stream; gives up, with no hash, on one that is longer than `size` bytes."""
    digest = hashlib.sha256()
    left = size
    while piece := stream.read(MIB):
        left -= len(piece)
        if left < 0:
            return ""
        digest.update(piece)
    return digest.hexdigest()


# name in the archive, or "" for the file itself -> what was recorded of it
_Wanted = dict[str, list[Source]]


def _evidence(evidence: Sequence[Source]) -> tuple[list[str], int]:
    """Returns the problems, and how many files were checked."""
    files: dict[Path, _Wanted] = defaultdict(lambda: defaultdict(list))
    for entry in evidence:
        place = _place(entry) if entry.sha256 and entry.source else None
        if place is not None:
            files[place[0]][place[1]].append(entry)
    problems: list[str] = []
    checked = 0
    for path in sorted(files):
        wanted = files[path]
        # an archive may hold one name twice, so a name has a set of hashes on both sides
        found: dict[str, set[str]] = defaultdict(set)
        try:
            for name, sha256 in _hashes(path, wanted):
                found[name].add(sha256)
        except (
            OSError,
            EOFError,
            RuntimeError,  # zipfile: an encrypted member
            NotImplementedError,
            ValueError,
            zipfile.BadZipFile,
            tarfile.TarError,
            zlib.error,
            lzma.LZMAError,
        ) as error:
            problems.append(
                f"Evidence {visible(str(path))} can't be read again: {visible(str(error), 200)}."
            )
        for name in sorted(found):
            checked += len(wanted[name])
            problems += [
                f"Evidence {visible(entry.evidence)}, {visible(entry.path)}: "
                "its bytes have changed since the assessment."
                for entry in wanted[name]
                if entry.sha256 not in found[name]
            ]
    return problems, checked


def _place(entry: Source) -> tuple[Path, str] | None:
    """Returns the file on this machine and the name in it, or None when it isn't to be found."""
    path, name, inner = Path(entry.source), "", entry.member
    try:
        if path.is_dir():
            # a file below the folder, which may itself be an archive: logs/iis.zip ! u_ex210303.log
            name, _, inner = entry.member.partition(" ! ")
            if inner and (path / entry.member).is_file():
                name, inner = entry.member, ""
        found = (path / name).is_file()
    except (OSError, ValueError):  # a name that this system can't hold
        return None
    return (path / name, _plain(inner)) if found and " ! " not in inner else None


def _plain(member: str) -> str:
    return member.replace("\\", "/").removeprefix("./")


def _hashes(path: Path, wanted: _Wanted) -> Iterator[tuple[str, str]]:
    """Yields the SHA-256 of each wanted file that is there; empty when it has grown."""
    sizes = {name: max(entry.size for entry in entries) for name, entries in wanted.items()}
    if "" in wanted:
        with path.open("rb") as stream:
            yield "", _sha256(stream, sizes[""])
    members = wanted.keys() - {""}
    if not members:
        return
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                name = _plain(info.filename)
                if name in members:
                    with archive.open(info) as stream:
                        yield name, _sha256(stream, sizes[name])
    elif _is_tar(path):
        with tarfile.open(path, "r|*") as tar:
            for member in tar:
                name = _plain(member.name)
                content = tar.extractfile(member) if name in members else None
                if content:
                    yield name, _sha256(content, sizes[name])


def _is_tar(path: Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        return False
