"""The files of installed mods: a set is replaced by another one as a whole.

Everything is below ``.getting`` in the mods folder, which the search for mods passes over. Files are downloaded to
``parts``, checked, and moved to ``store`` under their digests. When all are there, the whole new set is written to a
file, which becomes ``journal.json``. From then on the new set counts, and the change is finished, by this process or by
the next one that opens the game. Before it, nothing in the mods folder was touched. Mods' files are links to those in
the store. Each version has its own name, so that a game that still reads from an old one is not disturbed.

A running game changes the set within one frame. So whatever waits for the disk is done before or afterwards on another
thread: :meth:`InstalledFiles.prepare` writes, :meth:`InstalledFiles.change` only gives files their names, and
:meth:`InstalledFiles.finish` deletes.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from vfsloader.archives.open_files import POOL
from vfsloader.datamerge.parsing import parse_json
from vfsloader.distribution.build import file_digest
from vfsloader.distribution.rows import DIGEST
from vfsloader.errors import DamagedError, LockedError, PathExistsError
from vfsloader.mods.metadata.manifest import ID
from vfsloader.mods.state import write_json
from vfsloader.runtime.atomic import clean_up, staged
from vfsloader.runtime.file_locks import try_lock, unlock
from vfsloader.runtime.jobs import Job

FOLDER = ".getting"
_FORMAT = "vfsloader installed mods"
#: Sets that can be brought back.
KEPT_SETS = 5
_FILE_NAME = re.compile(r"[a-z][A-Za-z0-9_.-]{1,400}\.(zip|pack)")
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")
_SUFFIXES = (".zip", ".pack")
#: Seconds that a game which opens waits for another one that is just changing the set.
_PATIENCE = 5.0
#: Seconds in which the game shows the new set, before anything is deleted.
_A_FRAME = 0.05


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
        #: Files of earlier sets that are still to be deleted.
        self._aside = self.home / "aside"
        self._prepared: tuple[Path, _State] | None = None
        self._finishing: Job[None] | None = None
        self._hurry = threading.Event()
        #: What was read last of a file, and what the file looked like from outside.
        self._known: dict[Path, tuple[tuple[int, int, int], _State]] = {}
        #: What files looked like from outside when their digests were last found to be right.
        self._right: dict[Path, tuple[int, int, int]] = {}

    def records(self) -> dict[str, Record]:
        """Return the installed mods whose files are there."""
        return {mod: record for mod, record in self._present().records.items() if self.path(record).exists()}

    def previous(self) -> list[dict[str, Record]]:
        """Return earlier sets, the latest first."""
        return self._present().history

    def path(self, record: Record) -> Path:
        """Return where a mod's file is."""
        return self.folder / record.file

    def stored(self, sha256: str, suffix: str) -> Path | None:
        """Return a file of the store, if it is there and whole."""
        file = self.store / f"{sha256}{suffix}"
        return file if file.exists() and file_digest(file) == sha256 else None

    def path_in_store(self, record: Record) -> Path | None:
        """Return the file of the store with a mod, which may have been there for long; None if there is none."""
        file = self.store / f"{record.sha256}{record.suffix}"
        return file if file.exists() else None

    def keep(self, part: Path, sha256: str, suffix: str) -> None:
        """Move a checked file into the store."""
        self.store.mkdir(parents=True, exist_ok=True)
        os.replace(part, self.store / f"{sha256}{suffix}")

    @contextlib.contextmanager
    def lock(self, patience: float = 0.0) -> Iterator[None]:
        """Keep other processes from installing into this folder.

        Parameters
        ----------
        patience
            Seconds to wait for one that is doing so.

        Raises
        ------
        LockedError
            One is doing so.
        """
        self.settle()
        self.home.mkdir(parents=True, exist_ok=True)
        end = time.monotonic() + patience
        with open(self.home / "lock", "a+b") as file:
            while not (is_locked := try_lock(file.fileno())) and time.monotonic() < end:
                time.sleep(0.01)
            if not is_locked:
                sentence = f"another program is installing mods into {self.folder}; try again when it has finished"
                raise LockedError.at(str(self.folder), sentence)
            try:
                yield
            finally:
                unlock(file.fileno())

    def change(self, records: Records, *, undo: bool = False) -> None:
        """Replace the set of installed mods. All files have to be in the store. The caller holds the lock.

        The new set counts at once. Call :meth:`finish` afterwards.

        Raises
        ------
        PathExistsError
            The file of a mod that would be removed was changed by hand.
        """
        self.check_unchanged(records)
        for record in records.values():
            if self.path_in_store(record) is None and not self.path(record).exists():
                raise DamagedError.at(record.id, f"the file of {record.id} {record.version} is not in the store")
        new, prepared, self._prepared = self._changed(records, undo=undo), self._prepared, None
        try:
            if prepared is None or prepared[1] != new:
                raise FileNotFoundError
            os.replace(prepared[0], self._journal)
        except FileNotFoundError:  # other mods were installed since, or another process has cleaned up
            write_json(self._journal, new.to_json())
        self._known.clear()
        self._show(new)

    def prepare(self, records: Records, *, undo: bool = False) -> None:
        """Write a change to the disk that :meth:`change` will make. The caller holds the lock."""
        new = self._changed(records, undo=undo)
        file = self.home / f"ready-{secrets.token_hex(8)}.json"
        write_json(file, new.to_json())
        self._prepared = file, new

    def finish(self, held: contextlib.ExitStack, more: Sequence[Callable[[], object]] = ()) -> None:
        """Delete what a change replaced, on a thread.

        Parameters
        ----------
        held
            Has the lock, which is released afterwards.
        more
            What else to do on the thread.
        """
        hurry = self._hurry = threading.Event()

        def finish(_: object) -> None:
            hurry.wait(_A_FRAME)
            with held:
                if self._journal.exists():
                    self._finish()
                for call in more:
                    call()

        self._finishing = Job(finish)
        if not self._finishing.has_thread:
            self.settle()

    def settle(self) -> None:
        """Wait until what a change replaced is deleted."""
        finishing, self._finishing = self._finishing, None
        if finishing is not None:
            self._hurry.set()
            finishing.wait()

    def _changed(self, records: Records, *, undo: bool) -> _State:
        state = self._present()
        history = state.history[1:] if undo else [self.records(), *state.history]
        names = {record.file for record in records.values()}
        doomed = {*state.doomed, *(record.file for record in state.records.values())} - names
        return _State(dict(records), history[:KEPT_SETS], sorted(doomed))

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
        with self.lock(_PATIENCE):
            if self._journal.exists():
                self._show(self._read(self._journal))
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

    def _show(self, new: _State) -> None:
        """Make the mods folder contain the files of a set, and no others that were installed."""
        missing = [record for record in new.records.values() if not self.path(record).exists()]
        if missing:
            clean_up(self.folder)
        for record in missing:
            _link(self.store / f"{record.sha256}{record.suffix}", self.path(record))
        self._aside.mkdir(exist_ok=True)
        for name in new.doomed:
            self._put_aside(name)

    def _put_aside(self, name: str) -> None:
        try:
            os.rename(self.folder / name, self._aside / name)
        except FileNotFoundError:
            return
        except OSError:  # Windows keeps a file that is open, although nobody reads from it at this moment
            POOL.clear()
            with contextlib.suppress(OSError):  # see `_is_deleted`
                os.rename(self.folder / name, self._aside / name)

    def _finish(self) -> None:
        """Write the new set down as the present one, and delete what nothing needs any more."""
        new = self._read(self._journal)
        kept = [name for name in new.doomed if not self._is_deleted(name)]
        write_json(self._state, _State(new.records, new.history, kept).to_json())
        self._known.clear()
        shutil.rmtree(self._aside, ignore_errors=True)
        self._journal.unlink(missing_ok=True)
        for file in self.home.glob("ready-*.json"):
            file.unlink(missing_ok=True)
        used = {f"{record.sha256}{record.suffix}" for known in (new.records, *new.history) for record in known.values()}
        for file in self.store.glob("*") if self.store.exists() else ():
            if file.name not in used:
                with contextlib.suppress(OSError):
                    file.unlink()

    def _present(self) -> _State:
        """Return the set that counts: from the moment when there is a journal, that of the journal."""
        return self._read(self._journal if self._journal.exists() else self._state)

    def _read(self, file: Path) -> _State:
        try:
            seen = file.stat()
            looks = seen.st_size, seen.st_mtime_ns, seen.st_ino
            known = self._known.get(file)
            if known is None or known[0] != looks:
                data = parse_json(file.read_bytes())
                doomed = [name for name in data["remove"] if _FILE_NAME.fullmatch(name)]
                state = _State(_records(data["mods"]), [_records(rows) for rows in data["history"]], doomed)
                self._known[file] = known = looks, state
            return known[1]
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
        names = [field.name for field in fields(Record)]
        sets = [
            [{name: getattr(record, name) for name in names} for _, record in sorted(known.items())]
            for known in (self.records, *self.history)
        ]
        return {"format": _FORMAT, "version": 1, "mods": sets[0], "history": sets[1:], "remove": self.doomed}


def _records(rows: list[dict[str, Any]]) -> dict[str, Record]:
    records = [Record(**row) for row in rows]
    for record in records:
        if not (ID.fullmatch(record.id) and DIGEST.fullmatch(record.sha256) and record.suffix in _SUFFIXES):
            raise ValueError(f"wrong entry for {record.id!r}")
    return {record.id: record for record in records}


def _link(stored: Path, target: Path) -> None:
    try:
        os.link(stored, target)
    except OSError:  # no file system has links, or a leftover is there
        with staged(target, overwrite=True) as path:
            shutil.copyfile(stored, path)
