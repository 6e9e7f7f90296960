"""A game as a folder of static files: a page, a wheel with our modules, packs, mods.

The page starts Pyodide, which is not part of it unless a folder with it is given. Packs are read by ranges, so the
server should support range requests, as nearly all do; else each pack is downloaded whole before the game starts.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import string
import sys
import tempfile
import urllib.parse
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from vfsloader import paths
from vfsloader.errors import ConfigError, PathExistsError, PathNotFoundError
from vfsloader.game.config import read_config
from vfsloader.web.layer_files import copy_layers
from vfsloader.web.pygbag import build_folder
from vfsloader.web.wheel import ADAPTERS, Compiler, build_wheel

#: The release of Pyodide that this was tried with.
PYODIDE = "314.0.7"
ADDRESS = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
#: What a page needs of Pyodide.
_PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip")
#: What draws the game, and the packages of Pyodide that it needs.
ENGINES: dict[str, tuple[str, ...]] = {"canvas": (), "pygame": ("pygame-ce",), "pygbag": ()}


@dataclass(frozen=True, slots=True)
class WebBuild:
    """What was made."""

    folder: str
    files: int
    size: int
    """Bytes of all files, without Pyodide."""
    wheel: str
    """The name of the wheel with the modules of vfsloader."""
    modules: int
    """Its bytes."""
    is_compiled: bool
    """Whether the modules are compiled; else the page starts some seconds later."""


def build(
    game: paths.RealPath,
    out: paths.RealPath,
    *,
    main: paths.RealPath | None = None,
    title: str | None = None,
    engine: str = "canvas",
    packages: Sequence[str] = (),
    pyodide: paths.RealPath | None = None,
    compiled: bool = False,
    node: str | None = None,
    overwrite: bool = False,
) -> WebBuild:
    """Make the folder.

    Parameters
    ----------
    game
        A ``game.toml``, or its folder.
    out
        The folder to make.
    main
        A Python file with ``async def main(game, kept)``, copied with the files beside it; a viewer of the game's
        pictures and mods if left out.
    title
        The title of the page; the name of the game's folder if left out.
    engine
        What draws the game: ``canvas``, or ``pygame`` for pygame-ce, which Pyodide brings along, or ``pygbag``. For
        pygbag, the result is a folder that ``pygbag OUT`` makes a page of.
    packages
        More packages of Pyodide that the game needs, such as ``soundfile``, which decodes the sounds of mods.
    pyodide
        A folder with Pyodide, which is copied; the page loads it from a public server if left out. If the page needs
        packages, it must be the whole distribution.
    compiled
        Compile the modules with the Python of `pyodide`: the page starts in about half of the time, and its wheel is
        twice as large.
    node
        The Node.js that compiles; the one on the PATH if left out.
    overwrite
        Replace a folder that exists.

    Raises
    ------
    PathExistsError, PathNotFoundError, ConfigError
        The folder exists, or the game or one of its layers does not, or a layer cannot be part of a page.
    """
    if engine not in ENGINES:
        raise ConfigError.at(engine, f"there is no engine {engine!r}; it is one of {', '.join(ENGINES)}")
    if engine != "canvas" and main is None:
        raise ConfigError.at(engine, f"a page with {engine} needs the game's main (--main main.py)")
    if compiled and pyodide is None:
        raise ConfigError.at(str(out), "compiling the modules needs a folder with Pyodide (--pyodide)")
    needed = [*ENGINES[engine], *packages]
    if engine == "pygbag" and (pyodide is not None or packages or title is not None):
        raise ConfigError.at(engine, "pygbag brings its own Python, packages and title; leave those options out")
    config = read_config(game)
    target = Path(out).absolute()
    if target.exists() and not overwrite:
        raise PathExistsError.at(str(out), f"{out} already exists; pass overwrite (-f) to replace it")
    if not target.parent.is_dir():
        raise PathNotFoundError.at(str(target.parent), f"there is no folder {target.parent}")
    if engine == "pygbag" and main is not None:
        made, modules = build_folder(game, target, main)
        return WebBuild(str(out), len(made), sum(file.stat().st_size for file in made), "vfsloader", modules, False)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
        page = Path(scratch, "page")
        page.mkdir()
        if pyodide is not None:
            _copy_pyodide(Path(pyodide), Path(scratch, "pyodide"), needed)
        compiler = Compiler(pyodide, node) if compiled and pyodide is not None else None
        facts = copy_layers(config, page)
        facts["main"] = "vfsloader.web.viewer" if main is None else Path(main).stem
        facts["program"] = None if main is None else _pack_program(page, main, compiler)
        wheel = build_wheel(page, adapters=[name for name in ADAPTERS if name == engine], compiler=compiler)
        facts["wheel"] = wheel.name
        facts["packages"] = needed
        facts["pyodide"] = ADDRESS if pyodide is None else "pyodide/"
        name = title or _folder_of(game).name
        facts["kept"] = urllib.parse.quote(name, safe="")[:120]
        _copy_page(page, facts, name)
        files = [file for file in page.rglob("*") if file.is_file()]
        size = sum(file.stat().st_size for file in files)
        modules = wheel.stat().st_size
        if pyodide is not None:
            os.replace(Path(scratch, "pyodide"), page / "pyodide")
        if target.exists():
            os.replace(target, Path(scratch, "old"))
        os.replace(page, target)
    return WebBuild(str(out), len(files), size, wheel.name, modules, compiled)


def _folder_of(game: paths.RealPath) -> Path:
    path = Path(game).absolute()
    return path.parent if path.suffix == ".toml" else path


def _pack_program(page: Path, main: paths.RealPath, compiler: Compiler | None) -> str:
    """Make the archive of the game's own modules; return its name."""
    if not Path(main).is_file():
        raise PathNotFoundError.at(str(main), f"there is no {main}")
    folder = Path(main).parent
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*.py"))}
    if compiler is not None:
        files = compiler.compile(files)
    made = page / "program.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    name = f"program-{hashlib.sha256(made.read_bytes()).hexdigest()[:8]}.zip"
    made.rename(page / name)
    return name


def _copy_page(page: Path, facts: dict[str, Any], title: str) -> None:
    template = resources.files("vfsloader.web") / "page"
    shown = title.replace("&", "&amp;").replace("<", "&lt;")
    html = string.Template((template / "index.html").read_text("utf-8")).substitute(title=shown)
    (page / "index.html").write_text(html, "utf-8")
    (page / "boot.mjs").write_text((template / "boot.mjs").read_text("utf-8"), "utf-8")
    (page / "game.json").write_text(json.dumps(facts, indent=1), "utf-8")


def _copy_pyodide(source: Path, target: Path, packages: Iterable[str]) -> None:
    target.mkdir()
    for name in _PYODIDE_FILES:
        if not (source / name).is_file():
            raise PathNotFoundError.at(str(source), f"{source} is not a folder with Pyodide: there is no {name}")
        shutil.copyfile(source / name, target / name)
    listed = json.loads((source / "pyodide-lock.json").read_text("utf-8"))["packages"]
    needed = list(packages)
    for package in needed:
        if package not in listed:
            raise ConfigError.at(str(source), f"{source} is a Pyodide without {package}; take another release")
        file = listed[package]["file_name"]
        if not (source / file).is_file():
            raise PathNotFoundError.at(
                str(source / file),
                f"{source} has no {file}: it is Pyodide without packages (as npm's is); take the whole distribution",
            )
        shutil.copyfile(source / file, target / file)
        needed += [other for other in listed[package]["depends"] if other not in needed]


if sys.platform == "emscripten":
    raise ImportError("vfsloader.web.build makes pages; it does not run in one")
