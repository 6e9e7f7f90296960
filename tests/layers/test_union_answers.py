"""A union: who wins, what is listed, what is remembered, and when it is looked for again."""

from __future__ import annotations

from collections.abc import Hashable
from typing import BinaryIO

import pytest

from vfsloader.errors import IsAFolderError, NotAFolderError, PathNotFoundError
from vfsloader.layers import BaseLayer, CaseInsensitiveLayer, Entry, Layer, Listeners, Mount, MountedLayer, Union
from vfsloader.layers.union_diff import take_over
from vfsloader.layers.union_layer import UnionLayer
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


class Unannounced(MemoryStore):
    """Changes without a notice; its version says that it did, unless it has none."""

    reports_changes = False
    has_version = True

    def subscribe(self, *listeners: object) -> object:  # type: ignore[override]
        return super().subscribe(Counter().changed)

    def version(self) -> Hashable | None:  # type: ignore[override]
        return super().version() if self.has_version else None


class WithoutVersion(Unannounced):
    has_version = False


class Remote(MemoryStore):
    is_remote = True

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.fetched: list[list[str]] = []

    def prefetch(self, entries: object) -> None:
        self.fetched.append([entry.path for entry in entries])  # type: ignore[attr-defined]


def filled(name: str, *paths: str, kind: type[MemoryStore] = MemoryStore) -> MemoryStore:
    store = kind(name)
    for path in paths:
        store.make_folder(path) if path.endswith("/") else store.write(path, name.encode())
    return store


def union_of(*layers: Layer) -> Union:
    """The first layer is the top."""
    return Union([Mount(layer.name, layer) for layer in layers])


# --- finding -----------------------------------------------------------------------------------------


def test_every_copy_is_returned_the_winner_first() -> None:
    union = union_of(filled("top", "/a"), filled("mid", "/b"), filled("base", "/a"))
    assert [(found.name, found.layer.name, found.entry.path) for found in union.copies("/a")] == [
        ("top", "top", "/a"),
        ("base", "base", "/a"),
    ]


def test_the_root_is_found_in_the_top_layer() -> None:
    union = union_of(filled("top"), filled("base", "/a"))
    found = union.find("/")
    assert found is not None
    assert (found.name, found.layer.name, found.entry.path, found.entry.is_folder) == ("top", "top", "/", True)


def test_the_root_of_a_layer_that_does_not_find_it_is_a_folder_even_so() -> None:
    class Rootless(BaseLayer):
        name = "rootless"

        def find(self, path: str) -> Entry | None:
            return None

    found = union_of(Rootless()).find("/")  # type: ignore[arg-type]
    assert found is not None
    assert (found.entry.path, found.entry.is_folder) == ("/", True)


def test_a_file_is_not_a_folder_and_the_error_has_its_path() -> None:
    with pytest.raises(NotAFolderError, match="is a file") as caught:
        union_of(filled("top", "/a/b")).need_folder("/a/b")
    assert caught.value.filename == "/a/b"


def test_a_folder_is_not_a_file_and_the_error_has_its_path() -> None:
    with pytest.raises(IsAFolderError, match="is a folder") as caught:
        union_of(filled("top", "/a/b")).read("/a")
    assert caught.value.filename == "/a"


def test_a_folder_that_is_missing() -> None:
    with pytest.raises(PathNotFoundError) as caught:
        union_of(filled("top", "/a/b")).need_folder("/x")
    assert caught.value.filename == "/x"


def test_a_file_of_a_higher_layer_hides_what_is_below_it() -> None:
    union = union_of(filled("top", "/a"), filled("base", "/a/b/c"))
    assert union.find("/a/b/c") is None
    assert list(union.children("/a")) == []
    assert union.file_above("/a/b/c") == "/a"


def test_a_file_of_a_lower_layer_hides_nothing_of_higher_ones() -> None:
    union = union_of(filled("top", "/a/b"), filled("base", "/a"))
    assert list(union.children("/a")) == ["b"]
    assert union.file_above("/a/b") is None


def test_no_file_is_above_a_path_of_missing_folders() -> None:
    assert union_of(filled("top", "/a/b")).file_above("/x/y/z") is None


def test_a_whiteout_hides_a_path_of_lower_layers_only() -> None:
    middle = filled("middle", "/d/b")
    middle.remove("/d/a", hide=True)
    union = union_of(filled("top", "/d/c"), middle, filled("base", "/d/a", "/d/b", "/d/e"))
    assert list(union.children("/d")) == ["b", "c", "e"]
    assert union.find("/d/a") is None
    assert union.glob("/d/*") == ["/d/b", "/d/c", "/d/e"]


def test_an_opaque_folder_hides_the_folder_below_it() -> None:
    top = filled("top")
    top.make_folder("/d/sub", opaque=True)
    union = union_of(top, filled("base", "/d/a", "/d/sub/x/y"))
    assert union.find("/d/sub/x/y") is None
    assert [folder for folder, _, _ in union.walk("/")] == ["/", "/d", "/d/sub"]
    assert union.glob("/**/*") == ["/d", "/d/a", "/d/sub"]


# --- where something may be written -------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("path", ["/new", "/d/new", "/x/y/new"])
def test_a_free_path_has_no_target(count: int, path: str) -> None:
    union = union_of(*[filled("top", "/d/a"), filled("base", "/d/b")][:count])
    assert union.find_target(path) is None


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("path", ["/d/a/new", "/d/a/x/y/new"])
def test_nothing_can_be_written_below_a_file(count: int, path: str) -> None:
    union = union_of(*[filled("top", "/d/a"), filled("base", "/d/b")][:count])
    with pytest.raises(NotAFolderError, match="/d/a is a file") as caught:
        union.find_target(path)
    assert caught.value.filename == path


def test_nothing_can_be_written_below_a_file_of_a_lower_layer() -> None:
    union = union_of(filled("top"), filled("base", "/d/a"))
    with pytest.raises(NotAFolderError):
        union.find_target("/d/a/new")


def test_a_file_that_came_without_notice_is_in_the_way() -> None:
    base = filled("base", "/d/a", kind=Unannounced)
    union = union_of(filled("top"), base)
    assert union.find_target("/d/new/x") is None
    base.write("/d/new", b"")
    with pytest.raises(NotAFolderError):
        union.find_target("/d/new/x")


def test_a_path_below_a_whiteout_is_free() -> None:
    top = filled("top", "/x")
    top.remove("/d", hide=True)
    assert union_of(top, filled("base", "/d/a")).find_target("/d/a/new") is None


def test_a_target_that_exists_is_found_with_its_layer() -> None:
    found = union_of(filled("top"), filled("base", "/a")).find_target("/a")
    assert found is not None
    assert found.name == "base"


# --- folders -----------------------------------------------------------------------------------------


def test_children_are_sorted_and_come_from_the_highest_layer() -> None:
    union = union_of(filled("top", "/b", "/c/x"), filled("base", "/a", "/b", "/c/y"))
    children = union.children("/")
    assert [(name, found.name, found.entry.path) for name, found in children.items()] == [
        ("a", "base", "/a"),
        ("b", "top", "/b"),
        ("c", "top", "/c"),
    ]


def test_a_caller_may_change_the_names_it_was_given() -> None:
    union = union_of(filled("top", "/a"), filled("base", "/b"))
    union.names("/").clear()
    assert union.names("/") == ["a", "b"]


def test_names_of_more_folders_than_are_remembered() -> None:
    folders = [f"/d{number}" for number in range(600)]
    union = union_of(filled("top", *[f"{folder}/x" for folder in folders]), filled("base"))
    for _ in range(2):
        assert all(union.names(folder) == ["x"] for folder in folders)


def test_a_path_without_wildcards_is_its_own_match() -> None:
    union = union_of(filled("top", "/a"), filled("base", "/d/b"))
    assert [union.glob(path) for path in ("/a", "/d", "/d/b", "/nope")] == [["/a"], ["/d"], ["/d/b"], []]


def test_a_match_of_two_layers_is_one() -> None:
    assert union_of(filled("top", "/d/a"), filled("base", "/d/a", "/d/b")).glob("/d/*") == ["/d/a", "/d/b"]


def test_a_match_below_a_file_of_a_higher_layer_is_none() -> None:
    union = union_of(filled("top", "/d/a"), filled("base", "/d/a/x", "/d/b/x"))
    assert union.glob("/d/*/x") == ["/d/b/x"]


def in_any_case(*layers: MemoryStore) -> Union:
    return Union([Mount(layer.name, CaseInsensitiveLayer(layer)) for layer in layers], case_insensitive=True)


def test_a_glob_in_any_case_returns_the_trees_spelling() -> None:
    union = in_any_case(filled("top", "/SPRITES/Q.PNG"), filled("base", "/sprites/p.png", "/Other/x.png"))
    assert union.glob("/Sprites/*.Png") == ["/sprites/Q.PNG", "/sprites/p.png"]
    assert union.glob("/SPR*") == ["/sprites"]


def test_children_in_any_case_have_the_path_that_the_tree_shows() -> None:
    union = in_any_case(filled("top", "/SPRITES/Q.PNG"), filled("base", "/sprites/q.png"))
    children = union.children("/Sprites")
    assert [(name, found.name, found.entry.path) for name, found in children.items()] == [
        ("q.png", "top", "/Sprites/q.png")
    ]


def test_a_spelling_is_the_trees_as_far_as_the_path_exists() -> None:
    union = in_any_case(filled("top", "/SPRITES/Q.PNG"), filled("base", "/sprites/Deep/x"))
    assert union.spelling("/Sprites/DEEP/New.PNG") == "/sprites/Deep/New.PNG"
    assert union.spelling("/Nope/DEEP") == "/Nope/DEEP"


# --- changes -----------------------------------------------------------------------------------------


def test_the_version_is_that_of_all_layers() -> None:
    top, base = filled("top", "/a"), filled("base")
    union = union_of(top, base)
    versions = [union.version()]
    for layer in (top, base):
        layer.write("/b", b"")
        versions.append(union.version())
    assert None not in versions
    assert len(set(versions)) == 3


def test_without_the_version_of_one_layer_there_is_none() -> None:
    assert union_of(filled("top"), filled("base", kind=WithoutVersion)).version() is None


def test_a_change_without_notice_shows_at_the_next_question() -> None:
    base = filled("base", "/d/a", kind=Unannounced)
    union = union_of(filled("top"), base)
    assert union.names("/d") == ["a"]
    base.write("/d/b", b"")
    base.write("/d/a", b"new")
    assert union.names("/d") == ["a", "b"]
    assert union.read("/d/a") == b"new"


def test_a_folder_that_came_without_notice_is_looked_into() -> None:
    top = filled("top", kind=Unannounced)
    union = union_of(top, filled("base", "/d/a"))
    found = union.find("/d/a")
    assert found is not None
    assert found.name == "base"
    top.write("/d/a", b"")
    found = union.find("/d/a")
    assert found is not None
    assert found.name == "top"


def test_a_change_without_notice_is_announced_when_it_is_seen() -> None:
    base, counter = filled("base", "/d/a", kind=Unannounced), Counter()
    union = union_of(filled("top"), base)
    union.names("/")
    union.subscribe(counter.changed)
    union.names("/")
    assert counter.changes == 0
    base.write("/d/b", b"")
    union.names("/")
    union.names("/")
    assert counter.changes == 1


def test_a_layer_without_a_version_is_looked_at_each_time() -> None:
    base = filled("base", "/d/a", kind=WithoutVersion)
    union = union_of(filled("top", "/d/c"), base)
    assert union.find("/d/b") is None
    base.write("/d/b", b"")
    assert union.names("/d") == ["a", "b", "c"]
    assert union.find("/d/b") is not None


@pytest.mark.parametrize(
    ("kind", "reports"), [(MemoryStore, True), (Unannounced, False)], ids=["announced", "unannounced"]
)
def test_a_union_reports_changes_if_every_layer_does(kind: type[MemoryStore], reports: bool) -> None:
    assert union_of(filled("top"), filled("base", kind=kind)).reports_changes is reports


def test_steps_of_a_transaction_are_announced_apart() -> None:
    base, counter = filled("base"), Counter()
    union = union_of(filled("top"), base)
    union.subscribe(counter.changed, counter.stepped)
    with base.transaction():
        base.write("/a", b"")
        assert (counter.changes, counter.steps) == (0, 1)
    assert counter.changes == 1


def test_a_step_of_a_transaction_is_seen_inside_it() -> None:
    base = filled("base", "/d/a")
    union = union_of(filled("top", "/d/x"), base)
    assert union.names("/d") == ["a", "x"]
    with base.transaction():
        base.write("/d/b", b"")
        assert union.names("/d") == ["a", "b", "x"]


def test_a_union_that_is_detached_hears_nothing_more() -> None:
    base, counter = filled("base"), Counter()
    union = union_of(filled("top"), base)
    union.subscribe(counter.changed)
    union.detach()
    base.write("/a", b"")
    assert counter.changes == 0


def test_listeners_can_be_handed_from_union_to_union() -> None:
    base, counter, listeners = filled("base"), Counter(), Listeners()
    listeners.add(counter.changed)
    union = Union([Mount("base", base)], listeners=listeners)
    base.write("/a", b"")
    assert (counter.changes, union.read("/a")) == (1, b"")


# --- other machines ----------------------------------------------------------------------------------


def test_each_remote_layer_fetches_its_own_files_at_once() -> None:
    top, middle = Remote("top"), Remote("middle")
    for path in ("/a", "/d/b"):
        top.write(path, b"")
    for path in ("/a", "/c"):
        middle.write(path, b"")
    union = union_of(top, middle, filled("base", "/local"))
    union.prefetch(["/a", "/d/b", "/c", "/d", "/local", "/nope"])
    assert (top.fetched, middle.fetched) == ([["/a", "/d/b"]], [["/c"]])


def test_a_union_is_remote_if_one_layer_is() -> None:
    assert union_of(filled("top"), Remote("base")).is_remote
    assert not union_of(filled("top"), filled("base")).is_remote


# --- a file that vanishes ------------------------------------------------------------------------------


class Fleeting(BaseLayer):
    """Finds its file again and again, and can never read it."""

    name = "fleeting"

    def find(self, path: str) -> Entry | None:
        return Entry(path, path == "/")  # type: ignore[arg-type]

    def read(self, entry: Entry) -> bytes:
        raise FileNotFoundError(2, "gone", "/home/me/a")

    def open(self, entry: Entry) -> BinaryIO:
        raise FileNotFoundError(2, "gone", "/home/me/a")


@pytest.mark.parametrize("count", [1, 3])
def test_a_file_that_can_never_be_read_is_missing_in_the_end(count: int) -> None:
    union = union_of(*[Fleeting()] * count)  # type: ignore[list-item]
    with pytest.raises(PathNotFoundError) as caught:
        union.read("/a")
    assert caught.value.filename == "/a"


def test_a_file_that_cannot_be_read_is_named_by_its_path_and_layer() -> None:
    class Denied(Fleeting):
        def read(self, entry: Entry) -> bytes:
            raise PermissionError(13, "Permission denied", "/home/me/a")

    union = Union([Mount("top", MemoryStore()), Mount("winter", Denied())])  # type: ignore[arg-type]
    with pytest.raises(PermissionError) as caught:
        union.read("/a")
    assert (caught.value.filename, caught.value.errno) == ("/a", 13)
    assert str(caught.value) == "cannot read /a in winter: Permission denied"


# --- a union as a layer --------------------------------------------------------------------------------


def layer_of(union: Union) -> UnionLayer:
    return UnionLayer(lambda: union, "all", ":memory:", union.subscribe)


def test_a_unions_layer_reads_and_opens_the_winner() -> None:
    layer = layer_of(union_of(filled("top", "/a"), filled("base", "/a", "/b")))
    for path, content in (("/a", b"top"), ("/b", b"base")):
        entry = layer.find(path)
        assert entry is not None
        assert layer.read(entry) == content
        with layer.open(entry) as file:
            assert file.read() == content


def test_entries_that_a_unions_layer_lists_can_be_read() -> None:
    layer = layer_of(union_of(filled("top", "/a"), filled("base", "/b")))
    assert {entry.path: layer.read(entry) for entry in layer.list("/")} == {"/a": b"top", "/b": b"base"}


def test_a_unions_layer_has_another_version_after_a_change() -> None:
    base = filled("base")
    layer = layer_of(union_of(filled("top"), base))
    before = layer.version()
    assert before is not None
    assert layer.version() == before
    base.write("/a", b"")
    assert layer.version() != before


def test_a_unions_layer_has_another_version_when_the_union_is_replaced() -> None:
    first, second = union_of(filled("top", "/a")), union_of(filled("top", "/b"))
    current = [first]
    layer = UnionLayer(lambda: current[0], "all", ":memory:", first.subscribe)
    before = layer.version()
    current[0] = second
    assert layer.version() != before


def test_a_unions_layer_has_no_version_if_the_union_has_none() -> None:
    assert layer_of(union_of(filled("base", kind=WithoutVersion))).version() is None


def test_a_unions_layer_announces_steps_of_a_transaction() -> None:
    base, counter = filled("base"), Counter()
    layer = layer_of(union_of(filled("top"), base))
    layer.subscribe(counter.changed, counter.stepped)
    with base.transaction():
        base.write("/a", b"")
        assert (counter.changes, counter.steps) == (0, 1)
    assert counter.changes == 1


# --- patterns that hide --------------------------------------------------------------------------------


@pytest.mark.parametrize("glob", ["/d/*.ogg", "/d/a.ogg", "/**/*.ogg", "/d"])
def test_a_pattern_hides_files_of_folders_that_its_layer_does_not_have(glob: str) -> None:
    base = filled("base", "/d/a.ogg", "/e/a.txt")
    above = filled("above", "/d/new.ogg")
    hiding = MountedLayer(filled("hiding", "/x"), mount="/mods/hiding", remove=[glob])
    union = Union([Mount("above", above), Mount("hiding", hiding), Mount("base", base)])
    assert union.find("/d/a.ogg") is None
    assert union.find("/d/new.ogg") is not None
    assert union.find("/e/a.txt") is not None
    assert union.names("/d") == ["new.ogg"]
    assert union.glob("/**/*.ogg") == ["/d/new.ogg"]
    assert union.names("/no-folder") == []
    assert Union([Mount("hiding", hiding), Mount("base", base)]).names("/") in (["d", "e", "mods"], ["e", "mods"])


def test_a_pattern_counts_in_a_folder_that_comes_later() -> None:
    hiding = Mount("hiding", MountedLayer(filled("hiding"), remove=["/d/*.ogg"]))
    base = Mount("base", filled("base"))
    before = Union([hiding, base])
    assert before.find("/d/a.ogg") is None
    more = Mount("more", filled("more", "/d/a.ogg", "/d/b.txt"))
    after = Union([hiding, more, base])
    take_over(after, before)
    assert after.find("/d/a.ogg") is None
    assert after.find("/d/b.txt") is not None
