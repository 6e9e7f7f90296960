"""Changes of data that depend on a condition or on an option, resolved before they are applied.

``{"$when": {…}, "$value": …}`` stands for its value where the condition holds, and for nothing where it does not;
``{"$when": {…}, "$patch": […]}`` stands for operations of a patch. ``${option.depth}`` in a text is replaced by an
option of the mod: by the value itself where it is the whole text, else by the value as text. ``$${`` means ``${``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vfsloader.layers.circumstances import Circumstances, fill_options
from vfsloader.quoting import plain

WHEN, VALUE, PATCH = "$when", "$value", "$patch"
#: What a change contains if it depends on anything, in UTF-8.
MARKS = (b"$when", b"${")
_NOTHING = object()


def depends(data: bytes) -> bool:
    """Return whether the file of a change may depend on something."""
    if any(mark in data for mark in MARKS):
        return True
    return b"\\" in data and (b"$" in data or b"0024" in data)  # letters may be written by their numbers


def resolve_change(data: Any, world: Circumstances, *, is_patch: bool) -> Any:
    """Return a change as it is under the circumstances.

    Parameters
    ----------
    data
        The content of a ``.merge`` or ``.patch`` file. It is not changed.
    world
        What it may depend on.
    is_patch
        Whether it is a list of operations.

    Raises
    ------
    ValueError
        A condition is wrong, or there is no such option.

    Examples
    --------
    >>> class Winter:
    ...     options = {"depth": 3}
    ...     def holds(self, condition):
    ...         return condition == {"season": "winter"}
    >>> change = {"speed": {"$when": {"season": "winter"}, "$value": "${option.depth}"}, "name": "${option.depth} feet"}
    >>> resolve_change(change, Winter(), is_patch=False)
    {'speed': 3, 'name': '3 feet'}
    """
    resolved = _resolve_patch(data, world) if is_patch else _resolve(data, world)
    return ([] if is_patch else {}) if resolved is _NOTHING else resolved


def _resolve(data: Any, world: Circumstances) -> Any:
    if isinstance(data, str):
        return fill_options(data, world.options)
    if isinstance(data, list):
        return [value for item in data if (value := _resolve(item, world)) is not _NOTHING]
    if not isinstance(data, dict):
        return data
    if WHEN in data:
        if data.keys() != {WHEN, VALUE}:
            raise ValueError(f"beside {WHEN} there must be {VALUE} and nothing else, not {_keys(data)}")
        return _resolve(data[VALUE], world) if world.holds(data[WHEN]) else _NOTHING
    return {key: value for key, item in data.items() if (value := _resolve(item, world)) is not _NOTHING}


def _resolve_patch(data: Any, world: Circumstances) -> Any:
    if isinstance(data, dict) and WHEN in data:
        if data.keys() != {WHEN, PATCH} or not isinstance(data[PATCH], list):
            raise ValueError(f"beside {WHEN} there must be {PATCH} with a list, and nothing else, not {_keys(data)}")
        return _resolve_patch(data[PATCH], world) if world.holds(data[WHEN]) else []
    if not isinstance(data, list):
        return _resolve(data, world)
    operations: list[Any] = []
    for item in data:
        if isinstance(item, dict) and WHEN in item and VALUE not in item:
            operations += _resolve_patch(item, world)
            continue
        resolved = _resolve_patch(item, world) if isinstance(item, list) else _resolve(item, world)
        if resolved is _NOTHING or (isinstance(item, dict) and "value" in item and "value" not in resolved):
            continue  # what it would have set does not count now
        operations.append(resolved)
    return operations


def _keys(data: Mapping[str, Any]) -> str:
    return ", ".join(plain(str(key), 40) for key in list(data)[:5])
