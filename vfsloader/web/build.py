"""A game as a folder of static files: a page, the compiled modules, packs, mods.

The page starts Pyodide, which is not part of it unless a folder with it is given. Packs are read by ranges, so the
server has to support range requests; nearly all do.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import string
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from vfsloader import packs, paths
from vfsloader.errors import ConfigError, PathExistsError, PathNotFoundError
from vfsloader.game.config import read_config

#: The release of Pyodide that this was tried with.
PYODIDE = "314.0.7"
ADDRESS = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"
#: What a page needs of Pyodide.
_PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "pyodide-lock.json", "python_stdlib.zip")
#: Packages that are written in Python alone.
_LIBRARIES = ("packaging", "platformdirs")
#: Our packages that no page needs.
_LEFT_OUT = (
    *("cli", "guide", "testing", "freezing/rthooks", "compat", "pyglet", "arcade", "fsspec"),
    *("web/page", "web/build.py"),
)
_OPTIONS = ("profile", "game_version", "provides", "new_mods", "language", "cache_bytes", "budget")
_SUFFIXES = (".zip", ".pack", ".tar", ".tar.gz")


@dataclass(frozen=True, slots=True)
class WebBuild:
    """What was made."""

    folder: str
    files: int
    size: int
    """Bytes of all files, without Pyodide."""
    modules: int
    """Bytes of the modules of Python."""
    is_compiled: bool
    """Whether the modules are compiled; else the page starts some seconds later."""


def build(
    game: paths.RealPath,
    out: paths.RealPath,
    *,
    main: paths.RealPath | None = None,
    title: str | None = None,
    pyodide: paths.RealPath | None = None,
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
    pyodide
        A folder with Pyodide, which is copied and whose Python compiles the modules; the page loads it from a public
        server if left out.
    node
        The Node.js that compiles with it; the one on the PATH if left out.
    overwrite
        Replace a folder that exists.

    Raises
    ------
    PathExistsError, PathNotFoundError, ConfigError
        The folder exists, or the game or one of its layers does not, or a layer cannot be part of a page.
    """
    config = read_config(game)
    target = Path(out).absolute()
    if target.exists() and not overwrite:
        raise PathExistsError.at(str(out), f"{out} already exists; pass overwrite (-f) to replace it")
    if not target.parent.is_dir():
        raise PathNotFoundError.at(str(target.parent), f"there is no folder {target.parent}")
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
        page = Path(scratch, "page")
        page.mkdir()
        facts = _copy_layers(config, page)
        facts["main"] = "vfsloader.web.viewer" if main is None else Path(main).stem
        facts["modules"], is_compiled = _pack_modules(page, main, pyodide, node)
        facts["pyodide"] = ADDRESS if pyodide is None else "pyodide/"
        name = title or _folder_of(game).name
        _copy_page(page, facts, name)
        files = [file for file in page.rglob("*") if file.is_file()]
        size = sum(file.stat().st_size for file in files)
        modules = (page / facts["modules"]).stat().st_size
        if pyodide is not None:
            _copy_pyodide(Path(pyodide), page / "pyodide")
        if target.exists():
            os.replace(target, Path(scratch, "old"))
        os.replace(page, target)
    return WebBuild(str(out), len(files), size, modules, is_compiled)


def _folder_of(game: paths.RealPath) -> Path:
    path = Path(game).absolute()
    return path.parent if path.suffix == ".toml" else path


def _copy_layers(config: dict[str, Any], page: Path) -> dict[str, Any]:
    """Copy packs and mods; folders and archives become packs. Return what ``game.json`` says of them."""
    names: list[str] = []
    for number, source in enumerate([config["base"], *config["dlc"]]):
        if "://" in source:
            names.append(source)
            continue
        if not Path(source).exists():
            raise PathNotFoundError.at(source, f"there is no {source}")
        made = page / f"{'base' if not number else f'dlc{number}'}.pack"
        if Path(source).is_file() and source.endswith(".pack"):
            shutil.copyfile(source, made)
        else:
            packs.build(source, made, compress=True)
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


def _pack_modules(
    page: Path, main: paths.RealPath | None, pyodide: paths.RealPath | None, node: str | None
) -> tuple[str, bool]:
    """Make the archive of all modules; return its name, and whether they are compiled."""
    with tempfile.TemporaryDirectory(prefix="vfsloader-web-") as scratch:
        folder = Path(scratch)
        for source, name in _sources(main):
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
        is_compiled = pyodide is not None and _compile(folder, Path(pyodide), node)
        made = page / "modules.tar.xz"
        with tarfile.open(made, "w:xz", preset=9) as archive:  # a third of a zip: the modules are much alike
            for file in sorted(folder.rglob("*"), key=lambda file: (file.suffix, file.name, file)):
                if file.is_file():
                    info = tarfile.TarInfo(file.relative_to(folder).as_posix())
                    info.size = file.stat().st_size
                    with file.open("rb") as content:
                        archive.addfile(info, content)
        name = f"modules-{hashlib.sha256(made.read_bytes()).hexdigest()[:8]}.tar.xz"
        made.rename(page / name)
    return name, is_compiled


def _sources(main: paths.RealPath | None) -> Iterator[tuple[Path, str]]:
    """Iterate over the files of the packages that a page needs, each with its name in the archive."""
    left_out = _LEFT_OUT if main is not None else (*_LEFT_OUT, "pygame")
    yield from _package("vfsloader", (Path(part) for part in _package_paths()), left_out)
    for library in _LIBRARIES:
        spec = importlib.util.find_spec(library)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{library} is not installed; run: pip install {library}", name=library)
        yield from _package(library, [Path(spec.origin).parent], ("licenses",))
    if main is not None:
        if not Path(main).is_file():
            raise PathNotFoundError.at(str(main), f"there is no {main}")
        for file in sorted(Path(main).parent.rglob("*.py")):
            yield file, file.relative_to(Path(main).parent).as_posix()


def _package_paths() -> Iterable[str]:
    import vfsloader

    return vfsloader.__path__


def _package(name: str, folders: Iterable[Path], left_out: Iterable[str]) -> Iterator[tuple[Path, str]]:
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            inside = file.relative_to(folder).as_posix()
            if any(inside == part or inside.startswith(f"{part}/") for part in left_out):
                continue
            yield file, f"{name}/{inside}"


def _compile(folder: Path, pyodide: Path, node: str | None) -> bool:
    """Compile all modules with the Python of Pyodide; return False if there is no Node.js to run it."""
    program = node or shutil.which("node")
    if program is None:
        return False
    with resources.as_file(resources.files("vfsloader.web") / "page" / "compile.mjs") as script:
        done = subprocess.run(
            [program, str(script), str(pyodide.absolute()), str(folder)], capture_output=True, text=True
        )
    if done.returncode:
        raise ConfigError.at(str(pyodide), f"{pyodide} cannot compile the modules: {done.stderr.strip()[-300:]}")
    return True


def _copy_page(page: Path, facts: dict[str, Any], title: str) -> None:
    template = resources.files("vfsloader.web") / "page"
    shown = title.replace("&", "&amp;").replace("<", "&lt;")
    html = string.Template((template / "index.html").read_text("utf-8")).substitute(title=shown)
    (page / "index.html").write_text(html, "utf-8")
    (page / "boot.mjs").write_text((template / "boot.mjs").read_text("utf-8"), "utf-8")
    (page / "game.json").write_text(json.dumps(facts, indent=1), "utf-8")


def _copy_pyodide(source: Path, target: Path) -> None:
    target.mkdir()
    for name in _PYODIDE_FILES:
        if not (source / name).is_file():
            raise PathNotFoundError.at(str(source), f"{source} is not a folder with Pyodide: there is no {name}")
        shutil.copyfile(source / name, target / name)


if sys.platform == "emscripten":
    raise ImportError("vfsloader.web.build makes pages; it does not run in one")
