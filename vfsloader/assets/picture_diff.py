"""Where two pictures differ, as few small rectangles; and PNG files, read and written without an engine.

References
----------
W3C, "Portable Network Graphics (PNG) Specification (Third Edition)".
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from vfsloader.assets.edits.compose import Picture

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: By the colour type, the channels of a pixel.
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
#: Rectangles that are nearer to each other become one: each costs a file and a table.
_GAP = 16
_MAX_PIXELS = 1 << 26

Rectangle = tuple[int, int, int, int]


def differing_rectangles(old: Picture, new: Picture) -> list[Rectangle]:
    """Return rectangles that together contain every pixel that differs: x, y, width and height.

    Parameters
    ----------
    old, new
        Pictures of the same size.

    Examples
    --------
    >>> before = Picture(40, 2, bytes(4 * 80))
    >>> after = before.copy()
    >>> after.paste((1, 0, 1, 1), b"1234"), after.paste((38, 1, 2, 1), b"12345678")
    (None, None)
    >>> differing_rectangles(before, after)
    [(1, 0, 1, 1), (38, 1, 2, 1)]
    """
    row = old.width * 4
    before, after = memoryview(old.pixels), memoryview(new.pixels)
    differing: dict[int, int] = {}
    for y in range(old.height):
        one, other = before[y * row : (y + 1) * row], after[y * row : (y + 1) * row]
        if one != other:
            differing[y] = int.from_bytes(one, "big") ^ int.from_bytes(other, "big")
    return sorted(_cut(differing, sorted(differing), row), key=lambda area: (area[1], area[0]))


def _cut(differing: dict[int, int], rows: list[int], row: int) -> Iterator[Rectangle]:
    """Cut along empty rows and columns, one after the other, until nothing can be cut."""
    waiting: list[tuple[list[int], int, int]] = [(rows, 0, row // 4)]
    while waiting:
        rows, left, right = waiting.pop()
        columns = _columns(differing, rows, left, right, row)
        if not columns:
            continue
        if len(columns) > 1:
            waiting += [(rows, start, end) for start, end in columns]
            continue
        ((left, right),) = columns
        mask = ((1 << (right - left) * 32) - 1) << (row // 4 - right) * 32
        filled = [y for y in rows if differing[y] & mask]
        bands: list[list[int]] = []
        for y in filled:
            if bands and y - bands[-1][-1] <= _GAP:
                bands[-1].append(y)
            else:
                bands.append([y])
        if len(bands) > 1:
            waiting += [(band, left, right) for band in bands]
        else:
            yield left, filled[0], right - left, filled[-1] - filled[0] + 1


def _columns(differing: dict[int, int], rows: list[int], left: int, right: int, row: int) -> list[tuple[int, int]]:
    """Return the ranges of columns in which any of the rows differs."""
    together = 0
    for y in rows:
        together |= differing[y]
    line = together.to_bytes(row, "big")[left * 4 : right * 4]
    ranges: list[tuple[int, int]] = []
    for match in re.finditer(rb"[^\0]+", line):
        start, end = left + match.start() // 4, left + (match.end() + 3) // 4
        if ranges and start - ranges[-1][1] <= _GAP:
            ranges[-1] = (ranges[-1][0], max(end, ranges[-1][1]))
        else:
            ranges.append((start, end))
    return ranges


def write_png(width: int, height: int, rgba: bytes) -> bytes:
    """Return pixels as a PNG file: as small as two simple ways of filtering make it.

    Examples
    --------
    >>> read_png(write_png(2, 1, b"abcdefgh")).pixels
    b'abcdefgh'
    """
    row = width * 4
    plain = b"".join(b"\0" + rgba[start : start + row] for start in range(0, len(rgba), row))
    above = bytes(row)
    lines = []
    for start in range(0, len(rgba), row):
        line = rgba[start : start + row]
        lines.append(b"\2" + bytes([(here - up) & 255 for here, up in zip(line, above, strict=True)]))
        above = line
    packed = min((zlib.compress(data, 9) for data in (plain, b"".join(lines))), key=len)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def read_png(data: bytes) -> Picture:
    """Decode a PNG file of 8 bits a channel, or with a palette, that is not interlaced.

    Raises
    ------
    ValueError
        It is damaged, or of another kind: 16 bits a channel, or interlaced.
    """
    try:
        return _read_png(data)
    except (struct.error, zlib.error, IndexError) as error:
        raise ValueError(f"it is not a PNG file, or damaged: {error}") from None


def _read_png(data: bytes) -> Picture:
    if not data.startswith(_SIGNATURE):
        raise ValueError("it is not a PNG file: its first bytes are not a PNG signature")
    at, packed, palette, transparent = 8, bytearray(), b"", b""
    width = height = depth = kind = 0
    while at + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + size]
        at += size + 12
        if name == b"IHDR":
            width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            is_readable = kind in _CHANNELS and not interlaced and (depth == 8 or (kind in (0, 3) and depth < 8))
            if not is_readable or not 0 < width * height <= _MAX_PIXELS:
                raise ValueError("it is interlaced, has 16 bits a channel, or is too large")
        elif name == b"PLTE":
            palette = body
        elif name == b"tRNS":
            transparent = body
        elif name == b"IDAT":
            packed += body
        elif name == b"IEND":
            break
    channels = _CHANNELS[kind]
    stride = (width * channels * depth + 7) // 8
    raw = zlib.decompressobj().decompress(bytes(packed), (stride + 1) * height + 1)
    if len(raw) < (stride + 1) * height:
        raise ValueError("it is cut short")
    step = max(1, channels * depth // 8)
    lines = list(_unfiltered(raw, stride, height, step))
    if depth < 8:
        lines = [_unpacked(line, depth, width, scale=kind == 0) for line in lines]
    pixels = b"".join(lines)
    return Picture(
        width, height, _rgba(pixels, kind, palette, transparent, depth), has_alpha=kind in (4, 6) or bool(transparent)
    )


def _unfiltered(raw: bytes, stride: int, height: int, step: int) -> Iterator[bytes]:
    above = bytearray(stride)
    for start in range(0, height * (stride + 1), stride + 1):
        method, line = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        if method == 1:
            for index in range(step, stride):
                line[index] = (line[index] + line[index - step]) & 255
        elif method == 2:
            line = bytearray([(here + up) & 255 for here, up in zip(line, above, strict=True)])
        elif method == 3:
            for index in range(stride):
                left = line[index - step] if index >= step else 0
                line[index] = (line[index] + (left + above[index]) // 2) & 255
        elif method == 4:
            for index in range(stride):
                left, corner = (line[index - step], above[index - step]) if index >= step else (0, 0)
                up = above[index]
                guess = left + up - corner
                by_left, by_up, by_corner = abs(guess - left), abs(guess - up), abs(guess - corner)
                best = left if by_left <= by_up and by_left <= by_corner else up if by_up <= by_corner else corner
                line[index] = (line[index] + best) & 255
        elif method:
            raise ValueError(f"it has a line with the filter {method}")
        above = line
        yield bytes(line)


def _unpacked(line: bytes, depth: int, width: int, *, scale: bool) -> bytes:
    most = (1 << depth) - 1
    values = (byte >> shift & most for byte in line for shift in range(8 - depth, -1, -depth))
    return bytes([value * 255 // most if scale else value for value, _ in zip(values, range(width), strict=False)])


def _rgba(pixels: bytes, kind: int, palette: bytes, transparent: bytes, depth: int) -> bytes:
    if kind == 6:
        return pixels
    count = len(pixels) // _CHANNELS[kind]
    out = bytearray(b"\xff") * (count * 4)
    if kind == 3:
        if max(pixels, default=0) * 3 >= len(palette):
            raise ValueError("it names a colour that its palette does not have")
        for channel in range(3):
            out[channel::4] = pixels.translate(palette[channel::3].ljust(256, b"\0"))
        out[3::4] = pixels.translate(transparent.ljust(256, b"\xff"))
        return bytes(out)
    for channel in range(3):
        out[channel::4] = pixels[channel if kind == 2 else 0 :: _CHANNELS[kind]]
    if kind == 4:
        out[3::4] = pixels[1::2]
    elif transparent:
        most = (1 << depth) - 1
        wanted = [value & most for value in struct.unpack(f">{len(transparent) // 2}H", transparent)]
        clear = bytes([value * 255 // most for value in wanted] * (3 if kind == 0 else 1))
        for at in range(0, len(out), 4):
            if out[at : at + 3] == clear:
                out[at + 3] = 0
    return bytes(out)
