"""A Python that lacks what other systems lack; for every process that has this folder in its PYTHONPATH.

VFSLOADER_WITHOUT lists what is missing, separated by commas:

- a package, such as ``apsw``, ``watchfiles`` or ``anyio``: it cannot be imported;
- ``unix``: the names of `os` and the modules that only Unix has;
- ``threads``: none can be started, as in a browser.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec

_WITHOUT = set(filter(None, os.environ.get("VFSLOADER_WITHOUT", "").split(",")))
_UNIX_NAMES = (
    "O_NOFOLLOW O_DIRECTORY O_CLOEXEC O_NONBLOCK sync fork forkpty chown lchown fchown",
    "fchmod mkfifo mknod openpty pread pwrite preadv pwritev posix_fallocate posix_fadvise",
    "fdatasync register_at_fork copy_file_range getxattr setxattr listxattr sched_getaffinity killpg setsid wait4",
)
_UNIX_MODULES = {"fcntl", "resource", "pwd", "grp", "termios"}


class _Missing(importlib.abc.MetaPathFinder):
    def __init__(self, names: set[str]) -> None:
        self._names = names

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {name!r} (VFSLOADER_WITHOUT)", name=name)
        return None


def _find_spec(name: str, package: str | None = None) -> ModuleSpec | None:
    try:
        return _find(name, package)
    except ModuleNotFoundError:  # what _Missing raises; a package that is not installed is simply not found
        return None


_find = importlib.util.find_spec


def _remove_unix() -> None:
    import shutil  # they find out what the system has when they are imported
    import subprocess  # noqa: F401
    import tempfile  # noqa: F401

    shutil.disk_usage(".")
    for name in " ".join(_UNIX_NAMES).split():
        if hasattr(os, name):
            delattr(os, name)
    os.supports_dir_fd.clear()
    os.supports_fd.clear()
    os.supports_follow_symlinks.clear()


def _remove_threads() -> None:
    import _thread
    import threading

    def start_new_thread(*_values: object, **_options: object) -> int:
        raise RuntimeError("can't start new thread")

    _thread.start_new_thread = _thread.start_new = start_new_thread  # type: ignore[assignment]
    threading._start_new_thread = start_new_thread  # type: ignore[attr-defined]
    if hasattr(_thread, "start_joinable_thread"):  # since Python 3.13
        _thread.start_joinable_thread = start_new_thread
        threading._start_joinable_thread = start_new_thread


if "threads" in _WITHOUT:
    _remove_threads()
if "unix" in _WITHOUT:
    _WITHOUT |= _UNIX_MODULES
_packages = _WITHOUT - {"unix", "threads"}
if _packages:
    sys.meta_path.insert(0, _Missing(_packages))
    importlib.util.find_spec = _find_spec
if "unix" in _WITHOUT:
    _remove_unix()
