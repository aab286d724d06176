"""Workers and drivers killed at random moments: nothing is lost, doubled or worked again."""

from __future__ import annotations

import contextlib
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import fleet_packages
import psutil
import pytest
from fleet_packages import dossiers, finished, run

KILLS = 20
PACKAGES = 28


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_killed_twenty_times(servers: list[Path], tmp_path: Path) -> None:
    rng = random.Random(20)
    packages = fleet_packages.packed(servers, tmp_path / "packages", PACKAGES)
    out = tmp_path / "out"
    command = fleet_packages.command("fleet", *packages, "-o", out, "--jobs", 2, "-q")
    seen: dict[str, int] = {}
    victims = rng.sample(["driver"] * 5 + ["worker"] * (KILLS - 5), KILLS)
    while victims:
        driver = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        everyone = {psutil.Process(driver.pid)}
        while driver.poll() is None:
            # When none or one more is finished and a moment later, while there is time for that.
            count = len(finished(out))
            can_wait = PACKAGES - count > len(victims) + 4
            _wait(driver, out, count + rng.randrange(2) * can_wait)
            time.sleep(rng.uniform(0, 0.2) * can_wait)
            assert driver.poll() is None, "it ended before it was killed"
            crew = _crew(driver.pid)
            everyone |= crew
            if not victims or victims.pop() == "driver":
                driver.send_signal(signal.SIGKILL)
                driver.wait()
            elif crew:
                _kill(rng.choice(sorted(crew, key=lambda process: process.pid)))
        _, alive = psutil.wait_procs(everyone, timeout=10)
        assert not alive, "a worker outlives its driver"
        now = finished(out)
        assert {**now, **seen} == now, "a finished server was lost or worked again"
        assert all(_is_whole(out / "servers" / name) for name in now)
        seen = now
    assert 0 < len(seen) < PACKAGES
    said = run("fleet", *packages, "-o", out, "--jobs", 2)
    assert said.returncode == 30, said.stderr
    assert {**finished(out), **seen} == finished(out)
    assert len(finished(out)) == PACKAGES
    told = json.loads((out / "fleet.json").read_bytes())["units"]
    assert [unit["state"] for unit in told] == ["done"] * PACKAGES
    # What was killed twenty times is what was never killed.
    undisturbed = tmp_path / "undisturbed"
    run("fleet", *packages, "-o", undisturbed, "--jobs", 2)
    assert dossiers(out) == dossiers(undisturbed)
    assert sorted(path.name for path in (out / ".fleet").iterdir()) == [
        "hashes.jsonl",
        "lock",
        "old",
    ]


def _wait(driver: subprocess.Popen[bytes], out: Path, count: int) -> None:
    while driver.poll() is None and len(finished(out)) < count:
        time.sleep(0.02)
    while driver.poll() is None and not _crew(driver.pid):
        time.sleep(0.02)


def _crew(driver: int) -> set[psutil.Process]:
    """The workers and their parsers."""
    found = set()
    for process in psutil.Process(driver).children(recursive=True):
        try:
            if "spawn_main" in " ".join(process.cmdline()):
                found.add(process)
        except psutil.Error:
            pass
    return found


def _kill(process: psutil.Process) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def _is_whole(folder: Path) -> bool:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    sizes = {output["file"]: output["size"] for output in manifest["outputs"]}
    return all((folder / name).stat().st_size == size for name, size in sizes.items())
