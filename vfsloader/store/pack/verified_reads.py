"""Contents of a pack that came over a line which nobody else checks: believed only when their digests are right.

The tree is checked when the pack is opened, each content when it is read. What is wrong was spoilt on its way: it is
fetched once more, and is an error if it is wrong again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import BinaryIO

from vfsloader.errors import DamagedError
from vfsloader.store.pack.writer import PackNode, TreeDigest
from vfsloader.store.sqlite.database import Database

_STEP = 1 << 20


class CheckedContents:
    """The contents of a pack and their digests.

    Parameters
    ----------
    database
        The pack.
    read
        Reads a whole content.
    forget
        Forgets what was fetched, so that it is fetched again.

    Raises
    ------
    DamagedError
        The tree is not the one that was packed.
    """

    def __init__(self, database: Database, read: Callable[[int], bytes], forget: Callable[[], None]) -> None:
        self._path = database.path
        self._read = read
        self._forget = forget
        digest = TreeDigest()
        self._digests: dict[int, bytes] = {}
        rows = database.rows("SELECT path, kind, size, mtime_ns, digest, content FROM node ORDER BY path")
        for path, kind, size, mtime_ns, one, content in rows:
            digest.add(PackNode(path, kind, size, mtime_ns, one))
            if one is not None:
                self._digests[content] = one
        told = database.one("SELECT value FROM meta WHERE name = 'digest'")
        if told is not None and told != digest.value():
            raise self._damaged()

    def read(self, content: int) -> bytes:
        """Read a whole content, and check it."""
        try:
            data = self._read(content)
        except DamagedError:
            data = b""
        if not self._is_right(content, hashlib.sha256(data).digest()):
            self._forget()
            data = self._read(content)
            if not self._is_right(content, hashlib.sha256(data).digest()):
                raise self._damaged()
        return data

    def check(self, content: int, open_stream: Callable[[], BinaryIO]) -> None:
        """Check a content that is too large to be read at once; what was fetched is kept for who reads it then."""
        for attempt in range(2):
            hasher = hashlib.sha256()
            try:
                with open_stream() as stream:
                    while data := stream.read(_STEP):
                        hasher.update(data)
            except DamagedError:
                if attempt:
                    raise
            if self._is_right(content, hasher.digest()):
                return
            self._forget()
        raise self._damaged()

    def _is_right(self, content: int, digest: bytes) -> bool:
        known = self._digests.get(content)
        return known is None or known == digest

    def _damaged(self) -> DamagedError:
        return DamagedError.at(self._path, f"what came of {self._path} is not what was packed")
