"""A game and its mods as one tree: data files are merged once, when it is packed."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from pathlib import Path

import PIL.Image
import pygame
import pytest
import vfsloader.pygame

import vfsloader
from vfsloader import ResourceManager, Store
from vfsloader.assets.edits.flatten import FlatPictures
from vfsloader.assets.edits.plain_pictures import PLAIN_PICTURES
from vfsloader.datamerge import formats
from vfsloader.datamerge.flattened import FlattenedLayer
from vfsloader.datamerge.formats import DataKind, register_data_kind
from vfsloader.errors import ResourceError
from vfsloader.layers.union import Mount

BASE = {
    "/items.json": b'{"sword": {"damage": 3}, "names": ["a"]}',
    "/rules.toml": b'speed = 1\n[player]\nname = "x"\n',
    "/table.csv": b"id,damage\nsword,3\nbow,2\n",
    "/words.txt": b"one\ntwo\n",
    "/plain.txt": b"plain",
}
LOW = {
    "/items.json.merge": b'{"sword": {"damage": 5}}',
    "/rules.toml.merge": b"speed = 2\n",
    "/table.csv.merge": b"id,damage\nsword,9\n-bow,\n",
    "/words.txt.merge": b"+three\n-one\n",
    "/tl/fi/menu.json.merge": b'{"play": "Pelaa", "quit": "Ulos"}',
    "/tl/fi/menu.json.patch": b'[{"op": "add", "path": "/x", "value": 1}]',
}
HIGH = {
    "/items.json.patch": b'[{"op": "add", "path": "/names/-", "value": "b"}]',
    "/tl/fi/menu.json.merge": b'{"quit": "Lopeta", "help": null}',
    "/tl/fi/menu.json.patch": b'[[{"op": "add", "path": "/y", "value": 2}]]',
}


def stores() -> list[Mount]:
    mounts = []
    for name, files in (("high", HIGH), ("low", LOW), ("base", BASE)):
        store = Store(name=name)
        for path, data in files.items():
            store.write(path, data)
        mounts.append(Mount(name, store))
    return mounts


def read(layer: FlattenedLayer, path: str) -> bytes:
    entry = layer.find(path)
    assert entry is not None, path
    data = layer.read(entry)
    assert len(data) == entry.size
    assert layer.open(entry).read() == data
    return data


def test_data_files_are_what_the_running_game_reads() -> None:
    mounts = stores()
    flattened = FlattenedLayer(mounts)
    assert json.loads(read(flattened, "/items.json")) == {"sword": {"damage": 5}, "names": ["a", "b"]}
    assert tomllib.loads(read(flattened, "/rules.toml").decode()) == {"speed": 2, "player": {"name": "x"}}
    assert list(csv.DictReader(read(flattened, "/table.csv").decode().splitlines())) == [{"id": "sword", "damage": "9"}]
    assert read(flattened, "/words.txt").split() == [b"two", b"three"]
    assert read(flattened, "/plain.txt") == b"plain"
    assert {entry.name for entry in flattened.list("/")} == {path[1:] for path in BASE} | {"tl"}
    running = ResourceManager(mounts[2].layer, dlc=[mounts[1].layer, mounts[0].layer], watch=False)
    packed = ResourceManager(flattened, watch=False)
    for path in BASE:
        if path != "/plain.txt":
            assert packed.read_merged(path) == running.read_merged(path)
    running.close()
    packed.close()


def test_changes_to_files_of_other_packs_are_combined() -> None:
    flattened = FlattenedLayer(stores())
    assert json.loads(read(flattened, "/tl/fi/menu.json.merge")) == {"play": "Pelaa", "quit": "Lopeta", "help": None}
    assert json.loads(read(flattened, "/tl/fi/menu.json.patch")) == [
        [{"op": "add", "path": "/x", "value": 1}],
        [{"op": "add", "path": "/y", "value": 2}],
    ]


def test_a_kind_that_cannot_be_written_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "DATA_KINDS", list(formats.DATA_KINDS))
    register_data_kind(DataKind("/items.json", formats.parse_json, formats.merge_patch))
    with pytest.raises(ResourceError, match="no write function"):
        FlattenedLayer(stores())


def test_a_patch_that_is_not_a_list_does_not_spoil_the_others() -> None:
    low, high = Store(), Store()
    low.write("/menu.json.patch", b'{"op": "add"}')
    high.write("/menu.json.patch", b'[{"op": "add", "path": "/x", "value": 1}]')
    flattened = FlattenedLayer([Mount("high", high), Mount("low", low)])
    assert json.loads(read(flattened, "/menu.json.patch")) == [[{"op": "add", "path": "/x", "value": 1}]]


MAP = """<map width="2" height="1" tilewidth="8" tileheight="8">
<tileset firstgid="1" name="town" tilewidth="8" tileheight="8" tilecount="9" columns="3"/>
<layer id="1" name="ground" width="2" height="1"><data encoding="csv">1,1</data></layer></map>"""


def test_the_edits_of_maps_are_in_the_maps() -> None:
    base, low, high = Store(name="base"), Store(name="low"), Store(name="high")
    base.write("/town.tmx", MAP.encode())
    base.write("/ui.xml", b"<ui/>")
    low.write("/town.tmx.edit", b'[[edit]]\nlayer = "ground"\ntiles = [[0, 0, 2]]')
    high.write("/town.tmx.edit", b'[[edit]]\nlayer = "ground"\ntiles = [[1, 0, 3]]')
    high.write("/ui.xml.patch", b'<diff><add sel="ui"><b/></add></diff>')
    high.write("/hero.png.edit", b"")
    flat = FlattenedLayer([Mount("high", high), Mount("low", low), Mount("base", base)])
    assert sorted(entry.path for entry in flat.list("/")) == ["/hero.png.edit", "/town.tmx", "/ui.xml"]
    assert flat.find("/town.tmx.edit") is None
    entry, ui = flat.find("/town.tmx"), flat.find("/ui.xml")
    assert entry is not None
    assert ui is not None
    assert b">2,3</data>" in flat.read(entry).replace(b"\n", b"")
    assert flat.read(ui).endswith(b"<ui><b/></ui>")


def test_changes_that_depend_on_something_are_packed_as_they_are_now(tmp_path: Path) -> None:
    mod = tmp_path / "mods/winter"
    for file, text in {
        "mod.toml": 'id = "winter"\nname = "W"\nversion = "1"\n[options.depth]\ntype = "int"\ndefault = 4\n',
        # "$when" and "${" may be spelled by the numbers of their letters.
        "items.json.merge": r"""{"boots": {"\u0024when": {"season": "winter"}, "$value": 1},
            "snow": "$\u007boption.depth}"}""",
        "tl/fi/menu.json.merge": '{"a": {"$when": {"season": "winter"}, "$value": 1}, "b": "${option.depth}"}',
    }.items():
        (mod / file).parent.mkdir(parents=True, exist_ok=True)
        (mod / file).write_text(text)
    base, other = Store(name="base"), Store(name="other")
    base.write("/items.json", b"{}")
    other.write("/tl/fi/menu.json.merge", b'{"c": 2}')
    with ResourceManager(base, dlc=[other], mods=tmp_path / "mods", watch=False) as game:
        assert game.read_merged("/items.json") == {"snow": 4}
        flat = FlattenedLayer(game.vfs.union.mounts[1:])
        assert json.loads(read(flat, "/items.json")) == {"snow": 4}
        assert json.loads(read(flat, "/tl/fi/menu.json.merge")) == {"b": 4, "c": 2}


def _shown(game: ResourceManager) -> dict[str, bytes]:
    vfsloader.use(game)
    shown = {path: game.load(path, PLAIN_PICTURES).pixels for path in ("/hero.png", "/photo.jpg", "/moth.svg")}
    frames = vfsloader.pygame.load_animation("/wings.gif").frames
    return {path: bytes(pixels) for path, pixels in shown.items()} | {
        str(number): pygame.image.tobytes(frame, "RGBA") for number, frame in enumerate(frames)
    }


def test_pictures_are_packed_with_the_edits_of_all_mods(tmp_path: Path) -> None:
    base = Store(name="base")
    red, blue = PIL.Image.new("RGB", (8, 8), "red"), PIL.Image.new("RGB", (8, 8), "blue")
    for path, kind, more in (
        ("/hero.png", "PNG", {}),
        ("/photo.jpg", "JPEG", {}),
        ("/wings.gif", "GIF", {"save_all": True, "append_images": [blue]}),
    ):
        out = io.BytesIO()
        red.save(out, kind, **more)
        base.write(path, out.getvalue())
    base.write("/moth.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0h8v8z"/></svg>')
    for name, left in (("low", 0), ("high", 4)):
        mod = tmp_path / "mods" / name
        mod.mkdir(parents=True)
        (mod / "mod.toml").write_text(f'id = "{name}"\nname = "x"\nversion = "1"\n')
        (mod / "hat.png").write_bytes(base.read(base.find("/hero.png")))  # type: ignore[arg-type]
        for path in ("hero.png", "photo.jpg", "wings.gif", "moth.svg"):
            (mod / f"{path}.edit").write_text(
                f'[[edit]]\nmode = "tint"\ncolor = "#40{left}0ff20"\narea = [{left}, 1, 3, 3]\nopacity = 0.7\n'
                f'[[edit]]\nfrom = "hat.png"\narea = [0, 0, 2, 2]\nto = [{left}, 5]\nopacity = 0.3\n'
                f'[[edit]]\nmode = "recolor"\ncolors = {{ "#000000" = "#1020{left}0" }}\n'
                '[[edit]]\nmode = "tint"\ncolor = "#000000"\nwhen = { season = "never" }\n'
            )
    with ResourceManager(base, mods=tmp_path / "mods", watch=False) as game:
        running = _shown(game)
        flat = FlattenedLayer(game.vfs.union.mounts[1:], pictures=FlatPictures(lambda name: name == "base"))
        assert {entry.name for entry in flat.list("/") if entry.name.endswith(".edit")} == {
            "wings.gif.edit",
            "moth.svg.edit",
        }
        with ResourceManager(flat, watch=False) as packed:
            assert _shown(packed) == running


def test_catalogs_are_packed_message_by_message(tmp_path: Path) -> None:
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: {};\\n"\n\n'
    polish = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2)"
    layers = [Store(name=name) for name in ("base", "low", "high")]
    base, low, high = layers
    base.write("/locale/pl/game.json", b'{"menu": {"quit": "Koniec"}, "Hello": "Hej", "a": "A"}')
    low.write(
        "/locale/pl/LC_MESSAGES/game.po",
        f'{head.format(polish)}msgid "Hello"\nmsgstr "Czolem"\n\nmsgctxt "door"\nmsgid "Open"\nmsgstr "Otworz"\n\n'
        'msgid "%d moth"\nmsgid_plural "%d moths"\nmsgstr[0] "%d cma"\n'
        'msgstr[1] "%d cmy"\nmsgstr[2] "%d ciem"\n'.encode(),
    )
    high.write("/locale/pl/game.json", b'{"menu.quit": "Wyjscie"}')
    high.write("/locale/fi/game.json", b'{"Hello": "Hei"}')
    high.write("/locale/pl/game.mo", b"damaged")
    with ResourceManager(base, dlc=[low, high], watch=False, language="pl") as running:
        flat = FlattenedLayer(running.vfs.union.mounts[1:])
        assert [entry.path for entry in flat.list("/locale/pl")] == ["/locale/pl/LC_MESSAGES", "/locale/pl/game.json"]
        assert read(flat, "/locale/fi/game.json") == b'{"Hello": "Hei"}'  # one layer's stays as it is
        with ResourceManager(flat, watch=False, language="pl") as packed:
            here, there = running.translations(), packed.translations()
            for key in ("Hello", "a", "menu.quit"):
                assert there.gettext(key) == here.gettext(key) != key
            assert there.pgettext("door", "Open") == "Otworz"
            for number in range(130):
                forms = [texts.ngettext("%d moth", "%d moths", number) for texts in (here, there)]
                assert forms[0] == forms[1], number
    low.write(
        "/locale/pl/LC_MESSAGES/game.po",
        f'{head.format("nplurals=2; plural=(n > 1)")}msgid "m"\nmsgid_plural "ms"\n'
        'msgstr[0] "x"\nmsgstr[1] "y"\n'.encode(),
    )
    with pytest.raises(ResourceError, match=r"game\.po in low cannot be packed: its plural forms differ"):
        FlattenedLayer([Mount(layer.name, layer) for layer in reversed(layers)])
