"""Compressed contents: zstd frames that unpack independently, so that a file can be read from any position.

Each frame but the last unpacks to :data:`FRAME_BYTES`. Where there are several, a seek table follows, which is a frame
that other readers skip.

References
----------
RFC 8878, Zstandard Compression, and the Zstandard Seekable Format.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from vfsloader.runtime.zstd import zstd

#: Bytes that a frame unpacks to.
FRAME_BYTES = 256 << 10
_SKIPPABLE, _SEEKABLE = 0x184D2A5E, 0x8F92EAB1
_TABLE_HEAD, _TABLE_FOOT = struct.Struct("<II"), struct.Struct("<IBI")
#: The level at which packs are built: slow to compress; all levels unpack equally fast.
DEFAULT_LEVEL = 19
LEVELS = range(1, 23)
#: The level for trying whether a file gets smaller at all: most files that do not are pictures and sounds.
_PROBE_LEVEL = 1


def compress(data: bytes | memoryview, level: int) -> bytes:
    """Return one frame; one version of zstd always returns the same bytes for the same data."""
    frame: bytes = zstd().compress(data, level)
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
    module = zstd()
    window = {int(module.DecompressionParameter.window_log_max): max((limit - 1).bit_length(), 10)}
    unpacker = module.ZstdDecompressor(options=window)
    try:
        data: bytes = unpacker.decompress(frame, max_length=limit)
        if not unpacker.eof:  # at the limit the frame's end may remain to be read, without a byte more
            data += unpacker.decompress(b"", max_length=1)
    except (module.ZstdError, EOFError) as error:
        raise ValueError(f"it cannot be unpacked: {error}") from error
    if not unpacker.eof or len(data) > limit:
        raise ValueError(f"it unpacks to more than {limit:,} bytes, or is truncated")
    if unpacker.unused_data:
        raise ValueError("bytes follow its compressed content")
    return data


def saves(data: bytes | memoryview, level: int = _PROBE_LEVEL) -> bool:
    """Return whether compressing is worth the time of unpacking: it saves at least a sixty-fourth."""
    return len(compress(data, level)) <= len(data) - max(len(data) // 64, 32)


def table_bytes(size: int) -> int:
    """Return the bytes of the seek table of a content of `size` bytes: none for one frame."""
    count = -(-size // FRAME_BYTES)
    return 0 if count < 2 else _TABLE_HEAD.size + 8 * count + _TABLE_FOOT.size


def seek_table(lengths: Sequence[int], size: int) -> bytes:
    """Return the seek table for frames of these lengths, which unpack to `size` bytes.

    Examples
    --------
    >>> frame_lengths(seek_table([30, 20], 300_000), 300_000, 50 + table_bytes(300_000))
    [30, 20]
    """
    rows = b"".join(
        struct.pack("<II", length, min(size - number * FRAME_BYTES, FRAME_BYTES))
        for number, length in enumerate(lengths)
    )
    foot = _TABLE_FOOT.pack(len(lengths), 0, _SEEKABLE)
    return _TABLE_HEAD.pack(_SKIPPABLE, len(rows) + len(foot)) + rows + foot


def frame_lengths(table: bytes, size: int, stored: int) -> list[int]:
    """Return the lengths of the frames of a content.

    Parameters
    ----------
    table
        Its seek table. It may be untrusted.
    size, stored
        Its bytes, unpacked and as stored.

    Raises
    ------
    ValueError
        The table is not the one of such a content.
    """
    if len(table) != table_bytes(size):
        raise ValueError("a content is too short for its seek table")
    lengths = [length for length, _ in struct.iter_unpack("<II", table[8:-9])]
    if seek_table(lengths, size) != table or sum(lengths) + len(table) != stored:
        raise ValueError("the seek table of a content is wrong")
    return lengths
