"""The edits of several mods, carried out in load order on one map, and who overwrote whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vfsloader.datamerge.maps.edit_file import Edit
from vfsloader.datamerge.maps.ldtk_level import Read, open_ldtk
from vfsloader.datamerge.maps.model import Cell, EditContext, MapModel, Touched
from vfsloader.datamerge.maps.tiled import TiledMap
from vfsloader.datamerge.merge import DOES_NOT_FIT
from vfsloader.errors import VFSError
from vfsloader.quoting import plain
from vfsloader.runtime.budget import Budget


@dataclass(frozen=True, slots=True)
class MapEdit:
    """An edit that was carried out or refused."""

    mod: str
    """The layer that has it."""
    path: str
    """Its file."""
    key: str
    """Where it is in the file: ``edit[2].tiles``, counted from 1; empty for the whole file."""
    layer: str = ""
    """The layer of the map that it changes tiles of; empty for other edits."""
    area: tuple[int, int, int, int] | None = None
    """The rectangle around the tiles that it changed: x, y, width, height, in tiles."""
    reason: str | None = None
    """Why it was left out; None if it was carried out."""
    tiles: Mapping[Cell, tuple[str, str]] = field(default_factory=dict, compare=False, repr=False)
    """The tiles that it changed, each with what was there before and after it, as an edit calls it."""


@dataclass(frozen=True, slots=True)
class EditConflict:
    """A place of a map that two mods changed differently."""

    place: str
    """What it is, in words: ``tile 3, 4 of ground``."""
    mods: tuple[str, ...]
    """The mods, in load order; the last one counts."""
    layer: str = ""
    """The layer of a tile; empty for other places."""
    cell: Cell | None = None
    """Where the tile is; None for other places."""


class Changes:
    """What the mods changed so far."""

    def __init__(self) -> None:
        self.edits: list[MapEdit] = []
        self._cells: dict[tuple[str, Cell], list[tuple[str, int]]] = {}
        self._values: dict[str, list[tuple[str, Any]]] = {}

    def refuse(self, mod: str, path: str, reason: str, key: str = "") -> None:
        """Record that an edit was left out."""
        self.edits.append(MapEdit(mod, path, key, reason=plain(reason, 1000)))

    def record(self, mod: str, path: str, key: str, touched: Touched) -> None:
        """Record what an edit changed."""
        for cell, tile in touched.cells.items():
            _add(self._cells.setdefault((touched.layer, cell), []), mod, tile)
        for place, value in touched.values.items():
            _add(self._values.setdefault(place, []), mod, value)
        area = _around(touched.cells) if touched.cells else None
        self.edits.append(MapEdit(mod, path, key, touched.layer, area, tiles=touched.tiles))

    def record_place(self, mod: str, path: str, place: str) -> None:
        """Record that a patch changed a place of a file."""
        if place:
            _add(self._values.setdefault(place, []), mod, (mod, path))
        self.edits.append(MapEdit(mod, path, place))

    def conflicts(self) -> tuple[EditConflict, ...]:
        """Return the places that two mods set to different values."""
        tiles = [
            EditConflict(f"tile {x}, {y} of {plain(layer)}", _mods(made), layer, (x, y))
            for (layer, (x, y)), made in self._cells.items()
            if _differ(made)
        ]
        others = [EditConflict(plain(place), _mods(made)) for place, made in self._values.items() if _differ(made)]
        return (*tiles, *others)


def _add(made: list[tuple[str, Any]], mod: str, value: Any) -> None:
    if made and made[-1][0] == mod:
        made.pop()  # what a mod itself replaces is not a conflict
    made.append((mod, value))


def _differ(made: list[tuple[str, Any]]) -> bool:
    return len(made) > 1 and any(value != made[0][1] for _, value in made)


def _mods(made: Iterable[tuple[str, Any]]) -> tuple[str, ...]:
    return tuple(mod for mod, _ in made)


def _around(cells: Iterable[Cell]) -> tuple[int, int, int, int]:
    xs, ys = zip(*cells, strict=True)
    return min(xs), min(ys), max(xs) - min(xs) + 1, max(ys) - min(ys) + 1


def open_map(path: str, data: bytes, budget: Budget, read: Read | None = None) -> MapModel:
    """Return a map to be edited.

    Parameters
    ----------
    path, data, budget
        The map.
    read
        Returns other files that it is a part of.

    Raises
    ------
    ValueError
        It is not a map of a known kind.
    """
    is_ldtk = path.lower().endswith((".ldtk", ".ldtkl"))
    return open_ldtk(path, data, budget, read) if is_ldtk else TiledMap(path, data, budget)


def apply_edits(
    model: MapModel, edits: Iterable[Edit], mod: str, edit_path: str, context: EditContext, changes: Changes
) -> bool:
    """Carry out the edits of one file; one that does not fit is left out and recorded.

    Parameters
    ----------
    model
        The map.
    edits
        The edits that count now.
    mod, edit_path
        The layer's name and the file of edits, for reports.
    context
        What the edits share.
    changes
        Gets what was changed and what was left out.

    Returns
    -------
    bool
        Whether any edit was carried out.
    """
    is_changed = False
    for edit in edits:
        if edit.error is not None:
            changes.refuse(mod, edit_path, f"{edit.key}: {edit.error}", edit.key)
            continue
        try:
            context.budget.spend("operations")
            touched = model.carry_out(edit, context)
            context.budget.spend("nodes", len(touched.cells))
        except (*DOES_NOT_FIT, VFSError, OSError) as error:
            changes.refuse(mod, edit_path, f"{edit.key}: {error}", edit.key)
        else:
            changes.record(mod, edit_path, edit.key, touched)
            is_changed = True
    return is_changed
