"""A Surface whose pixels and size can be replaced while everyone keeps the same object.

pygame can initialise a living Surface again with another size, and frees its old pixels. A subsurface
that was taken before would then point at freed memory. So a `LiveSurface` knows its subsurfaces and, before
its own pixels go, gives each of them pixels of its own.
"""

from __future__ import annotations

import weakref
from typing import Any

import pygame


class LiveSurface(pygame.Surface):
    """A ``pygame.Surface`` that can take over another picture."""

    _parts: weakref.WeakSet[LiveSurface] | None = None

    def subsurface(self, *area: Any) -> LiveSurface:
        """Give a part of this surface that shares its pixels; it stays safe when the picture changes."""
        part = super().subsurface(*area)
        assert isinstance(part, LiveSurface)  # pygame makes it of this class
        if self._parts is None:
            self._parts = weakref.WeakSet()
        self._parts.add(part)
        return part

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

    def _release_parts(self, picture: pygame.Surface) -> None:
        """Give every subsurface pixels of its own, the inner ones first."""
        for part in list(self._parts or ()):
            area = part.get_rect(topleft=part.get_offset())
            view = pygame.Surface(area.size, picture.get_flags() & pygame.SRCALPHA, picture)
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


def _reshape(surface: LiveSurface, picture: pygame.Surface) -> None:
    alpha = surface.get_alpha()
    pygame.Surface.__init__(surface, picture.get_size(), picture.get_flags() & pygame.SRCALPHA, picture)
    if picture.get_bitsize() <= 8:
        surface.set_palette(picture.get_palette())
    _write(picture, surface)
    surface.set_colorkey(picture.get_colorkey())
    if alpha is not None:
        surface.set_alpha(alpha)


def _write(picture: pygame.Surface, surface: pygame.Surface) -> None:
    """Copy all pixels as they are between surfaces of one size and format."""
    if picture.get_pitch() == surface.get_pitch() and surface.get_parent() is None and picture.get_parent() is None:
        surface.get_buffer().write(picture.get_buffer().raw, 0)
    else:
        _copy(picture, surface, (0, 0))


def _copy(source: pygame.Surface, target: pygame.Surface, at: tuple[int, int]) -> None:
    """Blit without blending, which would lose the colour of transparent pixels."""
    plain = source.copy()
    plain.set_colorkey(None)
    plain.set_alpha(None)
    target.blit(plain, at)
