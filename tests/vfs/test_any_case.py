"""Mods that were made on Windows, and the local layer as a folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vfsloader import Store, VirtualFileSystem
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.writable_folder import WritableFolderLayer


@pytest.fixture
def folded() -> VirtualFileSystem:
    base, windows = Store(":memory:"), Store(":memory:")
    for path in ("/sprites/p.png", "/sprites/q.png", "/Music/a.ogg", "/Music/A.ogg"):
        base.write(path, b"base " + path.encode())
    for path in ("/Sprites/P.PNG", "/SPRITES2/x.png", "/Sprites/New.png"):
        windows.write(path, b"windows " + path.encode())
    vfs = VirtualFileSystem(case_insensitive=True)
    vfs.add_underlay(base, 0, "base")
    vfs.add_underlay(windows, 1, "windows")
    return vfs


def test_case_matters_unless_asked() -> None:
    vfs = VirtualFileSystem()
    vfs.write_text("/Sprites/P.PNG", "x")
    assert not vfs.exists("/sprites/p.png")


def test_a_mod_from_windows_overrides(folded: VirtualFileSystem) -> None:
    assert folded.read_bytes("/sprites/p.png") == b"windows /Sprites/P.PNG"
    assert folded.read_bytes("/SPRITES/Q.png") == b"base /sprites/q.png"
    assert folded.which_layer("/sprites/p.png") == "windows"
    with folded.open("/sPRITES/nEW.PNG", "rb") as file:
        assert file.read() == b"windows /Sprites/New.png"


def test_the_exact_name_wins(folded: VirtualFileSystem) -> None:
    assert folded.read_bytes("/Music/a.ogg") == b"base /Music/a.ogg"
    assert folded.read_bytes("/Music/A.ogg") == b"base /Music/A.ogg"
    assert folded.read_bytes("/music/A.OGG") in (b"base /Music/a.ogg", b"base /Music/A.ogg")


def test_folders_show_each_name_once(folded: VirtualFileSystem) -> None:
    assert folded.listdir("/") == ["Music", "SPRITES2", "sprites"]
    assert folded.listdir("/SPRITES") == ["New.png", "p.png", "q.png"]
    assert folded.glob("/SPRITES/*.PNG") == ["/sprites/New.png", "/sprites/p.png", "/sprites/q.png"]
    assert [folder for folder, _, _ in folded.walk()] == ["/", "/Music", "/SPRITES2", "/sprites"]


def test_changing_keeps_the_spelling(folded: VirtualFileSystem) -> None:
    folded.write_text("/SPRITES/P.png", "mine")
    assert folded.listdir("/sprites") == ["New.png", "p.png", "q.png"]
    assert folded.read_text("/sprites/p.png") == "mine"
    with folded.open("/SPRITES/q.PNG", "ab") as file:
        file.write(b"!")
    assert folded.read_bytes("/sprites/q.png") == b"base /sprites/q.png!"
    folded.remove("/Sprites/P.PNG")
    assert not folded.exists("/sprites/p.png")
    assert folded.listdir("/sprites") == ["New.png", "q.png"]
    folded.rmtree("/SPRITES")
    assert folded.listdir("/") == ["Music", "SPRITES2"]


def test_a_live_folder_is_looked_at_again(tmp_path: Path) -> None:
    vfs = VirtualFileSystem(case_insensitive=True)
    vfs.add_underlay(FolderLayer(tmp_path))
    assert not vfs.exists("/readme.txt")
    (tmp_path / "README.TXT").write_text("x")
    assert vfs.read_text("/readme.txt") == "x"


def test_a_folder_can_be_the_local_layer(tmp_path: Path) -> None:
    base = Store(":memory:")
    base.write("/a/x.txt", b"base")
    local = tmp_path / "dev"
    local.mkdir()
    with VirtualFileSystem(local) as vfs:
        vfs.add_underlay(base, name="base")
        vfs.write_text("/a/y.txt", "loose")
        assert (local / "a" / "y.txt").read_text() == "loose"
        vfs.remove("/a/x.txt")
        assert vfs.listdir("/a") == ["y.txt"]
        (local / "a" / "z.txt").write_text("by hand")
        assert vfs.listdir("/a") == ["y.txt", "z.txt"]
        assert vfs.list_layers()[0] == {
            "name": "local",
            "priority": float("inf"),
            "db_path": str(local),
            "writable": True,
        }
    with VirtualFileSystem(local) as vfs:
        vfs.add_underlay(base, name="base")
        assert vfs.listdir("/a") == ["y.txt", "z.txt"]
    assert sorted(os.listdir(local / "a")) == [".wh.x.txt", "y.txt", "z.txt"]


def test_writing_a_folder_keeps_modes_and_cleans_up(tmp_path: Path) -> None:
    layer = WritableFolderLayer(tmp_path)
    layer.write("/run.sh", b"one")
    os.chmod(tmp_path / "run.sh", 0o755)
    layer.write("/run.sh", b"two")
    assert (tmp_path / "run.sh").stat().st_mode & 0o777 == 0o755
    with pytest.raises(FileExistsError):
        layer.write("/run.sh", b"three", exclusive=True)
    with pytest.raises(RuntimeError), layer.transaction():
        layer.write("/run.sh", b"four")
        layer.remove("/run.sh")
        layer.write("/other", b"x")
        raise RuntimeError
    assert os.listdir(tmp_path) == ["run.sh"]
    assert (tmp_path / "run.sh").read_bytes() == b"two"
