"""Files that change on the disk, noticed by a thread that waits for them.

On Linux this asks the system itself; see `inotify`. Elsewhere, and where folders have to be polled, watchfiles does it.
Of that only the part in Rust is imported: the package imports ``subprocess`` and ``multiprocessing``, which take 1 MB
of memory and 15 ms in each game that watches its mods.
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

#: watchfiles' number for a file or folder that was added.
ADDED = 1
_POLL_MS = 300


def watch(
    folders: Sequence[str], *, step_ms: int, debounce_ms: int, timeout_ms: int, stop: threading.Event,
    is_recursive: bool, poll_ms: int | None
) -> Iterator[set[tuple[int, str]]]:  # fmt: skip
    """Yield what changed in some folders, as numbers and paths; nothing when the time is up; until `stop` is set.

    Parameters
    ----------
    folders
        The folders.
    step_ms, debounce_ms
        So much quiet ends a burst of changes, and a burst is collected for so long.
    timeout_ms
        How long to wait for a change.
    stop
        Ends the iteration.
    is_recursive
        Watch the folders in them, too.
    poll_ms
        Read the folders so often. None: let the system report changes, where it can.

    Raises
    ------
    OSError
        A folder is missing, or the system cannot watch it.
    """
    is_polling = poll_ms is not None or _must_poll()
    if not is_polling and not is_recursive and sys.platform == "linux":
        from vfsloader.runtime import inotify

        if inotify.is_available():
            times = {"step_ms": step_ms, "debounce_ms": debounce_ms, "timeout_ms": timeout_ms}
            yield from inotify.watch(folders, **times, stop=stop)
            return
    rust = _rust()
    try:
        notify = rust.RustNotify(list(folders), False, is_polling, poll_ms or _POLL_MS, is_recursive, False)
    except rust.WatchfilesRustInternalError as error:  # the system has no more watches or files for this user
        raise OSError(str(error)) from error
    with notify as notices:
        while not stop.is_set():
            changes = notices.watch(debounce_ms, step_ms, timeout_ms, stop)
            if not isinstance(changes, str):
                yield changes
            elif changes == "timeout":
                yield set()
            else:  # it was stopped, or a signal came
                return


def _must_poll() -> bool:
    """Return whether the system reports nothing though it has the calls, as Linux inside of Windows does."""
    wish = os.environ.get("WATCHFILES_FORCE_POLLING")
    if wish:
        return wish.lower() not in ("false", "disable", "disabled")
    return sys.platform == "linux" and "microsoft-standard" in os.uname().release.lower()


@functools.cache
def _rust() -> Any:
    """Return the part of watchfiles that is written in Rust."""
    name = "watchfiles._rust_notify"
    package = None if "watchfiles" in sys.modules else importlib.util.find_spec("watchfiles")
    if package is not None:
        spec = importlib.machinery.PathFinder.find_spec(name, package.submodule_search_locations)
        if spec is not None and spec.loader is not None:
            module = sys.modules.get(name)
            if module is None:
                module = sys.modules[name] = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
            return module
    from watchfiles import _rust_notify  # a frozen game has another finder, and what freezes it sees this import

    return _rust_notify
