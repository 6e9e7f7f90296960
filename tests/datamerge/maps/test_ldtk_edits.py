"""Edits of LDtk projects."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import Store
from vfsloader.datamerge.maps import EditedFile, read_edited
from vfsloader.layers.union import Mount, Union

WIDTH, HEIGHT = 4, 3


def project(version: str = "1.5.3") -> dict[str, Any]:
    size = {"__cWid": WIDTH, "__cHei": HEIGHT, "__gridSize": 16}
    tiles = [{"px": [16, 0], "src": [16, 0], "f": 0, "t": 1, "d": [1], "a": 1}]
    chest_field = {"__identifier": "gold", "__type": "Int", "__value": 5, "defUid": 31, "realEditorValues": []}
    chest = {"__identifier": "Chest", "iid": "c-1", "px": [32, 16], "__grid": [2, 1], "defUid": 30}
    layers = [
        {"__identifier": "Things", "__type": "Entities", "iid": "l-1", "layerDefUid": 1, **size}
        | {"entityInstances": [{**chest, "width": 16, "height": 16, "fieldInstances": [chest_field]}]},
        {"__identifier": "Ground", "__type": "Tiles", "iid": "l-2", "layerDefUid": 2, "__tilesetDefUid": 20, **size}
        | {"gridTiles": tiles, "autoLayerTiles": [], "intGridCsv": []},
        {"__identifier": "Walls", "__type": "IntGrid", "iid": "l-3", "layerDefUid": 3, **size}
        | {"intGridCsv": [0] * (WIDTH * HEIGHT), "gridTiles": [], "autoLayerTiles": []},
    ]
    level = {"identifier": "Level_0", "iid": "v-0", "uid": 40, "pxWid": 64, "pxHei": 48, "fieldInstances": []}
    tileset = {"identifier": "Town", "uid": 20, "relPath": "town.png", "tileGridSize": 16, "spacing": 1, "padding": 2}
    fields = [{"identifier": "gold", "__type": "Int", "uid": 31}]
    defs = {
        "layers": [
            {"identifier": "Things", "uid": 1},
            {"identifier": "Ground", "uid": 2},
            {"identifier": "Walls", "uid": 3, "intGridValues": [{"value": 1}, {"value": 2}]},
        ],
        "tilesets": [{**tileset, "__cWid": 8, "__cHei": 2}],
        "entities": [{"identifier": "Chest", "uid": 30, "width": 16, "height": 16, "fieldDefs": fields}],
        "levelFields": [{"identifier": "music", "__type": "String", "uid": 50}],
    }
    return {"jsonVersion": version, "nextUid": 100, "defs": defs, "levels": [{**level, "layerInstances": layers}]}


def edited(data: Any, *edits: str) -> EditedFile:
    base = Store()
    base.write("/w.ldtk", json.dumps(data).encode())
    mounts = [Mount("base", base)]
    for index, text in enumerate(edits):
        mod = Store()
        mod.write("/w.ldtk.edit", text.encode())
        mounts.insert(0, Mount(f"mod{index}", mod))
    return read_edited(Union(mounts), "/w.ldtk")


def layer_of(result: EditedFile, name: str) -> Any:
    layers = json.loads(result.data)["levels"][0]["layerInstances"]
    return next(layer for layer in layers if layer["__identifier"] == name)


cells = st.dictionaries(
    st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1)), st.integers(0, 15), max_size=6
)


@settings(max_examples=40)
@given(st.lists(cells, max_size=3))
def test_tiles_are_set_as_in_a_simple_model(stacks: list[dict[tuple[int, int], int]]) -> None:
    model = {(1, 0): 1}
    files = []
    for stack in stacks:
        model |= stack
        tiles = json.dumps([[x, y, tile] for (x, y), tile in stack.items()])
        files.append(f'[[edit]]\nlayer = "Ground"\ntiles = {tiles}')
    result = edited(project(), *files)
    assert not result.refusals
    tiles = layer_of(result, "Ground")["gridTiles"]
    assert {(tile["px"][0] // 16, tile["px"][1] // 16): tile["t"] for tile in tiles} == model
    assert len(tiles) == len(model)
    assert all(
        tile["src"] == [2 + tile["t"] % 8 * 17, 2 + tile["t"] // 8 * 17] for tile in tiles if tile["px"] != [16, 0]
    )


def test_everything_else() -> None:
    result = edited(
        project(),
        """
        [[edit]]
        layer = "Walls"
        tiles = [[1, 1, 2]]
        [[edit]]
        layer = "Ground"
        clear = [0, 0, 4, 3]
        [[edit]]
        layer = "Ground"
        at = [2, 1]
        stamp = [["Town:3 hv", -1]]
        [[edit]]
        object = "Chest"
        set = { x = 40 }
        properties = { gold = 9 }
        [[edit]]
        layer = "Things"
        add_object = { name = "Chest", x = 0, y = 32, properties = { gold = 1 } }
        [[edit]]
        properties = { music = "snow.ogg" }
        [[edit]]
        [edit.add_tileset]
        name = "Winter"
        image = "winter.png"
        tilewidth = 16
        tileheight = 16
        tilecount = 8
        columns = 4
        [[edit]]
        add_layer = { name = "Snow", tileset = "Winter", above = "Ground" }
        [[edit]]
        layer = "Snow"
        tiles = [[3, 2, "Winter:7"]]
        [[edit]]
        layer = "Ground"
        set = { opacity = 0.5 }
        """,
    )
    assert not result.refusals
    assert layer_of(result, "Walls")["intGridCsv"][WIDTH + 1] == 2
    ground = layer_of(result, "Ground")
    assert [(tile["px"], tile["t"], tile["f"]) for tile in ground["gridTiles"]] == [([32, 16], 3, 3)]
    assert ground["__opacity"] == 0.5
    old, new = layer_of(result, "Things")["entityInstances"]
    assert (old["px"], old["__grid"], old["fieldInstances"][0]["__value"]) == ([40, 16], [2, 1], 9)
    assert (new["px"], new["__grid"], new["fieldInstances"][0]["__value"]) == ([0, 32], [0, 2], 1)
    written = json.loads(result.data)
    assert written["levels"][0]["fieldInstances"][0]["__value"] == "snow.ogg"
    assert [layer["__identifier"] for layer in written["levels"][0]["layerInstances"]] == [
        "Things",
        "Snow",
        "Ground",
        "Walls",
    ]
    assert layer_of(result, "Snow")["gridTiles"][0]["src"] == [48, 16]
    assert written["nextUid"] == 102


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"jsonVersion": "2.0.0"}, "it is of LDtk 2.0; versions 1.0 to 1.5 can be edited"),
        ({"jsonVersion": "1.6.0"}, "it is of LDtk 1.6"),
        ({"jsonVersion": None}, "no jsonVersion"),
        ({"levels": 5}, "levels must be a list"),
        ({"levels": []}, "level: name one"),
        ({"defs": None}, "defs must be a table"),
        ({"levels": [{"identifier": "A", "layerInstances": None}]}, "file of its own"),
        ({"levels": [*project()["levels"], {"identifier": "B"}]}, "level: name one; the levels are Level_0, B"),
    ],
)
def test_a_project_that_cannot_be_edited_stays_as_it_is(change: dict[str, Any], problem: str) -> None:
    data = project() | change
    result = edited(data, '[[edit]]\nlayer = "Ground"\ntiles = [[0, 0, 1]]')
    assert json.loads(result.data) == data
    assert problem in (result.refusals[0].reason or "")


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        ('layer = "Ground"\ntiles = [[0, 0, 16]]', "no tile 16"),
        ('layer = "Ground"\ntiles = [[4, 0, 1]]', "outside of the layer"),
        ('layer = "Ground"\ntiles = [[0, 0, "Snow:1"]]', "uses the tile set 'Town'"),
        ('layer = "Walls"\ntiles = [[0, 0, 9]]', "no value 9"),
        ('layer = "Things"\ntiles = [[0, 0, 9]]', "of type 'Entities'"),
        ('object = "Chest"\nproperties = { gold = "much" }', "is Int, and cannot be"),
        ('object = "Chest"\nproperties = { silver = 1 }', "no field 'silver'; there are gold"),
        ('layer = "Things"\nadd_object = { name = "Door" }', "defines no entity 'Door'; it defines Chest"),
        ('layer = "Ground"\nproperties = { a = 1 }', "only levels and entities"),
        ('add_layer = { name = "Snow", tileset = "Ice" }', "tileset must name one"),
    ],
)
def test_a_wrong_edit_is_left_out(edit: str, problem: str) -> None:
    result = edited(project(), f"[[edit]]\n{edit}")
    [refused] = result.refusals
    assert problem in (refused.reason or "")
    assert json.loads(result.data) == project()


junk = st.sampled_from([None, -1, 0, 1.5, "x", [], {}, [{}], {"a": 1}, 1 << 40, True])


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_project_raises_nothing(data: st.DataObject) -> None:
    damaged = project()
    value: Any = damaged
    for _ in range(data.draw(st.integers(0, 6))):
        keys = sorted(value) if isinstance(value, dict) else list(range(len(value)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(value[key], (dict, list)) or not value[key]:
            break
        value = value[key]
    keys = sorted(value) if isinstance(value, dict) else list(range(len(value)))
    value[data.draw(st.sampled_from(keys))] = data.draw(junk)
    edits = """
        [[edit]]
        layer = "Ground"
        tiles = [[0, 0, 1], [1, 0, 2]]
        [[edit]]
        object = "Chest"
        set = { x = 40 }
        properties = { gold = 9 }
        [[edit]]
        layer = "Things"
        add_object = { name = "Chest", x = 0, y = 32, properties = { gold = 1 } }
        [[edit]]
        add_layer = { name = "Snow", tileset = "Town", above = "Ground" }
        [[edit]]
        layer = "Walls"
        tiles = [[1, 1, 2]]
        """
    result = edited(damaged, edits)
    json.loads(result.data)


def level_file(edits: dict[str, str], project_data: Any, level: Any) -> EditedFile:
    base, mod = Store(), Store()
    if project_data is not None:
        base.write("/maps/w.ldtk", json.dumps(project_data).encode())
    base.write("/maps/w/Level_0.ldtkl", json.dumps(level).encode())
    base.write("/maps/w/Level_1.ldtkl", json.dumps({**level, "identifier": "Level_1"}).encode())
    for path, text in edits.items():
        mod.write(path, text.encode())
    return read_edited(Union([Mount("mod", mod), Mount("base", base)]), "/maps/w/Level_0.ldtkl")


def test_a_level_that_is_a_file_of_its_own() -> None:
    data = project()
    [level] = data["levels"]
    data["levels"] = [level | {"layerInstances": None, "externalRelPath": "w/Level_0.ldtkl"}]
    edits = (
        '[[edit]]\nlayer = "Ground"\ntiles = [[0, 0, "Town:5 h"], [1, 0, 0]]\n'
        '[[edit]]\nlayer = "Things"\nobject = "Chest"\nproperties = { gold = 9 }\n'
        '[[edit]]\nlevel = "Level_0"\nlayer = "Walls"\ntiles = [[2, 2, 1]]\n'
        '[[edit]]\nlayer = "Ground"\nat = [2, 1]\n'
        'stamp = { from = "Level_1.ldtkl", layer = "Ground", area = [1, 0, 1, 1] }\n'
        '[[edit]]\nadd_layer = { name = "Snow", tileset = "Town" }\n'
    )
    result = level_file({"/maps/w/Level_0.ldtkl.edit": edits}, data, level)
    things, ground, walls = json.loads(result.data)["layerInstances"]
    assert {(*tile["px"], tile["t"], tile["f"]) for tile in ground["gridTiles"]} == {
        (0, 0, 5, 1),
        (16, 0, 0, 0),
        (32, 16, 1, 0),
    }
    assert things["entityInstances"][0]["fieldInstances"][0]["__value"] == 9
    assert walls["intGridCsv"].index(1) == 2 * WIDTH + 2
    assert [edit.reason for edit in result.refusals] == [
        "edit[5].add_layer: the project has the tile sets and layers of all levels, and this is one level"
    ]
    assert set(result.read) == {"/maps/w.ldtk", "/maps/w/Level_1.ldtkl"}

    in_project = edited(data, '[[edit]]\nlayer = "Ground"\ntiles = [[0, 0, 1]]').refusals[0].reason or ""
    assert "write this edit into w/Level_0.ldtkl.edit" in in_project


@pytest.mark.parametrize(
    ("project_data", "change", "problem"),
    [
        (None, {}, "its project /maps/w.ldtk cannot be read"),
        ({"jsonVersion": "2.0"}, {}, "it is of LDtk 2.0"),
        (project(), {"layerInstances": 5}, "layerInstances must be a list"),
    ],
)
def test_a_level_that_cannot_be_edited_stays_as_it_is(project_data: Any, change: Any, problem: str) -> None:
    level = project()["levels"][0] | change
    result = level_file(
        {"/maps/w/Level_0.ldtkl.edit": '[[edit]]\nlayer = "Ground"\nclear = [0, 0, 1, 1]'}, project_data, level
    )
    assert problem in (result.refusals[0].reason or "")
    assert json.loads(result.data) == level


def test_a_key_that_is_unknown_costs_only_itself() -> None:
    result = edited(project(), 'author = "me"\n[[edit]]\nlayer = "Walls"\ntiles = [[0, 0, 1]]')
    assert layer_of(result, "Walls")["intGridCsv"][0] == 1
    assert "author: there is no such key" in (result.refusals[0].reason or "")
    assert not edited(project(), "# nothing yet").refusals
