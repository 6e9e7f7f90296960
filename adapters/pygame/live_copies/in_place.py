"""Puts new pixels in place of a surface's old ones, so that everybody who holds the surface sees them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pygame
from vfsloader.pygame.live_copies.journal import watch_again
from vfsloader.pygame.live_copies.recipes import Look, PartRecipe, cut, duplicate, set_alpha_of
from vfsloader.pygame.live_copies.surface_types import PlainMask, PlainSurface
from vfsloader.pygame.pointer_swap import swap_masks, swap_surfaces

#: Of a surface without subsurfaces in use.
NO_LOOKS: Mapping[PartRecipe, Look | None] = MappingProxyType({})


def show(target: Any, made: Any, looks: Mapping[PartRecipe, Look | None] = NO_LOOKS) -> None:
    """Let a surface or mask become another one, which nobody else holds and which is dropped afterwards.

    Subsurfaces stay subsurfaces: they show their area of the new pixels. One whose area is not inside of them gets
    pixels of its own, until it is again.

    Parameters
    ----------
    target, made
        Two surfaces or two masks.
    looks
        The subsurfaces of the target, and what is set on them from now on; None if that stays.

    Raises
    ------
    pygame.error
        The surface is locked and would get another size or format, or this pygame is laid out in an unknown way.
    """
    if isinstance(target, PlainMask):
        if not swap_masks(target, made):
            raise pygame.error("masks of this pygame cannot be changed in place")
        return
    if PlainSurface.get_parent(made) is not None:
        made = duplicate(made)
    if not looks and not PlainSurface.get_locked(target) and swap_surfaces(target, made):
        watch_again(target)
        return
    parts = {part: owner for part in sorted(looks, key=_depth) if (owner := part.owner()) is not None}
    if PlainSurface.get_locked(target) or any(PlainSurface.get_locked(owner) for owner in parts.values()):
        if not has_form_of(target, made):
            raise pygame.error("the size or format of a locked surface cannot change; unlock it first")
        _copy_bytes(made, target)
    elif parts and has_form_of(target, made):
        _copy_bytes(made, target)
        for part, owner in parts.items():
            if PlainSurface.get_parent(owner) is None:
                _cut_again(owner, part)
    elif swap_surfaces(target, made):
        # The subsurfaces still show the old pixels, which `made` holds now.
        for part, owner in parts.items():
            _cut_again(owner, part)
    else:
        _reinitialise(target, made, has_parts=bool(parts))
    for part, owner in parts.items():
        look = looks[part]
        if look is not None:
            look.put_on(owner)
    watch_again(target)


def _depth(part: PartRecipe) -> int:
    depth = 0
    while part.above is not None:
        depth += 1
        assert isinstance(part.above.recipe, PartRecipe)
        part = part.above.recipe
    return depth


def _cut_again(part: pygame.Surface, recipe: PartRecipe) -> None:
    """Let a subsurface show its area of its parent's new pixels, or of the whole if the parent is gone."""
    parent = recipe.root if recipe.above is None else recipe.above.recipe.owner()
    area = recipe.area
    if parent is None or not PlainSurface.get_rect(parent).contains(area):
        parent, area = recipe.root, recipe.whole_area
    if area.colliderect(PlainSurface.get_rect(parent)):
        swap_surfaces(part, cut(parent, area))
    elif PlainSurface.get_parent(part) is not None:  # the new picture has nothing there: keep the old pixels
        swap_surfaces(part, duplicate(part))


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
    set_alpha_of(target, PlainSurface.get_alpha(source))


def _reinitialise(target: pygame.Surface, made: pygame.Surface, *, has_parts: bool) -> None:
    """Do it without swapping pointers: it frees the old pixels, so that no subsurface may show them."""
    if has_parts:
        raise pygame.error("a surface with subsurfaces cannot get another size or format in this pygame")
    depth, masks = PlainSurface.get_bitsize(made), PlainSurface.get_masks(made)
    PlainSurface.__init__(target, PlainSurface.get_size(made), PlainSurface.get_flags(made) & pygame.SRCALPHA,
                          depth, masks)  # fmt: skip
    if depth <= 8:
        PlainSurface.set_palette(target, PlainSurface.get_palette(made))
    _copy_bytes(made, target)
    PlainSurface.set_clip(target, PlainSurface.get_clip(made))
