"""Picture edits in pygame: stacks of edits against a model, live, with options and conditions, and wrong ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pygame
import pytest
import vfsloader.pygame
from hypothesis import HealthCheck, given, settings

import vfsloader
from tests.adapters.pygame_files import BLUE, CLEAR, GREEN, RED, encoded, pixels, png, strip
from tests.edits import edit_model
from tests.edits.edit_strategies import edits, pictures, toml
from vfsloader import ResourceManager, Store
from vfsloader.errors import PathNotFoundError

HERO = "/sprites/hero.png"


def encoded_rows(rows: edit_model.Rows) -> bytes:
    data = bytes(value for row in rows for pixel in row for value in pixel)
    return encoded(pygame.image.frombytes(data, (len(rows[0]), len(rows)), "RGBA"))


def shown(surface: pygame.Surface) -> edit_model.Rows:
    width, height = surface.get_size()
    data = pixels(surface)
    flat = [tuple(data[at : at + 4]) for at in range(0, len(data), 4)]
    return [flat[row * width : (row + 1) * width] for row in range(height)]  # type: ignore[misc]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_random_stacks_against_the_model(screen: object, data: st.DataObject) -> None:
    """Layers with edits, whole pictures in between, and pictures that are edited themselves."""
    hero = data.draw(pictures())
    sources = {"hat.png": data.draw(pictures()), "/other/coat.png": data.draw(pictures(3))}
    palette = [pixel for row in hero for pixel in row]
    names = (*sources, "gone.png")
    base = Store(":memory:", name="base")
    base.write(HERO, encoded_rows(hero))
    base.write("/sprites/hat.png", encoded_rows(sources["hat.png"]))
    base.write("/other/coat.png", encoded_rows(sources["/other/coat.png"]))
    hat_edits = data.draw(st.lists(edits(("/other/coat.png",), palette), max_size=1))
    for edit in hat_edits:
        base.write("/sprites/hat.png.edit", toml(edit).encode())
        edit_model.apply(sources["hat.png"], edit, sources)
    layers, verdicts = [], []
    for number in range(data.draw(st.integers(1, 3))):
        layer = Store(":memory:", name=f"layer {number}")
        if data.draw(st.integers(0, 4)) == 0:
            hero, verdicts = data.draw(pictures()), []
            layer.write(HERO, encoded_rows(hero))
        stack = data.draw(st.lists(edits(names, palette), max_size=3))
        layer.write(f"{HERO}.edit", "".join(map(toml, stack)).encode())
        verdicts += [edit_model.apply(hero, edit, sources) for edit in stack]
        layers.append(layer)
    with ResourceManager(base, dlc=layers, watch=False) as game, vfsloader.use(game):
        picture = vfsloader.pygame.load_image(HERO, convert=False)
        assert shown(picture) == hero
        assert [outcome.reason is None for outcome in game.edit_report(HERO)] == verdicts


class Place:
    """A base with a sheet of four squares, and mods in folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("base/sprites/hero.png", strip(RED, RED, RED, RED))
        self.mod("winter")

    def write(self, path: str, data: bytes | str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)

    def mod(self, name: str, more: str = "") -> None:
        self.write(f"mods/{name}/mod.toml", f'id = "{name}"\nname = "{name}"\nversion = "1"\n{more}')

    def edit(self, text: str, mod: str = "winter", picture: str = "sprites/hero.png") -> None:
        self.write(f"mods/{mod}/{picture}.edit", text)


@pytest.fixture
def place(screen: object, tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def start(place: Place) -> Iterator[Callable[..., ResourceManager]]:
    games: list[ResourceManager] = []

    def start(**options: Any) -> ResourceManager:
        game = vfsloader.init(place.folder / "base", mods=place.folder / "mods", watch=False, **options)
        games.append(game)
        return game

    yield start
    for game in games:
        game.close()


def squares(surface: pygame.Surface) -> list[tuple[int, ...]]:
    return [tuple(surface.get_at((x, 1))) for x in range(1, surface.get_width(), 4)]


def reasons(game: ResourceManager, path: str = HERO) -> list[str | None]:
    return [outcome.reason for outcome in game.edit_report(path)]


HAT = '[[edit]]\nfrom = "hat.png"\nto = [4, 0]\n'


def test_toggles_show_at_the_next_update_and_decode_nothing_twice(place: Place, start: Any) -> None:
    place.write("mods/winter/sprites/hat.png", png(BLUE, (4, 4)))
    place.edit(HAT)
    place.mod("spring")
    place.edit('[[edit]]\nmode = "replace"\nfrom = "leaf.png"\nto = [8, 0]\n', "spring")
    place.write("mods/spring/sprites/leaf.png", png(GREEN, (8, 4)))
    game = start()
    hero = vfsloader.pygame.load_image(HERO)
    game.mods.move("spring", before="winter")
    game.update()
    both = [RED, BLUE, GREEN, GREEN]
    assert squares(hero) == both
    game.mods.disable("winter")
    assert squares(hero) == both
    (change,) = [change for change in game.update() if change.path == HERO]
    assert (change.kind, change.layer, list(change.resources)) == ("changed", "spring", [hero])
    assert squares(hero) == [RED, RED, GREEN, GREEN]
    game.mods.disable("spring")
    game.update()
    assert squares(hero) == [RED] * 4
    decoded = game.stats()["decoded"]
    game.mods.enable("spring")
    game.update()
    game.mods.enable("winter")
    game.update()
    assert squares(hero) == both
    assert game.stats()["decoded"] == decoded
    game.update()
    assert [(outcome.mod, outcome.area) for outcome in game.edit_report(HERO)] == [
        ("spring", (8, 0, 8, 4)),
        ("winter", (4, 0, 4, 4)),
    ]
    assert [outcome.mod for outcome in game.edit_report(HERO, at=(9, 1))] == ["spring"]
    assert game.edit_report(HERO, at=(0, 0)) == []


def test_files_on_the_disk_change(place: Place, start: Any) -> None:
    """The edit, the picture that it names, and one that is added later."""
    game = start()
    hero = vfsloader.pygame.load_image(HERO)

    def refreshed() -> list[tuple[int, ...]]:
        for mod in game.mods.available:
            mod.refresh()
        game.update()
        return squares(hero)

    place.edit(HAT)
    assert refreshed() == [RED] * 4
    assert "there is no /sprites/hat.png" in str(reasons(game)[0])
    place.write("mods/winter/sprites/hat.png", png(BLUE, (4, 4)))
    assert refreshed() == [RED, BLUE, RED, RED]
    place.write("mods/winter/sprites/hat.png", png(GREEN, (8, 4)))
    assert refreshed() == [RED, GREEN, GREEN, RED]
    place.edit(HAT.replace("4, 0", "8, 0"))
    assert refreshed() == [RED, RED, GREEN, GREEN]
    (place.folder / "mods/winter/sprites/hero.png.edit").unlink()
    assert refreshed() == [RED] * 4


def test_options_and_context(place: Place, start: Any) -> None:
    place.mod("winter", '[options.color]\ntype = "color"\ndefault = "#00ff00"\n')
    place.edit("""
        [[edit]]
        mode = "recolor"
        colors = { "#ff0000" = "${option.color}" }
        area = [0, 0, 4, 4]
        [[edit]]
        mode = "recolor"
        colors = { "#ff0000" = "#0000ff" }
        when = { season = "winter" }
    """)
    place.write("base/sprites/rock.png", strip(RED))
    game = start()
    hero, rock = vfsloader.pygame.load_image(HERO), vfsloader.pygame.load_image("/sprites/rock.png")
    assert squares(hero) == [GREEN, RED, RED, RED]
    game.context["season"] = "winter"
    assert [change.path for change in game.update()] == [HERO]
    assert squares(hero) == [GREEN, BLUE, BLUE, BLUE]
    game.context["weather"] = "rain"
    assert game.update() == []
    game.mods.set_option("winter", "color", "#0000ff")
    assert [change.path for change in game.update()] == [HERO]
    assert squares(hero) == [BLUE] * 4
    assert squares(rock) == [RED]


def test_edits_below_a_whole_picture_do_not_count(place: Place, start: Any) -> None:
    place.edit('[[edit]]\nmode = "tint"\ncolor = "#000000"\n')
    place.mod("total")
    place.write("mods/total/sprites/hero.png", strip(GREEN, GREEN))
    game = start()
    game.mods.move("total", after="winter")
    game.update()
    hero = vfsloader.pygame.load_image(HERO)
    assert squares(hero) == [GREEN, GREEN]
    game.mods.move("winter", after="total")
    game.update()
    assert squares(hero) == [(0, 0, 0, 255)] * 2
    game.mods.disable("total")
    game.update()
    assert squares(hero) == [(0, 0, 0, 255)] * 4


def test_the_edits_of_a_language(place: Place, start: Any) -> None:
    place.edit('[[edit]]\nmode = "tint"\ncolor = "#000000"\n', picture="tl/fi/sprites/hero.png")
    game = start()
    hero = vfsloader.pygame.load_image(HERO)
    assert squares(hero) == [RED] * 4
    game.language = "fi"
    game.update()
    assert squares(hero) == [(0, 0, 0, 255)] * 4
    game.language = None
    game.update()
    assert squares(hero) == [RED] * 4


SHEET = {
    "frames": {
        name: {"frame": {"x": 4 * number, "y": 0, "w": 4, "h": 4}} for number, name in enumerate(("a", "hat", "b", "c"))
    },
    "meta": {"image": "hero.png"},
}


def test_frames_by_name_and_number_and_grid(place: Place, start: Any) -> None:
    place.write("base/sprites/hero.json", json.dumps(SHEET))
    place.write("mods/winter/sprites/hat.png", png(BLUE, (4, 4)))
    place.write("mods/winter/sprites/dot.png", png(GREEN, (2, 2)))
    place.edit("""
        frames = { "hat" = "hat.png" }
        [[edit]]
        from = "dot.png"
        frame = 2
        [[edit]]
        from = "dot.png"
        grid = [4, 4]
        frame = 3
        to = [2, 2]
        [[edit]]
        mode = "tint"
        color = "#000000"
        frame = "a"
        [[edit]]
        from = "dot.png"
        frame = "a"
        to = [3, 0]
        [[edit]]
        from = "hat.png"
        frame = "shoe"
    """)
    game = start()
    hero = vfsloader.pygame.load_image(HERO)
    assert squares(hero) == [(0, 0, 0, 255), BLUE, GREEN, RED]
    assert tuple(hero.get_at((14, 2))) == GREEN
    outside, missing = reasons(game)[3:5]
    assert "outside of the frame" in str(outside)
    assert "no frame 'shoe'; it has a, hat, b, c" in str(missing)
    sheet = vfsloader.pygame.load_spritesheet("/sprites/hero.json")
    assert [tuple(sheet[name].get_at((1, 1))) for name in ("a", "hat", "b")] == [(0, 0, 0, 255), BLUE, GREEN]
    grid = vfsloader.pygame.load_spritesheet(HERO, (4, 4))
    assert tuple(grid[1].get_at((1, 1))) == BLUE
    game.mods.disable("winter")
    game.update()
    assert tuple(sheet["hat"].get_at((1, 1))) == tuple(grid[1].get_at((1, 1))) == RED


def test_a_picture_of_another_size_than_the_frame_is_refused(place: Place, start: Any) -> None:
    place.write("base/sprites/hero.json", json.dumps(SHEET))
    place.write("mods/winter/sprites/hat.png", png(BLUE, (2, 4)))
    place.edit('frames = { "hat" = "hat.png" }')
    game = start()
    assert squares(vfsloader.pygame.load_image(HERO)) == [RED] * 4
    assert "make it as large as the frame" in str(reasons(game)[0])


def test_a_picture_grows_only_if_the_edit_says_so(place: Place, start: Any) -> None:
    place.write("mods/winter/sprites/hat.png", png(BLUE, (4, 8)))
    place.edit(HAT + "grow = true\n" + HAT)
    game = start()
    hero = vfsloader.pygame.load_image(HERO)
    assert hero.get_size() == (16, 8)
    assert (tuple(hero.get_at((0, 7))), tuple(hero.get_at((5, 7)))) == (CLEAR, BLUE)
    assert reasons(game) == [None, None]
    place.edit(HAT)
    game.mods.available[0].refresh()
    game.update()
    assert hero.get_size() == (16, 4)
    (problem,) = [problem for problem in game.mods.problems if problem.kind == "edit"]
    assert problem.mod == "winter"
    assert problem.is_warning
    assert "/sprites/hero.png.edit" in str(problem)
    assert "16 x 4" in str(problem)
    game.mods.disable("winter")
    game.update()
    assert not [problem for problem in game.mods.problems if problem.kind == "edit"]


@pytest.mark.parametrize("name", ["../../outside.png", ".", r"..\\hat.png", "${option.none}", "broken.png", "gone.png"])
def test_a_reason_begins_with_the_key(place: Place, start: Any, name: str) -> None:
    place.write("mods/winter/sprites/hat.png", png(BLUE, (4, 4)))
    place.write("mods/winter/sprites/broken.png", b"not a picture")
    place.edit(f'[[edit]]\nfrom = "{name}"\n{HAT}')
    game = start()
    vfsloader.pygame.load_image(HERO)
    wrong, right = reasons(game)
    assert str(wrong).startswith("from: ")
    assert right is None


def test_pictures_that_are_made_of_each_other(place: Place, start: Any) -> None:
    """Both edits of the circle are left out, whichever picture is loaded; what is not in it works."""
    for name, color in (("a", RED), ("b", BLUE), ("c", GREEN)):
        place.write(f"base/{name}.png", png(color, (4, 4)))
    own = '[[edit]]\nfrom = "a.png"\n'
    place.edit('[[edit]]\nfrom = "b.png"\n' + own, picture="a.png")
    place.edit(own, picture="b.png")
    place.edit('[[edit]]\nfrom = "b.png"\n', picture="c.png")
    game = start()
    loaded = [vfsloader.pygame.load_image(f"/{name}.png") for name in "abc"]
    assert [tuple(picture.get_at((0, 0))) for picture in loaded] == [RED, BLUE, BLUE]
    for path, count in (("/a.png", 2), ("/b.png", 1)):
        assert len(reasons(game, path)) == count
        assert all("made of this picture" in str(reason) for reason in reasons(game, path))
    assert reasons(game, "/c.png") == [None]


def test_a_long_chain_ends(place: Place, start: Any) -> None:
    for number in range(12):
        place.write(f"base/{number}.png", png(RED, (4, 4)))
        place.edit(f'[[edit]]\nfrom = "{number + 1}.png"\n', picture=f"{number}.png")
    game = start()
    vfsloader.pygame.load_image("/0.png")
    assert reasons(game, "/0.png") == [None]
    assert any("more than 8 pictures" in str(problem) for problem in game.mods.problems)


def test_a_mod_cannot_use_up_more_than_its_budget(place: Place, start: Any) -> None:
    place.write("mods/winter/sprites/hat.png", png(BLUE, (4, 4)))
    place.edit('[[edit]]\nmode = "tint"\ncolor = "#ff0000"\n' * 20 + HAT)
    place.mod("spring")
    place.write("mods/spring/sprites/leaf.png", png(GREEN, (4, 4)))
    place.edit('[[edit]]\nfrom = "leaf.png"\n', "spring")
    game = start(budget={"pixels": 512})
    game.mods.move("spring", after="winter")
    game.update()
    assert squares(vfsloader.pygame.load_image(HERO)) == [GREEN, RED, RED, RED]
    refused = [outcome for outcome in game.edit_report(HERO) if outcome.reason]
    assert {outcome.mod for outcome in refused} == {"winter"}
    assert "budget.pixels" in str(refused[0].reason)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_a_picture_that_cannot_be_decoded(place: Place, start: Any, data: bytes) -> None:
    place.write("mods/winter/sprites/hat.png", data)
    place.edit(HAT + '[[edit]]\nmode = "recolor"\ncolors = { "#ff0000" = "#00ff00" }\n')
    game = start()
    assert squares(vfsloader.pygame.load_image(HERO)) == [GREEN] * 4
    first, second = reasons(game)
    assert "/sprites/hat.png" in str(first)
    assert second is None


def test_an_edit_of_a_picture_that_is_not_there(place: Place, start: Any) -> None:
    place.edit(HAT, picture="sprites/gone.png")
    game = start()
    with pytest.raises(PathNotFoundError):
        vfsloader.pygame.load_image("/sprites/gone.png")
    assert ["there is no /sprites/gone.png" in str(reason) for reason in reasons(game, "/sprites/gone.png")] == [True]
    (problem,) = [problem for problem in game.mods.problems if problem.kind == "edit"]
    assert "/sprites/gone.png.edit" in str(problem)
    with pytest.raises(PathNotFoundError):
        game.edit_report("/sprites/other.png")


def test_animations_and_vector_pictures(place: Place, start: Any) -> None:
    from PIL import Image

    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    frames[0].save(place.folder / "base/two.gif", save_all=True, append_images=frames[1:], duration=100)
    place.write(
        "base/logo.svg",
        '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="red"/></svg>',
    )
    place.write("mods/winter/dot.png", png(GREEN, (2, 2)))
    for name in ("two.gif", "logo.svg"):
        place.edit('[[edit]]\nfrom = "dot.png"\n', picture=name)
    game = start()
    animation, logo = vfsloader.pygame.load_animation("/two.gif"), vfsloader.pygame.load_svg("/logo.svg")

    def corners() -> list[tuple[int, ...]]:
        return [tuple(picture.get_at((0, 0))) for picture in (*animation.frames, logo)]

    assert corners() == [GREEN] * 3
    assert tuple(logo.get_at((4, 4))) == RED
    game.mods.disable("winter")
    game.update()
    assert corners() == [RED, BLUE, RED]


@pytest.mark.parametrize("cache", [False, True])
def test_what_is_kept_on_the_disk_follows_the_edits(place: Place, start: Any, cache: bool) -> None:
    place.write("mods/winter/sprites/hat.png", png(BLUE, (4, 4)))
    options = {"cache": place.folder / "cache"} if cache else {}
    for color, edit in ((RED, None), (BLUE, HAT), (BLUE, HAT), (GREEN, HAT), (RED, "")):
        if edit is not None:
            place.edit(edit)
        if color == GREEN:
            place.write("mods/winter/sprites/hat.png", png(GREEN, (4, 4)))
        game = start(**options)
        assert squares(vfsloader.pygame.load_image(HERO)) == [RED, color, RED, RED]
        game.close()


def test_the_next_start_composes_nothing(place: Place, start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was composed is kept on the disk, by the digests of all parts, with what became of the edits."""
    from vfsloader.assets.edits import step

    made: list[Any] = []
    real = step.changed
    monkeypatch.setattr(step, "changed", lambda *given: made.append(given) or real(*given))
    place.write("mods/winter/sprites/hat.png", png(BLUE, (4, 4)))
    place.edit(HAT + HAT.replace("hat", "gone"))
    for decoded, composed in ((1, 1), (0, 0)):
        game = start(cache=place.folder / "cache")
        assert squares(vfsloader.pygame.load_image(HERO)) == [RED, BLUE, RED, RED]
        assert game._decoder.counts["decoded"] == decoded
        assert len(made) == composed
        assert [problem.mod for problem in game.mods.problems] == ["winter"]
        game.close()
        made.clear()
    place.write("mods/winter/sprites/gone.png", png(GREEN, (4, 4)))
    game = start(cache=place.folder / "cache")
    assert squares(vfsloader.pygame.load_image(HERO)) == [RED, GREEN, RED, RED]
    place.write("mods/winter/sprites/hat.png", png(BLUE, (4, 4)))


def test_a_large_picture_is_composed_where_it_changes(
    place: Place, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture too large for the cache: a toggle composes one area, and toggling back nothing at all."""
    from vfsloader.assets.edits import step

    made: list[Any] = []
    real = step.changed
    monkeypatch.setattr(step, "changed", lambda *given: made.append(given) or real(*given))
    place.write("base/sprites/hero.png", png(RED, (600, 600)))
    for number, color in enumerate((BLUE, GREEN, BLUE)):
        place.mod(f"mod{number}")
        place.write(f"mods/mod{number}/sprites/hat{number}.png", png(color, (4, 4)))
        place.edit(f'[[edit]]\nfrom = "hat{number}.png"\nto = [{number * 3}, 0]\n', f"mod{number}")
    game = start(cache_bytes=6 << 20)
    picture = vfsloader.pygame.load_image(HERO)

    def shown() -> list[tuple[int, ...]]:
        return [tuple(picture.get_at((x, 0))) for x in (0, 3, 6, 9, 10)]

    everything = [BLUE, GREEN, BLUE, BLUE, RED]
    assert (shown(), len(made)) == (everything, 3)
    made.clear()
    decoded = game._decoder.counts["decoded"]
    game.mods.disable("mod1")
    game.update()
    assert shown() == [BLUE, BLUE, BLUE, BLUE, RED]
    assert len(made) == 2  # of the two neighbours, what is in the area of the one that is gone
    assert {len(given[0]) for given in made} == {4 * 4}  # a column of four pixels of each
    made.clear()
    game.mods.enable("mod1")
    game.update()
    assert (shown(), made) == (everything, [])
    game.mods.disable("mod1")
    game.update()
    assert (shown(), made) == ([BLUE, BLUE, BLUE, BLUE, RED], [])
    assert game._decoder.counts["decoded"] == decoded + 1


def test_adopted_games_and_reports(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits count for the game's own calls; two mods that edit one picture override nothing."""
    place.write("mods/winter/sprites/hat.png", png(BLUE, (4, 4)))
    place.edit(HAT)
    place.mod("spring")
    place.edit('[[edit]]\nmode = "recolor"\ncolors = { "#ff0000" = "#00ff00" }\narea = [0, 0, 4, 4]\n', "spring")
    monkeypatch.chdir(place.folder)
    with vfsloader.pygame.adopt("base", mods="mods", watch=False) as adopted:
        hero = pygame.image.load("base/sprites/hero.png").convert_alpha()
        assert squares(hero) == [GREEN, BLUE, RED, RED]
        assert adopted.manager.mods.overrides() == {}
        adopted.manager.mods.disable("winter")
        adopted.manager.update()
        assert squares(hero) == [GREEN, RED, RED, RED]


def test_authors_see_what_is_wrong_before_a_game_does(place: Place) -> None:
    place.edit(HAT + 'mode = "blend"\nwhen = { season = "winter" }\n' + HAT)
    place.edit(HAT, picture="sprites/gone.png")
    with ResourceManager(place.folder / "base", mods=place.folder / "mods", watch=False) as game:
        found = {(finding.kind, finding.file, finding.key) for finding in game.mods.check("winter")}
    assert ("type", "/sprites/hero.png.edit", "edit 1") in found
    assert ("unloaded", "/sprites/gone.png.edit", "") in found


def test_a_transparent_color_stays_one(place: Place, start: Any) -> None:
    """Games convert such pictures without alpha, as the chimp and the aliens of pygame's own examples do."""
    import PIL.Image

    picture = PIL.Image.new("P", (8, 4), 0)
    picture.putpalette([9, 8, 7, 255, 0, 0, 0, 0, 255])
    picture.paste(1, (2, 1, 6, 3))
    place.folder.joinpath("base/sprites").mkdir(parents=True, exist_ok=True)
    picture.save(place.folder / "base/sprites/hero.gif", transparency=0)
    place.edit('[[edit]]\nfrom = "/hat.png"\nto = [0, 0]\n', picture="sprites/hero.gif")
    place.write("mods/winter/hat.png", png((9, 8, 7, 255), (1, 1)))  # the very color that is transparent
    start()
    shown = vfsloader.pygame.load_image("/sprites/hero.gif", convert=False)
    plain = pygame.Surface.convert(shown)
    screen = pygame.Surface((8, 4))
    screen.fill(GREEN)
    screen.blit(plain, (0, 0))
    assert [tuple(screen.get_at(at)) for at in ((0, 0), (1, 0), (2, 1), (7, 3))] == [(9, 8, 7, 255), GREEN, RED, GREEN]
