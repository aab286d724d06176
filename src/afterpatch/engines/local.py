"""Spreads jobs over supervised processes of this machine."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait
from typing import Any, Generic, Self, TypeVar

from afterpatch.guard import Ceilings, Child, ChildDied
from afterpatch.limits import MIB

__all__ = ["LocalEngine", "default_workers"]

_WATCH_SECONDS = 0.2
_BATCH_JOBS = 128
_BATCH_BYTES = 16 * MIB

Job = TypeVar("Job")


def default_workers() -> int:
    """One worker for each processor this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class LocalEngine(Generic[Job]):
    """Runs `function` (see guard.Child) over jobs in child processes.

    The children are started at once, and so come up while the caller makes what they need. With
    `ceilings` each job is a whole of its own, see guard.Child, and is handed over alone. Use it as
    a context manager: no child outlives it.
    """

    def __init__(self, function: str, workers: int, ceilings: Ceilings | None = None) -> None:
        self._function = function
        self._ceilings = ceilings
        self.workers = workers
        self._unprepared = [Child(function, ceilings) for _ in range(workers)]
        self._children: set[Child] = set(self._unprepared)
        self._idle: list[Child] = []
        self._prepared: dict[Child, object] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            child.kill()

    def run(
        self,
        jobs: Iterable[Job],
        setup: object,
        *,
        on_death: Callable[[Job, ChildDied], Job | None],
        on_progress: Callable[[int], None],
        size_of: Callable[[Job], int],
    ) -> Iterator[tuple[Job, str, Any]]:
        """Yield (job, "result", value), (job, "error", text), (job, "done", None) as they come.

        `on_death(job, died)` says what becomes of a job whose child died: a job to run in its
        place, or None. `on_progress(bytes)` is told now and then how many bytes are done in all.
        """
        todo = deque(jobs)
        busy: dict[Child, _Batch[Job]] = {}
        idle = self._idle  # of an earlier run
        done_bytes = 0
        most = 1 if self._ceilings else _BATCH_JOBS
        told: list[tuple[Job, str, Any]] = []
        while todo or busy or told:
            while todo and len(busy) < self.workers:
                child = idle.pop() if idle else self._fresh()
                if child not in self._prepared or self._prepared[child] is not setup:
                    child.prepare(setup)
                    self._prepared[child] = setup
                busy[child] = _Batch(_next_batch(todo, size_of, most))
                child.start(busy[child].jobs)
            yield from told  # while the children are at work again
            told.clear()
            if not busy:
                break
            ready = set(wait([c.connection for c in busy], timeout=_WATCH_SECONDS))
            for child, batch in list(busy.items()):
                try:
                    if child.connection not in ready:
                        child.check()
                        continue
                    messages = child.receive()
                except ChildDied as died:
                    del busy[child]
                    self._children.discard(child)
                    del self._prepared[child]
                    child.kill()
                    todo.extendleft(_left_over(batch, died, on_death))
                    continue
                for index, kind, value in messages:
                    if kind == "idle":
                        continue
                    job = batch.jobs[index]
                    if kind != "result":
                        batch.ended.add(index)
                        done_bytes += size_of(job)
                    told.append((job, kind, value))
                if not child.busy:
                    del busy[child]
                    idle.append(child)
            on_progress(
                done_bytes + sum(min(c.bytes_done, b.left(size_of)) for c, b in busy.items())
            )

    def _fresh(self) -> Child:
        if self._unprepared:
            return self._unprepared.pop()
        child = Child(self._function, self._ceilings)
        self._children.add(child)
        return child


def _next_batch(todo: deque[Job], size_of: Callable[[Job], int], most: int) -> list[Job]:
    """One large job, or as many small ones as make up for handing them over."""
    batch = [todo.popleft()]
    size = size_of(batch[0])
    while todo and len(batch) < most and size + size_of(todo[0]) <= _BATCH_BYTES:
        batch.append(todo.popleft())
        size += size_of(batch[-1])
    return batch


def _left_over(
    batch: _Batch[Job], died: ChildDied, on_death: Callable[[Job, ChildDied], Job | None]
) -> Iterator[Job]:
    """The jobs of a dead child's batch that have to be done again, last first, the culprit as told.

    A child hands over all it has done before it begins another job with results to hand over, so no
    other job of the batch has told anything yet.
    """
    for index, job in reversed(list(enumerate(batch.jobs))):
        if index in batch.ended:
            continue
        again = on_death(job, died) if index == died.job else job
        if again is not None:
            yield again


class _Batch(Generic[Job]):
    """Jobs a child was given, and which of them have ended."""

    def __init__(self, jobs: list[Job]) -> None:
        self.jobs = jobs
        self.ended: set[int] = set()

    def left(self, size_of: Callable[[Job], int]) -> int:
        """Bytes of the jobs that have not ended."""
        return sum(size_of(job) for i, job in enumerate(self.jobs) if i not in self.ended)
