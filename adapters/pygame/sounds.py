"""Sounds by their virtual path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pygame
from vfsloader.pygame.live_sound import LiveSound
from vfsloader.pygame.sound_decoding import load_samples

from vfsloader import paths
from vfsloader.assets.loader import Asset, Loader, register_loader
from vfsloader.assets.unreadable import unreadable
from vfsloader.errors import NotInitializedError, VFSError
from vfsloader.game.current import current


class SoundLoader(Loader[LiveSound]):
    """Decodes every sound format that pygame reads, and copies changed samples into the live Sound."""

    meta_options: ClassVar[Mapping[str, type | tuple[type, ...]]] = {"volume": (int, float)}

    def decode(self, asset: Asset, **options: Any) -> bytes:
        """Decode a sound into samples in the mixer's format."""
        if pygame.mixer.get_init() is None:
            raise NotInitializedError("sounds can be loaded only after pygame.mixer.init()")
        try:
            return load_samples(asset)
        except VFSError:
            raise
        except Exception as error:  # the libraries that decode raise errors of many types
            raise unreadable(asset, "a sound", "pygame", error) from error

    def build(self, decoded: bytes, *, volume: float = 1.0, **options: Any) -> LiveSound:
        """Make the Sound that the game holds."""
        sound = LiveSound(buffer=decoded)
        sound.set_volume(volume)
        return sound

    def replace(self, resource: LiveSound, decoded: bytes, **options: Any) -> LiveSound:
        """Copy changed samples into the Sound that the game holds; the volume that the game set stays."""
        resource.copy_from(decoded)
        return resource

    def size_of(self, decoded: bytes, asset_bytes: int) -> int:
        """Return the size of the samples."""
        return len(decoded)


SOUNDS = SoundLoader()
register_loader(SOUNDS, ".ogg", ".wav", ".mp3", ".flac", ".opus")


def load_sound(path: paths.PathLike, *, volume: float | None = None) -> LiveSound:
    """Load a sound from the winning layer.

    The Sound is live: :func:`vfsloader.update` gives it the new samples when a mod is toggled or the file is saved.
    If the length stays the same, the change is heard even while it plays. Otherwise it stops, and the next ``play()``
    plays the new samples.

    Parameters
    ----------
    path
        The sound, in any format that ``pygame.mixer.Sound`` reads.
    volume
        From 0 to 1. If left out, it is what ``<path>.meta`` says, else 1.

    Returns
    -------
    LiveSound
        A ``pygame.mixer.Sound``; the same object for each call with this path and volume.

    Raises
    ------
    NotInitializedError
        ``vfsloader.init`` or ``pygame.mixer.init`` has not been called.
    PathNotFoundError, ResourceError
        No layer has the path, its bytes are not a sound, or it may be longer than half an hour.
    """
    if volume is None:
        return current().load(path, SOUNDS)
    return current().load(path, SOUNDS, volume=volume)
