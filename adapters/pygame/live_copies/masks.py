"""The methods of `RecordedMask`: masks that were made of a picture follow it, too."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from vfsloader.pygame.live_copies.journal import follow, note, recipe_of, touch
from vfsloader.pygame.live_copies.surface_types import PlainMask, RecordedMask

_CHANGING = ("clear", "draw", "erase", "fill", "invert", "set_at")
#: `copy` calls ``__copy__``.
_MAKING = ("__copy__", "scale", "connected_component", "convolve", "overlap_mask")


def add_methods() -> None:
    """Set the methods on the class."""
    for names, make in ((_CHANGING, _changing), (_MAKING, _making)):
        for name in names:
            original = getattr(PlainMask, name)
            setattr(RecordedMask, name, functools.wraps(original)(make(original)))
    original = PlainMask.to_surface
    setattr(RecordedMask, "to_surface", functools.wraps(original)(_to_surface))  # noqa: B010 # mypy refuses methods


def _changing(original: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: RecordedMask, *args: Any, **kwargs: Any) -> Any:
        result = original(self, *args, **kwargs)
        note(self, original, args, kwargs)
        return result

    return method


def _making(original: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: RecordedMask, *args: Any, **kwargs: Any) -> Any:
        return follow(original(self, *args, **kwargs), original, (self, *args), kwargs)

    return method


def _to_surface(self: RecordedMask, surface: Any = None, *args: Any, **kwargs: Any) -> Any:
    if surface is None:
        return follow(PlainMask.to_surface(self, None, *args, **kwargs), PlainMask.to_surface,
                      (self, None, *args), kwargs)  # fmt: skip
    touch(surface)
    result = PlainMask.to_surface(self, surface, *args, **kwargs)
    if recipe_of(surface) is not None:
        note(surface, _draw_mask, (self, *args), kwargs)
    return result


def _draw_mask(surface: Any, mask: Any, *args: Any, **kwargs: Any) -> None:
    PlainMask.to_surface(mask, surface, *args, **kwargs)
