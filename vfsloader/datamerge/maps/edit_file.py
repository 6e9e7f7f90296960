"""The file of edits of a map, ``town.tmx.edit``: TOML with a list of ``[[edit]]``, checked key by key."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vfsloader.datamerge.conditional import resolve_change
from vfsloader.datamerge.parsing import parse_toml
from vfsloader.layers.circumstances import Circumstances
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget

#: What an edit may do, and the keys that say where and how.
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "tiles": ("layer",),
    "clear": ("layer",),
    "stamp": ("layer", "at"),
    "add_object": ("layer",),
    "remove_object": ("layer",),
    "set": ("layer", "object"),
    "properties": ("layer", "object", "tileset"),
    "remove_properties": ("layer", "object", "tileset"),
    "add_layer": (),
    "add_tileset": (),
}
_NEEDED = {"tiles": ("layer",), "clear": ("layer",), "stamp": ("layer", "at"), "add_object": ("layer",)}
_KEYS = ("when", "level", "layer", "object", "tileset", "at", *ACTIONS)
_TABLES = ("add_object", "set", "properties", "add_layer", "add_tileset")


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing to do to a map."""

    key: str
    """Where it is in the file: ``edit[2].tiles``, counted from 1."""
    action: str
    table: Mapping[str, Any]
    """All keys of the edit."""
    error: str | None = None
    """Why it cannot be carried out."""


def read_edits(data: bytes, world: Circumstances | None, budget: Budget) -> list[Edit]:
    r"""Return the edits of a file that count now.

    Parameters
    ----------
    data
        The file.
    world
        What conditions and options refer to; None if the layer is not a mod.
    budget
        Limits the values and the edits.

    Raises
    ------
    ValueError
        It is not TOML, or not a list of edits. A single edit that is wrong has an `error`.
    BudgetError
        It is too large.

    Examples
    --------
    >>> [edit] = read_edits(b'[[edit]]\nlayer = "ground"\ntile = [[0, 0, 5]]', None, Budget("an edit"))
    >>> edit.error
    'tile: unknown key; did you mean tiles?'
    """
    document = parse_toml(data, budget)
    edits = document.get("edit", [])
    if not isinstance(edits, list):
        raise ValueError("edit: write [[edit]] above each edit")
    unknown = [plain(key, 40) for key in document if key != "edit"]
    budget.spend("operations", len(edits))
    found = [edit for index, table in enumerate(edits, 1) for edit in _read(f"edit[{index}]", table, world)]
    if unknown:
        found.append(Edit(unknown[0], "", {}, "there is no such key; all that counts is below [[edit]]"))
    return found


def _read(key: str, table: Any, world: Circumstances | None) -> Iterator[Edit]:
    if not isinstance(table, dict):
        yield Edit(key, "", {}, f"must be a table, not {quoted(table)}")
        return
    try:
        table = dict(table)
        if "when" in table:
            condition = table.pop("when")
            if world is None:
                raise ValueError("when: only the edits of a mod can have a condition")
            if not world.holds(condition):
                return
        if world is not None:
            table = resolve_change(table, world, is_patch=False)
        actions = _check(table)
    except ValueError as error:
        yield Edit(key, "", {}, plain(str(error), 1000))
        return
    for action in actions:
        yield Edit(f"{key}.{action}", action, table)


def _check(table: Mapping[str, Any]) -> list[str]:
    """Return the actions of an edit, in the order in which they are carried out."""
    for name in table:
        if name not in _KEYS:
            near = difflib.get_close_matches(name[:60], _KEYS, 1, 0.6)
            hint = f"did you mean {near[0]}?" if near else f"known keys are {', '.join(_KEYS)}"
            raise ValueError(f"{plain(name, 60)}: unknown key; {hint}")
    actions = [action for action in ACTIONS if action in table]
    if not actions:
        raise ValueError(f"it does nothing: give it one of {', '.join(ACTIONS)}")
    allowed = {"level", *actions}.union(*(ACTIONS[action] for action in actions))
    for name in table:
        if name not in allowed:
            raise ValueError(f"{name}: does not belong to {' and '.join(actions)}; remove it")
    for action in actions:
        for name in _NEEDED.get(action, ()):
            if name not in table:
                raise ValueError(f"{action}: needs {name} as well")
        if action in _TABLES and not isinstance(table[action], dict):
            raise ValueError(f"{action}: must be a table, not {quoted(table[action])}")
    if "set" in table and "object" not in table and "layer" not in table:
        raise ValueError("set: needs layer or object as well")
    for name in ("layer", "object", "tileset", "level", "remove_object"):
        value = table.get(name, "")
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise ValueError(f"{name}: must be a name or an id, not {quoted(value)}")
    return actions
