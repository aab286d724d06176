"""Child processes that may hang, die or eat memory without harm to anything but the file they read.

A child is started fresh (never forked), is told one job at a time, and beats: before each step it
writes into shared memory what it is doing and at which offset. The parent kills a child whose beat
stands still beyond the deadline of its step, or whose resident memory passes the ceiling; where the
system has resource limits the child also limits the memory it can ask for (its data, not its
address space, of which thread stacks and libraries reserve much without using it).
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import psutil

from afterpatch.limits import (
    CHILD_MEMORY_BYTES,
    CHILD_RESIDENT_BYTES,
    PARSE_DEADLINE_SECONDS,
    READ_DEADLINE_SECONDS,
)

__all__ = ["Beat", "Child", "ChildDied"]

IDLE, READING, PARSING = 0, 1, 2
_SLOTS = 6  # count of beats, what is being done, offset, bytes done, which file, which job
_FLUSH = 64  # messages a child sends at once


class Beat:
    """What a child is doing, readable by its parent at any moment."""

    def __init__(self, slots: Any) -> None:
        self._slots = slots

    def reading(self, offset: int) -> None:
        """About to read on from `offset` (bytes in the file)."""
        self._set(READING, offset)

    def parsing(self, offset: int) -> None:
        """About to hand the frame at `offset` (bytes in the file) to a parser."""
        self._set(PARSING, offset)

    def file(self, index: int) -> None:
        """About to begin with the file of this index within the job."""
        self._slots[4] = index
        self._set(READING, 0)

    def advance(self, size: int) -> None:
        """`size` more bytes are done."""
        self._slots[3] += size

    def _set(self, doing: int, offset: int) -> None:
        self._slots[2] = offset
        self._slots[1] = doing
        self._slots[0] += 1


class ChildDied(Exception):  # noqa: N818 a fact about the child, not a mistake
    """A child was killed or ended by itself: why, what it was doing, and at which offset.

    `file` is the index within the job of the file it was at, `job` that of the job in its batch.
    """

    def __init__(self, why: str, file: int, offset: int, *, parsing: bool, job: int = 0) -> None:
        super().__init__(why)
        self.job = job
        self.why = why
        self.file = file
        self.offset = offset
        self.parsing = parsing


class Child:
    """One supervised process that runs `module:function(setup) -> (job, beat) -> results`.

    The function is named, not passed: only its module is imported in the child. It is called
    with what `prepare` hands over and returns the callable that turns a job into an iterable of
    results.
    """

    def __init__(self, function: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._slots = context.RawArray("q", _SLOTS)
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_main, args=(function, theirs, self._slots), daemon=True
        )
        self._process.start()
        theirs.close()
        self._seen = (0, time.monotonic())
        self.busy = False

    @property
    def bytes_done(self) -> int:
        """Bytes of the batch done so far."""
        return int(self._slots[3])

    def prepare(self, setup: object) -> None:
        """Hand over what all jobs need, before the first, and again when that changes."""
        self.connection.send(("setup", setup))

    def start(self, jobs: Sequence[object]) -> None:
        """Give the child its next batch of jobs, which it does in order."""
        self._slots[1:] = [READING, 0, 0, 0, 0]
        self._seen = (int(self._slots[0]), time.monotonic())
        self.busy = True
        self.connection.send(("jobs", list(jobs)))

    def receive(self) -> list[tuple[int, str, Any]]:
        """The next messages: (index of the job in its batch, kind, value).

        The kinds are "result", then "error" with a text or "done" when the job ends; (-1, "idle",
        None) ends the batch. Raises ChildDied.
        """
        try:
            messages: list[tuple[int, str, Any]] = self.connection.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            code = self._process.exitcode
            raise self._died(f"the process that read it ended by itself (code {code})") from error
        if messages[-1][1] == "idle":
            self.busy = False
        return messages

    def check(self) -> None:
        """Raise Died, having killed the child, when it hangs or holds too much memory."""
        if not self.busy:
            return
        beats, now = int(self._slots[0]), time.monotonic()
        if beats != self._seen[0]:
            self._seen = (beats, now)
        doing = int(self._slots[1])
        deadline = PARSE_DEADLINE_SECONDS if doing == PARSING else READ_DEADLINE_SECONDS
        if now - self._seen[1] > deadline:
            self.kill()
            step = "the parser" if doing == PARSING else "reading"
            raise self._died(f"{step} did not return within {deadline:.0f} seconds")
        try:
            resident = psutil.Process(self._process.pid).memory_info().rss
        except psutil.Error:
            return
        if resident > CHILD_RESIDENT_BYTES:
            self.kill()
            ceiling = CHILD_RESIDENT_BYTES >> 20
            raise self._died(f"it took more than {ceiling} MiB of memory to read")

    def kill(self) -> None:
        """End the child at once."""
        self._process.kill()
        self._process.join()
        self.connection.close()

    def _died(self, why: str) -> ChildDied:
        parsing = self._slots[1] == PARSING
        file, job = int(self._slots[4]), int(self._slots[5])
        return ChildDied(why, file, int(self._slots[2]), parsing=parsing, job=job)


def _main(function: str, connection: Connection, slots: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its children itself
    _limit_memory()
    module, _, name = function.partition(":")
    make: Callable[[object], Callable[[object, Beat], Iterable[object]]]
    make = getattr(importlib.import_module(module), name)
    beat = Beat(slots)
    try:
        work = make(connection.recv()[1])
        while True:
            kind, told = connection.recv()
            if kind == "setup":
                work = make(told)
                continue
            waiting: list[tuple[int, str, object]] = []
            for index, job in enumerate(told):
                slots[5] = index
                try:
                    for result in work(job, beat):
                        waiting.append((index, "result", result))
                        if len(waiting) >= _FLUSH:
                            connection.send(waiting)
                            waiting = []
                    waiting.append((index, "done", None))
                except MemoryError:
                    waiting.append((index, "error", "reading it ran out of memory"))
            connection.send([*waiting, (-1, "idle", None)])
    except (EOFError, BrokenPipeError):
        return  # the parent is gone


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # a system without resource limits: the parent's watch remains
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    ceiling = CHILD_MEMORY_BYTES if hard < 0 else min(hard, CHILD_MEMORY_BYTES)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (ceiling, hard))
