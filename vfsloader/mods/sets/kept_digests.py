"""Digests of mods that are kept on the disk between two starts of a game, in a file beside ``mods.json``.

A digest is used again only if the mod looks the same from outside: the same names, sizes and times. Looking costs one
``stat`` for each file. A file that was written a moment ago may be written again within the same tick of the clock, so
such a mod is read again. A kept file that is damaged or missing costs only time.
"""

from __future__ import annotations

import contextlib
import json
import marshal
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vfsloader.datamerge.parsing import parse_json
from vfsloader.errors import VFSError
from vfsloader.mods.metadata.mod import Mod
from vfsloader.runtime.atomic import staged
from vfsloader.runtime.budget import Limits
from vfsloader.runtime.hashes import sha256

_FORMAT = "vfsloader digests 1"
#: Times of files are coarser than the clock: 10 ms on Linux, 2 s on FAT.
_TICK_SECONDS = 2.0
#: Which of a file's four facts is the time of its last change. On Windows, the last is when it was made.
_CHANGED = 2 if os.name == "nt" else 3
#: More than these are not kept, and a larger file is not read.
_MOST_MODS, _MOST_BYTES = 20_000, 16 << 20


class KeptDigests:
    """Digests by mod, with what the mod looked like from outside.

    Parameters
    ----------
    file
        Return the file to keep them in; None: they are not kept.
    limits
        What a digest covers; others are of no use.
    """

    def __init__(self, file: Callable[[], Path | None], limits: Limits) -> None:
        self._file = file
        self._kind = f"{_FORMAT}, {limits.decoded_bytes} bytes"
        self._rows: dict[str, tuple[str, str]] | None = None
        self._is_changed = False

    def get(self, mod: str, state: str) -> str | None:
        """Return the digest of a mod, if it was in this state when it was read."""
        row = self._all().get(mod)
        return row[1] if row is not None and state and row[0] == state else None

    def put(self, mod: str, state: str, digest: str) -> None:
        """Remember a digest. An empty state is not remembered."""
        rows = self._all()
        if state and rows.get(mod) != (state, digest):
            rows.pop(mod, None)  # the newest last
            rows[mod] = (state, digest)
            self._is_changed = True

    def store(self) -> None:
        """Write what is new, if anything is. Where nothing can be written, nothing is kept."""
        file = self._file()
        if not self._is_changed or file is None:
            return
        self._is_changed = False
        rows = dict(list(self._all().items())[-_MOST_MODS:])
        with contextlib.suppress(OSError, VFSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            with staged(file, overwrite=True, durable=False) as path, open(path, "wb") as out:
                out.write(json.dumps({"format": self._kind, "mods": rows}).encode())

    def _all(self) -> dict[str, tuple[str, str]]:
        if self._rows is None:
            self._rows = self._read()
        return self._rows

    def _read(self) -> dict[str, tuple[str, str]]:
        file = self._file()
        try:
            if file is None or file.stat().st_size > _MOST_BYTES:
                return {}
            table: Any = parse_json(file.read_bytes())
            if table["format"] != self._kind:
                return {}
            return {mod: (str(state), str(digest)) for mod, (state, digest) in table["mods"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return {}


def state_of_file(mod: Mod) -> str:
    """Return what changes when an archive or a pack is replaced; empty if that happened just now."""
    stamp = mod.stamp
    return f"{stamp.inode} {stamp.size} {stamp.mtime_ns}" if _is_settled(stamp.mtime_ns) else ""


def state_of_folder(folder: str) -> str:
    """Return what changes with any file of a folder: a digest of all names, sizes and times.

    Empty if a file was changed just now, or if the folder cannot be listed. Links are not followed.
    """
    state = sha256()
    newest = 0
    folders = [("", folder)]
    try:
        while folders:
            name, path = folders.pop()
            files: list[object] = []
            below = len(folders)
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append((f"{name}/{entry.name}", entry.path))
                    else:
                        status = entry.stat(follow_symlinks=False)
                        files += entry.name, status.st_size, status.st_mtime_ns, status.st_ctime_ns
            newest = max(newest, *files[_CHANGED::4], 0)  # type: ignore[call-overload]
            names = [found for found, _ in folders[below:]]
            # Version 2 of marshal writes equal lists as equal bytes.
            state.update(marshal.dumps([name, names, files], 2))
    except OSError:
        return ""
    return state.hexdigest() if _is_settled(newest) else ""


def _is_settled(mtime_ns: int) -> bool:
    return mtime_ns < (time.time() - _TICK_SECONDS) * 1e9
