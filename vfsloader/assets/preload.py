"""Loading many resources ahead of time: threads decode them, and the game's own thread finishes a few each frame.

Where no thread can be started, the game's own thread decodes them too, one at a time.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TextIO

from vfsloader.assets.loader import Decoded, Loader
from vfsloader.errors import VFSError
from vfsloader.quoting import message, plain
from vfsloader.runtime.threads import have_threads

#: Called with the number of files that are done, the number of all files, and the path of the last one.
Progress = Callable[[int, int, str], None]


class Ready(NamedTuple):
    """A file that a thread has finished."""

    path: str
    loader: Loader[Any]
    decoded: Decoded | None
    error: str | None


class Preload:
    """Files that are being loaded; made by :meth:`ResourceManager.preload`.

    Attributes
    ----------
    total, done
        How many files there are, and how many are finished, including those that failed.
    resources
        The finished resources by path; they stay in use as long as this object.
    errors
        By path, why a file could not be loaded.
    """

    def __init__(
        self,
        files: Sequence[tuple[str, Loader[Any]]],
        decode: Callable[[Loader[Any], str], Decoded],
        finish: Callable[[Ready], Any],
        progress: Progress | None,
        threads: int | None,
        fetch: Callable[[], object] | None = None,
    ) -> None:
        self.total = len(files)
        self.done = 0
        self.resources: dict[str, Any] = {}
        self.errors: dict[str, str] = {}
        self.is_cancelled = False
        self._decode = decode
        self._finish = finish
        self._progress = progress
        self._ready: queue.SimpleQueue[Ready] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._waiting = deque(files)
        #: Whether the game's own thread has to decode, because too few threads could be started.
        self._is_inline = not have_threads()
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix="vfsloader-preload")
        if fetch is None:
            self._begin()
            return
        try:
            threading.Thread(target=self._fetch_and_begin, args=(fetch,), name="vfsloader-fetch", daemon=True).start()
        except RuntimeError:  # no thread can be started
            self._fetch_and_begin(fetch)

    def __repr__(self) -> str:
        return f"Preload({self.done} of {self.total} done)"

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.is_cancelled or self.done == self.total

    def cancel(self) -> None:
        """Load no more files. Finished resources stay; this does not wait for the threads."""
        self.is_cancelled = True
        self._stopped.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wait(self) -> None:
        """Finish everything now; call it on the game's own thread."""
        while not self.is_done:
            if self._is_inline and self._ready.empty() and self._run():
                continue
            self._take(self._ready.get())

    def advance(self) -> bool:
        """Finish one file that is ready. Return whether there was one. Called by ``update``."""
        if self.is_cancelled:
            return False
        if self._is_inline and self._ready.empty():
            self._run()
        try:
            ready = self._ready.get_nowait()
        except queue.Empty:
            return False
        self._take(ready)
        return True

    def _fetch_and_begin(self, fetch: Callable[[], object]) -> None:
        """Fetch the files that are on other machines, many at once, and only then decode."""
        with contextlib.suppress(VFSError, OSError):  # reading each file reports what is wrong with it
            fetch()
        self._begin()

    def _begin(self) -> None:
        try:
            for _ in range(0 if self._is_inline else self.total):
                self._pool.submit(self._run)
        except RuntimeError:  # cancelled in the meantime, or there are too many threads already
            self._is_inline = True
        self._pool.shutdown(wait=False)

    def _run(self) -> bool:
        """Decode the next file. Return whether there was one."""
        if self._stopped.is_set():
            return False
        try:
            path, loader = self._waiting.popleft()
        except IndexError:
            return False
        try:
            ready = Ready(path, loader, self._decode(loader, path), None)
        except (VFSError, OSError) as error:
            ready = Ready(path, loader, None, message(str(error)))
        except Exception as error:  # a fault in a loader must not hang the loading screen
            ready = Ready(path, loader, None, message(f"{type(error).__name__}: {error}"))
        self._ready.put(ready)
        return True

    def _take(self, ready: Ready) -> None:
        error = ready.error
        if error is None:
            try:
                self.resources[ready.path] = self._finish(ready)
            except (VFSError, OSError) as failed:
                error = message(str(failed))
        if error is not None:
            self.errors[ready.path] = error
        self.done += 1
        if self._progress is not None:
            self._progress(self.done, self.total, ready.path)


def progress_bar(stream: TextIO | None = None, width: int = 40) -> Progress:
    r"""Return a function that draws a bar of text, for ``preload(..., progress=progress_bar())``.

    Parameters
    ----------
    stream
        Where to draw it; standard error if left out.
    width
        Characters of the bar.

    Examples
    --------
    >>> import io
    >>> out = io.StringIO()
    >>> progress_bar(out, 10)(1, 2, "/p.png")
    >>> out.getvalue()
    '\r[#####.....] 1/2 /p.png\x1b[K'
    """
    target = stream or sys.stderr

    def draw(done: int, total: int, path: str) -> None:
        filled = width * done // total
        target.write(f"\r[{'#' * filled}{'.' * (width - filled)}] {done}/{total} {plain(path)}\x1b[K")
        if done == total:
            target.write("\n")
        target.flush()

    return draw
