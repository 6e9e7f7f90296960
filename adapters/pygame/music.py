"""Music of any length by its virtual path, played from a real file.

SDL reads music on its own thread while it plays. If it reads from a Python object, that thread needs the GIL, and
``pygame.mixer.music.pause()`` waits for the thread while it holds the GIL: the game hangs (seen on pygame-ce 2.5.8, not
with a path). So music is played from a file on the disk: a folder layer's own file, otherwise a copy. Music of a mod is
decoded first, because pygame's decoders crash on some hostile files.
"""

from __future__ import annotations

from typing import Any

import pygame

from vfsloader import paths
from vfsloader.assets.loader import Asset, Loader
from vfsloader.errors import NotInitializedError, ResourceError
from vfsloader.game.current import current


class Music:
    """A piece of music, for ``pygame.mixer.music``.

    Attributes
    ----------
    path
        The virtual path.
    file
        The file on the disk that is played.
    """

    def __init__(self, path: str, file: str) -> None:
        self.path = path
        self.file = file
        self._loops = 0

    def play(self, loops: int = 0, start: float = 0.0, fade_ms: int = 0) -> None:
        """Play it; the parameters are those of ``pygame.mixer.music.play``.

        Raises
        ------
        ResourceError
            pygame cannot read the file as music.
        """
        if pygame.mixer.get_init() is None:
            raise NotInitializedError("music can be played only after pygame.mixer.init()")
        try:
            pygame.mixer.music.load(self.file)
            pygame.mixer.music.play(loops, start, fade_ms)
        except pygame.error as error:
            sentence = f"{self.path} is not music that pygame can read: {error}"
            raise ResourceError.at(self.path, sentence) from error
        self.has_started(loops)

    def has_started(self, loops: int) -> None:
        """Note that it is what ``pygame.mixer.music`` plays now."""
        global _playing
        self._loops = loops
        _playing = self

    @property
    def is_playing(self) -> bool:
        """Whether this piece of music is playing now."""
        return _playing is self and pygame.mixer.get_init() is not None and pygame.mixer.music.get_busy()


_playing: Music | None = None


class MusicLoader(Loader[Music]):
    """Finds a real file for a piece of music; if the file changes while it plays, it starts again with the new file."""

    is_streamed = True

    def decode(self, asset: Asset, **options: Any) -> tuple[str, str]:
        """Return the virtual path and the real one. Music of a mod is decoded, and the real file is a plain WAVE."""
        from vfsloader.assets.sound_decoding import decoded_file

        file = asset.real_path()
        return asset.path, file if asset.is_trusted else decoded_file(asset, file)

    def build(self, decoded: tuple[str, str], **options: Any) -> Music:
        """Make the Music."""
        return Music(*decoded)

    def replace(self, resource: Music, decoded: tuple[str, str], **options: Any) -> Music:
        """Switch to the new file; play it if the old one is playing."""
        resource.file = decoded[1]
        if resource.is_playing:
            resource.play(resource._loops)
        return resource


MUSIC = MusicLoader()


def load_music(path: paths.PathLike) -> Music:
    """Prepare a piece of music from the winning layer; its length costs no memory.

    Parameters
    ----------
    path
        The music, in any format that ``pygame.mixer.music`` reads.

    Returns
    -------
    Music
        The same object for each call. If its file changes while it plays, it starts again with the new file.

    Raises
    ------
    NotInitializedError, PathNotFoundError
        As :func:`load_sound`.
    """
    return current().load(path, MUSIC)


def play_music(path: paths.PathLike, loops: int = 0, start: float = 0.0, fade_ms: int = 0) -> Music:
    """Play music from the winning layer.

    Parameters
    ----------
    path
        The music.
    loops, start, fade_ms
        As for ``pygame.mixer.music.play``; ``loops=-1`` repeats it forever.

    Returns
    -------
    Music
        The piece of music. To pause, stop or set the volume, use ``pygame.mixer.music``.

    Raises
    ------
    NotInitializedError, PathNotFoundError, ResourceError
        As :func:`load_sound`.
    """
    music = load_music(path)
    music.play(loops, start, fade_ms)
    return music
