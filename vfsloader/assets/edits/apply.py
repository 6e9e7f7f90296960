"""Applying all edits of a picture in load order. An edit that cannot be applied is left out, and says why."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from vfsloader.assets.edits.canvas import Canvas, Patch, Pixels
from vfsloader.assets.edits.compose import Picture
from vfsloader.assets.edits.frames import Rows, description_paths, read_rows
from vfsloader.assets.edits.gather import EditStack
from vfsloader.assets.edits.parse import Area, Fault
from vfsloader.assets.edits.step import Planned, Step, Token
from vfsloader.assets.loader import OWN_LIMITS, Asset
from vfsloader.errors import PathNotFoundError, VFSError
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget, Limits
from vfsloader.runtime.hashes import sha256

#: Decodes a picture without its edits; raises :class:`VFSError` if it cannot.
Load = Callable[[Asset], "Decoded"]
#: Returns what was remembered by a key, or what the function returns, which is then remembered.
Remember = Callable[[Hashable, Callable[[], Pixels]], Pixels]
#: So many times an edit is compared with an area that has to be composed again; beyond that, all of them are applied.
_MOST_TESTS = 200_000
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


class Decoded(Pixels, Protocol):
    """A picture that was just decoded, which gets a name."""

    token: bytes | None


@dataclass(frozen=True, eq=False)
class Composed:
    """What was composed of a picture: it can be made again out of the picture below, and compared with another."""

    base: bytes
    """Names the picture below."""
    trail: tuple[Token | None, ...]
    """The edits that were applied."""
    size: tuple[int, int]
    patches: list[Patch]
    outcomes: Mapping[_Key, EditOutcome]

    @property
    def size_bytes(self) -> int:
        """How much memory the pixels take."""
        return sum(len(data) for _, data in self.patches) + 100 * len(self.trail)


class _Key(NamedTuple):
    picture: str
    layer: str
    path: str
    label: str


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
    earlier
        What was composed last, by the path of the picture.
    ready
        What was composed of the same files before.
    """

    def __init__(
        self,
        stack_of: Callable[[str], EditStack],
        limits_of: Callable[[str], Limits | None],
        remember: Remember,
        probe: tuple[int, int] | None = None,
        *,
        earlier: Mapping[str, Composed] | None = None,
        ready: Composed | None = None,
    ) -> None:
        self.stack_of = stack_of
        self._limits_of = limits_of
        self._remember = remember
        self._probe = probe
        self._outcomes: dict[_Key, EditOutcome] = {}
        self._makers: dict[_Key, tuple[bytes, bytes]] = {}
        self._kept: dict[str, Pixels] = {}
        #: What was composed last of each picture that is in use, so that only what differs is composed again.
        self.earlier: Mapping[str, Composed] = {} if earlier is None else earlier
        #: What was composed of the same files before.
        self.ready = ready
        #: What is composed of the picture of this resource.
        self.composed: Composed | None = None
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
        self, asset: Asset, base: Pixels, load: Load, above: tuple[str, ...] = (), budget: Budget | None = None
    ) -> tuple[Canvas, set[str]]:
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
        circle: set[str] = set()
        earlier = self.earlier.get(asset.path) if not above and self._probe is None else None
        if earlier is not None and earlier.base == base.token:
            recomposed = self._recompose(asset, base, load, earlier, circle)
            if recomposed is not None:
                return recomposed, circle - {asset.path}
            self._outcomes = {key: outcome for key, outcome in self._outcomes.items() if key.picture != asset.path}
            circle.clear()
        canvas = Canvas(base)
        trail: list[Token | None] = []
        for key, planned in self._plan(asset, canvas, load, above, budget, circle):
            probed = self._pixel(canvas) if not above else None
            planned.apply(canvas)
            now = self._pixel(canvas) if not above else None
            if probed is not None and now is not None and probed != now:
                self._makers[key] = (self._makers[key][0] if key in self._makers else probed, now)
            trail.append(planned.token)
        self._finish(canvas, base, trail, is_source=bool(above))
        return canvas, circle - {asset.path}

    def _plan(
        self,
        asset: Asset,
        canvas: Canvas,
        load: Load,
        above: tuple[str, ...],
        budget: Budget | None,
        circle: set[str],
    ) -> Iterator[tuple[_Key, Planned]]:
        """Yield what each edit of a picture does, in order, and note what becomes of it."""
        for file in self.stack_of(asset.path).files:
            spent = budget or Budget(
                f"{plain(file.path)} in {plain(file.layer)}", self._limits_of(file.layer) or OWN_LIMITS
            )
            for edit in file.edits:
                key = _Key(asset.path, file.layer, file.path, edit.label)
                if isinstance(edit, Fault):
                    self._note(key, None, edit.reason)
                    continue
                step = Step(self, asset, edit, canvas, load, (*above, asset.path), spent)
                try:
                    planned = step.plan()
                except (ValueError, VFSError, OSError) as error:
                    self._note(key, step.target, _reason(error))
                else:
                    self._note(key, step.target, None)
                    yield key, planned
                circle.update(step.circle)

    def _recompose(self, asset: Asset, base: Pixels, load: Load, earlier: Composed, circle: set[str]) -> Canvas | None:
        """Change only what differs from an earlier time; return None if all has to be composed again."""
        blank = Canvas(base)
        plans: list[Planned] = []
        pixels = 0
        for _, planned in self._plan(asset, blank, load, (), None, circle):
            plans.append(planned)
            pixels += 0 if planned.source is None else planned.area[2] * planned.area[3]
            if pixels > _MAX_KEPT_PIXELS:
                return None  # so many pictures are not kept in memory
        trail = [planned.token for planned in plans]
        dirty = differing_areas(earlier.trail, trail)
        if None in trail or (blank.width, blank.height) != earlier.size or len(dirty) * len(plans) > _MOST_TESTS:
            return None
        canvas = Canvas.restored(base, earlier.size, earlier.patches)
        for area in dirty:
            picture = Picture(area[2], area[3], bytearray(blank.cut(area)))
            for planned in plans:
                planned.apply_within(picture, area)
            canvas.paste(area, bytes(picture.pixels))
        self._finish(canvas, base, trail, is_source=False)
        return canvas

    def _finish(self, canvas: Canvas, base: Pixels, trail: list[Token | None], *, is_source: bool) -> None:
        """Name what was composed by what it was made of, and let it be remembered."""
        canvas.token = None
        if base.token is None or None in trail:
            self.composed = None
        elif is_source:
            canvas.token = sha256(repr((base.token, trail)).encode("utf-8", "backslashreplace")).digest()
        else:
            size = canvas.width, canvas.height
            self.composed = Composed(base.token, tuple(trail), size, canvas.kept(), dict(self._outcomes))

    def restore(self, base: Pixels) -> Canvas | None:
        """Return what was composed at another time, if that was passed to this object."""
        if self.ready is None or self.ready.base != base.token:
            return None
        self._outcomes = dict(self.ready.outcomes)
        self.composed = self.ready
        return Canvas.restored(base, self.ready.size, self.ready.patches)

    def unedited(self, asset: Asset, load: Load) -> Pixels:
        """Return a picture without its edits."""
        suffix = asset.name[asset.name.rfind(".") :]  # decoders may depend on it
        key = (load, suffix, asset.is_trusted, asset.limits, asset.digest)

        def make() -> Pixels:
            picture = load(asset)
            named = (load.__module__, load.__qualname__, *key[1:])
            picture.token = sha256(repr(named).encode("utf-8", "backslashreplace")).digest()
            return picture

        return self._remember(key, make)

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

    def kept(self, path: str) -> Pixels | None:
        """Return a picture that was used before."""
        return self._kept.get(path)

    def keep(self, path: str, picture: Pixels) -> None:
        """Keep a picture for the next edit."""
        pixels = picture.width * picture.height
        if self._kept_pixels + pixels <= _MAX_KEPT_PIXELS:
            self._kept[path] = picture
            self._kept_pixels += pixels

    def _note(self, key: _Key, area: Area | None, reason: str | None) -> None:
        known = self._outcomes.get(key)
        if known is None or known.reason is None:  # of an animation, the first frame that it does not fit
            self._outcomes[key] = EditOutcome(key.layer, key.path, area, reason, key.label)

    def _pixel(self, picture: Pixels) -> bytes | None:
        if self._probe is None:
            return None
        x, y = self._probe
        return picture.cut((x, y, 1, 1)) if picture.has((x, y, 1, 1)) else b""


def has_edits(asset: Asset) -> bool:
    """Return whether a picture has edits, so that its pixels are worth converting for :func:`edited`.

    The resource depends on them from then on, even if there are none.
    """
    return asset.editing is not None and bool(asset.editing.stack_of(asset.path).files)


def edited(asset: Asset, load: Load, picture: Pixels | None = None) -> Canvas:
    """Return a picture with its edits; it may have grown.

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
    if picture is not None:
        return asset.editing.compose(asset, picture, load)[0]
    base = asset.editing.unedited(asset, load)
    restored = asset.editing.restore(base)
    return asset.editing.compose(asset, base, load)[0] if restored is None else restored


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


def differing_areas(old: Sequence[Token | None], new: Sequence[Token | None]) -> list[Area]:
    """Return the rectangles in which two lists of edits may differ.

    Pixels outside of them are changed by the same edits in the same order, as an edit changes each pixel by itself.
    """
    most = min(len(old), len(new))
    start = next((index for index in range(most) if old[index] != new[index]), most)
    end = next((index for index in range(most - start) if old[-1 - index] != new[-1 - index]), most - start)
    middles = (*old[start : len(old) - end], *new[start : len(new) - end])
    return list(dict.fromkeys(token[1] for token in middles if token is not None))
