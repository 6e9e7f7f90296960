"""A store that others write shows each of their commits at once, whether it looks at SQLite's memory or asks."""

from __future__ import annotations

import mmap
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import Store, VirtualFileSystem
from vfsloader.runtime.fast_paths import VARIABLE
from vfsloader.store import recent_reads
from vfsloader.store.recent_reads import RecentReads

#: Commits of each of two processes; `make soak` asks for many more.
COMMITS = int(os.environ.get("VFSLOADER_COMMITS", "400"))
ROOT = Path(__file__).parents[2]
_PATHS = ("/a", "/b/c", "/b/d")


class Looks:
    """Counts the reads that needed no statement."""

    def __init__(self, store: Store) -> None:
        self.statements = 0
        ask = store.database.one

        def counted(*question: object) -> object:
            self.statements += 1
            return ask(*question)  # type: ignore[arg-type]

        store.database.one = counted  # type: ignore[method-assign, assignment]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "save.db"


@pytest.mark.apsw
def test_a_second_read_needs_no_statement_until_somebody_commits(place: Path) -> None:
    with Store(place) as store, Store(place) as other:
        store.write("/a", b"one")
        entry = store.find("/a")
        assert store.read(entry) == b"one"
        version = store.version()
        looks = Looks(store)
        assert store.read(entry) == b"one"
        assert store.version() == version
        assert not looks.statements
        other.write("/a", b"two")
        assert store.read(entry) == b"two"
        assert store.version() != version
        assert looks.statements == 2


def test_the_switch_turns_looking_off(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0")
    with Store(place) as store:
        store.write("/a", b"one")
        entry = store.find("/a")
        store.read(entry)
        looks = Looks(store)
        assert store.read(entry) == b"one"
        assert looks.statements == 1
        assert store.database.state() is None


def test_a_transaction_reads_its_own_changes_and_others_do_not(place: Path) -> None:
    with Store(place) as store:
        store.write("/a", b"one")
        entry = store.find("/a")
        assert store.read(entry) == b"one"
        seen: list[bytes] = []
        with pytest.raises(KeyError), store.transaction():
            store.write("/a", b"two")
            assert store.read(entry) == b"two"
            thread = threading.Thread(target=lambda: seen.append(store.read(entry)))
            thread.start()
            thread.join()
            raise KeyError
        assert seen == [b"one"]
        assert store.read(entry) == b"one"


def test_a_snapshot_that_is_held_leaves_nothing_old_behind(place: Path) -> None:
    with Store(place) as store, Store(place) as other:
        store.write("/a", b"one")
        entry = store.find("/a")
        with store.database.snapshot() as connection:
            connection.execute("SELECT count(*) FROM node").fetchall()
            other.write("/a", b"two")
            assert store.read(entry) == b"one"
            version = store.version()
        assert store.read(entry) == b"two"
        assert store.version() != version


def test_nothing_looks_at_memory_that_is_unmapped(place: Path) -> None:
    store = Store(place)
    store.write("/a", b"one")
    entry = store.find("/a")
    store.read(entry)
    store.close()
    with pytest.raises(ValueError, match="closed"):
        store.read(entry)
    with pytest.raises(ValueError, match="closed"):
        store.version()
    store = Store(place)
    store.read(entry)
    store.seal()
    assert store.database.state() is None
    assert store.read(entry) == b"one"
    store.close()


def test_the_thread_that_opened_a_store_may_end(place: Path) -> None:
    opened: list[Store] = []
    thread = threading.Thread(target=lambda: opened.append(Store(place)))
    thread.start()
    thread.join()
    with opened[0] as store, Store(place) as other:
        store.write("/a", b"one")
        entry = store.find("/a")
        assert [store.read(entry), store.read(entry)] == [b"one"] * 2
        other.write("/a", b"two")
        assert store.read(entry) == b"two"


def test_a_read_only_store_sees_the_commits_of_a_writer(place: Path) -> None:
    with Store(place) as writer:
        writer.write("/a", b"one")
        with Store(place, read_only=True) as store:
            entry = store.find("/a")
            for data in (b"one", b"two", b"three"):
                writer.write("/a", data)
                assert [store.read(entry), store.read(entry)] == [data] * 2


@pytest.mark.apsw
def test_no_more_is_kept_than_there_is_room_for(place: Path) -> None:
    with Store(place) as store:
        for n in range(40):
            store.write(f"/{n}", bytes([n]) * 1000)
        recent = RecentReads(store.database, max_bytes=10_000)
        state = store.database.state()
        assert state is not None
        for turn in range(20):
            for n in range(40):
                known, _ = recent.get(f"/{n}")
                assert known in (None, bytes([n]) * 1000)
                if known is None:
                    recent.put(f"/{n}", bytes([n]) * 1000, state)
            kept = sum(recent.get(f"/{n}")[0] is not None for n in range(40))
            assert kept == 8, turn


_steps = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 2), st.sampled_from(_PATHS), st.integers(0, 70_000)),
    st.tuples(st.just("remove"), st.integers(0, 2), st.sampled_from(_PATHS)),
    st.tuples(st.just("undone"), st.integers(0, 2), st.sampled_from(_PATHS)),
    st.tuples(st.just("batch"), st.integers(0, 2), st.sampled_from(_PATHS), st.sampled_from(_PATHS)),
    st.tuples(st.just("checkpoint"), st.integers(0, 2), st.sampled_from(["PASSIVE", "FULL", "RESTART", "TRUNCATE"])),
    st.tuples(st.just("vacuum"), st.integers(0, 2)),
    st.tuples(st.just("reopen"), st.integers(1, 2)),
)
#: Bytes of contents that are kept: with none, every second read takes the bytes out of the file itself.
_kept = pytest.mark.parametrize("kept", [recent_reads.MAX_BYTES, 0])


@_kept
@settings(max_examples=60)
@given(steps=st.lists(_steps, max_size=25))
def test_looking_and_asking_always_agree(
    tmp_path_factory: pytest.TempPathFactory, kept: int, steps: list[tuple[object, ...]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent_reads, "MAX_BYTES", kept)
        _agree(tmp_path_factory.mktemp("x") / "x.db", steps)


def _agree(place: Path, steps: list[tuple[object, ...]]) -> None:
    trees = [VirtualFileSystem(place) for _ in range(3)]
    asking = Store(place)
    asking.database._forget_wal_index()
    try:
        for number, (what, who, *rest) in enumerate(steps):
            tree = trees[int(who)]  # type: ignore[call-overload]
            if what == "write":
                tree.write_bytes(rest[0], bytes([number % 256]) * int(rest[1]))
            elif what == "remove":
                if tree.exists(rest[0]):
                    tree.remove(rest[0])
            elif what == "undone":
                with pytest.raises(KeyError), tree.atomic_batch():
                    tree.write_bytes(rest[0], b"undone")
                    assert tree.read_bytes(rest[0]) == b"undone"
                    raise KeyError
            elif what == "batch":
                with tree.atomic_batch():
                    for path in rest:
                        tree.write_bytes(path, b"batch %d" % number)
            elif what == "checkpoint":
                with tree.store.database.reading() as connection:
                    connection.pragma(f"wal_checkpoint({rest[0]})")
            elif what == "vacuum":
                with tree.store.database.reading() as connection:
                    connection.execute("VACUUM")
            else:
                tree.close()
                trees[int(who)] = VirtualFileSystem(place)  # type: ignore[call-overload]
            for tree in trees:
                for path in _PATHS:
                    entry = asking.find(path)
                    assert tree.exists(path) == (entry is not None)
                    if entry is not None:
                        data = asking.read(entry)
                        assert [tree.read_bytes(path) for _ in range(3)] == [data] * 3
    finally:
        for tree in trees:
            tree.close()
        asking.close()


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[mmap.mmap]:
    (tmp_path / "slot").write_bytes(bytes(16))
    with (tmp_path / "slot").open("r+b") as file, mmap.mmap(file.fileno(), 16) as published:
        yield published


def _writer(place: Path, seed: int, commits: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.store.commit_writer", place, place.parent / "slot", str(seed), str(commits)]
    return subprocess.Popen(command, cwd=ROOT)


def _read_while(
    writers: list[subprocess.Popen[bytes]], tree: VirtualFileSystem, published: mmap.mmap, stop: int
) -> int:
    """Read until the writers end or have made `stop` commits; return how many reads there were."""
    newest, reads = [0, 0], 0
    while any(writer.poll() is None for writer in writers):
        for _ in range(200):
            for half in (0, 1):
                committed = int.from_bytes(published[8 * half : 8 * half + 8], "big")
                if committed:
                    shown = int.from_bytes(tree.read_bytes(f"/writer{half}")[:8], "big")
                    assert max(committed, newest[half]) <= shown < 1 << 60, "a stale read"
                    newest[half] = shown
                    reads += 1
        if sum(newest) >= stop:
            break
    return reads


@_kept
def test_no_read_is_older_than_what_two_processes_have_committed(
    place: Path, slot: mmap.mmap, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_reads, "MAX_BYTES", kept)
    with VirtualFileSystem(place) as tree:
        tree.write_bytes("/other", b"")
        writers = [_writer(place, seed, COMMITS) for seed in (0, 1)]
        assert _read_while(writers, tree, slot, 1 << 60)
        assert [writer.wait() for writer in writers] == [0, 0]
        assert slot[:] == 2 * COMMITS.to_bytes(8, "big")
        for half in (0, 1):
            assert tree.read_bytes(f"/writer{half}")[:8] == COMMITS.to_bytes(8, "big")


@_kept
def test_no_read_is_older_than_what_a_killed_process_has_committed(
    place: Path, slot: mmap.mmap, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_reads, "MAX_BYTES", kept)
    chance = random.Random(1)
    with VirtualFileSystem(place) as tree:
        tree.write_bytes("/other", b"")
        for kill in range(max(COMMITS // 100, 3)):
            before = int.from_bytes(slot[:8], "big")
            writer = _writer(place, 2 * kill, 1 << 30)
            _read_while([writer], tree, slot, before + chance.randint(5, 60))
            writer.kill()
            writer.wait()
            assert int.from_bytes(tree.read_bytes("/writer0")[:8], "big") >= int.from_bytes(slot[:8], "big") > before
            with Store(place) as other:  # may have to recover the log
                assert other.read(other.find("/writer0")) == tree.read_bytes("/writer0")
