"""``python -m tests.fuzz TARGET FIRST COUNT``: run a fuzz target on corrupted inputs and report its failures.

Each input must lead to a result or a VFSError, within two seconds of CPU time, within 256 MB above the memory that the
process already uses, and without files outside its folder. An input is identified by its number: the same number always
gives the same bytes.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
import tempfile
import traceback
from pathlib import Path

os.environ.setdefault("MALLOC_ARENA_MAX", "1")  # otherwise each thread reserves 64 MB that are never used

from tests.fuzz.targets import TARGETS, clean
from vfsloader.errors import VFSError

MOST_SECONDS = 2.0
MOST_BYTES = 256 << 20


class TookTooLongError(BaseException):
    """A BaseException, so that the code under test does not catch it by mistake."""


def _too_long(number: int, frame: object) -> None:
    raise TookTooLongError


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def fuzz(name: str, first: int, count: int) -> int:
    """Try inputs, and return the number of failures."""
    failures = 0
    signal.signal(signal.SIGPROF, _too_long)
    with tempfile.TemporaryDirectory(prefix="vfsloader-fuzz-") as temporary:
        outside = Path(temporary)
        folder = outside / "folder"
        folder.mkdir()
        (outside / "secret").write_text("secret")
        target = TARGETS[name](folder)
        _limit_memory()
        for number in range(first, first + count):
            clean(folder)
            data = target.corrupt(random.Random(f"{name} {number}"), folder)
            # Printed first: if the process crashes, the last line is the number of the input.
            print(number, flush=True)
            try:
                signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
                target.use(data, folder)
            except VFSError:
                pass
            except BaseException:
                failures += 1
                print(f"{name} {number}:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            names = {entry.name for entry in outside.iterdir()}
            if names != {"folder", "secret"} or (outside / "secret").read_text() != "secret":
                print(f"{name} {number}: wrote outside: {sorted(names)}", file=sys.stderr, flush=True)
                return failures + 1
    return failures


if __name__ == "__main__":
    sys.exit(min(fuzz(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), 100))
