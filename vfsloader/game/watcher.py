"""Noticing files that change: a thread collects what watchfiles reports until the game asks.

A folder that does not exist yet, or vanishes and returns, is looked for a few times a second. Where the system has no
watches left, folders are polled.

Links are not followed: a mod with a link to ``/usr`` would otherwise have all of it watched. watchfiles follows links
where it finds the folders to watch itself, so on these systems it gets a list of all folders.
"""

from __future__ import annotations

import importlib.util
import os
import stat
import sys
import threading
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from vfsloader.runtime import file_notices
from vfsloader.runtime.logs import logger
from vfsloader.runtime.threads import have_threads

_log = logger("vfsloader.game")
#: Milliseconds of quiet that end a burst of events, and the longest that a burst is collected.
STEP_MS = 5
DEBOUNCE_MS = 50
#: Milliseconds between two checks whether a folder was added, removed or replaced.
LOOK_MS = 250
#: Whether the system watches single folders; others watch whole trees, and do not follow links.
_FOLLOWS_LINKS = sys.platform not in ("win32", "darwin")
#: Milliseconds between two polls of folders that cannot be watched.
POLL_MS = 300


class Watcher:
    """Watches folders of the disk.

    Parameters
    ----------
    folders
        Folders, watched with everything in them; they need not exist yet.

    Attributes
    ----------
    is_polling
        Whether the folders are read repeatedly, because the system could not watch them.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self.folders = sorted(set(folders))
        self.is_polling = False
        self._changes: deque[set[Path]] = deque()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        if self.folders and _can_watch():
            self._thread = threading.Thread(target=self._run, name="vfsloader-watcher", daemon=True)
            self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether changes are noticed without looking for them."""
        return self._thread is not None

    @property
    def has_news(self) -> bool:
        """Whether anything changed since the last :meth:`drain`."""
        return bool(self._changes)

    def drain(self) -> set[Path]:
        """Return the paths that changed since the last call; a folder stands for anything in it."""
        changed: set[Path] = set()
        while self._changes:
            changed |= self._changes.popleft()
        return changed

    def follow(self, folders: Iterable[Path]) -> None:
        """Watch other folders from now on."""
        self.folders = sorted(set(folders))

    def close(self) -> None:
        """Stop watching and wait for the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stop.is_set():
            folders = self._existing()
            if folders:
                self._watch(folders)
            else:
                self._stop.wait(LOOK_MS / 1000)

    def _watch(self, folders: dict[Path, tuple[int, int]]) -> None:
        """Collect changes until a folder is added, removed or replaced."""
        is_first = True
        try:
            is_listed = self.is_polling or _FOLLOWS_LINKS
            watched = _with_subfolders(folders) if is_listed else [str(folder) for folder in folders]
            for changes in file_notices.watch(
                watched,
                step_ms=STEP_MS,
                debounce_ms=DEBOUNCE_MS,
                timeout_ms=LOOK_MS,
                stop=self._stop,
                is_recursive=not is_listed,
                poll_ms=POLL_MS if self.is_polling else None,
            ):
                paths = {Path(path) for _, path in changes}
                if is_first:  # changes from before the watch began were not seen
                    self._changes.append({*paths, *self.folders})
                    is_first = False
                elif paths:
                    self._changes.append(paths)
                # A folder that was deleted and made again may have the same inode.
                if self._existing() != folders or not paths.isdisjoint(folders):
                    return
                if is_listed and any(kind == file_notices.ADDED and _is_folder(path) for kind, path in changes):
                    return  # a new folder has to be watched, too
        except FileNotFoundError:  # a folder was removed before it could be watched
            self._changes.append(set(self.folders))
        except OSError as error:
            if self.is_polling:
                _log.error("files cannot be watched: %s", error)  # a traceback would not help
                self._stop.wait(LOOK_MS / 1000)
                return
            _log.warning("files are polled, as they cannot be watched: %s", error)
            self.is_polling = True

    def _existing(self) -> dict[Path, tuple[int, int]]:
        """Return the folders that exist, each with the device and inode that identify it."""
        existing = {}
        for folder in self.folders:
            try:
                status = os.stat(folder)
            except OSError:
                continue
            if os.path.isdir(folder):
                existing[folder] = (status.st_dev, status.st_ino)
        return existing


def _can_watch() -> bool:
    """Return whether folders can be watched here: not in a browser, which has no threads, nor without watchfiles."""
    if not have_threads():
        return False
    if importlib.util.find_spec("watchfiles") is None:
        _log.warning("files are not watched: watchfiles is not installed")
        return False
    return True


def _with_subfolders(folders: Iterable[Path]) -> list[str]:
    """Return folders and all folders below them; links are not followed."""
    watched = [str(folder) for folder in folders]
    for path in watched:  # grows as it is read
        try:
            with os.scandir(path) as scan:
                watched += [item.path for item in scan if item.is_dir(follow_symlinks=False)]
        except OSError:  # removed since
            continue
    return list(dict.fromkeys(watched))


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.lstat(path).st_mode)
    except OSError:
        return False
