"""A folder of the disk whose files come from the layers: which calls concern it, and what they get."""

from __future__ import annotations

import errno
import os
import sys
from collections import Counter
from types import FrameType
from typing import Any

import pygame

from vfsloader import paths
from vfsloader.assets.loader import Loader
from vfsloader.errors import VFSError
from vfsloader.game.manager import ResourceManager

#: Modules through which a question about a path may reach us; see :func:`_is_own_call`.
_PASSED_THROUGH = frozenset(
    {__name__, "vfsloader.pygame.patched_calls", "posixpath", "ntpath", "genericpath", "os", "io", "pathlib",
     "pathlib._local", "pathlib._abc", "glob", "contextlib", "_pyio", "tempfile", "shutil"}
)  # fmt: skip


class AdoptedFolder:
    """Translates paths below a folder of the disk into paths of the merged tree.

    Attributes
    ----------
    manager
        The :class:`~vfsloader.ResourceManager` with the layers.
    folder
        The absolute path of the folder.
    served
        How often each call was answered from the layers.
    refused
        How often a call could not be, by call, virtual path and reason.
    """

    def __init__(self, manager: ResourceManager, folder: str) -> None:
        self.manager = manager
        self.folder = folder
        self.served: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str, str]] = Counter()
        real = os.path.realpath(folder)
        #: The folder as it was named, and where links on the way lead.
        self._folders = (folder,) if real == folder else (folder, real)
        self._names = tuple({os.path.basename(known) for known in self._folders})
        self._lstat = os.lstat  # before it is patched

    def virtual(self, path: Any) -> str | None:
        """Return the virtual path if the game asks for a path below the folder, else None."""
        if not isinstance(path, str):
            if not isinstance(path, (bytes, os.PathLike)):
                return None
            path = os.fsdecode(path)
        # The fast path: nearly all other paths end here. A relative path need not name the
        # folder: games change into it.
        if os.path.isabs(path) and not any(name in path for name in self._names):
            return None
        try:
            whole = os.path.abspath(path)
        except OSError:  # the current folder was deleted
            return None
        for folder in self._folders:
            rest = whole[len(folder) :]
            if whole.startswith(folder) and (not rest or rest[0] in (os.sep, "/")):
                return None if _is_own_call() else rest.replace(os.sep, "/") or paths.ROOT
        return None

    def real(self, call: str, path: Any) -> Any:
        """Return the file on the disk that a call should use; the path itself if the layers do not have it.

        Raises
        ------
        FileNotFoundError
            A mod hides the path.
        """
        virtual = self.virtual(path)
        if virtual is None:
            return path
        try:
            match = self.manager.vfs.union.find(virtual)
            if match is None:
                if self._is_on_disk(path):
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
                return path
            self.served[call] += 1
            if not match.entry.is_folder:
                return self.manager.real_path(virtual)
            return path if self._is_on_disk(path) else self.folder
        except VFSError as error:
            self.refused[call, virtual, str(error)] += 1
            return path

    def fill(
        self, call: str, resource: Any, path: Any, loader: Loader[Any], *, is_loaded: bool = False, **options: Any
    ) -> bool:
        """Fill an object from the layers and keep it up to date; return whether that was possible."""
        virtual = self.virtual(path)
        if virtual is None:
            return False
        try:
            self.manager.attach(resource, virtual, loader, is_loaded=is_loaded, **options)
        except (VFSError, OSError) as error:
            self.refused[call, virtual, str(error)] += 1
            if not self.manager.is_trusted(virtual):  # pygame's own decoders must not see what ours refused
                raise pygame.error(str(error)) from error
            # The original call raises what the game expects.
            return False
        self.served[call] += 1
        return True

    def _is_on_disk(self, path: Any) -> bool:
        try:
            self._lstat(path)
        except OSError:
            return False
        return True


def _is_own_call() -> bool:
    """Return whether this library itself asks: a layer must see its own folder, and not what mods make of it."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") in _PASSED_THROUGH:
        frame = frame.f_back
    return frame is not None and str(frame.f_globals.get("__name__")).startswith("vfsloader.")
