"""A Sound whose samples can be replaced while everyone keeps the same object."""

from __future__ import annotations

from typing import Any, cast

from pygame.mixer import Sound
from vfsloader.pygame.exchange import exchange_sounds


class LiveSound(Sound):
    """A ``pygame.mixer.Sound`` that can take over other samples."""

    def become(self, samples: bytes) -> None:
        """Sound like `samples` from now on.

        Parameters
        ----------
        samples
            In the mixer's format, as ``get_raw()`` gives them. With another length than now, the sound stops.
        """
        present = memoryview(cast("Any", self)).cast("B")
        if len(samples) == len(present):
            present[:] = samples
            return
        present.release()
        volume = self.get_volume()
        self.stop()
        if not exchange_sounds(self, Sound(buffer=samples)):
            Sound.__init__(self, buffer=samples)  # and pygame never frees the old ones
        self.set_volume(volume)
