"""How many Python calls the frequent calls make, so that they cannot grow unnoticed."""

from __future__ import annotations

import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pygame
import pytest
import vfsloader.pygame
from vfsloader.pygame.fast_png import find_wuffs

import vfsloader
from vfsloader import FolderLayer, ResourceManager, VirtualFileSystem


def calls(act: Callable[[], object]) -> Counter[str]:
    """Count the Python functions that are called while `act` runs, itself left out."""
    names: Counter[str] = Counter()

    def note(frame: FrameType, event: str, arg: object) -> None:
        if event == "call":
            names[f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_qualname}"] += 1  # type: ignore[attr-defined]

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    names.subtract([next(iter(names))])
    return names


def picture(colour: str) -> bytes:
    surface = pygame.Surface((8, 8), pygame.SRCALPHA)
    surface.fill(colour)
    with io.BytesIO() as file:
        pygame.image.save(surface, file, "x.png")
        return file.getvalue()


@pytest.fixture
def game(tmp_path: Path, screen: object) -> Iterator[ResourceManager]:
    """A base, a mod with a picture, and two mods without."""
    base = tmp_path / "base" / "sprites"
    base.mkdir(parents=True)
    for name in ("p.png", "q.png"):
        (base / name).write_bytes(picture("red"))
    for name in ("first", "second", "third"):
        mod = tmp_path / "mods" / name
        mod.mkdir(parents=True)
        (mod / "mod.toml").write_text(f'id = "{name}"\nname = "{name}"\nversion = "1"\n')
    (tmp_path / "mods" / "second" / "sprites").mkdir()
    (tmp_path / "mods" / "second" / "sprites" / "p.png").write_bytes(picture("blue"))
    with vfsloader.init(tmp_path / "base", mods=tmp_path / "mods", watch=False) as manager:
        vfsloader.pygame.load_image("/sprites/q.png")  # what is done once is done
        yield manager


def test_a_picture_in_use_is_three_calls_away(game: ResourceManager) -> None:
    held = vfsloader.pygame.load_image("/sprites/p.png")
    made = calls(lambda: vfsloader.pygame.load_image("/sprites/p.png"))
    assert made.total() <= 3, made
    assert vfsloader.pygame.load_image("/sprites/p.png") is held


def test_a_cold_picture(game: ResourceManager) -> None:
    made = calls(lambda: vfsloader.pygame.load_image("/sprites/p.png"))
    assert made.total() <= (61 if find_wuffs() else 62), made
    assert made["union.py:Union.find"] <= 2, "the picture is resolved once, and its .meta once"


def looks(monkeypatch: pytest.MonkeyPatch, path: str) -> list[str]:
    """The layers that are asked for a path from now on."""
    asked: list[str] = []
    find = FolderLayer.find

    def noted(layer: FolderLayer, wanted: str) -> object:
        if wanted == path:
            asked.append(layer.name)
        return find(layer, wanted)

    monkeypatch.setattr(FolderLayer, "find", noted)
    return asked


def test_a_toggle_looks_at_a_path_three_times_at_most(game: ResourceManager, monkeypatch: pytest.MonkeyPatch) -> None:
    held = vfsloader.pygame.load_image("/sprites/p.png")
    asked = looks(monkeypatch, "/sprites/p.png")
    for toggle, colour in ((game.mods.disable, "red"), (game.mods.enable, "blue"), (game.mods.disable, "red")):
        asked.clear()
        toggle("second")
        assert [change.path for change in game.update()] == ["/sprites/p.png"]
        assert held.get_at((0, 0)) == pygame.Color(colour)
        assert len(asked) <= 3, asked


def test_an_idle_update(game: ResourceManager) -> None:
    game.update()
    made = calls(game.update)
    assert made.total() <= 15, made


@pytest.mark.parametrize("folder", ["", "/new"])
@pytest.mark.parametrize("kind", ["memory", "database", "loose files"])
@pytest.mark.parametrize("has_underlay", [False, True])
def test_writing_a_new_file(tmp_path: Path, kind: str, folder: str, has_underlay: bool) -> None:
    (tmp_path / "loose").mkdir()
    (tmp_path / "base").mkdir()
    places = {"memory": ":memory:", "database": tmp_path / "save.db", "loose files": tmp_path / "loose"}
    with VirtualFileSystem(places[kind]) as vfs:
        if has_underlay:
            vfs.add_underlay(FolderLayer(tmp_path / "base"))
        vfs.write_bytes("/first", b"{}")
        vfs.read_bytes("/first")  # finds out once whether the disk ignores case
        made = calls(lambda: vfs.write_bytes(f"{folder}/a.json", b"{}"))
        assert vfs.read_bytes(f"{folder}/a.json") == b"{}"
        assert made.total() <= 61, made


def test_toggles_leave_writing_as_it_was(game: ResourceManager) -> None:
    def write(name: str) -> int:
        return calls(lambda: game.vfs.write_bytes(name, b"{}")).total()

    write("/first")
    before = write("/before")
    subscribers = len(game.vfs.store.nodes.listeners)  # type: ignore[union-attr]
    for _ in range(1000):
        game.mods.disable("second")
        game.update()
        game.mods.enable("second")
        game.update()
    assert write("/after") <= before * 1.5
    assert len(game.vfs.store.nodes.listeners) == subscribers  # type: ignore[union-attr]


def test_a_toggle_makes_few_calls_for_each_mod_that_it_does_not_concern(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    made = {}
    for count in (20, 60):
        for number in range(count):
            mod = tmp_path / f"mods{count}" / f"mod{number}"
            mod.mkdir(parents=True)
            (mod / "mod.toml").write_text(f'id = "mod{number}"\nname = "Mod"\nversion = "1"\n')
        with ResourceManager(tmp_path / "base", mods=tmp_path / f"mods{count}", watch=False) as manager:

            def toggle(manager: ResourceManager = manager) -> None:
                manager.mods.disable("mod7")
                manager.update()
                manager.mods.enable("mod7")
                manager.update()

            toggle()  # what is done once is done
            made[count] = calls(toggle)
    more = made[60].total() - made[20].total()
    assert more <= 2 * 40 * 8, made[60] - made[20]
