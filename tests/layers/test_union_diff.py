"""The difference between two lists of layers: what came and went, which paths may differ, and what is still known."""

from __future__ import annotations

from typing import Any

import pytest

from vfsloader.layers import CaseInsensitiveLayer, Mount, Union
from vfsloader.layers.union_diff import changed_layers, everywhere, may_differ_between, take_over
from vfsloader.store.memory.store import MemoryStore


class Plain(MemoryStore):
    """Never hides anything."""

    may_hide = False


def mount(name: str, *paths: str, kind: type[MemoryStore] = Plain) -> Mount:
    store = kind(name)
    for path in paths:
        store.write(path, name.encode())
    return Mount(name, store)


BASE, LOW, HIGH = mount("base", "/d/a", "/x"), mount("low", "/d/b"), mount("high", "/d/a", "/d/c")


# --- which layers came and went ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ([BASE], [BASE], []),
        ([BASE], [HIGH, BASE], ["high"]),
        ([HIGH, BASE], [BASE], ["high"]),
        ([HIGH, BASE], [LOW, BASE], ["low", "high"]),
        ([HIGH, LOW, BASE], [HIGH, BASE], ["low"]),
        ([BASE], [HIGH, LOW, BASE], ["high", "low"]),
    ],
)
def test_the_layers_that_only_one_list_has(before: list[Mount], after: list[Mount], changed: list[str]) -> None:
    layers = changed_layers(Union(before), Union(after))
    assert layers is not None
    assert [layer.name for layer in layers] == changed


def test_another_order_cannot_be_compared() -> None:
    assert changed_layers(Union([HIGH, LOW, BASE]), Union([LOW, HIGH, BASE])) is None


def test_with_another_order_every_path_may_differ() -> None:
    assert may_differ_between(Union([HIGH, LOW]), Union([LOW, HIGH])) is everywhere
    assert everywhere("/nope", None)


# --- which paths may differ ----------------------------------------------------------------------------


def may_differ(before: list[Mount], after: list[Mount], path: str, provider: Mount | None) -> bool:
    return may_differ_between(Union(before), Union(after))(path, None if provider is None else provider.layer)


@pytest.mark.parametrize(
    ("path", "provider", "differs"),
    [
        ("/d/a", BASE, True),  # the new layer has it
        ("/x", BASE, False),
        ("/d/c", None, True),
        ("/d/nope", None, False),
    ],
)
def test_a_layer_that_comes_changes_the_paths_that_it_has(path: str, provider: Mount | None, differs: bool) -> None:
    assert may_differ([BASE], [HIGH, BASE], path, provider) is differs


@pytest.mark.parametrize(
    ("path", "provider", "differs"),
    [
        ("/d/a", HIGH, True),
        ("/d/c", HIGH, True),
        ("/x", BASE, False),
        ("/d/a", BASE, False),  # the layer that went did not provide it
        ("/d/nope", None, False),
    ],
)
def test_a_layer_that_goes_changes_the_paths_that_it_provided(path: str, provider: Mount, differs: bool) -> None:
    assert may_differ([HIGH, BASE], [BASE], path, provider) is differs


def test_a_layer_below_the_one_that_provides_a_path_does_not_count() -> None:
    assert not may_differ([HIGH, BASE], [HIGH, LOW, BASE], "/d/a", HIGH)


def test_a_layer_above_the_one_that_provides_a_path_counts() -> None:
    above = mount("above", "/d/b")
    assert may_differ([HIGH, LOW, BASE], [HIGH, above, LOW, BASE], "/d/b", LOW)


def test_a_file_in_the_place_of_a_folder_changes_what_is_below_it() -> None:
    in_the_way = mount("file", "/d")
    assert may_differ([BASE], [in_the_way, BASE], "/d/a", BASE)
    assert may_differ([BASE], [in_the_way, BASE], "/d/deep/er", BASE)
    assert not may_differ([BASE], [in_the_way, BASE], "/x", BASE)


def hiding(path: str) -> Mount:
    made = mount("hiding", kind=MemoryStore)
    made.layer.remove(path, hide=True)  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize(
    ("path", "differs"), [("/d", True), ("/d/a", True), ("/d/deep/a", True), ("/x", False), ("/dd", False)]
)
def test_a_whiteout_changes_a_path_and_what_is_below_it(path: str, differs: bool, is_new: bool) -> None:
    lists = [BASE], [hiding("/d"), BASE]
    before, after = lists if is_new else lists[::-1]
    assert may_differ(before, after, path, BASE) is differs


def test_a_whiteout_that_goes_may_show_a_path_that_was_missing() -> None:
    upper = hiding("/d")
    assert may_differ([upper, BASE], [BASE], "/d/a", None)


def test_an_opaque_root_changes_everything_below_it() -> None:
    opaque = mount("opaque", kind=MemoryStore)
    opaque.layer.make_folder("/", opaque=True)  # type: ignore[attr-defined]
    assert may_differ([BASE], [opaque, BASE], "/x", BASE)


# --- what is still known -------------------------------------------------------------------------------


def tree(union: Union) -> list[tuple[str, str]]:
    return [
        (path, found.name)
        for folder, folders, files in union.walk("/")
        for name in (*folders, *files)
        if (found := union.find(path := f"{folder.rstrip('/')}/{name}")) is not None
    ]


FILE = mount("file", "/d")
ELSEWHERE = mount("elsewhere", "/e/x", "/y")
HIDING = hiding("/d")
LISTS = [
    [BASE],
    [HIGH, BASE],
    [HIGH, LOW, BASE],
    [LOW, BASE],
    [FILE, BASE],
    [HIGH, FILE, BASE],
    [HIDING, BASE],
    [HIGH, HIDING, BASE],
    [LOW, HIGH, BASE],
    [HIGH, BASE, LOW],
    [HIGH, ELSEWHERE, BASE],
    [Mount("low again", LOW.layer), HIGH, LOW, BASE],
]


@pytest.mark.parametrize("before", LISTS)
@pytest.mark.parametrize("after", LISTS)
def test_what_is_taken_over_changes_no_answer(before: list[Mount], after: list[Mount]) -> None:
    previous, union = Union(before), Union(after)
    tree(previous)
    take_over(union, previous)
    assert tree(union) == tree(Union(after))


class Unannounced(Plain):
    """Changes without a notice."""

    reports_changes = False

    def subscribe(self, *listeners: object) -> Any:
        """Never call anyone."""
        return lambda: None


@pytest.mark.parametrize("is_new", [True, False])
def test_nothing_is_taken_over_from_or_to_layers_that_report_nothing(is_new: bool) -> None:
    live = mount("live", "/d/live", kind=Unannounced)
    lists = [HIGH, live, BASE], [HIGH, BASE]
    before, after = lists[::-1] if is_new else lists
    previous, union = Union(before), Union(after)
    tree(previous)
    live.layer.remove("/d")  # type: ignore[attr-defined]
    live.layer.write("/d", b"a file now")  # type: ignore[attr-defined]
    take_over(union, previous)
    assert tree(union) == tree(Union(after))


def test_nothing_is_taken_over_where_case_does_not_matter() -> None:
    upper = mount("upper", "/D/A")
    lists = [[Mount(name, CaseInsensitiveLayer(layer)) for name, layer in mounts] for mounts in ([BASE], [upper, BASE])]
    previous = Union(lists[0], case_insensitive=True)
    tree(previous)
    union = Union([lists[1][0], *lists[0]], case_insensitive=True)
    take_over(union, previous)
    assert tree(union) == tree(Union(lists[1], case_insensitive=True))


class Counted(Plain):
    """Counts how often it is asked for a folder."""

    looks = 0

    def find(self, path: str) -> object:  # type: ignore[override]
        self.looks += path == "/d"
        return super().find(path)


def test_layers_that_stay_are_not_asked_for_their_folders_again() -> None:
    stays = mount("stays", "/d/a", kind=Counted)
    previous, union = Union([HIGH, stays]), Union([HIGH, LOW, stays])
    previous.find("/d/a")
    take_over(union, previous)
    layer = stays.layer
    assert isinstance(layer, Counted)
    layer.looks = 0
    union.find("/d/a")
    assert layer.looks == 0
