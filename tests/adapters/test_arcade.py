"""arcade's resource handles over the layers, in a window without a display (EGL)."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["ARCADE_HEADLESS"] = "True"
import pyglet

pyglet.options.headless = True
pyglet.options.audio = ("silent",)

import arcade
import arcade.resources
import pytest
import vfsloader.arcade
from PIL import Image

import vfsloader
from vfsloader import ResourceManager, Store, packs
from vfsloader.errors import PathNotFoundError, ResourceError

RED, BLUE = (255, 0, 0, 255), (0, 0, 255, 255)


def png(colour: tuple[int, ...], size: tuple[int, int] = (8, 8)) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", size, colour).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = Store(":memory:", name="base")
    store.write("/sprites/p.png", png(RED))
    store.write(
        "/maps/a.tmx",
        b"""<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" tiledversion="1.10" orientation="orthogonal" renderorder="right-down"
 width="2" height="1" tilewidth="8" tileheight="8"
 infinite="0" nextlayerid="2" nextobjectid="1">
 <tileset firstgid="1" source="../tiles/t.tsx"/>
 <layer id="1" name="ground" width="2" height="1"><data encoding="csv">1,1</data></layer>
</map>""",
    )
    store.write(
        "/tiles/t.tsx",
        b"""<?xml version="1.0" encoding="UTF-8"?>
<tileset version="1.10" tiledversion="1.10" name="t" tilewidth="8" tileheight="8" tilecount="1" columns="1">
 <image source="t.png" width="8" height="8"/>
</tileset>""",
    )
    store.write("/tiles/t.png", png(RED))
    samples = bytes(4 * 441)
    store.write("/s.wav", struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 2,
                                      44100, 176400, 4, 16, b"data", len(samples)) + samples)  # fmt: skip
    packs.build(store, tmp_path / "base.pack")
    mod = tmp_path / "mods" / "blue"
    for name in ("sprites/p.png", "tiles/t.png"):
        (mod / name).parent.mkdir(parents=True, exist_ok=True)
        (mod / name).write_bytes(png(BLUE))
    (tmp_path / "secret.txt").write_text("outside")
    return tmp_path


@pytest.fixture
def game(folder: Path) -> Iterator[ResourceManager]:
    with vfsloader.init(folder / "base.pack", mods=folder / "mods", watch=False) as made:
        end = vfsloader.arcade.install()
        yield made
        end()
    assert "game" not in arcade.resources.handles


@pytest.fixture
def window() -> Iterator[Any]:
    made = arcade.Window(64, 64)
    yield made
    made.close()


def test_the_handle_reads_the_winning_layer(game: ResourceManager, folder: Path) -> None:
    assert arcade.resources.resolve(":game:sprites/p.png") == folder / "mods" / "blue" / "sprites" / "p.png"
    assert arcade.resources.resolve(":game:/maps/a.tmx").read_bytes().startswith(b"<?xml")
    assert arcade.load_texture(":game:sprites/p.png").image.getpixel((0, 0)) == BLUE
    assert arcade.Sprite(":game:sprites/p.png").texture.image.getpixel((0, 0)) == BLUE
    assert arcade.load_sound(":game:s.wav").source.duration == pytest.approx(0.01)
    assert arcade.resources.resolve(":resources:images/items/coinGold.png").exists()


def test_it_never_leaves_the_layers(game: ResourceManager, folder: Path) -> None:
    arcade.resources.add_resource_handle("plain", folder / "mods")
    assert arcade.resources.resolve(":plain:../secret.txt") == folder / "secret.txt"  # arcade's own handles do
    for name in ("../secret.txt", "../../../../../etc/passwd", "sprites/../../secret.txt", "nope.png", "sprites"):
        with pytest.raises(FileNotFoundError, match="the layers save, blue, base"):
            arcade.resources.resolve(f":game:{name}")
    del arcade.resources.handles["plain"]
    for name in ("", "a:b"):
        with pytest.raises(ValueError, match="a name without colons"):
            vfsloader.arcade.install(handle=name)


def test_a_handle_that_exists_is_taken_over(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("p.png", "only.png", "hidden.png"):
        (own / name).write_bytes(png(RED))
    (folder / "mods" / "blue" / "mod.toml").write_text(
        'id = "blue"\nname = "B"\nversion = "1"\n[files]\nremove = ["/sprites/hidden.png"]\n'
    )
    arcade.resources.add_resource_handle("own", own)
    before = list(arcade.resources.handles["own"])
    with vfsloader.init(folder / "base.pack", mods=folder / "mods", watch=False) as game:
        end = vfsloader.arcade.install(handle="own", root="/sprites")
        assert arcade.load_texture(":own:p.png").image.getpixel((0, 0)) == BLUE
        assert arcade.load_texture(":own:only.png").image.getpixel((0, 0)) == RED
        assert vfsloader.arcade.load_texture(":own:p.png").image.getpixel((0, 0)) == BLUE
        with pytest.raises(FileNotFoundError):
            arcade.load_texture(":own:hidden.png")
        game.mods.disable("blue")
        game.update()
        assert arcade.load_texture(":own:hidden.png").size == (8, 8)
        with pytest.raises(FileNotFoundError):
            arcade.load_texture(":own:../s.wav")
        end()
    assert arcade.resources.handles["own"] == before
    assert arcade.load_texture(":own:p.png").image.getpixel((0, 0)) == RED
    del arcade.resources.handles["own"]


def test_textures_are_alive(game: ResourceManager, window: Any) -> None:
    texture = vfsloader.arcade.load_texture(":game:sprites/p.png")
    assert vfsloader.arcade.load_texture("/sprites/p.png") is texture
    sprite = arcade.Sprite(texture)
    sprites = arcade.SpriteList()
    sprites.append(sprite)
    sprite.position = 32, 32

    def drawn() -> tuple[int, ...]:
        window.clear()
        sprites.draw()
        return arcade.get_image().getpixel((32, 32))

    assert drawn() == BLUE
    game.mods.disable("blue")
    (change,) = game.update()
    assert change.resources == (texture,)
    assert texture.image.getpixel((0, 0)) == RED
    assert drawn() == RED
    game.mods.enable("blue")
    game.update()
    assert drawn() == BLUE


def test_another_size_keeps_the_texture(game: ResourceManager, folder: Path, window: Any) -> None:
    texture = vfsloader.arcade.load_texture(":game:sprites/p.png")
    sprite = arcade.Sprite(texture, scale=2)
    window.ctx.default_atlas.add(texture)
    (folder / "mods" / "blue" / "sprites" / "p.png").write_bytes(png(BLUE, (4, 4)))
    game.mods["blue"].refresh()
    (change,) = game.update()
    assert change.resources[0] is texture
    assert vfsloader.arcade.load_texture(":game:sprites/p.png") is texture
    assert texture.size == (4, 4)
    assert sprite.size == (8, 8)
    assert window.ctx.default_atlas.read_texture_image_from_atlas(texture).size == (4, 4)
    (folder / "mods" / "blue" / "sprites" / "p.png").write_bytes(b"text")
    game.mods["blue"].refresh()
    assert game.update()[0].kind == "failed"
    again = game.load("/sprites/p.png", vfsloader.arcade.textures.TEXTURES, other=1)
    assert again.image.getpixel((0, 0)) == RED, "the base game has a good one"


def test_text_is_not_a_picture() -> None:
    base = Store(":memory:", name="base")
    base.write("/p.png", b"text")
    with ResourceManager(base, watch=False) as manager, pytest.raises(ResourceError, match="that arcade can read"):
        manager.load("/p.png", vfsloader.arcade.textures.TEXTURES)


def test_maps_take_each_file_from_the_layer_that_wins_it(game: ResourceManager, window: Any) -> None:
    for enabled, colour in ((True, BLUE), (False, RED)):
        level = vfsloader.arcade.load_tilemap(":game:maps/a.tmx")
        sprites = level.sprite_lists["ground"]
        assert len(sprites) == 2
        assert sprites[0].texture.image.getpixel((0, 0)) == colour
        if enabled:
            game.mods.disable("blue")
            game.update()


def test_sounds_fonts_and_handles_of_others(game: ResourceManager) -> None:
    assert vfsloader.arcade.load_sound(":game:s.wav").source.duration == pytest.approx(0.01)
    with pytest.raises(PathNotFoundError):
        vfsloader.arcade.load_font(":game:nope.ttf")
    with pytest.raises(PathNotFoundError, match="does not read from layers"):
        vfsloader.arcade.load_texture(":resources:images/items/coinGold.png")


WINDOW = """
import sys
import arcade, vfsloader, vfsloader.arcade

base, mods, shots = sys.argv[1:]
with vfsloader.init(base, mods=mods, watch=False) as game:
    vfsloader.arcade.install()
    window = arcade.Window(64, 64)
    sprites = arcade.SpriteList()
    sprites.append(arcade.Sprite(vfsloader.arcade.load_texture(":game:sprites/p.png"), center_x=32, center_y=32))
    vfsloader.arcade.load_font(":game:f.ttf")
    for name, change in (("on", lambda: None), ("off", lambda: game.mods.disable("blue"))):
        change()
        game.update()
        window.clear()
        sprites.draw()
        arcade.get_image().save(f"{shots}/{name}.png")
"""


@pytest.mark.display
def test_a_real_window_shows_a_toggle(folder: Path, xvfb: str) -> None:
    font = Path(vfsloader.__file__).parents[1] / "demo_game" / "assets" / "fonts" / "moonmoth.ttf"
    (folder / "mods" / "blue" / "f.ttf").write_bytes(font.read_bytes())
    environment = {name: value for name, value in os.environ.items() if name != "ARCADE_HEADLESS"}
    words = [str(folder / "base.pack"), str(folder / "mods"), str(folder)]
    subprocess.run([sys.executable, "-c", WINDOW, *words], env={**environment, "DISPLAY": xvfb}, check=True)
    assert Image.open(folder / "on.png").getpixel((32, 32)) == BLUE
    assert Image.open(folder / "off.png").getpixel((32, 32)) == RED
