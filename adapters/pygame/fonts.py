"""Fonts by their virtual path."""

from __future__ import annotations

from typing import Any

import pygame
from vfsloader.pygame.exchange import exchange_fonts

from vfsloader import paths
from vfsloader.assets.loader import Asset, Loader, register_loader
from vfsloader.errors import NotInitializedError, ResourceError
from vfsloader.game.current import current


class LiveFont(pygame.font.Font):
    """A ``pygame.font.Font`` that can take over another one's letters."""

    def become(self, font: pygame.font.Font) -> bool:
        """Write like `font` from now on; bold, italic, underline and strikethrough stay as the game set them."""
        style = self.bold, self.italic, self.underline, self.strikethrough
        if not exchange_fonts(self, font):
            return False
        self.bold, self.italic, self.underline, self.strikethrough = style
        return True


class FontLoader(Loader[LiveFont]):
    """Opens fonts of every kind that pygame reads, and changes a living one in place: whoever holds it sees it.

    Text that was rendered before stays as it was: it is a picture of its own.
    """

    def decode(self, asset: Asset, **options: Any) -> Asset:
        """Keep the bytes: a font is opened for each size anew."""
        if asset.data[:4] not in (b"\0\1\0\0", b"true", b"OTTO", b"ttcf", b"wOFF") and asset.data[:2] != b"%!":
            raise ResourceError.at(asset.path, f"{asset.path} in {asset.layer} is no font: it starts otherwise")
        return asset

    def build(self, decoded: Asset, *, size: int = 20, **options: Any) -> LiveFont:
        """Open the font."""
        if not pygame.font.get_init():
            raise NotInitializedError("no font can be loaded before pygame.font.init()")
        try:
            font = LiveFont(decoded.open(), size)
            font.size("x")  # pygame opens half a font without a word, and fails when it is used
            return font
        except (pygame.error, MemoryError) as error:
            sentence = f"{decoded.path} in {decoded.layer} is no font that pygame can read: {error}"
            raise ResourceError.at(decoded.path, sentence) from error

    def replace(self, resource: LiveFont, decoded: Asset, **options: Any) -> LiveFont:
        """Let the living font write with the new letters."""
        new = self.build(decoded, **options)
        return resource if resource.become(new) else new


FONTS = FontLoader()
register_loader(FONTS)


def load_font(path: paths.PathLike, size: int = 20) -> LiveFont:
    """Load a font from the winning layer.

    Parameters
    ----------
    path
        The font: TrueType, OpenType or whatever else ``pygame.font.Font`` reads.
    size
        Its height in pixels.

    Returns
    -------
    LiveFont
        A ``pygame.font.Font``; the same one for each call with this path and size. It is changed in place;
        what was rendered with it before is not.

    Raises
    ------
    NotInitializedError
        ``vfsloader.init`` or ``pygame.font.init`` was not called yet.
    PathNotFoundError, ResourceError
        No layer has the path, or its bytes are no font.
    """
    return current().load(path, FONTS, size=size)
