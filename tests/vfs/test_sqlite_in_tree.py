"""SQLite databases that lie in a tree: opened from there, and put back at each commit."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import apsw
import pytest

from vfsloader import VirtualFileSystem
from vfsloader.errors import DamagedError, LockedError, PathNotFoundError, QuotaExceededError, UnknownFormatError

pytestmark = pytest.mark.apsw


@pytest.fixture(params=["memory", "disk", "folder"])
def vfs(request: pytest.FixtureRequest, tmp_path: Path) -> VirtualFileSystem:
    if request.param == "folder":
        (tmp_path / "local").mkdir()
    place = {"memory": ":memory:", "disk": tmp_path / "s.db", "folder": tmp_path / "local"}[request.param]
    made = VirtualFileSystem(place, timeout=60)
    request.addfinalizer(made.close)
    return made


def numbers(connection: apsw.Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT n FROM t ORDER BY n")]


def begun(vfs: VirtualFileSystem) -> apsw.Connection:
    connection = vfs.connect("/d/x.db")
    connection.execute("CREATE TABLE t(n); INSERT INTO t VALUES(1), (2)")
    return connection


def test_each_commit_puts_the_whole_database_into_the_tree(vfs: VirtualFileSystem, tmp_path: Path) -> None:
    one = vfs.connect("/d/x.db")
    assert not vfs.exists("/d/x.db")
    with one:
        one.execute("CREATE TABLE t(n)")
        one.execute("INSERT INTO t VALUES(1), (2)")
        assert not vfs.exists("/d/x.db")
    (tmp_path / "out.db").write_bytes(vfs.read_bytes("/d/x.db"))
    plain = apsw.Connection(str(tmp_path / "out.db"))
    assert numbers(plain) == [1, 2]
    plain.close()
    other = vfs.connect("/d/x.db")
    other.execute("INSERT INTO t VALUES(3)")
    assert numbers(one) == [1, 2, 3]
    one.execute("DELETE FROM t WHERE n < 3; VACUUM")
    assert numbers(other) == [3]
    assert one.pragma("integrity_check") == "ok"
    one.execute("ATTACH '/d/y.db' AS y; CREATE TABLE y.u AS SELECT n * 2 AS n FROM t")
    assert vfs.connect("/d/y.db", read_only=True).execute("SELECT n FROM u").get == 6
    one.close()
    other.close()
    assert vfs.listdir("/d") == ["x.db", "y.db"]


def test_a_database_of_an_underlay_is_copied_up_by_its_first_commit(vfs: VirtualFileSystem) -> None:
    base = VirtualFileSystem()
    begun(base).close()
    vfs.add_underlay(base, name="base")
    connection = vfs.connect("/d/x.db")
    assert numbers(connection) == [1, 2]
    assert vfs.which_layer("/d/x.db") == "base"
    connection.execute("INSERT INTO t VALUES(3)")
    assert vfs.which_layer("/d/x.db") == "local"
    assert numbers(base.connect("/d/x.db")) == [1, 2]


def test_what_others_did_to_the_file_is_seen(vfs: VirtualFileSystem) -> None:
    connection = begun(vfs)
    saved = vfs.read_bytes("/d/x.db")
    connection.execute("INSERT INTO t VALUES(3)")
    assert numbers(connection) == [1, 2, 3]
    vfs.write_bytes("/d/x.db", saved)
    assert numbers(connection) == [1, 2]
    connection.execute("INSERT INTO t VALUES(4)")
    assert numbers(connection) == [1, 2, 4]
    vfs.remove("/d/x.db")
    with pytest.raises(apsw.SQLError, match="no such table"):
        numbers(connection)


def test_a_batch_that_is_undone_takes_the_commit_with_it(vfs: VirtualFileSystem) -> None:
    connection = begun(vfs)
    with pytest.raises(RuntimeError), vfs.atomic_batch():
        connection.execute("INSERT INTO t VALUES(3)")
        vfs.write_text("/other", "x")
        assert numbers(connection) == [1, 2, 3]
        raise RuntimeError
    assert numbers(connection) == [1, 2]
    with vfs.atomic_batch():
        connection.execute("INSERT INTO t VALUES(4)")
    assert numbers(connection) == [1, 2, 4]


@pytest.mark.parametrize("synchronous", ["full", "off"])
def test_a_commit_that_is_refused_is_undone(synchronous: str) -> None:
    vfs = VirtualFileSystem(quota=100_000)
    connection = begun(vfs)
    connection.pragma("synchronous", synchronous)
    before = vfs.read_bytes("/d/x.db")
    with pytest.raises(QuotaExceededError):
        connection.execute("INSERT INTO t VALUES(zeroblob(200000))")
    with pytest.raises(QuotaExceededError), connection:
        connection.execute("INSERT INTO t VALUES(zeroblob(200000))")
    assert numbers(connection) == [1, 2]
    assert vfs.read_bytes("/d/x.db") == before
    with pytest.raises(LockedError, match="changed by someone else"), connection:
        connection.execute("INSERT INTO t VALUES(3)")
        vfs.write_bytes("/d/x.db", before)
    connection.execute("INSERT INTO t VALUES(4)")
    assert numbers(connection) == [1, 2, 4]
    assert connection.pragma("integrity_check") == "ok"


@pytest.mark.parametrize("mode", ["delete", "truncate", "persist", "off", "wal"])
def test_every_mode_of_the_journal_keeps_what_is_committed(mode: str, vfs: VirtualFileSystem) -> None:
    connection = begun(vfs)
    connection.pragma("journal_mode", mode)
    connection.execute("INSERT INTO t VALUES(3)")
    connection.execute("BEGIN; INSERT INTO t VALUES(4)")
    connection.close()
    assert numbers(vfs.connect("/d/x.db")) == [1, 2, 3]
    assert vfs.listdir("/d") == ["x.db"]


def test_only_for_reading() -> None:
    vfs = VirtualFileSystem()
    begun(vfs).close()
    connection = vfs.connect("/d/x.db", read_only=True)
    with pytest.raises(apsw.ReadOnlyError):
        connection.execute("INSERT INTO t VALUES(3)")
    with pytest.raises(PathNotFoundError):
        vfs.connect("/missing.db", read_only=True)


def test_files_that_are_no_database_or_half_of_one(tmp_path: Path) -> None:
    vfs = VirtualFileSystem()
    vfs.write_bytes("/junk.db", b"no database " * 1000)
    with pytest.raises(UnknownFormatError, match=r"/junk\.db is not a SQLite database"):
        vfs.connect("/junk.db")
    plain = apsw.Connection(str(tmp_path / "p.db"))
    plain.pragma("journal_mode", "wal")
    plain.execute("CREATE TABLE t(n); INSERT INTO t VALUES(1)")
    for name in ("p.db", "p.db-wal"):
        vfs.write_bytes(f"/{name}", (tmp_path / name).read_bytes())
    with pytest.raises(DamagedError, match=r"/p\.db-wal"):
        vfs.connect("/p.db").execute("SELECT * FROM t")
    plain.close()  # the log goes into the file
    vfs.remove("/p.db-wal")
    vfs.write_bytes("/p.db", (tmp_path / "p.db").read_bytes())
    assert numbers(vfs.connect("/p.db")) == [1]


def test_threads_lose_nothing(vfs: VirtualFileSystem) -> None:
    begun(vfs).execute("UPDATE t SET n = 0")
    failures: list[BaseException] = []

    def work() -> None:
        try:
            connection = vfs.connect("/d/x.db", timeout=60)
            for _ in range(20):
                connection.execute("BEGIN IMMEDIATE; UPDATE t SET n = n + 1; COMMIT")
            connection.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert numbers(vfs.connect("/d/x.db")) == [160, 160]


_COUNTER = """
import sys
from vfsloader import VirtualFileSystem
from vfsloader.errors import LockedError
with VirtualFileSystem(sys.argv[1], timeout=60) as vfs:
    connection = vfs.connect("/d/x.db")
    done = 0
    while done < 25:
        try:
            with connection:
                connection.execute("UPDATE t SET n = n + 1")
            done += 1
        except LockedError:
            pass  # the other one was quicker
    connection.close()
"""


def test_processes_lose_nothing(tmp_path: Path) -> None:
    place = str(tmp_path / "s.db")
    with VirtualFileSystem(place) as vfs:
        begun(vfs).close()
        both = [subprocess.Popen([sys.executable, "-c", _COUNTER, place]) for _ in range(2)]
        assert [one.wait() for one in both] == [0, 0]
        assert numbers(vfs.connect("/d/x.db")) == [51, 52]
