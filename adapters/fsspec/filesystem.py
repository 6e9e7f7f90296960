"""A file system of fsspec over a :class:`~vfsloader.VirtualFileSystem`: ``vfs://sprites/p.png``."""

from __future__ import annotations

import datetime
import io
from typing import Any

import fsspec
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem
from vfsloader import paths
from vfsloader.game.current import current
from vfsloader.vfs.filesystem import VirtualFileSystem


class VFSFileSystem(AbstractFileSystem):  # type: ignore[misc] # fsspec has no types
    """The merged tree of a file system; writable if that is writable.

    Parameters
    ----------
    vfs
        The file system; by default that of the current game.

    Examples
    --------
    >>> import vfsloader
    >>> vfs = vfsloader.VirtualFileSystem()
    >>> _ = vfs.write_text("/notes/today.txt", "Hello")
    >>> VFSFileSystem(vfs).cat("notes/today.txt")
    b'Hello'
    """

    protocol = "vfs"
    root_marker = "/"
    cachable = False

    def __init__(self, vfs: VirtualFileSystem | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.vfs = vfs or current().vfs

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(item) for item in path]
        text = str(path)
        text = text.removeprefix("vfs://").removeprefix("vfs:")
        return "/" + "/".join(part for part in text.split("/") if part) if text.strip("/") else "/"

    # --- reading the tree ----------------------------------------------------------------------------

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        """Return the attributes of a file or folder."""
        clean = paths.normalise(self._strip_protocol(path))
        status = self.vfs.stat(clean)
        return {
            "name": clean,
            "size": status.st_size,
            "type": "directory" if status.is_directory else "file",
            "mtime": status.st_mtime,
            "created": status.st_ctime,
            "layer": status.source_layer,
        }

    def ls(self, path: str, detail: bool = True, **options: Any) -> list[Any]:
        """List a folder; for a file, list the file itself."""
        clean = paths.normalise(self._strip_protocol(path))
        rows = [self.info(clean)]
        if rows[0]["type"] == "directory":
            rows = [self.info(paths.join(clean, name)) for name in self.vfs.listdir(clean)]
        return rows if detail else [row["name"] for row in rows]

    def exists(self, path: str, **options: Any) -> bool:
        """Return whether a path exists."""
        return self.vfs.exists(self._strip_protocol(path))

    def created(self, path: str) -> datetime.datetime:
        """Return the time at which a file was made."""
        return datetime.datetime.fromtimestamp(self.info(path)["created"], datetime.UTC)

    def modified(self, path: str) -> datetime.datetime:
        """Return the time of the last change."""
        return datetime.datetime.fromtimestamp(self.info(path)["mtime"], datetime.UTC)

    # --- changing the tree, file contents ------------------------------------------------------------

    def mkdir(self, path: str, create_parents: bool = True, **options: Any) -> None:
        """Make a folder."""
        clean = self._strip_protocol(path)
        if create_parents:
            self.vfs.makedirs(paths.parent(clean), exist_ok=True)
        self.vfs.mkdir(clean)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Make a folder and its parents."""
        self.vfs.makedirs(self._strip_protocol(path), exist_ok=exist_ok)

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        self.vfs.rmdir(self._strip_protocol(path))

    def rm_file(self, path: str) -> None:
        """Remove a file."""
        self.vfs.unlink(self._strip_protocol(path))

    _rm = rm_file

    def rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> None:
        """Remove files, and with ``recursive`` folders with everything in them."""
        for item in path if isinstance(path, list) else [path]:
            for clean in self.expand_path(item, recursive=recursive, maxdepth=maxdepth)[::-1]:
                if self.vfs.isdir(clean):
                    self.vfs.rmdir(clean)
                else:
                    self.vfs.unlink(clean)

    def cp_file(self, path1: str, path2: str, **options: Any) -> None:
        """Copy a file; for a folder, make the folder."""
        source, target = self._strip_protocol(path1), self._strip_protocol(path2)
        if self.vfs.isdir(source):
            self.vfs.makedirs(target, exist_ok=True)
            return
        self.vfs.makedirs(paths.parent(target), exist_ok=True)
        self.vfs.copy(source, target)

    def mv_file(self, path1: str, path2: str, **options: Any) -> None:
        """Rename a file."""
        self.vfs.rename(self._strip_protocol(path1), self._strip_protocol(path2))

    def _open(self, path: str, mode: str = "rb", block_size: Any = None, **options: Any) -> Any:
        if "r" in mode and "+" not in mode:
            return _ReadFile(self.vfs.open(path, "rb", buffering=0)) if mode == "rb" else self.vfs.open(path, mode)
        self.vfs.makedirs(paths.parent(path), exist_ok=True)
        return _StagedFile(self, path, mode) if options.get("autocommit") is False else self.vfs.open(path, mode)

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **options: Any) -> bytes:
        """Read a file or a part of it."""
        data = self.vfs.read_bytes(self._strip_protocol(path))
        return data[start:end]

    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: Any) -> None:
        """Replace a file's content."""
        clean = self._strip_protocol(path)
        self.vfs.makedirs(paths.parent(clean), exist_ok=True)
        with self.vfs.open(clean, "xb" if mode == "create" else "wb") as file:
            file.write(value)


class _ReadFile(io.BufferedReader):
    """A file that is read, with the attribute ``size``, which block caches and ``read_block`` need."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self.size = self.seek(0, io.SEEK_END)
        self.seek(0)


class _StagedFile(AbstractBufferedFile):  # type: ignore[misc] # fsspec has no types
    """A file that is written inside a transaction of fsspec, and exists once that is committed."""

    def __init__(self, fs: VFSFileSystem, path: str, mode: str) -> None:
        self.parts: list[bytes] = []
        super().__init__(fs, path, mode, autocommit=False)

    def _upload_chunk(self, final: bool = False) -> bool:
        self.parts.append(self.buffer.getvalue())
        return True

    def _initiate_upload(self) -> None:
        self.parts = []

    def commit(self) -> None:
        """Write the collected bytes."""
        self.fs.pipe_file(self.path, b"".join(self.parts))

    def discard(self) -> None:
        """Forget the collected bytes."""
        self.parts = []


def register() -> None:
    """Let ``fsspec.open("vfs://sprites/p.png")`` read the current game's tree.

    An installed package registers itself by its entry point and needs no call.
    """
    fsspec.register_implementation("vfs", VFSFileSystem, clobber=True)
