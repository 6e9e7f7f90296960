"""Find a shipped game's files: beside the program, inside it, or inside a package.

A program that was frozen into one file unpacks itself into a folder that is deleted when it ends. Files that come with
the game are searched for beside the program first, so that a player can replace them, and then inside. Files that the
game writes, or that players add, belong beside the program.

References
----------
PyInstaller, "Run-time Information": ``sys.frozen``, ``sys._MEIPASS``. Nuitka, "Onefile": ``__compiled__``.
"""

from __future__ import annotations

import importlib.resources
import os
import sys
from pathlib import Path
from types import ModuleType

from vfsloader.errors import PathNotFoundError


def app_path(name: str = "", *, package: str | ModuleType | None = None, missing_ok: bool = False) -> Path:
    """Return the real path of a file or folder that comes with the game.

    It is searched for beside the program, then inside a frozen program, then in `package`.

    Parameters
    ----------
    name
        The path relative to the program's folder: ``"base.pack"``. If left out, the program's folder itself.
    package
        The import package that holds the file if the game is installed as a wheel.
    missing_ok
        If it is not found, return the path beside the program: for files that the game makes, such as saves.

    Returns
    -------
    pathlib.Path
        The first path that exists.

    Raises
    ------
    PathNotFoundError
        It was not found; the message names the folders that were searched.

    Examples
    --------
    ::

        game = vfsloader.init(
            base=vfsloader.app_path("base.pack", package="mygame"),
            mods=vfsloader.app_path("mods", missing_ok=True),
            save=vfsloader.app_path("user.db", missing_ok=True),
        )
    """
    beside = program_folder()
    candidates = [beside / name, *(folder / name for folder in _bundle_folders())]
    if package is not None:
        candidates.append(_in_package(package, name))
    for candidate in candidates:
        if candidate.exists():
            return candidate
    if missing_ok:
        return beside / name
    folders = ", ".join(dict.fromkeys(str(candidate.parent) for candidate in candidates))
    raise PathNotFoundError.at(name, f"{name} does not come with the program (searched in {folders})")


def program_folder() -> Path:
    """Return the folder in which the player sees the program: that of the executable or of the started script."""
    if is_frozen():
        # Nuitka's one-file programs run from a temporary folder, and name the started file in the environment.
        started = os.environ.get("NUITKA_ONEFILE_BINARY") or (sys.argv[0] if _nuitka() else sys.executable)
        return Path(started).absolute().parent
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(main).absolute().parent if main else Path.cwd()


def is_frozen() -> bool:
    """Return whether PyInstaller or Nuitka made the program an executable."""
    return bool(getattr(sys, "frozen", False)) or _nuitka()


def is_bundled(path: Path) -> bool:
    """Return whether a path is inside a frozen program, where files that are written are lost."""
    return any(path.absolute().is_relative_to(folder) for folder in _bundle_folders())


def _nuitka() -> bool:
    return "__compiled__" in globals() or hasattr(sys.modules.get("__main__"), "__compiled__")


def _bundle_folders() -> list[Path]:
    """Return the folders that a frozen program unpacked itself into."""
    folders = []
    unpacked = getattr(sys, "_MEIPASS", None)
    if unpacked:
        folders.append(Path(unpacked))
    if _nuitka():
        main = getattr(sys.modules.get("__main__"), "__file__", None)
        folders.append(Path(main or __file__).absolute().parent)
    return folders


def _in_package(package: str | ModuleType, name: str) -> Path:
    resource = importlib.resources.files(package)
    for part in filter(None, name.split("/")):
        resource = resource / part
    if not isinstance(resource, Path):
        package = package if isinstance(package, str) else package.__name__
        raise PathNotFoundError.at(name, f"{package} was imported from an archive; install it unzipped to read {name}")
    return resource
