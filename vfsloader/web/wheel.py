"""The wheel of a page: the packages that a game in a browser needs, in one file that is imported as it is.

It is a wheel like any other, ``micropip`` can install it; :mod:`vfsloader.web.bundled` says how its modules are kept.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.metadata
import importlib.util
import inspect
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import vfsloader
from vfsloader import paths
from vfsloader.errors import ConfigError
from vfsloader.web import bundled
from vfsloader.web.minified import minified

#: Packages that are written in Python alone.
LIBRARIES = ("packaging", "platformdirs")
ADAPTERS = ("pygame", "pyglet", "arcade", "fsspec")
#: What no page needs: a terminal, a test run, other programs, and pages for a server on this machine.
_LEFT_OUT = (
    *("cli", "guide", "testing", "freezing/rthooks", "freezing/hook-vfsloader.py", "page", "web/page"),
    *("web/build.py", "web/wheel.py", "web/minified.py", "web/short_names.py"),
    *("web/layer_files.py", "web/pygbag.py", "web/pygbag_files.py"),
    "vfs/sqlite_in_tree.py",  # it needs apsw
    # A finished game that is adopted, without a changed line, has no loop that a browser could run.
    *(f"adopting/{name}.py" for name in ("adopted_entries", "adopted_files", "adopted_game", "adopted_paths")),
    *(f"adopting/{name}.py" for name in ("adopted_processes", "asset_finder", "command", "game_starter")),
    *(f"adopting/{name}.py" for name in ("patched_files", "read_recorder")),
    *(
        f"pygame/{name}.py"
        for name in ("adopting", "read_recorder", "patched_engine", "patched_frames", "patched_music")
    ),
    *("__main__.py", "pygame/__main__.py"),
    "compat",
    "distribution",  # players drop mods on the page
)
#: What only installers and other systems need of the libraries.
_LIBRARIES_LEFT_OUT = (
    *("licenses", "metadata.py", "pylock.py", "direct_url.py", "dependency_groups.py", "requirements.py", "markers.py"),
    *("_parser.py", "_tokenizer.py", "tags.py", "utils.py", "_elffile.py", "_manylinux.py", "_musllinux.py"),
    *("pytest_plugin.py", "testing.py", "__main__.py"),
    *("windows.py", "macos.py", "ios.py", "android.py"),  # a browser is like Unix
)
_INIT = """
_code = install(__file__, __loader__)
exec(_code, globals())
"""


#: Two pages that are built one after the other have the same modules.
_packed = functools.lru_cache(2)(bundled.pack)
_minified = functools.lru_cache(1024)(minified)


def build_wheel(folder: Path, *, adapters: Sequence[str] = (), compiler: Compiler | None = None) -> Path:
    """Write the wheel into a folder; return its path.

    The name has a part of the digest of what is in it, so that browsers may keep it.

    Parameters
    ----------
    folder
        Where to write it.
    adapters
        Those that the game uses, such as ``pygame``.
    compiler
        Compiles the modules; the wheel has sources if left out.
    """
    sources = dict(module_sources(adapters))
    files = sources if compiler is None else compiler.compile(sources)
    # A module is most like its neighbours, so those follow each other.
    modules = _packed(tuple(sorted(files.items())))
    version = importlib.metadata.version("vfsloader")
    info = f"vfsloader-{version}.dist-info"
    tag = "py3-none-any" if compiler is None else f"cp{compiler.version}-none-any"
    build = f"0_{hashlib.sha256(modules).hexdigest()[:8]}"
    content = {
        "vfsloader/__init__.py": (minified(inspect.getsource(bundled)) + _INIT).encode(),
        f"vfsloader/{bundled.FILE}": modules,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: vfsloader\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": (
            f"Wheel-Version: 1.0\nGenerator: vfsloader\nRoot-Is-Purelib: true\nTag: {tag}\nBuild: {build}\n".encode()
        ),
        **{f"{info}/licenses/{name}": text for name, text in _licenses()},
    }
    rows = [f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in content.items()]
    content[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"]).encode()
    made = folder / f"vfsloader-{version}-{build}-{tag}.whl"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name)  # of 1980: the same modules are the same wheel
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)
    return made


def module_sources(adapters: Sequence[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Iterate over the modules that a page needs: each ``package/module.py`` and its shortened source."""
    left_out = (*_LEFT_OUT, *(name for name in ADAPTERS if name not in adapters))
    if not adapters:
        left_out = (*left_out, "adopting")
    yield from _package("vfsloader", [Path(folder) for folder in vfsloader.__path__], left_out)
    for library in LIBRARIES:
        spec = importlib.util.find_spec(library)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"{library} is not installed; run: pip install {library}", name=library)
        yield from _package(library, [Path(spec.origin).parent], _LIBRARIES_LEFT_OUT)


def _package(name: str, folders: Sequence[Path], left_out: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for folder in folders:
        for file in folder.rglob("*.py"):
            inside = file.relative_to(folder).as_posix()
            if not any(inside == part or inside.startswith(f"{part}/") for part in left_out):
                yield f"{name}/{inside}", _minified(file.read_text("utf-8")).encode()


def _licenses() -> Iterator[tuple[str, bytes]]:
    for library in ("vfsloader", *LIBRARIES):
        for file in importlib.metadata.files(library) or ():
            if "licen" in file.as_posix().lower() and file.suffix not in (".py", ".pyc"):
                yield f"{library}/{file.name}", Path(str(file.locate())).read_bytes()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


class Compiler:
    """Compiles modules with the Python of Pyodide, under Node.js.

    Parameters
    ----------
    pyodide
        A folder with Pyodide.
    node
        The Node.js; the one on the PATH if None.

    Raises
    ------
    ConfigError
        There is no Node.js.
    """

    def __init__(self, pyodide: paths.RealPath, node: str | None = None) -> None:
        program = node or shutil.which("node")
        if program is None:
            raise ConfigError.at(str(pyodide), "compiling the modules needs Node.js; install it, or pass node")
        self._command = [program]
        self._pyodide = Path(pyodide).absolute()
        #: The Python that runs them, such as ``314``; known once something was compiled.
        self.version = ""

    def compile(self, sources: dict[str, bytes]) -> dict[str, bytes]:
        """Return the compiled form of each ``.py``.

        Raises
        ------
        ConfigError
            The folder is not one with Pyodide, or a module has a mistake.
        """
        with tempfile.TemporaryDirectory(prefix="vfsloader-web-") as scratch:
            folder = Path(scratch)
            for name, source in sources.items():
                place = folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(source)
            with resources.as_file(resources.files("vfsloader.web") / "page" / "compile.mjs") as script:
                command = [*self._command, str(script), str(self._pyodide), str(folder)]
                done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
            if done.returncode:
                why = done.stderr.strip()[-300:]
                raise ConfigError.at(str(self._pyodide), f"{self._pyodide} cannot compile the modules: {why}")
            self.version = done.stdout.strip().replace(".", "")
            return {
                file.relative_to(folder).as_posix(): file.read_bytes()
                for file in folder.rglob("*.pyc")
                if os.path.basename(file.parent) != "__pycache__"
            }
