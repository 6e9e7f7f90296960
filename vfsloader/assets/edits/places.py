"""Where edits change a picture, found by the headers of pictures alone: nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from vfsloader import paths
from vfsloader.assets.edits.canvas import common
from vfsloader.assets.edits.frames import MAX_BYTES, Rows, description_paths, frame_in_grid, frame_in_rows, read_rows
from vfsloader.assets.edits.gather import EditFile
from vfsloader.assets.edits.parse import Area, Edit
from vfsloader.assets.picture_size import picture_size
from vfsloader.errors import VFSError
from vfsloader.layers.union import Union
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits

#: Modes that put pixels in the place of others. A tint changes what is there, so it always counts.
_PAINTING = ("overlay", "replace", "mask")
#: Of a larger file only the beginning is read: the header is there.
_HEAD_BYTES = 1 << 20
#: So many pairs of edits are compared for one picture.
_MOST_PAIRS = 100_000


class Overlap(NamedTuple):
    """A rectangle that the edits of two layers both paint, or in which both replace the same color."""

    lower: str
    """The layer whose edit comes first; it counts if it is about a color, as nothing of that is left then."""
    upper: str
    """The layer whose edit covers it."""
    area: Area
    color: str = ""
    """The color, as edits write it; empty if they paint."""


class Places:
    """The rectangles that edits change.

    Parameters
    ----------
    union
        The layers.
    limits
        What reading the description of a sheet may cost.
    """

    def __init__(self, union: Union, limits: Limits = DEFAULT_LIMITS) -> None:
        self._union = union
        self._limits = limits
        self._sizes: dict[str, tuple[int, int] | None] = {}
        self._rows: dict[str, Rows | None] = {}

    def area(self, picture: str, edit: Edit) -> Area | None:
        """Return the rectangle that an edit changes; None if it is not known, or the edit does not fit."""
        try:
            return self._area(picture, edit)
        except (ValueError, VFSError, OSError):
            return None

    def overlaps(self, picture: str, files: Sequence[EditFile]) -> Iterator[Overlap]:
        """Yield, for each two layers of which one covers what the other paints, where that is.

        Parameters
        ----------
        picture
            The path.
        files
            Its edits, lowest first.
        """
        placed = [
            (
                file.layer,
                [
                    (edit, area)
                    for edit in file.edits
                    if isinstance(edit, Edit) and (area := self._placed(picture, edit)) is not None
                ],
            )
            for file in files
        ]
        left = _MOST_PAIRS
        for (lower, below), (upper, above) in combinations(placed, 2):
            found: dict[str, Area] = {}
            for edit, area in below:
                for other, other_area in above:
                    left -= 1
                    if left < 0:
                        return
                    shared = common(area, other_area)
                    if shared is None or not _differ(edit, other):
                        continue
                    if edit.mode in _PAINTING and other.mode in _PAINTING:
                        color: str | None = ""
                    else:
                        color = _color_of_both(edit, other)
                    if color is not None:
                        found[color] = _around(found.get(color, shared), shared)
            for color, area in found.items():
                yield Overlap(lower, upper, area, color)

    def _placed(self, picture: str, edit: Edit) -> Area | None:
        if not (edit.mode in _PAINTING or edit.colors) or not edit.opacity:
            return None
        return self.area(picture, edit)

    def _area(self, picture: str, edit: Edit) -> Area | None:
        size = self._size(picture)
        if size is None:
            return None
        frame = self._frame(picture, edit, size)
        if edit.source is None:
            left, top, width, height = frame or (0, 0, *size)
            x, y, width, height = edit.area or (0, 0, width, height)
            return left + x, top + y, width, height
        source = edit.source
        path = paths.normalise(source if source.startswith("/") else paths.join(paths.parent(picture), source))
        area = edit.area
        if area is None:
            found = self._size(path)
            if found is None:
                return None
            area = (0, 0, *found)
        left, top = frame[:2] if frame is not None else (0, 0)
        x, y = edit.to or (0, 0)
        return left + x, top + y, area[2], area[3]

    def _frame(self, picture: str, edit: Edit, size: tuple[int, int]) -> Area | None:
        if edit.frame is None:
            return None
        if edit.grid is not None and isinstance(edit.frame, int):
            return frame_in_grid(edit.grid, edit.frame, size)
        rows = self._rows_of(picture)
        if rows is None:
            raise ValueError("the sheet has no description")
        return frame_in_rows(rows, edit.frame)

    def _rows_of(self, picture: str) -> Rows | None:
        if picture not in self._rows:
            self._rows[picture] = None
            for path in description_paths(picture):
                found = self._union.find(path)
                if found is not None and not found.entry.is_folder and found.entry.size <= MAX_BYTES:
                    self._rows[picture] = read_rows(self._union.read(path), Budget(path, self._limits))
                    break
        return self._rows[picture]

    def _size(self, path: str) -> tuple[int, int] | None:
        if path not in self._sizes:
            self._sizes[path] = None
            found = self._union.find(path)
            if found is not None and not found.entry.is_folder:
                with found.layer.open(found.entry) as file:
                    self._sizes[path] = picture_size(file.read(_HEAD_BYTES), path)
        return self._sizes[path]


def _differ(one: object, other: object) -> bool:
    """Return whether two edits are different, apart from their places in their files."""
    keys = [key for key in Edit.__slots__ if key != "label"]
    return any(getattr(one, key) != getattr(other, key) for key in keys)


def _color_of_both(edit: Edit, other: Edit) -> str | None:
    """Return a color that two edits replace by different ones; None if there is none."""
    for old, new in edit.colors:
        for other_old, other_new in other.colors:
            is_same = old[:3] == other_old[:3] and (old[3] == other_old[3] or None in (old[3], other_old[3]))
            if is_same and new != other_new:
                return "#" + "".join(f"{channel:02x}" for channel in old[:3] if channel is not None)
    return None


def _around(one: Area, other: Area) -> Area:
    left, top = min(one[0], other[0]), min(one[1], other[1])
    right, bottom = max(one[0] + one[2], other[0] + other[2]), max(one[1] + one[3], other[1] + other[3])
    return left, top, right - left, bottom - top
