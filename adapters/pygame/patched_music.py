"""Replacements for the functions of `pygame.mixer.music`, for files in adopted folders."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

import pygame
from vfsloader.pygame.first_argument import with_first
from vfsloader.pygame.music import MUSIC, Music

from vfsloader.adopting.adopted_files import AdoptedFiles
from vfsloader.adopting.adopted_paths import opened_path
from vfsloader.adopting.patched_calls import PatchedCalls
from vfsloader.errors import VFSError


class PatchedMusic(PatchedCalls):
    """Replaces the calls when it is made, until :meth:`undo`.

    What is playing starts again with the new file when its file changes, as music of :func:`play_music` does.
    """

    def __init__(self, adopted: AdoptedFiles) -> None:
        super().__init__()
        self._adopted = adopted
        #: What was loaded last: it follows its file.
        self._loaded: Music | None = None
        for name in ("load", "queue"):
            self.patch(pygame.mixer.music, name, functools.partial(self._load, name))
        self.patch(pygame.mixer.music, "play", self._play)

    def _load(self, name: str, original: Callable[..., None]) -> Callable[..., None]:
        adopted, call = self._adopted, f"pygame.mixer.music.{name}"

        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> None:
            file: Any = opened_path(args[0] if args else options.get("filename"))
            virtual = adopted.virtual(file)
            own = adopted.own_file(virtual, MUSIC)
            music = None
            if virtual is not None and own is not None:
                music = Music(virtual, os.path.abspath(os.fsdecode(file)))
                adopted.fill(call, music, file, MUSIC, is_loaded=True, virtual=virtual, shows=own)
            elif virtual is not None:
                try:
                    music = adopted.manager.load(virtual, MUSIC)
                except VFSError as error:
                    if not adopted.manager.is_trusted(virtual):
                        raise pygame.error(str(error)) from error
                    # The original call raises what the game expects.
            if virtual is not None and music is not None and not adopted.manager.is_trusted(virtual):
                adopted.served[call] += 1
                args, options = with_first(args, options, "filename", music.file)  # it had to be decoded first
                if "namehint" in options or len(args) > 1:  # it is a plain WAVE now
                    args, options = args[:1] + args[2:], {**options, "namehint": "wav"}
            elif virtual is not None:
                args, options = with_first(args, options, "filename", adopted.real(call, file))
            original(*args, **options)
            if name == "load":
                self._loaded = music

        return replacement

    def _play(self, original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def replacement(*args: Any, **options: Any) -> None:
            original(*args, **options)
            if self._loaded is not None:
                self._loaded.has_started(args[0] if args else options.get("loops", 0))

        return replacement
