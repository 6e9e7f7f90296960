"""Running a game and noting which files it opens: ``python -m vfsloader.<engine>.read_recorder FILE GAME``."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from vfsloader.adopting.game_starter import find_game
from vfsloader.adopting.patched_calls import PatchedCalls


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
        self._patches = PatchedCalls()
        sys.addaudithook(self._audit)

    def note_calls(self, owner: Any, *names: str) -> None:
        """Note what is passed to functions that open a file where Python does not see it."""
        for name in names:
            self._patches.patch(owner, name, self._noting)

    def note_class(self, original: type, *owners: Any) -> None:
        """Note what a class is made of, under all of its names."""
        replacement = self._noting_class(original)
        for owner in owners:
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


def main(watch: Callable[[ReadRecorder], None], arguments: Sequence[str] | None = None) -> int:
    """Run a game that is recorded.

    Parameters
    ----------
    watch
        Names the engine's own calls that open files.
    arguments
        The file to write, and the words that start the game; by default those of the process.
    """
    record, *words = sys.argv[1:] if arguments is None else arguments
    is_module = words[0] == "-m"
    game = find_game(words[is_module], words[is_module + 1 :], is_module=is_module)
    watch(ReadRecorder(record))
    return game.run()
