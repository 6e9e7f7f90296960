"""Checking a whole store: pages, files, collections. For saves; packs have digests, and ``pack verify``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vfsloader import paths
from vfsloader.errors import DamagedError
from vfsloader.runtime.quoting import message
from vfsloader.store.pack import inspection
from vfsloader.store.records import care
from vfsloader.store.records.catalog import KINDS, has_tables
from vfsloader.store.store import Store


@dataclass(frozen=True)
class CheckReport:
    """What :func:`check` found."""

    path: str
    files: int
    collections: tuple[tuple[str, str, int], ...]
    """Name, kind and number of items of each named collection."""
    faults: tuple[str, ...]
    """A sentence for each thing that is wrong."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def check(path: paths.RealPath) -> CheckReport:
    """Check a save, a settings file or any other store, without changing it.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    PathNotFoundError, NotAStoreError
        The file does not exist, or is not a store.

    Examples
    --------
    >>> import tempfile
    >>> from vfsloader.collections import PersistentDict
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with PersistentDict(f"{folder}/settings.db") as settings:
    ...         settings["volume"] = 0.8
    ...     check(f"{folder}/settings.db").ok
    True
    """
    try:
        with Store(path, read_only=True, trusted=True) as store, store.database.snapshot() as connection:
            faults = (*inspection.faults(connection), *care.faults(connection))
            files = connection.execute("SELECT count(*) FROM node WHERE kind = 0").get
            rows: list[Any] = []
            if has_tables(connection):
                rows = connection.execute(
                    "SELECT name, kind, count FROM collection WHERE name IS NOT NULL ORDER BY name"
                ).fetchall()
    except DamagedError as error:
        return CheckReport(str(path), 0, (), (message(str(error)),))
    named = tuple((str(name), KINDS[kind] if kind in range(len(KINDS)) else "?", count) for name, kind, count in rows)
    return CheckReport(str(path), files, named, faults)
