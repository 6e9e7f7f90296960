"""What the rows of all collections have in common."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

from vfsloader.store.records.catalog import CollectionCatalog

#: A collection of up to this many items is read at once to iterate over it; a larger one holds a snapshot.
_AT_ONCE = 1024
_BATCH = 256


class CollectionRows:
    """The rows of one collection.

    Parameters
    ----------
    catalog
        The catalog of its store.
    number
        Its number there.
    """

    def __init__(self, catalog: CollectionCatalog, number: int) -> None:
        self.catalog = catalog
        self.number = number
        self._database = catalog.database

    def count(self) -> int:
        """Return the number of items."""
        return self.catalog.count(self.number)

    def _scan(self, statement: str, bound: tuple[Any, ...]) -> Iterator[list[Any]]:
        """Iterate over a query's rows as they are now, in lists, even if others write at the same time."""
        if self._is_read_at_once():
            yield from _batches(iter(self._database.rows(statement, bound)))
            return
        with self._database.errors, contextlib.closing(self._database.connect_apart()) as connection:
            yield from _batches(connection.execute(statement, bound))

    def _is_read_at_once(self) -> bool:
        """Return whether to iterate over rows read at once, because they are few or no other connection sees them."""
        return self.count() <= _AT_ONCE or self._database.in_memory or self._database.in_own_transaction()


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(itertools.islice(rows, _BATCH)):
        yield batch
