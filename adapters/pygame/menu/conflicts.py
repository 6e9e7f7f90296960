"""The conflicts of one mod, by the other mods that it has them with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vfsloader.mods.conflicts import Override

Outcome = Literal["loses", "same", "wins"]
_OUTCOMES: tuple[Outcome, ...] = ("loses", "wins", "same")


@dataclass(frozen=True, slots=True)
class Conflict:
    """The paths that a mod and one other layer both have."""

    outcome: Outcome
    other: str
    """The other mod's id; empty for the game's own files."""
    name: str
    """The other mod's name; empty for the game's own files."""
    paths: tuple[str, ...]


class ConflictIndex:
    """All conflicts among the layers, found by mod.

    Parameters
    ----------
    overrides
        What `ModManager.find_overrides` returns.
    names
        The names of the mods, by their ids; other layers are the game's own.
    """

    def __init__(self, overrides: Sequence[Override], names: Mapping[str, str]) -> None:
        self._names = dict(names)
        self._by_layer: dict[str, list[Override]] = defaultdict(list)
        for override in overrides:
            for layer in override.layers:
                if layer in self._names:
                    self._by_layer[layer].append(override)

    def of(self, mod: str) -> tuple[Conflict, ...]:
        """Return a mod's conflicts: first those that it loses."""
        paths: dict[tuple[Outcome, str], list[str]] = defaultdict(list)
        for override in self._by_layer.get(mod, ()):
            if override.winner == mod:
                others = [layer if layer in self._names else "" for layer in override.layers[:-1]]
                for other in dict.fromkeys(others):
                    paths["wins", other].append(override.path)
            else:
                outcome: Outcome = "same" if mod in override.same else "loses"
                paths[outcome, override.winner if override.winner in self._names else ""].append(override.path)
        names = self._names
        conflicts = [
            Conflict(outcome, other, names.get(other, ""), tuple(found)) for (outcome, other), found in paths.items()
        ]
        return tuple(sorted(conflicts, key=_rank))


def _rank(conflict: Conflict) -> tuple[bool, int, int, str]:
    return not conflict.other, _OUTCOMES.index(conflict.outcome), -len(conflict.paths), conflict.other
