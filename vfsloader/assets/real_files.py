"""Real files for libraries that read only the disk: a folder layer's own file, else a copy named by its content."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from pathlib import Path

from vfsloader import paths
from vfsloader.assets.snapshots import Snapshot
from vfsloader.errors import BudgetError, ResourceError, VFSError
from vfsloader.layers.protocol import digest_of
from vfsloader.layers.union import Found, Union
from vfsloader.runtime.budget import DEFAULT_LIMITS, Budget, Limits
from vfsloader.runtime.forking import renew_in_child
from vfsloader.runtime.logs import logger
from vfsloader.runtime.temporary import TemporaryFolder

_log = logger("vfsloader.assets")


class RealFiles:
    """Provides real files.

    Parameters
    ----------
    folder
        Where copies are kept; None: in a temporary folder that is deleted with this object.
    limits
        What reading a map may cost.
    """

    def __init__(self, folder: paths.RealPath | None, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._folder = None if folder is None else Path(folder) / "files"
        self._mirrors: list[Path] = []
        self._temporary: TemporaryFolder | None = None
        self._lock = threading.Lock()
        renew_in_child(self, "_lock")

    def real_path(self, snapshot: Snapshot) -> str:
        """Return a file of the disk with the content of a file of the tree. A copy is streamed, not held in memory.

        Parameters
        ----------
        snapshot
            The file, with its digest.

        Raises
        ------
        OSError
            It cannot be copied.
        """
        from vfsloader.runtime.atomic import staged

        assert snapshot.layer is not None, "a missing path has no file"
        assert snapshot.entry is not None, "a missing path has no file"
        disk_path = snapshot.layer.disk_path(snapshot.entry)
        if disk_path is not None:
            return disk_path
        suffix = os.path.splitext(snapshot.entry.path)[1].lower()
        with self._lock:
            copy = self._place() / f"{(snapshot.digest or b'').hex()}{suffix}"
            if not copy.exists():
                with (
                    snapshot.layer.open(snapshot.entry) as source,
                    staged(copy, overwrite=True, durable=False, tidy_folder=False) as path,
                    open(path, "wb") as target,
                ):
                    shutil.copyfileobj(source, target, 1 << 20)
        return str(copy)

    def mirror(self, union: Union, folder: str) -> str:
        """Return a folder of the disk with all files of a folder of the tree, for libraries that follow relative names.

        A tile map that names a file outside of the folder is left out, and the log says so: a library that joins names
        to the map's folder would open that file.

        Raises
        ------
        OSError
            It cannot be written.
        """
        from vfsloader.assets.references import SUFFIXES

        with self._lock:
            top = Path(tempfile.mkdtemp(prefix="tree-", dir=self._place()))
            self._mirrors.append(top)
        for here, folders, files in union.walk(folder):
            place = top / paths.rebase(here, folder, paths.ROOT)[1:]
            for name in folders:
                (place / name).mkdir()
            for name in files:
                path = paths.join(here, name)
                try:
                    found, digest = union.fetch(path, digest_of, union.need_file(path))
                except VFSError as error:  # gone since, or damaged in every layer: what remains is still of use
                    _log.warning("left out of a folder for other libraries: %s", error)
                    continue
                if name.lower().endswith(SUFFIXES) and not _stays_inside(
                    found, paths.rebase(path, folder, paths.ROOT), self._limits
                ):
                    continue
                real = self.real_path(Snapshot(found.name, found.layer, found.entry, digest))
                # No symbolic links: a library that follows one looks for neighbours beside the link's target.
                try:
                    os.link(real, place / name)
                except OSError:  # another disk, or one without links
                    shutil.copyfile(real, place / name)
        return str(top)

    def close(self) -> None:
        """Delete the temporary copies."""
        for mirror in self._mirrors:
            shutil.rmtree(mirror, ignore_errors=True)
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _place(self) -> Path:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            return self._folder
        if self._temporary is None:
            self._temporary = TemporaryFolder("files")
        return Path(self._temporary.name)


def _stays_inside(found: Found, path: str, limits: Limits) -> bool:
    """Return whether a map, by its path in the folder, names nothing outside of it."""
    from vfsloader.assets.references import MapFile

    data = found.layer.read(found.entry)
    if data.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] not in (b"<", b"{", b"["):
        return True  # another kind of file
    try:
        map_file = MapFile(path, data, found.name, Budget(path, limits))
        for _, name, _ in map_file.references:
            map_file.resolve(name)
    except (ResourceError, BudgetError) as error:
        _log.warning("left out of a folder for other libraries: %s", error)
        return False
    return True
