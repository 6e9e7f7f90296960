"""Adopting a finished game: its own calls see the layers, without a changed line.

Called once, before the game's own imports::

    import vfsloader.pygame
    vfsloader.pygame.adopt("resources", mods="mods")

From then on ``pygame.image.load("resources/x.png")``, ``open("resources/lang/en.json")``, ``os.listdir`` and the like
see what the mods make of that folder, and everything else sees the disk as before. What pygame loaded is alive, as if
:func:`load_image` had loaded it.
"""

from __future__ import annotations

import builtins
import errno
import functools
import io
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Self

import pygame
from vfsloader.pygame.fonts import FONTS, LiveFont
from vfsloader.pygame.images import IMAGES
from vfsloader.pygame.live_sound import LiveSound
from vfsloader.pygame.sounds import SOUNDS
from vfsloader.pygame.surface import LiveSurface

from vfsloader import paths
from vfsloader.errors import VFSError
from vfsloader.game.current import use
from vfsloader.game.manager import ResourceManager

#: Milliseconds that each ``pygame.display.flip`` gives to what changed.
FRAME_BUDGET_MS = 4.0


def adopt(folder: paths.RealPath, mods: paths.RealPath | None = None, **options: Any) -> Adopted:
    """Let a game's own calls see the layers for the paths below a folder, and for nothing else.

    Parameters
    ----------
    folder
        The game's folder of assets; it becomes the base layer.
    mods
        The mods folder.
    **options
        The other parameters of :class:`~vfsloader.ResourceManager`.

    Returns
    -------
    Adopted
        Ends it with ``undo()``, or as a context manager; tells with ``report()`` what it did. Its ``manager`` is the
        current one.

    Raises
    ------
    FileNotFoundError
        There is no such folder.

    Notes
    -----
    Served are ``open``, ``io.open`` and ``pathlib`` for reading; ``os.stat``, ``listdir``, ``scandir``, ``walk``,
    ``os.path.exists`` and its like, ``glob``; ``pygame.image.load``, ``pygame.mixer.Sound``,
    ``pygame.mixer.music.load``, ``pygame.font.Font``. ``pygame.display.flip`` and ``update`` bring everything up to
    date. A call for a path elsewhere costs a look for the folder's name in it.
    """
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {os.fspath(folder)!r} to adopt", os.fspath(folder))
    return Adopted(use(ResourceManager(os.path.abspath(folder), mods=mods, **options)), os.path.abspath(folder))


class Adopted:
    """A game whose calls see the layers.

    Attributes
    ----------
    manager
        The :class:`~vfsloader.ResourceManager` with the layers.
    folder
        The folder of the disk that was adopted.
    """

    def __init__(self, manager: ResourceManager, folder: str) -> None:
        self.manager = manager
        self.folder = folder
        self.served: Counter[str] = Counter()
        self.refused: Counter[tuple[str, str, str]] = Counter()
        self._mark = os.path.basename(folder)
        self._replaced: list[tuple[Any, str, Any, Any]] = []
        stat = os.lstat

        def is_there(path: Any) -> bool:
            try:
                stat(path)
            except OSError:
                return False
            return True

        self._is_there = is_there
        self._replace_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.undo()

    def undo(self) -> None:
        """Let every call see the disk again, and close the manager."""
        for owner, name, mine, original in reversed(self._replaced):
            if getattr(owner, name) is mine:  # unless somebody else replaced it since
                setattr(owner, name, original)
        self._replaced.clear()
        self.manager.close()

    def report(self) -> str:
        """Tell which calls were served from the layers and how often, and which could not be."""
        lines = [f"{count:>7} {call}" for call, count in sorted(self.served.items())] or ["      0 calls were served"]
        for (call, path, reason), count in sorted(self.refused.items()):
            lines.append(f"{count:>7} {call} of {path} was not served: {reason}")
        return "\n".join(lines)

    # --- paths ---------------------------------------------------------------------------------------

    def virtual(self, path: Any) -> str | None:
        """Give the virtual path of one below the folder that the game asks for; None for any other."""
        if not isinstance(path, str):
            if not isinstance(path, os.PathLike):
                return None
            path = os.fspath(path)
        # Nearly all other paths end here.
        if self._mark not in path:
            return None
        whole = os.path.abspath(path)
        rest = whole[len(self.folder) :]
        if not whole.startswith(self.folder) or (rest and rest[0] not in (os.sep, "/")) or _is_asked_by_us():
            return None
        return rest.replace(os.sep, "/") or paths.ROOT

    def _real(self, call: str, path: Any) -> Any:
        """Give the file of the disk that stands for a path now; the path itself where the layers do not know it."""
        virtual = self.virtual(path)
        if virtual is None:
            return path
        try:
            found = self.manager.vfs.union.find(virtual)
            if found is None:
                if self._is_there(path):  # and hidden
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(path))
                return path
            self.served[call] += 1
            if not found.entry.is_folder:
                return self.manager.real_path(virtual)
            return path if self._is_there(path) else self.folder
        except VFSError as error:
            self.refused[call, virtual, str(error)] += 1
            return path

    # --- what is replaced ----------------------------------------------------------------------------

    def _replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        original = getattr(owner, name)
        mine = make(original)
        setattr(owner, name, mine)
        self._replaced.append((owner, name, mine, original))

    def _replace_all(self) -> None:
        for name in ("stat", "lstat"):
            self._replace(os, name, functools.partial(self._on_real, f"os.{name}"))
        for name in ("exists", "lexists", "isfile", "isdir", "getsize", "getmtime"):
            self._replace(os.path, name, functools.partial(self._on_real, f"os.path.{name}", missing=name[0] != "g"))
        self._replace(os, "listdir", self._listdir)
        self._replace(os, "scandir", self._scandir)
        for owner in (builtins, io):
            self._replace(owner, "open", self._open)
        self._replace(pygame.image, "load", self._image_load)
        self._replace(pygame.mixer, "Sound", self._sound)
        self._replace(pygame.mixer.music, "load", functools.partial(self._on_real, "pygame.mixer.music.load"))
        self._replace(pygame.font, "Font", self._font)
        for name in ("flip", "update"):
            self._replace(pygame.display, name, self._shown)

    def _on_real(self, call: str, original: Callable[..., Any], *, missing: bool = False) -> Callable[..., Any]:
        """Replace a call whose first argument is a path by one on the file that stands for it."""

        @functools.wraps(original)
        def replaced(*args: Any, **more: Any) -> Any:
            if args and self.virtual(args[0]) is not None:
                try:
                    args = (self._real(call, args[0]), *args[1:])
                except FileNotFoundError:
                    if missing:  # it only asks
                        return False
                    raise
            return original(*args, **more)

        return replaced

    def _open(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replaced(file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
            virtual = self.virtual(file)
            if virtual is not None:
                if set(mode) & set("wax+"):
                    self.refused["open", virtual, "it is opened for writing, which goes to the disk"] += 1
                else:
                    file = self._real("open", file)
            return original(file, mode, *args, **more)

        return replaced

    def _listdir(self, original: Callable[..., list[str]]) -> Callable[..., list[str]]:
        @functools.wraps(original)
        def replaced(path: Any = ".") -> list[str]:
            virtual = self.virtual(path)
            if virtual is None or not self.manager.vfs.isdir(virtual):
                return original(path)
            self.served["os.listdir"] += 1
            return self.manager.vfs.listdir(virtual)

        return replaced

    def _scandir(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def replaced(path: Any = ".") -> Any:
            virtual = self.virtual(path)
            if virtual is None or not self.manager.vfs.isdir(virtual):
                return original(path)
            self.served["os.scandir"] += 1
            found = self.manager.vfs.union.children(virtual)
            return _Scan(iter([_Entry(os.fspath(path), name, one.entry.is_folder) for name, one in found.items()]))

        return replaced

    def _image_load(self, original: Callable[..., pygame.Surface]) -> Callable[..., pygame.Surface]:
        @functools.wraps(original)
        def replaced(file: Any, *args: Any, **more: Any) -> pygame.Surface:
            surface = LiveSurface((1, 1))
            if self._attached("pygame.image.load", surface, file, IMAGES, convert=False):
                return surface
            return original(self._real("pygame.image.load", file), *args, **more)

        return replaced

    def _sound(self, original: type[pygame.mixer.Sound]) -> type[pygame.mixer.Sound]:
        adopted = self

        class Sound(LiveSound):
            __doc__ = original.__doc__

            def __init__(self, *args: Any, **more: Any) -> None:
                file = args[0] if args else more.get("file")
                if adopted.virtual(file) is not None and pygame.mixer.get_init():
                    super().__init__(buffer=bytes(64))
                    if adopted._attached("pygame.mixer.Sound", self, file, SOUNDS):
                        return
                if file is not None:
                    super().__init__(adopted._real("pygame.mixer.Sound", file))
                else:
                    super().__init__(*args, **more)

        return Sound

    def _font(self, original: type[pygame.font.Font]) -> type[pygame.font.Font]:
        adopted = self

        class Font(LiveFont):
            __doc__ = original.__doc__

            def __init__(self, file: Any = None, size: int = 20) -> None:
                super().__init__(adopted._real("pygame.font.Font", file), size)
                adopted._attached("pygame.font.Font", self, file, FONTS, is_loaded=True, size=size)

        return Font

    def _attached(
        self, call: str, resource: Any, file: Any, loader: Any, *, is_loaded: bool = False, **options: Any
    ) -> bool:
        """Fill an object from the layers and keep it alive; tell whether that was possible."""
        virtual = self.virtual(file)
        if virtual is None:
            return False
        try:
            self.manager.attach(resource, virtual, loader, is_loaded=is_loaded, **options)
        except (VFSError, OSError) as error:
            # The original raises what the game knows.
            self.refused[call, virtual, str(error)] += 1
            return False
        self.served[call] += 1
        return True

    def _shown(self, original: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(original)
        def replaced(*args: Any, **more: Any) -> None:
            original(*args, **more)
            self.manager.update(FRAME_BUDGET_MS)

        return replaced


#: Modules through which a question for a path may come.
_THROUGH = frozenset(
    {__name__, "posixpath", "ntpath", "genericpath", "os", "io", "pathlib", "pathlib._local", "pathlib._abc", "glob",
     "contextlib", "_pyio", "tempfile", "shutil"}
)  # fmt: skip


def _is_asked_by_us() -> bool:
    """Tell whether this library itself asks: a layer must see its own folder, and not what the mods make of it."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") in _THROUGH:
        frame = frame.f_back
    return frame is not None and str(frame.f_globals.get("__name__")).startswith("vfsloader.")


class _Entry(os.PathLike[str]):
    """What ``os.scandir`` gives for a name."""

    def __init__(self, folder: str, name: str, is_folder: bool) -> None:
        self.name = name
        self.path = os.path.join(folder, name)
        self._is_folder = is_folder

    def __fspath__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self._is_folder

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return not self._is_folder

    def is_symlink(self) -> bool:
        return False

    def is_junction(self) -> bool:
        return False

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        return os.stat(self.path)

    def inode(self) -> int:
        return self.stat().st_ino


class _Scan:
    """The iterator of ``os.scandir``, which is a context manager too."""

    def __init__(self, entries: Iterator[_Entry]) -> None:
        self._entries = entries

    def __iter__(self) -> Iterator[_Entry]:
        return self

    def __next__(self) -> _Entry:
        return next(self._entries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._entries = iter(())
