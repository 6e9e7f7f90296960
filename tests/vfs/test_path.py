"""Paths with their file system: the names of pathlib, and what they do to the tree."""

from __future__ import annotations

import importlib.resources
import os
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

import pytest

from vfsloader import VFSPath, VirtualFileSystem
from vfsloader.errors import InvalidPathError


@pytest.fixture
def vfs() -> VirtualFileSystem:
    vfs = VirtualFileSystem()
    for path in ("/a.txt", "/sprites/p.png", "/sprites/deep/q.png", "/odd [1]/x.png"):
        vfs.write_text(path, path)
    return vfs


@pytest.mark.parametrize("text", ["/sprites/p.tar.gz", "/sprites", "/", "/.hidden", "/a/b.c/d"])
@pytest.mark.parametrize("name", ["name", "stem", "suffix", "suffixes", "parts"])
def test_parts_are_those_of_pathlib(vfs: VirtualFileSystem, text: str, name: str) -> None:
    assert getattr(vfs.path(text), name) == getattr(PurePosixPath(text), name)


def test_other_paths_are_made_as_pathlib_makes_them(vfs: VirtualFileSystem) -> None:
    path = vfs / "sprites" / "p.tar.gz"
    assert path.parent == vfs / "sprites"
    assert path.parents == (vfs / "sprites", vfs.path("/"))
    assert vfs.path("/").parent == vfs.path("/")
    assert path.with_name("q.png") == vfs / "sprites/q.png"
    assert path.with_stem("q") == vfs / "sprites/q.gz"
    assert path.with_suffix(".png") == vfs / "sprites/p.tar.png"
    assert path.joinpath("..", "x") == vfs / "sprites/x"
    assert path.joinpath("/top") == vfs / "top"
    with pytest.raises(InvalidPathError):
        vfs / ".."


def test_paths_are_compared_with_folders_and_patterns(vfs: VirtualFileSystem) -> None:
    path = vfs / "sprites" / "p.tar.gz"
    assert path.relative_to("/sprites") == PurePosixPath("p.tar.gz")
    assert path.is_relative_to(vfs / "sprites")
    assert not path.is_relative_to("/spri")
    assert path.match("*.gz")
    assert path.match("/sprites/*.gz")
    assert not path.match("/*.gz")


def test_paths_are_equal_in_one_file_system(vfs: VirtualFileSystem) -> None:
    path = vfs / "sprites" / "p.tar.gz"
    assert path == VFSPath(vfs, "sprites/p.tar.gz")
    assert path != VFSPath(VirtualFileSystem(), "sprites/p.tar.gz")
    assert len({path, vfs / "sprites/p.tar.gz"}) == 1
    assert repr(path) == "VFSPath('/sprites/p.tar.gz')"
    assert sorted([vfs / "b", vfs / "a"]) == [vfs / "a", vfs / "b"]


def test_reading_the_tree(vfs: VirtualFileSystem) -> None:
    top = vfs.path()
    assert [path.name for path in top.iterdir()] == ["a.txt", "odd [1]", "sprites"]
    assert [str(path) for path in top.rglob("*.png")] == ["/odd [1]/x.png", "/sprites/deep/q.png", "/sprites/p.png"]
    assert [str(path) for path in (vfs / "odd [1]").glob("*")] == ["/odd [1]/x.png"]
    assert [(str(folder), names) for folder, _, names in (vfs / "sprites").walk()] == [
        ("/sprites", ["p.png"]),
        ("/sprites/deep", ["q.png"]),
    ]
    assert (vfs / "a.txt").is_file()
    assert (vfs / "sprites").is_dir()
    assert not (vfs / "nope").exists()
    assert (vfs / "a.txt").stat().st_size == 6
    assert vfs.read_text(vfs / "a.txt") == "/a.txt"


def test_an_absolute_glob_is_refused(vfs: VirtualFileSystem) -> None:
    with pytest.raises(InvalidPathError):
        (vfs / "sprites").glob("/*")


def test_touch_makes_an_empty_file(vfs: VirtualFileSystem) -> None:
    path = vfs / "new" / "file"
    path.touch()
    assert path.read_bytes() == b""
    with pytest.raises(FileExistsError):
        path.touch(exist_ok=False)
    (vfs / "a.txt").touch()
    assert vfs.read_text("/a.txt") == "/a.txt"


def test_writing(vfs: VirtualFileSystem) -> None:
    path = vfs / "new" / "file"
    assert path.write_bytes(b"old") == 3
    assert path.write_text("hü") == 2
    with path.open("a") as file:
        file.write("!")
    assert path.read_text() == "hü!"


def test_rename_returns_the_new_path(vfs: VirtualFileSystem) -> None:
    path = vfs / "a.txt"
    assert path.rename("/new/name") == vfs / "new" / "name"
    assert not path.exists()
    with pytest.raises(FileExistsError):
        (vfs / "new" / "name").rename("/sprites/p.png")
    assert vfs.read_text("/sprites/p.png") == "/sprites/p.png"


def test_replace_moves_over_a_file(vfs: VirtualFileSystem) -> None:
    path = vfs / "sprites" / "p.png"
    assert path.replace(vfs / "a.txt") == vfs / "a.txt"
    assert vfs.read_text("/a.txt") == "/sprites/p.png"
    assert not path.exists()


def test_replacing_a_file_by_itself_keeps_it(vfs: VirtualFileSystem) -> None:
    path = vfs / "a.txt"
    assert path.replace(path).read_text() == "/a.txt"


def test_folders_are_made_and_removed(vfs: VirtualFileSystem) -> None:
    path = vfs / "p" / "q"
    with pytest.raises(FileNotFoundError):
        path.mkdir()
    path.mkdir(parents=True)
    assert path.is_dir()
    path.rmdir()
    assert not path.exists()


def test_unlink_removes_a_file(vfs: VirtualFileSystem) -> None:
    path = vfs / "a.txt"
    path.unlink()
    assert not path.exists()
    path.unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError):
        path.unlink()


def test_it_is_traversable(vfs: VirtualFileSystem) -> None:
    top = vfs.path()
    assert isinstance(top, Traversable)
    assert top.joinpath("sprites", "p.png").read_text() == "/sprites/p.png"
    with importlib.resources.as_file(top / "sprites" / "p.png") as file:
        assert file.read_text() == "/sprites/p.png"
    with pytest.raises(TypeError):
        os.fspath(top / "a.txt")
