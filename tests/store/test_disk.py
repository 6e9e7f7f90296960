"""Disks that are full or cannot be written, and files that are not what they should be."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from vfsloader import VFSError, VirtualFileSystem, open_layer, packs
from vfsloader.errors import LockedError, NotAStoreError, PathNotFoundError

MB = 1 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, text=True
    )
    if mount.returncode:
        message = f"this test mounts a small disk, which needs root: {mount.stderr.strip()}"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_leaves_everything_as_it_was(small_disk: Path) -> None:
    with VirtualFileSystem(small_disk / "s.db") as vfs:
        vfs.write_text("/kept", "kept")
        vfs.sync()
        for attempt in (
            lambda: vfs.write_bytes("/big", os.urandom(8 * MB)),
            lambda: write_stream(vfs, "/streamed", 8 * MB),
            lambda: write_batch(vfs),
        ):
            with pytest.raises(OSError, match="full") as caught:
                attempt()
            assert caught.value.errno == errno.ENOSPC
            assert isinstance(caught.value, VFSError)
            assert vfs.listdir("/") == ["kept"]
        with pytest.raises(OSError, match="rolled back"), vfs.atomic_batch():
            vfs.write_text("/first", "1")
            with contextlib.suppress(OSError):
                vfs.write_bytes("/big", os.urandom(8 * MB))
            vfs.write_text("/second", "2")
        assert vfs.listdir("/") == ["kept"]
        vfs.write_text("/small", "it works again")
        assert vfs.read_text("/kept") == "kept"
        with vfs._local.database.reading() as connection:
            assert connection.pragma("integrity_check") == "ok"


def write_stream(vfs: VirtualFileSystem, path: str, size: int) -> None:
    with vfs.open(path, "wb") as file:
        for _ in range(size // MB):
            file.write(os.urandom(MB))


def write_batch(vfs: VirtualFileSystem) -> None:
    with vfs.atomic_batch():
        for n in range(100):
            vfs.write_bytes(f"/batch/{n}", os.urandom(100_000))


def test_a_pack_that_does_not_fit_leaves_nothing(small_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "big").write_bytes(os.urandom(8 * MB))
    with pytest.raises(OSError, match=r"full|space"):
        packs.build(tmp_path / "src", small_disk / "x.pack")
    assert os.listdir(small_disk) == []


def test_what_is_unpacked_onto_a_full_disk_is_whole_as_far_as_it_came(small_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    for name in "abcd":
        (tmp_path / "src" / name).write_bytes(os.urandom(3 * MB // 2))
    packs.build(tmp_path / "src", tmp_path / "x.pack")
    with pytest.raises(OSError, match=r"full|space") as caught:
        packs.extract(tmp_path / "x.pack", small_disk / "out")
    assert (caught.value.errno, isinstance(caught.value, VFSError)) == (errno.ENOSPC, True)
    assert sorted(os.listdir(small_disk / "out")) == ["a", "b"]
    for name in "ab":
        assert (small_disk / "out" / name).read_bytes() == (tmp_path / "src" / name).read_bytes()


def test_a_patch_whose_pack_does_not_fit_changes_nothing(small_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a").write_bytes(os.urandom(2 * MB))
    packs.build(tmp_path / "src", small_disk / "x.pack")
    (tmp_path / "src" / "a").write_bytes(os.urandom(3 * MB))
    packs.build(tmp_path / "src", tmp_path / "new.pack")
    packs.diff(small_disk / "x.pack", tmp_path / "new.pack", tmp_path / "x.patch")
    before = (small_disk / "x.pack").read_bytes()
    with pytest.raises(OSError, match="bytes free") as caught:
        packs.apply(tmp_path / "x.patch", small_disk / "x.pack")
    assert caught.value.errno == errno.ENOSPC
    assert os.listdir(small_disk) == ["x.pack"]
    assert (small_disk / "x.pack").read_bytes() == before


def test_a_disk_that_cannot_be_written(small_disk: Path, tmp_path: Path) -> None:
    with VirtualFileSystem(small_disk / "s.db") as vfs:
        vfs.write_text("/a", "1")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a").write_text("1")
    packs.build(tmp_path / "src", small_disk / "x.pack")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with open_layer(small_disk / "x.pack") as pack:
        assert pack.read(pack.find("/a")) == b"1"
    with pytest.raises(OSError, match=r"s\.db|reading only") as caught, VirtualFileSystem(small_disk / "s.db") as vfs:
        vfs.write_text("/a", "2")
    assert isinstance(caught.value, VFSError)
    with pytest.raises(OSError, match=r"new\.db"):
        VirtualFileSystem(small_disk / "new.db")


def read_everything(file: Path) -> None:
    with VirtualFileSystem(file, read_only=True) as vfs:
        for folder, _, files in vfs.walk():
            for name in files:
                vfs.read_bytes(f"{folder}/{name}")


def test_every_truncation_of_a_store_is_an_error_or_works(tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    with VirtualFileSystem(whole, page_size=4096) as vfs:
        for n in range(30):
            vfs.write_bytes(f"/d{n % 3}/{n}", os.urandom(n * 200))
        vfs.sync()
    data, refused = whole.read_bytes(), 0
    for size in (0, 1, 15, 16, 68, 100, 4095, 4096, *range(5000, len(data), len(data) // 25)):
        cut = tmp_path / "cut.db"
        cut.write_bytes(data[:size])
        try:
            read_everything(cut)
        except VFSError as error:
            refused += 1
            named = str(cut) in str(error) or "chunks" in str(error)
            assert named, str(error)
    assert refused > 20


def test_damage_anywhere_is_an_error_or_harmless(tmp_path: Path) -> None:
    whole = tmp_path / "whole.db"
    with VirtualFileSystem(whole, page_size=4096) as vfs:
        for n in range(30):
            vfs.write_bytes(f"/d{n % 3}/{n}", os.urandom(n * 200))
        vfs.sync()
    data, refused = whole.read_bytes(), 0
    for at in range(0, len(data), len(data) // 150):
        cut = tmp_path / "hurt.db"
        cut.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) * 8 + data[at + 8 :])
        try:
            read_everything(cut)
        except VFSError:
            refused += 1
    assert refused  # most of it lies in content, which only a digest can tell


def test_a_store_that_another_program_locks_whole(tmp_path: Path) -> None:
    with VirtualFileSystem(tmp_path / "s.db", timeout=0.05) as vfs:
        vfs.write_text("/a", "1")
        foreign = apsw.Connection(str(tmp_path / "s.db"))
        foreign.execute("BEGIN IMMEDIATE")
        with pytest.raises(LockedError, match="another process has been writing"):
            vfs.write_text("/a", "2")
        assert vfs.read_text("/a") == "1"
        foreign.execute("COMMIT")
        foreign.close()
        vfs.write_text("/a", "2")


def test_places_where_no_store_can_be(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database, and long enough to have a header" * 5)
    with pytest.raises(NotAStoreError):
        VirtualFileSystem(tmp_path / "text")
    with pytest.raises(OSError, match="nowhere"):
        VirtualFileSystem(tmp_path / "nowhere" / "s.db")
    with pytest.raises(PathNotFoundError):
        VirtualFileSystem(tmp_path / "s.db", read_only=True)
    with pytest.raises(OSError, match=r"s\.db") as caught:
        VirtualFileSystem(tmp_path / "text" / "s.db")
    assert isinstance(caught.value, VFSError)
