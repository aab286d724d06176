"""A small fleet of the range, assessed: its crews are found, and by nothing that all have."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from afterpatch.assess import assess
from afterpatch.campaign import campaign
from afterpatch.outputs.campaign_view import View
from afterpatch.range.fleet import build_fleet
from in_process import InProcess

SERVERS = 48


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[View, dict[str, Any]]]:
    out = build_fleet(tmp_path_factory.mktemp("fleet") / "out", servers=SERVERS, seed=4)
    truth: dict[str, Any] = json.loads((out / "ground_truth.json").read_text())
    whole = {s["host"]: s["package"] for s in truth["servers"] if s["state"] == "whole"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("afterpatch.assess.LocalEngine", InProcess)
        found = assess([out / "packages" / f"{name}.zip" for name in whole.values()])
    for one in found:
        place = out / "dossiers" / "servers" / whole[one.assessment.host.name]
        place.mkdir(parents=True)
        (place / "assessment.json").write_bytes(msgspec.json.encode(one.assessment))
    yield campaign([out / "dossiers"], register=out / "register.csv"), truth


def _crews(view: View, truth: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Each clustered intruder's crew, by the addresses that only it came from."""
    hands = {s["package"]: s["hands"] for s in truth["servers"] if s["state"] == "whole"}
    nobody = {*truth["balancers"], *truth["carriers"]}
    signs = {one.server: {m.cluster: m.by for m in one.clusters} for one in view.servers}
    crews = {}
    for cluster in view.clusters:
        for server, operator in cluster.members:
            tied = {by.partition(": ")[2] for by in signs[server][cluster.id]}
            of = {h["crew"] for h in hands[server] if tied & ({*h["addresses"]} - nobody)}
            if len(of) == 1:
                crews[server, operator] = of.pop()
    return crews


def test_grades_are_those_of_the_truth(fleet: tuple[View, dict[str, Any]]) -> None:
    view, truth = fleet
    grades = {s["package"]: s["grade"] for s in truth["servers"] if s["state"] == "whole"}
    assert {one.server: one.grade for one in view.servers} == grades


def test_first_entries_are_those_that_the_evidence_can_tell(
    fleet: tuple[View, dict[str, Any]],
) -> None:
    view, truth = fleet
    told = 0
    for server in truth["servers"]:
        one = next((s for s in view.servers if s.server == server["package"]), None)
        if one is None or not one.entry or server["expired"]:
            continue
        told += 1
        assert server["first_entry"][:10] <= one.entry[:10]
    assert told > SERVERS // 4


def test_clusters_are_the_crews(fleet: tuple[View, dict[str, Any]]) -> None:
    view, truth = fleet
    crews = _crews(view, truth)
    cluster = {member: one.id for one in view.clusters for member in one.members}
    assert len(crews) > SERVERS // 3

    def pairs(counts: Counter[Any]) -> int:
        return sum(n * (n - 1) // 2 for n in counts.values())

    both = pairs(Counter((cluster[m], crew) for m, crew in crews.items()))
    said = pairs(Counter(cluster[m] for m in crews))
    there = pairs(Counter(crews.values()))
    assert 2 * both / (said + there) >= 0.95


def test_nobody_is_tied_by_what_all_have(fleet: tuple[View, dict[str, Any]]) -> None:
    view, truth = fleet
    common = {*truth["scanners"], *truth["exits"], *truth["carriers"], *truth["balancers"]}
    assert not [link for one in view.clusters for link in one.links if link.value in common]
