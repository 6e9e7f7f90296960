"""Animations, SVG pictures and mouse cursors by their virtual path."""

from __future__ import annotations

import bisect
import functools
import itertools
from typing import Any, ClassVar

import pygame
from vfsloader.pygame.decoding import load_frames
from vfsloader.pygame.decoding import load_svg as draw_svg
from vfsloader.pygame.images import IMAGES, ImageLoader, check_size
from vfsloader.pygame.live_copies.loaded import converted, show_or_stage, source_of
from vfsloader.pygame.live_copies.rebuild import REBUILD, RebuildingLoader
from vfsloader.pygame.surface import LiveSurface

from vfsloader import paths
from vfsloader.assets.loader import Asset, DecodeAgain, Handle, Loader, register_loader
from vfsloader.assets.unreadable import unreadable
from vfsloader.errors import ResourceError, VFSError
from vfsloader.game.current import current
from vfsloader.quoting import plain


class Animation:
    """The frames of an animated picture.

    Attributes
    ----------
    frames
        The pictures, in order.
    durations_ms
        How long each one is shown, in milliseconds.
    decode_again
        Decodes all frames as the file is now; set by its loader.
    """

    def __init__(self, frames: list[LiveSurface], durations_ms: list[int]) -> None:
        self.decode_again: DecodeAgain | None = None
        self.frames = frames
        self.durations_ms = durations_ms

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def length_ms(self) -> int:
        """The duration of one round, in milliseconds."""
        return sum(self.durations_ms)

    def frame_at(self, time_ms: float, *, loop: bool = True) -> LiveSurface:
        """Return the picture that is shown at a time.

        Parameters
        ----------
        time_ms
            Milliseconds since the start.
        loop
            Start again after the last picture; otherwise the last picture stays.
        """
        ends = list(itertools.accumulate(self.durations_ms))
        offset_ms = time_ms % ends[-1] if loop else min(time_ms, ends[-1] - 1)
        return self.frames[min(bisect.bisect_right(ends, offset_ms), len(self.frames) - 1)]


def _frame_of(animation: Animation, index: int) -> pygame.Surface:
    """Decode one frame again."""
    if animation.decode_again is None:
        return animation.frames[index]
    return converted(animation.decode_again().data[index][0])


class AnimationLoader(RebuildingLoader, Loader[Animation]):
    """Decodes animated GIF, WebP and similar formats; the Animation stays, its frames are changed in place."""

    shows_edits: ClassVar[bool] = True

    def decode(self, asset: Asset, **options: Any) -> list[tuple[pygame.Surface, int]]:
        """Decode all frames."""
        from vfsloader.pygame.edited import with_edits

        try:
            frames = [(with_edits(asset, picture), duration_ms) for picture, duration_ms in load_frames(asset)]
        except VFSError:
            raise
        except Exception as error:  # the libraries that decode raise errors of many types
            raise unreadable(asset, "an animated picture", "pygame", error) from error
        return [(picture, max(1, round(duration_ms))) for picture, duration_ms in frames]

    def build(self, decoded: list[tuple[pygame.Surface, int]], **options: Any) -> Animation:
        """Make the Animation."""
        return self.replace(Animation([], []), decoded)

    def replace(self, resource: Animation, decoded: list[tuple[pygame.Surface, int]], **options: Any) -> Animation:
        """Copy the new frames into the present ones; add or remove frames at the end."""
        frames = [*resource.frames[: len(decoded)], *[LiveSurface((1, 1)) for _ in decoded[len(resource.frames) :]]]
        for index, (frame, (picture, _)) in enumerate(zip(frames, decoded, strict=True)):
            source = source_of(frame)
            if source is not None:  # else the game changed it in a way that cannot be done again
                source.owner = resource
                source.decode = functools.partial(_frame_of, resource, index)
                show_or_stage(source, converted(picture))

        def show() -> None:
            resource.frames[:] = frames
            resource.durations_ms[:] = [duration_ms for _, duration_ms in decoded]

        if resource.frames:
            REBUILD.when_shown(show)
        else:
            show()
        return resource

    def anchor(self, resource: Animation, decode_again: DecodeAgain) -> Animation:
        """Return the Animation: its frames keep it alive."""
        resource.decode_again = decode_again
        return resource

    def size_of(self, decoded: list[tuple[pygame.Surface, int]], asset_bytes: int) -> int:
        """Return the size of the pixels."""
        return sum(picture.get_pitch() * picture.get_height() for picture, _ in decoded)


class SvgLoader(ImageLoader):
    """Draws SVG pictures at the requested size; the Surface is changed in place."""

    def decode(self, asset: Asset, *, size: tuple[int, int] | None = None, **options: Any) -> pygame.Surface:
        """Draw the picture."""
        from vfsloader.pygame.edited import with_edits

        if size is not None:
            try:
                check_size(size)
            except ValueError as error:
                raise ResourceError.at(asset.path, f"{plain(asset.path)} cannot be drawn: {error}") from error
        try:
            return with_edits(asset, draw_svg(asset, size))
        except VFSError:
            raise
        except Exception as error:
            raise unreadable(asset, "an SVG picture", "pygame", error) from error


class CursorLoader(Loader[pygame.cursors.Cursor]):
    """Makes cursors from pictures. A cursor cannot be changed in place, so a handle holds the newest one."""

    def decode(self, asset: Asset, **options: Any) -> pygame.Surface:
        """Decode the picture."""
        return IMAGES.decode(asset)

    def build(
        self, decoded: pygame.Surface, *, hotspot: tuple[int, int] = (0, 0), **options: Any
    ) -> pygame.cursors.Cursor:
        """Make the cursor."""
        return pygame.cursors.Cursor(hotspot, decoded)

    def replace(
        self, resource: pygame.cursors.Cursor, decoded: pygame.Surface, **options: Any
    ) -> pygame.cursors.Cursor:
        """Make a new cursor, and show it if the old one is shown."""
        cursor = self.build(decoded, **options)
        if pygame.display.get_init() and pygame.mouse.get_cursor() == resource:
            pygame.mouse.set_cursor(cursor)
        return cursor


ANIMATIONS, SVGS, CURSORS = AnimationLoader(), SvgLoader(), CursorLoader()
register_loader(SVGS, ".svg")


def load_animation(path: paths.PathLike) -> Animation:
    """Load an animated picture from the winning layer: GIF, WebP or another format that pygame reads frame by frame.

    Returns
    -------
    Animation
        The same object for each call; it and its frames are changed in place.

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
        Width and height to fit it into, in pixels; by default the size that the file names.

    Returns
    -------
    LiveSurface
        The same object for each call with this path and size; it is changed in place.

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
        The pixel that points, from the top left corner.

    Returns
    -------
    Handle
        Its ``.value`` is for ``pygame.mouse.set_cursor``. A changed cursor replaces the one that is shown at once.

    Raises
    ------
    NotInitializedError, PathNotFoundError, ResourceError
        As :func:`load_image`.
    """
    return current().handle(path, CURSORS, hotspot=tuple(hotspot))
