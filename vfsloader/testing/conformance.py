"""A test suite for layers: inherit it to check that your own layer keeps the promises of every layer.

It needs pytest. Define how your layer is made from files, and run pytest:

>>> from vfsloader.testing import LayerConformance
>>> class TestMyLayer(LayerConformance):
...     def make_layer(self, files, tmp_path):
...         store = vfsloader.Store(":memory:")
...         for path, data in files.items():
...             store.write(path, data)
...         return store
"""

from __future__ import annotations

import hashlib
import io
import threading
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest

import vfsloader
from vfsloader import globs, paths
from vfsloader.layers.protocol import EntryType, Layer, WritableLayer, digest_of

#: The files of a layer under test: small and empty ones, deep ones, one of several chunks, one whose name Unicode can
#: spell in two ways, names with spaces and with characters that mean something in a glob.
FILES: Mapping[str, bytes] = {
    "/top.txt": b"top",
    "/sprites/player.png": bytes(range(256)) * 8,
    "/sprites/enemies/wisp.png": b"\x89PNG",
    "/sprites/enemies/empty": b"",
    "/music/theme (loop) [1].ogg": b"OggS" * 1000,
    "/data/caf\u00e9.json": b"{}",
    "/large.bin": hashlib.sha256(b"seed").digest() * 50_000,
}
FOLDERS = sorted({"/", "/sprites", "/sprites/enemies", "/music", "/data"})
MISSING = ["/nope", "/sprites/nope", "/top.txt/below", "/sprites/player.png/x/y", "/TOP.TXT", "/sprite", "/spritesx"]
PATTERNS = ["/*", "/**", "/**/*.png", "/sprites/*", "/**/e*", "/m*/*[[]1]*", "/x/*", "/**/[!a-m]*"]


class LayerConformance:
    """The promises of :class:`~vfsloader.Layer`. Inherit it and define `make_layer`."""

    @abstractmethod
    def make_layer(self, files: Mapping[str, bytes], tmp_path: Path) -> Layer:
        """Make a layer that contains exactly these files and the folders above them."""

    def change(self, layer: Layer) -> bool:
        """Add the file ``/new.txt`` to the layer, and return whether that is possible.

        The default does so if the layer is a :class:`~vfsloader.layers.protocol.WritableLayer`. Override it for a layer
        that changes in another way.
        """
        if not getattr(layer, "writable", False):
            return False
        cast("WritableLayer", layer).write("/new.txt", b"new")
        return True

    @pytest.fixture
    def layer(self, tmp_path: Path) -> Iterator[Layer]:
        """Return the layer under test."""
        layer = self.make_layer(FILES, tmp_path)
        yield layer
        layer.close()

    def test_it_is_a_layer(self, layer: Layer) -> None:
        """It has all attributes and methods."""
        assert isinstance(layer, Layer)
        assert isinstance(layer.name, str)
        for flag in (layer.may_hide, layer.reports_changes, layer.is_remote):
            assert isinstance(flag, bool)

    @pytest.mark.parametrize("path", FILES)
    def test_files_are_found(self, layer: Layer, path: str) -> None:
        """The entry of a file describes it."""
        entry = layer.find(path)
        assert entry is not None
        assert (entry.path, entry.kind, entry.size) == (path, EntryType.FILE, len(FILES[path]))
        assert not entry.is_folder
        assert entry.name == path.rpartition("/")[2]
        assert entry.mtime_ns >= 0

    @pytest.mark.parametrize("path", FOLDERS)
    def test_folders_are_found(self, layer: Layer, path: str) -> None:
        """The entry of a folder describes it; the root has one too."""
        entry = layer.find(path)
        assert entry is not None
        assert (entry.path, entry.kind, entry.size) == (path, EntryType.FOLDER, 0)
        assert entry.is_folder

    @pytest.mark.parametrize("path", MISSING)
    def test_what_is_not_there_is_no_error(self, layer: Layer, path: str) -> None:
        """No method raises for a path that the layer does not have."""
        assert layer.find(path) is None
        assert list(layer.list(path)) == []
        assert not layer.hides(path)

    @pytest.mark.parametrize("path", FOLDERS)
    def test_folders_are_listed(self, layer: Layer, path: str) -> None:
        """The list of a folder contains each entry once, as find returns it."""
        expected = sorted(child for child in [*FILES, *FOLDERS[1:]] if paths.parent(child) == path)
        entries = sorted(layer.list(path))
        assert [entry.path for entry in entries] == expected
        for entry in entries:
            same = layer.find(entry.path)
            assert same is not None
            assert (same.kind, same.size) == (entry.kind, entry.size)

    def test_a_file_has_no_list(self, layer: Layer) -> None:
        """Listing a file returns nothing."""
        assert list(layer.list("/top.txt")) == []

    @pytest.mark.parametrize("pattern", PATTERNS)
    def test_a_glob_returns_the_paths_that_match(self, layer: Layer, pattern: str) -> None:
        """The layer's own glob agrees with matching each path."""
        matches = globs.glob_pattern(pattern).fullmatch
        assert sorted(layer.glob(pattern)) == sorted(path for path in [*FILES, *FOLDERS[1:]] if matches(path))

    @pytest.mark.parametrize("path", FILES)
    def test_content_is_read(self, layer: Layer, path: str) -> None:
        """The content is what was stored, and its type is exactly bytes, as engines require."""
        entry = layer.find(path)
        assert entry is not None
        data = layer.read(entry)
        assert type(data) is bytes
        assert data == FILES[path]
        listed = next(entry for entry in layer.list(paths.parent(path)) if entry.path == path)
        assert layer.read(listed) == FILES[path]

    @pytest.mark.parametrize("path", FILES)
    def test_a_disk_path_is_a_file_with_the_same_bytes(self, layer: Layer, path: str) -> None:
        """None is allowed: then engines get a copy."""
        entry = layer.find(path)
        assert entry is not None
        disk_path = layer.disk_path(entry)
        assert disk_path is None or Path(disk_path).read_bytes() == FILES[path]

    @pytest.mark.parametrize("path", FILES)
    def test_digests_are_of_the_content(self, layer: Layer, path: str) -> None:
        """The digest is the SHA-256, whether the layer stores it or not."""
        entry = layer.find(path)
        assert entry is not None
        assert digest_of(layer, entry) == hashlib.sha256(FILES[path]).digest()

    @pytest.mark.parametrize("path", FILES)
    def test_streams_read_and_seek(self, layer: Layer, path: str) -> None:
        """A stream behaves like one of a loose file."""
        entry = layer.find(path)
        assert entry is not None
        model = io.BytesIO(FILES[path])
        with layer.open(entry) as stream:
            assert stream.readable()
            assert stream.seekable()
            assert not stream.writable()
            for offset, whence, count in ((0, 0, 5), (3, 0, 0), (-4, 2, 100), (0, 0, -1), (65_530, 0, 20), (9, 1, 3)):
                if whence == 2 and -offset > len(FILES[path]):
                    continue
                assert stream.seek(offset, whence) == model.seek(offset, whence)
                data = stream.read(count)
                assert type(data) is bytes
                assert data == model.read(count)
                assert stream.tell() == model.tell()
            buffer, expected = bytearray(1000), bytearray(1000)
            stream.seek(1)
            model.seek(1)
            assert stream.readinto(buffer) == model.readinto(expected)  # type: ignore[attr-defined]
            assert buffer == expected
        assert stream.closed

    def test_streams_do_not_disturb_each_other(self, layer: Layer) -> None:
        """Each stream has its own position."""
        entry = layer.find("/large.bin")
        assert entry is not None
        with layer.open(entry) as first, layer.open(entry) as second:
            first.seek(100_000)
            assert second.read(10) == FILES["/large.bin"][:10]
            assert first.read(10) == FILES["/large.bin"][100_000:100_010]

    def test_threads_may_share_it(self, layer: Layer) -> None:
        """Four threads read all files correctly at the same time."""
        wrong: list[str] = []

        def read_all() -> None:
            for path, data in list(FILES.items()) * 5:
                entry = layer.find(path)
                if entry is None or layer.read(entry) != data:
                    wrong.append(path)

        threads = [threading.Thread(target=read_all) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []

    def test_its_version_stays_while_nothing_changes(self, layer: Layer) -> None:
        """Reading is not a change."""
        before = layer.version()
        self.test_content_is_read(layer, "/top.txt")
        assert layer.version() == before

    def test_subscribers_are_called_once_for_each_change(self, layer: Layer) -> None:
        """Subscribing twice changes nothing, and nobody is called after unsubscribing."""
        subscriber = _Subscriber()
        unsubscribe = layer.subscribe(subscriber.changed)
        layer.subscribe(subscriber.changed)
        if self.change(layer) and layer.reports_changes:
            assert subscriber.calls == 1
        calls = subscriber.calls
        unsubscribe()
        self.change(layer)
        assert subscriber.calls == calls
        unsubscribe()  # a second call does nothing

    def test_a_change_gives_another_version(self, layer: Layer) -> None:
        """Unless the version is None, which means that only looking again can tell."""
        before = layer.version()
        if self.change(layer):
            assert layer.find("/new.txt") is not None
            assert before is None or layer.version() != before

    def test_it_can_be_mounted(self, layer: Layer) -> None:
        """A file system shows the files of its layer, and writing does not change the layer."""
        with vfsloader.VirtualFileSystem() as vfs:
            vfs.add_underlay(layer, name="under-test")
            assert {path: vfs.read_bytes(path) for path in FILES} == dict(FILES)
            vfs.write_bytes("/top.txt", b"mine")
            vfs.rmtree("/sprites")
            assert vfs.which_layer("/large.bin") == "under-test"
            assert vfs.listdir("/") == ["data", "large.bin", "music", "top.txt"]
        entry = layer.find("/top.txt")
        assert entry is not None
        assert layer.read(entry) == b"top"

    def test_closing_twice_is_no_error(self, layer: Layer) -> None:
        """The owner may close it, and a ``with`` around it too."""
        layer.close()
        layer.close()


class _Subscriber:
    """Counts how often it is called."""

    def __init__(self) -> None:
        self.calls = 0

    def changed(self) -> None:
        """Count a call."""
        self.calls += 1
