"""Every kind of layer through the suite that authors of further layers inherit."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from vfsloader import ArchiveLayer, FolderLayer, Layer, Store, VirtualFileSystem, open_layer, packs
from vfsloader.layers.case_insensitive import CaseInsensitiveLayer
from vfsloader.layers.mounted import MountedLayer
from vfsloader.layers.protocol import WritableLayer
from vfsloader.layers.writable_folder import WritableFolderLayer
from vfsloader.store.memory.store import MemoryStore
from vfsloader.testing.conformance import LayerConformance

Files = Mapping[str, bytes]


def fill_folder(files: Files, at: Path) -> Path:
    for path, data in files.items():
        file = at / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return at


def fill_store(files: Files, store: WritableLayer) -> WritableLayer:
    for path, data in files.items():
        store.write(path, data)
    return store


class TestFolder(LayerConformance):
    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        return FolderLayer(fill_folder(files, tmp_path))


class TestFixedFolder(LayerConformance):
    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        return FolderLayer(fill_folder(files, tmp_path), live=False)


class TestWritableFolder(LayerConformance):
    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        layer = WritableFolderLayer(tmp_path / "made")
        for path, data in files.items():
            layer.write(path, data)
        return layer


class TestZip(LayerConformance):
    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as out:
            for path, data in files.items():
                out.writestr(path[1:], data)
        return ArchiveLayer(tmp_path / "x.zip")


class TestTar(LayerConformance):
    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        with tarfile.open(tmp_path / "x.tar.xz", "w:xz") as out:
            for path, data in files.items():
                info = tarfile.TarInfo(path[1:])
                info.size = len(data)
                out.addfile(info, io.BytesIO(data))
        return ArchiveLayer(tmp_path / "x.tar.xz")


class TestMemoryStore(LayerConformance):
    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        return fill_store(files, MemoryStore())


class TestStoreInMemory(LayerConformance):
    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        return fill_store(files, Store(":memory:"))


class TestStore(LayerConformance):
    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        return fill_store(files, Store(tmp_path / "s.db"))


class TestStoreOfSmallChunks(LayerConformance):
    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        return fill_store(files, Store(tmp_path / "s.db", chunk_size=1000, page_size=4096))


class TestPack(LayerConformance):
    trusted = False

    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        packs.build(fill_store(files, Store(":memory:")), tmp_path / "x.pack")
        return open_layer(tmp_path / "x.pack", trusted=self.trusted)


class TestTrustedPack(TestPack):
    trusted = True


class TestMounted(LayerConformance):
    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        inside = {f"/deep/assets{path}": data for path, data in files.items()}
        self.store = fill_store(inside, Store(":memory:"))
        return MountedLayer(self.store, root="/deep/assets")

    def change(self, layer: Layer) -> bool:
        self.store.write("/deep/assets/new.txt", b"new")
        return True


class TestFileSystemAsLayer(LayerConformance):
    """A stack of two layers, as one layer: lower files are overridden and hidden."""

    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        lower = dict.fromkeys(files, b"overridden") | {"/gone": b"hidden", "/old/x": b"hidden"}
        vfs = VirtualFileSystem(tmp_path / "upper.db")
        vfs.add_underlay(fill_store(lower, Store(":memory:")))
        for path, data in files.items():
            vfs.write_bytes(path, data)
        vfs.remove("/gone")
        vfs.rmtree("/old")
        self.vfs = vfs
        return vfs.as_layer("stack")

    def change(self, layer: Layer) -> bool:
        self.vfs.write_bytes("/new.txt", b"new")
        return True


class TestFolded(LayerConformance):
    def make_layer(self, files: Files, tmp_path: Path) -> Layer:
        self.store = fill_store(files, Store(":memory:"))
        return CaseInsensitiveLayer(self.store)

    def change(self, layer: Layer) -> bool:
        self.store.write("/new.txt", b"new")
        return True

    def test_what_is_not_there_is_no_error(self, layer: Layer, path: str) -> None:
        if path != "/TOP.TXT":  # that one is there, for this layer
            super().test_what_is_not_there_is_no_error(layer, path)

    test_what_is_not_there_is_no_error.__dict__.update(LayerConformance.test_what_is_not_there_is_no_error.__dict__)
