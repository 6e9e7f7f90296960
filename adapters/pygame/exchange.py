"""Two pygame objects exchange what they point at: how a living one becomes another without a copy or a leak.

A Surface and a Sound are a small Python object in front of memory that belongs to SDL. pygame can initialise a living
object again, but leaks a Sound's old samples whole (tried on pygame-ce 2.5.8: 300 rounds of 0.27 MB left 79 MB behind)
and copies a Surface's pixels. So the pointers behind the two objects' heads are exchanged, and the one that goes takes
the old memory with it. Whether pygame's objects are built as they were when this was written is tried once, on objects
of our own; where they are not, nothing is exchanged, and the callers go the slower way.
"""

from __future__ import annotations

import ctypes
import functools

import pygame
from pygame.font import Font
from pygame.mixer import Sound

#: What lies behind an object's head, as far as the last field that is looked at here.
_Words = ctypes.c_size_t * 6
_POINTER = ctypes.sizeof(ctypes.c_void_p)
_HEAD = object.__basicsize__
# A Surface: its SDL surface, whether it owns that, its subsurface's data; a list of weak references, its locks; what it
# depends on. A Sound: its chunk, its memory; a list of weak references. A Font: its letters; a list of weak references;
# a number.
_SURFACE_FIELDS = (0, 1, 2, 5)
_SURFACE_WEAK, _SURFACE_SIZE = _HEAD + 3 * _POINTER, _HEAD + 6 * _POINTER
_SOUND_FIELDS = (0, 1)
_FONT_WEAK, _FONT_SIZE = _HEAD + _POINTER, _HEAD + 3 * _POINTER
_SOUND_WEAK, _SOUND_SIZE = _HEAD + 2 * _POINTER, _HEAD + 3 * _POINTER


def exchange_surfaces(one: pygame.Surface, other: pygame.Surface) -> bool:
    """Let two Surfaces exchange their pixels; tell whether that was possible.

    Neither may be locked, or a subsurface, or have one that somebody holds.
    """
    if not _surfaces_are_known():
        return False
    _exchange(one, other, _SURFACE_FIELDS)
    return True


def exchange_sounds(one: Sound, other: Sound) -> bool:
    """Let two Sounds exchange their samples; tell whether that was possible. Neither may be playing."""
    if not _sounds_are_known():
        return False
    _exchange(one, other, _SOUND_FIELDS)
    return True


def exchange_fonts(one: Font, other: Font) -> bool:
    """Let two Fonts exchange their letters; tell whether that was possible."""
    if not _fonts_are_known():
        return False
    _exchange(one, other, (0,))
    return True


def _exchange(one: object, other: object, fields: tuple[int, ...]) -> None:
    mine, its = _Words.from_address(id(one) + _HEAD), _Words.from_address(id(other) + _HEAD)
    for field in fields:
        mine[field], its[field] = its[field], mine[field]


@functools.cache
def _surfaces_are_known() -> bool:
    if (pygame.Surface.__basicsize__, pygame.Surface.__weakrefoffset__) != (_SURFACE_SIZE, _SURFACE_WEAK):
        return False
    pixels = bytes([1, 2, 3, 4] * 6)
    one, other = pygame.Surface((5, 7), 0, 32), pygame.image.frombuffer(pixels, (3, 2), "RGBA")
    _exchange(one, other, _SURFACE_FIELDS)
    return one.get_size() == (3, 2) and tuple(one.get_at((2, 1))) == (1, 2, 3, 4) and other.get_size() == (5, 7)


@functools.cache
def _fonts_are_known() -> bool:
    if (Font.__basicsize__, Font.__weakrefoffset__) != (_FONT_SIZE, _FONT_WEAK):
        return False
    one, other = Font(None, 10), Font(None, 40)
    heights = one.get_height(), other.get_height()
    _exchange(one, other, (0,))
    return (other.get_height(), one.get_height()) == heights


@functools.cache
def _sounds_are_known() -> bool:
    if (Sound.__basicsize__, Sound.__weakrefoffset__) != (_SOUND_SIZE, _SOUND_WEAK):
        return False
    one, other = (Sound(buffer=bytes([value]) * 64 * value) for value in (1, 2))
    _exchange(one, other, _SOUND_FIELDS)
    return (one.get_raw(), other.get_raw()) == (bytes([2]) * 128, bytes([1]) * 64)
