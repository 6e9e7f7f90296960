from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import FolderLayer, ResourceManager
from vfsloader.layers.remembered_names import PATIENCE

NAMES = st.sampled_from(["a", "A", "b.txt", "B.TXT", "é", unicodedata.normalize("NFD", "é"), "ſ", "s", "x y", "K", "ﬁ"])
PATHS = st.lists(NAMES, min_size=1, max_size=3)


def write(folder: Path, parts: list[str]) -> None:
    file = folder.joinpath(*parts)
    if not any(above.is_file() for above in file.parents) and not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def found(layer: FolderLayer, path: str) -> object:
    entry = layer.find(path)
    return None if entry is None else entry._replace(locator=str(entry.locator))


@given(there=st.lists(PATHS, max_size=8), asked=st.lists(PATHS, min_size=1, max_size=20), more=st.lists(PATHS))
@settings(max_examples=60)
def test_a_folder_that_remembers_answers_as_the_disk(
    tmp_path_factory: pytest.TempPathFactory, there: list[list[str]], asked: list[list[str]], more: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("names")
    for parts in there:
        write(folder, parts)
    quick, exact = FolderLayer(folder, live=False), FolderLayer(folder)
    paths = ["/", *("/" + unicodedata.normalize("NFC", "/".join(parts)) for parts in asked)]
    for _ in range(PATIENCE + 2):
        assert [found(quick, path) for path in paths] == [found(exact, path) for path in paths]
    for parts in more:
        write(folder, parts)
    quick.refresh()
    for _ in range(PATIENCE + 2):
        assert [found(quick, path) for path in paths] == [found(exact, path) for path in paths]


def ask_often(layer: FolderLayer, folder: str = "") -> None:
    for number in range(PATIENCE):
        assert layer.find(f"{folder}/{number}.png") is None


def test_a_folder_is_not_asked_again_for_what_it_does_not_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VFSLOADER_FAST_PATHS", raising=False)
    layer = FolderLayer(tmp_path, live=False)
    ask_often(layer)

    def refuse(path: str) -> os.stat_result:
        raise AssertionError(path)

    monkeypatch.setattr(os, "lstat", refuse)
    assert layer.find("/new.png") is None


def test_a_live_folder_is_asked(tmp_path: Path) -> None:
    layer = FolderLayer(tmp_path)
    ask_often(layer)
    (tmp_path / "new.png").touch()
    assert layer.find("/new.png") is not None


def test_what_is_below_a_link_is_asked(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "assets").symlink_to(tmp_path / "elsewhere")
    layer = FolderLayer(tmp_path / "base", live=False, trusted=True)
    assert layer.find("/assets") is not None
    ask_often(layer, "/assets")
    (tmp_path / "elsewhere" / "new.png").touch()
    assert layer.find("/assets/new.png") is not None


def test_files_are_seen_as_they_are_now(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    layer = FolderLayer(tmp_path, live=False)
    ask_often(layer)
    (tmp_path / "a").write_text("12")
    entry = layer.find("/a")
    assert entry is not None
    assert entry.size == 2
    (tmp_path / "a").unlink()
    assert layer.find("/a") is None


def test_reading_the_mods_again_finds_their_new_files(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "mods" / "winter").mkdir(parents=True)
    with ResourceManager(tmp_path / "base", mods=tmp_path / "mods", watch=False) as game:
        for number in range(PATIENCE):
            assert not game.exists(f"/{number}.png")
        (tmp_path / "mods" / "winter" / "new.png").touch()
        game.mods.rescan()
        assert game.exists("/new.png")


def test_it_is_a_fast_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VFSLOADER_FAST_PATHS", "0")
    layer = FolderLayer(tmp_path, live=False)
    ask_often(layer)
    (tmp_path / "new.png").touch()
    assert layer.find("/new.png") is not None
