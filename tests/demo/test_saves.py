"""The demo's saves: slots that save themselves, levels undone, settings that stay."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

import vfsloader
from demo_game.game import Game
from demo_game.painter import font
from demo_game.saves import Saves
from vfsloader.store.check import check

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("*.py", "__pycache__", "mods.json", "save.db*")
    return Path(shutil.copytree(ROOT / "demo_game", tmp_path / "game", ignore=ignored))


@pytest.fixture
def game(folder: Path, screen: object) -> Iterator[Game]:
    with vfsloader.ResourceManager.from_config(folder, watch=False) as manager:
        vfsloader.use(manager)
        font.cache_clear()  # pygame was initialised again
        yield Game(pilot=lambda world: (pygame.Vector2(), False))


def press(game: Game, *keys: int) -> None:
    for key in keys:
        pygame.event.post(pygame.Event(pygame.KEYDOWN, key=key))
    game.frame(1 / 60)


def win(game: Game) -> None:
    game.world.gathered = game.world.level["quota"]
    game.frame(1 / 60)


def test_an_evening_is_saved_level_by_level_and_undone(game: Game, folder: Path) -> None:
    press(game, pygame.K_2, pygame.K_RETURN)
    assert (game.saves.slot, game.scene, game.level) == ("2", "play", "1")
    game.world.score = 70
    win(game)
    win(game)
    assert game.level == "3"
    evening = game.saves.evening("2")
    assert evening == {"level": "3", "score": 270, "lives": 3}
    assert game.saves.evening("1") is None
    press(game, pygame.K_BACKSPACE)
    assert (game.level, game.world.score) == ("2", 170)
    press(game, pygame.K_BACKSPACE, pygame.K_BACKSPACE, pygame.K_BACKSPACE)
    assert (game.level, game.world.score) == ("1", 0)
    win(game)
    press(game, pygame.K_ESCAPE, pygame.K_1, pygame.K_RETURN)
    assert (game.level, game.saves.slot) == ("1", "1")
    press(game, pygame.K_ESCAPE, pygame.K_2, pygame.K_RETURN)
    assert (game.level, game.world.score) == ("2", 100)
    press(game, pygame.K_n)
    vfsloader.current().close()
    with vfsloader.ResourceManager.from_config(folder, watch=False) as manager:
        saves = Saves(manager)
        assert (saves.slot, saves.is_loud, saves.best) == ("2", False, 0)
        assert saves.evening("2") == {"level": "2", "score": 100, "lives": 3}
    assert check(folder / "save.db").ok


def test_the_end_of_an_evening_keeps_the_best_and_clears_the_slot(game: Game) -> None:
    press(game, pygame.K_RETURN)
    game.world.score, game.world.lives = 500, 0
    game.frame(1 / 60)
    assert (game.scene, game.saves.best, game.saves.evening("1")) == ("over", 500, None)
    press(game, pygame.K_RETURN)
    game.world.score, game.world.lives = 400, 0
    game.frame(1 / 60)
    assert game.saves.best == 500


def test_an_evening_knows_its_mods(game: Game) -> None:
    mods = vfsloader.current().mods
    mods.enable("winter")
    mods.enable("dusk")
    press(game, pygame.K_2, pygame.K_RETURN)
    win(game)
    press(game, pygame.K_ESCAPE)
    assert game.saves.differences("2") == []
    plain = pygame.image.tobytes(game.screen, "RGB")
    mods.disable("dusk")  # a skin
    assert game.saves.differences("2") == []
    mods.disable("winter")  # which changes the levels
    assert [text.split(":")[0] for text in game.saves.differences("2")] == ["Enable Winter comes"]
    assert game.saves.differences("1") == []
    game.frame(1 / 60)
    assert pygame.image.tobytes(game.screen, "RGB") != plain
    press(game, pygame.K_r)
    assert game.saves.differences("2") == []
    assert "winter" in [mod.id for mod in mods.enabled]
    assert mods.is_disabled("dusk")
