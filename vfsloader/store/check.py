"""Looking a whole store over: pages, files, collections. For saves; packs have digests, and ``pack verify``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vfsloader import paths
from vfsloader.errors import DamagedError
from vfsloader.store.pack import inspection
from vfsloader.store.records.care import faults as collection_faults
from vfsloader.store.records.keeper import KINDS
from vfsloader.store.store import Store


@dataclass(frozen=True)
class CheckReport:
    """What :func:`check` found."""

    path: str
    files: int
    collections: tuple[tuple[str, str, int], ...]
    """Name, kind and number of items of each that has a name."""
    faults: tuple[str, ...]
    """A sentence for each thing that is wrong."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def check(path: paths.RealPath) -> CheckReport:
    """Look a save, a settings file or any other store over, changing nothing.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    PathNotFoundError, NotAStoreError
        There is none, or it is something else.

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
        store = Store(path, read_only=True, trusted=True)
    except DamagedError as error:
        return CheckReport(str(path), 0, (), (str(error),))
    with store:
        try:
            with store.database.snapshot() as connection:
                found = [*inspection.faults(connection), *collection_faults(connection)]
                files = connection.execute("SELECT count(*) FROM node WHERE kind = 0").get
                rows: list[Any] = []
                if connection.execute("SELECT EXISTS(SELECT 1 FROM sqlite_schema WHERE name = 'collection')").get:
                    rows = connection.execute(
                        "SELECT name, kind, count FROM collection WHERE name IS NOT NULL ORDER BY name"
                    ).fetchall()
        except DamagedError as error:
            return CheckReport(str(path), 0, (), (str(error),))
    kept = tuple([(str(name), KINDS[kind] if kind in range(len(KINDS)) else "?", count) for name, kind, count in rows])
    return CheckReport(str(path), files, kept, tuple(found))
