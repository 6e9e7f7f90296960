"""Writes, is killed, and looks what is left: ``python crash_writer.py FOLDER ROUNDS SEED``.

A program of its own, with one thread, so that it may fork. The child writes and tells each step that is done;
the parent kills it at a random moment after a random step, opens what is left in another child, and checks it
against what was told.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
import time
from pathlib import Path

from vfsloader import VirtualFileSystem

SIZES = (10, 3_000, 70_000, 400_000)


def content(step: int) -> bytes:
    """Give a file that tells its step and whether it is whole."""
    body = step.to_bytes(8, "big") * (SIZES[step % len(SIZES)] // 8)
    return hashlib.sha256(body).digest() + body


def step_of(data: bytes) -> int:
    """Give the step a file was written in; fail where it is not whole."""
    assert hashlib.sha256(data[32:]).digest() == data[:32], f"half a file of {len(data)} bytes"
    return int.from_bytes(data[32:40], "big")


def write(place: str, start: int, done: int) -> None:
    """Write until killed; after each step tell its number through the pipe `done`."""
    vfs = VirtualFileSystem(place)
    for step in range(start, start + 100_000):
        kind = step % 4
        if kind == 0:
            vfs.write_bytes("/single", content(step))
        elif kind == 1:
            with vfs.open("/streamed", "wb") as file:
                data = content(step)
                for at in range(0, len(data), 5_000):
                    file.write(data[at : at + 5_000])
        elif kind == 2:
            with vfs.atomic_batch():
                vfs.write_bytes("/pair/one", content(step))
                if vfs.exists("/pair/old"):
                    vfs.remove("/pair/old")
                vfs.rename("/pair/two", "/pair/old") if vfs.exists("/pair/two") else None
                vfs.write_bytes("/pair/two", content(step))
        else:
            vfs.write_bytes("/synced", content(step))
            vfs.sync()
        os.write(done, step.to_bytes(8, "big"))


def check(place: str, told: dict[int, int]) -> int:
    """Look at what is left; give the number of the next step."""
    with VirtualFileSystem(place) as vfs:
        with vfs._local.database.reading() as connection:
            assert connection.pragma("integrity_check") == "ok"
            chunks = connection.execute("SELECT count(*) FROM chunk").get
            owned = connection.execute("SELECT coalesce(sum(content & 16777215), 0) FROM node").get
            assert chunks == owned, f"{chunks - owned} chunks belong to no file"
        found: dict[int, int] = {}
        for kind, path in enumerate(("/single", "/streamed", "/pair/one", "/synced")):
            if vfs.exists(path):
                found[kind] = step_of(vfs.read_bytes(path))
            assert found.get(kind, -1) >= told.get(kind, -1), f"{path}: step {told[kind]} was done and is lost"
        if 2 in found:
            assert step_of(vfs.read_bytes("/pair/two")) == found[2], "half a batch"
            if vfs.exists("/pair/old"):
                assert step_of(vfs.read_bytes("/pair/old")) < found[2], "half a batch"
        vfs.write_bytes("/usable", b"afterwards")
    return max([*found.values(), *told.values(), -1]) + 1


def apart(work: object, *values: object) -> int:
    """Run in a child of its own; give its exit status."""
    child = os.fork()
    if child == 0:
        try:
            work(*values)  # type: ignore[operator]
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    folder, rounds, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    place = str(folder / "crash.db")
    told: dict[int, int] = {}
    start = 0
    for number in range(rounds):
        if number % 20 == 19:  # the first moments of a file are worth a look too
            for file in folder.glob("crash.db*"):
                file.unlink()
            told, start = {}, 0
        read, done = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            write(place, start, done)
        os.close(done)
        for _ in range(chance.choice((0, 1, 3, 9))):
            step = int.from_bytes(os.read(read, 8), "big")
            told[step % 4] = step
        until = time.perf_counter() + chance.expovariate(1 / 0.004)
        while time.perf_counter() < until:
            pass
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        while data := os.read(read, 8):
            step = int.from_bytes(data, "big")
            told[step % 4] = step
        os.close(read)
        status = apart(check, place, told)
        assert status == 0, f"round {number} of seed {seed} left something wrong"
        start = max([*told.values(), -1]) + 1
        start += 4 - start % 4 + 4  # steps in the dark may have been written too
    print(f"{rounds} rounds")


if __name__ == "__main__":
    main()
