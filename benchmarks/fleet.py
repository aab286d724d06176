"""Times `afterpatch fleet` with one worker and with two, on both engines, and compares the bytes.

    python benchmarks/fleet.py WORKDIR [--servers 60] [--rounds 3] [--packages FOLDER]
                               [--register CSV] [--engines local,ray]

Writes so many small, varied servers to WORKDIR (once), a zip each, or takes the packages in a
folder as they are. Then runs `afterpatch fleet` as a whole process, in turn with `--jobs 1` and
`--jobs 2`: on this machine's processes, and on a Ray cluster of two nodes of this machine with a
processor each, which is started before. After each run `afterpatch campaign` makes the view of it,
which is not timed. Prints the median times, how many servers a minute that is, the efficiency
t1 / (2 * t2), the processor time of one server, and whether every file of every dossier but
manifest.json, fleet.json, every table and every file of the view had the same bytes in all runs.
Exit code 1 when not.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import date
from pathlib import Path

import psutil

from afterpatch.range.build import build

DAYS = {
    "proxylogon": date(2021, 3, 3),
    "probed": date(2021, 3, 5),
    "untouched": date(2021, 3, 5),
    "proxyshell": date(2021, 8, 12),
    "accounts": date(2021, 8, 12),
    "administration": date(2021, 3, 5),
}
DAY_BYTES = 2_300_000
SAMPLE_SECONDS = 0.2
NODES = """
import os, sys
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
from ray.cluster_utils import Cluster
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
cluster.add_node(num_cpus=1)
print("address", cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("workdir", type=Path)
    parser.add_argument("--servers", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--packages", type=Path)
    parser.add_argument("--register", type=Path)
    parser.add_argument("--engines", default="local,ray")
    options = parser.parse_args()
    work = options.workdir.resolve()
    work.mkdir(parents=True, exist_ok=True)
    folder = options.packages or _packages(work, options.servers)
    packages = sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    listed = work / "packages.txt"
    listed.write_text("".join(f"{path}\n" for path in packages))
    sizes = [path.stat().st_size for path in packages if path.is_file()]
    print(f"{len(packages):,} packages, {sum(sizes):,} bytes in archives; load {os.getloadavg()}")
    digests: set[tuple[str, str]] = set()
    for engine in options.engines.split(","):
        with _cluster() if engine == "ray" else nullcontext([]) as more:
            _compare(engine, more, listed, len(packages), work, options, digests)
    print("the same bytes in all runs" if len(digests) == 1 else "THE BYTES DIFFER")
    sys.exit(len(digests) != 1)


def _packages(work: Path, count: int) -> Path:
    """Servers of one day, of which each keeps another part of its logs."""
    folder = work / f"packages-{count}"
    folder.mkdir(exist_ok=True)
    names = list(DAYS)
    for number in range(count):
        package, server = folder / f"SRV{number:05}.zip", work / "server"
        if package.exists():
            continue
        rng, name = random.Random(number), names[number % len(names)]
        shutil.rmtree(server, ignore_errors=True)
        day = DAYS[name]
        build(name, server, size=DAY_BYTES, seed=number, first_day=day, last_day=day)
        part = package.with_suffix(".part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(p for p in (server / "evidence").rglob("*") if p.is_file()):
                if "HttpProxy" not in path.parts or rng.random() < 0.3:
                    archive.write(path, path.relative_to(server / "evidence"))
        part.replace(package)
    return folder


@contextmanager
def _cluster() -> Iterator[list[str]]:
    nodes = subprocess.Popen(
        [sys.executable, "-c", NODES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    said = nodes.stdout or iter(())
    address = next(line.split()[1] for line in said if line.startswith("address"))
    try:
        yield ["--address", address]
    finally:
        nodes.communicate()


def _compare(
    engine: str,
    more: list[str],
    listed: Path,
    count: int,
    work: Path,
    options: argparse.Namespace,
    digests: set[tuple[str, str]],
) -> None:
    out, view, rounds = work / "out", work / "view", options.rounds
    times: dict[int, list[float]] = {1: [], 2: []}
    spent = 0.0
    for _ in range(rounds):
        for workers in times:
            shutil.rmtree(out, ignore_errors=True)
            command = [sys.executable, "-m", "afterpatch", "fleet", "--list", str(listed)]
            command += ["-o", str(out), "-q", "--engine", engine, "--jobs", str(workers), *more]
            started = time.monotonic()
            driver = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            spent += _processor_seconds(driver)
            times[workers].append(time.monotonic() - started)
            ended = driver.wait()
            if ended in (1, 2):
                sys.exit(f"afterpatch fleet failed with exit code {ended}")
            _view(out, view, options.register)
            digests.add((_digest(out), _digest(view)))
    one, two = (statistics.median(times[workers]) for workers in (1, 2))
    ratios = [a / (2 * b) for a, b in zip(times[1], times[2], strict=True)]
    shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(
        f"{engine:6} 1 worker {one:7.1f} s ({60 * count / one:,.0f} servers a minute), "
        f"2 workers {two:7.1f} s ({60 * count / two:,.0f}), efficiency "
        f"{one / (2 * two):.2f} (pair by pair: {shown})"
    )
    if not more:  # of a cluster the processes are not ours
        print(f"       {spent / (2 * rounds * count):.2f} s of processor time a server")


def _processor_seconds(driver: subprocess.Popen[bytes]) -> float:
    """Wait for the end, and return what the process and all that came from it have used."""
    used: dict[int, float] = {}
    while driver.poll() is None:
        with suppress(psutil.Error):
            for process in (whole := psutil.Process(driver.pid), *whole.children(recursive=True)):
                with suppress(psutil.Error):
                    times = process.cpu_times()
                    used[process.pid] = times.user + times.system
        time.sleep(SAMPLE_SECONDS)
    return sum(used.values())


def _view(out: Path, view: Path, register: Path | None) -> None:
    shutil.rmtree(view, ignore_errors=True)
    command = [sys.executable, "-m", "afterpatch", "campaign", str(out), "-o", str(view), "-q"]
    command += ["--register", str(register)] if register else []
    ended = subprocess.run(command, stdout=subprocess.DEVNULL).returncode
    if ended not in (0, 1):  # 1: some packages failed, and the view says so
        sys.exit(f"afterpatch campaign failed with exit code {ended}")


def _digest(folder: Path) -> str:
    """The digest of the files to hand on: not of what a rerun keeps, or what tells the clock."""
    whole = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if ".fleet" not in path.parts and path.name != "manifest.json":
            whole.update(f"{path.relative_to(folder)} ".encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


if __name__ == "__main__":
    main()
