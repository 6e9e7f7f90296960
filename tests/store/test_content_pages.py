"""What is read from the pages of a store's file is what statements read from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.test_live_reads import Looks
from vfsloader import Store
from vfsloader.runtime.fast_paths import VARIABLE
from vfsloader.store import recent_reads
from vfsloader.store.sqlite.content_pages import MAX_BYTES

SIZES = st.one_of(st.integers(1, 600), st.integers(1, 65_536), st.sampled_from([4_061, 16_349, 16_350, 65_536]))


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_reads, "MAX_BYTES", 0)
    monkeypatch.delenv(VARIABLE, raising=False)  # CI runs some tests with slow paths only


def content(number: int, size: int) -> bytes:
    return (number.to_bytes(4, "big") * (size // 4 + 1))[:size]


@settings(max_examples=60)
@given(
    files=st.dictionaries(st.integers(0, 300), SIZES, min_size=1, max_size=80),
    gone=st.sets(st.integers(0, 300)),
    page_size=st.sampled_from([512, 1024, 4096, 16384, 65536]),
    auto_vacuum=st.booleans(),
)
def test_every_small_file_is_found_in_the_pages(
    tmp_path_factory: pytest.TempPathFactory, files: dict[int, int], gone: set[int], page_size: int, auto_vacuum: bool
) -> None:
    place = tmp_path_factory.mktemp("x") / "x.db"
    with Store(place, page_size=page_size, auto_vacuum=auto_vacuum) as store:
        with store.transaction():
            for number, size in files.items():
                store.write(f"/{number}", content(number, size))
        for number in gone & files.keys():
            store.remove(f"/{number}")
            del files[number]
        store.sync()
        state = store.database.state()
        assert state is not None
        pages = store.database.pages_in(state)
        assert pages is not None
        for number, size in files.items():
            row = store.database.one("SELECT content - 1 FROM node WHERE path = ?", (f"/{number}",))
            pieces = pages.locate(row, state)
            assert pieces is not None
            assert pages.read(pieces) == content(number, size)
        assert pages.locate(1, state) is None


def read_three_times(store: Store, path: str) -> int:
    """Return how many statements that took."""
    entry = store.find(path)
    assert entry is not None
    store.read(entry)
    looks = Looks(store)
    assert store.read(entry) == store.read(entry)
    return looks.statements


def test_no_statement_is_needed_once_the_log_is_moved(tmp_path: Path) -> None:
    with Store(tmp_path / "x.db") as store:
        store.write("/a", bytes(50_000))
        assert read_three_times(store, "/a")
        store.sync()
        assert not read_three_times(store, "/a")
        store.write("/b", b"b")
        assert read_three_times(store, "/a")


def test_a_log_that_is_moved_in_part_is_not_enough(tmp_path: Path) -> None:
    with Store(tmp_path / "x.db") as store, Store(tmp_path / "x.db") as other:
        store.write("/a", b"one")
        with other.database.snapshot() as connection:
            connection.execute("SELECT count(*) FROM node").fetchall()
            store.write("/a", b"two")
            store.database.rows("PRAGMA wal_checkpoint(PASSIVE)")
            state = store.database.state()
            assert state is not None
            assert store.database.pages_in(state) is None
            assert read_three_times(store, "/a")
        store.database.rows("PRAGMA wal_checkpoint(PASSIVE)")
        assert not read_three_times(store, "/a")


def test_large_contents_are_left_to_statements(tmp_path: Path) -> None:
    with Store(tmp_path / "x.db", chunk_size=1 << 20) as store:
        store.write("/large", bytes(MAX_BYTES + 1))
        store.write("/small", bytes(MAX_BYTES))
        store.sync()
        assert read_three_times(store, "/large")
        assert not read_three_times(store, "/small")


def test_a_store_is_sealed_although_its_pages_were_read(tmp_path: Path) -> None:
    with Store(tmp_path / "x.db") as store:
        store.write("/a", b"one")
        store.sync()
        assert not read_three_times(store, "/a")
        store.seal()
        assert store.read(store.find("/a")) == b"one"  # type: ignore[arg-type]


def test_nothing_is_read_from_a_file_that_is_closed(tmp_path: Path) -> None:
    with Store(tmp_path / "x.db") as store:
        store.write("/a", b"one")
        store.sync()
        state = store.database.state()
        assert state is not None
        pages = store.database.pages_in(state)
        assert pages is not None
        assert pages.read(((0, 16),)) == b"SQLite format 3\0"
    assert pages.read(((0, 16),)) is None
    assert store.database.pages_in(state) is None
