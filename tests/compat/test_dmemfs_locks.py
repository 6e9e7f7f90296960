"""Files that are locked while they are open: readers share, writers exclude, nobody starves."""

from __future__ import annotations

import gc
import threading
import warnings
from collections.abc import Callable

import pytest

from tests.compat.stress import stress
from vfsloader import MemoryFileSystem, open_layer, packs
from vfsloader.compat.dmemfs.locks import FileLocks
from vfsloader.errors import LockedError

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
    assert not mfs._locks._held
    assert not mfs._locks._waiting


def test_a_waiting_writer_is_not_starved(wait_for: WaitFor) -> None:
    """Readers that come one after another, always two at a time, and a writer that waits: it is next in line."""
    locks = FileLocks(threading.RLock())
    assert locks.try_acquire("/f", exclusive=False)
    order: list[str] = []

    def enter(who: str, *, exclusive: bool) -> None:
        locks.acquire("/f", exclusive=exclusive, timeout=60)
        order.append(who)
        locks.release("/f")

    writer = threading.Thread(target=enter, args=("writer",), kwargs={"exclusive": True})
    writer.start()
    wait_for(lambda: locks._waiting, "the writer to wait")
    readers = []
    for number in range(5):
        readers.append(threading.Thread(target=enter, args=(f"reader {number}",), kwargs={"exclusive": False}))
        readers[-1].start()
        wait_for(lambda count=number + 2: len(locks._waiting["/f"]) >= count, "the reader to wait")
    assert not locks.try_acquire("/f", exclusive=False)  # one that only tries does not pass by either
    with pytest.raises(LockedError):
        locks.acquire("/f", exclusive=False, timeout=0)
    locks.release("/f")
    for thread in (writer, *readers):
        thread.join()
    assert order[0] == "writer"
    assert len(order) == 6
    assert not locks._held
    with pytest.raises(KeyError):
        locks.release("/f")


def test_who_gives_up_lets_those_behind_pass(wait_for: WaitFor) -> None:
    locks = FileLocks(threading.RLock())
    locks.acquire("/f", exclusive=False, timeout=0)
    waiting = threading.Thread(target=locks.acquire, args=("/f",), kwargs={"exclusive": False, "timeout": 60})
    failed: list[BaseException] = []

    def give_up() -> None:
        try:
            locks.acquire("/f", exclusive=True, timeout=1.0)
        except LockedError as error:
            failed.append(error)

    writer = threading.Thread(target=give_up)
    writer.start()
    wait_for(lambda: locks._waiting, "the writer to wait")
    waiting.start()
    waiting.join()
    writer.join()
    assert len(failed) == 1
    assert locks._held == {"/f": 2}


def test_who_waits_gets_the_file_when_it_is_closed(mfs: MemoryFileSystem, wait_for: WaitFor) -> None:
    done: list[bytes] = []

    def read() -> None:
        with mfs.open("/a", "rb", lock_timeout=60) as file:
            done.append(file.read())

    with mfs.open("/a", "wb") as file:
        thread = threading.Thread(target=read)
        thread.start()
        wait_for(lambda: mfs._locks._waiting, "the reader to wait")
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
    wait_for(lambda: mfs._locks._waiting, "the reader to wait")
    with mfs._tree:
        file.close()
        mfs.vfs.remove("/b")
    thread.join()
    assert len(failed) == 1
    assert not mfs._locks._held
    assert not mfs._locks._waiting


def test_one_that_is_forgotten_is_closed(mfs: MemoryFileSystem) -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        file = mfs.open("/a", "r+b")
        file.write(b"NEW")
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
    assert not mfs._locks._held
    assert not mfs._locks._waiting


def test_it_is_saved_as_a_pack_and_mounted(mfs: MemoryFileSystem, tmp_path: object) -> None:
    packs.build(mfs, f"{tmp_path}/x.pack")
    with open_layer(f"{tmp_path}/x.pack") as pack:
        assert pack.read(pack.find("/a")) == b"old"


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


def test_a_slice_of_the_stress() -> None:
    assert stress(turns=12) > 0, "the quota was never reached"


def test_an_append_begins_where_the_file_ended(mfs: MemoryFileSystem) -> None:
    """Not behind the zeros that were put there; what is written goes behind those."""
    with mfs.open("/a", "ab", preallocate=10) as file:
        assert file.tell() == 3
        file.write(b"!")
    assert mfs.export_tree()["/a"] == b"old" + bytes(7) + b"!"
