"""Servers that misbehave on purpose: each answer is a script of bytes."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

#: Returns the bytes of an answer, given the head of the request.
Script = Callable[[str], Iterable[bytes]]


class ScriptedServer:
    """A server on loopback that answers each request with the pieces that a script yields.

    Attributes
    ----------
    heads
        The heads of the requests.
    sent
        Bytes that the clients took.
    hung_up
        Is set when a client closes its connection before all was sent.
    stopped
        Is set at the end: scripts wait on it instead of sleeping.
    """

    def __init__(self, script: Script, certificate: Path | None = None, host: str = "127.0.0.1") -> None:
        self._script = script
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(certificate)
        self._listening = socket.create_server(("127.0.0.1", 0))
        scheme = "http" if certificate is None else "https"
        self.address = f"{scheme}://{host}:{self._listening.getsockname()[1]}"
        self.heads: list[str] = []
        self.sent = 0
        self.hung_up = threading.Event()
        self.stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def drip(self, data: bytes) -> Iterator[bytes]:
        """Yield single bytes, some milliseconds apart, and never end."""
        for byte in data:
            yield bytes([byte])
            if self.stopped.wait(0.01):
                return
        while not self.stopped.wait(0.01):
            yield b"x"

    def wait(self) -> Iterator[bytes]:
        """Yield nothing, until the end."""
        self.stopped.wait()
        yield b""

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopped.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client, self._tls.wrap_socket(client, server_side=True) if self._tls else client as connection:
                stream = connection.makefile("rb")
                while head := _head(stream):
                    self.heads.append(head)
                    for piece in self._script(head):
                        connection.sendall(piece)
                        self.sent += len(piece)
        except OSError:
            self.hung_up.set()


def _head(stream: Iterable[bytes]) -> str:
    lines = []
    for line in stream:
        if line == b"\r\n":
            return b"".join(lines).decode("latin-1")
        lines.append(line)
    return ""


def endless(head: bytes) -> Iterator[bytes]:
    """Yield a head, and a body without an end."""
    yield head
    while True:
        yield bytes(1 << 16)


def range_of(data: bytes, head: str, extra: str = "") -> Iterator[bytes]:
    """Yield the answer of a good server to a range request."""
    asked = head.lower().partition("range: bytes=")[2].split("\r\n")[0].split("-")
    part = data[int(asked[0]) : int(asked[1]) + 1]
    yield (
        f"HTTP/1.1 206 Partial Content\r\nContent-Length: {len(part)}\r\n{extra}"
        f'Content-Range: bytes {int(asked[0])}-{int(asked[0]) + len(part) - 1}/{len(data)}\r\nETag: "1"\r\n\r\n'
    ).encode() + part


def make_certificate(folder: Path) -> Path:
    """Write a key and a certificate for ``localhost`` and 127.0.0.1, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
