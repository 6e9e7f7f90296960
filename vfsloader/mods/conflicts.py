"""Which layers override which: every path that several layers have, and every value of data that several set."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from vfsloader import paths
from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.datamerge.formats import JSON, LINES, kind_of
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX, read_all
from vfsloader.datamerge.merge import Merged
from vfsloader.errors import PathNotFoundError, ResourceError
from vfsloader.layers.union import Mount, Union
from vfsloader.mods import messages
from vfsloader.mods.data_changes import DataChange, FileConflict, data_changes
from vfsloader.mods.edit_changes import EditChange, EditChanges, is_catalog
from vfsloader.mods.messages import Problem, count_paths, problem
from vfsloader.mods.same_content import Comparison, File
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True)
class Override:
    """A path that several layers have."""

    path: str
    layers: tuple[str, ...]
    """Their names, the winner last."""
    same: tuple[str, ...]
    """Those, except the winner, whose file has exactly the winner's bytes."""

    @property
    def winner(self) -> str:
        """The layer whose file the game sees."""
        return self.layers[-1]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a layer wins and loses."""

    layer: str
    wins: tuple[str, ...]
    """Paths that it takes from a lower layer."""
    loses: tuple[str, ...]
    """Paths that a higher layer takes from it: nothing of its file, or of its change to it, is used."""
    shares: tuple[str, ...]
    """Paths that a higher layer also has, byte for byte."""
    changes: tuple[DataChange | EditChange, ...] = ()
    """What it changes in data files, pictures, maps and texts, as far as it is used."""


def find_overrides(mounts: Sequence[Mount], limits: Limits = DEFAULT_LIMITS) -> list[Override]:
    """Compare layers, path by path. Changes override nothing, as all of them count.

    They are ``.merge``, ``.patch`` and ``.edit``, and catalogs of texts, which are merged.

    Parameters
    ----------
    mounts
        The layers, lowest first.
    limits
        How much is read to find out which files are the same.

    Examples
    --------
    >>> from vfsloader import Store
    >>> base, mod = Store(), Store()
    >>> base.write("/a", b"1"), base.write("/b", b"2"), mod.write("/a", b"1")
    (None, None, None)
    >>> find_overrides([Mount("base", base), Mount("mod", mod)])
    [Override(path='/a', layers=('base', 'mod'), same=('base',))]
    """
    owners: dict[str, list[Mount]] = defaultdict(list)
    for mount in mounts:
        for folder, _, files in Union([mount]).walk(paths.ROOT):
            for file in files:
                owners[paths.join(folder, file)].append(mount)
    overrides = []
    comparison = Comparison("comparing the files of all layers", limits)
    for path, owned_by in sorted(owners.items()):
        if len(owned_by) > 1 and not (_is_change(path, owners) or is_catalog(path)):
            *lower, winner = [_file(mount, path) for mount in owned_by]
            same = tuple(
                mount.name
                for mount, file in zip(owned_by[:-1], lower, strict=True)
                if winner is not None and file is not None and comparison.are_same(winner, file)
            )
            overrides.append(Override(path, tuple(mount.name for mount in owned_by), same))
    return overrides


def standings(
    overrides: Sequence[Override], values: Mapping[str, Merged] | None = None, edits: EditChanges | None = None
) -> dict[str, Standing]:
    """Sum up by layer what it wins, loses, shares and changes.

    Parameters
    ----------
    overrides
        The result of :func:`find_overrides`.
    values
        The result of :func:`read_shared`, which knows what is changed in data files.
    edits
        The result of :func:`~vfsloader.mods.edit_changes.find_edit_changes`.
    """
    wins: dict[str, list[str]] = defaultdict(list)
    loses: dict[str, list[str]] = defaultdict(list)
    shares: dict[str, list[str]] = defaultdict(list)
    changes: dict[str, list[DataChange | EditChange]] = defaultdict(list)
    for override in overrides:
        wins[override.winner].append(override.path)
        for layer in override.layers[:-1]:
            (shares if layer in override.same else loses)[layer].append(override.path)
    with_file = {(layer, override.path) for override in overrides for layer in override.layers}
    for change in data_changes(values or {}):
        if change.used:
            changes[change.layer].append(change)
        elif (change.layer, change.path) not in with_file:
            loses[change.layer].append(change.path)
    for part in () if edits is None else edits.changes:
        changes[part.layer].append(part)
    for layer, path, _ in () if edits is None else edits.covered:
        if (layer, path) not in with_file:
            loses[layer].append(path)
    layers = sorted({layer for table in (wins, loses, shares, changes) for layer, found in table.items() if found})
    return {
        name: Standing(name, tuple(wins[name]), tuple(loses[name]), tuple(shares[name]), tuple(changes[name]))
        for name in layers
    }


def advise(overrides: Sequence[Override], mods: Collection[str]) -> list[Problem]:
    """Advise moving a mod that is below one that overrides more, and loses files to it.

    A mod that repaints everything belongs below one that repaints a thing or two. Otherwise nothing of the small one
    can be seen.
    """
    extent = Counter(layer for override in overrides for layer in override.layers)
    lost: Counter[tuple[str, str]] = Counter()
    for override in overrides:
        winner = override.winner
        for layer in override.layers[:-1]:
            if layer not in override.same and {layer, winner} <= {*mods} and extent[layer] < extent[winner]:
                lost[layer, winner] += 1
    return [
        problem("advice", small, other=big, lost=count_paths(count), most=extent[big], least=extent[small])
        for (small, big), count in sorted(lost.items())
    ]


def advise_on_clashes(conflicts: Sequence[FileConflict], values: Mapping[str, Merged]) -> list[Problem]:
    """Advise what can be done where mods change the same places, by the two mods.

    Parameters
    ----------
    conflicts
        The result of :func:`~vfsloader.mods.data_changes.find_conflicts`.
    values
        The result of :func:`read_shared`: a change below a whole file has its own problem.
    """
    found: dict[tuple[str, str, bool], list[FileConflict]] = defaultdict(list)
    for conflict in conflicts:
        if not conflict.is_file:
            shadowed = values[conflict.path].shadowed if conflict.path in values else ()
            for mod in conflict.mods[:-1]:
                if mod not in shadowed:
                    found[mod, conflict.winner, conflict.is_first].append(conflict)
    problems = []
    for (mod, other, is_first), clashes in sorted(found.items()):
        first, more = clashes[0], len(clashes) - 1
        place = first.place or first.pointer or messages.THE_WHOLE
        rest = messages.fill(messages.AND_MORE, count=f"{more:,}") if more else ""
        kind = "color_clash" if is_first else "clash"
        problems.append(problem(kind, mod, other=other, place=place, path=first.path, more=rest))
    return problems


def edit_problems(edits: EditChanges, mods: Collection[str]) -> list[Problem]:
    """Return which of the mods' edits have no effect, and why."""
    problems = []
    for layer, path, other in edits.covered:
        if (mod := layer.partition(":")[0]) in mods and mod != other.partition(":")[0]:
            problems.append(problem("covered", mod, path=path, other=other))
    for layer, path, reason in edits.refusals:
        if (mod := layer.partition(":")[0]) in mods:
            problems.append(problem("refused", mod, path=path, reason=reason))
    return problems


def read_shared(
    mounts: Sequence[Mount], overridden: Collection[str], limits: Limits = DEFAULT_LIMITS
) -> dict[str, Merged]:
    """Read every data file that several layers have or change.

    Parameters
    ----------
    mounts
        The layers, lowest first.
    overridden
        Paths at which several layers have a whole file.

    Returns
    -------
    dict[str, Merged]
        By path. Files that are missing or cannot be read are left out.

    Examples
    --------
    >>> from vfsloader import Store
    >>> base, mod = Store(), Store()
    >>> base.write("/items.json", b'{"sword": 3}'), mod.write("/items.json.merge", b'{"sword": 5}')
    (None, None)
    >>> read_shared([Mount("base", base), Mount("mod", mod)], [])["/items.json"].sources
    {'/sword': 'mod'}
    """
    if not mounts:
        return {}
    union = Union(mounts[::-1])
    # Any file may be JSON and any text a list of lines, but they only count as data if a layer changes them as such.
    data_files = {path for path in overridden if kind_of(path) not in (JSON, LINES) or path.endswith(".json")}
    for suffix in (MERGE_SUFFIX, PATCH_SUFFIX):
        data_files.update(path.removesuffix(suffix) for path in union.glob(f"/**/*{suffix}"))
    reports = {}
    for path in sorted(data_files - {paths.ROOT}):
        try:
            reports[path] = read_all(union, path, limits)
        except (PathNotFoundError, ResourceError):
            continue
    return reports


def merge_problems(reports: Mapping[str, Merged], mods: Collection[str]) -> list[Problem]:
    """Return which of the mods' changes to data have no effect, and why."""
    problems = []
    for path, report in reports.items():
        whole = report.wholes[-1]
        for mod in report.shadowed:
            if mod in mods and mod != whole:
                problems.append(problem("shadowed", mod, path=path, other=whole))
        for refusal in report.refusals:
            if refusal.layer in mods:
                problems.append(problem("refused", refusal.layer, path=path, reason=refusal.reason))
    return problems


def _is_change(path: str, owners: Collection[str]) -> bool:
    """Return whether a file changes another one that some layer has. If none has, it may be anything."""
    for suffix in (MERGE_SUFFIX, PATCH_SUFFIX, EDIT_SUFFIX):
        if path.endswith(suffix):
            target = path.removesuffix(suffix)
            return target in owners or re.sub(r"^/tl/[^/]+", "", target) in owners
    return False


def _file(mount: Mount, path: str) -> File | None:
    entry = mount.layer.find(path)
    return None if entry is None else File(mount.layer, entry)
