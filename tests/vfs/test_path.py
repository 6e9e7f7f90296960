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
    made = VirtualFileSystem()
    for path in ("/a.txt", "/sprites/p.png", "/sprites/deep/q.png", "/odd [1]/x.png"):
        made.write_text(path, path)
    return made


def test_names_are_pathlibs(vfs: VirtualFileSystem) -> None:
    path = vfs / "sprites" / "p.tar.gz"
    pure = PurePosixPath("/sprites/p.tar.gz")
    for name in ("name", "stem", "suffix", "suffixes", "parts"):
        assert getattr(path, name) == getattr(pure, name)
    assert str(path.parent) == str(pure.parent)
    assert [str(above) for above in path.parents] == [str(above) for above in pure.parents]
    assert str(path.with_name("q.png")) == "/sprites/q.png"
    assert str(path.with_stem("q")) == "/sprites/q.gz"
    assert str(path.with_suffix(".png")) == "/sprites/p.tar.png"
    assert str(path.joinpath("..", "x")) == "/sprites/x"
    assert str(path.joinpath("/top")) == "/top"
    assert path.relative_to("/sprites") == PurePosixPath("p.tar.gz")
    assert path.is_relative_to(vfs / "sprites")
    assert not path.is_relative_to("/spri")
    assert path.match("*.gz")
    assert path.match("/sprites/*.gz")
    assert not path.match("/*.gz")
    assert path == VFSPath(vfs, "sprites/p.tar.gz")
    assert path != VFSPath(VirtualFileSystem(), "sprites/p.tar.gz")
    assert len({path, vfs / "sprites/p.tar.gz"}) == 1
    assert repr(path) == "VFSPath('/sprites/p.tar.gz')"
    assert sorted([vfs / "b", vfs / "a"]) == [vfs / "a", vfs / "b"]
    with pytest.raises(InvalidPathError):
        vfs / ".."


def test_looking(vfs: VirtualFileSystem) -> None:
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


def test_changing(vfs: VirtualFileSystem) -> None:
    path = vfs / "new" / "file"
    path.touch()
    assert path.read_bytes() == b""
    with pytest.raises(FileExistsError):
        path.touch(exist_ok=False)
    assert path.write_text("hi") == 2
    with path.open("a") as file:
        file.write("!")
    moved = path.rename("/new/name")
    assert moved.read_text() == "hi!"
    assert moved.replace(vfs / "a.txt").read_text() == "hi!"
    assert not moved.exists()
    (vfs / "p" / "q").mkdir(parents=True)
    (vfs / "p" / "q").rmdir()
    (vfs / "a.txt").unlink()
    (vfs / "a.txt").unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError):
        (vfs / "a.txt").unlink()


def test_it_is_traversable(vfs: VirtualFileSystem) -> None:
    top = vfs.path()
    assert isinstance(top, Traversable)
    assert top.joinpath("sprites", "p.png").read_text() == "/sprites/p.png"
    with importlib.resources.as_file(top / "sprites" / "p.png") as file:
        assert file.read_text() == "/sprites/p.png"
    with pytest.raises(TypeError):
        os.fspath(top / "a.txt")
