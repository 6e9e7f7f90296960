"""The difference between two unions: which layers came and went, and which paths that can affect.

Of a hundred mods one is toggled. A path that this mod neither has nor hides looks as it did, and one look into the mod
is far cheaper than looking through all layers again.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from vfsloader import paths
from vfsloader.layers.protocol import Layer
from vfsloader.layers.union import Mount, Union

#: Says of a path and the layer that provided it (None: no layer did) whether another layer may provide it now.
MayDiffer = Callable[[str, Layer | None], bool]


class _Difference(NamedTuple):
    """The layers that only one of two unions has."""

    gone: list[Mount]
    new: list[Mount]

    @property
    def layers(self) -> list[Layer]:
        return [mount.layer for mount in (*self.new, *self.gone)]


def _difference(before: Union, after: Union) -> _Difference | None:
    """Return which layers came and went; None where the others are in another order."""
    old, new = _middles(before.mounts, after.mounts)
    was, is_now = set(old), set(new)
    if [mount for mount in old if mount in is_now] != [mount for mount in new if mount in was]:
        return None
    return _Difference([mount for mount in old if mount not in is_now], [mount for mount in new if mount not in was])


def changed_layers(before: Union, after: Union) -> list[Layer] | None:
    """Return the layers that only one of two unions has; None where the others are in another order."""
    difference = _difference(before, after)
    return None if difference is None else difference.layers


def _middles(before: Sequence[Mount], after: Sequence[Mount]) -> tuple[Sequence[Mount], Sequence[Mount]]:
    """Return two lists without what they have in common at their start and at their end: nearly all, of many mods."""
    shorter = min(len(before), len(after))
    start = 0
    while start < shorter and before[start] == after[start]:
        start += 1
    end = 0
    while end < shorter - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return before[start : len(before) - end], after[start : len(after) - end]


def take_over(union: Union, previous: Union) -> None:
    """Copy what an earlier union knows of its folders, as far as it still holds.

    Which layers contribute to which folder is worth keeping: finding it out takes a look into each layer.
    """
    if union.case_insensitive or not union.reports_changes or not previous.reports_changes:
        return
    difference = _difference(previous, union)
    if difference is None:
        return
    gone, new = difference
    known = previous.answers
    old_rank, rank = previous.rank, union.rank
    is_mounted_twice = len(old_rank) < len(previous.mounts) or len(rank) < len(union.mounts)
    if is_mounted_twice or any(mount.layer.may_hide for mount in (*gone, *new)):
        return  # a layer that is mounted twice, or that hides: too rare to be worth the effort
    folders = union.answers.folders
    for folder, providers in known.folders.copy().items():  # each comes after the folder that contains it
        if folder == paths.ROOT or paths.parent(folder) not in folders:
            continue
        entries = [mount.layer.find(folder) for mount in new]
        # A file in the way cuts off what is below it, and nothing says which layers it cut off.
        if folder not in known.cut and not any(entry is not None and not entry.is_folder for entry in entries):
            added = [mount for mount, entry in zip(new, entries, strict=True) if entry is not None]
            for mount in gone:
                at = _position(providers, mount, old_rank)
                if at < len(providers) and providers[at].layer is mount.layer:
                    providers = providers[:at] + providers[at + 1 :]
            for mount in added:
                at = _position(providers, mount, rank)
                providers = (*providers[:at], mount, *providers[at:])
            folders[folder] = providers


def _position(providers: Sequence[Mount], mount: Mount, rank: Mapping[int, int]) -> int:
    """Return where a mount belongs among the layers that contribute to a folder."""
    return bisect.bisect_left(providers, rank[id(mount.layer)], key=lambda provider: rank[id(provider[1])])


def everywhere(path: str, provider: Layer | None) -> bool:
    """Return True: any path may differ."""
    return True


def may_differ_between(before: Union, after: Union) -> MayDiffer:
    """Return a test for the paths that may differ between two unions.

    A layer below the one that provides a path does not count at all. Neither does a layer that went and did not
    provide it: otherwise it would have, or would have hidden it.
    """
    layers = changed_layers(before, after)
    if layers is None:
        return everywhere
    old_order, new_order = orders = before.rank, after.rank
    highest_before, highest_after = (
        min((order[id(layer)] for layer in layers if id(layer) in order), default=len(order)) for order in orders
    )
    for_missing = _Reach(layers)
    for_provided = _Reach([layer for layer in layers if layer.may_hide or id(layer) in new_order])

    def may_differ(path: str, provider: Layer | None) -> bool:
        if provider is None:
            return for_missing.touches(path)
        if provider in layers:  # it may have gone together with its files
            return True
        key = id(provider)
        if old_order[key] < highest_before and new_order[key] < highest_after:
            return False
        return for_provided.touches(path)

    return may_differ


class _Reach:
    """What some layers have, hide, or have a file in the way of."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = layers
        self._hiding = [layer for layer in layers if layer.may_hide]
        self._covered: dict[str, bool] = {paths.ROOT: any(layer.hides(paths.ROOT) for layer in self._hiding)}

    def touches(self, path: str) -> bool:
        for layer in self._layers:
            if layer.find(path) is not None:
                return True
        return any(layer.hides(path) for layer in self._hiding) or self._covers(paths.parent(path))

    def _covers(self, folder: str) -> bool:
        """Return whether one of the layers hides a folder or one above it, or has a file in its place."""
        unknown = []
        while folder not in self._covered:
            unknown.append(folder)
            folder = paths.parent(folder)
        covered = self._covered[folder]
        for folder in reversed(unknown):
            covered = self._covered[folder] = covered or self._is_cut_at(folder)
        return covered

    def _is_cut_at(self, folder: str) -> bool:
        entries = [layer.find(folder) for layer in self._layers]
        return any(entry is not None and not entry.is_folder for entry in entries) or any(
            layer.hides(folder) for layer in self._hiding
        )
