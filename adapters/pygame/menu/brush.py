"""Smooth shapes: rounded boxes, discs and signs, drawn large once, scaled down and kept."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pygame
from vfsloader.pygame.menu.skin import Rgb

#: Shapes are drawn so many times larger, and scaled down smoothly.
_LARGER = 4
_MOST_PICTURES = 400
Point = tuple[float, float]


class Brush:
    """Draws shapes onto a target.

    Attributes
    ----------
    target
        Where to draw.
    """

    def __init__(self) -> None:
        self.target = pygame.Surface((1, 1))
        self._pictures: dict[tuple[object, ...], pygame.Surface] = {}

    def box(self, rect: pygame.Rect, fill: Rgb, radius: int = 0, edge: Rgb | None = None, width: int = 1) -> None:
        """Fill a box with round corners, with an edge if there is a colour for it."""
        if edge is not None:
            self._rounded(rect, edge, radius)
            rect, radius = rect.inflate(-2 * width, -2 * width), max(0, radius - width)
        self._rounded(rect, fill, radius)

    def disc(self, centre: Point, radius: float, colour: Rgb) -> None:
        """Fill a circle."""
        picture = self._circle(max(1, round(radius)), colour)
        self.target.blit(picture, picture.get_rect(center=(round(centre[0]), round(centre[1]))))

    def sign(self, name: str, rect: pygame.Rect, colour: Rgb) -> None:
        """Draw one of the signs, as large as fits into a box."""
        side = max(4, min(rect.size))
        key = name, side, colour
        picture = self._pictures.get(key)
        if picture is None:
            large = self._canvas((side, side), colour)
            _SIGNS[name](large, side * _LARGER, colour)
            picture = self._keep(key, pygame.transform.smoothscale(large, (side, side)))
        self.target.blit(picture, picture.get_rect(center=rect.center))

    def masked(self, picture: pygame.Surface, at: Point, radius: int) -> None:
        """Draw a square picture with round corners."""
        key = "mask", picture.get_size(), radius
        mask = self._pictures.get(key)
        if mask is None:
            large = self._canvas(picture.get_size(), (255, 255, 255))
            pygame.draw.rect(large, (255, 255, 255), large.get_rect(), border_radius=radius * _LARGER)
            mask = self._keep(key, pygame.transform.smoothscale(large, picture.get_size()))
        cut = picture.copy()
        cut.blit(mask, (0, 0), special_flags=pygame.BLEND_RGBA_MIN)
        self.target.blit(cut, at)

    def _rounded(self, rect: pygame.Rect, colour: Rgb, radius: int) -> None:
        radius = min(radius, rect.w // 2, rect.h // 2)
        if radius < 1:
            self.target.fill(colour, rect)
            return
        self.target.fill(colour, (rect.x + radius, rect.y, rect.w - 2 * radius, rect.h))
        self.target.fill(colour, (rect.x, rect.y + radius, radius, rect.h - 2 * radius))
        self.target.fill(colour, (rect.right - radius, rect.y + radius, radius, rect.h - 2 * radius))
        circle = self._circle(radius, colour)
        for x, left in ((rect.x, 0), (rect.right - radius, radius)):
            for y, top in ((rect.y, 0), (rect.bottom - radius, radius)):
                self.target.blit(circle, (x, y), (left, top, radius, radius))

    def _circle(self, radius: int, colour: Rgb) -> pygame.Surface:
        key = "circle", radius, colour
        picture = self._pictures.get(key)
        if picture is None:
            large = self._canvas((2 * radius, 2 * radius), colour)
            pygame.draw.circle(large, colour, large.get_rect().center, radius * _LARGER)
            picture = self._keep(key, pygame.transform.smoothscale(large, (2 * radius, 2 * radius)))
        return picture

    def _canvas(self, size: tuple[int, int], colour: Rgb) -> pygame.Surface:
        large = pygame.Surface((size[0] * _LARGER, size[1] * _LARGER), pygame.SRCALPHA)
        large.fill((*colour, 0))  # scaling mixes in the colour of transparent pixels
        return large

    def _keep(self, key: tuple[object, ...], picture: pygame.Surface) -> pygame.Surface:
        if len(self._pictures) >= _MOST_PICTURES:
            self._pictures.clear()
        self._pictures[key] = picture
        return picture


def _stroke(canvas: pygame.Surface, colour: Rgb, points: list[Point], width: float) -> None:
    """Draw a line with round ends."""
    for start, end in pairwise(points):
        pygame.draw.line(canvas, colour, start, end, round(width))
        across = math.atan2(end[1] - start[1], end[0] - start[0]) + math.pi / 2
        dx, dy = math.cos(across) * width / 2, math.sin(across) * width / 2
        corners = [(start[0] + dx, start[1] + dy), (end[0] + dx, end[1] + dy), (end[0] - dx, end[1] - dy),
                   (start[0] - dx, start[1] - dy)]  # fmt: skip
        pygame.draw.polygon(canvas, colour, corners)
    for point in points:
        pygame.draw.circle(canvas, colour, point, width / 2)


def _strokes(*lines: list[Point], width: float = 0.11) -> Callable[[pygame.Surface, float, Rgb], None]:
    def draw(canvas: pygame.Surface, side: float, colour: Rgb) -> None:
        for line in lines:
            _stroke(canvas, colour, [(x * side, y * side) for x, y in line], width * side)

    return draw


def _dots(*points: Point, radius: float) -> Callable[[pygame.Surface, float, Rgb], None]:
    def draw(canvas: pygame.Surface, side: float, colour: Rgb) -> None:
        for x, y in points:
            pygame.draw.circle(canvas, colour, (x * side, y * side), radius * side)

    return draw


def _search(canvas: pygame.Surface, side: float, colour: Rgb) -> None:
    pygame.draw.circle(canvas, colour, (0.42 * side, 0.42 * side), 0.3 * side, round(0.1 * side))
    _stroke(canvas, colour, [(0.65 * side, 0.65 * side), (0.86 * side, 0.86 * side)], 0.12 * side)


def _warning(canvas: pygame.Surface, side: float, colour: Rgb) -> None:
    pygame.draw.polygon(
        canvas, colour, [(0.5 * side, 0.1 * side), (0.94 * side, 0.86 * side), (0.06 * side, 0.86 * side)]
    )
    clear = (*colour, 0)
    pygame.draw.rect(canvas, clear, (0.455 * side, 0.36 * side, 0.09 * side, 0.26 * side))
    pygame.draw.circle(canvas, clear, (0.5 * side, 0.72 * side), 0.055 * side)


_SIGNS: dict[str, Callable[[pygame.Surface, float, Rgb], None]] = {
    "close": _strokes([(0.28, 0.28), (0.72, 0.72)], [(0.72, 0.28), (0.28, 0.72)], width=0.1),
    "search": _search,
    "warning": _warning,
    "more": _dots((0.22, 0.5), (0.5, 0.5), (0.78, 0.5), radius=0.085),
    "grip": _dots(*((x, y) for x in (0.36, 0.64) for y in (0.24, 0.5, 0.76)), radius=0.075),
    "back": _strokes([(0.6, 0.24), (0.34, 0.5), (0.6, 0.76)]),
    "forward": _strokes([(0.4, 0.24), (0.66, 0.5), (0.4, 0.76)]),
    "up": _strokes([(0.24, 0.62), (0.5, 0.36), (0.76, 0.62)], width=0.13),
    "down": _strokes([(0.24, 0.38), (0.5, 0.64), (0.76, 0.38)], width=0.13),
    "check": _strokes([(0.2, 0.54), (0.42, 0.74), (0.8, 0.28)], width=0.13),
}
