"""Whole jobs under ceilings of their own: what fails costs only itself, and says why."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from afterpatch.engines.engine import Engine, open_engine
from afterpatch.engines.local import LocalEngine
from afterpatch.errors import UsageError
from afterpatch.guard import Ceilings, ChildDied

Job = tuple[str, str]
ROOMY = Ceilings(60.0, 1 << 30)


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.syspath_prepend(str(request.path.parent))


def do(
    jobs: list[Job], ceilings: Ceilings, attempts: int = 1, workers: int = 1
) -> tuple[list[Any], list[str]]:
    """The results, and why jobs died, of so many attempts at each."""
    deaths: list[str] = []
    tries: dict[Job, int] = {}

    def on_death(job: Job, died: ChildDied) -> Job | None:
        deaths.append(died.why)
        tries[job] = tries.get(job, 0) + 1
        return job if tries[job] < attempts else None

    engine: Engine[Job] = LocalEngine("whole_jobs:make", workers, ceilings)
    with engine:
        told = engine.run(
            jobs, "setup", on_death=on_death, on_progress=lambda _: None, size_of=lambda _: 1
        )
        return [value for _, kind, value in told if kind == "result"], deaths


def test_a_job_that_raises_says_why_and_the_next_has_another_process() -> None:
    results, deaths = do([("raise", "no such\nluck"), ("a", ""), ("b", "")], ROOMY)
    assert deaths == ["ValueError: no such luck"]
    assert [job for _, job, _ in results] == [("a", ""), ("b", "")]


def test_a_second_attempt_is_in_another_process(tmp_path: Path) -> None:
    job = "die once", str(tmp_path / "note")
    results, deaths = do([("a", ""), job], ROOMY, attempts=2)
    assert [told for _, told, _ in results] == [("a", ""), job]
    assert results[0][2] != results[1][2]
    assert "code 3" in deaths[0]


def test_time_is_up_for_the_job_and_for_its_children(tmp_path: Path) -> None:
    note = tmp_path / "note"
    results, deaths = do([("sleep", str(note)), ("a", "")], Ceilings(2.0, 1 << 30))
    assert deaths == ["it was not done within 2 seconds"]
    assert [job for _, job, _ in results] == [("a", "")]
    for _ in range(100):
        if not psutil.pid_exists(int(note.read_text())):
            return
        time.sleep(0.05)
    assert psutil.Process(int(note.read_text())).status() == psutil.STATUS_ZOMBIE


def test_memory_is_bounded() -> None:
    results, deaths = do([("eat", ""), ("a", "")], Ceilings(60.0, 200 << 20))
    assert len(deaths) == 1
    assert "MiB of memory" in deaths[0] or "MemoryError" in deaths[0]
    assert [job for _, job, _ in results] == [("a", "")]


def test_engines_by_name() -> None:
    with pytest.raises(UsageError, match="There is no engine 'abacus'"):
        open_engine("abacus", "whole_jobs:make", 1, ROOMY)
