"""The zstd module: ``compression.zstd`` of Python 3.14, or the same code from the package ``backports.zstd``.

It is imported on first use: most games need it for nothing.
"""

from __future__ import annotations

import functools
import sys
from types import ModuleType


@functools.cache
def zstd() -> ModuleType:
    """Return the module."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
