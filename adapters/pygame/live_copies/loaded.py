"""Surfaces that were loaded from files: their first picture, and what they show when the file changes."""

from __future__ import annotations

import weakref
from typing import Any, TypeVar

import pygame
from vfsloader.pygame.live_copies.in_place import has_form_of, show
from vfsloader.pygame.live_copies.journal import PROPERTIES, recipe_of, set_recipe
from vfsloader.pygame.live_copies.rebuild import REBUILD
from vfsloader.pygame.live_copies.recipes import Recipe, Source, duplicate
from vfsloader.pygame.live_copies.surface_types import PlainSurface, RecordedSurface
from vfsloader.pygame.pointer_swap import swap_surfaces

Loaded = TypeVar("Loaded", bound=RecordedSurface)


def loaded_surface(kind: type[Loaded], picture: pygame.Surface) -> Loaded:
    """Return a new surface that shows a picture of a file, which nobody else holds and which is dropped afterwards."""
    # Games load hundreds of pictures at their start, so that this makes few calls.
    surface: Loaded = PlainSurface.__new__(kind)
    is_shown = swap_surfaces(surface, picture)
    if not is_shown:
        PlainSurface.__init__(surface, (1, 1))
    source = Source(surface)
    surface._recipe = recipe = Recipe(surface, source, frozenset((source,)))
    refs = source.followers  # as `recipe_refs.add` does
    refs[weakref.ref(recipe, refs.pop)] = None
    if is_shown:
        source.is_new = False
    else:
        show_or_stage(source, picture)
    return surface


def await_picture(surface: RecordedSurface) -> Source:
    """Let a new surface show a picture that it gets later."""
    source = Source(surface)
    set_recipe(surface, Recipe(surface, source, frozenset((source,))))
    return source


def source_of(surface: Any) -> Source | None:
    """Return the file that a surface shows; None if it shows none, or if it is not known any more."""
    recipe = recipe_of(surface)
    return recipe.origin if recipe is not None and isinstance(recipe.origin, Source) else None


def show_or_stage(source: Source, picture: pygame.Surface) -> None:
    """Show the first picture at once, and stage a later one, which is shown together with everything made of it.

    Parameters
    ----------
    source
        What the picture belongs to.
    picture
        A picture that nobody else holds. It may be another one afterwards, and should be dropped.

    Raises
    ------
    pygame.error
        The surface is locked, and the picture has another size or format.
    """
    surface = source.surface()
    if surface is not None and PlainSurface.get_locked(surface) and not has_form_of(surface, picture):
        raise pygame.error("the size or format of a locked surface cannot change; unlock it first")
    recipe = None if surface is None else recipe_of(surface)
    if surface is not None and source.is_new and recipe is not None and not recipe.steps:
        show(surface, picture)
    else:
        REBUILD.stage(source, picture)
    source.is_new = False


def show_now(surface: RecordedSurface, picture: pygame.Surface) -> None:
    """Let a surface show a picture at once, and everything made of it, too.

    What was drawn on the surface is gone afterwards. What was set on it, such as its alpha, stays.
    """
    source = source_of(surface) or await_picture(surface)
    recipe = recipe_of(surface)
    if recipe is not None and any(step.function not in PROPERTIES for step in recipe.steps):
        fresh = Recipe(surface, source, frozenset((source,)))
        fresh.steps = [step for step in recipe.steps if step.function in PROPERTIES]
        set_recipe(surface, fresh)
    show_or_stage(source, picture)
    REBUILD.finish()


def converted(picture: pygame.Surface) -> pygame.Surface:
    """Return a copy of a picture in the display's format, which blits fastest; transparency is kept."""
    if pygame.display.get_surface() is None:
        return duplicate(picture)
    if picture.get_masks()[3] or picture.get_colorkey() is not None:
        return PlainSurface.convert_alpha(picture)
    return PlainSurface.convert(picture)
