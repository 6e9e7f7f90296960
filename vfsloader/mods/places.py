"""Where mods and the player's choices are: several mods folders, and a folder that may be written."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from vfsloader import paths
from vfsloader.mods import messages
from vfsloader.mods.messages import Problem, problem
from vfsloader.runtime.hashes import sha256


def mods_folders(folders: paths.RealPath | Iterable[paths.RealPath] | None) -> tuple[Path, ...]:
    """Return the mods folders, each once, in the order given.

    Examples
    --------
    >>> mods_folders(None), len(mods_folders("mods")), len(mods_folders(["a", "b", "a/"]))
    ((), 1, 2)
    """
    if folders is None:
        return ()
    several = [folders] if isinstance(folders, (str, os.PathLike)) else folders
    return tuple({os.path.normpath(os.path.abspath(folder)): Path(folder) for folder in several}.values())


def folder_problems(folders: Sequence[Path]) -> list[Problem]:
    """Return which mods folders are probably misspelt. One that does not exist is fine: there are no mods yet."""
    problems = []
    for folder in folders:
        if not folder.exists() and (near := _near_folder(folder)):
            reason = messages.fill(messages.NEAR_FOLDER, folder=folder.absolute(), near=near)
            problems.append(problem("mods_folder", folder.name, reason=reason))
    return problems


def _near_folder(folder: Path) -> str | None:
    try:
        names = {entry.name.casefold(): entry.name for entry in os.scandir(folder.absolute().parent) if entry.is_dir()}
    except OSError:
        return None
    near = difflib.get_close_matches(folder.name.casefold(), names, 1, 0.75)
    return names[near[0]] if near else None


def writable_folder(folders: Sequence[Path]) -> Path | None:
    """Return the last mods folder that can be written, or made; the last one if none can; None if there is none."""
    return next((folder for folder in reversed(folders) if is_writable(folder)), folders[-1] if folders else None)


def is_writable(folder: Path) -> bool:
    """Return whether files can be made in a folder, as far as its permissions say. It need not exist yet."""
    folder = folder.absolute()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def cache_folder(folder: paths.RealPath, state_dir: paths.RealPath | None) -> Path:
    """Return where a cache can be kept: the folder that was asked for, or one that the user may write instead."""
    if is_writable(Path(folder)):
        return Path(folder)
    return (user_folder(Path(folder)) if state_dir is None else Path(state_dir)) / "cache"


def user_folder(folder: Path) -> Path:
    """Return the folder of the user's own data for the game whose mods folder this is.

    Its name is readable, and different for each place at which a game is installed.
    """
    import platformdirs

    whole = os.path.normcase(os.path.abspath(folder))
    name = re.sub(r"\W+", "-", os.path.basename(os.path.dirname(whole))).strip("-")[:40] or "game"
    digest = sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return Path(platformdirs.user_data_path("vfsloader", appauthor=False)) / f"{name}-{digest}"
