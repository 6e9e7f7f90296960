"""PNG pictures straight to the display's format, by Wuffs, in about 0.6 of the time that pygame takes.

Wuffs comes with ``pip install "vfsloader[fast]"``. It is a memory-safe decoder, and it decodes without Python's global
lock, so threads gain from it too. pygame decodes the picture instead if Wuffs is missing, if the file is of one of the
rare kinds that pygame shows otherwise, or if Wuffs finds anything wrong with it: then the error is pygame's as well.
"""

from __future__ import annotations

import functools
import importlib.util
import zlib
from types import ModuleType
from typing import Any, NamedTuple

import pygame
from vfsloader.pygame.live_copies.surface_types import plain_frombuffer
from vfsloader.pygame.pixels import DISPLAY_MASKS, for_display

from vfsloader.runtime.fast_paths import use_fast_paths

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_ALPHA_TYPES = (_GREY_ALPHA, _RGBA)
#: Chunks of animations. Wuffs would decode their frames.
_ANIMATED = (b"acTL", b"fcTL", b"fdAT")
_MAX_CHUNKS = 100


class Wuffs(NamedTuple):
    """The decoder's class, of which each object is used by one call only, and the settings for two orders of bytes."""

    decoder: Any
    bgra: Any
    rgba: Any
    has_buffers: bool
    """Whether results share their pixels as buffers: those of our own wheels do."""


def decode_for_display(data: bytes) -> pygame.Surface | None:
    """Decode a PNG to what ``load(…).convert_alpha()`` returns, or ``.convert()`` where nothing is transparent.

    Returns
    -------
    pygame.Surface or None
        None if this file, or this display, is left to pygame.
    """
    wuffs = find_wuffs()
    display = pygame.display.get_surface()
    if wuffs is None or display is None or display.get_bitsize() != 32 or display.get_masks() != DISPLAY_MASKS:
        return None
    transparent = _is_transparent(data)
    if transparent is None:
        return None
    result = wuffs.decoder(wuffs.bgra).decode(data)
    if result.error_message:
        return None
    pixels = result if wuffs.has_buffers else result.pixbuf
    size = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if transparent:
        return plain_frombuffer(pixels, size, "BGRA")
    return for_display(pixels, size, is_transparent=False)


def decode_own_format(data: bytes) -> pygame.Surface | None:
    """Decode a PNG with an alpha channel to what ``load`` returns; None if the file is left to pygame."""
    wuffs = find_wuffs()
    if wuffs is None or data[25:26] not in (b"\4", b"\6") or _is_transparent(data) is None:
        return None
    result = wuffs.decoder(wuffs.rgba).decode(data)
    if result.error_message:
        return None
    size = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    return plain_frombuffer(result if wuffs.has_buffers else result.pixbuf, size, "RGBA")


@functools.cache
def find_wuffs() -> Wuffs | None:
    """Return the decoder, or None if it is not installed or fast paths are switched off; asked once in a process."""
    if not use_fast_paths():
        return None
    try:
        import pywuffs
    except ImportError:
        return None
    aux = pywuffs.aux
    bgra, rgba = (_settings(pywuffs, order) for order in ("BGRA_NONPREMUL", "RGBA_NONPREMUL"))
    has_buffers = True
    try:
        memoryview(aux.ImageDecoder(bgra).decode(b""))
    except TypeError:
        has_buffers = False
        if importlib.util.find_spec("numpy") is None:
            return None
    return Wuffs(aux.ImageDecoder, bgra, rgba, has_buffers)


def _settings(pywuffs: ModuleType, pixel_format: str) -> Any:
    settings = pywuffs.aux.ImageDecoderConfig()
    settings.enabled_decoders = [pywuffs.ImageDecoderType.PNG]
    settings.pixel_format = getattr(pywuffs.PixelFormat, pixel_format)
    settings.quirks = {pywuffs.ImageDecoderQuirks.IGNORE_CHECKSUM: 0}
    return settings


def _is_transparent(data: bytes) -> bool | None:
    """Return whether pygame would find a PNG transparent, by its chunks; None for a kind that Wuffs shows otherwise."""
    if data[:8] != _SIGNATURE or data[12:16] != b"IHDR" or len(data) < 33:
        return None
    colour_type = data[25]
    transparent = colour_type in _ALPHA_TYPES
    colours = 0
    at = 33
    for _ in range(_MAX_CHUNKS):
        name = data[at + 4 : at + 8]
        if name == b"IDAT":
            return transparent if colour_type != _PALETTE or colours else None
        size = int.from_bytes(data[at : at + 4], "big")
        end = at + 8 + size
        if name == b"PLTE" or name == b"tRNS":
            if zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
                return None
            if name == b"PLTE":
                colours = size // 3
            elif colour_type != _PALETTE or size > colours:
                return None  # pygame compares colours after rounding; or the chunk is invalid
            else:
                transparent = data[at + 8 : end].count(255) < size
        elif name in _ANIMATED or not name[:1].islower():  # the case says whether a chunk may be ignored
            return None
        at = end + 4
    return None
