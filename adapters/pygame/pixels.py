"""A picture's pixels as bytes, and back: for the prepared cache.

Four bytes of magic, width, height, the four masks, depth and whether alpha counts; then the lines of pixels without
gaps: a picture can be laid over them without a copy, which beats unpacking by far.
"""

from __future__ import annotations

import struct
from typing import Any, cast

import pygame

#: As long as pixels are aligned.
_HEAD = struct.Struct("<4sIIIIIIBB30x")
Buffer = bytes | memoryview
_MAGIC = b"px1\0"
#: Formats that pygame can lay over bytes without copying them, by depth and masks.
_OVER_BYTES = {
    (32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000)): "RGBA",
    (32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)): "BGRA",
    (24, (0xFF, 0xFF00, 0xFF0000, 0)): "RGB",
}


def serialize(picture: pygame.Surface) -> bytes:
    """Give a picture as bytes; empty for one with a palette or a transparent colour, which are rare and small."""
    depth = picture.get_bitsize()
    if depth < 24 or picture.get_colorkey() is not None or picture.get_alpha() not in (None, 255):
        return b""
    has_alpha = bool(picture.get_flags() & pygame.SRCALPHA)
    masks = _masks(picture)
    form = _OVER_BYTES.get((depth, masks))
    if form is not None:
        pixels = pygame.image.tobytes(picture, form)  # type: ignore[arg-type] # one of its formats
    elif depth == 32 and picture.get_pitch() == 4 * picture.get_width():
        pixels = bytes(memoryview(cast("Any", picture.get_view("0"))))
    else:
        return b""
    return _HEAD.pack(_MAGIC, *picture.get_size(), *masks, depth, has_alpha) + pixels


def deserialize(data: Buffer) -> pygame.Surface:
    """Make a picture of what :func:`freeze` gave; it may lie over the very bytes, and is theirs alone.

    Raises
    ------
    ValueError
        It is damaged.
    """
    try:
        magic, width, height, *masks, depth, has_alpha = _HEAD.unpack_from(data)
    except struct.error as error:
        raise ValueError("it is cut off") from error
    if magic != _MAGIC:
        raise ValueError("it is of another version")
    pixels = memoryview(data)[_HEAD.size :]
    if len(pixels) != width * height * depth // 8:
        raise ValueError("its size is wrong")
    form = _OVER_BYTES.get((depth, tuple(masks)))
    if form is not None:
        return pygame.image.frombuffer(pixels, (width, height), form)  # type: ignore[arg-type] # one of its formats
    # Masks are handed over as SDL's signed numbers.
    flags = pygame.SRCALPHA if has_alpha else 0
    picture = pygame.Surface((width, height), flags, depth, tuple(masks))
    memoryview(cast("Any", picture.get_view("0")))[:] = pixels
    return picture


def _masks(picture: pygame.Surface) -> tuple[int, int, int, int]:
    red, green, blue, alpha = (mask & 0xFFFFFFFF for mask in picture.get_masks())
    return red, green, blue, alpha
