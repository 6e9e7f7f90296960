"""``python -m tests.fuzz TARGET FIRST COUNT``: run a fuzz target on corrupted inputs and report its failures.

Each input must lead to a result, to a VFSError or to an error that the target's API documents, within the target's
limits of CPU time and of memory above what the process already uses, and without files read or written outside its
folder. An input is identified by its number: the same number always gives the same bytes. The process may die of an
input; `tests.fuzz.watch` notices that and goes on with the next one.
"""

from __future__ import annotations

import math
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

os.environ.setdefault("MALLOC_ARENA_MAX", "1")  # otherwise each thread reserves 64 MB that are never used

from tests.fuzz.registry import TARGETS
from tests.fuzz.targets import Target, clean
from vfsloader.errors import VFSError


class TookTooLongError(BaseException):
    """A BaseException, so that the code under test does not catch it by mistake."""


class Secret:
    """A file outside that nothing may open."""

    def __init__(self, file: Path) -> None:
        self.is_opened = False
        self._file = str(file)
        file.write_text("secret")
        sys.addaudithook(self._look)

    def _look(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and isinstance(arguments[0], (str, bytes)) and os.fsdecode(arguments[0]) == self._file:
            self.is_opened = True

    def take_trouble(self) -> bool:
        """Return whether it was opened or changed since the last call."""
        was_opened, self.is_opened = self.is_opened, False
        stat = os.stat(self._file)
        return was_opened or stat.st_size != len("secret")


def _too_long(number: int, frame: object) -> None:
    raise TookTooLongError


def _limit_memory(more: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _limit_time(seconds: float) -> None:
    """Raise an error in Python after some seconds, and kill the process soon after if it is busy outside of Python."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + seconds + 3), resource.RLIM_INFINITY))


def fuzz(name: str, first: int, count: int) -> int:
    """Try inputs, and return the number of failures."""
    failures = 0
    signal.signal(signal.SIGPROF, _too_long)
    with tempfile.TemporaryDirectory(prefix="vfsloader-fuzz-") as temporary:
        outside = Path(temporary).resolve()
        folder = outside / "folder"
        folder.mkdir()
        secret = Secret(outside / "secret")
        target = TARGETS[name](folder)
        _limit_memory(target.memory_bytes)
        for number in range(first, first + count):
            clean(folder)
            data = target.corrupt(random.Random(f"{name} {number}"), folder)
            # Printed first: if the process crashes, the last line is the number of the input.
            print(number, flush=True)
            failures += not _is_harmless(target, number, data, folder)
            names = {entry.name for entry in outside.iterdir()}
            if names != {"folder", "secret"} or secret.take_trouble():
                print(f"{name} {number}: outside: {sorted(names)}", file=sys.stderr, flush=True)
                return failures + 1
        clean(folder)
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB", flush=True)
    return failures


def _is_harmless(target: Target, number: int, data: bytes, folder: Path) -> bool:
    try:
        _limit_time(target.seconds)
        target.use(data, folder)
    except (VFSError, *target.documented):
        pass
    except BaseException:
        print(f"{target.name} {number}:\n{traceback.format_exc()[-4000:]}", file=sys.stderr, flush=True)
        return False
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return True


if __name__ == "__main__":
    sys.exit(min(fuzz(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), 100))
