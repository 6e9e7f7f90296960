"""The tree of all commands, and the reading of a command line."""

from __future__ import annotations

import difflib
import functools
import importlib
import io
import re
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version

from cyclopts import App, CycloptsError, UnknownCommandError, UnusedCliTokensError
from rich.console import Console

from vfsloader.cli.app import UsageError, group
from vfsloader.cli.output import is_coloured, say, text_of
from vfsloader.quoting import quoted

__all__ = ["UsageError", "build_app", "parse"]

#: ``-c`` of ``pack build``, alone or after other flags; its value may be left out.
_COMPRESS = re.compile(r"--compress|-[fm]*c")
_HELP_COLUMNS = 100
_VERSION_FLAGS = ("--version", "-V")
#: The commands that each module of this package adds; `completion`, which needs all others, is not listed.
_MODULES = {
    "files": ("ls", "cat", "which"),
    "why": ("why",),
    "checks": ("check",),
    "check_all": ("check-all",),
    "mods": ("mods",),
    "packs": ("pack",),
    "index": ("index",),
    "serve": ("serve",),
    "join": ("join",),
    "web": ("web",),
    "docs": ("docs",),
    "ui": ("ui",),
    "adopt_build": ("adopt-build",),
}


@functools.cache
def build_app(first: str = "") -> App:
    """Return the parser of all commands.

    Parameters
    ----------
    first
        The first word of the command line. If it is a command, only this one is there: the modules of the others need
        not be imported, which takes longer than most commands run.
    """
    app = group("vfsloader", "Look into a game's layers, manage its mods, build its packs.")
    app.version_flags = _VERSION_FLAGS
    app.version = _version
    if first not in _VERSION_FLAGS:
        needed = [module for module, words in _MODULES.items() if first in words]
        for module in needed or [*_MODULES, "completion"]:
            importlib.import_module(f"vfsloader.cli.{module}").add_commands(app)
    return app


def parse(arguments: Sequence[str]) -> Callable[[], int]:
    """Read a command line, and return the command with its arguments.

    Raises
    ------
    UsageError
        The command line is wrong.
    SystemExit
        It asks for help (status 0), or names no command (status 2).
    """
    tokens = _with_compress_level(list(arguments))
    words = tokens[1:-1] if tokens[:1] == ["__complete"] else tokens  # the last word is only half there
    app = build_app(next(iter(words), ""))
    try:
        command, bound, _ = app.parse_args(tokens)
    except CycloptsError as error:
        raise UsageError(_sentence(error)) from None
    if command == app.help_print:
        asked = [str(token) for token in bound.arguments["tokens"]]
        _print_help(app, asked)
        raise SystemExit(2 if asked == tokens else 0)
    if command == app.version_print:
        say(_version())
        raise SystemExit(0)
    return lambda: command(*bound.args, **bound.kwargs) or 0


def _version() -> str:
    try:
        return f"vfsloader {version('vfsloader')}"
    except PackageNotFoundError:
        return "vfsloader, a checkout that is not installed"


def _print_help(app: App, words: Sequence[str]) -> None:
    """Print the help of a command: in colour on a terminal, else as text that any pipe and encoding can take."""
    if is_coloured(sys.stdout):
        app.help_print(words, console=Console())
        return
    written = io.StringIO()
    app.help_print(words, console=Console(file=written, width=_HELP_COLUMNS, no_color=True))
    for line in text_of(written.getvalue()).splitlines():
        say(line.rstrip())


def _with_compress_level(tokens: list[str]) -> list[str]:
    """Add the default level to ``pack build -c`` where no level follows: ``-c assets`` is a flag and a source."""
    if tokens[:2] != ["pack", "build"]:
        return tokens
    from vfsloader.store.pack.compression import DEFAULT_LEVEL

    end = tokens.index("--") if "--" in tokens else len(tokens)
    written = []
    for index, token in enumerate(tokens):
        following = tokens[index + 1 : index + 2]
        if index < end and _COMPRESS.fullmatch(token) and not (following and following[0].isdecimal()):
            written += [token[:-1]] if re.fullmatch(r"-[fm]+c", token) else []
            token = f"--compress={DEFAULT_LEVEL}"
        written.append(token)
    return written


def _sentence(error: CycloptsError) -> str:
    """Return what is wrong with a command line, and where to read more."""
    chain = list(error.command_chain or ())
    text = str(error).strip().removesuffix(".")
    if isinstance(error, UnusedCliTokensError):
        unused = [quoted(token, 200) for token in error.unused_tokens or ()]
        text = f"too many arguments: {', '.join(unused)}"
    elif isinstance(error, UnknownCommandError):
        word = next(iter(error.unused_tokens or ()), "")
        text = f"there is no command {quoted(' '.join([*chain, word]), 200)}{_similar(build_app(), chain, word)}"
    end = "" if text.endswith("?") else "."
    return f"{text[:1].lower()}{text[1:]}{end} See {' '.join(['vfsloader', *chain, '--help'])}"


def _similar(app: App, chain: Sequence[str], word: str) -> str:
    """Return a suggestion of commands that are spelt like a word, in this group or another one."""
    everything = _command_names(app)
    group_name = "".join(f"{part} " for part in chain)
    in_group = {name.removeprefix(group_name): name for name in everything if name.startswith(group_name)}
    near = [in_group[name] for name in difflib.get_close_matches(word, in_group, 1)]
    elsewhere = difflib.get_close_matches(word, {name.split()[-1] for name in everything}, 1)
    near += [name for name in everything if name.split()[-1] in elsewhere]
    return f"; did you mean {' or '.join(map(repr, dict.fromkeys(near)))}?" if near else ""


def _command_names(app: App) -> list[str]:
    names = []
    for name in app:
        if not name.startswith("-"):
            inner = _command_names(app[name])
            names += [name, *(f"{name} {other}" for other in inner)]
    return names
