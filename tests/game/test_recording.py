"""Recording: the mod that comes out of it makes the edited tree of the game's, and has no whole file without need."""

from __future__ import annotations

import json
import os
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfsloader import ResourceManager
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.picture_diff import differing_rectangles, read_png, write_png
from vfsloader.cli.main import main
from vfsloader.datamerge.diff import catalog_change, data_change, map_change
from vfsloader.datamerge.diff.maps import same_map
from vfsloader.datamerge.formats import kind_of
from vfsloader.errors import ReadOnlyError, UnknownModError

MANIFEST = 'id = "winter"\nname = "W"\nversion = "1"\n'
MAP = b"""<map version="1.10" width="3" height="2" tilewidth="8" tileheight="8" nextobjectid="3">
<tileset firstgid="1" name="town" tilewidth="8" tileheight="8" tilecount="9" columns="3"/>
<layer id="1" name="ground" width="3" height="2"><data encoding="csv">0,1,2,3,4,5</data></layer>
<objectgroup id="2" name="things"><object id="1" name="door" x="3" y="4" width="8" height="8"/>
<object id="2" x="1" y="1"><point/></object></objectgroup></map>"""


class World:
    def __init__(self, root: Path, manifest: str = MANIFEST) -> None:
        self.root = root
        self.mod = root / "mods" / "winter"
        self.write("base/keep.txt", "x")
        self.write("mods/winter/mod.toml", manifest)

    def write(self, path: str, data: Any) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(
            data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else json.dumps(data).encode()
        )

    def open(self) -> ResourceManager:
        return ResourceManager(self.root / "base", mods=self.root / "mods", watch=False)

    def files(self) -> set[str]:
        return {path.relative_to(self.mod).as_posix() for path in self.mod.rglob("*") if path.is_file()} - {"mod.toml"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def noise(width: int, height: int) -> bytearray:
    return bytearray(random.Random(1).randbytes(width * height * 4))


def test_what_is_written_becomes_small_changes_and_the_tree_stays_what_it_was(world: World) -> None:
    pixels = noise(64, 64)
    world.write("base/p.png", write_png(64, 64, bytes(pixels)))
    world.write("base/items.json", {"sword": {"damage": 3}, "other": "x" * 100})
    world.write("base/list.json", [{"id": "a", "n": 1, "text": "x" * 90}, {"id": "b", "n": 1}])
    world.write("base/table.csv", "id,damage,name\nsword,3,Sword\nbow,2,Bow\n")
    world.write("base/config.toml", "speed = 1\n[screen]\nwidth = 320\n# " + "x" * 80)
    world.write("base/locale/fi/game.json", {"a": "A", "b": "B", "c": "C" * 50})
    world.write("base/town.tmx", MAP)
    world.write("base/gone.txt", "bye")
    with world.open() as game:
        with game.record("winter") as recording:
            pixels[:4] = b"abcd"
            pixels[(50 * 64 + 40) * 4 : (50 * 64 + 40) * 4 + 4] = b"zzzz"
            game.vfs.write_bytes("/p.png", write_png(64, 64, bytes(pixels)))
            game.vfs.write_text("/items.json", json.dumps({"sword": {"damage": 9}, "other": "x" * 100}))
            game.vfs.write_text(
                "/list.json", json.dumps([{"id": "a", "n": 2, "text": "x" * 90}, {"id": "b", "n": 1}, {"id": "c"}])
            )
            game.vfs.write_text("/table.csv", "id,damage,name\nsword,5,Sword\nbow,2,Bow\n")
            game.vfs.write_text("/config.toml", "speed = 1\n[screen]\nwidth = 640\n# " + "x" * 80)
            game.vfs.write_text("/locale/fi/game.json", json.dumps({"a": "A", "b": "X", "c": "C" * 50}))
            game.vfs.write_bytes("/town.tmx", MAP.replace(b"0,1,2", b"0,7,2"))
            game.vfs.write_text("/new/file.txt", "hello")
            game.vfs.remove("/gone.txt")
        how = {each.path: each.how for each in recording.changes}
        assert how == {
            "/p.png": "edit",
            "/items.json": "merge",
            "/list.json": "patch",
            "/table.csv": "merge",
            "/config.toml": "merge",
            "/locale/fi/game.json": "messages",
            "/town.tmx": "edit",
            "/new/file.txt": "whole",
            "/gone.txt": "removed",
        }
        game.update()
        assert {name for name in world.files() if name.startswith("p.png")} == {
            "p.png.edit",
            "p.png.edit-1.png",
            "p.png.edit-2.png",
        }
        assert game.vfs.which_layer("/items.json") == "base"
        assert game.read_merged("/items.json")["sword"]["damage"] == 9
        assert [item.get("n") for item in game.read_merged("/list.json")] == [2, 1, None]
        assert game.read_merged("/table.csv")[0]["damage"] == "5"
        assert game.read_merged("/config.toml")["screen"] == {"width": 640}
        assert game.translations("game", "fi").gettext("b") == "X"
        assert same_map("/town.tmx", game.read_edited("/town.tmx"), MAP.replace(b"0,1,2", b"0,7,2"))
        assert game.vfs.read_text("/new/file.txt") == "hello"
        assert not game.exists("/gone.txt")
        assert game.mods.problems == []
    assert {"id": "winter", "files": {"remove": ["/gone.txt"]}}.items() <= __import__("tomllib").loads(
        (world.mod / "mod.toml").read_text()
    ).items()


def test_a_second_recording_goes_on_where_the_first_ended(world: World) -> None:
    world.write("base/items.json", {"a": 1, "b": 2, "pad": "x" * 90})
    world.write("base/gone.txt", "bye")
    with world.open() as game:
        for change in ({"a": 5}, {"b": 6}):
            with game.record("winter"):
                data = game.read_merged("/items.json") | change
                game.vfs.write_text("/items.json", json.dumps(data))
            game.update()
        assert json.loads((world.mod / "items.json.merge").read_text()) == {"a": 5, "b": 6}
        with game.record("winter"):
            game.vfs.write_text("/items.json", json.dumps({"a": 1, "b": 2, "pad": "x" * 90}))
            game.vfs.remove("/gone.txt")
        assert world.files() == set()
        game.update()
        with game.record("winter"):
            game.vfs.write_text("/gone.txt", "bye")
        game.update()
        assert game.vfs.read_text("/gone.txt") == "bye"


def test_only_what_is_wanted_is_recorded_and_the_player_s_own_files_stay(world: World) -> None:
    with world.open() as game:
        game.vfs.write_text("/maps/old.txt", "mine")
        with game.record("winter", "/maps/**") as recording:
            game.vfs.write_text("/saves/1.json", "{}")
            game.vfs.write_text("/maps/new.txt", "new")
            game.vfs.write_text("/maps/old.txt", "changed")
        assert [(each.path, each.how) for each in recording.changes] == [
            ("/maps/new.txt", "whole"),
            ("/maps/old.txt", "refused"),
        ]
        assert game.vfs.which_layer("/saves/1.json") == "save"
        assert game.vfs.read_text("/maps/old.txt") == "changed"


def test_an_exception_and_cancel_leave_everything_in_the_save(world: World) -> None:
    with world.open() as game:
        with pytest.raises(KeyError), game.record("winter"):
            game.vfs.write_text("/new.txt", "new")
            raise KeyError
        assert game.vfs.which_layer("/new.txt") == "save"
        assert world.files() == set()


def test_a_mod_above_that_changes_the_same_file_is_named(world: World) -> None:
    world.write("base/items.json", {"a": 1})
    world.write("mods/zz/mod.toml", MANIFEST.replace("winter", "zz"))
    world.write("mods/zz/items.json.merge", {"a": 2})
    with world.open() as game:
        with game.record("winter") as recording:
            game.vfs.write_text("/items.json", '{"a": 3}')
        (change,) = recording.changes
        assert change.how == "refused"
        assert change.reason == "zz is above winter and changes it too: move winter above it"
        assert game.vfs.read_text("/items.json") == '{"a": 3}'


def test_a_change_with_conditions_is_never_replaced(world: World) -> None:
    world.write("base/items.json", {"a": 1})
    change = '{"a": {"$when": {"season": "winter"}, "$value": 7}}'
    world.write("mods/winter/items.json.merge", change)
    with world.open() as game:
        with game.record("winter") as recording:
            game.vfs.write_text("/items.json", '{"a": 3}')
        assert recording.changes[0].how == "refused"
    assert (world.mod / "items.json.merge").read_text() == change


def test_text_that_looks_like_an_option_stays_text(world: World) -> None:
    world.write("base/items.json", {"a": "x", "b": ["y"], "pad": "x" * 200})
    with world.open() as game:
        with game.record("winter"):
            data = {"a": "${option.x} $${", "b": ["${"], "pad": "x" * 200}
            game.vfs.write_text("/items.json", json.dumps(data))
        game.update()
        assert game.read_merged("/items.json") == data
        assert not (world.mod / "items.json").exists()


def test_what_cannot_be_recorded_into_is_refused(world: World, tmp_path: Path) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "mods" / "packed.zip", "w") as archive:
        archive.writestr("mod.toml", MANIFEST.replace("winter", "packed"))
        archive.writestr("a.txt", "a")
    with world.open() as game:
        with pytest.raises(ReadOnlyError, match="unpack the mod"):
            game.record("packed").start()
        with pytest.raises(UnknownModError):
            game.record("nothing").start()
        game.mods.disable("winter")
        with pytest.raises(ReadOnlyError, match="not enabled"):
            game.record("winter").start()


@pytest.mark.parametrize(
    "manifest",
    [
        MANIFEST,
        MANIFEST + '[files]\nroot = "assets"\n# a comment\n[custom]\nremove = ["x"]\n',
        MANIFEST + '[files]\nremove = [\n  "/old/*", # why\n]\nmount = "/"\n',
        MANIFEST + 'files = { root = "assets" }\n',
    ],
)
def test_files_remove_is_added_to_what_the_author_wrote(tmp_path: Path, manifest: str) -> None:
    import tomllib

    world = World(tmp_path, manifest)
    world.write("base/a[1].txt", "a")
    world.write("mods/winter/assets/x.txt", "x")
    with world.open() as game:
        with game.record("winter") as recording:
            game.vfs.remove("/a[1].txt")
        (change,) = recording.changes
        text = (world.mod / "mod.toml").read_text()
        if "files = {" in manifest:
            assert change.how == "refused"
            assert "by hand" in change.reason or "cannot be changed" in change.reason
            assert text == manifest
            return
        game.update()
        assert not game.exists("/a[1].txt")
        before, after = tomllib.loads(manifest), tomllib.loads(text)
        assert "/a[[]1].txt" in after["files"].pop("remove")
        before.setdefault("files", {}).pop("remove", None)
        assert before == after
        for line in manifest.splitlines():
            assert line.split(" = [")[0] in text


# --- any change at all ---------------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, 2.5, "", "x", "${a}", "~/", "$when"])
KEYS = st.sampled_from(["a", "b", "c/d", "~", "id", "$", "-"])
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@settings(max_examples=400)
@given(JSON, JSON)
def test_any_data_becomes_any_other_by_a_change(old: Any, new: Any) -> None:
    change = data_change("/a.json", old, new)
    if change is None:  # nothing but a whole file is left
        return
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.write("base/a.json", json.dumps(old))
        world.write(f"mods/winter/a.json{change[0]}", change[1])
        with world.open() as game:
            assert json.dumps(game.read_merged("/a.json"), sort_keys=True) == json.dumps(new, sort_keys=True)


def test_nearly_all_changes_have_a_form() -> None:
    made = random.Random(5)
    none = 0
    for _ in range(500):
        old = {str(key): [made.randrange(3) for _ in range(made.randrange(4))] for key in range(made.randrange(5))}
        new = json.loads(json.dumps(old)) | {str(made.randrange(6)): made.choice([None, {"x": None}, [1], "y"])}
        none += data_change("/a.json", old, new) is None
    assert none == 0


CELL = st.sampled_from(["", "1", "x", "a,b", "${"])
ROWS = st.dictionaries(st.sampled_from(["k1", "k2", "k3", "-k"]), st.tuples(CELL, CELL), max_size=4)


@settings(max_examples=200)
@given(ROWS, ROWS)
def test_any_table_becomes_any_other_or_there_is_no_change(old: Any, new: Any) -> None:
    kind = kind_of("/t.csv")
    before, after = ({key: {"id": key, "a": a, "b": b} for key, (a, b) in rows.items()} for rows in (old, new))
    change = data_change("/t.csv", before, after)
    if change is not None and change[0] == ".merge":
        with tempfile.TemporaryDirectory() as folder:
            world = World(Path(folder))
            assert kind.write is not None
            header = b"id,a,b\n" if not before else b""
            world.write("base/t.csv", header or kind.write(kind.result(before)))
            world.write("mods/winter/t.csv.merge", change[1])
            with world.open() as game:
                assert game.read_merged("/t.csv") == kind.result(after)


DOTS = st.lists(st.tuples(st.integers(0, 4899), st.binary(min_size=4, max_size=4)), max_size=8)
TILES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 9)), max_size=5)


@settings(max_examples=200)
@given(
    st.integers(1, 70),
    st.integers(1, 70),
    DOTS,
)
def test_the_rectangles_of_a_picture_make_the_new_one(width: int, height: int, dots: Any) -> None:
    old = Picture(width, height, noise(width, height))
    new = old.copy()
    for at, pixel in dots:
        new.paste((at % width, at // width % height, 1, 1), pixel)
    areas = differing_rectangles(old, new)
    made = old.copy()
    for area in areas:
        made.paste(area, new.cut(area))
    assert made.pixels == new.pixels
    assert read_png(write_png(width, height, bytes(new.pixels))).pixels == new.pixels
    assert len(areas) <= len(dots)


@settings(max_examples=150)
@given(
    TILES,
    st.integers(-5, 5),
    st.booleans(),
)
def test_the_edits_of_a_map_make_the_new_one(tiles: Any, x: int, is_gone: bool) -> None:
    numbers = [0, 1, 2, 3, 4, 5]
    for column, row, tile in tiles:
        numbers[row * 3 + column] = tile | (0x80000000 if tile == 4 else 0)
    new = MAP.replace(b"0,1,2,3,4,5", ",".join(map(str, numbers)).encode()).replace(b'x="3"', f'x="{x}"'.encode())
    if is_gone:
        new = new.replace(b'<object id="2" x="1" y="1"><point/></object>', b"")
    if same_map("/m.tmx", MAP, new):
        return
    edit = map_change("/m.tmx", MAP, new, lambda path: b"")
    assert edit is not None
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.write("base/m.tmx", MAP)
        world.write("mods/winter/m.tmx.edit", edit)
        with world.open() as game:
            assert same_map("/m.tmx", game.read_edited("/m.tmx"), new)


def test_a_po_catalog_has_just_the_messages_that_differ() -> None:
    head = (
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
    )
    old = f'{head}\nmsgid "a"\nmsgstr "A"\n\nmsgctxt "menu"\nmsgid "a"\nmsgstr "B"\n'
    change = catalog_change("/locale/fi/game.po", old.encode(), old.replace('"B"', '"Ü"').encode())
    assert change is not None
    text = change.decode()
    assert 'msgctxt "menu"' in text
    assert 'msgstr "Ü"' in text
    assert 'msgstr "A"' not in text
    assert catalog_change("/locale/fi/game.po", old.encode(), head.encode()) is None  # messages were removed


def test_the_command_line_makes_a_mod_of_an_edited_copy(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world.write("base/items.json", {"a": 1, "pad": "x" * 90})
    world.write("copy/items.json", {"a": 2, "pad": "x" * 90})
    world.write("copy/new.txt", "new")
    monkeypatch.chdir(world.root)
    assert main(["mods", "diff", "base", "copy", "--into", "mods/winter"]) == 0
    assert capsys.readouterr().out.splitlines() == ["/items.json: merge", "/keep.txt: removed", "/new.txt: whole"]
    assert world.files() == {"items.json.merge", "new.txt"}
    assert main(["mods", "diff", "base", "copy", "--into", "base"]) == 1
    assert "is not the folder of one mod" in capsys.readouterr().err
    assert main(["mods", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "mod.toml"
    assert os.listdir("base")
