"""Sounds as samples in the mixer's format. A mod's sound is decoded by libsndfile, never by pygame's own decoders.

pygame's decoders for OGG, MP3, FLAC and WAV crash on some hostile files; libsndfile, in the library soundfile, does
not. What it decodes is handed to pygame as a plain WAVE file, which only has to be converted to the mixer's format.
"""

from __future__ import annotations

import io
import struct
from typing import Any

import pygame
from pygame.mixer import Sound

from vfsloader.assets.loader import Asset
from vfsloader.assets.sound_length import check_sound, wave_data
from vfsloader.errors import ResourceError
from vfsloader.quoting import plain

_BLOCK_FRAMES = 1 << 16
_MAX_CHANNELS = 8
_FULL_SCALE = 32767
_WAVE_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")


def load_samples(asset: Asset) -> bytes:
    """Decode a sound into samples in the mixer's format.

    Raises
    ------
    ResourceError, BudgetError, pygame.error
        It is too long, or cannot be decoded, or it is a mod's and in a format that mods may not use.
    Exception
        Whatever the decoder raises.
    """
    kind = check_sound(asset)
    data = asset.data if asset.is_trusted else decoded_wave(asset)
    if (kind == "wav" or not asset.is_trusted) and _is_silent(data):
        return _silence()
    return Sound(file=io.BytesIO(data)).get_raw()


def decoded_wave(asset: Asset, stream: Any = None) -> bytes:
    """Return a mod's sound as a plain WAVE file of 16 bits.

    Parameters
    ----------
    asset
        The sound.
    stream
        Its content, if the asset does not have it.

    Raises
    ------
    ResourceError, BudgetError
        It is too long, or soundfile is not installed.
    Exception
        Whatever soundfile raises.
    """
    try:
        import soundfile
    except (ImportError, OSError) as error:  # OSError: the library itself is missing
        sentence = f"{plain(asset.path)} in {plain(asset.layer)}: sounds of mods are decoded by soundfile"
        raise ResourceError.at(asset.path, f"{sentence}; run: pip install vfsloader[pygame]") from error
    with soundfile.SoundFile(asset.open() if stream is None else stream) as file:
        channels, rate = int(file.channels), int(file.samplerate)
        if not 0 < channels <= _MAX_CHANNELS or rate <= 0:
            sentence = f"{plain(asset.path)} in {plain(asset.layer)} has {channels} channels at {rate} Hz"
            raise ResourceError.at(asset.path, f"{sentence}; a sound has at most {_MAX_CHANNELS} channels")
        is_float = file.subtype in ("FLOAT", "DOUBLE")
        blocks = []
        frames = 0
        buffer = memoryview(bytearray(_BLOCK_FRAMES * channels * 2))
        while True:
            if is_float:  # libsndfile does not scale these to integers
                samples = file.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)
                block = (samples.clip(-1.0, 1.0) * _FULL_SCALE).astype("<i2").tobytes()
            else:
                # A file may be shorter than its header says, which `buffer_read` does not expect.
                block = bytes(buffer[: file.buffer_read_into(buffer, dtype="int16") * channels * 2])
            if not block:
                break
            asset.budget.spend("samples", len(block) // 2)
            blocks.append(block)
            frames += len(block) // (2 * channels)
    mixer = pygame.mixer.get_init()
    if mixer is not None:  # a low rate becomes many samples of a high one
        mixed = frames * mixer[0] // rate * max(mixer[2], channels)
        if mixed > asset.limits.samples:
            raise asset.budget.exceeded("samples")
    body = b"".join(blocks)
    frame = 2 * channels
    head = _WAVE_HEAD.pack(
        b"RIFF", 36 + len(body), b"WAVE", b"fmt ", 16, 1, channels, rate, rate * frame, frame, 16, b"data", len(body)
    )
    return head + body


def _is_silent(data: bytes) -> bool:
    """Return whether a WAVE file would be converted to no frames at all, at which SDL aborts the process."""
    found = wave_data(data)
    mixer = pygame.mixer.get_init()
    if found is None or mixer is None:
        return False
    size, frame, rate = found
    frames = size // max(frame, 1)
    return frames == 0 or (rate > mixer[0] and frames * mixer[0] < 2 * rate)


def _silence() -> bytes:
    """Return one silent frame: a Sound of no samples at all has no buffer that could be changed."""
    _, bits, channels = pygame.mixer.get_init() or (0, -16, 2)
    sample = b"\x80" if bits == 8 else b"\x00\x80" if bits == 16 else bytes(abs(bits) // 8)
    return sample * channels
