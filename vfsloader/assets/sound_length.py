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

from vfsloader.errors import ResourceError

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


def refuse_endless_sound(data: bytes, path: str, layer: str) -> None:
    """Refuse a sound that would decode to more than a game plays at once.

    Raises
    ------
    ResourceError
        It would.
    """
    seconds = sound_seconds(data)
    if seconds is not None and seconds > MAX_SECONDS:
        sentence = (
            f"{path} in {layer} may be {seconds / 60:,.0f} minutes long; at most {MAX_SECONDS / 60:.0f} are decoded"
        )
        raise ResourceError.at(path, f"{sentence}; play it as music, which is streamed")


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
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"fmt ":
            rate, _, frame = struct.unpack_from("<IIH", data, at + 12)
            samples = len(data) - at - 8 - size - 8  # what follows it and the head of the next part
            return max(samples, 0) // max(frame, 1) / rate if rate else None
        at += 8 + size + size % 2
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
