"""Some of the random stacks of edits in pygame, pyglet and arcade: each shows the model's pixels."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator

os.environ["ARCADE_HEADLESS"] = "True"
import pyglet

pyglet.options.headless = True
pyglet.options.audio = ("silent",)

import numpy as np
import PIL.Image
import pygame
import pytest
import vfsloader.arcade
import vfsloader.pygame
from vfsloader.pyglet import Loader

import vfsloader
from tests.edits.edit_strategies import toml
from tests.edits.test_stacks import HERO, World
from vfsloader import ResourceManager, Store
from vfsloader.assets.edits.plain_pictures import PLAIN_PICTURES

Show = Callable[[ResourceManager], Callable[[], bytes]]


def in_pygame(game: ResourceManager) -> Callable[[], bytes]:
    vfsloader.use(game)
    picture = vfsloader.pygame.load_image(HERO)
    return lambda: pygame.image.tobytes(picture, "RGBA")


def in_arcade(game: ResourceManager) -> Callable[[], bytes]:
    end = vfsloader.arcade.install(game)
    texture = vfsloader.arcade.load_texture(f":game:{HERO[1:]}")
    end()
    return lambda: texture.image_data.image.tobytes()


def in_pyglet(game: ResourceManager) -> Callable[[], bytes]:
    texture = Loader(game, pump=False).image(HERO[1:])
    return lambda: bytes(texture.get_image_data().get_data("RGBA", -texture.width * 4))


def on_the_command_line(game: ResourceManager) -> Callable[[], bytes]:
    return lambda: bytes(game.load(HERO, PLAIN_PICTURES).pixels)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[Show]:
    if request.param is in_pygame:
        request.getfixturevalue("screen")
    window = pyglet.window.Window(16, 16) if request.param is in_pyglet else None
    yield request.param
    if window is not None:
        window.close()


@pytest.mark.parametrize("engine", [in_pygame, in_arcade, in_pyglet, on_the_command_line], indirect=True)
def test_random_stacks(engine: Show) -> None:
    for seed in range(25):
        world = World(seed)
        for edits in world.mods:
            for edit in edits:
                edit.pop("grow", None)  # a texture of another size is another object
        base = Store(":memory:", name="base")
        for path, picture in world.pictures.items():
            out = io.BytesIO()
            PIL.Image.fromarray(picture.astype(np.uint8)).save(out, "PNG")
            base.write(path, out.getvalue())
        base.write("/hat.png.edit", "".join(map(toml, world.of_hat)).encode())
        layers = [Store(":memory:", name=f"mod{number}") for number in range(4)]
        for layer, edits in zip(layers, world.mods, strict=True):
            layer.write(f"{HERO}.edit", "".join(map(toml, edits)).encode())
        with ResourceManager(base, dlc=layers, watch=False) as game:
            shown = engine(game)
            assert shown() == world.wanted([0, 1, 2, 3])[0].astype(np.uint8).tobytes(), seed
            layers[1].remove(f"{HERO}.edit")
            game.update()
            assert shown() == world.wanted([0, 2, 3])[0].astype(np.uint8).tobytes(), seed
