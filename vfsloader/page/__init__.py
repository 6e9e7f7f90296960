"""The mods of a game in a browser: a page for a game folder, and a look into a running game.

``vfsloader ui`` serves the page for a folder, :meth:`vfsloader.ResourceManager.serve_inspector` for a running game. It
listens on this computer only, at an address with a secret token.
"""

from __future__ import annotations

from vfsloader.game.manager import ResourceManager
from vfsloader.page.caretaker import Caretaker
from vfsloader.page.inspector import Inspector
from vfsloader.page.server import PageServer

__all__ = ["Caretaker", "Inspector", "PageServer", "serve_inspector"]


def serve_inspector(game: ResourceManager, port: int = 0, *, read_only: bool = False) -> PageServer:
    """Serve a page about a running game; see :meth:`vfsloader.ResourceManager.serve_inspector`."""
    inspector = Inspector(game)
    return PageServer(
        game,
        inspector.desk,
        inspector.events,
        port=port,
        read_only=read_only,
        is_live=True,
        hello=inspector.again,
        on_close=inspector.close,
    )
