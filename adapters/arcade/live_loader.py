"""Decodes pictures for Pillow images that are live. A mod's pictures are decoded with care."""

from __future__ import annotations

import io
from typing import Any, ClassVar

import PIL.Image
from vfsloader.arcade import live_textures
from vfsloader.arcade.live_pillow import Recipe, Source, follow

from vfsloader.assets.edits.apply import edited, has_edits
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.loader import Asset, DecodeAgain, Loader
from vfsloader.assets.picture_size import check_animation, check_picture, check_pixels
from vfsloader.assets.unreadable import unreadable
from vfsloader.errors import VFSError

Frames = list[PIL.Image.Image]
# Pillow's own function: the game's is replaced.
_open, _copy = PIL.Image.open, PIL.Image.Image.copy
_EDITED = "vfsloader_edited"


class LiveImageLoader(Loader[Source]):
    """Decodes pictures, and shows changes of several in one frame."""

    shows_edits: ClassVar[bool] = True

    def __init__(self) -> None:
        self._staged: list[Source] = []

    def decode(self, asset: Asset, **options: Any) -> Frames:
        """Decode all frames of a picture, with the edits of mods."""
        frames = decoded_frames(asset)
        if not has_edits(asset):
            return frames
        pictures = [edited(asset, _to_picture, _as_picture(frame)) for frame in frames]
        made = [PIL.Image.frombytes("RGBA", (found.width, found.height), bytes(found.pixels)) for found in pictures]
        for frame, decoded in zip(made, frames, strict=True):
            frame.format = decoded.format
            frame.info[_EDITED] = True
        return made

    def replace(self, resource: Source, decoded: Frames, **options: Any) -> Source:
        """Stage a picture; the first one is there at once."""
        if not resource.is_shown:
            resource.frames = decoded
            return resource
        resource.staged = decoded
        if resource not in self._staged:
            self._staged.append(resource)
        return resource

    def anchor(self, resource: Source, decode_again: DecodeAgain) -> Source:
        """Let the source know how to decode its file, for images that are made of several."""
        resource.decode = lambda: list(decode_again().data)
        return resource

    @property
    def has_work(self) -> bool:
        """Whether pictures are staged."""
        return bool(self._staged)

    def advance(self) -> None:
        """Show all staged pictures."""
        staged, self._staged = self._staged, []
        live_textures.show(staged)

    def size_of(self, decoded: Frames, asset_bytes: int) -> int:
        """Return the size of the pixels."""
        return sum(frame.width * frame.height * 4 for frame in decoded)


LIVE_IMAGES = LiveImageLoader()


class EditedAnimation(PIL.Image.Image):
    """An animation whose frames mods have edited, in the place of the one that Pillow opens.

    Parameters
    ----------
    frames
        The pictures.
    opened
        What Pillow opened, which says how long each of them is shown.
    """

    def __init__(self, frames: Frames, opened: PIL.Image.Image) -> None:
        super().__init__()
        self._frames = frames
        self._infos: list[dict[Any, Any]] = []
        for number in range(len(frames)):
            opened.seek(number)
            self._infos.append(opened.info.copy())
        self.format = opened.format
        self.is_animated = True
        self.n_frames = len(frames)
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Show a frame; raise EOFError if there is none, as Pillow does."""
        if not 0 <= frame < self.n_frames:
            raise EOFError(f"there is no frame {frame}: there are {self.n_frames}")
        shown = _copy(self._frames[frame])
        self.im, self._mode, self._size, self.info = shown.im, shown.mode, shown.size, self._infos[frame]
        self._number = frame

    def tell(self) -> int:
        """Return the number of the frame."""
        return self._number


def take(source: Source, name: str, data: bytes) -> PIL.Image.Image:
    """Return the image that the program gets, as Pillow would have opened it.

    Parameters
    ----------
    source
        The picture, which has been decoded.
    name
        The name of the file.
    data
        Its bytes, which an animation needs again for each frame.
    """
    frames, source.frames = source.frames or [], None
    source.is_shown = True
    image = frames[0].copy()  # what was decoded may be in a cache
    image.format = frames[0].format
    if len(frames) > 1:
        image = _open(io.BytesIO(data), formats=[str(frames[0].format)] if frames[0].format else None)
        if frames[0].info.get(_EDITED):
            image = EditedAnimation(frames, image)
    source.mode = image.mode
    image.filename = name  # type: ignore[attr-defined]
    follow(image, Recipe(source))
    return image


def decoded_frames(asset: Asset) -> Frames:
    """Decode a picture by Pillow.

    Raises
    ------
    ResourceError
        It is too large, not a picture, or a mod's and in a format that mods may not use.
    """
    try:
        kind = check_picture(asset)
        formats = None if asset.is_trusted else [str(kind).upper()]
        image = _open(io.BytesIO(asset.data), formats=formats)
        count = int(getattr(image, "n_frames", 1))
        check_pixels(asset, image.size)
        if count == 1:
            image.load()
            return [image]
        check_animation(asset)
        frames = []
        for number in range(count):
            image.seek(number)
            check_pixels(asset, image.size)
            asset.budget.spend("pixels", image.width * image.height)
            frame = image.convert("RGBA")
            frame.format = image.format
            frames.append(frame)
        return frames
    except VFSError:
        raise
    except Exception as error:  # Pillow's decoders raise errors of many types
        raise unreadable(asset, "a picture", "arcade", error) from error


def _as_picture(image: PIL.Image.Image) -> Picture:
    rgba = image.convert("RGBA")
    return Picture(*rgba.size, rgba.tobytes())


def _to_picture(asset: Asset) -> Picture:
    return _as_picture(decoded_frames(asset)[0])
