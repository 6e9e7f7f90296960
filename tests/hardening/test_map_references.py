"""Maps that name files of the disk: nothing outside of the tree is ever opened."""

from __future__ import annotations

import builtins
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["ARCADE_HEADLESS"] = "True"
import pyglet

pyglet.options.headless = True
pyglet.options.audio = ("silent",)

import arcade
import pytest
import vfsloader.arcade
from PIL import Image

import vfsloader
from vfsloader import ResourceManager
from vfsloader.assets.references import MapFile
from vfsloader.errors import BudgetError, PathNotFoundError, ResourceError, VFSError
from vfsloader.runtime.budget import Budget, Limits

RED = (255, 0, 0, 255)


def png(colour: tuple[int, ...] = RED) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), colour).save(out, "PNG")
    return out.getvalue()


def tmx(body: str, head: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<map version="1.10" tiledversion="1.10" orientation="orthogonal" renderorder="right-down" width="1" height="1"
 tilewidth="8" tileheight="8" infinite="0" nextlayerid="2" nextobjectid="1">{body}
 <layer id="1" name="ground" width="1" height="1"><data encoding="csv">1</data></layer></map>""".encode()


def embedded(image: str) -> str:
    return f"""<tileset firstgid="1" name="t" tilewidth="8" tileheight="8" tilecount="1" columns="1">
 <image source="{image}" width="8" height="8"/></tileset>"""


def tsx(image: str = "t.png") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<tileset version="1.10" tiledversion="1.10" name="t" tilewidth="8" tileheight="8" tilecount="1" columns="1">
 <image source="{image}" width="8" height="8"/></tileset>""".encode()


def json_map(**more: Any) -> bytes:
    tiles = {"firstgid": 1, "name": "t", "tilewidth": 8, "tileheight": 8, "tilecount": 1, "columns": 1, "margin": 0,
             "spacing": 0, "image": "t.png", "imagewidth": 8, "imageheight": 8}  # fmt: skip
    layer = {"id": 1, "name": "ground", "type": "tilelayer", "width": 1, "height": 1, "data": [1], "opacity": 1,
             "visible": True, "x": 0, "y": 0}  # fmt: skip
    whole = {"version": "1.10", "tiledversion": "1.10", "orientation": "orthogonal", "renderorder": "right-down",
             "width": 1, "height": 1, "tilewidth": 8, "tileheight": 8, "infinite": False, "nextlayerid": 2,
             "nextobjectid": 1, "type": "map", "layers": [layer], "tilesets": [tiles]}  # fmt: skip
    return json.dumps({**whole, **more}).encode()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "base" / "maps").mkdir(parents=True)
    mod = tmp_path / "mods" / "winter"
    (mod / "maps").mkdir(parents=True)
    (mod / "mod.toml").write_text('id = "winter"\nname = "Winter"\nversion = "1"\n')
    (tmp_path / "base" / "maps" / "t.png").write_bytes(png())
    (tmp_path / "base" / "maps" / "t.tsx").write_bytes(tsx())
    (tmp_path / "outside").mkdir()
    for name, data in (("secret.tsx", tsx()), ("secret.png", png()), ("t.png", png((0, 0, 255, 255)))):
        (tmp_path / "outside" / name).write_bytes(data)
    monkeypatch.chdir(tmp_path / "outside")
    return tmp_path


@pytest.fixture
def load(folder: Path) -> Iterator[Callable[..., arcade.TileMap]]:
    """Load a map of the mod; other files of the mod are given by name. Fail if it opens anything outside."""
    window = arcade.Window(64, 64)
    with vfsloader.init(folder / "base", mods=folder / "mods", watch=False) as game:

        def load_map(data: bytes, name: str = "a.tmx", **files: bytes) -> arcade.TileMap:
            for file, content in {name: data, **files}.items():
                (folder / "mods" / "winter" / "maps" / file).write_bytes(content)
            game.mods["winter"].refresh()
            game.update()
            return vfsloader.arcade.load_tilemap(f"/maps/{name}")

        yield load_map
    window.close()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[str]:
    """What is opened outside of the layers."""
    found: list[str] = []
    real = builtins.open

    def noted(file: Any, *args: Any, **kwargs: Any) -> Any:
        text = str(file)
        if text.startswith(("/etc", "file:")) or os.path.abspath(text).startswith(str(folder / "outside")):
            found.append(text)
        return real(file, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", noted)
    monkeypatch.setattr(io, "open", noted)
    return found


OUTSIDE = ["/etc/passwd", "../../../../../../../../../../etc/passwd", "..\\..\\..\\etc\\passwd", "C:\\Windows\\win.ini",
           "C:/Windows/win.ini", "c:win.ini", "file:///etc/passwd", "\\\\server\\share\\x", "//server/share/x",
           "http://example.com/x.tsx", "../../outside/secret.tsx", "a/../../../x", "\\etc\\passwd"]  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_that_leave_the_tree(name: str, load: Callable[..., arcade.TileMap], opened: list[str]) -> None:
    shape = f'<objectgroup id="2" name="o"><object id="1" template="{name}" x="0" y="0"/></objectgroup>'
    layer = f'<imagelayer id="3" name="i"><image source="{name}" width="8" height="8"/></imagelayer>'
    tile = f"""<tileset firstgid="1" name="t" tilewidth="8" tileheight="8" tilecount="1" columns="0">
 <tile id="0"><image source="{name}" width="8" height="8"/></tile></tileset>"""
    template = f'<template><tileset firstgid="1" source="{name}"/><object id="1" gid="1"/></template>'.encode()
    by_template = '<objectgroup id="2" name="o"><object id="1" template="a.tx" x="0" y="0"/></objectgroup>'
    wrong: list[tuple[bytes, str, dict[str, bytes]]] = [
        (tmx(f'<tileset firstgid="1" source="{name}"/>'), "a.tmx", {}),
        (tmx(embedded(name)), "a.tmx", {}),
        (tmx(shape), "a.tmx", {}),
        (tmx(layer), "a.tmx", {}),
        (tmx(f"<group>{layer}</group>"), "a.tmx", {}),
        (tmx(tile), "a.tmx", {}),
        (tmx('<tileset firstgid="1" source="evil.tsx"/>'), "a.tmx", {"evil.tsx": tsx(name)}),
        (tmx(by_template), "a.tmx", {"a.tx": template}),
        (json_map(tilesets=[{"firstgid": 1, "source": name}]), "a.json", {}),
        (json_map(tilesets=[{"firstgid": 1, "name": "t", "image": name}]), "a.json", {}),
        (json_map(layers=[{"type": "imagelayer", "name": "i", "image": name}]), "a.json", {}),
        (json_map(layers=[{"type": "group", "layers": [{"type": "imagelayer", "image": name}]}]), "a.json", {}),
        (json_map(layers=[{"type": "objectgroup", "objects": [{"id": 1, "template": name}]}]), "a.json", {}),
    ]
    for data, file, files in wrong:
        with pytest.raises(ResourceError, match=r"names '.*', which is (not relative|outside)") as caught:
            load(data, file, **files)
        assert "in winter" in str(caught.value)
    assert opened == []


def test_an_entity_hides_nothing(load: Callable[..., arcade.TileMap], opened: list[str]) -> None:
    head = '<!DOCTYPE map [<!ENTITY a "/etc/passwd"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    with pytest.raises(ResourceError, match="passwd"):
        load(tmx('<tileset firstgid="1" source="&a;"/>', head))
    with pytest.raises(ResourceError):
        load(tmx("<properties>&b;</properties>" + embedded("t.png"), head))
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))
    with pytest.raises(VFSError):
        load(tmx("<properties>&l11;</properties>", f"<!DOCTYPE map [{laughs}]>"))
    assert opened == []


@pytest.mark.parametrize("kind", ["tmx", "json"])
def test_pictures_are_never_those_of_the_current_folder(kind: str, load: Callable[..., arcade.TileMap]) -> None:
    level = load(tmx(embedded("t.png")), "a.tmx") if kind == "tmx" else load(json_map(), "a.json")
    assert level.sprite_lists["ground"][0].texture.image.getpixel((0, 0)) == RED


def test_good_names_are_found(load: Callable[..., arcade.TileMap], folder: Path) -> None:
    for source in ("t.tsx", "./t.tsx", "../maps/t.tsx", "..\\maps\\t.tsx"):
        level = load(tmx(f'<tileset firstgid="1" source="{source}"/>'))
        assert level.sprite_lists["ground"][0].texture.image.getpixel((0, 0)) == RED
    assert (folder / "base" / "maps" / "t.tsx").read_bytes() == tsx(), "the game's own file stays as it is"
    values = [{"name": "look", "type": "class", "value": {"image": "/not/a/file", "source": 5}}]
    load(json_map(properties=[{"name": "image", "type": "string", "value": "/x"}], editorsettings={}), "b.json")
    map_file = MapFile("/m.json", json_map(properties=values), "base", Budget("a map"))
    assert [name for _, name, _ in map_file.references] == ["t.png"]


def test_what_is_not_a_map(load: Callable[..., arcade.TileMap]) -> None:
    for data in (
        b"",
        b"<map",
        b"text",
        b"[" * 50_000,
        b"<a>" * 1000,
        b"\xff\xfe<\0m\0",
        b"<map/>",
        b"{}",
        b"\n" + tmx(""),
    ):
        with pytest.raises(VFSError, match=r"/maps/a.tmx"):
            load(data)
    with pytest.raises(PathNotFoundError):
        load(tmx('<tileset firstgid="1" source="missing.tsx"/>'))
    with pytest.raises(ResourceError, match="may bring"):
        load(tmx(embedded("huge.png")), **{"huge.png": b"P6 60000 60000 255\n"})
    with pytest.raises(ResourceError, match="claims"):
        load(tmx(embedded("huge.png")), **{"huge.png": b"qoif\0\1\0\0\0\1\0\0" + bytes(9)})


def test_large_maps_cost_a_bounded_amount() -> None:
    for data in (b"<map>" + b"<a/>" * 2000 + b"</map>", b"<a>" * 5000, b"[" + b"{}," * 2000 + b"{}]"):
        with pytest.raises((BudgetError, ResourceError)):
            MapFile("/m", data, "winter", Budget("/m in winter", Limits(nodes=1000)))


def test_a_real_folder_has_no_map_that_leaves_it(folder: Path) -> None:
    """pytmx and others join names to the folder of the map."""
    maps = folder / "mods" / "winter" / "maps"
    (maps / "evil.tmx").write_bytes(tmx('<tileset firstgid="1" source="/etc/passwd"/>'))
    (maps / "evil.tsx").write_bytes(tsx("../../../../../../secret.png"))
    (maps / "good.tmx").write_bytes(tmx('<tileset firstgid="1" source="../maps/t.tsx"/>'))
    (maps / "broken.tmx").write_bytes(b"<map")
    with ResourceManager(folder / "base", mods=folder / "mods", watch=False) as game:
        names = set(os.listdir(Path(game.real_folder("/"), "maps")))
        assert names == {"good.tmx", "t.tsx", "t.png"}
        assert "good.tmx" not in os.listdir(game.real_folder("/maps")), "its name leaves this folder"
        assert "t.tsx" in os.listdir(game.real_folder("/maps"))
