"""Where ``mods.json`` is: in the mods folder, or where the user may write if that folder is read-only."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from vfsloader.errors import ReadOnlyError
from vfsloader.mods.messages import Problem
from vfsloader.mods.places import is_writable, user_folder, writable_folder
from vfsloader.mods.state import FILE, State, load_state, save_state
from vfsloader.runtime.atomic import sync_file

#: The environment variable that names a file to read the player's choice from instead. Such a choice is only tried:
#: what the game changes in it is not stored.
TRIAL_VARIABLE = "VFSLOADER_MODS_TRIAL"
#: The file of :class:`~vfsloader.mods.sets.kept_digests.KeptDigests`.
DIGESTS = ".digests.json"


class StateFile:
    """The file that stores the player's choice.

    Parameters
    ----------
    folders
        The mods folders.
    state_dir
        The folder for the file. By default, the last mods folder that can be written, or else a folder of the user's
        own data.

    Attributes
    ----------
    path
        The file that is written; None for a game without mods.
    """

    def __init__(self, folders: Sequence[Path], state_dir: Path | None = None) -> None:
        self._folders = tuple(folders)
        trial = os.environ.get(TRIAL_VARIABLE)
        self._trial = Path(trial) if trial else None
        self._is_quick = False
        self._is_chosen = state_dir is not None
        self._home = writable_folder(folders)
        folder = state_dir or self._home
        if folder is not None and state_dir is None and not self._keeps_files(folder):
            folder = user_folder(folder)
        self.path = None if folder is None else folder / FILE

    def beside(self, name: str) -> Path | None:
        """Return the path of another file in the same folder; None if nothing is written now."""
        return None if self.path is None or self._trial is not None else self.path.with_name(name)

    def file_of_digests(self) -> Path | None:
        """Return the file beside it for what is known of the mods' contents."""
        return self.beside(DIGESTS)

    def load(self) -> tuple[State | None, Problem | None]:
        """Read the file. If it does not exist yet, a mods folder may have one to start from."""
        if self.path is None:
            return None, None
        if self._trial is not None and self._trial.is_file():
            return load_state(self._trial)
        for file in (self.path, *(folder / FILE for folder in reversed(self._folders))):
            if os.path.lexists(file):
                return load_state(file)
        return load_state(self.path)

    def save(self, state: State) -> None:
        """Write the file, whole or not at all.

        Raises
        ------
        ReadOnlyError, PathError
            It cannot be written, and nothing was changed.
        """
        if self.path is None or self._trial is not None:
            return
        try:
            save_state(self.path, state, durable=not self._is_quick)
        except ReadOnlyError:
            if self._is_chosen or self._home is None or self.path.parent != self._home:
                raise
            self.path = user_folder(self._home) / FILE
            save_state(self.path, state, durable=not self._is_quick)

    @contextlib.contextmanager
    def quick(self) -> Iterator[Callable[[], object]]:
        """Save without waiting until the disk has the bytes. Yields what waits for it, on any thread."""
        self._is_quick = True
        try:
            yield self._sync
        finally:
            self._is_quick = False

    def _sync(self) -> None:
        if self.path is not None:
            with contextlib.suppress(OSError):  # there is none yet
                sync_file(self.path)

    def _keeps_files(self, folder: Path) -> bool:
        """Return whether the file belongs into a mods folder."""
        if not is_writable(folder):
            return False
        # On Windows, permissions can say so although writing fails: then the file was written elsewhere before.
        return os.name != "nt" or (folder / FILE).exists() or not (user_folder(folder) / FILE).exists()
