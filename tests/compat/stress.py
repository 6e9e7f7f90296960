"""Fifty threads in one memory file system, for ``make stress``: with and without Python's global lock.

Each writes, appends, copies and lists, in its own files and in shared ones, under a quota that is too small. Afterwards
the quota counts exactly what is there, and nothing is lost.
"""

from __future__ import annotations

import random
import sys
import threading

from tests.store.soundness import memory_is_sound
from vfsloader import MemoryFileSystem
from vfsloader.errors import LockedError, PathExistsError, PathNotFoundError, QuotaExceededError

THREADS, QUOTA = 50, 800_000


def stress(turns: int, seed: int = 0) -> int:
    """Run, and return the number of writes that the quota refused.

    Raises
    ------
    AssertionError
        Something was lost, or counted wrongly.
    """
    mfs = MemoryFileSystem(max_quota=QUOTA, default_lock_timeout=60)
    mfs.import_tree({"/log": b""})
    batches = mfs.vfs
    failures: list[BaseException] = []
    refused = [0] * THREADS
    logged = [0] * THREADS

    def work(number: int) -> None:
        chance = random.Random(seed * THREADS + number)
        mine = f"/own/{number}"
        try:
            for turn in range(turns):
                try:
                    step(chance, mine, number, turn)
                except QuotaExceededError:
                    refused[number] += 1
                    mfs.import_tree({mine: b""})
        except BaseException as error:
            failures.append(error)

    def step(chance: random.Random, mine: str, number: int, turn: int) -> None:
        content = bytes([number]) * chance.randrange(20_000)
        mfs.import_tree({mine: content})
        with mfs.open(mine, "r+b") as file:
            file.seek(chance.randrange(25_000))
            file.write(bytes([number]) * 100)
        with mfs.open(mine, "rb") as file:
            assert set(file.read()) <= {0, number}
        with mfs.open("/log", "ab") as file:
            file.write(b"%02d %04d\n" % (number, turn))
        logged[number] += 1
        try:
            mfs.copy(f"/own/{chance.randrange(THREADS)}", f"/copies/{number}" if turn % 2 else f"/own/copy{number}")
        except (PathExistsError, PathNotFoundError, LockedError):
            pass
        with batches.atomic_batch():
            batches.write_bytes(f"/pairs/{number}/a", content[:50])
            batches.write_bytes(f"/pairs/{number}/b", content[:50])
        other = chance.randrange(THREADS)
        with batches.atomic_batch():
            if batches.exists(f"/pairs/{other}"):
                pair = [batches.read_bytes(f"/pairs/{other}/{name}") for name in "ab"]
                assert pair[0] == pair[1], "half a batch was seen"
        mfs.listdir("/own")
        assert mfs.stats()["used_bytes"] <= QUOTA

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    memory_is_sound(mfs.vfs.store)
    tree = mfs.export_tree()
    assert mfs.stats()["used_bytes"] == sum(map(len, tree.values()))
    lines = tree["/log"].split(b"\n")
    for number in range(THREADS):
        assert sum(line.startswith(b"%02d " % number) for line in lines) == logged[number], "a line was lost"
    return sum(refused)


if __name__ == "__main__":
    has_lock = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(f"Python {sys.version.split()[0]}, {'with' if has_lock else 'without'} the global lock")
    for again in range(int(sys.argv[1])):
        print(f"{THREADS} threads, {stress(200, again)} writes refused, nothing lost")
