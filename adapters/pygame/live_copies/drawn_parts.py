"""Games that draw only what moves: their background is drawn once, and shows through until the level ends.

They pass rectangles to ``pygame.display.update``. When the picture of such a background changes, what the screen shows
of it is exchanged: each pixel that is the same as the old background's pixel at that place.
"""

from __future__ import annotations

from typing import Any

import pygame
from vfsloader.pygame.live_copies.recipes import duplicate
from vfsloader.pygame.live_copies.surface_types import PlainMask, PlainSurface

#: Colours that differ by less are the same.
_SAME = (1, 1, 1, 255)
_from_threshold = pygame.mask.from_threshold  # before it is replaced

_is_drawn_in_parts = False
_has_exchanged = False


def note_update(rectangles: object) -> None:
    """Note what the game passed to ``pygame.display.update``; None: it shows the whole screen."""
    global _is_drawn_in_parts
    _is_drawn_in_parts = rectangles is not None


def must_show_all() -> bool:
    """Return whether the window has to show the whole screen once, whatever rectangles the game passes."""
    global _has_exchanged
    had, _has_exchanged = _has_exchanged, False
    return had


class Backgrounds:
    """The surfaces that may be the background of the screen, as they were before a change."""

    def __init__(self) -> None:
        screen = pygame.display.get_surface() if pygame.display.get_init() and _is_drawn_in_parts else None
        self._screen = screen
        self._old: list[tuple[pygame.Surface, pygame.Surface]] = []

    def keep(self, surface: Any) -> None:
        """Keep the pixels of a surface that is about to change, if it is as large as the screen."""
        if (
            self._screen is not None
            and isinstance(surface, PlainSurface)
            and PlainSurface.get_size(surface) == PlainSurface.get_size(self._screen)
        ):
            self._old.append((surface, duplicate(surface)))

    def show(self) -> None:
        """Exchange on the screen what shows them."""
        global _has_exchanged
        if self._screen is None or not self._old:
            return
        for surface, old in self._old:
            if PlainSurface.get_size(surface) != PlainSurface.get_size(self._screen):
                continue
            same = _from_threshold(self._screen, (0, 0, 0), _SAME, PlainSurface.convert(old, self._screen))
            new = PlainSurface.convert(surface, self._screen)
            PlainMask.to_surface(same, self._screen, new, unsetcolor=None)
        _has_exchanged = True
