"""Registries: the items of all mods, which follow every change."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import ResourceManager, Store
from vfsloader.errors import ConfigError, OptionError
from vfsloader.game.registries import MissingItem


@dataclasses.dataclass
class Item:
    id: str
    damage: int = 0
    drops: list[str] = dataclasses.field(default_factory=list)
    icon: str = ""


class World:
    """A game and a mod on the disk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("base/data/items/sword.json", {"id": "sword", "damage": 3, "icon": "/a.png"})
        self.write("base/data/items/many.json", [{"id": "bow", "damage": 2}, {"id": "axe", "drops": ["bow"]}])
        self.write("base/a.png", "x")
        self.write("mods/winter/mod.toml", 'id = "winter"\nname = "W"\nversion = "1"\n')
        self.game = ResourceManager(root / "base", mods=root / "mods", watch=False)

    def write(self, path: str, data: Any) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(data if isinstance(data, str) else json.dumps(data))

    def mod(self, path: str, data: Any) -> None:
        self.write(f"mods/winter/data/{path}", data)

    def registry(self, **options: Any) -> Any:
        parameters = {"model": Item, "references": {"/drops/*": "items", "/icon": "path"}, **options}
        return self.game.registry("/data/items/*.json", **parameters)

    def refresh(self) -> list[Any]:
        self.game._files.layers.refresh(set())
        self.game._updater.mark()
        return self.game.update()


@pytest.fixture
def world(tmp_path: Path):
    made = World(tmp_path)
    yield made
    made.game.close()


def test_items_of_mods_are_in_their_namespace_and_so_is_what_they_name(world: World) -> None:
    world.mod("items/scarf.json", {"id": "scarf", "drops": ["sword", "cap"]})
    world.mod("items/cap.json", {"id": "winter:cap"})
    world.mod("items/many.json.patch", [{"op": "add", "path": "/-", "value": {"id": "club", "drops": ["cap"]}}])
    items = world.registry()
    assert set(items) == {"sword", "bow", "axe", "winter:scarf", "winter:cap", "winter:club"}
    assert items["winter:scarf"] == Item("winter:scarf", drops=["sword", "winter:cap"])
    assert items["winter:club"].drops == ["winter:cap"]
    assert items.source("winter:club") == ("winter", "/data/items/many.json", "/2")
    assert not items.refused


def test_a_mod_that_replaces_or_changes_an_item_of_the_game_does_not_rename_it(world: World) -> None:
    world.mod("items/sword.json", {"id": "sword", "damage": 9})
    world.mod("items/many.json.patch", [{"op": "replace", "path": "/[id=bow]/damage", "value": 7}])
    world.mod("items/cap.json", {"id": "cap"})
    world.mod("items/axe.json", {"id": "sword", "damage": 1})
    items = world.registry()
    assert (items["sword"].damage, items["bow"].damage, items["winter:sword"].damage) == (9, 7, 1)


def test_what_does_not_fit_is_left_out_and_reported_with_file_key_and_reason(world: World) -> None:
    world.mod("items/bad.json", {"id": "bad", "damage": "x"})
    world.mod("items/dep.json", {"id": "dep", "drops": ["bad"]})
    world.mod("items/dangling.json", {"id": "dangling", "drops": ["bw"]})
    world.mod("items/theft.json", {"id": "other:x"})
    world.mod("items/nameless.json", {"damage": 1})
    world.mod("items/list.json", [3])
    world.mod("items/broken.json", "{")
    world.mod("items/cap.json", {"id": "cap", "icon": "gone.png"})
    world.mod("items/dup.json", {"id": "cap"})
    items = world.registry()
    assert set(items) == {"sword", "bow", "axe", "winter:cap"}
    found = {(each.path.rpartition("/")[2], each.key): each.reason for each in items.refused}
    assert found["bad.json", "/damage"] == "Expected `int`, got `str`"
    assert found["dep.json", "/drops/0"] == "it names 'bad' of items, which is left out itself: fix that first"
    assert found["dangling.json", "/drops/0"] == "there is no 'bw' in items; did you mean bow?"
    assert found["theft.json", "/id"] == "'other:x' is in the namespace of other: write winter:x"
    assert "needs an id" in found["nameless.json", "/id"]
    assert "must be a table" in found["list.json", "/0"]
    assert "cannot be read" in found["broken.json", ""]
    assert found["cap.json", "/icon"] == "there is no /data/items/gone.png"
    assert "/data/items/cap.json has one already" in found["dup.json", "/id"]
    assert len(found) == len(items.refused) == 9
    problems = [str(each) for each in world.game.mods.problems if each.kind == "item"]
    assert len(problems) == 9
    assert any("/data/items/bad.json" in text and "/damage: Expected" in text for text in problems)
    by_check = {(each.file.rpartition("/")[2], each.key) for each in world.game.mods.check("winter")}
    assert found.keys() - by_check == set()


def test_an_optional_name_may_lead_nowhere(world: World) -> None:
    world.mod("items/cap.json", {"id": "cap", "drops": ["gone"]})
    items = world.registry(references={"/drops/*": "items?"})
    assert items["winter:cap"].drops == ["gone"]
    assert [each.is_left_out for each in items.refused] == [False]


def test_objects_follow_a_toggle_and_an_edit_and_what_changed_is_reported(world: World) -> None:
    world.mod("items/cap.json", {"id": "cap", "damage": 1})
    world.mod("items/sword.json.merge", {"damage": 9})
    items = world.registry()
    sword, seen = items["sword"], []
    items.subscribe(seen.extend)
    world.game.mods.disable("winter")
    changes = world.game.update()
    assert {(change.path, change.kind) for change in changes} == {
        ("/data/items/cap.json", "removed"),
        ("/data/items/sword.json", "changed"),
    }
    assert [tuple(change) for change in seen] == [("sword", "changed"), ("winter:cap", "removed")]
    assert items["sword"] is sword
    assert sword.damage == 3
    assert world.game.update() == []
    world.game.mods.enable("winter")
    world.game.update()
    assert sword.damage == 9
    cap = items["winter:cap"]
    world.mod("items/cap.json", {"id": "cap", "damage": 55})
    (change,) = world.refresh()
    assert (change.path, change.kind, change.resources) == ("/data/items/cap.json", "changed", (cap,))
    assert cap.damage == 55


def test_a_file_of_which_one_item_went_is_changed(world: World) -> None:
    world.mod("items/many.json.patch", [{"op": "add", "path": "/-", "value": {"id": "club"}}])
    world.registry()
    world.game.mods.disable("winter")
    assert [(change.path, change.kind) for change in world.game.update()] == [("/data/items/many.json", "changed")]


def test_a_save_that_names_an_item_of_a_mod_that_is_gone_can_be_loaded(world: World) -> None:
    world.mod("items/cap.json", {"id": "cap", "damage": 1})
    items = world.registry()
    handle = items.handle("winter:cap")
    world.game.mods.disable("winter")
    world.game.update()
    missing = items.resolve("winter:cap")
    assert isinstance(missing, MissingItem)
    assert not missing
    assert (missing.mod, handle.is_missing) == ("winter", True)
    assert items.resolve("winter:cap") is handle.value is missing
    with pytest.raises(KeyError):
        items["winter:cap"]
    world.game.mods.enable("winter")
    world.game.update()
    assert handle.value == Item("winter:cap", damage=1)
    own = world.registry(placeholder=lambda name: Item(name, damage=-1))
    assert own.resolve("winter:gone") == Item("winter:gone", damage=-1)


def test_an_item_that_is_frozen_is_replaced(world: World) -> None:
    frozen = dataclasses.make_dataclass("Frozen", [("id", str), ("damage", int, 0)], frozen=True)
    items = world.registry(model=frozen, references={})
    sword = items["sword"]
    world.mod("items/sword.json.merge", {"damage": 9})
    world.refresh()
    assert (sword.damage, items["sword"].damage) == (3, 9)


def test_tables_csv_and_toml_have_items_too(tmp_path: Path) -> None:
    base, mod = Store(), Store()
    base.write("/data/rooms.toml", b'[hall]\nsize = 3\nnext = "cave"\n[cave]\nsize = 1\n')
    base.write("/data/monsters.csv", b"id,room\nbat,cave\nrat,nowhere\n")
    with ResourceManager(base, dlc=[mod]) as game:
        rooms = game.registry("/data/rooms.toml", id=None, references={"/next": "rooms"})
        monsters = game.registry("/data/monsters.csv", references={"/room": "rooms"})
        assert dict(rooms) == {"hall": {"size": 3, "next": "cave"}, "cave": {"size": 1}}
        assert dict(monsters) == {"bat": {"id": "bat", "room": "cave"}}


def test_one_mod_cannot_cost_more_than_its_budget(world: World) -> None:
    for number in range(30):
        world.mod(f"items/n{number}.json", {"id": f"n{number}"})
    world.game.close()
    world.game = ResourceManager(
        world.root / "base", mods=world.root / "mods", watch=False, budget={"members": 10, "depth": 200}
    )
    items = world.registry()
    assert len([id for id in items if id.startswith("winter:")]) == 10
    assert {"sword", "bow", "axe"} <= set(items)
    (refused,) = items.refused
    assert "budget.members" in refused.reason


def test_a_chain_of_items_that_each_name_the_next_is_left_out_as_a_whole(world: World) -> None:
    world.mod("items/chain.json", [{"id": f"n{number}", "drops": [f"n{number + 1}"]} for number in range(2000)])
    items = world.registry()
    assert not [id for id in items if id.startswith("winter:")]
    assert len(items.refused) == 2000


def test_a_mod_hides_the_files_of_items(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.game.close()
    world.write("mods/winter/mod.toml", 'id = "winter"\nname = "W"\nversion = "1"\nfiles.remove = ["/data/items/s*"]\n')
    world.mod("items/sword.json.merge", {"damage": 9})
    with ResourceManager(tmp_path / "base", mods=tmp_path / "mods", watch=False) as world.game:
        assert set(world.registry()) == {"bow", "axe"}
        world.game.mods.disable("winter")
        world.game.update()
        assert set(world.registry()) == {"sword", "bow", "axe"}


def test_only_some_wrong_names_get_a_hint(world: World) -> None:
    """It is looked for among all ids, which takes long where there are thousands of both."""
    world.mod("items/wrong.json", [{"id": f"n{number}", "drops": ["swort"]} for number in range(200)])
    reasons = [each.reason for each in world.registry().refused]
    assert len(reasons) == 200
    assert sum("did you mean sword?" in reason for reason in reasons) == 50


def test_another_model_makes_other_objects(world: World) -> None:
    @dataclasses.dataclass
    class Weapon(Item):
        """An item of another type."""

    first = world.registry()["sword"]
    assert type(first) is Item
    assert type(world.registry(model=Weapon)["sword"]) is Weapon


def test_what_did_not_change_is_neither_read_nor_built_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from vfsloader.mods import registry_items, registry_links

    world.mod("items/scarf.json", {"id": "scarf"})
    for file in world.root.rglob("*.json"):
        os.utime(file, (1, 1))  # what was just written is read again, as its times say nothing
    world.registry()
    world.mod("items/scarf.json", {"id": "scarf", "drops": ["sword"]})
    done: list[str] = []
    for module, name in ((registry_items, "_read_file"), (registry_links, "named_in"), (registry_items, "copied")):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given, real=real, name=name: done.append(name) or real(*given))
    world.refresh()
    assert done == ["_read_file", "named_in", "copied"]


def test_game_toml_declares_and_mods_check_uses_it(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.game.close()
    world.write("schemas/item.json", {"type": "object", "properties": {"damage": {"type": "integer"}}})
    toml = """
base = "base"
mods = "mods"
[context]
season = ["winter", "summer"]
[[registry]]
files = "/data/items/*.json"
schema = "schemas/item.json"
references = { "/drops/*" = "items" }
[[data]]
files = "/data/shops.json"
schema = { additionalProperties = { properties = { open = { type = "boolean" } } } }
references = { "/*/sells/*" = "items" }
"""
    world.write("game.toml", toml)
    world.write("base/data/shops.json", {"keeper": {"sells": ["sword"], "open": True}})
    world.mod("shops.json.merge", {"keeper": {"sells": ["nothing"], "open": "yes"}})
    world.write(
        "mods/winter/mod.toml",
        'id = "winter"\nname = "W"\nversion = "1"\n[[part]]\nroot = "p"\nwhen = { sesaon = "winter" }\n'
        '[[part]]\nroot = "q"\nwhen = { season = "witner" }\n',
    )
    with ResourceManager.from_config(tmp_path, watch=False) as game:
        assert game.registry("items")["bow"] == {"id": "bow", "damage": 2}
        found = {(each.kind, each.file, each.key): each.sentence for each in game.mods.check("winter")}
        assert found["condition", "mod.toml", "part p: when.sesaon"].endswith("did you mean season?")
        assert "'witner'" in found["condition", "mod.toml", "part q: when.season"]
        assert found["schema", "/data/shops.json.merge", "/keeper/open"] == "'yes' is not of type 'boolean'"
        assert found["schema", "/data/shops.json.merge", "/keeper/sells/0"] == "there is no 'nothing' in items"
        assert game.read_merged("/data/shops.json")["keeper"]["open"] == "yes"
        assert [each.mod for each in game.mods.problems if each.kind == "item"] == ["winter"]
        game.context["season"] = "summer"
        with pytest.raises(OptionError, match="not one of 'winter', 'summer'"):
            game.context["season"] = "sumer"


@pytest.mark.parametrize(
    ("toml", "what"),
    [
        ("[[registry]]\nfiles = 3", "files: this must be text"),
        ("[[registry]]\nname = 'items'", "files is missing"),
        ("[[registry]]\nfiles = '/a/*.json'\nreferences = { '/x' = 'itms' }", "there is no registry 'itms'"),
        ("[[registry]]\nfiles = '/a/*.json'\nschema = 'gone.json'", "cannot be read"),
        ("[[registry]]\nfiles = '/a/*.json'\n[[registry]]\nfiles = '/b/a/*.json'", "another registry 'a'"),
        ("[[data]]\nfiles = 'a.json'", "must start with /"),
        ("[[data]]\nfile = '/a.json'", "did you mean files?"),
        ("[context]\nseason = 3", "context.season"),
        ("[context]\nmods = 'bool'", "cannot be the name"),
        ("data = 3", "write [[data]]"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(tmp_path: Path, toml: str, what: str) -> None:
    (tmp_path / "game.toml").write_text(f'base = "base"\n{toml}\n')
    with pytest.raises(ConfigError) as caught:
        ResourceManager.from_config(tmp_path)
    assert what in str(caught.value)


NAMES = st.sampled_from(["a", "b", "c", "d"])
FILES = st.dictionaries(
    st.tuples(st.sampled_from(["base", "one", "two"]), st.sampled_from(["x", "y", "z"])),
    st.tuples(NAMES, st.lists(NAMES, max_size=2), st.booleans()),
    max_size=7,
)


@settings(max_examples=150)
@given(FILES)
def test_any_set_of_mods_gives_the_items_of_a_model(files: dict[tuple[str, str], tuple[str, list[str], bool]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "base").mkdir()
        for mod in ("one", "two"):
            (root / "mods" / mod).mkdir(parents=True)
            (root / "mods" / mod / "mod.toml").write_text(f'id = "{mod}"\nname = "M"\nversion = "1"\n')
        for (layer, name), (id, drops, is_valid) in files.items():
            at = root / ("base" if layer == "base" else f"mods/{layer}") / f"items/{name}.json"
            at.parent.mkdir(exist_ok=True)
            at.write_text(json.dumps({"id": id, "drops": drops, "damage": 1 if is_valid else "x"}))
        with ResourceManager(root / "base", mods=root / "mods", watch=False) as game:
            items = game.registry("/items/*.json", model=Item, references={"/drops/*": "items"})
            assert {id: item.drops for id, item in items.items()} == model_of(files)


def model_of(files: dict[tuple[str, str], tuple[str, list[str], bool]]) -> dict[str, list[str]]:
    """Say what the documentation says, by brute force."""
    order = ["base", "one", "two"]
    found: dict[str, tuple[str, list[str], bool, str]] = {}
    for layer in order:
        for name in ("x", "y", "z"):
            have = [each for each in order if (each, name) in files]
            if not have or have[-1] != layer:
                continue
            id, drops, is_valid = files[layer, name]
            owner = next(each for each in have if files[each, name][0] == id)
            full = id if owner == "base" else f"{owner}:{id}"
            space = "" if owner == "base" else owner
            found.setdefault(full, (space, drops, is_valid, layer))
    whole: dict[str, list[str | None]] = {}
    for full, (space, drops, _, layer) in found.items():
        spaces = [each for each in ("" if layer == "base" else layer, space) if each]
        whole[full] = [
            next((each for each in [*(f"{one}:{drop}" for one in spaces), drop] if each in found), None)
            for drop in drops
        ]
    left = {full for full, (_, _, is_valid, _) in found.items() if is_valid}
    while gone := {full for full in left if any(drop not in left for drop in whole[full])}:
        left -= gone
    return {full: [drop or "" for drop in whole[full]] for full in left}
