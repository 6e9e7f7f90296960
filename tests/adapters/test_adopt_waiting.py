"""A game that waits for an event is brought up to date meanwhile, and gets the event that it would get without us."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest
from vfsloader.pygame import Adopted, adopt

from tests.adapters.adopted_game import make_game
from tests.adapters.pygame_files import BLUE, RED

plain_wait = pygame.event.wait


@pytest.fixture
def adopted(tmp_path: Path, screen: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Adopted]:
    monkeypatch.chdir(make_game(tmp_path))
    pygame.event.clear()
    with adopt("resources", mods="mods", watch=False) as adopted:
        yield adopted


def test_changes_are_made_ready_while_the_game_waits(adopted: Adopted) -> None:
    picture = pygame.image.load("resources/images/p.png")
    assert picture.get_at((0, 0)) == BLUE
    adopted.manager.mods.disable("winter")
    seen = []

    def when_shown(changes: Any) -> None:
        seen.append(picture.get_at((0, 0)))
        pygame.event.post(pygame.Event(pygame.USEREVENT, number=7))

    adopted.manager.subscribe(when_shown)
    event = pygame.event.wait()
    assert (event.type, event.number) == (pygame.USEREVENT, 7)
    assert seen == [RED]


@pytest.mark.parametrize("wait", ["wait", "delay"])
def test_a_game_that_looks_for_events_and_waits_in_between_is_brought_up_to_date(adopted: Adopted, wait: str) -> None:
    """It draws only after an event, and has to show the change then."""
    picture = pygame.image.load("resources/images/p.png")
    adopted.manager.mods.disable("winter")
    for _ in range(200):
        assert not pygame.event.peek(pygame.KEYDOWN)
        assert getattr(pygame.time, wait)(1) >= 0
        if picture.get_at((0, 0)) == RED:
            break
    assert picture.get_at((0, 0)) == RED


def test_a_wait_with_a_timeout_ends(adopted: Adopted) -> None:
    assert pygame.event.wait(1).type == pygame.NOEVENT
    assert pygame.event.wait(timeout=45).type == pygame.NOEVENT
    pygame.event.post(pygame.Event(pygame.USEREVENT))
    assert pygame.event.wait(-1).type == pygame.USEREVENT


@pytest.mark.parametrize(("args", "options"), [(("x",), {}), ((1, 2), {}), ((1.5,), {})])
def test_wrong_arguments_raise_what_they_raise_without_us(adopted: Adopted, args: Any, options: Any) -> None:
    errors = []
    for wait in (plain_wait, pygame.event.wait):
        with pytest.raises(TypeError) as caught:
            wait(*args, **options)
        errors.append(str(caught.value))
    assert errors[0] == errors[1]
