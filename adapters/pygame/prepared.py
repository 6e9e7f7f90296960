"""The pixels of pictures that packs keep beside them, and how pictures are made of these."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import pygame
from vfsloader.pygame.decoding import load_picture
from vfsloader.pygame.live_copies.surface_types import PlainSurface
from vfsloader.pygame.pixels import DISPLAY_MASKS, for_display

from vfsloader.assets.loader import Asset
from vfsloader.assets.picture_size import check_pixels
from vfsloader.assets.prepared_groups import Picture, Source, prepare_all, unpack_form
from vfsloader.quoting import plain
from vfsloader.runtime.logs import logger

_log = logger("vfsloader.pygame")


def prepare_pictures(assets: Sequence[Asset]) -> Mapping[bytes, bytes]:
    """Return the pixels of pictures as packs keep them, by the digest of the file, where they are not much larger."""
    sources = []
    for asset in assets:
        try:
            picture = load_picture(asset)
        except Exception as error:  # decoders raise anything; the game will report the file
            _log.warning("%s is not prepared: %s", plain(asset.path), plain(str(error), 500))
            continue
        is_transparent = bool(picture.get_masks()[3]) or picture.get_colorkey() is not None
        # As a display would convert it, though there may be none: `tobytes` alone may find other pixels transparent.
        converted = picture.convert(PlainSurface((1, 1), pygame.SRCALPHA, 32, (*DISPLAY_MASKS[:3], 0xFF000000)))
        pixels = pygame.image.tobytes(converted, "BGRA")
        sources.append(Source(asset.digest, len(asset.data), picture.get_size(), is_transparent, pixels))
    return prepare_all(sources)


def unpack_pictures(asset: Asset, form: memoryview, digest: bytes) -> dict[bytes, Picture]:
    """Unpack what :func:`prepare_pictures` returned; nothing if the display has another format.

    Raises
    ------
    ValueError, ResourceError
        It is damaged, or a mod's and more than a mod's picture may have.
    """
    return unpack_form(form, digest, functools.partial(check_pixels, asset)) if _display_takes_pixels() else {}


def picture_of(asset: Asset, unpacked: Picture) -> pygame.Surface | None:
    """Make a picture of unpacked pixels, which it uses; None if the display has another format.

    Raises
    ------
    ResourceError
        It is a mod's, and more than a mod's picture may have.
    """
    if not _display_takes_pixels():
        return None
    size, is_transparent, pixels = unpacked
    check_pixels(asset, size)
    return for_display(pixels, size, is_transparent=is_transparent)


def _display_takes_pixels() -> bool:
    display = pygame.display.get_surface()
    return display is not None and display.get_bitsize() == 32 and display.get_masks() == DISPLAY_MASKS
