"""Spreads whole jobs over the machines of a Ray cluster.

An actor on each processor supervises one child process, as the local engine does here: a parser
that hangs or dies costs no actor. Without an address a cluster is started on this machine alone. No
dashboard is started and no usage is reported.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Self, TypeVar

from afterpatch.errors import UsageError
from afterpatch.guard import Ceilings, Child, ChildDied

__all__ = ["RayEngine"]

_WATCH_SECONDS = 0.2
_MISSING = 4  # workers, for each that there should be, that don't come up, one after the other
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else it warns of what doesn't concern us
    "RAY_NUM_REDIS_GET_RETRIES": "2",  # to join a cluster; it tries for minutes else
}
# On other systems than Linux Ray keeps to 127.0.0.1 by this; a cluster that only we use does, too.
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
_HERE = ("127.0.0.1", "localhost")

Job = TypeVar("Job")


class RayEngine(Generic[Job]):
    """As LocalEngine with ceilings, over the processors of a cluster.

    `workers`: no more than the cluster has processors, and as many when None. The function must be
    installed on every node.
    """

    def __init__(
        self, function: str, workers: int | None, ceilings: Ceilings, address: str | None = None
    ) -> None:
        here = address is None or address.partition(":")[0] in _HERE
        for name, value in ({**_QUIET, **_LOOPBACK} if here else _QUIET).items():
            os.environ.setdefault(name, value)
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError as error:
            raise UsageError(
                "--engine ray needs Ray: pip install 'afterpatch[cluster]', here and on every node"
            ) from error
        try:
            self._ray.init(
                address=address or "local",
                log_to_driver=False,
                logging_level=logging.ERROR,
                **({} if address else {"include_dashboard": False, "num_cpus": workers}),
            )
        except (ConnectionError, ValueError, RuntimeError) as error:
            where = f"The cluster at {address} can't be joined" if address else "Ray can't start"
            raise UsageError(f"{where}: {' '.join(str(error).split())}") from error
        processors = int(self._ray.cluster_resources().get("CPU", 1))
        self.workers = min(workers or processors, processors)
        self._make = self._ray.remote(num_cpus=1, scheduling_strategy="SPREAD")(_Supervisor)
        self._function = function
        self._ceilings = ceilings
        self._setup: object = None
        self._setup_sent: Any = None
        self._actors: set[Any] = set()
        self._idle: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for actor in self._actors:
            self._ray.kill(actor)
        self._ray.shutdown()

    def run(
        self,
        jobs: Iterable[Job],
        setup: object,
        *,
        on_death: Callable[[Job, ChildDied], Job | None],
        on_progress: Callable[[int], None],
        size_of: Callable[[Job], int],
    ) -> Iterator[tuple[Job, str, Any]]:
        """As LocalEngine.run; progress is told when a job ends."""
        if self._setup_sent is None or self._setup is not setup:
            self._setup, self._setup_sent = setup, self._ray.put(setup)
        todo = deque(jobs)
        busy: dict[Any, tuple[Any, Job]] = {}
        coming: dict[Any, Any] = {}  # what says that an actor is up: none is given a job before
        told: list[tuple[Job, str, Any]] = []
        done_bytes = missing = 0
        while todo or busy or told:
            while todo and self._idle:
                actor, job = self._idle.pop(), todo.popleft()
                busy[actor.run.remote(job, [self._setup_sent])] = actor, job
            while len(self._actors) < min(self.workers, len(todo) + len(busy)):
                actor = self._make.remote(self._function, self._ceilings)
                self._actors.add(actor)
                coming[actor.is_up.remote()] = actor
            yield from told  # while the actors are at work again
            told.clear()
            if not busy and not coming:
                continue
            ready, _ = self._ray.wait([*busy, *coming], timeout=_WATCH_SECONDS)
            for ref in ready:
                lost: str | None = None
                messages: list[tuple[str, Any]] = []
                try:
                    messages = self._ray.get(ref)
                except self._ray.exceptions.RayError as error:
                    lost = f"its worker was lost ({type(error).__name__})"
                if ref in coming:
                    actor = coming.pop(ref)
                    self._actors.discard(actor) if lost else self._idle.append(actor)
                    missing = missing + 1 if lost else 0
                    if missing > _MISSING * self.workers:
                        raise UsageError(
                            "No worker comes up in the cluster: afterpatch[cluster] must be "
                            "installed on each node, in this version of it and of Python"
                        )
                    continue
                actor, job = busy.pop(ref)
                self._actors.discard(actor) if lost else self._idle.append(actor)
                died = lost or next((why for kind, why in messages if kind == "died"), None)
                if died is None:
                    told += [(job, kind, value) for kind, value in messages]
                    done_bytes += size_of(job)
                else:
                    again = on_death(job, ChildDied(died, 0, 0, parsing=False))
                    if again is not None:
                        todo.appendleft(again)
            on_progress(done_bytes)
        for actor in coming.values():  # came up too late
            self._actors.discard(actor)
            self._ray.kill(actor)


class _Supervisor:
    """The actor: one child, and a fresh one where that died."""

    def __init__(self, function: str, ceilings: Ceilings) -> None:
        self._function = function
        self._ceilings = ceilings
        self._child: Child | None = None
        self._prepared_for: object = None

    def is_up(self) -> list[tuple[str, object]]:
        """Say that this actor has come up, with its child on the way."""
        self._child = Child(self._function, self._ceilings)
        return []

    def run(self, job: object, setup: list[Any]) -> list[tuple[str, object]]:
        """What the child says of the job: (kind, value); ("died", why) where it died.

        `setup` holds a reference, so that what it refers to is fetched once and not for each job.
        """
        child = self._child or Child(self._function, self._ceilings)
        self._child = child
        told: list[tuple[str, object]] = []
        try:
            if self._prepared_for != setup[0]:
                ray: Any = importlib.import_module("ray")
                child.prepare(ray.get(setup[0]))
                self._prepared_for = setup[0]
            child.start([job])
            while child.busy:
                if child.connection.poll(_WATCH_SECONDS):
                    messages = child.receive()
                    told += [(kind, value) for _, kind, value in messages if kind != "idle"]
                else:
                    child.check()
        except ChildDied as died:
            child.kill()
            self._child = self._prepared_for = None
            return [("died", died.why)]
        return told
