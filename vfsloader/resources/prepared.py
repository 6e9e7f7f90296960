"""What was decoded, kept on disk: the next start of the game finds its pictures ready.

A store in a folder that may be deleted at any time. What lies in it is named by what it was made of, so that nothing
in it is ever wrong, only unused. A damaged one is thrown away.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import VFSError
from vfsloader.store import Store

_log = logging.getLogger("vfsloader.resources")
FILE = "prepared.db"
#: So much is gathered for one transaction.
WRITE_BYTES = 4 << 20
DEFAULT_MAX_BYTES = 512 << 20


class PreparedCache:
    """Bytes by name in a folder.

    Parameters
    ----------
    folder
        Made where it is missing.
    max_bytes
        About how much is kept: what has not been used for the longest time goes.
    """

    def __init__(self, folder: paths.RealPath, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self._lock = threading.Lock()
        self._file = Path(folder) / FILE
        self._max_bytes = max_bytes
        self._new: dict[str, bytes] = {}
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="vfsloader-prepared")
        self._used: set[str] = set()
        self._store: Store | None = None
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
        self._store = self._open()

    def get(self, name: str) -> bytes | None:
        """Give what is kept under a name, or None."""
        with self._lock:
            if name in self._new:
                return self._new[name]
        if self._store is None:
            return None
        try:
            entry = self._store.find(_path(name))
            data = None if entry is None else self._store.read(entry.key)
        except (VFSError, OSError) as error:
            self._give_up(error)
            return None
        if data is not None:
            self._used.add(name)
        return data

    def put(self, name: str, make: Callable[[], bytes]) -> None:
        """Keep bytes under a name; they are made and written on a thread of their own, while the game goes on."""
        self._writer.submit(self._make, name, make)

    def _make(self, name: str, make: Callable[[], bytes]) -> None:
        try:
            data = make()
        except Exception:
            _log.exception("%s could not be prepared", name)
            return
        if not data:
            return
        with self._lock:
            self._new[name] = data
            is_much = sum(map(len, self._new.values())) > WRITE_BYTES
        if is_much:
            self._write()

    def _write(self) -> None:
        """Write what is new, in one transaction."""
        with self._lock:
            new, self._new = self._new, {}
        if not new or self._store is None:
            return
        try:
            with self._store.transaction():
                for name, data in new.items():
                    self._store.write(_path(name), data)
                self._used.update(new)
                self._shrink(self._store)
        except (VFSError, OSError) as error:
            self._give_up(error)

    def close(self) -> None:
        """Write what is new, and close."""
        self._writer.shutdown()
        self._write()
        if self._store is not None:
            self._store.close()
            self._store = None

    def _shrink(self, store: Store) -> None:
        """Let what this run did not use go, the oldest first, where there is too much."""
        entries = [
            (entry.path.rpartition("/")[2] in self._used, entry.mtime_ns, entry.size, entry.path)
            for folder in list(store.list(paths.ROOT))
            for entry in store.list(folder.path)
        ]
        total = sum(size for _, _, size, _ in entries)
        for _, _, size, path in sorted(entries):
            if total <= self._max_bytes:
                break
            store.remove(path)
            total -= size

    def _open(self) -> Store | None:
        for _ in range(2):
            try:
                return Store(self._file)
            except (VFSError, OSError) as error:
                _log.warning("the prepared cache %s is thrown away: %s", self._file, error)
                for suffix in ("", "-wal", "-shm"):
                    with contextlib.suppress(OSError):
                        self._file.with_name(self._file.name + suffix).unlink()
        return None

    def _give_up(self, error: Exception) -> None:
        """Go on without: a cache that fails must cost nothing but time."""
        _log.warning("the prepared cache %s is not used any more: %s", self._file, error)
        store, self._store = self._store, None
        if store is not None:
            with contextlib.suppress(VFSError, OSError):
                store.close()


def _path(name: str) -> str:
    return f"/{name[:2]}/{name}"
