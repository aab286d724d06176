"""The engine's work done in this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from afterpatch.engines.local import LocalEngine
from afterpatch.guard import Beat
from afterpatch.hunt.examiner import make_examiner

AnyJob = TypeVar("AnyJob")


class InProcess(LocalEngine[AnyJob]):
    """Examines in this process: no worker has to come up for each of many small servers."""

    def __init__(self, function: str, workers: int) -> None:  # noqa: ARG002
        super().__init__(function, workers=0)

    def run(self, jobs: Iterable[Any], setup: Any, **_: object) -> Iterator[tuple[Any, str, Any]]:
        examine = make_examiner(setup)
        for job in jobs:
            for result in examine(job, Beat([0] * 8)):
                yield job, "result", result
            yield job, "done", None
