"""Files that are locked while they are open: readers share, writers exclude, nobody starves."""

from __future__ import annotations

import gc
import threading
import warnings
from collections.abc import Callable

import pytest

from vfsloader import MemoryFileSystem, open_layer, packs
from vfsloader.errors import LockedError
from vfsloader.memory.locks import FairLock

WaitFor = Callable[..., object]


@pytest.fixture
def mfs() -> MemoryFileSystem:
    made = MemoryFileSystem(default_lock_timeout=0)
    with made.open("/a", "wb") as file:
        file.write(b"old")
    made.mkdir("/d")
    return made


def test_readers_share_and_writers_exclude(mfs: MemoryFileSystem) -> None:
    with mfs.open("/a", "rb") as one, mfs.open("/a", "rb") as other:
        assert one.read() == other.read() == b"old"
        for mode in ("wb", "ab", "r+b"):
            with pytest.raises(BlockingIOError):
                mfs.open("/a", mode)
    for mode in ("wb", "ab", "r+b"):
        with mfs.open("/a", mode), pytest.raises(LockedError, match="/a is open elsewhere"):
            mfs.open("/a", "rb")
    with mfs.open("/b", "xb"):
        for call in (
            lambda: mfs.remove("/b"),
            lambda: mfs.rename("/b", "/c"),
            lambda: mfs.move("/b", "/e/c"),
            lambda: mfs.import_tree({"/b": b"", "/f": b""}),
        ):
            with pytest.raises(BlockingIOError, match="/b is open"):
                call()
    assert not mfs.exists("/f")
    with mfs.open("/d/x", "wb"):
        for call in (lambda: mfs.rmtree("/d"), lambda: mfs.rename("/d", "/g")):
            with pytest.raises(BlockingIOError, match="/d/x is open"):
                call()
    mfs.rmtree("/d")
    assert mfs._locks._locks == {}


def test_a_waiting_writer_is_not_starved(wait_for: WaitFor) -> None:
    """Readers that come one after another, always two at a time, and a writer that waits: it is next in line."""
    lock = FairLock()
    assert lock.acquire(exclusive=False, timeout=0)
    order: list[str] = []

    def enter(who: str, *, exclusive: bool) -> None:
        assert lock.acquire(exclusive=exclusive, timeout=60)
        order.append(who)
        lock.release(exclusive=exclusive)

    writer = threading.Thread(target=enter, args=("writer",), kwargs={"exclusive": True})
    writer.start()
    wait_for(lambda: lock._waiting, "the writer to wait")
    readers = []
    for number in range(5):
        readers.append(threading.Thread(target=enter, args=(f"reader {number}",), kwargs={"exclusive": False}))
        readers[-1].start()
        wait_for(lambda count=number + 2: len(lock._waiting) >= count, "the reader to wait")
    assert not lock.acquire(exclusive=False, timeout=0)  # one that only tries does not pass by either
    lock.release(exclusive=False)
    for thread in (writer, *readers):
        thread.join()
    assert order[0] == "writer"
    assert len(order) == 6
    assert not lock.is_held
    with pytest.raises(RuntimeError):
        lock.release(exclusive=True)


def test_who_waits_gets_the_file_when_it_is_closed(mfs: MemoryFileSystem, wait_for: WaitFor) -> None:
    done: list[bytes] = []

    def read() -> None:
        with mfs.open("/a", "rb", lock_timeout=60) as file:
            done.append(file.read())

    with mfs.open("/a", "wb") as file:
        thread = threading.Thread(target=read)
        thread.start()
        wait_for(lambda: mfs._locks._locks["/a"][0]._waiting, "the reader to wait")
        file.write(b"new")
    thread.join()
    assert done == [b"new"]


def test_one_that_waited_for_a_file_that_went_is_told(mfs: MemoryFileSystem, wait_for: WaitFor) -> None:
    failed: list[BaseException] = []

    def read() -> None:
        try:
            mfs.open("/b", "rb", lock_timeout=60)
        except FileNotFoundError as error:
            failed.append(error)

    file = mfs.open("/b", "wb")
    thread = threading.Thread(target=read)
    thread.start()
    wait_for(lambda: mfs._locks._locks["/b"][0]._waiting, "the reader to wait")
    with mfs._tree:
        file.close()
        mfs.vfs.remove("/b")
    thread.join()
    assert len(failed) == 1
    assert mfs._locks._locks == {}


def test_one_that_is_forgotten_is_closed(mfs: MemoryFileSystem) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        file = mfs.open("/a", "r+b")
        file.write(b"NEW")
        mfs._writers.clear()
        del file
        gc.collect()
    assert [one.category for one in told] == [ResourceWarning]
    assert mfs.export_tree() == {"/a": b"NEW"}


def test_fifty_threads(mfs: MemoryFileSystem) -> None:
    """Appends, moves and reads at once: nothing is lost, and the count is exact."""
    mfs = MemoryFileSystem(max_quota=1 << 20, default_lock_timeout=60)
    with mfs.open("/log", "wb"):
        pass
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                with mfs.open("/log", "ab") as file:
                    file.write(b"%03d\n" % number)
                mfs.import_tree({f"/own/{number}": bytes(turn * 100)})
                with mfs.open(f"/own/{number}", "rb") as file:
                    assert file.read() == bytes(turn * 100)
                if turn % 3 == 2:
                    mfs.move(f"/own/{number}", f"/moved/{number}/{turn}")
                mfs.stats()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    tree = mfs.export_tree()
    assert sorted(tree["/log"].split()) == sorted(b"%03d" % number for number in range(50) for _ in range(10))
    assert mfs.stats()["used_bytes"] == sum(map(len, tree.values()))
    assert mfs._locks._locks == {}


def test_it_is_saved_as_a_pack_and_mounted(mfs: MemoryFileSystem, tmp_path: object) -> None:
    packs.build(mfs, f"{tmp_path}/x.pack")
    with open_layer(f"{tmp_path}/x.pack") as pack:
        assert pack.read(pack.find("/a").key) == b"old"


def test_what_is_refused_leaves_nothing_behind() -> None:
    mfs = MemoryFileSystem(max_quota=100, max_nodes=4)
    with pytest.raises(OSError, match="quota"):
        mfs.open("/a", "wb", preallocate=101)
    assert mfs.listdir("/") == []
    with pytest.raises(OSError, match="files and folders"):
        mfs.mkdir("/a/b/c/d")
    assert mfs.listdir("/") == []
    mfs.import_tree({"/x/y": bytes(60)})
    with pytest.raises(OSError, match="quota"):
        mfs.import_tree({"/x/y": bytes(10), "/z": bytes(91)})
    assert mfs.export_tree() == {"/x/y": bytes(60)}
    with pytest.raises(OSError, match="quota"):
        mfs.copy_tree("/x", "/w")
    assert mfs.listdir("/") == ["x"]
    with pytest.raises(ValueError, match="itself"):
        mfs.rename("/x", "/x/in")
    with mfs.open("/x/y", "rb", preallocate=90) as file:
        assert len(file.read()) == 60
