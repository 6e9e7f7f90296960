"""Loaders that bring up to date what pyglet's own functions loaded: pictures, animations and decoded sounds."""

from __future__ import annotations

import io
from typing import Any, ClassVar

import pyglet
from vfsloader.pyglet import live_images
from vfsloader.pyglet.decoding import load_frames, load_picture
from vfsloader.pyglet.live_images import Source

from vfsloader.assets.loader import Asset, Loader
from vfsloader.assets.media_formats import need_sound
from vfsloader.assets.sound_decoding import decoded_wave
from vfsloader.assets.unreadable import unreadable
from vfsloader.errors import VFSError


class LivePictureLoader(Loader[Source]):
    """Decodes pictures, and shows changes of several in one frame."""

    shows_edits: ClassVar[bool] = True

    def __init__(self) -> None:
        self._staged: list[Source] = []

    def decode(self, asset: Asset, **options: Any) -> list[tuple[Any, float | None]]:
        """Decode the picture."""
        try:
            return self._frames(asset)
        except VFSError:
            raise
        except Exception as error:  # each of pyglet's decoders raises its own errors
            raise unreadable(asset, "a picture", "pyglet", error) from error

    def _frames(self, asset: Asset) -> list[tuple[Any, float | None]]:
        return [(load_picture(asset), None)]

    def replace(self, resource: Source, decoded: list[tuple[Any, float | None]], **options: Any) -> Source:
        """Stage a picture; the first one is there at once."""
        if not resource.sizes:
            resource.first = decoded
            return resource
        resource.staged = decoded
        if resource not in self._staged:
            self._staged.append(resource)
        return resource

    @property
    def has_work(self) -> bool:
        """Whether pictures are staged."""
        return bool(self._staged)

    def advance(self) -> None:
        """Show all staged pictures."""
        staged, self._staged = self._staged, []
        live_images.show(staged)

    def size_of(self, decoded: list[tuple[Any, float | None]], asset_bytes: int) -> int:
        """Return the size of the pixels."""
        return sum(image.width * image.height * 4 for image, _ in decoded)


class LiveAnimationLoader(LivePictureLoader):
    """Decodes the frames of animated pictures."""

    def _frames(self, asset: Asset) -> list[tuple[Any, float | None]]:
        return list(load_frames(asset))


class StaticSoundLoader(Loader[Any]):
    """Puts changed sounds into sources that are kept in memory; the next time that they are played counts."""

    def decode(self, asset: Asset, **options: Any) -> tuple[str, bytes]:
        """Return the sound; a mod's as a plain WAVE file."""
        if asset.is_trusted:
            return asset.name, asset.data
        try:
            need_sound(asset, asset.data)
            return "sound.wav", decoded_wave(asset)
        except VFSError:
            raise
        except Exception as error:  # soundfile raises errors of many types
            raise unreadable(asset, "a sound", "soundfile", error) from error

    def replace(self, resource: Any, decoded: tuple[str, bytes], **options: Any) -> Any:
        """Put the samples into the source."""
        name, data = decoded
        new = pyglet.media.load(name, file=io.BytesIO(data), streaming=False, **options)
        resource._data, resource._duration, resource.audio_format = new._data, new._duration, new.audio_format
        return resource


PICTURES = LivePictureLoader()
ANIMATIONS = LiveAnimationLoader()
STATIC_SOUNDS = StaticSoundLoader()
