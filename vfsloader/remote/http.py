"""A file on any web server that knows ranges, pinned to the version it had when it was opened.

References
----------
RFC 9110, "HTTP Semantics": 13 (conditional requests), 14 (range requests).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Protocol

from vfsloader.errors import MissingExtraError, PathNotFoundError, RemoteError
from vfsloader.remote.retry import Again, Retry

BLOCK_SIZE = 64 << 10
_TIMEOUT = 20.0
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class Memory(Protocol):
    """Remembers what was learnt of an address, for when its server cannot be reached."""

    def note(self, name: str, told: bytes, /) -> None:
        """Remember something."""

    def recall(self, name: str, /) -> bytes | None:
        """Give it, if there is something."""


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
        How often, and for how long, a request is made again.
    known
        Remembers size and version, so that what is cached can be read without the server.

    Raises
    ------
    PathNotFoundError, PermissionError, RemoteError
        There is no such file; the server refuses; it cannot be reached, or knows no ranges.
    """

    def __init__(
        self,
        url: str,
        *,
        block_size: int = BLOCK_SIZE,
        headers: dict[str, str] | None = None,
        retry: Retry | None = None,
        known: Memory | None = None,
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
        self._retry = retry or Retry()
        self._tag: str | None = None
        #: The first bytes, which came with the answer that told the size.
        self.head = b""
        try:
            self.head = self._range(0, 4 * block_size)
        except RemoteError:
            told = None if known is None else known.recall(url)
            if told is None:
                raise
            size, tag = json.loads(told)
            self.size, self._tag = int(size), str(tag)
        else:
            if known is not None:
                known.note(url, json.dumps([self.size, self._tag]).encode())

    def fetch(self, first: int, count: int) -> list[bytes]:
        """Fetch blocks by one request."""
        start = first * self.block_size
        data = self._range(start, min(count * self.block_size, self.size - start))
        return [data[at : at + self.block_size] for at in range(0, len(data), self.block_size)]

    def first_blocks(self) -> dict[int, bytes]:
        """Give the blocks that came with the answer that told the size."""
        step = self.block_size
        return {at // step: self.head[at : at + step] for at in range(0, len(self.head), step)}

    def key(self, block: int) -> bytes:
        """Give what a block depends on: address, version, place."""
        return hashlib.sha256(f"{self.url}\0{self._tag}\0{self.block_size}\0{block}".encode()).digest()

    def close(self) -> None:
        """Close the connections."""
        self._retry.cancelled.set()
        self._pool.clear()

    @property
    def version(self) -> str:
        """What tells this version of the file from others."""
        return f"{self._tag}"

    def _range(self, start: int, amount: int) -> bytes:
        return self._retry.run(self.url, lambda: self._ask(start, amount))

    def _ask(self, start: int, amount: int) -> bytes:
        headers = {**self._headers, "Range": f"bytes={start}-{start + amount - 1}"}
        if self._tag is not None and self._tag.startswith('"'):
            headers["If-Match"] = self._tag
        try:
            answer = self._pool.request("GET", self.url, headers=headers, preload_content=False)
            try:
                self._refuse(answer)
                match = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
                data: bytes = answer.read(amount + 1)
            finally:
                answer.drain_conn()
                answer.release_conn()
        except self._errors as error:
            if isinstance(error, (PathNotFoundError, RemoteError, PermissionError)):
                raise
            raise Again(str(error) or type(error).__name__) from error
        if match is None:
            raise Again("an answer without the range that it is")
        first, last, size = map(int, match.groups())
        tag = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        if self._tag is None:
            self.size, self._tag = size, tag or f"size {size}"
            amount = min(amount, size)
        elif size != self.size or (tag is not None and tag != self._tag):
            raise RemoteError.at(self.url, f"{self.url} was replaced while it was open; open it anew")
        if first != start or last != start + amount - 1 or len(data) != amount:
            raise Again(f"{len(data):,} bytes came instead of {amount:,}")
        return data

    def _refuse(self, answer: Any) -> None:
        """Raise for every answer but the range that was asked for."""
        status = answer.status
        if status == 206:
            return
        if status in (404, 410):
            raise PathNotFoundError.at(self.url, f"there is no {self.url}")
        if status in (401, 403):
            raise PermissionError(13, f"the server refuses {self.url}: it asks for other credentials", self.url)
        if status == 412:
            raise RemoteError.at(self.url, f"{self.url} was replaced while it was open; open it anew")
        if status == 200:
            sentence = f"the server of {self.url} knows no range requests; download the pack, or use another server"
            raise RemoteError.at(self.url, sentence)
        if status == 416:
            raise RemoteError.at(self.url, f"{self.url} is empty, or was cut off while it was open")
        if status in (408, 425, 429) or status >= 500:
            raise Again(f"the server answers {status}")
        raise RemoteError.at(self.url, f"the server of {self.url} answers {status}")
