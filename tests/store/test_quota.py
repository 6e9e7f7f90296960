"""A hard quota: refused before a byte is stored, exact under threads, given back by whatever undoes or removes."""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.store.soundness import memory_is_sound
from vfsloader import Store, VirtualFileSystem
from vfsloader.collections import PersistentDict, PersistentList, PersistentSet
from vfsloader.errors import NodeLimitExceededError, QuotaExceededError, VFSError
from vfsloader.layers.protocol import WritableLayer
from vfsloader.store.memory.store import MemoryStore
from vfsloader.store.records.collection_bytes import has_collections


@pytest.fixture(params=["memory", "disk"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return ":memory:" if request.param == "memory" else str(tmp_path / "s.db")


def test_a_write_that_does_not_fit_changes_nothing(place: str) -> None:
    with VirtualFileSystem(place, quota=1000) as vfs:
        vfs.write_bytes("/a", b"x" * 600)
        with pytest.raises(QuotaExceededError) as caught:
            vfs.write_bytes("/b", b"x" * 500)
        assert (caught.value.requested, caught.value.available) == (500, 400)
        assert isinstance(caught.value, OSError)
        assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "/b")
        assert "400 bytes left, and 500 more" in str(caught.value)
        with pytest.raises(QuotaExceededError):
            vfs.write_bytes("/a", b"y" * 1001)
        assert vfs.read_bytes("/a") == b"x" * 600
        assert not vfs.exists("/b")
        vfs.write_bytes("/a", b"y" * 1000)  # what it takes the place of counts for it
        stats = vfs.stats()
        assert (stats.used, stats.quota, stats.free, stats.files, stats.folders) == (1000, 1000, 0, 1, 1)
        vfs.write_bytes("/empty", b"")


def test_an_open_file_is_refused_at_the_write(place: str) -> None:
    with VirtualFileSystem(place, quota=200_000, chunk_size=4096) as vfs:
        vfs.write_bytes("/old", b"o" * 100_000)
        with vfs.open("/new", "wb", buffering=0) as file:
            file.write(b"n" * 90_000)
            assert (vfs.stats().used, vfs.stats().free) == (190_000, 10_000)
            with pytest.raises(QuotaExceededError) as caught:
                file.write(b"n" * 10_001)
            assert (caught.value.requested, caught.value.available) == (10_001, 10_000)
            with pytest.raises(QuotaExceededError):
                vfs.write_bytes("/other", b"x" * 10_001)  # what is promised is not given twice
            file.write(b"m" * 10_000)
        assert vfs.getsize("/new") == 100_000
        assert vfs.stats().free == 0
        with vfs.open("/old", "r+b", buffering=0) as file:
            file.write(b"p" * 100_000)
            with pytest.raises(QuotaExceededError):
                file.write(b"q")
            file.truncate(50_000)
        assert vfs.stats().used == 150_000
        with pytest.raises(RuntimeError), vfs.open("/abandoned", "wb") as file:
            file.write(b"x" * 50_000)
            raise RuntimeError
        assert vfs.stats().free == 50_000


def test_what_is_undone_or_removed_is_given_back(place: str) -> None:
    with VirtualFileSystem(place, quota=1000, max_nodes=10) as vfs:
        for _ in range(3):
            with pytest.raises(RuntimeError), vfs.atomic_batch():
                vfs.write_bytes("/a/b/c", b"x" * 900)
                with pytest.raises(RuntimeError), vfs.atomic_batch():
                    vfs.write_bytes("/a/b/d", b"x" * 100)
                    raise RuntimeError
                assert vfs.stats().used == 900
                vfs.remove("/a/b/c")
                vfs.write_bytes("/a/e", b"x" * 1000)
                raise RuntimeError
            assert vfs.stats().used == 0
        vfs.write_bytes("/a/b/c", b"x" * 400)
        vfs.copy("/a/b/c", "/d")
        vfs.rename("/d", "/e")
        assert vfs.stats().used == 800
        with pytest.raises(QuotaExceededError):
            vfs.copytree("/a", "/f")
        assert not vfs.exists("/f")
        vfs.rmtree("/a")
        assert vfs.stats().used == 400
        vfs.write_bytes("/g", b"x" * 600)


def test_copying_up_counts(place: str) -> None:
    lower = Store(":memory:")
    lower.write("/big", b"x" * 800)
    with VirtualFileSystem(place, quota=1000) as vfs:
        vfs.add_underlay(lower)
        vfs.write_bytes("/mine", b"y" * 300)
        with pytest.raises(QuotaExceededError), vfs.open("/big", "ab") as file:
            file.write(b"more")
        assert vfs.read_bytes("/big") == b"x" * 800
        assert vfs.stats().used == 300


def test_files_and_folders_are_counted(place: str) -> None:
    with VirtualFileSystem(place, max_nodes=4) as vfs:
        vfs.write_bytes("/a/b", b"")  # with the root: three
        vfs.write_bytes("/c", b"")
        with pytest.raises(NodeLimitExceededError) as caught:
            vfs.write_bytes("/d", b"")
        assert (caught.value.current, caught.value.limit, caught.value.errno) == (4, 4, errno.ENOSPC)
        with pytest.raises(NodeLimitExceededError):
            vfs.makedirs("/a/e/f")
        assert not vfs.exists("/a/e")
        vfs.remove("/c")
        vfs.mkdir("/d")


def test_what_was_there_before_counts(tmp_path: Path) -> None:
    with VirtualFileSystem(tmp_path / "s.db") as vfs:
        vfs.write_bytes("/a", b"x" * 900)
    with VirtualFileSystem(tmp_path / "s.db", quota=1000) as limited, VirtualFileSystem(tmp_path / "s.db") as unlimited:
        with pytest.raises(QuotaExceededError):
            limited.write_bytes("/b", b"x" * 101)
        limited.write_bytes("/b", b"x" * 50)
        unlimited.write_bytes("/c", b"x" * 40)  # like another process, without a quota
        with pytest.raises(QuotaExceededError) as caught:
            limited.write_bytes("/d", b"x" * 11)
        assert caught.value.available == 10
        unlimited.remove("/a")
        limited.write_bytes("/d", b"x" * 910)


def test_a_lower_quota_than_what_is_there_refuses_growth_only(tmp_path: Path) -> None:
    with VirtualFileSystem(tmp_path / "s.db") as vfs:
        vfs.write_bytes("/a", b"x" * 900)
    with VirtualFileSystem(tmp_path / "s.db", quota=100) as vfs:
        with pytest.raises(QuotaExceededError):
            vfs.write_bytes("/b", b"x")
        vfs.write_bytes("/a", b"x" * 50)
        vfs.write_bytes("/b", b"x" * 50)


@pytest.mark.parametrize("wrong", [-1, 1.5, "many"])
def test_a_quota_is_a_number(wrong: object, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="quota"):
        VirtualFileSystem(quota=wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_nodes"):
        VirtualFileSystem(max_nodes=wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="loose files"):
        VirtualFileSystem(tmp_path, quota=5)


def test_errors_travel() -> None:
    for error in (QuotaExceededError(5, 3, "/a"), NodeLimitExceededError(4, 4, "/b")):
        again = pickle.loads(pickle.dumps(error))
        assert (str(again), again.requested, again.available, again.filename) == (
            str(error), error.requested, error.available, error.filename
        )  # fmt: skip


def test_threads_never_get_more_than_there_is(place: str) -> None:
    """Fifty writers want twice what there is: the sum is never above the quota, and none of it is lost."""
    with VirtualFileSystem(place, quota=100_000, timeout=60) as vfs:
        failures: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(8):
                    try:
                        if turn % 2:
                            vfs.write_bytes(f"/{number}/{turn % 4}", b"x" * 1000)
                        else:
                            with vfs.open(f"/{number}/{turn % 4}", "wb", buffering=0) as file:
                                for _ in range(4):
                                    file.write(b"y" * 500)
                    except QuotaExceededError:
                        if turn > 4:
                            vfs.rmtree(f"/{number}") if vfs.exists(f"/{number}") else None
                    assert vfs.stats().used <= 100_000
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        held = vfs._local.quota
        assert held.reserved == 0
        sizes = [vfs.getsize(path) for path in vfs.glob("/*/*")]
        assert held.held.used == sum(sizes) == vfs.stats().used <= 100_000


PATHS = st.sampled_from(["/a", "/b", "/d/a", "/d/e/b", "/d"])
LIMIT, MOST_NODES = 5_000, 8
#: Operations on each kind of store; `make soak` asks for many more.
OPERATIONS = int(os.environ.get("VFSLOADER_QUOTA", "5000"))


class Quotas(RuleBasedStateMachine):
    """The sum of contents always equals what is counted, whatever is done, refused or undone."""

    def __init__(self) -> None:
        super().__init__()
        self.lower = Store(":memory:")
        self.lower.write("/b", b"l" * 1500)
        self.lower.write("/d/e/b", b"l" * 700)
        self.vfs = VirtualFileSystem(self.local())
        self.vfs.add_underlay(self.lower)
        self.handles: list[Any] = []
        self.scores: Any = None
        self.log: Any = None

    def attempt(self, action: object) -> None:
        before = self.snapshot()
        try:
            action()  # type: ignore[operator]
        except QuotaExceededError:
            assert self.snapshot() == before, "a refused call has changed something"
        except (VFSError, OSError):
            pass

    def snapshot(self) -> dict[str, bytes]:
        paths = self.vfs.glob("/**")
        return {path: self.vfs.read_bytes(path) for path in paths if self.vfs.isfile(path)}

    @rule(path=PATHS, size=st.integers(0, 6_000))
    def write(self, path: str, size: int) -> None:
        self.attempt(lambda: self.vfs.write_bytes(path, b"w" * size))

    @rule(path=PATHS, mode=st.sampled_from(["wb", "ab", "r+b"]), sizes=st.lists(st.integers(0, 2_000), max_size=4),
          cut=st.none() | st.integers(0, 6_000), fails=st.booleans())  # fmt: skip
    def stream(self, path: str, mode: str, sizes: list[int], cut: int | None, fails: bool) -> None:
        def action() -> None:
            with self.vfs.open(path, mode, buffering=0) as file:
                for size in sizes:
                    try:
                        file.write(b"s" * size)
                    except QuotaExceededError:
                        break
                if cut is not None:
                    try:
                        file.truncate(cut)
                    except QuotaExceededError:
                        pass
                if fails:
                    raise OSError("undone")

        try:
            action()
        except OSError:
            pass

    @rule(path=PATHS)
    def remove(self, path: str) -> None:
        self.attempt(lambda: self.vfs.rmtree(path))

    @rule(old=PATHS, new=PATHS)
    def rename(self, old: str, new: str) -> None:
        self.attempt(lambda: self.vfs.rename(old, new))

    @rule(old=PATHS, new=PATHS)
    def copy(self, old: str, new: str) -> None:
        self.attempt(lambda: self.vfs.copytree(old, new) if self.vfs.isdir(old) else self.vfs.copy(old, new))

    @rule(path=PATHS, size=st.integers(0, 3_000), again=st.integers(0, 6_000))
    def batch(self, path: str, size: int, again: int) -> None:
        def action() -> None:
            with self.vfs.atomic_batch():
                self.vfs.write_bytes(path, b"1" * size)
                self.vfs.write_bytes("/a", b"2" * again)
                if again % 3 == 0:
                    raise OSError("undone")

        self.attempt(action)

    @rule(path=PATHS, mode=st.sampled_from(["wb", "ab", "r+b"]))
    def open_and_keep(self, path: str, mode: str) -> None:
        if len(self.handles) < 4:
            with contextlib.suppress(OSError):
                self.handles.append(self.vfs.open(path, mode, buffering=0))

    @rule(which=st.integers(0, 3), size=st.integers(0, 4_000), at=st.none() | st.integers(0, 4_000))
    def write_to_open(self, which: int, size: int, at: int | None) -> None:
        self.use(which, size, at)

    @rule(which=st.integers(0, 3), size=st.integers(0, 6_000))
    def truncate_open(self, which: int, size: int) -> None:
        if which < len(self.handles):
            with contextlib.suppress(QuotaExceededError):
                self.handles[which].truncate(size)

    @rule(which=st.integers(0, 3))
    def flush_open(self, which: int) -> None:
        if which < len(self.handles):
            with contextlib.suppress(OSError):
                self.handles[which].flush()

    @rule(which=st.integers(0, 3), fails=st.booleans())
    def close_open(self, which: int, fails: bool) -> None:
        if which < len(self.handles):
            handle = self.handles.pop(which)
            if fails:
                handle.discard()
            with contextlib.suppress(OSError):
                handle.close()

    @rule(path=PATHS, which=st.integers(0, 3), size=st.integers(0, 5_000), in_thread=st.booleans(),
          fails=st.booleans(), closes=st.booleans(), again=st.integers(0, 5_000))  # fmt: skip
    def batch_beside_open(
        self, path: str, which: int, size: int, in_thread: bool, fails: bool, closes: bool, again: int
    ) -> None:
        """Free space in a batch, use it by a file that is open, of this thread or another, and undo the batch."""
        with contextlib.suppress(OSError), self.vfs.atomic_batch():
            with contextlib.suppress(OSError):
                self.vfs.rmtree(path)
            if in_thread:
                thread = threading.Thread(target=self.use, args=(which, size, None))
                thread.start()
                thread.join()
            else:
                self.use(which, size, None)
            if closes and which < len(self.handles):
                with contextlib.suppress(OSError):
                    self.handles.pop(which).close()
            with contextlib.suppress(OSError):
                self.vfs.write_bytes("/a", b"b" * again)
            with contextlib.suppress(OSError):
                self.collections()["in batch"] = "v" * (again // 2)
            if fails:
                raise OSError("undone")

    def use(self, which: int, size: int, at: int | None) -> None:
        if which < len(self.handles):
            handle = self.handles[which]
            if at is not None:
                handle.seek(at)
            with contextlib.suppress(QuotaExceededError):
                handle.write(b"h" * size)

    def collections(self) -> Any:
        if self.scores is None:
            self.scores = PersistentDict(self.vfs, name="s")
        if self.log is None:  # there may have been room for one of them only
            self.log = PersistentList(self.vfs, name="l")
        return self.scores

    @rule(key=st.sampled_from("xyz"), size=st.integers(0, 6_000), do=st.integers(0, 6))
    def change_collections(self, key: str, size: int, do: int) -> None:
        with contextlib.suppress(QuotaExceededError, KeyError, IndexError):
            scores = self.collections()
            if do < 2:
                scores[key] = "v" * size
            elif do == 2:
                del scores[key]
            elif do == 3:
                self.log.append("v" * (size // 3))
            elif do == 4:
                self.log.extend(["v" * (size // 10)] * 5)
            elif do == 5:
                self.log.insert(0, "i" * (size // 3))
            else:
                self.log.pop() if size % 2 else scores.clear()

    @rule(fails=st.booleans(), size=st.integers(0, 4_000))
    def batch_of_collections(self, fails: bool, size: int) -> None:
        with contextlib.suppress(OSError), self.collections().transaction():
            self.scores.clear()
            self.scores["big"] = "b" * size
            self.log.append("x" * (size // 2))
            self.use(0, size, None)
            if fails:
                raise OSError("undone")

    @invariant()
    def what_is_counted_is_what_is_there(self) -> None:
        used, nodes = self.really_held()
        used += self.in_collections()
        reserved = sum(handle.reservation.amount for handle in self.handles)
        assert used + reserved <= LIMIT
        assert nodes <= MOST_NODES
        assert self.vfs._local.quota.reserved == reserved
        assert self.vfs.stats().used == used + reserved
        assert not self.vfs._local.quota._before

    def in_collections(self) -> int:
        if self.scores is not None:
            with self.vfs._local.database.reading() as connection:
                if not has_collections(connection):  # a batch that was undone had made them
                    self.scores = self.log = None
        if self.scores is None:
            return 0
        texts = [text for row in self.rows() for text in row if text is not None]
        return sum(len(text if isinstance(text, bytes) else text.encode()) for text in texts)

    def rows(self) -> list[tuple[Any, ...]]:
        database = self.vfs._local.database
        return [
            *database.rows("SELECT key, shown, value FROM item"),
            *database.rows("SELECT items FROM leaf_data"),
            *database.rows("SELECT name, tail FROM collection"),
            *database.rows("SELECT key FROM change"),
        ]

    def local(self) -> WritableLayer:
        return MemoryStore("local", quota=LIMIT, max_nodes=MOST_NODES)

    def really_held(self) -> tuple[int, int]:
        memory_is_sound(self.vfs._local)
        return self.vfs._local.quota.held

    def teardown(self) -> None:
        for handle in self.handles:
            handle.discard()
            handle.close()
        assert self.vfs._local.quota.reserved == 0
        self.vfs.close()


Quotas.TestCase.settings = settings(
    max_examples=max(1, OPERATIONS // 50),
    stateful_step_count=50,
    suppress_health_check=[HealthCheck.too_slow],
)
TestQuotas = Quotas.TestCase


class QuotasOfDatabase(Quotas):
    def local(self) -> WritableLayer:
        return Store(":memory:", name="local", quota=LIMIT, max_nodes=MOST_NODES, chunk_size=512)

    def really_held(self) -> tuple[int, int]:
        database = self.vfs._local.database
        used, nodes, chunks = database.one(
            "SELECT (SELECT coalesce(sum(size), 0) FROM node), (SELECT count(*) FROM node),"
            " (SELECT coalesce(sum(length(data)), 0) FROM chunk)"
        )
        if database.version() > 1:  # content is counted by the first transaction
            assert database.quota.held[:2] == (used + self.in_collections(), nodes)
        assert used == chunks
        return used, nodes


QuotasOfDatabase.TestCase.settings = Quotas.TestCase.settings
TestQuotasOfDatabase = QuotasOfDatabase.TestCase


@pytest.mark.parametrize("place", [":memory:", "s.db", "folder"])
def test_room_is_promised_when_a_file_is_opened(place: str, tmp_path: Path) -> None:
    if place == "folder":
        (tmp_path / place).mkdir()
    where = place if place == ":memory:" else tmp_path / place
    with VirtualFileSystem(where, quota=None if place == "folder" else 1000) as vfs:
        with vfs.open("/a", "wb", preallocate=600) as file:
            file.write(b"abc")
            if place != "folder":
                with pytest.raises(QuotaExceededError) as caught:
                    vfs.open("/b", "wb", preallocate=401)
                assert (caught.value.requested, caught.value.available) == (401, 400)
                assert vfs.stats().used == 600
        assert not vfs.exists("/b")
        assert vfs.read_bytes("/a") == b"abc" + bytes(597)
        with vfs.open("/a", "r+b", preallocate=10) as file:
            file.seek(1)
            file.write(b"B")
        with vfs.open("/a", "ab", preallocate=700) as file:
            file.write(b"end")
        assert vfs.read_bytes("/a") == b"aBc" + bytes(697) + b"end"
        with pytest.raises(ValueError, match="for writing"):
            vfs.open("/a", "rb", preallocate=10)
        if place != "folder":
            with pytest.raises(QuotaExceededError):
                vfs.open("/a", "wb", preallocate=1001)
            assert vfs.getsize("/a") == 703
            assert vfs.stats().used == 703


# --- what a transaction frees, and what is in collections ----------------------------------------------------


@pytest.mark.parametrize("buffering", [-1, 0])
def test_space_freed_by_a_batch_is_not_lent_before_it_is_committed(place: str, buffering: int) -> None:
    vfs = VirtualFileSystem(place, quota=1000)
    vfs.write_bytes("/a", bytes(900))
    file = vfs.open("/b", "wb", buffering)
    with pytest.raises(RuntimeError), vfs.atomic_batch():
        vfs.remove("/a")
        with contextlib.suppress(QuotaExceededError):
            file.write(bytes(900))
        raise RuntimeError
    with contextlib.suppress(QuotaExceededError):
        file.close()
    assert vfs.stats().used == 900
    assert vfs.glob("/*") == (["/a"] if buffering else ["/a", "/b"])
    with vfs.atomic_batch():
        vfs.remove("/a")
        vfs.write_bytes("/c", bytes(1000))  # of the same batch: both happen or neither
    assert vfs.stats().used == 1000


def test_a_nested_batch_that_is_kept_may_still_be_undone(place: str) -> None:
    vfs = VirtualFileSystem(place, quota=1000)
    vfs.write_bytes("/a", bytes(900))
    file = vfs.open("/b", "wb", 0)
    with pytest.raises(RuntimeError), vfs.atomic_batch():
        with vfs.atomic_batch():
            vfs.remove("/a")
        with pytest.raises(QuotaExceededError):
            file.write(bytes(101))
        raise RuntimeError
    file.write(bytes(100))
    file.close()
    assert vfs.stats().used == 1000


@pytest.mark.parametrize("where", [":memory:", "store in memory", "s.db"])
def test_collections_count(where: str, tmp_path: Path) -> None:
    local: Any = Store(":memory:", quota=10_000) if where == "store in memory" else where
    local = tmp_path / where if where == "s.db" else local
    vfs = VirtualFileSystem(local, quota=None if where == "store in memory" else 10_000)
    scores, log, names = PersistentDict(vfs, name="s"), PersistentList(vfs, name="l"), PersistentSet(vfs, name="n")
    before = vfs.stats().used
    for change in (
        lambda: scores.__setitem__("a", "b" * 5_000_000),
        lambda: scores.update({str(i): "b" * 1000 for i in range(11)}),
        lambda: scores.__setitem__("k" * 20_000, 1),
        lambda: log.append("x" * 20_000),
        lambda: log.extend(["x" * 100] * 200),
        lambda: names.add("x" * 20_000),
    ):
        with pytest.raises(QuotaExceededError):
            change()
        assert vfs.stats().used == before
    scores["a"] = "b" * 5_000
    with pytest.raises(QuotaExceededError):
        vfs.write_bytes("/f", bytes(5_000))
    vfs.write_bytes("/f", bytes(4_000))
    with pytest.raises(QuotaExceededError):
        scores["b"] = "c" * 1_500
    with pytest.raises(QuotaExceededError):
        log.insert(0, "c" * 1_500)
    vfs.remove("/f")
    scores["b"] = "c" * 1_500
    scores.clear()
    with pytest.raises(RuntimeError), vfs.atomic_batch():
        scores["a"] = "b" * 9_000
        raise RuntimeError
    vfs.write_bytes("/f", bytes(9_000))
    for collection in (scores, log, names):
        collection.destroy()
    assert vfs.stats().used == 9_000


def test_what_others_put_into_collections_counts(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with VirtualFileSystem(path, quota=10_000) as limited, VirtualFileSystem(path) as other:
        PersistentDict(limited, name="s")["a"] = "x" * 1_000
        PersistentDict(other, name="s")["b"] = "y" * 8_000  # as another process, without a quota
        with pytest.raises(QuotaExceededError):
            PersistentDict(limited, name="s")["c"] = "z" * 2_000
        with pytest.raises(QuotaExceededError):
            limited.write_bytes("/a", bytes(2_000))
        del PersistentDict(other, name="s")["b"]
        limited.write_bytes("/a", bytes(8_000))


def test_two_processes_do_not_pass_one_quota_by_what_is_reserved(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with VirtualFileSystem(path, quota=1000) as one, VirtualFileSystem(path, quota=1000) as two:
        file = one.open("/a", "wb", 0)
        file.write(bytes(900))
        two.write_bytes("/b", bytes(900))
        with pytest.raises(QuotaExceededError):
            file.close()
        assert one.glob("/*") == ["/b"]
        assert one.stats().used == 900


def test_threads_that_use_files_and_collections_never_pass_the_quota(place: str) -> None:
    with VirtualFileSystem(place, quota=50_000, timeout=60) as vfs:
        scores = PersistentDict(vfs, name="s")
        failures: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(30):
                    with contextlib.suppress(QuotaExceededError, RuntimeError, KeyError):
                        if turn % 3 == 0:
                            scores[f"{number} {turn % 2}"] = "x" * 3000
                        elif turn % 3 == 1:
                            with vfs.atomic_batch():
                                scores.pop(f"{number} 0", None)
                                vfs.write_bytes(f"/{number}", b"x" * 4000)
                                if turn % 2:
                                    raise RuntimeError
                        else:
                            with vfs.open(f"/{number}", "r+b", buffering=0) as file:
                                file.write(b"y" * 5000)
                                file.flush()
                    assert vfs.stats().used <= 50_000
            except FileNotFoundError:
                pass
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert vfs._local.quota.reserved == 0
        files = sum(vfs.getsize(path) for path in vfs.glob("/*"))
        kept = sum(len(key) + len(value) + 2 for key, value in scores.items())
        assert vfs.stats().used == files + kept + len("s") <= 50_000
