"""``python -m vfsloader.pygame.read_recorder FILE GAME``: run a game, and note in a file which files it opens."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pygame
import pygame.freetype
from vfsloader.pygame.asset_finder import SHOWN
from vfsloader.pygame.game_starter import find_game
from vfsloader.pygame.patched_calls import PatchedCalls

#: pygame's calls that open a file by themselves, where Python does not see it.
_LOADERS = (
    (pygame.image, ("load", "load_extended", "load_basic", "load_sized_svg", "load_animation")),
    (pygame.mixer.music, ("load", "queue")),
)
_CLASSES = (
    (pygame.mixer.Sound, (pygame.mixer, pygame)),
    (pygame.font.Font, (pygame.font, pygame)),
    (pygame.freetype.Font, (pygame.freetype,)),
)


class ReadRecorder:
    """Writes each file that is opened for reading into a file, one a line in JSON, each once.

    Parameters
    ----------
    file
        Where to write. Each line is there at once: the game may be killed.
    """

    def __init__(self, file: str) -> None:
        self._out = open(file, "a", encoding="utf-8", errors="surrogateescape", buffering=1)  # noqa: SIM115
        self._known: set[str] = set()
        self._lock = threading.RLock()
        self._shown: str | None = file + SHOWN
        sys.addaudithook(self._audit)
        self._patches = PatchedCalls()
        for module, names in _LOADERS:
            for name in names:
                self._patches.patch(module, name, self._noting)
        for name in ("flip", "update"):
            self._patches.patch(pygame.display, name, self._showing)
        for original, modules in _CLASSES:
            replacement = self._noting_class(original)
            for owner in modules:
                for name in [name for name, value in vars(owner).items() if value is original]:
                    self._patches.replace(owner, name, replacement, original)

    def note(self, path: Any) -> None:
        """Note a file, if it is one that exists."""
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        whole = os.path.abspath(os.fsdecode(path))
        with self._lock:
            if whole in self._known:
                return
            self._known.add(whole)
            if os.path.isfile(whole):
                self._out.write(json.dumps(whole) + "\n")

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if (event == "open" and not (args[2] or 0) & (os.O_WRONLY | os.O_RDWR)) or event == "sqlite3.connect":
            self.note(args[0])

    def _showing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def replacement(*args: Any, **options: Any) -> Any:
            shown, self._shown = self._shown, None
            if shown is not None:
                with open(shown, "w"):
                    pass
            return original(*args, **options)

        return replacement

    def _noting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def replacement(*args: Any, **options: Any) -> Any:
            for file in (*args[:1], options.get("file"), options.get("filename")):
                self.note(file)
            return original(*args, **options)

        return replacement

    def _noting_class(self, original: Any) -> Any:
        note = self.note

        class Noting(original):  # type: ignore[misc]
            def __init__(self, *args: Any, **options: Any) -> None:
                for file in (*args[:1], options.get("file"), options.get("filename")):
                    note(file)
                super().__init__(*args, **options)

        return Noting


def main(arguments: Sequence[str]) -> int:
    """Run a game that is recorded."""
    record, *words = arguments
    is_module = words[0] == "-m"
    game = find_game(words[is_module], words[is_module + 1 :], is_module=is_module)
    ReadRecorder(record)
    return game.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
