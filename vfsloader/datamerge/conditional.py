"""Changes of data that depend on a condition or on an option, resolved before they are applied.

``{"$when": {…}, "$value": …}`` stands for its value where the condition holds, and for nothing where it does not;
``{"$when": {…}, "$patch": […]}`` stands for operations of a patch. ``${option.depth}`` in a text is replaced by an
option of the mod: by the value itself where it is the whole text, else by the value as text. ``$${`` means ``${``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from vfsloader.layers.protocol import Layer
from vfsloader.quoting import plain, quoted

WHEN, VALUE, PATCH = "$when", "$value", "$patch"
_OPTION = re.compile(r"\$(\$\{)|\$\{option\.([^{}]*)\}")
#: What a change contains if it depends on anything, in UTF-8.
MARKS = (b"$when", b"${")
_NOTHING = object()


class Circumstances(Protocol):
    """What the changes of a mod may depend on."""

    def holds(self, condition: object) -> bool:
        """Return whether a condition holds. Raises ValueError if it is not a condition."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """The values of the mod's options."""
        ...


@runtime_checkable
class Conditional(Protocol):
    """A layer whose changes to data may depend on something."""

    circumstances: Circumstances | None


def circumstances_of(layer: Layer) -> Circumstances | None:
    """Return what the changes in a layer may depend on; None if they depend on nothing."""
    return layer.circumstances if isinstance(layer, Conditional) else None


def depends(data: bytes) -> bool:
    """Return whether the file of a change may depend on something."""
    return any(mark in data for mark in MARKS)


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


def fill_options(text: str, options: Mapping[str, Any]) -> Any:
    """Return a text with its options filled in; the value itself where an option is the whole text.

    Raises
    ------
    ValueError
        There is no such option.

    Examples
    --------
    >>> fill_options("${option.size}", {"size": 2}), fill_options("x${option.size} $${option.size}", {"size": 2})
    (2, 'x2 ${option.size}')
    """
    if "${" not in text:
        return text
    whole = _OPTION.fullmatch(text)
    if whole is not None and whole[2] is not None:
        return _option(whole[2], options)

    def replace(match: re.Match[str]) -> str:
        if match[1]:
            return match[1]
        value = _option(match[2], options)
        return str(value).lower() if isinstance(value, bool) else str(value)

    return _OPTION.sub(replace, text)


def _option(name: str, options: Mapping[str, Any]) -> Any:
    if name not in options:
        known = ", ".join(map(plain, options)) or "none"
        raise ValueError(f"the mod has no option {quoted(name)}; it has {known}")
    return options[name]


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
