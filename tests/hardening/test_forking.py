"""``fork()`` while other threads work: the child goes on, or gets an error that says why not; it never hangs."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
import tarfile
import threading
import weakref
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vfsloader import ArchiveLayer, ResourceManager, Store, VirtualFileSystem, open_layer
from vfsloader.collections import PersistentDict
from vfsloader.errors import LockedError
from vfsloader.runtime import forking

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


def make_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in CONTENTS.items():
            archive.writestr(name, content)


def make_tar(path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in CONTENTS.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


CONTENTS = {f"{number}.txt": bytes([number]) * 4000 for number in range(20)}


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_forks_while_threads_read_an_archive(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Threads read it nearly all the time, alone and through a tree that caches."""
    make(tmp_path / "mod")
    stop = threading.Event()

    def read() -> None:
        for name, content in CONTENTS.items():
            assert layer.read(layer.find(f"/{name}")) == content  # type: ignore[arg-type]
            assert tree.read_bytes(f"/{name}") == content

    def read_on() -> None:
        while not stop.is_set():
            read()

    with open_layer(tmp_path / "mod") as layer, VirtualFileSystem() as tree:
        tree.add_underlay(layer)
        threads = [threading.Thread(target=read_on) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(8):
                in_child(read)
        finally:
            stop.set()
            for thread in threads:
                thread.join()


class Slow(io.BytesIO):
    """An archive whose next read waits."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.inside, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def read(self, size: int | None = -1) -> bytes:
        if not self.go_on.is_set():
            self.inside.set()
            self.go_on.wait(PATIENCE)
        return super().read(size)


def test_an_archive_that_another_thread_reads_for_longer_than_a_fork_waits(tmp_path: Path) -> None:
    """A stream cannot be opened again; a file is, although the lock and the position are the other thread's."""
    make_zip(tmp_path / "mod.zip")
    stream = Slow((tmp_path / "mod.zip").read_bytes())
    with ArchiveLayer(stream) as slow, ArchiveLayer(tmp_path / "mod.zip") as fast:
        entry = slow.find("/1.txt")
        assert entry is not None
        stream.go_on.clear()

        def read() -> None:
            with fast._lock:
                slow.read(entry)

        def check() -> None:
            assert fast.read(entry) == CONTENTS["1.txt"]
            with pytest.raises(LockedError, match="another thread was reading it"):
                slow.read(entry)

        thread = threading.Thread(target=read)
        thread.start()
        stream.inside.wait(PATIENCE)
        try:
            in_child(check)
        finally:
            stream.go_on.set()
            thread.join()
        assert fast.read(entry) == slow.read(entry) == CONTENTS["1.txt"]


def test_locks_that_another_thread_holds_are_replaced(tmp_path: Path) -> None:
    """Of caches, of a game, and of what belongs to it."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "a.txt").write_text("a")
    mod = tmp_path / "mods" / "snow"
    mod.mkdir(parents=True)
    (mod / "mod.toml").write_text('id = "snow"\nname = "Snow"\nversion = "1"\n')
    (mod / "b.txt").write_text("b")
    with ResourceManager(base=tmp_path / "base", mods=tmp_path / "mods", state_dir=tmp_path / "state") as game:
        scores = PersistentDict(game.vfs, name="s", cache_type="lru", cache_size=10)
        scores["a"] = 1
        inside, stop = threading.Event(), threading.Event()
        locks = [owner for reference in list(forking._renewed) if (owner := reference()) is not None]
        assert {"ResourceManager", "Snapshots", "Mod", "Cache"} <= {type(owner).__name__ for owner in locks}

        def hold() -> None:
            with contextlib.ExitStack() as held:
                for owner in locks:
                    for name in forking._renewed[weakref.ref(owner)]:
                        held.enter_context(getattr(owner, name))
                inside.set()
                stop.wait(PATIENCE)

        def check() -> None:
            assert game.asset("/a.txt").data == b"a"
            assert game.read("/b.txt") == b"b"
            assert game.vfs.read_text("/b.txt") == "b"
            assert game.mods.fingerprint().mods
            assert scores["a"] == 1
            game.update()

        thread = threading.Thread(target=hold)
        thread.start()
        inside.wait(PATIENCE)
        try:
            in_child(check)
        finally:
            stop.set()
            thread.join()
        check()
