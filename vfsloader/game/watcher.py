"""Seeing files change: a thread that collects what watchfiles reports until someone asks.

A folder that is not there yet, or vanishes and returns, is looked for a few times a second. Where the system has no
watches left, folders are polled.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Iterable
from pathlib import Path

import watchfiles

_log = logging.getLogger("vfsloader.resources")
#: Milliseconds of quiet that end a burst of events, and the longest that a burst is collected.
STEP_MS = 5
DEBOUNCE_MS = 50
#: How often it is looked whether a folder came, went, or was replaced.
LOOK_MS = 250
#: How often folders are polled where they cannot be watched.
POLL_MS = 300


class Watcher:
    """Watches folders of the disk.

    Parameters
    ----------
    folders
        Folders, watched with all that they hold; they may come later.

    Attributes
    ----------
    is_polling
        Whether the system could not watch and the folders are read again and again instead.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = sorted(set(folders))
        self.is_polling = False
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
        """Give the paths that changed since the last call; a folder itself where anything in it may have."""
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
        while not self._stop.is_set():
            there = self._there()
            if there:
                self._watch(there)
            else:
                self._stop.wait(LOOK_MS / 1000)

    def _watch(self, there: dict[Path, tuple[int, int]]) -> None:
        """Collect changes until a folder came, went, or was replaced."""
        is_first = True
        try:
            for changes in watchfiles.watch(
                *there,
                watch_filter=None,
                step=STEP_MS,
                debounce=DEBOUNCE_MS,
                stop_event=self._stop,
                rust_timeout=LOOK_MS,
                yield_on_timeout=True,
                force_polling=True if self.is_polling else None,
                poll_delay_ms=POLL_MS,
            ):
                paths = {Path(path) for _, path in changes}
                if is_first:  # what happened before the watch stood was seen by nobody
                    self._changes.put({*paths, *self.folders})
                    is_first = False
                elif paths:
                    self._changes.put(paths)
                # One that was deleted and made again may have the same inode.
                if self._there() != there or not paths.isdisjoint(there):
                    return
        except FileNotFoundError:  # a folder went before it could be watched
            self._changes.put(set(self.folders))
        except OSError as error:
            if self.is_polling:
                _log.error("files cannot be watched: %s", error)  # the trace tells nobody anything
                self._stop.wait(LOOK_MS / 1000)
                return
            _log.warning("files are polled, as they cannot be watched: %s", error)
            self.is_polling = True

    def _there(self) -> dict[Path, tuple[int, int]]:
        """Give the folders that exist, each with what tells it from one that takes its place."""
        found = {}
        for folder in self.folders:
            try:
                status = os.stat(folder)
            except OSError:
                continue
            if os.path.isdir(folder):
                found[folder] = (status.st_dev, status.st_ino)
        return found
