"""Applying all edits of a picture in load order. An edit that cannot be applied is left out, and says why."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from vfsloader.assets.edits.compose import Picture, apply_edit
from vfsloader.assets.edits.frames import Rows, description_paths, frame_in_grid, frame_in_rows, read_rows
from vfsloader.assets.edits.gather import EditStack
from vfsloader.assets.edits.parse import Area, Edit, Fault
from vfsloader.assets.loader import OWN_LIMITS, Asset
from vfsloader.errors import PathNotFoundError, VFSError
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget, Limits

#: Decodes a picture without its edits; raises :class:`VFSError` if it cannot.
Load = Callable[[Asset], Picture]
#: Returns what was remembered by a key, or what the function returns, which is then remembered.
Remember = Callable[[Hashable, Callable[[], Picture]], Picture]
#: A picture's `from` may be edited `from` another, and so on.
MAX_DEPTH = 8
#: Pictures that several edits use are kept while they are applied, up to so many pixels.
_MAX_KEPT_PIXELS = 16 << 20


@dataclass(frozen=True, slots=True)
class EditOutcome:
    """What became of one edit."""

    mod: str
    """The mod's id, or the name of the layer that is not a mod's."""
    path: str
    """The ``.edit`` file."""
    area: Area | None
    """What it changes in the picture: x, y, width and height; None if that is not known."""
    reason: str | None
    """Why it is left out; None if it is applied."""
    label: str = ""
    """Which one it is in its file: ``"edit 2"``."""
    before: Any = None
    """What was there before: the pixel, as four numbers, or the tile; only in a report about one of these."""
    after: Any = None
    """What the edit made of it."""

    def __str__(self) -> str:
        where = f"{self.path}{f', {self.label}' if self.label else ''} ({self.mod})"
        return f"{where}: {'applied' if self.reason is None else self.reason}"


class _Key(NamedTuple):
    picture: str
    layer: str
    path: str
    label: str


class _CycleError(ValueError):
    """A picture would be made of itself."""


class Editing:
    """The edits of the pictures that one resource is made of.

    Parameters
    ----------
    stack_of
        Returns the edits of a picture, on which the resource then depends.
    limits_of
        Returns the limits for a layer, by its name; None: it is trusted.
    remember
        Keeps decoded pictures, so that a toggle decodes none of them again.
    probe
        A pixel of the picture; see :meth:`outcomes`.
    """

    def __init__(
        self,
        stack_of: Callable[[str], EditStack],
        limits_of: Callable[[str], Limits | None],
        remember: Remember,
        probe: tuple[int, int] | None = None,
    ) -> None:
        self.stack_of = stack_of
        self._limits_of = limits_of
        self._remember = remember
        self._probe = probe
        self._outcomes: dict[_Key, EditOutcome] = {}
        self._makers: dict[_Key, tuple[bytes, bytes]] = {}
        self._kept: dict[str, Picture] = {}
        self._kept_pixels = 0
        self._rows: dict[str, Rows] = {}

    def outcomes(self, picture: str | None = None) -> tuple[EditOutcome, ...]:
        """Return what became of the edits: of one picture, or of all.

        With a probe, only of those that changed that pixel.
        """
        found = ((key, outcome) for key, outcome in self._outcomes.items() if picture in (None, key.picture))
        if self._probe is None:
            return tuple(outcome for _, outcome in found)
        return tuple(
            replace(outcome, before=_numbers(before), after=_numbers(after))
            for key, outcome in found
            if key in self._makers
            for before, after in [self._makers[key]]
        )

    def compose(
        self, asset: Asset, base: Picture, load: Load, above: tuple[str, ...] = (), budget: Budget | None = None
    ) -> tuple[Picture, set[str]]:
        """Apply the edits of a picture to it.

        Parameters
        ----------
        asset, base
            The picture.
        load
            Decodes other pictures.
        above
            The pictures that are being made of this one.
        budget
            What may be spent; each file has its own if left out.

        Returns
        -------
        tuple
            The picture, and those in `above` that one of its edits names.
        """
        picture = base.copy()
        circle: set[str] = set()
        for file in self.stack_of(asset.path).files:
            spent = budget or Budget(
                f"{plain(file.path)} in {plain(file.layer)}", self._limits_of(file.layer) or OWN_LIMITS
            )
            for edit in file.edits:
                key = _Key(asset.path, file.layer, file.path, edit.label)
                if isinstance(edit, Fault):
                    self._note(key, None, edit.reason)
                    continue
                step = _Step(self, asset, edit, picture, load, (*above, asset.path), spent)
                probed = self._pixel(picture) if not above else None
                try:
                    step.run()
                except (ValueError, VFSError, OSError) as error:
                    self._note(key, step.target, _reason(error))
                else:
                    self._note(key, step.target, None)
                    now = self._pixel(picture) if not above else None
                    if probed is not None and now is not None and probed != now:
                        self._makers[key] = (self._makers[key][0] if key in self._makers else probed, now)
                circle |= step.circle
        return picture, circle - {asset.path}

    def unedited(self, asset: Asset, load: Load) -> Picture:
        """Return a picture without its edits."""
        suffix = asset.name[asset.name.rfind(".") :]  # decoders may depend on it
        key = (load, suffix, asset.is_trusted, asset.limits, hashlib.sha256(asset.data).digest())
        return self._remember(key, lambda: load(asset))

    def rows(self, asset: Asset, budget: Budget) -> Rows:
        """Return the frames of a sheet by the JSON file beside it."""
        for path in description_paths(asset.path):
            if path in self._rows:
                return self._rows[path]
            try:
                data = asset.read(path)
            except (PathNotFoundError, IsADirectoryError):
                continue
            rows = self._rows[path] = read_rows(data, budget)
            return rows
        first = description_paths(asset.path)[0]
        raise ValueError(f"frame: there is no {plain(first)} that describes the frames; write grid = or to = instead")

    def kept(self, path: str) -> Picture | None:
        """Return a picture that was used before."""
        return self._kept.get(path)

    def keep(self, path: str, picture: Picture) -> None:
        """Keep a picture for the next edit."""
        pixels = picture.width * picture.height
        if self._kept_pixels + pixels <= _MAX_KEPT_PIXELS:
            self._kept[path] = picture
            self._kept_pixels += pixels

    def _note(self, key: _Key, area: Area | None, reason: str | None) -> None:
        known = self._outcomes.get(key)
        if known is None or known.reason is None:  # of an animation, the first frame that it does not fit
            self._outcomes[key] = EditOutcome(key.layer, key.path, area, reason, key.label)

    def _pixel(self, picture: Picture) -> bytes | None:
        if self._probe is None:
            return None
        x, y = self._probe
        return picture.cut((x, y, 1, 1)) if picture.has((x, y, 1, 1)) else b""


class _Step:
    """One edit that is being applied."""

    def __init__(
        self,
        editing: Editing,
        asset: Asset,
        edit: Edit,
        picture: Picture,
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

    def run(self) -> None:
        """Apply it, or raise an error and leave the picture as it is."""
        edit, picture = self._edit, self._picture
        self._budget.spend("operations")
        if edit.source is None:
            self.target = self._own_area()
            self._check_inside()
            self._budget.spend("pixels", self.target[2] * self.target[3])
            apply_edit(picture, edit, self.target, None, self.target)
            return
        source = self._source(edit.source)
        area = edit.area or (0, 0, source.width, source.height)
        if not source.has(area):
            size = f"{source.width} x {source.height}"
            raise ValueError(f"area: {_shown(area)} is not inside {quoted(edit.source)}, which has {size} pixels")
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
        apply_edit(picture, edit, self.target, source, area)

    def _own_area(self) -> Area:
        frame, area = self._frame(), self._edit.area
        left, top, width, height = frame or (0, 0, self._picture.width, self._picture.height)
        if area is None:
            return left, top, width, height
        if frame is not None and (area[0] + area[2] > width or area[1] + area[3] > height):
            raise ValueError(f"area: {_shown(area)} is not inside the frame, which has {width} x {height} pixels")
        return left + area[0], top + area[1], area[2], area[3]

    def _check_inside(self, frame: Area | None = None) -> None:
        picture, target = self._picture, self.target
        if target is None:
            return
        if frame is not None:
            x, y, width, height = target
            is_left = x < frame[0] or y < frame[1]
            if is_left or x + width > frame[0] + frame[2] or y + height > frame[1] + frame[3]:
                raise ValueError(f"it reaches outside of the frame {_shown(frame)}: {_shown(target)}; make it smaller")
        if picture.has(target):
            return
        size = f"{picture.width} x {picture.height}"
        if not self._edit.grow:
            hint = "; change its place, or write grow = true" if self._edit.source is not None else "; change area"
            raise ValueError(f"it reaches outside of the picture, which has {size} pixels: {_shown(target)}{hint}")
        if min(target[:2]) < 0:
            raise ValueError(f"to: a picture grows only to the right and down, and {_shown(target)} begins outside")

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
                f"frame: {quoted(edit.frame)} is at {_shown(frame)}, not inside the picture of {size} pixels"
            )
        return frame

    def _source(self, name: str) -> Picture:
        """Return the picture that the edit names, with its own edits."""
        path = self._asset.resolve(name)
        if path in self._chain:
            self.circle.add(path)
            raise _CycleError(f"from: {quoted(name)} is made of this picture; name another one")
        if len(self._chain) >= MAX_DEPTH:
            raise ValueError(f"from: {quoted(name)} is the end of more than {MAX_DEPTH} pictures that name each other")
        kept = self._editing.kept(path)
        if kept is not None:
            return kept
        try:
            other = self._asset.other(path, self._budget)
        except PathNotFoundError as error:
            raise ValueError(f"from: there is no {plain(path)}; add it, or correct from") from error
        picture = self._editing.unedited(other, self._load)
        self._budget.spend("pixels", picture.width * picture.height)
        if self._editing.stack_of(path).files:
            picture, self.circle = self._editing.compose(other, picture, self._load, self._chain, self._budget)
        if self.circle:
            raise _CycleError(f"from: {quoted(name)} is made of this picture; name another one")
        self._editing.keep(path, picture)
        return picture


def has_edits(asset: Asset) -> bool:
    """Return whether a picture has edits, so that its pixels are worth converting for :func:`edited`.

    The resource depends on them from then on, even if there are none.
    """
    return asset.editing is not None and bool(asset.editing.stack_of(asset.path).files)


def edited(asset: Asset, load: Load, picture: Picture | None = None) -> Picture:
    """Return a picture with its edits; it may have grown. It is nobody else's.

    Parameters
    ----------
    asset
        The picture; :func:`has_edits` is true of it.
    load
        Decodes it, and those that edits name, without their edits. The same function each time: what it returns is
        remembered.
    picture
        What to edit instead of what `load` returns for it, such as one frame of an animation.
    """
    if asset.editing is None:
        raise LookupError(f"{asset.path} was not loaded by a manager, which could find its edits")
    base = asset.editing.unedited(asset, load) if picture is None else picture
    return asset.editing.compose(asset, base, load)[0]


def outcomes_without(path: str, stack: EditStack) -> tuple[EditOutcome, ...]:
    """Return what becomes of the edits of a picture that no layer has."""
    reason = f"there is no {plain(path)} to change; add it, or correct the name of this file"
    return tuple(
        EditOutcome(file.layer, file.path, None, reason, edit.label) for file in stack.files for edit in file.edits
    )


def _reason(error: Exception) -> str:
    return plain(str(error) or type(error).__name__, 500)


def _numbers(pixel: bytes) -> tuple[int, ...] | None:
    return tuple(pixel) if pixel else None


def _shown(area: Area) -> str:
    return f"[{', '.join(map(str, area))}]"
