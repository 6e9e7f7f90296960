"""One switch for every fast path that has a slow path with the same results.

With ``VFSLOADER_FAST_PATHS=0`` in the environment only the slow paths are used: to find out whether a fast path is at
fault, and to test that both do the same.
"""

from __future__ import annotations

import os

VARIABLE = "VFSLOADER_FAST_PATHS"


def use_fast_paths() -> bool:
    """Return whether fast paths may be used; asked when something is opened."""
    return os.environ.get(VARIABLE) != "0"
