"""Several processes and threads at one store."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.store.soundness import assert_sound
from vfsloader import Store, VirtualFileSystem, packs
from vfsloader.errors import LockedError

WRITER = """
import sys
from vfsloader import VirtualFileSystem
with VirtualFileSystem(sys.argv[1]) as vfs:
    for n in range(1000):
        vfs.write_text(f"/{sys.argv[2]}/{n}", f"{sys.argv[2]} {n}")
"""


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    place = str(tmp_path / "s.db")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, place, name]) for name in ("one", "two")]
    assert [writer.wait() for writer in writers] == [0, 0]
    with VirtualFileSystem(place) as vfs:
        for name in ("one", "two"):
            assert len(vfs.listdir(f"/{name}")) == 1000
            assert all(vfs.read_text(f"/{name}/{n}") == f"{name} {n}" for n in range(1000))
        assert_sound(vfs)


@pytest.mark.parametrize("place", [":memory:", "disk"])
def test_eight_threads_read_while_one_writes(place: str, tmp_path: Path) -> None:
    base = Store(":memory:")
    for n in range(50):
        base.write(f"/d/{n}", b"base" * n)
    packs.build(base, tmp_path / "base.pack")
    sizes = [10, 5_000, 80_000, 1_200_000]
    with (
        VirtualFileSystem(place if place != "disk" else tmp_path / "s.db") as vfs,
        Store(tmp_path / "base.pack") as pack,
    ):
        vfs.add_underlay(pack, name="base")
        vfs.write_bytes("/hot", b"\0" * 10)
        wrong: list[str] = []
        done = threading.Event()

        def read() -> None:
            try:
                while not done.is_set():
                    data = vfs.read_bytes("/hot")
                    if len(data) not in sizes or len(set(data)) != 1:
                        wrong.append(f"{len(data)} bytes of {len(set(data))} kinds")
                    with vfs.open("/hot", "rb") as file:
                        streamed = file.read(7) + file.read()
                    if len(streamed) not in sizes or len(set(streamed)) != 1:
                        wrong.append(f"streamed {len(streamed)} bytes of {len(set(streamed))} kinds")
                    if vfs.read_bytes("/d/7") != b"base" * 7 or len(vfs.listdir("/d")) not in (49, 50):
                        wrong.append("the pack below")
            except Exception as error:
                wrong.append(repr(error))

        readers = [threading.Thread(target=read) for _ in range(8)]
        for reader in readers:
            reader.start()
        for step in range(120):
            vfs.write_bytes("/hot", bytes([step]) * sizes[step % 4])
            with vfs.atomic_batch():
                vfs.remove("/d/3") if step % 2 == 0 else vfs.write_bytes("/d/3", b"back")
        done.set()
        for reader in readers:
            reader.join()
        assert wrong == []
        assert_sound(vfs)


def test_threads_write_in_turn(tmp_path: Path) -> None:
    with VirtualFileSystem(tmp_path / "s.db") as vfs:

        def write(name: str) -> None:
            for n in range(50):
                with vfs.atomic_batch():
                    count = int(vfs.read_text("/count")) if vfs.exists("/count") else 0
                    vfs.write_text("/count", str(count + 1))
                    vfs.write_text(f"/{name}/{n}", "x")

        threads = [threading.Thread(target=write, args=(f"t{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert vfs.read_text("/count") == "200"
        assert_sound(vfs)


def test_a_thread_that_waits_too_long_gets_an_error(tmp_path: Path) -> None:
    errors: list[BaseException] = []
    with VirtualFileSystem(tmp_path / "s.db", timeout=0.05) as vfs:

        def write() -> None:
            try:
                vfs.write_text("/b", "2")
            except LockedError as error:
                errors.append(error)

        with vfs.atomic_batch():
            vfs.write_text("/a", "1")
            thread = threading.Thread(target=write)
            thread.start()
            thread.join()
        assert "another thread has been writing" in str(errors[0])
        assert isinstance(errors[0], BlockingIOError)
        write()
        assert vfs.read_text("/b") == "2"


def test_an_open_file_keeps_its_view_while_another_process_commits(tmp_path: Path) -> None:
    place = tmp_path / "s.db"
    first = os.urandom(3 << 20)
    with VirtualFileSystem(place) as vfs, VirtualFileSystem(place) as other:
        vfs.write_bytes("/big", first)
        with vfs.open("/big", "rb") as file:
            start = file.read(1000)
            for _ in range(3):
                other.write_bytes("/big", os.urandom(3 << 20))
            other.remove("/big")
            assert start + file.read() == first
        assert not vfs.exists("/big")
        assert_sound(other)


MAKER = """
import sys
from vfsloader import VirtualFileSystem
sys.stdin.readline()
with VirtualFileSystem(sys.argv[1]) as vfs:
    vfs.write_text("/" + sys.argv[2], "x")
"""


def test_processes_may_make_one_store_at_the_same_moment(tmp_path: Path) -> None:
    for number in range(6):
        place = str(tmp_path / f"{number}.db")
        makers = [
            subprocess.Popen([sys.executable, "-c", MAKER, place, name], stdin=subprocess.PIPE, text=True)
            for name in "abcd"
        ]
        for maker in makers:
            maker.stdin.write("now\n")
            maker.stdin.flush()
        for maker in makers:
            maker.communicate()
        assert [maker.returncode for maker in makers] == [0, 0, 0, 0]
        with VirtualFileSystem(place) as vfs:
            assert vfs.listdir("/") == ["a", "b", "c", "d"]
