"""Whom a change on the disk concerns: no more than needed, and never fewer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mods.making import add
from vfsloader import ResourceManager, Store
from vfsloader.game.disk_news import DiskNews
from vfsloader.layers.folder import FolderLayer

names = st.sampled_from(["a", "b", "c", "mods"])
tree_paths = st.lists(names, max_size=4).map(lambda parts: "/" + "/".join(parts))


@given(st.sets(tree_paths, max_size=5), st.lists(st.sets(tree_paths, min_size=1, max_size=2), max_size=5))
def test_every_owner_that_an_event_may_be_about_is_found(events: set[str], owners: list[set[str]]) -> None:
    def is_about(event: str, name: str) -> bool:
        return os.path.commonpath([event, name]) in (event, name)

    expected = [any(is_about(event, name) for event in events for name in owner) for owner in owners]
    if not events or any(not any(is_about(event, name) for owner in owners for name in owner) for event in events):
        expected = [True] * len(owners)
    news = DiskNews(map(Path, events), [], None)
    assert news.concerned(owners) == expected


@pytest.mark.parametrize(
    ("event", "state", "mods", "files"),
    [
        ("mods.json", True, False, False),
        (".mods.json.abcd1234.part", True, False, False),
        (".digests.json", False, False, False),
        (".mods-catalog", False, False, False),
        ("winter.zip", False, True, True),
        ("winter/mod.toml", False, True, True),
        ("winter/mods.json", False, False, True),
        ("winter/hero.png", False, False, True),
        ("", False, True, True),
    ],
)
def test_what_kind_of_news_an_event_is(event: str, state: bool, mods: bool, files: bool) -> None:
    folder = Path("/game/mods")
    news = DiskNews([folder / event], [folder], folder)
    assert (news.has_state, news.has_mods, news.has_files) == (state, mods, files)


def test_a_running_game_looks_only_at_what_an_event_is_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mods, seen = tmp_path / "mods", []
    for mod in ("forest", "winter"):
        add(mods, mod, {"hero.txt": mod})
    refresh = FolderLayer.refresh
    monkeypatch.setattr(FolderLayer, "refresh", lambda layer: (seen.append(layer.path.name), refresh(layer)))
    with ResourceManager(Store(), mods=mods, watch=False) as game, ResourceManager(Store(), mods=mods) as other:
        assert game.read("/hero.txt") == b"winter"
        layers = game._updater._layers
        seen.clear()
        (mods / "forest" / "hero.txt").write_text("new")
        layers.refresh({mods / "forest" / "hero.txt"})
        assert seen == ["forest"]
        seen.clear()
        other.mods.disable("winter")
        layers.refresh({mods / "mods.json"})
        assert seen == []
        game.update()
        assert game.read("/hero.txt") == b"new"
        layers.refresh({tmp_path / "elsewhere"})
        assert sorted(seen) == ["forest", "winter"]
