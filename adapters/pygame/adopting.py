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

from collections.abc import Sequence
from typing import Unpack

import pygame
from vfsloader.pygame import live_copies
from vfsloader.pygame.events import post_no_events
from vfsloader.pygame.patched_engine import PatchedEngine
from vfsloader.pygame.patched_frames import PatchedFrames
from vfsloader.pygame.patched_music import PatchedMusic

from vfsloader import paths
from vfsloader.adopting.adopted_game import AdoptedGame, folders_to_adopt
from vfsloader.game.options import ManagerOptions


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
    ``pygame.Window.flip``), or, if it shows none, when it waits (``pygame.time.Clock.tick``, ``wait`` and
    ``delay``, ``pygame.event.wait``).
    No event is posted. Processes that ``multiprocessing`` starts are adopted, too. Files are written to the disk as
    before. The log ``vfsloader.adopt`` says once at level INFO what was not served, and why.
    """
    return Adopted(folders_to_adopt(folder), mods, options)


class Adopted(AdoptedGame):
    """A game whose calls see the layers.

    Attributes
    ----------
    manager
        The :class:`~vfsloader.ResourceManager` with the layers.
    folder
        The adopted folder, as an absolute path; of several folders, the one that contains them all.
    """

    def __init__(self, folders: list[str], mods: paths.RealPath | None, options: ManagerOptions) -> None:
        super().__init__("vfsloader.pygame", folders, mods, options, pygame.error)
        post_no_events(self.manager)
        self._end_copies = live_copies.install()  # before the manager is used, which would install them for good
        self._start(PatchedEngine(self._files), PatchedMusic(self._files), PatchedFrames(self.manager))

    def undo(self) -> None:
        """Let every call see the disk again, and close the manager."""
        super().undo()
        self._end_copies()

    def report(self) -> str:
        """Return which calls were served from the layers and how often, and which calls could not be served and why."""
        return "\n".join([super().report(), *live_copies.report()])
