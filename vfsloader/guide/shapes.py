"""What a data file looks like, as rows of a table: by its JSON Schema, or else by what the game's own file has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from vfsloader.quoting import plain

_MOST_ROWS, _MOST_DEPTH, _MOST_CHOICES = 200, 8, 12
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "table",
    "null": "null",
}
_LIMITS = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "less than {}"),
    ("multipleOf", "a multiple of {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} members"),
    ("maxItems", "at most {} members"),
    ("pattern", "matches {}"),
    ("format", "in the form {}"),
)


class Row(NamedTuple):
    """A place in a data file."""

    pointer: str
    """Where it is; ``*`` stands for every member of a list, or for every key."""
    type: str
    """What may be there, in words."""
    values: str
    """Limits, choices, or what the game's own file has there."""
    about: str = ""
    is_needed: bool = False


def schema_rows(schema: Mapping[str, Any]) -> list[Row]:
    """Return the places that a JSON Schema describes.

    Examples
    --------
    >>> schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"},
    ...     "damage": {"type": "integer", "minimum": 0, "description": "How much it hurts"}}}
    >>> for row in schema_rows(schema):
    ...     print(row.pointer, row.type, row.values, row.about, row.is_needed)
    /id text   True
    /damage whole number at least 0 How much it hurts False
    """
    rows: list[Row] = []
    _describe("", schema, schema, rows, 0, is_needed=False)
    return rows[:_MOST_ROWS]


def _describe(at: str, node: Any, root: Mapping[str, Any], rows: list[Row], depth: int, *, is_needed: bool) -> None:
    node = _resolved(node, root)
    if depth > _MOST_DEPTH or len(rows) >= _MOST_ROWS or not isinstance(node, Mapping):
        return
    members = list(_members(node))
    if at:  # a table of a schema is worth a row only if it has no members, or something is said about it
        about = plain(str(node.get("description") or node.get("title") or ""), 500)
        rows.append(Row(at, _type(node, root), _limits(node), about, is_needed))
    needed = node.get("required", ())
    for name, inner in members:
        _describe(f"{at}/{name}", inner, root, rows, depth + 1, is_needed=name in needed)


def _resolved(node: Any, root: Mapping[str, Any]) -> Any:
    """Follow references inside the schema, and look through a choice between something and null."""
    for _ in range(10):
        if not isinstance(node, Mapping):
            return node
        if isinstance(node.get("$ref"), str) and node["$ref"].startswith("#"):
            target: Any = root
            for part in node["$ref"].lstrip("#").strip("/").split("/"):
                step = part.replace("~1", "/").replace("~0", "~")
                target = target.get(step) if isinstance(target, Mapping) and step else target
            node = (
                {**target, **{key: node[key] for key in node if key != "$ref"}} if isinstance(target, Mapping) else {}
            )
            continue
        choices = [each for each in node.get("anyOf", node.get("oneOf", ())) if each != {"type": "null"}]
        if len(choices) != 1:
            return node
        node = {**{key: value for key, value in node.items() if key not in ("anyOf", "oneOf")}, **choices[0]}
    return {}


def _members(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, inner in (node.get("properties") or {}).items():
        yield plain(str(name), 80), inner
    for key in ("additionalProperties", "items"):
        if isinstance(node.get(key), Mapping):
            yield "*", node[key]
    for index, inner in enumerate(node.get("prefixItems") or ()):
        yield str(index), inner
    for inner in (node.get("patternProperties") or {}).values():
        yield "*", inner


def _type(node: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if "const" in node or "enum" in node:
        return "choice"
    kinds = node.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else list(kinds)
    for each in (*node.get("anyOf", ()), *node.get("oneOf", ())):
        inner = _resolved(each, root)
        if isinstance(inner, Mapping) and isinstance(inner.get("type"), str):
            kinds.append(inner["type"])
    words = [_TYPES.get(str(kind), plain(str(kind), 40)) for kind in dict.fromkeys(kinds)]
    return " or ".join(words) or "anything"


def _limits(node: Mapping[str, Any]) -> str:
    parts = []
    choices = [node["const"]] if "const" in node else node.get("enum", ())
    if choices:
        parts.append(", ".join(shown(choice) for choice in choices[:_MOST_CHOICES]))
        parts[-1] += ", …" if len(choices) > _MOST_CHOICES else ""
    parts += [words.format(shown(node[key])) for key, words in _LIMITS if key in node]
    if "default" in node:
        parts.append(f"{shown(node['default'])} if left out")
    return "; ".join(parts)


def shown(value: Any) -> str:
    """Return a value as a data file has it, shortened; text is without quotes."""
    try:
        return plain(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 60)
    except (TypeError, ValueError, RecursionError):
        return "…"


def data_rows(data: Any) -> list[Row]:
    """Return the places that a game's own data has, each with the values that are there.

    Keys of tables that are alike, such as the names of items, become one ``*``.

    Examples
    --------
    >>> for row in data_rows({"bow": {"damage": 2}, "sword": {"damage": 5, "magic": True}}):
    ...     print(row.pointer, "|", row.type, "|", row.values)
    /* | table | bow, sword
    /*/damage | whole number | 2 to 5
    /*/magic | true or false | true
    """
    rows: list[Row] = []
    _summarise("", [data], rows, 0)
    return rows[:_MOST_ROWS]


def _summarise(at: str, values: list[Any], rows: list[Row], depth: int) -> None:
    if depth > _MOST_DEPTH or len(rows) >= _MOST_ROWS:
        return
    members: dict[str, list[Any]] = {}
    names: list[str] = []
    for value in values:
        if isinstance(value, dict):
            is_alike = _is_alike(value)
            names += [str(key) for key in value] if is_alike else []
            for key, inner in value.items():
                members.setdefault("*" if is_alike else plain(str(key), 80), []).append(inner)
        elif isinstance(value, list):
            for inner in value:
                members.setdefault("*", []).append(inner)
    for key, inner in members.items():
        seen = _seen(inner)
        if key == "*" and names:
            seen = ", ".join(plain(name, 30) for name in list(dict.fromkeys(names))[:_MOST_CHOICES])
        rows.append(Row(f"{at}/{key}", " or ".join(dict.fromkeys(map(_type_of, inner))), seen))
        _summarise(f"{at}/{key}", inner, rows, depth + 1)


def _is_alike(table: dict[str, Any]) -> bool:
    """Return whether the members of a table are alike, so that its keys are names and not fields."""
    members = list(table.values())
    if len(members) < 2 or not all(isinstance(member, dict) and member for member in members):
        return False
    shared = set.intersection(*(set(member) for member in members))
    return len(shared) * 2 >= min(len(member) for member in members)


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    for kind, words in ((int, "whole number"), (float, "number"), (str, "text"), (dict, "table"), (list, "list")):
        if isinstance(value, kind):
            return words
    return "null" if value is None else plain(type(value).__name__, 40)


def _seen(values: list[Any]) -> str:
    """Return the values at a place: a range of numbers, or a few of them."""
    plainly = [value for value in values if isinstance(value, (str, int, float)) or value is None]
    numbers = [value for value in plainly if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(numbers) == len(values) and len(numbers) > 1 and min(numbers) != max(numbers):
        return f"{shown(min(numbers))} to {shown(max(numbers))}"
    words = list(dict.fromkeys(shown(value) for value in plainly))
    return ", ".join(words[:5]) + (", …" if len(words) > 5 else "")
