"""What a mod has that does not fit what the game declares: data, items of registries, and conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from vfsloader.assets.edits.names import EDIT_SUFFIX
from vfsloader.datamerge.conditional import WHEN
from vfsloader.datamerge.gather import MERGE_SUFFIX, PATCH_SUFFIX
from vfsloader.datamerge.parsing import parse_json, parse_toml
from vfsloader.errors import VFSError
from vfsloader.layers.union import Union
from vfsloader.mods.conditions import parse_condition
from vfsloader.mods.declarations import Declarations
from vfsloader.mods.lint import content
from vfsloader.mods.metadata.mod import Mod
from vfsloader.mods.registry_faults import data_faults, id_faults
from vfsloader.mods.registry_items import RegistryReader
from vfsloader.mods.registry_values import RefusedItem
from vfsloader.runtime.budget import Budget

_CHANGES = (MERGE_SUFFIX, PATCH_SUFFIX)


class DeclaredFault(NamedTuple):
    """Something that does not fit."""

    kind: str
    """``item``, ``schema`` or ``condition``."""
    file: str
    key: str
    sentence: str


def declared_faults(
    declared: Declarations, whole: Union, mod: Mod, files: Sequence[str], own_layers: Iterable[str]
) -> Iterator[DeclaredFault]:
    """Yield what in a mod does not fit.

    Parameters
    ----------
    declared
        What the game declares.
    whole
        The layers below the mod, and its own layer on top under its id.
    mod
        The mod.
    files
        The paths of its files.
    own_layers
        The names of the game's own layers.
    """
    yield from condition_faults(declared, mod, files)
    own = frozenset(own_layers)

    def namespace_of(layer: str) -> str:
        return "" if layer in own else layer.partition(":")[0]

    targets = list(dict.fromkeys(target_of_change(path) for path in files))
    touched = [path for path in targets if declared.rules_for(path)]
    if not touched:
        return
    contents = RegistryReader().read(whole, declared, namespace_of)
    found: list[tuple[str, RefusedItem]] = []
    for each in contents.values():
        found += [("item", refused) for refused in each.refused]
    for path in touched:
        found += [("schema", fault) for fault in data_faults(whole, declared, path)]
        found += [("schema", fault) for fault in id_faults(whole, declared, path, contents, namespace_of)]
    for kind, refused in dict.fromkeys(found):
        if namespace_of(refused.layer) == mod.id:
            yield DeclaredFault(kind, file_in(whole, mod.id, refused.path), refused.key, refused.reason)


def target_of_change(path: str) -> str:
    """Return the data file that a file of a mod is or changes."""
    return next((path.removesuffix(suffix) for suffix in _CHANGES if path.endswith(suffix)), path)


def file_in(whole: Union, layer: str, path: str) -> str:
    """Return which file of a layer makes up its part of a data file: the file itself, or a change to it."""
    own = next(mount.layer for mount in whole.mounts if mount.name == layer)
    for suffix in (*_CHANGES, ""):
        if own.find(path + suffix) is not None:
            return path + suffix
    return path


def condition_faults(declared: Declarations, mod: Mod, files: Sequence[str]) -> Iterator[DeclaredFault]:
    """Yield the conditions of a mod that ask for what the game never publishes."""
    if not declared.context:
        return
    for part in mod.manifest.part:
        for key, reason in declared.condition_faults(part.when):
            yield DeclaredFault("condition", "mod.toml", f"part {part.name}: when.{key}", reason)
    for path in files:
        is_edit = path.endswith(EDIT_SUFFIX)
        if not is_edit and not path.endswith(_CHANGES):
            continue
        entry = mod.layer.find(path)
        if entry is None or entry.size > content.MAX_DATA_BYTES:
            continue
        try:
            data = mod.layer.read(entry)
            budget = Budget(path)
            value = parse_toml(data, budget) if is_edit else parse_json(data, budget)
        except (ValueError, OSError, VFSError):
            continue  # that has its own finding
        for condition in _conditions(value, "when" if is_edit else WHEN):
            for key, reason in _faults(declared, condition):
                yield DeclaredFault("condition", path, f"when.{key}", reason)


def _faults(declared: Declarations, condition: Any) -> Iterator[tuple[str, str]]:
    try:
        parsed = parse_condition(condition)
    except ValueError:
        return  # that has its own finding
    yield from declared.condition_faults(parsed)


def _conditions(data: Any, key: str) -> Iterator[Any]:
    waiting = [data]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if key in node:
                yield node[key]
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
