"""Games that draw only what moves: what the screen shows of a background follows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest
from vfsloader.pygame import Adopted, adopt

from tests.adapters.pygame_files import BLUE, GREEN, RED, pixels, png


@pytest.fixture
def adopted(tmp_path: Path, screen: pygame.Surface, monkeypatch: pytest.MonkeyPatch) -> Iterator[Adopted]:
    for name, data in {
        "res/back.png": png(RED, screen.get_size()),
        "res/dot.png": png(GREEN),
        "mods/blue/back.png": png(BLUE, screen.get_size()),
        "mods/blue/mod.toml": b'id = "blue"\nname = "B"\nversion = "1"\n',
        "mods/large/back.png": png(BLUE, (900, 700)),
        "mods/large/mod.toml": b'id = "large"\nname = "L"\nversion = "1"\n',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("vfsloader.adopting.patched_calls.FRAME_BUDGET_MS", 60_000)
    with adopt("res", "mods", watch=False) as adopted:
        for mod in ("blue", "large"):
            adopted.manager.mods.disable(mod)
        adopted.manager.update()
        yield adopted


def start(screen: pygame.Surface) -> tuple[pygame.Surface, pygame.Surface]:
    back, dot = pygame.image.load("res/back.png").convert(), pygame.image.load("res/dot.png").convert_alpha()
    screen.blit(back, (0, 0))
    screen.blit(dot, (10, 10))
    pygame.display.flip()
    return back, dot


def test_the_background_follows_and_what_is_drawn_on_it_stays(adopted: Adopted, screen: pygame.Surface) -> None:
    held = start(screen)
    before = pixels(screen)
    for on, colour in ((True, BLUE), (False, RED), (True, BLUE), (False, RED)):
        (adopted.manager.mods.enable if on else adopted.manager.mods.disable)("blue")
        pygame.display.update([pygame.Rect(0, 0, 5, 5)])
        assert screen.get_at((200, 100)) == colour
        assert screen.get_at((11, 11)) == GREEN
    assert pixels(screen) == before
    assert held


def test_the_window_shows_the_whole_screen_once(
    adopted: Adopted, screen: pygame.Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    adopted.undo()
    monkeypatch.setattr(pygame.display, "update", lambda *args: shown.append(args))
    with adopt("res", "mods", watch=False) as again:
        held = start(screen)
        again.manager.mods.enable("blue")
        for _ in range(3):
            pygame.display.update([pygame.Rect(0, 0, 5, 5)])
        assert [len(args) for args in shown] == [1, 0, 1]
        assert held


def test_a_game_that_draws_everything_is_left_alone(adopted: Adopted, screen: pygame.Surface) -> None:
    held = start(screen)
    adopted.manager.mods.enable("blue")
    pygame.display.flip()
    assert held[0].get_at((0, 0)) == BLUE
    assert screen.get_at((200, 100)) == RED, "the game draws it in its next frame"


def test_a_background_of_another_size_is_left_alone(adopted: Adopted, screen: pygame.Surface) -> None:
    held = start(screen)
    adopted.manager.mods.enable("large")
    pygame.display.update([pygame.Rect(0, 0, 5, 5)])
    assert held[0].get_size() == (900, 700)
    assert screen.get_at((200, 100)) == RED
