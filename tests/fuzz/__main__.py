"""``python -m tests.fuzz DOOR FIRST COUNT``: knocks at a door, and says which bytes it does not stand.

The outcome of each input must be a result or a VFSError, within two seconds of the processor's time, within 256 MB
above what the process had, and without a file outside the desk. An input is told by its number: the same number spoils
the same bytes in the same way.
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

os.environ.setdefault("MALLOC_ARENA_MAX", "1")  # threads would each reserve 64 MB that nobody uses

from tests.fuzz.doors import DOORS, clean
from vfsloader.errors import VFSError

MOST_SECONDS = 2.0
MOST_BYTES = 256 << 20


class TookTooLongError(BaseException):
    """No code that is tried can catch it by mistake."""


def _too_long(number: int, frame: object) -> None:
    raise TookTooLongError


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def knock(name: str, first: int, count: int) -> int:
    """Try inputs; give how many the door did not stand."""
    bad = 0
    signal.signal(signal.SIGPROF, _too_long)
    with tempfile.TemporaryDirectory(prefix="vfsloader-fuzz-") as folder:
        room = Path(folder)
        (room / "desk").mkdir()
        (room / "secret").write_text("secret")
        door = DOORS[name](room / "desk")
        _limit_memory()
        for number in range(first, first + count):
            clean(room / "desk")
            data = door.spoil(random.Random(f"{name} {number}"), room / "desk")
            # Told before it is tried: a crash of the process leaves the number as the last line.
            print(number, flush=True)
            try:
                signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
                door.enter(data, room / "desk")
            except VFSError:
                pass
            except BaseException:
                bad += 1
                print(f"{name} {number}:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            found = {entry.name for entry in room.iterdir()}
            if found != {"desk", "secret"} or (room / "secret").read_text() != "secret":
                print(f"{name} {number}: wrote outside: {sorted(found)}", file=sys.stderr, flush=True)
                return bad + 1
    return bad


if __name__ == "__main__":
    sys.exit(min(knock(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), 100))
