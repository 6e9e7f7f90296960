"""What the answers of the page's server share: the game, the way to its thread, and what was worked out before."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

from vfsloader.game.manager import ResourceManager
from vfsloader.layers.union import Union
from vfsloader.mods.manager import ModManager
from vfsloader.mods.sets.live_bisection import Bisection
from vfsloader.page.desk import PATIENCE, Desk
from vfsloader.page.events import Events
from vfsloader.runtime.budget import Limits
from vfsloader.runtime.temporary import TemporaryFolder

T = TypeVar("T")
#: Results that are remembered at once: comparing 100,000 files takes seconds, and several answers need it.
_MOST_REMEMBERED = 8


class Session:
    """One game and its page.

    Parameters
    ----------
    game, desk, events
        As for :class:`~vfsloader.page.server.PageServer`.
    read_only
        Whether the page only shows.
    is_live
        Whether the game is running.
    hello
        Called on the game's thread after a page was opened.

    Attributes
    ----------
    changes
        Grows when something other than files has changed of which results are remembered.
    """

    def __init__(
        self,
        game: ResourceManager,
        desk: Desk,
        events: Events,
        *,
        read_only: bool = False,
        is_live: bool = False,
        hello: Callable[[], object] | None = None,
    ) -> None:
        self.game = game
        self.events = events
        self.read_only = read_only
        self.is_live = is_live
        self.changes = 0
        #: A search for guilty mods, while there is one.
        self.search: Bisection | None = None
        #: The file with the set that is tried, for another process.
        self.trial: Path | None = None
        self._desk = desk
        self._hello = hello
        self._lock = threading.Lock()
        self._remembered: dict[str, tuple[Hashable, Any]] = {}
        self._working: dict[str, threading.Lock] = {}
        self._folder: TemporaryFolder | None = None
        self._state_stamp = self._stamp()

    @property
    def mods(self) -> ModManager:
        """The game's mods."""
        return self.game.mods

    @property
    def union(self) -> Union:
        """The merged tree as it is now; it can be read on any thread."""
        return self.game.vfs.union

    @property
    def limits(self) -> Limits:
        """What a mod's files may cost."""
        return self.game.mods.limits

    def is_own(self, layer: str) -> bool:
        """Return whether a layer is the game's own, and not a mod's."""
        return self.game.inside.layers.is_trusted(layer)

    def mod_of(self, layer: str) -> str:
        """Return the id of the mod that a layer belongs to; else the name itself."""
        return self.game.inside.layers.mod_of(layer)

    def greet(self) -> dict[str, str]:
        """Return the first event for a page that was opened."""
        if self._hello is not None:
            self._desk.post(self._hello)
        return {"type": "hello"}

    def on_game(self, job: Callable[[], T], patience: float = PATIENCE) -> T:
        """Call a function on the game's thread."""
        return self._desk.run(job, patience)

    def change(self, job: Callable[[], T]) -> T:
        """Change the player's choice on the game's thread, after reading what others have changed until now.

        Another program may have written ``mods.json`` a moment ago: the game's menu, a text editor, another page.
        """

        def run() -> T:
            if self._stamp() != self._state_stamp:
                self.mods.rescan()
            try:
                return job()
            finally:
                self._state_stamp = self._stamp()

        return self.on_game(run, 60.0)

    def remember(self, name: str, work: Callable[[], T]) -> T:
        """Return the result of `work`, done once while nothing changes. Threads that ask meanwhile wait for it."""
        with self._lock:
            working = self._working.setdefault(name, threading.Lock())
        with working:
            key = (self.mods.revision, self.game.inside.updater.count, self.changes)
            known = self._remembered.get(name)
            if known is not None and known[0] == key:
                return known[1]  # type: ignore[no-any-return]
            result = work()
            with self._lock:
                self._remembered[name] = (key, result)
                while len(self._remembered) > _MOST_REMEMBERED:
                    self._remembered.pop(next(iter(self._remembered)))
            return result

    def new_folder(self) -> Path:
        """Return a new temporary folder; it is deleted when the session is closed."""
        with self._lock:
            if self._folder is None:
                self._folder = TemporaryFolder("page")
            return Path(tempfile.mkdtemp(dir=self._folder.name))

    def close(self) -> None:
        """Delete the temporary files."""
        if self._folder is not None:
            self._folder.cleanup()

    def _stamp(self) -> tuple[int, int, int] | None:
        file = self.mods.state_file
        with contextlib.suppress(OSError):
            if file is not None:
                status = os.stat(file)
                return status.st_ino, status.st_size, status.st_mtime_ns
        return None
