"""``fork()`` while other threads work: the child goes on, or gets an error that says why not; it never hangs."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vfsloader import Store, VirtualFileSystem
from vfsloader.collections import PersistentDict
from vfsloader.errors import LockedError

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
PATIENCE = 60.0


def in_child(work: Callable[[], None]) -> None:
    """Fork, run a function in the child, and fail if it fails or hangs."""
    pid = os.fork()
    if pid == 0:  # pragma: no cover - the child
        try:
            signal.alarm(int(PATIENCE))  # a child that hangs is killed
            work()
            os._exit(0)
        except BaseException as error:
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    assert status == 0, "the child hung" if os.WIFSIGNALED(status) else "the child failed"


@pytest.fixture(params=["memory", "memory with collections", "memory database", "folder"])
def vfs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VirtualFileSystem]:
    where: Any = Store(":memory:") if request.param == "memory database" else ":memory:"
    if request.param == "folder":
        where = tmp_path / "tree"
        where.mkdir()
    with VirtualFileSystem(where) as tree:
        if request.param == "memory with collections":
            PersistentDict(tree, name="s")["a"] = 1
        yield tree


def test_forks_while_threads_write(vfs: VirtualFileSystem, tmp_path: Path) -> None:
    is_shared = (tmp_path / "tree").exists()  # the parent goes on writing what the child reads
    stop = threading.Event()

    def write(number: int) -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            with vfs.atomic_batch():
                vfs.write_bytes(f"/{number}/a", b"x" * turn)
                vfs.write_bytes(f"/{number}/b", b"x" * turn)

    def check() -> None:
        for number in range(3):
            if not is_shared and vfs.exists(f"/{number}/b"):
                size = vfs.getsize(f"/{number}/a")
                assert size == vfs.getsize(f"/{number}/b"), "half of a batch"
        vfs.write_bytes("/child", b"x")
        assert vfs.read_bytes("/child") == b"x"

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(15):
            in_child(check)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_long_batch_of_another_thread(vfs: VirtualFileSystem) -> None:
    """It outlasts what the fork waits for: the child does not hang."""
    inside, stop = threading.Event(), threading.Event()

    def write() -> None:
        with vfs.atomic_batch():
            vfs.write_bytes("/a", b"half")
            inside.set()
            stop.wait(PATIENCE)

    def check() -> None:
        try:
            vfs.write_bytes("/child", b"x")
            assert vfs.read_bytes("/child") == b"x"
        except LockedError as error:
            assert "another thread was changing it when the process was forked" in str(error)

    thread = threading.Thread(target=write)
    thread.start()
    inside.wait(PATIENCE)
    try:
        in_child(check)
    finally:
        stop.set()
        thread.join()
    assert vfs.read_bytes("/a") == b"half"


def test_a_fork_inside_a_batch_of_its_own(vfs: VirtualFileSystem) -> None:
    with vfs.atomic_batch():
        vfs.write_bytes("/a", b"x")
        in_child(lambda: vfs.write_bytes("/b", b"y"))
    assert vfs.exists("/a")


@pytest.mark.parametrize("read_only", [False, True])
def test_a_database_on_disk_says_that_it_cannot_be_inherited(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "save.db"
    with VirtualFileSystem(path) as vfs:
        vfs.write_bytes("/a", b"parent")
        PersistentDict(vfs, name="s")["a"] = 1
    with VirtualFileSystem(path, read_only=read_only) as vfs:
        scores = PersistentDict(vfs, name="s")

        def check() -> None:
            for use in (
                lambda: vfs.read_bytes("/a"),
                lambda: vfs.exists("/a"),
                lambda: scores["a"],
                lambda: vfs.open("/a", "ab") if not read_only else vfs.read_bytes("/a"),
                lambda: vfs.write_bytes("/a", b"child") if not read_only else vfs.read_bytes("/a"),
            ):
                with pytest.raises(LockedError, match="open the store after the fork"):
                    use()
            vfs.close()

        vfs.read_bytes("/a")
        in_child(check)
        assert vfs.read_bytes("/a") == b"parent"
        if not read_only:
            vfs.write_bytes("/a", b"later")
            scores["a"] = 2
    with VirtualFileSystem(path) as vfs:
        assert vfs.read_bytes("/a") == (b"parent" if read_only else b"later")


def test_a_pack_can_be_inherited(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.pack")
    store.write("/a", b"x")
    store.write("/big", bytes(200_000))
    store.seal()
    store.close()
    pack = Store(tmp_path / "a.pack")
    assert pack.read(pack.find("/a")) == b"x"  # type: ignore[arg-type]

    def check() -> None:
        assert pack.read(pack.find("/a")) == b"x"  # type: ignore[arg-type]
        assert pack.read(pack.find("/big")) == bytes(200_000)  # type: ignore[arg-type]

    in_child(check)
    check()
    pack.close()
