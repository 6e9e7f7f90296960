"""Commits numbers, and publishes each one after its commit: ``python commit_writer.py STORE SLOT SEED COMMITS``.

SLOT is a file of 16 bytes: the number of the newest commit of the two writers, each in its half.
"""

from __future__ import annotations

import mmap
import random
import sys
from pathlib import Path

from vfsloader import Store

CHECKPOINTS = ("PASSIVE", "FULL", "RESTART", "TRUNCATE")


def main(place: str, slot: str, seed: int, commits: int) -> None:
    """Commit until done or killed; now and then undo a transaction, checkpoint, or close and open again."""
    chance = random.Random(seed)
    half = slice(8 * (seed % 2), 8 * (seed % 2) + 8)
    with Path(slot).open("r+b") as file:
        published = mmap.mmap(file.fileno(), 16)
    store = Store(place)
    path = f"/writer{seed % 2}"
    first = int.from_bytes(published[half], "big") + 1
    for number in range(first, first + commits):
        # Padded, so that the pages of the log and of the file change places.
        store.write(path, number.to_bytes(8, "big") + bytes(chance.choice((0, 100, 5_000, 40_000))))
        published[half] = number.to_bytes(8, "big")
        step = chance.random()
        if step < 0.05:
            with store.database.reading() as connection:
                connection.pragma(f"wal_checkpoint({chance.choice(CHECKPOINTS)})")
        elif step < 0.07:
            try:
                with store.transaction():
                    store.write(path, (1 << 60).to_bytes(8, "big"))
                    raise KeyError
            except KeyError:
                pass
        elif step < 0.08:
            store.close()
            store = Store(place)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
