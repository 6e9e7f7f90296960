"""Folders that stay when the page is closed: copies of them in the browser's IndexedDB.

The copy of a folder is written in one transaction of IndexedDB with all of its files. A tab that is closed in the
middle leaves the copy as it was, never half of it: the files of a database and its log belong together.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from vfsloader import paths
from vfsloader.runtime.logs import logger

_log = logger("vfsloader.web")
#: Milliseconds between two looks for changes.
LOOK_MS = 500
_SYNC = "(fs, populate) => new Promise((done, failed) => fs.syncfs(populate, e => e ? failed(e) : done()))"


#: The folders that are kept.
_all: list[Persistence] = []


class Persistence:
    """A folder that is kept; made by :func:`persist`."""

    def __init__(self, folder: Path, fs: Any, sync: Any, refused: str | None = None) -> None:
        self.folder = folder
        #: Why the browser keeps nothing, as in a private window; None if it keeps the folder.
        self.refused = refused
        self._said = ""
        self._fs = fs
        self._sync = sync
        self._kept = signature(folder)
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_kept(self) -> bool:
        """Whether everything in the folder is in the browser's storage."""
        return self.refused is None and signature(self.folder) == self._kept

    async def flush(self) -> None:
        """Wait until the browser has what is in the folder now; return at once if it keeps nothing.

        Raises
        ------
        OSError
            The browser refuses, for example because its storage is full. The last copy is still there.
        """
        if self.refused is not None:
            return
        async with self._lock:
            now = signature(self.folder)
            if now == self._kept:
                return
            try:
                await self._sync(self._fs, False)
            except Exception as error:  # JsException
                raise OSError(f"the browser does not keep {self.folder}: {error}") from error
            self._kept = now

    def look(self, *_event: Any) -> None:
        """Flush in the background if something has changed. Called by the page's clock, and when the page is left."""
        if not self._lock.locked() and not self.is_kept:
            task = asyncio.ensure_future(self._flush_or_log())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def look_regularly(self) -> None:
        """Look from a task of our own, where the page's clock cannot call Python."""

        async def look() -> None:
            while True:
                await asyncio.sleep(LOOK_MS / 1000)
                self.look()

        self._tasks.add(asyncio.ensure_future(look()))

    async def _flush_or_log(self) -> None:
        try:
            await self.flush()
            self._said = ""
        except OSError as error:
            if self._said != str(error):  # once, not at each look
                self._said = str(error)
                _log.error("%s", error)


async def persist(folder: paths.RealPath) -> Persistence:
    """Keep a folder in the browser: what was kept is there again, and what changes is kept from now on.

    Call it before anything in the folder is opened. Changes are kept about half a second later, and when the page is
    hidden or left; await :meth:`Persistence.flush` to be sure. The whole folder is in memory, so it is for saves,
    settings, mods and caches of some tens of megabytes.

    A browser that keeps nothing, as in a private window, is not an error: the folder can be used until the tab is
    closed, and :attr:`Persistence.refused` says why. Show that to the player.

    Parameters
    ----------
    folder
        The folder, which is made. It must be empty. All pages of one host share the browser's storage, and the whole
        path names the copy, so choose one that only this game has.

    Returns
    -------
    Persistence
        Says whether all is kept or why nothing is, and waits for it.

    Raises
    ------
    NotImplementedError
        This Python does not run in a browser.
    FileExistsError
        The folder is not empty.

    Examples
    --------
    ::

        await vfsloader.web.persist("saves")
        game = vfsloader.init(base="base.pack", save="saves/user.db")
    """
    import sys

    if sys.platform != "emscripten":
        raise NotImplementedError("vfsloader.web.persist works in a browser; elsewhere, files are kept anyhow")
    import platform

    place = Path(folder).absolute()
    place.mkdir(parents=True, exist_ok=True)
    if any(place.iterdir()):
        raise FileExistsError(f"{place} is not empty; call vfsloader.web.persist before anything is written there")
    window = getattr(platform, "window", None)  # pygbag has a module of its own there
    return await (_persist_in_pyodide(place) if window is None else _persist_in_pygbag(place, window))


async def _persist_in_pyodide(place: Path) -> Persistence:
    import js
    import pyodide_js
    from pyodide.code import run_js
    from pyodide.ffi import create_proxy

    fs, sync = pyodide_js.FS, run_js(_SYNC)
    fs.mount(fs.filesystems.IDBFS, js.Object.new(), str(place))
    try:
        await sync(fs, True)
    except Exception as error:  # JsException
        fs.unmount(str(place))  # the folder itself is in memory
        return Persistence(place, fs, sync, _refused(error))
    kept = Persistence(place, fs, sync)
    _all.append(kept)
    look = create_proxy(kept.look)
    js.setInterval(look, LOOK_MS)
    if hasattr(js, "document"):
        js.document.addEventListener("visibilitychange", look)
        js.addEventListener("pagehide", look)
    return kept


async def _persist_in_pygbag(place: Path, window: Any) -> Persistence:
    from vfsloader.web.pygbag_files import PygbagFiles

    files = PygbagFiles(window, place)
    try:
        await files.sync(None, True)
    except OSError as error:
        return Persistence(place, None, files.sync, _refused(error))
    kept = Persistence(place, None, files.sync)
    _all.append(kept)
    files.keep_at_end()
    kept.look_regularly()
    return kept


async def flush() -> None:
    """Wait until the browser has all folders that are kept; see :meth:`Persistence.flush`."""
    for kept in _all:
        await kept.flush()


def _refused(error: Exception) -> str:
    return (
        "This browser does not keep files of this page, as in a private window: "
        f"saves last only until the tab is closed. ({str(error).splitlines()[0]})"
    )


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what differs after each change in a folder: the names, sizes and times of its files."""
    found = []
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            try:
                status = os.stat(path)
            except OSError:  # removed since
                continue
            found.append((path, status.st_size, status.st_mtime_ns))
    return tuple(sorted(found))
