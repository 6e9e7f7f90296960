"""Pictures of pyglet that can be changed where they lie, in their atlas.

With the same size the new pixels are put over the old: every sprite shows them. With another size the texture that the
program holds gets a place of its own in the atlas, for whoever uses it from then on; into the old place the new picture
is put scaled, for the sprites that were made before and keep its coordinates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyglet

from vfsloader.assets.loader import Asset, Loader
from vfsloader.assets.picture_size import refuse_huge_picture
from vfsloader.errors import ResourceError

#: Gives the bins of atlases for a picture of some size, or None where it is too large for any.
Bins = Callable[[int, int, int], Any]


class PictureLoader(Loader[Any]):
    """Decodes pictures, and puts them into an atlas or a texture of their own.

    Parameters
    ----------
    bins
        Gives the atlas bins of the loader whose pictures these are.
    """

    def __init__(self, bins: Bins) -> None:
        self._bins = bins

    def decode(self, asset: Asset, **options: Any) -> Any:
        """Decode a picture into ImageData."""
        refuse_huge_picture(asset.data, asset.path, asset.layer)
        try:
            picture = pyglet.image.load(asset.name, file=asset.open()).get_image_data()
            picture.get_data("RGBA", picture.width * 4)  # decoders may be lazy, and this may be a thread
        except Exception as error:  # each of pyglet's decoders has its own
            sentence = f"{asset.path} in {asset.layer} is no picture that pyglet can read: {error}"
            raise ResourceError.at(asset.path, sentence) from error
        return picture

    def build(self, decoded: Any, *, atlas: bool = False, border: int = 0, **options: Any) -> Any:
        """Put the picture into an atlas, or a texture of its own."""
        bins = self._bins(decoded.width, decoded.height, border) if atlas else None
        return decoded.get_texture() if bins is None else bins.add(decoded, border)

    def replace(self, resource: Any, decoded: Any, **options: Any) -> Any:
        """Put other pixels into the texture that everyone holds."""
        if (resource.width, resource.height) == (decoded.width, decoded.height):
            resource.blit_into(decoded, 0, 0, 0)
            return resource
        resource.blit_into(scaled(decoded, resource.width, resource.height), 0, 0, 0)
        exchange(resource, self.build(decoded, **options))
        return resource

    def size_of(self, decoded: Any, asset_bytes: int) -> int:
        """Count its pixels."""
        return int(decoded.width * decoded.height * 4)


class AnimationLoader(Loader[Any]):
    """Decodes moving pictures, and puts their frames into an atlas."""

    def __init__(self, bins: Bins) -> None:
        self._bins = bins

    def decode(self, asset: Asset, **options: Any) -> Any:
        """Decode all frames."""
        refuse_huge_picture(asset.data, asset.path, asset.layer)
        try:
            animation = pyglet.image.load_animation(asset.name, asset.open())
            return [(frame.image.get_image_data(), frame.duration) for frame in animation.frames]
        except Exception as error:  # each of pyglet's decoders has its own
            sentence = f"{asset.path} in {asset.layer} is no moving picture that pyglet can read: {error}"
            raise ResourceError.at(asset.path, sentence) from error

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
        """Count the pixels."""
        return sum(image.width * image.height * 4 for image, _ in decoded)


def exchange(texture: Any, other: Any) -> None:
    """Let two textures stand for each other's place, so that the one that goes frees what is no longer used."""
    texture.__dict__, other.__dict__ = other.__dict__, texture.__dict__
    texture.__class__, other.__class__ = type(other), type(texture)


def scaled(picture: Any, width: int, height: int) -> Any:
    """Give a picture in another size, pixel by pixel."""
    data = picture.get_data("RGBA", picture.width * 4)
    columns = [x * picture.width // width * 4 for x in range(width)]
    rows = []
    for y in range(height):
        start = y * picture.height // height * picture.width * 4
        line = data[start : start + picture.width * 4]
        rows.append(b"".join([line[at : at + 4] for at in columns]))
    return pyglet.image.ImageData(width, height, "RGBA", b"".join(rows))
