"""Questions about what values hold, as conditions that the database answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from vfsloader.store.records.tables import is_path

_COMPARISONS = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "in": "in"}
_QUESTION = re.compile(r"(\S+)(?:\s+(=|!=|<=?|>=?|in))?")


def condition(where: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """Give the condition of SQL on ``value``, and what is bound in it.

    Parameters
    ----------
    where
        Paths inside values, each with a comparison behind it (``=`` if left out), and what to compare with: a text, a
        number, a bool or None; a list of them for ``in``. A path is names and numbers with dots between, lists by
        ``[0]``. All of them must hold.

    Raises
    ------
    ValueError, TypeError
        One is not of that form.

    Examples
    --------
    >>> condition({"level >=": 3})
    ("(json_extract(value, '$.level') >= ?)", (3,))
    """
    parts: list[str] = []
    bound: list[Any] = []
    for question, wanted in where.items():
        match = _QUESTION.fullmatch(question.strip())
        if match is None or not is_path(match[1]):
            raise ValueError(f"{question!r} asks nothing: a path, then one of {' '.join(_COMPARISONS)}")
        inside, comparison = f"json_extract(value, '$.{match[1]}')", match[2] or "="
        if comparison == "in":
            parts.append(f"({inside} IN ({', '.join('?' * len(wanted))}))")
            bound += [_plain(one) for one in wanted]
        elif wanted is None and comparison in ("=", "!="):
            parts.append(f"({inside} IS {'NOT ' * (comparison == '!=')}NULL)")
        else:
            parts.append(f"({inside} {comparison} ?)")
            bound.append(_plain(wanted))
    return " AND ".join(parts) or "1", tuple(bound)


def _plain(value: Any) -> Any:
    """Give a value as SQLite's JSON gives it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, dict)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    raise TypeError(f"values are compared with texts and numbers, not with a {type(value).__name__}")
