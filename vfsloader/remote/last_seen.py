"""What the server last said about an address, so that a cached file opens while the server cannot be reached."""

from __future__ import annotations

import hashlib

from vfsloader.runtime.disk_cache import DiskCache


class LastSeen:
    """Small notes by address, kept in a cache.

    Parameters
    ----------
    cache
        The cache.
    """

    def __init__(self, cache: DiskCache) -> None:
        self._cache = cache

    def save(self, address: str, note: bytes) -> None:
        """Keep a note in place of the old one."""
        self._cache.put({_key(address): note})

    def load(self, address: str) -> bytes | None:
        """Return the note, or None."""
        return self._cache.get([_key(address)]).get(_key(address))


def _key(address: str) -> bytes:
    return hashlib.sha256(f"known {address}".encode()).digest()
