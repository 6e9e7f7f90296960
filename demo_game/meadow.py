"""What grows in the garden: a map of Tiled, whose tiles the game draws itself. Mods may change single tiles of it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pygame
from pygame import Vector2

import vfsloader

MAP = "/maps/meadow.tmj"
#: A tuft of grass, a flower and a lantern: their names are the numbers of the tiles.
TUFT, FLOWER, LANTERN = 1, 2, 3
_SIZE = 32


class Meadow:
    """The tiles of the map."""

    def __init__(self) -> None:
        self.tiles: list[tuple[int, int, int]] = []
        self.read()

    def read(self) -> None:
        """Read the map with the changes of all mods."""
        table = json.loads(vfsloader.current().read_edited(MAP))
        (layer,) = [layer for layer in table["layers"] if layer["name"] == "ground"]
        width = layer["width"]
        self.tiles = [(at % width, at // width, tile) for at, tile in enumerate(layer["data"]) if tile]

    def draw(self, surface: pygame.Surface, place: Callable[[Vector2], tuple[float, float]], scale: float) -> None:
        """Draw all tiles."""
        for column, row, tile in self.tiles:
            foot = Vector2(column + 0.5, row + 1) * _SIZE
            if tile == TUFT:
                for lean in (-6, 0, 6):
                    pygame.draw.line(
                        surface, (58, 112, 88), place(foot), place(foot + Vector2(lean, -14)), max(1, round(scale * 2))
                    )
            elif tile == FLOWER:
                pygame.draw.line(
                    surface, (58, 112, 88), place(foot), place(foot - Vector2(0, 16)), max(1, round(scale * 2))
                )
                pygame.draw.circle(surface, (222, 170, 220), place(foot - Vector2(0, 18)), 5 * scale)
            elif tile == LANTERN:
                pygame.draw.line(
                    surface, (90, 70, 60), place(foot), place(foot - Vector2(0, 30)), max(1, round(scale * 3))
                )
                pygame.draw.circle(surface, (255, 214, 120), place(foot - Vector2(0, 30)), 8 * scale)
