"""Applying one edit to a picture."""

from __future__ import annotations

import functools
import importlib.util
from types import ModuleType

from vfsloader.assets.edits.parse import Area, Edit


class Picture:
    """Pixels of a picture: straight-alpha RGBA with 8 bits a channel, rows from the top without gaps.

    `has_alpha` is for the engine, which may have decoded it from a format without alpha.
    """

    __slots__ = ("has_alpha", "height", "pixels", "width")

    def __init__(self, width: int, height: int, pixels: bytes | bytearray, *, has_alpha: bool = True) -> None:
        self.has_alpha = has_alpha
        self.width = width
        self.height = height
        self.pixels = pixels

    def __repr__(self) -> str:
        return f"Picture({self.width}, {self.height})"

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


def apply_edit(picture: Picture, edit: Edit, target: Area, source: Picture | None, area: Area) -> None:
    """Change a rectangle of a picture.

    Parameters
    ----------
    picture
        A copy, which is changed.
    edit
        What to do.
    target
        The rectangle; inside the picture.
    source, area
        The other picture, for the modes that need one, and a rectangle inside it that is as large as `target`.
    """
    arithmetic = _arithmetic()
    old = picture.cut(target)
    if source is not None:
        new = arithmetic.__dict__[edit.mode](old, source.cut(area), edit.opacity)
    elif edit.color is not None:
        new = arithmetic.tint(old, edit.color, edit.opacity)
    else:
        new = arithmetic.recolor(old, edit.colors, edit.opacity)
    picture.paste(target, new)


@functools.cache
def _arithmetic() -> ModuleType:
    """Return the functions for the modes: numpy's if it is installed."""
    if importlib.util.find_spec("numpy") is not None:
        from vfsloader.assets.edits import fast_pixels

        return fast_pixels
    from vfsloader.assets.edits import pixels

    return pixels
