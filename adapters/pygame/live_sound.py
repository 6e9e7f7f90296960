"""A Sound whose samples can be replaced while every holder keeps the same object."""

from __future__ import annotations

from typing import Any, cast

from pygame.mixer import Sound
from vfsloader.pygame.pointer_swap import swap_sounds


class LiveSound(Sound):
    """A ``pygame.mixer.Sound`` that can play other samples."""

    def copy_from(self, samples: bytes) -> None:
        """Play a copy of `samples` from now on; the volume stays.

        Parameters
        ----------
        samples
            In the mixer's format, as ``get_raw()`` returns them. If their length differs from the present one, the
            sound stops.
        """
        present = memoryview(cast("Any", self)).cast("B")
        if len(samples) == len(present):
            present[:] = samples
            return
        present.release()
        volume = self.get_volume()
        self.stop()
        if not swap_sounds(self, Sound(buffer=samples)):
            Sound.__init__(self, buffer=samples)  # pygame never frees the old samples
        self.set_volume(volume)
