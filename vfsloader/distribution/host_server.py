"""A server that offers a host's set of mods to other players. Nothing that a client sends is trusted.

No text of a request reaches the disk: a path names a digest that the host knows, or is refused. Clients have limits of
connections, of requests at once and of time, so that one that is slow or silent takes nothing from the others.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from vfsloader.distribution.hosting import HostedMods
from vfsloader.distribution.index_answers import IndexAnswers
from vfsloader.errors import VFSError
from vfsloader.remote.transport import SLOWEST_RATE

#: Connections at once: of all clients, and of one address.
MOST_CLIENTS, MOST_OF_ONE = 128, 32
#: Seconds for a request to arrive, and for an answer besides the time that its bytes need on a slow line.
REQUEST_SECONDS, ANSWER_SECONDS = 20.0, 30.0
_PATH = re.compile(
    r"/(?:join\.json|join/([0-9a-f]{64})\.zst|list/([0-9a-f]{64})\.zst|contents/([0-9a-f]{64})/([0-9,-]{1,4000}))"
)
_RANGE = re.compile(r"bytes=([0-9]{1,15})-")


class HostServer:
    """Offers a set of mods until it is closed.

    Parameters
    ----------
    hosted
        The set; None to offer only an index.
    host, port
        Where to listen: this computer only by default; ``"0.0.0.0"`` for the whole network. Port 0 takes any free one.
    index
        The folder of an index that is offered as well.
    """

    def __init__(
        self, hosted: HostedMods | None, host: str = "127.0.0.1", port: int = 0, *, index: Path | None = None
    ) -> None:
        self.hosted = hosted
        handler = type(
            "Handler", (_Handler,), {"hosted": hosted, "index": None if index is None else IndexAnswers(index)}
        )
        self._server = _Server((host, port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The address of the server."""
        host, port = self._server.server_address[:2]
        shown = own_address() if host in ("0.0.0.0", "::") else str(host)  # noqa: S104 # compared, not bound
        return f"http://{shown}:{port}"

    @property
    def join_address(self) -> str:
        """The address that another player passes to ``vfsloader join``. Its end keeps the set from being exchanged."""
        return self.address if self.hosted is None else f"{self.address}#{self.hosted.code}"

    def wait(self) -> None:
        """Wait until the server is closed, or the program is interrupted."""
        self._thread.join()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.close_all()
        self._server.server_close()
        if self.hosted is not None:
            self.hosted.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"HostServer({self.join_address!r})"


def own_address() -> str:
    """Return the address of this computer in its network. Nothing is sent for that."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("10.255.255.255", 1))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *options: Any) -> None:
        super().__init__(*options)
        #: By connection, when it is closed if nothing has happened.
        self.deadlines: dict[socket.socket, float] = {}
        self._of_one: Counter[str] = Counter()
        self._open = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Take a connection, unless there are too many."""
        with self._open:
            is_welcome = len(self.deadlines) < MOST_CLIENTS and self._of_one[client_address[0]] < MOST_OF_ONE
            if is_welcome:
                self.deadlines[request] = time.monotonic() + REQUEST_SECONDS
                self._of_one[client_address[0]] += 1
        if is_welcome:
            super().process_request(request, client_address)
        else:
            super().shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer the requests of a connection on a thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._open:
                self.deadlines.pop(request, None)
                self._of_one[client_address[0]] -= 1
                if not self._of_one[client_address[0]]:
                    del self._of_one[client_address[0]]

    def service_actions(self) -> None:
        """Close connections that take too long, however little they send meanwhile."""
        now = time.monotonic()
        with self._open:
            late = [connection for connection, deadline in self.deadlines.items() if deadline < now]
        for connection in late:
            _shut(connection)

    def close_all(self) -> None:
        """Close all connections."""
        with self._open:
            connections = list(self.deadlines)
        for connection in connections:
            _shut(connection)

    def handle_error(self, *_arguments: Any) -> None:
        """Say nothing: clients go away as they like."""


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = REQUEST_SECONDS
    server_version, sys_version = "vfsloader", ""
    hosted: HostedMods | None
    index: IndexAnswers | None
    server: _Server

    def do_GET(self) -> None:
        """Answer with a file, or a part of it."""
        self._allow(ANSWER_SECONDS)
        try:
            self._answer()
        except (FileNotFoundError, PermissionError):
            self.send_error(404)
        except (OSError, VFSError):  # the client went away, or a file of the host did
            self.close_connection = True
        self._allow(REQUEST_SECONDS)

    def do_HEAD(self) -> None:
        """Answer with the size of a file."""
        self.do_GET()

    def _answer(self) -> None:
        if self.index is not None and (found := self.index.find(self.path)) is not None:
            size, pieces, is_fixed = found
            self._send(size, pieces, "public, max-age=31536000, immutable" if is_fixed else "no-cache")
            return
        match = _PATH.fullmatch(self.path)
        if match is None or self.hosted is None:
            self.send_error(404)
            return
        hosted = self.hosted
        wanted_set, wanted_list, content, indices = match.groups()
        if content is not None:
            contents = hosted.contents(content, indices)
            if contents is None:
                self.send_error(404)
            else:
                self._send(contents[0], contents[1], "no-store")
            return
        if wanted_list is not None:
            data = hosted.list_of(wanted_list)
        elif wanted_set is not None:
            data = hosted.set if wanted_set == hosted.head.set else None
        else:
            data = hosted.head.to_json()
        if data is None:
            self.send_error(404)
        else:
            self._send(len(data), lambda start: iter([data[start:]]), "no-store")

    def _send(self, size: int, pieces: Callable[[int], Iterable[bytes]], kept: str) -> None:
        wanted = _RANGE.fullmatch(self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted is not None else 0
        if wanted is not None and start >= size:
            self.send_error(416)
            return
        self._allow(ANSWER_SECONDS + (size - start) / SLOWEST_RATE)
        self.send_response(200 if wanted is None else 206)
        if wanted is not None:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(size - start))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Cache-Control", kept)
        self.end_headers()
        for piece in () if self.command == "HEAD" else pieces(start):
            self.wfile.write(piece)

    def _allow(self, seconds: float) -> None:
        self.server.deadlines[self.connection] = time.monotonic() + seconds

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing: requests are untrusted text."""
