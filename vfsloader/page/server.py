"""The page's web server, in a thread of its own: on this computer only, at an address that nobody can guess."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
from collections.abc import Callable
from typing import Self

from vfsloader.errors import MissingExtraError
from vfsloader.game.manager import ResourceManager
from vfsloader.page.desk import Desk
from vfsloader.page.events import Events

try:
    import uvicorn
except ModuleNotFoundError as error:
    raise MissingExtraError.of("the page", "uvicorn", "ui") from error
try:
    from vfsloader.page.app import build_app
    from vfsloader.page.guard import Guard
except ModuleNotFoundError as error:
    if error.name is None or not error.name.startswith("starlette"):
        raise
    raise MissingExtraError.of("the page", "starlette", "ui") from error

HOST = "127.0.0.1"


class PageServer:
    """Serves the page about one game until it is closed.

    Parameters
    ----------
    game
        The game. Only `desk` calls it, on the game's thread.
    desk
        Carries work to the game's thread.
    events
        The pages that are open.
    port
        The port; 0 for any that is free.
    token
        The secret part of the address; a new one by default.
    read_only
        Whether the page only shows.
    is_live
        Whether the game is running, so that its resources can be inspected.
    hello
        Called on the game's thread after a page was opened.
    on_close
        Called after the server has ended.

    Raises
    ------
    OSError
        The port is in use.
    """

    def __init__(
        self,
        game: ResourceManager,
        desk: Desk,
        events: Events,
        *,
        port: int = 0,
        token: str | None = None,
        read_only: bool = False,
        is_live: bool = False,
        hello: Callable[[], object] | None = None,
        on_close: Callable[[], object] = lambda: None,
    ) -> None:
        self.token = token or secrets.token_urlsafe(24)
        self._socket = _listen(port)
        self.port: int = self._socket.getsockname()[1]
        self._events = events
        self._on_close = on_close
        self._desk = desk
        app, self._close_app = build_app(game, desk, events, read_only=read_only, is_live=is_live, hello=hello)
        config = uvicorn.Config(
            Guard(app, self.token, self.port),
            log_config=None,
            log_level="critical",  # requests contain the token
            access_log=False,
            lifespan="off",
            http="h11",
            ws="none",
            loop="asyncio",
            server_header=False,
            date_header=False,
            limit_concurrency=256,
            h11_max_incomplete_event_size=32 << 10,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="vfsloader-page", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The address of the page, with the token."""
        return f"http://{HOST}:{self.port}/{self.token}/"

    def wait(self) -> None:
        """Wait until the server is closed, or the program is interrupted."""
        while self._thread.is_alive():
            self._thread.join(1.0)

    def close(self) -> None:
        """Stop serving."""
        self._events.close()
        self._desk.close()
        self._server.should_exit = True
        self._thread.join(5.0)
        self._close_app()
        self._on_close()
        with contextlib.suppress(OSError):
            self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # there, it would let other programs take the port as well
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening
