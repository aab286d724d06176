"""Small packages of evidence for the fleet's tests: parts of synthetic servers, zipped."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

from afterpatch.range.build import build

DAY = {"proxylogon": date(2021, 3, 3), "probed": date(2021, 3, 3)}
_LEFT_OUT = ("HttpProxy", "MSExchange", "CmdletInfra")  # so that a package is quickly worked


def built(folder: Path) -> list[Path]:
    """One day of a server that was broken into, and of one that was probed."""
    servers = []
    for name, day in DAY.items():
        build(name, folder / name, size=2_300_000, first_day=day, last_day=day)
        servers.append(folder / name / "evidence")
    return servers


def packed(servers: list[Path], folder: Path, count: int) -> list[Path]:
    """So many zips of them, each with something of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    packages = []
    for number in range(count):
        package = folder / f"SRV{number:03}.zip"
        server = servers[number % len(servers)]
        with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(p for p in server.rglob("*") if p.is_file()):
                name = path.relative_to(server).as_posix()
                if not any(part in name for part in _LEFT_OUT) or number < len(servers):
                    archive.write(path, name)
            archive.writestr("C/notes.txt", f"package {number}")
        packages.append(package)
    return packages


def command(*arguments: object) -> list[str]:
    """The program with these arguments."""
    return [sys.executable, "-m", "afterpatch", *map(str, arguments)]


def run(
    *arguments: object, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=cwd,
        env={**os.environ, **environment},
    )


def dossiers(out: Path) -> dict[str, bytes]:
    """Every file of all dossiers but the manifests, which hold times, and what is about all."""
    below = (p for p in (out / "servers").rglob("*") if p.is_file() and p.name != "manifest.json")
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in [*below, out / "fleet.json"]}


def finished(out: Path) -> dict[str, int]:
    """The packages whose dossiers are in their place, with what tells if they were written anew."""
    return {p.name: p.stat().st_ino for p in (out / "servers").glob("*") if p.is_dir()}
