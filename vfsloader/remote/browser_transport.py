"""Requests in a browser, where Python has no sockets: the page's own ``XMLHttpRequest`` makes them.

A request waits for its answer, because reading a file does. The page cannot be used meanwhile, so a game in a browser
prefetches what it needs, or runs in a worker. The browser itself follows redirects, keeps connections, decides what
other sites a page may ask, and stores credentials; it does not allow a deadline for such a request, nor to stop an
answer that is longer than it should be.
"""

from __future__ import annotations

import contextlib
import http.client
import io
from collections.abc import Iterator, Mapping
from typing import Any

from vfsloader.errors import RemoteError
from vfsloader.remote.addresses import redacted, redacted_text
from vfsloader.remote.retry import TransientError

#: Headers that a page must not set; the browser sets them.
_FORBIDDEN = frozenset({"accept-encoding", "user-agent", "host", "connection"})
_REQUEST = """
(address, names, values) => {
  const request = new XMLHttpRequest();
  request.open("GET", address, false);
  request.overrideMimeType("text/plain; charset=x-user-defined"); // each character is one byte
  for (let i = 0; i < names.length; i++) request.setRequestHeader(names[i], values[i]);
  request.send();
  const text = request.responseText, bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return [request.status, request.getAllResponseHeaders(), bytes];
}
"""


class BrowserAnswer:
    """An answer, whole in memory."""

    def __init__(self, status: int, headers: str, body: bytes) -> None:
        self.status = status
        self.headers = http.client.parse_headers(io.BytesIO(headers.encode("latin-1", "replace") + b"\r\n"))
        self._body = io.BytesIO(body)

    def read(self, amount: int | None = None) -> bytes:
        """Return the next bytes."""
        return self._body.read(amount)


class BrowserTransport:
    """Requests for one remote file; the same calls as :class:`~vfsloader.remote.transport.Transport`.

    Parameters
    ----------
    url
        Its address.
    headers
        Sent with each request.

    Raises
    ------
    RemoteError
        Not a valid address.
    """

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.name = redacted(url)
        if not url.startswith(("http://", "https://")):
            raise RemoteError.at(self.name, f"{self.name} is not the address of a file on a web server")
        self._url = url
        self._headers = headers
        self._request = _request_function()

    @contextlib.contextmanager
    def get(self, headers: Mapping[str, str], seconds: float) -> Iterator[BrowserAnswer]:
        """Make a request.

        Raises
        ------
        TransientError
            No answer.
        """
        sent = {**self._headers, **headers}
        allowed = {name: value for name, value in sent.items() if name.lower() not in _FORBIDDEN}
        try:
            status, lines, body = self._request(self._url, list(allowed), list(allowed.values()))
        except Exception as error:  # JsException: no connection, or another site does not allow it
            raise TransientError(redacted_text(str(error))) from None
        yield BrowserAnswer(int(status), str(lines), body)

    def close(self) -> None:
        """Do nothing: the browser keeps the connections."""


def _request_function() -> Any:
    """Return the request as a function of Python; its lists are converted on the way."""
    from pyodide.code import run_js
    from pyodide.ffi import to_js

    request = run_js(_REQUEST)

    def ask(url: str, names: list[str], values: list[str]) -> tuple[int, str, bytes]:
        status, headers, body = request(url, to_js(names), to_js(values))
        return status, headers, body.to_bytes()

    return ask
