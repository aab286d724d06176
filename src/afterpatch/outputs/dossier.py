"""Writes the dossier folder of one server: every format, then the manifest that hashes them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from afterpatch.errors import UsageError
from afterpatch.outputs import (
    assessment_json,
    findings_jsonl,
    html,
    manifest,
    misp,
    navigator,
    records,
    stix,
    tables_csv,
    timeline,
)
from afterpatch.outputs.format import Dossier, Format, Run
from afterpatch.outputs.manifest import verify
from afterpatch.outputs.text import visible

__all__ = ["FORMATS", "Dossier", "Run", "folder_names", "verify", "write"]

FORMATS = (
    Format("assessment.json", assessment_json.render),
    Format("findings.jsonl", findings_jsonl.render),
    Format("timeline.jsonl", timeline.render),
    Format(records.NAME, records.render),
    Format("report.html", html.render),
    Format("bundle.stix.json", stix.render),
    Format("indicators.misp.json", misp.render),
    Format("navigator.json", navigator.render),
    Format("findings.csv", tables_csv.findings),
    Format("operators.csv", tables_csv.operators),
    Format("backdoors.csv", tables_csv.backdoors),
    Format("indicators.csv", tables_csv.indicators),
)
_PARTS = frozenset(
    f".{name}.part" for name in (*(f.name for f in FORMATS), manifest.NAME, manifest.SIGNATURE)
)


class _Signer(Protocol):
    """What signs the manifest, see `signature.Signer`; `key` names the key."""

    key: str

    def sign(self, content: bytes) -> bytes: ...


def write(dossier: Dossier, out: Path, run: Run, signer: _Signer | None = None) -> list[Path]:
    """Writes every format and the manifest into `out` and returns their paths, the manifest last,
    or its signature when there is a `signer`.

    Nothing is replaced before everything is rendered. An earlier dossier in `out` is overwritten.
    Raises UsageError when `out` holds anything else, or can't be written to.
    """
    _claim(out)
    outputs = []
    parts: list[tuple[Path, Path]] = []
    try:
        for form in FORMATS:
            part = _part(out, form.name)
            parts.append((part, out / form.name))
            outputs.append(_save(part, form.name, form.render(dossier)))
        content = manifest.render(dossier, run, outputs, signer.key if signer else "")
        last = [(manifest.NAME, content)]
        if signer:
            last.append((manifest.SIGNATURE, signer.sign(content)))
        for name, data in last:
            part = _part(out, name)
            parts.append((part, out / name))
            _save(part, name, [data])
        (out / manifest.SIGNATURE).unlink(missing_ok=True)  # of an earlier dossier
        for part, path in parts:
            part.replace(path)
    except OSError as error:
        raise UsageError(
            f"The dossier can't be written to {visible(str(out))} "
            f"({visible(error.strerror or str(error))}); "
            "choose another folder with -o, or make room there."
        ) from error
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)
    return [path for _, path in parts]


def _claim(out: Path) -> None:
    """Makes the folder, and refuses one that holds something that is no dossier."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        others = any(path.name not in _PARTS for path in out.iterdir())
    except OSError as error:
        raise UsageError(
            f"The folder {visible(str(out))} can't be made or read "
            f"({visible(error.strerror or str(error))}); choose another one with -o."
        ) from error
    if others and manifest.read(out) is None:
        raise UsageError(
            f"The folder {visible(str(out))} holds files that are no earlier dossier; "
            "choose another folder with -o, or an empty one."
        )


def _part(out: Path, name: str) -> Path:
    return out / f".{name}.part"


def _save(part: Path, name: str, pieces: Iterable[bytes]) -> manifest.Output:
    part.unlink(missing_ok=True)
    digest = hashlib.sha256()
    size = 0
    with part.open("xb") as stream:  # exclusive: never through a link that lies in wait
        for piece in pieces:
            stream.write(piece)
            digest.update(piece)
            size += len(piece)
    return manifest.Output(name, size, digest.hexdigest())


# Names that Windows keeps for devices, whatever their extension: Microsoft Learn, "Naming Files,
# Paths, and Namespaces".
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


def folder_names(hosts: Sequence[str]) -> list[str]:
    """Returns one folder name for each host name, in order: usable on every system, no two alike.

    Host names come from evidence; no name leaves its folder or hides.
    """
    names: list[str] = []
    taken: set[str] = set()
    for host in hosts:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "_", host)[:64].strip("._-") or "server"
        if _DEVICES.match(stem):
            stem = f"server_{stem}"
        name, number = stem, 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.lower())
        names.append(name)
    return names
