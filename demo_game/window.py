"""The game's window: any size, full screen, and where the garden is in it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pygame
from pygame import Vector2

from demo_game.world import HEIGHT, WIDTH

#: The share of the desktop that a new window may cover.
_SHARE = 0.75
#: Without this, Windows shows a small picture enlarged on screens with many pixels to the inch.
os.environ.setdefault("SDL_WINDOWS_DPI_AWARENESS", "permonitorv2")


@dataclass(frozen=True)
class Viewport:
    """The part of the window that shows the garden, as large as its shape allows."""

    area: pygame.Rect
    scale: float
    """Pixels of the window for one unit of the world."""

    @classmethod
    def of(cls, size: tuple[int, int]) -> Viewport:
        """Return the viewport of a window.

        >>> Viewport.of((1920, 1300))
        Viewport(area=Rect(0, 50, 1920, 1200), scale=2.0)
        """
        scale = max(min(size[0] / WIDTH, size[1] / HEIGHT), 0.05)
        area = pygame.Rect(0, 0, round(WIDTH * scale), round(HEIGHT * scale))
        area.center = size[0] // 2, size[1] // 2
        return cls(area, scale)

    def at(self, position: Vector2 | tuple[float, float]) -> tuple[int, int]:
        """Return where a position of the world is in the window."""
        return round(self.area.x + position[0] * self.scale), round(self.area.y + position[1] * self.scale)

    def px(self, length: float) -> int:
        """Return a length of the world in pixels of the window."""
        return round(length * self.scale)


class Window:
    """Opens the window, and switches between window and full screen."""

    def __init__(self) -> None:
        self._size = first_size(pygame.display.get_desktop_sizes())
        self.is_full = False
        pygame.display.set_caption("Moonmoth")
        self._open()

    @property
    def screen(self) -> pygame.Surface:
        """What is drawn on: another surface after each change of the size."""
        screen = pygame.display.get_surface()
        assert screen is not None, "the window is closed"
        return screen

    def handle(self, event: pygame.Event) -> bool:
        """Handle F11, Alt+Enter and changes of the size; return whether an event was one of these."""
        if event.type == pygame.VIDEORESIZE:
            if not self.is_full:
                self._size = event.size
            return True
        if event.type != pygame.KEYDOWN:
            return False
        with_alt = getattr(event, "mod", 0) & pygame.KMOD_ALT
        if event.key == pygame.K_F11 or (event.key == pygame.K_RETURN and with_alt):
            self.is_full = not self.is_full
            self._open()
            return True
        return False

    def _open(self) -> None:
        if self.is_full:
            pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
        else:
            pygame.display.set_mode(self._size, pygame.RESIZABLE)


def first_size(desktops: list[tuple[int, int]]) -> tuple[int, int]:
    """Return the size of a new window: the world's own, and larger on a large screen.

    >>> first_size([(1280, 720)]), first_size([(3840, 2160)])
    ((960, 600), (2592, 1620))
    """
    width, height = desktops[0] if desktops else (WIDTH, HEIGHT)
    scale = max(1.0, _SHARE * min(width / WIDTH, height / HEIGHT))
    return round(WIDTH * scale), round(HEIGHT * scale)
