"""Real event logs of attacks and of ordinary computers, with what their records bear out.

They lie beside the repository and are not part of it; without them these tests are skipped.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from afterpatch.answers.case import make_case
from afterpatch.assess import load_rules
from afterpatch.guard import Beat
from afterpatch.hunt import Examiner, compile_program, one_file
from afterpatch.model import Evidence, Finding, Locator

LOGS = Path(__file__).parents[2].parent / "shared" / "evidence" / "evtx"

pytestmark = pytest.mark.skipif(not LOGS.is_dir(), reason="the event logs are not there")

# What a tag of the truth says, as ATT&CK techniques: one of them, or one below it, has to be found.
TECHNIQUES = {
    "account_created": ("T1136",),
    "autostart_registry": ("T1547",),
    "credential_dump_command": ("T1003",),
    "credential_dump_file": ("T1003",),
    "dcsync_right_used": ("T1003.006",),
    "group_member_added": ("T1098",),
    "log_clear_command": ("T1070.001",),
    "log_cleared": ("T1070.001",),
    "lsass_read": ("T1003.001",),
    "rdp_logon": ("T1021.001",),
    "scheduled_task": ("T1053.005",),
    "service_install": ("T1543.003",),
    "web_worker_child": ("T1505.003",),
    "web_worker_network": ("T1505.003",),
    "wmi_subscription": ("T1546.003",),
}


def truth() -> list[dict[str, Any]]:
    path = LOGS / "ground_truth.json"
    return json.loads(path.read_bytes()) if path.is_file() else []


@cache
def examiner() -> Examiner:
    return Examiner(compile_program(load_rules()))


@cache
def findings(name: str) -> tuple[Finding, ...]:
    path = LOGS / name
    evidence = Evidence("logs", "", name, Locator("logs", name), path.stat().st_size)
    with path.open("rb") as file:
        one = one_file.FilePass(examiner(), evidence, file, Beat([0] * 5), 1.0)
        one.examine(hash_only=False)
    # Without the findings that count only near others which are missing.
    return make_case("logs", [one.report()], examiner().program.rules).findings


def samples(label: str) -> list[Any]:
    return [pytest.param(s, id=s["sample"]) for s in truth() if s["label"] == label]


@pytest.mark.parametrize("sample", samples("positive"))
def test_every_core_tag_has_a_finding_of_its_technique(sample: dict[str, Any]) -> None:
    found = {t for f in findings(sample["sample"]) for t in f.technique}
    for tag in sample["core"]:
        wanted = TECHNIQUES[tag]
        assert any(t == w or t.startswith(f"{w}.") for t in found for w in wanted), tag


@pytest.mark.parametrize("sample", samples("benign"))
def test_a_benign_log_gives_no_finding_above_informational(sample: dict[str, Any]) -> None:
    above = [
        (f.rule, f.severity) for f in findings(sample["sample"]) if f.severity != "informational"
    ]
    assert above == []
