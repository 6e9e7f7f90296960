"""A save that another program replaces, cuts or deletes while it is open: an error, and neither file is lost."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vfsloader import Store, VirtualFileSystem
from vfsloader.collections import PersistentDict, PersistentList
from vfsloader.errors import PathError

OLD, NEW = os.urandom(50_000), os.urandom(60_000)


def make(path: Path, content: bytes, extra: int = 0) -> bytes:
    with VirtualFileSystem(path) as vfs:
        vfs.write_bytes("/level", content)
        for number in range(extra):
            vfs.write_bytes(f"/more/{number}", content)
    return path.read_bytes()


def write(vfs: VirtualFileSystem, scores: Any) -> None:
    vfs.write_bytes("/later", b"x")


def batch(vfs: VirtualFileSystem, scores: Any) -> None:
    with vfs.atomic_batch():
        vfs.write_bytes("/later", b"x")
        vfs.write_bytes("/level", b"y")


def stream(vfs: VirtualFileSystem, scores: Any) -> None:
    with vfs.open("/level", "ab") as file:
        file.write(b"x")


def set_item(vfs: VirtualFileSystem, scores: Any) -> None:
    scores["b"] = 2


def append(vfs: VirtualFileSystem, scores: Any) -> None:
    scores["list"].append(2)


def sync(vfs: VirtualFileSystem, scores: Any) -> None:
    vfs.sync()


def compact(vfs: VirtualFileSystem, scores: Any) -> None:
    scores.compact()


def close(vfs: VirtualFileSystem, scores: Any) -> None:
    vfs.close()


WAYS = [write, batch, stream, set_item, append, sync, compact, close]


@pytest.mark.parametrize("way", WAYS)
def test_a_replaced_save(tmp_path: Path, way: Callable[[VirtualFileSystem, Any], None]) -> None:
    path = tmp_path / "save.db"
    new = make(tmp_path / "new.db", NEW)
    vfs = VirtualFileSystem(path)
    vfs.write_bytes("/level", OLD)
    scores = PersistentDict(vfs, name="s")
    scores["a"] = 1
    scores["list"] = PersistentList(scores)
    os.replace(tmp_path / "new.db", path)
    with pytest.raises(PathError, match="was replaced by another file while it was open") as caught:
        way(vfs, scores)
    assert "save.rescued.db" in str(caught.value)
    if way is not close:
        with pytest.raises(PathError):
            vfs.write_bytes("/again", b"x")
        vfs.close()
    assert path.read_bytes() == new
    assert sorted(os.listdir(tmp_path)) == ["save.db", "save.rescued.db"]
    with VirtualFileSystem(path) as opened:
        assert opened.read_bytes("/level") == NEW
        assert opened.listdir("/") == ["level"]
    with VirtualFileSystem(tmp_path / "save.rescued.db") as opened:
        assert opened.read_bytes("/level") == OLD
        assert PersistentDict(opened, name="s")["a"] == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_deleted_save(tmp_path: Path, way: Callable[[VirtualFileSystem, Any], None]) -> None:
    path = tmp_path / "save.db"
    vfs = VirtualFileSystem(path)
    vfs.write_bytes("/level", OLD)
    scores = PersistentDict(vfs, name="s")
    scores["list"] = PersistentList(scores)
    path.unlink()
    with pytest.raises(PathError, match="was deleted while it was open"):
        way(vfs, scores)
    if way is not close:
        vfs.close()
    assert os.listdir(tmp_path) == ["save.rescued.db"]
    with VirtualFileSystem(tmp_path / "save.rescued.db") as opened:
        assert opened.read_bytes("/level") == OLD


def test_a_save_is_replaced_in_the_middle_of_a_transaction(tmp_path: Path) -> None:
    path = tmp_path / "save.db"
    new = make(tmp_path / "new.db", NEW)
    vfs = VirtualFileSystem(path)
    vfs.write_bytes("/level", OLD)
    with pytest.raises(PathError, match="replaced"), vfs.atomic_batch():
        vfs.write_bytes("/later", b"x")
        os.replace(tmp_path / "new.db", path)
    vfs.close()
    assert path.read_bytes() == new
    with VirtualFileSystem(tmp_path / "save.rescued.db") as opened:
        assert opened.listdir("/") == ["level"]


@pytest.mark.parametrize("how", ["empty", "cut", "overwritten"])
def test_a_save_that_is_cut_or_overwritten_in_place(tmp_path: Path, how: str) -> None:
    path = tmp_path / "save.db"
    new = make(tmp_path / "new.db", NEW)
    make(path, OLD, extra=20)
    store = Store(path)  # read without a memory map
    store.write("/later", b"x")
    if how == "empty":
        os.truncate(path, 0)
    elif how == "cut":
        os.truncate(path, 16384)
    else:
        shutil.copyfile(tmp_path / "new.db", path)
    left = path.read_bytes()
    with pytest.raises(PathError, match="was cut short or overwritten while it was open"):
        store.write("/more", b"x")
    store.close()
    assert path.read_bytes() == left
    assert not (tmp_path / "save.db-wal").exists()
    if how == "overwritten":
        assert left == new
        with VirtualFileSystem(path) as opened:
            assert opened.read_bytes("/level") == NEW


def later_version(path: Path, copy: Path) -> None:
    """Make what another machine may have made of a save: the same, and more."""
    shutil.copyfile(path, copy)
    shutil.copyfile(f"{path}-wal", f"{copy}-wal")
    with VirtualFileSystem(copy) as vfs:
        vfs.write_bytes("/level", NEW)


@pytest.mark.skipif(os.name != "posix", reason="Windows lets nobody write into a file that SQLite has open")
@pytest.mark.parametrize("is_reopened", [False, True])
@pytest.mark.parametrize("is_another", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_a_save_that_is_overwritten_in_place_by_a_file_that_is_not_shorter(
    tmp_path: Path, way: Callable[[VirtualFileSystem, Any], None], is_reopened: bool, is_another: bool
) -> None:
    path = tmp_path / "save.db"
    if is_reopened:
        make(path, OLD, extra=3)
    vfs = VirtualFileSystem(path)
    vfs.write_bytes("/level", OLD)
    scores = PersistentDict(vfs, name="s")
    scores["a"] = 1
    scores["list"] = PersistentList(scores)
    if is_another:
        make(tmp_path / "new.db", NEW, extra=6)
    else:
        later_version(path, tmp_path / "new.db")
    new = (tmp_path / "new.db").read_bytes()
    path.write_bytes(new)
    with pytest.raises(PathError, match="was overwritten while it was open"):
        way(vfs, scores)
    if way is not close:
        with pytest.raises(PathError):
            vfs.write_bytes("/again", b"x")
        vfs.close()
    assert path.read_bytes() == new
    with VirtualFileSystem(path) as opened:
        assert opened.read_bytes("/level") == NEW
        assert not opened.exists("/later")


def test_a_save_whose_time_of_change_is_set_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "save.db"
    make(path, OLD)
    with VirtualFileSystem(path) as vfs:
        for turn in range(3):
            vfs.write_bytes("/level", bytes([turn]) * 50_000)
            os.utime(path, (turn, turn))
            if turn == 1:
                vfs.sync()
                os.utime(path, (9, 9))
    with VirtualFileSystem(path) as vfs:
        assert vfs.read_bytes("/level") == b"\2" * 50_000


def test_the_folder_of_a_save_is_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "saves"
    folder.mkdir()
    vfs = VirtualFileSystem(folder / "save.db")
    vfs.write_bytes("/level", OLD)
    shutil.rmtree(folder)
    with pytest.raises(PathError, match="was deleted"):
        vfs.write_bytes("/level", NEW)
    assert vfs.read_bytes("/level") == OLD  # until it is closed
    vfs.close()


def test_what_others_may_do_is_no_replacement(tmp_path: Path) -> None:
    """Growing, shrinking and checkpoints by another connection."""
    path = tmp_path / "save.db"
    with VirtualFileSystem(path) as one, VirtualFileSystem(path) as two:
        for turn in range(4):
            one.write_bytes("/big", os.urandom(3_000_000))
            two.sync()
            one.remove("/big")
            PersistentDict(two, name="s").compact()
            one.sync()
            one.write_bytes("/small", bytes([turn]))
            two.write_bytes("/small", bytes([turn + 1]))
    assert os.listdir(tmp_path) == ["save.db"]
