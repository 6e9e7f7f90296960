"""The last address of a game's page, kept for some hours in a file that only its user can read.

So the tabs that are open find the page again after the server was ended and started again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from pathlib import Path

from vfsloader.mods.places import user_folder

#: After so many seconds, a new token is made.
_KEPT_SECONDS = 12 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,64}")


class KeptAddress:
    """The port and the token of a game's page.

    Parameters
    ----------
    game
        The game's folder or file.

    Attributes
    ----------
    port, token
        What was kept; 0 and None if nothing was, or too long ago.
    """

    def __init__(self, game: Path) -> None:
        self._file = user_folder(game / "mods") / "page.json"
        self.port: int = 0
        self.token: str | None = None
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            table = json.loads(self._file.read_bytes())
            is_fresh = 0 <= time.time() - float(table["at"]) < _KEPT_SECONDS
            if is_fresh and _TOKEN.fullmatch(table["token"]) and 0 < int(table["port"]) < 1 << 16:
                self.port, self.token = int(table["port"]), table["token"]

    def keep(self, port: int, token: str) -> None:
        """Keep an address. Where nothing can be written, the next start has another one."""
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.unlink(missing_ok=True)
            handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"port": port, "token": token, "at": time.time()}, file)
