"""Text that `pygame.freetype` draws onto surfaces that follow a change: it is drawn again onto the new pixels."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from vfsloader.pygame.live_copies.journal import note, recipe_of, touch

from vfsloader.adopting.patched_calls import as_plain

#: What of a font decides how its letters look. A game may change it between two calls.
_STATE = (
    "size", "rotation", "style", "strength", "underline_adjustment", "fgcolor", "bgcolor", "origin", "pad", "ucs4",
    "antialiased", "kerning", "vertical", "use_bitmap_strikes",
)  # fmt: skip
_DRAWING = ("render_to", "render_raw_to")


def recording_font(original: type[Any]) -> type[Any]:
    """Return a class that takes the place of `pygame.freetype.Font`, and notes what it draws on."""

    class Font(original, metaclass=as_plain(original)):  # type: ignore[metaclass, misc]
        __doc__ = original.__doc__

    for name in _DRAWING:
        setattr(Font, name, _drawing(getattr(original, name)))
    return Font


def _drawing(original: Any) -> Any:
    @functools.wraps(original)
    def draw(font: Any, *args: Any, **kwargs: Any) -> Any:
        surface = args[0] if args else kwargs.get("surf")
        if recipe_of(surface) is None:
            return original(font, *args, **kwargs)
        touch(surface)
        result = original(font, *args, **kwargs)
        rest = {name: value for name, value in kwargs.items() if name != "surf"}
        note(surface, functools.partial(_draw_again, original, font, state_of(font)), args[1:], rest)
        return result

    return draw


def _draw_again(original: Any, font: Any, state: Mapping[str, Any], surface: Any, *args: Any, **kwargs: Any) -> None:
    """Draw as the font was when it drew first."""
    present = state_of(font)
    set_state(font, {name: value for name, value in state.items() if present.get(name) != value})
    try:
        original(font, surface, *args, **kwargs)
    finally:
        set_state(font, {name: value for name, value in present.items() if state.get(name) != value})


def state_of(font: Any) -> dict[str, Any]:
    """Return what of a font decides how its letters look."""
    state = {}
    for name in _STATE:
        value = getattr(font, name, None)
        state[name] = tuple(value) if name.endswith("color") and value is not None else value
    return state


def set_state(font: Any, state: Mapping[str, Any]) -> None:
    """Set what :func:`state_of` returned."""
    for name, value in state.items():
        if value is not None:
            setattr(font, name, value)
