"""Adopt a finished game: its own calls see the layers, without a changed line.

Call it once, before the game's own imports::

    import vfsloader.pyglet
    vfsloader.pyglet.adopt("resources", mods="mods")

From then on ``pyglet.resource``, ``pyglet.image.load("resources/x.png")``, ``open("resources/lang/en.json")``,
``os.listdir`` and similar calls see that folder as the mods change it. Everything else sees the disk as before.
Pictures, sprites and labels that the game made are live.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from vfsloader.pyglet.patched_engine import PatchedEngine
from vfsloader.pyglet.patched_frames import PatchedFrames
from vfsloader.pyglet.patched_images import PatchedImages

from vfsloader import paths
from vfsloader.adopting.adopted_game import AdoptedGame, folders_to_adopt
from vfsloader.adopting.late_patches import LatePatches
from vfsloader.adopting.patched_calls import PatchedCalls
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
    Python's own calls see the layers as in :func:`vfsloader.pygame.adopt`. So do ``pyglet.resource``,
    ``pyglet.image.load`` and ``load_animation``, ``pyglet.media.load``, and ``pyglet.font.add_file``.

    Images, textures, regions, grids, atlases and sprites show a changed picture, labels and other text a changed font,
    and a sound in memory plays the changed file the next time. Everything is brought up to date when the game shows a
    frame, or, if it shows none, when the clock ticks. pyglet is not imported before the game imports it.
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

    adapter = "vfsloader.pyglet"

    def __init__(self, folders: list[str], mods: paths.RealPath | None, options: ManagerOptions) -> None:
        super().__init__(self.adapter, folders, mods, options, self._error())
        self._late = LatePatches()
        self._start(*self._engine_patches())

    def _error(self) -> type[Exception]:
        """Return what pyglet's own loaders raise for a file that they cannot read."""
        from pyglet.util import DecodeException

        return DecodeException  # type: ignore[no-any-return] # pyglet is half typed

    def _engine_patches(self) -> list[PatchedCalls]:
        return [
            PatchedImages(self._files, self._late),
            PatchedEngine(self._files, self._late),
            PatchedFrames(self.manager, self._late),
        ]

    def undo(self) -> None:
        """Let every call see the disk again, and close the manager."""
        self._late.end()
        super().undo()

    def report(self) -> str:
        """Return which calls were served from the layers and how often, and which calls could not be served and why."""
        from vfsloader.pyglet import live_images

        return "\n".join([super().report(), *live_images.report()])
