"""What usually goes wrong when a game calls :func:`vfsloader.init` for the first time, and the sentence that helps."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from typing import Any

from vfsloader import paths
from vfsloader.errors import ConfigError, PathNotFoundError, SourceTypeError, UnknownFormatError
from vfsloader.layers.protocol import Layer
from vfsloader.mods.metadata.shape import OWN_MARKERS
from vfsloader.opening import Source
from vfsloader.quoting import quoted
from vfsloader.runtime.missing_files import similar_name


def check_sources(base: Any, dlc: Any) -> None:
    """Raise an error for values that no type checker accepts: later errors would say less."""
    if base is None or isinstance(base, (int, float, dict, list, tuple, set)):
        raise SourceTypeError(
            f'base must be a folder, an archive, a pack or a layer, not {quoted(base)}; for example init("assets")'
        )
    if isinstance(dlc, (str, bytes, os.PathLike, Layer)):
        shown = quoted(os.fspath(dlc)) if isinstance(dlc, (str, os.PathLike)) else quoted(dlc)
        raise SourceTypeError(f"dlc must be a list of expansions, not a single one; write dlc=[{shown}]")
    if dlc is None or not hasattr(dlc, "__iter__"):
        raise SourceTypeError(f"dlc must be a list of expansions, not {quoted(dlc)}; leave it out if there are none")


def explained(error: OSError, source: Source) -> OSError:
    """Return an error about a base or an expansion, with what to use instead if that can be known."""
    from vfsloader.freezing.app_path import program_folder

    if not isinstance(source, (str, os.PathLike)):
        return error
    name = os.fspath(source)
    if isinstance(error, UnknownFormatError) and os.path.basename(name) == "game.toml":
        sentence = f'{name} says where a game\'s files are; use vfsloader.ResourceManager.from_config("{name}")'
        return ConfigError.at(name, f"{sentence}, and pass the manager to vfsloader.use")
    if isinstance(error, PathNotFoundError) and not os.path.isabs(name) and "://" not in name:
        error.settle()
        if program_folder() != Path.cwd():
            error.strerror = f"{error.strerror}; {_instead(name)}"
    return error


def _instead(name: str) -> str:
    from vfsloader.freezing.app_path import program_folder

    beside = program_folder() / name
    if beside.exists():
        return f'relative paths start from the working directory; use vfsloader.app_path("{name}"), which is {beside}'
    for folder in (program_folder().parent, Path.cwd().parent):
        if (folder / name).exists():
            return f"relative paths start from the working directory; there is {folder / name}"
    return (
        f"relative paths start from the working directory; for files beside your program, use "
        f'vfsloader.app_path("{name}"): that would be {beside}'
    )


def warn_about_mods_folder(folder: paths.RealPath) -> None:
    """Warn if there are no mods because of a mistake. A mods folder that does not exist yet is fine."""
    path = Path(folder).absolute()
    if path.is_dir():
        marker = next((name for name in OWN_MARKERS if (path / name).is_file()), None)
        if marker is not None:
            _warn(f"{path} is a mod, as it contains {marker}; pass the folder that contains the mods: {path.parent}")
        return
    if path.exists():
        _warn(f"{path} is not a folder, so the game has no mods")
        return
    near = similar_name(path)
    if near is not None and near.is_dir():
        _warn(f"there is no mods folder {path}, so the game has no mods; did you mean {near.name}? It is {near}")
        return
    from vfsloader.freezing.app_path import program_folder

    beside = program_folder() / folder
    if not Path(folder).is_absolute() and beside.is_dir():
        _warn(
            f"there is no mods folder {path}, so the game has no mods; relative paths start from the working "
            f'directory: use vfsloader.app_path("{os.fspath(folder)}", missing_ok=True), which is {beside}'
        )


def _warn(sentence: str) -> None:
    """Warn at the line of the game that called this library."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).startswith("vfsloader."):
        level, frame = level + 1, frame.f_back
    warnings.warn(sentence, UserWarning, stacklevel=level)
