"""Facts about files, layers by their names, and errors for what is missing, over several layers."""

from __future__ import annotations

import datetime
import hashlib
import math
import stat
from pathlib import Path

import pytest

from vfsloader import FolderLayer, VirtualFileSystem
from vfsloader.errors import InvalidPathError, NotAFolderError, PathNotFoundError
from vfsloader.layers import BaseLayer, Entry, EntryType
from vfsloader.store.memory.store import MemoryStore


class Counter:
    """Counts how often it is called."""

    def __init__(self) -> None:
        self.changes = 0
        self.steps = 0

    def changed(self) -> None:
        self.changes += 1

    def stepped(self) -> None:
        self.steps += 1


class FolderLike(MemoryStore):
    """Never hides anything, as a folder of the disk."""

    may_hide = False


def filled(name: str, *paths: str) -> MemoryStore:
    store = MemoryStore(name)
    for path in paths:
        store.write(path, f"{name} {path}".encode())
    return store


@pytest.fixture
def vfs() -> VirtualFileSystem:
    vfs = VirtualFileSystem(local_name="save")
    vfs.add_underlay(filled("b", "/a", "/d/x"), 0, "base")
    vfs.add_underlay(filled("m", "/a", "/d/y"), 10, "mod")
    vfs.write_text("/mine", "12345")
    return vfs


# --- facts ---------------------------------------------------------------------------------------------


class Dated(BaseLayer):
    """One file with known facts."""

    def find(self, path: str) -> Entry | None:
        if path != "/x":
            return None
        return Entry(path, EntryType.FILE, 7, 1_500_000_000, 500_000_000, digest=b"known", generation=3)


def test_facts_are_the_layers() -> None:
    vfs = VirtualFileSystem()
    vfs.add_underlay(Dated(), name="dated")  # type: ignore[arg-type]
    result = vfs.stat("/x")
    assert (result.st_size, result.size, result.source_layer, result.generation) == (7, 7, "dated", 3)
    assert (result.st_mtime_ns, result.st_ctime_ns) == (1_500_000_000, 500_000_000)
    assert (result.st_mtime, result.st_ctime, result.digest) == (1.5, 0.5, b"known")


def test_times_are_also_iso_text() -> None:
    vfs = VirtualFileSystem()
    vfs.add_underlay(Dated(), name="dated")  # type: ignore[arg-type]
    result = vfs.stat("/x")
    assert datetime.datetime.fromisoformat(result.modified_at).timestamp() == 1.5
    assert datetime.datetime.fromisoformat(result.created_at).timestamp() == 0.5


@pytest.mark.parametrize(
    ("path", "mode", "is_folder"),
    [("/mine", "-rw-r--r--", False), ("/d", "drwxr-xr-x", True), ("/", "drwxr-xr-x", True)],
)
def test_modes_are_those_of_a_file_or_a_folder(vfs: VirtualFileSystem, path: str, mode: str, is_folder: bool) -> None:
    result = vfs.stat(path)
    assert (stat.filemode(result.st_mode), result.is_directory) == (mode, is_folder)


@pytest.mark.parametrize(
    ("path", "exists", "isfile", "isdir"),
    [
        ("/mine", True, True, False),
        ("/a", True, True, False),
        ("/d", True, False, True),
        ("/", True, False, True),
        ("/nope", False, False, False),
        ("/a/below", False, False, False),
        ("/../outside", False, False, False),
    ],
)
def test_what_is_there(vfs: VirtualFileSystem, path: str, exists: bool, isfile: bool, isdir: bool) -> None:
    assert (vfs.exists(path), vfs.isfile(path), vfs.isdir(path)) == (exists, isfile, isdir)


def test_a_digest_is_the_winners(vfs: VirtualFileSystem) -> None:
    assert vfs.digest("d/../a") == hashlib.sha256(b"m /a").digest()


@pytest.mark.parametrize("call", ["stat", "getsize", "digest", "read_bytes", "read_text", "open", "listdir"])
def test_what_is_missing_is_named_by_its_normal_path(vfs: VirtualFileSystem, call: str) -> None:
    with pytest.raises(PathNotFoundError, match=r"save, mod, base") as caught:
        getattr(vfs, call)("d//nope")
    assert caught.value.filename == "/d/nope"


@pytest.mark.parametrize("call", ["stat", "digest", "listdir", "which_layer_detailed"])
def test_an_invalid_path_is_refused_where_an_answer_would_be_wrong(vfs: VirtualFileSystem, call: str) -> None:
    with pytest.raises(InvalidPathError):
        getattr(vfs, call)("/../x")


def test_no_layer_provides_what_is_missing(vfs: VirtualFileSystem) -> None:
    assert [vfs.which_layer(path) for path in ("/mine", "/a", "/d/x", "/nope", "/../x")] == [
        "save",
        "mod",
        "base",
        None,
        None,
    ]


def test_what_every_layer_has_at_a_path(vfs: VirtualFileSystem) -> None:
    vfs.remove("/a")
    detail = vfs.which_layer_detailed("d/../a")
    assert (detail["path"], detail["resolved_from"]) == ("/a", None)
    assert [tuple(layer.values()) for layer in detail["layers"]] == [
        ("save", False, True),
        ("mod", True, False),
        ("base", True, False),
    ]


# --- folders ---------------------------------------------------------------------------------------------


def test_an_empty_folder_has_no_names(vfs: VirtualFileSystem) -> None:
    vfs.mkdir("/empty")
    assert vfs.listdir("/empty") == []


def test_a_file_has_no_list_and_is_named(vfs: VirtualFileSystem) -> None:
    with pytest.raises(NotAFolderError) as caught:
        vfs.listdir("/a")
    assert caught.value.filename == "/a"


def test_a_walk_starts_anywhere(vfs: VirtualFileSystem) -> None:
    assert list(vfs.walk("d/")) == [("/d", [], ["x", "y"])]


@pytest.mark.parametrize(("path", "kind"), [("/a", NotAFolderError), ("/nope", PathNotFoundError)])
def test_a_walk_reports_where_it_cannot_start(vfs: VirtualFileSystem, path: str, kind: type[OSError]) -> None:
    errors: list[OSError] = []
    assert list(vfs.walk(path, errors.append)) == []
    assert [(type(error), error.filename) for error in errors] == [(kind, path)]


def test_a_walk_from_an_invalid_path_is_reported(vfs: VirtualFileSystem) -> None:
    errors: list[OSError] = []
    assert list(vfs.walk("/../x", errors.append)) == []
    assert [type(error) for error in errors] == [InvalidPathError]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [("/d/*", ["/d/x", "/d/y"]), ("d/*", ["/d/x", "/d/y"]), ("/d/x", ["/d/x"]), ("d/x", ["/d/x"]), ("d/nope", [])],
)
def test_a_glob_may_leave_out_the_first_slash(vfs: VirtualFileSystem, pattern: str, matches: list[str]) -> None:
    assert vfs.glob(pattern) == matches


# --- layers ----------------------------------------------------------------------------------------------


def test_layers_are_listed_from_the_top(vfs: VirtualFileSystem, tmp_path: Path) -> None:
    vfs.add_underlay(FolderLayer(tmp_path), 5, "folder")
    assert [tuple(row.values()) for row in vfs.list_layers()] == [
        ("save", math.inf, ":memory:", True),
        ("mod", 10, ":memory:", False),
        ("folder", 5, str(tmp_path), False),
        ("base", 0, ":memory:", False),
    ]


def test_a_layer_without_a_path_has_none(vfs: VirtualFileSystem) -> None:
    vfs.add_underlay(Dated(), name="dated")  # type: ignore[arg-type]
    assert {row["name"]: row["db_path"] for row in vfs.list_layers()}["dated"] is None


def test_layers_in_any_case_have_their_own_paths(tmp_path: Path) -> None:
    vfs = VirtualFileSystem(case_insensitive=True)
    vfs.add_underlay(FolderLayer(tmp_path), name="folder")
    assert vfs.list_layers()[1]["db_path"] == str(tmp_path)


def test_unnamed_layers_are_numbered() -> None:
    vfs = VirtualFileSystem()
    names = [vfs.add_underlay(MemoryStore()) for _ in range(3)]
    assert names == ["underlay_1", "underlay_2", "underlay_3"]


@pytest.mark.parametrize("name", ["save", "base"])
def test_a_name_is_taken_once(vfs: VirtualFileSystem, name: str) -> None:
    with pytest.raises(ValueError, match=repr(name)):
        vfs.add_underlay(MemoryStore(), name=name)
    assert len(vfs.list_layers()) == 3


@pytest.mark.parametrize(("priority", "winner"), [(20, "new"), (10, "new"), (9.5, "mod"), (-1, "mod")])
def test_the_higher_priority_wins(vfs: VirtualFileSystem, priority: float, winner: str) -> None:
    vfs.add_underlay(filled("n", "/a"), priority, "new")
    assert vfs.which_layer("/a") == winner


def test_removing_a_layer_shows_what_is_below_it(vfs: VirtualFileSystem) -> None:
    assert vfs.read_bytes("/a") == b"m /a"
    assert vfs.remove_underlay("mod")
    assert vfs.read_bytes("/a") == b"b /a"
    assert vfs.listdir("/d") == ["x"]


def test_a_layer_that_is_mounted_twice_may_be_removed_once() -> None:
    vfs, layer = VirtualFileSystem(), FolderLike("twice")
    layer.write("/d/x", b"")
    for name in ("low", "high"):
        vfs.add_underlay(layer, name=name)
    assert vfs.which_layer("/d/x") == "high"
    vfs.remove_underlay("high")
    assert vfs.which_layer("/d/x") == "low"


def test_a_layer_that_is_not_mounted_cannot_be_removed(vfs: VirtualFileSystem) -> None:
    counter = Counter()
    vfs.subscribe(counter.changed)
    assert not vfs.remove_underlay("nope")
    assert counter.changes == 0


def test_the_writable_layer_cannot_be_removed(vfs: VirtualFileSystem) -> None:
    assert not vfs.remove_underlay("save")


def test_a_file_that_was_removed_from_its_layer_is_read_from_the_next(vfs: VirtualFileSystem) -> None:
    local = VirtualFileSystem()
    layer = filled("top", "/a")
    local.add_underlay(filled("b", "/a"), 0)
    local.add_underlay(layer, 1)
    assert local.read_bytes("/a") == b"top /a"
    layer.remove("/a")
    assert local.read_bytes("/a") == b"b /a"


class Unannounced(MemoryStore):
    """Changes without a notice, except by its version."""

    reports_changes = False

    def subscribe(self, *listeners: object) -> object:  # type: ignore[override]
        return lambda: None


@pytest.mark.parametrize("path", ["/d/a", "/a"])
def test_a_file_that_came_without_notice_is_read(path: str) -> None:
    vfs, live = VirtualFileSystem(), Unannounced("live")
    vfs.add_underlay(filled("b", path), 0, "base")
    vfs.add_underlay(live, 1, "live")
    assert vfs.read_bytes(path) == f"b {path}".encode()
    live.write(path, b"live")
    assert vfs.read_bytes(path) == b"live"


# --- a tree as a layer -------------------------------------------------------------------------------------


def test_a_tree_as_a_layer_has_a_name_and_a_path(vfs: VirtualFileSystem) -> None:
    layer = vfs.as_layer()
    assert (layer.name, layer.path, vfs.as_layer("x").name) == ("vfs", ":memory:", "x")  # type: ignore[attr-defined]


def test_a_tree_that_is_mounted_announces_its_layers_changes(vfs: VirtualFileSystem) -> None:
    upper, counter, base = VirtualFileSystem(), Counter(), filled("late")
    upper.add_underlay(vfs, name="lower")
    upper.subscribe(counter.changed, counter.stepped)
    vfs.add_underlay(base, 99, "late")
    assert counter.changes == 1
    base.write("/a", b"late")
    assert counter.changes == 2
    assert upper.read_bytes("/a") == b"late"
    vfs.remove_underlay("late")
    assert counter.changes == 3
    assert upper.read_bytes("/a") == b"m /a"


def test_steps_of_a_batch_are_announced_apart(vfs: VirtualFileSystem) -> None:
    counter = Counter()
    vfs.subscribe(counter.changed, counter.stepped)
    with vfs.atomic_batch():
        vfs.write_text("/x", "1")
        assert (counter.changes, counter.steps) == (0, 1)
    assert counter.changes == 1


def test_a_tree_reports_changes_if_its_layers_do(vfs: VirtualFileSystem, tmp_path: Path) -> None:
    assert vfs.reports_changes
    vfs.add_underlay(FolderLayer(tmp_path, live=False), name="fixed")
    assert vfs.reports_changes
    vfs.add_underlay(FolderLayer(tmp_path), name="live")
    assert not vfs.reports_changes


class Remote(MemoryStore):
    is_remote = True

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def prefetch(self, entries: object) -> None:
        self.fetched += [entry.path for entry in entries]  # type: ignore[attr-defined]


def test_remote_files_are_fetched_by_any_spelling_of_their_path(vfs: VirtualFileSystem) -> None:
    remote = Remote()
    remote.write("/far/x", b"")
    vfs.add_underlay(remote, name="remote")
    vfs.prefetch(["far//x", "/a", "/nope"])
    assert remote.fetched == ["/far/x"]
