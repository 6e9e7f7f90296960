"""A union that takes over what its predecessor knew answers as one that starts from nothing."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import Store
from vfsloader.layers.union import Mount, Union
from vfsloader.layers.union_diff import take_over

NAMES = ("a", "b", "c")
PATHS = [f"/{'/'.join(parts)}" for size in (1, 2, 3) for parts in itertools.product(NAMES, repeat=size)]


@st.composite
def layers(draw: st.DrawFn) -> Store:
    """A store of a few files, folders and whiteouts, which may stand in each other's way in other layers."""
    store = Store(":memory:")
    for path in draw(st.lists(st.sampled_from(PATHS), max_size=5, unique=True)):
        what = draw(st.sampled_from(["file", "file", "folder", "whiteout"]))
        above = {path[: path.rindex("/", 0, at)] for at in range(2, len(path) + 1) if "/" in path[1:at]}
        if any((entry := store.find(one)) is not None and not entry.is_folder for one in above if one):
            continue
        if what == "whiteout":
            store.remove(path, hide=True)
        elif store.find(path) is None:
            store.write(path, path.encode()) if what == "file" else store.make_folder(path)
    store.may_hide = any(store.hides(path) for path in PATHS)
    return store


def seen(union: Union) -> dict[str, tuple[str, bool] | None]:
    found = {path: union.find(path) for path in PATHS}
    return {path: None if one is None else (one.name, one.entry.is_folder) for path, one in found.items()}


@settings(max_examples=500)
@given(st.lists(layers(), min_size=2, max_size=5), st.data())
def test_a_predecessors_knowledge_changes_no_answer(stores: list[Store], data: st.DataObject) -> None:
    mounts = [Mount(f"layer{n}", store) for n, store in enumerate(stores)]
    union = Union(mounts)
    for _ in range(4):
        seen(union)
        chosen = data.draw(st.lists(st.sampled_from(mounts), min_size=1, unique=True))
        if data.draw(st.booleans()):
            chosen.sort(key=lambda mount: mount.name)
        previous, union = union, Union(chosen)
        take_over(union, previous)
        previous.detach()
        assert seen(union) == seen(Union(chosen))
        assert {name: f.name for name, f in union.children("/").items()} == {
            name: f.name for name, f in Union(chosen).children("/").items()
        }
