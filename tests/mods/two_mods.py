"""A game with two mods that change the same places of a picture, a map, XML, data and texts."""

from __future__ import annotations

import io
from pathlib import Path

import PIL.Image

TMX = """<map width="2" height="1" tilewidth="8" tileheight="8">
<tileset firstgid="1" name="town" tilewidth="8" tileheight="8" tilecount="9" columns="3"/>
<layer id="1" name="ground" width="2" height="1"><data encoding="csv">1,2</data></layer></map>"""
RED, GREEN, BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)


def png(size: tuple[int, int], color: tuple[int, int, int, int]) -> bytes:
    out = io.BytesIO()
    PIL.Image.new("RGBA", size, color).save(out, "PNG")
    return out.getvalue()


def write(folder: Path, files: dict[str, str | bytes]) -> None:
    for name, data in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)


def mod(folder: Path, name: str, files: dict[str, str | bytes], more: str = "") -> None:
    write(folder / "mods" / name, {"mod.toml": f'id = "{name}"\nname = "{name}"\nversion = "1"\n{more}', **files})


def make(folder: Path) -> None:
    write(
        folder,
        {
            "game.toml": 'base = "base"\nmods = "mods"\n',
            "base/p.png": png((16, 16), RED),
            "base/maps/town.tmx": TMX,
            "base/ui.xml": '<ui><b c="1"/></ui>',
            "base/items.json": '{"sword": {"damage": 3}}',
            "base/locale/fi/game.json": '{"Hello": "Hei"}',
        },
    )
    for name, at, tile, text, color in (("aa", 2, 3, "Moi", GREEN), ("bb", 4, 4, "Terve", BLUE)):
        mod(
            folder,
            name,
            {
                f"hat-{name}.png": png((4, 4), color),
                "p.png.edit": f'[[edit]]\nfrom = "hat-{name}.png"\nto = [{at}, {at}]\n',
                "maps/town.tmx.edit": f'[[edit]]\nlayer = "ground"\ntiles = [[0, 0, {tile}]]\n',
                "ui.xml.patch": f'<diff><replace sel="ui/b/@c">{at}</replace></diff>',
                "items.json.merge": f'{{"sword": {{"damage": {at}}}}}',
                "locale/fi/game.json": f'{{"Hello": "{text}"}}',
            },
        )
