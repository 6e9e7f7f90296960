"""Mutations of pictures and sounds that keep the format around them valid: lengths and checksums are made right."""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Sequence

from tests.fuzz.mutate import mutate_bytes

_OGG_TABLE = []
for _number in range(256):
    _value = _number << 24
    for _ in range(8):
        _value = (_value << 1) ^ (0x04C11DB7 if _value & 0x80000000 else 0)
    _OGG_TABLE.append(_value & 0xFFFFFFFF)


def _mutate_one(rng: random.Random, parts: list[bytes]) -> None:
    """Change, remove, double or move one of the parts of a file."""
    index = rng.randrange(len(parts))
    change = rng.randrange(8)
    if change == 0:
        parts[index : index + 1] = [parts[index]] * rng.choice((2, 3, 50))
    elif change == 1:
        del parts[index]
    elif change == 2:
        parts.append(parts.pop(index))
    else:
        parts[index] = mutate_bytes(rng, [parts[index]])


def mutate_png(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Change chunks of a PNG; their lengths and checksums are right."""
    data, at, chunks = rng.choice(seeds), 8, []
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        chunks.append(data[at + 4 : at + 8 + size])
        at += 12 + size
    for _ in range(rng.choice((1, 1, 2, 4))):
        if chunks:
            _mutate_one(rng, chunks)
    if rng.random() < 0.1:  # much text in few bytes
        bomb = zlib.compress(bytes(rng.choice((1 << 20, 1 << 26))), 9)
        kind = rng.choice((b"zTXtk\0\0", b"iCCPk\0\0", b"iTXtk\0\1\0\0\0"))
        chunks.insert(rng.randrange(len(chunks) + 1), kind + bomb)
    return data[:8] + b"".join(
        struct.pack(">I", max(len(chunk) - 4, 0)) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks
    )


def mutate_riff(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Change chunks of a WAVE or WebP file; their lengths are right."""
    data, at, chunks = rng.choice(seeds), 12, []
    while at + 8 <= len(data):
        (size,) = struct.unpack_from("<I", data, at + 4)
        chunks.append(data[at : at + 4] + data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    for _ in range(rng.choice((1, 1, 2, 4))):
        if chunks:
            _mutate_one(rng, chunks)
    body = b"".join(
        chunk[:4].ljust(4, b" ") + struct.pack("<I", max(len(chunk) - 4, 0)) + chunk[4:] + b"\0" * (len(chunk) % 2)
        for chunk in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + data[8:12] + body


def mutate_ogg(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Change pages of an Ogg file; their checksums are right, and so are most of their tables."""
    pages = [b"OggS" + page for page in rng.choice(seeds).split(b"OggS")[1:]]
    for _ in range(rng.choice((1, 1, 2, 4))):
        if not pages:
            break
        index = rng.randrange(len(pages))
        page = pages[index]
        body = 27 + (page[26] if len(page) > 26 else 0)
        if rng.random() < 0.6 and len(page) > body:
            pages[index] = page[:body] + mutate_bytes(rng, [page[body:]])[: len(page) - body].ljust(len(page) - body)
        else:
            _mutate_one(rng, pages)
    return b"".join(map(_checked_page, pages))


def _checked_page(page: bytes) -> bytes:
    if len(page) < 27:
        return page
    page = page[:22] + bytes(4) + page[26:]
    value = 0
    for byte in page:
        value = ((value << 8) & 0xFFFFFFFF) ^ _OGG_TABLE[(value >> 24) ^ byte]
    return page[:22] + struct.pack("<I", value) + page[26:]


_WORDS = [b"0", b"-1", b"1e9", b"1e38", b"-1e38", b"1e-40", b"nan", b"inf", b"99999999999", b"", b"%", b"100%", b"#0"]
_WORDS += [b"url(#g)", b"url(#a)", b"matrix(0 0 0 0 0 0)", b"scale(1e9)", b"rotate(1e30)", b"M0 0", b"a1 1 0 1 1 1e9 1"]
_WORDS += [b"c1 1" * 3000, b"<g>" * 5000, b"&a;", b"<![CDATA[", b"]]>", b"\0", b"0.00001", b"stroke-dasharray"]


def mutate_xml(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Replace names, values and brackets of an SVG or a map."""
    data = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        tokens = list(re.finditer(rb"[A-Za-z_:-]+|[-+0-9.e]+|<[^>]{0,200}>|[^\sA-Za-z0-9]", data))
        if not tokens:
            break
        token = rng.choice(tokens)
        change = rng.randrange(6)
        if change < 2:
            new = rng.choice(_WORDS)
        elif change == 2:
            new = rng.choice(tokens)[0]
        elif change == 3:
            new = token[0] * rng.choice((2, 50, 1000))
        elif change == 4:
            new = str(rng.choice((1, 7, 255, 65536, 1 << 31, 1 << 63))).encode()
        else:
            new = b""
        data = data[: token.start()] + new + data[token.end() :]
        if len(data) > 1 << 20:
            break
    return data
