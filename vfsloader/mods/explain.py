"""Why a path of the game is what it is: every layer with a part in it, and what that part does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.datamerge.gather import Part, gather, read_all
from vfsloader.datamerge.merge import Merged, Role
from vfsloader.errors import PathNotFoundError, ResourceError
from vfsloader.layers.union import Mount, Union
from vfsloader.mods.data_changes import DataChange, data_changes
from vfsloader.mods.same_content import Comparison, File
from vfsloader.mods.sets.file_choices import LeftOut, left_out
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True)
class Contribution:
    """A layer's file that has to do with a path."""

    layer: str
    file: str
    """The file: the path itself, or the one that changes it."""
    role: Role
    """``whole`` for the file itself, or how it changes that of lower layers: ``merge``, ``patch`` or ``edit``."""
    size: int
    wins: bool
    """Whether this is the file that the game reads, with all changes above it."""
    same: bool
    """Whether it has exactly the bytes of the winner."""
    is_used: bool
    """Whether the game gets anything of it."""
    change: DataChange | None = None
    """The values that it changes, for a data file."""
    sha256: str = ""
    """The digest of a whole file; empty if the file is too large to be read for it."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a path is what it is."""

    path: str
    winner: str | None
    """The layer whose whole file the game reads; None if there is none, or a higher layer hides it."""
    contributions: tuple[Contribution, ...]
    """The highest first."""
    report: Merged | None
    """How the layers add up, for a data file that several layers have or change."""
    left_out: tuple[LeftOut, ...] = ()
    """Files that do not count because of the player's choices, the highest first."""


def explain(mounts: Sequence[Mount], path: str, limits: Limits = DEFAULT_LIMITS) -> Explanation:
    """Return every layer with a part in a path.

    Parameters
    ----------
    mounts
        The layers, lowest first.
    path
        The file, normalised.
    limits
        How much is read.

    Examples
    --------
    >>> from vfsloader import Store
    >>> base, mod = Store(), Store()
    >>> base.write("/items.json", b'{"sword": 3}'), mod.write("/items.json.merge", b'{"sword": 5}')
    (None, None)
    >>> found = explain([Mount("base", base), Mount("mod", mod)], "/items.json")
    >>> [(part.layer, part.role, str(part.change or "")) for part in found.contributions]
    [('mod', 'merge', 'changes 1 number in items.json'), ('base', 'whole', '')]
    """
    if not mounts:
        return Explanation(path, None, (), None)
    union = Union(mounts[::-1])
    winner = union.find(path)
    if winner is not None and winner.entry.is_folder:
        winner = None
    parts = [part for part in gather(union.mounts, path) if part.role != "whole"]
    edits = edits_of(union, path)
    copies = [copy for copy in union.copies(path) if not copy.entry.is_folder]
    report = _report(union, path, limits) if parts or len(copies) > 1 else None
    by_layer = {} if report is None else {change.layer: change for change in data_changes({path: report})}
    height = {mount.name: index for index, mount in enumerate(mounts)}
    floor = -1 if winner is None else height[winner.name]
    found = []
    for part in parts:
        change = by_layer.get(part.name)
        is_used = change is not None and bool(change.used) and height[part.name] >= floor
        entry = part.entry
        found.append(Contribution(part.name, entry.path, part.role, entry.size, False, False, is_used, change))
    for part in edits:
        is_used = winner is not None and height[part.name] >= floor
        found.append(Contribution(part.name, part.entry.path, "edit", part.entry.size, False, False, is_used))
    comparison = Comparison(f"comparing the copies of {path}", limits)
    for copy in copies:
        wins = winner is not None and copy.name == winner.name
        file = File(copy.layer, copy.entry)
        is_same = wins or (winner is not None and comparison.are_same(File(winner.layer, winner.entry), file))
        digest = comparison.digest(file)
        found.append(
            Contribution(
                copy.name,
                path,
                "whole",
                copy.entry.size,
                wins,
                is_same,
                wins,
                by_layer.get(copy.name),
                "" if digest is None else digest.hex(),
            )
        )
    roles = ("whole", "merge", "patch", "edit")  # of one layer, the edit counts last
    found.sort(key=lambda part: (height[part.layer], roles.index(part.role)), reverse=True)
    name = None if winner is None else winner.name
    return Explanation(path, name, tuple(found), report, tuple(left_out(mounts, path)[::-1]))


def edits_of(union: Union, path: str) -> list[Part]:
    """Return the files with edits of a picture or a map, the highest first."""
    copies = union.copies(path + EDIT_SUFFIX)
    return [Part(copy.name, copy.layer, copy.entry, "edit") for copy in copies if not copy.entry.is_folder]


def _report(union: Union, path: str, limits: Limits) -> Merged | None:
    try:
        return read_all(union, path, limits)
    except (PathNotFoundError, ResourceError):
        return None  # not data, or nothing to change
