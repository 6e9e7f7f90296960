"""Real files for what can only be read from the disk: a folder layer's own, else a copy named by its content."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from pathlib import Path

from vfsloader import paths
from vfsloader.assets.snapshots import Snapshot
from vfsloader.layers.protocol import digest_of
from vfsloader.layers.union import Union
from vfsloader.runtime.atomic import staged


class RealFiles:
    """Gives real files.

    Parameters
    ----------
    folder
        Where copies are kept; None: in a temporary folder that goes with this object.
    """

    def __init__(self, folder: paths.RealPath | None) -> None:
        self._folder = None if folder is None else Path(folder) / "files"
        self._mirrors: list[Path] = []
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()

    def real_path(self, look: Snapshot) -> str:
        """Give a file of the disk with the content of a file of the tree; a copy needs no memory.

        Parameters
        ----------
        look
            The file, with its digest.

        Raises
        ------
        OSError
            It cannot be copied.
        """
        assert look.layer is not None, "only what is there has a file"
        assert look.entry is not None, "only what is there has a file"
        disk_path = look.layer.disk_path(look.entry)
        if disk_path is not None:
            return disk_path
        suffix = os.path.splitext(look.entry.path)[1].lower()
        with self._lock:
            copy = self._place() / f"{(look.digest or b'').hex()}{suffix}"
            if not copy.exists():
                with (
                    look.layer.open(look.entry) as source,
                    staged(copy, overwrite=True, durable=False, tidy_folder=False) as path,
                    open(path, "wb") as target,
                ):
                    shutil.copyfileobj(source, target, 1 << 20)
        return str(copy)

    def mirror(self, union: Union, folder: str) -> str:
        """Give a folder of the disk with all files of a folder of the tree: one that can be read by itself.

        Raises
        ------
        OSError
            It cannot be made.
        """
        with self._lock:
            top = Path(tempfile.mkdtemp(prefix="tree-", dir=self._place()))
            self._mirrors.append(top)
        for here, folders, files in union.walk(folder):
            place = top / paths.rebase(here, folder, paths.ROOT)[1:]
            for name in folders:
                (place / name).mkdir()
            for name in files:
                found = union.find(paths.join(here, name))
                if found is None:
                    continue
                entry = found.entry
                real = self.real_path(Snapshot(found.name, found.layer, entry, digest_of(found.layer, entry)))
                # No symbolic links: whoever follows one looks for what it names beside the link's target.
                try:
                    os.link(real, place / name)
                except OSError:  # another disk, or one without links
                    shutil.copyfile(real, place / name)
        return str(top)

    def close(self) -> None:
        """Remove copies that nobody wants to keep."""
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
            self._temporary = tempfile.TemporaryDirectory(prefix="vfsloader-", ignore_cleanup_errors=True)
        return Path(self._temporary.name)
