"""The text of the clipboard, for text fields."""

from __future__ import annotations

import contextlib

import pygame


def clipboard_text() -> str:
    """Return the first line of the clipboard's text; empty if there is none."""
    with contextlib.suppress(pygame.error, AttributeError, NotImplementedError):  # there is no window
        text = pygame.scrap.get_text()
        return next(("".join(char for char in line if char.isprintable()).strip() for line in text.splitlines()), "")
    return ""
