"""The demo in windows of all sizes, by controller, and on snow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest
import vfsloader.pygame

import vfsloader
from demo_game.game import Game
from demo_game.painter import font
from demo_game.window import Viewport, first_size

ROOT = Path(__file__).parents[2]
BUTTON = pygame.CONTROLLERBUTTONDOWN


@pytest.fixture
def game(tmp_path: Path, screen: object) -> Iterator[Game]:
    ignored = shutil.ignore_patterns("*.py", "__pycache__", "mods.json", "save.db*")
    folder = shutil.copytree(ROOT / "demo_game", tmp_path / "game", ignore=ignored)
    with vfsloader.ResourceManager.from_config(folder, watch=False) as manager:
        vfsloader.use(manager)
        font.cache_clear()  # pygame was initialised again
        yield Game()


def send(game: Game, kind: int, **facts: object) -> None:
    pygame.event.post(pygame.Event(kind, **facts))
    game.frame(1 / 60)


def test_a_new_window_fits_the_desktop() -> None:
    assert first_size([(960, 600)]) == (960, 600)
    assert first_size([]) == (960, 600)
    for desktop in ((1366, 768), (1920, 1080), (3840, 2160), (1080, 1920)):
        width, height = first_size([desktop])
        assert width / height == pytest.approx(1.6, rel=0.01)
        assert width <= max(960, desktop[0])


@pytest.mark.parametrize("size", [(960, 600), (640, 360), (1920, 1080), (3840, 2160), (500, 900), (40, 30)])
def test_the_garden_is_as_large_as_the_window_allows(game: Game, size: tuple[int, int]) -> None:
    pygame.display.set_mode(size, pygame.RESIZABLE)
    send(game, pygame.VIDEORESIZE, size=size, w=size[0], h=size[1])
    game.resume(None)
    game.world.moth.update(300, 200)
    game.world.enemies.clear()
    game.world.motes.clear()
    game.world.safe = 0
    game.paint()
    view = Viewport.of(size)
    assert view.area.w == size[0] or view.area.h == size[1] or size == (40, 30)
    if size[0] < 100:
        return
    x, y = view.at((300, 212))  # the moth's body
    assert min(game.screen.get_at((x, y))[:3]) > 140
    for corner in ((0, 0), (size[0] - 1, size[1] - 1)):
        if not view.area.collidepoint(corner):
            assert game.screen.get_at(corner)[:3] == (0, 0, 0)


def test_pictures_are_not_enlarged_at_twice_the_size(game: Game) -> None:
    assert game.painter.moth[0].get_width() == 2 * 84
    pygame.display.set_mode((1920, 1200), pygame.RESIZABLE)
    game.frame(1 / 60)
    sizes = {size for _, size in game.painter._scaled}
    assert (64, 64) not in sizes  # a mote is shown pixel by pixel


def test_full_screen_and_back(game: Game) -> None:
    size = game.screen.get_size()
    for key, mod in ((pygame.K_F11, 0), (pygame.K_RETURN, pygame.KMOD_LALT)):
        send(game, pygame.KEYDOWN, key=key, mod=mod)
        assert game.window.is_full
        assert game.screen.get_flags() & pygame.FULLSCREEN
        assert game.scene == "title"
        send(game, pygame.KEYDOWN, key=key, mod=mod)
        assert not game.window.is_full
        assert game.screen.get_size() == size


def test_a_controller_plays(game: Game) -> None:
    send(game, BUTTON, button=pygame.CONTROLLER_BUTTON_RIGHTSHOULDER)
    assert game.saves.slot == "2"
    send(game, BUTTON, button=pygame.CONTROLLER_BUTTON_DPAD_LEFT)
    send(game, pygame.CONTROLLERBUTTONUP, button=pygame.CONTROLLER_BUTTON_DPAD_LEFT)
    assert game.saves.slot == "1"
    send(game, BUTTON, button=pygame.CONTROLLER_BUTTON_A)
    send(game, pygame.CONTROLLERBUTTONUP, button=pygame.CONTROLLER_BUTTON_A)
    assert (game.scene, game.by_controller) == ("play", True)
    game.world.enemies.clear()
    send(game, pygame.CONTROLLERAXISMOTION, axis=pygame.CONTROLLER_AXIS_LEFTX, value=32767)
    before = game.world.moth.x
    for _ in range(10):
        game.frame(1 / 60)
    assert game.world.moth.x > before + 20
    assert not game.world.dash
    send(game, BUTTON, button=pygame.CONTROLLER_BUTTON_A)
    assert game.world.dash
    send(game, pygame.CONTROLLERAXISMOTION, axis=pygame.CONTROLLER_AXIS_LEFTX, value=900)
    assert game.pads.steering().length() == 0
    send(game, BUTTON, button=pygame.CONTROLLER_BUTTON_B)
    assert game.scene == "title"


def test_a_controller_works_the_mod_menu(game: Game) -> None:
    send(game, BUTTON, button=pygame.CONTROLLER_BUTTON_Y)
    assert game.mod_menu.is_open
    game.mod_menu.choose("winter")
    send(game, BUTTON, button=pygame.CONTROLLER_BUTTON_A)
    assert [mod.id for mod in vfsloader.current().mods.enabled] == ["winter"]
    send(game, BUTTON, button=pygame.CONTROLLER_BUTTON_B)
    assert not game.mod_menu.is_open
    assert game.scene == "title"


def test_a_letter_of_a_search_does_not_close_the_menu(game: Game) -> None:
    send(game, pygame.KEYDOWN, key=pygame.K_m, mod=0)
    send(game, pygame.KEYDOWN, key=pygame.K_SLASH, mod=0)
    send(game, pygame.KEYDOWN, key=pygame.K_m, mod=0)
    assert game.mod_menu.is_open


def test_events_that_sdl_reports_twice_count_once(game: Game) -> None:
    game.pads._mapped.add(7)
    game.resume(None)
    send(game, pygame.JOYBUTTONDOWN, button=1, instance_id=7)
    assert game.scene == "play"
    send(game, pygame.JOYBUTTONDOWN, button=1, instance_id=8)
    assert game.scene == "title"


@pytest.mark.parametrize("mod", [None, "winter"])
def test_the_moth_stands_out_from_what_is_behind_it(game: Game, mod: str | None) -> None:
    """Everywhere in the garden most of the moth is clearly darker or lighter than what it covers."""
    if mod is not None:
        vfsloader.current().mods.enable(mod)
    game.resume(None)
    game.frame(1 / 60)
    game.world.enemies.clear()
    game.world.motes.clear()
    game.world.sparks.clear()
    game.world.tilt = game.time = 0.0
    for at in ((200, 130), (480, 300), (300, 430), (700, 470), (480, 540)):
        game.world.moth.update(at)
        game.world.safe = 1.0
        game.painter.begin(game.screen)
        game.painter.world(game.world, 0.0)  # at this moment of its blinking it is not drawn
        behind = game.screen.copy()
        game.world.safe = 0.0
        game.painter.world(game.world, 0.0)
        moth = pygame.mask.from_surface(game.painter.moth[0], 200)
        clear = total = 0
        for x, y in [*moth.outline(4), (84, 70), (60, 60), (108, 60), (60, 100), (108, 100)]:
            point = round(at[0] + (x - 84) / 2), round(at[1] + (y - 84) / 2)
            old, new = (surface.get_at(point) for surface in (behind, game.screen))
            total += 1
            clear += sum(abs(a - b) for a, b in zip(old[:3], new[:3], strict=True)) > 110
        assert clear > 0.7 * total, (at, clear, total)


def test_the_options_and_the_part_of_the_winter(game: Game) -> None:
    manager = vfsloader.current()
    manager.mods.enable("winter")
    game.resume(None)
    game.frame(1 / 60)
    assert manager.vfs.which_layer("/sprites/mote.png") == "winter:flakes"
    assert game.levels["1"]["speed"] == 1.0
    assert game.levels["3"]["name"] == "Midnight"
    assert [edit.reason for edit in manager.edit_report("/sprites/heart.png")] == [None]
    red, _, blue, _ = vfsloader.pygame.load_image("/sprites/heart.png").get_at((24, 20))
    assert blue > red
    manager.mods.set_option("winter", "flakes", False)
    manager.mods.set_option("winter", "wind", 1.5)
    game.start("3")
    game.frame(1 / 60)
    assert manager.vfs.which_layer("/sprites/mote.png") == "base"
    assert game.levels["1"]["speed"] == 1.5
    assert game.levels["3"]["name"] == "Midnight, and it snows"
    assert manager.mods.problems == [] or {problem.mod for problem in manager.mods.problems} == {"broken-lantern"}
