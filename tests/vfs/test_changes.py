"""Changes of a tree over underlays: what is written where, what is refused, and with which path the error names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vfsloader import Store, VirtualFileSystem
from vfsloader.errors import (
    FolderNotEmptyError,
    InvalidPathError,
    IsAFolderError,
    NotAFolderError,
    PathExistsError,
    PathNotFoundError,
    QuotaExceededError,
    ReadOnlyError,
)
from vfsloader.layers.writable_folder import WritableFolderLayer
from vfsloader.store.memory.store import MemoryStore


@pytest.fixture
def base() -> MemoryStore:
    store = MemoryStore("base")
    for path in ("/a", "/d/x", "/d/sub/y"):
        store.write(path, f"base {path}".encode())
    return store


@pytest.fixture
def vfs(base: MemoryStore) -> VirtualFileSystem:
    vfs = VirtualFileSystem()
    vfs.add_underlay(base, name="base")
    vfs.write_bytes("/mine", b"mine")
    return vfs


def tree(vfs: VirtualFileSystem) -> dict[str, bytes]:
    return {
        path: vfs.read_bytes(path)
        for folder, _, files in vfs.walk()
        for name in files
        if (path := f"{folder.rstrip('/')}/{name}")
    }


# --- where the files are ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda tmp_path: ":memory:", MemoryStore),
        (lambda tmp_path: tmp_path, WritableFolderLayer),
        (lambda tmp_path: tmp_path / "s.db", Store),
        (lambda tmp_path: str(tmp_path / "s.db"), Store),
    ],
)
def test_what_the_path_says_is_the_writable_layer(make: Callable[[Path], object], kind: type, tmp_path: Path) -> None:
    with VirtualFileSystem(make(tmp_path), local_name="mine") as vfs:  # type: ignore[arg-type]
        vfs.write_text("/a", "x")
        assert vfs.which_layer("/a") == "mine"
        if kind is WritableFolderLayer:
            assert (tmp_path / "a").read_text() == "x"
        else:
            assert type(vfs.store) is kind


@pytest.mark.parametrize("options", [{"quota": 10}, {"max_nodes": 10}])
def test_a_folder_of_loose_files_has_no_quota(tmp_path: Path, options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="quota"):
        VirtualFileSystem(tmp_path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [":memory:", "s.db"])
def test_limits_hold_in_every_store(name: str, tmp_path: Path) -> None:
    path = name if name == ":memory:" else tmp_path / name
    with VirtualFileSystem(path, quota=100, max_nodes=3) as vfs:
        with pytest.raises(QuotaExceededError):
            vfs.write_bytes("/a", bytes(101))
        vfs.write_bytes("/a", bytes(100))
        vfs.mkdir("/b")
        with pytest.raises(QuotaExceededError):
            vfs.mkdir("/c")
        assert vfs.listdir() == ["a", "b"]


def test_a_file_of_chunks_and_pages_of_other_sizes(tmp_path: Path) -> None:
    with VirtualFileSystem(tmp_path / "s.db", chunk_size=4096, page_size=1024) as vfs:
        vfs.write_bytes("/a", bytes(10_000))
        assert vfs.stats().chunks == 3
    assert int.from_bytes((tmp_path / "s.db").read_bytes()[16:18], "big") == 1024


def test_a_read_only_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(PathNotFoundError):
        VirtualFileSystem(tmp_path / "s.db", read_only=True)


def test_memory_may_be_read_only() -> None:
    vfs = VirtualFileSystem(read_only=True)
    with pytest.raises(ReadOnlyError) as caught:
        vfs.write_text("/a/../b", "")
    assert caught.value.filename == "/b"


def test_loose_files_are_not_a_store(tmp_path: Path) -> None:
    with VirtualFileSystem(tmp_path) as vfs, pytest.raises(TypeError, match="WritableFolderLayer"):
        vfs.stats()


def test_closing_leaves_underlays_open(base: MemoryStore, vfs: VirtualFileSystem) -> None:
    vfs.close()
    entry = base.find("/a")
    assert entry is not None
    assert base.read(entry) == b"base /a"


def test_a_tree_says_what_it_is(vfs: VirtualFileSystem) -> None:
    assert repr(vfs) == "VirtualFileSystem(':memory:', underlays=['base'])"


# --- writing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"abc", bytearray(b"abc"), memoryview(b"abc")])
def test_bytes_are_counted(vfs: VirtualFileSystem, content: bytes) -> None:
    assert (vfs.write_bytes("/x", content), vfs.read_bytes("/x")) == (3, b"abc")


def test_items_of_more_than_a_byte_are_counted_as_bytes(vfs: VirtualFileSystem) -> None:
    assert vfs.write_bytes("/x", memoryview(b"abcdefgh").cast("I")) == 8
    assert vfs.read_bytes("/x") == b"abcdefgh"


def test_characters_are_counted(vfs: VirtualFileSystem) -> None:
    assert (vfs.write_text("/x", "äö", "utf-16-le"), vfs.read_bytes("/x")) == (2, "äö".encode("utf-16-le"))


def test_a_copy_replaces_what_is_there(vfs: VirtualFileSystem) -> None:
    vfs.copy("a", "/mine")
    assert vfs.read_bytes("/mine") == vfs.read_bytes("/a") == b"base /a"


def test_a_copy_that_fails_leaves_the_target(vfs: VirtualFileSystem) -> None:
    with pytest.raises(IsAFolderError) as caught:
        vfs.copy("/d", "/mine")
    assert (caught.value.filename, vfs.read_bytes("/mine")) == ("/d", b"mine")


def test_a_large_underlay_file_is_copied_up_whole(base: MemoryStore, vfs: VirtualFileSystem) -> None:
    content = bytes(range(256)) * 12_000
    base.write("/big", content)
    with vfs.open("/big", "ab") as file:
        file.write(b"!")
    assert vfs.read_bytes("/big") == content + b"!"
    assert base.read(base.find("/big")) == content  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mode", "content"), [("w", b"N"), ("a", b"base /aN"), ("r+", b"Nase /a"), ("a+", b"base /aN"), ("w+", b"N")]
)
def test_each_mode_keeps_what_it_keeps(vfs: VirtualFileSystem, mode: str, content: bytes) -> None:
    with vfs.open("/a", mode) as file:
        file.write("N")
    assert vfs.read_bytes("/a") == content


def test_appending_makes_a_missing_file(vfs: VirtualFileSystem) -> None:
    with vfs.open("/new/file", "ab") as file:
        file.write(b"x")
    assert vfs.read_bytes("/new/file") == b"x"


def test_updating_needs_a_file(vfs: VirtualFileSystem) -> None:
    with pytest.raises(PathNotFoundError) as caught:
        vfs.open("/nope", "r+")
    assert caught.value.filename == "/nope"


@pytest.mark.parametrize("path", ["/a", "/mine", "/d"])
def test_an_exclusive_file_must_be_new(vfs: VirtualFileSystem, path: str) -> None:
    with pytest.raises(PathExistsError) as caught:
        vfs.open(path, "x")
    assert caught.value.filename == path


def test_an_exclusive_file_that_was_made_by_another_in_between(vfs: VirtualFileSystem) -> None:
    file = vfs.open("/new", "xb")
    file.write(b"late")
    vfs.write_bytes("/new", b"first")
    with pytest.raises(PathExistsError):
        file.close()
    assert vfs.read_bytes("/new") == b"first"


# --- what is refused, and by which path --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "path"),
    [
        (lambda vfs: vfs.write_bytes("/d", b""), IsAFolderError, "/d"),
        (lambda vfs: vfs.write_bytes("/a/x", b""), NotAFolderError, "/a/x"),
        (lambda vfs: vfs.rename("/nope", "/x"), PathNotFoundError, "/nope"),
        (lambda vfs: vfs.rename("/a", "/mine"), PathExistsError, "/mine"),
        (lambda vfs: vfs.rename("/d", "/d/sub/new"), InvalidPathError, "/d/sub/new"),
        (lambda vfs: vfs.rename("/", "/new"), InvalidPathError, "/new"),
        (lambda vfs: vfs.rename("/mine", "/a/x"), NotAFolderError, "/a/x"),
        (lambda vfs: vfs.remove("/d"), IsAFolderError, "/d"),
        (lambda vfs: vfs.unlink("/nope"), PathNotFoundError, "/nope"),
        (lambda vfs: vfs.mkdir("/d"), PathExistsError, "/d"),
        (lambda vfs: vfs.mkdir("/a", exist_ok=True), PathExistsError, "/a"),
        (lambda vfs: vfs.mkdir("/p/q/r"), PathNotFoundError, "/p/q"),
        (lambda vfs: vfs.mkdir("/a/q"), NotAFolderError, "/a"),
        (lambda vfs: vfs.makedirs("/d"), PathExistsError, "/d"),
        (lambda vfs: vfs.makedirs("/a/q/r"), NotAFolderError, "/a/q/r"),
        (lambda vfs: vfs.rmdir("/d"), FolderNotEmptyError, "/d"),
        (lambda vfs: vfs.rmdir("/a"), NotAFolderError, "/a"),
        (lambda vfs: vfs.rmdir("/nope"), PathNotFoundError, "/nope"),
        (lambda vfs: vfs.rmdir("/"), InvalidPathError, "/"),
        (lambda vfs: vfs.rmtree("/"), InvalidPathError, "/"),
        (lambda vfs: vfs.rmtree("/nope"), PathNotFoundError, "/nope"),
        (lambda vfs: vfs.copytree("/a", "/new"), NotAFolderError, "/a"),
        (lambda vfs: vfs.copytree("/nope", "/new"), PathNotFoundError, "/nope"),
        (lambda vfs: vfs.copytree("/d", "/mine"), PathExistsError, "/mine"),
        (lambda vfs: vfs.copytree("/d", "/d/new"), InvalidPathError, "/d/new"),
        (lambda vfs: vfs.copy("/nope", "/new"), PathNotFoundError, "/nope"),
        (lambda vfs: vfs.copy("/a", "/d"), IsAFolderError, "/d"),
    ],
)
def test_an_error_names_the_path_and_nothing_changes(
    vfs: VirtualFileSystem, call: Callable[[VirtualFileSystem], object], kind: type[OSError], path: str
) -> None:
    before = tree(vfs)
    with pytest.raises(kind) as caught:
        call(vfs)
    assert caught.value.filename == path
    assert tree(vfs) == before


@pytest.mark.parametrize(
    "call",
    [
        lambda vfs: vfs.write_bytes("/a", b""),
        lambda vfs: vfs.remove("/a"),
        lambda vfs: vfs.rmtree("/d"),
        lambda vfs: vfs.rename("/a", "/new"),
        lambda vfs: vfs.mkdir("/new"),
        lambda vfs: vfs.copytree("/d", "/new"),
        lambda vfs: vfs.open("/a", "r+"),
    ],
)
def test_a_read_only_tree_refuses_every_change(base: MemoryStore, call: Callable[[VirtualFileSystem], object]) -> None:
    vfs = VirtualFileSystem(read_only=True)
    vfs.add_underlay(base, name="base")
    before = tree(vfs)
    with pytest.raises(ReadOnlyError):
        call(vfs)
    assert tree(vfs) == before


# --- folders ---------------------------------------------------------------------------------------------


def test_an_existing_folder_may_be_asked_for_again(vfs: VirtualFileSystem) -> None:
    vfs.mkdir("/d", exist_ok=True)
    vfs.makedirs("/d/sub", exist_ok=True)
    assert vfs.listdir("/d") == ["sub", "x"]


def test_a_folder_can_be_made_inside_an_underlays(vfs: VirtualFileSystem) -> None:
    vfs.mkdir("/d/new")
    assert vfs.listdir("/d") == ["new", "sub", "x"]


def test_an_empty_folder_of_an_underlay_is_removed(base: MemoryStore, vfs: VirtualFileSystem) -> None:
    base.make_folder("/empty")
    vfs.rmdir("/empty")
    assert not vfs.exists("/empty")


def test_a_folder_is_copied_with_empty_folders(vfs: VirtualFileSystem) -> None:
    vfs.mkdir("/d/empty")
    vfs.copytree("/d", "/new/copy")
    assert list(vfs.walk("/new/copy")) == [
        ("/new/copy", ["empty", "sub"], ["x"]),
        ("/new/copy/empty", [], []),
        ("/new/copy/sub", [], ["y"]),
    ]
    assert vfs.read_bytes("/new/copy/sub/y") == b"base /d/sub/y"


def test_a_copy_of_a_folder_that_does_not_fit_is_undone(base: MemoryStore) -> None:
    vfs = VirtualFileSystem(quota=10)
    vfs.add_underlay(base, name="base")
    with pytest.raises(QuotaExceededError):
        vfs.copytree("/d", "/new")
    assert not vfs.exists("/new")


@pytest.mark.parametrize(("old", "new"), [("/a", "/d/new"), ("/d", "/new"), ("/d/sub", "/sub")])
def test_what_an_underlay_has_is_moved_whole(vfs: VirtualFileSystem, old: str, new: str) -> None:
    expected = {
        (new + path.removeprefix(old) if path == old or path.startswith(old + "/") else path): content
        for path, content in tree(vfs).items()
    }
    vfs.rename(old, new)
    assert tree(vfs) == expected
    assert not vfs.exists(old)


def test_what_is_only_in_the_writable_layer_is_moved(vfs: VirtualFileSystem) -> None:
    vfs.rename("/mine", "/d/mine")
    assert (vfs.exists("/mine"), vfs.read_bytes("/d/mine")) == (False, b"mine")


def test_a_changed_underlay_file_is_moved_with_its_changes(vfs: VirtualFileSystem) -> None:
    vfs.write_bytes("/a", b"changed")
    vfs.rename("/a", "/b")
    assert (vfs.exists("/a"), vfs.read_bytes("/b")) == (False, b"changed")


def test_a_move_into_a_folder_whose_name_begins_alike(vfs: VirtualFileSystem) -> None:
    vfs.rename("/d", "/dd/d")
    assert vfs.listdir("/dd/d") == ["sub", "x"]


def test_a_removed_file_leaves_no_whiteout_where_none_is_needed(vfs: VirtualFileSystem) -> None:
    vfs.remove("/mine")
    assert list(vfs.store.hidden()) == []


def test_a_tree_with_a_missing_file_is_left_by_its_error_with_a_hint(base: MemoryStore) -> None:
    with pytest.raises(PathNotFoundError) as caught, VirtualFileSystem() as vfs:
        vfs.write_text("/player.png", "")
        vfs.read_bytes("/playr.png")
    assert "did you mean /player.png?" in str(caught.value)


def test_a_path_object_of_the_tree(vfs: VirtualFileSystem) -> None:
    assert (vfs / "d" / "x").read_bytes() == vfs.path("/d/x").read_bytes() == b"base /d/x"
    assert str(vfs.path()) == "/"
