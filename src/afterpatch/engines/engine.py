"""The interface of every engine, and the engines by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, Self, TypeVar

from afterpatch.engines.local import LocalEngine, default_workers
from afterpatch.engines.ray import RayEngine
from afterpatch.errors import UsageError
from afterpatch.guard import Ceilings, ChildDied

__all__ = ["ENGINES", "Engine", "open_engine"]

Job = TypeVar("Job")


class Engine(Protocol[Job]):
    """Runs one function (see guard.Child) over jobs, in `workers` processes, wherever they are."""

    workers: int

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def run(
        self,
        jobs: Iterable[Job],
        setup: object,
        *,
        on_death: Callable[[Job, ChildDied], Job | None],
        on_progress: Callable[[int], None],
        size_of: Callable[[Job], int],
    ) -> Iterator[tuple[Job, str, Any]]: ...


def _local(
    function: str, workers: int | None, ceilings: Ceilings, address: str | None
) -> Engine[Any]:
    if address is not None:
        raise UsageError("--address names a cluster: give --engine ray with it")
    return LocalEngine(function, workers or default_workers(), ceilings)


ENGINES: dict[str, Callable[[str, int | None, Ceilings, str | None], Engine[Any]]] = {
    "local": _local,
    "ray": RayEngine,
}


def open_engine(
    name: str, function: str, workers: int | None, ceilings: Ceilings, address: str | None = None
) -> Engine[Any]:
    """The engine of this name, for whole jobs; `workers` is as many as there are processors for
    when None, `address` that of a running cluster. Raises UsageError where it can't be had."""
    if name not in ENGINES:
        raise UsageError(f"There is no engine {name!r}: name {' or '.join(ENGINES)}")
    return ENGINES[name](function, workers, ceilings, address)
