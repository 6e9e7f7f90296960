from __future__ import annotations

import contextlib
import errno
import os
import threading
from pathlib import Path

import apsw
import pytest

from vfsloader import Store
from vfsloader.errors import (
    DamagedError,
    IsAFolderError,
    LockedError,
    NotAFolderError,
    NotAStoreError,
    PathNotFoundError,
    ReadOnlyError,
)


@pytest.fixture(params=["memory", "disk"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    store = Store(":memory:" if request.param == "memory" else tmp_path / "s.db", chunk_size=4096)
    request.addfinalizer(store.close)
    return store


def content(store: Store, path: str) -> bytes:
    entry = store.find(path)
    assert entry is not None
    return store.read(entry)


def chunks(store: Store) -> int:
    with store.database.reading() as connection:
        return int(connection.execute("SELECT count(*) FROM chunk").get)


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 50_000])
def test_content_of_any_size_comes_back(store: Store, size: int) -> None:
    data = os.urandom(size)
    store.write("/deep/file", data)
    assert content(store, "/deep/file") == data
    assert store.find("/deep/file").size == size
    assert store.find("/deep").is_folder
    store.write("/deep/file", b"short")
    assert content(store, "/deep/file") == b"short"
    assert chunks(store) == 1


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    store.write("/kept", b"1")
    with pytest.raises(RuntimeError), store.transaction():
        store.write("/kept", b"2")
        store.write("/new", b"3")
        assert content(store, "/kept") == b"2"
        raise RuntimeError
    assert content(store, "/kept") == b"1"
    assert store.find("/new") is None


def test_an_inner_transaction_can_fail_alone(store: Store) -> None:
    with store.transaction():
        store.write("/outer", b"1")
        with pytest.raises(RuntimeError), store.transaction():
            store.write("/inner", b"2")
            raise RuntimeError
    assert store.find("/outer") is not None
    assert store.find("/inner") is None


def test_one_version_is_one_state(store: Store) -> None:
    states: dict[int, list[str]] = {}

    def look() -> None:
        names = sorted(entry.name for entry in store.list("/"))
        assert states.setdefault(store.version(), names) == names

    for step in range(20):
        look()
        with contextlib.suppress(RuntimeError), store.transaction():
            store.write(f"/{step}", b"x")
            look()
            if step % 3:
                raise RuntimeError
        look()
    assert len(states) > 20


def test_what_is_in_the_way_is_named(store: Store) -> None:
    store.write("/file", b"x")
    store.make_folder("/folder")
    with pytest.raises(NotAFolderError):
        store.write("/file/below", b"")
    with pytest.raises(IsAFolderError):
        store.write("/folder", b"")


def test_removing_takes_all_that_is_below_and_nothing_else(store: Store) -> None:
    for path in ("/a/b/c", "/a/b2", "/ab", "/a!"):
        store.write(path, b"x")
    store.remove("/a")
    assert sorted(entry.path for entry in store.list("/")) == ["/a!", "/ab"]
    assert chunks(store) == 2


def test_renaming_moves_a_folder(store: Store) -> None:
    store.write("/a/b/c", b"x")
    store.rename("/a", "/z/y")
    assert content(store, "/z/y/b/c") == b"x"
    assert [entry.path for entry in store.list("/z/y")] == ["/z/y/b"]
    assert store.find("/a") is None


def test_a_whiteout_hides_and_a_folder_made_over_it_is_opaque(store: Store) -> None:
    store.remove("/ghost", hide=True)
    assert store.find("/ghost") is None
    assert store.hides("/ghost")
    assert list(store.list("/")) == []
    store.make_folder("/ghost")
    assert store.find("/ghost").is_folder
    assert store.hides("/ghost")
    store.remove("/ghost", hide=True)
    store.write("/ghost", b"x")
    assert not store.hides("/ghost")


def test_a_stream_keeps_to_what_it_was_opened_on(store: Store) -> None:
    data = os.urandom(3 << 20)
    store.write("/big", data)
    with store.open(store.find("/big")) as file:
        assert file.read(1000) == data[:1000]
        store.write("/big", b"new")
        assert file.read() == data[1000:]
        assert file.seek(-5, 2) == len(data) - 5
        assert file.read(10) == data[-5:]
    assert content(store, "/big") == b"new"
    assert chunks(store) == 1


@pytest.mark.parametrize("size", [0, 100, 10_000, 9 << 20])
def test_a_staged_file_replaces_the_file_when_it_is_closed(store: Store, size: int) -> None:
    model = bytearray(os.urandom(size))
    store.write("/f", model)
    with store.open_for_writing("/f", truncate=False, readable=True) as staged:
        for at, data in ((0, b"head"), (size // 2, b"middle" * 2000), (size + 5000, b"beyond the end")):
            staged.seek(at)
            staged.write(data)
            model.extend(bytes(max(at - len(model), 0)))
            model[at : at + len(data)] = data
        staged.seek(0)
        assert staged.read() == bytes(model)
        assert store.find("/f").size == size
    assert content(store, "/f") == bytes(model)


def test_a_staged_file_can_be_truncated(store: Store) -> None:
    store.write("/f", b"x" * 20_000)
    with store.open_for_writing("/f", truncate=False, readable=True) as staged:
        staged.truncate(5000)
        staged.truncate(9000)
        assert staged.read() == b"x" * 5000 + bytes(4000)
    assert content(store, "/f") == b"x" * 5000 + bytes(4000)


def test_an_exception_leaves_the_file_as_it_was(store: Store) -> None:
    store.write("/f", b"old")
    with pytest.raises(RuntimeError), store.open_for_writing("/f", truncate=True) as staged:
        staged.write(b"half of the new")
        raise RuntimeError
    assert content(store, "/f") == b"old"


def test_threads_read_while_one_writes(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        store.write("/n", b"0" * 100)
        wrong: list[bytes] = []
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                data = content(store, "/n")
                if len(set(data)) != 1 or len(data) != 100:
                    wrong.append(data)

        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for step in range(200):
            store.write("/n", str(step % 10).encode() * 100)
        done.set()
        for reader in readers:
            reader.join()
        assert wrong == []


def test_another_writer_is_waited_for_and_then_named(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db", timeout=0.05) as first, Store(tmp_path / "s.db", timeout=0.05) as second:
        with first.transaction():
            first.write("/a", b"1")
            with pytest.raises(LockedError, match="another process"):
                second.write("/b", b"2")
            assert second.find("/a") is None
        second.write("/b", b"2")
        assert content(first, "/b") == b"2"


def test_a_sealed_store_is_a_pack(tmp_path: Path) -> None:
    with Store(tmp_path / "p.pack") as store:
        store.write("/a", b"1")
        store.write("/big", b"z" * 300_000)
        store.seal()
    assert sorted(os.listdir(tmp_path)) == ["p.pack"]
    os.chmod(tmp_path / "p.pack", 0o444)
    with Store(tmp_path / "p.pack") as pack:
        assert pack.sealed
        assert content(pack, "/big") == b"z" * 300_000
        with pytest.raises(ReadOnlyError):
            pack.write("/a", b"2")
    assert sorted(os.listdir(tmp_path)) == ["p.pack"]


def test_a_foreign_database_is_refused(tmp_path: Path) -> None:
    foreign = apsw.Connection(str(tmp_path / "f.db"))
    foreign.execute("CREATE TABLE t(x)")
    foreign.close()
    with pytest.raises(NotAStoreError, match="not a vfsloader store"):
        Store(tmp_path / "f.db")
    (tmp_path / "text.db").write_text("hello, this is no database at all" * 10)
    with pytest.raises(NotAStoreError):
        Store(tmp_path / "text.db")
    with pytest.raises(PathNotFoundError):
        Store(tmp_path / "nope.db", read_only=True)


def test_a_schema_with_more_than_ours_is_refused(tmp_path: Path) -> None:
    Store(tmp_path / "s.db").close()
    raw = apsw.Connection(str(tmp_path / "s.db"))
    raw.execute("CREATE TRIGGER t AFTER INSERT ON node BEGIN DELETE FROM node; END")
    raw.close()
    with pytest.raises(NotAStoreError, match="unexpected"):
        Store(tmp_path / "s.db")


def test_a_newer_format_asks_for_an_update(tmp_path: Path) -> None:
    Store(tmp_path / "s.db").close()
    raw = apsw.Connection(str(tmp_path / "s.db"))
    raw.pragma("user_version", 99)
    raw.close()
    with pytest.raises(NotAStoreError, match="update vfsloader"):
        Store(tmp_path / "s.db")


def test_missing_chunks_are_damage(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db", chunk_size=4096) as store:
        store.write("/f", b"x" * 10_000)
        with store.database.transaction() as connection:
            connection.execute("DELETE FROM chunk WHERE id = (SELECT max(id) FROM chunk)")
        with pytest.raises(DamagedError):
            content(store, "/f")


def test_a_full_disk_is_said_and_nothing_changes(tmp_path: Path) -> None:
    with Store(tmp_path / "s.db") as store:
        store.write("/kept", b"1")
        with store.database.transaction() as connection:
            connection.pragma("max_page_count", connection.pragma("page_count") + 4)
        with pytest.raises(OSError, match="full") as caught:
            store.write("/big", os.urandom(2 << 20))
        assert caught.value.errno == errno.ENOSPC
        assert store.find("/big") is None
        assert content(store, "/kept") == b"1"
        store.write("/small", b"still works")


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(ValueError, match="closed"):
        store.find("/")


def test_whiteouts_in_a_pack_still_hide(tmp_path: Path) -> None:
    with Store(tmp_path / "p.pack") as store:
        store.remove("/gone", hide=True)
        store.seal()
    with Store(tmp_path / "p.pack") as pack:
        assert pack.may_hide
        assert pack.hides("/gone")


def test_what_lives_in_memory_never_touches_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_disk(*values: object, **options: object) -> object:
        raise AssertionError("a temporary file was made")

    monkeypatch.setattr("tempfile.TemporaryFile", no_disk)
    store = Store(":memory:", chunk_size=65536)
    with store.open_for_writing("/big", truncate=True) as staged:
        for _ in range(20):
            staged.write(bytes(1 << 20))
    assert store.find("/big").size == 20 << 20
