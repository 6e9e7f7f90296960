"""Writing the little TOML that changes need: tables of tables on lines of their own, everything else on one line."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_value(value: Any) -> str:
    """Return a value as TOML on one line.

    Raises
    ------
    ValueError
        TOML has no such value: null, or text that is not Unicode.

    Examples
    --------
    >>> toml_value({"at": [1, 2.5], "name": "Übung", "is on": True})
    '{ at = [1, 2.5], name = "Übung", "is on" = true }'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        value.encode()  # a lone surrogate raises UnicodeEncodeError, a ValueError
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return (
            f"{{ {', '.join(f'{_key(key)} = {toml_value(item)}' for key, item in value.items())} }}" if value else "{}"
        )
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml_value, value))}]"
    raise ValueError(f"TOML has no {type(value).__name__}")


def toml_document(table: Mapping[str, Any]) -> bytes:
    """Return a table as a file: each of its tables under a heading, with values on one line each.

    Raises
    ------
    ValueError
        TOML has no such value.

    Examples
    --------
    >>> print(toml_document({"speed": 3, "sword": {"damage": 5}, "edit": [{"to": [1, 2]}]}).decode())
    speed = 3
    <BLANKLINE>
    [sword]
    damage = 5
    <BLANKLINE>
    [[edit]]
    to = [1, 2]
    <BLANKLINE>
    """
    lines = [f"{_key(key)} = {toml_value(value)}" for key, value in table.items() if not _has_heading(value)]
    for key, value in table.items():
        if not _has_heading(value):
            continue
        for each in value if isinstance(value, list) else [value]:
            heading = f"[[{_key(key)}]]" if isinstance(value, list) else f"[{_key(key)}]"
            lines += ["", heading, *(f"{_key(name)} = {toml_value(item)}" for name, item in each.items())]
    return ("\n".join(lines).lstrip("\n") + "\n").encode()


def _has_heading(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, Mapping) for item in value)
    return isinstance(value, Mapping)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else toml_value(key)
