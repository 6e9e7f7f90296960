"""Decoded resources, kept on the disk: the next start of the game finds its pictures ready.

An entry is named by what it was made of, so it is never wrong, only unused.
"""

from __future__ import annotations

from collections.abc import Callable

from vfsloader import paths
from vfsloader.runtime.disk_cache import DiskCache
from vfsloader.runtime.logs import logger
from vfsloader.runtime.threads import make_pool

_log = logger("vfsloader.assets")
DEFAULT_MAX_BYTES = 512 << 20
#: Bytes that are gathered before they are written: each write waits for the disk.
WRITE_BYTES = 16 << 20


class PreparedCache:
    """Serialized resources by name, in a folder. A name is a digest, in hexadecimal.

    Parameters
    ----------
    folder
        The folder of a :class:`DiskCache`.
    max_bytes
        How much it holds; the entries that were not used for the longest time are deleted first.
    """

    def __init__(self, folder: paths.RealPath, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self._cache = DiskCache(folder, max_bytes)
        self._writer = make_pool(1, "vfsloader-prepared")
        self._unwritten: dict[bytes, bytes] = {}
        self._unwritten_bytes = 0

    def get(self, name: str) -> memoryview | bytes | None:
        """Return an entry, or None.

        The first time in a run it is the mapped file, for the caller to keep: writing to it changes this process's
        memory only. After that it is a copy.
        """
        return self._cache.view(bytes.fromhex(name))

    def put(self, name: str, serialize: Callable[[], bytes]) -> None:
        """Keep an entry, which is made and written on another thread; an empty one is not kept."""
        if self._cache.is_writable:
            self._writer.submit(self._serialize, name, serialize)

    def close(self) -> None:
        """Write what is new, and close; entries that were returned stay usable."""
        self._writer.shutdown()
        self._write()
        self._cache.close()

    def _serialize(self, name: str, serialize: Callable[[], bytes]) -> None:
        try:
            data = serialize()
        except Exception:
            _log.exception("%s could not be prepared", name)
            return
        if data:
            self._unwritten[bytes.fromhex(name)] = data
            self._unwritten_bytes += len(data)
            if self._unwritten_bytes > WRITE_BYTES:
                self._write()

    def _write(self) -> None:
        self._cache.put(self._unwritten, durable=True)
        self._unwritten, self._unwritten_bytes = {}, 0
