"""Folders on disks that ignore case, refuse names, or lock files that are open.

With VFSLOADER_DISK the tests run in a folder of such a disk; else what the disk does is done by the tests.
"""

from __future__ import annotations

import errno
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from vfsloader import FolderLayer, VirtualFileSystem
from vfsloader.errors import AccessDeniedError, InvalidPathError, PathExistsError, PathNotFoundError
from vfsloader.layers.stored_names import refuse_names
from vfsloader.layers.writable_folder import WritableFolderLayer
from vfsloader.runtime import atomic, disk_names

_DISK = os.environ.get("VFSLOADER_DISK")


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of a disk that ignores case."""
    if _DISK is not None:
        with tempfile.TemporaryDirectory(dir=_DISK) as folder:
            yield Path(folder)
        return
    real = {name: getattr(os, name) for name in ("stat", "lstat", "open", "replace", "rename", "mkdir", "access")}

    def spelled(path: str | os.PathLike[str]) -> str:
        text = os.fspath(path)
        if not isinstance(text, str) or not text.startswith(str(tmp_path)):
            return text
        place = str(tmp_path)
        for name in text[len(place) :].split("/")[1:]:
            try:
                same = [found for found in os.listdir(place) if found.casefold() == name.casefold()]
            except OSError:
                same = []
            place = f"{place}/{name if name in same or not same else same[0]}"
        return place

    def at(name: str) -> Callable[..., Any]:
        return lambda path, *values, **options: real[name](
            spelled(path) if isinstance(path, (str, Path)) else path, *values, **options
        )

    def moving(name: str) -> Callable[..., Any]:
        return lambda old, new: real[name](spelled(old), new if spelled(old) == spelled(new) else spelled(new))

    for name in real:
        monkeypatch.setattr(os, name, moving(name) if name in ("replace", "rename") else at(name))
    monkeypatch.setattr(os.path, "lexists", lambda path: real["access"](spelled(path), os.F_OK))
    yield tmp_path


def test_only_the_exact_case_is_found(disk: Path) -> None:
    (disk / "Sprites").mkdir()
    (disk / "Sprites/SHIP.PNG").write_bytes(b"ship")
    for live in (True, False):
        layer = FolderLayer(disk, live=live, name="base")
        assert layer.find("/Sprites/SHIP.PNG") is not None
        for wrong in ("/sprites/SHIP.PNG", "/Sprites/ship.png", "/SPRITES", "/Sprites/SHIP.png"):
            assert layer.find(wrong) is None, wrong
        assert [entry.path for entry in layer.list("/Sprites")] == ["/Sprites/SHIP.PNG"]
        assert not list(layer.list("/sprites"))
        vfs = VirtualFileSystem()
        vfs.add_underlay(layer)
        with pytest.raises(
            PathNotFoundError, match=r"the file is /Sprites/SHIP\.PNG: .*on Linux players would not find"
        ):
            vfs.read_bytes("/Sprites/ship.png")
    (disk / "Sprites/new.png").write_bytes(b"new")
    assert layer.find("/Sprites/NEW.png") is None
    layer.refresh()
    assert layer.find("/Sprites/new.png") is not None


def test_a_live_folder_sees_new_and_renamed_files(disk: Path) -> None:
    layer = FolderLayer(disk)
    assert layer.find("/a.txt") is None
    (disk / "a.txt").write_text("1")
    assert layer.find("/a.txt") is not None
    assert layer.find("/A.txt") is None
    (disk / "b.txt").write_text("2")
    assert layer.find("/b.txt") is not None
    os.unlink(disk / "a.txt")
    assert layer.find("/a.txt") is None


def test_a_write_never_changes_the_case_of_a_name(disk: Path) -> None:
    (disk / "local").mkdir()
    with VirtualFileSystem(disk / "local") as vfs:
        vfs.write_text("/Top.txt", "old")
        with pytest.raises(PathExistsError, match=r"the file is Top\.txt there, and this disk ignores case"):
            vfs.write_text("/TOP.txt", "new")
        vfs.write_text("/Folder/x", "1")
        with pytest.raises(PathExistsError, match="the file is Folder there"):
            vfs.write_text("/folder/y", "1")
        assert sorted(os.listdir(disk / "local")) == ["Folder", "Top.txt"]
        assert vfs.read_text("/Top.txt") == "old"


@pytest.fixture
def folder(tmp_path: Path) -> WritableFolderLayer:
    return WritableFolderLayer(tmp_path)


@pytest.mark.parametrize("name", ["a:b", "aux.txt", "trail.", "trail ", "a?b", "COM1", "x" * 256])
def test_names_that_windows_would_change_are_refused_there(name: str) -> None:
    refuse_names(f"/folder/{name}", system="posix")
    with pytest.raises(InvalidPathError):
        refuse_names(f"/folder/{name}", system="nt")
    refuse_names("/folder/" + "é" * 255, system="nt")


def test_a_name_that_the_disk_refuses_is_named(folder: WritableFolderLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_old: object, _new: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(InvalidPathError, match="cannot write /a:b: Windows does not allow ':' in a name"):
        folder.write("/a:b", b"1")
    monkeypatch.undo()
    assert os.listdir(folder.path) == []


def test_a_file_that_is_open_elsewhere_is_waited_for(
    folder: WritableFolderLayer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder.write("/a", b"old")
    real, refusals = os.replace, 3

    def busy(old: str, new: str) -> None:
        nonlocal refusals
        refusals -= 1
        if refusals >= 0:
            raise PermissionError(errno.EACCES, "Permission denied", old)
        real(old, new)

    monkeypatch.setattr(os, "replace", busy)
    folder.write("/a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    refusals = 2
    atomic.write_whole(tmp_path / "state.json", b"{}")
    refusals = 10**9
    monkeypatch.setattr(disk_names, "BUSY_SECONDS", 0.01)
    for write in (lambda: folder.write("/a", b"lost"), lambda: atomic.write_whole(tmp_path / "a", b"lost")):
        with pytest.raises(AccessDeniedError, match="another program has it open"):
            write()
    assert (tmp_path / "a").read_bytes() == b"new"
    assert sorted(os.listdir(tmp_path)) == ["a", "state.json"]


def test_a_real_lock_is_waited_for(disk: Path) -> None:
    (disk / "a").write_bytes(b"old")
    holder = (disk / "a").open("rb")
    timer = threading.Timer(0.2, holder.close)
    timer.start()
    try:
        atomic.write_whole(disk / "a", b"new")
    finally:
        timer.join()
    assert (disk / "a").read_bytes() == b"new"
