"""Picture edits in arcade and pyglet: the same pixels as the model's, live."""

from __future__ import annotations

import io
import os
from pathlib import Path

os.environ["ARCADE_HEADLESS"] = "True"
import pyglet

pyglet.options.headless = True
pyglet.options.audio = ("silent",)

import arcade
import pytest
import vfsloader.arcade
from PIL import Image
from vfsloader.pyglet import Loader

import vfsloader
from tests.edits import edit_model
from tests.edits.edit_strategies import toml
from vfsloader import ResourceManager

SIZE = (6, 4)
EDITS = [
    {"from": "hat.png", "to": [2, 1]},
    {"from": "hat.png", "mode": "mask", "opacity": 0.7},
    {"mode": "tint", "color": "#80ff4020", "opacity": 0.5, "area": [1, 0, 4, 3]},
    {"mode": "recolor", "colors": {"#102030": "#fedcba80"}},
    {"from": "hat.png", "mode": "replace", "area": [1, 1, 1, 1], "opacity": 0.3},
]


def rows(width: int, height: int, seed: int) -> edit_model.Rows:
    colors = [(16, 32, 48, 255), (200, 100, 50, 128), (5, 250, 90, 0), (255, 255, 255, 254)]
    return [[colors[(x * seed + y * 7) % 4] for x in range(width)] for y in range(height)]


def encoded(picture: edit_model.Rows) -> bytes:
    image = Image.new("RGBA", (len(picture[0]), len(picture)))
    image.putdata([pixel for row in picture for pixel in row])
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def flat(picture: edit_model.Rows) -> bytes:
    return bytes(value for row in picture for pixel in row for value in pixel)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for file, data in (
        ("base/sprites/hero.png", encoded(rows(*SIZE, 3))),
        ("mods/winter/sprites/hat.png", encoded(rows(3, 3, 5))),
        ("mods/winter/sprites/hero.png.edit", "".join(map(toml, EDITS)).encode()),
        ("mods/winter/mod.toml", b'id = "winter"\nname = "Winter"\nversion = "1"\n'),
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(data)
    return tmp_path


@pytest.fixture
def wanted() -> bytes:
    hero = rows(*SIZE, 3)
    assert all(edit_model.apply(hero, edit, {"hat.png": rows(3, 3, 5)}) for edit in EDITS)
    return flat(hero)


def test_arcade(place: Path, wanted: bytes) -> None:
    with vfsloader.init(place / "base", mods=place / "mods", watch=False) as game:
        end = vfsloader.arcade.install(game)
        texture = vfsloader.arcade.load_texture(":game:sprites/hero.png")
        assert texture.image_data.image.tobytes() == wanted
        assert [outcome.reason for outcome in game.edit_report("/sprites/hero.png")] == [None] * len(EDITS)
        game.mods.disable("winter")
        game.update()
        assert texture.image_data.image.tobytes() == flat(rows(*SIZE, 3))
        game.mods.enable("winter")
        game.update()
        assert texture.image_data.image.tobytes() == wanted
        assert isinstance(texture, arcade.Texture)
        end()


def test_pyglet(place: Path, wanted: bytes) -> None:
    window = pyglet.window.Window(16, 16)
    try:
        with ResourceManager(place / "base", mods=place / "mods", watch=False) as game:
            loader = Loader(game, pump=False)
            texture = loader.image("sprites/hero.png")

            def shown() -> bytes:
                return bytes(texture.get_image_data().get_data("RGBA", -SIZE[0] * 4))

            assert shown() == wanted
            game.mods.disable("winter")
            game.update()
            assert shown() == flat(rows(*SIZE, 3))
            game.mods.enable("winter")
            game.update()
            assert shown() == wanted
            loader.close()
    finally:
        window.close()


MAP = """<map version="1.10" orientation="orthogonal" renderorder="right-down" width="1" height="1" tilewidth="6"
tileheight="4" infinite="0" nextlayerid="2" nextobjectid="1" tiledversion="1.10"><tileset firstgid="1" name="t"
tilewidth="6" tileheight="4" tilecount="1" columns="1"><image source="../sprites/hero.png" width="6" height="4"/>
</tileset><layer id="1" name="ground" width="1" height="1"><data encoding="csv">1</data></layer></map>"""


def test_the_tiles_of_a_map_show_edits_of_their_picture(place: Path, wanted: bytes) -> None:
    """arcade reads the picture from a file of the disk."""
    (place / "base/maps").mkdir()
    (place / "base/maps/town.tmx").write_text(MAP)
    with vfsloader.init(place / "base", mods=place / "mods", watch=False):
        level = vfsloader.arcade.load_tilemap("/maps/town.tmx")
        assert level.sprite_lists["ground"][0].texture.image_data.image.tobytes() == wanted
    assert (place / "base/sprites/hero.png").read_bytes() == encoded(rows(*SIZE, 3))


def test_each_frame_of_an_animation_shows_edits_from_the_first_on(place: Path) -> None:
    """Pillow opens the file, which has no edits."""
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue", "red")]
    frames[0].save(place / "base/wings.gif", save_all=True, append_images=frames[1:], duration=[50, 70, 90])
    (place / "mods/winter/dot.png").write_bytes(encoded([[(1, 2, 3, 255)]]))
    (place / "mods/winter/wings.gif.edit").write_text('[[edit]]\nfrom = "dot.png"\nto = [1, 1]\n')
    with vfsloader.init(place / "base", mods=place / "mods", watch=False) as game:
        end = vfsloader.arcade.install(game)
        sprite = arcade.load_animated_gif(":game:wings.gif")

        def shown() -> list[tuple[tuple[int, ...], ...]]:
            images = [frame.texture.image_data.image for frame in sprite.animation.keyframes]
            return [tuple(image.getpixel(at)[:3] for at in ((0, 0), (1, 1))) for image in images]

        red, blue, dot = (255, 0, 0), (0, 0, 255), (1, 2, 3)
        assert shown() == [(red, dot), (blue, dot), (red, dot)]
        assert [frame.duration for frame in sprite.animation.keyframes] == [50, 70, 90]
        game.mods.disable("winter")
        game.update()
        assert shown() == [(red, red), (blue, blue), (red, red)]
        game.mods.enable("winter")
        game.update()
        assert shown() == [(red, dot), (blue, dot), (red, dot)]
        end()
