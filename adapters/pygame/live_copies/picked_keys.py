"""Colour keys that a game takes from the picture itself: the colour of a corner, as a rule.

Games say ``image.set_colorkey(image.get_at((0, 0)))``. When the picture changes, the colour is taken again.
"""

from __future__ import annotations

import weakref
from typing import Any, NamedTuple

import pygame
from vfsloader.pygame.live_copies.recipes import Recipe, Resolver, Step
from vfsloader.pygame.live_copies.surface_types import PlainSurface


class _Pick(NamedTuple):
    """A colour that the game has read, and where."""

    colour: pygame.Color
    recipe: weakref.ref[Recipe]
    steps: int
    place: tuple[int, int]


_last: _Pick | None = None


def note_pick(colour: pygame.Color, recipe: Recipe, place: Any) -> None:
    """Remember the colour that the game has just read of a surface."""
    global _last
    _last = _Pick(colour, weakref.ref(recipe), len(recipe.steps), place)


def picked_place(colour: Any, recipe: Recipe) -> tuple[int, int] | None:
    """Return where this very colour was read of a surface that has not changed since, or None."""
    pick = _last
    if pick is None or pick.colour is not colour or pick.recipe() is not recipe or pick.steps != len(recipe.steps):
        return None
    return int(pick.place[0]), int(pick.place[1])


class PickedKey(Step):
    """Sets the colour that a surface has at a place as its colour key."""

    __slots__ = ("_place",)

    def __init__(self, place: tuple[int, int], *flags: Any) -> None:
        super().__init__(PlainSurface.set_colorkey, flags, {})
        self._place = place

    def apply(self, target: Any, resolver: Resolver) -> None:
        """Do it again; a picture that is smaller now has its last row or column there."""
        width, height = PlainSurface.get_size(target)
        if width and height:
            place = min(self._place[0], width - 1), min(self._place[1], height - 1)
            PlainSurface.set_colorkey(target, PlainSurface.get_at(target, place), *self.args)
