"""The files of installed mods: a set is replaced by another one as a whole.

Everything is below ``.getting`` in the mods folder, which the search for mods passes over. Files are downloaded to
``parts``, checked, and moved to ``store`` under their digests. Only when all are there, ``journal.json`` is written: it
contains the whole new set. From then on the change is finished, by this process or by the next one that opens the game.
Before it, nothing in the mods folder was touched. Mods' files are links to those in the store. Each version has its own
name, so that a game that still reads from an old one is not disturbed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vfsloader.datamerge.parsing import parse_json
from vfsloader.distribution.build import file_digest
from vfsloader.distribution.rows import DIGEST
from vfsloader.errors import DamagedError, LockedError, PathExistsError
from vfsloader.mods.metadata.manifest import ID
from vfsloader.mods.state import write_json
from vfsloader.runtime.atomic import clean_up, staged
from vfsloader.runtime.file_locks import try_lock, unlock

FOLDER = ".getting"
_FORMAT = "vfsloader installed mods"
#: Sets that can be brought back.
KEPT_SETS = 5
_FILE_NAME = re.compile(r"[a-z][A-Za-z0-9_.-]{1,400}\.(zip|pack)")
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")
_SUFFIXES = (".zip", ".pack")


@dataclass(frozen=True, slots=True)
class Record:
    """A mod that was installed."""

    id: str
    version: str
    sha256: str
    size: int
    suffix: str
    """``.zip`` or ``.pack``."""
    source: str = ""
    """The address of its source; empty if it was installed from a file."""
    author: str = ""
    """The public key of the author who signed it; empty if nobody did."""

    @property
    def file(self) -> str:
        """The name of its file in the mods folder."""
        return f"{self.id}-{_UNSAFE.sub('_', self.version)}-{self.sha256[:8]}{self.suffix}"


#: A set of installed mods by id.
Records = Mapping[str, Record]


class InstalledFiles:
    """The installed mods in a mods folder, and the files that they consist of.

    Parameters
    ----------
    folder
        The mods folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / FOLDER
        self.store = self.home / "store"
        self.parts = self.home / "parts"
        self._state = self.home / "installed.json"
        self._journal = self.home / "journal.json"
        #: What files looked like from outside when their digests were last found to be right.
        self._right: dict[Path, tuple[int, int, int]] = {}

    def records(self) -> dict[str, Record]:
        """Return the installed mods whose files are there."""
        return {mod: record for mod, record in self._read(self._state).records.items() if self.path(record).exists()}

    def previous(self) -> list[dict[str, Record]]:
        """Return earlier sets, the latest first."""
        return self._read(self._state).history

    def path(self, record: Record) -> Path:
        """Return where a mod's file is."""
        return self.folder / record.file

    def stored(self, sha256: str, suffix: str) -> Path | None:
        """Return a file of the store, if it is there and whole."""
        file = self.store / f"{sha256}{suffix}"
        return file if file.exists() and file_digest(file) == sha256 else None

    def keep(self, part: Path, sha256: str, suffix: str) -> None:
        """Move a checked file into the store."""
        self.store.mkdir(parents=True, exist_ok=True)
        os.replace(part, self.store / f"{sha256}{suffix}")

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from installing into this folder.

        Raises
        ------
        LockedError
            One is doing so.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self.home / "lock", "a+b") as file:
            if not try_lock(file.fileno()):
                sentence = f"another program is installing mods into {self.folder}; try again when it has finished"
                raise LockedError.at(str(self.folder), sentence)
            try:
                yield
            finally:
                unlock(file.fileno())

    def change(self, records: Records, *, undo: bool = False) -> None:
        """Replace the set of installed mods. All files have to be in the store. The caller holds the lock.

        Raises
        ------
        PathExistsError
            The file of a mod that would be removed was changed by hand.
        """
        present = self.records()
        self.check_unchanged(records)
        for record in records.values():
            if not (self.store / f"{record.sha256}{record.suffix}").exists() and not self.path(record).exists():
                raise DamagedError.at(record.id, f"the file of {record.id} {record.version} is not in the store")
        state = self._read(self._state)
        history = state.history[1:] if undo else [present, *state.history]
        names = {record.file for record in records.values()}
        doomed = {*state.doomed, *(record.file for record in state.records.values())} - names
        write_json(self._journal, _State(dict(records), history[:KEPT_SETS], sorted(doomed)).to_json())
        self._finish()

    def check_unchanged(self, records: Records) -> None:
        """Check that no file that another set would replace was changed by hand. What was read once is not read again.

        Raises
        ------
        PathExistsError
            One was.
        """
        for record in self.records().values():
            if records.get(record.id) == record:
                continue
            path = self.path(record)
            seen = path.stat()
            looks = seen.st_size, seen.st_mtime_ns, seen.st_ino
            if self._right.get(path) != looks and file_digest(path) != record.sha256:
                raise PathExistsError.at(str(path), f"{path} was changed after it was installed; move it away first")
            self._right[path] = looks

    def recover(self) -> bool:
        """Finish a change that was interrupted. Return whether there was one."""
        if not self._journal.exists():
            self._delete_doomed()
            return False
        with self.lock():
            self._finish()
        return True

    def _delete_doomed(self) -> None:
        """Delete what could not be deleted when it was replaced, because a game had it open."""
        state = self._read(self._state)
        if not state.doomed:
            return
        with contextlib.suppress(LockedError), self.lock():
            state = self._read(self._state)
            kept = [name for name in state.doomed if not self._is_deleted(name)]
            if kept != state.doomed:
                write_json(self._state, _State(state.records, state.history, kept).to_json())

    def _is_deleted(self, name: str) -> bool:
        try:
            (self.folder / name).unlink(missing_ok=True)
        except PermissionError:  # Windows keeps a file that is open: it is deleted at the next start
            return False
        return True

    def _finish(self) -> None:
        new = self._read(self._journal)
        for record in new.records.values():
            if not self.path(record).exists():
                _link(self.store / f"{record.sha256}{record.suffix}", self.path(record))
        kept = [name for name in new.doomed if not self._is_deleted(name)]
        write_json(self._state, _State(new.records, new.history, kept).to_json())
        self._journal.unlink(missing_ok=True)
        used = {f"{record.sha256}{record.suffix}" for known in (new.records, *new.history) for record in known.values()}
        for file in self.store.glob("*") if self.store.exists() else ():
            if file.name not in used:
                with contextlib.suppress(OSError):
                    file.unlink()

    def _read(self, file: Path) -> _State:
        try:
            data = parse_json(file.read_bytes())
            doomed = [name for name in data["remove"] if _FILE_NAME.fullmatch(name)]
            return _State(_records(data["mods"]), [_records(rows) for rows in data["history"]], doomed)
        except FileNotFoundError:
            return _State({}, [], [])
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError.at(str(file), f"{file} is damaged ({error}); delete it to start again") from None


@dataclass(frozen=True, slots=True)
class _State:
    records: dict[str, Record]
    history: list[dict[str, Record]]
    doomed: list[str]
    """Names of files of earlier sets that are still to be deleted."""

    def to_json(self) -> dict[str, Any]:
        sets = [[asdict(record) for _, record in sorted(known.items())] for known in (self.records, *self.history)]
        return {"format": _FORMAT, "version": 1, "mods": sets[0], "history": sets[1:], "remove": self.doomed}


def _records(rows: list[dict[str, Any]]) -> dict[str, Record]:
    records = [Record(**row) for row in rows]
    for record in records:
        if not (ID.fullmatch(record.id) and DIGEST.fullmatch(record.sha256) and record.suffix in _SUFFIXES):
            raise ValueError(f"wrong entry for {record.id!r}")
    return {record.id: record for record in records}


def _link(stored: Path, target: Path) -> None:
    clean_up(target.parent)
    try:
        os.link(stored, target)
    except OSError:  # no file system has links, or a leftover is there
        with staged(target, overwrite=True) as path:
            shutil.copyfile(stored, path)
