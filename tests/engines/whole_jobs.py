"""A function for the engines' tests, run in child processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from afterpatch.guard import Beat


def make(setup: Any) -> Callable[[Any, Beat], Iterator[object]]:
    def work(job: Any, beat: Beat) -> Iterator[object]:
        beat.advance(1)
        match job:
            case ("raise", why):
                raise ValueError(why)
            case ("sleep", note):
                child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
                Path(note).write_text(str(child.pid))
                time.sleep(60)
            case ("eat", _):
                hoard = []
                while True:
                    hoard.append(bytearray(os.urandom(1 << 20) * 16))
            case ("die once", note):
                if not Path(note).exists():
                    Path(note).write_text("")
                    os._exit(3)
        yield setup, job, os.getpid()

    return work
