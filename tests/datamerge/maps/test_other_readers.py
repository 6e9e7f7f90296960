"""Edited maps in the programs that games and mappers read them with: pytmx, arcade, and Tiled's own rasterizer."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from pathlib import Path

os.environ["ARCADE_HEADLESS"] = "True"

import arcade
import PIL.Image
import pytest
import pytmx

from tests.datamerge.maps.test_map_edits import HEIGHT, WIDTH, tmj, tmx
from vfsloader import Store
from vfsloader.datamerge.maps import read_edited
from vfsloader.layers.union import Mount, Union

#: The tiles of the two tile sets, by global id - 1.
COLORS = [(10 + 7 * number, 250 - 7 * number, (number * 53) % 256) for number in range(32)]
TSX = """<?xml version="1.0" encoding="UTF-8"?>
<tileset version="1.10" name="{name}" tilewidth="8" tileheight="8" tilecount="16" columns="4">
 <image source="{name}.png" width="32" height="32"/>
</tileset>"""


def whole_map(gids: list[int], form: tuple[str, str], suffix: str) -> bytes:
    """Return a map without objects, with the keys that Tiled writes and pytiled-parser needs."""
    if suffix == "tmx":
        text = tmx(gids, *form).decode().replace("<map ", '<map tiledversion="1.10.2" ')
        return re.sub("<objectgroup.*</objectgroup>", "", text, flags=re.DOTALL).encode()
    table = json.loads(tmj(gids, *form))
    table |= {"type": "map", "tiledversion": "1.10.2", "orientation": "orthogonal", "renderorder": "right-down"}
    table["layers"] = [{**table["layers"][0], "opacity": 1}]
    return json.dumps(table).encode()


def make(folder: Path, seed: int, suffix: str) -> tuple[Path, dict[tuple[int, int], int]]:
    """Write a map with the random edits of three mods, and return it with its tiles."""
    chance = random.Random(seed)
    form = chance.choice([("csv", ""), ("base64", ""), ("base64", "zlib"), ("base64", "gzip")])
    gids = [chance.randint(0, 16) for _ in range(WIDTH * HEIGHT)]
    model = {(at % WIDTH, at // WIDTH): gid for at, gid in enumerate(gids)}
    base = Store(":memory:")
    path = f"/town.{suffix}"
    base.write(path, whole_map(gids, form, suffix))
    for name in ("town", "snow"):
        base.write(f"/{name}.tsx", TSX.format(name=name).encode())
    mounts = [Mount("base", base)]
    for number in range(3):
        text = '[[edit]]\nadd_tileset = { source = "snow.tsx", firstgid = 1001 }\n'
        for _ in range(chance.randint(1, 5)):
            x, y, tile = chance.randrange(WIDTH), chance.randrange(HEIGHT), chance.randrange(16)
            is_snow = chance.random() < 0.5
            name = 1001 + tile if is_snow else f"town:{tile}"
            text += f'[[edit]]\nlayer = "ground"\ntiles = [[{x}, {y}, {json.dumps(name)}]]\n'
            model[x, y] = tile + 1 + 16 * is_snow
        if chance.random() < 0.5:
            x, y = chance.randrange(WIDTH - 1), chance.randrange(HEIGHT - 1)
            text += f'[[edit]]\nlayer = "ground"\nclear = [{x}, {y}, 2, 2]\n'
            model |= {(x + dx, y + dy): 0 for dx in (0, 1) for dy in (0, 1)}
        mod = Store(":memory:")
        mod.write(f"{path}.edit", text.encode())
        mounts.insert(0, Mount(f"mod{number}", mod))
    edited = read_edited(Union(mounts), path)
    assert not edited.refusals
    file = folder / f"{seed}{path.replace('/', '-')}"
    file.write_bytes(edited.data)
    for number, name in enumerate(("town", "snow")):
        (folder / f"{name}.tsx").write_text(TSX.format(name=name))
        picture = PIL.Image.new("RGB", (32, 32))
        for tile in range(16):
            picture.paste(
                COLORS[number * 16 + tile], (tile % 4 * 8, tile // 4 * 8, tile % 4 * 8 + 8, tile // 4 * 8 + 8)
            )
        picture.save(folder / f"{name}.png")
    return file, model


@pytest.mark.parametrize("suffix", ["tmx", "tmj"])
def test_the_rasterizer_of_tiled(tmp_path: Path, suffix: str) -> None:
    for seed in range(4):
        file, model = make(tmp_path, seed, suffix)
        out = tmp_path / "out.png"
        subprocess.run(
            ["tmxrasterizer", file, out],
            check=True,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            timeout=60,
        )
        picture = PIL.Image.open(out).convert("RGBA")
        assert picture.size == (WIDTH * 8, HEIGHT * 8)
        for (x, y), tile in model.items():
            wanted = (*COLORS[tile - 1], 255) if tile else (0, 0, 0, 0)
            assert picture.getpixel((x * 8 + 4, y * 8 + 4)) == wanted, (seed, x, y)


def test_pytmx(tmp_path: Path) -> None:
    for seed in range(10, 30):
        file, model = make(tmp_path, seed, "tmx")
        found = pytmx.TiledMap(str(file))
        layer = found.get_layer_by_name("ground")
        for (x, y), tile in model.items():
            gid = layer.data[y][x]
            if not tile:
                assert gid == 0
                continue
            tileset = found.get_tileset_from_gid(gid)
            assert tileset.name == ("town" if tile <= 16 else "snow")
            assert found.tiledgidmap[gid] - tileset.firstgid == (tile - 1) % 16


@pytest.mark.parametrize("suffix", ["tmx", "tmj"])
def test_arcade(tmp_path: Path, suffix: str) -> None:
    for seed in range(30, 35):
        file, model = make(tmp_path, seed, suffix)
        sprites = arcade.load_tilemap(str(file)).sprite_lists["ground"]
        found = {
            (
                int(sprite.center_x // 8),
                HEIGHT - 1 - int(sprite.center_y // 8),
            ): sprite.texture.image_data.image.getpixel((4, 4))[:3]
            for sprite in sprites
        }
        assert found == {cell: COLORS[tile - 1] for cell, tile in model.items() if tile}
