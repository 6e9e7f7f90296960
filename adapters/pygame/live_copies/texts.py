"""Texts that a font of a file wrote: when the font changes, they are written again.

While a change is prepared, the font has the next font beside it. It gets the letters in the frame that shows the texts.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pygame
from vfsloader.pygame.live_copies.journal import as_recorded, set_recipe
from vfsloader.pygame.live_copies.rebuild import REBUILD
from vfsloader.pygame.live_copies.recipes import Made, Recipe, Source, UntraceableError, freeze
from vfsloader.pygame.live_copies.surface_types import PlainSurface

State = dict[str, Any]


class Letters(Source):
    """The letters of a font, of which its texts are made.

    Attributes
    ----------
    next_font
        The font with the new letters, until they are shown.
    get_state, set_state
        Read and set what of a font decides how its texts look.
    """

    __slots__ = ("get_state", "next_font", "set_state")

    def __init__(self, font: Any, get_state: Callable[[Any], State], set_state: Callable[[Any, State], None]) -> None:
        super().__init__(font)
        self.next_font: Any = None
        self.get_state = get_state
        self.set_state = set_state

    def stage(self, font: Any, show: Callable[[], object]) -> None:
        """Prepare the texts in the letters of another font, and call a function when they are shown."""
        self.next_font = font
        REBUILD.stage(self, None)
        REBUILD.when_shown(functools.partial(self._show, font, show))

    def _show(self, font: Any, show: Callable[[], object]) -> None:
        if self.next_font is font:
            self.next_font = None
        show()
        _forget_texts_of_ptext()


def _forget_texts_of_ptext() -> None:
    """Let ptext make its texts again: it keeps them, and looks up where the turned ones are by their old size.

    Games bring the module under many names.
    """
    for module in list(sys.modules.values()):
        names = getattr(module, "__dict__", {})
        kept = names.get("_surf_cache")
        if isinstance(kept, dict) and "_unrotated_size" in names and "_surf_size_total" in names:
            names["_surf_size_total"] = 0
            kept.clear()
            names.get("_fit_cache", {}).clear()


def written(
    letters: Letters,
    font: Any,
    write: Callable[..., pygame.Surface],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    text: pygame.Surface,
) -> pygame.Surface:
    """Let a text that a font has just written follow the font.

    Parameters
    ----------
    letters, font
        The font.
    write
        Writes a text, with a font as its first argument.
    args, kwargs
        What was written, and how.
    text
        The result.

    Returns
    -------
    pygame.Surface
        The text, of a class that can have a recipe.
    """
    made = as_recorded(text) if type(text) is PlainSurface else None
    if made is None:
        return text
    again = functools.partial(_write_again, letters, font, write, letters.get_state(font))
    try:
        origin = Made(again, freeze(args, _no_version, []), freeze(kwargs, _no_version, []))
    except UntraceableError:
        return made  # type: ignore[no-any-return]
    set_recipe(made, Recipe(made, origin, frozenset((letters,)), 1))
    return made  # type: ignore[no-any-return]


def _write_again(
    letters: Letters, font: Any, write: Callable[..., pygame.Surface], state: State, *args: Any, **kwargs: Any
) -> pygame.Surface:
    """Write as the font was when it wrote first."""
    writer = font if letters.next_font is None else letters.next_font
    present = letters.get_state(writer)
    letters.set_state(writer, {name: value for name, value in state.items() if present[name] != value})
    try:
        return write(writer, *args, **kwargs)
    finally:
        letters.set_state(writer, {name: value for name, value in present.items() if state[name] != value})


def _no_version(surface: Any) -> None:
    return None
