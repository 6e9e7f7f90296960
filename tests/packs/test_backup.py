"""A whole tree saved as a pack and loaded again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vfsloader import MemoryFileSystem, VirtualFileSystem, packs
from vfsloader.errors import DamagedError, LockedError, NotAStoreError, PathNotFoundError, QuotaExceededError

FILES = {"/.vfsignore": b"*.log\n", "/a/b/c.bin": os.urandom(200_000), "/a/kept.log": b"log", "/empty": b""}


def tree_of(vfs: VirtualFileSystem) -> dict[str, bytes | None]:
    return {path: vfs.read_bytes(path) if vfs.isfile(path) else None for path in vfs.glob("/**")}


@pytest.mark.parametrize("place", [":memory:", "s.db", "folder"])
def test_it_comes_back_as_it_was(place: str, tmp_path: Path) -> None:
    if place == "folder":
        (tmp_path / place).mkdir()
    base = VirtualFileSystem()
    base.write_bytes("/under/x", b"1")
    base.write_bytes("/under/y", b"2")
    with VirtualFileSystem(place if place == ":memory:" else tmp_path / place) as vfs:
        vfs.add_underlay(base)
        for path, data in FILES.items():
            vfs.write_bytes(path, data)
        vfs.mkdir("/nothing")
        before = tree_of(vfs)
        packs.backup(vfs, tmp_path / "b.pack")
        vfs.rmtree("/a")
        vfs.remove("/under/x")
        vfs.write_bytes("/a", b"a file now")
        changed = tree_of(vfs)
        packs.backup(vfs, tmp_path / "c.pack")
        packs.restore(tmp_path / "b.pack", vfs)
        assert tree_of(vfs) == before
        assert vfs.isdir("/nothing")
        packs.restore(tmp_path / "c.pack", vfs)
        assert tree_of(vfs) == changed


def test_what_cannot_be_restored_changes_nothing(tmp_path: Path) -> None:
    big = MemoryFileSystem()
    big.import_tree({"/a": b"new", "/big": bytes(5_000)})
    big.backup(tmp_path / "big.pack")
    mfs = MemoryFileSystem(max_quota=1000)
    mfs.import_tree({"/a": b"old", "/d/b": b"b"})
    before = mfs.export_tree()
    with pytest.raises(QuotaExceededError):
        mfs.restore(tmp_path / "big.pack")
    with pytest.raises(PathNotFoundError):
        mfs.restore(tmp_path / "missing.pack")
    data = (tmp_path / "big.pack").read_bytes()
    with pytest.raises((DamagedError, NotAStoreError)):
        mfs.restore(data[: len(data) // 2])
    with mfs.open("/d/b", "rb"), pytest.raises(LockedError):
        mfs.restore(tmp_path / "big.pack")
    assert mfs.export_tree() == before
    assert mfs.stats()["used_bytes"] == 4
    roomy = MemoryFileSystem()
    roomy.restore(data)
    assert roomy.export_tree() == big.export_tree()
    assert roomy.export_tree(only_dirty=True) == {}
