"""The resources in use: found again, dropped with their last user, and known by the paths they depend on."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from vfsloader import Asset
from vfsloader.assets.decoder import Decoded
from vfsloader.assets.live import Key, LiveResources
from vfsloader.assets.loader import FunctionLoader, Loader


class Box:
    """A value that can be held weakly."""


def make(asset: Asset) -> Any:
    """Stand for a game's own function."""


LOADER: Loader[Any] = FunctionLoader(make)


def key_of(path: str, loader: Loader[Any] = LOADER, options: tuple[Any, ...] = ()) -> Key:
    return loader, path, options


def add(live: LiveResources, path: str, value: Any, *others: str, size: int = 10, **options: Any) -> Key:
    key = key_of(path, options=tuple(options.items()))
    live.add(key, options, value, Decoded(None, options, frozenset({path, *others}), size))
    return key


@pytest.fixture
def live() -> LiveResources:
    return LiveResources(100)


def test_a_resource_is_found_while_it_is_in_use(live: LiveResources) -> None:
    box = Box()
    key = add(live, "/a", box)
    assert live.get(key) is box
    assert live.get(key_of("/b")) is None
    assert len(live) == 1


def test_a_resource_goes_with_its_last_user(live: LiveResources) -> None:
    box = Box()
    key = add(live, "/a", box)
    del box
    gc.collect()
    assert live.get(key) is None
    assert len(live) == 0


def test_a_value_that_cannot_be_held_weakly_is_kept(live: LiveResources) -> None:
    key = add(live, "/a", "a text")
    gc.collect()
    assert live.get(key) == "a text"


def test_kept_values_stay_within_their_budget(live: LiveResources) -> None:
    keys = [add(live, f"/{number}", f"text {number}", size=40) for number in range(3)]
    assert [live.get(key) for key in keys] == [None, "text 1", "text 2"]
    assert len(live) == 2


def test_values_that_are_held_weakly_have_no_budget(live: LiveResources) -> None:
    boxes = [Box() for _ in range(3)]
    for number, box in enumerate(boxes):
        add(live, f"/{number}", box, size=1000)
    assert len(live) == 3


# --- shortcuts -----------------------------------------------------------------------------------------------


def test_a_shortcut_leads_to_the_resource(live: LiveResources) -> None:
    box = Box()
    live.add_shortcut("call", add(live, "/a", box))
    assert live.shortcuts["call"]() is box


def test_a_shortcut_to_nothing_is_not_kept(live: LiveResources) -> None:
    live.add_shortcut("call", key_of("/a"))
    assert live.shortcuts == {}


def test_shortcuts_go_with_the_resource(live: LiveResources) -> None:
    box = Box()
    key = add(live, "/a", box)
    for call in ("one", "two"):
        live.add_shortcut(call, key)
    del box
    gc.collect()
    live.purge_collected()
    assert live.shortcuts == {}


def test_shortcuts_lead_to_a_replaced_value(live: LiveResources) -> None:
    old, new = Box(), Box()
    live.add_shortcut("call", add(live, "/a", old))
    (record,) = live.using(["/a"])
    live.track(record, new, frozenset({"/a"}))
    assert live.shortcuts["call"]() is new


# --- paths -----------------------------------------------------------------------------------------------------


def test_the_resources_of_a_path_are_in_the_order_in_which_they_were_made(live: LiveResources) -> None:
    boxes = [Box() for _ in range(20)]
    for number, box in enumerate(boxes):
        add(live, f"/{number}", box, "/shared")
    assert [record.value() for record in live.using(["/shared", "/3", "/nope"])] == boxes
    assert [record.path for record in live.using(["/3"])] == ["/3"]


def test_a_path_that_is_no_longer_used_is_known(live: LiveResources) -> None:
    first, second = Box(), Box()
    add(live, "/a", first, "/shared")
    add(live, "/b", second, "/shared")
    del first
    gc.collect()
    assert live.using(["/a"]) == []
    assert live.unreferenced_paths == {"/a"}
    del second
    gc.collect()
    live.purge_collected()
    assert live.unreferenced_paths == {"/a", "/b", "/shared"}


def test_a_path_that_is_used_again_is_no_longer_unused(live: LiveResources) -> None:
    box = Box()
    add(live, "/a", box, "/shared")
    del box
    gc.collect()
    live.purge_collected()
    again = Box()
    add(live, "/b", again, "/shared")
    assert live.unreferenced_paths == {"/a"}


def test_a_resource_may_depend_on_other_paths_than_before(live: LiveResources) -> None:
    box = Box()
    add(live, "/a", box, "/old")
    (record,) = live.using(["/a"])
    live.track(record, box, frozenset({"/a", "/new"}))
    assert live.using(["/old"]) == []
    assert live.using(["/new"]) == [record]
    assert live.unreferenced_paths == {"/old"}


@pytest.mark.parametrize(("size", "kept"), [(60, False), (None, True), (20, True)])
def test_a_replaced_value_counts_with_its_new_size(live: LiveResources, size: int | None, kept: bool) -> None:
    first = add(live, "/first", "first", size=50)
    add(live, "/a", "old", size=30)
    (record,) = live.using(["/a"])
    live.track(record, "new", frozenset({"/a"}), size)
    assert (live.get(first) is not None) is kept


def test_a_value_that_can_be_held_weakly_frees_the_budget_of_the_one_before(live: LiveResources) -> None:
    box = Box()
    add(live, "/a", "a text", size=60)
    (record,) = live.using(["/a"])
    live.track(record, box, frozenset({"/a"}))
    others = [add(live, f"/{number}", f"text {number}", size=50) for number in range(2)]
    assert [live.get(key) for key in others] == ["text 0", "text 1"]


def test_a_replaced_value_that_nobody_uses_goes_alone(live: LiveResources) -> None:
    old, new = Box(), Box()
    key = add(live, "/a", old)
    (record,) = live.using(["/a"])
    live.track(record, new, frozenset({"/a"}))
    del old
    gc.collect()
    assert (live.get(key), len(live)) == (new, 1)


def test_a_resource_that_was_made_again_outlives_the_first(live: LiveResources) -> None:
    first, second = Box(), Box()
    key = add(live, "/a", first)
    add(live, "/a", second)
    del first
    gc.collect()
    assert (live.get(key), len(live)) == (second, 1)


def test_the_paths_of_a_loader(live: LiveResources) -> None:
    boxes = [Box() for _ in range(4)]
    add(live, "/b", boxes[0])
    add(live, "/a", boxes[1])
    add(live, "/b", boxes[2], scale=2)
    other = FunctionLoader(repr)
    live.add(key_of("/c", other), {}, boxes[3], Decoded(None, {}, frozenset({"/c"}), 1))
    assert (live.paths_of(LOADER), live.paths_of(other)) == (["/b", "/a"], ["/c"])
    boxes.clear()
    gc.collect()
    assert live.paths_of(LOADER) == []
