"""A running game whose mod is toggled again and again: what is kept for it does not grow."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest
from vfsloader.pygame import Adopted, adopt
from vfsloader.pygame.live_copies.journal import MAX_FRAMES, MAX_SETTINGS
from vfsloader.pygame.live_copies.loaded import source_of
from vfsloader.pygame.live_copies.rebuild import REBUILD
from vfsloader.pygame.live_copies.recipes import Recipe, Step

from tests.adapters.pygame_files import BLUE, FONT, RED, png, rss

TOGGLES = int(os.environ.get("VFSLOADER_TOGGLES", "40"))
NAMES = [f"p{number}.png" for number in range(6)]


class Game:
    """Makes copies of its pictures in many ways, some of them anew in each frame."""

    def __init__(self, screen: pygame.Surface) -> None:
        self.screen = screen
        self.frame = 0
        self.pictures = [pygame.image.load(f"res/{name}") for name in NAMES]
        self.scaled = [pygame.transform.scale(picture, (9, 9)) for picture in self.pictures]
        self.parts = [picture.subsurface((1, 1, 2, 2)) for picture in self.pictures]
        self.masks = [pygame.mask.from_surface(picture) for picture in self.scaled]
        self.background = pygame.Surface((64, 64))
        for place, picture in enumerate((*self.pictures, *self.scaled)):
            self.background.blit(picture, (place * 5, place * 5))
        self.font = pygame.font.Font("res/f.ttf", 12)
        self.turned = self.pictures[0]
        self.buffer = pygame.Surface((64, 64))

    def show(self) -> None:
        """Show a frame."""
        self.frame += 1
        self.turned = pygame.transform.rotate(self.pictures[self.frame % 6], self.frame % 360)
        text = self.font.render(str(self.frame % 10), True, "white")
        text.blit(self.parts[0], (0, 0))
        self.pictures[1].set_alpha(self.frame % 256)
        self.buffer.fill("black")
        for surface in (self.background, self.turned, text, *self.scaled, *self.parts):
            self.buffer.blit(surface, (self.frame % 5, 0))
        self.screen.blit(self.buffer, (0, 0))
        pygame.display.flip()


@pytest.fixture
def adopted(tmp_path: Path, screen: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Adopted]:
    files = {f"res/{name}": png(RED, (4, 4)) for name in NAMES} | {"res/f.ttf": FONT, "mods/blue/f.ttf": FONT}
    files |= {f"mods/blue/{name}": png(BLUE, (6, 5)) for name in NAMES}
    files["mods/blue/mod.toml"] = b'id = "blue"\nname = "B"\nversion = "1"\n'
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    with adopt("res", "mods", watch=False) as adopted:
        adopted.manager.mods.disable("blue")
        yield adopted


def kept(adopted: Adopted, game: Game) -> dict[str, int]:
    """Count what is kept for the game."""
    gc.collect()
    objects = gc.get_objects()
    sources: list[Any] = [source_of(picture) for picture in game.pictures]
    return {
        "recipes": sum(isinstance(thing, Recipe) for thing in objects),
        "steps": sum(isinstance(thing, Step) for thing in objects),
        "surfaces": sum(isinstance(thing, pygame.Surface) for thing in objects),
        "followers": sum(len(source.followers) for source in sources),
        "resources": len(adopted.manager.resources_by_id()),
    }


def test_nothing_grows_while_a_mod_is_toggled(adopted: Adopted, tmp_path: Path, screen: pygame.Surface) -> None:
    game = Game(screen)
    for _ in range(MAX_FRAMES + 2):  # from then on the buffer is not followed
        game.show()
    first: dict[str, int] = {}
    memory = 0
    for number in range(TOGGLES):
        is_on = number % 2 == 0
        (adopted.manager.mods.enable if is_on else adopted.manager.mods.disable)("blue")
        colour = BLUE if is_on else RED
        for _ in range(200):
            game.show()
            if game.scaled[5].get_at((4, 4)) == colour and not REBUILD.has_work:
                break
        assert game.scaled[5].get_at((4, 4)) == colour, f"toggle {number}"
        assert game.background.get_at((52, 52)) == colour, f"toggle {number}"
        assert game.masks[5].count() == 81
        if number == TOGGLES // 2 - 1 - TOGGLES // 2 % 2:
            first, memory = kept(adopted, game), rss()
    last = kept(adopted, game)
    # Of a picture whose alpha is set in each frame, some earlier settings are kept, in one or two recipes.
    assert last.pop("steps") <= first.pop("steps") + 2 * MAX_SETTINGS
    assert last.pop("recipes") <= first.pop("recipes") + 2
    assert last == first
    assert rss() - memory < 4 << 20
