"""Music of any length by its virtual path, played from a real file.

SDL reads music while it plays, on a thread of its own. From a Python object it needs Python's lock for that, and
``pygame.mixer.music.pause()`` waits for that thread with the lock held: the game hangs (tried on pygame-ce 2.5.8; from
a path it does not). So music comes from a file of the disk: a folder layer's own, else a copy.
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
        The file of the disk that is played.
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
            It is no music that pygame can read.
        """
        global _playing
        if pygame.mixer.get_init() is None:
            raise NotInitializedError("no music can be played before pygame.mixer.init()")
        try:
            pygame.mixer.music.load(self.file)
            pygame.mixer.music.play(loops, start, fade_ms)
        except pygame.error as error:
            sentence = f"{self.path} is no music that pygame can read: {error}"
            raise ResourceError.at(self.path, sentence) from error
        self._loops = loops
        _playing = self

    @property
    def is_playing(self) -> bool:
        """Whether this piece is the one that plays now."""
        return _playing is self and pygame.mixer.get_init() is not None and pygame.mixer.music.get_busy()


_playing: Music | None = None


class MusicLoader(Loader[Music]):
    """Finds a real file for a piece of music; one that plays goes on with the changed file, from its start."""

    is_streamed = True

    def decode(self, asset: Asset, **options: Any) -> tuple[str, str]:
        """Give the paths, virtual and real."""
        return asset.path, asset.real_path()

    def build(self, decoded: tuple[str, str], **options: Any) -> Music:
        """Make the Music."""
        return Music(*decoded)

    def replace(self, resource: Music, decoded: tuple[str, str], **options: Any) -> Music:
        """Play the new file, where the old one plays."""
        resource.file = decoded[1]
        if resource.is_playing:
            resource.play(resource._loops)
        return resource


MUSIC = MusicLoader()


def load_music(path: paths.PathLike) -> Music:
    """Get a piece of music from the winning layer ready; its length costs no memory.

    Parameters
    ----------
    path
        The music: any format that ``pygame.mixer.music`` reads.

    Returns
    -------
    Music
        The same one for each call; it stays, and a piece that plays starts anew when its file changes.

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
        As for ``pygame.mixer.music.play``: -1 repeats it for ever.

    Returns
    -------
    Music
        The piece; pause, stop and volume are ``pygame.mixer.music``'s.

    Raises
    ------
    NotInitializedError, PathNotFoundError, ResourceError
        As :func:`load_sound`.
    """
    music = load_music(path)
    music.play(loops, start, fade_ms)
    return music
