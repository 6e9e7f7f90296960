"""Adopt a finished game: its own calls see the layers, without a changed line.

Call it once, before the game's own imports::

    import vfsloader.pygame
    vfsloader.pygame.adopt("resources", mods="mods")

From then on ``pygame.image.load("resources/x.png")``, ``open("resources/lang/en.json")``, ``os.listdir`` and similar
calls see that folder as the mods change it. Everything else sees the disk as before. What pygame loaded is live, as if
:func:`load_image` had loaded it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Self, TypedDict, Unpack

from vfsloader.pygame import live_copies
from vfsloader.pygame.adopted_folder import AdoptedFolder
from vfsloader.pygame.events import post_no_events
from vfsloader.pygame.patched_calls import PatchedCalls

from vfsloader import paths
from vfsloader.game.current import use
from vfsloader.game.manager import ResourceManager
from vfsloader.opening import Source
from vfsloader.quoting import message


class ManagerOptions(TypedDict, total=False):
    """The parameters of :class:`~vfsloader.ResourceManager` but for the base and the mods folder."""

    dlc: Sequence[Source]
    save: paths.RealPath | None
    profile: str | None
    watch: bool
    game_version: str | None
    provides: Mapping[str, str] | None
    new_mods: Literal["enabled", "disabled"]
    language: str | None
    cache_bytes: int
    cache: paths.RealPath | None


def adopt(folder: paths.RealPath, mods: paths.RealPath | None = None, **options: Unpack[ManagerOptions]) -> Adopted:
    """Let a game's own calls see the layers for the paths below a folder, and for nothing else.

    Parameters
    ----------
    folder
        The game's folder of assets, which becomes the base layer.
    mods
        The mods folder.
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
        The folder does not exist.

    Notes
    -----
    The calls that see the layers are ``open``, ``io.open`` and ``pathlib`` for reading; ``os.stat``, ``listdir``,
    ``scandir``, ``walk``, ``os.path.exists`` and similar calls, ``glob``; ``pygame.image.load``,
    ``pygame.mixer.Sound``, ``pygame.mixer.music.load`` and ``pygame.font.Font``. ``pygame.display.flip`` and ``update``
    and ``pygame.Window.flip`` bring everything up to date, and post no event. A call for an absolute path elsewhere
    costs a search for the folder's name in it.
    """
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {os.fspath(folder)!r} to adopt", os.fspath(folder))
    options.setdefault("cache_bytes", 0)  # a copy is made again from its file
    manager = ResourceManager(os.path.abspath(folder), mods=mods, **options)
    post_no_events(manager)
    end_copies = live_copies.install()
    return Adopted(use(manager), os.path.abspath(folder), end_copies)


class Adopted:
    """A game whose calls see the layers.

    Attributes
    ----------
    manager
        The :class:`~vfsloader.ResourceManager` with the layers.
    folder
        The adopted folder, as an absolute path.
    """

    def __init__(self, manager: ResourceManager, folder: str, end_copies: Callable[[], None]) -> None:
        self.manager = manager
        self.folder = folder
        self._end_copies = end_copies
        self._calls = AdoptedFolder(manager, folder)
        self._patches = PatchedCalls(self._calls)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.undo()

    def undo(self) -> None:
        """Let every call see the disk again, and close the manager."""
        self._patches.undo()
        self._end_copies()
        self.manager.close()

    def report(self) -> str:
        """Return which calls were served from the layers and how often, and which calls could not be served and why."""
        served, refused = self._calls.served, self._calls.refused
        lines = [f"{count:>7} {call}" for call, count in sorted(served.items())] or ["      0 calls were served"]
        for (call, path, reason), count in sorted(refused.items()):
            lines.append(message(f"{count:>7} {call} of {path} was not served: {reason}"))
        return "\n".join([*lines, *live_copies.report()])
