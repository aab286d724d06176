"""Times `afterpatch assess` as a whole process against ripgrep and unzip on the same bytes.

    python benchmarks/assess.py WORKDIR [--size 2GB] [--rounds 5]

Builds a synthetic server of the given size in WORKDIR (once), with one attack-shaped line in
200,000, and a zip of it. Then runs, in turn, `rg -c -i -F -f LITERALS` and `afterpatch assess` on
the folder, `unzip -p` and `afterpatch assess` on the zip, with the same literals that assess looks
for. Prints the median of each, the ratios pair by pair, and the peak memory of all of assess's
processes together. Needs ripgrep and unzip, and WORKDIR on a disk with three times the size free.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil

from afterpatch.assess import load_rules
from afterpatch.hunt import literals_of
from afterpatch.range.build import build, parse_size

LINES_PER_HIT = 200_000
SAMPLE_SECONDS = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("workdir", type=Path)
    parser.add_argument("--size", default="2GB")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for tool in ("rg", "unzip"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is not installed")
    work = options.workdir.resolve()
    folder, archive, literals = _evidence(work, options.size)
    for name, evidence, other in (
        ("folder, to ripgrep", folder, ["rg", "-c", "-i", "-F", "-f", str(literals), str(folder)]),
        ("zip, to unzip -p", archive, ["unzip", "-p", str(archive)]),
    ):
        _compare(name, evidence, other, work / "out", options.rounds)


def _evidence(work: Path, size: str) -> tuple[Path, Path, Path]:
    server = work / f"range-{size}"
    folder, archive, literals = server / "evidence", work / f"range-{size}.zip", work / "literals"
    if not folder.is_dir():
        print(f"building {size} of logs in {server}")
        build("probed", server, size=parse_size(size), hits_every=LINES_PER_HIT)
    if not archive.is_file():
        print(f"zipping them to {archive}")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                packed.write(path, path.relative_to(folder))
    literals.write_text("".join(f"{text}\n" for text in literals_of(load_rules())))
    total = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    print(f"{total:,} bytes, {sum(1 for _ in folder.rglob('*')):,} files, literals: {literals}")
    return folder, archive, literals


def _compare(name: str, evidence: Path, other: list[str], out: Path, rounds: int) -> None:
    ours, theirs, peak = [], [], 0
    for number in range(rounds + 1):
        first = _timed(other)[0]
        shutil.rmtree(out, ignore_errors=True)
        command = [
            sys.executable,
            "-m",
            "afterpatch",
            "assess",
            str(evidence),
            "-o",
            str(out),
            "-q",
        ]
        second, memory = _timed(command)
        if number:  # the first round warms the page cache
            theirs.append(first)
            ours.append(second)
            peak = max(peak, memory)
    ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
    print(
        f"{name}: assess {statistics.median(ours):.2f} s, {other[0]} "
        f"{statistics.median(theirs):.2f} s, ratio median {statistics.median(ratios):.2f} "
        f"(from {min(ratios):.2f} to {max(ratios):.2f}), peak memory {peak / 1e6:.0f} MB"
    )


def _timed(command: list[str]) -> tuple[float, int]:
    """Seconds, and the highest sum of the resident memory of the process and its children."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        peak = 0
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            time.sleep(SAMPLE_SECONDS)
        return time.perf_counter() - started, peak


def _memory(pid: int) -> int:
    total = 0
    try:
        main_process = psutil.Process(pid)
        for process in (main_process, *main_process.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.Error:
        pass
    return total


if __name__ == "__main__":
    main()
