"""A file on any web server that supports ranges, pinned to the version that it had when it was opened.

References
----------
RFC 9110, "HTTP Semantics": 13 (conditional requests), 14 (range requests).
"""

from __future__ import annotations

import dataclasses
import hashlib
import http.client
import json
import re
import sys
import threading
import time

from vfsloader.errors import AccessDeniedError, PathNotFoundError, RemoteError
from vfsloader.quoting import quoted
from vfsloader.remote.browser_transport import BrowserTransport
from vfsloader.remote.last_seen import LastSeen
from vfsloader.remote.retry import Retry, TransientError
from vfsloader.remote.transport import Transport
from vfsloader.runtime.budget import Budget

BLOCK_SIZE = 64 << 10
#: No database of SQLite can be larger.
MAX_SIZE = 1 << 48
_CONTENT_RANGE = re.compile(r"bytes ([0-9]{1,20})-([0-9]{1,20})/([0-9]{1,20})")
_NUMBER = re.compile(r"[0-9]{1,20}")
#: An entity tag or a date, as it may be sent back.
_VERSION = re.compile(r"[\x20-\x7e\x80-\xff]{1,256}")


def _transport_class() -> type[Transport | BrowserTransport]:
    """Return what makes requests here: in a browser Python has no sockets."""
    return BrowserTransport if sys.platform == "emscripten" else Transport


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
    budget
        Its seconds are for opening the file, and again for each later answer, unless `retry` allows less.

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
        budget: Budget | None = None,
    ) -> None:
        self._transport = _transport_class()(url, headers or {})
        #: The address as messages show it.
        self.name = self._transport.name
        self._url = url
        self.block_size = block_size
        self.size = 0
        # Closing this file must not cancel the requests of others that were given the same `retry`.
        self._retry = dataclasses.replace(retry or Retry(), cancelled=threading.Event())
        self._seconds = self._retry.deadline if budget is None else min(self._retry.deadline, budget.limits.seconds)
        self._version: str | None = None
        self._head = b""
        try:
            self._head = self._range(0, 4 * block_size, self._seconds if budget is None else budget.seconds_left())
        except RemoteError:
            note = None if last_seen is None else last_seen.load(url)
            if note is None:
                self._transport.close()
                raise
            size, version = json.loads(note)
            self.size, self._version = int(size), str(version)
        except BaseException:
            self._transport.close()
            raise
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
        return hashlib.sha256(f"{self._url}\0{self._version}\0{self.block_size}\0{block}".encode()).digest()

    def close(self) -> None:
        """Close the connections."""
        self._retry.cancelled.set()
        self._transport.close()

    def _split(self, data: bytes) -> list[bytes]:
        return [data[start : start + self.block_size] for start in range(0, len(data), self.block_size)]

    def _range(self, start: int, amount: int, seconds: float | None = None) -> bytes:
        seconds = self._seconds if seconds is None else min(seconds, self._seconds)
        end = time.monotonic() + seconds
        return self._retry.run(self.name, lambda: self._request(start, amount, end), seconds)

    def _request(self, start: int, amount: int, end: float) -> bytes:
        headers = {"Accept-Encoding": "identity", "Range": f"bytes={start}-{start + amount - 1}"}
        if self._version is not None and self._version.startswith('"'):  # an entity tag, not a date
            headers["If-Match"] = self._version
        with self._transport.get(headers, end - time.monotonic()) as answer:
            self._raise_unless_partial(answer.status)
            amount, size, version = self._check_headers(answer.headers, start, amount)
            data = answer.read(amount)
        if len(data) != amount:
            raise TransientError(f"received {len(data):,} bytes instead of {amount:,}")
        if self._version is None:
            self.size, self._version = size, version or f"size {size}"
        return data

    def _check_headers(self, headers: http.client.HTTPMessage, start: int, amount: int) -> tuple[int, int, str | None]:
        """Return how many bytes follow, the size of the file, and its version.

        Raises
        ------
        RemoteError
            The bytes are compressed, the version is not one, or the file was replaced.
        TransientError
            A number is impossible, or it is the answer to another request: it may have been corrupted on its way.
        """
        for encoding in headers.get_all("Content-Encoding", []):
            if encoding.strip().lower() != "identity":
                raise self._wrong(f"sends the file compressed ({quoted(encoding)}), although it must not")
        content_range = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
        if content_range is None:
            raise TransientError("the answer does not say which range it is")
        first, last, size = map(int, content_range.groups())
        if not first <= last < size <= MAX_SIZE:
            raise TransientError(f"the server sends an impossible range: {quoted(content_range[0])}")
        lengths = set(headers.get_all("Content-Length", []))
        for length in lengths:
            if len(lengths) > 1 or not _NUMBER.fullmatch(length.strip()) or int(length) > MAX_SIZE:
                raise TransientError(f"the server sends an impossible length: {quoted(length)}")
        version = headers.get("ETag") or headers.get("Last-Modified")
        if version is not None and not _VERSION.fullmatch(version):
            raise self._wrong(f"sends an impossible version: {quoted(version)}")
        expected = min(amount, size - start) if self._version is None else amount
        if first != start or last != start + expected - 1 or any(int(length) != expected for length in lengths):
            raise TransientError(f"the answer is not the range that was asked for: {quoted(content_range[0])}")
        if self._version is not None and (size != self.size or (version is not None and version != self._version)):
            raise self._replaced()
        return expected, size, version

    def _raise_unless_partial(self, status: int) -> None:
        """Raise for every status but the one of a range."""
        if status == 206:
            return
        if status in (404, 410):
            raise PathNotFoundError.at(self.name, f"there is no {self.name}")
        if status in (401, 403):
            sentence = f"the server denies access to {self.name}; other credentials are needed"
            raise AccessDeniedError.at(self.name, sentence)
        if status == 412:
            raise self._replaced()
        if status == 200:
            sentence = f"the server of {self.name} supports no range requests; download the file, or use another server"
            raise RemoteError.at(self.name, sentence)
        if status == 416:
            raise RemoteError.at(self.name, f"{self.name} is empty, or was truncated while it was open")
        if status in (408, 425, 429) or status >= 500:
            raise TransientError(f"the server answers {status}")
        raise RemoteError.at(self.name, f"the server of {self.name} answers {status}")

    def _wrong(self, what: str) -> RemoteError:
        return RemoteError.at(self.name, f"the server of {self.name} {what}")

    def _replaced(self) -> RemoteError:
        return RemoteError.at(self.name, f"{self.name} was replaced while it was open; open it again")
