"""Who overrides whom: between layers as a table and a graph, and path by path."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from vfsloader.datamerge.merge import Merged
from vfsloader.layers.union import Mount
from vfsloader.mods.conflicts import Override, find_overrides, read_shared
from vfsloader.mods.data_changes import FileConflict, data_changes, find_conflicts
from vfsloader.page.api.asking import Ask, short
from vfsloader.page.api.values import plain_data
from vfsloader.page.session import Session

_MOST_ROWS = 1000
_MOST_VALUES = 2000


@dataclass(frozen=True)
class Comparison:
    """All layers, compared."""

    layers: list[str]
    """Their names, lowest first."""
    overrides: list[Override]
    values: dict[str, Merged]
    conflicts: list[FileConflict]


def comparison_of(session: Session) -> Comparison:
    """Return the layers, compared once while nothing changes."""
    return session.remember("comparison", lambda: _compare(session.union.mounts[::-1], session))


def _compare(mounts: tuple[Mount, ...], session: Session) -> Comparison:
    overrides = find_overrides(mounts, session.limits)
    values = read_shared(mounts, [override.path for override in overrides], session.limits)
    mods = [mount.name for mount in mounts if not session.is_own(mount.name)]
    return Comparison([mount.name for mount in mounts], overrides, values, find_conflicts(overrides, values, set(mods)))


def summary(ask: Ask) -> dict[str, Any]:
    """Answer with the layers, which of them overrides which in how many files, and the values that are contested."""
    compared = comparison_of(ask.session)
    files: Counter[tuple[str, str]] = Counter()
    same: Counter[tuple[str, str]] = Counter()
    for override in compared.overrides:
        if override.path in compared.values:
            continue
        for layer in override.layers[:-1]:
            (same if layer in override.same else files)[override.winner, layer] += 1
    contested: Counter[tuple[str, str]] = Counter()
    for conflict in compared.conflicts:
        if not conflict.is_file:
            for loser in conflict.mods[:-1]:
                contested[conflict.winner, loser] += 1
    changes: dict[str, list[str]] = defaultdict(list)
    for change in data_changes(compared.values):
        if change.used and len(changes[change.layer]) < 50:
            changes[change.layer].append(short(change, 300))
    pairs = {*files, *same, *contested}
    return {
        "layers": [
            {"name": name, "own": ask.session.is_own(name), "mod": ask.session.mod_of(name)} for name in compared.layers
        ],
        "pairs": [
            {"winner": pair[0], "loser": pair[1], "files": files[pair], "same": same[pair], "values": contested[pair]}
            for pair in sorted(pairs)
        ],
        "values": [
            {
                "path": short(conflict.path, 5000),
                "pointer": short(conflict.pointer, 1000),
                "mods": list(conflict.mods),
                "values": [plain_data(value, 50) for value in conflict.values],
            }
            for conflict in compared.conflicts
            if not conflict.is_file
        ][:_MOST_VALUES],
        "changes": [{"layer": layer, "sentences": sentences} for layer, sentences in sorted(changes.items())],
        "paths": len(compared.overrides),
    }


def paths(ask: Ask) -> dict[str, Any]:
    """Answer with a part of the paths that several layers have."""
    compared = comparison_of(ask.session)
    text, layer, other = ask.text("text", "").casefold(), ask.text("layer", ""), ask.text("other", "")
    first, most = ask.number("first"), ask.number("most", 200, _MOST_ROWS)
    only_mods, words = ask.flag("mods"), text.split()
    rows, total = [], 0
    for override in compared.overrides:
        names = set(override.layers)
        if (layer and layer not in names) or (other and other not in names):
            continue
        if only_mods and sum(not ask.session.is_own(name) for name in names) < 2:
            continue
        if words and not all(word in override.path.casefold() for word in words):
            continue
        if first <= total < first + most:
            is_data = override.path in compared.values
            rows.append([short(override.path, 5000), list(override.layers), list(override.same), int(is_data)])
        total += 1
    return {"total": total, "first": first, "rows": rows}
