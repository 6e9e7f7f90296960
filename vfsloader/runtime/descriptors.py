"""Whether a process has few open files left: some systems allow 256."""

from __future__ import annotations

import os

try:
    import resource
except ImportError:  # Windows, whose limit no game reaches, and browsers
    resource = None  # type: ignore[assignment]


def are_scarce() -> bool:
    """Return whether more than half of the files that this process may open are open."""
    if resource is None:
        return False
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        lowest_free = os.open(os.devnull, os.O_RDONLY)
    except OSError:
        return True
    os.close(lowest_free)
    return limit != resource.RLIM_INFINITY and lowest_free > limit // 2
