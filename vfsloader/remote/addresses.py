"""Addresses of servers in messages, without the secrets in them."""

from __future__ import annotations

import re

from vfsloader.quoting import plain

_HIDDEN = "***"
#: An address in a longer text, or the path and query of one: up to a space, a quotation mark or an angle bracket.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s'\"<>]+|[?&][^\s'\"<>=]{1,100}=[^\s'\"<>]+")
#: A host and a port, and not a user and a part of a password.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.%]*\]|[^:]*)(:[0-9]*)?")
_LONGEST = 300


def redacted(address: str) -> str:
    """Return an address for messages: without user and password, and without the values of its query.

    Every error, name and log line that shows an address uses this. A query may be a signature, and a fragment is
    never sent, so its text is left out too.

    Examples
    --------
    >>> redacted("https://user:secret@example.com/x.pack?sig=secret&v=2#top")
    'https://***@example.com/x.pack?sig=***&v=***'
    >>> redacted("s3://bucket/some/prefix")
    's3://bucket/some/prefix'
    """
    scheme, separator, rest = address.partition("://")
    if not separator:
        path, question, query = address.partition("?")
        return plain(f"{path}{question}{_HIDDEN if query else ''}", _LONGEST)
    rest, _, _ = rest.partition("#")
    rest, question, query = rest.partition("?")
    host, slash, path = rest.partition("/")
    if "@" in host:
        host = f"{_HIDDEN}@{host.rpartition('@')[2]}"
    elif not _HOST.fullmatch(host):  # a password with a slash or a question mark in it
        return f"{scheme}://{_HIDDEN}"
    fields = [f"{name}={_HIDDEN}" if equals else _HIDDEN for name, equals, _ in map(_split, query.split("&"))]
    shown = f"{scheme}://{host}{slash}{path}{question}{'&'.join(fields) if question else ''}"
    return plain(shown, _LONGEST)


def redacted_text(text: str) -> str:
    """Return a text of another library, with the secrets of each address in it left out, on one line and shortened.

    Examples
    --------
    >>> redacted_text("cannot connect to https://user:secret@example.com/a?key=1")
    'cannot connect to https://***@example.com/a?key=***'
    """
    return plain(_ADDRESS.sub(lambda found: redacted(found[0]), text[: 10 * _LONGEST]), _LONGEST)


def _split(field: str) -> tuple[str, str, str]:
    return field.partition("=")
