"""A resource handle of arcade whose files come from the layers, and never from outside of them.

arcade computes ``entry / "sprites/p.png"`` for each entry of a handle, and asks the result whether it exists. So our
entry needs no monkeypatch.
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
    """A name below the handle, whether or not it exists."""

    def __init__(self, manager: ResourceManager, name: str) -> None:
        self._manager = manager
        self._name = name

    def exists(self) -> bool:
        try:
            return self._manager.exists(self._name)
        except InvalidPathError:  # outside of the root
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
    """Make a resource handle of arcade that reads from the merged tree.

    From then on ``arcade.load_texture(":game:sprites/p.png")``, ``arcade.load_sound(":game:s.wav")`` and every other
    function that takes a handle reads the winning layer's file. :func:`load_texture` returns live textures.

    Parameters
    ----------
    manager
        The game; by default the current one.
    handle
        Its name, without colons.

    Returns
    -------
    callable
        Call it to remove the handle.

    Raises
    ------
    ValueError
        A handle of this name exists.
    """
    if handle in arcade.resources.handles:
        raise ValueError(f"a resource handle {handle!r} exists already")
    # arcade only applies "/" to an entry, and calls exists() on the result.
    arcade.resources.handles[handle] = [Layers(manager or current())]  # type: ignore[list-item]

    def end() -> None:
        arcade.resources.handles.pop(handle, None)

    return end


def virtual(path: str | os.PathLike[str]) -> tuple[ResourceManager, str]:
    """Return the manager and the virtual path of a name with one of our handles, or of a virtual path.

    Raises
    ------
    PathNotFoundError
        The handle is not one of ours.
    """
    text = os.fspath(path).strip()
    if not text.startswith(":"):
        return current(), paths.normalise(text)
    handle, _, name = text[1:].partition(":")
    for entry in arcade.resources.handles.get(handle, ()):
        if isinstance(entry, Layers):
            return entry.manager, paths.normalise(name)
    raise PathNotFoundError.at(text, f"the handle :{handle}: does not read from layers; see vfsloader.arcade.install")
