"""A Surface whose pixels and size can be replaced while every holder keeps the same object.

pygame can initialise a Surface a second time with another size. That frees its old pixels, and a subsurface that was
taken before would then point at freed memory. So a `LiveSurface` knows its subsurfaces and gives each of them its own
pixels before it frees the shared ones.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, cast

import pygame
from vfsloader.pygame.pointer_swap import swap_surfaces


class LiveSurface(pygame.Surface):
    """A ``pygame.Surface`` that can become a copy of another picture, whatever its size and format."""

    _subsurfaces: weakref.WeakSet[LiveSurface] | None = None
    _conversions: weakref.WeakSet[LiveSurface] | None = None
    _source: tuple[LiveSurface, Callable[[pygame.Surface], pygame.Surface]] | None = None

    def subsurface(self, *area: Any) -> LiveSurface:
        """Return a part of this surface that shares its pixels; it stays valid when the picture changes."""
        part = super().subsurface(*area)
        assert isinstance(part, LiveSurface)  # pygame keeps the class
        if self._subsurfaces is None:
            self._subsurfaces = weakref.WeakSet()
        self._subsurfaces.add(part)
        return part

    def convert(self, *format: Any) -> LiveSurface:
        """Return a copy in another format that follows the changes of this surface."""
        return self._follow(lambda picture: pygame.Surface.convert(picture, *format))

    def convert_alpha(self, *like: Any) -> LiveSurface:
        """Return a copy in a format with transparency that follows the changes of this surface."""
        return self._follow(lambda picture: pygame.Surface.convert_alpha(picture, *like))

    def _follow(self, convert: Callable[[pygame.Surface], pygame.Surface]) -> LiveSurface:
        copy = convert(self)
        assert isinstance(copy, LiveSurface)  # pygame keeps the class
        copy._source = self, convert  # games usually drop the original at once
        if self._conversions is None:
            self._conversions = weakref.WeakSet()
        self._conversions.add(copy)
        return copy

    def copy_from(self, picture: pygame.Surface, *, convert: bool = False) -> None:
        """Show a copy of `picture` from now on.

        If the size and format stay the same, the pixels are written into this surface, and its subsurfaces show them
        too. Otherwise this surface takes the new size and format. Its subsurfaces keep their size, show their area of
        the new picture, and no longer share pixels with this surface.

        Parameters
        ----------
        picture
            The new picture. A global alpha that was set on this surface stays.
        convert
            Take the display's format, which blits fastest, with transparency if the picture has any. Without a display
            the format is the picture's own.
        """
        pattern = picture
        if convert and pygame.display.get_surface() is not None:
            if picture.get_colorkey() is not None:
                picture = picture.convert_alpha()
            pixel = pygame.Surface((1, 1))
            pattern = pixel.convert_alpha() if picture.get_masks()[3] else pixel.convert()
        depth = pattern.get_bitsize()
        if (
            depth <= 8  # palettes are never shared
            or depth != self.get_bitsize()
            or picture.get_size() != self.get_size()
            or pattern.get_masks() != self.get_masks()
        ):
            self._reshape(picture, pattern)
        elif self.get_locked():  # an array of the game views these pixels: blitting is refused
            picture = picture.convert(pattern)
            memoryview(cast("Any", self.get_view("0")))[:] = memoryview(cast("Any", picture.get_view("0")))
        elif not _copy_memory(picture, self):
            clip = self.get_clip()
            self.set_clip(None)
            _blit_pixels(picture, self)
            self.set_clip(clip)
        if self._conversions:
            self._update_conversions()

    def steal_from(self, picture: pygame.Surface) -> None:
        """Show `picture` from now on without copying it, if that is possible; otherwise as :meth:`copy_from` does.

        Parameters
        ----------
        picture
            The new picture, which nobody else holds. It may be a different one afterwards, and should be dropped.
        """
        alpha = self.get_alpha()
        if (
            self._subsurfaces
            or self.get_locked()
            or self.get_parent() is not None
            or picture.get_parent() is not None
            or not swap_surfaces(self, picture)
        ):
            self.copy_from(picture)
            return
        if alpha not in (None, 255):
            self.set_alpha(alpha)
        if self._conversions:
            self._update_conversions()

    def _update_conversions(self) -> None:
        for copy in list(self._conversions or ()):
            if copy._source is not None:
                copy.copy_from(copy._source[1](self))

    def _reshape(self, picture: pygame.Surface, pattern: pygame.Surface) -> None:
        """Take the size of a picture and the format of a pattern, then copy the picture's pixels."""
        if self.get_locked():
            raise pygame.error("the size or format of a locked surface cannot change; unlock it first")
        if self._subsurfaces:
            self._detach_subsurfaces(picture, pattern)
        alpha = self.get_alpha()
        # The pattern itself as third argument would not do: with SRCALPHA pygame chooses the masks.
        flags, depth = pattern.get_flags() & pygame.SRCALPHA, pattern.get_bitsize()
        pygame.Surface.__init__(self, picture.get_size(), flags, depth, pattern.get_masks())
        if depth <= 8:
            _copy_indexes(picture, self)
        else:
            if not _copy_memory(picture, self):
                _blit_pixels(picture, self)
            if pattern is picture:
                self.set_colorkey(picture.get_colorkey())
        if alpha not in (None, 255):
            self.set_alpha(alpha)

    def _detach_subsurfaces(self, picture: pygame.Surface, pattern: pygame.Surface) -> None:
        """Detach every subsurface from its parent, the innermost first."""
        for part in list(self._subsurfaces or ()):
            area = part.get_rect(topleft=part.get_offset())
            view = pygame.Surface(area.size, pygame.SRCALPHA, 32)
            inside = area.clip(picture.get_rect())
            if inside:
                _blit_pixels(picture.subsurface(inside), view, (inside.x - area.x, inside.y - area.y))
            else:  # the new picture has nothing there: keep the old pixels
                _blit_pixels(part, view)
            part._reshape(view, pattern if pattern.get_bitsize() > 8 else view)
        self._subsurfaces = None


def _blit_pixels(source: pygame.Surface, target: pygame.Surface, at: tuple[int, int] = (0, 0)) -> None:
    """Blit without blending: it would lose the colours of transparent pixels."""
    if source.get_colorkey() is not None:
        source = source.copy()
        source.set_colorkey(None)
    alpha = source.get_alpha()
    source.set_alpha(None)
    target.blit(source, at)
    source.set_alpha(alpha)


def _copy_memory(source: pygame.Surface, target: pygame.Surface) -> bool:
    """Copy pixels as bytes, which takes a fifth of the time of a blit. Return whether that was possible."""
    if (
        source.get_bitsize() != 32
        or target.get_bitsize() != 32
        or source.get_size() != target.get_size()
        or source.get_masks() != target.get_masks()
        or source.get_pitch() != target.get_pitch()
        or source.get_locked()
        or target.get_locked()
        or source.get_pitch() != 4 * source.get_width()
    ):
        return False
    pixels: Any = target.get_view("0")
    copied: Any = source.get_view("0")
    memoryview(pixels)[:] = memoryview(copied)
    return True


def _copy_indexes(picture: pygame.Surface, target: pygame.Surface) -> None:
    """Copy the palette, and the pixels as indexes into it: a colour may be in the palette twice."""
    target.set_palette(picture.get_palette())
    whole = picture if picture.get_parent() is None else picture.copy()
    target.get_buffer().write(whole.get_buffer().raw, 0)
    target.set_colorkey(_colorkey_index(picture))


def _colorkey_index(picture: pygame.Surface) -> tuple[int, int, int, int] | int | None:
    """Return the palette index of the transparent colour, or the colour itself if no pixel has it."""
    key = picture.get_colorkey()
    if key is None:
        return None
    for index, colour in enumerate(picture.get_palette()):
        if colour[:3] == key[:3]:
            offset = picture.get_buffer().raw.find(bytes([index]))
            row, column = divmod(offset, picture.get_pitch())
            if offset >= 0 and column < picture.get_width():
                pixel = picture.subsurface((column, row, 1, 1))
                if pygame.image.tobytes(pixel, "RGBA")[3] == 0:
                    return index
    return key
