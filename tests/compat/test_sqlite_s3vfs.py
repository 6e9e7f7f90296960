"""Databases in a bucket: as sqlite-s3vfs has them, and safe."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import apsw
import pytest

from benchmarks.servers import BadLine, resource
from vfsloader.compat.sqlite_s3vfs import S3VFS
from vfsloader.errors import ConflictError, DamagedError, PathNotFoundError, RemoteError
from vfsloader.remote.retry import Retry


def methods(line: BadLine) -> Counter[str]:
    counted = Counter(method for method, _ in line.requests)
    line.requests.clear()
    return counted


def begun(vfs: S3VFS, prefix: str = "saves/world") -> apsw.Connection:
    connection = apsw.Connection(prefix, vfs=vfs.name)
    connection.execute("CREATE TABLE foo(x, y); INSERT INTO foo VALUES(1, 2)")
    return connection


@pytest.mark.parametrize("block_size", [4096, 65536, 1000])
def test_a_program_for_sqlite_s3vfs_runs(bucket: Any, block_size: int, tmp_path: Path) -> None:
    vfs = S3VFS(bucket=bucket, block_size=block_size)
    with apsw.Connection("my/path/cool.sqlite", vfs=vfs.name) as db:
        cursor = db.cursor()
        cursor.execute("CREATE TABLE foo(x, y)")
        cursor.executemany("INSERT INTO foo VALUES(?, ?)", [(n, "x" * 300) for n in range(500)])
    db.pragma("page_size", max(block_size, 1024) if block_size != 1000 else 4096)
    db.execute("DELETE FROM foo WHERE x % 2; VACUUM")
    assert db.execute("SELECT count(*), max(x) FROM foo").fetchall() == [(250, 498)]
    db.close()
    plain = b"".join(vfs.serialize_iter(key_prefix="my/path/cool.sqlite"))
    (tmp_path / "plain.db").write_bytes(plain)
    local = apsw.Connection(str(tmp_path / "plain.db"))
    assert local.execute("SELECT count(*) FROM foo").get == 250
    assert local.pragma("integrity_check") == "ok"
    local.close()
    stream = vfs.serialize_fileobj(key_prefix="my/path/cool.sqlite")
    assert stream.read(100) + stream.read() == plain
    vfs.deserialize_iter(key_prefix="copy", bytes_iter=(plain[at : at + 777] for at in range(0, len(plain), 777)))
    assert b"".join(S3VFS(bucket).serialize_iter("copy")) == plain
    again = apsw.Connection("copy", vfs=vfs.name)
    again.execute("INSERT INTO foo VALUES(-1, 'after')")
    assert again.execute("SELECT count(*) FROM foo").get == 251
    assert again.pragma("integrity_check") == "ok"
    again.close()
    with pytest.raises(PathNotFoundError):
        list(vfs.serialize_iter("nothing"))


def test_a_commit_takes_few_requests(bucket: Any, line: BadLine) -> None:
    vfs = S3VFS(bucket)
    begun(vfs).close()
    methods(line)
    connection = apsw.Connection("saves/world", vfs=vfs.name)
    with connection:
        for n in range(1000):
            connection.execute("INSERT INTO foo VALUES(?, ?)", (n, "x" * 2000))
    requests = methods(line)
    assert requests["PUT"] <= 4
    assert requests["GET"] <= 2
    connection.execute("SELECT count(*) FROM foo").fetchall()
    assert not methods(line)
    connection.execute("BEGIN; INSERT INTO foo VALUES(0, 0); ROLLBACK")
    assert not methods(line)


def test_readers_keep_what_they_opened(bucket: Any) -> None:
    writing, reading = S3VFS(bucket), S3VFS(bucket)
    writer = begun(writing)
    reader = apsw.Connection("saves/world", vfs=reading.name)
    assert reader.execute("SELECT count(*) FROM foo").get == 1
    writer.execute("INSERT INTO foo VALUES(3, 4)")
    assert reader.execute("SELECT count(*) FROM foo").get == 1
    reading.refresh()
    assert reader.execute("SELECT count(*) FROM foo").get == 2
    assert reader.pragma("integrity_check") == "ok"


def test_one_of_two_writers_wins(bucket: Any) -> None:
    first, second = S3VFS(bucket), S3VFS(bucket)
    writer, rival = begun(first), apsw.Connection("saves/world", vfs=second.name)
    rival.execute("SELECT * FROM foo").fetchall()
    writer.execute("INSERT INTO foo VALUES(3, 'one')")
    with pytest.raises(ConflictError, match="someone else"):
        rival.execute("INSERT INTO foo VALUES(4, 'other')")
    rival.execute("INSERT INTO foo VALUES(4, 'other')")
    first.refresh()
    assert writer.execute("SELECT x FROM foo ORDER BY x").fetchall() == [(1,), (3,), (4,)]
    assert rival.execute("SELECT x FROM foo ORDER BY x").fetchall() == [(1,), (3,), (4,)]
    assert writer.pragma("integrity_check") == rival.pragma("integrity_check") == "ok"


def test_two_writers_race_and_none_loses(bucket: Any, server: str) -> None:
    begun(S3VFS(bucket)).close()
    failures: list[BaseException] = []
    conflicts = [0, 0]

    def work(number: int) -> None:
        try:
            vfs = S3VFS(resource(server).Bucket(bucket.name))
            connection = apsw.Connection("saves/world", vfs=vfs.name)
            done = 0
            while done < 100:
                try:
                    connection.execute("INSERT INTO foo VALUES(?, ?)", (number, done))
                    done += 1
                except ConflictError:
                    conflicts[number] += 1
            connection.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    vfs = S3VFS(bucket)
    connection = apsw.Connection("saves/world", vfs=vfs.name)
    rows = sorted(connection.execute("SELECT x, y FROM foo").fetchall())
    assert rows == sorted([(1, 2), *((number, done) for number in range(2) for done in range(100))])
    assert connection.pragma("integrity_check") == "ok"
    assert sum(conflicts) > 0, "they never met"


def test_a_server_without_conditional_writes_is_for_single_writers(bucket: Any, line: BadLine) -> None:
    line.refuse_conditions = True
    vfs = S3VFS(bucket)
    connection = apsw.Connection("saves/world", vfs=vfs.name)
    with pytest.raises(RemoteError, match="single_writer=True"):
        connection.execute("CREATE TABLE foo(x, y)")
    alone = S3VFS(bucket, single_writer=True)
    begun(alone).close()
    reader = apsw.Connection("saves/world", vfs=vfs.name)
    assert reader.execute("SELECT * FROM foo").fetchall() == [(1, 2)]


def test_leftovers_are_collected_and_nothing_that_is_read(bucket: Any) -> None:
    vfs, reading = S3VFS(bucket), S3VFS(bucket)
    connection = begun(vfs)
    reader = apsw.Connection("saves/world", vfs=reading.name)
    for n in range(5):
        connection.execute("INSERT INTO foo VALUES(?, randomblob(20000))", (n,))
    bucket.put_object(Key="saves/world/segment/" + "0" * 64, Body=b"half an upload")
    before = len(list(bucket.objects.all()))
    assert vfs.gc("saves/world") == 0  # all of it is too young
    assert reader.execute("SELECT count(*) FROM foo").get == 1
    assert vfs.gc("saves/world", datetime.timedelta(seconds=-5)) > 5
    assert len(list(bucket.objects.all())) < before
    fresh = S3VFS(bucket)
    again = apsw.Connection("saves/world", vfs=fresh.name)
    assert again.execute("SELECT count(*) FROM foo").get == 6
    assert again.pragma("integrity_check") == "ok"
    connection.execute("INSERT INTO foo VALUES(9, 9)")
    late = apsw.Connection("saves/world", vfs=reading.name)
    assert late.execute("SELECT count(*) FROM foo").get == 7


def test_a_late_writer_does_not_take_a_number_that_was_collected(bucket: Any) -> None:
    early, busy = S3VFS(bucket), S3VFS(bucket)
    begun(early).close()
    late = apsw.Connection("saves/world", vfs=early.name)
    late.execute("SELECT * FROM foo").fetchall()
    writer = apsw.Connection("saves/world", vfs=busy.name)
    for n in range(3):
        writer.execute("INSERT INTO foo VALUES(?, 'busy')", (n,))
    busy.gc("saves/world", datetime.timedelta(seconds=-5))
    with pytest.raises(ConflictError):
        late.execute("INSERT INTO foo VALUES(9, 'late')")
    fresh = S3VFS(bucket)
    assert apsw.Connection("saves/world", vfs=fresh.name).execute("SELECT count(*) FROM foo").get == 4


_PUBLISHER = """
import sys
import apsw
from benchmarks.servers import resource
from vfsloader.compat.sqlite_s3vfs import S3VFS
vfs = S3VFS(resource(sys.argv[1]).Bucket(sys.argv[2]))
connection = apsw.Connection("saves/world", vfs=vfs.name)
print("ready", flush=True)
n = connection.execute("SELECT max(x) FROM foo").get
while True:
    n += 1
    with connection:
        connection.execute("INSERT INTO foo VALUES(?, randomblob(9000))", (n,))
        connection.execute("UPDATE foo SET y = ? WHERE x = 1", (n,))
    print(n, flush=True)
"""


def test_a_publisher_that_is_killed_leaves_a_whole_state(bucket: Any, server: str) -> None:
    begun(S3VFS(bucket)).close()
    committed = 1
    for turn in range(6):
        command = [sys.executable, "-c", _PUBLISHER, server, bucket.name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
                              env={**os.environ, "PYTHONPATH": "."}) as publisher:  # fmt: skip
            assert publisher.stdout is not None
            assert publisher.stdout.readline() == "ready\n"
            for _ in range(turn):
                committed = int(publisher.stdout.readline())
            publisher.kill()
            committed = max([committed, *map(int, publisher.stdout.read().split())])
        vfs = S3VFS(bucket)
        connection = apsw.Connection("saves/world", vfs=vfs.name)
        newest, mark = connection.execute("SELECT max(x), (SELECT y FROM foo WHERE x = 1) FROM foo").get
        assert newest >= committed
        assert mark == (newest if newest > 1 else 2)
        assert connection.pragma("integrity_check") == "ok"
        connection.close()


@pytest.mark.parametrize("server", ["ceph"], indirect=True)  # moto takes any
def test_expired_credentials_are_an_error_at_once(bucket: Any, line: BadLine) -> None:
    begun(S3VFS(bucket)).close()
    line.requests.clear()
    wrong = S3VFS(resource(line.address, aws_access_key_id="expired", aws_secret_access_key="gone").Bucket(bucket.name))
    with pytest.raises(PermissionError, match="credentials"):
        apsw.Connection("saves/world", vfs=wrong.name)
    assert len(line.requests) == 1


@pytest.mark.parametrize("server", ["ceph"], indirect=True)  # moto does not look
def test_a_clock_that_is_wrong(bucket: Any, line: BadLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Garbage collection goes by the server's clock; a request signed with a wrong one is an error that says so."""
    vfs = S3VFS(bucket)
    begun(vfs).close()
    wrong = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(days=3)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *args, **kwargs: wrong)
    line.requests.clear()
    with pytest.raises(PermissionError, match="clock of this machine"):
        apsw.Connection("saves/world", vfs=vfs.name)
    assert len(line.requests) == 1


def test_damage_in_the_bucket_is_an_error(bucket: Any) -> None:
    vfs = S3VFS(bucket)
    begun(vfs).close()
    for segment in bucket.objects.filter(Prefix="saves/world/segment/"):
        data = bytearray(segment.get()["Body"].read())
        data[100] ^= 1
        segment.put(Body=bytes(data))
    fresh = S3VFS(bucket, retry=Retry(attempts=2))
    with pytest.raises(DamagedError, match="is damaged"):
        apsw.Connection("saves/world", vfs=fresh.name).execute("SELECT * FROM foo").fetchall()
    for manifest in bucket.objects.filter(Prefix="saves/world/manifest/"):
        manifest.put(Body=b"nothing")
    other = S3VFS(bucket)
    with pytest.raises(DamagedError, match="manifest"):
        apsw.Connection("saves/world", vfs=other.name)
