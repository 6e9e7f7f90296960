"""Layers that are asked at each look give the same answers as remembered ones, also while files move between them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.layers.test_union import PATHS, layers, seen
from vfsloader import Layer, Store
from vfsloader.errors import PathError
from vfsloader.layers.folder import FolderLayer
from vfsloader.layers.mounted import MountedLayer
from vfsloader.layers.protocol import Entry
from vfsloader.layers.union import Mount, Union
from vfsloader.layers.wrapper import LayerWrapper


class Unversioned(LayerWrapper):
    """A layer that cannot say whether it has changed."""

    reports_changes = False

    def version(self) -> None:
        return None

    def find(self, path: str) -> Entry | None:
        return self.layer.find(path)

    def hides(self, path: str) -> bool:
        return self.layer.hides(path)


def targets(union: Union) -> dict[str, object]:
    """Return what writing each path would meet."""

    def target(path: str) -> object:
        try:
            return union.find_target(path) is None
        except PathError as error:
            return type(error)

    return {path: target(path) for path in PATHS}


@settings(max_examples=500)
@given(
    stores=st.lists(layers(), min_size=2, max_size=5),
    unversioned=st.sets(st.integers(0, 4), min_size=1),
    removed=st.dictionaries(st.integers(0, 4), st.sampled_from(["/a", "/a/*", "/*/b/*", "/b/a/c"])),
)
def test_answers_are_those_of_layers_that_report_changes(
    stores: list[Store], unversioned: set[int], removed: dict[int, str]
) -> None:
    mods = [MountedLayer(store, remove=(removed[n],)) if n in removed else store for n, store in enumerate(stores)]
    asked: list[Layer] = [Unversioned(layer) if n in unversioned else layer for n, layer in enumerate(mods)]
    live = Union([Mount(f"layer{n}", layer) for n, layer in enumerate(asked)])
    remembered = Union([Mount(f"layer{n}", layer) for n, layer in enumerate(mods)])
    for _ in range(2):
        assert seen(live) == seen(remembered)
        assert targets(live) == targets(remembered)


def put(folder: Path, number: int) -> None:
    (folder / "a/b").mkdir(parents=True, exist_ok=True)
    (folder / "a/b/new").write_text(f"{number}")
    os.replace(folder / "a/b/new", folder / "a/b/x")


def move_down(high: Path, middle: Path) -> None:
    """Write what is newest below where it was, then take the folder above away."""
    put(middle, 3)
    shutil.rmtree(high / "a")


def move_up(high: Path, middle: Path) -> None:
    put(high, 3)


@pytest.mark.parametrize("change", [move_down, move_up])
@pytest.mark.parametrize("question", range(14))
def test_no_look_mixes_two_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: int, change: Callable[[Path, Path], None]
) -> None:
    low, middle, high = (tmp_path / name for name in ("low", "middle", "high"))
    put(low, 1)
    middle.mkdir()
    put(high, 2)
    asked = 0
    find = FolderLayer.find

    def changed_before_one_question(self: FolderLayer, path: str) -> object:
        nonlocal asked
        if asked == question:
            change(high, middle)
        asked += 1
        return find(self, path)

    union = Union([Mount(folder.name, FolderLayer(folder)) for folder in (high, middle, low)])
    monkeypatch.setattr(FolderLayer, "find", changed_before_one_question)
    assert union.read("/a/b/x") in (b"2", b"3")
