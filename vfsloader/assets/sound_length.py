"""An upper bound for the length of a sound, before anything is decoded.

Silence compresses well: a file of 100 KB may decode to hours, and a mixer decodes a sound whole. The length in a header
cannot be trusted, so the packets and frames are counted, each of which decodes to a limited number of samples. The
result is never too short, and for music it is about right.

References
----------
Ogg: RFC 3533. Vorbis I, 4.2.2. Opus: RFC 7845, RFC 6716 3.1. FLAC: RFC 9639, 8.2 and 9.1. WAVE: RIFF, ``fmt``.
MP3: ISO 11172-3, 2.4.1.3.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from vfsloader.assets.loader import Asset
from vfsloader.assets.media_formats import need_sound
from vfsloader.errors import ResourceError
from vfsloader.quoting import plain

#: The longest sound that is decoded whole, in seconds; longer ones are music, which is streamed.
MAX_SECONDS = 1800.0
_FLAC_FRAME = re.compile(rb"\xff[\xf8\xf9]")
#: The first eleven bits, and layer III.
_MP3_FRAME = re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]")
_MP3_KILOBITS = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_MP3_RATES = (44100, 48000, 32000)
_MP3_SAMPLES = 1152


def sound_seconds(data: bytes) -> float | None:
    r"""Return the most seconds that a sound can have; None for a format that is not known here.

    Parameters
    ----------
    data
        The file's content.

    Examples
    --------
    >>> import struct
    >>> head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", 0)
    >>> sound_seconds(head + bytes(16000))
    1.0
    """
    try:
        if data.startswith(b"OggS"):
            return _ogg_seconds(data)
        if data.startswith(b"fLaC"):
            return _flac_seconds(data)
        if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
            return _wave_seconds(data)
        if data.startswith(b"ID3") or _MP3_FRAME.match(data):
            return _mp3_seconds(data)
    except (struct.error, ZeroDivisionError, IndexError):  # cut off in its header; decoding it gives a better error
        pass
    return None


def check_sound(asset: Asset) -> str | None:
    """Check format and length of a sound before it is decoded, and return its format.

    Raises
    ------
    ResourceError
        It would decode to more than a game plays at once. Or it is a mod's, and in a format that mods may not use.
    """
    kind = need_sound(asset)
    seconds = sound_seconds(asset.data)
    if seconds is not None and seconds > MAX_SECONDS:
        raise ResourceError.at(
            asset.path,
            f"{plain(asset.path)} in {plain(asset.layer)} may be {seconds / 60:,.0f} minutes long; "
            f"at most {MAX_SECONDS / 60:.0f} are decoded; play it as music, which is streamed",
        )
    return kind


def wave_data(data: bytes) -> tuple[int, int, float] | None:
    """Return the bytes of a WAVE file's samples, the bytes of a frame, and the frames a second; None if it has none.

    Examples
    --------
    >>> import struct
    >>> head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", 9)
    >>> wave_data(head + bytes(6))
    (6, 2, 8000)
    """
    frame = rate = 0
    for name, at, size in _riff_parts(data):
        if name == b"fmt " and len(data) - at >= 16:
            channels, rate, _, frame, bits = struct.unpack_from("<HIIHH", data, at + 2)
            frame = max(frame, channels * bits // 8)
        elif name == b"data":
            return min(size, len(data) - at), frame, rate
    return None


def _riff_parts(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each part of a RIFF file, where its content begins, and how long it says that is."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, at + 8, size
        at += 8 + size + size % 2


def _ogg_seconds(data: bytes) -> float | None:
    """Go from packet to packet."""
    heads = list(_ogg_packets(data))
    first = heads[0] if heads else b""
    if first.startswith(b"\x01vorbis"):
        rate: int = struct.unpack_from("<I", first, 12)[0]
        return len(heads) * (1 << (first[28] >> 4)) / 2 / rate
    if first.startswith(b"OpusHead"):
        return sum(map(_opus_seconds, heads[2:]))
    if first.startswith(b"\x7fFLAC"):
        return _flac_seconds(first[9:] + data)
    return None


def _ogg_packets(data: bytes) -> Iterator[bytes]:
    """Yield the first bytes of each packet: a value below 255 in a page's table ends one."""
    at, begun = 0, False
    while data.startswith(b"OggS", at):
        count = data[at + 26]
        table = data[at + 27 : at + 27 + count]
        at += 27 + count
        for length in table:
            if not begun:
                yield data[at : at + 64]
            begun = length == 255
            at += length


def _opus_seconds(head: bytes) -> float:
    kind = head[0] >> 3 if head else 0
    step = (0.01, 0.02, 0.04, 0.06)[kind & 3] if kind < 12 else (0.01, 0.02)[kind & 1]
    if kind >= 16:
        step = (0.0025, 0.005, 0.01, 0.02)[kind & 3]
    frames = (1, 2, 2, head[1] & 63 if len(head) > 1 else 1)[head[0] & 3] if head else 1
    return min(step * frames, 0.12)


def _flac_seconds(data: bytes) -> float:
    largest = struct.unpack_from(">H", data, 10)[0] or 65535
    rate = int.from_bytes(data[18:21], "big") >> 4
    return len(_FLAC_FRAME.findall(data)) * largest / rate


def _wave_seconds(data: bytes) -> float | None:
    for name, at, size in _riff_parts(data):
        if name == b"fmt ":
            tag: int
            channels: int
            rate: int
            frame: int
            bits: int
            tag, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", data, at)
            left = max(len(data) - at - size - 8, 0)  # what follows it and the head of the next part
            if not rate:
                return None
            if tag in (1, 3, 0xFFFE):
                return left // max(frame, 1) / rate
            return left * 8 / max(bits, 1) / max(channels, 1) / rate  # blocks, each of many frames
    return None


def _mp3_seconds(data: bytes) -> float:
    """Go from frame to frame, as a decoder does."""
    seconds, at = 0.0, 0
    while (found := _MP3_FRAME.search(data, at)) is not None:
        at = found.start()
        frame = _mp3_frame(data[at + 1 : at + 3])
        at += 1 if frame is None else frame[0]
        seconds += 0.0 if frame is None else frame[1]
    return seconds


def _mp3_frame(head: bytes) -> tuple[int, float] | None:
    """Return the bytes and seconds of a layer III frame; None if the two bytes do not begin one."""
    if len(head) < 2 or head[1] >> 4 == 15 or head[1] >> 2 & 3 == 3:
        return None
    version = head[0] >> 3 & 3
    halved = version != 3  # MPEG 2 and 2.5
    rate = _MP3_RATES[head[1] >> 2 & 3] >> {3: 0, 2: 1, 0: 2}[version]
    kilobits = _MP3_KILOBITS[halved][head[1] >> 4] or 8  # 0: an unspecified rate; the lowest gives the longest frame
    samples = _MP3_SAMPLES >> halved
    return max(samples // 8 * kilobits * 1000 // rate + (head[1] >> 1 & 1), 4), samples / rate
