"""The size of a picture by its header, before anything is decoded.

A file of a kilobyte may claim 60,000 x 60,000 pixels: 14 GB. So the header is read first, as the decoder reads it.

References
----------
PNG: W3C, Portable Network Graphics, 11.2.1. GIF89a, 18 to 20. BMP: BITMAPCOREHEADER, BITMAPINFOHEADER.
JPEG: ITU-T T.81, B.1.1.2 and B.2.2. WebP: RFC 9649. QOI: the specification, 1.0. TGA 2.0, field 5. SVG 2, 8.2.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator

from vfsloader.assets.loader import Asset
from vfsloader.assets.media_formats import PICTURE_FORMATS, picture_format, refused, svg_start
from vfsloader.errors import ResourceError
from vfsloader.quoting import plain

#: The most pixels that a picture may have: 16,384 x 8,192, half a gigabyte decoded.
MAX_PIXELS = 1 << 27
#: Pixels that each frame of a mod's sheet or animation counts for at least: a Surface costs memory however small it is.
MIN_FRAME_PIXELS = 4096
#: Pixels of an SVG's units, at 96 to the inch.
_UNITS = {"": 1.0, "px": 1.0, "pt": 1.25, "pc": 15.0, "mm": 3.779528, "cm": 37.79528, "in": 96.0, "em": 16.0, "ex": 8.0}
_LENGTH = re.compile(r"\s*([+-]?(?:\d{1,20}\.?\d{0,20}|\.\d{1,20})(?:e[+-]?\d{1,3})?)\s*(%|[a-z]{0,2})", re.IGNORECASE)
_SVG_ATTRIBUTE = re.compile(rb"""([\w:.-]{1,40})\s{0,8}=\s{0,8}(?:"([^"]*)"|'([^']*)')""")
#: The second byte of a JPEG's marker that has a length; garbage and fill bytes are before it.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_MAX_SEGMENTS = 100_000
#: A frame, an extension or the end of a GIF.
_GIF_BLOCK = re.compile(rb"[\x2c\x21\x3b]")
_MAX_BLOCKS = 2_000_000
#: Blocks of all comments of a GIF: Pillow copies what it has of them for each further one.
_MAX_COMMENT_BLOCKS = 4096
#: Longer start tags are not looked through.
_MAX_TAG_BYTES = 1 << 16


def picture_size(data: bytes, name: str = "") -> tuple[int, int] | None:
    r"""Return width and height in pixels from a picture's header; None for a format that is not known here.

    Of an animation, that is the size of its largest frame.

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
    return _size(data, picture_format(data, name))


def check_picture(asset: Asset) -> str | None:
    """Check format and size of a picture before it is decoded, and return its format.

    Raises
    ------
    ResourceError
        It claims more pixels than any game needs. Or it is a mod's, and in a format that mods may not use, or has more
        pixels than a mod's picture may have, or no header that says how many.
    """
    kind = picture_format(asset.data, asset.path)
    if not asset.is_trusted and kind not in PICTURE_FORMATS:
        raise refused(asset, kind, "picture", PICTURE_FORMATS)
    size = _size(asset.data, kind)
    if size is not None:
        if size[0] * size[1] > min(MAX_PIXELS, asset.limits.pixels):
            check_pixels(asset, size)
    elif not asset.is_trusted and kind != "svg":
        raise ResourceError.at(asset.path, f"{plain(asset.path)} in {plain(asset.layer)} is not a picture: "
                                           f"its header does not say how large it is")  # fmt: skip
    return kind


def check_pixels(asset: Asset, size: tuple[int, int]) -> None:
    """Reject a picture that is larger than this asset may be.

    Raises
    ------
    ResourceError
        It has more pixels than any game needs, or than a mod's file may have.
    """
    pixels = size[0] * size[1]
    most = min(MAX_PIXELS, asset.limits.pixels)
    if pixels > most:
        hint = "; a game can raise the limit: budget.pixels" if most < MAX_PIXELS else ""
        raise ResourceError.at(
            asset.path,
            f"{plain(asset.path)} in {plain(asset.layer)} claims {size[0]:,} x {size[1]:,} pixels; "
            f"at most {most:,} are decoded{hint}",
        )


def spend_frame(asset: Asset, width: int, height: int, count: int = 1) -> None:
    """Count pictures of one size that are made of an asset, before they are made.

    Raises
    ------
    BudgetError
        Together with those before, they have more pixels than may be made of one file.
    """
    asset.budget.spend("pixels", max(width * height, 1 if asset.is_trusted else MIN_FRAME_PIXELS) * count)


def check_animation(asset: Asset) -> str | None:
    """Check a picture and the sum of its frames before they are decoded; see :func:`check_picture`.

    Raises
    ------
    ResourceError, BudgetError
        It has more pixels than may be decoded.
    """
    kind = check_picture(asset)
    try:
        if kind == "gif":
            screen = struct.unpack_from("<HH", asset.data, 6)
            for width, height in _gif_frames(asset.data):
                spend_frame(asset, max(width, screen[0]), max(height, screen[1]))
        elif kind == "webp":
            size = _webp_size(asset.data) or (1, 1)
            for name, _ in _riff_chunks(asset.data):
                if name == b"ANMF":
                    spend_frame(asset, *size)
    except struct.error:  # cut off; decoding it gives a better error
        pass
    return kind


def svg_size(data: bytes) -> tuple[float, float] | None:
    """Return width and height of an SVG in pixels; None if its root element does not say.

    Examples
    --------
    >>> svg_size(b'<svg width="1in" height="20"/>'), svg_size(b"<svg viewBox='0 0 3 4'/>"), svg_size(b"<svg/>")
    ((96.0, 20.0), (3.0, 4.0), None)
    """
    start = svg_start(data)
    if start is None:
        return None
    end = data.find(b">", start, start + _MAX_TAG_BYTES)
    tag = data[start : end if end >= 0 else start]
    attributes = {
        match[1]: (match[2] or match[3] or b"").decode("latin-1") for match in _SVG_ATTRIBUTE.finditer(tag, 4)
    }
    width, height = (_length(attributes.get(name, "")) for name in (b"width", b"height"))
    box = attributes.get(b"viewBox", "").replace(",", " ").split()
    if len(box) == 4:
        width, height = width or _length(box[2]), height or _length(box[3])
    if not 0 < width < math.inf or not 0 < height < math.inf:
        return None
    return width, height


def _length(text: str) -> float:
    """Return a length in pixels; 0 if it is not one, or a part of something that is not known."""
    match = _LENGTH.match(text)
    return 0.0 if match is None else float(match[1]) * _UNITS.get(match[2].lower(), 0.0)


def _size(data: bytes, kind: str | None) -> tuple[int, int] | None:
    try:
        if kind == "png":
            return struct.unpack_from(">II", data, 16)
        if kind == "jpeg":
            return _jpeg_size(data)
        if kind == "gif":
            return _gif_size(data)
        if kind == "bmp":
            return _bmp_size(data)
        if kind == "qoi":
            return struct.unpack_from(">II", data, 4)
        if kind == "webp":
            return _webp_size(data)
        if kind == "tga":
            return struct.unpack_from("<HH", data, 12)
        if kind == "svg":
            size = svg_size(data)
            return None if size is None else (math.ceil(size[0]), math.ceil(size[1]))
    except struct.error:  # cut off in its header; decoding it gives a better error
        pass
    return None


def _bmp_size(data: bytes) -> tuple[int, int]:
    if struct.unpack_from("<I", data, 14)[0] == 12:
        return struct.unpack_from("<HH", data, 18)
    width, height = struct.unpack_from("<ii", data, 18)
    return abs(width), abs(height)


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Go from marker to marker as decoders do: any number of 0xFF may be before one, and garbage is skipped."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        found = _JPEG_MARKER.search(data, at)
        if found is None:
            return None
        marker, at = data[found.end() - 1], found.end()
        if marker in (0xD9, 0xDA):  # the end, or pixels without a size
            return None
        (length,) = struct.unpack_from(">H", data, at)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 3)
            return width, height
        if length < 2:
            return None
        at += length
    return None


def _gif_size(data: bytes) -> tuple[int, int]:
    """Return the size of the screen, or of a frame that is larger."""
    width, height = struct.unpack_from("<HH", data, 6)
    try:
        for frame_width, frame_height in _gif_frames(data):
            width, height = max(width, frame_width), max(height, frame_height)
    except (struct.error, IndexError):  # cut off: what came before counts
        pass
    return width, height


def _gif_frames(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the size of each frame, with its offset from the corner of the screen.

    A file of more blocks than any picture has yields one frame that is too large.
    """
    at = 13 + _colour_table(data, 10)
    left_blocks, left_comments = _MAX_BLOCKS, _MAX_COMMENT_BLOCKS
    while (found := _GIF_BLOCK.search(data, at)) is not None:  # decoders look for the next block, too
        at = found.start()
        block = data[at]
        if block == 0x2C:
            left, top, width, height = struct.unpack_from("<HHHH", data, at + 1)
            yield left + width, top + height
            at += 10 + _colour_table(data, at + 9) + 1
        elif block == 0x21:
            at += 2
        else:
            return
        is_comment = block == 0x21 and data[at - 1 : at] == b"\xfe"
        left_comments -= is_comment
        while at < len(data) and data[at]:
            at += data[at] + 1
            left_blocks -= 1
            left_comments -= is_comment
            if left_blocks < 0 or left_comments < 0:
                break
        if left_blocks < 0 or left_comments < 0:
            yield 0xFFFF, 0xFFFF
            return
        at += 1


def _colour_table(data: bytes, at: int) -> int:
    """Return the bytes of the colour table that flags announce."""
    flags = data[at] if at < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield the name of each part of a RIFF file, and where it begins."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, at
        at += 8 + size + size % 2


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        if len(data) < 30:
            return None
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return width, height
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
