"""Pictures of pyglet that can be changed in place, inside their atlas.

If the size stays the same, the new pixels replace the old ones, and every sprite shows them. Otherwise the texture that
the program holds gets a new region of the atlas, which sprites that are made from then on use. Each earlier region gets
the new picture scaled to its size, for the sprites that were made at that time and keep its coordinates. A size that
comes back uses its region again, so a mod that is toggled often does not fill the atlas.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import pyglet
from vfsloader.pyglet.decoding import load_frames, load_picture
from vfsloader.pyglet.rgba import rgba_pixels

from vfsloader.assets.loader import Asset, Loader
from vfsloader.assets.unreadable import unreadable
from vfsloader.errors import VFSError

#: Returns the atlas bins for a width, height and border, or None if the picture is too large for an atlas.
Bins = Callable[[int, int, int], Any]


class PictureLoader(Loader[Any]):
    """Decodes pictures, and puts each into an atlas or its own texture.

    Parameters
    ----------
    bins
        Returns the atlas bins of the :class:`Loader` that these pictures belong to.
    """

    shows_edits: ClassVar[bool] = True

    def __init__(self, bins: Bins) -> None:
        self._bins = bins
        #: For each texture, its regions of the atlas before its size changed: sprites of that time show them.
        self._former: weakref.WeakKeyDictionary[Any, list[Any]] = weakref.WeakKeyDictionary()

    def decode(self, asset: Asset, **options: Any) -> Any:
        """Decode a picture into ImageData."""
        try:
            return load_picture(asset)
        except VFSError:
            raise
        except Exception as error:  # each of pyglet's decoders raises its own errors
            raise unreadable(asset, "a picture", "pyglet", error) from error

    def build(self, decoded: Any, *, atlas: bool = False, border: int = 0, **options: Any) -> Any:
        """Put the picture into an atlas, or into its own texture."""
        bins = self._bins(decoded.width, decoded.height, border) if atlas else None
        return decoded.get_texture() if bins is None else bins.add(decoded, border)

    def replace(self, resource: Any, decoded: Any, **options: Any) -> Any:
        """Put the new pixels into the texture that the program holds."""
        former = self._former.setdefault(resource, [])
        size = decoded.width, decoded.height
        if (resource.width, resource.height) == size:
            resource.blit_into(decoded, 0, 0, 0)
        else:
            anchor = resource.anchor_x, resource.anchor_y  # what the program set stays
            other = next((region for region in former if (region.width, region.height) == size), None)
            if other is None:
                other = self.build(decoded, **options)
            else:
                former.remove(other)
                other.blit_into(decoded, 0, 0, 0)
            swap_textures(resource, other)
            resource.anchor_x, resource.anchor_y = anchor
            if isinstance(other, pyglet.image.TextureRegion):  # a texture of its own is found by all its sprites
                former.append(other)
        for region in former:
            region.blit_into(scaled(decoded, region.width, region.height), 0, 0, 0)
        return resource

    def size_of(self, decoded: Any, asset_bytes: int) -> int:
        """Return the size of the pixels."""
        return int(decoded.width * decoded.height * 4)


class AnimationLoader(Loader[Any]):
    """Decodes animated pictures, and puts their frames into an atlas."""

    shows_edits: ClassVar[bool] = True

    def __init__(self, bins: Bins) -> None:
        self._bins = bins

    def decode(self, asset: Asset, **options: Any) -> Any:
        """Decode all frames."""
        try:
            return load_frames(asset)
        except VFSError:
            raise
        except Exception as error:  # each of pyglet's decoders raises its own errors
            raise unreadable(asset, "an animated picture", "pyglet", error) from error

    def build(self, decoded: Any, *, border: int = 1, **options: Any) -> Any:
        """Make the Animation."""
        frames = [pyglet.image.AnimationFrame(image, duration) for image, duration in decoded]
        animation = pyglet.image.Animation(frames)
        bins = self._bins(animation.get_max_width(), animation.get_max_height(), border)
        if bins is not None:
            animation.add_to_texture_bin(bins, border)
        else:
            for frame in frames:
                frame.image = frame.image.get_texture()
        return animation

    def replace(self, resource: Any, decoded: Any, **options: Any) -> Any:
        """Put other frames into the Animation that everyone holds."""
        sizes = [(frame.image.width, frame.image.height) for frame in resource.frames]
        if sizes == [(image.width, image.height) for image, _ in decoded]:
            for frame, (image, duration) in zip(resource.frames, decoded, strict=True):
                frame.image.blit_into(image, 0, 0, 0)
                frame.duration = duration
        else:
            resource.frames[:] = self.build(decoded, **options).frames
        return resource

    def size_of(self, decoded: Any, asset_bytes: int) -> int:
        """Return the size of the pixels."""
        return sum(image.width * image.height * 4 for image, _ in decoded)


def swap_textures(first: Any, second: Any) -> None:
    """Exchange the contents of two textures: deleting the second one then frees the region that the first one used."""
    first.__dict__, second.__dict__ = second.__dict__, first.__dict__
    first.__class__, second.__class__ = type(second), type(first)


def scaled(picture: Any, width: int, height: int) -> Any:
    """Return a copy of a picture in another size, without smoothing."""
    data = rgba_pixels(picture)
    columns = [x * picture.width // width * 4 for x in range(width)]
    rows = []
    for y in range(height):
        start = y * picture.height // height * picture.width * 4
        line = data[start : start + picture.width * 4]
        rows.append(b"".join([line[column : column + 4] for column in columns]))
    return pyglet.image.ImageData(width, height, "RGBA", b"".join(rows))
