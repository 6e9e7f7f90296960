"""A disk that takes only a part of a write: the write is finished, or fails and leaves the old file."""

from __future__ import annotations

import errno
import io
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vfsloader import VirtualFileSystem
from vfsloader.errors import PathError
from vfsloader.layers.staged_disk_file import StagedDiskFile
from vfsloader.layers.writable_folder import WritableFolderLayer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="this system has no POSIX limits for processes")

OLD = b"the old save"


def in_child(work: Callable[[], None]) -> None:
    """Run a function in a process of its own, which may not make files of more than 100,000 bytes."""
    pid = os.fork()
    if pid == 0:  # pragma: no cover - the child
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
            work()
            os._exit(0)
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0


def write_bytes(vfs: VirtualFileSystem) -> None:
    vfs.write_bytes("/save.json", bytes(900_000))


def write_view(vfs: VirtualFileSystem) -> None:
    vfs.write_bytes("/save.json", memoryview(bytes(900_000)).cast("I"))


def stream(vfs: VirtualFileSystem) -> None:
    with vfs.open("/save.json", "wb") as file:
        for _ in range(9):
            file.write(bytes(100_000))


def unbuffered(vfs: VirtualFileSystem) -> None:
    with vfs.open("/save.json", "wb", buffering=0) as file:
        file.write(bytes(99_999))
        file.write(b"more than there is")


def append(vfs: VirtualFileSystem) -> None:
    with vfs.open("/save.json", "ab") as file:
        file.write(bytes(200_000))


def text(vfs: VirtualFileSystem) -> None:
    with vfs.open("/save.json", "w") as file:
        file.write("x" * 200_000)


def lengthen(vfs: VirtualFileSystem) -> None:
    with vfs.open("/save.json", "r+b") as file:
        file.truncate(900_000)


def copy(vfs: VirtualFileSystem) -> None:
    big = VirtualFileSystem()
    big.write_bytes("/big", bytes(900_000))
    vfs.add_underlay(big.as_layer(), name="big")
    vfs.copy("/big", "/save.json")


def copy_up(vfs: VirtualFileSystem) -> None:
    big = VirtualFileSystem()
    big.write_bytes("/big", bytes(900_000))
    vfs.add_underlay(big.as_layer(), name="big")
    with vfs.open("/big", "ab") as file:
        file.write(b"x")


def flush_too_much(vfs: VirtualFileSystem) -> None:
    file = vfs.open("/save.json", "ab")
    file.write(bytes(200_000))
    try:
        file.flush()
    finally:
        with pytest.raises(PathError):
            file.close()


WAYS = [write_bytes, write_view, stream, unbuffered, append, text, lengthen, copy, copy_up, flush_too_much]


@pytest.mark.parametrize("way", WAYS)
def test_a_full_disk_keeps_the_old_file(tmp_path: Path, way: Callable[[VirtualFileSystem], None]) -> None:
    (tmp_path / "save.json").write_bytes(OLD)

    def work() -> None:
        with VirtualFileSystem(tmp_path) as vfs:
            try:
                way(vfs)
            except PathError as error:
                assert error.errno == errno.ENOSPC, error
                assert "the disk is full" in str(error), error
            else:
                raise AssertionError("no error")
            assert vfs.read_bytes("/save.json") == OLD

    in_child(work)
    assert (tmp_path / "save.json").read_bytes() == OLD
    assert os.listdir(tmp_path) == ["save.json"]


def test_what_fits_is_written(tmp_path: Path) -> None:
    in_child(lambda: write_exactly(tmp_path))
    assert (tmp_path / "save.json").stat().st_size == 100_000


def write_exactly(folder: Path) -> None:
    with VirtualFileSystem(folder) as vfs:
        vfs.write_bytes("/save.json", bytes(100_000))


@pytest.mark.parametrize("step", [1, 7, 4096])
def test_short_writes_are_continued(tmp_path: Path, step: int) -> None:
    """As above 2 GiB, where one call writes 2,147,479,552 bytes at most."""

    class Short(io.FileIO):
        calls = 0

        def write(self, data: object) -> int:
            Short.calls += 1
            return super().write(memoryview(data).cast("B")[:step])  # type: ignore[call-overload, no-any-return]

    StagedDiskFile.__bases__ = (Short,)
    try:
        check_short_writes(tmp_path)
        assert Short.calls > 10_000 // step
    finally:
        StagedDiskFile.__bases__ = (io.FileIO,)


def check_short_writes(tmp_path: Path) -> None:
    content = os.urandom(10_000)
    layer = WritableFolderLayer(tmp_path)
    layer.write("/a", content)
    assert (tmp_path / "a").read_bytes() == content
    with VirtualFileSystem(tmp_path) as vfs, vfs.open("/a", "r+b") as file:
        file.seek(100)
        file.write(content)
    assert (tmp_path / "a").read_bytes() == content[:100] + content


def test_half_of_a_write_is_not_stored_by_closing(tmp_path: Path) -> None:
    """A write that overwrites some bytes and then fails: closing the file must not keep the mixture."""
    (tmp_path / "a").write_bytes(b"o" * 99_990)

    def work() -> None:
        layer = WritableFolderLayer(tmp_path)
        file = layer.open_for_writing("/a", truncate=False, readable=True)
        file.seek(99_900)
        with pytest.raises(PathError):
            file.write(b"n" * 900)
        assert file.tell() == 99_900
        with pytest.raises(PathError, match="half-way"):
            file.close()
        repeated = layer.open_for_writing("/a", truncate=False)
        repeated.seek(99_900)
        with pytest.raises(PathError):
            repeated.write(b"n" * 900)
        repeated.write(b"n" * 50)
        repeated.close()

    in_child(work)
    assert (tmp_path / "a").read_bytes() in (b"o" * 99_900 + b"n" * 50, b"o" * 99_900 + b"n" * 50 + b"o" * 40)
    assert os.listdir(tmp_path) == ["a"]
