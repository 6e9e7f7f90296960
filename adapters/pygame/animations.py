"""Pictures that move, pictures drawn by lines, and pictures for the mouse."""

from __future__ import annotations

import bisect
import itertools
from typing import Any

import pygame
from vfsloader.pygame.images import ImageLoader
from vfsloader.pygame.surface import LiveSurface

from vfsloader import paths
from vfsloader.assets.loader import Asset, Handle, Loader, register_loader
from vfsloader.assets.picture_size import MAX_PIXELS, refuse_huge_picture
from vfsloader.errors import ResourceError
from vfsloader.game.current import current


class Animation:
    """The frames of a moving picture.

    Attributes
    ----------
    frames
        The pictures, in order.
    durations_ms
        How long each is shown, in milliseconds.
    """

    def __init__(self, frames: list[LiveSurface], durations_ms: list[int]) -> None:
        self.frames = frames
        self.durations_ms = durations_ms

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def length_ms(self) -> int:
        """How long one round takes, in milliseconds."""
        return sum(self.durations_ms)

    def frame_at(self, time_ms: float, *, loop: bool = True) -> LiveSurface:
        """Give the picture that is shown some time after the start.

        Parameters
        ----------
        time_ms
            Milliseconds.
        loop
            Start again after the last picture; else that one stays.
        """
        ends = list(itertools.accumulate(self.durations_ms))
        at = time_ms % ends[-1] if loop else min(time_ms, ends[-1] - 1)
        return self.frames[min(bisect.bisect_right(ends, at), len(self.frames) - 1)]


class AnimationLoader(Loader[Animation]):
    """Decodes moving GIF, WebP and the like; the Animation stays, its frames are changed in place."""

    def decode(self, asset: Asset, **options: Any) -> list[tuple[pygame.Surface, int]]:
        """Decode all frames."""
        refuse_huge_picture(asset.data, asset.path, asset.layer)
        try:
            frames = pygame.image.load_animation(asset.open(), asset.name)
        except (pygame.error, MemoryError) as error:
            sentence = f"{asset.path} in {asset.layer} is no moving picture that pygame can read: {error}"
            raise ResourceError.at(asset.path, sentence) from error
        return [(picture, max(1, round(duration_ms))) for picture, duration_ms in frames]

    def build(self, decoded: list[tuple[pygame.Surface, int]], **options: Any) -> Animation:
        """Make the Animation."""
        return self.replace(Animation([], []), decoded)

    def replace(self, resource: Animation, decoded: list[tuple[pygame.Surface, int]], **options: Any) -> Animation:
        """Give it other frames: those that it has stay the same objects."""
        for place, (picture, _) in enumerate(decoded):
            if place == len(resource.frames):
                resource.frames.append(LiveSurface((1, 1)))
            resource.frames[place].take(converted(picture))
        del resource.frames[len(decoded) :]
        resource.durations_ms[:] = [duration_ms for _, duration_ms in decoded]
        return resource

    def size_of(self, decoded: list[tuple[pygame.Surface, int]], asset_bytes: int) -> int:
        """Count the pixels."""
        return sum(picture.get_pitch() * picture.get_height() for picture, _ in decoded)


class SvgLoader(ImageLoader):
    """Draws SVG at the size that is wanted; the Surface is changed in place."""

    def decode(self, asset: Asset, *, size: tuple[int, int] | None = None, **options: Any) -> pygame.Surface:
        """Draw the picture."""
        try:
            if size is None:
                return pygame.image.load(asset.open(), "picture.svg")
            if len(size) != 2 or min(size) < 1 or size[0] * size[1] > MAX_PIXELS:
                raise ResourceError.at(asset.path, f"{asset.path} cannot be drawn at {size}")
            return pygame.image.load_sized_svg(asset.open(), size)
        except (pygame.error, MemoryError) as error:
            sentence = f"{asset.path} in {asset.layer} is no SVG that pygame can read: {error}"
            raise ResourceError.at(asset.path, sentence) from error


class CursorLoader(Loader[pygame.cursors.Cursor]):
    """Makes cursors of pictures; one cannot be changed in place, so a handle has the newest."""

    def decode(self, asset: Asset, **options: Any) -> pygame.Surface:
        """Decode the picture."""
        return ImageLoader().decode(asset)

    def build(
        self, decoded: pygame.Surface, *, hotspot: tuple[int, int] = (0, 0), **options: Any
    ) -> pygame.cursors.Cursor:
        """Make the cursor."""
        return pygame.cursors.Cursor(hotspot, decoded)

    def replace(
        self, resource: pygame.cursors.Cursor, decoded: pygame.Surface, **options: Any
    ) -> pygame.cursors.Cursor:
        """Make another cursor, and show it where the old one is shown."""
        new = self.build(decoded, **options)
        if pygame.display.get_init() and pygame.mouse.get_cursor() == resource:
            pygame.mouse.set_cursor(new)
        return new


ANIMATIONS, SVGS, CURSORS = AnimationLoader(), SvgLoader(), CursorLoader()
register_loader(SVGS, ".svg")


def load_animation(path: paths.PathLike) -> Animation:
    """Load a moving picture from the winning layer: GIF, WebP, and what else pygame reads frame by frame.

    Returns
    -------
    Animation
        The same one for each call; it and its frames are changed in place.

    Raises
    ------
    NotInitializedError, PathNotFoundError, ResourceError
        As :func:`load_image`.
    """
    return current().load(path, ANIMATIONS)


def load_svg(path: paths.PathLike, size: tuple[int, int] | None = None) -> LiveSurface:
    """Draw an SVG from the winning layer.

    Parameters
    ----------
    path
        The picture.
    size
        Width and height to fit it into, in pixels; its own if left out.

    Returns
    -------
    LiveSurface
        The same one for each call with this path and size; it is changed in place.

    Raises
    ------
    NotInitializedError, PathNotFoundError, ResourceError
        As :func:`load_image`.
    """
    return current().load(path, SVGS) if size is None else current().load(path, SVGS, size=tuple(size))


def load_cursor(path: paths.PathLike, hotspot: tuple[int, int] = (0, 0)) -> Handle[pygame.cursors.Cursor]:
    """Load a mouse cursor from a picture in the winning layer.

    Parameters
    ----------
    path
        The picture.
    hotspot
        The pixel that points.

    Returns
    -------
    Handle
        Its ``.value`` is for ``pygame.mouse.set_cursor``. Where that cursor is shown, a changed one is shown at once.

    Raises
    ------
    NotInitializedError, PathNotFoundError, ResourceError
        As :func:`load_image`.
    """
    return current().handle(path, CURSORS, hotspot=tuple(hotspot))


def converted(picture: pygame.Surface) -> pygame.Surface:
    """Give a copy of a picture in the display's format, or in its own where there is no display."""
    if pygame.display.get_surface() is None:
        return picture.copy()
    return picture.convert_alpha()
