"""Changing data by a list of operations: RFC 6902, JSON Patch, with one extension.

Pure. A token ``[id=sword]`` of a path means the first member of a list whose ``id`` is ``sword``, so that a patch
does not depend on how many members other mods have added. Because of that extension, and because a list is applied
whole or not at all, this is written here and not taken from a library.

A patch may come from a mod: what it costs is counted against a budget. The tables and lists that it changes are copied
when they are first changed; everything else is shared with the data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vfsloader.datamerge.json_pointer import tokens_of
from vfsloader.quoting import plain, quoted
from vfsloader.runtime.budget import Budget

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


def apply_patch(data: Any, operations: Sequence[Mapping[str, Any]], budget: Budget | None = None) -> Any:
    """Apply operations one after another and return the result; `data` is not changed.

    Parameters
    ----------
    data
        Data as ``json`` or ``tomllib`` returns it. The result shares with it what the operations leave as it is.
    operations
        Each a table with ``op`` (``add``, ``remove``, ``replace``, ``move``, ``copy`` or ``test``), ``path``, and
        ``value`` or ``from``.
    budget
        What the operations and the values that they make are counted against; by default the usual limits.

    Raises
    ------
    GuardError
        A ``test`` fails.
    PatchError
        An operation is invalid, or its path does not exist.
    BudgetError
        There are too many operations, or they make too many values or nest them too deeply.

    Examples
    --------
    >>> items = {"items": [{"id": "bow", "damage": 2}, {"id": "sword", "damage": 3}]}
    >>> apply_patch(items, [{"op": "replace", "path": "/items/[id=sword]/damage", "value": 5}])
    {'items': [{'id': 'bow', 'damage': 2}, {'id': 'sword', 'damage': 5}]}

    References
    ----------
    RFC 6902, and RFC 6901 for paths.
    """
    document = _Document(data, budget or Budget("a patch"))
    for operation in operations:
        if not isinstance(operation, Mapping):
            raise PatchError(f"an operation is a table, not {quoted(operation)}")
        document.apply(operation)
    return document.data


class _Document:
    """Data that is changed without changing the tables and lists that it was made of."""

    def __init__(self, data: Any, budget: Budget) -> None:
        self._top = {"": data}  # so that the whole can be replaced like any member
        self._budget = budget
        #: The tables and lists that were made here and may be changed, by id. They are kept, so that no id is reused.
        self._own: dict[int, Any] = {id(self._top): self._top}

    @property
    def data(self) -> Any:
        """The data as it is now."""
        return self._top[""]

    def apply(self, operation: Mapping[str, Any]) -> None:
        """Carry out an operation."""
        self._budget.spend("operations")
        path = _path(operation, "path")
        match operation.get("op"):
            case "add":
                self._add(path, self._nested(path, _value(operation)))
            case "remove":
                self._remove(path)
            case "replace":
                value = self._nested(path, _value(operation))
                self._get(path)
                parent = self._changeable(path)
                parent[self._key(parent, path[-1], path)] = value
            case "move":
                start = _path(operation, "from")
                if path[: len(start)] == start and path != start:
                    raise PatchError(f"cannot move {_shown(start)} into itself")
                value = self._nested(path, self._get(start))
                self._remove(start)
                self._add(path, value)
            case "copy":
                self._add(path, self._copied(path, self._get(_path(operation, "from"))))
            case "test":
                if not same(self._get(path), _value(operation)):
                    raise GuardError(f"{_shown(path)} is not {quoted(operation['value'])}")
            case other:
                raise PatchError(f"unknown op {quoted(other)}: use add, remove, replace, move, copy or test")

    def _nested(self, path: Sequence[str], value: Any) -> Any:
        """Return a value that is put at a path, after checking how deeply it will be nested."""
        waiting = [(len(path), value)]
        while waiting:
            depth, node = waiting.pop()
            if isinstance(node, (dict, list)):
                self._budget.check_depth(depth)
                self._budget.spend("steps", 1 + len(node))
                members = node.values() if isinstance(node, dict) else node
                waiting += [(depth + 1, member) for member in members if isinstance(member, (dict, list))]
        return value

    def _copied(self, path: Sequence[str], value: Any) -> Any:
        """Return a copy that shares no table or list with the original: a game may change one of them."""
        top = [value]
        self._budget.spend("nodes")
        waiting: list[tuple[int, Any]] = [(len(path) - 1, top)]
        while waiting:
            depth, copy = waiting.pop()
            for key, member in list(copy.items() if isinstance(copy, dict) else enumerate(copy)):
                if isinstance(member, (dict, list)):
                    self._budget.check_depth(depth + 1)
                    self._budget.spend("nodes", len(member))
                    copy[key] = member.copy()
                    waiting.append((depth + 1, copy[key]))
        return top[0]

    def _changeable(self, path: Sequence[str]) -> Any:
        """Return the table or list that contains a path, after copying those on the way that are shared."""
        node: Any = self._top
        for depth, token in enumerate(path[:-1], 1):
            member = self._member(node, token, path[:depth])
            if isinstance(member, (dict, list)) and id(member) not in self._own:
                self._budget.spend("steps", 1 + len(member) // 16)
                member = member.copy()
                self._own[id(member)] = member
                node[self._key(node, token, path[:depth])] = member
            node = member
        if isinstance(node, list):
            self._budget.spend("steps", 1 + len(node) // 64)  # a member that is inserted or removed moves the others
        return node

    def _get(self, path: Sequence[str]) -> Any:
        node: Any = self._top
        for depth, token in enumerate(path, 1):
            node = self._member(node, token, path[:depth])
        return node

    def _member(self, node: Any, token: str, path: Sequence[str]) -> Any:
        if isinstance(node, list) or (isinstance(node, dict) and token in node):
            return node[self._key(node, token, path)]
        raise PatchError(f"there is no {_shown(path)}")

    def _key(self, node: Any, token: str, path: Sequence[str]) -> Any:
        """Return the index or key that a token means in a list or table."""
        if not isinstance(node, list):
            return token
        if pick := _PICK.fullmatch(token):
            key, wanted = pick.groups()
            self._budget.spend("steps", 1 + len(node))
            for index, member in enumerate(node):
                if isinstance(member, dict) and key in member and _text(member[key]) == wanted:
                    return index
        elif _INDEX.fullmatch(token) and int(token) < len(node):
            return int(token)
        raise PatchError(f"there is no {_shown(path)}")

    def _add(self, path: Sequence[str], value: Any) -> None:
        parent, token = self._changeable(path), path[-1]
        if isinstance(parent, dict):
            parent[token] = value
        elif not isinstance(parent, list):
            raise PatchError(f"cannot add to {_shown(path[:-1])}: it is not a table or list")
        elif token in ("-", str(len(parent))):
            parent.append(value)
        else:
            parent.insert(self._key(parent, token, path), value)

    def _remove(self, path: Sequence[str]) -> None:
        if path == ("",):
            raise PatchError("the whole file cannot be removed")
        self._get(path)
        parent = self._changeable(path)
        del parent[self._key(parent, path[-1], path)]


def value_at(data: Any, pointer: str) -> tuple[str, Any]:
    """Return the value at a pointer, and the pointer without selectors such as ``[id=sword]``.

    Raises
    ------
    PatchError
        There is no such value.

    Examples
    --------
    >>> value_at([{"id": "sword", "damage": 3}], "/[id=sword]/damage")
    ('/0/damage', 3)
    """
    document = _Document(data, Budget("a pointer"))
    node: Any = document._top
    path = _path({"path": pointer}, "path")
    tokens: list[str] = []
    for depth, token in enumerate(path, 1):
        key = document._key(node, token, path[:depth])
        node = document._member(node, token, path[:depth])
        tokens.append(str(key).replace("~", "~0").replace("/", "~1"))
    return "/".join(tokens), node


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal in JSON: ``1`` and ``1.0`` are, ``1`` and ``true`` are not."""
    waiting = [(one, other)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, bool) or isinstance(other, bool):
            if one is not other:
                return False
        elif isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            waiting += [(value, other[key]) for key, value in one.items()]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            waiting += zip(one, other, strict=True)
        elif isinstance(one, (dict, list)) or isinstance(other, (dict, list)) or one != other:
            return False
    return True


def _value(operation: Mapping[str, Any]) -> Any:
    if "value" not in operation:
        raise PatchError(f"{quoted(operation.get('op'))} at {quoted(operation.get('path'))} has no value")
    return operation["value"]


def _path(operation: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the tokens of a path in the document; the first one leads to the whole."""
    pointer = operation.get(key)
    if not isinstance(pointer, str):
        raise PatchError(f"{key} of {quoted(operation.get('op'))} is a path, not {quoted(pointer)}")
    try:
        return ("", *tokens_of(pointer))
    except ValueError as error:
        raise PatchError(f"{key} of {quoted(operation.get('op'))}: {error}") from None


def _shown(path: Sequence[str]) -> str:
    return plain("/".join(path)) or "the whole file"


def _text(value: Any) -> str | None:
    """Return a scalar as a path names it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if value.bit_length() < 1024 else None
    return None if isinstance(value, (dict, list)) else str(value)
