"""Children that hang, die or eat memory cost their own job only."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from afterpatch import guard
from afterpatch.engines.local import LocalEngine
from afterpatch.guard import ChildDied


def print_nothing(done: int) -> None:
    """No progress is shown."""


def give_up(job: str, died: ChildDied) -> None:
    """The job is not run again."""


def run(
    jobs: list[str], again: dict[str, str], workers: int = 2
) -> tuple[list[object], list[ChildDied]]:
    deaths: list[ChildDied] = []

    def on_death(job: str, died: ChildDied) -> str | None:
        deaths.append(died)
        return again.get(job)

    told = do(jobs, workers, "setup", on_death)
    return [value for kind, value in told if kind == "result"], deaths


def do(
    jobs: list[str],
    workers: int,
    setup: object,
    on_death: Callable[[str, ChildDied], str | None],
) -> list[tuple[str, object]]:
    with LocalEngine[str]("guard_children:make", workers) as engine:
        told = engine.run(jobs, setup, on_death=on_death, on_progress=print_nothing, size_of=len)
        return [(kind, value) for _, kind, value in told]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.syspath_prepend(str(request.path.parent))


def test_a_hanging_job_is_killed_and_the_others_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PARSE_DEADLINE_SECONDS", 1.0)
    results, deaths = run(["a", "hang", "b", "c"], {})
    assert sorted(results) == [("setup", "a"), ("setup", "b"), ("setup", "c")]
    assert [(d.offset, d.parsing) for d in deaths] == [(4096, True)]
    assert "did not return" in deaths[0].why


def test_a_dead_child_may_be_given_another_job_in_its_place() -> None:
    results, deaths = run(["die", "b"], {"die": "instead"}, workers=1)
    assert sorted(results) == [("setup", "b"), ("setup", "instead")]
    assert "ended by itself (code 9)" in deaths[0].why


def test_a_job_that_was_told_in_full_is_not_done_again_when_the_next_one_dies() -> None:
    results, deaths = run(["many", "die", "b"], {}, workers=1)
    assert results == [*(("setup", ("many", n)) for n in range(64)), ("setup", "b")]
    assert len(deaths) == 1


def test_a_child_that_eats_memory_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    told = do(["eat", "b"], 1, None, give_up)
    assert ("result", (None, "b")) in told
    assert ("error", "reading it ran out of memory") in told or ("done", None) in told
