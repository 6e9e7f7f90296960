"""Fonts by their virtual path."""

from __future__ import annotations

from typing import Any, ClassVar

import pygame
from vfsloader.pygame import pointer_swap
from vfsloader.pygame.byte_files import read_bytes
from vfsloader.pygame.live_copies.rebuild import RebuildingLoader
from vfsloader.pygame.live_copies.texts import Letters, written

from vfsloader import paths
from vfsloader.assets.loader import Asset, DecodeAgain, Loader, register_loader
from vfsloader.errors import NotInitializedError, ResourceError
from vfsloader.game.current import current

#: What of a font decides how its texts look. A game may change it between two of them.
_STYLE = tuple(
    name for name in ("bold", "italic", "underline", "strikethrough", "align", "outline", "point_size")
    if hasattr(pygame.font.Font, name)
)  # fmt: skip
_PlainFont = pygame.font.Font  # `adopt` replaces it


def _style_of(font: pygame.font.Font) -> dict[str, Any]:
    return {name: getattr(font, name) for name in _STYLE}


def _set_style(font: pygame.font.Font, style: dict[str, Any]) -> None:
    for name, value in style.items():
        setattr(font, name, value)


class LiveFont(pygame.font.Font):
    """A ``pygame.font.Font`` that can write with another font's letters.

    A text that it has rendered is written again when its file changes.
    """

    _letters: Letters | None = None

    def render(self, *args: Any, **kwargs: Any) -> pygame.Surface:
        """Write a text, as ``pygame.font.Font.render`` does."""
        text = super().render(*args, **kwargs)
        letters = self._letters
        return text if letters is None else written(letters, self, _PlainFont.render, args, kwargs, text)

    def steal_from(self, font: pygame.font.Font) -> bool:
        """Write with the letters of `font` from now on; `font` gets the old ones and should be dropped.

        Bold, italic, underline and strikethrough stay as the game set them.

        Returns
        -------
        bool
            Whether that was possible; see `pointer_swap`.
        """
        style = self.bold, self.italic, self.underline, self.strikethrough
        if not pointer_swap.swap_fonts(self, font):
            return False
        self.bold, self.italic, self.underline, self.strikethrough = style
        return True


class FontLoader(RebuildingLoader, Loader[LiveFont]):
    """Opens every kind of font that pygame reads, and changes a live font and its texts in place."""

    stages: ClassVar[bool] = True

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
        if resource._letters is None or not pointer_swap.can_swap_fonts():
            return resource if resource.steal_from(font) else font
        resource._letters.stage(font, lambda: resource.steal_from(font))
        return resource

    def anchor(self, resource: LiveFont, decode_again: DecodeAgain) -> LiveFont:
        """Let the texts of a font follow it; they keep it alive."""
        resource._letters = Letters(resource, _style_of, _set_style)
        return resource


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
        A ``pygame.font.Font``; the same object for each call with this path and size. It is changed in place, and so
        are the texts that it has rendered.

    Raises
    ------
    NotInitializedError
        ``vfsloader.init`` or ``pygame.font.init`` has not been called.
    PathNotFoundError, ResourceError
        No layer has the path, or its bytes are not a font.
    """
    return current().load(path, FONTS, size=size)
