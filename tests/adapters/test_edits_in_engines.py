"""Edits in pygame, pyglet and arcade: each shows the model's pixels, whatever format the picture has."""

from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any

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
from vfsloader.assets.edits import pixels as slow
from vfsloader.assets.edits.plain_pictures import PLAIN_PICTURES

Show = Callable[..., Callable[[], bytes]]


def in_pygame(game: ResourceManager, path: str = HERO) -> Callable[[], bytes]:
    vfsloader.use(game)
    picture = vfsloader.pygame.load_image(path)
    return lambda: pygame.image.tobytes(picture, "RGBA")


def in_arcade(game: ResourceManager, path: str = HERO) -> Callable[[], bytes]:
    end = vfsloader.arcade.install(game)
    texture = vfsloader.arcade.load_texture(f":game:{path[1:]}")
    end()
    return lambda: texture.image_data.image.tobytes()


def in_pyglet(game: ResourceManager, path: str = HERO) -> Callable[[], bytes]:
    texture = Loader(game, pump=False).image(path[1:])
    return lambda: bytes(texture.get_image_data().get_data("RGBA", -texture.width * 4))


def on_the_command_line(game: ResourceManager, path: str = HERO) -> Callable[[], bytes]:
    return lambda: bytes(game.load(path, PLAIN_PICTURES).pixels)


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


SIDE = 8


def _noise(mode: str, seed: int = 1) -> PIL.Image.Image:
    channels = {"RGBA": 4, "LA": 2, "RGB": 3, "L": 1, "P": 3, "1": 1, "I;16": 2}[mode]
    data = np.random.default_rng(seed).integers(0, 256, SIDE * SIDE * channels, dtype=np.uint8).tobytes()
    if mode == "P":
        return PIL.Image.frombytes("RGB", (SIDE, SIDE), data).quantize(16)
    if mode == "1":
        return PIL.Image.frombytes("L", (SIDE, SIDE), data).convert("1")
    return PIL.Image.frombytes(mode, (SIDE, SIDE), data)


def _deep_png(color_type: int) -> bytes:
    """Return a PNG of 16 bits a channel, which Pillow cannot write."""
    channels = {2: 3, 4: 2, 6: 4}[color_type]
    data = np.random.default_rng(2).integers(0, 256, (SIDE, SIDE * channels * 2), dtype=np.uint8)

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", SIDE, SIDE, 16, color_type, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + row.tobytes() for row in data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _formats() -> dict[str, bytes]:
    saved: list[tuple[str, PIL.Image.Image, dict[str, Any]]] = [
        *((f"{mode.lower().replace(';', '')}.png", _noise(mode), {}) for mode in ("RGBA", "RGB", "L", "LA", "1", "P")),
        ("gray16.png", _noise("I;16"), {}),
        ("one_clear.png", _noise("P"), {"transparency": 3}),
        ("many_clear.png", _noise("P"), {"transparency": bytes(range(0, 256, 16))}),
        ("color_clear.png", _noise("RGB"), {"transparency": (1, 2, 3)}),
        ("x.gif", _noise("P"), {"transparency": 2}),
        ("x.bmp", _noise("RGB"), {}),
        ("x.jpg", _noise("RGB"), {}),
        ("x.webp", _noise("RGBA"), {"lossless": True}),
    ]
    files = {f"/deep{kind}.png": _deep_png(kind) for kind in (2, 4, 6)}
    for name, picture, options in saved:
        out = io.BytesIO()
        picture.save(out, {"jpg": "JPEG"}.get(name[-3:], name.rpartition(".")[2].upper()), **options)
        files[f"/{name}"] = out.getvalue()
    return files


def _visible(pixels: bytes) -> Any:
    """Return pixels with one color for all that are transparent: decoders differ in what they leave there."""
    table = np.frombuffer(pixels, np.uint8).reshape(-1, 4).copy()
    table[table[:, 3] == 0] = 0
    return table.tolist()


@pytest.mark.parametrize("engine", [in_pygame, in_arcade, in_pyglet, on_the_command_line], indirect=True)
def test_pictures_of_every_format(engine: Show) -> None:
    """An edit works on what the picture looks like without it, and looks the same in all engines."""
    files = _formats()
    out = io.BytesIO()
    _noise("RGBA", 9).resize((SIDE // 2, SIDE)).save(out, "PNG")
    base, mod = Store(":memory:", name="base"), Store(":memory:", name="mod")
    base.write("/hat.png", out.getvalue())
    for path, data in files.items():
        base.write(path, data)
    edits = b'[[edit]]\nfrom = "/hat.png"\n[[edit]]\nmode = "tint"\ncolor = "#ff8040"\n'
    with ResourceManager(base, dlc=[mod], watch=False) as game:
        hat = bytes(game.load("/hat.png", PLAIN_PICTURES).pixels)
        pixel_rows = range(0, SIDE * SIDE * 4, SIDE * 4)
        for path in files:
            is_exact = not path.endswith(".jpg")  # decoders differ by one
            shown = engine(game, path)
            before = shown()
            if is_exact:
                assert _visible(before) == _visible(bytes(game.load(path, PLAIN_PICTURES).pixels)), path
            mod.write(f"{path}.edit", edits)
            game.update()
            left = b"".join(before[start : start + SIDE * 2] for start in pixel_rows)
            right = b"".join(before[start + SIDE * 2 : start + SIDE * 4] for start in pixel_rows)
            halves = [slow.tint(slow.overlay(left, hat, 255), (255, 128, 64, None), 255)]
            halves.append(slow.tint(right, (255, 128, 64, None), 255))
            cut = range(0, len(left), SIDE * 2)
            wanted = b"".join(half[at : at + SIDE * 2] for at in cut for half in halves)
            assert _visible(shown()) == _visible(wanted), path
            assert not [outcome for outcome in game.edit_report(path) if outcome.reason], path
