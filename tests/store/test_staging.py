"""Large files whose parts are stored while they are written: nobody sees a part, and nothing is left of one."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.soundness import assert_sound
from vfsloader import Store, VirtualFileSystem
from vfsloader.errors import PathError, QuotaExceededError
from vfsloader.runtime.fast_paths import VARIABLE
from vfsloader.store import store as store_module
from vfsloader.store.check import check
from vfsloader.store.schema import STAGED

ROOT = Path(__file__).parents[2]
#: Where parts are stored ahead; elsewhere they go to a temporary file.
IS_STAGED = sys.platform != "win32"
BLOCK = bytes(range(256)) * 256


@pytest.fixture(autouse=True)
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "SPILL_BYTES", 1 << 18)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "save.db"


def staged(vfs: VirtualFileSystem) -> int:
    """Count the contents that no file has yet."""
    return len(vfs.store.database.rows(STAGED))


def test_parts_are_stored_and_nobody_sees_them(place: Path) -> None:
    with VirtualFileSystem(place) as vfs, VirtualFileSystem(place) as other:
        vfs.write_bytes("/a", b"old")
        with vfs.open("/a", "wb") as file:
            for _ in range(32):
                file.write(BLOCK)
            assert staged(vfs) == IS_STAGED
            assert check(place).ok
            assert other.read_bytes("/a") == vfs.read_bytes("/a") == b"old"
            other.write_bytes("/b", b"in between")
            with VirtualFileSystem(place) as third:  # does not take the parts for those of a killed process
                assert staged(third) == IS_STAGED
        assert other.read_bytes("/a") == vfs.read_bytes("/a") == BLOCK * 32
        assert not staged(vfs)
        assert_sound(vfs)
    assert sorted(os.listdir(place.parent)) == ["save.db"]


def test_the_switch_uses_a_temporary_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0")
    with VirtualFileSystem(place) as vfs:
        with vfs.open("/a", "wb") as file:
            for _ in range(32):
                file.write(BLOCK)
            assert not staged(vfs)
        assert vfs.read_bytes("/a") == BLOCK * 32


def test_a_file_that_is_given_up_leaves_nothing(place: Path) -> None:
    with VirtualFileSystem(place) as vfs:
        vfs.write_bytes("/a", b"old")
        with pytest.raises(KeyError), vfs.open("/a", "wb") as file:
            for _ in range(32):
                file.write(BLOCK)
            raise KeyError
        assert vfs.read_bytes("/a") == b"old"
        assert not staged(vfs)
        assert_sound(vfs)
    assert os.listdir(place.parent) == ["save.db"]


def test_a_file_that_cannot_be_closed_leaves_nothing(place: Path) -> None:
    with VirtualFileSystem(place) as vfs:
        file = vfs.open("/a", "wb")
        for _ in range(32):
            file.write(BLOCK)
        vfs.mkdir("/a")
        with pytest.raises(PathError, match="is a folder"):
            file.close()
        assert vfs.isdir("/a")
        assert not staged(vfs)
        assert_sound(vfs)


def test_a_batch_stores_nothing_ahead_and_takes_all_of_it_back(place: Path) -> None:
    with VirtualFileSystem(place) as vfs:
        early = vfs.open("/early", "wb")
        for _ in range(32):
            early.write(BLOCK)
        with pytest.raises(KeyError), vfs.atomic_batch():
            with vfs.open("/late", "wb") as late:
                for _ in range(32):
                    late.write(BLOCK)
                    early.write(BLOCK)
            assert vfs.read_bytes("/late") == BLOCK * 32
            raise KeyError
        assert vfs.listdir("/") == []
        early.write(b"end")
        early.close()
        assert vfs.read_bytes("/early") == BLOCK * 64 + b"end"
        assert_sound(vfs)
        with pytest.raises(KeyError), vfs.atomic_batch():
            again = vfs.open("/again", "wb")
            again.write(BLOCK)
            raise KeyError
        for _ in range(32):
            again.write(BLOCK)
        with pytest.raises(KeyError), vfs.atomic_batch():
            again.close()
            assert vfs.getsize("/again") == len(BLOCK) * 33
            raise KeyError
        assert not vfs.exists("/again")
    with VirtualFileSystem(place) as vfs:
        assert_sound(vfs)


def test_a_quota_counts_every_byte_once(place: Path) -> None:
    size = 32 * len(BLOCK)
    with VirtualFileSystem(place, quota=size + 10) as vfs:
        with vfs.open("/a", "wb") as file:
            for _ in range(32):
                file.write(BLOCK)
            with pytest.raises(QuotaExceededError):
                vfs.write_bytes("/b", bytes(11))
        assert vfs.stats().used == size
        vfs.write_bytes("/b", bytes(10))
        with pytest.raises(QuotaExceededError), vfs.open("/c", "wb") as file:
            file.write(b"x")
        vfs.remove("/a")
        assert vfs.stats().used == 10


def test_a_killed_process_leaves_nothing_for_long(place: Path) -> None:
    with VirtualFileSystem(place) as vfs:
        vfs.write_bytes("/large", b"old")
    command = [sys.executable, "-m", "tests.store.staging_writer", place]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"stored\n"
        writer.kill()
    with Store(place, read_only=True) as left, left.database.reading() as connection:
        assert len(connection.execute(STAGED).fetchall()) == IS_STAGED
    assert check(place).ok
    with VirtualFileSystem(place) as vfs:
        assert vfs.read_bytes("/large") == b"old"
        assert not staged(vfs)
        assert_sound(vfs)
    assert os.listdir(place.parent) == ["save.db"]


_steps = st.one_of(
    st.tuples(st.just("write"), st.integers(0, 90_000)),
    st.tuples(st.just("write"), st.sampled_from([16, 64, 4096, 65536])),
    st.tuples(st.just("seek"), st.integers(0, 200_000)),
    st.tuples(st.just("truncate"), st.integers(0, 200_000)),
    st.tuples(st.just("read"), st.integers(0, 50_000)),
    st.tuples(st.just("batch"), st.integers(0, 50_000)),
)


@settings(max_examples=80)
@given(st.lists(_steps, max_size=20), st.sampled_from([1_000, 20_000]), st.booleans())
def test_any_way_of_writing_gives_what_a_file_in_memory_gives(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]], memory: int, is_fast: bool
) -> None:
    place = tmp_path_factory.mktemp("x") / "x.db"
    model = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch, VirtualFileSystem(place, chunk_size=512) as vfs:
        patch.setattr(store_module, "SPILL_BYTES", memory)
        patch.setenv(VARIABLE, str(int(is_fast)))
        with vfs.open("/a", "w+b", buffering=0) as file:
            for number, (what, amount) in enumerate(steps):
                data = bytes([number + 1]) * amount
                if what == "write":
                    assert file.write(data) == model.write(data)
                elif what == "seek":
                    assert file.seek(amount) == model.seek(amount)
                elif what == "truncate":
                    model.seek(0, io.SEEK_END)
                    model.write(bytes(max(amount - model.tell(), 0)))
                    assert file.truncate(amount) == model.truncate(amount)
                    assert file.seek(amount) == model.seek(amount)
                elif what == "batch":
                    with vfs.atomic_batch():
                        vfs.write_bytes("/b", data)
                        assert file.write(data) == model.write(data)
                else:
                    assert file.read(amount) == model.read(amount)
        assert vfs.read_bytes("/a") == model.getvalue()
        assert not staged(vfs)
        assert_sound(vfs)
