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
_tobytes, _frombytes, _frombuffer = pygame.image.tobytes, pygame.image.frombytes, pygame.image.frombuffer


def load_edited(asset: Asset) -> pygame.Surface:
    """Decode a picture, and apply its edits."""
    return _to_surface(edited(asset, load_unedited)) if has_edits(asset) else load_picture(asset)


def with_edits(asset: Asset, picture: pygame.Surface) -> pygame.Surface:
    """Return a decoded picture with its edits: the same Surface if there are none."""
    return _to_surface(edited(asset, load_unedited, _to_picture(picture))) if has_edits(asset) else picture


def _to_picture(surface: pygame.Surface) -> Picture:
    has_alpha = bool(surface.get_masks()[3]) or surface.get_colorkey() is not None
    # `tobytes` alone may find other pixels transparent, where there is a palette.
    pattern = pygame.Surface((1, 1), pygame.SRCALPHA, 32, (*DISPLAY_MASKS[:3], 0xFF000000))
    pixels = _tobytes(surface.convert(pattern), "RGBA")
    return Picture(*surface.get_size(), pixels, has_alpha=has_alpha)


def _to_surface(picture: Picture) -> pygame.Surface:
    size = picture.width, picture.height
    if picture.has_alpha or picture.pixels[3::4].count(255) < picture.width * picture.height:
        return _frombuffer(picture.pixels, size, "RGBA")
    return _opaque(bytes(picture.pixels), size)


def _opaque(pixels: bytes, size: tuple[int, int]) -> pygame.Surface:
    rgb = bytearray(size[0] * size[1] * 3)
    for channel in range(3):
        rgb[channel::3] = pixels[channel::4]
    return _frombytes(bytes(rgb), size, "RGB")


def load_unedited(asset: Asset) -> Picture:
    """Decode a picture without its edits."""
    try:
        return _to_picture(load_picture(asset))
    except VFSError:
        raise
    except Exception as error:  # the libraries that decode raise errors of many types
        raise unreadable(asset, "a picture", "pygame", error) from error
