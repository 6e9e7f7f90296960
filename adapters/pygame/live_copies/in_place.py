"""Puts new pixels in place of a surface's old ones, so that everybody who holds the surface sees them."""

from __future__ import annotations

from typing import Any

import pygame
from vfsloader.pygame.live_copies.journal import recipe_of, watch_again
from vfsloader.pygame.live_copies.recipes import PartRecipe, cut, duplicate
from vfsloader.pygame.live_copies.surface_types import PlainMask, PlainSurface
from vfsloader.pygame.pointer_swap import swap_masks, swap_surfaces


def show(target: Any, made: Any) -> None:
    """Let a surface or mask become another one, which nobody else holds and which is dropped afterwards.

    Subsurfaces stay subsurfaces: they show their area of the new pixels. One whose area is not inside of them gets
    pixels of its own, until it is again.

    Raises
    ------
    pygame.error
        The surface is locked and would get another size or format, or this pygame is laid out in an unknown way.
    """
    if isinstance(target, PlainMask):
        if not swap_masks(target, made):
            raise pygame.error("masks of this pygame cannot be changed in place")
        return
    recipe = recipe_of(target)
    parts = (
        [] if recipe is None or recipe.parts is None else [part for part in recipe.parts if part.owner() is not None]
    )
    if PlainSurface.get_locked(target) or any(PlainSurface.get_locked(part.owner()) for part in parts):
        if not has_form_of(target, made):
            raise pygame.error("the size or format of a locked surface cannot change; unlock it first")
        _copy_bytes(made, target)
    elif parts and has_form_of(target, made):
        _copy_bytes(made, target)
    elif PlainSurface.get_parent(made) is not None:
        show(target, duplicate(made))
        return
    elif swap_surfaces(target, made):
        # The subsurfaces still show the old pixels, which `made` holds now.
        for part in sorted(parts, key=_depth):
            _cut_again(part.owner(), part)
    else:
        _reinitialise(target, made, parts)
    watch_again(target)


def _depth(part: PartRecipe) -> int:
    depth = 0
    while part.above is not None:
        depth += 1
        assert isinstance(part.above.recipe, PartRecipe)
        part = part.above.recipe
    return depth


def _cut_again(part: pygame.Surface | None, recipe: PartRecipe) -> None:
    """Let a subsurface show its area of its parent's new pixels."""
    if part is None:
        return
    parent = recipe.root if recipe.above is None else recipe.above.recipe.owner()
    view = _part_of(part, recipe, parent)
    if view is None:
        view = PlainSurface.copy(part)  # the new picture has nothing there: keep the old pixels
    clip = PlainSurface.get_clip(part)
    colorkey, alpha = PlainSurface.get_colorkey(part), PlainSurface.get_alpha(part)
    own = {step.function for step in recipe.steps}
    if own & {PlainSurface.set_palette, PlainSurface.set_palette_at}:
        PlainSurface.set_palette(view, PlainSurface.get_palette(part))
    swap_surfaces(part, view)
    PlainSurface.set_clip(part, clip)
    if PlainSurface.set_colorkey in own:
        PlainSurface.set_colorkey(part, colorkey)
    if PlainSurface.set_alpha in own:
        PlainSurface.set_alpha(part, alpha)


def _part_of(part: pygame.Surface, recipe: PartRecipe, parent: pygame.Surface | None) -> pygame.Surface | None:
    """Return a view of the parent, or of the whole if the parent is gone; None if there is nothing to see."""
    area = recipe.area
    if parent is None or not PlainSurface.get_rect(parent).contains(area):
        parent, area = recipe.root, recipe.whole_area
    if not area.colliderect(PlainSurface.get_rect(parent)):
        return None
    return cut(parent, area)


def has_form_of(first: pygame.Surface, second: pygame.Surface) -> bool:
    """Return whether the pixels of two surfaces have the same size and format, and no palette."""
    return (
        PlainSurface.get_size(first) == PlainSurface.get_size(second)
        and PlainSurface.get_bitsize(first) == PlainSurface.get_bitsize(second)
        and PlainSurface.get_masks(first) == PlainSurface.get_masks(second)
        and PlainSurface.get_pitch(first) == PlainSurface.get_pitch(second)
        and PlainSurface.get_flags(first) & pygame.SRCALPHA == PlainSurface.get_flags(second) & pygame.SRCALPHA
        and PlainSurface.get_parent(first) is PlainSurface.get_parent(second) is None
        and PlainSurface.get_bitsize(first) > 8  # subsurfaces have palettes of their own
    )


def _copy_bytes(source: pygame.Surface, target: pygame.Surface) -> None:
    PlainSurface.get_buffer(target).write(PlainSurface.get_buffer(source).raw, 0)
    PlainSurface.set_colorkey(target, PlainSurface.get_colorkey(source))
    PlainSurface.set_alpha(target, PlainSurface.get_alpha(source))


def _reinitialise(target: pygame.Surface, made: pygame.Surface, parts: list[PartRecipe]) -> None:
    """Do it without swapping pointers: it frees the old pixels, so that no subsurface may show them."""
    if parts:
        raise pygame.error("a surface with subsurfaces cannot get another size or format in this pygame")
    depth, masks = PlainSurface.get_bitsize(made), PlainSurface.get_masks(made)
    PlainSurface.__init__(target, PlainSurface.get_size(made), PlainSurface.get_flags(made) & pygame.SRCALPHA,
                          depth, masks)  # fmt: skip
    if depth <= 8:
        PlainSurface.set_palette(target, PlainSurface.get_palette(made))
    _copy_bytes(made, target)
    PlainSurface.set_clip(target, PlainSurface.get_clip(made))
