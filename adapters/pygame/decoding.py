"""Pictures as Surfaces. A mod's file never reaches a decoder of pygame that is known to crash on hostile bytes.

pygame may decode PNG, JPEG, WebP, BMP and QOI. GIF and TGA of mods are decoded by Pillow. An SVG of a mod is drawn in
another process, at the size that its root element names, whatever pygame would find in it.
"""

from __future__ import annotations

import io
import math
from types import ModuleType
from typing import Any

import pygame
from vfsloader.pygame.byte_files import read_bytes

from vfsloader.assets.loader import Asset
from vfsloader.errors import ResourceError
from vfsloader.quoting import plain

# pygame's own functions: `live_copies` and `adopt` replace them for the game.
_load, _load_sized_svg, _frombytes = pygame.image.load, pygame.image.load_sized_svg, pygame.image.frombytes
#: PNGs of fewer pixels are left to pygame: it takes 0.06 ms to set up Wuffs' decoder.
LEAST_PIXELS = 12_000
#: Formats that pygame decodes from mods, too.
_SAFE_IN_PYGAME = ("png", "jpeg", "webp", "bmp", "qoi")
#: SDL looks for the root element of an SVG in so many bytes.
_SVG_HEAD_BYTES = 4096
#: GIF durations below 20 ms are shown for 100 ms, as in browsers and SDL.
_SHORTEST_MS, _USUAL_MS = 20, 100


def load_picture(asset: Asset) -> pygame.Surface:
    """Decode a picture.

    Raises
    ------
    ResourceError, pygame.error
        It is too large, or cannot be decoded, or it is a mod's and in a format that mods may not use.
    Exception
        Whatever the decoder raises.
    """
    from vfsloader.assets.picture_size import check_picture

    kind = check_picture(asset)
    if kind == "png" and pixels_of(asset.data) >= LEAST_PIXELS:
        from vfsloader.pygame.fast_png import decode_own_format

        picture = decode_own_format(asset.data)
        if picture is not None:
            return picture
    return load_checked(asset, kind)


def pixels_of(png: bytes) -> int:
    """Return how many pixels a PNG has."""
    return int.from_bytes(png[16:20], "big") * int.from_bytes(png[20:24], "big")


def load_checked(asset: Asset, kind: str | None) -> pygame.Surface:
    """Decode a picture of the format that :func:`check_picture` returned; see :func:`load_picture`."""
    if kind == "svg":
        return load_svg(asset)
    if asset.is_trusted:
        return read_bytes(_load, asset.data, asset.path)
    if kind in _SAFE_IN_PYGAME:
        return read_bytes(_load, asset.data, f"x.{kind}")
    return _pillow_frames(asset, kind, most=1, is_still=True)[0][0]


def load_frames(asset: Asset) -> list[tuple[pygame.Surface, float]]:
    """Decode the frames of an animated picture; with each, the milliseconds for which it is shown.

    Raises
    ------
    ResourceError, pygame.error
        As for :func:`load_picture`; also if all frames together are too large.
    Exception
        Whatever the decoder raises.
    """
    from vfsloader.assets.picture_size import check_animation

    kind = check_animation(asset)
    if asset.is_trusted:
        return read_bytes(pygame.image.load_animation, asset.data, asset.name)
    if kind == "svg":
        return [(load_svg(asset), _USUAL_MS)]
    if kind in _SAFE_IN_PYGAME:
        return read_bytes(pygame.image.load_animation, asset.data, f"x.{kind}")
    return _pillow_frames(asset, kind)


def load_svg(asset: Asset, size: tuple[int, int] | None = None) -> pygame.Surface:
    """Draw an SVG.

    Parameters
    ----------
    asset
        The picture.
    size
        Width and height to fit it into, in pixels; by default the size that the file names.

    Raises
    ------
    ResourceError, pygame.error
        It is too large, or not an SVG.
    """
    from vfsloader.pygame.svg_drawing import draw_untrusted

    from vfsloader.assets.media_formats import svg_start
    from vfsloader.assets.picture_size import check_pixels, svg_size

    start = svg_start(asset.data)
    if start is None and not asset.is_trusted:
        raise _not_a_picture(asset, "it does not begin with an <svg> element")
    # A long comment before the root element would hide it from SDL.
    data = asset.data[start:] if start and start > _SVG_HEAD_BYTES // 2 else asset.data
    if size is not None:
        check_pixels(asset, size)
        if not asset.is_trusted:
            return draw_untrusted(asset, data, size)
        return read_bytes(_load_sized_svg, data, size)
    named = svg_size(asset.data)
    if named is not None:
        check_pixels(asset, (math.ceil(named[0]), math.ceil(named[1])))
    if asset.is_trusted:
        return read_bytes(_load, data, "picture.svg")
    if named is None:
        raise _not_a_picture(asset, "its <svg> element has neither width and height nor a viewBox")
    return draw_untrusted(asset, data, (math.ceil(named[0]), math.ceil(named[1])))


def _pillow_frames(
    asset: Asset, kind: str | None, most: int | None = None, *, is_still: bool = False
) -> list[tuple[pygame.Surface, float]]:
    from vfsloader.assets.picture_size import check_pixels

    image_module = _pillow(asset, kind)
    frames = []
    pixels = 0
    with image_module.open(io.BytesIO(asset.data), formats=[str(kind).upper()]) as picture:
        for index in range(int(getattr(picture, "n_frames", 1)) if most is None else most):
            if index:
                picture.seek(index)
            check_pixels(asset, picture.size)
            pixels += picture.width * picture.height
            if pixels > asset.limits.pixels:  # the header was understood otherwise by Pillow than by us
                raise asset.budget.exceeded("pixels")
            surface = _indexed(picture) if is_still and kind == "gif" and picture.mode == "P" else _surface(picture)
            frames.append((surface, _duration_ms(picture)))
    return frames


def _indexed(picture: Any) -> pygame.Surface:
    """Return a picture of 256 colours as pygame's own decoder does: games ask a GIF for its colour key and alpha."""
    surface = _frombytes(picture.tobytes(), picture.size, "P")
    colours = picture.getpalette("RGB")
    surface.set_palette([tuple(colours[start : start + 3]) for start in range(0, len(colours), 3)])
    transparent = picture.info.get("transparency")
    if isinstance(transparent, int):
        surface.set_colorkey(transparent)
    return surface


def _surface(picture: Any) -> pygame.Surface:
    from vfsloader.assets.pillow_modes import eight_bits

    has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    mode = "RGBA" if has_alpha else "RGB"
    converted = eight_bits(picture).convert(mode)
    return _frombytes(converted.tobytes(), converted.size, "RGBA" if has_alpha else "RGB")


def _duration_ms(picture: Any) -> float:
    duration_ms = float(picture.info.get("duration", 0))
    return duration_ms if duration_ms >= _SHORTEST_MS else _USUAL_MS


def _pillow(asset: Asset, kind: str | None) -> ModuleType:
    try:
        import PIL.Image
    except ImportError as error:
        sentence = f'{str(kind).upper()} pictures of mods are decoded by Pillow; run: pip install "vfsloader[pygame]"'
        raise _not_a_picture(asset, sentence) from error
    return PIL.Image


def _not_a_picture(asset: Asset, reason: str) -> ResourceError:
    return ResourceError.at(asset.path, f"{plain(asset.path)} in {plain(asset.layer)} is not a picture: {reason}")
