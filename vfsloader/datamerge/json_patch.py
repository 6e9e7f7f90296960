"""Changing data by a list of operations: RFC 6902, JSON Patch, with one extension.

Pure. A token ``[id=sword]`` of a path picks the first member of a list whose ``id`` is ``sword``, so that a
patch does not depend on how many members other mods have added. Written here and not taken from a library
because of that extension, and because a list is applied whole or not at all.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

_PICK = re.compile(r"\[([^=\]]+)=(.*)\]", re.DOTALL)
_INDEX = re.compile(r"0|[1-9][0-9]*")


class PatchError(ValueError):
    """An operation does not fit the data; nothing of its list was applied."""


class GuardError(PatchError):
    """The list's own guard says that it is not meant for this data."""


def apply_patch(data: Any, operations: Sequence[Mapping[str, Any]]) -> Any:
    """Apply operations one after another and give the result; `data` stays as it is.

    Parameters
    ----------
    data
        Data as ``json`` or ``tomllib`` gives it.
    operations
        Each a table with ``op`` (``add``, ``remove``, ``replace``, ``move``, ``copy`` or ``test``), ``path``, and
        ``value`` or ``from``.

    Raises
    ------
    GuardError
        A ``test`` does not hold.
    PatchError
        An operation is wrong, or its path leads nowhere.

    Examples
    --------
    >>> items = {"items": [{"id": "bow", "damage": 2}, {"id": "sword", "damage": 3}]}
    >>> apply_patch(items, [{"op": "replace", "path": "/items/[id=sword]/damage", "value": 5}])
    {'items': [{'id': 'bow', 'damage': 2}, {'id': 'sword', 'damage': 5}]}

    References
    ----------
    RFC 6902, and RFC 6901 for paths.
    """
    document = {"": copy.deepcopy(data)}  # so that the whole can be replaced like any member
    for operation in operations:
        if not isinstance(operation, Mapping):
            raise PatchError(f"{operation!r:.60} is no operation")
        _apply(document, operation)
    return document[""]


def _apply(document: dict[str, Any], operation: Mapping[str, Any]) -> None:
    path = _pointer(operation, "path")
    match operation.get("op"):
        case "add":
            _add(document, path, copy.deepcopy(_value(operation)))
        case "remove":
            _remove(document, path)
        case "replace":
            _get(document, path)
            _put(document, path, copy.deepcopy(_value(operation)))
        case "move":
            start = _pointer(operation, "from")
            if path[: len(start)] == start and path != start:
                raise PatchError(f"cannot move {_told(start)} into itself")
            value = _get(document, start)
            _remove(document, start)
            _add(document, path, value)
        case "copy":
            _add(document, path, copy.deepcopy(_get(document, _pointer(operation, "from"))))
        case "test":
            if not same(_get(document, path), _value(operation)):
                raise GuardError(f"{_told(path)} is not {operation['value']!r:.60}")
        case other:
            raise PatchError(f"{other!r:.60} is none of add, remove, replace, move, copy, test")


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same JSON: ``1`` and ``1.0`` are, ``1`` and ``true`` are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _value(operation: Mapping[str, Any]) -> Any:
    if "value" not in operation:
        raise PatchError(f"{operation.get('op')} at {operation.get('path')} has no value")
    return operation["value"]


def _pointer(operation: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Take a path apart; the first token is that of the whole."""
    text = operation.get(key)
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise PatchError(f"{key} of {operation.get('op')!r:.20} is {text!r:.60}; a path starts with /")
    return ("", *(token.replace("~1", "/").replace("~0", "~") for token in text.split("/")[1:]))


def _told(path: Sequence[str]) -> str:
    return "/".join(path) or "the whole"


def _parent(document: dict[str, Any], path: tuple[str, ...]) -> Any:
    here: Any = document
    for at, token in enumerate(path[:-1]):
        here = _step(here, token, path[: at + 1])
    return here


def _step(here: Any, token: str, path: Sequence[str]) -> Any:
    if isinstance(here, dict) and token in here:
        return here[token]
    if isinstance(here, list):
        return here[_place(here, token, path)]
    raise PatchError(f"there is no {_told(path)}")


def _place(here: list[Any], token: str, path: Sequence[str]) -> int:
    """Give the index that a token means."""
    if pick := _PICK.fullmatch(token):
        key, wanted = pick.groups()
        for place, member in enumerate(here):
            if isinstance(member, dict) and key in member and _text(member[key]) == wanted:
                return place
    elif _INDEX.fullmatch(token) and len(token) < 12 and int(token) < len(here):
        return int(token)
    raise PatchError(f"there is no {_told(path)}")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _get(document: dict[str, Any], path: tuple[str, ...]) -> Any:
    return _step(_parent(document, path), path[-1], path)


def _put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    parent, token = _parent(document, path), path[-1]
    if isinstance(parent, list):
        parent[_place(parent, token, path)] = value
    else:
        parent[token] = value


def _add(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    parent, token = _parent(document, path), path[-1]
    if isinstance(parent, dict):
        parent[token] = value
    elif not isinstance(parent, list):
        raise PatchError(f"{_told(path[:-1])} holds nothing that could be added to")
    elif token in ("-", str(len(parent))):
        parent.append(value)
    else:
        parent.insert(_place(parent, token, path), value)


def _remove(document: dict[str, Any], path: tuple[str, ...]) -> None:
    if path == ("",):
        raise PatchError("the whole cannot be removed")
    parent, token = _parent(document, path), path[-1]
    _step(parent, token, path)
    del parent[_place(parent, token, path) if isinstance(parent, list) else token]
