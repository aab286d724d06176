"""Rules that count only near a finding of another: looked for late, they find the same."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from afterpatch.answers.case import make_case
from afterpatch.assess import load_rules
from afterpatch.evidence.source import discover
from afterpatch.hunt import EXAMINER, Job, compile_program, hunt
from afterpatch.model import FileReport
from afterpatch.range.build import build
from afterpatch.range.scenario import SCENARIOS
from in_process import InProcess


@pytest.mark.parametrize("name", ["owassrf", "mail-theft", "administration"])
def test_late_rules_find_what_they_find_at_once(tmp_path: Path, name: str) -> None:
    day = next(s.last_day for s in SCENARIOS if s.name == name)  # the last holds the story
    build(name, tmp_path, size=3_000_000, first_day=day, last_day=day)
    units, _ = discover([tmp_path / "evidence"])
    rules = load_rules()

    def reports(*, deferred: bool) -> list[FileReport]:
        program = compile_program(rules, deferred=deferred)
        return hunt(program, units, InProcess[Job](EXAMINER, 1)).reports()

    late, at_once = reports(deferred=True), reports(deferred=False)
    cases = [make_case("x", found, rules.rules) for found in (late, at_once)]
    assert cases[0].findings == cases[1].findings
    assert sorted(cases[0].tallies, key=repr) == sorted(cases[1].tallies, key=repr)
    plain = [msgspec.structs.replace(r, findings=(), tallies=(), problems=()) for r in late]
    assert plain == [
        msgspec.structs.replace(r, findings=(), tallies=(), problems=()) for r in at_once
    ]
    needy = {rule.name for rule in rules.rules if rule.only_with is not None}
    assert bool(needy & {f.rule for f in cases[0].findings}) == (name != "administration")
