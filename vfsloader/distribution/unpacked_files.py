"""Large files of archives, unpacked to the disk once: guests who ask for pieces of them must not fill the memory."""

from __future__ import annotations

import shutil
import tempfile
import threading
from pathlib import Path
from typing import BinaryIO

from vfsloader.distribution.mod_files import LARGE, ModFiles
from vfsloader.layers.protocol import Entry


class UnpackedFiles:
    """Opens files of mods; a large one of an archive is unpacked into a temporary folder when it is first opened."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._files: dict[tuple[int, str], Path] = {}

    def open(self, files: ModFiles, entry: Entry) -> BinaryIO:
        """Open a file of a mod."""
        if entry.size < LARGE or not files.is_unpacked_whole:
            return files.open(entry)
        with self._lock:  # one at a time: each is in memory as a whole while it is unpacked
            known = self._files.get((id(files), entry.path))
            if known is None:
                known = self._unpack(files, entry)
                self._files[id(files), entry.path] = known
        return open(known, "rb")

    def close(self) -> None:
        """Delete the temporary folder."""
        with self._lock:
            folder, self._folder, self._files = self._folder, None, {}
        if folder is not None:
            folder.cleanup()

    def _unpack(self, files: ModFiles, entry: Entry) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="vfsloader-", ignore_cleanup_errors=True)
        target = Path(self._folder.name, str(len(self._files)))
        with files.open(entry) as source, open(target, "wb") as copy:
            shutil.copyfileobj(source, copy, LARGE)
        return target
