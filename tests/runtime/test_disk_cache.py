"""A cache on the disk: shared by processes, bounded, never wrong, never an error."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from vfsloader.runtime.disk_cache import INDEX, DiskCache


def key(number: int) -> bytes:
    return hashlib.sha256(b"%d" % number).digest()


def content(number: int, size: int = 3_000) -> bytes:
    return random.Random(number).randbytes(size)


def value(cache: DiskCache, number: int) -> bytes | None:
    return cache.get([key(number)]).get(key(number))


def test_entries_are_kept_for_the_next_run(tmp_path: Path) -> None:
    entries = {key(n): content(n, n * 7) for n in range(300)}
    with DiskCache(tmp_path) as cache:
        cache.put(entries)
        assert cache.get([*entries, b"another key"]) == entries
    with DiskCache(tmp_path) as cache:
        assert cache.get(entries) == entries


def test_a_second_put_replaces(tmp_path: Path) -> None:
    with DiskCache(tmp_path) as cache:
        cache.put({key(1): b"old", key(2): b"other"})
        cache.put({key(1): b"new"})
        assert (value(cache, 1), value(cache, 2)) == (b"new", b"other")


def test_equal_bytes_are_not_written_again(tmp_path: Path) -> None:
    with DiskCache(tmp_path) as cache:
        cache.put({key(1): content(1)})
        size = folder_bytes(tmp_path)
        cache.put({key(1): content(1)})
        assert folder_bytes(tmp_path) == size


def test_dropped_entries_are_missing(tmp_path: Path) -> None:
    with DiskCache(tmp_path) as cache:
        cache.put({key(1): b"1", key(2): b"2"})
        cache.drop([key(1), key(3)])
        assert (value(cache, 1), value(cache, 2)) == (None, b"2")


def test_two_caches_on_one_folder_share_entries_at_once(tmp_path: Path) -> None:
    with DiskCache(tmp_path) as first, DiskCache(tmp_path) as second:
        for n in range(0, 100, 2):
            first.put({key(n): content(n)})
            second.put({key(n + 1): content(n + 1)})
        for cache in (first, second):
            assert [value(cache, n) for n in range(100)] == [content(n) for n in range(100)]


# --- views -------------------------------------------------------------------------------------------------------


def test_writing_to_a_view_changes_only_the_memory(tmp_path: Path) -> None:
    with DiskCache(tmp_path) as cache:
        cache.put({key(1): b"first", key(2): b"second"}, durable=True)
        view = cache.view(key(1))
        assert isinstance(view, memoryview)
        view[:] = b"XXXXX"
        assert (cache.view(key(1)), cache.view(key(2))) == (b"first", b"second")
    with DiskCache(tmp_path) as cache:
        assert cache.view(key(1)) == b"first"
    assert bytes(view) == b"XXXXX"


def test_views_of_a_file_that_grew(tmp_path: Path) -> None:
    with DiskCache(tmp_path) as cache:
        for n in range(20):
            cache.put({key(n): content(n)}, durable=True)
            assert cache.view(key(n)) == content(n)


def test_a_view_outlives_its_entry(tmp_path: Path) -> None:
    with DiskCache(tmp_path, max_bytes=100_000) as cache:
        cache.put({key(0): content(0)}, durable=True)
        view = cache.view(key(0))
        for n in range(1, 100):
            cache.put({key(n): content(n)}, durable=True)
        assert value(cache, 0) is None
    assert view == content(0)


def test_views_are_aligned(tmp_path: Path) -> None:
    with DiskCache(tmp_path) as cache:
        cache.put({key(n): content(n, n + 1) for n in range(10)}, durable=True)
        segment = next(tmp_path.glob("segment-*")).read_bytes()
        assert all(segment.find(content(n, n + 1)) % 64 == 0 for n in range(4, 10))


# --- bounds ------------------------------------------------------------------------------------------------------


def folder_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("segment-*"))


@pytest.mark.parametrize("size", [100, 3_000, 50_000, 700_000])
def test_the_folder_is_bounded(tmp_path: Path, size: int) -> None:
    with DiskCache(tmp_path, max_bytes=1 << 20) as cache:
        for n in range(0, min(3_000_000 // size, 5_000), 10):
            cache.put({key(each): content(each, size) for each in range(n, n + 10)})
            assert folder_bytes(tmp_path) <= 1 << 20
        assert value(cache, n + 9) == content(n + 9, size), "the newest is kept"


def test_an_entry_that_is_too_large_is_not_kept(tmp_path: Path) -> None:
    with DiskCache(tmp_path, max_bytes=10_000) as cache:
        cache.put({key(1): content(1, 10_001), key(2): content(2)})
        assert (value(cache, 1), value(cache, 2)) == (None, content(2))


def test_what_was_read_stays_longer(tmp_path: Path) -> None:
    with DiskCache(tmp_path, max_bytes=100_000) as cache:
        for n in range(20):  # each in its own segment
            cache.put({key(n): content(n, 4_000)})
    for file in tmp_path.glob("segment-*"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
    with DiskCache(tmp_path, max_bytes=100_000) as cache:
        assert cache.get([key(3)])
        for n in range(100, 120):
            cache.put({key(n): content(n, 4_000)})
        assert value(cache, 3) == content(3, 4_000)
        assert [value(cache, n) for n in range(3)] == [None] * 3


def test_many_small_entries_push_out_old_ones(tmp_path: Path) -> None:
    with DiskCache(tmp_path, max_bytes=200_000) as cache:
        for n in range(0, 3_000, 100):
            cache.put({key(each): b"%d" % each for each in range(n, n + 100)})
        entries = cache.get(map(key, range(3_000)))
        assert all(entries[key(n)] == b"%d" % n for n in range(3_000) if key(n) in entries)
        assert len(entries) > 50


# --- damage ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", range(8))
def test_damaged_entries_are_missing_and_can_be_put_again(tmp_path: Path, turn: int) -> None:
    entries = {key(n): content(n) for n in range(100)}
    with DiskCache(tmp_path) as cache:
        cache.put(entries)
    chance = random.Random(turn)
    for file in [tmp_path / INDEX, *tmp_path.glob("segment-*")]:
        data = bytearray(file.read_bytes())
        for _ in range(1 << turn):
            data[chance.randrange(min(len(data), 1 << 18))] ^= 1 << chance.randrange(8)
        file.write_bytes(data)
    with DiskCache(tmp_path) as cache:
        assert cache.get(entries).items() <= entries.items()
        cache.put(entries)
        assert cache.get(entries) == entries


@pytest.mark.parametrize("damage", [b"", b"no index", b"vfsloader cache1", b"\xff" * 1000, b"vfsloader cache1" * 99])
def test_a_damaged_index_is_replaced(tmp_path: Path, damage: bytes) -> None:
    with DiskCache(tmp_path) as cache:
        cache.put({key(1): b"1"})
    (tmp_path / INDEX).write_bytes(damage)
    with DiskCache(tmp_path) as cache:
        assert value(cache, 1) is None
        cache.put({key(1): b"1"})
        assert value(cache, 1) == b"1"


@pytest.mark.parametrize("size", [0, 10, 64, 1_000])
def test_a_segment_that_was_cut_off(tmp_path: Path, size: int) -> None:
    with DiskCache(tmp_path) as cache:
        cache.put({key(1): content(1)}, durable=True)
        (segment,) = tmp_path.glob("segment-*")
        os.truncate(segment, size)
        assert cache.view(key(1)) is None
        assert value(cache, 1) is None


def test_the_folder_is_deleted_while_the_cache_is_open(tmp_path: Path) -> None:
    with DiskCache(tmp_path / "cache") as cache:
        cache.put({key(1): b"1"})
        for file in (tmp_path / "cache").iterdir():
            file.unlink()
        (tmp_path / "cache").rmdir()
        cache.put({key(2): b"2"})
        assert value(cache, 1) in (None, b"1")


# --- disks that refuse -------------------------------------------------------------------------------------------


@pytest.fixture
def quiet(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING, logger="vfsloader.cache")
    return caplog


def test_a_folder_that_cannot_be_made(tmp_path: Path, quiet: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_bytes(b"")
    with DiskCache(tmp_path / "file") as cache:
        cache.put({key(1): b"1"})
        cache.drop([key(1)])
        assert (value(cache, 1), cache.view(key(1)), cache.is_writable) == (None, None, False)
    assert len(quiet.records) == 1


def test_a_read_only_folder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: pytest.LogCaptureFixture
) -> None:
    with DiskCache(tmp_path) as cache:
        cache.put({key(1): b"1"}, durable=True)
    os_open = os.open

    def refuse(path: Any, flags: int, *args: Any, **options: Any) -> int:
        if flags & (os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        return os_open(path, flags, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    with DiskCache(tmp_path) as cache:
        cache.put({key(2): b"2"})
        cache.drop([key(1)])
        assert (value(cache, 1), value(cache, 2), cache.view(key(1))) == (b"1", None, b"1")
    assert len(quiet.records) == 1


_FULL = """
import resource, signal, sys
from vfsloader.runtime.disk_cache import DiskCache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
cache = DiskCache(sys.argv[1], max_bytes=1 << 24)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
for n in range(100):
    cache.put({b"%016d" % n: b"%d" % n * 2000})
assert not cache.is_writable
kept = [n for n in range(100) if cache.get([b"%016d" % n])]
assert 5 < len(kept) < 60, kept
print("fine")
"""


def test_a_full_disk_costs_only_new_entries(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FULL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert done.stdout == "fine\n", done.stderr
    assert done.stderr.count("nothing more is kept") == 1


def test_a_closed_cache_is_empty(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path)
    cache.put({key(1): b"1"}, durable=True)
    cache.close()
    cache.close()
    cache.put({key(2): b"2"})
    assert (value(cache, 1), cache.view(key(1)), cache.is_writable) == (None, None, False)


# --- processes and threads ---------------------------------------------------------------------------------------

_WRITER = """
import hashlib, random, sys
from vfsloader.runtime.disk_cache import DiskCache
cache = DiskCache(sys.argv[1], max_bytes=1 << 20)
chance = random.Random(int(sys.argv[2]))
n = 0
while True:
    numbers = [chance.randrange(1_000) for _ in range(20)]
    cache.put({hashlib.sha256(b"%d" % n).digest(): random.Random(n).randbytes(3_000) for n in numbers}, durable=n % 2)
    n += 1
    if n == 20:
        print("ready", flush=True)
"""


def test_writers_that_are_killed_leave_nothing_wrong(tmp_path: Path) -> None:
    for turn in range(3):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", _WRITER, str(tmp_path), str(turn * 2 + n)],
                stdout=subprocess.PIPE,
                cwd=Path(__file__).parents[2],
            )
            for n in range(2)
        ]
        with DiskCache(tmp_path, max_bytes=1 << 20) as cache:
            for writer in writers:
                assert writer.stdout is not None
                writer.stdout.readline()
                entries = cache.get(map(key, range(1_000)))
                assert len(entries) > 50
                assert all(entries[key(n)] == content(n) for n in range(1_000) if key(n) in entries)
                assert cache.view(key(0)) in (None, content(0))
            for writer in writers:
                writer.kill()
                writer.communicate()
            entries = cache.get(map(key, range(1_000)))
            assert all(entries[key(n)] == content(n) for n in range(1_000) if key(n) in entries)
    assert folder_bytes(tmp_path) <= 2 << 20


def test_threads_share_a_cache(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            chance = random.Random(number)
            for _ in range(200):
                n = chance.randrange(50)
                cache.put({key(n): content(n)}, durable=False)
                assert value(cache, chance.randrange(50)) in (None, *contents)
        except BaseException as error:
            failures.append(error)

    contents = [content(n) for n in range(50)]
    with DiskCache(tmp_path, max_bytes=100_000) as cache:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
