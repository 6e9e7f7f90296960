"""Layers say themselves which file of the disk has an entry's bytes, whatever views are around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from vfsloader import FolderLayer, ResourceManager, Store, VirtualFileSystem
from vfsloader.game.trace import Trace, TracedLayer
from vfsloader.layers import CaseInsensitiveLayer, Layer, MountedLayer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base" / "sounds").mkdir(parents=True)
    (tmp_path / "base" / "sounds" / "a.ogg").write_bytes(b"OggS")
    return tmp_path / "base"


def test_through_every_view(folder: Path, tmp_path: Path) -> None:
    trace = Trace(str(tmp_path / "order.txt"))
    layer: Layer = FolderLayer(folder)
    vfs = VirtualFileSystem()
    vfs.add_underlay(CaseInsensitiveLayer(TracedLayer(MountedLayer(layer, mount="/mods/x"), trace)))
    layer = MountedLayer(vfs.as_layer(), root="/mods")
    entry = layer.find("/x/SOUNDS/a.ogg")
    assert entry is not None
    assert layer.disk_path(entry) == str(folder / "sounds" / "a.ogg")
    assert layer.read(entry) == b"OggS"
    trace.close()


def test_bytes_that_are_not_a_file_of_their_own_have_none() -> None:
    store = Store()
    store.write("/a", b"1")
    layer = MountedLayer(store)
    entry = layer.find("/a")
    assert entry is not None
    assert layer.disk_path(entry) is None


@pytest.mark.parametrize("is_traced", [False, True])
def test_a_game_plays_the_file_itself(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_traced: bool
) -> None:
    if is_traced:
        monkeypatch.setenv("VFSLOADER_TRACE", str(tmp_path / "order.txt"))
    with ResourceManager(folder, watch=False) as game:
        assert game.real_path("/sounds/a.ogg") == str(folder / "sounds" / "a.ogg")
    if is_traced:
        assert (tmp_path / "order.txt").read_text() == "/sounds/a.ogg\n"
