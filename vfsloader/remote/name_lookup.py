"""The addresses of a host, within a deadline.

The system looks up a name for as long as it likes, and nothing stops it. So it does that on a thread of its own, and
the caller waits only until its deadline. A lookup that hangs is never started twice: another question meanwhile
waits for the same one.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import Any

from vfsloader.remote.addresses import redacted_text
from vfsloader.runtime.forking import Guard

#: Lookups at the same time: a server can redirect to any number of names.
MOST_LOOKUPS = 64
#: What `socket.getaddrinfo` returns for each address.
Address = tuple[Any, ...]


class _Lookup:
    """One call of the system, which may never return."""

    def __init__(self, host: str, port: int) -> None:
        self.is_done = threading.Event()
        self.addresses: list[Address] = []
        self.error: Exception | None = None
        self._target = host, port
        threading.Thread(target=self._run, name="vfsloader-lookup", daemon=True).start()

    def _run(self) -> None:
        try:
            self.addresses = list(socket.getaddrinfo(*self._target, type=socket.SOCK_STREAM))
        except Exception as error:  # UnicodeError: a name that cannot be one
            self.error = error
        finally:
            with _guard:
                _running.pop((os.getpid(), *self._target), None)
            self.is_done.set()


_guard = Guard()
#: By process, because a child process does not inherit the threads.
_running: dict[tuple[int, str, int], _Lookup] = {}


def addresses_of(host: str, port: int, seconds: float) -> list[Address]:
    """Return the addresses of a host, as `socket.getaddrinfo` does.

    Parameters
    ----------
    host, port
        Its name or number, and the port.
    seconds
        How long to wait for the system.

    Raises
    ------
    TimeoutError
        The system has no answer by then.
    OSError
        The host has no address.

    Examples
    --------
    >>> addresses_of("127.0.0.1", 80, 1.0)[0][4]
    ('127.0.0.1', 80)
    """
    with contextlib.suppress(socket.gaierror, UnicodeError):  # a number needs no lookup
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST))
    key = os.getpid(), host, port
    with _guard:
        lookup = _running.get(key)
        if lookup is None:
            if len(_running) >= MOST_LOOKUPS:
                raise TimeoutError(f"{MOST_LOOKUPS} names of hosts are being looked up already")
            lookup = _running[key] = _Lookup(host, port)
    if not lookup.is_done.wait(seconds):
        raise TimeoutError(f"the address of {redacted_text(host)} was not found within {seconds:.1f} seconds")
    if isinstance(lookup.error, OSError):
        raise lookup.error
    if lookup.error is not None:
        raise OSError(f"{redacted_text(host)} is not the name of a host") from lookup.error
    return lookup.addresses
