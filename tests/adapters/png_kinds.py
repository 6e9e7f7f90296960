"""PNG files of every kind that the format knows, written here: the kinds of PngSuite, and those that it leaves out."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGBA: 4}
DEPTHS = {GREY: (1, 2, 4, 8, 16), RGB: (8, 16), PALETTE: (1, 2, 4, 8), GREY_ALPHA: (8, 16), RGBA: (8, 16)}
#: First column and row, and the steps, of the seven passes of an interlaced picture.
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    colour: int,
    depth: int,
    size: tuple[int, int] = (37, 21),
    *,
    interlaced: bool = False,
    trns: bytes | None = None,
    palette: bytes | None = None,
    extra: bytes = b"",
    extra_after: bytes = b"",
    idat_bytes: int = 1 << 20,
    filters: tuple[int, ...] = (0, 1, 2, 3, 4),
    level: int = 6,
    seed: int = 0,
    flat: bool = False,
) -> bytes:
    """Make a picture of random samples.

    Parameters
    ----------
    trns, palette
        The contents of these chunks; a palette picture gets a random palette if left out.
    extra, extra_after
        Further chunks before the palette, and before the pixels.
    idat_bytes
        How many bytes of pixels are in one chunk.
    filters
        The filters of the rows, chosen at random.
    flat
        Samples that repeat, so that a transparent colour is hit.
    """
    chance = random.Random(f"{seed} {colour} {depth} {size} {interlaced}")
    if colour == PALETTE and palette is None:
        palette = chance.randbytes(3 * (1 << depth))
    width, height = size
    entries = len(palette) // 3 if palette is not None and colour == PALETTE else 1 << depth
    top = 3 if flat else entries

    def rows(columns: int, lines: int) -> bytes:
        if columns <= 0 or lines <= 0:
            return b""
        out = []
        before = bytes(-(-columns * CHANNELS[colour] * depth // 8))
        for _ in range(lines):
            samples = [chance.randrange(min(top, entries)) for _ in range(columns * CHANNELS[colour])]
            line = _packed(samples, depth)
            kind = chance.choice(filters)
            out.append(bytes([kind]) + _filtered(kind, line, before, max(CHANNELS[colour] * depth // 8, 1)))
            before = line
        return b"".join(out)

    if interlaced:
        raw = b"".join(
            rows(-(-(width - left) // across), -(-(height - top_row) // down)) for left, top_row, across, down in PASSES
        )
    else:
        raw = rows(width, height)
    packed = zlib.compress(raw, level)
    idats = b"".join(chunk(b"IDAT", packed[at : at + idat_bytes]) for at in range(0, len(packed), idat_bytes))
    return (
        SIGNATURE
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))
        + extra
        + (chunk(b"PLTE", palette) if palette is not None else b"")
        + (chunk(b"tRNS", trns) if trns is not None else b"")
        + extra_after
        + idats
        + chunk(b"IEND")
    )


def kinds() -> Iterator[tuple[str, bytes]]:
    """Yield a picture of each kind with a name for it."""
    for colour, depths in DEPTHS.items():
        for depth in depths:
            for interlaced in (False, True):
                name = f"colour {colour}, {depth} bits{', interlaced' * interlaced}"
                yield name, png(colour, depth, interlaced=interlaced)
                for size in ((1, 1), (2, 1), (1, 3), (3, 2), (7, 5), (8, 8), (33, 9)):
                    yield f"{name}, {size}", png(colour, depth, size, interlaced=interlaced)
                if colour == PALETTE:
                    yield from _transparent_palettes(name, depth, interlaced)
                elif colour in (GREY, RGB):
                    values = (0,) if colour == GREY else (0, 1, 2)
                    for trns in (
                        struct.pack(f">{len(values)}H", *values),
                        struct.pack(f">{len(values)}H", *[999] * len(values)),
                    ):
                        yield (
                            f"{name}, tRNS {trns.hex()}",
                            png(colour, depth, interlaced=interlaced, trns=trns, flat=True),
                        )
                if colour in (RGB, RGBA):
                    suggested = png(colour, depth, interlaced=interlaced, palette=bytes(range(30)))
                    yield f"{name}, a suggested palette", suggested
    for kind in range(5):
        yield f"filter {kind}", png(RGBA, 8, filters=(kind,))
        yield f"filter {kind}, RGB", png(RGB, 8, filters=(kind,))
    for level in (0, 1, 9):
        yield f"level {level}", png(RGB, 8, (200, 100), level=level)
    for size in (1, 7, 100):
        yield f"IDAT of {size} bytes", png(RGBA, 8, idat_bytes=size)
    ancillary = {
        b"gAMA": struct.pack(">I", 100_000),
        b"cHRM": struct.pack(">8I", *range(30_000, 38_000, 1000)),
        b"sRGB": b"\0",
        b"sBIT": b"\5\6\5",
        b"tEXt": b"Title\0a picture",
        b"tIME": bytes([7, 231, 1, 1, 1, 1, 1]),
        b"pHYs": struct.pack(">IIB", 100, 200, 1),
        b"unKn": b"nobody knows this chunk",
        b"acTL": struct.pack(">II", 1, 0),
    }
    for key, value in ancillary.items():
        yield f"with {key.decode()}", png(RGB, 8, extra=chunk(key, value))
    yield "with a gamma of 0.35", png(RGB, 8, extra=chunk(b"gAMA", struct.pack(">I", 35_000)))
    yield "with a background", png(RGBA, 8, extra_after=chunk(b"bKGD", struct.pack(">3H", 1, 2, 3)))
    yield "with a histogram", png(PALETTE, 2, extra_after=chunk(b"hIST", struct.pack(">4H", 1, 2, 3, 4)))
    yield "indexes beyond the palette", png(PALETTE, 8, palette=bytes(range(9)), seed=1)


def _transparent_palettes(name: str, depth: int, interlaced: bool) -> Iterator[tuple[str, bytes]]:
    count = 1 << depth
    for trns in (
        b"\0",
        b"\xff",
        b"\xff\0",
        b"\x80",
        b"\0\0"[:count],
        b"\xff" * count,
        b"\0" * count,
        bytes(index * 255 // (count - 1) for index in range(count)),
        b"\xff" * (count - 1) + b"\0",
    ):
        yield f"{name}, tRNS {trns.hex()[:20]}", png(PALETTE, depth, interlaced=interlaced, trns=trns)
    double = bytes([9, 9, 9] * count)
    yield (
        f"{name}, one colour twice, once transparent",
        png(PALETTE, depth, interlaced=interlaced, trns=b"\0", palette=double),
    )


def _packed(samples: list[int], depth: int) -> bytes:
    if depth == 8:
        return bytes(samples)
    if depth == 16:
        return struct.pack(f">{len(samples)}H", *samples)
    out = bytearray(-(-len(samples) * depth // 8))
    for index, sample in enumerate(samples):
        at = index * depth
        out[at // 8] |= sample << (8 - depth - at % 8)
    return bytes(out)


def _filtered(kind: int, line: bytes, before: bytes, step: int) -> bytes:
    out = bytearray()
    for index, value in enumerate(line):
        left = line[index - step] if index >= step else 0
        up = before[index]
        corner = before[index - step] if index >= step else 0
        out.append((value - (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]) & 255)
    return bytes(out)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    distances = abs(guess - left), abs(guess - up), abs(guess - corner)
    if distances[0] <= distances[1] and distances[0] <= distances[2]:
        return left
    return up if distances[1] <= distances[2] else corner
