"""Checking how much memory the machine, or the container, has left before a store in memory takes more.

A quota bounds one store; the machine may have less than that left. The guard checks once, or before writes, and warns
or refuses.

References
----------
Linux, Control Group v2, "Memory Interface Files"; v1, "Memory Resource Controller".
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from vfsloader.errors import MissingExtraError
from vfsloader.runtime.forking import renew_in_child

When = Literal["none", "init", "per_write"]
Action = Literal["warn", "raise"]
_CGROUP = Path("/sys/fs/cgroup")


class MemoryGuard:
    """Warns, or raises, when memory runs out.

    Parameters
    ----------
    when
        ``"none"``: never; ``"init"``: check once that the whole quota fits; ``"per_write"``: before writes, too.
    action
        ``"warn"`` (a ResourceWarning) or ``"raise"`` (a MemoryError).
    interval
        Minimum seconds between two measurements; a write in between relies on the last one.
    available
        Returns the free bytes; by default those of the machine.

    Raises
    ------
    ValueError
        `when` or `action` is not one of these words, or `interval` is negative.
    MissingExtraError
        ``psutil`` is not installed, and `when` is not ``"none"``.

    Examples
    --------
    >>> guard = MemoryGuard("per_write", "raise", available=lambda: 1000)
    >>> guard.check_write(500)
    >>> guard.check_write(5000)
    Traceback (most recent call last):
        ...
    MemoryError: 5,000 bytes are about to be written, but only 500 bytes of memory are left
    """

    def __init__(
        self,
        when: When = "none",
        action: Action = "warn",
        interval: float = 1.0,
        *,
        available: Callable[[], int] | None = None,
    ) -> None:
        for name, value, words in (("memory_guard", when, get_args(When)), ("action", action, get_args(Action))):
            if value not in words:
                raise ValueError(f"{name} must be one of {', '.join(words)}, not {value!r}")
        if interval < 0:
            raise ValueError(f"interval must be at least 0 seconds, not {interval}")
        self.when = when
        self.action = action
        self.interval = interval
        self._available = available_memory if available is None else available
        self._lock = threading.Lock()
        renew_in_child(self, "_lock")
        self._measured_at = -float("inf")
        self._free = 0
        if when != "none":
            self._free = self._available()  # reports at once that psutil is missing

    def check_start(self, quota: int | None) -> None:
        """Check that there is room for a whole quota."""
        if self.when != "none" and quota is not None and quota > (free := self._available()):
            self._report(f"the quota is {quota:,} bytes, but only {free:,} bytes of memory are left")

    def check_write(self, size: int) -> None:
        """Check that there is room for a write.

        Raises
        ------
        MemoryError
            There is not enough memory, and `action` is ``"raise"``.
        """
        if self.when != "per_write" or size <= 0:
            return
        with self._lock:
            now = time.monotonic()
            if now - self._measured_at >= self.interval:
                self._measured_at, self._free = now, self._available()
            free = self._free
            if size <= free:
                self._free -= size  # until the next measurement
                return
        self._report(f"{size:,} bytes are about to be written, but only {free:,} bytes of memory are left")

    def _report(self, message: str) -> None:
        if self.action == "raise":
            raise MemoryError(message)
        warnings.warn(message, ResourceWarning, stacklevel=4)


def available_memory() -> int:
    """Return the bytes of memory that this process may still take from the machine, or from its container.

    Raises
    ------
    MissingExtraError
        ``psutil`` is not installed.
    """
    try:
        import psutil
    except ImportError as error:
        raise MissingExtraError.of("a memory guard", "psutil", "memory") from error
    free = int(psutil.virtual_memory().available)
    container = container_memory()
    return free if container is None else min(free, container)


def container_memory(root: Path = _CGROUP, own: Path = Path("/proc/self/cgroup")) -> int | None:
    """Return the bytes that the tightest control group of this process has left; None if there is no limit.

    Parameters
    ----------
    root
        The folder where control groups are mounted.
    own
        The file that lists the groups of this process.
    """
    try:
        lines = own.read_text().splitlines()
    except OSError:  # not on Linux
        return None
    free = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":  # version 2
            free += _free_in(root, path, "memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            free += _free_in(root / "memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes")
    return min(free, default=None)


def _free_in(root: Path, path: str, limit: str, usage: str) -> list[int]:
    """Return what each group from `path` up to the root has left; inside a container the path may not exist."""
    group, free = root / path.strip("/"), []
    while group.is_relative_to(root):
        try:
            most, used = (group / limit).read_text().strip(), int((group / usage).read_text())
            if most != "max" and int(most) < 1 << 60:  # version 1 writes a huge number for no limit
                free.append(max(int(most) - used, 0))
        except (OSError, ValueError):
            pass
        group = group.parent
    return free
