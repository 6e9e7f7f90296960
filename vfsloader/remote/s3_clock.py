"""A deadline for the whole answer of an S3 server: botocore itself bounds only the wait for each piece."""

from __future__ import annotations

import contextlib
import functools
import http.client
import threading
from collections.abc import Iterator
from typing import Any

import botocore.awsrequest
import botocore.httpsession
import urllib3.exceptions

from vfsloader.remote.name_lookup import addresses_of
from vfsloader.remote.transport import Clock, ClockedResponse, Meter

_current = threading.local()
#: For a connection without a limit of its own.
_LOOKUP_SECONDS = 10.0


class _Clocked:
    """Mixed into botocore's connections: answers are read by a clock, if the thread's call has limits."""

    response_class: Any
    timeout: Any
    port: int
    _dns_host: str

    def _new_conn(self) -> Any:
        """Connect to the first address that accepts; botocore itself waits for the system's lookup without end."""
        host = self._dns_host
        seconds = self.timeout if isinstance(self.timeout, (int, float)) else _LOOKUP_SECONDS
        try:
            places = [address[4][0] for address in addresses_of(host, self.port, seconds)]
        except TimeoutError as error:
            raise urllib3.exceptions.ConnectTimeoutError(self, str(error)) from error
        except OSError as error:
            raise urllib3.exceptions.NewConnectionError(self, str(error)) from error  # type: ignore[arg-type]
        try:
            for number, place in enumerate(places, 1):
                self._dns_host = place
                try:
                    return super()._new_conn()  # type: ignore[misc]
                except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
                    if number == len(places):
                        raise
        finally:
            self._dns_host = host  # the certificate is for the name

    def getresponse(self) -> Any:
        limits: tuple[float, Meter, int] | None = getattr(_current, "limits", None)
        if limits is not None and self.response_class is http.client.HTTPResponse:
            # The time counts from now: what was sent may have been a large upload on a slow line.
            self.response_class = functools.partial(ClockedResponse, clock=Clock(*limits))
            try:
                return super().getresponse()  # type: ignore[misc]
            finally:
                self.response_class = http.client.HTTPResponse
        return super().getresponse()  # type: ignore[misc]


class _HTTPConnection(_Clocked, botocore.awsrequest.AWSHTTPConnection):  # type: ignore[misc]
    pass


class _HTTPSConnection(_Clocked, botocore.awsrequest.AWSHTTPSConnection):  # type: ignore[misc]
    pass


class _HTTPPool(botocore.awsrequest.AWSHTTPConnectionPool):  # type: ignore[misc]
    ConnectionCls = _HTTPConnection


class _HTTPSPool(botocore.awsrequest.AWSHTTPSConnectionPool):  # type: ignore[misc]
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


def watch(client: Any) -> None:
    """Let the connections of a boto3 client use clocks; do nothing for a client that has no ordinary ones."""
    session = getattr(getattr(client, "_endpoint", None), "http_session", None)
    manager = getattr(session, "_manager", None)
    if isinstance(session, botocore.httpsession.URLLib3Session) and manager is not None:
        classes = manager.pool_classes_by_scheme
        for scheme, pool in _POOLS.items():
            if classes.get(scheme) is pool.__mro__[1]:
                classes[scheme] = pool


@contextlib.contextmanager
def deadline(seconds: float, meter: Meter, most: int) -> Iterator[None]:
    """Bound the seconds and the bytes of each answer to this thread's calls."""
    _current.limits = seconds, meter, most
    try:
        yield
    finally:
        _current.limits = None
