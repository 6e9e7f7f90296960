"""Which mods may have caused an error: what was being read or decoded, whose script was running, what changed last.

Evidence counts by how near it is to the error: a mod's own script in the traceback, a file that was being loaded, a
path or a mod that the error names, a resource or a value of a mod in a variable where the error was raised, what the
game used last, and what the player changed last. Of the mods with evidence, the one that won is named first.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType, TracebackType

from vfsloader import paths
from vfsloader.assets.loader import Asset
from vfsloader.datamerge.history import ABSENT, ValueChange
from vfsloader.datamerge.json_pointer import tokens_of
from vfsloader.errors import NotInitializedError, PathError, VFSError
from vfsloader.game.current import current
from vfsloader.game.manager import ResourceManager
from vfsloader.layers.union import Mount
from vfsloader.mods.state import Profile
from vfsloader.quoting import plain
from vfsloader.vfs.path import VFSPath

#: What is added to a file's name to change the file instead of replacing it.
_CHANGES = (".merge", ".patch", ".edit")
#: How much each kind of evidence counts. Nearer to the error counts a little more.
_SCRIPT, _DECODING, _PATH, _IN_USE, _VALUE, _NAMED, _LOCAL, _RECENT, _NEW = 900, 800, 700, 600, 500, 400, 300, 200, 100
#: What the player changed while this game runs counts more than what was changed before.
_JUST_NOW = 250
#: Frames, errors, variables and files beyond these are not looked at.
_MOST_FRAMES, _MOST_ERRORS, _MOST_VALUES, _MOST_RECENT = 90, 20, 500, 16
_MOST_TABLES, _MOST_CHANGES = 50, 5000
#: Numbers up to this are near any error by chance.
_SMALL_NUMBER = 100
#: Values that are everywhere.
_COMMON = (0, 1, "")


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
        Each mod once. Empty if nothing points to a mod, or there is no game yet.

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
    if game is None:
        try:
            game = current()
        except NotInitializedError:  # it failed before there was a game; this is called where errors are handled
            return []
    search = _Search(game)
    for depth, cause in enumerate(_chain(error)):
        search.look_at(cause, depth)
    search.look_at_recent()
    best: dict[str, tuple[float, Suspect]] = {}
    for score, suspect in search.found:
        if suspect.mod not in best or score > best[suspect.mod][0]:
            best[suspect.mod] = score, suspect
    return [suspect for _, suspect in sorted(best.values(), key=lambda pair: -pair[0])]


class _Search:
    def __init__(self, game: ResourceManager) -> None:
        self._game = game
        self._mounts: list[Mount] = game.mods.mounts()[::-1]
        self._mods = {mount.name: mount.name.partition(":")[0] for mount in self._mounts}
        self._resources = game.resources_by_id()
        self._recent = game.recently_used()[:_MOST_RECENT]
        self._values = _Values()
        self.found: list[tuple[float, Suspect]] = []

    def look_at(self, error: BaseException, depth: int) -> None:
        """Look at one error: its traceback, its path, and its message."""
        for distance, frame in enumerate(_frames(error.__traceback__)):
            nearness = 99 - distance - depth
            layer, _, path = frame.f_code.co_filename.partition(":")
            if path.startswith("/"):
                self._add(_SCRIPT + nearness, layer, path, f"its script {path} was running")
            self._look_at_variables(frame, nearness)
        if isinstance(error, PathError) and isinstance(error.filename, (str, os.PathLike)):
            self._of_path(_PATH - depth, os.fspath(error.filename))
            self._values.add(os.fspath(error.filename))
        for value in error.args:
            self._values.add(value)
        text = plain(str(error), 10_000)
        for name in self._mods:
            if re.search(rf"(?<![\w/-]){re.escape(name)}(?![\w-])", text):
                self._add(_NAMED - depth, name, "", f"the error names it: {plain(text, 200)}")

    def _look_at_variables(self, frame: FrameType, nearness: int) -> None:
        """Look at the variables of a function, and at those of the object that it is a method of."""
        variables = list(frame.f_locals.items())
        itself = frame.f_locals.get("self")
        variables += list(getattr(itself, "__dict__", {}).items())
        for name, value in variables[:_MOST_VALUES]:
            path = self._resources.get(id(value))
            if isinstance(value, Asset):
                self._add(_DECODING + nearness, value.layer, value.path, f"its {value.path} was being loaded")
                self._of_path(_LOCAL, value.path)
            elif path is not None:
                self._of_path(_IN_USE + nearness, path)
                self._look_at_edits(_IN_USE + nearness, path)
            elif isinstance(value, (str, VFSPath)) and name != "__name__" and _may_be_path(str(value)):
                self._of_path(_LOCAL + nearness, str(value))
            self._values.add(value)

    def _look_at_edits(self, score: float, path: str) -> None:
        """Of the mods that edit a picture, suspect those most that change most of it."""
        with contextlib.suppress(VFSError, OSError):
            for outcome in self._game.edit_report(path):
                if outcome.reason is None and outcome.area is not None:
                    pixels = outcome.area[2] * outcome.area[3]
                    share = pixels / (pixels + 1e6)
                    self._add(score + 1 + share, outcome.mod, outcome.path, f"it changes a part of {path}")

    def look_at_recent(self) -> None:
        """Look at the files that were used last, and at what the player changed last."""
        for age, path in enumerate(self._recent):
            self._of_path(_RECENT - age, path)
            self._look_at_data(path)
        past = self._game.mods.history()
        if past:
            self._look_at_change(past[0].profile, past[0].when)

    def _look_at_data(self, path: str) -> None:
        """Look for what mods changed in a data file among the values that have to do with the error."""
        try:
            changes = self._game.merge_report(path).changes
        except (VFSError, OSError, ValueError):
            return  # not data, or gone
        for change in changes[:_MOST_CHANGES]:
            weight = self._weight(change)
            if weight:
                verb = "removes" if change.after is ABSENT else "changes"
                self._add(_VALUE + weight, change.layer, path, f"it {verb} {change.pointer} of {path}")

    def _weight(self, change: ValueChange) -> int:
        """Return how much a change of a value has to do with the error; 0 if nothing."""
        keys = tokens_of(change.pointer)
        if not change.is_used or not keys:
            return 0
        if change.after is ABSENT:
            return 40 if any(map(self._values.contain, keys)) else 20 * self._values.contain(change.before)
        if self._values.contain(keys[-1]):
            return 30
        is_telling = not isinstance(change.after, (int, float)) or abs(change.after) > _SMALL_NUMBER
        return (30 if is_telling else 10) * self._values.contain(change.after)

    def _look_at_change(self, before: Profile, when: str) -> None:
        """Look at the mods that the player changed last."""
        after = self._game.mods.profiles[self._game.mods.profile]
        changed = dict.fromkeys(before.disabled - after.disabled, "it was enabled last")
        for name, words in (("options", "its options were changed last"), ("overrides", "its rules were changed last")):
            earlier, later = getattr(before, name), getattr(after, name)
            changed.update({mod: words for mod in {*earlier, *later} if earlier.get(mod) != later.get(mod)})
        for choice in set(before.files) ^ set(after.files):
            changed[choice.mod] = "its files were chosen last"
        score = _NEW if _seconds(when) < self._game.started - 1 else _JUST_NOW
        for mod in sorted(changed.keys() & set(self._mods.values())):
            self.found.append((score, Suspect(mod, "", f"{changed[mod]}, at {when}")))

    def _of_path(self, score: float, text: str) -> None:
        """Suspect the mods that provide, change or remove a file."""
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
                    elif is_provided:
                        continue
                    elif entry is None or entry.is_folder:
                        if file == path and mount.layer.may_hide and mount.layer.hides(path):
                            is_provided = True
                            self._add(score, mount.name, path, f"it removes {path}")
                    elif file == path:
                        is_provided = True
                        self._add(score + 2, mount.name, path, f"the game uses its {path}")
                    else:
                        self._add(score + 1, mount.name, file, f"it changes {path}")

    def _add(self, score: float, layer: str, path: str, reason: str) -> None:
        mod = self._mods.get(layer) or self._mods.get(layer.removeprefix("mod "))
        if mod is not None:
            self.found.append((score, Suspect(mod, path, reason)))


class _Values:
    """The values near an error that data may have: texts, numbers, lists and tables."""

    def __init__(self) -> None:
        self._scalars: set[tuple[type, object]] = set()
        self._tables: list[object] = []

    def add(self, value: object) -> None:
        if isinstance(value, (str, int, float)) and value not in _COMMON:
            self._scalars.add((type(value), value))
        elif isinstance(value, (list, dict)) and value and len(self._tables) < _MOST_TABLES:
            self._tables.append(value)

    def contain(self, value: object) -> bool:
        """Return whether a value of a data file is among them."""
        if isinstance(value, (str, int, float)):
            return (type(value), value) in self._scalars
        return isinstance(value, (list, dict)) and value in self._tables


def _may_be_path(text: str) -> bool:
    return 1 < len(text) < 500 and text[0] == "/"


def _seconds(when: str) -> float:
    """Return the time of an entry of the history in seconds since 1970; 0 if it is damaged."""
    try:
        return datetime.datetime.fromisoformat(when).timestamp()
    except ValueError:
        return 0.0


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
