"""Files in memory, against what else keeps them there."""

from __future__ import annotations

import asyncio
import io
import os
import random
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import dmemfs
import fsspec

from benchmarks.timing import Row, compare
from vfsloader import AsyncVirtualFileSystem, MemoryFileSystem, VirtualFileSystem

MB = 1 << 20
SMALL, COUNT = os.urandom(2_000), 5_000
_MEMORY = """
import sys
from pathlib import Path

def kilobytes():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0])

if sys.argv[1] == "ours":
    from vfsloader import MemoryFileSystem as Made
else:
    from dmemfs import MemoryFileSystem as Made
made = Made(max_quota=1 << 30)
before = kilobytes()
for number in range(1000):
    made.mkdir(f"/{number}")
for number in range(100_000):
    with made.open(f"/{number % 1000}/{number}", "wb") as file:
        file.write(b"x" * 100)
print(kilobytes() - before)
"""


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fs.memoryfs import MemoryFS

    def write(mfs: MemoryFileSystem | dmemfs.MemoryFileSystem) -> None:
        mfs.mkdir("/d", exist_ok=True)
        for number in range(COUNT):
            with mfs.open(f"/d/{number}", "wb") as file:
                file.write(SMALL)

    def read(mfs: MemoryFileSystem | dmemfs.MemoryFileSystem) -> None:
        for number in range(COUNT):
            with mfs.open(f"/d/{number}", "rb") as file:
                file.read()

    def write_vfs() -> None:
        with VirtualFileSystem() as vfs:
            for number in range(COUNT):
                vfs.write_bytes(f"/d/{number}", SMALL)

    def write_pyfilesystem() -> None:
        tree = MemoryFS()
        tree.makedir("/d")
        for number in range(COUNT):
            tree.writebytes(f"/d/{number}", SMALL)

    def write_fsspec() -> None:
        tree = fsspec.filesystem("memory")
        for number in range(COUNT):
            tree.pipe_file(f"/d/{number}", SMALL)

    def write_dict() -> None:
        tree = {}
        for number in range(COUNT):
            tree[f"/d/{number}"] = io.BytesIO(SMALL)

    def theirs() -> None:
        write(dmemfs.MemoryFileSystem())

    yield compare("write 5,000 small files", lambda: write(MemoryFileSystem()), "D-MemFS", theirs, 0.6)
    yield compare("write 5,000 small files by write_bytes", write_vfs, "D-MemFS", theirs, 0.6)
    yield compare("write 5,000 small files by write_bytes", write_vfs, "PyFilesystem2 MemoryFS", write_pyfilesystem)
    yield compare("write 5,000 small files by write_bytes", write_vfs, "fsspec memory", write_fsspec)
    yield compare("write 5,000 small files by write_bytes", write_vfs, "a dict of BytesIO", write_dict)
    ours, other, vfs = MemoryFileSystem(), dmemfs.MemoryFileSystem(), VirtualFileSystem()
    write(ours)
    write(other)
    for number in range(COUNT):
        vfs.write_bytes(f"/d/{number}", SMALL)

    def read_vfs() -> None:
        for number in range(COUNT):
            vfs.read_bytes(f"/d/{number}")

    yield compare("read 5,000 small files", lambda: read(ours), "D-MemFS", lambda: read(other), 0.5)
    yield compare("read 5,000 small files by read_bytes", read_vfs, "D-MemFS", lambda: read(other), 0.5)
    pyfilesystem, memory, plain = MemoryFS(), fsspec.filesystem("memory"), {}
    pyfilesystem.makedir("/d")
    for number in range(COUNT):
        pyfilesystem.writebytes(f"/d/{number}", SMALL)
        memory.pipe_file(f"/d/{number}", SMALL)
        plain[f"/d/{number}"] = io.BytesIO(SMALL)
    for name, call in (
        ("PyFilesystem2 MemoryFS", pyfilesystem.readbytes),
        ("fsspec memory", memory.cat_file),
        ("a dict of BytesIO", lambda path: plain[path].getvalue()),
    ):
        yield compare(
            "read 5,000 small files by read_bytes",
            read_vfs,
            name,
            lambda call=call: [call(f"/d/{number}") for number in range(COUNT)],
        )
    yield from streaming()
    yield compare(
        "random writes of 4 KB into 100 MB",
        scattered(MemoryFileSystem),
        "D-MemFS",
        scattered(dmemfs.MemoryFileSystem),
        1.0,
    )
    yield compare(
        "50 threads that write, read and look", crowd(MemoryFileSystem), "D-MemFS", crowd(dmemfs.MemoryFileSystem), 1.0
    )
    yield awaited(at)
    held = [
        int(subprocess.run([sys.executable, "-c", _MEMORY, who], capture_output=True, text=True, check=True).stdout)
        for who in ("ours", "theirs")
    ]
    yield Row("memory of 100,000 files", "D-MemFS", held[0] / held[1], 1.0)


def awaited(at: Path) -> Row:
    """Await a file of a store 2,000 times, by worker threads and by apsw's own connections."""
    place = str(at / "awaited.db")
    with VirtualFileSystem(place) as vfs:
        vfs.write_bytes("/a", SMALL)

        async def by_threads() -> None:
            files = AsyncVirtualFileSystem(vfs)
            for _ in range(2_000):
                await files.read_bytes("/a")

        async def by_apsw() -> None:
            connection = await apsw.Connection.as_async(place)
            for _ in range(2_000):
                cursor = await connection.execute("SELECT data FROM chunk WHERE id = (SELECT content - 1 FROM node"
                                                  " WHERE path = '/a')")  # fmt: skip
                await cursor.get
            await connection.aclose()

        return compare(
            "await a small file of a store",
            lambda: asyncio.run(by_threads()),
            "apsw's async connections",
            lambda: asyncio.run(by_apsw()),
        )


def streaming() -> Iterator[Row]:
    """Write and read 512 MB, a megabyte at a time."""
    block = os.urandom(MB)

    def write(made: Callable[..., object]) -> object:
        mfs = made(max_quota=1 << 30)
        with mfs.open("/big", "wb") as file:  # type: ignore[attr-defined]
            for _ in range(512):
                file.write(block)
        return mfs

    def write_bytesio() -> io.BytesIO:
        out = io.BytesIO()
        for _ in range(512):
            out.write(block)
        return out

    def read(mfs: object) -> None:
        with mfs.open("/big", "rb") as file:  # type: ignore[attr-defined]
            while file.read(MB):
                pass

    yield compare("write 512 MB", lambda: write(MemoryFileSystem), "BytesIO", write_bytesio, 2.0)
    ours, other = write(MemoryFileSystem), write(dmemfs.MemoryFileSystem)
    yield compare("read 512 MB", lambda: read(ours), "D-MemFS", lambda: read(other), 1.0)


def scattered(made: Callable[..., object]) -> Callable[[], None]:
    """Write 5,000 times 4 KB anywhere in a file of 100 MB."""
    chance = random.Random(1)
    places = [chance.randrange(100 * MB - 4096) for _ in range(5_000)]
    mfs, block = made(max_quota=1 << 30), os.urandom(4096)
    with mfs.open("/big", "wb") as file:  # type: ignore[attr-defined]
        for _ in range(100):
            file.write(bytes(MB))

    def run() -> None:
        with mfs.open("/big", "r+b") as file:  # type: ignore[attr-defined]
            for place in places:
                file.seek(place)
                file.write(block)

    return run


def crowd(made: Callable[..., object]) -> Callable[[], None]:
    """Let fifty threads work on files of their own and on shared ones."""

    def run() -> None:
        mfs = made(max_quota=1 << 30)
        mfs.mkdir("/own")  # type: ignore[attr-defined]
        failures: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(20):
                    with mfs.open(f"/own/{number}", "wb") as file:  # type: ignore[attr-defined]
                        file.write(SMALL)
                    with mfs.open(f"/own/{(number + turn) % 50}", "ab") as file:  # type: ignore[attr-defined]
                        file.write(b"more")
                    mfs.listdir("/own")  # type: ignore[attr-defined]
                    mfs.stat(f"/own/{number}")  # type: ignore[attr-defined]
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures[0]

    return run
