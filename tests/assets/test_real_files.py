"""Real files: a folder's own, copies named by their content, and whole folders of the disk."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vfsloader import FolderLayer, VirtualFileSystem
from vfsloader.assets.real_files import RealFiles
from vfsloader.assets.snapshots import Snapshot, Snapshots
from vfsloader.store.memory.store import MemoryStore


@pytest.fixture
def vfs(tmp_path: Path) -> VirtualFileSystem:
    folder = tmp_path / "base" / "maps" / "deep"
    folder.mkdir(parents=True)
    (folder / "town.tmx").write_text("a town")
    store = MemoryStore("memory")
    for path in ("/maps/tiles.PNG", "/maps/copy.png", "/sounds/a.tar.gz", "/README"):
        store.write(path, b"same bytes")
    store.make_folder("/maps/empty")
    vfs = VirtualFileSystem()
    vfs.add_underlay(FolderLayer(tmp_path / "base"), name="folder")
    vfs.add_underlay(store, name="memory")
    return vfs


@pytest.fixture(params=[None, "cache"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RealFiles]:
    files = RealFiles(None if request.param is None else tmp_path / request.param)
    yield files
    files.close()


def look(vfs: VirtualFileSystem, path: str) -> Snapshot:
    return Snapshots(vfs).look(path)


def test_a_folders_file_is_itself(vfs: VirtualFileSystem, files: RealFiles, tmp_path: Path) -> None:
    path = files.real_path(look(vfs, "/maps/deep/town.tmx"))
    assert path == str(tmp_path / "base" / "maps" / "deep" / "town.tmx")


@pytest.mark.parametrize(
    ("path", "suffix"), [("/maps/tiles.PNG", ".png"), ("/sounds/a.tar.gz", ".gz"), ("/README", "")]
)
def test_a_copy_is_named_by_its_content_and_suffix(
    vfs: VirtualFileSystem, files: RealFiles, path: str, suffix: str
) -> None:
    copy = Path(files.real_path(look(vfs, path)))
    assert copy.read_bytes() == b"same bytes"
    assert copy.name == hashlib.sha256(b"same bytes").hexdigest() + suffix


def test_files_of_the_same_bytes_share_a_copy(vfs: VirtualFileSystem, files: RealFiles) -> None:
    copies = {files.real_path(look(vfs, path)) for path in ("/maps/tiles.PNG", "/maps/copy.png")}
    assert len(copies) == 1
    names = [name for name in os.listdir(Path(copies.pop()).parent) if name != ".in-use"]  # a temporary folder's lock
    assert names == [hashlib.sha256(b"same bytes").hexdigest() + ".png"]


def test_a_copy_is_made_once(vfs: VirtualFileSystem, files: RealFiles) -> None:
    snapshot = look(vfs, "/README")
    first = os.stat(files.real_path(snapshot))
    assert os.stat(files.real_path(snapshot)).st_ino == first.st_ino


def test_a_large_file_is_copied_whole(files: RealFiles) -> None:
    content = bytes(range(256)) * 10_000
    vfs = VirtualFileSystem()
    vfs.write_bytes("/big.bin", content)
    assert Path(files.real_path(look(vfs, "/big.bin"))).read_bytes() == content


def test_copies_of_a_cache_stay_and_temporary_ones_go(vfs: VirtualFileSystem, tmp_path: Path) -> None:
    kept, temporary = RealFiles(tmp_path / "cache"), RealFiles(None)
    snapshot = look(vfs, "/README")
    copies = [Path(files.real_path(snapshot)) for files in (kept, temporary)]
    assert copies[0].parent == tmp_path / "cache" / "files"
    for files in (kept, temporary):
        files.close()
        files.close()
    assert [copy.exists() for copy in copies] == [True, False]
    assert not copies[1].parent.exists()


def on_disk(top: str) -> dict[str, bytes | None]:
    """Every file below a folder with its bytes, and every folder with None."""
    below = sorted(Path(top).rglob("*"))
    return {str(path.relative_to(top)): path.read_bytes() if path.is_file() else None for path in below}


def test_a_folder_of_the_disk_has_the_merged_files(vfs: VirtualFileSystem, files: RealFiles) -> None:
    assert on_disk(files.mirror(vfs.union, "/maps")) == {
        "copy.png": b"same bytes",
        "deep": None,
        "deep/town.tmx": b"a town",
        "empty": None,
        "tiles.PNG": b"same bytes",
    }


def test_the_whole_tree_can_be_a_folder_of_the_disk(vfs: VirtualFileSystem, files: RealFiles) -> None:
    mirror = on_disk(files.mirror(vfs.union, "/"))
    assert (mirror["README"], mirror["maps/deep/town.tmx"]) == (b"same bytes", b"a town")


def test_files_of_a_folder_of_the_disk_are_not_links_that_lead_elsewhere(
    vfs: VirtualFileSystem, files: RealFiles
) -> None:
    assert not any(path.is_symlink() for path in Path(files.mirror(vfs.union, "/")).rglob("*"))


def test_files_are_copied_where_the_disk_has_no_links(
    vfs: VirtualFileSystem, files: RealFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    assert on_disk(files.mirror(vfs.union, "/maps/deep")) == {"town.tmx": b"a town"}


def test_each_folder_of_the_disk_is_its_own_and_goes_in_the_end(vfs: VirtualFileSystem, files: RealFiles) -> None:
    mirrors = [Path(files.mirror(vfs.union, "/maps")) for _ in range(2)]
    assert mirrors[0] != mirrors[1]
    files.close()
    assert not any(mirror.exists() for mirror in mirrors)


def test_a_folder_shows_the_tree_as_it_was(vfs: VirtualFileSystem, files: RealFiles) -> None:
    mirror = files.mirror(vfs.union, "/sounds")
    vfs.write_bytes("/sounds/new.ogg", b"")
    assert list(on_disk(mirror)) == ["a.tar.gz"]
