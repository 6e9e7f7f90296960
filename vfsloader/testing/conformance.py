"""For authors of further layers: what every layer must do, as tests to inherit.

Needs pytest. Say how your layer comes to hold files, and run pytest:

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

import pytest

import vfsloader
from vfsloader import paths
from vfsloader.layers.protocol import EntryType, Layer, digest_of

#: What a layer under test holds: small and empty files, deep ones, one of several chunks, one with a spelling
#: that Unicode writes in two ways, names with spaces and with characters that globs know.
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
    """The promises of :class:`~vfsloader.Layer`; inherit and give `make_layer`."""

    @abstractmethod
    def make_layer(self, files: Mapping[str, bytes], tmp_path: Path) -> Layer:
        """Make a layer that holds just these files and the folders above them."""

    @pytest.fixture
    def layer(self, tmp_path: Path) -> Iterator[Layer]:
        """Give the layer under test."""
        made = self.make_layer(FILES, tmp_path)
        yield made
        made.close()

    def test_it_is_a_layer(self, layer: Layer) -> None:
        """It has a name and all methods."""
        assert isinstance(layer, Layer)
        assert isinstance(layer.name, str)
        assert layer.may_hide in (True, False)

    @pytest.mark.parametrize("path", FILES)
    def test_files_are_found(self, layer: Layer, path: str) -> None:
        """A file's entry says what it is."""
        entry = layer.find(path)
        assert entry is not None
        assert (entry.path, entry.kind, entry.size) == (path, EntryType.FILE, len(FILES[path]))
        assert not entry.is_folder
        assert entry.name == path.rpartition("/")[2]
        assert entry.mtime_ns >= 0

    @pytest.mark.parametrize("path", FOLDERS)
    def test_folders_are_found(self, layer: Layer, path: str) -> None:
        """A folder's entry says what it is, the root's too."""
        entry = layer.find(path)
        assert entry is not None
        assert (entry.path, entry.kind, entry.size) == (path, EntryType.FOLDER, 0)
        assert entry.is_folder

    @pytest.mark.parametrize("path", MISSING)
    def test_what_is_not_there_is_no_error(self, layer: Layer, path: str) -> None:
        """Nothing raises for a path that the layer does not have."""
        assert layer.find(path) is None
        assert list(layer.list(path)) == []
        assert not layer.hides(path)

    @pytest.mark.parametrize("path", FOLDERS)
    def test_folders_are_listed(self, layer: Layer, path: str) -> None:
        """A folder's list has each entry once, as find gives it."""
        everything = [*FILES, *FOLDERS[1:]]
        expected = sorted(one for one in everything if paths.parent(one) == path)
        listed = sorted(layer.list(path))
        assert [entry.path for entry in listed] == expected
        for entry in listed:
            found = layer.find(entry.path)
            assert found is not None
            assert (found.kind, found.size) == (entry.kind, entry.size)

    def test_a_file_has_no_list(self, layer: Layer) -> None:
        """A file is an empty folder to list."""
        assert list(layer.list("/top.txt")) == []

    @pytest.mark.parametrize("pattern", PATTERNS)
    def test_globs_give_what_matches(self, layer: Layer, pattern: str) -> None:
        """The layer's own way to glob agrees with trying each path."""
        matches = paths.glob_pattern(pattern).fullmatch
        assert sorted(layer.glob(pattern)) == sorted(one for one in [*FILES, *FOLDERS[1:]] if matches(one))

    @pytest.mark.parametrize("path", FILES)
    def test_content_is_read(self, layer: Layer, path: str) -> None:
        """The bytes are those that were put in, of type bytes, as engines want."""
        entry = layer.find(path)
        assert entry is not None
        data = layer.read(entry)
        assert type(data) is bytes
        assert data == FILES[path]
        listed = next(one for one in layer.list(paths.parent(path)) if one.path == path)
        assert layer.read(listed) == FILES[path]

    @pytest.mark.parametrize("path", FILES)
    def test_digests_are_of_the_content(self, layer: Layer, path: str) -> None:
        """The digest is the SHA-256, whoever works it out."""
        entry = layer.find(path)
        assert entry is not None
        assert digest_of(layer, entry) == hashlib.sha256(FILES[path]).digest()

    @pytest.mark.parametrize("path", FILES)
    def test_streams_read_and_seek(self, layer: Layer, path: str) -> None:
        """A stream does what one on a loose file does."""
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
        """Each stream has a place of its own."""
        entry = layer.find("/large.bin")
        assert entry is not None
        with layer.open(entry) as one, layer.open(entry) as other:
            one.seek(100_000)
            assert other.read(10) == FILES["/large.bin"][:10]
            assert one.read(10) == FILES["/large.bin"][100_000:100_010]

    def test_threads_may_share_it(self, layer: Layer) -> None:
        """Four threads read everything and get it right."""
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
        """Reading changes nothing."""
        before = layer.version()
        self.test_content_is_read(layer, "/top.txt")
        assert layer.version() == before

    def test_it_can_lie_in_a_stack(self, layer: Layer) -> None:
        """A file system over it shows its files, and writing leaves it as it is."""
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
        """The owner may close, and a ``with`` around it too."""
        layer.close()
        layer.close()
