"""Swap what two pygame objects point at, so that one becomes the other without a leak or a copy.

A Sound and a Font are small Python objects in front of memory that belongs to SDL. The object that the game holds must
play other samples, or write with other letters. No call of pygame does that without a loss (measured on pygame-ce
2.5.8): initialising a Sound again leaks its old samples, and initialising a Font again leaks the whole font, 46 KB for
pygame's own. A Font that forwards its methods to another one would cost a Python call for each ``size()``; a Sound
cannot forward, as ``Channel.play`` looks behind it. A Surface can be initialised again and blitted to, which is as fast
as converting the decoded picture. Only a picture from the prepared cache needs neither: copying 723 of them took
108 ms, a swap 61 ms. So this module swaps the pointers that follow the two objects' headers, and the temporary object
takes the old memory with it.

The layout of pygame's objects is checked once per process, by their sizes and by a real swap of two objects of our own.
If it is not the expected one, or this Python is PyPy or has no global lock, nothing is swapped, and the callers do
without.
"""

from __future__ import annotations

import ctypes
import functools
import sys

import pygame
from pygame.font import Font
from pygame.mask import Mask
from pygame.mixer import Sound

_Surface = pygame.Surface  # `live_copies` replaces it
_POINTER = ctypes.sizeof(ctypes.c_void_p)
#: In PyPy an object's id is not its address; without a global lock, another thread could see half of a swap.
_HAS_POINTERS = sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()
_HEADER = object.__basicsize__ if _HAS_POINTERS else 0
# After the header a Surface has its SDL surface, whether it owns that, its subsurface's data, a list of weak
# references, its locks, and what it depends on; a Sound has its chunk, its memory and a list of weak references; a Font
# has its letters, a list of weak references and a number.
# Each row: indexes of the words to swap, offset of the weak references, size.
_SURFACE_LAYOUT = (0, 1, 2, 5), _HEADER + 3 * _POINTER, _HEADER + 6 * _POINTER
_SurfaceWords = ctypes.c_size_t * 6
_SOUND_LAYOUT = (0, 1), _HEADER + 2 * _POINTER, _HEADER + 3 * _POINTER
_FONT_LAYOUT = (0,), _HEADER + _POINTER, _HEADER + 3 * _POINTER
# A Mask has its bits, and what it needs while a buffer of them is in use; it has no weak references.
_MASK_LAYOUT = (0,), 0, _HEADER + 2 * _POINTER


def swap_surfaces(first: pygame.Surface, second: pygame.Surface) -> bool:
    """Swap the pixels of two Surfaces. Return whether that was possible.

    Neither may be locked. A subsurface of one shows the same pixels as before, which the other one owns afterwards:
    these must live as long as the subsurface does.
    """
    if not can_swap_surfaces():
        return False
    mine, others = _SurfaceWords.from_address(id(first) + _HEADER), _SurfaceWords.from_address(id(second) + _HEADER)
    mine[0], mine[1], mine[2], mine[5], others[0], others[1], others[2], others[5] = (
        others[0], others[1], others[2], others[5], mine[0], mine[1], mine[2], mine[5]
    )  # fmt: skip
    return True


def swap_masks(first: Mask, second: Mask) -> bool:
    """Swap the bits of two Masks. Return whether that was possible."""
    if can_swap_masks():
        _swap(first, second, _MASK_LAYOUT[0])
        return True
    return False


def swap_sounds(first: Sound, second: Sound) -> bool:
    """Swap the samples of two Sounds, neither of which is playing. Return whether that was possible."""
    if can_swap_sounds():
        _swap(first, second, _SOUND_LAYOUT[0])
        return True
    return False


def swap_fonts(first: Font, second: Font) -> bool:
    """Swap the letters of two Fonts. Return whether that was possible."""
    if can_swap_fonts():
        _swap(first, second, _FONT_LAYOUT[0])
        return True
    return False


def _is_laid_out(kind: type, layout: tuple[tuple[int, ...], int, int]) -> bool:
    return _HAS_POINTERS and (kind.__weakrefoffset__, kind.__basicsize__) == layout[1:]


@functools.cache
def can_swap_surfaces() -> bool:
    """Return whether this pygame's Surfaces have the expected layout."""
    if not _is_laid_out(_Surface, _SURFACE_LAYOUT):
        return False
    first, second = _Surface((5, 7), 0, 32), pygame.image.frombuffer(bytes([1, 2, 3, 4] * 6), (3, 2), "RGBA")
    _swap(first, second, _SURFACE_LAYOUT[0])
    return first.get_size() == (3, 2) and tuple(first.get_at((2, 1))) == (1, 2, 3, 4) and second.get_size() == (5, 7)


@functools.cache
def can_swap_masks() -> bool:
    """Return whether this pygame's Masks have the expected layout."""
    if not _is_laid_out(Mask, _MASK_LAYOUT):
        return False
    first, second = Mask((5, 7), fill=True), Mask((3, 2))
    _swap(first, second, _MASK_LAYOUT[0])
    return (first.get_size(), first.count(), second.get_size(), second.count()) == ((3, 2), 0, (5, 7), 35)


@functools.cache
def can_swap_sounds() -> bool:
    """Return whether this pygame's Sounds have the expected layout."""
    if not _is_laid_out(Sound, _SOUND_LAYOUT):
        return False
    first, second = (Sound(buffer=bytes([value]) * 64 * value) for value in (1, 2))
    _swap(first, second, _SOUND_LAYOUT[0])
    return (first.get_raw(), second.get_raw()) == (bytes([2]) * 128, bytes([1]) * 64)


@functools.cache
def can_swap_fonts() -> bool:
    """Return whether this pygame's Fonts have the expected layout."""
    if not _is_laid_out(Font, _FONT_LAYOUT):
        return False
    first, second = Font(None, 10), Font(None, 40)
    heights = first.get_height(), second.get_height()
    _swap(first, second, _FONT_LAYOUT[0])
    return (second.get_height(), first.get_height()) == heights


def _swap(first: object, second: object, indexes: tuple[int, ...]) -> None:
    words = ctypes.c_size_t * (indexes[-1] + 1)
    first_words, second_words = words.from_address(id(first) + _HEADER), words.from_address(id(second) + _HEADER)
    for index in indexes:
        first_words[index], second_words[index] = second_words[index], first_words[index]
