"""Sounds as samples in the mixer's format. A mod's sound reaches pygame as plain samples, which it only converts."""

from __future__ import annotations

from typing import Any

import pygame
from pygame.mixer import Sound
from vfsloader.pygame.byte_files import read_bytes

from vfsloader.assets.loader import Asset


def load_samples(asset: Asset) -> bytes:
    """Decode a sound into samples in the mixer's format.

    Raises
    ------
    ResourceError, BudgetError, pygame.error
        It is too long, or cannot be decoded, or it is a mod's and in a format that mods may not use.
    Exception
        Whatever the decoder raises.
    """
    from vfsloader.assets.sound_length import check_sound

    kind = check_sound(asset)
    data = asset.data if asset.is_trusted else _decoded_for_mixer(asset)
    if (kind == "wav" or not asset.is_trusted) and _is_silent(data):
        return _silence()
    return read_bytes(_open_sound, data).get_raw()


def _open_sound(file: Any) -> Sound:
    return Sound(file=file)


def _decoded_for_mixer(asset: Asset) -> bytes:
    """Return a mod's sound as a plain WAVE file that stays within the budget when the mixer converts it."""
    from vfsloader.assets.sound_decoding import decoded_wave
    from vfsloader.assets.sound_length import wave_data

    data = decoded_wave(asset)
    mixer, found = pygame.mixer.get_init(), wave_data(data)
    if mixer is not None and found is not None:  # a low rate becomes many samples of a high one
        size, frame, rate = found
        if size // frame * mixer[0] // rate * max(mixer[2], frame // 2) > asset.limits.samples:
            raise asset.budget.exceeded("samples")
    return data


def _is_silent(data: bytes) -> bool:
    """Return whether a WAVE file would be converted to no frames at all, at which SDL aborts the process."""
    from vfsloader.assets.sound_length import wave_data

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
