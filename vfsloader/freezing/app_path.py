"""Where a game's files are once it is shipped: beside the program, inside it, or inside a package.

A program that was frozen into one file unpacks itself into a folder that is gone when it ends. What comes with the
game is looked for beside the program first, so that a player may replace it, and then inside; what the game writes,
and what players add, belongs beside the program.

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
    """Give the real path of something that comes with the game.

    It is looked for beside the program, then in what a frozen program carries inside it, then in `package`.

    Parameters
    ----------
    name
        A file or folder, by its path from the program's folder: ``"base.pack"``. That folder itself if left out.
    package
        The import package that holds it where the game is installed as a wheel.
    missing_ok
        Where it is nowhere, give the place beside the program: for what the game makes, such as saves.

    Returns
    -------
    pathlib.Path
        The first that is there.

    Raises
    ------
    PathNotFoundError
        It is nowhere; the places are named.

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
    places = [beside / name, *(folder / name for folder in _carried())]
    if package is not None:
        places.append(_in_package(package, name))
    for place in places:
        if place.exists():
            return place
    if missing_ok:
        return beside / name
    looked = ", ".join(dict.fromkeys(str(place.parent) for place in places))
    raise PathNotFoundError.at(name, f"{name} does not come with the program (looked in {looked})")


def program_folder() -> Path:
    """Give the folder in which the player sees the program: of the executable, or of the script that was started."""
    if is_frozen():
        # Nuitka's one-file programs run from a temporary folder, and say where they were started from.
        started = os.environ.get("NUITKA_ONEFILE_BINARY") or (sys.argv[0] if _nuitka() else sys.executable)
        return Path(started).absolute().parent
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(main).absolute().parent if main else Path.cwd()


def is_frozen() -> bool:
    """Tell whether the program was made into an executable by PyInstaller or Nuitka."""
    return bool(getattr(sys, "frozen", False)) or _nuitka()


def is_carried(path: Path) -> bool:
    """Tell whether a path lies inside a frozen program, where nothing written stays."""
    return any(path.absolute().is_relative_to(folder) for folder in _carried())


def _nuitka() -> bool:
    return "__compiled__" in globals() or hasattr(sys.modules.get("__main__"), "__compiled__")


def _carried() -> list[Path]:
    """Give the folders that a frozen program unpacked itself into."""
    folders = []
    unpacked = getattr(sys, "_MEIPASS", None)
    if unpacked:
        folders.append(Path(unpacked))
    if _nuitka():
        main = getattr(sys.modules.get("__main__"), "__file__", None)
        folders.append(Path(main or __file__).absolute().parent)
    return folders


def _in_package(package: str | ModuleType, name: str) -> Path:
    place = importlib.resources.files(package)
    for part in name.split("/"):
        place = place / part if part else place
    if not isinstance(place, Path):
        where = package if isinstance(package, str) else package.__name__
        raise PathNotFoundError.at(name, f"{where} was imported from an archive; install it unzipped to read {name}")
    return place
