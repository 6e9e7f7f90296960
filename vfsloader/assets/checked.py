"""Reading values of a data file that somebody else wrote: each is checked, and an error names its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vfsloader.quoting import plain, quoted

_MAX_NUMBER = (1 << 31) - 1


class Table:
    """A table of a data file.

    Parameters
    ----------
    value
        What the file has there.
    key
        Where that is; empty for the whole file.

    Raises
    ------
    ValueError
        It is not a table.

    Examples
    --------
    >>> Table({"frames": {"a": {"w": "4"}}}).table("frames").table("a").integer("w")
    Traceback (most recent call last):
    ...
    ValueError: frames.a.w: must be a whole number from 0 to 2,147,483,647, not '4'
    """

    __slots__ = ("key", "value")

    def __init__(self, value: object, key: str = "") -> None:
        if not isinstance(value, dict):
            raise ValueError(f"{key or 'it'}: must be a table, not {quoted(value)}")
        self.value: Mapping[str, Any] = value
        self.key = key

    def __contains__(self, key: str) -> bool:
        return self.value.get(key) is not None

    def path(self, key: str) -> str:
        """Return a key with those of the tables around it."""
        return f"{self.key}.{plain(key, 60)}" if self.key else plain(key, 60)

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Yield each name in the table with the table that it names."""
        for name, value in self.value.items():
            yield name, Table(value, self.path(name))

    def table(self, key: str) -> Table:
        """Return a table that has to be there."""
        return Table(self._need(key), self.path(key))

    def rows(self, key: str) -> list[Table]:
        """Return the tables in a list; none if there is no list."""
        value = self.value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise ValueError(f"{self.path(key)}: must be a list, not {quoted(value)}")
        return [Table(row, f"{self.path(key)}.{index}") for index, row in enumerate(value)]

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text."""
        value = self._need(key) if default is None else self.value.get(key, default)
        if not isinstance(value, str):
            raise ValueError(f"{self.path(key)}: must be text, not {quoted(value)}")
        return value

    def texts(self, key: str) -> list[str]:
        """Return a list of texts."""
        value = self._need(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"{self.path(key)}: must be a list of texts, not {quoted(value)}")
        return value

    def integer(self, key: str, least: int = 0) -> int:
        """Return a number, rounded down; texts and truth values are not numbers."""
        value = self._need(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= _MAX_NUMBER:
            raise ValueError(
                f"{self.path(key)}: must be a whole number from {least:,} to {_MAX_NUMBER:,}, not {quoted(value)}"
            )
        return int(value)

    def _need(self, key: str) -> Any:
        if key not in self.value:
            raise ValueError(f"{self.path(key)}: is missing")
        return self.value[key]
