"""Edits of maps of Tiled: what each does, against a simple model, and what is left out and why."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from array import array
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import Store
from vfsloader.datamerge.maps import EditedFile, read_edited
from vfsloader.layers.union import Mount, Union
from vfsloader.runtime.budget import Limits
from vfsloader.runtime.zstd import zstd

WIDTH, HEIGHT = 6, 5
TSX = """<tileset name="{name}" tilewidth="8" tileheight="8" tilecount="{count}" columns="4"><image source="t.png"/>
</tileset>"""
PACKERS = {"": bytes, "zlib": zlib.compress, "gzip": gzip.compress, "zstd": lambda data: zstd().compress(data)}


def layer_text(gids: list[int], encoding: str, compression: str) -> str:
    if encoding == "csv":
        return ",".join(map(str, gids))
    return base64.b64encode(PACKERS[compression](array("I", gids).tobytes())).decode()


def tmx(gids: list[int] | None = None, encoding: str = "csv", compression: str = "", more: str = "") -> bytes:
    text = layer_text(gids or [0] * (WIDTH * HEIGHT), encoding, compression)
    packed = f' compression="{compression}"' if compression else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" orientation="orthogonal" renderorder="right-down" width="{WIDTH}" height="{HEIGHT}" tilewidth="8"
 tileheight="8" infinite="0" nextlayerid="4" nextobjectid="3">
 <tileset firstgid="1" source="town.tsx"/>
 <!-- kept -->
 <layer id="1" name="ground" width="{WIDTH}" height="{HEIGHT}">
  <data encoding="{encoding}"{packed}>{text}</data>
 </layer>
 <objectgroup id="2" name="things">
  <object id="1" name="chest" x="8" y="8"><properties><property name="gold" type="int" value="5"/></properties></object>
  <object id="2" name="sign" x="16" y="8"/>
 </objectgroup>{more}
</map>
""".encode()


def tmj(gids: list[int] | None = None, encoding: str = "csv", compression: str = "") -> bytes:
    gids = gids or [0] * (WIDTH * HEIGHT)
    size = {"width": WIDTH, "height": HEIGHT}
    data: Any = gids if encoding == "csv" else layer_text(gids, encoding, compression)
    layer = {"id": 1, "name": "ground", "type": "tilelayer", "data": data, "x": 0, "y": 0, "visible": True, **size}
    if encoding != "csv":
        layer |= {"encoding": encoding, "compression": compression}
    chest = {"id": 1, "name": "chest", "x": 8, "y": 8, "properties": [{"name": "gold", "type": "int", "value": 5}]}
    objects = {"id": 2, "name": "things", "type": "objectgroup", "objects": [chest, {"id": 2, "name": "sign"}]}
    head = {"version": "1.10", "tilewidth": 8, "tileheight": 8, "infinite": False, "nextlayerid": 4, "nextobjectid": 3}
    sets = [{"firstgid": 1, "source": "town.tsx"}]
    return json.dumps({**head, **size, "tilesets": sets, "layers": [layer, objects]}).encode()


def edited(
    data: bytes, *edits: str, name: str = "/maps/a.tmx", limits: Limits | None = None, **files: str
) -> EditedFile:
    base = Store()
    base.write(name, data)
    base.write("/maps/town.tsx", TSX.format(name="town", count=16).encode())
    base.write("/maps/winter.tsx", TSX.format(name="winter", count=10).encode())
    for file, text in files.items():
        base.write(f"/maps/{file.replace('_', '.')}", text.encode())
    mounts = [Mount("base", base)]
    for index, text in enumerate(edits):
        mod = Store()
        mod.write(f"{name}.edit", text.encode())
        mounts.insert(0, Mount(f"mod{index}", mod))
    return read_edited(Union(mounts), name, limits=limits or Limits())


def tiles_of(data: bytes, layer: str = "ground") -> list[int]:
    if data.lstrip()[:1] == b"{":
        found = next(item for item in json.loads(data)["layers"] if item["name"] == layer)
        raw = found["data"]
        if isinstance(raw, list):
            return raw
        compression = found.get("compression", "")
    else:
        element = ElementTree.fromstring(data).find(f".//layer[@name='{layer}']/data")
        assert element is not None
        raw, compression = (element.text or "").strip(), element.get("compression", "")
        if element.get("encoding") == "csv":
            return list(map(int, raw.split(",")))
    packed = base64.b64decode(raw)
    unpackers: dict[str, Any] = {"": bytes, "zlib": zlib.decompress, "gzip": gzip.decompress, "zstd": zstd().decompress}
    return list(array("I", unpackers[compression](packed)))


def test_a_map_without_edits_stays_the_same_bytes() -> None:
    assert edited(tmx()).data == tmx()
    assert edited(tmx(), '[[edit]]\nlayer = "ground"\ntiles = [[99, 0, 1]]').refusals


cells = st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1))
tile_edit = st.builds(lambda cell, tile: ("tiles", [(*cell, tile)]), cells, st.integers(0, 16))
clear_edit = st.builds(lambda cell: ("clear", [*cell, WIDTH - cell[0], 1]), cells)
stamp_edit = st.builds(lambda rows: ("stamp", rows), st.lists(st.lists(st.integers(-1, 16), max_size=4), max_size=3))
mods = st.lists(st.lists(st.one_of(tile_edit, clear_edit, stamp_edit), min_size=1, max_size=4), max_size=4)


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 16), min_size=WIDTH * HEIGHT, max_size=WIDTH * HEIGHT),
    mods,
    st.sampled_from([("csv", ""), ("base64", ""), ("base64", "zlib"), ("base64", "gzip"), ("base64", "zstd")]),
    st.booleans(),
)
def test_tiles_are_set_as_in_a_simple_model(
    gids: list[int], stacks: list[list[tuple[str, Any]]], form: tuple[str, str], is_json: bool
) -> None:
    model = {(at % WIDTH, at // WIDTH): gid for at, gid in enumerate(gids)}
    writers: dict[tuple[int, int], list[tuple[int, int]]] = {}
    files = []
    for index, stack in enumerate(stacks):
        own: dict[tuple[int, int], int] = {}
        text = ""
        for action, value in stack:
            text += f'[[edit]]\nlayer = "ground"\n{action} = {json.dumps(value)}\n'
            if action == "tiles":
                own[value[0][:2]] = value[0][2]
            elif action == "clear":
                own |= {(x, value[1]): 0 for x in range(value[0], WIDTH)}
            else:
                text += "at = [1, 1]\n"
                own |= {(x, y): gid for y, row in enumerate(value, 1) for x, gid in enumerate(row, 1) if gid >= 0}
        model |= own
        for cell, gid in own.items():
            writers.setdefault(cell, []).append((index, gid))
        files.append(text)
    source = (tmj if is_json else tmx)(gids, *form)
    result = edited(source, *files, name="/maps/a.tmj" if is_json else "/maps/a.tmx")
    assert not result.refusals
    assert tiles_of(result.data) == [model[x, y] for y in range(HEIGHT) for x in range(WIDTH)]
    expected = {cell for cell, made in writers.items() if len({gid for _, gid in made}) > 1}
    assert {conflict.cell for conflict in result.conflicts} == expected
    for cell, made in writers.items():
        assert result.at(*cell)[-1].mod == f"mod{made[-1][0]}"


@pytest.mark.parametrize(("name", "make"), [("/maps/a.tmx", tmx), ("/maps/a.tmj", tmj)])
def test_objects_layers_properties_and_tile_sets(name: str, make: Any) -> None:
    result = edited(
        make(),
        """
        [[edit]]
        add_tileset = { source = "winter.tsx", firstgid = 1001 }
        [[edit]]
        add_layer = { name = "snow", above = "ground", opacity = 0.5, properties = { deep = true } }
        [[edit]]
        layer = "snow"
        tiles = [[0, 0, "winter:3"], [1, 0, 1001], [2, 0, "town:2 hv"], [3, 0, 1]]
        [[edit]]
        object = "chest"
        set = { x = 24.5, visible = false }
        properties = { gold = 7, owner = "Ann" }
        [[edit]]
        remove_object = 2
        [[edit]]
        layer = "things"
        add_object = { name = "door", x = 1, y = 2, polygon = [[0, 0], [8, 0], [0, 8]], properties = { locked = true } }
        [[edit]]
        properties = { weather = "snow" }
        [[edit]]
        layer = "ground"
        set = { visible = false }
        """,
        name=name,
    )
    assert [edit.reason for edit in result.refusals] == []
    assert tiles_of(result.data, "snow")[:5] == [20, 17, 3 | 0xC0000000, 1, 0]
    if name.endswith("tmj"):
        level = json.loads(result.data)
        assert [layer["name"] for layer in level["layers"]] == ["ground", "snow", "things"]
        assert [(item["firstgid"], item["source"]) for item in level["tilesets"]] == [
            (1, "town.tsx"),
            (17, "winter.tsx"),
        ]
        chest, door = level["layers"][2]["objects"]
        assert (chest["x"], chest["visible"], door["id"], level["nextobjectid"]) == (24.5, False, 3, 4)
        assert [item["value"] for item in chest["properties"]] == [7, "Ann"]
        assert level["properties"] == [{"name": "weather", "type": "string", "value": "snow"}]
    else:
        root = ElementTree.fromstring(result.data)
        assert [item.get("name") for item in root if item.tag in ("layer", "objectgroup")] == [
            "ground",
            "snow",
            "things",
        ]
        assert [(item.get("firstgid"), item.get("source")) for item in root.findall("tileset")] == [
            ("1", "town.tsx"),
            ("17", "winter.tsx"),
        ]
        chest, door = root.findall("objectgroup/object")
        assert (chest.get("x"), chest.get("visible"), door.get("id")) == ("24.5", "0", "3")
        assert [item.get("value") for item in chest.findall("properties/property")] == ["7", "Ann"]
        assert b"<!-- kept -->" in result.data


def test_two_mods_with_the_same_number_for_their_tile_sets_both_count() -> None:
    edit = '[[edit]]\nadd_tileset = {{ source = "{0}", firstgid = 17 }}\n'
    edit += '[[edit]]\nlayer = "ground"\ntiles = [[{1}, 0, 17]]'
    result = edited(
        tmx(),
        edit.format("winter.tsx", 0),
        edit.format("summer.tsx", 1),
        edit.format("winter.tsx", 2),
        summer_tsx=TSX.format(name="summer", count=4),
    )
    assert not result.refusals
    assert not result.conflicts
    assert tiles_of(result.data)[:3] == [17, 27, 17]


def test_a_stamp_from_another_map_brings_its_tile_sets() -> None:
    hut = tmx([5] * 30).decode().replace('firstgid="1" source="town.tsx"', 'firstgid="3" source="winter.tsx"')
    edit = (
        '[[edit]]\nlayer = "ground"\nat = [1, 1]\nstamp = { from = "hut.tmx", layer = "ground", area = [0, 0, 2, 1] }'
    )
    result = edited(tmx(), edit, hut_tmx=hut)
    assert not result.refusals
    assert tiles_of(result.data)[6:10] == [0, 19, 19, 0]
    assert "/maps/hut.tmx" in result.read
    assert edited(tmx(), edit.replace("[1, 1]", "[5, 1]"), hut_tmx=hut).data == tmx()


def test_an_infinite_map_gets_chunks() -> None:
    chunk = f'<chunk x="-16" y="0" width="16" height="16">{",".join(["1"] * 256)}</chunk>'
    data = tmx().replace(b'infinite="0"', b'infinite="1"')
    start, end = data.index(b'"csv">') + 6, data.index(b"</data>")
    result = edited(
        data[:start] + chunk.encode() + data[end:], '[[edit]]\nlayer = "ground"\ntiles = [[-1, 0, 2], [40, -3, 3]]'
    )
    assert not result.refusals
    chunks = ElementTree.fromstring(result.data).findall("layer/data/chunk")
    assert [(item.get("x"), item.get("y")) for item in chunks] == [("-16", "0"), ("32", "-16")]
    numbers = [list(map(int, (item.text or "").split(","))) for item in chunks]
    assert (numbers[0][15], numbers[0][14], numbers[1][13 * 16 + 8], sum(numbers[1])) == (2, 1, 3, 3)


GROUND = '[[edit]]\nlayer = "ground"\n'


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        ('[[edit]]\nlayer = "grund"\ntiles = [[0, 0, 1]]', "no layer 'grund'; it has ground, things"),
        ('[[edit]]\nlayer = "things"\ntiles = [[0, 0, 1]]', "not a layer of tiles but of objects"),
        (GROUND + "tiles = [[6, 0, 1]]", "6, 0 is outside of the layer, which has 6 x 5"),
        (GROUND + "tiles = [[0, 0, 17]]", "no tile 17: its tile set 'town' has 16"),
        (GROUND + 'tiles = [[0, 0, "twon:1"]]', "no tile set 'twon'; it has town"),
        (GROUND + 'tiles = [[0, 0, "town:99"]]', "no tile 'town:99'"),
        (GROUND + "tiles = [[0, 0, 99999999999999999999]]", "a tile is a number"),
        (GROUND + "tiles = [[0.5, 0, 1]]", "2 whole numbers"),
        (GROUND + "tiles = 5", "list of lists"),
        (GROUND + "level = 1\ntiles = [[0, 0, 1]]", "only LDtk has levels"),
        (GROUND + "tile = [[0, 0, 1]]", "did you mean tiles?"),
        (GROUND + "clear = [0, 0, 60000, 60000]", "nodes"),
        ('[[edit]]\nlayer = "ground"', "it does nothing"),
        ("[[edit]]\ntiles = [[0, 0, 1]]", "needs layer"),
        (GROUND + "stamp = [[1]]", "needs at"),
        (GROUND + 'at = [0, 0]\nstamp = { from = "../../x.tmx", layer = "a" }', "outside of the tree"),
        (GROUND + 'at = [0, 0]\nstamp = { from = "/etc/passwd", layer = "a" }', "not a path relative"),
        (GROUND + 'at = [0, 0]\nstamp = { from = "none.tmx", layer = "a" }', "/maps/none.tmx"),
        ('[[edit]]\nremove_object = "ches"', "no object 'ches'"),
        ('[[edit]]\nobject = "chest"\nset = { z = 1 }', "z: cannot be set"),
        ('[[edit]]\nobject = "chest"\nset = { x = nan }', "x must be a number"),
        ('[[edit]]\nobject = "chest"\nset = { name = "\\u0000" }', "name must be text"),
        ("[[edit]]\nproperties = { a = [1] }", "must be text, a number"),
        ('[[edit]]\nremove_properties = ["a"]', "no property 'a'"),
        ('[[edit]]\nadd_layer = { name = "ground" }', "already"),
        ('[[edit]]\nadd_tileset = { source = "gone.tsx" }', "gone.tsx"),
        ('[[edit]]\ntileset = "town"\nproperties = { a = 1 }', "file of its own"),
        ('[[edit]]\nwhen = { season = "winter" }\nproperties = { a = 1 }', "when: only the edits of a mod"),
        ("[[edits]]\na = 1", "there is no such key"),
        ("a = " + "[" * 300 + "]" * 300, "nested too deeply"),
        ("\x00", "Invalid"),
    ],
)
def test_a_wrong_edit_is_left_out_and_the_rest_works(edit: str, problem: str) -> None:
    good = '\n[[edit]]\nlayer = "ground"\ntiles = [[0, 0, 2]]'
    is_whole = not edit.startswith("[[edit]]")
    result = edited(tmx(), edit + ("" if is_whole else good), *([good] if is_whole else []))
    [refused] = result.refusals
    assert refused.reason is not None
    assert problem in refused.reason
    assert (refused.mod, refused.path) == ("mod0", "/maps/a.tmx.edit")
    assert is_whole or refused.key.startswith("edit[1]")
    assert tiles_of(result.data)[:2] == [2, 0]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "cannot be edited"),
        (b"<map", "cannot be edited"),
        (b'<!DOCTYPE m [<!ENTITY a "a">]><map>&a;</map>', "declares an entity"),
        (b"<tileset/>", "not a map"),
        (b"<map>" + b"<group>" * 300 + b"</group>" * 300 + b"</map>", "depth"),
        (tmx().replace(b'width="6" height="5">', b'width="999999" height="999999">'), "nodes"),
        (tmx().replace(b'width="6" height="5">', b'width="6" height="' + b"9" * 5000 + b'">'), "height of the map"),
        (tmx().replace(b'encoding="csv"', b'encoding="rot13"'), "'rot13' is unknown"),
        (tmx([0] * 30, "base64", "zlib").replace(b"zlib", b"zstd"), "cannot be unpacked"),
        (tmx([0] * 30, "base64", "zlib").replace(b'height="5">', b'height="4">'), "does not have 24 tiles"),
        (tmx().replace(b'firstgid="1"', b'firstgid="one"'), "firstgid"),
    ],
)
def test_a_map_that_means_harm_stays_as_it_is(data: bytes, problem: str) -> None:
    base, mod = Store(), Store()
    mod.write("/a.tmx", data)
    mod.write("/a.tmx.edit", b'[[edit]]\nlayer = "ground"\ntiles = [[0, 0, 0]]')
    result = read_edited(Union([Mount("mod", mod), Mount("base", base)]), "/a.tmx")
    assert result.data == data
    [refused] = result.refusals
    assert refused.reason is not None
    assert problem in refused.reason


def test_patches_and_edits_are_applied_layer_by_layer() -> None:
    base, first, second = Store(), Store(), Store()
    base.write("/maps/a.tmx", tmx())
    base.write("/maps/town.tsx", TSX.format(name="town", count=16).encode())
    first.write("/maps/a.tmx.edit", b'[[edit]]\nadd_layer = { name = "new" }')
    second.write("/maps/a.tmx.patch", b"<diff><replace sel=\"map/layer[@name='new']/@name\">roof</replace></diff>")
    second.write("/maps/a.tmx.edit", b'[[edit]]\nlayer = "roof"\ntiles = [[0, 0, 4]]')
    union = Union([Mount("second", second), Mount("first", first), Mount("base", base)])
    result = read_edited(union, "/maps/a.tmx")
    assert not result.refusals
    assert tiles_of(result.data, "roof")[0] == 4
