"""A picture's pixels as bytes and back, for the prepared cache.

The bytes are four bytes of magic, width, height, the four masks, depth and whether alpha counts, then the rows of
pixels without gaps. A Surface can use such bytes as its pixels without a copy, which is far faster than decoding.
Pictures are made by pygame's own class here: nothing has to be recorded of those that no game has seen yet.
"""

from __future__ import annotations

import functools
import struct
from typing import Any, cast

import pygame
from vfsloader.pygame.live_copies.surface_types import PlainSurface

#: 64 bytes, so that the pixels are aligned.
_HEAD = struct.Struct("<4sIIIIIIBB30x")
_MAGIC = b"px1\0"
#: Formats in which a Surface can use bytes as its pixels without a copy, by depth and masks.
_SHARED_FORMATS = {
    (32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000)): "RGBA",
    (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)): "BGRA",
    (24, (0xFF, 0xFF00, 0xFF0000, 0)): "RGB",
}

#: Red, green, blue and alpha of displays of 32 bits, as nearly all are.
DISPLAY_MASKS = (0xFF0000, 0xFF00, 0xFF, 0)


def serialize(picture: pygame.Surface) -> bytes:
    """Return a picture as bytes; none for a picture with a palette or a transparent colour, which is rare and small."""
    depth = picture.get_bitsize()
    if depth < 24 or picture.get_colorkey() is not None or picture.get_alpha() not in (None, 255):
        return b""
    has_alpha = bool(picture.get_flags() & pygame.SRCALPHA)
    masks = _masks(picture)
    shared_format = _SHARED_FORMATS.get((depth, masks))
    if shared_format is not None:
        pixels = pygame.image.tobytes(picture, shared_format)  # type: ignore[arg-type] # one of its formats
    elif depth == 32 and picture.get_pitch() == 4 * picture.get_width():
        pixels = bytes(memoryview(cast("Any", PlainSurface.get_view(picture, "0"))))
    else:
        return b""
    return _HEAD.pack(_MAGIC, *picture.get_size(), *masks, depth, has_alpha) + pixels


def deserialize(data: bytes | memoryview) -> pygame.Surface:
    """Make a picture of what :func:`serialize` returned; it may use these very bytes as its pixels.

    Raises
    ------
    ValueError
        The bytes are damaged.
    """
    try:
        magic, width, height, *masks, depth, has_alpha = _HEAD.unpack_from(data)
    except struct.error as error:
        raise ValueError("the header is cut off") from error
    if magic != _MAGIC:
        raise ValueError("the pixels are of another version")
    pixels = memoryview(data)[_HEAD.size :]
    if len(pixels) != width * height * depth // 8:
        raise ValueError("the number of pixels is wrong")
    shared_format = _SHARED_FORMATS.get((depth, tuple(masks)))
    if shared_format is not None:
        return pygame.image.frombuffer(pixels, (width, height), shared_format)  # type: ignore[arg-type] # one of its formats
    flags = pygame.SRCALPHA if has_alpha else 0
    picture = PlainSurface((width, height), flags, depth, tuple(masks))
    memoryview(cast("Any", PlainSurface.get_view(picture, "0")))[:] = pixels
    return picture


def is_for_display(picture: pygame.Surface) -> bool:
    """Return whether a picture is in the format that blits fastest to the display, as far as its transparency allows.

    Without a display every format is.
    """
    display = pygame.display.get_surface()
    if display is None:
        return True
    if picture.get_colorkey() is not None:
        return False
    masks = picture.get_masks()
    wanted = _format_for(display.get_bitsize(), display.get_masks(), is_transparent=bool(masks[3]))
    return (picture.get_bitsize(), masks) == wanted


@functools.lru_cache(maxsize=16)
def _format_for(
    bits: int, masks: tuple[int, int, int, int], *, is_transparent: bool
) -> tuple[int, tuple[int, int, int, int]]:
    """Return the depth and the masks into which a display of this depth and these masks converts pictures."""
    pixel = PlainSurface((1, 1))
    pattern = pixel.convert_alpha() if is_transparent else pixel.convert()
    return pattern.get_bitsize(), pattern.get_masks()


def for_display(pixels: Any, size: tuple[int, int], *, is_transparent: bool) -> pygame.Surface:
    """Make a picture of a buffer of BGRA pixels, which it uses if it is transparent; the display is 32 bits deep."""
    if is_transparent:
        return pygame.image.frombuffer(pixels, size, "BGRA")
    picture = PlainSurface(size, 0, 32, DISPLAY_MASKS)
    view: Any = PlainSurface.get_view(picture, "0")
    memoryview(view)[:] = memoryview(pixels).cast("B")
    return picture


def _masks(picture: pygame.Surface) -> tuple[int, int, int, int]:
    # pygame returns them as SDL's signed numbers.
    red, green, blue, alpha = (mask & 0xFFFFFFFF for mask in picture.get_masks())
    return red, green, blue, alpha
