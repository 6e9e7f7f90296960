"""What was decoded, kept on disk: the next start of the game finds its pictures ready.

A folder that may be deleted at any time. An entry is named by what it was made of, so that none is ever wrong, only
unused. Each run that decodes something appends it to a file of its own, and then, when that is safe on the disk, writes
the index anew in one step; so a crash leaves entries out, and never half of one. A run maps the files of those before
it: what is looked at is paged in when it is looked at, and is written to, if at all, in memory only.
"""

from __future__ import annotations

import contextlib
import json
import logging
import mmap
import os
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, NamedTuple

from vfsloader import paths

_log = logging.getLogger("vfsloader.assets")
INDEX = "prepared.json"
VERSION = 1
DEFAULT_MAX_BYTES = 512 << 20
#: So much is gathered before the index is written anew.
WRITE_BYTES = 16 << 20
#: Entries start at a multiple of this, so that pixels lie as engines like them.
_ALIGN = 64
#: A file that no index names may be another process's, which is still at it.
_ORPHAN_SECONDS = 24 * 3600


class _Place(NamedTuple):
    file: str
    offset: int
    size: int


class PreparedCache:
    """Bytes by name in a folder.

    Parameters
    ----------
    folder
        Made where it is missing.
    max_bytes
        About how much is kept: what this run did not use goes first.
    """

    def __init__(self, folder: paths.RealPath, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self._folder = Path(folder)
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._index: dict[str, _Place] = {}
        self._maps: dict[str, memoryview] = {}
        self._given: set[str] = set()
        self._new: dict[str, _Place] = {}
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="vfsloader-prepared")
        self._file: BinaryIO | None = None
        self._file_name = ""
        self._is_usable = True
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._index = self._read_index()
        except OSError as error:
            self._give_up(error)

    def get(self, name: str) -> memoryview | bytes | None:
        """Give what is kept under a name, or None.

        The first time in a run it is the mapped file itself, to be used up: writing to it changes this process's
        memory only. After that it is a copy.
        """
        with self._lock:
            place = self._index.get(name)
            if place is None or not self._is_usable:
                return None
            is_first = name not in self._given
            self._given.add(name)
            try:
                return self._mapped(place) if is_first else self._copied(place)
            except (OSError, ValueError) as error:
                self._give_up(error)
                return None

    def put(self, name: str, make: Callable[[], bytes]) -> None:
        """Keep bytes under a name; they are made and written on a thread of their own, while the game goes on."""
        if self._is_usable:
            self._writer.submit(self._make, name, make)

    def close(self) -> None:
        """Write what is new, let go what is too much, and close; what was given stays usable."""
        self._writer.shutdown()
        if self._is_usable:
            try:
                self._publish()
                self._shrink()
            except OSError as error:
                self._give_up(error)
        if self._file is not None:
            self._file.close()
        with self._lock:
            self._maps.clear()
            self._is_usable = False

    # --- reading -------------------------------------------------------------------------------------

    def _mapped(self, place: _Place) -> memoryview:
        view = self._maps.get(place.file)
        if view is None:
            with open(self._folder / place.file, "rb") as file:
                view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
            self._maps[place.file] = view
        if place.offset + place.size > len(view):
            raise ValueError(f"{place.file} is cut off")
        return view[place.offset : place.offset + place.size]

    def _copied(self, place: _Place) -> bytes:
        with open(self._folder / place.file, "rb") as file:
            file.seek(place.offset)
            return file.read(place.size)

    def _read_index(self) -> dict[str, _Place]:
        """Read the index; one that is damaged, or of another version, is as good as none."""
        try:
            data = json.loads((self._folder / INDEX).read_bytes())
            if data["version"] != VERSION:
                return {}
            sizes = {name: (self._folder / name).stat().st_size for name in data["files"] if "/" not in name}
            index = {}
            for name, (number, offset, size) in data["entries"].items():
                file = data["files"][number]
                if 0 <= offset <= offset + size <= sizes[file]:
                    index[str(name)] = _Place(file, offset, size)
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            _log.warning("the prepared cache %s is made anew: %s", self._folder, error)
            return {}
        return index

    # --- writing -------------------------------------------------------------------------------------

    def _make(self, name: str, make: Callable[[], bytes]) -> None:
        try:
            data = make()
            if data and self._is_usable:
                self._append(name, data)
        except OSError as error:
            self._give_up(error)
        except Exception:
            _log.exception("%s could not be prepared", name)

    def _append(self, name: str, data: bytes) -> None:
        if self._file is None:
            handle, path = tempfile.mkstemp(prefix="prepared-", suffix=".bin", dir=self._folder)
            self._file_name = os.path.basename(path)
            self._file = open(handle, "wb")  # noqa: SIM115 # closed with the cache
        self._file.write(bytes(-self._file.tell() % _ALIGN))
        place = _Place(self._file_name, self._file.tell(), len(data))
        self._file.write(data)
        self._new[name] = place
        if sum(one.size for one in self._new.values()) > WRITE_BYTES:
            self._publish()

    def _publish(self) -> None:
        """Name what is new in the index, once it is safe on the disk."""
        if self._file is None or not self._new:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        with self._lock:
            # Another process may have written meanwhile.
            self._index = {**self._read_index(), **self._index, **self._new}
            self._given |= self._new.keys()
            self._new = {}
            self._write_index()

    def _write_index(self) -> None:
        files = sorted({place.file for place in self._index.values()})
        numbers = {name: number for number, name in enumerate(files)}
        entries = {name: (numbers[place.file], place.offset, place.size) for name, place in self._index.items()}
        handle, draft = tempfile.mkstemp(prefix=".index-", dir=self._folder)
        with open(handle, "w", encoding="utf-8") as out:
            json.dump({"version": VERSION, "files": files, "entries": entries}, out)
        os.replace(draft, self._folder / INDEX)

    def _shrink(self) -> None:
        """Let files go that hold nothing that this run used, while there is too much; and what nobody names."""
        sizes = {file.name: file.stat() for file in self._folder.glob("prepared-*.bin")}
        used = {place.file for name, place in self._index.items() if name in self._given}
        total = sum(status.st_size for status in sizes.values())
        gone = set()
        for name, status in sorted(sizes.items(), key=lambda item: (item[0] in used, item[1].st_mtime_ns)):
            if total <= self._max_bytes:
                break
            gone.add(name)
            total -= status.st_size
        if gone:
            self._index = {name: place for name, place in self._index.items() if place.file not in gone}
            self._write_index()
        named = {place.file for place in self._index.values()}
        for name, status in sizes.items():
            if name in gone or (name not in named and time.time() - status.st_mtime > _ORPHAN_SECONDS):
                with contextlib.suppress(OSError):  # where a mapped file cannot go, it goes at the next start
                    (self._folder / name).unlink()

    def _give_up(self, error: Exception) -> None:
        """Go on without: a cache that fails must cost nothing but time."""
        _log.warning("the prepared cache %s is not used: %s", self._folder, error)
        self._is_usable = False
