"""Real and reconstructed incidents with known truth: grades, shells, addresses, commands.

They lie beside the repository and are not part of it; without them these tests are skipped.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from afterpatch.assess import assess, exit_code
from afterpatch.outputs.format import Dossier

EVIDENCE = Path(__file__).resolve().parents[2] / "shared" / "evidence"
CASES = EVIDENCE / "cases"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not there")

# The truth's words and ours. A case may be judged by any of the words its truth gives.
GRADES = {
    "benign": {"no evidence"},
    "attempted": {"attempted"},
    "exploited": {"exploited"},
    "webshell_planted": {"backdoored"},
    "webshell_used": {"used"},
    "post_exploitation": {"impacted"},
}
ANSWERED = (
    "constructed_admin_vdir_changes",
    "css_102_single_probe",
    "markernan_course_lab",
    "otrf_proxylogon_poc",
    "plaso_monitoring_benign",
    "tunna_iis_tunnel",
    "velociraptor_proxyshell_probe",
    "wazuh_msf_proxylogon",
)
# What the truth names and the evidence does not bear out: three clients, each of which was refused
# one ordinary Autodiscover address; and commands by their kind rather than as they were run.
NOT_BORNE_OUT = {
    "markernan_course_lab": {"198.51.100.23", "198.51.100.45", "198.51.100.91"},
}
SAID_OTHERWISE = {
    "encoded PowerShell": "powershell.exe /c powershell -enc",
    "ipconfig /all": "cmd.exe /c ipconfig /all",
    "net user": "cmd.exe /c net user",
    "whoami": "cmd.exe /c whoami",
}


@cache
def dossier(case: str) -> Dossier:
    folder = CASES / case
    (path,) = [p for p in (folder / "evidence", folder / "evidence.zip") if p.exists()]
    (found,) = assess([path])
    return found


@cache
def expected(case: str) -> dict[str, Any]:
    return json.loads((CASES / case / "ground_truth.json").read_text("utf-8"))["expect"]


def named_addresses(found: Dossier) -> set[str]:
    """Every address that the assessment holds against somebody."""
    assessment = found.assessment
    return {
        *(a for op in assessment.operators for a in op.addresses),
        *(a for chain in assessment.chains for a in chain.sources),
    }


def intruders(found: Dossier) -> set[str]:
    return {a for op in found.assessment.operators if op.class_ == "intruder" for a in op.addresses}


@pytest.mark.parametrize("case", ANSWERED)
def test_grade(case: str) -> None:
    allowed = set().union(*(GRADES[word] for word in expected(case)["verdicts"]))
    assert dossier(case).assessment.verdict.grade in allowed


@pytest.mark.parametrize("case", ANSWERED)
def test_web_shells(case: str) -> None:
    doors = dossier(case).assessment.backdoors
    names = {
        (door.path or door.url or "").replace("\\", "/").rsplit("/", 1)[-1].lower()
        for door in doors
        if door.kind == "web shell"
    }
    assert names == {name.lower() for name in expected(case)["web_shells"]}


@pytest.mark.parametrize("case", ANSWERED)
def test_addresses(case: str) -> None:
    found = named_addresses(dossier(case))
    # An attack from the server itself leaves no address that tells anything.
    wanted = set(expected(case)["actor_ips"]) - {"127.0.0.1", "::1"}
    wanted -= NOT_BORNE_OUT.get(case, set())
    assert wanted <= found
    assert not found & set(expected(case)["not_actor_ips"])


@pytest.mark.parametrize("case", ANSWERED)
def test_vulnerabilities(case: str) -> None:
    chains = dossier(case).assessment.chains
    exploited = {cve for chain in chains if chain.outcome == "exploited" for cve in chain.cves}
    tried = {cve for chain in chains for cve in chain.cves}
    assert set(expected(case)["cves_exploited"]) <= exploited
    assert set(expected(case)["cves_attempted"]) <= tried
    if not expected(case)["cves_exploited"]:
        assert not exploited


@pytest.mark.parametrize("case", ANSWERED)
def test_commands(case: str) -> None:
    seen = {finding.object.command or "" for finding in dossier(case).findings}
    for command in expected(case)["commands"]:
        said = SAID_OTHERWISE.get(command, command)
        assert any(said == c or (said != command and c.startswith(said)) for c in seen), command


@pytest.mark.parametrize("case", ANSWERED)
def test_compromise_is_told_by_the_exit_code(case: str) -> None:
    assert (exit_code([dossier(case)]) in (20, 30)) == expected(case)["compromised"]


@pytest.mark.parametrize("case", ANSWERED)
def test_no_bystander_is_an_intruder(case: str) -> None:
    assert not intruders(dossier(case)) & set(expected(case)["not_actor_ips"])


@pytest.mark.parametrize("case", ANSWERED)
def test_words_that_are_never_printed(case: str) -> None:
    verdict = dossier(case).assessment.verdict
    said = f" {verdict.sentence} {verdict.next_rung} ".lower()
    assert not any(f" {word}" in said for word in ("clean", "safe", "nothing suspicious"))


def test_an_export_in_local_time_is_told() -> None:
    (row,) = [r for r in dossier("otrf_proxylogon_poc").assessment.coverage if r.shift]
    assert (row.artifact, row.shift and row.shift.minutes) == ("windows-events", (-300,))
    assert "times run 300 minutes behind UTC, by Sysmon's own UTC time" in row.note


def test_event_logs_of_many_attacks_run() -> None:
    (found, *others) = assess([EVIDENCE / "evtx"])
    read = sum(len(d.evidence) for d in (found, *others))
    assert read == sum(1 for p in (EVIDENCE / "evtx").iterdir() if p.is_file())


# This one waits for the deadline of a parser: some twenty seconds.
def test_a_log_that_hangs_its_parser_costs_only_itself(tmp_path: Path) -> None:
    copy: Callable[[Path, Path], object] = shutil.copyfile
    copy(EVIDENCE / "hostile" / "hang.evtx", tmp_path / "hang.evtx")
    good = sorted((EVIDENCE / "evtx").glob("*.evtx"))[:3]
    for path in good:
        copy(path, tmp_path / path.name)
    dossiers = assess([tmp_path], workers=2)
    files = {e.path: e for d in dossiers for e in d.evidence}
    assert sorted(files) == sorted(["hang.evtx", *(p.name for p in good)])
    assert all(e.sha256 for e in files.values())
    problems = {p.what: p.why for d in dossiers for p in d.assessment.problems}
    assert set(problems) == {"hang.evtx"}
    assert "skipped" in problems["hang.evtx"]
