"""Spreads jobs over supervised processes of this machine."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import wait
from typing import Any, Generic, TypeVar

from afterpatch.guard import Child, ChildDied

__all__ = ["LocalEngine", "default_workers"]

_WATCH_SECONDS = 0.2

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
        children: dict[Child, Job] = {}
        idle: list[Child] = []
        done_bytes = 0
        try:
            while todo or children:
                while todo and len(children) < self._workers:
                    child = idle.pop() if idle else Child(self._function, self._setup)
                    children[child] = todo.popleft()
                    child.start(children[child])
                ready = set(wait([c.connection for c in children], timeout=_WATCH_SECONDS))
                for child, job in list(children.items()):
                    try:
                        if child.connection not in ready:
                            child.check()
                            continue
                        kind, value = child.receive()
                    except ChildDied as died:
                        del children[child]
                        child.kill()
                        again = self._on_death(job, died)
                        if again is None:
                            yield job, "done", None
                        else:
                            todo.appendleft(again)
                        continue
                    if not child.busy:
                        del children[child]
                        idle.append(child)
                        done_bytes += self._size_of(job)
                    yield job, kind, value
                self._on_progress(done_bytes + sum(c.bytes_done for c in children))
        finally:
            for child in [*children, *idle]:
                child.kill()
