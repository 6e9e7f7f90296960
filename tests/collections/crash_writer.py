"""Change collections, be killed, and check what is left: ``python crash_writer.py FOLDER ROUNDS SEED``.

A child process makes random changes, step by step, and reports each step that is done. The parent kills it, applies the
same steps to builtins, and compares: what is left must be the state after the last reported step or the next one.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from vfsloader import VirtualFileSystem
from vfsloader.collections import PersistentDict, PersistentList, PersistentSet
from vfsloader.store.check import check

State = dict[str, Any]


class Kept:
    """The collections and a file of one store, or builtins in their place."""

    def __init__(self, vfs: VirtualFileSystem | None) -> None:
        self.vfs = vfs
        self.settings: Any = {} if vfs is None else PersistentDict(vfs)
        self.items: Any = [] if vfs is None else PersistentList(vfs)
        self.seen: Any = set() if vfs is None else PersistentSet(vfs)
        self.file = -1

    def step(self, number: int) -> None:
        """Do a step: one call, or several in a transaction."""
        chance = random.Random(number)
        kind = number % 5
        if kind == 0:
            self.items.append(number)
        elif kind == 1:
            self.items[chance.randrange(len(self.items) + 1) : chance.randrange(len(self.items) + 1)] = [number] * 70
        elif kind == 2:
            self.settings[chance.randrange(50)] = "x" * chance.randrange(2000)
        elif kind == 3 and self.items:
            del self.items[chance.randrange(len(self.items)) :: 3]
        elif self.vfs is None:
            self.together(number)
        else:
            with self.vfs.atomic_batch():
                self.together(number)

    def together(self, number: int) -> None:
        self.settings["step"] = number
        self.seen ^= {number % 7}
        self.items.insert(len(self.items) // 2, number)
        if self.vfs is None:
            self.file = number
        else:
            self.vfs.write_text("/step", str(number))

    def state(self) -> State:
        """Return everything as builtins."""
        file = self.file
        if self.vfs is not None and self.vfs.exists("/step"):
            file = int(self.vfs.read_text("/step"))
        return {"settings": dict(self.settings), "items": list(self.items), "seen": set(self.seen), "file": file}


def write(file: str, start: int, done: int) -> None:
    """Continue from a step until killed; report the number of each step that is done."""
    kept = Kept(VirtualFileSystem(file))
    for number in range(start, start + 100_000):
        kept.step(number)
        if number % 400 == 399:
            kept.items.compact()
        os.write(done, number.to_bytes(8, "big"))


def main() -> None:
    """Kill and check, many times."""
    folder, rounds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    path = str(folder / "crash.db")
    model, start = Kept(None), 0
    for number in range(rounds):
        if number % 20 == 19:
            for file in folder.glob("crash.db*"):
                file.unlink()
            model, start = Kept(None), 0
        read, done = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            write(path, start, done)
        os.close(done)
        steps = chance.randrange(40)
        reported = start - 1
        while reported < start + steps - 1 and (data := os.read(read, 8)):
            reported = int.from_bytes(data, "big")
        for _ in range(chance.randrange(50_000)):  # the child is killed somewhere in one of its next steps
            pass
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while data := os.read(read, 8):
            reported = int.from_bytes(data, "big")
        os.close(read)
        while start <= reported:
            model.step(start)
            start += 1
        if not os.path.exists(path):
            continue
        report = check(path)
        assert report.ok, report.faults
        with VirtualFileSystem(path) as vfs:
            left = Kept(vfs).state()
        if left != model.state():
            model.step(start)  # the step that was done but not reported yet
            start += 1
            assert left == model.state(), f"after step {start - 1}"
    print(f"{rounds} rounds")


if __name__ == "__main__":
    main()
