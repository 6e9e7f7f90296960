"""The size of a picture by its header, before anything is decoded.

A file of a kilobyte may claim 60,000 x 60,000 pixels: 14 GB. So the header is read first.

References
----------
PNG: W3C, Portable Network Graphics, 11.2.1. GIF89a, 18. BMP: BITMAPINFOHEADER. JPEG: ITU-T T.81, B.2.2. WebP:
RFC 9649. QOI: the specification, 1.0. TGA 2.0, field 5.
"""

from __future__ import annotations

import struct

from vfsloader.errors import ResourceError

#: The most pixels that a picture may have: 16,384 x 8,192, half a gigabyte decoded.
MAX_PIXELS = 1 << 27


def picture_size(data: bytes, name: str = "") -> tuple[int, int] | None:
    r"""Return width and height in pixels from a picture's header; None for a format that is not known here.

    Parameters
    ----------
    data
        The file's content.
    name
        Its name: a TGA has no signature and is recognised by it.

    Examples
    --------
    >>> picture_size(b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes([0, 0, 1, 0, 0, 0, 0, 64]))
    (256, 64)
    """
    try:
        return _size(data, name)
    except struct.error:  # cut off in its header; decoding it gives a better error
        return None


def refuse_huge_picture(data: bytes, path: str, layer: str) -> None:
    """Refuse a picture that claims more pixels than any game needs.

    Raises
    ------
    ResourceError
        It does.
    """
    size = picture_size(data, path)
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        sentence = f"{path} in {layer} claims {size[0]:,} x {size[1]:,} pixels; at most {MAX_PIXELS:,} are decoded"
        raise ResourceError.at(path, sentence)


def _size(data: bytes, name: str) -> tuple[int, int] | None:
    start = data[:16]
    if start.startswith(b"\x89PNG"):
        return struct.unpack_from(">II", data, 16)
    if start.startswith((b"GIF87a", b"GIF89a")):
        return struct.unpack_from("<HH", data, 6)
    if start.startswith(b"BM"):
        width, height = struct.unpack_from("<ii", data, 18)
        return abs(width), abs(height)
    if start.startswith(b"qoif"):
        return struct.unpack_from(">II", data, 4)
    if start.startswith(b"\xff\xd8"):
        return _jpeg_size(data)
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return _webp_size(data)
    if name.lower().endswith(".tga"):
        return struct.unpack_from("<HH", data, 12)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at < len(data):
        marker, length = struct.unpack_from(">HH", data, at)
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker < 0xFF00 or length < 2:
            return None
        at += 2 + length
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
