"""The files of rule packs, and the rules compiled from them: from the cache where they are there.

Rules are read without the libraries of the compiler, whose import takes longer than all the rest.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from afterpatch.detections import cache
from afterpatch.detections.rule import RuleSet
from afterpatch.limits import RULE_FILE_BYTES

__all__ = ["CONTENT", "SIGMA", "YARA", "RuleFile", "digest", "files", "load_cached", "read"]

CONTENT = Path(__file__).parent / "content"
SIGMA = (".yml", ".yaml")
YARA = (".yar", ".yara")


class RuleFile(Struct, frozen=True):
    """One file of a rule pack.

    `name` is its path below the folder that was given, with `/`. `own` files came with this
    program. `problem` says why there is no data.
    """

    name: str
    own: bool
    data: bytes = b""
    problem: str = ""


def read(places: Sequence[Path], suffixes: Sequence[str] = SIGMA) -> tuple[RuleFile, ...]:
    """The rule files in these folders (or files), in order of their names, each file once."""
    found: dict[Path, RuleFile] = {}
    for place in places:
        for path in files(place, suffixes):
            real = path.resolve()
            if real not in found:
                name = path.name if path == place else path.relative_to(place).as_posix()
                found[real] = _read(real, name)
    return tuple(found.values())


def files(place: Path, suffixes: Sequence[str]) -> list[Path]:
    """The files with these suffixes in the folder, sorted; a file itself whatever its suffix."""
    if place.is_file():
        return [place]
    found = (Path(folder, name) for folder, _, names in os.walk(place) for name in names)
    return sorted(path for path in found if path.name.lower().endswith(tuple(suffixes)))


def _read(path: Path, name: str) -> RuleFile:
    own = path.is_relative_to(CONTENT)
    # A file name may hold bytes that are no text.
    name = name.encode("utf-8", "backslashreplace").decode("utf-8")
    try:
        with path.open("rb") as file:
            data = file.read(RULE_FILE_BYTES + 1)
    except OSError as error:
        return RuleFile(name, own, problem=error.strerror or str(error))
    if len(data) > RULE_FILE_BYTES:
        return RuleFile(name, own, problem=f"larger than {RULE_FILE_BYTES >> 20} MiB")
    return RuleFile(name, own, data)


def digest(files: Sequence[RuleFile]) -> str:
    """SHA-256 over the names and bytes of all rule files in order."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.name.encode() + b"\0" + file.data + b"\0")
    return whole.hexdigest()


def load_cached(
    places: Sequence[Path],
    placeholders: Mapping[str, Sequence[str]],
    known: Collection[str] = (),
) -> RuleSet:
    """The Sigma rules of these folders (or files), compiled: see `sigma.load`."""
    found = read(places)
    made_from = (found, sorted(placeholders.items()), sorted(known))
    key = cache.digest_of(b"rules", msgspec.msgpack.encode(made_from))

    def compiled() -> RuleSet:
        from afterpatch.detections import sigma  # imports the compiler

        return sigma.compile_files(found, placeholders, known)

    return cache.kept(key, RuleSet, compiled)
