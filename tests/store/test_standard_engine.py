"""The stand-in for apsw over the standard library's sqlite3: the same calls on both give the same answers."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader.errors import MissingExtraError
from vfsloader.store.sqlite import standard
from vfsloader.store.sqlite.byte_source import MemorySource
from vfsloader.store.sqlite.files import ReadFile
from vfsloader.store.sqlite.standard.cursor import split

apsw = pytest.importorskip("apsw")
_BOTH: list[Any] = [apsw, standard]

_value = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), st.text(), st.binary())


@settings(max_examples=60)
@given(st.lists(st.tuples(_value, _value), max_size=5), st.integers(0, 3))
def test_rows_come_back_alike(rows: list[tuple[object, object]], limit: int) -> None:
    answers = []
    for engine in _BOTH:
        connection = engine.Connection(":memory:")
        connection.execute("CREATE TABLE t(a, b)")
        connection.executemany("INSERT INTO t VALUES(?, ?)", rows)
        query = f"SELECT a, b FROM t LIMIT {limit}"
        one = connection.execute("SELECT a FROM t LIMIT ?", (limit,)).get
        answers.append(
            [
                connection.execute(query).get,
                connection.execute(query).fetchall(),
                list(connection.execute(query)),
                connection.execute(query).fetchone(),
                one,
                connection.changes(),
                connection.last_insert_rowid(),
            ]
        )
        connection.close()
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "statement",
    [
        "SELEC 1",
        "INSERT INTO t VALUES(1)",
        "INSERT INTO missing VALUES(1)",
        "SELECT 1; SELECT 2",
        "CREATE TABLE t(a); INSERT INTO t VALUES('a;b')",
        "ROLLBACK",
        "SELECT zeroblob(100000000000)",
        "PRAGMA query_only = 1; DELETE FROM u",
        "INSERT INTO u VALUES('text')",
    ],
)
def test_errors_have_the_same_class(statement: str) -> None:
    raised = []
    for engine in _BOTH:
        connection = engine.Connection(":memory:")
        connection.execute("CREATE TABLE u(id INTEGER PRIMARY KEY, n INTEGER UNIQUE)")
        try:
            connection.execute(statement).fetchall()
        except engine.Error as error:
            raised.append(type(error).__name__)
        else:
            raised.append("")
    assert raised[0] == raised[1]


def test_files_that_are_not_databases_or_missing(tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"no database " * 1000)
    for engine in _BOTH:
        with pytest.raises(engine.NotADBError):
            engine.Connection(str(tmp_path / "junk")).execute("SELECT * FROM sqlite_schema").fetchall()
        with pytest.raises(engine.CantOpenError):
            engine.Connection(str(tmp_path / "missing"), flags=1)
        connection = engine.Connection(":memory:")
        connection.close()
        with pytest.raises(engine.ConnectionClosedError):
            connection.execute("SELECT 1")


def test_what_a_function_raises_comes_out(tmp_path: Path) -> None:
    for engine in _BOTH:
        connection = engine.Connection(":memory:")

        def fail(_value: object) -> object:
            raise OverflowError("too much")

        connection.create_scalar_function("fail", fail, 1, flags=standard.SQLITE_INNOCUOUS)
        with pytest.raises(OverflowError, match="too much"):
            connection.execute("SELECT fail(1)").fetchall()
        assert connection.execute("SELECT 1").get == 1


def test_blobs(tmp_path: Path) -> None:
    for engine in _BOTH:
        connection = engine.Connection(":memory:")
        connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, data BLOB)")
        connection.executemany("INSERT INTO t VALUES(?, ?)", [(1, b"0123456789"), (2, b"abc")])
        blob = connection.blob_open("main", "t", "data", 1, False)
        buffer = bytearray(4)
        blob.seek(2)
        blob.read_into(memoryview(buffer))
        assert (bytes(buffer), blob.length(), blob.tell()) == (b"2345", 10, 6)
        blob.reopen(2)
        assert blob.read(10) == b"abc"
        with pytest.raises(engine.SQLError):
            blob.reopen(3)
        blob.close()


def test_a_with_block_is_undone_by_an_error() -> None:
    for engine in _BOTH:
        connection = engine.Connection(":memory:")
        connection.execute("CREATE TABLE t(a)")
        with connection:
            connection.execute("INSERT INTO t VALUES(1)")
            with contextlib.suppress(ValueError), connection:
                connection.execute("INSERT INTO t VALUES(2)")
                raise ValueError
        assert connection.execute("SELECT a FROM t").get == 1


def test_statements_are_split_where_they_end() -> None:
    trigger = "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END;"
    assert split(f"SELECT 'a;b'; {trigger} -- the end") == ["SELECT 'a;b';", f" {trigger}", " -- the end"]


class _Vfs(standard.VFS):
    def __init__(self, data: bytes) -> None:
        self.file = ReadFile(MemorySource(data))
        super().__init__("for a test")

    def xOpen(self, name: str, flags: list[int]) -> Any:  # noqa: N802
        return self.file


def test_a_database_of_a_file_system_is_read_into_memory_without_what_follows_it(tmp_path: Path) -> None:
    made = sqlite3.connect(tmp_path / "x.db")
    made.executescript("PRAGMA journal_mode = wal; CREATE TABLE t(a); INSERT INTO t VALUES(7)")
    made.close()
    vfs = _Vfs((tmp_path / "x.db").read_bytes() + b"contents" * 10_000)
    connection = standard.Connection("file:/x?immutable=1", flags=0x41, vfs="for a test")
    assert connection.execute("SELECT a FROM t").get == 7
    assert len(connection.serialize("main")) < 20_000
    with pytest.raises(standard.ReadOnlyError):
        connection.execute("DELETE FROM t")
    with pytest.raises(MissingExtraError, match="needs apsw"):
        standard.Connection("/x", flags=6, vfs="for a test")
    for junk in (b"", b"x" * 99, b"x" * 5000):
        vfs.file = ReadFile(MemorySource(junk))
        with pytest.raises(standard.NotADBError):
            standard.Connection("/x", flags=1, vfs="for a test")
    vfs.file = ReadFile(MemorySource(b"SQLite format 3\0" + bytes(5000)))
    with pytest.raises(standard.Error):
        standard.Connection("/x", flags=1, vfs="for a test").execute("SELECT * FROM sqlite_schema").fetchall()


def test_a_database_too_large_for_memory_is_refused() -> None:
    class Huge(ReadFile):
        def xFileSize(self) -> int:  # noqa: N802
            return 1 << 40

    vfs = _Vfs(b"")
    vfs.file = Huge(MemorySource(b"SQLite format 3\0" + bytes(5000)))
    with pytest.raises(standard.TooBigError):
        standard.Connection("/x", flags=1, vfs="for a test")
