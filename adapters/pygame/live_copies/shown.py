"""What pygame shows of a surface without drawing it: the window's icon and the mouse cursor."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import pygame

_icon: weakref.ref[pygame.Surface] | None = None
_set_icon = pygame.display.set_icon  # before it is replaced


def note_icon(surface: pygame.Surface) -> None:
    """Remember the icon that the game has set; pygame keeps it alive."""
    global _icon
    _icon = weakref.ref(surface)


def show_again(changed: Sequence[Any]) -> None:
    """Show the icon and the cursor again, if they are among the surfaces that changed."""
    if not pygame.display.get_init():
        return
    icon = None if _icon is None else _icon()
    if icon is not None and any(surface is icon for surface in changed):
        _set_icon(icon)
    if pygame.display.get_surface() is None:
        return
    cursor = pygame.mouse.get_cursor()
    data: tuple[Any, ...] = cursor.data
    if cursor.type == "color" and any(surface is data[1] for surface in changed):
        pygame.mouse.set_cursor(cursor)
