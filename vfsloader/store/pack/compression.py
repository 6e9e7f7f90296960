"""Compressed chunks: zstd frames that unpack independently, so that a file can be read from any position.

References
----------
RFC 8878, Zstandard Compression. The module is ``compression.zstd`` of Python 3.14; before that the same code
comes from the package ``backports.zstd``. It is imported on first use: most games have no compressed packs.
"""

from __future__ import annotations

import functools
import sys
from types import ModuleType

#: The level at which packs are built: slow to compress; all levels unpack equally fast.
DEFAULT_LEVEL = 19
LEVELS = range(1, 23)
#: The level for trying whether a file gets smaller at all: most files that do not are pictures and sounds.
_PROBE_LEVEL = 1


def compress(data: bytes | memoryview, level: int) -> bytes:
    """Return one frame; one version of zstd always returns the same bytes for the same data."""
    frame: bytes = _zstd().compress(data, level)
    return frame


def decompress(frame: bytes, limit: int) -> bytes:
    """Unpack one frame.

    Parameters
    ----------
    frame
        A frame made by :func:`compress`. It may be untrusted: nothing that it says about itself is relied on.
    limit
        Bytes that it may unpack to.

    Raises
    ------
    ValueError
        It is not a frame, or several, or unpacks to more.
    """
    zstd = _zstd()
    window = {int(zstd.DecompressionParameter.window_log_max): max((limit - 1).bit_length(), 10)}
    unpacker = zstd.ZstdDecompressor(options=window)
    try:
        data: bytes = unpacker.decompress(frame, max_length=limit)
        if not unpacker.eof:  # at the limit the frame's end may remain to be read, without a byte more
            data += unpacker.decompress(b"", max_length=1)
    except (zstd.ZstdError, EOFError) as error:
        raise ValueError(f"it cannot be unpacked: {error}") from error
    if not unpacker.eof or len(data) > limit:
        raise ValueError(f"it unpacks to more than {limit:,} bytes, or is truncated")
    if unpacker.unused_data:
        raise ValueError("bytes follow its compressed content")
    return data


def saves(data: bytes | memoryview, level: int = _PROBE_LEVEL) -> bool:
    """Return whether compressing is worth the time of unpacking: it saves at least a sixty-fourth."""
    return len(compress(data, level)) <= len(data) - max(len(data) // 64, 32)


@functools.cache
def _zstd() -> ModuleType:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd
