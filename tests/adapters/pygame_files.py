"""Pictures and sounds for the tests of the pygame adapter, made in memory."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path

import pygame

RED, GREEN, BLUE, CLEAR = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)
FONT = Path(pygame.__file__).with_name("freesansbold.ttf").read_bytes()


def encoded(surface: pygame.Surface, suffix: str = "png") -> bytes:
    out = io.BytesIO()
    pygame.image.save(surface, out, f"x.{suffix}")
    return out.getvalue()


def png(colour: tuple[int, ...], size: tuple[int, int] = (8, 6), alpha: bool = True) -> bytes:
    """A picture of one colour."""
    surface = pygame.Surface(size, pygame.SRCALPHA if alpha else 0, 32 if alpha else 24)
    surface.fill(colour)
    return encoded(surface)


def strip(*colours: tuple[int, ...], size: int = 4) -> bytes:
    """A row of squares."""
    surface = pygame.Surface((size * len(colours), size), pygame.SRCALPHA, 32)
    for index, colour in enumerate(colours):
        surface.fill(colour, (index * size, 0, size, size))
    return encoded(surface)


def wav(level: int, frames: int) -> bytes:
    """A stereo sound of one level, 44,100 frames a second."""
    samples = struct.pack("<h", level) * 2 * frames
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 2, 44100, 176400, 4,
                       16, b"data", len(samples))  # fmt: skip
    return head + samples


def pixels(surface: pygame.Surface) -> bytes:
    return pygame.image.tobytes(surface, "RGBA")


def rss() -> int:
    """The memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
