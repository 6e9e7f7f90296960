"""A Sound whose samples can be replaced while everyone keeps the same object.

With the same length the new samples are written over the old. For another length pygame could initialise the living
Sound again, and would never free its old samples (tried on pygame-ce 2.5.8: 300 rounds of 0.27 MB left 79 MB behind).
So the living Sound and a new one exchange what they point at, and the new one frees the old samples when it goes.
That this works is tried once, when it is first needed; where it does not, the old way is taken.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any, cast

import pygame


class LiveSound(pygame.mixer.Sound):
    """A ``pygame.mixer.Sound`` that can take over other samples."""

    def become(self, samples: bytes) -> None:
        """Sound like `samples` from now on.

        Parameters
        ----------
        samples
            In the mixer's format, as ``get_raw()`` gives them. With another length than now, the sound stops.
        """
        if len(samples) == len(memoryview(cast("Any", self)).cast("B")):
            memoryview(cast("Any", self)).cast("B")[:] = samples
            return
        volume = self.get_volume()
        self.stop()
        if _can_exchange():
            _exchange(self, pygame.mixer.Sound(buffer=samples))
        else:
            pygame.mixer.Sound.__init__(self, buffer=samples)
        self.set_volume(volume)


def _exchange(one: pygame.mixer.Sound, other: pygame.mixer.Sound) -> None:
    """Let two Sounds exchange their chunk and their memory: the two pointers behind the object's head."""
    first, second = ((ctypes.c_void_p * 2).from_address(id(sound) + object.__basicsize__) for sound in (one, other))
    first[0], second[0] = second[0], first[0]
    first[1], second[1] = second[1], first[1]


@functools.cache
def _can_exchange() -> bool:
    """Try on two Sounds of our own whether they are built as they were when this was written."""
    pointer = ctypes.sizeof(ctypes.c_void_p)
    # A head, two pointers, and a list of weak references: anything else is another pygame than was looked at.
    if pygame.mixer.Sound.__basicsize__ != object.__basicsize__ + 3 * pointer:
        return False
    if pygame.mixer.Sound.__weakrefoffset__ != object.__basicsize__ + 2 * pointer:
        return False
    one, other = (pygame.mixer.Sound(buffer=bytes([value]) * 64 * value) for value in (1, 2))
    _exchange(one, other)
    return one.get_raw() == bytes([2]) * 128 and other.get_raw() == bytes([1]) * 64
