"""Removing, renaming and replacing in a tree in which case does not matter: no other spelling remains."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vfsloader import Store, VirtualFileSystem
from vfsloader.layers.folder import FolderLayer

ASKED = ["/meshes/a.nif", "/Meshes/A.nif", "/MESHES/a.NIF", "/mEsHeS/A.NIF"]


@pytest.fixture(params=["memory", "database", "folder"])
def vfs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VirtualFileSystem]:
    where = {"memory": ":memory:", "database": tmp_path / "s.db", "folder": tmp_path / "local"}[request.param]
    if request.param == "folder":
        (tmp_path / "local").mkdir()
    one, two = Store(":memory:"), tmp_path / "mod"
    one.write("/Meshes/A.nif", b"one")
    one.write("/Meshes/B.nif", b"one b")
    one.write("/meshes/c/D.nif", b"one d")
    (two / "MESHES").mkdir(parents=True)
    (two / "MESHES" / "a.NIF").write_bytes(b"two")
    (two / "MESHES" / "A.NIF").write_bytes(b"two again")
    with VirtualFileSystem(where, case_insensitive=True) as tree:
        tree.add_underlay(one, 0, "one")
        tree.add_underlay(FolderLayer(two), 1, "two")
        yield tree


def gone(vfs: VirtualFileSystem, *asked: str) -> None:
    for path in asked:
        assert not vfs.exists(path), path
        assert not vfs.glob(path)
    names = {path.casefold() for folder, _, files in vfs.walk() for path in (f"{folder}/{file}" for file in files)}
    assert not names & {path.casefold() for path in asked}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("how", ["remove", "rmtree", "unlink"])
def test_a_removed_file_is_gone_in_each_spelling(vfs: VirtualFileSystem, asked: str, how: str) -> None:
    getattr(vfs, how)(asked)
    gone(vfs, *ASKED)
    assert vfs.read_bytes("/meshes/b.nif") == b"one b"
    vfs.write_bytes(asked.swapcase(), b"again")
    for path in ASKED:
        assert vfs.read_bytes(path) == b"again"
    vfs.remove(ASKED[0])
    gone(vfs, *ASKED)


@pytest.mark.parametrize("asked", ASKED)
def test_a_renamed_file_is_gone_in_each_spelling(vfs: VirtualFileSystem, asked: str) -> None:
    vfs.write_bytes("/meshes/A.NIF", b"mine")
    vfs.rename(asked, "/New.nif")
    gone(vfs, *ASKED)
    assert vfs.read_bytes("/NEW.NIF") == b"mine"


@pytest.mark.parametrize("asked", ["/meshes", "/Meshes", "/MESHES"])
@pytest.mark.parametrize("how", ["rmtree", "rename"])
def test_a_removed_folder_is_gone_in_each_spelling(vfs: VirtualFileSystem, asked: str, how: str) -> None:
    vfs.write_bytes("/mEshes/own.nif", b"own")
    vfs.rmtree(asked) if how == "rmtree" else vfs.rename(asked, "/other")
    gone(vfs, *ASKED, "/meshes/b.nif", "/meshes/own.nif", "/meshes/c/d.nif")
    assert not vfs.exists("/mesHES")
    vfs.mkdir("/MESHES")
    gone(vfs, *ASKED, "/meshes/own.nif")
    assert vfs.listdir("/meshes") == []


def test_a_batch_that_is_undone_shows_them_again(vfs: VirtualFileSystem) -> None:
    with pytest.raises(RuntimeError), vfs.atomic_batch():
        vfs.remove("/meshes/a.nif")
        gone(vfs, *ASKED)
        raise RuntimeError
    for path in ASKED:
        assert vfs.exists(path)


def test_spellings_in_the_writable_layer_itself(tmp_path: Path) -> None:
    local = Store(":memory:")
    local.write("/a/X.png", b"1")
    local.write("/a/x.PNG", b"2")
    local.write("/A/x.png", b"3")
    vfs = VirtualFileSystem(local, case_insensitive=True)
    vfs.remove("/A/X.PNG")
    assert not [path for path in local.glob("/**") if path.endswith(("png", "PNG"))]
