"""A report about an error that a player can send to the people who can help: no path in it names a person.

It has what is needed to understand the error: the traceback, the mods that may have caused it, the mods in load order
with their options, the problems, the last changes, and the versions of everything.
"""

from __future__ import annotations

import datetime
import getpass
import importlib.metadata
import os
import platform
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vfsloader import paths
from vfsloader.game.blame import blame
from vfsloader.quoting import plain
from vfsloader.runtime.atomic import write_whole

if TYPE_CHECKING:
    from vfsloader.game.manager import ResourceManager

#: Lines of the traceback, and entries of each list.
_MOST_LINES, _MOST_ENTRIES, _MOST_CHANGES = 300, 300, 10
#: The home folder of anybody.
_HOME = re.compile(r"(?:/home/|/Users/|[A-Za-z]:\\{1,2}Users\\{1,2})[^/\\\s\"':]+")
_ENGINES = ("vfsloader", "pygame-ce", "pygame", "pyglet", "arcade", "apsw")


def crash_report(error: BaseException, folder: paths.RealPath, game: ResourceManager) -> Path:
    """Write a report about an error; see :meth:`ResourceManager.crash_report`."""
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    text = _Anonymous(game).clean("\n".join(_lines(error, game, now))) + "\n"
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    stem = f"crash-{now:%Y-%m-%d-%H%M%S}"
    numbers = (f"{stem}{f'-{number}' if number > 1 else ''}.txt" for number in range(1, 1000))
    file = next((target / name for name in numbers if not (target / name).exists()), target / f"{stem}.txt")
    write_whole(file, text.encode("utf-8", "backslashreplace"))
    return file


def _lines(error: BaseException, game: ResourceManager, now: datetime.datetime) -> Iterator[str]:
    mods = game.mods
    yield f"{type(error).__name__}: {plain(str(error), 1000)}"
    yield f"{now:%Y-%m-%d %H:%M:%S} UTC"
    yield from _section("Mods that may have caused it", list(map(str, blame(error, game))))
    lines = [line for part in traceback.format_exception(error) for line in part.splitlines()]
    yield from _section("Traceback", lines[-_MOST_LINES:])
    enabled = [f"{mod.id} {mod.version}{_options(game, mod.id)}" for mod in mods.enabled]
    yield from _section(f"Mods that are enabled, in load order ({len(enabled)})", enabled)
    off = [f"{mod.id} {mod.version}" for mod in mods.available if mods.is_disabled(mod.id)]
    yield from _section("Mods that are disabled", off)
    yield from _section(
        "Choices for single files", [f"{one.action} {one.paths} {one.mod}" for one in mods.file_choices]
    )
    yield from _section("Problems", list(map(str, mods.problems)))
    yield from _section(
        "Last changes of the mods", [f"{past.when} {past.what}" for past in mods.history()[:_MOST_CHANGES]]
    )
    yield from _section("Files used last", game.recently_used())
    yield from _section("Versions", _versions(game))


def _section(title: str, lines: list[str]) -> Iterator[str]:
    yield from ("", title, "-" * len(title))
    yield from (plain(line, 1000) for line in lines[:_MOST_ENTRIES])
    if len(lines) > _MOST_ENTRIES:
        yield f"and {len(lines) - _MOST_ENTRIES:,} more"
    if not lines:
        yield "none"


def _options(game: ResourceManager, mod: str) -> str:
    """Return the options of a mod, without what the player wrote."""
    schema = game.mods.option_schema(mod)
    values = game.mods.options(mod).items()
    shown = [f"{name} = {'(a text)' if schema[name].type == 'text' else value}" for name, value in values]
    return f" ({', '.join(shown)})" if shown else ""


def _versions(game: ResourceManager) -> list[str]:
    lines = [f"game {game.mods.game_version or 'of no version'}"]
    for package in _ENGINES:
        try:
            lines.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    frozen = " (frozen)" if getattr(sys, "frozen", False) else ""
    lines.append(f"Python {platform.python_version()}{frozen}")
    lines.append(f"{platform.system()} {platform.release()} {platform.machine()}")
    return lines


class _Anonymous:
    """Replaces folders of the disk by what they are, and the user's name."""

    def __init__(self, game: ResourceManager) -> None:
        folders = [(os.path.abspath(folder), "<mods>") for folder in game.mods.folders]
        folders += [(os.getcwd(), "<game>"), (sys.prefix, "<python>"), (sys.base_prefix, "<python>")]
        folders += [(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "<vfsloader>")]
        folders += [(os.path.expanduser("~"), "~")]
        spellings: dict[str, str] = {}
        for folder, words in folders:
            for spelling in (folder, os.path.realpath(folder)):
                if len(spelling) > 3:  # not the root of a disk
                    spellings.setdefault(spelling, words)
                    spellings.setdefault(spelling.replace("\\", "\\\\"), words)  # as repr shows it
        longest_first = sorted(spellings, key=len, reverse=True)
        self._words = spellings
        self._folders = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        try:
            user = getpass.getuser()
        except (OSError, KeyError, ImportError):
            user = ""
        # A short name is in many words; as a folder it was replaced already.
        self._user = re.compile(rf"(?<![\w]){re.escape(user)}(?![\w])") if len(user) > 2 else re.compile(r"(?!)")

    def clean(self, text: str) -> str:
        text = self._folders.sub(lambda match: self._words[match[0]], text)
        text = _HOME.sub("~", text)
        return self._user.sub("<user>", text)
