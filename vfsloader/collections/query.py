"""Conditions on what values contain, written in SQL for the database to answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from vfsloader.store.records.tables import is_path

_QUESTION = re.compile(r"(\S+)(?:\s+(=|!=|<=?|>=?|in))?")


def condition(where: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL condition on ``value``, and the values to bind in it.

    Parameters
    ----------
    where
        Paths inside values, each with a comparison behind it (``=`` if left out), and what to compare with: a text, a
        number, a bool or None; a list of them for ``in``. A path is names and numbers with dots between, lists by
        ``[0]``. All of them must hold.

    Raises
    ------
    ValueError, TypeError
        A question or its value does not have that form.

    Examples
    --------
    >>> condition({"level >=": 3})
    ("(json_extract(value, '$.level') >= ?)", (3,))
    """
    parts: list[str] = []
    bindings: list[Any] = []
    for question, wanted in where.items():
        match = _QUESTION.fullmatch(question.strip())
        if match is None or not is_path(match[1]):
            raise ValueError(f"cannot look for {question!r}: write a path, then one of = != < <= > >= in")
        member, comparison = f"json_extract(value, '$.{match[1]}')", match[2] or "="
        if comparison == "in":
            parts.append(f"({member} IN ({', '.join('?' * len(wanted))}))")
            bindings += [_plain(value) for value in wanted]
        elif wanted is None and comparison in ("=", "!="):
            parts.append(f"({member} IS {'NOT ' * (comparison == '!=')}NULL)")
        else:
            parts.append(f"({member} {comparison} ?)")
            bindings.append(_plain(wanted))
    return " AND ".join(parts) or "1", tuple(bindings)


def _plain(value: Any) -> Any:
    """Return a value as SQLite's ``json_extract`` returns it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, dict)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    raise TypeError(f"values can be compared with text and numbers, not with a {type(value).__name__}")
