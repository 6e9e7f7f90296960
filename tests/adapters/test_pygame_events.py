"""The events that updates post to pygame's queue."""

from __future__ import annotations

import gc

import pygame
import pytest
import vfsloader.pygame

import vfsloader
from tests.adapters.pygame_files import BLUE, RED, strip
from vfsloader import ResourceManager, Store


@pytest.fixture
def shown(base: Store, game: ResourceManager) -> pygame.Surface:
    base.write("/p.png", strip(RED))
    picture = vfsloader.pygame.load_image("/p.png")
    pygame.event.clear()
    return picture


def test_each_change_is_one_event(shown: pygame.Surface, base: Store, game: ResourceManager) -> None:
    vfsloader.use(game)  # a second time
    base.write("/p.png", strip(BLUE))
    vfsloader.update()
    (event,) = pygame.event.get(vfsloader.pygame.RESOURCE_CHANGED)
    assert (event.path, event.kind, event.layer, event.error) == ("/p.png", "changed", "base", None)
    assert list(event.resources) == [shown]


def test_a_failed_change_is_an_event(shown: pygame.Surface, base: Store) -> None:
    base.write("/p.png", b"bad")
    vfsloader.update()
    (event,) = pygame.event.get(vfsloader.pygame.RESOURCE_CHANGED)
    assert event.kind == "failed"
    assert "/p.png" in event.error


def test_an_event_keeps_no_resource_alive(base: Store, game: ResourceManager) -> None:
    base.write("/p.png", strip(RED))
    picture = vfsloader.pygame.load_image("/p.png")
    base.write("/p.png", strip(BLUE))
    vfsloader.update()
    del picture
    gc.collect()
    (event,) = pygame.event.get(vfsloader.pygame.RESOURCE_CHANGED)
    assert list(event.resources) == []


def test_without_a_display_changes_are_no_events(shown: pygame.Surface, base: Store) -> None:
    pygame.display.quit()
    base.write("/p.png", strip(BLUE))
    assert [change.kind for change in vfsloader.update()] == ["changed"]
    assert tuple(shown.get_at((0, 0))) == BLUE
