"""Adopt a finished game: its own calls see the layers, without a changed line.

Call it once, before the game's own imports::

    import vfsloader.pygame
    vfsloader.pygame.adopt("resources", mods="mods")

A game with several folders of assets names all of them: ``adopt(["images", "sounds"])``; in a mod they have the same
places as in the game, ``images/hero.png`` for one.

From then on ``pygame.image.load("resources/x.png")``, ``open("resources/lang/en.json")``, ``os.listdir`` and similar
calls see that folder as the mods change it. Everything else sees the disk as before. What pygame loaded is live, as if
:func:`load_image` had loaded it.
"""

from __future__ import annotations

import atexit
import errno
import os
from collections.abc import Sequence
from typing import Self, Unpack

import pygame
from vfsloader.pygame import live_copies
from vfsloader.pygame.events import post_no_events
from vfsloader.pygame.patched_engine import PatchedEngine
from vfsloader.pygame.patched_frames import PatchedFrames

from vfsloader import paths
from vfsloader.adopting.adopted_files import AdoptedFiles, log
from vfsloader.adopting.adopted_paths import AdoptedPaths
from vfsloader.adopting.adopted_processes import PatchedProcesses
from vfsloader.adopting.patched_files import PatchedFiles
from vfsloader.game.current import use
from vfsloader.game.manager import ResourceManager
from vfsloader.game.options import ManagerOptions
from vfsloader.layers.chosen_folders import ChosenFolders
from vfsloader.opening import Source


def adopt(
    folder: paths.RealPath | Sequence[paths.RealPath],
    mods: paths.RealPath | None = None,
    **options: Unpack[ManagerOptions],
) -> Adopted:
    """Let a game's own calls see the layers for the paths below its folders of assets, and for nothing else.

    Parameters
    ----------
    folder
        The game's folder of assets, which becomes the base layer, or several. Of several folders, the tree has those
        parts of their paths that differ: ``/images`` and ``/sounds`` for ``game/images`` and ``game/sounds``. Links in
        them are followed wherever they lead: these are the game's own files.
    mods
        The mods folder. It may be inside one of the folders.
    **options
        The other parameters of :class:`~vfsloader.ResourceManager`.

    Returns
    -------
    Adopted
        Call its ``undo()`` to end the adoption, or use it as a context manager. ``report()`` lists what it did. Its
        ``manager`` is the current one.

    Raises
    ------
    FileNotFoundError
        A folder does not exist.

    Notes
    -----
    These calls see the layers, by whatever name they reach a file: ``open``, ``io.open``, ``io.FileIO``, ``os.open``
    and ``pathlib`` for reading; ``os.stat``, ``access``, ``listdir``, ``scandir``, ``walk``, ``fwalk``, ``os.path``,
    ``glob``; ``shutil``, ``linecache``, ``pkgutil``, ``importlib.resources``, ``runpy``, ``sqlite3``;
    ``pygame.image``, ``mixer``, ``mixer.music``, ``font`` and ``freetype``. A data file is read with the ``.merge`` and
    ``.patch`` files of the mods.

    Everything is brought up to date when the game shows a frame (``pygame.display.flip`` or ``update``,
    ``pygame.Window.flip``), or, if it shows none, when it waits (``pygame.time.Clock.tick``, ``pygame.event.wait``).
    No event is posted. Processes that ``multiprocessing`` starts are adopted, too. Files are written to the disk as
    before. The log ``vfsloader.adopt`` says once at level INFO what was not served, and why.
    """
    folders = [folder] if isinstance(folder, (str, os.PathLike)) else list(folder)
    if not folders:
        raise ValueError("no folder to adopt was given")
    for wanted in folders:
        if not os.path.isdir(wanted):
            raise FileNotFoundError(errno.ENOENT, f"there is no folder {os.fspath(wanted)!r} to adopt", str(wanted))
    return Adopted([os.path.abspath(wanted) for wanted in folders], mods, options)


class Adopted:
    """A game whose calls see the layers.

    Attributes
    ----------
    manager
        The :class:`~vfsloader.ResourceManager` with the layers.
    folder
        The adopted folder, as an absolute path; of several folders, the one that contains them all.
    """

    def __init__(self, folders: list[str], mods: paths.RealPath | None, options: ManagerOptions) -> None:
        self.folder, virtual = _tree_of(folders)
        left_out = _left_out(folders, mods)
        base: Source = self.folder
        if left_out or list(virtual.values()) != [paths.ROOT]:
            hidden = [place for place in map(AdoptedPaths(virtual).anybodys, left_out) if place is not None]
            base = ChosenFolders(self.folder, virtual.values(), without=hidden, name="base", live=False, trusted=True)
        options.setdefault("cache_bytes", 0)  # a copy is made again from its file
        self.manager = ResourceManager(base, mods=mods, **options)
        post_no_events(self.manager)
        self._end_copies = live_copies.install()  # before `use`, which would install them for good
        use(self.manager)
        self._files = AdoptedFiles(self.manager, AdoptedPaths(virtual, left_out), pygame.error)
        self._patches = [
            PatchedFiles(self._files),
            PatchedEngine(self._files),
            PatchedFrames(self.manager),
            PatchedProcesses("vfsloader.pygame", folders, mods, options),
        ]
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
        self._end_copies()
        self._files.close()
        self.manager.close()

    @property
    def is_useless(self) -> bool:
        """Whether no call was served so far: the game reads its files from other folders."""
        return not self._files.served

    def report(self) -> str:
        """Return which calls were served from the layers and how often, and which calls could not be served and why."""
        return "\n".join([self._files.report(), *live_copies.report()])

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
