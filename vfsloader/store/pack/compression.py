"""Compressed chunks: zstd frames, each of which unpacks by itself, so that a file can be read from anywhere.

References
----------
RFC 8878, Zstandard Compression. The module is ``compression.zstd`` of Python 3.14; before that the same code
comes from the package ``backports.zstd``.
"""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: The level at which packs are made: slow to make, quick to read, as all levels are.
DEFAULT_LEVEL = 19
LEVELS = range(1, 23)
#: At this level it is tried whether a file gets smaller at all: most of what does not is a picture or a sound.
_PROBE_LEVEL = 1


def compress(data: bytes | memoryview, level: int) -> bytes:
    """Make one frame; the same bytes for the same data from the same version of zstd."""
    return zstd.compress(data, level)


def decompress(frame: bytes, limit: int) -> bytes:
    """Unpack one frame.

    Parameters
    ----------
    frame
        What :func:`compress` gave; from a stranger, so that nothing that it says of itself is believed.
    limit
        Bytes that it may unpack to.

    Raises
    ------
    ValueError
        It is no frame, or several, or unpacks to more.
    """
    window = {int(zstd.DecompressionParameter.window_log_max): max((limit - 1).bit_length(), 10)}
    unpacker = zstd.ZstdDecompressor(options=window)
    try:
        data = unpacker.decompress(frame, max_length=limit)
        if not unpacker.eof:  # at the limit the frame's end may still be to read, without a byte more
            data += unpacker.decompress(b"", max_length=1)
    except (zstd.ZstdError, EOFError) as error:
        raise ValueError(f"it cannot be unpacked: {error}") from error
    if not unpacker.eof or len(data) > limit:
        raise ValueError(f"it unpacks to more than {limit:,} bytes, or is cut off")
    if unpacker.unused_data:
        raise ValueError("bytes follow its compressed content")
    return data


def saves(data: bytes | memoryview, level: int = _PROBE_LEVEL) -> bool:
    """Tell whether compressing is worth the time of unpacking: at least a sixty-fourth less."""
    return len(zstd.compress(data, level)) <= len(data) - max(len(data) // 64, 32)
