"""The methods of `RecordedSurface`: pygame's own, which note what they do.

They are set on the class by :func:`add_methods`. Where a surface has no recipe, they only pass the call on: a plain
surface of pygame's may come here too, as ``pygame.Surface.blit(screen, picture)`` does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pygame
from vfsloader.pygame.live_copies import recipe_refs
from vfsloader.pygame.live_copies.journal import (
    as_recorded,
    follow,
    forget,
    note,
    pin_parts,
    recipe_of,
    set_recipe,
    touch,
    version_of,
    watch,
)
from vfsloader.pygame.live_copies.picked_keys import note_pick
from vfsloader.pygame.live_copies.recipes import Blank, PartRecipe, Recipe
from vfsloader.pygame.live_copies.surface_types import PlainSurface, RecordedSurface, Tracked

_CHANGING = ("blit", "scroll", "set_at", "premul_alpha_ip")
_SETTING = ("set_clip", "set_palette", "set_palette_at")
_INHERITED = ("set_colorkey", "set_alpha")
_COPYING = ("copy", "convert_alpha", "premul_alpha")
_DIRECT_ACCESS = {"get_view": "a view", "get_buffer": "a buffer"}
_UNKNOWN = ("set_masks", "set_shifts")


def add_methods() -> None:
    """Set the methods on the class."""
    for name in _CHANGING:
        _replace(name, _changing)
    for name in _SETTING:
        _replace(name, _setting)
    for name in _INHERITED:
        _replace(name, _inherited)
    for name in _COPYING:
        _replace(name, _copying)
    for name, how in _DIRECT_ACCESS.items():
        _replace(name, functools.partial(_opening, how))
    for name in _UNKNOWN:
        _replace(name, _losing)
    methods: dict[str, Callable[..., Any]] = {
        "__init__": _init,
        "__copy__": _copy,
        "__deepcopy__": _copy,
        "blits": _blits,
        "convert": _convert,
        "fblits": _fblits,
        "fill": _fill,
        "get_at": _get_at,
        "subsurface": _subsurface,
    }
    for name, method in methods.items():
        setattr(RecordedSurface, name, functools.wraps(getattr(PlainSurface, name))(method))


def _replace(name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    original = getattr(PlainSurface, name)
    setattr(RecordedSurface, name, functools.wraps(original)(make(original)))


def _changing(original: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: pygame.Surface, *args: Any, **kwargs: Any) -> Any:
        recipe = recipe_of(self)
        if recipe is None:
            return original(self, *args, **kwargs)
        touch(self, (*args, *kwargs.values()))
        result = original(self, *args, **kwargs)
        note(self, original, args, kwargs)
        return result

    return method


def _setting(original: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: pygame.Surface, *args: Any, **kwargs: Any) -> Any:
        touch(self)
        result = original(self, *args, **kwargs)
        note(self, original, args, kwargs)
        return result

    return method


def _inherited(original: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: pygame.Surface, *args: Any, **kwargs: Any) -> Any:
        if recipe_of(self) is None:
            return original(self, *args, **kwargs)
        touch(self)
        pin_parts(self, original)
        result = original(self, *args, **kwargs)
        note(self, original, args, kwargs)
        return result

    return method


def _copying(original: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: pygame.Surface, *args: Any, **kwargs: Any) -> Any:
        return follow(original(self, *args, **kwargs), original, (self, *args), kwargs)

    return method


def _opening(how: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: pygame.Surface, *args: Any, **kwargs: Any) -> Any:
        watch(self, how)
        return original(self, *args, **kwargs)

    return method


def _losing(original: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: pygame.Surface, *args: Any, **kwargs: Any) -> Any:
        forget(self, f"the game called {original.__name__}()")
        return original(self, *args, **kwargs)

    return method


def _init(self: Tracked, *args: Any, **kwargs: Any) -> None:
    PlainSurface.__init__(self, *args, **kwargs)
    set_recipe(self, Recipe(self, Blank(self)))


def _copy(self: pygame.Surface, *memo: Any) -> Any:
    return follow(PlainSurface.copy(self), PlainSurface.copy, (self,), {})


def _convert(self: pygame.Surface, *args: Any, **kwargs: Any) -> Any:
    result = PlainSurface.convert(self, *args, **kwargs)
    recipe = recipe_of(self)
    if recipe is not None and recipe.opaque_above is not None and not args and not kwargs:
        return follow(result, convert_if_opaque, (self, recipe.opaque_above), {})
    return follow(result, PlainSurface.convert, (self, *args), kwargs)


def convert_if_opaque(surface: pygame.Surface, threshold: int) -> pygame.Surface:
    """Convert as a game does that looks first whether there is a transparent pixel, as pytmx does."""
    if is_opaque(surface, threshold):
        return PlainSurface.convert(surface)
    return PlainSurface.convert_alpha(surface)


def is_opaque(surface: pygame.Surface, threshold: int) -> bool:
    """Return whether a mask with this threshold has all pixels."""
    width, height = PlainSurface.get_size(surface)
    return pygame.mask.Mask.count(_plain_mask(surface, threshold)) == width * height


_plain_mask = pygame.mask.from_surface  # before it is replaced


def _subsurface(self: pygame.Surface, *args: Any, **kwargs: Any) -> Any:
    part = PlainSurface.subsurface(self, *args, **kwargs)
    recipe = recipe_of(self)
    if recipe is None or as_recorded(part) is None:
        return part
    above = version_of(self)
    if above is None:
        return part
    root: Any = self if recipe.root is None else recipe.root
    part_recipe = PartRecipe(part, root, None if recipe.root is None else above)
    set_recipe(part, part_recipe)
    whole = recipe_of(root)
    assert whole is not None
    if whole.parts is None:
        whole.parts = {}
    recipe_refs.add(whole.parts, part_recipe)
    return part


def _fill(self: pygame.Surface, color: Any, rect: Any = None, special_flags: int = 0) -> pygame.Rect:
    if recipe_of(self) is None:
        return PlainSurface.fill(self, color, rect, special_flags)
    touch(self, ())
    filled = PlainSurface.fill(self, color, rect, special_flags)
    covers = rect is None and not special_flags and PlainSurface.get_clip(self).size == PlainSurface.get_size(self)
    note(self, PlainSurface.fill, (color, rect, special_flags), {}, covers=covers)
    return filled


def _get_at(self: pygame.Surface, x_y: Any, /) -> pygame.Color:
    colour = PlainSurface.get_at(self, x_y)
    recipe = recipe_of(self)
    if recipe is not None:
        note_pick(colour, recipe, x_y)
    return colour


def _blits(self: pygame.Surface, blit_sequence: Any = (), doreturn: Any = 1) -> Any:
    if recipe_of(self) is None:
        return PlainSurface.blits(self, blit_sequence, doreturn)
    touch(self)
    blit_sequence = list(blit_sequence)  # it may be a generator
    result = PlainSurface.blits(self, blit_sequence, doreturn)
    note(self, PlainSurface.blits, ([tuple(blit) for blit in blit_sequence], False), {})
    return result


def _fblits(self: pygame.Surface, blit_sequence: Any, special_flags: int = 0, /) -> None:
    if recipe_of(self) is None:
        PlainSurface.fblits(self, blit_sequence, special_flags)
        return
    touch(self)
    blit_sequence = list(blit_sequence)
    PlainSurface.fblits(self, blit_sequence, special_flags)
    note(self, PlainSurface.fblits, ([tuple(blit) for blit in blit_sequence], special_flags), {})
