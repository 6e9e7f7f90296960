"""Resource handles of arcade whose files come from the layers, and never from outside of them.

arcade computes ``entry / "sprites/p.png"`` for each entry of a handle, and asks the result whether it exists. So our
entry needs no monkeypatch. What arcade's own functions load by such a handle is live: the paths that they got from us
are known when they open them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, MutableSequence
from typing import Any

import arcade.resources
import PIL
from vfsloader.arcade.patched_arcade import PatchedArcade
from vfsloader.arcade.tracking import track
from vfsloader.pyglet.patched_engine import PatchedEngine

from vfsloader import paths
from vfsloader.adopting.adopted_files import AdoptedFiles
from vfsloader.adopting.late_patches import LatePatches
from vfsloader.errors import InvalidPathError, PathNotFoundError
from vfsloader.game.current import current
from vfsloader.game.manager import ResourceManager


class GivenPaths:
    """The files of the disk that a handle named, with their paths in the tree."""

    def __init__(self) -> None:
        self.is_over = False
        self._virtual: dict[str, str] = {}

    def note(self, real: str, virtual: str) -> None:
        """Remember a file that arcade is about to use."""
        self._virtual[real] = self._virtual[os.path.realpath(real)] = virtual

    def virtual(self, path: Any) -> str | None:
        """Return the path in the tree of a file that the handle named."""
        if self.is_over or not isinstance(path, (str, os.PathLike)):
            return None
        return self._virtual.get(os.fspath(path))

    def folder(self, path: Any) -> str | None:
        """Return None: a handle names files."""
        return None


class _File(os.PathLike[str]):
    """A name below the handle, whether or not it exists."""

    def __init__(self, layers: Layers, name: str) -> None:
        self._layers = layers
        self._name = name

    def exists(self) -> bool:
        try:
            virtual = self._layers.virtual(self._name)
        except InvalidPathError:  # outside of the root
            return False
        # What a mod removed does not come back from what else the handle has.
        return self._layers.manager.exists(virtual) or self._layers.hides(virtual)

    def __fspath__(self) -> str:
        virtual = self._layers.virtual(self._name)
        real = self._layers.manager.real_path(virtual)
        self._layers.given.note(real, virtual)
        return real


class Layers:
    """An entry of a handle: a folder of the merged tree."""

    def __init__(self, manager: ResourceManager, root: str = paths.ROOT) -> None:
        self.manager = manager
        self.root = root
        self.given = GivenPaths()

    def __truediv__(self, name: str) -> _File:
        return _File(self, name)

    def __repr__(self) -> str:
        return f"the layers {', '.join(layer['name'] for layer in self.manager.vfs.list_layers())}"

    def virtual(self, name: str) -> str:
        """Return the path in the tree of a name below the handle.

        Raises
        ------
        InvalidPathError
            The name leads out of the root.
        """
        virtual = paths.normalise(paths.join(self.root, name))
        if not paths.is_inside(virtual, self.root):
            raise InvalidPathError.at(name, f"{name} is outside of {self.root}")
        return virtual

    def hides(self, virtual: str) -> bool:
        """Return whether a mod removes a path."""
        return any(layer.may_hide and layer.hides(virtual) for _, layer in self.manager.vfs.union.mounts)


def install(
    manager: ResourceManager | None = None, handle: str = "game", *, root: paths.PathLike = "/"
) -> Callable[[], None]:
    """Let a resource handle of arcade read from the merged tree.

    From then on arcade's own functions read the winning layer's file: ``arcade.load_texture(":game:sprites/p.png")``,
    ``Sprite``, ``SpriteSheet``, ``load_tilemap``, ``load_sound``, ``load_font`` and every other function that takes a
    handle. What they return is live: :func:`vfsloader.update` shows a changed file in the textures, sprites and text
    that exist.

    A handle that exists already is taken over: the tree comes first, and what it does not have is looked up where the
    handle looked before. What a mod removes is not found there, either.

    Parameters
    ----------
    manager
        The game; by default the current one.
    handle
        Its name, without colons. It may exist: ``"resources"`` is arcade's own.
    root
        The folder of the tree that the handle names.

    Returns
    -------
    callable
        Call it to let the handle be as it was.

    Raises
    ------
    ValueError
        The name of the handle is empty or contains a colon.
    """
    if not handle or ":" in handle:
        raise ValueError(f"a resource handle has a name without colons, such as 'game', and not {handle!r}")
    layers = Layers(manager or current(), paths.normalise(root))
    files = AdoptedFiles(layers.manager, layers.given, PIL.UnidentifiedImageError)
    late = LatePatches()
    end_tracking = track()
    patches = [PatchedArcade(files, late, always=True), PatchedEngine(files, late)]
    entries: MutableSequence[Any] | None = arcade.resources.handles.get(handle)
    # arcade only applies "/" to an entry, and calls exists() on the result. It asks the last entry first.
    if entries is None:
        arcade.resources.handles[handle] = [layers]  # type: ignore[list-item]
    else:
        entries.append(layers)

    def end() -> None:
        known: list[Any] = arcade.resources.handles.get(handle, [])
        known[:] = [entry for entry in known if entry is not layers]
        if not known and entries is None:
            arcade.resources.handles.pop(handle, None)
        late.end()
        for patch in reversed(patches):
            patch.undo()
        files.close()
        end_tracking()

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
    for entry in reversed(arcade.resources.handles.get(handle, ())):
        if isinstance(entry, Layers):
            return entry.manager, entry.virtual(name.lstrip("/"))
    raise PathNotFoundError.at(text, f"the handle :{handle}: does not read from layers; see vfsloader.arcade.install")
