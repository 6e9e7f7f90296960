"""Determining what one edit changes in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vfsloader.assets.edits.canvas import Canvas, Pixels, common
from vfsloader.assets.edits.compose import Picture, changed
from vfsloader.assets.edits.frames import frame_in_grid, frame_in_rows
from vfsloader.assets.edits.parse import Area, Edit
from vfsloader.assets.loader import Asset
from vfsloader.errors import BudgetError, PathNotFoundError, VFSError
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget

if TYPE_CHECKING:
    from vfsloader.assets.edits.apply import Editing, Load

#: A picture's `from` may be edited `from` another, and so on.
MAX_DEPTH = 8
#: An edit with everything on which its effect on given pixels depends.
Token = tuple[Edit, Area, Area, bytes | None]


class CycleError(ValueError):
    """A picture would be made of itself."""


class Planned(NamedTuple):
    """What an edit does."""

    edit: Edit
    target: Area
    """Where in the picture."""
    area: Area
    """Of `source`; as large as `target`."""
    source: Pixels | None

    @property
    def token(self) -> Token | None:
        """The same for the same effect; None if that is not known."""
        if self.source is None:
            return self.edit, self.target, self.area, None
        token = self.source.token
        return None if token is None else (self.edit, self.target, self.area, token)

    def apply(self, canvas: Canvas) -> None:
        """Change the picture."""
        new = None if self.source is None else self.source.cut(self.area)
        canvas.paste(self.target, changed(canvas.cut(self.target), self.edit, new))

    def apply_within(self, picture: Picture, place: Area) -> None:
        """Change a picture of a rectangle, as far as it is touched."""
        inside = common(place, self.target)
        if inside is None:
            return
        x, y, width, height = inside
        new = None
        if self.source is not None:
            left, top = self.area[0] + x - self.target[0], self.area[1] + y - self.target[1]
            new = self.source.cut((left, top, width, height))
        there = (x - place[0], y - place[1], width, height)
        picture.paste(there, changed(picture.cut(there), self.edit, new))


class Step:
    """One edit of a picture: what it changes is determined first."""

    def __init__(
        self,
        editing: Editing,
        asset: Asset,
        edit: Edit,
        picture: Canvas,
        load: Load,
        chain: tuple[str, ...],
        budget: Budget,
    ) -> None:
        self._editing = editing
        self._asset = asset
        self._edit = edit
        self._picture = picture
        self._load = load
        self._chain = chain
        self._budget = budget
        self.target: Area | None = None
        self.circle: set[str] = set()

    def plan(self) -> Planned:
        """Determine what it changes, or raise an error; the picture grows if it must."""
        edit, _picture = self._edit, self._picture
        self._budget.spend("operations")
        if edit.source is None:
            self.target = self._own_area()
            self._check_inside()
            self._budget.spend("pixels", self.target[2] * self.target[3])
            return Planned(edit, self.target, self.target, None)
        try:
            source = self._source(edit.source)
        except BudgetError:
            raise
        except (VFSError, OSError) as error:
            raise ValueError(f"from: {plain(str(error), 400)}") from error
        area = edit.area or (0, 0, source.width, source.height)
        if not source.has(area):
            size = f"{source.width} x {source.height}"
            raise ValueError(f"area: {shown(area)} is not inside {quoted(edit.source)}, which has {size} pixels")
        frame = self._frame()
        if edit.is_whole_frame and frame is not None and area[2:] != frame[2:]:
            sizes = f"{area[2]} x {area[3]} pixels, and the frame has {frame[2]} x {frame[3]}"
            raise ValueError(f"{quoted(edit.source)} has {sizes}: make it as large as the frame")
        x, y = edit.to or (0, 0)
        left, top = frame[:2] if frame is not None else (0, 0)
        self.target = (left + x, top + y, *area[2:])
        self._check_inside(frame)
        self._budget.spend("pixels", area[2] * area[3])
        if edit.grow:
            self._grow()
        return Planned(edit, self.target, area, source)

    def _own_area(self) -> Area:
        frame, area = self._frame(), self._edit.area
        left, top, width, height = frame or (0, 0, self._picture.width, self._picture.height)
        if area is None:
            return left, top, width, height
        if frame is not None and (area[0] + area[2] > width or area[1] + area[3] > height):
            raise ValueError(f"area: {shown(area)} is not inside the frame, which has {width} x {height} pixels")
        return left + area[0], top + area[1], area[2], area[3]

    def _check_inside(self, frame: Area | None = None) -> None:
        picture, target = self._picture, self.target
        if target is None:
            return
        if frame is not None:
            x, y, width, height = target
            is_left = x < frame[0] or y < frame[1]
            if is_left or x + width > frame[0] + frame[2] or y + height > frame[1] + frame[3]:
                raise ValueError(f"it reaches outside of the frame {shown(frame)}: {shown(target)}; make it smaller")
        if picture.has(target):
            return
        size = f"{picture.width} x {picture.height}"
        if not self._edit.grow:
            hint = "; change its place, or write grow = true" if self._edit.source is not None else "; change area"
            raise ValueError(f"it reaches outside of the picture, which has {size} pixels: {shown(target)}{hint}")
        if min(target[:2]) < 0:
            raise ValueError(f"to: a picture grows only to the right and down, and {shown(target)} begins outside")

    def _grow(self) -> None:
        if self.target is None:
            return
        x, y, width, height = self.target
        width, height = max(x + width, self._picture.width), max(y + height, self._picture.height)
        if (width, height) != (self._picture.width, self._picture.height):
            self._budget.spend("pixels", width * height)
            self._picture.grow(width, height)

    def _frame(self) -> Area | None:
        edit = self._edit
        if edit.frame is None:
            return None
        picture = self._picture
        if edit.grid is not None and isinstance(edit.frame, int):
            return frame_in_grid(edit.grid, edit.frame, (picture.width, picture.height))
        frame = frame_in_rows(self._editing.rows(self._asset, self._budget), edit.frame)
        if not picture.has(frame) or not frame[2] or not frame[3]:
            size = f"{picture.width} x {picture.height}"
            raise ValueError(
                f"frame: {quoted(edit.frame)} is at {shown(frame)}, not inside the picture of {size} pixels"
            )
        return frame

    def _source(self, name: str) -> Pixels:
        """Return the picture that the edit names, with its own edits."""
        path = self._asset.resolve(name)
        if path in self._chain:
            self.circle.add(path)
            raise CycleError(f"from: {quoted(name)} is made of this picture; name another one")
        if len(self._chain) >= MAX_DEPTH:
            raise ValueError(f"from: {quoted(name)} is the end of more than {MAX_DEPTH} pictures that name each other")
        kept = self._editing.kept(path)
        if kept is not None:
            return kept
        try:
            other = self._asset.other(path, self._budget)
        except PathNotFoundError as error:
            raise ValueError(f"from: there is no {plain(path)}; add it, or correct from") from error
        picture: Pixels = self._editing.unedited(other, self._load)
        self._budget.spend("pixels", picture.width * picture.height)
        if self._editing.stack_of(path).files:
            picture, self.circle = self._editing.compose(other, picture, self._load, self._chain, self._budget)
        if self.circle:
            raise CycleError(f"from: {quoted(name)} is made of this picture; name another one")
        self._editing.keep(path, picture)
        return picture


def shown(area: Area) -> str:
    """Return a rectangle as edits write it."""
    return f"[{', '.join(map(str, area))}]"
