"""Fonts by their virtual path."""

from __future__ import annotations

from typing import Any

import pygame
from vfsloader.pygame.byte_files import read_bytes
from vfsloader.pygame.pointer_swap import swap_fonts

from vfsloader import paths
from vfsloader.assets.loader import Asset, Loader, register_loader
from vfsloader.errors import NotInitializedError, ResourceError
from vfsloader.game.current import current


class LiveFont(pygame.font.Font):
    """A ``pygame.font.Font`` that can write with another font's letters."""

    def steal_from(self, font: pygame.font.Font) -> bool:
        """Write with the letters of `font` from now on; `font` gets the old ones and should be dropped.

        Bold, italic, underline and strikethrough stay as the game set them.

        Returns
        -------
        bool
            Whether that was possible; see `pointer_swap`.
        """
        style = self.bold, self.italic, self.underline, self.strikethrough
        if not swap_fonts(self, font):
            return False
        self.bold, self.italic, self.underline, self.strikethrough = style
        return True


class FontLoader(Loader[LiveFont]):
    """Opens every kind of font that pygame reads, and changes a live font in place.

    Text that was rendered before stays as it was: it is a picture of its own.
    """

    def decode(self, asset: Asset, **options: Any) -> Asset:
        """Keep the bytes: each size opens the font again."""
        if asset.data[:4] not in (b"\0\1\0\0", b"true", b"OTTO", b"ttcf", b"wOFF") and asset.data[:2] != b"%!":
            sentence = f"{asset.path} in {asset.layer} is not a font: its first bytes are not those of any font format"
            raise ResourceError.at(asset.path, sentence)
        return asset

    def build(self, decoded: Asset, *, size: int = 20, **options: Any) -> LiveFont:
        """Open the font."""
        from vfsloader.assets.unreadable import unreadable

        if not pygame.font.get_init():
            raise NotInitializedError("fonts can be loaded only after pygame.font.init()")
        try:
            font = read_bytes(LiveFont, decoded.data, size)
            font.size("x")  # pygame opens half a font without an error, and fails when it is used
            return font
        except (pygame.error, MemoryError) as error:
            raise unreadable(decoded, "a font", "pygame", error) from error

    def replace(self, resource: LiveFont, decoded: Asset, **options: Any) -> LiveFont:
        """Let the live font write with the new letters; return a new font if that is not possible."""
        font = self.build(decoded, **options)
        return resource if resource.steal_from(font) else font


FONTS = FontLoader()
register_loader(FONTS)


def load_font(path: paths.PathLike, size: int = 20) -> LiveFont:
    """Load a font from the winning layer.

    Parameters
    ----------
    path
        The font: TrueType, OpenType or another format that ``pygame.font.Font`` reads.
    size
        The height in pixels.

    Returns
    -------
    LiveFont
        A ``pygame.font.Font``; the same object for each call with this path and size. It is changed in place. Text that
        was rendered before stays as it is.

    Raises
    ------
    NotInitializedError
        ``vfsloader.init`` or ``pygame.font.init`` has not been called.
    PathNotFoundError, ResourceError
        No layer has the path, or its bytes are not a font.
    """
    return current().load(path, FONTS, size=size)
