"""The packages that the fleet's tests share, written once."""

from __future__ import annotations

from pathlib import Path

import fleet_packages
import pytest


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The evidence of two synthetic servers."""
    return fleet_packages.built(tmp_path_factory.mktemp("range"))


@pytest.fixture(scope="session")
def packages(servers: list[Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six packages that can be assessed."""
    return fleet_packages.packed(servers, tmp_path_factory.mktemp("packages"), 6)


@pytest.fixture(scope="session")
def assessed(packages: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their dossiers, by one local worker."""
    out = tmp_path_factory.mktemp("fleet") / "out"
    said = fleet_packages.run("fleet", *packages, "-o", out, "--jobs", 1)
    assert said.returncode == 30, said.stderr
    return out
