"""Everything that reads a file goes one way: what vanishes on that way comes from the next layer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import BinaryIO

import pytest

from vfsloader import ResourceManager, VirtualFileSystem, errors
from vfsloader.errors import PathNotFoundError, VFSError
from vfsloader.layers import BaseLayer, Entry, EntryType
from vfsloader.store.memory.store import MemoryStore

DISK = "/home/somebody/mods/winter"


class VanishingLayer(BaseLayer):
    """Has one file until someone reads it, as a folder does while a mod is being deleted."""

    def __init__(self, path: str, error: Callable[[], OSError]) -> None:
        self.name = "vanishing"
        self.path = path
        self.is_there = True
        self._error = error

    def find(self, path: str) -> Entry | None:
        if path == "/" or (self.is_there and self.path.startswith(path + "/")):
            return Entry(path, EntryType.FOLDER)
        return Entry(path, EntryType.FILE, 4, 1) if self.is_there and path == self.path else None

    def list(self, path: str) -> Iterator[Entry]:
        entry = self.find(self.path)
        if entry is not None and path == self.path.rpartition("/")[0]:
            yield entry

    def read(self, entry: Entry) -> bytes:
        self.is_there = False
        raise self._error()

    def open(self, entry: Entry) -> BinaryIO:
        self.read(entry)
        raise AssertionError


def gone() -> OSError:
    return FileNotFoundError(2, "No such file or directory", f"{DISK}/a.json")


def denied() -> OSError:
    return PermissionError(13, "Permission denied", f"{DISK}/a.json")


READERS: dict[str, Callable[[ResourceManager, str], object]] = {
    "vfs.read_bytes": lambda game, path: game.vfs.read_bytes(path),
    "vfs.read_text": lambda game, path: game.vfs.read_text(path).encode(),
    "vfs.open": lambda game, path: game.vfs.open(path, "rb").read(),
    "vfs.digest": lambda game, path: game.vfs.read_bytes(path) if game.vfs.digest(path) else None,
    "vfs.copy": lambda game, path: (game.vfs.copy(path, "/copy"), game.vfs.read_bytes("/copy"))[1],
    "game.read": lambda game, path: game.read(path),
    "game.load": lambda game, path: game.load(path, lambda asset: asset.data),
    "game.handle": lambda game, path: game.handle(path, lambda asset: asset.data).value,
    "asset.read": lambda game, path: game.load("/other", lambda asset: asset.read(path)),
    "game.real_path": lambda game, path: Path(game.real_path(path)).read_bytes(),
    "game.read_merged": lambda game, path: game.read_merged(path) == {"a": 1} and b'{"a": 1}',
    "vfs.open for update": lambda game, path: game.vfs.open(path, "r+b").read(),
}


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> Callable[[ResourceManager, str], object]:
    return READERS[request.param]


def test_a_file_that_vanishes_is_answered_from_the_next_layer(
    reader: Callable[[ResourceManager, str], object],
) -> None:
    base = MemoryStore()
    base.write("/d/a.json", b'{"a": 1}')
    base.write("/other", b"")
    with ResourceManager(base, dlc=[VanishingLayer("/d/a.json", gone)], watch=False) as game:
        assert reader(game, "/d/a.json") == b'{"a": 1}'


def test_a_file_that_vanishes_everywhere_is_missing_by_its_virtual_path(
    reader: Callable[[ResourceManager, str], object],
) -> None:
    base = MemoryStore()
    base.write("/other", b"")
    layers = [VanishingLayer("/d/a.json", gone) for _ in range(3)]
    with ResourceManager(base, dlc=layers, watch=False) as game:
        with pytest.raises(PathNotFoundError) as caught:
            reader(game, "/d/a.json")
        assert caught.value.filename == "/d/a.json"
        assert DISK not in str(caught.value)


def test_an_error_names_the_virtual_path_and_the_layer(reader: Callable[[ResourceManager, str], object]) -> None:
    base = MemoryStore()
    base.write("/other", b"")
    with ResourceManager(base, dlc=[VanishingLayer("/d/a.json", denied)], watch=False) as game:
        with pytest.raises(PermissionError) as caught:
            reader(game, "/d/a.json")
        assert isinstance(caught.value, VFSError)
        assert caught.value.filename == "/d/a.json"
        assert "vanishing" in str(caught.value)
        assert DISK not in str(caught.value)


def test_a_translation_that_vanishes_is_answered_by_the_original() -> None:
    base = MemoryStore()
    base.write("/sign", b"plain")
    with ResourceManager(base, dlc=[VanishingLayer("/tl/fi/sign", gone)], watch=False, language="fi") as game:
        assert game.read("/sign") == b"plain"


def test_no_error_is_built_to_write_into_a_new_folder() -> None:
    built: list[str] = []

    def note(frame: FrameType, event: str, arg: object) -> None:
        if event == "call" and frame.f_code.co_filename == errors.__file__:
            built.append(frame.f_code.co_name)

    vfs = VirtualFileSystem()
    vfs.add_underlay(MemoryStore())
    sys.setprofile(note)
    try:
        vfs.write_bytes("/new/folder/a", b"1")
        vfs.mkdir("/other/deep", parents=True)
        assert vfs.read_bytes("/new/folder/a") == b"1"
        assert built == []
        with pytest.raises(VFSError):
            vfs.read_bytes("/nope")
    finally:
        sys.setprofile(None)
    assert built != [], "the count works"
