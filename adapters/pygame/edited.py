"""Pictures with the edits that mods make to them, as Surfaces."""

from __future__ import annotations

import pygame
from vfsloader.pygame.decoding import load_picture
from vfsloader.pygame.pixels import DISPLAY_MASKS

from vfsloader.assets.edits.apply import edited, has_edits
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.loader import Asset
from vfsloader.assets.unreadable import unreadable
from vfsloader.errors import VFSError

# pygame's own functions: `adopt` replaces others of the module for the game.
_tobytes, _frombytes = pygame.image.tobytes, pygame.image.frombytes


def with_edits(asset: Asset, picture: pygame.Surface) -> pygame.Surface:
    """Return a decoded picture with its edits: the very same Surface if there are none."""
    if not has_edits(asset):
        return picture
    is_transparent = bool(picture.get_masks()[3]) or picture.get_colorkey() is not None
    result = edited(asset, to_picture(picture), _load)
    pixels, size = bytes(result.pixels), (result.width, result.height)
    if is_transparent or pixels[3::4].count(255) < result.width * result.height:
        return _frombytes(pixels, size, "RGBA")
    return _opaque(pixels, size)


def to_picture(surface: pygame.Surface) -> Picture:
    """Return the pixels of a Surface."""
    # `tobytes` alone may find other pixels transparent, where there is a palette.
    pattern = pygame.Surface((1, 1), pygame.SRCALPHA, 32, (*DISPLAY_MASKS[:3], 0xFF000000))
    return Picture(*surface.get_size(), _tobytes(surface.convert(pattern), "RGBA"))


def _opaque(pixels: bytes, size: tuple[int, int]) -> pygame.Surface:
    rgb = bytearray(size[0] * size[1] * 3)
    for channel in range(3):
        rgb[channel::3] = pixels[channel::4]
    return _frombytes(bytes(rgb), size, "RGB")


def _load(asset: Asset) -> Picture:
    try:
        return to_picture(load_picture(asset))
    except VFSError:
        raise
    except Exception as error:  # the libraries that decode raise errors of many types
        raise unreadable(asset, "a picture", "pygame", error) from error
