"""A picture that is being edited: what differs from the picture below is kept apart, so that little is copied."""

from __future__ import annotations

from typing import Protocol

from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.edits.parse import Area

#: With more rectangles than this, or more pixels in them than this part of the picture, all pixels are copied.
_MOST_PATCHES = 256
_LARGEST_PART = 2
#: A smaller picture is copied in no time, but its rectangles are smaller yet.
_SMALL_BYTES = 1 << 14
Patch = tuple[Area, bytes]


class Pixels(Protocol):
    """A picture of which rectangles can be read as straight-alpha RGBA with 8 bits a channel."""

    @property
    def width(self) -> int:
        """Its width."""

    @property
    def height(self) -> int:
        """Its height."""

    @property
    def has_alpha(self) -> bool:
        """Whether its format has alpha; for the engine."""

    @property
    def token(self) -> bytes | None:
        """The same for the same pixels; None if that is not known."""

    @property
    def size_bytes(self) -> int:
        """How much memory it takes."""

    def has(self, area: Area) -> bool:
        """Return whether a rectangle is inside the picture."""

    def cut(self, area: Area) -> bytes:
        """Return the pixels of a rectangle inside the picture."""


class Canvas:
    """A picture over another one, which never changes.

    Parameters
    ----------
    base
        The picture below.

    Examples
    --------
    >>> canvas = Canvas(Picture(2, 1, bytes(8)))
    >>> canvas.paste((1, 0, 1, 1), bytes([1, 2, 3, 4]))
    >>> canvas.cut((0, 0, 2, 1)).hex(), [area for area, _ in canvas.patches]
    ('0000000001020304', [(1, 0, 1, 1)])
    """

    __slots__ = ("_patch_bytes", "_whole", "base", "has_alpha", "height", "patches", "token", "width")

    def __init__(self, base: Pixels) -> None:
        self.base = base
        self.width, self.height = base.width, base.height
        self.has_alpha = base.has_alpha
        self.token: bytes | None = base.token
        #: Rectangles and what is in them; the later ones cover the earlier.
        self.patches: list[Patch] = []
        self._patch_bytes = 0
        self._whole: Picture | None = None

    @classmethod
    def restored(cls, base: Pixels, size: tuple[int, int], patches: list[Patch]) -> Canvas:
        """Return a canvas with what an equal one had."""
        canvas = cls(base)
        canvas.grow(*size)
        whole = (0, 0, canvas.width, canvas.height)
        if len(patches) == 1 and patches[0][0] == whole:
            canvas._whole = Picture(canvas.width, canvas.height, bytearray(patches[0][1]))
        else:
            canvas.patches = list(patches)
            canvas._patch_bytes = sum(len(data) for _, data in patches)
        return canvas

    def kept(self) -> list[Patch]:
        """Return what :meth:`restored` needs."""
        if self._whole is not None:
            return [((0, 0, self.width, self.height), bytes(self._whole.pixels))]
        return list(self.patches)

    @property
    def pixels(self) -> bytes | bytearray:
        """All pixels, row after row."""
        if self._whole is not None:
            return self._whole.pixels
        return self._flattened().pixels

    @property
    def size_bytes(self) -> int:
        """How much memory it takes, without the picture below."""
        return sum(len(data) for _, data in self.kept())

    @property
    def whole(self) -> bytearray | None:
        """All pixels, if they were copied because so much is changed; else None."""
        return None if self._whole is None else self._whole.pixels  # type: ignore[return-value] # it was copied

    def has(self, area: Area) -> bool:
        """Return whether a rectangle is inside the picture."""
        x, y, width, height = area
        return x >= 0 and y >= 0 and x + width <= self.width and y + height <= self.height

    def cut(self, area: Area) -> bytes:
        """Return the pixels of a rectangle inside the picture."""
        if self._whole is not None:
            return self._whole.cut(area)
        x, y, width, height = area
        right, bottom = x + width, y + height
        above: list[Patch] = []
        for patch in reversed(self.patches):
            left, top, wide, high = patch[0]
            if left >= right or top >= bottom or left + wide <= x or top + high <= y:
                continue  # as nearly all
            if left <= x and top <= y and left + wide >= right and top + high >= bottom:
                piece = Picture(wide, high, patch[1]).cut((x - left, y - top, width, height))
                break
            above.append(patch)
        else:
            piece = self._cut_base(area)
        if not above:
            return piece
        picture = Picture(width, height, bytearray(piece))
        for place, data in reversed(above):
            _lay(picture, area, place, data)
        return bytes(picture.pixels)

    def paste(self, area: Area, pixels: bytes) -> None:
        """Set the pixels of a rectangle inside the picture."""
        if self._whole is not None:
            self._whole.paste(area, pixels)
            return
        x, y, width, height = area
        right, bottom = x + width, y + height
        hidden = [
            patch
            for patch in self.patches
            if (place := patch[0])[0] >= x
            and place[1] >= y
            and place[0] + place[2] <= right
            and place[1] + place[3] <= bottom
        ]
        for patch in hidden:
            self.patches.remove(patch)
            self._patch_bytes -= len(patch[1])
        self.patches.append((area, pixels))
        self._patch_bytes += len(pixels)
        total = self.width * self.height * 4
        if len(self.patches) > _MOST_PATCHES or (self._patch_bytes * _LARGEST_PART > total > _SMALL_BYTES):
            self._whole = self._flattened()
            self.patches = []

    def grow(self, width: int, height: int) -> None:
        """Add transparent pixels at the right and at the bottom."""
        self.width, self.height = max(width, self.width), max(height, self.height)
        if self._whole is not None:
            self._whole.grow(self.width, self.height)

    def _flattened(self) -> Picture:
        whole = (0, 0, self.width, self.height)
        picture = Picture(self.width, self.height, bytearray(self._cut_base(whole)))
        for place, data in self.patches:
            picture.paste(place, data)
        return picture

    def _cut_base(self, area: Area) -> bytes:
        if self.base.has(area):
            return self.base.cut(area)
        picture = Picture(area[2], area[3], bytearray(area[2] * area[3] * 4))
        inside = common(area, (0, 0, self.base.width, self.base.height))
        if inside is not None:
            picture.paste(_moved(inside, area), self.base.cut(inside))
        return bytes(picture.pixels)


def common(one: Area, other: Area) -> Area | None:
    """Return the rectangle that is in both.

    >>> common((0, 0, 4, 4), (2, 3, 4, 4)), common((0, 0, 4, 4), (4, 0, 4, 4))
    ((2, 3, 2, 1), None)
    """
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[0] + one[2], other[0] + other[2]), min(one[1] + one[3], other[1] + other[3])
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def _moved(area: Area, origin: Area) -> Area:
    return area[0] - origin[0], area[1] - origin[1], area[2], area[3]


def _lay(picture: Picture, area: Area, place: Area, data: bytes) -> None:
    """Lay the part of a patch that is in an area over a picture of that area."""
    inside = common(area, place)
    if inside is not None:
        picture.paste(_moved(inside, area), Picture(place[2], place[3], data).cut(_moved(inside, place)))
