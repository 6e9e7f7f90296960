"""Six small mods for Moonmoth, of six kinds: what each does, and that each two of them work together, live."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import pygame
import pytest
import vfsloader.pygame
from pygame import Vector2

import vfsloader
from demo_game.game import Game
from vfsloader import ResourceManager

DEMO = Path(__file__).parents[2] / "demo_game"
MODS = sorted(folder.name for folder in (DEMO / "samples").iterdir())


class Played:
    """The game, and what is seen and heard of it."""

    def __init__(self, folder: Path, mods: tuple[str, ...]) -> None:
        for mod in mods:
            shutil.copytree(DEMO / "samples" / mod, folder / "mods" / mod)
        (folder / "mods").mkdir(exist_ok=True)
        self.files = vfsloader.init(DEMO / "assets", mods=folder / "mods", watch=False)
        self.game = Game()
        self.frame()

    def frame(self) -> None:
        """Show the same moment each time."""
        world = self.game.world
        world.moth, world.speed, world.motes = Vector2(480, 300), Vector2(), [Vector2(100, 100)]
        world.enemies, world.sparks, world.safe, world.tilt, self.game.time = [], [], 0.0, 0.0, 0.0
        self.game.frame(0)

    def toggle(self, mod: str, *, is_on: bool) -> None:
        (self.files.mods.enable if is_on else self.files.mods.disable)(mod)
        self.frame()

    def screen(self) -> bytes:
        return pygame.image.tobytes(self.game.screen, "RGB")

    def seen(self) -> dict[str, object]:
        """What each kind of mod changes."""
        painter = self.game.painter
        moth = painter.moth[0]
        return {
            "top-hat": tuple(moth.get_at((84, 20)))[3] > 200,
            "violet": tuple(painter.heart.get_at((28, 30))),
            "first-frost": tuple(vfsloader.pygame.load_image("/backgrounds/garden.png").get_at((740, 130))),
            "lanterns": sum(tile == 3 for _, _, tile in painter.meadow.tiles),
            "in-italiano": painter.texts.gettext("gather %d lights"),
            "long-nights": self.game.levels["1"]["quota"],
        }


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Callable[..., Played]]:
    games: list[ResourceManager] = []
    pygame.init()

    def start(*mods: str) -> Played:
        played = Played(Path(tempfile.mkdtemp(dir=tmp_path)), mods)
        games.append(played.files)
        return played

    yield start
    for game in games:
        game.close()


def test_each_mod_does_its_own_and_nothing_else(play: Callable[..., Played]) -> None:
    assert len(MODS) == 6
    plain = play()
    without, screen = plain.seen(), plain.screen()
    for mod in MODS:
        played = play(mod)
        assert played.files.mods.problems == []
        assert {key for key, value in played.seen().items() if value != without[key]} == {mod}
        # On the title one sees neither a life nor how much is to be gathered.
        assert (played.screen() != screen) is (mod != "long-nights")


@pytest.mark.parametrize(("one", "two"), [*itertools.combinations(MODS, 2)])
def test_each_pair_works_together_live(play: Callable[..., Played], one: str, two: str) -> None:
    """In any order of switching on, both are seen, the screen is the same, and neither is said to lose anything."""
    alone = {mod: play(mod).seen() for mod in (one, two)}
    both = play(one, two)
    whole, screen = both.seen(), both.screen()
    assert [whole[mod] for mod in (one, two)] == [alone[mod][mod] for mod in (one, two)]
    assert both.files.mods.conflicts() == []
    assert both.files.mods.problems == []
    for mod in (one, two):
        both.toggle(mod, is_on=False)
        other = two if mod == one else one
        assert both.seen() == alone[other]
        both.toggle(mod, is_on=True)
        assert both.seen() == whole
        assert both.screen() == screen


def test_the_option_and_the_condition_are_live(play: Callable[..., Played]) -> None:
    played = play("long-nights", "first-frost")
    assert played.seen()["long-nights"] == 30
    played.files.mods.set_option("long-nights", "quota", 7)
    played.frame()
    assert played.seen()["long-nights"] == 7
    frosty = played.seen()["first-frost"]
    played.game.start("2", silent=True)
    played.frame()
    assert played.seen()["first-frost"] != frosty


def test_two_of_a_kind_say_why_not_both_are_seen(play: Callable[..., Played], tmp_path: Path) -> None:
    """A second hat at the same place: the mods say where they meet, and whose is seen."""
    played = play("top-hat")
    other = Path(played.files.mods.folder or "") / "straw-hat"
    shutil.copytree(DEMO / "samples" / "top-hat", other)
    (other / "mod.toml").write_text('id = "straw-hat"\nname = "Straw hat"\nversion = "1"\n')
    (other / "sprites" / "hat.png").rename(other / "sprites" / "straw.png")
    for edit in other.glob("sprites/*.edit"):
        edit.write_text('[[edit]]\nfrom = "straw.png"\nto = [60, 8]\n')
    played.files.mods.rescan()
    played.frame()
    found = played.files.mods.conflicts()
    assert [conflict.path for conflict in found] == [f"/sprites/moth_{number}.png" for number in range(3)]
    assert str(found[0]) == (
        "straw-hat and top-hat both change 50 x 32 pixels at 60, 8 of moth_0.png: what top-hat does is seen"
    )
