"""Edited maps in a running game: live, under conditions and options, and as pytmx and arcade see them."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import pytmx
from PIL import Image

from vfsloader import ResourceManager
from vfsloader.errors import PathNotFoundError

TMX = """<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" tiledversion="1.10" orientation="orthogonal" renderorder="right-down" width="3" height="2"
 tilewidth="8" tileheight="8" infinite="0" nextlayerid="2" nextobjectid="1">
 <tileset firstgid="1" source="../tiles/town.tsx"/>
 <layer id="1" name="ground" width="3" height="2"><data encoding="csv">1,1,1,1,1,1</data></layer>
</map>"""
MANIFEST = """
id = "winter"
name = "Winter"
version = "1"
[options.tile]
type = "int"
default = 2
"""
EDIT = """
[[edit]]
layer = "ground"
tiles = [[0, 0, "${option.tile}"]]
[[edit]]
when = { season = "winter" }
add_tileset = { source = "../tiles/snow.tsx", firstgid = 100 }
[[edit]]
when = { season = "winter" }
layer = "ground"
tiles = [[2, 1, 101]]
[[edit]]
layer = "roof"
tiles = [[0, 0, 1]]
"""


def tsx(name: str) -> str:
    return f"""<tileset version="1.10" name="{name}" tilewidth="8" tileheight="8" tilecount="4" columns="2">
 <image source="{name}.png" width="16" height="16"/></tileset>"""


def png(colour: tuple[int, int, int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (16, 16), colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "base/maps/town.tmx": TMX.encode(),
        "base/tiles/town.tsx": tsx("town").encode(),
        "base/tiles/town.png": png((255, 0, 0, 255)),
        "mods/winter/mod.toml": MANIFEST.encode(),
        "mods/winter/maps/town.tmx.edit": EDIT.encode(),
        "mods/winter/tiles/snow.tsx": tsx("snow").encode(),
        "mods/winter/tiles/snow.png": png((0, 0, 255, 255)),
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.fixture
def game(folder: Path) -> Iterator[ResourceManager]:
    with ResourceManager(folder / "base", mods=folder / "mods", watch=False) as game:
        yield game


def tiles(game: ResourceManager) -> list[int]:
    text = ElementTree.fromstring(game.read_edited("/maps/town.tmx")).findtext("layer/data") or ""
    return list(map(int, text.split(",")))


def test_a_map_follows_mods_conditions_and_options(game: ResourceManager) -> None:
    assert tiles(game) == [2, 1, 1, 1, 1, 1]
    game.context["season"] = "winter"
    (change,) = game.update()
    assert (change.path, change.kind, change.layer) == ("/maps/town.tmx", "changed", "winter")
    assert "no layer 'roof'" in (change.error or "")
    assert tiles(game) == [2, 1, 1, 1, 1, 6]
    game.mods.set_option("winter", "tile", 3)
    assert [change.path for change in game.update()] == ["/maps/town.tmx"]
    assert tiles(game) == [3, 1, 1, 1, 1, 6]
    game.context["weather"] = "fog"
    assert game.update() == []
    game.mods.disable("winter")
    assert [change.error for change in game.update()] == [None]
    assert game.read_edited("/maps/town.tmx") == TMX.encode()
    with pytest.raises(PathNotFoundError):
        game.read_edited("/maps/none.tmx")


def test_a_map_follows_its_edit_and_the_tile_sets_that_the_edit_names(game: ResourceManager, folder: Path) -> None:
    game.context["season"] = "winter"
    game.update()
    assert tiles(game)[5] == 6
    (folder / "mods/winter/tiles/snow.tsx").unlink()
    game.mods["winter"].refresh()
    (change,) = game.update()
    assert "snow.tsx" in (change.error or "")
    assert tiles(game) == [2, 1, 1, 1, 1, 1]
    (folder / "mods/winter/maps/town.tmx.edit").write_text("nonsense")
    game.mods["winter"].refresh()
    game.update()
    [refused] = game.map_report("/maps/town.tmx").refusals
    assert (refused.mod, refused.path) == ("winter", "/maps/town.tmx.edit")
    assert game.read_edited("/maps/town.tmx") == TMX.encode()


def test_a_report_says_which_edit_made_a_tile(game: ResourceManager) -> None:
    report = game.map_report("/maps/town.tmx")
    [edit] = report.at(0, 0)
    assert (edit.mod, edit.key, edit.layer, edit.area) == ("winter", "edit[1].tiles", "ground", (0, 0, 1, 1))
    assert report.at(1, 0) == ()
    assert [edit.key for edit in report.refusals] == ["edit[4].tiles"]


def test_any_xml_is_patched(game: ResourceManager, folder: Path) -> None:
    (folder / "base/ui.xml").write_text('<ui><button name="start"/></ui>')
    (folder / "mods/winter/ui.xml.patch").write_text('<diff><add sel="ui/button" type="@cold">yes</add></diff>')
    game.mods.rescan()
    game.update()
    assert game.read_edited("/ui.xml") == b'<ui><button name="start" cold="yes"/></ui>'


def test_pytmx_opens_the_result(game: ResourceManager, folder: Path) -> None:
    game.context["season"] = "winter"
    game.update()
    (folder / "mods/winter/maps").mkdir(exist_ok=True)
    (folder / "base/maps/edited.tmx").write_bytes(game.read_edited("/maps/town.tmx"))
    (folder / "base/tiles/snow.tsx").write_text(tsx("snow"))
    level = pytmx.TiledMap(str(folder / "base/maps/edited.tmx"))
    rows = list(level.get_layer_by_name("ground").iter_data())
    sources = {(x, y): level.tiledgidmap[gid] for x, y, gid in rows}
    assert (sources[0, 0], sources[1, 0], sources[2, 1]) == (2, 1, 6)
    assert [tileset.name for tileset in level.tilesets] == ["town", "snow"]


ARCADE = """
import os, sys
os.environ["ARCADE_HEADLESS"] = "True"
import pyglet
pyglet.options.headless = True
pyglet.options.audio = ("silent",)
import arcade, vfsloader, vfsloader.arcade
window = arcade.Window(32, 32)
with vfsloader.init("base", mods="mods", watch=False) as game:
    game.context["season"] = "winter"
    game.update()
    vfsloader.arcade.install()
    level = vfsloader.arcade.load_tilemap(":game:maps/town.tmx")
    print(sorted({sprite.texture.image.getpixel((0, 0)) for sprite in level.sprite_lists["ground"]}))
"""


def test_arcade_shows_the_edited_map(folder: Path) -> None:
    root = Path(__file__).parents[2]
    world = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", ARCADE], cwd=folder, env=world, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "[(0, 0, 255, 255), (255, 0, 0, 255)]", done.stderr


ADOPTED = """
import os
os.environ |= {"SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
import pygame, pytmx.util_pygame
from vfsloader.pygame import adopt
pygame.init()
pygame.display.set_mode((32, 32))
with adopt("base", mods="mods", watch=False) as adopted:
    adopted.manager.context["season"] = "winter"
    adopted.manager.update()
    level = pytmx.util_pygame.load_pygame("base/maps/town.tmx")
    print(*(tuple(level.get_tile_image(x, y, 0).get_at((0, 0))) for x, y in ((0, 0), (2, 1))))
"""


def test_an_adopted_game_opens_the_edited_map_with_pytmx(folder: Path) -> None:
    root = Path(__file__).parents[2]
    world = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", ADOPTED], cwd=folder, env=world, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["(255, 0, 0, 255) (0, 0, 255, 255)"], done.stdout + done.stderr


def test_the_report_of_edits_knows_maps(folder: Path) -> None:
    with ResourceManager(folder / "base", mods=folder / "mods", watch=False) as game:
        found = game.edit_report("/maps/town.tmx")
        assert [(edit.mod, edit.path, edit.reason is None) for edit in found] == [
            ("winter", "/maps/town.tmx.edit", True),
            ("winter", "/maps/town.tmx.edit", False),
        ]
        assert [edit.area for edit in game.edit_report("/maps/town.tmx", at=(0, 0))] == [(0, 0, 1, 1)]
        assert game.edit_report("/maps/town.tmx", at=(2, 0)) == []
