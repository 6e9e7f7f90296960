"""The thread that owns the game in ``vfsloader ui``: it does the page's work, and notices what others change."""

from __future__ import annotations

import threading
from collections.abc import Callable

from vfsloader.game.manager import ResourceManager
from vfsloader.page.desk import Desk
from vfsloader.page.events import Events
from vfsloader.runtime.logs import logger

_log = logger("vfsloader.page")
#: Seconds between two looks whether the watcher has noticed something.
_LOOK_SECONDS = 0.02


class Caretaker:
    """Opens a game on a thread of its own and looks after it until it is closed.

    Parameters
    ----------
    open_game
        Opens the game.

    Attributes
    ----------
    desk
        Carries work to the thread.
    events
        The pages that are open.
    game
        The game.
    """

    def __init__(self, open_game: Callable[[], ResourceManager]) -> None:
        self.desk = Desk(self._wake)
        self.events = Events()
        self._waking = threading.Event()
        self._is_ending = False
        self._failure: BaseException | None = None
        self._opened = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(open_game,), name="vfsloader-game", daemon=True)
        self._thread.start()
        self._opened.wait()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        """End the thread and close the game."""
        self._is_ending = True
        self._waking.set()
        self._thread.join(10.0)

    def _wake(self) -> None:
        self._waking.set()

    def _run(self, open_game: Callable[[], ResourceManager]) -> None:
        try:
            self.game = open_game()
        except BaseException as error:
            self._failure = error
            self._opened.set()
            return
        self._opened.set()
        with self.game:
            revision, count = -1, -1
            while not self._is_ending:
                self._waking.wait(_LOOK_SECONDS)
                self._waking.clear()
                self.desk.work()
                try:
                    self.game.update()
                except Exception:  # a layer that cannot be read just now; the next look may succeed
                    _log.exception("the game's files could not be looked at")
                now = self.game.mods.revision, self.game.inside.updater.count
                if now != (revision, count):
                    revision, count = now
                    self.events.publish({"type": "changed", "mods": revision, "files": count})
