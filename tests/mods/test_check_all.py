"""A whole game, checked: every planted fault is found, and nothing else is certain."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vfsloader import ResourceManager
from vfsloader.assets.picture_diff import write_png
from vfsloader.cli.main import main

PIXEL = write_png(1, 1, b"abcd")
TOML = """
base = "base"
mods = "mods"
[context]
season = ["winter", "summer"]
[[registry]]
files = "/data/items/*.json"
schema = { type = "object", properties = { damage = { type = "integer" } } }
references = { "/drops/*" = "items", "/icon" = "/icons/{}.png", "/sound" = "path" }
[[data]]
files = "/data/shops/*.json"
schema = { properties = { open = { type = "boolean" } } }
references = { "/sells/*" = "items" }
"""
#: Layer, file and key.
Place = tuple[str, str, str]


class Town:
    """A game with fifty of everything and one mod, in which faults are planted."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.random = random.Random(seed)
        self.manifest = ['id = "winter"', 'name = "W"', 'version = "1"']
        self.parts: list[str] = []
        self.removed: list[str] = []
        self.write("game.toml", TOML)
        for number in range(50):
            self.write(f"base/icons/{number}.png", PIXEL)
            self.write(f"base/data/items/{number}.json", self.item(number))
            self.write(f"base/data/shops/{number}.json", {"sells": [f"i{number}"], "open": True})
            self.write(f"base/maps/{number}.tmx", self.map("../icons/1.png"))
            self.write(f"base/sheets/{number}.png", PIXEL)
            self.write(f"base/sheets/{number}.json", {"frames": {}, "meta": {"image": f"{number}.png"}})
            self.write(f"base/conf/{number}.json", {"speed": number, "list": [1, 2]})

    def item(self, number: int) -> dict[str, Any]:
        drops = [f"i{self.random.randrange(50)}"]
        return {"id": f"i{number}", "damage": 1, "icon": str(number), "drops": drops, "sound": "../../icons/2.png"}

    def map(self, source: str) -> str:
        return (
            '<map width="1" height="1" tilewidth="8" tileheight="8"><tileset firstgid="1" name="t" tilewidth="8" '
            f'tileheight="8" tilecount="4" columns="2"><image source="{source}"/></tileset><layer id="1" name="ground" '
            'width="1" height="1"><data encoding="csv">1</data></layer></map>'
        )

    def write(self, path: str, data: Any) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        text = data if isinstance(data, (str, bytes)) else json.dumps(data)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def mod(self, path: str, data: Any) -> None:
        self.write(f"mods/winter{path}", data)

    def finish(self) -> None:
        lines = [*self.manifest, "[files]", f"remove = {json.dumps(self.removed)}", *self.parts]
        tomllib.loads("\n".join(lines))
        self.write("mods/winter/mod.toml", "\n".join(lines))

    # Each plants a fault that the number makes different from all others, and returns where it is.

    def map_source(self, n: int) -> Place:
        self.mod(f"/maps/new{n}.tmx", self.map(f"../gone{n}.png"))
        return "winter", f"/maps/new{n}.tmx", "source"

    def sheet(self, n: int) -> Place:
        self.mod(f"/sheets/new{n}.json", {"frames": {}, "meta": {"image": f"gone{n}.png"}})
        return "winter", f"/sheets/new{n}.json", "/meta/image"

    def dangling_id(self, n: int) -> Place:
        self.mod(f"/data/items/new{n}.json", {"id": f"d{n}", "damage": 1, "drops": [f"gone{n}"]})
        return "winter", f"/data/items/new{n}.json", "/drops/0"

    def icon(self, n: int) -> Place:
        self.mod(f"/data/items/icon{n}.json", {"id": f"c{n}", "icon": f"gone{n}"})
        return "winter", f"/data/items/icon{n}.json", "/icon"

    def sound(self, n: int) -> Place:
        self.mod(f"/data/items/sound{n}.json", {"id": f"s{n}", "sound": f"gone{n}.ogg"})
        return "winter", f"/data/items/sound{n}.json", "/sound"

    def schema(self, n: int) -> Place:
        self.mod(f"/data/items/bad{n}.json", {"id": f"b{n}", "damage": "x"})
        return "winter", f"/data/items/bad{n}.json", "/damage"

    def shop_id(self, n: int) -> Place:
        self.mod(f"/data/shops/new{n}.json", {"sells": ["i1", f"gone{n}"]})
        return "winter", f"/data/shops/new{n}.json", "/sells/1"

    def shop_schema(self, n: int) -> Place:
        self.mod(f"/data/shops/open{n}.json", {"open": n})
        return "winter", f"/data/shops/open{n}.json", "/open"

    def twin(self, n: int) -> Place:
        self.mod(f"/data/items/twin{n}a.json", {"id": f"t{n}"})
        self.mod(f"/data/items/twin{n}b.json", {"id": f"t{n}"})
        return "winter", f"/data/items/twin{n}b.json", "/id"

    def merge_of_nothing(self, n: int) -> Place:
        self.mod(f"/conf/gone{n}.json.merge", {"a": n})
        return "winter", f"/conf/gone{n}.json.merge", ""

    def edit_of_nothing(self, n: int) -> Place:
        self.mod(f"/icons/gone{n}.png.edit", '[[edit]]\nmode = "tint"\ncolor = "#ff0000"\n')
        return "winter", f"/icons/gone{n}.png.edit", ""

    def edit_from_nothing(self, n: int) -> Place:
        self.mod(f"/icons/e{n}.png", PIXEL)
        self.mod(f"/icons/e{n}.png.edit", f'[[edit]]\nfrom = "gone{n}.png"\n')
        return "winter", f"/icons/e{n}.png.edit", "edit 1"

    def condition(self, n: int) -> Place:
        self.parts.append(f'[[part]]\nroot = "p{n}"\nname = "p{n}"\nwhen = {{ seasn{n} = "x" }}')
        return "winter", "mod.toml", f"part p{n}: when.seasn{n}"

    def whiteout(self, n: int) -> Place:
        self.removed.append(f"/gone{n}/*")
        return "winter", "mod.toml", f"files.remove /gone{n}/*"

    def patch(self, n: int) -> Place:
        self.mod(f"/conf/{n % 50}.json.patch", [{"op": "replace", "path": f"/gone{n}", "value": 1}])
        return "winter", f"/conf/{n % 50}.json.patch", ""

    def no_effect(self, n: int) -> Place:
        self.write(f"base/conf/same{n}.json", {"speed": n})
        self.mod(f"/conf/same{n}.json.merge", {"speed": n})
        return "winter", f"/conf/same{n}.json.merge", ""

    def map_edit(self, n: int) -> Place:
        self.write(f"base/maps/edit{n}.tmx", self.map("../icons/1.png"))
        self.mod(f"/maps/edit{n}.tmx.edit", '[[edit]]\nlayer = "grund"\nclear = [0, 0, 1, 1]\n')
        return "winter", f"/maps/edit{n}.tmx.edit", "edit[1].clear"


FAULTS: list[Callable[[Town, int], Place]] = [
    Town.map_source, Town.sheet, Town.dangling_id, Town.icon, Town.sound, Town.schema, Town.shop_id, Town.shop_schema,
    Town.twin, Town.merge_of_nothing, Town.edit_of_nothing, Town.edit_from_nothing, Town.condition, Town.whiteout,
    Town.patch, Town.no_effect, Town.map_edit,
]  # fmt: skip


@pytest.mark.parametrize("seed", range(10))
def test_fifty_planted_faults_are_found_and_nothing_else_is_certain(tmp_path: Path, seed: int) -> None:
    town = Town(tmp_path, seed)
    made = random.Random(seed)
    kinds = [*FAULTS, *made.choices(FAULTS, k=50 - len(FAULTS))]
    planted = {kind(town, number) for number, kind in enumerate(kinds)}
    assert len(planted) == 50
    town.finish()
    with ResourceManager.from_config(tmp_path, watch=False) as game:
        found = game.check_all()
    certain = [(each.layer, each.file, each.key) for each in found if not each.is_guess]
    assert planted - set(certain) == set()
    assert set(certain) - planted == set()


def test_a_sound_game_has_nothing_to_fix(tmp_path: Path) -> None:
    town = Town(tmp_path, 1)
    town.mod("/conf/1.json.merge", {"speed": 99})
    town.mod("/icons/1.png", PIXEL)
    town.finish()
    with ResourceManager.from_config(tmp_path, watch=False) as game:
        assert game.check_all() == []


def test_guesses_say_that_they_are_guesses(tmp_path: Path) -> None:
    town = Town(tmp_path, 1)
    town.manifest.append('[options.depth]\ntype = "int"\n[options.snow]\ntype = "bool"')
    for number in range(5):
        town.write(f"base/cards/{number}.json", {"picture": f"icons/{number}.png", "version": "1.2"})
    town.mod("/cards/x.json", {"picture": "icons/gone.png", "note": "see readme.png or so"})
    town.mod("/conf/1.json.merge", '{"speed": "${option.depth}"}')
    town.mod("/somewhere/lost.png", PIXEL)
    town.finish()
    with ResourceManager.from_config(tmp_path, watch=False) as game:
        found = game.check_all()
    assert {(each.kind, each.file, each.key) for each in found} == {
        ("reference", "/cards/x.json", "/picture"),
        ("option", "mod.toml", "options.snow"),
        ("unreachable", "/somewhere/lost.png", ""),
    }
    assert all(each.is_guess and "perhaps: " in str(each) for each in found)


def test_a_mod_that_is_shadowed_is_named(tmp_path: Path) -> None:
    town = Town(tmp_path, 1)
    town.mod("/conf/1.json.merge", {"speed": 99})
    town.finish()
    town.write("mods/zz/mod.toml", 'id = "zz"\nname = "Z"\nversion = "1"\n')
    town.write("mods/zz/conf/1.json", {"speed": 5})
    with ResourceManager.from_config(tmp_path, watch=False) as game:
        (found,) = game.check_all()
    assert (found.layer, found.kind) == ("winter", "dead")
    assert found.sentence == "zz replaces the whole of /conf/1.json, so it has no effect"


def test_the_command_line_shows_what_the_next_version_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    town = Town(tmp_path, 1)
    town.mod("/conf/1.json.patch", [{"op": "replace", "path": "/list/1", "value": 7}])
    town.finish()
    monkeypatch.chdir(tmp_path)
    assert main(["check-all"]) == 0
    assert capsys.readouterr().out == "nothing to fix\n"
    (tmp_path / "base").rename(tmp_path / "next")
    (tmp_path / "next/conf/1.json").write_text('{"speed": 1, "list": []}')
    Town(tmp_path, 1)
    assert main(["check-all", "--game", "next"]) == 1
    assert capsys.readouterr().out.startswith("new: winter: /conf/1.json.patch: ")
    assert main(["check-all", "--game", "next", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)["findings"]
    assert [(row["kind"], row["layer"], row["is_new"]) for row in rows] == [("dead", "winter", True)]
    assert main(["check-all", "--game", "gone.pack"]) == 1
    with pytest.raises(SystemExit) as caught:
        main(["check-all", "--gme", "x"])
    assert caught.value.code == 2


def test_the_demo_has_nothing_to_fix(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-all", "--game", str(Path(__file__).parents[2] / "demo_game")]) == 0
    assert "nothing to fix" in capsys.readouterr().out
