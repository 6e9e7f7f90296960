"""The conflicts of one mod, by the other mods that it has them with, and what it changes in parts of files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vfsloader import paths
from vfsloader.datamerge.merge import Merged
from vfsloader.mods.conflicts import Override
from vfsloader.mods.data_changes import data_changes, find_conflicts
from vfsloader.mods.edit_changes import EditChanges

Outcome = Literal["loses", "same", "wins", "changes"]
_OUTCOMES: tuple[Outcome, ...] = ("loses", "wins", "changes", "same")


@dataclass(frozen=True, slots=True)
class Conflict:
    """The paths that a mod and one other layer both have, or values that both set."""

    outcome: Outcome
    other: str
    """The other mod's id; empty for the game's own files."""
    name: str
    """The other mod's name; empty for the game's own files."""
    paths: tuple[str, ...]
    """The files; ``items.json: sword damage`` is a value of a data file. For ``changes``, what is changed, in words."""


class ConflictIndex:
    """All conflicts among the layers, found by mod.

    Parameters
    ----------
    overrides
        What `ModManager.find_overrides` returns.
    names
        The names of the mods, by their ids; other layers are the game's own.
    values
        What `ModManager.find_values` returns: changes of one data file by several mods all count, and only a value
        that two of them set differently is a conflict.
    edits
        What `ModManager.find_edits` returns: the same for parts of pictures, maps and texts.
    """

    def __init__(
        self,
        overrides: Sequence[Override],
        names: Mapping[str, str],
        values: Mapping[str, Merged] | None = None,
        edits: EditChanges | None = None,
    ) -> None:
        self._names = dict(names)
        values = values or {}
        edits = edits or EditChanges()
        self._by_layer: dict[str, list[Override]] = defaultdict(list)
        for override in map(_by_mods, overrides):
            for layer in override.layers if len(override.layers) > 1 else ():
                if layer in self._names and override.path not in values:
                    self._by_layer[layer].append(override)
        self._set: dict[str, list[tuple[Outcome, str, str]]] = defaultdict(list)
        for conflict in find_conflicts((), values, self._names, edits.conflicts):
            place = conflict.place or conflict.pointer.strip("/").replace("/", " ")
            what = f"{paths.split(conflict.path)[1]}: {place}"
            for loser in conflict.mods[:-1]:
                self._set[loser].append(("loses", conflict.winner, what))
                self._set[conflict.winner].append(("wins", loser, what))
        for change in data_changes(values):
            if change.layer in self._names and change.used:
                self._set[change.layer].append(("changes", "", str(change)))
        for part in edits.changes:
            if (mod := part.layer.partition(":")[0]) in self._names:
                self._set[mod].append(("changes", "", str(part)))
        for layer, path, other in edits.covered:
            mod, winner = layer.partition(":")[0], other.partition(":")[0]
            if mod in self._names and mod != winner:
                self._set[mod].append(("loses", winner if winner in self._names else "", path))

    def of(self, mod: str) -> tuple[Conflict, ...]:
        """Return a mod's conflicts: first those that it loses."""
        found: dict[tuple[Outcome, str], list[str]] = defaultdict(list)
        for override in self._by_layer.get(mod, ()):
            if override.winner == mod:
                others = [layer if layer in self._names else "" for layer in override.layers[:-1]]
                for other in dict.fromkeys(others):
                    found["wins", other].append(override.path)
            else:
                outcome: Outcome = "same" if mod in override.same else "loses"
                found[outcome, override.winner if override.winner in self._names else ""].append(override.path)
        for outcome, other, what in self._set.get(mod, ()):
            found[outcome, other].append(what)
        names = self._names
        conflicts = [
            Conflict(outcome, other, names.get(other, ""), tuple(files)) for (outcome, other), files in found.items()
        ]
        return tuple(sorted(conflicts, key=_rank))


def _by_mods(override: Override) -> Override:
    """Count the parts of a mod as the mod."""
    layers, same = (tuple(layer.partition(":")[0] for layer in names) for names in (override.layers, override.same))
    if layers == override.layers:
        return override
    last_first = tuple(dict.fromkeys(reversed(layers)))
    return Override(override.path, last_first[::-1], same)


def _rank(conflict: Conflict) -> tuple[bool, int, int, str]:
    return (
        not conflict.other and conflict.outcome != "changes",
        _OUTCOMES.index(conflict.outcome),
        -len(conflict.paths),
        conflict.other,
    )
