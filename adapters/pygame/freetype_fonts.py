"""Fonts of `pygame.freetype` that a game loaded itself: when their file changes, they draw with the new letters.

A font is initialised again with the new file. pygame does not free all of the old one then: 5 KB stay, and 60 KB of a
font that is read from memory (measured on pygame-ce 2.5.8). So it is read from a file of the disk.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pygame
import pygame.freetype
from vfsloader.pygame.fonts import FONTS
from vfsloader.pygame.live_copies.letters import set_state, state_of
from vfsloader.pygame.live_copies.rebuild import RebuildingLoader
from vfsloader.pygame.live_copies.texts import Letters, written

from vfsloader.assets.loader import Asset, DecodeAgain, Loader

#: What decides how the file is read; a game cannot change it later.
_OPENING = ("size", "font_index", "resolution", "ucs4")


class FreetypeLoader(RebuildingLoader, Loader[pygame.freetype.Font]):
    """Changes a font and its texts in place."""

    stages: ClassVar[bool] = True

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
        font = _PlainFont(decoded, **options)
        font.get_rect("x")  # it fails before the game's font is changed

        def show() -> None:
            state = state_of(resource)
            _PlainFont.__init__(resource, decoded, **options)
            set_state(resource, state)

        resource._letters.stage(font, show)  # type: ignore[attr-defined]
        return resource

    def anchor(self, resource: pygame.freetype.Font, decode_again: DecodeAgain) -> pygame.freetype.Font:
        """Let the texts of a font follow it; they keep it alive."""
        resource._letters = Letters(resource, state_of, set_state)  # type: ignore[attr-defined]
        return resource


def _write(font: pygame.freetype.Font, *args: Any, **kwargs: Any) -> pygame.Surface:
    return _PlainFont.render(font, *args, **kwargs)[0]


def rendered(
    font: pygame.freetype.Font, original: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[pygame.Surface, pygame.Rect]:
    """Return what ``Font.render`` returns; the text follows the font."""
    text, area = original(*args, **kwargs)
    letters = getattr(font, "_letters", None)
    return text if letters is None else written(letters, font, _write, args, kwargs, text), area


_PlainFont = pygame.freetype.Font
FREETYPE = FreetypeLoader()
