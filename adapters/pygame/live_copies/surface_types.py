"""The classes of surfaces and masks that know how they came to be. pygame's own classes are their base.

While live copies are installed, `RecordedSurface` takes the place of ``pygame.Surface``. To a game it looks like that
class: it has the same name and no attribute that a game would find, and what pygame makes itself, such as the display's
surface, counts as an instance of it.
"""

from __future__ import annotations

from abc import ABCMeta
from typing import TYPE_CHECKING, Any

import pygame

if TYPE_CHECKING:
    from vfsloader.pygame.live_copies.recipes import Recipe

#: pygame's own, also while others take their place.
PlainSurface = pygame.Surface
PlainMask = pygame.mask.Mask
plain_frombuffer = pygame.image.frombuffer


class _SurfaceMeta(ABCMeta):
    """Lets plain surfaces count as instances of the class that takes their place.

    It is an ``ABCMeta`` so that a game may combine the class with abstract base classes.
    """

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, PlainSurface) if cls is RecordedSurface else type.__instancecheck__(cls, instance)

    def __subclasscheck__(cls, subclass: Any) -> bool:
        if cls is RecordedSurface:
            return issubclass(subclass, PlainSurface)
        return type.__subclasscheck__(cls, subclass)


class Tracked(PlainSurface, metaclass=_SurfaceMeta):
    """A surface that may have a recipe. The slot is unset in surfaces that pygame itself made of such a class."""

    __slots__ = ("_recipe",)
    _recipe: Recipe | None


class QuietSurface(Tracked):
    """A surface whose history is no longer recorded. It is as fast as a plain one."""

    __slots__ = ()


class RecordedSurface(Tracked):
    """A surface whose changes are recorded; `surface_methods` has the methods."""

    __slots__ = ()


class RecordedMask(PlainMask):
    """A mask whose changes are recorded; `masks` has the methods."""

    __slots__ = ("__weakref__", "_recipe")
    _recipe: Recipe | None


for _class in (QuietSurface, RecordedSurface):
    _class.__name__ = _class.__qualname__ = PlainSurface.__name__
    _class.__module__ = PlainSurface.__module__
    _class.__doc__ = PlainSurface.__doc__
RecordedMask.__name__ = RecordedMask.__qualname__ = PlainMask.__name__
RecordedMask.__module__ = PlainMask.__module__
RecordedMask.__doc__ = PlainMask.__doc__
