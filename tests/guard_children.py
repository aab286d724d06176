"""Functions for the guard's tests, run in child processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from afterpatch.guard import Beat


def make(setup: Any) -> Callable[[Any, Beat], Iterator[object]]:
    def work(job: Any, beat: Beat) -> Iterator[object]:
        beat.parsing(4096)
        if job == "hang":
            while True:
                pass
        if job == "die":
            os._exit(9)
        if job == "eat":
            hoard = []
            while True:
                hoard.append(bytearray(64 << 20))
        if job == "many":
            for number in range(64):  # as many as are handed over at once
                yield setup, (job, number)
            return
        if job == "slow":
            time.sleep(0.5)
        beat.advance(10)
        yield (setup, job)

    return work
