"""Packs that are not files of the disk."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.packs.trees import files_of, sample, write_tree
from vfsloader import Layer, Store, VirtualFileSystem, open_layer, packs
from vfsloader.errors import UnknownFormatError
from vfsloader.testing.conformance import LayerConformance


def make_pack(folder: Path, files: Mapping[str, bytes], *, compress: bool = False) -> bytes:
    store = Store(":memory:")
    for path, data in files.items():
        store.write(path, data)
    packs.build(store, folder / "inner.pack", compress=compress, overwrite=True)
    return (folder / "inner.pack").read_bytes()


class TestPackInMemory(LayerConformance):
    def make_layer(self, files: Mapping[str, bytes], tmp_path: Path) -> Layer:
        return open_layer(make_pack(tmp_path, files))


class TestPackInAPack(LayerConformance):
    def make_layer(self, files: Mapping[str, bytes], tmp_path: Path) -> Layer:
        outer = write_tree(tmp_path / "src", {"/dlc/inner.pack": make_pack(tmp_path, files)})
        packs.build(outer, tmp_path / "outer.pack")
        self.vfs = VirtualFileSystem()
        self.vfs.add_underlay(open_layer(tmp_path / "outer.pack"))
        return open_layer(self.vfs.path("/dlc/inner.pack"))


class TestCompressedPack(LayerConformance):
    def make_layer(self, files: Mapping[str, bytes], tmp_path: Path) -> Layer:
        make_pack(tmp_path, files, compress=True)
        return open_layer(tmp_path / "inner.pack")


def test_three_deep_and_compressed(tmp_path: Path) -> None:
    files = sample()
    data = make_pack(tmp_path, files, compress=True)
    for _ in range(2):
        data = make_pack(tmp_path, {"/inner.pack": data}, compress=True)
    layer = open_layer(data)
    for _ in range(2):
        layer = open_layer(layer.open(layer.find("/inner.pack")))
    assert files_of(layer) == files
    layer.close()
    layer.close()


def test_a_zip_in_a_pack(tmp_path: Path) -> None:
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as out:
        out.writestr("a.txt", "a")
    with VirtualFileSystem() as vfs:
        vfs.write_bytes("/mods/x.zip", zipped.getvalue())
        with open_layer(vfs.path("/mods/x.zip")) as layer:
            assert files_of(layer) == {"/a.txt": b"a"}
        with open_layer(zipped.getvalue(), name="bytes") as layer:
            assert (layer.name, files_of(layer)) == ("bytes", {"/a.txt": b"a"})
        vfs.write_bytes("/text", b"text")
        for source in (vfs.path("/text"), b"text", io.BytesIO(b"text")):
            with pytest.raises(UnknownFormatError):
                open_layer(source)


def test_many_threads_read_one(tmp_path: Path) -> None:
    files = sample()
    with open_layer(io.BytesIO(make_pack(tmp_path, files))) as layer, ThreadPoolExecutor(8) as pool:
        for read in pool.map(lambda _: files_of(layer), range(16)):
            assert read == files


def test_what_is_below_may_be_closed_first(tmp_path: Path) -> None:
    outer = make_pack(tmp_path, {"/inner.pack": make_pack(tmp_path, {"/a": b"a" * 3_000_000})})
    layer = open_layer(outer)
    inner = open_layer(layer.open(layer.find("/inner.pack")))
    layer.close()
    with pytest.raises((OSError, ValueError)):
        inner.read(inner.find("/a"))
    inner.close()
