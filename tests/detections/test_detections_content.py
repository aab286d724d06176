"""The shipped rules: each hits what it should, none hits an ordinary server."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from afterpatch import knowledge
from afterpatch.answers.case import with_partners
from afterpatch.assess import load_rules
from afterpatch.detections import sigma
from afterpatch.detections.rule import Rule, RuleSet
from afterpatch.engines.local import LocalEngine
from afterpatch.evidence.source import discover
from afterpatch.hunt import EXAMINER, Job, compile_program, hunt, run_samples
from afterpatch.range.build import build

RULES = load_rules()
# Rules that must see every record, and why: none.
SLOW_LANE: tuple[str, ...] = ()
# Findings that ordinary servers give rise to, as (rule, outcome), and why they may: none.
EXCEPTIONS: dict[tuple[str, str], str] = {}
CASES = Path(__file__).parents[2].parent / "shared" / "evidence" / "cases"


def test_every_rule_is_loaded() -> None:
    assert RULES.refused == ()
    assert len(RULES.rules) >= 19


@pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.name)
def test_a_rule_hits_its_hits_and_misses_its_misses(rule: Rule) -> None:
    assert {sample.hit for sample in rule.samples} == {True, False}
    assert [(s.artifact, s.lines, why) for s, why in run_samples(rule) if why] == []
    read = {source.artifact for source in rule.sources}
    assert {sample.artifact for sample in rule.samples} <= read
    claimed = {o for o, _ in rule.outcomes} | {rule.otherwise}
    assert {s.outcome for s in rule.samples if s.hit} <= claimed
    assert rule.references
    assert rule.explain.endswith(".")
    assert all(c.startswith("CVE-") for c in rule.cve)
    assert set(rule.cve) <= set(knowledge.cves())


def test_ids_are_unique() -> None:
    lines = [
        line
        for path in sigma.CONTENT.rglob("*.yml")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("id: ")
    ]
    assert len(lines) == len(RULES.rules)
    assert [line for line, count in Counter(lines).items() if count > 1] == []


def test_no_rule_sees_every_record_by_accident() -> None:
    assert compile_program(RULES).slow_lane == SLOW_LANE


def test_the_stock_pages_that_the_sweep_passes_over_are_stock() -> None:
    """Else a request that a rule would match is never looked at."""
    pages = knowledge.common_stock_requests()
    assert pages
    for page in pages:
        assert page == page.lower()
        assert knowledge.is_stock_web_path(page, "front"), page
        assert knowledge.is_stock_web_path(page.upper(), "front"), page
        assert not knowledge.is_stock_web_path(f"/evil{page}", "front"), page


# ---------------------------------------------------------------- ordinary servers


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("untouched")
    days = {"first_day": date(2026, 10, 19), "last_day": date(2026, 10, 21)}
    return build("untouched", out / "case", size=8_000_000, seed=7, **days) / "evidence"


def findings(rules: RuleSet, evidence: Path) -> list[tuple[str, str, str]]:
    units, problems = discover([evidence])
    with LocalEngine[Job](EXAMINER, 1) as engine:
        reports = hunt(compile_program(rules), units, engine).reports()
    assert problems == []
    assert sum(report.records for report in reports) > 0
    raised = [finding for report in reports for finding in report.findings]
    return [
        (finding.rule, finding.outcome, finding.raw)
        for finding in with_partners(raised, {rule.name: rule for rule in rules.rules})
        if (finding.rule, finding.outcome) not in EXCEPTIONS
    ]


def test_an_untouched_server_gives_no_finding(untouched: Path) -> None:
    assert findings(RULES, untouched) == []


@pytest.mark.parametrize("case", ["constructed_admin_vdir_changes", "plaso_monitoring_benign"])
def test_a_benign_case_gives_no_finding(case: str) -> None:
    if not (CASES / case).is_dir():
        pytest.skip("the case is not here")
    assert findings(RULES, CASES / case / "evidence") == []
