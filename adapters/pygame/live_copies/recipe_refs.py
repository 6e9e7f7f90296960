"""Recipes that are held weakly. There are several of these for each surface, so that they take little memory."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vfsloader.pygame.live_copies.recipes import Recipe

    #: The references are the keys of a dictionary. One whose recipe is no longer in use removes itself. No lock is
    #: needed: each change of the dictionary is one call into C.
    RecipeRefs = dict[weakref.ref[Recipe], None]


def add(refs: RecipeRefs, recipe: Recipe) -> None:
    """Add a recipe."""
    refs[weakref.ref(recipe, refs.pop)] = None


def discard(refs: RecipeRefs, recipe: Recipe) -> None:
    """Drop a recipe if it is there."""
    refs.pop(weakref.ref(recipe), None)


def recipes_in(refs: RecipeRefs | None) -> list[Recipe]:
    """Return those that are in use, in the order in which they were added."""
    return [recipe for ref in list(refs or ()) if (recipe := ref()) is not None]
