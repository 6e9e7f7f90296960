"""Copies of pictures with a palette, index by index: a colour may be in a palette twice."""

from __future__ import annotations

from typing import Any

import pygame
from vfsloader.pygame.live_copies.surface_types import PlainSurface


def copy_indexed(picture: pygame.Surface) -> pygame.Surface:
    """Return a copy of a picture of 8 bits. pygame's own ``copy`` refuses a palette of which all colours are white."""
    copy = PlainSurface(PlainSurface.get_size(picture), 0, 8)
    PlainSurface.set_palette(copy, PlainSurface.get_palette(picture))
    if PlainSurface.get_pitch(copy) != PlainSurface.get_pitch(picture):  # it is a part of a wider picture
        rows = _rows(picture)
        PlainSurface.get_buffer(copy).write(b"".join(row.ljust(PlainSurface.get_pitch(copy), b"\0") for row in rows), 0)
    else:
        PlainSurface.get_buffer(copy).write(PlainSurface.get_buffer(picture).raw, 0)
    PlainSurface.set_colorkey(copy, _colorkey_index(picture))
    PlainSurface.set_alpha(copy, PlainSurface.get_alpha(picture))
    return copy


def _rows(picture: pygame.Surface) -> list[bytes]:
    width, height = PlainSurface.get_size(picture)
    view: Any = PlainSurface.get_view(picture, "2")
    pixels = memoryview(view)
    return [bytes(pixels[x, y] for x in range(width)) for y in range(height)]


def _colorkey_index(picture: pygame.Surface) -> Any:
    """Return the palette index of the transparent colour, or the colour itself if no pixel has it."""
    key = PlainSurface.get_colorkey(picture)
    if key is None:
        return None
    raw, pitch, width = PlainSurface.get_buffer(picture).raw, PlainSurface.get_pitch(picture), picture.get_width()
    for index, colour in enumerate(PlainSurface.get_palette(picture)):
        if tuple(colour)[:3] == tuple(key)[:3]:
            row, column = divmod(raw.find(bytes([index])), pitch)
            if 0 <= column < width and row >= 0:
                pixel = PlainSurface.subsurface(picture, (column, row, 1, 1))
                if pygame.image.tobytes(pixel, "RGBA")[3] == 0:
                    return index
    return key
