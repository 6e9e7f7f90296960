"""Watching what memory the machine, or the container, has left, before a store in memory takes more.

A quota bounds one store; whether the machine still has that much is another question. The guard asks it once, or before
writes, and warns or refuses.

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

When = Literal["none", "init", "per_write"]
Action = Literal["warn", "raise"]
_CGROUP = Path("/sys/fs/cgroup")


class MemoryGuard:
    """Tells when memory runs out.

    Parameters
    ----------
    when
        ``"none"``; ``"init"``: once, whether there is room for the whole quota; ``"per_write"``: before writes, too.
    action
        ``"warn"`` (a ResourceWarning) or ``"raise"`` (a MemoryError).
    interval
        Seconds between two looks, at least; a write in between goes by the last one.
    available
        Gives the bytes that are left; :func:`available_memory` if left out.

    Raises
    ------
    ValueError
        A word is none of these.
    MissingExtraError
        ``psutil`` is not installed, and there is something to watch.

    Examples
    --------
    >>> guard = MemoryGuard("per_write", "raise", available=lambda: 1000)
    >>> guard.check_write(500)
    >>> guard.check_write(5000)
    Traceback (most recent call last):
        ...
    MemoryError: 5,000 bytes are to be written, and 500 bytes of memory are left
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
                raise ValueError(f"{name} is one of {', '.join(words)}, not {value!r}")
        if interval < 0:
            raise ValueError(f"an interval is at least 0 seconds, not {interval}")
        self.when = when
        self.action = action
        self.interval = interval
        self._available = available_memory if available is None else available
        self._lock = threading.Lock()
        self._looked = -float("inf")
        self._left = 0
        if when != "none":
            self._left = self._available()  # says at once that psutil is missing

    def check_start(self, quota: int | None) -> None:
        """Look whether there is room for a whole quota."""
        if self.when != "none" and quota is not None and quota > (left := self._available()):
            self._tell(f"the quota is {quota:,} bytes, and {left:,} bytes of memory are left")

    def check_write(self, size: int) -> None:
        """Look whether there is room for a write.

        Raises
        ------
        MemoryError
            There is not, and the guard is to raise.
        """
        if self.when != "per_write" or size <= 0:
            return
        with self._lock:
            now = time.monotonic()
            if now - self._looked >= self.interval:
                self._looked, self._left = now, self._available()
            left = self._left
            if size <= left:
                self._left -= size  # until the next look
                return
        self._tell(f"{size:,} bytes are to be written, and {left:,} bytes of memory are left")

    def _tell(self, sentence: str) -> None:
        if self.action == "raise":
            raise MemoryError(sentence)
        warnings.warn(sentence, ResourceWarning, stacklevel=4)


def available_memory() -> int:
    """Give the bytes of memory that this process may still take: of the machine, or of the container it runs in.

    Raises
    ------
    MissingExtraError
        ``psutil`` is not installed.
    """
    try:
        import psutil
    except ImportError as error:
        raise MissingExtraError.of("a memory guard", "psutil", "memory") from error
    left = int(psutil.virtual_memory().available)
    container = container_memory()
    return left if container is None else min(left, container)


def container_memory(root: Path = _CGROUP, own: Path = Path("/proc/self/cgroup")) -> int | None:
    """Give the bytes that the tightest control group above this process has left; None where there is no limit.

    Parameters
    ----------
    root
        Where control groups are mounted.
    own
        Which ones this process is in.
    """
    try:
        lines = own.read_text().splitlines()
    except OSError:  # no Linux
        return None
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":  # version 2
            found += _left_in(root, path, "memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            found += _left_in(root / "memory", path, "memory.limit_in_bytes", "memory.usage_in_bytes")
    return min(found, default=None)


def _left_in(root: Path, path: str, limit: str, usage: str) -> list[int]:
    """Give what each group from `path` up to the root has left; inside a container the path may not be there."""
    group, found = root / path.strip("/"), []
    while group.is_relative_to(root):
        try:
            most, used = (group / limit).read_text().strip(), int((group / usage).read_text())
            if most != "max" and int(most) < 1 << 60:  # version 1 writes a huge number for none
                found.append(max(int(most) - used, 0))
        except (OSError, ValueError):
            pass
        group = group.parent
    return found
