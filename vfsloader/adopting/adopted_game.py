"""A finished game whose own calls see the layers: what is the same for every engine.

An adapter adds what replaces the loaders of its engine, and the calls by which a game shows a frame.
"""

from __future__ import annotations

import atexit
import errno
import os
from collections.abc import Sequence
from typing import Self

from vfsloader import paths
from vfsloader.adopting.adopted_files import AdoptedFiles, log
from vfsloader.adopting.adopted_paths import AdoptedPaths
from vfsloader.adopting.adopted_processes import PatchedProcesses
from vfsloader.adopting.patched_calls import PatchedCalls
from vfsloader.adopting.patched_files import PatchedFiles
from vfsloader.game.current import use
from vfsloader.game.manager import ResourceManager
from vfsloader.game.options import ManagerOptions
from vfsloader.opening import Source


def folders_to_adopt(folder: paths.RealPath | Sequence[paths.RealPath]) -> list[str]:
    """Return the folders that a caller named, as absolute paths.

    Raises
    ------
    ValueError
        No folder was named.
    FileNotFoundError
        A folder does not exist.
    """
    folders = [folder] if isinstance(folder, (str, os.PathLike)) else list(folder)
    if not folders:
        raise ValueError("no folder to adopt was given")
    for wanted in folders:
        if not os.path.isdir(wanted):
            raise FileNotFoundError(errno.ENOENT, f"there is no folder {os.fspath(wanted)!r} to adopt", str(wanted))
    return [os.path.abspath(wanted) for wanted in folders]


class AdoptedGame:
    """A game whose calls see the layers.

    Parameters
    ----------
    adapter
        The package of the engine's adapter, which has a function ``adopt``.
    folders
        The adopted folders, as absolute paths.
    mods, options
        As for ``adopt``.
    error
        What the engine's own loaders raise for a file that they cannot read.

    Attributes
    ----------
    manager
        The :class:`~vfsloader.ResourceManager` with the layers.
    folder
        The adopted folder, as an absolute path; of several folders, the one that contains them all.
    """

    def __init__(
        self,
        adapter: str,
        folders: list[str],
        mods: paths.RealPath | None,
        options: ManagerOptions,
        error: type[Exception],
    ) -> None:
        self.folder, virtual = _tree_of(folders)
        left_out = _left_out(folders, mods)
        base: Source = self.folder
        if left_out or list(virtual.values()) != [paths.ROOT]:
            from vfsloader.layers.chosen_folders import ChosenFolders

            hidden = [place for place in map(AdoptedPaths(virtual).anybodys, left_out) if place is not None]
            base = ChosenFolders(self.folder, virtual.values(), without=hidden, name="base", live=False, trusted=True)
        options.setdefault("cache_bytes", 0)  # a copy is made again from its file
        self.manager = ResourceManager(base, mods=mods, **options)
        self._files = AdoptedFiles(self.manager, AdoptedPaths(virtual, left_out), error)
        self._patches: list[PatchedCalls] = []
        self._how = adapter, folders, mods, options

    def _start(self, *patches: PatchedCalls) -> None:
        """Make the manager the current one and replace the calls; `patches` are those of the engine."""
        use(self.manager)
        self._patches = [PatchedFiles(self._files), *patches, PatchedProcesses(*self._how)]
        atexit.register(self.warn_if_useless)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.undo()

    def undo(self) -> None:
        """Let every call see the disk again, and close the manager."""
        atexit.unregister(self.warn_if_useless)
        for patches in reversed(self._patches):
            patches.undo()
        self._files.close()
        self.manager.close()

    @property
    def is_useless(self) -> bool:
        """Whether no call was served so far: the game reads its files from other folders."""
        return not self._files.served

    def report(self) -> str:
        """Return which calls were served from the layers and how often, and which calls could not be served and why."""
        return self._files.report()

    def warn_if_useless(self) -> None:
        """Log a warning if no call was served so far. This is done when Python ends, too."""
        if self.is_useless:
            log.warning("0 calls were served from %s: does the game keep its files in another folder?", self.folder)


def _tree_of(folders: list[str]) -> tuple[str, dict[str, str]]:
    """Return the folder that becomes the root of the tree, and the path of each adopted folder in it."""
    try:
        top = os.path.commonpath(folders)
    except ValueError as error:  # Windows
        raise ValueError(f"folders on different drives cannot be one tree: {', '.join(folders)}") from error
    virtual: dict[str, str] = {}
    for folder in sorted(folders):  # a folder comes before those in it
        below = os.path.relpath(folder, top).replace(os.sep, "/")
        place = paths.ROOT if below == os.curdir else paths.normalise(below)
        if not any(paths.is_inside(place, known) for known in virtual.values()):
            virtual[folder] = place
    return top, virtual


def _left_out(folders: list[str], mods: paths.RealPath | None) -> tuple[str, ...]:
    """Return the mods folder if it is inside of an adopted folder."""
    if mods is None:
        return ()
    whole = os.path.abspath(mods)
    names = AdoptedPaths(dict.fromkeys(folders, paths.ROOT))
    return (whole,) if names.anybodys(whole) not in (None, paths.ROOT) else ()
