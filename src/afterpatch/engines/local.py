"""Spreads jobs over supervised processes of this machine."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait
from typing import Any, Generic, TypeVar

from afterpatch.guard import Child, ChildDied
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

    `on_death(job, died)` says what becomes of a job whose child died: a job to run in its place, or
    None. `on_progress(bytes)` is told now and then how many bytes are done in all.
    """

    def __init__(
        self,
        function: str,
        setup: object,
        workers: int,
        *,
        on_death: Callable[[Job, ChildDied], Job | None],
        on_progress: Callable[[int], None],
        size_of: Callable[[Job], int],
    ) -> None:
        self._function = function
        self._setup = setup
        self._workers = workers
        self._on_death = on_death
        self._on_progress = on_progress
        self._size_of = size_of

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, str, Any]]:
        """Yield (job, "result", value), (job, "error", text), (job, "done", None) as they come."""
        todo = deque(jobs)
        children: dict[Child, _Batch[Job]] = {}
        idle: list[Child] = []
        done_bytes = 0
        try:
            while todo or children:
                while todo and len(children) < self._workers:
                    child = idle.pop() if idle else Child(self._function, self._setup)
                    children[child] = _Batch(self._next_batch(todo))
                    child.start(children[child].jobs)
                ready = set(wait([c.connection for c in children], timeout=_WATCH_SECONDS))
                for child, batch in list(children.items()):
                    try:
                        if child.connection not in ready:
                            child.check()
                            continue
                        messages = child.receive()
                    except ChildDied as died:
                        del children[child]
                        child.kill()
                        for job in self._left_over(batch, died):
                            todo.appendleft(job)
                        continue
                    for index, kind, value in messages:
                        if kind == "idle":
                            continue
                        job = batch.jobs[index]
                        if kind != "result":
                            batch.ended.add(index)
                            done_bytes += self._size_of(job)
                        yield job, kind, value
                    if not child.busy:
                        del children[child]
                        idle.append(child)
                running = sum(min(c.bytes_done, b.left(self._size_of)) for c, b in children.items())
                self._on_progress(done_bytes + running)
        finally:
            for child in [*children, *idle]:
                child.kill()

    def _next_batch(self, todo: deque[Job]) -> list[Job]:
        """One large job, or as many small ones as make up for handing them over."""
        batch = [todo.popleft()]
        size = self._size_of(batch[0])
        while todo and len(batch) < _BATCH_JOBS and size + self._size_of(todo[0]) <= _BATCH_BYTES:
            batch.append(todo.popleft())
            size += self._size_of(batch[-1])
        return batch

    def _left_over(self, batch: _Batch[Job], died: ChildDied) -> Iterator[Job]:
        """The jobs of a dead child's batch that have to be done again, the culprit as told.

        A child hands over all it has done before it begins another job with results to hand over,
        so no other job of the batch has told anything yet.
        """
        for index, job in reversed(list(enumerate(batch.jobs))):
            if index in batch.ended:
                continue
            again = self._on_death(job, died) if index == died.job else job
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
