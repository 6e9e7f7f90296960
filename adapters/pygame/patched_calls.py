"""Replacements for the calls with which a game reads files, for paths below an adopted folder.

Each replacement asks the :class:`AdoptedFolder` and hands every other path to the original call.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
from collections.abc import Callable, Iterator
from typing import Any, Self

import pygame
from vfsloader.pygame.adopted_folder import AdoptedFolder
from vfsloader.pygame.fonts import FONTS, LiveFont
from vfsloader.pygame.images import IMAGES
from vfsloader.pygame.live_copies.loaded import awaiting_picture
from vfsloader.pygame.live_sound import LiveSound
from vfsloader.pygame.music import MUSIC
from vfsloader.pygame.sounds import SOUNDS

from vfsloader.errors import VFSError

#: Milliseconds that each ``pygame.display.flip`` spends on changes.
FRAME_BUDGET_MS = 4.0


class PatchedCalls:
    """Replaces the calls when it is made, until :meth:`undo`."""

    def __init__(self, adopted: AdoptedFolder) -> None:
        self._adopted = adopted
        self._patches: list[tuple[Any, str, Any, Any]] = []
        for name in ("stat", "lstat"):
            self._patch(os, name, functools.partial(self._with_real_path, f"os.{name}"))
        for name in ("exists", "lexists", "isfile", "isdir"):
            self._patch(os.path, name, functools.partial(self._with_real_path, f"os.path.{name}", is_question=True))
        for name in ("getsize", "getmtime"):
            self._patch(os.path, name, functools.partial(self._with_real_path, f"os.path.{name}"))
        self._patch(os, "listdir", functools.partial(self._with_folder, "os.listdir", self._list))
        self._patch(os, "scandir", functools.partial(self._with_folder, "os.scandir", self._scan))
        for owner in (builtins, io):
            self._patch(owner, "open", self._open)
        self._patch(pygame.image, "load", self._load_image)
        self._patch(pygame.mixer, "Sound", self._sound_class)
        self._patch(pygame.mixer.music, "load", self._load_music)
        self._patch(pygame.font, "Font", self._font_class)
        for name in ("flip", "update"):
            self._patch(pygame.display, name, self._then_update)
        self._patch(pygame, "Window", self._window_class)

    def undo(self) -> None:
        """Put the original calls back, except where somebody else replaced ours since."""
        for owner, name, replacement, original in reversed(self._patches):
            if getattr(owner, name) is replacement:
                setattr(owner, name, original)
        self._patches.clear()

    def _patch(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        original = getattr(owner, name)
        replacement = make(original)
        setattr(owner, name, replacement)
        self._patches.append((owner, name, replacement, original))

    def _with_real_path(
        self, call: str, original: Callable[..., Any], *, is_question: bool = False
    ) -> Callable[..., Any]:
        """Replace a call whose first argument is a path; one that only asks returns False for a missing file."""
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(*args: Any, **kwargs: Any) -> Any:
            if args and adopted.virtual(args[0]) is not None:
                try:
                    args = (adopted.real(call, args[0]), *args[1:])
                except FileNotFoundError:
                    if is_question:
                        return False
                    raise
            return original(*args, **kwargs)

        return replacement

    def _with_folder(
        self, call: str, answer: Callable[[str, str | bytes], Any], original: Callable[..., Any]
    ) -> Callable[..., Any]:
        """Replace a call that lists a folder; `answer` gets the virtual path and the path as the game gave it."""
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(path: Any = ".") -> Any:
            virtual = adopted.virtual(path)
            if virtual is None or not adopted.manager.vfs.isdir(virtual):
                return original(path)
            adopted.served[call] += 1
            return answer(virtual, os.fspath(path))

        return replacement

    def _list(self, virtual: str, path: str | bytes) -> list[str] | list[bytes]:
        names = self._adopted.manager.vfs.listdir(virtual)
        return [os.fsencode(name) for name in names] if isinstance(path, bytes) else names

    def _scan(self, virtual: str, path: str | bytes) -> _Scan:
        children = self._adopted.manager.vfs.union.children(virtual)
        return _Scan(iter([_DirEntry(path, name, match.entry.is_folder) for name, match in children.items()]))

    def _open(self, original: Callable[..., Any]) -> Callable[..., Any]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            virtual = adopted.virtual(file)
            if virtual is not None:
                if set(mode) & set("wax+"):
                    adopted.refused["open", virtual, "it is opened for writing, which goes to the disk"] += 1
                else:
                    file = adopted.real("open", file)
            return original(file, mode, *args, **kwargs)

        return replacement

    def _load_image(self, original: Callable[..., pygame.Surface]) -> Callable[..., pygame.Surface]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(file: Any, *args: Any, **kwargs: Any) -> pygame.Surface:
            if adopted.virtual(file) is not None:
                surface = awaiting_picture()
                if adopted.fill("pygame.image.load", surface, file, IMAGES, convert=False):
                    return surface
                file = adopted.real("pygame.image.load", file)
            return original(file, *args, **kwargs)

        return replacement

    def _load_music(self, original: Callable[..., None]) -> Callable[..., None]:
        adopted = self._adopted

        @functools.wraps(original)
        def replacement(file: Any, *args: Any, **kwargs: Any) -> None:
            virtual = adopted.virtual(file)
            if virtual is not None and not adopted.manager.is_trusted(virtual):  # it has to be decoded first
                try:
                    file = adopted.manager.load(virtual, MUSIC).file
                except VFSError as error:
                    raise pygame.error(str(error)) from error
                adopted.served["pygame.mixer.music.load"] += 1
            elif virtual is not None:
                file = adopted.real("pygame.mixer.music.load", file)
            original(file, *args, **kwargs)

        return replacement

    def _sound_class(self, original: type[pygame.mixer.Sound]) -> type[pygame.mixer.Sound]:
        adopted = self._adopted

        class Sound(LiveSound):
            __doc__ = original.__doc__

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                file = args[0] if args else kwargs.get("file")
                if adopted.virtual(file) is not None and pygame.mixer.get_init():
                    super().__init__(buffer=bytes(64))
                    if adopted.fill("pygame.mixer.Sound", self, file, SOUNDS):
                        return
                if file is not None:
                    super().__init__(adopted.real("pygame.mixer.Sound", file))
                else:
                    super().__init__(*args, **kwargs)

        return Sound

    def _font_class(self, original: type[pygame.font.Font]) -> type[pygame.font.Font]:
        adopted = self._adopted

        class Font(LiveFont):
            __doc__ = original.__doc__

            def __init__(self, file: Any = None, size: int = 20) -> None:
                super().__init__(adopted.real("pygame.font.Font", file), size)
                adopted.fill("pygame.font.Font", self, file, FONTS, is_loaded=True, size=size)

        return Font

    def _window_class(self, original: type[pygame.Window]) -> type[pygame.Window]:
        manager = self._adopted.manager

        class Window(original):  # type: ignore[misc, valid-type] # the class at this moment
            __doc__ = original.__doc__

            def flip(self) -> None:
                super().flip()
                manager.update(FRAME_BUDGET_MS)

        return Window

    def _then_update(self, original: Callable[..., None]) -> Callable[..., None]:
        manager = self._adopted.manager

        @functools.wraps(original)
        def replacement(*args: Any, **kwargs: Any) -> None:
            original(*args, **kwargs)
            manager.update(FRAME_BUDGET_MS)

        return replacement


class _DirEntry(os.PathLike[Any]):
    """An entry of ``os.scandir``."""

    def __init__(self, folder: str | bytes, name: str, is_folder: bool) -> None:
        self.name: Any = name
        self.path: Any = os.path.join(os.fsdecode(folder), name)
        if isinstance(folder, bytes):  # as os.scandir does
            self.name, self.path = os.fsencode(self.name), os.fsencode(self.path)
        self._is_folder = is_folder

    def __fspath__(self) -> Any:
        return self.path

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self._is_folder

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return not self._is_folder

    def is_symlink(self) -> bool:
        return False

    def is_junction(self) -> bool:
        return False

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        return os.stat(self.path)

    def inode(self) -> int:
        return self.stat().st_ino


class _Scan:
    """The iterator that ``os.scandir`` returns, which is also a context manager."""

    def __init__(self, entries: Iterator[_DirEntry]) -> None:
        self._entries = entries

    def __iter__(self) -> Iterator[_DirEntry]:
        return self

    def __next__(self) -> _DirEntry:
        return next(self._entries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._entries = iter(())
