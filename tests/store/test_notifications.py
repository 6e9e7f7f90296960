"""Each committed change is announced exactly once; what is rolled back is not announced."""

from __future__ import annotations

from pathlib import Path

import pytest

from vfsloader import MemoryFileSystem, Store
from vfsloader.layers.protocol import Layer
from vfsloader.store.memory.store import MemoryStore


class Counter:
    """A subscriber that counts its calls."""

    def __init__(self, store: Layer) -> None:
        self.commits = self.steps = 0
        self.unsubscribe = store.subscribe(self.committed, self.step)

    def committed(self) -> None:
        self.commits += 1

    def step(self) -> None:
        self.steps += 1


@pytest.fixture(params=["disk", ":memory:", "MemoryStore"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store | MemoryStore:
    store: Store | MemoryStore
    if request.param == "MemoryStore":
        store = MemoryStore()
    else:
        store = Store(tmp_path / "s.db" if request.param == "disk" else ":memory:", shared=False)
    request.addfinalizer(store.close)
    store.write("/old/file", b"old")
    store.make_folder("/folder")
    return store


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("write", ("/new", b"1")),
        ("write", ("/new/deep/file", b"1")),
        ("write", ("/old/file", b"new")),
        ("make_folder", ("/a/b/c",)),
        ("rename", ("/old", "/new/place")),
        ("remove", ("/old",)),
    ],
)
def test_a_change_is_announced_once(store: Store | MemoryStore, method: str, arguments: tuple[object, ...]) -> None:
    counter = Counter(store)
    getattr(store, method)(*arguments)
    assert counter.commits == 1


def test_hiding_is_announced_once(store: Store | MemoryStore) -> None:
    counter = Counter(store)
    store.remove("/elsewhere", hide=True)
    assert counter.commits == 1


def test_a_staged_file_is_announced_when_it_is_closed(store: Store | MemoryStore) -> None:
    counter = Counter(store)
    with store.open_for_writing("/new", truncate=True) as file:
        file.write(b"1")
        assert (counter.commits, counter.steps) == (0, 0)
    assert counter.commits == 1


def test_a_discarded_file_is_not_announced(store: Store | MemoryStore) -> None:
    counter = Counter(store)
    with store.open_for_writing("/new", truncate=True) as file:
        file.write(b"1")
        file.discard()
    assert (counter.commits, counter.steps) == (0, 0)


def test_a_batch_is_announced_once_and_its_steps_as_uncommitted(store: Store | MemoryStore) -> None:
    counter = Counter(store)
    with store.transaction():
        for path in ("/a", "/b", "/c"):
            before = counter.steps
            store.write(path, b"1")
            assert counter.steps > before
        assert counter.commits == 0
    assert counter.commits == 1


def test_an_inner_batch_is_announced_with_the_outer_one(store: Store | MemoryStore) -> None:
    counter = Counter(store)
    with store.transaction():
        with store.transaction():
            store.write("/a", b"1")
        assert counter.commits == 0
        store.write("/b", b"1")
    assert counter.commits == 1


def test_a_batch_that_fails_is_not_announced_but_its_rollback_is_a_step(store: Store | MemoryStore) -> None:
    counter = Counter(store)

    def fail() -> None:
        with store.transaction():
            store.write("/a", b"1")
            counter.steps = 0
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert counter.commits == 0
    assert counter.steps > 0
    store.write("/b", b"1")
    assert counter.commits == 1


def test_what_changes_nothing_is_not_announced(store: Store | MemoryStore) -> None:
    counter = Counter(store)
    with store.transaction():
        store.find("/old/file")
    with store.transaction():
        store.make_folder("/folder")
    store.make_folder("/folder")
    store.remove("/missing")
    assert (counter.commits, counter.steps) == (0, 0)


def test_a_refused_write_is_not_announced() -> None:
    store = MemoryStore(quota=10)
    counter = Counter(store)
    with pytest.raises(OSError, match="quota"):
        store.write("/new/folder/file", bytes(11))
    assert counter.commits == 0


def test_after_unsubscribing_nothing_is_announced(store: Store | MemoryStore) -> None:
    counter = Counter(store)
    counter.unsubscribe()
    store.write("/a", b"1")
    assert (counter.commits, counter.steps) == (0, 0)


def test_a_file_written_in_place_is_announced_when_created_and_when_closed() -> None:
    files = MemoryFileSystem()
    counter = Counter(files.vfs.as_layer())
    with files.open("/a", "wb") as file:
        assert counter.commits == 1
        file.write(b"1")
        file.write(b"2")
    assert counter.commits == 2
    with files.open("/a", "rb") as file:
        file.read()
    assert counter.commits == 2


def test_emptying_a_file_in_place_is_announced() -> None:
    files = MemoryFileSystem()
    files.import_tree({"/a": b"1"})
    counter = Counter(files.vfs.as_layer())
    files.open("/a", "wb").close()
    assert counter.commits == 1
