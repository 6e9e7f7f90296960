"""Edits of LDtk out of two versions of a project or a level."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datamerge.maps.test_ldtk_edits import HEIGHT, WIDTH, edited, project
from vfsloader import ResourceManager
from vfsloader.cli.main import main
from vfsloader.datamerge.diff.ldtk import ldtk_change, same_ldtk

cells = st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1))


def no_file(path: str) -> bytes:
    raise FileNotFoundError(path)


def changed(tiles: dict[tuple[int, int], int], walls: dict[tuple[int, int], int], x: int, gold: int) -> Any:
    data = project()
    chest_layer, ground, wall = data["levels"][0]["layerInstances"]
    ground["gridTiles"] = [
        {"px": [x * 16, y * 16], "src": [2 + tile % 8 * 17, 2 + tile // 8 * 17], "f": tile % 4, "t": tile, "a": 1}
        for (x, y), tile in tiles.items()
    ]
    for (column, row), value in walls.items():
        wall["intGridCsv"][row * WIDTH + column] = value
    [chest] = chest_layer["entityInstances"]
    chest["px"][0], chest["__grid"][0] = x, x // 16
    chest["fieldInstances"][0]["__value"] = gold
    return data


@settings(max_examples=60)
@given(
    st.dictionaries(cells, st.integers(0, 15), max_size=5),
    st.dictionaries(cells, st.integers(0, 2), max_size=5),
    st.integers(0, 40),
    st.integers(0, 9),
)
def test_the_edits_make_the_new_project(tiles: Any, walls: Any, x: int, gold: int) -> None:
    base = project()
    base["levels"][0]["layerInstances"][1]["gridTiles"][0]["src"] = [19, 2]
    new = json.dumps(changed(tiles, walls, x, gold)).encode()
    edit = ldtk_change("/w.ldtk", json.dumps(base).encode(), new, no_file)
    assert edit is not None
    result = edited(base, edit.decode())
    assert not result.refusals
    assert same_ldtk(result.data, new)


def test_what_edits_cannot_say() -> None:
    old = project()
    more = copy.deepcopy(old)
    more["levels"].append({"identifier": "B", "iid": "v-1"})
    added = copy.deepcopy(old)
    entities = added["levels"][0]["layerInstances"][0]["entityInstances"]
    entities.append(entities[0] | {"iid": "c-2"})
    other = copy.deepcopy(old) | {"bgColor": "#123456"}
    for new in (more, added, other):
        assert ldtk_change("/w.ldtk", json.dumps(old).encode(), json.dumps(new).encode(), no_file) is None


def test_an_entity_is_in_the_cell_that_its_pivot_closes() -> None:
    """As LDtk computes it; and it has a place in the world."""
    data = project()
    [chest] = data["levels"][0]["layerInstances"][0]["entityInstances"]
    chest |= {"__pivot": [0.5, 1], "px": [24, 32], "__grid": [1, 1], "__worldX": 124, "__worldY": 232}
    [moved] = json.loads(edited(data, '[[edit]]\nobject = "Chest"\nset = { x = 40, y = 48 }').data)["levels"][0][
        "layerInstances"
    ][0]["entityInstances"]
    assert (moved["px"], moved["__grid"], moved["__worldX"], moved["__worldY"]) == ([40, 48], [2, 2], 140, 248)


def test_mods_diff_writes_edits_of_projects_and_levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    level = project()["levels"][0]
    saved = {**project(), "levels": [{**level, "layerInstances": None}]}
    new = copy.deepcopy(level)
    new["layerInstances"][2]["intGridCsv"][5] = 2
    for file, data in {
        "base/w.ldtk": saved,
        "base/w/Level_0.ldtkl": level,
        "copy/w.ldtk": {**saved, "nextUid": 200},
        "copy/w/Level_0.ldtkl": new,
        "mods/winter/mod.json": {"id": "winter", "name": "W", "version": "1"},
    }.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(json.dumps(data))
    monkeypatch.chdir(tmp_path)
    assert main(["mods", "diff", "base", "copy", "--into", "mods/winter"]) == 0
    assert [path.name for path in Path("mods/winter").rglob("*.*")] == ["mod.json", "Level_0.ldtkl.edit"]
    with ResourceManager("base", mods="mods", watch=False) as game:
        assert same_ldtk(game.read_edited("/w/Level_0.ldtkl"), json.dumps(new).encode())
