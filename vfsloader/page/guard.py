"""Who may talk to the page's server: this computer's browser, with the token, from a page of the server itself.

The first part of every path is the token, so that relative addresses in the page carry it, and no cookie is needed:
a browser would send cookies to every port of this computer. A request without the token gets 403, whatever it asks
for. So does one for another host name (a name that somebody else's DNS resolves to this computer) and one that another
site's page makes.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Of the page itself. What mods contain is served with a stricter policy, see `SANDBOX`.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
#: Of a mod's file: if it is opened by itself, nothing in it runs or loads anything.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
    "cache-control": "no-store",
}


class Guard:
    """Passes on the requests that may be answered, without the token, and refuses all others.

    Parameters
    ----------
    app
        What answers.
    token
        The secret part of the address.
    port
        The port that the server listens on.
    """

    def __init__(self, app: App, token: str, port: int) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = {f"127.0.0.1:{port}".encode(), f"localhost:{port}".encode()}
        if port == 80:
            self._hosts |= {b"127.0.0.1", b"localhost"}
        self._origins = {b"http://" + host for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        path = self._inner_path(scope)
        if path is None:
            await _refuse(send)
            return
        if not path:
            await _redirect(send, f"/{self._token.decode()}/")
            return
        inner = {**scope, "path": path, "raw_path": path.encode(), "root_path": ""}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in present]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        await self._app(inner, receive, send_with_headers)

    def _inner_path(self, scope: Scope) -> str | None:
        """Return the path after the token; None if the request is refused."""
        headers: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value)
        hosts, origins = headers.get(b"host", []), headers.get(b"origin", [])
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return None
        if any(origin.lower() not in self._origins for origin in origins):
            return None
        _, _, rest = scope["path"].partition("/")
        token, slash, path = rest.partition("/")
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self._token):
            return None
        is_page = scope["method"] in ("GET", "HEAD") and path == ""
        if not _is_own_request(headers, is_page=is_page):
            return None
        return f"/{path}" if slash else ""


def _is_own_request(headers: dict[bytes, list[bytes]], *, is_page: bool) -> bool:
    """Return whether a browser says that its own user or a page of this server asks.

    Other programs do not send these headers, and have the token. A link to the page itself may be anywhere.
    """
    sites: Iterable[bytes] = headers.get(b"sec-fetch-site", [b"none"])
    if all(site in (b"same-origin", b"none") for site in sites):
        return True
    return (
        is_page and headers.get(b"sec-fetch-mode") == [b"navigate"] and headers.get(b"sec-fetch-dest") == [b"document"]
    )


async def _redirect(send: Send, target: str) -> None:
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    headers += [(b"location", target.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(send: Send) -> None:
    body = b"403: open the whole address that vfsloader printed\n"
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    headers += [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    # The body of the request is not read: the connection ends.
    headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
