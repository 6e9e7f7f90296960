"""Pictures as pyglet's ImageData. A mod's pictures are decoded by Pillow, or by pyglet's decoders in Python."""

from __future__ import annotations

import io
from typing import Any

import pyglet
from vfsloader.pyglet.rgba import rgba_pixels

from vfsloader.assets.edits.apply import edited, has_edits
from vfsloader.assets.edits.canvas import Canvas
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.loader import Asset
from vfsloader.assets.picture_size import check_animation, check_picture, check_pixels
from vfsloader.assets.pillow_modes import eight_bits
from vfsloader.assets.unreadable import unreadable
from vfsloader.errors import ResourceError, VFSError
from vfsloader.quoting import plain

#: GIF durations below 20 ms are shown for 100 ms, as in browsers.
_SHORTEST_MS, _USUAL_MS = 20, 100


def load_picture(asset: Asset) -> Any:
    """Decode a picture with the edits that mods make to it into ImageData.

    Raises
    ------
    ResourceError
        It is too large, or it is a mod's and in a format that mods may not use.
    Exception
        Whatever the decoder raises.
    """
    return _to_image(edited(asset, _load_for_edit)) if has_edits(asset) else _load_unedited(asset)


def _load_unedited(asset: Asset) -> Any:
    kind = check_picture(asset)
    if not asset.is_trusted:
        return _pillow_frames(asset, kind, most=1)[0][0]
    picture = pyglet.image.load(asset.name, file=asset.open()).get_image_data()
    picture.get_data(picture.format, picture.pitch)  # decoders may be lazy, and this may be a thread
    return picture


def load_frames(asset: Asset) -> list[tuple[Any, float]]:
    """Decode the frames of an animated picture with its edits; with each, the seconds for which it is shown.

    Raises
    ------
    ResourceError
        As for :func:`load_picture`; also if all frames together are too large.
    Exception
        Whatever the decoder raises.
    """
    return [(_with_edits(asset, image), seconds) for image, seconds in _load_unedited_frames(asset)]


def _load_unedited_frames(asset: Asset) -> list[tuple[Any, float]]:
    kind = check_animation(asset)
    if not asset.is_trusted:
        return _pillow_frames(asset, kind)
    animation = pyglet.image.load_animation(asset.name, asset.open())
    return [(frame.image.get_image_data(), frame.duration) for frame in animation.frames]


def _with_edits(asset: Asset, image: Any) -> Any:
    if not has_edits(asset):
        return image
    return _to_image(edited(asset, _load_for_edit, _to_picture(image)))


def _to_image(picture: Canvas) -> Any:
    return pyglet.image.ImageData(picture.width, picture.height, "RGBA", bytes(picture.pixels), -picture.width * 4)


def _to_picture(image: Any) -> Picture:
    return Picture(image.width, image.height, rgba_pixels(image, from_top=True))


def _load_for_edit(asset: Asset) -> Picture:
    try:
        return _to_picture(_load_unedited(asset))
    except VFSError:
        raise
    except Exception as error:  # each of pyglet's decoders raises its own errors
        raise unreadable(asset, "a picture", "pyglet", error) from error


def _pillow_frames(asset: Asset, kind: str | None, most: int | None = None) -> list[tuple[Any, float]]:
    try:
        import PIL.Image
    except ImportError as error:
        sentence = f"{plain(asset.path)} in {plain(asset.layer)}: pictures of mods are decoded by Pillow"
        raise ResourceError.at(asset.path, f"{sentence}; run: pip install pillow") from error
    frames = []
    pixels = 0
    with PIL.Image.open(io.BytesIO(asset.data), formats=[str(kind).upper()]) as picture:
        for index in range(int(getattr(picture, "n_frames", 1)) if most is None else most):
            if index:
                picture.seek(index)
            check_pixels(asset, picture.size)
            width, height = picture.size
            pixels += width * height
            if pixels > asset.limits.pixels:  # the header was understood otherwise by Pillow than by us
                raise asset.budget.exceeded("pixels")
            data = eight_bits(picture).convert("RGBA").tobytes()
            image = pyglet.image.ImageData(width, height, "RGBA", data, -width * 4)  # from the top down
            duration_ms = float(picture.info.get("duration", 0))
            frames.append((image, (duration_ms if duration_ms >= _SHORTEST_MS else _USUAL_MS) / 1000))
    return frames
