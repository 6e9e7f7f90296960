"""What the process that draws SVGs of mods runs. It imports nothing of ours, so that it starts quickly."""

from __future__ import annotations

import io
import struct

import pygame

SIZE = struct.Struct("<II")


def draw(request: bytes) -> bytes:
    """Draw an SVG.

    Parameters
    ----------
    request
        The size to fit it into, and the file.

    Returns
    -------
    bytes
        The size that it has, and its pixels as RGBA.
    """
    surface = pygame.image.load_sized_svg(io.BytesIO(request[SIZE.size :]), SIZE.unpack_from(request))
    return SIZE.pack(*surface.get_size()) + pygame.image.tobytes(surface, "RGBA")
