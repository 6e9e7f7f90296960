"""Which mods may have caused an error: what was being read or decoded, whose script was running, what changed last."""

from __future__ import annotations

import contextlib
import os
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType, TracebackType

from vfsloader import paths
from vfsloader.assets.loader import Asset
from vfsloader.errors import PathError, VFSError
from vfsloader.game.current import current
from vfsloader.game.manager import ResourceManager
from vfsloader.layers.union import Mount
from vfsloader.quoting import plain

#: What is added to a file's name to change the file instead of replacing it.
_CHANGES = (".merge", ".patch")
#: How much each kind of evidence counts. Nearer to the error counts a little more.
_SCRIPT, _DECODING, _PATH, _NAMED, _LOCAL, _RECENT, _NEW = 700, 600, 500, 400, 300, 200, 100
#: Frames and errors beyond these are not looked at.
_MOST_FRAMES, _MOST_ERRORS = 90, 20


@dataclass(frozen=True, slots=True)
class Suspect:
    """A mod that may have caused an error."""

    mod: str
    """The id."""
    path: str
    """The file of the game's tree that has to do with it; empty if there is none."""
    reason: str
    """Why, in words."""

    def __str__(self) -> str:
        return f"{self.mod}: {self.reason}"


def blame(error: BaseException, game: ResourceManager | None = None) -> list[Suspect]:
    """Return the mods that may have caused an error, the most likely first.

    Parameters
    ----------
    error
        The error, with its traceback and its causes.
    game
        The game; the current one if left out.

    Returns
    -------
    list[Suspect]
        Each mod once. Empty if nothing points to a mod.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from vfsloader import Store
    >>> folder = tempfile.TemporaryDirectory()
    >>> _ = pathlib.Path(folder.name, "winter").mkdir()
    >>> _ = pathlib.Path(folder.name, "winter", "level.txt").write_text("?")
    >>> with ResourceManager(Store(), mods=folder.name, watch=False) as game:
    ...     try:
    ...         game.load("/level.txt", lambda asset: int(asset.data))
    ...     except ValueError as error:
    ...         print(*blame(error, game))
    winter: its /level.txt was being loaded
    >>> folder.cleanup()
    """
    search = _Search(current() if game is None else game)
    for depth, cause in enumerate(_chain(error)):
        search.look_at(cause, depth)
    search.look_at_recent()
    best: dict[str, tuple[int, Suspect]] = {}
    for score, suspect in search.found:
        if suspect.mod not in best or score > best[suspect.mod][0]:
            best[suspect.mod] = score, suspect
    return [suspect for _, suspect in sorted(best.values(), key=lambda pair: -pair[0])]


class _Search:
    def __init__(self, game: ResourceManager) -> None:
        self._game = game
        self._mounts: list[Mount] = game.mods.mounts()[::-1]
        self._mods = {mount.name: mount.name.partition(":")[0] for mount in self._mounts}
        self.found: list[tuple[int, Suspect]] = []

    def look_at(self, error: BaseException, depth: int) -> None:
        """Look at one error: its traceback, its path, and its message."""
        for distance, frame in enumerate(_frames(error.__traceback__)):
            nearness = 99 - distance - depth
            layer, _, path = frame.f_code.co_filename.partition(":")
            if path.startswith("/"):
                self._add(_SCRIPT + nearness, layer, path, f"its script {path} was running")
            for name, value in list(frame.f_locals.items()):
                if isinstance(value, Asset):
                    self._add(_DECODING + nearness, value.layer, value.path, f"its {value.path} was being loaded")
                    self._of_path(_LOCAL, value.path)
                elif isinstance(value, str) and name != "__name__" and 1 < len(value) < 500 and value[0] == "/":
                    self._of_path(_LOCAL + nearness, value)
        if isinstance(error, PathError) and isinstance(error.filename, (str, os.PathLike)):
            self._of_path(_PATH - depth, os.fspath(error.filename))
        text = plain(str(error), 10_000)
        for name in self._mods:
            if re.search(rf"(?<![\w/-]){re.escape(name)}(?![\w-])", text):
                self._add(_NAMED - depth, name, "", f"the error names it: {plain(text, 200)}")

    def look_at_recent(self) -> None:
        """Look at the data that was read last, and at the mods that were enabled last."""
        for age, path in enumerate(self._game.recent_data()):
            self._of_path(_RECENT - age, path)
        past = self._game.mods.history()
        if past:
            enabled = past[0].profile.disabled - self._game.mods.profiles[self._game.mods.profile].disabled
            for mod in sorted(enabled.intersection(self._mods.values())):
                self.found.append((_NEW, Suspect(mod, "", f"it was enabled last, at {past[0].when}")))

    def _of_path(self, score: int, text: str) -> None:
        """Suspect the mods that provide or change a file."""
        try:
            path = paths.normalise(text)
        except (VFSError, ValueError):
            return
        is_provided = False
        for mount in self._mounts:  # the highest first
            for file in (path, *(path + end for end in _CHANGES)):
                with contextlib.suppress(VFSError, OSError):
                    entry = mount.layer.find(file)
                    left_out = getattr(mount.layer, "left_out", {})
                    if file in left_out:
                        self._add(score + 50, mount.name, file, f"its {file} cannot be used: {left_out[file]}")
                    elif entry is None or entry.is_folder or is_provided:
                        continue
                    elif file == path:
                        is_provided = True
                        self._add(score, mount.name, path, f"the game uses its {path}")
                    else:
                        self._add(score + 1, mount.name, file, f"it changes {path}")

    def _add(self, score: int, layer: str, path: str, reason: str) -> None:
        mod = self._mods.get(layer) or self._mods.get(layer.removeprefix("mod "))
        if mod is not None:
            self.found.append((score, Suspect(mod, path, reason)))


def _frames(trace: TracebackType | None) -> Iterator[FrameType]:
    """Yield the frames of a traceback, the one nearest to the error first."""
    frames = [frame for frame, _ in traceback.walk_tb(trace)]
    yield from frames[::-1][:_MOST_FRAMES]


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and its causes, the deepest cause first: that is where it began."""
    found: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo and len(found) < _MOST_ERRORS:
        one = todo.pop(0)
        if one is None or any(one is known for known in found):
            continue
        found.append(one)
        todo += [one.__cause__, None if one.__suppress_context__ else one.__context__]
        if isinstance(one, BaseExceptionGroup):
            todo += one.exceptions
    return found[::-1]
