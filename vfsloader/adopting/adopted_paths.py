"""Which paths of the disk are below the adopted folders, and what they are called in the merged tree.

A folder is recognised however the game reaches it: by an absolute or a relative path, in bytes or in text, through
links, or by its real path.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

from vfsloader import paths
from vfsloader.runtime.composed import nfc

#: Folders of the disk whose names in the tree are remembered.
_REMEMBERED_FOLDERS = 4096
#: Modules through which the game's own questions reach this one.
_REPLACEMENTS = (
    "vfsloader.adopting.adopted_",
    "vfsloader.adopting.patched_",
    "vfsloader.pygame.patched_",
    "vfsloader.pyglet.patched_",
    "vfsloader.arcade.patched_",
)


def opened_path(file: Any) -> Any:
    """Return the path of a file of the disk that the game has opened and not read from; anything else as it is.

    So what an engine loads from such a file follows the path, as if the game had passed that.

    Examples
    --------
    >>> with open(os.devnull, "rb") as file:
    ...     opened_path(file) == os.devnull, opened_path("p.png")
    (True, 'p.png')
    """
    if type(file) is io.BufferedReader and not file.closed and isinstance(file.raw, io.FileIO):
        name = file.name
        if isinstance(name, (str, bytes, os.PathLike)) and file.seekable() and file.tell() == 0:
            return name
    return file


class AdoptedPaths:
    """Translates paths of the disk into virtual paths.

    Parameters
    ----------
    folders
        The adopted folders, as absolute paths, each with its path in the tree.
    left_out
        Folders inside of them that do not belong to the game's assets, such as the mods folder.

    Examples
    --------
    >>> names = AdoptedPaths({os.path.abspath("resources"): "/"})
    >>> names.virtual("resources/images/p.png")
    '/images/p.png'
    >>> names.virtual("elsewhere/p.png") is None
    True
    """

    def __init__(self, folders: Mapping[str, str], left_out: tuple[str, ...] = ()) -> None:
        #: By each name of a folder: as it was given, and where links on the way lead. None: not the game's.
        self._roots: dict[str, str | None] = {}
        named = [*folders.items(), *((folder, None) for folder in left_out)]
        for spell in (os.path.realpath, os.path.abspath):
            self._roots |= {os.path.normcase(spell(folder)): virtual for folder, virtual in named}
        self._known: dict[str, str | None] = {}
        #: Folders, as calls spell them, in which nothing is ours, and single paths beside ours: nearly all other
        #: paths end here.
        self._elsewhere: set[str] = set()
        self._files_elsewhere: set[str] = set()
        self._above = {os.path.dirname(root) for root in self._roots}
        #: Set when the adoption ends: somebody may still hold a replaced call.
        self.is_over = False

    def virtual(self, path: Any) -> str | None:
        """Return the virtual path if the game asks for a path below the folders, else None."""
        if type(path) is str and (path[: path.rfind(os.sep)] in self._elsewhere or path in self._files_elsewhere):
            return None
        if _group(sys._getframe(2)) in (_OURS, _REPLACEMENT) and _is_own_call():  # a layer: most own calls end here
            return None
        virtual = self.anybodys(path)
        if virtual is None and type(path) is str:
            self._remember_elsewhere(path)
        if self.is_over:
            return None
        return None if virtual is None or _is_own_call() else virtual

    def anybodys(self, path: Any) -> str | None:
        """Return the virtual path of a path below the folders, no matter who asks."""
        if not isinstance(path, str):
            if not isinstance(path, (bytes, os.PathLike)):
                return None
            path = os.fsdecode(path)
        try:
            if ".." in path and os.name != "nt":  # the folder above a link's target is another than the text says
                virtual = self._whole(_resolved(path))
                if virtual is not None:
                    return virtual
            return self._whole(os.path.abspath(path))
        except (OSError, ValueError):  # the current folder was deleted, or the path contains a null
            return None

    def _remember_elsewhere(self, path: str) -> None:
        folder = path[: path.rfind(os.sep)]
        # A relative path depends on the present folder, and one of ours may have a name that the tree cannot have.
        if not os.path.isabs(folder) or self._folder(os.path.abspath(folder)) is not None:
            return
        spellings = {os.path.normcase(spell(folder)) for spell in (os.path.abspath, os.path.realpath)}
        # Beside a folder of ours, each path counts for itself alone: it may be a link to the folder.
        known, spelling = (
            (self._elsewhere, folder) if spellings.isdisjoint(self._above) else (self._files_elsewhere, path)
        )
        if len(known) >= _REMEMBERED_FOLDERS:
            known.clear()
        known.add(spelling)

    def folder(self, path: Any) -> str | None:
        """Return the virtual path of a folder that the game lists; it may itself be a link to one of ours."""
        virtual = self.virtual(path)
        if virtual is not None or self.is_over:
            return virtual
        try:
            inside = self._folder(os.path.abspath(os.fsdecode(path)))
        except (OSError, ValueError, TypeError):
            return None
        return None if inside is None or _is_own_call() else inside

    def _whole(self, path: str) -> str | None:
        key = os.path.normcase(path)
        if key in self._roots:  # an adopted folder itself, or one that is left out
            return self._roots[key]
        folder, name = os.path.split(path)
        inside = self._folder(folder)
        return None if inside is None else _join(inside, name)

    def _folder(self, folder: str) -> str | None:
        try:
            return self._known[folder]
        except KeyError:
            pass
        if len(self._known) >= _REMEMBERED_FOLDERS:
            self._known.clear()
        inside = self._below(folder)
        if inside is None:
            real = os.path.realpath(folder)
            inside = self._below(real) if real != folder else None
        self._known[folder] = inside
        return inside

    def _below(self, folder: str) -> str | None:
        """Return the virtual path of a folder, from the nearest adopted folder above it."""
        above, names = folder, []
        while os.path.normcase(above) not in self._roots:
            above, name = os.path.split(above)
            if not name:
                return None
            names.append(name)
        root = self._roots[os.path.normcase(above)]
        for name in reversed(names):
            root = None if root is None else _join(root, name)
        return root


def _join(folder: str, name: str) -> str | None:
    """Return a path of the tree; None if the tree can have no such name."""
    name = nfc(name)
    return paths.join(folder, name) if paths.is_valid_name(name) else None


def _resolved(path: str) -> str:
    """Return an absolute path in which no link is before two dots."""
    folder, name = os.path.split(path)
    if name in ("", os.curdir, os.pardir):
        return os.path.realpath(path)
    return os.path.join(os.path.realpath(folder or os.curdir), name)


def _is_own_call() -> bool:
    """Return whether this library itself asks: a layer must see its own folder, and not what mods make of it.

    The standard library asks for the module that called it. A replaced call that calls another replaced call asks for
    itself, too.
    """
    frame: FrameType | None = sys._getframe(1)
    groups = _groups
    for passed in (_REPLACEMENT, _STDLIB):
        while frame is not None:
            name = frame.f_globals.get("__name__")
            if (groups[name] if name in groups else _group(frame)) != passed:
                break
            frame = frame.f_back
    return frame is not None and _group(frame) in (_OURS, _REPLACEMENT)


_OTHER, _OURS, _REPLACEMENT, _STDLIB = range(4)
#: By a module's name, what it belongs to: each call of a game asks for the modules that called it.
_groups: dict[Any, int] = {}


def _group(frame: FrameType) -> int:
    name = frame.f_globals.get("__name__")
    group = _groups.get(name)
    if group is None:
        text = str(name)
        if text.startswith(_REPLACEMENTS):
            group = _REPLACEMENT
        elif text.startswith("vfsloader."):
            group = _OURS
        else:
            group = _STDLIB if text.partition(".")[0] in sys.stdlib_module_names else _OTHER
        if isinstance(name, str):
            _groups[name] = group
    return group
