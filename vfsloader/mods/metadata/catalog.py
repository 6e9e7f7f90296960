"""What the folders of a mods folder said about themselves at the last start, so that only changed ones are read again.

A start with a thousand mods lists a thousand folders and parses a thousand manifests, which say what they said before.
The catalog keeps for each folder the names in it and its manifest's table. They count only as long as the folder and
its manifest are the same files with the same size and times. Their time of change is compared as well, which no program
can set. What changed just before it was read is not kept: a later change might have the same time.

The file is a cache. One that is damaged, or that another version wrote, is ignored, and written again. A mod that is
found in it is checked as it is when it is read: the catalog says what a manifest contains, not that it is right.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

from vfsloader.mods.metadata.formats import FilesOnDisk
from vfsloader.mods.metadata.mod import Stamp
from vfsloader.mods.metadata.shape import OWN_MARKERS
from vfsloader.runtime.fast_paths import use_fast_paths
from vfsloader.runtime.hashes import sha256
from vfsloader.runtime.logs import logger
from vfsloader.runtime.regular_file import read_regular

_log = logger("vfsloader.mods")
#: The file's name; a mods folder shows no mod under a name that begins with a dot.
FILE = ".mods-catalog"
#: Fewer mods are read as quickly as a catalog of them.
LEAST_MODS = 64
_MAX_BYTES = 64 << 20
_HEAD = b"vfsloader mods catalog 1\n"
#: So much older than its reading must a file be; more where the disk's clock counts whole seconds.
_SETTLED_NS, _SETTLED_COARSE_NS = 100_000_000, 3_000_000_000

#: Of a folder or a file: the inode, the size, the time of its content and that of its last change.
_Status = tuple[int, int, int, int]


class _Entry(NamedTuple):
    """A folder with a manifest."""

    folder: _Status
    manifest: _Status
    names: list[str]
    """The names in the folder."""
    marker: str
    """The name of the manifest as the format calls it."""
    file: str
    """The name that it really has."""
    table: str
    """What it says, as JSON."""


class Catalog:
    """The catalog of the mods in some folders.

    Parameters
    ----------
    file
        Where it is kept; None: it is not.

    Examples
    --------
    >>> Catalog(None).find("/mods/winter") is None
    True
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file if use_fast_paths() else None
        self._known = {} if self._file is None else _load(self._file)
        self._kept: dict[str, _Entry] = {}
        self._is_changed = False

    def find(self, path: str) -> tuple[FilesOnDisk, Stamp] | None:
        """Return the files at the top of a folder, and its stamp, if it has not changed; else None.

        Parameters
        ----------
        path
            The folder, which is not a link.
        """
        entry = self._known.get(path)
        if entry is None:
            return None
        try:
            folder, manifest = os.lstat(path), os.lstat(f"{path}{os.sep}{entry.file}")
        except OSError:
            return None
        if _status(folder) != entry.folder or _status(manifest) != entry.manifest:
            return None
        if not stat.S_ISDIR(folder.st_mode) or not stat.S_ISREG(manifest.st_mode):
            return None
        files = FilesOnDisk(path)
        files.preset(set(entry.names), {entry.marker: entry.table})
        self._kept[path] = entry
        return files, Stamp(False, manifest.st_ino, manifest.st_size, manifest.st_mtime_ns)

    def note(self, path: str, files: FilesOnDisk, began_ns: int) -> None:
        """Keep what was read of a folder.

        Parameters
        ----------
        path
            The folder, which is not a link.
        files
            The files at its top, whose manifest was read.
        began_ns
            The time just before the folder was listed.
        """
        if self._file is None or len(files.tables) != 1:
            return
        (marker, table), *_ = files.tables.items()
        file = files.named(marker)
        if marker not in OWN_MARKERS or file is None:
            return
        with contextlib.suppress(OSError, TypeError, ValueError, RecursionError):  # JSON has no dates
            text = table if isinstance(table, str) else json.dumps(table, allow_nan=False)
            folder, manifest = os.lstat(path), os.lstat(f"{path}{os.sep}{file}")
            if _is_settled(folder, began_ns) and _is_settled(manifest, began_ns):
                entry = _Entry(_status(folder), _status(manifest), sorted(files.names()), marker, file, text)
                if self._known.get(path) != entry:
                    self._is_changed = True
                self._kept[path] = entry

    def save(self) -> None:
        """Write the file if it differs. What was neither found nor noted since the last time is dropped."""
        from vfsloader.runtime.atomic import staged

        kept, self._kept = self._kept, {}
        is_changed = self._is_changed or kept.keys() != self._known.keys()
        self._known, self._is_changed = kept, False
        if self._file is None or not is_changed:
            return
        try:
            if len(kept) < LEAST_MODS:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self._file)
                return
            body = json.dumps(kept, separators=(",", ":")).encode("utf-8", "surrogatepass")
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with staged(self._file, overwrite=True, durable=False) as path:
                Path(path).write_bytes(_HEAD + sha256(body).hexdigest().encode() + b"\n" + body)
        except OSError as error:  # the folder is read-only, or the disk is full: the next start takes a little longer
            _log.debug("the catalog of mods is not kept: %s", error)


def _load(file: Path) -> dict[str, _Entry]:
    try:
        if os.lstat(file).st_size > _MAX_BYTES:
            return {}
        data = read_regular(str(file))
        head, digest, body = data[: len(_HEAD)], data[len(_HEAD) : len(_HEAD) + 64], data[len(_HEAD) + 65 :]
        if head != _HEAD or sha256(body).hexdigest().encode() != digest:
            raise ValueError("another version wrote it, or it is damaged")
        return {path: _entry(fields) for path, fields in json.loads(body).items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        _log.debug("the catalog of mods is read again from the mods: %s", error)
        return {}


def _entry(fields: Any) -> _Entry:
    folder, manifest, names, marker, file, table = fields
    entry = _Entry(tuple(folder), tuple(manifest), names, marker, file, table)
    if not all(isinstance(text, str) for text in (marker, file, table, *names)):
        raise ValueError("an entry is not of texts")
    return entry


def _status(status: os.stat_result) -> _Status:
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _is_settled(status: os.stat_result, began_ns: int) -> bool:
    """Return whether a change after it was read would have another time."""
    is_fine = status.st_mtime_ns % 1_000_000_000 or status.st_ctime_ns % 1_000_000_000
    newest = max(status.st_mtime_ns, status.st_ctime_ns)
    return began_ns - newest > (_SETTLED_NS if is_fine else _SETTLED_COARSE_NS)
