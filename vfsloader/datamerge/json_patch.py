"""Changing data by a list of operations: RFC 6902, JSON Patch, with one extension.

Pure. A token ``[id=sword]`` of a path means the first member of a list whose ``id`` is ``sword``, so that a patch
does not depend on how many members other mods have added. Because of that extension, and because a list is applied
whole or not at all, this is written here and not taken from a library.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

from vfsloader.datamerge.json_pointer import tokens_of

_PICK = re.compile(r"\[([^=\]]+)=(.*)\]", re.DOTALL)
_INDEX = re.compile(r"0|[1-9][0-9]{0,10}")


class PatchError(ValueError):
    """An operation does not fit the data; nothing of its list was applied."""


class GuardError(PatchError):
    """A ``test`` failed: the list is not meant for this data."""


def operation_lists(patch: Any) -> list[list[Any]]:
    """Return the lists of operations of a patch file: it has one, or a list of lists.

    Raises
    ------
    PatchError
        It has neither.
    """
    if not isinstance(patch, list):
        raise PatchError("a patch must be a list of operations")
    return patch if all(isinstance(item, list) for item in patch) else [patch]


def apply_patch(data: Any, operations: Sequence[Mapping[str, Any]]) -> Any:
    """Apply operations one after another and return the result; `data` is not changed.

    Parameters
    ----------
    data
        Data as ``json`` or ``tomllib`` returns it.
    operations
        Each a table with ``op`` (``add``, ``remove``, ``replace``, ``move``, ``copy`` or ``test``), ``path``, and
        ``value`` or ``from``.

    Raises
    ------
    GuardError
        A ``test`` fails.
    PatchError
        An operation is invalid, or its path does not exist.

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
            raise PatchError(f"an operation is a table, not {operation!r:.60}")
        _apply(document, operation)
    return document[""]


def _apply(document: dict[str, Any], operation: Mapping[str, Any]) -> None:
    path = _path(operation, "path")
    match operation.get("op"):
        case "add":
            _add(document, path, copy.deepcopy(_value(operation)))
        case "remove":
            _remove(document, path)
        case "replace":
            _get(document, path)
            parent, token = _parent(document, path), path[-1]
            parent[_key(parent, token, path)] = copy.deepcopy(_value(operation))
        case "move":
            start = _path(operation, "from")
            if path[: len(start)] == start and path != start:
                raise PatchError(f"cannot move {_shown(start)} into itself")
            value = _get(document, start)
            _remove(document, start)
            _add(document, path, value)
        case "copy":
            _add(document, path, copy.deepcopy(_get(document, _path(operation, "from"))))
        case "test":
            if not same(_get(document, path), _value(operation)):
                raise GuardError(f"{_shown(path)} is not {operation['value']!r:.60}")
        case other:
            raise PatchError(f"unknown op {other!r:.60}: use add, remove, replace, move, copy or test")


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal in JSON: ``1`` and ``1.0`` are, ``1`` and ``true`` are not."""
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


def _path(operation: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the tokens of a path in the document; the first one leads to the whole."""
    pointer = operation.get(key)
    if not isinstance(pointer, str):
        raise PatchError(f"{key} of {operation.get('op')!r:.20} is a path, not {pointer!r:.60}")
    try:
        return ("", *tokens_of(pointer))
    except ValueError as error:
        raise PatchError(f"{key} of {operation.get('op')!r:.20}: {error}") from None


def _shown(path: Sequence[str]) -> str:
    return "/".join(path) or "the whole file"


def _parent(document: dict[str, Any], path: tuple[str, ...]) -> Any:
    node: Any = document
    for depth, token in enumerate(path[:-1], 1):
        node = _member(node, token, path[:depth])
    return node


def _member(node: Any, token: str, path: Sequence[str]) -> Any:
    if isinstance(node, list) or (isinstance(node, dict) and token in node):
        return node[_key(node, token, path)]
    raise PatchError(f"there is no {_shown(path)}")


def _key(node: Any, token: str, path: Sequence[str]) -> Any:
    """Return the index or key that a token means in a list or table."""
    if not isinstance(node, list):
        return token
    if pick := _PICK.fullmatch(token):
        key, wanted = pick.groups()
        for index, member in enumerate(node):
            if isinstance(member, dict) and key in member and _text(member[key]) == wanted:
                return index
    elif _INDEX.fullmatch(token) and int(token) < len(node):
        return int(token)
    raise PatchError(f"there is no {_shown(path)}")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _get(document: dict[str, Any], path: tuple[str, ...]) -> Any:
    return _member(_parent(document, path), path[-1], path)


def _add(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    parent, token = _parent(document, path), path[-1]
    if isinstance(parent, dict):
        parent[token] = value
    elif not isinstance(parent, list):
        raise PatchError(f"cannot add to {_shown(path[:-1])}: it is not a table or list")
    elif token in ("-", str(len(parent))):
        parent.append(value)
    else:
        parent.insert(_key(parent, token, path), value)


def _remove(document: dict[str, Any], path: tuple[str, ...]) -> None:
    if path == ("",):
        raise PatchError("the whole file cannot be removed")
    _get(document, path)
    parent = _parent(document, path)
    del parent[_key(parent, path[-1], path)]
