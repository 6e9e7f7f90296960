"""The tiles of a layer of Tiled, as numbers and as the file has them: CSV, base64, zlib, gzip, zstd.

References
----------
Tiled, "TMX Map Format" and "Global Tile IDs", 1.11: a global tile id has 32 bits, little endian in base64, and the
highest four bits say how the tile is flipped.
"""

from __future__ import annotations

import base64
import binascii
import sys
import zlib
from array import array
from collections.abc import Sequence
from typing import Any

from vfsloader.quoting import quoted
from vfsloader.runtime.budget import Budget
from vfsloader.runtime.zstd import zstd

#: Bits of a global tile id: flipped left to right, upside down, along its diagonal, and turned by 120 degrees.
FLIPPED_H, FLIPPED_V, FLIPPED_D, TURNED_120 = 1 << 31, 1 << 30, 1 << 29, 1 << 28
FLAGS = FLIPPED_H | FLIPPED_V | FLIPPED_D | TURNED_120


def make_tiles(values: Any = ()) -> array[int]:
    """Return tiles as an array.

    Raises
    ------
    ValueError
        A number is not a global tile id.
    """
    try:
        return array("I", values)
    except (OverflowError, TypeError) as error:
        raise ValueError("a tile is not a whole number from 0 to 4294967295") from error


def decode_tiles(
    data: str | Sequence[Any] | array[int], encoding: str | None, compression: str | None, count: int, budget: Budget
) -> array[int]:
    r"""Return the tiles of a layer or chunk.

    Parameters
    ----------
    data
        The text of the file; with JSON, it may be a list of numbers.
    encoding, compression
        As the file names them.
    count
        How many tiles there must be.
    budget
        Limits the tiles.

    Raises
    ------
    ValueError
        The data is invalid, or of an unknown kind.

    Examples
    --------
    >>> list(decode_tiles("1,2,\n3,4", "csv", None, 4, Budget("a map")))
    [1, 2, 3, 4]
    """
    budget.spend("nodes", count)
    tiles: array[int]
    if isinstance(data, array):
        tiles = data
    elif not isinstance(data, str):
        tiles = make_tiles(data)
    elif encoding in ("csv", None, ""):
        if len(data) > 16 * count + 1024:
            raise ValueError(f"the layer has {len(data):,} characters for {count:,} tiles")
        tiles = make_tiles([int(number) for number in data.split(",") if number.strip()])
    elif encoding == "base64":
        try:
            packed = base64.b64decode("".join(data.split()), validate=True)
        except binascii.Error as error:
            raise ValueError(f"the layer is not valid base64: {error}") from error
        tiles = array("I")
        unpacked = _unpack(packed, compression, 4 * count)
        if len(unpacked) != 4 * count:
            raise ValueError(f"the layer does not have {count:,} tiles")
        tiles.frombytes(unpacked)
        if sys.byteorder == "big":
            tiles.byteswap()
    else:
        raise ValueError(f"the encoding {quoted(encoding)} is unknown; known are csv and base64")
    if len(tiles) != count:
        raise ValueError(f"the layer has {len(tiles):,} tiles, not {count:,}")
    return tiles


def encode_tiles(tiles: array[int], encoding: str | None, compression: str | None, width: int) -> str:
    r"""Return tiles as the text of a file.

    Examples
    --------
    >>> encode_tiles(make_tiles([1, 2, 3, 4]), "csv", None, 2)
    '1,2,\n3,4'
    """
    if encoding != "base64":
        rows = (",".join(map(str, tiles[at : at + width])) for at in range(0, len(tiles), max(width, 1)))
        return ",\n".join(rows)
    plain = array("I", tiles)
    if sys.byteorder == "big":
        plain.byteswap()
    return base64.b64encode(_pack(plain.tobytes(), compression)).decode()


def _unpack(packed: bytes, compression: str | None, size: int) -> bytes:
    """Unpack at most one byte more than the layer has."""
    try:
        if not compression:
            return packed
        if compression in ("zlib", "gzip"):
            return zlib.decompressobj(zlib.MAX_WBITS | (16 if compression == "gzip" else 0)).decompress(
                packed, size + 1
            )
        if compression == "zstd":
            data: bytes = zstd().ZstdDecompressor().decompress(packed, size + 1)
            return data
    except (zlib.error, EOFError, zstd().ZstdError) as error:
        raise ValueError(f"the layer cannot be unpacked: {error}") from error
    raise ValueError(f"the compression {quoted(compression)} is unknown; known are zlib, gzip and zstd")


def _pack(data: bytes, compression: str | None) -> bytes:
    if compression == "zlib":
        return zlib.compress(data)
    if compression == "gzip":
        packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)  # without a time: the same tiles give the same bytes
        return packer.compress(data) + packer.flush()
    if compression == "zstd":
        packed: bytes = zstd().compress(data)
        return packed
    return data
