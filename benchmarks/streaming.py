"""Large files, and many small ones written."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.reading import loose, stacked, tree
from benchmarks.timing import Row, compare
from vfsloader import VirtualFileSystem, open_layer
from vfsloader.packs import build

MB = 1 << 20
SIZE = 512 * MB


def rows(at: Path) -> Iterator[Row]:
    """Measure."""
    block = os.urandom(MB)
    raw = at / "raw.bin"

    def write_raw() -> None:
        with open(raw, "wb", buffering=0) as file:
            for _ in range(SIZE // MB):
                file.write(block)
            os.fsync(file.fileno())

    def clean() -> None:
        for file in at.glob("big.db*"):
            file.unlink()
        raw.unlink(missing_ok=True)

    def write_ours() -> None:
        with VirtualFileSystem(at / "big.db") as vfs:
            with vfs.open("/big.bin", "wb") as file:
                for _ in range(SIZE // MB):
                    file.write(block)
            vfs.sync()

    (at / "folder").mkdir()
    with open(at / "folder" / "big.bin", "wb", buffering=0) as file:
        for _ in range(SIZE // MB):
            file.write(block)
    build(at / "folder", at / "streamed.pack")
    shutil.rmtree(at / "folder")
    peak = _peak()
    yield compare("write 512 MB and sync", write_ours, "raw write + fsync", write_raw, 3.0, before=clean)
    clean()
    write_raw()
    before = _written()
    write_ours()
    yield Row("bytes that SQLite writes for them", "the 512 MB", (_written() - before) / SIZE, None)
    buffer = bytearray(MB)

    def read_raw() -> None:
        with open(raw, "rb", buffering=0) as file:
            while file.readinto(buffer):
                pass

    def stream(vfs: VirtualFileSystem) -> None:
        with vfs.open("/big.bin", "rb") as file:
            while file.readinto(buffer):
                pass

    with VirtualFileSystem(at / "big.db") as live:
        yield compare("stream 512 MB of a live store", lambda: stream(live), "raw readinto", read_raw)
    with open_layer(at / "streamed.pack", trusted=True) as layer:
        vfs = stacked([layer])
        yield compare("stream 512 MB of a pack in 1 MB reads", lambda: stream(vfs), "raw readinto", read_raw, 1.1)
        yield Row("memory above start, streaming", "32 MB", max(_peak() - peak, 0) / (32 * MB), 1.0)

        def seek(file: object) -> None:
            for _ in range(200):
                file.seek(SIZE // 2 + 12345)
                file.read(4096)
                file.seek(0)

        with vfs.open("/big.bin", "rb") as ours, open(raw, "rb", buffering=0) as theirs:
            yield compare(
                "seek to the middle of 512 MB, read 4 KB",
                lambda: seek(ours),
                "raw seek + read",
                lambda: seek(theirs),
                4.0,
            )
    clean()
    files = tree(5_000)

    def clean_small() -> None:
        shutil.rmtree(at / "small", ignore_errors=True)
        for file in at.glob("small.db*"):
            file.unlink()

    def write_small() -> None:
        with VirtualFileSystem(at / "small.db") as small, small.atomic_batch():
            for path, data in files.items():
                small.write_bytes(path, data)

    yield compare(
        "write 5,000 small files in one batch", write_small, "loose files", lambda: loose(at / "small", files), 1 / 3,
        before=clean_small,
    )  # fmt: skip


def _written() -> int:
    """Return how many bytes this process has handed to the system to write."""
    return int(Path("/proc/self/io").read_text().split("wchar:")[1].split()[0])


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
