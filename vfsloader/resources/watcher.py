"""Seeing files change: a thread that collects what watchfiles reports until someone asks."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from pathlib import Path

import watchfiles

#: Milliseconds of quiet that end a burst of events, and the longest that a burst is collected.
STEP_MS = 5
DEBOUNCE_MS = 50


class Watcher:
    """Watches folders and files of the disk.

    Parameters
    ----------
    folders
        Folders, watched with all that they hold; those that do not exist are passed over.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = sorted({folder for folder in folders if folder.is_dir()})
        self._changes: queue.SimpleQueue[set[Path]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        if self.folders:
            self._thread = threading.Thread(target=self._run, name="vfsloader-watcher", daemon=True)
            self._thread.start()

    @property
    def has_news(self) -> bool:
        """Whether anything changed since the last :meth:`drain`."""
        return not self._changes.empty()

    def drain(self) -> set[Path]:
        """Give the paths that changed since the last call."""
        changed: set[Path] = set()
        while not self._changes.empty():
            changed |= self._changes.get()
        return changed

    def close(self) -> None:
        """Stop watching and wait for the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        for changes in watchfiles.watch(
            *self.folders,
            watch_filter=None,
            step=STEP_MS,
            debounce=DEBOUNCE_MS,
            stop_event=self._stop,
            rust_timeout=1000,
            yield_on_timeout=True,
        ):
            if changes:
                self._changes.put({Path(path) for _, path in changes})
