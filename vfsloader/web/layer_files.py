"""The packs and mods of a game as files beside a page."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

from vfsloader import packs
from vfsloader.errors import ConfigError, PathNotFoundError

_OPTIONS = ("profile", "game_version", "provides", "new_mods", "language", "cache_bytes", "budget")
_SUFFIXES = (".zip", ".pack", ".tar", ".tar.gz")


def copy_layers(config: dict[str, Any], page: Path, *, compress: bool = True) -> dict[str, Any]:
    """Copy packs and mods; folders and archives become packs. Return what ``game.json`` says of them.

    Parameters
    ----------
    config
        What ``game.toml`` says.
    page
        The folder to copy to.
    compress
        Whether packs are compressed; if not, packs that are compressed are built again.

    Raises
    ------
    PathNotFoundError, ConfigError
        A layer does not exist, or ``game.json`` cannot have an option of the game.
    """
    names: list[str] = []
    for number, source in enumerate([config["base"], *config["dlc"]]):
        if "://" in source:
            names.append(source)
            continue
        if not Path(source).exists():
            raise PathNotFoundError.at(source, f"there is no {source}")
        made = page / f"{'base' if not number else f'dlc{number}'}.pack"
        if compress and Path(source).is_file() and source.endswith(".pack"):
            shutil.copyfile(source, made)
        else:
            packs.build(source, made, compress=compress)
        content = hashlib.sha256(made.read_bytes()).hexdigest()[:8]  # a new build is a new address: caches keep files
        names.append(made.with_stem(f"{made.stem}-{content}").name)
        made.rename(page / names[-1])
    mods = page / "mods"
    mods.mkdir()
    folders = config.get("mods", [])
    for folder in [folders] if isinstance(folders, str) else folders:
        for item in sorted(Path(folder).iterdir()) if Path(folder).is_dir() else ():
            if item.is_dir() and not item.name.startswith("."):
                _zip(item, mods / f"{item.name}.zip")
            elif item.name.endswith(_SUFFIXES):
                shutil.copyfile(item, mods / item.name)
    options = {key: config[key] for key in _OPTIONS if key in config}
    try:
        json.dumps(options)
    except TypeError as error:
        raise ConfigError.at("game.toml", f"game.toml: a page cannot have {error}") from error
    return {
        "base": names[0],
        "dlc": names[1:],
        "mods": sorted(file.name for file in mods.iterdir()),
        "options": options,
    }


def _zip(folder: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
