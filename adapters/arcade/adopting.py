"""Adopt a finished game: its own calls see the layers, without a changed line.

Call it once, before the game's own imports::

    import vfsloader.arcade
    vfsloader.arcade.adopt("resources", mods="mods")

From then on ``arcade.load_texture("resources/x.png")``, ``arcade.load_tilemap``, ``open("resources/lang/en.json")``,
``os.listdir`` and similar calls see that folder as the mods change it, by resource handles, too. Everything else sees
the disk as before. Textures, sprites, sheets and text that the game made are live.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import PIL
from vfsloader.arcade import live_pillow, live_textures
from vfsloader.arcade.patched_arcade import PatchedArcade
from vfsloader.arcade.tracking import track
from vfsloader.pyglet.adopting import Adopted as AdoptedPyglet

from vfsloader import paths
from vfsloader.adopting.adopted_game import folders_to_adopt
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
    Everything that :func:`vfsloader.pyglet.adopt` serves is served. So are ``arcade.load_texture``, ``Sprite``,
    ``SpriteSheet``, ``load_image``, ``load_animated_gif``, ``load_tilemap``, ``load_sound``, ``load_font``,
    ``ctx.load_texture`` and ``PIL.Image.open``, whether the game names a path or a resource handle.

    Textures show a changed picture wherever they are: cut, flipped, in any atlas, on sprites that exist. Their hit
    boxes follow, unless the game set them. arcade is not imported before the game imports it.
    """
    return Adopted(folders_to_adopt(folder), mods, options)


class Adopted(AdoptedPyglet):
    """A game whose calls see the layers.

    Attributes
    ----------
    manager
        The :class:`~vfsloader.ResourceManager` with the layers.
    folder
        The adopted folder, as an absolute path; of several folders, the one that contains them all.
    """

    adapter = "vfsloader.arcade"

    def _error(self) -> type[Exception]:
        """Return what arcade's own loaders raise for a file that they cannot read."""
        return PIL.UnidentifiedImageError

    def _engine_patches(self) -> list[PatchedCalls]:
        self._end_tracking = track()
        return [*super()._engine_patches(), PatchedArcade(self._files, self._late)]

    def undo(self) -> None:
        """Let every call see the disk again, and close the manager."""
        super().undo()
        self._end_tracking()

    def report(self) -> str:
        """Return which calls were served from the layers and how often, and which calls could not be served and why."""
        return "\n".join([super().report(), *live_textures.report(), *live_pillow.report()])
