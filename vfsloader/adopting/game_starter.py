"""Starting a finished game as Python itself would start it: a script, a module, a folder, a zip or a command.

The game must not notice: ``sys.argv``, ``sys.path``, ``__main__``, tracebacks and the exit status are those of a plain
start.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import importlib.util
import os
import pkgutil
import runpy
import shutil
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any


class NotAGameError(Exception):
    """What was named cannot be started by Python."""


class Game:
    """A game that can be started once.

    Parameters
    ----------
    arguments
        What ``sys.argv`` is to be.
    start
        Runs the game.
    first_path
        What Python would put first into ``sys.path``; None: the present folder, as for a module.
    folder
        The game's own folder.
    words
        The arguments of Python that start this game.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        start: Callable[[], object],
        *,
        first_path: str | None,
        folder: str,
        words: Sequence[str],
    ) -> None:
        self.folder = folder
        self.words = list(words)
        self._arguments = list(arguments)
        self._start = start
        self._first_path = first_path

    def run(self) -> int:
        """Run the game, and return the exit status of a plain Python."""
        sys.argv[:] = self._arguments
        if self._first_path is not None and not sys.flags.safe_path:
            sys.path[0] = self._first_path  # it was the present folder, which a script does not see
        try:
            self._start()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            trace = error.__traceback__
            while trace is not None and _is_ours(trace):
                trace = trace.tb_next
            sys.excepthook(type(error), error.with_traceback(trace), trace)
            return 1
        return 0


def find_game(name: str, arguments: Sequence[str] = (), *, is_module: bool = False) -> Game:
    """Find out what a word on the command line starts.

    Parameters
    ----------
    name
        A script, a folder or zip with a ``__main__.py``, the name of an installed command, or a module.
    arguments
        The game's own arguments.
    is_module
        It is a module, as for ``python -m``.

    Raises
    ------
    NotAGameError
        The game does not exist, or is not a Python program.
    """
    words = ["-m"] * is_module + [name, *arguments]
    if is_module:
        return _module(name, arguments, words)
    if os.path.isfile(name) and pkgutil.get_importer(os.path.abspath(name)) is None:
        return _script(name, arguments, words)
    if os.path.exists(name):
        return _archive(name, arguments, words)
    if os.path.basename(name) == name and (game := _command(name, arguments, words)) is not None:
        return game
    raise NotAGameError(f"{name} does not exist")


def _module(name: str, arguments: Sequence[str], words: list[str]) -> Game:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise NotAGameError(f"there is no module {name}")
    folder = next(iter(spec.submodule_search_locations or ()), os.path.dirname(spec.origin or ""))

    def start() -> None:
        runpy.run_module(name, run_name="__main__", alter_sys=True)

    return Game(["-m", *arguments], start, first_path=None, folder=os.path.abspath(folder), words=words)


def _archive(name: str, arguments: Sequence[str], words: list[str]) -> Game:
    if os.path.isdir(name) and not os.path.isfile(os.path.join(name, "__main__.py")):
        raise NotAGameError(f"{name} is a folder without a __main__.py; name the game's main file")

    whole = os.path.abspath(name)

    def start() -> None:
        finder: Any = pkgutil.get_importer(whole)
        spec = finder.find_spec("__main__")
        if spec is None:
            raise ImportError(f"can't find '__main__' module in {name!r}", name="__main__", path=name)
        _run(spec.loader.get_code("__main__"), spec.origin, spec.loader, spec=spec, package="")

    folder = whole if os.path.isdir(name) else os.path.dirname(whole)
    return Game([name, *arguments], start, first_path=whole, folder=folder, words=words)


def _script(name: str, arguments: Sequence[str], words: list[str]) -> Game:
    with open(name, "rb") as file:
        first = file.readline(200)
    if first.startswith(b"#!") and b"python" not in first:
        raise NotAGameError(f"{name} is not a Python program but starts one; name the Python file that it starts")

    def start() -> None:
        with open(name, "rb") as file:
            code = compile(file.read(), os.path.abspath(name), "exec", dont_inherit=True)
        _run(code, os.path.abspath(name), importlib.machinery.SourceFileLoader("__main__", name))

    folder = os.path.dirname(os.path.realpath(name))
    return Game([name, *arguments], start, first_path=folder, folder=folder, words=words)


def _command(name: str, arguments: Sequence[str], words: list[str]) -> Game | None:
    """Return the game that an installed package starts by this name, or a script on the search path."""
    import importlib.metadata  # it takes long to load

    for group in ("console_scripts", "gui_scripts"):
        for entry in importlib.metadata.entry_points(group=group, name=name):
            spec = importlib.util.find_spec(entry.module.partition(".")[0])
            locations = (spec.submodule_search_locations or [os.path.dirname(spec.origin or "")]) if spec else [""]
            location = shutil.which(name) or name

            def start(entry: Any = entry) -> None:
                sys.exit(entry.load()())

            return Game(
                [location, *arguments],
                start,
                first_path=os.path.dirname(location),
                folder=os.path.abspath(locations[0]),
                words=words,
            )
    script = shutil.which(name)
    return None if script is None else _script(script, arguments, words)


def _run(code: Any, file: str, loader: Any, *, spec: Any = None, package: str | None = None) -> None:
    """Run code as the module ``__main__``, which stays: functions of it are pickled, and threads run in it."""
    main: Any = types.ModuleType("__main__")
    main.__dict__.update(
        __builtins__=builtins, __file__=file, __cached__=None, __loader__=loader, __spec__=spec, __package__=package
    )
    sys.modules["__main__"] = main
    exec(code, main.__dict__)  # noqa: S102 - the game itself


def _is_ours(trace: types.TracebackType) -> bool:
    name = str(trace.tb_frame.f_globals.get("__name__"))
    return name == "runpy" or name.startswith("vfsloader.")
