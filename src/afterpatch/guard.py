"""Child processes that may hang, die or eat memory without harm to anything but the file they read.

A child is started fresh (never forked), is told one job at a time, and beats: before each step it
writes into shared memory what it is doing and at which offset. The parent kills a child whose beat
stands still beyond the deadline of its step, or whose resident memory passes the ceiling; where the
system has resource limits the child also limits the memory it can ask for (its data, not its
address space, of which thread stacks and libraries reserve much without using it). On Linux no
child goes on when its parent has ended, however that was.

A child with ceilings of its own does whole jobs: it may have children itself, has so much time and
memory for a job, and says why it failed at one.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import psutil

from afterpatch.limits import (
    CHILD_MEMORY_BYTES,
    CHILD_RESIDENT_BYTES,
    PARSE_DEADLINE_SECONDS,
    READ_DEADLINE_SECONDS,
)

__all__ = ["Beat", "Ceilings", "Child", "ChildDied"]

IDLE, READING, PARSING = 0, 1, 2
_SLOTS = 6  # count of beats, what is being done, offset, bytes done, which file, which job
_FLUSH = 64  # messages a child sends at once
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG: prctl(2)
_KILLED = 9  # SIGKILL


class Ceilings(NamedTuple):
    """What a whole job may take: time in seconds, resident memory of its process in bytes."""

    seconds: float
    resident_bytes: int


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
    `killed`: somebody else did it, so that what it was doing need not be the reason.
    """

    def __init__(
        self, why: str, file: int, offset: int, *, parsing: bool, job: int = 0, killed: bool = False
    ) -> None:
        super().__init__(why)
        self.killed = killed
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

    def __init__(self, function: str, ceilings: Ceilings | None = None) -> None:
        context = multiprocessing.get_context("spawn")
        self._ceilings = ceilings
        self._slots = context.RawArray("q", _SLOTS)
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_main,
            args=(function, theirs, self._slots, ceilings, os.getpid()),
            daemon=ceilings is None,  # a daemon has no children
        )
        self._process.start()
        theirs.close()
        self._seen = (0, time.monotonic())
        self._started = time.monotonic()
        self._first: object = _NOTHING
        self.busy = False

    @property
    def bytes_done(self) -> int:
        """Bytes of the batch done so far."""
        return int(self._slots[3])

    def prepare(self, setup: object) -> None:
        """Hand over what all jobs need, before the first, and again when that changes.

        The child keeps what it was handed first: to come back to that costs nothing. Raises
        ChildDied.
        """
        told: object = "first", None
        if setup is not self._first:
            told = "setup", setup
        if self._first is _NOTHING:
            self._first = setup
        self._send(told)

    def start(self, jobs: Sequence[object]) -> None:
        """Give the child its next batch of jobs, which it does in order."""
        self._slots[1:] = [READING, 0, 0, 0, 0]
        self._started = time.monotonic()
        self._seen = (int(self._slots[0]), self._started)
        self.busy = True
        self._send(("jobs", list(jobs)))

    def _send(self, told: object) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # `receive` tells of it
            self.connection.send(told)

    def receive(self) -> list[tuple[int, str, Any]]:
        """The next messages: (index of the job in its batch, kind, value).

        The kinds are "result", then "error" with a text or "done" when the job ends; (-1, "idle",
        None) ends the batch. Raises ChildDied, also where a child with ceilings says that it
        failed at its job.
        """
        try:
            messages: list[tuple[int, str, Any]] = self.connection.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            code = self._process.exitcode
            why = f"the process that read it ended by itself (code {code})"
            raise self._died(why, killed=code == -_KILLED) from error
        index, last, why = messages[-1]
        if last == "failed":
            self.kill()
            raise ChildDied(str(why), 0, 0, parsing=False, job=index)
        if last == "idle":
            self.busy = False
        return messages

    def check(self) -> None:
        """Raise Died, having killed the child, when it hangs or holds too much memory."""
        if not self.busy:
            return
        resident_bytes = self._check_time()
        try:
            resident = psutil.Process(self._process.pid).memory_info().rss
        except psutil.Error:
            return
        if resident > resident_bytes:
            self.kill()
            raise self._died(f"it took more than {resident_bytes >> 20} MiB of memory to read")

    def _check_time(self) -> int:
        """Raise Died when its time is up; return what memory it may hold."""
        if self._ceilings is not None:
            seconds = self._ceilings.seconds
            if time.monotonic() - self._started > seconds:
                self.kill()
                raise self._died(f"it was not done within {seconds:.0f} seconds")
            return self._ceilings.resident_bytes
        beats, now = int(self._slots[0]), time.monotonic()
        if beats != self._seen[0]:
            self._seen = (beats, now)
        doing = int(self._slots[1])
        deadline = PARSE_DEADLINE_SECONDS if doing == PARSING else READ_DEADLINE_SECONDS
        if now - self._seen[1] > deadline:
            self.kill()
            step = "the parser" if doing == PARSING else "reading"
            raise self._died(f"{step} did not return within {deadline:.0f} seconds")
        return CHILD_RESIDENT_BYTES

    def kill(self) -> None:
        """End the child at once, and its children."""
        below: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            if self._ceilings and self._process.is_alive():
                below = psutil.Process(self._process.pid).children()
        self._process.kill()
        for grandchild in below:
            with contextlib.suppress(psutil.Error):
                grandchild.kill()
        self._process.join()
        self.connection.close()

    def _died(self, why: str, *, killed: bool = False) -> ChildDied:
        parsing = self._slots[1] == PARSING
        file, job = int(self._slots[4]), int(self._slots[5])
        offset = int(self._slots[2])
        return ChildDied(why, file, offset, parsing=parsing, job=job, killed=killed)


_NOTHING = object()


def _main(
    function: str, connection: Connection, slots: Any, ceilings: Ceilings | None, parent: int
) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its children itself
    _end_with(parent)
    _limit_memory(2 * ceilings.resident_bytes if ceilings else CHILD_MEMORY_BYTES)
    module, _, name = function.partition(":")
    make: Callable[[object], Callable[[object, Beat], Iterable[object]]]
    make = getattr(importlib.import_module(module), name)
    beat = Beat(slots)
    try:
        first = work = make(connection.recv()[1])
        while True:
            kind, told = connection.recv()
            if kind != "jobs":
                work = first if kind == "first" else make(told)
                continue
            waiting: list[tuple[int, str, object]] = []
            for index, job in enumerate(told):
                slots[5] = index
                told_some = False
                try:
                    for result in work(job, beat):
                        waiting.append((index, "result", result))
                        if len(waiting) >= _FLUSH:
                            connection.send(waiting)
                            waiting, told_some = [], True
                    waiting.append((index, "done", None))
                    if told_some:  # else its end is not known, and it would be done again
                        connection.send(waiting)
                        waiting = []
                except MemoryError:
                    if ceilings:
                        raise
                    waiting.append((index, "error", "reading it ran out of memory"))
            connection.send([*waiting, (-1, "idle", None)])
    except (EOFError, BrokenPipeError):
        return  # the parent is gone
    except Exception as error:
        if ceilings is None:
            raise
        why = " ".join(f"{type(error).__name__}: {error}".split())
        connection.send([(int(slots[5]), "failed", why)])


def _end_with(parent: int) -> None:
    """Be killed when the parent ends, though a parser that never returns holds this process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:  # it has ended already
            os._exit(1)


def _limit_memory(most: int) -> None:
    try:
        import resource
    except ImportError:  # a system without resource limits: the parent's watch remains
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    ceiling = most if hard < 0 else min(hard, most)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (ceiling, hard))
