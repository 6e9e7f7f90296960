from __future__ import annotations

import importlib
import os
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import vfsloader.pygame

import vfsloader
from vfsloader import Asset, Change, Loader, ResourceManager
from vfsloader.errors import ConfigError, NotInitializedError, PathNotFoundError, ResourceError

WaitFor = Callable[..., object]


class Box:
    """A resource that can be changed in place."""

    def __init__(self, text: str) -> None:
        self.text = text


class BoxLoader(Loader[Box]):
    def decode(self, asset: Asset, **options: object) -> str:
        if asset.data == b"bad":
            raise ResourceError.at(asset.path, f"{asset.path} is bad")
        return asset.data.decode()

    def build(self, decoded: str, **options: object) -> Box:
        return Box(decoded)

    def replace(self, resource: Box, decoded: str, **options: object) -> Box:
        resource.text = decoded
        return resource


BOXES = BoxLoader()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "base/a": "base a",
        "base/b": "base b",
        "base/data.json": '{"x": 1, "deep": {"y": 2}}',
        "base/data.toml": "x = 1",
        "mods/winter/a": "winter a",
        "mods/winter/data.json.merge": '{"deep": {"y": null, "z": 3}}',
        "mods/winter/data.toml.merge": "y = 2",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


@pytest.fixture
def game(folder: Path) -> ResourceManager:
    with ResourceManager(folder / "base", mods=folder / "mods", save=folder / "user" / "save.db") as made:
        yield made


def changes(game: ResourceManager, wait_for: WaitFor) -> list[Change]:
    return wait_for(game.update, "a change")


def test_a_resource_is_one_object_for_its_path_and_options(game: ResourceManager) -> None:
    box = game.load("/a", BOXES)
    assert box.text == "winter a"
    assert game.load("a", BOXES) is box
    assert game.load("/a", BOXES, big=True) is not box
    assert game.load("/a", lambda asset: asset.layer) == "winter"


def test_toggling_a_mod_changes_what_it_changes(game: ResourceManager) -> None:
    a, b = game.load("/a", BOXES), game.load("/b", BOXES)
    game.mods.disable("winter")
    assert a.text == "winter a"
    assert game.update() == [Change("/a", "changed", "base", resources=(a,))]
    assert (a.text, b.text) == ("base a", "base b")
    assert game.update() == []
    game.mods.enable("winter")
    assert [change.path for change in game.update()] == ["/a"]
    assert a.text == "winter a"


def test_a_layer_with_the_same_bytes_is_no_change(game: ResourceManager, folder: Path) -> None:
    (folder / "mods" / "winter" / "b").write_text("base b")
    game.load("/b", BOXES)
    game.mods.disable("winter")
    assert game.update() == []


def test_saving_a_file_is_seen(game: ResourceManager, folder: Path, wait_for: WaitFor) -> None:
    a, b = game.load("/a", BOXES), game.load("/b", BOXES)
    (folder / "base" / "b").write_text("new b")
    assert changes(game, wait_for) == [Change("/b", "changed", "base", resources=(b,))]
    assert b.text == "new b"
    part = folder / "mods" / "winter" / "a.part"
    part.write_text("replaced")
    os.replace(part, folder / "mods" / "winter" / "a")
    assert [change.path for change in changes(game, wait_for)] == ["/a"]
    assert a.text == "replaced"


def test_files_that_go_and_come(game: ResourceManager, folder: Path, wait_for: WaitFor) -> None:
    b = game.load("/b", BOXES)
    (folder / "base" / "b").unlink()
    assert changes(game, wait_for) == [Change("/b", "removed", resources=(b,))]
    assert b.text == "base b"
    (folder / "base" / "b").write_text("back")
    assert changes(game, wait_for) == [Change("/b", "added", "base", resources=(b,))]
    assert b.text == "back"


def test_a_path_that_was_missed_is_watched(game: ResourceManager, folder: Path, wait_for: WaitFor) -> None:
    with pytest.raises(PathNotFoundError):
        game.load("/late", BOXES)
    (folder / "base" / "late").write_text("here")
    assert changes(game, wait_for) == [Change("/late", "added", "base")]
    assert game.load("/late", BOXES).text == "here"


def test_bytes_that_do_not_load_leave_the_last_good_resource(
    game: ResourceManager, folder: Path, wait_for: WaitFor
) -> None:
    b = game.load("/b", BOXES)
    (folder / "base" / "b").write_text("bad")
    assert changes(game, wait_for) == [Change("/b", "failed", "base", "/b is bad", (b,))]
    assert b.text == "base b"
    (folder / "base" / "b").write_text("mended")
    assert [change.kind for change in changes(game, wait_for)] == ["changed"]
    assert b.text == "mended"


def test_a_mod_dropped_in_is_found(game: ResourceManager, folder: Path, wait_for: WaitFor) -> None:
    b = game.load("/b", BOXES)
    with zipfile.ZipFile(folder / "draft", "w") as out:
        out.writestr("b", "from a zip")
    os.replace(folder / "draft", folder / "mods" / "zipped.zip")
    assert [(change.path, change.layer) for change in changes(game, wait_for)] == [("/b", "zipped")]
    assert b.text == "from a zip"
    (folder / "mods" / "mods.json").write_text('{"profiles": {"default": {"disabled": ["zipped"]}}}')
    assert [(change.path, change.layer) for change in changes(game, wait_for)] == [("/b", "base")]


def test_data_is_merged_and_watched(game: ResourceManager, folder: Path, wait_for: WaitFor) -> None:
    assert game.read_merged("/data.json") == {"x": 1, "deep": {"z": 3}}
    assert game.read_merged("/data.toml") == {"x": 1, "y": 2}
    game.mods.disable("winter")
    assert [(change.path, change.layer) for change in game.update()] == [("/data.json", "base"), ("/data.toml", "base")]
    assert game.read_merged("/data.json") == {"x": 1, "deep": {"y": 2}}
    (folder / "base" / "data.json").write_text("{broken")
    assert [change.path for change in changes(game, wait_for)] == ["/data.json"]
    with pytest.raises(ResourceError, match=r"/data\.json in base cannot be read"):
        game.read_merged("/data.json")
    with pytest.raises(PathNotFoundError):
        game.read_merged("/nope.json")


def test_the_save_layer_takes_what_the_game_writes(game: ResourceManager, folder: Path) -> None:
    a = game.load("/a", BOXES)
    game.vfs.write_text("/a", "saved a")
    assert game.update() == [Change("/a", "changed", "save", resources=(a,))]
    assert (folder / "base" / "a").read_text() == "base a"
    with pytest.raises(FileNotFoundError, match=r"looked in save, winter, base"):
        game.load("/nope", BOXES)


def test_expansions_lie_between_the_base_and_the_mods(folder: Path) -> None:
    (folder / "dlc").mkdir()
    for name in ("a", "b", "c"):
        (folder / "dlc" / name).write_text("dlc")
    with ResourceManager(folder / "base", dlc=[folder / "dlc"], mods=folder / "mods", watch=False) as game:
        assert [layer["name"] for layer in game.vfs.list_layers()] == ["save", "winter", "dlc", "base"]
        assert [game.vfs.read_text(path) for path in ("/a", "/b", "/c")] == ["winter a", "dlc", "dlc"]


def test_a_game_without_anything_else(folder: Path) -> None:
    with ResourceManager(str(folder / "base")) as game:
        assert game.load("/a", BOXES).text == "base a"
        assert game.update() == []
    with pytest.raises(FileNotFoundError):
        ResourceManager(folder / "nope")


def test_a_manager_that_cannot_be_made_leaves_nothing_open(folder: Path) -> None:
    before = {thread.name for thread in threading.enumerate()}
    with pytest.raises(ValueError, match="language"):
        ResourceManager(folder / "base", save=folder / "save.db", language="..")
    assert {thread.name for thread in threading.enumerate()} == before
    assert not (folder / "save.db-wal").exists()


def test_config(folder: Path) -> None:
    (folder / "game.toml").write_text('base = "base"\nmods = "mods"\nsave = "memory.db"\n')
    for source in (folder, folder / "game.toml"):
        with ResourceManager.from_config(source, watch=False) as game:
            assert game.vfs.read_text("/a") == "winter a"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('base = "b"\nmodz = "m"', "did you mean 'mods'"),
        ("base = 5", "base must be text"),
        ('base = "b"\ndlc = "x"', "dlc must be a list"),
        ("", "base is missing"),
        ("base = ", "Invalid value"),
    ],
)
def test_a_wrong_config_is_told(text: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "game.toml").write_text(text)
    with pytest.raises(ConfigError, match=sentence):
        ResourceManager.from_config(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"game\.toml"):
        ResourceManager.from_config(tmp_path / "other")


def test_before_init_the_error_says_what_to_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("vfsloader.game.current"), "_current", None)
    with pytest.raises(NotInitializedError, match=r'vfsloader\.init\(base="assets"\)'):
        vfsloader.update()
    with pytest.raises(RuntimeError, match=r"vfsloader\.init"):
        vfsloader.pygame.load_image("/x.png")


def test_init_makes_a_current_game(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("vfsloader.game.current"), "_current", None)
    with vfsloader.init(base=folder / "base", watch=False) as game:
        assert vfsloader.current() is game
        assert vfsloader.update() == []


def test_importing_the_library_pulls_in_no_engine() -> None:
    import subprocess
    import sys

    script = "import vfsloader, sys; print([m for m in ('pygame', 'pyglet', 'arcade') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"
