"""One GET request: a deadline for the whole answer, redirects within limits, and nothing read that is not needed.

The standard library bounds each wait for a byte, but not the sum, so a server that sends one byte a second would hold
the game for hours. Here every read of a socket takes its timeout from one clock, from the first line of the headers
to the last byte of the body.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import http.client
import io
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote, unquote, urljoin, urlsplit

from vfsloader.errors import RemoteError, VFSError
from vfsloader.remote.addresses import redacted, redacted_text
from vfsloader.remote.name_lookup import addresses_of
from vfsloader.remote.retry import TransientError
from vfsloader.runtime.forking import Lock, survive_fork

if TYPE_CHECKING:
    import ssl

#: Redirects that are followed for one request.
MAX_REDIRECTS = 5
#: Bytes of the status line and the headers of one answer.
MAX_HEAD_BYTES = 128 << 10
#: While all answers together arrive at this rate or faster, an answer may take longer than its deadline: a slow line is
#: not an attack. Bytes a second.
SLOWEST_RATE = 32 << 10
#: Seconds for one connection attempt, and between two pieces of an answer.
_CONNECT_SECONDS, _IDLE_SECONDS = 10.0, 20.0
#: Connections that are kept for the next request.
_MAX_IDLE_CONNECTIONS = 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Headers of the caller that another host may see. All others may be credentials.
_HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "user-agent"})
_UNQUOTED = "/%:@!$&'()*+,;=~-._?"


class Meter:
    """How many bytes have arrived, over all answers."""

    def __init__(self) -> None:
        self.total = 0


class Clock:
    """Until when an answer has to be complete.

    Parameters
    ----------
    seconds
        The time for the whole answer.
    meter
        Counts the bytes; answers at a useful rate get more time.
    most
        The bytes that an answer may have at most, if they are not counted by its reader.
    """

    def __init__(self, seconds: float, meter: Meter, most: int | None = None) -> None:
        self.most = most
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._meter = meter
        self._start = meter.total

    def wait(self, longest: float) -> float:
        """Return how long to wait for the next piece, at most `longest` seconds.

        Raises
        ------
        TimeoutError
            The time is over.
        """
        left = self._end + (self._meter.total - self._start) / SLOWEST_RATE - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"the answer was not complete after {self._seconds:g} seconds")
        return min(left, longest)

    def count(self, received: int) -> None:
        """Note that bytes have arrived."""
        self._meter.total += received

    def connect(self, address: tuple[str, int], *_options: object) -> socket.socket:
        """Connect to the first address of a host that accepts."""
        failure = OSError(f"{redacted_text(address[0])} has no address")
        for family, kind, protocol, _name, place in addresses_of(*address, self.wait(_CONNECT_SECONDS)):
            connected = socket.socket(family, kind, protocol)
            try:
                connected.settimeout(self.wait(_CONNECT_SECONDS))
                connected.connect(place)
            except OSError as error:
                connected.close()
                failure = error
            else:
                return connected
        raise failure


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes, and what it may carry there."""

    scheme: str
    host: str
    port: int
    path: str
    """The path and the query, as they are sent."""
    headers: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, url: str, headers: Mapping[str, str], *, from_server: bool = False) -> Self:
        """Return the target of an address; its user and password become a header unless they come from a server.

        Raises
        ------
        ValueError
            Not the address of a web server.
        """
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not an http:// or https:// address")
        names = {name.lower() for name in headers}
        if parts.username is not None and not from_server and "authorization" not in names:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            headers = {**headers, "Authorization": f"Basic {base64.b64encode(login).decode()}"}
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port if parts.port is not None else 443 if secure else 80
        return cls(parts.scheme, parts.hostname, port, quote(path, _UNQUOTED), headers)

    @property
    def url(self) -> str:
        """The address, without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    def follow(self, location: str, name: str) -> Target:
        """Return where a redirect leads; on another host, credentials are left out.

        Raises
        ------
        RemoteError
            It leads to anything but https.
        """
        try:
            target = Target.of(urljoin(self.url, location), {}, from_server=True)
        except ValueError:
            raise RemoteError.at(name, f"{name} redirects to {redacted(location)}, which is not an address") from None
        if target.scheme != "https":
            sentence = f"{name} redirects to {redacted(location)}; redirects are followed only to https"
            raise RemoteError.at(name, sentence)
        is_upgrade = (self.scheme, self.port, target.port) == ("http", 80, 443)
        if target.host == self.host and (is_upgrade or (target.scheme, target.port) == (self.scheme, self.port)):
            return replace(target, headers=self.headers)
        harmless = {key: value for key, value in self.headers.items() if key.lower() in _HARMLESS}
        return replace(target, headers=harmless)


class Transport:
    """Requests for one remote file, on connections that are kept open.

    Parameters
    ----------
    url
        Its address.
    headers
        Sent with each request to its host.

    Raises
    ------
    RemoteError
        Not a valid address.
    """

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.name = redacted(url)
        try:
            self._origin = self._resolved = Target.of(url, headers)
        except ValueError:
            raise RemoteError.at(self.name, f"{self.name} is not the address of a file on a web server") from None
        self._meter = Meter()
        self._idle: list[tuple[tuple[str, str, int], http.client.HTTPConnection]] = []
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None
        self._is_closed = False
        survive_fork(self)

    def fork_locks(self) -> Sequence[Lock]:
        """Return no lock that a fork waits for."""
        return ()

    def kept_by_fork(self) -> None:
        """Keep nothing."""

    def after_fork_in_child(self, *, was_busy: bool) -> None:
        """Make connections of the child's own: two processes that use one would read each other's answers."""
        self._lock = threading.Lock()
        self._idle = []

    @contextlib.contextmanager
    def get(self, headers: Mapping[str, str], seconds: float) -> Iterator[http.client.HTTPResponse]:
        """Make a request; the connection is closed afterwards unless all of the answer was read.

        Raises
        ------
        TransientError
            No answer, or none within the time.
        RemoteError
            The server redirects too often, or not to https.
        """
        clock = Clock(seconds, self._meter)
        failure = ""
        try:
            answer, connection, target = self._answer(headers, clock)
            try:
                yield answer
            finally:
                self._release(answer, connection, target)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if isinstance(error, VFSError):
                raise
            failure = redacted_text(str(error) or type(error).__name__)
        if failure:
            raise TransientError(failure) from None

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    # --- inside --------------------------------------------------------------------------------------

    def _answer(
        self, headers: Mapping[str, str], clock: Clock
    ) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection, Target]:
        resolved = self._resolved
        if (
            resolved is not self._origin
        ):  # where it was redirected last time; such addresses are often signed for minutes
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer, connection = self._send(resolved, headers, clock)
                if answer.status in (206, 412, 416):
                    return answer, connection, resolved
                connection.close()
            self._resolved = self._origin
        target = self._origin
        for _ in range(MAX_REDIRECTS + 1):
            answer, connection = self._send(target, headers, clock)
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or location is None:
                if answer.status == 206:
                    self._resolved = target
                return answer, connection, target
            connection.close()
            target = target.follow(location, self.name)
        raise RemoteError.at(self.name, f"{self.name} redirects more than {MAX_REDIRECTS} times")

    def _send(
        self, target: Target, headers: Mapping[str, str], clock: Clock
    ) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
        connection = self._reused(target) or self._connected(target, clock)
        try:
            connection.sock.settimeout(clock.wait(_IDLE_SECONDS))
            connection.response_class = functools.partial(ClockedResponse, clock=clock)  # type: ignore[assignment]
            connection.request("GET", target.path, headers={**target.headers, **headers})
            return connection.getresponse(), connection
        except BaseException:
            connection.close()
            raise

    def _connected(self, target: Target, clock: Clock) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection
        seconds = clock.wait(_CONNECT_SECONDS)
        if target.scheme == "https":
            import ssl  # a Python in a browser has no such module

            self._tls = self._tls or ssl.create_default_context()
            connection = http.client.HTTPSConnection(target.host, target.port, timeout=seconds, context=self._tls)
        else:
            connection = http.client.HTTPConnection(target.host, target.port, timeout=seconds)
        connection._create_connection = clock.connect  # type: ignore[attr-defined] # one deadline for all addresses
        connection.connect()
        return connection

    def _reused(self, target: Target) -> http.client.HTTPConnection | None:
        place = target.scheme, target.host, target.port
        while True:
            with self._lock:
                found = next((kept for kept in reversed(self._idle) if kept[0] == place), None)
                if found is None:
                    return None
                self._idle.remove(found)
            if _is_quiet(found[1].sock):
                return found[1]
            found[1].close()

    def _release(
        self, answer: http.client.HTTPResponse, connection: http.client.HTTPConnection, target: Target
    ) -> None:
        """Keep a connection whose answer was read to its end; close any other, whatever else the server sends."""
        is_complete = answer.isclosed() and connection.sock is not None
        with self._lock:
            if is_complete and not self._is_closed and len(self._idle) < _MAX_IDLE_CONNECTIONS:
                self._idle.append(((target.scheme, target.host, target.port), connection))
                return
        connection.close()
        answer.close()


class ClockedResponse(http.client.HTTPResponse):
    """An answer that is read by a clock."""

    def __init__(self, sock: socket.socket, *args: Any, clock: Clock, **options: Any) -> None:
        self._reader = _ClockedReader(sock, clock)
        super().__init__(_Socket(self._reader), *args, **options)  # type: ignore[arg-type]

    def begin(self) -> None:
        self._reader.left = MAX_HEAD_BYTES
        super().begin()
        self._reader.left = self._reader.clock.most


class _Socket:
    """What a response needs of a socket."""

    def __init__(self, reader: _ClockedReader) -> None:
        self._reader = reader

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._reader)


class _ClockedReader(io.RawIOBase):
    """The bytes of a socket; each read waits only as long as the clock allows."""

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self.left: int | None = None  # how many bytes may still come
        self._socket = sock
        self._stream: Any = sock.makefile("rb", buffering=0)
        self.clock = clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(self.clock.wait(_IDLE_SECONDS))
        count = self._stream.readinto(buffer) or 0
        self.clock.count(count)
        if self.left is not None:
            self.left -= count
            if self.left < 0:
                raise http.client.HTTPException("the answer is longer than any that was asked for")
        return int(count)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _is_quiet(sock: socket.socket) -> bool:
    """Return whether a kept connection is still open and has nothing unread."""
    try:
        sock.settimeout(0)
        socket.socket.recv(sock, 1, socket.MSG_PEEK)
    except (BlockingIOError, InterruptedError):
        return True
    except (OSError, ValueError):
        return False
    return False
