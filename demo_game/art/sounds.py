"""Makes the sounds and the music: plucks, bells and breath for the night, square waves for the chip mod."""

from __future__ import annotations

import io

import numpy as np
import soundfile

RATE = 22050
Samples = np.ndarray
#: A minor pentatonic around A3, in semitones.
SCALE = (0, 3, 5, 7, 10, 12, 15, 17, 19, 22, 24)


def pitch(semitones: float, base: float = 220.0) -> float:
    """Give the frequency of a note, in Hz."""
    return float(base * 2 ** (semitones / 12))


def bell(frequency: float, seconds: float, strength: float = 0.4) -> Samples:
    """Ring a small bell."""
    t = np.arange(int(seconds * RATE)) / RATE
    parts = ((1, 1.0, 4), (2.01, 0.5, 6), (3.9, 0.25, 9), (6.1, 0.1, 14))
    wave = sum(level * np.sin(2 * np.pi * frequency * n * t) * np.exp(-t * fade) for n, level, fade in parts)
    return np.asarray(wave) * strength * np.minimum(t * 400, 1)


def chip(frequency: float, seconds: float, strength: float = 0.16, duty: float = 0.5) -> Samples:
    """Play a square wave as an old console would."""
    t = np.arange(int(seconds * RATE)) / RATE
    wave = np.where((t * frequency) % 1 < duty, strength, -strength)
    return np.asarray(wave * np.clip((seconds - t) / seconds, 0, 1) ** 0.7)


def breath(seconds: float, low: float, high: float, strength: float = 0.5) -> Samples:
    """Blow: noise whose brightness moves from `low` to `high`, each from 0 to 1."""
    noise = np.random.default_rng(5).uniform(-1, 1, int(seconds * RATE))
    out, level = np.zeros_like(noise), 0.0
    shape = np.sin(np.linspace(0, np.pi, len(noise))) ** 1.5
    for at, openness in enumerate(np.linspace(low, high, len(noise))):
        level += (noise[at] - level) * openness
        out[at] = level
    return np.asarray(out * shape * strength)


def pad(frequency: float, seconds: float, strength: float = 0.05) -> Samples:
    """Hold a soft chord tone: three voices slightly apart."""
    t = np.arange(int(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * frequency * spread * t + n) for n, spread in enumerate((0.997, 1, 1.003)))
    edge = np.minimum(np.minimum(t / 0.9, (seconds - t) / 0.9), 1)
    return np.asarray(wave * strength * np.clip(edge, 0, 1))


def mix(length: float, notes: list[tuple[float, Samples]]) -> Samples:
    """Lay sounds over each other, each from its second on; what rings past the end begins the loop."""
    out = np.zeros(int(length * RATE))
    for start, sound in notes:
        places = (np.arange(len(sound)) + int(start * RATE)) % len(out)
        np.add.at(out, places, sound)
    return out


def echoed(sound: Samples, delay: float, fade: float) -> Samples:
    """Let a loop echo around its own end."""
    out: Samples = sound.copy()
    for n in range(1, 4):
        out += np.roll(sound, int(delay * n * RATE)) * fade**n
    return np.asarray(out)


def night_music() -> Samples:
    """Play 32 seconds of garden at night, without a seam."""
    beat, notes = 0.5, []
    chance = np.random.default_rng(11)
    for bar, root in enumerate((0, 0, -4, -4, 3, 3, -2, -2) * 2):
        start = bar * 4 * beat
        for tone in (root - 12, root - 5, root, root + (3 if root in (0, -2) else 4)):
            notes.append((start, pad(pitch(tone), 4.4 * beat)))
        notes.append((start, bell(pitch(root - 12), 1.6, 0.2)))
        place = int(chance.integers(2, 7))
        for step in range(8):
            if chance.random() < 0.72:
                notes.append((start + step * beat / 2, bell(pitch(SCALE[place]), 1.1, 0.13)))
            place = int(np.clip(place + chance.integers(-2, 3), 0, len(SCALE) - 1))
    return echoed(mix(32, notes), 0.375, 0.42)


def chip_music() -> Samples:
    """Play the same garden on an old console, 16 seconds."""
    beat, notes = 0.125, []
    chance = np.random.default_rng(4)
    for bar, root in enumerate((0, 0, -4, -4, 3, 3, -2, 5)):
        start = bar * 16 * beat
        for step in range(16):
            tone = root + (0, 7, 12, 7)[step % 4]
            notes.append((start + step * beat, chip(pitch(tone - 12), beat, 0.07, 0.25)))
            if step % 4 == 2:
                notes.append((start + step * beat, breath(0.06, 0.9, 0.9, 0.1)))
        for step in range(0, 16, 2):
            if chance.random() < 0.75:
                tone = SCALE[int(chance.integers(3, 10))]
                notes.append((start + step * beat, chip(pitch(tone), beat * 1.8, 0.08)))
    return mix(16, notes)


def night_sounds() -> dict[str, Samples]:
    """Give the game's own sounds by name."""
    return {
        "collect": mix(0.7, [(0, bell(pitch(24), 0.6)), (0.05, bell(pitch(31), 0.5, 0.25))]),
        "dash": breath(0.35, 0.05, 0.5),
        "shatter": mix(0.6, [(0, breath(0.4, 0.9, 0.2)), (0, bell(pitch(10), 0.5, 0.3))]),
        "hurt": mix(0.6, [(0, breath(0.5, 0.25, 0.02, 0.9)), (0, bell(pitch(-17), 0.5, 0.6))]),
        "level": mix(1.8, [(n * 0.11, bell(pitch(tone), 1, 0.3)) for n, tone in enumerate((0, 7, 12, 15, 19, 24))]),
        "tick": bell(pitch(19), 0.15, 0.2),
    }


def chip_sounds() -> dict[str, Samples]:
    """Give the chip mod's sounds by the same names."""

    def run(tones: tuple[int, ...], step: float) -> Samples:
        return mix(step * len(tones) + 0.1, [(n * step, chip(pitch(tone), step * 1.3)) for n, tone in enumerate(tones)])

    return {
        "collect": run((24, 31), 0.06),
        "dash": run((0, 4, 8, 12, 16, 20), 0.03),
        "shatter": run((20, 12, 6, 0, -6), 0.04),
        "hurt": run((0, -4, -8, -12, -16), 0.07),
        "level": run((0, 7, 12, 15, 19, 24, 24), 0.1),
        "tick": run((19,), 0.05),
    }


def encoded(samples: Samples, kind: str) -> bytes:
    """Give a sound as the bytes of a WAV or OGG file."""
    out = io.BytesIO()
    peak = max(float(np.abs(samples).max()), 1e-9)
    soft = np.tanh(samples / max(peak, 0.8) * 0.9)
    if kind == "ogg":
        soundfile.write(out, soft, RATE, format="OGG", subtype="VORBIS")
    else:
        soundfile.write(out, soft, RATE, format="WAV", subtype="PCM_16")
    return out.getvalue()
