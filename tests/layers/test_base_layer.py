"""What layers share, layers over other libraries' trees, and files that are held in memory."""

from __future__ import annotations

import datetime
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import pytest

from vfsloader.layers import BaseLayer, BytesFile, Entry, EntryType, PyFilesystemLayer, digest_of, is_pyfilesystem


class Listing(BaseLayer):
    """Has folders and files by their paths; counts which folders are listed."""

    name = "listing"

    def __init__(self, *files: str) -> None:
        self.listed: list[str] = []
        self.is_closed = False
        self._files = files

    def find(self, path: str) -> Entry | None:
        return next((entry for entry in self._entries() if entry.path == path), None)

    def list(self, path: str) -> Iterator[Entry]:
        self.listed.append(path)
        for entry in self._entries():
            if (entry.path.rpartition("/")[0] or "/") == path:
                yield entry

    def close(self) -> None:
        self.is_closed = True

    def _entries(self) -> list[Entry]:
        folders = {file[:at] for file in self._files for at in range(1, len(file)) if file[at] == "/"}
        made = [Entry(folder, EntryType.FOLDER) for folder in sorted(folders)]
        return [*made, *(Entry(file, EntryType.FILE, 1) for file in self._files)]


FILES = ("/a.png", "/d/b.png", "/d/e/c.png", "/d/e/f/g.png", "/other/deep/x.png")


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("/*", ["/a.png", "/d", "/other"]),
        ("/*.png", ["/a.png"]),
        ("/*/*.png", ["/d/b.png"]),
        ("/d/*", ["/d/b.png", "/d/e"]),
        ("/d/*/*", ["/d/e/c.png", "/d/e/f"]),
        ("/d/**", ["/d/b.png", "/d/e", "/d/e/c.png", "/d/e/f", "/d/e/f/g.png"]),
        ("/**/*.png", sorted(FILES)),
        ("/d/**/g.png", ["/d/e/f/g.png"]),
        ("/d/e/*/g.png", ["/d/e/f/g.png"]),
        ("/**/e/*.png", ["/d/e/c.png"]),
        ("/x**/*", []),
        ("/nope/*", []),
    ],
)
def test_a_layer_that_can_list_can_match(pattern: str, matches: list[str]) -> None:
    assert sorted(Listing(*FILES).glob(pattern)) == matches


@pytest.mark.parametrize(
    ("pattern", "listed"),
    [("/*.png", ["/"]), ("/d/*.png", ["/d"]), ("/d/e/*", ["/d/e"]), ("/*/*", ["/", "/d", "/other"])],
)
def test_only_folders_that_can_have_a_match_are_listed(pattern: str, listed: list[str]) -> None:
    layer = Listing(*FILES)
    list(layer.glob(pattern))
    assert sorted(layer.listed) == listed


def test_a_layer_that_says_nothing_else_never_changes() -> None:
    layer = BaseLayer()
    assert layer.reports_changes
    assert layer.version() is not None
    assert layer.version() == layer.version()
    layer.subscribe(layer.close)()


def test_a_layer_that_says_nothing_else_is_empty_and_hides_nothing() -> None:
    layer = BaseLayer()
    assert list(layer.list("/")) == []
    assert not layer.hides("/a")
    assert layer.disk_path(Entry("/a", EntryType.FILE)) is None
    assert not layer.is_remote
    assert not layer.may_hide


def test_a_layer_is_closed_by_with() -> None:
    with Listing() as layer:
        assert not layer.is_closed
    assert layer.is_closed


class Sized(BaseLayer):
    """One file of a size, read whole or as a stream."""

    def __init__(self, data: bytes, digest: bytes | None = None) -> None:
        self.entry = Entry("/x", EntryType.FILE, len(data), digest=digest)
        self.used: list[str] = []
        self._data = data

    def read(self, entry: Entry) -> bytes:
        self.used.append("read")
        return self._data

    def open(self, entry: Entry) -> BinaryIO:
        self.used.append("open")
        return io.BytesIO(self._data)


@pytest.mark.parametrize(
    ("size", "used"), [(0, "read"), (1 << 20, "read"), ((1 << 20) + 1, "open")], ids=["empty", "a megabyte", "more"]
)
def test_a_large_file_is_not_held_in_memory_for_its_digest(size: int, used: str) -> None:
    layer = Sized(bytes(size))
    assert digest_of(layer, layer.entry) == hashlib.sha256(bytes(size)).digest()  # type: ignore[arg-type]
    assert layer.used == [used]


def test_a_digest_that_is_known_costs_no_reading() -> None:
    layer = Sized(b"abc", digest=b"known")
    assert digest_of(layer, layer.entry) == b"known"  # type: ignore[arg-type]
    assert layer.used == []


# --- files in memory -----------------------------------------------------------------------------------


def test_a_file_in_memory_is_read_and_has_a_name() -> None:
    file = BytesFile(b"abc", "/a")
    assert (file.name, file.read(), file.readable(), file.writable()) == ("/a", b"abc", True, False)


def test_a_file_in_memory_cannot_be_written() -> None:
    file = BytesFile(b"abc", "/a")
    with pytest.raises(io.UnsupportedOperation, match="opened for reading"):
        file.write(b"x")
    assert file.getvalue() == b"abc"


@pytest.mark.parametrize("size", [None, 0, 10])
def test_a_file_in_memory_cannot_be_cut(size: int | None) -> None:
    file = BytesFile(b"abc", "/a")
    with pytest.raises(io.UnsupportedOperation, match="opened for reading"):
        file.truncate(size)
    assert file.getvalue() == b"abc"


# --- trees with PyFilesystem's methods -------------------------------------------------------------------


class ResourceNotFound(Exception):  # noqa: N818 - as PyFilesystem calls it
    pass


class DirectoryExpected(Exception):  # noqa: N818 - as PyFilesystem calls it
    pass


class ResourceInvalid(Exception):  # noqa: N818 - as PyFilesystem calls it
    pass


class BrokenError(Exception):
    pass


class Tree:
    """A tree with the methods of PyFilesystem2, over a folder of the disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.error: type[Exception] | None = None

    def getinfo(self, path: str, namespaces: list[str]) -> Any:
        assert namespaces == ["details"], "without them there is no size"
        if self.error is not None:
            raise self.error(path)
        file = self.folder / path[1:]
        if not file.exists():
            raise ResourceNotFound(path)
        return self._info(file)

    def scandir(self, path: str, namespaces: list[str]) -> Iterator[Any]:
        assert namespaces == ["details"], "without them there is no size"
        return map(self._info, sorted((self.folder / path[1:]).iterdir()))

    def isdir(self, path: str) -> bool:
        return (self.folder / path[1:]).is_dir()

    def openbin(self, path: str, mode: str) -> BinaryIO:
        assert mode == "r"
        return open(self.folder / path[1:], "rb", buffering=0)  # type: ignore[return-value]

    @staticmethod
    def _info(file: Path) -> Any:
        modified = datetime.datetime.fromtimestamp(1_000_000_000.5, datetime.UTC) if file.suffix else None
        return SimpleNamespace(name=file.name, is_dir=file.is_dir(), size=file.stat().st_size, modified=modified)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "x.txt").write_text("hello")
    (tmp_path / "timeless").write_text("")
    (tmp_path / "back\\slash").write_text("")
    return Tree(tmp_path)


def test_a_tree_is_recognised_by_its_methods(tree: Tree) -> None:
    assert is_pyfilesystem(tree)


@pytest.mark.parametrize("missing", ["scandir", "getinfo", "openbin", "isdir"])
def test_what_lacks_a_method_is_not_a_tree(missing: str) -> None:
    methods = {name: print for name in ("scandir", "getinfo", "openbin", "isdir") if name != missing}
    assert not is_pyfilesystem(SimpleNamespace(**methods))
    assert not is_pyfilesystem(SimpleNamespace(**methods, **{missing: "not callable"}))


def test_a_file_of_a_tree_has_its_size_and_time(tree: Tree) -> None:
    entry = PyFilesystemLayer(tree).find("/d/x.txt")
    assert entry is not None
    assert (entry.path, entry.kind, entry.size) == ("/d/x.txt", EntryType.FILE, 5)
    assert (entry.mtime_ns, entry.ctime_ns) == (1_000_000_000_500_000_000, 0)


def test_a_file_without_a_time(tree: Tree) -> None:
    entry = PyFilesystemLayer(tree).find("/timeless")
    assert entry is not None
    assert entry.mtime_ns == 0


def test_a_folder_of_a_tree(tree: Tree) -> None:
    layer = PyFilesystemLayer(tree)
    assert layer.find("/d") == Entry("/d", EntryType.FOLDER)
    assert [entry.path for entry in layer.list("/d")] == ["/d/x.txt"]


def test_names_of_a_tree_that_no_path_can_have_are_left_out(tree: Tree) -> None:
    assert [entry.path for entry in PyFilesystemLayer(tree).list("/")] == ["/d", "/timeless"]


def test_a_file_of_a_tree_is_read_and_opened(tree: Tree) -> None:
    layer = PyFilesystemLayer(tree)
    entry = layer.find("/d/x.txt")
    assert entry is not None
    with layer.open(entry) as file:
        assert (file.read(2), file.seek(0), file.read(), layer.read(entry)) == (b"he", 0, b"hello", b"hello")


def test_the_root_of_a_tree_is_a_folder_without_asking(tree: Tree) -> None:
    tree.error = BrokenError
    entry = PyFilesystemLayer(tree).find("/")
    assert entry is not None
    assert entry.is_folder


@pytest.mark.parametrize("error", [ResourceNotFound, DirectoryExpected, ResourceInvalid])
def test_what_a_tree_does_not_have_is_not_found(tree: Tree, error: type[Exception]) -> None:
    tree.error = error
    assert PyFilesystemLayer(tree).find("/nope") is None


def test_another_error_of_a_tree_is_passed_on(tree: Tree) -> None:
    tree.error = BrokenError
    with pytest.raises(BrokenError):
        PyFilesystemLayer(tree).find("/d")


def test_a_missing_folder_of_a_tree_has_no_list(tree: Tree) -> None:
    assert list(PyFilesystemLayer(tree).list("/nope")) == []


def test_a_tree_may_change_without_notice(tree: Tree) -> None:
    layer = PyFilesystemLayer(tree)
    assert (layer.reports_changes, layer.version()) == (False, None)


def test_a_tree_has_a_name(tree: Tree) -> None:
    assert (PyFilesystemLayer(tree).name, PyFilesystemLayer(tree, name="t").name) == ("tree", "t")
