"""A file on any web server that supports ranges, pinned to the version that it had when it was opened.

References
----------
RFC 9110, "HTTP Semantics": 13 (conditional requests), 14 (range requests).
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import re
import threading
from typing import Any

from vfsloader.errors import MissingExtraError, PathNotFoundError, RemoteError
from vfsloader.remote.last_seen import LastSeen
from vfsloader.remote.retry import Retry, TransientError

BLOCK_SIZE = 64 << 10
_TIMEOUT = 20.0
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class HttpFile:
    """A remote file as a :class:`BlockSource`.

    Parameters
    ----------
    url
        ``http://…`` or ``https://…``.
    block_size
        Bytes that are cached and fetched together.
    headers
        Sent with each request, such as an authorisation.
    retry
        How often a request is made, and for how long.
    last_seen
        Remembers size and version, so that what is cached can be read without the server.

    Raises
    ------
    PathNotFoundError, PermissionError, RemoteError
        No such file, access denied, or server unreachable or without support for ranges.
    """

    def __init__(
        self,
        url: str,
        *,
        block_size: int = BLOCK_SIZE,
        headers: dict[str, str] | None = None,
        retry: Retry | None = None,
        last_seen: LastSeen | None = None,
    ) -> None:
        try:
            import urllib3
        except ImportError as error:
            raise MissingExtraError.of("packs on web servers", "urllib3", "http") from error
        self.url = url
        self.block_size = block_size
        self.size = 0
        self._errors: tuple[type[Exception], ...] = (urllib3.exceptions.HTTPError, OSError)
        self._pool = urllib3.PoolManager(maxsize=16, retries=False, timeout=_TIMEOUT)
        self._headers = {"Accept-Encoding": "identity", **(headers or {})}
        # Closing this file must not cancel the requests of others that were given the same `retry`.
        self._retry = dataclasses.replace(retry or Retry(), cancelled=threading.Event())
        self._version: str | None = None
        self._head = b""
        try:
            self._head = self._range(0, 4 * block_size)
        except RemoteError:
            note = None if last_seen is None else last_seen.load(url)
            if note is None:
                raise
            size, version = json.loads(note)
            self.size, self._version = int(size), str(version)
        else:
            if last_seen is not None:
                last_seen.save(url, json.dumps([self.size, self._version]).encode())

    def fetch(self, first: int, count: int) -> list[bytes]:
        """Fetch blocks by one request."""
        start = first * self.block_size
        return self._split(self._range(start, min(count * self.block_size, self.size - start)))

    def first_blocks(self) -> dict[int, bytes]:
        """Return the blocks that came with the answer that revealed the size."""
        return dict(enumerate(self._split(self._head)))

    def key(self, block: int) -> bytes:
        """Return what a block depends on: address, version, position."""
        return hashlib.sha256(f"{self.url}\0{self._version}\0{self.block_size}\0{block}".encode()).digest()

    def close(self) -> None:
        """Close the connections."""
        self._retry.cancelled.set()
        self._pool.clear()

    def _split(self, data: bytes) -> list[bytes]:
        return [data[start : start + self.block_size] for start in range(0, len(data), self.block_size)]

    def _range(self, start: int, amount: int) -> bytes:
        return self._retry.run(self.url, lambda: self._request(start, amount))

    def _request(self, start: int, amount: int) -> bytes:
        headers = {**self._headers, "Range": f"bytes={start}-{start + amount - 1}"}
        if self._version is not None and self._version.startswith('"'):  # an entity tag, not a date
            headers["If-Match"] = self._version
        try:
            answer = self._pool.request("GET", self.url, headers=headers, preload_content=False)
            try:
                self._raise_unless_partial(answer.status)
                content_range = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
                data: bytes = answer.read(amount + 1)
            finally:
                answer.drain_conn()
                answer.release_conn()
        except self._errors as error:
            if isinstance(error, (PathNotFoundError, RemoteError, PermissionError)):
                raise
            raise TransientError(str(error) or type(error).__name__) from error
        if content_range is None:
            raise TransientError("the answer does not say which range it is")
        first, last, size = map(int, content_range.groups())
        version: Any = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        if self._version is None:
            self.size, self._version = size, version or f"size {size}"
            amount = min(amount, size)
        elif size != self.size or (version is not None and version != self._version):
            raise self._replaced()
        if first != start or last != start + amount - 1 or len(data) != amount:
            raise TransientError(f"received {len(data):,} bytes instead of {amount:,}")
        return data

    def _raise_unless_partial(self, status: int) -> None:
        """Raise for every status but the one of a range."""
        if status == 206:
            return
        if status in (404, 410):
            raise PathNotFoundError.at(self.url, f"there is no {self.url}")
        if status in (401, 403):
            sentence = f"the server denies access to {self.url}; other credentials are needed"
            raise PermissionError(errno.EACCES, sentence, self.url)
        if status == 412:
            raise self._replaced()
        if status == 200:
            sentence = f"the server of {self.url} supports no range requests; download the file, or use another server"
            raise RemoteError.at(self.url, sentence)
        if status == 416:
            raise RemoteError.at(self.url, f"{self.url} is empty, or was truncated while it was open")
        if status in (408, 425, 429) or status >= 500:
            raise TransientError(f"the server answers {status}")
        raise RemoteError.at(self.url, f"the server of {self.url} answers {status}")

    def _replaced(self) -> RemoteError:
        return RemoteError.at(self.url, f"{self.url} was replaced while it was open; open it again")
