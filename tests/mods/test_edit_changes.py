"""What mods change in parts of files, where two of them clash, and what that is called."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import pytest
import vfsloader.pygame
from hypothesis import given
from hypothesis import settings as examples

import vfsloader
from tests.mods.two_mods import BLUE, GREEN, RED, make, mod, png, write
from vfsloader import ModManager, ResourceManager, Store
from vfsloader.assets.edits.gather import edit_files
from vfsloader.assets.edits.places import Places
from vfsloader.layers.union import Mount, Union


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path)
    return tmp_path


def manager(folder: Path) -> ModManager:
    game = ResourceManager(folder / "base", mods=folder / "mods", watch=False)
    return game.mods


def test_each_kind_of_place_is_a_conflict(folder: Path) -> None:
    mods = manager(folder)
    found = {(conflict.path, conflict.place or conflict.pointer): conflict.mods for conflict in mods.conflicts()}
    assert found == {
        ("/items.json", "/sword/damage"): ("aa", "bb"),
        ("/locale/fi/game", "the text 'Hello' in fi"): ("aa", "bb"),
        ("/maps/town.tmx", "tile 0, 0 of ground"): ("aa", "bb"),
        ("/p.png", "2 x 2 pixels at 4, 4"): ("aa", "bb"),
        ("/ui.xml", "/ui/b/@c"): ("aa", "bb"),
    }
    by_path = {conflict.path: str(conflict) for conflict in mods.conflicts()}
    assert by_path["/p.png"] == "aa and bb both change 2 x 2 pixels at 4, 4 of p.png: what bb does is seen"
    (advice,) = [problem for problem in mods.advice() if problem.kind == "clash"]
    assert (advice.mod, advice.other) == ("aa", "bb")
    assert "and 4 more" in str(advice)
    assert mods.overrides() == {}
    assert sorted(map(str, mods.standings()["bb"].changes)) == [
        "changes 1 number in items.json",
        "changes 1 part of p.png",
        "changes 1 place of ui.xml",
        "changes 1 text of game",
        "changes 1 tile of town.tmx",
    ]


def test_the_order_decides_and_a_rule_silences_the_advice(folder: Path) -> None:
    mods = manager(folder)
    mods.move("aa", after="bb")
    assert {conflict.winner for conflict in mods.conflicts()} == {"aa"}
    mods.close()
    mod(folder, "bb", {}, '[order]\nbefore = ["aa"]\n')
    assert [problem for problem in manager(folder).advice() if problem.kind == "clash"] == []


def test_what_does_not_clash(folder: Path) -> None:
    """Other pixels, other tiles, the same edit twice, and changes that all count, such as a tint."""
    write(
        folder / "mods" / "bb",
        {
            "p.png.edit": '[[edit]]\nfrom = "/hat-aa.png"\nto = [2, 2]\n[[edit]]\nfrom = "hat-bb.png"\nto = [6, 6]\n'
            '[[edit]]\nmode = "tint"\ncolor = "#808080"\n',
            "maps/town.tmx.edit": '[[edit]]\nlayer = "ground"\ntiles = [[1, 0, 4]]\n',
            "locale/fi/game.json": '{"Bye": "Hei hei"}',
        },
    )
    write(folder / "mods" / "aa", {"p.png.edit": '[[edit]]\nfrom = "/hat-aa.png"\nto = [2, 2]\n'})
    assert {conflict.path for conflict in manager(folder).conflicts()} == {"/items.json", "/ui.xml"}


def test_of_two_mods_that_replace_one_color_the_lower_one_counts(folder: Path, screen: object) -> None:
    """Nothing of the color is left for the other."""
    for mod_id, new in (("aa", "#111111"), ("bb", "#222222")):
        colors = f'{{ "#0000ff" = "{new}", "#00ff00" = "#123456" }}'
        write(folder / "mods" / mod_id, {"p.png.edit": f'[[edit]]\nmode = "recolor"\ncolors = {colors}\n'})
    (folder / "base" / "p.png").write_bytes(png((16, 16), BLUE))
    with ResourceManager(folder / "base", mods=folder / "mods", watch=False) as game:
        vfsloader.use(game)
        assert vfsloader.pygame.load_image("/p.png").get_at((0, 0)) == (0x11, 0x11, 0x11, 255)
        (conflict,) = [found for found in game.mods.conflicts() if found.path == "/p.png"]
        assert (conflict.place, conflict.mods) == ("the color #0000ff in 16 x 16 pixels at 0, 0", ("bb", "aa"))
        (advice,) = [problem for problem in game.mods.advice() if problem.kind == "color_clash"]
        assert str(advice).startswith("Move bb below aa to see what it does there: both change the color #0000ff in ")
        game.mods.move("bb", before="aa")
        game.update()
        assert vfsloader.pygame.load_image("/p.png").get_at((0, 0)) == (0x22, 0x22, 0x22, 255)
        (conflict,) = [found for found in game.mods.conflicts() if found.path == "/p.png"]
        assert conflict.winner == "bb"


def test_edits_that_have_no_effect_are_problems(folder: Path) -> None:
    write(folder / "mods" / "bb", {"p.png": png((16, 16), BLUE)})
    write(folder / "mods" / "aa", {"maps/town.tmx.edit": '[[edit]]\nlayer = "roof"\nclear = [0, 0, 1, 1]\n'})
    mods = manager(folder)
    found = {(problem.kind, problem.mod): str(problem) for problem in mods.advice()}
    assert "bb replaces the whole of /p.png, so the edits of aa in it have no effect" in found["covered", "aa"]
    assert "the map has no layer 'roof'" in found["refused", "aa"]
    assert "/p.png" in mods.standings()["aa"].loses


def test_a_part_of_a_mod_counts_as_the_mod(folder: Path) -> None:
    part = '[[part]]\nroot = "deep"\nwhen = { season = "winter" }\n'
    mod(folder, "cc", {"deep/p.png.edit": '[[edit]]\nfrom = "/hat-bb.png"\nto = [3, 3]\n'}, part)
    with ResourceManager(folder / "base", mods=folder / "mods", watch=False) as game:
        assert "cc" not in {mod for conflict in game.mods.conflicts() for mod in conflict.mods}
        game.context["season"] = "winter"
        game.update()
        assert {conflict.mods for conflict in game.mods.conflicts() if "cc" in conflict.mods} == {
            ("aa", "cc"),
            ("bb", "cc"),
        }


areas = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(1, 6), st.integers(1, 6))


@examples(max_examples=60)
@given(st.lists(areas, min_size=1, max_size=4), st.lists(areas, min_size=1, max_size=4))
def test_overlaps_are_where_two_layers_paint_one_pixel(
    one: list[tuple[int, int, int, int]], two: list[tuple[int, int, int, int]]
) -> None:
    base, lower, upper = (Store(":memory:") for _ in range(3))
    base.write("/p.png", png((20, 20), RED))
    for layer, painted, color in ((lower, one, GREEN), (upper, two, BLUE)):
        text = ""
        for number, (x, y, width, height) in enumerate(painted):
            name = f"{color[1]}-{number}.png"
            layer.write(f"/{name}", png((width, height), color))
            text += f'[[edit]]\nfrom = "{name}"\nto = [{x}, {y}]\n'
        layer.write("/p.png.edit", text.encode())
    union = Union([Mount("upper", upper), Mount("lower", lower), Mount("base", base)])
    pixels = [
        {(x + dx, y + dy) for x, y, width, height in painted for dx in range(width) for dy in range(height)}
        for painted in (one, two)
    ]
    both = pixels[0] & pixels[1]
    found = list(Places(union).overlaps("/p.png", edit_files(union, "/p.png")))
    assert bool(found) == bool(both)
    if found:
        x, y, width, height = found[0].area
        assert (min(at[0] for at in both), min(at[1] for at in both)) == (x, y)
        assert (max(at[0] for at in both), max(at[1] for at in both)) == (x + width - 1, y + height - 1)
