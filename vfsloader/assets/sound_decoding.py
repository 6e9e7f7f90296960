"""Sounds of mods as plain WAVE data, decoded by libsndfile and never by an engine's or the system's own decoders.

The decoders of SDL crash on some hostile files, and pyglet hands files to whatever decoders the system has. libsndfile,
in the library soundfile, does neither. Engines get a plain WAVE file, which they only have to play.
"""

from __future__ import annotations

import functools
import os
import struct
from typing import Any

from vfsloader.assets.loader import Asset, Loader
from vfsloader.assets.media_formats import need_sound
from vfsloader.assets.unreadable import unreadable
from vfsloader.errors import ResourceError, VFSError
from vfsloader.quoting import plain
from vfsloader.runtime.atomic import staged
from vfsloader.runtime.hashes import sha256
from vfsloader.runtime.temporary import TemporaryFolder

_BLOCK_FRAMES = 1 << 16
_MAX_CHANNELS = 8
_FULL_SCALE = 32767
_WAVE_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")
#: Enough to recognise each format.
_HEAD_BYTES = 2048


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
        raise ResourceError.at(asset.path, f"{sentence}; run: pip install soundfile") from error
    with soundfile.SoundFile(asset.open() if stream is None else stream) as file:
        channels, rate = int(file.channels), int(file.samplerate)
        if not 0 < channels <= _MAX_CHANNELS or rate <= 0:
            sentence = f"{plain(asset.path)} in {plain(asset.layer)} has {channels} channels at {rate} Hz"
            raise ResourceError.at(asset.path, f"{sentence}; a sound has at most {_MAX_CHANNELS} channels")
        is_float = file.subtype in ("FLOAT", "DOUBLE")
        blocks = []
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
    body = b"".join(blocks)
    frame = 2 * channels
    head = _WAVE_HEAD.pack(
        b"RIFF", 36 + len(body), b"WAVE", b"fmt ", 16, 1, channels, rate, rate * frame, frame, 16, b"data", len(body)
    )
    return head + body


def decoded_file(asset: Asset, file: str) -> str:
    """Return the path of a plain WAVE file with a mod's sound; it is deleted when Python ends.

    Parameters
    ----------
    asset
        The sound, for its name and its budget.
    file
        The path of its content.

    Raises
    ------
    ResourceError, BudgetError
        It is too long, or is not a sound that mods may have.
    """
    try:
        with open(file, "rb") as stream:
            need_sound(asset, stream.read(_HEAD_BYTES))
            stream.seek(0)
            data = decoded_wave(asset, stream)
    except VFSError:
        raise
    except Exception as error:  # soundfile raises errors of many types
        raise unreadable(asset, "a sound", "soundfile", error) from error
    copy = os.path.join(_folder(), f"{sha256(data).hexdigest()}.wav")
    if not os.path.exists(copy):
        with staged(copy, overwrite=True, durable=False, tidy_folder=False) as part, open(part, "wb") as out:
            out.write(data)
    return copy


class SoundFile:
    """A sound as a file on the disk, for engines that play from one.

    Attributes
    ----------
    file
        The file: the layer's own, or, for a mod's sound, a plain WAVE file.
    """

    def __init__(self, file: str) -> None:
        self.file = file


class SoundFileLoader(Loader[SoundFile]):
    """Finds a file that is safe to play; if a mod's sound cannot be decoded, the next layer's is used."""

    is_streamed = True

    def decode(self, asset: Asset, **options: Any) -> str:
        """Return the path of the file."""
        file = asset.real_path()
        return file if asset.is_trusted else decoded_file(asset, file)

    def build(self, decoded: str, **options: Any) -> SoundFile:
        """Make the SoundFile."""
        return SoundFile(decoded)

    def replace(self, resource: SoundFile, decoded: str, **options: Any) -> SoundFile:
        """Use the changed file from now on."""
        resource.file = decoded
        return resource


SOUND_FILES = SoundFileLoader()


_folders: list[TemporaryFolder] = []


@functools.cache
def _folder() -> str:
    _folders.append(TemporaryFolder("sounds"))  # until Python ends
    return _folders[0].name
