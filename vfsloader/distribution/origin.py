"""Where the files of a source come from: a web server, a bucket, or a folder. Nothing that arrives is trusted here.

Every answer has a limit of bytes and a deadline. A download continues where an earlier one was interrupted.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from vfsloader.errors import AccessDeniedError, ConfigError, DamagedError, PathNotFoundError, RemoteError
from vfsloader.remote.addresses import redacted
from vfsloader.remote.retry import Retry, TransientError
from vfsloader.remote.transport import SLOWEST_RATE, Transport
from vfsloader.runtime.budget import DEFAULT_LIMITS, Limits

_CHUNK = 256 << 10
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
#: Called with the bytes that are there.
OnBytes = Callable[[int], object]


class Origin(Protocol):
    """The files of one source."""

    def read(self, path: str, most: int) -> bytes:
        """Return a small file of at most `most` bytes."""
        ...

    def download(self, path: str, target: Path, size: int, on_bytes: OnBytes) -> None:
        """Write a file of at most `size` bytes to `target`, which may contain its beginning already."""
        ...


def origin_of(address: str, limits: Limits = DEFAULT_LIMITS, *, is_signed: bool = False) -> Origin:
    """Return the origin at an address or in a folder.

    Parameters
    ----------
    address
        The address or the folder.
    limits
        How long to wait.
    is_signed
        Whether a trusted key signs everything that comes from there.

    Raises
    ------
    ConfigError
        It is neither, or an address without encryption that is not on this computer.
    """
    if "://" not in address:
        return FolderOrigin(Path(address))
    if address.startswith("s3://"):
        from vfsloader.distribution.bucket_origin import BucketOrigin  # needs the extra s3

        return BucketOrigin(address, limits)
    check_address(address, is_signed=is_signed)
    return WebOrigin(address, limits)


def check_address(address: str, *, is_signed: bool = False) -> None:
    """Raise :class:`~vfsloader.errors.ConfigError` unless an address is safe to get mods from.

    That is https. Plain http is accepted on this computer, and for a signed source at a number in the local network.

    Examples
    --------
    >>> check_address("https://example.org/mods")
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigError.at("address", f"{redacted(address)} is not an https address")
    if parts.scheme == "http" and host not in _LOOPBACK and not (is_signed and _is_private(host)):
        raise ConfigError.at(
            "address", f"{redacted(address)} is not encrypted, so anybody could change its mods; use https://"
        )


class FolderOrigin:
    """A folder, such as a network share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str, most: int) -> bytes:
        with open(self._file(path), "rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise RemoteError.at(path, f"{self._folder / path} has more than {most:,} bytes")
        return data

    def download(self, path: str, target: Path, size: int, on_bytes: OnBytes) -> None:
        file = self._file(path)
        offset = target.stat().st_size if target.exists() else 0
        with open(file, "rb") as source, open(target, "ab" if offset < size else "wb") as copy:
            source.seek(copy.tell())
            while data := source.read(_CHUNK):
                if copy.tell() + len(data) > size:
                    raise RemoteError.at(path, f"{file} has more than {size:,} bytes")
                copy.write(data)
                on_bytes(copy.tell())
            copy.flush()
            os.fsync(copy.fileno())

    def _file(self, path: str) -> Path:
        file = self._folder / path
        if not file.is_file():
            raise PathNotFoundError.at(str(file), f"there is no {file}")
        return file


class WebOrigin:
    """A web server; any that sends static files will do."""

    def __init__(self, address: str, limits: Limits = DEFAULT_LIMITS) -> None:
        self._address = address
        self._limits = limits

    def read(self, path: str, most: int) -> bytes:
        received = bytearray()

        def request(transport: Transport) -> None:
            received.clear()
            with transport.get({"Accept-Encoding": "identity"}, self._limits.seconds) as answer:
                _check_status(answer.status, transport.name, (200,))
                _copy(answer, received.extend, most, transport.name)

        self._run(path, request, self._limits.seconds)
        return bytes(received)

    def download(self, path: str, target: Path, size: int, on_bytes: OnBytes) -> None:
        def request(transport: Transport) -> None:
            offset = target.stat().st_size if target.exists() else 0
            if offset >= size:
                offset = 0
            headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={offset}-"} if offset else {})
            with transport.get(headers, self._limits.seconds) as answer:
                _check_status(answer.status, transport.name, (200, 206, 416))
                if answer.status == 416:
                    target.unlink(missing_ok=True)
                    raise TransientError("the file is shorter than what was downloaded before")
                continues = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(
                    f"bytes {offset}-"
                )
                if answer.status == 206 and not continues:
                    target.unlink(missing_ok=True)
                    raise TransientError("the answer is not the range that was asked for")
                offset = offset if continues else 0
                with open(target, "ab" if continues else "wb") as file:

                    def write(data: bytes) -> None:
                        file.write(data)
                        on_bytes(file.tell())

                    _copy(answer, write, size - offset, transport.name)
                    file.flush()
                    os.fsync(file.fileno())

        self._run(path, request, self._limits.seconds + size / SLOWEST_RATE)

    def _run(self, path: str, request: Callable[[Transport], None], seconds: float) -> None:
        transport = Transport(f"{self._address.rstrip('/')}/{path}" if path else self._address, {})
        try:
            Retry().run(transport.name, lambda: request(transport), seconds)
        finally:
            transport.close()


def fetch_whole(origin: Origin, path: str, target: Path, size: int, sha256: str, on_bytes: OnBytes) -> None:
    """Download a file of known size and digest. One that is wrong is deleted, and fetched once more from the start.

    Raises
    ------
    DamagedError
        The source sends other bytes than the index says.
    """
    for _ in range(2):
        origin.download(path, target, size, on_bytes)
        with open(target, "rb") as file:
            if target.stat().st_size == size and hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                return
        target.unlink()
    raise DamagedError.at(path, f"{path} is not what the index says: the source sends other bytes; nothing was changed")


def _copy(answer: http.client.HTTPResponse, write: Callable[[bytes], object], most: int, name: str) -> None:
    length = answer.length
    if length is not None and length > most:
        raise RemoteError.at(name, f"{name} has {length:,} bytes, and at most {most:,} were expected; it was refused")
    received = 0
    while data := answer.read1(_CHUNK):
        received += len(data)
        if received > most:
            raise RemoteError.at(name, f"{name} has more than the expected {most:,} bytes; it was refused")
        write(data)
    if length is not None and received < length:
        raise TransientError(f"the answer ended after {received:,} of {length:,} bytes")


def is_public(address: str) -> bool:
    """Return whether a host may name an address to download from: https, and not one in the player's network.

    Examples
    --------
    >>> is_public("https://mods.example.org"), is_public("https://192.168.1.1/x"), is_public("https://localhost")
    (True, False, False)
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    is_name = "." in host and not host.endswith((".local", ".internal", ".lan")) and ":" not in host
    return parts.scheme == "https" and is_name and not host.rpartition(".")[2].isdecimal()


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _check_status(status: int, name: str, wanted: tuple[int, ...]) -> None:
    if status in wanted:
        return
    if status in (404, 410):
        raise PathNotFoundError.at(name, f"there is no {name}")
    if status in (401, 403):
        raise AccessDeniedError.at(name, f"the server denies access to {name}")
    if status in (408, 425, 429) or status >= 500:
        raise TransientError(f"the server answers {status}")
    raise RemoteError.at(name, f"the server of {name} answers {status}")
