"""A Surface whose pixels and size can be replaced while everyone keeps the same object.

pygame can initialise a living Surface again with another size, and frees its old pixels. A subsurface
that was taken before would then point at freed memory. So a `LiveSurface` knows its subsurfaces and, before
its own pixels go, gives each of them pixels of its own.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, cast

import pygame
from vfsloader.pygame.exchange import exchange_surfaces


class LiveSurface(pygame.Surface):
    """A ``pygame.Surface`` that can take over another picture."""

    _parts: weakref.WeakSet[LiveSurface] | None = None
    _converted: weakref.WeakSet[LiveSurface] | None = None
    _source: tuple[LiveSurface, Callable[[pygame.Surface], pygame.Surface]] | None = None

    def subsurface(self, *area: Any) -> LiveSurface:
        """Give a part of this surface that shares its pixels; it stays safe when the picture changes."""
        part = super().subsurface(*area)
        assert isinstance(part, LiveSurface)  # pygame makes it of this class
        if self._parts is None:
            self._parts = weakref.WeakSet()
        self._parts.add(part)
        return part

    def convert(self, *format: Any) -> LiveSurface:
        """Give a copy in another format that is alive as this one is."""
        return self._follow(lambda picture: pygame.Surface.convert(picture, *format))

    def convert_alpha(self, *like: Any) -> LiveSurface:
        """Give a copy in a format with transparency that is alive as this one is."""
        return self._follow(lambda picture: pygame.Surface.convert_alpha(picture, *like))

    def _follow(self, make: Callable[[pygame.Surface], pygame.Surface]) -> LiveSurface:
        copy = make(self)
        assert isinstance(copy, LiveSurface)  # pygame makes it of this class
        copy._source = self, make  # the game mostly drops the original at once
        if self._converted is None:
            self._converted = weakref.WeakSet()
        self._converted.add(copy)
        return copy

    def _tell_copies(self) -> None:
        for copy in list(self._converted or ()):
            if copy._source is not None:
                copy.take(copy._source[1](self))

    def become(self, picture: pygame.Surface) -> None:
        """Show `picture` from now on.

        With the same size and format the pixels are written into this surface, and subsurfaces show them too.
        Otherwise this surface takes the size and format of `picture`; subsurfaces keep their size, show
        their area of the new picture, and are surfaces of their own from then on.

        Parameters
        ----------
        picture
            The new picture. A global alpha that was set on this surface stays.
        """
        if _format(picture) == _format(self):
            _write(picture, self)
        else:
            self._release_parts(picture)
            _reshape(self, picture)
        self._tell_copies()

    def take(self, picture: pygame.Surface) -> None:
        """Become a picture that nobody else holds, without copying it.

        Parameters
        ----------
        picture
            The new picture; it is another one afterwards.
        """
        if _format(picture) == _format(self) or picture.get_parent() is not None or self.get_parent() is not None:
            self.become(picture)
            return
        self._release_parts(picture)
        alpha = self.get_alpha()
        if not exchange_surfaces(self, picture):
            _reshape(self, picture)
        if alpha not in (None, 255):
            self.set_alpha(alpha)
        self._tell_copies()

    def _release_parts(self, picture: pygame.Surface) -> None:
        """Give every subsurface pixels of its own, the inner ones first."""
        for part in list(self._parts or ()):
            area = part.get_rect(topleft=part.get_offset())
            view = pygame.Surface(area.size, *_kind(picture))
            inside = area.clip(picture.get_rect())
            if inside:
                _copy(picture.subsurface(inside), view, (inside.x - area.x, inside.y - area.y))
            else:  # nothing of the new picture lies there: the old one is better than nothing
                _copy(part, view, (0, 0))
            part._release_parts(view)
            _reshape(part, view)
        self._parts = None


def _format(surface: pygame.Surface) -> tuple[object, ...]:
    """Give what two surfaces must share for their pixels to be exchanged; a palette is never shared."""
    palette = object() if surface.get_bitsize() <= 8 else None
    return surface.get_size(), surface.get_bitsize(), surface.get_masks(), surface.get_pitch(), palette


def _kind(surface: pygame.Surface) -> tuple[int, int, tuple[int, int, int, int]]:
    """Give the flags, depth and masks with which a surface of the same format is made."""
    # A surface given as the pattern would not do: with SRCALPHA pygame takes masks of its own choice.
    return surface.get_flags() & pygame.SRCALPHA, surface.get_bitsize(), surface.get_masks()


def _reshape(surface: LiveSurface, picture: pygame.Surface) -> None:
    alpha = surface.get_alpha()
    pygame.Surface.__init__(surface, picture.get_size(), *_kind(picture))
    if picture.get_bitsize() <= 8:
        surface.set_palette(picture.get_palette())
    _write(picture, surface)
    surface.set_colorkey(_colorkey(picture))
    if alpha is not None:
        surface.set_alpha(alpha)


def _colorkey(picture: pygame.Surface) -> tuple[int, int, int, int] | int | None:
    """Give the transparent colour; of a picture with a palette its place there, as colours may stand twice."""
    key = picture.get_colorkey()
    if key is None or picture.get_bitsize() > 8:
        return key
    for place, colour in enumerate(picture.get_palette()):
        if colour[:3] == key[:3]:
            at = picture.get_buffer().raw.find(bytes([place]))
            row, column = divmod(at, picture.get_pitch())
            if at >= 0 and column < picture.get_width():
                pixel = picture.subsurface((column, row, 1, 1))
                if pygame.image.tobytes(pixel, "RGBA")[3] == 0:
                    return place
    return key


def _write(picture: pygame.Surface, surface: pygame.Surface) -> None:
    """Copy all pixels as they are between surfaces of one size and format."""
    if picture.get_pitch() == surface.get_pitch() and surface.get_parent() is None and picture.get_parent() is None:
        try:
            memoryview(cast("Any", surface.get_view("0")))[:] = memoryview(cast("Any", picture.get_view("0")))
        except ValueError:  # lines that end in bytes without a pixel are no one piece
            surface.get_buffer().write(picture.get_buffer().raw, 0)
    else:
        _copy(picture, surface, (0, 0))


def _copy(source: pygame.Surface, target: pygame.Surface, at: tuple[int, int]) -> None:
    """Blit without blending, which would lose the colour of transparent pixels."""
    plain = source.copy()
    plain.set_colorkey(None)
    plain.set_alpha(None)
    target.blit(plain, at)
