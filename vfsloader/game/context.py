"""What a game publishes about itself, for the conditions of mods: ``game.context["season"] = "winter"``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import TYPE_CHECKING

from vfsloader.mods.conditions import Scalar, check_context_key, is_scalar, same_scalar
from vfsloader.quoting import quoted

if TYPE_CHECKING:
    from vfsloader.mods.options import Option


class Context(MutableMapping[str, Scalar]):
    """Values by name: texts, numbers and booleans. A change counts at the next :meth:`ResourceManager.update`.

    Parameters
    ----------
    on_change
        Called after a value has changed; setting the same value again is no change.
    declared
        What the game declares about values. One that is declared otherwise raises ValueError.

    Examples
    --------
    >>> context = Context(lambda: print("changed"))
    >>> context["season"] = "winter"
    changed
    >>> context["season"] = "winter"
    >>> context["mods"] = 3
    Traceback (most recent call last):
    ...
    ValueError: 'mods' cannot be the name of a context value: ...
    """

    def __init__(self, on_change: Callable[[], object], declared: Mapping[str, Option] | None = None) -> None:
        self._declared = {} if declared is None else declared
        self._values: dict[str, Scalar] = {}
        self._on_change = on_change

    def __repr__(self) -> str:
        return f"Context({self._values!r})"

    def __getitem__(self, key: str) -> Scalar:
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __setitem__(self, key: str, value: Scalar) -> None:
        name = check_context_key(key)
        if not is_scalar(value):
            raise TypeError(f"{quoted(key)}: a context value is a text, a number, true or false, not {quoted(value)}")
        if name in self._declared:
            self._declared[name].check(value)
        old = self._values.get(name)
        self._values[name] = value
        if old is None or not same_scalar(old, value):
            self._on_change()

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._on_change()
