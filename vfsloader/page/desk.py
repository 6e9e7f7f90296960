"""Work that has to be done on the game's own thread: the page's server hands it over, and waits for the result.

The server never touches the game from its own threads, and holds no lock of the game's. In ``vfsloader ui`` the thread
is one of ours; in a running game it is the game's, at its next ``update()``.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from vfsloader.errors import VFSError

T = TypeVar("T")
#: Seconds to wait for the game. One that is paused or hangs does not hang the page.
PATIENCE = 10.0


class GameIsBusyError(VFSError):
    """The game did not come to the page's request in time."""


class Desk:
    """A queue of work for the game's thread.

    Parameters
    ----------
    wake
        Called on the server's thread after work was added.

    Examples
    --------
    >>> desk = Desk(lambda: desk.work())
    >>> desk.run(lambda: 6 * 7)
    42
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._is_closed = False

    @property
    def is_empty(self) -> bool:
        """Whether there is no work."""
        return self._jobs.empty()

    def run(self, job: Callable[[], T], patience: float = PATIENCE) -> T:
        """Let the game's thread call a function, and return the result or raise its exception.

        Raises
        ------
        GameIsBusyError
            The game did not call ``update()`` in time. The function is not called then.
        """
        future: Future[T] = Future()
        if self._is_closed:
            raise GameIsBusyError("the game has ended")
        self._jobs.put((job, future))
        self._wake()
        try:
            return future.result(patience)
        except TimeoutError:
            if not future.cancel():  # it is being done at this moment
                return future.result(patience)
            sentence = "the game does not answer: it is paused, or it has not called update() for some seconds"
            raise GameIsBusyError(sentence) from None

    def post(self, job: Callable[[], object]) -> None:
        """Let the game's thread call a function some time, without waiting for it."""
        self._jobs.put((job, Future()))
        self._wake()

    def work(self) -> None:
        """Do everything that is queued; called on the game's thread."""
        while True:
            try:
                job, future = self._jobs.get_nowait()
            except queue.Empty:
                return
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(job())
            except BaseException as error:  # it belongs to the one who asked
                future.set_exception(error)
                if not isinstance(error, Exception):
                    raise

    def close(self) -> None:
        """Refuse further work, and what is queued."""
        self._is_closed = True
        while not self._jobs.empty():
            _, future = self._jobs.get_nowait()
            if future.set_running_or_notify_cancel():
                future.set_exception(GameIsBusyError("the game has ended"))
