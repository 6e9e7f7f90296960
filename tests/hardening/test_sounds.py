"""Sounds that are small and decode to hours, and sounds that are what they seem."""

from __future__ import annotations

import struct
from pathlib import Path

import arcade
import pytest

from vfsloader import Store
from vfsloader.assets.sound_length import MAX_SECONDS, sound_seconds
from vfsloader.errors import ResourceError

REAL = [
    file
    for folder in (Path(arcade.__file__).parent / "resources", Path(__file__).parents[2] / "demo_game" / "assets")
    for file in sorted(folder.rglob("*"))
    if file.suffix in (".ogg", ".wav", ".mp3", ".flac")
]


def page(packets: int, body: bytes = b"\0") -> bytes:
    """Write a page of Ogg with so many packets of one body."""
    head = b"OggS" + bytes(22) + bytes([packets])
    return head + bytes([len(body)] * packets) + body * packets


def vorbis(packets: int, rate: int = 44100) -> bytes:
    ident = b"\x01vorbis" + struct.pack("<IBIIIIBB", 0, 2, rate, 0, 0, 0, 0xD8, 1)
    return page(1, ident) + page(250) * (packets // 250)


@pytest.mark.parametrize("file", REAL, ids=lambda file: file.name)
def test_real_sounds_are_never_taken_for_shorter(screen: object, file: Path) -> None:
    import pygame

    seconds = sound_seconds(file.read_bytes())
    real = pygame.mixer.Sound(file).get_length()
    assert seconds is not None
    assert real * 0.99 - 0.05 <= seconds <= real * 1.3 + 2.0


@pytest.mark.parametrize(
    ("data", "minutes"),
    [
        (vorbis(250_000), 380),
        (vorbis(1000, rate=1), 60_000),
        (page(1, b"OpusHead" + bytes(11)) + page(1, b"OpusTags") + page(250, b"\x1b\xbf") * 400, 199),
        (
            b"fLaC" + bytes(6) + b"\xff\xff" + bytes(6) + (44100 << 4).to_bytes(3, "big") + b"\xff\xf8\0" * 100_000,
            2_400,
        ),
        (struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, 1, 1, 1, 1, 8) + bytes(500_000), 8_000),
        (b"\xff\xe3\x18\0" * 500_000, 60),
    ],
    ids=["vorbis", "a rate of one", "opus", "flac", "wav", "mp3"],
)
def test_hours_are_refused_before_they_are_decoded(screen: object, data: bytes, minutes: int) -> None:
    import vfsloader.pygame

    seconds = sound_seconds(data)
    assert seconds is not None
    assert seconds > max(MAX_SECONDS, minutes * 60 * 0.5)
    base = Store(":memory:")
    base.write("/x.ogg", data)
    with vfsloader.ResourceManager(base, watch=False) as game:
        vfsloader.use(game)
        with pytest.raises(ResourceError, match="minutes long"):
            vfsloader.pygame.load_sound("/x.ogg")


@pytest.mark.parametrize("data", [vorbis(250), *(file.read_bytes() for file in REAL[-3:])], ids=["made", *"abc"])
def test_what_is_cut_off_is_left_to_the_decoder(data: bytes) -> None:
    for cut in (*range(60), len(data) // 2, len(data) - 1):
        sound_seconds(data[:cut])
