"""Sounds by their virtual path."""

from __future__ import annotations

from typing import Any, cast

import pygame

from vfsloader import paths
from vfsloader.errors import NotInitializedError, ResourceError
from vfsloader.resources import Asset, Loader, current


class SoundLoader(Loader[pygame.mixer.Sound]):
    """Decodes every sound format that pygame reads, and gives a changed one to the living Sound."""

    def load(self, asset: Asset, **options: Any) -> pygame.mixer.Sound:
        """Decode a sound."""
        if pygame.mixer.get_init() is None:
            raise NotInitializedError("no sound can be loaded before pygame.mixer.init()")
        try:
            return pygame.mixer.Sound(file=asset.open())
        except pygame.error as error:
            sentence = f"{asset.path} in {asset.layer} is no sound that pygame can read: {error}"
            raise ResourceError.at(asset.path, sentence) from error

    def refresh(self, resource: pygame.mixer.Sound, asset: Asset, **options: Any) -> pygame.mixer.Sound:
        """Put the new samples into the Sound that everyone holds."""
        new = self.load(asset)
        samples = new.get_raw()
        if len(samples) == len(resource.get_raw()):
            _buffer(resource)[:] = samples
            return resource
        # Another length needs other memory, and pygame never frees the old: some leak with each such edit.
        volume = resource.get_volume()
        resource.stop()
        pygame.mixer.Sound.__init__(resource, file=asset.open())
        resource.set_volume(volume)
        return resource


def _buffer(sound: pygame.mixer.Sound) -> memoryview:
    """Give the samples themselves, as bytes that can be written."""
    return memoryview(cast("Any", sound)).cast("B")


SOUNDS = SoundLoader()


def load_sound(path: paths.PathLike) -> pygame.mixer.Sound:
    """Load a sound from the winning layer.

    The Sound is alive: :func:`vfsloader.update` gives it the new samples when a mod is toggled or the file
    is saved. With the same length the change is heard even while it plays; with another length it stops,
    and the next ``play()`` is the new one.

    Parameters
    ----------
    path
        The sound: any format that ``pygame.mixer.Sound`` reads.

    Returns
    -------
    pygame.mixer.Sound
        The same one for each call with this path.

    Raises
    ------
    NotInitializedError
        ``vfsloader.init`` or ``pygame.mixer.init`` was not called yet.
    PathNotFoundError, ResourceError
        No layer has the path, or its bytes are no sound.
    """
    return current().load(path, SOUNDS)
