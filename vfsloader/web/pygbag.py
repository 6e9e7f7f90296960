"""A game as a folder for pygbag, which packs it and adds its own Python and page.

pygbag's Python has neither apsw nor zstd, so packs are not compressed, and the modules are sources beside the game's
``main.py``. On a desktop, ``python main.py`` plays the same folder.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from importlib import resources
from pathlib import Path

from vfsloader import paths
from vfsloader.errors import ConfigError, PathNotFoundError
from vfsloader.game.config import read_config
from vfsloader.web.layer_files import copy_layers
from vfsloader.web.minified import minified
from vfsloader.web.wheel import module_sources

#: Where the game's own modules are; pygbag needs the name ``main.py`` at the top.
PROGRAM = "program"


def build_folder(game: paths.RealPath, target: Path, main: paths.RealPath) -> tuple[list[Path], int]:
    """Make the folder; an existing one is replaced.

    Parameters
    ----------
    game
        A ``game.toml``, or its folder.
    target
        The folder to make. Its name is the name of the app.
    main
        A Python file with ``async def main(game, kept)``, copied with the Python files beside it.

    Returns
    -------
    tuple
        The files, and how many bytes of them are modules of vfsloader.

    Raises
    ------
    PathNotFoundError, ConfigError
        The game, a layer or `main` does not exist, or a layer is on a server.
    """
    config = read_config(game)
    if not Path(main).is_file():
        raise PathNotFoundError.at(str(main), f"there is no {main}")
    for source in [config["base"], *config["dlc"]]:
        if "://" in source:
            raise ConfigError.at(source, f"a game in pygbag cannot read {source}: put the file beside game.toml")
    above = Path(main).absolute().parent
    program = {
        file.relative_to(above).as_posix(): file.read_bytes()
        for file in sorted(above.rglob("*.py"))
        if not file.is_relative_to(target)  # an earlier build
    }
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
        folder = Path(scratch, "app")
        folder.mkdir()
        facts = {**copy_layers(config, folder, compress=False), "main": Path(main).stem}
        (folder / "game.json").write_text(json.dumps(facts, indent=1), "utf-8")
        template = resources.files("vfsloader.web") / "page" / "pygbag_main.py"
        (folder / "main.py").write_bytes(template.read_bytes())
        modules = 0
        for name, data in module_sources(["pygame"]):
            modules += len(data)
            _write(folder / name, data)
        _write(folder / "vfsloader/web/pygbag_files.py", _own_module())
        for name, data in program.items():
            _write(folder / PROGRAM / name, data)
        files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
        if target.exists():
            os.replace(target, Path(scratch, "old"))
        os.replace(folder, target)
    return [target / file for file in files], modules


def _own_module() -> bytes:
    """Return the module that other pages do not need."""
    return minified((resources.files("vfsloader.web") / "pygbag_files.py").read_text("utf-8")).encode()


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


if sys.platform == "emscripten":
    raise ImportError("vfsloader.web.pygbag makes folders; it does not run in a browser")
