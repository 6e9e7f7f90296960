"""How long a database in a bucket is: as long as the same database in a file, after every commit."""

from __future__ import annotations

import gc
import sqlite3
from pathlib import Path
from typing import Any

import apsw
import pytest

from benchmarks.servers import resource
from vfsloader.compat.sqlite_s3vfs import S3VFS
from vfsloader.errors import ConflictError


@pytest.fixture
def server(moto_server: str) -> str:
    return moto_server


def length(vfs: S3VFS, name: str = "a/b.db") -> int:
    return sum(map(len, vfs.serialize_iter(name)))


STEPS = [
    "CREATE TABLE a(x); CREATE TABLE b(y); CREATE TABLE c(z)",
    "INSERT INTO a SELECT randomblob(300) FROM generate_series(1, 400)",
    "INSERT INTO b SELECT x FROM a; INSERT INTO c SELECT x FROM a",
    "DROP TABLE a",
    "VACUUM",
    "DROP TABLE b; DROP TABLE c",
    "VACUUM",
    "CREATE TABLE d(x)",
    "INSERT INTO d SELECT randomblob(3000) FROM generate_series(1, 50)",
    "DELETE FROM d",
    "PRAGMA incremental_vacuum",
]


@pytest.mark.parametrize(
    ("page", "block", "vacuum"),
    [
        (512, 512, "NONE"),
        (1024, 4097, "FULL"),
        (4096, 4096, "NONE"),
        (4096, 1000, "FULL"),
        (4096, 4096, "INCREMENTAL"),
        (65536, 4096, "NONE"),
    ],
)
def test_it_is_as_long_as_a_file(bucket: Any, page: int, block: int, vacuum: str, tmp_path: Path) -> None:
    vfs = S3VFS(bucket, block)
    pragmas = f"PRAGMA page_size = {page}; PRAGMA auto_vacuum = {vacuum}"
    ours, local = apsw.Connection("a/b.db", vfs=vfs.name), apsw.Connection(str(tmp_path / "a.db"))
    for connection in (ours, local):
        connection.execute(pragmas)
    for step in STEPS:
        for connection in (ours, local):
            connection.execute(
                step.replace(
                    "FROM generate_series(1, ", "FROM (WITH n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT "
                )
                .replace("400)", "400) SELECT i FROM n)")
                .replace("50)", "50) SELECT i FROM n)")
            )
        assert length(vfs) == (tmp_path / "a.db").stat().st_size, step
        assert ours.pragma("integrity_check") == "ok"
    ours.close()
    assert length(S3VFS(bucket)) == (tmp_path / "a.db").stat().st_size
    (tmp_path / "plain.db").write_bytes(b"".join(vfs.serialize_iter("a/b.db")))
    with sqlite3.connect(tmp_path / "plain.db") as plain:
        assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    plain.close()


def test_a_vacuum_that_fails_leaves_the_old_state(bucket: Any, server: str) -> None:
    vfs, rival = S3VFS(bucket), S3VFS(resource(server).Bucket(bucket.name))
    connection = apsw.Connection("a/b.db", vfs=vfs.name)
    connection.execute("CREATE TABLE a(x); INSERT INTO a VALUES(zeroblob(100000)); CREATE TABLE keep(x)")
    other = apsw.Connection("a/b.db", vfs=rival.name)
    other.execute("INSERT INTO keep VALUES(1)")
    with pytest.raises(ConflictError):
        connection.execute("DROP TABLE a")
    vfs.refresh()
    connection.execute("DROP TABLE a")
    before = length(vfs)
    rival.refresh()
    other.execute("INSERT INTO keep VALUES(2)")
    with pytest.raises((ConflictError, apsw.Error)):
        connection.execute("VACUUM")
    assert length(vfs) == before
    assert connection.execute("SELECT count(*) FROM keep").get == 2
    connection.execute("VACUUM")
    assert length(vfs) < before
    assert connection.pragma("integrity_check") == "ok"


def test_what_was_cut_off_does_not_come_back(bucket: Any) -> None:
    """Truncated and grown again without being written in between, a file has zeros there."""
    vfs = S3VFS(bucket, 1000)
    apsw.Connection("a/b.db", vfs=vfs.name).execute("CREATE TABLE a(x); INSERT INTO a VALUES(zeroblob(20000))")
    file = vfs.xOpen("a/b.db", [apsw.SQLITE_OPEN_MAIN_DB, 0])
    for size in (20_480, 9_500, 4_096):
        file.xWrite(b"\xff" * 300, file.xFileSize() - 300)
        file.xTruncate(size)
        file.xWrite(b"end", size + 6_000)
        assert file.xRead(6_000, size) == bytes(6_000)
        assert file.xRead(100, size + 6_000) == b"end"
        file.xTruncate(size)
    file.xClose()


@pytest.mark.parametrize("pragma", ["temp_store_directory = 'x'", "temp_store_directory = '/nowhere/at/all'"])
def test_a_folder_for_temporary_files_is_accepted(bucket: Any, pragma: str) -> None:
    connection = apsw.Connection("a/b.db", vfs=S3VFS(bucket).name)
    connection.execute(f"PRAGMA {pragma}; PRAGMA temp_store = FILE; PRAGMA cache_size = 10")
    connection.execute("CREATE TEMP TABLE t(x); INSERT INTO t VALUES(zeroblob(1000000))")
    assert connection.execute("SELECT length(x) FROM t").get == 1_000_000


def test_a_vfs_lives_as_long_as_its_name_or_a_connection(bucket: Any) -> None:
    connection = apsw.Connection("a/b.db", vfs=S3VFS(bucket).name)
    gc.collect()
    connection.execute("CREATE TABLE t(x)")
    connection.execute("ATTACH 'c/d.db' AS other; CREATE TABLE other.t(x)")
    name = S3VFS(bucket).name
    gc.collect()
    for _ in range(2):
        again = apsw.Connection("a/b.db", vfs=name)
        assert again.execute("SELECT count(*) FROM t").get == 0
        again.close()
    connection.close()
    plain = str(name)
    assert plain in apsw.vfs_names()
    del connection, again, name
    gc.collect()
    assert plain not in apsw.vfs_names()
