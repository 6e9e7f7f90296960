"""A resource handle of arcade whose files come from the layers, and never from outside of them.

arcade asks each entry of a handle for ``entry / "sprites/p.png"``, and whether that exists; so an entry of ours needs
no monkeypatch. It takes the first that has the file from the end of its list; here the layers have decided before.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import arcade.resources

from vfsloader import paths
from vfsloader.errors import InvalidPathError, PathNotFoundError
from vfsloader.game.current import current
from vfsloader.game.manager import ResourceManager


class _File(os.PathLike[str]):
    """A name below the handle, found or not."""

    def __init__(self, manager: ResourceManager, name: str) -> None:
        self._manager = manager
        self._name = name

    def exists(self) -> bool:
        try:
            return self._manager.exists(self._name)
        except InvalidPathError:  # it leaves the root
            return False

    def __fspath__(self) -> str:
        return self._manager.real_path(self._name)


class Layers:
    """An entry of a handle: the merged tree."""

    def __init__(self, manager: ResourceManager) -> None:
        self.manager = manager

    def __truediv__(self, name: str) -> _File:
        return _File(self.manager, name)

    def __repr__(self) -> str:
        return f"the layers {', '.join(layer['name'] for layer in self.manager.vfs.list_layers())}"


def install(manager: ResourceManager | None = None, handle: str = "game") -> Callable[[], None]:
    """Let a resource handle of arcade stand for the merged tree.

    ``arcade.load_texture(":game:sprites/p.png")``, ``arcade.load_sound(":game:s.wav")`` and whatever else takes a
    handle reads the winning layer's file from then on; :func:`load_texture` gives textures that change while the game
    runs.

    Parameters
    ----------
    manager
        The game; the current one if left out.
    handle
        Its name, without colons.

    Returns
    -------
    callable
        Ends it.

    Raises
    ------
    ValueError
        There is a handle of this name.
    """
    if handle in arcade.resources.handles:
        raise ValueError(f"there is a resource handle {handle!r} already")
    # arcade only uses "/" on what stands here, and "exists" on what comes of that.
    arcade.resources.handles[handle] = [Layers(manager or current())]  # type: ignore[list-item]

    def end() -> None:
        arcade.resources.handles.pop(handle, None)

    return end


def virtual(path: str | os.PathLike[str]) -> tuple[ResourceManager, str]:
    """Give the manager and the virtual path of what a caller of arcade names: with a handle of ours, or whole.

    Raises
    ------
    PathNotFoundError
        The handle is none of ours.
    """
    text = os.fspath(path).strip()
    if not text.startswith(":"):
        return current(), paths.normalise(text)
    handle, _, name = text[1:].partition(":")
    for entry in arcade.resources.handles.get(handle, ()):
        if isinstance(entry, Layers):
            return entry.manager, paths.normalise(name)
    raise PathNotFoundError.at(text, f"the handle :{handle}: does not stand for layers; see vfsloader.arcade.install")
