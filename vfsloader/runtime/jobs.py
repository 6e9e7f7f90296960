"""Work on a thread that a game looks at once a frame: how far it is, whether it is done, and a way to stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from vfsloader.runtime.lingering_threads import LingeringThreads
from vfsloader.runtime.progress import Progress
from vfsloader.runtime.threads import have_threads

T = TypeVar("T")
_THREADS = LingeringThreads("vfsloader-job")


class CancelledJobError(Exception):
    """Raised inside the work of a job that was cancelled, where it reports its progress."""


class Job(Generic[T]):
    """Work that goes on while a game draws its frames.

    Parameters
    ----------
    work
        Called on a thread with a function to report progress to. It is stopped there when the job is cancelled.
        Without threads it is called by :meth:`poll`, one frame after the first, so that a game can say what it waits
        for.

    Attributes
    ----------
    done, total, what
        What the work reported last: usually bytes, and a name.
    has_thread
        Whether it runs by itself.

    Examples
    --------
    >>> job = Job(lambda progress: sum(range(10)))
    >>> job.wait()
    >>> job.poll(), job.result()
    (True, 45)
    """

    def __init__(self, work: Callable[[Progress], T]) -> None:
        self.done, self.total, self.what = 0, 0, ""
        self._work = work
        self._future: Future[T] = Future()
        self._cancelled = threading.Event()
        self._polled = 0
        self.has_thread = have_threads()
        if self.has_thread:
            _THREADS.run(self._run)

    @property
    def has_ended(self) -> bool:
        """Whether the work has ended."""
        return self._future.done()

    def poll(self) -> bool:
        """Return whether the work has ended. Call it once a frame."""
        self._polled += 1
        if not self.has_thread and self._polled == 2 and not self._future.done():
            self._run()
        return self._future.done()

    def wait(self) -> None:
        """Wait until the work has ended, however it did."""
        if not self.has_thread and not self._future.done():
            self._run()
        self._future.exception()

    def wait_quietly(self) -> None:
        """Wait until the work has ended, unless nobody would run it: without threads, nobody does."""
        if self.has_thread:
            self._future.exception()

    def result(self) -> T:
        """Return what the work returned, or raise what it raised. Waits if it has not ended."""
        self.wait()
        return self._future.result()

    def cancel(self) -> None:
        """Stop the work when it next reports its progress. What it would return is of no interest any more."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._cancelled.is_set()

    def _run(self) -> None:
        try:
            self._future.set_result(self._work(self._report))
        except BaseException as error:
            self._future.set_exception(error)
            if not isinstance(error, Exception) and not self.has_thread:  # Ctrl-C belongs to this thread
                raise

    def _report(self, done: int, total: int, what: str) -> None:
        if self._cancelled.is_set():
            raise CancelledJobError
        self.done, self.total, self.what = done, total, what
