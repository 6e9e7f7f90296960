"""The first argument of a call, which may be passed by its place or by its name."""

from __future__ import annotations

from typing import Any


def with_first(
    args: tuple[Any, ...], options: dict[str, Any], name: str, value: Any
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a call with another first one.

    Examples
    --------
    >>> with_first(("a.ogg", 1), {}, "file", "b.ogg"), with_first((), {"file": "a.ogg"}, "file", "b.ogg")
    ((('b.ogg', 1), {}), ((), {'file': 'b.ogg'}))
    """
    return ((value, *args[1:]), options) if args else ((), {**options, name: value})
