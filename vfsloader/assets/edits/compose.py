"""The pixels of a picture, and what an edit makes of them."""

from __future__ import annotations

import functools
import importlib.util
from types import ModuleType

from vfsloader.assets.edits.parse import Area, Edit


class Picture:
    """Pixels of a picture: straight-alpha RGBA with 8 bits a channel, rows from the top without gaps.

    `has_alpha` is for the engine, which may have decoded it from a format without alpha. `token` is the same for the
    same pixels; None if that is not known.
    """

    __slots__ = ("has_alpha", "height", "pixels", "token", "width")

    def __init__(self, width: int, height: int, pixels: bytes | bytearray, *, has_alpha: bool = True) -> None:
        self.has_alpha = has_alpha
        self.width = width
        self.height = height
        self.pixels = pixels
        self.token: bytes | None = None

    def __repr__(self) -> str:
        return f"Picture({self.width}, {self.height})"

    @property
    def size_bytes(self) -> int:
        """How much memory the pixels take."""
        return len(self.pixels)

    def copy(self) -> Picture:
        """Return a picture whose pixels can be changed."""
        return Picture(self.width, self.height, bytearray(self.pixels), has_alpha=self.has_alpha)

    def has(self, area: Area) -> bool:
        """Return whether a rectangle is inside the picture."""
        x, y, width, height = area
        return x >= 0 and y >= 0 and x + width <= self.width and y + height <= self.height

    def cut(self, area: Area) -> bytes:
        """Return the pixels of a rectangle inside the picture."""
        x, y, width, height = area
        if x == 0 and width == self.width:
            return bytes(self.pixels[y * width * 4 : (y + height) * width * 4])
        view = memoryview(self.pixels)
        starts = range((y * self.width + x) * 4, ((y + height) * self.width + x) * 4, self.width * 4)
        return b"".join([view[start : start + width * 4] for start in starts])

    def paste(self, area: Area, pixels: bytes) -> None:
        """Set the pixels of a rectangle inside a picture that was copied."""
        x, y, width, height = area
        view = memoryview(self.pixels)  # a memoryview never changes the size
        if x == 0 and width == self.width:
            view[y * width * 4 : (y + height) * width * 4] = pixels
            return
        row = width * 4
        for index in range(height):
            start = ((y + index) * self.width + x) * 4
            view[start : start + row] = pixels[index * row : (index + 1) * row]

    def grow(self, width: int, height: int) -> None:
        """Add transparent pixels at the right and at the bottom."""
        width, height = max(width, self.width), max(height, self.height)
        if (width, height) == (self.width, self.height):
            return
        grown = Picture(width, height, bytearray(width * height * 4))
        grown.paste((0, 0, self.width, self.height), bytes(self.pixels))
        self.width, self.height, self.pixels = width, height, grown.pixels


def changed(old: bytes, edit: Edit, new: bytes | None) -> bytes:
    """Return the pixels of a rectangle after an edit.

    Parameters
    ----------
    old
        What they are now.
    edit
        What to do.
    new
        As many pixels of the other picture, for the modes that need one.
    """
    arithmetic = _arithmetic()
    if new is not None:
        return arithmetic.__dict__[edit.mode](old, new, edit.opacity)  # type: ignore[no-any-return]
    if edit.color is not None:
        return arithmetic.tint(old, edit.color, edit.opacity)  # type: ignore[no-any-return]
    return arithmetic.recolor(old, edit.colors, edit.opacity)  # type: ignore[no-any-return]


@functools.cache
def _arithmetic() -> ModuleType:
    """Return the functions for the modes: numpy's if it is installed."""
    if importlib.util.find_spec("numpy") is not None:
        from vfsloader.assets.edits import fast_pixels

        return fast_pixels
    from vfsloader.assets.edits import pixels

    return pixels
