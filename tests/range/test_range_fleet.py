"""The range for fleets: whole and broken packages, a register, and a truth that the rows bear."""

from __future__ import annotations

import csv
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from afterpatch.errors import UsageError
from afterpatch.range.fleet import build_fleet
from afterpatch.range.fleet.fate import draw_fate
from afterpatch.range.fleet.world import DAYS, draw_world

SERVERS = 34


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_fleet(tmp_path_factory.mktemp("fleet") / "out", servers=SERVERS, seed=5)


@pytest.fixture(scope="module")
def truth(fleet: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((fleet / "ground_truth.json").read_text())
    return loaded


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    one, other = (build_fleet(tmp_path / name, servers=3, seed=9) for name in "ab")
    names = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(other) for p in other.rglob("*") if p.is_file())
    assert all((one / n).read_bytes() == (other / n).read_bytes() for n in names)
    third = build_fleet(tmp_path / "c", servers=3, seed=10)
    assert any((one / n).read_bytes() != (third / n).read_bytes() for n in names)


def test_packages_are_those_of_the_truth_and_of_the_register(
    fleet: Path, truth: dict[str, Any]
) -> None:
    states = {s["package"]: s["state"] for s in truth["servers"]}
    assert Counter(states.values())["whole"] == SERVERS
    assert {p.stem for p in (fleet / "packages").iterdir()} == states.keys()
    with (fleet / "register.csv").open(newline="") as text:
        assert {row["package"] for row in csv.DictReader(text)} == states.keys()
    for server in truth["servers"]:
        package = fleet / "packages" / f"{server['package']}.zip"
        if server["state"] == "duplicate":
            of = fleet / "packages" / f"{server['duplicate_of']}.zip"
            assert package.read_bytes() == of.read_bytes()
        assert zipfile.is_zipfile(package) == (server["state"] != "broken")


def test_packages_are_small(fleet: Path, truth: dict[str, Any]) -> None:
    whole = [s["package"] for s in truth["servers"] if s["state"] == "whole"]
    sizes = [(fleet / "packages" / f"{name}.zip").stat().st_size for name in whole]
    assert max(sizes) < 400_000


def test_what_the_truth_says_of_a_hand_stands_in_its_package(
    fleet: Path, truth: dict[str, Any]
) -> None:
    seen = 0
    for server in truth["servers"]:
        if not server.get("hands"):
            continue
        with zipfile.ZipFile(fleet / "packages" / f"{server['package']}.zip") as packed:
            text = "\n".join(packed.read(n).decode("utf-8", "replace") for n in packed.namelist())
        assert server["host"] in text
        assert "MAIL01" not in text
        for hand in server["hands"]:
            seen += 1
            assert all(address in text for address in hand["addresses"])
            assert all(page in text for page in hand["pages"])
    assert seen > SERVERS // 4


def test_waves_follow_the_calendar() -> None:
    world = draw_world(1, 500)
    for number in range(500):
        for hit in draw_fate(1, number, world).hits:
            first, last = DAYS[hit.crew.role]
            assert first <= hit.day <= last


def test_addresses_that_tie_nobody_are_no_crew_s_own() -> None:
    world = draw_world(1, 3000)
    own = [address for crew in world.crews for address in crew.addresses]
    assert len(own) == len(set(own))
    assert not {*own} & {*world.scanners, *world.exits, *world.carriers, *world.spare}


def test_shares_are_those_that_are_told() -> None:
    world = draw_world(2, 2000)
    fates = [draw_fate(2, number, world) for number in range(2000)]
    hit = [fate for fate in fates if any(h.deed in ("mail", "plant") for h in fate.hits)]
    assert 0.5 < len(hit) / len(fates) < 0.6
    assert 0.15 < sum(fate.expired for fate in hit) / len(hit) < 0.25


@pytest.mark.parametrize("servers", [0, 10**9])
def test_a_senseless_number_is_refused(tmp_path: Path, servers: int) -> None:
    with pytest.raises(UsageError, match="from 1 to"):
        build_fleet(tmp_path / "x", servers=servers)
