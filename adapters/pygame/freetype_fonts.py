"""Fonts of `pygame.freetype` that a game loaded itself: when their file changes, they draw with the new letters.

A font is initialised again with the new file. pygame does not free all of the old one then: 5 KB stay, and 60 KB of a
font that is read from memory (measured on pygame-ce 2.5.8). So it is read from a file of the disk.
"""

from __future__ import annotations

from typing import Any

import pygame
import pygame.freetype
from vfsloader.pygame.fonts import FONTS
from vfsloader.pygame.live_copies.letters import set_state, state_of

from vfsloader.assets.loader import Asset, Loader

#: What decides how the file is read; a game cannot change it later.
_OPENING = ("size", "font_index", "resolution", "ucs4")


class FreetypeLoader(Loader[pygame.freetype.Font]):
    """Changes a font in place. Text that was rendered before stays as it was."""

    @staticmethod
    def options_of(args: tuple[Any, ...], options: dict[str, Any]) -> dict[str, Any]:
        """Return, by name, what a game passed to ``Font`` besides the file.

        Examples
        --------
        >>> FreetypeLoader.options_of(("f.ttf", 20), {"ucs4": True})
        {'size': 20, 'ucs4': True}
        """
        named = dict(zip(_OPENING, args[1:], strict=False))
        return named | {name: value for name, value in options.items() if name in _OPENING}

    def decode(self, asset: Asset, **options: Any) -> str:
        """Return the real file."""
        if not asset.is_trusted:
            FONTS.decode(asset)
        return asset.real_path()

    def build(self, decoded: str, **options: Any) -> pygame.freetype.Font:
        """Open the font."""
        return pygame.freetype.Font(decoded, **options)

    def replace(self, resource: pygame.freetype.Font, decoded: str, **options: Any) -> pygame.freetype.Font:
        """Let the font draw with the new letters, in the style that the game has set."""
        state = state_of(resource)
        pygame.freetype.Font(decoded, **options).get_rect("x")  # it fails before the game's font is changed
        _PlainFont.__init__(resource, decoded, **options)
        set_state(resource, state)
        return resource


_PlainFont = pygame.freetype.Font
FREETYPE = FreetypeLoader()
