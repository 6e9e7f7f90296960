"""Why one pixel, one tile or one value is what it is: from Python, and on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import hypothesis.strategies as st
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import settings as examples

from tests.mods.two_mods import BLUE, GREEN, RED, make, mod, write
from vfsloader import ResourceManager, Store
from vfsloader.cli import main
from vfsloader.datamerge.merge import ABSENT
from vfsloader.errors import PathNotFoundError, ResourceError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def game(folder: Path) -> Iterator[ResourceManager]:
    with ResourceManager(folder / "base", mods=folder / "mods", watch=False) as game:
        yield game


def test_a_pixel(game: ResourceManager) -> None:
    report = game.why("/p.png", (4, 4))
    assert report.value == BLUE
    assert [(step.mod, step.path, step.before, step.after) for step in report.steps] == [
        ("base", "/p.png", ABSENT, RED),
        ("aa", "/p.png.edit", RED, GREEN),
        ("bb", "/p.png.edit", GREEN, BLUE),
    ]
    assert [(edit.before, edit.after) for edit in game.edit_report("/p.png", at=(2, 2))] == [(RED, GREEN)]
    assert game.why("/p.png", (15, 0)).mod == "base"
    game.mods.disable("bb")
    game.update()
    assert game.why("/p.png", (4, 4)).mod == "aa"
    with pytest.raises(ValueError, match=r"16,0 is outside of /p\.png, which has 16 x 16 pixels"):
        game.why("/p.png", (16, 0))


def test_a_tile(game: ResourceManager) -> None:
    report = game.why("/maps/town.tmx", (0, 0))
    assert report.value == {"ground": "town:3"}
    assert [(step.mod, step.before, step.after) for step in report.steps[1:]] == [
        ("aa", "town:0", "town:2"),
        ("bb", "town:2", "town:3"),
    ]
    assert game.why("/maps/town.tmx", (1, 0)).value is None


def test_a_value(game: ResourceManager, folder: Path) -> None:
    report = game.why("/items.json", "/sword/damage")
    assert (report.value, report.mod) == (4, "bb")
    assert [(step.path, step.before, step.after) for step in report.steps] == [
        ("/items.json", ABSENT, 3),
        ("/items.json.merge", 3, 2),
        ("/items.json.merge", 2, 4),
    ]
    with pytest.raises(ResourceError, match="there is no /nope"):
        game.why("/items.json", "/nope")
    with pytest.raises(ValueError, match="such as /sword/damage, not 'sword'"):
        game.why("/items.json", "sword")
    with pytest.raises(PathNotFoundError):
        game.why("/gone.json", "/a")


def test_a_member_of_a_list_keeps_its_history_when_it_moves(folder: Path) -> None:
    write(folder, {"base/list.json": '[{"id": "sword", "damage": 3}, {"id": "bow", "damage": 1}]'})
    steps = [
        [
            {"op": "add", "path": "/0", "value": {"id": "axe"}},
            {"op": "replace", "path": "/[id=bow]/damage", "value": 2},
        ],
        [{"op": "remove", "path": "/[id=sword]"}, {"op": "replace", "path": "/[id=bow]/damage", "value": 5}],
    ]
    for name, patch in zip(("aa", "bb"), steps, strict=True):
        mod(folder, name, {"list.json.patch": json.dumps(patch)})
    with ResourceManager(folder / "base", mods=folder / "mods", watch=False) as game:
        report = game.why("/list.json", "/[id=bow]/damage")
        assert (report.at, report.value) == ("/1/damage", 5)
        assert [(step.mod, step.before, step.after) for step in report.steps] == [
            ("base", ABSENT, 1),
            ("aa", 1, 2),
            ("bb", 2, 5),
        ]


values = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3), max_size=3)


@examples(max_examples=100)
@given(values, st.lists(values, max_size=4), st.sampled_from("abc"))
def test_each_step_begins_where_the_last_one_ended(
    whole: dict[str, int], merges: list[dict[str, int]], key: str
) -> None:
    base, layers = Store(":memory:", name="base"), []
    base.write("/a.json", json.dumps(whole).encode())
    for number, change in enumerate(merges):
        layers.append(Store(":memory:", name=f"layer{number}"))
        layers[-1].write("/a.json.merge", json.dumps(change).encode())
    wanted = [("base", whole[key])] if key in whole else []
    for number, change in enumerate(merges):
        if key in change and (not wanted or wanted[-1][1] != change[key]):
            wanted.append((f"layer{number}", change[key]))
    with ResourceManager(base, dlc=layers, watch=False) as game:
        if not wanted:
            with pytest.raises(ResourceError):
                game.why("/a.json", f"/{key}")
            return
        report = game.why("/a.json", f"/{key}")
        assert [(step.mod, step.after) for step in report.steps] == wanted
        assert [step.before for step in report.steps] == [ABSENT, *(value for _, value in wanted[:-1])]
        assert report.value == wanted[-1][1]


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(words)
    told = capsys.readouterr()
    return status, told.out, told.err


def test_on_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "why", "/p.png", "--at", "4,4")[1].splitlines() == [
        "/p.png at 4,4 is #0000ffff",
        "MOD   FILE                SETS IT TO",
        "base  /p.png              #ff0000ff",
        "aa    /p.png.edit edit 1  #ff0000ff -> #00ff00ff",
        "bb    /p.png.edit edit 1  #00ff00ff -> #0000ffff",
    ]
    assert "/maps/town.tmx at 0,0 is ground: town:3\n" in run(capsys, "why", "/maps/town.tmx", "--at", "0,0")[1]
    assert "the map is that of base" in run(capsys, "why", "/maps/town.tmx", "--at", "1,0")[1]
    assert run(capsys, "why", "/items.json#/sword/damage")[1].splitlines()[-1].split() == [
        "bb", "/items.json.merge", "2", "->", "4",
    ]  # fmt: skip
    told = json.loads(run(capsys, "why", "/items.json#/sword/damage", "--json")[1])
    assert (told["value"], told["made_by"], told["steps"][0]) == (
        4,
        "bb",
        {"mod": "base", "file": "/items.json", "where": "", "after": 3},
    )
    assert "changes it by /p.png.edit" in run(capsys, "why", "/p.png")[1]
    assert run(capsys, "why", "/items.json#/nope")[0] == 1
    assert run(capsys, "why", "/p.png", "--at", "99,1")[0] == 1
    with pytest.raises(SystemExit, match="2"):
        run(capsys, "why", "/p.png", "--at", "4")


def test_overrides_of_places(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "mods", "overrides", "aa")
    assert "changes /maps/town.tmx: changes 1 tile of town.tmx\n" in out
    assert "/p.png: 2 x 2 pixels at 4, 4" in out
    told = json.loads(run(capsys, "mods", "overrides", "--json")[1])
    assert {"path": "/maps/town.tmx", "place": "tile 0, 0 of ground", "mods": ["aa", "bb"]} in told["places"]


def test_an_author_gets_pictures_of_what_edits_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '[[edit]]\nmode = "tint"\ncolor = "#000000"\narea = [0, 0, 1, 1]\nwhen = { season = "winter" }\n'
    write(folder / "mods" / "bb", {"p.png.edit": text})
    status, out, _ = run(capsys, "mods", "check", "bb", "--pictures", "shown")
    assert (status, len(out.splitlines())) == (0, 4)
    before, after, difference = (
        PIL.Image.open(folder / f"shown/bb/p.png.{kind}.png") for kind in ("before", "after", "difference")
    )
    assert before.getpixel((2, 2)) == after.getpixel((2, 2)) == GREEN  # what the mods below do
    assert (before.getpixel((0, 0)), after.getpixel((0, 0))) == (RED, (0, 0, 0, 255))
    assert difference.getbbox() == (0, 0, 1, 1)


def test_a_check_knows_maps_and_patches_of_xml(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "mods", "check")[:2] == (0, "2 mods: nothing to fix\n")
    write(
        folder / "mods" / "bb",
        {
            "maps/town.tmx.edit": '[[edit]]\nlayer = "roof"\nclear = [0, 0, 1, 1]\n',
            "ui.xml.patch": '<diff><remove sel="ui/gone"/></diff>',
        },
    )
    status, out, _ = run(capsys, "mods", "check", "bb")
    assert status == 1
    assert "bb: /maps/town.tmx.edit: edit[1].clear: the map has no layer 'roof'" in out
    assert "bb: /ui.xml.patch: " in out


def test_a_text(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By its id, whatever the suffix of the catalogs; with plural forms and contexts."""
    write(
        folder / "base",
        {
            "locale/fi/game.po": 'msgctxt "door"\nmsgid "Open"\nmsgstr "Avaa"\n\n'
            'msgctxt "shop"\nmsgid "Open"\nmsgstr "Auki"\n\nmsgctxt "shop"\nmsgid "Shut"\nmsgstr "Kiinni"\n\n'
            'msgid "%d moth"\nmsgid_plural "%d moths"\nmsgstr[0] "%d koi"\nmsgstr[1] "%d koita"\n',
            "locale/fi/menu.json": '{"menu": {"quit": "Lopeta"}}',
        },
    )
    write(folder / "mods" / "bb", {"locale/fi/menu.json": '{"menu": {"quit": "Poistu"}}'})
    with ResourceManager(folder / "base", mods=folder / "mods", watch=False) as game:
        report = game.why("/locale/fi/game", "Hello")
        assert report.value == game.translations(languages="fi").gettext("Hello")
        assert [(step.mod, step.path, step.before, step.after) for step in report.steps] == [
            ("base", "/locale/fi/game.json", ABSENT, "Hei"),
            ("aa", "/locale/fi/game.json", "Hei", "Moi"),
            ("bb", "/locale/fi/game.json", "Moi", "Terve"),
        ]
        assert game.why("/locale/fi/game.po", "%d moth").value == ["%d koi", "%d koita"]
        assert game.why("/locale/fi/game.po", "Shut").at == "shop\x04Shut"
        for pointer in ("menu.quit", "/menu/quit"):
            assert [step.after for step in game.why("/locale/fi/menu.json", pointer).steps] == ["Lopeta", "Poistu"]
        with pytest.raises(ResourceError, match=r"several messages are 'Open'.*there are 'door', 'shop'"):
            game.why("/locale/fi/game", "Open")
        with pytest.raises(ResourceError, match="no catalog game of sv translates 'Hello'"):
            game.why("/locale/sv/game", "Hello")
    _, out, _ = run(capsys, "why", "/locale/fi/game.po#Hello")
    assert out.splitlines()[0] == "/locale/fi/game.po#Hello is Terve"
    assert out.splitlines()[-1].split() == ["bb", "/locale/fi/game.json", "Moi", "->", "Terve"]
