"""Files that are locked while they are open: readers share, writers exclude, nobody starves."""

from __future__ import annotations

import errno
import gc
import threading
import warnings
from collections.abc import Callable

import pytest

from tests.compat.stress import stress
from vfsloader import MemoryFileSystem, open_layer, packs
from vfsloader.compat.dmemfs.locks import FileLocks
from vfsloader.errors import LockedError, NodeLimitExceededError, QuotaExceededError

WaitFor = Callable[..., object]


class Guard:
    """A re-entrant lock that counts how often it was left."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.depth = 0
        self.turns = 0

    def __enter__(self) -> None:
        self.lock.acquire()
        self.depth += 1

    def __exit__(self, *exc: object) -> None:
        self.depth -= 1
        self.turns += not self.depth
        self.lock.release()


def is_free(locks: FileLocks, path: str = "/f") -> bool:
    """Return whether nobody has or waits for a file."""
    if not locks.try_acquire(path, exclusive=True):
        return False
    locks.release(path)
    return True


def can_be_read(mfs: MemoryFileSystem, path: str) -> bool:
    """Return whether a file can be opened for reading without waiting."""
    try:
        mfs.open(path, "rb", lock_timeout=0).close()
    except LockedError:
        return False
    return True


@pytest.fixture
def mfs() -> MemoryFileSystem:
    mfs = MemoryFileSystem(default_lock_timeout=0)
    mfs.import_tree({"/a": b"old"})
    mfs.mkdir("/d")
    return mfs


def test_readers_share(mfs: MemoryFileSystem) -> None:
    with mfs.open("/a", "rb") as first, mfs.open("/a", "rb") as second:
        assert first.read() == second.read() == b"old"


@pytest.mark.parametrize("mode", ["wb", "ab", "r+b"])
def test_a_writer_has_the_file_alone(mfs: MemoryFileSystem, mode: str) -> None:
    with mfs.open("/a", "rb"), pytest.raises(BlockingIOError):
        mfs.open("/a", mode)
    with mfs.open("/a", mode):
        for other in ("rb", mode):
            with pytest.raises(LockedError) as caught:
                mfs.open("/a", other)
            assert caught.value.filename == "/a"
    mfs.open("/a", mode).close()


def test_an_open_file_cannot_be_moved_replaced_or_removed(mfs: MemoryFileSystem) -> None:
    with mfs.open("/b", "xb"):
        for call in (
            lambda: mfs.remove("/b"),
            lambda: mfs.rename("/b", "/c"),
            lambda: mfs.move("/b", "/e/c"),
            lambda: mfs.import_tree({"/b": b"", "/f": b""}),
        ):
            with pytest.raises(LockedError) as caught:
                call()
            assert caught.value.filename == "/b"
    assert mfs.listdir("/") == ["a", "b", "d"]
    mfs.remove("/b")


def test_a_folder_with_an_open_file_cannot_be_moved_or_removed(mfs: MemoryFileSystem) -> None:
    with mfs.open("/d/x", "wb"):
        for call in (lambda: mfs.rmtree("/d"), lambda: mfs.rename("/d", "/g")):
            with pytest.raises(LockedError) as caught:
                call()
            assert caught.value.filename == "/d/x"
    mfs.rmtree("/d")
    assert mfs.listdir("/") == ["a"]


def test_a_waiting_writer_is_not_starved(wait_for: WaitFor) -> None:
    """Five readers come while one reads and a writer waits: the writer is next in line."""
    guard = Guard()
    locks = FileLocks(guard)
    locks.acquire("/f", exclusive=False, timeout=0)
    order: list[str] = []

    def enter(name: str, exclusive: bool) -> None:
        locks.acquire("/f", exclusive=exclusive, timeout=60)
        order.append(name)
        locks.release("/f")

    threads = []
    for name in ("writer", *"12345"):
        turns = guard.turns
        threads.append(threading.Thread(target=enter, args=(name, name == "writer")))
        threads[-1].start()
        wait_for(lambda turns=turns: guard.turns > turns, "the thread to wait in line")
    assert not locks.try_acquire("/f", exclusive=False), "a reader that does not wait overtook the writer"
    locks.release("/f")
    for thread in threads:
        thread.join()
    assert order[0] == "writer"
    assert sorted(order[1:]) == list("12345")
    assert is_free(locks)


def test_a_timeout_is_an_error_that_names_the_file() -> None:
    locks = FileLocks(threading.RLock())
    locks.acquire("/f", exclusive=True, timeout=0)
    with pytest.raises(LockedError) as caught:
        locks.acquire("/f", exclusive=False, timeout=0)
    assert (caught.value.filename, caught.value.errno) == ("/f", errno.EAGAIN)
    locks.release("/f")
    assert is_free(locks)


def test_a_file_that_is_not_locked_cannot_be_released() -> None:
    with pytest.raises(KeyError):
        FileLocks(threading.RLock()).release("/f")


def test_a_writer_that_gives_up_lets_the_readers_behind_it_pass(wait_for: WaitFor) -> None:
    guard = Guard()
    locks = FileLocks(guard)
    locks.acquire("/f", exclusive=False, timeout=0)
    errors: list[LockedError] = []

    def give_up() -> None:
        try:
            locks.acquire("/f", exclusive=True, timeout=1.0)
        except LockedError as error:
            errors.append(error)

    turns = guard.turns
    writer = threading.Thread(target=give_up)
    writer.start()
    wait_for(lambda: guard.turns > turns, "the writer to wait in line")
    reader = threading.Thread(target=locks.acquire, args=("/f",), kwargs={"exclusive": False, "timeout": 60})
    reader.start()
    reader.join()
    writer.join()
    assert len(errors) == 1
    locks.release("/f")
    assert not is_free(locks), "the second reader does not have the file"
    locks.release("/f")
    assert is_free(locks)


def test_a_waiting_writer_gets_the_file_when_the_reader_closes_it(mfs: MemoryFileSystem, wait_for: WaitFor) -> None:
    def write() -> None:
        with mfs.open("/a", "wb", lock_timeout=60) as file:
            file.write(b"new")

    with mfs.open("/a", "rb") as file:
        thread = threading.Thread(target=write)
        thread.start()
        wait_for(lambda: not can_be_read(mfs, "/a"), "the writer to wait in line")
        assert file.read() == b"old"
    thread.join()
    assert mfs.export_tree() == {"/a": b"new"}


def test_waiting_for_a_file_that_is_removed_is_an_error(mfs: MemoryFileSystem, wait_for: WaitFor) -> None:
    errors: list[FileNotFoundError] = []

    def write() -> None:
        try:
            mfs.open("/a", "r+b", lock_timeout=60)
        except FileNotFoundError as error:
            errors.append(error)

    file = mfs.open("/a", "rb")
    thread = threading.Thread(target=write)
    thread.start()
    wait_for(lambda: not can_be_read(mfs, "/a"), "the writer to wait in line")
    with mfs.vfs.atomic_batch():
        file.close()
        mfs.vfs.remove("/a")
    thread.join()
    assert [error.filename for error in errors] == ["/a"]
    mfs.open("/a", "xb", lock_timeout=0).close()


def test_a_file_that_is_garbage_collected_is_closed(mfs: MemoryFileSystem) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        file = mfs.open("/a", "r+b")
        file.write(b"NEW")
        del file
        gc.collect()
    assert [warning.category for warning in warned] == [ResourceWarning]
    assert mfs.export_tree() == {"/a": b"NEW"}


def test_fifty_threads() -> None:
    """Appends, moves and reads at once: nothing is lost, and the count is exact."""
    mfs = MemoryFileSystem(max_quota=1 << 20, default_lock_timeout=60)
    mfs.open("/log", "wb").close()
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
    for path in tree:
        mfs.open(path, "r+b", lock_timeout=0).close()


def test_it_is_saved_as_a_pack_and_mounted(mfs: MemoryFileSystem, tmp_path: object) -> None:
    packs.build(mfs, f"{tmp_path}/x.pack")
    with open_layer(f"{tmp_path}/x.pack") as pack:
        assert pack.read(pack.find("/a")) == b"old"


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda mfs: mfs.open("/a", "wb", preallocate=101), QuotaExceededError),
        (lambda mfs: mfs.mkdir("/a/b/c/d"), NodeLimitExceededError),
        (lambda mfs: mfs.import_tree({"/x/y": bytes(10), "/z": bytes(91)}), QuotaExceededError),
        (lambda mfs: mfs.copy_tree("/x", "/w"), QuotaExceededError),
        (lambda mfs: mfs.rename("/x", "/x/in"), ValueError),
    ],
)
def test_a_call_that_is_refused_leaves_nothing_behind(
    call: Callable[[MemoryFileSystem], object], error: type[Exception]
) -> None:
    mfs = MemoryFileSystem(max_quota=100, max_nodes=6)
    mfs.import_tree({"/x/y": bytes(60)})
    before = mfs.stats()
    with pytest.raises(error):
        call(mfs)
    assert list(mfs.walk()) == [("/", ["x"], []), ("/x", [], ["y"])]
    assert mfs.export_tree() == {"/x/y": bytes(60)}
    assert mfs.stats() == before


def test_a_reader_does_not_preallocate(mfs: MemoryFileSystem) -> None:
    with mfs.open("/a", "rb", preallocate=90) as file:
        assert file.read() == b"old"


def test_a_slice_of_the_stress() -> None:
    assert stress(turns=12) > 0, "the quota was never reached"


def test_an_append_begins_where_the_file_ended(mfs: MemoryFileSystem) -> None:
    """That is before the zeros of `preallocate`. What is written goes after them."""
    with mfs.open("/a", "ab", preallocate=10) as file:
        assert file.tell() == 3
        file.write(b"!")
    assert mfs.export_tree()["/a"] == b"old" + bytes(7) + b"!"


def test_opening_a_file_to_empty_it_is_a_change(mfs: MemoryFileSystem) -> None:
    """Others are notified, and its time changes, although nothing is written."""
    before = mfs.stat("/a")["modified_at"]
    assert mfs.vfs.read_bytes("/a") == b"old"
    mfs.open("/a", "wb").close()
    assert mfs.stat("/a")["modified_at"] > before
    assert mfs.vfs.stat("/a").size == 0
