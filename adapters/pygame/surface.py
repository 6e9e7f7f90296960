"""A Surface whose pixels and size can be replaced while every holder keeps the same object.

Everything that a game makes of it follows: its subsurfaces stay subsurfaces, and copies of it are made again; see
`live_copies`.
"""

from __future__ import annotations

from typing import Any

import pygame
from vfsloader.pygame.live_copies.loaded import await_picture, converted, show_now
from vfsloader.pygame.live_copies.recipes import duplicate
from vfsloader.pygame.live_copies.surface_types import PlainSurface, RecordedSurface


class LiveSurface(RecordedSurface):
    """A ``pygame.Surface`` that can become a copy of another picture, whatever its size and format."""

    __slots__ = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        PlainSurface.__init__(self, *args, **kwargs)
        await_picture(self)

    def copy_from(self, picture: pygame.Surface, *, convert: bool = False) -> None:
        """Show a copy of `picture` from now on, and make everything again that was made of this surface.

        Subsurfaces keep their size and show their area of the new picture. A global alpha and a clip that were set on
        this surface stay.

        Parameters
        ----------
        picture
            The new picture.
        convert
            Take the display's format, which blits fastest, with transparency if the picture has any. Without a display
            the format is the picture's own.

        Raises
        ------
        pygame.error
            This surface is locked, and the picture has another size or format.

        Examples
        --------
        >>> surface, picture = LiveSurface((1, 1)), pygame.Surface((3, 2))
        >>> surface.copy_from(picture)
        >>> surface.get_size()
        (3, 2)
        """
        show_now(self, converted(picture) if convert else duplicate(picture))

    def steal_from(self, picture: pygame.Surface) -> None:
        """Show `picture` from now on without copying it, if that is possible; otherwise as :meth:`copy_from` does.

        Parameters
        ----------
        picture
            The new picture, which nobody else holds. It may be a different one afterwards, and should be dropped.
        """
        if picture.get_parent() is not None or picture.get_locked():
            self.copy_from(picture)
        else:
            show_now(self, picture)
