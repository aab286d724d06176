"""The same from a Ray cluster of two nodes, also when its workers are killed."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import fleet_packages
import psutil
import pytest
from fleet_packages import dossiers, finished, run

pytest.importorskip("s3fs")  # of the same tools; Ray itself is not imported here
NODES = Path(__file__).with_name("ray_nodes.py")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, psutil.Process]]:
    """The address of the cluster, and the process that all of its processes come from."""
    log = tmp_path_factory.mktemp("ray") / "log"
    with log.open("wb") as said:
        cluster = subprocess.Popen(
            [sys.executable, NODES],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
    try:
        assert cluster.stdout is not None
        address = next((line.strip() for line in cluster.stdout if ":" in line), "")
        assert address, log.read_text()
        yield address, psutil.Process(cluster.pid)
    finally:
        cluster.communicate(timeout=60)


def test_the_same_bytes_from_two_nodes(
    nodes: tuple[str, psutil.Process], packages: list[Path], assessed: Path, tmp_path: Path
) -> None:
    address, cluster = nodes
    out = tmp_path / "out"
    given = "fleet", *packages, "-o", out, "--engine", "ray", "--address", address
    driver = subprocess.Popen(
        fleet_packages.command(*given), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    # Once it is at work: the child of an actor, then an actor, then the driver.
    for supervised in (True, False):
        while driver.poll() is None and not _actors(cluster, supervised):
            time.sleep(0.05)
        assert driver.poll() is None
        for process in _actors(cluster, supervised)[:1]:
            process.kill()
        time.sleep(0.3)
    while driver.poll() is None and not finished(out):
        time.sleep(0.05)
    driver.kill()
    driver.wait()
    before = finished(out)
    said = run(*given)
    assert said.returncode == 30, said.stderr
    assert {**finished(out), **before} == finished(out)
    assert dossiers(out) == dossiers(assessed)


def _actors(cluster: psutil.Process, supervised: bool) -> list[psutil.Process]:
    """The actors that have a child at work, or these children."""
    found = []
    for process in cluster.children(recursive=True):
        try:
            if "_Supervisor" in " ".join(process.cmdline()):
                children = [c for c in process.children() if "spawn_main" in " ".join(c.cmdline())]
                found += children if supervised else [process] if children else []
        except psutil.Error:
            pass
    return found


def test_what_can_not_be_had_is_said(packages: list[Path], tmp_path: Path) -> None:
    for wrong, said in (
        (("--engine", "abacus"), "There is no engine 'abacus': name local or ray"),
        (("--address", "127.0.0.1:1"), "give --engine ray with it"),
    ):
        told = run("fleet", packages[0], "-o", tmp_path / "out", *wrong)
        assert told.returncode == 2
        assert said in told.stderr
